#include "exec/state_impl.h"
#include <math.h>
#include <string.h>

double cyn_mean_of(cyn_i128 sum, int64_t count, int scale)
{
    cyn_u128 top = sum < 0 ? -(cyn_u128)sum : (cyn_u128)sum, bottom = (cyn_u128)count;
    int exponent = 0;
    if (sum == 0) return 0;
    while (scale-- > 0)
        bottom *= 10;
    /* Long division until 64 bits of the quotient are known; what is left only says whether the
     * last of them is exact, so that the conversion rounds once, the right way. */
    cyn_u128 quotient = top / bottom, rest = top % bottom;
    for (; quotient >> 63 == 0; exponent--) {
        rest <<= 1;
        quotient = quotient << 1 | (rest >= bottom);
        if (rest >= bottom) rest -= bottom;
    }
    double mean = ldexp((double)(quotient | (rest != 0)), exponent);
    return sum < 0 ? -mean : mean;
}

/* The number that an exact column's integer stands for. */
static cyn_num exact(const cyn_column *c, int64_t v)
{
    if (c->type == CYN_DECIMAL) return cyn_num_decimal(v, c->scale);
    if (c->type == CYN_TIMESTAMP) return cyn_num_real(cyn_scaled_double(v, 6));
    return cyn_num_integer(v);
}

static cyn_code total_cell(const cyn_state *s, const cyn_plan_agg *agg, const cyn_total *t,
                           cyn_cell *out, cyn_err *err)
{
    const cyn_column *c = &s->arg.column;
    bool fits = t->sum >= INT64_MIN && t->sum <= INT64_MAX;
    if (agg->func == CYN_SUM) {
        if (!fits) {
            const cyn_expr *e = agg->arg;
            return cyn_fail_at(err, CYN_E_RANGE, e->place.file, e->place.line, e->place.column,
                               "sum of '%s' does not fit 64 bits", e->text ? e->text : c->name);
        }
        out->value = exact(c, (int64_t)t->sum);
        return CYN_OK;
    }
    out->numerator = fits ? exact(c, (int64_t)t->sum)
                          : cyn_num_real(cyn_mean_of(t->sum, 1, cyn_column_scale(c)));
    out->denominator = cyn_num_integer(t->known);
    if (t->known > 0) out->value = cyn_num_real(cyn_mean_of(t->sum, t->known, cyn_column_scale(c)));
    return CYN_OK;
}

static void total_real_cell(const cyn_state *s, const cyn_plan_agg *agg, size_t place,
                            cyn_cell *out)
{
    const cyn_total_real *t = &CYN_SLOTS(s, cyn_total_real)[place];
    const cyn_wide *wide = cyn_state_wide(s, place);
    cyn_num sum = cyn_num_real(cyn_exact_mean(&t->sum, wide, 1));
    if (agg->func == CYN_SUM) {
        out->value = sum;
        return;
    }
    out->numerator = sum;
    out->denominator = cyn_num_integer(t->known);
    if (t->known > 0) out->value = cyn_num_real(cyn_exact_mean(&t->sum, wide, (uint64_t)t->known));
}

static void share_cell(const cyn_truths *t, cyn_cell *out)
{
    out->numerator = cyn_num_integer(t->yes);
    out->denominator = cyn_num_integer(t->known);
    if (t->known > 0) out->value = cyn_num_real((double)t->yes / (double)t->known);
}

static void moment_cell(const cyn_column *c, const cyn_moment *m, cyn_cell *out)
{
    double real;
    memcpy(&real, &m->value, sizeof real);
    if (m->known)
        out->value = c->type == CYN_REAL ? cyn_num_real(real) : exact(c, (int64_t)m->value);
}

static cyn_num spread(const cyn_plan_agg *agg, double variance)
{
    return cyn_num_real(agg->func == CYN_STDDEV ? sqrt(variance) : variance);
}

cyn_code cyn_state_cell(cyn_state *s, const cyn_plan_agg *agg, size_t ask, size_t place,
                        cyn_cell *out, cyn_err *err)
{
    const cyn_column *c = &s->arg.column;
    const void *slot = s->slots + place * s->width;
    const cyn_extremes *x = slot;
    const cyn_extremes_real *r = slot;
    const cyn_moments *m = slot;
    switch (s->kind) {
    case CYN_STATE_TOTAL: return total_cell(s, agg, slot, out, err);
    case CYN_STATE_TOTAL_REAL: total_real_cell(s, agg, place, out); break;
    case CYN_STATE_EXTREMES:
        if (x->known > 0) out->value = exact(c, agg->func == CYN_MIN ? x->least : x->greatest);
        break;
    case CYN_STATE_EXTREMES_REAL:
        if (r->known > 0) out->value = cyn_num_real(agg->func == CYN_MIN ? r->least : r->greatest);
        break;
    case CYN_STATE_TRUTHS: share_cell(slot, out); break;
    case CYN_STATE_MOMENTS:
        if (m->known > 1) out->value = spread(agg, cyn_moments_variance(m, cyn_column_scale(c)));
        break;
    case CYN_STATE_FIRST:
    case CYN_STATE_LAST: moment_cell(c, slot, out); break;
    case CYN_STATE_DISTINCT:
    case CYN_STATE_SEEN: out->value = cyn_num_integer(*(const int64_t *)slot); break;
    case CYN_STATE_HLL: out->value = cyn_num_integer(cyn_hll_count(slot)); break;
    case CYN_STATE_SKETCH:
    case CYN_STATE_SAMPLE: out->value = spread(agg, s->answers[place * s->nasks + ask]); break;
    }
    return CYN_OK;
}
