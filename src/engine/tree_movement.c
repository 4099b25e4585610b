/* Balances that moved: closing = opening + new + expansion − contraction − churn + reactivation.
 *
 * The change of such a balance from the end of the period before is what flowed within this one
 * (X-22).
 */
#include "engine/tree_impl.h"
#include "plan/relation.h"
#include <string.h>

/* The column of a movement that a metric sums up, wherever it refers to; NULL: none. */
static const char *summed_column(const cyn_project *p, const cyn_metric *m,
                                 const cyn_relation **relation)
{
    const cyn_formula *f = m->formula;
    for (int steps = 0; f->kind == CYN_FORMULA_METRIC && steps < CYN_METRIC_CHAIN; steps++) {
        size_t next = cyn_project_metric(p, f->metric);
        if (next == CYN_NO_METRIC) return NULL;
        f = p->metrics[next]->formula;
    }
    if (f->kind != CYN_FORMULA_AGG) return NULL;
    const cyn_agg *agg = p->catalog->aggs[f->agg];
    const cyn_view *view = agg->view;
    bool plain = agg->func == CYN_SUM && agg->arg && agg->arg->kind == CYN_EXPR_COLUMN;
    if (!plain || view->where || view->nderives > 0 || !view->relation) return NULL;
    if (view->relation->kind != CYN_MOVEMENT) return NULL;
    *relation = view->relation;
    return agg->arg->name;
}

static bool is_flow(const char *column)
{
    static const char *const flows[] = {"new", "expansion", "contraction", "churn", "reactivation"};
    for (size_t i = 0; i < sizeof flows / sizeof *flows; i++)
        if (strcmp(column, flows[i]) == 0) return true;
    return false;
}

/* Flows fill the time between both sides only when these are ends of neighbouring periods. */
static bool compares_neighbours(const tree_work *w)
{
    const cyn_tree_view *v = w->view;
    if (v->partial || !v->has_against_period) return false;
    cyn_period before = cyn_period_shift(&w->project->calendar, v->period, -1);
    return v->against_period.start == before.start && v->against_period.end == before.end;
}

cyn_code tree_movement(const tree_work *w, const member *m, const bool **flow, bool *found,
                       cyn_err *err)
{
    const cyn_relation *whole = NULL, *relation = NULL;
    const char *column = summed_column(w->project, m->metric, &whole);
    *found = false;
    if (!column || strcmp(column, "closing") != 0 || !compares_neighbours(w)) return CYN_OK;
    if (cyn_decompose_method(m->formula) != CYN_METHOD_ADDITIVE) return CYN_OK;
    bool *flows = CYN_NEW_ARRAY(w->arena, m->ninputs + 1, bool);
    if (!flows) return cyn_nomem(err);
    bool opening = false;
    for (size_t i = 0; i < m->ninputs; i++) {
        if (m->input[i] == CYN_NO_METRIC) continue;
        column = summed_column(w->project, w->members[m->input[i]].metric, &relation);
        if (!column || relation != whole) continue;
        flows[i] = is_flow(column);
        opening = opening || strcmp(column, "opening") == 0;
    }
    *found = opening;
    *flow = flows;
    return CYN_OK;
}
