/* The lane that tells: sends what the outbox holds, when it is due (rules/dispatch.h). */
#include "rules/dispatch.h"
#include "serve/daemon_impl.h"

/* Other processes silence and acknowledge, too, and ring nobody. */
#define AGAIN CYN_MINUTE

static void reset(cyn_lane *l)
{
    (void)l; /* all that it knows is in the state */
}

static void say_sent(cyn_lane *l, const cyn_dispatch_result *r, int64_t took)
{
    cyn_daemon *d = l->daemon;
    cyn_gauges_add(d->gauges, CYN_COUNT_SENT, (int64_t)r->sent);
    cyn_gauges_add(d->gauges, CYN_COUNT_SEND_FAILURES, (int64_t)r->failed);
    cyn_gauges_add(d->gauges, CYN_COUNT_DEAD, (int64_t)r->dead);
    cyn_gauges_set(d->gauges, CYN_GAUGE_QUEUE_MESSAGES, (int64_t)r->waiting);
    if (r->sent + r->failed + r->dead == 0) return;
    cyn_gauges_observe(d->gauges, CYN_SECONDS_DELIVERY, took);
    if (r->sent)
        cyn_daemon_log(d, CYN_LOG_INFO, "telling", "%zu message%s sent", r->sent,
                       cyn_plural((int64_t)r->sent));
    if (r->dead)
        cyn_daemon_log(d, CYN_LOG_ERROR, "telling",
                       "%zu message%s given up; 'cynosure alerts dead' lists them", r->dead,
                       r->dead == 1 ? " was" : "s were");
}

static cyn_code tell(cyn_lane *l, const cyn_world *w, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    cyn_dispatch_options options = {.project = w->generation->rules->project,
                                    .cancel = &l->daemon->stopping};
    cyn_dispatch_result done = {.next = CYN_TIME_MAX};
    cyn_err_list notes;
    int64_t began = cyn_monotonic();
    cyn_err_list_init(&notes, arena);
    CYN_TRY(cyn_lane_store(l, &options.store, err));
    CYN_TRY(cyn_dispatch(&options, cyn_now(), &notes, &done, err));
    for (size_t i = 0; i < notes.count; i++)
        cyn_daemon_log_error(l->daemon, CYN_LOG_WARNING, "telling", &notes.items[i]);
    say_sent(l, &done, cyn_monotonic() - began);
    *next = done.next < cyn_now() + AGAIN ? done.next : cyn_now() + AGAIN;
    return CYN_OK;
}

static cyn_code step(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    cyn_world *w = l->daemon->options->send ? cyn_daemon_world(l->daemon) : NULL;
    if (!w) return CYN_OK;
    cyn_code rc = tell(l, w, arena, next, err);
    cyn_world_unref(w);
    return rc;
}

const cyn_lane_kind cyn_lane_telling = {.name = "telling", .step = step, .reset = reset, .size = 0};
