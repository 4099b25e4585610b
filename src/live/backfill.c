/* Periods that somebody asks for. A part is one metric; parts that have come equally far are
 * evaluated together. What each has done is written beside the values, as its stretch. */
#include "live/intervals.h"
#include "live/intervals_impl.h"
#include <string.h>

typedef struct part {
    const cyn_metric *metric;
    bool script;
    char data[CYN_DATA_KEY];
    int64_t at;   /* the period that comes next */
    int64_t from; /* all in [from, at) is evaluated */
    size_t most;  /* periods at once, after some failed; 0: any number */
} part;

typedef struct filling {
    const cyn_project *project;
    const cyn_backfill *ask;
    const cyn_turn *turn;
    cyn_evaluation *sum;
    cyn_err *errors; /* [metric of the request] */
    part *parts;
    const char *by; /* joined */
    breadth breadth;
    int64_t now, to;
    size_t done, all; /* periods of metrics */
    /* a batch */
    cyn_arena *arena;
    const cyn_period *periods;
    size_t nperiods;
    size_t *members; /* parts, in the project's order */
    size_t nmembers;
} filling;

/* ---- what there is to do ---- */

static cyn_code join_names(const cyn_backfill *ask, cyn_arena *arena, const char **out,
                           cyn_err *err)
{
    const char *text = "";
    for (size_t i = 0; i < ask->nby && text; i++)
        text = cyn_sprintf(arena, "%s%s%s", text, i ? "," : "", ask->by[i]);
    if (!text) return cyn_nomem(err);
    *out = text;
    return CYN_OK;
}

/* Moves to the end of a stretch that holds the place, if it is of today's definition and data. */
static bool skip(part *p, int64_t from, int64_t until, const char *definition, const char *data)
{
    if (p->at < from || p->at >= until || !p->data[0]) return false;
    if (strcmp(definition, p->metric->definition) || strcmp(data, p->data)) return false;
    p->at = until;
    return true;
}

/* Where to go on: after what was backfilled before, or evaluated because it was due. */
static void resume(part *p, const filling *f, const cyn_ledger_row *rows, size_t n,
                   const cyn_stretch_row *stretches, size_t nstretches)
{
    char grain[16];
    cyn_format_grain(f->ask->grain, grain);
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < n; i++) {
            const cyn_ledger_row *r = &rows[i];
            if (!strcmp(r->metric, p->metric->name) && !strcmp(r->grain, grain) &&
                !strcmp(r->by, f->by) && !r->redo[0])
                moved = skip(p, r->from, r->until, r->definition, r->data) || moved;
        }
        for (size_t i = 0; i < nstretches; i++) {
            const cyn_stretch_row *r = &stretches[i];
            if (!strcmp(r->metric, p->metric->name) && !strcmp(r->grain, grain) &&
                !strcmp(r->by, f->by))
                moved = skip(p, r->from, r->until, r->definition, r->data) || moved;
        }
    }
}

static size_t count_periods(const filling *f, int64_t from, cyn_period *last)
{
    const cyn_calendar *cal = &f->project->calendar;
    size_t n = 0;
    while (from < f->to) {
        *last = cyn_period_at(cal, f->ask->grain, from);
        from = last->end;
        n++;
    }
    return n;
}

static cyn_code start_part(filling *f, const cyn_metric *m, int64_t from, part *out, cyn_err *err)
{
    cyn_dataset *d = f->turn->data;
    const size_t *sources;
    size_t n;
    *out = (part){.metric = m, .script = cyn_interval_in_lua(f->project, m), .at = from};
    CYN_TRY(cyn_interval_sources(f->project, m, d->arena, &sources, &n, err));
    for (size_t i = 0; i < n; i++) {
        cyn_err unread = {0};
        cyn_code rc = cyn_dataset_need(d, sources[i], &unread); /* else the metric fails later */
        if (!cyn_concerns_all(rc)) continue;
        if (err) *err = unread;
        return rc;
    }
    return cyn_interval_key(d, sources, n, out->data, err);
}

static cyn_code start(filling *f, cyn_err *err)
{
    const cyn_backfill *ask = f->ask;
    cyn_arena *arena = f->turn->data->arena;
    const cyn_calendar *cal = &f->project->calendar;
    const cyn_ledger_row *rows = NULL;
    const cyn_stretch_row *stretches = NULL;
    size_t n = 0, nstretches = 0;
    CYN_TRY(join_names(ask, arena, &f->by, err));
    CYN_TRY(cyn_store_ledger(f->turn->store, arena, &rows, &n, err));
    CYN_TRY(cyn_store_stretches(f->turn->store, arena, &stretches, &nstretches, err));
    f->parts = CYN_NEW_ARRAY(arena, ask->nmetrics + 1, part);
    f->members = CYN_NEW_ARRAY(arena, ask->nmetrics + 1, size_t);
    f->errors = CYN_NEW_ARRAY(arena, ask->nmetrics + 1, cyn_err);
    if (!f->parts || !f->members || !f->errors) return cyn_nomem(err);
    int64_t from = cyn_period_at(cal, ask->grain, ask->from).start;
    for (size_t i = 0; i < ask->nmetrics; i++)
        CYN_TRY(start_part(f, ask->metrics[i], from, &f->parts[i], err));
    f->now = f->turn->now;
    if (f->project->config->as_of) CYN_TRY(cyn_dataset_now(f->turn->data, NULL, &f->now, err));
    /* Only what has ended is recorded. */
    int64_t ended = cyn_period_at(cal, ask->grain, f->now).start;
    f->to = ask->to < ended ? ask->to : ended;
    for (size_t i = 0; i < ask->nmetrics; i++) {
        part *p = &f->parts[i];
        if (!ask->again) resume(p, f, rows, n, stretches, nstretches);
        p->from = p->at > from && !ask->again ? from : p->at;
        f->all += count_periods(f, p->at, &f->sum->last);
    }
    return CYN_OK;
}

/* ---- a batch ---- */

static const part *farthest_behind(const filling *f)
{
    const part *first = NULL;
    for (size_t i = 0; i < f->ask->nmetrics; i++) {
        const part *p = &f->parts[i];
        if (p->at < f->to && (!first || p->at < first->at)) first = p;
    }
    return first;
}

/* Its next periods, and the parts that are beside it; what runs in Lua is alone. */
static cyn_code choose(filling *f, const part *first, cyn_err *err)
{
    const breadth *b = f->ask->nby > 0 ? &f->breadth : NULL;
    size_t most = cyn_interval_length(b);
    if (first->most > 0 && first->most < most) most = first->most;
    CYN_TRY(cyn_interval_periods(&f->project->calendar, f->ask->grain, first->at, f->to, most,
                                 f->arena, &f->periods, &f->nperiods, err));
    most = cyn_interval_metrics(b, f->nperiods);
    f->nmembers = 0;
    for (size_t i = (size_t)(first - f->parts); i < f->ask->nmetrics && f->nmembers < most; i++) {
        const part *p = &f->parts[i];
        bool beside = p->at == first->at && p->most == first->most && !p->script && !first->script;
        if (p == first || beside) f->members[f->nmembers++] = i;
    }
    return CYN_OK;
}

static cyn_code fill_batch(const filling *f, interval_batch *b, cyn_err *err)
{
    const cyn_metric **metrics = CYN_NEW_ARRAY(f->arena, f->nmembers + 1, const cyn_metric *);
    if (!metrics) return cyn_nomem(err);
    for (size_t i = 0; i < f->nmembers; i++)
        metrics[i] = f->parts[f->members[i]].metric;
    *b = (interval_batch){.project = f->project,
                          .grain = f->ask->grain,
                          .periods = f->periods,
                          .nperiods = f->nperiods,
                          .by = f->ask->by,
                          .nby = f->ask->nby,
                          .metrics = metrics,
                          .nmetrics = f->nmembers,
                          .now = f->now};
    return CYN_OK;
}

static cyn_code put_stretch(const filling *f, int64_t run, const part *p, int64_t until,
                            cyn_err *err)
{
    char grain[16];
    cyn_format_grain(f->ask->grain, grain);
    const cyn_stretch_row row = {.metric = p->metric->name,
                                 .grain = grain,
                                 .by = f->by,
                                 .from = p->from,
                                 .until = until,
                                 .definition = p->metric->definition,
                                 .data = p->data};
    return cyn_store_put_stretch(f->turn->store, run, &row, err);
}

static cyn_code write_run(const filling *f, const interval_batch *b,
                          const interval_outcome *outcomes, int64_t run, int64_t began,
                          cyn_evaluation *done, cyn_err *err)
{
    cyn_store *st = f->turn->store;
    CYN_TRY(cyn_interval_record(b, outcomes, st, run, err));
    for (size_t i = 0; i < f->nmembers; i++)
        if (!outcomes[i].error)
            CYN_TRY(put_stretch(f, run, &f->parts[f->members[i]], done->last.end, err));
    CYN_TRY(cyn_interval_account(b, st, run, began, done, err));
    return cyn_store_commit_run(st, run, (int)done->failed, err);
}

static cyn_code write(const filling *f, const interval_batch *b, const interval_outcome *outcomes,
                      int64_t began, cyn_evaluation *done, cyn_err *err)
{
    int64_t run;
    CYN_TRY(cyn_store_begin_run(f->turn->store, "backfill", f->now, &run, err));
    cyn_code rc = write_run(f, b, outcomes, run, began, done, err);
    if (rc == CYN_OK)
        done->run = run;
    else
        cyn_store_undo_run(f->turn->store);
    return rc;
}

/* ---- what came of it ---- */

/* Of several periods, the one that fails has to be found; one that does is left out. */
static void move_on(filling *f, const interval_batch *b, const interval_outcome *outcomes,
                    int64_t end)
{
    for (size_t i = 0; i < f->nmembers; i++) {
        part *p = &f->parts[f->members[i]];
        const cyn_err *error = outcomes[i].error;
        if (error && b->nperiods > 1) {
            p->most = b->nperiods / 2;
            continue;
        }
        if (error) {
            if (f->errors[f->members[i]].code == CYN_OK) f->errors[f->members[i]] = *error;
            f->sum->failed++;
            p->from = end;
        } else if (p->most > 0) {
            p->most = p->most > 1000 ? 0 : 2 * p->most;
        }
        p->at = end;
        f->done += b->nperiods;
    }
}

static void add_up(cyn_evaluation *sum, const cyn_evaluation *done)
{
    if (sum->run == 0) sum->first = done->first;
    sum->last = done->last;
    sum->run = done->run;
    sum->points += done->points;
    sum->changed += done->changed;
    sum->restated += done->restated;
    sum->took += done->took;
}

static cyn_code run_batch(filling *f, const part *first, cyn_err *err)
{
    const int64_t began = cyn_monotonic();
    int64_t (*clock)(void) = f->turn->clock ? f->turn->clock : cyn_now;
    const int64_t at = clock();
    const interval_outcome *outcomes;
    interval_batch b;
    CYN_TRY(choose(f, first, err));
    CYN_TRY(fill_batch(f, &b, err));
    CYN_TRY(cyn_interval_evaluate(&b, f->turn, f->arena, &outcomes, err));
    cyn_evaluation done = {.grain = b.grain,
                           .first = b.periods[0],
                           .last = b.periods[b.nperiods - 1],
                           .by = f->by,
                           .reason = CYN_REASON_BACKFILL,
                           .metrics = b.metrics,
                           .nmetrics = b.nmetrics,
                           .due = at};
    for (size_t i = 0; i < f->nmembers; i++) {
        done.failed += outcomes[i].error != NULL;
        if (!outcomes[i].error) done.points += (int64_t)outcomes[i].npoints;
    }
    done.took = cyn_monotonic() - began;
    CYN_TRY(write(f, &b, outcomes, at, &done, err));
    cyn_interval_measure(&f->breadth, &b, outcomes);
    move_on(f, &b, outcomes, done.last.end);
    add_up(f->sum, &done);
    if (f->ask->progress) f->ask->progress(f->ask->self, f->done, f->all, &done);
    return CYN_OK;
}

cyn_code cyn_backfill_run(const cyn_project *p, const cyn_backfill *ask, const cyn_turn *turn,
                          cyn_evaluation *sum, cyn_err *err)
{
    filling f = {.project = p, .ask = ask, .turn = turn, .sum = sum};
    *sum = (cyn_evaluation){.grain = ask->grain,
                            .reason = CYN_REASON_BACKFILL,
                            .metrics = ask->metrics,
                            .nmetrics = ask->nmetrics,
                            .by = ""};
    CYN_TRY(start(&f, err));
    sum->by = f.by;
    sum->errors = f.errors;
    if (ask->progress) ask->progress(ask->self, 0, f.all, NULL);
    for (const part *first; (first = farthest_behind(&f));) {
        if (turn->cancel && atomic_load(turn->cancel))
            return cyn_fail(err, CYN_E_CANCEL, "interrupted");
        f.arena = cyn_arena_new(0);
        cyn_code rc = f.arena ? run_batch(&f, first, err) : cyn_nomem(err);
        cyn_arena_free(f.arena);
        if (rc != CYN_OK) return rc;
    }
    return CYN_OK;
}
