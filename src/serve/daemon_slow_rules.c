/* The lane of rules that take long: those that the lane of rules has handed over.
 *
 * Here a script has all the time that the project gives it. Each bundle has a watch of its own, and
 * one is evaluated in a step. What took long is left alone for many times as long, so that it
 * leaves time to the others here, and what is stopped again and again is tried ever more rarely: it
 * is in quarantine. When the project is changed all begin anew, in the lane of rules.
 */
#include "sched/queue.h"
#include "serve/daemon_watch.h"

#define SHARE     20 /* of the time, at most one part goes into what takes long */
#define REST_MOST (6 * CYN_HOUR)
#define PATIENCE  (30 * CYN_MINUTE) /* for what is not a script's time */

typedef struct bundle {
    size_t first; /* rule of the catalog */
    const cyn_rule **rules;
    size_t nrules;
    cyn_watch *watch;        /* NULL: to be read from the state */
    int64_t firing, pending; /* its alerts */
    int64_t due;             /* on the wall clock; CYN_TIME_MIN: at once */
    int64_t rests;           /* monotonic: until then it is left alone */
    unsigned overruns;       /* in a row */
} bundle;

typedef struct slow {
    cyn_world *world;   /* NULL: none yet */
    cyn_opened *opened; /* NULL: not needed yet */
    cyn_ruling ruling;
    bundle *bundles;
    size_t count, capacity;
} slow;

/* ---- a generation ---- */

static void count_quarantined(cyn_lane *l)
{
    const slow *me = l->self;
    int64_t n = 0;
    for (size_t i = 0; i < me->count; i++)
        if (me->bundles[i].overruns >= CYN_QUARANTINE) n += (int64_t)me->bundles[i].nrules;
    cyn_gauges_set(l->daemon->gauges, CYN_GAUGE_QUARANTINED_RULES, n);
}

static void count_alerts(cyn_lane *l)
{
    slow *me = l->self;
    int64_t firing = 0, pending = 0;
    for (size_t i = 0; i < me->count; i++) {
        firing += me->bundles[i].firing;
        pending += me->bundles[i].pending;
    }
    cyn_ruling_counted(l, &me->ruling, firing, pending);
}

static void end_generation(cyn_lane *l)
{
    slow *me = l->self;
    for (size_t i = 0; i < me->count; i++)
        cyn_watch_free(me->bundles[i].watch);
    me->bundles = NULL;
    me->count = me->capacity = 0;
    cyn_ruling_end(&me->ruling);
    cyn_opened_unref(me->opened);
    me->opened = NULL;
    count_quarantined(l);
    count_alerts(l); /* they are the other lane's again */
}

static void reset(cyn_lane *l)
{
    slow *me = l->self;
    end_generation(l);
    cyn_world_unref(me->world);
    me->world = NULL;
}

static void take_up(cyn_lane *l, cyn_world *w)
{
    slow *me = l->self;
    if (me->world == w) return;
    if (me->world && me->world->generation != w->generation) end_generation(l);
    cyn_world_unref(me->world);
    me->world = cyn_world_ref(w);
    if (!w->generation->rules->project->config->as_of) return;
    for (size_t i = 0; i < me->count; i++)
        me->bundles[i].due = CYN_TIME_MIN; /* the data say what time it is */
}

static cyn_code open_project(cyn_lane *l, cyn_err *err)
{
    slow *me = l->self;
    cyn_generation *g = me->world->generation;
    if (!me->opened)
        CYN_TRY(
            cyn_generation_open_slow(g, g->rules, l->daemon->options->library, &me->opened, err));
    return me->ruling.project ? CYN_OK : cyn_ruling_begin(&me->ruling, me->opened->project, err);
}

/* ---- bundles ---- */

static bool is_known(const slow *me, size_t first)
{
    for (size_t i = 0; i < me->count; i++)
        if (me->bundles[i].first == first) return true;
    return false;
}

static cyn_code add_bundle(slow *me, size_t first, cyn_err *err)
{
    const cyn_catalog *c = me->ruling.project->catalog;
    bundle *more = cyn_grown(me->ruling.arena, me->bundles, me->count, &me->capacity, sizeof *more);
    bundle b = {.first = first, .due = CYN_TIME_MIN};
    if (!more) return cyn_nomem(err);
    me->bundles = more;
    for (size_t i = first; i < c->nrules; i++)
        b.nrules += me->ruling.bundles[i] == first;
    b.rules = CYN_NEW_ARRAY(me->ruling.arena, b.nrules, const cyn_rule *);
    if (!b.rules) return cyn_nomem(err);
    for (size_t i = first, n = 0; i < c->nrules; i++)
        if (me->ruling.bundles[i] == first) b.rules[n++] = c->rules[i];
    me->bundles[me->count++] = b;
    return CYN_OK;
}

/* Those that were handed over since. */
static cyn_code add_bundles(slow *me, cyn_err *err)
{
    const cyn_slow *marked = &me->world->generation->slow_rules;
    for (size_t i = 0; i < me->ruling.project->catalog->nrules; i++)
        if (me->ruling.bundles[i] == i && cyn_is_slow(marked, i) && !is_known(me, i))
            CYN_TRY(add_bundle(me, i, err));
    return CYN_OK;
}

/* When it is evaluated next. */
static int64_t next_of(const bundle *b)
{
    const int64_t rests = b->rests - cyn_monotonic();
    return rests > 0 && cyn_now() + rests > b->due ? cyn_now() + rests : b->due;
}

static int64_t next_of_all(const slow *me)
{
    int64_t next = CYN_TIME_MAX;
    for (size_t i = 0; i < me->count; i++)
        if (next_of(&me->bundles[i]) < next) next = next_of(&me->bundles[i]);
    return next;
}

static cyn_code count_bundle(bundle *b, cyn_arena *scratch, cyn_err *err)
{
    b->firing = b->pending = 0;
    return cyn_ruling_count(b->watch, scratch, &b->firing, &b->pending, err);
}

static cyn_code need_watch(cyn_lane *l, bundle *b, cyn_arena *scratch, cyn_err *err)
{
    const slow *me = l->self;
    const cyn_watch_options options = {.rules = b->rules, .nrules = b->nrules, .leave_gone = true};
    if (b->watch) return CYN_OK;
    b->due = CYN_TIME_MIN;
    CYN_TRY(cyn_ruling_watch(l, &me->ruling, &options, scratch, &b->watch, err));
    return count_bundle(b, scratch, err);
}

/* The clock may have been set. */
static void look_at_clock(cyn_lane *l, int64_t now)
{
    slow *me = l->self;
    const cyn_rule *rule = NULL;
    int64_t last = CYN_TIME_MIN;
    size_t n = 0;
    for (size_t i = 0; i < me->count; i++) {
        bundle *b = &me->bundles[i];
        const int64_t next = cyn_watch_next(b->watch, now);
        const cyn_rule *waits = NULL;
        int64_t slot = CYN_TIME_MIN;
        if (!me->ruling.project->config->as_of && next < b->due) b->due = next;
        n += cyn_watch_ahead(b->watch, now, &waits, &slot);
        if (slot > last) rule = waits;
        if (slot > last) last = slot;
    }
    cyn_ruling_say_ahead(l, &me->ruling, n, rule, last);
}

/* Who was not stopped last time comes before who was, and may be again. */
static bool comes_before(const bundle *a, const bundle *b)
{
    return a->overruns != b->overruns ? a->overruns < b->overruns : a->due < b->due;
}

/* The one to be evaluated; NULL: nothing is due. */
static bundle *choose(const slow *me)
{
    bundle *first = NULL;
    for (size_t i = 0; i < me->count; i++) {
        bundle *b = &me->bundles[i];
        if (next_of(b) <= cyn_now() && (!first || comes_before(b, first))) first = b;
    }
    return first;
}

/* ---- an evaluation ---- */

/* Whoever looks at the rule sees that it is tried rarely, and why. */
static cyn_code mark_errors(const bundle *b, const cyn_watch_result *result, cyn_arena *arena,
                            cyn_watch_result *out, cyn_err *err)
{
    cyn_watch_rule *rules = CYN_NEW_ARRAY(arena, result->nrules + 1, cyn_watch_rule);
    if (!rules) return cyn_nomem(err);
    for (size_t i = 0; i < result->nrules; i++) {
        rules[i] = result->rules[i];
        if (!rules[i].error || !rules[i].error->overran) continue;
        cyn_err *own = CYN_NEW(arena, cyn_err);
        if (!own) return cyn_nomem(err);
        *own = *rules[i].error;
        cyn_hint(own,
                 "in quarantine, since it was stopped %u times in a row: it is tried again ever "
                 "more rarely, and at once when it is changed",
                 b->overruns);
        rules[i].error = own;
    }
    *out = *result;
    out->rules = rules;
    return CYN_OK;
}

static const cyn_watch_rule *first_overrun(const cyn_watch_result *result)
{
    for (size_t i = 0; i < result->nrules; i++)
        if (result->rules[i].error && result->rules[i].error->overran) return &result->rules[i];
    return NULL;
}

static void say_quarantine(cyn_lane *l, const bundle *b, const cyn_watch_rule *stopped)
{
    if (b->overruns != CYN_QUARANTINE) return;
    cyn_err note = *stopped->error;
    cyn_context(&note, "rule '%s' is in quarantine, stopped %d times in a row", stopped->rule->name,
                CYN_QUARANTINE);
    cyn_hint(&note, "it is tried again ever more rarely, and at once when it is changed");
    cyn_daemon_log_error(l->daemon, CYN_LOG_ERROR, l->kind->name, &note);
}

static void rest(bundle *b, bool stopped, int64_t took)
{
    if (!stopped && took <= CYN_QUICK_CALL) return;
    const int64_t least = SHARE * took < REST_MOST ? SHARE * took : REST_MOST;
    const int64_t wait = cyn_backoff(b->overruns, least, REST_MOST, b->rules[0]->name);
    b->rests = cyn_monotonic() + (wait > least ? wait : least);
}

static cyn_code run(cyn_lane *l, bundle *b, cyn_dataset *data, int64_t now, cyn_arena *arena,
                    cyn_err *err)
{
    slow *me = l->self;
    cyn_series_data series = {
        .project = data->project, .data = data, .cancel = &me->world->generation->over};
    const int64_t began = cyn_monotonic(), clock = cyn_now();
    cyn_watch_result result = {0};
    CYN_TRY(cyn_watch_run(b->watch, now, cyn_series_from_data(&series), arena, &result, err));
    const cyn_watch_rule *stopped = first_overrun(&result);
    b->overruns = stopped ? b->overruns + 1 : result.nrules > 0 ? 0 : b->overruns;
    rest(b, stopped, cyn_monotonic() - began);
    if (b->overruns >= CYN_QUARANTINE) CYN_TRY(mark_errors(b, &result, arena, &result, err));
    CYN_TRY(cyn_ruling_keep(l, &me->ruling, b->watch, &result, now, began, err));
    if (stopped) say_quarantine(l, b, stopped);
    b->due = cyn_ruling_next(&me->ruling, b->watch, now, clock);
    return count_bundle(b, arena, err);
}

/* Not while another generation begins, nor when one has. */
static cyn_code evaluate(cyn_lane *l, bundle *b, cyn_dataset *data, int64_t now, cyn_arena *arena,
                         cyn_err *err)
{
    const slow *me = l->self;
    cyn_code rc = CYN_E_CANCEL;
    cyn_lane_lives(l, PATIENCE * (int64_t)(b->nrules + 1));
    pthread_mutex_lock(&l->work);
    if (!atomic_load(&me->world->generation->over)) rc = run(l, b, data, now, arena, err);
    pthread_mutex_unlock(&l->work);
    if (rc != CYN_OK) {
        cyn_watch_free(b->watch); /* it has gone on, but the state has not */
        b->watch = NULL;
    }
    count_quarantined(l);
    count_alerts(l);
    return rc;
}

/* ---- a step ---- */

static cyn_code step_over(cyn_lane *l, cyn_dataset *data, cyn_arena *arena, cyn_err *err)
{
    slow *me = l->self;
    int64_t now = 0;
    for (size_t i = 0; i < me->count; i++)
        CYN_TRY(need_watch(l, &me->bundles[i], arena, err));
    count_alerts(l);
    CYN_TRY(cyn_dataset_now(data, NULL, &now, err));
    look_at_clock(l, now);
    bundle *b = choose(me);
    return b ? evaluate(l, b, data, now, arena, err) : CYN_OK;
}

static cyn_code step_with(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    slow *me = l->self;
    cyn_dataset *data = NULL;
    CYN_TRY(open_project(l, err));
    CYN_TRY(add_bundles(me, err));
    CYN_TRY(
        cyn_world_dataset(me->world, me->opened->project, l->daemon->options->cache, &data, err));
    cyn_code rc = step_over(l, data, arena, err);
    cyn_dataset_free(data);
    if (rc != CYN_OK) return rc;
    *next = next_of_all(me);
    cyn_lane_rest(me->opened, *next);
    return CYN_OK;
}

/* What is cancelled because there is another generation is no failure. */
static cyn_code step(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    cyn_world *w = cyn_daemon_world(l->daemon);
    cyn_code rc = CYN_OK;
    if (!w) return CYN_OK; /* whoever hands the first one on rings */
    take_up(l, w);
    if (atomic_load(&w->generation->slow_rules.count) > 0) rc = step_with(l, arena, next, err);
    if (rc == CYN_E_CANCEL && atomic_load(&w->generation->over)) rc = CYN_OK;
    cyn_world_unref(w);
    return rc;
}

const cyn_lane_kind cyn_lane_slow_rules = {
    .name = "slow rules", .step = step, .reset = reset, .size = sizeof(slow)};
