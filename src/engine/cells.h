/* The cells of an aggregate as bytes, to be kept between runs (engine/reuse.h).
 *
 * What one aggregate, under one chain, has in every interval and segment, and which intervals its
 * source covers. Bytes that are not what cyn_cells_write() writes are refused, never trusted.
 */
#pragma once
#include "base/buf.h"
#include "plan/plan.h"

typedef struct cyn_kept_cells {
    cyn_plan_result result; /* the aggregate's cells and, behind them, those of its immature rows */
    const bool *covered;    /* [interval] */
} cyn_kept_cells;

void cyn_cells_write(const cyn_kept_cells *cells, cyn_buf *out);
/* CYN_E_DATA when the bytes are damaged. What comes out lives in the arena. */
CYN_NODISCARD cyn_code cyn_cells_read(const void *data, size_t size, cyn_arena *arena,
                                      cyn_kept_cells *out, cyn_err *err);
