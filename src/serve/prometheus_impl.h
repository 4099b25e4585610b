/* What the files that answer Prometheus share: labels, and the text of /metrics.
 *
 * A dimension becomes a label of its name, no two the same one. A name that Prometheus does not
 * allow is escaped as Prometheus does it ("values"): "U__", then each "_" twice and what is not
 * allowed by its code point, "U__a_2d_b". A dimension called like a label of ours, or like what
 * such a one becomes, is "exported_…", which is Prometheus's way, too. A segment without a value is
 * "(none)", one of the empty text "(empty)": an empty label would be none at all, and the segment
 * would be taken for the whole.
 *
 * Private to src/serve and its tests.
 */
#pragma once
#include "serve/promql.h"
#include "serve/site.h"

/* The other name of all series; the only one in /metrics (docs/reference/prometheus.md). */
#define CYN_PROMETHEUS_VALUE "cynosure_metric_value"

void cyn_prometheus_label_name(const char *dimension, cyn_buf *out);
/* A text in quotes, as exposition has it: \ " and line ends escaped; bytes that are not UTF-8
 * replaced. */
void cyn_prometheus_quote(const char *s, size_t n, cyn_buf *out);
/* "(none)" for NULL, "(empty)" for "", else itself. */
const char *cyn_prometheus_segment_value(const char *value);

/* Values of metrics as they stand in the overview, and alerts as they stand in the state, as text
 * of the exposition format. */
void cyn_prometheus_put_values(const cyn_overview *v, cyn_buf *out);
CYN_NODISCARD cyn_code cyn_prometheus_put_alerts(const cyn_alert_row *alerts, size_t n,
                                                 cyn_buf *out, cyn_err *err);

/* ---- JSON, as Prometheus replies ---- */

void cyn_prometheus_json_labels(cyn_prom_labels l, cyn_buf *out);
/* The "data" of a query at the instant `at`, or of a range. */
void cyn_prometheus_json_result(const cyn_promql_result *r, int64_t at, cyn_buf *out);

/* ---- stored series ---- */

/* Recorded values as samples: a value counts from the end of its period, which is when it can be
 * known, until the next period ends, and the newest one of a series for one period more, as the
 * next may be on its way. A period without a value ends that. Partial and immature values are left
 * out. */
typedef struct cyn_prometheus_stored {
    cyn_store *store; /* NULL: nothing is recorded yet */
    const cyn_calendar *calendar;
    int64_t deadline;          /* of CLOCK_MONOTONIC, microseconds */
    const atomic_bool *cancel; /* it ends when that is set; NULL */
} cyn_prometheus_stored;

/* select() of a cyn_prom_source; `self` is a cyn_prometheus_stored. */
CYN_NODISCARD cyn_code cyn_prometheus_select(void *self, const cyn_prom_matcher *m, size_t n,
                                             int64_t from, int64_t to, cyn_arena *arena,
                                             const cyn_prom_series **out, size_t *count,
                                             cyn_err *err);
typedef struct cyn_prometheus_filter {
    const cyn_prom_matcher *matchers; /* none: all series, under both of their names */
    size_t n;
    int64_t from, to; /* a value counts in between; INT64_MIN, INT64_MAX: whenever */
} cyn_prometheus_filter;
/* The labels alone of the series that the filter leaves. */
CYN_NODISCARD cyn_code cyn_prometheus_labels(const cyn_prometheus_stored *s,
                                             const cyn_prometheus_filter *f, cyn_arena *arena,
                                             const cyn_prom_labels **out, size_t *count,
                                             cyn_err *err);

/* ---- handlers of the query API ---- */

cyn_code cyn_prometheus_get_query(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                  cyn_err *err);
cyn_code cyn_prometheus_get_query_range(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                        cyn_err *err);
cyn_code cyn_prometheus_get_labels(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                   cyn_err *err);
cyn_code cyn_prometheus_get_label_values(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                         cyn_err *err);
cyn_code cyn_prometheus_get_series(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                   cyn_err *err);
cyn_code cyn_prometheus_get_metadata(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                     cyn_err *err);
cyn_code cyn_prometheus_get_buildinfo(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                      cyn_err *err);
cyn_code cyn_prometheus_get_exemplars(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                      cyn_err *err);
