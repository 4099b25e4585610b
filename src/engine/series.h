/* Series of the project's data, for rules (alert/series.h): a few evaluations for all rules that
 * are due, however many there are.
 */
#pragma once
#include "alert/series.h"
#include "engine/dataset.h"

/* What a rule, or several alike, need to see. */
typedef struct cyn_series_request {
    const cyn_metric *metric;
    cyn_grain grain;
    const char *const *dims;
    size_t ndims;
    size_t lookback;  /* periods before the first one that is judged */
    bool partial;     /* the period that is running at `to` (then from is to) */
    bool parts;       /* numerators and denominators, too */
    bool rows;        /* numbers of rows, too */
    int64_t from, to; /* slots that are judged, in ascending order; live: one */
} cyn_series_request;

typedef struct cyn_series_reply {
    const cyn_series *series; /* NULL: it failed */
    const cyn_err *error;     /* why */
} cyn_series_reply;

/* Where series come from: the data, or a test's script. */
typedef struct cyn_series_source {
    void *self;
    /* One reply for each request. Fails as a whole only for what concerns all. */
    cyn_code (*get)(void *self, const cyn_series_request *requests, size_t n, cyn_arena *arena,
                    cyn_series_reply *out, cyn_err *err);
} cyn_series_source;

/* From when on a period of the metric is judged: its end, or when the windows of its cohorts have
 * passed; CYN_TIME_MAX: never. */
CYN_NODISCARD cyn_code cyn_series_ready_at(const cyn_project *p, const cyn_metric *m,
                                           cyn_period period, cyn_arena *scratch, int64_t *out,
                                           cyn_err *err);

/* Of the project's data, as they are now; of rows later than `to` nothing is seen. */
typedef struct cyn_series_data {
    const cyn_project *project;
    cyn_dataset *data;
    const atomic_bool *cancel;
} cyn_series_data;
cyn_series_source cyn_series_from_data(cyn_series_data *d);
