#include "source/ndjson_escape.h"
#include <stdbool.h>
#include <stddef.h>

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* "\uXXXX" at s. */
static bool read_unit(const char *s, const char *end, unsigned *out)
{
    unsigned unit = 0;
    if (end - s < 6 || s[0] != '\\' || s[1] != 'u') return false;
    for (int i = 2; i < 6; i++) {
        int digit = digit_of(s[i]);
        if (digit < 0) return false;
        unit = unit << 4 | (unsigned)digit;
    }
    *out = unit;
    return true;
}

static char *put_utf8(char *to, unsigned c)
{
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3F));
    to[0] = (char)(lead[n] | c);
    return to + n;
}

static const char *read_unicode(const char **p, const char *end, char **to)
{
    const char *s = *p;
    unsigned c, low;
    if (!read_unit(s, end, &c)) return "expected four hexadecimal digits after \\u";
    s += 6;
    if (c >= 0xDC00 && c < 0xE000) return "half of a surrogate pair";
    if (c >= 0xD800 && c < 0xDC00) {
        if (!read_unit(s, end, &low) || low < 0xDC00 || low > 0xDFFF)
            return "half of a surrogate pair";
        s += 6;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    if (c == 0) return "a NUL character";
    *to = put_utf8(*to, c);
    *p = s;
    return NULL;
}

/* 0: no escape of one character. */
static char meaning_of(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

const char *cyn_ndjson_unescape(const char **p, const char *end, char **to)
{
    char c = *p + 1 < end ? (*p)[1] : 0, meaning = meaning_of(c);
    if (c == 'u') return read_unicode(p, end, to);
    if (!meaning) return "an escape that JSON does not know: a backslash is written twice";
    *(*to)++ = meaning;
    *p += 2;
    return NULL;
}
