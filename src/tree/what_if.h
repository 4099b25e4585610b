/* What if: a tree with other values of some metrics, and what it would take to reach a target.
 *
 * Assumptions replace values; all that is made of them by identities follows, measured residuals
 * stay what they are (an identity that was off by 3 stays off by 3). Metrics that no identity
 * connects with the root change nothing there: `reaches` is false, and the caller says so.
 * docs/numerics.md, X-16 ….
 *
 *     cyn_assumption a;
 *     CYN_TRY(cyn_parse_assumption("cvr=+0.5pt", arena, &a, err));
 *     CYN_TRY(cyn_what_if(tree, values, assumptions, n, arena, &w, err));
 *     CYN_TRY(cyn_goal_seek(tree, values, assumptions, n, 1e6, arena, &goals, err));
 */
#pragma once
#include "tree/tree.h"

typedef enum cyn_assumption_kind {
    CYN_ASSUME_VALUE,   /* cvr=4%, price=120; balance==-5: the sign is the value's */
    CYN_ASSUME_ADD,     /* users=+500 */
    CYN_ASSUME_POINTS,  /* cvr=+0.5pt: 0.005 more */
    CYN_ASSUME_PERCENT, /* ttv_p95=-10%: times 0.9 */
} cyn_assumption_kind;

typedef struct cyn_assumption {
    const char *metric; /* in the arena */
    cyn_assumption_kind kind;
    double by;    /* the value, or what is added: 0.04, 500, 0.005, -0.1 */
    size_t index; /* of the metric, in the caller's list; set by the caller */
} cyn_assumption;

/* Full-width digits and signs as a Japanese keyboard types them are read, too. */
CYN_NODISCARD cyn_code cyn_parse_assumption(const char *text, cyn_arena *arena, cyn_assumption *out,
                                            cyn_err *err);

typedef struct cyn_what_if_node {
    double before, after; /* NaN: missing */
    bool assumed;         /* its value was given */
    bool reaches;         /* the root's value depends on it, by identities */
    double elasticity;    /* of the root: % of the root for 1 % of this, before; NaN: none */
    double slope;         /* of the root: units for one unit of this, before; NaN: none */
} cyn_what_if_node;

/* values: [metric index], as measured; NaN: missing. out: [node of the tree]. */
CYN_NODISCARD cyn_code cyn_what_if(const cyn_tree *t, const double *values,
                                   const cyn_assumption *assumptions, size_t n, cyn_arena *arena,
                                   const cyn_what_if_node **out, cyn_err *err);

typedef enum cyn_sought_state {
    CYN_SOUGHT_FOUND,
    CYN_SOUGHT_MET,   /* the root is there already */
    CYN_SOUGHT_NEVER, /* no value of this one leads there */
    CYN_SOUGHT_NONE,  /* the root does not depend on it, or a value is missing */
} cyn_sought_state;

/* What one leaf alone would have to become, all others as assumed. */
typedef struct cyn_sought {
    size_t node;
    cyn_sought_state state;
    double value;              /* FOUND: the nearest to what it is now */
    bool beyond;               /* FOUND, but of no use: a share above 1, a count below 0 */
    double best, root_at_best; /* NEVER: how near it comes, and where */
} cyn_sought;

CYN_NODISCARD cyn_code cyn_goal_seek(const cyn_tree *t, const double *values,
                                     const cyn_assumption *assumptions, size_t n, double target,
                                     cyn_arena *arena, const cyn_sought **out, size_t *count,
                                     cyn_err *err);
