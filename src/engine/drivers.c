#include "engine/drivers.h"
#include <math.h>

/* ---- histories ---- */

/* The values of one metric, [periods]; or why there are none. */
typedef struct history {
    const double *values;
    const cyn_err *error;
} history;

static cyn_code read_history(const cyn_point *p, size_t periods, cyn_arena *arena, history *out,
                             cyn_err *err)
{
    double *values = CYN_NEW_ARRAY(arena, periods + 1, double);
    if (!values) return cyn_nomem(err);
    size_t missing = periods - (p->nhistory < periods ? p->nhistory : periods);
    for (size_t i = 0; i < periods; i++)
        values[i] = i < missing ? NAN : cyn_num_double(p->history[i - missing]);
    if (p->partial && periods > 0) values[periods - 1] = NAN;
    *out = (history){.values = values, .error = p->failed ? p->error : NULL};
    return CYN_OK;
}

/* A pair's metrics as indices into the project's. */
typedef struct ends {
    size_t metric, of;
} ends;

static cyn_code ends_of(const cyn_project *p, const cyn_evidence *pairs, size_t n, cyn_arena *arena,
                        ends **out, cyn_err *err)
{
    *out = CYN_NEW_ARRAY(arena, n, ends);
    if (!*out) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        (*out)[i] = (ends){.metric = cyn_project_metric(p, pairs[i].metric->name),
                           .of = cyn_project_metric(p, pairs[i].of->name)};
    return CYN_OK;
}

/* The different metrics of the pairs, by name. */
static cyn_code names_of(const cyn_project *p, const ends *pairs, size_t n, cyn_arena *arena,
                         const char *const **out, size_t *count, cyn_err *err)
{
    bool *wanted = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    const char **names = CYN_NEW_ARRAY(arena, p->nmetrics + 1, const char *);
    if (!wanted || !names) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        wanted[pairs[i].metric] = wanted[pairs[i].of] = true;
    *count = 0;
    for (size_t m = 0; m < p->nmetrics; m++)
        if (wanted[m]) names[(*count)++] = p->metrics[m]->name;
    *out = names;
    return CYN_OK;
}

static cyn_code judge(cyn_evidence *e, const history *x, const history *y, size_t periods,
                      int max_lag, int season, cyn_err *err)
{
    e->error = x->error ? x->error : y->error;
    if (e->error) e->failed = x->error ? e->metric : e->of;
    e->verdict = CYN_UNKNOWN;
    if (e->error || !x->values || !y->values) return CYN_OK;
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_code rc =
        cyn_evidence_judge(e, x->values, y->values, periods, max_lag, season, scratch, err);
    cyn_arena_free(scratch);
    return rc;
}

/* From the first one in which something that is driven has a value. */
static size_t known_periods(const history *of, const ends *pairs, size_t n, size_t periods)
{
    for (size_t k = 0; k < periods; k++)
        for (size_t i = 0; i < n; i++) {
            const double *values = of[pairs[i].of].values;
            if (values && !isnan(values[k])) return periods - k;
        }
    return 0;
}

cyn_code cyn_find_evidence(const cyn_project *p, cyn_dataset *d, const cyn_drivers_request *request,
                           cyn_evidence *pairs, size_t n, cyn_arena *arena, cyn_drivers *drivers,
                           cyn_err *err)
{
    if (n == 0) return CYN_OK;
    size_t periods = request->history ? request->history : CYN_DRIVERS_HISTORY;
    cyn_eval_request eval = {.at = request->at,
                             .last = request->at ? 0 : 1,
                             .has_grain = true,
                             .grain = request->grain,
                             .as_of = request->as_of,
                             .history = periods,
                             .mature = true,
                             .cancel = request->cancel};
    cyn_eval_result result;
    ends *at = NULL;
    history *of = CYN_NEW_ARRAY(arena, p->nmetrics + 1, history);
    if (!of) return cyn_nomem(err);
    CYN_TRY(ends_of(p, pairs, n, arena, &at, err));
    CYN_TRY(names_of(p, at, n, arena, &eval.metrics, &eval.nmetrics, err));
    CYN_TRY(cyn_evaluate(p, d, &eval, arena, &result, err));
    for (size_t i = 0; i < result.npoints; i++)
        CYN_TRY(read_history(&result.points[i], periods, arena,
                             &of[cyn_project_metric(p, result.points[i].metric->name)], err));
    for (size_t i = 0; i < n; i++)
        CYN_TRY(judge(&pairs[i], &of[at[i].metric], &of[at[i].of], periods, request->max_lag,
                      cyn_grain_season(request->grain), err));
    if (drivers && result.npoints > 0) {
        drivers->period = result.points[0].period;
        drivers->periods = known_periods(of, at, n, periods);
    }
    return CYN_OK;
}

/* ---- which pairs ---- */

typedef struct gathering {
    const cyn_project *project;
    cyn_arena *arena;
    cyn_err *err;
    size_t root;
    bool *part;   /* [metric]: the root, or what identities make it of */
    bool *below;  /* [metric]: anything that the root's value stands on, itself too */
    bool *above;  /* [metric]: anything whose value stands on the root, itself too */
    bool *driver; /* [metric]: declared for one of the parts */
    cyn_evidence *pairs;
    size_t count, capacity;
} gathering;

/* Indices of the metrics that a formula names; those that there are not are left out. */
static cyn_code inputs_of(const gathering *g, const cyn_formula *f, size_t **out, size_t *n)
{
    const char *const *names = NULL;
    size_t count = 0;
    if (f) CYN_TRY(cyn_formula_inputs(f, g->arena, &names, &count, g->err));
    *out = CYN_NEW_ARRAY(g->arena, count + 1, size_t);
    if (!*out) return cyn_nomem(g->err);
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        size_t m = cyn_project_metric(g->project, names[i]);
        if (m != CYN_NO_METRIC) (*out)[(*n)++] = m;
    }
    return CYN_OK;
}

static cyn_code add_pair(gathering *g, size_t metric, size_t of, bool declared,
                         cyn_direction expected)
{
    cyn_evidence *more = cyn_grown(g->arena, g->pairs, g->count, &g->capacity, sizeof *more);
    if (!more) return cyn_nomem(g->err);
    g->pairs = more;
    g->pairs[g->count++] = (cyn_evidence){.metric = g->project->metrics[metric],
                                          .of = g->project->metrics[of],
                                          .declared = declared,
                                          .expected = expected};
    return CYN_OK;
}

static cyn_code add_declared(gathering *g, size_t m)
{
    const cyn_metric *metric = g->project->metrics[m];
    for (size_t i = 0; i < metric->ndrivers; i++) {
        size_t driver = cyn_project_metric(g->project, metric->drivers[i].metric);
        if (driver == CYN_NO_METRIC) continue; /* loading has said so */
        g->driver[driver] = true;
        CYN_TRY(add_pair(g, driver, m, true, metric->drivers[i].direction));
    }
    return CYN_OK;
}

/* The drivers of the root and of all that it is made of, each metric once, parents first. */
static cyn_code gather_declared(gathering *g)
{
    size_t *queue = CYN_NEW_ARRAY(g->arena, g->project->nmetrics + 1, size_t), end = 1;
    if (!queue) return cyn_nomem(g->err);
    queue[0] = g->root;
    g->part[g->root] = true;
    for (size_t i = 0; i < end; i++) {
        size_t *inputs, n;
        CYN_TRY(add_declared(g, queue[i]));
        CYN_TRY(inputs_of(g, cyn_metric_parts(g->project->metrics[queue[i]]), &inputs, &n));
        for (size_t k = 0; k < n; k++) {
            if (g->part[inputs[k]]) continue;
            g->part[inputs[k]] = true;
            queue[end++] = inputs[k];
        }
    }
    return CYN_OK;
}

/* How the root itself expects the driver to move it. */
static bool declared_for(const gathering *g, size_t driver, size_t of, cyn_direction *expected)
{
    const cyn_metric *m = g->project->metrics[of];
    for (size_t i = 0; i < m->ndrivers; i++) {
        if (cyn_project_metric(g->project, m->drivers[i].metric) != driver) continue;
        *expected = m->drivers[i].direction;
        return true;
    }
    return false;
}

/* The metrics that a metric's value or identity names. */
static cyn_code stands_on(const gathering *g, size_t m, size_t **out, size_t *n)
{
    const cyn_metric *metric = g->project->metrics[m];
    size_t *of_value, *of_identity, nvalue, nidentity;
    CYN_TRY(inputs_of(g, metric->formula, &of_value, &nvalue));
    CYN_TRY(inputs_of(g, metric->identity, &of_identity, &nidentity));
    *out = CYN_NEW_ARRAY(g->arena, nvalue + nidentity + 1, size_t);
    if (!*out) return cyn_nomem(g->err);
    *n = 0;
    for (size_t i = 0; i < nvalue; i++)
        (*out)[(*n)++] = of_value[i];
    for (size_t i = 0; i < nidentity; i++)
        (*out)[(*n)++] = of_identity[i];
    return CYN_OK;
}

/* Metrics that name one metric, one after another. */
typedef struct users {
    size_t metric;
    const struct users *next;
} users;

/* [metric]: those that name it. */
static cyn_code find_users(const gathering *g, const users ***out)
{
    *out = CYN_NEW_ARRAY(g->arena, g->project->nmetrics + 1, const users *);
    if (!*out) return cyn_nomem(g->err);
    for (size_t m = 0; m < g->project->nmetrics; m++) {
        size_t *inputs, n;
        CYN_TRY(stands_on(g, m, &inputs, &n));
        for (size_t i = 0; i < n; i++) {
            users *u = CYN_NEW(g->arena, users);
            if (!u) return cyn_nomem(g->err);
            *u = (users){.metric = m, .next = (*out)[inputs[i]]};
            (*out)[inputs[i]] = u;
        }
    }
    return CYN_OK;
}

/* Marks what the root's value or identity stands on. Each metric once: there may be circles. */
static cyn_code mark_below(const gathering *g)
{
    size_t *stack = CYN_NEW_ARRAY(g->arena, g->project->nmetrics + 1, size_t), top = 1;
    if (!stack) return cyn_nomem(g->err);
    stack[0] = g->root;
    g->below[g->root] = true;
    while (top > 0) {
        size_t *inputs, n;
        CYN_TRY(stands_on(g, stack[--top], &inputs, &n));
        for (size_t i = 0; i < n; i++) {
            if (g->below[inputs[i]]) continue;
            g->below[inputs[i]] = true;
            stack[top++] = inputs[i];
        }
    }
    return CYN_OK;
}

/* Marks what stands on the root, the same way back. */
static cyn_code mark_above(const gathering *g)
{
    const users **of;
    size_t *stack = CYN_NEW_ARRAY(g->arena, g->project->nmetrics + 1, size_t), top = 1;
    if (!stack) return cyn_nomem(g->err);
    CYN_TRY(find_users(g, &of));
    stack[0] = g->root;
    g->above[g->root] = true;
    while (top > 0) {
        for (const users *u = of[stack[--top]]; u; u = u->next) {
            if (g->above[u->metric]) continue;
            g->above[u->metric] = true;
            stack[top++] = u->metric;
        }
    }
    return CYN_OK;
}

/* A metric that is made of the root, or it of this one, moves with it by arithmetic. */
static bool is_apart(const gathering *g, size_t m)
{
    return !g->below[m] && !g->above[m];
}

/* Each driver once, against the root. */
static cyn_code gather_ranking(gathering *g, bool all)
{
    for (size_t m = 0; m < g->project->nmetrics; m++) {
        cyn_direction expected = CYN_DIRECTION_NONE;
        if (!is_apart(g, m) || !(g->driver[m] || all)) continue;
        bool declared = declared_for(g, m, g->root, &expected);
        CYN_TRY(add_pair(g, m, g->root, declared, expected));
    }
    return CYN_OK;
}

/* Of nothing but one period without bounds, or of one that is yet to come, there is no history. */
static cyn_code check_period(const cyn_project *p, cyn_dataset *d,
                             const cyn_drivers_request *request, cyn_arena *arena, cyn_err *err)
{
    cyn_eval_request asked = {.at = request->at};
    cyn_period *period;
    size_t count;
    int64_t now;
    CYN_TRY(cyn_dataset_now(d, request->as_of, &now, err));
    if (request->grain.unit == CYN_ALL) {
        cyn_fail(err, CYN_E_USAGE, "all time is one period, and has no history");
        cyn_hint(err, "use --grain week or month");
        return CYN_E_USAGE;
    }
    CYN_TRY(cyn_request_periods(p, &asked, request->grain, now, arena, &period, &count, err));
    return !request->at || period->start < now
               ? CYN_OK
               : cyn_fail(err, CYN_E_USAGE, "--at %s: the period has not begun", request->at);
}

cyn_code cyn_drivers_evaluate(const cyn_project *p, cyn_dataset *d,
                              const cyn_drivers_request *request, cyn_arena *arena,
                              cyn_drivers *out, cyn_err *err)
{
    gathering g = {.project = p, .arena = arena, .err = err};
    cyn_drivers_request known = *request;
    CYN_TRY(cyn_project_need_metric(p, request->root, &g.root, err));
    const cyn_metric *root = p->metrics[g.root];
    if (!known.has_grain)
        known.grain = root->sheet.has_grain ? root->sheet.grain : p->config->grain;
    CYN_TRY(check_period(p, d, &known, arena, err));
    g.part = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    g.below = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    g.above = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    g.driver = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    if (!g.part || !g.below || !g.above || !g.driver) return cyn_nomem(err);
    CYN_TRY(gather_declared(&g));
    size_t ndeclared = g.count;
    CYN_TRY(mark_below(&g));
    CYN_TRY(mark_above(&g));
    CYN_TRY(gather_ranking(&g, request->all));
    cyn_drivers found = {.root = root,
                         .all = request->all,
                         .max_lag = request->max_lag,
                         .ndeclared = ndeclared,
                         .nranking = g.count - ndeclared};
    CYN_TRY(cyn_find_evidence(p, d, &known, g.pairs, g.count, arena, &found, err));
    found.declared = g.pairs;
    found.ranking = g.count ? g.pairs + ndeclared : NULL;
    if (g.count) found.ncandidates = cyn_evidence_rank(g.pairs + ndeclared, found.nranking);
    *out = found;
    return CYN_OK;
}
