/* Exact sums of doubles: no rounding before the end, so the order of the terms cannot matter.
 *
 * A double is 53 bits times a power of two. Powers are cut into bins of 32; a bin is a 128-bit
 * integer to which the bits are added, shifted by less than 32. 2^43 terms fit. Five bins hold all
 * terms of everyday size (2^-76 … 2^84); the rest go to a sum that is as wide as doubles are.
 *
 *     cyn_exact s = {0};
 *     if (!cyn_exact_add(&s, x)) cyn_wide_add(&w, x);
 *     double sum = cyn_exact_mean(&s, &w, 1);
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef __int128 cyn_i128;
__extension__ typedef unsigned __int128 cyn_u128;

#define CYN_EXACT_BINS  5
#define CYN_EXACT_LEAST (-128) /* weight of the last bit of its terms: 2^-128 … 2^31 */
#define CYN_WIDE_BINS   65

typedef struct cyn_exact {
    cyn_i128 bin[CYN_EXACT_BINS];
} cyn_exact;

typedef struct cyn_wide {
    cyn_i128 bin[CYN_WIDE_BINS];
} cyn_wide;

/* Adds a finite x; false when it is too large or too small for these bins. */
static inline bool cyn_exact_add(cyn_exact *s, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    /* 1075: the exponent's bias and the 52 bits after the point */
    uint64_t shift = (bits >> 52 & 0x7ff) - (uint64_t)(1075 + CYN_EXACT_LEAST);
    if (shift >= 32 * CYN_EXACT_BINS) return x == 0;
    int64_t term = (int64_t)((bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52);
    if (bits >> 63) term = -term;
    s->bin[shift / 32] += (cyn_i128)term * (INT64_C(1) << shift % 32);
    return true;
}

/* Adds any finite x. */
void cyn_wide_add(cyn_wide *w, double x);
void cyn_exact_merge(cyn_exact *s, const cyn_exact *other);
void cyn_wide_merge(cyn_wide *w, const cyn_wide *other);

/* (s + w) / n, rounded once to the nearest double; infinite beyond the range. w may be NULL;
 * n ≥ 1. */
double cyn_exact_mean(const cyn_exact *s, const cyn_wide *w, uint64_t n);
/* The sum of n finite values. */
double cyn_exact_sum(const double *x, size_t n);
