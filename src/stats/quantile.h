/* Exact sample quantiles, Hyndman–Fan types 1 … 9 (docs/numerics.md, Q-…).
 *
 *     double x[] = {10, 20, 30};
 *     cyn_quantile(x, 3, 0.5, 7);   // 20
 */
#pragma once
#include "stats/pick.h"

/* Quantile p (0 … 1) of n ≥ 1 finite values; reorders x (selection, O(n) on average).
 * Type 7 is R's, Excel's and DuckDB's default. */
double cyn_quantile(double *x, size_t n, double p, int type);

typedef struct cyn_quantile_ask {
    double p; /* 0 … 1 */
    int type;
    double value; /* the answer */
} cyn_quantile_ask;

/* Several of the same values at once: what the selection of one has ordered, the next one uses. */
void cyn_quantiles(double *x, size_t n, cyn_quantile_ask *asks, size_t nasks);
/* Of many values, as they lie and where they lie; false, and nothing is known: as in
 * cyn_pick_all. */
bool cyn_quantiles_of_runs(const cyn_run *last, size_t n, cyn_quantile_ask *asks, size_t nasks,
                           const cyn_hands *hands);

/* Where a quantile lies: between the order statistics low and high (from 0), h of the way. */
typedef struct cyn_rank {
    size_t low, high;
    double h;
} cyn_rank;
cyn_rank cyn_quantile_rank(size_t n, double p, int type);
static inline double cyn_quantile_between(double low, double high, double h)
{
    return low == high ? low : (1 - h) * low + h * high; /* */
}
