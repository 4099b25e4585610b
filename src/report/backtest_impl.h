/* What the files of the backtest's report share. Private to src/report. */
#pragma once
#include "report/alerts_impl.h"
#include "report/backtest.h"

typedef struct cyn_backtest_words {
    const cyn_backtest_view *view;
    const cyn_report_options *opts;
    bool ja;
} cyn_backtest_words;

static inline const char *cyn_backtest_say(const cyn_backtest_words *w, const char *en,
                                           const char *ja)
{
    return w->ja ? ja : en;
}

/* A duration with its sign: "3 d 4 h", "-45 s". */
void cyn_put_delay(const cyn_backtest_words *w, int64_t micros, cyn_buf *out);
/* "channel=ads, plan=pro"; of an alert without labels the rule's name. */
void cyn_put_segment(const cyn_backtest_result *r, const cyn_alert_label *labels, size_t n,
                     cyn_buf *out);

/* A line for each alert over the whole stretch, and the axis. */
CYN_NODISCARD cyn_code cyn_backtest_timeline(const cyn_backtest_words *w, cyn_buf *out,
                                             cyn_err *err);
CYN_NODISCARD cyn_code cyn_backtest_incidents(const cyn_backtest_words *w, cyn_buf *out,
                                              cyn_err *err);
CYN_NODISCARD cyn_code cyn_backtest_known(const cyn_backtest_words *w, cyn_buf *out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_backtest_sweep(const cyn_backtest_words *w, cyn_buf *out, cyn_err *err);
void cyn_backtest_json(const cyn_backtest_words *w, cyn_buf *out);
