/* The calendar: dates, weekdays, ISO weeks. */
#include "base/time.h"
#include "test.h"

static void test_known_dates_have_their_day_numbers(void)
{
    /* python3: (date(y, m, d) - date(1970, 1, 1)).days; before year 1 by the 400-year cycle. */
    static const struct {
        int year, month, day;
        long long days;
    } cases[] = {{1970, 1, 1, 0},         {1969, 12, 31, -1},   {2000, 2, 29, 11016},
                 {1900, 3, 1, -25508},    {2100, 2, 28, 47540}, {1, 1, 1, -719162},
                 {9999, 12, 31, 2932896}, {0, 3, 1, -719468},   {-400, 3, 1, -719468 - 146097}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int y, m, d;
        CHECK_INT(cyn_days_from_civil(cases[i].year, cases[i].month, cases[i].day), cases[i].days);
        cyn_civil_from_days(cases[i].days, &y, &m, &d);
        CHECK_INT(y, cases[i].year);
        CHECK_INT(m, cases[i].month);
        CHECK_INT(d, cases[i].day);
    }
}

static void test_counting_day_by_day_never_goes_astray(void)
{
    int year = -400, month = 1, day = 1, wrong = 0;
    int64_t days = cyn_days_from_civil(-400, 1, 1);
    for (; year < 2401; days++) {
        int y, m, d;
        cyn_civil_from_days(days, &y, &m, &d);
        wrong += y != year || m != month || d != day || cyn_days_from_civil(y, m, d) != days;
        if (++day > cyn_days_in_month(year, month)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(days, 157420); /* python3: (date(2401, 1, 1) - date(1970, 1, 1)).days */
}

static void test_months_have_their_lengths(void)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int month = 1; month <= 12; month++)
        CHECK_INT(cyn_days_in_month(2026, month), lengths[month - 1]);
    CHECK_INT(cyn_days_in_month(2024, 2), 29);
    CHECK_INT(cyn_days_in_month(2000, 2), 29);
    CHECK_INT(cyn_days_in_month(1900, 2), 28);
    CHECK_INT(cyn_days_in_month(-4, 2), 29);
}

static void test_weekdays_follow_each_other(void)
{
    CHECK_INT(cyn_weekday(0), 4);                                /* a Thursday */
    CHECK_INT(cyn_weekday(cyn_days_from_civil(2026, 9, 6)), 7);  /* GNU date: Sunday */
    CHECK_INT(cyn_weekday(cyn_days_from_civil(1600, 2, 29)), 2); /* GNU date: Tuesday */
    int wrong = 0;
    for (int64_t days = -1000000; days < 1000000; days++)
        wrong += cyn_weekday(days + 1) != cyn_weekday(days) % 7 + 1;
    CHECK_INT(wrong, 0);
}

static void test_iso_weeks_agree_with_gnu_date(void)
{
    /* date -u -d 2009-01-01 +%G-W%V */
    static const struct {
        int year, month, day, iso_year, week;
    } cases[] = {
        {1999, 1, 1, 1998, 53},   {2000, 1, 1, 1999, 52},   {2004, 12, 31, 2004, 53},
        {2005, 1, 1, 2004, 53},   {2008, 12, 31, 2009, 1},  {2010, 1, 1, 2009, 53},
        {2015, 12, 31, 2015, 53}, {2020, 12, 31, 2020, 53}, {2021, 1, 1, 2020, 53},
        {2026, 1, 1, 2026, 1},    {2026, 12, 31, 2026, 53}, {2027, 12, 31, 2027, 52},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int year, week;
        cyn_iso_week(cyn_days_from_civil(cases[i].year, cases[i].month, cases[i].day), &year,
                     &week);
        CHECK_INT(year, cases[i].iso_year);
        CHECK_INT(week, cases[i].week);
    }
}

/* 53 where 1 January (or 31 December) is a Thursday, by the day of week of 31 December. */
static int weeks_in_year(int year)
{
    int last = (year + year / 4 - year / 100 + year / 400) % 7, y = year - 1;
    int before = (y + y / 4 - y / 100 + y / 400) % 7;
    return last == 4 || before == 3 ? 53 : 52;
}

static void test_iso_weeks_of_all_days_to_2100_fit_another_formula(void)
{
    int wrong = 0;
    for (int year = 1970; year <= 2100; year++) {
        int64_t first = cyn_days_from_civil(year, 1, 1);
        int64_t end = cyn_days_from_civil(year + 1, 1, 1);
        for (int64_t days = first; days < end; days++) {
            int iso_year = year, week = ((int)(days - first) + 1 - cyn_weekday(days) + 10) / 7;
            if (week == 0)
                week = weeks_in_year(--iso_year);
            else if (week > weeks_in_year(year)) {
                week = 1;
                iso_year++;
            }
            int got_year, got_week;
            cyn_iso_week(days, &got_year, &got_week);
            wrong += got_year != iso_year || got_week != week;
        }
    }
    CHECK_INT(wrong, 0);
}

static void test_days_beyond_every_instant_are_held_at_the_edge(void)
{
    int y, m, d;
    cyn_civil_from_days(INT64_MAX, &y, &m, &d);
    CHECK_INT(y, 294247);
    cyn_civil_from_days(INT64_MIN, &y, &m, &d);
    CHECK_INT(y, -290308);
}

static void test_dates_are_written_in_iso_8601(void)
{
    char text[32];
    cyn_format_date(cyn_days_from_civil(2018, 8, 8), text, sizeof text);
    CHECK_STR(text, "2018-08-08");
    cyn_format_date(cyn_days_from_civil(44, 3, 15), text, sizeof text);
    CHECK_STR(text, "0044-03-15");
    cyn_format_date(cyn_days_from_civil(-44, 3, 15), text, sizeof text);
    CHECK_STR(text, "-0044-03-15");
    cyn_format_date(cyn_days_from_civil(12026, 1, 1), text, sizeof text);
    CHECK_STR(text, "+12026-01-01");
}

int main(void)
{
    RUN(test_known_dates_have_their_day_numbers);
    RUN(test_counting_day_by_day_never_goes_astray);
    RUN(test_months_have_their_lengths);
    RUN(test_weekdays_follow_each_other);
    RUN(test_iso_weeks_agree_with_gnu_date);
    RUN(test_iso_weeks_of_all_days_to_2100_fit_another_formula);
    RUN(test_days_beyond_every_instant_are_held_at_the_edge);
    RUN(test_dates_are_written_in_iso_8601);
    return test_end();
}
