/* Quick readings say what the general readings say, or nothing. */
#include "source/convert.h"
#include "source/infer.h"
#include "source/quick.h"
#include "test.h"

static uint64_t state = 8;

static unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

typedef struct sample {
    char s[64]; /* with room behind the end */
    size_t n;
} sample;

static sample sample_of(const char *s)
{
    sample v = {.n = strlen(s)};
    memset(v.s, '7', sizeof v.s - 1); /* a digit behind the end is no digit of the value */
    memcpy(v.s, s, v.n);
    return v;
}

/* Digits, a point and signs in an order that is a number more often than not. */
static sample random_number(void)
{
    char s[40];
    size_t n = 0, whole = below(8) ? 1 + below(9) : below(20), fraction = below(2) ? below(9) : 0;
    if (below(3) == 0) s[n++] = '-';
    for (size_t i = 0; i < whole; i++)
        s[n++] = (char)('0' + below(10));
    if (fraction || below(9) == 0) s[n++] = '.';
    for (size_t i = 0; i < fraction; i++)
        s[n++] = (char)('0' + below(10));
    if (n > 0 && below(20) == 0) s[below((unsigned)n)] = "+-.e,/: x\xB0"[below(10)];
    s[n] = '\0';
    return sample_of(s);
}

static cyn_source_value general(cyn_type type, int scale, const cyn_tz *tz, sample v, bool *ok)
{
    cyn_conversion how = {.type = type, .scale = (uint8_t)scale, .tz = tz};
    cyn_source_value out = {0};
    *ok = cyn_convert(&how, v.s, v.n, &out);
    return out;
}

static void test_numbers_are_read_as_the_general_reading_does(void)
{
    int read = 0;
    for (int i = 0; i < 200000; i++) {
        sample v = random_number();
        cyn_quick_number q;
        if (!cyn_quick_scan(v.s, v.n, &q)) continue;
        bool ok, same;
        int64_t m;
        double r;
        int scale = (int)below(6);
        cyn_guess g;
        read++;
        cyn_guess_init(&g, CYN_WANT_TYPE);
        cyn_guess_value(&g, CYN_CELL_PLAIN, v.s, v.n, NULL);
        CHECK(g.nwhole == q.nwhole && g.nfraction == q.nfraction && !cyn_guess_is_text(&g));
        if (q.nfraction == 0) {
            int64_t want = general(CYN_INTEGER, 0, NULL, v, &ok).i;
            CHECK(ok && want == q.digits);
        }
        if (cyn_quick_decimal(&q, (unsigned)scale, &m)) {
            int64_t want = general(CYN_DECIMAL, scale, NULL, v, &ok).i;
            CHECK(ok && want == m);
        }
        if (cyn_quick_real(&q, &r)) {
            double want = general(CYN_REAL, 0, NULL, v, &ok).r;
            same = memcmp(&want, &r, sizeof r) == 0; /* the sign of zero too */
            CHECK(ok && same);
        }
    }
    CHECK(read > 100000);
}

static void test_shapes_that_are_left_to_the_general_reading(void)
{
    static const char *const shapes[] = {"",
                                         "-",
                                         ".",
                                         "1.",
                                         ".5",
                                         "+1",
                                         "007",
                                         "1e5",
                                         "1,5",
                                         "1.2.3",
                                         "0x1",
                                         "--1",
                                         "1-",
                                         "1234567890123456789",
                                         "1234567890.1234567890"};
    cyn_quick_number q;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        sample v = sample_of(shapes[i]);
        CHECK(!cyn_quick_scan(v.s, v.n, &q));
    }
    sample v = sample_of("-123456789012345678");
    CHECK(cyn_quick_scan(v.s, v.n, &q) && q.digits == -123456789012345678);
}

static sample random_time(void)
{
    char s[64];
    int n = snprintf(s, sizeof s, "%04u-%02u-%02u%c%02u:%02u:%02u", 1990 + below(60), 1 + below(12),
                     1 + below(31), "T  t"[below(4)], below(24), below(60), below(60));
    if (below(3) == 0)
        n += snprintf(s + n, sizeof s - (size_t)n, ".%0*u", below(2) ? 3 : 6, below(1000));
    if (below(2)) n += snprintf(s + n, sizeof s - (size_t)n, "%s", below(4) ? "Z" : "+09:00");
    if (below(20) == 0) s[below((unsigned)n)] = "09:-.Zx"[below(7)];
    if (below(40) == 0) s[n - 1] = '\0';
    return sample_of(s);
}

static void test_times_are_read_as_the_general_reading_does(void)
{
    static const char *const zones[] = {"UTC", "America/New_York", "Asia/Tokyo",
                                        "Australia/Lord_Howe"};
    for (size_t z = 0; z < 4; z++) {
        cyn_tz *tz;
        cyn_err err;
        cyn_quick_clock clock;
        int read = 0;
        if (cyn_tz_load(zones[z], &tz, &err) != CYN_OK) exit(99);
        cyn_quick_clock_init(&clock, tz);
        for (int i = 0; i < 30000; i++) {
            sample v = random_time();
            int64_t at, days;
            bool ok;
            if (cyn_quick_instant(&clock, v.s, v.n, &at)) {
                read++;
                int64_t want = general(CYN_TIMESTAMP, 0, tz, v, &ok).i;
                CHECK(ok && want == at);
            }
            v.n = 10;
            if (cyn_quick_date(&clock, v.s, v.n, &days)) {
                int64_t want = general(CYN_DATE, 0, tz, v, &ok).i;
                CHECK(ok && want == days);
            }
        }
        CHECK(read > 15000);
        cyn_tz_free(tz);
    }
}

/* Two digits less than a limit, or a number so low that no sum with others is a time. */
static int pair_below(const char *s, int limit)
{
    bool digits = s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9';
    int value = digits ? (s[0] - '0') * 10 + (s[1] - '0') : limit;
    return value < limit ? value : -100000;
}

/* Every two bytes at every place of "12:34:56". */
static void test_only_times_of_day_are_seconds(void)
{
    int good = 0;
    for (unsigned at = 0; at < 8; at++) {
        for (int c = 0; c < 256 * 256; c++) {
            char s[] = "12:34:56";
            s[at] = (char)(c & 0xFF);
            if (at < 7) s[at + 1] = (char)(c >> 8);
            int want =
                pair_below(s, 24) * 3600 + pair_below(s + 3, 60) * 60 + pair_below(s + 6, 60);
            if (s[2] != ':' || s[5] != ':' || want < 0) want = -1;
            CHECK_INT(cyn_quick_seconds(cyn_load8(s)), want);
            good += want >= 0;
        }
    }
    CHECK(good > 24 + 60 + 60);
}

/* Hour by hour through both changes of the clock in 2018: date -u -d 'TZ="America/New_York" …'. */
static void test_local_times_near_a_change_of_the_clock_are_exact(void)
{
    cyn_tz *tz;
    cyn_err err;
    cyn_quick_clock clock;
    if (cyn_tz_load("America/New_York", &tz, &err) != CYN_OK) exit(99);
    cyn_quick_clock_init(&clock, tz);
    for (int hour = 0; hour < 24 * 300; hour++) {
        char s[32];
        int64_t at, want;
        cyn_format_instant(INT64_C(1514764800) * CYN_SECOND + hour * CYN_HOUR, NULL, s, sizeof s);
        sample v = sample_of(s);
        v.n = 19; /* without the Z */
        CHECK(cyn_quick_instant(&clock, v.s, v.n, &at));
        CHECK(cyn_parse_instant(v.s, v.n, tz, &want));
        CHECK_INT(at, want);
    }
    cyn_tz_free(tz);
}

int main(void)
{
    RUN(test_numbers_are_read_as_the_general_reading_does);
    RUN(test_shapes_that_are_left_to_the_general_reading);
    RUN(test_times_are_read_as_the_general_reading_does);
    RUN(test_only_times_of_day_are_seconds);
    RUN(test_local_times_near_a_change_of_the_clock_are_exact);
    return test_end();
}
