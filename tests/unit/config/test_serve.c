/* What the loader makes of schedule, serve and annotations; what it refuses is in
 * tests/golden/config. */
#include "base/time.h"
#include "config/load.h"
#include "test.h"

static cyn_arena *arena;
static cyn_err_list errs;

static cyn_config *load(const char *text)
{
    void *root = NULL;
    cyn_err_list_init(&errs, arena);
    cyn_code rc =
        cyn_load_text(&cyn_file_cynosure, text, strlen(text), "cynosure.yaml", arena, &root, &errs);
    CHECK_INT(rc, CYN_OK);
    for (size_t i = 0; i < errs.count; i++)
        printf("# %d:%d: %s\n", errs.items[i].line, errs.items[i].column, errs.items[i].message);
    return rc == CYN_OK ? root : NULL;
}

static void check_schedule_defaults(const cyn_config_schedule *s)
{
    CHECK_INT(s->poll, CYN_MINUTE);
    CHECK_INT(s->lateness, 0);
    CHECK_INT(s->restate, 35 * CYN_DAY);
    CHECK_INT(s->spread, 0);
    CHECK_INT(s->catch_up, 400);
    CHECK_INT(s->nby, 0);
    CHECK_INT(s->nmetrics, 0);
    CHECK_INT(s->nreports, 0);
}

static void sections_that_are_missing_or_empty_have_their_defaults(void)
{
    static const char *const texts[] = {"name: Demo\n",
                                        "name: Demo\nschedule: {}\nserve: {}\nannotations: []\n"};
    for (size_t i = 0; i < 2; i++) {
        cyn_config *c = load(texts[i]);
        if (!c) continue;
        check_schedule_defaults(&c->schedule);
        CHECK_STR(c->serve.listen, "127.0.0.1:8080");
        CHECK_STR(c->serve.token, NULL);
        CHECK(!c->serve.public_read);
        CHECK_STR(c->serve.certificate, NULL);
        CHECK_STR(c->serve.key, NULL);
        CHECK_STR(c->serve.unusable, NULL);
        CHECK_INT(c->nannotations, 0);
    }
}

static void a_schedule_is_read(void)
{
    cyn_config *c = load("name: Demo\n"
                         "schedule:\n"
                         "  lateness: 2h\n"
                         "  catch_up: 0\n"
                         "  by: [channel, country]\n"
                         "  metrics:\n"
                         "    day: {lateness: 6h, cron: '0 6 * * MON-FRI'}\n"
                         "    15min: {restate: 0s}\n"
                         "  reports:\n"
                         "    weekly: {when: 1w, to: 'r/{date}.html'}\n"
                         "    daily: {when: '@daily', to: d.html, overrun: queue}\n");
    if (!c) return;
    const cyn_config_schedule *s = &c->schedule;
    CHECK_INT(s->poll, CYN_MINUTE);
    CHECK_INT(s->lateness, 2 * CYN_HOUR);
    CHECK_INT(s->catch_up, 0);
    CHECK_INT(s->nby, 2);
    CHECK_STR(s->by[1], "country");
    CHECK_INT(s->nmetrics, 2);
    CHECK(cyn_grain_equal(s->metrics[0].grain, (cyn_grain){CYN_DAILY, 1}));
    CHECK_INT(s->metrics[0].line, 7);
    CHECK_INT(s->metrics[0].column, 5);
    CHECK_INT(s->metrics[0].lateness, 6 * CYN_HOUR);
    CHECK_INT(s->metrics[0].restate, -1);
    CHECK_STR(s->metrics[0].cron, "0 6 * * MON-FRI");
    CHECK(cyn_grain_equal(s->metrics[1].grain, (cyn_grain){CYN_MINUTES, 15}));
    CHECK_INT(s->metrics[1].lateness, -1);
    CHECK_INT(s->metrics[1].restate, 0);
    CHECK_STR(s->metrics[1].cron, NULL);
    CHECK_INT(s->nreports, 2);
    CHECK_STR(s->reports[0].name, "weekly");
    CHECK_INT(s->reports[0].line, 10);
    CHECK_STR(s->reports[0].when, "1w");
    CHECK_STR(s->reports[0].to, "r/{date}.html");
    CHECK_INT(s->reports[0].overrun, CYN_OVERRUN_LATEST);
    CHECK_INT(s->reports[1].overrun, CYN_OVERRUN_QUEUE);
}

static void sources_say_how_they_are_looked_at(void)
{
    cyn_config *c = load("name: Demo\nsources:\n"
                         "  a: {path: a.csv}\n"
                         "  b: {path: b.csv, poll: 30s, watch: true}\n");
    if (!c) return;
    CHECK_INT(c->sources[0].poll, 0);
    CHECK(!c->sources[0].watch);
    CHECK_INT(c->sources[1].poll, 30 * CYN_SECOND);
    CHECK(c->sources[1].watch);
}

static void serve_is_read(void)
{
    cyn_config *c = load("name: Demo\nserve:\n"
                         "  listen: '[::1]:0'\n"
                         "  token: abcdefghijklmnop\n"
                         "  public_read: true\n"
                         "  tls: {certificate: c.pem, key: k.pem}\n");
    if (!c) return;
    CHECK_STR(c->serve.listen, "[::1]:0");
    CHECK_STR(c->serve.token, "abcdefghijklmnop");
    CHECK(c->serve.public_read);
    CHECK_STR(c->serve.certificate, "c.pem");
    CHECK_STR(c->serve.key, "k.pem");
    CHECK_STR(c->serve.unusable, NULL);
}

/* What the environment lacks stops only whoever would listen; the token is in no message. */
static void a_token_comes_from_the_environment(void)
{
    static const char yaml[] = "name: Demo\n"
                               "channels:\n"
                               "  hook: {type: webhook, url: '${CYN_TEST_HOOK}'}\n"
                               "serve: {token: '${CYN_TEST_TOKEN}'}\n";
    static const struct {
        const char *value, *token, *unusable;
    } cases[] = {
        {NULL, "${CYN_TEST_TOKEN}", "token: the environment variable CYN_TEST_TOKEN is not set"},
        {"", "${CYN_TEST_TOKEN}", "token: empty once its variables are replaced"},
        {"a b", "a b", "token: letters, digits and signs of ASCII without blanks are expected"},
        {"fifteen-letters", "fifteen-letters", "token: 16 or more characters are expected"},
        {"sixteen-letters.", "sixteen-letters.", NULL},
    };
    unsetenv("CYN_TEST_HOOK");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].value)
            setenv("CYN_TEST_TOKEN", cases[i].value, 1);
        else
            unsetenv("CYN_TEST_TOKEN");
        cyn_config *c = load(yaml);
        if (!c) continue;
        CHECK_STR(c->serve.token, cases[i].token);
        CHECK_STR(c->serve.unusable, cases[i].unusable);
        CHECK_STR(c->channels[0].unusable,
                  "url: the environment variable CYN_TEST_HOOK is not set");
    }
    unsetenv("CYN_TEST_TOKEN");
}

static void annotations_are_read(void)
{
    cyn_config *c = load("name: Demo\nannotations:\n"
                         "  - {at: 2026-10-01, text: {en: prices, ja: 値上げ}, metrics: revenue}\n"
                         "  - {at: 1970-01-02, text: both, metrics: [a, b]}\n"
                         "  - {at: 1970-01-03, text: all}\n");
    if (!c) return;
    CHECK_INT(c->nannotations, 3);
    CHECK_INT(c->annotations[0].at, cyn_days_from_civil(2026, 10, 1));
    CHECK_INT(c->annotations[0].line, 3);
    CHECK_INT(c->annotations[0].column, 5);
    CHECK_STR(cyn_label_text(c->annotations[0].text, "ja", ""), "値上げ");
    CHECK_INT(c->annotations[0].nmetrics, 1);
    CHECK_STR(c->annotations[0].metrics[0], "revenue");
    CHECK_INT(c->annotations[1].at, 1);
    CHECK_INT(c->annotations[1].nmetrics, 2);
    CHECK_STR(cyn_label_text(c->annotations[2].text, "ja", ""), "all");
    CHECK_INT(c->annotations[2].nmetrics, 0);
}

static void exhausted_memory_is_an_ordinary_error(void)
{
    static const char yaml[] = "name: Demo\nschedule: {metrics: {day: {lateness: 1h}}, by: [a]}\n"
                               "serve: {token: '${CYN_TEST_TOKEN:-x}'}\n"
                               "annotations: [{at: 2026-10-01, text: a, metrics: b}]\n";
    for (size_t n = 1;; n++) {
        cyn_arena *a = cyn_arena_new(0);
        void *root = NULL;
        cyn_err_list list;
        cyn_err_list_init(&list, a);
        cyn_test_fail_after(n);
        cyn_code rc =
            cyn_load_text(&cyn_file_cynosure, yaml, strlen(yaml), "cynosure.yaml", a, &root, &list);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
        CHECK((rc == CYN_OK) == (root != NULL));
        cyn_arena_free(a);
        if (rc == CYN_OK) break;
    }
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(sections_that_are_missing_or_empty_have_their_defaults);
    RUN(a_schedule_is_read);
    RUN(sources_say_how_they_are_looked_at);
    RUN(serve_is_read);
    RUN(a_token_comes_from_the_environment);
    RUN(annotations_are_read);
    RUN(exhausted_memory_is_an_ordinary_error);
    cyn_arena_free(arena);
    return test_end();
}
