/* Stretches of rows in one interval: where they end, and which are worth a batch. */
#include "exec/exec.h"
#include "exec/stretch_impl.h"
#include "test.h"

enum { ROWS = 2000, LEAST = CYN_BATCH / 16 + 1 };

static int64_t values[ROWS];
static const cyn_column column = {.type = CYN_TIMESTAMP, .v.i64 = values};

static uint64_t seed = 3;
static size_t below(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((seed ^ seed >> 29) % n);
}

static size_t end_of(size_t first, size_t n, size_t from, cyn_interval in)
{
    size_t i = from + 1;
    while (i < n && values[first + i] >= in.start && values[first + i] < in.end)
        i++;
    return i;
}

static void test_a_stretch_ends_where_a_value_leaves(void)
{
    for (size_t round = 0; round < 500; round++) {
        const bool sorted = round % 2;
        for (size_t i = 0; i < ROWS; i++)
            values[i] = sorted && i > 0 ? values[i - 1] + (int64_t)below(3) : (int64_t)below(40);
        size_t first = below(ROWS - 1), n = 1 + below(ROWS - first), from = below(n);
        const int64_t v = values[first + from];
        const cyn_interval in = {v - (int64_t)below(5), v + 1 + (int64_t)below(200)};
        const bool in_order = cyn_are_in_order(&column, first, n);
        CHECK(in_order || !sorted);
        const cyn_stretches s = {&column, first, n, in_order};
        CHECK_INT(cyn_stretch_end(&s, from, in), end_of(first, n, from, in));
    }
}

static void test_what_is_missing_is_in_no_order(void)
{
    const uint64_t valid[ROWS / 64 + 1] = {1};
    cyn_column some = column;
    memset(values, 0, sizeof values);
    CHECK(cyn_are_in_order(&some, 0, ROWS));
    some.valid = valid;
    CHECK(!cyn_are_in_order(&some, 0, ROWS));
}

/* `before` rows of 0, `next` of 1, then of 2. */
static bool is_batch(size_t before, size_t next, bool in_order)
{
    for (size_t i = 0; i < ROWS; i++)
        values[i] = i < before ? 0 : i < before + next ? 1 : 2;
    const cyn_stretches s = {&column, 0, ROWS, in_order};
    return cyn_stretch_is_batch(&s, before, (cyn_interval){1, 2});
}

static void test_short_stretches_do_not_follow_each_other(void)
{
    CHECK(is_batch(LEAST, 1, true) && is_batch(LEAST, 1, false));
    CHECK(is_batch(1, LEAST, true) && is_batch(LEAST - 1, LEAST, true));
    CHECK(!is_batch(LEAST - 1, LEAST - 1, true) && !is_batch(1, LEAST - 1, true));
    CHECK(!is_batch(1, LEAST, false)); /* the next one may be as short */
}

int main(void)
{
    RUN(test_a_stretch_ends_where_a_value_leaves);
    RUN(test_what_is_missing_is_in_no_order);
    RUN(test_short_stretches_do_not_follow_each_other);
    return test_end();
}
