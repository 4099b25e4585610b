#include "source/number.h"

static size_t count_digits(const char *s, const char *end)
{
    const char *p = s;
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return (size_t)(p - s);
}

static bool read_exponent(const char *p, const char *end, int *out)
{
    enum { MOST = 100000 };
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    size_t n = count_digits(p, end);
    if (n == 0 || p + n != end) return false;
    int value = 0;
    for (; p < end && value < MOST; p++)
        value = value * 10 + (*p - '0');
    if (value > MOST) value = MOST;
    *out = negative ? -value : value;
    return true;
}

bool cyn_number_scan(const char *s, size_t n, cyn_number *out)
{
    const char *p = s, *end = s + n;
    cyn_number d = {0};
    if (p < end && (*p == '-' || *p == '+')) {
        d.negative = *p == '-';
        d.plus = *p == '+';
        p++;
    }
    d.whole = p;
    d.nwhole = count_digits(p, end);
    p += d.nwhole;
    d.point = p < end && *p == '.';
    if (d.point) p++;
    d.fraction = p;
    if (d.point) d.nfraction = count_digits(p, end);
    p += d.nfraction;
    if (d.nwhole + d.nfraction == 0) return false;
    d.has_exponent = p < end && (*p == 'e' || *p == 'E');
    if (d.has_exponent && !read_exponent(p + 1, end, &d.exponent)) return false;
    if (!d.has_exponent && p != end) return false;
    *out = d;
    return true;
}
