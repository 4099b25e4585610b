/* The lane of metrics that take long: what the lane of metrics has handed over is evaluated here,
 * one after another, with all the time that the project gives to a call of a script. So one that
 * hangs delays others of its kind, and nobody else.
 *
 * The project is opened for it when there is something to do. What it records is shown by the other
 * lane's overview, which reads it from the state; trees that show something slow are made here, in
 * a tenth of the time.
 */
#include "serve/daemon_batches.h"

#define SHARE 10 /* of the time, at most one part goes into trees */

typedef struct slow {
    cyn_batches batches;
    cyn_opened *own;    /* the generation's project again; NULL: not opened yet */
    size_t known;       /* metrics that were handed over when the ledger was read */
    bool stale;         /* the trees */
    int64_t made, took; /* when they were made last, and how long that took; monotonic; 0: never */
} slow;

static void reset(cyn_lane *l)
{
    slow *me = l->self;
    cyn_batches_drop(l, &me->batches);
    cyn_opened_unref(me->own);
    cyn_daemon_set_trees(l->daemon, NULL);
    *me = (slow){0};
}

/* Of another generation nothing is of use any more. */
static void follow(cyn_lane *l, const cyn_world *w)
{
    const slow *me = l->self;
    if (me->batches.world && me->batches.world->generation != w->generation) reset(l);
}

static cyn_code take_up(cyn_lane *l, cyn_world *w, cyn_err *err)
{
    slow *me = l->self;
    cyn_generation *g = w->generation;
    const size_t count = atomic_load(&g->slow_metrics.count);
    if (!me->own)
        CYN_TRY(
            cyn_generation_open_slow(g, g->metrics, l->daemon->options->library, &me->own, err));
    me->batches.slow = true;
    if (cyn_batches_take_up(&me->batches, w, me->own)) me->stale = true;
    if (me->known == count) return CYN_OK;
    cyn_batches_forget(&me->batches);
    me->stale = true;
    me->known = count;
    return CYN_OK;
}

/* There is something that the overview lacks. */
static void tell(cyn_lane *l)
{
    atomic_store(&l->daemon->slow_news, true);
    cyn_lane_ring(&l->daemon->lanes[CYN_LANE_METRICS]);
}

/* ---- trees ---- */

static int64_t trees_due(const slow *me)
{
    if (!me->stale) return CYN_TIME_MAX;
    return me->made ? me->made + SHARE * me->took : 0;
}

static cyn_code make_trees(cyn_lane *l, cyn_dataset *data, cyn_store *st, cyn_err *err)
{
    slow *me = l->self;
    cyn_overview *v = NULL;
    const cyn_generation *g = me->batches.world->generation;
    const cyn_overview_options options = {.now = cyn_now(),
                                          .recorded = g->slow_metrics.marks,
                                          .trees_alone = true,
                                          .cancel = &g->over};
    const int64_t began = cyn_monotonic();
    CYN_TRY(cyn_overview_make(me->own, data, st, &options, &v, err));
    me->stale = false;
    me->made = cyn_monotonic();
    me->took = me->made - began;
    if (v->data.ntrees > 0 || v->data.nfindings > 0) tell(l);
    cyn_daemon_set_trees(l->daemon, v);
    return CYN_OK;
}

/* ---- a step ---- */

static int64_t next_of(const slow *me)
{
    const int64_t next = cyn_intervals_next(me->batches.intervals), due = trees_due(me);
    if (due == CYN_TIME_MAX) return next;
    const int64_t wait = due - cyn_monotonic(), trees = cyn_now() + (wait > 0 ? wait : 0);
    return trees < next ? trees : next;
}

static cyn_code evaluate(cyn_lane *l, cyn_dataset *data, int64_t *next, cyn_err *err)
{
    slow *me = l->self;
    cyn_batches *b = &me->batches;
    bool changed = false;
    cyn_turn turn = {.data = data,
                     .now = cyn_now(),
                     .clock = cyn_now,
                     .cancel = &b->world->generation->over,
                     .scripts = me->own->script};
    CYN_TRY(cyn_lane_store(l, &turn.store, err));
    CYN_TRY(cyn_batches_tell(l, b, turn.store, data, turn.now, err));
    cyn_code rc = cyn_batches_run(l, b, &turn, &changed, err);
    if (changed) {
        me->stale = true;
        tell(l);
    }
    CYN_TRY(rc);
    if (trees_due(me) <= cyn_monotonic()) CYN_TRY(make_trees(l, data, turn.store, err));
    *next = next_of(me);
    cyn_lane_rest(me->own, *next);
    return CYN_OK;
}

static cyn_code work(cyn_lane *l, cyn_world *w, int64_t *next, cyn_err *err)
{
    slow *me = l->self;
    cyn_dataset *data = NULL;
    CYN_TRY(take_up(l, w, err));
    CYN_TRY(cyn_world_dataset(w, me->own->project, l->daemon->options->cache, &data, err));
    cyn_code rc = evaluate(l, data, next, err);
    cyn_dataset_free(data);
    return rc;
}

/* Cancelled because its generation is over is no failure: whoever hands the next one on rings. */
static cyn_code work_unless_over(cyn_lane *l, cyn_world *w, int64_t *next, cyn_err *err)
{
    const atomic_bool *over = &w->generation->over;
    pthread_mutex_lock(&l->work);
    cyn_code rc = atomic_load(over) ? CYN_OK : work(l, w, next, err);
    if (rc == CYN_E_CANCEL && atomic_load(over)) rc = CYN_OK;
    pthread_mutex_unlock(&l->work);
    return rc;
}

static cyn_code step(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    cyn_world *w = cyn_daemon_world(l->daemon);
    (void)arena;
    if (!w) return CYN_OK; /* whoever hands the first one on rings */
    follow(l, w);
    if (atomic_load(&w->generation->slow_metrics.count)) rc = work_unless_over(l, w, next, err);
    cyn_world_unref(w);
    return rc;
}

const cyn_lane_kind cyn_lane_slow_metrics = {
    .name = "slow metrics", .step = step, .reset = reset, .size = sizeof(slow)};
