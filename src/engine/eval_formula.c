/* One formula in one span and segment. */
#include "engine/eval_impl.h"

/* Definitions are checked for cycles before; the depth guards the stack against very long chains.
 */
#define DEPTH_MAX 200

typedef struct context {
    const job *job;
    spot at;
    int depth;
    basis on;
} context;

static cyn_code env_agg(void *self, uint32_t agg, cyn_cell *out, cyn_err *err)
{
    context *c = self;
    return slice_cell(c->job, agg, c->at, out, &c->on, err);
}

static cyn_code env_script(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err)
{
    context *c = self;
    return free_value(c->job->free, f, c->at, out, &c->on, err);
}

static cyn_code env_metric(void *self, const char *name, cyn_cell *out, cyn_err *err);
static cyn_code env_over_time(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err);

static cyn_code eval_formula(context *c, const cyn_formula *f, cyn_cell *out, cyn_err *err)
{
    cyn_formula_env env = {.self = c,
                           .agg = env_agg,
                           .metric = env_metric,
                           .over_time = env_over_time,
                           .script = env_script};
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
        c->at.chain = chain;
        c->at.span = cyn_spans_through(c->job->spans, chain, span, (size_t)k);
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
    size_t chain, from_chain = c->at.chain, from_span = c->at.span;
    CYN_TRY(cyn_spans_chain(c->job->spans, c->at.chain, f, &chain, err));
    cyn_code rc;
    if (f->kind == CYN_FORMULA_FOLD) {
        rc = fold_over(c, f, chain, from_span, out, err);
    } else {
        c->at.chain = chain;
        c->at.span = cyn_spans_through(c->job->spans, chain, from_span, 0);
        rc = eval_formula(c, f->a, out, err);
    }
    c->at.chain = from_chain;
    c->at.span = from_span;
    return rc;
}

cyn_code eval_at(const job *j, const cyn_formula *f, spot at, cyn_cell *out, basis *on,
                 cyn_err *err)
{
    context c = {.job = j, .at = at};
    CYN_TRY(eval_formula(&c, f, out, err));
    on->immature = on->immature || c.on.immature;
    on->pending = on->pending || c.on.pending;
    return CYN_OK;
}

cyn_code eval_cell(const job *j, const cyn_metric *m, size_t span, size_t segment, cyn_cell *out,
                   bool *immature, cyn_err *err)
{
    *out = (cyn_cell){0};
    *immature = false;
    if (span == CYN_NO_SPAN) return CYN_OK;
    for (;;) {
        basis on = {0};
        CYN_TRY(eval_at(j, m->formula, (spot){.segment = segment, .span = span}, out, &on, err));
        *immature = on.immature;
        if (!on.pending) return CYN_OK;
        CYN_TRY(free_settle(j->free, err));
    }
}
