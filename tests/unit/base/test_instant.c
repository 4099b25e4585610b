/* Instants, dates, durations and formats as text; the clock. */
#include "base/time.h"
#include "test.h"

static cyn_tz *tokyo, *new_york;

static int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
    return cyn_days_from_civil(year, month, day) * CYN_DAY + hour * CYN_HOUR + minute * CYN_MINUTE +
           second * CYN_SECOND;
}

static int64_t parsed(const char *text, const cyn_tz *tz)
{
    int64_t instant;
    return cyn_parse_instant(text, strlen(text), tz, &instant) ? instant : INT64_MIN;
}

static void test_iso_8601_is_read_in_its_common_forms(void)
{
    int64_t t = utc(2018, 8, 8, 10, 0, 35);
    CHECK_INT(parsed("2018-08-08T10:00:35Z", tokyo), t);
    CHECK_INT(parsed("2018-08-08t10:00:35z", tokyo), t);
    CHECK_INT(parsed("2018-08-08 10:00:35 UTC", tokyo), t);
    CHECK_INT(parsed("20180808T100035Z", tokyo), t);
    CHECK_INT(parsed("2018-08-08T19:00:35+09:00", new_york), t);
    CHECK_INT(parsed("2018-08-08 19:00:35 +0900", new_york), t);
    CHECK_INT(parsed("2018-08-08T19:00:35+09", new_york), t);
    CHECK_INT(parsed("2018-08-08T06:30:35-03:30", new_york), t);
    CHECK_INT(parsed("2018-08-08T05:04:33-04:56:02", tokyo), t);
    CHECK_INT(parsed("2018-08-08 19:00:35", tokyo), t);
    CHECK_INT(parsed("2018-08-08 06:00:35", new_york), t);
    CHECK_INT(parsed("2018-08-08 10:00:35", NULL), t);
    CHECK_INT(parsed("2018-08-08T10:00Z", tokyo), t - 35 * CYN_SECOND);
    CHECK_INT(parsed("20180808T1000Z", tokyo), t - 35 * CYN_SECOND);
    CHECK_INT(parsed("2018-08-08", tokyo), utc(2018, 8, 7, 15, 0, 0));
    CHECK_INT(parsed("20180808", NULL), utc(2018, 8, 8, 0, 0, 0));
}

static void test_fractions_are_cut_to_microseconds(void)
{
    int64_t t = utc(2018, 8, 8, 10, 0, 35);
    CHECK_INT(parsed("2018-08-08T10:00:35.5Z", NULL), t + 500000);
    CHECK_INT(parsed("2018-08-08T10:00:35,123456Z", NULL), t + 123456);
    CHECK_INT(parsed("2018-08-08T10:00:35.123456999Z", NULL), t + 123456);
    CHECK_INT(parsed("1969-12-31T23:59:59.9999999999Z", NULL), -1);
    CHECK_INT(parsed("20180808T100035.25", NULL), t + 250000);
}

static void test_second_60_is_the_second_after_59(void)
{
    CHECK_INT(parsed("2016-12-31T23:59:60Z", NULL), utc(2017, 1, 1, 0, 0, 0));
    CHECK_INT(parsed("2017-01-01T08:59:60.5", tokyo), utc(2017, 1, 1, 0, 0, 0) + 500000);
}

static void test_offsets_reach_to_18_hours(void)
{
    CHECK_INT(parsed("2018-08-08T00:00+18:00", NULL), utc(2018, 8, 7, 6, 0, 0));
    CHECK_INT(parsed("2018-08-08T00:00-18:00", NULL), utc(2018, 8, 8, 18, 0, 0));
    CHECK_INT(parsed("2018-08-08T00:00+18:01", NULL), INT64_MIN);
    CHECK_INT(parsed("2018-08-08T00:00-19", NULL), INT64_MIN);
}

static void test_anything_else_is_refused(void)
{
    static const char *const bad[] = {
        "",
        "2018",
        "2018-08",
        "2018-8-8",
        "2018-02-30",
        "2018-02-29",
        "2018-00-01",
        "2018-13-01",
        "2018-08-00",
        "2018-08-0",
        "2018-0808",
        "201808-08",
        "18-08-08",
        "-2018-08-08",
        " 2018-08-08",
        "2018-08-08 ",
        "2018-08-08T",
        "2018-08-08Z",
        "2018-08-08T10",
        "2018-08-08T10Z",
        "2018-08-08T1:00",
        "2018-08-08T10:0",
        "2018-08-08T1000",
        "20180808T10:00",
        "2018-08-08T24:00",
        "2018-08-08T24:00:00",
        "2018-08-08T25:61",
        "2018-08-08T10:60",
        "2018-08-08T10:00:61",
        "2018-08-08T10:00:35.",
        "2018-08-08T10:00.5",
        "2018-08-08T10:00:35.1.2",
        "2018-08-08T10:00:35ZZ",
        "2018-08-08T10:00:35Z ",
        "2018-08-08T10:00:35+9",
        "2018-08-08T10:00:35+0960",
        "2018-08-08T10:00:35+09:",
        "2018-08-08T10:00:35+09:60",
        "2018-08-08T10:00:35 ",
        "2018-08-08T10:00:35UTC",
        "2018-08-08T10:00:35 JST",
        "2018-08-08  10:00:35",
        "2018/08/08",
        "2018-08-08T10:00:35Zgarbage",
        "\xef\xbc\x92\xef\xbc\x90\xef\xbc\x91\xef\xbc\x98-08-08",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t untouched = 7;
        if (cyn_parse_instant(bad[i], strlen(bad[i]), tokyo, &untouched)) CHECK_STR(bad[i], "");
        CHECK_INT(untouched, 7);
    }
    int64_t out;
    CHECK(!cyn_parse_instant("2018-08-08\0", 11, tokyo, &out));
}

static void test_dates_stand_alone(void)
{
    int64_t days = 7;
    CHECK(cyn_parse_date("2024-02-29", 10, &days));
    CHECK_INT(days, 19782); /* python3: (date(2024, 2, 29) - date(1970, 1, 1)).days */
    CHECK(cyn_parse_date("19700102", 8, &days));
    CHECK_INT(days, 1);
    CHECK(!cyn_parse_date("2023-02-29", 10, &days));
    CHECK(!cyn_parse_date("2024-02-29T00:00", 16, &days));
    CHECK_INT(days, 1);
}

/* --- Formats ------------------------------------------------------------------------------- */

static int64_t by(const char *format, const char *text)
{
    int64_t instant;
    CHECK_INT(cyn_check_format(format, NULL), CYN_OK);
    return cyn_parse_format(text, strlen(text), format, NULL, &instant) ? instant : INT64_MIN;
}

static void test_formats_read_what_they_describe(void)
{
    int64_t t = utc(2018, 8, 8, 22, 0, 35);
    CHECK_INT(by("%d/%m/%Y %H:%M:%S", "8/08/2018 22:00:35"), t);
    CHECK_INT(by("%m/%d/%y %I:%M:%S %p", "08/08/18 10:00:35 pm"), t);
    CHECK_INT(by("%d %b %Y, %H:%M:%S", "08 Aug 2018, 22:00:35"), t);
    CHECK_INT(by("%B %d %Y %H:%M:%S", "august  8 2018 22:00:35"), t);
    CHECK_INT(by("%b %d %Y %H:%M:%S", "August 8 2018\t22:00:35"), t);
    CHECK_INT(by("%Y%m%d%H%M%S", "20180808220035"), t);
    CHECK_INT(by("%Y-%j %H:%M:%S", "2018-220 22:00:35"), t);
    CHECK_INT(by("%d.%m.%Y %H:%M:%S.%f", "08.08.2018 22:00:35.25"), t + 250000);
    CHECK_INT(by("%d/%b/%Y:%H:%M:%S %z", "09/Aug/2018:07:00:35 +0900"), t);
    CHECK_INT(by("%Y年%m月%d日 %H時%M分%S秒", "2018年8月8日 22時00分35秒"), t);
    CHECK_INT(by("100%% %Y-%m-%d", "100% 2018-08-08"), utc(2018, 8, 8, 0, 0, 0));
    CHECK_INT(by("%Y", "1970"), 0);
    CHECK_INT(by("%H:%M", "00:01"), CYN_MINUTE);
}

static void test_noon_and_midnight_are_twelve(void)
{
    CHECK_INT(by("%I%p", "12AM"), 0);
    CHECK_INT(by("%I%p", "12PM"), 12 * CYN_HOUR);
    CHECK_INT(by("%I%p", "1am"), CYN_HOUR);
    CHECK_INT(by("%p %I", "PM 11"), 23 * CYN_HOUR);
    CHECK_INT(by("%I%p", "13PM"), INT64_MIN);
    CHECK_INT(by("%I%p", "0AM"), INT64_MIN);
}

static void test_two_digit_years_are_of_1969_to_2068(void)
{
    CHECK_INT(by("%y", "69"), utc(1969, 1, 1, 0, 0, 0));
    CHECK_INT(by("%y", "68"), utc(2068, 1, 1, 0, 0, 0));
}

static void test_formats_refuse_what_they_do_not_describe(void)
{
    CHECK_INT(by("%d/%m/%Y", "30/02/2018"), INT64_MIN);
    CHECK_INT(by("%d/%m/%Y", "08/08/2018 "), INT64_MIN);
    CHECK_INT(by("%d/%m/%Y", "08-08-2018"), INT64_MIN);
    CHECK_INT(by("%d/%m/%Y", ""), INT64_MIN);
    CHECK_INT(by("%Y-%j", "2018-366"), INT64_MIN);
    CHECK_INT(by("%Y-%j", "2018-0"), INT64_MIN);
    CHECK_INT(by("%Y-%m-%d", "218-08-08"), INT64_MIN);
    CHECK_INT(by("%d %b %Y", "08 Aux 2018"), INT64_MIN);
    CHECK_INT(by("%H:%M", "24:00"), INT64_MIN);
    CHECK_INT(by("%H %M", "10"), INT64_MIN);
    CHECK_INT(by("%S.%f", "10."), INT64_MIN);
    CHECK_INT(by("%H %z", "10 +19:00"), INT64_MIN);
    CHECK_INT(by("%Y-%j", "2020-366"), utc(2020, 12, 31, 0, 0, 0));
}

static void test_formats_without_offset_are_in_the_zone(void)
{
    int64_t instant = 0;
    CHECK(cyn_parse_format("8.8.2018", 8, "%d.%m.%Y", tokyo, &instant));
    CHECK_INT(instant, utc(2018, 8, 7, 15, 0, 0));
    CHECK(cyn_parse_format("8.8.2018 5", 10, "%d.%m.%Y %H", new_york, &instant));
    CHECK_INT(instant, utc(2018, 8, 8, 9, 0, 0));
}

static void test_bad_formats_are_explained(void)
{
    static const struct {
        const char *format, *message;
        cyn_code code;
    } cases[] = {
        {"%Q", "timestamp format '%Q': unknown directive %Q", CYN_E_SYNTAX},
        {"%Y %", "timestamp format '%Y %': a % at the end; a plain % is written %%", CYN_E_SYNTAX},
        {"%Y %\xe6", "timestamp format '%Y %\xe6': a % without a directive", CYN_E_SYNTAX},
        {"", "timestamp format '': no date or time in the format", CYN_E_SYNTAX},
        {"%Y %y", "timestamp format '%Y %y': %y gives again what came before it", CYN_E_CONFLICT},
        {"%Y-%j %d", "timestamp format '%Y-%j %d': %j gives month and day already", CYN_E_CONFLICT},
        {"%I:%M", "timestamp format '%I:%M': %I needs %p, which says AM or PM", CYN_E_CONFLICT},
        {"%H %p", "timestamp format '%H %p': %p needs %I, the hour of twelve", CYN_E_CONFLICT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cyn_err err = {0};
        CHECK_INT(cyn_check_format(cases[i].format, &err), cases[i].code);
        CHECK_STR(err.message, cases[i].message);
        CHECK(strncmp(err.hint, "Known are %Y", 12) == 0);
    }
}

/* --- Writing ------------------------------------------------------------------------------- */

static const char *written(int64_t instant, const cyn_tz *tz)
{
    static char text[40];
    cyn_format_instant(instant, tz, text, sizeof text);
    return text;
}

static void test_instants_are_written_with_their_offset(void)
{
    int64_t t = utc(2018, 8, 8, 1, 0, 35);
    CHECK_STR(written(t, tokyo), "2018-08-08T10:00:35+09:00");
    CHECK_STR(written(t, new_york), "2018-08-07T21:00:35-04:00");
    CHECK_STR(written(t, NULL), "2018-08-08T01:00:35Z");
    CHECK_STR(written(t + 250000, NULL), "2018-08-08T01:00:35.250Z");
    CHECK_STR(written(t + 1, NULL), "2018-08-08T01:00:35.000001Z");
    CHECK_STR(written(-1, NULL), "1969-12-31T23:59:59.999999Z");
    /* python3: datetime(1880, 1, 1, tzinfo=UTC).astimezone(ZoneInfo('America/New_York')) */
    CHECK_STR(written(utc(1880, 1, 1, 0, 0, 0), new_york), "1879-12-31T19:03:58-04:56:02");
    CHECK_STR(written(INT64_MAX, NULL), "+294247-01-10T04:00:54.775807Z");
    CHECK_STR(written(INT64_MIN, NULL), "-290308-12-21T19:59:05.224192Z");
}

static void test_what_is_written_is_read_again(void)
{
    int wrong = 0;
    for (int64_t t = utc(1850, 1, 1, 0, 0, 0); t < utc(2200, 1, 1, 0, 0, 0);
         t += 1234567 * CYN_SECOND + 891011) {
        wrong += parsed(written(t, tokyo), NULL) != t;
        wrong += parsed(written(t, new_york), tokyo) != t;
        wrong += parsed(written(t, NULL), new_york) != t;
    }
    CHECK_INT(wrong, 0);
}

/* --- Durations, the clock ------------------------------------------------------------------ */

static int64_t duration(const char *text)
{
    int64_t out;
    return cyn_parse_duration(text, strlen(text), &out) ? out : -1;
}

static void test_durations_are_read_as_people_write_them(void)
{
    CHECK_INT(duration("90s"), 90 * CYN_SECOND);
    CHECK_INT(duration("30m"), 30 * CYN_MINUTE);
    CHECK_INT(duration("14d"), 14 * CYN_DAY);
    CHECK_INT(duration("1w"), 7 * CYN_DAY);
    CHECK_INT(duration("1h30m"), 90 * CYN_MINUTE);
    CHECK_INT(duration("1w2d3h4m5s6ms7us"),
              9 * CYN_DAY + 3 * CYN_HOUR + 4 * CYN_MINUTE + 5 * CYN_SECOND + 6007);
    CHECK_INT(duration("250ms"), 250000);
    CHECK_INT(duration("0s"), 0);
    CHECK_INT(duration("9223372036854775807us"), INT64_MAX);
}

static void test_other_durations_are_refused(void)
{
    static const char *const bad[] = {"",
                                      "5",
                                      "h",
                                      "1.5h",
                                      "-1h",
                                      "1 h",
                                      "1h ",
                                      "1hour",
                                      "30m1h",
                                      "1h1h",
                                      "1H",
                                      "1h30",
                                      "1y",
                                      "9223372036854775808us",
                                      "99999999999999999999d",
                                      "15250285w"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (duration(bad[i]) != -1) CHECK_STR(bad[i], "");
}

static void test_the_clock_can_be_set(void)
{
    setenv("CYNOSURE_NOW", "2026-09-03T14:00:00+09:00", 1);
    CHECK_INT(cyn_now(), utc(2026, 9, 3, 5, 0, 0));
    CHECK_INT(cyn_check_now(NULL), CYN_OK);
    setenv("CYNOSURE_NOW", "tomorrow", 1);
    cyn_err err = {0};
    CHECK_INT(cyn_check_now(&err), CYN_E_SYNTAX);
    CHECK_STR(err.message, "CYNOSURE_NOW is 'tomorrow', expected a time");
    unsetenv("CYNOSURE_NOW");
    CHECK_INT(cyn_check_now(NULL), CYN_OK);
    CHECK(cyn_now() > utc(2024, 1, 1, 0, 0, 0));
    int64_t before = cyn_monotonic();
    CHECK(cyn_monotonic() >= before);
}

int main(void)
{
    if (cyn_tz_load("Asia/Tokyo", &tokyo, NULL) != CYN_OK ||
        cyn_tz_load("America/New_York", &new_york, NULL) != CYN_OK) {
        printf("Bail out! no time zones; install tzdata\n");
        return 1;
    }
    RUN(test_iso_8601_is_read_in_its_common_forms);
    RUN(test_fractions_are_cut_to_microseconds);
    RUN(test_second_60_is_the_second_after_59);
    RUN(test_offsets_reach_to_18_hours);
    RUN(test_anything_else_is_refused);
    RUN(test_dates_stand_alone);
    RUN(test_formats_read_what_they_describe);
    RUN(test_noon_and_midnight_are_twelve);
    RUN(test_two_digit_years_are_of_1969_to_2068);
    RUN(test_formats_refuse_what_they_do_not_describe);
    RUN(test_formats_without_offset_are_in_the_zone);
    RUN(test_bad_formats_are_explained);
    RUN(test_instants_are_written_with_their_offset);
    RUN(test_what_is_written_is_read_again);
    RUN(test_durations_are_read_as_people_write_them);
    RUN(test_other_durations_are_refused);
    RUN(test_the_clock_can_be_set);
    cyn_tz_free(tokyo);
    cyn_tz_free(new_york);
    return test_end();
}
