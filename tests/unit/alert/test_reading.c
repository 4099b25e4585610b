/* Readings of series: what they are, and what is missing. docs/numerics.md, Z-1 … Z-13, Z-26, Z-32,
 * Z-33. */
#include "series_rows.h"
#include "stats/forecast.h"

static cyn_tz *utc, *berlin;

static int64_t instant(int year, int month, int day, int hour)
{
    return cyn_days_from_civil(year, month, day) * CYN_DAY + hour * CYN_HOUR;
}

/* One segment of days that end with 2026-10-01. */
static void days(rows *r, const double *values, size_t n)
{
    rows_init(r, utc, (cyn_grain){CYN_DAILY, 1}, instant(2026, 10, 1, 12), n, 1);
    for (size_t i = 0; i < n; i++)
        *rows_value(r, i, 0) = values[i];
}

static void check_days(const double *values, size_t n, const char *name, double want)
{
    rows r;
    days(&r, values, n);
    double got = read_last(&r, name);
    if (!(got == want || (isnan(got) && isnan(want)))) printf("# %s\n", name);
    CHECK_NEAR(got, want, 0);
    rows_clear(&r);
}
#define CHECK_DAYS(name, want, ...)                                                                \
    check_days((const double[]){__VA_ARGS__}, sizeof(double[]){__VA_ARGS__} / sizeof(double),      \
               name, want)

/* ---- values, comparisons ---- */

/* Z-1, Z-4 */
static void test_the_value_is_that_of_the_judged_period(void)
{
    CHECK_DAYS("value", 3, 1, 2, 3);
    CHECK_DAYS("value", NAN, 1, 2, NAN);
    CHECK_DAYS("previous", 2, 1, 2, 3);
    CHECK_DAYS("previous", NAN, 3);
    CHECK_DAYS("delta", 1, 1, 2, 3);
    CHECK_DAYS("delta(2)", 2, 1, 2, 3);
    CHECK_DAYS("delta_1w", 7, 1, 2, 3, 4, 5, 6, 7, 8);
    CHECK_DAYS("delta_1w", NAN, 2, 3, 4, 5, 6, 7, 8);
    CHECK_DAYS("delta_1w", NAN, NAN, 2, 3, 4, 5, 6, 7, 8);
}

/* Z-5, P-12 */
static void test_a_change_has_the_sign_of_its_direction(void)
{
    CHECK_DAYS("change", 0.5, 2, 3);
    CHECK_DAYS("change", 0.5, -2, -1);
    CHECK_DAYS("change", -2, 1, -1);
    CHECK_DAYS("change", NAN, 0, 1);
    CHECK_DAYS("change", NAN, 0, 0);
    CHECK_DAYS("change", NAN, NAN, 1);
    CHECK_DAYS("change", NAN, 1, NAN);
    CHECK_DAYS("change", NAN, 1e-300, 1e300);
}

static void test_a_change_of_a_share_is_in_points(void)
{
    rows r;
    days(&r, (double[]){0.5, 0.25}, 2);
    r.metric.sheet.unit = "%";
    CHECK_NEAR(read_last(&r, "change"), -0.25, 0);
    r.metric.sheet.unit = "USD";
    CHECK_NEAR(read_last(&r, "change"), -0.5, 0);
    rows_clear(&r);
}

static void test_all_segments_are_read_at_once(void)
{
    rows r;
    double out[3];
    rows_init(&r, utc, (cyn_grain){CYN_WEEK, 1}, instant(2026, 10, 1, 0), 2, 3);
    for (size_t i = 0; i < 3; i++) {
        *rows_value(&r, 0, i) = (double)(10 * i);
        *rows_value(&r, 1, i) = (double)(10 * i + i);
    }
    read_at(&r, "change", 1, out);
    CHECK(isnan(out[0]) && out[1] == 0.1 && out[2] == 0.1);
    read_at(&r, "value", 0, out);
    CHECK(out[0] == 0 && out[1] == 10 && out[2] == 20);
    rows_clear(&r);
}

/* Z-2 */
static void test_parts_and_rows_are_missing_where_nobody_asked_for_them(void)
{
    rows r;
    double parts[] = {3, 4};
    days(&r, (double[]){1, 2}, 2);
    CHECK_NEAR(read_last(&r, "numerator"), NAN, 0);
    CHECK_NEAR(read_last(&r, "rows"), NAN, 0);
    r.series.numerators = parts;
    CHECK_NEAR(read_last(&r, "numerator"), 4, 0);
    CHECK_NEAR(read_last(&r, "denominator"), NAN, 0);
    r.series.rows = parts;
    CHECK_NEAR(read_last(&r, "rows"), 4, 0);
    rows_clear(&r);
}

/* ---- how far back: Z-3 ---- */

/* A series whose values are the numbers of its periods, so that what is read says which. */
static void numbered(rows *r, const cyn_tz *tz, cyn_grain_unit unit, int n, int64_t last,
                     size_t count)
{
    rows_init(r, tz, (cyn_grain){unit, n}, last, count, 1);
    for (size_t i = 0; i < count; i++)
        *rows_value(r, i, 0) = (double)i;
}

/* The label of the period that a delta reaches. */
static const char *reached(const rows *r, const char *delta)
{
    static char label[64];
    double back = read_last(r, delta);
    label[0] = '\0';
    if (!isnan(back))
        cyn_period_label(&r->calendar, r->series.periods[r->series.nperiods - 1 - (size_t)back],
                         label, sizeof label);
    return label;
}

static void test_last_year_is_that_of_the_calendar(void)
{
    rows r;
    numbered(&r, utc, CYN_DAILY, 1, instant(2024, 2, 29, 0), 400);
    CHECK_STR(reached(&r, "delta_1y"), "2023-02-28");
    CHECK_NEAR(read_last(&r, "last_year"), 399 - 366, 0);
    rows_clear(&r);
    numbered(&r, utc, CYN_DAILY, 1, instant(2026, 3, 1, 0), 400);
    CHECK_STR(reached(&r, "delta_1y"), "2025-03-01");
    rows_clear(&r);
    numbered(&r, utc, CYN_WEEK, 1, instant(2027, 1, 6, 0), 60);
    CHECK_STR(reached(&r, "delta_1y"), "2026-W02"); /* 52 weeks, over a year of 53 */
    rows_clear(&r);
}

static void test_months_of_days_end_where_the_month_does(void)
{
    rows r;
    numbered(&r, utc, CYN_DAILY, 1, instant(2026, 3, 31, 0), 100);
    CHECK_STR(reached(&r, "delta_1m"), "2026-02-28");
    CHECK_NEAR(read_last(&r, "sum_1m"), 31 * (99 + 69) / 2., 0); /* 1 … 31 March */
    rows_clear(&r);
}

static void test_a_day_of_hours_is_the_same_local_time(void)
{
    rows r;
    numbered(&r, berlin, CYN_HOURLY, 1, instant(2026, 3, 29, 13), 60); /* 15:00, a day of 23 h */
    CHECK_STR(reached(&r, "delta_1d"), "2026-03-28T15");
    CHECK_STR(reached(&r, "delta_24h"), "2026-03-28T14");
    rows_clear(&r);
    numbered(&r, berlin, CYN_HOURLY, 1, instant(2026, 10, 25, 14), 60); /* … of 25 h */
    CHECK_STR(reached(&r, "delta_1d"), "2026-10-24T15");
    CHECK_NEAR(read_last(&r, "sum_1d"), 25 * (59 + 35) / 2., 0);
    rows_clear(&r);
}

static void test_months_of_weeks_are_reached_by_their_days(void)
{
    rows r;
    numbered(&r, utc, CYN_DAILY, 1, instant(2026, 11, 22, 0), 90);
    r.calendar.pattern = 445;
    r.calendar.year_end = 7;
    r.calendar.fiscal_month = 2;
    cyn_period month =
        cyn_period_at(&r.calendar, (cyn_grain){CYN_MONTH, 1}, instant(2026, 11, 22, 0));
    cyn_period before = cyn_period_shift(&r.calendar, month, -1);
    int64_t into = r.series.periods[89].start - month.start;
    double back = read_last(&r, "delta_1m");
    CHECK(r.series.periods[89 - (size_t)back].start == before.start + into);
    rows_clear(&r);
}

static void test_minutes_are_counted(void)
{
    rows r;
    numbered(&r, utc, CYN_MINUTES, 15, instant(2026, 10, 1, 0), 200);
    CHECK_NEAR(read_last(&r, "delta_90min"), 6, 0);
    CHECK_NEAR(read_last(&r, "delta_1d"), 96, 0);
    rows_clear(&r);
}

/* Samoa skipped 2011-12-30: a week before the 3rd of January there were six days. */
static void test_a_date_that_was_skipped_is_no_day(void)
{
    rows r;
    cyn_tz *apia;
    CHECK_INT(cyn_tz_load("Pacific/Apia", &apia, NULL), CYN_OK);
    numbered(&r, apia, CYN_DAILY, 1, instant(2012, 1, 3, 0), 20);
    CHECK_STR(reached(&r, "delta_1w"), "2011-12-27");
    CHECK_NEAR(read_last(&r, "delta_1w"), 6, 0);
    rows_clear(&r);
    cyn_tz_free(apia);
}

/* ---- the sheet: Z-6 … Z-9 ---- */

static void give_sheet(rows *r)
{
    r->metric.sheet = (cyn_sheet){.direction = CYN_UP,
                                  .green = {.set = true, .lo = 10},
                                  .yellow = {.set = true, .lo = 5},
                                  .has_target = true,
                                  .target = 12,
                                  .has_market = true,
                                  .market = 7,
                                  .has_grain = true,
                                  .grain = {CYN_DAILY, 1}};
}

static void test_the_status_is_that_of_the_sheet(void)
{
    rows r;
    const double values[] = {10, 4, 9.5};
    days(&r, values, 3);
    give_sheet(&r);
    CHECK_NEAR(read_last(&r, "status"), CYN_YELLOW, 0);
    r.metric.sheet.hysteresis = 1; /* S-6: red until 6, green from 11 on */
    CHECK_NEAR(read_last(&r, "status"), CYN_YELLOW, 0);
    *rows_value(&r, 2, 0) = 5.5;
    CHECK_NEAR(read_last(&r, "status"), CYN_YELLOW, 0); /* 4 is within 1 of 5, and so it was none */
    *rows_value(&r, 1, 0) = 3;
    CHECK_NEAR(read_last(&r, "status"), CYN_RED, 0);
    *rows_value(&r, 2, 0) = NAN;
    CHECK_NEAR(read_last(&r, "status"), NAN, 0);
    rows_clear(&r);
}

/* S-1, S-4, S-7 */
static void test_the_sheets_figures_count_where_they_are_about_the_series(void)
{
    rows r;
    days(&r, (double[]){4, 11}, 2);
    give_sheet(&r);
    CHECK_NEAR(read_last(&r, "target"), 12, 0);
    CHECK_NEAR(read_last(&r, "market"), 7, 0);
    CHECK_NEAR(read_last(&r, "status"), CYN_GREEN, 0);
    r.series.partial = true;
    CHECK_NEAR(read_last(&r, "partial"), 1, 0);
    CHECK_NEAR(read_last(&r, "status"), NAN, 0);
    CHECK_NEAR(read_last(&r, "target"), 12, 0);
    r.series.partial = false;
    r.series.of_part = true;
    CHECK_NEAR(read_last(&r, "partial"), 0, 0);
    CHECK_NEAR(read_last(&r, "status"), NAN, 0);
    CHECK_NEAR(read_last(&r, "target"), NAN, 0);
    r.series.of_part = false;
    r.metric.sheet.grain = (cyn_grain){CYN_WEEK, 1};
    CHECK_NEAR(read_last(&r, "market"), NAN, 0);
    CHECK_NEAR(read_last(&r, "status"), NAN, 0);
    rows_clear(&r);
}

static void test_ages_and_days_are_counted_from_the_slot(void)
{
    rows r;
    days(&r, (double[]){1}, 1); /* read at 2026-10-02T00:00Z */
    CHECK_NEAR(read_last(&r, "days_to_target"), NAN, 0);
    r.metric.sheet.has_target_by = true;
    r.metric.sheet.target_by = cyn_days_from_civil(2026, 12, 31);
    CHECK_NEAR(read_last(&r, "days_to_target"), 90, 0);
    r.metric.sheet.target_by = cyn_days_from_civil(2026, 10, 1);
    CHECK_NEAR(read_last(&r, "days_to_target"), -1, 0);
    r.series.data_end = instant(2026, 10, 1, 22) + CYN_SECOND / 2;
    CHECK_NEAR(read_last(&r, "age"), 7199.5, 0);
    r.series.data_end = instant(2026, 10, 3, 0);
    CHECK_NEAR(read_last(&r, "age"), 0, 0);
    r.series.data_end = CYN_TIME_MIN;
    CHECK_NEAR(read_last(&r, "age"), NAN, 0);
    rows_clear(&r);
}

/* ---- windows: Z-10 … Z-13 ---- */

static void test_windows_hold_the_judged_period(void)
{
    CHECK_DAYS("sum(3)", 14, 8, 1, 4, 9);
    CHECK_DAYS("mean(2)", 6.5, 8, 1, 4, 9);
    CHECK_DAYS("min(3)", 1, 0, 1, 4, 9);
    CHECK_DAYS("max(2)", 9, 80, 1, 4, 9);
    CHECK_DAYS("p(50,4)", 5, 1, 4, 6, 9);
    CHECK_DAYS("stddev(2)", 1.4142135623730951, 5, 1, 3);
    CHECK_DAYS("mean(1)", 9, 1, 4, 9);
}

static void test_windows_are_of_what_is_known(void)
{
    CHECK_DAYS("sum(3)", 5, 100, 1, 4, NAN);
    CHECK_DAYS("mean(3)", 4, 100, NAN, 4, NAN);
    CHECK_DAYS("sum(2)", NAN, 1, NAN, NAN);
    CHECK_DAYS("stddev(3)", NAN, NAN, 4, NAN);
    CHECK_DAYS("sum(28)", 6, 1, 2, 3);
}

/* Z-11: what in double arithmetic would be 0.30000000000000004, 0, 0.10000000000000002 */
static void test_sums_and_means_are_rounded_once(void)
{
    CHECK_DAYS("sum(3)", 0.6, 0.1, 0.2, 0.3);
    CHECK_DAYS("sum(3)", 1, 1e100, 1, -1e100);
    CHECK_DAYS("sum(4)", 0x1p53 + 2, 0x1p53, 1, 1, 0x1p-60);
    CHECK_DAYS("mean(3)", 0.1, 0.1, 0.1, 0.1);
    CHECK_DAYS("mean(3)", 1.0 / 3, 1e100, 1, -1e100);
    CHECK_DAYS("mean(2)", 0, 5, -5);
    CHECK_DAYS("mean(2)", 1.7e308, 1.7e308, 1.7e308);
    CHECK_DAYS("sum(2)", NAN, 1.7e308, 1.7e308); /* N-5 */
    CHECK_DAYS("mean(2)", 0x1p-1074, 0x1p-1074, 0x1p-1074);
}

static void test_what_leaves_the_range_is_missing_or_right(void)
{
    CHECK_DAYS("stddev(2)", 0x1p900, 0x1p900 * 1.4142135623730951, 0);
    CHECK_DAYS("stddev(2)", 0, 1e308, 1e308);
    CHECK_DAYS("delta", NAN, -1.7e308, 1.7e308);
}

/* ---- forecasts: Z-32, Z-33 ---- */

static void test_a_forecast_is_of_the_values_before(void)
{
    rows r;
    double values[40], low, high;
    cyn_forecast f;
    for (int i = 0; i < 40; i++)
        values[i] = 100 + 2 * i + (i % 7 < 5 ? 10 : -20) + i * 37 % 11;
    days(&r, values, 40);
    CHECK_INT(cyn_forecast_at(values + 11, 28, 7, 1, r.arena, &f, NULL), CYN_OK);
    CHECK_INT(f.method, CYN_FORECAST_HOLT_WINTERS);
    CHECK_NEAR(read_last(&r, "forecast"), f.value, 0);
    CHECK_NEAR(read_last(&r, "band_low(28,95)"), f.low, 1e-13);
    CHECK_NEAR(read_last(&r, "band_high(28,95)"), f.high, 1e-13);
    cyn_forecast_band(&f, 0.005, &low, &high);
    CHECK_NEAR(read_last(&r, "band_low"), low, 1e-13);
    CHECK_NEAR(read_last(&r, "band_high"), high, 1e-13);
    CHECK_NEAR((high - f.value) / (f.high - f.value), 2.5758293035489004 / 1.959963984540054,
               1e-10);
    *rows_value(&r, 39, 0) = NAN; /* the judged one is none of them */
    CHECK_NEAR(read_last(&r, "forecast"), f.value, 0);
    rows_clear(&r);
}

static void test_of_what_was_never_negative_no_band_is(void)
{
    rows r;
    double values[30];
    for (int i = 0; i < 30; i++)
        values[i] = i % 3;
    days(&r, values, 30);
    CHECK_NEAR(read_last(&r, "band_low"), 0, 0);
    CHECK(read_last(&r, "band_high") > 2);
    rows_clear(&r);
}

static void test_a_short_history_has_no_forecast(void)
{
    CHECK_DAYS("forecast", NAN, 1, 2, 3, 4, 5, 6, 7, 8);
    CHECK_DAYS("band_low", NAN, 1, 2, 3, 4, 5, 6, 7, 8);
}

/* Z-26: Tuesdays are usual Tuesdays, whatever other days are. */
static void test_a_season_is_the_grains(void)
{
    rows r;
    double values[43];
    for (int i = 0; i < 43; i++)
        values[i] = 100 * (i % 7) + (i / 7) % 3;
    days(&r, values, 43);
    CHECK_NEAR(read_last(&r, "season"), -1 / 1.482602218505602, 1e-13);
    CHECK(fabs(read_last(&r, "zscore")) > 1.4);
    *rows_value(&r, 42, 0) = 600; /* as on another day */
    CHECK(read_last(&r, "season") > 300);
    rows_clear(&r);
}

/* ---- the judged period ---- */

static void test_the_judged_period_is_the_last_one_that_is_ready(void)
{
    rows r;
    size_t judged = 99;
    days(&r, (double[]){1, 2, 3}, 3);
    int64_t end = r.series.periods[2].end;
    CHECK(cyn_series_judged(&r.series, end, &judged) && judged == 2);
    CHECK(cyn_series_judged(&r.series, end - 1, &judged) && judged == 1);
    CHECK(cyn_series_judged(&r.series, end - 2 * CYN_DAY, &judged) && judged == 0);
    judged = 99;
    CHECK(!cyn_series_judged(&r.series, end - 2 * CYN_DAY - 1, &judged) && judged == 99);
    rows_clear(&r);
}

static void test_a_reach_that_does_not_fit_is_an_error(void)
{
    rows r;
    double out;
    cyn_err err = {0};
    const cyn_reading reading = reading_of("change_12h");
    days(&r, (double[]){1, 2, 3}, 3);
    CHECK_INT(cyn_reading_compute(&reading, &r.series, 2, 0, r.arena, &out, &err), CYN_E_RANGE);
    CHECK(strstr(err.message, "no whole number of periods of grain 'day'"));
    rows_clear(&r);
}

/* However few allocations succeed. */
static void test_exhausted_memory_is_an_error(void)
{
    static const char *const all[] = {"mean(3)", "zscore(5)", "season(2,3)", "forecast(9)"};
    rows r;
    days(&r, (double[]){1, 2, 4, 3, 5, 4, 6, 5, 7, 9}, 10);
    for (size_t i = 0; i < 4; i++) {
        cyn_code code = CYN_E_NOMEM;
        for (size_t n = 1; code != CYN_OK; n++) {
            cyn_reading reading;
            double out = 0;
            cyn_arena *scratch = cyn_arena_new(0);
            cyn_test_fail_after(n);
            code = cyn_reading_parse(all[i], strlen(all[i]), &reading, NULL);
            if (code == CYN_OK)
                code = cyn_reading_compute(&reading, &r.series, 9, 0, scratch, &out, NULL);
            cyn_test_fail_after(0);
            cyn_arena_free(scratch);
            CHECK(code == CYN_OK || code == CYN_E_NOMEM);
            CHECK(n > 1 || code == CYN_E_NOMEM);
            if (n > 100) abort();
        }
    }
    rows_clear(&r);
}

int main(void)
{
    if (cyn_tz_load("UTC", &utc, NULL) || cyn_tz_load("Europe/Berlin", &berlin, NULL)) return 1;
    RUN(test_the_value_is_that_of_the_judged_period);
    RUN(test_a_change_has_the_sign_of_its_direction);
    RUN(test_a_change_of_a_share_is_in_points);
    RUN(test_all_segments_are_read_at_once);
    RUN(test_parts_and_rows_are_missing_where_nobody_asked_for_them);
    RUN(test_last_year_is_that_of_the_calendar);
    RUN(test_months_of_days_end_where_the_month_does);
    RUN(test_a_day_of_hours_is_the_same_local_time);
    RUN(test_months_of_weeks_are_reached_by_their_days);
    RUN(test_minutes_are_counted);
    RUN(test_a_date_that_was_skipped_is_no_day);
    RUN(test_the_status_is_that_of_the_sheet);
    RUN(test_the_sheets_figures_count_where_they_are_about_the_series);
    RUN(test_ages_and_days_are_counted_from_the_slot);
    RUN(test_windows_hold_the_judged_period);
    RUN(test_windows_are_of_what_is_known);
    RUN(test_sums_and_means_are_rounded_once);
    RUN(test_what_leaves_the_range_is_missing_or_right);
    RUN(test_a_forecast_is_of_the_values_before);
    RUN(test_of_what_was_never_negative_no_band_is);
    RUN(test_a_short_history_has_no_forecast);
    RUN(test_a_season_is_the_grains);
    RUN(test_the_judged_period_is_the_last_one_that_is_ready);
    RUN(test_a_reach_that_does_not_fit_is_an_error);
    RUN(test_exhausted_memory_is_an_error);
    cyn_tz_free(utc);
    cyn_tz_free(berlin);
    return test_end();
}
