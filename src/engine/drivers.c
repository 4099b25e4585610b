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

static size_t index_of(const cyn_project *p, const cyn_metric *m)
{
    for (size_t i = 0; i < p->nmetrics; i++)
        if (p->metrics[i] == m) return i;
    return CYN_NO_METRIC;
}

/* The different metrics of the pairs, by name. */
static cyn_code names_of(const cyn_project *p, const cyn_evidence *pairs, size_t n,
                         cyn_arena *arena, const char *const **out, size_t *count, cyn_err *err)
{
    bool *wanted = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    const char **names = CYN_NEW_ARRAY(arena, p->nmetrics + 1, const char *);
    if (!wanted || !names) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        wanted[index_of(p, pairs[i].metric)] = wanted[index_of(p, pairs[i].of)] = true;
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
static size_t known_periods(const cyn_project *p, const history *of, const cyn_evidence *pairs,
                            size_t n, size_t periods)
{
    for (size_t k = 0; k < periods; k++)
        for (size_t i = 0; i < n; i++) {
            const double *values = of[index_of(p, pairs[i].of)].values;
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
    history *of = CYN_NEW_ARRAY(arena, p->nmetrics + 1, history);
    if (!of) return cyn_nomem(err);
    CYN_TRY(names_of(p, pairs, n, arena, &eval.metrics, &eval.nmetrics, err));
    CYN_TRY(cyn_evaluate(p, d, &eval, arena, &result, err));
    for (size_t i = 0; i < result.npoints; i++)
        CYN_TRY(read_history(&result.points[i], periods, arena,
                             &of[index_of(p, result.points[i].metric)], err));
    for (size_t i = 0; i < n; i++)
        CYN_TRY(judge(&pairs[i], &of[index_of(p, pairs[i].metric)], &of[index_of(p, pairs[i].of)],
                      periods, request->max_lag, cyn_grain_season(request->grain), err));
    if (drivers && result.npoints > 0) {
        drivers->period = result.points[0].period;
        drivers->periods = known_periods(p, of, pairs, n, periods);
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

/* Marks what a metric's value or identity stands on, itself too. */
static cyn_code mark_below(const gathering *g, size_t m, bool *marked)
{
    size_t *stack = CYN_NEW_ARRAY(g->arena, g->project->nmetrics + 1, size_t), top = 1;
    if (!stack) return cyn_nomem(g->err);
    stack[0] = m;
    marked[m] = true;
    while (top > 0) {
        const cyn_metric *metric = g->project->metrics[stack[--top]];
        const cyn_formula *const formulas[] = {metric->formula, metric->identity};
        for (int i = 0; i < 2; i++) {
            size_t *inputs, n;
            CYN_TRY(inputs_of(g, formulas[i], &inputs, &n));
            for (size_t k = 0; k < n; k++) {
                if (marked[inputs[k]]) continue;
                marked[inputs[k]] = true;
                stack[top++] = inputs[k];
            }
        }
    }
    return CYN_OK;
}

/* A metric that is made of the root, or it of this one, moves with it by arithmetic. */
static cyn_code is_apart(const gathering *g, size_t m, bool *out)
{
    *out = false;
    if (g->below[m]) return CYN_OK;
    bool *below = CYN_NEW_ARRAY(g->arena, g->project->nmetrics + 1, bool);
    if (!below) return cyn_nomem(g->err);
    CYN_TRY(mark_below(g, m, below));
    *out = !below[g->root];
    return CYN_OK;
}

/* Each driver once, against the root. */
static cyn_code gather_ranking(gathering *g, bool all)
{
    for (size_t m = 0; m < g->project->nmetrics; m++) {
        cyn_direction expected = CYN_DIRECTION_NONE;
        bool apart = false;
        if (g->driver[m] || all) CYN_TRY(is_apart(g, m, &apart));
        if (!apart) continue;
        bool declared = declared_for(g, m, g->root, &expected);
        CYN_TRY(add_pair(g, m, g->root, declared, expected));
    }
    return CYN_OK;
}

/* Of nothing but one period without bounds, or of one that is yet to come, there is no history. */
static cyn_code check_period(const cyn_project *p, cyn_dataset *d,
                             const cyn_drivers_request *request, cyn_err *err)
{
    int64_t now;
    cyn_period period;
    if (request->grain.unit == CYN_ALL) {
        cyn_fail(err, CYN_E_USAGE, "all time is one period, and has no history");
        cyn_hint(err, "use --grain week or month");
        return CYN_E_USAGE;
    }
    if (!request->at) return CYN_OK;
    CYN_TRY(cyn_parse_period(&p->calendar, request->grain, request->at, &period, err));
    CYN_TRY(cyn_dataset_now(d, request->as_of, &now, err));
    return period.start < now
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
    g.part = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    g.below = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    g.driver = CYN_NEW_ARRAY(arena, p->nmetrics + 1, bool);
    if (!g.part || !g.below || !g.driver) return cyn_nomem(err);
    CYN_TRY(gather_declared(&g));
    size_t ndeclared = g.count;
    CYN_TRY(mark_below(&g, g.root, g.below));
    CYN_TRY(gather_ranking(&g, request->all));
    cyn_drivers found = {.root = root,
                         .all = request->all,
                         .max_lag = request->max_lag,
                         .ndeclared = ndeclared,
                         .nranking = g.count - ndeclared};
    CYN_TRY(cyn_find_evidence(p, d, &known, g.pairs, g.count, arena, &found, err));
    CYN_TRY(check_period(p, d, &known, err)); /* where the data end is known only now */
    found.declared = g.pairs;
    found.ranking = g.count ? g.pairs + ndeclared : NULL;
    if (g.count) found.ncandidates = cyn_evidence_rank(g.pairs + ndeclared, found.nranking);
    *out = found;
    return CYN_OK;
}
