/* A timetable: either every so often (sched/slots.h), or when a cron expression says
 * (sched/cron.h). What a schedule in YAML names; one way to ask both.
 *
 * Pure functions; read-only once filled.
 */
#pragma once
#include "sched/cron.h"
#include "sched/slots.h"

typedef struct cyn_timetable {
    enum { CYN_TIMETABLE_NEVER, CYN_TIMETABLE_SLOTS, CYN_TIMETABLE_CRON } kind;
    union {
        cyn_slots slots;
        cyn_cron cron;
    };
} cyn_timetable;

/* "15m", "1d" … or a cron expression. CYN_E_SYNTAX, CYN_E_RANGE. */
CYN_NODISCARD cyn_code cyn_timetable_parse(const char *s, const cyn_tz *tz, int week_start,
                                           cyn_timetable *out, cyn_err *err);
int64_t cyn_timetable_at(const cyn_timetable *t, int64_t instant);    /* last ≤; CYN_SLOT_NONE */
int64_t cyn_timetable_after(const cyn_timetable *t, int64_t instant); /* first >; CYN_SLOT_END */
/* How many lie between two instants, neither counted, at most `most`. */
uint64_t cyn_timetable_missed(const cyn_timetable *t, int64_t from, int64_t to, uint64_t most);

/* What to do when a time comes while the run of an earlier one goes on, or was missed. */
typedef enum cyn_overrun {
    CYN_OVERRUN_LATEST, /* once more, for the newest time; those between are missed */
    CYN_OVERRUN_SKIP,   /* not at all: the next time that is still to come */
    CYN_OVERRUN_QUEUE,  /* each, one after the other */
} cyn_overrun;
extern const char *const cyn_overrun_names[]; /* "latest", "skip", "queue"; NULL */
/* The time that is to be run next when `ran` was the last one that ran and it is now `now`;
 * `missed` are those that will never run. May be ≤ now: it is due. */
int64_t cyn_overrun_next(cyn_overrun policy, const cyn_timetable *t, int64_t ran, int64_t now,
                         uint64_t *missed);
