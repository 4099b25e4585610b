/* Backtests: a rule over history, slot by slot of data time, through the same code as live
 * (rules/watch.h). Rules that it depends on are replayed along.
 *
 *     cyn_history *h;
 *     CYN_TRY(cyn_backtest_stretch(project, data, rule, &span, &from, &to, err));
 *     CYN_TRY(cyn_history_new(project, data, live, from, to, &h, err));   // its series, made once
 *     request.source = cyn_history_source(h);
 *     CYN_TRY(cyn_backtest(project, &request, arena, &result, err));      // any number of variants
 *     cyn_history_free(h);
 *
 * What is seen at a slot are the rows of before that slot, as they are known now: rows that came
 * late are taken for having been there in time.
 */
#pragma once
#include "alert/backtest.h"
#include "rules/backtest_set.h"
#include "rules/history.h"
#include "rules/watch.h"

typedef struct cyn_backtest_request {
    const cyn_rule *rule;     /* perhaps with settings replaced */
    int64_t from, to;         /* slots in [from, to) */
    cyn_series_source source; /* of the stretch */
    const cyn_known_incident *known;
    size_t nknown;
    bool has_known;    /* the result has a score */
    int64_t tolerance; /* below 0: a period of the rule's grain */
    const atomic_bool *cancel;
    void (*progress)(void *self, double share); /* of the slots, now and then; NULL */
    void *self;
} cyn_backtest_request;

/* A rule that cannot be evaluated gives a result with its error; CYN_E_CANCEL and exhausted memory
 * fail. */
CYN_NODISCARD cyn_code cyn_backtest(const cyn_project *p, const cyn_backtest_request *request,
                                    cyn_arena *arena, cyn_backtest_result *out, cyn_err *err);

/* What of history is asked for: a date or a label such as 2026-10 stands for all of it, an instant
 * for itself; NULL: from where the rule has all the periods that it looks back on, until now. */
typedef struct cyn_backtest_span {
    const char *from, *to, *as_of;
    const atomic_bool *cancel;
} cyn_backtest_span;
CYN_NODISCARD cyn_code cyn_backtest_stretch(const cyn_project *p, cyn_dataset *d,
                                            const cyn_rule *rule, const cyn_backtest_span *span,
                                            int64_t *from, int64_t *to, cyn_err *err);
/* A date or label as the stretch of time that it names, an instant as itself twice. CYN_E_SYNTAX
 * says what is expected. */
CYN_NODISCARD cyn_code cyn_parse_stretch(const cyn_calendar *cal, const char *text, int64_t *from,
                                         int64_t *to, cyn_err *err);
