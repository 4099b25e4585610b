#include "engine/slots.h"
#include <stdlib.h>

static int by_start(const void *a, const void *b)
{
    int64_t x = ((const cyn_interval *)a)->start, y = ((const cyn_interval *)b)->start;
    return (x > y) - (x < y);
}

static cyn_interval until(cyn_period p, int64_t now)
{
    return (cyn_interval){p.start,
                          p.end > now && p.start < now && p.start != CYN_TIME_MIN ? now : p.end};
}

/* The part of a period as long as `elapsed`, at most all of it. */
static cyn_interval part(cyn_period p, int64_t elapsed)
{
    int64_t end = p.end - p.start > elapsed ? p.start + elapsed : p.end;
    return (cyn_interval){p.start, end};
}

static bool is_partial(cyn_period p, int64_t now)
{
    return p.grain.unit != CYN_ALL && p.end > now;
}

static void sort_unique(cyn_slot_set *set)
{
    if (set->count == 0) return;
    qsort(set->intervals, set->count, sizeof *set->intervals, by_start);
    size_t kept = 1;
    for (size_t i = 1; i < set->count; i++)
        if (set->intervals[i].start != set->intervals[kept - 1].start)
            set->intervals[kept++] = set->intervals[i];
    set->count = kept;
}

static size_t find_start(const cyn_slot_set *set, int64_t start)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (set->intervals[mid].start < start)
            low = mid + 1;
        else
            high = mid;
    }
    return low < set->count && set->intervals[low].start == start ? low : CYN_NO_SLOT;
}

static void add(cyn_slot_set *set, cyn_interval interval)
{
    set->intervals[set->count++] = interval;
}

/* Puts what a period needs into the sets. */
static void add_period(const cyn_calendar *cal, cyn_period p, int64_t now, cyn_slots *s)
{
    if (p.grain.unit == CYN_ALL) {
        add(&s->full, (cyn_interval){p.start, p.end});
        return;
    }
    if (p.start >= now) return;
    cyn_period previous = cyn_period_shift(cal, p, -1);
    cyn_period last_year = cyn_period_last_year(cal, p);
    add(&s->full, until(p, now));
    bool partial = is_partial(p, now);
    cyn_slot_set *others = partial ? &s->parts : &s->full;
    int64_t elapsed = partial ? now - p.start : INT64_MAX;
    add(others, part(previous, elapsed));
    add(others, part(last_year, elapsed));
}

static cyn_slot slot_of(const cyn_calendar *cal, cyn_period p, int64_t now, const cyn_slots *s)
{
    cyn_slot slot = {.period = p,
                     .partial = is_partial(p, now),
                     .current = find_start(&s->full, p.start),
                     .previous = CYN_NO_SLOT,
                     .last_year = CYN_NO_SLOT};
    if (p.grain.unit == CYN_ALL) return slot;
    if (p.start >= now) {
        slot.current = CYN_NO_SLOT;
        return slot;
    }
    const cyn_slot_set *others = slot.partial ? &s->parts : &s->full;
    slot.previous = find_start(others, cyn_period_shift(cal, p, -1).start);
    slot.last_year = find_start(others, cyn_period_last_year(cal, p).start);
    return slot;
}

cyn_code cyn_slots_make(const cyn_calendar *cal, const cyn_period *periods, size_t n, int64_t now,
                        size_t history, cyn_arena *arena, cyn_slots *out, cyn_err *err)
{
    cyn_slots s = {.count = n};
    cyn_slot *slots = CYN_NEW_ARRAY(arena, n + 1, cyn_slot);
    size_t *past = CYN_NEW_ARRAY(arena, history + 1, size_t);
    s.full.intervals = CYN_NEW_ARRAY(arena, 3 * n + history + 1, cyn_interval);
    s.parts.intervals = CYN_NEW_ARRAY(arena, 2 * n + 1, cyn_interval);
    if (!slots || !past || !s.full.intervals || !s.parts.intervals) return cyn_nomem(err);

    bool has_history = n == 1 && history > 1 && periods[0].grain.unit != CYN_ALL;
    for (size_t i = 0; i < n; i++)
        add_period(cal, periods[i], now, &s);
    for (size_t k = 1; has_history && k < history; k++) {
        cyn_period p = cyn_period_shift(cal, periods[0], -(int)k);
        if (p.end <= now) add(&s.full, (cyn_interval){p.start, p.end});
    }
    sort_unique(&s.full);
    sort_unique(&s.parts);

    for (size_t i = 0; i < n; i++)
        slots[i] = slot_of(cal, periods[i], now, &s);
    for (size_t k = history; has_history && k-- > 0;) {
        size_t at = find_start(&s.full, cyn_period_shift(cal, periods[0], -(int)k).start);
        if (at != CYN_NO_SLOT) past[s.nhistory++] = at;
    }
    s.slots = slots;
    s.history = past;
    *out = s;
    return CYN_OK;
}
