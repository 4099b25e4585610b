#include "base/num.h"
#include "base/text.h"
#include "tree/what_if.h"
#include <string.h>

/* ---- what a Japanese keyboard types ---- */

/* Full-width forms of ASCII (U+FF01 … U+FF5E), the ideographic blank, and the minus sign, as ASCII;
 * everything else as it is. In place: the text only becomes shorter. */
static void narrow(char *s)
{
    const unsigned char *from = (const unsigned char *)s;
    char *to = s;
    while (*from) {
        bool wide = from[0] == 0xef && from[1] >= 0xbc && from[1] <= 0xbd && from[2];
        unsigned code = wide ? (from[1] & 0x3fu) << 6 | (from[2] & 0x3fu) : 0; /* U+F000 + code */
        if (code >= 0xf01 && code <= 0xf5e)
            *to++ = (char)(code - 0xf01 + '!');
        else if (!strncmp((const char *)from, "\u3000", 3))
            *to++ = ' ';
        else if (!strncmp((const char *)from, "\u2212", 3))
            *to++ = '-';
        else {
            *to++ = (char)*from++;
            continue;
        }
        from += 3;
    }
    *to = '\0';
}

static char *trim(char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    size_t n = strlen(s);
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    s[n] = '\0';
    return s;
}

/* Takes a unit off the end; false when it does not stand there. */
static bool take_unit(char *s, const char *unit)
{
    size_t n = strlen(s), k = strlen(unit);
    if (n < k || strcmp(s + n - k, unit) != 0) return false;
    s[n - k] = '\0';
    trim(s);
    return true;
}

/* ---- numbers ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(const char *s)
{
    size_t n = 0;
    while (is_digit(s[n]))
        n++;
    return n;
}

/* "1,000,000.5" without its commas; false when they do not stand before each three digits. */
static bool drop_commas(char *s)
{
    if (!strchr(s, ',')) return true;
    size_t n = digits_at(s), to = n;
    if (n < 1 || n > 3) return false;
    const char *from = s + n;
    while (*from == ',') {
        if (digits_at(from + 1) != 3) return false;
        memmove(s + to, from + 1, 3);
        to += 3;
        from += 4;
    }
    memmove(s + to, from, strlen(from) + 1);
    return !strchr(s, ',');
}

/* Digits without a sign; of a percentage the nearest double to its hundredth, and not the hundredth
 * of the nearest double. There is room for three more characters. */
static bool read_number(char *text, bool hundredth, double *out)
{
    if (!is_digit(text[0]) && text[0] != '.') return false;
    if (!drop_commas(text)) return false;
    bool shift = hundredth && !strpbrk(text, "eE");
    if (shift) strcat(text, "e-2");
    if (!cyn_parse_real(text, strlen(text), out)) return false;
    if (hundredth && !shift) *out /= 100;
    return true;
}

/* ---- the whole ---- */

static cyn_code fail_form(const char *text, const char *what, cyn_err *err)
{
    cyn_fail(err, CYN_E_SYNTAX, "assumption '%s': %s", text, what);
    cyn_hint(err, "write price=120, cvr=4%%, users=+500, price=-10%%, cvr=+0.5pt, or balance==-5 "
                  "for a negative value");
    return CYN_E_SYNTAX;
}

static cyn_code read_value(const char *text, char *value, cyn_assumption *a, cyn_err *err)
{
    bool absolute = value[0] == '=';
    if (absolute) value = trim(value + 1);
    char sign = value[0] == '+' || value[0] == '-' ? value[0] : '\0';
    if (sign) value = trim(value + 1);
    bool points = take_unit(value, "pt") || take_unit(value, "pp") || take_unit(value, "ポイント");
    bool percent = !points && take_unit(value, "%");
    if (points && (absolute || !sign))
        return fail_form(text, "points are added or taken away: +0.5pt or -0.5pt", err);
    if (!read_number(value, points || percent, &a->by))
        return fail_form(text, "there is no number after the '='", err);
    if (sign == '-') a->by = -a->by;
    a->kind = CYN_ASSUME_VALUE;
    if (points)
        a->kind = CYN_ASSUME_POINTS;
    else if (sign && !absolute)
        a->kind = percent ? CYN_ASSUME_PERCENT : CYN_ASSUME_ADD;
    return CYN_OK;
}

cyn_code cyn_parse_assumption(const char *text, cyn_arena *arena, cyn_assumption *out, cyn_err *err)
{
    char *copy = cyn_sprintf(arena, "%s   ", text); /* room for read_number */
    if (!copy) return cyn_nomem(err);
    narrow(copy);
    char *equals = strchr(copy, '=');
    if (!equals) return fail_form(text, "there is no '='", err);
    *equals = '\0';
    cyn_assumption a = {.metric = trim(copy)};
    if (!a.metric[0]) return fail_form(text, "there is no metric before the '='", err);
    CYN_TRY(read_value(text, trim(equals + 1), &a, err));
    *out = a;
    return CYN_OK;
}
