/* The index of CSV: where fields and rows end, found 64 bytes at a time, quotes included.
 *
 * Every second quote closes: what lies between is inside, where delimiters and line breaks are
 * text. That is what the scanner (csv_scan.h) says too, as long as quotes stand only where a field
 * begins or ends, or doubled inside one. Where a quote stands elsewhere, or is open at the end, the
 * index is not `regular`, and the scanner has to find the rows.
 *
 *     cyn_csv_marks m = {.at = …};      // room for n + CYN_CSV_SLACK
 *     cyn_csv_index(text, n, ',', &m);
 *
 * With AVX-512 or AVX2 where the processor has them, else eight bytes at a time; all give the same.
 * Pure functions; any thread. Text must be readable for CYN_CSV_SLACK bytes behind its end.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CYN_CSV_SLACK = 64 };

typedef struct cyn_csv_marks {
    uint32_t *at;    /* where fields end: a delimiter, CR or LF outside of quotes; CRLF: its CR */
    size_t count;    /* of them */
    size_t nends;    /* how many of them end rows */
    uint32_t breaks; /* line breaks, those inside quotes too */
    bool regular;
    bool ascii; /* no byte is NUL or beyond ASCII */
} cyn_csv_marks;

/* n is less than 4 GiB; what is in the array behind the count is undefined. */
void cyn_csv_index(const char *s, size_t n, char delimiter, cyn_csv_marks *out);
/* The same in one way, for tests; false when the processor has it not. */
typedef enum cyn_csv_way { CYN_CSV_PLAIN, CYN_CSV_AVX2, CYN_CSV_AVX512 } cyn_csv_way;
bool cyn_csv_index_by(cyn_csv_way way, const char *s, size_t n, char delimiter, cyn_csv_marks *out);
/* How much of the text, which begins with a row, is whole rows if every quote opens or closes: the
 * offset behind the last line feed outside of quotes, or 0. Only parsing tells whether it is so. */
size_t cyn_csv_cut(const char *s, size_t n);
