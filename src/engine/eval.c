#include "engine/eval.h"
#include "engine/eval_impl.h"
#include "exec/parallel.h"
#include <string.h>

/* ---- jobs ---- */

/* Loads what the metrics need: only then is it known where the data end. */
static cyn_code job_load(const job *j, cyn_err *err)
{
    for (size_t i = 0; i < j->nmetrics; i++) {
        const cyn_metric *m = j->project->metrics[j->metrics[i]];
        if (m->definition[0]) CYN_TRY(cyn_load_uses(j->data, m, err)); /* no circles */
    }
    return CYN_OK;
}

/* Whether a metric's status depends on the periods before (S-6). */
static bool judges_by_history(const job *j)
{
    bool does = false;
    for (size_t i = 0; i < j->nmetrics && !does && !j->request->bare; i++) {
        const cyn_sheet *s = &j->project->metrics[j->metrics[i]]->sheet;
        does = s->hysteresis > 0 && cyn_sheet_is_about(s, j->grain);
    }
    return does;
}

static cyn_code visit_add(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    return cyn_scans_add(self, agg, chain, err);
}

/* Runs the scans that the formulas are known to need, then what only functions know. */
static cyn_code job_run(job *j, cyn_err *err)
{
    cyn_period *periods, against = {0};
    size_t n;
    bool compares;
    CYN_TRY(
        cyn_request_periods(j->project, j->request, j->grain, j->now, j->arena, &periods, &n, err));
    CYN_TRY(cyn_request_against(j->project, j->request, j->grain, &against, &compares, err));
    CYN_TRY(cyn_spans_new(&j->project->calendar, j->now, j->arena, &j->spans, err));
    if (compares) cyn_spans_compare(j->spans, against);
    if (j->request->running && j->grain.unit != CYN_ALL) cyn_spans_run(j->spans);
    if (j->request->bare) cyn_spans_alone(j->spans);
    if (judges_by_history(j)) cyn_spans_remember(j->spans, CYN_STATUS_PERIODS);
    CYN_TRY(cyn_spans_request(j->spans, periods, n, j->request->history, err));
    CYN_TRY(free_new(j, &j->free, err));
    slice *asked;
    CYN_TRY(slice_new(j, j->request->by, j->request->nby, j->rows, &asked, err));
    CYN_TRY(slice_keep(j, asked, err));
    cyn_scans_keep_later(asked->next);
    for (size_t i = 0; i < j->nmetrics; i++) {
        size_t m = j->metrics[i];
        if (j->project->metric_errors[m].code == CYN_OK)
            CYN_TRY(cyn_each_use(j->project, j->spans, j->project->metrics[m], visit_add,
                                 asked->next, err));
    }
    CYN_TRY(slice_run(asked, err));
    for (size_t i = 0; i < j->nmetrics; i++)
        CYN_TRY(ask_for_points(j, j->metrics[i], err));
    return free_settle(j->free, err);
}

cyn_grain cyn_request_grain(const cyn_project *p, const cyn_eval_request *r, const cyn_metric *m)
{
    if (r->has_grain) return r->grain;
    if (m->sheet.has_grain) return m->sheet.grain;
    /* One without definition may go in circles. */
    if (m->definition[0] && !cyn_is_timed(p, m)) return (cyn_grain){CYN_ALL, 1};
    return p->config->grain;
}

/* Indices of the metrics asked for, in display order. */
static cyn_code choose_metrics(const cyn_project *p, const cyn_eval_request *r, cyn_arena *arena,
                               size_t **out, size_t *count, cyn_err *err)
{
    bool *wanted = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    *out = CYN_NEW_ARRAY(arena, p->nmetrics + 1, size_t);
    *count = 0;
    if (!wanted || !*out) return cyn_nomem(err);
    for (size_t i = 0; i < r->nmetrics; i++) {
        size_t m;
        CYN_TRY(cyn_project_need_metric(p, r->metrics[i], &m, err));
        wanted[m] = true;
    }
    for (size_t m = 0; m < p->nmetrics; m++)
        if (r->nmetrics == 0 || wanted[m]) (*out)[(*count)++] = m;
    return CYN_OK;
}

/* Sorts the chosen metrics into jobs by grain. */
static cyn_code make_jobs(const job *common, const size_t *chosen, size_t n, job *jobs,
                          size_t *njobs, cyn_err *err)
{
    *njobs = 0;
    for (size_t i = 0; i < n; i++) {
        cyn_grain g = cyn_request_grain(common->project, common->request,
                                        common->project->metrics[chosen[i]]);
        size_t k = 0;
        while (k < *njobs && !cyn_grain_equal(jobs[k].grain, g))
            k++;
        if (k == *njobs) {
            jobs[k] = *common;
            jobs[k].grain = g;
            jobs[k].metrics = CYN_NEW_ARRAY(common->arena, n, size_t);
            if (!jobs[k].metrics) return cyn_nomem(err);
            (*njobs)++;
        }
        jobs[k].metrics[jobs[k].nmetrics++] = chosen[i];
    }
    return CYN_OK;
}

/* Room for all points, where their number is known: growing touches twice the memory. */
static cyn_code reserve_points(const job *jobs, size_t njobs, point_list *out, cyn_err *err)
{
    size_t n = 0;
    for (size_t k = 0; k < njobs; k++) {
        if (jobs[k].request->nby > 0) return CYN_OK; /* which segments a metric has is seen then */
        n += jobs[k].nmetrics * jobs[k].spans->nslots;
    }
    out->items = CYN_NEW_ARRAY(out->arena, n + 1, cyn_point);
    out->capacity = n + 1;
    return out->items ? CYN_OK : cyn_nomem(err);
}

/* Each metric's points in display order, whichever job made them. A job's metrics are in that
 * order, too: one of the jobs has the next. */
static cyn_code gather_points(job *jobs, size_t njobs, const size_t *chosen, size_t n,
                              point_list *out, cyn_err *err)
{
    size_t *next = CYN_NEW_ARRAY(out->arena, njobs, size_t);
    if (!next) return cyn_nomem(err);
    CYN_TRY(reserve_points(jobs, njobs, out, err));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < njobs; k++) {
            if (next[k] == jobs[k].nmetrics || jobs[k].metrics[next[k]] != chosen[i]) continue;
            CYN_TRY(metric_points(&jobs[k], chosen[i], out, err));
            next[k]++;
        }
    }
    return CYN_OK;
}

/* ---- values, and what is kept for later runs ---- */

typedef struct ending {
    job *jobs;
    size_t njobs;
    const size_t *chosen;
    size_t n;
    point_list points;
    cyn_code code;
    cyn_err err;
} ending;

enum { MAKE_POINTS, KEEP_CELLS, PARTS };

static void do_part(void *self, size_t worker, size_t part)
{
    ending *e = self;
    (void)worker;
    if (part == MAKE_POINTS)
        e->code = gather_points(e->jobs, e->njobs, e->chosen, e->n, &e->points, &e->err);
    for (size_t k = 0; part == KEEP_CELLS && k < e->njobs; k++)
        cyn_scans_keep_rest(e->jobs[k].slices[0]->scans[0]);
}

/* What a function asks for is computed on the way: then one comes after the other. */
static bool has_functions(const job *jobs, size_t njobs)
{
    for (size_t k = 0; k < njobs; k++)
        for (size_t i = 0; i < jobs[k].nmetrics; i++)
            if (jobs[k].project->metrics[jobs[k].metrics[i]]->weight.free) return true;
    return false;
}

static cyn_code finish_jobs(ending *e, cyn_err *err)
{
    const cyn_job both = {e, do_part};
    cyn_parallel(has_functions(e->jobs, e->njobs) ? 1 : cyn_workers_for(PARTS), PARTS, &both);
    if (e->code != CYN_OK && err) *err = e->err;
    return e->code;
}

static cyn_code evaluate_jobs(job *jobs, size_t njobs, const size_t *chosen, size_t n,
                              cyn_eval_result *out, cyn_err *err)
{
    if (njobs == 0) return CYN_OK;
    const job *first = &jobs[0];
    for (size_t k = 0; k < njobs; k++)
        CYN_TRY(job_load(&jobs[k], err));
    int64_t now = first->request->now;
    if (!first->request->has_now)
        CYN_TRY(cyn_dataset_now(first->data, first->request->as_of, &now, err));
    for (size_t k = 0; k < njobs; k++) {
        jobs[k].now = now;
        CYN_TRY(job_run(&jobs[k], err));
    }
    ending e = {
        .jobs = jobs, .njobs = njobs, .chosen = chosen, .n = n, .points = {.arena = first->arena}};
    CYN_TRY(finish_jobs(&e, err));
    *out = (cyn_eval_result){.points = e.points.items,
                             .npoints = e.points.count,
                             .failed = e.points.failed,
                             .as_of = now};
    return CYN_OK;
}

cyn_code cyn_evaluate(const cyn_project *p, cyn_dataset *d, const cyn_eval_request *request,
                      cyn_arena *arena, cyn_eval_result *out, cyn_err *err)
{
    job common = {.project = p, .data = d, .request = request, .arena = arena};
    size_t *chosen, n, njobs;
    *out = (cyn_eval_result){0};
    CYN_TRY(choose_metrics(p, request, arena, &chosen, &n, err));
    job *jobs = CYN_NEW_ARRAY(arena, n + 1, job);
    if (!jobs) return cyn_nomem(err);
    CYN_TRY(
        cyn_rows_set_new(d, request->by, request->nby, request->cancel, arena, &common.rows, err));
    common.rows->interpret = request->interpret;
    CYN_TRY(make_jobs(&common, chosen, n, jobs, &njobs, err));
    cyn_code rc = evaluate_jobs(jobs, njobs, chosen, n, out, err);
    for (size_t k = 0; k < njobs; k++)
        free_end(&jobs[k]);
    cyn_rows_set_free(common.rows);
    return rc;
}
