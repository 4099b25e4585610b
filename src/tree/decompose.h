/* Sharing out a change: how much of it each input of a formula made (docs/numerics.md, X-1 …).
 *
 * The parts and the residual add up to the change of the measured total. The residual is what the
 * formula does not explain: an identity that does not hold in the data in one period or both.
 * `gain` is what one unit of an input's change was worth: part = gain · (after − before), and what
 * the limit of that is where the input did not change. So the parts of a part contribute
 * gain · part to the total, all the way down a tree, without a division by a change that is zero.
 *
 *     cyn_parts parts;
 *     cyn_change_of c = {.formula = f, .inputs = names, .n = 3, .before = x0, .after = x1,
 *                        .total_before = y0, .total_after = y1};
 *     CYN_TRY(cyn_decompose(&c, CYN_METHOD_AUTO, arena, &parts, err));
 */
#pragma once
#include "base/arena.h"
#include "metric/metric.h"

/* Shapley values are computed exactly up to so many inputs; beyond, Owen values. */
#define CYN_SHAPLEY_MOST 12

typedef struct cyn_change_of {
    const cyn_formula *formula;
    const char *const *inputs; /* the formula's (cyn_formula_inputs) */
    size_t n;
    const double *before, *after;     /* [input]; NaN: missing */
    double total_before, total_after; /* as measured; NaN: missing */
    const bool *flow; /* MOVEMENT: inputs that flow within the period, and not the opening balance;
                         NULL: none */
} cyn_change_of;

typedef struct cyn_parts {
    cyn_method method;  /* that was used; NONE: there are no parts */
    const char *why;    /* in words for people, why this method or why none; never NULL; in
                           another language: cyn_why_text (tree/why.h) */
    const double *part; /* [input], in the total's unit; NaN where there are none */
    const double *gain; /* [input]; NaN where there is none: what flows within a period (MOVEMENT)
                           is shared out as a whole, and not its change */
    double residual;    /* change − sum of the parts; 0 where the identity holds */
    double change;      /* total_after − total_before */
    double formula_before, formula_after; /* what the formula gives */
} cyn_parts;

/* Never fails for numbers: where a value is missing, or the method asked for does not apply (LMDI
 * of a sum), method is NONE and `why` says so. */
CYN_NODISCARD cyn_code cyn_decompose(const cyn_change_of *c, cyn_method asked, cyn_arena *arena,
                                     cyn_parts *out, cyn_err *err);
/* The method that the formula's shape asks for. The values may change what AUTO takes: SHAPLEY in
 * place of LMDI when one is negative, OWEN in place of SHAPLEY when too many inputs changed. */
cyn_method cyn_decompose_method(const cyn_formula *f);

/* A script's own parts, judged: they must add up to the change. Otherwise NONE, and why. The
 * formula may be NULL: what it gives is missing then. */
CYN_NODISCARD cyn_code cyn_parts_given(const cyn_change_of *c, const double *part, cyn_arena *arena,
                                       cyn_parts *out, cyn_err *err);
