/* Numbers as people read them: about four significant digits of a real, all digits of an exact
 * number, thousands in groups, and the unit beside the number where it is a common one. */
#include "base/text.h"
#include "report/report_impl.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct currency {
    const char *code, *other, *symbol;
    int decimals;
} currency;
static const currency currencies[] = {
    {"USD", "$", "$", 2}, {"EUR", "€", "€", 2},  {"GBP", "£", "£", 2},
    {"JPY", "¥", "¥", 0}, {"JPY", "円", "¥", 0}, {"BRL", "R$", "R$", 2},
};
static const struct {
    const char *unit, *en, *ja;
} durations[] = {
    {"ms", "ms", "ミリ秒"}, {"s", "s", "秒"}, {"min", "min", "分"},
    {"h", "h", "時間"},     {"d", "d", "日"}, {"days", "days", "日"},
};

static const currency *find_currency(const char *unit)
{
    for (size_t i = 0; i < COUNT(currencies); i++)
        if (!strcmp(unit, currencies[i].code) || !strcmp(unit, currencies[i].other))
            return &currencies[i];
    return NULL;
}

static const char *find_duration(const char *unit, bool ja)
{
    for (size_t i = 0; i < COUNT(durations); i++)
        if (!strcmp(unit, durations[i].unit)) return ja ? durations[i].ja : durations[i].en;
    return NULL;
}

void cyn_grain_words(cyn_grain g, const char *language, char out[16])
{
    static const char *const ja[] = {
        [CYN_ALL] = "全期間", [CYN_HOURLY] = "時",      [CYN_DAILY] = "日", [CYN_WEEK] = "週",
        [CYN_MONTH] = "月",   [CYN_QUARTER] = "四半期", [CYN_YEAR] = "年",
    };
    if (!cyn_is_japanese(language))
        cyn_format_grain(g, out);
    else if (g.unit == CYN_MINUTES)
        snprintf(out, 16, "%d分", g.n);
    else
        snprintf(out, 16, "%s", ja[g.unit]);
}

bool cyn_unit_is_share(const char *unit)
{
    return unit && !strcmp(unit, "%");
}

bool cyn_unit_shown(const char *unit)
{
    return unit && (cyn_unit_is_share(unit) || find_currency(unit) || find_duration(unit, false));
}

/* Japanese sets no blank between number and unit. */
static void put_unit(cyn_buf *b, const char *unit, const char *language)
{
    cyn_buf_printf(b, cyn_is_japanese(language) ? "%s" : " %s", unit);
}

/* i / 10^scale with `decimals` decimals, halves away from zero: "-1234.50". */
static void decimal_text(int64_t i, int scale, int decimals, char *out, size_t size)
{
    uint64_t m = i < 0 ? 0 - (uint64_t)i : (uint64_t)i, cut = 1;
    for (; scale > decimals; scale--)
        cut *= 10;
    uint64_t rest = m % cut, tens = 1;
    m = m / cut + (rest >= cut - rest && cut > 1);
    for (int k = 0; k < scale; k++)
        tens *= 10;
    int n = snprintf(out, size, "%s%llu", i < 0 ? "-" : "", (unsigned long long)(m / tens));
    if (!decimals) return;
    n += snprintf(out + n, size - (size_t)n, ".");
    if (scale)
        n += snprintf(out + n, size - (size_t)n, "%0*llu", scale, (unsigned long long)(m % tens));
    for (int k = scale; k < decimals; k++)
        n += snprintf(out + n, size - (size_t)n, "0");
}

/* Scientific only far from what people count. A locale's decimal comma becomes a point. */
static void real_text(double x, int decimals, char *out, size_t size)
{
    double ax = fabs(x);
    if (ax < 1e15 && (ax >= 1e-6 || ax == 0))
        snprintf(out, size, "%.*f", decimals, x);
    else
        snprintf(out, size, "%.3g", x);
    char *point = out + strcspn(out, ",");
    if (*point) *point = '.';
}

/* The number with its thousands in groups and "before" between sign and digits: "-$1,234.50".
 * A number that rounds to zero has no sign. Returns the sign shown. */
static int put_fixed(cyn_buf *b, cyn_num n, int decimals, bool plus, const char *before)
{
    char text[64];
    if (n.kind == CYN_NUM_REAL)
        real_text(n.r, decimals, text, sizeof text);
    else
        decimal_text(n.i, n.kind == CYN_NUM_DECIMAL ? n.scale : 0, decimals, text, sizeof text);

    const char *digits = text + (*text == '-');
    int sign = strpbrk(digits, "123456789") ? (*text == '-' ? -1 : 1) : 0;
    if (sign < 0) cyn_buf_putc(b, '-');
    if (sign > 0 && plus) cyn_buf_putc(b, '+');
    cyn_buf_puts(b, before);
    size_t whole = strspn(digits, "0123456789");
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0) cyn_buf_putc(b, ',');
        cyn_buf_putc(b, digits[i]);
    }
    cyn_buf_puts(b, digits + whole);
    return sign;
}

/* The power of ten of the first digit: 0 for 3.41, -2 for 0.0412. */
static int magnitude(double x)
{
    return (int)floor(log10(fabs(x)));
}

/* A number without unit: exact ones keep their digits, reals show three or four. */
static int put_plain(cyn_buf *b, cyn_num n, bool plus)
{
    double x = cyn_num_double(n);
    int decimals = 0;
    if (n.kind == CYN_NUM_DECIMAL && n.scale <= 4)
        decimals = n.scale;
    else if (n.kind != CYN_NUM_INTEGER && x != 0 && fabs(x) < 1000)
        decimals = fabs(x) >= 100 ? 1 : fabs(x) >= 1 ? 2 : 2 - magnitude(x);
    return put_fixed(b, n, decimals, plus, "");
}

/* The usual decimals of a unit; more where fewer than two digits of a small number would be left:
 * a mean of 0.42 yen is not 0 yen. */
static int enough_decimals(cyn_num n, int usual)
{
    double x = cyn_num_double(n);
    if (x == 0 || x == trunc(x)) return usual;
    int two = 1 - magnitude(x);
    return two <= usual ? usual : two < 6 ? two : 6;
}

static cyn_num times_100(cyn_num n)
{
    cyn_num out;
    if (cyn_num_op(CYN_MUL, n, cyn_num_integer(100), &out, NULL) == CYN_OK) return out;
    return cyn_num_real(cyn_num_double(n) * 100);
}

/* A value, or the difference of two: with its sign, and in points between shares. Returns the sign
 * shown. */
static int put_number(cyn_num n, const char *unit, const char *language, bool ascii,
                      bool difference, cyn_buf *out)
{
    const currency *money = unit ? find_currency(unit) : NULL;
    const char *duration = unit ? find_duration(unit, cyn_is_japanese(language) && !ascii) : NULL;
    int sign;
    if (cyn_unit_is_share(unit)) {
        n = times_100(n);
        sign = put_fixed(out, n, enough_decimals(n, 1), difference, "");
        put_unit(out, difference ? "pt" : "%", language);
    } else if (money) {
        bool plain = !ascii || (unsigned char)*money->symbol < 0x80;
        int decimals = enough_decimals(n, money->decimals);
        sign = put_fixed(out, n, decimals, difference, plain ? money->symbol : "");
        if (!plain) cyn_buf_printf(out, " %s", money->code);
    } else {
        sign = put_plain(out, n, difference);
        if (duration) put_unit(out, duration, ascii ? "en" : language);
    }
    return sign;
}

void cyn_put_value(cyn_num n, const char *unit, const char *language, bool ascii, cyn_buf *out)
{
    if (cyn_num_is_missing(n))
        cyn_buf_puts(out, ascii ? "-" : "–");
    else
        put_number(n, unit, language, ascii, false, out);
}

int cyn_put_difference(cyn_num n, const char *unit, const char *language, bool ascii, cyn_buf *out)
{
    return cyn_num_is_missing(n) ? 0 : put_number(n, unit, language, ascii, true, out);
}

void cyn_format_difference(cyn_num n, const char *unit, const char *language, cyn_buf *out)
{
    cyn_put_difference(n, unit, language, false, out);
}

void cyn_format_value(cyn_num n, const char *unit, const char *language, cyn_buf *out)
{
    cyn_put_value(n, unit, language, false, out);
}

int cyn_put_change(cyn_num from, cyn_num to, const char *unit, const char *language, cyn_buf *out)
{
    bool points = cyn_unit_is_share(unit);
    double a = cyn_num_double(from), b = cyn_num_double(to);
    cyn_num change = cyn_num_real(points ? (b - a) * 100 : (b - a) / fabs(a) * 100);
    if (cyn_num_is_missing(from) || cyn_num_is_missing(to) || cyn_num_is_missing(change)) return 0;
    int sign = put_fixed(out, change, fabs(change.r) < 1000 ? 1 : 0, true, "");
    put_unit(out, points ? "pt" : "%", language);
    return sign;
}

void cyn_put_percent(double share, const char *language, cyn_buf *out)
{
    put_fixed(out, cyn_num_real(share * 100), fabs(share) < 10 ? 1 : 0, true, "");
    put_unit(out, "%", language);
}

cyn_num cyn_plain_num(double x)
{
    return x == trunc(x) && fabs(x) < 1e15 ? cyn_num_integer((int64_t)x) : cyn_num_real(x);
}

cyn_num cyn_written_num(double x)
{
    double scaled = x;
    for (int scale = 0; scale <= 4 && fabs(scaled) < 1e15; scale++, scaled = x * pow(10, scale)) {
        double whole = round(scaled);
        if (fabs(scaled - whole) <= fabs(scaled) * 1e-14)
            return scale ? cyn_num_decimal((int64_t)whole, scale) : cyn_num_integer((int64_t)whole);
    }
    return cyn_num_real(x);
}

cyn_num cyn_series_num(double x, const char *unit)
{
    bool whole = !cyn_unit_is_share(unit) && fabs(x) < 0x1p53 && x == floor(x);
    return whole ? cyn_num_integer((int64_t)x) : cyn_num_real(x);
}
