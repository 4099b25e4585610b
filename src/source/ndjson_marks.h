/* The marks of NDJSON: where lines end, and where texts may end, found 64 bytes at a time.
 *
 * A stop is a quote, a backslash or a control character: from within a text the next stop is its
 * closing quote, or says that the text is not as simple as that. No line is without one at its end.
 *
 *     cyn_ndjson_marks m = {.stops = …, .feeds = …};   // CYN_NDJSON_STOPS(n) and n + CYN_CSV_SLACK
 *     cyn_ndjson_find_marks(text, n, &m);
 *     end = cyn_ndjson_stop(m.stops, begin);           // begin ≤ n
 *
 * With AVX-512 or AVX2 where the processor has them, else eight bytes at a time; all give the same.
 * Pure functions; any thread. Behind the text's end there are CYN_CSV_SLACK 0 bytes.
 */
#pragma once
#include "source/csv_index.h"
#include "source/quick.h"

typedef struct cyn_ndjson_marks {
    unsigned char *stops; /* bits, the lowest of a byte first */
    uint32_t *feeds;      /* where the line feeds are */
    size_t nfeeds;
    bool ascii; /* no byte is NUL or beyond ASCII */
} cyn_ndjson_marks;

/* Bytes that the stops of n bytes of text take. */
#define CYN_NDJSON_STOPS(n) (((n) / 64 + 2) * 8)

/* n is less than 4 GiB; what is in `feeds` behind nfeeds is undefined. */
void cyn_ndjson_find_marks(const char *s, size_t n, cyn_ndjson_marks *out);
/* The same in one way, for tests; false when the processor has it not. */
bool cyn_ndjson_find_marks_by(cyn_csv_way way, const char *s, size_t n, cyn_ndjson_marks *out);

/* The first stop from `at` on; one of the 0 bytes behind the text at the latest. */
static inline size_t cyn_ndjson_stop(const unsigned char *stops, size_t at)
{
    uint64_t bits = cyn_load8((const char *)stops + at / 8) >> at % 8;
    while (!bits) {
        at = at / 8 * 8 + 64;
        bits = cyn_load8((const char *)stops + at / 8);
    }
    return at + (size_t)__builtin_ctzll(bits);
}
