/* docs/numerics.md N-4: sums of reals are exact until they are rounded, in any order. */
#include "stats/exact.h"
#include "test.h"
#include <float.h>

static uint64_t seed = 1;
static uint64_t next_bits(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed ^ seed >> 29;
}

static double sum_of(const double *x, size_t n)
{
    return cyn_exact_sum(x, n);
}

static void test_small_terms_survive_a_large_one(void)
{
    CHECK_NEAR(sum_of((double[]){1, 1e100, 1, -1e100}, 4), 2, 0);
    CHECK_NEAR(sum_of((double[]){1e16, 1, 1, 1, -1e16}, 5), 3, 0);
    CHECK_NEAR(sum_of((double[]){DBL_MAX, 0x1p-1074, -DBL_MAX}, 3), 0x1p-1074, 0);
    CHECK_NEAR(sum_of((double[]){DBL_MAX, DBL_MAX, -DBL_MAX}, 3), DBL_MAX, 0);
    CHECK_NEAR(sum_of(NULL, 0), 0, 0);
}

/* Python: math.fsum([0.1] * 1000000) is 100000.0, a plain loop gives 100000.00000133288. */
static void test_the_error_does_not_grow(void)
{
    cyn_exact s = {0};
    double plain = 0;
    for (int i = 0; i < 1000000; i++) {
        CHECK(cyn_exact_add(&s, 0.1));
        plain += 0.1;
    }
    CHECK(plain != 100000.0);
    CHECK_NEAR(cyn_exact_mean(&s, NULL, 1), 100000.0, 0);
    CHECK_NEAR(cyn_exact_mean(&s, NULL, 1000000), 0.1, 0);
}

/* Half a unit in the last place goes to the even neighbour, a bit more goes up. */
static void test_sums_round_once(void)
{
    CHECK_NEAR(sum_of((double[]){1, 0x1p-53}, 2), 1, 0);
    CHECK_NEAR(sum_of((double[]){1, 0x1p-53, 0x1p-1074}, 3), 1 + 0x1p-52, 0);
    CHECK_NEAR(sum_of((double[]){1 + 0x1p-52, 0x1p-53}, 2), 1 + 0x1p-51, 0);
    CHECK_NEAR(sum_of((double[]){-1, -0x1p-53, -0x1p-1074}, 3), -1 - 0x1p-52, 0);
    CHECK(isinf(sum_of((double[]){DBL_MAX, 0x1p970}, 2)));
    CHECK_NEAR(sum_of((double[]){DBL_MAX, 0x1p969}, 2), DBL_MAX, 0);
}

/* Below 2^-1022 a double has fewer bits, and the quotient is rounded to those. */
static void test_means_round_once_among_the_smallest(void)
{
    cyn_exact none = {0};
    cyn_wide w = {0};
    cyn_wide_add(&w, 0x3p-1074);
    CHECK_NEAR(cyn_exact_mean(&none, &w, 2), 0x2p-1074, 0); /* 1.5 to even */
    CHECK_NEAR(cyn_exact_mean(&none, &w, 4), 0x1p-1074, 0);
    CHECK_NEAR(cyn_exact_mean(&none, &w, 6), 0, 0); /* a half to even */
    CHECK_NEAR(cyn_exact_mean(&none, &w, 7), 0, 0);
    cyn_wide_add(&w, 0x1p-1022);
    CHECK_NEAR(cyn_exact_mean(&none, &w, 2), 0x1p-1023 + 0x2p-1074, 0);
}

/* A term and its opposite are both there: whatever the sizes and the order, only x is left. */
static void test_order_and_size_do_not_matter(void)
{
    double x[2001];
    for (int round = 0; round < 200; round++) {
        size_t n = 0;
        while (n < 2000) {
            uint64_t bits = next_bits();
            double v;
            memcpy(&v, &bits, sizeof v);
            if (!isfinite(v)) continue;
            x[n++] = v;
            x[n++] = -v;
        }
        x[n++] = 0.1;
        for (size_t i = n; i-- > 1;) {
            size_t j = next_bits() % (i + 1);
            double t = x[i];
            x[i] = x[j];
            x[j] = t;
        }
        CHECK_NEAR(sum_of(x, n), 0.1, 0);
    }
}

/* Integers below 2^53 are exact as doubles: 64-bit arithmetic is the truth. */
static void test_sums_of_integers_are_those_of_integers(void)
{
    cyn_exact a = {0}, b = {0};
    int64_t truth = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t v = (int64_t)(next_bits() >> 22) - (INT64_C(1) << 41);
        truth += v;
        CHECK(cyn_exact_add(i % 2 ? &a : &b, (double)v));
    }
    cyn_exact_merge(&a, &b);
    CHECK_NEAR(cyn_exact_mean(&a, NULL, 1), (double)truth, 0);
    CHECK_NEAR(cyn_exact_mean(&a, NULL, 1024), (double)truth / 1024, 0);
}

int main(void)
{
    RUN(test_small_terms_survive_a_large_one);
    RUN(test_the_error_does_not_grow);
    RUN(test_sums_round_once);
    RUN(test_means_round_once_among_the_smallest);
    RUN(test_order_and_size_do_not_matter);
    RUN(test_sums_of_integers_are_those_of_integers);
    return test_end();
}
