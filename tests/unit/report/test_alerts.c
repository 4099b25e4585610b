/* How alerts are shown: what became of telling them, and the line about all. */
#include "options.h"
#include "report/alerts_impl.h"

static void put_deliveries(const char *deliveries, const char *language, const char *expected)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, language, 0);
    cyn_buf b = {0};
    cyn_put_deliveries(deliveries, &o, &b);
    CHECK_STR(b.data, expected);
    cyn_buf_clear(&b);
}

static void test_our_own_details_are_in_the_language_of_the_project(void)
{
    static const char untold[] = "[{\"channel\":\"mail\",\"state\":\"muted\",\"at\":1,"
                                 "\"message\":null,\"detail\":\"its beginning was not told\"}]";
    put_deliveries(untold, "en", "mail muted (its beginning was not told)");
    put_deliveries(untold, "ja", "mail 通知停止 (発火を通知していない)");
    static const char failing[] = "[{\"channel\":\"a\",\"state\":\"sent\",\"detail\":\"ok\"},"
                                  "{\"channel\":\"b\",\"state\":\"dead\",\"detail\":\"HTTP 503\"},"
                                  "{\"channel\":\"c\",\"state\":\"retrying\",\"detail\":\"\"}]";
    put_deliveries(failing, "en", "a ✓, b ✗ (HTTP 503), c retrying");
    put_deliveries(failing, "ja", "a ✓, b ✗ (HTTP 503), c 再試行待ち");
}

static void json_deliveries(const char *deliveries, const char *expected)
{
    cyn_report_options o = options(CYN_FORMAT_JSON, "en", 0);
    cyn_buf b = {0};
    cyn_json_deliveries(&b, deliveries, &o);
    CHECK_STR(b.data, expected);
    cyn_buf_clear(&b);
}

static void test_times_of_deliveries_are_as_all_others(void)
{
    json_deliveries("[{\"channel\":\"at\",\"state\":\"sent\",\"at\":1767225600000000,"
                    "\"message\":12,\"detail\":\"say \\\"at\\\":5\"},{\"at\":1767225601500000}]",
                    ",\"deliveries\":[{\"channel\":\"at\",\"state\":\"sent\","
                    "\"at\":\"2026-01-01T00:00:00Z\",\"message\":12,"
                    "\"detail\":\"say \\\"at\\\":5\"},{\"at\":\"2026-01-01T00:00:01.500Z\"}]");
    json_deliveries("[]", ",\"deliveries\":[]");
    json_deliveries(NULL, ",\"deliveries\":null");
    json_deliveries("damaged", ",\"deliveries\":null");
    json_deliveries("[{\"at\":null}]", ",\"deliveries\":[{\"at\":null}]");
}

static void show(const cyn_alerts_view *v, const char *language, const char *expected)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, language, 0);
    cyn_buf b = {0};
    CHECK_INT(cyn_report_alerts(v, &o, &b, NULL), CYN_OK);
    CHECK_STR(b.data, expected);
    cyn_buf_clear(&b);
}

static void test_what_freezes_a_rule_is_named_without_an_alert_and_with_one(void)
{
    cyn_rule_item rule = {.name = "a", .evaluated = true, .frozen_by = "parent"};
    cyn_alert_item alert = {.rule = &(cyn_rule){.name = "a"},
                            .rule_name = "a",
                            .identity = "a",
                            .alert = {.state = CYN_ALERT_FIRING, .severity = 2, .frozen = true},
                            .value = 1,
                            .target = 2,
                            .frozen_by = "parent"};
    cyn_alerts_view v = {.rules = &rule, .nrules = 1, .all = true};
    show(&v, "en",
         "RULE  HEALTH                  EVALUATED         SEGMENTS  FIRING  PENDING  MISSED  "
         "METRIC  TITLE\n"
         "a     ✓ ok, frozen by parent  1970-01-01 00:00         0       0        0       0\n"
         "\n"
         "✓ all is well: 1 rule, evaluated 1970-01-01 00:00\n");
    v.alerts = &alert;
    v.nalerts = 1;
    v.all = false;
    show(&v, "en",
         "STATE     SEVERITY  RULE  SEGMENT  SINCE             FOR  VALUE  TARGET  TOLD  NOTE\n"
         "● firing  warning   a              1970-01-01 00:00  new      1       2        "
         "frozen: parent fires\n"
         "\n"
         "1 firing, 0 pending: 1 rule, evaluated 1970-01-01 00:00\n");
    alert.frozen_by = NULL; /* as it was before that was kept */
    show(&v, "ja",
         "状態      重大度  ルール  セグメント  開始              経過  値  目標  通知先  備考\n"
         "● 発火中  警告    a                   1970-01-01 00:00  新規   1     2          "
         "凍結中：依存先が発火中\n"
         "\n"
         "発火中1件、保留中0件：ルール1件、評価 1970-01-01 00:00\n");
}

static void test_rules_that_wait_for_the_clock_are_not_well(void)
{
    cyn_rule_item rules[] = {{.name = "a", .evaluated = true}, {.name = "b", .evaluated = true}};
    cyn_alerts_view v = {.rules = rules, .nrules = 2};
    rules[1].ahead = true;
    show(&v, "en",
         "0 firing, 0 pending: 2 rules, evaluated 1970-01-01 00:00; the clock was set back, 1 "
         "waits for it (cynosure alerts forget)\n");
    rules[0].ahead = true;
    show(&v, "en",
         "0 firing, 0 pending: 2 rules, evaluated 1970-01-01 00:00; the clock was set back, 2 "
         "wait for it (cynosure alerts forget)\n");
}

static const char *missed(uint64_t n)
{
    static char line[200];
    cyn_rule_item rule = {.name = "a", .evaluated = true, .missed = n};
    cyn_why_view v = {.item = {.rule_name = "a", .identity = "a"}, .rule = &rule};
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    cyn_buf b = {0};
    CHECK_INT(cyn_report_why(&v, &o, &b, NULL), CYN_OK);
    const char *health = strstr(b.data, "health"), *end = health ? strchr(health, '\n') : NULL;
    snprintf(line, sizeof line, "%.*s", end ? (int)(end - health) : 0, health ? health : "");
    cyn_buf_clear(&b);
    return line;
}

static void test_one_slot_is_one(void)
{
    CHECK_STR(missed(0), "health        ✓ ok, evaluated 1970-01-01 00:00");
    CHECK_STR(missed(1), "health        ✓ ok, evaluated 1970-01-01 00:00, 1 slot missed");
    CHECK_STR(missed(2), "health        ✓ ok, evaluated 1970-01-01 00:00, 2 slots missed");
}

static void summary(cyn_alerts_view v, const char *language, const char *expected)
{
    cyn_rule_item rule = {.name = "a", .evaluated = true, .slot = 0};
    cyn_report_options o = options(CYN_FORMAT_TABLE, language, 0);
    cyn_buf b = {0};
    v.rules = &rule;
    v.nrules = 1;
    CHECK_INT(cyn_report_alerts(&v, &o, &b, NULL), CYN_OK);
    CHECK_STR(b.data, expected);
    cyn_buf_clear(&b);
}

static void test_all_is_well_only_when_everybody_knows(void)
{
    summary((cyn_alerts_view){.now = 0}, "en",
            "✓ all is well: 1 rule, evaluated 1970-01-01 00:00\n");
    summary((cyn_alerts_view){.waiting = 1}, "en",
            "nothing fires: 1 rule, evaluated 1970-01-01 00:00; 1 message not delivered yet\n");
    summary((cyn_alerts_view){.waiting = 2, .dead = 3}, "en",
            "nothing fires: 1 rule, evaluated 1970-01-01 00:00; 2 messages not delivered yet; "
            "3 messages given up (cynosure alerts dead)\n");
    summary(
        (cyn_alerts_view){.dead = 1}, "ja",
        "発火なし：ルール1件、評価 1970-01-01 00:00、断念した通知1件（cynosure alerts dead）\n");
}

int main(void)
{
    RUN(test_our_own_details_are_in_the_language_of_the_project);
    RUN(test_times_of_deliveries_are_as_all_others);
    RUN(test_all_is_well_only_when_everybody_knows);
    RUN(test_what_freezes_a_rule_is_named_without_an_alert_and_with_one);
    RUN(test_rules_that_wait_for_the_clock_are_not_well);
    RUN(test_one_slot_is_one);
    return test_end();
}
