/* stats/detect beside R 4.2.2; b is head(x, -1), v is tail(x, 1). docs/numerics.md, Z-20 … Z-30. */
#include "series.h"
#include "stats/detect.h"
#include "stats/few.h"
#include "test.h"
#include <stdint.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MOST     200

/* Twelve batches and one that is off. */
static const double batches[] = {9.3,  10.1, 11.2, 10.7, 9.8,  10.4, 9.9,
                                 10.2, 10.9, 9.6,  10.0, 10.3, 12.6};
/* Of a process at 10, of standard deviation 1, that goes up by 1 after the 20th (Montgomery,
 * Introduction to Statistical Quality Control, table 9.1). */
static const double process[] = {9.45,  7.99,  9.29,  11.66, 12.16, 10.18, 8.04,  11.46,
                                 9.20,  10.34, 9.03,  11.47, 10.51, 9.40,  10.08, 9.37,
                                 10.62, 10.31, 8.52,  10.84, 10.90, 9.33,  12.29, 11.50,
                                 10.60, 11.08, 10.38, 11.62, 11.31, 10.52};

typedef enum which { ZSCORE, MAD, EWMA, CUSUM, CHANGE_POINT } which;
#define ALL 5

static double detect(which w, const double *x, size_t n)
{
    double scratch[2 * MOST];
    if (n > MOST) abort();
    switch (w) {
    case ZSCORE: return cyn_detect_zscore(x, n, scratch);
    case MAD: return cyn_detect_mad(x, n, scratch);
    case EWMA: return cyn_detect_ewma(x, n, 0.2, scratch);
    case CUSUM: return cyn_detect_cusum(x, n, scratch);
    default: return cyn_detect_change_point(x, n, NULL, scratch);
    }
}

/* (v - mean(b)) / sd(b); (v - median(b)) / mad(b) */
static void test_scores_are_those_of_r(void)
{
    CHECK_NEAR(detect(ZSCORE, batches, COUNT(batches)), 4.4085805904038899, 1e-13);
    CHECK_NEAR(detect(ZSCORE, process, COUNT(process)), 0.18074677390849925, 1e-13);
    CHECK_NEAR(detect(ZSCORE, nile, COUNT(nile)), -1.0712568134440663, 1e-13);
    /* R's mad() has 1.4826 where there are more digits: Z-25 */
    CHECK_NEAR(detect(MAD, batches, COUNT(batches)),
               5.5083412023921996 * 1.4826 / 1.482602218505602, 1e-13);
    CHECK_NEAR(detect(MAD, nile, COUNT(nile)), -0.86093535965711754 * 1.4826 / 1.482602218505602,
               1e-13);
}

/* e <- mean(b); for (i in x) e <- l*i + (1-l)*e
 * (e - mean(b)) / (sd(b) * sqrt(l/(2-l) * (1-(1-l)^(2*length(x))))) */
static void test_the_ewma_chart_is_that_of_r(void)
{
    double scratch[2 * MOST];
    CHECK_NEAR(detect(EWMA, batches, COUNT(batches)), 2.5738265766026127, 1e-13);
    CHECK_NEAR(detect(EWMA, process, COUNT(process)), 1.4249191331189517, 1e-12);
    CHECK_NEAR(cyn_detect_ewma(process, COUNT(process), 0.1, scratch), 1.2615315190796568, 1e-12);
    CHECK_NEAR(detect(EWMA, nile, 40), -1.8070324478783506, 1e-12);
    /* the newest value alone, then */
    CHECK_NEAR(cyn_detect_ewma(nile, COUNT(nile), 1, scratch), detect(ZSCORE, nile, COUNT(nile)),
               1e-13);
}

/* NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4: the EWMA of these twenty, with λ = 0.3
 * and from 50 on, is 51.99 in the end. Ours begins with the mean of the first nineteen, of which
 * 0.7^20 is left. */
static void test_the_ewma_chart_is_that_of_the_handbook(void)
{
    const double x[] = {52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5,
                        49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1};
    double scratch[2 * COUNT(x)], left = pow(0.7, 20);
    double mean = cyn_few_mean(x, 19), spread = cyn_few_stddev(x, 19, mean);
    double error = spread * sqrt(0.3 / 1.7 * (1 - left * left));
    double chart = mean + error * cyn_detect_ewma(x, COUNT(x), 0.3, scratch);
    CHECK(fabs(chart + left * (50 - mean) - 51.99) < 0.005);
}

/* z <- (x - mean(b)) / sd(b); Reduce(function(s, z) max(0, s + z - .5), z, 0), and with -z */
static void test_the_cusum_is_that_of_r(void)
{
    CHECK_NEAR(detect(CUSUM, batches, COUNT(batches)), 3.9085805904038899, 1e-13);
    CHECK_NEAR(detect(CUSUM, process, COUNT(process)), 1.8268057553006569, 1e-12);
    CHECK_NEAR(detect(CUSUM, nile, COUNT(nile)), -2.0461666342266387, 1e-12);
    CHECK_NEAR(detect(CUSUM, nile, 40), -5.6895880028013694, 1e-12);
}

/* The largest |t| of t.test(x[1:k], x[(k+1):n], var.equal = TRUE). The Nile's flow fell in 1898,
 * its 28th year here. */
static void test_the_change_point_is_that_of_r(void)
{
    double scratch[2 * MOST];
    size_t at = 0;
    CHECK_NEAR(cyn_detect_change_point(nile, COUNT(nile), &at, scratch), -8.7137689565127605,
               1e-13);
    CHECK_INT(at, 28);
    CHECK_NEAR(cyn_detect_change_point(batches, COUNT(batches), &at, scratch), 1.4153088912039966,
               1e-13);
    CHECK_INT(at, 10);
}

/* Z-25: sqrt(pi/2) * mean(abs(b)), as mad(b) is 0 */
static void test_where_most_values_are_the_same_the_mean_distance_counts(void)
{
    const double counts[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 5};
    CHECK_NEAR(detect(MAD, counts, COUNT(counts)), 14.627883614719201, 1e-13);
}

/* Z-26: three places, one of which is known twice only and does not count; medians 2 and 20, the
 * distances 1, 0, 1 and 2, 0, 2, 0, their median 1. */
static void test_a_season_has_the_spread_of_all_its_places(void)
{
    const double x[] = {1, 2, 3, NAN, 18, 20, 22, 20, 900, NAN, 0, NAN};
    double scratch[16];
    CHECK_NEAR(cyn_detect_season(x, 4, 3, 5, scratch), 3 / 1.482602218505602, 1e-13);
    CHECK_NEAR(cyn_detect_season(x, 4, 1, 5, scratch), 3 / 1.482602218505602, 1e-13);
    CHECK_NEAR(cyn_detect_season(x + 4, 4, 2, 17, scratch), -3 / 1.482602218505602, 1e-13);
    CHECK(isnan(cyn_detect_season(x + 8, 4, 1, 5, scratch))); /* Z-22 */
    CHECK(isnan(cyn_detect_season((const double[]){7, 7, 7}, 3, 1, 9, scratch)));
}

/* Z-22 */
static void test_too_few_values_say_nothing(void)
{
    const double x[] = {1, 2, 4, 3, 9, 7};
    for (which w = ZSCORE; w < ALL; w++) {
        size_t least = w == CHANGE_POINT ? 6 : 4;
        for (size_t n = 1; n <= 6; n++)
            CHECK_INT(isnan(detect(w, x, n)), n < least);
    }
}

static void test_a_missing_value_is_not_judged(void)
{
    const double x[] = {1, 2, 4, 3, 9, 7, 3, NAN};
    for (which w = ZSCORE; w < ALL; w++)
        CHECK(isnan(detect(w, x, COUNT(x))) && !isnan(detect(w, x, COUNT(x) - 1)));
}

static void test_missing_values_are_as_if_left_out(void)
{
    double x[2 * COUNT(process)], scratch[4 * MOST];
    size_t n = 0, at = 0, plain = 0;
    for (size_t i = 0; i < COUNT(process); i++) {
        if (i % 3 == 0) x[n++] = NAN;
        x[n++] = process[i];
    }
    for (which w = ZSCORE; w < ALL; w++)
        CHECK_NEAR(detect(w, x, n), detect(w, process, COUNT(process)), 0);
    CHECK_NEAR(cyn_detect_change_point(x, n, &at, scratch),
               cyn_detect_change_point(process, COUNT(process), &plain, scratch), 0);
    CHECK_NEAR(x[at], process[plain], 0);
}

/* Z-23 */
static void test_without_spread_nothing_is_unusual(void)
{
    const double constant[] = {3, 3, 3, 3, 3, 3, 3, 5}, zero[] = {0, 0, 0, 0, 0, 0, 0, 5};
    const double rounding[] = {0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 0.5};
    for (which w = ZSCORE; w < CHANGE_POINT; w++) {
        CHECK(isnan(detect(w, constant, COUNT(constant))));
        CHECK(isnan(detect(w, zero, COUNT(zero))));
        CHECK(isnan(detect(w, rounding, COUNT(rounding))));
    }
    CHECK(isnan(detect(CHANGE_POINT, constant, COUNT(constant) - 1)));
    CHECK(isnan(detect(CHANGE_POINT, zero, COUNT(zero) - 1)));
    CHECK(isnan(detect(CHANGE_POINT, rounding, COUNT(rounding) - 1)));
}

/* Z-29: within both levels nothing varies. */
static void test_a_clean_step_is_a_large_change_but_no_infinite_one(void)
{
    const double up[] = {3, 3, 3, 3, 5, 5, 5, 5}, down[] = {5, 5, 5, 3, 3, 3};
    CHECK_NEAR(detect(CHANGE_POINT, up, COUNT(up)), 1e6 * sqrt(2), 1e-9);
    CHECK_NEAR(detect(CHANGE_POINT, down, COUNT(down)), -1e6 * sqrt(1.5), 1e-9);
}

/* ---- laws, over random series ---- */

static uint64_t state = 88172645463325252;

static double draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) / 0x1p53;
}

static size_t draw_series(double *x)
{
    size_t n = 8 + (size_t)(60 * draw());
    for (size_t i = 0; i < n; i++) {
        double noise = draw() + draw() + draw() - draw() - draw() - draw();
        x[i] = i + 1 < n && draw() < 0.15 ? NAN : noise + (i > n / 2 ? 0.7 : 0);
    }
    return n;
}

/* Z-30 */
static void test_neither_unit_nor_origin_matters_and_signs_do(void)
{
    double x[MOST], moved[MOST], turned[MOST];
    for (size_t round = 0; round < 2000; round++) {
        size_t n = draw_series(x);
        double a = 200 * draw() - 100, b = exp(10 * draw() - 5);
        for (size_t i = 0; i < n; i++) {
            moved[i] = a + b * x[i];
            turned[i] = -x[i];
        }
        for (which w = ZSCORE; w < ALL; w++) {
            double plain = detect(w, x, n);
            double near = fabs(plain - detect(w, moved, n));
            CHECK(isnan(plain) || near < 1e-8 * (1 + fabs(plain)));
            CHECK_NEAR(detect(w, turned, n), -plain, 1e-12);
        }
    }
}

static void test_the_order_before_does_not_matter_to_scores(void)
{
    double x[MOST];
    for (size_t round = 0; round < 500; round++) {
        size_t n = draw_series(x);
        double z = detect(ZSCORE, x, n), mad = detect(MAD, x, n);
        for (size_t i = 0; i + 1 < n; i++) {
            size_t other = (size_t)((double)(n - 1) * draw());
            double swap = x[i];
            x[i] = x[other];
            x[other] = swap;
        }
        CHECK_NEAR(detect(ZSCORE, x, n), z, 1e-12);
        CHECK_NEAR(detect(MAD, x, n), mad, 1e-12);
    }
}

/* The judged value is no part of what it is judged by. */
static void test_scores_grow_with_the_distance(void)
{
    double x[MOST];
    for (size_t round = 0; round < 500; round++) {
        size_t n = draw_series(x);
        for (which w = ZSCORE; w <= MAD; w++) {
            x[n - 1] = 1;
            double one = detect(w, x, n);
            x[n - 1] = 2;
            double two = detect(w, x, n);
            x[n - 1] = 4;
            CHECK_NEAR(detect(w, x, n) - two, 2 * (two - one), 1e-9);
            CHECK(isnan(one) || two > one);
        }
    }
}

int main(void)
{
    RUN(test_scores_are_those_of_r);
    RUN(test_the_ewma_chart_is_that_of_r);
    RUN(test_the_ewma_chart_is_that_of_the_handbook);
    RUN(test_the_cusum_is_that_of_r);
    RUN(test_the_change_point_is_that_of_r);
    RUN(test_where_most_values_are_the_same_the_mean_distance_counts);
    RUN(test_a_season_has_the_spread_of_all_its_places);
    RUN(test_too_few_values_say_nothing);
    RUN(test_a_missing_value_is_not_judged);
    RUN(test_missing_values_are_as_if_left_out);
    RUN(test_without_spread_nothing_is_unusual);
    RUN(test_a_clean_step_is_a_large_change_but_no_infinite_one);
    RUN(test_neither_unit_nor_origin_matters_and_signs_do);
    RUN(test_the_order_before_does_not_matter_to_scores);
    RUN(test_scores_grow_with_the_distance);
    return test_end();
}
