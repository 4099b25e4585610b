#include "engine/variant.h"
#include <string.h>

cyn_code cyn_variant_init(cyn_variant *v, const cyn_project *p, cyn_arena *arena, cyn_err *err)
{
    size_t n = p->catalog->naggs;
    *v = (cyn_variant){.project = *p, .catalog = *p->catalog, .arena = arena};
    v->aggs = CYN_NEW_ARRAY(arena, n + 1, const cyn_agg *);
    if (!v->aggs) return cyn_nomem(err);
    if (n) memcpy(v->aggs, p->catalog->aggs, n * sizeof *v->aggs);
    v->agg_capacity = n + 1;
    v->catalog.aggs = v->aggs;
    v->catalog.metrics = NULL;
    v->catalog.nmetrics = 0;
    v->project.catalog = &v->catalog;
    v->project.metrics = NULL;
    v->project.nmetrics = 0;
    return CYN_OK;
}

cyn_code cyn_variant_agg(cyn_variant *v, const cyn_agg *agg, uint32_t *out, cyn_err *err)
{
    size_t n = v->catalog.naggs;
    if (n == v->agg_capacity) {
        const cyn_agg **more = CYN_NEW_ARRAY(v->arena, 2 * n, const cyn_agg *);
        if (!more) return cyn_nomem(err);
        memcpy(more, v->aggs, n * sizeof *more);
        v->agg_capacity = 2 * n;
        v->catalog.aggs = v->aggs = more;
    }
    v->aggs[n] = agg;
    v->catalog.naggs = n + 1;
    *out = (uint32_t)n;
    return CYN_OK;
}

static cyn_code reserve_metric(cyn_variant *v, cyn_err *err)
{
    size_t n = v->project.nmetrics, capacity = v->metric_capacity ? 2 * v->metric_capacity : 16;
    if (n < v->metric_capacity) return CYN_OK;
    const cyn_metric **metrics = CYN_NEW_ARRAY(v->arena, capacity, const cyn_metric *);
    cyn_err *errors = CYN_NEW_ARRAY(v->arena, capacity, cyn_err);
    if (!metrics || !errors) return cyn_nomem(err);
    if (n) memcpy(metrics, v->metrics, n * sizeof *metrics);
    v->metric_capacity = capacity;
    v->project.metrics = v->metrics = metrics;
    v->project.metric_errors = v->errors = errors; /* none failed */
    return CYN_OK;
}

cyn_code cyn_variant_metric(cyn_variant *v, const char *name, const cyn_formula *formula,
                            cyn_err *err)
{
    cyn_metric *m = CYN_NEW(v->arena, cyn_metric);
    if (!m) return cyn_nomem(err);
    *m = (cyn_metric){.name = name, .place = formula->place, .formula = formula};
    CYN_TRY(reserve_metric(v, err));
    v->metrics[v->project.nmetrics++] = m;
    return CYN_OK;
}

cyn_code cyn_variant_evaluate(cyn_variant *v, cyn_dataset *d, const cyn_eval_request *request,
                              cyn_eval_result *out, cyn_err *err)
{
    /* A dataset looks aggregates up in its project; sources are the same in both. */
    const cyn_project *own = d->project;
    d->project = &v->project;
    cyn_code rc = cyn_evaluate(&v->project, d, request, v->arena, out, err);
    d->project = own;
    return rc;
}
