/* The project as lints see it: metrics with their rows and roles, found by name, and what is below
 * what. */
#include "check/lint_impl.h"
#include <stdlib.h>
#include <string.h>

static int compare_rows(const void *a, const void *b)
{
    return strcmp((*(const cyn_sheet *const *)a)->name, (*(const cyn_sheet *const *)b)->name);
}

const cyn_sheet *cyn_lint_row(const cyn_lint_run *run, const char *name)
{
    const cyn_sheet key = {.name = name}, *wanted = &key;
    if (run->project->sheets->count == 0) return NULL;
    const cyn_sheet *const *row = bsearch(&wanted, run->rows, run->project->sheets->count,
                                          sizeof(const cyn_sheet *), compare_rows);
    return row ? *row : NULL;
}

static bool sort_rows(cyn_lint_run *run)
{
    const cyn_sheets *sheets = run->project->sheets;
    run->rows = CYN_LINT_ARRAY(run, sheets->count + 1, const cyn_sheet *);
    if (!run->rows) return false;
    for (size_t i = 0; i < sheets->count; i++)
        run->rows[i] = &sheets->items[i];
    if (sheets->count) qsort(run->rows, sheets->count, sizeof(const cyn_sheet *), compare_rows);
    return true;
}

/* Whether somebody has begun to say what the metric is for. */
static bool says_something(const cyn_sheet *s)
{
    return s->why || s->owner || s->unit || s->direction || s->has_target || s->green.set ||
           s->yellow.set || s->has_review;
}

/* Names that no metric has are left out: they are errors of their own. */
static void add_below(const cyn_lint_run *run, const char *name, size_t *below, size_t *n)
{
    size_t at = cyn_project_metric(run->project, name);
    if (at != CYN_NO_METRIC) below[(*n)++] = at;
}

/* What a metric is made of and driven by, each once, as indices; parts first. */
static bool find_below(cyn_lint_run *run, const cyn_metric *m, cyn_lint_metric *out)
{
    const char *const *parts = NULL, *const * inputs;
    size_t nparts = 0, ninputs, n = 0;
    const cyn_formula *formula = cyn_metric_parts(m);
    if (formula) run->rc = cyn_formula_inputs(formula, run->arena, &parts, &nparts, run->err);
    if (run->rc == CYN_OK)
        run->rc = cyn_formula_inputs(m->formula, run->arena, &inputs, &ninputs, run->err);
    if (run->rc != CYN_OK) return false;
    size_t *below = CYN_LINT_ARRAY(run, nparts + ninputs + m->ndrivers + 1, size_t);
    if (!below) return false;
    for (size_t i = 0; i < nparts; i++)
        add_below(run, parts[i], below, &n);
    out->nparts = n;
    for (size_t i = 0; i < ninputs; i++)
        add_below(run, inputs[i], below, &n);
    for (size_t i = 0; i < m->ndrivers; i++)
        add_below(run, m->drivers[i].metric, below, &n);
    out->below = below;
    out->nbelow = n;
    return true;
}

/* As declared in the script or the row: where neither says a role the metric has none, whatever
 * the rest of the program takes it for. */
static cyn_role declared_role(const cyn_metric *declared, const cyn_sheet *row)
{
    if (declared && declared->sheet.role != CYN_ROLE_NONE) return declared->sheet.role;
    return row ? row->role : CYN_ROLE_NONE;
}

/* The scripts' own declarations, in the order of the project's metrics. */
static const cyn_metric **declarations(cyn_lint_run *run)
{
    const cyn_catalog *c = run->project->catalog;
    const cyn_metric **out = CYN_LINT_ARRAY(run, run->nmetrics + 1, const cyn_metric *);
    for (size_t i = 0; out && i < c->nmetrics; i++) {
        size_t at = cyn_project_metric(run->project, c->metrics[i]->name);
        if (at != CYN_NO_METRIC) out[at] = c->metrics[i];
    }
    return out;
}

size_t cyn_lint_below(cyn_lint_run *run, size_t root, bool own, size_t *out)
{
    if (++run->stamp == 1) run->seen = CYN_LINT_ARRAY(run, run->nmetrics + 1, uint32_t);
    if (!run->seen) return 0;
    size_t n = 0;
    out[n++] = root;
    run->seen[root] = run->stamp;
    for (size_t i = 0; i < n; i++) {
        const cyn_lint_metric *m = &run->metrics[out[i]];
        if (own && i > 0 && m->role == CYN_KGI) continue;
        for (size_t k = 0; k < m->nbelow; k++) {
            if (run->seen[m->below[k]] == run->stamp) continue;
            run->seen[m->below[k]] = run->stamp;
            out[n++] = m->below[k];
        }
    }
    return n;
}

/* One walk down from all metrics of a role at once: marks what is below them, but not themselves
 * unless something above them is one, too. */
static bool *mark_below(cyn_lint_run *run, unsigned roles)
{
    size_t *queue = CYN_LINT_ARRAY(run, 2 * run->nmetrics + 1, size_t), n = 0;
    bool *marks = CYN_LINT_ARRAY(run, run->nmetrics + 1, bool);
    if (!queue || !marks) return NULL;
    for (size_t i = 0; i < run->nmetrics; i++)
        if (roles & CYN_OF(run->metrics[i].role)) queue[n++] = i;
    for (size_t i = 0; i < n; i++) {
        const cyn_lint_metric *m = &run->metrics[queue[i]];
        for (size_t k = 0; k < m->nbelow; k++) {
            if (marks[m->below[k]]) continue;
            marks[m->below[k]] = true;
            queue[n++] = m->below[k];
        }
    }
    return marks;
}

static cyn_code find_today(cyn_lint_run *run)
{
    const cyn_project *p = run->project;
    int64_t end = run->data ? cyn_dataset_end(run->data) : CYN_TIME_MIN;
    int64_t now = 0;
    CYN_TRY(cyn_project_as_of(p, NULL, end, &now, run->err));
    run->today = cyn_tz_date(p->calendar.tz, now);
    return CYN_OK;
}

cyn_code cyn_lint_prepare(cyn_lint_run *run)
{
    const cyn_project *p = run->project;
    CYN_TRY(find_today(run));
    run->nmetrics = p->nmetrics;
    cyn_lint_metric *metrics = CYN_LINT_ARRAY(run, p->nmetrics + 1, cyn_lint_metric);
    if (!metrics || !sort_rows(run)) return run->rc;
    const cyn_metric **declared = declarations(run);
    if (!declared) return run->rc;
    for (size_t i = 0; i < p->nmetrics; i++) {
        const cyn_metric *m = p->metrics[i];
        const cyn_sheet *row = cyn_lint_row(run, m->name);
        cyn_lint_metric *out = &metrics[i];
        out->metric = m;
        out->row = row;
        out->role = declared_role(declared[i], row);
        out->has_sheet = row || says_something(&m->sheet);
        out->place = row ? (cyn_place){row->file, row->line, row->column} : m->place;
        if (!find_below(run, m, out)) return run->rc;
    }
    run->metrics = metrics;
    run->below_goal = mark_below(run, CYN_OF(CYN_KGI));
    run->below_any = mark_below(run, CYN_OF(CYN_KGI) | CYN_OF(CYN_NSM));
    return run->rc;
}
