/* How far back: spans as numbers of periods, and the period that lies so far before another.
 *
 * Where a unit is always the same number of periods (28 days of weeks, a year of months), counting
 * them is all. Elsewhere the calendar says: a week of hours has 167 or 169 of them over DST. */
#include "alert/reading_impl.h"

/* Units that are multiples of each other whatever the calendar shows. */
typedef enum family { CLOCK, DATES, MONTHS } family;
typedef struct measure {
    family family;
    int size; /* in minutes, days, months */
} measure;

static measure measure_of(cyn_grain_unit unit, int minutes)
{
    switch (unit) {
    case CYN_MINUTES: return (measure){CLOCK, minutes};
    case CYN_HOURLY: return (measure){CLOCK, 60};
    case CYN_DAILY: return (measure){DATES, 1};
    case CYN_WEEK: return (measure){DATES, 7};
    case CYN_MONTH: return (measure){MONTHS, 1};
    case CYN_QUARTER: return (measure){MONTHS, 3};
    default: return (measure){MONTHS, 12};
    }
}

/* ---- as a number of periods ---- */

/* The number of periods that a reach always is; 0: it is not always the same, or not whole. */
static size_t counted(cyn_reach r, cyn_grain grain)
{
    if (r.unit == CYN_ALL) return (size_t)r.n;
    measure unit = measure_of(r.unit, 1), period = measure_of(grain.unit, grain.n);
    if (grain.unit == CYN_WEEK && r.unit == CYN_YEAR) return 52 * (size_t)r.n; /* P-8 */
    size_t length = (size_t)r.n * (size_t)unit.size;
    if (unit.family != period.family || length % (size_t)period.size) return 0;
    return length / (size_t)period.size;
}

/* The most days that so many units have: months of weeks have up to six of them. */
static size_t most_days(cyn_reach r)
{
    static const size_t days[] = {
        [CYN_DAILY] = 1, [CYN_WEEK] = 7, [CYN_MONTH] = 42, [CYN_QUARTER] = 98, [CYN_YEAR] = 366};
    return (size_t)r.n * days[r.unit];
}

size_t cyn_reach_periods(cyn_reach r, cyn_grain grain)
{
    size_t always = counted(r, grain);
    if (always || r.unit < CYN_DAILY || grain.unit > CYN_DAILY) return always;
    if (grain.unit == CYN_DAILY) return most_days(r);
    size_t minutes = grain.unit == CYN_HOURLY ? 60 : (size_t)grain.n;
    size_t a_day = (1440 + minutes - 1) / minutes, repeated = 180 / minutes + 1;
    return most_days(r) * a_day + repeated;
}

/* ---- by the calendar ---- */

/* The same time of day on another date; its beginning where it was the beginning. */
static int64_t move_to_date(const cyn_tz *tz, int64_t t, int64_t to)
{
    if (t == cyn_tz_midnight(tz, cyn_tz_date(tz, t))) return cyn_tz_midnight(tz, to);
    cyn_civil c = cyn_tz_civil(tz, t);
    cyn_civil_from_days(to, &c.year, &c.month, &c.day);
    return cyn_tz_instant(tz, &c);
}

/* The same day of a month or quarter n earlier, or its last one. */
static int64_t date_before(const cyn_calendar *cal, int64_t date, cyn_grain_unit unit, int n)
{
    int64_t instant = cyn_tz_midnight(cal->tz, date);
    cyn_period here = cyn_period_at(cal, (cyn_grain){CYN_MONTH, 1}, instant);
    int months = n * measure_of(unit, 1).size;
    cyn_period there = cyn_period_shift(cal, here, -months);
    int64_t to = cyn_tz_date(cal->tz, there.start) + date - cyn_tz_date(cal->tz, here.start);
    int64_t last = cyn_tz_date(cal->tz, there.end - 1);
    return to < last ? to : last;
}

/* The instant from which a period so far back is found: one that it holds. */
static int64_t instant_before(const cyn_calendar *cal, cyn_period p, cyn_reach r, int n)
{
    int64_t date = cyn_tz_date(cal->tz, p.start);
    switch (r.unit) {
    case CYN_DAILY: return move_to_date(cal->tz, p.start, date - n);
    case CYN_WEEK: return move_to_date(cal->tz, p.start, date - 7 * (int64_t)n);
    case CYN_YEAR:
        for (; n > 0; n--)
            p = cyn_period_last_year(cal, p);
        return p.start;
    default: return move_to_date(cal->tz, p.start, date_before(cal, date, r.unit, n));
    }
}

/* The period of the series that holds the instant. */
static bool find(const cyn_series *s, size_t below, int64_t t, size_t *out)
{
    size_t low = 0, high = below; /* those below `low` start at t or before, from `high` on after */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->periods[middle].start <= t)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || t >= s->periods[low - 1].end) return false;
    *out = low - 1;
    return true;
}

bool cyn_reach_index(const cyn_series *s, size_t from, cyn_reach r, int times, size_t *out)
{
    bool dates = s->grain.unit <= CYN_DAILY && r.unit >= CYN_DAILY;
    if (dates)
        return find(s, from, instant_before(s->calendar, s->periods[from], r, times * r.n), out);
    size_t back = counted(r, s->grain) * (size_t)times;
    if (back > from) return false;
    *out = from - back;
    return true;
}
