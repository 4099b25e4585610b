/* How alerts look. Private to src/report. */
#pragma once
#include "report/alerts.h"
#include "report/grid_impl.h"
#include "report/json_impl.h"
#include "report/words.h"

/* "● firing", 「● 発火中」, the word alone in ASCII. */
void cyn_put_look(const cyn_alert_look *look, const cyn_report_options *opts, cyn_buf *out);

/* The members of an alert, each after a comma. */
void cyn_json_alert(cyn_buf *b, const cyn_alert_item *i, const cyn_report_options *opts);
void cyn_json_rule(cyn_buf *b, const cyn_rule_item *i, const cyn_report_options *opts);
void cyn_json_moment(cyn_buf *b, const char *name, int64_t at, const cyn_report_options *opts);
void cyn_json_labels(cyn_buf *b, const char *name, const cyn_alert_label *labels, size_t n);
/* The same deliveries for programs, their times as all others are; null where there are none. */
void cyn_json_deliveries(cyn_buf *b, const char *deliveries, const cyn_report_options *opts);
/* JSON that is there already; null where it is none. */
void cyn_json_raw(cyn_buf *b, const char *name, const char *json);
