/* When a rule is on duty: days of the week, hours of the day and holidays, in a zone.
 *
 * An instant is inside when the date that the zone's clock shows is a day of the week that counts
 * and no holiday, and the time that it shows is within the hours. Hours are half-open: 09:00-18:00
 * holds 09:00 and not 18:00. Hours that end before they begin go on into the next day and belong
 * to the one on which they began: Friday's 22:00-06:00 holds Saturday 05:59 even if Saturdays do
 * not count. Only the wall clock matters: an hour that DST repeats is inside twice, and one that it
 * skips, never.
 *
 *     cyn_alert_hours office[1];
 *     CYN_TRY(cyn_alert_parse_hours("09:00-18:00", 11, &office[0], err));
 *     cyn_alert_calendar c = {.tz = tz, .days = CYN_ALERT_WORKDAYS, .hours = office, .nhours = 1,
 *                             .holidays = dates, .nholidays = n};
 *     bool on = cyn_alert_calendar_holds(&c, t);
 *     int64_t until = cyn_alert_calendar_change(&c, t);      // the first instant of the opposite
 *
 * Pure functions over borrowed arrays; any thread.
 */
#pragma once
#include "base/err.h"
#include "base/time.h"
#include <stddef.h>
#include <stdint.h>

/* Minutes since midnight: 0 ≤ from < 1440, from < to ≤ from + 1440. */
typedef struct cyn_alert_hours {
    int from, to;
} cyn_alert_hours;

#define CYN_ALERT_WORKDAYS 0x1f /* Monday is bit 0 */
#define CYN_ALERT_ALL_DAYS 0x7f

typedef struct cyn_alert_calendar {
    const cyn_tz *tz;
    unsigned days; /* a bit for each day of the week */
    const cyn_alert_hours *hours;
    size_t nhours;           /* 0: whole days */
    const int64_t *holidays; /* dates, in ascending order */
    size_t nholidays;
} cyn_alert_calendar;

#define CYN_ALERT_NO_CHANGE INT64_MAX

/* "09:00-18:00", "22:00-06:00", "00:00-24:00"; one or two digits of hours. CYN_E_SYNTAX says what
 * was found; a length of zero is refused. */
CYN_NODISCARD cyn_code cyn_alert_parse_hours(const char *s, size_t n, cyn_alert_hours *out,
                                             cyn_err *err);
/* CYN_E_RANGE when days, hours or the order of the holidays are not as they have to be. */
CYN_NODISCARD cyn_code cyn_alert_check_calendar(const cyn_alert_calendar *c, cyn_err *err);
bool cyn_alert_calendar_holds(const cyn_alert_calendar *c, int64_t instant);
/* The first instant after this one at which cyn_alert_calendar_holds() says the opposite;
 * CYN_ALERT_NO_CHANGE when there is none, or none before the year 9999. */
int64_t cyn_alert_calendar_change(const cyn_alert_calendar *c, int64_t instant);
