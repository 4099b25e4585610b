#include "stats/quantile.h"
#include "stats/select.h"
#include <float.h>
#include <math.h>

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

bool cyn_quantiles_of_runs(const cyn_run *last, size_t n, cyn_quantile_ask *asks, size_t nasks,
                           const cyn_hands *hands)
{
    for (size_t from = 0; from < nasks; from += CYN_PICKS) {
        size_t count = nasks - from < CYN_PICKS ? nasks - from : CYN_PICKS;
        cyn_rank at[CYN_PICKS];
        cyn_pick picks[CYN_PICKS];
        for (size_t i = 0; i < count; i++) {
            at[i] = cyn_quantile_rank(n, asks[from + i].p, asks[from + i].type);
            picks[i] = (cyn_pick){.low = at[i].low, .high = at[i].high};
        }
        if (!cyn_pick_all(last, n, picks, count, hands)) return false;
        for (size_t i = 0; i < count; i++)
            asks[from + i].value = cyn_quantile_between(picks[i].at_low, picks[i].at_high, at[i].h);
    }
    return true;
}

/* The quantile at a rank; x[from …] are the values that earlier selections have left above. */
static double select_rank(double *x, size_t from, size_t n, cyn_rank at)
{
    cyn_select(x + from, n - from, at.low - from);
    double low = x[at.low];
    double high = at.high > at.low ? cyn_least(x + at.high, n - at.high) : low;
    return cyn_quantile_between(low, high, at.h);
}

/* At most CYN_PICKS asks, by ascending ranks, so that each selection leaves less to the next. */
static void select_quantiles(double *x, size_t n, cyn_quantile_ask *asks, size_t nasks)
{
    cyn_rank at[CYN_PICKS];
    for (size_t i = 0; i < nasks; i++)
        at[i] = cyn_quantile_rank(n, asks[i].p, asks[i].type);
    size_t from = 0, next = 0;
    while (next < n) {
        size_t now = next, after = n;
        for (size_t i = 0; i < nasks; i++) {
            if (at[i].low == now) {
                asks[i].value = select_rank(x, from, n, at[i]);
                from = now;
            }
            if (at[i].low > now && at[i].low < after) after = at[i].low;
        }
        next = after;
    }
}

void cyn_quantiles(double *x, size_t n, cyn_quantile_ask *asks, size_t nasks)
{
    if (cyn_quantiles_of_runs(&(cyn_run){.value = x, .n = n}, n, asks, nasks, NULL)) return;
    for (size_t i = 0; i < nasks; i += CYN_PICKS)
        select_quantiles(x, n, asks + i, nasks - i < CYN_PICKS ? nasks - i : CYN_PICKS);
}

double cyn_quantile(double *x, size_t n, double p, int type)
{
    cyn_quantile_ask ask = {.p = p, .type = type};
    cyn_quantiles(x, n, &ask, 1);
    return ask.value;
}
