/* The lane that loads: looks at the sources when it is time, and hands on what changed.
 *
 * A source is looked at every `poll`, counted from its last look on the monotonic clock; a look
 * that comes while another goes on is skipped. Sources with `watch` also when the system says that
 * something changed. A project that was reloaded is handed on with its rows, and not before.
 */
#include "serve/daemon_impl.h"
#include <string.h>

#define PROGRESS (10 * CYN_MINUTE) /* within which a load says that it goes on */

typedef struct loader {
    cyn_generation *generation; /* whose sources these are; NULL: none yet */
    const cyn_stock *stock;
    cyn_arena *arena; /* of the generation */
    int64_t *looks;   /* [source]: when it is looked at next, monotonic */
    int64_t handed;   /* the generation that was handed on last */
    int64_t worlds;   /* how many were */
} loader;

static void reset(cyn_lane *l)
{
    loader *me = l->self;
    cyn_stock_unref(me->stock);
    cyn_generation_unref(me->generation);
    cyn_arena_free(me->arena);
    *me = (loader){.worlds = me->worlds}; /* all of it is handed on again */
}

/* ---- when ---- */

static int64_t every(const cyn_config *c, size_t source)
{
    int64_t poll = c->sources[source].poll > 0 ? c->sources[source].poll : c->schedule.poll;
    return poll > 0 ? poll : CYN_MINUTE;
}

/* The stock stays: sources that are read as before keep their rows. */
static cyn_code follow(cyn_lane *l, cyn_generation *g, cyn_err *err)
{
    loader *me = l->self;
    cyn_arena *arena = cyn_arena_new(0);
    int64_t *looks =
        arena ? CYN_NEW_ARRAY(arena, g->metrics->project->config->nsources + 1, int64_t) : NULL;
    if (!looks) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    cyn_arena_free(me->arena);
    cyn_generation_unref(me->generation);
    me->generation = cyn_generation_ref(g);
    me->arena = arena;
    me->looks = looks; /* all zero: at once */
    return CYN_OK;
}

/* Which sources it is time to look at; false: none. */
static bool choose(cyn_lane *l, bool *look)
{
    const loader *me = l->self;
    const cyn_config *c = me->generation->metrics->project->config;
    bool told = atomic_exchange(&l->daemon->look, false), any = false;
    int64_t now = cyn_monotonic();
    for (size_t i = 0; i < c->nsources; i++) {
        look[i] = me->looks[i] <= now || (told && c->sources[i].watch);
        any = any || look[i];
    }
    return any;
}

static void plan_looks(loader *me, const bool *look)
{
    const cyn_config *c = me->generation->metrics->project->config;
    int64_t now = cyn_monotonic();
    for (size_t i = 0; i < c->nsources; i++) {
        if (!look[i]) continue;
        int64_t planned = me->looks[i] + every(c, i);
        me->looks[i] = planned > now ? planned : now + every(c, i);
    }
}

static int64_t next_look(const loader *me)
{
    const size_t n = me->generation->metrics->project->config->nsources;
    int64_t first = CYN_TIME_MAX;
    for (size_t i = 0; i < n; i++)
        if (me->looks[i] < first) first = me->looks[i];
    if (first == CYN_TIME_MAX) return first;
    int64_t wait = first - cyn_monotonic();
    return cyn_now() + (wait > 0 ? wait : 0);
}

/* ---- what is said ---- */

static void report_source(cyn_lane *l, size_t i, const cyn_stock_source *now,
                          const cyn_stock_source *was)
{
    cyn_daemon *d = l->daemon;
    const loader *me = l->self;
    const char *name = me->generation->metrics->project->config->sources[i].name;
    if (now->fresh) {
        cyn_gauges_add(d->gauges, CYN_COUNT_LOADS, 1);
        cyn_gauges_add(d->gauges, CYN_COUNT_ROWS, now->rows);
        cyn_gauges_add(d->gauges, CYN_COUNT_BYTES, now->bytes);
        cyn_gauges_add(d->gauges, CYN_COUNT_BAD_ROWS, now->bad_rows);
        cyn_gauges_observe(d->gauges, CYN_SECONDS_LOAD, now->took);
        cyn_daemon_log(d, CYN_LOG_INFO, "loading", "source '%s': %lld row%s in %.3f s", name,
                       (long long)now->rows, cyn_plural(now->rows), (double)now->took / 1e6);
    }
    if (now->error && !(was && was->error && !strcmp(was->error->message, now->error->message))) {
        cyn_gauges_add(d->gauges, CYN_COUNT_LOAD_FAILURES, 1);
        cyn_daemon_log_error(d, CYN_LOG_ERROR, "loading", now->error);
        if (now->loaded)
            cyn_daemon_log(d, CYN_LOG_WARNING, "loading",
                           "source '%s' goes on with the rows that were read before", name);
    }
    if (!now->error && was && was->error)
        cyn_daemon_log(d, CYN_LOG_NOTICE, "loading", "source '%s' can be read again", name);
}

/* ---- a step ---- */

static void say_progress(void *self, const char *source, int64_t done, int64_t total)
{
    (void)source, (void)done, (void)total;
    cyn_lane_lives(self, PROGRESS);
}

/* Rows, or what is wrong with the source, are other than they were. */
static bool is_news(const cyn_stock_source *now, const cyn_stock_source *was)
{
    if (now->fresh || !was || !now->error != !was->error) return true;
    return now->error && strcmp(now->error->message, was->error->message) != 0;
}

/* Says what is new of each source; whether anything is. */
static bool tell_news(cyn_lane *l, const cyn_stock *stock, const cyn_stock *before,
                      cyn_arena *arena)
{
    const loader *me = l->self;
    const cyn_config *c = me->generation->metrics->project->config;
    bool any = false;
    for (size_t i = 0; i < c->nsources; i++) {
        const cyn_stock_source *now = cyn_stock_source_of(stock, i);
        const cyn_stock_source *was = before ? cyn_stock_source_of(before, i) : NULL;
        if (!is_news(now, was)) continue;
        any = true;
        report_source(l, i, now, was);
        const char *job = cyn_sprintf(arena, "load %s", c->sources[i].name);
        if (job && (now->fresh || now->error))
            cyn_daemon_note_job(l, job, cyn_now() - now->took, now->took, 0, now->error, arena);
    }
    return any;
}

static cyn_code hand_on(cyn_lane *l, cyn_err *err)
{
    loader *me = l->self;
    cyn_world *w =
        cyn_world_new(cyn_generation_ref(me->generation), cyn_stock_ref(me->stock), me->worlds + 1);
    if (!w) return cyn_nomem(err);
    me->worlds++;
    me->handed = me->generation->number;
    cyn_daemon_set_world(l->daemon, w);
    return CYN_OK;
}

static cyn_code load(cyn_lane *l, const bool *look, bool same, cyn_arena *arena, cyn_err *err)
{
    loader *me = l->self;
    const cyn_progress progress = {
        .self = l, .update = say_progress, .cancel = &l->daemon->stopping};
    const cyn_stock_options options = {
        .progress = &progress, .look = look, .cache = l->daemon->options->cache};
    cyn_stock *stock = NULL;
    cyn_err_list notes;
    cyn_err_list_init(&notes, arena);
    CYN_TRY(
        cyn_stock_load(me->generation->metrics->project, me->stock, &options, &stock, &notes, err));
    for (size_t i = 0; i < notes.count; i++)
        cyn_daemon_log_error(l->daemon, CYN_LOG_WARNING, "loading", &notes.items[i]);
    /* The number of a source means another one in another project. */
    bool news = tell_news(l, stock, same ? me->stock : NULL, arena);
    cyn_stock_unref(me->stock);
    me->stock = stock;
    return news || me->handed != me->generation->number ? hand_on(l, err) : CYN_OK;
}

static cyn_code step_with(cyn_lane *l, cyn_generation *latest, cyn_arena *arena, int64_t *next,
                          cyn_err *err)
{
    loader *me = l->self;
    bool same = me->generation == latest;
    bool *look = CYN_NEW_ARRAY(arena, latest->metrics->project->config->nsources + 1, bool);
    if (!look) return cyn_nomem(err);
    if (!same) CYN_TRY(follow(l, latest, err));
    if (choose(l, look) || me->handed != latest->number) {
        CYN_TRY(load(l, look, same, arena, err));
        plan_looks(me, look);
    }
    *next = next_look(me);
    return CYN_OK;
}

static cyn_code step(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    cyn_generation *latest = cyn_daemon_latest(l->daemon);
    if (!latest) return CYN_OK;
    cyn_code rc = step_with(l, latest, arena, next, err);
    cyn_generation_unref(latest);
    return rc;
}

const cyn_lane_kind cyn_lane_loading = {
    .name = "loading", .step = step, .reset = reset, .size = sizeof(loader)};
