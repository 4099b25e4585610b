/* Times as people write them: "FORMAT\nTEXT", of which all readers of instants, dates, durations,
 * formats, grains and periods get the text, and some the format. What is read must be what is
 * written again.
 */
#include "base/time.h"
#include "base/period.h"
#include "promise.h"
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Zones with half hours, midnights that were skipped, a date that was left out, and none. */
static const char *const zones[] = {"Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"};
#define NZONES (sizeof zones / sizeof *zones)

static const cyn_tz *zone(size_t i)
{
    static cyn_tz *loaded[NZONES]; /* for as long as the process runs */
    cyn_err err;
    if (i >= NZONES) return NULL;
    if (!loaded[i] && cyn_tz_load(zones[i], &loaded[i], &err) != CYN_OK) return NULL;
    return loaded[i];
}

/* What the years that are written with four digits reach. */
static bool is_plain(int64_t instant)
{
    return instant >= cyn_days_from_civil(2, 1, 1) * CYN_DAY &&
           instant < cyn_days_from_civil(9998, 1, 1) * CYN_DAY;
}

static void try_zone(int64_t instant, const cyn_tz *tz)
{
    cyn_tz_span span = cyn_tz_span_at(tz, instant);
    PROMISE(span.from <= instant && instant < span.until);
    PROMISE(span.offset == cyn_tz_offset(tz, instant));
    PROMISE(cyn_tz_midnight(tz, cyn_tz_date(tz, instant)) <= instant);
}

static void try_instant(const char *s, size_t n, const cyn_tz *tz)
{
    int64_t instant, again, day;
    char text[64];
    if (cyn_parse_instant(s, n, tz, &instant) && is_plain(instant)) {
        cyn_format_instant(instant, tz, text, sizeof text);
        /* Offsets are written in minutes; those of old local mean times have seconds. */
        if (cyn_tz_offset(tz, instant) % 60 == 0)
            PROMISE(cyn_parse_instant(text, strlen(text), tz, &again) && again == instant);
        try_zone(instant, tz);
    }
    if (cyn_parse_date(s, n, &day)) {
        cyn_format_date(day, text, sizeof text);
        PROMISE(cyn_parse_date(text, strlen(text), &again) && again == day);
    }
    if (cyn_parse_duration(s, n, &day)) PROMISE(day >= 0);
}

/* Formats that are refused do no harm either. */
static void try_format(const char *format, const char *s, size_t n, const cyn_tz *tz)
{
    int64_t instant;
    cyn_err err;
    if (cyn_check_format(format, &err) != CYN_OK) PROMISE(err.message[0] != '\0');
    if (cyn_parse_format(s, n, format, tz, &instant)) try_zone(instant, tz);
}

static void check_period(const cyn_calendar *cal, cyn_period p)
{
    char label[64];
    cyn_period again;
    cyn_err err;
    PROMISE(p.start < p.end);
    cyn_period_label(cal, p, label, sizeof label);
    if (p.grain.unit == CYN_ALL || !is_plain(p.start) || !is_plain(p.end)) return;
    PROMISE(cyn_parse_period(cal, p.grain, label, &again, &err) == CYN_OK);
    PROMISE(again.start == p.start && again.end == p.end);
    cyn_period next = cyn_period_shift(cal, p, 1), here = cyn_period_at(cal, p.grain, p.end - 1);
    PROMISE(next.start == p.end && here.start == p.start && here.end == p.end);
}

static void try_period(const char *s, cyn_grain grain, const cyn_tz *tz)
{
    const cyn_calendar calendars[] = {
        {.tz = tz, .week_start = 1, .fiscal_month = 1},
        {.tz = tz, .week_start = 7, .fiscal_month = 4},
        {.tz = tz, .week_start = 7, .fiscal_month = 2, .pattern = 445, .year_end = 6},
    };
    for (size_t i = 0; i < sizeof calendars / sizeof *calendars; i++) {
        cyn_period p;
        cyn_err err;
        if (cyn_parse_period(&calendars[i], grain, s, &p, &err) == CYN_OK)
            check_period(&calendars[i], p);
        else
            PROMISE(err.message[0] != '\0');
    }
}

static void try_grain(const char *s, cyn_grain *out)
{
    char text[16];
    cyn_grain again;
    cyn_err err;
    if (cyn_parse_grain(s, out, &err) != CYN_OK) {
        *out = (cyn_grain){CYN_DAILY, 1};
        return;
    }
    cyn_format_grain(*out, text);
    PROMISE(cyn_parse_grain(text, &again, &err) == CYN_OK && cyn_grain_equal(*out, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *format = malloc(size + 1), *end;
    cyn_grain grain;
    if (!format) return 0;
    memcpy(format, data, size);
    format[size] = '\0';
    end = memchr(format, '\n', size);
    const char *text = end ? end + 1 : format;
    size_t n = (size_t)(format + size - text);
    if (end) *end = '\0';
    try_grain(format, &grain);
    for (size_t i = 0; i <= NZONES; i++) {
        try_instant(text, n, zone(i));
        try_format(format, text, n, zone(i));
        try_period(text, grain, zone(i));
    }
    free(format);
    return 0;
}
