/* Shapley and Owen values, exactly (docs/numerics.md, X-8, X-9): the mean, over all orders in which
 * the inputs may change one after the other, of what each one does when its turn comes; with
 * unions, over the orders in which no union is interrupted by others.
 *
 * A set of members that have changed is a mask. Where a union has k members, the orders in which a
 * given set of s of them comes before a given member are s! · (k − 1 − s)! of k!. */
#include "tree/decompose_impl.h"
#include <math.h>

/* So many steps of formulas are computed for one term, or for its derivatives. */
#define MOST_WORK 1e8

typedef struct orders {
    const cyn_change_of *change;
    const cyn_program *program;
    double factor;
    double *x;    /* the inputs, some changed */
    double *part; /* added to */
    double size;  /* the largest value met, times the factor */
} orders;

static double share_of_orders(size_t k, size_t s)
{
    double ways = 1; /* binomial(k − 1, s) */
    for (size_t i = 1; i <= s; i++)
        ways = ways * (double)(k - i) / (double)i;
    return 1 / ((double)k * ways);
}

static size_t members_in(size_t mask)
{
    return (size_t)__builtin_popcountll(mask);
}

static void set(orders *o, const cyn_union *u, bool changed)
{
    if (u->count == 0) o->x[u->input] = (changed ? o->change->after : o->change->before)[u->input];
    for (size_t i = 0; i < u->count; i++)
        set(o, u->members[i], changed);
}

static void set_members(orders *o, const cyn_union *u, size_t mask)
{
    for (size_t i = 0; i < u->count; i++)
        set(o, u->members[i], mask >> i & 1);
}

/* The value with each set of members changed; false when one is missing. */
static bool look_at_all(orders *o, const cyn_union *u)
{
    for (size_t mask = 0; mask < (size_t)1 << u->count; mask++) {
        set_members(o, u, mask);
        double y = u->values[mask] = cyn_program_value(o->program, o->x);
        if (isnan(y)) return false;
        o->size = fmax(o->size, fabs(o->factor * y));
    }
    return true;
}

static double mean_effect(const cyn_union *u, size_t member)
{
    double by_size[CYN_SHAPLEY_MOST] = {0}, mean = 0;
    size_t bit = (size_t)1 << member;
    for (size_t mask = 0; mask < (size_t)1 << u->count; mask++) {
        if (!(mask & bit)) by_size[members_in(mask)] += u->values[mask | bit] - u->values[mask];
    }
    for (size_t s = 0; s < u->count; s++)
        mean += by_size[s] * share_of_orders(u->count, s);
    return mean;
}

static bool share_union(orders *o, const cyn_union *u, double weight);

/* Of the member's own inputs, in each surrounding that the other members may make. */
static bool share_inside(orders *o, const cyn_union *u, size_t member, double weight)
{
    size_t bit = (size_t)1 << member;
    for (size_t mask = 0; mask < (size_t)1 << u->count; mask++) {
        if (mask & bit) continue;
        set_members(o, u, mask);
        double here = weight * share_of_orders(u->count, members_in(mask));
        if (!share_union(o, u->members[member], here)) return false;
    }
    return true;
}

static bool share_union(orders *o, const cyn_union *u, double weight)
{
    if (!look_at_all(o, u)) return false;
    for (size_t i = 0; i < u->count; i++) {
        const cyn_union *m = u->members[i];
        if (m->count == 0)
            o->part[m->input] += weight * o->factor * mean_effect(u, i);
        else if (!share_inside(o, u, i, weight))
            return false;
    }
    return true;
}

/* ---- what a unit is worth: X-5 ---- */

static bool is_still(const cyn_change_of *c, size_t input)
{
    double a = c->before[input], b = c->after[input];
    return fabs(b - a) <= CYN_STILL * fmax(fabs(a), fabs(b));
}

static void set_all(orders *o, const double *values, size_t but)
{
    for (size_t i = 0; i < o->change->n; i++) {
        if (i != but) o->x[i] = values[i];
    }
}

/* The mean derivative over the orders in which the others change before it and after it. */
static double mean_slope(orders *o, size_t input, const size_t *others, size_t k)
{
    double mean = 0;
    set_all(o, o->change->before, input);
    for (size_t mask = 0; mask < (size_t)1 << k; mask++) {
        for (size_t i = 0; i < k; i++)
            o->x[others[i]] = (mask >> i & 1 ? o->change->after : o->change->before)[others[i]];
        mean +=
            share_of_orders(k + 1, members_in(mask)) * cyn_program_slope(o->program, o->x, input);
    }
    return mean;
}

static double slope_of_both_ends(orders *o, size_t input)
{
    set_all(o, o->change->before, input);
    double before = cyn_program_slope(o->program, o->x, input);
    set_all(o, o->change->after, input);
    return (before + cyn_program_slope(o->program, o->x, input)) / 2;
}

/* ---- one term ---- */

typedef struct term {
    size_t *changed; /* inputs of the term that did */
    size_t n;
    size_t *others; /* room for as many */
} term;

static void find_changed(const cyn_sharing *s, const cyn_program *p, term *t)
{
    const cyn_change_of *c = s->change;
    t->n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->before[i] != c->after[i] && cyn_program_reads(p, i)) t->changed[t->n++] = i;
    }
}

/* Adds the derivatives of the inputs that (almost) stood still to their gains. */
static void add_slopes(cyn_sharing *s, orders *o, const term *t)
{
    const cyn_change_of *c = s->change;
    double still = 0;
    for (size_t i = 0; i < c->n; i++)
        still += is_still(c, i) && cyn_program_reads(o->program, i);
    double sets = t->n > CYN_SHAPLEY_MOST ? INFINITY : (double)((size_t)1 << t->n);
    bool all_sets = sets * still * (double)cyn_program_size(o->program) <= MOST_WORK;
    for (size_t i = 0; i < c->n; i++) {
        if (!is_still(c, i) || !cyn_program_reads(o->program, i)) continue;
        size_t k = 0;
        for (size_t j = 0; j < t->n; j++) {
            if (t->changed[j] != i) t->others[k++] = t->changed[j];
        }
        o->x[i] = c->before[i] + (c->after[i] - c->before[i]) / 2;
        s->gain[i] +=
            o->factor * (all_sets ? mean_slope(o, i, t->others, k) : slope_of_both_ends(o, i));
    }
}

/* *why says why not; it is left alone where all went well. */
static cyn_code share_term(cyn_sharing *s, const cyn_formula *f, orders *o, term *t, bool *nested,
                           bool *good, cyn_why *why, cyn_err *err)
{
    const cyn_change_of *c = s->change;
    const cyn_union *u = NULL;
    cyn_program *program = NULL;
    CYN_TRY(cyn_program_new(f, c->inputs, c->n, s->scratch, &program, err));
    o->program = program;
    find_changed(s, program, t);
    if (t->n > 0) {
        *nested = *nested || t->n > CYN_SHAPLEY_MOST;
        CYN_TRY(*nested ? cyn_union_nested(f, c->inputs, t->changed, t->n, s->scratch, &u, err)
                        : cyn_union_flat(t->changed, t->n, s->scratch, &u, err));
        if (cyn_union_cost(u) * (double)cyn_program_size(program) > MOST_WORK) {
            *why = CYN_WHY_TOO_NESTED;
            return CYN_OK;
        }
        set_all(o, c->before, c->n);
        if (!share_union(o, u, 1)) {
            *why = CYN_WHY_NO_BETWEEN;
            return CYN_OK;
        }
    }
    add_slopes(s, o, t);
    *good = true;
    return CYN_OK;
}

/* ---- all of them ---- */

/* A derivative stands for an input that hardly moved as far as it tells its part; where the formula
 * has a kink or a jump on the way, it does not. */
static void settle_gains(cyn_sharing *s, double size)
{
    const cyn_change_of *c = s->change;
    for (size_t i = 0; i < c->n; i++) {
        double moved = c->after[i] - c->before[i];
        if (moved == 0) continue;
        bool good = is_still(c, i) && fabs(s->gain[i] * moved - s->part[i]) <= CYN_ROUNDING * size;
        if (!good) s->gain[i] = s->part[i] / moved;
    }
}

cyn_code cyn_share_orders(cyn_sharing *s, bool *done, cyn_method *method, cyn_why *why,
                          cyn_err *err)
{
    size_t n = s->change->n, nterms = 0;
    cyn_term *terms = NULL;
    CYN_TRY(cyn_formula_terms(s->change->formula, s->scratch, &terms, &nterms, err));
    term t = {.changed = CYN_NEW_ARRAY(s->scratch, n + 1, size_t),
              .others = CYN_NEW_ARRAY(s->scratch, n + 1, size_t)};
    orders o = {
        .change = s->change, .x = CYN_NEW_ARRAY(s->scratch, n + 1, double), .part = s->part};
    if (!t.changed || !t.others || !o.x) return cyn_nomem(err);
    bool asked = *method == CYN_METHOD_OWEN, nested = asked;
    for (size_t i = 0; i < nterms; i++) {
        bool good = false, brackets = asked;
        o.factor = terms[i].factor;
        CYN_TRY(share_term(s, terms[i].formula, &o, &t, &brackets, &good, why, err));
        if (!good) return CYN_OK;
        nested = nested || brackets;
    }
    settle_gains(s, o.size);
    if (nested && !asked) *why = CYN_WHY_MANY;
    *method = nested ? CYN_METHOD_OWEN : CYN_METHOD_SHAPLEY;
    *done = true;
    return CYN_OK;
}
