/* Quick readings of the commonest shapes of values: plain numbers, ISO timestamps.
 *
 * They say the same as the general readings (convert.h, infer.h) or nothing: false means that the
 * general ones have to look, not that the text is wrong. Text must be readable for eight bytes
 * behind its end. One thread per clock; the rest are pure functions.
 *
 *     cyn_quick_number q;
 *     if (cyn_quick_scan(s, n, &q)) …        // -12.50: 1250, nwhole 2, nfraction 2
 *     cyn_quick_clock clock;
 *     cyn_quick_clock_init(&clock, tz);
 *     if (cyn_quick_instant(&clock, "2018-08-08T10:00:35Z", 20, &at)) …
 */
#pragma once
#include "base/num.h"
#include "base/time.h"
#include "base/word.h"
#include <stddef.h>
#include <string.h>

enum { CYN_QUICK_DIGITS = 18 };

/* [-] digits [. digits], at most 18 digits, no leading zero but the one before the point, digits on
 * both sides of a point: what inference takes for a number too. */
typedef struct cyn_quick_number {
    int64_t digits; /* with the sign, without the point */
    uint32_t nwhole, nfraction;
    bool negative; /* "-0" is */
} cyn_quick_number;

#define CYN_QUICK_HIGH UINT64_C(0x8080808080808080)

/* The high bit of each byte that is no digit. */
static inline uint64_t cyn_quick_not_digits(uint64_t word)
{
    uint64_t low = word & ~CYN_QUICK_HIGH;
    /* Per byte: + 0x50 reaches 0x80 from '0' on, + 0x46 from ':' on; no byte carries. */
    uint64_t from_0 = low + UINT64_C(0x5050505050505050);
    uint64_t from_colon = low + UINT64_C(0x4646464646464646);
    return (~from_0 | from_colon | word) & CYN_QUICK_HIGH;
}

/* The high bit of each byte that is c. */
static inline uint64_t cyn_quick_match(uint64_t word, char c)
{
    uint64_t other = word ^ UINT64_C(0x0101010101010101) * (unsigned char)c;
    return ~(((other & ~CYN_QUICK_HIGH) + ~CYN_QUICK_HIGH) | other) & CYN_QUICK_HIGH;
}

/* The high bits of eight bytes as eight bits. */
static inline uint64_t cyn_quick_gather(uint64_t high)
{
    return (high >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

/* The number that eight digits write, or zero bytes before them: pairs, then fours, then all. */
static inline uint64_t cyn_quick_read8(uint64_t word)
{
    word &= UINT64_C(0x0F0F0F0F0F0F0F0F);
    word = (word * 10 + (word >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    word = (word * 100 + (word >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (word * 10000 + (word >> 32)) & UINT64_C(0xFFFFFFFF);
}

/* Numbers of more than eight characters. */
bool cyn_quick_scan_long(const char *s, size_t n, cyn_quick_number *out);

static inline bool cyn_quick_scan(const char *s, size_t n, cyn_quick_number *out)
{
    bool negative = n > 0 && *s == '-';
    size_t length = n - negative, whole = length, digits = length;
    if (length == 0 || length > 8) return length > 8 && cyn_quick_scan_long(s, n, out);
    uint64_t word = cyn_load8(s + negative);
    uint64_t points = cyn_quick_match(word, '.') & (UINT64_MAX >> (64 - 8 * length));
    if (points) { /* what is behind the point moves up to what is before it */
        whole = (size_t)__builtin_ctzll(points) / 8;
        digits--;
        uint64_t before = (UINT64_C(1) << 8 * whole) - 1;
        word = (word & before) | (word >> 8 & ~before);
        if (whole == 0 || whole == digits) return false;
    }
    size_t unused = 8 * (8 - digits);
    if (whole > 1 && (word & 0xFF) == '0') return false;
    word <<= unused;
    if (cyn_quick_not_digits(word) >> unused) return false;
    int64_t value = (int64_t)cyn_quick_read8(word);
    *out = (cyn_quick_number){.digits = negative ? -value : value,
                              .nwhole = (uint32_t)whole,
                              .nfraction = (uint32_t)(digits - whole),
                              .negative = negative};
    return true;
}

/* The nearest double, where one division finds it: both sides are exact, so that their quotient is
 * rounded once. */
static inline bool cyn_quick_real(const cyn_quick_number *q, double *out)
{
    const int64_t exact = INT64_C(1) << 53;
    if (q->digits > exact || q->digits < -exact) return false;
    double digits = (double)q->digits / (double)cyn_power10[q->nfraction];
    *out = q->negative && q->digits == 0 ? -0.0 : digits;
    return true;
}

/* The mantissa at a scale; false when it has more decimals or more than 18 digits. */
static inline bool cyn_quick_decimal(const cyn_quick_number *q, unsigned scale, int64_t *out)
{
    if (q->nfraction > scale || q->nwhole + scale > CYN_QUICK_DIGITS) return false;
    *out = q->digits * cyn_power10[scale - q->nfraction];
    return true;
}

/* Remembers the last date, as rows that come together often share it, and the stretch of time in
 * which the zone's offset is the same. */
typedef struct cyn_quick_clock {
    const cyn_tz *tz;
    uint64_t head, tail; /* of an instant: its first eleven characters, of which the words share */
    int64_t midnight;    /* what they say, in local time */
    char date[10];       /* as it was written; a first 0 byte: none yet */
    int64_t days;
    int64_t from, until; /* instants far enough from any change of the offset */
    int64_t offset;
} cyn_quick_clock;

void cyn_quick_clock_init(cyn_quick_clock *c, const cyn_tz *tz);
/* "2018-08-08", years 1000 … 9998. */
bool cyn_quick_date(cyn_quick_clock *c, const char *s, size_t n, int64_t *days);

/* "10:00:35" as seconds; -1 when it is anything else. */
static inline int64_t cyn_quick_seconds(uint64_t word)
{
    word ^= UINT64_C(0x30303A30303A3030); /* digits become their values, colons 0 */
    uint64_t others = (word | (word + UINT64_C(0x0606000606000606))) & UINT64_C(0xF0F0FFF0F0FFF0F0);
    uint64_t pairs = word * 10 + (word >> 8); /* in the bytes 0, 3 and 6 */
    /* Adding 104 reaches 128 from 24 on, adding 68 from 60 on. */
    uint64_t beyond = (pairs + UINT64_C(0x0044000044000068)) & UINT64_C(0x0080000080000080);
    if (others | beyond) return -1;
    return (int64_t)((pairs & 0xFF) * 3600 + (pairs >> 24 & 0xFF) * 60 + (pairs >> 48 & 0xFF));
}

/* The parts of reading an instant that are needed now and then: "2018-08-08T" is another date than
 * the last; something is behind the seconds; the offset of a local time is not known. */
bool cyn_quick_turn(cyn_quick_clock *c, const char *s);
bool cyn_quick_behind(cyn_quick_clock *c, const char *s, size_t n, int64_t local, int64_t *out);
bool cyn_quick_ask(cyn_quick_clock *c, const char *s, size_t n, int64_t *out);

/* A date of this form, T or a blank, 10:00:35, three or six decimals or none, Z or nothing. */
static inline bool cyn_quick_instant(cyn_quick_clock *c, const char *s, size_t n, int64_t *out)
{
    enum { DAY = 11, SECONDS = 19 };
    if (n < SECONDS) return false;
    bool same = cyn_load8(s) == c->head && cyn_load8(s + DAY - 8) == c->tail;
    if (!same && !cyn_quick_turn(c, s)) return false;
    int64_t seconds = cyn_quick_seconds(cyn_load8(s + DAY));
    int64_t local = c->midnight + seconds * CYN_SECOND, at = local - c->offset;
    if (seconds < 0) return false;
    if (n > SECONDS) return cyn_quick_behind(c, s, n, local, out);
    if (at < c->from || at >= c->until) return cyn_quick_ask(c, s, n, out);
    *out = at;
    return true;
}
