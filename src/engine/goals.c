#include "engine/goals.h"
#include <math.h>
#include <string.h>

/* Periods of history: some seasons, and far enough for deadlines a year away (G-6). */
static size_t history_of(cyn_grain g)
{
    size_t season = (size_t)cyn_grain_season(g);
    switch (g.unit) {
    case CYN_ALL: return 0;
    case CYN_MINUTES: return 3 * season;
    case CYN_HOURLY: return 14 * season;
    case CYN_DAILY: return 400;
    case CYN_WEEK: return 4 * season;
    case CYN_MONTH: return 6 * season;
    case CYN_QUARTER: return 8 * season;
    case CYN_YEAR: return 30;
    }
    return 0;
}

/* The last period of the history that counts: one that has not ended is left out, and of an
 * immature metric the missing ones at the end, which are immature too. `values` ends with it. */
static cyn_period last_that_counts(const cyn_calendar *cal, const cyn_point *p,
                                   const double *values, size_t *n)
{
    size_t last = *n - 1;
    if (last > 0 && p->partial) last--;
    while (p->immature && last > 0 && isnan(values[last]))
        last--;
    size_t back = *n - 1 - last;
    *n = last + 1;
    return cyn_period_shift(cal, p->period, -(int)back);
}

static cyn_code judge(const cyn_project *project, const cyn_point *p, cyn_goal *goals, size_t n,
                      cyn_arena *arena, cyn_err *err)
{
    size_t count = p->nhistory ? p->nhistory : 1;
    double *values = CYN_NEW_ARRAY(arena, count, double);
    if (!values) return cyn_nomem(err);
    for (size_t i = 0; i < p->nhistory; i++)
        values[i] = cyn_num_double(p->history[i]);
    if (p->nhistory == 0) *values = p->partial || p->immature ? NAN : cyn_num_double(p->value);
    size_t all = count;
    cyn_period period = last_that_counts(&project->calendar, p, values, &count);
    cyn_num value = count == all ? p->value : p->history[count - 1];
    for (size_t i = 0; i < n; i++) {
        cyn_goal *g = &goals[i];
        if (g->metric != p->metric) continue;
        g->period = period;
        g->value = isnan(values[count - 1]) ? CYN_MISSING : value;
        g->error = p->failed ? p->error : NULL;
        if (g->has_line)
            CYN_TRY(cyn_pace_of(&g->line, &project->calendar, period, values[count - 1], values,
                                count, arena, &g->pace, err));
    }
    return CYN_OK;
}

/* What was evaluated already; NULL: nothing was. */
static const cyn_point *known_of(const cyn_project *p, const cyn_goals_request *request,
                                 const cyn_goal *g)
{
    if (!g->metric || !request->known) return NULL;
    return request->known[cyn_project_metric(p, g->metric->name)];
}

static cyn_code judge_known(const cyn_project *p, const cyn_goals_request *request, cyn_goal *goals,
                            size_t n, cyn_arena *arena, cyn_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const cyn_point *known = known_of(p, request, &goals[i]);
        if (known) CYN_TRY(judge(p, known, &goals[i], 1, arena, err));
    }
    return CYN_OK;
}

static bool is_evaluated(const cyn_project *p, const cyn_goals_request *request, const cyn_goal *g)
{
    return g->metric && !known_of(p, request, g);
}

/* The goals' different metrics of one grain, beginning with that of goals[first]. */
static void same_grain(const cyn_project *p, const cyn_goals_request *request,
                       const cyn_eval_request *r, const cyn_goal *goals, size_t n, size_t first,
                       const char **names, size_t *count)
{
    cyn_grain grain = cyn_request_grain(p, r, goals[first].metric);
    *count = 0;
    for (size_t i = first; i < n; i++) {
        if (!is_evaluated(p, request, &goals[i])) continue;
        if (!cyn_grain_equal(cyn_request_grain(p, r, goals[i].metric), grain)) continue;
        size_t k = 0;
        while (k < *count && strcmp(names[k], goals[i].metric->name) != 0)
            k++;
        if (k == *count) names[(*count)++] = goals[i].metric->name;
    }
}

static bool is_first_of_grain(const cyn_project *p, const cyn_goals_request *request,
                              const cyn_eval_request *r, const cyn_goal *goals, size_t which)
{
    if (!is_evaluated(p, request, &goals[which])) return false;
    cyn_grain grain = cyn_request_grain(p, r, goals[which].metric);
    for (size_t i = 0; i < which; i++)
        if (is_evaluated(p, request, &goals[i]) &&
            cyn_grain_equal(cyn_request_grain(p, r, goals[i].metric), grain))
            return false;
    return true;
}

cyn_code cyn_goals_evaluate(const cyn_project *p, cyn_dataset *d, const cyn_goals_request *request,
                            cyn_goal *goals, size_t n, cyn_arena *arena, cyn_err *err)
{
    const char **names = CYN_NEW_ARRAY(arena, n + 1, const char *);
    if (!names) return cyn_nomem(err);
    cyn_eval_request r = {.metrics = names,
                          .at = request->at,
                          .as_of = request->as_of,
                          .mature = true,
                          .cancel = request->cancel};
    CYN_TRY(judge_known(p, request, goals, n, arena, err));
    for (size_t i = 0; i < n; i++) {
        if (!is_first_of_grain(p, request, &r, goals, i)) continue;
        cyn_eval_result result;
        r.history = history_of(cyn_request_grain(p, &r, goals[i].metric));
        same_grain(p, request, &r, goals, n, i, names, &r.nmetrics);
        CYN_TRY(cyn_evaluate(p, d, &r, arena, &result, err));
        for (size_t k = 0; k < result.npoints; k++)
            CYN_TRY(judge(p, &result.points[k], goals, n, arena, err));
    }
    return CYN_OK;
}
