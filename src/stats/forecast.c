#include "stats/forecast.h"
#include "stats/critical.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

const char *const cyn_forecast_names[] = {"", "holt", "holt-winters", NULL};

#define LEAST_KNOWN 8
#define NORMAL_95   1.959963984540054 /* the normal distribution's 97.5 % quantile */

/* A history made ready: scaled so that no square overflows, and with what smoothing starts from. */
typedef struct series {
    const double *x; /* NaN: missing */
    size_t n, known;
    bool negative; /* whether any of them is */
    size_t season; /* 1: none */
    int exponent;  /* x · 2^exponent is the history */
    size_t first;  /* the first value that is forecast from the start values */
    double level, trend;
    const double *figure; /* [season]: what the season adds at the times 0, 1, … */
    double *now;          /* [season]: scratch */
} series;

/* What is left when the last value has been seen. */
typedef struct end_state {
    double level, trend;
    double sum, sse; /* of the errors, and of their squares */
} end_state;

/* ---- smoothing ---- */

/* Leaves the season in s->now. A missing value is taken to be as forecast: only time passes. */
static end_state smooth(const series *s, const double w[3])
{
    end_state e = {.level = s->level, .trend = s->trend};
    size_t place = s->first % s->season;
    memcpy(s->now, s->figure, s->season * sizeof *s->now);
    for (size_t i = s->first; i < s->n; i++) {
        double before = e.level + e.trend, *season = &s->now[place];
        if (++place == s->season) place = 0;
        if (isnan(s->x[i])) {
            e.level = before;
            continue;
        }
        double error = s->x[i] - (before + *season), level = e.level;
        e.level = w[0] * (s->x[i] - *season) + (1 - w[0]) * before;
        e.trend = w[1] * (e.level - level) + (1 - w[1]) * e.trend;
        if (s->season > 1) *season = w[2] * (s->x[i] - e.level) + (1 - w[2]) * *season;
        e.sum += error;
        e.sse += error * error;
    }
    return e;
}

/* ---- start values ---- */

/* The values of the first `count` times, missing ones on the line between their neighbours. */
static void bridge(const series *s, size_t count, double *out)
{
    size_t last = 0; /* the first value is known */
    for (size_t i = 0; i < count; i++) {
        out[i] = s->x[i];
        if (!isnan(out[i])) {
            last = i;
            continue;
        }
        size_t next = i;
        while (next < s->n && isnan(s->x[next]))
            next++;
        double to = next < s->n ? s->x[next] : s->x[last];
        double share = next < s->n ? (double)(i - last) / (double)(next - last) : 0;
        out[i] = s->x[last] + share * (to - s->x[last]);
    }
}

/* The mean over one season around time i; with an even season the two ends count half. */
static double moving_mean(const double *x, size_t season, size_t i)
{
    size_t half = season / 2;
    double sum = 0;
    for (size_t k = i - half; k <= i + half; k++)
        sum += (season % 2 == 0 && (k == i - half || k == i + half) ? 0.5 : 1) * x[k];
    return sum / (double)season;
}

/* The line of least squares through y[0], y[1], … at the times 1, 2, …, but for missing ones: its
 * value at 0, its slope. At least two are known. */
static void fit_line(const double *y, size_t n, double *at_zero, double *slope)
{
    double known = 0, middle = 0, mean = 0, xy = 0, xx = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(y[i])) continue;
        known++;
        middle += ((double)(i + 1) - middle) / known;
        mean += (y[i] - mean) / known;
    }
    for (size_t i = 0; i < n; i++) {
        if (isnan(y[i])) continue;
        double x = (double)(i + 1) - middle;
        xy += x * (y[i] - mean);
        xx += x * x;
    }
    *slope = xy / xx;
    *at_zero = mean - *slope * middle;
}

/* The classical decomposition of the first two seasons: a moving mean is the trend, the mean
 * distance from it the season; x holds them, trend and figure have room. */
static void decompose(series *s, const double *x, double *trend, double *figure)
{
    size_t f = s->season, half = f / 2, n = 2 * f - 2 * half;
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        trend[i] = moving_mean(x, f, i + half);
    for (size_t at = 0; at < f; at++) {
        double sum = 0, count = 0;
        for (size_t i = at; i < 2 * f; i += f) {
            if (i < half || i >= half + n) continue;
            sum += x[i] - trend[i - half];
            count++;
        }
        figure[at] = sum / count;
        mean += figure[at] / (double)f;
    }
    for (size_t at = 0; at < f; at++)
        figure[at] -= mean;
    fit_line(trend, n, &s->level, &s->trend);
}

/* A season starts from the first two, a line without season from the whole history: the first
 * values alone are often those of a launch, and say little about what comes. */
static cyn_code start(series *s, cyn_arena *arena, cyn_err *err)
{
    size_t f = s->season;
    double *x = CYN_NEW_ARRAY(arena, 2 * f, double);
    double *trend = CYN_NEW_ARRAY(arena, 2 * f, double);
    double *figure = CYN_NEW_ARRAY(arena, f, double);
    s->now = CYN_NEW_ARRAY(arena, f, double);
    if (!x || !trend || !figure || !s->now) return cyn_nomem(err);
    if (f > 1) {
        bridge(s, 2 * f, x);
        decompose(s, x, trend, figure);
        s->first = f;
    } else {
        fit_line(s->x, s->n, &s->level, &s->trend);
        s->first = 2;
        s->level += 2 * s->trend;
    }
    s->figure = figure;
    return CYN_OK;
}

/* ---- the best weights ---- */

typedef struct search {
    const series *series;
    int weights; /* 2 or 3 */
    int runs;
    double best[3], sse;
} search;

#define MOST_RUNS 800

static double clamp(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Whether the weights are better than the best so far; then they are it. */
static bool try_weights(search *s, const double w[3])
{
    s->runs++;
    double sse = smooth(s->series, w).sse;
    if (!(sse < s->sse)) return false;
    memcpy(s->best, w, sizeof s->best);
    s->sse = sse;
    return true;
}

/* Steps along each weight, then once more as far as they went together. */
static bool explore(search *s, double step)
{
    double from[3];
    bool better = false;
    memcpy(from, s->best, sizeof from);
    for (int k = 0; k < s->weights; k++) {
        for (int sign = 1; sign >= -1; sign -= 2) {
            double w[3];
            memcpy(w, s->best, sizeof w);
            w[k] = clamp(w[k] + sign * step);
            if (w[k] == s->best[k] || !try_weights(s, w)) continue;
            better = true;
            break;
        }
    }
    while (better && s->runs < MOST_RUNS) {
        double w[3] = {0};
        for (int k = 0; k < s->weights; k++)
            w[k] = clamp(2 * s->best[k] - from[k]);
        memcpy(from, s->best, sizeof from);
        if (!try_weights(s, w)) break;
    }
    return better;
}

static void descend(search *s, const double w[3])
{
    s->sse = INFINITY;
    s->runs = 0;
    try_weights(s, w);
    for (double step = 0.1; step > 1e-5 && s->runs < MOST_RUNS;)
        if (!explore(s, step)) step /= 2;
}

/* The sum of squares may have several valleys: the search begins in the best of a grid, and once
 * more where smoothing is usual; the lower end counts. */
static void find_weights(const series *s, double out[3])
{
    static const double usual[3] = {0.3, 0.1, 0.1};
    search grid = {.series = s, .weights = s->season > 1 ? 3 : 2, .sse = INFINITY};
    int depth = grid.weights == 3 ? 5 : 1;
    for (int i = 0; i < 5 * 5 * depth; i++)
        try_weights(&grid, (double[3]){0.25 * (i % 5), 0.25 * (i / 5 % 5), 0.25 * (i / 25)});
    search a = grid, b = grid;
    descend(&a, grid.best);
    descend(&b, usual);
    memcpy(out, b.sse < a.sse ? b.best : a.best, sizeof a.best);
    if (grid.weights == 2) out[2] = 0;
}

/* ---- histories ---- */

static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) most = fmax(most, fabs(x[i]));
    return most;
}

static cyn_code make_ready(const double *history, size_t n, int season, cyn_arena *arena,
                           series *out, cyn_err *err)
{
    *out = (series){.season = 1};
    while (n > 0 && !isfinite(*history)) {
        history++;
        n--;
    }
    double *x = CYN_NEW_ARRAY(arena, n + 1, double);
    if (!x) return cyn_nomem(err);
    (void)frexp(largest(history, n), &out->exponent);
    for (size_t i = 0; i < n; i++) {
        x[i] = isfinite(history[i]) ? ldexp(history[i], -out->exponent) : NAN;
        out->known += isfinite(history[i]);
        out->negative |= isfinite(history[i]) && history[i] < 0;
    }
    out->x = x;
    out->n = n;
    bool seasonal = season > 1 && n >= 2 * (size_t)season && 4 * out->known >= 3 * n;
    if (seasonal) out->season = (size_t)season;
    return CYN_OK;
}

/* The variance of the error h periods ahead, in terms of that of one period. */
static double growth(const series *s, const double w[3], int h)
{
    double sum = 1;
    for (int j = 1; j < h; j++) {
        bool round = s->season > 1 && (size_t)j % s->season == 0;
        double psi = w[0] * (1 + j * w[1]) + (round ? w[2] * (1 - w[0]) : 0);
        sum += psi * psi;
    }
    return sum;
}

/* What was never negative, a sum or a share, does not become so. */
static double plausible(const series *s, double value)
{
    return s->negative ? value : fmax(value, 0);
}

/* Values that a forecast was compared with. */
static size_t errors_of(const series *s)
{
    size_t n = 0;
    for (size_t i = s->first; i < s->n; i++)
        n += !isnan(s->x[i]);
    return n;
}

static void look_ahead(const series *s, const double w[3], int h, cyn_forecast *out)
{
    end_state e = smooth(s, w);
    double n = (double)errors_of(s);
    double variance = fmax(e.sse - e.sum * e.sum / n, 0) / (n - 1);
    double value = e.level + h * e.trend + s->now[(s->n - 1 + (size_t)h) % s->season];
    double spread = NORMAL_95 * sqrt(variance * growth(s, w, h));
    cyn_forecast f = {
        .method = s->season > 1 ? CYN_FORECAST_HOLT_WINTERS : CYN_FORECAST_HOLT,
        .value = ldexp(plausible(s, value), s->exponent),
        .low = ldexp(plausible(s, value - spread), s->exponent),
        .high = ldexp(plausible(s, value + spread), s->exponent),
        .centre = ldexp(value, s->exponent),
        .error = ldexp(spread / NORMAL_95, s->exponent),
        .positive = !s->negative,
        .alpha = w[0],
        .beta = w[1],
        .gamma = w[2],
        .sse = ldexp(e.sse, 2 * s->exponent),
        .n = s->known,
    };
    if (isfinite(f.low) && isfinite(f.high)) *out = f;
}

/* Without weights the best are found. */
static cyn_code forecast(const double *history, size_t n, int season, int h, const double *weights,
                         cyn_arena *arena, cyn_forecast *out, cyn_err *err)
{
    series s;
    double w[3] = {0};
    CYN_TRY(make_ready(history, n, season, arena, &s, err));
    *out = (cyn_forecast){0};
    if (s.known < LEAST_KNOWN || h < 1 || (size_t)h > s.n) return CYN_OK;
    CYN_TRY(start(&s, arena, err));
    if (errors_of(&s) < 2) return CYN_OK;
    if (weights)
        memcpy(w, weights, sizeof w);
    else
        find_weights(&s, w);
    if (s.season == 1) w[2] = 0;
    look_ahead(&s, w, h, out);
    return CYN_OK;
}

cyn_code cyn_forecast_at(const double *history, size_t n, int season, int h, cyn_arena *arena,
                         cyn_forecast *out, cyn_err *err)
{
    return forecast(history, n, season, h, NULL, arena, out, err);
}

cyn_code cyn_forecast_with(const double *history, size_t n, int season, int h,
                           const double weights[3], cyn_arena *arena, cyn_forecast *out,
                           cyn_err *err)
{
    return forecast(history, n, season, h, weights, arena, out, err);
}

void cyn_forecast_band(const cyn_forecast *f, double tail, double *low, double *high)
{
    double spread = cyn_normal_critical(tail) * f->error;
    double least = f->positive ? 0 : -INFINITY;
    *low = f->method ? fmax(f->centre - spread, least) : NAN;
    *high = f->method ? fmax(f->centre + spread, least) : NAN;
}
