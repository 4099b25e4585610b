/* The series that a test gives, as a source of series for rules (engine/series.h).
 *
 *     CYN_TRY(cyn_test_series_new(project, test, arena, &given, err));   // CYN_E_NAME … with place
 *     CYN_TRY(cyn_watch_run(w, slot, cyn_test_series_source(given), arena, &result, err));
 *
 * A request is answered with the segments whose labels are its dimensions; a metric without any has
 * no data. The i-th value is that of the i-th period from the start; before and after there is
 * none. Of a rule with `partial` a period has its value from its start on.
 */
#pragma once
#include "catalog/case.h"
#include "engine/series.h"

typedef struct cyn_test_segment {
    const cyn_case_series *given;
    const cyn_metric *metric;
    cyn_grain grain;
    int64_t *starts; /* of the periods that have a value, in ascending order */
    double *values;
    size_t n;
} cyn_test_segment;

typedef struct cyn_test_series {
    const cyn_project *project;
    const cyn_case *test;
    cyn_test_segment *segments; /* in the order of the test's series */
    size_t count;
} cyn_test_series;

CYN_NODISCARD cyn_code cyn_test_series_new(const cyn_project *p, const cyn_case *c,
                                           cyn_arena *arena, cyn_test_series **out, cyn_err *err);
cyn_series_source cyn_test_series_source(cyn_test_series *s);
/* Whether the segment's labels are these dimensions, in any order. */
bool cyn_test_segment_is_by(const cyn_test_segment *s, const char *const *dims, size_t n);
/* When the first value of the metric can be judged: at its period's end, or at its start by rules
 * that judge the running one. CYN_TIME_MAX: there are no values. */
int64_t cyn_test_series_start(const cyn_test_series *s, const char *metric, bool partial);
