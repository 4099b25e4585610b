/* Series for tests, from rows: a segment's values, oldest first. */
#pragma once
#include "alert/reading.h"
#include "test.h"

typedef struct rows {
    cyn_arena *arena;
    cyn_metric metric;
    cyn_calendar calendar;
    cyn_series series;
} rows;

/* Periods of a grain that end with the one which holds an instant; values are all missing. */
static inline void rows_init(rows *r, const cyn_tz *tz, cyn_grain grain, int64_t last,
                             size_t nperiods, size_t nsegments)
{
    *r = (rows){.arena = cyn_arena_new(0),
                .calendar = {.tz = tz, .week_start = 1, .fiscal_month = 1}};
    cyn_period *periods = CYN_NEW_ARRAY(r->arena, nperiods, cyn_period);
    int64_t *ready = CYN_NEW_ARRAY(r->arena, nperiods, int64_t);
    double *values = CYN_NEW_ARRAY(r->arena, nperiods * nsegments, double);
    if (!periods || !ready || !values) abort();
    cyn_period p = cyn_period_at(&r->calendar, grain, last);
    for (size_t i = nperiods; i-- > 0; p = cyn_period_at(&r->calendar, grain, p.start - 1)) {
        periods[i] = p;
        ready[i] = p.end;
    }
    for (size_t i = 0; i < nperiods * nsegments; i++)
        values[i] = NAN;
    r->metric.name = "m";
    r->series = (cyn_series){.metric = &r->metric,
                             .calendar = &r->calendar,
                             .grain = grain,
                             .periods = periods,
                             .nperiods = nperiods,
                             .ready = ready,
                             .nsegments = nsegments,
                             .values = values,
                             .data_end = periods[nperiods - 1].end};
}

static inline void rows_clear(rows *r)
{
    cyn_arena_free(r->arena);
}

static inline double *rows_value(rows *r, size_t period, size_t segment)
{
    return (double *)(uintptr_t)&r->series.values[period * r->series.nsegments + segment];
}

static inline cyn_reading reading_of(const char *name)
{
    cyn_reading r = {0};
    cyn_err err = {0};
    if (cyn_reading_parse(name, strlen(name), &r, &err) != CYN_OK) {
        printf("# %s: %s\n", name, err.message);
        CHECK(!"a reading");
    }
    return r;
}

/* Of all segments, at a period. */
static inline void read_at(const rows *r, const char *name, size_t judged, double *out)
{
    const cyn_reading reading = reading_of(name);
    cyn_arena *scratch = cyn_arena_new(0);
    cyn_err err = {0};
    cyn_code code = cyn_reading_compute(&reading, &r->series, judged, r->series.periods[judged].end,
                                        scratch, out, &err);
    if (code != CYN_OK) printf("# %s: %s\n", name, err.message);
    CHECK_INT(code, CYN_OK);
    cyn_arena_free(scratch);
}

/* Of the only segment, at the last period. */
static inline double read_last(const rows *r, const char *name)
{
    double out = -1;
    if (r->series.nsegments != 1) abort();
    read_at(r, name, r->series.nperiods - 1, &out);
    return out;
}
