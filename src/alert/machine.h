/* The life of an alert: one rule over one segment, one evaluation at a time.
 *
 * A pure state machine: no clock, no storage, no Lua. An instance is a plain struct, which whoever
 * stores it writes and reads field by field. Each evaluation is a slot T of the rule's timetable
 * (sched/slots.h), never "now"; live evaluation, catching up, tests and backtests all come through
 * cyn_alert_step(). docs/reference/alert-states.md has the table; rows are cited as A1, A2, ….
 *
 *     cyn_alert a = cyn_alert_new();                   // or read back, then cyn_alert_check()
 *     cyn_alert_seen seen = {.what = CYN_SEEN_TRUE, .severity = 2, .slot = t,
 *                            .before = cyn_slot_before(&slots, t),
 *                            .missed = cyn_slots_missed(&slots, a.slot, t),
 *                            .definition = hash};
 *     cyn_alert_events events;
 *     if (!cyn_alert_step(&a, &policy, &seen, &events)) …   // T is not after the last slot: wait
 *     for (int i = 0; i < events.count; i++) …              // into the outbox, with the state
 *
 * For whoever evaluates a rule:
 * - Segments that the rule knows and that this evaluation did not report are stepped too, with
 *   CYN_SEEN_GONE, until cyn_alert_is_forgettable() says that they may be forgotten.
 *   With no data at all, or an error, every instance is stepped. A rule that has no instance yet
 *   and shall fire then gets one without labels. An error that `on_error` keeps may be taken for
 *   no evaluation instead: nothing is stepped, and the slot is tried again.
 * - The rule's last slot is kept with the rule, too: a forgotten instance no longer knows it.
 * - An instance of a rule that was deleted or switched off is stepped with CYN_SEEN_WITHDRAWN, so
 *   that nothing fires for ever. One whose script does not load is an ERROR, and still there.
 *
 * For whoever delivers: an event is worth a message when it is not `quiet`. When an alert is no
 * longer damped or frozen, what it then is gets told, if that is not what was told last; so
 * nothing is lost while it was quiet. Keys of incidents and events: alert/identity.h.
 *
 * Nothing here allocates or fails; any thread.
 */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

#define CYN_ALERT_NEVER INT64_MIN /* no such time yet */
#define CYN_ALERT_FLAPS 21        /* states that flapping is judged by */

typedef enum cyn_alert_state {
    CYN_ALERT_INACTIVE,
    CYN_ALERT_PENDING,    /* true, but not yet for as long as `hold` says */
    CYN_ALERT_FIRING,     /* an incident */
    CYN_ALERT_RECOVERING, /* no longer true, but not yet for as long as `keep` says; outwardly
                             firing */
    CYN_ALERT_RESOLVED,   /* the incident is over, and remembered for a while */
} cyn_alert_state;
#define CYN_ALERT_STATES 5
extern const char *const cyn_alert_state_names[]; /* "inactive", "pending", … */

/* What an evaluation saw of the segment. */
typedef enum cyn_alert_sight {
    CYN_SEEN_TRUE,      /* beyond the raise threshold */
    CYN_SEEN_BETWEEN,   /* between the raise and the clear threshold (hysteresis) */
    CYN_SEEN_FALSE,     /* on the good side of both */
    CYN_SEEN_GONE,      /* other segments were reported, this one was not */
    CYN_SEEN_NO_DATA,   /* no segment at all was reported */
    CYN_SEEN_ERROR,     /* the rule's script failed, or ran out of time */
    CYN_SEEN_NOT_READY, /* the value is partial or immature: it cannot be judged yet */
    CYN_SEEN_WITHDRAWN, /* the rule does not exist any more, or is switched off */
} cyn_alert_sight;
#define CYN_ALERT_SIGHTS 8

/* How a rule fares, whatever its instances do. */
typedef enum cyn_alert_health {
    CYN_HEALTH_OK,
    CYN_HEALTH_NO_DATA,
    CYN_HEALTH_ERROR
} cyn_alert_health;
extern const char *const cyn_alert_health_names[]; /* "ok", "no data", "error" */
cyn_alert_health cyn_alert_health_of(cyn_alert_sight sight);

/* What no data, or an error, counts as. */
typedef enum cyn_alert_instead {
    CYN_INSTEAD_KEEP, /* nothing: the instance stays as it is */
    CYN_INSTEAD_OK,   /* false */
    CYN_INSTEAD_FIRE, /* true */
} cyn_alert_instead;

/* What a rule says about the life of its alerts. Durations are microseconds. */
typedef struct cyn_alert_policy {
    int64_t hold;               /* true for this long before it fires; 0: at once */
    int64_t keep;               /* not true for this long before it is resolved; 0: at once */
    bool hold_counts_down_time; /* time in which slots were missed counts towards hold */
    cyn_alert_instead no_data, on_error;
    int gone_after; /* an incident whose segment is gone lives on for so many evaluations */
    int damp_at;    /* per cent of changes of state from which it flaps; 0: never */
    int calm_at;    /* per cent down to which it has calmed down again */
} cyn_alert_policy;
/* What holds where a rule says nothing. */
#define CYN_ALERT_POLICY                                                                           \
    ((cyn_alert_policy){.no_data = CYN_INSTEAD_KEEP,                                               \
                        .on_error = CYN_INSTEAD_KEEP,                                              \
                        .gone_after = 2,                                                           \
                        .damp_at = 30,                                                             \
                        .calm_at = 20})
/* CYN_E_RANGE says which setting is out of bounds. */
CYN_NODISCARD cyn_code cyn_alert_check_policy(const cyn_alert_policy *p, cyn_err *err);

typedef struct cyn_alert_seen {
    cyn_alert_sight what;
    int severity;        /* 1 and up, the larger the worse; 0: as it was (1 when it was none) */
    bool frozen;         /* something that the rule depends on fires */
    int64_t slot;        /* T */
    int64_t before;      /* the slot before T on the timetable, whether it was evaluated or not */
    uint64_t missed;     /* slots between the instance's last one and T */
    uint64_t definition; /* of all that decides: condition, metric, by, policy; not of texts. The
                          * same on every machine: from a SHA-256, not from cyn_hash64() */
} cyn_alert_seen;

/* Why an incident ended. */
typedef enum cyn_alert_reason {
    CYN_REASON_NONE,
    CYN_REASON_RECOVERED, /* it was seen not to be true */
    CYN_REASON_GONE,      /* "no longer reported" */
    CYN_REASON_NO_DATA,   /* no data, which the rule takes for false */
    CYN_REASON_ERROR,     /* an error, which the rule takes for false */
    CYN_REASON_WITHDRAWN, /* the rule is gone */
} cyn_alert_reason;
#define CYN_ALERT_REASONS 6
extern const char *const cyn_alert_reason_names[]; /* "", "recovered", "no longer reported", … */

/* An instance. All of it is to be stored; nothing else is. */
typedef struct cyn_alert {
    cyn_alert_state state;
    cyn_alert_reason reason; /* why the last incident ended; set while RESOLVED */
    int64_t slot;            /* the last one evaluated */
    int64_t since;           /* the slot in which it entered its state */
    int64_t idle;            /* time since then that does not count towards hold or keep */
    int64_t began;           /* the slot in which its condition became true */
    int64_t start;           /* the slot in which it fired: with rule and segment, the incident */
    int severity;            /* the last one seen; of a resolved one, the last of its incident */
    int gone;            /* evaluations in a row that did not report the segment of an incident */
    uint64_t missed;     /* slots missed in all its life */
    uint64_t definition; /* that it was last evaluated by */
    uint32_t states;     /* outward states, 1 is firing, the latest in bit 0 */
    int nstates;         /* how many of those bits count, CYN_ALERT_FLAPS at most */
    bool damped;         /* it flaps */
    bool frozen;         /* something that it depends on fires */
} cyn_alert;

typedef enum cyn_alert_what {
    CYN_ALERT_NOTHING,  /* no event */
    CYN_ALERT_FROZEN,   /* something that it depends on fires now */
    CYN_ALERT_THAWED,   /* … no longer fires */
    CYN_ALERT_DAMPED,   /* it began to flap */
    CYN_ALERT_UNDAMPED, /* it calmed down */
    CYN_ALERT_FIRED,    /* a new incident */
    CYN_ALERT_ROSE,     /* the incident goes on, and became worse */
    CYN_ALERT_RENEWED,  /* the incident goes on: a new value, no message of its own */
    CYN_ALERT_ENDED,    /* the incident is resolved */
} cyn_alert_what;
extern const char *const cyn_alert_what_names[]; /* "", "frozen", …, "resolved" */

/* What happened, with what a message needs. */
typedef struct cyn_alert_event {
    cyn_alert_what what;
    cyn_alert_sight seen;    /* what was seen: an alert may fire because there are no data */
    cyn_alert_state state;   /* after the step */
    cyn_alert_reason reason; /* of ENDED */
    bool quiet;              /* it is damped or frozen now */
    int severity;            /* after the step */
    int was;                 /* of the incident before the step; 0: there was none */
    int64_t slot;            /* T */
    int64_t began, start;    /* as in the instance; NEVER where there is no incident */
} cyn_alert_event;

/* The events of a step, in the order in which they happened: first what became of freezing, then
 * of flapping, then of the incident. */
typedef struct cyn_alert_events {
    int count;
    cyn_alert_event at[3];
} cyn_alert_events;

/* An instance that was never evaluated. */
cyn_alert cyn_alert_new(void);
/* CYN_E_STATE when what was read back is nothing that a step leaves behind; says what is wrong. */
CYN_NODISCARD cyn_code cyn_alert_check(const cyn_alert *a, cyn_err *err);
/* One evaluation. False when its slot is not after the last one (the clock was set back, or the
 * slot was evaluated already): nothing changes then, and there are no events. */
bool cyn_alert_step(cyn_alert *a, const cyn_alert_policy *p, const cyn_alert_seen *s,
                    cyn_alert_events *out);
/* What others see: an incident is going on. */
static inline bool cyn_alert_is_firing(const cyn_alert *a)
{
    return a->state == CYN_ALERT_FIRING || a->state == CYN_ALERT_RECOVERING;
}
/* How much of `hold` (pending) or `keep` (recovering) has passed at the last slot; 0 otherwise. */
int64_t cyn_alert_counted(const cyn_alert *a);
/* Whether the instance may be forgotten: it holds nothing that a new one would not have, or its
 * incident ended at least `retain` before T and it does not flap. With a `retain` of less than
 * CYN_ALERT_FLAPS slots flapping may go unseen. */
bool cyn_alert_is_forgettable(const cyn_alert *a, int64_t retain, int64_t slot);
