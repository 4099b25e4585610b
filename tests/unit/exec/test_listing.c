/* Each way of listing rows against the obvious loop. */
#include "exec/listing_impl.h"
#include "test.h"
#include <string.h>

enum { MOST = 400 };

static uint64_t seed = 7;
static size_t below(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((seed ^ seed >> 29) % n);
}

/* Returns whether the processor has this way. */
static bool check_way(cyn_list_way way, const uint8_t *mask, size_t n)
{
    uint32_t list[MOST + 1], want[MOST + 1];
    size_t found, count = 0;
    list[n] = 42; /* behind the room that there is */
    if (!cyn_list_kept_by(way, mask, n, list, &found)) return false;
    for (size_t i = 0; i < n; i++)
        if (mask[i]) want[count++] = (uint32_t)i;
    CHECK_INT(found, count);
    CHECK(memcmp(list, want, count * sizeof *list) == 0);
    CHECK_INT(list[n], 42);
    return true;
}

static void test_all_ways_list_what_is_kept(void)
{
    uint8_t mask[MOST + 1];
    size_t found = 0;
    for (size_t n = 0; n < MOST; n++) {
        size_t of = below(3) ? 1 + below(20) : 1, from = n % 2; /* all, or one in so many */
        for (size_t i = 0; i < n; i++)
            mask[from + i] = below(of) == 0;
        for (int way = CYN_LIST_PLAIN; way <= CYN_LIST_AVX512; way++)
            found += check_way((cyn_list_way)way, mask + from, n);
    }
    CHECK(found % MOST == 0 && found > 0);
}

static void test_a_mask_that_keeps_nothing_gives_no_row(void)
{
    const uint8_t mask[MOST] = {0};
    for (int way = CYN_LIST_PLAIN; way <= CYN_LIST_AVX512; way++)
        check_way((cyn_list_way)way, mask, MOST);
}

int main(void)
{
    RUN(test_all_ways_list_what_is_kept);
    RUN(test_a_mask_that_keeps_nothing_gives_no_row);
    return test_end();
}
