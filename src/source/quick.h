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
#include "base/time.h"
#include <stddef.h>

/* [-] digits [. digits], at most 18 digits, no leading zero but the one before the point, digits on
 * both sides of a point: what inference takes for a number too. */
typedef struct cyn_quick_number {
    int64_t digits; /* with the sign, without the point */
    uint32_t nwhole, nfraction;
    bool negative; /* "-0" is */
} cyn_quick_number;

bool cyn_quick_scan(const char *s, size_t n, cyn_quick_number *out);
/* The nearest double, where one division finds it. */
bool cyn_quick_real(const cyn_quick_number *q, double *out);
/* The mantissa at a scale; false when it has more decimals or more than 18 digits. */
bool cyn_quick_decimal(const cyn_quick_number *q, unsigned scale, int64_t *out);

/* Remembers the last date, and the stretch of time in which the zone's offset is the same. */
typedef struct cyn_quick_clock {
    const cyn_tz *tz;
    char date[10];
    bool has_date;
    int64_t days;
    int64_t from, until; /* instants far enough from any change of the offset */
    int offset;
} cyn_quick_clock;

void cyn_quick_clock_init(cyn_quick_clock *c, const cyn_tz *tz);
/* "2018-08-08", years 1000 … 9998. */
bool cyn_quick_date(cyn_quick_clock *c, const char *s, size_t n, int64_t *days);
/* A date of this form, T or a blank, 10:00:35, three or six decimals or none, Z or nothing. */
bool cyn_quick_instant(cyn_quick_clock *c, const char *s, size_t n, int64_t *out);
