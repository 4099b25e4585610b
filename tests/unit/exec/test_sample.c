/* Samples: whatever was added, noted or lent is there, once. */
#include "exec/sample_impl.h"
#include "test.h"

#define ROWS 300000

static uint64_t seed = 7;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

static double column[ROWS]; /* row i has the value i */
static double values[ROWS], found[ROWS];

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The sample has values[0 … n - 1], which ascend. */
static void check_has(const cyn_sample *s, size_t n)
{
    CHECK_INT(s->count, n);
    if ((size_t)s->count != n) return;
    cyn_sample_copy(s, found);
    qsort(found, n, sizeof *found, by_size);
    CHECK(memcmp(found, values, n * sizeof *found) == 0);
}

/* Bytes of the arena for each of n values. */
static double bytes_each(const cyn_arena *arena, size_t n)
{
    return (double)cyn_arena_used(arena) / (double)n;
}

/* A value in every so many rows, on the average. */
static size_t note_some(cyn_sample *s, cyn_arena *arena, uint32_t apart)
{
    size_t n = 0;
    for (size_t row = below(apart); row < ROWS; row += 1 + below(2 * apart - 1)) {
        CHECK(cyn_sample_note(s, arena, &column[row]));
        values[n++] = (double)row;
    }
    return n;
}

static void test_notes_keep_every_value_at_any_distance(void)
{
    const uint32_t apart[] = {1, 2, 7, 40, 64, 100, 1000, 30000, 90000};
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        cyn_arena *arena = cyn_arena_new(0);
        cyn_sample s = {0};
        check_has(&s, note_some(&s, arena, apart[i]));
        cyn_arena_free(arena);
    }
}

static void test_near_values_take_two_bytes_and_far_ones_no_more_than_themselves(void)
{
    cyn_arena *near = cyn_arena_new(0), *far = cyn_arena_new(0);
    cyn_sample a = {0}, b = {0};
    size_t n = note_some(&a, near, 7);
    CHECK(bytes_each(near, n) < 2.2);
    n = note_some(&b, far, 100);
    CHECK(bytes_each(far, n) > 8 && bytes_each(far, n) < 14);
    cyn_arena_free(near);
    cyn_arena_free(far);
}

/* Lists of rows of batches, in any of which a run may end or a note no longer reach. */
static void test_lists_of_rows_are_noted_as_single_ones_are(void)
{
    enum { BATCH = 4096 };
    uint32_t row[BATCH];
    for (uint32_t apart = 1; apart < 5000; apart = apart * 3 + 1) {
        cyn_arena *arena = cyn_arena_new(0);
        cyn_sample s = {0};
        size_t total = 0;
        for (size_t first = 0; first + BATCH <= ROWS; first += BATCH) {
            size_t n = 0;
            for (uint32_t i = below(apart); i < BATCH; i += 1 + below(apart)) {
                row[n++] = i;
                values[total++] = (double)(first + i);
            }
            CHECK(cyn_sample_note_rows(&s, arena, column + first, row, n));
        }
        check_has(&s, total);
        cyn_arena_free(arena);
    }
}

static void test_rows_that_come_at_once_are_one_run(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    uint32_t row[500];
    cyn_sample s = {0};
    for (uint32_t i = 0; i < 500; i++) {
        row[i] = 3 + 7 * i;
        values[i] = row[i];
    }
    CHECK(cyn_sample_note_rows(&s, arena, column, row, 500));
    CHECK(s.last->run.at && !s.last->run.before);
    check_has(&s, 500);
    CHECK(bytes_each(arena, 500) < 2.2);
    cyn_arena_free(arena);
}

/* Single values, noted ones and whole stretches, those that go on where another ended too. */
static void test_all_ways_mix(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    uint64_t *known = calloc(ROWS / 64 + 1, sizeof *known);
    cyn_sample s = {0};
    size_t total = 0, runs = 0;
    for (size_t i = 0; i < ROWS; i++)
        known[i / 64] |= (uint64_t)(below(5) > 0) << i % 64;
    for (size_t row = 0; row + 200 < ROWS;) {
        cyn_run run = {.value = column + row, .n = 1 + below(100)};
        if (row % 2) run.known = known, run.first = row;
        if (below(3) == 0) {
            CHECK(cyn_sample_lend(&s, arena, &run));
            for (size_t i = 0; i < run.n; i++)
                if (cyn_run_has(&run, i)) values[total++] = (double)(row + i);
            row += run.n;
        } else if (below(2)) {
            CHECK(cyn_sample_add(&s, arena, (double)row));
            values[total++] = (double)row++;
        } else {
            CHECK(cyn_sample_note(&s, arena, column + row));
            values[total++] = (double)row++;
        }
    }
    check_has(&s, total);
    for (const cyn_run *r = &s.last->run; r; r = r->before)
        runs++;
    CHECK(runs > 1000);
    cyn_arena_free(arena);
    free(known);
}

static void test_stretches_that_go_on_are_one(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    uint64_t *known = calloc(ROWS / 64 + 1, sizeof *known);
    cyn_sample plain = {0}, gaps = {0};
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        known[i / 64] |= (uint64_t)(i % 3 > 0) << i % 64;
        if (i % 3 > 0) values[n++] = (double)i;
    }
    for (size_t row = 0; row < ROWS; row += 500) {
        cyn_run run = {.value = column + row, .n = 500};
        CHECK(cyn_sample_lend(&plain, arena, &run));
        run.known = known;
        run.first = row;
        CHECK(cyn_sample_lend(&gaps, arena, &run));
    }
    CHECK(!plain.last->run.before && plain.last->run.n == ROWS);
    CHECK(!gaps.last->run.before && gaps.last->run.n == ROWS);
    check_has(&gaps, n);
    cyn_arena_free(arena);
    free(known);
}

static void test_samples_are_lent_to_several_and_moved_to_one(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_sample day[3] = {{0}}, window = {0}, other = {0};
    size_t total = 0;
    for (size_t row = 0; row < 3000; row++) {
        CHECK(cyn_sample_note(&day[row / 1000], arena, &column[row]));
        values[total++] = (double)row;
    }
    for (size_t d = 0; d < 3; d++) {
        CHECK(cyn_sample_merge(&window, arena, &day[d]));
        CHECK(cyn_sample_merge(&other, arena, &day[d]));
    }
    check_has(&window, total);
    check_has(&other, total);
    cyn_sample all = {0}, none = {0};
    cyn_sample_move(&all, &none);
    for (size_t d = 0; d < 3; d++)
        cyn_sample_move(&all, &day[d]);
    check_has(&all, total);
    cyn_arena_free(arena);
}

static void test_exhausted_memory_is_told(void)
{
    cyn_arena *arena = cyn_arena_new(10000);
    cyn_sample s = {0};
    size_t n = 0;
    while (n < ROWS && cyn_sample_note(&s, arena, &column[n]))
        values[n] = (double)n, n++;
    CHECK(n > 1000 && n < ROWS);
    check_has(&s, n);
    size_t lent = 0;
    while (lent < 1000 && cyn_sample_lend(&s, arena, &(cyn_run){.value = column + 9, .n = 1}))
        lent++;
    CHECK(lent < 1000);
    CHECK_INT(s.count, n + lent);
    cyn_arena_free(arena);
}

int main(void)
{
    for (size_t i = 0; i < ROWS; i++)
        column[i] = (double)i;
    RUN(test_notes_keep_every_value_at_any_distance);
    RUN(test_near_values_take_two_bytes_and_far_ones_no_more_than_themselves);
    RUN(test_lists_of_rows_are_noted_as_single_ones_are);
    RUN(test_rows_that_come_at_once_are_one_run);
    RUN(test_all_ways_mix);
    RUN(test_stretches_that_go_on_are_one);
    RUN(test_samples_are_lent_to_several_and_moved_to_one);
    RUN(test_exhausted_memory_is_told);
    return test_end();
}
