/* Identities, functions in formulas and decompositions, as scripts declare them. */
#include "script/zygote.h"
#include "script_impl.h"
#include <math.h>

#define PARTS                                                                                      \
    "metric 'a' { value = 1 } metric 'b' { value = 2 } metric 'c' { value = 3 }"                   \
    " metric 'max' { value = 4 }\n"

/* The identity of metric m in words, where the declaration has these fields; else the errors. */
static const char *identity_of(const char *fields)
{
    static char out[2000];
    char text[2000];
    snprintf(text, sizeof text, PARTS "metric 'm' { value = 6, %s }", fields);
    cyn_script *s = load_text(text);
    if (!s) return "nothing was loaded";
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), "m");
    cyn_buf words = {0};
    snprintf(out, sizeof out, "%s", errors_of(s));
    if (!out[0] && m && m->identity) {
        CHECK_INT(cyn_formula_text(m->identity, NULL, &words, NULL), CYN_OK);
        snprintf(out, sizeof out, "%s", words.data);
    }
    cyn_buf_clear(&words);
    cyn_script_free(s);
    return out;
}

static void test_an_identity_in_a_text_is_a_formula_of_metrics(void)
{
    CHECK_STR(identity_of("identity = 'a * b * c'"), "a * b * c");
    CHECK_STR(identity_of("identity = '(a + b) / -c ^ 2 % 7'"), "(a + b) / -c ^ 2 % 7");
    CHECK_STR(identity_of("identity = '2 * (a - 0.5)'"), "2 * (a - 0.5)");
    CHECK_STR(identity_of("identity = 'min(a, b, 1e3) + abs(c)'"),
              "min(min(a, b), 1000.0) + abs(c)");
    CHECK_STR(identity_of("identity = 'exp(log(a) + sqrt(b))'"), "exp(log(a) + sqrt(b))");
    CHECK_STR(identity_of("identity = 'a:offset(-1) + b -- the rest'"), "a:offset(-1) + b");
    CHECK_STR(identity_of("identity = '  a\\n+\\nb  '"), "a + b");
}

static void test_an_identity_can_be_given_as_a_formula(void)
{
    CHECK_STR(identity_of("identity = metric.a * metric.b"), "a * b");
    CHECK_STR(identity_of("identity = metric.max + formula.max(metric.a, 0)"), "max + max(a, 0)");
    CHECK_STR(identity_of("identity = metric.a:rolling '28d' / 28"), "a:rolling '28d' / 28");
}

static void test_a_text_stays_as_written_and_a_formula_gets_its_words(void)
{
    cyn_script *s =
        load_text(PARTS "metric 'm' { value = 1, identity = 'a*b' }\n"
                        "metric 'n' { value = 1, identity = metric.a * (metric.b + 1) }");
    if (!s) return;
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK_STR(errors_of(s), "");
    CHECK_STR(cyn_catalog_metric(c, "m")->identity_text, "a*b");
    CHECK_STR(cyn_catalog_metric(c, "n")->identity_text, "a * (b + 1)");
    CHECK(cyn_catalog_metric(c, "a")->identity == NULL);
    CHECK(cyn_catalog_metric(c, "a")->identity_text == NULL);
    cyn_script_free(s);
}

static void test_very_long_words_of_an_identity_are_cut(void)
{
    cyn_script *s =
        load_text(PARTS "local f = metric.a for i = 1, 12 do f = f + f end\n"
                        "for i = 1, 300 do metric('m' .. i) { value = 1, identity = f } "
                        "end");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), "m300");
    if (m) {
        CHECK_INT(strlen(m->identity_text), 2000 + strlen("…"));
        CHECK_INT(strncmp(m->identity_text, "a + a + (a + a) + (", 19), 0);
        CHECK_STR(m->identity_text + 2000, "…");
    }
    CHECK(m != NULL);
    cyn_script_free(s);
}

#define WHERE "metrics/a.lua:2: 'identity' of metric 'm'"
#define NAMES                                                                                      \
    "\nhint: names are metrics; there are + - * / ^ % and the functions min, max, abs, sqrt, "     \
    "exp, "                                                                                        \
    "log"

static void test_what_is_no_formula_of_metrics_is_refused(void)
{
    CHECK_STR(identity_of("identity = 'a *'"),
              WHERE " is no formula: unexpected symbol near <eof>");
    CHECK_STR(identity_of("identity = 'a, b'"), WHERE " is no formula: expected one expression");
    CHECK_STR(identity_of("identity = 'a < b'"),
              WHERE ": a formula can only be computed with + - * / ^ %" NAMES);
    CHECK_STR(identity_of("identity = 'a .. b'"),
              WHERE ": a formula can only be computed with + - * / ^ %" NAMES);
    CHECK_STR(identity_of("identity = 'a == b'"),
              WHERE ": it is a boolean, expected a formula of metrics" NAMES);
    CHECK_STR(identity_of("identity = 'a and b'"), WHERE ": 'and' cannot stand there" NAMES);
    CHECK_STR(identity_of("identity = 'function() return a end'"),
              WHERE ": 'function' cannot stand there" NAMES);
    CHECK_STR(identity_of("identity = 'floor(a)'"), WHERE ": there is no function 'floor'" NAMES);
    CHECK_STR(identity_of("identity = 'a(1)'"), WHERE ": there is no function 'a'" NAMES);
    CHECK_STR(identity_of("identity = 'a.x'"), WHERE ": formula has no method 'x'" NAMES);
    CHECK_STR(identity_of("identity = 'a * \"x\"'"), WHERE ": \"x\" is a text" NAMES);
    CHECK_STR(identity_of("identity = 'a + {}'"),
              WHERE ": the right side of '+' is a table, expected a formula or a number" NAMES);
    CHECK_STR(identity_of("identity = 'a * 1e400'"),
              WHERE ": the right side of '*' is not a finite number" NAMES);
    CHECK_STR(identity_of("identity = 'log(a, b)'"),
              WHERE ": formula.log takes one argument, got 2" NAMES);
    CHECK_STR(identity_of("identity = '3 + 4'"),
              WHERE ": it is a number, expected a formula of metrics" NAMES);
    CHECK_STR(identity_of("identity = 'exp(1)'"), WHERE ": it names no metric" NAMES);
    CHECK_STR(identity_of("identity = 7"),
              WHERE ": it is a number, expected a formula of metrics" NAMES);
    CHECK_STR(identity_of("identity = {}"),
              WHERE ": it is a table, expected a formula of metrics" NAMES);
    CHECK_STR(identity_of("identity = 'max * 2'"),
              WHERE ": 'max' is a function there\n"
                    "hint: a metric of that name is metric.max, in an identity that is no text");
    CHECK_STR(identity_of("identity = metric.a + source 'events':count()"),
              WHERE " holds an aggregate over rows, expected metrics and numbers\n"
                    "hint: declare that as a metric, and name it: metric.x");
    CHECK_STR(identity_of("identity = metric.a:over(3, 'mean')"),
              WHERE " holds a value over several periods, expected metrics and numbers\n"
                    "hint: declare that as a metric, and name it: metric.x");
}

static void test_an_identity_names_its_own_metric_in_the_past_only(void)
{
    static const char error[] =
        "metrics/a.lua:2: metric 'm', identity: it names the metric itself\n"
        "hint: its value before may stand there: metric.m:offset(-1)";
    CHECK_STR(identity_of("identity = 'm:offset(-1) + a - b'"), "m:offset(-1) + a - b");
    CHECK_STR(identity_of("identity = metric.m:offset(-1, 'year') * metric.a"),
              "m:offset(-1, 'year') * a");
    CHECK_STR(identity_of("identity = 'm + a'"), error);
    CHECK_STR(identity_of("identity = 'm:offset(1) + a'"), error);
    CHECK_STR(identity_of("identity = 'm:offset(-1):offset(1) + a'"), error);
    CHECK_STR(identity_of("identity = 'm:offset(-1) + a * m'"), error);
    CHECK_STR(identity_of("identity = metric.m:rolling '28d'"), error);
}

/* What an identity gets wrong spoils it, and not the metric. */
static void test_a_metric_outlives_its_identity(void)
{
    cyn_script *s = load_text("metric 'm' { value = 1, identity = 'm' }\n"
                              "metric 'a' { value = 1, identity = 'b' }\n"
                              "metric 'b' { value = 1, identity = 'a + later' }\n"
                              "metric 'later' { value = 1, identity = 'latter * 2' }\n");
    if (!s) return;
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK_INT(c->nmetrics, 4);
    CHECK(!cyn_catalog_metric(c, "m")->identity && !cyn_catalog_metric(c, "m")->identity_text);
    CHECK_STR(cyn_catalog_metric(c, "a")->identity_text, "b"); /* in a circle, which is fine */
    CHECK_STR(cyn_catalog_metric(c, "b")->identity_text, "a + later");
    CHECK_INT(c->nerrors, 2);
    CHECK_STR(c->errors[0].message, "metric 'm', identity: it names the metric itself");
    CHECK_STR(c->errors[1].message, "metric 'later', identity: there is no metric 'latter'");
    CHECK_STR(c->errors[1].hint, ""); /* 'later' itself would be none */
    cyn_script_free(s);
}

/* ---- functions in formulas ---- */

static void check_value(const char *value, const char *expected)
{
    char text[1000];
    cyn_buf words = {0};
    snprintf(text, sizeof text, PARTS "metric 'm' { value = %s }", value);
    cyn_script *s = load_text(text);
    if (!s) return;
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), "m");
    CHECK_STR(errors_of(s), m ? "" : expected);
    if (m) {
        CHECK_INT(cyn_formula_text(m->formula, cyn_script_catalog(s)->aggs, &words, NULL), CYN_OK);
        CHECK_STR(words.data, expected);
    }
    cyn_buf_clear(&words);
    cyn_script_free(s);
}

static void test_functions_of_formulas_are_formulas(void) /* N-10 */
{
    check_value("formula.min(metric.a, metric.b)", "min(a, b)");
    check_value("formula.max(metric.a, 1, metric.b, metric.c)", "max(max(max(a, 1), b), c)");
    check_value("2 * formula.abs(metric.a - metric.b)", "2 * abs(a - b)");
    check_value("formula.sqrt(metric.a) ^ 2", "sqrt(a) ^ 2");
    check_value("-formula.exp(source 'events':count())", "-exp(count(events))");
    check_value("formula.log(metric.a):offset(-1)", "log(a):offset(-1)");
    check_value("formula.log(2) * metric.a", "log(2) * a");
}

static void test_misuse_of_functions_of_formulas_is_named(void)
{
    check_value("formula.minn(metric.a, 1)", "metrics/a.lua:2: there is no function formula.minn\n"
                                             "hint: did you mean 'min'?");
    check_value("formula.min(metric.a)",
                "metrics/a.lua:2: formula.min takes two or more arguments, "
                "got 1");
    check_value("formula.abs()", "metrics/a.lua:2: formula.abs takes one argument, got 0");
    check_value("formula.max(metric.a, nil)", "metrics/a.lua:2: argument 2 of formula.max is "
                                              "nothing, expected a formula or a number");
    check_value("formula.max(metric.a, '1')", "metrics/a.lua:2: argument 2 of formula.max is a "
                                              "string, expected a formula or a number");
    check_errors("formula.min = 3", "metrics/a.lua:1: formula cannot be changed");
    check_errors("local f = metric.a\nfor i = 1, 2000 do f = formula.abs(f) end",
                 "metrics/a.lua:2: a formula has more than 10000 parts, or more than 1000 nested "
                 "ones");
    check_errors("local f = metric.a\nfor i = 1, 200 do f = formula.max(f, f) end",
                 "metrics/a.lua:2: a formula has more than 10000 parts, or more than 1000 nested "
                 "ones");
}

/* ---- decompositions ---- */

static void test_a_method_of_decomposition_is_a_word_or_a_function(void)
{
    cyn_script *s =
        load_text(PARTS "metric 'm' { value = 6, identity = 'a * b', decompose = 'lmdi' }\n"
                        "metric 'n' { value = metric.a + metric.b, decompose = 'additive' }\n"
                        "metric 'o' { value = metric.a * metric.b,\n"
                        "  decompose = function(before, after) return { a = 1 } end }\n");
    if (!s) return;
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK_STR(errors_of(s), "");
    CHECK_INT(cyn_catalog_metric(c, "a")->decompose, CYN_METHOD_AUTO);
    CHECK_INT(cyn_catalog_metric(c, "m")->decompose, CYN_METHOD_LMDI);
    CHECK_INT(cyn_catalog_metric(c, "n")->decompose, CYN_METHOD_ADDITIVE);
    const cyn_metric *o = cyn_catalog_metric(c, "o");
    CHECK_INT(o->decompose, CYN_METHOD_SCRIPT);
    if (o->decomposer) {
        CHECK(o->decomposer->handle > 0);
        CHECK_STR(o->decomposer->text, "function(before, after) return { a = 1 } end");
    }
    CHECK(o->decomposer && !cyn_catalog_metric(c, "m")->decomposer);
    cyn_script_free(s);
}

static void test_a_decomposition_needs_something_to_share_out_among(void)
{
    static const char error[] =
        "metrics/a.lua:2: 'decompose' of metric 'm' has nothing to share out among\n"
        "hint: add identity = \"…\", or make its value of other metrics";
    CHECK_STR(identity_of("decompose = 'lmdi'"), error);
    CHECK_STR(identity_of("decompose = function() return {} end"), error);
    CHECK_STR(identity_of("decompose = 'lmdo', identity = 'a'"),
              "metrics/a.lua:2: 'decompose' of metric 'm' is 'lmdo', expected one of: additive, "
              "lmdi, shapley, movement\nhint: did you mean 'lmdi'?");
    CHECK_STR(identity_of("decompose = math.abs, identity = 'a'"),
              "metrics/a.lua:2: 'decompose' of metric 'm' is one of Lua's own functions, expected "
              "one written here\nhint: wrap it: function(before, after) return … end");
}

/* a from 10 to 12, b from 2 to 5, the total from 20 to 60: the parts that the function's body
 * gives them, or what went wrong. */
static const char *decompose(const char *body)
{
    static char out[1000];
    static const char *const inputs[] = {"a", "b"};
    static const double before[] = {10, 2}, after[] = {12, 5};
    char text[1000];
    snprintf(text, sizeof text,
             PARTS "metric 'm' { value = metric.a * metric.b,\n"
                   "  decompose = function(before, after, total)\n%s\nend }",
             body);
    cyn_script *s = load_text(text);
    if (!s) return "nothing was loaded";
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), "m");
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_arena *arena = cyn_arena_new(0);
    const double *const *parts = NULL;
    const cyn_err *const *errors = NULL;
    cyn_err err = {0};
    snprintf(out, sizeof out, "%s", errors_of(s));
    if (m && m->decomposer) {
        const cyn_change one = {.handle = m->decomposer->handle,
                                .metric = "m",
                                .inputs = inputs,
                                .ninputs = 2,
                                .before = before,
                                .after = after,
                                .total_before = 20,
                                .total_after = 60};
        const cyn_change twice[] = {one, one};
        if (ev.decompose(ev.self, twice, 2, arena, &parts, &errors, &err) != CYN_OK)
            cyn_err_format(&err, out, sizeof out);
        else if (errors[1])
            cyn_err_format(errors[1], out, sizeof out);
        else
            snprintf(out, sizeof out, "%.17g %.17g", parts[1][0], parts[1][1]);
    }
    cyn_arena_free(arena);
    cyn_script_free(s);
    return out;
}

static void test_a_function_shares_a_change_out(void)
{
    CHECK_STR(decompose("local b = (before.b + after.b) / 2\n"
                        "local a = (before.a + after.a) / 2\n"
                        "return { a = (after.a - before.a) * b, b = (after.b - before.b) * a }"),
              "7 33"); /* 2 × 3.5 and 3 × 11 */
    CHECK_STR(decompose("return { b = total.after - total.before }"), "0 40");
    CHECK_STR(decompose("local n = 0 for name, x in pairs(before) do n = n + x * #name end "
                        "return { a = n }"),
              "12 0");
    CHECK_STR(decompose("return before"), "10 2");
    CHECK_STR(decompose("return {}"), "0 0");
}

static void test_what_a_function_gives_is_checked(void)
{
    CHECK_STR(decompose("return nil"), "metrics/a.lua:3: the decomposition is nothing, expected a "
                                       "table of parts by metric");
    CHECK_STR(decompose("return 3"), "metrics/a.lua:3: the decomposition is a number, expected a "
                                     "table of parts by metric");
    CHECK_STR(decompose("return { a = '3' }"),
              "metrics/a.lua:3: the part of 'a' is a string, expected a number");
    CHECK_STR(decompose("return { b = 0/0 }"),
              "metrics/a.lua:3: the part of 'b' is not a finite number");
    CHECK_STR(decompose("return { b = math.huge }"),
              "metrics/a.lua:3: the part of 'b' is not a finite number");
    CHECK_STR(decompose("return { a = 1, bb = 2 }"),
              "metrics/a.lua:3: the decomposition has a part 'bb', which is no metric of the "
              "formula\nhint: did you mean 'b'?");
    CHECK_STR(decompose("return { 1, 2 }"),
              "metrics/a.lua:3: the decomposition has a part '1', which is no metric of the "
              "formula");
}

static void test_what_a_function_does_wrong_names_its_line(void)
{
    CHECK_STR(decompose("local x = 1\nreturn { a = before.aa }"),
              "metrics/a.lua:5: before has no 'aa'\nhint: did you mean 'a'?");
    CHECK_STR(decompose("after.a = 1"), "metrics/a.lua:4: after cannot be changed");
    CHECK_STR(decompose("return { a = total.befor }"),
              "metrics/a.lua:4: total has no 'befor'\nhint: did you mean 'before'?");
    CHECK_STR(decompose("\nerror 'no idea'"), "metrics/a.lua:5: no idea");
    CHECK_STR(decompose("error {}"),
              "metrics/a.lua:3: the function raised a table as its error, expected a text");
}

/* The part that metric `name` gives its only input, which went from 1 to 3; NaN with the error. */
static double part_of(cyn_script *s, const char *name, cyn_err *err)
{
    static const char *const inputs[] = {"a"};
    static const double before[] = {1}, after[] = {3};
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), name);
    const cyn_change c = {.handle = m && m->decomposer ? m->decomposer->handle : 0,
                          .metric = name,
                          .inputs = inputs,
                          .ninputs = 1,
                          .before = before,
                          .after = after,
                          .total_before = 1,
                          .total_after = 3};
    const double *const *parts = NULL;
    const cyn_err *const *errors = NULL;
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_arena *arena = cyn_arena_new(0);
    double part = (double)NAN;
    if (ev.decompose(ev.self, &c, 1, arena, &parts, &errors, err) == CYN_OK && parts[0])
        part = parts[0][0];
    cyn_arena_free(arena);
    return part;
}

static void test_budgets_hold_for_decompositions(void)
{
    cyn_script_file f =
        SCRIPT("metrics/a.lua", "metric 'a' { value = 1 }\n"
                                "metric 'm' { value = metric.a,\n"
                                "  decompose = function() while true do end end }\n"
                                "metric 'n' { value = metric.a,\n"
                                "  decompose = function(x, y) return { a = y.a - x.a } end }\n");
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    o.call_timeout = CYN_SECOND / 5;
    CHECK_INT(cyn_script_load(&f, 1, &o, &s, &err), CYN_OK);
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    CHECK(isnan(part_of(s, "m", &err)));
    CHECK_STR(err.message, "ran longer than 0.2 s");
    CHECK_STR(err.file, "metrics/a.lua");
    CHECK_INT(err.line, 3);
    CHECK_NEAR(part_of(s, "n", &err), 2, 0); /* the next one works */
    cyn_script_free(s);
}

int main(void)
{
    cyn_err err = {0};
    if (cyn_zygote_start(&err) != CYN_OK) return 99;
    RUN(test_an_identity_in_a_text_is_a_formula_of_metrics);
    RUN(test_an_identity_can_be_given_as_a_formula);
    RUN(test_a_text_stays_as_written_and_a_formula_gets_its_words);
    RUN(test_very_long_words_of_an_identity_are_cut);
    RUN(test_what_is_no_formula_of_metrics_is_refused);
    RUN(test_an_identity_names_its_own_metric_in_the_past_only);
    RUN(test_a_metric_outlives_its_identity);
    RUN(test_functions_of_formulas_are_formulas);
    RUN(test_misuse_of_functions_of_formulas_is_named);
    RUN(test_a_method_of_decomposition_is_a_word_or_a_function);
    RUN(test_a_decomposition_needs_something_to_share_out_among);
    RUN(test_a_function_shares_a_change_out);
    RUN(test_what_a_function_gives_is_checked);
    RUN(test_what_a_function_does_wrong_names_its_line);
    RUN(test_budgets_hold_for_decompositions);
    cyn_zygote_stop();
    return test_end();
}
