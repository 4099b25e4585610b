/* Makes the rows of a relation (plan/relation.h) from a table: the operators below aggregates.
 *
 * Expressions are bound: over the table's columns, without SCRIPT nodes. Each operator begins in
 * one file (per.c, journey.c, retention.c, balance.c). Deterministic whatever the order of rows
 * with different times; rows of equal time keep their order in the table. One call uses all cores
 * (cyn_exec_threads); the number of threads changes nothing of what comes out. Tables are read
 * only; texts of the new table are codes of the old one's dictionaries.
 *
 *     cyn_table *rows;
 *     CYN_TRY(cyn_exec_relation(&spec, &in, NULL, &rows, err));
 */
#pragma once
#include "column/column.h"
#include "plan/relation.h"
#include <stdatomic.h>

typedef struct cyn_relation_input {
    const cyn_table *table;
    const char *time;     /* time column; NULL: none (only PER, BALANCE and MOVEMENT with from) */
    const char *interval; /* for a relation over a relation: its "#interval" column, else NULL */
    const cyn_calendar *calendar;
    const cyn_expr *where;         /* of the base view; NULL: all rows */
    const cyn_interval *intervals; /* PER, BALANCE, MOVEMENT; they may overlap */
    size_t nintervals;
    const char *const *groups; /* columns of the table: segments (PER, BALANCE, MOVEMENT), or */
    const char *const
        *group_names; /* dimensions to carry along (JOURNEY, RETENTION); their names */
    size_t ngroups;
    cyn_grain grain; /* of the periods asked for: MOVEMENT looks at their earlier ends */
    /* Columns that are read; others need not be made. NULL: all. So it is also when one is none of
     * the relation's. */
    const char *const *wanted;
    size_t nwanted;
    int64_t now; /* a window that reaches beyond it makes a row immature */
} cyn_relation_input;

/* Errors as cyn_exec_run. CYN_E_NAME also where `time` is needed and NULL. */
CYN_NODISCARD cyn_code cyn_exec_relation(const cyn_relation *spec, const cyn_relation_input *in,
                                         const atomic_bool *cancel, cyn_table **out, cyn_err *err);

/* Whether two bound relations are retentions of the same rows that differ in nothing but unit, n
 * and mode. */
bool cyn_exec_retentions_meet(const cyn_relation *a, const cyn_relation *b);
/* The rows of n ≥ 1 such retentions, by one pass: out[k] is what cyn_exec_relation makes of
 * specs[k]. On failure there is none. */
CYN_NODISCARD cyn_code cyn_exec_retentions(const cyn_relation *const *specs, size_t n,
                                           const cyn_relation_input *in, const atomic_bool *cancel,
                                           cyn_table **out, cyn_err *err);
