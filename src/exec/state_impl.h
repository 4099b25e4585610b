/* Running states: what an aggregate remembers of the rows it has seen, one slot for each place.
 *
 * Aggregates over the same rows and argument share a state: sum and mean a total, min and max the
 * extremes, all percentiles (and a variance of reals) one sample. A state is fed batch by batch,
 * merged with those of other threads, and read at the end. No kind of state depends on the order of
 * rows or of merges, so neither do results.
 *
 *     CYN_TRY(cyn_state_kind_of(agg, &operand, &kind, err));
 *     cyn_state_init(&s, kind, &operand, time, arena);
 *     cyn_state_choose(&s, max_places, rows);
 *     rc = cyn_state_reserve(&s, places, err);             // for each batch: room, …
 *     rc = cyn_state_update(&s, &rows, first, &scratch, err); // … then rows
 *     rc = cyn_state_merge(&all, &s, &map, err);           // `all` has room
 *     rc = cyn_states_finish(&all, 1, width, cancel, err); // once
 *     rc = cyn_state_cell(&all, agg, ask, place, &cell, err);
 *     cyn_state_clear(&s);
 */
#pragma once
#include "exec/expr_impl.h"
#include "exec/group_impl.h"
#include "exec/pairs_impl.h"
#include "exec/sample_impl.h"
#include "stats/exact.h"
#include "stats/hll.h"
#include "stats/variance.h"

typedef enum cyn_state_kind {
    CYN_STATE_TOTAL,      /* exact: integers, decimals, booleans */
    CYN_STATE_TOTAL_REAL, /* exact, too, until it is rounded */
    CYN_STATE_EXTREMES,   /* exact */
    CYN_STATE_EXTREMES_REAL,
    CYN_STATE_TRUTHS,
    CYN_STATE_MOMENTS, /* of integers, decimals and booleans */
    CYN_STATE_FIRST,   /* by time */
    CYN_STATE_LAST,
    CYN_STATE_DISTINCT, /* table of (place, value) */
    CYN_STATE_SEEN,   /* a bit for each code, or integer from least to greatest, if these are few */
    CYN_STATE_HLL,    /* about how many different ones */
    CYN_STATE_SKETCH, /* table of (place, bucket), with counts */
    CYN_STATE_SAMPLE, /* all values of each place */
} cyn_state_kind;

typedef struct cyn_total {
    cyn_i128 sum;
    int64_t known;
} cyn_total;
typedef struct cyn_total_real {
    cyn_exact sum; /* and what it cannot hold: the state's `wide` */
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
typedef struct cyn_moment {
    int64_t time; /* as in the time column */
    size_t row;
    uint64_t value; /* cyn_cell_bits */
    bool known;
} cyn_moment;

/* A quantile or variance that is wanted of a sample or sketch. */
typedef struct cyn_ask {
    cyn_agg_func func; /* PERCENTILE or VARIANCE */
    double p;          /* 0 … 1 */
    int type;
} cyn_ask;

/* What states that are fed with the same batch need for it. */
typedef struct cyn_known {
    cyn_rows rows;    /* room for those whose argument is known */
    size_t n;         /* rows of the batch */
    const double *of; /* reals of the batch that were looked at last; NULL: none yet */
    bool finite;      /* none of these is infinite */
} cyn_known;

typedef struct cyn_state {
    cyn_state_kind kind;
    cyn_operand arg;
    const cyn_column *time; /* FIRST, LAST */
    size_t width;           /* bytes of a slot */
    char *slots;            /* [place]; DISTINCT, SEEN and SKETCH begin with an int64_t count */
    size_t places, room;    /* slots in use, slots allocated */
    int64_t low;            /* SEEN: the integer of the first bit */
    cyn_pairs pairs;        /* DISTINCT; SKETCH: (place, bucket); TOTAL_REAL: (place, 0) */
    cyn_wide *wide;         /* TOTAL_REAL: [number of the pair] */
    int64_t *counts;        /* SKETCH: [number of the pair] */
    size_t pair_room;       /* of wide or counts */
    cyn_arena *arena;       /* SAMPLE: of the values; the caller's */
    cyn_ask *asks;          /* SAMPLE, SKETCH */
    size_t nasks;
    double *answers; /* [place][ask], after finish; NaN: missing */
} cyn_state;

/* CYN_E_TYPE when the function cannot take such an argument. */
CYN_NODISCARD cyn_code cyn_state_kind_of(const cyn_plan_agg *agg, const cyn_operand *arg,
                                         cyn_state_kind *out, cyn_err *err);
void cyn_state_init(cyn_state *s, cyn_state_kind kind, const cyn_operand *arg,
                    const cyn_column *time, cyn_arena *arena);
/* Before the first row: counts different values by bits where these are not too many for as many
 * places as there can be. */
void cyn_state_choose(cyn_state *s, double max_places, size_t rows);
/* The choice that another state of the same aggregate made. */
void cyn_state_choose_as(cyn_state *s, const cyn_state *other);
void cyn_state_clear(cyn_state *s);
/* What finish shall answer of a SAMPLE or SKETCH: the number to read it by. `asks` has room. */
size_t cyn_state_ask(cyn_state *s, const cyn_plan_agg *agg);
CYN_NODISCARD cyn_code cyn_state_reserve(cyn_state *s, size_t places, cyn_err *err);
/* Of the batch of scratch->n rows from `first` on. */
CYN_NODISCARD cyn_code cyn_state_update(cyn_state *s, const cyn_rows *rows, size_t first,
                                        cyn_known *scratch, cyn_err *err);
/* Adds what `from` has to where its places go. `from` may lose it, and its arena must outlive s. */
CYN_NODISCARD cyn_code cyn_state_merge(cyn_state *s, cyn_state *from, const cyn_places *map,
                                       cyn_err *err);
/* Answers what all states are asked, with all cores. `width`: so many places, of each segment,
 * follow each other. CYN_E_CANCEL: *cancel became true (it may be NULL). */
CYN_NODISCARD cyn_code cyn_states_finish(cyn_state *states, size_t n, size_t width,
                                         const atomic_bool *cancel, cyn_err *err);
/* Fills value, numerator and denominator of a cell. */
CYN_NODISCARD cyn_code cyn_state_cell(cyn_state *s, const cyn_plan_agg *agg, size_t ask,
                                      size_t place, cyn_cell *out, cyn_err *err);

/* Adds to a place's sum of reals what its slot cannot hold; false when memory is exhausted. */
bool cyn_state_add_wide(cyn_state *s, size_t place, const cyn_wide *more);
/* The wide part of a place's sum; NULL: there is none. */
const cyn_wide *cyn_state_wide(const cyn_state *s, size_t place);
/* Counts n values in a place's bucket; false when memory is exhausted. */
bool cyn_state_add_bucket(cyn_state *s, size_t place, uint64_t bucket, int64_t n);
/* sum / (count · 10^scale), correctly rounded; count > 0. */
double cyn_mean_of(cyn_i128 sum, int64_t count, int scale);

/* The slots as what they are. */
#define CYN_SLOTS(state, type) ((type *)(void *)(state)->slots)
