/* Exact sample quantiles, Hyndman–Fan types 1 … 9 (docs/numerics.md, Q-…).
 *
 *     double x[] = {10, 20, 30};
 *     cyn_quantile(x, 3, 0.5, 7);   // 20
 */
#pragma once
#include <stddef.h>

/* Quantile p (0 … 1) of n ≥ 1 finite values; reorders x (selection, O(n) on average).
 * Type 7 is R's, Excel's and DuckDB's default. */
double cyn_quantile(double *x, size_t n, double p, int type);
