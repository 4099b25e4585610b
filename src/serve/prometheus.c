#include "serve/prometheus_impl.h"
#include <string.h>
#include <unistd.h>

/* What cannot be read is counted, and left out: the rest is worth more than nothing. */
static cyn_code put_alerts(cyn_site *site, const cyn_request *r, cyn_buf *out, cyn_err *err)
{
    cyn_store *st = NULL;
    const cyn_alert_row *alerts = NULL;
    size_t n = 0;
    cyn_err broken = {0};
    if (access(site->state, F_OK) != 0) return CYN_OK; /* there is none yet */
    cyn_code rc = cyn_site_reader(site, &st, err);
    if (rc == CYN_OK) rc = cyn_store_alerts(st, r->arena, &alerts, &n, &broken, err);
    if (st) cyn_site_done(site, st);
    if (rc == CYN_E_STATE || rc == CYN_E_IO) {
        cyn_gauges_add(site->gauges, CYN_COUNT_STATE_FAILURES, 1);
        return CYN_OK;
    }
    CYN_TRY(rc);
    return cyn_prometheus_put_alerts(alerts, n, out, err);
}

static void put_source(const char *family, const char *source, double value, cyn_buf *out)
{
    cyn_buf_printf(out, "%s{source=", family);
    cyn_prometheus_quote(source, strlen(source), out);
    cyn_buf_printf(out, "} %.15g\n", value);
}

static cyn_code put_sources(const cyn_site *site, const cyn_request *r, cyn_buf *out, cyn_err *err)
{
    const cyn_opened *o = site->source ? cyn_site_opened(site) : NULL;
    cyn_buf failed = {0}, loaded = {0};
    cyn_code rc = CYN_OK;
    for (size_t i = 0; o && rc == CYN_OK && i < o->project->config->nsources; i++) {
        const char *name = o->project->config->sources[i].name;
        const cyn_stock_source *s = NULL;
        rc = site->source(site->self, name, r->arena, &s, err);
        if (rc != CYN_OK || !s) continue;
        put_source("cynosure_source_failed", name, s->error != NULL, &failed);
        if (s->loaded)
            put_source("cynosure_source_loaded_timestamp_seconds", name,
                       (double)(s->loaded / 1000) / 1000, &loaded);
    }
    if (failed.len > 0) {
        cyn_buf_puts(out, "# HELP cynosure_source_failed 1 where the source could not be read.\n"
                          "# TYPE cynosure_source_failed gauge\n");
        cyn_buf_add(out, failed.data, failed.len);
    }
    if (loaded.len > 0) {
        cyn_buf_puts(out,
                     "# HELP cynosure_source_loaded_timestamp_seconds When its rows were read.\n"
                     "# TYPE cynosure_source_loaded_timestamp_seconds gauge\n");
        cyn_buf_add(out, loaded.data, loaded.len);
    }
    if (rc == CYN_OK && (failed.failed || loaded.failed)) rc = cyn_nomem(err);
    cyn_buf_clear(&failed);
    cyn_buf_clear(&loaded);
    cyn_opened_unref(o);
    return rc;
}

/* The same as OpenMetrics: a counter's name is without _total where it is described, and the end is
 * said. */
static cyn_code make_open_metrics(cyn_buf *body, cyn_err *err)
{
    enum { HEAD = sizeof "# TYPE " - 1, TOTAL = sizeof "_total" - 1 };
    cyn_buf out = {0};
    CYN_TRY(cyn_buf_check(body, err));
    for (const char *line = body->data; *line;) {
        size_t n = strcspn(line, "\n") + 1,
               end = *line == '#' ? HEAD + strcspn(line + HEAD, " ") : 0;
        bool counter = end > HEAD + TOTAL && memcmp(line + end - TOTAL, "_total", TOTAL) == 0;
        cyn_buf_add(&out, line, counter ? end - TOTAL : n);
        if (counter) cyn_buf_add(&out, line + end, n - end);
        line += n;
    }
    cyn_buf_puts(&out, "# EOF\n");
    cyn_buf_clear(body);
    *body = out;
    return CYN_OK;
}

static cyn_code get_metrics(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    const cyn_overview *v = cyn_site_overview(site);
    if (v) cyn_prometheus_put_values(v, &reply->body);
    cyn_overview_unref(v);
    CYN_TRY(put_alerts(site, r, &reply->body, err));
    CYN_TRY(put_sources(site, r, &reply->body, err));
    cyn_gauges_write(site->gauges, &reply->body);
    bool open =
        cyn_request_wants(r, "application/openmetrics-text") > cyn_request_wants(r, "text/plain");
    if (open) CYN_TRY(make_open_metrics(&reply->body, err));
    reply->status = 200;
    reply->type = open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                       : "text/plain; version=0.0.4; charset=utf-8";
    return cyn_buf_check(&reply->body, err);
}

const cyn_route cyn_routes_prometheus[] = {
    {"GET", "/metrics", get_metrics},
    {"GET", "/api/v1/query", cyn_prometheus_get_query},
    {"POST", "/api/v1/query", cyn_prometheus_get_query},
    {"GET", "/api/v1/query_range", cyn_prometheus_get_query_range},
    {"POST", "/api/v1/query_range", cyn_prometheus_get_query_range},
    {"GET", "/api/v1/query_exemplars", cyn_prometheus_get_exemplars},
    {"POST", "/api/v1/query_exemplars", cyn_prometheus_get_exemplars},
    {"GET", "/api/v1/labels", cyn_prometheus_get_labels},
    {"POST", "/api/v1/labels", cyn_prometheus_get_labels},
    {"GET", "/api/v1/label/{name}/values", cyn_prometheus_get_label_values},
    {"GET", "/api/v1/series", cyn_prometheus_get_series},
    {"POST", "/api/v1/series", cyn_prometheus_get_series},
    {"GET", "/api/v1/metadata", cyn_prometheus_get_metadata},
    {"GET", "/api/v1/status/buildinfo", cyn_prometheus_get_buildinfo},
};
const size_t cyn_nroutes_prometheus = sizeof cyn_routes_prometheus / sizeof *cyn_routes_prometheus;
