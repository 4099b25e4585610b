#include "tree/decompose.h"
#include "tree/decompose_impl.h"
#include <math.h>
#include <string.h>

/* ---- the choice: X-1 ---- */

static cyn_method method_of(cyn_shape shape)
{
    switch (shape) {
    case CYN_SHAPE_NONE: return CYN_METHOD_NONE;
    case CYN_SHAPE_CONSTANT:
    case CYN_SHAPE_LINEAR: return CYN_METHOD_ADDITIVE;
    case CYN_SHAPE_PRODUCT: return CYN_METHOD_LMDI;
    case CYN_SHAPE_QUOTIENT:
    case CYN_SHAPE_OTHER: break;
    }
    return CYN_METHOD_SHAPLEY;
}

cyn_method cyn_decompose_method(const cyn_formula *f)
{
    return method_of(cyn_formula_shape(f));
}

static bool is_negative(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] < 0) return true;
    }
    return false;
}

bool cyn_any_negative(const cyn_change_of *c)
{
    return is_negative(c->before, c->n) || is_negative(c->after, c->n);
}

/* AUTO becomes a method that applies to these values; *why says why it is taken. */
static cyn_method choose(const cyn_sharing *s, cyn_method asked, cyn_why *why)
{
    bool negative;
    *why = asked == CYN_METHOD_MOVEMENT ? CYN_WHY_MOVEMENT : CYN_WHY_ASKED;
    if (asked != CYN_METHOD_AUTO) return asked;
    switch (method_of(s->shape)) {
    case CYN_METHOD_ADDITIVE: *why = CYN_WHY_SUM; return CYN_METHOD_ADDITIVE;
    case CYN_METHOD_LMDI:
        negative = cyn_any_negative(s->change);
        *why = negative ? CYN_WHY_NEGATIVE : CYN_WHY_PRODUCT;
        return negative ? CYN_METHOD_SHAPLEY : CYN_METHOD_LMDI;
    default: *why = CYN_WHY_ORDERS; return CYN_METHOD_SHAPLEY;
    }
}

/* ---- sums and movements ---- */

static size_t input_of(const cyn_change_of *c, const char *name)
{
    size_t i = 0;
    while (strcmp(c->inputs[i], name) != 0) /* it is there: the formula was compiled */
        i++;
    return i;
}

/* Of a linear formula: each of its terms is one input. */
static cyn_code coefficients(const cyn_sharing *s, double **out, cyn_err *err)
{
    cyn_term *terms = NULL;
    size_t nterms = 0;
    double *found = CYN_NEW_ARRAY(s->scratch, s->change->n + 1, double);
    if (!found) return cyn_nomem(err);
    CYN_TRY(cyn_formula_terms(s->change->formula, s->scratch, &terms, &nterms, err));
    for (size_t i = 0; i < nterms; i++)
        found[input_of(s->change, terms[i].formula->metric)] += terms[i].factor;
    *out = found;
    return CYN_OK;
}

static bool is_linear(const cyn_sharing *s)
{
    return s->shape == CYN_SHAPE_LINEAR || s->shape == CYN_SHAPE_CONSTANT;
}

static cyn_code share_sum(cyn_sharing *s, bool *done, cyn_why *why, cyn_err *err)
{
    const cyn_change_of *c = s->change;
    double *coefficient = NULL;
    if (!is_linear(s)) {
        *why = CYN_WHY_NOT_SUM;
        return CYN_OK;
    }
    CYN_TRY(coefficients(s, &coefficient, err));
    for (size_t i = 0; i < c->n; i++) {
        s->gain[i] = coefficient[i];
        s->part[i] = coefficient[i] * (c->after[i] - c->before[i]);
    }
    *done = true;
    return CYN_OK;
}

/* The one input that does not flow; c->n where there is not exactly one. */
static size_t opening_of(const cyn_change_of *c)
{
    size_t opening = c->n, openings = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->flow && c->flow[i]) continue;
        opening = i;
        openings++;
    }
    return openings == 1 && c->n > 1 ? opening : c->n;
}

/* Flows count as a whole; the opening balance counts by what it differs from the balance that was
 * measured before. The constant is left for the residual. */
static cyn_code share_movement(cyn_sharing *s, bool *done, cyn_why *why, double *residual,
                               cyn_err *err)
{
    const cyn_change_of *c = s->change;
    double *coefficient = NULL, *zeros = CYN_NEW_ARRAY(s->scratch, c->n + 1, double);
    size_t opening = opening_of(c);
    if (!is_linear(s) || opening == c->n) {
        *why = is_linear(s) ? CYN_WHY_NO_OPENING : CYN_WHY_NOT_SUM;
        return CYN_OK;
    }
    if (!zeros) return cyn_nomem(err);
    CYN_TRY(coefficients(s, &coefficient, err));
    for (size_t i = 0; i < c->n; i++) {
        s->part[i] = coefficient[i] * c->after[i];
        s->gain[i] = NAN;
    }
    double carried = s->part[opening], size = fmax(fabs(carried), fabs(c->total_before));
    s->part[opening] = carried - c->total_before;
    if (fabs(s->part[opening]) <= CYN_ROUNDING * size) s->part[opening] = 0;
    *residual = c->total_after - (s->y1 - cyn_program_value(s->program, zeros));
    *done = true;
    return CYN_OK;
}

/* ---- the whole ---- */

static bool all_known(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i])) return false;
    }
    return true;
}

/* What has to be there; a movement looks at nothing before but the total. */
static bool complete(const cyn_sharing *s, cyn_method method, cyn_why *why)
{
    const cyn_change_of *c = s->change;
    bool movement = method == CYN_METHOD_MOVEMENT;
    *why = CYN_WHY_NO_TOTAL;
    if (isnan(c->total_before) || isnan(c->total_after)) return false;
    *why = CYN_WHY_NO_INPUT;
    if (!all_known(c->after, c->n) || (!movement && !all_known(c->before, c->n))) return false;
    *why = CYN_WHY_NO_RESULT;
    return !isnan(s->y1) && (movement || !isnan(s->y0));
}

/* The largest of the values that a residual is left over from. */
static double size_of(const cyn_change_of *c, double y0, double y1)
{
    double measured = fmax(fabs(c->total_before), fabs(c->total_after));
    return fmax(measured, fmax(fabs(y0), fabs(y1))); /* fmax leaves out what is missing */
}

static double residual_of(const cyn_sharing *s)
{
    const cyn_change_of *c = s->change;
    return (c->total_after - s->y1) - (c->total_before - s->y0);
}

static cyn_code share(cyn_sharing *s, cyn_parts *out, cyn_why *why, cyn_err *err)
{
    bool done = false;
    cyn_why reason = *why;
    if (!complete(s, out->method, why)) {
        out->method = CYN_METHOD_NONE;
        return CYN_OK;
    }
    out->residual = residual_of(s);
    switch (out->method) {
    case CYN_METHOD_ADDITIVE: CYN_TRY(share_sum(s, &done, &reason, err)); break;
    case CYN_METHOD_LMDI: CYN_TRY(cyn_share_lmdi(s, &done, &reason, err)); break;
    case CYN_METHOD_SHAPLEY:
    case CYN_METHOD_OWEN: CYN_TRY(cyn_share_orders(s, &done, &out->method, &reason, err)); break;
    case CYN_METHOD_MOVEMENT:
        CYN_TRY(share_movement(s, &done, &reason, &out->residual, err));
        break;
    default: reason = CYN_WHY_NO_METHOD; break;
    }
    if (!done) out->method = CYN_METHOD_NONE;
    *why = reason;
    return CYN_OK;
}

/* Differences of the largest doubles are no numbers any more, and nothing would add up. */
static bool is_finite(const cyn_sharing *s, const cyn_parts *p)
{
    bool finite = isfinite(p->change) && isfinite(p->residual);
    for (size_t i = 0; i < s->change->n; i++)
        finite = finite && isfinite(s->part[i]);
    return finite;
}

static void no_parts(cyn_parts *p, double *part, double *gain, size_t n)
{
    for (size_t i = 0; i < n; i++)
        part[i] = gain[i] = NAN;
    p->residual = NAN;
}

cyn_code cyn_decompose(const cyn_change_of *c, cyn_method asked, cyn_arena *arena, cyn_parts *out,
                       cyn_err *err)
{
    cyn_sharing s = {.change = c,
                     .scratch = cyn_arena_new(0),
                     .part = CYN_NEW_ARRAY(arena, c->n + 1, double),
                     .gain = CYN_NEW_ARRAY(arena, c->n + 1, double)};
    cyn_why why = CYN_WHY_ASKED;
    cyn_program *program = NULL;
    cyn_parts p = {.change = c->total_after - c->total_before};
    cyn_code rc = s.scratch && s.part && s.gain ? CYN_OK : cyn_nomem(err);
    if (rc == CYN_OK) rc = cyn_program_new(c->formula, c->inputs, c->n, s.scratch, &program, err);
    if (rc != CYN_OK) goto done;
    s.shape = cyn_formula_shape(c->formula);
    s.program = program;
    s.y0 = p.formula_before = cyn_program_value(program, c->before);
    s.y1 = p.formula_after = cyn_program_value(program, c->after);
    p.method = choose(&s, asked, &why);
    CYN_GOTO(share(&s, &p, &why, err));
    if (p.method != CYN_METHOD_NONE && !is_finite(&s, &p)) {
        p.method = CYN_METHOD_NONE;
        why = CYN_WHY_TOO_LARGE;
    }
    if (p.method == CYN_METHOD_NONE)
        no_parts(&p, s.part, s.gain, c->n);
    else if (fabs(p.residual) <= CYN_ROUNDING * size_of(c, s.y0, s.y1))
        p.residual = 0;
    p.why = cyn_why_labels[why].en;
    p.part = s.part;
    p.gain = s.gain;
    *out = p;
done:
    cyn_arena_free(s.scratch);
    return rc;
}

/* ---- a script's parts: X-11 ---- */

/* Parts of any size may come near 0 together, but never nearer than they were computed. */
static bool judge(const cyn_change_of *c, const double *part, cyn_parts *p, cyn_why *why)
{
    double sum = 0, size = fmax(fabs(c->total_before), fabs(c->total_after));
    *why = CYN_WHY_NO_TOTAL;
    if (isnan(p->change)) return false;
    *why = CYN_WHY_NO_NUMBER;
    for (size_t i = 0; i < c->n; i++) {
        if (!isfinite(part[i])) return false;
        sum += part[i];
        size = fmax(size, fabs(part[i]));
    }
    *why = CYN_WHY_NOT_ALL;
    if (!(fabs(p->change - sum) <= 1e-9 * size)) return false;
    *why = CYN_WHY_SCRIPT;
    return true;
}

static cyn_code compute_formula(const cyn_change_of *c, cyn_parts *p, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    cyn_program *program = NULL;
    cyn_code rc = scratch ? cyn_program_new(c->formula, c->inputs, c->n, scratch, &program, err)
                          : cyn_nomem(err);
    if (rc == CYN_OK) {
        p->formula_before = cyn_program_value(program, c->before);
        p->formula_after = cyn_program_value(program, c->after);
    }
    cyn_arena_free(scratch);
    return rc;
}

cyn_code cyn_parts_given(const cyn_change_of *c, const double *part, cyn_arena *arena,
                         cyn_parts *out, cyn_err *err)
{
    cyn_parts p = {.method = CYN_METHOD_SCRIPT,
                   .change = c->total_after - c->total_before,
                   .formula_before = NAN,
                   .formula_after = NAN};
    double *kept = CYN_NEW_ARRAY(arena, c->n + 1, double);
    double *gain = CYN_NEW_ARRAY(arena, c->n + 1, double);
    cyn_why why;
    if (!kept || !gain) return cyn_nomem(err);
    if (c->formula) CYN_TRY(compute_formula(c, &p, err));
    bool good = judge(c, part, &p, &why);
    for (size_t i = 0; good && i < c->n; i++) {
        double moved = c->after[i] - c->before[i];
        kept[i] = part[i];
        gain[i] = moved == 0 ? NAN : part[i] / moved;
    }
    if (!good) {
        p.method = CYN_METHOD_NONE;
        no_parts(&p, kept, gain, c->n);
    }
    p.why = cyn_why_labels[why].en;
    p.part = kept;
    p.gain = gain;
    *out = p;
    return CYN_OK;
}
