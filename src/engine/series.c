/* Series of the data: one evaluation for all that are of one grain, dimensions and time. */
#include "engine/series.h"
#include "engine/series_impl.h"
#include <string.h>

/* A cohort that is not ready after so many periods is taken never to be. */
#define READY_STEPS 3660

/* ---- which periods ---- */

typedef struct range {
    cyn_period *periods;
    size_t n;
} range;

/* The last period that can be judged at the request's first slot, or the one that would be next. */
static cyn_code first_judged(const cyn_project *p, const cyn_series_request *r, cyn_arena *scratch,
                             cyn_period *out, cyn_err *err)
{
    cyn_period at =
        cyn_period_shift(&p->calendar, cyn_period_at(&p->calendar, r->grain, r->from), -1);
    *out = at;
    for (int i = 0; i < READY_STEPS; i++) {
        int64_t ready = 0;
        CYN_TRY(cyn_series_ready_at(p, r->metric, at, scratch, &ready, err));
        if (ready == CYN_TIME_MAX) return CYN_OK;
        if (ready <= r->from) {
            *out = at;
            return CYN_OK;
        }
        at = cyn_period_shift(&p->calendar, at, -1);
    }
    return CYN_OK;
}

/* From the first that is looked back at to the last that has ended, or is running. */
static cyn_code find_range(const cyn_project *p, const cyn_series_request *r, cyn_arena *arena,
                           range *out, cyn_err *err)
{
    const cyn_calendar *cal = &p->calendar;
    cyn_period first, last;
    if (r->grain.unit == CYN_ALL) {
        out->periods = CYN_NEW_ARRAY(arena, 1, cyn_period);
        if (!out->periods) return cyn_nomem(err);
        out->periods[0] = cyn_period_at(cal, r->grain, r->to);
        out->n = 1;
        return CYN_OK;
    }
    if (r->partial) { /* at a border the one that ends there */
        first = last = cyn_period_at(cal, r->grain, r->to - 1);
    } else {
        last = cyn_period_shift(cal, cyn_period_at(cal, r->grain, r->to), -1);
        CYN_TRY(first_judged(p, r, arena, &first, err));
    }
    first = cyn_period_shift(cal, first, -(int)r->lookback);
    return cyn_periods_between(cal, r->grain, first.start, last.end, arena, &out->periods, &out->n,
                               err);
}

/* ---- one evaluation ---- */

/* Requests that are evaluated together, over some periods at a time. */
typedef struct task {
    cyn_series_data *source;
    const cyn_series_request *requests;
    cyn_series_reply *replies;
    const size_t *which; /* of the requests */
    size_t n;
    const range *ranges; /* [request] */
    cyn_arena *arena;    /* of the replies */
    cyn_span *spans;     /* in the order of time */
    size_t nspans;
    filling *fillings; /* [n] */
} task;

/* The periods first … first + n - 1 of a task. */
typedef struct pass {
    task *task;
    cyn_eval_request request;
    job job;
    size_t first, n;
} pass;

static const cyn_series_request *request_of(const task *t, size_t k)
{
    return &t->requests[t->which[k]];
}

/* All periods of all requests, each once: they lie side by side. */
static cyn_code choose_spans(task *t, cyn_err *err)
{
    const cyn_series_request *any = request_of(t, 0);
    int64_t first = CYN_TIME_MAX, last = CYN_TIME_MIN;
    const range *longest = NULL;
    for (size_t k = 0; k < t->n; k++) {
        const range *r = &t->ranges[t->which[k]];
        if (r->n == 0) continue;
        if (r->periods[0].start < first || !longest) longest = r;
        if (r->periods[0].start < first) first = r->periods[0].start;
        if (r->periods[r->n - 1].end > last) last = r->periods[r->n - 1].end;
    }
    if (!longest) return CYN_OK;
    t->spans = CYN_NEW_ARRAY(t->arena, longest->n, cyn_span);
    if (!t->spans) return cyn_nomem(err);
    int64_t elapsed = any->to - longest->periods[longest->n - 1].start;
    for (; t->nspans < longest->n; t->nspans++) {
        cyn_period p = longest->periods[t->nspans];
        int64_t end = p.end;
        if (any->partial && p.grain.unit != CYN_ALL && p.end - p.start > elapsed)
            end = p.start + elapsed;
        t->spans[t->nspans] =
            (cyn_span){.start = p.start, .end = end, .period = p, .is_period = true};
    }
    return CYN_OK;
}

static cyn_code visit_add(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    return cyn_scans_add(self, agg, chain, err);
}

static cyn_code visit_error(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    return cyn_scans_error(self, agg, chain, err);
}

/* Whether the data can give the metric's values; why not, once for all segments. */
static cyn_code why_not(const pass *p, const cyn_metric *m, cyn_err *why)
{
    const cyn_project *project = p->job.project;
    CYN_TRY(cyn_each_use(project, p->job.spans, m, visit_error, p->job.slices[0]->scans[0], why));
    if (p->job.grain.unit == CYN_ALL || cyn_is_timed(project, m)) return CYN_OK;
    cyn_fail_at(why, CYN_E_USAGE, m->place.file, m->place.line, m->place.column,
                "metric '%s' has no time: its sources have no time column", m->name);
    cyn_hint(why, "give the rule grain = \"all\", or name the time column in cynosure.yaml");
    return CYN_E_USAGE;
}

static cyn_code run_scans(pass *p, cyn_err *err)
{
    job *j = &p->job;
    slice *asked;
    CYN_TRY(cyn_spans_new(&j->project->calendar, j->now, j->arena, &j->spans, err));
    CYN_TRY(cyn_spans_choose(j->spans, p->task->spans + p->first, p->n, err));
    CYN_TRY(free_new(j, &j->free, err));
    CYN_TRY(slice_new(j, p->request.by, p->request.nby, j->rows, &asked, err));
    CYN_TRY(slice_keep(j, asked, err));
    for (size_t k = 0; k < p->task->n; k++)
        CYN_TRY(cyn_each_use(j->project, j->spans, request_of(p->task, k)->metric, visit_add,
                             asked->next, err));
    return slice_run(asked, err);
}

/* Asks for all values of a function, so that they are computed together. */
static cyn_code ask_ahead(const pass *p, const cyn_metric *m, cyn_err *err)
{
    cyn_err why = {0};
    if (!m->weight.free || why_not(p, m, &why) != CYN_OK) return CYN_OK;
    for (size_t s = 0; s < cyn_scans_segments(p->job.slices[0]->scans[0]); s++)
        for (size_t span = 0; span < p->n; span++) {
            cyn_cell cell;
            basis on = {0};
            spot at = {.segment = s, .span = span};
            if (eval_at(&p->job, m->formula, at, &cell, &on, &why) == CYN_E_NOMEM)
                return cyn_nomem(err);
        }
    return CYN_OK;
}

static cyn_code fail_reply(const task *t, size_t k, const cyn_err *why, cyn_err *err)
{
    if (cyn_concerns_all(why->code)) {
        if (err) *err = *why;
        return why->code;
    }
    cyn_err *own = CYN_NEW(t->arena, cyn_err);
    if (!own) return cyn_nomem(err);
    *own = *why;
    t->replies[t->which[k]].error = own;
    return CYN_OK;
}

/* What the pass has of a request: of its periods the last ones, since all end alike. */
static cyn_code take(const pass *p, size_t k, cyn_err *err)
{
    filling *f = &p->task->fillings[k];
    size_t skipped = p->task->nspans - f->nperiods; /* spans that the request does not have */
    size_t first = p->first > skipped ? p->first : skipped;
    if (first >= p->first + p->n) return CYN_OK;
    CYN_TRY(why_not(p, f->request->metric, err));
    return fill_take(f, &p->job, first - skipped, first - p->first, p->first + p->n - first, err);
}

static cyn_code evaluate(pass *p, cyn_err *err)
{
    task *t = p->task;
    CYN_TRY(run_scans(p, err));
    for (size_t k = 0; k < t->n; k++)
        CYN_TRY(ask_ahead(p, request_of(t, k)->metric, err));
    CYN_TRY(free_settle(p->job.free, err));
    for (size_t k = 0; k < t->n; k++) {
        cyn_err why = {0};
        if (t->replies[t->which[k]].error || take(p, k, &why) == CYN_OK) continue;
        CYN_TRY(fail_reply(t, k, &why, err));
    }
    return CYN_OK;
}

/* A pass's memory goes with it: cells are far larger than the series made of them. *segments: how
 * many there are. */
static cyn_code run_pass(task *t, size_t first, size_t n, size_t *segments, cyn_err *err)
{
    const cyn_series_request *any = request_of(t, 0);
    pass p = {.task = t, .first = first, .n = n};
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    p.request = (cyn_eval_request){.has_grain = true,
                                   .grain = any->grain,
                                   .by = any->dims,
                                   .nby = any->ndims,
                                   .cancel = t->source->cancel};
    p.job = (job){.project = t->source->project,
                  .data = t->source->data,
                  .request = &p.request,
                  .arena = scratch,
                  .grain = any->grain,
                  .now = any->to};
    cyn_code rc = cyn_rows_set_new(t->source->data, any->dims, any->ndims, t->source->cancel,
                                   scratch, &p.job.rows, err);
    if (rc == CYN_OK) {
        rc = evaluate(&p, err);
        if (rc == CYN_OK) *segments = cyn_scans_segments(p.job.slices[0]->scans[0]);
        if (p.job.free) free_end(&p.job);
        cyn_rows_set_free(p.job.rows);
    }
    cyn_arena_free(scratch);
    return rc;
}

/* ---- how many periods at a time ---- */

static cyn_code visit_count(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)agg, (void)chain, (void)err;
    ++*(size_t *)self;
    return CYN_OK;
}

/* Functions ask for all of their values at once. */
static bool is_in_one_piece(const task *t)
{
    bool free = request_of(t, 0)->ndims == 0;
    for (size_t k = 0; k < t->n; k++)
        free |= request_of(t, k)->metric->weight.free;
    return free;
}

/* No more segments than that, whatever the dimensions are. */
static size_t most_rows(const cyn_dataset *d)
{
    size_t most = 0;
    for (size_t i = 0; i < d->project->config->nsources; i++) {
        size_t rows = d->sources[i].table ? cyn_table_rows(d->sources[i].table) : 0;
        if (rows > most) most = rows;
    }
    return most;
}

/* The last period alone tells how many segments there are, and so how many of the others fit. */
static cyn_code run_passes(task *t, cyn_err *err)
{
    size_t uses = 1, segments = 0, left = t->nspans;
    if (left == 0 || is_in_one_piece(t) || most_rows(t->source->data) < CYN_SERIES_CELLS / left)
        return run_pass(t, 0, left, &segments, err);
    for (size_t k = 0; k < t->n; k++)
        CYN_TRY(cyn_each_use(t->source->project, NULL, request_of(t, k)->metric, visit_count, &uses,
                             err));
    CYN_TRY(run_pass(t, --left, 1, &segments, err));
    while (left) {
        size_t fit = CYN_SERIES_CELLS / uses / (segments + 1) + 1, n = fit < left ? fit : left;
        left -= n;
        CYN_TRY(run_pass(t, left, n, &segments, err));
    }
    return CYN_OK;
}

/* ---- series ---- */

typedef struct data_end {
    cyn_dataset *data;
    int64_t end;
} data_end;

static cyn_code visit_end(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)chain, (void)err;
    data_end *seen = self;
    const cyn_project *p = seen->data->project;
    int source = cyn_project_source(p, p->catalog->aggs[agg]->view->source);
    int64_t end = source < 0 ? CYN_TIME_MIN : cyn_dataset_source_end(seen->data, (size_t)source);
    if (end > seen->end) seen->end = end;
    return CYN_OK;
}

static cyn_code find_data_end(const task *t, const cyn_series_request *r, int64_t *out,
                              cyn_err *err)
{
    data_end seen = {t->source->data, CYN_TIME_MIN};
    CYN_TRY(cyn_each_use(t->source->project, NULL, r->metric, visit_end, &seen, err));
    *out = seen.end > r->to ? r->to : seen.end;
    return CYN_OK;
}

static cyn_code find_ready(const task *t, const cyn_series_request *r, const range *in,
                           const int64_t **out, cyn_err *err)
{
    int64_t *ready = CYN_NEW_ARRAY(t->arena, in->n + 1, int64_t);
    cyn_arena *scratch = cyn_arena_new(0);
    cyn_code rc = ready && scratch ? CYN_OK : cyn_nomem(err);
    for (size_t i = 0; rc == CYN_OK && i < in->n; i++) {
        ready[i] = in->periods[i].start;
        if (!r->partial)
            rc = cyn_series_ready_at(t->source->project, r->metric, in->periods[i], scratch,
                                     &ready[i], err);
    }
    cyn_arena_free(scratch);
    *out = ready;
    return rc;
}

static cyn_code make_series(const task *t, size_t k, const cyn_series **out, cyn_err *err)
{
    const cyn_series_request *r = request_of(t, k);
    const range *in = &t->ranges[t->which[k]];
    cyn_series *s = CYN_NEW(t->arena, cyn_series);
    if (!s) return cyn_nomem(err);
    *s =
        (cyn_series){.metric = r->metric,
                     .calendar = &t->source->project->calendar,
                     .grain = r->grain,
                     .periods = in->periods,
                     .nperiods = in->n,
                     .ndims = r->ndims,
                     .dims = r->dims,
                     .partial = r->partial,
                     .of_part = r->ndims > 0 && cyn_grows_with_rows(t->source->project, r->metric)};
    CYN_TRY(find_ready(t, r, in, &s->ready, err));
    CYN_TRY(find_data_end(t, r, &s->data_end, err));
    CYN_TRY(fill_finish(&t->fillings[k], s, err));
    *out = s;
    return CYN_OK;
}

static cyn_code start(task *t, cyn_err *err)
{
    t->fillings = CYN_NEW_ARRAY(t->arena, t->n, filling);
    if (!t->fillings) return cyn_nomem(err);
    for (size_t k = 0; k < t->n; k++) {
        const range *in = &t->ranges[t->which[k]];
        t->fillings[k] = (filling){.request = request_of(t, k),
                                   .nperiods = in->n,
                                   .filled = CYN_NEW_ARRAY(t->arena, in->n + 1, filled_period),
                                   .arena = t->arena};
        if (!t->fillings[k].filled) return cyn_nomem(err);
        CYN_TRY(cyn_load_uses(t->source->data, request_of(t, k)->metric, err));
    }
    CYN_TRY(choose_spans(t, err));
    return run_passes(t, err);
}

static cyn_code run_task(task *t, cyn_err *err)
{
    cyn_code rc = start(t, err);
    for (size_t k = 0; rc == CYN_OK && k < t->n; k++) {
        cyn_series_reply *reply = &t->replies[t->which[k]];
        cyn_err why = {0};
        if (!reply->error && make_series(t, k, &reply->series, &why) != CYN_OK)
            rc = fail_reply(t, k, &why, err);
    }
    for (size_t k = 0; t->fillings && k < t->n; k++)
        fill_clear(&t->fillings[k]);
    return rc;
}

/* ---- all requests ---- */

static bool go_together(const cyn_series_request *a, const cyn_series_request *b)
{
    if (!cyn_grain_equal(a->grain, b->grain) || a->partial != b->partial || a->to != b->to ||
        a->ndims != b->ndims)
        return false;
    for (size_t i = 0; i < a->ndims; i++)
        if (strcmp(a->dims[i], b->dims[i]) != 0) return false;
    return true;
}

static cyn_code get(void *self, const cyn_series_request *requests, size_t n, cyn_arena *arena,
                    cyn_series_reply *out, cyn_err *err)
{
    cyn_series_data *d = self;
    size_t *which = CYN_NEW_ARRAY(arena, n + 1, size_t);
    bool *done = CYN_NEW_ARRAY(arena, n + 1, bool);
    range *ranges = CYN_NEW_ARRAY(arena, n + 1, range);
    if (!which || !done || !ranges) return cyn_nomem(err);
    task t = {.source = d, .requests = requests, .replies = out, .ranges = ranges, .arena = arena};
    for (size_t i = 0; i < n; i++) {
        cyn_err why = {0};
        out[i] = (cyn_series_reply){0};
        which[0] = i;
        t.which = which;
        done[i] = find_range(d->project, &requests[i], arena, &ranges[i], &why) != CYN_OK;
        if (done[i]) CYN_TRY(fail_reply(&t, 0, &why, err));
    }
    for (size_t i = 0; i < n; i++) {
        size_t count = 0;
        for (size_t k = i; !done[i] && k < n; k++)
            if (!done[k] && go_together(&requests[i], &requests[k])) which[count++] = k;
        if (count == 0) continue;
        for (size_t k = 0; k < count; k++)
            done[which[k]] = true;
        task own = t;
        own.n = count;
        CYN_TRY(run_task(&own, err));
    }
    return CYN_OK;
}

cyn_series_source cyn_series_from_data(cyn_series_data *d)
{
    return (cyn_series_source){.self = d, .get = get};
}
