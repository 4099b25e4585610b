#include "source/quick.h"
#include <string.h>

/* Reads digits at s, n at most, behind those already in *value; returns how many. *value must have
 * room for n more digits. */
static size_t read_digits(const char *s, size_t n, uint64_t *value)
{
    size_t read = 0;
    while (read < n) {
        uint64_t word = cyn_load8(s + read), others = cyn_quick_not_digits(word);
        size_t most = n - read < 8 ? n - read : 8;
        size_t here = others ? (size_t)__builtin_ctzll(others) / 8 : 8;
        if (here > most) here = most;
        if (here == 0) break;
        /* Zero bytes in front count as zeros, so the digits there are come to the end. */
        *value = *value * (uint64_t)cyn_power10[here] + cyn_quick_read8(word << (8 - here) * 8);
        read += here;
        if (here < 8) break;
    }
    return read;
}

bool cyn_quick_scan_long(const char *s, size_t n, cyn_quick_number *out)
{
    uint64_t value = 0;
    bool negative = n > 0 && *s == '-';
    s += negative;
    n -= negative;
    if (n == 0 || n > CYN_QUICK_DIGITS + 1) return false;
    size_t whole = read_digits(s, n < CYN_QUICK_DIGITS ? n : CYN_QUICK_DIGITS, &value);
    size_t fraction = 0;
    if (whole == 0 || (whole > 1 && *s == '0')) return false;
    if (whole < n) {
        if (s[whole] != '.' || n - whole < 2) return false;
        fraction = n - whole - 1;
        if (read_digits(s + whole + 1, fraction, &value) != fraction) return false;
    }
    *out = (cyn_quick_number){.digits = negative ? -(int64_t)value : (int64_t)value,
                              .nwhole = (uint32_t)whole,
                              .nfraction = (uint32_t)fraction,
                              .negative = negative};
    return true;
}

void cyn_quick_clock_init(cyn_quick_clock *c, const cyn_tz *tz)
{
    /* No text has bytes like these. */
    *c = (cyn_quick_clock){.tz = tz, .head = UINT64_MAX, .from = INT64_MAX, .until = INT64_MIN};
}

bool cyn_quick_date(cyn_quick_clock *c, const char *s, size_t n, int64_t *days)
{
    if (n != sizeof c->date) return false;
    if (memcmp(c->date, s, n) != 0) {
        c->date[0] = '\0';
        if (s[0] < '1' || memcmp(s, "9999", 4) == 0 || s[4] != '-') return false;
        if (!cyn_parse_date(s, n, &c->days)) return false;
        memcpy(c->date, s, n);
    }
    *days = c->days;
    return true;
}

bool cyn_quick_turn(cyn_quick_clock *c, const char *s)
{
    enum { DATE = sizeof c->date };
    int64_t days;
    if ((s[DATE] != 'T' && s[DATE] != ' ') || !cyn_quick_date(c, s, DATE, &days)) return false;
    c->midnight = days * CYN_DAY;
    c->head = cyn_load8(s);
    c->tail = cyn_load8(s + DATE + 1 - sizeof c->tail);
    return true;
}

/* ".123" or ".123456" as microseconds, -1 when it is anything else. */
static int64_t read_fraction(const char *s, size_t n)
{
    uint64_t value = 0;
    if ((n != 4 && n != 7) || *s != '.' || read_digits(s + 1, n - 1, &value) != n - 1) return -1;
    return (int64_t)(n == 4 ? value * 1000 : value);
}

/* Keeps what the zone says until a change of its offset is near. */
bool cyn_quick_ask(cyn_quick_clock *c, const char *s, size_t n, int64_t *out)
{
    const int64_t margin = 2 * CYN_DAY;
    int64_t at;
    if (!cyn_parse_instant(s, n, c->tz, &at)) return false;
    cyn_tz_span span = cyn_tz_span_at(c->tz, at);
    c->offset = span.offset * CYN_SECOND;
    c->from = span.from == INT64_MIN ? INT64_MIN : span.from + margin;
    c->until = span.until == INT64_MAX ? INT64_MAX : span.until - margin;
    *out = at;
    return true;
}

bool cyn_quick_behind(cyn_quick_clock *c, const char *s, size_t n, int64_t local, int64_t *out)
{
    enum { SECONDS = 19 };
    bool utc = s[n - 1] == 'Z';
    size_t tail = n - SECONDS - utc;
    int64_t fraction = tail > 0 ? read_fraction(s + SECONDS, tail) : 0;
    int64_t at = local + fraction - (utc ? 0 : c->offset);
    if (fraction < 0) return false;
    if (!utc && (at < c->from || at >= c->until)) return cyn_quick_ask(c, s, n, out);
    *out = at;
    return true;
}
