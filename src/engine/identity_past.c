/* Windows in identities: "mrr:offset(-1) + new_mrr" takes a value of another period. Each window is
 * evaluated as a metric of its own, in a project that has those beside the real ones. */
#include "engine/identity_impl.h"
#include <stdlib.h>
#include <string.h>

/* The outermost windows of a formula; out may be NULL. */
static size_t collect(const cyn_formula *f, const cyn_formula **out)
{
    if (!f) return 0;
    if (f->kind == CYN_FORMULA_WINDOW || f->kind == CYN_FORMULA_FOLD) {
        if (out) *out = f;
        return 1;
    }
    size_t n = collect(f->a, out);
    return n + collect(f->b, out ? out + n : NULL);
}

/* Names that no script can give. */
static cyn_code add_metrics(cyn_identity_past *past, const cyn_metric **metrics, cyn_arena *arena,
                            cyn_err *err)
{
    for (size_t i = 0; i < past->n; i++) {
        cyn_metric *m = CYN_NEW(arena, cyn_metric);
        if (!m) return cyn_nomem(err);
        *m = (cyn_metric){.place = past->windows[i]->place, .formula = past->windows[i]};
        m->name = cyn_sprintf(arena, "#%zu", i);
        if (!m->name) return cyn_nomem(err);
        metrics[past->project.nmetrics + i] = m;
    }
    past->project.metrics = metrics;
    past->project.nmetrics += past->n;
    return CYN_OK;
}

cyn_code cyn_identity_past_init(cyn_identity_past *past, const cyn_project *p, const bool *wanted,
                                cyn_arena *arena, cyn_err *err)
{
    *past = (cyn_identity_past){.project = *p, .first = p->nmetrics};
    for (size_t m = 0; m < p->nmetrics; m++)
        if (wanted[m]) past->n += collect(p->metrics[m]->identity, NULL);
    size_t all = p->nmetrics + past->n;
    const cyn_metric **metrics = CYN_NEW_ARRAY(arena, all + 1, const cyn_metric *);
    cyn_err *errors = CYN_NEW_ARRAY(arena, all + 1, cyn_err);
    size_t *by_name = CYN_NEW_ARRAY(arena, all + 1, size_t), n = 0;
    past->windows = CYN_NEW_ARRAY(arena, past->n + 1, const cyn_formula *);
    if (!metrics || !errors || !by_name || !past->windows) return cyn_nomem(err);
    for (size_t m = 0; m < p->nmetrics; m++) {
        metrics[m] = p->metrics[m];
        errors[m] = p->metric_errors[m];
        if (wanted[m]) n += collect(p->metrics[m]->identity, past->windows + n);
    }
    CYN_TRY(add_metrics(past, metrics, arena, err));
    cyn_metric_sort_names(metrics, all, by_name);
    past->project.metric_errors = errors;
    past->project.by_name = by_name;
    return CYN_OK;
}

void cyn_identity_past_mark(const cyn_identity_past *past, const cyn_formula *f, bool *needed)
{
    if (!f) return;
    for (size_t i = 0; i < past->n; i++)
        if (past->windows[i] == f) needed[past->first + i] = true;
    cyn_identity_past_mark(past, f->a, needed);
    cyn_identity_past_mark(past, f->b, needed);
}

size_t cyn_identity_past_metric(const cyn_identity_past *past, const cyn_formula *window)
{
    for (size_t i = 0; i < past->n; i++)
        if (past->windows[i] == window) return past->first + i;
    return CYN_NO_METRIC;
}
