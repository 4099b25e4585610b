/* base/num: arithmetic (exact, or real, or missing), order, text both ways. */
#include "base/arena.h"
#include "base/num.h"
#include "test.h"

static cyn_num i(int64_t v)
{
    return cyn_num_integer(v);
}

static cyn_num d(int64_t mantissa, int scale)
{
    return cyn_num_decimal(mantissa, scale);
}

static cyn_num r(double v)
{
    return cyn_num_real(v);
}

/* The result as text, with the kind in front; "range" where the operation fails. */
static const char *op(cyn_op o, cyn_num a, cyn_num b)
{
    static const char *const kinds[] = {"", "i ", "d ", "r "};
    static char text[4][80];
    static int turn;
    char *out = text[turn++ % 4];
    cyn_num n = i(-99);
    cyn_err err = {0};
    cyn_code code = cyn_num_op(o, a, b, &n, &err);
    if (code != CYN_OK) {
        CHECK(err.code == code && err.message[0]);
        CHECK(n.kind == CYN_NUM_INTEGER && n.i == -99);
        return cyn_code_name(code);
    }
    cyn_buf buf = {0};
    cyn_buf_num(&buf, n);
    snprintf(out, 80, "%s%s", kinds[n.kind], buf.data);
    cyn_buf_clear(&buf);
    return out;
}

static void test_sums_of_exact_numbers_are_exact(void)
{
    CHECK_STR(op(CYN_ADD, i(2), i(3)), "i 5");
    CHECK_STR(op(CYN_SUB, i(2), i(3)), "i -1");
    CHECK_STR(op(CYN_ADD, d(10, 2), d(2, 1)), "d 0.30"); /* the larger scale */
    CHECK_STR(op(CYN_SUB, i(1), d(1, 18)), "d 0.999999999999999999");
    CHECK_STR(op(CYN_ADD, d(-5, 2), i(0)), "d -0.05");
    CHECK_STR(op(CYN_ADD, i(INT64_MAX), i(INT64_MIN)), "i -1");
    CHECK_STR(op(CYN_ADD, i(9007199254740993), i(0)), "i 9007199254740993"); /* 2^53 + 1 */
}

static void test_products_of_exact_numbers_are_exact(void)
{
    CHECK_STR(op(CYN_MUL, i(-4), i(5)), "i -20");
    CHECK_STR(op(CYN_MUL, d(1999, 2), i(3)), "d 59.97");
    CHECK_STR(op(CYN_MUL, d(15, 1), d(25, 2)), "d 0.375");
    CHECK_STR(op(CYN_NEG, d(125, 2), CYN_MISSING), "d -1.25");
    CHECK_STR(op(CYN_NEG, i(INT64_MAX), CYN_MISSING), "i -9223372036854775807");
}

static void test_overflow_of_exact_numbers_is_an_error(void)
{
    CHECK_STR(op(CYN_ADD, i(INT64_MAX), i(1)), "range");
    CHECK_STR(op(CYN_SUB, i(INT64_MIN), i(1)), "range");
    CHECK_STR(op(CYN_MUL, i(INT64_MAX), i(2)), "range");
    CHECK_STR(op(CYN_NEG, i(INT64_MIN), CYN_MISSING), "range");
    CHECK_STR(op(CYN_ADD, i(9000000000000000000), d(1, 18)), "range");
    cyn_err err;
    cyn_num n;
    CHECK_INT(cyn_num_op(CYN_ADD, i(INT64_MAX), d(-150, 2), &n, &err), CYN_E_RANGE);
    CHECK_STR(err.message, "9223372036854775807 + -1.50 overflows the 64 bits of an exact number");
}

static void test_trailing_zeros_give_way_before_digits_do(void)
{
    CHECK_STR(op(CYN_ADD, i(1000000000000000000), d(100, 2)), "d 1000000000000000001");
    CHECK_STR(op(CYN_MUL, d(5, 10), d(2, 9)), "d 0.000000000000000001");
}

/* 18 digits after the point are the most; Fraction(1, 10**19) and so on in Python. */
static void test_too_many_digits_after_the_point_make_a_real(void)
{
    CHECK_STR(op(CYN_MUL, d(1, 18), d(1, 1)), "r 1e-19");
    CHECK_STR(op(CYN_MUL, d(1234567890123, 13), d(1234567890123, 13)), "r 0.015241578753227559");
}

static void test_any_real_makes_a_real(void)
{
    CHECK_STR(op(CYN_ADD, i(1), r(0.5)), "r 1.5");
    CHECK_STR(op(CYN_MUL, r(2), r(3)), "r 6");
    CHECK_STR(op(CYN_SUB, d(1, 1), r(0.1)), "r 0");
    CHECK_STR(op(CYN_NEG, r(1.5), CYN_MISSING), "r -1.5");
}

static void test_division_gives_the_nearest_real(void)
{
    CHECK_STR(op(CYN_DIV, i(6), i(3)), "r 2");
    CHECK_STR(op(CYN_DIV, i(1), i(3)), "r 0.3333333333333333");
    CHECK_STR(op(CYN_DIV, d(3, 1), d(1, 1)),
              "r 3"); /* 0.3 / 0.1 of doubles is 2.9999999999999996 */
    CHECK_STR(op(CYN_DIV, d(30, 2), d(1, 1)), "r 3");
    CHECK_STR(op(CYN_DIV, i(INT64_MIN), i(-1)), "r 9.223372036854776e+18");
}

static void test_nothing_is_divided_by_zero(void)
{
    CHECK_STR(op(CYN_DIV, i(1), i(0)), "null");
    CHECK_STR(op(CYN_DIV, i(0), d(0, 2)), "null");
    CHECK_STR(op(CYN_DIV, r(1), r(-0.0)), "null");
    CHECK_STR(op(CYN_MOD, i(1), i(0)), "null");
    CHECK_STR(op(CYN_MOD, r(1), r(0)), "null");
}

/* As lua5.4 prints them: 7 % -3, -7 % 3, 5.5 % -2, -1e-20 % 3 … */
static void test_remainders_take_the_sign_of_the_divisor(void)
{
    CHECK_STR(op(CYN_MOD, i(7), i(3)), "i 1");
    CHECK_STR(op(CYN_MOD, i(7), i(-3)), "i -2");
    CHECK_STR(op(CYN_MOD, i(-7), i(3)), "i 2");
    CHECK_STR(op(CYN_MOD, i(-7), i(-3)), "i -1");
    CHECK_STR(op(CYN_MOD, i(6), i(-3)), "i 0");
    CHECK_STR(op(CYN_MOD, i(INT64_MIN), i(-1)), "i 0");
    CHECK_STR(op(CYN_MOD, r(5.5), i(-2)), "r -0.5");
    CHECK_STR(op(CYN_MOD, d(-10, 2), d(3, 1)), "d 0.20");
}

static void test_powers_are_reals(void)
{
    CHECK_STR(op(CYN_POW, i(2), i(10)), "r 1024");
    CHECK_STR(op(CYN_POW, i(4), r(0.5)), "r 2");
    CHECK_STR(op(CYN_POW, i(-1), r(0.5)), "null"); /* not a number */
    CHECK_STR(op(CYN_POW, i(0), i(-1)), "null");   /* infinite */
}

static void test_what_is_no_number_is_missing(void)
{
    CHECK(cyn_num_is_missing(r(NAN)));
    CHECK(cyn_num_is_missing(r(INFINITY)));
    CHECK_STR(op(CYN_MUL, r(1e300), r(1e300)), "null");
    CHECK(isnan(cyn_num_double(CYN_MISSING)));
}

static void test_missing_spreads_through_everything(void)
{
    for (int o = CYN_ADD; o <= CYN_NEG; o++) {
        CHECK_STR(op((cyn_op)o, CYN_MISSING, i(1)), "null");
        if (o != CYN_NEG) CHECK_STR(op((cyn_op)o, i(1), CYN_MISSING), "null");
    }
}

/* float(Fraction(m, 10**s)) in Python. */
static void test_decimals_become_the_nearest_double(void)
{
    CHECK(cyn_num_double(d(1, 1)) == 0.1);
    CHECK(cyn_num_double(d(-1999, 2)) == -19.99);
    CHECK(cyn_num_double(d(INT64_MAX, 18)) == 9.223372036854775807);
    CHECK(cyn_num_double(d(INT64_MIN, 18)) == -9.223372036854775808);
    CHECK(cyn_num_double(d(9007199254740993, 1)) == 0x1.999999999999ap+49);
    CHECK(cyn_num_double(d(123456789012345678, 9)) == 123456789.012345678);
}

static void test_order_is_exact_across_kinds(void)
{
    int64_t two53 = INT64_C(1) << 53;
    CHECK_INT(cyn_num_compare(i(1), i(2)), -1);
    CHECK_INT(cyn_num_compare(d(10, 1), i(1)), 0);
    CHECK_INT(cyn_num_compare(d(100, 2), d(1, 0)), 0);
    CHECK_INT(cyn_num_compare(i(INT64_MAX), d(INT64_MAX, 18)), 1);
    CHECK_INT(cyn_num_compare(i(two53 + 1), r((double)two53)), 1);
    CHECK_INT(cyn_num_compare(r((double)two53), i(two53 + 1)), -1);
    CHECK_INT(cyn_num_compare(i(INT64_MAX), r(0x1p63)), -1);
    CHECK_INT(cyn_num_compare(i(INT64_MIN), r(-0x1p63)), 0);
    CHECK_INT(cyn_num_compare(r(1e300), i(INT64_MAX)), 1);
    CHECK_INT(cyn_num_compare(r(0.5), d(5, 1)), 0);
    CHECK_INT(cyn_num_compare(r(0.1), d(1, 1)), 1);     /* the double 0.1 is above a tenth */
    CHECK_INT(cyn_num_compare(d(3, 1), r(0.3)), 1);     /* the double 0.3 is below three tenths */
    CHECK_INT(cyn_num_compare(d(1, 18), r(1e-18)), -1); /* Fraction(1e-18) > Fraction(1, 10**18) */
    CHECK_INT(cyn_num_compare(d(0, 5), r(-0.0)), 0);
    CHECK_INT(cyn_num_compare(r(1e-300), i(0)), 1);
    CHECK_INT(cyn_num_compare(r(2), r(3)), -1);
}

static void test_missing_sorts_before_everything(void)
{
    CHECK_INT(cyn_num_compare(CYN_MISSING, i(INT64_MIN)), -1);
    CHECK_INT(cyn_num_compare(r(-1e308), CYN_MISSING), 1);
    CHECK_INT(cyn_num_compare(CYN_MISSING, CYN_MISSING), 0);
}

static void check_text(cyn_num n, const char *want)
{
    cyn_buf b = {0};
    cyn_buf_num(&b, n);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

static void test_numbers_print_as_json(void)
{
    check_text(CYN_MISSING, "null");
    check_text(i(INT64_MIN), "-9223372036854775808");
    check_text(d(1250, 2), "12.50");
    check_text(d(-5, 3), "-0.005");
    check_text(d(7, 0), "7");
    check_text(d(INT64_MIN, 18), "-9.223372036854775808");
    check_text(r(0.1), "0.1");
}

static void check_decimal(const char *s, int64_t mantissa, int scale)
{
    int64_t m = -1;
    int at = -1;
    CHECK(cyn_parse_decimal(s, strlen(s), &m, &at));
    CHECK_INT(m, mantissa);
    CHECK_INT(at, scale);
}

static void test_decimals_are_read_with_their_digits(void)
{
    int64_t m;
    int scale;
    check_decimal("-12.50", -1250, 2);
    check_decimal("+7", 7, 0);
    check_decimal(".5", 5, 1);
    check_decimal("5.", 5, 0);
    check_decimal("-0.0", 0, 1);
    check_decimal("000000000000000000000012.5", 125, 1);
    check_decimal("0.000000000000000001", 1, 18);
    check_decimal("999999999999999999", 999999999999999999, 0);
    static const char *const bad[] = {"",
                                      "-",
                                      ".",
                                      "1e5",
                                      "1,5",
                                      " 1",
                                      "1 ",
                                      "1.2.3",
                                      "0x1",
                                      "--1",
                                      "nan",
                                      "1000000000000000000",
                                      "0.0000000000000000000"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        CHECK(!cyn_parse_decimal(bad[k], strlen(bad[k]), &m, &scale));
    CHECK(cyn_parse_decimal("12345", 3, &m, &scale) && m == 123); /* no byte beyond n is read */
}

static void test_integers_are_read_to_their_limits(void)
{
    int64_t v = 0;
    CHECK(cyn_parse_integer("+5", 2, &v) && v == 5);
    CHECK(cyn_parse_integer("-007", 4, &v) && v == -7);
    CHECK(cyn_parse_integer("9223372036854775807", 19, &v) && v == INT64_MAX);
    CHECK(cyn_parse_integer("-9223372036854775808", 20, &v) && v == INT64_MIN);
    CHECK(!cyn_parse_integer("9223372036854775808", 19, &v));
    CHECK(!cyn_parse_integer("-9223372036854775809", 20, &v));
    CHECK(!cyn_parse_integer("99999999999999999999999", 23, &v));
    static const char *const bad[] = {"", "-", "+", " 1", "1 ", "1.", "1.0", "1e2", "0x1", "१"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        CHECK(!cyn_parse_integer(bad[k], strlen(bad[k]), &v));
    CHECK_INT(v, INT64_MIN); /* untouched by the failures */
}

static void check_real(const char *s, double want)
{
    double got = -1;
    CHECK(cyn_parse_real(s, strlen(s), &got));
    if (got != want) printf("# %s: got %a, expected %a\n", s, got, want);
    CHECK(got == want);
}

/* Expected values are the compiler's own, which round correctly. */
static void test_reals_are_read_correctly_rounded(void)
{
    check_real("0.1", 0.1);
    check_real("-2.5", -2.5);
    check_real("1e5", 1e5);
    check_real(".5", 0.5);
    check_real("5.", 5);
    check_real("5.e1", 50);
    check_real("+1E-5", 1e-5);
    check_real("123456789012345678901234567890", 123456789012345678901234567890.0);
    check_real("9007199254740993", 9007199254740992.0);       /* a tie, to even */
    check_real("9007199254740993.00001", 9007199254740994.0); /* above it */
    check_real("1.7976931348623157e308", 1.7976931348623157e308);
    check_real("2.2250738585072011e-308", 2.2250738585072011e-308);
    check_real("5e-324", 5e-324);
    check_real("2e-324", 0);
    check_real("1e-999999999999999999999", 0);
    check_real("0e999999999999999999999", 0);
    double zero = 1;
    CHECK(cyn_parse_real("-0.0", 4, &zero) && zero == 0 && signbit(zero));
}

/* Texts longer than any buffer: zeros, then a digit that decides. */
static void test_reals_of_any_length_are_read(void)
{
    static char text[5000];
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    text[4900] = '\0';
    check_real(text, 9007199254740992.0);
    text[4899] = '1';
    check_real(text, 9007199254740994.0);
    memset(text, '0', sizeof text);
    text[1] = '.';
    strcpy(text + 4000, "25e4000"); /* 0.000…25e4000: 3998 zeros after the point */
    check_real(text, 25);
    memset(text, '0', sizeof text);
    text[0] = '7';
    strcpy(text + 4000, "e-4000");
    check_real(text, 0.7);
}

static void test_other_texts_are_no_reals(void)
{
    static const char *const bad[] = {"",    "-",    ".",   "e5",   "1e",
                                      "1e+", "0x10", "nan", "inf",  "1e400",
                                      "1,5", " 1",   "1 ",  "1.2.", "Infinity",
                                      "1_0", "1e5.", "+-1", "1f",   "-1e999999999999999999999"};
    double v = 42;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        CHECK(!cyn_parse_real(bad[k], strlen(bad[k]), &v));
    CHECK(v == 42);
    CHECK(cyn_parse_real("1.55", 3, &v) && v == 1.5); /* no byte beyond n is read */
    CHECK(cyn_parse_real("1e22", 3, &v) && v == 100);
}

static void test_rescaling_loses_no_digit(void)
{
    int64_t m = 42;
    CHECK(cyn_rescale(125, 2, 4, &m) && m == 12500);
    CHECK(cyn_rescale(-12500, 4, 2, &m) && m == -125);
    CHECK(cyn_rescale(7, 3, 3, &m) && m == 7);
    CHECK(cyn_rescale(0, 18, 0, &m) && m == 0);
    m = 42;
    CHECK(!cyn_rescale(125, 2, 1, &m));
    CHECK(!cyn_rescale(INT64_MAX / 5, 0, 1, &m));
    CHECK_INT(m, 42);
}

static void test_exhausted_memory_leaves_the_overflow_an_error(void)
{
    cyn_num n = i(7);
    cyn_err err;
    cyn_test_fail_after(1);
    CHECK_INT(cyn_num_op(CYN_ADD, i(INT64_MAX), i(1), &n, &err), CYN_E_NOMEM);
    cyn_test_fail_after(0);
    CHECK_INT(n.i, 7);
    CHECK_INT(err.code, CYN_E_NOMEM);
}

int main(void)
{
    RUN(test_sums_of_exact_numbers_are_exact);
    RUN(test_products_of_exact_numbers_are_exact);
    RUN(test_overflow_of_exact_numbers_is_an_error);
    RUN(test_trailing_zeros_give_way_before_digits_do);
    RUN(test_too_many_digits_after_the_point_make_a_real);
    RUN(test_any_real_makes_a_real);
    RUN(test_division_gives_the_nearest_real);
    RUN(test_nothing_is_divided_by_zero);
    RUN(test_remainders_take_the_sign_of_the_divisor);
    RUN(test_powers_are_reals);
    RUN(test_what_is_no_number_is_missing);
    RUN(test_missing_spreads_through_everything);
    RUN(test_decimals_become_the_nearest_double);
    RUN(test_order_is_exact_across_kinds);
    RUN(test_missing_sorts_before_everything);
    RUN(test_numbers_print_as_json);
    RUN(test_decimals_are_read_with_their_digits);
    RUN(test_integers_are_read_to_their_limits);
    RUN(test_reals_are_read_correctly_rounded);
    RUN(test_reals_of_any_length_are_read);
    RUN(test_other_texts_are_no_reals);
    RUN(test_rescaling_loses_no_digit);
    RUN(test_exhausted_memory_leaves_the_overflow_an_error);
    return test_end();
}
