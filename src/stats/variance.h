/* Variance of a sample (n - 1), accurate to the digits of its values (docs/numerics.md, A-…).
 *
 * Doubles: the mean is exact but for one rounding, then the squares of the distances from it are
 * summed exactly. Integers: sums of values and squares, without any rounding before the end. In
 * both the order of the values does not matter.
 */
#pragma once
#include "stats/exact.h"

/* Of n ≥ 2 finite values; infinite when it leaves the range of a double. */
double cyn_variance(const double *x, size_t n);

/* Sums over integers: squares = high · 2^128 + low. */
typedef struct cyn_moments {
    cyn_i128 sum;
    cyn_u128 low;
    uint64_t high;
    int64_t known;
} cyn_moments;

static inline void cyn_moments_add(cyn_moments *m, int64_t v)
{
    cyn_i128 square = (cyn_i128)v * v;
    m->sum += v;
    m->low += (cyn_u128)square;
    m->high += m->low < (cyn_u128)square;
    m->known++;
}
void cyn_moments_merge(cyn_moments *m, const cyn_moments *other);
/* Of values / 10^scale; known ≥ 2. */
double cyn_moments_variance(const cyn_moments *m, int scale);
