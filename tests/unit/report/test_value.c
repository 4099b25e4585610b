#include "base/arena.h"
#include "report/report_impl.h"
#include "test.h"

static const char *shown_in(cyn_num n, const char *unit, const char *language, bool ascii)
{
    static cyn_buf b;
    cyn_buf_reset(&b);
    cyn_put_value(n, unit, language, ascii, &b);
    return b.data;
}

static const char *shown(cyn_num n, const char *unit)
{
    return shown_in(n, unit, "en", false);
}

#define REAL(x) cyn_num_real(x)

static void test_integers_are_exact_and_grouped(void)
{
    CHECK_STR(shown(cyn_num_integer(0), NULL), "0");
    CHECK_STR(shown(cyn_num_integer(999), NULL), "999");
    CHECK_STR(shown(cyn_num_integer(-1000), "users"), "-1,000");
    CHECK_STR(shown(cyn_num_integer(INT64_MAX), NULL), "9,223,372,036,854,775,807");
    CHECK_STR(shown(cyn_num_integer(INT64_MIN), NULL), "-9,223,372,036,854,775,808");
}

static void test_decimals_keep_their_digits(void)
{
    CHECK_STR(shown(cyn_num_decimal(1250, 2), NULL), "12.50");
    CHECK_STR(shown(cyn_num_decimal(-5, 2), NULL), "-0.05");
    CHECK_STR(shown(cyn_num_decimal(123456789012345678, 2), NULL), "1,234,567,890,123,456.78");
    CHECK_STR(shown(cyn_num_decimal(123456789, 8), NULL), "1.23");
}

static void test_reals_show_three_or_four_digits(void)
{
    CHECK_STR(shown(REAL(3.4142), NULL), "3.41");
    CHECK_STR(shown(REAL(0.41267), NULL), "0.413");
    CHECK_STR(shown(REAL(0.0041267), NULL), "0.00413");
    CHECK_STR(shown(REAL(123.456), NULL), "123.5");
    CHECK_STR(shown(REAL(999.96), NULL), "1,000.0");
    CHECK_STR(shown(REAL(1234567.8), NULL), "1,234,568");
    CHECK_STR(shown(REAL(0), NULL), "0");
    CHECK_STR(shown(REAL(-0.0), NULL), "0");
    CHECK_STR(shown(REAL(1.5e20), NULL), "1.5e+20");
    CHECK_STR(shown(REAL(2e-9), NULL), "2e-09");
}

static void test_shares_are_percent(void)
{
    CHECK_STR(shown(REAL(0.412), "%"), "41.2 %");
    CHECK_STR(shown_in(REAL(0.412), "%", "ja", false), "41.2%");
    CHECK_STR(shown(REAL(0.00042), "%"), "0.042 %"); /* not 0.0 % */
    CHECK_STR(shown(cyn_num_integer(1), "%"), "100.0 %");
    CHECK_STR(shown(cyn_num_decimal(125, 3), "%"), "12.5 %");
    CHECK_STR(shown(cyn_num_integer(INT64_MAX / 2), "%"), "4.61e+20 %"); /* exact would overflow */
}

static void test_money_has_its_symbol_and_decimals(void)
{
    CHECK_STR(shown(REAL(12.5), "USD"), "$12.50");
    CHECK_STR(shown(cyn_num_decimal(-123456, 2), "EUR"), "-€1,234.56");
    CHECK_STR(shown(cyn_num_integer(1234567), "JPY"), "¥1,234,567");
    CHECK_STR(shown(REAL(1234.6), "円"), "¥1,235");
    CHECK_STR(shown(REAL(0.42), "JPY"), "¥0.42"); /* a mean of less than a yen is not 0 yen */
    CHECK_STR(shown_in(cyn_num_integer(1234), "JPY", "ja", true), "1,234 JPY");
    CHECK_STR(shown_in(cyn_num_integer(1234), "USD", "en", true), "$1,234.00");
    /* Halves go away from zero: 0.125 and 0.135 to cents. */
    CHECK_STR(shown(cyn_num_decimal(125, 3), "USD"), "$0.13");
    CHECK_STR(shown(cyn_num_decimal(-135, 3), "USD"), "-$0.14");
    CHECK_STR(shown(cyn_num_decimal(INT64_MAX, 18), "USD"), "$9.22");
}

static void test_durations_carry_their_unit(void)
{
    CHECK_STR(shown(REAL(3.4), "h"), "3.40 h");
    CHECK_STR(shown(cyn_num_integer(14), "days"), "14 days");
    CHECK_STR(shown_in(cyn_num_integer(14), "days", "ja", false), "14日");
    CHECK_STR(shown_in(cyn_num_integer(14), "days", "ja", true), "14 days");
}

static void test_a_missing_value_is_a_dash_and_no_zero(void)
{
    CHECK_STR(shown(CYN_MISSING, "USD"), "–");
    CHECK_STR(shown_in(CYN_MISSING, "%", "ja", true), "-");
}

static void check_change(double from, double to, const char *unit, const char *text, int sign)
{
    cyn_buf b = {0};
    int got = cyn_put_change(REAL(from), REAL(to), unit, "en", &b);
    CHECK_STR(b.data, text);
    CHECK_INT(got, sign);
    cyn_buf_clear(&b);
}

static void test_changes_are_percent_of_levels_and_points_of_shares(void)
{
    check_change(3.3, 3.41, NULL, "+3.3 %", 1);
    check_change(0.40, 0.412, "%", "+1.2 pt", 1);
    check_change(100, 50, "USD", "-50.0 %", -1);
    check_change(-100, -150, NULL, "-50.0 %", -1); /* a larger loss is a change for the worse */
    check_change(1, 1.0001, NULL, "0.0 %", 0);     /* rounds to none: no sign, no colour */
    check_change(1, 25, NULL, "+2,400 %", 1);
    check_change(0, 5, NULL, NULL, 0); /* of nothing, nothing can be a part */
    check_change(0, 0.05, "%", "+5.0 pt", 1);
    check_change(NAN, 5, NULL, NULL, 0);
}

static void test_a_written_number_keeps_its_digits(void)
{
    CHECK_STR(shown(cyn_written_num(3.5), NULL), "3.5");
    CHECK_STR(shown(cyn_written_num(1000), NULL), "1,000");
    CHECK_STR(shown(cyn_written_num(0.1234), NULL), "0.1234");
    CHECK_STR(shown(cyn_written_num(-0.5), NULL), "-0.5");
    CHECK_STR(shown(cyn_written_num(1.0 / 3), NULL), "0.333");
    CHECK_STR(shown(cyn_written_num(0), NULL), "0");
}

static const char *line(const cyn_num *v, size_t n, bool ascii)
{
    static cyn_buf b;
    cyn_buf_reset(&b);
    cyn_buf_puts(&b, "[");
    cyn_sparkline(v, n, ascii, &b);
    cyn_buf_puts(&b, "]");
    return b.data;
}

static void test_a_sparkline_has_eight_heights_and_gaps(void)
{
    cyn_num up[9], far[] = {REAL(-1.7e308), REAL(0), REAL(1.7e308)};
    for (int i = 0; i < 8; i++)
        up[i] = cyn_num_integer(i);
    up[8] = CYN_MISSING;
    CHECK_STR(line(up, 9, false), "[▁▂▃▄▅▆▇█ ]");
    CHECK_STR(line(up, 9, true), "[_.,-~=*# ]");
    CHECK_STR(line(far, 3, false), "[▁▅█]");
    CHECK_STR(line(up + 3, 1, false), "[▄]");
    CHECK_STR(line(up + 8, 1, false), "[]");
    CHECK_STR(line(NULL, 0, false), "[]");
}

static const char *difference(cyn_num n, const char *unit, const char *language)
{
    static cyn_buf b;
    cyn_buf_reset(&b);
    cyn_put_difference(n, unit, language, false, &b);
    return b.data;
}

static void test_differences_have_a_sign_and_points_between_shares(void)
{
    cyn_buf none = {0};
    CHECK_STR(difference(REAL(1234.5), "USD", "en"), "+$1,234.50");
    CHECK_STR(difference(REAL(-11498.0186), "USD", "en"), "-$11,498.02");
    CHECK_STR(difference(REAL(0.0135), "%", "en"), "+1.4 pt");
    CHECK_STR(difference(REAL(-0.0915), "%", "ja"), "-9.2pt");
    CHECK_STR(difference(cyn_num_integer(12), NULL, "en"), "+12");
    CHECK_STR(difference(cyn_num_integer(0), "JPY", "en"), "¥0");
    CHECK_STR(difference(REAL(-3.25), "h", "ja"), "-3.25時間");
    CHECK_INT(cyn_put_difference(CYN_MISSING, "USD", "en", false, &none), 0);
    CHECK(!none.len);
    CHECK_INT(cyn_put_difference(REAL(-1), "USD", "en", false, &none), -1);
    cyn_buf_clear(&none);
}

static void test_shares_of_a_change_have_a_sign(void)
{
    cyn_buf b = {0};
    cyn_put_percent(0.913, "en", &b);
    cyn_put_percent(-0.087, "ja", &b);
    cyn_put_percent(12.5, "en", &b);
    CHECK_STR(b.data, "+91.3 %-8.7%+1,250 %");
    cyn_buf_clear(&b);
}

static void test_whole_reals_are_counted(void)
{
    CHECK_INT(cyn_plain_num(1200.0).kind, CYN_NUM_INTEGER);
    CHECK_INT(cyn_plain_num(1200.5).kind, CYN_NUM_REAL);
    CHECK_INT(cyn_plain_num(1e300).kind, CYN_NUM_REAL);
    CHECK_INT(cyn_plain_num(NAN).kind, CYN_NUM_MISSING);
    CHECK_INT(cyn_plain_num(INFINITY).kind, CYN_NUM_MISSING);
}

int main(void)
{
    RUN(test_integers_are_exact_and_grouped);
    RUN(test_decimals_keep_their_digits);
    RUN(test_reals_show_three_or_four_digits);
    RUN(test_shares_are_percent);
    RUN(test_money_has_its_symbol_and_decimals);
    RUN(test_durations_carry_their_unit);
    RUN(test_a_missing_value_is_a_dash_and_no_zero);
    RUN(test_changes_are_percent_of_levels_and_points_of_shares);
    RUN(test_a_written_number_keeps_its_digits);
    RUN(test_a_sparkline_has_eight_heights_and_gaps);
    RUN(test_differences_have_a_sign_and_points_between_shares);
    RUN(test_shares_of_a_change_have_a_sign);
    RUN(test_whole_reals_are_counted);
    return test_end();
}
