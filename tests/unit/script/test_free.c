/* Functions of points in the worker: what they see, ask and give; what goes wrong. */
#include "script_impl.h"
#include <math.h>

static const char *const dims[] = {"channel"};
static const cyn_const ads[] = {{.kind = CYN_CONST_TEXT, .s = "ads", .n = 3}};

/* A week of 2026 in Tokyo: date -d '2026-10-19T00:00 +09:00' +%s → 1792335600 */
static cyn_free_point week(const cyn_free_answer *answers, size_t n)
{
    return (cyn_free_point){.period = "2026-W43",
                            .grain = "week",
                            .start = INT64_C(1792335600) * CYN_SECOND,
                            .stop = INT64_C(1792940400) * CYN_SECOND,
                            .segment = {1, dims, ads},
                            .answers = answers,
                            .nanswers = n};
}

static uint32_t handle_of(const cyn_script *s, const char *metric)
{
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), metric);
    return m && m->formula->kind == CYN_FORMULA_SCRIPT ? m->formula->function->handle : 0;
}

/* "12", "0.5", "nil", an error, or "? a[-1] b" with the questions that are asked. */
static const char *show(const cyn_free_result *r, const cyn_question *questions)
{
    static char out[1000];
    size_t at = 0;
    if (r->error) {
        cyn_err_format(r->error, out, sizeof out);
    } else if (r->done) {
        double x = cyn_num_double(r->value);
        snprintf(out, sizeof out, isnan(x) ? "nil" : "%.17g", x);
    } else {
        out[at++] = '?';
        for (size_t i = 0; i < r->nasked && at + 100 < sizeof out; i++) {
            const cyn_question *q = &questions[r->asked[i]];
            at += (size_t)snprintf(out + at, sizeof out - at, " %s", q->metric);
            if (q->offset) at += (size_t)snprintf(out + at, sizeof out - at, "[%d]", q->offset);
            if (q->last_year) at += (size_t)snprintf(out + at, sizeof out - at, "[year]");
            for (size_t k = 0; q->elsewhere && k < q->segment.n; k++)
                at += (size_t)snprintf(out + at, sizeof out - at, "{%s:%d}", q->segment.dims[k],
                                       q->segment.keys[k].kind);
        }
    }
    return out;
}

/* What the function of metric m makes of a point; `known` are the first answers, 10, 20, … of the
 * questions a, b, c; one that is negative is an error's. */
static const char *run_known(cyn_script *s, size_t known)
{
    static char out[1000];
    static const cyn_question abc[] = {{.metric = "a"}, {.metric = "b"}, {.metric = "c"}};
    const cyn_free_answer answers[] = {{0, cyn_num_integer(10), NULL},
                                       {1, CYN_MISSING, NULL},
                                       {2, CYN_MISSING, "metric 'c': it failed"}};
    cyn_free_point point = week(answers, known);
    cyn_free_request request = {.handle = handle_of(s, "m"),
                                .questions = abc,
                                .nquestions = 3,
                                .points = &point,
                                .npoints = 1};
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_free_reply *reply = NULL;
    cyn_err err = {0};
    cyn_question all[100] = {abc[0], abc[1], abc[2]};
    if (ev.run_free(ev.self, &request, arena, &reply, &err) == CYN_OK) {
        for (size_t i = 0; i < reply->nquestions && i + 3 < 100; i++)
            all[i + 3] = reply->questions[i];
        snprintf(out, sizeof out, "%s", show(&reply->results[0], all));
    } else {
        cyn_err_format(&err, out, sizeof out);
    }
    cyn_arena_free(arena);
    return out;
}

/* The same for one line: metric "m" { value = function(at) BODY end }. */
static void check(const char *body, size_t known, const char *expected)
{
    char text[1000];
    snprintf(text, sizeof text, "metric \"m\" { value = function(at) %s end }", body);
    cyn_script *s = load_text(text);
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    CHECK_STR(run_known(s, known), expected);
    cyn_script_free(s);
}

static void test_a_function_gives_a_number_a_boolean_or_nothing(void) /* F-2 */
{
    check("return 3", 0, "3");
    check("return 0.1 + 0.2", 0, "0.30000000000000004");
    check("return true", 0, "1");
    check("return false", 0, "0");
    check("", 0, "nil");
    check("return 0/0", 0, "nil");
    check("return -1/0", 0, "nil");
    check("return 'x'", 0,
          "metrics/a.lua:1: the value is a string, expected a number, a boolean or nil");
    check("return {}", 0,
          "metrics/a.lua:1: the value is a table, expected a number, a boolean or nil");
}

static void test_a_function_sees_its_point(void) /* F-1 */
{
    check("return at.period == '2026-W43' and at.grain == 'week' and at.partial == false", 0, "1");
    check("return at.start", 0, "1792335600");
    check("return (at.stop - at.start) / 86400", 0, "7");
    check("return hour(at.start) * 100 + day(at.start)", 0, "19");
    check("return #at.segment.channel", 0, "3");
    check("at.segment.channel = 'x' return #at.segment.channel", 0, "3");
    check("return at.perod", 0,
          "metrics/a.lua:1: a point has no 'perod'\nhint: did you mean "
          "'period'?");
    check("at.period = 1", 0, "metrics/a.lua:1: a point cannot be changed");
    check("return #string.format('%s', 2.5) + math.floor(2.5) + utf8.len 'é'", 0, "6");
}

static void test_it_asks_for_what_is_not_known_yet(void) /* F-3 */
{
    check("return at:get 'a' + at:get 'x' + at:get 'y'", 1, "? a x");
    check("return at:get('x', { offset = -3 })", 0, "? x[-3]");
    check("return at:get('x', { previous = true })", 0, "? x[-1]");
    check("return at:get('x', { last_year = true })", 0, "? x[year]");
    check("return at:get('x', { segment = { plan = true, channel = 'ads' } })", 0,
          "? x{channel:4}{plan:1}");
    check("return at:series('x', 3)[1]", 0, "? x[-2] x[-1] x");
    check("return at:get 'a' * 2", 1, "20");
}

static void test_missing_values_spread(void) /* F-4, E-5 */
{
    check("return at:get 'b' + 1", 2, "nil");
    check("return at:get 'b' == nil", 2, "1");
    check("return at:get 'b' > 0", 2, "0");
    check("return (at:get 'b' or 7) + at:get 'a'", 2, "17");
}

static void test_an_error_of_another_metric_is_raised_where_it_is_read(void)
{
    check("return at:get 'c'", 3, "metrics/a.lua:1: metric 'c': it failed");
    check("local ok, e = pcall(at.get, at, 'c') return #tostring(e)", 3, "38");
}

static void test_waiting_cannot_be_caught(void)
{
    check("local ok = pcall(at.get, at, 'x') return ok and 1 or 2", 0, "? x");
    check("local ok = xpcall(at.get, function(e) return e end, at, 'x') return 3", 0, "? x");
    check("local n = 0 repeat local ok = pcall(at.get, at, 'x') until ok return 4", 0, "? x");
    check("table.sort({1, 2, 3}, function(a, b) return at:get 'x' > a end)", 0, "? x");
    check("return ('aaa'):gsub('a', function() return at:get 'x' end)", 0, "? x");
}

static void test_misuse_names_the_line(void)
{
    check("return at.get('x')", 0,
          "metrics/a.lua:1: get is called without a point\nhint: write a "
          "colon: at:get(…)");
    check("return at:get(7)", 0, "metrics/a.lua:1: the metric of get is a number, expected a text");
    check("return at:get('x', { offset = 1.5 })", 0,
          "metrics/a.lua:1: 'offset' of the options of get is 1.5, expected a whole number, -1000 "
          "… 1000");
    check("return at:get('x', { offset = -1, previous = true })", 0,
          "metrics/a.lua:1: get takes one of offset, previous and last_year");
    check("return at:get('x', { ofset = 1 })", 0,
          "metrics/a.lua:1: the options of get has an unknown field 'ofset'\nhint: did you mean "
          "'offset'?");
    check("return at:get('x', { segment = { channel = {} } })", 0,
          "metrics/a.lua:1: 'channel' of 'segment' of the options of get is a table, expected a "
          "text, a number or a boolean");
    check("return at:series('x', 0)", 0,
          "metrics/a.lua:1: the number of periods of series is 0, expected a whole number, 1 … "
          "1000");
    check("error('no ' .. at.period)", 0, "metrics/a.lua:1: no 2026-W43");
    check("error({})", 0,
          "metrics/a.lua:1: the function raised a table as its error, expected a text");
    check("error(nil)", 0,
          "metrics/a.lua:1: the function raised nothing as its error, expected a text");
}

static void test_a_point_is_good_for_its_own_run_only(void)
{
    cyn_script *s = load_text("local kept\nmetric \"m\" { value = function(at)\n"
                              "  kept = kept or at\n  return kept.start / kept.start end }");
    if (!s) return;
    CHECK_STR(run_known(s, 0), "1");
    CHECK_STR(run_known(s, 0),
              "metrics/a.lua:4: start is called on a point whose function has returned\nhint: "
              "write a colon: at:start(…)");
    cyn_script_free(s);
}

static void test_a_function_without_end_is_stopped_and_the_next_call_works(void)
{
    const cyn_script_file file = SCRIPT(
        "metrics/a.lua", "metric \"m\" { value = function(at)\n  while at:get 'a' do end end }");
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    o.call_timeout = CYN_SECOND / 5;
    CHECK_INT(cyn_script_load(&file, 1, &o, &s, &err), CYN_OK);
    if (!s) return;
    CHECK_STR(run_known(s, 1), "metrics/a.lua:2: ran longer than 0.2 s");
    CHECK_STR(run_known(s, 0), "? a");
    cyn_script_free(s);
}

/* ---- declarations ---- */

static const cyn_function *function_of(const cyn_script *s, const char *metric)
{
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), metric);
    return m && m->formula->kind == CYN_FORMULA_SCRIPT ? m->formula->function : NULL;
}

/* "revenue:2 rate:3", what the function of m names, with lines. */
static void check_reads(const char *text, const char *expected)
{
    char out[500] = "";
    cyn_script *s = load_text(text);
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_function *fn = function_of(s, "m");
    CHECK(fn != NULL);
    for (size_t i = 0; fn && i < fn->nreads; i++)
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s:%d", i ? " " : "",
                 fn->reads[i]->metric, fn->reads[i]->place.line);
    CHECK_STR(out, expected);
    cyn_script_free(s);
}

static void test_the_names_in_a_function_are_found(void)
{
    check_reads("metric \"m\" { value = function(at)\n  return at:get \"a\" + at:get('b',\n"
                "    { offset = -1 }) + at:series('c', 3)[1] + at:get 'a' end }",
                "a:2 b:2 c:3");
    check_reads("metric \"m\" { value = function(p) return p:get 'a' end }", "a:1");
}

static void test_what_is_no_name_in_a_function_is_not_taken_for_one(void)
{
    check_reads(
        "metric \"m\" { value = function(at) -- at:get 'a'\n --[[ at:get 'b' ]]\n"
        "  local t, x = \"at:get 'c'\", [[ at:get 'd' ]]\n"
        "  return at:get('e' .. x) + t:get 'f' + at.get('g') + at:got 'h' + at:get(x) end }",
        "");
}

static void test_a_definition_is_what_the_function_does(void) /* D-2, F-7 */
{
    cyn_script *s = load_text("local k = 2\nlocal n = 3\n"
                              "metric \"a\" { value = function(at) return k end }\n"
                              "metric \"b\" { value = function(at)\n  return k -- the same\nend }\n"
                              "metric \"c\" { value = function(at) return n end }");
    if (!s) return;
    const cyn_function *a = function_of(s, "a"), *b = function_of(s, "b"), *c = function_of(s, "c");
    CHECK(a && b && c);
    if (a && b && c) {
        CHECK_STR(a->digest, b->digest);
        CHECK(strcmp(a->digest, c->digest) != 0);
        CHECK_STR(a->text, "function(at) return k end");
        CHECK_STR(b->text, "function(at)\n  return k -- the same\nend");
    }
    cyn_script_free(s);
}

static void test_only_a_whole_value_can_be_a_function(void)
{
    check_errors("metric \"m\" { value = 1 + function(at) return 1 end }",
                 "metrics/a.lua:1: attempt to perform arithmetic on a function value");
    check_errors("metric \"m\" { value = metric.a + function(at) return 1 end }",
                 "metrics/a.lua:1: the right side of '+' is a function, expected a formula or a "
                 "number\nhint: only a metric's whole value can be a function: value = "
                 "function(at) … end");
    check_errors("metric \"m\" { value = math.floor }",
                 "metrics/a.lua:1: 'value' of metric 'm' is one of Lua's own functions, expected "
                 "one written here\nhint: wrap it: function(at) return … end");
}

int main(void)
{
    cyn_err err = {0};
    if (cyn_zygote_start(&err) != CYN_OK) return 99;
    RUN(test_a_function_gives_a_number_a_boolean_or_nothing);
    RUN(test_a_function_sees_its_point);
    RUN(test_it_asks_for_what_is_not_known_yet);
    RUN(test_missing_values_spread);
    RUN(test_an_error_of_another_metric_is_raised_where_it_is_read);
    RUN(test_waiting_cannot_be_caught);
    RUN(test_misuse_names_the_line);
    RUN(test_a_point_is_good_for_its_own_run_only);
    RUN(test_a_function_without_end_is_stopped_and_the_next_call_works);
    RUN(test_the_names_in_a_function_are_found);
    RUN(test_what_is_no_name_in_a_function_is_not_taken_for_one);
    RUN(test_a_definition_is_what_the_function_does);
    RUN(test_only_a_whole_value_can_be_a_function);
    cyn_zygote_stop();
    return test_end();
}
