/* Relations: rows made of other rows, over which aggregates then run as over any source.
 *
 * `events:per "user_id":count()` is a relation of one row per entity; a journey one of a row per
 * attempt; retention one of a row per cohort member; balances and movements one of a row per entity
 * and period end. A view over a relation derives, filters and aggregates its columns like any
 * other, so everything composes: there are no special aggregates for funnels, cohorts or MRR.
 *
 * Columns of each kind (docs/numerics.md, R-…); "entity" has the type of the entity expression:
 *
 * PER         entity, value
 * JOURNEY     entity, time (of the first step, timestamp), t1 … tn (timestamps; missing: not
 * reached), reached (integer 1 … n), reached_1 … reached_n (boolean), immature (boolean), and the
 *             source's dimensions as they are in the row of the first step
 * RETENTION   entity, time (of the start), retained (boolean), value and base (with arg), immature,
 *             and the dimensions of the start's row
 * BALANCE     entity, value (state at the end of the period), of those that are not zero
 * MOVEMENT    entity, opening, closing, new, expansion, contraction, churn, reactivation (numbers ≥
 * 0, closing = opening + new + expansion − contraction − churn + reactivation), of those with an
 * opening or closing that is not zero
 *
 * PER, BALANCE and MOVEMENT belong to periods: they are made for each interval (column "#interval",
 * its number) and each segment asked for (columns named by the dimensions). JOURNEY and RETENTION
 * belong to the period of their "time".
 */
#pragma once
#include "plan/plan.h"

typedef enum cyn_relation_kind {
    CYN_PER,
    CYN_JOURNEY,
    CYN_RETENTION,
    CYN_BALANCE,
    CYN_MOVEMENT,
} cyn_relation_kind;
extern const char *const cyn_relation_names[]; /* "per", "journey", …; NULL at the end */

typedef enum cyn_retention_mode {
    CYN_BOUNDED,   /* active in exactly the n-th unit after the start's */
    CYN_UNBOUNDED, /* in the n-th or any later one */
    CYN_WITHIN,    /* in any from the first to the n-th */
} cyn_retention_mode;

typedef struct cyn_journey_step {
    const cyn_expr *when;
    int64_t within; /* microseconds since the step before; 0: no limit of its own */
} cyn_journey_step;

typedef struct cyn_relation {
    cyn_relation_kind kind;
    const cyn_view *base;   /* the rows that it is made of; may be a view over a relation */
    const cyn_expr *entity; /* over base */
    /* PER */
    cyn_agg_func func;
    const cyn_expr *arg; /* also RETENTION with value, BALANCE and MOVEMENT: what is summed */
    double p;
    int qtype;
    /* JOURNEY */
    const cyn_journey_step *steps;
    size_t nsteps;
    int64_t within; /* microseconds from the first step to the last; 0: no limit */
    bool strict;    /* no other row of the entity between two steps */
    bool any_order; /* steps after the first may come in any order */
    bool every;     /* every attempt, begun where the one before ended; else the first only */
    const cyn_expr *const *same; /* values that all steps share with the first */
    size_t nsame;
    /* RETENTION */
    const cyn_expr *start;  /* the first row of an entity for which it holds begins its cohort */
    const cyn_expr *active; /* NULL: any row */
    cyn_retention_mode mode;
    cyn_grain_unit unit; /* CYN_DAILY, CYN_WEEK or CYN_MONTH: units of the calendar */
    int n;
    /* BALANCE, MOVEMENT: intervals of validity, or snapshots (both NULL: the rows of the last time
     * in the period stand for its end) */
    const cyn_expr *from, *to; /* [from, to); a missing `to` is open */
    cyn_place place;
} cyn_relation;
