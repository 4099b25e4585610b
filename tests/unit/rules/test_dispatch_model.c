/* Random events, silences, acknowledgements, failing channels, clock steps and crashes, against
 * what has to hold whatever happens:
 *
 *  - every event reached each of its channels, or was muted, skipped or given up;
 *  - only what was silenced once is muted, and no end is told without its beginning;
 *  - what is told of an alert is told in order;
 *  - an event is told twice only under the same key, and a key always says the same.
 *
 *     test_rules_dispatch_model [WORLDS]
 */
#include "dispatch_world.h"
#include <sqlite3.h>

enum { ALERTS = 6, EVENTS = 400, LETTERS = 20000, STEPS = 120 };

typedef struct told_event {
    char key[CYN_ALERT_KEY];
    int alert;
    bool firing;
    int64_t start;
} told_event;

typedef struct letter {
    char key[65], text[600];
} letter;

static told_event events[EVENTS];
static int nevents;
static letter letters[LETTERS];
static int nletters;
/* [channel][event]: the letter (from 1) in which it was first received; 0: never. */
static int received[2][EVENTS];
static int newest[2][ALERTS]; /* the last event received */
static bool is_down[2], healed;
static int crashed; /* messages that arrived and of which nobody learnt */

static uint64_t random_state;
static unsigned any(unsigned n) /* 0 … n - 1, the same on every machine */
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

/* ---- the receiver ---- */

static int event_of(const char *key)
{
    for (int i = 0; i < nevents; i++)
        if (!strcmp(events[i].key, key)) return i;
    return -1;
}

static int letter_of(const cyn_message *m)
{
    static char text[600];
    size_t n = (size_t)snprintf(text, sizeof text, "%s %d%d ", m->group, m->reminder, m->escalated);
    for (size_t i = 0; i < m->nnotices && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%.6s", m->notices[i].key);
    for (int i = 0; i < nletters; i++)
        if (!strcmp(letters[i].key, m->key)) {
            CHECK_STR(text, letters[i].text); /* the same under the same key */
            return i + 1;
        }
    if (nletters == LETTERS) abort();
    snprintf(letters[nletters].key, sizeof letters->key, "%s", m->key);
    snprintf(letters[nletters].text, sizeof letters->text, "%s", text);
    return ++nletters;
}

static void receive(int channel, const cyn_message *m)
{
    int number = letter_of(m);
    for (size_t i = 0; i < m->nnotices; i++) {
        int e = event_of(m->notices[i].key);
        CHECK(e >= 0);
        if (e < 0 || m->reminder) continue;
        int before = received[channel][e];
        CHECK(!before || before == number); /* again only under the same key */
        if (before) continue;
        received[channel][e] = number;
        CHECK(e > newest[channel][events[e].alert]); /* in order */
        newest[channel][events[e].alert] = e;
    }
}

static cyn_code flaky(const cyn_config_channel *c, const cyn_message *m,
                      const cyn_notify_look *look, const atomic_bool *cancel,
                      cyn_notify_result *out, cyn_err *err)
{
    (void)look, (void)cancel;
    int channel = strcmp(c->name, "ops") != 0;
    cyn_notify_result result = {.outcome = CYN_NOTIFY_SENT, .detail = "ok"};
    bool crash = false;
    pthread_mutex_lock(&seen_lock);
    unsigned chance = healed ? 99 : any(100);
    if (!healed && is_down[channel]) {
        result.outcome = CYN_NOTIFY_LATER;
        result.retry_after = chance < 10 ? (int64_t)any(3600) * CYN_SECOND : 0;
    } else if (chance < 3) {
        result.outcome = CYN_NOTIFY_REFUSED;
    }
    if (result.outcome == CYN_NOTIFY_SENT) {
        receive(channel, m);
        crash = chance < 15;
        crashed += crash;
    }
    pthread_mutex_unlock(&seen_lock);
    *out = result;
    return crash ? cyn_nomem(err) : CYN_OK;
}

/* ---- what happens ---- */

typedef struct model {
    int64_t now, start[ALERTS]; /* CYN_ALERT_NEVER: does not fire */
    int64_t slot[ALERTS];       /* the last event's: they only go forward */
    int64_t latest;             /* of all ends of silences, and of now */
    bool silenced[ALERTS];      /* once; only the first half ever is */
} model;

static void name_of(int alert, char out[16])
{
    snprintf(out, 16, "r%d{%d", alert % 3, alert);
}

static void event(model *m, int alert)
{
    static const char *const both[] = {"ops", "mail"};
    char name[16];
    int64_t at = m->now > m->slot[alert] ? m->now : m->slot[alert] + CYN_SECOND;
    cyn_alert_what what = CYN_ALERT_FIRED;
    if (nevents == EVENTS) return;
    if (m->start[alert] == CYN_ALERT_NEVER) {
        m->start[alert] = at;
        if (any(3) == 0) what = CYN_ALERT_ROSE; /* as bad as it gets, and so in another group */
    } else {
        what = any(3) ? CYN_ALERT_ENDED : CYN_ALERT_ROSE;
    }
    name_of(alert, name);
    cyn_alert_event e = {.what = what, .slot = at, .start = m->start[alert]};
    told_event *t = &events[nevents++];
    *t = (told_event){.alert = alert, .firing = what != CYN_ALERT_ENDED, .start = m->start[alert]};
    cyn_alert_event_key(name, &e, t->key);
    happens(name, what, at, m->start[alert], both, 2);
    m->slot[alert] = at;
    if (what == CYN_ALERT_ENDED) m->start[alert] = CYN_ALERT_NEVER;
}

static void restart(void)
{
    cyn_store_close(store);
    open_world();
}

static void round_of_dispatch(model *m)
{
    cyn_dispatch_options o = {
        .project = &project, .store = store, .send = flaky, .clock = world_clock};
    cyn_dispatch_result result = {0};
    cyn_code rc = cyn_dispatch(&o, m->now, NULL, &result, NULL);
    CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
    if (rc != CYN_OK) restart(); /* it died after a message had arrived */
}

static void be_silent(model *m)
{
    char matcher[32], name[16];
    int alert = (int)any(ALERTS / 2);
    int64_t until = m->now + (int64_t)(1 + any(7200)) * CYN_SECOND;
    name_of(alert, name);
    snprintf(matcher, sizeof matcher, "at=\"%d\"", alert);
    silence(matcher, m->now, until);
    m->silenced[alert] = true;
    if (until > m->latest) m->latest = until;
}

static void acknowledge(const model *m)
{
    char name[16];
    int alert = (int)any(ALERTS);
    if (m->start[alert] == CYN_ALERT_NEVER) return;
    name_of(alert, name);
    cyn_ack ack = {.identity = name, .start = m->start[alert], .at = m->now, .who = "kim"};
    CHECK_INT(cyn_store_ack(store, &ack, NULL), CYN_OK);
}

static void step(model *m)
{
    switch (any(10)) {
    case 0:
    case 1:
    case 2: event(m, (int)any(ALERTS)); break;
    case 3: be_silent(m); break;
    case 4: acknowledge(m); break;
    case 5: is_down[any(2)] ^= true; break;
    case 6: restart(); break;
    case 7:
        if (any(4) == 0) m->now -= (int64_t)any(7200) * CYN_SECOND; /* the clock is set back */
        break;
    default: m->now += (int64_t)any(1200) * CYN_SECOND; break;
    }
    if (m->now > m->latest) m->latest = m->now;
    if (any(3)) round_of_dispatch(m);
}

/* Silences end, channels come back, and everything is said. */
static void drain(model *m)
{
    healed = true;
    m->now = m->latest + CYN_HOUR;
    for (int i = 0; i < 40; i++, m->now += 20 * CYN_MINUTE)
        round_of_dispatch(m);
}

/* ---- what has to hold ---- */

/* As SQL sees the row: "sent", "dead", "muted" …; "" where there is none. */
static const char *fate(sqlite3_stmt *q, int event_number, const char *channel)
{
    static char out[32];
    out[0] = '\0';
    sqlite3_reset(q);
    sqlite3_bind_text(q, 1, events[event_number].key, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, channel, -1, SQLITE_STATIC);
    if (sqlite3_step(q) == SQLITE_ROW)
        snprintf(out, sizeof out, "%s", (const char *)sqlite3_column_text(q, 0));
    return out;
}

static bool heard_beginning(int channel, int event_number)
{
    for (int i = 0; i < event_number; i++)
        if (received[channel][i] && events[i].firing &&
            events[i].alert == events[event_number].alert &&
            events[i].start == events[event_number].start)
            return true;
    return false;
}

/* A message that was given up may have been the one with the beginning. */
static bool gave_up(sqlite3_stmt *q, int event_number, const char *channel)
{
    for (int i = 0; i < event_number; i++)
        if (events[i].alert == events[event_number].alert &&
            events[i].start == events[event_number].start && !strcmp(fate(q, i, channel), "dead"))
            return true;
    return false;
}

static void check_event(const model *m, sqlite3_stmt *q, int channel, const char *name, int e)
{
    const char *what = fate(q, e, name);
    bool muted = !strcmp(what, "muted");
    CHECK(!strcmp(what, "sent") || !strcmp(what, "dead") || muted);
    CHECK(!muted || m->silenced[events[e].alert]);
    CHECK(strcmp(what, "sent") != 0 || received[channel][e]);
    CHECK(!muted || !received[channel][e]);
    if (received[channel][e] && !events[e].firing)
        CHECK(heard_beginning(channel, e) || gave_up(q, e, name));
    if (muted && !events[e].firing) CHECK(!heard_beginning(channel, e));
}

static void check_world(const model *m)
{
    static const char sql[] =
        "SELECT coalesce(m.state, o.state) FROM outbox AS o JOIN alert_event AS e ON e.id = o.event"
        " LEFT JOIN message AS m ON m.id = o.message WHERE e.key = ? AND o.channel = ?";
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    CHECK_INT(sqlite3_open(state_path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    for (int e = 0; e < nevents; e++) {
        check_event(m, q, 0, "ops", e);
        check_event(m, q, 1, "mail", e);
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
}

static int nworlds = 40, total_events, total_letters, total_crashes;

static void play(int number)
{
    static const char *const to[] = {"mail"}, *const by_severity[] = {"severity"};
    cyn_config_channel channels[] = {CHANNEL("ops"), CHANNEL("mail")};
    const cyn_config_escalation escalate[] = {{.after = 20 * CYN_MINUTE, .to = to, .nto = 1}};
    model m = {.now = T0, .latest = T0};
    random_state = (uint64_t)number;
    for (int i = 0; i < ALERTS; i++)
        m.start[i] = CYN_ALERT_NEVER;
    for (int i = 0; i < 2; i++) {
        channels[i].group_wait = any(2) ? (int64_t)any(300) * CYN_SECOND : 0;
        channels[i].group_interval = (int64_t)any(600) * CYN_SECOND;
        channels[i].remind = any(2) ? (int64_t)(1 + any(7200)) * CYN_SECOND : 0;
        channels[i].rate = any(3) ? 0 : 20;
        channels[i].rate_per = CYN_HOUR;
        channels[i].ngroup_by = any(2);
        if (any(2)) channels[i].group_by = by_severity;
    }
    new_world(channels, 2);
    config.escalate = escalate;
    config.nescalate = any(2);
    nevents = nletters = crashed = 0;
    healed = is_down[0] = is_down[1] = false;
    memset(received, 0, sizeof received);
    memset(newest, -1, sizeof newest);
    for (int i = 0; i < STEPS; i++)
        step(&m);
    drain(&m);
    check_world(&m);
    if (test_failed_here) printf("# world %d\n", number);
    total_events += nevents;
    total_letters += nletters;
    total_crashes += crashed;
    end_world();
}

static void test_whatever_happens_nothing_is_lost_and_nothing_told_twice(void)
{
    for (int i = 1; i <= nworlds && !test_failed_here; i++)
        play(i);
    printf("# %d worlds, %d events, %d messages, %d crashes after an arrival\n", nworlds,
           total_events, total_letters, total_crashes);
    CHECK(total_crashes > nworlds / 2); /* a test of crashes without them would show nothing */
}

int main(int argc, char **argv)
{
    if (argc > 1) nworlds = atoi(argv[1]);
    RUN(test_whatever_happens_nothing_is_lost_and_nothing_told_twice);
    return test_end();
}
