#include "tree/decompose_impl.h"
#include <string.h>

static cyn_code new_union(const cyn_union *const *members, size_t count, cyn_arena *arena,
                          const cyn_union **out, cyn_err *err)
{
    cyn_union *u = CYN_NEW(arena, cyn_union);
    double *values = CYN_NEW_ARRAY(arena, (size_t)1 << count, double);
    if (!u || !values) return cyn_nomem(err);
    *u = (cyn_union){.count = count, .members = members, .values = values};
    *out = u;
    return CYN_OK;
}

static cyn_code new_leaf(size_t input, cyn_arena *arena, const cyn_union **out, cyn_err *err)
{
    cyn_union *u = CYN_NEW(arena, cyn_union);
    if (!u) return cyn_nomem(err);
    u->input = input;
    *out = u;
    return CYN_OK;
}

cyn_code cyn_union_flat(const size_t *inputs, size_t n, cyn_arena *arena, const cyn_union **out,
                        cyn_err *err)
{
    const cyn_union **members = CYN_NEW_ARRAY(arena, n, const cyn_union *);
    if (!members) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(new_leaf(inputs[i], arena, &members[i], err));
    return new_union(members, n, arena, out, err);
}

double cyn_union_cost(const cyn_union *u)
{
    double sets = (double)((size_t)1 << u->count), cost = sets;
    for (size_t i = 0; i < u->count; i++) {
        if (u->members[i]->count > 0) cost += sets / 2 * cyn_union_cost(u->members[i]);
    }
    return cost;
}

/* ---- brackets ---- */

/* Where an input stands among all occurrences of inputs, from left to right. */
typedef struct occurrence {
    size_t first, last;
    bool seen, placed;
} occurrence;

typedef struct nester {
    const char *const *names;
    const size_t *inputs;
    size_t n;
    occurrence *where; /* [listed input] */
    size_t *order;     /* listed inputs as the formula names them first, so that nothing depends on
                          the list */
    size_t ordered;
    size_t at; /* occurrences so far */
    cyn_arena *arena;
} nester;

/* What stands in one bracket. Each member has an input that no other has, so that there are at most
 * n of them. */
typedef struct bracket {
    const cyn_union **members;
    size_t count;
} bracket;

/* Which of the listed inputs a metric is, or n->n. */
static size_t listed(const nester *n, const char *metric)
{
    size_t k = 0;
    while (k < n->n && strcmp(n->names[n->inputs[k]], metric) != 0)
        k++;
    return k;
}

static void find_occurrences(nester *n, const cyn_formula *f)
{
    if (!f) return;
    find_occurrences(n, f->a);
    find_occurrences(n, f->b);
    size_t k = f->kind == CYN_FORMULA_METRIC ? listed(n, f->metric) : n->n;
    if (k == n->n) return;
    if (!n->where[k].seen) {
        n->where[k].first = n->at;
        n->order[n->ordered++] = k;
    }
    n->where[k].last = n->at++;
    n->where[k].seen = true;
}

/* Operators that make one bracket with their own kind: a + b − c, a · b ÷ c, min(a, min(b, c)). */
typedef enum sort { SORT_SUM, SORT_PRODUCT, SORT_MIN, SORT_MAX, SORT_OTHER } sort;

static sort sort_of(const cyn_formula *f)
{
    bool op = f->kind == CYN_FORMULA_OP, call = f->kind == CYN_FORMULA_CALL;
    if (op && (f->op == CYN_ADD || f->op == CYN_SUB)) return SORT_SUM;
    if (op && (f->op == CYN_MUL || f->op == CYN_DIV)) return SORT_PRODUCT;
    if (call && f->call == CYN_CALL_MIN) return SORT_MIN;
    return call && f->call == CYN_CALL_MAX ? SORT_MAX : SORT_OTHER;
}

static cyn_code nest(nester *n, const cyn_formula *f, const cyn_union **out, cyn_err *err);

static cyn_code nest_operand(nester *n, const cyn_formula *f, sort chain, bracket *b, cyn_err *err)
{
    while (f->a && !f->b) /* a sign, or a function of one value, brackets nothing */
        f = f->a;
    if (f->b && chain != SORT_OTHER && sort_of(f) == chain) {
        CYN_TRY(nest_operand(n, f->a, chain, b, err));
        return nest_operand(n, f->b, chain, b, err);
    }
    const cyn_union *member = NULL;
    CYN_TRY(nest(n, f, &member, err));
    if (member) b->members[b->count++] = member;
    return CYN_OK;
}

/* An input that occurs in several members is one of its own, in the innermost bracket that holds
 * all its occurrences. */
static cyn_code add_shared(nester *n, size_t from, bracket *b, cyn_err *err)
{
    for (size_t i = 0; i < n->ordered; i++) {
        size_t k = n->order[i];
        occurrence *o = &n->where[k];
        if (o->placed || o->first < from || o->last >= n->at) continue;
        o->placed = true;
        CYN_TRY(new_leaf(n->inputs[k], n->arena, &b->members[b->count++], err));
    }
    return CYN_OK;
}

/* More members than can be looked at in all their sets are halved, and halved again. */
static cyn_code unite(nester *n, const cyn_union **members, size_t count, const cyn_union **out,
                      cyn_err *err)
{
    if (count == 1) {
        *out = members[0];
        return CYN_OK;
    }
    if (count <= CYN_SHAPLEY_MOST) return new_union(members, count, n->arena, out, err);
    const cyn_union **halves = CYN_NEW_ARRAY(n->arena, 2, const cyn_union *);
    if (!halves) return cyn_nomem(err);
    CYN_TRY(unite(n, members, count / 2, &halves[0], err));
    CYN_TRY(unite(n, members + count / 2, count - count / 2, &halves[1], err));
    return new_union(halves, 2, n->arena, out, err);
}

static cyn_code nest_metric(nester *n, const cyn_formula *f, const cyn_union **out, cyn_err *err)
{
    size_t k = listed(n, f->metric);
    if (k == n->n) return CYN_OK;
    n->at++;
    if (n->where[k].first != n->where[k].last) return CYN_OK;
    n->where[k].placed = true;
    return new_leaf(n->inputs[k], n->arena, out, err);
}

/* *out stays NULL where no input listed has its place. */
static cyn_code nest(nester *n, const cyn_formula *f, const cyn_union **out, cyn_err *err)
{
    while (f->a && !f->b)
        f = f->a;
    if (f->kind == CYN_FORMULA_METRIC) return nest_metric(n, f, out, err);
    if (!f->b) return CYN_OK;
    bracket b = {.members = CYN_NEW_ARRAY(n->arena, n->n, const cyn_union *)};
    if (!b.members) return cyn_nomem(err);
    size_t from = n->at;
    CYN_TRY(nest_operand(n, f->a, sort_of(f), &b, err));
    CYN_TRY(nest_operand(n, f->b, sort_of(f), &b, err));
    CYN_TRY(add_shared(n, from, &b, err));
    return b.count > 0 ? unite(n, b.members, b.count, out, err) : CYN_OK;
}

cyn_code cyn_union_nested(const cyn_formula *f, const char *const *names, const size_t *inputs,
                          size_t n, cyn_arena *arena, const cyn_union **out, cyn_err *err)
{
    nester nesting = {.names = names, .inputs = inputs, .n = n, .arena = arena};
    const cyn_union *all = NULL;
    nesting.where = CYN_NEW_ARRAY(arena, n, occurrence);
    nesting.order = CYN_NEW_ARRAY(arena, n, size_t);
    const cyn_union **top = CYN_NEW_ARRAY(arena, 1, const cyn_union *);
    if (!nesting.where || !nesting.order || !top) return cyn_nomem(err);
    find_occurrences(&nesting, f);
    nesting.at = 0;
    CYN_TRY(nest(&nesting, f, &all, err));
    top[0] = all;
    if (all->count > 0)
        *out = all;
    else
        CYN_TRY(new_union(top, 1, arena, out, err));
    return CYN_OK;
}
