#include "base/arena.h"
#include "report/report.h"
#include "test.h"

/* Cells of a UTF-8 line by a second, simple rule that covers what these tests write. */
static size_t cells(const char *s, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        unsigned long point = size == 1 ? c : c & (0x7fu >> size);
        for (size_t k = 1; k < size; k++)
            point = point << 6 | ((unsigned char)s[i + k] & 0x3f);
        bool combining = (point >= 0x300 && point < 0x370) || point == 0x3099;
        bool wide = (point >= 0x3000 && point < 0xa000) || (point >= 0xff01 && point < 0xff61) ||
                    point >= 0x1f300;
        width += combining ? 0 : wide ? 2 : 1;
        i += size;
    }
    return width;
}

static size_t widest_line(const char *s)
{
    size_t widest = 0;
    for (; *s; s += strcspn(s, "\n") + 1) {
        size_t n = cells(s, strcspn(s, "\n"));
        widest = n > widest ? n : widest;
    }
    return widest;
}

static cyn_text_table *sample(void)
{
    cyn_text_table *t = cyn_text_table_new(4);
    cyn_text_table_column(t, 0, "名前", CYN_LEFT, 0, true);
    cyn_text_table_column(t, 1, "ROWS", CYN_RIGHT, 0, false);
    cyn_text_table_column(t, 2, "BAD", CYN_RIGHT, 1, false);
    cyn_text_table_column(t, 3, "NOTE", CYN_LEFT, 2, false);
    cyn_text_table_row(t, (const char *const[]){"学習ログ", "12", "0", "ok"});
    cyn_text_table_row(t, (const char *const[]){"cafe\u0301 👍", "1,234", NULL, "か\u3099"});
    cyn_text_table_row(t, (const char *const[]){"a long name of a source", "5", "1", ""});
    return t;
}

static void check_written(size_t width, bool colour, bool markdown, const char *want)
{
    cyn_text_table *t = sample();
    cyn_buf b = {0};
    cyn_text_table_write(t, width, colour, markdown, &b);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
    cyn_text_table_free(t);
}

static void test_columns_stay_in_line_whatever_the_letters(void)
{
    check_written(0, false, false,
                  "名前                      ROWS  BAD  NOTE\n"
                  "学習ログ                    12    0  ok\n"
                  "cafe\u0301 👍                  1,234       か\u3099\n"
                  "a long name of a source      5    1\n");
}

static void test_a_shrinkable_column_gives_way_before_others_leave(void)
{
    check_written(36, false, false,
                  "名前                 ROWS  BAD  NOTE\n"
                  "学習ログ               12    0  ok\n"
                  "cafe\u0301 👍             1,234       か\u3099\n"
                  "a long name of a …      5    1\n");
}

static void test_the_least_important_column_leaves_first(void)
{
    check_written(32, false, false,
                  "名前                   ROWS  BAD\n"
                  "学習ログ                 12    0\n"
                  "cafe\u0301 👍               1,234\n"
                  "a long name of a so…      5    1\n");
    check_written(24, false, false,
                  "名前                ROWS\n"
                  "学習ログ              12\n"
                  "cafe\u0301 👍            1,234\n"
                  "a long name of a…      5\n");
}

/* With 20 cells to keep, the name column sends the others away that it gave way to above. */
static void test_a_column_can_ask_for_more_before_others_leave(void)
{
    cyn_text_table *t = sample();
    cyn_buf b = {0};
    cyn_text_table_least(t, 0, 20);
    cyn_text_table_write(t, 36, false, false, &b);
    CHECK_STR(b.data, "名前                      ROWS  BAD\n"
                      "学習ログ                    12    0\n"
                      "cafe\u0301 👍                  1,234\n"
                      "a long name of a source      5    1\n");
    cyn_buf_clear(&b);
    cyn_text_table_free(t);
}

/* At 21 cells, FORECAST has to go; with it gone there is room for BY again, but none for MORE. */
static void test_what_fits_beside_what_left_comes_back(void)
{
    cyn_text_table *t = cyn_text_table_new(5);
    cyn_buf b = {0};
    cyn_text_table_column(t, 0, "GOAL", CYN_LEFT, 0, false);
    cyn_text_table_column(t, 1, "EMPTY", CYN_LEFT, 2, false);
    cyn_text_table_column(t, 2, "FORECAST", CYN_LEFT, 1, false);
    cyn_text_table_column(t, 3, "BY", CYN_LEFT, 3, false);
    cyn_text_table_column(t, 4, "MORE", CYN_LEFT, 4, false);
    cyn_text_table_row(
        t, (const char *const[]){"users", "", "120 (90 to 150)", "December", "much more"});
    cyn_text_table_write(t, 21, false, false, &b);
    CHECK_STR(b.data, "GOAL   BY\n"
                      "users  December\n");
    cyn_buf_clear(&b);
    cyn_text_table_free(t);
}

static void test_a_cut_never_splits_a_wide_letter(void)
{
    check_written(14, false, false,
                  "名前      ROWS\n"
                  "学習ロ…     12\n"
                  "cafe\u0301 👍  1,234\n"
                  "a long…      5\n");
    check_written(13, false, false,
                  "名前     ROWS\n"
                  "学習…      12\n" /* 5 cells: 学習ロ… would take 7 of 6 */
                  "cafe\u0301 …  1,234\n"
                  "a lon…      5\n");
}

static void test_no_line_is_wider_than_the_terminal(void)
{
    for (size_t width = 1; width < 60; width++) {
        cyn_text_table *t = sample();
        cyn_buf b = {0};
        cyn_text_table_write(t, width, false, false, &b);
        CHECK(widest_line(b.data) <= width);
        cyn_buf_clear(&b);
        cyn_text_table_free(t);
    }
}

static void test_markdown_keeps_every_column_and_escapes(void)
{
    cyn_text_table *t = cyn_text_table_new(2);
    cyn_text_table_column(t, 0, "x", CYN_LEFT, 0, true);
    cyn_text_table_column(t, 1, "n", CYN_RIGHT, 9, false);
    cyn_text_table_row(t, (const char *const[]){"a|b\\*", "1"});
    cyn_text_table_row(t, (const char *const[]){"学\n習", "23456"});
    cyn_buf b = {0};
    cyn_text_table_write(t, 4, true, true, &b);
    CHECK_STR(b.data, "| x        |     n |\n"
                      "| -------- | ----: |\n"
                      "| a\\|b\\\\\\* |     1 |\n"
                      "| 学 習    | 23456 |\n");
    cyn_buf_clear(&b);
    cyn_text_table_free(t);
}

static void test_data_cannot_move_the_cursor(void)
{
    cyn_text_table *t = cyn_text_table_new(2);
    cyn_text_table_column(t, 0, "A", CYN_LEFT, 0, false);
    cyn_text_table_column(t, 1, "B", CYN_LEFT, 0, false);
    cyn_text_table_row(t, (const char *const[]){"\x1b[31mred\tx\xc2\x9b\x7f!", "1"});
    cyn_text_table_row(t, (const char *const[]){"bad \xff utf", "2"});
    cyn_buf b = {0};
    cyn_text_table_write(t, 0, false, false, &b);
    CHECK_STR(b.data, "A              B\n"
                      " [31mred x  !  1\n"
                      "bad \ufffd utf      2\n");
    cyn_buf_clear(&b);
    cyn_text_table_free(t);
}

static void test_colour_changes_no_width(void)
{
    cyn_text_table *t = cyn_text_table_new(2);
    cyn_text_table_column(t, 0, "A", CYN_LEFT, 0, false);
    cyn_text_table_column(t, 1, "B", CYN_RIGHT, 0, false);
    cyn_text_table_row(t, (const char *const[]){"x", "10"});
    cyn_text_table_colour(t, 1, "32");
    cyn_text_table_row(t, (const char *const[]){"yyy", "7"});
    cyn_buf b = {0};
    cyn_text_table_write(t, 0, true, false, &b);
    CHECK_STR(b.data, "\x1b[1mA\x1b[0m     \x1b[1mB\x1b[0m\n"
                      "x    \x1b[32m10\x1b[0m\n"
                      "yyy   7\n");
    cyn_buf_reset(&b);
    cyn_text_table_write(t, 0, false, false, &b);
    CHECK_STR(b.data, "A     B\nx    10\nyyy   7\n");
    cyn_buf_clear(&b);
    cyn_text_table_free(t);
}

static void test_ascii_marks_cuts_with_dots(void)
{
    cyn_text_table *t = cyn_text_table_new(1);
    cyn_text_table_column(t, 0, "A", CYN_LEFT, 0, true);
    cyn_text_table_row(t, (const char *const[]){"abcdef"});
    cyn_text_table_ascii(t);
    cyn_buf b = {0};
    cyn_text_table_write(t, 5, false, false, &b);
    CHECK_STR(b.data, "A\nabc..\n");
    cyn_buf_clear(&b);
    cyn_text_table_free(t);
}

static void test_exhausted_memory_fails_the_buffer_and_nothing_else(void)
{
    bool failed = true;
    for (size_t n = 1; n < 200 && failed; n++) {
        cyn_buf b = {0};
        cyn_test_fail_after(n);
        cyn_text_table *t = sample();
        cyn_text_table_colour(t, 0, "32");
        cyn_text_table_write(t, 0, false, false, &b);
        cyn_test_fail_after(0);
        failed = b.failed;
        CHECK(failed || widest_line(b.data) == 41);
        cyn_buf_clear(&b);
        cyn_text_table_free(t);
    }
    CHECK(!failed);
}

int main(void)
{
    RUN(test_columns_stay_in_line_whatever_the_letters);
    RUN(test_a_shrinkable_column_gives_way_before_others_leave);
    RUN(test_the_least_important_column_leaves_first);
    RUN(test_a_column_can_ask_for_more_before_others_leave);
    RUN(test_what_fits_beside_what_left_comes_back);
    RUN(test_a_cut_never_splits_a_wide_letter);
    RUN(test_no_line_is_wider_than_the_terminal);
    RUN(test_markdown_keeps_every_column_and_escapes);
    RUN(test_data_cannot_move_the_cursor);
    RUN(test_colour_changes_no_width);
    RUN(test_ascii_marks_cuts_with_dots);
    RUN(test_exhausted_memory_fails_the_buffer_and_nothing_else);
    return test_end();
}
