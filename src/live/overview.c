/* The overview: what is evaluated, and how it is handed on. */
#include "live/overview_impl.h"
#include "store/ledger.h"
#include <string.h>

/* ---- points ---- */

static cyn_code copy_keys(const cyn_point *p, cyn_arena *arena, cyn_point *out, cyn_err *err)
{
    const char **dims = CYN_NEW_ARRAY(arena, p->nkeys + 1, const char *);
    cyn_const *keys = CYN_NEW_ARRAY(arena, p->nkeys + 1, cyn_const);
    if (!dims || !keys) return cyn_nomem(err);
    for (size_t i = 0; i < p->nkeys; i++) {
        keys[i] = p->keys[i];
        dims[i] = cyn_strdup(arena, p->dims[i]);
        if (keys[i].kind == CYN_CONST_TEXT) keys[i].s = cyn_strndup(arena, keys[i].s, keys[i].n);
        if (!dims[i] || (keys[i].kind == CYN_CONST_TEXT && !keys[i].s)) return cyn_nomem(err);
    }
    out->dims = dims;
    out->keys = keys;
    return CYN_OK;
}

static cyn_code copy_point(const cyn_point *p, cyn_arena *arena, cyn_point *out, cyn_err *err)
{
    *out = *p;
    if (p->nkeys) CYN_TRY(copy_keys(p, arena, out, err));
    if (p->history) {
        cyn_num *history = CYN_NEW_ARRAY(arena, p->nhistory + 1, cyn_num);
        if (!history) return cyn_nomem(err);
        memcpy(history, p->history, p->nhistory * sizeof *history);
        out->history = history;
    }
    if (p->error) {
        cyn_err *error = CYN_NEW(arena, cyn_err);
        if (!error) return cyn_nomem(err);
        *error = *p->error;
        out->error = error;
    }
    return CYN_OK;
}

cyn_code overview_copy_points(const cyn_point *points, size_t n, cyn_arena *arena, cyn_point *out,
                              cyn_err *err)
{
    for (size_t i = 0; i < n; i++)
        CYN_TRY(copy_point(&points[i], arena, &out[i], err));
    return CYN_OK;
}

/* How many of the points are of the first one's metric. */
static size_t count_of_metric(const cyn_point *points, size_t n)
{
    size_t k = 0;
    while (k < n && points[k].metric == points[0].metric)
        k++;
    return k;
}

static cyn_page_metric *metric_of(const overview_work *w, const cyn_point *p)
{
    return &w->metrics[cyn_project_metric(w->project, p->metric->name)];
}

/* ---- functions that others would wait for ---- */

/* What fails is shown with its last error. */
static cyn_code leave_out(overview_work *w, size_t metric, const cyn_ledger_row *row, cyn_err *err)
{
    const cyn_metric *m = w->project->metrics[metric];
    const cyn_eval_request own = {0};
    w->left_out[metric] = true;
    if (row->failures == 0 || !row->error || w->metrics[metric].ended) return CYN_OK;
    cyn_err *why = CYN_NEW(w->arena, cyn_err);
    cyn_point *p = CYN_NEW(w->arena, cyn_point);
    if (!why || !p) return cyn_nomem(err);
    cyn_fail(why, CYN_E_SCRIPT, "%s", row->error);
    *p = (cyn_point){
        .metric = m,
        .period = cyn_period_at(&w->project->calendar, cyn_request_grain(w->project, &own, m),
                                row->until),
        .failed = true,
        .error = why,
    };
    w->metrics[metric].ended = p;
    w->view->failed++;
    return CYN_OK;
}

/* Whether it went well, the last time, as it is now. */
static bool is_proven(const overview_work *w, size_t metric, const cyn_ledger_row *row)
{
    return row->failures == 0 &&
           strcmp(row->definition, w->project->metrics[metric]->definition) == 0;
}

static cyn_code judge_functions(overview_work *w, cyn_err *err)
{
    const size_t all = w->project->nmetrics;
    const cyn_ledger_row *rows = NULL;
    size_t n = 0;
    bool *proven = CYN_NEW_ARRAY(w->scratch, all + 1, bool);
    if (!proven) return cyn_nomem(err);
    if (w->store) CYN_TRY(cyn_store_ledger(w->store, w->scratch, &rows, &n, err));
    for (size_t i = 0; i < n; i++) {
        size_t m = cyn_project_metric(w->project, rows[i].metric);
        if (m == CYN_NO_METRIC || !(overview_is_function(w, m) || w->recorded[m])) continue;
        proven[m] = proven[m] || is_proven(w, m, &rows[i]);
        if (rows[i].failures > 0) CYN_TRY(leave_out(w, m, &rows[i], err));
    }
    for (size_t i = 0; i < all; i++) {
        if (w->options->quick && overview_is_function(w, i) && !proven[i]) w->left_out[i] = true;
        if (w->recorded[i] && !w->options->trees_alone) w->left_out[i] = true;
        if (!w->left_out[i]) w->names[w->nnames++] = w->project->metrics[i]->name;
    }
    return CYN_OK;
}

/* ---- values ---- */

/* What the history has from its first value on. */
cyn_code overview_chart(overview_work *w, cyn_page_metric *m, cyn_err *err)
{
    const cyn_point *p = m->ended;
    size_t first = 0;
    while (first + 1 < p->nhistory && cyn_num_is_missing(p->history[first]))
        first++;
    size_t n = p->nhistory - first;
    if (p->nhistory == 0) return CYN_OK;
    cyn_period *periods = CYN_NEW_ARRAY(w->arena, n, cyn_period);
    if (!periods) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        periods[i] = cyn_period_shift(&w->project->calendar, p->period, (int)i - (int)n + 1);
    m->periods = periods;
    m->values = p->history + first;
    m->nvalues = n;
    return CYN_OK;
}

/* A metric has a point of the ended period and one of the running one; of grain all, and where it
 * failed, only one. */
static cyn_code take_metric(overview_work *w, const cyn_point *points, size_t n, cyn_err *err)
{
    cyn_page_metric *m = metric_of(w, points);
    cyn_point *kept = CYN_NEW_ARRAY(w->arena, n, cyn_point);
    if (!kept) return cyn_nomem(err);
    CYN_TRY(overview_copy_points(points, n, w->arena, kept, err));
    m->ended = &kept[0];
    m->running = n > 1 ? &kept[1] : NULL;
    return overview_chart(w, m, err);
}

/* Evaluates, and notes what overran. Where that was met in what a function asks for, the function
 * alone knows, which has failed. */
static cyn_code evaluate(overview_work *w, const cyn_eval_request *request, cyn_eval_result *out,
                         cyn_err *err)
{
    const uint64_t before = cyn_script_worked(w->view->opened->script).overruns;
    CYN_TRY(cyn_evaluate(w->project, w->data, request, w->scratch, out, err));
    if (cyn_script_worked(w->view->opened->script).overruns == before) return CYN_OK;
    bool any = false;
    for (size_t i = 0; i < out->npoints; i++)
        any = any || (out->points[i].failed && out->points[i].error->overran);
    for (size_t i = 0; i < out->npoints; i++) {
        const cyn_point *p = &out->points[i];
        if (!p->failed || !(p->error->overran || (!any && p->metric->weight.free))) continue;
        w->overran[cyn_project_metric(w->project, p->metric->name)] = true;
    }
    return CYN_OK;
}

static cyn_code evaluate_whole(overview_work *w, cyn_err *err)
{
    cyn_eval_result r;
    cyn_eval_request request = {.metrics = w->names,
                                .nmetrics = w->nnames,
                                .last = 1,
                                .running = true,
                                .history = overview_history(w),
                                .mature = true,
                                .as_of = w->options->as_of,
                                .cancel = w->options->cancel};
    if (w->nnames == 0) return CYN_OK;
    CYN_TRY(evaluate(w, &request, &r, err));
    for (size_t i = 0, n; i < r.npoints; i += n) {
        n = count_of_metric(&r.points[i], r.npoints - i);
        CYN_TRY(take_metric(w, &r.points[i], n, err));
    }
    w->view->as_of = r.as_of;
    w->view->failed += r.failed;
    return CYN_OK;
}

/* ---- segments ---- */

/* Behind those that the metric has of other dimensions. One that lacks the dimension has failed. */
static cyn_code add_segments(overview_work *w, const cyn_point *points, size_t n, cyn_err *err)
{
    cyn_page_metric *m = metric_of(w, points);
    if (points[0].failed) return CYN_OK;
    cyn_point *all = CYN_NEW_ARRAY(w->arena, m->nsegments + n, cyn_point);
    if (!all) return cyn_nomem(err);
    if (m->nsegments) memcpy(all, m->segments, m->nsegments * sizeof *all);
    CYN_TRY(overview_copy_points(points, n, w->arena, all + m->nsegments, err));
    m->segments = all;
    m->nsegments += n;
    return CYN_OK;
}

static cyn_code evaluate_segments(overview_work *w, const char *const *dimension, cyn_err *err)
{
    cyn_eval_result r;
    cyn_eval_request request = {.metrics = w->names,
                                .nmetrics = w->nnames,
                                .last = 1,
                                .by = dimension,
                                .nby = 1,
                                .as_of = w->options->as_of,
                                .cancel = w->options->cancel};
    if (w->nnames == 0) return CYN_OK;
    CYN_TRY(evaluate(w, &request, &r, err));
    for (size_t i = 0, n; i < r.npoints; i += n) {
        n = count_of_metric(&r.points[i], r.npoints - i);
        CYN_TRY(add_segments(w, &r.points[i], n, err));
    }
    return CYN_OK;
}

/* ---- all of it ---- */

static cyn_code begin(overview_work *w, const cyn_opened *o, cyn_err *err)
{
    const cyn_project *p = w->project;
    w->metrics = CYN_NEW_ARRAY(w->arena, p->nmetrics + 1, cyn_page_metric);
    size_t *by_name = CYN_NEW_ARRAY(w->arena, p->nmetrics + 1, size_t);
    w->left_out = CYN_NEW_ARRAY(w->arena, p->nmetrics + 1, bool);
    w->names = CYN_NEW_ARRAY(w->arena, p->nmetrics + 1, const char *);
    w->overran = CYN_NEW_ARRAY(w->arena, p->nmetrics + 1, bool);
    w->recorded = CYN_NEW_ARRAY(w->arena, p->nmetrics + 1, bool);
    if (!w->metrics || !by_name || !w->left_out || !w->names || !w->overran || !w->recorded)
        return cyn_nomem(err);
    memcpy(by_name, p->by_name, p->nmetrics * sizeof *by_name);
    for (size_t i = 0; i < p->nmetrics; i++) {
        w->metrics[i].metric = p->metrics[i];
        w->recorded[i] = w->options->recorded && atomic_load(&w->options->recorded[i]);
    }
    cyn_err_list_init(&w->findings, w->arena);
    for (size_t i = 0; i < o->findings.count && !w->options->trees_alone; i++)
        cyn_err_list_add(&w->findings, &o->findings.items[i]);
    if (w->options->also) w->view->also = cyn_overview_ref(w->options->also);
    w->view->data.by_name = by_name;
    w->view->made = w->options->now;
    w->view->overran = w->overran;
    return CYN_OK;
}

static cyn_code make_rest(overview_work *w, cyn_err *err)
{
    const cyn_config_schedule *schedule = &w->project->config->schedule;
    CYN_TRY(evaluate_whole(w, err));
    for (size_t i = 0; i < schedule->nby; i++)
        CYN_TRY(evaluate_segments(w, &schedule->by[i], err));
    for (size_t i = 0; i < w->project->nmetrics; i++)
        if (w->recorded[i] && !w->metrics[i].ended) CYN_TRY(overview_recorded(w, i, err));
    CYN_TRY(overview_trees(w, err));
    CYN_TRY(overview_okrs(w, err));
    CYN_TRY(overview_link(w, err));
    CYN_TRY(overview_mark(w, err));
    cyn_page_data *data = &w->view->data;
    data->metrics = w->metrics;
    data->nmetrics = w->project->nmetrics;
    return CYN_OK;
}

static cyn_code make(overview_work *w, cyn_err *err)
{
    CYN_TRY(cyn_dataset_now(w->data, w->options->as_of, &w->view->as_of, err));
    CYN_TRY(judge_functions(w, err));
    CYN_TRY(w->options->trees_alone ? overview_trees(w, err) : make_rest(w, err));
    w->view->data.findings = w->findings.items;
    w->view->data.nfindings = w->findings.count;
    return w->options->trees_alone ? CYN_OK : overview_digest(w, w->view->etag, err);
}

cyn_code cyn_overview_make(const cyn_opened *o, cyn_dataset *d, cyn_store *st,
                           const cyn_overview_options *options, cyn_overview **out, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0), *scratch = cyn_arena_new(0);
    cyn_overview *v = arena && scratch ? CYN_NEW(arena, cyn_overview) : NULL;
    cyn_code rc;
    if (!v) {
        cyn_arena_free(arena);
        cyn_arena_free(scratch);
        return cyn_nomem(err);
    }
    atomic_init(&v->refs, 1);
    v->arena = arena;
    v->opened = cyn_opened_ref(o);
    overview_work w = {.view = v,
                       .project = o->project,
                       .data = d,
                       .store = st,
                       .options = options,
                       .arena = arena,
                       .scratch = scratch};
    CYN_GOTO(begin(&w, o, err));
    CYN_GOTO(make(&w, err));
    *out = v;
done:
    cyn_arena_free(scratch);
    if (rc != CYN_OK) cyn_overview_unref(v);
    return rc;
}

const cyn_page_metric *cyn_overview_metric(const cyn_overview *v, const char *name)
{
    size_t i = cyn_project_metric(v->opened->project, name);
    return i == CYN_NO_METRIC ? NULL : &v->data.metrics[i];
}

cyn_overview *cyn_overview_ref(const cyn_overview *v)
{
    cyn_overview *shared = (cyn_overview *)(uintptr_t)v; /* read only but for its count */
    atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
    return shared;
}

void cyn_overview_unref(const cyn_overview *v)
{
    if (!v) return;
    cyn_overview *last = (cyn_overview *)(uintptr_t)v;
    /* Acquire and release: what other threads did with it comes before it is freed. */
    if (atomic_fetch_sub_explicit(&last->refs, 1, memory_order_acq_rel) > 1) return;
    cyn_overview_unref(last->also);
    cyn_opened_unref(last->opened);
    cyn_arena_free(last->arena);
}
