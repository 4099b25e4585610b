/* How far targets and key results are: evaluates their metrics with the history that forecasts
 * need.
 *
 *     cyn_goal goals[] = {{.metric = m, .has_line = true, .line = line}};
 *     CYN_TRY(cyn_goals_evaluate(project, data, &request, goals, 1, arena, err));
 *     … goals[0].pace.state …
 */
#pragma once
#include "engine/eval.h"
#include "tree/goals.h"

typedef struct cyn_goals_request {
    const char *at; /* a period, or a date in it; NULL: the last that has ended */
    const char *as_of;
    const atomic_bool *cancel;
    /* [metric of the project]: in place of evaluating it, this point and its history are judged;
     * NULL: it is evaluated. NULL in place of all: none is known. */
    const cyn_point *const *known;
} cyn_goals_request;

/* Fills period, value, pace and error of goals whose metric, has_line and line are given. A period
 * that has not ended, and cohorts that are immature, do not count: the last one before does (G-1).
 * Fails for what concerns all, as cyn_evaluate does. */
CYN_NODISCARD cyn_code cyn_goals_evaluate(const cyn_project *p, cyn_dataset *d,
                                          const cyn_goals_request *request, cyn_goal *goals,
                                          size_t n, cyn_arena *arena, cyn_err *err);
