/* What points are compared with. */
#include "metric/point.h"
#include "test.h"

static void test_kinds_are_read_and_all_else_is_a_period(void)
{
    static const struct {
        const char *word;
        cyn_against_kind kind;
    } cases[] = {{"previous", CYN_AGAINST_PREVIOUS},   {"last_year", CYN_AGAINST_LAST_YEAR},
                 {"last-year", CYN_AGAINST_LAST_YEAR}, {"target", CYN_AGAINST_TARGET},
                 {"market", CYN_AGAINST_MARKET},       {"2026-W40", CYN_AGAINST_PERIOD},
                 {"period", CYN_AGAINST_PERIOD},       {"Target", CYN_AGAINST_PERIOD}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_against a = cyn_parse_against(cases[i].word);
        CHECK_INT(a.kind, cases[i].kind);
        CHECK_STR(a.period, a.kind == CYN_AGAINST_PERIOD ? cases[i].word : NULL);
    }
}

static cyn_tz *utc;
static cyn_calendar cal;

/* The label of the period that one of this label is compared with; "": none. */
static const char *other(cyn_against a, cyn_grain_unit unit, const char *label)
{
    static char out[64];
    cyn_period of, found;
    CHECK_INT(cyn_parse_period(&cal, (cyn_grain){unit, 1}, label, &of, NULL), CYN_OK);
    out[0] = '\0';
    if (cyn_against_period(&a, &cal, of, &found)) cyn_period_label(&cal, found, out, sizeof out);
    return out;
}

static void test_comparisons_are_with_a_period_but_for_the_sheets_figures(void)
{
    const cyn_against previous = {CYN_AGAINST_PREVIOUS, NULL};
    const cyn_against named = {CYN_AGAINST_PERIOD, "2026-10-05"};
    CHECK_INT(cyn_tz_load("UTC", &utc, NULL), CYN_OK);
    cal = (cyn_calendar){.tz = utc, .week_start = 1, .fiscal_month = 1};
    CHECK_STR(other(previous, CYN_WEEK, "2026-W41"), "2026-W40");
    CHECK_STR(other((cyn_against){CYN_AGAINST_LAST_YEAR, NULL}, CYN_MONTH, "2026-10"), "2025-10");
    CHECK_STR(other(named, CYN_WEEK, "2026-W47"), "2026-W41");
    CHECK_STR(other(named, CYN_HOURLY, "2026-10-20T10"), ""); /* a day is no hour */
    CHECK_STR(other(previous, CYN_ALL, "all"), "");
    CHECK_STR(other((cyn_against){CYN_AGAINST_TARGET, NULL}, CYN_WEEK, "2026-W41"), "");
    CHECK_STR(other((cyn_against){CYN_AGAINST_MARKET, NULL}, CYN_WEEK, "2026-W41"), "");
    cyn_tz_free(utc);
}

/* S-4 */
static void test_the_sheets_figures_are_about_its_grain(void)
{
    const cyn_metric m = {.sheet = {.has_grain = true,
                                    .grain = {CYN_MONTH, 1},
                                    .has_target = true,
                                    .target = 5,
                                    .has_market = true,
                                    .market = 7}};
    cyn_point p = {.metric = &m, .period.grain = {CYN_MONTH, 1}};
    CHECK_NEAR(cyn_num_double(cyn_point_target(&p)), 5, 0);
    CHECK_NEAR(cyn_num_double(cyn_point_market(&p)), 7, 0);
    p.period.grain.unit = CYN_WEEK;
    CHECK(cyn_num_is_missing(cyn_point_target(&p)) && cyn_num_is_missing(cyn_point_market(&p)));
}

int main(void)
{
    RUN(test_kinds_are_read_and_all_else_is_a_period);
    RUN(test_comparisons_are_with_a_period_but_for_the_sheets_figures);
    RUN(test_the_sheets_figures_are_about_its_grain);
    return test_end();
}
