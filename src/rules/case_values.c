#include "rules/case_values.h"
#include "base/num.h"
#include "base/text.h"
#include <math.h>
#include <string.h>

/* One item of the text: how many values it stands for, the first of them, and the step. */
typedef struct item {
    const char *start, *end;
    bool missing;
    cyn_num first, step;
    int64_t count;
} item;

static cyn_code wrong(const char *text, const char *at, cyn_code code, cyn_err *err,
                      const char *message, const item *it)
{
    int column = (int)cyn_utf8_count(text, (size_t)(at - text)) + 1;
    cyn_fail_at(err, code, NULL, 0, column, "'%.*s': %s", (int)(it->end - it->start), it->start,
                message);
    cyn_hint(err, "values are written as 1 2.5 -3, 0.3x4, 0.2+0.01x5, 10-2x3, _ or _x3");
    return code;
}

/* ---- Reading an item ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *s)
{
    while (is_digit(*s))
        s++;
    return s;
}

/* The end of a number without a sign; `s` itself where there is none. */
static const char *skip_number(const char *s)
{
    const char *end = skip_digits(s);
    bool whole = end > s;
    if (*end == '.') {
        const char *fraction = skip_digits(end + 1);
        if (!whole && fraction == end + 1) return s;
        end = fraction;
    } else if (!whole) {
        return s;
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        if (is_digit(*exponent)) end = skip_digits(exponent);
    }
    return end;
}

/* A decimal where its digits fit, else a real. */
static bool number_of(const char *s, size_t n, cyn_num *out)
{
    int64_t mantissa;
    int scale;
    double real;
    if (cyn_parse_decimal(s, n, &mantissa, &scale)) {
        *out = cyn_num_decimal(mantissa, scale);
        return true;
    }
    if (!cyn_parse_real(s, n, &real)) return false;
    *out = cyn_num_real(real);
    return true;
}

/* Reads a number with or without a sign, and moves on behind it. */
static cyn_code read_number(const char *text, const char **at, cyn_num *out, const item *it,
                            cyn_err *err)
{
    const char *start = *at, *digits = start + (*start == '+' || *start == '-');
    const char *end = skip_number(digits);
    if (end == digits) return wrong(text, start, CYN_E_SYNTAX, err, "expected a number", it);
    if (*digits == '0' && end - digits > 1 && skip_digits(digits) == end)
        return wrong(text, digits, CYN_E_SYNTAX, err, "a whole number begins with 0", it);
    if (!number_of(start, (size_t)(end - start), out))
        return wrong(text, start, CYN_E_RANGE, err, "the number is too large", it);
    *at = end;
    return CYN_OK;
}

/* Reads "x" and how many times. */
static cyn_code read_times(const char *text, const char **at, int64_t *out, const item *it,
                           cyn_err *err)
{
    const char *digits = *at + 1, *end = skip_digits(digits);
    if (end == digits)
        return wrong(text, digits, CYN_E_SYNTAX, err, "expected a whole number after x", it);
    if (!cyn_parse_integer(digits, (size_t)(end - digits), out) || *out > CYN_TEST_VALUES_MOST)
        return wrong(text, digits, CYN_E_LIMIT, err, "a series has at most 100,000 values", it);
    *at = end;
    return CYN_OK;
}

static cyn_code read_missing(const char *text, const char **at, item *it, cyn_err *err)
{
    it->missing = true;
    it->count = 1;
    if (**at == '_')
        ++*at;
    else
        *at += strlen("stale");
    return it->start[0] == '_' && **at == 'x' ? read_times(text, at, &it->count, it, err) : CYN_OK;
}

static cyn_code read_values(const char *text, const char **at, item *it, cyn_err *err)
{
    CYN_TRY(read_number(text, at, &it->first, it, err));
    it->step = cyn_num_integer(0);
    it->count = 1;
    bool steps = **at == '+' || **at == '-';
    if (steps) CYN_TRY(read_number(text, at, &it->step, it, err));
    if (**at == 'x') {
        CYN_TRY(read_times(text, at, &it->count, it, err));
        it->count++;
    } else if (steps) {
        return wrong(text, *at, CYN_E_SYNTAX, err, "a step needs how often: 0.2+0.01x5", it);
    }
    return CYN_OK;
}

static cyn_code read_item(const char *text, const char *start, const char *end, item *it,
                          cyn_err *err)
{
    const char *at = start;
    *it = (item){.start = start, .end = end};
    bool missing =
        *start == '_' || (end - start == 5 && strncmp(start, "stale", (size_t)(end - start)) == 0);
    CYN_TRY(missing ? read_missing(text, &at, it, err) : read_values(text, &at, it, err));
    if (at == end) return CYN_OK;
    return wrong(text, at, CYN_E_SYNTAX, err, "expected a blank before what follows", it);
}

/* ---- The values ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The item at *at, and how far it goes; false where the text is over. */
static bool next_item(const char **at, const char **end)
{
    while (is_blank(**at))
        ++*at;
    for (*end = *at; **end && !is_blank(**end);)
        ++*end;
    return *end > *at;
}

/* The i-th value: first + i * step, in decimals while they fit. */
static double value_of(const item *it, int64_t i)
{
    cyn_num far, sum;
    if (it->missing) return NAN;
    if (cyn_num_op(CYN_MUL, it->step, cyn_num_integer(i), &far, NULL) == CYN_OK &&
        cyn_num_op(CYN_ADD, it->first, far, &sum, NULL) == CYN_OK)
        return cyn_num_double(sum);
    return cyn_num_double(it->first) + cyn_num_double(it->step) * (double)i;
}

static cyn_code add_values(const char *text, const item *it, double *out, size_t *n, cyn_err *err)
{
    for (int64_t i = 0; i < it->count; i++) {
        double v = value_of(it, i);
        if (!it->missing && !isfinite(v))
            return wrong(text, it->start, CYN_E_RANGE, err, "the values grow too large", it);
        out[(*n)++] = v;
    }
    return CYN_OK;
}

cyn_code cyn_test_values(const char *text, cyn_arena *arena, double **out, size_t *n, cyn_err *err)
{
    item it;
    size_t total = 0, filled = 0;
    const char *at, *end;
    for (at = text; next_item(&at, &end); at = end) {
        CYN_TRY(read_item(text, at, end, &it, err));
        total += (size_t)it.count;
        if (total > CYN_TEST_VALUES_MOST)
            return wrong(text, at, CYN_E_LIMIT, err, "a series has at most 100,000 values", &it);
    }
    double *values = CYN_NEW_ARRAY(arena, total + 1, double);
    if (!values) return cyn_nomem(err);
    for (at = text; next_item(&at, &end); at = end) {
        CYN_TRY(read_item(text, at, end, &it, err));
        CYN_TRY(add_values(text, &it, values, &filled, err));
    }
    *out = values;
    *n = filled;
    return CYN_OK;
}
