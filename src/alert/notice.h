/* A notice: one event of an alert, as whoever is told of it sees it. Made by the evaluation
 * (rules/watch.h), kept with the event (store/alerts.h), sent in messages (notify/notify.h). Plain
 * data; texts are borrowed.
 */
#pragma once
#include "alert/identity.h"
#include "alert/rule.h"

/* What was told last of an alert. While it is damped or frozen that may be something else than what
 * it is; once it is neither, the difference is told. */
typedef struct cyn_told {
    int64_t start; /* of the incident that goes on, as far as was told; CYN_ALERT_NEVER: none */
    int severity;  /* of that incident */
} cyn_told;

typedef struct cyn_notice {
    const char *rule, *metric;
    const char *identity;          /* alert/identity.h */
    const cyn_alert_label *labels; /* the segment's, then the rule's own; names are different */
    size_t nlabels;
    cyn_alert_what what; /* FIRED, ROSE, RENEWED, ENDED … */
    cyn_alert_reason reason;
    cyn_severity severity;
    bool firing;                       /* outwardly, after the event */
    int64_t at;                        /* the slot */
    int64_t start, ended;              /* of the incident; CYN_ALERT_NEVER: it goes on */
    double value, target;              /* NAN: missing */
    const char *unit;                  /* of the metric; NULL */
    const char *period;                /* label of the judged period; NULL: there was none */
    const char *title;                 /* of the rule, in the project's language */
    const char *summary, *description; /* rendered; "" where there is none */
    const char *runbook, *owner;       /* NULL: none */
    const char *facts; /* one line of JSON: the readings that decided and the conditions' texts:
                          {"when":"…","readings":{"value":0.31,"change(\"1w\")":-0.07},
                          "holds":{"warning":true}} */
    char key[CYN_ALERT_KEY];      /* of the event: the same over retries, restarts and replays */
    char incident[CYN_ALERT_KEY]; /* of the incident */
    char alert[CYN_ALERT_KEY];    /* of the alert: its fingerprint */
} cyn_notice;
