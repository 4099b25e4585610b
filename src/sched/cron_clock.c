/* What an expression names on a clock that never jumps: months, then days by a mask of the month,
 * then the time of day by masks, in both directions. */
#include "sched/cron_impl.h"

#define DAY_SECONDS 86400
#define FIRST_YEAR  (-9998)
#define LAST_YEAR   9997

/* The lowest bit at or above `from`, and the highest at or below `to`; -1. */
static int bit_from(uint64_t mask, int from)
{
    uint64_t left = from > 63 ? 0 : mask >> from << from;
    return left ? __builtin_ctzll(left) : -1;
}

static int bit_to(uint64_t mask, int to)
{
    uint64_t left = to < 0 ? 0 : mask << (63 - to) >> (63 - to);
    return left ? 63 - __builtin_clzll(left) : -1;
}

static int lowest(uint64_t mask)
{
    return bit_from(mask, 0);
}

static int highest(uint64_t mask)
{
    return bit_to(mask, 63);
}

/* ---- the time of day, in seconds; -1: none ---- */

static int first_in_hour(const cyn_cron *c, int hour)
{
    return hour < 0 ? -1 : hour * 3600 + lowest(c->minutes) * 60 + lowest(c->seconds);
}

static int last_in_hour(const cyn_cron *c, int hour)
{
    return hour < 0 ? -1 : hour * 3600 + highest(c->minutes) * 60 + highest(c->seconds);
}

static int time_from(const cyn_cron *c, int time)
{
    int hour = time / 3600, minute = time / 60 % 60, second;
    if (!(c->hours >> hour & 1)) return first_in_hour(c, bit_from(c->hours, hour));
    second = c->minutes >> minute & 1 ? bit_from(c->seconds, time % 60) : -1;
    if (second >= 0) return hour * 3600 + minute * 60 + second;
    minute = bit_from(c->minutes, minute + 1);
    if (minute >= 0) return hour * 3600 + minute * 60 + lowest(c->seconds);
    return first_in_hour(c, bit_from(c->hours, hour + 1));
}

static int time_to(const cyn_cron *c, int time)
{
    int hour = time / 3600, minute = time / 60 % 60, second;
    if (!(c->hours >> hour & 1)) return last_in_hour(c, bit_to(c->hours, hour));
    second = c->minutes >> minute & 1 ? bit_to(c->seconds, time % 60) : -1;
    if (second >= 0) return hour * 3600 + minute * 60 + second;
    minute = bit_to(c->minutes, minute - 1);
    if (minute >= 0) return hour * 3600 + minute * 60 + highest(c->seconds);
    return last_in_hour(c, bit_to(c->hours, hour - 1));
}

/* ---- the days of a month: bits 1…31 ---- */

static uint32_t bit_of_day(int day)
{
    return day > 0 ? UINT32_C(1) << day : 0;
}

/* Monday to Friday; never in another month. Sunday is 0. */
static int workday_near(int day, int weekday, int count)
{
    if (weekday == 6) return day == 1 ? 3 : day - 1;
    if (weekday == 0) return day == count ? day - 2 : day + 1;
    return day;
}

static uint32_t by_date(const cyn_cron *c, int first, int count)
{
    uint32_t days = c->days;
    int last_weekday = (first + count - 1) % 7, last_workday = count;
    for (int n = lowest(c->from_end); n >= 0; n = bit_from(c->from_end, n + 1))
        days |= bit_of_day(count - n);
    for (int day = lowest(c->nearest); day >= 0 && day <= count;
         day = bit_from(c->nearest, day + 1))
        days |= bit_of_day(workday_near(day, (first + day - 1) % 7, count));
    if (last_weekday == 6) last_workday = count - 1;
    if (last_weekday == 0) last_workday = count - 2;
    return c->last_workday ? days | bit_of_day(last_workday) : days;
}

static uint32_t by_weekday(const cyn_cron *c, int first, int count)
{
    uint32_t days = 0;
    for (int day = 1; day <= count; day++) {
        int weekday = (first + day - 1) % 7, nth = (day - 1) / 7 + 1;
        bool named = c->weekdays >> weekday & 1 || c->nth[weekday] >> nth & 1 ||
                     (c->last >> weekday & 1 && day + 7 > count);
        if (named) days |= bit_of_day(day);
    }
    return days;
}

static uint32_t days_of(const cyn_cron *c, int year, int month)
{
    if (!(c->months >> month & 1)) return 0;
    int count = cyn_days_in_month(year, month);
    int first = cyn_weekday(cyn_days_from_civil(year, month, 1)) % 7;
    uint32_t all = UINT32_MAX >> (31 - count) & ~UINT32_C(1);
    if (c->any_day && c->any_weekday) return all;
    return all & ((c->any_day ? 0 : by_date(c, first, count)) |
                  (c->any_weekday ? 0 : by_weekday(c, first, count)));
}

/* ---- both ---- */

static int64_t clock_of(int year, int month, int day, int time)
{
    return cyn_days_from_civil(year, month, day) * DAY_SECONDS + time;
}

int64_t cyn_cron_clock_from(const cyn_cron *c, int64_t clock)
{
    int64_t start = clock_of(FIRST_YEAR, 1, 1, 0);
    if (clock < start) clock = start;
    if (clock >= clock_of(LAST_YEAR + 1, 1, 1, 0)) return CYN_SLOT_END;
    int64_t date = cyn_floor_div(clock, DAY_SECONDS);
    int year, month, day, time = time_from(c, (int)(clock - date * DAY_SECONDS));
    cyn_civil_from_days(date, &year, &month, &day);
    if (time >= 0 && days_of(c, year, month) >> day & 1) return date * DAY_SECONDS + time;
    for (int from = day + 1; year <= LAST_YEAR; from = 1) {
        day = bit_from(days_of(c, year, month), from);
        if (day > 0) return clock_of(year, month, day, time_from(c, 0));
        year += month == 12;
        month = month % 12 + 1;
    }
    return CYN_SLOT_END;
}

int64_t cyn_cron_clock_to(const cyn_cron *c, int64_t clock)
{
    int64_t end = clock_of(LAST_YEAR + 1, 1, 1, 0);
    if (clock >= end) clock = end - 1;
    if (clock < clock_of(FIRST_YEAR, 1, 1, 0)) return CYN_SLOT_NONE;
    int64_t date = cyn_floor_div(clock, DAY_SECONDS);
    int year, month, day, time = time_to(c, (int)(clock - date * DAY_SECONDS));
    cyn_civil_from_days(date, &year, &month, &day);
    if (time >= 0 && days_of(c, year, month) >> day & 1) return date * DAY_SECONDS + time;
    for (int to = day - 1; year >= FIRST_YEAR; to = 31) {
        day = bit_to(days_of(c, year, month), to);
        if (day > 0) return clock_of(year, month, day, time_to(c, DAY_SECONDS - 1));
        month = month == 1 ? 12 : month - 1;
        year -= month == 12;
    }
    return CYN_SLOT_NONE;
}
