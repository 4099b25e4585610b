/* store: what was evaluated, when and why; jobs; forgetting. */
#include "base/arena.h"
#include "base/time.h"
#include "store/ledger.h"
#include "store_fixture.h"

static const cyn_ledger_row aha_row = {.metric = "aha_rate",
                                       .grain = "week",
                                       .by = "channel,plan",
                                       .from = 10,
                                       .until = 20,
                                       .definition = "d1",
                                       .data = "files",
                                       .redo = "d2",
                                       .redone = 15,
                                       .at = 7,
                                       .took = 3,
                                       .late = 2,
                                       .failures = 4,
                                       .again = 99,
                                       .failed = "redo:d2:files",
                                       .error = "metrics/a.lua:3: attempt to …"};
static const cyn_evaluation_row evaluation = {.grain = "week",
                                              .first = "2026-W44",
                                              .last = "2026-W45",
                                              .reason = CYN_REASON_DATA,
                                              .due = 1,
                                              .began = 2,
                                              .took = 3,
                                              .metrics = 4,
                                              .points = 5,
                                              .changed = 6,
                                              .restated = 7,
                                              .failed = 8};

static int64_t begin(cyn_store *st)
{
    int64_t run = 0;
    CHECK_INT(cyn_store_begin_run(st, "serve", 0, &run, NULL), CYN_OK);
    return run;
}

/* What a daemon writes of one evaluation. */
static cyn_code record_all(cyn_store *st, double value, cyn_err *err)
{
    int64_t run = 0;
    cyn_point p = point_of(cyn_num_real(value));
    CYN_TRY(cyn_store_begin_run(st, "serve", 0, &run, err));
    CYN_TRY(cyn_store_add_definition(st, p.metric, "count(events)", err));
    CYN_TRY(cyn_store_add_point(st, run, &p, "2026-W45", err));
    cyn_evaluation_row row = evaluation;
    CYN_TRY(cyn_store_run_changes(st, run, &row.changed, &row.restated, err));
    CYN_TRY(cyn_store_put_ledger(st, run, &aha_row, err));
    CYN_TRY(cyn_store_add_evaluation(st, run, &row, err));
    return cyn_store_commit_run(st, run, 0, err);
}

static void check_row(const cyn_ledger_row *got, const cyn_ledger_row *want)
{
    CHECK_STR(got->metric, want->metric);
    CHECK_STR(got->grain, want->grain);
    CHECK_STR(got->by, want->by);
    CHECK_INT(got->from, want->from);
    CHECK_INT(got->until, want->until);
    CHECK_STR(got->definition, want->definition);
    CHECK_STR(got->data, want->data);
    CHECK_STR(got->redo, want->redo);
    CHECK_INT(got->redone, want->redone);
    CHECK_INT(got->at, want->at);
    CHECK_INT(got->took, want->took);
    CHECK_INT(got->late, want->late);
    CHECK_INT(got->failures, want->failures);
    CHECK_INT(got->again, want->again);
    CHECK_STR(got->failed, want->failed);
    CHECK_STR(got->error, want->error);
}

static void test_rows_come_back_as_they_were_in_order(void)
{
    new_folder();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_store *st = open_store();
    const cyn_ledger_row *rows = NULL;
    size_t n = 9;
    CHECK_INT(cyn_store_ledger(st, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    cyn_ledger_row whole = aha_row, first = aha_row;
    whole.by = "";
    whole.error = NULL;
    whole.redo = whole.failed = "";
    first.metric = "a'; DROP TABLE ledger; --";
    int64_t run = begin(st);
    CHECK_INT(cyn_store_put_ledger(st, run, &aha_row, NULL), CYN_OK);
    CHECK_INT(cyn_store_put_ledger(st, run, &first, NULL), CYN_OK);
    whole.failures = 1000;
    CHECK_INT(cyn_store_put_ledger(st, run, &whole, NULL), CYN_OK);
    whole.failures = 0; /* the last word counts */
    CHECK_INT(cyn_store_put_ledger(st, run, &whole, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_OK);
    cyn_store_close(st);
    st = open_store();
    CHECK_INT(cyn_store_ledger(st, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 3);
    const cyn_ledger_row *want[] = {&first, &whole, &aha_row};
    for (size_t i = 0; i < n && i < 3; i++)
        check_row(&rows[i], want[i]);
    CHECK_INT(cyn_store_drop_ledger(st, "aha_rate", "week", "", NULL), CYN_OK);
    CHECK_INT(cyn_store_drop_ledger(st, "aha_rate", "day", "channel,plan", NULL), CYN_OK);
    CHECK_STR(query("SELECT dims FROM ledger"), "channel,plan,channel,plan");
    cyn_store_close(st);
    cyn_arena_free(arena);
    remove_folder();
}

static void put_stretch(cyn_store *st, const char *by, int64_t from, int64_t until)
{
    int64_t run = begin(st);
    const cyn_stretch_row row = {.metric = "aha_rate",
                                 .grain = "week",
                                 .by = by,
                                 .from = from,
                                 .until = until,
                                 .definition = "d1",
                                 .data = "files"};
    CHECK_INT(cyn_store_put_stretch(st, run, &row, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_OK);
}

static void test_a_stretch_takes_the_place_of_those_within_it(void)
{
    static const char all[] = "SELECT dims || since || '-' || until FROM stretch";
    new_folder();
    cyn_store *st = open_store();
    put_stretch(st, "", 10, 20);
    put_stretch(st, "", 10, 30); /* it goes on */
    put_stretch(st, "", 50, 60);
    put_stretch(st, "channel", 52, 53);
    CHECK_STR(query(all), "10-30,50-60,channel52-53");
    put_stretch(st, "", 45, 60);
    put_stretch(st, "", 5, 29);
    CHECK_STR(query(all), "5-29,10-30,45-60,channel52-53");
    put_stretch(st, "", 0, 100);
    CHECK_STR(query(all), "0-100,channel52-53");
    cyn_store_close(st);
    remove_folder();
}

static void record_immature(cyn_store *st, cyn_point p, bool immature)
{
    int64_t run;
    p.immature = immature;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
}

static void test_immature_is_what_was_said_last(void)
{
    const cyn_immature_row *rows = NULL;
    size_t n = 9;
    new_folder();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_store *st = open_store();
    cyn_point p = point_of(cyn_num_integer(1)), part = p;
    const cyn_const key = {.kind = CYN_CONST_TEXT, .s = "ads", .n = 3};
    const char *const dims[] = {"channel"};
    part.dims = dims;
    part.keys = &key;
    part.nkeys = 1;
    record_immature(st, p, true);
    record_immature(st, part, true);
    CHECK_INT(cyn_store_immature(st, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 2);
    for (size_t i = 0; i < n && i < 2; i++) {
        CHECK_STR(rows[i].metric, p.metric->name);
        CHECK_STR(rows[i].grain, "week");
        CHECK_STR(rows[i].by, i ? "channel" : "");
        CHECK_INT(rows[i].start, p.period.start);
    }
    record_immature(st, p, false);
    CHECK_INT(cyn_store_immature(st, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 1);
    cyn_store_close(st);
    cyn_arena_free(arena);
    remove_folder();
}

static void test_without_an_open_run_nothing_is_written(void)
{
    new_folder();
    cyn_store *st = open_store();
    int64_t changed, restated;
    cyn_err err = {0};
    CHECK_INT(cyn_store_put_ledger(st, 1, &aha_row, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "run 1 is not open"));
    CHECK_INT(cyn_store_add_evaluation(st, 1, &evaluation, NULL), CYN_E_STATE);
    CHECK_INT(cyn_store_run_changes(st, 1, &changed, &restated, NULL), CYN_E_STATE);
    CHECK_INT(cyn_store_put_ledger(st, 0, &aha_row, NULL), CYN_E_STATE);
    cyn_store_close(st);
    CHECK_STR(query("SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM evaluation)"),
              "0");
    remove_folder();
}

static void test_what_is_not_committed_leaves_neither_values_nor_ledger(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point p = point_of(cyn_num_integer(1));
    int64_t run = begin(st);
    CHECK_INT(cyn_store_add_definition(st, p.metric, "count(events)", NULL), CYN_OK);
    CHECK_INT(cyn_store_add_point(st, run, &p, "2026-W45", NULL), CYN_OK);
    CHECK_INT(cyn_store_put_ledger(st, run, &aha_row, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_evaluation(st, run, &evaluation, NULL), CYN_OK);
    cyn_store_close(st);
    CHECK_STR(query("SELECT count(*) FROM value"), "0");
    CHECK_STR(query("SELECT count(*) FROM ledger"), "0");
    CHECK_STR(query("SELECT count(*) FROM evaluation"), "0");
    remove_folder();
}

/* Those that a run of one point restated: the point's metric, in its period, or none. */
static void check_restated(cyn_store *st, int64_t run, int64_t count, const cyn_point *p)
{
    cyn_arena *arena = cyn_arena_new(0);
    const cyn_restated_row *rows = NULL;
    size_t n = 9;
    CHECK_INT(cyn_store_restated(st, run, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, count);
    if (n == 1) {
        CHECK_STR(rows[0].metric, p->metric->name);
        CHECK_INT(rows[0].first, p->period.start);
        CHECK_INT(rows[0].last, p->period.start);
    }
    cyn_arena_free(arena);
}

/* A run of one point; what its run changed, as "changed restated". */
static const char *changes(cyn_store *st, cyn_point p)
{
    static char out[64];
    int64_t changed = -1, restated = -1, run = begin(st);
    CHECK_INT(cyn_store_add_definition(st, p.metric, "count(events)", NULL), CYN_OK);
    CHECK_INT(cyn_store_add_point(st, run, &p, "2026-W45", NULL), CYN_OK);
    CHECK_INT(cyn_store_run_changes(st, run, &changed, &restated, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_run(st, run, p.failed, NULL), CYN_OK);
    check_restated(st, run, restated, &p);
    snprintf(out, sizeof out, "%lld %lld", (long long)changed, (long long)restated);
    return out;
}

static void test_restated_is_what_said_something_else_of_an_ended_period(void)
{
    static const cyn_err why = {.code = CYN_E_SCRIPT, .message = "no"};
    new_folder();
    cyn_store *st = open_store();
    cyn_point p = point_of(cyn_num_integer(4));
    p.partial = true;
    CHECK_STR(changes(st, p), "1 0");
    p.value = cyn_num_integer(5); /* it goes on running */
    CHECK_STR(changes(st, p), "1 0");
    p.value = cyn_num_integer(6); /* it has ended */
    p.partial = false;
    CHECK_STR(changes(st, p), "1 0");
    CHECK_STR(changes(st, p), "0 0");
    p.rows = 8; /* differs, and says the same */
    CHECK_STR(changes(st, p), "1 0");
    p.value = cyn_num_integer(7);
    CHECK_STR(changes(st, p), "1 1");
    p.value = CYN_MISSING;
    CHECK_STR(changes(st, p), "1 1");
    CHECK_STR(changes(st, p), "0 0");
    p.value = cyn_num_integer(0);
    CHECK_STR(changes(st, p), "1 1");
    p.failed = true; /* says nothing */
    p.error = &why;
    p.value = CYN_MISSING;
    CHECK_STR(changes(st, p), "1 1");
    p.failed = false;
    p.error = NULL;
    p.value = cyn_num_integer(0);
    CHECK_STR(changes(st, p), "1 0");
    cyn_store_close(st);
    remove_folder();
}

static void test_evaluations_are_given_newest_first(void)
{
    new_folder();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_store *st = open_store();
    const cyn_evaluation_row *rows = NULL;
    size_t n = 9;
    int64_t last = 0;
    for (int i = 0; i < 4; i++) {
        cyn_evaluation_row row = evaluation;
        row.reason = (cyn_reason)i;
        last = begin(st);
        CHECK_INT(cyn_store_add_evaluation(st, last, &row, NULL), CYN_OK);
        CHECK_INT(cyn_store_commit_run(st, last, 0, NULL), CYN_OK);
    }
    CHECK_INT(cyn_store_evaluations(st, 3, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 3);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(rows[i].run, last - (int64_t)i);
        CHECK_INT(rows[i].reason, 3 - (int)i);
        CHECK_STR(rows[i].grain, "week");
        CHECK_STR(rows[i].first, "2026-W44");
        CHECK_STR(rows[i].last, "2026-W45");
        CHECK_INT(rows[i].due, 1);
        CHECK_INT(rows[i].began, 2);
        CHECK_INT(rows[i].took, 3);
        CHECK_INT(rows[i].metrics, 4);
        CHECK_INT(rows[i].points, 5);
        CHECK_INT(rows[i].changed, 6);
        CHECK_INT(rows[i].restated, 7);
        CHECK_INT(rows[i].failed, 8);
    }
    cyn_store_close(st);
    cyn_arena_free(arena);
    remove_folder();
}

static void test_a_job_keeps_its_last_run(void)
{
    static const cyn_job_row first = {"load events", 1, 2, 3, 4, 5, 6, "no such file"};
    static const cyn_job_row then = {"load events", 11, 12, 13, 14, 15, 0, NULL};
    static const cyn_job_row other = {"a report", -1, -2, -3, 0, 0, 0, NULL};
    new_folder();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_store *st = open_store();
    const cyn_job_row *rows = NULL;
    size_t n = 9;
    CHECK_INT(cyn_store_put_job(st, &first, NULL), CYN_OK);
    CHECK_INT(cyn_store_jobs(st, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 1);
    CHECK_STR(rows[0].error, "no such file");
    CHECK_INT(rows[0].failures, 6);
    CHECK_INT(cyn_store_put_job(st, &then, NULL), CYN_OK);
    CHECK_INT(cyn_store_put_job(st, &other, NULL), CYN_OK);
    CHECK_INT(cyn_store_jobs(st, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 2);
    CHECK_STR(rows[0].job, "a report");
    CHECK_STR(rows[1].job, "load events");
    CHECK_STR(rows[1].error, NULL);
    CHECK_INT(rows[1].due, 11);
    CHECK_INT(rows[1].began, 12);
    CHECK_INT(rows[1].took, 13);
    CHECK_INT(rows[1].runs, 14);
    CHECK_INT(rows[1].missed, 15);
    /* What commits by itself must not become part of a run that may be undone. */
    int64_t run = begin(st);
    CHECK_INT(cyn_store_put_job(st, &first, NULL), CYN_E_STATE);
    CHECK_INT(cyn_store_drop_ledger(st, "a", "b", "", NULL), CYN_E_STATE);
    CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_OK);
    CHECK_INT(cyn_store_put_job(st, &first, NULL), CYN_OK);
    cyn_store_close(st);
    cyn_arena_free(arena);
    remove_folder();
}

/* ---- forgetting ---- */

/* Ten runs that began at 1 … 10; the 3rd has a value, each has an evaluation. */
static cyn_store *ten_runs(void)
{
    new_folder();
    cyn_store *st = open_store();
    for (int i = 1; i <= 10; i++) {
        cyn_evaluation_row row = evaluation;
        cyn_point p = point_of(cyn_num_integer(1));
        row.began = i;
        int64_t run = begin(st);
        if (i == 3) CHECK_INT(cyn_store_add_definition(st, p.metric, "count(x)", NULL), CYN_OK);
        if (i == 3) CHECK_INT(cyn_store_add_point(st, run, &p, "2026-W45", NULL), CYN_OK);
        CHECK_INT(cyn_store_add_evaluation(st, run, &row, NULL), CYN_OK);
        CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_OK);
    }
    query("UPDATE run SET started = id");
    return st;
}

static const char runs[] = "SELECT group_concat(id, ' ') FROM run";
static const char evaluations[] = "SELECT group_concat(run, ' ') FROM evaluation";

static void test_old_runs_are_forgotten_but_for_those_that_brought_values(void)
{
    cyn_store *st = ten_runs();
    int64_t after = 0;
    CHECK_INT(cyn_store_prune_runs(st, 6, 100, 100, &after, NULL), CYN_OK);
    CHECK_INT(after, 0);
    CHECK_STR(query(runs), "3 6 7 8 9 10");
    CHECK_STR(query(evaluations), "6 7 8 9 10");
    CHECK_INT(cyn_store_prune_runs(st, 0, 3, 100, &after, NULL), CYN_OK);
    CHECK_STR(query(runs), "3 8 9 10");
    CHECK_STR(query("SELECT count(*) FROM value"), "1");
    cyn_store_close(st);
    remove_folder();
}

static void test_forgetting_goes_in_steps(void)
{
    cyn_store *st = ten_runs();
    int64_t after = 0;
    CHECK_INT(cyn_store_prune_runs(st, 100, 100, 4, &after, NULL), CYN_OK);
    CHECK_INT(after, 4);
    CHECK_STR(query(runs), "3 5 6 7 8 9 10");
    CHECK_INT(cyn_store_prune_runs(st, 100, 100, 4, &after, NULL), CYN_OK);
    CHECK_INT(after, 8);
    CHECK_STR(query(runs), "3 9 10");
    CHECK_INT(cyn_store_prune_runs(st, 100, 100, 4, &after, NULL), CYN_OK);
    CHECK_INT(after, 0);
    CHECK_STR(query(runs), "3");
    CHECK_INT(begin(st), 11); /* a number is never given out twice */
    CHECK_INT(cyn_store_prune_runs(st, 100, 100, 4, &after, NULL), CYN_E_STATE);
    cyn_store_close(st);
    remove_folder();
}

/* ---- failures ---- */

static int left;

static int interrupt(void *unused)
{
    (void)unused;
    return left-- == 0; /* once: undoing is not disturbed */
}

/* A store is cut off some steps of SQLite's machine later than the one before, until one passes:
 * what it leaves is everything or nothing, and the next run goes through. */
static void test_a_failure_at_any_step_leaves_all_or_nothing(void)
{
    static const char state[] = "SELECT (SELECT count(*) FROM value) || ' ' ||"
                                " (SELECT count(*) FROM ledger) || ' ' ||"
                                " (SELECT count(*) FROM evaluation) || ' ' ||"
                                " (SELECT count(*) FROM run)";
    new_folder();
    cyn_store *st = open_store();
    cyn_code rc = CYN_E_STATE;
    int steps = 0;
    bool late = false; /* the very end of the commit: it counts, and was told as a failure */
    for (; rc != CYN_OK && steps < 5000; steps++) {
        left = steps;
        sqlite3_progress_handler(st->db, 1, interrupt, NULL);
        rc = record_all(st, 1, NULL);
        sqlite3_progress_handler(st->db, 0, NULL, NULL);
        CHECK(sqlite3_get_autocommit(st->db));
        if (rc == CYN_OK) break;
        late = late || !strcmp(query(state), "1 1 1 1");
        CHECK_STR(query(state), late ? "1 1 1 1" : "0 0 0 0");
    }
    CHECK(steps > 100 && steps < 5000);
    CHECK_STR(query(state), late ? "1 1 2 2" : "1 1 1 1");
    cyn_store_close(st);
    remove_folder();
}

static void test_exhausted_memory_leaves_all_or_nothing(void)
{
    new_folder();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 0;
    for (; rc != CYN_OK && n < 500; n++) {
        cyn_store *st = open_store();
        const cyn_ledger_row *rows = NULL;
        size_t count = 0;
        cyn_test_fail_after(n + 1);
        rc = record_all(st, 1, NULL);
        if (rc == CYN_OK) rc = cyn_store_ledger(st, arena, &rows, &count, NULL);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
        cyn_store_close(st);
        const char *values = query("SELECT count(*) FROM value");
        CHECK(!strcmp(values, "0") || !strcmp(values, "1"));
        CHECK_STR(query("SELECT (SELECT count(*) FROM value) = (SELECT count(*) FROM ledger)"),
                  "1");
    }
    CHECK(n > 1 && n < 500);
    cyn_arena_free(arena);
    remove_folder();
}

/* A file of version 7, as the release before this one left it. */
static void test_a_file_of_the_version_before_keeps_its_values(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point p = point_of(cyn_num_integer(1));
    int64_t run;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    cyn_store_close(st);
    query("DROP TABLE ledger");
    query("DROP TABLE stretch");
    query("DROP TABLE evaluation");
    query("DROP TABLE job");
    query("DROP INDEX definition_run");
    query("DROP INDEX value_immature");
    query("DROP INDEX alert_event_slot");
    query("PRAGMA user_version = 7");
    st = open_store();
    CHECK_INT(record_all(st, 2, NULL), CYN_OK);
    cyn_store_close(st);
    CHECK_STR(query("SELECT value FROM value ORDER BY run"), "1.0,2.0");
    CHECK_STR(query("SELECT restated FROM evaluation"), "1");
    remove_folder();
}

int main(void)
{
    RUN(test_rows_come_back_as_they_were_in_order);
    RUN(test_a_stretch_takes_the_place_of_those_within_it);
    RUN(test_immature_is_what_was_said_last);
    RUN(test_without_an_open_run_nothing_is_written);
    RUN(test_what_is_not_committed_leaves_neither_values_nor_ledger);
    RUN(test_restated_is_what_said_something_else_of_an_ended_period);
    RUN(test_evaluations_are_given_newest_first);
    RUN(test_a_job_keeps_its_last_run);
    RUN(test_old_runs_are_forgotten_but_for_those_that_brought_values);
    RUN(test_forgetting_goes_in_steps);
    RUN(test_a_failure_at_any_step_leaves_all_or_nothing);
    RUN(test_exhausted_memory_leaves_all_or_nothing);
    RUN(test_a_file_of_the_version_before_keeps_its_values);
    return test_end();
}
