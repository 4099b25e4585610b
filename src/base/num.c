#include "base/num.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

#define MAX_SCALE 18

const int64_t cyn_power10[] = {
    INT64_C(1),
    INT64_C(10),
    INT64_C(100),
    INT64_C(1000),
    INT64_C(10000),
    INT64_C(100000),
    INT64_C(1000000),
    INT64_C(10000000),
    INT64_C(100000000),
    INT64_C(1000000000),
    INT64_C(10000000000),
    INT64_C(100000000000),
    INT64_C(1000000000000),
    INT64_C(10000000000000),
    INT64_C(100000000000000),
    INT64_C(1000000000000000),
    INT64_C(10000000000000000),
    INT64_C(100000000000000000),
    INT64_C(1000000000000000000),
};

/* Powers of ten that are exact doubles. */
static const double real_power10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#define MAX_EXACT_POWER 22
#define MAX_EXACT_REAL  (INT64_C(1) << 53)

/* The C locale is a static object of the C library: this neither allocates nor fails. */
static double read_real(const char *text)
{
    return strtod_l(text, NULL, newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

/* Exact numbers: mantissa / 10^scale. Wide ones hold what two int64_t give before it is known
 * whether the result fits. */

typedef struct wide {
    i128 m;
    int scale;
} wide;

static bool is_exact(cyn_num n)
{
    return n.kind == CYN_NUM_INTEGER || n.kind == CYN_NUM_DECIMAL;
}

static int scale_of(cyn_num n)
{
    return n.kind == CYN_NUM_DECIMAL ? n.scale : 0;
}

static bool fits(i128 m)
{
    return m >= INT64_MIN && m <= INT64_MAX;
}

/* Both mantissas at the larger of the two scales; 2^63 × 10^18 is far from the end of i128. */
static int align(cyn_num a, cyn_num b, i128 *x, i128 *y)
{
    int scale = scale_of(a) > scale_of(b) ? scale_of(a) : scale_of(b);
    *x = (i128)a.i * cyn_power10[scale - scale_of(a)];
    *y = (i128)b.i * cyn_power10[scale - scale_of(b)];
    return scale;
}

static bool is_exact_real(i128 m)
{
    return m >= -MAX_EXACT_REAL && m <= MAX_EXACT_REAL;
}

/* The nearest double: a quotient of two exact doubles is rounded once; the rest is left to strtod,
 * which rounds correctly. */
static double wide_real(wide w)
{
    if (is_exact_real(w.m) && w.scale <= MAX_EXACT_POWER)
        return (double)w.m / real_power10[w.scale];
    char text[64], *p = text + sizeof text - 8; /* 39 digits and a sign fit before it */
    snprintf(p, 8, "e-%d", w.scale);
    u128 rest = w.m < 0 ? -(u128)w.m : (u128)w.m;
    do
        *--p = (char)('0' + (int)(rest % 10));
    while ((rest /= 10) > 0);
    if (w.m < 0) *--p = '-';
    return read_real(p);
}

cyn_num cyn_num_integer(int64_t i)
{
    return (cyn_num){.kind = CYN_NUM_INTEGER, .i = i};
}

cyn_num cyn_num_decimal(int64_t mantissa, int scale)
{
    return (cyn_num){.kind = CYN_NUM_DECIMAL, .scale = (uint8_t)scale, .i = mantissa};
}

cyn_num cyn_num_real(double r)
{
    return isfinite(r) ? (cyn_num){.kind = CYN_NUM_REAL, .r = r} : CYN_MISSING;
}

double cyn_num_double(cyn_num n)
{
    switch (n.kind) {
    case CYN_NUM_INTEGER: return (double)n.i;
    case CYN_NUM_DECIMAL: return wide_real((wide){n.i, n.scale});
    case CYN_NUM_REAL: return n.r;
    }
    return NAN;
}

/* Arithmetic */

/* Gives up trailing zeros where that lets an exact result fit. More than 18 digits after the point
 * that are not zeros become a real; a mantissa too large at a scale that would do is an overflow.
 */
static bool exact_result(wide w, bool decimal, cyn_num *out)
{
    while ((w.scale > MAX_SCALE || !fits(w.m)) && w.scale > 0 && w.m % 10 == 0) {
        w.m /= 10;
        w.scale--;
    }
    if (w.scale > MAX_SCALE) {
        *out = cyn_num_real(wide_real(w));
        return true;
    }
    if (!fits(w.m)) return false;
    *out = decimal ? cyn_num_decimal((int64_t)w.m, w.scale) : cyn_num_integer((int64_t)w.m);
    return true;
}

static bool exact_op(cyn_op op, cyn_num a, cyn_num b, cyn_num *out)
{
    bool decimal = a.kind == CYN_NUM_DECIMAL || (op != CYN_NEG && b.kind == CYN_NUM_DECIMAL);
    if (op == CYN_NEG) return exact_result((wide){-(i128)a.i, scale_of(a)}, decimal, out);
    if (op == CYN_MUL)
        return exact_result((wide){(i128)a.i * b.i, scale_of(a) + scale_of(b)}, decimal, out);
    i128 x, y;
    int scale = align(a, b, &x, &y);
    return exact_result((wide){op == CYN_ADD ? x + y : x - y, scale}, decimal, out);
}

/* Of two exact numbers: both scaled to integers, so that 0.3 / 0.1 is 3 as it is on paper. Integers
 * beyond 2^53 are rounded themselves, in the wider type, which leaves the last bit in doubt only in
 * rare near-ties. */
static double quotient(cyn_num a, cyn_num b)
{
    if (is_exact(a) && is_exact(b)) {
        i128 x, y;
        align(a, b, &x, &y);
        if (is_exact_real(x) && is_exact_real(y)) return (double)x / (double)y;
        return (double)((long double)x / (long double)y);
    }
    return cyn_num_double(a) / cyn_num_double(b);
}

/* The remainder takes the sign of the divisor, as in Lua. Exact numbers have an exact one. */
static bool remainder_of(cyn_num a, cyn_num b, cyn_num *out)
{
    if (is_exact(a) && is_exact(b)) {
        i128 x, y;
        int scale = align(a, b, &x, &y);
        x %= y;
        if (x != 0 && (x < 0) != (y < 0)) x += y;
        bool decimal = a.kind == CYN_NUM_DECIMAL || b.kind == CYN_NUM_DECIMAL;
        return exact_result((wide){x, scale}, decimal, out);
    }
    double divisor = cyn_num_double(b), r = fmod(cyn_num_double(a), divisor);
    if (r != 0 && (r < 0) != (divisor < 0)) r += divisor;
    *out = cyn_num_real(r);
    return true;
}

static double real_op(cyn_op op, double a, double b)
{
    switch (op) {
    case CYN_ADD: return a + b;
    case CYN_SUB: return a - b;
    case CYN_MUL: return a * b;
    case CYN_POW: return pow(a, b);
    case CYN_NEG: return -a;
    case CYN_DIV:
    case CYN_MOD: break; /* they have functions of their own */
    }
    return NAN;
}

static cyn_code overflow(cyn_op op, cyn_num a, cyn_num b, cyn_err *err)
{
    static const char *const signs[] = {"+", "-", "*", "/", "^", "%", "-"};
    cyn_buf text = {0};
    if (op != CYN_NEG) cyn_buf_num(&text, a);
    cyn_buf_printf(&text, op == CYN_NEG ? "%s" : " %s ", signs[op]);
    cyn_buf_num(&text, op == CYN_NEG ? a : b);
    cyn_code code = cyn_buf_check(&text, err);
    if (code == CYN_OK) {
        code = cyn_fail(err, CYN_E_RANGE, "%s overflows the 64 bits of an exact number", text.data);
        cyn_hint(err, "multiply one side by 1.0 to compute with reals");
    }
    cyn_buf_clear(&text);
    return code;
}

/* Of two numbers that are there; false when an exact result overflows. */
static bool compute(cyn_op op, cyn_num a, cyn_num b, cyn_num *out)
{
    bool exact = is_exact(a) && (op == CYN_NEG || is_exact(b));
    bool divides = op == CYN_DIV || op == CYN_MOD;
    *out = CYN_MISSING;
    if (divides && cyn_num_double(b) == 0) return true;
    if (op == CYN_MOD) return remainder_of(a, b, out);
    if (exact && !divides && op != CYN_POW) return exact_op(op, a, b, out);
    double r = divides ? quotient(a, b) : real_op(op, cyn_num_double(a), cyn_num_double(b));
    *out = cyn_num_real(r);
    return true;
}

cyn_code cyn_num_op(cyn_op op, cyn_num a, cyn_num b, cyn_num *out, cyn_err *err)
{
    cyn_num result = CYN_MISSING;
    bool missing = cyn_num_is_missing(a) || (op != CYN_NEG && cyn_num_is_missing(b));
    if (!missing && !compute(op, a, b, &result)) return overflow(op, a, b, err);
    *out = result;
    return CYN_OK;
}

/* Comparing */

static int sign(i128 a, i128 b)
{
    return (a > b) - (a < b);
}

/* Rounding to double keeps the order, so two different doubles decide. Where the doubles are equal
 * |m| is near |r| × 10^scale, and what the powers of two and ten make of either fits in 127 bits.
 */
static int compare_real(cyn_num a, double r)
{
    double nearest = cyn_num_double(a);
    if (nearest != r) return nearest < r ? -1 : 1;
    if (r == 0) return 0;
    int exponent;
    i128 digits = (i128)ldexp(frexp(r, &exponent), 53);
    exponent -= 53;
    i128 power = cyn_power10[scale_of(a)];
    if (exponent >= 0) return sign(a.i, digits * ((i128)1 << exponent) * power);
    while (exponent < 0 && digits % 2 == 0) {
        digits /= 2;
        exponent++;
    }
    return sign((i128)a.i * ((i128)1 << -exponent), digits * power);
}

int cyn_num_compare(cyn_num a, cyn_num b)
{
    if (cyn_num_is_missing(a) || cyn_num_is_missing(b))
        return cyn_num_is_missing(b) - cyn_num_is_missing(a);
    if (is_exact(a) && is_exact(b)) {
        i128 x, y;
        align(a, b, &x, &y);
        return sign(x, y);
    }
    if (is_exact(a)) return compare_real(a, b.r);
    if (is_exact(b)) return -compare_real(b, a.r);
    return (a.r > b.r) - (a.r < b.r);
}

/* Text */

void cyn_buf_num(cyn_buf *b, cyn_num n)
{
    if (n.kind == CYN_NUM_MISSING) {
        cyn_buf_puts(b, "null");
        return;
    }
    if (n.kind == CYN_NUM_REAL) {
        cyn_buf_real(b, n.r);
        return;
    }
    int scale = scale_of(n);
    uint64_t m = n.i < 0 ? -(uint64_t)n.i : (uint64_t)n.i, one = (uint64_t)cyn_power10[scale];
    if (n.i < 0) cyn_buf_putc(b, '-');
    cyn_buf_digits(b, m / one, 1);
    if (scale == 0) return;
    cyn_buf_putc(b, '.');
    cyn_buf_digits(b, m % one, scale);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal number in text: sign, digits, point, digits; end is where it stops. */
typedef struct digits {
    bool negative;
    const char *whole, *fraction;
    size_t nwhole, nfraction;
    const char *end;
} digits;

static bool scan_digits(const char *s, size_t n, digits *d)
{
    const char *end = s + n;
    *d = (digits){.negative = n > 0 && *s == '-'};
    if (n > 0 && (*s == '-' || *s == '+')) s++;
    d->whole = s;
    while (s < end && is_digit(*s))
        s++;
    d->nwhole = (size_t)(s - d->whole);
    if (s < end && *s == '.') s++;
    d->fraction = s;
    if (s > d->whole + d->nwhole)
        while (s < end && is_digit(*s))
            s++;
    d->nfraction = (size_t)(s - d->fraction);
    d->end = s;
    return d->nwhole + d->nfraction > 0;
}

bool cyn_parse_decimal(const char *s, size_t n, int64_t *mantissa, int *scale)
{
    digits d;
    if (!scan_digits(s, n, &d) || d.end != s + n || d.nfraction > MAX_SCALE) return false;
    int64_t m = 0;
    for (size_t i = 0; i < d.nwhole + d.nfraction; i++) {
        if (m >= cyn_power10[MAX_SCALE - 1]) return false; /* 18 digits already */
        m = m * 10 + ((i < d.nwhole ? d.whole[i] : d.fraction[i - d.nwhole]) - '0');
    }
    *mantissa = d.negative ? -m : m;
    *scale = (int)d.nfraction;
    return true;
}

bool cyn_parse_integer(const char *s, size_t n, int64_t *out)
{
    digits d;
    if (!scan_digits(s, n, &d) || d.whole + d.nwhole != s + n) return false;
    int64_t value = 0; /* built on the negative side, which reaches one further */
    for (size_t i = 0; i < d.nwhole; i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, d.whole[i] - '0', &value))
            return false;
    if (!d.negative && value == INT64_MIN) return false;
    *out = d.negative ? value : -value;
    return true;
}

/* Reads "e-12" at s; exponents beyond any text's length are cut, they overflow or vanish anyway. */
static bool scan_exponent(const char *s, const char *end, int64_t *out)
{
    const int64_t most = INT64_MAX / 4;
    *out = 0;
    if (s == end) return true;
    if (*s != 'e' && *s != 'E') return false;
    bool negative = ++s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) s++;
    if (s == end) return false;
    for (; s < end; s++) {
        if (!is_digit(*s)) return false;
        *out = *out > most / 10 - 1 ? most : *out * 10 + (*s - '0');
    }
    if (negative) *out = -*out;
    return true;
}

/* No double, nor a middle between two, has more significant digits than 767; of what follows it
 * only matters whether there is anything. So a text of any length is read in fixed memory. */
#define MAX_DIGITS 768

static double read_digits(const digits *d, int64_t exponent)
{
    char text[MAX_DIGITS + 32];
    size_t count = 0;
    bool more = false;
    for (size_t i = 0; i < d->nwhole + d->nfraction; i++) {
        char c = i < d->nwhole ? d->whole[i] : d->fraction[i - d->nwhole];
        if (i >= d->nwhole) exponent--;
        if (count == 0 && c == '0') continue;
        if (count < MAX_DIGITS) {
            text[count++] = c;
        } else {
            more = more || c != '0';
            exponent++;
        }
    }
    if (count == 0) return 0;
    if (more) { /* an odd digit below the last one kept */
        text[count++] = '1';
        exponent--;
    }
    if (exponent > 9999) exponent = 9999;
    if (exponent < -9999) exponent = -9999;
    snprintf(text + count, sizeof text - count, "e%d", (int)exponent);
    return read_real(text);
}

bool cyn_parse_real(const char *s, size_t n, double *out)
{
    digits d;
    int64_t exponent, m;
    int scale;
    double value;
    if (!scan_digits(s, n, &d) || !scan_exponent(d.end, s + n, &exponent)) return false;
    if (d.end == s + n && cyn_parse_decimal(s, n, &m, &scale) && is_exact_real(m))
        value = fabs((double)m / real_power10[scale]);
    else
        value = read_digits(&d, exponent);
    if (!isfinite(value)) return false;
    *out = d.negative ? -value : value;
    return true;
}

bool cyn_rescale(int64_t mantissa, int from, int to, int64_t *out)
{
    int64_t m = mantissa;
    for (; from < to && m != 0; from++)
        if (__builtin_mul_overflow(m, 10, &m)) return false;
    for (; from > to && m != 0; from--) {
        if (m % 10 != 0) return false;
        m /= 10;
    }
    *out = m;
    return true;
}
