/* What the commands of `alerts` share: the project with its state, and what they read
 * from the command line.
 *
 *     cyn_alerts a;
 *     int rc = cyn_alerts_open(&a, args);        // findings are printed; exit code
 *     if (rc == CYN_EXIT_OK) …
 *     cyn_alerts_close(&a);                      // also after a failed open
 */
#pragma once
#include "app/session.h"
#include "live/roster.h"
#include "store/outbox.h"

typedef struct cyn_alerts {
    cyn_session session;
    cyn_store *store;
    cyn_report_options report;
    int64_t clock;     /* now: for silences, acknowledgements, deliveries */
    cyn_roster roster; /* cyn_alerts_load */
} cyn_alerts;

int cyn_alerts_open(cyn_alerts *a, const cyn_args *args);
void cyn_alerts_close(cyn_alerts *a);
/* Reads all that is remembered, into `roster`; rows that cannot be understood are notes. */
CYN_NODISCARD cyn_code cyn_alerts_load(cyn_alerts *a, cyn_err *err);

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
