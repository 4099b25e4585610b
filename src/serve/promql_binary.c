#include "serve/promql_impl.h"
#include <stdlib.h>
#include <string.h>

/* ---- two numbers ---- */

/* *keep: a comparison holds. */
static double compute(cyn_promql_op op, double a, double b, bool *keep)
{
    *keep = true;
    switch (op) {
    case CYN_PROMQL_ADD: return a + b;
    case CYN_PROMQL_SUB: return a - b;
    case CYN_PROMQL_MUL: return a * b;
    case CYN_PROMQL_DIV: return a / b;
    case CYN_PROMQL_MOD: return fmod(a, b);
    case CYN_PROMQL_POW: return pow(a, b);
    case CYN_PROMQL_ATAN2: return atan2(a, b);
    case CYN_PROMQL_EQ: *keep = a == b; return a;
    case CYN_PROMQL_NE: *keep = a != b; return a;
    case CYN_PROMQL_GT: *keep = a > b; return a;
    case CYN_PROMQL_LT: *keep = a < b; return a;
    case CYN_PROMQL_GE: *keep = a >= b; return a;
    case CYN_PROMQL_LE: *keep = a <= b; return a;
    default: *keep = false; return a; /* of sets: not of numbers */
    }
}

/* What the operator gives at one instant; `kept` is what a comparison that holds lets through. */
static double apply(const cyn_promql_node *node, double a, double b, double kept)
{
    bool keep = false;
    double x = compute(node->op, a, b, &keep);
    if (!cyn_promql_compares(node->op)) return x;
    if (node->yields_bool) return keep;
    return keep ? kept : cyn_promql_absent();
}

/* What is no longer the metric's value loses its name. */
static bool drops_name(const cyn_promql_node *node)
{
    return !cyn_promql_compares(node->op) || node->yields_bool;
}

/* ---- with a scalar ---- */

static cyn_code with_scalar(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *v,
                            const double *scalar, bool swapped)
{
    for (size_t r = 0; r < v->n; r++) {
        cyn_promql_series *row = &v->rows[r];
        if (drops_name(node)) CYN_TRY(cyn_prom_labels_drop(e, row->labels, NULL, &row->labels));
        for (size_t i = 0; i < e->n; i++) {
            double x = row->values[i];
            if (cyn_promql_is_absent(x)) continue;
            row->values[i] = swapped ? apply(node, scalar[i], x, x) : apply(node, x, scalar[i], x);
        }
    }
    return cyn_promql_merge(e, v);
}

/* ---- matching ---- */

/* Rows of both sides by what they are matched by. */
typedef struct sides {
    const cyn_promql_value *many, *one; /* `one` has one row of a group at an instant */
    size_t *of_many, *of_one;           /* [row]: its group */
    size_t n;                           /* groups */
    const cyn_prom_labels *groups;
} sides;

static cyn_code number_rows(cyn_promql_eval *e, const cyn_promql_node *node,
                            const cyn_promql_value *v, cyn_prom_index *x, size_t **out)
{
    size_t *of = CYN_NEW_ARRAY(e->arena, v->n + 1, size_t);
    bool on = node->has_matching && !node->ignoring;
    if (!of) return cyn_promql_full(e);
    for (size_t r = 0; r < v->n; r++) {
        cyn_prom_labels l;
        CYN_TRY(on ? cyn_prom_labels_keep(e, v->rows[r].labels, &node->matching, &l)
                   : cyn_prom_labels_drop(e, v->rows[r].labels, &node->matching, &l));
        CYN_TRY(cyn_prom_index_put(e, x, l, &of[r]));
    }
    *out = of;
    return CYN_OK;
}

static cyn_code make_sides(cyn_promql_eval *e, const cyn_promql_node *node,
                           const cyn_promql_value *many, const cyn_promql_value *one, sides *out)
{
    cyn_prom_index x = {0};
    *out = (sides){.many = many, .one = one};
    CYN_TRY(number_rows(e, node, many, &x, &out->of_many));
    CYN_TRY(number_rows(e, node, one, &x, &out->of_one));
    out->n = x.n;
    out->groups = x.labels;
    return CYN_OK;
}

/* ---- sets ---- */

/* Leaves of v what has, or has not, a partner in the same group of the other side. */
static cyn_code sift(cyn_promql_eval *e, cyn_promql_value *v, const size_t *of,
                     const cyn_promql_value *other, const size_t *of_other, size_t ngroups,
                     bool with_partner)
{
    bool *there = CYN_NEW_ARRAY(e->arena, ngroups + 1, bool);
    if (!there) return cyn_promql_full(e);
    for (size_t i = 0; i < e->n; i++) {
        memset(there, 0, ngroups * sizeof *there);
        for (size_t r = 0; r < other->n; r++)
            if (!cyn_promql_is_absent(other->rows[r].values[i])) there[of_other[r]] = true;
        for (size_t r = 0; r < v->n; r++)
            if (there[of[r]] != with_partner) v->rows[r].values[i] = cyn_promql_absent();
        if (i % 256 == 255) CYN_TRY(cyn_promql_check(e));
    }
    return CYN_OK;
}

static cyn_code of_sets(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *a,
                        cyn_promql_value *b, cyn_promql_value *out)
{
    sides s;
    CYN_TRY(make_sides(e, node, a, b, &s));
    if (node->op != CYN_PROMQL_OR) {
        CYN_TRY(sift(e, a, s.of_many, b, s.of_one, s.n, node->op == CYN_PROMQL_AND));
        *out = *a;
        return cyn_promql_merge(e, out);
    }
    CYN_TRY(sift(e, b, s.of_one, a, s.of_many, s.n, false));
    *out = *a;
    for (size_t r = 0; r < b->n; r++) {
        cyn_promql_series *row = NULL;
        CYN_TRY(cyn_promql_add_row(e, out, b->rows[r].labels, &row));
        memcpy(row->values, b->rows[r].values, e->n * sizeof *row->values);
    }
    return cyn_promql_merge(e, out);
}

/* ---- numbers of two vectors ---- */

static cyn_code result_labels(cyn_promql_eval *e, const cyn_promql_node *node, cyn_prom_labels many,
                              cyn_prom_labels one, cyn_prom_labels *out)
{
    cyn_prom_labels l = many;
    if (node->cardinality == CYN_ONE_TO_ONE) {
        bool on = node->has_matching && !node->ignoring;
        if (on) return cyn_prom_labels_keep(e, l, &node->matching, out);
        if (drops_name(node)) return cyn_prom_labels_drop(e, l, &node->matching, out);
        /* The name stays: it is no label that was ignored, unless somebody named it. */
        for (size_t i = 0; i < node->matching.n; i++)
            CYN_TRY(cyn_prom_labels_set(e, l, node->matching.at[i], "", &l));
        *out = l;
        return CYN_OK;
    }
    if (drops_name(node)) CYN_TRY(cyn_prom_labels_drop(e, l, NULL, &l));
    for (size_t i = 0; i < node->include.n; i++)
        CYN_TRY(cyn_prom_labels_set(e, l, node->include.at[i],
                                    cyn_prom_label_of(one, node->include.at[i]), &l));
    *out = l;
    return CYN_OK;
}

static cyn_code not_unique(cyn_promql_eval *e, const cyn_promql_node *node, cyn_prom_labels group,
                           const char *side)
{
    cyn_buf text = {0};
    cyn_prom_labels_put(group, &text);
    cyn_code rc = cyn_promql_failed(
        e, node,
        "found duplicate series for the match group %.200s on the %s hand-side of the operation;"
        "many-to-many matching not allowed: matching labels must be unique on one side",
        text.data ? text.data : "", side);
    cyn_buf_clear(&text);
    return rc;
}

#define NOBODY SIZE_MAX

/* Which row of the one side each group has at the instant. */
static cyn_code find_ones(cyn_promql_eval *e, const cyn_promql_node *node, const sides *s, size_t i,
                          size_t *ones)
{
    for (size_t g = 0; g < s->n; g++)
        ones[g] = NOBODY;
    for (size_t r = 0; r < s->one->n; r++) {
        if (cyn_promql_is_absent(s->one->rows[r].values[i])) continue;
        size_t *slot = &ones[s->of_one[r]];
        if (*slot != NOBODY)
            return not_unique(e, node, s->groups[s->of_one[r]],
                              node->cardinality == CYN_ONE_TO_MANY ? "left" : "right");
        *slot = r;
    }
    return CYN_OK;
}

static bool any_there(const cyn_promql_value *v, size_t i)
{
    for (size_t r = 0; r < v->n; r++)
        if (!cyn_promql_is_absent(v->rows[r].values[i])) return true;
    return false;
}

/* A row of the many side gives one row of the result, as long as its partner stays the same. */
typedef struct pairing {
    size_t partner, row; /* NOBODY: none yet */
} pairing;

typedef struct matching {
    const cyn_promql_node *node;
    sides s;
    pairing *pairs;       /* [many] */
    size_t *ones, *taken; /* [group]; taken: the instant, + 1, at which it was matched last */
} matching;

static cyn_code pair_up(cyn_promql_eval *e, matching *m, size_t r, size_t i, cyn_promql_value *out)
{
    const sides *s = &m->s;
    size_t group = s->of_many[r], one = m->ones[group];
    double x = s->many->rows[r].values[i];
    if (cyn_promql_is_absent(x) || one == NOBODY) return CYN_OK;
    double y = s->one->rows[one].values[i];
    bool swapped = m->node->cardinality == CYN_ONE_TO_MANY;
    double result = swapped ? apply(m->node, y, x, y) : apply(m->node, x, y, x);
    if (cyn_promql_is_absent(result)) return CYN_OK;
    if (m->node->cardinality == CYN_ONE_TO_ONE && m->taken[group] == i + 1)
        return cyn_promql_failed(
            e, m->node,
            "multiple matches for labels: many-to-one matching must be explicit "
            "(group_left/group_right)");
    m->taken[group] = i + 1;
    if (m->pairs[r].partner != one || m->pairs[r].row == NOBODY) {
        cyn_prom_labels l;
        cyn_promql_series *row = NULL;
        CYN_TRY(result_labels(e, m->node, s->many->rows[r].labels, s->one->rows[one].labels, &l));
        CYN_TRY(cyn_promql_add_row(e, out, l, &row));
        m->pairs[r] = (pairing){one, out->n - 1};
    }
    out->rows[m->pairs[r].row].values[i] = result;
    return CYN_OK;
}

static cyn_code of_vectors(cyn_promql_eval *e, const cyn_promql_node *node,
                           const cyn_promql_value *a, const cyn_promql_value *b,
                           cyn_promql_value *out)
{
    matching m = {.node = node};
    bool swapped = node->cardinality == CYN_ONE_TO_MANY;
    CYN_TRY(make_sides(e, node, swapped ? b : a, swapped ? a : b, &m.s));
    m.pairs = CYN_NEW_ARRAY(e->arena, m.s.many->n + 1, pairing);
    m.ones = CYN_NEW_ARRAY(e->arena, m.s.n + 1, size_t);
    m.taken = CYN_NEW_ARRAY(e->arena, m.s.n + 1, size_t);
    if (!m.pairs || !m.ones || !m.taken) return cyn_promql_full(e);
    for (size_t r = 0; r < m.s.many->n; r++)
        m.pairs[r].row = NOBODY;
    for (size_t i = 0; i < e->n; i++) {
        if (!any_there(m.s.many, i)) continue;
        CYN_TRY(find_ones(e, node, &m.s, i, m.ones));
        for (size_t r = 0; r < m.s.many->n; r++)
            CYN_TRY(pair_up(e, &m, r, i, out));
        if (i % 256 == 255) CYN_TRY(cyn_promql_check(e));
    }
    return cyn_promql_merge(e, out);
}

cyn_code cyn_promql_eval_binary(cyn_promql_eval *e, const cyn_promql_node *node,
                                cyn_promql_value *out)
{
    bool left = node->args[0]->type == CYN_PROMQL_SCALAR;
    bool right = node->args[1]->type == CYN_PROMQL_SCALAR;
    cyn_promql_value a = {0}, b = {0};
    CYN_TRY(cyn_promql_eval_node(e, node->args[0], &a));
    CYN_TRY(cyn_promql_eval_node(e, node->args[1], &b));
    if (node->op >= CYN_PROMQL_AND) return of_sets(e, node, &a, &b, out);
    if (!left && !right) return of_vectors(e, node, &a, &b, out);
    *out = left && !right ? b : a;
    const double *scalar = left && !right ? a.rows[0].values : b.rows[0].values;
    return with_scalar(e, node, out, scalar, left && !right);
}
