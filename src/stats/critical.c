#include "stats/critical.h"
#include <math.h>

/* ---- the incomplete beta function ---- */

/* Its continued fraction, evaluated forward: c and d are the ratios of successive numerators and of
 * successive denominators, of which neither may become 0. */
static double beta_fraction(double a, double b, double x)
{
    const double least = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < least ? least : d);
    double value = d;
    for (int m = 1; m <= 10000; m++) {
        const double terms[] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};
        double change = 1;
        for (int i = 0; i < 2; i++) {
            d = 1 + terms[i] * d;
            c = 1 + terms[i] / c;
            d = 1 / (fabs(d) < least ? least : d);
            c = fabs(c) < least ? least : c;
            change = c * d;
            value *= change;
        }
        if (fabs(change - 1) < 1e-15) break;
    }
    return value;
}

/* Regularised: 0 at x = 0, 1 at x = 1. The fraction converges quickly on the lower side. */
static double beta_share(double a, double b, double x)
{
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* ---- tails, and back ---- */

static double normal_tail(double df, double z)
{
    (void)df;
    return 0.5 * erfc(z / sqrt(2));
}

static double student_tail(double df, double t)
{
    return 0.5 * beta_share(df / 2, 0.5, df / (df + t * t));
}

/* Where the falling tail(df, ·) has the value; by halving until doubles have nothing between. */
static double critical(double (*tail)(double, double), double df, double value)
{
    double low = 0, high = 1;
    while (tail(df, high) > value && high < 1e150)
        high *= 2;
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) return high;
        if (tail(df, middle) > value)
            low = middle;
        else
            high = middle;
    }
}

double cyn_normal_critical(double tail)
{
    return critical(normal_tail, 0, tail);
}

double cyn_student_critical(double df, double tail)
{
    return critical(student_tail, df, tail);
}
