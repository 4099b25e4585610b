/* What handlers are given of the daemon: readers of its state, and its health. */
#include "serve/discreet.h"
#include "serve/http_impl.h"
#include "store/history.h"
#include "test.h"
#include <unistd.h>

static cyn_arena *arena;

static void make_state(const char *path)
{
    cyn_store *store;
    CHECK_INT(cyn_store_open(path, &store, NULL), CYN_OK);
    cyn_store_close(store);
}

static void test_readers_are_kept_and_follow_the_file(void)
{
    char dir[] = "/tmp/test_http_site_XXXXXX";
    CHECK(mkdtemp(dir) != NULL);
    const char *path = cyn_sprintf(arena, "%s/state.db", dir);
    cyn_site site = {.state = path, .readers = cyn_readers_new()};
    cyn_store *first, *second, *many[20];
    cyn_err e;
    CHECK_INT(cyn_site_reader(&site, &first, &e), CYN_E_STATE); /* there is none yet */
    make_state(path);
    CHECK_INT(cyn_site_reader(&site, &first, &e), CYN_OK);
    cyn_site_done(&site, first);
    CHECK_INT(cyn_site_reader(&site, &second, &e), CYN_OK);
    CHECK(second == first);
    /* Another file in its place is another state. */
    const char *old = cyn_sprintf(arena, "%s/old.db", dir);
    CHECK_INT(rename(path, old), 0);
    make_state(path);
    cyn_site_done(&site, second);
    cyn_stored_series const *series;
    size_t n;
    bool more;
    CHECK_INT(cyn_site_reader(&site, &first, &e), CYN_OK);
    CHECK_INT(cyn_store_series_list(first, &(cyn_series_filter){.most = 1}, arena, &series, &n,
                                    &more, &e),
              CYN_OK);
    cyn_site_done(&site, first);
    for (size_t i = 0; i < 20; i++) {
        CHECK_INT(cyn_site_reader(&site, &many[i], &e), CYN_OK);
        for (size_t k = 0; k < i; k++)
            CHECK(many[k] != many[i]);
    }
    for (size_t i = 0; i < 20; i++)
        cyn_site_done(&site, many[i]);
    cyn_readers_free(site.readers);
    static const char *const files[] = {"state.db", "old.db",     "state.db-wal", "state.db-shm",
                                        "lock",     ".gitignore", "old.db-wal",   "old.db-shm"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(cyn_sprintf(arena, "%s/%s", dir, files[i]));
    CHECK_INT(rmdir(dir), 0);
}

static bool is_healthy, is_ready;

static cyn_code tell_health(void *self, cyn_arena *a, const cyn_page_fact **out, size_t *n,
                            bool *healthy, bool *ready, const char **why, cyn_err *err)
{
    (void)self;
    (void)a;
    (void)err;
    static const cyn_page_fact facts[] = {{"rows", "1,000", CYN_FACT_PLAIN},
                                          {"state", "\"busy\"", CYN_FACT_BAD}};
    *out = facts;
    *n = 2;
    *healthy = is_healthy;
    *ready = is_ready;
    *why = is_ready ? NULL : "nothing was evaluated yet";
    return CYN_OK;
}

static int ask(cyn_site *site, const char *path, const char **text)
{
    cyn_reply reply;
    CHECK_INT(cyn_http_answer(cyn_routes_health, cyn_nroutes_health, site, "GET", path, NULL, NULL,
                              arena, &reply, NULL),
              CYN_OK);
    *text = cyn_strdup(arena, reply.body.data ? reply.body.data : "");
    cyn_buf_clear(&reply.body);
    return reply.status;
}

static void test_health(void)
{
    cyn_site site = {.health = tell_health};
    const char *text;
    is_healthy = true;
    CHECK_INT(ask(&site, "/-/healthy", &text), 200);
    CHECK_STR(text, "healthy\n");
    CHECK_INT(ask(&site, "/-/ready", &text), 503);
    CHECK_STR(text, "not ready: nothing was evaluated yet\n");
    CHECK_INT(ask(&site, "/api/v1/health", &text), 200);
    CHECK_STR(text, "{\"healthy\":true,\"ready\":false,\"why\":\"nothing was evaluated yet\","
                    "\"version\":\"" CYN_VERSION "\",\"facts\":["
                    "{\"state\":\"plain\",\"name\":\"rows\",\"value\":\"1,000\"},"
                    "{\"state\":\"bad\",\"name\":\"state\",\"value\":\"\\\"busy\\\"\"}]}\n");
    is_ready = true;
    CHECK_INT(ask(&site, "/-/ready", &text), 200);
    CHECK_STR(text, "ready\n");
    is_healthy = false;
    CHECK_INT(ask(&site, "/-/healthy", &text), 503);
}

/* ---- what strangers are told ---- */

static char logged[2000];

static void log_it(void *self, const char *text)
{
    (void)self;
    snprintf(logged, sizeof logged, "%s", text);
}

static cyn_code tell_trouble(void *self, cyn_arena *a, const cyn_page_fact **out, size_t *n,
                             bool *healthy, bool *ready, const char **why, cyn_err *err)
{
    static const cyn_page_fact facts[] = {
        {.name = "source a", .value = "cannot read '/srv/a.csv'", .kind = CYN_FACT_BAD},
        {.name = "source b", .value = "9 rows", .kind = CYN_FACT_GOOD},
    };
    (void)self, (void)a, (void)err;
    *out = facts;
    *n = 2;
    *healthy = *ready = false;
    *why = "'/srv' is gone";
    return CYN_OK;
}

static const cyn_opened *none_opened(void *self)
{
    (void)self;
    return NULL;
}

static const char *ask_as(const char *token, const cyn_route *routes, size_t nroutes,
                          const char *target)
{
    static cyn_site site = {.health = tell_trouble, .opened = none_opened};
    const cyn_http h = {
        .options = {.token = "t", .public_read = true, .language = "en", .log = log_it},
        .routes = routes,
        .nroutes = nroutes,
        .site = &site};
    const cyn_http_pair headers[] = {{"Authorization", token}};
    const cyn_message m = {.method = "GET",
                           .target = target,
                           .headers = headers,
                           .nheaders = token != NULL,
                           .body = "",
                           .peer = "10.0.0.7",
                           .now = 1};
    cyn_answer a;
    cyn_http_respond(&h, &m, arena, &a);
    const char *text = cyn_strdup(arena, a.reply.body.data ? a.reply.body.data : "");
    cyn_buf_clear(&a.reply.body);
    return text;
}

static void test_whoever_may_not_know_is_told_that_there_is_trouble(void)
{
    static const char *const targets[] = {"/-/healthy", "/-/ready", "/api/v1/health"};
    for (size_t i = 0; i < 3; i++) {
        CHECK(
            strstr(ask_as("Bearer t", cyn_routes_health, cyn_nroutes_health, targets[i]), "/srv"));
        CHECK(!strstr(ask_as(NULL, cyn_routes_health, cyn_nroutes_health, targets[i]), "/srv"));
    }
    const char *text = ask_as(NULL, cyn_routes_health, cyn_nroutes_health, "/api/v1/health");
    CHECK(strstr(text, "\"name\":\"source a\",\"value\":\"the server's log says why\""));
    CHECK(strstr(text, "\"value\":\"9 rows\""));
}

static void test_an_error_as_prometheus_has_it_is_logged_and_told_to_few(void)
{
    const char *text =
        ask_as(NULL, cyn_routes_prometheus, cyn_nroutes_prometheus, "/api/v1/query?query=a");
    CHECK(strstr(text, "\"errorType\":\"unavailable\",\"error\":\"the server's log says why\""));
    CHECK(strstr(logged, "GET /api/v1/query: the project is not loaded yet"));
    text =
        ask_as("Bearer t", cyn_routes_prometheus, cyn_nroutes_prometheus, "/api/v1/query?query=a");
    CHECK(strstr(text, "\"error\":\"the project is not loaded yet\""));
}

static void test_reasons_are_replaced_and_all_else_stays(void)
{
    cyn_request stranger = {.language = "ja", .arena = arena}, friend = stranger;
    const cyn_agenda_item items[] = {{.name = "a", .error = "cannot read '/srv'", .failures = 3},
                                     {.name = "b"}};
    const cyn_agenda_item *agenda = items;
    const cyn_err list[] = {
        {.code = CYN_E_NAME, .line = 3, .file = "a.lua", .message = "/srv", .hint = "/srv"}};
    const cyn_err *findings = list;
    const cyn_rule_item rule = {.name = "r", .broken = list, .error = "/srv"};
    const cyn_rule_item *rules = &rule;
    friend.may_know = true;
    CHECK_INT(cyn_discreet_agenda(&friend, &agenda, 2, NULL), CYN_OK);
    CHECK(agenda == items);
    CHECK_INT(cyn_discreet_agenda(&stranger, &agenda, 2, NULL), CYN_OK);
    CHECK_STR(agenda[0].error, "理由はサーバーのログにあります");
    CHECK_INT(agenda[0].failures, 3);
    CHECK_STR(agenda[1].error, NULL);
    CHECK_INT(cyn_discreet_findings(&stranger, &findings, 1, NULL), CYN_OK);
    CHECK_INT(findings[0].code, CYN_E_NAME);
    CHECK_INT(findings[0].line, 0);
    CHECK_STR(findings[0].file, "");
    CHECK_STR(findings[0].hint, "");
    CHECK_INT(cyn_discreet_rules(&stranger, &rules, 1, NULL), CYN_OK);
    CHECK_STR(rules->name, "r");
    CHECK(!strstr(rules->error, "/srv"));
    CHECK(!strstr(rules->broken->message, "/srv"));
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_readers_are_kept_and_follow_the_file);
    RUN(test_health);
    RUN(test_whoever_may_not_know_is_told_that_there_is_trouble);
    RUN(test_an_error_as_prometheus_has_it_is_logged_and_told_to_few);
    RUN(test_reasons_are_replaced_and_all_else_stays);
    cyn_arena_free(arena);
    return test_end();
}
