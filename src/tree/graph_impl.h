/* The metrics of a tree as a computation: each once, parts before what is made of them.
 *
 * A metric counts as made of its parts where the tree follows them. Where that would go in a circle
 * (orders = revenue / price below revenue = orders · price), or where a part is unknown or looked
 * at in another time, it counts as a leaf: its value is what was measured. Private to src/tree.
 */
#pragma once
#include "tree/formula_impl.h"
#include "tree/tree.h"

typedef struct cyn_graph_item {
    const cyn_metric *metric;
    const cyn_program *program; /* NULL: a leaf */
    const cyn_formula *formula; /* the same */
    size_t nparts;
    const size_t *parts; /* items; the program's inputs */
    double *x;           /* room for their values */
    double value;        /* as measured; NaN: missing */
    double residual;     /* value − formula, which stays as it is; NaN: missing */
} cyn_graph_item;

typedef struct cyn_graph {
    cyn_graph_item *items; /* parts first */
    size_t count;
    size_t root;           /* item */
    const size_t *of_node; /* [node of the tree]: its item */
} cyn_graph;

/* values: [metric index], as measured. */
CYN_NODISCARD cyn_code cyn_graph_new(const cyn_tree *t, const double *values, cyn_arena *arena,
                                     cyn_graph *out, cyn_err *err);
/* What an item's formula gives for these values of all items, with its residual. */
double cyn_graph_compute(const cyn_graph_item *item, const double *values);
