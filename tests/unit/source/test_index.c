/* The index of CSV finds the same with vectors, without them, and one byte at a time. */
#include "source/csv_index.h"
#include "test.h"

enum { SIZE = 300 };

static uint64_t state = 4;

static unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

typedef struct index_of {
    cyn_csv_marks m;
    uint32_t at[SIZE + CYN_CSV_SLACK];
} index_of;

static void add_mark(index_of *x, size_t at, bool ends_row)
{
    x->m.nends += ends_row;
    x->m.at[x->m.count++] = (uint32_t)at;
}

/* One byte after the other, as a person would read the rules. What it finds in an irregular text up
 * to its end means nothing. */
static void by_bytes(const char *s, size_t n, char delimiter, index_of *x)
{
    enum { BEGIN, PLAIN, QUOTED, CLOSED } state_of_field = BEGIN;
    x->m = (cyn_csv_marks){.at = x->at, .regular = true, .ascii = true};
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        bool behind_cr = c == '\n' && i > 0 && s[i - 1] == '\r';
        bool is_break = (c == '\n' && !behind_cr) || c == '\r';
        x->m.breaks += is_break;
        if (c == 0 || (unsigned char)c >= 0x80) x->m.ascii = false;
        if (state_of_field == QUOTED) {
            if (c == '"') state_of_field = CLOSED;
        } else if (c == delimiter || is_break) {
            add_mark(x, i, is_break);
            state_of_field = BEGIN;
        } else if (c == '"') {
            if (state_of_field == PLAIN) x->m.regular = false;
            state_of_field = QUOTED;
        } else if (!behind_cr) {
            if (state_of_field == CLOSED) x->m.regular = false;
            state_of_field = PLAIN;
        }
    }
    if (state_of_field == QUOTED) x->m.regular = false;
}

static bool same_marks(const index_of *a, const index_of *b)
{
    return a->m.count == b->m.count && a->m.nends == b->m.nends &&
           memcmp(a->at, b->at, a->m.count * sizeof *a->at) == 0;
}

/* Each way says the same; where quotes are out of place, the same nonsense. */
static bool check_all_ways(const char *s, size_t n, char delimiter)
{
    static index_of want, plain, got;
    bool same = true;
    by_bytes(s, n, delimiter, &want);
    for (int way = CYN_CSV_PLAIN; way <= CYN_CSV_AVX512; way++) {
        got.m = (cyn_csv_marks){.at = got.at};
        if (!cyn_csv_index_by((cyn_csv_way)way, s, n, delimiter, &got.m)) continue;
        if (way == CYN_CSV_PLAIN) plain = got;
        same = same && got.m.regular == want.m.regular && got.m.ascii == want.m.ascii &&
               got.m.breaks == want.m.breaks && same_marks(&got, &plain) &&
               (!want.m.regular || same_marks(&got, &want));
    }
    return same;
}

/* Fields as they should be, of random texts between quotes or without; now and then a quote is put
 * where none belongs. */
static size_t make_text(char *text, char delimiter, bool strange)
{
    static const char inner[] = "ab,;|\t\n\r-. \x7F\x01\xE3\x81";
    size_t n = 0, size = below(SIZE - 40);
    while (n < size) {
        unsigned length = below(12);
        bool quoted = below(3) == 0;
        if (quoted) text[n++] = '"';
        for (unsigned k = 0; k < length; k++) {
            char c = inner[below(sizeof inner - (strange ? 1 : 3))];
            bool text_only = c != delimiter && c != '\n' && c != '\r';
            if (quoted || text_only) text[n++] = c;
            if (quoted && below(9) == 0) text[n++] = '"', text[n++] = '"';
        }
        if (quoted) text[n++] = '"';
        if (below(9))
            text[n++] = delimiter;
        else if (below(2))
            text[n++] = "\n\r"[below(2)];
        else
            text[n++] = '\r', text[n++] = '\n';
    }
    if (strange && n > 0) text[below((unsigned)n)] = "\"\"x\0\n"[below(5)];
    return n - (n > 0 && below(3) == 0);
}

static void test_all_ways_find_the_same(void)
{
    char text[SIZE + CYN_CSV_SLACK];
    int regular = 0;
    for (int i = 0; i < 20000; i++) {
        char delimiter = ",\t;|"[below(4)];
        /* What lies behind the text must not matter. */
        for (size_t k = 0; k < sizeof text; k++)
            text[k] = "x,\"\n\r"[below(i % 5 + 1)];
        size_t n = i % 4 ? make_text(text, delimiter, i % 4 == 1) : below(SIZE);
        CHECK(check_all_ways(text, n, delimiter));
        static index_of x;
        by_bytes(text, n, delimiter, &x);
        regular += x.m.regular && memchr(text, '"', n) != NULL;
    }
    CHECK(regular > 5000);
}

static void test_every_byte_value_is_told_apart(void)
{
    char text[1 + CYN_CSV_SLACK] = {0};
    for (int c = 0; c < 256; c++) {
        text[0] = (char)c;
        CHECK(check_all_ways(text, 1, ';'));
    }
}

/* In what is looked at as a whole, and in the rest behind it. */
static void test_strange_bytes_are_seen_anywhere(void)
{
    enum { LENGTH = 150 };
    static const char strange[] = {'\0', '\x7F', '\x80', '\xFF'};
    char text[LENGTH + CYN_CSV_SLACK];
    for (size_t i = 0; i < sizeof strange; i++) {
        for (size_t at = 0; at < LENGTH; at++) {
            memset(text, 'x', sizeof text);
            text[at] = strange[i];
            for (size_t n = at; n <= at + 1; n++) /* without it and with it */
                CHECK(check_all_ways(text, n, ','));
            CHECK(check_all_ways(text, LENGTH, ','));
        }
    }
}

/* Quotes that open and close across the 64 bytes that are looked at together. */
static void test_quotes_hold_across_words(void)
{
    char text[200 + CYN_CSV_SLACK];
    for (size_t open = 0; open < 130; open++) {
        for (size_t close = open + 1; close < 140; close++) {
            memset(text, ',', sizeof text);
            text[open] = text[close] = '"';
            CHECK(check_all_ways(text, 150, ','));
            text[close + 1] = 'x';
            CHECK(check_all_ways(text, 150, ','));
        }
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

/* Of texts so long that vectors look at them. */
static void test_long_texts_are_cut_as_short_ones_are(void)
{
    char text[SIZE];
    for (int i = 0; i < 5000; i++) {
        size_t n = below(SIZE), want = 0;
        bool inside = false;
        for (size_t k = 0; k < n; k++) {
            text[k] = below(40) ? "xy,z"[below(4)] : "\n\""[below(2)];
            if (text[k] == '"') inside = !inside;
            if (text[k] == '\n' && !inside) want = k + 1;
        }
        CHECK(cyn_csv_cut(text, n) == want);
    }
}

int main(void)
{
    RUN(test_all_ways_find_the_same);
    RUN(test_every_byte_value_is_told_apart);
    RUN(test_strange_bytes_are_seen_anywhere);
    RUN(test_quotes_hold_across_words);
    RUN(test_text_is_cut_behind_the_last_line_outside_of_quotes);
    RUN(test_long_texts_are_cut_as_short_ones_are);
    return test_end();
}
