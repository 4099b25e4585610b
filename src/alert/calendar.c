#include "alert/calendar.h"
#include <stdbool.h>

#define DAY_MINUTES 1440

/* ---- reading and checking ---- */

/* "9:00", "09:00": minutes; leaves the text behind it in *s. */
static bool read_time(const char **s, const char *end, int *minutes)
{
    int part[2] = {0, 0};
    const char *p = *s;
    for (int i = 0; i < 2; i++) {
        const char *first = p;
        for (; p < end && p - first < 2 && *p >= '0' && *p <= '9'; p++)
            part[i] = part[i] * 10 + (*p - '0');
        if (p == first || (i == 1 && p - first < 2)) return false;
        if (i == 0 && (p == end || *p++ != ':')) return false;
    }
    if (part[1] > 59 || part[0] * 60 + part[1] > DAY_MINUTES) return false;
    *minutes = part[0] * 60 + part[1];
    *s = p;
    return true;
}

cyn_code cyn_alert_parse_hours(const char *s, size_t n, cyn_alert_hours *out, cyn_err *err)
{
    const char *p = s, *end = s + n;
    cyn_alert_hours h = {0, 0};
    bool read = read_time(&p, end, &h.from) && p < end && *p++ == '-' &&
                read_time(&p, end, &h.to) && p == end;
    int shown = n < 40 ? (int)n : 40;
    if (!read || h.from == DAY_MINUTES)
        return cyn_fail(err, CYN_E_SYNTAX,
                        "'%.*s' are no hours, expected some like \"09:00-18:00\"", shown, s);
    if (h.from == h.to)
        return cyn_fail(err, CYN_E_SYNTAX,
                        "'%.*s' end when they begin; the whole day is \"00:00-24:00\"", shown, s);
    if (h.to < h.from) h.to += DAY_MINUTES;
    *out = h;
    return CYN_OK;
}

cyn_code cyn_alert_check_calendar(const cyn_alert_calendar *c, cyn_err *err)
{
    if (c->days & ~(unsigned)CYN_ALERT_ALL_DAYS)
        return cyn_fail(err, CYN_E_RANGE, "a week has 7 days, these are more: 0x%x", c->days);
    for (size_t i = 0; i < c->nhours; i++) {
        cyn_alert_hours h = c->hours[i];
        if (h.from < 0 || h.from >= DAY_MINUTES || h.to <= h.from || h.to - h.from > DAY_MINUTES)
            return cyn_fail(err, CYN_E_RANGE,
                            "hours from minute %d to minute %d: expected a beginning within the "
                            "day, and an end within a day of it",
                            h.from, h.to);
    }
    for (size_t i = 1; i < c->nholidays; i++)
        if (c->holidays[i] <= c->holidays[i - 1])
            return cyn_fail(err, CYN_E_RANGE, "holidays must be in ascending order, each once");
    return CYN_OK;
}

/* ---- inside or not ---- */

/* The place of the first holiday at or after the date. */
static size_t holiday_from(const cyn_alert_calendar *c, int64_t date)
{
    return cyn_first_not_before(c->holidays, c->nholidays, date);
}

static bool day_counts(const cyn_alert_calendar *c, int64_t date)
{
    size_t at = holiday_from(c, date);
    if (at < c->nholidays && c->holidays[at] == date) return false;
    return c->days >> (cyn_weekday(date) - 1) & 1;
}

/* Whether the hours that began on a date hold so many microseconds after its midnight. */
static bool hours_hold(const cyn_alert_calendar *c, int64_t time)
{
    if (c->nhours == 0) return time < CYN_DAY;
    for (size_t i = 0; i < c->nhours; i++)
        if (time >= c->hours[i].from * CYN_MINUTE && time < c->hours[i].to * CYN_MINUTE)
            return true;
    return false;
}

static int64_t time_of_day(const cyn_tz *tz, int64_t instant)
{
    cyn_civil c = cyn_tz_civil(tz, instant);
    return ((c.hour * 60 + c.minute) * INT64_C(60) + c.second) * CYN_SECOND + c.micro;
}

bool cyn_alert_calendar_holds(const cyn_alert_calendar *c, int64_t instant)
{
    int64_t date = cyn_tz_date(c->tz, instant), time = time_of_day(c->tz, instant);
    if (hours_hold(c, time) && day_counts(c, date)) return true;
    return hours_hold(c, time + CYN_DAY) && day_counts(c, date - 1);
}

/* ---- the next change ---- */

/* The next instant at which the answer may be another one: the clock is changed, a date begins, or
 * hours begin or end. */
static int64_t next_edge(const cyn_alert_calendar *c, int64_t instant)
{
    int64_t time = time_of_day(c->tz, instant), edge = CYN_DAY;
    for (size_t i = 0; i < c->nhours; i++) {
        int64_t from = c->hours[i].from * CYN_MINUTE;
        int64_t to = c->hours[i].to % DAY_MINUTES * CYN_MINUTE;
        if (from > time && from < edge) edge = from;
        if (to > time && to < edge) edge = to;
    }
    int64_t change = cyn_tz_span_at(c->tz, instant).until;
    return instant + (edge - time) < change ? instant + (edge - time) : change;
}

/* The first edge in (from, to] with another answer than `now`. */
static int64_t change_within(const cyn_alert_calendar *c, bool now, int64_t from, int64_t to)
{
    for (int64_t t = next_edge(c, from); t <= to; t = next_edge(c, t))
        if (cyn_alert_calendar_holds(c, t) != now) return t;
    return CYN_ALERT_NO_CHANGE;
}

/* Weeks repeat themselves but for holidays and changes of the clock. A change of the clock can hide
 * hours, but not those of three weeks; so what does not change within three weeks is the same all
 * the time, and if it is on duty, goes off it on the next holiday, in whatever zone. */
int64_t cyn_alert_calendar_change(const cyn_alert_calendar *c, int64_t instant)
{
    int64_t last = cyn_days_from_civil(9998, 12, 1);
    if (instant >= last * CYN_DAY) return CYN_ALERT_NO_CHANGE;
    bool now = cyn_alert_calendar_holds(c, instant);
    int64_t until = instant + 21 * CYN_DAY;
    int64_t found = change_within(c, now, instant, until);
    size_t i = holiday_from(c, cyn_tz_date(c->tz, until));
    for (; found == CYN_ALERT_NO_CHANGE && i < c->nholidays && c->holidays[i] < last; i++) {
        int64_t midnight = c->holidays[i] * CYN_DAY;
        found = change_within(c, now, midnight - CYN_DAY, midnight + 2 * CYN_DAY);
    }
    return found;
}
