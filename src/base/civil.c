/* The proleptic Gregorian calendar: days, weekdays, ISO weeks. */
#include "base/time_impl.h"
#include <stdio.h>

/* Years are counted from March here, so that the leap day is the last day of a year. */
#define DAYS_TO_EPOCH  719468 /* from 0000-03-01 to 1970-01-01 */
#define DAYS_PER_CYCLE 146097 /* 400 years */
/* Instants end 106,751,991 days from 1970; no date outside of that means anything to us. */
#define DAYS_MAX INT64_C(106752000)

int64_t cyn_days_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int months_since_march = month <= 2 ? month + 9 : month - 3;
    /* Five months from March have 153 days, again and again. */
    int64_t day_of_year = (153 * (int64_t)months_since_march + 2) / 5 + (int64_t)day - 1;
    return y * 365 + cyn_floor_div(y, 4) - cyn_floor_div(y, 100) + cyn_floor_div(y, 400) +
           day_of_year - DAYS_TO_EPOCH;
}

void cyn_civil_from_days(int64_t days, int *year, int *month, int *day)
{
    if (days > DAYS_MAX) days = DAYS_MAX;
    if (days < -DAYS_MAX) days = -DAYS_MAX;
    int64_t shifted = days + DAYS_TO_EPOCH;
    int64_t cycle = cyn_floor_div(shifted, DAYS_PER_CYCLE);
    int in_cycle = (int)floor_mod(shifted, DAYS_PER_CYCLE);
    /* Take the leap days out (one in 1460, but not in 36524, but in 146096), then divide. */
    int y = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
    int day_of_year = in_cycle - (365 * y + y / 4 - y / 100);
    int months_since_march = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    *month = months_since_march < 10 ? months_since_march + 3 : months_since_march - 9;
    *year = (int)(cycle * 400) + y + (*month <= 2);
}

int cyn_weekday(int64_t days)
{
    /* 1970-01-01 was a Thursday. */
    return (int)((floor_mod(days, 7) + 3) % 7) + 1;
}

static bool is_leap_year(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int cyn_days_in_month(int year, int month)
{
    if (month == 2) return is_leap_year(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool cyn_date_valid(int year, int month, int day)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= cyn_days_in_month(year, month);
}

void cyn_iso_week(int64_t days, int *year, int *week)
{
    /* A week belongs to the year that holds its Thursday. */
    int64_t thursday = days - cyn_weekday(days) + 4;
    int month, day;
    cyn_civil_from_days(thursday, year, &month, &day);
    *week = (int)((thursday - cyn_days_from_civil(*year, 1, 1)) / 7) + 1;
}

void cyn_format_year(int year, char out[16])
{
    if (year < 0)
        snprintf(out, 16, "%05d", year);
    else if (year > 9999)
        snprintf(out, 16, "+%d", year);
    else
        snprintf(out, 16, "%04d", year);
}

void cyn_format_date(int64_t days, char *out, size_t size)
{
    int year, month, day;
    char text[16];
    cyn_civil_from_days(days, &year, &month, &day);
    cyn_format_year(year, text);
    snprintf(out, size, "%s-%02d-%02d", text, month, day);
}
