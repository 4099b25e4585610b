/* Formulas of parts over plain numbers: their value and gradient for any values of the inputs.
 *
 * Trees, what-if and decompositions evaluate one formula at many points that never occurred. So it
 * is compiled once, over numbered inputs, and computed in doubles; NaN is missing, by the rules of
 * docs/numerics.md (N-5: what is infinite is missing).
 *
 *     cyn_program *p;
 *     CYN_TRY(cyn_program_new(formula, inputs, n, arena, &p, err));
 *     double y = cyn_program_value(p, x);
 *     double y = cyn_program_gradient(p, x, gradient);
 */
#pragma once
#include "base/arena.h"
#include "metric/metric.h"

typedef struct cyn_program cyn_program;

/* CYN_E_NAME: the formula names a metric that is not among the inputs; CYN_E_UNSUPPORTED: it has
 * aggregates, windows or functions of the point. Lives in the arena; read-only, any thread. */
CYN_NODISCARD cyn_code cyn_program_new(const cyn_formula *f, const char *const *inputs, size_t n,
                                       cyn_arena *arena, cyn_program **out, cyn_err *err);
double cyn_program_value(const cyn_program *p, const double *x);
/* The value, and its partial derivatives, [input]. At a kink (min of equal values, abs of 0) the
 * mean of both sides; NaN where there is none. */
double cyn_program_gradient(const cyn_program *p, const double *x, double *gradient);
