/* The lane of rules: evaluates them at their slots, and records what came of it.
 *
 * What could not be recorded is forgotten and evaluated anew from what was, as after a kill: so the
 * state is always what the rules go by.
 *
 * All that is due is evaluated in one go, so that a rule that takes long would hold up all others.
 * Here scripts have little time. A rule that needs more, itself or by its metric, is handed over
 * with its bundle to a lane of its own (daemon_slow_rules.c), until it is changed.
 */
#include "serve/daemon_watch.h"
#include <stdio.h>
#include <string.h>

/* Scripts took long, and no rule can be blamed: which takes how long is found out by computing one
 * series after another, at one run, since it costs what they share. */
typedef enum closeness { AT_EASE, LOOK_CLOSELY, LOOKED } closeness;

typedef struct watcher {
    cyn_world *world; /* NULL: none yet */
    cyn_ruling ruling;
    cyn_watch *watch; /* NULL: to be read from the state */
    bool *slow;       /* [rule of the catalog]: found to take long, and not handed over yet */
    closeness closeness;
    int64_t due;        /* on the wall clock; CYN_TIME_MIN: at once */
    int64_t generation; /* whose rules were evaluated last; its number */
} watcher;

static void drop_watch(watcher *me)
{
    cyn_watch_free(me->watch);
    me->watch = NULL;
    me->due = CYN_TIME_MIN;
}

static void reset(cyn_lane *l)
{
    watcher *me = l->self;
    drop_watch(me);
    cyn_ruling_end(&me->ruling);
    cyn_world_unref(me->world);
    me->world = NULL;
}

/* ---- the watch ---- */

/* All rules but those that were handed over. */
static cyn_code load_watch(cyn_lane *l, cyn_arena *scratch, cyn_err *err)
{
    watcher *me = l->self;
    const cyn_generation *g = me->world->generation;
    const cyn_catalog *c = g->rules->project->catalog;
    const cyn_rule **rules = CYN_NEW_ARRAY(scratch, c->nrules + 1, const cyn_rule *);
    cyn_watch_options options = {.rules = rules};
    if (!rules) return cyn_nomem(err);
    for (size_t i = 0; i < c->nrules; i++)
        if (!cyn_is_slow(&g->slow_rules, i)) rules[options.nrules++] = c->rules[i];
    return cyn_ruling_watch(l, &me->ruling, &options, scratch, &me->watch, err);
}

/* What was handed over in an older generation may be going on; it is recorded now, or never. */
static void await_older(cyn_lane *l)
{
    cyn_lane *other = &l->daemon->lanes[CYN_LANE_SLOW_RULES];
    pthread_mutex_lock(&other->work);
    pthread_mutex_unlock(&other->work);
}

static cyn_code begin_generation(cyn_lane *l, const cyn_generation *g, cyn_err *err)
{
    watcher *me = l->self;
    const cyn_project *p = g->rules->project;
    CYN_TRY(cyn_ruling_begin(&me->ruling, p, err));
    me->slow = CYN_NEW_ARRAY(me->ruling.arena, p->catalog->nrules + 1, bool);
    me->closeness = AT_EASE;
    if (!me->slow) {
        cyn_ruling_end(&me->ruling);
        return cyn_nomem(err);
    }
    if (me->generation != g->number) await_older(l);
    me->generation = g->number;
    return CYN_OK;
}

/* The alerts of rules that did not change go on: they are put back as they were recorded. */
static cyn_code take_up(cyn_lane *l, cyn_world *w, cyn_arena *scratch, cyn_err *err)
{
    watcher *me = l->self;
    const bool other = !me->world || me->world->generation != w->generation;
    const bool at_data = w->generation->rules->project->config->as_of != NULL;
    if (me->world != w && at_data) me->due = CYN_TIME_MIN; /* the data say what time it is */
    if (other) {
        drop_watch(me);
        cyn_ruling_end(&me->ruling);
    }
    if (me->world != w) {
        cyn_world_unref(me->world);
        me->world = cyn_world_ref(w);
    }
    if (!me->ruling.project) CYN_TRY(begin_generation(l, w->generation, err));
    return me->watch ? CYN_OK : load_watch(l, scratch, err);
}

/* ---- who takes long ---- */

static bool is_long(const cyn_err *error, int64_t took)
{
    return took > CYN_QUICK_CALL || (error && error->overran);
}

/* The time that scripts took so far. Much data take long, too, and are everybody's. */
static int64_t in_scripts(const watcher *me)
{
    return cyn_script_worked(me->world->generation->rules->script).time;
}

/* Series of the data, for the watch; what is found out on the way is noted. */
typedef struct observer {
    watcher *of;
    cyn_series_source source;
} observer;

/* Rules that look at it otherwise would wait for the same function. */
static void note_metric(watcher *me, const cyn_metric *m)
{
    const cyn_catalog *c = me->ruling.project->catalog;
    for (size_t i = 0; i < c->nrules; i++)
        if (strcmp(c->rules[i]->metric, m->name) == 0) me->slow[i] = true;
}

static cyn_code get_series(void *self, const cyn_series_request *requests, size_t n,
                           cyn_arena *arena, cyn_series_reply *out, cyn_err *err)
{
    const observer *o = self;
    const size_t step = o->of->closeness == LOOK_CLOSELY ? 1 : n;
    for (size_t i = 0; i < n; i += step) {
        const int64_t before = in_scripts(o->of);
        CYN_TRY(o->source.get(o->source.self, requests + i, step, arena, out + i, err));
        const int64_t took = step == 1 ? in_scripts(o->of) - before : 0;
        for (size_t k = i; k < i + step; k++)
            if (is_long(out[k].error, took)) note_metric(o->of, requests[k].metric);
    }
    return CYN_OK;
}

/* Whether some script was stopped: with more time it may come to something else. */
static bool note_rules(watcher *me, const cyn_watch_result *result)
{
    bool stopped = false;
    for (size_t i = 0; i < result->nrules; i++) {
        const cyn_watch_rule *r = &result->rules[i];
        if (is_long(r->error, r->took)) me->slow[cyn_ruling_index(&me->ruling, r->rule)] = true;
        stopped = stopped || (r->error && r->error->overran);
    }
    return stopped;
}

static bool any_slow(const watcher *me)
{
    return memchr(me->slow, true, me->ruling.project->catalog->nrules) != NULL;
}

static void look_closer(watcher *me, int64_t scripts)
{
    if (me->closeness == LOOK_CLOSELY)
        me->closeness = any_slow(me) ? AT_EASE : LOOKED;
    else if (me->closeness == AT_EASE && scripts > CYN_QUICK_CALL && !any_slow(me))
        me->closeness = LOOK_CLOSELY;
}

/* ---- handing over ---- */

/* The other lane looks at the first rule of a bundle, which is therefore marked last. */
static void mark_bundle(cyn_lane *l, uint32_t first)
{
    const watcher *me = l->self;
    const cyn_catalog *c = me->ruling.project->catalog;
    cyn_slow *slow = &me->world->generation->slow_rules;
    const char *why = NULL;
    size_t others = 0;
    char more[64] = "";
    for (size_t i = c->nrules; i-- > first;) {
        if (me->ruling.bundles[i] != first) continue;
        if (!me->slow[i]) others++;
        if (me->slow[i]) why = c->rules[i]->name;
        (void)cyn_slow_mark(slow, i);
    }
    if (others)
        snprintf(more, sizeof more, ", with %zu rule%s that belong%s to it", others,
                 cyn_plural((int64_t)others), others == 1 ? "s" : "");
    cyn_daemon_log(l->daemon, CYN_LOG_WARNING, "rules",
                   "rule '%s' takes long: it is evaluated in a lane of its own from now on%s", why,
                   more);
}

/* Bundles with a rule that takes long. What is recorded of them is what they go on with. */
static void hand_over(cyn_lane *l)
{
    watcher *me = l->self;
    const cyn_catalog *c = me->ruling.project->catalog;
    if (!any_slow(me)) return;
    drop_watch(me);
    for (size_t i = 0; i < c->nrules; i++) {
        const uint32_t first = me->ruling.bundles[i];
        if (me->slow[i] && !cyn_is_slow(&me->world->generation->slow_rules, first))
            mark_bundle(l, first);
    }
    memset(me->slow, 0, c->nrules * sizeof *me->slow);
    cyn_lane_ring(&l->daemon->lanes[CYN_LANE_SLOW_RULES]);
}

/* ---- a step ---- */

static cyn_code count(cyn_lane *l, cyn_arena *scratch, cyn_err *err)
{
    watcher *me = l->self;
    int64_t firing = 0, pending = 0;
    CYN_TRY(cyn_ruling_count(me->watch, scratch, &firing, &pending, err));
    cyn_ruling_counted(l, &me->ruling, firing, pending);
    return CYN_OK;
}

/* A run in which a script was stopped is not recorded: nobody knows yet what the rule comes to. The
 * others are evaluated again at once, without it. */
static cyn_code evaluate(cyn_lane *l, cyn_dataset *data, int64_t now, cyn_arena *arena,
                         cyn_err *err)
{
    watcher *me = l->self;
    cyn_series_data series = {
        .project = data->project, .data = data, .cancel = &l->daemon->stopping};
    observer observed = {.of = me, .source = cyn_series_from_data(&series)};
    const cyn_series_source source = {.self = &observed, .get = get_series};
    const int64_t began = cyn_monotonic(), clock = cyn_now(), before = in_scripts(me);
    cyn_watch_result result = {0};
    CYN_TRY(cyn_watch_run(me->watch, now, source, arena, &result, err));
    const bool stopped = note_rules(me, &result);
    look_closer(me, in_scripts(me) - before);
    if (!stopped) {
        CYN_TRY(cyn_ruling_keep(l, &me->ruling, me->watch, &result, now, began, err));
        me->due = cyn_ruling_next(&me->ruling, me->watch, now, clock);
        CYN_TRY(count(l, arena, err));
    }
    hand_over(l);
    return CYN_OK;
}

static void say_ahead(cyn_lane *l, int64_t now)
{
    watcher *me = l->self;
    const cyn_rule *rule = NULL;
    int64_t slot = 0;
    const size_t n = cyn_watch_ahead(me->watch, now, &rule, &slot);
    cyn_ruling_say_ahead(l, &me->ruling, n, rule, slot);
}

static cyn_code step_with(cyn_lane *l, cyn_world *w, cyn_dataset *data, cyn_arena *arena,
                          int64_t *next, cyn_err *err)
{
    watcher *me = l->self;
    const cyn_project *p = w->generation->rules->project;
    int64_t now = 0;
    CYN_TRY(take_up(l, w, arena, err));
    CYN_TRY(cyn_dataset_now(data, NULL, &now, err));
    say_ahead(l, now);
    /* Looked at anew each time, since the clock may have been set. */
    if (!p->config->as_of && cyn_watch_next(me->watch, now) < me->due)
        me->due = cyn_watch_next(me->watch, now);
    if (me->due <= cyn_now()) {
        cyn_code rc = evaluate(l, data, now, arena, err);
        if (rc != CYN_OK) {
            drop_watch(me); /* it has gone on, but the state has not */
            return rc;
        }
    }
    *next = me->due;
    cyn_lane_rest(w->generation->rules, *next);
    return CYN_OK;
}

static cyn_code step(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    cyn_dataset *data = NULL;
    cyn_world *w = cyn_daemon_world(l->daemon);
    if (!w) return CYN_OK; /* whoever hands the first one on rings */
    cyn_code rc =
        cyn_world_dataset(w, w->generation->rules->project, l->daemon->options->cache, &data, err);
    if (rc == CYN_OK) rc = step_with(l, w, data, arena, next, err);
    cyn_dataset_free(data);
    cyn_world_unref(w);
    return rc;
}

const cyn_lane_kind cyn_lane_rules = {
    .name = "rules", .step = step, .reset = reset, .size = sizeof(watcher)};
