/* Instants, civil dates and time zones.
 *
 * An instant is int64_t microseconds since 1970-01-01T00:00:00Z (proleptic Gregorian, no leap
 * seconds). A date is int64_t days since 1970-01-01, without zone. Zones come from the system's
 * tzdata (TZif v2+ files under /usr/share/zoneinfo or $TZDIR), so that DST is whatever the system
 * knows; the POSIX footer rule covers instants after the last transition.
 *
 * A cyn_tz is immutable after loading and may be shared between threads.
 *
 *     cyn_tz *tz;
 *     CYN_TRY(cyn_tz_load("Asia/Tokyo", &tz, err));
 *     cyn_civil c = cyn_tz_civil(tz, instant);
 *     cyn_tz_free(tz);
 *
 * Where a zone is asked for, NULL is UTC. Dates outside of the years -290308 … 294247, which no
 * instant reaches, are taken for the nearest that one does.
 */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct cyn_buf;

#define CYN_SECOND INT64_C(1000000)
#define CYN_MINUTE (60 * CYN_SECOND)
#define CYN_HOUR   (60 * CYN_MINUTE)
#define CYN_DAY    (24 * CYN_HOUR)

/* Division, by b > 0, that rounds down, so that times before 1970 fall into the right day. */
static inline int64_t cyn_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

typedef struct cyn_civil {
    int year;       /* -9999 … 9999 are supported */
    int month, day; /* 1…12, 1…31 */
    int hour, minute, second, micro;
    int offset; /* seconds east of UTC; set by cyn_tz_civil */
} cyn_civil;

int64_t cyn_days_from_civil(int year, int month, int day);
void cyn_civil_from_days(int64_t days, int *year, int *month, int *day);
int cyn_weekday(int64_t days); /* ISO: Monday 1 … Sunday 7 */
int cyn_days_in_month(int year, int month);
/* ISO 8601 week: year and number of the week that holds this day. */
void cyn_iso_week(int64_t days, int *year, int *week);

typedef struct cyn_tz cyn_tz;
/* CYN_E_NAME for an unknown zone (with the nearest name as hint), CYN_E_DATA for a damaged file,
 * CYN_E_UNSUPPORTED for zones that count leap seconds ("right/…") and where tzdata is missing.
 * "UTC" and "Etc/UTC" need no file. */
CYN_NODISCARD cyn_code cyn_tz_load(const char *name, cyn_tz **out, cyn_err *err);
void cyn_tz_free(cyn_tz *tz);
const char *cyn_tz_name(const cyn_tz *tz);
/* Everything that the zone's answers follow from, as bytes to be hashed: tzdata may be brought up
 * to date between two runs. */
void cyn_tz_describe(const cyn_tz *tz, struct cyn_buf *out);
/* Seconds east of UTC in force at an instant. */
int cyn_tz_offset(const cyn_tz *tz, int64_t instant);
/* The stretch around an instant in which the offset stays the same. Loops over many instants keep
 * it and ask again only when they leave it:
 *
 *     if (t < span.from || t >= span.until) span = cyn_tz_span_at(tz, t);
 */
typedef struct cyn_tz_span {
    int64_t from, until; /* half-open; INT64_MIN and INT64_MAX where there is no end */
    int offset;
} cyn_tz_span;
cyn_tz_span cyn_tz_span_at(const cyn_tz *tz, int64_t instant);
cyn_civil cyn_tz_civil(const cyn_tz *tz, int64_t instant);
/* The instant of a local wall-clock time (offset in c is ignored). A repeated time gives its first
 * instant; a skipped one gives the instant of the transition's far side, moved by the gap (RFC
 * 5545). */
int64_t cyn_tz_instant(const cyn_tz *tz, const cyn_civil *c);
/* Local midnight of a day: the first instant of that date in the zone. Where the clock skipped
 * midnight that is the first one after it; so is it for a date that was skipped altogether. */
int64_t cyn_tz_midnight(const cyn_tz *tz, int64_t days);
/* The date of an instant in the zone. */
int64_t cyn_tz_date(const cyn_tz *tz, int64_t instant);

/* How a text becomes an instant. */
typedef enum cyn_epoch { CYN_EPOCH_NONE, CYN_EPOCH_S, CYN_EPOCH_MS, CYN_EPOCH_US } cyn_epoch;
/* ISO 8601 calendar dates and times: "2018-08-08", "2018-08-08 10:00", "2018-08-08 10:00:35",
 * "…T10:00:35.123456Z", "…+09:00", "… +0900", "…+09", "… UTC", "20180808T100035Z"; a comma is a
 * decimal sign too. Offsets reach to 18 hours. Without offset the zone tz applies. Digits beyond
 * microseconds are cut. Second 60, a leap second, is the second after 59; hour 24 is refused.
 * False when the text is anything else. */
bool cyn_parse_instant(const char *s, size_t n, const cyn_tz *tz, int64_t *out);
/* "2018-08-08" or "20180808". */
bool cyn_parse_date(const char *s, size_t n, int64_t *days);
/* A strptime subset: %Y %m %d %H %M %S %f %y %b %B (English) %p %I %j %z %% and blanks, plus
 * literal text (UTF-8). %Y has four digits, %m %d %H %I %M %S one or two, %j one to three, %f any
 * number; %y is 1969 … 2068; %b and %B read short and full names, in any case; a blank reads one
 * blank or more. Missing parts: date 1970-01-01, time 00:00:00. The whole text must match. */
bool cyn_parse_format(const char *s, size_t n, const char *format, const cyn_tz *tz, int64_t *out);
/* Whether the format is one that cyn_parse_format knows, each part given once; says why not. Other
 * formats read nothing. */
CYN_NODISCARD cyn_code cyn_check_format(const char *format, cyn_err *err);

/* "2018-08-08T10:00:35+09:00" (fraction only when not zero); size ≥ 40. tz NULL prints UTC "Z". */
void cyn_format_instant(int64_t instant, const cyn_tz *tz, char *out, size_t size);
void cyn_format_date(int64_t days, char *out, size_t size);

/* Durations as people write them: "90s", "30m", "2h", "14d", "1w", "1h30m", "250ms", "10us";
 * microseconds. Whole numbers, larger units first, each unit once. "d" and "w" are multiples of 24
 * hours. */
bool cyn_parse_duration(const char *s, size_t n, int64_t *out);

/* The wall clock, or what CYNOSURE_NOW (ISO 8601) says; everything that asks for now asks here. */
int64_t cyn_now(void);
/* CYN_E_SYNTAX when CYNOSURE_NOW is set but no time, which cyn_now() would have to ignore. Asked
 * once, at the start of the program. */
CYN_NODISCARD cyn_code cyn_check_now(cyn_err *err);
int64_t cyn_monotonic(void); /* microseconds for measuring */

/* Of instants or dates in ascending order: the place of the first that is not before t; n when
 * there is none. */
size_t cyn_first_not_before(const int64_t *times, size_t n, int64_t t);
/* For qsort. */
int cyn_compare_times(const void *a, const void *b);
