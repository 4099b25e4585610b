/* One thread's pass over rows: a plan bound to a table, its groups, filters and states.
 *
 *     cyn_pass p = {0};
 *     rc = cyn_pass_bind(&p, plan, table, err);
 *     cyn_pass_choose(&p, NULL);
 *     rc = cyn_pass_scan(&p, first, n, cancel, err);   // for each range that it takes
 *     rc = cyn_pass_merge(&all, &p, err);              // `all` is a pass that only collects
 *     rc = cyn_pass_finish(&all, cancel, err);
 *     cyn_pass_clear(&p);
 */
#pragma once
#include "exec/state_impl.h"

/* Rows that one condition keeps, shared by all aggregates that have it. */
typedef struct cyn_filter {
    bool all;
    size_t test;     /* unless all */
    cyn_rows rows;   /* of the batch */
    uint32_t *place; /* for rows that have different places */
    int64_t *passed; /* [place] */
    size_t room;
} cyn_filter;

#define CYN_NO_STATE SIZE_MAX /* count needs only its filter */

typedef struct cyn_bound_agg {
    size_t filter, state, ask;
} cyn_bound_agg;

typedef struct cyn_pass {
    const cyn_plan *plan;
    const cyn_table *table;
    cyn_arena *scratch;
    cyn_program program;
    cyn_grouper grouper;
    cyn_filter *filters;
    size_t nfilters;
    cyn_state *states;
    size_t *state_filter; /* whose rows each state is fed */
    size_t nstates;
    cyn_bound_agg *aggs; /* [agg of the plan] */
    cyn_known some;      /* for cyn_state_update */
} cyn_pass;

/* p is zero; clear it also when this fails. */
CYN_NODISCARD cyn_code cyn_pass_bind(cyn_pass *p, const cyn_plan *plan, const cyn_table *table,
                                     cyn_err *err);
/* Before the first row: how states are kept; as in another pass of the same plan, unless NULL. */
void cyn_pass_choose(cyn_pass *p, const cyn_pass *like);
void cyn_pass_clear(cyn_pass *p);
CYN_NODISCARD cyn_code cyn_pass_scan(cyn_pass *p, size_t first, size_t n, const atomic_bool *cancel,
                                     cyn_err *err);
/* The same of one batch: at most n rows, and says how many. What its filters keep stays in them. */
CYN_NODISCARD cyn_code cyn_pass_batch(cyn_pass *p, size_t first, size_t *n,
                                      const atomic_bool *cancel, cyn_err *err);
/* Adds what another pass found, which may lose it but must outlive p. After cyn_pass_collect. */
CYN_NODISCARD cyn_code cyn_pass_merge(cyn_pass *p, cyn_pass *other, cyn_err *err);
/* From now on p counts by interval, not by span. */
void cyn_pass_collect(cyn_pass *p);
/* Number of places; after finish there is one more behind them, which no row has. */
size_t cyn_pass_places(const cyn_pass *p);
CYN_NODISCARD cyn_code cyn_pass_finish(cyn_pass *p, const atomic_bool *cancel, cyn_err *err);
