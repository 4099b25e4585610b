/* Sums, means and spreads of a few doubles, some thousands at most: exact where stats/exact.h is,
 * and as quick as adding.
 *
 * The sum is kept in two doubles with a bound on what they miss. Where the bound cannot say which
 * double is the nearest (a tie, terms that cancel out), stats/exact.h says it.
 *
 *     double m = cyn_few_mean(x, 28);
 *
 * Values are finite. Pure functions; any thread.
 */
#pragma once
#include <stddef.h>

#define CYN_FEW 4096 /* values, at most */

/* The exact sum, rounded once to the nearest double; infinite beyond the range. */
double cyn_few_sum(const double *x, size_t n);
/* The exact sum divided by n ≥ 1, rounded once. */
double cyn_few_mean(const double *x, size_t n);
/* The standard deviation of a sample of n ≥ 2 with this mean (cyn_few_mean), to n units in its last
 * place. */
double cyn_few_stddev(const double *x, size_t n, double mean);
