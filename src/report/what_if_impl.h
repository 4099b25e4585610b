/* What the forms of a what-if share. Private to src/report. */
#pragma once
#include "report/tree_impl.h"
#include "report/what_if.h"

typedef struct cyn_what_if_look {
    const cyn_what_if_view *view;
    const cyn_report_options *opts;
    bool ja, ascii, markdown;
} cyn_what_if_look;

/* An assumption that changes nothing at the root: the metric stands nowhere in its tree, or only as
 * a driver, or no formula leads up from it. */
typedef enum cyn_assumption_reach {
    CYN_REACHES,
    CYN_REACH_NOT,
    CYN_REACH_DRIVER,
    CYN_REACH_OUTSIDE
} cyn_assumption_reach;
cyn_assumption_reach cyn_what_if_reach(const cyn_what_if_view *v, size_t assumption);

/* One of two texts, by the project's language. */
const char *cyn_what_if_words(const cyn_what_if_look *l, const char *en, const char *ja);
void cyn_what_if_json(const cyn_what_if_look *l, cyn_buf *out);
CYN_NODISCARD cyn_code cyn_what_if_goals(const cyn_what_if_look *l, cyn_buf *out, cyn_err *err);
/* A value in the metric's unit, and the change between two. */
void cyn_what_if_put(const cyn_what_if_look *l, const cyn_metric *m, double x, cyn_buf *out);
int cyn_what_if_put_change(const cyn_what_if_look *l, const cyn_metric *m, double from, double to,
                           cyn_buf *out);
const char *cyn_what_if_title(const cyn_what_if_look *l, const cyn_metric *m);
