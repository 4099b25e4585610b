/* One call of the engine for metrics alike, taken apart again. */
#include "engine/record.h"
#include "live/intervals_impl.h"
#include <string.h>

/* Points of a transaction: what others wait for is over in well under a second. */
#define POINTS   20000
#define SEGMENTS 16 /* that a dimension is taken to have */

size_t cyn_interval_metrics(size_t periods, bool by)
{
    size_t each = periods * (by ? SEGMENTS : 1), n = POINTS / (each ? each : 1);
    return n < 1 ? 1 : n;
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
        *o = (interval_outcome){.points = r->points + at};
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
        if (cyn_concerns_all(rc)) {
            if (err) *err = *why;
            return rc;
        }
        if (rc != CYN_OK) list[i] = (interval_outcome){.error = why};
    }
    return CYN_OK;
}

cyn_code cyn_interval_evaluate(const interval_batch *b, const cyn_turn *turn, cyn_arena *arena,
                               const interval_outcome **out, cyn_err *err)
{
    interval_outcome *list = CYN_NEW_ARRAY(arena, b->nmetrics + 1, interval_outcome);
    if (!list) return cyn_nomem(err);
    cyn_code rc = evaluate(b, turn, arena, list, err);
    if (rc != CYN_OK && !cyn_concerns_all(rc)) rc = evaluate_each(b, turn, arena, list, err);
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
