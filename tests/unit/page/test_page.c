/* Pages: what is written of values that are missing, extreme or hostile, and that running out of
 * memory is an ordinary error. Whole pages are read by markup.py and by a browser. */
#include "page/page_impl.h"
#include "page/series_impl.h"
#include "sample.h"
#include "test.h"

/* ---- text ---- */

static void check_text(const char *s, size_t n, const char *expected)
{
    sample a = sample_new("en", 1);
    cyn_buf out = {0};
    cyn_html h;
    cyn_html_open(&h, &a.site, &a.data, &out);
    cyn_html_bytes(&h, s, n);
    CHECK_INT(cyn_html_close(&h, NULL), CYN_OK);
    CHECK_STR(out.data ? out.data : "", expected);
    cyn_buf_clear(&out);
    cyn_arena_free(a.arena);
}

#define TEXT(s, expected) check_text(s, sizeof(s) - 1, expected)

static void test_markup_is_escaped(void)
{
    TEXT("<a href='x' title=\"y\">&amp;</a>",
         "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;");
    TEXT("", "");
    TEXT("学習アプリ 👩‍👩‍👧 é", "学習アプリ 👩‍👩‍👧 é");
}

static void test_what_is_no_character_is_replaced(void)
{
    TEXT("a\x1b[31mb\tc\nd\x7f"
         "e",
         "a [31mb c\nd e");
    TEXT("a\0b", "a b");
    TEXT("\xff<\xc3", "\xef\xbf\xbd&lt;\xef\xbf\xbd");
    TEXT("\xe5\xad\xa6\xe5\xad", "学\xef\xbf\xbd\xef\xbf\xbd");
    TEXT("\xef\xbf\xbe|\xef\xbf\xbf|\xf0\x9f\xbf\xbe|\xef\xbf\xbd",
         "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd");
    TEXT("\xc2\x85|\xe2\x80\xae|\xe2\x81\xa6|\xe2\x80\xa8", " | | | "); /* C1, RLO, LRI, LS */
}

/* ---- scales ---- */

static void check_scale(double lo, double hi, double from, double to, double step)
{
    cyn_scale s = cyn_scale_of(lo, hi, 4);
    CHECK_NEAR(s.lo, from, 1e-12);
    CHECK_NEAR(s.hi, to, 1e-12);
    CHECK_NEAR(s.step, step, 1e-12);
    CHECK(s.lo <= lo && s.hi >= hi);
}

static void test_scales_end_at_round_numbers(void)
{
    check_scale(0, 100, 0, 100, 50);
    check_scale(0.31, 0.39, 0.3, 0.4, 0.02);
    check_scale(-7, 12, -10, 15, 5);
    check_scale(9600, 12800, 9000, 13000, 1000);
    check_scale(5, 5, 2, 8, 2);
    check_scale(0, 0, 0, 1, 0.5);
    check_scale(-4, -4, -6, -2, 1);
}

static void test_scales_of_extreme_numbers_have_no_steps(void)
{
    const double ends[][2] = {{-1.7e308, 1.7e308}, {1e300, 1e300 * (1 + 1e-15)}, {0, 5e-324}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        cyn_scale s = cyn_scale_of(ends[i][0], ends[i][1], 4);
        double x = 0, before = -INFINITY;
        int ticks = 0;
        for (; ticks < 100 && cyn_scale_tick(&s, ticks, &x); ticks++) {
            CHECK(isfinite(x) && x > before);
            before = x;
        }
        CHECK(ticks >= 2 && ticks <= 12);
        double middle = cyn_scale_at(&s, ends[i][1]);
        CHECK(middle >= 0 && middle <= 1);
    }
}

/* ---- drawings ---- */

typedef struct drawn {
    cyn_buf html;
    cyn_code rc;
} drawn;

/* The page of a metric with these values, the last of which runs, if any. */
static drawn draw(const cyn_num *values, size_t n, bool running, const cyn_sheet *sheet)
{
    sample s = sample_new("en", 1);
    cyn_metric metric = {.name = "m", .sheet = *sheet};
    cyn_page_metric m = s.data.metrics[0];
    cyn_period *periods = CYN_NEW_ARRAY(s.arena, n + 1, cyn_period);
    for (size_t i = 0; i < n; i++)
        periods[i] = cyn_period_shift(&calendar, m.ended->period, (int)i - (int)n + 1);
    cyn_point last = {.metric = &metric, .period = m.ended->period};
    cyn_point now = {.metric = &metric, .partial = true};
    if (n) last.value = values[n - 1];
    if (running) {
        now.period = periods[n - 1];
        now.value = values[n - 1];
        last.period = periods[n - 2];
        last.value = values[n - 2];
    }
    m = (cyn_page_metric){.metric = &metric,
                          .ended = &last,
                          .running = running ? &now : NULL,
                          .periods = periods,
                          .values = values,
                          .nvalues = n};
    drawn d = {0};
    d.rc = cyn_page_metric_of(&s.site, &s.data, &m, &d.html, NULL);
    cyn_arena_free(s.arena);
    return d;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *s = text; s && (s = strstr(s, what)); s += strlen(what))
        n++;
    return n;
}

/* The first element that begins so. */
static void check_element(const char *html, const char *begins, const char *expected)
{
    char element[256] = "";
    const char *s = strstr(html, begins);
    if (s) snprintf(element, sizeof element, "%.*s", (int)(strcspn(s, ">") + 1), s);
    CHECK_STR(element, expected);
}

static const cyn_sheet plain = {.target_from = NAN};

static void test_a_missing_value_is_a_gap_and_a_lone_one_a_dot(void)
{
    const cyn_num values[] = {INT(0), CYN_MISSING, INT(100), CYN_MISSING, INT(50), INT(100)};
    drawn d = draw(values, 6, false, &plain);
    CHECK_INT(d.rc, CYN_OK);
    check_element(d.html.data, "<path class=\"line\"",
                  "<path class=\"line\" d=\"M83 190h0M417 0h0M750 95h0l167-95\"/>");
    cyn_buf_clear(&d.html);
}

static void test_the_running_period_is_dashed_and_decides_no_scale(void)
{
    const cyn_num values[] = {INT(100), INT(200), INT(150)};
    drawn d = draw(values, 3, true, &plain);
    check_element(d.html.data, "<path class=\"line\"",
                  "<path class=\"line\" d=\"M167 95h0l333-95\"/>");
    check_element(d.html.data, "<path class=\"line running\"",
                  "<path class=\"line running\" d=\"M500 0L833 48\"/>");
    CHECK_INT(count(d.html.data, "class=\"open\""), 1);
    CHECK(strstr(d.html.data, " so far</th>") != NULL);
    cyn_buf_clear(&d.html);
    const cyn_num beyond[] = {INT(100), INT(200), INT(9000)};
    d = draw(beyond, 3, true, &plain);
    check_element(d.html.data, "<path class=\"line\"",
                  "<path class=\"line\" d=\"M167 95h0l333-95\"/>");
    CHECK_INT(count(d.html.data, "line running"), 1 - 1);
    CHECK_INT(count(d.html.data, "class=\"open\""), 0);
    cyn_buf_clear(&d.html);
}

static void test_without_values_there_is_a_sentence(void)
{
    const cyn_num values[] = {CYN_MISSING, CYN_MISSING};
    for (size_t n = 0; n <= 2; n++) {
        drawn d = draw(values, n, false, &plain);
        CHECK_INT(d.rc, CYN_OK);
        CHECK_INT(count(d.html.data, "There are no values yet."), 1);
        CHECK_INT(count(d.html.data, "class=\"plot\""), 0);
        cyn_buf_clear(&d.html);
    }
}

static void test_extreme_values_stay_in_the_picture(void)
{
    const cyn_num values[] = {REAL(-1.7e308), REAL(1.7e308), REAL(0), REAL(5e-324), INT(INT64_MAX)};
    for (size_t n = 1; n <= 5; n++) {
        drawn d = draw(values, n, false, &plain);
        CHECK_INT(d.rc, CYN_OK);
        CHECK_INT(count(d.html.data, "nan"), 0);
        CHECK_INT(count(d.html.data, "inf"), count(d.html.data, "info"));
        cyn_buf_clear(&d.html);
    }
}

static void test_bands_are_what_the_sheet_says_of_their_middle(void)
{
    const cyn_num values[] = {INT(0), INT(100)};
    cyn_sheet sheet = {.target_from = NAN,
                       .direction = CYN_UP,
                       .green = {.set = true, .lo = 75},
                       .yellow = {.set = true, .lo = 50}};
    drawn d = draw(values, 2, false, &sheet);
    check_element(d.html.data, "<rect class=\"band red\"",
                  "<rect class=\"band red\" x=\"0\" width=\"100%\" y=\"113\" height=\"95\"/>");
    check_element(
        d.html.data, "<rect class=\"band yellow\"",
        "<rect class=\"band yellow\" x=\"0\" width=\"100%\" y=\"65.5\" height=\"47.5\"/>");
    check_element(d.html.data, "<rect class=\"band green\"",
                  "<rect class=\"band green\" x=\"0\" width=\"100%\" y=\"18\" height=\"47.5\"/>");
    cyn_buf_clear(&d.html);
    sheet.direction = CYN_RANGE;
    sheet.green = (cyn_bound){.set = true, .two = true, .lo = 40, .hi = 60};
    sheet.yellow = (cyn_bound){.set = true, .two = true, .lo = 20, .hi = 80};
    d = draw(values, 2, false, &sheet);
    CHECK_INT(count(d.html.data, "class=\"band red\""), 2);
    CHECK_INT(count(d.html.data, "class=\"band yellow\""), 2);
    CHECK_INT(count(d.html.data, "class=\"band green\""), 1);
    cyn_buf_clear(&d.html);
    sheet.has_grain = true; /* a month's thresholds say nothing about weeks */
    sheet.grain = (cyn_grain){CYN_MONTH, 1};
    sheet.has_target = true;
    sheet.target = 50;
    d = draw(values, 2, false, &sheet);
    CHECK_INT(count(d.html.data, "class=\"band "), 0);
    CHECK_INT(count(d.html.data, "<path class=\"target\""), 0);
    cyn_buf_clear(&d.html);
}

static void test_a_target_far_away_presses_nothing_flat(void)
{
    const cyn_num values[] = {INT(90), INT(100)};
    cyn_sheet sheet = {.target_from = NAN, .has_target = true, .target = 120};
    drawn d = draw(values, 2, false, &sheet);
    CHECK_INT(count(d.html.data, "<path class=\"target\""), 1);
    cyn_buf_clear(&d.html);
    sheet.target = 100000;
    d = draw(values, 2, false, &sheet);
    CHECK_INT(count(d.html.data, "<path class=\"target\""), 0);
    CHECK(strstr(d.html.data, "<dt>target</dt><dd>100,000") != NULL); /* still in words */
    cyn_buf_clear(&d.html);
}

static void test_the_way_to_a_target_is_a_line(void)
{
    const cyn_num values[] = {INT(0), INT(100), INT(0), INT(100), INT(0), INT(100)};
    sample s = sample_new("en", 1);
    int64_t last = cyn_tz_date(calendar.tz, s.data.metrics[0].ended->period.end - 1);
    cyn_arena_free(s.arena);
    /* From 0 to 100 in 70 days, half of which have passed at the end of the last week. */
    cyn_sheet sheet = {.has_target = true,
                       .target_from = 0,
                       .target = 100,
                       .has_target_since = true,
                       .target_since = last - 35,
                       .has_target_by = true,
                       .target_by = last + 35};
    drawn d = draw(values, 6, false, &sheet);
    check_element(d.html.data, "<path class=\"way\"",
                  "<path class=\"way\" d=\"M83 190L250 171L417 152L583 133L750 114L917 95\"/>");
    cyn_buf_clear(&d.html);
    sheet.target_since = last - 14; /* it begins within the picture */
    sheet.target_by = last + 14;
    d = draw(values, 6, false, &sheet);
    check_element(d.html.data, "<path class=\"way\"",
                  "<path class=\"way\" d=\"M583 190L750 143L917 95\"/>");
    cyn_buf_clear(&d.html);
    sheet.has_target_by = false;
    d = draw(values, 6, false, &sheet);
    CHECK_INT(count(d.html.data, "class=\"way\""), 0);
    cyn_buf_clear(&d.html);
}

static void test_a_metric_that_failed_says_why(void)
{
    sample s = sample_new("en", 1);
    const cyn_err why = {
        .message = "attempt to index <nil>", .file = "metrics/aha.lua", .line = 7, .column = 3};
    cyn_point failed = *s.data.metrics[0].ended;
    failed.failed = true;
    failed.value = CYN_MISSING;
    failed.error = &why;
    cyn_page_metric m = s.data.metrics[0];
    m.ended = &failed;
    s.data.metrics = &m;
    cyn_buf out = {0};
    CHECK_INT(cyn_page_overview(&s.site, &s.data, &out, NULL), CYN_OK);
    CHECK(strstr(out.data, "attempt to index &lt;nil&gt;") != NULL);
    cyn_buf_clear(&out);
    /* Its own page says where, and of values nothing that is wrong. */
    CHECK_INT(cyn_page_metric_of(&s.site, &s.data, &m, &out, NULL), CYN_OK);
    CHECK(strstr(out.data, "<code>metrics/aha.lua:7:3</code> attempt to index") != NULL);
    m.nvalues = 0;
    CHECK_INT(cyn_page_metric_of(&s.site, &s.data, &m, &out, NULL), CYN_OK);
    CHECK(strstr(out.data, "There is no chart: the last evaluation failed.") != NULL);
    CHECK_INT(count(out.data, "There are no values yet."), 0);
    cyn_buf_clear(&out);
    m.ended = NULL; /* nothing is known of it at all */
    m.nvalues = 0;
    CHECK_INT(cyn_page_overview(&s.site, &s.data, &out, NULL), CYN_OK);
    CHECK_INT(cyn_page_metric_of(&s.site, &s.data, &m, &out, NULL), CYN_OK);
    cyn_buf_clear(&out);
    cyn_arena_free(s.arena);
}

/* ---- what is said beside values ---- */

static void test_the_menu_marks_health_that_needs_somebody(void)
{
    sample s = sample_new("ja", 1);
    cyn_buf out = {0};
    s.site.served = true;
    CHECK_INT(cyn_page_overview(&s.site, &s.data, &out, NULL), CYN_OK);
    CHECK_INT(count(out.data, "要対応"), 0);
    cyn_buf_clear(&out);
    s.site.unwell = true;
    CHECK_INT(cyn_page_overview(&s.site, &s.data, &out, NULL), CYN_OK);
    CHECK_INT(count(out.data, "稼働状況 <span class=\"count\">!<span class=\"unseen\">要対応"), 1);
    cyn_buf_clear(&out);
    cyn_arena_free(s.arena);
}

static void test_alerts_say_what_they_are_about_and_history_who_said_something(void)
{
    sample s = sample_new("en", SAMPLE_SORTS);
    cyn_alert_item item = s.data.alerts->alerts[0];
    cyn_alerts_view view = *s.data.alerts;
    const cyn_page_word words[] = {
        {.at = s.site.now + 1, .about = "aha_drop", .who = "<ann>", .why = "I look"},
        {.at = 1, .silenced = true, .about = "aha_drop", .who = "bob"}};
    cyn_buf out = {0};
    item.summary = "31.0 % in 2026-W46 <b>";
    view.alerts = &item;
    view.nalerts = 1;
    s.data.alerts = &view;
    s.data.words = words;
    s.data.nwords = 2;
    CHECK_INT(cyn_page_alerts(&s.site, &s.data, &out, NULL), CYN_OK);
    CHECK(strstr(out.data, "<p class=\"summary\">31.0 % in 2026-W46 &lt;b&gt;</p>") != NULL);
    const char *history = strstr(out.data, "id=\"history\"");
    const char *newest = history ? strstr(history, "&lt;ann&gt;: I look") : NULL;
    const char *event = history ? strstr(history, "<strong") : NULL;
    const char *oldest = newest ? strstr(newest, ">bob<") : NULL;
    CHECK(newest && oldest);
    CHECK(!event || event > newest);
    CHECK_INT(count(out.data, ">acknowledged</span>"), 1);
    CHECK_INT(count(out.data, ">silenced</span>"), 1);
    cyn_buf_clear(&out);
    cyn_arena_free(s.arena);
}

static void test_cells_say_of_which_column_they_are(void)
{
    sample s = sample_new("en", SAMPLE_SORTS);
    cyn_buf out = {0};
    CHECK_INT(cyn_page_tree(&s.site, &s.data, 0, &out, NULL), CYN_OK);
    size_t rows = revenue_view.count;
    CHECK_INT(count(out.data, "data-label=\"Value\""), rows);
    CHECK_INT(count(out.data, "data-label=\"Share\" class=\"number\""), rows);
    CHECK_INT(count(out.data, "<td data-label=\"Status\">"), rows);
    CHECK_INT(count(out.data, "<td class=\"bars\">"), rows + 1);
    cyn_buf_clear(&out);
    cyn_arena_free(s.arena);
}

static void test_a_tree_says_how_it_was_shared_out(void)
{
    sample s = sample_new("en", SAMPLE_SORTS);
    cyn_buf out = {0};
    CHECK_INT(cyn_page_tree(&s.site, &s.data, 0, &out, NULL), CYN_OK);
    CHECK(strstr(out.data, "<p class=\"notes\">") != NULL);
    CHECK(strstr(out.data, "method ") != NULL);
    cyn_buf_clear(&out);
    cyn_arena_free(s.arena);
}

static void test_a_new_definition_is_one_line_of_what_was_restated(void)
{
    sample s = sample_new("en", 1);
    cyn_page_metric m = s.data.metrics[0];
    const cyn_page_restated lines[] = {sample_restated[0],
                                       {.period = "2025-W01",
                                        .until = "2026-W45",
                                        .periods = 97,
                                        .redefined = true,
                                        .at = s.site.now}};
    cyn_buf out = {0};
    m.restated = lines;
    m.nrestated = 2;
    m.all_restated = 60;
    CHECK_INT(cyn_page_metric_of(&s.site, &s.data, &m, &out, NULL), CYN_OK);
    CHECK(strstr(out.data, "2025-W01 – 2026-W45") != NULL);
    CHECK(strstr(out.data, "its definition changed (97 periods)") != NULL);
    CHECK(strstr(out.data, "the newest 2 of 60") != NULL);
    cyn_buf_clear(&out);
    cyn_arena_free(s.arena);
}

static void test_annotations_are_in_the_language_of_the_page(void)
{
    const cyn_page_event notes[] = {
        {.at = 1775000000000000, .text = "Sale", .ja = "セール", .kind = CYN_PAGE_NOTE}};
    for (int ja = 0; ja < 2; ja++) {
        sample s = sample_new(ja ? "ja" : "en", 1);
        cyn_page_metric m = s.data.metrics[0];
        cyn_buf out = {0};
        m.events = notes;
        m.nevents = 1;
        CHECK_INT(cyn_page_metric_of(&s.site, &s.data, &m, &out, NULL), CYN_OK);
        CHECK_INT(count(out.data, "Sale"), !ja);
        CHECK_INT(count(out.data, "セール"), ja);
        cyn_buf_clear(&out);
        cyn_arena_free(s.arena);
    }
}

/* ---- forms ---- */

static void test_forms_are_there_only_for_whoever_may_write(void)
{
    sample s = sample_new("en", SAMPLE_SORTS);
    cyn_buf out = {0};
    s.site.served = true;
    s.site.csrf = "a<b";
    CHECK_INT(cyn_page_alerts(&s.site, &s.data, &out, NULL), CYN_OK);
    CHECK_INT(count(out.data, "<form"), 0);
    CHECK_INT(count(out.data, "a&lt;b"), 0);
    cyn_buf_clear(&out);
    s.site.may_write = true;
    CHECK_INT(cyn_page_alerts(&s.site, &s.data, &out, NULL), CYN_OK);
    CHECK_INT(count(out.data, "<form"), 6); /* 2 acknowledge, 3 silence, 1 ends a silence */
    CHECK_INT(count(out.data, "name=\"csrf\" value=\"a&lt;b\""), 6);
    CHECK_INT(count(out.data, "name=\"who\" required"), 4); /* undoing needs no name */
    /* The matcher means exactly this alert, whatever its label holds. */
    CHECK(strstr(out.data, "value=\"channel=&quot;ads \\&quot;x\\&quot; \\\\ &lt;i&gt;&quot;\"") !=
          NULL);
    cyn_buf_clear(&out);
    s.site.served = false; /* nobody can press a button of a file */
    CHECK_INT(cyn_page_alerts(&s.site, &s.data, &out, NULL), CYN_OK);
    CHECK_INT(count(out.data, "<form"), 0);
    cyn_buf_clear(&out);
    cyn_arena_free(s.arena);
}

static void test_the_form_of_a_silence_makes_a_matcher_that_is_read_again(void)
{
    cyn_arena *a = cyn_arena_new(0);
    cyn_matcher m;
    CHECK_INT(cyn_matcher_parse("channel=\"ads \\\"x\\\" \\\\ <i>\"", a, &m, NULL), CYN_OK);
    CHECK_STR(m.value, sample_labels[0].value);
    cyn_matchers_free(&m, 1);
    cyn_arena_free(a);
}

/* ---- names of files ---- */

static void test_each_page_has_a_file_of_its_own(void)
{
    cyn_buf b = {0};
    cyn_page_file(CYN_PAGE_OVERVIEW, NULL, &b);
    cyn_buf_putc(&b, ' ');
    cyn_page_file(CYN_PAGE_METRIC, "revenue", &b);
    cyn_buf_putc(&b, ' ');
    cyn_page_file(CYN_PAGE_TREE, "revenue", &b);
    CHECK_STR(b.data, "index.html metric-revenue.html tree-revenue.html");
    cyn_buf_clear(&b);
}

static void test_every_page_says_early_that_it_is_ours(void)
{
    sample s = sample_new("ja", 1);
    cyn_buf out = {0};
    CHECK_INT(cyn_page_message(&s.site, "x", "y", &out, NULL), CYN_OK);
    const char *mark = strstr(out.data, CYN_PAGE_MARK);
    CHECK(mark && mark - out.data + strlen(CYN_PAGE_MARK) < 512);
    cyn_buf_clear(&out);
    cyn_arena_free(s.arena);
}

/* ---- memory ---- */

static cyn_code write_all(const sample *s, cyn_buf *out, cyn_err *err)
{
    CYN_TRY(cyn_page_report(&s->site, &s->data, out, err));
    CYN_TRY(cyn_page_metric_of(&s->site, &s->data, s->data.metrics, out, err));
    return cyn_page_health(&s->site, &s->data, sample_facts, 3, out, err);
}

static void test_exhausted_memory_is_an_error(void)
{
    sample s = sample_new("en", 3);
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 1;
    for (; n < 5000 && rc != CYN_OK; n++) {
        cyn_buf out = {0};
        cyn_err err = {0};
        cyn_test_fail_after(n);
        rc = write_all(&s, &out, &err);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || (rc == CYN_E_NOMEM && err.code == CYN_E_NOMEM));
        cyn_buf_clear(&out);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 10);
    cyn_arena_free(s.arena);
}

int main(void)
{
    cyn_tz *tz = NULL;
    if (cyn_tz_load("Asia/Tokyo", &tz, NULL) != CYN_OK) return 1;
    calendar.tz = tz;
    RUN(test_markup_is_escaped);
    RUN(test_what_is_no_character_is_replaced);
    RUN(test_scales_end_at_round_numbers);
    RUN(test_scales_of_extreme_numbers_have_no_steps);
    RUN(test_a_missing_value_is_a_gap_and_a_lone_one_a_dot);
    RUN(test_the_running_period_is_dashed_and_decides_no_scale);
    RUN(test_without_values_there_is_a_sentence);
    RUN(test_extreme_values_stay_in_the_picture);
    RUN(test_bands_are_what_the_sheet_says_of_their_middle);
    RUN(test_a_target_far_away_presses_nothing_flat);
    RUN(test_the_way_to_a_target_is_a_line);
    RUN(test_a_metric_that_failed_says_why);
    RUN(test_the_menu_marks_health_that_needs_somebody);
    RUN(test_alerts_say_what_they_are_about_and_history_who_said_something);
    RUN(test_cells_say_of_which_column_they_are);
    RUN(test_a_tree_says_how_it_was_shared_out);
    RUN(test_a_new_definition_is_one_line_of_what_was_restated);
    RUN(test_annotations_are_in_the_language_of_the_page);
    RUN(test_forms_are_there_only_for_whoever_may_write);
    RUN(test_the_form_of_a_silence_makes_a_matcher_that_is_read_again);
    RUN(test_each_page_has_a_file_of_its_own);
    RUN(test_every_page_says_early_that_it_is_ours);
    RUN(test_exhausted_memory_is_an_error);
    cyn_tz_free(tz);
    return test_end();
}
