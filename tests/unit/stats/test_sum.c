/* docs/numerics.md N-4: compensated sums. */
#include "stats/sum.h"
#include "test.h"

static double sum_of(const double *x, size_t n)
{
    cyn_sum s = {0};
    for (size_t i = 0; i < n; i++)
        cyn_sum_add(&s, x[i]);
    return cyn_sum_value(&s);
}

static void test_small_terms_survive_a_large_one(void)
{
    CHECK_NEAR(sum_of((double[]){1, 1e100, 1, -1e100}, 4), 2, 0);
    CHECK_NEAR(sum_of((double[]){1e16, 1, 1, 1, -1e16}, 5), 3, 0);
    CHECK_NEAR(sum_of(NULL, 0), 0, 0);
}

/* Python: math.fsum([0.1] * 1000000) is 100000.0, a plain loop gives 100000.00000133288. */
static void test_the_error_does_not_grow(void)
{
    cyn_sum s = {0};
    double plain = 0;
    for (int i = 0; i < 1000000; i++) {
        cyn_sum_add(&s, 0.1);
        plain += 0.1;
    }
    CHECK(plain != 100000.0);
    CHECK_NEAR(cyn_sum_value(&s), 100000.0, 0);
}

int main(void)
{
    RUN(test_small_terms_survive_a_large_one);
    RUN(test_the_error_does_not_grow);
    return test_end();
}
