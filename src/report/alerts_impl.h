/* How alerts look. Private to src/report. */
#pragma once
#include "report/alerts.h"
#include "report/grid_impl.h"
#include "report/json_impl.h"

typedef struct cyn_alert_look {
    const char *mark, *en, *ja;
    const char *sgr; /* as of cyn_text_table_colour; NULL: none */
} cyn_alert_look;

const cyn_alert_look *cyn_look_of_state(const cyn_alert *a);
const cyn_alert_look *cyn_look_of_severity(cyn_severity s);
const cyn_alert_look *cyn_look_of_event(cyn_alert_what what);
const cyn_alert_look *cyn_look_of_health(cyn_alert_health h);
/* "● firing", 「● 発火中」, the word alone in ASCII. */
void cyn_put_look(const cyn_alert_look *look, const cyn_report_options *opts, cyn_buf *out);

/* "channel=ads, plan=pro"; nothing for the whole. */
void cyn_put_labels(const cyn_alert_label *labels, size_t n, cyn_buf *out);
/* A value of the metric, and "–" where it is missing. */
void cyn_put_reading(double x, const char *unit, const cyn_report_options *opts, cyn_buf *out);
/* Since when it is what it is: of an incident its start. */
int64_t cyn_alert_since(const cyn_alert *a);
/* "acknowledged by ann", "silenced by bob until …", "flaps", "waits for …". */
void cyn_put_care(const cyn_alert_item *i, const cyn_report_options *opts, cyn_buf *out);
/* "✓ ok", "✓ ok, frozen by parent". */
void cyn_put_health(const cyn_rule_item *i, const cyn_report_options *opts, cyn_buf *out);
/* What the deliveries of an event came to: "growth ✓, mail ✗ (HTTP 503)". */
void cyn_put_deliveries(const char *deliveries, const cyn_report_options *opts, cyn_buf *out);

/* The members of an alert, each after a comma. */
void cyn_json_alert(cyn_buf *b, const cyn_alert_item *i, const cyn_report_options *opts);
void cyn_json_rule(cyn_buf *b, const cyn_rule_item *i, const cyn_report_options *opts);
void cyn_json_moment(cyn_buf *b, const char *name, int64_t at, const cyn_report_options *opts);
void cyn_json_labels(cyn_buf *b, const char *name, const cyn_alert_label *labels, size_t n);
/* The same deliveries for programs, their times as all others are; null where there are none. */
void cyn_json_deliveries(cyn_buf *b, const char *deliveries, const cyn_report_options *opts);
/* JSON that is there already; null where it is none. */
void cyn_json_raw(cyn_buf *b, const char *name, const char *json);
