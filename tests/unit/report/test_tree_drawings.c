/* Trees as drawings. What is drawn is checked here; that each form is well-formed, and that nothing
 * overlaps, by drawings.py, for which this program writes them: test_tree_drawings FORMAT VIEW. */
#include "views.h"

static void check(const cyn_tree_view *v, cyn_tree_format f, const char *language, const char *want)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, language, 40);
    cyn_buf b = {0};
    CHECK_INT(cyn_report_tree(v, f, &o, &b, NULL), CYN_OK);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

static void test_mermaid(void)
{
    check(&revenue_view, CYN_TREE_MERMAID, "ja",
          "flowchart TD\n"
          "  %% 売上 2026-10（2026-09比）：+$18,900.00（+18.9%）\n"
          "  m_revenue_1[\"売上<br/>$118,900.00   +18.9%<br/>+$18,900.00\"]:::yellow\n"
          "  m_users_1[\"アクティブ利用者<br/>1,200   +20.0%<br/>+$19,896.80\"]:::green\n"
          "  m_new_users_1[\"新規利用者<br/>450   +50.0%<br/>▲ +$14,922.60\"]:::best\n"
          "  m_back_users_1[\"継続利用者<br/>750   +7.1%<br/>+$4,974.20\"]:::plain\n"
          "  m_orders_per_user_1[\"★ ▸ 一人あたり注文数<br/>1.80   -10.0%<br/>▼ "
          "-$11,498.02\"]:::worst\n"
          "  m_price_1[\"注文単価<br/>$55.00   +10.0%<br/>+$10,401.22\"]:::plain\n"
          "  x_1[\"説明されない差<br/>+$100.00\"]:::effect\n"
          "  m_aha_rate_1[\"ドライバー ↑ Aha到達率<br/>41.2%   +3.2pt<br/>想定どおり\"]:::driver\n"
          "  m_revenue_1 --- m_users_1\n"
          "  m_users_1 --- m_new_users_1\n"
          "  m_users_1 --- m_back_users_1\n"
          "  m_revenue_1 --- m_orders_per_user_1\n"
          "  m_revenue_1 --- m_price_1\n"
          "  m_revenue_1 --- x_1\n"
          "  m_aha_rate_1 -.-> m_revenue_1\n"
          "  classDef plain fill:#f6f8fa,stroke:#8c959f,color:#1f2328\n"
          "  classDef effect fill:#ffffff,stroke:#8c959f,color:#59636e\n"
          "  classDef driver fill:#ffffff,stroke:#8c959f,color:#1f2328,stroke-dasharray:4 3\n"
          "  classDef green fill:#dafbe1,stroke:#1a7f37,color:#1f2328\n"
          "  classDef yellow fill:#fff8c5,stroke:#9a6700,color:#1f2328\n"
          "  classDef red fill:#ffebe9,stroke:#cf222e,color:#1f2328\n"
          "  classDef best fill:#dafbe1,stroke:#1a7f37,color:#1f2328,stroke-width:3px\n"
          "  classDef worst fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-width:3px\n");
}

/* Nothing of a title is left that ends a label, begins a tag, a list or a directive. */
static void test_mermaid_writes_hostile_titles_by_number(void)
{
    check(
        &hostile_view, CYN_TREE_MERMAID, "en",
        "flowchart TD\n"
        "  %% \"];click</text>|<script>&amp;%% init %%  [31m\\, 2026-10 against 2026-W40: +12\n"
        "  "
        "m_root_1[\"#34;#93;#59;click#60;/text#62;#124;#60;script#62;#38;amp#59;%%#123;init#125;%% "
        " #91;31m#92;<br/>12<br/>+12\"]:::plain\n"
        "  m_end_1[\"é́ 👩‍👩‍👧 ＷＩＤＥ --#62; #96;code#96; #35;35#59; "
        "#42;x#42; "
        "#91;y#93;#40;z#41;<br/>^-3.50   -275.0 %<br/>▲ +12\"]:::best\n"
        "  m_a_1_1[\"A very long title of a metric that nobody could ever read to its end, however "
        "wide the screen may be<br/>9\"]:::plain\n"
        "  m_root_2[\"↻ "
        "#34;#93;#59;click#60;/text#62;#124;#60;script#62;#38;amp#59;%%#123;init#125;%%  "
        "#91;31m#92;<br/>12\"]:::plain\n"
        "  m_a_1[\"driver ↓ "
        "非常に長い日本語の題名は途中で折り返され最後には切られることになるが線は残る<br/"
        ">error\"]:::driver\n"
        "  m_root_1 --- m_end_1\n"
        "  m_end_1 --- m_a_1_1\n"
        "  m_a_1_1 --- m_root_2\n"
        "  m_a_1 -.-> m_root_1\n"
        "  classDef plain fill:#f6f8fa,stroke:#8c959f,color:#1f2328\n"
        "  classDef effect fill:#ffffff,stroke:#8c959f,color:#59636e\n"
        "  classDef driver fill:#ffffff,stroke:#8c959f,color:#1f2328,stroke-dasharray:4 3\n"
        "  classDef green fill:#dafbe1,stroke:#1a7f37,color:#1f2328\n"
        "  classDef yellow fill:#fff8c5,stroke:#9a6700,color:#1f2328\n"
        "  classDef red fill:#ffebe9,stroke:#cf222e,color:#1f2328\n"
        "  classDef best fill:#dafbe1,stroke:#1a7f37,color:#1f2328,stroke-width:3px\n"
        "  classDef worst fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-width:3px\n");
}

static void test_dot(void)
{
    check(&revenue_view, CYN_TREE_DOT, "en",
          "digraph tree {\n"
          "  graph [rankdir=LR, charset=\"UTF-8\", fontname=\"sans-serif\", labelloc=t, "
          "label=\"Revenue, 2026-10 against 2026-09: +$18,900.00 (+18.9 %)\"];\n"
          "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n"
          "  edge [color=\"#8c959f\"];\n"
          "  m_revenue_1 [label=\"Revenue\\n$118,900.00   +18.9 %\\n+$18,900.00\", "
          "fillcolor=\"#fff8c5\", color=\"#9a6700\"];\n"
          "  m_users_1 [label=\"Active users\\n1,200   +20.0 %\\n+$19,896.80\", "
          "fillcolor=\"#dafbe1\", color=\"#1a7f37\"];\n"
          "  m_new_users_1 [label=\"New users\\n450   +50.0 %\\n▲ +$14,922.60\", "
          "fillcolor=\"#dafbe1\", color=\"#1a7f37\", penwidth=3];\n"
          "  m_back_users_1 [label=\"Returning users\\n750   +7.1 %\\n+$4,974.20\", "
          "fillcolor=\"#f6f8fa\", color=\"#8c959f\"];\n"
          "  m_orders_per_user_1 [label=\"★ ▸ Orders per user\\n1.80   -10.0 %\\n▼ -$11,498.02\", "
          "fillcolor=\"#ffebe9\", color=\"#cf222e\", penwidth=3];\n"
          "  m_price_1 [label=\"Price per order\\n$55.00   +10.0 %\\n+$10,401.22\", "
          "fillcolor=\"#f6f8fa\", color=\"#8c959f\"];\n"
          "  x_1 [label=\"not explained\\n+$100.00\", fillcolor=\"white\", color=\"#8c959f\"];\n"
          "  m_aha_rate_1 [label=\"driver ↑ Aha rate\\n41.2 %   +3.2 pt\\nas expected\", "
          "fillcolor=\"#f6f8fa\", color=\"#8c959f\", style=\"rounded,filled,dashed\"];\n"
          "  m_revenue_1 -> m_users_1 [dir=none];\n"
          "  m_users_1 -> m_new_users_1 [dir=none];\n"
          "  m_users_1 -> m_back_users_1 [dir=none];\n"
          "  m_revenue_1 -> m_orders_per_user_1 [dir=none];\n"
          "  m_revenue_1 -> m_price_1 [dir=none];\n"
          "  m_revenue_1 -> x_1 [dir=none];\n"
          "  m_revenue_1 -> m_aha_rate_1 [style=dashed, dir=back];\n"
          "}\n");
}

static void test_dot_escapes_titles(void)
{
    check(&hostile_view, CYN_TREE_DOT, "en",
          "digraph tree {\n"
          "  graph [rankdir=LR, charset=\"UTF-8\", fontname=\"sans-serif\", labelloc=t, "
          "label=\"\\\"];click</text>|<script>&amp;amp;%%{init}%%  [31m\\\\, 2026-10 against "
          "2026-W40: +12\"];\n"
          "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n"
          "  edge [color=\"#8c959f\"];\n"
          "  m_root_1 [label=\"\\\"];click</text>|<script>&amp;amp;%%{init}%%  "
          "[31m\\\\\\n12\\n+12\", fillcolor=\"#f6f8fa\", color=\"#8c959f\"];\n"
          "  m_end_1 [label=\"é́ 👩‍👩‍👧 ＷＩＤＥ --> `code` #35; *x* "
          "[y](z)\\n^-3.50 "
          " "
          " "
          "-275.0 "
          "%\\n▲ +12\", fillcolor=\"#dafbe1\", color=\"#1a7f37\", penwidth=3];\n"
          "  m_a_1_1 [label=\"A very long title of a metric that nobody could ever read to its "
          "end, however wide the screen may be\\n9\", fillcolor=\"#f6f8fa\", color=\"#8c959f\"];\n"
          "  m_root_2 [label=\"↻ \\\"];click</text>|<script>&amp;amp;%%{init}%%  [31m\\\\\\n12\", "
          "fillcolor=\"#f6f8fa\", color=\"#8c959f\"];\n"
          "  m_a_1 [label=\"driver ↓ "
          "非常に長い日本語の題名は途中で折り返され最後には切られることになるが線は残る\\nerror\", "
          "fillcolor=\"#f6f8fa\", color=\"#8c959f\", style=\"rounded,filled,dashed\"];\n"
          "  m_root_1 -> m_end_1 [dir=none];\n"
          "  m_end_1 -> m_a_1_1 [dir=none];\n"
          "  m_a_1_1 -> m_root_2 [dir=none];\n"
          "  m_root_1 -> m_a_1 [style=dashed, dir=back];\n"
          "}\n");
}

/* Ids are those of the metric, whatever stands before it. */
static void test_ids_of_nodes_stay(void)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    cyn_tree_item items[3] = {revenue_items[0], revenue_items[4], revenue_items[4]};
    cyn_tree_view v = revenue_view;
    cyn_buf b = {0};
    items[0].end = 3;
    items[1].end = 2;
    items[2].end = 3;
    v.items = items;
    v.count = 3;
    CHECK_INT(cyn_report_tree(&v, CYN_TREE_DOT, &o, &b, NULL), CYN_OK);
    CHECK(strstr(b.data, "m_revenue_1 -> m_orders_per_user_1 [dir=none]"));
    CHECK(strstr(b.data, "m_revenue_1 -> m_orders_per_user_2 [dir=none]"));
    cyn_buf_clear(&b);
}

/* What XML has no place for, in valid and in invalid UTF-8. */
static void test_svg_has_only_characters_of_xml(void)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 0);
    cyn_metric m = m_revenue;
    cyn_tree_node node = revenue_nodes[0];
    cyn_tree_item item = revenue_items[0];
    cyn_tree_view v = revenue_view;
    cyn_buf b = {0};
    m.sheet.title.en = "a\xef\xbf\xbe"
                       "b\xef\xbf\xbf"
                       "c\xff"
                       "d\x01 \xef\xbe\xbe";
    node.metric = &m;
    item.node = &node;
    item.end = 1;
    v.items = &item;
    v.count = 1;
    CHECK_INT(cyn_report_tree(&v, CYN_TREE_SVG, &o, &b, NULL), CYN_OK);
    CHECK(b.data && strstr(b.data, "class=\"title\">a\xef\xbf\xbd"
                                   "b\xef\xbf\xbd"
                                   "c\xef\xbf\xbd"
                                   "d  \xef\xbe\xbe</text>"));
    cyn_buf_clear(&b);
}

static int write_one(const char *format, const char *name)
{
    static const struct {
        const char *name, *language;
        const cyn_tree_view *view;
    } views[] = {{"revenue", "ja", &revenue_view},
                 {"ratio", "ja", &ratio_view},
                 {"hostile", "en", &hostile_view}};
    cyn_tree_format f = CYN_TREE_TABLE;
    cyn_buf b = {0};
    int rc = 2;
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        cyn_report_options o = options(CYN_FORMAT_TABLE, views[i].language, 0);
        if (strcmp(views[i].name, name) != 0) continue;
        if (cyn_parse_tree_format(format, &f, NULL) != CYN_OK) break;
        if (cyn_report_tree(views[i].view, f, &o, &b, NULL) != CYN_OK) break;
        fwrite(b.data, 1, b.len, stdout);
        rc = 0;
    }
    cyn_buf_clear(&b);
    return rc;
}

int main(int argc, char **argv)
{
    cyn_tz *tz = zone("Asia/Tokyo");
    calendar.tz = tz;
    int rc;
    if (argc == 3) {
        rc = write_one(argv[1], argv[2]);
    } else {
        RUN(test_mermaid);
        RUN(test_mermaid_writes_hostile_titles_by_number);
        RUN(test_dot);
        RUN(test_dot_escapes_titles);
        RUN(test_ids_of_nodes_stay);
        RUN(test_svg_has_only_characters_of_xml);
        rc = test_end();
    }
    cyn_tz_free(tz);
    return rc;
}
