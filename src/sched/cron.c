/* What an expression names in a zone: its clock is a row of spans, in each of which the clock runs
 * like one that never jumps. Of an expression that names its hours, a span has what its clock shows
 * for the first time; and after a jump, for as long as it was, what the clock would have shown
 * without it and never did. No zone has a span that is shorter than the change that it begins with,
 * so what runs is in the order of the spans. */
#include "sched/cron_impl.h"

/* Seconds; two clocks of a zone are less apart. (Samoa changed the date, by 24 hours.) */
#define APART INT64_C(172800)

typedef struct span {
    int64_t from, until;        /* seconds */
    int64_t moved_until;        /* what the clock skipped runs before this, … */
    int64_t new_from;           /* … and what it shows for the first time, from here on */
    int offset, offset_skipped; /* of what it shows, and of what it skipped */
} span;

static span span_at(const cyn_cron *c, int64_t second)
{
    cyn_tz_span s = cyn_tz_span_at(c->tz, second * CYN_SECOND);
    int before = s.from == INT64_MIN ? s.offset : cyn_tz_offset(c->tz, s.from - 1);
    int64_t from = cyn_floor_div(s.from, CYN_SECOND), jump = c->passing ? 0 : s.offset - before;
    return (span){.from = from,
                  .until = cyn_floor_div(s.until, CYN_SECOND),
                  .moved_until = jump > 0 ? from + jump : from,
                  .new_from = jump < 0 ? from - jump : from,
                  .offset = s.offset,
                  .offset_skipped = before};
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Times lie far enough from the ends of what a zone can tell that searches stay inside. */
static int64_t earliest(void)
{
    return cyn_days_from_civil(-9998, 1, 1) * 86400;
}

static int64_t latest(void)
{
    return cyn_days_from_civil(9998, 1, 1) * 86400;
}

/* The first second ≥ and the last ≤ at which a clock of this offset shows a time. */
static int64_t second_from(const cyn_cron *c, int64_t second, int offset)
{
    int64_t clock = cyn_cron_clock_from(c, second + offset);
    return clock == CYN_SLOT_END ? CYN_SLOT_END : clock - offset;
}

static int64_t second_to(const cyn_cron *c, int64_t second, int offset)
{
    int64_t clock = cyn_cron_clock_to(c, second + offset);
    return clock == CYN_SLOT_NONE ? CYN_SLOT_NONE : clock - offset;
}

int64_t cyn_cron_after(const cyn_cron *c, int64_t instant)
{
    int64_t from = later(cyn_floor_div(instant, CYN_SECOND) + 1, earliest());
    if (from > latest()) return CYN_SLOT_END;
    for (span s = span_at(c, from);;) {
        int64_t moved = second_from(c, later(from, s.from), s.offset_skipped);
        int64_t shown = second_from(c, later(from, s.new_from), s.offset);
        int64_t found = moved < s.moved_until ? earlier(moved, shown) : shown;
        if (found == CYN_SLOT_END) return CYN_SLOT_END;
        if (found < s.until) return found * CYN_SECOND;
        s = span_at(c, later(s.until, found - APART));
    }
}

int64_t cyn_cron_at(const cyn_cron *c, int64_t instant)
{
    int64_t to = earlier(cyn_floor_div(instant, CYN_SECOND), latest());
    if (to < earliest()) return CYN_SLOT_NONE;
    for (span s = span_at(c, to);;) {
        int64_t moved = second_to(c, earlier(to, s.moved_until - 1), s.offset_skipped);
        int64_t shown = second_to(c, earlier(to, s.until - 1), s.offset);
        int64_t found = moved >= s.from ? moved : CYN_SLOT_NONE;
        if (shown >= s.new_from) found = later(found, shown);
        if (found != CYN_SLOT_NONE) return found * CYN_SECOND;
        if (shown == CYN_SLOT_NONE || s.from <= earliest()) return CYN_SLOT_NONE;
        s = span_at(c, earlier(s.from - 1, shown + APART));
    }
}
