/* The machine against an obvious reference (reference.h), which works out what an alert is from
 * everything that was ever seen of it: random observations and policies, changed definitions,
 * freezing, missed slots, clocks set back and forward, and restarts that keep nothing but the
 * stored fields. They never differ; no firing and no end is lost, neither as an event nor, behind
 * what is quiet, as a message.
 *
 *     test_alert_machine_model [how many lives]
 */
#include "../chance.h"
#include "../test.h"
#include "base/time.h"
#include "reference.h"
#include "stored.h"

static int lives = 4000;

/* ---- chance, the same each time ---- */

static uint64_t seed;

static int below(int n)
{
    return (int)(chance(&seed) % (uint64_t)n);
}

static int64_t some_hours(void)
{
    static const int64_t more[] = {0, 0, 0, 1, CYN_MINUTE, -CYN_MINUTE};
    int64_t hours = below(6) * CYN_HOUR;
    return hours ? hours + more[below(6)] : 0;
}

static cyn_alert_policy some_policy(void)
{
    cyn_alert_policy p = CYN_ALERT_POLICY;
    p.hold = below(2) ? some_hours() : 0;
    p.keep = below(2) ? some_hours() : 0;
    p.hold_counts_down_time = below(2);
    p.no_data = (cyn_alert_instead)below(3);
    p.on_error = (cyn_alert_instead)below(3);
    if (below(3) == 0) p.gone_after = below(4);
    if (below(3) == 0) p.damp_at = 5 * below(12);
    if (p.damp_at) p.calm_at = below(p.damp_at);
    return p;
}

/* ---- one life: the machine, the log, and whoever listens ---- */

/* What somebody knows who is told only by messages, as machine.h says they are sent. */
typedef struct listener {
    int64_t open; /* the incident that was told last to be going on; NEVER: none */
} listener;

typedef struct life {
    cyn_alert a;
    cyn_alert_policy p;
    entry log[LOG_MOST];
    int n;
    reckoning want[LOG_MOST];
    int64_t open; /* the incident that events say is going on */
    listener told;
    cyn_alert_sight mood; /* what is seen more often than not, for a while */
    uint64_t definition;
    bool frozen, differs;
} life;

/* How often each thing was met, so that the test cannot pass by never getting anywhere. */
static struct {
    int states[CYN_ALERT_STATES], sights[CYN_ALERT_SIGHTS], whats[CYN_ALERT_ENDED + 1];
    int reasons[CYN_ALERT_REASONS], waits, missed, restarts, quiet, definitions;
} met;

/* ---- storing and reading back ---- */

static void restart(life *l)
{
    char text[512];
    cyn_err err;
    write_fields(&l->a, text, sizeof text);
    l->a = (cyn_alert){.state = CYN_ALERT_FIRING, .slot = 12345, .nstates = 7, .severity = 99};
    CHECK(read_fields(text, &l->a));
    CHECK_INT(cyn_alert_check(&l->a, &err), CYN_OK);
    met.restarts++;
}

/* ---- comparing ---- */

static bool outward(cyn_alert_state state)
{
    return state == CYN_ALERT_FIRING || state == CYN_ALERT_RECOVERING;
}

static bool same_state(const cyn_alert *a, const reckoning *r)
{
    return a->state == r->state && a->reason == r->reason && a->since == r->since &&
           a->began == r->began && a->start == r->start && a->severity == r->severity &&
           a->damped == r->damped && a->frozen == r->frozen && cyn_alert_counted(a) == r->counted;
}

/* What must have happened between two reckonings. */
static int expected_events(const reckoning *was, const reckoning *is, const entry *e,
                           cyn_alert_what out[3])
{
    int n = 0;
    bool fired = outward(is->state) && (!outward(was->state) || was->start != is->start);
    bool ended = outward(was->state) && !outward(is->state);
    if (was->frozen != is->frozen) out[n++] = is->frozen ? CYN_ALERT_FROZEN : CYN_ALERT_THAWED;
    if (was->damped != is->damped) out[n++] = is->damped ? CYN_ALERT_DAMPED : CYN_ALERT_UNDAMPED;
    if (fired)
        out[n++] = CYN_ALERT_FIRED;
    else if (ended)
        out[n++] = CYN_ALERT_ENDED;
    else if (outward(is->state) && is->severity > was->severity)
        out[n++] = CYN_ALERT_ROSE;
    else if (outward(is->state) && strchr("+~-", letter(e)))
        out[n++] = CYN_ALERT_RENEWED;
    return n;
}

static bool same_event(const cyn_alert_event *got, cyn_alert_what what, const reckoning *was,
                       const reckoning *is, const entry *e)
{
    return got->what == what && got->seen == e->s.what && got->state == is->state &&
           got->reason == (what == CYN_ALERT_ENDED ? is->reason : CYN_REASON_NONE) &&
           got->quiet == (is->damped || is->frozen) && got->severity == is->severity &&
           got->was == (outward(was->state) ? was->severity : 0) && got->slot == e->s.slot &&
           got->began == is->began && got->start == is->start;
}

static bool same_events(const cyn_alert_events *got, const reckoning *was, const reckoning *is,
                        const entry *e)
{
    cyn_alert_what want[3];
    int n = expected_events(was, is, e, want);
    if (got->count != n) return false;
    for (int i = 0; i < n; i++)
        if (!same_event(&got->at[i], want[i], was, is, e)) return false;
    return true;
}

static void show(const life *l)
{
    char text[512];
    for (int i = 0; i < l->n; i++)
        printf("# %2d: %c at %" PRId64 " (slot before %" PRId64 "), severity %d, definition %d\n",
               i, letter(&l->log[i]), l->log[i].s.slot / CYN_HOUR, l->log[i].s.before / CYN_HOUR,
               l->log[i].s.severity, (int)l->log[i].s.definition);
    const reckoning *r = &l->want[l->n - 1];
    write_fields(&l->a, text, sizeof text);
    printf("# the machine: %s\n# expected: %s since %" PRId64 ", start %" PRId64 ", severity %d, "
           "counted %" PRId64 ", damped %d, frozen %d\n",
           text, cyn_alert_state_names[r->state], r->since / CYN_HOUR, r->start / CYN_HOUR,
           r->severity, r->counted / CYN_HOUR, r->damped, r->frozen);
}

/* ---- listening ---- */

/* Each incident fires once and ends once, and nothing else ends. */
static void follow_events(life *l, const cyn_alert_events *events)
{
    for (int i = 0; i < events->count; i++) {
        const cyn_alert_event *e = &events->at[i];
        met.whats[e->what]++;
        met.reasons[e->reason] += e->what == CYN_ALERT_ENDED;
        met.quiet += e->quiet;
        if (e->what == CYN_ALERT_FIRED) {
            CHECK(l->open == CYN_ALERT_NEVER);
            l->open = e->start;
        } else if (e->what == CYN_ALERT_ENDED) {
            CHECK(l->open == e->start);
            l->open = CYN_ALERT_NEVER;
        }
    }
    CHECK(l->open == (outward(l->a.state) ? l->a.start : CYN_ALERT_NEVER));
}

/* Messages are those that are not quiet; after what was quiet, what then is gets told. */
static void follow_messages(life *l, const cyn_alert_events *events)
{
    for (int i = 0; i < events->count; i++) {
        const cyn_alert_event *e = &events->at[i];
        if (e->quiet) continue;
        if (e->what == CYN_ALERT_THAWED || e->what == CYN_ALERT_UNDAMPED)
            l->told.open = outward(e->state) ? e->start : CYN_ALERT_NEVER;
        if (e->what == CYN_ALERT_FIRED) l->told.open = e->start;
        if (e->what == CYN_ALERT_ENDED) l->told.open = CYN_ALERT_NEVER;
    }
    if (!l->a.damped && !l->a.frozen) CHECK(l->told.open == l->open);
}

/* ---- living ---- */

static cyn_alert_seen some_sight(life *l)
{
    static const int hours[] = {1, 1, 1, 1, 1, 1, 1, 2, 3, 6, 5000};
    if (below(4) == 0) l->mood = (cyn_alert_sight)below(4);
    if (below(12) == 0) l->frozen = !l->frozen;
    if (below(40) == 0) met.definitions++, l->definition++;
    int64_t last = l->a.slot == CYN_ALERT_NEVER ? 0 : l->a.slot;
    cyn_alert_seen s = {
        .what = below(3) ? l->mood : (cyn_alert_sight)below(CYN_SEEN_WITHDRAWN),
        .severity = below(4),
        .frozen = l->frozen,
        .slot = last + hours[below(11)] * CYN_HOUR,
        .definition = l->definition,
    };
    if (below(60) == 0) s.what = CYN_SEEN_WITHDRAWN;
    s.before = s.slot - CYN_HOUR;
    if (l->n) s.missed = (uint64_t)((s.slot - last) / CYN_HOUR - 1);
    return s;
}

/* The clock was set back: nothing happens, to the last field. */
static void live_in_the_past(life *l, cyn_alert_seen s)
{
    char before[512], after[512];
    cyn_alert_events events;
    if (l->n == 0) return;
    s.slot = l->a.slot - below(5) * CYN_HOUR;
    write_fields(&l->a, before, sizeof before);
    CHECK(!cyn_alert_step(&l->a, &l->p, &s, &events));
    CHECK_INT(events.count, 0);
    write_fields(&l->a, after, sizeof after);
    CHECK_STR(after, before);
    met.waits++;
}

static void live_on(life *l, cyn_alert_seen s)
{
    static const reckoning unborn = {
        .since = CYN_ALERT_NEVER, .began = CYN_ALERT_NEVER, .start = CYN_ALERT_NEVER};
    cyn_alert_events events;
    uint64_t missed = l->a.missed + s.missed;
    const entry *e = &l->log[l->n];
    CHECK(cyn_alert_step(&l->a, &l->p, &s, &events));
    l->log[l->n++] = (entry){s, l->p};
    reckon(l->log, l->n, l->want);
    const reckoning *is = &l->want[l->n - 1], *was = l->n > 1 ? is - 1 : &unborn;
    l->differs = !same_state(&l->a, is) || !same_events(&events, was, is, e);
    CHECK(l->a.missed == missed);
    met.states[l->a.state]++;
    met.sights[s.what]++;
    met.missed += s.missed > 0;
    follow_events(l, &events);
    follow_messages(l, &events);
}

/* Whatever happened: once a rule is withdrawn nobody is left with an incident. */
static void end_well(life *l)
{
    cyn_alert_seen s = some_sight(l);
    s.what = CYN_SEEN_WITHDRAWN;
    live_on(l, s);
    CHECK(l->open == CYN_ALERT_NEVER);
    CHECK(l->told.open == CYN_ALERT_NEVER);
}

static bool live(uint64_t number)
{
    seed = number * UINT64_C(0x2545f4914f6cdd1d);
    life l = {.a = cyn_alert_new(),
              .p = some_policy(),
              .open = CYN_ALERT_NEVER,
              .told = {CYN_ALERT_NEVER},
              .definition = 1};
    int length = 20 + below(LOG_MOST - 20);
    while (l.n < length - 1 && !l.differs) {
        if (below(30) == 0) l.p = some_policy();
        if (below(5) == 0) restart(&l);
        cyn_alert_seen s = some_sight(&l);
        if (below(10) == 0) live_in_the_past(&l, s);
        live_on(&l, s);
    }
    if (!l.differs) end_well(&l);
    if (!l.differs) return true;
    printf("# life %" PRIu64 " differs at its last entry:\n", number);
    show(&l);
    return false;
}

static void test_machine_and_reference_never_differ(void)
{
    for (int i = 1; i <= lives; i++)
        if (!live((uint64_t)i)) {
            CHECK(!"the machine is what the reference says");
            return;
        }
}

static void test_every_state_sight_event_and_reason_was_met_often(void)
{
    int enough = lives / 40;
    for (int i = 0; i < CYN_ALERT_STATES; i++)
        CHECK(met.states[i] > enough);
    for (int i = 0; i < CYN_ALERT_SIGHTS; i++)
        CHECK(met.sights[i] > enough);
    for (int i = CYN_ALERT_FROZEN; i <= CYN_ALERT_ENDED; i++)
        CHECK(met.whats[i] > enough);
    for (int i = CYN_REASON_RECOVERED; i < CYN_ALERT_REASONS; i++)
        CHECK(met.reasons[i] > enough);
    CHECK(met.waits > enough && met.missed > enough && met.restarts > enough);
    CHECK(met.quiet > enough && met.definitions > enough);
}

int main(int argc, char **argv)
{
    if (argc > 1) lives = atoi(argv[1]);
    RUN(test_machine_and_reference_never_differ);
    RUN(test_every_state_sight_event_and_reason_was_met_often);
    return test_end();
}
