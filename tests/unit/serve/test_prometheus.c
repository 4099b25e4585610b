/* /metrics and the query API over a small project whose values are recorded, without a socket. */
#include "engine/record.h"
#include "serve/prometheus_impl.h"
#include "shop.h"

/* ---- a site ---- */

static cyn_opened *opened;
static cyn_overview *view;
static char state[400];
static cyn_arena *arena;
static int status;

static const cyn_overview *give_view(void *self)
{
    (void)self;
    return view ? cyn_overview_ref(view) : NULL;
}

static const cyn_opened *give_opened(void *self)
{
    (void)self;
    return opened ? cyn_opened_ref(opened) : NULL;
}

static int64_t the_time(void)
{
    return SHOP_NOW;
}

static cyn_site site = {
    .dir = shop, .state = state, .overview = give_view, .opened = give_opened, .clock = the_time};

/* With a form as its body: a POST. */
static const char *ask(const char *target, const char *form)
{
    static const cyn_http_pair posted[] = {{"Content-Type", "application/x-www-form-urlencoded"},
                                           {NULL, NULL}};
    static cyn_buf out;
    cyn_reply reply = {0};
    cyn_err err = {0};
    cyn_buf_clear(&out);
    CHECK_INT(cyn_http_answer(cyn_routes_prometheus, cyn_nroutes_prometheus, &site,
                              form ? "POST" : "GET", target, form ? posted : NULL, form, arena,
                              &reply, &err),
              CYN_OK);
    status = reply.status;
    out = reply.body;
    return out.data ? out.data : "";
}

static const char *get(const char *target)
{
    return ask(target, NULL);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part)) printf("# in: %.1500s\n", text);
    test_report(strstr(text, part) != NULL, __FILE__, __LINE__, part);
}

static void lacks(const char *text, const char *part)
{
    if (strstr(text, part)) printf("# in: %.1500s\n", text);
    test_report(strstr(text, part) == NULL, __FILE__, __LINE__, part);
}

#define DATA(text) "{\"status\":\"success\",\"data\":" text "}"

/* ---- what is there ---- */

static void record(void)
{
    static const char *const dims[] = {"channel"};
    cyn_dataset *d = shop_data(opened);
    cyn_eval_result result;
    cyn_err_list notes;
    cyn_err_list_init(&notes, arena);
    for (size_t nby = 0; nby < 2; nby++) {
        cyn_eval_request r = {.last = 2, .by = dims, .nby = nby};
        CHECK_INT(cyn_evaluate(opened->project, d, &r, arena, &result, NULL), CYN_OK);
        CHECK_INT(cyn_record_points(opened->project, d, &result, "eval", &notes, NULL), CYN_OK);
    }
    cyn_dataset_free(d);
}

static void look(void)
{
    cyn_dataset *d = shop_data(opened);
    const cyn_overview_options options = {.now = SHOP_NOW};
    CHECK_INT(cyn_overview_make(opened, d, NULL, &options, &view, NULL), CYN_OK);
    cyn_dataset_free(d);
}

/* ---- /metrics ---- */

static void test_metrics_are_there_before_anything_was_evaluated(void)
{
    const char *text = get("/metrics");
    CHECK_INT(status, 200);
    has(text, "\ncynosure_evaluations_total 0\n");
    has(text, "\ncynosure_state_failures_total 0\n"); /* that there is none yet is none */
    lacks(text, "cynosure_metric_value{");
}

static void test_metrics_have_values_segments_targets_and_statuses(void)
{
    const char *text = get("/metrics");
    CHECK_INT(status, 200);
    has(text, "# TYPE cynosure_metric_value gauge\n");
    has(text, "\ncynosure_metric_value{metric=\"revenue\",grain=\"week\"} 280\n");
    has(text, "\ncynosure_metric_value{metric=\"revenue\",grain=\"week\",channel=\"ads\"} 250\n");
    has(text, "\ncynosure_metric_running_value{metric=\"revenue\",grain=\"week\"} 70\n");
    has(text, "\ncynosure_metric_target{metric=\"revenue\",grain=\"week\"} 250\n");
    has(text, "{metric=\"revenue\",grain=\"week\",status=\"green\"} 1\n");
    has(text, "{metric=\"revenue\",grain=\"week\",status=\"red\"} 0\n");
    has(text, "_period_end_timestamp_seconds{metric=\"revenue\",grain=\"week\"} 1762700400\n");
    has(text, "\ncynosure_metric_failed{metric=\"broken\",grain=\"week\"} 1\n");
    has(text, "cynosure_metric_info{metric=\"revenue\",title=\"Revenue\",unit=\"JPY\",role=\"nsm\","
              "direction=\"up\",definition=\"");
    lacks(text, "cynosure_metric_value{metric=\"broken\"");
    lacks(text, "nan");
}

static void test_alerts_are_shown_as_prometheus_shows_its_own(void)
{
    const cyn_alert_label labels[] = {{"channel", "a\"b\\\n"}, {"alertname", NULL}, {"9 x", ""}};
    cyn_alert a = cyn_alert_new();
    a.state = CYN_ALERT_FIRING;
    a.severity = CYN_WARNING;
    a.began = 5 * CYN_SECOND;
    cyn_alert_row rows[] = {
        {.rule = "few", .labels = labels, .nlabels = 3, .alert = a},
        {.rule = "quiet", .alert = cyn_alert_new()},
        {.rule = "soon", .alert = {.state = CYN_ALERT_PENDING, .began = CYN_ALERT_NEVER}},
    };
    cyn_buf out = {0};
    CHECK_INT(cyn_prometheus_put_alerts(rows, 3, &out, NULL), CYN_OK);
    has(out.data,
        "\nALERTS{alertname=\"few\",severity=\"warning\",channel=\"a\\\"b\\\\\\n\","
        "exported_alertname=\"(none)\",U___39__20_x=\"(empty)\",alertstate=\"firing\"} 1\n");
    has(out.data, "\nALERTS{alertname=\"soon\",alertstate=\"pending\"} 1\n");
    has(out.data, "\nALERTS_FOR_STATE{alertname=\"few\"");
    has(out.data, "} 5\n");
    lacks(out.data, "quiet");
    lacks(out.data, "ALERTS_FOR_STATE{alertname=\"soon\"");
    cyn_buf_clear(&out);
}

static void test_no_two_dimensions_become_the_same_label(void)
{
    static const struct {
        const char *dimension, *label;
    } cases[] = {
        {"channel", "channel"},
        {"a_b", "a_b"},
        {"a-b", "U__a_2d_b"},
        {"a b", "U__a_20_b"},
        {"a:b", "U__a_3a_b"},
        {"9x", "U___39_x"},
        {"x9", "x9"},
        {"経路", "U___7d4c__8def_"},
        {"地域", "U___5730__57df_"},
        {"é😀", "U___e9__1f600_"},
        {"", "U__"},
        {"U__a_2d_b", "U__U____a__2d__b"},
        {"metric", "exported_metric"},
        {"exported_metric", "exported_exported_metric"},
        {"exported_channel", "exported_channel"},
        {"__name__", "exported___name__"},
        {"__ü", "U_______fc_"},
    };
    const size_t n = sizeof cases / sizeof *cases;
    for (size_t i = 0; i < n; i++) {
        cyn_buf label = {0};
        cyn_prometheus_label_name(cases[i].dimension, &label);
        CHECK_STR(label.data, cases[i].label);
        cyn_buf_clear(&label);
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(cases[i].label, cases[k].label) != 0);
    }
}

static void test_a_value_by_dimensions_that_are_called_alike_has_two_labels(void)
{
    static const char *const dims[] = {"a_b", "a-b"};
    static const cyn_const keys[] = {{.kind = CYN_CONST_TEXT, .s = "1", .n = 1}, {0}};
    cyn_page_metric metric = *cyn_overview_metric(view, "revenue");
    cyn_point point = *metric.ended;
    point.dims = dims;
    point.keys = keys;
    point.nkeys = 2;
    metric.ended = &point;
    const cyn_overview one = {.opened = opened, .data = {.metrics = &metric, .nmetrics = 1}};
    cyn_buf out = {0};
    cyn_prometheus_put_values(&one, &out);
    CHECK(!out.failed);
    has(out.data, "\ncynosure_metric_value{metric=\"revenue\",grain=\"week\","
                  "a_b=\"1\",U__a_2d_b=\"(none)\"} 280\n");
    has(out.data, "a_b=\"1\",U__a_2d_b=\"(none)\",status=\"green\"} 1\n");
    has(out.data, "\ncynosure_metric_running_value{metric=\"revenue\",grain=\"week\"} 70\n");
    cyn_buf_clear(&out);
}

static void test_metrics_are_open_metrics_for_who_prefers_that(void)
{
    static const cyn_http_pair prefers[] = {
        {"Accept", "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                   "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"},
        {NULL, NULL}};
    cyn_reply reply = {0};
    CHECK_INT(cyn_http_answer(cyn_routes_prometheus, cyn_nroutes_prometheus, &site, "GET",
                              "/metrics", prefers, NULL, arena, &reply, NULL),
              CYN_OK);
    CHECK_STR(reply.type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    const char *text = reply.body.data;
    has(text, "\n# TYPE cynosure_loads counter\ncynosure_loads_total 0\n");
    has(text, "# HELP cynosure_loads Sources that were loaded.\n");
    has(text, "\n# TYPE cynosure_queue_metrics gauge\n");
    lacks(text, "_total counter");
    CHECK_STR(strlen(text) > 7 ? text + strlen(text) - 7 : text, "\n# EOF\n");
    cyn_buf_clear(&reply.body);
    lacks(get("/metrics"), "# EOF");
}

/* ---- queries ---- */

static void test_without_a_state_there_are_no_series(void)
{
    CHECK_STR(get("/api/v1/query?query=revenue&time=1762700400"),
              DATA("{\"resultType\":\"vector\",\"result\":[]}"));
    CHECK_INT(status, 200);
    CHECK_STR(get("/api/v1/labels"), DATA("[]"));
}

#define REVENUE(value, at)                                                                         \
    DATA("{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"revenue\",\"grain\":" \
         "\"week\"},\"value\":[" at ",\"" value "\"]}]}")
#define NOTHING DATA("{\"resultType\":\"vector\",\"result\":[]}")

static void test_a_value_counts_from_the_end_of_its_period_until_the_next_has_ended(void)
{
#define AT(t) get("/api/v1/query?query=revenue%7Bchannel%3D%22%22%7D&time=" t)
    CHECK_STR(AT("1762095599.999"), NOTHING);
    CHECK_STR(AT("1762095600"), REVENUE("100", "1762095600"));
    CHECK_STR(AT("1762700399"), REVENUE("100", "1762700399"));
    CHECK_STR(AT("2025-11-09T15:00:00Z"), REVENUE("280", "1762700400"));
    CHECK_STR(AT("1763909999"), REVENUE("280", "1763909999")); /* the newest: a week more */
    CHECK_STR(AT("1763910000"), NOTHING);
#undef AT
}

static void test_both_names_give_the_same_values(void)
{
    CHECK_STR(get("/api/v1/query?query=cynosure_metric_value%7Bmetric%3D%22revenue%22%2Cchannel%3D"
                  "%22ads%22%7D&time=1762700400"),
              DATA("{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":"
                   "\"cynosure_metric_value\",\"channel\":\"ads\",\"grain\":\"week\",\"metric\":"
                   "\"revenue\"},\"value\":[1762700400,\"250\"]}]}"));
    /* The one name that all have is no series of its own: nothing is counted twice. */
    CHECK_STR(get("/api/v1/query?query=count(%7B__name__%3D~%22.%2Brevenue%7Crevenue%7Ccynosure.*%"
                  "22%2Cchannel%3D%22%22%7D)&time=1762700400"),
              DATA("{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1762700400,"
                   "\"1\"]}]}"));
}

static void test_ranges_are_posted_as_grafana_does(void)
{
    CHECK_STR(
        ask("/api/v1/query_range",
            "query=revenue%7Bchannel%3D%22ads%22%7D+%2F+ignoring(channel)+revenue%7Bchannel%3D"
            "%22%22%7D&start=1762095600&end=1762700400&step=1w"),
        DATA("{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"grain\":\"week\"},"
             "\"values\":[[1762095600,\"1\"],[1762700400,\"0.8928571428571429\"]]}]}"));
    CHECK_INT(status, 200);
    CHECK_STR(ask("/api/v1/query", "query=1%2B1&time=4"),
              DATA("{\"resultType\":\"scalar\",\"result\":[4,\"2\"]}"));
}

static void test_labels_series_and_metadata(void)
{
    CHECK_STR(get("/api/v1/labels"), DATA("[\"__name__\",\"channel\",\"grain\",\"metric\"]"));
    CHECK_STR(get("/api/v1/labels?match[]=revenue%7Bchannel%3D%22%22%7D"),
              DATA("[\"__name__\",\"grain\"]"));
    CHECK_STR(get("/api/v1/label/channel/values"), DATA("[\"ads\",\"seo\"]"));
    CHECK_STR(get("/api/v1/label/nothing/values"), DATA("[]"));
    has(get("/api/v1/label/__name__/values"), "\"cynosure_metric_value\",\"orders\",\"revenue\"]");
    has(get("/api/v1/label/metric/values"), "\"orders\",\"revenue\"]");
    CHECK_STR(ask("/api/v1/series", "match[]=revenue&match[]=revenue%7Bchannel%3D%22ads%22%7D"),
              DATA("[{\"__name__\":\"revenue\",\"channel\":\"ads\",\"grain\":\"week\"},"
                   "{\"__name__\":\"revenue\",\"channel\":\"seo\",\"grain\":\"week\"},"
                   "{\"__name__\":\"revenue\",\"grain\":\"week\"}]"));
    CHECK_STR(get("/api/v1/metadata?metric=revenue"),
              DATA("{\"revenue\":[{\"type\":\"gauge\",\"help\":\"Revenue\",\"unit\":\"JPY\"}]}"));
    has(get("/api/v1/status/buildinfo"), "\"version\":\"2.");
}

static void test_start_and_end_leave_out_what_counts_at_no_time_between(void)
{
#define CHANNELS "/api/v1/label/channel/values?match[]=revenue&"
    CHECK_STR(get(CHANNELS "end=1762095599"), DATA("[]"));
    CHECK_STR(get(CHANNELS "end=1762095600"), DATA("[\"ads\",\"seo\"]"));
    CHECK_STR(get(CHANNELS "start=1762700400&end=1762700400"), DATA("[\"ads\",\"seo\"]"));
    CHECK_STR(get(CHANNELS "start=1763909999"), DATA("[\"ads\",\"seo\"]"));
    CHECK_STR(get(CHANNELS "start=1763910000"), DATA("[]"));
#undef CHANNELS
    CHECK_STR(get("/api/v1/labels?start=1762095600&end=1762095600"),
              DATA("[\"__name__\",\"channel\",\"grain\",\"metric\"]"));
    CHECK_STR(get("/api/v1/labels?end=1762095599"), DATA("[]"));
    CHECK_STR(ask("/api/v1/series", "match[]=revenue%7Bchannel%3D%22%22%7D&end=1762095599"),
              DATA("[]"));
    CHECK_STR(ask("/api/v1/series", "match[]=revenue%7Bchannel%3D%22%22%7D&end=1762095600"),
              DATA("[{\"__name__\":\"revenue\",\"grain\":\"week\"}]"));
}

static void test_errors_have_the_form_that_prometheus_gives_them(void)
{
    static const struct {
        const char *target;
        int status;
        const char *part;
    } cases[] = {
        {"/api/v1/query", 400, "\"errorType\":\"bad_data\",\"error\":\"invalid parameter "},
        {"/api/v1/query?query=sum(", 400, "bad_data\",\"error\":\"1:5: parse error: "},
        {"/api/v1/query?query=1&time=noon", 400, "cannot parse \\\"noon\\\""},
        {"/api/v1/query?query=revenue%2Bon()revenue&time=1762700400", 422,
         "\"errorType\":\"execution\",\"error\":\"found duplicate series"},
        {"/api/v1/query_range?query=1&start=0&end=1", 400, "\\\"step\\\": it is missing"},
        {"/api/v1/query_range?query=1&start=0&end=1&step=0", 400, "zero or negative"},
        {"/api/v1/query_range?query=1&start=2&end=1&step=1", 400, "before start"},
        {"/api/v1/query_range?query=1&start=0&end=11000&step=1", 400, "11,000 points"},
        {"/api/v1/query_range?query=revenue[5m]&start=0&end=1&step=1", 400, "range vector"},
        {"/api/v1/series", 400, "no match[]"},
        {"/api/v1/series?match[]=sum(revenue)", 400, "bad_data"},
        {"/api/v1/series?match[]=revenue&start=2&end=1", 400, "before start"},
        {"/api/v1/labels?start=noon", 400, "cannot parse"},
        {"/api/v1/query?query=label_replace(label_replace(vector(1),%22x%22,%22aaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaa%22,%22n%22,%22%22),%22y%22,%22%22,%22x%22,%22(a*)*[bc]%22)",
         422, "match limit exceeded"},
        {"/api/v1/metadata?limit=x", 400, "bad_data"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = get(cases[i].target);
        if (status != cases[i].status) printf("# %s\n", cases[i].target);
        CHECK_INT(status, cases[i].status);
        has(text, "{\"status\":\"error\",\"errorType\":\"");
        has(text, cases[i].part);
    }
}

static void test_before_the_project_is_loaded_queries_wait(void)
{
    has(get("/api/v1/query?query=1"), "\"errorType\":\"unavailable\"");
    CHECK_INT(status, 503);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    arena = cyn_arena_new(0);
    shop_make();
    site.gauges = cyn_gauges_new();
    snprintf(state, sizeof state, "%s/.cynosure/state.db", shop);
    RUN(test_metrics_are_there_before_anything_was_evaluated);
    RUN(test_before_the_project_is_loaded_queries_wait);
    opened = shop_open();
    RUN(test_without_a_state_there_are_no_series);
    record();
    look();
    RUN(test_metrics_are_open_metrics_for_who_prefers_that);
    RUN(test_metrics_have_values_segments_targets_and_statuses);
    RUN(test_alerts_are_shown_as_prometheus_shows_its_own);
    RUN(test_no_two_dimensions_become_the_same_label);
    RUN(test_a_value_by_dimensions_that_are_called_alike_has_two_labels);
    RUN(test_a_value_counts_from_the_end_of_its_period_until_the_next_has_ended);
    RUN(test_both_names_give_the_same_values);
    RUN(test_ranges_are_posted_as_grafana_does);
    RUN(test_labels_series_and_metadata);
    RUN(test_start_and_end_leave_out_what_counts_at_no_time_between);
    RUN(test_errors_have_the_form_that_prometheus_gives_them);
    cyn_overview_unref(view);
    cyn_opened_unref(opened);
    cyn_gauges_free(site.gauges);
    shop_remove();
    cyn_arena_free(arena);
    return test_end();
}
