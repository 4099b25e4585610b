/* The index of CSV finds the same bytes with vectors, without them, and one byte at a time. */
#include "source/csv_index.h"
#include "test.h"

enum { SIZE = 300 };

static uint64_t state = 4;

static unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

static size_t by_bytes(const char *s, size_t n, char delimiter, uint32_t *marks, bool *ascii)
{
    size_t count = 0;
    *ascii = true;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == delimiter || s[i] == '\n' || s[i] == '\r' || s[i] == '"')
            marks[count++] = (uint32_t)i;
        if (s[i] == 0 || (unsigned char)s[i] >= 0x80) *ascii = false;
    }
    return count;
}

static bool same(const uint32_t *a, const uint32_t *b, size_t n)
{
    return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

static void test_all_ways_find_the_same(void)
{
    static const char bytes[] = ",,\n\r\"\t;|aB0-. \x7F\x01\x0B\x0C\x2D\x8C\xE3\x81";
    char text[SIZE + CYN_CSV_SLACK];
    uint32_t want[SIZE + CYN_CSV_SLACK], got[SIZE + CYN_CSV_SLACK];
    for (int i = 0; i < 4000; i++) {
        bool ascii[3];
        size_t n = below(SIZE);
        unsigned kinds = i % 4 ? sizeof bytes - 4 : sizeof bytes; /* ASCII, or NUL and others too */
        /* What lies behind the text must not matter. */
        for (size_t k = 0; k < sizeof text; k++)
            text[k] = below(i % 3 + 1) ? 'x' : bytes[below(kinds)];
        char delimiter = ",\t;|"[below(4)];
        size_t count = by_bytes(text, n, delimiter, want, &ascii[0]);
        CHECK_INT(cyn_csv_index_plain(text, n, delimiter, got, &ascii[1]), count);
        CHECK(same(got, want, count));
        CHECK_INT(cyn_csv_index(text, n, delimiter, got, &ascii[2]), count);
        CHECK(same(got, want, count));
        CHECK(ascii[0] == ascii[1] && ascii[0] == ascii[2]);
    }
}

static void test_every_byte_value_is_told_apart(void)
{
    char text[1 + CYN_CSV_SLACK] = {0};
    uint32_t marks[1 + CYN_CSV_SLACK];
    for (int c = 0; c < 256; c++) {
        bool ascii;
        text[0] = (char)c;
        bool is_mark = c == ';' || c == '\n' || c == '\r' || c == '"';
        CHECK_INT(cyn_csv_index_plain(text, 1, ';', marks, &ascii), is_mark);
        CHECK_INT(ascii, c > 0 && c < 128);
        CHECK_INT(cyn_csv_index(text, 1, ';', marks, &ascii), is_mark);
        CHECK_INT(ascii, c > 0 && c < 128);
    }
}

static size_t cut(const char *s)
{
    return cyn_csv_cut(s, strlen(s));
}

static void test_text_is_cut_behind_the_last_line_outside_of_quotes(void)
{
    CHECK_INT(cut("a,b\nc"), 4);
    CHECK_INT(cut("a,b\nc\n"), 6);
    CHECK_INT(cut("a,b"), 0);
    CHECK_INT(cut(""), 0);
    CHECK_INT(cut("a\n\"b\nc"), 2);
    CHECK_INT(cut("a\n\"b\nc\"\nd"), 8);
    CHECK_INT(cut("a\n\"b\"\"\nc"), 2);
    CHECK_INT(cut("\"a\n"), 0);
}

int main(void)
{
    RUN(test_all_ways_find_the_same);
    RUN(test_every_byte_value_is_told_apart);
    RUN(test_text_is_cut_behind_the_last_line_outside_of_quotes);
    return test_end();
}
