/* The outbox: which events are to be told where, what became messages, what was told.
 *
 * A *row* is one event for one channel; it is made with the event (store/alerts.h). A *message* is
 * what rows of one group became; it is recorded, with its key and its events, before it is first
 * tried, and its events never change. A *tale* is an incident that a channel was told of and that
 * it does not know to be over. docs/reference/notifications.md has the states; rules/dispatch.h
 * decides.
 *
 * All changes happen between cyn_store_begin_alerts() and cyn_store_commit_alerts().
 */
#pragma once
#include "store/alerts.h"

typedef enum cyn_row_state {
    CYN_ROW_WAITING, /* for its group's time */
    CYN_ROW_HELD,    /* muted now; waits again once it is not, if its incident still goes on */
    CYN_ROW_TOLD,    /* part of a message */
    CYN_ROW_MUTED,   /* was muted, and there is nothing to tell any more */
    CYN_ROW_SKIPPED, /* not wanted there: `resolved: false`, a channel that is gone */
} cyn_row_state;
extern const char *const cyn_row_state_names[]; /* "waiting", …; NULL */

typedef struct cyn_outbox_row {
    int64_t id, event;
    const char *channel;
    cyn_row_state state;
    bool escalated;
    int64_t at;         /* when it came */
    bool going_on;      /* its incident, as the alert's row says now */
    const char *detail; /* what holds it; "" */
    const cyn_notice *notice;
} cyn_outbox_row;

/* Those that wait or are held, in the order in which they came. */
CYN_NODISCARD cyn_code cyn_store_open_rows(cyn_store *st, cyn_arena *arena,
                                           const cyn_outbox_row **out, size_t *n, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_set_row(cyn_store *st, int64_t id, cyn_row_state state,
                                         const char *detail, cyn_err *err);
/* For a channel that is no channel of the rule's; nothing where the event has a row for it. */
CYN_NODISCARD cyn_code cyn_store_add_row(cyn_store *st, int64_t event, const char *channel,
                                         bool escalated, int64_t now, cyn_err *err);

/* For all that were told of the alert, or are about to be: whoever heard of a beginning hears of
 * the end, whatever has become of the rule. */
CYN_NODISCARD cyn_code cyn_store_add_followers(cyn_store *st, const char *event_key, int64_t now,
                                               cyn_err *err);

typedef struct cyn_tale {
    const char *channel, *rule, *incident, *identity, *group;
    const cyn_alert_label *labels; /* the group's */
    size_t nlabels;
    int64_t event;       /* the last one told */
    int64_t first, last; /* when it was told */
    int64_t reminders;
    bool going_on, acked;
} cyn_tale;
/* In the order of channel, group and identity; a channel has one for each alert. */
CYN_NODISCARD cyn_code cyn_store_tales(cyn_store *st, cyn_arena *arena, const cyn_tale **out,
                                       size_t *n, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_put_tale(cyn_store *st, const cyn_tale *t, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_drop_tale(cyn_store *st, const char *channel, const char *identity,
                                           cyn_err *err);

typedef enum cyn_message_kind {
    CYN_MESSAGE_NEWS,
    CYN_MESSAGE_REMINDER,   /* says again what still fires */
    CYN_MESSAGE_ESCALATION, /* to somebody else, since nobody acknowledged */
} cyn_message_kind;
extern const char *const cyn_message_kind_names[]; /* "news", "reminder", "escalation"; NULL */

typedef enum cyn_message_state {
    CYN_MESSAGE_WAITING, /* for its first attempt, or the next one */
    CYN_MESSAGE_SENT,
    CYN_MESSAGE_DEAD, /* given up; kept, and can be sent again */
} cyn_message_state;
extern const char *const cyn_message_state_names[]; /* "waiting", "sent", "dead"; NULL */

typedef struct cyn_message_row {
    int64_t id;
    const char *key, *channel, *group; /* group: canonical text */
    const cyn_alert_label *labels;     /* the group's */
    size_t nlabels;
    cyn_message_kind kind;
    cyn_message_state state;
    int64_t made;  /* when */
    int64_t since; /* from when on `give_up` counts: made, or sent again by hand */
    int64_t attempts;
    int64_t tried;      /* the last attempt; CYN_ALERT_NEVER: none yet */
    int64_t next;       /* the next one */
    const char *detail; /* what came back; "" */
    int64_t nevents;
} cyn_message_row;

/* Sets m->id. */
CYN_NODISCARD cyn_code cyn_store_add_message(cyn_store *st, cyn_message_row *m,
                                             const int64_t *events, size_t nevents, cyn_err *err);
/* The row of an event becomes part of a message. */
CYN_NODISCARD cyn_code cyn_store_tell_row(cyn_store *st, int64_t row, int64_t message,
                                          cyn_err *err);
/* state, attempts, tried, next, detail. */
CYN_NODISCARD cyn_code cyn_store_set_message(cyn_store *st, const cyn_message_row *m, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_drop_message(cyn_store *st, int64_t id, cyn_err *err);
/* Those in a state, oldest first. */
CYN_NODISCARD cyn_code cyn_store_messages(cyn_store *st, cyn_message_state state, cyn_arena *arena,
                                          const cyn_message_row **out, size_t *n, cyn_err *err);
/* How many wait for an attempt, and how many were given up; of those that tell of a rule, unless it
 * is NULL. */
CYN_NODISCARD cyn_code cyn_store_count_open(cyn_store *st, const char *rule, int64_t *waiting,
                                            int64_t *dead, cyn_err *err);
/* What a message says, in order; the same at each reading. */
CYN_NODISCARD cyn_code cyn_store_message_notices(cyn_store *st, int64_t id, cyn_arena *arena,
                                                 const cyn_notice **out, size_t *n, cyn_err *err);
/* What an event says. */
CYN_NODISCARD cyn_code cyn_store_notice(cyn_store *st, int64_t event, cyn_arena *arena,
                                        const cyn_notice **out, cyn_err *err);
/* No message of the channel is tried before `until`, whenever it is made. */
CYN_NODISCARD cyn_code cyn_store_delay_channel(cyn_store *st, const char *channel, int64_t until,
                                               cyn_err *err);
/* What was said last by cyn_store_delay_channel(); CYN_ALERT_NEVER: nothing. */
CYN_NODISCARD cyn_code cyn_store_channel_delay(cyn_store *st, const char *channel, int64_t *until,
                                               cyn_err *err);
/* The group of the channel's newest message that tells of the alert and is still to be delivered;
 * *group is NULL where there is none. */
CYN_NODISCARD cyn_code cyn_store_open_group(cyn_store *st, const char *channel,
                                            const char *identity, cyn_arena *arena,
                                            const char **group, const cyn_alert_label **labels,
                                            size_t *nlabels, cyn_err *err);
/* When a group's last message was made (CYN_ALERT_NEVER: there is none), and whether one of the
 * group is still to be delivered. */
CYN_NODISCARD cyn_code cyn_store_last_message(cyn_store *st, const char *channel, const char *group,
                                              int64_t *made, bool *open, cyn_err *err);
/* How many messages of a channel were tried in (after, now], and when the first of them was. */
CYN_NODISCARD cyn_code cyn_store_tried(cyn_store *st, const char *channel, int64_t after,
                                       int64_t now, int64_t *count, int64_t *first, cyn_err *err);

/* A dead message waits again, under its old key; in a transaction of its own. CYN_E_NAME when there
 * is no dead message of that number. */
CYN_NODISCARD cyn_code cyn_store_resend(cyn_store *st, int64_t id, int64_t now, cyn_err *err);

/* The last notice of each alert that fires: what inhibits. */
CYN_NODISCARD cyn_code cyn_store_firing(cyn_store *st, cyn_arena *arena, const cyn_notice **out,
                                        size_t *n, cyn_err *err);
