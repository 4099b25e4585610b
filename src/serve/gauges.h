/* What the daemon measures of itself: counters, gauges and histograms, for /metrics and the page of
 * its health. Lock-free; any thread adds, any thread reads.
 *
 * Names are those of Prometheus: base units, _total, _seconds, _bytes.
 */
#pragma once
#include "base/buf.h"
#include <stdatomic.h>

typedef enum cyn_gauge {
    CYN_COUNT_EVALUATIONS, /* cynosure_evaluations_total{lane,outcome} … */
    CYN_COUNT_EVALUATION_FAILURES,
    CYN_COUNT_RULE_EVALUATIONS,
    CYN_COUNT_RULE_FAILURES,
    CYN_COUNT_RULE_MISSED,
    CYN_COUNT_SCRIPT_ERRORS,
    CYN_COUNT_LOADS,
    CYN_COUNT_LOAD_FAILURES,
    CYN_COUNT_ROWS,
    CYN_COUNT_BYTES,
    CYN_COUNT_BAD_ROWS,
    CYN_COUNT_RESTATED,
    CYN_COUNT_SENT,
    CYN_COUNT_SEND_FAILURES,
    CYN_COUNT_DEAD,
    CYN_COUNT_RELOADS,
    CYN_COUNT_RELOAD_FAILURES,
    CYN_COUNT_REQUESTS,
    CYN_COUNT_REQUEST_ERRORS,
    CYN_COUNT_STATE_FAILURES,     /* the state could not be read or written */
    CYN_GAUGE_QUEUE_METRICS,      /* due and not evaluated */
    CYN_GAUGE_QUEUE_SLOW_METRICS, /* of those that take long */
    CYN_GAUGE_QUEUE_MESSAGES,     /* waiting to be delivered */
    CYN_GAUGE_FIRING,
    CYN_GAUGE_PENDING,
    CYN_GAUGE_QUARANTINED,
    CYN_GAUGE_SLOW_METRICS, /* in a lane of their own */
    CYN_GAUGE_QUARANTINED_RULES,
    CYN_GAUGE_LAST_RELOAD_OK, /* 1, 0 */
    CYN_GAUGE_LAST_RELOAD,    /* seconds since 1970 */
    CYN_GAUGE_STARTED,
    CYN_GAUGES,
} cyn_gauge;

typedef enum cyn_histogram {
    CYN_SECONDS_EVALUATION,    /* of a batch of metrics */
    CYN_SECONDS_LATENESS,      /* behind the time at which it was due */
    CYN_SECONDS_SLOW_LATENESS, /* of those that take long */
    CYN_SECONDS_RULES,
    CYN_SECONDS_RULE_LATENESS,
    CYN_SECONDS_SLOW_RULE_LATENESS, /* of those that take long */
    CYN_SECONDS_LOAD,
    CYN_SECONDS_DELIVERY,
    CYN_SECONDS_REQUEST,
    CYN_HISTOGRAMS,
} cyn_histogram;

typedef struct cyn_gauges cyn_gauges;
cyn_gauges *cyn_gauges_new(void); /* NULL when memory is exhausted */
void cyn_gauges_free(cyn_gauges *g);
void cyn_gauges_add(cyn_gauges *g, cyn_gauge which, int64_t n);
void cyn_gauges_set(cyn_gauges *g, cyn_gauge which, int64_t value);
int64_t cyn_gauges_get(const cyn_gauges *g, cyn_gauge which);
void cyn_gauges_observe(cyn_gauges *g, cyn_histogram which, int64_t micros);
/* An upper bound of the q-quantile, from the buckets; -1: nothing was observed. */
double cyn_gauges_quantile(const cyn_gauges *g, cyn_histogram which, double q);
/* All of them in the text format of Prometheus, with the process's own (process_*). */
void cyn_gauges_write(const cyn_gauges *g, cyn_buf *out);
