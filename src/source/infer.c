#include "source/infer.h"
#include "base/num.h"
#include "source/number.h"
#include "source/text.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    CAN_BOOLEAN = 1,
    CAN_INTEGER = 2,
    CAN_DECIMAL = 4,
    CAN_REAL = 8,
    CAN_DATE = 16,
    CAN_TIMESTAMP = 32,
    CAN_NUMBER = CAN_INTEGER | CAN_DECIMAL | CAN_REAL,
    CAN_TIME = CAN_DATE | CAN_TIMESTAMP,
    CAN_ALL = CAN_BOOLEAN | CAN_NUMBER | CAN_TIME,
};

enum { FRACTION_MAX = 9, DIGITS_MAX = 18 };

void cyn_guess_init(cyn_guess *g, cyn_want want)
{
    *g = (cyn_guess){.want = want, .can = CAN_ALL};
}

static void widen(cyn_guess *g, const cyn_number *d)
{
    if (d->nwhole > g->nwhole) g->nwhole = (uint32_t)d->nwhole;
    if (d->nfraction > g->nfraction) g->nfraction = (uint32_t)d->nfraction;
}

static unsigned number_types(cyn_guess *g, const char *s, size_t n)
{
    cyn_number d;
    int64_t i;
    double r;
    if (!cyn_number_scan(s, n, &d) || d.plus) return 0;
    if (d.nwhole > 1 && d.whole[0] == '0') return 0;
    if (d.has_exponent) return cyn_parse_real(s, n, &r) ? CAN_REAL : 0;
    widen(g, &d);
    if (d.point) return cyn_parse_real(s, n, &r) ? CAN_DECIMAL | CAN_REAL : 0;
    return d.nwhole <= DIGITS_MAX || cyn_parse_integer(s, n, &i) ? CAN_NUMBER : 0;
}

static unsigned time_types(const char *s, size_t n, const cyn_tz *tz)
{
    int64_t value;
    if (n < 10 || s[4] != '-' || s[7] != '-') return 0;
    if (n == 10) return cyn_parse_date(s, n, &value) ? CAN_TIME : 0;
    return cyn_parse_instant(s, n, tz, &value) ? CAN_TIMESTAMP : 0;
}

static bool is_boolean(const char *s, size_t n)
{
    return (n == 4 && strncasecmp(s, "true", 4) == 0) ||
           (n == 5 && strncasecmp(s, "false", 5) == 0);
}

static void measure(cyn_guess *g, const char *s, size_t n)
{
    cyn_number d;
    if (!cyn_number_scan(s, n, &d) || d.has_exponent || d.nwhole > DIGITS_MAX) return;
    while (d.nfraction > 0 && d.fraction[d.nfraction - 1] == '0' && d.nfraction > g->nfraction)
        d.nfraction--;
    widen(g, &d);
}

void cyn_guess_value(cyn_guess *g, cyn_cell_kind kind, const char *s, size_t n, const cyn_tz *tz)
{
    static const uint8_t of_kind[] = {
        [CYN_CELL_PLAIN] = CAN_ALL,
        [CYN_CELL_STRING] = CAN_TIME,
        [CYN_CELL_NUMBER] = CAN_NUMBER,
        [CYN_CELL_BOOLEAN] = CAN_BOOLEAN,
    };
    if (kind == CYN_CELL_BLOB) {
        g->blobs++;
        return;
    }
    if (g->want == CYN_WANT_NOTHING) return;
    g->values++;
    if (g->want == CYN_WANT_SCALE) measure(g, s, n);
    if (g->want != CYN_WANT_TYPE || g->can == 0) return;
    unsigned can = g->can & of_kind[kind], is = 0;
    if (can & CAN_NUMBER) is |= number_types(g, s, n);
    if (can & CAN_TIME) is |= time_types(s, n, tz);
    if (can & CAN_BOOLEAN && is_boolean(s, n)) is |= CAN_BOOLEAN;
    g->can = (uint8_t)(can & is);
}

int cyn_guess_scale(const cyn_guess *g)
{
    int room = DIGITS_MAX - (int)(g->nwhole < DIGITS_MAX ? g->nwhole : DIGITS_MAX);
    return (int)g->nfraction < room ? (int)g->nfraction : room;
}

cyn_type cyn_guess_type(const cyn_guess *g, int *scale)
{
    *scale = 0;
    if (g->values == 0) return CYN_TEXT;
    if (g->can & CAN_BOOLEAN) return CYN_BOOLEAN;
    if (g->can & CAN_INTEGER) return CYN_INTEGER;
    if (g->can & CAN_DECIMAL && g->nfraction <= FRACTION_MAX &&
        g->nwhole + g->nfraction <= DIGITS_MAX) {
        *scale = (int)g->nfraction;
        return CYN_DECIMAL;
    }
    if (g->can & CAN_REAL) return CYN_REAL;
    if (g->can & CAN_DATE) return CYN_DATE;
    if (g->can & CAN_TIMESTAMP) return CYN_TIMESTAMP;
    return CYN_TEXT;
}

/* What is it about the first value that made the column text? */
static const char *spoiler_fault(const cyn_guess *g)
{
    const char *s = g->spoiler;
    size_t n = strlen(s);
    cyn_number d;
    if (g->spoiler_kind == CYN_CELL_STRING) return "is a string, and no date or timestamp";
    if (g->spoiler_kind == CYN_CELL_PLAIN && cyn_number_scan(s, n, &d)) {
        if (d.nwhole > 1 && d.whole[0] == '0') return "begins with 0, so it is a code";
        if (!d.point && !d.has_exponent && d.nwhole > DIGITS_MAX) return "is too long for a number";
    } else if (g->spoiler_kind == CYN_CELL_PLAIN && !is_boolean(s, n) &&
               !time_types(s, n < 10 ? n : 10, NULL)) {
        return "is no number, date or boolean";
    }
    return "is of another type than the values before it";
}

static void text_why(const cyn_guess *g, char *out, size_t size)
{
    if (g->values == 0)
        snprintf(out, size, "%s",
                 g->blobs > 0 ? "nothing but blobs, which are not read" : "all values are missing");
    else
        snprintf(out, size, "'%s' (%s:%lld) %s", g->spoiler, g->spoiler_file,
                 (long long)g->spoiler_line, spoiler_fault(g));
}

void cyn_guess_why(const cyn_guess *g, char *out, size_t size)
{
    int scale;
    char count[32];
    const char *what = NULL;
    cyn_format_count(g->values, count, sizeof count);
    switch (cyn_guess_type(g, &scale)) {
    case CYN_BOOLEAN: what = "true or false"; break;
    case CYN_INTEGER: what = "whole numbers"; break;
    case CYN_REAL: what = "numbers, some with exponents or more than 9 decimals"; break;
    case CYN_DATE: what = "dates"; break;
    case CYN_TIMESTAMP: what = "timestamps"; break;
    case CYN_DECIMAL:
        snprintf(out, size, "all %s values are plain decimals, at most %d digit%s", count, scale,
                 scale == 1 ? "" : "s");
        return;
    case CYN_TEXT: text_why(g, out, size); return;
    }
    snprintf(out, size, "all %s values are %s", count, what);
}
