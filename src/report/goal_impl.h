/* How targets and key results look. Private to src/report. */
#pragma once
#include "report/report_impl.h"
#include "tree/goals.h"

/* "● on the way", 「● 順調」, the word alone in ASCII; nothing for none. */
void cyn_put_pace(cyn_pace_state s, const cyn_report_options *opts, cyn_buf *out);
/* As of cyn_text_table_colour; NULL: none. */
const char *cyn_pace_sgr(cyn_pace_state s);
/* "██████░░░░  62 %"; "–" where it is not known. */
void cyn_put_progress(double progress, const cyn_report_options *opts, cyn_buf *out);
/* The value, what it should be now, what it shall be, and where it is heading: "41.0 % ± 2.1 pt".
 * "–" for what there is not. */
void cyn_put_goal_value(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out);
void cyn_put_goal_expected(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out);
void cyn_put_goal_target(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out);
void cyn_put_goal_forecast(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out);
void cyn_put_date(bool given, int64_t date, const cyn_report_options *opts, cyn_buf *out);
/* The members of a goal, each after a comma: period, value, target, pace, forecast, error. */
void cyn_json_goal(cyn_buf *b, const cyn_goal *g, const cyn_calendar *cal);
void cyn_json_date(cyn_buf *b, const char *name, bool given, int64_t date);
