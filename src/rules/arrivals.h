/* Arrivals: how far the data of a metric reached at an instant of the past.
 *
 * A row is taken for having been there from its own time on; what came late is not known. Each of
 * the metric's sources gives the times of its rows once, in order; after that an answer is a
 * search.
 *
 *     cyn_arrivals *a;
 *     CYN_TRY(cyn_arrivals_new(data, metric, arena, &a, err));
 *     cyn_arrival at = cyn_arrivals_at(a, slot);
 */
#pragma once
#include "engine/dataset.h"

typedef struct cyn_arrivals cyn_arrivals;

typedef struct cyn_arrival {
    int64_t end;     /* just after the newest row before the instant, as in cyn_series.data_end */
    int64_t covered; /* up to here all sources had rows: the least of their newest times;
                        CYN_TIME_MAX: none is bounded by its rows (docs/numerics.md, B-…) */
} cyn_arrival;

/* Loads the metric's sources; those that cannot be loaded are left out. */
CYN_NODISCARD cyn_code cyn_arrivals_new(cyn_dataset *d, const cyn_metric *m, cyn_arena *arena,
                                        cyn_arrivals **out, cyn_err *err);
cyn_arrival cyn_arrivals_at(const cyn_arrivals *a, int64_t instant);
