/* Binding: an aggregate's expressions, as its view sees them, become expressions over the columns
 * of the rows that it runs over.
 *
 * Derived columns are replaced by what they compute. A script expression with a translation becomes
 * STEPS, which the executor runs over whole vectors; one without becomes a hidden column of the
 * interpreter's answers. A run over STEPS may end with CYN_E_ESCAPE: some row is the interpreter's.
 * Then the same is bound again, over columns: each made in the executor where that can be, else by
 * the interpreter, whose answer or error then counts. Unknown columns and comparisons that can
 * never hold are found here, with place and nearest name.
 *
 *     CYN_TRY(cyn_bind_agg(set, agg, spans, chain, CYN_BIND_STEPS, &bound, err));
 *     if (run(&bound) == CYN_E_ESCAPE)
 *         CYN_TRY(cyn_bind_agg(set, agg, spans, chain, CYN_BIND_COLUMNS, &bound, err));  // again
 */
#pragma once
#include "engine/derive.h"
#include "engine/rows.h"

typedef enum cyn_binding { CYN_BIND_STEPS, CYN_BIND_COLUMNS } cyn_binding;

typedef struct cyn_bound_agg {
    cyn_rows *rows;
    cyn_plan_agg agg;          /* over the columns of the rows' table, current and later ones */
    const char *const *groups; /* one column of the table for each dimension asked for */
} cyn_bound_agg;

/* Makes the rows if need be, for the spans of a chain. Dimensions are the set's: derived columns of
 * the view, declared dimensions of the source, or what a relation carries. Results live in the
 * set's arena. A custom aggregate becomes the count of its rows. */
CYN_NODISCARD cyn_code cyn_bind_agg(cyn_rows_set *set, const cyn_agg *agg, const cyn_spans *spans,
                                    size_t chain, cyn_binding how, cyn_bound_agg *out,
                                    cyn_err *err);
/* The columns of the rows that the functions of a custom aggregate may read, derived ones included.
 * They stay where they are until columns are joined to the rows again. */
CYN_NODISCARD cyn_code cyn_bind_reads(cyn_rows_set *set, cyn_rows *rows, const cyn_agg *agg,
                                      const cyn_derive_input **out, size_t *n, cyn_err *err);
/* A copy of the relation whose expressions are over the columns of `base` (the rows below it), its
 * base view's filter, and the column of each dimension in `names`. */
CYN_NODISCARD cyn_code cyn_bind_relation(cyn_rows_set *set, cyn_rows *base, const cyn_relation *r,
                                         cyn_binding how, const char *const *names, size_t n,
                                         cyn_relation *bound, const cyn_expr **where,
                                         const char ***groups, cyn_err *err);
