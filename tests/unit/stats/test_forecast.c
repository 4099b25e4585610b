/* stats/forecast against R 4.2.2: HoltWinters(x, …) and predict(m, h, prediction.interval = TRUE);
 * without season, gamma = FALSE, l.start and b.start from lm(x ~ seq_along(x)) at the second value.
 * docs/numerics.md, G-4 … G-7. */
#include "series.h"
#include "stats/forecast.h"
#include "test.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static cyn_forecast ahead(const double *x, size_t n, int season, int h, const double *weights)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_forecast f = {0};
    if (!arena) abort();
    CHECK_INT(weights ? cyn_forecast_with(x, n, season, h, weights, arena, &f, NULL)
                      : cyn_forecast_at(x, n, season, h, arena, &f, NULL),
              CYN_OK);
    cyn_arena_free(arena);
    return f;
}

/* What R gives for weights that both are given. */
static void check_given(const double *x, size_t n, int season, int h, const double weights[3],
                        cyn_forecast want)
{
    cyn_forecast f = ahead(x, n, season, h, weights);
    CHECK_INT(f.method, season > 1 ? CYN_FORECAST_HOLT_WINTERS : CYN_FORECAST_HOLT);
    CHECK_NEAR(f.sse, want.sse, 1e-11);
    CHECK_NEAR(f.value, want.value, 1e-11);
    CHECK_NEAR(f.low, want.low, 1e-11);
    CHECK_NEAR(f.high, want.high, 1e-11);
    CHECK_INT(f.n, n);
}

static void test_given_weights_give_what_r_gives(void)
{
    check_given(co2, COUNT(co2), 12, 15, (double[]){.5, .01, .4},
                (cyn_forecast){.sse = 43.318029405238647,
                               .value = 368.24114679920677,
                               .low = 366.84894570111817,
                               .high = 369.63334789729538});
    check_given(airpassengers, COUNT(airpassengers), 12, 6, (double[]){.3, .05, .8},
                (cyn_forecast){.sse = 26626.470589151169,
                               .value = 577.29656254674785,
                               .low = 542.0918545944204,
                               .high = 612.5012704990753});
    check_given(ukgas, COUNT(ukgas), 4, 5, (double[]){.2, .1, .6},
                (cyn_forecast){.sse = 180323.49269692638,
                               .value = 1206.7188340556388,
                               .low = 1098.8278190675351,
                               .high = 1314.6098490437425});
    check_given(nile, COUNT(nile), 1, 5, (double[]){.3, .1, 0},
                (cyn_forecast){.sse = 2201976.3439673288,
                               .value = 728.06228483537529,
                               .low = 358.47040301059059,
                               .high = 1097.6541666601599});
    /* an odd season, whose moving mean has no half weights */
    check_given(airpassengers, 40, 7, 9, (double[]){.4, .2, .3},
                (cyn_forecast){.sse = 17211.12001799712,
                               .value = 199.73149504030906,
                               .low = 86.090715139921613,
                               .high = 313.37227494069651});
}

/* R's optimiser stops a little before the bottom: ours must not be above it. */
static void check_best(const double *x, size_t n, int season, int h, cyn_forecast want,
                       double tolerance)
{
    cyn_forecast f = ahead(x, n, season, h, NULL);
    CHECK(f.sse <= want.sse * (1 + 1e-9));
    CHECK_NEAR(f.sse, want.sse, 1e-5);
    CHECK_NEAR(f.alpha, want.alpha, tolerance);
    CHECK_NEAR(f.beta, want.beta, tolerance);
    CHECK_NEAR(f.gamma, want.gamma, tolerance);
    CHECK_NEAR(f.value, want.value, 1e-4);
    CHECK_NEAR(f.low, want.low, 1e-3);
    CHECK_NEAR(f.high, want.high, 1e-3);
}

static void test_the_best_weights_are_those_of_r(void)
{
    check_best(co2, COUNT(co2), 12, 15,
               (cyn_forecast){.alpha = 0.512648444,
                              .beta = 0.00949766905,
                              .gamma = 0.472886788,
                              .sse = 43.1298613677,
                              .value = 368.231255128,
                              .low = 366.812461181,
                              .high = 369.650049074},
               5e-3);
    check_best(airpassengers, COUNT(airpassengers), 12, 6,
               (cyn_forecast){.alpha = 0.24795949,
                              .beta = 0.0345337296,
                              .gamma = 1,
                              .sse = 21860.1846219,
                              .value = 571.88796575,
                              .low = 542.474571457,
                              .high = 601.301360043},
               5e-3);
    check_best(ukgas, COUNT(ukgas), 4, 5,
               (cyn_forecast){.alpha = 0.0212768907,
                              .beta = 1,
                              .gamma = 0.989909155,
                              .sse = 124947.412689,
                              .value = 1245.87327331,
                              .low = 1146.30723387,
                              .high = 1345.43931275},
               5e-3);
    check_best(nile, COUNT(nile), 1, 5,
               (cyn_forecast){.alpha = 0.224337444,
                              .beta = 0,
                              .sse = 2024531.68681,
                              .value = 789.687732068,
                              .low = 479.342805929,
                              .high = 1100.03265821},
               5e-3);
    check_best(airpassengers, 60, 1, 5,
               (cyn_forecast){.alpha = 1,
                              .beta = 0,
                              .sse = 17673.4707919,
                              .value = 211.30758544,
                              .low = 134.173542885,
                              .high = 288.441627995},
               5e-3);
}

static void test_a_straight_line_goes_on(void)
{
    double x[24];
    for (int i = 0; i < 24; i++)
        x[i] = 10 + 3 * i;
    cyn_forecast f = ahead(x, 24, 1, 6, NULL);
    CHECK_NEAR(f.value, 10 + 3 * 29, 1e-12);
    CHECK_NEAR(f.low, f.value, 1e-9);
    CHECK_NEAR(f.high, f.value, 1e-9);
    for (int i = 0; i < 24; i++)
        x[i] = 7;
    CHECK(ahead(x, 24, 12, 24, NULL).value == 7);
}

/* Line and season without noise: what is missing changes nothing, wherever it stands. */
static void test_missing_values_are_bridged(void)
{
    static const double figure[4] = {5, -1, -7, 3};
    double x[40], line[40];
    for (int i = 0; i < 40; i++) {
        x[i] = 100 + figure[i % 4];
        line[i] = 2 * i;
    }
    x[9] = x[10] = x[23] = x[39] = NAN;
    CHECK_NEAR(ahead(x, 40, 4, 1, NULL).value, 105, 1e-12);
    CHECK_NEAR(ahead(x, 40, 4, 3, NULL).value, 93, 1e-12);
    CHECK_INT(ahead(x, 40, 4, 3, NULL).n, 36);
    line[1] = line[20] = line[38] = line[39] = NAN;
    CHECK_NEAR(ahead(line, 40, 1, 2, NULL).value, 82, 1e-12);
    line[0] = INFINITY; /* not a value: the history begins later */
    CHECK_NEAR(ahead(line, 40, 1, 2, NULL).value, 82, 1e-12);
}

static void test_g6_too_little_history_gives_none(void)
{
    double x[30];
    for (int i = 0; i < 30; i++)
        x[i] = i % 5;
    CHECK_INT(ahead(x, 7, 1, 1, NULL).method, CYN_FORECAST_NONE);
    CHECK_INT(ahead(x, 8, 1, 1, NULL).method, CYN_FORECAST_HOLT);
    CHECK_INT(ahead(x, 23, 12, 1, NULL).method, CYN_FORECAST_HOLT); /* not two seasons */
    CHECK_INT(ahead(x, 24, 12, 1, NULL).method, CYN_FORECAST_HOLT_WINTERS);
    CHECK_INT(ahead(x, 30, 12, 30, NULL).method, CYN_FORECAST_HOLT_WINTERS);
    CHECK_INT(ahead(x, 30, 12, 31, NULL).method, CYN_FORECAST_NONE); /* further than it is long */
    CHECK_INT(ahead(x, 30, 12, 0, NULL).method, CYN_FORECAST_NONE);
    CHECK_INT(ahead(x, 0, 12, 1, NULL).method, CYN_FORECAST_NONE);
    for (int i = 0; i < 30; i += 3)
        x[i] = NAN; /* a third is missing: no season can be seen */
    CHECK_INT(ahead(x, 30, 12, 1, NULL).method, CYN_FORECAST_HOLT);
    for (int i = 8; i < 30; i++)
        x[i] = NAN; /* five are left */
    CHECK_INT(ahead(x, 30, 1, 1, NULL).method, CYN_FORECAST_NONE);
}

static void test_the_scale_does_not_matter(void)
{
    double small[COUNT(nile)], large[COUNT(nile)];
    for (size_t i = 0; i < COUNT(nile); i++) {
        small[i] = ldexp(nile[i], -900);
        large[i] = ldexp(nile[i], 1000);
    }
    cyn_forecast f = ahead(nile, COUNT(nile), 1, 5, NULL);
    cyn_forecast s = ahead(small, COUNT(nile), 1, 5, NULL);
    cyn_forecast l = ahead(large, COUNT(nile), 1, 5, NULL);
    CHECK(s.alpha == f.alpha && s.beta == f.beta);
    CHECK(l.alpha == f.alpha && l.beta == f.beta);
    CHECK(ldexp(s.value, 900) == f.value && ldexp(s.low, 900) == f.low);
    CHECK(ldexp(l.value, -1000) == f.value && ldexp(l.high, -1000) == f.high);
}

static void test_what_does_not_fit_a_double_is_no_forecast(void)
{
    double x[8] = {0, 0, 0, 0, 0, 0, 1e308, 1.7e308};
    CHECK_INT(ahead(x, 8, 1, 8, (double[]){1, 1, 0}).method, CYN_FORECAST_NONE);
}

static void test_g7_what_was_never_negative_stays_so(void)
{
    double x[12];
    for (int i = 0; i < 12; i++)
        x[i] = 22 - 2 * i + (i == 3); /* ends at 0 */
    cyn_forecast f = ahead(x, 12, 1, 3, NULL);
    CHECK(f.value == 0 && f.low == 0 && f.high < 2);
    x[0] = -22;
    CHECK(ahead(x, 12, 1, 3, (double[]){1, 0, 0}).low < 0);
}

static void test_exhausted_memory_is_an_error(void)
{
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 0;
    while (rc == CYN_E_NOMEM && n < 20) {
        cyn_arena *arena = cyn_arena_new(0);
        cyn_forecast f = {0};
        if (!arena) abort();
        cyn_test_fail_after(++n);
        rc = cyn_forecast_at(co2, COUNT(co2), 12, 5, arena, &f, NULL);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || f.method == CYN_FORECAST_NONE);
        cyn_arena_free(arena);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 1);
}

int main(void)
{
    RUN(test_given_weights_give_what_r_gives);
    RUN(test_the_best_weights_are_those_of_r);
    RUN(test_a_straight_line_goes_on);
    RUN(test_missing_values_are_bridged);
    RUN(test_g6_too_little_history_gives_none);
    RUN(test_the_scale_does_not_matter);
    RUN(test_what_does_not_fit_a_double_is_no_forecast);
    RUN(test_g7_what_was_never_negative_stays_so);
    RUN(test_exhausted_memory_is_an_error);
    return test_end();
}
