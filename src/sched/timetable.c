#include "sched/timetable.h"
#include <ctype.h>
#include <string.h>

/* How many missed times are counted, at most. */
#define MOST_MISSED 1000000

const char *const cyn_overrun_names[] = {"latest", "skip", "queue", NULL};

/* "15m" begins like one, and holds no blank; "5 * * * *" does. */
static bool looks_like_duration(const char *s)
{
    return isdigit((unsigned char)*s) && !strpbrk(s, " \t");
}

cyn_code cyn_timetable_parse(const char *s, const cyn_tz *tz, int week_start, cyn_timetable *out,
                             cyn_err *err)
{
    cyn_timetable t = {.kind = CYN_TIMETABLE_SLOTS};
    int64_t every;
    if (cyn_parse_duration(s, strlen(s), &every)) {
        CYN_TRY(cyn_slots_init(every, 0, tz, week_start, &t.slots, err));
    } else if (looks_like_duration(s)) {
        return cyn_fail(err, CYN_E_SYNTAX,
                        "'%.80s' is neither a duration such as '15m', '6h' or '1d' nor a cron "
                        "expression such as '0 9 * * MON'",
                        s);
    } else {
        t.kind = CYN_TIMETABLE_CRON;
        CYN_TRY(cyn_cron_parse(s, strlen(s), tz, &t.cron, err));
    }
    *out = t;
    return CYN_OK;
}

int64_t cyn_timetable_at(const cyn_timetable *t, int64_t instant)
{
    switch (t->kind) {
    case CYN_TIMETABLE_SLOTS: return cyn_slot_at(&t->slots, instant);
    case CYN_TIMETABLE_CRON: return cyn_cron_at(&t->cron, instant);
    case CYN_TIMETABLE_NEVER: break;
    }
    return CYN_SLOT_NONE;
}

int64_t cyn_timetable_after(const cyn_timetable *t, int64_t instant)
{
    switch (t->kind) {
    case CYN_TIMETABLE_SLOTS: return cyn_slot_after(&t->slots, instant);
    case CYN_TIMETABLE_CRON: return cyn_cron_after(&t->cron, instant);
    case CYN_TIMETABLE_NEVER: break;
    }
    return CYN_SLOT_END;
}

uint64_t cyn_timetable_missed(const cyn_timetable *t, int64_t from, int64_t to, uint64_t most)
{
    uint64_t n = 0;
    if (from == CYN_SLOT_NONE || to <= from) return 0;
    if (t->kind == CYN_TIMETABLE_SLOTS) {
        n = cyn_slots_missed(&t->slots, from, to);
        return n < most ? n : most;
    }
    while (n < most && (from = cyn_timetable_after(t, from)) < to)
        n++;
    return n;
}

/* A clock that was put back a little has not come to the next time yet. One that had been far ahead
 * left a `ran` behind that must not silence the timetable until then. */
static int64_t next_after_set_back(const cyn_timetable *t, int64_t ran, int64_t now)
{
    bool was_far_ahead = cyn_timetable_at(t, ran - 1) > now;
    return cyn_timetable_after(t, was_far_ahead ? now : ran);
}

int64_t cyn_overrun_next(cyn_overrun policy, const cyn_timetable *t, int64_t ran, int64_t now,
                         uint64_t *missed)
{
    *missed = 0;
    if (ran == CYN_SLOT_NONE) return cyn_timetable_after(t, now);
    if (ran > now) return next_after_set_back(t, ran, now);
    int64_t next = cyn_timetable_after(t, ran), newest;
    if (next > now || policy == CYN_OVERRUN_QUEUE) return next;
    newest = policy == CYN_OVERRUN_SKIP ? cyn_timetable_after(t, now) : cyn_timetable_at(t, now);
    *missed = cyn_timetable_missed(t, ran, newest, MOST_MISSED);
    return newest;
}
