/* The words and numbers of reports, one by one: for pages, which have a form of their own.
 *
 *     cyn_put_change(point->previous, point->value, unit, "en", &out);   // "+3.3 %"
 */
#pragma once
#include "report/alerts.h"

/* ---- numbers ---- */

/* True when cyn_format_value shows the unit itself ("%", "USD", "h"). */
bool cyn_unit_shown(const char *unit);
bool cyn_unit_is_share(const char *unit); /* "%" */
/* The change from one value to another: "+3.3 %" of the earlier one, "+1.2 pt" between shares;
 * nothing when there is none. Returns its sign: -1, 0 (also when it rounds to 0) or 1. */
int cyn_put_change(cyn_num from, cyn_num to, const char *unit, const char *language, cyn_buf *out);
/* A share of a change: "+91.3 %", "-8.7 %"; 1 is 100 %. */
void cyn_put_percent(double share, const char *language, cyn_buf *out);
/* A number somebody wrote, such as a target, with the digits that it was written with. */
cyn_num cyn_written_num(double x);

/* ---- lengths ---- */

/* What people call a grain: "week", 「週」; "15m", 「15分」. out holds 16. */
void cyn_grain_words(cyn_grain g, const char *language, char out[16]);

/* ---- points ---- */

/* A status as people see it: shape, word and colour; all "" for none. */
typedef struct cyn_status_look {
    const char *mark, *en, *ja;
    const char *sgr; /* as of cyn_text_table_colour */
} cyn_status_look;
extern const cyn_status_look cyn_status_looks[];
/* "● green", 「● 緑」, "green" in ASCII; nothing for none. */
void cyn_put_status(cyn_status s, const char *language, bool ascii, cyn_buf *out);
/* A segment's value as text for people and CSV: ads, 12, true; nothing for nil. */
void cyn_put_key(const cyn_const *k, cyn_buf *out);

/* ---- alerts ---- */

typedef struct cyn_alert_look {
    const char *mark, *en, *ja;
    const char *sgr; /* as of cyn_text_table_colour; NULL: none */
} cyn_alert_look;

const cyn_alert_look *cyn_look_of_state(const cyn_alert *a);
const cyn_alert_look *cyn_look_of_severity(cyn_severity s);
const cyn_alert_look *cyn_look_of_event(cyn_alert_what what);
const cyn_alert_look *cyn_look_of_health(cyn_alert_health h);
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
