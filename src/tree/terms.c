#include "tree/decompose_impl.h"

static bool is_constant(const cyn_formula *f)
{
    return cyn_formula_shape(f) == CYN_SHAPE_CONSTANT;
}

/* Takes signs and constant factors off a formula. */
static const cyn_formula *peel(const cyn_formula *f, double *factor)
{
    while (f->kind == CYN_FORMULA_OP) {
        if (f->op == CYN_NEG) {
            *factor = -*factor;
            f = f->a;
        } else if (f->op == CYN_MUL && is_constant(f->a)) {
            *factor *= cyn_formula_constant(f->a);
            f = f->b;
        } else if (f->op == CYN_MUL && is_constant(f->b)) {
            *factor *= cyn_formula_constant(f->b);
            f = f->a;
        } else if (f->op == CYN_DIV && is_constant(f->b)) {
            *factor /= cyn_formula_constant(f->b);
            f = f->a;
        } else {
            break;
        }
    }
    return f;
}

static bool is_sum(const cyn_formula *f)
{
    return f->kind == CYN_FORMULA_OP && (f->op == CYN_ADD || f->op == CYN_SUB);
}

/* Returns how many there are; writes them unless `terms` is NULL. */
static size_t collect(const cyn_formula *f, double factor, cyn_term *terms)
{
    f = peel(f, &factor);
    if (is_sum(f)) {
        size_t n = collect(f->a, factor, terms);
        double other = f->op == CYN_SUB ? -factor : factor;
        return n + collect(f->b, other, terms ? terms + n : NULL);
    }
    if (is_constant(f)) return 0;
    if (terms) *terms = (cyn_term){factor, f};
    return 1;
}

cyn_code cyn_formula_terms(const cyn_formula *f, cyn_arena *arena, cyn_term **out, size_t *count,
                           cyn_err *err)
{
    size_t n = collect(f, 1, NULL);
    cyn_term *terms = CYN_NEW_ARRAY(arena, n + 1, cyn_term);
    if (!terms) return cyn_nomem(err);
    collect(f, 1, terms);
    *out = terms;
    *count = n;
    return CYN_OK;
}
