/* What-if reports of one small tree: revenue = users × cvr × price, driven by aha. */
#include "base/arena.h"
#include "options.h"
#include "report/what_if.h"

static const cyn_metric metrics_of_tree[] = {
    {.name = "revenue",
     .sheet = {.title = {"Revenue", "売上"}, .direction = CYN_UP, .unit = "USD"}},
    {.name = "users", .sheet = {.title = {"Active | users", "利用者"}, .direction = CYN_UP}},
    {.name = "cvr", .sheet = {.title = {"Conversion", "購入率"}, .unit = "%"}},
    {.name = "price", .sheet = {.title = {"Price", "単価"}, .direction = CYN_DOWN, .unit = "USD"}},
    {.name = "aha", .sheet = {.title = {"Aha rate", "Aha到達率"}, .unit = "%"}},
    {.name = "churn", .sheet = {.title = {"Churn", "解約率"}, .unit = "%"}},
};
static const cyn_metric *const metrics[] = {
    &metrics_of_tree[0], &metrics_of_tree[1], &metrics_of_tree[2],
    &metrics_of_tree[3], &metrics_of_tree[4], &metrics_of_tree[5],
};

#define NODE(i, kind, last)                                                                        \
    {                                                                                              \
        &metrics_of_tree[i], i, CYN_LINK_##kind, CYN_UP, (i) ? 0 : CYN_NO_NODE, (i) > 0, last, 0,  \
            0                                                                                      \
    }
static const cyn_tree_node tree_nodes[] = {NODE(0, ROOT, 5), NODE(1, PART, 2), NODE(2, PART, 3),
                                           NODE(3, PART, 4), NODE(4, DRIVER, 5)};
static const cyn_tree tree = {.nodes = tree_nodes, .count = 5};

static const cyn_what_if_node nodes[] = {
    {120000, 135000, false, true, 1, 1},   {1000, 1000, false, true, 0.9999999999, 120},
    {0.04, 0.045, true, true, 1, 3000000}, {3000, 3000, false, true, 0.4125, 40},
    {0.38, 0.38, true, false, NAN, NAN},
};
static const cyn_assumption assumptions[] = {{"cvr", CYN_ASSUME_POINTS, 0.005, 2},
                                             {"aha", CYN_ASSUME_PERCENT, -0.1, 4},
                                             {"churn", CYN_ASSUME_VALUE, 0.02, 5}};
static const char *const texts[] = {"cvr=+0.5pt", "aha=-10%", "churn=2%"};

/* 2026-10 in Tokyo: `date -d '2026-10-01T00:00+09:00' +%s`, and of November. */
static const cyn_what_if_view view = {
    .tree = &tree,
    .nodes = nodes,
    .assumptions = assumptions,
    .texts = texts,
    .nassumptions = 3,
    .metrics = metrics,
    .period = {{CYN_MONTH, 1}, 1790780400000000, 1793458800000000},
};

static const cyn_sought goals[] = {
    {1, CYN_SOUGHT_FOUND, 1481.5, false, NAN, NAN},
    {2, CYN_SOUGHT_FOUND, 1.2, true, NAN, NAN},
    {3, CYN_SOUGHT_NEVER, NAN, false, 5000, 150000},
    {4, CYN_SOUGHT_NONE, NAN, false, NAN, NAN},
};

static cyn_what_if_view with_goals(void)
{
    cyn_what_if_view v = view;
    v.has_target = true;
    v.target = 200000;
    v.goals = goals;
    v.ngoals = 4;
    return v;
}

static void check(const cyn_what_if_view *v, cyn_report_options o, const char *want)
{
    cyn_buf b = {0};
    CHECK_INT(cyn_report_what_if(v, &o, &b, NULL), CYN_OK);
    CHECK_INT(b.len, strlen(want));
    CHECK(b.data && !strcmp(b.data, want));
    if (b.data && strcmp(b.data, want)) printf("# got:\n%s# expected:\n%s", b.data, want);
    cyn_buf_clear(&b);
}

static void test_now_and_then_in_english(void)
{
    cyn_what_if_view v = view;
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    check(
        &v, o,
        "Revenue, 2026-10: $120,000.00 → $135,000.00 (+12.5 %) if cvr=+0.5pt, aha=-10%, churn=2%\n"
        "\n"
        "METRIC                     NOW         THEN   CHANGE  +1 % GIVES\n"
        "Revenue            $120,000.00  $135,000.00  +12.5 %\n"
        "├─ Active | users        1,000        1,000    0.0 %     +1.00 %\n"
        "├─ ◆ Conversion          4.0 %        4.5 %  +0.5 pt     +1.00 %\n"
        "└─ Price             $3,000.00    $3,000.00    0.0 %    +0.412 %\n"
        "\n"
        "◆ assumed\n"
        "no formula connects aha with revenue: it is a driver; see cynosure drivers revenue\n"
        "no formula connects churn with revenue: it is not in its tree\n");
}

static void test_with_a_target_in_english(void)
{
    cyn_what_if_view v = with_goals();
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    check(
        &v, o,
        "Revenue, 2026-10: $120,000.00 → $135,000.00 (+12.5 %) if cvr=+0.5pt, aha=-10%, churn=2%\n"
        "\n"
        "METRIC                     NOW         THEN   CHANGE  +1 % GIVES\n"
        "Revenue            $120,000.00  $135,000.00  +12.5 %\n"
        "├─ Active | users        1,000        1,000    0.0 %     +1.00 %\n"
        "├─ ◆ Conversion          4.0 %        4.5 %  +0.5 pt     +1.00 %\n"
        "└─ Price             $3,000.00    $3,000.00    0.0 %    +0.412 %\n"
        "\n"
        "◆ assumed\n"
        "no formula connects aha with revenue: it is a driver; see cynosure drivers revenue\n"
        "no formula connects churn with revenue: it is not in its tree\n"
        "\n"
        "To reach $200,000.00, by one of these alone:\n"
        "\n"
        "METRIC               THEN   NEEDED     CHANGE  NOTE\n"
        "Active | users      1,000    1,482    +48.1 %\n"
        "Conversion          4.5 %  120.0 %  +115.5 pt  beyond 100 %\n"
        "Price           $3,000.00        –             no value of it leads there; nearest "
        "$150,000.00 at $5,000.00\n");
}

static void test_with_a_target_in_japanese(void)
{
    cyn_what_if_view v = with_goals();
    cyn_report_options o = options(CYN_FORMAT_TABLE, "ja", 0);
    check(&v, o,
          "売上 2026-10：$120,000.00 → $135,000.00（+12.5%） 仮定：cvr=+0.5pt、aha=-10%、churn=2%\n"
          "\n"
          "指標                現在       仮定後    変化  +1% あたり\n"
          "売上         $120,000.00  $135,000.00  +12.5%\n"
          "├─ 利用者          1,000        1,000    0.0%      +1.00%\n"
          "├─ ◆ 購入率         4.0%         4.5%  +0.5pt      +1.00%\n"
          "└─ 単価        $3,000.00    $3,000.00    0.0%     +0.412%\n"
          "\n"
          "◆ 仮定した値\n"
          "aha と revenue を結ぶ式はありません（ドライバー）：cynosure drivers revenue\n"
          "churn は revenue のツリーにないので、仮定しても変わりません\n"
          "\n"
          "目標 $200,000.00 に届くために、いずれか一つだけを変えると：\n"
          "\n"
          "指標       仮定後  必要な値      変化  備考\n"
          "利用者      1,000     1,482    +48.1%\n"
          "購入率       4.5%    120.0%  +115.5pt  100% 超\n"
          "単価    $3,000.00         –            どの値でも届かない（最も近いのは $150,000.00、値 "
          "$5,000.00）\n");
}

static void test_narrow_and_in_ascii(void)
{
    cyn_what_if_view v = with_goals();
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 44);
    o.ascii = true;
    check(
        &v, o,
        "Revenue, 2026-10: $120,000.00 -> $135,000.00 (+12.5 %) if cvr=+0.5pt, aha=-10%, churn=2%\n"
        "\n"
        "METRIC                    THEN   CHANGE\n"
        "Revenue            $135,000.00  +12.5 %\n"
        "|- Active | users        1,000    0.0 %\n"
        "|- = Conversion          4.5 %  +0.5 pt\n"
        "`- Price             $3,000.00    0.0 %\n"
        "\n"
        "= assumed\n"
        "no formula connects aha with revenue: it is a driver; see cynosure drivers revenue\n"
        "no formula connects churn with revenue: it is not in its tree\n"
        "\n"
        "To reach $200,000.00, by one of these alone:\n"
        "\n"
        "METRIC           NEEDED  NOTE\n"
        "Active | users    1,482\n"
        "Conversion      120.0 %  beyond 100 %\n"
        "Price                 -  no value of it le..\n");
}

static void test_a_target_alone_has_no_then(void)
{
    cyn_what_if_view v = with_goals();
    v.nassumptions = 0;
    cyn_report_options o = options(CYN_FORMAT_MARKDOWN, "en", 0);
    check(&v, o,
          "**Revenue, 2026-10: $120,000.00**\n"
          "\n"
          "| METRIC             |         NOW | +1 % GIVES |\n"
          "| ------------------ | ----------: | ---------: |\n"
          "| Revenue            | $120,000.00 |            |\n"
          "| ├─ Active \\| users |       1,000 |    +1.00 % |\n"
          "| ├─ ◆ Conversion    |       4.0 % |    +1.00 % |\n"
          "| └─ Price           |   $3,000.00 |   +0.412 % |\n"
          "\n"
          "- ◆ assumed\n"
          "\n"
          "To reach $200,000.00, by one of these alone:\n"
          "\n"
          "| METRIC          |       NOW |  NEEDED |    CHANGE | NOTE                              "
          "                           |\n"
          "| --------------- | --------: | ------: | --------: | "
          "------------------------------------------------------------ |\n"
          "| Active \\| users |     1,000 |   1,482 |   +48.1 % |                                  "
          "                            |\n"
          "| Conversion      |     4.5 % | 120.0 % | +115.5 pt | beyond 100 %                      "
          "                           |\n"
          "| Price           | $3,000.00 |       – |           | no value of it leads there; "
          "nearest $150,000.00 at $5,000.00 |\n");
}

static void test_json(void)
{
    cyn_what_if_view v = with_goals();
    cyn_report_options o = options(CYN_FORMAT_JSON, "en", 0);
    check(
        &v, o,
        "{\"root\":\"revenue\",\"grain\":\"month\",\"period\":\"2026-10\",\"partial\":false,"
        "\"now\":120000,\"then\":135000,\"change\":15000,\"target\":200000,\"assumptions\":[{"
        "\"metric\":\"cvr\",\"text\":\"cvr=+0.5pt\",\"kind\":\"points\",\"by\":0.005,\"reaches\":"
        "\"root\"},{\"metric\":\"aha\",\"text\":\"aha=-10%\",\"kind\":\"percent\",\"by\":-0.1,"
        "\"reaches\":\"driver\"},{\"metric\":\"churn\",\"text\":\"churn=2%\",\"kind\":\"value\","
        "\"by\":0.02,\"reaches\":\"outside\"}]}\n"
        "{\"node\":0,\"parent\":null,\"depth\":0,\"metric\":\"revenue\",\"title\":\"Revenue\","
        "\"unit\":\"USD\",\"link\":\"root\",\"now\":120000,\"then\":135000,\"change\":15000,"
        "\"assumed\":false,\"reaches\":true,\"elasticity\":1,\"slope\":1}\n"
        "{\"node\":1,\"parent\":0,\"depth\":1,\"metric\":\"users\",\"title\":\"Active | "
        "users\",\"unit\":null,\"link\":\"part\",\"now\":1000,\"then\":1000,\"change\":0,"
        "\"assumed\":false,\"reaches\":true,\"elasticity\":0.9999999999,\"slope\":120}\n"
        "{\"node\":2,\"parent\":0,\"depth\":1,\"metric\":\"cvr\",\"title\":\"Conversion\",\"unit\":"
        "\"%\",\"link\":\"part\",\"now\":0.04,\"then\":0.045,\"change\":0.0049999999999999975,"
        "\"assumed\":true,\"reaches\":true,\"elasticity\":1,\"slope\":3000000}\n"
        "{\"node\":3,\"parent\":0,\"depth\":1,\"metric\":\"price\",\"title\":\"Price\",\"unit\":"
        "\"USD\",\"link\":\"part\",\"now\":3000,\"then\":3000,\"change\":0,\"assumed\":false,"
        "\"reaches\":true,\"elasticity\":0.4125,\"slope\":40}\n"
        "{\"node\":4,\"parent\":0,\"depth\":1,\"metric\":\"aha\",\"title\":\"Aha "
        "rate\",\"unit\":\"%\",\"link\":\"driver\",\"now\":0.38,\"then\":0.38,\"change\":0,"
        "\"assumed\":true,\"reaches\":false,\"elasticity\":null,\"slope\":null}\n"
        "{\"goal\":1,\"metric\":\"users\",\"title\":\"Active | "
        "users\",\"unit\":null,\"state\":\"found\",\"now\":1000,\"needed\":1481.5,\"beyond\":false,"
        "\"best\":null,\"root_at_best\":null}\n"
        "{\"goal\":2,\"metric\":\"cvr\",\"title\":\"Conversion\",\"unit\":\"%\",\"state\":"
        "\"found\",\"now\":0.045,\"needed\":1.2,\"beyond\":true,\"best\":null,\"root_at_best\":"
        "null}\n"
        "{\"goal\":3,\"metric\":\"price\",\"title\":\"Price\",\"unit\":\"USD\",\"state\":\"never\","
        "\"now\":3000,\"needed\":null,\"beyond\":false,\"best\":5000,\"root_at_best\":150000}\n"
        "{\"goal\":4,\"metric\":\"aha\",\"title\":\"Aha "
        "rate\",\"unit\":\"%\",\"state\":\"none\",\"now\":0.38,\"needed\":null,\"beyond\":false,"
        "\"best\":null,\"root_at_best\":null}\n");
}

/* Its root is there already: every part says so. */
static void test_what_is_reached_needs_nothing(void)
{
    static const cyn_sought met[] = {{1, CYN_SOUGHT_MET, NAN, false, NAN, NAN}};
    cyn_what_if_view v = with_goals();
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    cyn_buf b = {0};
    v.goals = met;
    v.ngoals = 1;
    CHECK_INT(cyn_report_what_if(&v, &o, &b, NULL), CYN_OK);
    CHECK(b.data && strstr(b.data, "Active | users  1,000       –          already there\n"));
    cyn_buf_clear(&b);
}

static void test_a_root_without_parts_says_so(void)
{
    cyn_what_if_view v = with_goals();
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    cyn_buf b = {0};
    v.ngoals = 0;
    CHECK_INT(cyn_report_what_if(&v, &o, &b, NULL), CYN_OK);
    CHECK(b.data && strstr(b.data, "\nTo reach $200,000.00: it is made of no other metric\n"));
    cyn_buf_clear(&b);
}

static void test_csv_is_refused(void)
{
    cyn_report_options o = options(CYN_FORMAT_CSV, "en", 0);
    cyn_buf b = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_report_what_if(&view, &o, &b, &err), CYN_E_UNSUPPORTED);
    CHECK(strstr(err.message, "'json'"));
    cyn_buf_clear(&b);
}

static void test_every_failing_allocation_is_an_ordinary_error(void)
{
    cyn_what_if_view v = with_goals();
    for (int f = 0; f < 2; f++) {
        cyn_code rc = CYN_E_NOMEM;
        for (size_t n = 1; rc == CYN_E_NOMEM && n < 10000; n++) {
            cyn_report_options o = options(f ? CYN_FORMAT_JSON : CYN_FORMAT_TABLE, "ja", 60);
            cyn_buf b = {0};
            cyn_test_fail_after(n);
            rc = cyn_report_what_if(&v, &o, &b, NULL);
            cyn_test_fail_after(0);
            cyn_buf_clear(&b);
        }
        CHECK_INT(rc, CYN_OK);
    }
}

int main(void)
{
    cyn_tz *tz = zone("Asia/Tokyo");
    calendar.tz = tz;
    RUN(test_now_and_then_in_english);
    RUN(test_with_a_target_in_english);
    RUN(test_with_a_target_in_japanese);
    RUN(test_narrow_and_in_ascii);
    RUN(test_a_target_alone_has_no_then);
    RUN(test_json);
    RUN(test_what_is_reached_needs_nothing);
    RUN(test_a_root_without_parts_says_so);
    RUN(test_csv_is_refused);
    RUN(test_every_failing_allocation_is_an_ordinary_error);
    cyn_tz_free(tz);
    return test_end();
}
