#include "script/reads.h"
#include "base/text.h"
#include <string.h>

typedef struct scanner {
    const char *at, *end;
} scanner;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool starts(const scanner *s, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(s->end - s->at) >= n && memcmp(s->at, word, n) == 0;
}

/* Skips "[==[ … ]==]" and returns true, or leaves the scanner where it is. */
static bool skip_long_bracket(scanner *s)
{
    const char *p = s->at + 1;
    size_t level = 0;
    while (p < s->end && *p == '=')
        p++, level++;
    if (s->at >= s->end || *s->at != '[' || p >= s->end || *p != '[') return false;
    for (p++; p < s->end; p++) {
        if (*p != ']') continue;
        const char *q = p + 1;
        while (q < s->end && *q == '=')
            q++;
        if ((size_t)(q - p - 1) == level && q < s->end && *q == ']') {
            s->at = q + 1;
            return true;
        }
    }
    s->at = s->end;
    return true;
}

static void skip_comment(scanner *s)
{
    s->at += 2;
    if (skip_long_bracket(s)) return;
    while (s->at < s->end && *s->at != '\n')
        s->at++;
}

static void skip_string(scanner *s)
{
    char quote = *s->at++;
    while (s->at < s->end && *s->at != quote)
        s->at += *s->at == '\\' && s->at + 1 < s->end ? 2 : 1;
    if (s->at < s->end) s->at++;
}

/* 0x1F, 1e-5, 3.14: letters and dots belong to it, and a sign after an exponent. */
static void skip_number(scanner *s)
{
    bool hex = starts(s, "0x") || starts(s, "0X");
    while (s->at < s->end && (is_digit(*s->at) || is_letter(*s->at) || *s->at == '.')) {
        char c = *s->at++;
        bool exponent = hex ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
        if (exponent && s->at < s->end && (*s->at == '+' || *s->at == '-')) s->at++;
    }
}

static void skip_name(scanner *s)
{
    while (s->at < s->end && (is_letter(*s->at) || is_digit(*s->at)))
        s->at++;
}

/* Skips blanks and comments, which may stand between any two tokens. */
static void skip_blanks(scanner *s)
{
    for (;;) {
        while (s->at < s->end && strchr(" \t\r\n\v\f", *s->at) && *s->at)
            s->at++;
        if (!starts(s, "--")) return;
        skip_comment(s);
    }
}

static bool is_keyword(const char *name, size_t n)
{
    char word[16];
    if (n >= sizeof word) return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] >= 0x80) return false;
    memcpy(word, name, n);
    word[n] = '\0';
    return !cyn_is_identifier(word);
}

/* What follows a name that is called (a column's value never is), or that is a key of a table. */
static bool is_no_column(const scanner *after)
{
    scanner s = *after;
    skip_blanks(&s);
    if (s.at == s.end) return false;
    if (strchr("({\"'", *s.at) || starts(&s, "[[") || starts(&s, "[=")) return true;
    return *s.at == '=' && !starts(&s, "==");
}

static bool is_library(const char *name, size_t n)
{
    return (n == 4 && !memcmp(name, "math", 4)) || (n == 4 && !memcmp(name, "utf8", 4)) ||
           (n == 6 && !memcmp(name, "string", 6));
}

/* Reports a name and the paths "name.a", "name.a.b" that follow; blanks around dots are rare
 * enough that a path with them is reported by its first name only. Returns the word read. */
static size_t report_path(scanner *s, void (*found)(void *, const char *, size_t), void *self)
{
    const char *start = s->at;
    skip_name(s);
    size_t n = (size_t)(s->at - start);
    bool silent =
        is_keyword(start, n) || is_no_column(s) || (is_library(start, n) && *s->at == '.');
    if (!silent) found(self, start, n);
    while (s->at + 1 < s->end && *s->at == '.' && is_letter(s->at[1])) {
        s->at++;
        skip_name(s);
        if (!silent) found(self, start, (size_t)(s->at - start));
    }
    return n;
}

bool cyn_expression_reads(const char *text, size_t n,
                          void (*found)(void *self, const char *name, size_t length), void *self)
{
    scanner s = {text, text + n};
    bool unknown = false;
    for (skip_blanks(&s); s.at < s.end; skip_blanks(&s)) {
        char c = *s.at;
        if (is_letter(c)) {
            const char *start = s.at;
            size_t word = report_path(&s, found, self);
            if (word == 4 && !memcmp(start, "_ENV", 4)) unknown = true;
            if (word == 8 && !memcmp(start, "function", 8)) unknown = true;
        } else if (is_digit(c) || (c == '.' && s.at + 1 < s.end && is_digit(s.at[1]))) {
            skip_number(&s);
        } else if (c == '"' || c == '\'') {
            skip_string(&s);
        } else if (c == '[' && skip_long_bracket(&s)) {
            continue;
        } else if (starts(&s, "..")) {
            s.at += 2; /* concatenation: what follows is a name of its own */
        } else if (c == '.' || c == ':') {
            s.at++;
            skip_blanks(&s);
            skip_name(&s); /* a field or method */
        } else {
            s.at++;
        }
    }
    return unknown;
}

bool cyn_expression_is_column(const char *text, size_t n)
{
    scanner s = {text, text + n};
    if (n == 0 || !is_letter(*text) || cyn_utf8_valid(text, n) != n) return false;
    skip_name(&s);
    if (is_keyword(text, (size_t)(s.at - text))) return false;
    while (s.at < s.end) {
        const char *start = s.at + 1;
        if (*s.at != '.' || start >= s.end || !is_letter(*start)) return false;
        s.at = start;
        skip_name(&s);
        if (is_keyword(start, (size_t)(s.at - start))) return false;
    }
    return true;
}
