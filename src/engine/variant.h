/* Variants: the same project and data with other metrics, made from its own.
 *
 * A question such as "this metric at every offset" or "each of its aggregates alone" is a few
 * metrics more; a variant holds them, and is evaluated as the project is, on the project's data.
 * Everything made lives in the arena; nothing is freed here.
 *
 *     cyn_variant v;
 *     CYN_TRY(cyn_variant_init(&v, project, arena, err));
 *     CYN_TRY(cyn_variant_agg(&v, &changed, &number, err));
 *     CYN_TRY(cyn_variant_metric(&v, "changed", formula, err));
 *     CYN_TRY(cyn_variant_evaluate(&v, data, &request, &result, err));
 */
#pragma once
#include "engine/eval.h"

typedef struct cyn_variant {
    cyn_project project; /* a copy with its own metrics and aggregates */
    cyn_catalog catalog;
    cyn_arena *arena;
    const cyn_agg **aggs; /* the project's, and those added */
    const cyn_metric **metrics;
    cyn_err *errors;
    size_t agg_capacity, metric_capacity;
} cyn_variant;

/* A variant without metrics; it must not be moved. */
CYN_NODISCARD cyn_code cyn_variant_init(cyn_variant *v, const cyn_project *p, cyn_arena *arena,
                                        cyn_err *err);
/* Adds an aggregate; its number. */
CYN_NODISCARD cyn_code cyn_variant_agg(cyn_variant *v, const cyn_agg *agg, uint32_t *out,
                                       cyn_err *err);
/* Adds a metric, without a sheet. */
CYN_NODISCARD cyn_code cyn_variant_metric(cyn_variant *v, const char *name,
                                          const cyn_formula *formula, cyn_err *err);
/* All its metrics, as cyn_evaluate; what has to be loaded for them stays in the dataset. */
CYN_NODISCARD cyn_code cyn_variant_evaluate(cyn_variant *v, cyn_dataset *d,
                                            const cyn_eval_request *request, cyn_eval_result *out,
                                            cyn_err *err);
