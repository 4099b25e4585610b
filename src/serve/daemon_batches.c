/* Batches of intervals: evaluated, said, and handed over where they take too long. */
#include "serve/daemon_batches.h"
#include <stdio.h>
#include <string.h>

#define TURN (2 * CYN_SECOND) /* of batches, before it is seen what else there is */

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

static void say_batch(cyn_lane *l, const cyn_batches *b, cyn_store *st, const cyn_evaluation *e,
                      int64_t took, cyn_arena *arena)
{
    cyn_gauges *g = l->daemon->gauges;
    cyn_buf restated = {0};
    char period[160], failed[48] = "", by[128] = "";
    cyn_gauges_add(g, CYN_COUNT_EVALUATIONS, 1);
    cyn_gauges_add(g, CYN_COUNT_RESTATED, e->restated);
    cyn_gauges_observe(g, CYN_SECONDS_EVALUATION, took);
    if (e->reason == CYN_REASON_DUE)
        cyn_gauges_observe(g, b->slow ? CYN_SECONDS_SLOW_LATENESS : CYN_SECONDS_LATENESS, e->late);
    say_failures(l, e);
    period_text(e, &b->opened->project->calendar, period, sizeof period);
    if (e->by && e->by[0]) snprintf(by, sizeof by, " by %s", e->by);
    cyn_batches_put_restated(st, e, &b->opened->project->calendar, arena, &restated);
    if (e->failed) snprintf(failed, sizeof failed, ", %lld failed", (long long)e->failed);
    cyn_daemon_log(l->daemon, CYN_LOG_INFO, l->kind->name,
                   "%s (%s): %zu metric%s%s, %lld value%s, %lld new%s%s in %.3f s", period,
                   cyn_reason_names[e->reason], e->nmetrics, cyn_plural((int64_t)e->nmetrics), by,
                   (long long)e->points, cyn_plural(e->points), (long long)e->changed,
                   restated.len > 0 && !restated.failed ? restated.data : "", failed,
                   (double)took / 1e6);
    cyn_buf_clear(&restated);
}

/* What the intervals have to say: who failed again and again, what is too old to be caught up. */
static void say_notes(cyn_lane *l, cyn_batches *b)
{
    const int64_t quarantined = (int64_t)cyn_intervals_quarantined(b->intervals);
    for (cyn_err note; cyn_intervals_said(b->intervals, &note);)
        cyn_daemon_log_error(l->daemon, CYN_LOG_ERROR, l->kind->name, &note);
    cyn_gauges_add(l->daemon->gauges, CYN_GAUGE_QUARANTINED, quarantined - b->quarantined);
    b->quarantined = quarantined;
}

static cyn_gauge queue_of(const cyn_batches *b)
{
    return b->slow ? CYN_GAUGE_QUEUE_SLOW_METRICS : CYN_GAUGE_QUEUE_METRICS;
}

/* ---- the world ---- */

bool cyn_batches_take_up(cyn_batches *b, cyn_world *w, const cyn_opened *opened)
{
    if (b->world == w) return false;
    if (b->opened != opened) cyn_batches_forget(b);
    cyn_world_unref(b->world);
    b->world = cyn_world_ref(w);
    b->opened = opened;
    b->told = false;
    return true;
}

void cyn_batches_forget(cyn_batches *b)
{
    cyn_intervals_free(b->intervals);
    b->intervals = NULL;
    b->told = false;
}

void cyn_batches_drop(cyn_lane *l, cyn_batches *b)
{
    if (!b->world) return;
    cyn_gauges_add(l->daemon->gauges, CYN_GAUGE_QUARANTINED, -b->quarantined);
    cyn_gauges_set(l->daemon->gauges, queue_of(b), 0);
    cyn_batches_forget(b);
    cyn_world_unref(b->world);
    b->world = NULL;
    b->opened = NULL;
    b->quarantined = 0;
}

/* ---- who does what ---- */

static bool is_mine(const void *self, size_t metric)
{
    const cyn_batches *b = self;
    return cyn_is_slow(&b->world->generation->slow_metrics, metric) == b->slow;
}

static void mark(void *self, size_t metric)
{
    cyn_slow_mark(self, metric);
}

/* From here on nothing of an older generation is recorded: the slow lane, which was told to let go
 * of it, has. */
static void begin(cyn_lane *l, cyn_generation *g, int64_t now)
{
    pthread_mutex_t *work = &l->daemon->lanes[CYN_LANE_SLOW_METRICS].work;
    if (atomic_load(&g->since)) return;
    pthread_mutex_lock(work);
    pthread_mutex_unlock(work);
    atomic_store(&g->since, now);
}

static void share_out(cyn_lane *l, cyn_batches *b)
{
    cyn_daemon *d = l->daemon;
    const cyn_slow *slow = &b->world->generation->slow_metrics;
    cyn_intervals_share(b->intervals, is_mine, b);
    if (b->slow) return;
    cyn_gauges_set(d->gauges, CYN_GAUGE_SLOW_METRICS, (int64_t)atomic_load(&slow->count));
    cyn_lane_ring(&d->lanes[CYN_LANE_SLOW_METRICS]);
}

/* What took long the last time goes to the slow lane at once, and holds nobody once more. */
static cyn_code read_ledger(cyn_lane *l, cyn_batches *b, cyn_store *st, int64_t now, cyn_err *err)
{
    cyn_generation *g = b->world->generation;
    if (!b->slow) begin(l, g, now);
    const int64_t since = b->slow && atomic_load(&g->since) ? atomic_load(&g->since) : now;
    CYN_TRY(cyn_intervals_new(b->opened->project, st, since, &b->intervals, err));
    if (!b->slow) cyn_intervals_long(b->intervals, CYN_QUICK_CALL, mark, &g->slow_metrics);
    share_out(l, b);
    b->told = false;
    return CYN_OK;
}

bool cyn_batches_hand_over(cyn_lane *l, cyn_batches *b, size_t metric)
{
    if (!cyn_slow_mark(&b->world->generation->slow_metrics, metric)) return false;
    cyn_daemon_log(l->daemon, CYN_LOG_NOTICE, l->kind->name,
                   "metric '%s' is slow: it is evaluated in a lane of its own from now on",
                   b->opened->project->metrics[metric]->name);
    if (b->intervals) share_out(l, b);
    return true;
}

cyn_code cyn_batches_tell(cyn_lane *l, cyn_batches *b, cyn_store *st, const cyn_dataset *data,
                          int64_t now, cyn_err *err)
{
    if (!b->intervals) CYN_TRY(read_ledger(l, b, st, now, err));
    if (!b->told) CYN_TRY(cyn_intervals_data(b->intervals, data, now, err));
    b->told = true;
    return CYN_OK;
}

/* ---- evaluating ---- */

/* What runs in Lua is a batch by itself. Of others a row may turn out to be the interpreter's
 * (CYN_E_ESCAPE), and then the error says whose. */
static void hand_over_left(cyn_lane *l, cyn_batches *b, const cyn_evaluation *done)
{
    bool any = false;
    for (size_t i = 0; i < done->nmetrics; i++)
        any = any || done->errors[i].overran;
    for (size_t i = 0; i < done->nmetrics; i++)
        if (done->errors[i].overran || !any)
            cyn_batches_hand_over(l, b,
                                  cyn_project_metric(b->opened->project, done->metrics[i]->name));
}

/* What went well is recorded, and the next one is the slow lane's. */
static bool took_too_long(const cyn_batches *b, const cyn_evaluation *done)
{
    if (b->slow) return false;
    return done->left || (done->nmetrics == 1 && done->in_scripts > CYN_QUICK_CALL);
}

static cyn_code run_batch(cyn_lane *l, cyn_batches *b, const cyn_turn *turn, cyn_arena *arena,
                          cyn_evaluation *done, bool *changed, cyn_err *err)
{
    int64_t began = cyn_monotonic();
    CYN_TRY(cyn_intervals_run(b->intervals, turn, arena, done, err));
    if (done->nmetrics == 0) return CYN_OK;
    if (!done->left) say_batch(l, b, turn->store, done, cyn_monotonic() - began, arena);
    *changed |= done->changed > 0 || done->failed > 0 || done->reason == CYN_REASON_RETRY;
    if (took_too_long(b, done)) hand_over_left(l, b, done);
    return CYN_OK;
}

static cyn_code run_batches(cyn_lane *l, cyn_batches *b, const cyn_turn *turn, bool *changed,
                            cyn_err *err)
{
    const int64_t enough = cyn_monotonic() + TURN;
    cyn_evaluation done = {.nmetrics = 1};
    while (cyn_intervals_next(b->intervals) <= turn->now && done.nmetrics > 0 &&
           cyn_monotonic() < enough) {
        cyn_arena *arena = cyn_arena_new(0);
        if (!arena) return cyn_nomem(err);
        cyn_code rc = run_batch(l, b, turn, arena, &done, changed, err);
        cyn_arena_free(arena);
        if (rc != CYN_OK) return rc;
    }
    return CYN_OK;
}

cyn_code cyn_batches_run(cyn_lane *l, cyn_batches *b, const cyn_turn *turn, bool *changed,
                         cyn_err *err)
{
    cyn_code rc = run_batches(l, b, turn, changed, err);
    say_notes(l, b);
    CYN_TRY(rc);
    cyn_gauges_set(l->daemon->gauges, queue_of(b),
                   (int64_t)cyn_intervals_waiting(b->intervals, turn->now));
    return CYN_OK;
}
