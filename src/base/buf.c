#include "base/buf.h"
#include "base/arena.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cyn_buf_clear(cyn_buf *b)
{
    cyn_free(b->data);
    *b = (cyn_buf){0};
}

void cyn_buf_reset(cyn_buf *b)
{
    b->len = 0;
    if (b->data) b->data[0] = '\0';
}

bool cyn_buf_reserve(cyn_buf *b, size_t more)
{
    if (b->failed) return false;
    if (b->data && b->cap - b->len > more) return true; /* one byte is for the NUL */
    size_t cap;
    bool ok = !__builtin_add_overflow(b->len, more, &cap) && cap < SIZE_MAX / 2;
    if (ok) {
        cap = cap + 1 > 2 * b->cap ? cap + 1 : 2 * b->cap;
        if (cap < 64) cap = 64;
    }
    char *data = ok ? cyn_realloc(b->data, cap) : NULL;
    if (!data) {
        b->failed = true;
        return false;
    }
    data[b->len] = '\0';
    b->data = data;
    b->cap = cap;
    return true;
}

void cyn_buf_add(cyn_buf *b, const void *data, size_t n)
{
    if (!cyn_buf_reserve(b, n)) return;
    if (n) memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void cyn_buf_puts(cyn_buf *b, const char *s)
{
    cyn_buf_add(b, s, strlen(s));
}

void cyn_buf_putc(cyn_buf *b, char c)
{
    cyn_buf_add(b, &c, 1);
}

void cyn_buf_repeat(cyn_buf *b, const char *s, size_t times)
{
    size_t n = strlen(s), bytes;
    if (__builtin_mul_overflow(n, times, &bytes)) bytes = SIZE_MAX; /* more than can be had */
    if (!cyn_buf_reserve(b, bytes)) return;
    for (size_t i = 0; i < times; i++)
        cyn_buf_add(b, s, n);
}

void cyn_buf_printf(cyn_buf *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    size_t room = b->data ? b->cap - b->len : 0;
    int n = b->failed ? 0 : vsnprintf(room ? b->data + b->len : NULL, room, fmt, args);
    if (n < 0) {
        b->failed = true;
    } else if (!b->failed && (size_t)n < room) {
        b->len += (size_t)n;
    } else if (cyn_buf_reserve(b, (size_t)n)) {
        vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    } else if (room) {
        b->data[b->len] = '\0'; /* takes back what the first attempt wrote */
    }
    va_end(again);
    va_end(args);
}

/* Bytes 0 … n of valid UTF-8, with what JSON wants escaped. */
static void json_escape(cyn_buf *b, const char *s, size_t n)
{
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        cyn_buf_add(b, s + from, i - from);
        from = i + 1;
        switch (c) {
        case '"': cyn_buf_puts(b, "\\\""); break;
        case '\\': cyn_buf_puts(b, "\\\\"); break;
        case '\n': cyn_buf_puts(b, "\\n"); break;
        case '\r': cyn_buf_puts(b, "\\r"); break;
        case '\t': cyn_buf_puts(b, "\\t"); break;
        default: cyn_buf_printf(b, "\\u%04x", c);
        }
    }
    cyn_buf_add(b, s + from, n - from);
}

void cyn_buf_json_string(cyn_buf *b, const char *s, size_t n)
{
    cyn_buf_putc(b, '"');
    while (n > 0) {
        size_t valid = cyn_utf8_valid(s, n);
        json_escape(b, s, valid);
        if (valid == n) break;
        cyn_buf_puts(b, "\xEF\xBF\xBD"); /* U+FFFD */
        s += valid + 1;
        n -= valid + 1;
    }
    cyn_buf_putc(b, '"');
}

void cyn_buf_digits(cyn_buf *b, uint64_t x, int least)
{
    char text[64];
    int n = 0, most = (int)sizeof text;
    for (; (x || n < least || n == 0) && n < most; x /= 10)
        text[most - ++n] = (char)('0' + x % 10);
    cyn_buf_add(b, text + most - n, (size_t)n);
}

cyn_code cyn_buf_check(const cyn_buf *b, cyn_err *err)
{
    return b->failed ? cyn_nomem(err) : CYN_OK;
}
