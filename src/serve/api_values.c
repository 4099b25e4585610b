/* Values as they were recorded: the history, with what was said of a period before. */
#include "plan/expr.h"
#include "serve/api_impl.h"
#include "store/history.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- which series there are ---- */

static void put_series(const cyn_stored_series *s, cyn_buf *b)
{
    cyn_buf_puts(b, "{\"metric\":");
    cyn_buf_json_string(b, s->metric, strlen(s->metric));
    cyn_json_text(b, "grain", s->grain);
    cyn_json_key(b, "segment");
    cyn_buf_puts(b, s->segment); /* JSON of our own */
    cyn_buf_putc(b, '}');
}

static cyn_code read_grain(const api_call *c, const char *fallback, const char **out, cyn_err *err)
{
    const char *text = cyn_request_query(c->request, "grain");
    cyn_grain grain;
    char *word = cyn_alloc(c->arena, 16);
    if (!word) return cyn_nomem(err);
    *out = fallback;
    if (!text) return CYN_OK;
    CYN_TRY(cyn_parse_grain(text, &grain, err));
    cyn_format_grain(grain, word);
    *out = word;
    return CYN_OK;
}

cyn_code api_list_series(api_call *c, cyn_err *err)
{
    const cyn_stored_series *items = NULL;
    size_t n = 0, metric;
    bool more = false;
    cyn_series_filter filter = {.metric = c->request->params[0]};
    CYN_TRY(cyn_project_need_metric(c->project, filter.metric, &metric, err));
    CYN_TRY(read_grain(c, NULL, &filter.grain, err));
    CYN_TRY(api_limit(c, 1000, 100000, &filter.most, err));
    CYN_TRY(cyn_store_series_list(c->store, &filter, c->arena, &items, &n, &more, err));
    cyn_buf_puts(c->out, "{\"series\":[");
    for (size_t i = 0; i < n; i++) {
        if (i) cyn_buf_putc(c->out, ',');
        put_series(&items[i], c->out);
    }
    cyn_buf_putc(c->out, ']');
    cyn_json_boolean(c->out, "more", more);
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}

/* ---- one of them ---- */

static int by_name(const void *x, const void *y)
{
    const api_member *a = x, *b = y;
    return strcmp(a->name, b->name);
}

/* The segment as it is stored: keys in the order of their bytes, without blanks. */
static cyn_code canonical(const api_call *c, const api_object *o, const char **out, cyn_err *err)
{
    api_member *sorted = CYN_NEW_ARRAY(c->arena, o->count + 1, api_member);
    cyn_buf text = {0};
    if (!sorted) return cyn_nomem(err);
    for (size_t i = 0; i < o->count; i++) {
        if (o->members[i].kind == API_TEXTS)
            return cyn_fail(err, CYN_E_TYPE, "segment: '%.60s' is a list, expected a value",
                            o->members[i].name);
        sorted[i] = o->members[i];
    }
    if (o->count) qsort(sorted, o->count, sizeof *sorted, by_name);
    cyn_buf_putc(&text, '{');
    for (size_t i = 0; i < o->count; i++) {
        const api_member *m = &sorted[i];
        if (i) cyn_buf_putc(&text, ',');
        cyn_buf_json_string(&text, m->name, strlen(m->name));
        cyn_buf_putc(&text, ':');
        if (m->kind == API_TEXT)
            cyn_buf_json_string(&text, m->text, strlen(m->text));
        else
            cyn_buf_puts(&text, m->kind == API_NULL ? "null" : m->text);
    }
    cyn_buf_putc(&text, '}');
    cyn_code rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK && !(*out = cyn_strndup(c->arena, text.data, text.len))) rc = cyn_nomem(err);
    cyn_buf_clear(&text);
    return rc;
}

static cyn_code read_segment(const api_call *c, const char **out, cyn_err *err)
{
    const char *text = cyn_request_query(c->request, "segment");
    api_object o;
    *out = "{}";
    if (!text) return CYN_OK;
    cyn_code rc = api_parse_object(text, strlen(text), c->arena, &o, err);
    if (rc == CYN_OK) return canonical(c, &o, out, err);
    cyn_context(err, "segment=%.60s", text);
    cyn_hint(err, "/api/v1/metrics/{name}/series lists segments as they are written here");
    return rc;
}

/* Whose values, and of which stretch; at most so many of them. */
typedef struct question {
    cyn_stored_series series;
    cyn_grain grain;
    int64_t from, to; /* starts of periods */
    size_t limit;
    bool restatements;
} question;

static cyn_code read_period(const api_call *c, const char *name, cyn_grain grain, cyn_period *out,
                            bool *given, cyn_err *err)
{
    const char *text = cyn_request_query(c->request, name);
    *given = text != NULL;
    if (!text) return CYN_OK;
    cyn_code rc = cyn_parse_period(&c->project->calendar, grain, text, out, err);
    if (rc != CYN_OK) cyn_context(err, "%s", name);
    return rc;
}

static cyn_code read_stretch(const api_call *c, question *q, cyn_err *err)
{
    const char *after = cyn_request_query(c->request, "after");
    cyn_period period = {0};
    bool given;
    q->from = CYN_TIME_MIN;
    q->to = CYN_TIME_MAX;
    CYN_TRY(read_period(c, "from", q->grain, &period, &given, err));
    if (given) q->from = period.start;
    CYN_TRY(read_period(c, "to", q->grain, &period, &given, err));
    if (given && q->grain.unit != CYN_ALL) q->to = period.end;
    if (!after) return CYN_OK;
    CYN_TRY(read_period(c, "after", q->grain, &period, &given, err));
    if (period.end > q->from) q->from = period.end;
    return CYN_OK;
}

static cyn_code read_question(const api_call *c, question *q, cyn_err *err)
{
    const char *name = cyn_request_query(c->request, "metric");
    char *own = cyn_alloc(c->arena, 16);
    cyn_eval_request nothing = {0};
    size_t metric;
    if (!own) return cyn_nomem(err);
    if (!name) return cyn_fail(err, CYN_E_USAGE, "which metric? /api/v1/values?metric=NAME");
    CYN_TRY(cyn_project_need_metric(c->project, name, &metric, err));
    cyn_format_grain(cyn_request_grain(c->project, &nothing, c->project->metrics[metric]), own);
    q->series.metric = name;
    CYN_TRY(read_grain(c, own, &q->series.grain, err));
    CYN_TRY(cyn_parse_grain(q->series.grain, &q->grain, err));
    CYN_TRY(read_segment(c, &q->series.segment, err));
    CYN_TRY(api_flag(c, "restatements", &q->restatements, err));
    CYN_TRY(api_limit(c, 1000, 100000, &q->limit, err));
    return read_stretch(c, q, err);
}

/* ---- answering ---- */

/* All digits of an exact number; a double else. */
static void put_value(const cyn_stored_value *v, cyn_buf *b)
{
    cyn_json_key(b, "value");
    if (v->text)
        cyn_buf_puts(b, v->text);
    else
        cyn_buf_real(b, v->value);
    cyn_json_text(b, "text", v->text);
}

/* What was said before, the oldest first; what is known now is not among it. */
static cyn_code put_restatements(const api_call *c, const question *q, const cyn_stored_value *now,
                                 cyn_err *err)
{
    const cyn_stored_value *said = NULL;
    size_t n = 0;
    cyn_buf *b = c->out;
    if (now->first_run != now->run)
        CYN_TRY(cyn_store_restatements(c->store, &q->series, now->start, c->arena, &said, &n, err));
    cyn_json_key(b, "restatements");
    cyn_buf_putc(b, '[');
    for (size_t i = 0; i < n && said[i].run < now->run; i++) {
        cyn_buf_printf(b, "%s{\"run\":%lld", i ? "," : "", (long long)said[i].run);
        cyn_json_time(b, "recorded", said[i].at, c->project->calendar.tz);
        put_value(&said[i], b);
        cyn_json_boolean(b, "partial", said[i].partial);
        cyn_json_boolean(b, "immature", said[i].immature);
        cyn_json_text(b, "definition", said[i].definition);
        cyn_buf_putc(b, '}');
    }
    cyn_buf_putc(b, ']');
    return CYN_OK;
}

static cyn_code put_stored(const api_call *c, const question *q, const cyn_stored_value *v,
                           cyn_err *err)
{
    const cyn_calendar *cal = &c->project->calendar;
    const cyn_period period = {.grain = q->grain, .start = v->start, .end = v->end};
    cyn_buf *b = c->out;
    cyn_buf_puts(b, "{\"period\":");
    cyn_buf_json_string(b, v->period, strlen(v->period));
    cyn_json_instant(b, "start", period, v->start, cal);
    cyn_json_instant(b, "end", period, v->end, cal);
    put_value(v, b);
    cyn_json_real(b, "numerator", v->numerator);
    cyn_json_real(b, "denominator", v->denominator);
    cyn_json_number(b, "rows", cyn_num_integer(v->rows));
    cyn_json_boolean(b, "partial", v->partial);
    cyn_json_boolean(b, "immature", v->immature);
    cyn_json_text(b, "definition", v->definition);
    cyn_json_number(b, "run", cyn_num_integer(v->run));
    cyn_json_time(b, "recorded", v->at, cal->tz);
    cyn_json_number(b, "restated", cyn_num_integer(v->restated));
    if (q->restatements) CYN_TRY(put_restatements(c, q, v, err));
    cyn_buf_putc(b, '}');
    return CYN_OK;
}

cyn_code api_list_values(api_call *c, cyn_err *err)
{
    question q = {0};
    const cyn_stored_value *values = NULL;
    size_t n = 0;
    cyn_buf *b = c->out;
    CYN_TRY(read_question(c, &q, err));
    CYN_TRY(cyn_store_values(c->store, &q.series, q.from, q.to, q.limit + 1, c->arena, &values, &n,
                             err));
    bool more = n > q.limit;
    if (more) n = q.limit;
    cyn_buf_puts(b, "{\"metric\":");
    cyn_buf_json_string(b, q.series.metric, strlen(q.series.metric));
    cyn_json_text(b, "grain", q.series.grain);
    cyn_json_key(b, "segment");
    cyn_buf_puts(b, q.series.segment);
    cyn_json_key(b, "values");
    cyn_buf_putc(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (i) cyn_buf_putc(b, ',');
        CYN_TRY(put_stored(c, &q, &values[i], err));
    }
    cyn_buf_putc(b, ']');
    cyn_json_text(b, "next", more ? values[n - 1].period : NULL);
    cyn_buf_putc(b, '}');
    return CYN_OK;
}
