/* The shorthand for series of values; tests/golden/shorthand.py compares it with promtool. */
#include "rules/case_values.h"
#include "test.h"

static cyn_arena *arena;
static double *values;
static size_t count;

static cyn_code parse(const char *text, cyn_err *err)
{
    return cyn_test_values(text, arena, &values, &count, err);
}

/* Reads `text`, and holds it against n values, NAN for missing ones; exactly. */
static void check(const char *text, const double *expected, size_t n)
{
    cyn_err err = {0};
    CHECK_INT(parse(text, &err), CYN_OK);
    CHECK_STR(err.message, "");
    CHECK_INT(count, n);
    for (size_t i = 0; i < n && i < count; i++) {
        bool same = isnan(expected[i]) ? isnan(values[i]) : values[i] == expected[i];
        if (!same) printf("# %s, value %zu: %.17g\n", text, i, values[i]);
        CHECK(same);
    }
}
#define LIST(...) ((const double[]){__VA_ARGS__}), sizeof((const double[]){__VA_ARGS__}) / 8

static void test_values_stand_for_themselves(void)
{
    check("1 2.5 -3 +4 .5 1e3 0.25e-2", LIST(1, 2.5, -3, 4, 0.5, 1000, 0.0025));
    check("  1\n\t2  ", LIST(1, 2));
    check("0 0.5 -0.5 00.5", LIST(0, 0.5, -0.5, 0.5));
}

static void test_nothing_is_no_value(void)
{
    CHECK_INT(parse("", NULL), CYN_OK);
    CHECK_INT(count, 0);
    CHECK_INT(parse(" \n ", NULL), CYN_OK);
    CHECK_INT(count, 0);
}

static void test_x_repeats_a_value_beside_the_first(void)
{
    check("0.3x4", LIST(0.3, 0.3, 0.3, 0.3, 0.3));
    check("5x0", LIST(5));
    check("-2x1 7", LIST(-2, -2, 7));
    check("0x3", LIST(0, 0, 0, 0)); /* no hexadecimal number */
}

static void test_a_step_is_added_each_time(void)
{
    check("1+2x3", LIST(1, 3, 5, 7));
    check("10-2x3", LIST(10, 8, 6, 4));
    check("-1-1x2", LIST(-1, -2, -3));
    check("1e2+1e1x2", LIST(100, 110, 120));
}

static void test_steps_are_decimal(void)
{
    check("0.1+0.1x2", LIST(0.1, 0.2, 0.3));
    check("0.2+0.01x5", LIST(0.2, 0.21, 0.22, 0.23, 0.24, 0.25));
    check("1-0.1x10", LIST(1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0));
}

static void test_a_gap_is_as_long_as_it_says(void)
{
    check("1 _ 2", LIST(1, NAN, 2));
    check("_x3 1", LIST(NAN, NAN, NAN, 1));
    check("1 _x0 2", LIST(1, 2));
    check("1 stale 2", LIST(1, NAN, 2));
}

static void check_error(const char *text, cyn_code code, int column, const char *message)
{
    cyn_err err = {0};
    CHECK_INT(parse(text, &err), code);
    CHECK_INT(err.column, column);
    CHECK_STR(err.message, message);
}

static void test_errors_say_where(void)
{
    check_error("1 2..3", CYN_E_SYNTAX, 5, "'2..3': expected a blank before what follows");
    check_error("1 abc", CYN_E_SYNTAX, 3, "'abc': expected a number");
    check_error("1 2x", CYN_E_SYNTAX, 5, "'2x': expected a whole number after x");
    check_error("2x-1", CYN_E_SYNTAX, 3, "'2x-1': expected a whole number after x");
    check_error("1 1+2 3", CYN_E_SYNTAX, 6, "'1+2': a step needs how often: 0.2+0.01x5");
    check_error("1+x3", CYN_E_SYNTAX, 2, "'1+x3': expected a number");
    check_error("007", CYN_E_SYNTAX, 1, "'007': a whole number begins with 0");
    check_error("inf", CYN_E_SYNTAX, 1, "'inf': expected a number");
    check_error("NaN", CYN_E_SYNTAX, 1, "'NaN': expected a number");
    check_error("stalex2", CYN_E_SYNTAX, 1, "'stalex2': expected a number");
    check_error("値 1", CYN_E_SYNTAX, 1, "'値': expected a number");
    check_error("1e999", CYN_E_RANGE, 1, "'1e999': the number is too large");
    check_error("1e308+1e308x5", CYN_E_RANGE, 1, "'1e308+1e308x5': the values grow too large");
}

static void test_a_series_has_its_limit(void)
{
    CHECK_INT(parse("1x99999", NULL), CYN_OK);
    CHECK_INT(count, 100000);
    check_error("1x100000", CYN_E_LIMIT, 1, "'1x100000': a series has at most 100,000 values");
    check_error("1 1x99999", CYN_E_LIMIT, 3, "'1x99999': a series has at most 100,000 values");
    check_error("1x99999999999999999999", CYN_E_LIMIT, 3,
                "'1x99999999999999999999': a series has at most 100,000 values");
}

/* Whatever comes: no crash, and what is read is finite or missing. */
static void test_any_text_is_read_or_refused(void)
{
    static const char alphabet[] = "0123456789+-x_. eEstal\n";
    unsigned seed = 1;
    size_t read = 0, refused = 0;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t n = 0;
        for (; n < sizeof text - 1; n++) {
            seed = seed * 1664525u + 1013904223u;
            if ((seed >> 24) % 12 == 0) break;
            text[n] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        text[n] = '\0';
        cyn_err err = {0};
        cyn_arena *a = cyn_arena_new(0);
        cyn_code rc = cyn_test_values(text, a, &values, &count, &err);
        for (size_t i = 0; rc == CYN_OK && i < count; i++)
            CHECK(isfinite(values[i]) || isnan(values[i]));
        CHECK(rc == CYN_OK || (err.column >= 1 && (size_t)err.column <= n + 1));
        read += rc == CYN_OK;
        refused += rc != CYN_OK;
        cyn_arena_free(a);
    }
    CHECK(read > 500 && refused > 500);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_values_stand_for_themselves);
    RUN(test_nothing_is_no_value);
    RUN(test_x_repeats_a_value_beside_the_first);
    RUN(test_a_step_is_added_each_time);
    RUN(test_steps_are_decimal);
    RUN(test_a_gap_is_as_long_as_it_says);
    RUN(test_errors_say_where);
    RUN(test_a_series_has_its_limit);
    RUN(test_any_text_is_read_or_refused);
    cyn_arena_free(arena);
    return test_end();
}
