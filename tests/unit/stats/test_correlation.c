/* docs/numerics.md C-1 … C-9: lagged correlations. What single numbers should be was computed apart
 * from this code, by Python's fractions, statistics.correlation, statistics.linear_regression and a
 * Student quantile found by Simpson's rule. */
#include "stats/correlation.h"
#include "stats/critical.h"
#include "test.h"

#define N 40

/* The classic generator of the C standard's example, written out so that every system has it. */
static unsigned draw(unsigned *state, unsigned below)
{
    *state = (*state * 1103515245u + 12345u) & 0x7fffffff;
    return (*state >> 16) % below;
}

/* x walks; y's steps follow those of x two periods later, with a little noise. */
static void planted(double *x, double *y, int sign)
{
    unsigned state = 12345;
    int step[N], a = 100, b = 50;
    for (int i = 0; i < N; i++)
        step[i] = (int)draw(&state, 21) - 10;
    for (int i = 0; i < N; i++) {
        a += step[i];
        b += (i >= 2 ? 2 * step[i - 2] : 0) + (int)draw(&state, 9) - 4;
        x[i] = a;
        y[i] = sign * b / 4.0;
    }
}

static cyn_correlation correlate(const double *x, const double *y, size_t n, int lags, int season)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_correlation c = {0};
    CHECK_INT(cyn_correlate(x, y, n, lags, season, arena, &c, NULL), CYN_OK);
    cyn_arena_free(arena);
    return c;
}

static void test_critical_values_are_those_of_the_tables(void)
{
    CHECK_NEAR(cyn_normal_critical(0.025), 1.95996398454005, 1e-12);
    CHECK_NEAR(cyn_normal_critical(0.05 / 2 / 9), 2.77292129460866, 1e-12);
    CHECK_NEAR(cyn_normal_critical(1e-6), 4.75342430882290, 1e-12);
    CHECK_NEAR(cyn_student_critical(1, 0.025), 12.7062047361747, 1e-12);
    CHECK_NEAR(cyn_student_critical(10, 0.025), 2.22813885198627, 1e-11);
    CHECK_NEAR(cyn_student_critical(6, 0.05 / 2 / 9), 4.22092842211, 1e-10);
    CHECK_NEAR(cyn_student_critical(5.5, 0.0005), 6.35081750008, 1e-10);
    CHECK_NEAR(cyn_student_critical(200.25, 0.01), 2.34511344467, 1e-10);
    CHECK(cyn_student_critical(1e9, 0.025) > 1.959963 &&
          cyn_student_critical(1e9, 0.025) < 1.959965);
}

static void test_a_planted_lag_is_found_with_its_numbers(void)
{
    double x[N], y[N];
    planted(x, y, 1);
    cyn_correlation c = correlate(x, y, N, 3, 1);
    CHECK(c.enough);
    CHECK_INT(c.lag, 2);
    CHECK_INT(c.lags, 4);
    CHECK_INT(c.n, 37);
    CHECK_NEAR(c.effective_n, 31.976918749329887, 1e-12);
    CHECK_NEAR(c.r, 0.96791843683174206, 1e-12);
    CHECK_NEAR(c.low, 0.92079509225587042, 1e-12);
    CHECK_NEAR(c.high, 0.98719245977308479, 1e-12);
    CHECK_NEAR(c.slope, 0.51419780741053078, 1e-12);
    CHECK_NEAR(c.slope_low, 0.44940897404483721, 1e-10);
    CHECK_NEAR(c.slope_high, 0.5789866407762243, 1e-10);
}

static void test_a_relation_at_another_lag_than_those_tried_is_not_seen(void)
{
    double x[N], y[N];
    planted(x, y, 1);
    cyn_correlation c = correlate(x, y, N, 0, 1);
    CHECK_INT(c.lag, 0);
    CHECK_INT(c.n, 39);
    CHECK_NEAR(c.r, -0.028587597409228775, 1e-11);
    CHECK_NEAR(c.low, -0.36470320736590056, 1e-12);
    CHECK_NEAR(c.high, 0.31411936192051915, 1e-12);
}

static void test_the_sign_turns_with_the_series(void)
{
    double x[N], y[N], z[N];
    planted(x, y, 1);
    planted(x, z, -1);
    cyn_correlation c = correlate(x, y, N, 3, 1), d = correlate(x, z, N, 3, 1);
    CHECK_INT(d.lag, 2);
    CHECK_NEAR(d.r, -c.r, 0);
    CHECK_NEAR(d.low, -c.high, 0);
    CHECK_NEAR(d.slope_high, -c.slope_low, 0);
}

static void test_missing_values_take_only_their_own_differences_away(void)
{
    double x[N], y[N];
    planted(x, y, 1);
    x[7] = y[15] = y[16] = NAN;
    cyn_correlation c = correlate(x, y, N, 3, 1);
    CHECK_INT(c.lag, 2);
    CHECK_INT(c.n, 32); /* 37 without the two of x[7] and the three of y[15] and y[16] */
    CHECK_NEAR(c.effective_n, 26.469042928227871, 1e-12);
    CHECK_NEAR(c.r, 0.9729792525980453, 1e-12);
    CHECK_NEAR(c.low, 0.92602889101728469, 1e-12);
    CHECK_NEAR(c.slope_high, 0.58567906803110881, 1e-10);
}

static void test_a_longer_stretch_without_data_changes_nothing(void)
{
    double x[N], y[N], long_x[3 * N], long_y[3 * N];
    planted(x, y, 1);
    for (int i = 0; i < 3 * N; i++) {
        long_x[i] = i < N || i >= 2 * N ? NAN : x[i - N];
        long_y[i] = i < N || i >= 2 * N ? NAN : y[i - N];
    }
    cyn_correlation c = correlate(x, y, N, 3, 1),
                    d = correlate(long_x, long_y, (size_t)3 * N, 3, 1);
    CHECK_INT(d.n, c.n);
    CHECK_NEAR(d.effective_n, c.effective_n, 0);
    CHECK_NEAR(d.low, c.low, 0);
    CHECK_NEAR(d.slope_high, c.slope_high, 0);
}

static void test_seasonal_differences_count_what_they_share(void)
{
    double x[N], y[N];
    planted(x, y, 1);
    cyn_correlation c = correlate(x, y, N, 1, 4);
    CHECK_INT(c.lag, 1);
    CHECK_INT(c.n, 35);
    CHECK_NEAR(c.effective_n, 11.723726272413192, 1e-12);
    CHECK_NEAR(c.r, 0.70249612034667386, 1e-12);
    CHECK_NEAR(c.low, 0.11285630332505166, 1e-11);
    CHECK_NEAR(c.slope_low, 0.047694941249667666, 1e-9);
}

static void test_too_little_is_said_to_be(void)
{
    double x[N], y[N];
    planted(x, y, 1);
    cyn_correlation c = correlate(x, y, 8, 3, 1); /* 7 differences */
    CHECK(!c.enough && !c.constant);
    CHECK_INT(c.n, 7);
    CHECK_INT(c.lag, 0);
    c = correlate(x, y, 2, 3, 1); /* one pair varies as little as any */
    CHECK(!c.enough && !c.constant);
    CHECK_INT(c.n, 1);
    c = correlate(x, y, 0, 3, 1);
    CHECK(!c.enough && !c.constant);
    CHECK_INT(c.n, 0);
}

/* C-9: also where the rounding of the values pretends otherwise. */
static void test_what_does_not_vary_has_no_correlation(void)
{
    double x[N], y[N], line[N], large[N];
    planted(x, y, 1);
    for (int i = 0; i < N; i++) {
        line[i] = 0.1 * i;
        large[i] = 7e300;
    }
    CHECK(correlate(line, y, N, 3, 1).constant);
    CHECK(!correlate(line, y, N, 3, 1).enough);
    CHECK(correlate(x, large, N, 3, 1).constant);
    CHECK(!correlate(x, y, N, 3, 1).constant);
}

static void test_units_do_not_matter(void)
{
    double x[N], y[N], small[N], large[N];
    planted(x, y, 1);
    for (int i = 0; i < N; i++) {
        small[i] = ldexp(x[i], -1000);
        large[i] = ldexp(y[i], 1000);
    }
    cyn_correlation c = correlate(x, y, N, 3, 1), d = correlate(small, y, N, 3, 1);
    CHECK_NEAR(d.r, c.r, 0);
    CHECK_NEAR(d.low, c.low, 0);
    CHECK_NEAR(d.slope, ldexp(c.slope, 1000), 0);
    CHECK_NEAR(correlate(x, large, N, 3, 1).slope, ldexp(c.slope, 1000), 0);
}

static void test_a_series_follows_itself_without_doubt(void)
{
    double x[N], y[N];
    planted(x, y, 1);
    cyn_correlation c = correlate(x, x, N, 3, 1);
    CHECK_INT(c.lag, 0);
    CHECK_NEAR(c.r, 1, 1e-15);
    CHECK(c.low > 0.999999 && c.high <= 1);
    CHECK_NEAR(c.slope, 1, 1e-14);
}

/* The sum of 12 draws is normal enough. */
static double noise(unsigned *state)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += draw(state, 16384) / 16384.0;
    return sum - 6;
}

enum { NOISE, WALK, MEMORY };

/* The share of pairs of unrelated series whose interval holds 0. */
static double covered(int kind, size_t n, int lags, int rounds)
{
    unsigned state = 20261122;
    int known = 0, holds = 0;
    for (int round = 0; round < rounds; round++) {
        double x[104], y[104], a = 0, b = 0, steps_a = 0, steps_b = 0;
        for (size_t i = 0; i < n; i++) {
            double u = noise(&state), v = noise(&state);
            steps_a = kind == MEMORY ? 0.6 * steps_a + u : u;
            steps_b = kind == MEMORY ? 0.6 * steps_b + v : v;
            x[i] = a = kind == NOISE ? u : a + steps_a;
            y[i] = b = kind == NOISE ? v : b + steps_b;
        }
        cyn_correlation c = correlate(x, y, n, lags, 1);
        known += c.enough;
        holds += c.enough && c.low <= 0 && c.high >= 0;
    }
    CHECK(known > rounds / 2);
    printf("# %d of %d intervals hold 0\n", holds, known);
    return (double)holds / known;
}

static void test_unrelated_series_are_called_so_in_95_of_100(void)
{
    CHECK(covered(NOISE, 104, 8, 2000) >= 0.95);
    CHECK(covered(NOISE, 30, 4, 2000) >= 0.95);
    CHECK(covered(WALK, 104, 8, 2000) >= 0.95);
    CHECK(covered(MEMORY, 104, 8, 2000) >= 0.95);
    CHECK(covered(NOISE, 104, 0, 2000) >= 0.95);
}

static void test_a_shared_season_is_noticed(void)
{
    static const int shape[] = {5, 3, 0, -2, 1, 4, -6, -8, 2, 1, 7, 20};
    unsigned state = 7;
    double x[60], y[60], z[60];
    for (int i = 0; i < 60; i++) {
        x[i] = 100 + 3 * shape[i % 12] + noise(&state);
        y[i] = 50 + 2 * shape[i % 12] + noise(&state);
        z[i] = 50 + noise(&state);
    }
    CHECK_INT(cyn_correlation_season(x, y, 60, 12), 12);
    CHECK_INT(cyn_correlation_season(x, z, 60, 12), 1);
    CHECK_INT(cyn_correlation_season(x, y, 36, 12), 1); /* not yet three seasons of differences */
    CHECK_INT(cyn_correlation_season(x, y, 60, 1), 1);
    cyn_correlation plain = correlate(x, y, 60, 2, 1), seasonal = correlate(x, y, 60, 2, 12);
    CHECK(plain.low > 0.9);
    CHECK(seasonal.enough && seasonal.low < 0 && seasonal.high > 0);
}

int main(void)
{
    RUN(test_critical_values_are_those_of_the_tables);
    RUN(test_a_planted_lag_is_found_with_its_numbers);
    RUN(test_a_relation_at_another_lag_than_those_tried_is_not_seen);
    RUN(test_the_sign_turns_with_the_series);
    RUN(test_missing_values_take_only_their_own_differences_away);
    RUN(test_a_longer_stretch_without_data_changes_nothing);
    RUN(test_seasonal_differences_count_what_they_share);
    RUN(test_too_little_is_said_to_be);
    RUN(test_what_does_not_vary_has_no_correlation);
    RUN(test_units_do_not_matter);
    RUN(test_a_series_follows_itself_without_doubt);
    RUN(test_unrelated_series_are_called_so_in_95_of_100);
    RUN(test_a_shared_season_is_noticed);
    return test_end();
}
