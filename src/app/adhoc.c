#include "app/adhoc_impl.h"
#include "app/ask.h"
#include <stdio.h>
#include <string.h>

#define HISTORY 12 /* periods of a sparkline */
#define BY_MAX  8

void cyn_adhoc_host_init(cyn_adhoc_host *h, cyn_session *s, const cyn_args *args, cyn_format format)
{
    *h = (cyn_adhoc_host){.session = s};
    h->report = (cyn_report_options){.format = format};
    cyn_ask_look(s, args, &h->report);
}

/* ---- What is asked ---- */

/* The texts of an array, at most `room`; CYN_E_LIMIT beyond. */
static cyn_code texts_of(const cyn_value *v, const char **out, size_t room, size_t *count,
                         cyn_err *err)
{
    *count = 0;
    for (size_t i = 0; v->kind == CYN_VALUE_ARRAY && i < v->n; i++) {
        if (*count == room) return cyn_fail(err, CYN_E_LIMIT, "more than %zu names", room);
        if (v->items[i].kind != CYN_VALUE_TEXT) continue;
        out[(*count)++] = v->items[i].s;
    }
    return CYN_OK;
}

static cyn_code read_catalog(const cyn_value *question, cyn_catalog **out, cyn_err *err)
{
    const cyn_value *bytes = cyn_value_get(question, "catalog");
    if (bytes->kind != CYN_VALUE_TEXT)
        return cyn_fail(err, CYN_E_WORKER, "a question without a catalog");
    return cyn_catalog_read((const uint8_t *)bytes->s, bytes->n, out, err);
}

/* The options of a script are those of the command line. */
static cyn_code read_request(const cyn_value *question, cyn_arena *arena, cyn_eval_request *r,
                             const char ***titles, cyn_err *err)
{
    const cyn_value *o = cyn_value_get(question, "options");
    const cyn_value *metrics = cyn_value_get(question, "metrics");
    const char **names = CYN_NEW_ARRAY(arena, metrics->n + 1, const char *);
    const char **by = CYN_NEW_ARRAY(arena, BY_MAX, const char *);
    *titles = CYN_NEW_ARRAY(arena, metrics->n + 1, const char *);
    if (!names || !by || !*titles) return cyn_nomem(err);
    *r = (cyn_eval_request){.metrics = names,
                            .by = by,
                            .at = cyn_value_text(o, "at"),
                            .from = cyn_value_text(o, "from"),
                            .to = cyn_value_text(o, "to"),
                            .as_of = cyn_value_text(o, "as_of"),
                            .last = (int)cyn_value_integer(o, "last"),
                            .cancel = &cyn_interrupted};
    CYN_TRY(texts_of(metrics, names, metrics->n, &r->nmetrics, err));
    for (size_t i = 0; i < r->nmetrics; i++)
        (*titles)[i] = cyn_value_text(cyn_value_get(question, "titles"), names[i]);
    CYN_TRY(texts_of(cyn_value_get(o, "by"), by, BY_MAX, &r->nby, err));
    const char *grain = cyn_value_text(o, "grain");
    r->has_grain = grain != NULL;
    return grain ? cyn_parse_grain(grain, &r->grain, err) : CYN_OK;
}

/* ---- Values ---- */

static void put_num(cyn_buf *b, const char *key, cyn_num n)
{
    cyn_wire_key(b, key);
    if (cyn_num_is_missing(n))
        cyn_wire_nil(b);
    else if (n.kind == CYN_NUM_INTEGER)
        cyn_wire_integer(b, n.i);
    else
        cyn_wire_real(b, cyn_num_double(n));
}

static void put_flag(cyn_buf *b, const char *key, bool yes)
{
    cyn_wire_key(b, key);
    cyn_wire_boolean(b, yes);
}

static void put_point(cyn_buf *b, const cyn_point *p, const cyn_calendar *calendar)
{
    char label[64];
    cyn_period_label(calendar, p->period, label, sizeof label);
    cyn_wire_map(b, 15);
    cyn_wire_key(b, "metric");
    cyn_wire_string(b, p->metric->name);
    cyn_wire_key(b, "period");
    cyn_wire_string(b, label);
    put_num(b, "start", cyn_num_real((double)p->period.start / CYN_SECOND));
    put_num(b, "stop", cyn_num_real((double)p->period.end / CYN_SECOND));
    cyn_wire_key(b, "segment");
    cyn_wire_map(b, p->nkeys);
    for (size_t i = 0; i < p->nkeys; i++) {
        cyn_wire_key(b, p->dims[i]);
        cyn_wire_const(b, &p->keys[i]);
    }
    put_num(b, "value", p->value);
    put_num(b, "numerator", p->numerator);
    put_num(b, "denominator", p->denominator);
    put_num(b, "rows", cyn_num_integer(p->rows));
    put_num(b, "previous", p->previous);
    put_num(b, "last_year", p->last_year);
    put_num(b, "target", cyn_point_target(p));
    cyn_wire_key(b, "status");
    cyn_wire_string(b, p->status ? cyn_status_names[p->status] : NULL);
    put_flag(b, "partial", p->partial);
    put_flag(b, "immature", p->immature);
}

/* A script computes with all of the values or none. */
static cyn_code reply_points(const cyn_adhoc_host *h, const cyn_eval_result *result, cyn_buf *reply,
                             cyn_err *err)
{
    for (size_t i = 0; i < result->npoints; i++) {
        if (!result->points[i].failed) continue;
        if (err) *err = *result->points[i].error;
        cyn_context(err, "'%s'", result->points[i].metric->name);
        return result->points[i].error->code;
    }
    cyn_wire_array(reply, result->npoints);
    for (size_t i = 0; i < result->npoints; i++)
        put_point(reply, &result->points[i], h->report.calendar);
    return CYN_OK;
}

static cyn_code show_points(cyn_adhoc_host *h, const cyn_eval_result *result, cyn_err *err)
{
    cyn_buf out = {0};
    cyn_code rc = cyn_report_points(result->points, result->npoints, &h->report, &out, err);
    if (rc == CYN_OK) return h->failed += result->failed, cyn_adhoc_print(&out, err);
    cyn_buf_clear(&out);
    return rc;
}

static cyn_code answer_points(cyn_adhoc_host *h, const cyn_value *question, bool show,
                              cyn_arena *arena, cyn_buf *reply, cyn_err *err)
{
    cyn_catalog *catalog = NULL;
    const char **titles = NULL;
    cyn_eval_request request;
    cyn_eval_result result;
    CYN_TRY(read_request(question, arena, &request, &titles, err));
    if (show && h->report.format == CYN_FORMAT_TABLE) request.history = HISTORY;
    CYN_TRY(read_catalog(question, &catalog, err));
    cyn_code rc =
        cyn_adhoc_points(h->session->data, catalog, titles, &request, arena, &result, err);
    if (rc == CYN_OK)
        rc = show ? show_points(h, &result, err) : reply_points(h, &result, reply, err);
    cyn_catalog_free(catalog);
    return rc;
}

/* ---- Rows ---- */

static cyn_code answer_rows(cyn_adhoc_host *h, const cyn_value *question, bool show,
                            cyn_arena *arena, cyn_buf *reply, cyn_err *err)
{
    cyn_catalog *catalog = NULL;
    cyn_adhoc_rows rows = {0};
    const char *metric = cyn_value_text(question, "metric");
    int64_t limit = cyn_value_integer(question, "limit");
    if (!metric || limit < 1 || limit > 100000)
        return cyn_fail(err, CYN_E_WORKER, "a question about rows is malformed");
    CYN_TRY(read_catalog(question, &catalog, err));
    cyn_code rc = cyn_adhoc_rows_read(h->session->data, catalog, metric, (size_t)limit,
                                      &cyn_interrupted, arena, &rows, err);
    if (rc == CYN_OK && show) rc = cyn_adhoc_show_rows(h, &rows, arena, err);
    if (rc == CYN_OK && !show) cyn_adhoc_reply_rows(&rows, reply);
    cyn_adhoc_rows_clear(&rows);
    cyn_catalog_free(catalog);
    return rc;
}

/* ---- Tables and texts of the script's own ---- */

static cyn_code answer_table(const cyn_adhoc_host *h, const cyn_value *question, cyn_arena *arena,
                             cyn_err *err)
{
    const cyn_value *columns = cyn_value_get(question, "columns");
    const cyn_value *rows = cyn_value_get(question, "rows");
    bool whole = columns->kind == CYN_VALUE_ARRAY && rows->kind == CYN_VALUE_ARRAY;
    for (size_t k = 0; whole && k < columns->n; k++)
        whole = columns->items[k].kind == CYN_VALUE_TEXT;
    if (!whole) return cyn_fail(err, CYN_E_WORKER, "a table is malformed");
    return cyn_adhoc_show_records(h, columns, rows, arena, err);
}

/* In JSON's company a text would be no JSON: it goes where people look. */
static cyn_code answer_text(const cyn_adhoc_host *h, const cyn_value *question, cyn_err *err)
{
    const cyn_value *text = cyn_value_get(question, "text");
    cyn_buf out = {0};
    if (text->kind == CYN_VALUE_TEXT) cyn_buf_add(&out, text->s, text->n);
    cyn_buf_putc(&out, '\n');
    if (h->report.format != CYN_FORMAT_JSON) return cyn_adhoc_print(&out, err);
    if (out.data) fwrite(out.data, 1, out.len, stderr);
    cyn_buf_clear(&out);
    return CYN_OK;
}

/* ---- Names, for completion ---- */

static cyn_code keep_names(const cyn_adhoc_host *h, const cyn_value *list, const char ***out,
                           cyn_err *err)
{
    const char **names = CYN_NEW_ARRAY(h->session->arena, list->n + 1, const char *);
    size_t n;
    if (!names) return cyn_nomem(err);
    CYN_TRY(texts_of(list, names, list->n, &n, err));
    for (size_t i = 0; i < n; i++)
        if (!(names[i] = cyn_strdup(h->session->arena, names[i]))) return cyn_nomem(err);
    *out = names;
    return CYN_OK;
}

static cyn_code answer_names(cyn_adhoc_host *h, const cyn_value *question, cyn_err *err)
{
    CYN_TRY(keep_names(h, cyn_value_get(question, "names"), &h->names, err));
    return keep_names(h, cyn_value_get(question, "methods"), &h->methods, err);
}

/* ---- All of them ---- */

static cyn_code answer(void *self, const cyn_value *question, cyn_buf *reply, cyn_err *err)
{
    cyn_adhoc_host *h = self;
    const char *what = cyn_value_text(question, "what");
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = CYN_OK;
    if (!what)
        rc = cyn_fail(err, CYN_E_WORKER, "a question is malformed");
    else if (!strcmp(what, "show") || !strcmp(what, "values"))
        rc = answer_points(h, question, !strcmp(what, "show"), arena, reply, err);
    else if (!strcmp(what, "show_rows") || !strcmp(what, "rows"))
        rc = answer_rows(h, question, !strcmp(what, "show_rows"), arena, reply, err);
    else if (!strcmp(what, "table"))
        rc = answer_table(h, question, arena, err);
    else if (!strcmp(what, "names"))
        rc = answer_names(h, question, err);
    else if (!strcmp(what, "text"))
        rc = answer_text(h, question, err);
    else
        rc = cyn_fail(err, CYN_E_WORKER, "a question about '%s'", what);
    cyn_arena_free(arena);
    if (rc == CYN_OK && reply->len == 0) cyn_wire_nil(reply);
    return rc == CYN_OK ? cyn_buf_check(reply, err) : rc;
}

cyn_conversation cyn_adhoc_host_conversation(cyn_adhoc_host *h)
{
    return (cyn_conversation){.self = h, .answer = answer};
}
