#include "stats/quantile.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>

/* ---- selection ---- */

/* Guessed pivots may part this many times n values; then sure ones take over. The tests also build
 * with 0, so that the way which ordinary data never take is walked. */
#ifndef CYN_GUESSES
#define CYN_GUESSES 4
#endif

static inline void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static double median3(double a, double b, double c)
{
    if (a > b) swap(&a, &b);
    return c <= a ? a : c >= b ? b : c;
}

/* A cheap guess at the middle: the median of three, or of three such medians. */
static double guess_pivot(const double *x, size_t n)
{
    size_t mid = n / 2, step = n / 8;
    if (n < 40) return median3(x[0], x[mid], x[n - 1]);
    return median3(median3(x[0], x[step], x[2 * step]),
                   median3(x[mid - step], x[mid], x[mid + step]),
                   median3(x[n - 1 - 2 * step], x[n - 1 - step], x[n - 1]));
}

static void insertion_sort(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double v = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > v; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

static void select_nth(double *x, size_t n, size_t k);

/* The median of the medians of fives: at least 3/10 of x lie on either side, whatever the order. */
static double sure_pivot(double *x, size_t n)
{
    size_t groups = n / 5;
    for (size_t g = 0; g < groups; g++) {
        insertion_sort(x + 5 * g, 5);
        swap(&x[g], &x[5 * g + 2]);
    }
    select_nth(x, groups, groups / 2);
    return x[groups / 2];
}

/* Puts the k-th smallest value at x[k], no greater one before it and no smaller one after it. Parts
 * into less | equal | greater, so that ties end the search; guesses that halve too slowly give way
 * to the sure pivot, which keeps the whole O(n). */
static void select_nth(double *x, size_t n, size_t k)
{
    size_t lo = 0, hi = n, budget = CYN_GUESSES * n;
    while (hi - lo > 16) {
        size_t width = hi - lo;
        bool sure = budget < width;
        double pivot = sure ? sure_pivot(x + lo, width) : guess_pivot(x + lo, width);
        budget -= sure ? 0 : width;
        size_t less = lo, i = lo, greater = hi;
        while (i < greater) {
            if (x[i] < pivot) {
                swap(&x[i++], &x[less++]);
            } else if (x[i] > pivot) {
                swap(&x[i], &x[--greater]);
            } else {
                i++;
            }
        }
        if (k < less) {
            hi = less;
        } else if (k >= greater) {
            lo = greater;
        } else {
            return;
        }
    }
    insertion_sort(x + lo, hi - lo);
}

/* ---- the nine types ---- */

/* Where the quantile lies: between the ranks j and j + 1 (from 1), h of the way. Ranks outside
 * 1 … n mean the extremes. */
typedef struct position {
    double j, h;
} position;

static double continuous_rank(double n, double p, int type)
{
    switch (type) {
    case 4: return n * p;                       /* */
    case 5: return n * p + 0.5;                 /* */
    case 6: return (n + 1) * p;                 /* */
    case 8: return (n + 1.0 / 3) * p + 1.0 / 3; /* */
    case 9: return (n + 0.25) * p + 0.375;      /* */
    default: return (n - 1) * p + 1;            /* type 7 */
    }
}

/* A decimal p is rarely a double, so a rank that is a whole number comes out a hair beside it. A
 * rank within a few units in the last place of a whole number is taken as that number. */
static position locate(size_t n, double p, int type)
{
    double count = (double)n;
    double rank = type > 3 ? continuous_rank(count, p, type) : count * p - (type == 3 ? 0.5 : 0);
    double near = nearbyint(rank);
    double fuzz = 4 * DBL_EPSILON * fmax(1, fabs(rank));
    bool whole = fabs(rank - near) < fuzz;
    position at = {.j = whole ? near : floor(rank)};
    switch (type) {
    case 1: at.h = whole ? 0 : 1; break;                       /* */
    case 2: at.h = whole ? 0.5 : 1; break;                     /* */
    case 3: at.h = whole && fmod(at.j, 2) == 0 ? 0 : 1; break; /* */
    default: at.h = whole ? 0 : rank - at.j; break;
    }
    return at;
}

static double minimum(const double *x, size_t n)
{
    double least = x[0];
    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}

double cyn_quantile(double *x, size_t n, double p, int type)
{
    position at = locate(n, p, type);
    if (at.h == 1) at = (position){.j = at.j + 1};
    bool below = at.j < 1;
    size_t k = below ? 0 : at.j >= (double)n ? n - 1 : (size_t)at.j - 1;
    select_nth(x, n, k);
    if (below || at.h == 0 || k == n - 1) return x[k];
    double low = x[k], high = minimum(x + k + 1, n - k - 1);
    return low == high ? low : (1 - at.h) * low + at.h * high;
}
