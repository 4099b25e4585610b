/* Lanes: threads that wait until something is due, do it, and wait again.
 *
 * A step that fails is tried again after a while, longer and longer. That is said once, and once
 * that it is over; another reason is said again. What a step had open in the state is closed after
 * a failure, so that nothing half-done is left behind.
 */
#include "sched/queue.h"
#include "serve/daemon_impl.h"
#include <errno.h>
#include <string.h>
#include <time.h>

/* A clock that is set is noticed after that, at the latest. */
#define LONGEST_NAP (30 * CYN_SECOND)
#define GRACE       (60 * CYN_SECOND) /* that a lane may be late with its sign of life */
#define STEP        (30 * CYN_MINUTE) /* of a step that says nothing else */
#define REST        (5 * CYN_MINUTE)  /* without work, after which workers are let go */
#define LASTING     (30 * CYN_SECOND) /* what fails for so long is not over by itself */
#define FIRST_RETRY CYN_SECOND
#define LAST_RETRY  (2 * CYN_MINUTE)

cyn_code cyn_lane_init(cyn_lane *l, cyn_daemon *d, const cyn_lane_kind *kind, cyn_err *err)
{
    pthread_condattr_t attributes;
    *l = (cyn_lane){.daemon = d, .kind = kind, .self = cyn_calloc(1, kind->size + 1)};
    if (!l->self) return cyn_nomem(err);
    pthread_mutex_init(&l->mutex, NULL);
    pthread_mutex_init(&l->work, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&l->bell, &attributes);
    pthread_condattr_destroy(&attributes);
    cyn_lane_lives(l, STEP);
    return CYN_OK;
}

void cyn_lane_clear(cyn_lane *l)
{
    if (!l->self) return;
    l->kind->reset(l);
    cyn_store_close(l->store);
    l->store = NULL;
    cyn_free(l->self);
    pthread_mutex_destroy(&l->mutex);
    pthread_mutex_destroy(&l->work);
    pthread_cond_destroy(&l->bell);
    l->self = NULL;
}

/* ---- signs of life ---- */

void cyn_lane_lives(cyn_lane *l, int64_t at_most)
{
    atomic_store(&l->patience, cyn_monotonic() + at_most + GRACE);
}

void cyn_lane_rest(const cyn_opened *o, int64_t next)
{
    if (next > cyn_now() + REST) cyn_script_rest(o->script);
}

bool cyn_lane_is_alive(const cyn_lane *l)
{
    return !atomic_load(&l->started) || atomic_load(&l->ended) ||
           atomic_load(&l->patience) > cyn_monotonic();
}

/* A clock that was set back does not tell since when. */
bool cyn_lane_fails(const cyn_lane *l)
{
    const int64_t since = atomic_load(&l->failing), for_long = cyn_now() - since;
    return since != 0 && (for_long >= LASTING || for_long < 0);
}

/* ---- the state ---- */

cyn_code cyn_lane_store(cyn_lane *l, cyn_store **out, cyn_err *err)
{
    if (!l->store) CYN_TRY(cyn_store_open(l->daemon->state, &l->store, err));
    *out = l->store;
    return CYN_OK;
}

static void close_store(cyn_lane *l)
{
    cyn_store_close(l->store);
    l->store = NULL;
}

/* Another state knows nothing of what this lane knows. */
static void follow_state(cyn_lane *l)
{
    int64_t epoch = atomic_load(&l->daemon->epoch);
    if (l->epoch == epoch) return;
    l->epoch = epoch;
    l->kind->reset(l);
    close_store(l);
}

/* ---- steps ---- */

static void set_trouble(cyn_lane *l, const cyn_err *e)
{
    cyn_daemon *d = l->daemon;
    bool same = l->failures > 0 && strcmp(l->trouble.message, e->message) == 0;
    pthread_mutex_lock(&l->mutex);
    l->trouble = *e;
    l->failures++;
    pthread_mutex_unlock(&l->mutex);
    if (l->failures == 1) atomic_store(&l->failing, cyn_now());
    if (!same) cyn_daemon_log_error(d, CYN_LOG_ERROR, l->kind->name, e);
    if (e->code == CYN_E_STATE || e->code == CYN_E_IO)
        cyn_gauges_add(d->gauges, CYN_COUNT_STATE_FAILURES, 1);
}

static void end_trouble(cyn_lane *l)
{
    if (l->failures == 0) return;
    cyn_daemon_log(l->daemon, CYN_LOG_NOTICE, l->kind->name,
                   "works again, after %u attempt%s that failed", l->failures,
                   cyn_plural(l->failures));
    pthread_mutex_lock(&l->mutex);
    l->failures = 0;
    pthread_mutex_unlock(&l->mutex);
    atomic_store(&l->failing, 0);
}

/* Examining reads all of the state: at first, and then less and less often. */
static bool may_be_damaged(const cyn_lane *l, cyn_code rc)
{
    return (rc == CYN_E_STATE || rc == CYN_E_IO) && (l->failures & (l->failures - 1)) == 0;
}

static cyn_code try_step(cyn_lane *l, int64_t *next, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = l->kind->step(l, arena, next, err);
    cyn_arena_free(arena);
    return rc;
}

cyn_code cyn_lane_step(cyn_lane *l, int64_t *next)
{
    cyn_err err = {0};
    *next = CYN_TIME_MAX;
    cyn_daemon_look_at_state(l->daemon);
    follow_state(l);
    cyn_lane_lives(l, STEP);
    if (atomic_exchange(&l->daemon->doubtful, false)) cyn_daemon_mend_state(l->daemon);
    cyn_code rc = try_step(l, next, &err);
    if (rc == CYN_OK) {
        atomic_fetch_add(&l->steps, 1);
        end_trouble(l);
        return rc;
    }
    close_store(l);
    if (rc == CYN_E_CANCEL && atomic_load(&l->daemon->stopping)) return rc;
    set_trouble(l, &err);
    if (may_be_damaged(l, rc)) cyn_daemon_mend_state(l->daemon);
    *next = cyn_now() + cyn_backoff(l->failures, FIRST_RETRY, LAST_RETRY, l->kind->name);
    return rc;
}

/* ---- the thread ---- */

void cyn_lane_ring(cyn_lane *l)
{
    pthread_mutex_lock(&l->mutex);
    l->rung = true;
    pthread_cond_signal(&l->bell);
    pthread_mutex_unlock(&l->mutex);
}

/* Until then by the wall clock, the bell rings, or it is time to look at the clock again. */
static void wait_for(cyn_lane *l, int64_t next)
{
    int64_t now = cyn_now(), nap = LONGEST_NAP;
    if (next <= now) return;
    if (next - now < nap) nap = next - now;
    int64_t until = cyn_monotonic() + nap;
    const struct timespec t = {.tv_sec = until / CYN_SECOND,
                               .tv_nsec = (until % CYN_SECOND) * 1000};
    cyn_lane_lives(l, nap);
    pthread_mutex_lock(&l->mutex);
    while (!l->rung && pthread_cond_timedwait(&l->bell, &l->mutex, &t) != ETIMEDOUT)
        continue;
    pthread_mutex_unlock(&l->mutex);
}

static bool take_bell(cyn_lane *l)
{
    pthread_mutex_lock(&l->mutex);
    bool rung = l->rung;
    l->rung = false;
    pthread_mutex_unlock(&l->mutex);
    return rung;
}

static void *run(void *self)
{
    cyn_lane *l = self;
    int64_t next = CYN_TIME_MIN;
    while (!atomic_load(&l->daemon->stopping)) {
        if (take_bell(l) || next <= cyn_now()) (void)cyn_lane_step(l, &next);
        if (!atomic_load(&l->daemon->stopping)) wait_for(l, next);
    }
    atomic_store(&l->ended, true);
    return NULL;
}

cyn_code cyn_lane_start(cyn_lane *l, cyn_err *err)
{
    if (pthread_create(&l->thread, NULL, run, l) != 0)
        return cyn_fail(err, CYN_E_IO,
                        "cannot start the lane '%s': too many threads or too little "
                        "memory",
                        l->kind->name);
    (void)pthread_setname_np(l->thread, l->kind->name); /* as `top -H` shows it */
    atomic_store(&l->started, true);
    return CYN_OK;
}
