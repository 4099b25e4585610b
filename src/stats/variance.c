#include "stats/variance.h"
#include <math.h>

/* ---- doubles ---- */

static double furthest(const double *x, size_t n, double mean)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i] - mean));
    return most;
}

/* An exact sum that widens when it must. */
typedef struct total {
    cyn_exact narrow;
    cyn_wide wide;
} total;

static inline void add(total *s, double x)
{
    if (!cyn_exact_add(&s->narrow, x)) cyn_wide_add(&s->wide, x);
}

/* Distances are scaled by a power of two so that the largest is about 1: squares then neither
 * overflow nor vanish. */
double cyn_variance(const double *x, size_t n)
{
    total sum = {0}, squares = {0}, distances = {0};
    int exponent;
    for (size_t i = 0; i < n; i++)
        add(&sum, x[i]);
    double mean = cyn_exact_mean(&sum.narrow, &sum.wide, n);
    double most = furthest(x, n, mean);
    if (most == 0 || !isfinite(most)) return most;
    frexp(most, &exponent);
    if (exponent < -1000) exponent = -1000;
    double unit = ldexp(1, -exponent);
    for (size_t i = 0; i < n; i++) {
        double d = (x[i] - mean) * unit;
        add(&distances, d);
        add(&squares, d * d);
    }
    /* The mean was rounded: the distances' own mean says by how much. */
    double off = cyn_exact_mean(&distances.narrow, &distances.wide, 1);
    double s = cyn_exact_mean(&squares.narrow, &squares.wide, 1) - off * off / (double)n;
    return ldexp(s / (double)(n - 1), 2 * exponent);
}

/* ---- integers ---- */

void cyn_moments_merge(cyn_moments *m, const cyn_moments *other)
{
    m->sum += other->sum;
    m->low += other->low;
    m->high += other->high + (m->low < other->low);
    m->known += other->known;
}

/* 320 bits in limbs of 64, the least first: n · Σx² and (Σx)² both fit. */
#define LIMBS 5
typedef struct big {
    uint64_t limb[LIMBS];
} big;

/* b += a · factor · 2^(64 · at) */
static void add_product(big *b, uint64_t a, uint64_t factor, size_t at)
{
    cyn_u128 product = (cyn_u128)a * factor;
    cyn_u128 carry = (cyn_u128)b->limb[at] + (uint64_t)product;
    b->limb[at] = (uint64_t)carry;
    carry = (carry >> 64) + (product >> 64);
    for (size_t i = at + 1; i < LIMBS && carry; i++) {
        carry += b->limb[i];
        b->limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static void subtract(big *b, const big *less)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        cyn_u128 take = (cyn_u128)less->limb[i] + borrow;
        borrow = b->limb[i] < take;
        b->limb[i] -= (uint64_t)take;
    }
}

/* Rounded once: the head of 64 bits has one bit for all that is dropped. */
static double big_double(const big *b)
{
    size_t i = LIMBS - 1;
    while (i > 0 && b->limb[i] == 0)
        i--;
    if (b->limb[i] == 0) return 0;
    int zeros = __builtin_clzll(b->limb[i]);
    uint64_t head = b->limb[i] << zeros, rest = 0;
    if (i > 0) {
        head |= zeros ? b->limb[i - 1] >> (64 - zeros) : 0;
        rest = b->limb[i - 1] << zeros;
    }
    for (size_t j = 0; j + 1 < i; j++)
        rest |= b->limb[j];
    return ldexp((double)(head | (rest != 0)), (int)i * 64 - zeros);
}

double cyn_moments_variance(const cyn_moments *m, int scale)
{
    uint64_t n = (uint64_t)m->known;
    cyn_u128 sum = m->sum < 0 ? -(cyn_u128)m->sum : (cyn_u128)m->sum;
    uint64_t low = (uint64_t)sum, high = (uint64_t)(sum >> 64);
    big top = {0}, square = {0};
    add_product(&top, (uint64_t)m->low, n, 0);
    add_product(&top, (uint64_t)(m->low >> 64), n, 1);
    add_product(&top, m->high, n, 2);
    add_product(&square, low, low, 0);
    add_product(&square, low, high, 1);
    add_product(&square, low, high, 1);
    add_product(&square, high, high, 2);
    subtract(&top, &square);
    double power = 1; /* 10^18 is exact as a double, its square is the nearest */
    for (int i = 0; i < scale; i++)
        power *= 10;
    return big_double(&top) / ((double)((cyn_u128)n * (n - 1)) * (power * power));
}
