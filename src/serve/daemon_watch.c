#include "serve/daemon_watch.h"
#include "base/hash.h"
#include <string.h>

/* ---- a generation ---- */

cyn_code cyn_ruling_begin(cyn_ruling *r, const cyn_project *p, cyn_err *err)
{
    const size_t n = p->catalog->nrules;
    cyn_arena *arena = cyn_arena_new(0);
    uint64_t *said = arena ? CYN_NEW_ARRAY(arena, n + 1, uint64_t) : NULL;
    uint32_t *bundles = NULL;
    cyn_code rc = said ? cyn_watch_bundles(p->catalog, arena, &bundles, err) : cyn_nomem(err);
    if (rc != CYN_OK) {
        cyn_arena_free(arena);
        return rc;
    }
    cyn_ruling_end(r);
    r->project = p;
    r->arena = arena;
    r->said = said;
    r->bundles = bundles;
    return CYN_OK;
}

void cyn_ruling_end(cyn_ruling *r)
{
    cyn_arena_free(r->arena);
    *r = (cyn_ruling){.firing = r->firing, .pending = r->pending};
}

size_t cyn_ruling_index(const cyn_ruling *r, const cyn_rule *rule)
{
    const cyn_catalog *c = r->project->catalog;
    for (size_t i = 0; i < c->nrules; i++)
        if (c->rules[i] == rule) return i;
    return c->nrules;
}

/* ---- watches ---- */

cyn_code cyn_ruling_watch(cyn_lane *l, const cyn_ruling *r, const cyn_watch_options *options,
                          cyn_arena *scratch, cyn_watch **out, cyn_err *err)
{
    cyn_watch *w = NULL;
    cyn_store *st;
    cyn_err_list notes;
    cyn_err_list_init(&notes, scratch);
    CYN_TRY(cyn_lane_store(l, &st, err));
    CYN_TRY(cyn_watch_new(r->project, options, &w, err));
    cyn_code rc = cyn_watch_load(w, st, cyn_now(), &notes, err);
    if (rc != CYN_OK) {
        cyn_watch_free(w);
        return rc;
    }
    for (size_t i = 0; i < notes.count; i++)
        cyn_daemon_log_error(l->daemon, CYN_LOG_WARNING, l->kind->name, &notes.items[i]);
    *out = w;
    return CYN_OK;
}

int64_t cyn_ruling_next(const cyn_ruling *r, const cyn_watch *w, int64_t now, int64_t clock)
{
    const int64_t next = r->project->config->as_of ? CYN_TIME_MAX : cyn_watch_next(w, now);
    const int64_t again = cyn_watch_may_retry(w) ? clock + CYN_RULE_RETRY : CYN_TIME_MAX;
    return again < next ? again : next;
}

/* ---- what is said ---- */

/* What is wrong with a rule is said once, and again when it is something else. */
static void say_rule(cyn_lane *l, cyn_ruling *r, const cyn_watch_rule *w, cyn_failures *failures)
{
    const char *lane = l->kind->name, *name = w->rule->name;
    const bool failed = w->health == CYN_HEALTH_ERROR && w->error;
    uint64_t hash = failed ? cyn_hash64(w->error->message, strlen(w->error->message), 1) | 1 : 0;
    uint64_t *said = &r->said[cyn_ruling_index(r, w->rule)];
    if (failed && *said != hash) cyn_failures_add_name(failures, name, w->error);
    if (!failed && *said)
        cyn_daemon_log(l->daemon, CYN_LOG_NOTICE, lane, "rule '%s' can be evaluated again", name);
    if (w->missed)
        cyn_daemon_log(l->daemon, CYN_LOG_NOTICE, lane, "rule '%s' missed %llu slot%s", name,
                       (unsigned long long)w->missed, cyn_plural((int64_t)w->missed));
    *said = hash;
}

static void count_rule(cyn_lane *l, const cyn_watch_rule *w, int64_t now)
{
    cyn_gauges *g = l->daemon->gauges;
    cyn_gauges_add(g, CYN_COUNT_RULE_EVALUATIONS, 1);
    cyn_gauges_add(g, CYN_COUNT_RULE_MISSED, (int64_t)w->missed);
    /* What was due before the daemon was there is late from then on. */
    const int64_t due = w->slot > l->daemon->started ? w->slot : l->daemon->started;
    const bool slow = l->kind == &cyn_lane_slow_rules;
    if (now >= due)
        cyn_gauges_observe(g, slow ? CYN_SECONDS_SLOW_RULE_LATENESS : CYN_SECONDS_RULE_LATENESS,
                           now - due);
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
    cyn_daemon_log(l->daemon, level_of(e), l->kind->name, "%s %s%s%s", e->notice.identity,
                   cyn_alert_what_names[e->event.what],
                   e->notice.summary && e->notice.summary[0] ? ": " : "",
                   e->notice.summary ? e->notice.summary : "");
}

static void say_round(cyn_lane *l, cyn_ruling *r, const cyn_watch_result *result, int64_t now)
{
    cyn_failures failures = {.of = CYN_FAILURES_OF_RULES};
    for (size_t i = 0; i < result->nrules; i++) {
        say_rule(l, r, &result->rules[i], &failures);
        count_rule(l, &result->rules[i], now);
    }
    cyn_daemon_log_failures(l, &failures);
    for (size_t i = 0; i < result->nevents; i++)
        say_event(l, &result->events[i]);
}

cyn_code cyn_ruling_keep(cyn_lane *l, cyn_ruling *r, cyn_watch *w, const cyn_watch_result *result,
                         int64_t now, int64_t began, cyn_err *err)
{
    cyn_store *st;
    CYN_TRY(cyn_lane_store(l, &st, err));
    CYN_TRY(cyn_watch_keep(w, st, cyn_now(), result, err));
    say_round(l, r, result, now);
    if (result->nrules > 0)
        cyn_gauges_observe(l->daemon->gauges, CYN_SECONDS_RULES, cyn_monotonic() - began);
    if (result->nevents > 0) cyn_lane_ring(&l->daemon->lanes[CYN_LANE_TELLING]);
    return CYN_OK;
}

void cyn_ruling_say_ahead(cyn_lane *l, cyn_ruling *r, size_t n, const cyn_rule *rule, int64_t slot)
{
    char until[64];
    const bool said = r->said_ahead;
    r->said_ahead = n > 0;
    if (n == 0 || said) return;
    cyn_format_instant(slot, r->project->calendar.tz, until, sizeof until);
    cyn_daemon_log(
        l->daemon, CYN_LOG_WARNING, l->kind->name,
        "the clock was set back: %zu rule%s, '%s' until %s; 'cynosure alerts forget' has "
        "one begin anew",
        n, n == 1 ? " waits" : "s wait", rule->name, until);
}

/* ---- alerts ---- */

cyn_code cyn_ruling_count(const cyn_watch *w, cyn_arena *scratch, int64_t *firing, int64_t *pending,
                          cyn_err *err)
{
    const cyn_watch_alert *alerts = NULL;
    size_t n = 0;
    CYN_TRY(cyn_watch_alerts(w, scratch, &alerts, &n, err));
    for (size_t i = 0; i < n; i++) {
        *firing += alerts[i].alert.state == CYN_ALERT_FIRING;
        *pending += alerts[i].alert.state == CYN_ALERT_PENDING;
    }
    return CYN_OK;
}

void cyn_ruling_counted(cyn_lane *l, cyn_ruling *r, int64_t firing, int64_t pending)
{
    cyn_gauges_add(l->daemon->gauges, CYN_GAUGE_FIRING, firing - r->firing);
    cyn_gauges_add(l->daemon->gauges, CYN_GAUGE_PENDING, pending - r->pending);
    r->firing = firing;
    r->pending = pending;
}
