#include "tree/segments.h"
#include "tree/decompose_impl.h"
#include <math.h>

/* Sums of what segments hold are the total up to this much of their size. */
#define ADDS_UP 1e-9

static double or_zero(double x)
{
    return isnan(x) ? 0 : x;
}

typedef struct side {
    double value, numerator, denominator; /* of the total, or of one segment */
} side;

static side side_of(const cyn_segment_change *c, bool after)
{
    return after ? (side){c->after, c->numerator_after, c->denominator_after}
                 : (side){c->before, c->numerator_before, c->denominator_before};
}

/* Nothing of the segment in this period. A 0 that rows add up to is something. */
static bool is_absent(side s, int64_t rows)
{
    return rows == 0 && or_zero(s.value) == 0 && or_zero(s.numerator) == 0 &&
           or_zero(s.denominator) == 0;
}

static cyn_segment_state state_of(const cyn_segment_change *c)
{
    bool before = !is_absent(side_of(c, false), c->rows_before);
    bool after = !is_absent(side_of(c, true), c->rows_after);
    if (before == after) return CYN_SEGMENT_STAYS;
    return after ? CYN_SEGMENT_NEW : CYN_SEGMENT_VANISHED;
}

/* All segments of one period together. */
typedef struct whole {
    double values, size;       /* Σ value, and the largest of them */
    double denominators, mean; /* Σ denominator; the mean ratio by them, NaN: none */
    bool negative;             /* one denominator is */
    bool undefined;            /* one has a denominator, but no numerator */
} whole;

static whole sum_up(const cyn_segment_change *segments, size_t n, bool after)
{
    whole w = {0};
    double numerators = 0;
    for (size_t i = 0; i < n; i++) {
        side s = side_of(&segments[i], after);
        w.values += or_zero(s.value);
        w.size = fmax(w.size, fabs(or_zero(s.value)));
        w.denominators += or_zero(s.denominator);
        w.negative = w.negative || s.denominator < 0;
        bool counts = or_zero(s.denominator) != 0;
        w.undefined = w.undefined || (counts && isnan(s.numerator));
        if (counts) numerators += or_zero(s.numerator);
    }
    w.mean = w.denominators > 0 ? numerators / w.denominators : NAN;
    return w;
}

static bool near(double a, double b, double size)
{
    return fabs(a - b) <= ADDS_UP * fmax(size, fmax(fabs(a), fabs(b)));
}

/* What is left of a change when the segments have had theirs; rounding is nothing. */
static double left_over(double total_before, double total_after, const whole *w0, double sum0,
                        const whole *w1, double sum1)
{
    double size = fmax(fmax(fabs(total_before), fabs(total_after)), fmax(w0->size, w1->size));
    double residual = (total_after - sum1) - (total_before - sum0);
    return fabs(residual) <= CYN_ROUNDING * size ? 0 : residual;
}

/* ---- sums ---- */

static void share_values(const cyn_segment_change *c, cyn_segment_part *p)
{
    p->part = or_zero(c->after) - or_zero(c->before);
    p->gain = 1;
    p->rate = p->mix = p->weight_before = p->weight_after = NAN;
}

/* ---- ratios ---- */

static double ratio_of(side s)
{
    return or_zero(s.denominator) == 0 ? NAN : s.numerator / s.denominator;
}

/* Both effects at the mean of the other's two values, so that together they are the whole change of
 * weight · ratio; the mix against the average ratio, since the weights' changes come to 0. A
 * segment without a ratio on one side has there the one of the other. */
static void share_ratio(const cyn_segment_change *c, const whole *w0, const whole *w1,
                        double average, cyn_segment_part *p)
{
    side before = side_of(c, false), after = side_of(c, true);
    double r0 = ratio_of(before), r1 = ratio_of(after);
    p->weight_before = or_zero(before.denominator) / w0->denominators;
    p->weight_after = or_zero(after.denominator) / w1->denominators;
    if (isnan(r0)) r0 = r1;
    if (isnan(r1)) r1 = r0;
    p->gain = (p->weight_before + p->weight_after) / 2;
    p->rate = p->mix = 0;
    if (isnan(r0)) return;
    p->rate = p->gain * (r1 - r0);
    p->mix = ((r0 + r1) / 2 - average) * (p->weight_after - p->weight_before);
    p->part = p->rate + p->mix;
}

/* ---- the whole ---- */

/* Values first where they are known to add up; a ratio whose segments' values add up, and whose
 * segments' mean it is not, is a sum divided by a constant. */
static cyn_method choose(const cyn_segment_change *total, const whole *w0, const whole *w1,
                         bool additive, cyn_why *why)
{
    bool ratio = !isnan(total->denominator_before) && !isnan(total->denominator_after);
    bool sums =
        near(total->before, w0->values, w0->size) && near(total->after, w1->values, w1->size);
    bool means = near(total->before, w0->mean, 0) && near(total->after, w1->mean, 0);
    *why = CYN_WHY_NO_TOTAL;
    if (isnan(total->before) || isnan(total->after)) return CYN_METHOD_NONE;
    *why = CYN_WHY_SEGMENTS_ADD;
    if (additive || (sums && !(ratio && means))) return CYN_METHOD_ADDITIVE;
    *why = CYN_WHY_SEGMENTS_OVERLAP;
    if (!ratio) return CYN_METHOD_NONE;
    *why = CYN_WHY_SEGMENTS_WEIGHT;
    bool weighed = w0->denominators > 0 && w1->denominators > 0;
    if (!weighed || w0->negative || w1->negative) return CYN_METHOD_NONE;
    *why = CYN_WHY_SEGMENTS_RATIO_NONE;
    if (w0->undefined || w1->undefined) return CYN_METHOD_NONE;
    *why = CYN_WHY_SEGMENTS_RATIO;
    return CYN_METHOD_RATE_MIX;
}

static void share_all(const cyn_segment_change *total, const cyn_segment_change *segments, size_t n,
                      const whole *w0, const whole *w1, cyn_segment_part *items,
                      cyn_segment_parts *p)
{
    bool ratio = p->method == CYN_METHOD_RATE_MIX;
    double average = (total->before + total->after) / 2;
    p->rate = p->mix = ratio ? 0 : NAN;
    for (size_t i = 0; i < n; i++) {
        if (!ratio) {
            share_values(&segments[i], &items[i]);
            continue;
        }
        share_ratio(&segments[i], w0, w1, average, &items[i]);
        p->rate += items[i].rate;
        p->mix += items[i].mix;
    }
    p->residual = left_over(total->before, total->after, w0, ratio ? w0->mean : w0->values, w1,
                            ratio ? w1->mean : w1->values);
}

/* Differences of the largest doubles are no numbers any more, and nothing would add up. */
static bool is_finite(const cyn_segment_parts *p, const cyn_segment_part *items, size_t n)
{
    bool finite = isfinite(p->change) && isfinite(p->residual);
    for (size_t i = 0; i < n; i++)
        finite = finite && isfinite(items[i].part);
    return finite;
}

cyn_code cyn_decompose_segments(const cyn_segment_change *total, const cyn_segment_change *segments,
                                size_t n, bool additive, cyn_arena *arena, cyn_segment_parts *out,
                                cyn_err *err)
{
    whole w0 = sum_up(segments, n, false), w1 = sum_up(segments, n, true);
    cyn_segment_parts p = {
        .change = total->after - total->before, .rate = NAN, .mix = NAN, .residual = NAN};
    cyn_why why;
    cyn_segment_part *items = CYN_NEW_ARRAY(arena, n + 1, cyn_segment_part);
    if (!items) return cyn_nomem(err);
    p.method = choose(total, &w0, &w1, additive, &why);
    if (p.method != CYN_METHOD_NONE) share_all(total, segments, n, &w0, &w1, items, &p);
    if (p.method != CYN_METHOD_NONE && !is_finite(&p, items, n)) {
        p.method = CYN_METHOD_NONE;
        p.rate = p.mix = p.residual = NAN;
        why = CYN_WHY_TOO_LARGE;
    }
    for (size_t i = 0; i < n; i++) {
        if (p.method == CYN_METHOD_NONE)
            items[i] = (cyn_segment_part){0, NAN, NAN, NAN, NAN, NAN, NAN};
        items[i].state = state_of(&segments[i]);
    }
    p.why = cyn_why_labels[why].en;
    p.items = items;
    *out = p;
    return CYN_OK;
}
