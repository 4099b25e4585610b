/* docs/numerics.md K-…: every answer of the sketch is near the order statistic that it stands for.
 */
#include "stats/quantile.h"
#include "stats/sketch.h"
#include "test.h"
#include <float.h>
#include <stdbool.h>

static uint64_t seed = 1;
static uint64_t next_bits(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed ^ seed >> 29;
}

static bool within(double got, double want)
{
    return fabs(got - want) <= CYN_SKETCH_ERROR * fabs(want) * (1 + 4 * DBL_EPSILON);
}

static void test_a_bucket_is_near_all_its_values(void) /* K-1 */
{
    double most = 0;
    for (int i = 0; i < 1000000; i++) {
        uint64_t bits = next_bits();
        double v;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v) || fabs(v) < DBL_MIN) continue;
        double got = cyn_bucket_value(cyn_bucket_of(v));
        if (!within(got, v)) CHECK_NEAR(got, v, CYN_SKETCH_ERROR);
        most = fmax(most, fabs(got - v) / fabs(v));
    }
    CHECK(most > CYN_SKETCH_ERROR * 0.999); /* the bound is reached, so it is not too wide */
    CHECK(cyn_bucket_value(cyn_bucket_of(0)) == 0);
    CHECK(within(cyn_bucket_value(cyn_bucket_of(DBL_MAX)), DBL_MAX));
    CHECK(cyn_bucket_value(cyn_bucket_of(0x1p-1074)) <= DBL_MIN);
}

static void test_buckets_ascend_with_the_values(void)
{
    const double x[] = {-1e300, -2, -1.5, -1, -1e-300, 0, 1e-300, 1, 1.5, 2, 1e300};
    for (size_t i = 1; i < sizeof x / sizeof *x; i++)
        CHECK(cyn_bucket_of(x[i - 1]) < cyn_bucket_of(x[i]));
}

/* Type 3 answers with one order statistic, so the bound holds for the quantile itself. */
static void test_quantiles_are_within_the_bound(void) /* K-2 */
{
    enum { N = 5000 };
    double x[N];
    cyn_bucket buckets[N];
    for (int round = 0; round < 30; round++) {
        size_t n = 0;
        for (size_t i = 0; i < N; i++) {
            double u = (double)(next_bits() >> 11) * 0x1p-53;
            x[i] = round % 3 == 0 ? exp(20 * u - 5) : round % 3 == 1 ? 1000 * u - 300 : -exp(8 * u);
            size_t k = 0;
            while (k < n && buckets[k].number != cyn_bucket_of(x[i]))
                k++;
            if (k == n) buckets[n++] = (cyn_bucket){.number = cyn_bucket_of(x[i])};
            buckets[k].count++;
        }
        for (int p = 0; p <= 100; p += 5) {
            double got = cyn_sketch_quantile(buckets, n, p / 100.0, 3);
            CHECK(within(got, cyn_quantile(x, N, p / 100.0, 3)));
        }
    }
}

int main(void)
{
    RUN(test_a_bucket_is_near_all_its_values);
    RUN(test_buckets_ascend_with_the_values);
    RUN(test_quantiles_are_within_the_bound);
    return test_end();
}
