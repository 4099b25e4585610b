/* Kill −9 at random moments while alerts begin and end and are told: nothing is lost, nothing is
 * told under another key, and what is told of an alert is in order.
 *
 *     test_rules_dispatch_kill [KILLS]
 *
 * A child plays: it takes the alerts as they are stored, has them begin and end, and tells them to
 * a file, one line for each message. Nothing waits for a time to pass but the moment of the kill.
 */
#include "dispatch_world.h"
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

enum { ALERTS = 5, MOST = 60000, PLAYED = 50 /* by one child, at most */ };

static char told_path[300];

/* One write of a whole line: a kill leaves all of it or nothing. */
static cyn_code tell(const cyn_config_channel *c, const cyn_message *m, const cyn_notify_look *look,
                     const atomic_bool *cancel, cyn_notify_result *out, cyn_err *err)
{
    (void)look, (void)cancel;
    cyn_buf line = {0};
    cyn_buf_printf(&line, "%s %s", c->name, m->key);
    for (size_t i = 0; i < m->nnotices; i++)
        cyn_buf_printf(&line, " %s", m->notices[i].key);
    cyn_buf_putc(&line, '\n');
    int fd = open(told_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    bool written = fd >= 0 && !line.failed && write(fd, line.data, line.len) == (ssize_t)line.len;
    if (fd >= 0) close(fd);
    cyn_buf_clear(&line);
    if (!written) return cyn_fail_errno(err, "cannot write", told_path);
    *out = (cyn_notify_result){.outcome = CYN_NOTIFY_SENT, .detail = "ok"};
    return CYN_OK;
}

static const cyn_alert_row *stored(const char *identity)
{
    const cyn_alert_row *rows = NULL;
    size_t n = 0;
    if (cyn_store_alerts(store, arena, &rows, &n, NULL, NULL) != CYN_OK) _exit(2);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].identity, identity)) return &rows[i];
    return NULL;
}

/* The next thing that happens to one of the alerts, by what is stored of it. */
static void play_one(unsigned number)
{
    static const char *const both[] = {"ops", "mail"};
    char name[16];
    snprintf(name, sizeof name, "r{%u", number % ALERTS);
    const cyn_alert_row *row = stored(name);
    int64_t at = row ? row->alert.slot + CYN_SECOND : T0;
    if (row && cyn_alert_is_firing(&row->alert))
        happens(name, CYN_ALERT_ENDED, at, row->alert.start, both, 2);
    else
        happens(name, CYN_ALERT_FIRED, at, at, both, 2);
}

static void dispatch_at(int64_t now)
{
    cyn_dispatch_options o = {.project = &project, .store = store, .send = tell};
    cyn_dispatch_result result = {0};
    cyn_err err = {0};
    if (cyn_dispatch(&o, now, NULL, &result, &err) == CYN_OK) return;
    fprintf(stderr, "# %s\n", err.message);
    _exit(2);
}

static void play_until_killed(unsigned number)
{
    open_world();
    int64_t now = T0 + number * CYN_HOUR;
    for (unsigned i = 0; i < PLAYED; i++, now += CYN_MINUTE) {
        play_one((unsigned)(now / CYN_MINUTE * 7));
        dispatch_at(now);
    }
    for (;;)
        pause();
}

/* ---- what was told ---- */

typedef struct told {
    char channel[8], key[65], event[33];
} told;
static told list[MOST];
static size_t ntold;

static void read_told(void)
{
    static char line[65536];
    FILE *f = fopen(told_path, "r");
    ntold = 0;
    while (f && fgets(line, sizeof line, f)) {
        char *rest = NULL, *channel = strtok_r(line, " \n", &rest);
        char *key = strtok_r(NULL, " \n", &rest);
        for (char *e = strtok_r(NULL, " \n", &rest); e; e = strtok_r(NULL, " \n", &rest)) {
            if (ntold == MOST) abort();
            told *t = &list[ntold++];
            snprintf(t->channel, sizeof t->channel, "%s", channel);
            snprintf(t->key, sizeof t->key, "%s", key);
            snprintf(t->event, sizeof t->event, "%s", e);
        }
    }
    if (f) fclose(f);
}

/* The place of the first telling of an event; ntold: never. Another key for it is an error. */
static size_t first_told(const char *channel, const char *event)
{
    size_t first = ntold;
    for (size_t i = 0; i < ntold; i++) {
        if (strcmp(list[i].channel, channel) != 0 || strcmp(list[i].event, event) != 0) continue;
        if (first == ntold) first = i;
        CHECK_STR(list[i].key, list[first].key);
    }
    return first;
}

/* Each event of each alert, in order. */
static int check_channel(sqlite3 *db, const char *channel)
{
    sqlite3_stmt *q = NULL;
    char alert[64] = "";
    size_t last = 0;
    int n = 0;
    CHECK_INT(sqlite3_prepare_v2(db, "SELECT identity, key FROM alert_event ORDER BY identity, id",
                                 -1, &q, NULL),
              SQLITE_OK);
    for (; sqlite3_step(q) == SQLITE_ROW; n++) {
        const char *identity = (const char *)sqlite3_column_text(q, 0);
        if (strcmp(identity, alert) != 0) last = 0;
        snprintf(alert, sizeof alert, "%s", identity);
        size_t place = first_told(channel, (const char *)sqlite3_column_text(q, 1));
        CHECK(place < ntold); /* nothing is lost */
        CHECK(place >= last); /* in order; two may be in one message */
        last = place;
    }
    sqlite3_finalize(q);
    return n;
}

static void check_whole(sqlite3 *db)
{
    sqlite3_stmt *q = NULL;
    CHECK_INT(sqlite3_prepare_v2(db,
                                 "SELECT (SELECT * FROM pragma_integrity_check) = 'ok' AND NOT"
                                 " EXISTS (SELECT * FROM pragma_foreign_key_check)",
                                 -1, &q, NULL),
              SQLITE_OK);
    CHECK_INT(sqlite3_step(q), SQLITE_ROW);
    CHECK_INT(sqlite3_column_int(q, 0), 1);
    sqlite3_finalize(q);
}

static unsigned kills = 12;

static void test_a_kill_at_any_moment_loses_nothing_and_changes_no_key(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops"), CHANNEL("mail")};
    sqlite3 *db = NULL;
    new_world(channels, 2);
    snprintf(told_path, sizeof told_path, "%s/told", folder);
    cyn_store_close(store);
    srandom(2026);
    for (unsigned i = 0; i < kills; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) play_until_killed(i);
        /* Up to 30 ms at first and to 240 in the end: slow machines and sanitizers count. */
        usleep((useconds_t)(random() % (30000L << i * 4 / kills)));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    open_world();
    for (unsigned i = 0; i < 3; i++) /* what is left is told */
        dispatch_at(T0 + (kills + i) * CYN_HOUR + CYN_DAY);
    read_told();
    CHECK_INT(sqlite3_open(state_path, &db), SQLITE_OK);
    check_whole(db);
    int events = check_channel(db, "ops");
    CHECK_INT(check_channel(db, "mail"), events);
    printf("# %u kills, %d events, %zu told\n", kills, events, ntold);
    CHECK(events > 5); /* some got through: a real test */
    sqlite3_close(db);
    end_world();
}

int main(int argc, char **argv)
{
    if (argc > 1) kills = (unsigned)atoi(argv[1]);
    RUN(test_a_kill_at_any_moment_loses_nothing_and_changes_no_key);
    return test_end();
}
