/* Running states: what an aggregate remembers of the rows it has seen, one slot for each place.
 *
 * Aggregates over the same rows and argument share a state: sum and mean a total, min and max the
 * extremes, all percentiles one sample. A state is fed batch by batch and read at the end.
 *
 *     CYN_TRY(cyn_state_kind_of(agg, &operand, &kind, err));
 *     cyn_state_init(&s, kind, &operand, max_places);
 *     rc = cyn_state_reserve(&s, places, err);             // for each batch: room, …
 *     rc = cyn_state_update(&s, &rows, first, &scratch, err); // … then rows
 *     rc = cyn_state_finish(&s, err);                      // once
 *     rc = cyn_state_cell(&s, agg, place, &cell, err);
 *     cyn_state_clear(&s);
 */
#pragma once
#include "exec/expr_impl.h"
#include "exec/group_impl.h"
#include "exec/pairs_impl.h"
#include "stats/sum.h"

__extension__ typedef __int128 cyn_i128;

typedef enum cyn_state_kind {
    CYN_STATE_TOTAL,      /* exact: integers, decimals, booleans */
    CYN_STATE_TOTAL_REAL, /* compensated */
    CYN_STATE_EXTREMES,   /* exact */
    CYN_STATE_EXTREMES_REAL,
    CYN_STATE_TRUTHS,
    CYN_STATE_DISTINCT, /* table of (place, value) */
    CYN_STATE_SEEN,     /* a bit for each code of a dictionary, where these are few */
    CYN_STATE_SAMPLE,   /* all values, gathered by place at the end */
} cyn_state_kind;

typedef struct cyn_total {
    cyn_i128 sum;
    int64_t known;
} cyn_total;
typedef struct cyn_total_real {
    cyn_sum sum;
    int64_t known;
} cyn_total_real;
typedef struct cyn_extremes {
    int64_t least, greatest, known;
} cyn_extremes;
typedef struct cyn_extremes_real {
    double least, greatest;
    int64_t known;
} cyn_extremes_real;
typedef struct cyn_truths {
    int64_t yes, known;
} cyn_truths;

typedef struct cyn_state {
    cyn_state_kind kind;
    cyn_operand arg;
    size_t width;        /* bytes of a slot */
    char *slots;         /* [place]; DISTINCT, SEEN and SAMPLE begin with an int64_t count */
    size_t places, room; /* slots in use, slots allocated */
    cyn_pairs pairs;     /* DISTINCT */
    double *values;      /* SAMPLE */
    uint32_t *value_place;
    size_t nvalues, value_room;
    size_t *first_value; /* SAMPLE, after finish: place p's values begin there */
} cyn_state;

/* CYN_E_TYPE when the function cannot take such an argument. */
CYN_NODISCARD cyn_code cyn_state_kind_of(const cyn_plan_agg *agg, const cyn_operand *arg,
                                         cyn_state_kind *out, cyn_err *err);
/* max_places: how many there can be at most; decides how distinct texts are kept. */
void cyn_state_init(cyn_state *s, cyn_state_kind kind, const cyn_operand *arg, double max_places);
void cyn_state_clear(cyn_state *s);
CYN_NODISCARD cyn_code cyn_state_reserve(cyn_state *s, size_t places, cyn_err *err);
/* `scratch` holds the rows whose argument is known, while this runs. */
CYN_NODISCARD cyn_code cyn_state_update(cyn_state *s, const cyn_rows *rows, size_t first,
                                        cyn_rows *scratch, cyn_err *err);
CYN_NODISCARD cyn_code cyn_state_finish(cyn_state *s, cyn_err *err);
/* Fills value, numerator and denominator of a cell. */
CYN_NODISCARD cyn_code cyn_state_cell(cyn_state *s, const cyn_plan_agg *agg, size_t place,
                                      cyn_cell *out, cyn_err *err);
/* sum / (count · 10^scale), correctly rounded; count > 0. */
double cyn_mean_of(cyn_i128 sum, int64_t count, int scale);
