/* The index of CSV: where the bytes are that could end a field, found 64 bytes at a time.
 *
 * It knows nothing of rows or quotes: it lists every delimiter, line break and quote, and whoever
 * walks the list sees at once which rows are plain. With AVX2 where the processor has it, else
 * eight bytes at a time; both give the same.
 *
 *     uint32_t *marks = …;                  // n + CYN_CSV_SLACK of them
 *     size_t count = cyn_csv_index(text, n, ',', marks, &ascii);
 *
 * Pure functions; any thread. Text must be readable for CYN_CSV_SLACK bytes behind its end.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CYN_CSV_SLACK = 64 };

/* Writes the offsets of all delimiters, CR, LF and quotes, ascending, and returns how many; what is
 * in marks behind them is undefined. ascii: no byte is NUL or beyond ASCII. n is less than 4 GiB.
 */
size_t cyn_csv_index(const char *s, size_t n, char delimiter, uint32_t *marks, bool *ascii);
/* The same without vectors, for tests and other processors. */
size_t cyn_csv_index_plain(const char *s, size_t n, char delimiter, uint32_t *marks, bool *ascii);
/* How much of the text, which begins with a row, is whole rows if every quote opens or closes: the
 * offset behind the last line feed outside of quotes, or 0. Only parsing tells whether it is so. */
size_t cyn_csv_cut(const char *s, size_t n);
