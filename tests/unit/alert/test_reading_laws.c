/* Laws that all readings keep, over random series, grains, zones and calendars. */
#include "series_rows.h"

static const char *const names[] = {"value",
                                    "previous",
                                    "last_year",
                                    "rows",
                                    "target",
                                    "status",
                                    "partial",
                                    "age",
                                    "days_to_target",
                                    "change",
                                    "change(3)",
                                    "change(\"1w\")",
                                    "change(\"1m\")",
                                    "change(\"1y\")",
                                    "delta(\"2d\")",
                                    "delta(\"90min\")",
                                    "delta(\"2q\")",
                                    "mean(5)",
                                    "mean(\"2d\")",
                                    "sum(\"1m\")",
                                    "min(9)",
                                    "max(\"2w\")",
                                    "p(90,12)",
                                    "stddev(\"3d\")",
                                    "zscore",
                                    "zscore(\"1w\")",
                                    "mad(9)",
                                    "season",
                                    "season(\"1w\",3)",
                                    "season(\"1m\",4)",
                                    "ewma(12,0.4)",
                                    "cusum(\"12h\")",
                                    "change_point(30)",
                                    "forecast(20)",
                                    "band_low(20)",
                                    "band_high(25,80)"};
#define NAMES (sizeof names / sizeof *names)

static const cyn_grain grains[] = {{CYN_MINUTES, 30}, {CYN_HOURLY, 1}, {CYN_DAILY, 1},
                                   {CYN_WEEK, 1},     {CYN_MONTH, 1},  {CYN_QUARTER, 1},
                                   {CYN_YEAR, 1}};
#define GRAINS (sizeof grains / sizeof *grains)

static cyn_tz *zones[3];

static uint64_t state = 0x2545f4914f6cdd1d;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double draw_value(void)
{
    return draw() % 8 == 0 ? NAN : (double)(draw() % 2000) / 7 - 60;
}

/* A sheet whose colours change often, so that a status depends on what was before. */
static void give_sheet(rows *r)
{
    r->metric.sheet = (cyn_sheet){.direction = CYN_UP,
                                  .green = {.set = true, .lo = 100},
                                  .yellow = {.set = true, .lo = 50},
                                  .hysteresis = 45,
                                  .has_target = true,
                                  .target = 12};
}

static void random_series(rows *r, cyn_grain grain, size_t nperiods, size_t nsegments)
{
    int64_t last =
        cyn_days_from_civil(2012, 1, 20) * CYN_DAY + (int64_t)(draw() % 40000) * CYN_HOUR;
    rows_init(r, zones[draw() % 3], grain, last, nperiods, nsegments);
    if (draw() % 3 == 0) {
        r->calendar.pattern = 454;
        r->calendar.year_end = 6;
    }
    for (size_t i = 0; i < nperiods; i++)
        for (size_t k = 0; k < nsegments; k++)
            *rows_value(r, i, k) = draw_value();
    give_sheet(r);
}

/* The reading of all segments at the last period. */
static cyn_code read_all(const cyn_reading *r, const cyn_series *s, double *out)
{
    cyn_arena *scratch = cyn_arena_new(0);
    int64_t slot = s->periods[s->nperiods - 1].end;
    cyn_code code = cyn_reading_compute(r, s, s->nperiods - 1, slot, scratch, out, NULL);
    cyn_arena_free(scratch);
    return code;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* The same series without its first periods. */
static cyn_series without_first(const cyn_series *s, size_t n)
{
    cyn_series cut = *s;
    cut.periods += n;
    cut.ready += n;
    cut.nperiods -= n;
    cut.values += n * s->nsegments;
    return cut;
}

/* What cyn_reading_lookback says is enough: what lies further back never matters. */
static void check_lookback(const cyn_reading *reading, const rows *r, size_t *told)
{
    size_t lookback, nsegments = r->series.nsegments;
    double all[4], cut[4];
    if (cyn_reading_lookback(reading, r->series.grain, &lookback, NULL) != CYN_OK ||
        lookback >= r->series.nperiods)
        return;
    cyn_series enough = without_first(&r->series, r->series.nperiods - 1 - lookback);
    CHECK_INT(read_all(reading, &r->series, all), CYN_OK);
    CHECK_INT(read_all(reading, &enough, cut), CYN_OK);
    for (size_t i = 0; i < nsegments; i++) {
        if (!same(all[i], cut[i])) printf("# %s: %g, %g\n", reading->name, all[i], cut[i]);
        CHECK(same(all[i], cut[i]));
        *told += !isnan(all[i]);
    }
}

static void test_what_lies_further_back_than_the_lookback_never_matters(void)
{
    size_t told[NAMES] = {0};
    for (size_t round = 0; round < 12; round++)
        for (size_t g = 0; g < GRAINS; g++) {
            rows r;
            random_series(&r, grains[g], grains[g].unit <= CYN_HOURLY ? 2300 : 900, 4);
            for (size_t i = 0; i < NAMES; i++) {
                const cyn_reading reading = reading_of(names[i]);
                check_lookback(&reading, &r, &told[i]);
            }
            rows_clear(&r);
        }
    for (size_t i = 0; i < NAMES; i++) {
        bool none = !strcmp(names[i], "rows") || !strcmp(names[i], "days_to_target");
        if (!told[i] && !none) printf("# %s was never tried\n", names[i]);
        CHECK(none || told[i]);
    }
}

/* Blocks have 64 rows at most. */
static void test_all_segments_at_once_are_as_one_by_one(void)
{
    static double all[200];
    for (size_t round = 0; round < 6; round++)
        for (size_t i = 0; i < NAMES; i++) {
            const cyn_reading reading = reading_of(names[i]);
            rows r;
            size_t n = 60 + draw() % 200, nsegments = 1 + draw() % 150;
            random_series(&r, grains[2], n, nsegments);
            if (read_all(&reading, &r.series, all) == CYN_OK)
                for (size_t k = 0; k < nsegments; k += 1 + draw() % 9) {
                    cyn_series one = r.series;
                    double *values = CYN_NEW_ARRAY(r.arena, n, double), alone;
                    for (size_t p = 0; p < n; p++)
                        values[p] = r.series.values[p * nsegments + k];
                    one.values = values;
                    one.nsegments = 1;
                    CHECK_INT(read_all(&reading, &one, &alone), CYN_OK);
                    CHECK(same(alone, all[k]));
                }
            rows_clear(&r);
        }
}

/* Later periods are none of the judged one's business. */
static void test_what_comes_after_the_judged_period_never_matters(void)
{
    for (size_t i = 0; i < NAMES; i++) {
        const cyn_reading reading = reading_of(names[i]);
        rows r;
        double with, without;
        random_series(&r, grains[2], 500, 1);
        cyn_series before = r.series;
        before.nperiods = 450;
        int64_t slot = before.periods[449].end;
        cyn_code code = cyn_reading_compute(&reading, &r.series, 449, slot, r.arena, &with, NULL);
        CHECK_INT(cyn_reading_compute(&reading, &before, 449, slot, r.arena, &without, NULL), code);
        CHECK(code != CYN_OK || same(with, without));
        rows_clear(&r);
    }
}

/* Z-10: a window is what its parts say. */
static void test_windows_hold_each_other(void)
{
    for (size_t round = 0; round < 200; round++) {
        rows r;
        random_series(&r, grains[2], 40, 1);
        double least = read_last(&r, "min(14)"), most = read_last(&r, "max(14)");
        double mean = read_last(&r, "mean(14)"), middle = read_last(&r, "p(50,14)");
        CHECK(least <= mean && mean <= most && least <= middle && middle <= most);
        CHECK_NEAR(read_last(&r, "p(0,14)"), least, 0);
        CHECK_NEAR(read_last(&r, "p(100,14)"), most, 0);
        CHECK_NEAR(read_last(&r, "mean(\"2w\")"), mean, 0);
        rows_clear(&r);
    }
}

/* Z-33 */
static void test_bands_lie_around_the_forecast_and_grow(void)
{
    for (size_t round = 0; round < 200; round++) {
        rows r;
        random_series(&r, grains[2], 40, 1);
        double middle = read_last(&r, "forecast");
        double low = read_last(&r, "band_low"), high = read_last(&r, "band_high");
        double inner = read_last(&r, "band_high(28,80)");
        CHECK(isnan(middle) || (low <= middle && middle <= inner && inner <= high));
        CHECK_INT(isnan(low), isnan(middle));
        rows_clear(&r);
    }
}

int main(void)
{
    if (cyn_tz_load("UTC", &zones[0], NULL) || cyn_tz_load("Europe/Berlin", &zones[1], NULL) ||
        cyn_tz_load("Pacific/Apia", &zones[2], NULL))
        return 1;
    RUN(test_what_lies_further_back_than_the_lookback_never_matters);
    RUN(test_all_segments_at_once_are_as_one_by_one);
    RUN(test_what_comes_after_the_judged_period_never_matters);
    RUN(test_windows_hold_each_other);
    RUN(test_bands_lie_around_the_forecast_and_grow);
    for (size_t i = 0; i < 3; i++)
        cyn_tz_free(zones[i]);
    return test_end();
}
