/* What the files of dispatch share: one round.
 *
 *     load ─▶ escalate ─▶ deal (rows become messages, or are held) ─▶ remind      one transaction
 *     send: a thread for each channel; what came of it in further transactions
 *
 * Private to src/rules and its tests.
 */
#pragma once
#include "rules/dispatch.h"

typedef struct cyn_dispatch_round {
    const cyn_dispatch_options *o;
    const cyn_config *config;
    int64_t now, began; /* on the wall clock, and on the monotonic one */
    cyn_arena *arena;
    cyn_mutes mutes;
    cyn_err_list *notes; /* may be NULL */
    cyn_dispatch_result *result;
} cyn_dispatch_round;

const cyn_config_channel *cyn_dispatch_channel(const cyn_config *c, const char *name);
/* Alertmanager groups, repeats and mutes by itself. */
static inline bool cyn_dispatch_is_bare(const cyn_config_channel *c)
{
    return c->type == CYN_CHANNEL_ALERTMANAGER;
}
/* On the monotonic clock. */
static inline int64_t cyn_dispatch_clock(const cyn_dispatch_options *o)
{
    return o->clock ? o->clock() : cyn_monotonic();
}
/* Something is to be looked at again at t. */
static inline void cyn_dispatch_wake(cyn_dispatch_round *r, int64_t t)
{
    if (t < r->result->next) r->result->next = t;
}

/* ---- dispatch_group.c: pure ---- */

/* An Alertmanager gets its alerts in bodies that it takes. */
#define CYN_DISPATCH_BARE    500
#define CYN_DISPATCH_AGAIN   CYN_MINUTE /* how often an Alertmanager hears of what fires */
#define CYN_DISPATCH_GIVE_UP CYN_DAY    /* what waits for a channel that is no longer there */

typedef struct cyn_dispatch_group {
    const char *text; /* canonical */
    const cyn_alert_label *labels;
    size_t nlabels;
} cyn_dispatch_group;

/* What the notice has in common with others of its group. */
CYN_NODISCARD cyn_code cyn_dispatch_group_of(const cyn_config_channel *c, const cyn_notice *notice,
                                             cyn_arena *arena, cyn_dispatch_group *out,
                                             cyn_err *err);
/* 64 hexadecimal digits: of the channel, the group, the kind, the keys of the events in their
 * order, and of a reminder its number. */
CYN_NODISCARD cyn_code cyn_dispatch_key(const char *channel, const char *group,
                                        cyn_message_kind kind, int64_t number,
                                        const char *const *events, size_t n, char out[65],
                                        cyn_err *err);
/* How long after the n-th failure in a row, from 1: doubled each time, and up to half as much more,
 * which the key decides; 1 s to 15 min. */
int64_t cyn_dispatch_backoff(const char *key, int64_t failures);
/* When rows of which the first came at `first` may go, if the group's last message was made at
 * `last` (CYN_ALERT_NEVER: none). Times after now are those of a clock that was set back: they
 * delay nothing. */
int64_t cyn_dispatch_due(const cyn_config_channel *c, int64_t first, int64_t last, int64_t now);
/* Whether there is something to wait for at t. Nothing is ever put off for longer than an hour:
 * what is further ahead was said by a clock that was set back since. */
bool cyn_dispatch_is_ahead(int64_t t, int64_t now);
/* Whether a message may be tried, and else *next: when. */
bool cyn_dispatch_is_ripe(const cyn_message_row *m, int64_t now, int64_t *next);
/* What a message is after an attempt in the round of `now`: waits count from the answer. */
void cyn_dispatch_settle(const cyn_config_channel *c, const cyn_notify_result *result, int64_t now,
                         int64_t answered, cyn_message_row *m);

/* ---- the steps of a round ---- */

CYN_NODISCARD cyn_code cyn_dispatch_escalate(cyn_dispatch_round *r, cyn_err *err);
CYN_NODISCARD cyn_code cyn_dispatch_deal(cyn_dispatch_round *r, cyn_err *err);
CYN_NODISCARD cyn_code cyn_dispatch_remind(cyn_dispatch_round *r, cyn_err *err);
CYN_NODISCARD cyn_code cyn_dispatch_send(cyn_dispatch_round *r, cyn_err *err);
/* Records a message of these events; its id. */
CYN_NODISCARD cyn_code cyn_dispatch_make(cyn_dispatch_round *r, const cyn_config_channel *c,
                                         const cyn_dispatch_group *group, cyn_message_kind kind,
                                         int64_t number, const int64_t *events,
                                         const char *const *keys, size_t n, int64_t *id,
                                         cyn_err *err);
