/* Drivers held against the history: does what should move a metric move before it, and which way?
 *
 *     cyn_drivers_request r = {.root = "revenue", .history = 104, .max_lag = 8};
 *     CYN_TRY(cyn_drivers_evaluate(project, data, &r, arena, &drivers, err));
 *
 * All metrics are evaluated in the root's grain, by one evaluation (engine/eval.h). Values of a
 * period that has not ended, and immature ones, are no evidence.
 */
#pragma once
#include "engine/eval.h"
#include "tree/evidence.h"

#define CYN_DRIVERS_HISTORY 104
#define CYN_DRIVERS_LAGS    8

typedef struct cyn_drivers_request {
    const char *root;
    const char *at; /* the last period of the history; NULL: the last that has ended */
    bool has_grain; /* else the root's */
    cyn_grain grain;
    size_t history; /* periods; 0: CYN_DRIVERS_HISTORY */
    int max_lag;
    bool all; /* also metrics that nobody declared, but for those made of the root, or it of them */
    const char *as_of;
    const atomic_bool *cancel;
} cyn_drivers_request;

/* Fails for what concerns all: an unknown root or period, cancellation, exhausted memory. A metric
 * that fails is evidence of nothing (CYN_UNKNOWN). */
CYN_NODISCARD cyn_code cyn_drivers_evaluate(const cyn_project *p, cyn_dataset *d,
                                            const cyn_drivers_request *request, cyn_arena *arena,
                                            cyn_drivers *out, cyn_err *err);
/* The evidence for any pairs: metric, of, declared and expected are given, the rest is found. Of
 * the request, root and all do not matter, and a grain has to be given. `drivers` gets the period
 * and the length of the history; it may be NULL. */
CYN_NODISCARD cyn_code cyn_find_evidence(const cyn_project *p, cyn_dataset *d,
                                         const cyn_drivers_request *request, cyn_evidence *pairs,
                                         size_t n, cyn_arena *arena, cyn_drivers *drivers,
                                         cyn_err *err);
