/* Workers that hang, hog, die or are killed: each costs its own work, and nothing else. */
#include "script_impl.h"
#include <stdint.h>
#include <unistd.h>

static const int64_t values[] = {1, 2, 3};
static const cyn_batch_column columns[] = {{.name = "n", .type = CYN_INTEGER, .values = values}};
static const cyn_batch batch = {3, columns, 1};

static cyn_script *load_files(const cyn_script_file *files, size_t n, cyn_script_options o)
{
    cyn_script *s = NULL;
    cyn_err err = {0};
    cyn_code rc = cyn_script_load(files, n, &o, &s, &err);
    CHECK_STR(err.message, "");
    return rc == CYN_OK ? s : NULL;
}

/* Sum of the answers of metric m's argument, or -1 and the error. */
static int64_t sum(cyn_script *s, const char *metric, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a;
    cyn_evaluator ev = cyn_script_evaluator(s);
    int64_t total = -1;
    if (ev.eval(ev.self, agg_of(s, metric)->arg->handle, &batch, arena, &a, err) == CYN_OK) {
        total = 0;
        for (size_t r = 0; r < a->rows; r++)
            total += (int64_t)a->bits[r];
    }
    cyn_arena_free(arena);
    return total;
}

static void test_a_script_that_loops_is_stopped_and_the_others_run(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "metric 'a' { value = 1 }\nwhile true do end"),
        SCRIPT("metrics/b.lua", "\nlocal function f() return pcall(f) end\n"
                                "while true do pcall(f) xpcall(f, f) end"),
        SCRIPT("metrics/c.lua", "metric 'c' { value = 3 }")};
    cyn_script_options o = test_options();
    o.load_timeout = CYN_SECOND / 5;
    cyn_script *s = load_files(files, 3, o);
    if (!s) return;
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK_INT(c->nerrors, 2);
    CHECK_STR(c->errors[0].file, "metrics/a.lua");
    CHECK_INT(c->errors[0].line, 2);
    CHECK_STR(c->errors[0].message, "ran longer than 0.2 s");
    CHECK_STR(c->errors[1].file, "metrics/b.lua");
    CHECK_STR(c->errors[1].message, "ran longer than 0.2 s");
    CHECK(cyn_catalog_metric(c, "a") && cyn_catalog_metric(c, "c"));
    cyn_script_free(s);
}

static void test_a_pattern_that_backtracks_is_stopped_and_the_others_run(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "metric 'a' { value = 1 }"),
        SCRIPT("metrics/b.lua", "local s = ('a'):rep(40)\nlocal x = s:find(('a*'):rep(40) .. 'b')"),
        SCRIPT("metrics/c.lua", "metric 'c' { value = 3 }")};
    cyn_script_options o = test_options();
    o.load_timeout = CYN_SECOND / 5;
    cyn_script *s = load_files(files, 3, o);
    if (!s) return;
    CHECK_STR(errors_of(s), "metrics/b.lua:2: ran longer than 0.2 s");
    CHECK_INT(cyn_script_catalog(s)->nmetrics, 2);
    cyn_script_free(s);
}

static void test_a_script_that_takes_all_memory_fails_alone(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "local t = {}\nfor i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end"),
        SCRIPT("metrics/b.lua", "local ok = pcall(string.rep, 'x', 1 << 30)\n"
                                "metric 'never' { value = 1 }"),
        SCRIPT("metrics/c.lua", "metric 'c' { value = 3 }")};
    cyn_script_options o = test_options();
    o.memory_limit = (size_t)16 << 20;
    cyn_script *s = load_files(files, 3, o);
    if (!s) return;
    CHECK_STR(errors_of(s), "metrics/a.lua: used more than 16 MiB of memory\n"
                            "metrics/b.lua: used more than 16 MiB of memory");
    CHECK_INT(cyn_script_catalog(s)->nmetrics, 1);
    cyn_script_free(s);
}

static void test_odd_error_objects_are_described(void)
{
    check_errors("error {}",
                 "metrics/a.lua: the script raised a table as its error, expected a text");
    check_errors("error()", "metrics/a.lua: the script raised nil as its error, expected a text");
    check_errors("error(setmetatable({}, { __tostring = function() error 'again' end }))",
                 "metrics/a.lua: the script raised a table as its error, expected a text");
    check_errors("local function f() return f() + 1 end f()", "metrics/a.lua:1: stack overflow");
}

static void test_what_a_script_must_not_have_is_not_there(void)
{
    check_errors("local x = io", "metrics/a.lua:1: 'io' does not exist\n"
                                 "hint: scripts have no files, clock or network");
    check_errors("local x = string.dump or math.random or _ENV._G",
                 "metrics/a.lua:1: unknown name '_G'");
    check_errors("string.rep = nil", "metrics/a.lua:1: string cannot be changed");
    check_errors("getmetatable('').__index = {}",
                 "metrics/a.lua:1: attempt to index a boolean value");
    check_errors("setmetatable({}, { __gc = function() while true do end end })",
                 "metrics/a.lua:1: a metatable with __gc is not allowed");
    check_errors("\x1bLua", "metrics/a.lua: attempt to load a binary chunk (mode is 't')");
}

static void test_pairs_goes_in_order(void)
{
    cyn_script *s = load_text("local t = { b = 1, a = 1, [10] = 1, [2] = 1, [true] = 1 }\n"
                              "local all = ''\nfor k in pairs(t) do all = all .. tostring(k) end\n"
                              "if all ~= '210abtrue' then error(all) end");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    cyn_script_free(s);
}

static void test_an_expression_that_loops_is_stopped_and_the_worker_goes_on(void)
{
    static const cyn_script_file file =
        SCRIPT("metrics/a.lua", "local e = source 'events'\n"
                                "metric 'm' { value = e:sum(function(r)\n"
                                "  while r.n == 2 do pcall(function() while true do end end) end\n"
                                "  return r.n\nend) }\nmetric 'k' { value = e:sum 'n + 1' }");
    cyn_script_options o = test_options();
    o.call_timeout = CYN_SECOND / 5;
    cyn_script *s = load_files(&file, 1, o);
    if (!s) return;
    cyn_err err = {0};
    CHECK_INT(sum(s, "m", &err), -1);
    CHECK_INT(err.code, CYN_E_WORKER);
    CHECK_INT(err.line, 3);
    CHECK_STR(err.message, "row 2: ran longer than 0.2 s, in: function (line 2)");
    CHECK_INT(sum(s, "k", &err), 9);
    cyn_script_free(s);
}

static void test_a_pattern_of_an_expression_costs_its_own_call(void)
{
    static const cyn_script_file file =
        SCRIPT("metrics/a.lua",
               "local e = source 'events'\n"
               "metric 'm' { value = e:sum [[('a'):rep(40):find(('a*'):rep(40)..'b')]] }\n"
               "metric 'k' { value = e:sum 'n + 1' }");
    cyn_script_options o = test_options();
    o.call_timeout = CYN_SECOND / 5;
    cyn_script *s = load_files(&file, 1, o);
    if (!s) return;
    cyn_err err = {0};
    CHECK_INT(sum(s, "m", &err), -1);
    CHECK_INT(err.code, CYN_E_WORKER);
    CHECK_STR(err.file, "metrics/a.lua");
    CHECK_INT(err.line, 2);
    CHECK_INT(err.column, 30);
    CHECK_STR(err.message, "row 1: ran longer than 0.2 s, in: "
                           "('a'):rep(40):find(('a*'):rep(40)..'b')");
    CHECK_INT(sum(s, "k", &err), 9);
    cyn_script_free(s);
}

static void test_an_expression_that_takes_all_memory_fails_alone(void)
{
    static const cyn_script_file file =
        SCRIPT("metrics/a.lua", "local e = source 'events'\n"
                                "metric 'm' { value = e:sum [[('x'):rep(1 << 30)]] }\n"
                                "metric 'k' { value = e:sum 'n + 1' }");
    cyn_script *s = load_files(&file, 1, test_options());
    if (!s) return;
    cyn_err err = {0};
    CHECK_INT(sum(s, "m", &err), -1);
    CHECK_STR(err.message, "row 1: used more than 256 MiB of memory, in: ('x'):rep(1 << 30)");
    CHECK_INT(sum(s, "k", &err), 9);
    cyn_script_free(s);
}

static void test_a_worker_killed_between_calls_is_replaced(void)
{
    cyn_script *s = load_text("metric 'm' { value = source 'events':sum 'n * 2' }");
    if (!s) return;
    cyn_err err = {0};
    CHECK_INT(sum(s, "m", &err), 12);
    CHECK(kill_workers("SRDZ") > 0);
    int64_t total = sum(s, "m", &err);
    if (total < 0) total = sum(s, "m", &err); /* it may have died as we asked */
    CHECK_INT(total, 12);
    cyn_script_free(s);
}

/* The calls that would hang for ever here end at once, and cost nothing later. */
static void test_cancelling_ends_the_call_and_no_other(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua",
               "metric 'hangs' { value = source 'events':sum "
               "\"('a'):rep(40):find(('a*'):rep(40) .. 'b') or n\" }\n"
               "metric 'sum' { value = source 'events':sum(function(row) return row.n end) }")};
    static atomic_bool cancel;
    cyn_script_options o = test_options();
    o.cancel = &cancel;
    cyn_script *s = load_files(files, 1, o);
    if (!s) return;
    cyn_err err = {0};
    atomic_store(&cancel, true);
    CHECK_INT(sum(s, "hangs", &err), -1);
    CHECK_INT(err.code, CYN_E_CANCEL);
    atomic_store(&cancel, false);
    CHECK_INT(sum(s, "sum", &err), 6);
    cyn_script_free(s);
}

static void test_cancelling_ends_the_loading(void)
{
    static const cyn_script_file file = SCRIPT("metrics/a.lua", "while true do end");
    static const atomic_bool cancel = true;
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    o.cancel = &cancel;
    CHECK_INT(cyn_script_load(&file, 1, &o, &s, &err), CYN_E_CANCEL);
    CHECK(s == NULL);
}

static void test_without_a_library_in_the_folder_loading_says_so(void)
{
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    o.library = "/nonexistent";
    CHECK_INT(cyn_script_load(NULL, 0, &o, &s, &err), CYN_E_IO);
    CHECK(strstr(err.message, "/nonexistent/cynosure/") != NULL);
    o = test_options();
    o.timezone = "Asia/Tokio";
    CHECK_INT(cyn_script_load(NULL, 0, &o, &s, &err), CYN_E_NAME);
    CHECK(s == NULL);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_a_script_that_loops_is_stopped_and_the_others_run);
    RUN(test_a_pattern_that_backtracks_is_stopped_and_the_others_run);
    RUN(test_a_script_that_takes_all_memory_fails_alone);
    RUN(test_odd_error_objects_are_described);
    RUN(test_what_a_script_must_not_have_is_not_there);
    RUN(test_pairs_goes_in_order);
    RUN(test_an_expression_that_loops_is_stopped_and_the_worker_goes_on);
    RUN(test_a_pattern_of_an_expression_costs_its_own_call);
    RUN(test_an_expression_that_takes_all_memory_fails_alone);
    RUN(test_a_worker_killed_between_calls_is_replaced);
    RUN(test_cancelling_ends_the_call_and_no_other);
    RUN(test_cancelling_ends_the_loading);
    RUN(test_without_a_library_in_the_folder_loading_says_so);
    cyn_zygote_stop();
    return test_end();
}
