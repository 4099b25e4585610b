/* stats/few beside sums that keep every bit (stats/exact) and beside Python's fractions. */
#include "stats/exact.h"
#include "stats/few.h"
#include "stats/variance.h"
#include "test.h"

static uint64_t state = 0x9e3779b97f4a7c15;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Of `bits` bits, by a power of two from 2^-width to 2^width. */
static double draw(unsigned bits, int width)
{
    double x = (double)(next() >> (64 - bits));
    int exponent = (int)(next() % (unsigned)(2 * width + 1)) - width;
    return ldexp(next() & 1 ? x : -x, exponent - (int)bits);
}

static double exact(const double *x, size_t n, size_t divisor)
{
    cyn_exact narrow = {0};
    cyn_wide wide = {0};
    for (size_t i = 0; i < n; i++)
        if (!cyn_exact_add(&narrow, x[i])) cyn_wide_add(&wide, x[i]);
    return cyn_exact_mean(&narrow, &wide, divisor);
}

static void check_both(const double *x, size_t n)
{
    double sum = cyn_few_sum(x, n), mean = cyn_few_mean(x, n);
    CHECK_NEAR(sum, exact(x, n, 1), 0);
    CHECK_NEAR(mean, exact(x, n, n), 0);
}

/* N-4, A-6; few bits give ties, wide exponents cancellation. */
static void test_random_sums_are_those_of_every_bit(void)
{
    static const struct {
        unsigned bits;
        int width;
    } kinds[] = {{53, 0}, {53, 1}, {53, 60}, {53, 990}, {2, 54}, {12, 3}, {54, 1070}};
    double x[40];
    for (size_t round = 0; round < 70000; round++) {
        size_t n = 1 + next() % 40, kind = round % 7;
        for (size_t i = 0; i < n; i++)
            x[i] = draw(kinds[kind].bits, kinds[kind].width);
        for (size_t i = 1; i < n; i += 2) /* some cancel out */
            if (next() % 8 == 0) x[i] = -x[i - 1];
        check_both(x, n);
    }
}

static void test_values_at_the_ends_of_the_range(void)
{
    check_both((double[]){0x1p-1074, 0x1p-1074, 0}, 3);
    check_both((double[]){0x1p-1074, 0x1p-1022, -0x1p-1022}, 3);
    check_both((double[]){1.7e308, 1.7e308, -1.7e308}, 3);
    check_both((double[]){0x1p53, 1, 0x1p-70}, 3);
    check_both((double[]){0x1p53, 1, -0x1p-70}, 3);
    check_both((double[]){0, -0.0, 0}, 3);
    CHECK(isinf(cyn_few_sum((double[]){1.7e308, 1.7e308}, 2)));
    CHECK_NEAR(cyn_few_mean((double[]){1.7e308, 1.7e308}, 2), 1.7e308, 0);
}

/* float(sum(map(Fraction, x)) / 7) */
static void test_pythons_fractions(void)
{
    const double x[] = {0.1, 0.7, 1e16, 3.3, -1e16, 2.2, 1e-5};
    CHECK_NEAR(cyn_few_sum(x, 7), 6.30001, 0);
    CHECK_NEAR(cyn_few_mean(x, 7), 0.9000014285714286, 0);
}

static double stddev(const double *x, size_t n)
{
    return cyn_few_stddev(x, n, cyn_few_mean(x, n));
}

/* */
static void test_the_spread_is_that_of_exact_squares(void)
{
    double x[40];
    for (size_t round = 0; round < 20000; round++) {
        size_t n = 2 + next() % 39;
        double shift = draw(53, 20), unit = ldexp(1, (int)(next() % 1600) - 800);
        for (size_t i = 0; i < n; i++)
            x[i] = (shift + draw(53, 2)) * unit;
        double want = sqrt(cyn_variance(x, n));
        if (isinf(want) || want < 0x1p-400) continue;
        CHECK_NEAR(stddev(x, n), want, 40 * 0x1p-52);
    }
}

static void test_spreads_beyond_the_range_of_squares(void)
{
    CHECK_NEAR(stddev((double[]){1e-300, 3e-300}, 2), 1.4142135623730951e-300, 1e-15);
    CHECK_NEAR(stddev((double[]){1e300, 3e300}, 2), 1.4142135623730951e300, 1e-15);
    CHECK_NEAR(stddev((double[]){0x1p-1074, 0}, 2), 0x1p-1074, 0);
    CHECK_NEAR(stddev((double[]){0.1, 0.1, 0.1}, 3), 0, 0);
}

int main(void)
{
    RUN(test_random_sums_are_those_of_every_bit);
    RUN(test_values_at_the_ends_of_the_range);
    RUN(test_pythons_fractions);
    RUN(test_the_spread_is_that_of_exact_squares);
    RUN(test_spreads_beyond_the_range_of_squares);
    return test_end();
}
