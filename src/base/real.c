/* The shortest texts of reals. Numbers as metrics have them, neither huge nor tiny, are found by
 * whole numbers; the C library, which is slower by a factor of ten and more, knows all others. */
#include "base/num.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* ---- by whole numbers ---- */

enum { DIGITS_LEAST = 15, DIGITS_MOST = 17, MANTISSA_BITS = 52, PLACES_MAX = 20 };

/* A decimal of so many places behind the point. */
typedef struct decimal {
    uint64_t digits;
    int places;
} decimal;

static u128 power_of_ten(int n)
{
    return n > 18 ? (u128)cyn_power10[18] * (u128)cyn_power10[n - 18] : (u128)cyn_power10[n];
}

/* x · 10^places = scaled / 2^shift, exactly: at most 53 + 67 bits. */
typedef struct scaling {
    u128 power, scaled;
    int shift, places;
    uint64_t mantissa;
} scaling;

static void scale(scaling *s, int places)
{
    s->places = places;
    s->power = power_of_ten(places);
    s->scaled = s->power * s->mantissa;
}

/* The nearest whole number; of two that are as near the even one, as printf has it. */
static uint64_t nearest(const scaling *s)
{
    u128 half = (u128)1 << (s->shift - 1), rest = s->scaled & ((half << 1) - 1);
    uint64_t below = (uint64_t)(s->scaled >> s->shift);
    return below + (rest > half || (rest == half && below % 2 == 1));
}

/* Whether the decimal lies no further than halfway to the next double, where an even mantissa wins.
 * One unit of x's last place is `power` here. */
static bool reads_back(const scaling *s, uint64_t digits)
{
    u128 there = (u128)digits << s->shift;
    u128 twice = 2 * (there > s->scaled ? there - s->scaled : s->scaled - there);
    return twice < s->power || (twice == s->power && s->mantissa % 2 == 0);
}

/* So many places that the whole part has 15 digits. */
static void scale_to_15(scaling *s, double x)
{
    const uint64_t least = (uint64_t)1e14, most = (uint64_t)1e15;
    int places = DIGITS_LEAST - 1 - (int)floor(log10(x)); /* or one off */
    scale(s, places < 0 ? 0 : places);
    if (s->scaled >> s->shift >= most && s->places > 0) scale(s, s->places - 1);
    if (s->scaled >> s->shift < least) scale(s, s->places + 1);
}

/* Of 15, 16 or 17 digits the fewest that read back as x, which is no whole number: as what follows
 * does it with printf and strtod. False for what it is not made for. */
static bool find_shortest(double x, decimal *out)
{
    int exponent;
    double fraction = frexp(x, &exponent); /* 0.5 … 1 */
    if (!(x >= 1e-4 && x < 1e15) || fraction == 0.5) return false;
    scaling s = {.mantissa = (uint64_t)ldexp(fraction, MANTISSA_BITS + 1),
                 .shift = MANTISSA_BITS + 1 - exponent};
    scale_to_15(&s, x);
    for (int digits = DIGITS_LEAST; digits <= DIGITS_MOST && s.places <= PLACES_MAX; digits++) {
        uint64_t n = nearest(&s);
        if (reads_back(&s, n)) {
            *out = (decimal){.digits = n, .places = s.places};
            return true;
        }
        scale(&s, s.places + 1);
    }
    return false;
}

static void put_decimal(cyn_buf *b, decimal d)
{
    for (; d.places > 0 && d.digits % 10 == 0; d.places--)
        d.digits /= 10;
    const uint64_t one = (uint64_t)power_of_ten(d.places < 19 ? d.places : 19);
    cyn_buf_digits(b, d.digits / one, 1);
    if (d.places == 0) return;
    cyn_buf_putc(b, '.');
    cyn_buf_digits(b, d.digits % one, d.places);
}

/* ---- by the C library ---- */

/* Just above a power of two doubles lie twice as far apart as below it. There a text of 16 digits
 * can read back as x although it is not the one nearest to x: then it is the next one up. */
static bool next_16_digits(char *text, size_t size, double x)
{
    int exponent;
    if (fabs(frexp(x, &exponent)) != 0.5) return false;
    snprintf(text, size, "%.15e", x);
    char *last = strchr(text, 'e') - 1;
    if (*last == '9') return false; /* a carry would leave 15 digits, which were tried before */
    ++*last;
    return strtod(text, NULL) == x;
}

/* Up to 15 digits survive the way into a normal double and back; subnormal ones hold fewer, and
 * their shortest text has to be searched for. */
static void shortest(char *text, size_t size, double x)
{
    for (int digits = fabs(x) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, x);
        if (strtod(text, NULL) == x) return;
        if (digits == 16 && next_16_digits(text, size, x)) return;
    }
}

static void put_any(cyn_buf *b, double x)
{
    char text[40];
    /* The C locale is a static object of the C library: this neither allocates nor fails. */
    locale_t before = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    shortest(text, sizeof text, x);
    uselocale(before);
    cyn_buf_puts(b, text);
}

void cyn_buf_real(cyn_buf *b, double x)
{
    decimal d = {0};
    if (!isfinite(x)) {
        cyn_buf_puts(b, "null");
        return;
    }
    if (fabs(x) < 1e15 && trunc(x) == x) /* %.15g, quickly; without the sign of -0 */
        d.digits = (uint64_t)fabs(x);
    else if (!find_shortest(fabs(x), &d)) {
        put_any(b, x);
        return;
    }
    if (x < 0) cyn_buf_putc(b, '-');
    put_decimal(b, d);
}
