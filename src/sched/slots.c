#include "sched/slots.h"

#define LONGEST 366 /* days */

/* Slots lie between these instants, of the years -9998 and 9998: far enough from the ends of what a
 * zone can tell that the search for a neighbour stays inside. */
static int64_t earliest(void)
{
    return cyn_days_from_civil(-9998, 1, 1) * CYN_DAY;
}

static int64_t latest(void)
{
    return cyn_days_from_civil(9998, 1, 1) * CYN_DAY;
}

static bool has_days(const cyn_slots *s)
{
    return s->every % CYN_DAY == 0;
}

cyn_code cyn_slots_init(int64_t every, int64_t at, const cyn_tz *tz, int week_start, cyn_slots *out,
                        cyn_err *err)
{
    if (every < CYN_SECOND || every > LONGEST * CYN_DAY)
        return cyn_fail(err, CYN_E_RANGE, "an interval lasts from 1 second to %d days", LONGEST);
    if (at < 0 || at >= every || at >= CYN_DAY)
        return cyn_fail(err, CYN_E_RANGE,
                        "a time within an interval is 0 or more, less than the interval, and less "
                        "than a day");
    if (week_start < 1 || week_start > 7)
        return cyn_fail(err, CYN_E_RANGE, "a week starts on day 1 (Monday) to 7, not on day %d",
                        week_start);
    *out = (cyn_slots){.every = every, .at = at, .tz = tz, .week_start = week_start};
    return CYN_OK;
}

/* ---- slots by number: they grow with it, or stay the same over a date that was skipped ---- */

/* 1970-01-01 was a Thursday. */
static int64_t first_date(const cyn_slots *s)
{
    return s->every % (7 * CYN_DAY) == 0 ? s->week_start - 4 : 0;
}

static int64_t slot_of_day(const cyn_slots *s, int64_t number)
{
    int64_t days = first_date(s) + number * (s->every / CYN_DAY), seconds = s->at / CYN_SECOND;
    cyn_civil c = {.hour = (int)(seconds / 3600),
                   .minute = (int)(seconds / 60 % 60),
                   .second = (int)(seconds % 60),
                   .micro = (int)(s->at % CYN_SECOND)};
    if (s->at == 0) return cyn_tz_midnight(s->tz, days);
    cyn_civil_from_days(days, &c.year, &c.month, &c.day);
    return cyn_tz_instant(s->tz, &c);
}

static int64_t slot_number(const cyn_slots *s, int64_t number)
{
    return has_days(s) ? slot_of_day(s, number) : number * s->every + s->at;
}

/* The number of the last slot at or before the instant. Where the clock was put back over midnight,
 * tomorrow began already; so the search starts a little later, and takes a few steps. */
static int64_t number_at(const cyn_slots *s, int64_t instant)
{
    if (!has_days(s)) return cyn_floor_div(instant - s->at, s->every);
    int64_t date = cyn_tz_date(s->tz, instant);
    int64_t number = cyn_floor_div(date + 2 - first_date(s), s->every / CYN_DAY);
    while (slot_of_day(s, number) > instant)
        number--;
    return number;
}

/* ---- slots ---- */

int64_t cyn_slot_at(const cyn_slots *s, int64_t instant)
{
    if (instant > latest()) instant = latest();
    int64_t slot = instant < earliest() ? CYN_SLOT_NONE : slot_number(s, number_at(s, instant));
    return slot < earliest() ? CYN_SLOT_NONE : slot;
}

int64_t cyn_slot_before(const cyn_slots *s, int64_t instant)
{
    return instant == INT64_MIN ? CYN_SLOT_NONE : cyn_slot_at(s, instant - 1);
}

int64_t cyn_slot_after(const cyn_slots *s, int64_t instant)
{
    if (instant < earliest()) instant = earliest() - 1;
    if (instant >= latest()) return CYN_SLOT_END;
    int64_t slot = slot_number(s, number_at(s, instant) + 1);
    return slot > latest() ? CYN_SLOT_END : slot;
}

/* Slots in (from, to]. Dates that a zone skipped make two numbers one slot, so days are counted one
 * by one. */
static uint64_t count(const cyn_slots *s, int64_t from, int64_t to)
{
    uint64_t n = 0;
    int64_t first = cyn_slot_after(s, from), last = cyn_slot_at(s, to);
    if (first > last) return 0;
    if (!has_days(s)) return (uint64_t)((last - first) / s->every) + 1;
    for (; first <= last; first = cyn_slot_after(s, first))
        n++;
    return n;
}

uint64_t cyn_slots_missed(const cyn_slots *s, int64_t from, int64_t to)
{
    return from == CYN_SLOT_NONE || to <= from ? 0 : count(s, from, to - 1);
}

cyn_code cyn_slots_between(const cyn_slots *s, int64_t from, int64_t to, size_t most,
                           cyn_arena *arena, int64_t **out, size_t *n, uint64_t *left, cyn_err *err)
{
    uint64_t all = to > from ? count(s, from, to) : 0;
    size_t fit = all < most ? (size_t)all : most;
    int64_t *slots = CYN_NEW_ARRAY(arena, fit + 1, int64_t), t = from;
    if (!slots) return cyn_nomem(err);
    for (size_t i = 0; i < fit; i++)
        slots[i] = t = cyn_slot_after(s, t);
    *out = slots;
    *n = fit;
    *left = all - fit;
    return CYN_OK;
}
