/* Runs the tests of rules and metrics (catalog/case.h): a false clock, synthetic series or rows,
 * and the same code as live (rules/watch.h).
 *
 *     for each case: CYN_TRY(cyn_case_run(project, c, &cancel, &coverage, arena, &result, err));
 *
 * docs/reference/testing.md says what a test may say, and what holds when it says nothing.
 */
#pragma once
#include "catalog/case.h"
#include "rules/watch.h"

typedef struct cyn_case_failure {
    cyn_place place;     /* of the expectation */
    const char *message; /* what was expected, what was found, and when: several lines */
} cyn_case_failure;

typedef struct cyn_case_result {
    const cyn_case_failure *failures; /* none: it passed */
    size_t nfailures;
    const cyn_err *error; /* it could not be run at all; NULL */
    int64_t micros;       /* that it took */
} cyn_case_result;

/* Which rules some test has made fire, and which it has evaluated: [rule of the catalog]. */
typedef struct cyn_case_coverage {
    bool *evaluated, *fired;
    size_t n;
} cyn_case_coverage;

/* Fails for what concerns all (memory, cancellation) only. `cancel` may be NULL. */
CYN_NODISCARD cyn_code cyn_case_run(const cyn_project *p, const cyn_case *c,
                                    const atomic_bool *cancel, cyn_case_coverage *coverage,
                                    cyn_arena *arena, cyn_case_result *out, cyn_err *err);
