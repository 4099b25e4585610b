/* Grains and periods as people write and read them. */
#include "base/period.h"
#include "base/period_impl.h"
#include "base/text.h"
#include "base/time_impl.h"
#include "base/tz_impl.h"
#include <stdio.h>
#include <string.h>

#define MINUTES_PER_DAY 1440

static const struct {
    const char *word;
    cyn_grain_unit unit;
} grain_words[] = {{"hour", CYN_HOURLY}, {"day", CYN_DAILY},       {"week", CYN_WEEK},
                   {"month", CYN_MONTH}, {"quarter", CYN_QUARTER}, {"year", CYN_YEAR},
                   {"all", CYN_ALL}};
#define GRAIN_WORDS (sizeof grain_words / sizeof grain_words[0])

/* --- Grains ---------------------------------------------------------------------------------- */

static cyn_code fail_grain(const char *s, cyn_err *err)
{
    const char *words[GRAIN_WORDS];
    for (size_t i = 0; i < GRAIN_WORDS; i++)
        words[i] = grain_words[i].word;
    const char *nearest = cyn_nearest(s, words, GRAIN_WORDS);
    cyn_fail(err, CYN_E_NAME,
             "unknown grain '%s', expected hour, day, week, month, quarter, year, all or minutes "
             "like 15m",
             s);
    if (nearest) cyn_hint(err, "did you mean '%s'?", nearest);
    return CYN_E_NAME;
}

cyn_code cyn_parse_grain(const char *s, cyn_grain *out, cyn_err *err)
{
    cyn_scan scan = {s, s + strlen(s)};
    int minutes;
    for (size_t i = 0; i < GRAIN_WORDS; i++)
        if (strcmp(s, grain_words[i].word) == 0) {
            *out = (cyn_grain){grain_words[i].unit, 1};
            return CYN_OK;
        }
    if (!cyn_scan_number(&scan, 1, 9, &minutes) ||
        (strcmp(scan.p, "m") != 0 && strcmp(scan.p, "min") != 0))
        return fail_grain(s, err);
    if (minutes == 0 || minutes > MINUTES_PER_DAY) {
        cyn_fail(err, CYN_E_RANGE, "grain '%s': expected 1 to %d minutes", s, MINUTES_PER_DAY);
        cyn_hint(err, "Minutes are counted from midnight; longer grains are day, week, month, "
                      "quarter and year.");
        return CYN_E_RANGE;
    }
    *out = (cyn_grain){CYN_MINUTES, minutes};
    return CYN_OK;
}

void cyn_format_grain(cyn_grain g, char out[16])
{
    if (g.unit == CYN_MINUTES) snprintf(out, 16, "%dm", g.n);
    for (size_t i = 0; i < GRAIN_WORDS; i++)
        if (grain_words[i].unit == g.unit) snprintf(out, 16, "%s", grain_words[i].word);
}

/* --- Labels ---------------------------------------------------------------------------------- */

/* The local time at which it starts, no longer than it must be to say which period it is. */
static void label_clock(const cyn_calendar *cal, cyn_period p, char *out, size_t size)
{
    char full[48], offset[16] = "";
    cyn_civil c = cyn_tz_civil(cal->tz, p.start);
    cyn_format_instant(p.start, cal->tz, full, sizeof full);
    const char *time = strchr(full, 'T') + 1;
    size_t length = strlen("hh");
    if (c.second)
        length = strlen("hh:mm:ss");
    else if (c.minute || p.grain.unit == CYN_MINUTES)
        length = strlen("hh:mm");
    if (cyn_tz_repeated(cal->tz, cyn_floor_div(p.start, CYN_SECOND)))
        snprintf(offset, sizeof offset, "%s", time + strlen("hh:mm:ss"));
    snprintf(out, size, "%.*s%s", (int)(time - full) + (int)length, full, offset);
}

static void label_week(const cyn_calendar *cal, int64_t first, char *out, size_t size)
{
    char text[32];
    int year, week;
    if (cal->week_start == 1) {
        cyn_iso_week(first, &year, &week);
        cyn_format_year(year, text);
        snprintf(out, size, "%.15s-W%02d", text, week);
    } else {
        cyn_format_date(first, text, sizeof text);
        snprintf(out, size, "%.24s/P7D", text);
    }
}

/* Months of the calendar, and years that begin in January, are called as ISO 8601 does. */
static bool is_fiscal(const cyn_calendar *cal, cyn_grain g)
{
    return cal->pattern || (g.unit != CYN_MONTH && cal->fiscal_month != 1);
}

static void label_months(const cyn_calendar *cal, cyn_grain g, int64_t first, char *out,
                         size_t size)
{
    int64_t index = cyn_fiscal_month(cal, first);
    int year, month, day, months_in = (int)floor_mod(index, 12);
    bool fiscal = is_fiscal(cal, g);
    char text[16];
    cyn_civil_from_days(first, &year, &month, &day);
    cyn_format_year(fiscal ? (int)cyn_fiscal_year_shown(cal, index) : year, text);
    const char *prefix = fiscal ? "FY" : "";
    if (g.unit == CYN_QUARTER)
        snprintf(out, size, "%s%s-Q%d", prefix, text, months_in / 3 + 1);
    else if (g.unit == CYN_YEAR)
        snprintf(out, size, "%s%s", prefix, text);
    else if (fiscal)
        snprintf(out, size, "FY%s-P%02d", text, months_in + 1);
    else
        snprintf(out, size, "%s-%02d", text, month);
}

void cyn_period_label(const cyn_calendar *cal, cyn_period p, char *out, size_t size)
{
    if (p.grain.unit == CYN_ALL) {
        snprintf(out, size, "all");
        return;
    }
    if (p.grain.unit == CYN_HOURLY || p.grain.unit == CYN_MINUTES) {
        label_clock(cal, p, out, size);
        return;
    }
    int64_t first = cyn_grain_first_day(cal, p.grain, cyn_tz_date(cal->tz, p.start));
    switch (p.grain.unit) {
    case CYN_DAILY: cyn_format_date(first, out, size); break;
    case CYN_WEEK: label_week(cal, first, out, size); break;
    default: label_months(cal, p.grain, first, out, size); break;
    }
}

/* --- Reading labels -------------------------------------------------------------------------- */

/* "-Q3" behind a year, as months from its start. */
static bool scan_quarter(cyn_scan *s, int *months)
{
    int quarter;
    if (!scan_char(s, '-') || !scan_char(s, 'Q') || !cyn_scan_number(s, 1, 1, &quarter) ||
        quarter < 1 || quarter > 4)
        return false;
    *months = (quarter - 1) * 3;
    return true;
}

/* "-P03" behind a fiscal year, as months from its start. */
static bool scan_fiscal_month(cyn_scan *s, int *months)
{
    int month;
    if (!scan_char(s, '-') || !scan_char(s, 'P') || !cyn_scan_number(s, 2, 2, &month) ||
        month < 1 || month > 12)
        return false;
    *months = month - 1;
    return true;
}

/* "FY2026", "FY2026-Q1", "FY2026-P03". */
static bool read_fiscal(const cyn_calendar *cal, cyn_scan s, int64_t *days)
{
    int year, months = 0;
    if (!scan_char(&s, 'F') || !scan_char(&s, 'Y') || !cyn_scan_number(&s, 4, 4, &year))
        return false;
    cyn_scan rest = s;
    if (!scan_end(&s) && scan_quarter(&rest, &months))
        s = rest;
    else if (!scan_end(&s) && !scan_fiscal_month(&s, &months))
        return false;
    int64_t begins = year - cyn_fiscal_year_shown(cal, 0);
    *days = cyn_fiscal_month_first(cal, begins * 12 + months);
    return scan_end(&s);
}

/* "2026", "2026-Q3", "2026-09". */
static bool read_months(cyn_scan s, int64_t *days)
{
    int year, month = 1, months = 0;
    if (!cyn_scan_number(&s, 4, 4, &year)) return false;
    cyn_scan rest = s;
    if (!scan_end(&s) && scan_quarter(&rest, &months))
        s = rest;
    else if (!scan_end(&s) &&
             (!scan_char(&s, '-') || !cyn_scan_number(&s, 2, 2, &month) || month < 1 || month > 12))
        return false;
    *days = cyn_days_from_civil(year, month + months, 1);
    return scan_end(&s);
}

/* "2026-W36": its Monday. */
static bool read_iso_week(cyn_scan s, int64_t *days)
{
    int year, week, found_year, found_week;
    if (!cyn_scan_number(&s, 4, 4, &year) || !scan_char(&s, '-') || !scan_char(&s, 'W') ||
        !cyn_scan_number(&s, 2, 2, &week) || week < 1 || !scan_end(&s))
        return false;
    int64_t fourth = cyn_days_from_civil(year, 1, 4); /* always in week 1 */
    int64_t monday = fourth - cyn_weekday(fourth) + 1 + 7 * ((int64_t)week - 1);
    cyn_iso_week(monday, &found_year, &found_week);
    if (found_year != year || found_week != week) return false; /* a year without week 53 */
    *days = monday;
    return true;
}

/* "2026-09-06/P7D": its first day. */
static bool read_week_days(const char *s, size_t n, int64_t *days)
{
    const size_t tail = strlen("/P7D");
    return n > tail && memcmp(s + n - tail, "/P7D", tail) == 0 && cyn_parse_date(s, n - tail, days);
}

static cyn_code fail_period(const char *s, cyn_err *err)
{
    cyn_fail(err, CYN_E_SYNTAX, "'%s' is not a period", s);
    cyn_hint(err, "Known are 2026, 2026-Q3, 2026-09, FY2026, FY2026-Q3, FY2026-P03, 2026-W36, "
                  "2026-09-06/P7D, 2026-09-03, 2026-09-03T14, 2026-09-03T14:05 (with +09:00 where "
                  "needed) and all.");
    return CYN_E_SYNTAX;
}

/* The period that holds a date; asked for a day, exactly that one. */
static cyn_code period_of_date(const cyn_calendar *cal, cyn_grain g, const char *s, int64_t days,
                               cyn_period *out, cyn_err *err)
{
    int64_t midnight = cyn_tz_midnight(cal->tz, days);
    if (g.unit == CYN_DAILY && cyn_tz_date(cal->tz, midnight) != days)
        return cyn_fail(err, CYN_E_RANGE, "'%s': this date was skipped in %s", s,
                        cyn_tz_name(cal->tz));
    *out = cyn_period_at(cal, g, midnight);
    return CYN_OK;
}

/* A label of days or more: its first day, and what it names. */
static bool read_label(const cyn_calendar *cal, const char *s, size_t n, int64_t *days,
                       cyn_grain_unit *unit)
{
    cyn_scan scan = {s, s + n};
    if (read_months(scan, days) || read_fiscal(cal, scan, days))
        *unit = strchr(s, 'Q') ? CYN_QUARTER : strchr(s, '-') ? CYN_MONTH : CYN_YEAR;
    else if (read_iso_week(scan, days) || read_week_days(s, n, days))
        *unit = CYN_WEEK;
    else if (cyn_parse_date(s, n, days))
        *unit = CYN_DAILY;
    else
        return false;
    return true;
}

cyn_code cyn_parse_period(const cyn_calendar *cal, cyn_grain g, const char *s, cyn_period *out,
                          cyn_err *err)
{
    size_t n = strlen(s);
    int64_t days;
    cyn_grain_unit unit;
    cyn_written w;
    if (strcmp(s, "all") == 0) {
        if (g.unit != CYN_ALL)
            return cyn_fail(err, CYN_E_SYNTAX, "'all' is a period of grain all only");
        *out = cyn_period_at(cal, g, 0);
        return CYN_OK;
    }
    if (read_label(cal, s, n, &days, &unit)) return period_of_date(cal, g, s, days, out, err);
    if (!cyn_scan_iso(s, n, true, &w)) return fail_period(s, err);
    *out = cyn_period_at(cal, g, cyn_written_instant(&w, cal->tz));
    return CYN_OK;
}

cyn_code cyn_parse_one_period(const cyn_calendar *cal, cyn_grain g, const char *s, cyn_period *out,
                              cyn_err *err)
{
    cyn_period found, named;
    int64_t days;
    cyn_grain label = {CYN_ALL, 1};
    CYN_TRY(cyn_parse_period(cal, g, s, &found, err));
    if (g.unit != CYN_ALL && read_label(cal, s, strlen(s), &days, &label.unit) &&
        label.unit != g.unit) {
        CYN_TRY(period_of_date(cal, label, s, days, &named, err));
        if (named.end > found.end) {
            char is[16], wanted[16];
            cyn_format_grain(label, is);
            cyn_format_grain(g, wanted);
            cyn_fail(err, CYN_E_RANGE, "'%s' is a %s, and the grain is %s", s, is, wanted);
            cyn_hint(err, "name one %s, or choose the grain %s", wanted, is);
            return CYN_E_RANGE;
        }
    }
    *out = found;
    return CYN_OK;
}
