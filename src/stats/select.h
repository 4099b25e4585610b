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

/* The least of n ≥ 1 values. */
static inline double cyn_least(const double *x, size_t n)
{
    double least = x[0];
    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}
