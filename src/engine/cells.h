/* The cells of an aggregate as bytes, to be kept between runs (engine/reuse.h).
 *
 * What one aggregate, under one chain, has in every interval and segment, and which intervals its
 * source covers. Bytes that are not what cyn_cells_write() writes are refused, never trusted.
 *
 * Cells of an aggregate that were computed in two parts, some intervals now and some before, become
 * one again by cyn_cells_pick(): a segment that only one of them has is one without rows in the
 * other's intervals.
 */
#pragma once
#include "base/buf.h"
#include "plan/plan.h"

typedef struct cyn_kept_cells {
    cyn_plan_result result; /* the aggregate's cells and, behind them, those of its immature rows */
    const cyn_interval *intervals;
    const bool *covered; /* [interval] */
    int64_t now;         /* what it was then */
} cyn_kept_cells;

/* The cells of an interval: those of `from`'s interval of that number. */
typedef struct cyn_cells_place {
    const cyn_kept_cells *from;
    size_t interval;
} cyn_cells_place;

void cyn_cells_write(const cyn_kept_cells *cells, cyn_buf *out);
/* CYN_E_DATA when the bytes are damaged. What comes out lives in the arena. */
CYN_NODISCARD cyn_code cyn_cells_read(const void *data, size_t size, cyn_arena *arena,
                                      cyn_kept_cells *out, cyn_err *err);
/* n intervals, each from where its place says; every place is in `a` or in `b`, which have the same
 * aggregates and groups. The keys are shared with both. */
CYN_NODISCARD cyn_code cyn_cells_pick(const cyn_kept_cells *a, const cyn_kept_cells *b,
                                      const cyn_cells_place *places, size_t n, cyn_arena *arena,
                                      cyn_plan_result *out, cyn_err *err);
