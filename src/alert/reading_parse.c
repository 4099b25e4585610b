/* Readings by name: change("1w"), p(95,28), and as templates spell them, change_1w, p_95_28. */
#include "alert/reading_impl.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* An argument as it was written, quotes left out. */
typedef struct argument {
    const char *s;
    size_t n;
    bool quoted;
} argument;

#define ARGUMENTS 3 /* one more than any reading takes, so that too many are seen */

typedef struct parser {
    const char *s, *at, *end;
    cyn_reading_kind kind;
    argument args[ARGUMENTS];
    size_t count;
    cyn_err *err;
} parser;

static const char *const usages[] = {
    [CYN_TAKES_NOTHING] = "takes no arguments",
    [CYN_TAKES_STEP] = "takes how far back: (\"1w\"), (4) for 4 periods, () for 1",
    [CYN_TAKES_WINDOW] = "takes over how much: (\"28d\"), (28) for 28 periods",
    [CYN_TAKES_PERCENTILE] = "takes a percentile, and over how much: (95,\"28d\"), (95,28)",
    [CYN_TAKES_BASELINE] = "takes by how much before: (\"8w\"), (56) for 56 periods, ()",
    [CYN_TAKES_SMOOTHING] = "takes by how much before, and a smoothing: (28), (28,0.2), ()",
    [CYN_TAKES_SEASONS] = "takes a season, and how many earlier ones: (\"1w\"), (\"1w\",6), ()",
    [CYN_TAKES_HISTORY] = "takes by how much before: (\"13w\"), (90) for 90 periods, ()",
    [CYN_TAKES_BAND] = "takes by how much before, and how many per cent: (\"13w\"), (90,99), ()",
};

/* How much of a text a message shows. */
static int shown(size_t n)
{
    return n < 60 ? (int)n : 60;
}

static cyn_code misused(const parser *p, const char *what)
{
    cyn_code code =
        cyn_fail(p->err, CYN_E_SYNTAX, "'%.*s' %s", shown((size_t)(p->end - p->s)), p->s, what);
    cyn_hint(p->err, "%s %s", cyn_reading_names[p->kind], usages[cyn_reading_takes(p->kind)]);
    return code;
}

/* ---- the name ---- */

static size_t name_length(const char *s, const char *end)
{
    const char *at = s;
    while (at < end && (isalnum((unsigned char)*at) || *at == '_' || *at == '.'))
        at++;
    return (size_t)(at - s);
}

static bool begins_arguments(const char *s, size_t n)
{
    return n > 1 && s[0] == '_' && isdigit((unsigned char)s[1]);
}

/* The reading that the word is, or that it begins with before _ and a digit: the longest one, since
 * change_point_28 is no change. */
static bool find_kind(const char *word, size_t n, cyn_reading_kind *out, size_t *used)
{
    *used = 0;
    for (int kind = 0; kind < CYN_READINGS; kind++) {
        const char *name = cyn_reading_names[kind];
        size_t len = strlen(name);
        if (len < *used || len > n || memcmp(name, word, len) != 0) continue;
        if (len < n && !begins_arguments(word + len, n - len)) continue;
        if (len < n && !cyn_reading_is_method((cyn_reading_kind)kind)) continue;
        *out = (cyn_reading_kind)kind;
        *used = len;
    }
    return *used > 0;
}

static cyn_code unknown(const parser *p, size_t n)
{
    char word[32];
    size_t len = n;
    for (size_t i = n; i-- > 0;)
        if (begins_arguments(p->s + i, n - i)) len = i;
    cyn_code code = cyn_fail(p->err, CYN_E_NAME, "there is no reading '%.*s'", shown(len), p->s);
    if (len >= sizeof word) return code;
    memcpy(word, p->s, len);
    word[len] = '\0';
    const char *near = cyn_nearest(word, cyn_reading_names, CYN_READINGS);
    if (near) cyn_hint(p->err, "did you mean '%s'?", near);
    return code;
}

/* ---- arguments as they are written ---- */

static void skip_blanks(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t'))
        p->at++;
}

static cyn_code add(parser *p, const char *s, const char *end, bool quoted)
{
    if (s == end) return misused(p, "has an empty argument");
    if (p->count == ARGUMENTS) return misused(p, "has too many arguments");
    p->args[p->count++] = (argument){s, (size_t)(end - s), quoted};
    return CYN_OK;
}

static cyn_code read_quoted(parser *p)
{
    char quote = *p->at++;
    const char *close = memchr(p->at, quote, (size_t)(p->end - p->at));
    if (!close) return misused(p, "has a quote without its end");
    CYN_TRY(add(p, p->at, close, true));
    p->at = close + 1;
    return CYN_OK;
}

static bool is_quote(const parser *p)
{
    return p->at < p->end && (*p->at == '"' || *p->at == '\'');
}

static cyn_code read_bare(parser *p)
{
    const char *from = p->at;
    while (p->at < p->end && !strchr(",) \t", *p->at))
        p->at++;
    return add(p, from, p->at, false);
}

/* (a, b): what follows the bracket. */
static cyn_code read_list(parser *p)
{
    p->at++;
    skip_blanks(p);
    if (p->at < p->end && *p->at == ')') return p->at++, CYN_OK;
    for (;;) {
        skip_blanks(p);
        CYN_TRY(is_quote(p) ? read_quoted(p) : read_bare(p));
        skip_blanks(p);
        if (p->at == p->end) return misused(p, "has no closing bracket");
        char sign = *p->at++;
        if (sign == ')') return CYN_OK;
        if (sign != ',') return misused(p, "has something other than , between its arguments");
    }
}

/* _a_b: what follows the name in its word. */
static cyn_code read_tail(parser *p, const char *end)
{
    while (p->at < end) {
        const char *from = ++p->at;
        while (p->at < end && *p->at != '_')
            p->at++;
        CYN_TRY(add(p, from, p->at, false));
    }
    return CYN_OK;
}

/* ---- what they mean ---- */

static const struct {
    const char *word;
    cyn_grain_unit unit;
} units[] = {{"min", CYN_MINUTES}, {"h", CYN_HOURLY},  {"d", CYN_DAILY}, {"w", CYN_WEEK},
             {"m", CYN_MONTH},     {"q", CYN_QUARTER}, {"y", CYN_YEAR}};
#define UNITS (sizeof units / sizeof *units)

static bool read_unit(const char *s, size_t n, cyn_grain_unit *out)
{
    for (size_t i = 0; i < UNITS; i++)
        if (strlen(units[i].word) == n && memcmp(units[i].word, s, n) == 0)
            return *out = units[i].unit, true;
    return n == 0 && (*out = CYN_ALL, true);
}

static const char *unit_word(cyn_grain_unit unit)
{
    for (size_t i = 0; i < UNITS; i++)
        if (units[i].unit == unit) return units[i].word;
    return "";
}

/* 28, "28d" */
static cyn_code read_reach(const parser *p, const argument *a, cyn_reach *out)
{
    size_t digits = 0;
    int64_t n;
    cyn_reach r;
    while (digits < a->n && isdigit((unsigned char)a->s[digits]))
        digits++;
    if (!cyn_parse_integer(a->s, digits, &n) || !read_unit(a->s + digits, a->n - digits, &r.unit) ||
        (a->quoted && r.unit == CYN_ALL)) {
        cyn_code code = misused(p, "does not say how far back");
        cyn_hint(p->err,
                 "'%.*s': expected a number of periods (28), or a whole number and one of "
                 "min, h, d, w, m (months), q, y (\"28d\")",
                 shown(a->n), a->s);
        return code;
    }
    if (n < 1 || n > CYN_READING_REACH)
        return cyn_fail(p->err, CYN_E_RANGE, "'%.*s': %.*s is out of bounds, expected 1 … %d",
                        shown((size_t)(p->end - p->s)), p->s, shown(a->n), a->s, CYN_READING_REACH);
    r.n = (int)n;
    *out = r;
    return CYN_OK;
}

static cyn_code read_parameter(const parser *p, const argument *a, double *out)
{
    cyn_reading_bounds b = cyn_takes_parameter(cyn_reading_takes(p->kind));
    double x;
    if (a->quoted || !cyn_parse_real(a->s, a->n, &x)) return misused(p, "has no such argument");
    bool inside = b.open ? x > b.low && x < b.high : x >= b.low && x <= b.high;
    if (!inside || (b.whole && x != trunc(x)))
        return cyn_fail(
            p->err, CYN_E_RANGE, "'%.*s': %.*s is %s out of bounds, expected %s%g … %g%s",
            shown((size_t)(p->end - p->s)), p->s, shown(a->n), a->s, b.what,
            b.whole ? "a whole number, " : "", b.low, b.high, b.open ? ", both excluded" : "");
    *out = x == 0 ? 0 : x;
    return CYN_OK;
}

static cyn_code take(const parser *p, cyn_reading *r)
{
    cyn_takes takes = cyn_reading_takes(p->kind);
    cyn_reading_bounds b = cyn_takes_parameter(takes);
    bool leads = takes == CYN_TAKES_PERCENTILE, always = leads || takes == CYN_TAKES_WINDOW;
    size_t most = takes == CYN_TAKES_NOTHING ? 0 : b.what ? 2 : 1;
    if (p->count > most) return misused(p, most ? "has too many arguments" : "is no call");
    if (always && p->count < most) return misused(p, "has too few arguments");
    if (b.what) r->parameter = b.usual;
    if (p->count > leads) CYN_TRY(read_reach(p, &p->args[leads], &r->reach));
    if (p->count == 2) CYN_TRY(read_parameter(p, &p->args[!leads], &r->parameter));
    return CYN_OK;
}

/* ---- the canonical name ---- */

static void put_reach(cyn_reach r, cyn_buf *out)
{
    if (r.unit == CYN_ALL)
        cyn_buf_printf(out, "%d", r.n);
    else
        cyn_buf_printf(out, "\"%d%s\"", r.n, unit_word(r.unit));
}

static cyn_code put_name(cyn_reading *r, cyn_err *err)
{
    cyn_takes takes = cyn_reading_takes(r->kind);
    cyn_reading_bounds b = cyn_takes_parameter(takes);
    bool leads = takes == CYN_TAKES_PERCENTILE;
    cyn_buf name = {0};
    cyn_buf_puts(&name, cyn_reading_names[r->kind]);
    if (r->reach.n) {
        cyn_buf_putc(&name, '(');
        if (leads) cyn_buf_real(&name, r->parameter);
        if (leads) cyn_buf_putc(&name, ',');
        put_reach(r->reach, &name);
        if (b.what && !leads && r->parameter != b.usual) {
            cyn_buf_putc(&name, ',');
            cyn_buf_real(&name, r->parameter);
        }
        cyn_buf_putc(&name, ')');
    }
    cyn_code code = cyn_buf_check(&name, err);
    if (code == CYN_OK) snprintf(r->name, sizeof r->name, "%s", name.data);
    cyn_buf_clear(&name);
    return code;
}

cyn_code cyn_reading_parse(const char *s, size_t n, cyn_reading *out, cyn_err *err)
{
    parser p = {.s = s, .at = s, .end = s + n, .err = err};
    size_t word = name_length(s, p.end), used;
    if (!find_kind(s, word, &p.kind, &used)) return unknown(&p, word ? word : n);
    p.at += used;
    if (used < word) CYN_TRY(read_tail(&p, s + word));
    skip_blanks(&p);
    if (p.at < p.end && *p.at == '(' && used == word)
        CYN_TRY(read_list(&p));
    else if (is_quote(&p) && used == word)
        CYN_TRY(read_quoted(&p));
    if (p.at < p.end) return misused(&p, "has something behind its end");
    cyn_reading r = {.kind = p.kind};
    CYN_TRY(take(&p, &r));
    CYN_TRY(put_name(&r, err));
    *out = r;
    return CYN_OK;
}
