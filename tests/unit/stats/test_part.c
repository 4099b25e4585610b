/* Each way of parting: what is less comes first, and nothing is lost. */
#include "stats/part.h"
#include "test.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 300 };

static uint64_t seed = 5;
static size_t below(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((seed ^ seed >> 29) % n);
}

static double some_value(int round)
{
    const double odd[] = {-INFINITY, INFINITY, -0.0, 0, 1e-320};
    return below(20) == 0 ? odd[below(5)] : (double)below(round % 2 ? 6 : 100000) - 3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool same_values(const double *a, const double *b, size_t n)
{
    double x[MOST], y[MOST];
    memcpy(x, a, n * sizeof *x);
    memcpy(y, b, n * sizeof *y);
    qsort(x, n, sizeof *x, by_value);
    qsort(y, n, sizeof *y, by_value);
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i]) return false;
    return true;
}

/* Returns whether the processor has this way. */
static bool check_way(cyn_part_way way, const double *values, size_t n, double pivot)
{
    double x[MOST + 2]; /* one more on either side, which nobody may touch */
    size_t less, want = 0;
    x[0] = x[n + 1] = 42;
    memcpy(x + 1, values, n * sizeof *x);
    if (!cyn_part_by(way, x + 1, n, pivot, &less)) return false;
    for (size_t i = 0; i < n; i++)
        want += values[i] < pivot;
    CHECK_INT(less, want);
    for (size_t i = 0; i < n; i++)
        CHECK((x[1 + i] < pivot) == (i < less));
    CHECK(same_values(x + 1, values, n));
    CHECK(x[0] == 42 && x[n + 1] == 42);
    return true;
}

static void test_all_ways_part_what_is_there(void)
{
    double x[MOST];
    size_t found = 0;
    for (int round = 0; round < 2 * MOST; round++) {
        size_t n = (size_t)round / 2;
        for (size_t i = 0; i < n; i++)
            x[i] = some_value(round);
        double pivot = some_value(round);
        for (int way = CYN_PART_PLAIN; way <= CYN_PART_AVX512; way++)
            found += check_way((cyn_part_way)way, x, n, pivot);
    }
    CHECK(found % (2 * MOST) == 0 && found > 0);
}

static void test_all_or_none_may_be_less(void)
{
    double x[MOST];
    for (size_t n = 0; n < MOST; n++) {
        for (size_t i = 0; i < n; i++)
            x[i] = (double)below(10);
        for (int way = CYN_PART_PLAIN; way <= CYN_PART_AVX512; way++) {
            check_way((cyn_part_way)way, x, n, -1);
            check_way((cyn_part_way)way, x, n, 10);
        }
    }
}

int main(void)
{
    RUN(test_all_ways_part_what_is_there);
    RUN(test_all_or_none_may_be_less);
    return test_end();
}
