/* Runs every script of this folder in the box, beside a canary, and looks at what comes of it.
 *
 *     run FOLDER [ROUNDS]
 *
 * A script begins with comments: what it attacks; what must come out of loading it ("nothing", or
 * texts separated by |, one of which is in the errors); and, where the attack waits in an
 * expression of the metric 'attack', what must come out of evaluating that. Whatever it does, it
 * ends within its budget and 0.2 s, its worker holds no more than its budget and 16 MiB, the canary
 * gives its usual answer before and after, and this process does not grow.
 */
#include "../unit/script/script_impl.h"
#include "script/zygote.h"
#include <pthread.h>
#include <stdatomic.h>

#define BUDGET       (CYN_SECOND * 3 / 10)
#define GRACE        (CYN_SECOND / 5)
#define MEMORY       ((size_t)32 << 20)
#define MEMORY_GRACE ((size_t)16 << 20)
#define OUTPUT       ((size_t)1 << 20)
#define ATTEMPTS     4 /* where the machine is busy, the best of so many counts */
#define GROWTH       ((size_t)4 << 20)
#define WARM         20 /* scripts until this process has its size */
#define MAX_SCRIPTS  400
#define TEXT_SIZE    (300 << 10)

static const int64_t values[] = {1, 2, 3};
static const cyn_batch_column columns[] = {{.name = "n", .type = CYN_INTEGER, .values = values}};
static const cyn_batch batch = {3, columns, 1};

static const char canary[] = "local e = source 'events'\n"
                             "metric 'canary' { value = e:sum(function(r)\n"
                             "  local n = 0\n"
                             "  for i = 1, r.n do n = n + #tostring(i):gsub('%d', 'xx') end\n"
                             "  return n\n"
                             "end) }";
#define CANARY_SUM 12

typedef struct script {
    char name[128], text[TEXT_SIZE], expect[256], expect_call[256];
} script;

/* ---- The workers' peak memory, looked at from outside all the time ---- */

static int zygote_pid;
static _Atomic size_t peak;
static atomic_bool finished;

static size_t status_bytes(int pid, const char *key)
{
    char path[64], line[256];
    size_t kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0) kib = strtoul(line + strlen(key), NULL, 10);
    if (f) fclose(f);
    return kib << 10;
}

static int first_child(int pid)
{
    char path[96];
    int child = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%d", &child) != 1) child = 0;
    if (f) fclose(f);
    return child;
}

static void *watch(void *unused)
{
    (void)unused;
    while (!atomic_load(&finished)) {
        char path[96];
        int pid;
        snprintf(path, sizeof path, "/proc/%d/task/%d/children", zygote_pid, zygote_pid);
        FILE *f = fopen(path, "r");
        while (f && fscanf(f, "%d", &pid) == 1) {
            size_t now = status_bytes(pid, "VmHWM:");
            if (now > atomic_load(&peak)) atomic_store(&peak, now);
        }
        if (f) fclose(f);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return NULL;
}

/* ---- Scripts ---- */

static void read_comment(const script *s, const char *key, char *out, size_t size)
{
    const char *at = strstr(s->text, key);
    out[0] = '\0';
    if (at) snprintf(out, size, "%.*s", (int)strcspn(at + strlen(key), "\n"), at + strlen(key));
}

static bool read_script(const char *folder, const char *name, script *out)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(out->name, sizeof out->name, "%s", name);
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    size_t n = fread(out->text, 1, sizeof out->text - 1, f);
    fclose(f);
    out->text[n] = '\0';
    read_comment(out, "-- Expect: ", out->expect, sizeof out->expect);
    read_comment(out, "-- Expect of its call: ", out->expect_call, sizeof out->expect_call);
    return out->expect[0] != '\0';
}

/* Whether one of the texts between | is in what came out. */
static bool is_expected(const char *expect, const char *found)
{
    char all[256], *rest = all;
    snprintf(all, sizeof all, "%s", expect);
    if (CYN_SANITIZED && strstr(found, "ran longer than")) return true; /* they are slow */
    if (strcmp(expect, "nothing") == 0) return found[0] == '\0';
    for (char *one; (one = strsep(&rest, "|"));)
        if (strstr(found, one)) return true;
    return false;
}

/* ---- One script ---- */

typedef struct outcome {
    char errors[2048], call[1024];
    int64_t load_time, call_time;
    int64_t canary_before, canary_after;
} outcome;

/* The answers of an expression in all rows, or of an aggregate over them. */
static cyn_code call(const cyn_evaluator *ev, const cyn_agg *agg, cyn_arena *arena,
                     cyn_answers **out, cyn_err *err)
{
    static const uint32_t rows[] = {3};
    const cyn_fold cell = {
        .handle = agg->arg->handle, .batch = &batch, .cell_rows = rows, .ncells = 1};
    if (agg->func == CYN_CUSTOM) return ev->fold(ev->self, &cell, arena, out, err);
    return ev->eval(ev->self, agg->arg->handle, &batch, arena, out, err);
}

/* The sum of the parts that a decomposition gives two changes of one input. */
static int64_t sum_parts(const cyn_evaluator *ev, const cyn_metric *m, cyn_arena *arena,
                         cyn_err *err)
{
    static const char *const inputs[] = {"canary"};
    static const double before[] = {1}, after[] = {3};
    const cyn_change one = {.handle = m->decomposer->handle,
                            .metric = m->name,
                            .inputs = inputs,
                            .ninputs = 1,
                            .before = before,
                            .after = after,
                            .total_before = 1,
                            .total_after = 3};
    const cyn_change changes[] = {one, one};
    const double *const *parts;
    const cyn_err *const *errors;
    double total = 0;
    if (ev->decompose(ev->self, changes, 2, arena, &parts, &errors, err) != CYN_OK) return -1;
    for (size_t i = 0; i < 2; i++) {
        if (errors[i]) *err = *errors[i];
        if (parts[i]) total += parts[i][0];
    }
    return (int64_t)total;
}

static int64_t sum(cyn_script *s, const char *metric, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a;
    cyn_evaluator ev = cyn_script_evaluator(s);
    const cyn_agg *agg = agg_of(s, metric);
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), metric);
    int64_t total = -1;
    if (m && m->decomposer) total = sum_parts(&ev, m, arena, err);
    if (agg && call(&ev, agg, arena, &a, err) == CYN_OK) {
        total = 0;
        for (size_t r = 0; r < a->rows; r++)
            if (a->kind[r] == CYN_ANSWER_INTEGER) total += (int64_t)a->bits[r];
    }
    cyn_arena_free(arena);
    return total;
}

static void run_script(const script *sc, outcome *out)
{
    const cyn_script_file files[] = {
        {.name = "metrics/attack.lua", .text = sc->text, .size = strlen(sc->text)},
        SCRIPT("metrics/canary.lua", canary)};
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    o.load_timeout = o.call_timeout = BUDGET;
    o.memory_limit = MEMORY;
    o.output_limit = OUTPUT;
    o.workers = 1;
    *out = (outcome){.canary_before = -1, .canary_after = -1};
    int64_t began = cyn_monotonic();
    if (cyn_script_load(files, 2, &o, &s, &err) != CYN_OK) {
        snprintf(out->errors, sizeof out->errors, "NOTHING WAS LOADED: %.1000s", err.message);
        return;
    }
    out->load_time = cyn_monotonic() - began;
    snprintf(out->errors, sizeof out->errors, "%s", errors_of(s));
    out->canary_before = sum(s, "canary", &err);
    if (sc->expect_call[0]) {
        cyn_err e = {0};
        began = cyn_monotonic();
        sum(s, "attack", &e);
        out->call_time = cyn_monotonic() - began;
        snprintf(out->call, sizeof out->call, "%.1000s", e.message);
    }
    out->canary_after = sum(s, "canary", &err);
    cyn_script_free(s);
}

/* Runs it until it is in time, and met the budget that it should meet first, at most ATTEMPTS
 * times. */
static void run_in_time(const script *sc, outcome *out)
{
    int64_t load_time = INT64_MAX, call_time = INT64_MAX;
    for (int i = 0; i < ATTEMPTS; i++) {
        run_script(sc, out);
        if (out->load_time < load_time) load_time = out->load_time;
        if (out->call_time < call_time) call_time = out->call_time;
        bool expected = is_expected(sc->expect, out->errors) &&
                        (!sc->expect_call[0] || is_expected(sc->expect_call, out->call));
        if (expected && load_time <= BUDGET + GRACE && call_time <= BUDGET + GRACE) break;
    }
    out->load_time = load_time;
    out->call_time = call_time;
}

static bool check(bool ok, const char *what, const char *found)
{
    if (!ok) printf("# %s: %.600s\n", what, found);
    return ok;
}

static bool check_number(bool ok, const char *what, int64_t found)
{
    if (!ok) printf("# %s: %lld\n", what, (long long)found);
    return ok;
}

static void test_script(const script *sc)
{
    static outcome o;
    atomic_store(&peak, 0);
    run_in_time(sc, &o);
    size_t most = atomic_load(&peak);
    bool ok = check(is_expected(sc->expect, o.errors), "errors", o.errors);
    if (sc->expect_call[0])
        ok &= check(is_expected(sc->expect_call, o.call), "error of the call", o.call);
    ok &= check_number(o.canary_before == CANARY_SUM, "the canary at first", o.canary_before);
    ok &= check_number(o.canary_after == CANARY_SUM, "the canary afterwards", o.canary_after);
    if (!CYN_SANITIZED) {
        ok &= check_number(o.load_time <= BUDGET + GRACE, "microseconds to load", o.load_time);
        ok &= check_number(o.call_time <= BUDGET + GRACE, "microseconds to call", o.call_time);
        ok &= check_number(most <= MEMORY + MEMORY_GRACE, "bytes of the worker", (int64_t)most);
    }
    test_failures += !ok;
    printf("%sok %d - %s (%.2f s, %.2f s, %zu MiB)\n", ok ? "" : "not ", ++test_number, sc->name,
           (double)o.load_time / CYN_SECOND, (double)o.call_time / CYN_SECOND, most >> 20);
    fflush(stdout);
}

static int is_lua(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 4 && strcmp(d->d_name + n - 4, ".lua") == 0;
}

int main(int argc, char **argv)
{
    static script sc;
    struct dirent **names;
    pthread_t watcher;
    if (argc < 2 || cyn_zygote_start(NULL) != CYN_OK) return 1;
    int n = scandir(argv[1], &names, is_lua, alphasort), rounds = argc > 2 ? atoi(argv[2]) : 1;
    size_t warm = 0;
    zygote_pid = first_child(getpid());
    if (n < 60 || n > MAX_SCRIPTS || pthread_create(&watcher, NULL, watch, NULL) != 0) return 1;
    for (int i = 0; i < n * rounds; i++) {
        if (!read_script(argv[1], names[i % n]->d_name, &sc)) {
            printf("not ok %d - %s does not say what to expect\n", ++test_number, sc.name);
            test_failures++;
            continue;
        }
        test_script(&sc);
        if (i == WARM) warm = status_bytes(getpid(), "VmRSS:");
    }
    size_t grown = status_bytes(getpid(), "VmRSS:") - warm;
    bool flat = CYN_SANITIZED || grown <= GROWTH || grown > SIZE_MAX / 2; /* or it has shrunk */
    if (!flat) printf("# grew by %zu KiB\n", grown >> 10);
    printf("%sok %d - this process has not grown\n", flat ? "" : "not ", ++test_number);
    test_failures += !flat;
    atomic_store(&finished, true);
    pthread_join(watcher, NULL);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    cyn_zygote_stop();
    return test_end();
}
