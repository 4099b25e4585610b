/* docs/numerics.md A-16: variances, against NIST's univariate data sets of the Statistical
 * Reference Datasets (https://www.itl.nist.gov/div898/strd/univ/homepage.html), whose certified
 * standard deviations are given to 15 digits. */
#include "stats/variance.h"
#include "test.h"
#include <stdbool.h>

#define MAX_VALUES 1001

/* x[0], then a and b by turns, as NumAcc2 … 4 are made. */
static size_t num_acc(double *x, double first, double a, double b)
{
    x[0] = first;
    for (size_t i = 1; i <= 1000; i++)
        x[i] = i % 2 ? a : b;
    return 1001;
}

static double deviation(const double *x, size_t n)
{
    return sqrt(cyn_variance(x, n));
}

/* Where doubles cannot hold the data (10000000.2), what is certified for the decimals cannot be met
 * further than the data are. What Python's Fraction gives for these very doubles can. */
static void test_numerical_accuracy_sets(void)
{
    double x[MAX_VALUES];
    CHECK_NEAR(deviation((double[]){10000001, 10000003, 10000002}, 3), 1, 0);
    CHECK_NEAR(deviation(x, num_acc(x, 1.2, 1.1, 1.3)), 0.1, 1e-15);
    double six = deviation(x, num_acc(x, 1000000.2, 1000000.1, 1000000.3));
    double seven = deviation(x, num_acc(x, 10000000.2, 10000000.1, 10000000.3));
    CHECK_NEAR(six, 0.1, 1e-9);
    CHECK_NEAR(six, 0.1000000000349246, 1e-15);
    CHECK_NEAR(seven, 0.1, 1e-8);
    CHECK_NEAR(seven, 0.10000000055879354, 1e-15);
}

/* The speed of light in air, in thousands of km/s, 1879. */
static void test_michelson(void)
{
    static const int speed[] = {
        850,  740, 900, 1070, 930, 850, 950, 980, 980, 880, 1000, 980, 930, 650, 760, 810, 1000,
        1000, 960, 960, 960,  940, 960, 940, 880, 800, 850, 880,  900, 840, 830, 790, 810, 880,
        880,  830, 800, 790,  760, 800, 880, 880, 880, 860, 720,  720, 620, 860, 970, 950, 880,
        910,  850, 870, 840,  840, 850, 840, 840, 840, 890, 810,  810, 820, 800, 770, 760, 740,
        750,  760, 910, 920,  890, 860, 880, 720, 840, 850, 850,  780, 890, 840, 780, 810, 760,
        810,  790, 810, 820,  850, 870, 870, 810, 740, 810, 940,  950, 800, 810, 870};
    double x[MAX_VALUES];
    cyn_moments m = {0};
    for (size_t i = 0; i < 100; i++) {
        x[i] = (299000 + speed[i]) / 1000.0;
        cyn_moments_add(&m, 299000 + speed[i]);
    }
    CHECK_NEAR(deviation(x, 100), 0.0790105478190518, 1e-13);
    CHECK_NEAR(sqrt(cyn_moments_variance(&m, 3)), 0.0790105478190518, 3e-15);
}

static void test_size_does_not_matter(void)
{
    CHECK_NEAR(cyn_variance((double[]){1e200, 3e200, 2e200}, 3), INFINITY, 0);
    CHECK_NEAR(deviation((double[]){1e150, 3e150, 2e150}, 3), 1e150, 1e-15);
    CHECK_NEAR(deviation((double[]){1e-150, 3e-150, 2e-150}, 3), 1e-150, 1e-15);
    CHECK_NEAR(cyn_variance((double[]){0.1, 0.1, 0.1}, 3), 0, 0);
    CHECK_NEAR(cyn_variance((double[]){1e16, 1e16 + 2}, 2), 2, 0);
}

/* Python: statistics.variance over ints, which is exact until its end. */
static void test_integers_stay_exact(void)
{
    const int64_t edge[] = {INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN, 0};
    cyn_moments all = {0}, half = {0}, near = {0};
    for (size_t i = 0; i < 5; i++)
        cyn_moments_add(i < 2 ? &all : &half, edge[i]);
    cyn_moments_merge(&all, &half);
    CHECK_NEAR(cyn_moments_variance(&all, 0), 8.507059173023462e+37, 1e-15);
    for (int i = 0; i < 3; i++)
        cyn_moments_add(&near, INT64_MAX - i);
    CHECK_NEAR(cyn_moments_variance(&near, 0), 1, 0);
    CHECK_NEAR(cyn_moments_variance(&near, 2), 1e-4, 1e-15);
}

int main(void)
{
    RUN(test_numerical_accuracy_sets);
    RUN(test_michelson);
    RUN(test_size_does_not_matter);
    RUN(test_integers_stay_exact);
    return test_end();
}
