#include "stats/quantile.h"
#include "stats/select.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>

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

cyn_rank cyn_quantile_rank(size_t n, double p, int type)
{
    position at = locate(n, p, type);
    if (at.h == 1) at = (position){.j = at.j + 1};
    if (at.j < 1) return (cyn_rank){0};
    size_t k = at.j >= (double)n ? n - 1 : (size_t)at.j - 1;
    bool one = at.h == 0 || k == n - 1;
    return (cyn_rank){.low = k, .high = one ? k : k + 1, .h = one ? 0 : at.h};
}

/* ---- of values ---- */

/* The quantile at a rank; x[*from …] are the values that earlier selections have left above. */
static double select_rank(double *x, size_t *from, size_t n, cyn_rank at)
{
    size_t done = *from;
    double low, high;
    if (!cyn_select_pair(x + done, n - done, at.low - done, at.high - done, &low, &high)) {
        cyn_select(x + done, n - done, at.low - done);
        *from = at.low;
        low = high = x[at.low];
        if (at.high > at.low) high = cyn_least(x + at.high, n - at.high);
    }
    return cyn_quantile_between(low, high, at.h);
}

/* Ascending ranks, so that each selection leaves less to the next. */
void cyn_quantiles(double *x, size_t n, cyn_quantile_ask *asks, size_t nasks)
{
    size_t from = 0, next = 0;
    while (next < n) {
        size_t now = next, after = n;
        for (size_t i = 0; i < nasks; i++) {
            cyn_rank at = cyn_quantile_rank(n, asks[i].p, asks[i].type);
            if (at.low == now) asks[i].value = select_rank(x, &from, n, at);
            if (at.low > now && at.low < after) after = at.low;
        }
        next = after;
    }
}

double cyn_quantile(double *x, size_t n, double p, int type)
{
    size_t from = 0;
    return select_rank(x, &from, n, cyn_quantile_rank(n, p, type));
}
