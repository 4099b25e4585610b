/* Where a series is going: level, trend and season by exponential smoothing, with an interval.
 *
 * Holt–Winters with additive season where the history holds at least two of them, else Holt's
 * linear trend; the weights minimise the sum of squared one-step errors. docs/numerics.md, G-….
 *
 *     cyn_forecast f;
 *     CYN_TRY(cyn_forecast_at(months, 36, 12, 3, arena, &f, err));
 *     if (f.method) …                   // f.value, with 95 % between f.low and f.high
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum cyn_forecast_method {
    CYN_FORECAST_NONE, /* not enough history */
    CYN_FORECAST_HOLT,
    CYN_FORECAST_HOLT_WINTERS,
} cyn_forecast_method;
extern const char *const cyn_forecast_names[]; /* "", "holt", "holt-winters" */

typedef struct cyn_forecast {
    cyn_forecast_method method;
    double value, low, high; /* 95 % prediction interval */
    double centre, error;    /* value before 0 stood for it (G-7), and its standard error */
    bool positive;           /* 0 stands for what is negative */
    double alpha, beta, gamma, sse;
    size_t n; /* values that it stands on */
} cyn_forecast;

/* h periods after the last value; history oldest first, NaN: missing (bridged by its own forecast).
 * Not enough history, or h not within 1 … n: the method is NONE, and the rest is 0. */
CYN_NODISCARD cyn_code cyn_forecast_at(const double *history, size_t n, int season, int h,
                                       cyn_arena *arena, cyn_forecast *out, cyn_err *err);
/* The same with weights that are given, alpha, beta, gamma: each 0 … 1. */
CYN_NODISCARD cyn_code cyn_forecast_with(const double *history, size_t n, int season, int h,
                                         const double weights[3], cyn_arena *arena,
                                         cyn_forecast *out, cyn_err *err);
/* The prediction interval of another probability: `tail` lies beyond each of its ends. NaN where
 * the method is NONE. */
void cyn_forecast_band(const cyn_forecast *f, double tail, double *low, double *high);
