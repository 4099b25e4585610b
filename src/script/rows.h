/* One expression over all rows of a batch, in Lua.
 *
 * A text expression runs with an environment of its own whose fields are the columns it reads,
 * set anew for each row; a function gets a row object that looks columns up. While rows run, nil
 * has a metatable, so that a missing value spreads through arithmetic (docs/numerics.md, E-…).
 *
 * The expressions are records in the registry table CYN_HANDLES, numbered from 1: fn; is_text;
 * reads (a set) unless reads_all; text, file, line, column for messages. CYN_ROW_NAMES holds what a
 * text expression can name beside columns.
 */
#pragma once
#include "base/buf.h"
#include "catalog/batch.h"
#include "script/state.h"

#define CYN_HANDLES   "cynosure.handles"
#define CYN_ROW_NAMES "cynosure.row_names"

/* Rows of a batch that one worker answers for. */
typedef struct cyn_slice {
    size_t first, rows;
} cyn_slice;

/* Appends the slice's answers as a block to `out`. Errors as cyn_evaluator's eval gives them. With
 * a judge (script/judge.h) the rows are segments of an alert rule; NULL: they are data. */
struct cyn_judge;
CYN_NODISCARD cyn_code cyn_rows_run(cyn_state *s, uint32_t handle, const cyn_batch *batch,
                                    cyn_slice slice, struct cyn_judge *judge, int64_t timeout,
                                    cyn_buf *out, cyn_err *err);
