/* The routes of the API, and the calls about the project and what runs by itself. Paths that
 * Prometheus has under /api/v1 too (series, query, labels …) are left to it: recorded values are
 * at /api/v1/values. */
#include "live/agenda.h"
#include "serve/api_impl.h"
#include "serve/discreet.h"
#include "store/ledger.h"
#include <math.h>
#include <string.h>

/* ---- the project ---- */

static void put_findings(const cyn_err *findings, size_t n, cyn_buf *b)
{
    cyn_buf lines = {0}; /* an error is a member: what stands before it is cut off */
    cyn_json_key(b, "findings");
    cyn_buf_putc(b, '[');
    for (size_t i = 0; i < n; i++) {
        cyn_buf_reset(&lines);
        cyn_json_error(&lines, "e", &findings[i]);
        if (i) cyn_buf_putc(b, ',');
        if (lines.len > 5) cyn_buf_add(b, lines.data + 5, lines.len - 5);
    }
    cyn_buf_putc(b, ']');
    if (lines.failed) b->failed = true;
    cyn_buf_clear(&lines);
}

static cyn_code show_project(api_call *c, cyn_err *err)
{
    const cyn_project *p = c->project;
    const cyn_page_data *data = &c->view->data;
    const char **roots = CYN_NEW_ARRAY(c->arena, data->ntrees + 1, const char *);
    const cyn_err *findings = NULL;
    size_t n = 0;
    char grain[16];
    if (!roots) return cyn_nomem(err);
    for (size_t i = 0; i < data->ntrees; i++)
        roots[i] = data->trees[i]->items[0].node->metric->name;
    CYN_TRY(c->site->findings(c->site->self, c->arena, &findings, &n, err));
    CYN_TRY(cyn_discreet_findings(c->request, &findings, n, err));
    cyn_format_grain(p->config->grain, grain);
    cyn_buf_puts(c->out, "{\"name\":");
    cyn_buf_json_string(c->out, p->config->name, strlen(p->config->name));
    cyn_json_text(c->out, "description", p->config->description);
    cyn_json_text(c->out, "timezone", p->config->timezone);
    cyn_json_text(c->out, "language", p->config->language);
    cyn_json_text(c->out, "grain", grain);
    cyn_json_number(c->out, "metrics", cyn_num_integer((int64_t)p->nmetrics));
    cyn_json_number(c->out, "rules", cyn_num_integer((int64_t)p->catalog->nrules));
    cyn_json_number(c->out, "sources", cyn_num_integer((int64_t)p->config->nsources));
    api_put_names(c->out, "trees", roots, data->ntrees);
    put_findings(findings, n, c->out);
    cyn_json_number(c->out, "failed", cyn_num_integer(c->view->failed));
    cyn_json_time(c->out, "as_of", c->view->as_of, p->calendar.tz);
    cyn_json_time(c->out, "made", c->view->made, p->calendar.tz);
    cyn_json_time(c->out, "now", c->now, p->calendar.tz);
    cyn_json_text(c->out, "version", CYN_VERSION);
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}

/* ---- what runs by itself ---- */

/* Those of a kind; -1: all. */
static cyn_code put_agenda(api_call *c, const char *name, int kind, cyn_err *err)
{
    const cyn_agenda_item *items = NULL;
    size_t n = 0;
    cyn_buf lines = {0};
    CYN_TRY(cyn_agenda_of(c->project, c->store, c->now, kind, c->arena, &items, &n, err));
    CYN_TRY(cyn_discreet_agenda(c->request, &items, n, err));
    cyn_code rc = cyn_report_agenda(items, n, c->now, &c->look, &lines, err);
    if (rc == CYN_OK) api_put_lines(c->out, name, &lines);
    cyn_buf_clear(&lines);
    return rc;
}

static cyn_code show_schedule(api_call *c, cyn_err *err)
{
    const char *text = cyn_request_query(c->request, "kind");
    int kind = -1;
    char now[64];
    for (int i = 0; text && cyn_agenda_kind_names[i]; i++)
        if (strcmp(cyn_agenda_kind_names[i], text) == 0) kind = i;
    if (text && kind < 0)
        return cyn_fail(err, CYN_E_RANGE, "kind=%.40s: expected source, metric, rule or report",
                        text);
    cyn_format_instant(c->now, c->project->calendar.tz, now, sizeof now);
    cyn_buf_printf(c->out, "{\"now\":\"%s\"", now);
    CYN_TRY(put_agenda(c, "items", kind, err));
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}

static void put_evaluation(const api_call *c, const cyn_evaluation_row *e)
{
    cyn_buf *b = c->out;
    cyn_buf_printf(b, "{\"run\":%lld", (long long)e->run);
    cyn_json_text(b, "reason", cyn_reason_names[e->reason]);
    cyn_json_text(b, "grain", e->grain);
    cyn_json_text(b, "first", e->first);
    cyn_json_text(b, "last", e->last);
    cyn_json_time(b, "due", e->due, c->project->calendar.tz);
    cyn_json_time(b, "began", e->began, c->project->calendar.tz);
    cyn_json_real(b, "took_s", (double)e->took / CYN_SECOND);
    cyn_json_number(b, "metrics", cyn_num_integer(e->metrics));
    cyn_json_number(b, "points", cyn_num_integer(e->points));
    cyn_json_number(b, "changed", cyn_num_integer(e->changed));
    cyn_json_number(b, "restated", cyn_num_integer(e->restated));
    cyn_json_number(b, "failed", cyn_num_integer(e->failed));
    cyn_buf_putc(b, '}');
}

static cyn_code list_evaluations(api_call *c, cyn_err *err)
{
    const cyn_evaluation_row *rows = NULL;
    size_t n = 0, limit = 0;
    CYN_TRY(api_limit(c, 100, 10000, &limit, err));
    CYN_TRY(cyn_store_evaluations(c->store, (int64_t)limit, c->arena, &rows, &n, err));
    cyn_buf_puts(c->out, "{\"evaluations\":[");
    for (size_t i = 0; i < n; i++) {
        if (i) cyn_buf_putc(c->out, ',');
        put_evaluation(c, &rows[i]);
    }
    cyn_buf_puts(c->out, "]}");
    return CYN_OK;
}

/* ---- sources ---- */

/* Rows as they were loaded last; null where nothing was. */
static void put_loaded(const api_call *c, const cyn_stock_source *found)
{
    cyn_buf *b = c->out;
    const cyn_tz *tz = c->project->calendar.tz;
    const cyn_stock_source *s = found && found->loaded ? found : NULL;
    cyn_json_time(b, "loaded", s ? s->loaded : CYN_TIME_MIN, tz);
    cyn_json_real(b, "took_s", s ? (double)s->took / CYN_SECOND : NAN);
    cyn_json_number(b, "rows", s ? cyn_num_integer(s->rows) : CYN_MISSING);
    cyn_json_number(b, "bad_rows", s ? cyn_num_integer(s->bad_rows) : CYN_MISSING);
    cyn_json_number(b, "bytes", s ? cyn_num_integer(s->bytes) : CYN_MISSING);
    cyn_json_time(b, "end", s ? s->end : CYN_TIME_MIN, tz);
    if (found && found->error) {
        const cyn_err told = cyn_discreet_error(c->request, found->error);
        cyn_json_error(b, "error", &told);
    } else {
        cyn_json_text(b, "error", NULL);
    }
}

static cyn_code put_source(const api_call *c, const cyn_config_source *s, cyn_err *err)
{
    cyn_buf *b = c->out;
    const cyn_stock_source *loaded = NULL;
    if (c->site->source) CYN_TRY(c->site->source(c->site->self, s->name, c->arena, &loaded, err));
    cyn_buf_puts(b, "{\"name\":");
    cyn_buf_json_string(b, s->name, strlen(s->name));
    cyn_json_text(b, "type", s->type);
    cyn_json_text(b, "time", s->time);
    cyn_json_text(b, "entity", s->entity);
    cyn_json_text(b, "timezone", s->timezone ? s->timezone : c->project->config->timezone);
    api_put_names(b, "dimensions", s->dimensions, s->ndimensions);
    put_loaded(c, loaded);
    cyn_buf_putc(b, '}');
    return CYN_OK;
}

static cyn_code list_sources(api_call *c, cyn_err *err)
{
    const cyn_config *config = c->project->config;
    cyn_buf_puts(c->out, "{\"sources\":[");
    for (size_t i = 0; i < config->nsources; i++) {
        if (i) cyn_buf_putc(c->out, ',');
        CYN_TRY(put_source(c, &config->sources[i], err));
    }
    cyn_buf_putc(c->out, ']');
    CYN_TRY(put_agenda(c, "loads", CYN_AGENDA_SOURCE, err));
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}

/* ---- routes ---- */

/* A call: what it needs, the parameters that it knows, and who answers it. */
#define CALL(name, needs, answer, ...)                                                             \
    static cyn_code name(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)     \
    {                                                                                              \
        static const char *const query[] = {__VA_ARGS__, NULL};                                    \
        return api_serve(site, r, reply, needs, query, answer, err);                               \
    }
#define NOTHING NULL

CALL(get_project, API_VIEW, show_project, NOTHING)
CALL(get_metrics, API_VIEW | API_TAG, api_list_metrics, "role", "layer", "limit", "after")
CALL(get_metric, API_VIEW | API_TAG, api_show_metric, NOTHING)
CALL(get_series, API_PROJECT | API_STATE, api_list_series, "grain", "limit")
CALL(get_values, API_PROJECT | API_STATE, api_list_values, "metric", "grain", "segment", "from",
     "to", "restatements", "limit", "after")
CALL(get_tree, API_VIEW | API_TAG, api_show_tree, NOTHING)
CALL(get_okr, API_VIEW | API_TAG, api_show_okrs, NOTHING)
CALL(get_alerts, API_PROJECT | API_ROSTER, api_list_alerts, "rule", "all")
CALL(get_events, API_PROJECT | API_ROSTER, api_list_events, "rule", "from", "to", "renewals",
     "limit", "after")
CALL(get_rules, API_PROJECT | API_ROSTER, api_list_rules, NOTHING)
CALL(get_silences, API_PROJECT | API_STATE, api_list_silences, "all")
CALL(post_silence, API_PROJECT | API_ROSTER | API_WRITE, api_add_silence, NOTHING)
CALL(delete_silence, API_PROJECT | API_WRITE, api_end_silence, NOTHING)
CALL(post_ack, API_PROJECT | API_ROSTER | API_WRITE, api_ack, NOTHING)
CALL(delete_ack, API_PROJECT | API_ROSTER | API_WRITE, api_unack, "alert")
CALL(get_schedule, API_PROJECT | API_STATE, show_schedule, "kind")
CALL(get_evaluations, API_PROJECT | API_STATE, list_evaluations, "limit")
CALL(get_sources, API_PROJECT | API_STATE, list_sources, NOTHING)

const cyn_route cyn_routes_api[] = {
    {"GET", "/api/v1/project", get_project},
    {"GET", "/api/v1/metrics", get_metrics},
    {"GET", "/api/v1/metrics/{name}", get_metric},
    {"GET", "/api/v1/metrics/{name}/series", get_series},
    {"GET", "/api/v1/values", get_values},
    {"GET", "/api/v1/tree/{root}", get_tree},
    {"GET", "/api/v1/okr", get_okr},
    {"GET", "/api/v1/alerts", get_alerts},
    {"GET", "/api/v1/alerts/history", get_events},
    {"GET", "/api/v1/rules", get_rules},
    {"GET", "/api/v1/silences", get_silences},
    {"POST", "/api/v1/silences", post_silence, .writes = true},
    {"DELETE", "/api/v1/silences/{id}", delete_silence, .writes = true},
    {"POST", "/api/v1/alerts/ack", post_ack, .writes = true},
    {"DELETE", "/api/v1/alerts/ack", delete_ack, .writes = true},
    {"GET", "/api/v1/schedule", get_schedule},
    {"GET", "/api/v1/evaluations", get_evaluations},
    {"GET", "/api/v1/sources", get_sources},
};
const size_t cyn_nroutes_api = sizeof cyn_routes_api / sizeof *cyn_routes_api;
