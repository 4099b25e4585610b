#include "base/num.h"
#include "report/words.h"
#include "serve/discreet.h"
#include "serve/prometheus_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one query may take. */
#define MOST_BYTES ((size_t)64 << 20)
enum { MOST_SECONDS = 3, MOST_TEXT = 32768, MOST_AT_ONCE = 2 };
/* Queries come in bursts, of a dashboard: one that finds no place waits for so long, unless that
 * was in vain for another one just now. So those that take milliseconds all are answered, and many
 * that take long leave threads to everybody else. */
#define PATIENCE (CYN_SECOND / 10)
#define CROWDED  CYN_SECOND
#define BLINK    1000

/* ---- replies ---- */

static cyn_code fail(cyn_reply *reply, int status, const char *type, const cyn_err *why,
                     cyn_err *err)
{
    char text[sizeof *why];
    cyn_err_format(why, text, sizeof text);
    cyn_buf_reset(&reply->body);
    cyn_buf_printf(&reply->body, "{\"status\":\"error\",\"errorType\":\"%s\",\"error\":", type);
    cyn_buf_json_string(&reply->body, text, strlen(text));
    cyn_buf_puts(&reply->body, "}");
    reply->status = status;
    reply->type = "application/json";
    return cyn_buf_check(&reply->body, err);
}

/* Trouble on our side: the log has it, and those who may know. */
static cyn_code fail_ours(const cyn_request *r, cyn_reply *reply, int status, const char *type,
                          const cyn_err *why, cyn_err *err)
{
    const cyn_err told = cyn_discreet_error(r, why);
    cyn_request_log(r, why);
    return fail(reply, status, type, &told, err);
}

/* Prometheus's classes of errors, with its status codes. */
static cyn_code reply_failure(const cyn_request *r, cyn_reply *reply, cyn_code code,
                              const cyn_err *why, cyn_err *err)
{
    switch (code) {
    case CYN_E_SYNTAX:
    case CYN_E_RANGE:
    case CYN_E_USAGE: return fail(reply, 400, "bad_data", why, err);
    case CYN_E_DATA:
    case CYN_E_LIMIT:
    case CYN_E_UNSUPPORTED: return fail(reply, 422, "execution", why, err);
    case CYN_E_CANCEL: return fail(reply, 503, "timeout", why, err);
    case CYN_E_STATE:
    case CYN_E_IO: return fail_ours(r, reply, 503, "unavailable", why, err);
    default: return fail_ours(r, reply, 500, "internal", why, err);
    }
}

static void begin(cyn_reply *reply)
{
    reply->status = 200;
    reply->type = "application/json";
    cyn_buf_puts(&reply->body, "{\"status\":\"success\",\"data\":");
}

static cyn_code finish(cyn_reply *reply, cyn_err *err)
{
    cyn_buf_puts(&reply->body, "}");
    return cyn_buf_check(&reply->body, err);
}

/* ---- parameters ---- */

static cyn_code bad(const char *name, const char *value, const char *expected, cyn_err *err)
{
    return cyn_fail(err, CYN_E_USAGE, "invalid parameter \"%s\": cannot parse \"%.60s\" to %s",
                    name, value, expected);
}

/* Seconds since 1970, or RFC 3339; in milliseconds. */
static cyn_code get_time(const cyn_request *r, const char *name, int64_t fallback, int64_t *out,
                         cyn_err *err)
{
    static const char expected[] = "a valid timestamp";
    const char *s = cyn_request_value(r, name);
    double seconds;
    int64_t micros;
    *out = fallback;
    if (!s || !*s) return CYN_OK;
    if (cyn_parse_real(s, strlen(s), &seconds)) {
        if (fabs(seconds) > 1e12) return bad(name, s, expected, err);
        *out = (int64_t)floor(seconds * 1000 + 0.5);
    } else if (cyn_parse_instant(s, strlen(s), NULL, &micros)) {
        *out = cyn_floor_div(micros, 1000);
    } else {
        return bad(name, s, expected, err);
    }
    return CYN_OK;
}

/* Seconds, or "5m". */
static cyn_code get_duration(const cyn_request *r, const char *name, int64_t fallback, int64_t *out,
                             cyn_err *err)
{
    const char *s = cyn_request_value(r, name);
    double seconds;
    *out = fallback;
    if (!s || !*s) return CYN_OK;
    if (cyn_parse_real(s, strlen(s), &seconds) && fabs(seconds) <= 1e12)
        *out = (int64_t)floor(seconds * 1000 + 0.5);
    else if (!cyn_promql_duration(s, strlen(s), out))
        return bad(name, s, "a valid duration", err);
    return CYN_OK;
}

/* ---- how many at once ---- */

static bool take_place(cyn_site *site)
{
    int n = atomic_load(&site->queries);
    while (n < MOST_AT_ONCE)
        if (atomic_compare_exchange_weak(&site->queries, &n, n + 1)) return true;
    return false;
}

static bool is_stopping(const cyn_site *site)
{
    return site->stopping && atomic_load(site->stopping);
}

static bool find_place(cyn_site *site)
{
    const int64_t began = cyn_monotonic();
    while (!is_stopping(site)) {
        if (take_place(site)) return true;
        int64_t now = cyn_monotonic(), last = atomic_load(&site->crowded);
        if (last && now - last < CROWDED) return false;
        if (now - began > PATIENCE) {
            atomic_store(&site->crowded, now);
            return false;
        }
        usleep(BLINK);
    }
    return false;
}

static void give_place(cyn_site *site)
{
    atomic_fetch_sub(&site->queries, 1);
}

/* ---- what a request stands on ---- */

typedef struct call {
    cyn_site *site;
    const cyn_opened *opened;
    cyn_prometheus_stored stored;
    cyn_arena *arena; /* limited: running into it is the query's fault */
} call;

/* A state that is not there yet holds no series. */
static cyn_code open_call(cyn_site *site, call *c, cyn_err *err)
{
    *c = (call){.site = site, .arena = cyn_arena_new(MOST_BYTES)};
    if (!c->arena) return cyn_nomem(err);
    c->opened = cyn_site_opened(site);
    if (!c->opened) return cyn_fail(err, CYN_E_STATE, "the project is not loaded yet");
    c->stored = (cyn_prometheus_stored){
        .calendar = &c->opened->project->calendar,
        .deadline = cyn_monotonic() + MOST_SECONDS * CYN_SECOND,
        .cancel = site->stopping,
    };
    if (access(site->state, F_OK) != 0) return CYN_OK;
    return cyn_site_reader(site, &c->stored.store, err);
}

static void close_call(call *c)
{
    if (c->stored.store) cyn_site_done(c->site, c->stored.store);
    cyn_opened_unref(c->opened);
    cyn_arena_free(c->arena);
}

static cyn_code reply_crowded(const cyn_site *site, cyn_reply *reply, cyn_err *err)
{
    cyn_err why = {0};
    if (is_stopping(site))
        cyn_fail(&why, CYN_E_STATE, "the server stops");
    else
        cyn_fail(&why, CYN_E_STATE, "%d queries are being answered; ask again later", MOST_AT_ONCE);
    return fail(reply, 503, "unavailable", &why, err);
}

/* Answers, lets go, and makes a reply of what went wrong. */
static cyn_code serve(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                      cyn_code (*answer)(call *c, const cyn_request *r, cyn_reply *reply,
                                         cyn_err *err),
                      cyn_err *err)
{
    call c = {0};
    cyn_err why = {0};
    if (!find_place(site)) return reply_crowded(site, reply, err);
    cyn_code rc = open_call(site, &c, &why);
    begin(reply);
    if (rc == CYN_OK) rc = answer(&c, r, reply, &why);
    /* Of what is limited there was enough when the limit was reached. */
    if (rc == CYN_E_NOMEM && c.arena && cyn_arena_used(c.arena) > MOST_BYTES / 4)
        rc = cyn_fail(&why, CYN_E_LIMIT, "the query takes more than %d MiB of memory",
                      (int)(MOST_BYTES >> 20));
    close_call(&c);
    give_place(site);
    return rc == CYN_OK ? finish(reply, err) : reply_failure(r, reply, rc, &why, err);
}

/* ---- queries ---- */

static cyn_code run(call *c, const cyn_request *r, cyn_promql_range *range, cyn_reply *reply,
                    cyn_err *err)
{
    const char *text = cyn_request_value(r, "query");
    cyn_prom_source source = {&c->stored, cyn_prometheus_select};
    cyn_promql *q = NULL;
    cyn_promql_result result = {0};
    int64_t timeout = 0;
    if (!text) return cyn_fail(err, CYN_E_USAGE, "invalid parameter \"query\": it is missing");
    if (strlen(text) > MOST_TEXT)
        return cyn_fail(err, CYN_E_USAGE, "invalid parameter \"query\": longer than %d bytes",
                        MOST_TEXT);
    CYN_TRY(get_duration(r, "timeout", MOST_SECONDS * 1000, &timeout, err));
    if (timeout > 0 && timeout < MOST_SECONDS * 1000)
        c->stored.deadline = cyn_monotonic() + timeout * 1000;
    CYN_TRY(get_duration(r, "lookback_delta", 0, &range->lookback, err));
    if (range->lookback < 0) return bad("lookback_delta", "-", "a valid duration", err);
    range->deadline = c->stored.deadline;
    range->cancel = c->stored.cancel;
    CYN_TRY(cyn_promql_parse(text, c->arena, &q, err));
    CYN_TRY(cyn_promql_run(q, range, &source, c->arena, &result, err));
    cyn_prometheus_json_result(&result, range->start, &reply->body);
    return CYN_OK;
}

static cyn_code answer_query(call *c, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    cyn_promql_range range = {0};
    int64_t now = cyn_floor_div(c->site->clock(), 1000);
    CYN_TRY(get_time(r, "time", now, &range.start, err));
    range.end = range.start;
    return run(c, r, &range, reply, err);
}

static cyn_code answer_range(call *c, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    cyn_promql_range range = {0};
    static const char *const names[] = {"start", "end", "step"};
    for (size_t i = 0; i < 3; i++) {
        const char *s = cyn_request_value(r, names[i]);
        if (!s || !*s)
            return cyn_fail(err, CYN_E_USAGE, "invalid parameter \"%s\": it is missing", names[i]);
    }
    CYN_TRY(get_time(r, "start", 0, &range.start, err));
    CYN_TRY(get_time(r, "end", 0, &range.end, err));
    CYN_TRY(get_duration(r, "step", 0, &range.step, err));
    if (range.step <= 0)
        return cyn_fail(err, CYN_E_USAGE,
                        "invalid parameter \"step\": zero or negative query resolution step widths "
                        "are not accepted. Try a positive integer");
    return run(c, r, &range, reply, err);
}

cyn_code cyn_prometheus_get_query(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                  cyn_err *err)
{
    return serve(site, r, reply, answer_query, err);
}

cyn_code cyn_prometheus_get_query_range(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                        cyn_err *err)
{
    return serve(site, r, reply, answer_range, err);
}

/* ---- labels and series ---- */

typedef struct found {
    const cyn_prom_labels *at;
    size_t n;
} found;

/* The i-th match[], of the query and then of the form; NULL: there are no more. */
static const char *match_at(const cyn_request *r, size_t i)
{
    const cyn_http_pair *lists[] = {r->query, r->form};
    size_t counts[] = {r->nquery, r->nform};
    for (size_t l = 0; l < 2; l++)
        for (size_t k = 0; k < counts[l]; k++)
            if (strcmp(lists[l][k].name, "match[]") == 0 && i-- == 0) return lists[l][k].value;
    return NULL;
}

/* Of each match[], in their order; without any: of all. */
static cyn_code find(call *c, const cyn_request *r, size_t i, found *out, bool *more, cyn_err *err)
{
    const char *text = match_at(r, i);
    cyn_prometheus_filter f = {0};
    *more = text || i == 0;
    if (!*more) return CYN_OK;
    CYN_TRY(get_time(r, "start", INT64_MIN, &f.from, err));
    CYN_TRY(get_time(r, "end", INT64_MAX, &f.to, err));
    if (f.to < f.from)
        return cyn_fail(err, CYN_E_RANGE, "end timestamp must not be before start time");
    if (text) CYN_TRY(cyn_promql_parse_matchers(text, c->arena, &f.matchers, &f.n, err));
    return cyn_prometheus_labels(&c->stored, &f, c->arena, &out->at, &out->n, err);
}

typedef struct texts {
    const char **at;
    size_t n, room;
} texts;

static cyn_code add_text(call *c, texts *t, const char *s, cyn_err *err)
{
    const char **more = cyn_grown(c->arena, (void *)t->at, t->n, &t->room, sizeof *more);
    if (!more) return cyn_nomem(err);
    t->at = more;
    t->at[t->n++] = s;
    return CYN_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each once, in order. */
static void put_texts(texts *t, cyn_buf *out)
{
    if (t->n) qsort((void *)t->at, t->n, sizeof *t->at, by_text);
    cyn_buf_putc(out, '[');
    for (size_t i = 0; i < t->n; i++) {
        if (i && strcmp(t->at[i], t->at[i - 1]) == 0) continue;
        if (i) cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, t->at[i], strlen(t->at[i]));
    }
    cyn_buf_putc(out, ']');
}

/* Names of labels; or, with a name, its values. */
static cyn_code collect(call *c, const cyn_request *r, const char *name, cyn_reply *reply,
                        cyn_err *err)
{
    texts t = {0};
    found f = {0};
    bool more = true;
    for (size_t i = 0; more; i++) {
        CYN_TRY(find(c, r, i, &f, &more, err));
        for (size_t k = 0; more && k < f.n; k++)
            for (size_t l = 0; l < f.at[k].n; l++) {
                const cyn_prom_label *label = &f.at[k].at[l];
                if (!name)
                    CYN_TRY(add_text(c, &t, label->name, err));
                else if (strcmp(label->name, name) == 0)
                    CYN_TRY(add_text(c, &t, label->value, err));
            }
    }
    put_texts(&t, &reply->body);
    return CYN_OK;
}

static cyn_code answer_labels(call *c, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    return collect(c, r, NULL, reply, err);
}

static cyn_code answer_values(call *c, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    return collect(c, r, r->params[0], reply, err);
}

static int by_labels(const void *a, const void *b)
{
    const cyn_prom_labels *x = a, *y = b;
    for (size_t i = 0; i < x->n && i < y->n; i++) {
        int d = strcmp(x->at[i].name, y->at[i].name);
        if (d == 0) d = strcmp(x->at[i].value, y->at[i].value);
        if (d) return d;
    }
    return (x->n > y->n) - (x->n < y->n);
}

static cyn_code answer_series(call *c, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    if (!match_at(r, 0)) return cyn_fail(err, CYN_E_USAGE, "no match[] parameter provided");
    cyn_prom_labels *all = NULL;
    size_t n = 0, room = 0;
    found f = {0};
    bool more = true;
    for (size_t i = 0; more; i++) {
        CYN_TRY(find(c, r, i, &f, &more, err));
        if (i > 0 && !match_at(r, i)) break;
        for (size_t k = 0; k < f.n; k++) {
            cyn_prom_labels *grown = cyn_grown(c->arena, all, n, &room, sizeof *grown);
            if (!grown) return cyn_nomem(err);
            all = grown;
            all[n++] = f.at[k];
        }
    }
    if (n) qsort(all, n, sizeof *all, by_labels);
    cyn_buf_putc(&reply->body, '[');
    for (size_t i = 0, put = 0; i < n; i++) {
        if (i && by_labels(&all[i - 1], &all[i]) == 0) continue;
        if (put++) cyn_buf_putc(&reply->body, ',');
        cyn_prometheus_json_labels(all[i], &reply->body);
    }
    cyn_buf_putc(&reply->body, ']');
    return CYN_OK;
}

cyn_code cyn_prometheus_get_labels(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                   cyn_err *err)
{
    return serve(site, r, reply, answer_labels, err);
}

cyn_code cyn_prometheus_get_label_values(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                         cyn_err *err)
{
    return serve(site, r, reply, answer_values, err);
}

cyn_code cyn_prometheus_get_series(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                   cyn_err *err)
{
    return serve(site, r, reply, answer_series, err);
}

/* ---- what else Grafana asks ---- */

/* "Aha rate: share of new users who …" */
static void put_help(const cyn_metric *m, const char *language, cyn_buf *out)
{
    cyn_buf text = {0};
    cyn_buf_puts(&text, cyn_label_text(m->sheet.title, language, m->name));
    if (m->sheet.why) cyn_buf_printf(&text, ": %s", m->sheet.why);
    out->failed |= text.failed;
    cyn_buf_json_string(out, text.data ? text.data : "", text.len);
    cyn_buf_clear(&text);
}

static cyn_code answer_metadata(call *c, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    const cyn_project *p = c->opened->project;
    const char *only = cyn_request_value(r, "metric"), *limit = cyn_request_value(r, "limit");
    int64_t most = INT64_MAX, n = 0;
    if (limit && *limit && !cyn_parse_integer(limit, strlen(limit), &most))
        return bad("limit", limit, "a number", err);
    cyn_buf *out = &reply->body;
    cyn_buf_putc(out, '{');
    for (size_t i = 0; i < p->nmetrics && n < most; i++) {
        const cyn_metric *m = p->metrics[i];
        if (only && *only && strcmp(only, m->name) != 0) continue;
        if (n++) cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, m->name, strlen(m->name));
        cyn_buf_puts(out, ":[{\"type\":\"gauge\",\"help\":");
        put_help(m, p->config->language, out);
        cyn_buf_puts(out, ",\"unit\":");
        cyn_buf_json_string(out, m->sheet.unit ? m->sheet.unit : "",
                            m->sheet.unit ? strlen(m->sheet.unit) : 0);
        cyn_buf_puts(out, "}]");
    }
    cyn_buf_putc(out, '}');
    return CYN_OK;
}

cyn_code cyn_prometheus_get_metadata(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                     cyn_err *err)
{
    return serve(site, r, reply, answer_metadata, err);
}

/* The version is that of the Prometheus whose answers these are compared with: clients decide by it
 * what they may ask. */
cyn_code cyn_prometheus_get_buildinfo(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                      cyn_err *err)
{
    (void)site, (void)r;
    begin(reply);
    cyn_buf_puts(&reply->body, "{\"version\":\"2.42.0\",\"revision\":\"cynosure " CYN_VERSION
                               "\",\"branch\":\"\",\"buildUser\":\"\",\"buildDate\":\"\","
                               "\"goVersion\":\"\"}");
    return finish(reply, err);
}

/* There are none. */
cyn_code cyn_prometheus_get_exemplars(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                      cyn_err *err)
{
    (void)site, (void)r;
    begin(reply);
    cyn_buf_puts(&reply->body, "[]");
    return finish(reply, err);
}
