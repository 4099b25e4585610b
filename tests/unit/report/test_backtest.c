/* Backtests of one rule over two weeks of hours. */
#include "options.h"
#include "report/backtest.h"

/* `date -u -d 2026-03-02 +%s`, a Monday. */
#define MONDAY    INT64_C(1772409600000000)
#define AT(hours) (MONDAY + (hours)*CYN_HOUR)

static const cyn_alert_label ads[] = {{"channel", "ads"}}, mail[] = {{"channel", "メール"}};
static const cyn_metric metric = {.name = "aha_rate", .sheet = {.unit = "%"}};
static const cyn_rule rule = {.name = "aha_drop", .metric = "aha_rate"};

static const cyn_backtest_change ads_changes[] = {{AT(24), CYN_LOOKS_PENDING},
                                                  {AT(48), CYN_LOOKS_FIRING},
                                                  {AT(72), CYN_LOOKS_QUIET},
                                                  {AT(96), CYN_LOOKS_ERROR},
                                                  {AT(120), CYN_LOOKS_NO_DATA}};
static const cyn_backtest_change mail_changes[] = {
    {AT(167), CYN_LOOKS_FIRING}, {AT(168), CYN_LOOKS_QUIET}, {AT(300), CYN_LOOKS_FIRING}};
static const cyn_backtest_lane lanes[] = {
    {"aha_drop{channel=\"ads\"}", ads, 1, ads_changes, 5, 1, 24 * CYN_HOUR},
    {"aha_drop{channel=\"メール\"}", mail, 1, mail_changes, 3, 2, 37 * CYN_HOUR}};
static const cyn_backtest_incident incidents[] = {{.identity = "aha_drop{channel=\"ads\"}",
                                                   .labels = ads,
                                                   .nlabels = 1,
                                                   .began = AT(24),
                                                   .start = AT(48),
                                                   .end = AT(72),
                                                   .severity = CYN_WARNING,
                                                   .value = 0.31,
                                                   .seen = CYN_SEEN_TRUE,
                                                   .reason = CYN_REASON_RECOVERED,
                                                   .told = true,
                                                   .known = true},
                                                  {.identity = "aha_drop{channel=\"メール\"}",
                                                   .labels = mail,
                                                   .nlabels = 1,
                                                   .began = AT(167),
                                                   .start = AT(167),
                                                   .end = AT(168),
                                                   .severity = CYN_CRITICAL,
                                                   .value = NAN,
                                                   .seen = CYN_SEEN_NO_DATA,
                                                   .reason = CYN_REASON_GONE},
                                                  {.identity = "aha_drop{channel=\"メール\"}",
                                                   .labels = mail,
                                                   .nlabels = 1,
                                                   .began = AT(300),
                                                   .start = AT(300),
                                                   .end = CYN_ALERT_NEVER,
                                                   .severity = CYN_INFO,
                                                   .value = 0.125,
                                                   .seen = CYN_SEEN_TRUE,
                                                   .told = true}};
static const cyn_known_incident known[] = {{AT(46), AT(50), ads, 1, "checkout"},
                                           {AT(200), AT(201), NULL, 0, NULL},
                                           {AT(-5), AT(-1), NULL, 0, NULL}};
static const cyn_backtest_match matches[] = {{&known[2], true, false, 0},
                                             {&known[0], false, true, 2 * CYN_HOUR},
                                             {&known[1], false, false, 0}};

static cyn_backtest_result result(bool scored)
{
    cyn_backtest_result r = {.rule = &rule,
                             .from = AT(0),
                             .to = AT(336),
                             .slots = 336,
                             .no_data = 48,
                             .segments = 2,
                             .incidents = incidents,
                             .nincidents = 3,
                             .lanes = lanes,
                             .nlanes = 2,
                             .pages = 2,
                             .pages_per_week = 1,
                             .firing = 61 * CYN_HOUR};
    if (scored)
        r.score = (cyn_backtest_score){.given = true,
                                       .tolerance = CYN_HOUR,
                                       .matches = matches,
                                       .nmatches = 3,
                                       .outside = 1,
                                       .precision = cyn_backtest_share_of(1, 2),
                                       .recall = cyn_backtest_share_of(1, 2),
                                       .delay = 2 * CYN_HOUR};
    return r;
}

static void check(const cyn_backtest_view *v, cyn_report_options o, const char *want)
{
    cyn_buf b = {0};
    CHECK_INT(cyn_report_backtest(v, &o, &b, NULL), CYN_OK);
    CHECK(b.data && !strcmp(b.data, want));
    if (b.data && strcmp(b.data, want)) printf("# got:\n%s# expected:\n%s", b.data, want);
    cyn_buf_clear(&b);
}

static void test_a_replay_in_english(void)
{
    cyn_backtest_result r = result(true);
    cyn_backtest_view v = {.metric = &metric, .result = &r};
    check(&v, options(CYN_FORMAT_TABLE, "en", 58),
          "aha_drop, 2026-03-02 00:00 to 2026-03-16 00:00: 3 incidents, 2 pages (1 a week), firing "
          "2 d 13 h (18.2 %)\n"
          "\n"
          "channel=ads        ▁▁▁███   xxx···························\n"
          "channel=メール                      █                █████\n"
          "                2026-W10             2026-W11\n"
          "█ firing   x error   ▁ pending   · no data\n"
          "\n"
          "START                   FOR  ALERT            VALUE  KNOWN\n"
          "2026-03-04 00:00        1 d  channel=ads     31.0 %  yes\n"
          "2026-03-08 23:00        1 h  channel=メール       –  no\n"
          "2026-03-14 12:00  1 d 12 h+  channel=メール  12.5 %  no\n"
          "\n"
          "KNOWN FROM        NAME      FOUND        DELAY\n"
          "2026-03-01 19:00            not counted      –\n"
          "2026-03-03 22:00  checkout  yes            2 h\n"
          "2026-03-10 08:00            no               –\n"
          "\n"
          "precision  50.0 % (1 of 2; 95 %: 9 to 91 %)\n"
          "recall     50.0 % (1 of 2; 95 %: 9 to 91 %)\n"
          "delay      median 2 h (n = 1)\n"
          "tolerance  1 h\n"
          "\n"
          "Known incidents that begin outside of this time, and do not count: 1\n"
          "\n"
          "Of 336 evaluations 48 had no data.\n");
}

static void test_a_replay_in_japanese(void)
{
    cyn_backtest_result r = result(false);
    cyn_backtest_view v = {.metric = &metric, .result = &r};
    check(&v, options(CYN_FORMAT_TABLE, "ja", 100),
          "aha_drop 2026-03-02 00:00〜2026-03-16 00:00：インシデント3件、通知2回（週1回）、発火 "
          "2日13時間（18.2%）\n"
          "\n"
          "channel=ads           ▁▁▁▁▁▁██████      "
          "xxxxxx······················································\n"
          "channel=メール                                           █                              "
          "   █████████\n"
          "                2026-W10                                  2026-W11\n"
          "█ 発火   x エラー   ▁ 保留   · データなし\n"
          "\n"
          "開始                    継続  重大度  アラート           値  備考\n"
          "2026-03-04 00:00         1日  ▲ 警告  channel=ads     31.0%\n"
          "2026-03-08 23:00       1時間  ■ 重大  channel=メール      –  "
          "データなし、報告が途絶えた、抑制：通知…\n"
          "2026-03-14 12:00  1日12時間+  i 情報  channel=メール  12.5%\n"
          "\n"
          "評価336回のうち48回はデータがありませんでした。\n");
}

static void test_a_terminal_without_unicode(void)
{
    static const char *const settings[] = {"hold"}, *const values[] = {"1h"};
    cyn_backtest_result r = result(false);
    cyn_backtest_view v = {
        .metric = &metric, .result = &r, .settings = settings, .values = values, .nsettings = 1};
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 40);
    o.ascii = true;
    check(&v, o,
          "aha_drop with hold=1h, 2026-03-02 00:00 to 2026-03-16 00:00: 3 incidents, 2 pages (1 a "
          "week), firing 2 d 13 h (18.2 %)\n"
          "\n"
          "channel=ads      --###xxx...............\n"
          "channel=メール             #         ###\n"
          "                2026-W10    2026-W11\n"
          "# firing   x error   - pending   . no data\n"
          "\n"
          "START                   FOR  ALERT\n"
          "2026-03-04 00:00        1 d  channel=ads\n"
          "2026-03-08 23:00        1 h  channel=..\n"
          "2026-03-14 12:00  1 d 12 h+  channel=..\n"
          "\n"
          "Of 336 evaluations 48 had no data.\n");
}

static void test_a_rule_that_was_never_anything(void)
{
    static const cyn_backtest_lane none[] = {{.identity = "aha_drop"}};
    cyn_backtest_result r = {
        .rule = &rule, .from = AT(0), .to = AT(168), .lanes = none, .nlanes = 1};
    cyn_backtest_view v = {.metric = &metric, .result = &r};
    check(&v, options(CYN_FORMAT_TABLE, "en", 80),
          "aha_drop, 2026-03-02 00:00 to 2026-03-09 00:00: 0 incidents, 0 pages (0 a week), firing "
          "0 s (0.0 %)\n"
          "\n"
          "The rule has no evaluation in this time.\n");
}

static void test_evaluations_that_were_frozen_are_counted(void)
{
    static const cyn_backtest_lane none[] = {{.identity = "aha_drop"}};
    cyn_backtest_result r = {.rule = &rule,
                             .from = AT(0),
                             .to = AT(168),
                             .slots = 168,
                             .frozen = 24,
                             .lanes = none,
                             .nlanes = 1};
    cyn_backtest_view v = {.metric = &metric, .result = &r};
    check(&v, options(CYN_FORMAT_TABLE, "ja", 80),
          "aha_drop 2026-03-02 00:00〜2026-03-09 00:00：インシデント0件、通知0回（週0回）、発火 "
          "0秒（0.0%）\n"
          "\n"
          "評価168回のうち24回は依存先の発火中で、凍結されていました。\n");
}

/* 40 alerts: each is pending for a while, the last three fire. */
static void test_of_many_alerts_those_that_fired_longest_are_shown(void)
{
    static cyn_backtest_lane many[40];
    static cyn_backtest_change changes[40][2];
    static char names[40][8];
    static cyn_alert_label labels[40];
    cyn_backtest_result r = {
        .rule = &rule, .from = AT(0), .to = AT(168), .lanes = many, .nlanes = 40};
    cyn_backtest_view v = {.metric = &metric, .result = &r};
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 60);
    cyn_buf b = {0};
    for (int i = 0; i < 40; i++) {
        bool fires = i >= 37;
        snprintf(names[i], sizeof names[i], "s%02d", i);
        labels[i] = (cyn_alert_label){"segment", names[i]};
        changes[i][0] = (cyn_backtest_change){AT(24), fires ? CYN_LOOKS_FIRING : CYN_LOOKS_PENDING};
        changes[i][1] = (cyn_backtest_change){AT(48), CYN_LOOKS_QUIET};
        many[i] = (cyn_backtest_lane){
            names[i], &labels[i], 1, changes[i], 2, fires, fires ? 24 * CYN_HOUR : 0};
    }
    CHECK_INT(cyn_report_backtest(&v, &o, &b, NULL), CYN_OK);
    CHECK(strstr(b.data, "segment=s00  ") && strstr(b.data, "segment=s26  "));
    CHECK(!strstr(b.data, "segment=s27") && !strstr(b.data, "segment=s36"));
    CHECK(strstr(b.data, "segment=s37  ") && strstr(b.data, "segment=s39  "));
    CHECK(strstr(b.data, "and 10 more that fired for a shorter time, or never\n"));
    cyn_buf_clear(&b);
}

static void test_a_sweep(void)
{
    static const char *const settings[] = {"hold", "threshold"};
    static const char *const one[] = {"1h", "0.1"}, *const two[] = {"2h", "0.1"};
    cyn_backtest_trial trials[] = {{one, true, result(true)}, {two, false, result(true)}};
    cyn_backtest_view v = {
        .metric = &metric, .settings = settings, .nsettings = 2, .trials = trials, .ntrials = 2};
    trials[1].result.nincidents = 0;
    trials[1].result.pages_per_week = 0;
    trials[1].result.firing = 0;
    trials[1].result.score.precision = cyn_backtest_share_of(0, 0);
    trials[1].result.score.recall = cyn_backtest_share_of(0, 2);
    trials[1].result.score.delay = CYN_ALERT_NEVER;
    check(&v, options(CYN_FORMAT_TABLE, "en", 0),
          "aha_drop, 2026-03-02 00:00 to 2026-03-16 00:00\n"
          "\n"
          "   hold  threshold  INCIDENTS  PAGES/WEEK    FIRING   PRECISION      RECALL  DELAY\n"
          "◆    1h        0.1          3        1.00  2 d 13 h  50 % (1/2)  50 % (1/2)    2 h\n"
          "     2h        0.1          0        0.00       0 s           –   0 % (0/2)      –\n"
          "\n"
          "◆ the rule as it is\n"
          "known incidents: 2, tolerance 1 h\n");
}

static void test_lines_for_programs(void)
{
    cyn_backtest_result r = result(true);
    cyn_backtest_view v = {.metric = &metric, .result = &r};
    r.no_data = 0;
    check(
        &v, options(CYN_FORMAT_JSON, "en", 0),
        "{\"type\":\"rule\",\"rule\":\"aha_drop\",\"metric\":\"aha_rate\",\"from\":\"2026-03-02T00:"
        "00:00Z\",\"to\":\"2026-03-16T00:00:00Z\",\"set\":{},\"slots\":336,\"no_data\":0,"
        "\"errors\":0,\"frozen\":0,\"segments\":2,\"incidents\":3,\"pages\":2,\"pages_per_week\":1,"
        "\"firing_s\":"
        "219600,\"precision\":{\"value\":0.5,\"k\":1,\"n\":2,\"low\":0.09453120573423074,\"high\":"
        "0.9054687942657693},\"recall\":{\"value\":0.5,\"k\":1,\"n\":2,\"low\":0.09453120573423074,"
        "\"high\":0.9054687942657693},\"delay_s\":7200,\"tolerance_s\":3600,\"outside\":1}\n"
        "{\"type\":\"incident\",\"alert\":\"aha_drop{channel=\\\"ads\\\"}\",\"segment\":{"
        "\"channel\":\"ads\"},\"began\":\"2026-03-03T00:00:00Z\",\"start\":\"2026-03-04T00:00:"
        "00Z\",\"end\":\"2026-03-05T00:00:00Z\",\"for_s\":86400,\"severity\":\"warning\",\"value\":"
        "0.31,\"reason\":\"recovered\",\"told\":true,\"known\":true}\n"
        "{\"type\":\"incident\",\"alert\":\"aha_drop{channel=\\\"メール\\\"}\",\"segment\":{"
        "\"channel\":\"メール\"},\"began\":\"2026-03-08T23:00:00Z\",\"start\":\"2026-03-08T23:00:"
        "00Z\",\"end\":\"2026-03-09T00:00:00Z\",\"for_s\":3600,\"severity\":\"critical\",\"value\":"
        "null,\"reason\":\"no longer reported\",\"told\":false,\"known\":false}\n"
        "{\"type\":\"incident\",\"alert\":\"aha_drop{channel=\\\"メール\\\"}\",\"segment\":{"
        "\"channel\":\"メール\"},\"began\":\"2026-03-14T12:00:00Z\",\"start\":\"2026-03-14T12:00:"
        "00Z\",\"end\":null,\"for_s\":129600,\"severity\":\"info\",\"value\":0.125,\"reason\":null,"
        "\"told\":true,\"known\":false}\n"
        "{\"type\":\"known\",\"name\":null,\"from\":\"2026-03-01T19:00:00Z\",\"to\":\"2026-03-"
        "01T23:00:00Z\",\"segment\":{},\"counted\":false,\"found\":false,\"delay_s\":null}\n"
        "{\"type\":\"known\",\"name\":\"checkout\",\"from\":\"2026-03-03T22:00:00Z\",\"to\":\"2026-"
        "03-04T02:00:00Z\",\"segment\":{\"channel\":\"ads\"},\"counted\":true,\"found\":true,"
        "\"delay_s\":7200}\n"
        "{\"type\":\"known\",\"name\":null,\"from\":\"2026-03-10T08:00:00Z\",\"to\":\"2026-03-"
        "10T09:00:00Z\",\"segment\":{},\"counted\":true,\"found\":false,\"delay_s\":null}\n");
}

static void test_csv_is_refused(void)
{
    cyn_backtest_result r = result(false);
    cyn_backtest_view v = {.metric = &metric, .result = &r};
    cyn_report_options o = options(CYN_FORMAT_CSV, "en", 0);
    cyn_buf b = {0};
    CHECK_INT(cyn_report_backtest(&v, &o, &b, NULL), CYN_E_UNSUPPORTED);
    cyn_buf_clear(&b);
}

int main(void)
{
    RUN(test_a_replay_in_english);
    RUN(test_a_replay_in_japanese);
    RUN(test_a_terminal_without_unicode);
    RUN(test_a_rule_that_was_never_anything);
    RUN(test_evaluations_that_were_frozen_are_counted);
    RUN(test_of_many_alerts_those_that_fired_longest_are_shown);
    RUN(test_a_sweep);
    RUN(test_lines_for_programs);
    RUN(test_csv_is_refused);
    return test_end();
}
