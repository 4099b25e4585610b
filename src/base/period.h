/* Grains and periods: half-open intervals of the project's time zone, with their labels.
 *
 * A calendar says how time is cut: zone, first day of the week, first month of the fiscal year, and
 * whether months, quarters and years are those of the calendar or made of whole weeks (4-4-5). A
 * period is [start, end) in instants; DST makes a day 23 or 25 hours long (docs/numerics.md, P-…).
 * Labels are ISO 8601 where they can be: 2026, 2026-Q3, 2026-09, 2026-W36, 2026-09-03,
 * 2026-09-03T14 (with offset in the repeated hour of DST), 2026-09-03T14:05 for minutes, "all".
 * Weeks that start on Monday have ISO labels; others are named by their first day
 * ("2026-09-06/P7D"). Fiscal years starting in another month are FY2026 (the year in which they
 * end, or begin where the calendar says so), FY2026-Q1; months made of weeks are FY2026-P03. Pure
 * functions; a cyn_calendar is read-only once filled.
 *
 * Every instant is in exactly one period of a grain, and periods follow each other without a gap:
 * - A date begins with its first instant. When the clock is put back over midnight, the rest of the
 *   old date counts for the new one. A date that a zone skipped has no period.
 * - Hours and minutes follow the wall clock: a new one begins when it shows a multiple of the
 *   length since midnight, or jumps into another one. Minutes that do not divide a day leave a
 *   shorter last one: 7-minute periods begin at 00:00 … 23:48 and 23:55. So the repeated hour is
 * two periods and the skipped hour none; 4-hour periods have 3 or 5 hours on such a day. One that a
 * change starts late is named by that minute ("2026-10-04T02:30" at Lord Howe). Years -9999 … 9999
 * are supported; what lies beyond is taken for the first or last period inside.
 *
 *     cyn_calendar cal = {.tz = tz, .week_start = 1, .fiscal_month = 1};
 *     cyn_period p = cyn_period_at(&cal, (cyn_grain){CYN_WEEK, 1}, now);
 *     cyn_period last = cyn_period_shift(&cal, p, -1);   // the last period that has ended
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include <stddef.h>

typedef enum cyn_grain_unit {
    CYN_ALL, /* one period without bounds */
    CYN_MINUTES,
    CYN_HOURLY,
    CYN_DAILY,
    CYN_WEEK,
    CYN_MONTH,
    CYN_QUARTER,
    CYN_YEAR,
} cyn_grain_unit;

typedef struct cyn_grain {
    cyn_grain_unit unit;
    int n; /* CYN_MINUTES: how many, 1 … 1440, counted from local midnight; else 1 */
} cyn_grain;

typedef struct cyn_calendar {
    const cyn_tz *tz;
    int week_start;      /* ISO weekday, Monday 1 */
    int fiscal_month;    /* 1…12; quarters and years start there */
    bool named_by_start; /* a fiscal year is called by the year in which it begins, not ends */
    /* Months, quarters and years of whole weeks (base/fiscal.c): 445, 454 or 544; 0: the calendar's
     * months. Such a year ends on the weekday year_end: the last one before fiscal_month, or the
     * one nearest to its start. Weeks should start on the day after. */
    int pattern;
    int year_end; /* ISO weekday */
    bool nearest_end;
} cyn_calendar;

#define CYN_TIME_MIN INT64_MIN
#define CYN_TIME_MAX INT64_MAX

typedef struct cyn_period {
    cyn_grain grain;
    int64_t start, end; /* half-open; CYN_ALL: CYN_TIME_MIN, CYN_TIME_MAX */
} cyn_period;

/* "hour" "day" "week" "month" "quarter" "year" "all" "5m" "15min"; CYN_E_NAME with a hint,
 * CYN_E_RANGE for minutes beyond a day. */
CYN_NODISCARD cyn_code cyn_parse_grain(const char *s, cyn_grain *out, cyn_err *err);
/* The word that cyn_parse_grain reads; out holds 16. */
void cyn_format_grain(cyn_grain g, char out[16]);
static inline int cyn_grain_equal(cyn_grain a, cyn_grain b)
{
    return a.unit == b.unit && (a.unit != CYN_MINUTES || a.n == b.n);
}
/* How many periods make a season: a day of hours or minutes, a week of days, a year of the rest; 1:
 * there is none. docs/numerics.md, G-5. */
int cyn_grain_season(cyn_grain g);
/* The period of this grain that holds the instant. */
cyn_period cyn_period_at(const cyn_calendar *cal, cyn_grain g, int64_t instant);
/* n periods later (earlier when negative), counting dates by the calendar; a date that was skipped
 * gives the next that was not. CYN_ALL stays. */
cyn_period cyn_period_shift(const cyn_calendar *cal, cyn_period p, int n);
/* The same period of last year: months, quarters, years by name; days by date (29 February gives
 * 28); weeks aligned, 52 weeks back; hours and minutes the same local time of last year's date. In
 * a calendar made of weeks, days, hours and minutes are aligned too. CYN_ALL stays. */
cyn_period cyn_period_last_year(const cyn_calendar *cal, cyn_period p);
void cyn_period_label(const cyn_calendar *cal, cyn_period p, char *out, size_t size); /* ≥ 48 */
/* Reads a label of any grain, or a date/instant, as the period of grain g that it names (a label of
 * another grain: the period of g that holds its start; "2026-W36" starts on Monday whatever the
 * calendar's weeks do). CYN_E_SYNTAX says which forms are known, CYN_E_RANGE that the zone skipped
 * the date. */
CYN_NODISCARD cyn_code cyn_parse_period(const cyn_calendar *cal, cyn_grain g, const char *s,
                                        cyn_period *out, cyn_err *err);
/* The same where the label names no more than that period: CYN_E_RANGE for "2026-10" and weeks. */
CYN_NODISCARD cyn_code cyn_parse_one_period(const cyn_calendar *cal, cyn_grain g, const char *s,
                                            cyn_period *out, cyn_err *err);
/* All periods of grain g that intersect [from, to), oldest first; CYN_E_LIMIT over 100,000. */
CYN_NODISCARD cyn_code cyn_periods_between(const cyn_calendar *cal, cyn_grain g, int64_t from,
                                           int64_t to, cyn_arena *a, cyn_period **out,
                                           size_t *count, cyn_err *err);
