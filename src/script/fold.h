/* Custom aggregates in the worker: what the functions of a script make of the rows of cells.
 *
 * The record of the handle (script/rows.h) has the function `step` as its fn, and init, merge and
 * final beside it. One cell at a time is worked on, so that there is one accumulator at most; that
 * of a cell which goes on with the next call waits in the registry.
 */
#pragma once
#include "catalog/wire.h"
#include "script/rows.h"

/* Rows of a cell that are gathered from a fresh accumulator, before merge adds them to those before
 * (docs/numerics.md, U-4). */
#define CYN_FOLD_CHUNK 65536

/* `request` is what cyn_pool_fold sends along with the batch. Appends the answers as a block. */
CYN_NODISCARD cyn_code cyn_fold_run(cyn_state *s, const cyn_value *request, const cyn_batch *batch,
                                    int64_t timeout, cyn_buf *out, cyn_err *err);
