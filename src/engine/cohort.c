#include "engine/cohort.h"
#include "engine/variant.h"
#include <string.h>

#define DEPTH_MAX 200 /* of metrics that refer to each other */

/* ---- finding the retention ---- */

static const cyn_relation *retention_below(const cyn_view *view)
{
    const cyn_relation *r = view->relation;
    while (r && r->kind != CYN_RETENTION)
        r = r->base->relation;
    return r;
}

typedef struct finder {
    const cyn_project *project;
    const cyn_metric *metric;
    const cyn_relation *found;
    const cyn_agg *agg; /* the first that stands on it */
} finder;

static cyn_code take_agg(finder *f, const cyn_agg *agg, cyn_err *err)
{
    const cyn_relation *r = retention_below(agg->view);
    if (!r) return CYN_OK;
    if (!f->found) {
        f->found = r;
        f->agg = agg;
    }
    if (r->unit == f->found->unit) return CYN_OK;
    const cyn_place at = f->metric->place;
    return cyn_fail_at(err, CYN_E_USAGE, at.file, at.line, at.column,
                       "metric '%s' stands on retentions in different units", f->metric->name);
}

static cyn_code find_retention(finder *f, const cyn_formula *at, int depth, cyn_err *err)
{
    if (!at || depth > DEPTH_MAX) return CYN_OK;
    if (at->kind == CYN_FORMULA_AGG) return take_agg(f, f->project->catalog->aggs[at->agg], err);
    if (at->kind == CYN_FORMULA_METRIC) {
        size_t m;
        CYN_TRY(cyn_project_need_metric(f->project, at->metric, &m, err));
        return find_retention(f, f->project->metrics[m]->formula, depth + 1, err);
    }
    CYN_TRY(find_retention(f, at->a, depth, err));
    return find_retention(f, at->b, depth, err);
}

static cyn_code need_retention(finder *f, cyn_err *err)
{
    const cyn_metric *m = f->metric;
    CYN_TRY(find_retention(f, m->formula, 0, err));
    if (f->found) return CYN_OK;
    cyn_fail_at(err, CYN_E_USAGE, m->place.file, m->place.line, m->place.column,
                "metric '%s' is no retention, so it has no cohorts", m->name);
    cyn_hint(err, "Cohorts are of metrics such as events:retention { entity = \"user_id\", "
                  "start = \"event == 'signup'\", at = \"1d\" }.");
    return CYN_E_USAGE;
}

/* ---- the metric at another offset ---- */

/* What was moved already, so that aggregates that shared a relation go on sharing it. */
typedef struct moved {
    const cyn_relation *from;
    const cyn_relation *to;
    struct moved *next;
} moved;

typedef struct mover {
    cyn_variant *variant;
    int offset;
    moved *done;
} mover;

static cyn_code move_view(mover *m, const cyn_view *view, const cyn_view **out, cyn_err *err);

static cyn_code move_relation(mover *m, const cyn_relation *r, const cyn_relation **out,
                              cyn_err *err)
{
    for (const moved *d = m->done; d; d = d->next) {
        if (d->from != r) continue;
        *out = d->to;
        return CYN_OK;
    }
    cyn_relation *copy = CYN_NEW(m->variant->arena, cyn_relation);
    moved *done = CYN_NEW(m->variant->arena, moved);
    if (!copy || !done) return cyn_nomem(err);
    *copy = *r;
    if (r->kind == CYN_RETENTION)
        copy->n = m->offset;
    else
        CYN_TRY(move_view(m, r->base, &copy->base, err));
    *done = (moved){.from = r, .to = copy, .next = m->done};
    m->done = done;
    *out = copy;
    return CYN_OK;
}

static cyn_code move_view(mover *m, const cyn_view *view, const cyn_view **out, cyn_err *err)
{
    *out = view;
    if (!retention_below(view)) return CYN_OK;
    cyn_view *copy = CYN_NEW(m->variant->arena, cyn_view);
    if (!copy) return cyn_nomem(err);
    *copy = *view;
    CYN_TRY(move_relation(m, view->relation, &copy->relation, err));
    *out = copy;
    return CYN_OK;
}

static cyn_code move_agg(mover *m, const cyn_agg *agg, uint32_t *out, cyn_err *err)
{
    cyn_agg *copy = CYN_NEW(m->variant->arena, cyn_agg);
    if (!copy) return cyn_nomem(err);
    *copy = *agg;
    CYN_TRY(move_view(m, agg->view, &copy->view, err));
    return cyn_variant_agg(m->variant, copy, out, err);
}

/* A copy of the formula at the offset; the metrics that it refers to are put in their places. */
static cyn_code move_formula(mover *m, const cyn_project *p, const cyn_formula *f, int depth,
                             const cyn_formula **out, cyn_err *err)
{
    *out = f;
    if (!f || f->kind == CYN_FORMULA_CONST) return CYN_OK;
    if (depth > DEPTH_MAX)
        return cyn_fail(err, CYN_E_LIMIT, "metrics refer to each other more than %d deep",
                        DEPTH_MAX);
    if (f->kind == CYN_FORMULA_METRIC) {
        size_t which;
        CYN_TRY(cyn_project_need_metric(p, f->metric, &which, err));
        return move_formula(m, p, p->metrics[which]->formula, depth + 1, out, err);
    }
    cyn_formula *copy = CYN_NEW(m->variant->arena, cyn_formula);
    if (!copy) return cyn_nomem(err);
    *copy = *f;
    if (f->kind == CYN_FORMULA_AGG) CYN_TRY(move_agg(m, p->catalog->aggs[f->agg], &copy->agg, err));
    CYN_TRY(move_formula(m, p, f->a, depth, &copy->a, err));
    CYN_TRY(move_formula(m, p, f->b, depth, &copy->b, err));
    *out = copy;
    return CYN_OK;
}

/* The members: the rows of the retention below the first aggregate, as its view filters them. */
static cyn_code size_formula(mover *m, const cyn_agg *agg, const cyn_formula **out, cyn_err *err)
{
    const cyn_view *view = agg->view;
    while (view->relation->kind != CYN_RETENTION)
        view = view->relation->base;
    cyn_agg count = {.func = CYN_COUNT, .view = view, .place = agg->place};
    cyn_formula *f = CYN_NEW(m->variant->arena, cyn_formula);
    if (!f) return cyn_nomem(err);
    *f = (cyn_formula){.kind = CYN_FORMULA_AGG, .place = agg->place};
    *out = f;
    return move_agg(m, &count, &f->agg, err);
}

/* Metric 0 is the size, metric 1 + k the k-th offset. */
static cyn_code make_metrics(cyn_variant *v, const cyn_project *p, const finder *found, int first,
                             size_t n, cyn_err *err)
{
    mover m = {.variant = v, .offset = first};
    const cyn_formula *f;
    CYN_TRY(size_formula(&m, found->agg, &f, err));
    CYN_TRY(cyn_variant_metric(v, "size", f, err));
    for (size_t k = 0; k < n; k++) {
        m.offset = first + (int)k;
        if (k > 0) m.done = NULL;
        CYN_TRY(move_formula(&m, p, found->metric->formula, 0, &f, err));
        CYN_TRY(cyn_variant_metric(v, found->metric->name, f, err));
    }
    return CYN_OK;
}

/* ---- the table ---- */

/* A member that started in the period's last instant has had its n-th unit. */
static bool has_passed(const cyn_calendar *cal, cyn_grain_unit unit, cyn_period cohort, int n,
                       int64_t now)
{
    cyn_period start = cyn_period_at(cal, (cyn_grain){unit, 1}, cohort.end - 1);
    return cyn_period_shift(cal, start, n).end <= now;
}

static cyn_cohort_cell make_cell(const cyn_project *p, const cyn_cohort_table *t,
                                 const cyn_point *point, int offset)
{
    bool ended = t->grain.unit == CYN_ALL ||
                 has_passed(&p->calendar, t->retention->unit, point->period, offset, t->as_of);
    if (point->immature || !ended) return (cyn_cohort_cell){.immature = true};
    return (cyn_cohort_cell){
        .value = point->value, .numerator = point->numerator, .denominator = point->denominator};
}

/* Sums of the parts of one offset's mature cells; a value without parts has no sum. */
static cyn_code roll_up(const cyn_cohort_table *t, size_t offset, cyn_cohort_cell *out,
                        cyn_err *err)
{
    cyn_num top = cyn_num_integer(0), bottom = cyn_num_integer(0);
    size_t parts = 0;
    for (size_t i = 0; i < t->nrows; i++) {
        const cyn_cohort_cell *c = &t->rows[i].cells[offset];
        if (cyn_num_is_missing(c->numerator) || cyn_num_is_missing(c->denominator)) continue;
        CYN_TRY(cyn_num_op(CYN_ADD, top, c->numerator, &top, err));
        CYN_TRY(cyn_num_op(CYN_ADD, bottom, c->denominator, &bottom, err));
        parts++;
    }
    *out = (cyn_cohort_cell){0};
    if (parts == 0) return CYN_OK;
    out->numerator = top;
    out->denominator = bottom;
    return cyn_num_op(CYN_DIV, top, bottom, &out->value, err);
}

static cyn_code first_failure(const cyn_eval_result *result, const cyn_metric *m, cyn_err *err)
{
    for (size_t i = 0; i < result->npoints; i++) {
        if (!result->points[i].failed) continue;
        if (err) *err = *result->points[i].error;
        cyn_context(err, "metric '%s'", m->name);
        return result->points[i].error->code;
    }
    return CYN_OK;
}

/* Points come metric by metric, each with all its periods. */
static cyn_code fill_table(const cyn_project *p, const cyn_eval_result *result, cyn_arena *arena,
                           cyn_cohort_table *t, cyn_err *err)
{
    size_t n = result->npoints / (t->noffsets + 1);
    cyn_cohort_row *rows = CYN_NEW_ARRAY(arena, n + 1, cyn_cohort_row);
    cyn_cohort_cell *cells = CYN_NEW_ARRAY(arena, n * t->noffsets + 1, cyn_cohort_cell);
    cyn_cohort_cell *all = CYN_NEW_ARRAY(arena, t->noffsets, cyn_cohort_cell);
    if (!rows || !cells || !all) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        cyn_cohort_cell *row = cells + i * t->noffsets;
        rows[i] = (cyn_cohort_row){
            .period = result->points[i].period, .size = result->points[i].value, .cells = row};
        for (size_t k = 0; k < t->noffsets; k++)
            row[k] = make_cell(p, t, &result->points[(k + 1) * n + i], t->first + (int)k);
    }
    /* What lies before the data begin is not shown. */
    size_t early = 0;
    while (early + 1 < n && cyn_num_is_missing(rows[early].size))
        early++;
    t->rows = rows + early;
    t->nrows = n - early;
    t->all = all;
    for (size_t k = 0; k < t->noffsets; k++)
        CYN_TRY(roll_up(t, k, &all[k], err));
    return CYN_OK;
}

static cyn_grain cohort_grain(const cyn_project *p, const cyn_cohort_request *r,
                              const cyn_metric *m)
{
    if (r->has_grain) return r->grain;
    return m->sheet.has_grain ? m->sheet.grain : p->config->grain;
}

cyn_code cyn_cohort(const cyn_project *p, cyn_dataset *d, const cyn_cohort_request *request,
                    cyn_arena *arena, cyn_cohort_table *out, cyn_err *err)
{
    size_t which;
    CYN_TRY(cyn_project_need_metric(p, request->metric, &which, err));
    const cyn_metric *m = p->metrics[which];
    if (p->metric_errors[which].code != CYN_OK) {
        if (err) *err = p->metric_errors[which];
        return p->metric_errors[which].code;
    }
    finder found = {.project = p, .metric = m};
    CYN_TRY(need_retention(&found, err));
    int first = found.found->mode == CYN_WITHIN ? 1 : 0;
    if (request->offsets < first)
        return cyn_fail(err, CYN_E_USAGE, "retention within n begins at offset 1");
    cyn_cohort_table t = {.metric = m,
                          .retention = found.found,
                          .grain = cohort_grain(p, request, m),
                          .first = first,
                          .noffsets = (size_t)(request->offsets - first) + 1};
    cyn_variant v;
    CYN_TRY(cyn_variant_init(&v, p, arena, err));
    CYN_TRY(make_metrics(&v, p, &found, first, t.noffsets, err));
    cyn_eval_request evaluate = {.has_grain = true,
                                 .grain = t.grain,
                                 .last = request->cohorts,
                                 .as_of = request->as_of,
                                 .cancel = request->cancel};
    cyn_eval_result result;
    CYN_TRY(cyn_variant_evaluate(&v, d, &evaluate, &result, err));
    CYN_TRY(first_failure(&result, m, err));
    t.as_of = result.as_of;
    CYN_TRY(fill_table(p, &result, arena, &t, err));
    *out = t;
    return CYN_OK;
}
