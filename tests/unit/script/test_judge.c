/* Conditions that the interpreter runs: what a segment has, what is wanted, what goes wrong. */
#include "catalog/wanted.h"
#include "script/zygote.h"
#include "steps.h"
#include <math.h>

/* Four segments. value 1, 2, -, 4; change("1w") -0.1, 0, 0.1, -; p(99.9,28) 3; zscore 1, 2, 3, 4;
 * status red, green, -, red; channel ads, seo, ads, -; payload.plan 1; limit 2; market, which is a
 * reading. */
#define SEGMENTS 4
static const double values[] = {1, 2, 0, 4}, changes[] = {-0.1, 0, 0.1, 0};
static const double threes[] = {3, 3, 3, 3}, scores[] = {1, 2, 3, 4}, twos[] = {2, 2, 2, 2};
static const uint32_t statuses[] = {0, 1, 9, 0}, channels[] = {0, 1, 0, 9};
static const uint64_t status_ends[] = {0, 3, 8}, channel_ends[] = {0, 3, 6};
static const uint64_t no3[] = {0xb}, no4[] = {0x7};
static const int64_t ones[] = {1, 1, 1, 1};

static const cyn_batch_column columns[] = {
    {.name = "value", .type = CYN_REAL, .valid = no3, .values = values},
    {.name = "change(\"1w\")", .type = CYN_REAL, .valid = no4, .values = changes},
    {.name = "p(99.9,28)", .type = CYN_REAL, .values = threes},
    {.name = "zscore", .type = CYN_REAL, .values = scores},
    {.name = "status",
     .type = CYN_TEXT,
     .valid = no3,
     .values = statuses,
     .dict_count = 2,
     .dict_offset = status_ends,
     .dict_heap = "redgreen"},
    {.name = "channel",
     .type = CYN_TEXT,
     .valid = no4,
     .values = channels,
     .dict_count = 2,
     .dict_offset = channel_ends,
     .dict_heap = "adsseo"},
    {.name = "payload.plan", .type = CYN_INTEGER, .values = ones},
    {.name = "limit", .type = CYN_REAL, .values = twos},
};
static const cyn_batch all_columns = {SEGMENTS, columns, sizeof columns / sizeof *columns};

static const char *answer_text(const cyn_answers *a, size_t row)
{
    static char text[64];
    double x;
    memcpy(&x, &a->bits[row], sizeof x);
    switch (a->kind[row]) {
    case CYN_ANSWER_NIL: return "nil";
    case CYN_ANSWER_FALSE: return "false";
    case CYN_ANSWER_TRUE: return "true";
    case CYN_ANSWER_INTEGER: snprintf(text, sizeof text, "%lld", (long long)a->bits[row]); break;
    case CYN_ANSWER_REAL: snprintf(text, sizeof text, "%.10g", x); break;
    default:
        snprintf(text, sizeof text, "'%.*s'", (int)a->text_length[row], a->heap + a->bits[row]);
    }
    return text;
}

/* The answers of rule r's condition over the batch, and after a bar what it wants; or the error. */
static const char *judge(const cyn_script *s, const cyn_batch *batch)
{
    static char out[1950];
    size_t at = 0, nwanted = 0;
    cyn_answers *a = NULL;
    const char *const *wanted = NULL;
    cyn_err err = {0};
    cyn_arena *arena = cyn_arena_new(0);
    cyn_evaluator ev = cyn_script_evaluator((cyn_script *)(uintptr_t)s);
    const cyn_rule *r = cyn_catalog_rule(cyn_script_catalog(s), "r");
    snprintf(out, sizeof out, "no rule: %s", errors_of(s));
    if (!r) goto done;
    if (ev.judge(ev.self, r->when->handle, batch, arena, &a, &wanted, &nwanted, &err) != CYN_OK) {
        cyn_err_format(&err, out, sizeof out);
        size_t n = strlen(out);
        if (n && out[n - 1] == '\n') out[n - 1] = '\0';
        goto done;
    }
    out[0] = '\0';
    for (size_t i = 0; i < a->rows; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", i ? " " : "", answer_text(a, i));
    for (size_t i = 0; i < nwanted && at + 100 < sizeof out; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", i ? ", " : " | ", wanted[i]);
done:
    cyn_arena_free(arena);
    return out;
}

static void check_with(const char *first, const char *condition, const char *expected)
{
    char text[3000];
    bool function = strncmp(condition, "function", 8) == 0;
    snprintf(text, sizeof text,
             "%salert 'r' { metric = 'm', by = { 'channel', 'payload.plan' },\n"
             " params = { limit = 2 }, when = %s%s%s }",
             first, function ? "" : "[[", condition, function ? "" : "]]");
    cyn_script *s = load_text(text);
    if (!s) return;
    const char *got = judge(s, &all_columns);
    if (strcmp(got, expected) != 0) printf("# %s\n", condition);
    CHECK_STR(got, expected);
    cyn_script_free(s);
}

static void check(const char *condition, const char *expected)
{
    check_with("", condition, expected);
}

static void test_a_segment_has_readings_dimensions_and_parameters(void)
{
    check("value", "1 2 nil 4");
    check("function(s) return s.value end", "1 2 nil 4");
    check("value < limit", "true false false false");
    check("function(s) return s.value < s.limit end", "true false false false");
    check("channel .. '!'", "'ads!' 'seo!' 'ads!' nil");
    check("function(s) return s.channel end", "'ads' 'seo' 'ads' nil");
    check("status == 'red'", "true false false true");
    check("payload.plan + 1", "2 2 2 2");
    check("function(s) return s.payload.plan end", "1 1 1 1");
}

static void test_calls_find_the_column_of_their_canonical_name(void)
{
    check("change '1w'", "-0.1 0 0.1 nil");
    check("change('1w') < 0 and p(99.90, 28.0) == 3", "true false false false");
    check("function(s) return s:change '1w' end", "-0.1 0 0.1 nil");
    check("function(s) return s:p(99.9, 28) end", "3 3 3 3");
    check("function(s) return s.change(s, '1w') end", "-0.1 0 0.1 nil");
    check("zscore() > 2", "false false true true");
    check("function(s) return s:zscore() end", "1 2 3 4");
    check("function(s) local f = s.change; return f(s, ('1'):rep(1) .. 'w') end", "-0.1 0 0.1 nil");
    check("change(limit // 2 .. 'w')",
          "metrics/a.lua:2:35: segment 1: 'change(\"1.0w\")' does not say how far back ('1.0w': "
          "expected a number of periods (28), or a whole number and one of min, h, d, w, m "
          "(months), q, y (\"28d\")), in: change(limit // 2 .. 'w')");
}

static void test_what_the_batch_lacks_is_wanted_and_the_row_has_no_answer(void)
{
    check("target > 1", "nil nil nil nil | target");
    check("value > 1 and mean(4) > 1", "false nil false nil | mean(4)");
    check("function(s) return s.value > 1 and s:mean(4) > 1 end", "false nil false nil | mean(4)");
    check("function(s) local sum = 0; for i = 1, 3 do sum = sum + s:change(i) end return sum end",
          "nil nil nil nil | change(1)");
    check("function(s) return s:mean(s:zscore()) end",
          "nil nil nil nil | mean(1), mean(2), mean(3), mean(4)");
    check("function(s) return pcall(function() return s.target end) end",
          "nil nil nil nil | target");
    check("function(s) return select(2, xpcall(s.delta, function() return 7 end, s, '1d')) end",
          "nil nil nil nil | delta(\"1d\")");
}

static void test_helpers_are_at_hand(void)
{
    check("math.abs(change '1w')", "metrics/a.lua:2:35: segment 4: bad argument #1 to 'abs' "
                                   "(number expected, got nil), in: math.abs(change '1w')");
    check("one_of(channel, { 'ads' }) and math.max(value or 0, limit) == 2",
          "true false true false");
    check_with("local function low(s) return s.value ~= nil and s.value < s.limit end\n",
               "function(s) return low(s) end", "true false false false");
}

static void test_errors_name_the_segment_and_its_line(void)
{
    check("function(s) return s[('target'):rep(1) .. 'x'] end",
          "metrics/a.lua:2: segment 1: unknown reading, dimension or parameter 'targetx' (did "
          "you mean 'target'?), in: function (line 2)");
    check(
        "function(s) return s:change(s.channel) end",
        "metrics/a.lua:2: segment 1: 'change(\"ads\")' does not say how far back ('ads': expected "
        "a number of periods (28), or a whole number and one of min, h, d, w, m (months), q, y "
        "(\"28d\")), in: function (line 2)");
    check("function(s) if s.value == 2 then error 'no' end end",
          "metrics/a.lua:2: segment 2: no, in: function (line 2)");
    check("function(s) s.value = 3 end",
          "metrics/a.lua:2: segment 1: a series cannot be changed, in: function (line 2)");
    check("function(s) return {} end", "metrics/a.lua:2: segment 1: the result is a table, "
                                       "expected a number, a text, a boolean or nil, in: function "
                                       "(line 2)");
}

/* A host that answered whatever is asked for would never come to an end. */
static void test_a_run_asks_for_a_limited_number_of_readings(void)
{
    enum { MANY = CYN_CONDITION_READINGS + 1 };
    static char names[MANY][16];
    static cyn_batch_column many[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "mean(%d)", i + 1);
        many[i] = (cyn_batch_column){.name = names[i], .type = CYN_REAL, .values = threes};
    }
    cyn_script *s =
        load_text("alert 'r' { metric = 'm', when = function(s)\n"
                  "local n = 0; for i = 1, 64 do n = n + s:mean(i) + s:mean(i + 0.0) end\n"
                  "return n + (s:mean(65) or 0) end }");
    if (!s) return;
    CHECK_STR(judge(s, &(cyn_batch){SEGMENTS, many, MANY}),
              "metrics/a.lua:3: segment 1: it asks for more than 64 different readings, in: "
              "function (line 1)");
    cyn_script_free(s);
    s = load_text("alert 'r' { metric = 'm', when = function(s)\n"
                  "local n = 0; for i = 1, 64 do n = n + s:mean(i) end return n end }");
    if (!s) return;
    CHECK_STR(judge(s, &(cyn_batch){SEGMENTS, many, MANY}), "192 192 192 192");
    cyn_script_free(s);
}

/* Slices go to several workers; each of them may lack something else. */
static void test_a_large_batch_is_shared_out(void)
{
    enum { ROWS = 1 << 16 };
    double *number = malloc(ROWS * sizeof *number);
    cyn_script *s = load_text("alert 'r' { metric = 'm', when = function(s)\n"
                              "return s.value % 2 == 0 and s:mean(s.value // 20000 + 1) > 1 end }");
    if (!number || !s) return;
    for (int i = 0; i < ROWS; i++)
        number[i] = i;
    const cyn_batch_column column = {.name = "value", .type = CYN_REAL, .values = number};
    const cyn_batch large = {ROWS, &column, 1};
    cyn_answers *a = NULL;
    const char *const *wanted = NULL;
    size_t nwanted = 0;
    cyn_err err = {0};
    cyn_arena *arena = cyn_arena_new(0);
    cyn_evaluator ev = cyn_script_evaluator(s);
    uint32_t handle = cyn_catalog_rule(cyn_script_catalog(s), "r")->when->handle;
    CHECK_INT(ev.judge(ev.self, handle, &large, arena, &a, &wanted, &nwanted, &err), CYN_OK);
    CHECK_STR(err.message, "");
    CHECK_INT(nwanted, 4);
    for (size_t i = 0; i < nwanted; i++) {
        char name[32];
        snprintf(name, sizeof name, "mean(%zu)", i + 1);
        CHECK_STR(wanted[i], name);
    }
    if (a) {
        CHECK_INT(a->rows, ROWS);
        CHECK_INT(a->kind[ROWS - 2], CYN_ANSWER_NIL);
        CHECK_INT(a->kind[ROWS - 1], CYN_ANSWER_FALSE);
    }
    cyn_arena_free(arena);
    cyn_script_free(s);
    free(number);
}

static void test_a_worker_may_send_anything_as_what_it_wants(void)
{
    static const char *const wrong[] = {"mean", "mean( 4 )", "change_1w", "x", "", "mean(4) "};
    cyn_arena *arena = cyn_arena_new(0);
    const cyn_value *list;
    cyn_buf b = {0};
    cyn_wire_array(&b, 2);
    cyn_wire_string(&b, "mean(4)");
    cyn_wire_string(&b, "target");
    CHECK_INT(cyn_wanted_read((const uint8_t *)b.data, b.len, arena, &list, NULL), CYN_OK);
    CHECK_INT(list->n, 2);
    for (size_t n = 0; n < b.len; n++)
        CHECK_INT(cyn_wanted_read((const uint8_t *)b.data, n, arena, &list, NULL), CYN_E_WORKER);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cyn_buf_reset(&b);
        cyn_wire_array(&b, 1);
        cyn_wire_string(&b, wrong[i]);
        CHECK_INT(cyn_wanted_read((const uint8_t *)b.data, b.len, arena, &list, NULL),
                  CYN_E_WORKER);
    }
    for (int kind = 0; kind < 3; kind++) {
        cyn_buf_reset(&b);
        cyn_wire_array(&b, kind == 2 ? CYN_CONDITION_READINGS + 1 : 1);
        if (kind == 0) cyn_wire_integer(&b, 7);
        if (kind == 1) cyn_wire_text(&b, "target\0", 7);
        for (int i = 0; kind == 2 && i <= CYN_CONDITION_READINGS; i++)
            cyn_wire_string(&b, "target");
        CHECK_INT(cyn_wanted_read((const uint8_t *)b.data, b.len, arena, &list, NULL),
                  CYN_E_WORKER);
    }
    cyn_buf_clear(&b);
    cyn_arena_free(arena);
}

/* Whoever judges is told which condition it was, and can go on. */
static void test_a_condition_that_hangs_is_ended(void)
{
    static const char text[] = "alert 'r' { metric = 'm', when = function(s)\n"
                               "while s.value do end return true end }";
    const cyn_script_file f = {"alerts/a.lua", text, strlen(text), NULL, NULL};
    cyn_script_options o = test_options();
    o.call_timeout = CYN_SECOND / 5;
    cyn_script *s = NULL;
    CHECK_INT(cyn_script_load(&f, 1, &o, &s, NULL), CYN_OK);
    if (!s) return;
    CHECK_STR(judge(s, &all_columns), "alerts/a.lua:2: segment 1: ran longer than 0.2 s, in: "
                                      "function (line 1)");
    CHECK_STR(judge(s, &(cyn_batch){0}), "");
    cyn_script_free(s);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_a_segment_has_readings_dimensions_and_parameters);
    RUN(test_calls_find_the_column_of_their_canonical_name);
    RUN(test_what_the_batch_lacks_is_wanted_and_the_row_has_no_answer);
    RUN(test_helpers_are_at_hand);
    RUN(test_errors_name_the_segment_and_its_line);
    RUN(test_a_run_asks_for_a_limited_number_of_readings);
    RUN(test_a_large_batch_is_shared_out);
    RUN(test_a_condition_that_hangs_is_ended);
    RUN(test_a_worker_may_send_anything_as_what_it_wants);
    cyn_zygote_stop();
    return test_end();
}
