/* The rule in a TZif footer: a POSIX TZ string that says how the clock goes on changing.
 *
 * Beyond POSIX the file format allows names like <+03> and times from -167 to 167 hours.
 */
#include "base/time_impl.h"
#include "base/tz_impl.h"

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "EST", or "<+0330>" for a name that holds more than letters. The name itself is not needed. */
static bool skip_name(cyn_scan *s)
{
    const char *begin = s->p;
    if (scan_char(s, '<')) {
        while (!scan_end(s) && *s->p != '>')
            s->p++;
        return scan_char(s, '>');
    }
    while (!scan_end(s) && is_letter(*s->p))
        s->p++;
    return s->p - begin >= 3;
}

/* [+-]hh[:mm[:ss]] as seconds. */
static bool scan_time(cyn_scan *s, int most_hours, int *out)
{
    int sign = scan_char(s, '-') ? -1 : (scan_char(s, '+'), 1);
    int hours, minutes = 0, seconds = 0;
    if (!cyn_scan_number(s, 1, 3, &hours) || hours > most_hours) return false;
    if (scan_char(s, ':')) {
        if (!cyn_scan_number(s, 1, 2, &minutes) || minutes > 59) return false;
        if (scan_char(s, ':') && (!cyn_scan_number(s, 1, 2, &seconds) || seconds > 59))
            return false;
    }
    *out = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

/* POSIX offsets count westward; ours count eastward. */
static bool scan_west(cyn_scan *s, int *east)
{
    int west;
    if (!scan_time(s, 24, &west)) return false;
    *east = -west;
    return true;
}

static bool scan_month_day(cyn_scan *s, tz_change *c)
{
    return cyn_scan_number(s, 1, 2, &c->month) && c->month >= 1 && c->month <= 12 &&
           scan_char(s, '.') && cyn_scan_number(s, 1, 1, &c->week) && c->week >= 1 &&
           c->week <= 5 && scan_char(s, '.') && cyn_scan_number(s, 1, 1, &c->day) && c->day <= 6;
}

static bool scan_change(cyn_scan *s, tz_change *c)
{
    bool ok;
    *c = (tz_change){.time = 2 * 3600};
    if (!scan_char(s, ',')) return false;
    if (scan_char(s, 'M')) {
        c->kind = TZ_MONTH_DAY;
        ok = scan_month_day(s, c);
    } else if (scan_char(s, 'J')) {
        c->kind = TZ_JULIAN;
        ok = cyn_scan_number(s, 1, 3, &c->day) && c->day >= 1 && c->day <= 365;
    } else {
        c->kind = TZ_ZERO_DAY;
        ok = cyn_scan_number(s, 1, 3, &c->day) && c->day <= 365;
    }
    return ok && (!scan_char(s, '/') || scan_time(s, 167, &c->time));
}

bool cyn_tz_rule_parse(const char *text, size_t n, tz_rule *out)
{
    cyn_scan s = {text, text + n};
    tz_rule r = {0};
    if (!skip_name(&s) || !scan_west(&s, &r.std)) return false;
    if (!scan_end(&s)) {
        r.has_dst = true;
        r.dst = r.std + 3600;
        if (!skip_name(&s)) return false;
        if (!scan_end(&s) && *s.p != ',' && !scan_west(&s, &r.dst)) return false;
        if (!scan_change(&s, &r.to_dst) || !scan_change(&s, &r.to_std)) return false;
    }
    if (!scan_end(&s)) return false;
    *out = r;
    return true;
}

/* The local second, counted from 1970, at which the change happens in a year. */
static int64_t change_in_year(const tz_change *c, int year)
{
    int64_t days;
    if (c->kind == TZ_MONTH_DAY) {
        int64_t first = cyn_days_from_civil(year, c->month, 1);
        int weekday = cyn_weekday(first) % 7; /* Sunday 0, as the rule counts */
        int day = (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
        if (day >= cyn_days_in_month(year, c->month)) day -= 7;
        days = first + day;
    } else {
        days = cyn_days_from_civil(year, 1, 1) + c->day;
        if (c->kind == TZ_JULIAN && (c->day < 60 || cyn_days_in_month(year, 2) == 28)) days--;
    }
    return days * SECONDS_PER_DAY + c->time;
}

tz_span cyn_tz_rule_span(const tz_rule *rule, int64_t seconds)
{
    if (!rule->has_dst) return (tz_span){INT64_MIN, INT64_MAX, rule->std};
    int year, month, day;
    cyn_civil_from_days(cyn_floor_div(seconds + rule->std, SECONDS_PER_DAY), &year, &month, &day);
    tz_span span = {INT64_MIN, INT64_MAX, rule->std};
    /* The nearest change on each side, among those of this year and its neighbours. Where both
     * fall on one second (a rule for DST all the year), the one to DST counts. */
    for (int y = year - 1; y <= year + 1; y++) {
        int64_t to_std = change_in_year(&rule->to_std, y) - rule->dst;
        int64_t to_dst = change_in_year(&rule->to_dst, y) - rule->std;
        if (to_std <= seconds && to_std > span.from) {
            span.from = to_std;
            span.offset = rule->std;
        }
        if (to_dst <= seconds && to_dst >= span.from) {
            span.from = to_dst;
            span.offset = rule->dst;
        }
        if (to_std > seconds && to_std < span.until) span.until = to_std;
        if (to_dst > seconds && to_dst < span.until) span.until = to_dst;
    }
    return span;
}
