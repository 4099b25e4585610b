#include "tree/tree.h"
#include <stdlib.h>
#include <string.h>

typedef struct child {
    size_t index; /* of the metric */
    cyn_link link;
    cyn_direction expected;
} child;

/* What stands right below a metric, found once. */
typedef struct family {
    bool known;
    bool above; /* the walk is below it just now */
    size_t count;
    const child *children;
} family;

/* One step of the walk: a node, and the next of its children. */
typedef struct step {
    size_t node, next;
} step;

typedef struct builder {
    const cyn_metric *const *metrics; /* the list given */
    const cyn_metric *const **sorted; /* places in it, by name */
    size_t n;
    int depth;
    cyn_arena *scratch;
    family *families; /* [metric] */
    step *path;       /* from the root down; no metric is on it twice */
    size_t steps;
    cyn_tree_node *nodes;
    size_t count, room;
} builder;

static int by_name(const void *a, const void *b)
{
    const cyn_metric *const *x = *(const cyn_metric *const *const *)a;
    const cyn_metric *const *y = *(const cyn_metric *const *const *)b;
    return strcmp((*x)->name, (*y)->name);
}

/* Of the metric with this name, or b->n. */
static size_t index_of(const builder *b, const char *name)
{
    size_t low = 0, high = b->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp((*b->sorted[middle])->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < b->n && !strcmp((*b->sorted[low])->name, name);
    return found ? (size_t)(b->sorted[low] - b->metrics) : b->n;
}

static cyn_code find_family(builder *b, size_t index, cyn_err *err)
{
    family *own = &b->families[index];
    if (own->known) return CYN_OK;
    const cyn_metric *m = b->metrics[index];
    const cyn_formula *formula = cyn_metric_parts(m);
    const char *const *parts = NULL;
    size_t nparts = 0, count = 0;
    if (formula) CYN_TRY(cyn_formula_inputs(formula, b->scratch, &parts, &nparts, err));
    child *children = CYN_NEW_ARRAY(b->scratch, nparts + m->ndrivers + 1, child);
    if (!children) return cyn_nomem(err);
    for (size_t i = 0; i < nparts; i++) {
        child c = {.index = index_of(b, parts[i]), .link = CYN_LINK_PART};
        if (c.index < b->n) children[count++] = c;
    }
    for (size_t i = 0; i < m->ndrivers; i++) {
        const cyn_driver *d = &m->drivers[i];
        child c = {index_of(b, d->metric), CYN_LINK_DRIVER, d->direction};
        if (c.index < b->n) children[count++] = c;
    }
    own->children = children;
    own->count = count;
    own->known = true;
    return CYN_OK;
}

static cyn_code fail_many(const builder *b, cyn_err *err)
{
    cyn_fail(err, CYN_E_LIMIT, "the tree below '%s' has more than %d nodes",
             b->nodes[0].metric->name, CYN_TREE_MOST);
    cyn_hint(err, "name a depth, or a metric further down");
    return CYN_E_LIMIT;
}

static cyn_code make_room(builder *b, cyn_err *err)
{
    if (b->count < b->room) return CYN_OK;
    if (b->count == CYN_TREE_MOST) return fail_many(b, err);
    size_t room = b->room ? 2 * b->room : 64;
    if (room > CYN_TREE_MOST) room = CYN_TREE_MOST;
    cyn_tree_node *nodes = cyn_realloc(b->nodes, room * sizeof *nodes);
    if (!nodes) return cyn_nomem(err);
    b->nodes = nodes;
    b->room = room;
    return CYN_OK;
}

/* Adds a node, and goes down to it when it has children to follow. */
static cyn_code enter(builder *b, const child *c, cyn_err *err)
{
    CYN_TRY(make_room(b, err));
    CYN_TRY(find_family(b, c->index, err));
    family *own = &b->families[c->index];
    bool deepest = b->depth >= 0 && b->steps >= (size_t)b->depth;
    cyn_tree_node node = {.metric = b->metrics[c->index],
                          .index = c->index,
                          .link = c->link,
                          .expected = c->expected,
                          .parent = b->steps ? b->path[b->steps - 1].node : CYN_NO_NODE,
                          .depth = b->steps,
                          .end = b->count + 1,
                          .again = own->above};
    node.cut = !node.again && deepest && own->count > 0;
    b->nodes[b->count++] = node;
    if (node.again || node.cut || own->count == 0) return CYN_OK;
    own->above = true;
    b->path[b->steps++] = (step){.node = b->count - 1};
    return CYN_OK;
}

static cyn_code walk(builder *b, size_t root, cyn_err *err)
{
    CYN_TRY(enter(b, &(child){.index = root, .link = CYN_LINK_ROOT}, err));
    while (b->steps > 0) {
        step *at = &b->path[b->steps - 1];
        family *own = &b->families[b->nodes[at->node].index];
        if (at->next < own->count) {
            CYN_TRY(enter(b, &own->children[at->next++], err));
        } else {
            b->nodes[at->node].end = b->count;
            own->above = false;
            b->steps--;
        }
    }
    return CYN_OK;
}

static cyn_code prepare(builder *b, cyn_err *err)
{
    b->families = CYN_NEW_ARRAY(b->scratch, b->n, family);
    b->path = CYN_NEW_ARRAY(b->scratch, b->n, step);
    b->sorted = CYN_NEW_ARRAY(b->scratch, b->n, const cyn_metric *const *);
    if (!b->families || !b->path || !b->sorted) return cyn_nomem(err);
    for (size_t i = 0; i < b->n; i++)
        b->sorted[i] = &b->metrics[i];
    qsort(b->sorted, b->n, sizeof *b->sorted, by_name);
    return CYN_OK;
}

static cyn_code hand_over(const builder *b, cyn_arena *arena, cyn_tree **out, cyn_err *err)
{
    cyn_tree *t = CYN_NEW(arena, cyn_tree);
    cyn_tree_node *nodes = CYN_NEW_ARRAY(arena, b->count, cyn_tree_node);
    if (!t || !nodes) return cyn_nomem(err);
    memcpy(nodes, b->nodes, b->count * sizeof *nodes);
    *t = (cyn_tree){.nodes = nodes, .count = b->count};
    *out = t;
    return CYN_OK;
}

cyn_code cyn_tree_build(const cyn_metric *const *metrics, size_t n, size_t root, int depth,
                        cyn_arena *arena, cyn_tree **out, cyn_err *err)
{
    builder b = {.metrics = metrics, .n = n, .depth = depth, .scratch = cyn_arena_new(0)};
    cyn_code rc = b.scratch ? prepare(&b, err) : cyn_nomem(err);
    if (rc == CYN_OK) rc = walk(&b, root, err);
    if (rc == CYN_OK) rc = hand_over(&b, arena, out, err);
    cyn_free(b.nodes);
    cyn_arena_free(b.scratch);
    return rc;
}
