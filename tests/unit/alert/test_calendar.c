/* Business days, hours and holidays, in zones with DST. */
#include "alert/calendar.h"
#include "zones.h"

static int64_t date(const char *text)
{
    int64_t days = 0;
    CHECK(cyn_parse_date(text, strlen(text), &days));
    return days;
}

static cyn_alert_hours hours(const char *text)
{
    cyn_alert_hours h = {0, 0};
    CHECK_INT(cyn_alert_parse_hours(text, strlen(text), &h, NULL), CYN_OK);
    return h;
}

static bool holds(const cyn_alert_calendar *c, const char *text)
{
    return cyn_alert_calendar_holds(c, when(c->tz, text));
}

static const char *change(const cyn_alert_calendar *c, const char *text)
{
    return shown(c->tz, cyn_alert_calendar_change(c, when(c->tz, text)));
}

static void test_hours_are_half_open_on_days_that_count(void)
{
    cyn_tz *tz = zone("Asia/Tokyo");
    cyn_alert_hours office[] = {hours("09:00-12:00"), hours("13:00-18:00")};
    cyn_alert_calendar c = {.tz = tz, .days = CYN_ALERT_WORKDAYS, .hours = office, .nhours = 2};
    CHECK(!holds(&c, "2026-11-20 08:59:59.999999")); /* a Friday */
    CHECK(holds(&c, "2026-11-20 09:00"));
    CHECK(holds(&c, "2026-11-20 11:59:59.999999"));
    CHECK(!holds(&c, "2026-11-20 12:00"));
    CHECK(holds(&c, "2026-11-20 13:00"));
    CHECK(!holds(&c, "2026-11-20 18:00"));
    CHECK(!holds(&c, "2026-11-21 10:00"));
    CHECK_STR(change(&c, "2026-11-20 09:00"), "2026-11-20T12:00:00+09:00");
    CHECK_STR(change(&c, "2026-11-20 12:00"), "2026-11-20T13:00:00+09:00");
    CHECK_STR(change(&c, "2026-11-20 18:00"), "2026-11-23T09:00:00+09:00");
    cyn_tz_free(tz);
}

static void test_holidays_do_not_count(void)
{
    cyn_tz *tz = zone("Asia/Tokyo");
    int64_t off[] = {date("2026-11-03"), date("2026-11-23")};
    cyn_alert_calendar c = {.tz = tz, .days = CYN_ALERT_WORKDAYS, .holidays = off, .nholidays = 2};
    CHECK(holds(&c, "2026-11-02 23:59"));
    CHECK(!holds(&c, "2026-11-03 00:00"));
    CHECK(holds(&c, "2026-11-04 00:00"));
    CHECK(!holds(&c, "2026-11-23 12:00"));
    CHECK_STR(change(&c, "2026-11-21 12:00"), "2026-11-24T00:00:00+09:00");
    cyn_tz_free(tz);
}

static void test_hours_over_midnight_belong_to_the_day_they_begin(void)
{
    cyn_alert_hours night[] = {hours("22:00-06:00")};
    int64_t off[] = {date("2026-11-18")};
    cyn_alert_calendar c = {
        .days = CYN_ALERT_WORKDAYS, .hours = night, .nhours = 1, .holidays = off, .nholidays = 1};
    CHECK(!holds(&c, "2026-11-16 05:00")); /* Monday: Sunday's night does not count */
    CHECK(holds(&c, "2026-11-16 22:00"));
    CHECK(holds(&c, "2026-11-18 05:59")); /* the holiday's early morning is Tuesday's night */
    CHECK(!holds(&c, "2026-11-18 22:00"));
    CHECK(!holds(&c, "2026-11-19 05:59"));
    CHECK(holds(&c, "2026-11-21 05:59")); /* Saturday */
    CHECK(!holds(&c, "2026-11-21 06:00"));
    CHECK_STR(change(&c, "2026-11-21 06:00"), "2026-11-23T22:00:00Z");
}

static void test_the_wall_clock_decides_when_dst_changes(void)
{
    cyn_tz *tz = zone("America/New_York");
    cyn_alert_hours early[] = {hours("01:00-02:00")}, gone[] = {hours("02:00-03:00")},
                    late[] = {hours("02:30-04:00")};
    cyn_alert_calendar c = {.tz = tz, .days = CYN_ALERT_ALL_DAYS, .hours = early, .nhours = 1};
    CHECK(holds(&c, "2026-11-01 01:30-04:00")); /* 01:30 twice */
    CHECK(holds(&c, "2026-11-01 01:30-05:00"));
    CHECK_STR(change(&c, "2026-11-01 01:30-04:00"), "2026-11-01T02:00:00-05:00");
    c.hours = gone; /* 02:30 never */
    CHECK_STR(change(&c, "2026-03-07 03:00"), "2026-03-09T02:00:00-04:00");
    c.days = 0x40; /* Sundays: one of them without these hours */
    CHECK_STR(change(&c, "2026-03-01 03:00"), "2026-03-15T02:00:00-04:00");
    c.days = CYN_ALERT_ALL_DAYS;
    c.hours = late; /* begins when the clock jumps into it */
    CHECK_STR(change(&c, "2026-03-08 00:00"), "2026-03-08T03:00:00-04:00");
    cyn_tz_free(tz);
}

static void test_what_never_changes_says_so(void)
{
    cyn_alert_hours halves[] = {hours("00:00-12:00"), hours("12:00-24:00")};
    cyn_alert_calendar always = {.days = CYN_ALERT_ALL_DAYS}, never = {.days = 0},
                       split = {.days = CYN_ALERT_ALL_DAYS, .hours = halves, .nhours = 2};
    CHECK(holds(&always, "2026-11-22 00:00"));
    CHECK(!holds(&never, "2026-11-22 00:00"));
    CHECK(holds(&split, "2026-11-22 12:00"));
    CHECK_STR(change(&always, "2026-11-22"), "end");
    CHECK_STR(change(&never, "2026-11-22"), "end");
    CHECK_STR(change(&split, "2026-11-22"), "end");
    CHECK_INT(cyn_alert_calendar_change(&always, INT64_MAX), CYN_ALERT_NO_CHANGE);
}

static void test_a_holiday_far_ahead_is_found(void)
{
    cyn_alert_hours shift[] = {hours("09:00-08:59"), hours("08:59-09:00")};
    int64_t off[] = {date("2026-11-22"), date("2031-05-01")};
    cyn_alert_calendar c = {.days = CYN_ALERT_ALL_DAYS, .holidays = off, .nholidays = 2};
    CHECK_STR(change(&c, "2026-11-23"), "2031-05-01T00:00:00Z");
    CHECK_STR(change(&c, "2031-05-01"), "2031-05-02T00:00:00Z");
    CHECK_STR(change(&c, "2031-05-02"), "end");
    CHECK_STR(change(&c, "2031-04-09 23:59"), "2031-05-01T00:00:00Z");
    CHECK_STR(change(&c, "2031-04-10 00:00"), "2031-05-01T00:00:00Z");
    CHECK_STR(change(&c, "2031-04-10 00:01"), "2031-05-01T00:00:00Z");
    c.hours = shift; /* days of 24 hours, from 9 to 9 */
    c.nhours = 2;
    CHECK_STR(change(&c, "2026-12-01"), "2031-05-01T08:59:00Z");
    CHECK_STR(change(&c, "2031-04-10 05:00"), "2031-05-01T08:59:00Z");
}

/* By asking at every minute. */
static int64_t walked_change(const cyn_alert_calendar *c, int64_t t, int64_t until)
{
    bool now = cyn_alert_calendar_holds(c, t);
    for (; t < until; t += CYN_MINUTE)
        if (cyn_alert_calendar_holds(c, t) != now) return t;
    return CYN_ALERT_NO_CHANGE;
}

static void test_the_next_change_agrees_with_asking_every_minute(void)
{
    static const char *const zones[] = {"Pacific/Apia", "America/Havana", "Australia/Lord_Howe",
                                        "America/St_Johns"};
    int64_t base = date("2011-01-01");
    uint64_t seed = 12;
    int met = 0;
    for (int i = 0; i < 300; i++) {
        cyn_tz *tz = zone(zones[below(&seed, 4)]);
        cyn_alert_hours h[3];
        int64_t off[] = {base + below(&seed, 180), base + 180 + below(&seed, 180)};
        for (int k = 0; k < 3; k++) {
            h[k].from = below(&seed, 96) * 15;
            h[k].to = h[k].from + 15 + below(&seed, 96) * 15;
        }
        cyn_alert_calendar c = {.tz = tz,
                                .days = (unsigned)below(&seed, 128),
                                .hours = h,
                                .nhours = (size_t)below(&seed, 4),
                                .holidays = off,
                                .nholidays = (size_t)below(&seed, 3)};
        cyn_err err;
        CHECK_INT(cyn_alert_check_calendar(&c, &err), CYN_OK);
        int64_t t = (base + below(&seed, 370)) * CYN_DAY + below(&seed, 1440) * CYN_MINUTE;
        int64_t got = cyn_alert_calendar_change(&c, t), until = t + 9 * CYN_DAY;
        int64_t want = walked_change(&c, t, until);
        CHECK_STR(shown(tz, got < until ? got : CYN_ALERT_NO_CHANGE), shown(tz, want));
        met += want != CYN_ALERT_NO_CHANGE;
        cyn_tz_free(tz);
    }
    CHECK(met > 200);
}

static void test_hours_are_read_as_people_write_them(void)
{
    CHECK_INT(hours("9:00-17:30").from, 540);
    CHECK_INT(hours("9:00-17:30").to, 1050);
    CHECK_INT(hours("00:00-24:00").to, 1440);
    CHECK_INT(hours("22:00-06:00").to, 1800);
    CHECK_INT(hours("22:00-00:00").to, 1440);
}

static void test_what_are_no_hours_is_refused(void)
{
    static const char *const bad[] = {"",           "9-17",         "09:00",       "09:00-",
                                      "09:0-17:00", "24:00-06:00",  "09:00-24:01", "09:60-17:00",
                                      "09:00-9:00", "09:00-17:00 ", "-1:00-2:00",  "009:00-17:00"};
    cyn_err err;
    cyn_alert_hours h;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(cyn_alert_parse_hours(bad[i], strlen(bad[i]), &h, &err), CYN_E_SYNTAX);
        CHECK(strstr(err.message, "00"));
    }
    CHECK_INT(cyn_alert_parse_hours("09:00-17:00", 8, &h, &err), CYN_E_SYNTAX); /* "09:00-17" */
}

static void test_calendars_out_of_bounds_are_refused(void)
{
    cyn_err err;
    cyn_alert_hours late = {1440, 1500}, back = {600, 600}, longer = {0, 1441};
    int64_t twice[] = {5, 5};
    cyn_alert_calendar c = {.days = 0x80};
    CHECK_INT(cyn_alert_check_calendar(&c, &err), CYN_E_RANGE);
    c = (cyn_alert_calendar){.nhours = 1, .hours = &late};
    CHECK_INT(cyn_alert_check_calendar(&c, &err), CYN_E_RANGE);
    c.hours = &back;
    CHECK_INT(cyn_alert_check_calendar(&c, &err), CYN_E_RANGE);
    c.hours = &longer;
    CHECK_INT(cyn_alert_check_calendar(&c, &err), CYN_E_RANGE);
    c = (cyn_alert_calendar){.holidays = twice, .nholidays = 2};
    CHECK_INT(cyn_alert_check_calendar(&c, &err), CYN_E_RANGE);
}

int main(void)
{
    RUN(test_hours_are_half_open_on_days_that_count);
    RUN(test_holidays_do_not_count);
    RUN(test_hours_over_midnight_belong_to_the_day_they_begin);
    RUN(test_the_wall_clock_decides_when_dst_changes);
    RUN(test_what_never_changes_says_so);
    RUN(test_a_holiday_far_ahead_is_found);
    RUN(test_the_next_change_agrees_with_asking_every_minute);
    RUN(test_hours_are_read_as_people_write_them);
    RUN(test_what_are_no_hours_is_refused);
    RUN(test_calendars_out_of_bounds_are_refused);
    return test_end();
}
