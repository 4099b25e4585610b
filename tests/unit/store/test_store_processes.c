/* What several processes, kills and a full disk do to the store. Children are killed after short
 * random times from a fixed seed; nothing waits for a time to pass. */
#include "alert_rows.h"
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define KILLS  50
#define POINTS 40 /* of a run */

/* Forks; the child does `work` and exits with the number that it returns. */
static pid_t start(int (*work)(void))
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) _exit(work());
    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    return pid;
}

static int status_of(pid_t pid)
{
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static cyn_code record_many(cyn_store *st, int npoints, cyn_err *err)
{
    int64_t run = 0;
    cyn_point p = point_of(CYN_MISSING);
    CYN_TRY(cyn_store_begin_run(st, "eval", 0, &run, err));
    CYN_TRY(cyn_store_add_definition(st, &aha, "count(events)", err));
    for (int i = 0; i < npoints; i++) {
        p.value = cyn_num_integer(run * POINTS + i); /* other ones in every run */
        p.period.start += CYN_DAY * 7;
        p.period.end += CYN_DAY * 7;
        CYN_TRY(cyn_store_add_point(st, run, &p, "a week", err));
    }
    return cyn_store_commit_run(st, run, 0, err);
}

static int write_until_killed(void)
{
    cyn_store *st = open_store();
    while (record_many(st, POINTS, NULL) == CYN_OK) {
    }
    return 1;
}

static int fill_until_killed(void)
{
    cyn_store *st = NULL;
    if (cyn_store_open_to_fill(path, &st, NULL) != CYN_OK) return 1;
    while (record_many(st, POINTS, NULL) == CYN_OK) {
    }
    return 1;
}

static void kill_often(int (*work)(void), bool reopen)
{
    srandom(2026);
    for (int i = 0; i < KILLS; i++) {
        pid_t pid = start(work);
        /* Up to 12 ms at first and to 96 in the end: slow machines and sanitizers count. */
        usleep((useconds_t)(random() % (12000L << i * 4 / KILLS)));
        kill(pid, SIGKILL);
        status_of(pid);
        if (reopen) cyn_store_close(open_store()); /* readable, and no repair is asked for */
        if (access(path, F_OK) == 0) CHECK_STR(query("PRAGMA integrity_check"), "ok");
    }
}

static void check_whole_runs(void)
{
    char whole[64];
    snprintf(whole, sizeof whole, "SELECT count(*) FROM value GROUP BY run HAVING count(*) <> %d",
             POINTS);
    CHECK_STR(query(whole), "");
    CHECK_STR(query("SELECT id FROM run WHERE finished IS NULL"), "");
    CHECK_STR(query("SELECT id FROM run EXCEPT SELECT run FROM value"), "");
    CHECK_STR(query("SELECT count(*) > 0 FROM run"), "1"); /* some got through: a real test */
}

static void test_a_kill_at_any_moment_leaves_whole_runs(void)
{
    new_folder();
    kill_often(write_until_killed, true);
    check_whole_runs();
    remove_folder();
}

/* With a rollback journal, which whoever comes next plays back. */
static void test_a_kill_while_a_new_state_is_filled_leaves_whole_runs(void)
{
    new_folder();
    kill_often(fill_until_killed, false);
    CHECK_STR(query("PRAGMA journal_mode"), "delete");
    cyn_store_close(open_store());
    CHECK_STR(query("PRAGMA journal_mode"), "wal");
    check_whole_runs();
    remove_folder();
}

static int open_and_record(void)
{
    cyn_store *st = NULL;
    cyn_err err = {0};
    cyn_code rc = cyn_store_open(path, &st, &err);
    if (rc == CYN_OK) rc = record_many(st, POINTS, &err);
    if (rc != CYN_OK) fprintf(stderr, "# %s\n", err.message);
    cyn_store_close(st);
    return rc != CYN_OK;
}

static int open_to_fill_and_record(void)
{
    cyn_store *st = NULL;
    cyn_err err = {0};
    cyn_code rc = cyn_store_open_to_fill(path, &st, &err);
    for (int i = 0; rc == CYN_OK && i < 5; i++)
        rc = record_many(st, POINTS, &err);
    if (rc != CYN_OK) fprintf(stderr, "# %s\n", err.message);
    cyn_store_close(st);
    return rc != CYN_OK;
}

static void test_processes_that_create_it_at_once_all_succeed(void)
{
    new_folder();
    pid_t pids[6];
    for (int i = 0; i < 6; i++)
        pids[i] = start(open_and_record);
    for (int i = 0; i < 6; i++)
        CHECK_INT(status_of(pids[i]), 0);
    CHECK_STR(query("SELECT count(*) FROM run"), "6");
    remove_folder();
}

static void test_others_open_a_state_while_it_is_filled(void)
{
    new_folder();
    pid_t pids[8];
    for (int i = 0; i < 8; i++)
        pids[i] = start(i % 2 ? open_and_record : open_to_fill_and_record);
    for (int i = 0; i < 8; i++)
        CHECK_INT(status_of(pids[i]), 0);
    CHECK_STR(query("SELECT count(*) FROM run"), "24");
    cyn_store_close(open_store());
    CHECK_STR(query("PRAGMA journal_mode"), "wal");
    CHECK_STR(query("PRAGMA integrity_check"), "ok");
    remove_folder();
}

static void test_a_second_writer_waits_and_then_says_busy(void)
{
    new_folder();
    cyn_store *first = open_store(), *second = open_store();
    int64_t run = 0, other = 0;
    cyn_err err = {0};
    CHECK_INT(cyn_store_begin_run(first, "eval", 0, &run, NULL), CYN_OK);
    cyn_store_set_patience(second, 1);
    CHECK_INT(cyn_store_begin_run(second, "eval", 0, &other, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "cannot begin a run: another process is writing to it"));
    CHECK(strstr(err.hint, "run this again"));
    CHECK_INT(cyn_store_set_schema(second, "s", "a:text", &err), CYN_E_STATE);
    CHECK_INT(cyn_store_commit_run(first, run, 0, NULL), CYN_OK);
    CHECK_INT(cyn_store_begin_run(second, "eval", 0, &other, NULL), CYN_OK);
    CHECK(other > run);
    cyn_store_close(first);
    cyn_store_close(second);
    remove_folder();
}

/* A limit on the size of files stands in for a full disk. */
static int write_past_the_limit(void)
{
    cyn_store *st = NULL;
    cyn_err err = {0};
    struct rlimit limit = {200 * 1024, 200 * 1024};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (cyn_store_open(path, &st, &err) != CYN_OK) return 1;
    cyn_code rc = record_many(st, 20000, &err);
    int bad = rc != CYN_E_IO || !strstr(err.message, "cannot ") || !strstr(err.hint, "room");
    if (bad) fprintf(stderr, "# %d %s\n", rc, err.message);
    /* What was open is gone, and the store says so instead of writing half a run. */
    bad |= cyn_store_commit_run(st, 2, 0, &err) != CYN_E_STATE;
    cyn_store_close(st);
    return bad;
}

static void test_a_full_disk_is_an_error_and_costs_only_that_run(void)
{
    new_folder();
    cyn_store *st = open_store();
    CHECK_INT(record_many(st, POINTS, NULL), CYN_OK);
    cyn_store_close(st);
    CHECK_INT(status_of(start(write_past_the_limit)), 0);
    CHECK_STR(query("SELECT count(*) FROM value"), "40");
    CHECK_STR(query("PRAGMA integrity_check"), "ok");
    remove_folder();
}

/* An evaluation of `count` alerts that begin, each told to two channels. */
static cyn_code evaluate(cyn_store *st, int64_t at, int count, cyn_err *err)
{
    static const char *const channels[] = {"ops", "mail"};
    cyn_rule_row rule = {.rule = "r", .slot = at};
    CYN_TRY(cyn_store_begin_alerts(st, at, err));
    CYN_TRY(cyn_store_put_rule(st, &rule, err));
    for (int i = 0; i < count; i++) {
        char name[24];
        snprintf(name, sizeof name, "r{%d}", i);
        cyn_notice n = notice_of(name, CYN_ALERT_FIRED, at, at);
        cyn_alert_event e = {.what = CYN_ALERT_FIRED};
        cyn_alert_row row = {.rule = "r", .identity = name, .alert = firing_alert(at)};
        CYN_TRY(cyn_store_put_alert(st, &row, err));
        CYN_TRY(cyn_store_add_event(st, &n, &e, channels, 2, err));
    }
    return cyn_store_commit_alerts(st, err);
}

static int evaluate_past_the_limit(void)
{
    cyn_store *st = NULL;
    cyn_err err = {0};
    struct rlimit limit = {400 * 1024, 400 * 1024};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (cyn_store_open(path, &st, &err) != CYN_OK) return 1;
    int done = 0;
    cyn_code rc = CYN_OK;
    while (rc == CYN_OK && done < 1000) {
        rc = evaluate(st, MINUTE_0 + done * CYN_MINUTE, 20, &err);
        done += rc == CYN_OK;
    }
    int bad = rc != CYN_E_IO || done == 0 || !strstr(err.message, "cannot record ") ||
              !strstr(err.hint, "room");
    if (bad) fprintf(stderr, "# %d after %d: %s\n", rc, done, err.message);
    bad |= cyn_store_commit_alerts(st, &err) != CYN_E_STATE; /* what was open is gone */
    cyn_store_close(st);
    return bad;
}

static void test_a_full_disk_leaves_whole_evaluations(void)
{
    new_folder();
    cyn_store_close(open_store());
    CHECK_INT(status_of(start(evaluate_past_the_limit)), 0);
    CHECK_STR(query("SELECT slot FROM alert_event GROUP BY slot HAVING count(*) <> 20"), "");
    CHECK_STR(query("SELECT (SELECT count(*) FROM outbox) = 2 * count(*) FROM alert_event"), "1");
    CHECK_STR(query("SELECT (SELECT slot FROM rule_slot) = max(slot) FROM alert_event"), "1");
    CHECK_STR(query("PRAGMA integrity_check"), "ok");
    cyn_store *st = open_store(); /* with room again it goes on */
    CHECK_INT(evaluate(st, MINUTE_0 + CYN_DAY, 20, NULL), CYN_OK);
    cyn_store_close(st);
    remove_folder();
}

static int evaluate_until_killed(void)
{
    cyn_store *st = open_store();
    for (int64_t i = 0; evaluate(st, MINUTE_0 + i * CYN_MINUTE, 20, NULL) == CYN_OK; i++) {
    }
    return 1;
}

static void test_a_kill_at_any_moment_leaves_whole_evaluations(void)
{
    new_folder();
    srandom(7);
    for (int i = 0; i < KILLS; i++) {
        pid_t pid = start(evaluate_until_killed);
        usleep((useconds_t)(random() % (12000L << i * 4 / KILLS)));
        kill(pid, SIGKILL);
        status_of(pid);
        cyn_store_close(open_store());
    }
    CHECK_STR(query("PRAGMA integrity_check"), "ok");
    CHECK_STR(query("SELECT slot FROM alert_event GROUP BY slot HAVING count(*) <> 20"), "");
    CHECK_STR(query("SELECT (SELECT count(*) FROM outbox) = 2 * count(*) FROM alert_event"), "1");
    CHECK_STR(query("SELECT count(*) > 20 FROM alert_event"), "1");
    remove_folder();
}

/* 65534 is nobody; root may write everywhere, and so would see nothing. */
static int open_as_anyone(void)
{
    cyn_store *st = NULL;
    cyn_err err = {0};
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 77;
    cyn_code rc = cyn_store_open(path, &st, &err);
    if (rc == CYN_OK) rc = record_many(st, 1, &err);
    cyn_store_close(st);
    int bad = rc != CYN_E_IO || !strstr(err.message, ".cynosure");
    if (bad) fprintf(stderr, "# %d %s\n", rc, err.message);
    return bad;
}

static void check_denied(void)
{
    int status = status_of(start(open_as_anyone));
    if (status == 77)
        printf("# skipped: running as root without the right to become another user\n");
    else
        CHECK_INT(status, 0);
}

static void test_a_folder_that_cannot_be_written_is_an_error(void)
{
    new_folder();
    chmod(folder, 0555);
    check_denied(); /* the state's folder cannot be made */
    chmod(folder, 0755);
    cyn_store_close(open_store());
    char state[400];
    snprintf(state, sizeof state, "%s/.cynosure", folder);
    chmod(state, 0555);
    chmod(path, 0444);
    check_denied(); /* it is there, but closed */
    chmod(state, 0755);
    remove_folder();
}

static void test_a_file_in_the_place_of_the_folder_is_an_error(void)
{
    new_folder();
    char name[400];
    snprintf(name, sizeof name, "%s/.cynosure", folder);
    FILE *f = fopen(name, "w");
    if (f) fclose(f);
    cyn_store *st = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_store_open(path, &st, &err), CYN_E_IO);
    CHECK(strstr(err.message, ".cynosure"));
    remove_folder();
}

int main(void)
{
    RUN(test_a_kill_at_any_moment_leaves_whole_runs);
    RUN(test_a_kill_while_a_new_state_is_filled_leaves_whole_runs);
    RUN(test_processes_that_create_it_at_once_all_succeed);
    RUN(test_others_open_a_state_while_it_is_filled);
    RUN(test_a_second_writer_waits_and_then_says_busy);
    RUN(test_a_full_disk_is_an_error_and_costs_only_that_run);
    RUN(test_a_full_disk_leaves_whole_evaluations);
    RUN(test_a_kill_at_any_moment_leaves_whole_evaluations);
    RUN(test_a_folder_that_cannot_be_written_is_an_error);
    RUN(test_a_file_in_the_place_of_the_folder_is_an_error);
    return test_end();
}
