/* Evaluation: metrics × periods × segments become points, compared and judged.
 *
 * All aggregates that the requested metrics need over a source go into as few plans as their groups
 * allow, and each plan runs once over all periods, comparisons and history. A metric that fails is
 * a failed point beside the others' values.
 *
 *     cyn_eval_request request = {.last = 1};
 *     cyn_eval_result result;
 *     CYN_TRY(cyn_evaluate(project, data, &request, arena, &result, err));
 */
#pragma once
#include "engine/dataset.h"
#include "metric/point.h"

typedef struct cyn_eval_request {
    const char *const *metrics; /* none: all */
    size_t nmetrics;
    bool has_grain; /* else each metric's own */
    cyn_grain grain;
    const char *at, *from, *to; /* period labels or dates; NULL = not given */
    int last;                   /* the last N ended periods; 0 = not given */
    bool running; /* and the one that has not ended; without at, from, to. It has no history */
    const cyn_period *periods; /* in place of these: periods of `grain`, in order; NULL */
    size_t nperiods;
    const char *const *by;
    size_t nby;
    bool bare;        /* the values alone: neither what they are compared with nor statuses */
    bool has_against; /* else points have none */
    cyn_against against;
    bool all_segments; /* with by: also points that no row stands behind */
    const char *as_of; /* overrides the project's */
    bool has_now;      /* `now` in place of both */
    int64_t now;
    size_t most_points; /* more fail as a whole, before they take memory; 0: any number */
    size_t history;     /* periods of a sparkline; 0 = none */
    bool mature;        /* immature values of the history are missing (C-1) */
    bool interpret;     /* every row expression in the interpreter, translated or not */
    const atomic_bool *cancel;
} cyn_eval_request;

typedef struct cyn_eval_result {
    const cyn_point *points; /* metrics in display order, then segments, then periods */
    size_t npoints;
    int failed; /* points without value because of an error */
    int64_t as_of;
} cyn_eval_result;

/* Fails as a whole only for what concerns all: an unknown metric name, a period that cannot be
 * read, cancellation, exhausted memory. */
CYN_NODISCARD cyn_code cyn_evaluate(const cyn_project *p, cyn_dataset *d,
                                    const cyn_eval_request *request, cyn_arena *arena,
                                    cyn_eval_result *out, cyn_err *err);
/* The grain of a metric: the request's, its sheet's, or the project's. */
cyn_grain cyn_request_grain(const cyn_project *p, const cyn_eval_request *request,
                            const cyn_metric *m);
/* Which periods of a grain the request means. */
CYN_NODISCARD cyn_code cyn_request_periods(const cyn_project *p, const cyn_eval_request *request,
                                           cyn_grain grain, int64_t now, cyn_arena *arena,
                                           cyn_period **out, size_t *count, cyn_err *err);
/* The period of a grain that the request compares with, when it names one (CYN_AGAINST_PERIOD);
 * grain all has none. */
CYN_NODISCARD cyn_code cyn_request_against(const cyn_project *p, const cyn_eval_request *request,
                                           cyn_grain grain, cyn_period *out, bool *found,
                                           cyn_err *err);
