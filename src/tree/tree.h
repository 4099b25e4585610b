/* The tree below a metric: what it is made of, and what is expected to move it.
 *
 * Parts are the metrics in its formula of parts (cyn_metric_parts), drivers those that its sheet's
 * script names; drivers are no part of the value. A metric that occurs again below itself is shown
 * there and not followed; one that occurs at several places is followed at each of them, for it
 * contributes at each.
 *
 *     cyn_tree *t;
 *     CYN_TRY(cyn_tree_build(metrics, n, root, CYN_TREE_ALL, arena, &t, err));
 *     for (size_t i = 0; i < t->count; i++)      // parents before their children, depth first
 *         … t->nodes[i] …
 */
#pragma once
#include "base/arena.h"
#include "metric/metric.h"

typedef enum cyn_link { CYN_LINK_ROOT, CYN_LINK_PART, CYN_LINK_DRIVER } cyn_link;

#define CYN_NO_NODE  ((size_t)-1)
#define CYN_TREE_ALL (-1)
/* Beyond so many nodes a tree is an error: name a depth. */
#define CYN_TREE_MOST 20000

typedef struct cyn_tree_node {
    const cyn_metric *metric;
    size_t index; /* of the metric in the list given */
    cyn_link link;
    cyn_direction expected; /* DRIVER: how it should move its parent */
    size_t parent;          /* CYN_NO_NODE for the root */
    size_t depth;           /* 0 for the root */
    size_t end;             /* one after the last node below it */
    bool again;             /* it is above itself; not followed */
    bool cut;               /* it has children that the depth leaves out */
} cyn_tree_node;

typedef struct cyn_tree {
    const cyn_tree_node *nodes;
    size_t count;
} cyn_tree;

/* Children stand in the order in which the formula names them, then drivers in theirs. Names that
 * no metric has are left out (loading has said so). CYN_E_LIMIT beyond CYN_TREE_MOST. */
CYN_NODISCARD cyn_code cyn_tree_build(const cyn_metric *const *metrics, size_t n, size_t root,
                                      int depth, cyn_arena *arena, cyn_tree **out, cyn_err *err);
