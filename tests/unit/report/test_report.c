/* Whole reports of one small set of points, in every format. The expected texts were taken from a
 * run and then read line by line; test_text_table measures widths by a rule of its own. */
#include "base/arena.h"
#include "options.h"

static const cyn_metric lessons = {
    .name = "lessons_per_learner",
    .definition = "9f86",
    .sheet = {.title = {"Lessons per learner", "学習者あたりレッスン"},
              .role = CYN_NSM,
              .direction = CYN_UP,
              .unit = "lessons",
              .has_target = true,
              .target = 3.5}};
static const cyn_metric aha = {
    .name = "aha_rate",
    .definition = "2c26",
    .sheet = {.title = {NULL, "アハ率"}, .direction = CYN_UP, .unit = "%"}};
static const cyn_metric ttv = {
    .name = "ttv_p95", .definition = "fcde", .sheet = {.direction = CYN_DOWN, .unit = "h"}};
static const cyn_metric revenue = {.name = "revenue",
                                   .definition = "ba78",
                                   .sheet = {.title = {"Revenue", "売上"}, .unit = "JPY"}};

static const char *const channel[] = {"channel"}, *const several[] = {"value", "paid", "n", "x"};
static const cyn_const ads[] = {{.kind = CYN_CONST_TEXT, .s = "ads", .n = 3}};
static const cyn_const talk[] = {{.kind = CYN_CONST_TEXT, .s = "口コミ|x", .n = 11}};
static const cyn_const unknown[] = {{.kind = CYN_CONST_NIL}};

/* 2026-W45 in Tokyo: `date -d '2026-11-02T00:00+09:00' +%s` and a week later. */
#define WEEK {CYN_WEEK, 1}, 1793545200000000, 1794150000000000
#define ALL  {CYN_ALL, 1}, CYN_TIME_MIN, CYN_TIME_MAX

#define REAL(x) .kind = CYN_NUM_REAL, .r = (x)
#define INT(x)  .kind = CYN_NUM_INTEGER, .i = (x)
static const cyn_num history[] = {{REAL(3.0)}, {REAL(3.1)}, {0}, {REAL(3.2)}, {REAL(3.41)}};

static const cyn_point points[] = {
    {.metric = &lessons,
     .period = {WEEK},
     .value = {REAL(3.41)},
     .numerator = {INT(341)},
     .denominator = {INT(100)},
     .rows = 341,
     .previous = {REAL(3.3)},
     .status = CYN_YELLOW,
     .history = history,
     .nhistory = 5},
    {.metric = &aha,
     .period = {WEEK},
     .nkeys = 1,
     .dims = channel,
     .keys = ads,
     .value = {REAL(0.412)},
     .rows = 17,
     .partial = true,
     .previous = {REAL(0.4)},
     .last_year = {REAL(0.381)},
     .status = CYN_RED},
    {.metric = &aha,
     .period = {WEEK},
     .nkeys = 1,
     .dims = channel,
     .keys = talk,
     .value = {REAL(0.512)},
     .immature = true,
     .previous = {REAL(0.53)},
     .status = CYN_GREEN},
    {.metric = &aha, .period = {WEEK}, .nkeys = 1, .dims = channel, .keys = unknown},
    {.metric = &ttv,
     .period = {WEEK},
     .failed = true,
     .error = &(const cyn_err){.code = CYN_E_SCRIPT,
                               .line = 12,
                               .column = 5,
                               .file = "metrics/growth.lua",
                               .message = "attempt to index a nil value",
                               .hint = "did you mean 'x'?"}},
    {.metric = &revenue,
     .period = {ALL},
     .value = {.kind = CYN_NUM_DECIMAL, .i = 123456750, .scale = 2},
     .rows = 99},
};
#define NPOINTS (sizeof points / sizeof *points)

static void check_report(const cyn_point *p, size_t n, cyn_report_options o, const char *want)
{
    cyn_buf b = {0};
    CHECK_INT(cyn_report_points(p, n, &o, &b, NULL), CYN_OK);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

#define NOTES_EN                                                                                   \
    "\n"                                                                                           \
    "~ period not ended yet\n"                                                                     \
    "^ cohort still maturing\n"                                                                    \
    "✗ metric 'ttv_p95': metrics/growth.lua:12:5: attempt to index a nil value\n"                \
    "  hint: did you mean 'x'?\n"

#define NOTES_JA                                                                                   \
    "\n"                                                                                           \
    "~ 期間の途中\n"                                                                          \
    "^ 観測期間が未了のコホート\n"                                                     \
    "✗ 指標 'ttv_p95': metrics/growth.lua:12:5: attempt to index a nil value\n"                \
    "  hint: did you mean 'x'?\n"

static void test_a_table_in_english(void)
{
    check_report(points, NPOINTS, options(CYN_FORMAT_TABLE, "en", 0),
                 "METRIC                 channel   PERIOD         VALUE  UNIT     PREVIOUS   "
                 "CHANGE  LAST YEAR  TARGET  STATUS    TREND\n"
                 "★ Lessons per learner            2026-W45        3.41  lessons      3.30   +3.3 "
                 "%          –     3.5  ▲ yellow  ▁▂ ▄█\n"
                 "  アハ率               ads       2026-W45     ~41.2 %             40.0 %  +1.2 "
                 "pt     38.1 %       –  ■ red\n"
                 "                       口コミ|x  2026-W45     ^51.2 %             53.0 %  -1.8 "
                 "pt          –       –  ● green\n"
                 "                       –         2026-W45           –                  –        "
                 "–          –       –\n"
                 "  ttv_p95                        2026-W45       error                  –        "
                 "–          –       –\n"
                 "  Revenue                        all       ¥1,234,568                  –        "
                 "–          –       –\n" NOTES_EN);
}

static void test_a_table_in_japanese(void)
{
    check_report(points, NPOINTS, options(CYN_FORMAT_TABLE, "ja", 0),
                 "指標                    channel   期間              値  単位      前期    変化   "
                 "前年  目標  判定  推移\n"
                 "★ 学習者あたりレッスン            2026-W45        3.41  lessons   3.30   +3.3%   "
                 "   –   3.5  ▲ 黄  ▁▂ ▄█\n"
                 "  アハ率                ads       2026-W45      ~41.2%           40.0%  +1.2pt  "
                 "38.1%     –  ■ 赤\n"
                 "                        口コミ|x  2026-W45      ^51.2%           53.0%  -1.8pt   "
                 "   –     –  ● 緑\n"
                 "                        –         2026-W45           –               –       –   "
                 "   –     –\n"
                 "  ttv_p95                         2026-W45      エラー               –       –   "
                 "   –     –\n"
                 "  売上                            全期間    ¥1,234,568               –       –   "
                 "   –     –\n" NOTES_JA);
}

static void test_a_table_of_80_cells(void)
{
    check_report(
        points, NPOINTS, options(CYN_FORMAT_TABLE, "en", 80),
        "METRIC               channel   PERIOD         VALUE  PREVIOUS   CHANGE  STATUS\n"
        "★ Lessons per lear…            2026-W45        3.41      3.30   +3.3 %  ▲ yellow\n"
        "  アハ率             ads       2026-W45     ~41.2 %    40.0 %  +1.2 pt  ■ red\n"
        "                     口コミ|x  2026-W45     ^51.2 %    53.0 %  -1.8 pt  ● green\n"
        "                     –         2026-W45           –         –        –\n"
        "  ttv_p95                      2026-W45       error         –        –\n"
        "  Revenue                      all       ¥1,234,568         –        –\n" NOTES_EN);
}

static void test_a_table_of_60_cells(void)
{
    check_report(points, NPOINTS, options(CYN_FORMAT_TABLE, "en", 60),
                 "METRIC              channel   PERIOD         VALUE  STATUS\n"
                 "★ Lessons per lea…            2026-W45        3.41  ▲ yellow\n"
                 "  アハ率            ads       2026-W45     ~41.2 %  ■ red\n"
                 "                    口コミ|x  2026-W45     ^51.2 %  ● green\n"
                 "                    –         2026-W45           –\n"
                 "  ttv_p95                     2026-W45       error\n"
                 "  Revenue                     all       ¥1,234,568\n" NOTES_EN);
}

static void test_a_table_of_40_cells(void)
{
    check_report(points, NPOINTS, options(CYN_FORMAT_TABLE, "ja", 40),
                 "指標                channel           値\n"
                 "★ 学習者あたりレ…                   3.41\n"
                 "  アハ率            ads           ~41.2%\n"
                 "                    口コミ|x      ^51.2%\n"
                 "                    –                  –\n"
                 "  ttv_p95                         エラー\n"
                 "  売上                        ¥1,234,568\n" NOTES_JA);
}

static void test_a_table_in_ascii(void)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    o.ascii = true;
    check_report(points, NPOINTS, o,
                 "METRIC                 channel   PERIOD            VALUE  UNIT     PREVIOUS   "
                 "CHANGE  LAST YEAR  TARGET  STATUS  TREND\n"
                 "* Lessons per learner            2026-W45           3.41  lessons      3.30   "
                 "+3.3 %          -     3.5  yellow  _. -#\n"
                 "  アハ率               ads       2026-W45        ~41.2 %             40.0 %  "
                 "+1.2 pt     38.1 %       -  red\n"
                 "                       口コミ|x  2026-W45        ^51.2 %             53.0 %  "
                 "-1.8 pt          -       -  green\n"
                 "                       -         2026-W45              -                  -      "
                 "  -          -       -\n"
                 "  ttv_p95                        2026-W45          error                  -      "
                 "  -          -       -\n"
                 "  Revenue                        all       1,234,568 JPY                  -      "
                 "  -          -       -\n"
                 "\n"
                 "~ period not ended yet\n"
                 "^ cohort still maturing\n"
                 "x metric 'ttv_p95': metrics/growth.lua:12:5: attempt to index a nil value\n"
                 "  hint: did you mean 'x'?\n");
}

/* Good and bad by the direction of the metric: time to value went down, which is good. */
static void test_colour_stands_beside_words_and_follows_the_direction(void)
{
    cyn_point p[2] = {{.metric = &ttv, .period = {WEEK}, .value = {INT(4)}, .previous = {INT(5)}},
                      {.metric = &aha, .period = {WEEK}, .value = {INT(0)}, .previous = {INT(1)}}};
    p[0].status = CYN_GREEN;
    p[1].status = CYN_RED;
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    o.colour = true;
    check_report(
        p, 2, o,
        "\x1b[1mMETRIC\x1b[0m   \x1b[1mPERIOD\x1b[0m    \x1b[1mVALUE\x1b[0m  "
        "\x1b[1mPREVIOUS\x1b[0m     \x1b[1mCHANGE\x1b[0m  \x1b[1mSTATUS\x1b[0m\n"
        "ttv_p95  2026-W45    4 h       5 h    \x1b[32m-20.0 %\x1b[0m  \x1b[32m● green\x1b[0m\n"
        "アハ率   2026-W45  0.0 %   100.0 %  \x1b[31m-100.0 pt\x1b[0m  \x1b[31m■ red\x1b[0m\n");
}

static void test_only_columns_with_something_to_say(void)
{
    check_report(&points[5], 1, options(CYN_FORMAT_TABLE, "en", 0),
                 "METRIC   PERIOD       VALUE\n"
                 "Revenue  all     ¥1,234,568\n");
    check_report(points, 0, options(CYN_FORMAT_TABLE, "en", 0), "No values.\n");
}

static void test_markdown(void)
{
    check_report(points, NPOINTS, options(CYN_FORMAT_MARKDOWN, "en", 40),
                 "| METRIC                | channel   | PERIOD   |      VALUE | UNIT    | PREVIOUS "
                 "|  CHANGE | LAST YEAR | TARGET | STATUS   | TREND |\n"
                 "| --------------------- | --------- | -------- | ---------: | ------- | -------: "
                 "| ------: | --------: | -----: | -------- | ----- |\n"
                 "| ★ Lessons per learner |           | 2026-W45 |       3.41 | lessons |     3.30 "
                 "|  +3.3 % |         – |    3.5 | ▲ yellow | ▁▂ ▄█ |\n"
                 "| アハ率                | ads       | 2026-W45 |    ~41.2 % |         |   40.0 % "
                 "| +1.2 pt |    38.1 % |      – | ■ red    |       |\n"
                 "|                       | 口コミ\\|x | 2026-W45 |    ^51.2 % |         |   53.0 "
                 "% | -1.8 pt |         – |      – | ● green  |       |\n"
                 "|                       | –         | 2026-W45 |          – |         |        – "
                 "|       – |         – |      – |          |       |\n"
                 "| ttv_p95               |           | 2026-W45 |      error |         |        – "
                 "|       – |         – |      – |          |       |\n"
                 "| Revenue               |           | all      | ¥1,234,568 |         |        – "
                 "|       – |         – |      – |          |       |\n"
                 "\n"
                 "- ~ period not ended yet\n"
                 "- ^ cohort still maturing\n"
                 "- ✗ metric 'ttv_p95': metrics/growth.lua:12:5: attempt to index a nil value\n"
                 "  hint: did you mean 'x'?\n");
}

static void test_json_lines(void)
{
    check_report(
        points, NPOINTS, options(CYN_FORMAT_JSON, "en", 40),
        "{\"metric\":\"lessons_per_learner\",\"grain\":\"week\",\"period\":\"2026-W45\",\"start\":"
        "\"2026-11-02T00:00:00+09:00\",\"end\":\"2026-11-09T00:00:00+09:00\",\"segment\":{},"
        "\"value\":3.41,\"numerator\":341,\"denominator\":100,\"rows\":341,\"partial\":false,"
        "\"immature\":false,\"previous\":3.3,\"last_year\":null,\"target\":3.5,\"status\":"
        "\"yellow\",\"definition\":\"9f86\"}\n"
        "{\"metric\":\"aha_rate\",\"grain\":\"week\",\"period\":\"2026-W45\",\"start\":\"2026-11-"
        "02T00:00:00+09:00\",\"end\":\"2026-11-09T00:00:00+09:00\",\"segment\":{\"channel\":"
        "\"ads\"},\"value\":0.412,\"numerator\":null,\"denominator\":null,\"rows\":17,\"partial\":"
        "true,\"immature\":false,\"previous\":0.4,\"last_year\":0.381,\"target\":null,\"status\":"
        "\"red\",\"definition\":\"2c26\"}\n"
        "{\"metric\":\"aha_rate\",\"grain\":\"week\",\"period\":\"2026-W45\",\"start\":\"2026-11-"
        "02T00:00:00+09:00\",\"end\":\"2026-11-09T00:00:00+09:00\",\"segment\":{\"channel\":"
        "\"口コミ|x\"},\"value\":0.512,\"numerator\":null,\"denominator\":null,\"rows\":0,"
        "\"partial\":false,\"immature\":true,\"previous\":0.53,\"last_year\":null,\"target\":null,"
        "\"status\":\"green\",\"definition\":\"2c26\"}\n"
        "{\"metric\":\"aha_rate\",\"grain\":\"week\",\"period\":\"2026-W45\",\"start\":\"2026-11-"
        "02T00:00:00+09:00\",\"end\":\"2026-11-09T00:00:00+09:00\",\"segment\":{\"channel\":null},"
        "\"value\":null,\"numerator\":null,\"denominator\":null,\"rows\":0,\"partial\":false,"
        "\"immature\":false,\"previous\":null,\"last_year\":null,\"target\":null,\"status\":null,"
        "\"definition\":\"2c26\"}\n"
        "{\"metric\":\"ttv_p95\",\"grain\":\"week\",\"period\":\"2026-W45\",\"start\":\"2026-11-"
        "02T00:00:00+09:00\",\"end\":\"2026-11-09T00:00:00+09:00\",\"segment\":{},\"value\":null,"
        "\"numerator\":null,\"denominator\":null,\"rows\":0,\"partial\":false,\"immature\":false,"
        "\"previous\":null,\"last_year\":null,\"target\":null,\"status\":null,\"definition\":"
        "\"fcde\",\"error\":{\"code\":\"script\",\"message\":\"attempt to index a nil "
        "value\",\"file\":\"metrics/growth.lua\",\"line\":12,\"column\":5,\"hint\":\"did you mean "
        "'x'?\"}}\n"
        "{\"metric\":\"revenue\",\"grain\":\"all\",\"period\":\"all\",\"start\":null,\"end\":null,"
        "\"segment\":{},\"value\":1234567.50,\"numerator\":null,\"denominator\":null,\"rows\":99,"
        "\"partial\":false,\"immature\":false,\"previous\":null,\"last_year\":null,\"target\":null,"
        "\"status\":null,\"definition\":\"ba78\"}\n");
}

static void test_json_segments_keep_their_types(void)
{
    const cyn_const keys[] = {{.kind = CYN_CONST_TEXT, .s = "a\"\n\0b", .n = 5},
                              {.kind = CYN_CONST_BOOLEAN, .i = 1},
                              {.kind = CYN_CONST_INTEGER, .i = -3},
                              {.kind = CYN_CONST_REAL, .r = 0.5}};
    cyn_point p = {.metric = &ttv, .period = {ALL}, .nkeys = 4, .dims = several, .keys = keys};
    check_report(&p, 1, options(CYN_FORMAT_JSON, "en", 0),
                 "{\"metric\":\"ttv_p95\",\"grain\":\"all\",\"period\":\"all\",\"start\":null,"
                 "\"end\":null,\"segment\":{\"value\":\"a\\\"\\n\\u0000b\",\"paid\":true,\"n\":-3,"
                 "\"x\":0.5},\"value\":null,\"numerator\":null,\"denominator\":null,\"rows\":0,"
                 "\"partial\":false,\"immature\":false,\"previous\":null,\"last_year\":null,"
                 "\"target\":null,\"status\":null,\"definition\":\"fcde\"}\n");
}

/* Each line says its own previous value, be it that of the line before or nearly so. */
static void test_json_previous_values_are_each_points_own(void)
{
    const cyn_num values[] = {{REAL(0.1)}, {REAL(0.25)}, {INT(2)},     {REAL(2)},
                              {REAL(0.0)}, {0},          {REAL(1e300)}};
    const cyn_num before[] = {{REAL(7.5)},  {REAL(0.1)}, {REAL(0.25)}, {INT(2)},
                              {REAL(-0.0)}, {REAL(0.0)}, {0}};
    const size_t n = sizeof values / sizeof *values;
    cyn_point list[sizeof values / sizeof *values];
    cyn_buf out = {0}, expected = {0};
    const cyn_report_options opts = options(CYN_FORMAT_JSON, "en", 0);
    for (size_t i = 0; i < n; i++)
        list[i] = (cyn_point){
            .metric = &ttv, .period = {WEEK}, .value = values[i], .previous = before[i]};
    CHECK_INT(cyn_report_points(list, n, &opts, &out, NULL), CYN_OK);
    const char *at = out.data;
    for (size_t i = 0; i < n && at; i++) {
        cyn_buf_reset(&expected);
        cyn_buf_puts(&expected, "\"previous\":");
        cyn_buf_num(&expected, before[i]);
        cyn_buf_putc(&expected, ',');
        at = strstr(at, "\"previous\":");
        CHECK(at && strncmp(at, expected.data, expected.len) == 0);
        at = at ? strchr(at, '\n') : NULL;
    }
    cyn_buf_clear(&out);
    cyn_buf_clear(&expected);
}

static void test_csv(void)
{
    check_report(points, NPOINTS, options(CYN_FORMAT_CSV, "en", 40),
                 "metric,grain,period,start,end,channel,value,numerator,denominator,rows,partial,"
                 "immature,previous,last_year,target,status,definition,error\n"
                 "lessons_per_learner,week,2026-W45,2026-11-02T00:00:00+09:00,2026-11-09T00:00:00+"
                 "09:00,,3.41,341,100,341,false,false,3.3,,3.5,yellow,9f86,\n"
                 "aha_rate,week,2026-W45,2026-11-02T00:00:00+09:00,2026-11-09T00:00:00+09:00,ads,0."
                 "412,,,17,true,false,0.4,0.381,,red,2c26,\n"
                 "aha_rate,week,2026-W45,2026-11-02T00:00:00+09:00,2026-11-09T00:00:00+09:00,"
                 "口コミ|x,0.512,,,0,false,true,0.53,,,green,2c26,\n"
                 "aha_rate,week,2026-W45,2026-11-02T00:00:00+09:00,2026-11-09T00:00:00+09:00,,,,,0,"
                 "false,false,,,,,2c26,\n"
                 "ttv_p95,week,2026-W45,2026-11-02T00:00:00+09:00,2026-11-09T00:00:00+09:00,,,,,0,"
                 "false,false,,,,,fcde,metrics/growth.lua:12:5: attempt to index a nil value\n"
                 "revenue,all,all,,,,1234567.50,,,99,false,false,,,,,ba78,\n");
}

static void test_csv_quotes_and_tells_empty_from_missing(void)
{
    const cyn_const keys[] = {{.kind = CYN_CONST_TEXT, .s = "", .n = 0},
                              {.kind = CYN_CONST_BOOLEAN, .i = 0},
                              {.kind = CYN_CONST_NIL},
                              {.kind = CYN_CONST_TEXT, .s = "a, \"b\"\r\n", .n = 9}};
    cyn_point p = {.metric = &ttv, .period = {ALL}, .nkeys = 4, .dims = several, .keys = keys};
    check_report(&p, 1, options(CYN_FORMAT_CSV, "en", 0),
                 "metric,grain,period,start,end,segment.value,paid,n,x,value,numerator,denominator,"
                 "rows,partial,immature,previous,last_year,target,status,definition,error\n"
                 "ttv_p95,all,all,,,\"\",false,,\"a, \"\"b\"\"\r\n");
}

/* The headings of one point's table that is compared with `what`. */
static void check_headings(const char *language, const char *what, const char *want)
{
    const cyn_against against = cyn_parse_against(what);
    const cyn_point p = {.metric = &lessons,
                         .period = {WEEK},
                         .value = {REAL(3.41)},
                         .previous = {REAL(3.3)},
                         .last_year = {REAL(3.1)},
                         .against = {.value = {REAL(3.2)}}};
    cyn_report_options o = options(CYN_FORMAT_TABLE, language, 0);
    cyn_buf b = {0};
    o.against = &against;
    CHECK_INT(cyn_report_points(&p, 1, &o, &b, NULL), CYN_OK);
    if (b.data) b.data[strcspn(b.data, "\n")] = '\0';
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

static void test_what_was_asked_for_stands_in_the_place_of_the_previous_period(void)
{
    check_headings("en", "last-year",
                   "METRIC                 PERIOD    VALUE  UNIT     LAST YEAR  CHANGE  TARGET");
    check_headings("en", "target",
                   "METRIC                 PERIOD    VALUE  UNIT     TARGET  CHANGE  LAST YEAR");
    check_headings(
        "en", "2026-10-01",
        "METRIC                 PERIOD    VALUE  UNIT     2026-W40  CHANGE  LAST YEAR  TARGET");
    check_headings("ja", "previous",
                   "指標                    期間        値  単位     前期   変化  前年  目標");
    check_headings("ja", "market",
                   "指標                    期間        値  単位     市場   変化  前年  目標");
}

static void test_a_dimension_may_be_called_against(void)
{
    static const char *const dims[] = {"against"};
    const cyn_against previous = {.kind = CYN_AGAINST_PREVIOUS};
    cyn_point p = {.metric = &ttv, .period = {ALL}, .nkeys = 1, .dims = dims, .keys = ads};
    check_report(&p, 1, options(CYN_FORMAT_CSV, "en", 0),
                 "metric,grain,period,start,end,against,value,numerator,denominator,rows,partial,"
                 "immature,previous,last_year,target,status,definition,error\n"
                 "ttv_p95,all,all,,,ads,,,,0,false,false,,,,,fcde,\n");
    cyn_report_options o = options(CYN_FORMAT_CSV, "en", 0);
    o.against = &previous;
    check_report(&p, 1, o,
                 "metric,grain,period,start,end,segment.against,value,numerator,denominator,rows,"
                 "partial,immature,previous,last_year,against,against_period,against_value,target,"
                 "status,definition,error\n"
                 "ttv_p95,all,all,,,ads,,,,0,false,false,,,previous,,,,,fcde,\n");
}

static void test_formats_are_read_by_name_with_a_hint(void)
{
    cyn_format f = CYN_FORMAT_TABLE;
    cyn_err err = {0};
    CHECK_INT(cyn_parse_output_format("csv", &f, &err), CYN_OK);
    CHECK_INT(f, CYN_FORMAT_CSV);
    CHECK_INT(cyn_parse_output_format("markdwon", &f, &err), CYN_E_NAME);
    CHECK_STR(err.message,
              "unknown output format 'markdwon', expected 'table', 'json', 'csv' or 'markdown'");
    CHECK_STR(err.hint, "did you mean 'markdown'?");
    CHECK_INT(f, CYN_FORMAT_CSV);
}

static void test_every_failing_allocation_is_an_ordinary_error(void)
{
    for (cyn_format format = CYN_FORMAT_TABLE; format <= CYN_FORMAT_MARKDOWN; format++) {
        cyn_report_options o = options(format, "ja", 60);
        cyn_code rc = CYN_E_NOMEM;
        for (size_t n = 1; n < 500 && rc != CYN_OK; n++) {
            cyn_buf b = {0};
            cyn_test_fail_after(n);
            rc = cyn_report_points(points, NPOINTS, &o, &b, NULL);
            cyn_test_fail_after(0);
            CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
            cyn_buf_clear(&b);
        }
        CHECK_INT(rc, CYN_OK);
    }
}

int main(void)
{
    cyn_tz *tz = zone("Asia/Tokyo");
    calendar.tz = tz;
    RUN(test_a_table_in_english);
    RUN(test_a_table_in_japanese);
    RUN(test_a_table_of_80_cells);
    RUN(test_a_table_of_60_cells);
    RUN(test_a_table_of_40_cells);
    RUN(test_a_table_in_ascii);
    RUN(test_colour_stands_beside_words_and_follows_the_direction);
    RUN(test_only_columns_with_something_to_say);
    RUN(test_markdown);
    RUN(test_json_lines);
    RUN(test_json_segments_keep_their_types);
    RUN(test_json_previous_values_are_each_points_own);
    RUN(test_csv);
    RUN(test_csv_quotes_and_tells_empty_from_missing);
    RUN(test_what_was_asked_for_stands_in_the_place_of_the_previous_period);
    RUN(test_a_dimension_may_be_called_against);
    RUN(test_formats_are_read_by_name_with_a_hint);
    RUN(test_every_failing_allocation_is_an_ordinary_error);
    cyn_tz_free(tz);
    return test_end();
}
