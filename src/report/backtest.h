/* Backtests, written for people and for programs: when a rule would have fired.
 *
 * For people: a line with the figures, a picture of each alert over the stretch, a table of the
 * incidents, and where there are known incidents what became of each, with precision, recall and
 * delay. A sweep is a table with a row for each combination of settings. JSON has a line for the
 * rule and one for each incident, known incident, or combination.
 *
 *     CYN_TRY(cyn_report_backtest(&view, &opts, &out, err));
 */
#pragma once
#include "alert/backtest.h"
#include "report/report.h"

/* One combination of a sweep; of the result only the figures are looked at. */
typedef struct cyn_backtest_trial {
    const char *const *values; /* [setting] */
    bool own;                  /* the rule as it is */
    cyn_backtest_result result;
} cyn_backtest_trial;

typedef struct cyn_backtest_view {
    const cyn_metric *metric;          /* whose values are judged */
    const cyn_backtest_result *result; /* of a single replay; NULL: a sweep */
    const char *const *settings;       /* names that were set; none: the rule as it is */
    const char *const *values;         /* of a single replay: [setting] */
    size_t nsettings;
    const cyn_backtest_trial *trials; /* of a sweep; one at least */
    size_t ntrials;
} cyn_backtest_view;

/* Settings that a sweep's table has room for. */
#define CYN_BACKTEST_SETTINGS 4

CYN_NODISCARD cyn_code cyn_report_backtest(const cyn_backtest_view *view,
                                           const cyn_report_options *opts, cyn_buf *out,
                                           cyn_err *err);
