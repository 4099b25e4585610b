/* Custom aggregates in the worker: what is declared, what the functions give, what goes wrong. */
#include "script_impl.h"

/* Four rows: n 1, 2, -, 4; text "a", "b", "a", "b". Their numbers in the table are 10, 11, …. */
static const int64_t ns[] = {1, 2, 0, 4}, numbers[] = {9, 10, 11, 12};
static const uint32_t codes[] = {0, 1, 0, 1};
static const uint64_t no2[] = {0xb}, offsets[] = {0, 1, 2};
static const cyn_batch_column columns[] = {
    {.name = "n", .type = CYN_INTEGER, .valid = no2, .values = ns},
    {.name = "text",
     .type = CYN_TEXT,
     .values = codes,
     .dict_count = 2,
     .dict_offset = offsets,
     .dict_heap = "ab"},
    {.name = "payload.size", .type = CYN_INTEGER, .values = numbers},
    {.name = CYN_ROW_NUMBER, .type = CYN_INTEGER, .values = numbers},
};
static const cyn_batch batch = {4, columns, 4}, nothing = {0, columns, 4};

static const char *answer_text(const cyn_answers *a, size_t i)
{
    static char text[64];
    double real;
    switch (a->kind[i]) {
    case CYN_ANSWER_FALSE: return "false";
    case CYN_ANSWER_TRUE: return "true";
    case CYN_ANSWER_INTEGER:
        snprintf(text, sizeof text, "%lld", (long long)(int64_t)a->bits[i]);
        return text;
    case CYN_ANSWER_REAL:
        memcpy(&real, &a->bits[i], sizeof real);
        snprintf(text, sizeof text, "%.17g", real);
        return text;
    default: return "nil";
    }
}

/* The answers of a call, or its error. */
static const char *fold(const cyn_script *s, const cyn_fold *of)
{
    static char out[800];
    size_t at = 0;
    cyn_err err = {0};
    cyn_answers *a = NULL;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_evaluator ev = cyn_script_evaluator((cyn_script *)(uintptr_t)s);
    cyn_fold f = *of;
    f.handle = agg_of(s, "m")->arg->handle;
    cyn_code rc = ev.fold(ev.self, &f, arena, &a, &err);
    out[0] = '\0';
    if (rc != CYN_OK) cyn_err_format(&err, out, sizeof out);
    for (size_t i = 0; rc == CYN_OK && i < a->rows; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", i ? " " : "", answer_text(a, i));
    cyn_arena_free(arena);
    for (size_t n = strlen(out); n > 0 && out[n - 1] == '\n'; n--)
        out[n - 1] = '\0';
    return out;
}

static const uint32_t two_cells[] = {3, 1}, one_cell[] = {4}, no_rows[] = {0};
static const cyn_fold both = {.batch = &batch, .cell_rows = two_cells, .ncells = 2},
                      whole = {.batch = &batch, .cell_rows = one_cell, .ncells = 1},
                      none = {.batch = &nothing, .cell_rows = no_rows, .ncells = 1};

static cyn_script *load_aggregate(const char *functions)
{
    char text[1200];
    snprintf(text, sizeof text, "metric 'm' { value = source 'events':aggregate {\n%s\n} }",
             functions);
    cyn_script *s = load_text(text);
    if (s) CHECK_STR(errors_of(s), "");
    return s;
}

static void check(const char *functions, const cyn_fold *of, const char *expected)
{
    cyn_script *s = load_aggregate(functions);
    if (!s) return;
    CHECK_STR(fold(s, of), expected);
    cyn_script_free(s);
}

#define COUNT "init = function() return 0 end, step = function(n, r) return n + 1 end"
#define TEXTS "init = function() return '' end, step = function(t, r) return t .. r.text end"

static void test_each_cell_begins_anew_and_has_its_own_rows(void)
{
    check(COUNT, &both, "3 1");
    check("init = function() return {} end,\n"
          "step = function(acc, r) acc[#acc + 1] = r.n return acc end,\n"
          "final = function(acc) return acc[1] * 10 + #acc end",
          &both, "12 41");
}

static void test_rows_are_seen_in_their_order(void)
{
    check(TEXTS ", final = function(t) return t == 'abab' end", &whole, "true");
}

static void test_a_cell_without_rows_has_what_final_makes_of_init(void) /* U-5 */
{
    check(COUNT, &none, "0");
    check(COUNT ", final = function(n) if n > 0 then return n end end", &none, "nil");
}

static void test_a_missing_value_spreads_and_so_does_a_missing_result(void) /* E-5, U-6 */
{
    check("init = function() return { sum = 0 } end,\n"
          "step = function(acc, r) acc.sum = acc.sum + r.n return acc end,\n"
          "final = function(acc) return acc.sum end",
          &both, "nil 4");
}

static void test_results_are_numbers_booleans_or_missing(void) /* U-6 */
{
    check(COUNT ", final = function(n) return n / 2 end", &both, "1.5 0.5");
    check(COUNT ", final = function(n) return n > 2 end", &both, "true false");
    check(COUNT ", final = function(n) return n > 2 and 1 / 0 or 0 / 0 end", &both, "nil nil");
    check(
        COUNT ", final = function(n) return 'x' end", &both,
        "metrics/a.lua:2: at row 12: the result is a string, expected a number, a boolean or nil, "
        "in: final of aggregate (line 1)");
}

static void test_an_accumulator_goes_on_from_call_to_call(void)
{
    cyn_script *s = load_aggregate(COUNT);
    if (!s) return;
    cyn_fold f = both;
    f.pause = true;
    CHECK_STR(fold(s, &f), "3");
    f.resume = true;
    CHECK_STR(fold(s, &f), "4");
    f.pause = false;
    CHECK_STR(fold(s, &f), "4 1");
    CHECK_STR(fold(s, &both), "3 1");
    cyn_script_free(s);
}

static void test_an_accumulator_does_not_outlive_an_error(void)
{
    cyn_script *s =
        load_aggregate("init = function() return 0 end,\n"
                       "step = function(n, r) return n + (n < 4 and 1 or nil .. {}) end");
    if (!s) return;
    cyn_fold f = whole;
    f.pause = true;
    CHECK_STR(fold(s, &f), "");
    f.resume = true;
    CHECK_STR(fold(s, &f), "metrics/a.lua:3: row 10: step returned nothing, expected the "
                           "accumulator, in: step of aggregate (line 1)");
    CHECK_STR(fold(s, &f),
              "metrics/a.lua:1: at row 10: the accumulator of the rows before is gone, "
              "in: aggregate (line 1)");
    CHECK_STR(fold(s, &whole), "4");
    cyn_script_free(s);
}

/* 65,536 rows make a chunk: three of them, and a rest. The calls end elsewhere. */
/* An arena of 16 bytes, of 32, … until the answers fit. */
static void test_memory_that_runs_out_here_is_not_the_workers_fault(void)
{
    cyn_script *s = load_aggregate(COUNT);
    if (!s) return;
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_fold f = both;
    f.handle = agg_of(s, "m")->arg->handle;
    cyn_code rc = CYN_E_NOMEM;
    size_t limit = 0;
    while (rc == CYN_E_NOMEM && limit < 100000) {
        cyn_answers *a = NULL;
        cyn_arena *arena = cyn_arena_new(limit += 16);
        rc = ev.fold(ev.self, &f, arena, &a, NULL);
        CHECK_INT(rc, a ? CYN_OK : CYN_E_NOMEM);
        cyn_arena_free(arena);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(limit > 64);
    cyn_script_free(s);
}

static void test_merge_joins_chunks_wherever_calls_end(void) /* U-4 */
{
    cyn_script *s = load_aggregate("init = function() return { n = 0, chunks = 1 } end,\n"
                                   "step = function(a, r) a.n = a.n + 1 return a end,\n"
                                   "merge = function(a, b)\n"
                                   "  return { n = a.n + b.n, chunks = a.chunks + b.chunks }\n"
                                   "end,\n"
                                   "final = function(a) return a.n * 10 + a.chunks end");
    if (!s) return;
    static const cyn_batch rows = {.rows = 50000};
    static const uint32_t cell[] = {50000};
    cyn_fold f = {.batch = &rows, .cell_rows = cell, .ncells = 1, .pause = true};
    for (int i = 0; i < 3; i++) {
        CHECK_STR(fold(s, &f), "");
        f.resume = true;
    }
    f.pause = false;
    CHECK_STR(fold(s, &f), "2000004");
    cyn_script_free(s);
}

static void test_errors_name_the_row_the_function_and_the_line(void)
{
    check("init = function() return 0 end,\nstep = function(n, r)\n"
          "  if r.n == 4 then error('too much') end\n  return n end",
          &both, "metrics/a.lua:4: row 13: too much, in: step of aggregate (line 1)");
    check("init = function() error 'never' end, step = function(n) return n end", &none,
          "metrics/a.lua:2: over no rows: never, in: init of aggregate (line 1)");
    check("init = function() return 0 end, step = function(n, r) return n + r.texxt end", &whole,
          "metrics/a.lua:2: row 10: unknown column 'texxt' (did you mean 'text'?), in: step of "
          "aggregate "
          "(line 1)");
    check("init = function() return nil end, step = function(n) return n end", &none,
          "metrics/a.lua:2: over no rows: init returned nothing, expected the accumulator, "
          "in: init of aggregate (line 1)");
}

#define GONE "a row cannot be used after its function has returned, in: "
static void test_a_row_cannot_be_kept_in_the_accumulator(void)
{
    check("init = function() return {} end,\n"
          "step = function(a, r) return { row = r, last = a.row and a.row.n } end,\n"
          "final = function(a) return a.last end",
          &whole, "metrics/a.lua:3: row 11: " GONE "step of aggregate (line 1)");
    check("init = function() return {} end, step = function(a, r) a.row = r return a end,\n"
          "final = function(a) return a.row.n end",
          &whole, "metrics/a.lua:3: at row 13: " GONE "final of aggregate (line 1)");
    check("init = function() return {} end,\n"
          "step = function(a, r) return { part = r.payload, last = a.part and a.part.size } end,\n"
          "final = function(a) return a.last end",
          &whole, "metrics/a.lua:3: row 11: " GONE "step of aggregate (line 1)");
    check(
        "init = function() return 0 end,\n"
        "step = function(n, r) return n + r.payload.size - r.payload.size + r['payload.size'] end",
        &whole, "42");
}

static void test_what_is_declared_is_checked(void)
{
#define DECLARE(functions)                                                                         \
    "local e = source 'events'\nmetric 'm' { value = e:aggregate " functions " }"
    check_errors(DECLARE("{ init = function() end }"),
                 "metrics/a.lua:2: aggregate has no 'step'\nhint: add step = …");
    check_errors(DECLARE("{ step = function() end }"),
                 "metrics/a.lua:2: aggregate has no 'init'\nhint: add init = …");
    check_errors(
        DECLARE("{ init = function() end, stepp = function() end }"),
        "metrics/a.lua:2: aggregate has an unknown field 'stepp'\nhint: did you mean 'step'?");
    check_errors(DECLARE("{ init = 0, step = function() end }"),
                 "metrics/a.lua:2: 'init' of aggregate is a number, expected a function");
    check_errors(DECLARE("{ init = function() end, step = math.max }"),
                 "metrics/a.lua:2: 'step' of aggregate is one of Lua's own functions, expected one "
                 "written here\nhint: wrap it: function(…) return … end");
    check_errors(DECLARE("(function() end)"),
                 "metrics/a.lua:2: aggregate is a function, expected a table");
    check_errors("metric 'm' { value = source('events'):per 'u':aggregate {} }",
                 "metrics/a.lua:1: per has no method 'aggregate'");
}

static const char *definition(const char *functions)
{
    static char out[2][65];
    static int which;
    cyn_script *s = load_aggregate(functions);
    if (!s) return "";
    which = !which;
    snprintf(out[which], sizeof out[which], "%s", agg_of(s, "m")->arg->digest);
    cyn_script_free(s);
    return out[which];
}

static void test_each_of_the_functions_is_part_of_the_definition(void) /* D-2 */
{
    char first[65];
    snprintf(first, sizeof first, "%s", definition(COUNT));
    CHECK_STR(definition("\n\n" COUNT), first);
    CHECK(strcmp(definition(COUNT ", final = function(n) return n end"), first) != 0);
    CHECK(strcmp(definition(COUNT ", merge = function(n) return n end"), first) != 0);
    CHECK(
        strcmp(definition("init = function() return 1 end, step = function(n, r) return n + 1 end"),
               first) != 0);
    CHECK(
        strcmp(definition("init = function() return 0 end, step = function(n, r) return n + 2 end"),
               first) != 0);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_each_cell_begins_anew_and_has_its_own_rows);
    RUN(test_rows_are_seen_in_their_order);
    RUN(test_a_cell_without_rows_has_what_final_makes_of_init);
    RUN(test_a_missing_value_spreads_and_so_does_a_missing_result);
    RUN(test_results_are_numbers_booleans_or_missing);
    RUN(test_an_accumulator_goes_on_from_call_to_call);
    RUN(test_an_accumulator_does_not_outlive_an_error);
    RUN(test_memory_that_runs_out_here_is_not_the_workers_fault);
    RUN(test_merge_joins_chunks_wherever_calls_end);
    RUN(test_errors_name_the_row_the_function_and_the_line);
    RUN(test_a_row_cannot_be_kept_in_the_accumulator);
    RUN(test_what_is_declared_is_checked);
    RUN(test_each_of_the_functions_is_part_of_the_definition);
    cyn_zygote_stop();
    return test_end();
}
