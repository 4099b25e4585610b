/* What the files of series share; private to this folder.
 *
 * series.c settles which periods a request needs and evaluates them; series_ready.c says from when
 * on a period is judged; series_fill.c puts the values of several evaluations together.
 */
#pragma once
#include "engine/eval_impl.h"
#include "engine/series.h"

/* About so many cells (segments × periods × aggregates) are evaluated together; each takes hundreds
 * of bytes on the way, and eight in the series. */
#ifndef CYN_SERIES_CELLS
#define CYN_SERIES_CELLS ((size_t)1 << 20)
#endif

/* ---- series_fill.c ---- */

/* What is kept of a cell. */
enum { FILL_VALUE, FILL_NUMERATOR, FILL_DENOMINATOR, FILL_ROWS, FILL_KINDS };

/* The values of one period, of the segments that were known when they came. */
typedef struct filled_period {
    double *of[FILL_KINDS];  /* [segment]; NULL: not asked for */
    double none[FILL_KINDS]; /* of a segment without rows */
    size_t known;
} filled_period;

/* A series that is being filled: segments as they come, each once. */
typedef struct filling {
    const cyn_series_request *request;
    size_t nperiods;
    filled_period *filled; /* [period] */
    cyn_const *keys;       /* [segment][dimension]; texts in the arena */
    size_t nsegments, key_room;
    uint32_t *table; /* segment + 1 by its keys; 0 is free */
    size_t ntable;
    cyn_arena *arena; /* of the series */
} filling;

/* The evaluation's base spans from `span` on are the periods first … first + n - 1. Segments are
 * those with rows in one of them, and those known already. */
CYN_NODISCARD cyn_code fill_take(filling *f, const job *j, size_t first, size_t span, size_t n,
                                 cyn_err *err);
/* All values side by side, segments in their order. */
CYN_NODISCARD cyn_code fill_finish(filling *f, cyn_series *out, cyn_err *err);
void fill_clear(filling *f);
