#include "rules/case_series.h"
#include "engine/eval.h"
#include "engine/uses.h"
#include "rules/case_values.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Reading what is given ---- */

/* The error of a part of the test: its place, and what it is about. */
static cyn_code at_place(const cyn_case_series *g, cyn_code code, cyn_err *err)
{
    if (!err) return code;
    if (g->place.file) snprintf(err->file, sizeof err->file, "%s", g->place.file);
    /* The column in the values is one in the script where the script's literal was found. */
    int inside = err->column > 0 ? err->column - 1 : 0;
    err->line = g->place.line;
    err->column = g->place.column > 0 ? g->place.column + inside : 0;
    cyn_context(err, "series of '%s'", g->metric);
    return code;
}

static cyn_code choose_grain(const cyn_project *p, cyn_test_segment *s, cyn_err *err)
{
    const cyn_eval_request any = {0};
    s->grain = cyn_request_grain(p, &any, s->metric);
    if (s->given->grain) CYN_TRY(cyn_parse_grain(s->given->grain, &s->grain, err));
    if (s->grain.unit != CYN_ALL) return CYN_OK;
    cyn_fail(err, CYN_E_UNSUPPORTED, "the metric has one period, which never ends");
    cyn_hint(err, "give the series a grain: grain = \"day\"");
    return CYN_E_UNSUPPORTED;
}

static cyn_code first_period(const cyn_project *p, const cyn_case *c, const cyn_test_segment *s,
                             cyn_period *out, cyn_err *err)
{
    const char *from = s->given->from ? s->given->from : c->from;
    if (from) return cyn_parse_period(&p->calendar, s->grain, from, out, err);
    cyn_fail(err, CYN_E_NAME, "it does not say when it begins");
    cyn_hint(err, "add from = \"2026-01-05\" to the series or to the test");
    return CYN_E_NAME;
}

static cyn_code read_periods(const cyn_project *p, cyn_period first, cyn_test_segment *s,
                             cyn_arena *arena, cyn_err *err)
{
    s->starts = CYN_NEW_ARRAY(arena, s->n + 1, int64_t);
    if (!s->starts) return cyn_nomem(err);
    for (size_t i = 0; i < s->n; i++) {
        s->starts[i] = cyn_period_shift(&p->calendar, first, (int)i).start;
        if (i > 0 && s->starts[i] <= s->starts[i - 1])
            return cyn_fail(err, CYN_E_RANGE, "it goes on beyond the last year that there is");
    }
    return CYN_OK;
}

static cyn_code read_segment(const cyn_project *p, const cyn_case *c, cyn_test_segment *s,
                             cyn_arena *arena, cyn_err *err)
{
    size_t metric;
    cyn_period first;
    CYN_TRY(cyn_project_need_metric(p, s->given->metric, &metric, err));
    s->metric = p->metrics[metric];
    CYN_TRY(choose_grain(p, s, err));
    CYN_TRY(first_period(p, c, s, &first, err));
    CYN_TRY(cyn_test_values(s->given->values, arena, &s->values, &s->n, err));
    if (s->n == 0) return cyn_fail(err, CYN_E_RANGE, "there are no values");
    return read_periods(p, first, s, arena, err);
}

/* ---- Segments ---- */

static const cyn_const *label_of(const cyn_test_segment *s, const char *name)
{
    for (size_t i = 0; i < s->given->nsegment; i++)
        if (strcmp(s->given->segment[i].name, name) == 0) return &s->given->segment[i].value;
    return NULL;
}

bool cyn_test_segment_is_by(const cyn_test_segment *s, const char *const *dims, size_t n)
{
    if (s->given->nsegment != n) return false;
    for (size_t i = 0; i < n; i++)
        if (!label_of(s, dims[i])) return false;
    return true;
}

static bool same_const(const cyn_const *a, const cyn_const *b)
{
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case CYN_CONST_NIL: return true;
    case CYN_CONST_BOOLEAN:
    case CYN_CONST_INTEGER: return a->i == b->i;
    case CYN_CONST_REAL: return a->r == b->r;
    case CYN_CONST_TEXT: return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
    }
    return false;
}

/* Labels are in the order of their names. */
static bool same_segment(const cyn_test_segment *a, const cyn_test_segment *b)
{
    if (a->metric != b->metric || a->given->nsegment != b->given->nsegment) return false;
    for (size_t i = 0; i < a->given->nsegment; i++) {
        const cyn_case_field *x = &a->given->segment[i], *y = &b->given->segment[i];
        if (strcmp(x->name, y->name) != 0 || !same_const(&x->value, &y->value)) return false;
    }
    return true;
}

static cyn_code check_twice(const cyn_test_series *s, size_t i, cyn_err *err)
{
    for (size_t k = 0; k < i; k++)
        if (same_segment(&s->segments[k], &s->segments[i]))
            return cyn_fail(err, CYN_E_CONFLICT, "two series have the same labels");
    return CYN_OK;
}

cyn_code cyn_test_series_new(const cyn_project *p, const cyn_case *c, cyn_arena *arena,
                             cyn_test_series **out, cyn_err *err)
{
    cyn_test_series *s = CYN_NEW(arena, cyn_test_series);
    if (s) s->segments = CYN_NEW_ARRAY(arena, c->nseries + 1, cyn_test_segment);
    if (!s || !s->segments) return cyn_nomem(err);
    s->project = p;
    s->test = c;
    for (size_t i = 0; i < c->nseries; i++) {
        s->segments[i].given = &c->series[i];
        cyn_code rc = read_segment(p, c, &s->segments[i], arena, err);
        if (rc == CYN_OK) rc = check_twice(s, i, err);
        if (rc != CYN_OK) return at_place(&c->series[i], rc, err);
        s->count++;
    }
    *out = s;
    return CYN_OK;
}

/* ---- Values ---- */

/* The value of the period that starts there; NAN where none is given. */
static double value_at(const cyn_test_segment *s, int64_t start)
{
    size_t at = cyn_first_not_before(s->starts, s->n, start);
    return at < s->n && s->starts[at] == start ? s->values[at] : NAN;
}

/* Just after the newest value that there is at `now`: one of the running period is new all the
 * time. */
static int64_t data_end(const cyn_test_series *s, const cyn_metric *m, int64_t now)
{
    int64_t end = CYN_TIME_MIN;
    for (size_t i = 0; i < s->count; i++) {
        const cyn_test_segment *segment = &s->segments[i];
        if (strcmp(segment->metric->name, m->name) != 0) continue;
        for (size_t k = segment->n; k-- > 0;) {
            if (segment->starts[k] >= now || isnan(segment->values[k])) continue;
            cyn_period period =
                cyn_period_at(&s->project->calendar, segment->grain, segment->starts[k]);
            int64_t until = period.end < now ? period.end : now;
            if (until > end) end = until;
            break;
        }
    }
    return end;
}

int64_t cyn_test_series_start(const cyn_test_series *s, const char *metric, bool partial)
{
    int64_t first = CYN_TIME_MAX;
    for (size_t i = 0; i < s->count; i++) {
        const cyn_test_segment *segment = &s->segments[i];
        if (segment->n == 0 || strcmp(segment->metric->name, metric) != 0) continue;
        cyn_period p = cyn_period_at(&s->project->calendar, segment->grain, segment->starts[0]);
        int64_t at = partial ? p.start : p.end;
        if (at < first) first = at;
    }
    return first;
}

/* ---- Answering ---- */

/* The segments of the request, in the order of the test. */
static cyn_code choose_segments(const cyn_test_series *s, const cyn_series_request *r,
                                cyn_arena *arena, const cyn_test_segment ***out, size_t *n,
                                cyn_err *err)
{
    const cyn_test_segment **chosen = CYN_NEW_ARRAY(arena, s->count + 1, const cyn_test_segment *);
    if (!chosen) return cyn_nomem(err);
    *n = 0;
    for (size_t i = 0; i < s->count; i++) {
        const cyn_test_segment *segment = &s->segments[i];
        if (strcmp(segment->metric->name, r->metric->name) == 0 &&
            cyn_grain_equal(segment->grain, r->grain) &&
            cyn_test_segment_is_by(segment, r->dims, r->ndims))
            chosen[(*n)++] = segment;
    }
    *out = chosen;
    return CYN_OK;
}

/* The period that is judged at a slot. */
static cyn_period judged_at(const cyn_calendar *cal, const cyn_series_request *r, int64_t slot)
{
    cyn_period running = cyn_period_at(cal, r->grain, slot);
    return r->partial ? running : cyn_period_shift(cal, running, -1);
}

static cyn_code make_periods(const cyn_calendar *cal, const cyn_series_request *r, cyn_arena *arena,
                             cyn_series *out, cyn_err *err)
{
    cyn_period first = cyn_period_shift(cal, judged_at(cal, r, r->from), -(int)r->lookback);
    cyn_period last = judged_at(cal, r, r->to), *periods;
    CYN_TRY(cyn_periods_between(cal, r->grain, first.start, last.end, arena, &periods,
                                &out->nperiods, err));
    int64_t *ready = CYN_NEW_ARRAY(arena, out->nperiods + 1, int64_t);
    if (!ready) return cyn_nomem(err);
    for (size_t i = 0; i < out->nperiods; i++)
        ready[i] = r->partial ? periods[i].start : periods[i].end;
    out->periods = periods;
    out->ready = ready;
    return CYN_OK;
}

/* Values by period and segment; a series without dimensions has its one segment in any case. */
static cyn_code make_values(const cyn_test_segment *const *segments, size_t n,
                            const cyn_series_request *r, cyn_arena *arena, cyn_series *out,
                            cyn_err *err)
{
    out->nsegments = r->ndims == 0 ? 1 : n;
    size_t cells = out->nperiods * out->nsegments;
    double *values = CYN_NEW_ARRAY(arena, cells + 1, double);
    double *nothing = CYN_NEW_ARRAY(arena, cells + 1, double);
    cyn_const *keys = CYN_NEW_ARRAY(arena, n * r->ndims + 1, cyn_const);
    if (!values || !nothing || !keys) return cyn_nomem(err);
    for (size_t i = 0; i < cells; i++) {
        size_t k = i % out->nsegments;
        nothing[i] = NAN;
        values[i] = k < n ? value_at(segments[k], out->periods[i / out->nsegments].start) : NAN;
    }
    for (size_t i = 0; i < n * r->ndims; i++)
        keys[i] = *label_of(segments[i / r->ndims], r->dims[i % r->ndims]);
    out->values = values;
    out->keys = keys;
    if (r->parts) out->numerators = out->denominators = nothing;
    if (r->rows) out->rows = nothing;
    return CYN_OK;
}

static cyn_code answer(const cyn_test_series *s, const cyn_series_request *r, cyn_arena *arena,
                       cyn_series_reply *out, cyn_err *err)
{
    const cyn_test_segment **segments = NULL;
    size_t n = 0;
    cyn_series *series = CYN_NEW(arena, cyn_series);
    if (!series) return cyn_nomem(err);
    *series = (cyn_series){
        .metric = r->metric,
        .calendar = &s->project->calendar,
        .grain = r->grain,
        .dims = r->dims,
        .ndims = r->ndims,
        .partial = r->partial,
        .of_part = r->ndims > 0 && cyn_grows_with_rows(s->project, r->metric),
        .data_end = data_end(s, r->metric, r->to),
    };
    CYN_TRY(choose_segments(s, r, arena, &segments, &n, err));
    CYN_TRY(make_periods(&s->project->calendar, r, arena, series, err));
    CYN_TRY(make_values(segments, n, r, arena, series, err));
    *out = (cyn_series_reply){.series = series};
    return CYN_OK;
}

static cyn_code get_series(void *self, const cyn_series_request *requests, size_t n,
                           cyn_arena *arena, cyn_series_reply *out, cyn_err *err)
{
    for (size_t i = 0; i < n; i++)
        CYN_TRY(answer(self, &requests[i], arena, &out[i], err));
    return CYN_OK;
}

cyn_series_source cyn_test_series_source(cyn_test_series *s)
{
    return (cyn_series_source){.self = s, .get = get_series};
}
