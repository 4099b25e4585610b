/* What the files of the overview share. Private to src/live. */
#pragma once
#include "live/overview.h"

/* An overview that is being made. Evaluations leave much that is of no use later: they work in an
 * arena of their own, and what stays is copied. */
typedef struct overview_work {
    cyn_overview *view;
    const cyn_project *project;
    cyn_dataset *data;
    cyn_store *store; /* NULL: there is no state yet */
    const cyn_overview_options *options;
    cyn_arena *arena, *scratch; /* what stays, and what does not */
    cyn_page_metric *metrics;   /* [metric of the project] */
    bool *left_out;             /* [metric of the project]: it is not evaluated */
    const char **names;         /* of the others */
    size_t nnames;
    bool *recorded, *overran; /* [metric of the project] */
    cyn_err_list findings;
} overview_work;

/* It is computed by a function, or stands on one. */
static inline bool overview_is_function(const overview_work *w, size_t metric)
{
    return w->project->metrics[metric]->weight.free;
}
/* Those of the project's roots, and of whatever else has an identity and stands in none of them. */
CYN_NODISCARD cyn_code overview_trees(overview_work *w, cyn_err *err);
/* How many periods a chart has. */
static inline size_t overview_history(const overview_work *w)
{
    return w->options->history ? w->options->history : 104;
}
/* The chart of the metric's ended point. */
CYN_NODISCARD cyn_code overview_chart(overview_work *w, cyn_page_metric *m, cyn_err *err);
/* Copies of points, their texts and histories included. */
CYN_NODISCARD cyn_code overview_copy_points(const cyn_point *points, size_t n, cyn_arena *arena,
                                            cyn_point *out, cyn_err *err);
/* A metric as the state has it, judged and compared as if it had been evaluated; as it was where
 * nothing is recorded. */
CYN_NODISCARD cyn_code overview_recorded(overview_work *w, size_t metric, cyn_err *err);
/* Objectives and key results, where there are any. */
CYN_NODISCARD cyn_code overview_okrs(overview_work *w, cyn_err *err);
/* The lines across the charts: definitions that came into use, annotations, alerts that fired. */
CYN_NODISCARD cyn_code overview_mark(overview_work *w, cyn_err *err);
/* Formulas as texts, and who stands on whom. */
CYN_NODISCARD cyn_code overview_link(overview_work *w, cyn_err *err);
/* A digest of all that was evaluated. */
CYN_NODISCARD cyn_code overview_digest(const overview_work *w, char out[33], cyn_err *err);
