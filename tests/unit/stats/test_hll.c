/* docs/numerics.md K-…: the estimate, against the truth. */
#include "base/hash.h"
#include "stats/hll.h"
#include "test.h"

static uint64_t hash(uint64_t i)
{
    return cyn_hash_mix(i + UINT64_C(0x9e3779b97f4a7c15));
}

static void test_few_values_are_counted_well(void)
{
    cyn_hll h = {0};
    CHECK_INT(cyn_hll_count(&h), 0);
    for (uint64_t i = 0; i < 100; i++) {
        CHECK(cyn_hll_add(&h, hash(i)));
        CHECK(cyn_hll_add(&h, hash(i)));
        CHECK(llabs(cyn_hll_count(&h) - (long long)(i + 1)) <= 1);
    }
    cyn_hll_clear(&h);
}

/* The standard error is 0.81 %; 3 % is over three and a half of it. Counts on both sides of the
 * change from few to many registers. */
static void test_many_values_are_counted_within_the_bound(void)
{
    for (uint64_t n = 1000; n <= 2000000; n *= 5) {
        cyn_hll h = {0};
        for (uint64_t i = 0; i < n; i++)
            CHECK(cyn_hll_add(&h, hash(i * 7 + n)));
        CHECK_NEAR((double)cyn_hll_count(&h), (double)n, 0.03);
        cyn_hll_clear(&h);
    }
}

/* The root of the mean square of 64 errors, at a size where registers are full. */
static void test_the_standard_error_is_as_promised(void)
{
    const uint64_t n = 50000;
    double squares = 0;
    for (uint64_t trial = 0; trial < 64; trial++) {
        cyn_hll h = {0};
        for (uint64_t i = 0; i < n; i++)
            CHECK(cyn_hll_add(&h, hash(trial * n + i)));
        double off = (double)cyn_hll_count(&h) / (double)n - 1;
        squares += off * off;
        cyn_hll_clear(&h);
    }
    CHECK(sqrt(squares / 64) < 0.0105);
    CHECK(sqrt(squares / 64) > 0.004);
}

static void test_merging_is_adding_in_any_order(void)
{
    const uint64_t sizes[] = {10, 900, 3000, 100000};
    for (size_t s = 0; s < 4; s++) {
        cyn_hll all = {0}, even = {0}, odd = {0};
        for (uint64_t i = 0; i < sizes[s]; i++) {
            CHECK(cyn_hll_add(&all, hash(i)));
            CHECK(cyn_hll_add(i % 3 ? &odd : &even, hash(sizes[s] - 1 - i)));
        }
        CHECK(cyn_hll_merge(&even, &odd));
        CHECK(cyn_hll_merge(&odd, &even));
        CHECK_INT(cyn_hll_count(&even), cyn_hll_count(&all));
        CHECK_INT(cyn_hll_count(&odd), cyn_hll_count(&all));
        cyn_hll_clear(&all);
        cyn_hll_clear(&even);
        cyn_hll_clear(&odd);
    }
}

int main(void)
{
    RUN(test_few_values_are_counted_well);
    RUN(test_many_values_are_counted_within_the_bound);
    RUN(test_the_standard_error_is_as_promised);
    RUN(test_merging_is_adding_in_any_order);
    return test_end();
}
