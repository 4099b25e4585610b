/* LMDI-I, additive (docs/numerics.md, X-6, X-7): the part of an input is L(y1, y0) · e ·
 * ln(x1/x0), where L is the logarithmic mean and e the input's exponent.
 *
 * With S = Σ e · ln(x1/x0) = ln(y1/y0), L(y1, y0) = (y1 − y0) / S = y0 · (exp S − 1) / S. The first
 * is good where S is large, the second near S = 0, where it becomes y0. */
#include "tree/decompose_impl.h"
#include <math.h>

/* ln(b/a) of positive numbers, to the last digits also where they are nearly equal. */
static double log_ratio(double a, double b)
{
    double r = b / a;
    return r > 0.5 && r < 2 ? log1p((b - a) / a) : log(b) - log(a);
}

/* (ln b − ln a) / (b − a), which is 1/a where they are equal. */
static double log_slope(double a, double b)
{
    return a == b ? 1 / a : log_ratio(a, b) / (b - a);
}

/* L(y1, y0), given S. */
static double log_mean(double y0, double y1, double s)
{
    if (s == 0) return y0;
    return fabs(s) < 0.5 ? y0 * (expm1(s) / s) : (y1 - y0) / s;
}

/* The exponents: of c · Π x^e, the derivative at x = 1 is c · e. Where c is 0 they do not matter.
 */
static cyn_code exponents(const cyn_sharing *s, double *factor, double **out, cyn_err *err)
{
    size_t n = s->change->n;
    double *ones = CYN_NEW_ARRAY(s->scratch, n + 1, double);
    double *e = CYN_NEW_ARRAY(s->scratch, n + 1, double);
    if (!ones || !e) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        ones[i] = 1;
    *factor = cyn_program_gradient(s->program, ones, e);
    for (size_t i = 0; i < n; i++)
        e[i] = *factor == 0 ? 0 : e[i] / *factor;
    *out = e;
    return CYN_OK;
}

/* No input is 0 where it matters: the plain formulas. */
static void share_positive(cyn_sharing *s, const double *e)
{
    const cyn_change_of *c = s->change;
    double sum = 0;
    for (size_t i = 0; i < c->n; i++)
        sum += e[i] == 0 ? 0 : e[i] * log_ratio(c->before[i], c->after[i]);
    double mean = log_mean(s->y0, s->y1, sum);
    for (size_t i = 0; i < c->n; i++) {
        if (e[i] == 0) continue;
        s->part[i] = mean * (e[i] * log_ratio(c->before[i], c->after[i]));
        s->gain[i] = mean * (e[i] * log_slope(c->before[i], c->after[i]));
    }
}

/* ---- zeros: the limit of ε in their place ---- */

/* The sum of the exponents of the inputs that are 0. */
static double order_of_zero(const double *x, const double *e, size_t n)
{
    double order = 0;
    for (size_t i = 0; i < n; i++)
        order += x[i] == 0 ? e[i] : 0;
    return order;
}

/* The product came from 0, or went there: all that was, or is, 0 made the whole change. */
static void share_from_zero(cyn_sharing *s, const double *e)
{
    const cyn_change_of *c = s->change;
    const double *x = s->y0 == 0 ? c->before : c->after;
    double order = order_of_zero(x, e, c->n), change = s->y1 - s->y0;
    for (size_t i = 0; i < c->n; i++) {
        if (x[i] != 0 || e[i] == 0) continue;
        s->part[i] = change * (e[i] / order);
        s->gain[i] = s->part[i] / (c->after[i] - c->before[i]);
    }
}

/* ln of x^e, and what it multiplies the product by; of a zero, nothing. */
static double log_factor(double x, double e, double *product)
{
    if (x == 0 || e == 0) return 0;
    *product *= pow(x, e);
    return e * log(x);
}

/* L of what is left of the product without its zeros. */
static double mean_of_rest(const cyn_sharing *s, const double *e, double factor)
{
    const cyn_change_of *c = s->change;
    double sum = 0, y0 = factor, y1 = factor;
    for (size_t i = 0; i < c->n; i++)
        sum += log_factor(c->after[i], e[i], &y1) - log_factor(c->before[i], e[i], &y0);
    return log_mean(y0, y1, sum);
}

/* The product was and is 0: there are no parts. With ε in the place of zeros the product is ε to
 * the sum of their exponents: so an input that is 0 both times would have been worth e · L(rest)
 * when that sum is 1 both times. When it is less, like that of a square root, the limit is
 * infinite.
 */
static void share_zero(cyn_sharing *s, const double *e, double factor)
{
    const cyn_change_of *c = s->change;
    double before = order_of_zero(c->before, e, c->n), after = order_of_zero(c->after, e, c->n);
    double worth = 0;
    if (before < 1 || after < 1)
        worth = NAN;
    else if (before == 1 && after == 1)
        worth = mean_of_rest(s, e, factor);
    for (size_t i = 0; i < c->n; i++) {
        bool zero = c->before[i] == 0 && c->after[i] == 0;
        s->gain[i] = zero && e[i] != 0 ? worth * e[i] : 0;
    }
}

static bool has_zero(const double *x, const double *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] == 0 && e[i] != 0) return true;
    }
    return false;
}

/* A product of metrics, and not a sum that happens to have one term. */
static bool is_product(const cyn_formula *f, cyn_shape shape)
{
    if (shape == CYN_SHAPE_PRODUCT || shape == CYN_SHAPE_QUOTIENT) return true;
    return shape == CYN_SHAPE_LINEAR && cyn_formula_is_factor(f, shape);
}

cyn_code cyn_share_lmdi(cyn_sharing *s, bool *done, cyn_why *why, cyn_err *err)
{
    const cyn_change_of *c = s->change;
    double *e = NULL, factor = 0;
    bool product = is_product(c->formula, s->shape);
    if (!product || cyn_any_negative(c)) {
        *why = product ? CYN_WHY_NOT_POSITIVE : CYN_WHY_NOT_PRODUCT;
        return CYN_OK;
    }
    CYN_TRY(exponents(s, &factor, &e, err));
    *done = true;
    bool before = has_zero(c->before, e, c->n), after = has_zero(c->after, e, c->n);
    if (!before && !after)
        share_positive(s, e);
    else if (before && after)
        share_zero(s, e, factor);
    else
        share_from_zero(s, e);
    return CYN_OK;
}
