/* What if: now and then of every metric from the root down, and what each leaf alone would have to
 * become. Written from the results of tree/what_if.h; format CSV is not known here.
 */
#pragma once
#include "report/report.h"
#include "tree/what_if.h"

typedef struct cyn_what_if_view {
    const cyn_tree *tree;
    const cyn_what_if_node *nodes; /* [node of the tree] */
    const cyn_assumption *assumptions;
    const char *const *texts; /* [assumption]: as given, "cvr=+0.5pt" */
    size_t nassumptions;
    const cyn_metric *const *metrics; /* [assumption's index] */
    cyn_period period;
    bool partial;
    bool has_target;
    double target;
    const cyn_sought *goals; /* with a target */
    size_t ngoals;
} cyn_what_if_view;

CYN_NODISCARD cyn_code cyn_report_what_if(const cyn_what_if_view *view,
                                          const cyn_report_options *opts, cyn_buf *out,
                                          cyn_err *err);
