#include "serve/prometheus_impl.h"
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

static cyn_code get_metrics(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    const cyn_overview *v = cyn_site_overview(site);
    if (v) cyn_prometheus_put_values(v, &reply->body);
    cyn_overview_unref(v);
    CYN_TRY(put_alerts(site, r, &reply->body, err));
    cyn_gauges_write(site->gauges, &reply->body);
    reply->status = 200;
    reply->type = "text/plain; version=0.0.4; charset=utf-8";
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
