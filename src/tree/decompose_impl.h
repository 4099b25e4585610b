/* What the methods of decompose.h share: one change, compiled. */
#pragma once
#include "tree/decompose.h"
#include "tree/formula_impl.h"
#include "tree/why.h"

/* A difference smaller than this, relative to what it is the difference of, is rounding. */
#define CYN_ROUNDING 1e-12
/* An input that moved by less, relative to its size, has the gain of one that did not move.
 */
#define CYN_STILL 1e-6

typedef struct cyn_sharing {
    const cyn_change_of *change;
    cyn_shape shape; /* of the formula */
    const cyn_program *program;
    double y0, y1; /* the formula, before and after */
    cyn_arena *scratch;
    double *part, *gain; /* [input]; to be filled, 0 at first */
} cyn_sharing;

/* Whether an input is negative, before or after. */
bool cyn_any_negative(const cyn_change_of *c);

/* Each returns whether there are parts, and says why not by *why (which it may also set to say more
 * about how there are). */
CYN_NODISCARD cyn_code cyn_share_lmdi(cyn_sharing *s, bool *done, cyn_why *why, cyn_err *err);
/* SHAPLEY, or OWEN when a term has more than CYN_SHAPLEY_MOST inputs that changed: *method. */
CYN_NODISCARD cyn_code cyn_share_orders(cyn_sharing *s, bool *done, cyn_method *method,
                                        cyn_why *why, cyn_err *err);

/* ---- terms ---- */

/* A formula is a sum of terms: what stands between + and − at its top, with constant factors. The
 * value of a sum over orders of change is the sum of its terms' values. */
typedef struct cyn_term {
    double factor;
    const cyn_formula *formula;
} cyn_term;
CYN_NODISCARD cyn_code cyn_formula_terms(const cyn_formula *f, cyn_arena *arena, cyn_term **out,
                                         size_t *count, cyn_err *err);

/* ---- unions ---- */

/* Inputs that change together, and unions of such unions; a leaf is one input. */
typedef struct cyn_union {
    size_t input; /* of a leaf */
    size_t count; /* 0: a leaf; else at most CYN_SHAPLEY_MOST */
    const struct cyn_union *const *members;
    double *values; /* room for one of each set of members */
} cyn_union;

/* Of n ≥ 1 inputs, all in one; at most CYN_SHAPLEY_MOST. */
CYN_NODISCARD cyn_code cyn_union_flat(const size_t *inputs, size_t n, cyn_arena *arena,
                                      const cyn_union **out, cyn_err *err);
/* Of the n ≥ 1 inputs listed, all of which the formula names, as its brackets hold them. */
CYN_NODISCARD cyn_code cyn_union_nested(const cyn_formula *f, const char *const *names,
                                        const size_t *inputs, size_t n, cyn_arena *arena,
                                        const cyn_union **out, cyn_err *err);
/* How often the formula is computed to share a change out among them. */
double cyn_union_cost(const cyn_union *u);
