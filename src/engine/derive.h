/* Derived columns: what a script expression gives for every row of a table.
 *
 * Calls the evaluator in batches; where all inputs are texts or booleans, it asks once for each
 * combination of their values and spreads the answers, because an expression is a pure function of
 * its columns. The answers become one column: booleans, integers, reals or texts (docs/numerics.md,
 * E-…).
 */
#pragma once
#include "catalog/evaluator.h"
#include "column/column.h"
#include "plan/plan.h"

/* An input as the expression knows it (its name there) and the column that holds it. */
typedef struct cyn_derive_input {
    const char *name;
    const cyn_column *column;
} cyn_derive_input;

/* Evaluates the SCRIPT expression over `rows` rows into a table of one column called `name`.
 * CYN_E_TYPE when the answers mix texts, numbers and booleans. */
CYN_NODISCARD cyn_code cyn_derive_column(const cyn_evaluator *ev, const cyn_expr *script,
                                         const cyn_derive_input *inputs, size_t ninputs,
                                         size_t rows, const char *name, cyn_table **out,
                                         cyn_err *err);
