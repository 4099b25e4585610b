/* Sending a message over a channel: Slack-compatible webhook, generic webhook (HMAC-signed), e-mail
 * (SMTP), command, file, standard output, Alertmanager v2.
 *
 * A message is what a group of alerts has to say at once. Sending blocks, for the channel's timeout
 * at most; nothing is retried here (rules/dispatch.h does that), and nothing is kept. What is sent
 * for a message is the same at every attempt, its key included, so that a receiver can tell a
 * repetition from news. No secret (a URL's user, token or query, a password, a signature) is ever
 * part of an error, a log or a result.
 *
 *     cyn_notify_result r;
 *     CYN_TRY(cyn_notify_send(channel, &message, &look, cancel, &r, err));
 *     if (r.outcome == CYN_NOTIFY_LATER) … try again, not before r.retry_after …
 *
 * Any thread, one call each; cyn_notify_start() once before the first.
 */
#pragma once
#include "alert/notice.h"
#include "base/buf.h"
#include "config/config.h"
#include "report/report.h"
#include <stdatomic.h>

typedef struct cyn_message {
    const char *key;   /* idempotency key */
    const char *group; /* what the alerts have in common, for people: "aha_drop" */
    const cyn_alert_label *group_labels;
    size_t ngroup_labels;
    const cyn_notice *notices; /* in the order in which they happened */
    size_t nnotices;
    bool reminder;  /* says again what was said before */
    bool escalated; /* nobody acknowledged it in time */
    int64_t at;     /* when it was made */
} cyn_message;

/* What messages have in common. */
typedef struct cyn_notify_look {
    const char *project;  /* its name */
    const char *language; /* "en" or "ja" */
    const cyn_calendar *calendar;
    const char *dir; /* of the project: files and commands are relative to it */
} cyn_notify_look;

typedef enum cyn_notify_outcome {
    CYN_NOTIFY_SENT,
    CYN_NOTIFY_LATER,   /* it may work later: no connection, timeout, 429, 5xx, 4yz of SMTP … */
    CYN_NOTIFY_REFUSED, /* it never will: 4xx, 5yz of SMTP, a command that says so (exit 65) */
} cyn_notify_outcome;

typedef struct cyn_notify_result {
    cyn_notify_outcome outcome;
    int64_t retry_after; /* microseconds that the receiver asked for; 0: it did not */
    char detail[256];    /* what came back, for people, without secrets: "HTTP 503", "timed out" */
} cyn_notify_result;

/* For the process, before threads exist; CYN_E_UNSUPPORTED when a library cannot be used. */
CYN_NODISCARD cyn_code cyn_notify_start(cyn_err *err);
/* Fails for what concerns the program (memory, cancellation) only; whatever the channel does is a
 * result. */
CYN_NODISCARD cyn_code cyn_notify_send(const cyn_config_channel *channel, const cyn_message *m,
                                       const cyn_notify_look *look, const atomic_bool *cancel,
                                       cyn_notify_result *out, cyn_err *err);
/* What would be sent: the body, or the whole mail; for `alerts send-test --dry-run` and tests. */
CYN_NODISCARD cyn_code cyn_notify_body(const cyn_config_channel *channel, const cyn_message *m,
                                       const cyn_notify_look *look, cyn_buf *out, cyn_err *err);
