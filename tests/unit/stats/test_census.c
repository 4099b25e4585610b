/* Each way of counting against the obvious loop; and which values of a run there are. */
#include "stats/census.h"
#include "stats/run.h"
#include "test.h"
#include <stdbool.h>

static uint64_t seed = 3;
static uint64_t next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed ^ seed >> 29;
}

static size_t below(size_t n)
{
    return (size_t)(next_random() % n);
}

static bool bit(const uint64_t *words, size_t i)
{
    return words[i / 64] >> i % 64 & 1;
}

static double some_bound(int round)
{
    const double odd[] = {-INFINITY, INFINITY, -0.0, 0, 1e308};
    return round % 3 ? (double)below(20) - 10 : odd[below(5)];
}

/* Returns whether the processor has this way. */
static bool check_way(cyn_census_way way, const double *x, size_t n, double lo, double hi,
                      const uint64_t *known)
{
    uint64_t marks[CYN_CENSUS_WORDS];
    size_t less, want = 0;
    if (!cyn_census_by(way, x, n, lo, hi, known, marks, &less)) return false;
    for (size_t i = 0; i < n; i++) {
        want += bit(known, i) && x[i] < lo;
        CHECK(bit(marks, i) == (bit(known, i) && lo <= x[i] && x[i] <= hi));
    }
    for (size_t i = n; i % 64; i++)
        CHECK(!bit(marks, i));
    CHECK_INT(less, want);
    return true;
}

static void test_both_ways_count_and_mark_what_is_there(void)
{
    double x[CYN_CENSUS_BLOCK + 1];
    uint64_t known[CYN_CENSUS_WORDS];
    const size_t sizes[] = {1, 3, 4, 63, 64, 65, 127, 1000, CYN_CENSUS_BLOCK};
    size_t found = 0;
    for (int round = 0; round < 300; round++) {
        size_t n = sizes[round % 9], from = below(2); /* not always where vectors like it */
        for (size_t i = 0; i < n; i++)
            x[from + i] = below(9) ? (double)below(20) - 10 : -0.0;
        for (size_t i = 0; i < CYN_CENSUS_WORDS; i++)
            known[i] = round % 2 ? next_random() | next_random() : UINT64_MAX;
        for (size_t i = n; i < CYN_CENSUS_BLOCK; i++)
            known[i / 64] &= ~(UINT64_C(1) << i % 64);
        double a = some_bound(round), b = some_bound(round);
        for (int way = CYN_CENSUS_PLAIN; way <= CYN_CENSUS_AVX2; way++)
            found +=
                check_way((cyn_census_way)way, x + from, n, a < b ? a : b, a < b ? b : a, known);
    }
    CHECK(found == 300 || found == 600);
}

/* Bits that begin anywhere in their words. */
static void test_runs_tell_which_values_there_are(void)
{
    enum { N = 300, ROOM = 520 };
    double x[N], out[N + 4];
    uint64_t words[ROOM / 64 + 1];
    for (int round = 0; round < 200; round++) {
        size_t first = below(200), n = 1 + below(N), from = below(n), count = 0;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            words[i] = round % 4 ? next_random() : UINT64_MAX;
        for (size_t i = 0; i < n; i++)
            x[i] = (double)next_random();
        cyn_run run = {.value = x, .known = words, .first = first, .n = n};
        for (size_t i = 0; i < N + 4; i++)
            out[i] = 0.5;
        size_t copied = cyn_run_copy(&run, out);
        for (size_t i = 0; i < n; i++) {
            CHECK(cyn_run_has(&run, i) == bit(words, first + i));
            if (bit(words, first + i)) CHECK(out[count++] == x[i]);
        }
        CHECK_INT(copied, count);
        for (size_t i = count; i < N + 4; i++) /* nothing is written behind them */
            CHECK(out[i] == 0.5);
        CHECK_INT(cyn_run_count(&run, 0, n), count);
        size_t some = n - from < 64 ? n - from : 64;
        uint64_t bits = cyn_run_bits(&run, from, some);
        for (size_t i = 0; i < 64; i++)
            CHECK((bits >> i & 1) == (i < some && bit(words, first + from + i)));
    }
}

static void test_runs_are_read_where_they_lie_or_by_notes(void)
{
    const double x[] = {1, 2, 3, 4, 5};
    const uint16_t at[] = {4, 0, 2};
    double room[3], out[3];
    cyn_run plain = {.value = x, .n = 5}, noted = {.value = x, .at = at, .n = 3};
    CHECK(cyn_run_read(&plain, 2, 3, room) == x + 2);
    CHECK(cyn_run_read(&noted, 1, 2, room) == room);
    CHECK_NEAR(room[0], 1, 0);
    CHECK_NEAR(room[1], 3, 0);
    CHECK_NEAR(cyn_run_value(&noted, 0), 5, 0);
    CHECK_INT(cyn_run_count(&noted, 0, 3), 3);
    CHECK_INT(cyn_run_copy(&noted, out), 3);
    CHECK_NEAR(out[0], 5, 0);
    CHECK_NEAR(out[2], 3, 0);
}

int main(void)
{
    RUN(test_both_ways_count_and_mark_what_is_there);
    RUN(test_runs_tell_which_values_there_are);
    RUN(test_runs_are_read_where_they_lie_or_by_notes);
    return test_end();
}
