/* base/spill: pieces beyond the limit lie in a file, and are used like any other memory. */
#include "base/arena.h"
#include "base/spill.h"
#include "base/spill_impl.h"
#include "test.h"
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE  CYN_SPILL_LEAST
#define MIB    ((size_t)1 << 20)
#define PIECES 200

static char folder[] = "/tmp/cynosure-spill-XXXXXX";

static int64_t bytes_in_file(void)
{
    return cyn_spill_used().bytes;
}

/* Without a share for large pieces, so that every one lies in the file. */
static void test_without_a_folder_memory_is_exhausted(void)
{
    CHECK(!cyn_spill_used().limited);
    cyn_spill_limit(1);
    CHECK(cyn_spill_used().limited);
    CHECK_INT(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    cyn_spill_into("/nowhere/either");
    CHECK(cyn_malloc(LARGE) == NULL);
    CHECK_INT(cyn_spill_used().error, ENOENT);
    void *small = cyn_malloc(LARGE - 1);
    CHECK(small && bytes_in_file() == 0);
    cyn_free(small);
    CHECK(mkdtemp(folder) != NULL);
    CHECK_INT(setenv("TMPDIR", folder, 1), 0);
    void *p = cyn_malloc(LARGE);
    CHECK(p && bytes_in_file() > 0);
    cyn_free(p);
}

static void fill(unsigned char *p, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(i * 31 + i / 4096 + seed);
}

static bool is_filled(const unsigned char *p, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != (unsigned char)(i * 31 + i / 4096 + seed)) return false;
    return true;
}

static void test_large_pieces_lie_in_the_file_and_small_ones_do_not(void)
{
    int64_t before = bytes_in_file();
    void *small = cyn_malloc(LARGE - 1), *large = cyn_malloc(LARGE);
    CHECK(small && large);
    CHECK_INT(bytes_in_file() - before, LARGE);
    cyn_free(large);
    CHECK_INT(bytes_in_file(), before);
    CHECK(cyn_spill_used().most >= before + (int64_t)LARGE);
    cyn_free(small);
}

static void test_pieces_are_zeroed_where_calloc_says_so(void)
{
    for (int again = 0; again < 3; again++) {
        unsigned char *p = cyn_calloc(LARGE / 8 + 1, 8);
        size_t odd = 0;
        for (size_t i = 0; p && i < LARGE + 8; i++)
            odd += p[i] != 0;
        CHECK(p && odd == 0);
        if (p) memset(p, 0xAB, LARGE + 8);
        cyn_free(p);
    }
    CHECK(cyn_calloc(SIZE_MAX / 4 + 2, 4) == NULL); /* the product wraps to 4 */
}

static void test_pieces_keep_what_they_hold_while_they_grow_and_shrink(void)
{
    static const size_t sizes[] = {100,          LARGE - 1, LARGE, LARGE + 1, 3 * MIB,   63 * MIB,
                                   80 * MIB + 5, 200 * MIB, 2048,  LARGE * 2, LARGE + 9, 1};
    size_t held = 0;
    unsigned char *p = NULL;
    int64_t before = bytes_in_file();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *q = cyn_realloc(p, sizes[i]);
        CHECK(q != NULL);
        if (!q) break;
        p = q;
        CHECK(is_filled(p, held < sizes[i] ? held : sizes[i], 7));
        held = sizes[i];
        fill(p, held, 7);
    }
    cyn_free(p);
    CHECK_INT(bytes_in_file(), before);
}

static void test_arenas_lie_there_too(void)
{
    int64_t before = bytes_in_file();
    cyn_arena *a = cyn_arena_new(0);
    unsigned char *p = cyn_alloc(a, 5 * MIB);
    size_t odd = 0;
    for (size_t i = 0; p && i < 5 * MIB; i++)
        odd += p[i] != 0;
    CHECK(p && odd == 0);
    CHECK(bytes_in_file() >= before + (int64_t)(5 * MIB));
    cyn_arena_free(a);
    CHECK_INT(bytes_in_file(), before);
}

static void *churn(void *self)
{
    unsigned seed = *(unsigned *)self, state = seed, bad = 0;
    unsigned char *piece[PIECES / 10] = {0};
    size_t size[PIECES / 10] = {0};
    for (int i = 0; i < PIECES; i++) {
        state = state * 1664525 + 1013904223;
        size_t k = state >> 8 & 15, n = LARGE / 2 + (state >> 4 & 0xFFFFF);
        bad += piece[k] && !is_filled(piece[k], size[k], seed + (unsigned)k);
        if (i % 3 == 0) {
            cyn_free(piece[k]);
            piece[k] = NULL;
        }
        unsigned char *p = cyn_realloc(piece[k], n);
        bad += !p;
        if (!p) continue;
        piece[k] = p;
        size[k] = n;
        fill(p, n, seed + (unsigned)k);
    }
    for (size_t k = 0; k < PIECES / 10; k++)
        cyn_free(piece[k]);
    *(unsigned *)self = bad;
    return NULL;
}

static void test_threads_do_not_disturb_each_other(void)
{
    pthread_t thread[3];
    unsigned of[3] = {1, 2, 3};
    int64_t before = bytes_in_file();
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(pthread_create(&thread[i], NULL, churn, &of[i]), 0);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(thread[i], NULL);
        CHECK_INT(of[i], 0);
    }
    CHECK_INT(bytes_in_file(), before);
}

/* So that a process that goes on does not hold what it once needed. */
static void test_room_that_is_free_goes_back_to_the_disk(void)
{
    struct stat before, full, after;
    CHECK_INT(fstat(cyn_spill_file(), &before), 0);
    unsigned char *p = cyn_malloc(300 * MIB), *q = cyn_malloc(300 * MIB);
    CHECK(p && q);
    CHECK_INT(fstat(cyn_spill_file(), &full), 0);
    CHECK(full.st_size >= (off_t)(600 * MIB) && full.st_blocks * 512 >= (off_t)(600 * MIB));
    cyn_free(q);
    cyn_free(p);
    CHECK_INT(fstat(cyn_spill_file(), &after), 0);
    CHECK(after.st_size < (off_t)(300 * MIB));
}

static void test_the_file_has_no_name(void)
{
    void *p = cyn_malloc(LARGE);
    DIR *d = opendir(folder);
    int names = 0;
    for (const struct dirent *e; d && (e = readdir(d));)
        names += e->d_name[0] != '.';
    CHECK(p && d);
    CHECK_INT(names, 0);
    if (d) closedir(d);
    cyn_free(p);
}

/* What the share allows is private; what goes beyond it is not. */
static void test_a_share_of_the_limit_is_private(void)
{
    int64_t before = bytes_in_file();
    cyn_spill_limit(64 * MIB);
    void *first = cyn_malloc(20 * MIB), *second = cyn_malloc(20 * MIB);
    CHECK(first && second);
    CHECK(bytes_in_file() >= before + (int64_t)(20 * MIB));
    CHECK(bytes_in_file() < before + (int64_t)(21 * MIB));
    cyn_free(first);
    void *third = cyn_malloc(20 * MIB); /* in the first one's share */
    CHECK(bytes_in_file() < before + (int64_t)(21 * MIB));
    cyn_free(second);
    cyn_free(third);
    CHECK_INT(bytes_in_file(), before);
    cyn_spill_limit(1);
}

static void test_what_no_disk_holds_is_exhausted_memory(void)
{
    CHECK(cyn_malloc(SIZE_MAX / 4) == NULL);
    CHECK(cyn_spill_used().error == ENOSPC || cyn_spill_used().error == EFBIG);
    void *p = cyn_malloc(LARGE);
    CHECK(p && cyn_realloc(p, SIZE_MAX / 4) == NULL);
    cyn_free(p);
}

int main(void)
{
    RUN(test_without_a_folder_memory_is_exhausted);
    RUN(test_large_pieces_lie_in_the_file_and_small_ones_do_not);
    RUN(test_pieces_are_zeroed_where_calloc_says_so);
    RUN(test_pieces_keep_what_they_hold_while_they_grow_and_shrink);
    RUN(test_arenas_lie_there_too);
    RUN(test_threads_do_not_disturb_each_other);
    RUN(test_room_that_is_free_goes_back_to_the_disk);
    RUN(test_the_file_has_no_name);
    RUN(test_a_share_of_the_limit_is_private);
    RUN(test_what_no_disk_holds_is_exhausted_memory);
    rmdir(folder);
    return test_end();
}
