/* Time zones: offsets, wall clocks, skipped and repeated times, damaged files.
 *
 * P-… are the rules of docs/numerics.md.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"
#include "base/tz_impl.h"
#include "times.h"

/* An instant of a UTC date and time. */
static int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
    return cyn_days_from_civil(year, month, day) * CYN_DAY + hour * CYN_HOUR + minute * CYN_MINUTE +
           second * CYN_SECOND;
}

/* python3: datetime(…, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset(), tzdata 2025b. Those of
 * 2100 come from the footer's rule. */
static const struct {
    const char *zone;
    int64_t seconds;
    int offset;
} offsets[] = {
    {"Asia/Tokyo", INT64_C(-5364662400), 33539},          /* 1800-01-01T00:00:00Z */
    {"Asia/Tokyo", INT64_C(-2208988800), 32400},          /* 1900-01-01T00:00:00Z */
    {"Asia/Tokyo", INT64_C(-615513600), 36000},           /* 1950-07-01T00:00:00Z */
    {"Asia/Tokyo", INT64_C(1782864000), 32400},           /* 2026-07-01T00:00:00Z */
    {"Asia/Tokyo", INT64_C(4118083200), 32400},           /* 2100-07-01T00:00:00Z */
    {"America/New_York", INT64_C(-5364662400), -17762},   /* 1800-01-01T00:00:00Z */
    {"America/New_York", INT64_C(-2208988800), -18000},   /* 1900-01-01T00:00:00Z */
    {"America/New_York", INT64_C(-1625356800), -14400},   /* 1918-07-01T00:00:00Z */
    {"America/New_York", INT64_C(1772953199), -18000},    /* 2026-03-08T06:59:59Z */
    {"America/New_York", INT64_C(1772953200), -14400},    /* 2026-03-08T07:00:00Z */
    {"America/New_York", INT64_C(1793512799), -14400},    /* 2026-11-01T05:59:59Z */
    {"America/New_York", INT64_C(1793512800), -18000},    /* 2026-11-01T06:00:00Z */
    {"America/New_York", INT64_C(2130019200), -14400},    /* 2037-07-01T00:00:00Z */
    {"America/New_York", INT64_C(4103654400), -18000},    /* 2100-01-15T00:00:00Z */
    {"America/New_York", INT64_C(4119292800), -14400},    /* 2100-07-15T00:00:00Z */
    {"America/New_York", INT64_C(4108690799), -18000},    /* 2100-03-14T06:59:59Z */
    {"America/New_York", INT64_C(4108690800), -14400},    /* 2100-03-14T07:00:00Z */
    {"America/New_York", INT64_C(4129250399), -14400},    /* 2100-11-07T05:59:59Z */
    {"America/New_York", INT64_C(4129250400), -18000},    /* 2100-11-07T06:00:00Z */
    {"Europe/London", INT64_C(-2208988800), 0},           /* 1900-01-01T00:00:00Z */
    {"Europe/London", INT64_C(0), 3600},                  /* 1970-01-01T00:00:00Z */
    {"Europe/London", INT64_C(1774745999), 0},            /* 2026-03-29T00:59:59Z */
    {"Europe/London", INT64_C(1774746000), 3600},         /* 2026-03-29T01:00:00Z */
    {"Europe/London", INT64_C(1792889999), 3600},         /* 2026-10-25T00:59:59Z */
    {"Europe/London", INT64_C(1792890000), 0},            /* 2026-10-25T01:00:00Z */
    {"Europe/London", INT64_C(2130019200), 3600},         /* 2037-07-01T00:00:00Z */
    {"Europe/London", INT64_C(4118083200), 3600},         /* 2100-07-01T00:00:00Z */
    {"Europe/London", INT64_C(4131302400), 0},            /* 2100-12-01T00:00:00Z */
    {"Australia/Lord_Howe", INT64_C(-2208988800), 36000}, /* 1900-01-01T00:00:00Z */
    {"Australia/Lord_Howe", INT64_C(1767225600), 39600},  /* 2026-01-01T00:00:00Z */
    {"Australia/Lord_Howe", INT64_C(1775314799), 39600},  /* 2026-04-04T14:59:59Z */
    {"Australia/Lord_Howe", INT64_C(1775314800), 37800},  /* 2026-04-04T15:00:00Z */
    {"Australia/Lord_Howe", INT64_C(1791041399), 37800},  /* 2026-10-03T15:29:59Z */
    {"Australia/Lord_Howe", INT64_C(1791041400), 39600},  /* 2026-10-03T15:30:00Z */
    {"Australia/Lord_Howe", INT64_C(4102444800), 39600},  /* 2100-01-01T00:00:00Z */
    {"Australia/Lord_Howe", INT64_C(4118083200), 37800},  /* 2100-07-01T00:00:00Z */
    {"America/Sao_Paulo", INT64_C(-2208988800), -11188},  /* 1900-01-01T00:00:00Z */
    {"America/Sao_Paulo", INT64_C(1541300399), -10800},   /* 2018-11-04T02:59:59Z */
    {"America/Sao_Paulo", INT64_C(1541300400), -7200},    /* 2018-11-04T03:00:00Z */
    {"America/Sao_Paulo", INT64_C(1518919199), -7200},    /* 2018-02-18T01:59:59Z */
    {"America/Sao_Paulo", INT64_C(1518919200), -10800},   /* 2018-02-18T02:00:00Z */
    {"America/Sao_Paulo", INT64_C(4102444800), -10800},   /* 2100-01-01T00:00:00Z */
    {"Pacific/Apia", INT64_C(-2208988800), -41216},       /* 1900-01-01T00:00:00Z */
    {"Pacific/Apia", INT64_C(1325239199), -36000},        /* 2011-12-30T09:59:59Z */
    {"Pacific/Apia", INT64_C(1325239200), 50400},         /* 2011-12-30T10:00:00Z */
    {"Pacific/Apia", INT64_C(4102444800), 46800},         /* 2100-01-01T00:00:00Z */
    {"Africa/Casablanca", INT64_C(-2208988800), -1820},   /* 1900-01-01T00:00:00Z */
    {"Africa/Casablanca", INT64_C(1771120799), 3600},     /* 2026-02-15T01:59:59Z */
    {"Africa/Casablanca", INT64_C(1771120800), 0},        /* 2026-02-15T02:00:00Z */
    {"Africa/Casablanca", INT64_C(1774144799), 0},        /* 2026-03-22T01:59:59Z */
    {"Africa/Casablanca", INT64_C(1774144800), 3600},     /* 2026-03-22T02:00:00Z */
    {"Africa/Casablanca", INT64_C(2138230800), 3600},     /* 2037-10-04T01:00:00Z */
    {"Africa/Casablanca", INT64_C(4118083200), 3600},     /* 2100-07-01T00:00:00Z */
    {"America/St_Johns", INT64_C(1162089059), -9000},     /* 2006-10-29T02:30:59Z */
    {"America/St_Johns", INT64_C(1162089060), -12600},    /* 2006-10-29T02:31:00Z */
    {"America/St_Johns", INT64_C(4118083200), -9000},     /* 2100-07-01T00:00:00Z */
    {"America/Nuuk", INT64_C(4109878799), -7200},         /* 2100-03-28T00:59:59Z */
    {"America/Nuuk", INT64_C(4109878800), -3600},         /* 2100-03-28T01:00:00Z */
    {"America/Nuuk", INT64_C(4128627599), -3600},         /* 2100-10-31T00:59:59Z */
    {"America/Nuuk", INT64_C(4128627600), -7200},         /* 2100-10-31T01:00:00Z */
    {"Asia/Gaza", INT64_C(4102444800), 7200},             /* 2100-01-01T00:00:00Z */
    {"Asia/Gaza", INT64_C(4118083200), 10800},            /* 2100-07-01T00:00:00Z */
    {"Europe/Dublin", INT64_C(4102444800), 0},            /* 2100-01-01T00:00:00Z */
    {"Europe/Dublin", INT64_C(4118083200), 3600},         /* 2100-07-01T00:00:00Z */
    {"Asia/Jerusalem", INT64_C(4109702399), 7200},        /* 2100-03-25T23:59:59Z */
    {"Asia/Jerusalem", INT64_C(4109702400), 10800},       /* 2100-03-26T00:00:00Z */
    {"Asia/Jerusalem", INT64_C(4118083200), 10800},       /* 2100-07-01T00:00:00Z */
};

static void test_offsets_agree_with_python(void)
{
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        cyn_tz *tz = zone(offsets[i].zone);
        CHECK_INT(cyn_tz_offset(tz, offsets[i].seconds * CYN_SECOND), offsets[i].offset);
        cyn_tz_free(tz);
    }
}

static void test_local_times_come_back_as_they_went(void)
{
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        cyn_tz *tz = zone(offsets[i].zone);
        int64_t instant = offsets[i].seconds * CYN_SECOND + 123456;
        cyn_civil c = cyn_tz_civil(tz, instant);
        CHECK_INT(c.micro, 123456);
        CHECK_INT(c.offset, offsets[i].offset);
        /* A repeated time comes back as its first instant, at most two hours earlier. */
        int64_t back = cyn_tz_instant(tz, &c);
        if (cyn_tz_repeated(tz, offsets[i].seconds))
            CHECK(back <= instant && back >= instant - 2 * CYN_HOUR);
        else
            CHECK_INT(back, instant);
        cyn_tz_free(tz);
    }
}

static void test_a_span_is_where_the_offset_stays(void)
{
    cyn_tz *tz = zone("Europe/London");
    cyn_tz_span s = cyn_tz_span_at(tz, utc(2026, 7, 1, 0, 0, 0));
    CHECK_INT(s.from, utc(2026, 3, 29, 1, 0, 0));
    CHECK_INT(s.until, utc(2026, 10, 25, 1, 0, 0));
    CHECK_INT(s.offset, 3600);
    cyn_tz_free(tz);
    s = cyn_tz_span_at(NULL, 0);
    CHECK_INT(s.from, INT64_MIN);
    CHECK_INT(s.until, INT64_MAX);
}

/* P-5. */
static void test_a_skipped_time_moves_by_the_gap(void)
{
    cyn_tz *tz = zone("America/New_York");
    cyn_civil c = {.year = 2026, .month = 3, .day = 8, .hour = 2, .minute = 30};
    CHECK_INT(cyn_tz_instant(tz, &c), utc(2026, 3, 8, 7, 30, 0)); /* 03:30 EDT */
    cyn_tz_free(tz);
    tz = zone("Australia/Lord_Howe");
    c = (cyn_civil){.year = 2026, .month = 10, .day = 4, .hour = 2, .minute = 10};
    CHECK_INT(cyn_tz_instant(tz, &c), utc(2026, 10, 3, 15, 40, 0)); /* 02:40 +11 */
    cyn_tz_free(tz);
}

/* P-5. */
static void test_a_repeated_time_is_its_first_instant(void)
{
    cyn_tz *tz = zone("America/New_York");
    cyn_civil c = {.year = 2026, .month = 11, .day = 1, .hour = 1, .minute = 30};
    int64_t first = utc(2026, 11, 1, 5, 30, 0);
    CHECK_INT(cyn_tz_instant(tz, &c), first);
    CHECK(cyn_tz_repeated(tz, first / CYN_SECOND));
    CHECK(cyn_tz_repeated(tz, first / CYN_SECOND + 3600));
    CHECK(!cyn_tz_repeated(tz, first / CYN_SECOND - 3600));
    CHECK(!cyn_tz_repeated(tz, first / CYN_SECOND + 7200));
    cyn_tz_free(tz);
}

/* P-4. */
static void test_midnight_is_the_first_instant_of_a_date(void)
{
    cyn_tz *tz = zone("Asia/Tokyo");
    CHECK_INT(cyn_tz_midnight(tz, cyn_days_from_civil(2026, 9, 3)), utc(2026, 9, 2, 15, 0, 0));
    cyn_tz_free(tz);

    tz = zone("America/Sao_Paulo"); /* 00:00 was 01:00 at once */
    int64_t day = cyn_days_from_civil(2018, 11, 4), midnight = cyn_tz_midnight(tz, day);
    CHECK_INT(midnight, utc(2018, 11, 4, 3, 0, 0));
    CHECK_INT(cyn_tz_civil(tz, midnight).hour, 1);
    CHECK_INT(cyn_tz_date(tz, midnight), day);
    CHECK_INT(cyn_tz_date(tz, midnight - 1), day - 1);
    cyn_tz_free(tz);

    tz = zone("America/St_Johns"); /* 00:01 was 23:01 of the day before: two midnights */
    day = cyn_days_from_civil(2006, 10, 29);
    midnight = cyn_tz_midnight(tz, day);
    CHECK_INT(midnight, utc(2006, 10, 29, 2, 30, 0));
    CHECK_INT(cyn_tz_date(tz, midnight + CYN_MINUTE), day - 1);
    cyn_tz_free(tz);
}

/* P-4. */
static void test_a_skipped_date_begins_where_the_next_does(void)
{
    cyn_tz *tz = zone("Pacific/Apia");
    int64_t day = cyn_days_from_civil(2011, 12, 30);
    CHECK_INT(cyn_tz_midnight(tz, day), utc(2011, 12, 30, 10, 0, 0));
    CHECK_INT(cyn_tz_midnight(tz, day + 1), utc(2011, 12, 30, 10, 0, 0));
    CHECK_INT(cyn_tz_date(tz, cyn_tz_midnight(tz, day)), day + 1);
    CHECK_INT(cyn_tz_date(tz, cyn_tz_midnight(tz, day) - 1), day - 1);
    cyn_tz_free(tz);
}

static void test_every_instant_has_a_wall_clock(void)
{
    static const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX};
    cyn_tz *tz = zone("America/New_York");
    for (size_t i = 0; i < 4; i++) {
        cyn_civil c = cyn_tz_civil(tz, edges[i]);
        CHECK(c.month >= 1 && c.month <= 12 && c.hour >= 0 && c.hour < 24);
        CHECK_INT(c.year, edges[i] < 0 ? -290308 : 294247);
    }
    CHECK_INT(cyn_tz_midnight(tz, INT64_MAX), INT64_MAX);
    CHECK_INT(cyn_tz_midnight(tz, INT64_MIN), INT64_MIN);
    cyn_tz_free(tz);
}

static void test_utc_needs_no_files(void)
{
    cyn_tz *tz;
    setenv("TZDIR", "/nonexistent", 1);
    tz = zone("UTC");
    CHECK_STR(cyn_tz_name(tz), "UTC");
    CHECK_INT(cyn_tz_offset(tz, 0), 0);
    cyn_tz_free(tz);
    tz = zone("Etc/UTC");
    CHECK_STR(cyn_tz_name(tz), "Etc/UTC");
    cyn_tz_free(tz);
    unsetenv("TZDIR");
    CHECK_STR(cyn_tz_name(NULL), "UTC");
}

static void test_an_unknown_zone_gets_a_hint(void)
{
    static const struct {
        const char *name, *hint;
    } cases[] = {{"Asia/Tokio", "did you mean 'Asia/Tokyo'?"},
                 {"asia/tokyo", "did you mean 'Asia/Tokyo'?"},
                 {"Tokyo", "did you mean 'Asia/Tokyo'?"},
                 {"new york", "did you mean 'America/New_York'?"},
                 {"America",
                  "Zones are named like 'Asia/Tokyo'; 'timedatectl list-timezones' lists "
                  "them."},
                 {"JST", "Zones are named like 'Asia/Tokyo'; 'timedatectl list-timezones' lists "
                         "them."},
                 {"", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cyn_tz *tz = NULL;
        cyn_err err = {0};
        CHECK_INT(cyn_tz_load(cases[i].name, &tz, &err), CYN_E_NAME);
        CHECK(tz == NULL);
        CHECK(strstr(err.message, "unknown time zone '") == err.message);
        if (cases[i].hint) CHECK_STR(err.hint, cases[i].hint);
    }
}

static void test_exhausted_memory_is_an_ordinary_error(void)
{
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 0;
    while (rc == CYN_E_NOMEM && n < 100) {
        cyn_tz *tz = NULL;
        cyn_test_fail_after(++n);
        rc = cyn_tz_load("Asia/Tokyo", &tz, NULL);
        cyn_test_fail_after(0);
        CHECK((rc == CYN_OK) == (tz != NULL));
        cyn_tz_free(tz);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 4); /* it did fail at several places */
}

static void test_a_name_cannot_leave_the_folder(void)
{
    static const char *const names[] = {"../../../etc/passwd", "/etc/localtime", "Asia/../UTC",
                                        "Asia//Tokyo",         "Asia/Tokyo/",    "Asia/To\nkyo",
                                        "zone1970.tab",        "\xff\xfe",       "."};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cyn_tz *tz = NULL;
        CHECK_INT(cyn_tz_load(names[i], &tz, NULL), CYN_E_NAME);
    }
    char *longest = malloc(5000);
    if (!longest) exit(1);
    memset(longest, 'A', 4999);
    longest[4999] = '\0';
    cyn_tz *tz = NULL;
    CHECK_INT(cyn_tz_load(longest, &tz, NULL), CYN_E_NAME);
    free(longest);
}

/* --- Rules --------------------------------------------------------------------------------- */

static int offset_by(const char *text, int64_t instant)
{
    tz_rule rule;
    if (!cyn_tz_rule_parse(text, strlen(text), &rule)) return -1;
    return cyn_tz_rule_span(&rule, instant / CYN_SECOND).offset;
}

static void test_rules_of_every_form_are_understood(void)
{
    CHECK_INT(offset_by("<+03>-3", 0), 10800);
    CHECK_INT(offset_by("<-0330>3:30", 0), -12600);
    CHECK_INT(offset_by("XXX-1:02:03", 0), 3723);
    /* J60 is 1 March in every year; 59 is 29 February in a leap year. */
    CHECK_INT(offset_by("AAA0BBB,J60/0,J300", utc(2024, 2, 29, 23, 59, 59)), 0);
    CHECK_INT(offset_by("AAA0BBB,J60/0,J300", utc(2024, 3, 1, 0, 0, 0)), 3600);
    CHECK_INT(offset_by("AAA0BBB,J60/0,J300", utc(2023, 3, 1, 0, 0, 0)), 3600);
    CHECK_INT(offset_by("AAA0BBB,59/0,300", utc(2024, 2, 28, 23, 59, 59)), 0);
    CHECK_INT(offset_by("AAA0BBB,59/0,300", utc(2024, 2, 29, 0, 0, 0)), 3600);
    CHECK_INT(offset_by("AAA0BBB,59/0,300", utc(2023, 2, 28, 23, 59, 59)), 0);
    /* The change may be before midnight or days later: Nuuk -1 hour, Gaza 50 hours. */
    const char *nuuk = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";
    CHECK_INT(offset_by(nuuk, utc(2100, 3, 28, 0, 59, 59)), -7200);
    CHECK_INT(offset_by(nuuk, utc(2100, 3, 28, 1, 0, 0)), -3600);
    const char *gaza = "EET-2EEST,M3.4.4/50,M10.4.4/50";
    CHECK_INT(offset_by(gaza, utc(2100, 3, 26, 23, 59, 59)), 7200);
    CHECK_INT(offset_by(gaza, utc(2100, 3, 27, 0, 0, 0)), 10800);
    /* South of the equator DST holds over the new year; Dublin's winter is the negative one. */
    CHECK_INT(offset_by("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", utc(2100, 1, 1, 0, 0, 0)), 39600);
    CHECK_INT(offset_by("IST-1GMT0,M10.5.0,M3.5.0/1", utc(2100, 1, 1, 0, 0, 0)), 0);
    CHECK_INT(offset_by("IST-1GMT0,M10.5.0,M3.5.0/1", utc(2100, 7, 1, 0, 0, 0)), 3600);
}

static void test_dst_of_the_whole_year_has_no_seam(void)
{
    const char *rule = "XXX3EDT4,0/0,J365/23"; /* RFC 9636's example */
    for (int hour = 0; hour < 24; hour++) {
        CHECK_INT(offset_by(rule, utc(2026, 12, 31, hour, 0, 0)), -14400);
        CHECK_INT(offset_by(rule, utc(2027, 1, 1, hour, 59, 59)), -14400);
    }
}

static void test_malformed_rules_are_refused(void)
{
    static const char *const bad[] = {"",
                                      "E5",
                                      "EST",
                                      "EST25",
                                      "EST5:60",
                                      "<+03",
                                      "EST5EDT",
                                      "EST5EDT,",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.2.0,M11.1.0",
                                      "EST5EDT,M3.0.0,M11.1.0",
                                      "EST5EDT,M3.2.7,M11.1.0",
                                      "EST5EDT,J0,J365",
                                      "EST5EDT,1,366",
                                      "EST5EDT,M3.2.0/168,M11.1.0",
                                      "EST5EDT,M3.2.0,M11.1.0 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        tz_rule rule;
        CHECK(!cyn_tz_rule_parse(bad[i], strlen(bad[i]), &rule));
    }
}

/* --- Files --------------------------------------------------------------------------------- */

static size_t read_zone_file(const char *name, unsigned char *data, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        printf("Bail out! cannot open %s\n", path);
        exit(1);
    }
    size_t n = fread(data, 1, size, f);
    fclose(f);
    return n;
}

static void test_a_file_cut_short_is_refused(void)
{
    static unsigned char data[8192];
    size_t n = read_zone_file("Europe/London", data, sizeof data);
    for (size_t cut = 0; cut < n; cut++) {
        unsigned char *copy =
            malloc(cut + 1); /* its own block, so that a sanitizer sees overruns */
        if (!copy) exit(1);
        memcpy(copy, data, cut);
        cyn_tz *tz = NULL;
        cyn_err err = {0};
        CHECK_INT(cyn_tz_decode("x", copy, cut, &tz, &err), CYN_E_DATA);
        free(copy);
    }
}

static void test_any_damage_is_refused_or_harmless(void)
{
    static unsigned char data[8192];
    size_t n = read_zone_file("Europe/London", data, sizeof data);
    for (size_t i = 0; i < n; i++) {
        for (unsigned flip = 1; flip < 256; flip += 127) {
            data[i] ^= (unsigned char)flip;
            cyn_tz *tz = NULL;
            if (cyn_tz_decode("x", data, n, &tz, NULL) == CYN_OK) {
                int offset = cyn_tz_offset(tz, utc(2026, 7, 1, 0, 0, 0));
                CHECK(offset >= -TZ_OFFSET_MAX && offset <= TZ_OFFSET_MAX);
                CHECK(cyn_tz_midnight(tz, 20000) > 0);
            }
            cyn_tz_free(tz);
            data[i] ^= (unsigned char)flip;
        }
    }
}

static void test_leap_seconds_are_refused(void)
{
    static unsigned char data[8192];
    size_t n = read_zone_file("Etc/GMT", data, sizeof data);
    /* Its second header says one leap second, as a "right/" file does, with room for one. */
    unsigned char *second = memmem(data + 1, n - 1, "TZif", 4);
    CHECK(second != NULL);
    if (!second) return;
    second[31] = 1;
    cyn_tz *tz = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_tz_decode("x", data, n + 12, &tz, &err), CYN_E_UNSUPPORTED);
    CHECK(tz == NULL);
}

static bool same_description(const cyn_tz *a, const cyn_tz *b)
{
    cyn_buf x = {0}, y = {0};
    cyn_tz_describe(a, &x);
    cyn_tz_describe(b, &y);
    bool same = x.len > 0 && x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
    cyn_buf_clear(&x);
    cyn_buf_clear(&y);
    return same;
}

/* Changes a field for as long as it is looked at. */
#define CHECK_DESCRIBED(zone, field)                                                               \
    do {                                                                                           \
        (zone)->field = (zone)->field ? 0 : 1;                                                     \
        CHECK(!same_description(is, zone));                                                        \
        (zone)->field = is->field;                                                                 \
        CHECK(same_description(is, zone));                                                         \
    } while (0)

static void test_a_description_has_all_that_answers_follow_from(void)
{
    cyn_tz *is = NULL, *other = NULL;
    CHECK_INT(cyn_tz_load("America/New_York", &is, NULL), CYN_OK);
    CHECK_INT(cyn_tz_load("America/New_York", &other, NULL), CYN_OK);
    if (is && other && is->count > 0) {
        CHECK(same_description(is, other));
        CHECK_DESCRIBED(other, name[0]);
        CHECK_DESCRIBED(other, at[0]);
        CHECK_DESCRIBED(other, at[is->count - 1]);
        CHECK_DESCRIBED(other, offset[is->count]);
        CHECK_DESCRIBED(other, has_rule);
        CHECK_DESCRIBED(other, rule.has_dst);
        CHECK_DESCRIBED(other, rule.std);
        CHECK_DESCRIBED(other, rule.dst);
        CHECK_DESCRIBED(other, rule.to_dst.kind);
        CHECK_DESCRIBED(other, rule.to_dst.month);
        CHECK_DESCRIBED(other, rule.to_std.week);
        CHECK_DESCRIBED(other, rule.to_std.day);
        CHECK_DESCRIBED(other, rule.to_std.time);
    }
    cyn_tz_free(is);
    cyn_tz_free(other);
}

int main(void)
{
    RUN(test_offsets_agree_with_python);
    RUN(test_local_times_come_back_as_they_went);
    RUN(test_a_span_is_where_the_offset_stays);
    RUN(test_a_skipped_time_moves_by_the_gap);
    RUN(test_a_repeated_time_is_its_first_instant);
    RUN(test_midnight_is_the_first_instant_of_a_date);
    RUN(test_a_skipped_date_begins_where_the_next_does);
    RUN(test_every_instant_has_a_wall_clock);
    RUN(test_utc_needs_no_files);
    RUN(test_an_unknown_zone_gets_a_hint);
    RUN(test_exhausted_memory_is_an_ordinary_error);
    RUN(test_a_name_cannot_leave_the_folder);
    RUN(test_rules_of_every_form_are_understood);
    RUN(test_dst_of_the_whole_year_has_no_seam);
    RUN(test_malformed_rules_are_refused);
    RUN(test_a_file_cut_short_is_refused);
    RUN(test_any_damage_is_refused_or_harmless);
    RUN(test_leap_seconds_are_refused);
    RUN(test_a_description_has_all_that_answers_follow_from);
    return test_end();
}
