/* Whole trees as tables, for a terminal and for a chat. The expected texts were taken from a run
 * and then read line by line; test_text_table measures widths by a rule of its own. */
#include "views.h"

static void check(const cyn_tree_view *v, cyn_tree_format f, cyn_report_options o, const char *want)
{
    cyn_buf b = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_report_tree(v, f, &o, &b, &err), CYN_OK);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

/* Whether the report of a view has this text in it. */
static bool says(const cyn_tree_view *v, cyn_tree_format f, cyn_report_options o, const char *text)
{
    cyn_buf b = {0};
    CHECK_INT(cyn_report_tree(v, f, &o, &b, NULL), CYN_OK);
    bool found = b.data && strstr(b.data, text);
    cyn_buf_clear(&b);
    return found;
}

static void test_a_tree_in_english(void)
{
    check(
        &revenue_view, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0),
        "Revenue, 2026-10 against 2026-09: +$18,900.00 (+18.9 %)\n"
        "\n"
        "METRIC                        VALUE  UNIT      PREVIOUS   CHANGE   CONTRIBUTION     SHARE "
        " STATUS\n"
        "Revenue                 $118,900.00         $100,000.00  +18.9 %    +$18,900.00  +100.0 % "
        " ▲ yellow\n"
        "├─ Active users               1,200  users        1,000  +20.0 %    +$19,896.80  +105.3 % "
        " ● green\n"
        "│  ├─ New users                 450  users          300  +50.0 %  ▲ +$14,922.60   +79.0 "
        "%\n"
        "│  └─ Returning users           750  users          700   +7.1 %     +$4,974.20   +26.3 "
        "%\n"
        "├─ ★ ▸ Orders per user         1.80                2.00  -10.0 %  ▼ -$11,498.02   -60.8 % "
        " ■ red\n"
        "├─ Price per order           $55.00              $50.00  +10.0 %    +$10,401.22   +55.0 "
        "%\n"
        "├─ not explained                                                       +$100.00    +0.5 "
        "%\n"
        "└┄ driver ↑ Aha rate         41.2 %              38.0 %  +3.2 pt    as expected\n"
        "\n"
        "▲ best for Revenue: New users, +$14,922.60\n"
        "▼ worst for Revenue: Orders per user, -$11,498.02\n"
        "method LMDI (a product: by logarithmic means): Revenue\n"
        "method additive (a sum: each part's own change): Active users\n"
        "driver ↑: expected to move its metric the same way, ↓: the other way; no part of the sum\n"
        "▸ has more below it: --depth\n");
}

static void test_a_tree_in_japanese(void)
{
    check(&revenue_view, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "ja", 0),
          "売上 2026-10（2026-09比）：+$18,900.00（+18.9%）\n"
          "\n"
          "指標                                値  単位          前期    変化           寄与   "
          "寄与率  判定\n"
          "売上                       $118,900.00         $100,000.00  +18.9%    +$18,900.00  "
          "+100.0%  ▲ 黄\n"
          "├─ アクティブ利用者              1,200  users        1,000  +20.0%    +$19,896.80  "
          "+105.3%  ● 緑\n"
          "│  ├─ 新規利用者                   450  users          300  +50.0%  ▲ +$14,922.60   "
          "+79.0%\n"
          "│  └─ 継続利用者                   750  users          700   +7.1%     +$4,974.20   "
          "+26.3%\n"
          "├─ ★ ▸ 一人あたり注文数           1.80                2.00  -10.0%  ▼ -$11,498.02   "
          "-60.8%  ■ 赤\n"
          "├─ 注文単価                     $55.00              $50.00  +10.0%    +$10,401.22   "
          "+55.0%\n"
          "├─ 説明されない差                                                        +$100.00    "
          "+0.5%\n"
          "└┄ ドライバー ↑ Aha到達率        41.2%               38.0%  +3.2pt     想定どおり\n"
          "\n"
          "▲ 売上への最も良い影響：新規利用者、+$14,922.60\n"
          "▼ 売上への最も悪い影響：一人あたり注文数、-$11,498.02\n"
          "分解方法 LMDI（積なので、対数平均による）：売上\n"
          "分解方法 加法（和なので、各要素自身の変化）：アクティブ利用者\n"
          "ドライバー ↑ は同じ向き、↓ は逆向きに動かすと想定（合計には入らない）\n"
          "▸ この下にも続く（--depth）\n");
}

static void test_a_tree_of_70_cells(void)
{
    check(
        &revenue_view, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 70),
        "Revenue, 2026-10 against 2026-09: +$18,900.00 (+18.9 %)\n"
        "\n"
        "METRIC                        VALUE   CHANGE   CONTRIBUTION     SHARE\n"
        "Revenue                 $118,900.00  +18.9 %    +$18,900.00  +100.0 %\n"
        "├─ Active users               1,200  +20.0 %    +$19,896.80  +105.3 %\n"
        "│  ├─ New users                 450  +50.0 %  ▲ +$14,922.60   +79.0 %\n"
        "│  └─ Returning users           750   +7.1 %     +$4,974.20   +26.3 %\n"
        "├─ ★ ▸ Orders per user         1.80  -10.0 %  ▼ -$11,498.02   -60.8 %\n"
        "├─ Price per order           $55.00  +10.0 %    +$10,401.22   +55.0 %\n"
        "├─ not explained                                   +$100.00    +0.5 %\n"
        "└┄ driver ↑ Aha rate         41.2 %  +3.2 pt    as expected\n"
        "\n"
        "▲ best for Revenue: New users, +$14,922.60\n"
        "▼ worst for Revenue: Orders per user, -$11,498.02\n"
        "method LMDI (a product: by logarithmic means): Revenue\n"
        "method additive (a sum: each part's own change): Active users\n"
        "driver ↑: expected to move its metric the same way, ↓: the other way; no part of the sum\n"
        "▸ has more below it: --depth\n");
}

static void test_a_tree_of_48_cells(void)
{
    check(&revenue_view, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "ja", 48),
          "売上 2026-10（2026-09比）：+$18,900.00（+18.9%）\n"
          "\n"
          "指標                           値           寄与\n"
          "売上                  $118,900.00    +$18,900.00\n"
          "├─ アクティブ利用者         1,200    +$19,896.80\n"
          "│  ├─ 新規利用者              450  ▲ +$14,922.60\n"
          "│  └─ 継続利用者              750     +$4,974.20\n"
          "├─ ★ ▸ 一人あたり注…         1.80  ▼ -$11,498.02\n"
          "├─ 注文単価                $55.00    +$10,401.22\n"
          "├─ 説明されない差                       +$100.00\n"
          "└┄ ドライバー ↑ Aha…        41.2%     想定どおり\n"
          "\n"
          "▲ 売上への最も良い影響：新規利用者、+$14,922.60\n"
          "▼ 売上への最も悪い影響：一人あたり注文数、-$11,498.02\n"
          "分解方法 LMDI（積なので、対数平均による）：売上\n"
          "分解方法 加法（和なので、各要素自身の変化）：アクティブ利用者\n"
          "ドライバー ↑ は同じ向き、↓ は逆向きに動かすと想定（合計には入らない）\n"
          "▸ この下にも続く（--depth）\n");
}

static void test_a_tree_in_ascii(void)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    o.ascii = true;
    check(&revenue_view, CYN_TREE_TABLE, o,
          "Revenue, 2026-10 against 2026-09: +$18,900.00 (+18.9 %)\n"
          "\n"
          "METRIC                        VALUE  UNIT      PREVIOUS   CHANGE       CONTRIBUTION     "
          "SHARE  STATUS\n"
          "Revenue                 $118,900.00         $100,000.00  +18.9 %        +$18,900.00  "
          "+100.0 %  yellow\n"
          "|- Active users               1,200  users        1,000  +20.0 %        +$19,896.80  "
          "+105.3 %  green\n"
          "|  |- New users                 450  users          300  +50.0 %   best +$14,922.60   "
          "+79.0 %\n"
          "|  `- Returning users           750  users          700   +7.1 %         +$4,974.20   "
          "+26.3 %\n"
          "|- * + Orders per user         1.80                2.00  -10.0 %  worst -$11,498.02   "
          "-60.8 %  red\n"
          "|- Price per order           $55.00              $50.00  +10.0 %        +$10,401.22   "
          "+55.0 %\n"
          "|- not explained                                                           +$100.00    "
          "+0.5 %\n"
          "`. driver up Aha rate        41.2 %              38.0 %  +3.2 pt        as expected\n"
          "\n"
          "best for Revenue: New users, +$14,922.60\n"
          "worst for Revenue: Orders per user, -$11,498.02\n"
          "method LMDI (a product: by logarithmic means): Revenue\n"
          "method additive (a sum: each part's own change): Active users\n"
          "driver up: expected to move its metric the same way, down: the other way; no part of "
          "the sum\n"
          "+ has more below it: --depth\n");
}

static void test_segments_have_rate_and_mix(void)
{
    check(&ratio_view, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0),
          "Aha rate by channel, 2026-10 so far against last year: -7.8 pt\n"
          "\n"
          "METRIC               VALUE  LAST YEAR   CHANGE  CONTRIBUTION     SHARE\n"
          "Aha rate           ~17.2 %     25.0 %  -7.8 pt       -7.8 pt  +100.0 %\n"
          "├─ ads             ~42.0 %     40.0 %  +2.0 pt       -5.3 pt   +67.6 %\n"
          "│  ├─ rate                                          +0.70 pt    -9.0 %\n"
          "│  └─ mix                                            -6.0 pt   +76.5 %\n"
          "├─ 口コミ|x (new)  ~11.0 %     10.0 %  +1.0 pt       -2.5 pt   +32.4 %\n"
          "│  ├─ rate                                          +0.65 pt    -8.3 %\n"
          "│  └─ mix                                            -3.2 pt   +40.8 %\n"
          "├─ (none) (gone)         –          –        –\n"
          "└─ not explained                                      0.0 pt     0.0 %\n"
          "\n"
          "method rate and mix (a ratio: rates within the segments, and their mix): Aha rate\n"
          "rate: the segment's own value changed; mix: its share of the whole did\n"
          "~ period not ended yet\n");
}

static void test_segments_in_japanese(void)
{
    check(&ratio_view, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "ja", 0),
          "Aha到達率（channel別） 2026-10途中（前年比）：-7.8pt\n"
          "\n"
          "指標                     値   前年    変化     寄与   寄与率\n"
          "Aha到達率            ~17.2%  25.0%  -7.8pt   -7.8pt  +100.0%\n"
          "├─ ads               ~42.0%  40.0%  +2.0pt   -5.3pt   +67.6%\n"
          "│  ├─ 率の変化                              +0.70pt    -9.0%\n"
          "│  └─ 構成の変化                             -6.0pt   +76.5%\n"
          "├─ 口コミ|x（新規）  ~11.0%  10.0%  +1.0pt   -2.5pt   +32.4%\n"
          "│  ├─ 率の変化                              +0.65pt    -8.3%\n"
          "│  └─ 構成の変化                             -3.2pt   +40.8%\n"
          "├─ （なし）（消滅）       –      –       –\n"
          "└─ 説明されない差                             0.0pt     0.0%\n"
          "\n"
          "分解方法 率と構成（比率なので、セグメント内の率と構成比の変化）：Aha到達率\n"
          "率の変化はセグメント自身の値、構成の変化は全体に占める割合によるもの\n"
          "~ 期間の途中\n");
}

static void test_hostile_titles_leave_the_drawing_alone(void)
{
    check(
        &hostile_view, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 72),
        "\"];click</text>|<script>&amp;%%{init}%%  [31m\\, 2026-10 against 2026-W40: +12\n"
        "\n"
        "METRIC                           VALUE    CHANGE  CONTRIBUTION     SHARE\n"
        "\"];click</text>|<script>&amp;…      12         –           +12  +100.0 %\n"
        "├─ é́ 👩‍👩‍👧 ＷＩＤＥ --> `code` #…  ^-3.50  -275.0 %         "
        "▲ "
        "+12 "
        " "
        "+100.0 "
        "%\n"
        "│  └─ A very long title of a …       9         –\n"
        "│     └─ ↻ \"];click</text>|<s…      12         –\n"
        "└┄ driver ↓ 非常に長い日本語…    error         –\n"
        "\n"
        "▲ best for \"];click</text>|<script>&amp;%%{init}%%  [31m\\: é́ 👩‍👩‍👧 "
        "ＷＩＤＥ "
        "--> "
        "`code` #35; *x* [y](z), +12\n"
        "method its own function (its `own` <b>): \"];click</text>|<script>&amp;%%{init}%%  "
        "[31m\\\n"
        "not shared out (a part has no value in one of the two): é́ 👩‍👩‍👧 "
        "ＷＩＤＥ "
        "--> "
        "`code` "
        "#35; *x* [y](z), A very long title of a metric that nobody could ever read to its end, "
        "however wide the screen may be\n"
        "driver ↑: expected to move its metric the same way, ↓: the other way; no part of the sum\n"
        "↻ stands above itself, and is not followed\n"
        "^ cohort still maturing\n"
        "✗ metric 'a': metrics/a.lua:3: attempt to divide by '|'\n");
}

static void test_markdown(void)
{
    check(&revenue_view, CYN_TREE_MARKDOWN, options(CYN_FORMAT_TABLE, "en", 0),
          "**Revenue, 2026-10 against 2026-09: +$18,900.00 (+18.9 %)**\n"
          "\n"
          "| METRIC                 |       VALUE | UNIT  |    PREVIOUS |  CHANGE |  CONTRIBUTION "
          "|    SHARE | STATUS   |\n"
          "| ---------------------- | ----------: | ----- | ----------: | ------: | ------------: "
          "| -------: | -------- |\n"
          "| Revenue                | $118,900.00 |       | $100,000.00 | +18.9 % |   +$18,900.00 "
          "| +100.0 % | ▲ yellow |\n"
          "| ├─ Active users        |       1,200 | users |       1,000 | +20.0 % |   +$19,896.80 "
          "| +105.3 % | ● green  |\n"
          "| │  ├─ New users        |         450 | users |         300 | +50.0 % | ▲ +$14,922.60 "
          "|  +79.0 % |          |\n"
          "| │  └─ Returning users  |         750 | users |         700 |  +7.1 % |    +$4,974.20 "
          "|  +26.3 % |          |\n"
          "| ├─ ★ ▸ Orders per user |        1.80 |       |        2.00 | -10.0 % | ▼ -$11,498.02 "
          "|  -60.8 % | ■ red    |\n"
          "| ├─ Price per order     |      $55.00 |       |      $50.00 | +10.0 % |   +$10,401.22 "
          "|  +55.0 % |          |\n"
          "| ├─ not explained       |             |       |             |         |      +$100.00 "
          "|   +0.5 % |          |\n"
          "| └┄ driver ↑ Aha rate   |      41.2 % |       |      38.0 % | +3.2 pt |   as expected "
          "|          |          |\n"
          "\n"
          "- ▲ best for Revenue: New users, +$14,922.60\n"
          "- ▼ worst for Revenue: Orders per user, -$11,498.02\n"
          "- method LMDI (a product: by logarithmic means): Revenue\n"
          "- method additive (a sum: each part's own change): Active users\n"
          "- driver ↑: expected to move its metric the same way, ↓: the other way; no part of the "
          "sum\n"
          "- ▸ has more below it: --depth\n");
}

static void test_markdown_in_japanese(void)
{
    check(&ratio_view, CYN_TREE_MARKDOWN, options(CYN_FORMAT_TABLE, "ja", 0),
          "**Aha到達率（channel別） 2026-10途中（前年比）：-7.8pt**\n"
          "\n"
          "| 指標                 |     値 |  前年 |   変化 |    寄与 |  寄与率 |\n"
          "| -------------------- | -----: | ----: | -----: | ------: | ------: |\n"
          "| Aha到達率            | ~17.2% | 25.0% | -7.8pt |  -7.8pt | +100.0% |\n"
          "| ├─ ads               | ~42.0% | 40.0% | +2.0pt |  -5.3pt |  +67.6% |\n"
          "| │  ├─ 率の変化       |        |       |        | +0.70pt |   -9.0% |\n"
          "| │  └─ 構成の変化     |        |       |        |  -6.0pt |  +76.5% |\n"
          "| ├─ 口コミ\\|x（新規） | ~11.0% | 10.0% | +1.0pt |  -2.5pt |  +32.4% |\n"
          "| │  ├─ 率の変化       |        |       |        | +0.65pt |   -8.3% |\n"
          "| │  └─ 構成の変化     |        |       |        |  -3.2pt |  +40.8% |\n"
          "| ├─ （なし）（消滅）  |      – |     – |      – |         |         |\n"
          "| └─ 説明されない差    |        |       |        |   0.0pt |    0.0% |\n"
          "\n"
          "- 分解方法 率と構成（比率なので、セグメント内の率と構成比の変化）：Aha到達率\n"
          "- 率の変化はセグメント自身の値、構成の変化は全体に占める割合によるもの\n"
          "- ~ 期間の途中\n");
}

/* Bars that part the cells of a line of Markdown: those that no backslash takes away. */
static int bars(const char *line)
{
    int n = 0;
    for (; *line && *line != '\n'; line++) {
        if (*line == '\\')
            line++;
        else
            n += *line == '|';
    }
    return n;
}

static void test_markdown_escapes_titles(void)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    cyn_buf b = {0};
    int rows = 0;
    CHECK_INT(cyn_report_tree(&hostile_view, CYN_TREE_MARKDOWN, &o, &b, NULL), CYN_OK);
    for (const char *line = b.data; line && *line; line += strcspn(line, "\n") + 1) {
        if (*line != '|') continue;
        CHECK_INT(bars(line), 7);
        rows++;
    }
    CHECK_INT(rows, 7);
    CHECK(
        strstr(b.data, "**\"\\];click\\</text\\>\\|\\<script\\>&amp;%%{init}%%  \\[31m\\\\, 2026"));
    CHECK(strstr(b.data, "--\\> \\`code\\` #35; \\*x\\* \\[y\\](z) "));
    CHECK(strstr(b.data, "its own function (its \\`own\\` \\<b\\>): "));
    CHECK(strstr(b.data, "│\u00a0\u00a0\u00a0\u00a0\u00a0└─\u00a0↻ "));
    cyn_buf_clear(&b);
}

static void test_colour_follows_the_direction(void)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    o.colour = true;
    CHECK(says(&revenue_view, CYN_TREE_TABLE, o, "\x1b[1;32m▲ +$14,922.60\x1b[0m"));
    CHECK(says(&revenue_view, CYN_TREE_TABLE, o, "\x1b[1;31m▼ -$11,498.02\x1b[0m"));
    CHECK(says(&revenue_view, CYN_TREE_TABLE, o, "\x1b[31m-10.0 %\x1b[0m"));
    CHECK(says(&revenue_view, CYN_TREE_TABLE, o, "\x1b[32m● green\x1b[0m"));
    CHECK(!says(&revenue_view, CYN_TREE_MARKDOWN, o, "\x1b"));
}

/* The heading names what is compared with; a period without a label stands as it was given. */
static void test_the_comparison_is_named(void)
{
    static const struct {
        cyn_against against;
        const char *heading, *headline;
    } cases[] = {
        {{CYN_AGAINST_PREVIOUS, NULL}, "PREVIOUS", "2026-10 against 2026-09: "},
        {{CYN_AGAINST_LAST_YEAR, NULL}, "LAST YEAR", "2026-10 against last year 2026-09: "},
        {{CYN_AGAINST_TARGET, NULL}, "TARGET", "2026-10 against the target: "},
        {{CYN_AGAINST_MARKET, NULL}, "MARKET", "2026-10 against the market: "},
        {{CYN_AGAINST_PERIOD, "2026-09-03"}, "2026-09  ", "2026-10 against 2026-09: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_tree_view v = revenue_view;
        v.against = cases[i].against;
        CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), cases[i].heading));
        CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), cases[i].headline));
    }
}

/* Expected up: together with its metric. A target is no change in time. */
static void test_drivers_say_whether_they_moved_as_expected(void)
{
    cyn_tree_item items[8];
    cyn_tree_view v = revenue_view;
    cyn_tree_node node = revenue_nodes[6];
    cyn_point fell = revenue_points[6];
    memcpy(items, revenue_items, sizeof items);
    v.items = items;
    items[7].node = &node;
    CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), "as expected"));
    node.expected = CYN_DOWN;
    CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), "unexpected"));
    fell.against.value = (cyn_num)REAL(0.5);
    items[7].point = &fell;
    CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), "as expected"));
    fell.value = fell.against.value;
    CHECK(!says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), "expected\n"));
    items[7].point = &revenue_points[6];
    v.against.kind = CYN_AGAINST_TARGET;
    CHECK(!says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), "unexpected"));
}

/* Good is what the root wants: of costs, less. */
static void test_marks_follow_the_roots_direction(void)
{
    cyn_metric costs = m_revenue;
    cyn_point point = revenue_points[0];
    cyn_tree_item items[8];
    cyn_tree_view v = revenue_view;
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    memcpy(items, revenue_items, sizeof items);
    costs.sheet.direction = CYN_DOWN;
    point.metric = &costs;
    items[0].point = &point;
    v.items = items;
    o.colour = true;
    CHECK(says(&v, CYN_TREE_TABLE, o, "\x1b[31m+18.9 %"));
    CHECK(says(&v, CYN_TREE_SVG, o, "class=\"bad\">+$18,900.00"));
    CHECK(says(&revenue_view, CYN_TREE_SVG, o, "class=\"good\">+$18,900.00"));
}

/* A segment may be called like a metric, and a metric stands in each of them. */
static void test_marks_say_where_they_are(void)
{
    cyn_tree_item items[9];
    cyn_tree_view v = ratio_view;
    memcpy(items, ratio_items, sizeof items);
    v.items = items;
    items[1].mark = CYN_MARK_WORST;
    items[5].mark = CYN_MARK_BEST;
    CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0),
               "worst for Aha rate: channel = ads, -5.3 pt"));
    CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0),
               "best for Aha rate: rate in 口コミ|x, +0.65"));
}

static void test_a_root_alone_has_no_empty_columns(void)
{
    cyn_tree_item item = revenue_items[0];
    cyn_tree_view v = revenue_view;
    item.end = 1;
    item.contribution = item.share = item.part = NAN;
    v.items = &item;
    v.count = 1;
    check(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0),
          "Revenue, 2026-10 against 2026-09: +$18,900.00 (+18.9 %)\n"
          "\n"
          "METRIC         VALUE     PREVIOUS   CHANGE  STATUS\n"
          "Revenue  $118,900.00  $100,000.00  +18.9 %  ▲ yellow\n");
}

/* A chain deeper than anyone could follow keeps its rows apart by the innermost lines. */
static void test_deep_trees_leave_out_the_outermost_lines(void)
{
    enum { DEPTH = 60 };
    cyn_tree_node nodes[DEPTH];
    cyn_tree_item items[DEPTH];
    for (size_t i = 0; i < DEPTH; i++) {
        size_t up = i ? i - 1 : CYN_NO_NODE;
        nodes[i] = (cyn_tree_node){.metric = &m_users, .parent = up, .depth = i, .end = DEPTH};
        items[i] = (cyn_tree_item){.parent = up, .depth = i, .end = DEPTH, .node = &nodes[i], NONE};
    }
    cyn_tree_view v = {.items = items,
                       .count = DEPTH,
                       .period = OCTOBER,
                       .against = {.kind = CYN_AGAINST_PREVIOUS},
                       .change = NAN};
    CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), "\n…     "));
    CHECK(says(&v, CYN_TREE_TABLE, options(CYN_FORMAT_TABLE, "en", 0), ": no change is known\n"));
}

static void test_formats_are_read_by_name_with_a_hint(void)
{
    cyn_tree_format f = CYN_TREE_TABLE;
    cyn_err err = {0};
    CHECK_INT(cyn_parse_tree_format("mermaid", &f, &err), CYN_OK);
    CHECK_INT(f, CYN_TREE_MERMAID);
    CHECK_INT(cyn_parse_tree_format("mermiad", &f, &err), CYN_E_NAME);
    CHECK_STR(err.hint, "did you mean 'mermaid'?");
    CHECK_INT(f, CYN_TREE_MERMAID);
}

static void test_every_failing_allocation_is_an_ordinary_error(void)
{
    for (int f = CYN_TREE_TABLE; f <= CYN_TREE_SVG; f++) {
        cyn_code rc = CYN_E_NOMEM;
        for (size_t n = 1; rc == CYN_E_NOMEM && n < 10000; n++) {
            cyn_report_options o = options(CYN_FORMAT_TABLE, "ja", 60);
            cyn_buf b = {0};
            cyn_test_fail_after(n);
            rc = cyn_report_tree(&hostile_view, (cyn_tree_format)f, &o, &b, NULL);
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
    RUN(test_a_tree_in_english);
    RUN(test_a_tree_in_japanese);
    RUN(test_a_tree_of_70_cells);
    RUN(test_a_tree_of_48_cells);
    RUN(test_a_tree_in_ascii);
    RUN(test_segments_have_rate_and_mix);
    RUN(test_segments_in_japanese);
    RUN(test_hostile_titles_leave_the_drawing_alone);
    RUN(test_markdown);
    RUN(test_markdown_in_japanese);
    RUN(test_markdown_escapes_titles);
    RUN(test_colour_follows_the_direction);
    RUN(test_the_comparison_is_named);
    RUN(test_drivers_say_whether_they_moved_as_expected);
    RUN(test_marks_follow_the_roots_direction);
    RUN(test_marks_say_where_they_are);
    RUN(test_a_root_alone_has_no_empty_columns);
    RUN(test_deep_trees_leave_out_the_outermost_lines);
    RUN(test_formats_are_read_by_name_with_a_hint);
    RUN(test_every_failing_allocation_is_an_ordinary_error);
    cyn_tz_free(tz);
    return test_end();
}
