/* Gathering what metrics stand on, and how it is computed. */
#include "app/explain.h"
#include "engine/variant.h"
#include "plan/expr.h"
#include "plan/translation.h"
#include <string.h>

#define DEPTH_MAX 200 /* of metrics that refer to each other */

/* ---- aggregates ---- */

static cyn_code collect(const cyn_project *p, const cyn_formula *f, int depth,
                        cyn_explained_aggs *out, cyn_err *err)
{
    if (!f || depth > DEPTH_MAX) return CYN_OK;
    if (f->kind == CYN_FORMULA_AGG) {
        for (size_t i = 0; i < out->count; i++)
            if (out->items[i] == f->agg) return CYN_OK;
        out->items[out->count++] = f->agg;
        return CYN_OK;
    }
    if (f->kind == CYN_FORMULA_METRIC) {
        size_t m;
        CYN_TRY(cyn_project_need_metric(p, f->metric, &m, err));
        return collect(p, p->metrics[m]->formula, depth + 1, out, err);
    }
    if (f->kind == CYN_FORMULA_SCRIPT) {
        for (size_t i = 0; i < f->function->nreads; i++)
            CYN_TRY(collect(p, f->function->reads[i], depth, out, err));
    }
    CYN_TRY(collect(p, f->a, depth, out, err));
    return collect(p, f->b, depth, out, err);
}

cyn_code cyn_explain_aggs(const cyn_project *p, const cyn_metric *m, cyn_arena *arena,
                          cyn_explained_aggs *out, cyn_err *err)
{
    if (!out->items) out->items = CYN_NEW_ARRAY(arena, p->catalog->naggs + 1, uint32_t);
    if (!out->items) return cyn_nomem(err);
    return collect(p, m->formula, 0, out, err);
}

/* ---- numerator and denominator ---- */

/* The values, or rows, of a mean or share whose condition is known: its denominator. */
static void write_known(const cyn_agg *agg, cyn_buf *out)
{
    cyn_agg rows = {.func = CYN_COUNT, .view = agg->view};
    cyn_agg_text(&rows, CYN_WORDS, out);
    cyn_buf_puts(out, " with ");
    cyn_expr_text(agg->arg, CYN_WORDS, out);
    cyn_buf_puts(out, " known");
}

static void write_agg_sides(const cyn_agg *agg, cyn_buf *numerator, cyn_buf *denominator)
{
    if (agg->func == CYN_MEAN) {
        cyn_agg sum = *agg;
        sum.func = CYN_SUM;
        cyn_agg_text(&sum, CYN_WORDS, numerator);
        write_known(agg, denominator);
    } else if (agg->func == CYN_SHARE) {
        cyn_agg rows = {.func = CYN_COUNT, .view = agg->view};
        cyn_agg_text(&rows, CYN_WORDS, numerator);
        cyn_buf_puts(numerator, " with ");
        cyn_expr_text(agg->arg, CYN_WORDS, numerator);
        write_known(agg, denominator);
    }
}

cyn_code cyn_explain_sides(const cyn_project *p, const cyn_metric *m, cyn_buf *numerator,
                           cyn_buf *denominator, cyn_err *err)
{
    const cyn_formula *f = m->formula;
    for (int depth = 0; f->kind == CYN_FORMULA_METRIC && depth < DEPTH_MAX; depth++) {
        size_t which;
        CYN_TRY(cyn_project_need_metric(p, f->metric, &which, err));
        f = p->metrics[which]->formula;
    }
    if (f->kind == CYN_FORMULA_AGG)
        write_agg_sides(p->catalog->aggs[f->agg], numerator, denominator);
    if (f->kind != CYN_FORMULA_OP || f->op != CYN_DIV) return CYN_OK;
    CYN_TRY(cyn_formula_text(f->a, p->catalog->aggs, numerator, err));
    return cyn_formula_text(f->b, p->catalog->aggs, denominator, err);
}

/* ---- expressions ---- */

/* The part that only the interpreter can compute, or NULL. */
static const cyn_expr *untranslated(const cyn_expr *e)
{
    if (!e) return NULL;
    if (e->kind == CYN_EXPR_SCRIPT) return e->code ? NULL : e;
    const cyn_expr *part = untranslated(e->a);
    return part ? part : untranslated(e->b);
}

static bool script_reads(const cyn_expr *e, const char *name)
{
    for (size_t i = 0; i < e->nreads; i++)
        if (strcmp(e->reads[i], name) == 0) return true;
    if (!e->code) return e->reads_all;
    for (size_t i = 0; i < e->code->ninputs; i++)
        if (strcmp(e->code->inputs[i].name, name) == 0) return true;
    return false;
}

static bool reads(const cyn_expr *e, const char *name)
{
    if (!e) return false;
    if (e->kind == CYN_EXPR_COLUMN) return strcmp(e->name, name) == 0;
    if (e->kind == CYN_EXPR_SCRIPT) return script_reads(e, name);
    return reads(e->a, name) || reads(e->b, name);
}

static cyn_code add_expr(cyn_explained_exprs *l, const char *role, const cyn_expr *e,
                         cyn_arena *arena, cyn_err *err)
{
    if (!e) return CYN_OK;
    cyn_explained_expr *more = cyn_grown(arena, l->items, l->count, &l->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    l->items = more;
    const cyn_expr *part = untranslated(e);
    l->items[l->count++] = (cyn_explained_expr){
        .role = role, .expr = e, .script = part != NULL, .why = part ? part->why : NULL};
    return CYN_OK;
}

/* Filters added one after the other are conditions of their own. */
static cyn_code add_conditions(cyn_explained_exprs *l, const cyn_expr *e, cyn_arena *arena,
                               cyn_err *err)
{
    if (!e || e->kind != CYN_EXPR_AND) return add_expr(l, "where", e, arena, err);
    CYN_TRY(add_conditions(l, e->a, arena, err));
    return add_conditions(l, e->b, arena, err);
}

/* Derived columns that something in the list reads, the last ones first. */
static cyn_code add_derives(cyn_explained_exprs *l, const cyn_view *view, cyn_arena *arena,
                            cyn_err *err)
{
    for (size_t d = view->nderives; d-- > 0;) {
        bool used = false;
        for (size_t i = 0; i < l->count && !used; i++)
            used = reads(l->items[i].expr, view->derives[d].name);
        if (!used) continue;
        const char *role = cyn_sprintf(arena, "derive %s", view->derives[d].name);
        if (!role) return cyn_nomem(err);
        CYN_TRY(add_expr(l, role, view->derives[d].expr, arena, err));
    }
    return CYN_OK;
}

static cyn_code agg_exprs(const cyn_agg *agg, cyn_arena *arena, cyn_explained_exprs *out,
                          cyn_err *err)
{
    CYN_TRY(add_conditions(out, agg->view->where, arena, err));
    CYN_TRY(add_expr(out, "value", agg->arg, arena, err));
    return add_derives(out, agg->view, arena, err);
}

static cyn_code layer_exprs(const cyn_relation *r, cyn_arena *arena, cyn_explained_exprs *out,
                            cyn_err *err)
{
    CYN_TRY(add_conditions(out, r->base->where, arena, err));
    CYN_TRY(add_expr(out, "entity", r->entity, arena, err));
    CYN_TRY(add_expr(out, "start", r->start, arena, err));
    CYN_TRY(add_expr(out, "active", r->active, arena, err));
    for (size_t i = 0; i < r->nsteps; i++) {
        const char *role = cyn_sprintf(arena, "step %zu", i + 1);
        if (!role) return cyn_nomem(err);
        CYN_TRY(add_expr(out, role, r->steps[i].when, arena, err));
    }
    for (size_t i = 0; i < r->nsame; i++)
        CYN_TRY(add_expr(out, "same", r->same[i], arena, err));
    CYN_TRY(add_expr(out, "value", r->arg, arena, err));
    CYN_TRY(add_expr(out, "from", r->from, arena, err));
    CYN_TRY(add_expr(out, "to", r->to, arena, err));
    return add_derives(out, r->base, arena, err);
}

static bool is_there(const cyn_explained_exprs *l, const cyn_explained_expr *e)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->items[i].role, e->role) == 0 && cyn_expr_equal(l->items[i].expr, e->expr))
            return true;
    return false;
}

cyn_code cyn_explain_exprs(const cyn_project *p, const cyn_explained_aggs *aggs, cyn_arena *arena,
                           cyn_explained_exprs *out, cyn_err *err)
{
    for (size_t i = 0; i < aggs->count; i++) {
        const cyn_agg *agg = p->catalog->aggs[aggs->items[i]];
        cyn_explained_exprs all = {0};
        CYN_TRY(agg_exprs(agg, arena, &all, err));
        for (const cyn_relation *r = agg->view->relation; r; r = r->base->relation)
            CYN_TRY(layer_exprs(r, arena, &all, err));
        for (size_t k = 0; k < all.count; k++)
            if (!is_there(out, &all.items[k]))
                CYN_TRY(add_expr(out, all.items[k].role, all.items[k].expr, arena, err));
    }
    return CYN_OK;
}

/* ---- who shares what ---- */

/* An expression that is computed over some rows already: once, whoever needs it again. */
typedef struct computed {
    size_t source;
    const cyn_relation *relation; /* the rows; NULL: the source's own */
    const cyn_derive *derives;    /* of the view, where the expression reads one of them */
    const cyn_expr *expr;
    const char *owner; /* "1.2": the second aggregate of scan 1 */
    struct computed *next;
} computed;

typedef struct planner {
    const cyn_project *project;
    cyn_arena *arena;
    cyn_explained_plan plan;
    computed *known;
} planner;

static const cyn_derive *derives_read(const cyn_view *view, const cyn_expr *e)
{
    for (size_t i = 0; i < view->nderives; i++)
        if (reads(e, view->derives[i].name)) return view->derives;
    return NULL;
}

/* Finds who has the view's expressions already; `owner` has the others from now on. */
static cyn_code find_shared(planner *p, size_t source, const cyn_view *view, const char *owner,
                            cyn_explained_exprs *exprs, cyn_err *err)
{
    for (size_t i = 0; i < exprs->count; i++) {
        cyn_explained_expr *e = &exprs->items[i];
        const cyn_derive *derives = derives_read(view, e->expr);
        const computed *k = p->known;
        while (k && !(k->source == source && k->relation == view->relation &&
                      k->derives == derives && cyn_expr_equal(k->expr, e->expr)))
            k = k->next;
        if (k) {
            if (k->owner != owner) e->shared_with = k->owner;
            continue;
        }
        computed *new = CYN_NEW(p->arena, computed);
        if (!new) return cyn_nomem(err);
        *new = (computed){.source = source,
                          .relation = view->relation,
                          .derives = derives,
                          .expr = e->expr,
                          .owner = owner,
                          .next = p->known};
        p->known = new;
    }
    return CYN_OK;
}

/* ---- the plan ---- */

static cyn_code make_layers(planner *p, cyn_explained_scan *scan, cyn_err *err)
{
    for (const cyn_relation *r = scan->relation; r; r = r->base->relation)
        scan->nlayers++;
    scan->layers = CYN_NEW_ARRAY(p->arena, scan->nlayers + 1, cyn_explained_layer);
    const char *owner = cyn_sprintf(p->arena, "%zu", p->plan.nscans);
    if (!scan->layers || !owner) return cyn_nomem(err);
    size_t i = 0;
    for (const cyn_relation *r = scan->relation; r; r = r->base->relation, i++) {
        scan->layers[i].relation = r;
        CYN_TRY(layer_exprs(r, p->arena, &scan->layers[i].exprs, err));
        CYN_TRY(find_shared(p, scan->source, r->base, owner, &scan->layers[i].exprs, err));
    }
    return CYN_OK;
}

static cyn_code scan_of(planner *p, const cyn_agg *agg, size_t naggs, cyn_explained_scan **out,
                        cyn_err *err)
{
    int source = cyn_project_source(p->project, agg->view->source);
    if (source < 0)
        return cyn_fail_at(err, CYN_E_NAME, agg->place.file, agg->place.line, agg->place.column,
                           "no source is named '%s'", agg->view->source);
    for (size_t i = 0; i < p->plan.nscans; i++) {
        *out = &p->plan.scans[i];
        if ((*out)->source == (size_t)source && (*out)->relation == agg->view->relation)
            return CYN_OK;
    }
    *out = &p->plan.scans[p->plan.nscans++];
    **out = (cyn_explained_scan){.source = (size_t)source, .relation = agg->view->relation};
    (*out)->aggs = CYN_NEW_ARRAY(p->arena, naggs, cyn_explained_agg);
    if (!(*out)->aggs) return cyn_nomem(err);
    return make_layers(p, *out, err);
}

static cyn_code add_agg(planner *p, cyn_explained_scan *scan, uint32_t number, cyn_err *err)
{
    const cyn_agg *agg = p->project->catalog->aggs[number];
    cyn_explained_agg a = {.agg = number};
    cyn_buf text = {0};
    cyn_agg_text(agg, CYN_WORDS, &text);
    a.text = text.data ? cyn_strdup(p->arena, text.data) : NULL;
    cyn_buf_clear(&text);
    const char *owner =
        cyn_sprintf(p->arena, "%zu.%zu", (size_t)(scan - p->plan.scans) + 1, scan->naggs + 1);
    if (!a.text || !owner) return cyn_nomem(err);
    CYN_TRY(agg_exprs(agg, p->arena, &a.exprs, err));
    CYN_TRY(find_shared(p, scan->source, agg->view, owner, &a.exprs, err));
    scan->aggs[scan->naggs++] = a;
    return CYN_OK;
}

/* Evaluates each aggregate of the scan as a metric of its own, all in one scan. */
static cyn_code run_scan(const cyn_project *p, cyn_dataset *d, cyn_explained_scan *scan,
                         const cyn_eval_request *request, cyn_arena *arena, cyn_period *period,
                         cyn_err *err)
{
    cyn_variant v;
    CYN_TRY(cyn_variant_init(&v, p, arena, err));
    for (size_t i = 0; i < scan->naggs; i++) {
        cyn_formula *f = CYN_NEW(arena, cyn_formula);
        const char *name = cyn_sprintf(arena, "aggregate %zu", i + 1);
        if (!f || !name) return cyn_nomem(err);
        *f = (cyn_formula){.kind = CYN_FORMULA_AGG,
                           .place = p->catalog->aggs[scan->aggs[i].agg]->place,
                           .agg = scan->aggs[i].agg};
        CYN_TRY(cyn_variant_metric(&v, name, f, err));
    }
    cyn_eval_result result;
    int64_t begun = cyn_monotonic();
    CYN_TRY(cyn_variant_evaluate(&v, d, request, &result, err));
    scan->microseconds = cyn_monotonic() - begun;
    for (size_t i = 0; i < result.npoints && i < scan->naggs; i++) {
        scan->aggs[i].rows = result.points[i].rows;
        if (result.points[i].failed) scan->aggs[i].error = *result.points[i].error;
        *period = result.points[i].period;
    }
    return CYN_OK;
}

cyn_code cyn_explain_plan(const cyn_project *p, cyn_dataset *d, const cyn_explained_aggs *aggs,
                          cyn_grain grain, const atomic_bool *cancel, cyn_arena *arena,
                          cyn_explained_plan *out, cyn_err *err)
{
    planner pl = {.project = p, .arena = arena};
    pl.plan.scans = CYN_NEW_ARRAY(arena, aggs->count + 1, cyn_explained_scan);
    if (!pl.plan.scans) return cyn_nomem(err);
    for (size_t i = 0; i < aggs->count; i++) {
        cyn_explained_scan *scan = NULL;
        const cyn_agg *agg = p->catalog->aggs[aggs->items[i]];
        CYN_TRY(scan_of(&pl, agg, aggs->count, &scan, err));
        CYN_TRY(add_agg(&pl, scan, aggs->items[i], err));
    }
    cyn_eval_request request = {.has_grain = true, .grain = grain, .last = 1, .cancel = cancel};
    for (size_t i = 0; i < pl.plan.nscans; i++) {
        cyn_explained_scan *scan = &pl.plan.scans[i];
        CYN_TRY(cyn_dataset_need(d, scan->source, err));
        CYN_TRY(run_scan(p, d, scan, &request, arena, &pl.plan.period, err));
    }
    *out = pl.plan;
    return CYN_OK;
}
