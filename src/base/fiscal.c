/* Fiscal months: which one holds a date, and where it begins.
 *
 * Months are numbered through, twelve to a fiscal year, so that a quarter is a multiple of three
 * and a year one of twelve, whether months are those of the calendar or made of whole weeks.
 *
 * A retail year is made of weeks: it ends on one weekday, the last one of its last calendar month
 * or the one nearest to that month's end, wherever that leads. Its months have 4, 4 and 5 weeks (in
 * the pattern's order); the 53rd week, in about every sixth year, is the last of the last month.
 */
#include "base/period_impl.h"
#include "base/time_impl.h"

#define LAST_MONTH 11

static int64_t clamp_year(int64_t year)
{
    return year < -10001 ? -10001 : year > 10001 ? 10001 : year; /* so that it fits an int */
}

/* The first day of the fiscal year that begins in or around fiscal_month of `year`. */
static int64_t weekly_year_first(const cyn_calendar *cal, int64_t year)
{
    int64_t month_end = cyn_days_from_civil((int)clamp_year(year), cal->fiscal_month, 1) - 1;
    /* The nearest weekday is the last one up to three days later. */
    int64_t latest = cal->nearest_end ? month_end + 3 : month_end;
    return latest - floor_mod(cyn_weekday(latest) - cal->year_end, 7) + 1;
}

/* Weeks from the start of the year to the start of its month 0 … 11. */
static int64_t weeks_before(const cyn_calendar *cal, int64_t month)
{
    int in_first = cal->pattern / 100, in_second = cal->pattern / 10 % 10;
    int64_t third = month % 3;
    return month / 3 * 13 + (third > 0 ? in_first : 0) + (third > 1 ? in_second : 0);
}

static int64_t weekly_month(const cyn_calendar *cal, int64_t days)
{
    int civil_year, civil_month, day;
    cyn_civil_from_days(days, &civil_year, &civil_month, &day);
    int64_t year = civil_year;
    while (year > -10001 && weekly_year_first(cal, year) > days)
        year--;
    while (year < 10001 && weekly_year_first(cal, year + 1) <= days)
        year++;
    int64_t week = cyn_floor_div(days - weekly_year_first(cal, year), 7), month = 0;
    while (month < LAST_MONTH && weeks_before(cal, month + 1) <= week)
        month++;
    return year * 12 + month;
}

int64_t cyn_fiscal_month(const cyn_calendar *cal, int64_t days)
{
    int year, month, day;
    if (cal->pattern) return weekly_month(cal, days);
    cyn_civil_from_days(days, &year, &month, &day);
    return (int64_t)year * 12 + month - cal->fiscal_month;
}

int64_t cyn_fiscal_month_first(const cyn_calendar *cal, int64_t index)
{
    int64_t year = cyn_floor_div(index, 12), month = floor_mod(index, 12);
    if (cal->pattern) return weekly_year_first(cal, year) + 7 * weeks_before(cal, month);
    month += cal->fiscal_month - 1;
    return cyn_days_from_civil((int)clamp_year(year + month / 12), (int)(month % 12) + 1, 1);
}

int64_t cyn_fiscal_year_shown(const cyn_calendar *cal, int64_t index)
{
    bool ends_later = cal->fiscal_month != 1 && !cal->named_by_start;
    return cyn_floor_div(index, 12) + (ends_later ? 1 : 0);
}
