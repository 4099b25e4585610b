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
    cyn_rows_set *rows;
    cyn_spans *spans;
    cyn_scans *scans;
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

/* Definitions are checked for cycles before; the depth guards the stack against very long chains.
 */
#define DEPTH_MAX 200

/* ---- one formula in one span and segment ---- */

typedef struct context {
    const job *job;
    size_t chain, span, segment;
    int depth;
    bool immature;
} context;

static cyn_code env_agg(void *self, uint32_t agg, cyn_cell *out, cyn_err *err)
{
    context *c = self;
    return cyn_scans_cell(c->job->scans, agg, c->chain, c->span, c->segment, out, &c->immature,
                          err);
}

static cyn_code env_metric(void *self, const char *name, cyn_cell *out, cyn_err *err);
static cyn_code env_over_time(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err);

static cyn_code eval_formula(context *c, const cyn_formula *f, cyn_cell *out, cyn_err *err)
{
    cyn_formula_env env = {
        .self = c, .agg = env_agg, .metric = env_metric, .over_time = env_over_time};
    if (c->depth == DEPTH_MAX)
        return cyn_fail(err, CYN_E_LIMIT, "metrics refer to each other more than %d deep",
                        DEPTH_MAX);
    c->depth++;
    cyn_code rc = cyn_formula_eval(f, &env, out, err);
    c->depth--;
    return rc;
}

static cyn_code env_metric(void *self, const char *name, cyn_cell *out, cyn_err *err)
{
    context *c = self;
    size_t m;
    CYN_TRY(cyn_project_need_metric(c->job->project, name, &m, err));
    return eval_formula(c, c->job->project->metrics[m]->formula, out, err);
}

/* Known values only; missing when there is none (docs/numerics.md, W-…). */
static cyn_code fold_cells(cyn_agg_func fold, const cyn_cell *cell, size_t *known, cyn_cell *total,
                           cyn_err *err)
{
    total->rows += cell->rows;
    if (cyn_num_is_missing(cell->value)) return CYN_OK;
    bool first = (*known)++ == 0;
    int order = first ? 0 : cyn_num_compare(cell->value, total->value);
    if (fold == CYN_MIN || fold == CYN_MAX) {
        if (first || (fold == CYN_MIN ? order < 0 : order > 0)) total->value = cell->value;
        return CYN_OK;
    }
    if (first) {
        total->value = cell->value;
        return CYN_OK;
    }
    return cyn_num_op(CYN_ADD, total->value, cell->value, &total->value, err);
}

static cyn_code fold_over(context *c, const cyn_formula *f, size_t chain, size_t span,
                          cyn_cell *out, cyn_err *err)
{
    cyn_cell total = {0};
    size_t known = 0;
    for (int k = 0; k < f->n; k++) {
        cyn_cell cell;
        c->chain = chain;
        c->span = cyn_spans_through(c->job->spans, chain, span, (size_t)k);
        CYN_TRY(eval_formula(c, f->a, &cell, err));
        CYN_TRY(fold_cells(f->fold, &cell, &known, &total, err));
    }
    if (f->fold == CYN_MEAN && known > 0)
        CYN_TRY(
            cyn_num_op(CYN_DIV, total.value, cyn_num_integer((int64_t)known), &total.value, err));
    *out = total;
    return CYN_OK;
}

static cyn_code env_over_time(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err)
{
    context *c = self;
    size_t chain, from_chain = c->chain, from_span = c->span;
    CYN_TRY(cyn_spans_chain(c->job->spans, c->chain, f, &chain, err));
    cyn_code rc;
    if (f->kind == CYN_FORMULA_FOLD) {
        rc = fold_over(c, f, chain, from_span, out, err);
    } else {
        c->chain = chain;
        c->span = cyn_spans_through(c->job->spans, chain, from_span, 0);
        rc = eval_formula(c, f->a, out, err);
    }
    c->chain = from_chain;
    c->span = from_span;
    return rc;
}

/* The metric's cell of a base span; an immature one has no value to compare with, but is shown. */
static cyn_code eval_cell(const job *j, const cyn_metric *m, size_t span, size_t segment,
                          cyn_cell *out, bool *immature, cyn_err *err)
{
    *out = (cyn_cell){0};
    *immature = false;
    if (span == CYN_NO_SPAN) return CYN_OK;
    context c = {.job = j, .span = span, .segment = segment};
    CYN_TRY(eval_formula(&c, m->formula, out, err));
    *immature = c.immature;
    return CYN_OK;
}

/* ---- what a metric stands on ---- */

typedef cyn_code (*use_visitor)(void *self, uint32_t agg, size_t chain, cyn_err *err);

typedef struct walk {
    const cyn_project *project;
    cyn_spans *spans; /* NULL: chains do not matter */
    use_visitor visit;
    void *self;
    int depth;
} walk;

/* Calls `visit` for every aggregate below the formula, those of other metrics included. */
static cyn_code each_use(walk *w, const cyn_formula *f, size_t chain, cyn_err *err)
{
    if (!f || w->depth > CYN_METRIC_DEPTH) return CYN_OK;
    cyn_code rc = CYN_OK;
    w->depth++;
    switch (f->kind) {
    case CYN_FORMULA_AGG: rc = w->visit(w->self, f->agg, chain, err); break;
    case CYN_FORMULA_METRIC: {
        size_t m = cyn_project_metric(w->project, f->metric);
        if (m != CYN_NO_METRIC) rc = each_use(w, w->project->metrics[m]->formula, chain, err);
        break;
    }
    case CYN_FORMULA_OP:
        rc = each_use(w, f->a, chain, err);
        if (rc == CYN_OK) rc = each_use(w, f->b, chain, err);
        break;
    case CYN_FORMULA_WINDOW:
    case CYN_FORMULA_FOLD:
        if (w->spans) rc = cyn_spans_chain(w->spans, chain, f, &chain, err);
        if (rc == CYN_OK) rc = each_use(w, f->a, chain, err);
        break;
    default: break;
    }
    w->depth--;
    return rc;
}

static cyn_code each_use_of(const job *j, const cyn_metric *m, use_visitor visit, void *self,
                            cyn_err *err)
{
    walk w = {.project = j->project, .spans = j->spans, .visit = visit, .self = self};
    return each_use(&w, m->formula, 0, err);
}

static cyn_code visit_add(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    return cyn_scans_add(self, agg, chain, err);
}

typedef struct occurrence {
    const cyn_scans *scans;
    size_t segment;
    bool found;
} occurrence;

static cyn_code visit_occurs(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)err;
    occurrence *o = self;
    o->found = o->found || cyn_scans_occurs(o->scans, agg, chain, o->segment);
    return CYN_OK;
}

/* Loads the source; one that cannot be loaded fails later, where the aggregate is bound. */
static cyn_code visit_load(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)chain;
    cyn_dataset *d = self;
    int source = cyn_project_source(d->project, d->project->catalog->aggs[agg]->view->source);
    cyn_err why = {0};
    cyn_code rc = source < 0 ? CYN_OK : cyn_dataset_need(d, (size_t)source, &why);
    if (rc != CYN_E_NOMEM && rc != CYN_E_CANCEL) return CYN_OK;
    if (err) *err = why;
    return rc;
}

/* Whether anything below the metric belongs to periods; a formula of constants does. */
typedef struct timing {
    const cyn_project *project;
    bool any, timed;
} timing;

static bool is_state(const cyn_relation *r)
{
    return r && (r->kind == CYN_BALANCE || r->kind == CYN_MOVEMENT) && r->from;
}

static cyn_code visit_timing(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)chain, (void)err;
    timing *t = self;
    const cyn_view *view = t->project->catalog->aggs[agg]->view;
    int source = cyn_project_source(t->project, view->source);
    t->any = true;
    t->timed = t->timed || source < 0 || t->project->specs[source].time || is_state(view->relation);
    return CYN_OK;
}

static bool is_timed(const cyn_project *p, const cyn_metric *m)
{
    timing t = {.project = p};
    walk w = {.project = p, .visit = visit_timing, .self = &t};
    cyn_code rc = each_use(&w, m->formula, 0, NULL);
    return rc != CYN_OK || !t.any || t.timed;
}

/* ---- points ---- */

static cyn_code fail_point(const job *j, point_list *out, const cyn_metric *m, const cyn_err *why,
                           cyn_err *err)
{
    cyn_point p = {.metric = m, .failed = true, .error = *why};
    if (j->spans->nslots)
        p.period = j->spans->slots[0].period;
    else
        p.period.grain = j->grain;
    return add_point(out, &p, err);
}

static cyn_code history_of(const job *j, const cyn_metric *m, size_t segment, cyn_point *p,
                           cyn_err *err)
{
    const cyn_spans *s = j->spans;
    if (s->nhistory == 0) return CYN_OK;
    cyn_num *history = CYN_NEW_ARRAY(j->arena, s->nhistory, cyn_num);
    if (!history) return cyn_nomem(err);
    for (size_t i = 0; i < s->nhistory; i++) {
        cyn_cell cell;
        bool immature;
        CYN_TRY(eval_cell(j, m, s->history[i], segment, &cell, &immature, err));
        history[i] = cell.value;
    }
    p->history = history;
    p->nhistory = s->nhistory;
    return CYN_OK;
}

/* What a point is compared with; an immature cohort is not compared with (I-…). */
static cyn_code compared_with(const job *j, const cyn_metric *m, size_t span, size_t segment,
                              cyn_num *out, int64_t *rows, cyn_err *err)
{
    cyn_cell cell;
    bool immature;
    CYN_TRY(eval_cell(j, m, span, segment, &cell, &immature, err));
    *rows += cell.rows;
    *out = immature ? CYN_MISSING : cell.value;
    return CYN_OK;
}

/* One point; *rows is the number of rows behind it and what it is compared with. */
static cyn_code make_point(const job *j, const cyn_metric *m, const cyn_slot *slot, size_t segment,
                           cyn_point *p, int64_t *rows, cyn_err *err)
{
    cyn_cell now;
    bool immature;
    cyn_num previous, last_year;
    CYN_TRY(eval_cell(j, m, slot->current, segment, &now, &immature, err));
    CYN_TRY(compared_with(j, m, slot->previous, segment, &previous, rows, err));
    CYN_TRY(compared_with(j, m, slot->last_year, segment, &last_year, rows, err));
    *rows += now.rows;
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
        .immature = immature,
        .previous = immature ? CYN_MISSING : previous,
        .last_year = immature ? CYN_MISSING : last_year,
    };
    /* Half a week's sum, or half a cohort's conversions, say nothing yet about the threshold. */
    if (!slot->partial && !immature && cyn_sheet_is_about(&m->sheet, slot->period.grain))
        p->status = cyn_sheet_status(&m->sheet, cyn_num_double(now.value));
    return history_of(j, m, segment, p, err);
}

/* The points of one metric and segment; dropped again when no row stands behind any of them. */
static cyn_code segment_points(const job *j, const cyn_metric *m, size_t segment, point_list *out,
                               cyn_err *err)
{
    size_t before = out->count;
    int64_t rows = 0;
    for (size_t i = 0; i < j->spans->nslots; i++) {
        cyn_point p;
        cyn_err why = {0};
        cyn_code rc = make_point(j, m, &j->spans->slots[i], segment, &p, &rows, &why);
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

static cyn_code visit_error(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    return cyn_scans_error(self, agg, chain, err);
}

/* Why the metric has no points at all: found before any is made, so that it fails once and not once
 * for each segment. */
static cyn_code why_not(const job *j, size_t index, cyn_err *why)
{
    const cyn_metric *m = j->project->metrics[index];
    *why = j->project->metric_errors[index];
    if (why->code != CYN_OK) return why->code;
    CYN_TRY(each_use_of(j, m, visit_error, j->scans, why));
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
        CYN_TRY(each_use_of(j, m, visit_occurs, &o, err));
        if (o.found) CYN_TRY(segment_points(j, m, segment, out, err));
    }
    return CYN_OK;
}

/* ---- jobs ---- */

/* Loads what the metrics need: only then is it known where the data end. */
static cyn_code job_load(const job *j, cyn_err *err)
{
    for (size_t i = 0; i < j->nmetrics; i++) {
        const cyn_metric *m = j->project->metrics[j->metrics[i]];
        walk w = {.project = j->project, .visit = visit_load, .self = j->data};
        if (m->definition[0]) CYN_TRY(each_use(&w, m->formula, 0, err)); /* no circles */
    }
    return CYN_OK;
}

static cyn_code job_run(job *j, cyn_err *err)
{
    cyn_period *periods;
    size_t n;
    CYN_TRY(
        cyn_request_periods(j->project, j->request, j->grain, j->now, j->arena, &periods, &n, err));
    CYN_TRY(cyn_spans_new(&j->project->calendar, j->now, j->arena, &j->spans, err));
    CYN_TRY(cyn_spans_request(j->spans, periods, n, j->request->history, err));
    CYN_TRY(cyn_scans_new(j->rows, j->spans, &j->scans, err));
    for (size_t i = 0; i < j->nmetrics; i++) {
        size_t m = j->metrics[i];
        if (j->project->metric_errors[m].code == CYN_OK)
            CYN_TRY(each_use_of(j, j->project->metrics[m], visit_add, j->scans, err));
    }
    return cyn_scans_run(j->scans, err);
}

static cyn_grain grain_of(const cyn_project *p, const cyn_eval_request *r, const cyn_metric *m)
{
    if (r->has_grain) return r->grain;
    if (m->sheet.has_grain) return m->sheet.grain;
    /* One without definition may go in circles. */
    if (m->definition[0] && !is_timed(p, m)) return (cyn_grain){CYN_ALL, 1};
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

static cyn_code evaluate_jobs(job *jobs, size_t njobs, const size_t *chosen, size_t n,
                              cyn_eval_result *out, cyn_err *err)
{
    if (njobs == 0) return CYN_OK;
    const job *first = &jobs[0];
    for (size_t k = 0; k < njobs; k++)
        CYN_TRY(job_load(&jobs[k], err));
    int64_t now;
    CYN_TRY(cyn_project_as_of(first->project, first->request->as_of, cyn_dataset_end(first->data),
                              &now, err));
    for (size_t k = 0; k < njobs; k++) {
        jobs[k].now = now;
        CYN_TRY(job_run(&jobs[k], err));
    }
    point_list points = {.arena = first->arena};
    CYN_TRY(gather_points(jobs, njobs, chosen, n, &points, err));
    *out = (cyn_eval_result){
        .points = points.items, .npoints = points.count, .failed = points.failed, .as_of = now};
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
    CYN_TRY(make_jobs(&common, chosen, n, jobs, &njobs, err));
    cyn_code rc = evaluate_jobs(jobs, njobs, chosen, n, out, err);
    cyn_rows_set_free(common.rows);
    return rc;
}
