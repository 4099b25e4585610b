/* Cron expressions by hand, where clocks jump and where they do not. tests/golden/cron/agree.py
 * holds many more against others. */
#include "sched/cron.h"
#include "zones.h"

static cyn_cron cron(const char *text, const cyn_tz *tz)
{
    cyn_cron c = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_cron_parse(text, strlen(text), tz, &c, &err), CYN_OK);
    if (err.code != CYN_OK) printf("# %s\n", err.message);
    return c;
}

/* The times after `from`, which must be these and come backwards, too; "" is where the list ends.
 */
static void check_times(const char *text, const cyn_tz *tz, const char *from,
                        const char *const *want, size_t count)
{
    cyn_cron c = cron(text, tz);
    int64_t t = when(tz, from);
    for (size_t i = 0; i < count; i++) {
        int64_t next = cyn_cron_after(&c, t);
        CHECK_STR(shown(tz, next), want[i]);
        CHECK_STR(shown(tz, cyn_cron_at(&c, next)), want[i]);
        CHECK(cyn_cron_at(&c, next - 1) <= t);
        t = next;
    }
}
#define CHECK_TIMES(text, tz, from, ...)                                                           \
    check_times(text, tz, from, (const char *const[]){__VA_ARGS__},                                \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* ---- what fields mean ---- */

static void test_fields_are_numbers_ranges_steps_lists_and_names(void)
{
    CHECK_TIMES("30 9 * * MON-FRI", NULL, "2026-11-20 09:30", "2026-11-23T09:30:00Z",
                "2026-11-24T09:30:00Z");
    CHECK_TIMES("*/20 8-9,23 * * *", NULL, "2026-11-20 08:20", "2026-11-20T08:40:00Z",
                "2026-11-20T09:00:00Z", "2026-11-20T09:20:00Z", "2026-11-20T09:40:00Z",
                "2026-11-20T23:00:00Z");
    CHECK_TIMES("15,45 30 9-17/4 * jan,Jul *", NULL, "2026-01-31 17:30:20", "2026-01-31T17:30:45Z",
                "2026-07-01T09:30:15Z");
    CHECK_TIMES("0 0 * * 7", NULL, "2026-11-20", "2026-11-22T00:00:00Z");
    CHECK_TIMES("0 0 * * sat-sun", NULL, "2026-11-20", "2026-11-21T00:00:00Z",
                "2026-11-22T00:00:00Z", "2026-11-28T00:00:00Z");
    CHECK_TIMES("0 0 * * 5-7", NULL, "2026-11-20", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z",
                "2026-11-27T00:00:00Z");
    CHECK_TIMES("  5\t4 * * *\n", NULL, "2026-11-20", "2026-11-20T04:05:00Z");
}

static void test_days_of_the_month_and_of_the_week_are_either_or(void)
{
    CHECK_TIMES("0 0 13 * FRI", NULL, "2026-11-01", "2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z",
                "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z",
                "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z");
}

static void test_the_end_of_the_month_is_where_it_is(void)
{
    CHECK_TIMES("0 0 L * *", NULL, "2028-01-31", "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z",
                "2028-04-30T00:00:00Z");
    CHECK_TIMES("0 0 L-30 * *", NULL, "2026-01-02", "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z");
    CHECK_TIMES("0 0 LW * *", NULL, "2026-01-01", "2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z",
                "2026-03-31T00:00:00Z");
    CHECK_TIMES("0 0 L,15 2 *", NULL, "2026-01-01", "2026-02-15T00:00:00Z", "2026-02-28T00:00:00Z");
    CHECK_TIMES("0 0 * * FRIL", NULL, "2026-01-01", "2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z");
    CHECK_TIMES("0 0 * * 0L", NULL, "2026-01-01", "2026-01-25T00:00:00Z", "2026-02-22T00:00:00Z");
}

static void test_the_nearest_weekday_stays_in_its_month(void)
{
    /* 1 August 2026 is a Saturday, 1 November a Sunday; 31 May 2026 is a Sunday. */
    CHECK_TIMES("0 0 1W 8-11 *", NULL, "2026-07-01", "2026-08-03T00:00:00Z", "2026-09-01T00:00:00Z",
                "2026-10-01T00:00:00Z", "2026-11-02T00:00:00Z");
    CHECK_TIMES("0 0 31W * *", NULL, "2026-04-01", "2026-05-29T00:00:00Z", "2026-07-31T00:00:00Z");
    CHECK_TIMES("0 0 15W * *", NULL, "2026-08-01", "2026-08-14T00:00:00Z", "2026-09-15T00:00:00Z");
}

static void test_the_nth_weekday_may_not_be_in_every_month(void)
{
    CHECK_TIMES("0 9 * * MON#1", NULL, "2026-11-01", "2026-11-02T09:00:00Z",
                "2026-12-07T09:00:00Z");
    CHECK_TIMES("0 9 * * fri#5,7#1", NULL, "2026-10-02", "2026-10-04T09:00:00Z",
                "2026-10-30T09:00:00Z", "2026-11-01T09:00:00Z", "2026-12-06T09:00:00Z");
}

static void test_names_stand_for_expressions(void)
{
    CHECK_TIMES("@yearly", NULL, "2026-11-20", "2027-01-01T00:00:00Z");
    CHECK_TIMES("@Annually", NULL, "2026-11-20", "2027-01-01T00:00:00Z");
    CHECK_TIMES("@monthly", NULL, "2026-11-20", "2026-12-01T00:00:00Z");
    CHECK_TIMES("@weekly", NULL, "2026-11-20", "2026-11-22T00:00:00Z");
    CHECK_TIMES("@daily", NULL, "2026-11-20", "2026-11-21T00:00:00Z");
    CHECK_TIMES("@midnight", NULL, "2026-11-20", "2026-11-21T00:00:00Z");
    CHECK_TIMES(" @hourly ", NULL, "2026-11-20", "2026-11-20T01:00:00Z");
}

static void test_leap_days_come_when_they_do(void)
{
    CHECK_TIMES("0 0 29 2 *", NULL, "2096-03-01", "2104-02-29T00:00:00Z", "2108-02-29T00:00:00Z");
    CHECK_TIMES("0 0 * 2 SUN#5", NULL, "2004-03-01", "2032-02-29T00:00:00Z", "2060-02-29T00:00:00Z",
                "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z");
}

/* ---- clocks that jump ---- */

static void test_a_named_time_that_is_skipped_runs_later(void)
{
    cyn_tz *york = zone("America/New_York"), *howe = zone("Australia/Lord_Howe");
    CHECK_TIMES("30 2 * * *", york, "2026-03-07 12:00", "2026-03-08T03:30:00-04:00",
                "2026-03-09T02:30:00-04:00");
    /* Two that meet run once, and one that is moved does not overtake. */
    CHECK_TIMES("0,30 2,3 * * *", york, "2026-03-08 00:00", "2026-03-08T03:00:00-04:00",
                "2026-03-08T03:30:00-04:00", "2026-03-09T02:00:00-04:00");
    CHECK_TIMES("15 2 * * *", howe, "2026-10-03 12:00", "2026-10-04T02:45:00+11:00",
                "2026-10-05T02:15:00+11:00");
    cyn_tz_free(york);
    cyn_tz_free(howe);
}

static void test_a_named_time_that_is_repeated_runs_the_first_time(void)
{
    cyn_tz *berlin = zone("Europe/Berlin"), *howe = zone("Australia/Lord_Howe");
    CHECK_TIMES("30 2,3 * * *", berlin, "2026-10-25 00:00", "2026-10-25T02:30:00+02:00",
                "2026-10-25T03:30:00+01:00", "2026-10-26T02:30:00+01:00");
    CHECK_TIMES("*/15 1 * * *", howe, "2026-04-05 01:29", "2026-04-05T01:30:00+11:00",
                "2026-04-05T01:45:00+11:00", "2026-04-06T01:00:00+10:30");
    cyn_tz_free(berlin);
    cyn_tz_free(howe);
}

/* Seen from the winter before it, the second of the two hours is on the present clock. */
static void test_a_repeated_time_far_ahead_is_the_first_one(void)
{
    cyn_tz *york = zone("America/New_York");
    CHECK_TIMES("30 1 1 11 *", york, "2026-01-01 00:00", "2026-11-01T01:30:00-04:00",
                "2027-11-01T01:30:00-04:00");
    CHECK_TIMES("30 2 8 3 *", york, "2025-07-01 00:00", "2026-03-08T03:30:00-04:00");
    cyn_tz_free(york);
}

static void test_time_that_passes_knows_no_repetition(void)
{
    cyn_tz *york = zone("America/New_York");
    CHECK_TIMES("30 * * * *", york, "2026-03-08 00:59", "2026-03-08T01:30:00-05:00",
                "2026-03-08T03:30:00-04:00");
    CHECK_TIMES("@hourly", york, "2026-11-01 00:30", "2026-11-01T01:00:00-04:00",
                "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00");
    CHECK_TIMES("0 */2 * * *", york, "2026-03-08 00:00", "2026-03-08T04:00:00-04:00");
    cyn_tz_free(york);
}

static void test_a_date_that_is_skipped_runs_once_on_the_next(void)
{
    cyn_tz *apia = zone("Pacific/Apia"); /* no 30 December 2011 */
    CHECK_TIMES("0 9 * * *", apia, "2011-12-29 12:00", "2011-12-31T09:00:00+14:00",
                "2012-01-01T09:00:00+14:00");
    CHECK_TIMES("0 9 30 12 *", apia, "2011-01-01 00:00", "2011-12-31T09:00:00+14:00",
                "2012-12-30T09:00:00+14:00");
    CHECK_TIMES("0 * 30 12 *", apia, "2011-12-01 00:00", "2012-12-30T00:00:00+14:00");
    cyn_tz_free(apia);
}

static void test_ramadan_moves_clocks_in_morocco(void)
{
    cyn_tz *tz = zone("Africa/Casablanca"); /* from 2026-02-15 03:00 to 03-22 02:00 an hour back */
    CHECK_TIMES("30 2 * * *", tz, "2026-02-14 12:00", "2026-02-15T02:30:00+01:00",
                "2026-02-16T02:30:00+00:00");
    CHECK_TIMES("30 2 * * *", tz, "2026-03-21 12:00", "2026-03-22T03:30:00+01:00",
                "2026-03-23T02:30:00+01:00");
    cyn_tz_free(tz);
}

/* ---- instants ---- */

static void test_the_last_one_is_at_or_before_and_the_next_after(void)
{
    cyn_cron c = cron("0 9 * * *", NULL);
    int64_t nine = when(NULL, "2026-11-20 09:00");
    CHECK_INT(cyn_cron_at(&c, nine), nine);
    CHECK_INT(cyn_cron_at(&c, nine + 1), nine);
    CHECK_INT(cyn_cron_at(&c, nine - 1), nine - CYN_DAY);
    CHECK_INT(cyn_cron_after(&c, nine), nine + CYN_DAY);
    CHECK_INT(cyn_cron_after(&c, nine - 1), nine);
}

static void test_time_has_ends(void)
{
    cyn_tz *tz = zone("America/New_York");
    cyn_cron c = cron("0 9 * * *", tz);
    CHECK_INT(cyn_cron_at(&c, INT64_MIN), CYN_SLOT_NONE);
    CHECK_INT(cyn_cron_after(&c, INT64_MAX), CYN_SLOT_END);
    CHECK_STR(shown(tz, cyn_cron_at(&c, INT64_MAX)), "9997-12-31T09:00:00-05:00");
    int64_t first = cyn_cron_after(&c, INT64_MIN);
    CHECK(first < when(tz, "0001-01-01") && first != CYN_SLOT_NONE);
    CHECK_INT(cyn_cron_at(&c, first), first);
    CHECK_INT(cyn_cron_at(&c, first - 1), CYN_SLOT_NONE);
    cyn_tz_free(tz);
}

/* ---- what is refused ---- */

static void check_refused(const char *text, cyn_code code, const char *message)
{
    cyn_cron c;
    cyn_err err = {0};
    CHECK_INT(cyn_cron_parse(text, strlen(text), NULL, &c, &err), code);
    CHECK_STR(err.message, message);
}

static void test_what_is_wrong_is_named(void)
{
    check_refused("", CYN_E_SYNTAX,
                  "cron: '' has 0 fields; expected 5 (minute, hour, day of the month, month, day "
                  "of the week), or 6 with seconds before them");
    check_refused("0 0 0 1 1 * 2026", CYN_E_SYNTAX,
                  "cron: '0 0 0 1 1 * 2026' has 7 fields; expected 5 (minute, hour, day of the "
                  "month, month, day of the week), or 6 with seconds before them");
    check_refused("60 * * * *", CYN_E_SYNTAX, "cron: minute '60': expected a number from 0 to 59");
    check_refused("0 24 * * *", CYN_E_SYNTAX, "cron: hour '24': expected a number from 0 to 23");
    check_refused("0 0 0 * *", CYN_E_SYNTAX,
                  "cron: day of the month '0': expected a number from 1 to 31");
    check_refused("0 0 * JANUARY *", CYN_E_SYNTAX, "cron: month 'JANUARY': unexpected 'UARY'");
    check_refused("0 0 * 13 *", CYN_E_SYNTAX,
                  "cron: month '13': expected a number from 1 to 12, or JAN to DEC");
    check_refused("0 0 * * 8", CYN_E_SYNTAX,
                  "cron: day of the week '8': expected a number from 0 to 7 (0 and 7 are Sunday), "
                  "or SUN to SAT");
    check_refused("-1 * * * *", CYN_E_SYNTAX, "cron: minute '-1': expected a number from 0 to 59");
    check_refused("99999999999999999999 * * * *", CYN_E_SYNTAX,
                  "cron: minute '99999999999999999999': expected a number from 0 to 59");
    check_refused("*/0 * * * *", CYN_E_SYNTAX,
                  "cron: minute '*/0': expected a step after '/', 1 to 59");
    check_refused("0 */24 * * *", CYN_E_SYNTAX,
                  "cron: hour '*/24': expected a step after '/', 1 to 23");
    check_refused("5/10 * * * *", CYN_E_SYNTAX,
                  "cron: minute '5/10': a step belongs to a range or '*'");
    check_refused("1-2-3 * * * *", CYN_E_SYNTAX, "cron: minute '1-2-3': unexpected '-3'");
    check_refused("0 0 * * FRI-MON", CYN_E_SYNTAX,
                  "cron: day of the week 'FRI-MON': a range goes upwards; write one that goes over "
                  "the end as two");
    check_refused("1,,2 * * * *", CYN_E_SYNTAX, "cron: minute '': nothing stands beside a comma");
    check_refused("0 0 ? * *", CYN_E_SYNTAX, "cron: day of the month '?': write '*' for any day");
    check_refused("0 0 * * L", CYN_E_SYNTAX,
                  "cron: day of the week 'L': which weekday? The last Friday of the month is "
                  "'5L'");
    check_refused("0 0 L-0 * *", CYN_E_SYNTAX,
                  "cron: day of the month 'L-0': expected how many days before the month's last "
                  "one, 1 to 30");
    check_refused("0 0 * * 1#0", CYN_E_SYNTAX,
                  "cron: day of the week '1#0': expected which one of the month after '#', 1 to "
                  "5");
    check_refused("0 L * * *", CYN_E_SYNTAX, "cron: hour 'L': expected a number from 0 to 23");
    check_refused("0 0 1-5W * *", CYN_E_SYNTAX, "cron: day of the month '1-5W': unexpected 'W'");
}

static void test_unknown_names_have_a_hint(void)
{
    cyn_cron c;
    cyn_err err = {0};
    CHECK_INT(cyn_cron_parse("@dayly", 6, NULL, &c, &err), CYN_E_SYNTAX);
    CHECK_STR(err.hint, "did you mean '@daily'?");
    CHECK_INT(cyn_cron_parse("@reboot", 7, NULL, &c, &err), CYN_E_SYNTAX);
    CHECK_INT(cyn_cron_parse("@daily x", 8, NULL, &c, &err), CYN_E_SYNTAX);
}

static void test_days_that_never_come_are_refused(void)
{
    check_refused("0 0 30 2 *", CYN_E_RANGE, "cron: '0 0 30 2 *' names a day that no year has");
    check_refused("0 0 31 4,6,9,11 *", CYN_E_RANGE,
                  "cron: '0 0 31 4,6,9,11 *' names a day that no year has");
    check_refused("0 0 L-29 2 *", CYN_E_RANGE, "cron: '0 0 L-29 2 *' names a day that no year has");
    cron("0 0 30 2 MON", NULL);
    cron("0 0 L-28 2 *", NULL);
}

/* ---- speed ---- */

static void test_searching_is_quick(void)
{
    static const char *const texts[] = {"*/5 * * * *", "30 9 * * MON-FRI", "0 0 L * *",
                                        "0 0 29 2 *",  "0 9 * * FRI#5",    "0 0 1 1 *"};
    cyn_tz *tz = zone("America/New_York");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        enum { MANY = 10000 };
        cyn_cron c = cron(texts[i], tz);
        uint64_t seed = 1;
        int64_t sum = 0, began = cyn_monotonic();
        for (int n = 0; n < MANY; n++)
            sum += cyn_cron_after(&c, (int64_t)(chance(&seed) >> 12) % (100 * 365 * CYN_DAY)) > 0;
        double each = (double)(cyn_monotonic() - began) / MANY;
        printf("# '%s': %.2f us\n", texts[i], each);
        CHECK_INT(sum, MANY);
        CHECK(each < 100); /* a few, when nothing else runs and nothing is instrumented */
    }
    cyn_tz_free(tz);
}

int main(void)
{
    RUN(test_fields_are_numbers_ranges_steps_lists_and_names);
    RUN(test_days_of_the_month_and_of_the_week_are_either_or);
    RUN(test_the_end_of_the_month_is_where_it_is);
    RUN(test_the_nearest_weekday_stays_in_its_month);
    RUN(test_the_nth_weekday_may_not_be_in_every_month);
    RUN(test_names_stand_for_expressions);
    RUN(test_leap_days_come_when_they_do);
    RUN(test_a_named_time_that_is_skipped_runs_later);
    RUN(test_a_named_time_that_is_repeated_runs_the_first_time);
    RUN(test_a_repeated_time_far_ahead_is_the_first_one);
    RUN(test_time_that_passes_knows_no_repetition);
    RUN(test_a_date_that_is_skipped_runs_once_on_the_next);
    RUN(test_ramadan_moves_clocks_in_morocco);
    RUN(test_the_last_one_is_at_or_before_and_the_next_after);
    RUN(test_time_has_ends);
    RUN(test_what_is_wrong_is_named);
    RUN(test_unknown_names_have_a_hint);
    RUN(test_days_that_never_come_are_refused);
    RUN(test_searching_is_quick);
    return test_end();
}
