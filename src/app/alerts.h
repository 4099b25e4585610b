/* What the commands of `alerts` share: the project with its state, and alerts by their names.
 *
 *     cyn_alerts a;
 *     int rc = cyn_alerts_open(&a, args);        // findings are printed; exit code
 *     if (rc == CYN_EXIT_OK) …
 *     cyn_alerts_close(&a);                      // also after a failed open
 */
#pragma once
#include "app/session.h"
#include "report/alerts.h"
#include "rules/dispatch.h"
#include "store/outbox.h"

typedef struct cyn_alerts {
    cyn_session session;
    cyn_store *store;
    cyn_report_options report;
    int64_t clock; /* now: for silences, acknowledgements, deliveries */
    /* cyn_alerts_load */
    const cyn_rule_row *rules;
    const cyn_alert_row *rows;
    const cyn_ack *acks;
    size_t nrules, nrows, nacks;
    cyn_mutes mutes; /* silences that have not ended among them */
} cyn_alerts;

int cyn_alerts_open(cyn_alerts *a, const cyn_args *args);
void cyn_alerts_close(cyn_alerts *a);
/* Reads all that is remembered; rows that cannot be understood are notes. */
CYN_NODISCARD cyn_code cyn_alerts_load(cyn_alerts *a, cyn_err *err);

/* The rule of the catalog; NULL: there is none. */
const cyn_rule *cyn_alerts_rule(const cyn_alerts *a, const char *name);
/* The same; CYN_E_NAME with the nearest one. Rules that are gone and still remembered are found,
 * too: *out is NULL then. */
CYN_NODISCARD cyn_code cyn_alerts_need_rule(const cyn_alerts *a, const char *name,
                                            const cyn_rule **out, cyn_err *err);
/* Alerts by what people type: an identity, a rule's name (all of its), or the beginning of a
 * fingerprint. CYN_E_NAME when there is none, CYN_E_CONFLICT when a beginning fits several. */
CYN_NODISCARD cyn_code cyn_alerts_find(const cyn_alerts *a, const char *word, size_t **out,
                                       size_t *n, cyn_err *err);

/* What matchers see of an alert: its labels and the rule's (NULL: it is gone). */
CYN_NODISCARD cyn_code cyn_alerts_notice(const cyn_alerts *a, const cyn_alert_row *row,
                                         const cyn_rule *rule, cyn_notice *out, cyn_err *err);
/* What reports show. `busy` items come with what the last event says of the target. */
CYN_NODISCARD cyn_code cyn_alerts_item(const cyn_alerts *a, const cyn_alert_row *row,
                                       cyn_alert_item *out, cyn_err *err);
void cyn_alerts_rule_item(const cyn_alerts *a, const cyn_rule *rule, cyn_rule_item *out);
/* The same of a rule that is only remembered, since its script does not load. */
void cyn_alerts_unread_item(const cyn_rule_row *row, const cyn_err *broken, cyn_rule_item *out);
/* What "for how long" is counted to: the clock, or the newest evaluation of a project whose as_of
 * is another time. */
int64_t cyn_alerts_now(const cyn_alerts *a);

/* --for, --last-like durations, and dates or times in the project's zone; CYN_E_USAGE. */
CYN_NODISCARD cyn_code cyn_alerts_duration(const char *option, const char *text, int64_t *out,
                                           cyn_err *err);
CYN_NODISCARD cyn_code cyn_alerts_time(const cyn_alerts *a, const char *option, const char *text,
                                       int64_t *out, cyn_err *err);
/* The ID of a `what`; CYN_E_USAGE. */
CYN_NODISCARD cyn_code cyn_alerts_number(const char *what, const char *text, int64_t *out,
                                         cyn_err *err);
/* --who, else $USER, else "?". */
const char *cyn_alerts_who(const cyn_args *args);
