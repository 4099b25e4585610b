/* Formulas: their values, their words, their definitions; and the order of metrics. */
#include "base/hash.h"
#include "metric/metric.h"
#include "test.h"

/* ---- formulas by hand ---- */

static cyn_formula integer(int64_t i)
{
    return (cyn_formula){.kind = CYN_FORMULA_CONST, .value = cyn_num_integer(i)};
}

static cyn_formula agg(uint32_t i)
{
    return (cyn_formula){.kind = CYN_FORMULA_AGG, .agg = i};
}

static cyn_formula metric(const char *name)
{
    return (cyn_formula){.kind = CYN_FORMULA_METRIC,
                         .metric = name,
                         .place = {.file = "metrics/m.lua", .line = 3, .column = 5}};
}

static cyn_formula op(cyn_op o, const cyn_formula *a, const cyn_formula *b)
{
    return (cyn_formula){.kind = CYN_FORMULA_OP,
                         .op = o,
                         .a = a,
                         .b = b,
                         .place = {.file = "metrics/m.lua", .line = 9, .column = 2}};
}

static cyn_formula window(cyn_window_kind kind, cyn_grain_unit unit, int n, const cyn_formula *a)
{
    return (cyn_formula){
        .kind = CYN_FORMULA_WINDOW, .window = {.kind = kind, .unit = unit, .n = n}, .a = a};
}

static cyn_formula fold(cyn_agg_func func, int n, const cyn_formula *a)
{
    return (cyn_formula){.kind = CYN_FORMULA_FOLD,
                         .fold = func,
                         .n = n,
                         .a = a,
                         .place = {.file = "metrics/m.lua", .line = 4, .column = 1}};
}

/* ---- values ---- */

static const cyn_cell cells[] = {
    {.value = {.kind = CYN_NUM_INTEGER, .i = 12}, .rows = 40},
    {.value = {.kind = CYN_NUM_INTEGER, .i = 8}, .rows = 50},
    {.value = {.kind = CYN_NUM_REAL, .r = 0.75},
     .numerator = {.kind = CYN_NUM_INTEGER, .i = 3},
     .denominator = {.kind = CYN_NUM_INTEGER, .i = 4},
     .rows = 5},
    {.rows = 0}, /* missing */
    {.value = {.kind = CYN_NUM_INTEGER, .i = INT64_MAX}, .rows = 1},
};

static cyn_code give_agg(void *self, uint32_t i, cyn_cell *out, cyn_err *err)
{
    (void)self;
    if (i >= sizeof cells / sizeof *cells) return cyn_fail(err, CYN_E_DATA, "no such source");
    *out = cells[i];
    return CYN_OK;
}

static cyn_code give_metric(void *self, const char *name, cyn_cell *out, cyn_err *err)
{
    return give_agg(self, (uint32_t)(name[0] - 'a'), out, err);
}

/* As if every window reached over the same rows again: the value inside, and n more of it. */
static cyn_code give_over_time(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err)
{
    const cyn_formula_env *env = self;
    if (f->kind == CYN_FORMULA_FOLD && f->n > 10) return cyn_fail(err, CYN_E_DATA, "no such past");
    CYN_TRY(cyn_formula_eval(f->a, env, out, err));
    out->value.i += f->kind == CYN_FORMULA_FOLD ? f->n : f->window.n;
    return CYN_OK;
}

static cyn_code give_script(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err)
{
    return give_agg(self, f->function->handle, out, err);
}

static cyn_formula_env env = {.self = &env,
                              .agg = give_agg,
                              .metric = give_metric,
                              .over_time = give_over_time,
                              .script = give_script};

static cyn_cell value_of(const cyn_formula *f)
{
    cyn_cell cell = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_formula_eval(f, &env, &cell, &err), CYN_OK);
    return cell;
}

static void test_division_at_the_top_gives_its_sides(void) /* */
{
    cyn_formula a = agg(0), b = agg(1), d = op(CYN_DIV, &a, &b), seven = integer(7);
    cyn_cell c = value_of(&d);
    CHECK_NEAR(cyn_num_double(c.value), 1.5, 0);
    CHECK_INT(c.numerator.i, 12);
    CHECK_INT(c.denominator.i, 8);
    CHECK_INT(c.rows, 50);
    cyn_formula twice = op(CYN_MUL, &d, &seven); /* inside, it gives none */
    c = value_of(&twice);
    CHECK_NEAR(cyn_num_double(c.value), 10.5, 0);
    CHECK(cyn_num_is_missing(c.numerator) && cyn_num_is_missing(c.denominator));
    CHECK_INT(c.rows, 50);
    cyn_formula daily = op(CYN_DIV, &a, &seven); /* a constant has no rows */
    CHECK_INT(value_of(&daily).rows, 40);
}

static void test_lone_references_keep_their_parts(void) /* */
{
    cyn_formula share = agg(2), reference = metric("c");
    const cyn_formula *both[] = {&share, &reference};
    for (size_t i = 0; i < 2; i++) {
        cyn_cell c = value_of(both[i]);
        CHECK_NEAR(cyn_num_double(c.value), 0.75, 0);
        CHECK_INT(c.numerator.i, 3);
        CHECK_INT(c.denominator.i, 4);
        CHECK_INT(c.rows, 5);
    }
}

static void test_missing_spreads(void) /* M-4, N-5 */
{
    cyn_formula missing = agg(3), one = agg(0), zero = integer(0);
    cyn_formula sum = op(CYN_ADD, &one, &missing), by_zero = op(CYN_DIV, &one, &zero);
    cyn_formula negative = op(CYN_NEG, &missing, NULL);
    CHECK(cyn_num_is_missing(value_of(&sum).value));
    CHECK(cyn_num_is_missing(value_of(&negative).value));
    cyn_cell c = value_of(&by_zero);
    CHECK(cyn_num_is_missing(c.value));
    CHECK_INT(c.numerator.i, 12);
}

static void test_windows_and_folds_are_asked_for_and_combine(void)
{
    cyn_formula a = agg(0), seven = integer(7);
    cyn_formula rolling = window(CYN_ROLLING, CYN_DAILY, 28, &a),
                mean = fold(CYN_MEAN, 3, &rolling);
    cyn_formula ratio = op(CYN_DIV, &mean, &seven), lone = agg(2);
    cyn_cell c = value_of(&mean);
    CHECK_INT(c.value.i, 12 + 28 + 3);
    CHECK_INT(c.rows, 40);
    c = value_of(&ratio);
    CHECK_INT(c.numerator.i, 43);
    CHECK_INT(c.rows, 40);
    ratio = op(CYN_DIV, &seven, &rolling); /* a window has rows, a constant has none */
    CHECK_INT(value_of(&ratio).rows, 40);
    cyn_formula before = window(CYN_OFFSET, CYN_ALL, -1, &lone);
    CHECK_INT(value_of(&before).denominator.i, 4);

    cyn_formula far = fold(CYN_SUM, 11, &a);
    cyn_cell none;
    cyn_err err = {0};
    CHECK_INT(cyn_formula_eval(&far, &env, &none, &err), CYN_E_DATA);
    CHECK_INT(err.line, 4);
}

static void test_errors_name_the_place(void) /* N-3 */
{
    cyn_formula most = agg(4), one = integer(1), sum = op(CYN_ADD, &most, &one);
    cyn_cell c = {.rows = -1};
    cyn_err err = {0};
    CHECK_INT(cyn_formula_eval(&sum, &env, &c, &err), CYN_E_RANGE);
    CHECK_INT(c.rows, -1);
    CHECK_STR(err.file, "metrics/m.lua");
    CHECK_INT(err.line, 9);
}

/* ---- words ---- */

static const cyn_view events = {.source = "events"};
static const cyn_expr user = {.kind = CYN_EXPR_COLUMN, .name = "user_id"};
static const cyn_agg count = {.func = CYN_COUNT, .view = &events};
static const cyn_agg distinct = {.func = CYN_DISTINCT, .view = &events, .arg = &user};
static const cyn_agg *const aggs[] = {&count, &distinct};

static void check_text(const cyn_formula *f, const char *want)
{
    cyn_buf b = {0};
    CHECK_INT(cyn_formula_text(f, aggs, &b, NULL), CYN_OK);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

/* Reading the text back by Lua's precedence gives the same tree. */
static void test_formulas_read_as_lua(void)
{
    cyn_formula a = agg(0), b = agg(1), x = metric("x"), y = metric("two words");
    cyn_formula minus = integer(-2), third = {.kind = CYN_FORMULA_CONST, .value = {0}};
    third.value = cyn_num_decimal(150, 2);
    cyn_formula ratio = op(CYN_DIV, &a, &b), sum = op(CYN_ADD, &x, &y);
    cyn_formula product = op(CYN_MUL, &sum, &ratio), left = op(CYN_SUB, &x, &sum);
    cyn_formula power = op(CYN_POW, &minus, &x), tower = op(CYN_POW, &x, &power);
    cyn_formula negative = op(CYN_NEG, &sum, NULL), twice = op(CYN_NEG, &negative, NULL);
    cyn_formula scaled = op(CYN_MUL, &negative, &third), base = op(CYN_POW, &power, &x);
    check_text(&ratio, "count(events) / distinct(events, user_id)");
    check_text(&product, "(x + ['two words']) * (count(events) / distinct(events, user_id))");
    check_text(&left, "x - (x + ['two words'])");
    check_text(&tower, "x ^ (-2) ^ x");
    check_text(&base, "((-2) ^ x) ^ x");
    check_text(&twice, "-(-(x + ['two words']))");
    check_text(&scaled, "-(x + ['two words']) * 1.50");
}

static void test_windows_read_as_the_calls_that_made_them(void)
{
    cyn_formula a = agg(0), b = agg(1), x = metric("x"), three = integer(3), minus = integer(-3);
    cyn_formula ratio = op(CYN_DIV, &a, &b), negative = op(CYN_NEG, &a, NULL);
    cyn_formula rolling = window(CYN_ROLLING, CYN_DAILY, 28, &ratio);
    cyn_formula year = window(CYN_OFFSET, CYN_YEAR, -1, &rolling), mean = fold(CYN_MEAN, 7, &year);
    cyn_formula less = op(CYN_SUB, &rolling, &mean), power = op(CYN_POW, &mean, &three);
    check_text(&mean,
               "(count(events) / distinct(events, user_id)):rolling '28d':offset(-1, 'year'):"
               "over(7, 'mean')");
    check_text(&less, "(count(events) / distinct(events, user_id)):rolling '28d' - "
                      "(count(events) / distinct(events, user_id)):rolling '28d':offset(-1, "
                      "'year'):over(7, 'mean')");
    check_text(&power, "(count(events) / distinct(events, user_id)):rolling '28d':offset(-1, "
                       "'year'):over(7, 'mean') ^ 3");
    static const struct {
        cyn_window_kind kind;
        cyn_grain_unit unit;
        int n;
        const char *want;
    } cases[] = {{CYN_ROLLING, CYN_MINUTES, 90, "x:rolling '90min'"},
                 {CYN_ROLLING, CYN_HOURLY, 12, "x:rolling '12h'"},
                 {CYN_ROLLING, CYN_WEEK, 4, "x:rolling '4w'"},
                 {CYN_ROLLING, CYN_MONTH, 3, "x:rolling '3m'"},
                 {CYN_ROLLING, CYN_QUARTER, 2, "x:rolling '2q'"},
                 {CYN_ROLLING, CYN_YEAR, 1, "x:rolling '1y'"},
                 {CYN_TO_DATE, CYN_MONTH, 1, "x:to_date 'month'"},
                 {CYN_CUMULATIVE, CYN_ALL, 1, "x:cumulative()"},
                 {CYN_OFFSET, CYN_ALL, -2, "x:offset(-2)"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_formula f = window(cases[i].kind, cases[i].unit, cases[i].n, &x);
        check_text(&f, cases[i].want);
    }
    cyn_formula of_number = window(CYN_CUMULATIVE, CYN_ALL, 1, &three);
    cyn_formula of_minus = window(CYN_CUMULATIVE, CYN_ALL, 1, &minus);
    cyn_formula of_negative = window(CYN_CUMULATIVE, CYN_ALL, 1, &negative);
    check_text(&of_number, "(3):cumulative()");
    check_text(&of_minus, "(-3):cumulative()");
    check_text(&of_negative, "(-count(events)):cumulative()");
}

/* ---- definitions ---- */

/* As a project does it, with names sorted once more. */
static cyn_code define(cyn_metric *const *metrics, size_t n, size_t which, cyn_err *err)
{
    size_t by_name[300];
    cyn_metric_sort_names((const cyn_metric *const *)metrics, n, by_name);
    return cyn_metric_define(metrics, by_name, n, which, aggs, err);
}

static void test_definitions_follow_what_is_computed(void) /* D-1, D-3 */
{
    cyn_formula a = agg(0), b = agg(1), ref_a = metric("a"), ref_b = metric("b");
    cyn_metric first = {.name = "a", .formula = &a}, renamed = {.name = "b", .formula = &a};
    cyn_metric over = {.name = "over", .formula = &ref_a}, other = {.name = "o", .formula = &ref_b};
    cyn_metric *ms[] = {&over, &other, &first, &renamed};
    for (size_t i = 0; i < 4; i++)
        CHECK_INT(define(ms, 4, i, NULL), CYN_OK);
    /* printf 'count(events)' | sha256sum */
    CHECK_STR(first.definition, "df47c380f0aebb713381e06aa564caff431f7e326b145de1d11ae918ca25d46b");
    CHECK_STR(over.definition, other.definition);
    CHECK(strcmp(over.definition, first.definition) != 0);

    cyn_metric changed = {.name = "a", .formula = &b}, over2 = {.name = "o", .formula = &ref_a};
    cyn_metric *after[] = {&over2, &changed};
    CHECK_INT(define(after, 2, 0, NULL), CYN_OK);
    CHECK(strcmp(over2.definition, over.definition) != 0);
    CHECK_INT(strlen(changed.definition), 64);
}

static void test_circles_and_unknown_names_are_errors(void) /* D-5 */
{
    cyn_formula ref_b = metric("b"), ref_c = metric("c"), good = agg(0);
    cyn_formula typo = metric("ahaa"), mixed = op(CYN_ADD, &good, &ref_b);
    cyn_metric a = {.name = "aha", .formula = &mixed}, b = {.name = "b", .formula = &ref_c};
    cyn_metric c = {.name = "c", .formula = &ref_b}, d = {.name = "d", .formula = &typo};
    cyn_metric e = {.name = "e", .formula = &good}, self = {.name = "aha2", .formula = NULL};
    cyn_formula itself = metric("aha2");
    self.formula = &itself;
    cyn_metric *ms[] = {&a, &b, &c, &d, &e, &self};
    cyn_err err = {0};
    CHECK_INT(define(ms, 6, 0, &err), CYN_E_CONFLICT);
    CHECK_STR(err.message, "metric b → c → b goes in a circle");
    CHECK_INT(err.line, 3);
    CHECK_INT(define(ms, 6, 5, &err), CYN_E_CONFLICT);
    CHECK_STR(err.message, "metric aha2 → aha2 goes in a circle");
    CHECK_INT(define(ms, 6, 3, &err), CYN_E_NAME);
    CHECK_STR(err.message, "there is no metric 'ahaa'");
    CHECK_STR(err.hint, "did you mean 'aha'?");
    cyn_formula ref_d = metric("d");
    cyn_metric f = {.name = "f", .formula = &ref_d}, *above[] = {&f, &d};
    CHECK_INT(define(above, 2, 0, &err), CYN_E_NAME);
    CHECK_STR(err.message, "metric 'f' needs 'd': there is no metric 'ahaa'");
    CHECK_INT(define(ms, 6, 4, &err), CYN_OK); /* the others are defined */
    CHECK_STR(a.definition, "");
}

static void test_windows_are_part_of_the_definition(void) /* D-1, D-3 */
{
    cyn_formula a = agg(0), week = window(CYN_ROLLING, CYN_DAILY, 7, &a);
    cyn_formula same = window(CYN_ROLLING, CYN_DAILY, 7, &a);
    cyn_formula month = window(CYN_ROLLING, CYN_DAILY, 28, &a), mean = fold(CYN_MEAN, 7, &a);
    cyn_formula sum = fold(CYN_SUM, 7, &a), inside = metric("a");
    cyn_formula of_metric = window(CYN_ROLLING, CYN_DAILY, 7, &inside);
    const cyn_formula *all[] = {&a, &week, &month, &mean, &sum, &of_metric, &same};
    cyn_metric m[7], *ms[7];
    for (size_t i = 0; i < 7; i++) {
        m[i] = (cyn_metric){.name = i ? "other" : "a", .formula = all[i]};
        ms[i] = &m[i];
    }
    for (size_t i = 0; i < 7; i++)
        CHECK_INT(define(ms, 7, i, NULL), CYN_OK);
    /* printf "count(events):rolling '7d'" | sha256sum */
    CHECK_STR(m[1].definition, "64b9239bd648ceffa47a0c60253c3ac89d9bf7502238344ca05be01c90830b34");
    CHECK_STR(m[6].definition, m[1].definition);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(m[i].definition, m[k].definition) != 0);

    cyn_formula loop = metric("b"), again = fold(CYN_MEAN, 2, &loop);
    cyn_metric b = {.name = "b", .formula = &again}, *circle[] = {&b};
    cyn_err err = {0};
    CHECK_INT(define(circle, 1, 0, &err), CYN_E_CONFLICT);
    CHECK_STR(err.message, "metric b → b goes in a circle");
}

/* ---- functions ---- */

/* A function's digest is taken as it is. */
#define DIGEST "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

static cyn_formula function(const cyn_function *fn)
{
    return (cyn_formula){
        .kind = CYN_FORMULA_SCRIPT, .place = {"metrics/m.lua", 8, 0}, .function = fn};
}

static void test_functions_are_asked_for_and_read_as_written(void)
{
    cyn_function fn = {.handle = 0, .digest = DIGEST, .text = "function(at) return 1 end"};
    cyn_function lines = {.digest = DIGEST, .text = "function(at)\n  return 1\nend"};
    cyn_formula f = function(&fn), g = function(&lines), seven = integer(7);
    cyn_formula sum = op(CYN_MUL, &f, &seven);
    CHECK_INT(value_of(&sum).value.i, 84);
    check_text(&f, "function(at) return 1 end");
    check_text(&g, "function at metrics/m.lua:8");
}

static void test_a_function_is_defined_by_its_code_and_by_what_it_names(void) /* F-7 */
{
    cyn_formula a = agg(0), b = agg(1), reference = metric("a");
    const cyn_formula *reads[] = {&reference};
    cyn_function fn = {.digest = DIGEST, .text = "", .reads = reads, .nreads = 1};
    cyn_formula f = function(&fn);
    cyn_metric first = {.name = "a", .formula = &a}, free = {.name = "f", .formula = &f};
    cyn_metric *ms[] = {&free, &first};
    CHECK_INT(define(ms, 2, 0, NULL), CYN_OK);
    CHECK(free.weight.free && !first.weight.free);
    cyn_buf text = {0};
    cyn_buf_printf(&text, "function:%s(metric:%s)", DIGEST, first.definition);
    cyn_sha256 hash = cyn_sha256_of(text.data, text.len);
    char hex[65];
    cyn_hex(hash.bytes, sizeof hash.bytes, hex);
    CHECK_STR(free.definition, hex);
    cyn_buf_clear(&text);

    cyn_metric changed = {.name = "a", .formula = &b}, again = {.name = "f", .formula = &f};
    cyn_metric *after[] = {&again, &changed};
    CHECK_INT(define(after, 2, 0, NULL), CYN_OK);
    CHECK(strcmp(again.definition, free.definition) != 0);

    cyn_formula itself = metric("f");
    reads[0] = &itself;
    cyn_metric loop = {.name = "f", .formula = &f}, *circle[] = {&loop};
    cyn_err err = {0};
    CHECK_INT(define(circle, 1, 0, &err), CYN_E_CONFLICT);
    CHECK_STR(err.message, "metric f → f goes in a circle");
}

static void test_only_whole_periods_of_a_function_can_be_asked_for(void) /* F-8 */
{
    cyn_function fn = {.digest = DIGEST, .text = ""};
    cyn_formula f = function(&fn), reference = metric("f"), one = integer(1);
    cyn_formula above = op(CYN_ADD, &reference, &one);
    cyn_formula before = window(CYN_OFFSET, CYN_ALL, -1, &above), mean = fold(CYN_MEAN, 4, &before);
    cyn_formula month = window(CYN_ROLLING, CYN_DAILY, 28, &mean);
    cyn_metric free = {.name = "f", .formula = &f}, fine = {.name = "fine", .formula = &mean};
    cyn_metric wrong = {.name = "wrong", .formula = &month};
    cyn_metric *ms[] = {&fine, &wrong, &free};
    cyn_err err = {0};
    CHECK_INT(define(ms, 3, 0, &err), CYN_OK);
    CHECK_INT(define(ms, 3, 1, &err), CYN_E_UNSUPPORTED);
    CHECK(strstr(err.message, "it has values of periods only") != NULL);
    CHECK_STR(wrong.definition, "");
}

/* Metric i is made of metric i + 1, by the operator or a fold over so many periods; the last is an
 * aggregate. Defined from either end. */
static cyn_code define_chain(size_t n, bool bottom_up, cyn_op op_or_neg, int times, cyn_err *err)
{
    static char names[300][8];
    static cyn_formula leaf, refs[300], formulas[300];
    static cyn_metric metrics[300];
    cyn_metric *ms[300];
    leaf = agg(0);
    for (size_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "m%zu", i);
        metrics[i] = (cyn_metric){.name = names[i], .formula = &leaf};
        ms[i] = &metrics[i];
    }
    for (size_t i = 0; i + 1 < n; i++) {
        refs[i] = metric(names[i + 1]);
        formulas[i] = op(op_or_neg, &refs[i], op_or_neg == CYN_NEG ? NULL : &refs[i]);
        if (times > 0) formulas[i] = fold(CYN_SUM, times, &refs[i]);
        metrics[i].formula = &formulas[i];
    }
    cyn_code rc = CYN_OK;
    for (size_t i = 0; i < n && rc == CYN_OK; i++)
        rc = define(ms, n, bottom_up ? n - 1 - i : i, err);
    return rc;
}

static void test_metrics_that_take_too_much_to_compute_are_refused(void)
{
    for (int up = 0; up <= 1; up++) {
        cyn_err err = {0};
        CHECK_INT(define_chain(200, up, CYN_NEG, 0, &err), CYN_OK);
        CHECK_INT(define_chain(202, up, CYN_NEG, 0, &err), CYN_E_LIMIT);
        CHECK(strstr(err.message, "stands on too many other metrics in a row") != NULL);
        CHECK_INT(define_chain(18, up, CYN_ADD, 0, &err), CYN_OK); /* doubling: 2^18 and some */
        CHECK_INT(define_chain(30, up, CYN_ADD, 0, &err), CYN_E_LIMIT);
        CHECK(strstr(err.message, "takes more than a million steps") != NULL);
        CHECK_INT(define_chain(3, up, CYN_ADD, 700, &err), CYN_OK); /* 490,000 and some */
        CHECK_INT(define_chain(3, up, CYN_ADD, 1000, &err), CYN_E_LIMIT);
    }
}

static void test_exhausted_memory_is_an_error(void)
{
    cyn_formula a = agg(0);
    cyn_metric m = {.name = "a", .formula = &a};
    cyn_metric *ms[] = {&m};
    cyn_test_fail_after(1);
    CHECK_INT(define(ms, 1, 0, NULL), CYN_E_NOMEM);
    cyn_test_fail_after(0);
    CHECK_STR(m.definition, "");
}

/* ---- order ---- */

static void test_the_nsm_comes_first_then_the_layers(void)
{
    cyn_metric m[] = {
        {.name = "none"},
        {.name = "lagging", .sheet = {.layer = CYN_LAGGING, .role = CYN_KGI}},
        {.name = "leading1", .sheet = {.layer = CYN_LEADING}},
        {.name = "nsm", .sheet = {.layer = CYN_LAGGING, .role = CYN_NSM}},
        {.name = "coincident", .sheet = {.layer = CYN_COINCIDENT}},
        {.name = "leading2", .sheet = {.layer = CYN_LEADING}},
    };
    const char *want[] = {"nsm", "leading1", "leading2", "coincident", "lagging", "none"};
    const cyn_metric *order[6];
    for (size_t i = 0; i < 6; i++)
        order[i] = &m[i];
    cyn_metric_sort(order, 6);
    for (size_t i = 0; i < 6; i++)
        CHECK_STR(order[i]->name, want[i]);
}

int main(void)
{
    RUN(test_division_at_the_top_gives_its_sides);
    RUN(test_lone_references_keep_their_parts);
    RUN(test_missing_spreads);
    RUN(test_windows_and_folds_are_asked_for_and_combine);
    RUN(test_errors_name_the_place);
    RUN(test_formulas_read_as_lua);
    RUN(test_windows_read_as_the_calls_that_made_them);
    RUN(test_definitions_follow_what_is_computed);
    RUN(test_circles_and_unknown_names_are_errors);
    RUN(test_windows_are_part_of_the_definition);
    RUN(test_metrics_that_take_too_much_to_compute_are_refused);
    RUN(test_exhausted_memory_is_an_error);
    RUN(test_functions_are_asked_for_and_read_as_written);
    RUN(test_a_function_is_defined_by_its_code_and_by_what_it_names);
    RUN(test_only_whole_periods_of_a_function_can_be_asked_for);
    RUN(test_the_nsm_comes_first_then_the_layers);
    return test_end();
}
