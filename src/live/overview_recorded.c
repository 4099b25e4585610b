/* A metric as the state has it: what takes long is evaluated once for each period, and not again
 * for whoever looks at it. What has not ended is not recorded, and so not shown. */
#include "engine/uses.h"
#include "live/overview_impl.h"
#include "report/json_read.h"
#include "store/history.h"
#include <math.h>
#include <string.h>

/* Of the whole, or of one segment. */
typedef struct recorded {
    overview_work *w;
    cyn_stored_series series;
    cyn_period ended;               /* the last that has */
    const cyn_stored_value *values; /* of as many periods as a chart has, oldest first */
    size_t count;
} recorded;

static const cyn_calendar *calendar_of(const recorded *r)
{
    return &r->w->project->calendar;
}

static cyn_code read_values(recorded *r, cyn_err *err)
{
    const size_t periods = overview_history(r->w);
    const cyn_period first = cyn_period_shift(calendar_of(r), r->ended, 1 - (int)periods);
    return cyn_store_values(r->w->store, &r->series, first.start, r->ended.end, 0, r->w->scratch,
                            &r->values, &r->count, err);
}

/* The newest that is known whole; NULL: none is. */
static const cyn_stored_value *newest(const recorded *r)
{
    for (size_t i = r->count; i-- > 0;)
        if (!r->values[i].partial) return &r->values[i];
    return NULL;
}

static cyn_num number_of(const cyn_stored_value *v)
{
    return v->partial || v->immature ? CYN_MISSING : cyn_stored_number(v);
}

/* Missing where it is not known, and where it is not final. */
static cyn_num value_in(const recorded *r, cyn_period p)
{
    for (size_t i = r->count; i-- > 0;)
        if (r->values[i].start == p.start) return number_of(&r->values[i]);
    return CYN_MISSING;
}

/* It may lie before all that was read. */
static cyn_code read_last_year(const recorded *r, cyn_period p, cyn_num *out, cyn_err *err)
{
    const cyn_period before = cyn_period_last_year(calendar_of(r), p);
    const cyn_stored_value *values = NULL;
    size_t n = 0;
    CYN_TRY(cyn_store_values(r->w->store, &r->series, before.start, before.start + 1, 1,
                             r->w->scratch, &values, &n, err));
    *out = n > 0 ? number_of(values) : CYN_MISSING;
    return CYN_OK;
}

static cyn_status status_of(const cyn_point *p)
{
    double values[CYN_STATUS_PERIODS + 1];
    const size_t most = sizeof values / sizeof *values;
    const size_t n = p->nhistory < most ? p->nhistory : most;
    if (!cyn_point_is_judged(p) || p->immature) return CYN_STATUS_NONE;
    if (!(p->metric->sheet.hysteresis > 0))
        return cyn_sheet_status(&p->metric->sheet, cyn_num_double(p->value));
    for (size_t i = 0; i < n; i++)
        values[i] = cyn_num_double(p->history[p->nhistory - n + i]);
    return cyn_sheet_status_after(&p->metric->sheet, values, n);
}

static cyn_code set_history(const recorded *r, cyn_point *p, cyn_err *err)
{
    const size_t n = overview_history(r->w);
    cyn_num *history = CYN_NEW_ARRAY(r->w->arena, n, cyn_num);
    if (!history) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        history[i] = value_in(r, cyn_period_shift(calendar_of(r), p->period, (int)i - (int)n + 1));
    p->history = history;
    p->nhistory = n;
    return CYN_OK;
}

/* A cohort that is immature has a value, which is compared with nothing. */
static cyn_code set_point(const recorded *r, const cyn_metric *m, const cyn_stored_value *v,
                          cyn_point *out, cyn_err *err)
{
    const cyn_period p = cyn_period_at(calendar_of(r), r->ended.grain, v->start);
    cyn_num last_year = CYN_MISSING;
    CYN_TRY(read_last_year(r, p, &last_year, err));
    *out = (cyn_point){
        .metric = m,
        .period = p,
        .value = cyn_stored_number(v),
        .numerator = isnan(v->numerator) ? CYN_MISSING : cyn_num_real(v->numerator),
        .denominator = isnan(v->denominator) ? CYN_MISSING : cyn_num_real(v->denominator),
        .rows = v->rows,
        .immature = v->immature,
        .previous =
            v->immature ? CYN_MISSING : value_in(r, cyn_period_shift(calendar_of(r), p, -1)),
        .last_year = v->immature ? CYN_MISSING : last_year,
    };
    return CYN_OK;
}

/* ---- segments ---- */

/* As JSON says it. */
static cyn_code read_key(cyn_json_span value, cyn_arena *arena, cyn_const *out, cyn_err *err)
{
    cyn_buf text = {0};
    cyn_const key = {.kind = CYN_CONST_TEXT};
    cyn_json_put_text(value, &text);
    cyn_code rc = cyn_buf_check(&text, err);
    if (value.n == 4 && memcmp(value.s, "null", 4) == 0)
        key.kind = CYN_CONST_NIL;
    else if (value.n > 0 && (*value.s == 't' || *value.s == 'f'))
        key = (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = *value.s == 't'};
    else if (cyn_parse_integer(value.s, value.n, &key.i))
        key.kind = CYN_CONST_INTEGER;
    else if (cyn_json_real_of(value, &key.r))
        key.kind = CYN_CONST_REAL;
    else if (rc == CYN_OK && !(key.s = cyn_strndup(arena, text.data ? text.data : "", text.len)))
        rc = cyn_nomem(err);
    key.n = key.kind == CYN_CONST_TEXT ? text.len : 0;
    cyn_buf_clear(&text);
    *out = key;
    return rc;
}

/* Whether it is a segment by this dimension and by no other; *value: which. */
static bool is_by(const char *segment, const char *dimension, cyn_json_span *value)
{
    cyn_json_at at = cyn_json_open(segment);
    cyn_json_span key, other;
    return cyn_json_find(segment, dimension, value) && cyn_json_next(&at, &key, &other) &&
           !cyn_json_next(&at, &key, &other);
}

/* In the period of the whole, as `like`. */
static cyn_code add_segment(recorded *r, const cyn_point *like, const char *const *dimension,
                            cyn_json_span value, cyn_point *list, size_t *n, cyn_err *err)
{
    cyn_const *key = CYN_NEW(r->w->arena, cyn_const);
    if (!key) return cyn_nomem(err);
    CYN_TRY(read_values(r, err));
    const cyn_stored_value *v = newest(r);
    if (!v || v->start != like->period.start) return CYN_OK;
    cyn_point *p = &list[*n];
    CYN_TRY(set_point(r, like->metric, v, p, err));
    CYN_TRY(read_key(value, r->w->arena, key, err));
    p->dims = dimension;
    p->keys = key;
    p->nkeys = 1;
    p->of_part = cyn_grows_with_rows(r->w->project, p->metric);
    if (!p->immature && cyn_point_is_judged(p) && !(p->metric->sheet.hysteresis > 0))
        p->status = cyn_sheet_status(&p->metric->sheet, cyn_num_double(p->value));
    ++*n;
    return CYN_OK;
}

static cyn_code read_segments(const recorded *whole, cyn_page_metric *m, cyn_err *err)
{
    overview_work *w = whole->w;
    const cyn_config_schedule *schedule = &w->project->config->schedule;
    const cyn_series_filter filter = {.metric = whole->series.metric, .grain = whole->series.grain};
    const cyn_stored_series *series = NULL;
    size_t n = 0;
    bool more;
    if (schedule->nby == 0) return CYN_OK;
    CYN_TRY(cyn_store_series_list(w->store, &filter, w->scratch, &series, &n, &more, err));
    cyn_point *list = CYN_NEW_ARRAY(w->arena, n + 1, cyn_point);
    if (!list) return cyn_nomem(err);
    for (size_t k = 0; k < schedule->nby; k++)
        for (size_t i = 0; i < n; i++) {
            recorded r = *whole;
            cyn_json_span value;
            r.series = series[i];
            if (is_by(series[i].segment, schedule->by[k], &value))
                CYN_TRY(
                    add_segment(&r, m->ended, &schedule->by[k], value, list, &m->nsegments, err));
        }
    m->segments = list;
    return CYN_OK;
}

/* ---- the whole ---- */

cyn_code overview_recorded(overview_work *w, size_t metric, cyn_err *err)
{
    const cyn_eval_request own = {0};
    cyn_page_metric *m = &w->metrics[metric];
    const cyn_grain grain = cyn_request_grain(w->project, &own, m->metric);
    char word[16];
    if (!w->store || grain.unit == CYN_ALL) return CYN_OK;
    cyn_format_grain(grain, word);
    recorded r = {.w = w, .series = {.metric = m->metric->name, .grain = word, .segment = "{}"}};
    r.ended = cyn_period_shift(calendar_of(&r),
                               cyn_period_at(calendar_of(&r), grain, w->view->as_of), -1);
    CYN_TRY(read_values(&r, err));
    const cyn_stored_value *v = newest(&r);
    cyn_point *p = CYN_NEW(w->arena, cyn_point);
    if (!p) return cyn_nomem(err);
    if (!v) return CYN_OK;
    CYN_TRY(set_point(&r, m->metric, v, p, err));
    CYN_TRY(set_history(&r, p, err));
    p->status = status_of(p);
    m->ended = p;
    CYN_TRY(overview_chart(w, m, err));
    return read_segments(&r, m, err);
}
