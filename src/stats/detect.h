/* Detectors: how unusual the last value of a series is, judged by those before it
 * (docs/numerics.md, Z-20 …).
 *
 * A series is n ≥ 1 doubles, oldest first, NAN where a value is missing; x[n - 1] is the one judged
 * and takes no part in its own baseline. NAN means: it cannot be said (it is missing, there are too
 * few values, they have no spread). Results grow with the distance and carry its sign.
 *
 *     double scratch[2 * COUNT(x)];
 *     if (fabs(cyn_detect_mad(x, COUNT(x), scratch)) > 3.5) …
 *
 * Pure functions; scratch has room for 2 * n doubles where nothing else is said.
 */
#pragma once
#include <stddef.h>

#define CYN_DETECT_LEAST 3 /* values before the judged one; on each side of a change point */

/* (x - mean) / sample standard deviation of the values before (Z-24). */
double cyn_detect_zscore(const double *x, size_t n, double *scratch);
/* The same with their median and 1.4826 × the median of the distances from it (Z-25). */
double cyn_detect_mad(const double *x, size_t n, double *scratch);
/* Against the same place of earlier seasons: from their median, by 1.4826 × the median of the
 * distances that the values at all places have from the median of theirs (Z-26). x[place * seasons
 * + i] are the values at one place, in any order; place 0 is that of the judged value. scratch has
 * room for seasons * (places + 1) doubles. */
double cyn_detect_season(const double *x, size_t seasons, size_t places, double judged,
                         double *scratch);
/* Control chart: the exponentially weighted mean from the first value to the judged one, in its own
 * standard errors; 0 < lambda ≤ 1 (Z-27). */
double cyn_detect_ewma(const double *x, size_t n, double lambda, double *scratch);
/* Two-sided CUSUM of the standardised values from the first to the judged one, with an allowance of
 * 0.5: the larger of both sums, negative when it is that of values below (Z-28). */
double cyn_detect_cusum(const double *x, size_t n, double *scratch);
/* Whether the level changed somewhere: the largest |t| over all splits (Z-29). *at (may be NULL)
 * gets the index of the first value after it. Here the judged value is one like the others. */
double cyn_detect_change_point(const double *x, size_t n, size_t *at, double *scratch);
