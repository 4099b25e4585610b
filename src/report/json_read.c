#include "report/json_read.h"
#include <stdlib.h>
#include <string.h>

static const char *blanks(const char *s)
{
    return s + strspn(s, " \t\r\n");
}

/* Just after the text that begins here with a quote; NULL when it does not end. */
static const char *text_end(const char *s)
{
    for (s++; *s && *s != '"'; s++)
        if (*s == '\\' && !*++s) return NULL;
    return *s ? s + 1 : NULL;
}

/* Just after any value; brackets inside texts do not count. */
static const char *value_end(const char *s)
{
    int depth = 0;
    if (*s != '"' && *s != '{' && *s != '[') {
        size_t n = strcspn(s, ",]} \t\r\n");
        return n ? s + n : NULL;
    }
    while (s && *s) {
        if (*s == '"') {
            s = text_end(s);
        } else {
            depth += (*s == '{' || *s == '[') - (*s == '}' || *s == ']');
            s++;
        }
        if (depth == 0) return s;
    }
    return NULL;
}

cyn_json_at cyn_json_open(const char *text)
{
    const char *s = text ? blanks(text) : "";
    if (*s != '{' && *s != '[') return (cyn_json_at){0};
    return (cyn_json_at){.s = blanks(s + 1), .object = *s == '{'};
}

bool cyn_json_next(cyn_json_at *at, cyn_json_span *key, cyn_json_span *value)
{
    const char *s = at->s, *end;
    at->s = NULL; /* until all of it was well-formed */
    *key = (cyn_json_span){"", 0};
    if (!s || *s == '}' || *s == ']') return false;
    if (at->object) {
        end = *s == '"' ? text_end(s) : NULL;
        if (!end) return false;
        *key = (cyn_json_span){s, (size_t)(end - s)};
        s = blanks(end);
        if (*s != ':') return false;
        s = blanks(s + 1);
    }
    end = value_end(s);
    if (!end) return false;
    *value = (cyn_json_span){s, (size_t)(end - s)};
    s = blanks(end);
    at->s = *s == ',' ? blanks(s + 1) : s;
    return true;
}

bool cyn_json_find(const char *object, const char *name, cyn_json_span *value)
{
    cyn_json_at at = cyn_json_open(object);
    cyn_json_span key;
    size_t n = strlen(name);
    while (at.object && cyn_json_next(&at, &key, value))
        if (key.n == n + 2 && memcmp(key.s + 1, name, n) == 0) return true;
    return false;
}

static void put_code_point(unsigned c, cyn_buf *out)
{
    if (c < 0x80) {
        cyn_buf_putc(out, (char)c);
    } else if (c < 0x800) {
        cyn_buf_putc(out, (char)(0xc0 | c >> 6));
        cyn_buf_putc(out, (char)(0x80 | (c & 0x3f)));
    } else {
        cyn_buf_putc(out, (char)(0xe0 | c >> 12));
        cyn_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        cyn_buf_putc(out, (char)(0x80 | (c & 0x3f)));
    }
}

/* After a backslash; gives what follows. We write \u only for control characters. */
static const char *put_escape(const char *s, const char *end, cyn_buf *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *at = *s ? strchr(from, *s) : NULL;
    if (*s == 'u' && end - s > 4) {
        char digits[5] = {s[1], s[2], s[3], s[4], 0};
        put_code_point((unsigned)strtoul(digits, NULL, 16), out);
        return s + 5;
    }
    cyn_buf_putc(out, at ? to[at - from] : *s);
    return s + 1;
}

void cyn_json_put_text(cyn_json_span value, cyn_buf *out)
{
    const char *s = value.s, *end = value.s + value.n;
    if (value.n < 2 || *s != '"') {
        cyn_buf_add(out, value.s, value.n);
        return;
    }
    for (s++, end--; s < end;) {
        if (*s == '\\' && s + 1 < end)
            s = put_escape(s + 1, end, out);
        else
            cyn_buf_putc(out, *s++);
    }
}

bool cyn_json_real_of(cyn_json_span value, double *out)
{
    char *end;
    if (value.n == 0 || !strchr("-0123456789", *value.s)) return false;
    *out = strtod(value.s, &end);
    return end == value.s + value.n;
}
