/* An identity held against the data in one period: what was measured, what the formula makes of its
 * parts, and, where it is a sum of counts, which rows are counted twice or not at all. Made by the
 * engine (engine/identity.h), written by report. docs/numerics.md, X-40 ….
 */
#pragma once
#include "base/period.h"
#include "metric/metric.h"
#include <math.h>

/* An identity whose residual is at most so much of the measured value, or of its largest term,
 * holds; one whose two sides are exact has to hold exactly.
 */
#define CYN_IDENTITY_TOLERANCE 1e-6

enum { CYN_ROWS_TWICE, CYN_ROWS_NONE, CYN_ROWS_OUTSIDE, CYN_ROWS_KINDS };

/* Rows under a sum of counts or sums over one source. */
typedef struct cyn_identity_rows {
    bool known;              /* else the identity is no such sum, and nothing below is set */
    int64_t total;           /* rows of the metric itself */
    int64_t twice;           /* of these, in more than one part */
    int64_t none;            /* of these, in no part */
    int64_t outside;         /* in a part, but not in the metric */
    const char *examples[3]; /* [CYN_ROWS_TWICE, …]: where the first ones stand, "orders.csv row 17,
                                …"; NULL: none */
} cyn_identity_rows;

typedef struct cyn_identity {
    const cyn_metric *metric;
    cyn_period period;
    bool partial;
    cyn_num measured, identity; /* missing: a value is */
    double residual, tolerance; /* measured − identity; NaN: missing */
    bool holds;                 /* false also where it cannot be known: the residual is missing */
    cyn_identity_rows rows;
    const cyn_err *error; /* NULL: none */
} cyn_identity;

/* Whether the identity was found not to hold, or could not be computed. */
static inline bool cyn_identity_fails(const cyn_identity *i)
{
    return i->error || (!i->holds && !isnan(i->residual));
}

/* Whether its parts leave rows out or count some twice, whatever that adds up to. */
static inline bool cyn_identity_is_uneven(const cyn_identity *i)
{
    return i->rows.known && (i->rows.twice || i->rows.none || i->rows.outside);
}
