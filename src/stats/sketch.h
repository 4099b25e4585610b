/* A sketch of a distribution: how many values lie in each bucket (docs/numerics.md, K-…).
 *
 * DDSketch (Masson, Rim, Lee 2019) with linear interpolation between powers of two: 64 buckets to
 * each, so that a bucket is the upper bits of the double and costs no logarithm. A bucket's value
 * is within 1/129 of all that lie in it. Buckets are counted by the caller; sketches merge by
 * adding the counts.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CYN_SKETCH_ERROR (1.0 / 129)

typedef struct cyn_bucket {
    int32_t number; /* ascending with the values; symmetric about 0 */
    int64_t count;
} cyn_bucket;

/* The bucket of a finite value. */
static inline int32_t cyn_bucket_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t magnitude = (int32_t)(bits >> 46 & 0x1ffff);
    return bits >> 63 ? -magnitude : magnitude;
}

double cyn_bucket_value(int32_t number);
/* Quantile p (0 … 1) of the values in n ≥ 1 buckets, which it sorts. */
double cyn_sketch_quantile(cyn_bucket *buckets, size_t n, double p, int type);
