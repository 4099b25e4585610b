/* A growable byte buffer: output is composed here and written once.
 *
 * Appending never fails visibly: a failed allocation sets `failed`, further appends do nothing, and
 * the owner checks once at the end. data is always NUL-terminated when non-NULL.
 *
 *     cyn_buf b = {0};
 *     cyn_buf_printf(&b, "%d rows\n", n);
 *     if (b.failed) …
 *     fwrite(b.data, 1, b.len, stdout);
 *     cyn_buf_clear(&b);
 */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cyn_buf {
    char *data;
    size_t len, cap;
    bool failed;
} cyn_buf;

void cyn_buf_clear(cyn_buf *b); /* frees; b can be used again */
void cyn_buf_reset(cyn_buf *b); /* len = 0; keeps memory, and `failed` for the check at the end */
bool cyn_buf_reserve(cyn_buf *b, size_t more);
void cyn_buf_add(cyn_buf *b, const void *data, size_t n);
void cyn_buf_puts(cyn_buf *b, const char *s);
void cyn_buf_putc(cyn_buf *b, char c);
void cyn_buf_repeat(cyn_buf *b, const char *s, size_t times);
void cyn_buf_printf(cyn_buf *b, const char *fmt, ...) CYN_PRINTF(2, 3);
/* A JSON string with quotes: control characters escaped, each invalid byte replaced by U+FFFD. */
void cyn_buf_json_string(cyn_buf *b, const char *s, size_t n);
/* Decimal digits, with zeros in front as far as there are fewer than `least`. */
void cyn_buf_digits(cyn_buf *b, uint64_t x, int least);
/* Shortest decimal text that reads back as the same double, in any locale; valid JSON: 3, 0.1,
 * 1e+22, 5e-324. Zero of either sign is "0"; NaN and infinities are "null". */
void cyn_buf_real(cyn_buf *b, double x);
/* CYN_E_NOMEM if an append failed. */
CYN_NODISCARD cyn_code cyn_buf_check(const cyn_buf *b, cyn_err *err);
