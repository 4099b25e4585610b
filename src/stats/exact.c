#include "stats/exact.h"
#include <math.h>

#define WIDE_LEAST (-1088) /* the bins of a cyn_exact are the wide ones from AHEAD on */
#define AHEAD      ((CYN_EXACT_LEAST - WIDE_LEAST) / 32)

void cyn_wide_add(cyn_wide *w, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    unsigned exponent = bits >> 52 & 0x7ff;
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int64_t term = (int64_t)(exponent ? fraction | UINT64_C(1) << 52 : fraction);
    unsigned shift = (exponent ? exponent : 1) - (unsigned)(1075 + WIDE_LEAST);
    if (bits >> 63) term = -term;
    w->bin[shift / 32] += (cyn_i128)term * (INT64_C(1) << shift % 32);
}

void cyn_exact_merge(cyn_exact *s, const cyn_exact *other)
{
    for (size_t i = 0; i < CYN_EXACT_BINS; i++)
        s->bin[i] += other->bin[i];
}

void cyn_wide_merge(cyn_wide *w, const cyn_wide *other)
{
    for (size_t i = 0; i < CYN_WIDE_BINS; i++)
        w->bin[i] += other->bin[i];
}

/* ---- the whole as one integer ---- */

/* Limbs of 64 bits, the least first: two of fraction, so that a quotient has bits to round, the
 * bins, and room above for what they carry. */
#define FRACTION 2
#define LIMBS    (FRACTION + CYN_WIDE_BINS / 2 + 3)

typedef struct whole {
    uint64_t limb[LIMBS];
    int least; /* the weight of the lowest bit, as a power of two */
    bool negative;
} whole;

/* Adds bin · 2^(32 · position) in two's complement. */
static void add_bin(whole *v, cyn_i128 bin, size_t position)
{
    unsigned shift = position % 2 * 32;
    uint64_t sign = bin < 0 ? UINT64_MAX : 0;
    cyn_u128 bits = (cyn_u128)bin, shifted = bits << shift;
    uint64_t top = shift ? (uint64_t)(bits >> 96) | sign << 32 : sign;
    cyn_u128 carry = 0;
    for (size_t i = FRACTION + position / 2, part = 0; i < LIMBS; i++, part++) {
        uint64_t add = part == 0   ? (uint64_t)shifted
                       : part == 1 ? (uint64_t)(shifted >> 64)
                       : part == 2 ? top
                                   : sign;
        carry += (cyn_u128)v->limb[i] + add;
        v->limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static void take_sign(whole *v)
{
    v->negative = v->limb[LIMBS - 1] >> 63;
    uint64_t carry = v->negative;
    for (size_t i = 0; v->negative && i < LIMBS; i++) {
        v->limb[i] = ~v->limb[i] + carry;
        carry = carry && v->limb[i] == 0;
    }
}

/* Divides; what is left goes into the lowest bit, which only rounding looks at. */
static void divide(whole *v, uint64_t n)
{
    cyn_u128 rest = 0;
    for (size_t i = LIMBS; n > 1 && i-- > 0;) {
        rest = rest << 64 | v->limb[i];
        v->limb[i] = (uint64_t)(rest / n);
        rest %= n;
    }
    v->limb[0] |= rest != 0;
}

/* The nearest double, halves to even; below 2^-1022 there are fewer than 53 bits to keep. */
static double nearest(const whole *v)
{
    size_t i = LIMBS;
    while (i > 0 && v->limb[i - 1] == 0)
        i--;
    if (i-- == 0) return 0;
    int zeros = __builtin_clzll(v->limb[i]);
    uint64_t head = v->limb[i] << zeros, tail = 0;
    if (i > 0) {
        head |= zeros ? v->limb[i - 1] >> (64 - zeros) : 0;
        tail = v->limb[i - 1] << zeros;
    }
    for (size_t j = 0; j + 1 < i; j++)
        tail |= v->limb[j];
    int weight = v->least + (int)i * 64 - zeros; /* of the lowest bit of head */
    int drop = weight + 11 < -1074 ? -1074 - weight : 11;
    if (drop > 64) return 0;
    uint64_t kept = drop < 64 ? head >> drop : 0, half = UINT64_C(1) << (drop - 1);
    uint64_t dropped = drop < 64 ? head & ((half << 1) - 1) : head;
    kept += dropped > half || (dropped == half && (tail || kept & 1));
    double value = ldexp((double)kept, weight + drop);
    return v->negative ? -value : value;
}

double cyn_exact_mean(const cyn_exact *s, const cyn_wide *w, uint64_t n)
{
    whole v = {.least = WIDE_LEAST - 64 * FRACTION};
    if (w) {
        for (size_t i = 0; i < CYN_WIDE_BINS; i++)
            add_bin(&v, w->bin[i], i);
    }
    for (size_t i = 0; i < CYN_EXACT_BINS; i++)
        add_bin(&v, s->bin[i], AHEAD + i);
    take_sign(&v);
    divide(&v, n);
    return nearest(&v);
}

double cyn_exact_sum(const double *x, size_t n)
{
    cyn_exact s = {0};
    cyn_wide w;
    bool wide = false;
    for (size_t i = 0; i < n; i++) {
        if (cyn_exact_add(&s, x[i])) continue;
        if (!wide) w = (cyn_wide){0};
        wide = true;
        cyn_wide_add(&w, x[i]);
    }
    return cyn_exact_mean(&s, wide ? &w : NULL, 1);
}
