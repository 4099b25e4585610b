/* Joining a project's metrics with their sheets, and settling their definitions. */
#include "engine/project.h"
#include <string.h>

static const cyn_sheet *sheet_of(const cyn_project *p, const char *name)
{
    for (size_t i = 0; i < p->sheets->count; i++)
        if (strcmp(p->sheets->items[i].name, name) == 0) return &p->sheets->items[i];
    return NULL;
}

/* A copy of the script's metric that takes from kpis.yaml what the script left open. A
 * contradiction is a finding; the script's word then counts, so that the value can still be seen.
 */
static cyn_code merged_metric(cyn_project *p, const cyn_metric *declared, cyn_metric **out,
                              cyn_err_list *errs)
{
    cyn_metric *m = CYN_NEW(p->arena, cyn_metric);
    if (!m) return CYN_E_NOMEM;
    *m = *declared;
    const cyn_sheet *row = sheet_of(p, m->name);
    if (row) {
        cyn_err err = {0};
        cyn_sheet merged = m->sheet;
        if (cyn_sheet_merge(&merged, row, &err) == CYN_OK)
            m->sheet = merged;
        else
            cyn_err_list_add(errs, &err);
    }
    if (m->sheet.role == CYN_ROLE_NONE) m->sheet.role = CYN_KPI;
    *out = m;
    return CYN_OK;
}

/* The error of each metric in display order, found again by name after sorting. */
static cyn_code sort_metrics(cyn_project *p, cyn_metric *const *metrics, const cyn_err *errors,
                             size_t n)
{
    const cyn_metric **sorted = CYN_NEW_ARRAY(p->arena, n + 1, const cyn_metric *);
    cyn_err *sorted_errors = CYN_NEW_ARRAY(p->arena, n + 1, cyn_err);
    if (!sorted || !sorted_errors) return CYN_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        sorted[i] = metrics[i];
    cyn_metric_sort(sorted, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (metrics[k] == sorted[i]) sorted_errors[i] = errors[k];
    p->metrics = sorted;
    p->metric_errors = sorted_errors;
    p->nmetrics = n;
    return CYN_OK;
}

cyn_code cyn_project_attach(cyn_project *p, const cyn_catalog *catalog, cyn_evaluator evaluator,
                            cyn_err_list *errs)
{
    p->catalog = catalog;
    p->evaluator = evaluator;
    for (size_t i = 0; i < catalog->nerrors; i++)
        cyn_err_list_add(errs, &catalog->errors[i]);
    size_t n = catalog->nmetrics;
    cyn_metric **metrics = CYN_NEW_ARRAY(p->arena, n + 1, cyn_metric *);
    cyn_err *errors = CYN_NEW_ARRAY(p->arena, n + 1, cyn_err);
    if (!metrics || !errors) return CYN_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        CYN_TRY(merged_metric(p, catalog->metrics[i], &metrics[i], errs));
    for (size_t i = 0; i < n; i++) {
        cyn_code rc = cyn_metric_define(metrics, n, i, catalog->aggs, &errors[i]);
        if (rc == CYN_E_NOMEM) return rc;
    }
    return sort_metrics(p, metrics, errors, n);
}
