/* base/arena: alignment, zeros, limits, the failing allocator. */
#include "base/arena.h"
#include "test.h"
#include <stdint.h>

static void test_memory_is_zeroed_aligned_and_apart(void)
{
    cyn_arena *a = cyn_arena_new(0);
    unsigned char *before = NULL;
    size_t size_before = 0;
    for (size_t size = 0; size < 9000; size = size * 2 + 1) {
        unsigned char *p = cyn_alloc(a, size);
        CHECK(p && (uintptr_t)p % 16 == 0);
        for (size_t i = 0; i < size; i++)
            CHECK(p[i] == 0);
        if (size) memset(p, 0xAB, size);
        CHECK(!before || p >= before + size_before || p + size <= before);
        before = p;
        size_before = size;
    }
    cyn_arena_free(a);
}

static void test_a_big_request_does_not_waste_the_current_block(void)
{
    cyn_arena *a = cyn_arena_new(0);
    char *first = cyn_alloc(a, 16);
    char *big = cyn_alloc(a, (size_t)8 << 20);
    char *second = cyn_alloc(a, 16);
    CHECK(big && second == first + 16);
    cyn_arena_free(a);
}

static void test_the_limit_is_exact_and_leaves_the_arena_usable(void)
{
    cyn_arena *a = cyn_arena_new(64);
    CHECK(cyn_alloc(a, 32) != NULL);
    CHECK(cyn_alloc(a, 33) == NULL);
    CHECK(cyn_alloc(a, 32) != NULL);
    CHECK(cyn_alloc(a, 1) == NULL);
    CHECK_INT(cyn_arena_used(a), 64);
    cyn_arena_free(a);
}

static void test_impossible_sizes_are_refused(void)
{
    cyn_arena *a = cyn_arena_new(0);
    CHECK(cyn_alloc(a, SIZE_MAX) == NULL);
    CHECK(cyn_alloc(a, SIZE_MAX - 16) == NULL);
    CHECK(cyn_alloc_array(a, SIZE_MAX / 2, 3) == NULL);
    CHECK(cyn_alloc_array(a, SIZE_MAX / 4 + 2, 4) == NULL); /* the product wraps to 4 */
    CHECK_INT(cyn_arena_used(a), 0);
    cyn_arena_free(a);
    cyn_arena_free(NULL);
}

static void test_texts_are_copied(void)
{
    cyn_arena *a = cyn_arena_new(0);
    char text[] = "revenue";
    char *copy = cyn_strdup(a, text), *part = cyn_strndup(a, text, 3);
    text[0] = '!';
    CHECK_STR(copy, "revenue");
    CHECK_STR(part, "rev");
    CHECK_STR(cyn_sprintf(a, "%s-%05d", "w", 42), "w-00042");
    CHECK_STR(cyn_sprintf(a, "%*d", 6000, 1) + 5998, " 1");
    CHECK(cyn_strdup(a, NULL) == NULL);
    cyn_arena_free(a);
}

static void test_a_list_grows_and_keeps_its_items(void)
{
    cyn_arena *a = cyn_arena_new(0);
    int *items = NULL;
    size_t count = 0, capacity = 0;
    for (; count < 1000; count++) {
        int *more = cyn_grown(a, items, count, &capacity, sizeof *more);
        CHECK(more && capacity > count);
        if (!more) break;
        items = more;
        items[count] = (int)count;
    }
    for (size_t i = 0; i < count; i++)
        CHECK_INT(items[i], (int)i);
    int *same = cyn_grown(a, items, capacity - 1, &capacity, sizeof *same);
    CHECK(same == items);
    size_t before = capacity;
    cyn_test_fail_after(1);
    CHECK(!cyn_grown(a, items, capacity, &capacity, 1 << 20));
    cyn_test_fail_after(0);
    CHECK_INT(capacity, before);
    CHECK_INT(items[999], 999);
    cyn_arena_free(a);
}

static void test_allocations_fail_from_the_nth_on(void)
{
    cyn_arena *a = cyn_arena_new(0);
    cyn_test_fail_after(3);
    void *p = cyn_malloc(1);
    CHECK(p != NULL);
    CHECK(cyn_alloc(a, 1) != NULL);
    CHECK(cyn_calloc(1, 1) == NULL);
    CHECK(cyn_realloc(p, 100) == NULL); /* p stays */
    CHECK(cyn_alloc(a, 1) == NULL);
    CHECK(cyn_arena_new(0) == NULL);
    cyn_test_fail_after(0);
    CHECK(cyn_alloc(a, 1) != NULL);
    cyn_free(p);
    cyn_arena_free(a);
}

int main(void)
{
    RUN(test_memory_is_zeroed_aligned_and_apart);
    RUN(test_a_big_request_does_not_waste_the_current_block);
    RUN(test_the_limit_is_exact_and_leaves_the_arena_usable);
    RUN(test_impossible_sizes_are_refused);
    RUN(test_texts_are_copied);
    RUN(test_a_list_grows_and_keeps_its_items);
    RUN(test_allocations_fail_from_the_nth_on);
    return test_end();
}
