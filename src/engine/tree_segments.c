/* The change of a tree's root over the segments of a dimension. */
#include "engine/tree_impl.h"
#include "plan/relation.h"
#include "tree/why.h"
#include <math.h>
#include <stdlib.h>

/* ---- whether segments add up ---- */

/* Rows that are in one segment each: a source's own, and those of a start, which have its
 * dimensions. An entity may have rows of several. */
static bool rows_are_apart(const cyn_view *view)
{
    const cyn_relation *r = view->relation;
    if (!r) return true;
    return (r->kind == CYN_JOURNEY || r->kind == CYN_RETENTION) && rows_are_apart(r->base);
}

static bool agg_adds_up(const cyn_agg *agg)
{
    return (agg->func == CYN_COUNT || agg->func == CYN_SUM) && rows_are_apart(agg->view);
}

static bool is_constant(const cyn_formula *f)
{
    return f->kind == CYN_FORMULA_CONST;
}

/* Counts and sums, sums and differences of these, and multiples. */
static bool adds_up(const cyn_project *p, const cyn_formula *f)
{
    switch (f->kind) {
    case CYN_FORMULA_AGG: return agg_adds_up(p->catalog->aggs[f->agg]);
    case CYN_FORMULA_METRIC: {
        size_t m = cyn_project_metric(p, f->metric);
        return m != CYN_NO_METRIC && tree_is_additive(p, p->metrics[m]);
    }
    case CYN_FORMULA_OP:
        switch (f->op) {
        case CYN_ADD:
        case CYN_SUB: return adds_up(p, f->a) && adds_up(p, f->b);
        case CYN_NEG: return adds_up(p, f->a);
        case CYN_MUL:
            return (is_constant(f->a) && adds_up(p, f->b)) ||
                   (is_constant(f->b) && adds_up(p, f->a));
        case CYN_DIV: return is_constant(f->b) && adds_up(p, f->a);
        default: return false;
        }
    case CYN_FORMULA_WINDOW: return adds_up(p, f->a);
    case CYN_FORMULA_FOLD: return f->fold == CYN_SUM && adds_up(p, f->a);
    default: return false;
    }
}

bool tree_is_additive(const cyn_project *p, const cyn_metric *m)
{
    return m->definition[0] && adds_up(p, m->formula); /* no circles */
}

/* ---- the change of each ---- */

static cyn_segment_change change_of(const cyn_point *p)
{
    const cyn_cell *before = &p->against;
    return (cyn_segment_change){
        .before = cyn_num_double(before->value),
        .after = cyn_num_double(p->value),
        .numerator_before = cyn_num_double(before->numerator),
        .numerator_after = cyn_num_double(p->numerator),
        .denominator_before = cyn_num_double(before->denominator),
        .denominator_after = cyn_num_double(p->denominator),
        .rows_before = before->rows,
        .rows_after = p->rows,
    };
}

static cyn_code no_segment_parts(tree_work *w, const char *why, cyn_err *err)
{
    size_t n = w->nplaces - 1;
    cyn_segment_part *items = CYN_NEW_ARRAY(w->arena, n + 1, cyn_segment_part);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        items[i] = (cyn_segment_part){.part = NAN, .rate = NAN, .mix = NAN, .gain = NAN};
    w->segments = (cyn_segment_parts){
        .method = CYN_METHOD_NONE, .why = why, .items = items, .rate = NAN, .mix = NAN};
    return CYN_OK;
}

static int larger_first(const void *a, const void *b, void *segments)
{
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    const cyn_segment_part *parts = ((const cyn_segment_parts *)segments)->items;
    double x = fabs(parts[i].part), y = fabs(parts[k].part);
    if (isnan(x) || isnan(y) || x == y) {
        int missing = isnan(x) - isnan(y); /* those without a part come last */
        return missing ? missing : (i > k) - (i < k);
    }
    return x < y ? 1 : -1;
}

cyn_code tree_share_segments(tree_work *w, cyn_err *err)
{
    const size_t n = w->nplaces - 1;
    const cyn_point *root = tree_point(w, 0, 0);
    w->order = CYN_NEW_ARRAY(w->arena, n + 1, size_t);
    cyn_segment_change *changes = CYN_NEW_ARRAY(w->arena, n + 1, cyn_segment_change);
    if (!w->order || !changes) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        w->order[i] = i;
        changes[i] = change_of(tree_point(w, 1 + i, 0));
    }
    if (against_figures(w)) {
        CYN_TRY(no_segment_parts(w, cyn_why_labels[CYN_WHY_FIGURES_WHOLE].en, err));
    } else {
        cyn_segment_change whole = change_of(root);
        bool additive = tree_is_additive(w->project, root->metric);
        CYN_TRY(cyn_decompose_segments(&whole, changes, n, additive, w->arena, &w->segments, err));
    }
    qsort_r(w->order, n, sizeof *w->order, larger_first, &w->segments);
    return CYN_OK;
}
