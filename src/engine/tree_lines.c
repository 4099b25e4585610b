/* The lines of a tree: parents before children, contributions in the root's unit.
 *
 * A line's chain is what one unit of its change is worth to the root: the product of the gains on
 * the way up. It multiplies the parts and the residual of what is below.
 */
#include "engine/tree_impl.h"
#include "tree/why.h"
#include <math.h>
#include <string.h>

/* Less than this of what it is a residual of, or of the root, is the rounding of doubles. */
#define ROUNDING 1e-12

/* A metric whose children are being written. */
typedef struct open_node {
    size_t node, item;
    double chain;
    const member *member;   /* NULL: it has no parts here */
    const cyn_parts *parts; /* of the member */
    size_t next;            /* input at which the search for the next child begins */
    bool settled;           /* its residual was written */
} open_node;

typedef struct writer {
    tree_work *w;
    cyn_tree_item *items;
    size_t count, capacity;
    open_node *stack;
    size_t open;
    size_t place;
    size_t depth; /* of the line under which the tree's root stands here, less the root's */
    cyn_segment_state state;
} writer;

static cyn_code add_line(writer *o, const cyn_tree_item *item, size_t *number, cyn_err *err)
{
    cyn_tree_item *more = cyn_grown(o->w->arena, o->items, o->count, &o->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    o->items = more;
    cyn_tree_item *line = &o->items[o->count];
    *line = *item;
    line->share = NAN;
    if (!line->why) line->why = "";
    *number = o->count++;
    line->end = o->count;
    return CYN_OK;
}

/* ---- residuals ---- */

static double parts_size(const open_node *n)
{
    const cyn_parts *p = n->parts;
    double size = fmax(fabs(p->formula_before), fabs(p->formula_after));
    for (size_t i = 0; i < n->member->ninputs; i++)
        size = fmax(size, fabs(p->part[i]));
    return fmax(size, fabs(p->change));
}

static cyn_code add_residual(writer *o, size_t parent, double residual, double chain,
                             double magnitude, cyn_err *err)
{
    size_t number;
    if (isnan(residual) || fabs(residual) <= ROUNDING * magnitude) return CYN_OK;
    cyn_tree_item item = {.line = CYN_LINE_RESIDUAL,
                          .parent = parent,
                          .depth = o->items[parent].depth + 1,
                          .state = o->items[parent].state,
                          .method = CYN_METHOD_NONE,
                          .why = against_figures(o->w) ? cyn_why_labels[CYN_WHY_NOT_BROKEN_DOWN].en
                                                       : "",
                          .part = residual,
                          .contribution = chain * residual};
    return add_line(o, &item, &number, err);
}

static cyn_code settle(writer *o, open_node *n, cyn_err *err)
{
    if (n->settled) return CYN_OK;
    n->settled = true;
    if (!n->parts || n->parts->method == CYN_METHOD_NONE) return CYN_OK;
    return add_residual(o, n->item, n->parts->residual, n->chain, parts_size(n), err);
}

/* ---- metrics ---- */

/* The metric is about to get children; `inner`: its parts among them. */
static void open_line(writer *o, size_t node, size_t item, double chain, bool inner)
{
    tree_work *w = o->w;
    size_t number = w->member_of[w->tree->nodes[node].index];
    open_node *n = &o->stack[o->open++];
    *n = (open_node){.node = node, .item = item, .chain = chain, .settled = !inner};
    if (!inner) return;
    n->member = &w->members[number];
    n->parts = tree_parts(w, o->place, number);
    o->items[item].method = n->parts->method;
    o->items[item].why = n->parts->why;
}

/* The lowest open line is complete. */
static cyn_code close_line(writer *o, cyn_err *err)
{
    open_node *n = &o->stack[o->open - 1];
    CYN_TRY(settle(o, n, err));
    o->items[n->item].end = o->count;
    o->open--;
    return CYN_OK;
}

/* Which part of its parent's change a child is, and what a unit of the child's is worth to it. */
static void find_part(const writer *o, open_node *above, size_t metric, double *part, double *gain)
{
    *part = *gain = NAN;
    if (!above->parts || above->parts->method == CYN_METHOD_NONE) return;
    const member *m = above->member;
    const size_t number = o->w->member_of[metric];
    size_t i = above->next;
    while (i < m->ninputs && m->input[i] != number)
        i++;
    if (i == m->ninputs) return;
    *part = above->parts->part[i];
    *gain = above->parts->gain[i];
    above->next = i + 1;
}

/* A cut node has no children here, though its metric may have some at another place. */
static bool has_parts_below(const writer *o, size_t node)
{
    const cyn_tree *t = o->w->tree;
    const cyn_tree_node *n = &t->nodes[node];
    return n->end > node + 1 && t->nodes[node + 1].link == CYN_LINK_PART;
}

static cyn_code add_metric(writer *o, size_t node, cyn_err *err)
{
    tree_work *w = o->w;
    const cyn_tree_node *n = &w->tree->nodes[node];
    open_node *above = &o->stack[o->open - 1];
    double part = NAN, gain = NAN;
    size_t number;
    if (n->link == CYN_LINK_DRIVER)
        CYN_TRY(settle(o, above, err)); /* drivers are no parts: they stand behind the residual */
    else
        find_part(o, above, n->index, &part, &gain);
    cyn_tree_item item = {.line = CYN_LINE_METRIC,
                          .parent = above->item,
                          .depth = o->depth + n->depth,
                          .node = n,
                          .point = tree_point(w, o->place, w->member_of[n->index]),
                          .state = o->state,
                          .method = CYN_METHOD_NONE,
                          .part = part,
                          .contribution = above->chain * part};
    CYN_TRY(add_line(o, &item, &number, err));
    if (n->end > node + 1)
        open_line(o, node, number, above->chain * gain, has_parts_below(o, node));
    return CYN_OK;
}

/* The tree below its root, which `item` stands for in the writer's place. Segments leave drivers
 * out: they contribute nothing, and would be there for each segment again. */
static cyn_code add_below(writer *o, size_t item, double chain, cyn_err *err)
{
    const cyn_tree *t = o->w->tree;
    if (t->count == 1) return CYN_OK;
    o->depth = o->items[item].depth;
    open_line(o, 0, item, chain, has_parts_below(o, 0));
    for (size_t i = 1; i < t->count; i++) {
        while (t->nodes[o->stack[o->open - 1].node].end <= i)
            CYN_TRY(close_line(o, err));
        if (o->place > 0 && t->nodes[i].link == CYN_LINK_DRIVER)
            i = t->nodes[i].end - 1;
        else
            CYN_TRY(add_metric(o, i, err));
    }
    while (o->open > 0)
        CYN_TRY(close_line(o, err));
    return CYN_OK;
}

/* ---- segments ---- */

static cyn_code add_effect(writer *o, size_t segment, cyn_tree_line line, double part,
                           size_t *number, cyn_err *err)
{
    cyn_tree_item item = {.line = line,
                          .parent = segment,
                          .depth = o->items[segment].depth + 1,
                          .state = o->state,
                          .method = CYN_METHOD_NONE,
                          .part = part,
                          .contribution = part};
    return add_line(o, &item, number, err);
}

/* The parts of the root in a segment that has both sides: of its change, or of its rate's. */
static cyn_code add_segment_below(writer *o, size_t item, double gain, cyn_err *err)
{
    bool known =
        !o->w->members[0].inner || tree_parts(o->w, o->place, 0)->method != CYN_METHOD_NONE;
    if (o->state != CYN_SEGMENT_STAYS && !known) return CYN_OK;
    return add_below(o, item, gain, err);
}

static cyn_code add_segment(writer *o, size_t number, cyn_err *err)
{
    tree_work *w = o->w;
    const cyn_segment_part *s = &w->segments.items[number];
    bool ratio = w->segments.method == CYN_METHOD_RATE_MIX;
    size_t segment, effect;
    o->place = 1 + number;
    o->state = s->state;
    cyn_tree_item item = {.line = CYN_LINE_SEGMENT,
                          .parent = 0,
                          .depth = 1,
                          .node = &w->tree->nodes[0],
                          .point = tree_point(w, o->place, 0),
                          .state = s->state,
                          .method = ratio ? CYN_METHOD_RATE_MIX : CYN_METHOD_NONE,
                          .why = w->segments.why,
                          .part = s->part,
                          .contribution = s->part};
    CYN_TRY(add_line(o, &item, &segment, err));
    if (!ratio) {
        CYN_TRY(add_segment_below(o, segment, s->gain, err));
    } else {
        if (s->state == CYN_SEGMENT_STAYS) {
            CYN_TRY(add_effect(o, segment, CYN_LINE_RATE, s->rate, &effect, err));
            CYN_TRY(add_segment_below(o, effect, s->gain, err));
        }
        CYN_TRY(add_effect(o, segment, CYN_LINE_MIX, s->mix, &effect, err));
    }
    o->items[segment].end = o->count;
    return CYN_OK;
}

static cyn_code add_segments(writer *o, cyn_err *err)
{
    const cyn_segment_parts *s = &o->w->segments;
    const size_t n = o->w->nplaces - 1;
    double magnitude = fabs(s->change);
    o->items[0].method = s->method;
    o->items[0].why = s->why;
    for (size_t i = 0; i < n; i++) {
        CYN_TRY(add_segment(o, o->w->order[i], err));
        magnitude = fmax(magnitude, fabs(s->items[i].part));
    }
    if (s->method != CYN_METHOD_NONE) CYN_TRY(add_residual(o, 0, s->residual, 1, magnitude, err));
    o->items[0].end = o->count;
    return CYN_OK;
}

/* ---- shares and marks ---- */

static void find_shares(writer *o)
{
    two_sides root = tree_sides(o->w, 0, 0);
    double change = o->w->view->change;
    double magnitude = fmax(fabs(root.before), fabs(root.after));
    if (isnan(change) || fabs(change) <= ROUNDING * magnitude) return;
    for (size_t i = 0; i < o->count; i++)
        o->items[i].share = o->items[i].contribution / change;
}

/* Leaves that moved the root the most, to the good and to the bad. */
static void mark_leaves(writer *o)
{
    bool down = o->w->tree->nodes[0].metric->sheet.direction == CYN_DOWN;
    two_sides root = tree_sides(o->w, 0, 0);
    double rounding = ROUNDING * fmax(fabs(root.before), fabs(root.after));
    size_t best = 0, worst = 0;
    double most = rounding, least = -rounding;
    for (size_t i = 1; i < o->count; i++) {
        const cyn_tree_item *item = &o->items[i];
        if (item->end > i + 1 || item->line == CYN_LINE_RESIDUAL) continue;
        double good = down ? -item->contribution : item->contribution;
        if (good > most) most = good, best = i;
        if (good < least) least = good, worst = i;
    }
    if (best) o->items[best].mark = CYN_MARK_BEST;
    if (worst) o->items[worst].mark = CYN_MARK_WORST;
}

/* ---- the whole ---- */

cyn_code tree_lines(tree_work *w, cyn_err *err)
{
    writer o = {.w = w};
    size_t root;
    o.stack = CYN_NEW_ARRAY(w->arena, w->tree->count + 1, open_node);
    if (!o.stack) return cyn_nomem(err);
    cyn_tree_item item = {.line = CYN_LINE_METRIC,
                          .parent = CYN_NO_NODE,
                          .node = &w->tree->nodes[0],
                          .point = tree_point(w, 0, 0),
                          .method = CYN_METHOD_NONE,
                          .part = w->view->change,
                          .contribution = w->view->change};
    CYN_TRY(add_line(&o, &item, &root, err));
    if (w->request->by)
        CYN_TRY(add_segments(&o, err));
    else
        CYN_TRY(add_below(&o, root, 1, err));
    find_shares(&o);
    mark_leaves(&o);
    w->view->items = o.items;
    w->view->count = o.count;
    return CYN_OK;
}
