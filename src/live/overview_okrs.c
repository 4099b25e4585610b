/* Objectives and key results of an overview. */
#include "engine/okr.h"
#include "live/overview_impl.h"

/* In place of a metric that is left out, of which nothing is known either. */
static cyn_code unknown(overview_work *w, const cyn_metric *m, const cyn_point **out, cyn_err *err)
{
    const cyn_calendar *cal = &w->project->calendar;
    const cyn_eval_request own = {0};
    const cyn_grain grain = cyn_request_grain(w->project, &own, m);
    cyn_point *p = CYN_NEW(w->arena, cyn_point);
    if (!p) return cyn_nomem(err);
    p->metric = m;
    p->period = cyn_period_shift(cal, cyn_period_at(cal, grain, w->view->as_of), -1);
    *out = p;
    return CYN_OK;
}

/* What the overview left out is not evaluated here either: it is judged by what is shown of it. */
static cyn_code find_known(overview_work *w, const cyn_point *const **out, cyn_err *err)
{
    const size_t n = w->project->nmetrics;
    const cyn_point **known = CYN_NEW_ARRAY(w->scratch, n + 1, const cyn_point *);
    if (!known) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (!w->left_out[i]) continue;
        known[i] = w->metrics[i].ended;
        if (!known[i]) CYN_TRY(unknown(w, w->project->metrics[i], &known[i], err));
    }
    *out = known;
    return CYN_OK;
}

/* Forecasts want more history than charts. */
static void note_overruns(overview_work *w, const cyn_okr_view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        const cyn_goal *g = view->items[i].goal;
        if (g && g->error && g->error->overran)
            w->overran[cyn_project_metric(w->project, g->metric->name)] = true;
    }
}

/* OKRs that cannot be shown are a finding, and the rest is shown. */
cyn_code overview_okrs(overview_work *w, cyn_err *err)
{
    cyn_err why = {0};
    cyn_goals_request request = {.as_of = w->options->as_of, .cancel = w->options->cancel};
    if (w->project->okrs->count == 0) return CYN_OK;
    cyn_okr_view *view = CYN_NEW(w->arena, cyn_okr_view);
    if (!view) return cyn_nomem(err);
    CYN_TRY(find_known(w, &request.known, err));
    cyn_code rc = cyn_okrs_evaluate(w->project, w->data, &request, NULL, 0, w->arena, view, &why);
    if (rc == CYN_OK) {
        note_overruns(w, view);
        w->view->okrs = view;
        return CYN_OK;
    }
    cyn_context(&why, "OKRs");
    if (!cyn_concerns_all(rc)) {
        cyn_err_list_add(&w->findings, &why);
        return CYN_OK;
    }
    if (err) *err = why;
    return rc;
}
