/* One call of the engine for metrics alike, taken apart again. */
#include "engine/record.h"
#include "live/intervals_impl.h"
#include <math.h>
#include <string.h>

/* Points of a transaction: what others wait for is over in well under a second. */
#define POINTS      20000
#define POINTS_MOST 200000 /* where there are more segments than the last batch had */
#define PERIODS     400
#define FIRST       30 /* periods by a dimension of which nothing is known yet … */
#define SEGMENTS    16 /* … and what it is taken to have */

/* A longer batch may meet more segments: at worst as many more as it is longer. */
static double segments_in(const breadth *b, size_t periods)
{
    if (b->periods == 0) return SEGMENTS;
    double longer = periods > b->periods ? (double)periods / (double)b->periods : 1;
    return (double)b->segments * longer;
}

size_t cyn_interval_length(const breadth *b)
{
    if (!b) return PERIODS;
    if (b->periods == 0) return FIRST;
    double n = (double)POINTS / (double)b->segments;
    if (n > (double)b->periods) n = sqrt(n * (double)b->periods);
    if (n >= PERIODS) return PERIODS;
    return n < 1 ? 1 : (size_t)n;
}

size_t cyn_interval_metrics(const breadth *b, size_t periods)
{
    double each = (double)periods * (b ? segments_in(b, periods) : 1);
    double n = each > 1 ? POINTS / each : POINTS;
    return n < 1 ? 1 : (size_t)n;
}

void cyn_interval_measure(breadth *b, const interval_batch *batch, const interval_outcome *outcomes)
{
    breadth seen = {.segments = 1};
    for (size_t i = 0; i < batch->nmetrics; i++) {
        size_t segments = outcomes[i].npoints / batch->nperiods;
        if (outcomes[i].error) continue;
        seen.periods = batch->nperiods;
        if (segments > seen.segments) seen.segments = segments;
    }
    if (b && seen.periods > 0) *b = seen;
}

cyn_code cyn_interval_periods(const cyn_calendar *cal, cyn_grain grain, int64_t from, int64_t until,
                              size_t most, cyn_arena *arena, const cyn_period **out, size_t *n,
                              cyn_err *err)
{
    cyn_period *list = CYN_NEW_ARRAY(arena, most + 1, cyn_period);
    if (!list) return cyn_nomem(err);
    size_t count = 0;
    while (count < most && from < until) {
        list[count] = cyn_period_at(cal, grain, from);
        if (list[count].end <= from) break; /* the last that there is */
        from = list[count++].end;
    }
    *out = list;
    *n = count;
    return CYN_OK;
}

static cyn_code request_of(const interval_batch *b, const cyn_turn *turn, cyn_arena *arena,
                           cyn_eval_request *out, cyn_err *err)
{
    const char **names = CYN_NEW_ARRAY(arena, b->nmetrics + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < b->nmetrics; i++)
        names[i] = b->metrics[i]->name;
    *out = (cyn_eval_request){
        .metrics = names,
        .nmetrics = b->nmetrics,
        .has_grain = true,
        .grain = b->grain,
        .periods = b->periods,
        .nperiods = b->nperiods,
        .by = b->by,
        .nby = b->nby,
        .bare = true,
        .has_now = true,
        .now = b->now,
        .most_points = b->nperiods > 1 || b->nmetrics > 1 ? POINTS_MOST : 0,
        .cancel = turn->cancel,
    };
    return CYN_OK;
}

/* Points come metric by metric, in the project's order. One that has none has no segment. */
static void take_apart(const interval_batch *b, const cyn_eval_result *r, interval_outcome *list)
{
    size_t at = 0;
    for (size_t i = 0; i < b->nmetrics; i++) {
        interval_outcome *o = &list[i];
        *o = (interval_outcome){.points = r->npoints > 0 ? r->points + at : NULL};
        for (; at < r->npoints && r->points[at].metric == b->metrics[i]; at++, o->npoints++)
            if (r->points[at].failed && !o->error) o->error = r->points[at].error;
    }
}

static cyn_code evaluate(const interval_batch *b, const cyn_turn *turn, cyn_arena *arena,
                         interval_outcome *list, cyn_err *err)
{
    cyn_eval_request request;
    cyn_eval_result result;
    CYN_TRY(request_of(b, turn, arena, &request, err));
    CYN_TRY(cyn_evaluate(b->project, turn->data, &request, arena, &result, err));
    take_apart(b, &result, list);
    return CYN_OK;
}

/* One that cannot even be asked for (a scan beyond a limit) does not cost the others. */
static cyn_code evaluate_each(const interval_batch *b, const cyn_turn *turn, cyn_arena *arena,
                              interval_outcome *list, cyn_err *err)
{
    for (size_t i = 0; i < b->nmetrics; i++) {
        interval_batch alone = *b;
        alone.metrics = &b->metrics[i];
        alone.nmetrics = 1;
        cyn_err *why = CYN_NEW(arena, cyn_err);
        if (!why) return cyn_nomem(err);
        cyn_code rc = evaluate(&alone, turn, arena, &list[i], why);
        if (rc == CYN_E_CANCEL) {
            if (err) *err = *why;
            return rc;
        }
        if (rc != CYN_OK) list[i] = (interval_outcome){.error = why};
    }
    return CYN_OK;
}

/* Memory, or a limit, for which fewer periods may be few enough. */
static bool is_too_much(cyn_code rc)
{
    return rc == CYN_E_NOMEM || rc == CYN_E_LIMIT;
}

cyn_code cyn_interval_evaluate(interval_batch *b, const cyn_turn *turn, cyn_arena *arena,
                               const interval_outcome **out, cyn_err *err)
{
    interval_outcome *list = CYN_NEW_ARRAY(arena, b->nmetrics + 1, interval_outcome);
    if (!list) return cyn_nomem(err);
    cyn_code rc = evaluate(b, turn, arena, list, err);
    for (; is_too_much(rc) && b->nperiods > 1; rc = evaluate(b, turn, arena, list, err))
        b->nperiods /= 2;
    if (rc != CYN_OK && rc != CYN_E_CANCEL) rc = evaluate_each(b, turn, arena, list, err);
    if (rc == CYN_OK) *out = list;
    return rc;
}

cyn_code cyn_interval_record(const interval_batch *b, const interval_outcome *outcomes,
                             cyn_store *st, int64_t run, cyn_err *err)
{
    for (size_t i = 0; i < b->nmetrics; i++) {
        const interval_outcome *o = &outcomes[i];
        const cyn_said said = {.metric = b->metrics[i],
                               .grain = b->grain,
                               .by = b->by,
                               .nby = b->nby,
                               .from = b->periods[0].start,
                               .until = b->periods[b->nperiods - 1].end,
                               .points = o->points,
                               .npoints = o->npoints};
        if (o->error) continue;
        CYN_TRY(cyn_record_into(st, run, b->project, o->points, o->npoints, true, err));
        if (b->nby > 0) CYN_TRY(cyn_record_lost(st, run, b->project, &said, err));
    }
    return CYN_OK;
}

cyn_code cyn_interval_account(const interval_batch *b, cyn_store *st, int64_t run, int64_t began,
                              cyn_evaluation *done, cyn_err *err)
{
    const cyn_calendar *cal = &b->project->calendar;
    char grain[16], first[64], last[64];
    cyn_format_grain(done->grain, grain);
    cyn_period_label(cal, done->first, first, sizeof first);
    cyn_period_label(cal, done->last, last, sizeof last);
    CYN_TRY(cyn_store_run_changes(st, run, &done->changed, &done->restated, err));
    cyn_evaluation_row row = {
        .grain = grain,
        .first = first,
        .last = last,
        .reason = done->reason,
        .due = done->due,
        .began = began,
        .took = done->took,
        .metrics = (int64_t)b->nmetrics,
        .points = done->points,
        .changed = done->changed,
        .restated = done->restated,
        .failed = done->failed,
    };
    return cyn_store_add_evaluation(st, run, &row, err);
}
