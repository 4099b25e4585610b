/* Lagged correlation of two series, with an interval that does not promise too much.
 *
 * Series are made stationary first: each value's difference from the one a season earlier, or from
 * the one before. n counts pairs; effective_n is smaller where both series remember their past
 * (Bartlett's formula), and the interval is Fisher's on it, widened for having tried several lags
 * (Bonferroni). docs/numerics.md, C-….
 *
 *     int season = cyn_correlation_season(x, y, n, 12);
 *     CYN_TRY(cyn_correlate(x, y, n, 8, season, arena, &c, err));
 *     if (c.enough && (c.low > 0 || c.high < 0)) …      // there is a relation
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

/* With fewer effective pairs nothing is said. */
#define CYN_CORRELATION_LEAST 8

typedef struct cyn_correlation {
    bool enough;        /* else nothing below is set but `constant`, lag 0, n and effective_n */
    bool constant;      /* not enough, because one of the two changes by the same amount always */
    int lag;            /* how many periods x comes before y */
    double r;           /* Pearson's; −1 … 1 */
    double low, high;   /* 95 % for all lags tried together */
    size_t n;           /* pairs of differences at that lag */
    double effective_n; /* at most n */
    double slope, slope_low, slope_high; /* units of y for one of x, at that lag, same confidence */
    int lags;                            /* how many were tried: those with enough pairs */
} cyn_correlation;

/* x[i] and y[i] are of one period, oldest first; NaN: missing. Lags 0 … max_lag; the best is the
 * one whose |r| is largest, of equal ones the shortest. season: 1 for plain differences. */
CYN_NODISCARD cyn_code cyn_correlate(const double *x, const double *y, size_t n, int max_lag,
                                     int season, cyn_arena *arena, cyn_correlation *out,
                                     cyn_err *err);
/* `season` where both series repeat themselves at that distance, over three seasons or more, so
 * that December would look like a cause; else 1 (C-3). */
int cyn_correlation_season(const double *x, const double *y, size_t n, int season);
