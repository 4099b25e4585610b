/* The lane of metrics: evaluates the intervals that are due, and makes the overview that requests
 * are answered from.
 *
 * A new world is taken up between two batches. The overview is made first of all, so that there is
 * something to be shown while the past is caught up, and then again when values came or rows
 * changed, but no more than a tenth of the time is spent on it.
 */
#include "serve/daemon_batches.h"
#include "store/history.h"

#define LOOK_AGAIN (15 * CYN_MINUTE) /* periods that run go on, though nothing changes */
#define SHARE      10                /* of the time, at most one part goes into overviews */

typedef struct evaluator {
    cyn_batches batches;
    bool stale;         /* the overview */
    bool quick;         /* the overview: functions that may hang were left out */
    bool quiet;         /* nothing is due: what may hang was tried, and is known if it does */
    int64_t made, took; /* when it was made last, and how long that took; monotonic */
} evaluator;

static void reset(cyn_lane *l)
{
    evaluator *me = l->self;
    cyn_batches_drop(l, &me->batches);
    *me = (evaluator){0};
}

/* ---- the world ---- */

static void take_up(evaluator *me, cyn_world *w)
{
    if (me->batches.opened != w->generation->metrics) me->quiet = false;
    if (cyn_batches_take_up(&me->batches, w, w->generation->metrics)) me->stale = true;
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

/* A function may be quick for one period, and slow for all those of a chart. */
static void hand_over(cyn_lane *l, const cyn_overview *v)
{
    evaluator *me = l->self;
    for (size_t i = 0; i < v->data.nmetrics; i++)
        if (v->overran[i]) me->stale |= cyn_batches_hand_over(l, &me->batches, i);
}

/* Trees of another generation show nothing of this one. */
static const cyn_overview *trees_of(cyn_daemon *d, const cyn_generation *g)
{
    const cyn_overview *trees = cyn_daemon_trees(d);
    if (!trees || trees->opened->of == g->metrics) return trees;
    cyn_overview_unref(trees);
    return NULL;
}

static cyn_code make_overview(cyn_lane *l, cyn_dataset *data, cyn_err *err)
{
    evaluator *me = l->self;
    cyn_overview *v = NULL;
    cyn_store *own = NULL, *st = NULL;
    const cyn_generation *g = me->batches.world->generation;
    int64_t began = cyn_monotonic();
    CYN_TRY(open_for_reading(l, &own, &st, err));
    const cyn_overview_options options = {.now = cyn_now(),
                                          .quick = !me->quiet,
                                          .recorded = g->slow_metrics.marks,
                                          .also = trees_of(l->daemon, g),
                                          .cancel = &l->daemon->stopping};
    cyn_code rc = cyn_overview_make(g->metrics, data, st, &options, &v, err);
    cyn_overview_unref(options.also);
    cyn_store_close(own);
    if (rc != CYN_OK) return rc;
    me->stale = false;
    hand_over(l, v);
    cyn_daemon_set_overview(l->daemon, v);
    cyn_daemon_notify("STATUS=at work");
    me->quick = options.quick;
    me->made = cyn_monotonic();
    me->took = me->made - began;
    return CYN_OK;
}

/* ---- a step ---- */

/* Before the overview: what took long the last time is not evaluated for it. */
static cyn_code tell_intervals(cyn_lane *l, const cyn_dataset *data, int64_t now, cyn_err *err)
{
    cyn_batches *b = &((evaluator *)l->self)->batches;
    const bool first = !b->intervals;
    cyn_store *st;
    CYN_TRY(cyn_lane_store(l, &st, err));
    CYN_TRY(cyn_batches_tell(l, b, st, data, now, err));
    if (!first || b->opened->findings.count > 0) return CYN_OK; /* else something is missing */
    return cyn_intervals_forget(b->intervals, st, cyn_now(), err);
}

static cyn_code evaluate(cyn_lane *l, cyn_dataset *data, int64_t now, cyn_err *err)
{
    evaluator *me = l->self;
    cyn_turn turn = {.data = data,
                     .now = now,
                     .clock = cyn_now,
                     .cancel = &l->daemon->stopping,
                     .scripts = me->batches.opened->script,
                     .leaves = true};
    CYN_TRY(cyn_lane_store(l, &turn.store, err));
    CYN_TRY(cyn_batches_run(l, &me->batches, &turn, &me->stale, err));
    me->quiet = cyn_intervals_next(me->batches.intervals) > now;
    if (me->quiet && me->quick) me->stale = true;
    return CYN_OK;
}

/* When the intervals say, and where "now" is the clock the overview becomes old by itself. */
static int64_t next_of(const evaluator *me)
{
    const cyn_project *p = me->batches.opened->project;
    int64_t next = cyn_intervals_next(me->batches.intervals);
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
    take_up(me, w);
    if (atomic_exchange(&l->daemon->slow_news, false)) me->stale = true;
    const cyn_code told = tell_intervals(l, data, now, err);
    if (overview_due(me) <= cyn_monotonic())
        shown = make_overview(l, data, told == CYN_OK ? err : NULL);
    if (told != CYN_OK) return told;
    const cyn_code evaluated = evaluate(l, data, now, shown == CYN_OK ? err : NULL);
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
