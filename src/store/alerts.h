/* What is remembered of rules and alerts: their state, their events, silences, acknowledgements.
 *
 * An evaluation is written in one transaction: states of rules and alerts, events, and for each
 * event that is to be told a row of the outbox (store/outbox.h) for each channel. A kill at any
 * moment leaves all of it or nothing.
 *
 *     CYN_TRY(cyn_store_begin_alerts(st, now, err));
 *     CYN_TRY(cyn_store_put_rule(st, &rule, err));           // any number of each, in any order
 *     CYN_TRY(cyn_store_put_alert(st, &alert, err));
 *     CYN_TRY(cyn_store_add_event(st, &notice, &event, channels, n, err));
 *     CYN_TRY(cyn_store_commit_alerts(st, err));             // or cyn_store_undo_alerts(st)
 */
#pragma once
#include "alert/mute.h"
#include "store/store.h"

typedef struct cyn_rule_row {
    const char *rule;
    int64_t slot;    /* the last one evaluated */
    uint64_t missed; /* in all */
    cyn_alert_health health;
    int64_t health_since;
    const char *error;     /* NULL: none */
    const char *frozen_by; /* the rule that it depends on, and that fired at the slot; NULL */
    int64_t segments, firing, pending;
} cyn_rule_row;

typedef struct cyn_alert_row {
    const char *rule, *identity;
    const cyn_alert_label *labels; /* the segment's */
    size_t nlabels;
    cyn_alert alert;
    cyn_told told;
    double value;               /* NAN: missing */
    const char *period, *facts; /* NULL: none */
} cyn_alert_row;

CYN_NODISCARD cyn_code cyn_store_begin_alerts(cyn_store *st, int64_t now, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_put_rule(cyn_store *st, const cyn_rule_row *row, cyn_err *err);
/* What is known of a rule, within the transaction; of its texts only the name, which is `rule`. */
CYN_NODISCARD cyn_code cyn_store_known_rule(cyn_store *st, const char *rule, bool *known,
                                            cyn_rule_row *out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_drop_rule(cyn_store *st, const char *rule, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_put_alert(cyn_store *st, const cyn_alert_row *row, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_drop_alert(cyn_store *st, const char *identity, cyn_err *err);
/* An event that is known by its key already is left as it is. */
CYN_NODISCARD cyn_code cyn_store_add_event(cyn_store *st, const cyn_notice *notice,
                                           const cyn_alert_event *event,
                                           const char *const *channels, size_t nchannels,
                                           cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_commit_alerts(cyn_store *st, cyn_err *err);
void cyn_store_undo_alerts(cyn_store *st);

/* All of them, in the order of rule and identity. A row that cannot be understood is left out and
 * noted in *bad (code CYN_OK: none). */
CYN_NODISCARD cyn_code cyn_store_rules(cyn_store *st, cyn_arena *arena, const cyn_rule_row **out,
                                       size_t *n, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_alerts(cyn_store *st, cyn_arena *arena, const cyn_alert_row **out,
                                        size_t *n, cyn_err *bad, cyn_err *err);

/* An event as it was recorded, and what became of telling it. */
typedef struct cyn_event_row {
    int64_t id;
    cyn_notice notice;
    bool quiet;             /* damped or frozen: nobody was to be told */
    const char *deliveries; /* one line of JSON: [{"channel":…,"state":…,"at":…,"detail":…}] */
} cyn_event_row;

typedef struct cyn_event_filter {
    const char *rule, *identity; /* NULL: any */
    int64_t from, to;            /* slots, from ≤ at < to */
    int64_t most;                /* the newest so many; 0: all */
    bool terse;                  /* without those that only renew an incident */
    const char *after;           /* those behind the event of this key; NULL: from the first on */
} cyn_event_filter;
/* Newest first. */
CYN_NODISCARD cyn_code cyn_store_events(cyn_store *st, const cyn_event_filter *filter,
                                        cyn_arena *arena, const cyn_event_row **out, size_t *n,
                                        cyn_err *err);
/* The slot of the rule's newest event up to an instant, but for those of its withdrawal, which are
 * at no slot; CYN_ALERT_NEVER: there is none. */
CYN_NODISCARD cyn_code cyn_store_last_event(cyn_store *st, const char *rule, int64_t to,
                                            int64_t *slot, cyn_err *err);

/* Silences; ended ones are kept for the record. */
CYN_NODISCARD cyn_code cyn_store_add_silence(cyn_store *st, const cyn_alert_silence *s, int64_t now,
                                             int64_t *id, cyn_err *err);
/* Ends it at `now`; CYN_E_NAME when there is none of that number, or it has ended. */
CYN_NODISCARD cyn_code cyn_store_end_silence(cyn_store *st, int64_t id, int64_t now, cyn_err *err);
/* Those that have not ended at `now`; all: ended ones, too. Freed by cyn_silences_free(); one that
 * cannot be understood any more is left out. */
CYN_NODISCARD cyn_code cyn_store_silences(cyn_store *st, int64_t now, bool all, cyn_arena *arena,
                                          const cyn_alert_silence **out, size_t *n, cyn_err *err);
void cyn_silences_free(const cyn_alert_silence *s, size_t n);

typedef struct cyn_ack {
    const char *identity;
    int64_t start; /* of the incident */
    int64_t at;
    const char *who, *why; /* why: NULL when nothing was said */
} cyn_ack;
/* Of the incident that is going on; repeating it changes who and why. */
CYN_NODISCARD cyn_code cyn_store_ack(cyn_store *st, const cyn_ack *ack, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_unack(cyn_store *st, const char *identity, int64_t start,
                                       cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_acks(cyn_store *st, cyn_arena *arena, const cyn_ack **out,
                                      size_t *n, cyn_err *err);
