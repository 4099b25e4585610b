/* The box from within: what a worker leaves behind when it crashes or hangs, budgets beyond time
 * and memory, defects of the interpreter, and that the same script does the same in every process.
 */
#include "script/page.h"
#include "script/zygote.h"
#include "script_impl.h"
#include <lua.h>
#include <sys/wait.h>
#include <unistd.h>

#define LUA_IS_OLD (LUA_VERSION_RELEASE_NUM <= 50404)

static const int64_t values[] = {1, 2, 3};
static const cyn_batch_column columns[] = {{.name = "n", .type = CYN_INTEGER, .values = values}};
static const cyn_batch batch = {3, columns, 1};

/* CPU time in clock ticks; -1 when the process is no worker of `root`. */
static long worker_ticks(int pid, int root)
{
    char path[64], state;
    int parent, grand;
    long ticks = -1;
    if (!process_status(pid, &state, &parent) || !process_status(parent, &state, &grand) ||
        grand != root)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f) return -1;
    if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld", &ticks) != 1)
        ticks = -1;
    fclose(f);
    return ticks;
}

/* Signals the worker that has computed for long enough to be in its script; false if none has. */
static bool signal_busy_worker(int root, int signal_number)
{
    bool done = false;
    DIR *proc = opendir("/proc");
    for (struct dirent *d; proc && !done && (d = readdir(proc));) {
        int pid = atoi(d->d_name);
        if (pid > 0 && worker_ticks(pid, root) >= 10) done = kill(pid, signal_number) == 0;
    }
    if (proc) closedir(proc);
    return done;
}

/* Loads metrics/a.lua, which runs until the signal comes, and metrics/b.lua. */
static const char *load_and_signal(const char *text, int64_t timeout, int signal_number)
{
    static char errors[1900];
    const cyn_script_file files[] = {{.name = "metrics/a.lua", .text = text, .size = strlen(text)},
                                     SCRIPT("metrics/b.lua", "metric 'b' { value = 2 }")};
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    int root = getpid();
    fflush(stdout);
    pid_t helper = fork();
    if (helper == 0) {
        while (!signal_busy_worker(root, signal_number))
            continue;
        while (signal_busy_worker(root, signal_number)) /* no fault repeats itself here */
            continue;
        _exit(0);
    }
    o.load_timeout = timeout;
    cyn_code rc = cyn_script_load(files, 2, &o, &s, &err);
    kill(helper, SIGKILL);
    waitpid(helper, NULL, 0);
    CHECK_STR(err.message, "");
    if (rc != CYN_OK) return "";
    CHECK(cyn_catalog_metric(cyn_script_catalog(s), "b"));
    snprintf(errors, sizeof errors, "%s", errors_of(s));
    cyn_script_free(s);
    return errors;
}

static void test_a_worker_that_crashes_leaves_file_and_line(void)
{
    if (CYN_SANITIZED) return; /* they take the signal for a crash of their own */
    CHECK_STR(load_and_signal("local n = 0\nwhile true do\nn = #tostring(n) end", 20 * CYN_SECOND,
                              SIGSEGV),
              "metrics/a.lua:3: the script worker died while it ran this script");
}

static void test_a_worker_that_answers_nobody_is_killed_at_its_deadline(void)
{
    int64_t began = cyn_monotonic();
    const char *errors = load_and_signal("while true do end", 3 * CYN_SECOND, SIGSTOP);
    CHECK_STR(errors, "metrics/a.lua: ran longer than 3 s and was stopped");
    CHECK(cyn_monotonic() - began < 8 * CYN_SECOND);
}

static void test_a_page_full_of_nonsense_is_read_with_care(void)
{
    static cyn_page page;
    char reason[64], expected[64];
    cyn_err err = {.message = "it died"};
    memset(&page, '\n', sizeof page);
    memset(expected, '?', sizeof expected - 1);
    CHECK(cyn_page_culprit(&page, reason, sizeof reason) > 1000);
    CHECK_STR(reason, expected);
    cyn_page_place(&page, &err);
    CHECK_INT(strlen(err.file), sizeof page.file - 1);
    CHECK_STR(err.message, "it died");
    page.line = -1;
    err = (cyn_err){.code = CYN_E_WORKER};
    cyn_page_place(&page, &err);
    CHECK_STR(err.file, "");
    cyn_page_place(NULL, &err);
    CHECK_INT((int)cyn_page_culprit(NULL, reason, sizeof reason), 0);
}

/* ---- Instructions and output ---- */

static const char *errors_with(const char *text, cyn_script_options o)
{
    static char errors[1900];
    const cyn_script_file f = {.name = "metrics/a.lua", .text = text, .size = strlen(text)};
    cyn_script *s = NULL;
    cyn_err err = {0};
    cyn_code rc = cyn_script_load(&f, 1, &o, &s, &err);
    CHECK_STR(err.message, "");
    if (rc != CYN_OK) return "";
    snprintf(errors, sizeof errors, "%s", errors_of(s));
    cyn_script_free(s);
    return errors;
}

static void test_instructions_have_a_budget_where_one_is_set(void)
{
    cyn_script_options o = test_options();
    const char *loop = "local n = 0\nfor i = 1, 1000000 do\n n = n + i end";
    CHECK_STR(errors_with(loop, o), "");
    o.instructions = 100000;
    CHECK_STR(errors_with(loop, o), "metrics/a.lua:3: ran more than 100000 instructions");
    CHECK_STR(errors_with("while true do pcall(function() while true do end end) end", o),
              "metrics/a.lua:1: ran more than 100000 instructions");
    CHECK_STR(errors_with("for i = 1, 100 do end", o), "");
}

static void test_answers_have_a_budget(void)
{
    const cyn_script_file f = SCRIPT(
        "metrics/a.lua", "local e = source 'events'\nmetric 'm' { value = e:sum(function(r)\n"
                         "  local x = ('x'):rep(400000) .. r.n\n  return x\nend) }");
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    o.output_limit = (size_t)1 << 20;
    if (cyn_script_load(&f, 1, &o, &s, &err) != CYN_OK) return;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a;
    cyn_evaluator ev = cyn_script_evaluator(s);
    CHECK(ev.eval(ev.self, agg_of(s, "m")->arg->handle, &batch, arena, &a, &err) != CYN_OK);
    CHECK_STR(err.message, "row 3: gave more than 1 MiB of output, in: function (line 2)");
    cyn_arena_free(arena);
    cyn_script_free(s);
}

/* ---- Defects of Lua ---- */

/* prefix, the piece n times, suffix; the caller frees it. */
static char *repeat(const char *prefix, const char *piece, size_t n, const char *suffix)
{
    size_t head = strlen(prefix), size = strlen(piece);
    char *text = malloc(head + n * size + strlen(suffix) + 1);
    memcpy(text, prefix, head);
    for (size_t i = 0; i < n; i++)
        memcpy(text + head + i * size, piece, size);
    strcpy(text + head + n * size, suffix);
    return text;
}

static void test_long_chains_of_fields_are_refused(void)
{
    char *fine = repeat("local t = {} t.a = t\nreturn t", ".a", 9000, ".b.c");
    char *deep = repeat("local t = {} t.a = t\nreturn t", ".a", 120000, ".b.c");
    const char *refused = "metrics/a.lua:2: a chain of more than 10000 fields, which this Lua "
                          "cannot report on";
    check_errors(fine, "metrics/a.lua:2: attempt to index a nil value (field 'b')");
    check_errors(deep, refused);
    free(fine);
    free(deep);
}

static void test_sources_have_a_size(void)
{
    char *text = repeat("-- ", "x", 256 << 10, "");
    check_errors(text, "metrics/a.lua:1: more than 256 KiB of source");
    free(text);
}

/* A function of 300 constants and a bitwise operator. */
static char *many_constants(const char *end)
{
    char *text = malloc(8000);
    size_t at = (size_t)sprintf(text, "local x, t = 7, {");
    for (int i = 0; i < 300; i++)
        at += (size_t)sprintf(text + at, "'k%d', ", i);
    sprintf(text + at, "}\n%s", end);
    return text;
}

static void test_bitwise_operators_beyond_255_constants_are_refused(void)
{
    char *inside = many_constants("local y = x & 987654321");
    char *outside =
        many_constants("local function f(x) return x & 987654321 end assert(f(x) == 1)");
    bool old = LUA_IS_OLD;
    check_errors(inside, old ? "metrics/a.lua:2: a bitwise operator in a function with more than "
                               "255 constants, which this Lua may compile wrongly: move it to a "
                               "function of its own"
                             : "");
    check_errors(outside, "");
    free(inside);
    free(outside);
}

static void test_a_constant_environment_is_refused(void)
{
    bool old = LUA_IS_OLD;
    if (!old) return;
    const char *refused = "metrics/a.lua:2: _ENV as a constant, which this Lua compiles wrongly: "
                          "leave <const> away";
    check_errors("\nlocal _ENV <const> = 11\nX = 'hi'", refused);
    check_errors("\nlocal _ENV --[[ hidden ]] <\nconst> = 11\nX = 'hi'", refused);
    check_errors("local x = _ENV local _ENV = { x = 1 }\nx = 2", "");
}

/* ---- The same in every process ---- */

static const char in_order[] =
    "local e, all = source 'events', {}\n"
    "for _, w in ipairs { 'one', 'two', 'three', 'four', 'five', 'six', 'seven' } do\n"
    "  for i = 1, 40 do all[w .. i] = i end\n"
    "end\n"
    "local out = {}\n"
    "for k in next, all do out[#out + 1] = k end\n"
    "for k in pairs(all) do out[#out + 1] = k end\n"
    "out[#out + 1] = tostring({}) .. tostring(assert)\n"
    "table.sort(out, function(a, b) return #a < #b end)\n"
    "metric 'm' { value = e:count(), title = table.concat(out, ' ') }";

static void test_loading_again_gives_the_same_catalog(void)
{
    char first[8000] = "";
    for (int round = 0; round < 5; round++) {
        cyn_script *s = load_text(in_order);
        if (!s) return;
        CHECK_STR(errors_of(s), "");
        const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), "m");
        const char *title = m && m->sheet.title.en ? m->sheet.title.en : "";
        CHECK(strlen(title) > 1000);
        if (round == 0) snprintf(first, sizeof first, "%s", title);
        CHECK(strcmp(first, title) == 0);
        cyn_script_free(s);
    }
}

static void test_next_may_remove_what_it_finds(void)
{
    check_errors(
        "local t = { 1, 2, 3, a = 4, b = 5, [true] = 6 }\n"
        "local seen = ''\n"
        "for k in next, t do seen = seen .. tostring(k) t[k] = nil end\n"
        "assert(seen == '123abtrue' and next(t) == nil, seen)\n"
        "t = { 10, 20, 30 }\n"
        "assert(next(t, 1) == 2 and next(t, 3) == nil and next(t) == 1)\n"
        "for k in next, t do for i in next, { 'x', 'y' } do seen = seen .. k .. i end end\n"
        "assert(seen == '123abtrue111221223132', seen)",
        "");
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_a_worker_that_crashes_leaves_file_and_line);
    RUN(test_a_worker_that_answers_nobody_is_killed_at_its_deadline);
    RUN(test_a_page_full_of_nonsense_is_read_with_care);
    RUN(test_instructions_have_a_budget_where_one_is_set);
    RUN(test_answers_have_a_budget);
    RUN(test_long_chains_of_fields_are_refused);
    RUN(test_sources_have_a_size);
    RUN(test_bitwise_operators_beyond_255_constants_are_refused);
    RUN(test_a_constant_environment_is_refused);
    RUN(test_loading_again_gives_the_same_catalog);
    RUN(test_next_may_remove_what_it_finds);
    cyn_zygote_stop();
    return test_end();
}
