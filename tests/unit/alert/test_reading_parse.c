/* Names of readings: what is read, how it is called afterwards, how far back it looks. */
#include "alert/reading.h"
#include "test.h"

static cyn_reading parsed;
static cyn_err err;

static cyn_code parse(const char *s)
{
    err = (cyn_err){0};
    return cyn_reading_parse(s, strlen(s), &parsed, &err);
}

static void check_name(const char *s, const char *name)
{
    cyn_code code = parse(s);
    if (code != CYN_OK) printf("# %s: %s\n", s, err.message);
    CHECK_INT(code, CYN_OK);
    CHECK_STR(parsed.name, name);
}

static void check_refused(const char *s, cyn_code code, const char *part)
{
    CHECK_INT(parse(s), code);
    bool said = strstr(err.message, part) || strstr(err.hint, part);
    if (!said) printf("# %s: '%s' is in neither of: %s / %s\n", s, part, err.message, err.hint);
    CHECK(said);
}

static void test_every_reading_without_arguments_is_its_own_name(void)
{
    for (int kind = 0; kind < CYN_READINGS; kind++) {
        const char *name = cyn_reading_names[kind];
        bool always = kind == CYN_READ_P || (kind >= CYN_READ_MEAN && kind <= CYN_READ_STDDEV);
        if (always) {
            CHECK_INT(parse(name), CYN_E_SYNTAX);
            continue;
        }
        check_name(name, name);
        CHECK_INT(parsed.kind, kind);
    }
    CHECK(cyn_reading_names[CYN_READINGS] == NULL);
}

static void test_spellings_of_one_reading_have_one_name(void)
{
    static const char *const same[][2] = {
        {"change(\"1w\")", "change(\"1w\")"},
        {"change '1w'", "change(\"1w\")"},
        {"change \"1w\"", "change(\"1w\")"},
        {"change_1w", "change(\"1w\")"},
        {"change( \"01w\" )", "change(\"1w\")"},
        {"change()", "change"},
        {"change_4", "change(4)"},
        {"mean_28", "mean(28)"},
        {"mean_90min", "mean(\"90min\")"},
        {"p_95_28", "p(95,28)"},
        {"p(99.90, '4w')", "p(99.9,\"4w\")"},
        {"p_99.9_4w", "p(99.9,\"4w\")"},
        {"p(-0,7)", "p(0,7)"},
        {"change_point_28", "change_point(28)"},
        {"change_point", "change_point"},
        {"days_to_target", "days_to_target"},
        {"last_year", "last_year"},
        {"ewma(28,0.20)", "ewma(28)"},
        {"ewma_56_0.3", "ewma(56,0.3)"},
        {"season('1w',6)", "season(\"1w\")"},
        {"season_1w_8", "season(\"1w\",8)"},
        {"band_high_13w_95", "band_high(\"13w\",95)"},
        {"band_low(90,99)", "band_low(90)"},
        {"value ", "value"},
        {"value()", "value"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        check_name(same[i][0], same[i][1]);
}

/* Whatever is read, its name reads as the same reading. */
static void test_a_canonical_name_reads_as_itself(void)
{
    static const char *const names[] = {
        "change(\"1w\")",   "p(99.9,\"4w\")",        "ewma(56,0.3)",
        "season(\"1w\",8)", "band_high(\"13w\",95)", "stddev(7)",
        "forecast(\"2q\")", "cusum(\"3m\")",         "zscore(\"1y\")"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_INT(parse(names[i]), CYN_OK);
        cyn_reading first = parsed;
        check_name(first.name, names[i]);
        CHECK_INT(parsed.kind, first.kind);
        CHECK_INT(parsed.reach.n, first.reach.n);
        CHECK_INT(parsed.reach.unit, first.reach.unit);
        CHECK_NEAR(parsed.parameter, first.parameter, 0);
    }
}

static void test_what_is_no_reading_is_refused_with_what_it_takes(void)
{
    check_refused("chnage('1w')", CYN_E_NAME, "did you mean 'change'?");
    check_refused("preveous", CYN_E_NAME, "did you mean 'previous'?");
    check_refused("zcore_28", CYN_E_NAME, "did you mean 'zscore'?");
    check_refused("", CYN_E_NAME, "there is no reading ''");
    check_refused(" change", CYN_E_NAME, "did you mean 'change'?");
    check_refused("(", CYN_E_NAME, "there is no reading '('");
    check_refused("changes", CYN_E_NAME, "did you mean 'change'?");
    check_refused("value_28", CYN_E_NAME, "value");
    check_refused("value(28)", CYN_E_SYNTAX, "value takes no arguments");
    check_refused("mean", CYN_E_SYNTAX, "mean takes over how much");
    check_refused("p(95)", CYN_E_SYNTAX, "p takes a percentile, and over how much");
    check_refused("change(1,2)", CYN_E_SYNTAX, "too many arguments");
    check_refused("change(1,2,3,4)", CYN_E_SYNTAX, "too many arguments");
    check_refused("change(\"1w\"", CYN_E_SYNTAX, "no closing bracket");
    check_refused("change(\"1w)", CYN_E_SYNTAX, "a quote without its end");
    check_refused("change(1w) x", CYN_E_SYNTAX, "behind its end");
    check_refused("change_1w(2)", CYN_E_SYNTAX, "behind its end");
    check_refused("change(,)", CYN_E_SYNTAX, "an empty argument");
    check_refused("change_", CYN_E_NAME, "did you mean 'change'?");
    check_refused("change_1_", CYN_E_SYNTAX, "an empty argument");
    check_refused("max_errors", CYN_E_NAME, "there is no reading 'max_errors'");
    check_refused("change(1 2)", CYN_E_SYNTAX, "between its arguments");
    check_refused("change('1s')", CYN_E_SYNTAX, "min, h, d, w, m (months), q, y");
    check_refused("change('28')", CYN_E_SYNTAX, "how far back");
    check_refused("change(1.5)", CYN_E_SYNTAX, "how far back");
    check_refused("change(-1)", CYN_E_SYNTAX, "how far back");
    check_refused("change(0)", CYN_E_RANGE, "expected 1 … 3660");
    check_refused("mean(3661)", CYN_E_RANGE, "expected 1 … 3660");
    check_refused("mean(99999999999999999999)", CYN_E_SYNTAX, "how far back");
    check_refused("p(101,28)", CYN_E_RANGE, "a percentile");
    check_refused("p('95',28)", CYN_E_SYNTAX, "p takes a percentile");
    check_refused("ewma(28,0)", CYN_E_RANGE, "expected 0.01 … 1");
    check_refused("season('1w',2.5)", CYN_E_RANGE, "a whole number, 3 … 100");
    check_refused("band_low(90,100)", CYN_E_RANGE, "both excluded");
    check_refused("band_low(90,nan)", CYN_E_SYNTAX, "no such argument");
}

static void test_methods_are_those_that_take_arguments(void)
{
    CHECK(!cyn_reading_is_method(CYN_READ_VALUE) && !cyn_reading_is_method(CYN_READ_AGE));
    CHECK(cyn_reading_is_method(CYN_READ_CHANGE) && cyn_reading_is_method(CYN_READ_BAND_HIGH));
    for (int kind = 0; kind < CYN_READINGS; kind++)
        CHECK_INT(cyn_reading_is_method((cyn_reading_kind)kind), kind >= CYN_READ_CHANGE);
}

static void test_types_and_looks_are_told(void)
{
    CHECK_INT(parse("status"), CYN_OK);
    CHECK_INT(cyn_reading_type(&parsed), CYN_TEXT);
    CHECK_INT(cyn_reading_look_of(&parsed), CYN_LOOK_WORD);
    CHECK_INT(parse("partial"), CYN_OK);
    CHECK_INT(cyn_reading_type(&parsed), CYN_BOOLEAN);
    CHECK(!cyn_reading_needs_value(&parsed));
    CHECK_INT(parse("change_1w"), CYN_OK);
    CHECK_INT(cyn_reading_type(&parsed), CYN_REAL);
    CHECK_INT(cyn_reading_look_of(&parsed), CYN_LOOK_SHARE);
    CHECK(cyn_reading_needs_value(&parsed));
    CHECK_INT(parse("age"), CYN_OK);
    CHECK_INT(cyn_reading_look_of(&parsed), CYN_LOOK_SECONDS);
    CHECK(!cyn_reading_needs_value(&parsed));
}

/* ---- how far back ---- */

static size_t lookback(const char *name, cyn_grain_unit unit, int n)
{
    size_t periods = 123456;
    CHECK_INT(parse(name), CYN_OK);
    cyn_code code = cyn_reading_lookback(&parsed, (cyn_grain){unit, n}, &periods, &err);
    return code == CYN_OK ? periods : code == CYN_E_RANGE ? (size_t)-1 : (size_t)-2;
}
#define NONE ((size_t)-1)

/* Z-3 */
static void test_spans_are_whole_numbers_of_periods(void)
{
    CHECK_INT(lookback("change_1w", CYN_DAILY, 1), 7);
    CHECK_INT(lookback("change_1w", CYN_WEEK, 1), 1);
    CHECK_INT(lookback("change_28d", CYN_WEEK, 1), 4);
    CHECK_INT(lookback("change_30d", CYN_WEEK, 1), NONE);
    CHECK_INT(lookback("change_1w", CYN_MONTH, 1), NONE);
    CHECK_INT(lookback("change_1y", CYN_MONTH, 1), 12);
    CHECK_INT(lookback("change_1y", CYN_WEEK, 1), 52);
    CHECK_INT(lookback("change_1y", CYN_DAILY, 1), 366);
    CHECK_INT(lookback("change_1y", CYN_QUARTER, 1), 4);
    CHECK_INT(lookback("change_6m", CYN_QUARTER, 1), 2);
    CHECK_INT(lookback("change_1m", CYN_QUARTER, 1), NONE);
    CHECK_INT(lookback("change_1m", CYN_WEEK, 1), NONE);
    CHECK_INT(lookback("change_12h", CYN_DAILY, 1), NONE);
    CHECK_INT(lookback("change_12h", CYN_HOURLY, 1), 12);
    CHECK_INT(lookback("change_90min", CYN_MINUTES, 15), 6);
    CHECK_INT(lookback("change_90min", CYN_MINUTES, 20), NONE);
    CHECK_INT(lookback("change_1h", CYN_MINUTES, 7), NONE);
    CHECK_INT(lookback("change_4", CYN_MINUTES, 7), 4);
}

/* Z-10, Z-21, Z-26, Z-32 */
static void test_windows_hold_the_judged_period_and_detectors_look_before_it(void)
{
    CHECK_INT(lookback("mean_28", CYN_DAILY, 1), 27);
    CHECK_INT(lookback("mean_1", CYN_DAILY, 1), 0);
    CHECK_INT(lookback("p_95_4w", CYN_DAILY, 1), 27);
    CHECK_INT(lookback("zscore", CYN_DAILY, 1), 28);
    CHECK_INT(lookback("zscore_4w", CYN_DAILY, 1), 28);
    CHECK_INT(lookback("zscore", CYN_MONTH, 1), 28);
    CHECK_INT(lookback("ewma", CYN_HOURLY, 1), 28);
    CHECK_INT(lookback("cusum", CYN_MINUTES, 5), 288);
    CHECK_INT(lookback("mad", CYN_MINUTES, 720), 28);
    CHECK_INT(lookback("season", CYN_DAILY, 1), 42);
    CHECK_INT(lookback("season", CYN_MONTH, 1), 72);
    CHECK_INT(lookback("season_1y_3", CYN_WEEK, 1), 156);
    CHECK_INT(lookback("season", CYN_YEAR, 1), NONE);
    CHECK_INT(lookback("forecast", CYN_DAILY, 1), 28);
    CHECK_INT(lookback("band_low", CYN_WEEK, 1), 156);
    CHECK_INT(lookback("band_low", CYN_MINUTES, 1), 3660);
}

static void test_what_needs_nothing_before_needs_nothing(void)
{
    CHECK_INT(lookback("value", CYN_ALL, 1), 0);
    CHECK_INT(lookback("age", CYN_ALL, 1), 0);
    CHECK_INT(lookback("status", CYN_WEEK, 1), CYN_STATUS_PERIODS);
    CHECK_INT(lookback("previous", CYN_WEEK, 1), 1);
    CHECK_INT(lookback("last_year", CYN_WEEK, 1), 52);
    CHECK_INT(lookback("previous", CYN_ALL, 1), NONE);
    CHECK(strstr(err.message, "'all' is a single period"));
}

static void test_too_far_back_is_refused(void)
{
    CHECK_INT(lookback("last_year", CYN_HOURLY, 1), NONE);
    CHECK(strstr(err.message, "expected at most 3660"));
    CHECK_INT(lookback("mean_3660", CYN_DAILY, 1), 3659);
    CHECK_INT(lookback("mean_3660y", CYN_DAILY, 1), NONE);
    CHECK_INT(lookback("season_366_100", CYN_DAILY, 1), NONE);
}

/* Whatever the bytes, there is an answer and nothing else happens. */
static void test_any_bytes_are_read_or_refused(void)
{
    static const char signs[] = "change_p(),\"' 0123456789.-wdmhqy_zscore\xff\n\t%s";
    unsigned state = 12345;
    char text[24];
    size_t fine = 0;
    for (int round = 0; round < 200000; round++) {
        size_t n = 0, most = (state >> 8) % sizeof text;
        if (round % 2) n = (size_t)snprintf(text, sizeof text, "%s", cyn_reading_names[state % 29]);
        for (; n < most; n++) {
            state = state * 1103515245 + 12345;
            text[n] = signs[(state >> 16) % (sizeof signs - 1)];
        }
        state = state * 1103515245 + 12345;
        if (cyn_reading_parse(text, n, &parsed, &err) != CYN_OK) continue;
        cyn_reading first = parsed;
        CHECK_INT(cyn_reading_parse(first.name, strlen(first.name), &parsed, &err), CYN_OK);
        CHECK_STR(parsed.name, first.name);
        fine++;
    }
    CHECK(fine > 1000);
}

int main(void)
{
    RUN(test_every_reading_without_arguments_is_its_own_name);
    RUN(test_spellings_of_one_reading_have_one_name);
    RUN(test_a_canonical_name_reads_as_itself);
    RUN(test_what_is_no_reading_is_refused_with_what_it_takes);
    RUN(test_any_bytes_are_read_or_refused);
    RUN(test_methods_are_those_that_take_arguments);
    RUN(test_types_and_looks_are_told);
    RUN(test_spans_are_whole_numbers_of_periods);
    RUN(test_windows_hold_the_judged_period_and_detectors_look_before_it);
    RUN(test_what_needs_nothing_before_needs_nothing);
    RUN(test_too_far_back_is_refused);
    return test_end();
}
