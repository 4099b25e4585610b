/* Alerts as `cynosure alerts` shows them: what fires, what happened, what decided, who is silent.
 *
 * Whoever calls fills in plain structs from the state and the project; nothing is looked up here.
 * Tables and Markdown for people, one JSON object per line for machines (CYN_E_UNSUPPORTED for
 * CSV).
 */
#pragma once
#include "alert/mute.h"
#include "report/report.h"

/* Who has taken care of an incident. */
typedef struct cyn_ack_item {
    const char *who, *why; /* who NULL: nobody; why may be NULL */
    int64_t at;
} cyn_ack_item;

/* An alert, with what an operator asks about it. */
typedef struct cyn_alert_item {
    const cyn_rule *rule; /* NULL: the rule is gone */
    bool unread;          /* … or in a script that does not load */
    const char *rule_name, *identity;
    const cyn_alert_label *labels; /* the segment's */
    size_t nlabels;
    cyn_alert alert;
    double value, target; /* NAN: missing */
    const char *unit, *period;
    const char *summary; /* what the last event of the incident said; NULL */
    const char *owner;   /* the rule's, else the metric's; NULL */
    const char
        *deliveries; /* of the last event of the incident that is told; NULL: there is none */
    cyn_ack_item ack;
    bool muted;
    cyn_muting muting;     /* what keeps it quiet now */
    const char *frozen_by; /* the rule that froze it; NULL: that is not known */
} cyn_alert_item;

/* A rule, and how its last evaluation went. */
typedef struct cyn_rule_item {
    const char *name;
    const cyn_rule *rule;  /* NULL: its script does not load; `broken` says so */
    const cyn_err *broken; /* it cannot be evaluated at all; NULL */
    bool evaluated;        /* ever; else the rest is nothing */
    cyn_alert_health health;
    int64_t slot, health_since;
    uint64_t missed;
    const char *error;     /* NULL */
    const char *frozen_by; /* the rule that it depends on, and that fires; NULL */
    bool ahead;            /* the slot is still to come: the clock was set back */
    int64_t segments, firing, pending;
} cyn_rule_item;

typedef struct cyn_alerts_view {
    const cyn_alert_item *alerts; /* in the order in which they are to be shown */
    size_t nalerts;
    const cyn_rule_item *rules;
    size_t nrules;
    bool all;              /* a table of all rules, too */
    int64_t waiting, dead; /* messages that are still to be delivered, and that were given up */
    int64_t now;
} cyn_alerts_view;

CYN_NODISCARD cyn_code cyn_report_alerts(const cyn_alerts_view *v, const cyn_report_options *opts,
                                         cyn_buf *out, cyn_err *err);

/* An event as it was recorded. */
typedef struct cyn_history_item {
    const cyn_notice *notice;
    size_t nsegment; /* so many of its labels are the segment's */
    bool quiet;
    const char *deliveries; /* [{"channel":…,"state":…,"at":…,"detail":…}]; NULL of all: there
                               was no time for any yet */
} cyn_history_item;
/* In the order given. */
CYN_NODISCARD cyn_code cyn_report_history(const cyn_history_item *items, size_t n,
                                          const cyn_report_options *opts, cyn_buf *out,
                                          cyn_err *err);

/* What decided about an alert, and what became of it. */
typedef struct cyn_why_view {
    /* A condition as somebody wrote it, a function's source, too; lives as long as the view. */
    const char *(*text_of)(void *self, const cyn_expr *e);
    void *self;
    cyn_alert_item item;
    const cyn_rule_item *rule; /* NULL: it is gone */
    const char *facts;         /* of the last evaluation that judged; NULL */
    const cyn_history_item *events;
    size_t nevents;
    const cyn_period *periods; /* the last values of the series, oldest first */
    const cyn_num *values;
    size_t nvalues;
    int64_t now;
} cyn_why_view;
CYN_NODISCARD cyn_code cyn_report_why(const cyn_why_view *v, const cyn_report_options *opts,
                                      cyn_buf *out, cyn_err *err);

CYN_NODISCARD cyn_code cyn_report_silences(const cyn_alert_silence *items, size_t n, int64_t now,
                                           const cyn_report_options *opts, cyn_buf *out,
                                           cyn_err *err);

/* A message that was given up. */
typedef struct cyn_dead_item {
    int64_t id, made, tried, attempts, events;
    const char *channel, *group, *key, *detail;
} cyn_dead_item;
CYN_NODISCARD cyn_code cyn_report_dead(const cyn_dead_item *items, size_t n,
                                       const cyn_report_options *opts, cyn_buf *out, cyn_err *err);

/* For people: "2026-11-16 09:00" in the project's zone; "2 h 5 min", 「2時間5分」. */
void cyn_put_moment(int64_t at, const cyn_report_options *opts, cyn_buf *out);
void cyn_put_length(int64_t micros, const char *language, cyn_buf *out);
