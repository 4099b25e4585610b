/* Periods: where they begin and end, the next, the one of last year. */
#include "base/period.h"
#include "base/period_impl.h"
#include "base/time_impl.h"
#include "base/tz_impl.h"

/* The supported years, -9999 … 9999: periods beyond them are taken for the first or last inside. */
#define INSTANT_FIRST (INT64_C(-4371587) * CYN_DAY)
#define INSTANT_LAST  (INT64_C(2932897) * CYN_DAY - 1)
#define BETWEEN_MAX   100000

static int64_t clamp(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* --- Days, weeks, months, quarters, years: cut by dates ------------------------------------- */

/* Months of a grain that is made of them. */
static int64_t grain_months(cyn_grain g)
{
    return g.unit == CYN_MONTH ? 1 : g.unit == CYN_QUARTER ? 3 : 12;
}

int64_t cyn_grain_first_day(const cyn_calendar *cal, cyn_grain g, int64_t days)
{
    if (g.unit == CYN_DAILY) return days;
    if (g.unit == CYN_WEEK) return days - (cyn_weekday(days) - cal->week_start + 7) % 7;
    int64_t months = grain_months(g), index = cyn_fiscal_month(cal, days);
    return cyn_fiscal_month_first(cal, cyn_floor_div(index, months) * months);
}

/* The first day of the period that comes n later; `days` is the first day of one. */
static int64_t step_days(const cyn_calendar *cal, cyn_grain g, int64_t days, int64_t n)
{
    if (g.unit == CYN_DAILY) return days + n;
    if (g.unit == CYN_WEEK) return days + 7 * n;
    return cyn_fiscal_month_first(cal, cyn_fiscal_month(cal, days) + grain_months(g) * n);
}

static cyn_period period_from(const cyn_calendar *cal, cyn_grain g, int64_t first)
{
    return (cyn_period){g, cyn_tz_midnight(cal->tz, first),
                        cyn_tz_midnight(cal->tz, step_days(cal, g, first, 1))};
}

/* The first day of the period that holds an instant's date. */
static int64_t first_day_at(const cyn_calendar *cal, cyn_grain g, int64_t instant)
{
    return cyn_grain_first_day(cal, g, cyn_tz_date(cal->tz, instant));
}

static cyn_period dated_at(const cyn_calendar *cal, cyn_grain g, int64_t instant)
{
    int64_t first = first_day_at(cal, g, instant);
    cyn_period p = period_from(cal, g, first);
    /* Where the clock is put back over midnight, the rest of the old date already belongs to the
     * new one: a date begins with its first instant, once. */
    while (instant >= p.end) {
        first = step_days(cal, g, first, 1);
        p = period_from(cal, g, first);
    }
    return p;
}

/* A date that the zone skipped (Apia, 2011-12-30) has no period: go on to the next that has. */
static cyn_period dated_shift(const cyn_calendar *cal, cyn_period p, int64_t n)
{
    cyn_grain g = p.grain;
    int64_t first = step_days(cal, g, first_day_at(cal, g, p.start), n);
    first = clamp(first, first_day_at(cal, g, INSTANT_FIRST), first_day_at(cal, g, INSTANT_LAST));
    cyn_period shifted = period_from(cal, g, first);
    if (shifted.start == shifted.end)
        shifted = period_from(cal, g, step_days(cal, g, first, n < 0 ? -1 : 1));
    return shifted;
}

/* --- Hours and minutes: cut by the wall clock ----------------------------------------------- */

/* A new one begins whenever the local clock shows a multiple of its length since midnight, or jumps
 * into another one. So an hour that is repeated is two periods, a skipped one is none, and where
 * the clock changes in the middle of one (half an hour at Lord Howe; 4-hour periods anywhere) it is
 * longer or shorter than usual. Counted in seconds; the face of the clock is numbered through, so
 * that lengths that do not divide a day have a shorter last one. */

static int64_t grain_seconds(cyn_grain g)
{
    return g.unit == CYN_HOURLY ? 3600 : (int64_t)g.n * 60;
}

/* The number of the stretch of the face that holds a local time, and where one begins. */
static int64_t face_number(int64_t length, int64_t local)
{
    int64_t in_day = (SECONDS_PER_DAY + length - 1) / length;
    return cyn_floor_div(local, SECONDS_PER_DAY) * in_day +
           floor_mod(local, SECONDS_PER_DAY) / length;
}

static int64_t face_start(int64_t length, int64_t number)
{
    int64_t in_day = (SECONDS_PER_DAY + length - 1) / length;
    return cyn_floor_div(number, in_day) * SECONDS_PER_DAY + floor_mod(number, in_day) * length;
}

static bool on_face_start(int64_t length, int64_t local)
{
    return face_start(length, face_number(length, local)) == local;
}

/* Whether the clock change at the end of `before` starts a new period. */
static bool change_cuts(tz_span before, tz_span after, int64_t length)
{
    int64_t old_local = after.from - 1 + before.offset, new_local = after.from + after.offset;
    return on_face_start(length, new_local) ||
           face_number(length, new_local) != face_number(length, old_local);
}

static int64_t clock_start(const cyn_tz *tz, int64_t length, int64_t seconds)
{
    tz_span s = cyn_tz_span_seconds(tz, seconds);
    for (;;) {
        int64_t start = face_start(length, face_number(length, seconds + s.offset)) - s.offset;
        if (start >= s.from) return start;
        tz_span before = cyn_tz_span_seconds(tz, s.from - 1);
        if (change_cuts(before, s, length)) return s.from;
        seconds = s.from - 1;
        s = before;
    }
}

static int64_t clock_end(const cyn_tz *tz, int64_t length, int64_t seconds)
{
    tz_span s = cyn_tz_span_seconds(tz, seconds);
    for (;;) {
        int64_t end = face_start(length, face_number(length, seconds + s.offset) + 1) - s.offset;
        if (end < s.until) return end;
        tz_span after = cyn_tz_span_seconds(tz, s.until);
        if (change_cuts(s, after, length)) return s.until;
        seconds = s.until;
        s = after;
    }
}

static cyn_period clock_at(const cyn_calendar *cal, cyn_grain g, int64_t instant)
{
    int64_t seconds = cyn_floor_div(instant, CYN_SECOND), length = grain_seconds(g);
    return (cyn_period){g, clock_start(cal->tz, length, seconds) * CYN_SECOND,
                        clock_end(cal->tz, length, seconds) * CYN_SECOND};
}

/* Goes up to n periods on at once, as far as nothing but the face of the clock cuts them: up to the
 * next clock change. Moves *to and gives the number of periods, 0 when there is no such stretch. */
static int64_t regular_steps(const cyn_calendar *cal, cyn_period p, bool back, int64_t n,
                             int64_t *to)
{
    int64_t length = grain_seconds(p.grain), start = cyn_floor_div(p.start, CYN_SECOND);
    tz_span s = cyn_tz_span_seconds(cal->tz, start);
    if (!on_face_start(length, start + s.offset)) return 0;
    int64_t first = s.from > INSTANT_FIRST / CYN_SECOND ? s.from : INSTANT_FIRST / CYN_SECOND;
    int64_t last = s.until < INSTANT_LAST / CYN_SECOND ? s.until - 1 : INSTANT_LAST / CYN_SECOND;
    int64_t number = face_number(length, start + s.offset);
    int64_t earliest = face_number(length, first + s.offset - 1) + 1;
    int64_t latest = face_number(length, last + s.offset);
    int64_t steps = clamp(back ? number - earliest : latest - number, 0, n);
    *to = (face_start(length, back ? number - steps : number + steps) - s.offset) * CYN_SECOND;
    return steps;
}

static cyn_period clock_shift(const cyn_calendar *cal, cyn_period p, int64_t n)
{
    bool back = n < 0;
    int64_t left = back ? -n : n;
    while (left > 0) {
        int64_t to, steps = regular_steps(cal, p, back, left, &to);
        if (steps == 0) to = back ? p.start - 1 : p.end;
        if (to < INSTANT_FIRST || to > INSTANT_LAST) break;
        p = clock_at(cal, p.grain, to);
        left -= steps ? steps : 1;
    }
    return p;
}

/* --- All grains ------------------------------------------------------------------------------ */

static const cyn_period whole_time = {{CYN_ALL, 1}, CYN_TIME_MIN, CYN_TIME_MAX};

static bool is_clock_grain(cyn_grain g)
{
    return g.unit == CYN_HOURLY || g.unit == CYN_MINUTES;
}

int cyn_grain_season(cyn_grain g)
{
    switch (g.unit) {
    case CYN_MINUTES: return (1440 + g.n - 1) / g.n;
    case CYN_HOURLY: return 24;
    case CYN_DAILY: return 7;
    case CYN_WEEK: return 52;
    case CYN_MONTH: return 12;
    case CYN_QUARTER: return 4;
    default: return 1;
    }
}

cyn_period cyn_period_at(const cyn_calendar *cal, cyn_grain g, int64_t instant)
{
    if (g.unit == CYN_ALL) return whole_time;
    instant = clamp(instant, INSTANT_FIRST, INSTANT_LAST);
    return is_clock_grain(g) ? clock_at(cal, g, instant) : dated_at(cal, g, instant);
}

cyn_period cyn_period_shift(const cyn_calendar *cal, cyn_period p, int n)
{
    if (p.grain.unit == CYN_ALL || n == 0) return p;
    return is_clock_grain(p.grain) ? clock_shift(cal, p, n) : dated_shift(cal, p, n);
}

/* The date to compare with a year later: the same one (28 February stands in for the 29th), or in a
 * calendar made of weeks the same day of the week. */
static void year_back(const cyn_calendar *cal, cyn_civil *c)
{
    if (cal->pattern) {
        int64_t days = cyn_days_from_civil(c->year, c->month, c->day) - INT64_C(52) * 7;
        cyn_civil_from_days(days, &c->year, &c->month, &c->day);
        return;
    }
    c->year--;
    if (c->day > cyn_days_in_month(c->year, c->month)) c->day--;
}

cyn_period cyn_period_last_year(const cyn_calendar *cal, cyn_period p)
{
    cyn_civil c = cyn_tz_civil(cal->tz, p.start);
    switch (p.grain.unit) {
    case CYN_ALL: return p;
    case CYN_WEEK: return cyn_period_shift(cal, p, -52);
    case CYN_MONTH: return cyn_period_shift(cal, p, -12);
    case CYN_QUARTER: return cyn_period_shift(cal, p, -4);
    case CYN_YEAR: return cyn_period_shift(cal, p, -1);
    case CYN_DAILY: {
        int64_t days = cyn_days_from_civil(c.year, c.month, c.day);
        year_back(cal, &c);
        int64_t before = cyn_days_from_civil(c.year, c.month, c.day);
        return cyn_period_shift(cal, p, (int)(before - days));
    }
    default: year_back(cal, &c); return cyn_period_at(cal, p.grain, cyn_tz_instant(cal->tz, &c));
    }
}

cyn_code cyn_periods_between(const cyn_calendar *cal, cyn_grain g, int64_t from, int64_t to,
                             cyn_arena *a, cyn_period **out, size_t *count, cyn_err *err)
{
    size_t n = 0;
    cyn_period p = cyn_period_at(cal, g, from), next = p;
    /* Counted first, so that the array is made once. The last period of all follows itself. */
    if (from < to) {
        for (n = 1; n <= BETWEEN_MAX && next.end < to; n++) {
            cyn_period following = cyn_period_shift(cal, next, 1);
            if (following.start <= next.start) break;
            next = following;
        }
    }
    if (n > BETWEEN_MAX) {
        char word[16];
        cyn_format_grain(g, word);
        cyn_fail(err, CYN_E_LIMIT, "more than %d periods of grain '%s'", BETWEEN_MAX, word);
        cyn_hint(err, "Choose a coarser grain, or a shorter range.");
        return CYN_E_LIMIT;
    }
    cyn_period *periods = CYN_NEW_ARRAY(a, n ? n : 1, cyn_period);
    if (!periods) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++, p = cyn_period_shift(cal, p, 1))
        periods[i] = p;
    *out = periods;
    *count = n;
    return CYN_OK;
}
