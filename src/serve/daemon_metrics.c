/* The lane of metrics: evaluates the intervals that are due, and makes the overview that requests
 * are answered from.
 *
 * A new world is taken up between two batches. The overview is made first of all, so that there is
 * something to be shown while the past is caught up, and then again when values came or rows
 * changed, but no more than a tenth of the time is spent on it.
 */
#include "serve/daemon_impl.h"
#include "store/history.h"
#include <stdio.h>
#include <string.h>

#define TURN       (2 * CYN_SECOND)  /* of batches, before it is seen what else there is */
#define LOOK_AGAIN (15 * CYN_MINUTE) /* periods that run go on, though nothing changes */
#define SHARE      10                /* of the time, at most one part goes into overviews */

typedef struct evaluator {
    cyn_world *world; /* NULL: none yet */
    cyn_intervals *intervals;
    bool told;          /* the intervals: of this world's rows */
    bool stale;         /* the overview */
    bool quick;         /* the overview: functions that may hang were left out */
    bool quiet;         /* nothing is due: what may hang was tried, and is known if it does */
    int64_t made, took; /* when it was made last, and how long that took; monotonic */
} evaluator;

static void reset(cyn_lane *l)
{
    evaluator *me = l->self;
    cyn_intervals_free(me->intervals);
    cyn_world_unref(me->world);
    *me = (evaluator){0};
}

/* ---- what is said ---- */

static const char *period_text(const cyn_evaluation *e, const cyn_calendar *c, char *out,
                               size_t size)
{
    char first[64], last[64];
    cyn_period_label(c, e->first, first, sizeof first);
    cyn_period_label(c, e->last, last, sizeof last);
    if (strcmp(first, last) == 0)
        snprintf(out, size, "%s", first);
    else
        snprintf(out, size, "%s to %s", first, last);
    return out;
}

/* Those that fail when they are tried again were said when they failed first, and those of which
 * the period is still to be found are said with it. */
static void say_failures(cyn_lane *l, const cyn_evaluation *e)
{
    cyn_failures failures = {.of = CYN_FAILURES_OF_METRICS};
    for (size_t i = 0; i < e->nmetrics; i++) {
        cyn_code code = e->errors[i].code;
        if (code == CYN_OK) continue;
        cyn_gauges_add(l->daemon->gauges, CYN_COUNT_EVALUATION_FAILURES, 1);
        if (code == CYN_E_SCRIPT || code == CYN_E_WORKER)
            cyn_gauges_add(l->daemon->gauges, CYN_COUNT_SCRIPT_ERRORS, 1);
        if (e->reason != CYN_REASON_RETRY && e->found[i])
            cyn_failures_add(&failures, e->metrics[i], &e->errors[i]);
    }
    cyn_daemon_log_failures(l, &failures);
}

static void say_batch(cyn_lane *l, const cyn_evaluation *e, int64_t took)
{
    const evaluator *me = l->self;
    cyn_gauges *g = l->daemon->gauges;
    char period[160], restated[48] = "", failed[48] = "", by[128] = "";
    cyn_gauges_add(g, CYN_COUNT_EVALUATIONS, 1);
    cyn_gauges_add(g, CYN_COUNT_RESTATED, e->restated);
    cyn_gauges_observe(g, CYN_SECONDS_EVALUATION, took);
    if (e->reason == CYN_REASON_DUE) cyn_gauges_observe(g, CYN_SECONDS_LATENESS, e->late);
    say_failures(l, e);
    period_text(e, &me->world->generation->metrics->project->calendar, period, sizeof period);
    if (e->by && e->by[0]) snprintf(by, sizeof by, " by %s", e->by);
    if (e->restated) snprintf(restated, sizeof restated, ", %lld restated", (long long)e->restated);
    if (e->failed) snprintf(failed, sizeof failed, ", %lld failed", (long long)e->failed);
    cyn_daemon_log(l->daemon, CYN_LOG_INFO, "metrics",
                   "%s (%s): %zu metric%s%s, %lld value%s, %lld new%s%s in %.3f s", period,
                   cyn_reason_names[e->reason], e->nmetrics, cyn_plural((int64_t)e->nmetrics), by,
                   (long long)e->points, cyn_plural(e->points), (long long)e->changed, restated,
                   failed, (double)took / 1e6);
}

/* What the intervals have to say: who failed again and again, what is too old to be caught up. */
static void say_notes(cyn_lane *l)
{
    const evaluator *me = l->self;
    for (cyn_err note; cyn_intervals_said(me->intervals, &note);)
        cyn_daemon_log_error(l->daemon, CYN_LOG_ERROR, "metrics", &note);
    cyn_gauges_set(l->daemon->gauges, CYN_GAUGE_QUARANTINED,
                   (int64_t)cyn_intervals_quarantined(me->intervals));
}

/* ---- the world ---- */

static bool is_same_project(const cyn_world *a, const cyn_world *b)
{
    return a && b && a->generation == b->generation;
}

static void take_up(cyn_lane *l, cyn_world *w)
{
    evaluator *me = l->self;
    if (me->world == w) return;
    if (!is_same_project(me->world, w)) {
        cyn_intervals_free(me->intervals);
        me->intervals = NULL;
        me->quiet = false;
    }
    cyn_world_unref(me->world);
    me->world = cyn_world_ref(w);
    me->stale = true;
    me->told = false;
}

/* The intervals know what was evaluated of which data: what is new in the world is due at once. */
static cyn_code tell_intervals(cyn_lane *l, cyn_store *st, const cyn_dataset *data, int64_t now,
                               cyn_err *err)
{
    evaluator *me = l->self;
    const cyn_project *p = me->world->generation->metrics->project;
    if (!me->intervals) {
        CYN_TRY(cyn_intervals_new(p, st, now, &me->intervals, err));
        if (me->world->generation->metrics->findings.count == 0) /* else something is missing */
            CYN_TRY(cyn_intervals_forget(me->intervals, st, cyn_now(), err));
        me->told = false;
    }
    if (!me->told) CYN_TRY(cyn_intervals_data(me->intervals, data, now, err));
    me->told = true;
    return CYN_OK;
}

/* ---- the overview ---- */

static int64_t overview_due(const evaluator *me)
{
    if (!me->made) return 0;
    int64_t wait = me->stale ? SHARE * me->took : LOOK_AGAIN;
    return me->made + (wait > CYN_SECOND ? wait : CYN_SECOND);
}

/* A state that cannot be written can be read, maybe: there is something to be shown all the same.
 */
static cyn_code open_for_reading(cyn_lane *l, cyn_store **own, cyn_store **out, cyn_err *err)
{
    cyn_code rc = cyn_lane_store(l, out, err);
    if (rc == CYN_OK) return rc;
    if (cyn_store_open_reader(l->daemon->state, own, NULL) != CYN_OK) return rc;
    *out = *own;
    return CYN_OK;
}

static cyn_code make_overview(cyn_lane *l, cyn_dataset *data, cyn_err *err)
{
    evaluator *me = l->self;
    cyn_overview *v = NULL;
    cyn_store *own = NULL, *st = NULL;
    const cyn_overview_options options = {
        .now = cyn_now(), .quick = !me->quiet, .cancel = &l->daemon->stopping};
    int64_t began = cyn_monotonic();
    CYN_TRY(open_for_reading(l, &own, &st, err));
    cyn_code rc = cyn_overview_make(me->world->generation->metrics, data, st, &options, &v, err);
    cyn_store_close(own);
    if (rc != CYN_OK) return rc;
    cyn_daemon_set_overview(l->daemon, v);
    cyn_daemon_notify("STATUS=at work");
    me->stale = false;
    me->quick = options.quick;
    me->made = cyn_monotonic();
    me->took = me->made - began;
    return CYN_OK;
}

/* ---- a step ---- */

static cyn_code run_batch(cyn_lane *l, const cyn_turn *turn, cyn_arena *arena, cyn_evaluation *done,
                          cyn_err *err)
{
    evaluator *me = l->self;
    int64_t began = cyn_monotonic();
    CYN_TRY(cyn_intervals_run(me->intervals, turn, arena, done, err));
    if (done->nmetrics == 0) return CYN_OK;
    if (done->changed > 0 || done->failed > 0 || done->reason == CYN_REASON_RETRY) me->stale = true;
    say_batch(l, done, cyn_monotonic() - began);
    return CYN_OK;
}

static cyn_code run_batches(cyn_lane *l, const cyn_turn *turn, cyn_err *err)
{
    evaluator *me = l->self;
    const int64_t enough = cyn_monotonic() + TURN;
    cyn_evaluation done = {.nmetrics = 1};
    while (cyn_intervals_next(me->intervals) <= turn->now && done.nmetrics > 0 &&
           cyn_monotonic() < enough) {
        cyn_arena *arena = cyn_arena_new(0);
        if (!arena) return cyn_nomem(err);
        cyn_code rc = run_batch(l, turn, arena, &done, err);
        cyn_arena_free(arena);
        if (rc != CYN_OK) return rc;
    }
    return CYN_OK;
}

static cyn_code evaluate(cyn_lane *l, cyn_dataset *data, int64_t now, cyn_err *err)
{
    evaluator *me = l->self;
    cyn_turn turn = {.data = data, .now = now, .clock = cyn_now, .cancel = &l->daemon->stopping};
    CYN_TRY(cyn_lane_store(l, &turn.store, err));
    CYN_TRY(tell_intervals(l, turn.store, data, now, err));
    cyn_code rc = run_batches(l, &turn, err);
    say_notes(l);
    CYN_TRY(rc);
    me->quiet = cyn_intervals_next(me->intervals) > now;
    if (me->quiet && me->quick) me->stale = true;
    cyn_gauges_set(l->daemon->gauges, CYN_GAUGE_QUEUE_METRICS,
                   (int64_t)cyn_intervals_waiting(me->intervals, now));
    return CYN_OK;
}

/* When the intervals say, and where "now" is the clock the overview becomes old by itself. */
static int64_t next_of(const evaluator *me)
{
    const cyn_project *p = me->world->generation->metrics->project;
    int64_t next = cyn_intervals_next(me->intervals);
    if (!me->stale && p->config->as_of) return next;
    int64_t wait = overview_due(me) - cyn_monotonic();
    int64_t overview = cyn_now() + (wait > 0 ? wait : 0);
    return overview < next ? overview : next;
}

/* Neither the overview nor the intervals stand back where the other one fails. */
static cyn_code step_with(cyn_lane *l, cyn_world *w, cyn_dataset *data, int64_t *next, cyn_err *err)
{
    evaluator *me = l->self;
    const int64_t now = cyn_now(); /* what it is for periods the intervals know */
    cyn_code shown = CYN_OK;
    take_up(l, w);
    if (overview_due(me) <= cyn_monotonic()) shown = make_overview(l, data, err);
    cyn_code evaluated = evaluate(l, data, now, shown == CYN_OK ? err : NULL);
    if (shown != CYN_OK) return shown;
    if (evaluated != CYN_OK) return evaluated;
    *next = next_of(me);
    cyn_lane_rest(w->generation->metrics, *next);
    return CYN_OK;
}

static cyn_code step(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    cyn_dataset *data = NULL;
    cyn_world *w = cyn_daemon_world(l->daemon);
    (void)arena;
    if (!w) return CYN_OK; /* whoever hands the first one on rings */
    cyn_code rc = cyn_world_dataset(w, w->generation->metrics->project, l->daemon->options->cache,
                                    &data, err);
    if (rc == CYN_OK) rc = step_with(l, w, data, next, err);
    cyn_dataset_free(data);
    cyn_world_unref(w);
    return rc;
}

const cyn_lane_kind cyn_lane_metrics = {
    .name = "metrics", .step = step, .reset = reset, .size = sizeof(evaluator)};
