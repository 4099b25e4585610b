/* Declared timestamp formats: a strict subset of strptime, without a locale. */
#include "base/time_impl.h"
#include <string.h>
#include <strings.h>

/* What a directive says; a format may say each of these once. */
typedef enum part {
    PART_YEAR = 1 << 0,
    PART_MONTH = 1 << 1,
    PART_DAY = 1 << 2,
    PART_DAY_OF_YEAR = 1 << 3,
    PART_HOUR = 1 << 4,
    PART_HALF_DAY = 1 << 5,
    PART_MINUTE = 1 << 6,
    PART_SECOND = 1 << 7,
    PART_FRACTION = 1 << 8,
    PART_OFFSET = 1 << 9,
} part;

typedef struct directive {
    char letter;
    part part;
    int least_digits, most_digits, lowest, highest; /* all 0: not a plain number */
} directive;

static const directive directives[] = {
    {'Y', PART_YEAR, 4, 4, 0, 9999},
    {'y', PART_YEAR, 2, 2, 0, 99},
    {'m', PART_MONTH, 1, 2, 1, 12},
    {'b', PART_MONTH},
    {'B', PART_MONTH},
    {'d', PART_DAY, 1, 2, 1, 31},
    {'j', PART_DAY_OF_YEAR, 1, 3, 1, 366},
    {'H', PART_HOUR, 1, 2, 0, 23},
    {'I', PART_HOUR, 1, 2, 1, 12},
    {'p', PART_HALF_DAY},
    {'M', PART_MINUTE, 1, 2, 0, 59},
    {'S', PART_SECOND, 1, 2, 0, 60},
    {'f', PART_FRACTION},
    {'z', PART_OFFSET},
};

static const directive *find_directive(char letter)
{
    for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++)
        if (directives[i].letter == letter) return &directives[i];
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* --- Checking a format --------------------------------------------------------------------- */

/* Parts that contradict each other, or that mean nothing alone. */
static cyn_code check_parts(unsigned parts, bool twelve_hours, cyn_err *err)
{
    if ((parts & PART_DAY_OF_YEAR) && (parts & (PART_MONTH | PART_DAY)))
        return cyn_fail(err, CYN_E_CONFLICT, "%%j gives month and day already");
    if (twelve_hours && !(parts & PART_HALF_DAY))
        return cyn_fail(err, CYN_E_CONFLICT, "%%I needs %%p, which says AM or PM");
    if ((parts & PART_HALF_DAY) && !twelve_hours)
        return cyn_fail(err, CYN_E_CONFLICT, "%%p needs %%I, the hour of twelve");
    if (parts == 0) return cyn_fail(err, CYN_E_SYNTAX, "no date or time in the format");
    return CYN_OK;
}

static cyn_code check_format(const char *format, cyn_err *err)
{
    unsigned parts = 0;
    bool twelve_hours = false;
    for (const char *f = format; *f; f++) {
        if (*f != '%') continue;
        if (*++f == '%') continue;
        if (!*f) return cyn_fail(err, CYN_E_SYNTAX, "a %% at the end; a plain %% is written %%%%");
        const directive *d = find_directive(*f);
        if (!d && *f > ' ' && *f < 127)
            return cyn_fail(err, CYN_E_SYNTAX, "unknown directive %%%c", *f);
        if (!d) return cyn_fail(err, CYN_E_SYNTAX, "a %% without a directive");
        if (parts & d->part)
            return cyn_fail(err, CYN_E_CONFLICT, "%%%c gives again what came before it", *f);
        parts |= d->part;
        if (*f == 'I') twelve_hours = true;
    }
    return check_parts(parts, twelve_hours, err);
}

cyn_code cyn_check_format(const char *format, cyn_err *err)
{
    cyn_code rc = check_format(format, err);
    if (rc != CYN_OK) {
        cyn_context(err, "timestamp format '%s'", format);
        cyn_hint(err,
                 "Known are %%Y %%m %%d %%H %%M %%S %%f %%y %%b %%B %%p %%I %%j %%z and %%%%.");
    }
    return rc;
}

/* --- Reading by a format ------------------------------------------------------------------- */

typedef struct reading {
    int year, month, day, day_of_year, hour, minute, second, micro, offset;
    bool has_time, has_offset, twelve_hours, afternoon;
} reading;

/* Takes the word if the text goes on with it, in any case. */
static bool scan_word(cyn_scan *s, const char *word, size_t n)
{
    if ((size_t)(s->end - s->p) < n || strncasecmp(s->p, word, n) != 0) return false;
    s->p += n;
    return true;
}

static bool scan_month(cyn_scan *s, int *month)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    for (int i = 0; i < 12; i++)
        if (scan_word(s, names[i], strlen(names[i])) || scan_word(s, names[i], 3)) {
            *month = i + 1;
            return true;
        }
    return false;
}

static bool scan_number_part(cyn_scan *s, const directive *d, reading *r)
{
    int value;
    if (!cyn_scan_number(s, d->least_digits, d->most_digits, &value) || value < d->lowest ||
        value > d->highest)
        return false;
    switch (d->letter) {
    case 'Y': r->year = value; break;
    case 'y': r->year = value + (value < 69 ? 2000 : 1900); break; /* as POSIX has it */
    case 'm': r->month = value; break;
    case 'd': r->day = value; break;
    case 'j': r->day_of_year = value; break;
    case 'H': r->hour = value; break;
    case 'I':
        r->hour = value % 12;
        r->twelve_hours = true;
        break;
    case 'M': r->minute = value; break;
    default: r->second = value; break;
    }
    return true;
}

static bool scan_part(cyn_scan *s, const directive *d, reading *r)
{
    if (d->part & (PART_HOUR | PART_MINUTE | PART_SECOND | PART_FRACTION)) r->has_time = true;
    switch (d->part) {
    case PART_HALF_DAY:
        r->afternoon = scan_word(s, "PM", 2);
        return r->afternoon || scan_word(s, "AM", 2);
    case PART_FRACTION: return cyn_scan_micro(s, &r->micro);
    case PART_OFFSET: r->has_offset = true; return cyn_scan_offset(s, &r->offset);
    default: return d->most_digits ? scan_number_part(s, d, r) : scan_month(s, &r->month);
    }
}

static bool scan_by(cyn_scan *s, const char *format, reading *r)
{
    for (const char *f = format; *f; f++) {
        if (is_blank(*f)) {
            if (scan_end(s) || !is_blank(*s->p)) return false;
            while (!scan_end(s) && is_blank(*s->p))
                s->p++;
            while (is_blank(f[1]))
                f++;
        } else if (*f != '%' || f[1] == '%') {
            if (*f == '%') f++;
            if (!scan_char(s, *f)) return false;
        } else {
            const directive *d = find_directive(*++f);
            if (!d || !scan_part(s, d, r)) return false;
        }
    }
    return scan_end(s);
}

bool cyn_parse_format(const char *s, size_t n, const char *format, const cyn_tz *tz, int64_t *out)
{
    cyn_scan scan = {s, s + n};
    reading r = {.year = 1970, .month = 1, .day = 1};
    if (!scan_by(&scan, format, &r) || !cyn_date_valid(r.year, r.month, r.day)) return false;
    cyn_written w = {.days = cyn_days_from_civil(r.year, r.month, r.day),
                     .hour = r.hour + (r.twelve_hours && r.afternoon ? 12 : 0),
                     .minute = r.minute,
                     .second = r.second,
                     .micro = r.micro,
                     .has_time = r.has_time,
                     .has_offset = r.has_offset,
                     .offset = r.offset};
    if (r.day_of_year) {
        if (r.day_of_year > 337 + cyn_days_in_month(r.year, 2)) return false;
        w.days = cyn_days_from_civil(r.year, 1, 1) + r.day_of_year - 1;
    }
    *out = cyn_written_instant(&w, tz);
    return true;
}
