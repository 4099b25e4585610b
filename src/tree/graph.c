#include "tree/decompose_impl.h"
#include "tree/graph_impl.h"
#include <math.h>

/* What is known of a metric on the way. */
typedef struct visit {
    size_t any;  /* a node of the metric */
    size_t node; /* one that shows its parts; CYN_NO_NODE: none does */
    bool open;   /* its parts are being visited */
    bool done;   /* it is an item: */
    bool circle; /* one of its parts is above it */
    size_t item;
} visit;

typedef struct grapher {
    const cyn_tree *tree;
    const double *values;
    visit *visits; /* [metric index] */
    size_t *path;  /* metric indices, from the root down */
    size_t *next;  /* the node to look at next, for each of them */
    size_t steps;
    cyn_arena *scratch, *arena;
    cyn_graph *graph;
} grapher;

static size_t most_index(const cyn_tree *t)
{
    size_t most = 0;
    for (size_t i = 0; i < t->count; i++)
        most = t->nodes[i].index > most ? t->nodes[i].index : most;
    return most;
}

/* The first part at or after a node, among those of `parent`; CYN_NO_NODE: there is none. */
static size_t part_from(const cyn_tree *t, size_t parent, size_t node)
{
    while (node < t->nodes[parent].end) {
        if (t->nodes[node].link == CYN_LINK_PART) return node;
        node = t->nodes[node].end;
    }
    return CYN_NO_NODE;
}

static void open_metric(grapher *g, size_t index)
{
    visit *v = &g->visits[index];
    v->open = true;
    g->path[g->steps] = index;
    g->next[g->steps++] =
        v->node == CYN_NO_NODE ? CYN_NO_NODE : part_from(g->tree, v->node, v->node + 1);
}

static cyn_code compile(grapher *g, cyn_graph_item *item, const visit *v, cyn_err *err)
{
    const cyn_tree *t = g->tree;
    size_t n = 0;
    for (size_t i = part_from(t, v->node, v->node + 1); i != CYN_NO_NODE;
         i = part_from(t, v->node, t->nodes[i].end))
        n++;
    const char **names = CYN_NEW_ARRAY(g->scratch, n + 1, const char *);
    size_t *parts = CYN_NEW_ARRAY(g->arena, n + 1, size_t);
    item->x = CYN_NEW_ARRAY(g->arena, n + 1, double);
    if (!names || !parts || !item->x) return cyn_nomem(err);
    size_t k = 0;
    for (size_t i = part_from(t, v->node, v->node + 1); i != CYN_NO_NODE;
         i = part_from(t, v->node, t->nodes[i].end)) {
        names[k] = t->nodes[i].metric->name;
        parts[k++] = g->visits[t->nodes[i].index].item;
    }
    cyn_program *program = NULL;
    cyn_err unknown;
    const cyn_formula *f = cyn_metric_parts(item->metric);
    cyn_code rc = cyn_program_new(f, names, n, g->arena, &program, &unknown);
    if (rc == CYN_E_NOMEM) return cyn_nomem(err);
    if (rc != CYN_OK) return CYN_OK; /* a part is unknown, or looked at in another time: a leaf */
    item->program = program;
    item->formula = f;
    item->parts = parts;
    item->nparts = n;
    return CYN_OK;
}

static double formula_value(const cyn_graph_item *item, const cyn_graph *g)
{
    for (size_t i = 0; i < item->nparts; i++)
        item->x[i] = g->items[item->parts[i]].value;
    return cyn_program_value(item->program, item->x);
}

/* All its parts are items by now. */
static cyn_code close_metric(grapher *g, cyn_err *err)
{
    size_t index = g->path[--g->steps];
    visit *v = &g->visits[index];
    cyn_graph_item *item = &g->graph->items[g->graph->count];
    *item = (cyn_graph_item){.metric = g->tree->nodes[v->any].metric, .value = g->values[index]};
    if (v->node != CYN_NO_NODE && !v->circle) CYN_TRY(compile(g, item, v, err));
    if (item->program) {
        double y = formula_value(item, g->graph), residual = item->value - y;
        bool exact = fabs(residual) <= CYN_ROUNDING * fmax(fabs(item->value), fabs(y));
        item->residual = exact ? 0 : residual;
    }
    v->open = false;
    v->done = true;
    v->item = g->graph->count++;
    return CYN_OK;
}

/* Depth first, without recursion: a tree may be as deep as it has metrics. */
static cyn_code visit_metric(grapher *g, size_t index, cyn_err *err)
{
    if (g->visits[index].done) return CYN_OK;
    open_metric(g, index);
    while (g->steps > 0) {
        visit *own = &g->visits[g->path[g->steps - 1]];
        size_t node = g->next[g->steps - 1];
        if (node == CYN_NO_NODE) {
            CYN_TRY(close_metric(g, err));
            continue;
        }
        const cyn_tree_node *part = &g->tree->nodes[node];
        g->next[g->steps - 1] = part_from(g->tree, own->node, part->end);
        const visit *below = &g->visits[part->index];
        own->circle = own->circle || below->open;
        if (!below->open && !below->done) open_metric(g, part->index);
    }
    return CYN_OK;
}

static cyn_code prepare(grapher *g, size_t metrics, cyn_err *err)
{
    const cyn_tree *t = g->tree;
    g->visits = CYN_NEW_ARRAY(g->scratch, metrics, visit);
    g->path = CYN_NEW_ARRAY(g->scratch, t->count, size_t);
    g->next = CYN_NEW_ARRAY(g->scratch, t->count, size_t);
    g->graph->items = CYN_NEW_ARRAY(g->arena, t->count, cyn_graph_item);
    if (!g->visits || !g->path || !g->next || !g->graph->items) return cyn_nomem(err);
    for (size_t i = 0; i < metrics; i++)
        g->visits[i].node = CYN_NO_NODE;
    for (size_t i = t->count; i-- > 0;) {
        g->visits[t->nodes[i].index].any = i;
        if (part_from(t, i, i + 1) != CYN_NO_NODE) g->visits[t->nodes[i].index].node = i;
    }
    return CYN_OK;
}

static cyn_code build(grapher *g, cyn_err *err)
{
    const cyn_tree *t = g->tree;
    CYN_TRY(prepare(g, most_index(t) + 1, err));
    for (size_t i = 0; i < t->count; i++)
        CYN_TRY(visit_metric(g, t->nodes[i].index, err));
    size_t *of_node = CYN_NEW_ARRAY(g->arena, t->count, size_t);
    if (!of_node) return cyn_nomem(err);
    for (size_t i = 0; i < t->count; i++)
        of_node[i] = g->visits[t->nodes[i].index].item;
    g->graph->of_node = of_node;
    g->graph->root = of_node[0];
    return CYN_OK;
}

cyn_code cyn_graph_new(const cyn_tree *t, const double *values, cyn_arena *arena, cyn_graph *out,
                       cyn_err *err)
{
    cyn_graph made = {0};
    grapher g = {
        .tree = t, .values = values, .scratch = cyn_arena_new(0), .arena = arena, .graph = &made};
    cyn_code rc = g.scratch ? build(&g, err) : cyn_nomem(err);
    if (rc == CYN_OK) *out = made;
    cyn_arena_free(g.scratch);
    return rc;
}

double cyn_graph_compute(const cyn_graph_item *item, const double *values)
{
    for (size_t i = 0; i < item->nparts; i++)
        item->x[i] = values[item->parts[i]];
    return cyn_program_value(item->program, item->x) + item->residual;
}
