/* The roster: rules and alerts as they are remembered, joined with the project that they are of,
 * for whoever shows them or says something about them. Read from the state; nothing is evaluated.
 *
 *     CYN_TRY(cyn_roster_load(project, store, now, arena, &r, err));
 *     rc = cyn_roster_view(&r, NULL, false, &view, err);        // what the reports show
 *     cyn_roster_clear(&r);                                     // also after a failed load
 *
 * What is filled in lives in the arena.
 */
#pragma once
#include "report/alerts.h"
#include "rules/dispatch.h"
#include "store/alerts.h"

typedef struct cyn_roster {
    const cyn_project *project;
    cyn_store *store;
    cyn_arena *arena;
    int64_t clock; /* now: for silences, acknowledgements, deliveries */
    const cyn_rule_row *rules;
    const cyn_alert_row *rows;
    const cyn_ack *acks;
    size_t nrules, nrows, nacks;
    const cyn_rule **by_name; /* the catalog's, sorted */
    cyn_mutes mutes;          /* silences that have not ended among them */
    cyn_err bad;              /* a row that could not be understood, and was left out */
} cyn_roster;

CYN_NODISCARD cyn_code cyn_roster_load(const cyn_project *p, cyn_store *st, int64_t now,
                                       cyn_arena *arena, cyn_roster *out, cyn_err *err);
void cyn_roster_clear(cyn_roster *r);

/* ---- names ---- */

/* The rule of the catalog; NULL: there is none. */
const cyn_rule *cyn_roster_rule(const cyn_roster *r, const char *name);
/* The same; CYN_E_NAME with the nearest one. Rules that are gone and still remembered are found,
 * too: *out is NULL then. */
CYN_NODISCARD cyn_code cyn_roster_need_rule(const cyn_roster *r, const char *name,
                                            const cyn_rule **out, cyn_err *err);
/* Alerts by what people type: an identity, a rule's name (all of its), or the beginning of a
 * fingerprint. CYN_E_NAME when there is none, CYN_E_CONFLICT when a beginning fits several. */
CYN_NODISCARD cyn_code cyn_roster_find(const cyn_roster *r, const char *word, size_t **out,
                                       size_t *n, cyn_err *err);

/* ---- what reports show ---- */

/* What matchers see of an alert: its labels and the rule's (NULL: it is gone). */
CYN_NODISCARD cyn_code cyn_roster_notice(const cyn_roster *r, const cyn_alert_row *row,
                                         const cyn_rule *rule, cyn_notice *out, cyn_err *err);
/* `busy` items come with what the last event says of the target. */
CYN_NODISCARD cyn_code cyn_roster_item(const cyn_roster *r, const cyn_alert_row *row,
                                       cyn_alert_item *out, cyn_err *err);
void cyn_roster_rule_item(const cyn_roster *r, const cyn_rule *rule, cyn_rule_item *out);
/* What "for how long" is counted to: the clock, or the newest evaluation of a project whose as_of
 * is another time. */
int64_t cyn_roster_now(const cyn_roster *r);
/* All rules, and the alerts that are about something, the most urgent first; with `all` the others,
 * too. Of one rule unless that is NULL. */
CYN_NODISCARD cyn_code cyn_roster_view(const cyn_roster *r, const char *rule, bool all,
                                       cyn_alerts_view *out, cyn_err *err);
/* The same without the rules. */
CYN_NODISCARD cyn_code cyn_roster_alerts(const cyn_roster *r, const char *rule, bool all,
                                         cyn_alerts_view *out, cyn_err *err);

/* Events that were recorded, the newest first. */
CYN_NODISCARD cyn_code cyn_roster_events(const cyn_roster *r, const cyn_event_filter *filter,
                                         cyn_history_item **out, size_t *n, cyn_err *err);

/* ---- what people say ---- */

/* Somebody takes care of the incidents of all alerts that `word` means and that fire; undo: or no
 * longer. *rows are those alerts. CYN_E_NAME when none of them fires. */
CYN_NODISCARD cyn_code cyn_roster_ack(const cyn_roster *r, const char *word, const char *who,
                                      const char *why, bool undo, const cyn_alert_row *const **rows,
                                      size_t *n, cyn_err *err);
/* When a silence ends: `length` after it begins, to the minute, or at `until`, one of which is
 * given (length 0, until CYN_TIME_MIN: not given). CYN_E_RANGE says what is wrong with it. */
CYN_NODISCARD cyn_code cyn_roster_silence_end(const cyn_roster *r, int64_t from, int64_t length,
                                              int64_t until, int64_t *end, cyn_err *err);
/* Keeps what matches quiet. `why` (1 to 1000 characters) and `who` (1 to 200) are stored without
 * the blanks around them: CYN_E_USAGE where they are not like that or NULL, CYN_E_RANGE where
 * cyn_roster_silence_end would not have given the end. silence->id is set, who and why are what is
 * stored; *matching: alerts that fire and match now. */
CYN_NODISCARD cyn_code cyn_roster_silence(const cyn_roster *r, cyn_alert_silence *silence,
                                          size_t *matching, cyn_err *err);
