/* The lane of rules: evaluates them at their slots, and records what came of it.
 *
 * What could not be recorded is forgotten and evaluated anew from what was, as after a kill: so the
 * state is always what the rules go by.
 */
#include "base/hash.h"
#include "rules/watch_store.h"
#include "serve/daemon_impl.h"
#include <string.h>

/* A rule that failed is tried again: its file may be there by then. */
#define RETRY CYN_MINUTE

typedef struct watcher {
    cyn_world *world; /* NULL: none yet */
    cyn_watch *watch;
    cyn_arena *arena; /* of the watch */
    uint64_t *said;   /* [rule]: a hash of the error that was said last; 0: it goes well */
    int64_t due;      /* on the wall clock; CYN_TIME_MIN: at once */
    bool said_ahead;
} watcher;

static void drop_watch(watcher *me)
{
    cyn_watch_free(me->watch);
    cyn_arena_free(me->arena);
    me->watch = NULL;
    me->arena = NULL;
    me->said = NULL;
    me->due = CYN_TIME_MIN;
    me->said_ahead = false;
}

static void reset(cyn_lane *l)
{
    watcher *me = l->self;
    drop_watch(me);
    cyn_world_unref(me->world);
    me->world = NULL;
}

/* ---- what is said ---- */

static size_t rule_index(const cyn_catalog *c, const cyn_rule *rule)
{
    for (size_t i = 0; i < c->nrules; i++)
        if (c->rules[i] == rule) return i;
    return c->nrules;
}

/* What is wrong with a rule is said once, and again when it is something else. */
static void say_rule(cyn_lane *l, const cyn_watch_rule *w, cyn_failures *failures)
{
    watcher *me = l->self;
    const cyn_catalog *c = me->world->generation->rules->project->catalog;
    size_t i = rule_index(c, w->rule);
    bool failed = w->health == CYN_HEALTH_ERROR && w->error;
    uint64_t hash = failed ? cyn_hash64(w->error->message, strlen(w->error->message), 1) | 1 : 0;
    if (i == c->nrules) return;
    if (failed && me->said[i] != hash) cyn_failures_add_name(failures, w->rule->name, w->error);
    if (!failed && me->said[i])
        cyn_daemon_log(l->daemon, CYN_LOG_NOTICE, "rules", "rule '%s' can be evaluated again",
                       w->rule->name);
    if (w->missed)
        cyn_daemon_log(l->daemon, CYN_LOG_NOTICE, "rules", "rule '%s' missed %llu slot%s",
                       w->rule->name, (unsigned long long)w->missed,
                       cyn_plural((int64_t)w->missed));
    me->said[i] = hash;
}

static void count_rule(cyn_lane *l, const cyn_watch_rule *w, int64_t now)
{
    cyn_gauges *g = l->daemon->gauges;
    cyn_gauges_add(g, CYN_COUNT_RULE_EVALUATIONS, 1);
    cyn_gauges_add(g, CYN_COUNT_RULE_MISSED, (int64_t)w->missed);
    /* What was due before the daemon was there is late from then on. */
    const int64_t due = w->slot > l->daemon->started ? w->slot : l->daemon->started;
    if (now >= due) cyn_gauges_observe(g, CYN_SECONDS_RULE_LATENESS, now - due);
    if (w->health == CYN_HEALTH_ERROR) cyn_gauges_add(g, CYN_COUNT_RULE_FAILURES, 1);
}

/* What begins or becomes worse is as urgent as the rule says, so that a log can be searched for it.
 */
static int level_of(const cyn_watch_event *e)
{
    const bool worse = e->event.what == CYN_ALERT_FIRED || e->event.what == CYN_ALERT_ROSE;
    if (!e->tell) return CYN_LOG_INFO;
    if (worse && e->notice.severity == CYN_CRITICAL) return CYN_LOG_ERROR;
    if (worse && e->notice.severity == CYN_WARNING) return CYN_LOG_WARNING;
    return CYN_LOG_NOTICE;
}

static void say_event(cyn_lane *l, const cyn_watch_event *e)
{
    if (e->event.what == CYN_ALERT_RENEWED || e->event.what == CYN_ALERT_NOTHING) return;
    cyn_daemon_log(l->daemon, level_of(e), "rules", "%s %s%s%s", e->notice.identity,
                   cyn_alert_what_names[e->event.what],
                   e->notice.summary && e->notice.summary[0] ? ": " : "",
                   e->notice.summary ? e->notice.summary : "");
}

static void say_round(cyn_lane *l, const cyn_watch_result *r, int64_t now)
{
    cyn_failures failures = {.of = CYN_FAILURES_OF_RULES};
    for (size_t i = 0; i < r->nrules; i++) {
        say_rule(l, &r->rules[i], &failures);
        count_rule(l, &r->rules[i], now);
    }
    cyn_daemon_log_failures(l, &failures);
    for (size_t i = 0; i < r->nevents; i++)
        say_event(l, &r->events[i]);
}

/* Rules that were evaluated at a later time than now would be silent, for years maybe. */
static void say_ahead(cyn_lane *l, int64_t now)
{
    watcher *me = l->self;
    const cyn_rule *rule = NULL;
    int64_t slot = 0;
    char until[64];
    size_t n = cyn_watch_ahead(me->watch, now, &rule, &slot);
    if (n == 0) me->said_ahead = false;
    if (n == 0 || me->said_ahead) return;
    me->said_ahead = true;
    cyn_format_instant(slot, me->world->generation->rules->project->calendar.tz, until,
                       sizeof until);
    cyn_daemon_log(
        l->daemon, CYN_LOG_WARNING, "rules",
        "the clock was set back: %zu rule%s, '%s' until %s; 'cynosure alerts forget' has "
        "one begin anew",
        n, n == 1 ? " waits" : "s wait", rule->name, until);
}

static cyn_code count_alerts(cyn_lane *l, cyn_arena *arena, cyn_err *err)
{
    const watcher *me = l->self;
    const cyn_watch_alert *alerts = NULL;
    size_t n = 0;
    int64_t firing = 0, pending = 0;
    CYN_TRY(cyn_watch_alerts(me->watch, arena, &alerts, &n, err));
    for (size_t i = 0; i < n; i++) {
        firing += alerts[i].alert.state == CYN_ALERT_FIRING;
        pending += alerts[i].alert.state == CYN_ALERT_PENDING;
    }
    cyn_gauges_set(l->daemon->gauges, CYN_GAUGE_FIRING, firing);
    cyn_gauges_set(l->daemon->gauges, CYN_GAUGE_PENDING, pending);
    return CYN_OK;
}

/* ---- the watch ---- */

static cyn_code load_watch(cyn_lane *l, cyn_arena *scratch, cyn_err *err)
{
    watcher *me = l->self;
    const cyn_project *p = me->world->generation->rules->project;
    const cyn_watch_options options = {0};
    cyn_store *st;
    cyn_err_list notes;
    cyn_err_list_init(&notes, scratch);
    CYN_TRY(cyn_lane_store(l, &st, err));
    me->arena = cyn_arena_new(0);
    me->said = me->arena ? CYN_NEW_ARRAY(me->arena, p->catalog->nrules + 1, uint64_t) : NULL;
    if (!me->said) return cyn_nomem(err);
    CYN_TRY(cyn_watch_new(p, &options, &me->watch, err));
    CYN_TRY(cyn_watch_load(me->watch, st, cyn_now(), &notes, err));
    for (size_t i = 0; i < notes.count; i++)
        cyn_daemon_log_error(l->daemon, CYN_LOG_WARNING, "rules", &notes.items[i]);
    return CYN_OK;
}

/* The alerts of rules that did not change go on: they are put back as they were recorded. */
static cyn_code take_up(cyn_lane *l, cyn_world *w, cyn_arena *scratch, cyn_err *err)
{
    watcher *me = l->self;
    bool other = !me->world || me->world->generation != w->generation;
    bool at_data = w->generation->rules->project->config->as_of != NULL;
    if (me->world != w && at_data) me->due = CYN_TIME_MIN; /* the data say what time it is */
    if (other) drop_watch(me);
    if (me->world != w) {
        cyn_world_unref(me->world);
        me->world = cyn_world_ref(w);
    }
    if (me->watch) return CYN_OK;
    cyn_code rc = load_watch(l, scratch, err);
    if (rc != CYN_OK) drop_watch(me);
    return rc;
}

/* ---- a step ---- */

static cyn_code evaluate(cyn_lane *l, cyn_dataset *data, int64_t now, cyn_arena *arena,
                         cyn_err *err)
{
    watcher *me = l->self;
    cyn_series_data series = {
        .project = data->project, .data = data, .cancel = &l->daemon->stopping};
    cyn_watch_result result = {0};
    cyn_store *st;
    int64_t began = cyn_monotonic(), clock = cyn_now();
    CYN_TRY(cyn_watch_run(me->watch, now, cyn_series_from_data(&series), arena, &result, err));
    CYN_TRY(cyn_lane_store(l, &st, err));
    CYN_TRY(cyn_watch_keep(me->watch, st, cyn_now(), &result, err));
    me->due = data->project->config->as_of ? CYN_TIME_MAX : cyn_watch_next(me->watch, now);
    if (cyn_watch_may_retry(me->watch) && clock + RETRY < me->due) me->due = clock + RETRY;
    say_round(l, &result, now);
    if (result.nrules == 0) return CYN_OK;
    cyn_gauges_observe(l->daemon->gauges, CYN_SECONDS_RULES, cyn_monotonic() - began);
    if (result.nevents > 0) cyn_lane_ring(&l->daemon->lanes[CYN_LANE_TELLING]);
    return count_alerts(l, arena, err);
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
