/* Instants, dates and durations as text, and the clock. */
#include "base/time_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- Pieces of text ------------------------------------------------------------------------ */

bool cyn_scan_number(cyn_scan *s, int least, int most, int *out)
{
    const char *begin = s->p;
    int value = 0;
    while (scan_at_digit(s) && s->p - begin < most)
        value = value * 10 + (*s->p++ - '0');
    if (s->p - begin < least) {
        s->p = begin;
        return false;
    }
    *out = value;
    return true;
}

bool cyn_scan_micro(cyn_scan *s, int *out)
{
    int micro = 0, weight = 100000;
    if (!scan_at_digit(s)) return false;
    for (; scan_at_digit(s); s->p++, weight /= 10)
        micro += weight * (*s->p - '0');
    *out = micro;
    return true;
}

bool cyn_scan_offset(cyn_scan *s, int *seconds)
{
    int hours, minutes = 0, rest = 0;
    if (scan_char(s, 'Z') || scan_char(s, 'z')) {
        *seconds = 0;
        return true;
    }
    bool negative = scan_char(s, '-');
    if (!negative && !scan_char(s, '+')) return false;
    if (!cyn_scan_number(s, 2, 2, &hours)) return false;
    bool colon = scan_char(s, ':');
    if ((colon || scan_at_digit(s)) && !cyn_scan_number(s, 2, 2, &minutes)) return false;
    /* Local mean times, before the zones, have seconds. */
    if (colon && scan_char(s, ':') && !cyn_scan_number(s, 2, 2, &rest)) return false;
    int total = hours * 3600 + minutes * 60 + rest;
    if (minutes > 59 || rest > 59 || total > 18 * 3600) return false;
    *seconds = negative ? -total : total;
    return true;
}

/* "2018-08-08" or "20180808"; *extended tells which, as the time must be written alike. */
static bool scan_date(cyn_scan *s, bool *extended, int64_t *days)
{
    int year, month, day;
    if (!cyn_scan_number(s, 4, 4, &year)) return false;
    *extended = scan_char(s, '-');
    if (!cyn_scan_number(s, 2, 2, &month) || (*extended && !scan_char(s, '-')) ||
        !cyn_scan_number(s, 2, 2, &day) || !cyn_date_valid(year, month, day))
        return false;
    *days = cyn_days_from_civil(year, month, day);
    return true;
}

static bool scan_clock(cyn_scan *s, bool extended, bool hour_only, cyn_written *w)
{
    if (!cyn_scan_number(s, 2, 2, &w->hour) || w->hour > 23) return false;
    bool more = extended ? scan_char(s, ':') : scan_at_digit(s);
    if (!more) return hour_only;
    if (!cyn_scan_number(s, 2, 2, &w->minute) || w->minute > 59) return false;
    if (!(extended ? scan_char(s, ':') : scan_at_digit(s))) return true;
    if (!cyn_scan_number(s, 2, 2, &w->second) || w->second > 60) return false;
    if (scan_char(s, '.') || scan_char(s, ',')) return cyn_scan_micro(s, &w->micro);
    return true;
}

bool cyn_scan_iso(const char *text, size_t n, bool hour_only, cyn_written *out)
{
    cyn_scan s = {text, text + n};
    cyn_written w = {0};
    bool extended;
    if (!scan_date(&s, &extended, &w.days)) return false;
    if (!scan_end(&s)) {
        w.has_time = true;
        if (!scan_char(&s, 'T') && !scan_char(&s, 't') && !scan_char(&s, ' ')) return false;
        if (!scan_clock(&s, extended, hour_only, &w)) return false;
    }
    if (!scan_end(&s)) {
        w.has_offset = true;
        bool apart = scan_char(&s, ' ');
        if (apart && s.end - s.p == 3 && memcmp(s.p, "UTC", 3) == 0)
            s.p = s.end;
        else if (!cyn_scan_offset(&s, &w.offset))
            return false;
    }
    if (!scan_end(&s)) return false;
    *out = w;
    return true;
}

int64_t cyn_written_instant(const cyn_written *w, const cyn_tz *tz)
{
    cyn_civil c = {.hour = w->hour, .minute = w->minute, .second = w->second, .micro = w->micro};
    cyn_civil_from_days(w->days, &c.year, &c.month, &c.day);
    if (!w->has_time && !w->has_offset) return cyn_tz_midnight(tz, w->days);
    if (!w->has_offset) return cyn_tz_instant(tz, &c);
    return cyn_tz_instant(NULL, &c) - w->offset * CYN_SECOND;
}

/* --- Reading ------------------------------------------------------------------------------- */

bool cyn_parse_instant(const char *s, size_t n, const cyn_tz *tz, int64_t *out)
{
    cyn_written w;
    if (!cyn_scan_iso(s, n, false, &w)) return false;
    *out = cyn_written_instant(&w, tz);
    return true;
}

bool cyn_parse_date(const char *s, size_t n, int64_t *days)
{
    cyn_scan scan = {s, s + n};
    bool extended;
    int64_t found;
    if (!scan_date(&scan, &extended, &found) || !scan_end(&scan)) return false;
    *days = found;
    return true;
}

bool cyn_parse_duration(const char *s, size_t n, int64_t *out)
{
    static const struct {
        const char *word;
        int64_t size;
    } units[] = {{"w", 7 * CYN_DAY}, {"d", CYN_DAY}, {"h", CYN_HOUR}, {"m", CYN_MINUTE},
                 {"s", CYN_SECOND},  {"ms", 1000},   {"us", 1}};
    const size_t unit_count = sizeof units / sizeof units[0];
    cyn_scan scan = {s, s + n};
    size_t next = 0; /* units get smaller from piece to piece */
    int64_t total = 0;
    do {
        int64_t value = 0, part;
        if (!scan_at_digit(&scan)) return false;
        for (; scan_at_digit(&scan); scan.p++)
            if (__builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, *scan.p - '0', &value))
                return false;
        const char *word = scan.p;
        while (!scan_end(&scan) && !scan_at_digit(&scan))
            scan.p++;
        size_t length = (size_t)(scan.p - word), unit = next;
        while (unit < unit_count &&
               (strlen(units[unit].word) != length || memcmp(units[unit].word, word, length) != 0))
            unit++;
        if (unit == unit_count || __builtin_mul_overflow(value, units[unit].size, &part) ||
            __builtin_add_overflow(total, part, &total))
            return false;
        next = unit + 1;
    } while (!scan_end(&scan));
    *out = total;
    return true;
}

/* --- Writing ------------------------------------------------------------------------------- */

static void format_offset(int offset, char out[16])
{
    int size = abs(offset);
    snprintf(out, 16, "%c%02d:%02d", offset < 0 ? '-' : '+', size / 3600 % 100, size / 60 % 60);
    if (size % 60) snprintf(out + 6, 10, ":%02d", size % 60);
}

void cyn_format_instant(int64_t instant, const cyn_tz *tz, char *out, size_t size)
{
    cyn_civil c = cyn_tz_civil(tz, instant);
    char year[16], fraction[16] = "", offset[16] = "Z";
    cyn_format_year(c.year, year);
    if (c.micro % 1000)
        snprintf(fraction, sizeof fraction, ".%06d", c.micro);
    else if (c.micro)
        snprintf(fraction, sizeof fraction, ".%03d", c.micro / 1000);
    if (tz) format_offset(c.offset, offset);
    snprintf(out, size, "%s-%02d-%02dT%02d:%02d:%02d%s%s", year, c.month, c.day, c.hour, c.minute,
             c.second, fraction, offset);
}

/* --- The clock ----------------------------------------------------------------------------- */

static int64_t clock_micros(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * CYN_SECOND + t.tv_nsec / 1000;
}

/* What CYNOSURE_NOW says, or NULL when it says nothing. */
static const char *false_clock(void)
{
    const char *text = getenv("CYNOSURE_NOW");
    return text && *text ? text : NULL;
}

int64_t cyn_now(void)
{
    const char *text = false_clock();
    int64_t said;
    if (text && cyn_parse_instant(text, strlen(text), NULL, &said)) return said;
    return clock_micros(CLOCK_REALTIME);
}

cyn_code cyn_check_now(cyn_err *err)
{
    const char *text = false_clock();
    int64_t said;
    if (!text || cyn_parse_instant(text, strlen(text), NULL, &said)) return CYN_OK;
    cyn_fail(err, CYN_E_SYNTAX, "CYNOSURE_NOW is '%s', expected a time", text);
    cyn_hint(err, "Write it like 2026-09-03T14:00:00+09:00, or unset it.");
    return CYN_E_SYNTAX;
}

int64_t cyn_monotonic(void)
{
    return clock_micros(CLOCK_MONOTONIC);
}

size_t cyn_first_not_before(const int64_t *times, size_t n, int64_t t)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times[middle] < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int cyn_compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}
