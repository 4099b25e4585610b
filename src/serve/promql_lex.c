#include "base/num.h"
#include "base/text.h"
#include "serve/promql_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

cyn_code cyn_promql_wrong(const char *text, const char *at, cyn_err *err, const char *fmt, ...)
{
    char what[500];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    int line = 1;
    const char *begin = text;
    for (const char *p = text; p < at; p++)
        if (*p == '\n') {
            line++;
            begin = p + 1;
        }
    int column = (int)cyn_utf8_count(begin, (size_t)(at - begin)) + 1;
    return cyn_fail(err, CYN_E_SYNTAX, "%d:%d: parse error: %s", line, column, what);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- numbers and durations ---- */

typedef struct unit {
    const char *name;
    int64_t ms;
} unit;

static const unit units[] = {
    {"y", INT64_C(31536000000)},
    {"w", 604800000},
    {"d", 86400000},
    {"h", 3600000},
    {"ms", 1}, /* before m, which it begins with */
    {"m", 60000},
    {"s", 1000},
};

static const unit *unit_at(const char *p, const char *end)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t n = strlen(units[i].name);
        if ((size_t)(end - p) >= n && strncmp(p, units[i].name, n) == 0) return &units[i];
    }
    return NULL;
}

/* Whole numbers with units, the larger ones first, each unit once. */
bool cyn_promql_duration(const char *s, size_t n, int64_t *out)
{
    const char *p = s, *end = s + n;
    int64_t total = 0, last = INT64_MAX;
    while (p < end) {
        int64_t count = 0, part = 0;
        const char *digits = p;
        for (; p < end && is_digit(*p); p++)
            if (__builtin_mul_overflow(count, 10, &count) ||
                __builtin_add_overflow(count, *p - '0', &count))
                return false;
        const unit *u = p > digits ? unit_at(p, end) : NULL;
        if (!u || u->ms >= last || __builtin_mul_overflow(count, u->ms, &part) ||
            __builtin_add_overflow(total, part, &total))
            return false;
        last = u->ms;
        p += strlen(u->name);
    }
    *out = total;
    return n > 0 && total < INT64_C(1) << 50; /* 35,000 years: sums of a few cannot overflow */
}

static cyn_code hexadecimal(cyn_promql_lexer *l, cyn_promql_token *t)
{
    double x = 0;
    const char *digits = l->p + 2, *p = digits;
    for (; (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f') || (*p >= 'A' && *p <= 'F'); p++)
        x = x * 16 + (is_digit(*p) ? *p - '0' : (*p | 32) - 'a' + 10);
    if (p == digits || is_letter(*p))
        return cyn_promql_wrong(l->text, l->p, l->err,
                                "bad number: a hexadecimal digit is missing");
    t->kind = CYN_TOKEN_NUMBER;
    t->number = x;
    l->p = p;
    return CYN_OK;
}

/* 12, .5, 1e9; or a duration, which begins like a number. */
static cyn_code number(cyn_promql_lexer *l, cyn_promql_token *t)
{
    const char *p = l->p;
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) return hexadecimal(l, t);
    while (is_digit(*p) || *p == '.')
        p++;
    if ((*p == 'e' || *p == 'E') &&
        (is_digit(p[1]) || ((p[1] == '+' || p[1] == '-') && is_digit(p[2])))) {
        p += 2;
        while (is_digit(*p))
            p++;
    }
    if (is_letter(*p) && *p != ':') {
        while ((is_letter(*p) && *p != ':') || is_digit(*p)) /* [1h:5m] has a colon */
            p++;
        if (!cyn_promql_duration(l->p, (size_t)(p - l->p), &t->ms))
            return cyn_promql_wrong(
                l->text, l->p, l->err,
                "bad number or duration syntax: \"%.*s\" (a duration is written "
                "like 5m, 1h30m or 2w)",
                (int)(p - l->p < 60 ? p - l->p : 60), l->p);
        t->kind = CYN_TOKEN_DURATION;
    } else {
        t->kind = CYN_TOKEN_NUMBER;
        if (!cyn_parse_real(l->p, (size_t)(p - l->p), &t->number))
            return cyn_promql_wrong(l->text, l->p, l->err, "bad number: \"%.*s\"",
                                    (int)(p - l->p < 60 ? p - l->p : 60), l->p);
    }
    l->p = p;
    return CYN_OK;
}

/* ---- strings ---- */

static void put_utf8(uint32_t c, cyn_buf *out)
{
    if (c < 0x80) {
        cyn_buf_putc(out, (char)c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    cyn_buf_putc(out, (char)(first[more] | c >> (6 * more)));
    for (int i = more - 1; i >= 0; i--)
        cyn_buf_putc(out, (char)(0x80 | (c >> (6 * i) & 0x3F)));
}

/* \n, \", \x41, \u3042, \101; p is behind the backslash. NULL: there is no such escape. */
static const char *escape(const char *p, char quote, cyn_buf *out)
{
    static const char letters[] = "abfnrtv\\", meant[] = "\a\b\f\n\r\t\v\\";
    const char *known = *p ? strchr(letters, *p) : NULL;
    if (known || (*p && *p == quote)) {
        cyn_buf_putc(out, known ? meant[known - letters] : *p);
        return p + 1;
    }
    int digits = *p == 'x' ? 2 : *p == 'u' ? 4 : *p == 'U' ? 8 : *p >= '0' && *p <= '7' ? 3 : 0;
    int base = digits == 3 ? 8 : 16;
    uint32_t c = 0;
    if (base == 16) p++;
    for (int i = 0; i < digits; i++, p++) {
        int d = is_digit(*p)                           ? *p - '0'
                : (*p | 32) >= 'a' && (*p | 32) <= 'f' ? (*p | 32) - 'a' + 10
                                                       : 99;
        if (d >= base) return NULL;
        c = c * (uint32_t)base + (uint32_t)d;
    }
    bool surrogate = c >= 0xD800 && c < 0xE000;
    /* A byte of \x and \ooo stands for itself. A NUL would end the text. */
    if (digits == 0 || c == 0 || c > 0x10FFFF || (digits > 3 && surrogate) ||
        (digits == 3 && c > 255))
        return NULL;
    if (digits > 3)
        put_utf8(c, out);
    else
        cyn_buf_putc(out, (char)c);
    return p;
}

static cyn_code string(cyn_promql_lexer *l, cyn_promql_token *t)
{
    char quote = *l->p;
    const char *p = l->p + 1;
    cyn_buf text = {0};
    cyn_code rc = CYN_OK;
    while (rc == CYN_OK && *p != quote) {
        if (!*p || (*p == '\n' && quote != '`')) {
            rc = cyn_promql_wrong(l->text, l->p, l->err, "unterminated quoted string");
        } else if (*p == '\\' && quote != '`') {
            const char *next = escape(p + 1, quote, &text);
            if (!next)
                rc = cyn_promql_wrong(l->text, p, l->err, "unknown escape sequence in a string");
            p = next;
        } else {
            cyn_buf_putc(&text, *p++);
        }
    }
    if (rc == CYN_OK) {
        l->p = p + 1;
        t->kind = CYN_TOKEN_STRING;
        t->text = text.failed ? NULL : cyn_strndup(l->arena, text.data ? text.data : "", text.len);
        if (!t->text) rc = cyn_nomem(l->err);
    }
    cyn_buf_clear(&text);
    return rc;
}

/* ---- all ---- */

static void skip(cyn_promql_lexer *l)
{
    for (;; l->p++) {
        if (*l->p == '#') l->p += strcspn(l->p, "\n");
        if (!*l->p || !strchr(" \t\r\n", *l->p)) return;
    }
}

cyn_code cyn_promql_next(cyn_promql_lexer *l, cyn_promql_token *out)
{
    static const char *const two[] = {"==", "!=", "=~", "!~", "<=", ">="};
    skip(l);
    cyn_promql_token t = {.kind = CYN_TOKEN_END, .at = l->p};
    const char *p = l->p;
    if (is_letter(*p) && *p != ':') {
        t.kind = CYN_TOKEN_NAME;
        while (is_letter(*l->p) || is_digit(*l->p))
            l->p++;
    } else if (is_digit(*p) || (*p == '.' && is_digit(p[1]))) {
        CYN_TRY(number(l, &t));
    } else if (*p == '"' || *p == '\'' || *p == '`') {
        CYN_TRY(string(l, &t));
    } else if (*p) {
        size_t n = 0;
        for (size_t i = 0; i < sizeof two / sizeof *two; i++)
            if (strncmp(p, two[i], 2) == 0) n = 2;
        if (n == 0 && strchr("+-*/%^<>=(){}[],@:", *p)) n = 1;
        if (n == 0) return cyn_promql_wrong(l->text, p, l->err, "unexpected character");
        t.kind = CYN_TOKEN_SIGN;
        l->p += n;
    }
    t.n = (size_t)(l->p - p);
    *out = t;
    return CYN_OK;
}
