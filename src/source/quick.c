#include "source/quick.h"
#include <string.h>

enum { DIGITS_MAX = 18 };

static const int64_t power10[] = {INT64_C(1),
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
                                  INT64_C(1000000000000000000)};

static uint64_t load8(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The high bit of each byte that is no digit. */
static uint64_t not_digits(uint64_t word)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t low = word & ~high;
    /* Per byte: + 0x50 reaches 0x80 from '0' on, + 0x46 from ':' on; no byte carries. */
    uint64_t from_0 = low + UINT64_C(0x5050505050505050);
    uint64_t from_colon = low + UINT64_C(0x4646464646464646);
    return (~from_0 | from_colon | word) & high;
}

/* The number that eight digits write: pairs, then fours, then all. */
static uint64_t read8(uint64_t word)
{
    word &= UINT64_C(0x0F0F0F0F0F0F0F0F);
    word = (word * 10 + (word >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    word = (word * 100 + (word >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (word * 10000 + (word >> 32)) & UINT64_C(0xFFFFFFFF);
}

/* Reads digits at s, n at most, behind those already in *value; returns how many. *value must have
 * room for n more digits. */
static size_t read_digits(const char *s, size_t n, uint64_t *value)
{
    size_t read = 0;
    while (read < n) {
        uint64_t word = load8(s + read), others = not_digits(word);
        size_t most = n - read < 8 ? n - read : 8;
        size_t here = others ? (size_t)__builtin_ctzll(others) / 8 : 8;
        if (here > most) here = most;
        if (here == 0) break;
        /* Zero bytes in front count as zeros, so the digits there are come to the end. */
        *value = *value * (uint64_t)power10[here] + read8(word << (8 - here) * 8);
        read += here;
        if (here < 8) break;
    }
    return read;
}

bool cyn_quick_scan(const char *s, size_t n, cyn_quick_number *out)
{
    uint64_t value = 0;
    bool negative = n > 0 && *s == '-';
    s += negative;
    n -= negative;
    if (n == 0 || n > DIGITS_MAX + 1) return false;
    size_t whole = read_digits(s, n < DIGITS_MAX ? n : DIGITS_MAX, &value), fraction = 0;
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

/* Both sides are exact doubles, so that their quotient is rounded once. */
bool cyn_quick_real(const cyn_quick_number *q, double *out)
{
    const int64_t exact = INT64_C(1) << 53;
    if (q->digits > exact || q->digits < -exact) return false;
    double digits = (double)q->digits / (double)power10[q->nfraction];
    *out = q->negative && q->digits == 0 ? -0.0 : digits;
    return true;
}

bool cyn_quick_decimal(const cyn_quick_number *q, unsigned scale, int64_t *out)
{
    if (q->nfraction > scale || q->nwhole + scale > DIGITS_MAX) return false;
    *out = q->digits * power10[scale - q->nfraction];
    return true;
}

void cyn_quick_clock_init(cyn_quick_clock *c, const cyn_tz *tz)
{
    *c = (cyn_quick_clock){.tz = tz, .from = INT64_MAX, .until = INT64_MIN};
}

bool cyn_quick_date(cyn_quick_clock *c, const char *s, size_t n, int64_t *days)
{
    if (n != sizeof c->date) return false;
    if (!c->has_date || memcmp(c->date, s, n) != 0) {
        if (s[0] < '1' || memcmp(s, "9999", 4) == 0 || s[4] != '-') return false;
        if (!cyn_parse_date(s, n, &c->days)) {
            c->has_date = false;
            return false;
        }
        memcpy(c->date, s, n);
        c->has_date = true;
    }
    *days = c->days;
    return true;
}

/* "10:00:35" as microseconds, -1 when it is anything else. */
static int64_t read_clock(const char *s)
{
    uint64_t word = load8(s);
    /* Two digits, a colon, two digits, a colon, two digits; the first is the lowest byte. */
    const uint64_t colons = UINT64_C(0x0000FF0000FF0000), colon = UINT64_C(0x00003A00003A0000);
    if ((word & colons) != colon || (not_digits(word) & ~colons)) return -1;
    word &= UINT64_C(0x0F0F000F0F000F0F);
    uint64_t pairs = word * 10 + (word >> 8);
    int64_t hour = pairs & 0xFF, minute = pairs >> 24 & 0xFF, second = pairs >> 48 & 0xFF;
    if (hour > 23 || minute > 59 || second > 59) return -1;
    return hour * CYN_HOUR + minute * CYN_MINUTE + second * CYN_SECOND;
}

/* ".123" or ".123456" as microseconds, -1 when it is anything else. */
static int64_t read_fraction(const char *s, size_t n)
{
    uint64_t value = 0;
    if ((n != 4 && n != 7) || *s != '.' || read_digits(s + 1, n - 1, &value) != n - 1) return -1;
    return (int64_t)(n == 4 ? value * 1000 : value);
}

/* The instant of a local time; asks the zone only near a change of its offset. */
static bool from_local(cyn_quick_clock *c, const char *s, size_t n, int64_t local, int64_t *out)
{
    const int64_t margin = 2 * CYN_DAY;
    int64_t at = local - c->offset * CYN_SECOND;
    if (at < c->from || at >= c->until) {
        if (!cyn_parse_instant(s, n, c->tz, &at)) return false;
        cyn_tz_span span = cyn_tz_span_at(c->tz, at);
        c->offset = span.offset;
        c->from = span.from == INT64_MIN ? INT64_MIN : span.from + margin;
        c->until = span.until == INT64_MAX ? INT64_MAX : span.until - margin;
    }
    *out = at;
    return true;
}

bool cyn_quick_instant(cyn_quick_clock *c, const char *s, size_t n, int64_t *out)
{
    enum { DATE = 10, SECONDS = 19 };
    int64_t days, fraction = 0;
    if (n < SECONDS || (s[DATE] != 'T' && s[DATE] != ' ')) return false;
    int64_t clock = read_clock(s + DATE + 1);
    if (clock < 0 || !cyn_quick_date(c, s, DATE, &days)) return false;
    bool utc = s[n - 1] == 'Z';
    size_t tail = n - SECONDS - utc;
    if (tail > 0) fraction = read_fraction(s + SECONDS, tail);
    if (fraction < 0) return false;
    int64_t local = days * CYN_DAY + clock + fraction;
    if (!utc) return from_local(c, s, n, local, out);
    *out = local;
    return true;
}
