/* What the sources behind time.h and period.h share, and nobody else sees. */
#pragma once
#include "base/time.h"
#include <stddef.h>

#define SECONDS_PER_DAY INT64_C(86400)

/* What cyn_floor_div() leaves over. */
static inline int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r < 0 ? r + b : r;
}

/* Reading text piece by piece; a piece that does not match leaves `p` where it was. */
typedef struct cyn_scan {
    const char *p, *end;
} cyn_scan;

static inline bool scan_end(const cyn_scan *s)
{
    return s->p == s->end;
}
static inline bool scan_at_digit(const cyn_scan *s)
{
    return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}
static inline bool scan_char(cyn_scan *s, char c)
{
    if (scan_end(s) || *s->p != c) return false;
    s->p++;
    return true;
}
/* A number of at least `least` and at most `most` digits; leaves further digits unread. */
bool cyn_scan_number(cyn_scan *s, int least, int most, int *out);
/* Digits of a decimal fraction as microseconds; those beyond the sixth are read and cut. */
bool cyn_scan_micro(cyn_scan *s, int *out);
/* "Z", "+09:00", "+0900", "+09", "-04:56:02"; at most 18 hours. */
bool cyn_scan_offset(cyn_scan *s, int *seconds);

/* The parts of a written time, before a zone makes an instant of them. */
typedef struct cyn_written {
    int64_t days;
    int hour, minute, second, micro;
    bool has_time, has_offset;
    int offset;
} cyn_written;
/* What cyn_parse_instant() reads; `hour_only` also allows "2026-09-03T14". */
bool cyn_scan_iso(const char *text, size_t n, bool hour_only, cyn_written *out);
int64_t cyn_written_instant(const cyn_written *w, const cyn_tz *tz);
/* A real date of the calendar. */
bool cyn_date_valid(int year, int month, int day);
/* "2026", or "-0044" and "+12026" outside of four digits. */
void cyn_format_year(int year, char out[16]);
