/* Several workers that share the rows of a batch say what one would say. */
#include "script_impl.h"
#include <pthread.h>
#include <stdlib.h>

#define ROWS ((size_t)100003)

static int64_t numbers[ROWS];
static const cyn_batch_column columns[] = {{.name = "n", .type = CYN_INTEGER, .values = numbers}};
static const cyn_batch batch = {ROWS, columns, 1};

static const char script[] = "local e = source 'events'\n"
                             "metric 'twice' { value = e:sum 'n * 2' }\n"
                             "metric 'text' { value = e:distinct(function(r)\n"
                             "  if r.n % 3 == 0 then return nil end\n"
                             "  return r.n % 2 == 0 and 'row ' .. r.n or r.n\n"
                             "end) }\n"
                             "metric 'picky' { value = e:sum(function(r)\n"
                             "  if r.n == 99000 then while true do end end\n"
                             "  if r.n >= 40000 then error 'too large' end\n"
                             "  return r.n\n"
                             "end) }\n"
                             "metric 'hangs' { value = e:sum(function(r)\n"
                             "  while r.n == 99000 do end\n"
                             "  return r.n\n"
                             "end) }\n";

static cyn_script *load(size_t workers, const atomic_bool *cancel)
{
    static const cyn_script_file file = SCRIPT("metrics/a.lua", script);
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    o.workers = workers;
    o.cancel = cancel;
    CHECK_INT(cyn_script_load(&file, 1, &o, &s, &err), CYN_OK);
    CHECK_STR(err.message, "");
    return s;
}

static cyn_code ask(cyn_script *s, const char *metric, cyn_arena *arena, cyn_answers **out,
                    cyn_err *err)
{
    cyn_evaluator ev = cyn_script_evaluator(s);
    return ev.eval(ev.self, agg_of(s, metric)->arg->handle, &batch, arena, out, err);
}

static bool same_answer(const cyn_answers *a, const cyn_answers *b, size_t r)
{
    if (a->kind[r] != b->kind[r]) return false;
    if (a->kind[r] != CYN_ANSWER_TEXT) return a->bits[r] == b->bits[r];
    return a->text_length[r] == b->text_length[r] &&
           !memcmp(a->heap + a->bits[r], b->heap + b->bits[r], a->text_length[r]);
}

static void test_answers_come_in_the_order_of_the_rows(void)
{
    cyn_script *one = load(1, NULL), *four = load(4, NULL);
    cyn_arena *arena = cyn_arena_new(0);
    static const char *const metrics[] = {"twice", "text"};
    for (size_t i = 0; one && four && i < 2; i++) {
        cyn_answers *a = NULL, *b = NULL;
        CHECK_INT(ask(one, metrics[i], arena, &a, NULL), CYN_OK);
        CHECK_INT(ask(four, metrics[i], arena, &b, NULL), CYN_OK);
        if (!a || !b) continue;
        CHECK_INT(a->rows, ROWS);
        CHECK_INT(b->rows, ROWS);
        size_t differing = 0;
        for (size_t r = 0; r < ROWS; r++)
            differing += !same_answer(a, b, r);
        CHECK_INT(differing, 0);
        if (i == 0) CHECK_INT((int64_t)b->bits[ROWS - 1], 2 * (int64_t)(ROWS - 1));
    }
    cyn_arena_free(arena);
    cyn_script_free(one);
    cyn_script_free(four);
}

/* Row 99,001 would never answer, but one worker would not have come to it. */
static void test_the_error_of_the_earliest_row_counts(void)
{
    for (size_t workers = 1; workers <= 4; workers += 3) {
        cyn_script *s = load(workers, NULL);
        cyn_arena *arena = cyn_arena_new(0);
        cyn_answers *a = NULL;
        cyn_err err = {0};
        CHECK_INT(ask(s, "picky", arena, &a, &err), CYN_E_SCRIPT);
        CHECK_STR(err.file, "metrics/a.lua");
        CHECK_INT(err.line, 9);
        CHECK_STR(err.message, "row 40001: too large, in: function (line 7)");
        CHECK_INT(ask(s, "twice", arena, &a, NULL), CYN_OK);
        CHECK_INT((int64_t)a->bits[ROWS - 1], 2 * (int64_t)(ROWS - 1));
        cyn_arena_free(arena);
        cyn_script_free(s);
    }
}

static void test_workers_killed_between_calls_are_replaced(void)
{
    cyn_script *s = load(3, NULL);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a = NULL;
    CHECK_INT(ask(s, "twice", arena, &a, NULL), CYN_OK);
    CHECK_INT(kill_workers("SR"), 3);
    cyn_code rc = ask(s, "twice", arena, &a, NULL);
    if (rc != CYN_OK) rc = ask(s, "twice", arena, &a, NULL); /* one may have died as we asked */
    CHECK_INT(rc, CYN_OK);
    CHECK_INT((int64_t)a->bits[ROWS - 1], 2 * (int64_t)(ROWS - 1));
    CHECK_INT(kill_workers("SR"), 3);
    cyn_arena_free(arena);
    cyn_script_free(s);
}

/* When nothing but the one worker that hangs still runs, kills it. */
/* Its page goes with a worker, and comes with the next. */
static bool has_worker(const cyn_script *s)
{
    cyn_script_usage u = {0};
    return cyn_script_use(s, 0, &u) && u.memory > 0;
}

static void test_workers_that_rest_are_started_by_the_next_call(void)
{
    cyn_script *s = load(2, NULL);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a = NULL;
    CHECK(has_worker(s));
    for (int i = 0; i < 2; i++) {
        cyn_script_rest(s);
        cyn_script_rest(s);
        CHECK(!has_worker(s));
        CHECK_INT(ask(s, "twice", arena, &a, NULL), CYN_OK);
        CHECK(has_worker(s));
        CHECK_INT((int64_t)a->bits[ROWS - 1], 2 * (int64_t)(ROWS - 1));
    }
    cyn_arena_free(arena);
    cyn_script_free(s);
}

static void *kill_the_busy(void *none)
{
    (void)none;
    for (int calm = 0; calm < 50;) {
        usleep(2000);
        int sleeping = 0;
        DIR *proc = opendir("/proc");
        for (struct dirent *d; proc && (d = readdir(proc));) {
            int pid, parent, grand;
            char state, other;
            if (sscanf(d->d_name, "%d", &pid) == 1 && process_status(pid, &state, &parent) &&
                process_status(parent, &other, &grand) && grand == getpid())
                sleeping += state == 'S';
        }
        if (proc) closedir(proc);
        calm = sleeping == 2 ? calm + 1 : 0;
    }
    CHECK_INT(kill_workers("R"), 1);
    return NULL;
}

static void test_a_worker_that_dies_costs_its_batch(void)
{
    cyn_script *s = load(3, NULL);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a = NULL;
    cyn_err err = {0};
    pthread_t killer;
    CHECK_INT(ask(s, "twice", arena, &a, NULL), CYN_OK); /* all three run */
    if (pthread_create(&killer, NULL, kill_the_busy, NULL) != 0) abort();
    CHECK_INT(ask(s, "hangs", arena, &a, &err), CYN_E_WORKER);
    pthread_join(killer, NULL);
    CHECK_STR(err.file, "metrics/a.lua");
    CHECK_INT(err.line, 12);
    CHECK_STR(err.message, "the script worker ended unexpectedly, in: function (line 12)");
    CHECK_INT(ask(s, "twice", arena, &a, NULL), CYN_OK);
    CHECK_INT((int64_t)a->bits[ROWS - 1], 2 * (int64_t)(ROWS - 1));
    cyn_arena_free(arena);
    cyn_script_free(s);
}

static void test_cancelling_ends_all_slices(void)
{
    static atomic_bool cancel;
    cyn_script *s = load(3, &cancel);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a = NULL;
    cyn_err err = {0};
    CHECK_INT(ask(s, "twice", arena, &a, NULL), CYN_OK); /* all three run */
    atomic_store(&cancel, true);
    CHECK_INT(ask(s, "hangs", arena, &a, &err), CYN_E_CANCEL);
    atomic_store(&cancel, false);
    CHECK_INT(ask(s, "twice", arena, &a, NULL), CYN_OK);
    CHECK_INT((int64_t)a->bits[ROWS - 1], 2 * (int64_t)(ROWS - 1));
    cyn_arena_free(arena);
    cyn_script_free(s);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    for (size_t r = 0; r < ROWS; r++)
        numbers[r] = (int64_t)r;
    RUN(test_answers_come_in_the_order_of_the_rows);
    RUN(test_the_error_of_the_earliest_row_counts);
    RUN(test_workers_killed_between_calls_are_replaced);
    RUN(test_workers_that_rest_are_started_by_the_next_call);
    RUN(test_a_worker_that_dies_costs_its_batch);
    RUN(test_cancelling_ends_all_slices);
    cyn_zygote_stop();
    return test_end();
}
