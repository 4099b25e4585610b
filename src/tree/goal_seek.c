/* What one metric alone would have to become (docs/numerics.md, X-18, X-19).
 *
 * Where the root is a straight line in the metric, that is one division. Elsewhere the root is
 * computed at many values of the metric, from the present one outwards: close to it, and at all
 * sizes from a millionth to a million times it, with either sign. Between two of them where the
 * target is passed, or nearly touched, the value is narrowed down. */
#include "tree/what_if_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT  1e-12 /* the root is at the target */
#define NEARLY 1e-9  /* so is it after narrowing down; more is a jump, or a pole */
/* Points of the search: this many sizes, a quarter of an octave apart, up to a million. */
#define SIZES  80
#define POINTS (6 * (SIZES + 1) + 2)

/* A value of the metric, and how far the root is from its target there. */
typedef struct trial {
    double x, gap;
} trial;

typedef struct seeker {
    const cyn_scenario *scenario;
    double target;
    double *values; /* [item]: under the assumptions, and what is tried */
    size_t leaf;
    bool *above; /* [item]: it is made of the leaf */
    size_t *way; /* these items, parts first */
    size_t nway;
    double now, root_now;
    trial best;
    double points[POINTS];
    size_t npoints;
} seeker;

static double size_of(const seeker *s)
{
    return fmax(fabs(s->target), fabs(s->root_now));
}

static double gap_at(seeker *s, double x)
{
    const cyn_graph *g = &s->scenario->graph;
    s->values[s->leaf] = x;
    for (size_t i = 0; i < s->nway; i++)
        s->values[s->way[i]] = cyn_graph_compute(&g->items[s->way[i]], s->values);
    double gap = s->values[g->root] - s->target;
    return isfinite(gap) ? gap : NAN;
}

static trial try_at(seeker *s, double x)
{
    trial t = {x, gap_at(s, x)};
    if (fabs(t.gap) < fabs(s->best.gap) * (1 - EXACT)) s->best = t;
    return t;
}

/* ---- the way from the leaf to the root ---- */

static void find_way(seeker *s)
{
    const cyn_scenario *c = s->scenario;
    memset(s->above, 0, c->graph.count * sizeof *s->above);
    s->above[s->leaf] = true;
    s->nway = 0;
    for (size_t i = s->leaf + 1; i < c->graph.count; i++) {
        const cyn_graph_item *item = &c->graph.items[i];
        for (size_t k = 0; k < item->nparts && !c->assumed[i]; k++)
            s->above[i] = s->above[i] || s->above[item->parts[k]];
        if (s->above[i] && c->reaches[i]) s->way[s->nway++] = i;
    }
}

/* The power in which the leaf stands in a formula, 0 or 1; 2: a higher one, or no power. */
static int degree(const seeker *s, const cyn_graph_item *item, const cyn_formula *f)
{
    if (f->kind == CYN_FORMULA_METRIC) {
        for (size_t k = 0; k < item->nparts; k++) {
            const cyn_graph_item *part = &s->scenario->graph.items[item->parts[k]];
            if (!strcmp(part->metric->name, f->metric)) return s->above[item->parts[k]];
        }
        return 0;
    }
    int a = f->a ? degree(s, item, f->a) : 0, b = f->b ? degree(s, item, f->b) : 0;
    int larger = a > b ? a : b, sum = a + b < 2 ? a + b : 2;
    if (f->kind != CYN_FORMULA_OP) return larger ? 2 : 0;
    switch (f->op) {
    case CYN_ADD:
    case CYN_SUB:
    case CYN_NEG: return larger;
    case CYN_MUL: return sum;
    case CYN_DIV: return b ? 2 : a;
    case CYN_POW:
    case CYN_MOD: break;
    }
    return larger ? 2 : 0;
}

static bool is_straight(const seeker *s)
{
    for (size_t i = 0; i < s->nway; i++) {
        const cyn_graph_item *item = &s->scenario->graph.items[s->way[i]];
        if (degree(s, item, item->formula) > 1) return false;
    }
    return true;
}

/* The line through the present point and that at 0 (or 1); false when it is level. */
static bool follow_line(seeker *s, double *x)
{
    double other = s->now == 0 ? 1 : 0, here = gap_at(s, s->now), there = gap_at(s, other);
    double per_gap = (other - s->now) / (there - here);
    *x = s->now - here * per_gap;
    *x -= gap_at(s, *x) * per_gap; /* what was rounded the first time */
    return isfinite(*x) && fabs(try_at(s, *x).gap) <= NEARLY * size_of(s);
}

/* ---- narrowing down ---- */

/* Between two values where the gap has different signs; the nearer one is a. */
static bool bisect(seeker *s, trial a, trial b, double *x)
{
    for (int i = 0; i < 200; i++) {
        trial m = {.x = a.x + (b.x - a.x) / 2};
        if (m.x == a.x || m.x == b.x) break;
        m = try_at(s, m.x);
        if (isnan(m.gap)) return false;
        if ((m.gap < 0) == (a.gap < 0) && m.gap != 0)
            a = m;
        else
            b = m;
    }
    trial found = fabs(a.gap) < fabs(b.gap) ? a : b;
    *x = found.x;
    return fabs(found.gap) <= NEARLY * size_of(s);
}

static bool passes(trial a, trial b)
{
    if (isnan(a.gap) || isnan(b.gap)) return false;
    return b.gap == 0 || (a.gap < 0) != (b.gap < 0);
}

/* The gap is smallest somewhere between a and c: at most there it passes 0, or touches it. */
static bool search_turn(seeker *s, trial a, trial c, double *x)
{
    const double golden = 0.6180339887498949;
    double low = a.x, high = c.x;
    trial m = try_at(s, high - golden * (high - low)), n = try_at(s, low + golden * (high - low));
    for (int i = 0; i < 80 && !isnan(m.gap) && !isnan(n.gap); i++) {
        if (passes(a, m)) return bisect(s, a, m, x);
        if (passes(a, n)) return bisect(s, a, n, x);
        if (fabs(m.gap) < fabs(n.gap)) {
            high = n.x;
            n = m;
            m = try_at(s, high - golden * (high - low));
        } else {
            low = m.x;
            m = n;
            n = try_at(s, low + golden * (high - low));
        }
    }
    *x = fabs(m.gap) < fabs(n.gap) ? m.x : n.x;
    return fabs(gap_at(s, *x)) <= EXACT * size_of(s);
}

/* Where a best value is held on a level, it begins nearer to the present value: at the edge. */
static void find_edge(seeker *s)
{
    const trial level = s->best;
    double off = s->now, on = level.x;
    if (fabs(gap_at(s, s->now)) <= fabs(level.gap) * (1 + EXACT)) on = s->now;
    for (int i = 0; i < 200 && off != on; i++) {
        double middle = off + (on - off) / 2;
        if (middle == off || middle == on) break;
        double gap = gap_at(s, middle);
        if (fabs(gap) <= fabs(level.gap) * (1 + EXACT))
            on = middle;
        else
            off = middle;
    }
    s->best = (trial){on, gap_at(s, on)};
}

/* ---- searching ---- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_point(seeker *s, double x)
{
    if (isfinite(x)) s->points[s->npoints++] = x;
}

/* For a metric that is 0: the size that the slope there asks for, or 1. */
static double natural_size(seeker *s)
{
    if (s->now != 0) return fabs(s->now);
    double size = fabs(gap_at(s, 0) / (gap_at(s, 1) - gap_at(s, 0)));
    return isfinite(size) && size > 0 ? size : 1;
}

static void choose_points(seeker *s)
{
    double size = natural_size(s);
    s->npoints = 0;
    add_point(s, s->now);
    add_point(s, 0);
    for (int k = 0; k <= SIZES; k++) {
        double small = exp2(-k / 4.0), large = exp2(k / 4.0);
        add_point(s, size * small);
        add_point(s, -size * small);
        add_point(s, size * large);
        add_point(s, -size * large);
        add_point(s, s->now + size * small);
        add_point(s, s->now - size * small);
    }
    qsort(s->points, s->npoints, sizeof *s->points, ascending);
}

/* Outwards to one side: the points so far, the last one first. */
typedef struct front {
    int step;  /* 1: upwards, -1: downwards */
    size_t at; /* the last point */
    trial last, before;
    bool turn; /* there is one before the last */
    bool done;
} front;

static bool next_point(const seeker *s, const front *f, double *x)
{
    if (f->step < 0 ? f->at == 0 : f->at + 1 == s->npoints) return false;
    *x = s->points[f->step < 0 ? f->at - 1 : f->at + 1];
    return true;
}

/* One point further; true when a solution lies behind it. */
static bool advance(seeker *s, front *f, double *x)
{
    double at = 0;
    bool found = false;
    if (!next_point(s, f, &at)) {
        f->done = true;
        return false;
    }
    f->at = f->step < 0 ? f->at - 1 : f->at + 1;
    trial t = try_at(s, at);
    if (passes(f->last, t))
        found = bisect(s, f->last, t, x);
    else if (f->turn && fabs(f->last.gap) <= fabs(f->before.gap) && fabs(f->last.gap) < fabs(t.gap))
        found = search_turn(s, f->before, t, x);
    f->turn = !isnan(f->last.gap);
    f->before = f->last;
    f->last = t;
    return found;
}

static double distance(const seeker *s, const front *f)
{
    return fabs(f->last.x - s->now);
}

/* Both sides in turn, the nearer first, until neither can hold anything nearer. */
static bool search(seeker *s, double *x)
{
    choose_points(s);
    size_t middle = 0;
    while (s->points[middle] < s->now)
        middle++;
    trial here = {s->now, gap_at(s, s->now)};
    front sides[2] = {{.step = 1, .at = middle, .last = here},
                      {.step = -1, .at = middle, .last = here}};
    double nearest = INFINITY;
    while (!sides[0].done || !sides[1].done) {
        bool up =
            !sides[0].done && (sides[1].done || distance(s, &sides[0]) <= distance(s, &sides[1]));
        front *f = &sides[up ? 0 : 1];
        double found = 0;
        if (advance(s, f, &found) && fabs(found - s->now) < nearest) {
            nearest = fabs(found - s->now);
            *x = found;
            f->done = true;
        }
        f->done = f->done || distance(s, f) >= nearest;
    }
    return isfinite(nearest);
}

/* ---- one metric ---- */

static bool is_beyond(const cyn_metric *m, double now, double x)
{
    bool share = m->sheet.unit && !strcmp(m->sheet.unit, "%");
    return (x < 0 && now >= 0) || (share && x > 1 && now <= 1);
}

static void seek(seeker *s, const cyn_metric *m, cyn_sought *goal)
{
    const cyn_scenario *c = s->scenario;
    double x = 0;
    memcpy(s->values, c->after, c->graph.count * sizeof *s->values);
    s->now = s->values[s->leaf];
    s->root_now = s->values[c->graph.root];
    goal->state = CYN_SOUGHT_NONE;
    goal->value = goal->best = goal->root_at_best = NAN;
    if (!c->reaches[s->leaf] || isnan(s->now) || isnan(s->root_now)) return;
    goal->state = CYN_SOUGHT_MET;
    if (fabs(s->root_now - s->target) <= EXACT * size_of(s)) return;
    find_way(s);
    s->best = (trial){s->now, s->root_now - s->target};
    bool straight = is_straight(s);
    if (straight ? follow_line(s, &x) : search(s, &x)) {
        goal->state = CYN_SOUGHT_FOUND;
        goal->value = x;
        goal->beyond = is_beyond(m, s->now, x);
        return;
    }
    if (!straight) find_edge(s);
    goal->state = CYN_SOUGHT_NEVER;
    goal->best = s->best.x;
    goal->root_at_best = s->best.gap + s->target;
}

/* ---- all of them ---- */

/* Leaves, each once, as the tree shows them. */
static size_t find_leaves(const cyn_tree *t, const cyn_graph *g, bool *seen, cyn_sought *goals)
{
    size_t n = 0;
    for (size_t i = 1; i < t->count; i++) {
        size_t item = g->of_node[i];
        if (seen[item] || g->items[item].program || item == g->root) continue;
        seen[item] = true;
        goals[n++] = (cyn_sought){.node = i};
    }
    return n;
}

static cyn_code seek_all(const cyn_tree *t, const cyn_scenario *c, double target,
                         cyn_arena *scratch, cyn_sought *goals, size_t *count, cyn_err *err)
{
    size_t n = c->graph.count;
    seeker *s = CYN_NEW(scratch, seeker);
    bool *seen = CYN_NEW_ARRAY(scratch, n, bool);
    if (!s || !seen) return cyn_nomem(err);
    s->scenario = c;
    s->target = target;
    s->values = CYN_NEW_ARRAY(scratch, n, double);
    s->above = CYN_NEW_ARRAY(scratch, n, bool);
    s->way = CYN_NEW_ARRAY(scratch, n, size_t);
    if (!s->values || !s->above || !s->way) return cyn_nomem(err);
    *count = find_leaves(t, &c->graph, seen, goals);
    for (size_t i = 0; i < *count; i++) {
        s->leaf = c->graph.of_node[goals[i].node];
        seek(s, t->nodes[goals[i].node].metric, &goals[i]);
    }
    return CYN_OK;
}

cyn_code cyn_goal_seek(const cyn_tree *t, const double *values, const cyn_assumption *assumptions,
                       size_t n, double target, cyn_arena *arena, const cyn_sought **out,
                       size_t *count, cyn_err *err)
{
    cyn_scenario s;
    size_t found = 0;
    cyn_arena *scratch = cyn_arena_new(0);
    cyn_sought *goals = CYN_NEW_ARRAY(arena, t->count, cyn_sought);
    cyn_code rc = scratch && goals ? CYN_OK : cyn_nomem(err);
    if (rc == CYN_OK) rc = cyn_scenario_new(t, values, assumptions, n, scratch, &s, err);
    if (rc == CYN_OK) rc = seek_all(t, &s, target, scratch, goals, &found, err);
    if (rc == CYN_OK) {
        *out = goals;
        *count = found;
    }
    cyn_arena_free(scratch);
    return rc;
}
