/* A watch: rules with their alerts in memory, taken from one evaluation to the next.
 *
 * Live evaluation, `test` and `backtest` are all this: at each time the rules whose slot has come
 * look at their series, conditions say what is seen of each segment, and the machine
 * (alert/machine.h) takes each alert one step. What came of it is the result; nothing is stored
 * here (rules/watch_store.h), nothing is sent.
 *
 *     CYN_TRY(cyn_watch_new(project, &options, &w, err));
 *     for (t = first; t <= last; t = cyn_watch_next(w, t))
 *         CYN_TRY(cyn_watch_run(w, t, source, arena, &result, err));
 *     cyn_watch_free(w);
 *
 * Rules alike in metric, grain, dimensions share one series, and rules over one series are
 * evaluated in one go: their readings are columns of one table with a row for each segment, their
 * translated conditions vectors over it. What has no translation is asked of the interpreter, for
 * all segments at once.
 *
 * One thread at a time.
 */
#pragma once
#include "alert/notice.h"
#include "engine/series.h"

typedef struct cyn_watch cyn_watch;

typedef struct cyn_watch_options {
    const cyn_rule *const *rules; /* NULL: all of the catalog that can be evaluated */
    size_t nrules;
    bool interpret; /* every condition in the interpreter, translated or not */
    bool quiet;     /* no texts are rendered: summary and description stay "" (backtest) */
    /* Where the rules of a project are in several watches, one of them withdraws what is left of
     * rules that are gone: the one without this. */
    bool leave_gone;
} cyn_watch_options;

/* One event of one alert, in the order of rules, then segments, then events. An incident that is
 * merely renewed is none, unless its severity or state changed: its value is in the alert. */
typedef struct cyn_watch_event {
    const cyn_rule *rule;
    cyn_alert_event event;
    cyn_notice notice;
    bool tell; /* it is worth a message: fired, rose, resolved, or caught up on after quiet */
} cyn_watch_event;

/* What became of a rule's evaluation. */
typedef struct cyn_watch_rule {
    const cyn_rule *rule;
    int64_t slot;
    uint64_t missed;
    cyn_alert_health health;
    const cyn_err *error; /* ERROR: why */
    bool again;    /* … of a rule whose on_error is `keep`: this was no evaluation. No alert was
                      stepped, and the next run tries the slot once more */
    bool repeated; /* … and this was such a try, and failed as the one before did */
    const char *frozen_by; /* a rule that it depends on, and that fires; NULL: none does */
    size_t segments, firing, pending;
    int64_t took; /* microseconds that its own conditions took */
} cyn_watch_rule;

/* An alert as it is after the run. */
typedef struct cyn_watch_alert {
    const cyn_rule *rule; /* NULL: of a rule that is gone */
    const char *rule_name, *identity;
    const cyn_alert_label *labels; /* the segment's */
    size_t nlabels;
    cyn_alert alert;
    cyn_told told;
    double value;
    const char *period, *facts; /* as in the notice; NULL */
    bool changed;               /* by this run: it is to be stored */
    bool forgotten;             /* … and its row dropped */
} cyn_watch_alert;

typedef struct cyn_watch_result {
    const cyn_watch_rule *rules; /* those that were due */
    size_t nrules;
    const cyn_watch_event *events;
    size_t nevents;
    const cyn_watch_alert *changed; /* alerts to be stored or dropped */
    size_t nchanged;
    const char *const *gone; /* rules that were put back and are in no script, though all load */
    size_t ngone;
} cyn_watch_result;

CYN_NODISCARD cyn_code cyn_watch_new(const cyn_project *p, const cyn_watch_options *options,
                                     cyn_watch **out, cyn_err *err);
void cyn_watch_free(cyn_watch *w);
/* Evaluates each rule at its newest slot ≤ now, unless that was evaluated. A rule that fails is in
 * the result with its error, beside the others; A21 says whether that was an evaluation. The result
 * lives in the arena. */
CYN_NODISCARD cyn_code cyn_watch_run(cyn_watch *w, int64_t now, cyn_series_source source,
                                     cyn_arena *arena, cyn_watch_result *out, cyn_err *err);
/* How many rules wait for now to come to the slot that they were evaluated at last: the clock was
 * set back. `rule` is one that waits longest, until the slot; untouched where none waits. */
size_t cyn_watch_ahead(const cyn_watch *w, int64_t now, const cyn_rule **rule, int64_t *slot);
/* The first instant after t at which some rule is due; CYN_SLOT_END: never. */
int64_t cyn_watch_next(const cyn_watch *w, int64_t t);
/* Whether the last run left a slot to be tried again, and trying may help: what is wrong with the
 * rule itself stays wrong as long as the watch lives. */
bool cyn_watch_may_retry(const cyn_watch *w);
/* Puts an alert, or a rule's last slot, back as it was stored. Alerts of rules that are gone are
 * withdrawn by the next run; those of rules that are in some script, but not in this watch, are
 * none of its business. CYN_E_STATE: it cannot be (cyn_alert_check); the others go on. */
CYN_NODISCARD cyn_code cyn_watch_restore_rule(cyn_watch *w, const char *rule, int64_t slot,
                                              cyn_err *err);
CYN_NODISCARD cyn_code cyn_watch_restore_alert(cyn_watch *w, const char *rule,
                                               const cyn_alert_label *labels, size_t nlabels,
                                               const cyn_alert *alert, const cyn_told *told,
                                               cyn_err *err);
/* Rules that depend on each other, directly or by way of others, are a bundle, and to be watched
 * together: [rule of the catalog], the first one of its bundle. */
CYN_NODISCARD cyn_code cyn_watch_bundles(const cyn_catalog *c, cyn_arena *arena, uint32_t **out,
                                         cyn_err *err);
/* All alerts that there are now. */
CYN_NODISCARD cyn_code cyn_watch_alerts(const cyn_watch *w, cyn_arena *arena,
                                        const cyn_watch_alert **out, size_t *n, cyn_err *err);
