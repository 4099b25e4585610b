/* Readings of several periods: windows and detectors.
 *
 * The series is a column for each period, and what is asked for is about one segment's values in
 * order. So segments are taken in blocks: the block's values are turned round into a small table
 * that the cache holds, a row for each segment, and each row gives one number. */
#include "alert/reading_impl.h"
#include "stats/critical.h"
#include "stats/detect.h"
#include "stats/few.h"
#include "stats/forecast.h"
#include "stats/quantile.h"
#include <math.h>

#define BLOCK_VALUES 4096 /* of a block, about */
#define MOST_ROWS    64
#define LEAST_ROWS   8 /* that are written together, a cache line of each period */

/* ---- one segment ---- */

/* The known ones of n values, moved together. */
static size_t keep_known(double *x, size_t n)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        x[known] = v;
        known += !isnan(v);
    }
    return known;
}

static double least_of(const double *x, size_t n)
{
    double least = x[0];
    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}

static double most_of(const double *x, size_t n)
{
    double most = x[0];
    for (size_t i = 1; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

/* Z-10 …: of the known values. */
static double window_of(const cyn_reading *r, double *x, size_t n)
{
    n = keep_known(x, n);
    if (n == 0) return NAN;
    switch (r->kind) {
    case CYN_READ_MEAN: return cyn_few_mean(x, n);
    case CYN_READ_SUM: return cyn_few_sum(x, n);
    case CYN_READ_MIN: return least_of(x, n);
    case CYN_READ_MAX: return most_of(x, n);
    case CYN_READ_P: return cyn_quantile(x, n, r->parameter / 100, 7);
    default: return n < 2 ? NAN : cyn_few_stddev(x, n, cyn_few_mean(x, n));
    }
}

/* Z-22 */
static bool has_enough(const double *before, size_t n, size_t wanted)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        known += !isnan(before[i]);
    return 2 * known >= wanted;
}

static double season_of(const cyn_reading_periods *h, const double *x, size_t n, double *scratch)
{
    size_t seasons = h->wanted, places = (n - 1) / seasons;
    if (places == 0 || !has_enough(x, seasons, seasons)) return NAN;
    return cyn_detect_season(x, seasons, places, x[n - 1], scratch);
}

static double detector_of(const cyn_reading_periods *h, const double *x, size_t n, double *scratch)
{
    const cyn_reading *r = h->reading;
    if (r->kind == CYN_READ_SEASON) return season_of(h, x, n, scratch);
    if (!has_enough(x, n - 1, h->wanted)) return NAN;
    switch (r->kind) {
    case CYN_READ_ZSCORE: return cyn_detect_zscore(x, n, scratch);
    case CYN_READ_MAD: return cyn_detect_mad(x, n, scratch);
    case CYN_READ_EWMA: return cyn_detect_ewma(x, n, r->parameter, scratch);
    case CYN_READ_CUSUM: return cyn_detect_cusum(x, n, scratch);
    default: return cyn_detect_change_point(x, n, NULL, scratch);
    }
}

/* Z-32: of the judged period, from the values before it. */
static cyn_code foresee(const cyn_reading_periods *h, const double *x, size_t n, cyn_arena *arena,
                        double *out, cyn_err *err)
{
    const cyn_reading *r = h->reading;
    cyn_forecast f = {0};
    double low, high;
    CYN_TRY(cyn_forecast_at(x, n - 1, cyn_grain_season(h->series->grain), 1, arena, &f, err));
    cyn_forecast_band(&f, (1 - r->parameter / 100) / 2, &low, &high);
    *out = !f.method                      ? NAN
           : r->kind == CYN_READ_FORECAST ? f.value
           : r->kind == CYN_READ_BAND_LOW ? low
                                          : high;
    return CYN_OK;
}

/* ---- blocks of segments ---- */

typedef struct block {
    const cyn_reading_periods *h;
    double *x;       /* [row * periods + period] */
    double *scratch; /* of one row: 2 * periods */
    size_t first, rows;
} block;

static void turn_round(const block *b)
{
    const cyn_reading_periods *h = b->h;
    size_t n = h->nperiods;
    for (size_t i = 0; i < n; i++) {
        const double *column = h->series->values + b->first;
        bool none = h->periods[i] == CYN_NO_PERIOD;
        if (!none) column += h->periods[i] * h->series->nsegments;
        for (size_t row = 0; row < b->rows; row++)
            b->x[row * n + i] = none ? NAN : column[row];
    }
}

static cyn_code foresee_block(const block *b, double *out, cyn_err *err)
{
    size_t n = b->h->nperiods;
    cyn_code rc = CYN_OK;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    for (size_t row = 0; row < b->rows && rc == CYN_OK; row++)
        rc = foresee(b->h, b->x + row * n, n, arena, &out[b->first + row], err);
    cyn_arena_free(arena);
    return rc;
}

static cyn_code compute_block(const block *b, double *out, cyn_err *err)
{
    const cyn_reading *r = b->h->reading;
    size_t n = b->h->nperiods;
    turn_round(b);
    switch (cyn_reading_takes(r->kind)) {
    case CYN_TAKES_HISTORY:
    case CYN_TAKES_BAND: return foresee_block(b, out, err);
    case CYN_TAKES_WINDOW:
    case CYN_TAKES_PERCENTILE:
        for (size_t row = 0; row < b->rows; row++)
            out[b->first + row] = window_of(r, b->x + row * n, n);
        return CYN_OK;
    default:
        for (size_t row = 0; row < b->rows; row++)
            out[b->first + row] = detector_of(b->h, b->x + row * n, n, b->scratch);
        return CYN_OK;
    }
}

cyn_code cyn_reading_compute_over(const cyn_reading_periods *h, cyn_arena *scratch, double *out,
                                  cyn_err *err)
{
    size_t n = h->nperiods, most = BLOCK_VALUES / n;
    most = most < LEAST_ROWS ? LEAST_ROWS : most > MOST_ROWS ? MOST_ROWS : most;
    block b = {.h = h,
               .x = CYN_NEW_ARRAY(scratch, n * most, double),
               .scratch = CYN_NEW_ARRAY(scratch, 2 * n, double)};
    if (!b.x || !b.scratch) return cyn_nomem(err);
    for (; b.first < h->series->nsegments; b.first += b.rows) {
        size_t left = h->series->nsegments - b.first;
        b.rows = left < most ? left : most;
        CYN_TRY(compute_block(&b, out, err));
    }
    return CYN_OK;
}
