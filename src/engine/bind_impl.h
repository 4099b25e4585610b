/* What binding is made of (private to bind*.c and hidden.c).
 *
 * An expression is bound in a scope: over some rows, as a view sees them through its first derived
 * columns. Where the scope asks for columns, whatever a script computes becomes a hidden column of
 * the rows, made over all of them; else a translation stays what it is, as STEPS.
 */
#pragma once
#include "engine/bind.h"

/* What is looked at: the values, or whether they are true (E-4), for which numbers are all alike.
 */
typedef enum cyn_use { CYN_USE_VALUE, CYN_USE_TRUTH } cyn_use;

typedef struct cyn_scope {
    cyn_rows_set *set;
    cyn_rows *rows;
    const cyn_view *view;
    size_t nderives; /* of the view, that can be seen */
    bool columns;
    cyn_arena *arena;
} cyn_scope;

/* Index of the derived column that a name means, or -1: the last one of that name. */
int cyn_scope_derive(const cyn_scope *s, const char *name);
/* Index of the table's column, or -1. Hidden columns are nobody's to name. */
int cyn_scope_column(const cyn_scope *s, const char *name);
/* STEPS come out only where their values are of one kind (or are numbers, for the truth): of a
 * mixture the whole column says what it is (E-6). */
CYN_NODISCARD cyn_code cyn_bind_expr(const cyn_scope *s, const cyn_expr *e, cyn_use use,
                                     const cyn_expr **out, cyn_err *err);
/* What a name stands for, the table's column or a derived one, as a COLUMN: a hidden one, if need
 * be. `e` is who asks, for errors. */
CYN_NODISCARD cyn_code cyn_bind_column(const cyn_scope *s, const char *name, const cyn_expr *e,
                                       const cyn_expr **out, cyn_err *err);

/* An input of a script expression, by the name that the script knows. */
typedef struct cyn_bound_input {
    const char *name;
    const cyn_expr *expr; /* COLUMN or STEPS */
} cyn_bound_input;

/* What the interpreter is given for a script expression: COLUMNs. */
CYN_NODISCARD cyn_code cyn_bind_inputs(const cyn_scope *s, const cyn_expr *script,
                                       const cyn_bound_input **out, size_t *n, cyn_err *err);
/* STEPS over these inputs: one and the same node for all that compute the same of the same rows. */
CYN_NODISCARD cyn_code cyn_hidden_steps(const cyn_scope *s, const cyn_expr *script,
                                        const cyn_bound_input *inputs, const cyn_expr **out,
                                        cyn_err *err);
/* A hidden column of what the bound expression gives for each row. CYN_E_ESCAPE as of the executor.
 */
CYN_NODISCARD cyn_code cyn_hidden_values(const cyn_scope *s, const cyn_expr *bound,
                                         const cyn_expr **out, cyn_err *err);
/* The same of a script expression, as the interpreter says; inputs are COLUMNs. */
CYN_NODISCARD cyn_code cyn_hidden_answers(const cyn_scope *s, const cyn_expr *script,
                                          const cyn_bound_input *inputs, size_t n,
                                          const cyn_expr **out, cyn_err *err);
