/* The k-th smallest of many doubles, without sorting them.
 *
 *     cyn_select(x, n, n / 2);   // x[n / 2] is what it would be in order
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Puts the k-th smallest value at x[k], no greater one before it and no smaller one after it. O(n),
 * whatever the order. */
void cyn_select(double *x, size_t n, size_t k);

/* Two values, of ranks low and high = low or low + 1, from one pass that reorders nothing: a sample
 * gives bounds, the pass keeps what lies between and counts what lies below, which proves the
 * answer. false, and the outputs are untouched: n is too small, or the bounds were no good. */
bool cyn_select_pair(const double *x, size_t n, size_t low, size_t high, double *at_low,
                     double *at_high);

/* The least of n ≥ 1 values. */
static inline double cyn_least(const double *x, size_t n)
{
    double least = x[0];
    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}
