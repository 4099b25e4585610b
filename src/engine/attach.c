/* Joining a project's metrics with their sheets, and settling their definitions. */
#include "engine/okr.h"
#include "engine/project.h"
#include "engine/schedule.h"
#include <stdlib.h>
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

/* Metrics in display order, and who is called what. */
static cyn_code sort_metrics(cyn_project *p, cyn_metric *const *metrics, size_t n)
{
    const cyn_metric **sorted = CYN_NEW_ARRAY(p->arena, n + 1, const cyn_metric *);
    size_t *by_name = CYN_NEW_ARRAY(p->arena, n + 1, size_t);
    if (!sorted || !by_name) return CYN_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        sorted[i] = metrics[i];
    cyn_metric_sort(sorted, n);
    cyn_metric_sort_names(sorted, n, by_name);
    p->metrics = sorted;
    p->by_name = by_name;
    p->nmetrics = n;
    return CYN_OK;
}

/* Definitions are settled in the order of declaration, which decides what an error says first. */
static cyn_code define_metrics(cyn_project *p, cyn_metric *const *metrics, size_t n)
{
    cyn_err *errors = CYN_NEW_ARRAY(p->arena, n + 1, cyn_err);
    size_t *by_name = CYN_NEW_ARRAY(p->arena, n + 1, size_t); /* p->by_name is of another order */
    if (!errors || !by_name) return CYN_E_NOMEM;
    p->metric_errors = errors;
    cyn_metric_sort_names((const cyn_metric *const *)metrics, n, by_name);
    for (size_t i = 0; i < n; i++) {
        cyn_err *own = &errors[cyn_project_metric(p, metrics[i]->name)];
        if (cyn_metric_define(metrics, by_name, n, i, p->catalog->aggs, own) == CYN_E_NOMEM)
            return CYN_E_NOMEM;
    }
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
    if (!metrics) return CYN_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        CYN_TRY(merged_metric(p, catalog->metrics[i], &metrics[i], errs));
    CYN_TRY(sort_metrics(p, metrics, n));
    CYN_TRY(define_metrics(p, metrics, n));
    /* A script that failed took its metrics with it: that they are missing has been said. */
    if (catalog->nerrors == 0) cyn_okrs_check_names(p, errs);
    if (catalog->nerrors == 0) cyn_schedule_check_names(p, errs);
    return CYN_OK;
}
