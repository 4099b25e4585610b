#include "engine/identity.h"
#include "engine/identity_impl.h"
#include <math.h>
#include <string.h>

/* ---- which metrics ---- */

typedef struct checking {
    const cyn_project *project;
    cyn_dataset *data;
    const cyn_eval_request *request;
    bool rows;
    cyn_arena *arena;
    cyn_err *err;
    cyn_identity_past past;
    const cyn_point **points; /* [metric of past]: its first point, of the grain at hand */
    size_t *npoints;
    cyn_identity *items;
    size_t count, capacity;
} checking;

static cyn_code no_identity(const cyn_metric *m, cyn_err *err)
{
    cyn_fail_at(err, CYN_E_USAGE, m->place.file, m->place.line, m->place.column,
                "metric '%s' has no identity", m->name);
    cyn_hint(err, "say what it must equal: identity = \"users * cvr * price\"");
    return CYN_E_USAGE;
}

/* Marks the metrics to be checked: those named, or all that have an identity. */
static cyn_code choose(const checking *c, bool *wanted)
{
    const cyn_project *p = c->project;
    for (size_t i = 0; i < c->request->nmetrics; i++) {
        size_t m;
        CYN_TRY(cyn_project_need_metric(p, c->request->metrics[i], &m, c->err));
        if (!p->metrics[m]->identity) return no_identity(p->metrics[m], c->err);
        wanted[m] = true;
    }
    for (size_t m = 0; c->request->nmetrics == 0 && m < p->nmetrics; m++)
        wanted[m] = p->metrics[m]->identity != NULL;
    return CYN_OK;
}

/* Marks the metrics whose values it takes. */
static cyn_code mark_inputs(const checking *c, size_t m, bool *needed)
{
    const char *const *names;
    size_t n;
    CYN_TRY(cyn_formula_inputs(c->project->metrics[m]->identity, c->arena, &names, &n, c->err));
    cyn_identity_past_mark(&c->past, c->project->metrics[m]->identity, needed);
    needed[m] = true;
    for (size_t i = 0; i < n; i++) {
        size_t input;
        CYN_TRY(cyn_project_need_metric(c->project, names[i], &input, c->err));
        needed[input] = true;
    }
    return CYN_OK;
}

/* ---- one value ---- */

typedef struct moment {
    const checking *checking;
    size_t period; /* number of the point */
} moment;

static cyn_code value_of_metric(const moment *at, size_t m, cyn_cell *out, cyn_err *err)
{
    const checking *c = at->checking;
    const cyn_point *p = c->points[m];
    if (p && p->failed) {
        if (err) *err = *p->error;
        if (m < c->project->nmetrics) cyn_context(err, "metric '%s'", p->metric->name);
        return p->error->code;
    }
    *out = (cyn_cell){0};
    if (at->period >= c->npoints[m]) return CYN_OK;
    p += at->period;
    *out = (cyn_cell){.value = p->value,
                      .numerator = p->numerator,
                      .denominator = p->denominator,
                      .rows = p->rows};
    return CYN_OK;
}

static cyn_code at_metric(void *self, const char *name, cyn_cell *out, cyn_err *err)
{
    const moment *at = self;
    size_t m;
    CYN_TRY(cyn_project_need_metric(at->checking->project, name, &m, err));
    return value_of_metric(at, m, out, err);
}

static cyn_code at_window(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err)
{
    const moment *at = self;
    return value_of_metric(at, cyn_identity_past_metric(&at->checking->past, f), out, err);
}

/* The library lets none of these into an identity; a worker that does is not believed. */
static cyn_code not_arithmetic(cyn_err *err)
{
    return cyn_fail(err, CYN_E_UNSUPPORTED,
                    "an identity is made of metrics, numbers, functions and windows only");
}

static cyn_code at_agg(void *self, uint32_t agg, cyn_cell *out, cyn_err *err)
{
    (void)self, (void)agg, (void)out;
    return not_arithmetic(err);
}

static cyn_code at_script(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err)
{
    (void)self, (void)f, (void)out;
    return not_arithmetic(err);
}

static cyn_code value_of(moment *at, const cyn_formula *f, cyn_num *out, cyn_err *err)
{
    const cyn_formula_env env = {.self = at,
                                 .agg = at_agg,
                                 .metric = at_metric,
                                 .over_time = at_window,
                                 .script = at_script};
    cyn_cell cell = {0};
    CYN_TRY(cyn_formula_eval(f, &env, &cell, err));
    *out = cell.value;
    return CYN_OK;
}

/* The largest of the terms that are added up: where large ones cancel out, so does their rounding.
 */
static cyn_code largest_term(moment *at, const cyn_formula *f, double *most, cyn_err *err)
{
    bool adds =
        f->kind == CYN_FORMULA_OP && (f->op == CYN_ADD || f->op == CYN_SUB || f->op == CYN_NEG);
    if (adds) {
        CYN_TRY(largest_term(at, f->a, most, err));
        return f->b ? largest_term(at, f->b, most, err) : CYN_OK;
    }
    cyn_num value = CYN_MISSING;
    CYN_TRY(value_of(at, f, &value, err));
    *most = fmax(*most, fabs(cyn_num_double(value))); /* fmax leaves out NaN */
    return CYN_OK;
}

static bool is_exact(cyn_num n)
{
    return n.kind == CYN_NUM_INTEGER || n.kind == CYN_NUM_DECIMAL;
}

/* X-40 … X-42 */
static cyn_code compare(moment *at, const cyn_point *p, cyn_identity *out, cyn_err *err)
{
    const cyn_formula *f = p->metric->identity;
    cyn_num difference = CYN_MISSING;
    double most = fabs(cyn_num_double(p->value));
    out->measured = p->value;
    CYN_TRY(value_of(at, f, &out->identity, err));
    CYN_TRY(largest_term(at, f, &most, err));
    CYN_TRY(cyn_num_op(CYN_SUB, out->measured, out->identity, &difference, err));
    out->residual = cyn_num_double(difference);
    out->tolerance =
        is_exact(out->measured) && is_exact(out->identity) ? 0 : CYN_IDENTITY_TOLERANCE * most;
    out->holds = fabs(out->residual) <= out->tolerance; /* not where it is NaN */
    return CYN_OK;
}

/* ---- all of them ---- */

static cyn_code add_item(checking *c, const cyn_identity *item)
{
    cyn_identity *more = cyn_grown(c->arena, c->items, c->count, &c->capacity, sizeof *more);
    if (!more) return cyn_nomem(c->err);
    c->items = more;
    c->items[c->count++] = *item;
    return CYN_OK;
}

static cyn_code fail_item(const checking *c, cyn_identity *item, const cyn_err *why)
{
    cyn_err *error = CYN_NEW(c->arena, cyn_err);
    if (!error) return cyn_nomem(c->err);
    *error = *why;
    item->error = error;
    item->residual = item->tolerance = NAN;
    return CYN_OK;
}

/* The periods of one metric; a single one that failed, when it has no value at all. */
static cyn_code check_metric(checking *c, size_t m, int64_t now)
{
    size_t first = c->count;
    for (size_t i = 0; i < c->npoints[m]; i++) {
        const cyn_point *p = &c->points[m][i];
        cyn_identity item = {.metric = p->metric, .period = p->period, .partial = p->partial};
        moment at = {.checking = c, .period = i};
        cyn_err why = {0};
        if (p->failed)
            CYN_TRY(fail_item(c, &item, p->error));
        else if (compare(&at, p, &item, &why) != CYN_OK)
            CYN_TRY(fail_item(c, &item, &why));
        CYN_TRY(add_item(c, &item));
    }
    if (!c->rows || c->count == first || c->items[first].error) return CYN_OK;
    return cyn_identity_find_rows(c->data, c->request, now, c->items + first, c->count - first,
                                  c->arena, c->err);
}

/* As cyn_evaluate, of the project with the windows. */
static cyn_code evaluate_past(const checking *c, const cyn_eval_request *request,
                              cyn_eval_result *out)
{
    const cyn_project *own = c->data->project;
    c->data->project = &c->past.project;
    cyn_code rc = cyn_evaluate(&c->past.project, c->data, request, c->arena, out, c->err);
    c->data->project = own;
    return rc;
}

/* Both are in display order. */
static void keep_points(checking *c, const cyn_eval_result *result)
{
    for (size_t m = 0; m < c->past.project.nmetrics; m++) {
        c->points[m] = NULL;
        c->npoints[m] = 0;
    }
    for (size_t i = 0, m = 0; i < result->npoints; i++) {
        while (c->past.project.metrics[m] != result->points[i].metric)
            m++;
        if (c->npoints[m]++ == 0) c->points[m] = &result->points[i];
    }
}

/* Evaluates what the wanted metrics of one grain take. */
static cyn_code evaluate(checking *c, cyn_grain grain, const bool *wanted, int64_t *now)
{
    const cyn_project *p = &c->past.project;
    bool *needed = CYN_NEW_ARRAY(c->arena, p->nmetrics + 1, bool);
    const char **names = CYN_NEW_ARRAY(c->arena, p->nmetrics + 1, const char *);
    if (!needed || !names) return cyn_nomem(c->err);
    cyn_eval_request request = *c->request;
    request.has_grain = true;
    request.grain = grain;
    request.metrics = names;
    request.nmetrics = 0;
    request.nby = 0;
    request.history = 0;
    request.has_against = false;
    for (size_t m = 0; m < c->project->nmetrics; m++)
        if (wanted[m]) CYN_TRY(mark_inputs(c, m, needed));
    for (size_t m = 0; m < p->nmetrics; m++)
        if (needed[m]) names[request.nmetrics++] = p->metrics[m]->name;
    cyn_eval_result result;
    CYN_TRY(evaluate_past(c, &request, &result));
    keep_points(c, &result);
    *now = result.as_of;
    return CYN_OK;
}

/* The metrics of the grain of the first that is left; they are then no longer wanted. */
static cyn_code check_grain(checking *c, size_t first, bool *wanted)
{
    const cyn_project *p = c->project;
    cyn_grain grain = cyn_request_grain(p, c->request, p->metrics[first]);
    bool *now_wanted = CYN_NEW_ARRAY(c->arena, p->nmetrics + 1, bool);
    int64_t now = 0;
    if (!now_wanted) return cyn_nomem(c->err);
    for (size_t m = first; m < p->nmetrics; m++) {
        if (!wanted[m] || !cyn_grain_equal(grain, cyn_request_grain(p, c->request, p->metrics[m])))
            continue;
        now_wanted[m] = true;
        wanted[m] = false;
    }
    CYN_TRY(evaluate(c, grain, now_wanted, &now));
    for (size_t m = first; m < p->nmetrics; m++)
        if (now_wanted[m]) CYN_TRY(check_metric(c, m, now));
    return CYN_OK;
}

cyn_code cyn_check_identities(const cyn_project *p, cyn_dataset *d, const cyn_eval_request *request,
                              bool rows, cyn_arena *arena, const cyn_identity **out, size_t *count,
                              cyn_err *err)
{
    checking c = {
        .project = p, .data = d, .request = request, .rows = rows, .arena = arena, .err = err};
    bool *wanted = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    if (!wanted) return cyn_nomem(err);
    CYN_TRY(choose(&c, wanted));
    CYN_TRY(cyn_identity_past_init(&c.past, p, wanted, arena, err));
    c.points = CYN_NEW_ARRAY(arena, c.past.project.nmetrics + 1, const cyn_point *);
    c.npoints = CYN_NEW_ARRAY(arena, c.past.project.nmetrics + 1, size_t);
    if (!c.points || !c.npoints) return cyn_nomem(err);
    for (size_t m = 0; m < p->nmetrics; m++)
        if (wanted[m]) CYN_TRY(check_grain(&c, m, wanted));
    *out = c.items;
    *count = c.count;
    return CYN_OK;
}
