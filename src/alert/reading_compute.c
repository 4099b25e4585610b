/* What a reading is of each segment: what compares two columns or asks the sheet is here, what
 * looks at several periods in reading_history.c. */
#include "alert/reading_impl.h"
#include <math.h>
#include <string.h>

typedef struct job {
    const cyn_reading *reading;
    const cyn_series *series;
    size_t judged;
    int64_t slot;
    cyn_arena *scratch;
    double *out;
    cyn_err *err;
} job;

/* ---- columns ---- */

static void fill(const job *j, double x)
{
    for (size_t i = 0; i < j->series->nsegments; i++)
        j->out[i] = x;
}

/* The column of a period; NULL: the series does not have it. */
static const double *column(const job *j, const double *values, size_t period)
{
    return values ? values + period * j->series->nsegments : NULL;
}

static void copy(const job *j, const double *from)
{
    if (from)
        memcpy(j->out, from, j->series->nsegments * sizeof *from);
    else
        fill(j, NAN);
}

/* Infinite or NaN is missing (M-3). */
static void drop_infinities(const job *j)
{
    double *out = j->out;
    for (size_t i = 0; i < j->series->nsegments; i++)
        out[i] = fabs(out[i]) <= 0x1.fffffffffffffp1023 ? out[i] : NAN;
}

/* ---- comparisons ---- */

static cyn_reach reach(const job *j)
{
    return cyn_reading_reach(j->reading, j->series->grain);
}

/* The column so far before the judged one; NULL: the series does not go back so far. */
static const double *column_before(const job *j)
{
    size_t at;
    if (!cyn_reach_index(j->series, j->judged, reach(j), 1, &at)) return NULL;
    return column(j, j->series->values, at);
}

static void subtract(const job *j, const double *now, const double *before)
{
    for (size_t i = 0; i < j->series->nsegments; i++)
        j->out[i] = now[i] - before[i];
}

static void compare(const job *j, const double *now, const double *before)
{
    for (size_t i = 0; i < j->series->nsegments; i++) {
        double change = (now[i] - before[i]) / fabs(before[i]);
        j->out[i] = before[i] == 0 ? NAN : change;
    }
}

/* Of a metric whose unit is % a change is in percentage points (P-12). */
static bool is_share(const cyn_metric *m)
{
    return m->sheet.unit && strcmp(m->sheet.unit, "%") == 0;
}

static void set_change(const job *j)
{
    const double *now = column(j, j->series->values, j->judged), *before = column_before(j);
    if (!before)
        fill(j, NAN);
    else if (j->reading->kind == CYN_READ_DELTA || is_share(j->series->metric))
        subtract(j, now, before);
    else
        compare(j, now, before);
}

/* ---- the sheet ---- */

/* Z-6: the values that may decide, oldest first. */
static void set_status_after(const job *j)
{
    const cyn_series *s = j->series;
    size_t back = j->judged < CYN_STATUS_PERIODS ? j->judged : CYN_STATUS_PERIODS;
    double values[CYN_STATUS_PERIODS + 1];
    for (size_t i = 0; i < s->nsegments; i++) {
        for (size_t k = 0; k <= back; k++)
            values[k] = s->values[(j->judged - back + k) * s->nsegments + i];
        cyn_status status = cyn_sheet_status_after(&s->metric->sheet, values, back + 1);
        j->out[i] = status == CYN_STATUS_NONE ? NAN : (double)status;
    }
}

static void set_status(const job *j)
{
    const cyn_series *s = j->series;
    const double *now = column(j, s->values, j->judged);
    if (s->partial || !cyn_series_is_judged(s)) {
        fill(j, NAN);
        return;
    }
    if (s->metric->sheet.hysteresis > 0) {
        set_status_after(j);
        return;
    }
    for (size_t i = 0; i < s->nsegments; i++) {
        cyn_status status = cyn_sheet_status(&s->metric->sheet, now[i]);
        j->out[i] = status == CYN_STATUS_NONE ? NAN : (double)status;
    }
}

static double days_to_target(const job *j)
{
    const cyn_sheet *sheet = &j->series->metric->sheet;
    if (!sheet->has_target_by) return NAN;
    return (double)(sheet->target_by - cyn_tz_date(j->series->calendar->tz, j->slot));
}

/* Seconds; what was written for later than the slot is as new as can be. */
static double age(const job *j)
{
    int64_t end = j->series->data_end;
    if (end == CYN_TIME_MIN) return NAN;
    return end < j->slot ? (double)(j->slot - end) / (double)CYN_SECOND : 0;
}

/* ---- several periods ---- */

/* Z-10: a window is the periods after the one so far back. Z-21: a detector looks at that one, too,
 * since the judged period is none that it is judged by. */
static cyn_code choose_consecutive(const job *j, bool window, cyn_reading_periods *h)
{
    size_t at, most = cyn_reach_periods(reach(j), j->series->grain);
    size_t first = j->judged < most ? 0 : j->judged - most + window;
    h->wanted = most;
    if (cyn_reach_index(j->series, j->judged, reach(j), 1, &at) && at + window >= first) {
        first = at + window;
        h->wanted = j->judged - at;
    }
    size_t *periods = CYN_NEW_ARRAY(j->scratch, j->judged - first + 1, size_t);
    if (!periods) return cyn_nomem(j->err);
    while (first + h->nperiods <= j->judged) {
        periods[h->nperiods] = first + h->nperiods;
        h->nperiods++;
    }
    h->periods = periods;
    return CYN_OK;
}

/* Z-26: the season before the judged period, and for each of its places that of earlier ones. The
 * judged period's own place comes first: it is the one a season before. */
static cyn_code choose_seasons(const job *j, cyn_reading_periods *h)
{
    const cyn_reach season = reach(j);
    size_t first, seasons = h->wanted = (size_t)j->reading->parameter;
    if (!cyn_reach_index(j->series, j->judged, season, 1, &first)) first = j->judged;
    size_t *periods = CYN_NEW_ARRAY(j->scratch, (j->judged - first) * seasons + 1, size_t);
    if (!periods) return cyn_nomem(j->err);
    for (size_t place = first; place < j->judged; place++)
        for (int k = 0; k < (int)seasons; k++) {
            size_t at = place;
            bool found = k == 0 || cyn_reach_index(j->series, place, season, k, &at);
            periods[h->nperiods++] = found ? at : CYN_NO_PERIOD;
        }
    periods[h->nperiods++] = j->judged;
    h->periods = periods;
    return CYN_OK;
}

static cyn_code set_from_history(const job *j)
{
    cyn_takes takes = cyn_reading_takes(j->reading->kind);
    bool window = takes == CYN_TAKES_WINDOW || takes == CYN_TAKES_PERCENTILE;
    cyn_reading_periods h = {.reading = j->reading, .series = j->series};
    CYN_TRY(takes == CYN_TAKES_SEASONS ? choose_seasons(j, &h) : choose_consecutive(j, window, &h));
    return cyn_reading_compute_over(&h, j->scratch, j->out, j->err);
}

/* ---- all ---- */

static cyn_code set(const job *j)
{
    const cyn_series *s = j->series;
    switch (j->reading->kind) {
    case CYN_READ_VALUE: return copy(j, column(j, s->values, j->judged)), CYN_OK;
    case CYN_READ_PREVIOUS:
    case CYN_READ_LAST_YEAR: return copy(j, column_before(j)), CYN_OK;
    case CYN_READ_NUMERATOR: return copy(j, column(j, s->numerators, j->judged)), CYN_OK;
    case CYN_READ_DENOMINATOR: return copy(j, column(j, s->denominators, j->judged)), CYN_OK;
    case CYN_READ_ROWS: return copy(j, column(j, s->rows, j->judged)), CYN_OK;
    case CYN_READ_TARGET: return fill(j, cyn_series_target(s)), CYN_OK;
    case CYN_READ_MARKET: return fill(j, cyn_series_market(s)), CYN_OK;
    case CYN_READ_STATUS: return set_status(j), CYN_OK;
    case CYN_READ_DAYS_TO_TARGET: return fill(j, days_to_target(j)), CYN_OK;
    case CYN_READ_PARTIAL: return fill(j, s->partial), CYN_OK;
    case CYN_READ_AGE: return fill(j, age(j)), CYN_OK;
    case CYN_READ_CHANGE:
    case CYN_READ_DELTA: return set_change(j), CYN_OK;
    default: return set_from_history(j);
    }
}

cyn_code cyn_reading_compute(const cyn_reading *r, const cyn_series *s, size_t judged, int64_t slot,
                             cyn_arena *scratch, double *out, cyn_err *err)
{
    const job j = {r, s, judged, slot, scratch, out, err};
    size_t lookback;
    CYN_TRY(cyn_reading_lookback(r, s->grain, &lookback, err));
    CYN_TRY(set(&j));
    drop_infinities(&j);
    return CYN_OK;
}
