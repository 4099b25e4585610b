#include "stats/correlation.h"
#include "stats/critical.h"
#include <float.h>
#include <math.h>

#define CONFIDENCE_MISSED 0.05

/* ---- series ---- */

/* 2^scale times a series has no value beyond 1, so that no square of one overflows. */
static int scale_of(const double *x, size_t n)
{
    double most = 0;
    int exponent = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) most = fmax(most, fabs(x[i]));
    frexp(most, &exponent);
    return -exponent;
}

/* The difference that ends at i; NaN where one of its two values is missing (C-2). */
static double difference(const double *x, size_t i, size_t season, int scale)
{
    if (i < season || !isfinite(x[i]) || !isfinite(x[i - season])) return NAN;
    return ldexp(x[i], scale) - ldexp(x[i - season], scale);
}

/* Mean product of the deviations of `d` from its mean, k apart; k = 0: the variance. */
static double autocovariance(const double *d, size_t n, size_t k)
{
    double mean = 0, sum = 0;
    size_t known = 0, pairs = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(d[i])) mean += (d[i] - mean) / (double)++known;
    for (size_t i = k; i < n; i++) {
        if (isnan(d[i]) || isnan(d[i - k])) continue;
        sum += (d[i] - mean) * (d[i - k] - mean);
        pairs++;
    }
    return pairs ? sum / (double)pairs : 0;
}

static double autocorrelation(const double *d, size_t n, size_t k, double variance)
{
    return fmax(-1, fmin(1, autocovariance(d, n, k) / variance));
}

/* Values are below 1, and known to DBL_EPSILON: what varies less does not vary (C-9). */
static bool is_constant(double variance)
{
    return variance <= 16 * DBL_EPSILON * DBL_EPSILON;
}

/* ---- what one lag shows ---- */

typedef struct relation {
    size_t n;
    double r, ratio; /* of standard deviations, y's by x's */
    bool constant;
} relation;

/* Over the pairs in which x comes `lag` before y and both are known (C-4). */
static relation relate(const double *x, const double *y, size_t n, size_t lag)
{
    relation out = {0};
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = lag; i < n; i++) {
        if (isnan(x[i - lag]) || isnan(y[i])) continue;
        out.n++;
        mean_x += (x[i - lag] - mean_x) / (double)out.n;
        mean_y += (y[i] - mean_y) / (double)out.n;
    }
    for (size_t i = lag; i < n; i++) {
        if (isnan(x[i - lag]) || isnan(y[i])) continue;
        double dx = x[i - lag] - mean_x, dy = y[i] - mean_y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    double count = (double)out.n;
    out.constant = out.n > 0 && (is_constant(xx / count) || is_constant(yy / count));
    if (out.n == 0 || out.constant) return out;
    out.r = fmax(-1, fmin(1, xy / sqrt(xx) / sqrt(yy)));
    out.ratio = sqrt(yy) / sqrt(xx);
    return out;
}

/* How many pairs say as much as one would if the series had no memory (Bartlett; C-5). */
static double inflation(const double *x, const double *y, size_t n, size_t season)
{
    double variance_x = autocovariance(x, n, 0), variance_y = autocovariance(y, n, 0), sum = 0;
    if (is_constant(variance_x) || is_constant(variance_y)) return 1;
    size_t pairs = relate(x, y, n, 0).n, most = pairs / 4 > season ? pairs / 4 : season;
    for (size_t k = 1; k <= most && k < pairs; k++)
        sum += (1 - (double)k / (double)pairs) * autocorrelation(x, n, k, variance_x) *
               autocorrelation(y, n, k, variance_y);
    return fmax(1, 1 + 2 * sum);
}

/* Fisher's interval for r, and Student's for the slope (C-6, C-7). */
static void find_intervals(cyn_correlation *c, double ratio)
{
    double tail = CONFIDENCE_MISSED / 2 / c->lags;
    double z = atanh(c->r), wide = cyn_normal_critical(tail) / sqrt(c->effective_n - 3);
    double df = c->effective_n - 2;
    double error = sqrt((1 - c->r) * (1 + c->r) / df) * cyn_student_critical(df, tail);
    c->low = tanh(z - wide);
    c->high = tanh(z + wide);
    c->slope = c->r * ratio;
    c->slope_low = (c->r - error) * ratio;
    c->slope_high = (c->r + error) * ratio;
}

/* x and y are differences. *ratio is that of the best lag. */
static cyn_correlation best_lag(const double *x, const double *y, size_t n, int max_lag,
                                size_t season, double *ratio)
{
    cyn_correlation best = {0};
    double each = inflation(x, y, n, season);
    for (int lag = 0; lag <= max_lag && (size_t)lag < n; lag++) {
        relation now = relate(x, y, n, (size_t)lag);
        double effective = (double)now.n / each;
        if (lag == 0) {
            best.n = now.n;
            best.effective_n = effective;
            best.constant = now.constant && now.n >= CYN_CORRELATION_LEAST;
        }
        if (now.constant || effective < CYN_CORRELATION_LEAST) continue;
        best.lags++;
        if (best.enough && fabs(now.r) <= fabs(best.r)) continue;
        best.enough = true;
        best.lag = lag;
        best.r = now.r;
        best.n = now.n;
        best.effective_n = effective;
        *ratio = now.ratio;
    }
    if (best.enough) best.constant = false;
    return best;
}

cyn_code cyn_correlate(const double *x, const double *y, size_t n, int max_lag, int season,
                       cyn_arena *arena, cyn_correlation *out, cyn_err *err)
{
    double *dx = CYN_NEW_ARRAY(arena, n + 1, double), *dy = CYN_NEW_ARRAY(arena, n + 1, double);
    if (!dx || !dy) return cyn_nomem(err);
    size_t apart = season > 1 ? (size_t)season : 1;
    int scale_x = scale_of(x, n), scale_y = scale_of(y, n);
    for (size_t i = 0; i < n; i++) {
        dx[i] = difference(x, i, apart, scale_x);
        dy[i] = difference(y, i, apart, scale_y);
    }
    double ratio = 0;
    *out = best_lag(dx, dy, n, max_lag, apart, &ratio);
    if (out->enough) find_intervals(out, ldexp(ratio, scale_x - scale_y));
    return CYN_OK;
}

/* ---- seasons ---- */

/* Plain differences that resemble those a season ago more than chance allows (C-3). */
static bool is_seasonal(const double *x, size_t n, size_t season)
{
    int scale = scale_of(x, n);
    double mean = 0, product = 0, square = 0;
    size_t known = 0, pairs = 0;
    for (size_t i = 1; i < n; i++) {
        double d = difference(x, i, 1, scale);
        if (!isnan(d)) mean += (d - mean) / (double)++known;
    }
    for (size_t i = 1; i < n; i++) {
        double d = difference(x, i, 1, scale) - mean;
        if (!isnan(d)) square += d * d;
        if (isnan(d) || i < season + 1) continue;
        double before = difference(x, i - season, 1, scale) - mean;
        if (isnan(before)) continue;
        product += d * before;
        pairs++;
    }
    if (pairs < 2 * season || is_constant(square / (double)known)) return false;
    double again = product / (double)pairs / (square / (double)known);
    return again > cyn_normal_critical(CONFIDENCE_MISSED / 2) / sqrt((double)pairs);
}

int cyn_correlation_season(const double *x, const double *y, size_t n, int season)
{
    if (season < 2) return 1;
    size_t apart = (size_t)season;
    return is_seasonal(x, n, apart) && is_seasonal(y, n, apart) ? season : 1;
}
