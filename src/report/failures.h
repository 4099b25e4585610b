/* Why values are missing: each cause once, with the metrics, or the rules, that it concerns. A file
 * that is not there fails every metric over it, and every segment and period of each; it is said
 * once.
 *
 *     cyn_failures f = {0};
 *     cyn_failures_add(&f, metric, error);       // whenever one is met; both outlive f
 *     cyn_failures_write(&f, opts, &out);        // "✗ metrics 'a', 'b', 'c' and 10 more: …"
 *     cyn_failures_clear(&f);
 *
 * Memory that is exhausted fails the buffer that is written to.
 */
#pragma once
#include "metric/metric.h"
#include "report/report.h"

typedef struct cyn_failure {
    const char *name;
    const cyn_err *error;
    size_t order; /* in which it was met */
} cyn_failure;

typedef enum cyn_failures_of {
    CYN_FAILURES_OF_METRICS,
    CYN_FAILURES_OF_RULES,
} cyn_failures_of;

typedef struct cyn_failures {
    cyn_failures_of of;
    cyn_failure *items;
    size_t count, cap;
    bool failed;
} cyn_failures;

void cyn_failures_add(cyn_failures *f, const cyn_metric *metric, const cyn_err *error);
void cyn_failures_add_name(cyn_failures *f, const char *name, const cyn_err *error);
/* Those of points that failed. */
void cyn_failures_add_points(cyn_failures *f, const cyn_point *points, size_t n);
/* A line or more for each cause, in the order in which they were met first; nothing without any. */
void cyn_failures_write(cyn_failures *f, const cyn_report_options *opts, cyn_buf *out);
/* The same for standard error: each cause as `say` prints errors, with the names as its context. */
void cyn_failures_say(cyn_failures *f, void (*say)(const cyn_err *));
/* The same; `say` gets `self`, too. */
void cyn_failures_tell(cyn_failures *f, void (*say)(void *self, const cyn_err *), void *self);
void cyn_failures_clear(cyn_failures *f);
