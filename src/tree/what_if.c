#include "tree/what_if.h"
#include "tree/what_if_impl.h"
#include <math.h>

/* ---- assumptions ---- */

static double assume(const cyn_assumption *a, double now)
{
    switch (a->kind) {
    case CYN_ASSUME_VALUE: return a->by;
    case CYN_ASSUME_ADD:
    case CYN_ASSUME_POINTS: return now + a->by;
    case CYN_ASSUME_PERCENT: return now * (1 + a->by);
    }
    return NAN;
}

/* The item of a metric; g->count where the tree does not have it. */
static size_t item_of(const cyn_tree *t, const cyn_graph *g, size_t index)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->nodes[i].index == index) return g->of_node[i];
    }
    return g->count;
}

/* What is made of no assumption keeps its measured value, to the last digit. */
static void follow(cyn_scenario *s)
{
    const cyn_graph *g = &s->graph;
    for (size_t i = 0; i < g->count; i++) {
        const cyn_graph_item *item = &g->items[i];
        if (s->assumed[i]) continue;
        s->after[i] = item->value;
        for (size_t k = 0; k < item->nparts; k++)
            s->touched[i] = s->touched[i] || s->touched[item->parts[k]];
        if (s->touched[i]) s->after[i] = cyn_graph_compute(item, s->after);
    }
}

/* From the root down, through what is made of its parts and not assumed. */
static void find_reaching(cyn_scenario *s)
{
    const cyn_graph *g = &s->graph;
    s->reaches[g->root] = true;
    for (size_t i = g->count; i-- > 0;) {
        const cyn_graph_item *item = &g->items[i];
        if (!s->reaches[i] || s->assumed[i]) continue;
        for (size_t k = 0; k < item->nparts; k++)
            s->reaches[item->parts[k]] = true;
    }
}

cyn_code cyn_scenario_new(const cyn_tree *t, const double *values,
                          const cyn_assumption *assumptions, size_t n, cyn_arena *arena,
                          cyn_scenario *out, cyn_err *err)
{
    cyn_scenario s = {0};
    CYN_TRY(cyn_graph_new(t, values, arena, &s.graph, err));
    size_t count = s.graph.count;
    s.after = CYN_NEW_ARRAY(arena, count, double);
    s.assumed = CYN_NEW_ARRAY(arena, count, bool);
    s.touched = CYN_NEW_ARRAY(arena, count, bool);
    s.reaches = CYN_NEW_ARRAY(arena, count, bool);
    if (!s.after || !s.assumed || !s.touched || !s.reaches) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        size_t k = item_of(t, &s.graph, assumptions[i].index);
        if (k == count) continue;
        s.after[k] = assume(&assumptions[i], s.assumed[k] ? s.after[k] : s.graph.items[k].value);
        if (!isfinite(s.after[k])) s.after[k] = NAN;
        s.assumed[k] = s.touched[k] = true;
    }
    follow(&s);
    find_reaching(&s);
    *out = s;
    return CYN_OK;
}

/* ---- slopes ---- */

/* The root's derivative by each item at the measured values: the sum, over all ways from the root,
 * of the products of the formulas' own. NaN where the root is not made of it. */
static cyn_code find_slopes(const cyn_graph *g, cyn_arena *scratch, double *slope, cyn_err *err)
{
    size_t most = 0;
    for (size_t i = 0; i < g->count; i++) {
        slope[i] = NAN;
        most = g->items[i].nparts > most ? g->items[i].nparts : most;
    }
    double *gradient = CYN_NEW_ARRAY(scratch, most + 1, double);
    bool *below = CYN_NEW_ARRAY(scratch, g->count, bool);
    if (!gradient || !below) return cyn_nomem(err);
    below[g->root] = true;
    slope[g->root] = 1;
    for (size_t i = g->count; i-- > 0;) {
        const cyn_graph_item *item = &g->items[i];
        if (!below[i] || !item->program) continue;
        for (size_t k = 0; k < item->nparts; k++)
            item->x[k] = g->items[item->parts[k]].value;
        cyn_program_gradient(item->program, item->x, gradient);
        for (size_t k = 0; k < item->nparts; k++) {
            size_t part = item->parts[k];
            double by_part = slope[i] * gradient[k];
            slope[part] = below[part] ? slope[part] + by_part : by_part;
            below[part] = true;
        }
    }
    return CYN_OK;
}

static double elasticity(double slope, double x, double y)
{
    double e = y == 0 ? NAN : slope * x / y;
    return isfinite(e) ? e : NAN;
}

static cyn_code answer(const cyn_tree *t, const cyn_scenario *s, cyn_arena *scratch,
                       cyn_what_if_node *nodes, cyn_err *err)
{
    const cyn_graph *g = &s->graph;
    double *slope = CYN_NEW_ARRAY(scratch, g->count, double);
    if (!slope) return cyn_nomem(err);
    CYN_TRY(find_slopes(g, scratch, slope, err));
    double root = g->items[g->root].value;
    for (size_t i = 0; i < t->count; i++) {
        size_t k = g->of_node[i];
        double x = g->items[k].value;
        nodes[i] = (cyn_what_if_node){.before = x,
                                      .after = s->after[k],
                                      .assumed = s->assumed[k],
                                      .reaches = s->reaches[k],
                                      .elasticity = elasticity(slope[k], x, root),
                                      .slope = isfinite(slope[k]) ? slope[k] : NAN};
    }
    return CYN_OK;
}

cyn_code cyn_what_if(const cyn_tree *t, const double *values, const cyn_assumption *assumptions,
                     size_t n, cyn_arena *arena, const cyn_what_if_node **out, cyn_err *err)
{
    cyn_scenario s;
    cyn_arena *scratch = cyn_arena_new(0);
    cyn_what_if_node *nodes = CYN_NEW_ARRAY(arena, t->count, cyn_what_if_node);
    cyn_code rc = scratch && nodes ? CYN_OK : cyn_nomem(err);
    if (rc == CYN_OK) rc = cyn_scenario_new(t, values, assumptions, n, scratch, &s, err);
    if (rc == CYN_OK) rc = answer(t, &s, scratch, nodes, err);
    if (rc == CYN_OK) *out = nodes;
    cyn_arena_free(scratch);
    return rc;
}
