/* A series: a metric's values over consecutive periods, for all segments, as rules look at it.
 *
 * Values are doubles (NAN: missing), a column for each period: values[period * nsegments +
 * segment]. Whoever has the values makes it: the engine from data (engine/series.h), a test from a
 * script, a backtest once for all its slots. Immutable; lives as long as its arena.
 *
 *     size_t judged;
 *     if (cyn_series_judged(s, slot, &judged)) … s->values[judged * s->nsegments + i] …
 */
#pragma once
#include "metric/point.h"

typedef struct cyn_series {
    const cyn_metric *metric;
    const cyn_calendar *calendar;
    cyn_grain grain;
    const cyn_period *periods; /* one after the other, none left out */
    size_t nperiods;
    const int64_t *ready; /* [period] from when on it is judged: its end, later where a cohort's
                             window has to pass; of a partial series its start; ascending */
    size_t ndims, nsegments;
    const char *const *dims;
    const cyn_const *keys; /* [segment * ndims + dimension] */
    const double *values;
    const double *numerators, *denominators, *rows; /* likewise; NULL: not asked for */
    bool partial; /* the last period is running, and the others' values are of the same elapsed part
                     of each */
    bool of_part; /* segments of a count or sum: the sheet's figures are not about them (S-7) */
    int64_t data_end; /* just after the newest row that the metric can see; CYN_TIME_MIN: none */
} cyn_series;

/* The period that is judged at a slot: the last one that is ready; false when there is none. */
bool cyn_series_judged(const cyn_series *s, int64_t slot, size_t *out);
/* Whether the sheet's figures are about the series (docs/numerics.md, S-4, S-7). */
bool cyn_series_is_judged(const cyn_series *s);
/* The target and market figure of the sheet where they are about the series, else NAN. */
double cyn_series_target(const cyn_series *s);
double cyn_series_market(const cyn_series *s);
