/* The marks of NDJSON are the same with vectors, without them, and one byte at a time. */
#include "source/ndjson_marks.h"
#include "test.h"

enum { SIZE = 300 };

static uint64_t state = 11;

static unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

typedef struct marks_of {
    cyn_ndjson_marks m;
    unsigned char stops[CYN_NDJSON_STOPS(SIZE)];
    uint32_t feeds[SIZE + CYN_CSV_SLACK];
} marks_of;

static bool is_stop(char c)
{
    return c == '"' || c == '\\' || (unsigned char)c < ' ';
}

static size_t next_stop(const char *s, size_t at)
{
    while (!is_stop(s[at]))
        at++;
    return at;
}

static bool is_right(const marks_of *x, const char *s, size_t n)
{
    size_t feeds = 0;
    bool ascii = true;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n' && (feeds == x->m.nfeeds || x->feeds[feeds++] != i)) return false;
        ascii = ascii && s[i] > 0;
    }
    for (size_t i = 0; i <= n; i++)
        if (cyn_ndjson_stop(x->stops, i) != next_stop(s, i)) return false;
    return feeds == x->m.nfeeds && ascii == x->m.ascii;
}

static int count_ways(const char *s, size_t n)
{
    static marks_of x;
    int ways = 0;
    for (int way = CYN_CSV_PLAIN; way <= CYN_CSV_AVX512; way++) {
        memset(&x, 0xAA, sizeof x);
        x.m = (cyn_ndjson_marks){.stops = x.stops, .feeds = x.feeds};
        if (!cyn_ndjson_find_marks_by((cyn_csv_way)way, s, n, &x.m)) continue;
        bool right = is_right(&x, s, n);
        if (!right) printf("# way %d, %zu bytes: %.*s\n", way, n, (int)n, s);
        CHECK(right);
        ways++;
    }
    return ways;
}

/* Of a few bytes that mean something, their neighbours, and such as are beyond ASCII; long runs
 * without any as well. */
static void test_all_ways_find_what_bytes_say(void)
{
    static const char bytes[] = "\"\\\n\r\t !#[]\x1f\x20\x7f\x80\x9f\xa2\xdc\xff{,:abc";
    char s[SIZE + CYN_CSV_SLACK];
    int ways = 0;
    for (int i = 0; i < 20000; i++) {
        size_t n = below(SIZE + 1);
        unsigned rare = 1 + below(60);
        memset(s, 0, sizeof s);
        for (size_t k = 0; k < n; k++)
            s[k] = below(rare) ? 'x' : bytes[below(sizeof bytes)]; /* the 0 byte, too */
        ways += count_ways(s, n);
    }
    CHECK(ways >= 20000);
}

static void test_every_byte_is_a_stop_or_none(void)
{
    char s[SIZE + CYN_CSV_SLACK] = {0};
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at < 66; at++) {
            memset(s, 'x', 70);
            s[at] = (char)c;
            CHECK(count_ways(s, 70) > 0);
        }
}

int main(void)
{
    RUN(test_all_ways_find_what_bytes_say);
    RUN(test_every_byte_is_a_stop_or_none);
    return test_end();
}
