/* base/buf: appending, JSON texts, shortest reals, exhausted memory. */
#include "base/arena.h"
#include "base/buf.h"
#include "test.h"
#include <float.h>
#include <locale.h>
#include <string.h>

static void test_appends_of_every_kind_line_up(void)
{
    cyn_buf b = {0};
    cyn_buf_puts(&b, "a");
    cyn_buf_putc(&b, 'b');
    cyn_buf_add(&b, "cde", 2);
    cyn_buf_repeat(&b, "-=", 3);
    cyn_buf_repeat(&b, "x", 0);
    cyn_buf_printf(&b, "%d%s", 7, "!");
    CHECK_STR(b.data, "abcd-=-=-=7!");
    CHECK_INT(b.len, strlen(b.data));
    CHECK_INT(cyn_buf_check(&b, NULL), CYN_OK);
    cyn_buf_reset(&b);
    CHECK_STR(b.data, "");
    cyn_buf_clear(&b);
    CHECK(b.data == NULL && b.len == 0);
}

static void test_printf_is_right_at_every_fill_level(void)
{
    for (int fill = 0; fill < 140; fill++) {
        cyn_buf b = {0};
        cyn_buf_repeat(&b, ".", (size_t)fill);
        cyn_buf_printf(&b, "%0*d|", 60, 1);
        CHECK_INT(b.len, fill + 61);
        CHECK_INT(strlen(b.data), b.len);
        CHECK_STR(b.data + b.len - 3, "01|");
        cyn_buf_clear(&b);
    }
}

static void test_nul_bytes_are_data(void)
{
    cyn_buf b = {0};
    cyn_buf_add(&b, "a\0b", 3);
    CHECK_INT(b.len, 3);
    CHECK(!memcmp(b.data, "a\0b", 4));
    cyn_buf_clear(&b);
}

static void check_json(const char *s, size_t n, const char *want)
{
    cyn_buf b = {0};
    cyn_buf_json_string(&b, s, n);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

static void test_json_texts_are_escaped(void)
{
    check_json("", 0, "\"\"");
    check_json("say \"hi\" \\ /", 12, "\"say \\\"hi\\\" \\\\ /\"");
    check_json("a\n\r\t\x01\x1f\0z", 8, "\"a\\n\\r\\t\\u0001\\u001f\\u0000z\"");
    check_json("売上 é 😀", strlen("売上 é 😀"), "\"売上 é 😀\"");
}

static void test_json_texts_never_hold_invalid_utf8(void)
{
    check_json("a\xFFz", 3, "\"a\xEF\xBF\xBDz\"");
    check_json("\xC0\x80", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                 /* overlong NUL */
    check_json("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""); /* surrogate */
    check_json("x\xE5\xA3", 3, "\"x\xEF\xBF\xBD\xEF\xBF\xBD\"");               /* cut off */
}

static void check_real(double x, const char *want)
{
    cyn_buf b = {0};
    cyn_buf_real(&b, x);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

/* Digits as Python's repr gives them. */
static void test_reals_have_their_shortest_text(void)
{
    check_real(0.1, "0.1");
    check_real(0.1 + 0.2, "0.30000000000000004");
    check_real(1.0 / 3, "0.3333333333333333");
    check_real(3, "3");
    check_real(-2.5, "-2.5");
    check_real(-42, "-42");
    check_real(999999999999999.0, "999999999999999");
    check_real(1e15, "1e+15");
    check_real(1e15 + 1, "1000000000000001");
    check_real(-123456789012345.5, "-123456789012345.5");
    check_real(1e22, "1e+22");
    check_real(123456789012345680.0, "1.2345678901234568e+17");
    check_real(DBL_MAX, "1.7976931348623157e+308");
    check_real(DBL_MIN, "2.2250738585072014e-308");
    check_real(5e-324, "5e-324");
    check_real(1.5e-323, "1.5e-323");
    check_real(0, "0");
    check_real(-0.0, "0");
}

static void test_digits_are_filled_with_zeros_in_front(void)
{
    cyn_buf b = {0};
    cyn_buf_digits(&b, 0, 1);
    cyn_buf_putc(&b, ' ');
    cyn_buf_digits(&b, 0, 0);
    cyn_buf_putc(&b, ' ');
    cyn_buf_digits(&b, 7, 3);
    cyn_buf_putc(&b, ' ');
    cyn_buf_digits(&b, 1234, 2);
    cyn_buf_putc(&b, ' ');
    cyn_buf_digits(&b, UINT64_MAX, 0);
    CHECK_STR(b.data, "0 0 007 1234 18446744073709551615");
    cyn_buf_clear(&b);
}

/* The text of 16 digits nearest to these does not read back; Python's repr finds the other one. */
static void test_powers_of_two_have_their_shortest_text(void)
{
    check_real(ldexp(1, -44), "5.684341886080802e-14");
    check_real(ldexp(1, -1017), "7.120236347223045e-307");
    check_real(-ldexp(1, -1007), "-7.291122019556398e-304");
    check_real(ldexp(1, -24), "5.960464477539063e-08");
    check_real(ldexp(1, 89), "6.189700196426902e+26");
}

static void test_all_powers_of_two_read_back(void)
{
    for (int e = -1074; e <= 1023; e++) {
        cyn_buf b = {0};
        cyn_buf_real(&b, ldexp(1, e));
        CHECK(strtod(b.data, NULL) == ldexp(1, e));
        cyn_buf_clear(&b);
    }
}

/* What the text of a real is: of the nearest ones of 15, 16, 17 digits the first that reads back.
 */
static void check_by_definition(double x)
{
    char want[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(want, sizeof want, "%.*g", digits, x);
        if (strtod(want, NULL) == x) break;
    }
    check_real(x, want);
}

/* Of all sizes, with few digits and with many, and beside such as end in a tie or a carry. */
static void test_reals_of_all_sizes_have_the_text_that_is_defined(void)
{
    uint64_t seed = 42;
    for (int i = 0; i < 200000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double x = (double)(seed >> 11), scale = pow(10, (double)(i % 26) - 3);
        int exponent;
        if (i % 3 == 0) x = floor(x / 9007199254740992.0 * pow(10, i % 17));
        x /= scale;
        if (i % 5 == 0) x = nextafter(x, i % 2 ? INFINITY : 0);
        if (x != 0 && frexp(x, &exponent) != 0.5) check_by_definition(i % 7 ? x : -x);
    }
    static const double edges[] = {999999999999999.9,
                                   99999999999999.98,
                                   9.9999999999999995e-5,
                                   1.0000000000000002e-4,
                                   0.00012207031250000003,
                                   0.5000000000000001,
                                   4503599627370497.5,
                                   0.3,
                                   2.675,
                                   1e-4,
                                   562949953421312.1};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        check_by_definition(edges[i]);
}

static void test_what_json_cannot_hold_is_null(void)
{
    check_real(NAN, "null");
    check_real(INFINITY, "null");
    check_real(-INFINITY, "null");
}

/* A locale with a decimal comma; where none is installed the C locale is checked once more. */
static void test_reals_do_not_know_locales(void)
{
    static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8"};
    bool found = false;
    for (size_t i = 0; i < 3 && !found; i++)
        found = setlocale(LC_NUMERIC, commas[i]) != NULL;
    if (!found) printf("# no locale with a decimal comma is installed\n");
    check_real(1.5, "1.5");
    check_real(1e-7, "1e-07");
    setlocale(LC_NUMERIC, "C");
}

static void fill(cyn_buf *b)
{
    for (int i = 0; i < 200; i++) {
        cyn_buf_printf(b, "row %d ", i);
        cyn_buf_json_string(b, "a\"b", 3);
        cyn_buf_real(b, i / 7.0);
    }
}

static void test_exhausted_memory_is_seen_once_at_the_end(void)
{
    cyn_buf whole = {0};
    fill(&whole);
    size_t tries = 0;
    for (size_t n = 1;; n++) {
        cyn_buf b = {0};
        cyn_err err = {0};
        cyn_test_fail_after(n);
        fill(&b);
        cyn_test_fail_after(0);
        cyn_code code = cyn_buf_check(&b, &err);
        CHECK(code == CYN_OK || (code == CYN_E_NOMEM && err.code == CYN_E_NOMEM));
        /* what was written before is whole, and a prefix of the rest */
        CHECK(!b.data || (strlen(b.data) == b.len && !strncmp(b.data, whole.data, b.len)));
        if (code == CYN_OK) CHECK_STR(b.data, whole.data);
        cyn_buf_clear(&b);
        tries = n;
        if (code == CYN_OK || n > 100) break;
    }
    CHECK(tries > 3 && tries <= 100);
    cyn_buf_clear(&whole);
}

static void test_impossible_sizes_fail_like_exhausted_memory(void)
{
    cyn_buf b = {0};
    cyn_buf_puts(&b, "kept");
    CHECK(!cyn_buf_reserve(&b, SIZE_MAX - 2));
    cyn_buf_puts(&b, "ignored");
    CHECK_STR(b.data, "kept");
    CHECK_INT(cyn_buf_check(&b, NULL), CYN_E_NOMEM);
    cyn_buf_clear(&b);
    cyn_buf_repeat(&b, "ab", SIZE_MAX - 1);
    CHECK(b.failed);
    cyn_buf_clear(&b);
}

int main(void)
{
    RUN(test_appends_of_every_kind_line_up);
    RUN(test_printf_is_right_at_every_fill_level);
    RUN(test_nul_bytes_are_data);
    RUN(test_json_texts_are_escaped);
    RUN(test_json_texts_never_hold_invalid_utf8);
    RUN(test_digits_are_filled_with_zeros_in_front);
    RUN(test_reals_have_their_shortest_text);
    RUN(test_powers_of_two_have_their_shortest_text);
    RUN(test_all_powers_of_two_read_back);
    RUN(test_reals_of_all_sizes_have_the_text_that_is_defined);
    RUN(test_what_json_cannot_hold_is_null);
    RUN(test_reals_do_not_know_locales);
    RUN(test_exhausted_memory_is_seen_once_at_the_end);
    RUN(test_impossible_sizes_fail_like_exhausted_memory);
    return test_end();
}
