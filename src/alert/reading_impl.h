/* What the files of alert/reading share: what each reading takes, how far back it reaches, and
 * computing it from the values of several periods. */
#pragma once
#include "alert/reading.h"
#include <stdint.h>

/* What the arguments of a reading are. */
typedef enum cyn_takes {
    CYN_TAKES_NOTHING,
    CYN_TAKES_STEP,       /* how far back: () is 1 period */
    CYN_TAKES_WINDOW,     /* over how much: always said */
    CYN_TAKES_PERCENTILE, /* which one, over how much: always said */
    CYN_TAKES_BASELINE,   /* by how much before */
    CYN_TAKES_SMOOTHING,  /* the same, and how much the newest value weighs */
    CYN_TAKES_SEASONS,    /* how long a season is, how many earlier ones */
    CYN_TAKES_HISTORY,    /* by how much before */
    CYN_TAKES_BAND,       /* the same, and how many per cent lie in the band */
} cyn_takes;
cyn_takes cyn_reading_takes(cyn_reading_kind kind);

/* The second argument, the first one of p(95,28). */
typedef struct cyn_reading_bounds {
    const char *what;
    double low, high; /* both excluded where `open`, else both included */
    double usual;     /* NAN: it is always said */
    bool open, whole;
} cyn_reading_bounds;
cyn_reading_bounds cyn_takes_parameter(cyn_takes takes); /* what NULL: there is none */

#define CYN_READING_BASELINE 28 /* periods: Z-21 */

/* How far back a reading looks where it does not say so. */
cyn_reach cyn_reading_reach(const cyn_reading *r, cyn_grain grain);

/* ---- reach.c ---- */

/* How many periods of the grain a reach spans at most, whatever the calendar shows; 0: it is no
 * whole number of them. */
size_t cyn_reach_periods(cyn_reach r, cyn_grain grain);
/* The index of the period `times` reaches before one; false: the series does not go back so far. */
bool cyn_reach_index(const cyn_series *s, size_t from, cyn_reach r, int times, size_t *out);

/* ---- reading_history.c: readings of several periods ---- */

/* Which periods a reading looks at, the judged one last, and how many of those before it a series
 * that goes back far enough would have. */
typedef struct cyn_reading_periods {
    const cyn_reading *reading;
    const cyn_series *series;
    const size_t *periods; /* CYN_NO_PERIOD: one that the series does not have */
    size_t nperiods;
    size_t wanted; /* SEASON: seasons; those of one place of the season follow each other */
} cyn_reading_periods;
#define CYN_NO_PERIOD SIZE_MAX
CYN_NODISCARD cyn_code cyn_reading_compute_over(const cyn_reading_periods *h, cyn_arena *scratch,
                                                double *out, cyn_err *err);
