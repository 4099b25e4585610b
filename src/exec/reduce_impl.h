/* One value out of the rows of one entity: what a per computes for each of its rows.
 *
 * The rules are those of aggregates (docs/numerics.md, A-…); the state machinery of plans is for
 * few places with many rows each, this is for very many places with few. MIN, MAX, FIRST and LAST
 * answer with a row, so that the value keeps the type of its column, texts included.
 *
 *     CYN_TRY(cyn_reducer_open(&r, &run, err));
 *     CYN_TRY(cyn_reducer_reserve(&r, most_rows, err));
 *     CYN_TRY(cyn_reducer_value(&r, rows, n, &value, err));   // rows in the order of their time
 */
#pragma once
#include "exec/relation_impl.h"

typedef union cyn_reduced {
    int64_t exact; /* INTEGER, DECIMAL */
    double real;   /* REAL; NaN: missing */
    uint32_t row;  /* `picks`: CYN_NO_ROW: missing */
} cyn_reduced;

typedef struct cyn_reducer {
    cyn_relation_run *run;
    cyn_column arg;         /* not of COUNT */
    const cyn_column *time; /* of FIRST and LAST: rows without time are neither */
    cyn_type type;          /* of the values */
    uint8_t scale;
    bool picks;     /* a value is the cell of a row */
    double *reals;  /* room for the known values of one entity */
    uint64_t *bits; /* DISTINCT */
} cyn_reducer;

/* CYN_E_TYPE: sum of text and the like. CYN_E_RANGE: a percentile that there is not. */
CYN_NODISCARD cyn_code cyn_reducer_open(cyn_reducer *r, cyn_relation_run *run, cyn_err *err);
/* Room for entities of up to n rows. */
CYN_NODISCARD cyn_code cyn_reducer_reserve(cyn_reducer *r, size_t n, cyn_err *err);
/* CYN_E_RANGE: an exact sum does not fit. n ≥ 1. */
CYN_NODISCARD cyn_code cyn_reducer_value(const cyn_reducer *r, const uint32_t *rows, size_t n,
                                         cyn_reduced *out, cyn_err *err);
