#include "stats/few.h"
#include "stats/exact.h"
#include <math.h>

#define UNIT 0x1p-53 /* half a unit in the last place of 1 */

/* A number in two doubles, and how far from it the true one may be. */
typedef struct pair {
    double high, low, off;
} pair;

/* Knuth's addition: what a sum rounds off is a double, too. */
static inline double rounded_off(double a, double b, double sum)
{
    double part = sum - a;
    return (a - (sum - part)) + (b - part);
}

/* What adding rounds off is added up beside, and what that rounds off is what may be missed: mostly
 * nothing. */
static pair add_up(const double *x, size_t n)
{
    double high = 0, low = 0, missed = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = high + x[i], rest = rounded_off(high, x[i], sum);
        double more = low + rest;
        missed += fabs(rounded_off(low, rest, more));
        high = sum;
        low = more;
    }
    return (pair){high, low,
                  missed == 0 ? 0 : missed * (1 + CYN_FEW * UNIT) + 4 * UNIT * fabs(low)};
}

/* The double that all numbers the pair may stand for round to; false: there are several. */
static bool settle(pair p, double *out)
{
    double least = p.high + (p.low - p.off), most = p.high + (p.low + p.off);
    *out = least;
    return least == most && isfinite(least);
}

static double slowly(const double *x, size_t n, uint64_t divisor)
{
    cyn_exact narrow = {0};
    cyn_wide wide = {0};
    for (size_t i = 0; i < n; i++)
        if (!cyn_exact_add(&narrow, x[i])) cyn_wide_add(&wide, x[i]);
    return cyn_exact_mean(&narrow, &wide, divisor);
}

double cyn_few_sum(const double *x, size_t n)
{
    double sum;
    return settle(add_up(x, n), &sum) ? sum : slowly(x, n, 1);
}

/* Without its last 27 bits: what is left, and what went, times a small whole number are exact. */
static double upper_half(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= ~((UINT64_C(1) << 27) - 1);
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Long division: the quotient of the leading part, and that of what it leaves. Halving as often as
 * need be is exact. What is about to vanish is left to others. */
static pair divide(pair p, size_t count)
{
    double n = (double)count;
    if (fabs(p.high) < 0x1p-900) return (pair){0, 0, p.high == 0 && p.low == 0 ? p.off : INFINITY};
    if ((count & (count - 1)) == 0) return (pair){p.high / n, p.low / n, p.off / n};
    double high = p.high / n, upper = upper_half(high);
    double rest = (p.high - upper * n) - (high - upper) * n;
    double low = (rest + p.low) / n;
    return (pair){high, low, p.off / n + 4 * UNIT * fabs(low)};
}

double cyn_few_mean(const double *x, size_t n)
{
    double mean;
    pair sum = add_up(x, n);
    return settle(divide(sum, n), &mean) ? mean : slowly(x, n, n);
}

/* Two passes, with what the rounding of the mean did taken back. */
static double variance_in(const double *x, size_t n, double mean, double unit)
{
    double squares = 0, off = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (x[i] - mean) * unit;
        squares += d * d;
        off += d;
    }
    return fmax(0, squares - off * off / (double)n) / (double)(n - 1);
}

/* A unit in which the largest distance from the mean is about 1, so that no square overflows or
 * vanishes. */
static double unit_of(const double *x, size_t n, double mean)
{
    double most = 0;
    int exponent;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i] - mean));
    frexp(most, &exponent);
    return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}

double cyn_few_stddev(const double *x, size_t n, double mean)
{
    double variance = variance_in(x, n, mean, 1);
    if (variance > 0x1p-900 && variance < 0x1p1000) return sqrt(variance);
    double unit = unit_of(x, n, mean);
    return sqrt(variance_in(x, n, mean, unit)) / unit;
}
