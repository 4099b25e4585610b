/* The API over a small project, without a socket: what is said, what is refused, what is written.
 * The shapes are held against docs/openapi.yaml by tests/golden/api.py. */
#include "engine/record.h"
#include "serve/api_impl.h"
#include "shop.h"
#include <pthread.h>

/* ---- a site ---- */

static cyn_opened *opened;
static cyn_overview *view;
static int wakes;
static char state[400];

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

static cyn_code no_findings(void *self, cyn_arena *arena, const cyn_err **out, size_t *n,
                            cyn_err *err)
{
    (void)self, (void)arena, (void)err;
    *out = NULL;
    *n = 0;
    return CYN_OK;
}

/* A source that could never be read. */
static cyn_code give_source(void *self, const char *name, cyn_arena *a,
                            const cyn_stock_source **out, cyn_err *err)
{
    static const cyn_err error = {
        .code = CYN_E_IO, .message = "no file matches 'data/*.csv'", .hint = "looked in /srv/shop"};
    static const cyn_stock_source source = {.inputs = "", .end = CYN_TIME_MIN, .error = &error};
    (void)self, (void)name, (void)a, (void)err;
    *out = &source;
    return CYN_OK;
}

static void woken(void *self)
{
    (void)self;
    wakes++;
}

static int64_t the_time(void)
{
    return SHOP_NOW + CYN_HOUR;
}

static cyn_site site = {.dir = shop,
                        .state = state,
                        .overview = give_view,
                        .opened = give_opened,
                        .findings = no_findings,
                        .wake = woken,
                        .clock = the_time};

static cyn_arena *arena;
static int status;
static const char *etag;

static const char *ask(const char *method, const char *target, const char *body)
{
    static const cyn_http_pair json[] = {{"Content-Type", "application/json"}, {NULL, NULL}};
    static char out[100000];
    cyn_reply reply = {0};
    CHECK_INT(cyn_http_answer(cyn_routes_api, cyn_nroutes_api, &site, method, target,
                              body ? json : NULL, body, arena, &reply, NULL),
              CYN_OK);
    snprintf(out, sizeof out, "%s", reply.body.data ? reply.body.data : "");
    status = reply.status;
    etag = reply.etag;
    cyn_buf_clear(&reply.body);
    return out;
}

static const char *get(const char *target)
{
    return ask("GET", target, NULL);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part)) printf("# in: %.600s\n", text);
    test_report(strstr(text, part) != NULL, __FILE__, __LINE__, part);
}

static void refuses(const char *method, const char *target, const char *body, int expected,
                    const char *part)
{
    const char *text = ask(method, target, body);
    if (status != expected) printf("# %s %s: %d: %s\n", method, target, status, text);
    CHECK_INT(status, expected);
    has(text, "{\"error\":{\"code\":\"");
    has(text, part);
}

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

static void look_again(void)
{
    cyn_dataset *d = shop_data(opened);
    const cyn_overview_options options = {.now = SHOP_NOW};
    cyn_overview_unref(view);
    view = NULL;
    CHECK_INT(cyn_overview_make(opened, d, NULL, &options, &view, NULL), CYN_OK);
    cyn_dataset_free(d);
}

/* Of few_orders in a channel; the text is a name of its events. */
static void fire(const char *channel, int64_t at)
{
    char identity[64];
    const cyn_alert_label label = {.name = "channel", .value = channel};
    snprintf(identity, sizeof identity, "few_orders{channel=\"%s\"}", channel);
    cyn_alert a = cyn_alert_new();
    cyn_alert_policy policy = CYN_ALERT_POLICY;
    cyn_alert_seen seen = {
        .what = CYN_SEEN_TRUE, .severity = 2, .slot = at, .before = at - 1, .definition = 7};
    cyn_alert_events events;
    CHECK_INT(cyn_alert_step(&a, &policy, &seen, &events), 1);
    const cyn_alert_row row = {.rule = "few_orders",
                               .identity = identity,
                               .labels = &label,
                               .nlabels = 1,
                               .alert = a,
                               .value = 1};
    const cyn_alert_event event = {.what = CYN_ALERT_FIRED, .slot = at, .start = at};
    cyn_notice n = {.rule = "few_orders",
                    .metric = "orders",
                    .identity = identity,
                    .labels = &label,
                    .nlabels = 1,
                    .what = CYN_ALERT_FIRED,
                    .severity = CYN_WARNING,
                    .firing = true,
                    .at = at,
                    .start = at,
                    .ended = CYN_ALERT_NEVER,
                    .value = 1,
                    .target = NAN,
                    .title = "Few orders",
                    .summary = "only 1",
                    .description = "",
                    .facts = "{}"};
    const cyn_rule_row rule = {
        .rule = "few_orders", .slot = at, .health_since = at, .segments = 2, .firing = 1};
    cyn_alert_event_key(identity, &event, n.key);
    cyn_alert_incident_key(identity, at, n.incident);
    cyn_alert_key(identity, n.alert);
    cyn_store *st = shop_state();
    CHECK_INT(cyn_store_begin_alerts(st, at, NULL), CYN_OK);
    CHECK_INT(cyn_store_put_rule(st, &rule, NULL), CYN_OK);
    CHECK_INT(cyn_store_put_alert(st, &row, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_event(st, &n, &event, NULL, 0, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    cyn_store_close(st);
}

static void prepare(void)
{
    opened = shop_open();
    snprintf(state, sizeof state, "%s/.cynosure/state.db", shop);
    record();
    look_again();
    fire("ads", SHOP_NOW - CYN_HOUR);
    fire("seo", SHOP_NOW);
}

/* ---- reading ---- */

static void test_before_anything_is_known_it_is_said_so(void)
{
    snprintf(state, sizeof state, "%s/.cynosure/state.db", shop);
    refuses("GET", "/api/v1/metrics", NULL, 503, "nothing was evaluated yet");
    refuses("GET", "/api/v1/alerts", NULL, 503, "nothing was loaded yet");
    opened = shop_open();
    refuses("GET", "/api/v1/alerts", NULL, 503, "there is none yet");
    cyn_opened_unref(opened);
    opened = NULL;
}

static void test_metrics_come_with_sheet_and_values_in_display_order(void)
{
    const char *text = get("/api/v1/metrics");
    CHECK_INT(status, 200);
    has(text, "{\"metrics\":[{\"metric\":\"revenue\",\"title\":\"Revenue\",\"role\":\"nsm\"");
    has(text, "\"target\":250,");
    has(text, "\"green\":{\"from\":250,\"to\":null}");
    has(text, "\"period\":\"2025-W45\",\"start\":\"2025-11-03T00:00:00+09:00\"");
    has(text, "\"value\":280,");
    has(text, "\"status\":\"green\"");
    has(text, "\"next\":null,\"as_of\":\"2025-11-13T10:00:00+09:00\"");
    CHECK_STR(etag, view->etag);
    has(get("/api/v1/metrics?lang=ja"), "\"title\":\"売上\"");
}

static void test_metrics_are_chosen_and_paged(void)
{
    has(get("/api/v1/metrics?limit=1"), "\"next\":\"revenue\"");
    const char *text = get("/api/v1/metrics?limit=2&after=revenue");
    CHECK(!strstr(text, "{\"metric\":\"revenue\""));
    has(text, "{\"metric\":\"basket\"");
    has(text, "\"next\":\"basket\"");
    text = get("/api/v1/metrics?role=nsm");
    CHECK(!strstr(text, "\"metric\":\"orders\""));
    has(text, "\"next\":null");
    has(get("/api/v1/metrics?role=guardrail"), "{\"metrics\":[],\"next\":null");
}

static void test_a_metric_has_history_segments_events_and_its_place(void)
{
    const char *text = get("/api/v1/metrics/revenue");
    CHECK_INT(status, 200);
    has(text, "\"formula\":\"sum(orders, amount)\",\"identity\":\"orders * basket\"");
    has(text, "\"parts\":[\"orders\",\"basket\"],\"parents\":[]");
    has(text, "\"file\":\"metrics/shop.lua\",\"line\":2");
    has(text, "\"history\":[{\"period\":\"2025-W44\"");
    has(text, "\"segment\":{\"channel\":\"ads\"},\"value\":250");
    has(text,
        "{\"at\":\"2025-11-05T00:00:00+09:00\",\"kind\":\"annotation\",\"text\":\"New prices\"}");
    has(text, "\"running\":{\"metric\":\"revenue\"");
    has(get("/api/v1/metrics/broken"), "\"error\":{\"code\":\"script\"");
    refuses("GET", "/api/v1/metrics/revenu", NULL, 404, "did you mean");
}

static void test_a_tree_is_a_header_and_lines(void)
{
    const char *text = get("/api/v1/tree/revenue");
    CHECK_INT(status, 200);
    has(text, "{\"tree\":{\"root\":\"revenue\"");
    has(text, "\"change\":180");
    has(text, "\"lines\":[{\"item\":0,");
    refuses("GET", "/api/v1/tree/basket", NULL, 404, "is no root");
    refuses("GET", "/api/v1/tree/nothing", NULL, 404, "\"code\":\"not_found\"");
}

static void test_values_are_those_that_were_recorded(void)
{
    const char *text = get("/api/v1/values?metric=revenue");
    CHECK_INT(status, 200);
    has(text, "{\"metric\":\"revenue\",\"grain\":\"week\",\"segment\":{},\"values\":[{\"period\":"
              "\"2025-W44\",\"start\":\"2025-10-27T00:00:00+09:00\",\"end\":"
              "\"2025-11-03T00:00:00+09:00\",\"value\":100,\"text\":\"100\",");
    has(text, "\"period\":\"2025-W45\"");
    has(text, "\"next\":null}");
    text = get("/api/v1/values?metric=revenue&segment=%7B%22channel%22%3A%20%22ads%22%7D");
    has(text, "\"segment\":{\"channel\":\"ads\"},\"values\":[{\"period\":\"2025-W44\"");
    has(text, "\"value\":250,");
    text = get("/api/v1/values?metric=revenue&from=2025-W45&to=2025-W45");
    CHECK(!strstr(text, "2025-W44"));
    has(text, "2025-W45");
    has(get("/api/v1/values?metric=revenue&limit=1"), "\"next\":\"2025-W44\"");
    has(get("/api/v1/values?metric=revenue&limit=1&after=2025-W44"), "\"value\":280");
    has(get("/api/v1/values?metric=revenue&grain=day"), "\"values\":[]");
    has(get("/api/v1/values?metric=basket"), "\"text\":null");
    text = get("/api/v1/metrics/revenue/series");
    has(text, "{\"series\":[{\"metric\":\"revenue\",\"grain\":\"week\",\"segment\":"
              "{\"channel\":\"ads\"}},");
    has(text, "\"segment\":{}}],\"more\":false}");
}

static void test_what_was_said_before_is_kept(void)
{
    char longer[sizeof shop_orders + 64];
    snprintf(longer, sizeof longer, "%s2025-11-04 12:00:00,ads,0.5\n", shop_orders);
    shop_write("orders.csv", longer);
    record();
    shop_write("orders.csv", shop_orders);
    const char *text = get("/api/v1/values?metric=revenue&from=2025-W45&restatements=true");
    has(text, "\"value\":280.5,\"text\":\"280.5\"");
    has(text, "\"restated\":1,\"restatements\":[{\"run\":1,");
    has(text, "\"value\":280,");
    has(get("/api/v1/values?metric=orders&to=2025-W44&restatements=1"), "\"restatements\":[]");
    record();
}

static void test_alerts_rules_and_events(void)
{
    const char *text = get("/api/v1/alerts");
    CHECK_INT(status, 200);
    has(text, "{\"waiting\":0,\"dead\":0,\"now\":");
    has(text, "\"alerts\":[{\"type\":\"alert\",\"alert\":\"few_orders{channel=\\\"ads\\\"}\"");
    has(text, "\"state\":\"firing\"");
    has(get("/api/v1/rules"), "{\"count\":1,\"rules\":[{\"type\":\"rule\",\"rule\":\"few_orders\"");
    text = get("/api/v1/alerts/history?limit=1");
    has(text, "{\"count\":1,\"events\":[{\"type\":\"event\"");
    has(text, "seo");
    char next[200], target[300];
    const char *at = strstr(text, "\"next\":\"");
    CHECK(at != NULL);
    snprintf(next, sizeof next, "%.*s", at ? (int)strcspn(at + 8, "\"") : 0, at ? at + 8 : "");
    snprintf(target, sizeof target, "/api/v1/alerts/history?limit=1&after=%s", next);
    text = get(target);
    has(text, "\"segment\":{\"channel\":\"ads\"}");
    has(text, "\"next\":null}");
    has(get("/api/v1/alerts/history?rule=few_orders&from=2025-11-14"), "\"events\":[]");
    has(get("/api/v1/silences"), "{\"count\":0,\"silences\":[]}");
}

static void test_a_source_that_was_never_loaded_has_nulls_and_a_reason(void)
{
    site.source = give_source;
    const char *text = get("/api/v1/sources");
    CHECK_INT(status, 200);
    has(text, "\"loaded\":null,\"took_s\":null,\"rows\":null,\"bad_rows\":null,\"bytes\":null,"
              "\"end\":null,\"error\":{\"code\":\"io\"");
    has(text, "looked in /srv/shop");
    site.source = NULL;
}

static void test_mistakes_are_told(void)
{
    refuses("GET", "/api/v1/metrics?rol=nsm", NULL, 400, "did you mean 'role'?");
    refuses("GET", "/api/v1/metrics?role=boss", NULL, 400, "expected nsm, kgi, kpi, guardrail");
    refuses("GET", "/api/v1/metrics?limit=0", NULL, 400, "from 1 to 10000");
    refuses("GET", "/api/v1/metrics?limit=-1", NULL, 400, "from 1 to 10000");
    refuses("GET", "/api/v1/metrics?limit=99999999999999999999", NULL, 400, "from 1 to");
    refuses("GET", "/api/v1/values", NULL, 400, "which metric?");
    refuses("GET", "/api/v1/values?metric=nothing", NULL, 404, "nothing");
    refuses("GET", "/api/v1/values?metric=revenue&grain=eon", NULL, 404, "eon");
    refuses("GET", "/api/v1/values?metric=revenue&from=soon", NULL, 400, "from");
    refuses("GET", "/api/v1/values?metric=revenue&segment=ads", NULL, 400, "/series lists");
    refuses("GET", "/api/v1/alerts?rule=few_order", NULL, 404, "few_orders");
    refuses("GET", "/api/v1/alerts?all=perhaps", NULL, 400, "true or false");
    refuses("GET", "/api/v1/alerts/history?from=never", NULL, 400, "expected a date");
    refuses("GET", "/api/v1/schedule?kind=cake", NULL, 400, "source, metric, rule or report");
    refuses("PUT", "/api/v1/silences", "{}", 405, "method_not_allowed");
    refuses("GET", "/api/v1/nothing", NULL, 404, "not_found");
}

/* ---- writing ---- */

static void test_acknowledging_goes_the_way_of_the_command(void)
{
    wakes = 0;
    const char *text = ask("POST", "/api/v1/alerts/ack",
                           "{\"alert\": \"few_orders\", \"who\": \"kim\", \"why\": \"on it\"}");
    CHECK_INT(status, 200);
    has(text, "{\"acknowledged\":true,\"alerts\":[\"few_orders{channel=\\\"ads\\\"}\"");
    has(text, "\"who\":\"kim\",\"why\":\"on it\"}");
    CHECK_INT(wakes, 1);
    has(get("/api/v1/alerts"), "\"acknowledged\":{\"who\":\"kim\",\"why\":\"on it\",\"at\":");
    text = ask("DELETE", "/api/v1/alerts/ack?alert=few_orders", NULL);
    CHECK_INT(status, 200);
    has(text, "{\"acknowledged\":false,");
    CHECK_INT(wakes, 2);
    has(get("/api/v1/alerts"), "\"acknowledged\":null");
    refuses("POST", "/api/v1/alerts/ack", "{\"alert\":\"nobody\"}", 404, "there is no alert");
    refuses("POST", "/api/v1/alerts/ack", "{}", 400, "'alert' is missing");
    refuses("POST", "/api/v1/alerts/ack", "{\"alert\":3}", 400, "is no text");
    refuses("POST", "/api/v1/alerts/ack", "{\"alert\":\"few_orders\",\"hwo\":\"x\"}", 400,
            "did you mean 'who'?");
    refuses("POST", "/api/v1/alerts/ack", "{\"alert\":", 400, "at byte");
    CHECK_INT(wakes, 2);
}

static void test_a_silence_is_made_shown_and_ended(void)
{
    wakes = 0;
    const char *text =
        ask("POST", "/api/v1/silences",
            "{\"match\":[\"few_orders\",\"channel=~a.*\"],\"for\":\"2h\",\"who\":\"kim\","
            "\"why\":\"campaign\"}");
    CHECK_INT(status, 201);
    has(text, "{\"silence\":{\"type\":\"silence\",\"id\":1,\"matchers\":[");
    has(text, "\"until\":\"2025-11-13T13:00:00+09:00\",\"active\":true,\"who\":\"kim\"");
    has(text, "\"matching\":1}");
    has(get("/api/v1/silences"), "\"why\":\"campaign\"");
    has(get("/api/v1/alerts"), "\"muted\":{\"kind\":\"silence\",\"id\":1");
    ask("DELETE", "/api/v1/silences/1", NULL);
    CHECK_INT(status, 200);
    CHECK_INT(wakes, 2);
    has(get("/api/v1/silences"), "\"silences\":[]");
    has(get("/api/v1/silences?all=true"), "\"active\":false");
    refuses("DELETE", "/api/v1/silences/1", NULL, 404, "not_found");
    refuses("DELETE", "/api/v1/silences/one", NULL, 400, "is no ID");
}

static void test_a_silence_that_means_nothing_is_refused(void)
{
    refuses("POST", "/api/v1/silences", "{\"for\":\"2h\",\"why\":\"x\"}", 400,
            "'match' is missing");
    refuses("POST", "/api/v1/silences", "{\"match\":\"few_orders\",\"for\":\"2h\"}", 400,
            "say why: whoever wonders reads it");
    refuses("POST", "/api/v1/silences", "{\"match\":\"few_orders\",\"why\":\"x\"}", 400,
            "until when?");
    refuses("POST", "/api/v1/silences",
            "{\"match\":\"few_orders\",\"why\":\"x\",\"for\":\"2h\",\"until\":\"2030-01-01\"}", 400,
            "until when?");
    refuses("POST", "/api/v1/silences", "{\"match\":\"few_orders\",\"why\":\"x\",\"for\":\"soon\"}",
            400, "expected a duration");
    refuses("POST", "/api/v1/silences",
            "{\"match\":\"few_orders\",\"why\":\"x\",\"for\":\"9999d\"}", 400, "for ever");
    refuses("POST", "/api/v1/silences",
            "{\"match\":\"few_orders\",\"why\":\"x\",\"until\":\"2020-01-01\"}", 400,
            "has passed already");
    refuses("POST", "/api/v1/silences",
            "{\"match\":\"few_orders\",\"why\":\"x\",\"who\":\"kim\",\"until\":\"2100-01-01\"}",
            400, "for ever");
    refuses("POST", "/api/v1/silences", "{\"match\":[\"a=~(\"],\"why\":\"x\",\"for\":\"2h\"}", 400,
            "bad_request");
    has(get("/api/v1/silences"), "\"silences\":[]");
}

/* A body with `why` and `who` of so many characters, each of three bytes, with blanks around. */
static const char *silence_of(size_t why, size_t who)
{
    static cyn_buf b;
    cyn_buf_clear(&b);
    cyn_buf_puts(&b, "{\"match\":\"few_orders\",\"for\":\"2h\",\"why\":\"\\n\u3000 ");
    cyn_buf_repeat(&b, "\u5065", why);
    cyn_buf_puts(&b, " \u3000\\t\",\"who\":\" ");
    cyn_buf_repeat(&b, "\u5eb7", who);
    cyn_buf_puts(&b, "\\r\"}");
    return b.data;
}

static void test_who_and_why_of_a_silence_have_no_blanks_around_and_no_novels(void)
{
    const char *path = "/api/v1/silences";
    refuses("POST", path, silence_of(0, 3), 400, "say why: whoever wonders reads it");
    refuses("POST", path, silence_of(3, 0), 400, "say who: whoever wonders reads it");
    refuses("POST", path, silence_of(1001, 3), 400,
            "'why' has 1001 characters: at most 1000 are allowed");
    refuses("POST", path, silence_of(3, 201), 400,
            "'who' has 201 characters: at most 200 are allowed");
    has(get(path), "\"silences\":[]");
    ask("POST", path, silence_of(1000, 200));
    CHECK_INT(status, 201);
    const char *text = ask("POST", path, silence_of(1, 2));
    CHECK_INT(status, 201);
    has(text, "\"who\":\"\u5eb7\u5eb7\",\"why\":\"\u5065\"");
    has(get(path), "\"count\":2");
    ask("DELETE", "/api/v1/silences/2", NULL);
    ask("DELETE", "/api/v1/silences/3", NULL);
    has(get(path), "\"silences\":[]");
}

/* ---- side by side, and without memory ---- */

static const char *const targets[] = {
    "/api/v1/metrics",        "/api/v1/metrics/revenue",  "/api/v1/values?metric=revenue",
    "/api/v1/tree/revenue",   "/api/v1/alerts",           "/api/v1/rules",
    "/api/v1/alerts/history", "/api/v1/schedule?lang=ja", "/api/v1/project",
    "/api/v1/evaluations",    "/api/v1/sources?lang=en",  "/api/v1/silences?all=1",
};
#define NTARGETS (sizeof targets / sizeof *targets)

static void *asks_a_lot(void *self)
{
    size_t *good = self;
    for (size_t i = 0; i < 5 * NTARGETS; i++) {
        cyn_arena *own = cyn_arena_new(0);
        cyn_reply reply = {0};
        cyn_code rc = cyn_http_answer(cyn_routes_api, cyn_nroutes_api, &site, "GET",
                                      targets[i % NTARGETS], NULL, NULL, own, &reply, NULL);
        *good += rc == CYN_OK && reply.status == 200 && reply.body.len > 2;
        cyn_buf_clear(&reply.body);
        cyn_arena_free(own);
    }
    return NULL;
}

static void test_requests_are_answered_side_by_side(void)
{
    pthread_t threads[4];
    size_t good[4] = {0};
    for (size_t i = 0; i < 4; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, asks_a_lot, &good[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(good[i], 5 * NTARGETS);
    }
}

/* The n-th allocation fails, for each n until none does: an answer that says so, or none. */
static void test_without_memory_nothing_worse_happens(void)
{
    for (size_t i = 0; i < NTARGETS; i++) {
        int last = 0;
        for (size_t n = 1; last != 200 && n < 5000; n++) {
            cyn_arena *own = cyn_arena_new(0);
            cyn_reply reply = {0};
            cyn_test_fail_after(n);
            cyn_code rc = cyn_http_answer(cyn_routes_api, cyn_nroutes_api, &site, "GET", targets[i],
                                          NULL, NULL, own, &reply, NULL);
            cyn_test_fail_after(0);
            last = rc == CYN_OK ? reply.status : 503;
            CHECK(last == 200 || last == 503);
            cyn_buf_clear(&reply.body);
            cyn_arena_free(own);
        }
        CHECK_INT(last, 200);
    }
}

static void test_every_path_is_ours_alone(void)
{
    static const char *const theirs[] = {"query",  "query_range", "labels", "label",
                                         "series", "metadata",    "status", "health"};
    for (size_t i = 0; i < cyn_nroutes_api; i++) {
        const char *pattern = cyn_routes_api[i].pattern;
        CHECK(strncmp(pattern, "/api/v1/", 8) == 0);
        CHECK(cyn_routes_api[i].writes == (strcmp(cyn_routes_api[i].method, "GET") != 0));
        CHECK(!cyn_routes_api[i].open);
        for (size_t k = 0; k < sizeof theirs / sizeof *theirs; k++)
            CHECK(strcspn(pattern + 8, "/") != strlen(theirs[k]) ||
                  strncmp(pattern + 8, theirs[k], strlen(theirs[k])) != 0);
    }
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    arena = cyn_arena_new(0);
    shop_make();
    RUN(test_before_anything_is_known_it_is_said_so);
    prepare();
    RUN(test_metrics_come_with_sheet_and_values_in_display_order);
    RUN(test_metrics_are_chosen_and_paged);
    RUN(test_a_metric_has_history_segments_events_and_its_place);
    RUN(test_a_tree_is_a_header_and_lines);
    RUN(test_values_are_those_that_were_recorded);
    RUN(test_what_was_said_before_is_kept);
    RUN(test_alerts_rules_and_events);
    RUN(test_a_source_that_was_never_loaded_has_nulls_and_a_reason);
    RUN(test_mistakes_are_told);
    RUN(test_acknowledging_goes_the_way_of_the_command);
    RUN(test_a_silence_is_made_shown_and_ended);
    RUN(test_a_silence_that_means_nothing_is_refused);
    RUN(test_who_and_why_of_a_silence_have_no_blanks_around_and_no_novels);
    RUN(test_requests_are_answered_side_by_side);
    RUN(test_without_memory_nothing_worse_happens);
    RUN(test_every_path_is_ours_alone);
    cyn_overview_unref(view);
    cyn_opened_unref(opened);
    shop_remove();
    cyn_arena_free(arena);
    return test_end();
}
