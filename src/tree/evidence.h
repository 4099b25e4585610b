/* Evidence: what the history says about a metric and one that is expected to move it.
 *
 * A driver is judged by the correlation of its changes with the later changes of what it drives
 * (stats/correlation.h), against the sign that its declaration expects. Drivers whose relation to a
 * root is beyond doubt are candidates for its key success factors; leading ones come first, for
 * they leave time to act. docs/numerics.md, C-10 ….
 *
 *     cyn_evidence e = {.metric = aha, .of = revenue, .expected = CYN_UP};
 *     CYN_TRY(cyn_evidence_judge(&e, x, y, n, 8, 52, arena, err));
 *     size_t candidates = cyn_evidence_rank(list, count);
 */
#pragma once
#include "metric/metric.h"
#include "stats/correlation.h"

typedef enum cyn_verdict {
    CYN_AS_EXPECTED, /* its interval leaves out 0 on the side that was expected */
    CYN_OPPOSITE,    /* on the other side */
    CYN_RELATED,     /* leaves out 0, and nothing was expected */
    CYN_UNRELATED,   /* holds 0 */
    CYN_UNVARYING,   /* one of the two never changes its pace */
    CYN_TOO_SHORT,   /* not enough history */
    CYN_UNKNOWN,     /* one of the two could not be evaluated */
} cyn_verdict;
extern const char *const cyn_verdict_names[]; /* for machines: "as_expected", "opposite", … */

typedef struct cyn_evidence {
    const cyn_metric *metric, *of;
    bool declared;          /* as a driver of `of` */
    cyn_direction expected; /* UP or DOWN: the sign of the relation; else nothing is expected */
    cyn_verdict verdict;
    cyn_correlation correlation;
    int season;               /* differences were taken at this distance (C-3) */
    size_t has, needs;        /* periods of history that both know, and what it takes (C-8) */
    const cyn_err *error;     /* UNKNOWN: why, */
    const cyn_metric *failed; /* and which of the two */
} cyn_evidence;

/* x: the history of e->metric, y: that of e->of, [n], oldest first; NaN: missing. `season` is how
 * many periods make one, 1 for none. Sets all but metric, of, declared and expected. */
CYN_NODISCARD cyn_code cyn_evidence_judge(cyn_evidence *e, const double *x, const double *y,
                                          size_t n, int max_lag, int season, cyn_arena *arena,
                                          cyn_err *err);
/* Sorts candidates first: by layer (leading, coincident, lagging, none), then by how far the
 * interval keeps from 0; then the others, by verdict and name. Returns how many are candidates. */
size_t cyn_evidence_rank(cyn_evidence *list, size_t n);

/* The bound of the interval that is nearest to 0; 0 where it holds 0 or there is none. */
double cyn_evidence_distance(const cyn_evidence *e);

/* What `cynosure drivers` shows, made by the engine, written by report. */
typedef struct cyn_drivers {
    const cyn_metric *root;
    const cyn_evidence *declared; /* each driver of the root, and of what it is made of */
    size_t ndeclared;
    const cyn_evidence *ranking; /* each driver once, against the root: candidates first */
    size_t nranking, ncandidates;
    bool all;          /* the ranking holds metrics that nobody declared */
    cyn_period period; /* the last of the history */
    size_t periods;    /* its length */
    int max_lag;
} cyn_drivers;

/* The i-th of both lists, i < ndeclared + nranking. */
static inline const cyn_evidence *cyn_drivers_item(const cyn_drivers *d, size_t i)
{
    return i < d->ndeclared ? &d->declared[i] : &d->ranking[i - d->ndeclared];
}
