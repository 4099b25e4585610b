/* The change of each metric of a tree, shared out among the metrics that it is made of. */
#include "engine/tree_impl.h"
#include "tree/why.h"
#include <math.h>
#include <string.h>

/* ---- how ---- */

static cyn_code prepare_member(const tree_work *w, member *m, cyn_err *err)
{
    m->formula = cyn_metric_parts(m->metric);
    if (!m->formula) {
        m->inner = false;
        return CYN_OK;
    }
    CYN_TRY(cyn_formula_inputs(m->formula, w->arena, &m->inputs, &m->ninputs, err));
    m->input = CYN_NEW_ARRAY(w->arena, m->ninputs + 1, size_t);
    if (!m->input) return cyn_nomem(err);
    for (size_t i = 0; i < m->ninputs; i++) {
        size_t metric = cyn_project_metric(w->project, m->inputs[i]);
        m->input[i] = metric == CYN_NO_METRIC ? metric : w->member_of[metric];
    }
    m->asked = m->metric->decompose;
    if (m->asked != CYN_METHOD_AUTO && m->asked != CYN_METHOD_MOVEMENT) return CYN_OK;
    bool moved = false;
    CYN_TRY(tree_movement(w, m, &m->flow, &moved, err));
    if (moved) m->asked = CYN_METHOD_MOVEMENT;
    return CYN_OK;
}

cyn_code tree_prepare(tree_work *w, cyn_err *err)
{
    for (size_t i = 0; i < w->nmembers; i++)
        if (w->members[i].inner) CYN_TRY(prepare_member(w, &w->members[i], err));
    return CYN_OK;
}

/* ---- what changed ---- */

/* An input without a target counts as unchanged. */
static cyn_code change_of(const tree_work *w, size_t place, size_t number, cyn_change_of *out,
                          cyn_err *err)
{
    const member *m = &w->members[number];
    two_sides total = tree_sides(w, place, number);
    double *before = CYN_NEW_ARRAY(w->arena, 2 * m->ninputs + 1, double);
    if (!before) return cyn_nomem(err);
    double *after = before + m->ninputs;
    for (size_t i = 0; i < m->ninputs; i++) {
        two_sides input = {NAN, NAN};
        if (m->input[i] != CYN_NO_METRIC) input = tree_sides(w, place, m->input[i]);
        after[i] = input.after;
        before[i] = isnan(input.before) && against_figures(w) ? input.after : input.before;
    }
    *out = (cyn_change_of){.formula = m->formula,
                           .inputs = m->inputs,
                           .n = m->ninputs,
                           .before = before,
                           .after = after,
                           .total_before = total.before,
                           .total_after = total.after,
                           .flow = m->flow};
    return CYN_OK;
}

/* What is missing for a function to share out the change; NULL: nothing. */
static const char *what_is_missing(const cyn_change_of *c)
{
    if (isnan(c->total_before) || isnan(c->total_after)) return cyn_why_labels[CYN_WHY_NO_TOTAL].en;
    for (size_t i = 0; i < c->n; i++)
        if (isnan(c->before[i]) || isnan(c->after[i])) return cyn_why_labels[CYN_WHY_NO_INPUT].en;
    return NULL;
}

static cyn_parts no_parts(const cyn_change_of *c, const char *why)
{
    return (cyn_parts){.method = CYN_METHOD_NONE,
                       .why = why,
                       .change = c->total_after - c->total_before,
                       .formula_before = NAN,
                       .formula_after = NAN};
}

/* Without parts because of an error that concerns this metric only. */
static cyn_code fail_parts(const tree_work *w, const cyn_change_of *c, const cyn_err *e,
                           cyn_parts *out, cyn_err *err)
{
    if (cyn_concerns_all(e->code)) {
        if (err) *err = *e;
        return e->code;
    }
    const char *why = e->file[0] && e->line
                          ? cyn_sprintf(w->arena, "%s:%d: %s", e->file, e->line, e->message)
                          : cyn_strdup(w->arena, e->message);
    if (!why) return cyn_nomem(err);
    *out = no_parts(c, why);
    return CYN_OK;
}

static cyn_code share_out(const tree_work *w, size_t place, size_t number, cyn_err *err)
{
    cyn_change_of c;
    cyn_err why = {0};
    cyn_parts *parts = tree_parts(w, place, number);
    CYN_TRY(change_of(w, place, number, &c, err));
    if (against_figures(w) && isnan(c.total_before)) {
        bool target = w->request->against.kind == CYN_AGAINST_TARGET;
        *parts = no_parts(&c, cyn_why_labels[target ? CYN_WHY_NO_TARGET : CYN_WHY_NO_MARKET].en);
        return CYN_OK;
    }
    cyn_code rc = cyn_decompose(&c, w->members[number].asked, w->arena, parts, &why);
    return rc == CYN_OK ? CYN_OK : fail_parts(w, &c, &why, parts, err);
}

/* ---- by the metrics' own functions ---- */

/* The changes of one function, and where their parts go. */
typedef struct batch {
    cyn_change_of *of;
    cyn_change *changes;
    cyn_parts **parts;
    size_t n;
} batch;

static cyn_code batch_new(const tree_work *w, size_t most, batch *out, cyn_err *err)
{
    *out = (batch){.of = CYN_NEW_ARRAY(w->arena, most + 1, cyn_change_of),
                   .changes = CYN_NEW_ARRAY(w->arena, most + 1, cyn_change),
                   .parts = CYN_NEW_ARRAY(w->arena, most + 1, cyn_parts *)};
    return out->of && out->changes && out->parts ? CYN_OK : cyn_nomem(err);
}

static cyn_code batch_add(const tree_work *w, size_t place, size_t number, batch *b, cyn_err *err)
{
    cyn_change_of *c = &b->of[b->n];
    const cyn_metric *metric = w->members[number].metric;
    CYN_TRY(change_of(w, place, number, c, err));
    const char *missing = what_is_missing(c);
    if (missing) {
        *tree_parts(w, place, number) = no_parts(c, missing);
        return CYN_OK;
    }
    b->changes[b->n] = (cyn_change){.handle = metric->decomposer->handle,
                                    .metric = metric->name,
                                    .inputs = c->inputs,
                                    .ninputs = c->n,
                                    .before = c->before,
                                    .after = c->after,
                                    .total_before = c->total_before,
                                    .total_after = c->total_after};
    b->parts[b->n++] = tree_parts(w, place, number);
    return CYN_OK;
}

static cyn_code batch_run(const tree_work *w, const batch *b, cyn_err *err)
{
    const cyn_evaluator *ev = &w->project->evaluator;
    const double *const *parts = NULL;
    const cyn_err *const *errors = NULL;
    cyn_err why = {0};
    if (b->n == 0) return CYN_OK;
    cyn_code rc = ev->decompose
                      ? ev->decompose(ev->self, b->changes, b->n, w->arena, &parts, &errors, &why)
                      : cyn_fail(&why, CYN_E_UNSUPPORTED, "there is nobody to run its function");
    for (size_t i = 0; i < b->n; i++) {
        if (rc != CYN_OK)
            CYN_TRY(fail_parts(w, &b->of[i], &why, b->parts[i], err));
        else if (!parts[i])
            CYN_TRY(fail_parts(w, &b->of[i], errors[i], b->parts[i], err));
        else
            CYN_TRY(cyn_parts_given(&b->of[i], parts[i], w->arena, b->parts[i], err));
    }
    return CYN_OK;
}

static bool is_scripts(const member *m)
{
    return m->inner && m->asked == CYN_METHOD_SCRIPT;
}

/* All changes of the functions in as few calls as there are functions. */
static cyn_code run_scripts(const tree_work *w, size_t first, cyn_err *err)
{
    for (size_t i = 0; i < w->nmembers; i++) {
        if (!is_scripts(&w->members[i])) continue;
        const uint32_t handle = w->members[i].metric->decomposer->handle;
        bool done = false;
        for (size_t k = 0; k < i && !done; k++)
            done = is_scripts(&w->members[k]) && w->members[k].metric->decomposer->handle == handle;
        if (done) continue;
        batch b;
        CYN_TRY(batch_new(w, (w->nmembers - i) * (w->nplaces - first), &b, err));
        for (size_t k = i; k < w->nmembers; k++) {
            if (!is_scripts(&w->members[k]) || w->members[k].metric->decomposer->handle != handle)
                continue;
            for (size_t place = first; place < w->nplaces; place++)
                CYN_TRY(batch_add(w, place, k, &b, err));
        }
        CYN_TRY(batch_run(w, &b, err));
    }
    return CYN_OK;
}

static bool is_cancelled(const tree_work *w)
{
    return w->request->cancel && atomic_load(w->request->cancel);
}

cyn_code tree_share_out(tree_work *w, cyn_err *err)
{
    const size_t first = w->request->by ? 1 : 0;
    for (size_t place = first; place < w->nplaces; place++) {
        for (size_t i = 0; i < w->nmembers; i++) {
            if (is_cancelled(w))
                return cyn_fail(err, CYN_E_CANCEL, "stopped while sharing out what changed");
            if (w->members[i].inner && !is_scripts(&w->members[i]))
                CYN_TRY(share_out(w, place, i, err));
        }
    }
    return run_scripts(w, first, err);
}
