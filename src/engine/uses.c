#include "engine/uses.h"
#include "plan/relation.h"

typedef struct walk {
    const cyn_project *project;
    cyn_spans *spans; /* NULL: chains do not matter */
    cyn_use_visitor visit;
    void *self;
    int depth;
} walk;

static cyn_code walk_formula(walk *w, const cyn_formula *f, size_t chain, cyn_err *err)
{
    if (!f || w->depth > CYN_METRIC_DEPTH) return CYN_OK;
    cyn_code rc = CYN_OK;
    w->depth++;
    switch (f->kind) {
    case CYN_FORMULA_AGG: rc = w->visit(w->self, f->agg, chain, err); break;
    case CYN_FORMULA_METRIC: {
        size_t m = cyn_project_metric(w->project, f->metric);
        if (m != CYN_NO_METRIC) rc = walk_formula(w, w->project->metrics[m]->formula, chain, err);
        break;
    }
    case CYN_FORMULA_OP:
    case CYN_FORMULA_CALL:
        rc = walk_formula(w, f->a, chain, err);
        if (rc == CYN_OK) rc = walk_formula(w, f->b, chain, err);
        break;
    case CYN_FORMULA_WINDOW:
    case CYN_FORMULA_FOLD:
        if (w->spans) rc = cyn_spans_chain(w->spans, chain, f, &chain, err);
        if (rc == CYN_OK) rc = walk_formula(w, f->a, chain, err);
        break;
    case CYN_FORMULA_SCRIPT:
        for (size_t i = 0; rc == CYN_OK && i < f->function->nreads; i++)
            rc = walk_formula(w, f->function->reads[i], chain, err);
        break;
    default: break;
    }
    w->depth--;
    return rc;
}

cyn_code cyn_each_use(const cyn_project *p, cyn_spans *spans, const cyn_metric *m,
                      cyn_use_visitor visit, void *self, cyn_err *err)
{
    walk w = {.project = p, .spans = spans, .visit = visit, .self = self};
    return walk_formula(&w, m->formula, 0, err);
}

static cyn_code visit_load(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)chain;
    cyn_dataset *d = self;
    int source = cyn_project_source(d->project, d->project->catalog->aggs[agg]->view->source);
    cyn_err why = {0};
    cyn_code rc = source < 0 ? CYN_OK : cyn_dataset_need(d, (size_t)source, &why);
    if (!cyn_concerns_all(rc)) return CYN_OK;
    if (err) *err = why;
    return rc;
}

cyn_code cyn_load_uses(cyn_dataset *d, const cyn_metric *m, cyn_err *err)
{
    return cyn_each_use(d->project, NULL, m, visit_load, d, err);
}

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

static timing timing_of(const cyn_project *p, const cyn_metric *m)
{
    timing t = {.project = p};
    if (cyn_each_use(p, NULL, m, visit_timing, &t, NULL) != CYN_OK) t.any = t.timed = true;
    return t;
}

bool cyn_is_timed(const cyn_project *p, const cyn_metric *m)
{
    timing t = timing_of(p, m);
    return !t.any || t.timed;
}

bool cyn_has_uses(const cyn_project *p, const cyn_metric *m)
{
    return timing_of(p, m).any;
}

/* A ratio of two such values does not grow, nor does a mean. */
static bool grows(const cyn_project *p, const cyn_formula *f)
{
    cyn_agg_func func;
    size_t m;
    switch (f->kind) {
    case CYN_FORMULA_AGG:
        func = p->catalog->aggs[f->agg]->func;
        return func == CYN_COUNT || func == CYN_SUM || func == CYN_DISTINCT;
    case CYN_FORMULA_METRIC:
        m = cyn_project_metric(p, f->metric);
        return m != CYN_NO_METRIC && cyn_grows_with_rows(p, p->metrics[m]);
    case CYN_FORMULA_OP:
        if (f->op == CYN_POW || f->op == CYN_MOD) return false;
        if (f->op == CYN_DIV) return grows(p, f->a) && !grows(p, f->b);
        return grows(p, f->a) || (f->b && grows(p, f->b));
    case CYN_FORMULA_CALL:
        if (f->call != CYN_CALL_MIN && f->call != CYN_CALL_MAX && f->call != CYN_CALL_ABS)
            return false;
        return grows(p, f->a) || (f->b && grows(p, f->b));
    case CYN_FORMULA_WINDOW:
    case CYN_FORMULA_FOLD: return grows(p, f->a);
    default: return false;
    }
}

bool cyn_grows_with_rows(const cyn_project *p, const cyn_metric *m)
{
    return m->definition[0] && grows(p, m->formula); /* no circles */
}
