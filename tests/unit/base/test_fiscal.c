/* Fiscal calendars whose months, quarters and years are made of whole weeks.
 *
 * P-… are the rules of docs/numerics.md.
 */
#include "periods.h"

/* The days of a year, as its rule has them; P-13. */
typedef struct year_case {
    const char *label, *first, *last;
    int weeks;
} year_case;

static void check_years(const cyn_calendar *cal, const year_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cyn_period p = named(cal, year, cases[i].label);
        CHECK_STR(label(cal, p), cases[i].label);
        CHECK_INT(p.start, at(cases[i].first));
        CHECK_INT(p.end, at(cases[i].last) + CYN_DAY);
        CHECK_INT((p.end - p.start) / CYN_DAY, 7 * cases[i].weeks);
    }
}

static void test_the_retail_calendar_is_the_published_one(void)
{
    static const year_case years[] = {
        {"FY2012", "2012-01-29", "2013-02-02", 53}, {"FY2017", "2017-01-29", "2018-02-03", 53},
        {"FY2022", "2022-01-30", "2023-01-28", 52}, {"FY2023", "2023-01-29", "2024-02-03", 53},
        {"FY2024", "2024-02-04", "2025-02-01", 52}, {"FY2025", "2025-02-02", "2026-01-31", 52},
        {"FY2026", "2026-02-01", "2027-01-30", 52}};
    check_years(&retail, years, COUNT(years));
    static const struct {
        const char *label, *first;
        int weeks;
    } months[] = {{"FY2024-P01", "2024-02-04", 4}, {"FY2024-P02", "2024-03-03", 5},
                  {"FY2024-P03", "2024-04-07", 4}, {"FY2024-P04", "2024-05-05", 4},
                  {"FY2024-P05", "2024-06-02", 5}, {"FY2024-P06", "2024-07-07", 4},
                  {"FY2024-P12", "2025-01-05", 4}, {"FY2023-P11", "2023-11-26", 5},
                  {"FY2023-P12", "2023-12-31", 5}};
    for (size_t i = 0; i < COUNT(months); i++) {
        cyn_period p = named(&retail, month, months[i].label);
        CHECK_STR(label(&retail, p), months[i].label);
        CHECK_INT(p.start, at(months[i].first));
        CHECK_INT((p.end - p.start) / CYN_DAY, 7 * months[i].weeks);
    }
    cyn_period q = named(&retail, quarter, "FY2023-Q4");
    CHECK_INT(q.start, at("2023-10-29"));
    CHECK_INT(q.end, at("2024-02-04"));
    CHECK_INT(cyn_period_at(&retail, quarter, at("2024-02-03T23:59:59")).start, q.start);
    CHECK_STR(label(&retail, cyn_period_shift(&retail, q, 1)), "FY2024-Q1");
}

/* Fiscal years of annual reports: Apple's end on the last Saturday of September, Intel's on the
 * last of December, Johnson & Johnson's on the Sunday nearest to the end of December. */
static void test_years_of_weeks_end_where_annual_reports_do(void)
{
    static const year_case apple[] = {{"FY2022", "2021-09-26", "2022-09-24", 52},
                                      {"FY2023", "2022-09-25", "2023-09-30", 53},
                                      {"FY2024", "2023-10-01", "2024-09-28", 52}};
    static const year_case intel[] = {{"FY2022", "2021-12-26", "2022-12-31", 53},
                                      {"FY2023", "2023-01-01", "2023-12-30", 52},
                                      {"FY2024", "2023-12-31", "2024-12-28", 52}};
    static const year_case jnj[] = {{"FY2020", "2019-12-30", "2021-01-03", 53},
                                    {"FY2021", "2021-01-04", "2022-01-02", 52},
                                    {"FY2022", "2022-01-03", "2023-01-01", 52},
                                    {"FY2023", "2023-01-02", "2023-12-31", 52}};
    cyn_calendar cal = {.week_start = 7, .fiscal_month = 10, .pattern = 445, .year_end = 6};
    check_years(&cal, apple, COUNT(apple));
    cal.fiscal_month = 1;
    check_years(&cal, intel, COUNT(intel));
    cal = (cyn_calendar){
        .week_start = 1, .fiscal_month = 1, .pattern = 445, .year_end = 7, .nearest_end = true};
    check_years(&cal, jnj, COUNT(jnj));
}

/* Whatever the rule: months follow each other without a gap, hold whole weeks of the pattern, and
 * their labels are read back. */
static void test_months_of_weeks_cover_every_day_once(void)
{
    static const int patterns[] = {445, 454, 544};
    for (int rule = 0; rule < 3 * 7 * 2 * 12; rule++) {
        cyn_calendar cal = {.week_start = 1 + (rule / 3) % 7,
                            .fiscal_month = 1 + rule / 42,
                            .pattern = patterns[rule % 3],
                            .year_end = 1 + (rule / 3 + 6) % 7,
                            .nearest_end = rule / 21 % 2};
        cyn_period p = cyn_period_at(&cal, month, at("1999-12-31")), y = {0};
        for (int i = 0; i < 12 * 12; i++, p = cyn_period_shift(&cal, p, 1)) {
            int64_t weeks = (p.end - p.start) / (7 * CYN_DAY);
            CHECK_INT(weeks * 7 * CYN_DAY, p.end - p.start);
            const char *text = label(&cal, p);
            int number = atoi(text + strlen("FY2000-P"));
            int wanted = number % 3 == 1   ? cal.pattern / 100
                         : number % 3 == 2 ? cal.pattern / 10 % 10
                                           : cal.pattern % 10;
            CHECK(weeks == wanted || (number == 12 && weeks == wanted + 1));
            CHECK_INT(named(&cal, month, text).start, p.start);
            CHECK_INT(cyn_weekday(p.start / CYN_DAY), cal.week_start);
            CHECK_INT(cyn_period_at(&cal, month, p.end - 1).start, p.start);
            CHECK_INT(cyn_period_at(&cal, month, p.end).start, p.end);
            y = cyn_period_at(&cal, year, p.start);
            CHECK(number == 1 ? y.start == p.start : y.start < p.start);
            CHECK(number == 12 ? y.end == p.end : y.end > p.end);
        }
    }
}

/* P-8: months, quarters and years by name; what is shorter by aligned weeks. */
static void test_last_year_of_a_retail_calendar_is_aligned(void)
{
    static const struct {
        cyn_grain grain;
        const char *of, *is;
    } cases[] = {
        {{CYN_MONTH, 1}, "FY2024-P12", "FY2023-P12"},
        {{CYN_QUARTER, 1}, "FY2024-Q1", "FY2023-Q1"},
        {{CYN_YEAR, 1}, "FY2024", "FY2023"},
        {{CYN_WEEK, 1}, "2024-02-04/P7D", "2023-02-05/P7D"},
        {{CYN_DAILY, 1}, "2024-11-29", "2023-12-01"}, /* Fridays */
        {{CYN_HOURLY, 1}, "2024-03-01T09", "2023-03-03T09"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        cyn_period p = named(&retail, cases[i].grain, cases[i].of);
        CHECK_STR(label(&retail, cyn_period_last_year(&retail, p)), cases[i].is);
    }
}

int main(void)
{
    RUN(test_the_retail_calendar_is_the_published_one);
    RUN(test_years_of_weeks_end_where_annual_reports_do);
    RUN(test_months_of_weeks_cover_every_day_once);
    RUN(test_last_year_of_a_retail_calendar_is_aligned);
    return test_end();
}
