/* base: lengths of time in words. */
#include "../test.h"
#include "base/length.h"
#include "base/time.h"

static const char *said(int64_t micros, cyn_length_look look, bool ja)
{
    static char text[64];
    cyn_buf out = {0};
    cyn_length_put(micros, look, ja, &out);
    snprintf(text, sizeof text, "%s", out.data ? out.data : "");
    cyn_buf_clear(&out);
    return text;
}

static const int64_t long_one = 3 * CYN_DAY + 4 * CYN_HOUR + 5 * CYN_MINUTE + 6 * CYN_SECOND + 7;

static void test_the_whole_is_said_to_the_second_as_yaml_has_it(void)
{
    CHECK_STR(said(long_one, CYN_LENGTH_WHOLE, false), "3d4h5m6s");
    CHECK_STR(said(CYN_DAY + 30 * CYN_MINUTE, CYN_LENGTH_WHOLE, false), "1d30m");
    CHECK_STR(said(36 * CYN_HOUR, CYN_LENGTH_WHOLE, false), "1d12h");
    CHECK_STR(said(400 * CYN_DAY, CYN_LENGTH_WHOLE, false), "400d");
    CHECK_STR(said(CYN_SECOND, CYN_LENGTH_WHOLE, false), "1s");
    CHECK_STR(said(0, CYN_LENGTH_WHOLE, false), "0s");
}

static void test_else_the_two_largest_parts_are(void)
{
    CHECK_STR(said(long_one, CYN_LENGTH_SHORT, false), "3d 4h");
    CHECK_STR(said(long_one, CYN_LENGTH_LONG, false), "3 d 4 h");
    CHECK_STR(said(25 * CYN_MINUTE, CYN_LENGTH_LONG, false), "25 min");
    CHECK_STR(said(CYN_MINUTE + CYN_SECOND, CYN_LENGTH_LONG, false), "1 min 1 s");
    CHECK_STR(said(CYN_DAY + 30 * CYN_MINUTE, CYN_LENGTH_SHORT, false), "1d");
    CHECK_STR(said(CYN_SECOND - 1, CYN_LENGTH_LONG, false), "0 s");
    CHECK_STR(said(-CYN_DAY, CYN_LENGTH_SHORT, false), "0s");
}

static void test_japanese_needs_no_blanks(void)
{
    CHECK_STR(said(long_one, CYN_LENGTH_WHOLE, true), "3日4時間5分6秒");
    CHECK_STR(said(long_one, CYN_LENGTH_SHORT, true), "3日4時間");
    CHECK_STR(said(long_one, CYN_LENGTH_LONG, true), "3日4時間");
    CHECK_STR(said(0, CYN_LENGTH_LONG, true), "0秒");
}

int main(void)
{
    RUN(test_the_whole_is_said_to_the_second_as_yaml_has_it);
    RUN(test_else_the_two_largest_parts_are);
    RUN(test_japanese_needs_no_blanks);
    return test_end();
}
