/* A project of channels, a store, and a post that notes what it is given: for tests of dispatch. */
#pragma once
#include "rules/dispatch_impl.h"
#include "test.h"
#include <ftw.h>
#include <pthread.h>
#include <unistd.h>

#define T0 INT64_C(1794182400000000) /* 2026-11-09T00:00:00Z */

/* What the monotonic clock says: nothing takes time unless a test says so. */
static atomic_llong clock_now;
static inline int64_t world_clock(void)
{
    return atomic_load(&clock_now);
}

static char folder[256], state_path[300];
static cyn_arena *arena; /* of a test */
static cyn_store *store;
static cyn_config config;
static cyn_project project;
static cyn_tz *utc;

/* ---- what was sent ---- */

typedef struct letter_seen {
    char channel[32], key[65], group[64], text[1024];
    bool reminder, escalated;
    cyn_notify_outcome outcome;
} letter_seen;

static letter_seen seen[4096];
static size_t nseen;
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
/* What the post answers; NULL: it takes everything. */
static cyn_notify_result (*answer)(const char *channel, const cyn_message *m);

/* "fired a, resolved b": what a message says. */
static void text_of(const cyn_message *m, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < m->nnotices && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s %s", n ? ", " : "",
                              cyn_alert_what_names[m->notices[i].what], m->notices[i].identity);
}

static cyn_code post(const cyn_config_channel *c, const cyn_message *m, const cyn_notify_look *look,
                     const atomic_bool *cancel, cyn_notify_result *out, cyn_err *err)
{
    (void)look;
    if (cancel && atomic_load(cancel)) return cyn_fail(err, CYN_E_CANCEL, "cancelled");
    cyn_notify_result result = {.outcome = CYN_NOTIFY_SENT, .detail = "ok"};
    pthread_mutex_lock(&seen_lock);
    if (answer) result = answer(c->name, m);
    letter_seen *l = &seen[nseen++ % (sizeof seen / sizeof *seen)];
    *l = (letter_seen){
        .reminder = m->reminder, .escalated = m->escalated, .outcome = result.outcome};
    snprintf(l->channel, sizeof l->channel, "%s", c->name);
    snprintf(l->key, sizeof l->key, "%s", m->key);
    snprintf(l->group, sizeof l->group, "%s", m->group);
    text_of(m, l->text, sizeof l->text);
    pthread_mutex_unlock(&seen_lock);
    *out = result;
    return CYN_OK;
}

/* ---- the world ---- */

static int remove_one(const char *name, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info, (void)kind, (void)ftw;
    return remove(name);
}

static inline void open_world(void)
{
    cyn_err err = {0};
    if (cyn_store_open(state_path, &store, &err) == CYN_OK) return;
    printf("Bail out! %s\n", err.message);
    exit(1);
}

static inline void new_world(const cyn_config_channel *channels, size_t n)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/cyn-dispatch-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder) || cyn_tz_load("UTC", &utc, NULL) != CYN_OK) abort();
    snprintf(state_path, sizeof state_path, "%s/state.db", folder);
    arena = cyn_arena_new(0);
    config = (cyn_config){.name = "test", .language = "en", .channels = channels, .nchannels = n};
    project = (cyn_project){.config = &config, .dir = folder, .calendar = {.tz = utc}};
    nseen = 0;
    answer = NULL;
    open_world();
}

static inline void end_world(void)
{
    cyn_store_close(store);
    cyn_arena_free(arena);
    cyn_tz_free(utc);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *const by_rule[] = {"rule"};
#define CHANNEL(called)                                                                            \
    {                                                                                              \
        .name = called, .type = CYN_CHANNEL_WEBHOOK, .group_by = by_rule, .ngroup_by = 1,          \
        .group_interval = 5 * CYN_MINUTE, .resolved = true, .give_up = CYN_DAY                     \
    }

/* ---- what happens ---- */

/* An alert begins, gets worse or ends, as an evaluation would record it. Its rule is what stands
 * before a brace, its one label, `at`, what stands within. */
static inline void happens(const char *identity, cyn_alert_what what, int64_t at, int64_t start,
                           const char *const *channels, size_t nchannels)
{
    cyn_alert_event e = {.what = what, .slot = at, .start = start};
    cyn_alert_label label = {.name = "at", .value = ""};
    char rule[64];
    snprintf(rule, sizeof rule, "%.*s", (int)strcspn(identity, "{"), identity);
    if (strchr(identity, '{')) label.value = strchr(identity, '{') + 1;
    cyn_notice n = {.rule = rule,
                    .metric = "m",
                    .identity = identity,
                    .labels = &label,
                    .nlabels = 1,
                    .what = what,
                    .severity = what == CYN_ALERT_ROSE ? CYN_CRITICAL : CYN_WARNING,
                    .firing = what != CYN_ALERT_ENDED,
                    .at = at,
                    .start = start,
                    .ended = what == CYN_ALERT_ENDED ? at : CYN_ALERT_NEVER,
                    .value = 1,
                    .target = NAN,
                    .title = rule,
                    .summary = "",
                    .description = "",
                    .facts = "{}"};
    cyn_alert_event_key(identity, &e, n.key);
    cyn_alert_incident_key(identity, start, n.incident);
    cyn_alert_key(identity, n.alert);
    bool firing = n.firing;
    cyn_alert_row row = {.rule = rule,
                         .identity = identity,
                         .alert = {.state = firing ? CYN_ALERT_FIRING : CYN_ALERT_RESOLVED,
                                   .reason = firing ? CYN_REASON_NONE : CYN_REASON_RECOVERED,
                                   .slot = at,
                                   .since = at,
                                   .began = start,
                                   .start = start,
                                   .severity = (int)n.severity,
                                   .nstates = 1,
                                   .states = firing}};
    CHECK_INT(cyn_store_begin_alerts(store, at, NULL), CYN_OK);
    CHECK_INT(cyn_store_put_alert(store, &row, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_event(store, &n, &e, channels, nchannels, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_followers(store, n.key, at, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_alerts(store, NULL), CYN_OK);
}

static const char *const ops[] = {"ops"};
static inline void fires(const char *identity, int64_t at)
{
    happens(identity, CYN_ALERT_FIRED, at, at, ops, 1);
}
static inline void rises(const char *identity, int64_t at, int64_t start)
{
    happens(identity, CYN_ALERT_ROSE, at, start, ops, 1);
}
static inline void ends(const char *identity, int64_t at, int64_t start)
{
    happens(identity, CYN_ALERT_ENDED, at, start, ops, 1);
}

static inline cyn_dispatch_result dispatch(int64_t now)
{
    cyn_dispatch_options o = {
        .project = &project, .store = store, .send = post, .clock = world_clock};
    cyn_dispatch_result result = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_dispatch(&o, now, NULL, &result, &err), CYN_OK);
    if (err.code != CYN_OK) printf("# %s\n", err.message);
    return result;
}

/* All that was sent since the last call: "ops: fired a; ops again: fired a". */
static __attribute__((noinline, unused)) const char *sent(void)
{
    static char out[2000];
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < nseen && n < sizeof out; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s%s%s: %s", i ? "; " : "",
                              seen[i].channel, seen[i].reminder ? " again" : "",
                              seen[i].escalated ? " escalated" : "", seen[i].text);
    nseen = 0;
    return out;
}

/* What the rows of the outbox have become, in order. */
static __attribute__((noinline, unused)) const char *deliveries(void)
{
    static char out[4096];
    cyn_event_filter all = {.from = INT64_MIN, .to = INT64_MAX};
    const cyn_event_row *rows = NULL;
    size_t n = 0, at = 0;
    out[0] = '\0';
    CHECK_INT(cyn_store_events(store, &all, arena, &rows, &n, NULL), CYN_OK);
    while (n-- > 0)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s", rows[n].deliveries);
    return out;
}

static inline void silence(const char *matcher, int64_t from, int64_t until)
{
    cyn_matcher m = {0};
    int64_t id = 0;
    CHECK_INT(cyn_matcher_parse(matcher, arena, &m, NULL), CYN_OK);
    cyn_alert_silence s = {
        .matchers = &m, .nmatchers = 1, .from = from, .until = until, .who = "kim", .why = "work"};
    CHECK_INT(cyn_store_add_silence(store, &s, from, &id, NULL), CYN_OK);
    cyn_matchers_free(&m, 1);
}
