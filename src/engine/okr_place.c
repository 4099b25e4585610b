#include "engine/okr_place.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

size_t cyn_okr_find(const cyn_project *p, const char *name)
{
    for (size_t i = 0; i < p->okrs->count; i++)
        if (strcmp(p->okrs->items[i].name, name) == 0) return i;
    return CYN_NO_OBJECTIVE;
}

/* ---- metrics below the roots ---- */

static cyn_code find_roots(const cyn_project *p, cyn_arena *arena, size_t **out, size_t *count,
                           cyn_err *err)
{
    static const cyn_role roles[] = {CYN_NSM, CYN_KGI};
    *out = CYN_NEW_ARRAY(arena, p->nmetrics + 1, size_t);
    if (!*out) return cyn_nomem(err);
    *count = 0;
    for (int i = 0; i < 2; i++)
        for (size_t m = 0; m < p->nmetrics; m++)
            if (p->metrics[m]->sheet.role == roles[i]) (*out)[(*count)++] = m;
    return CYN_OK;
}

/* Metrics whose turn is yet to come; each goes in once. */
typedef struct queue {
    const cyn_project *project;
    size_t *items, count;
    size_t *root_of;
    size_t root;
} queue;

static void add_name(queue *q, const char *name)
{
    size_t m = cyn_project_metric(q->project, name);
    if (m == CYN_NO_METRIC || q->root_of[m] != CYN_NO_METRIC) return;
    q->root_of[m] = q->root;
    q->items[q->count++] = m;
}

/* What is below another root already stays there. */
static cyn_code mark_below(queue *q, size_t root, cyn_arena *arena, cyn_err *err)
{
    q->root = root;
    q->count = 0;
    add_name(q, q->project->metrics[root]->name);
    for (size_t i = 0; i < q->count; i++) {
        const cyn_metric *m = q->project->metrics[q->items[i]];
        const cyn_formula *parts = cyn_metric_parts(m);
        const char *const *names = NULL;
        size_t n = 0;
        if (parts) CYN_TRY(cyn_formula_inputs(parts, arena, &names, &n, err));
        for (size_t k = 0; k < n; k++)
            add_name(q, names[k]);
        for (size_t k = 0; k < m->ndrivers; k++)
            add_name(q, m->drivers[k].metric);
    }
    return CYN_OK;
}

static cyn_code find_below(const cyn_project *p, const size_t *roots, size_t nroots,
                           cyn_arena *arena, size_t **out, cyn_err *err)
{
    queue q = {.project = p, .items = CYN_NEW_ARRAY(arena, p->nmetrics + 1, size_t)};
    q.root_of = CYN_NEW_ARRAY(arena, p->nmetrics + 1, size_t);
    if (!q.items || !q.root_of) return cyn_nomem(err);
    for (size_t m = 0; m < p->nmetrics; m++)
        q.root_of[m] = CYN_NO_METRIC;
    /* A root below another one is a root all the same: it is marked first. */
    for (size_t i = 0; i < nroots; i++)
        q.root_of[roots[i]] = roots[i];
    for (size_t i = 0; i < nroots; i++) {
        q.root_of[roots[i]] = CYN_NO_METRIC;
        CYN_TRY(mark_below(&q, roots[i], arena, err));
    }
    *out = q.root_of;
    return CYN_OK;
}

/* ---- objectives ---- */

/* What the objective names: an objective or, before all, a metric. */
static cyn_okr_place named(const cyn_project *p, const cyn_objective *o, const size_t *root_of)
{
    cyn_okr_place at = {
        .above = CYN_NO_OBJECTIVE, .root = CYN_NO_METRIC, .through = CYN_NO_METRIC, .loose = true};
    if (!o->supports) {
        at.because = CYN_LOOSE_SUPPORTS_NOTHING;
        return at;
    }
    size_t m = cyn_project_metric(p, o->supports);
    if (m == CYN_NO_METRIC) {
        at.above = cyn_okr_find(p, o->supports);
        at.because = at.above == CYN_NO_OBJECTIVE ? CYN_LOOSE_UNKNOWN : CYN_LOOSE_OBJECTIVE;
        return at;
    }
    at.through = m;
    at.root = root_of[m];
    at.loose = at.root == CYN_NO_METRIC;
    at.because = CYN_LOOSE_METRIC;
    return at;
}

/* Follows the objectives upwards. One that comes back to itself is part of a circle; one that only
 * leads to a circle hangs on an objective that hangs on nothing. */
static void settle(cyn_okr_place *places, size_t count, size_t which)
{
    size_t at = which, steps = 0;
    while (places[at].above != CYN_NO_OBJECTIVE && steps++ < count) {
        at = places[at].above;
        if (at == which) break;
    }
    if (places[at].above != CYN_NO_OBJECTIVE) {
        if (at == which) places[which].because = CYN_LOOSE_CIRCLE;
        return;
    }
    places[which].root = places[at].root;
    if (at != which) places[which].loose = places[at].root == CYN_NO_METRIC;
}

cyn_code cyn_okr_places_find(const cyn_project *p, cyn_arena *arena, cyn_okr_places *out,
                             cyn_err *err)
{
    size_t *roots = NULL, nroots = 0, *root_of = NULL;
    size_t n = p->okrs->count;
    cyn_okr_place *places = CYN_NEW_ARRAY(arena, n + 1, cyn_okr_place);
    if (!places) return cyn_nomem(err);
    CYN_TRY(find_roots(p, arena, &roots, &nroots, err));
    CYN_TRY(find_below(p, roots, nroots, arena, &root_of, err));
    for (size_t i = 0; i < n; i++)
        places[i] = named(p, &p->okrs->items[i], root_of);
    for (size_t i = 0; i < n; i++)
        settle(places, n, i);
    *out = (cyn_okr_places){.roots = roots, .nroots = nroots, .root_of = root_of, .places = places};
    return CYN_OK;
}

/* ---- names ---- */

#define NAMES_MOST 2048

static void report_name(const cyn_project *p, cyn_err_list *errs, int line, int column,
                        bool objectives, const char *name, const char *what)
{
    const char *names[NAMES_MOST];
    size_t n = 0;
    for (size_t i = 0; i < p->nmetrics && n < NAMES_MOST; i++)
        names[n++] = p->metrics[i]->name;
    for (size_t i = 0; objectives && i < p->okrs->count && n < NAMES_MOST; i++)
        names[n++] = p->okrs->items[i].name;
    cyn_err err = {0};
    (void)cyn_fail_at(&err, CYN_E_NAME, "okrs.yaml", line, column, "%s", what);
    const char *near = cyn_nearest(name, names, n);
    if (near)
        cyn_hint(&err, "did you mean '%s'?", near);
    else
        cyn_hint(&err, "'cynosure eval' shows the project's metrics");
    cyn_err_list_add(errs, &err);
}

void cyn_okrs_check_names(const cyn_project *p, cyn_err_list *errs)
{
    char what[400];
    for (size_t i = 0; i < p->okrs->count; i++) {
        const cyn_objective *o = &p->okrs->items[i];
        if (o->supports && cyn_project_metric(p, o->supports) == CYN_NO_METRIC &&
            cyn_okr_find(p, o->supports) == CYN_NO_OBJECTIVE) {
            snprintf(what, sizeof what,
                     "objective '%.80s' supports '%.80s', but no metric and no objective has that "
                     "name",
                     o->name, o->supports);
            report_name(p, errs, o->line, o->column, true, o->supports, what);
        }
        for (size_t k = 0; k < o->nresults; k++) {
            const cyn_key_result *r = &o->results[k];
            if (cyn_project_metric(p, r->metric) != CYN_NO_METRIC) continue;
            snprintf(what, sizeof what,
                     "a key result of objective '%.80s' is about '%.80s', but no metric has that "
                     "name",
                     o->name, r->metric);
            report_name(p, errs, r->line, r->column, false, r->metric, what);
        }
    }
}
