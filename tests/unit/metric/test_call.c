/* Mathematical functions: of numbers, in formulas, in words and in definitions. */
#include "metric/metric.h"
#include "test.h"

static cyn_num call(cyn_call c, cyn_num a, cyn_num b)
{
    cyn_num out = cyn_num_integer(-77);
    cyn_err err = {0};
    CHECK_INT(cyn_num_call(c, a, b, &out, &err), CYN_OK);
    return out;
}

static cyn_num decimal(int64_t mantissa, int scale)
{
    return cyn_num_decimal(mantissa, scale);
}

static void test_min_and_max_give_one_of_their_arguments_as_it_is(void) /* N-10 */
{
    cyn_num half = decimal(50, 2), two = cyn_num_integer(2);
    cyn_num least = call(CYN_CALL_MIN, half, two), most = call(CYN_CALL_MAX, half, two);
    CHECK_INT(least.kind, CYN_NUM_DECIMAL);
    CHECK_INT(least.i, 50);
    CHECK_INT(least.scale, 2);
    CHECK_INT(most.kind, CYN_NUM_INTEGER);
    CHECK_INT(most.i, 2);
    CHECK_INT(call(CYN_CALL_MIN, two, cyn_num_real(2.5)).i, 2);
    CHECK_NEAR(call(CYN_CALL_MAX, two, cyn_num_real(2.5)).r, 2.5, 0);
}

/* 0.1 is less than the double nearest to it, and 2^53 + 1 lies between two doubles. */
static void test_min_and_max_compare_exactly(void) /* N-7, N-10 */
{
    cyn_num tenth = decimal(1, 1), near = cyn_num_real(0.1);
    CHECK_INT(call(CYN_CALL_MIN, near, tenth).kind, CYN_NUM_DECIMAL);
    CHECK_INT(call(CYN_CALL_MAX, tenth, near).kind, CYN_NUM_REAL);
    cyn_num odd = cyn_num_integer(9007199254740993), even = cyn_num_real(9007199254740992.0);
    CHECK_INT(call(CYN_CALL_MAX, even, odd).i, 9007199254740993);
    CHECK_INT(call(CYN_CALL_MIN, odd, even).kind, CYN_NUM_REAL);
    CHECK_INT(call(CYN_CALL_MIN, cyn_num_integer(2), cyn_num_real(2)).kind, CYN_NUM_INTEGER);
    CHECK_INT(call(CYN_CALL_MAX, cyn_num_real(2), cyn_num_integer(2)).kind, CYN_NUM_REAL);
}

static void test_abs_is_exact_where_its_argument_is(void) /* N-3, N-10 */
{
    cyn_num a = call(CYN_CALL_ABS, decimal(-1250, 2), CYN_MISSING);
    CHECK_INT(a.i, 1250);
    CHECK_INT(a.scale, 2);
    CHECK_INT(call(CYN_CALL_ABS, cyn_num_integer(-INT64_MAX), CYN_MISSING).i, INT64_MAX);
    CHECK_INT(call(CYN_CALL_ABS, cyn_num_integer(0), CYN_MISSING).i, 0);
    CHECK_NEAR(call(CYN_CALL_ABS, cyn_num_real(-0.5), CYN_MISSING).r, 0.5, 0);
    cyn_num out = {0};
    cyn_err err = {0};
    cyn_code rc = cyn_num_call(CYN_CALL_ABS, cyn_num_integer(INT64_MIN), CYN_MISSING, &out, &err);
    CHECK_INT(rc, CYN_E_RANGE);
    CHECK_INT(out.kind, CYN_NUM_MISSING);
}

/* python3: math.sqrt(2), math.exp(1), math.exp(-745), math.log(10), math.log(0.1) */
static void test_sqrt_exp_and_log_are_real(void) /* N-10 */
{
    CHECK_INT(call(CYN_CALL_SQRT, cyn_num_integer(9), CYN_MISSING).kind, CYN_NUM_REAL);
    CHECK_NEAR(call(CYN_CALL_SQRT, cyn_num_integer(9), CYN_MISSING).r, 3, 0);
    CHECK_NEAR(call(CYN_CALL_SQRT, cyn_num_integer(2), CYN_MISSING).r, 1.4142135623730951, 0);
    CHECK_NEAR(call(CYN_CALL_EXP, cyn_num_integer(1), CYN_MISSING).r, 2.718281828459045, 1e-15);
    CHECK_NEAR(call(CYN_CALL_EXP, cyn_num_integer(-800), CYN_MISSING).r, 0, 0);
    CHECK_NEAR(call(CYN_CALL_LOG, cyn_num_integer(10), CYN_MISSING).r, 2.302585092994046, 1e-15);
    CHECK_NEAR(call(CYN_CALL_LOG, decimal(1, 1), CYN_MISSING).r, -2.3025850929940455, 1e-15);
    CHECK_INT(call(CYN_CALL_LOG, cyn_num_integer(1), CYN_MISSING).kind, CYN_NUM_REAL);
}

static void test_what_has_no_real_result_is_missing(void) /* N-5, N-10 */
{
    CHECK(cyn_num_is_missing(call(CYN_CALL_SQRT, cyn_num_integer(-1), CYN_MISSING)));
    CHECK(cyn_num_is_missing(call(CYN_CALL_LOG, cyn_num_integer(0), CYN_MISSING)));
    CHECK(cyn_num_is_missing(call(CYN_CALL_LOG, cyn_num_real(-2), CYN_MISSING)));
    CHECK(cyn_num_is_missing(call(CYN_CALL_EXP, cyn_num_integer(710), CYN_MISSING)));
    CHECK(!cyn_num_is_missing(call(CYN_CALL_EXP, cyn_num_integer(709), CYN_MISSING)));
}

static void test_missing_spreads_through_functions(void) /* M-4, N-10 */
{
    cyn_num one = cyn_num_integer(1);
    for (int c = CYN_CALL_MIN; c <= CYN_CALL_LOG; c++)
        CHECK(cyn_num_is_missing(call((cyn_call)c, CYN_MISSING, one)));
    CHECK(cyn_num_is_missing(call(CYN_CALL_MIN, one, CYN_MISSING)));
    CHECK(cyn_num_is_missing(call(CYN_CALL_MAX, one, CYN_MISSING)));
    CHECK(!cyn_num_is_missing(call(CYN_CALL_ABS, one, CYN_MISSING)));
}

/* ---- in formulas ---- */

static const cyn_view events = {.source = "events"}, orders = {.source = "orders"};
static const cyn_agg count = {.func = CYN_COUNT, .view = &events};
static const cyn_agg other = {.func = CYN_COUNT, .view = &orders};
static const cyn_agg *const aggs[] = {&count, &other};

static const cyn_formula a = {.kind = CYN_FORMULA_AGG, .agg = 0};
static const cyn_formula b = {.kind = CYN_FORMULA_AGG, .agg = 1};
static const cyn_formula ratio = {.kind = CYN_FORMULA_OP, .op = CYN_DIV, .a = &a, .b = &b};

/* 12 of 40 rows, then −8 of 50. */
static cyn_code give_agg(void *self, uint32_t i, cyn_cell *out, cyn_err *err)
{
    (void)self, (void)err;
    *out = (cyn_cell){.value = cyn_num_integer(i ? -8 : 12), .rows = i ? 50 : 40};
    return CYN_OK;
}

static const cyn_formula_env env = {.agg = give_agg};

static cyn_formula function(cyn_call c, const cyn_formula *x, const cyn_formula *y)
{
    return (cyn_formula){.kind = CYN_FORMULA_CALL,
                         .call = c,
                         .a = x,
                         .b = y,
                         .place = {.file = "metrics/m.lua", .line = 9}};
}

static void test_a_function_in_a_formula_has_its_rows_and_no_sides(void) /* A-12, N-10 */
{
    cyn_formula least = function(CYN_CALL_MIN, &a, &b), size = function(CYN_CALL_ABS, &ratio, NULL);
    cyn_cell cell;
    CHECK_INT(cyn_formula_eval(&least, &env, &cell, NULL), CYN_OK);
    CHECK_INT(cell.value.i, -8);
    CHECK_INT(cell.rows, 50);
    CHECK_INT(cyn_formula_eval(&size, &env, &cell, NULL), CYN_OK);
    CHECK_NEAR(cyn_num_double(cell.value), 1.5, 0);
    CHECK(cyn_num_is_missing(cell.numerator) && cyn_num_is_missing(cell.denominator));
    cyn_formula of_size = {.kind = CYN_FORMULA_OP, .op = CYN_DIV, .a = &a, .b = &size};
    CHECK_INT(cyn_formula_eval(&of_size, &env, &cell, NULL), CYN_OK);
    CHECK_INT(cell.rows, 50); /* a function of rows has rows */
}

static void test_an_overflow_names_the_place_of_the_function(void) /* N-3 */
{
    cyn_formula least = {.kind = CYN_FORMULA_CONST, .value = cyn_num_integer(INT64_MIN)};
    cyn_formula size = function(CYN_CALL_ABS, &least, NULL);
    cyn_cell cell;
    cyn_err err = {0};
    CHECK_INT(cyn_formula_eval(&size, &env, &cell, &err), CYN_E_RANGE);
    CHECK_STR(err.file, "metrics/m.lua");
    CHECK_INT(err.line, 9);
}

static void check_text(const cyn_formula *f, const char *want)
{
    cyn_buf out = {0};
    CHECK_INT(cyn_formula_text(f, aggs, &out, NULL), CYN_OK);
    CHECK_STR(out.data, want);
    cyn_buf_clear(&out);
}

static void test_functions_read_as_calls(void)
{
    cyn_formula root = function(CYN_CALL_SQRT, &ratio, NULL);
    cyn_formula two = {.kind = CYN_FORMULA_CONST, .value = cyn_num_integer(2)};
    cyn_formula most = function(CYN_CALL_MAX, &root, &two);
    cyn_formula power = {.kind = CYN_FORMULA_OP, .op = CYN_POW, .a = &most, .b = &two};
    cyn_formula before = {.kind = CYN_FORMULA_WINDOW,
                          .window = {.kind = CYN_OFFSET, .unit = CYN_ALL, .n = -1},
                          .a = &power};
    check_text(&most, "max(sqrt(count(events) / count(orders)), 2)");
    check_text(&before, "(max(sqrt(count(events) / count(orders)), 2) ^ 2):offset(-1)");
    before.a = &most;
    check_text(&before, "max(sqrt(count(events) / count(orders)), 2):offset(-1)");
}

static void test_functions_are_part_of_the_definition(void) /* D-1 */
{
    cyn_formula fs[] = {function(CYN_CALL_MIN, &a, &b), function(CYN_CALL_MAX, &a, &b),
                        function(CYN_CALL_MIN, &b, &a), function(CYN_CALL_LOG, &a, NULL),
                        function(CYN_CALL_EXP, &a, NULL)};
    cyn_metric m[5], *ms[5];
    for (size_t i = 0; i < 5; i++) {
        m[i] = (cyn_metric){.name = "m", .formula = &fs[i]};
        ms[i] = &m[i];
        CHECK_INT(cyn_metric_define(ms, (const size_t[]){0, 1, 2, 3, 4}, i + 1, i, aggs, NULL),
                  CYN_OK);
    }
    /* printf 'min(count(events), count(orders))' | sha256sum */
    CHECK_STR(m[0].definition, "2b593b27719a90dc053b3024942c8348aa3f9e6750f9a42fcc19714cbb498505");
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(m[i].definition, m[k].definition) != 0);
}

int main(void)
{
    RUN(test_min_and_max_give_one_of_their_arguments_as_it_is);
    RUN(test_min_and_max_compare_exactly);
    RUN(test_abs_is_exact_where_its_argument_is);
    RUN(test_sqrt_exp_and_log_are_real);
    RUN(test_what_has_no_real_result_is_missing);
    RUN(test_missing_spreads_through_functions);
    RUN(test_a_function_in_a_formula_has_its_rows_and_no_sides);
    RUN(test_an_overflow_names_the_place_of_the_function);
    RUN(test_functions_read_as_calls);
    RUN(test_functions_are_part_of_the_definition);
    return test_end();
}
