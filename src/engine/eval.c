#include "engine/eval.h"
#include "engine/scan.h"
#include <math.h>
#include <string.h>

/* The metrics of one grain, evaluated together. */
typedef struct job {
    const cyn_project *project;
    cyn_dataset *data;
    const cyn_eval_request *request;
    cyn_arena *arena;
    cyn_grain grain;
    int64_t now;
    size_t *metrics; /* indices into the project's */
    size_t nmetrics;
    cyn_scans *scans;
    cyn_slots slots;
} job;

/* Points as they come, in the caller's arena. */
typedef struct point_list {
    cyn_arena *arena;
    cyn_point *items;
    size_t count, capacity;
    int failed;
} point_list;

static cyn_code add_point(point_list *l, const cyn_point *p, cyn_err *err)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 64;
        cyn_point *more = CYN_NEW_ARRAY(l->arena, capacity, cyn_point);
        if (!more) return cyn_nomem(err);
        if (l->count) memcpy(more, l->items, l->count * sizeof *more);
        l->items = more;
        l->capacity = capacity;
    }
    l->items[l->count++] = *p;
    l->failed += p->failed;
    return CYN_OK;
}

/* ---- one formula in one interval and segment ---- */

typedef struct context {
    const job *job;
    cyn_slot_kind kind;
    size_t interval, segment;
    int depth;
} context;

/* Definitions are checked for cycles before; the depth guards the stack against very long chains.
 */
#define DEPTH_MAX 200

static cyn_code env_agg(void *self, uint32_t agg, cyn_cell *out, cyn_err *err)
{
    const context *c = self;
    return cyn_scans_cell(c->job->scans, agg, c->kind, c->interval, c->segment, out, err);
}

static cyn_code env_metric(void *self, const char *name, cyn_cell *out, cyn_err *err)
{
    context *c = self;
    const cyn_project *p = c->job->project;
    size_t m;
    CYN_TRY(cyn_project_need_metric(p, name, &m, err));
    if (c->depth == DEPTH_MAX)
        return cyn_fail(err, CYN_E_LIMIT, "metrics refer to each other more than %d deep",
                        DEPTH_MAX);
    c->depth++;
    cyn_formula_env env = {.self = c, .agg = env_agg, .metric = env_metric};
    cyn_code rc = cyn_formula_eval(p->metrics[m]->formula, &env, out, err);
    c->depth--;
    return rc;
}

static cyn_code eval_cell(const job *j, const cyn_metric *m, cyn_slot_kind kind, size_t interval,
                          size_t segment, cyn_cell *out, cyn_err *err)
{
    *out = (cyn_cell){0};
    if (interval == CYN_NO_SLOT) return CYN_OK;
    context c = {.job = j, .kind = kind, .interval = interval, .segment = segment};
    cyn_formula_env env = {.self = &c, .agg = env_agg, .metric = env_metric};
    return cyn_formula_eval(m->formula, &env, out, err);
}

/* ---- what a metric stands on ---- */

typedef cyn_code (*agg_visitor)(void *self, uint32_t agg, cyn_err *err);

/* Calls `visit` for every aggregate below the formula, those of other metrics included. */
static cyn_code each_agg(const cyn_project *p, const cyn_formula *f, int depth, agg_visitor visit,
                         void *self, cyn_err *err)
{
    if (!f || depth > DEPTH_MAX) return CYN_OK;
    switch (f->kind) {
    case CYN_FORMULA_AGG: return visit(self, f->agg, err);
    case CYN_FORMULA_METRIC: {
        size_t m = cyn_project_metric(p, f->metric);
        if (m == CYN_NO_METRIC) return CYN_OK;
        return each_agg(p, p->metrics[m]->formula, depth + 1, visit, self, err);
    }
    case CYN_FORMULA_OP:
        CYN_TRY(each_agg(p, f->a, depth, visit, self, err));
        return each_agg(p, f->b, depth, visit, self, err);
    default: return CYN_OK;
    }
}

static cyn_code visit_add(void *self, uint32_t agg, cyn_err *err)
{
    return cyn_scans_add(self, agg, err);
}

typedef struct occurrence {
    const cyn_scans *scans;
    size_t segment;
    bool found;
} occurrence;

static cyn_code visit_occurs(void *self, uint32_t agg, cyn_err *err)
{
    (void)err;
    occurrence *o = self;
    o->found = o->found || cyn_scans_occurs(o->scans, agg, o->segment);
    return CYN_OK;
}

/* Whether any source below the metric has a time column; a formula of constants counts as timed. */
typedef struct timing {
    const cyn_project *project;
    bool any, timed;
} timing;

static cyn_code visit_timing(void *self, uint32_t agg, cyn_err *err)
{
    (void)err;
    timing *t = self;
    int source = cyn_project_source(t->project, t->project->catalog->aggs[agg]->view->source);
    t->any = true;
    t->timed = t->timed || source < 0 || t->project->specs[source].time;
    return CYN_OK;
}

static bool is_timed(const cyn_project *p, const cyn_metric *m)
{
    timing t = {.project = p};
    cyn_code rc = each_agg(p, m->formula, 0, visit_timing, &t, NULL);
    return rc != CYN_OK || !t.any || t.timed;
}

/* ---- points ---- */

static cyn_code fail_point(const job *j, point_list *out, const cyn_metric *m, const cyn_err *why,
                           cyn_err *err)
{
    cyn_point p = {.metric = m, .failed = true, .error = *why};
    if (j->slots.count)
        p.period = j->slots.slots[0].period;
    else
        p.period.grain = j->grain;
    return add_point(out, &p, err);
}

static cyn_code history_of(const job *j, const cyn_metric *m, size_t segment, cyn_point *p,
                           cyn_err *err)
{
    if (j->slots.nhistory == 0) return CYN_OK;
    cyn_num *history = CYN_NEW_ARRAY(j->arena, j->slots.nhistory, cyn_num);
    if (!history) return cyn_nomem(err);
    for (size_t i = 0; i < j->slots.nhistory; i++) {
        cyn_cell cell;
        CYN_TRY(eval_cell(j, m, CYN_FULL, j->slots.history[i], segment, &cell, err));
        history[i] = cell.value;
    }
    p->history = history;
    p->nhistory = j->slots.nhistory;
    return CYN_OK;
}

/* One point; *rows is the number of rows behind it and what it is compared with. */
static cyn_code make_point(const job *j, const cyn_metric *m, const cyn_slot *slot, size_t segment,
                           cyn_point *p, int64_t *rows, cyn_err *err)
{
    cyn_slot_kind others = slot->partial ? CYN_PARTS : CYN_FULL;
    cyn_cell now, previous, last_year;
    CYN_TRY(eval_cell(j, m, CYN_FULL, slot->current, segment, &now, err));
    CYN_TRY(eval_cell(j, m, others, slot->previous, segment, &previous, err));
    CYN_TRY(eval_cell(j, m, others, slot->last_year, segment, &last_year, err));
    *rows += now.rows + previous.rows + last_year.rows;
    *p = (cyn_point){
        .metric = m,
        .period = slot->period,
        .nkeys = j->request->nby,
        .dims = j->request->by,
        .keys = cyn_scans_segment(j->scans, segment),
        .value = now.value,
        .numerator = now.numerator,
        .denominator = now.denominator,
        .rows = now.rows,
        .partial = slot->partial,
        .previous = previous.value,
        .last_year = last_year.value,
    };
    /* A sum of half a week says nothing yet about the week's threshold. */
    if (!slot->partial && cyn_sheet_is_about(&m->sheet, slot->period.grain))
        p->status = cyn_sheet_status(&m->sheet, cyn_num_double(now.value));
    return history_of(j, m, segment, p, err);
}

/* The points of one metric and segment; dropped again when no row stands behind any of them. */
static cyn_code segment_points(const job *j, const cyn_metric *m, size_t segment, point_list *out,
                               cyn_err *err)
{
    size_t before = out->count;
    int64_t rows = 0;
    for (size_t i = 0; i < j->slots.count; i++) {
        cyn_point p;
        cyn_err why = {0};
        cyn_code rc = make_point(j, m, &j->slots.slots[i], segment, &p, &rows, &why);
        if (rc == CYN_E_NOMEM) return cyn_nomem(err);
        if (rc != CYN_OK) {
            out->count = before;
            return fail_point(j, out, m, &why, err);
        }
        CYN_TRY(add_point(out, &p, err));
    }
    if (j->request->nby > 0 && rows == 0) out->count = before;
    return CYN_OK;
}

static cyn_code visit_error(void *self, uint32_t agg, cyn_err *err)
{
    return cyn_scans_error(self, agg, err);
}

/* Why the metric has no points at all: found before any is made, so that it fails once and not once
 * for each segment. */
static cyn_code why_not(const job *j, size_t index, cyn_err *why)
{
    const cyn_metric *m = j->project->metrics[index];
    *why = j->project->metric_errors[index];
    if (why->code != CYN_OK) return why->code;
    CYN_TRY(each_agg(j->project, m->formula, 0, visit_error, j->scans, why));
    if (j->grain.unit == CYN_ALL || is_timed(j->project, m)) return CYN_OK;
    cyn_fail_at(why, CYN_E_USAGE, m->place.file, m->place.line, m->place.column,
                "its sources have no time column");
    cyn_hint(why, "use --grain all, or name the time column in cynosure.yaml");
    return CYN_E_USAGE;
}

static cyn_code metric_points(const job *j, size_t index, point_list *out, cyn_err *err)
{
    const cyn_project *p = j->project;
    const cyn_metric *m = p->metrics[index];
    cyn_err why;
    if (why_not(j, index, &why) != CYN_OK) return fail_point(j, out, m, &why, err);
    for (size_t segment = 0; segment < cyn_scans_segments(j->scans); segment++) {
        occurrence o = {.scans = j->scans, .segment = segment, .found = j->request->nby == 0};
        CYN_TRY(each_agg(p, m->formula, 0, visit_occurs, &o, err));
        if (o.found) CYN_TRY(segment_points(j, m, segment, out, err));
    }
    return CYN_OK;
}

/* ---- jobs ---- */

static cyn_code job_bind(job *j, cyn_err *err)
{
    CYN_TRY(cyn_scans_new(j->data, j->request->by, j->request->nby, j->arena, &j->scans, err));
    for (size_t i = 0; i < j->nmetrics; i++) {
        size_t m = j->metrics[i];
        if (j->project->metric_errors[m].code != CYN_OK) continue;
        CYN_TRY(each_agg(j->project, j->project->metrics[m]->formula, 0, visit_add, j->scans, err));
    }
    return CYN_OK;
}

static cyn_code job_run(job *j, cyn_err *err)
{
    cyn_period *periods;
    size_t n;
    CYN_TRY(
        cyn_request_periods(j->project, j->request, j->grain, j->now, j->arena, &periods, &n, err));
    CYN_TRY(cyn_slots_make(&j->project->calendar, periods, n, j->now, j->request->history, j->arena,
                           &j->slots, err));
    return cyn_scans_run(j->scans, &j->slots, j->request->cancel, err);
}

static cyn_grain grain_of(const cyn_project *p, const cyn_eval_request *r, const cyn_metric *m)
{
    if (r->has_grain) return r->grain;
    if (m->sheet.has_grain) return m->sheet.grain;
    if (!is_timed(p, m)) return (cyn_grain){CYN_ALL, 1};
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
        cyn_grain g =
            grain_of(common->project, common->request, common->project->metrics[chosen[i]]);
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

/* Each metric's points in display order, whichever job made them. */
static cyn_code gather_points(job *jobs, size_t njobs, const size_t *chosen, size_t n,
                              point_list *out, cyn_err *err)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < njobs; k++) {
            for (size_t m = 0; m < jobs[k].nmetrics; m++)
                if (jobs[k].metrics[m] == chosen[i])
                    CYN_TRY(metric_points(&jobs[k], chosen[i], out, err));
        }
    }
    return CYN_OK;
}

cyn_code cyn_evaluate(const cyn_project *p, cyn_dataset *d, const cyn_eval_request *request,
                      cyn_arena *arena, cyn_eval_result *out, cyn_err *err)
{
    job common = {.project = p, .data = d, .request = request, .arena = arena};
    size_t *chosen, n, njobs;
    CYN_TRY(choose_metrics(p, request, arena, &chosen, &n, err));
    job *jobs = CYN_NEW_ARRAY(arena, n + 1, job);
    if (!jobs) return cyn_nomem(err);
    CYN_TRY(make_jobs(&common, chosen, n, jobs, &njobs, err));
    /* Binding loads the sources, and only then is it known where the data end. */
    for (size_t k = 0; k < njobs; k++)
        CYN_TRY(job_bind(&jobs[k], err));
    int64_t now;
    CYN_TRY(cyn_project_as_of(p, request->as_of, cyn_dataset_end(d), &now, err));
    for (size_t k = 0; k < njobs; k++) {
        jobs[k].now = now;
        CYN_TRY(job_run(&jobs[k], err));
    }
    point_list points = {.arena = arena};
    CYN_TRY(gather_points(jobs, njobs, chosen, n, &points, err));
    *out = (cyn_eval_result){
        .points = points.items, .npoints = points.count, .failed = points.failed, .as_of = now};
    return CYN_OK;
}
