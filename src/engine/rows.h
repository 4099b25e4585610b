/* Rows: the tables that aggregates run over, a source's own or those of a relation.
 *
 * Each is made once for an evaluation and kept: a source's table is the dataset's; a relation's is
 * computed from the rows below it (plan/relation.h), for the spans of one chain where it belongs to
 * periods. What has to be there for every row, such as answers of the interpreter, becomes a hidden
 * column ("#1", …) joined to the table, found again by what it computes, so that metrics sharing a
 * filter share its column. They share the steps of a translated one, too.
 *
 *     cyn_rows_set *set;
 *     CYN_TRY(cyn_rows_set_new(data, by, nby, arena, &set, err));
 *     CYN_TRY(cyn_rows_expect(set, view, err));                      // for each that is needed
 *     CYN_TRY(cyn_rows_of(set, view, spans, chain, &rows, err));
 *     cyn_rows_set_free(set);      // gives the tables back
 */
#pragma once
#include "engine/dataset.h"
#include "engine/span.h"
#include "plan/relation.h"

typedef struct cyn_hidden_column {
    const char *key;  /* what it computes */
    const char *name; /* "#1" */
} cyn_hidden_column;

typedef struct cyn_shared_steps {
    const char *key;
    const cyn_expr *expr;
    bool escape; /* some row of all is the interpreter's */
} cyn_shared_steps;

typedef struct cyn_rows {
    size_t source;                /* at the bottom; index in the project */
    size_t first;                 /* row of the source with which those below them begin */
    const cyn_relation *relation; /* NULL: the source's own rows */
    const cyn_spans *spans;       /* relations that belong to periods: made for these */
    size_t chain;
    const cyn_table *table;
    const char *time;     /* column that puts a row into a period; NULL: none */
    const char *interval; /* column with the number of the chain's interval, or NULL */
    const bool
        *has_state; /* [interval] of snapshots: whether there is one in it; NULL: no matter */
    cyn_hidden_column *hidden;
    size_t nhidden, hidden_capacity;
    cyn_shared_steps *steps;
    size_t nsteps, steps_capacity;
} cyn_rows;

/* What rows_last.c knows of a source's rows, and of who began what. */
typedef struct cyn_rows_lateness cyn_rows_lateness;
typedef struct cyn_rows_begun cyn_rows_begun;

typedef struct cyn_rows_set {
    cyn_dataset *data;
    const char *const *by; /* dimensions asked for */
    size_t nby;
    cyn_arena *arena;
    const atomic_bool *cancel;
    bool interpret; /* every script expression is the interpreter's, translated or not */
    bool entities;  /* relations have their entity, whether or not a script reads it */
    cyn_rows **items;
    size_t count, capacity;
    const cyn_relation **expected; /* relations that will be asked for */
    size_t nexpected, expected_capacity;
    cyn_rows_lateness *lateness;
    cyn_rows_begun *begun;
} cyn_rows_set;

CYN_NODISCARD cyn_code cyn_rows_set_new(cyn_dataset *d, const char *const *by, size_t nby,
                                        const atomic_bool *cancel, cyn_arena *arena,
                                        cyn_rows_set **out, cyn_err *err);
void cyn_rows_set_free(cyn_rows_set *set);
/* Says that the rows of a view will be asked for. Relations that can be made by one pass are, if
 * all are expected before the first is made. */
CYN_NODISCARD cyn_code cyn_rows_expect(cyn_rows_set *set, const cyn_view *view, cyn_err *err);
/* The rows of a view's source or relation, made if they are not there yet. Loads the source. Under
 * a chain of what is not known yet (cyn_chain.rest) they are the last ones, from the first on that
 * may matter to its intervals. */
CYN_NODISCARD cyn_code cyn_rows_of(cyn_rows_set *set, const cyn_view *view, const cyn_spans *spans,
                                   size_t chain, cyn_rows **out, cyn_err *err);
/* Joins a column (a table of one) to the rows; `key` says what it computes. Takes the table. */
CYN_NODISCARD cyn_code cyn_rows_join(cyn_rows_set *set, cyn_rows *rows, cyn_table *column,
                                     const char *key, const char *name, cyn_err *err);
/* Name of the hidden column that computes this, or NULL. */
const char *cyn_rows_hidden(const cyn_rows *rows, const char *key);

/* The steps of this key, or NULL. */
const cyn_expr *cyn_rows_steps(const cyn_rows *rows, const char *key);
CYN_NODISCARD cyn_code cyn_rows_add_steps(cyn_rows_set *set, cyn_rows *rows, const char *key,
                                          const cyn_expr *expr, cyn_err *err);

/* Whether the relation is made for each period (PER, BALANCE, MOVEMENT). */
bool cyn_relation_by_period(const cyn_relation *r);
