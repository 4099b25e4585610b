/* column: tables as files. */
#include "column/segment_impl.h"
#include "segment_tables.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[256], path[300], temporary[310];
static cyn_arena *arena;

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/cyn-segment-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) abort();
    snprintf(path, sizeof path, "%s/1.seg", folder);
    snprintf(temporary, sizeof temporary, "%s" CYN_SEGMENT_NEW, path);
    arena = cyn_arena_new(0);
}

static void tear_down(void)
{
    unlink(path);
    CHECK_INT(rmdir(folder), 0); /* nothing else was left in it */
    cyn_arena_free(arena);
}

static cyn_code write_table(const cyn_table *t)
{
    return cyn_segment_write(t, "a note", 6, NULL, path, NULL);
}

static char *read_file(size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f) abort();
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    char *data = malloc(*size + 1);
    if (!data || fread(data, 1, *size, f) != *size) abort();
    fclose(f);
    return data;
}

static void write_file(const char *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0) abort();
}

static cyn_code open_file(cyn_segment_check check)
{
    cyn_segment s;
    cyn_code rc = cyn_segment_open(path, check, arena, &s, NULL);
    if (rc == CYN_OK) cyn_table_unref(s.table);
    return rc;
}

static void test_what_was_written_is_read(void)
{
    set_up();
    static const size_t rows[] = {0, 1, 63, 64, 65, 2000};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int check = CYN_SEGMENT_FRAME; check <= CYN_SEGMENT_ALL; check++) {
            cyn_segment s = {0};
            cyn_table *t = table_of(0, rows[i]);
            CHECK_INT(write_table(t), CYN_OK);
            CHECK_INT(cyn_segment_open(path, (cyn_segment_check)check, arena, &s, NULL), CYN_OK);
            CHECK(same_table(t, s.table));
            CHECK(s.note_size == 6 && !memcmp(s.note, "a note", 6));
            cyn_table_unref(t);
            cyn_table_unref(s.table);
        }
    }
    tear_down();
}

static void test_arrays_lie_at_multiples_of_64_bytes(void)
{
    set_up();
    cyn_table *t = table_of(0, 100);
    cyn_segment s = {0};
    CHECK_INT(write_table(t), CYN_OK);
    CHECK_INT(cyn_segment_open(path, CYN_SEGMENT_ALL, arena, &s, NULL), CYN_OK);
    for (size_t i = 0; i < EVERY; i++) {
        const cyn_column *c = cyn_table_column(s.table, i);
        CHECK_INT((uintptr_t)c->v.values % 64, 0);
        CHECK_INT((uintptr_t)c->valid % 64, 0);
    }
    cyn_table_unref(t);
    cyn_table_unref(s.table);
    tear_down();
}

static void test_a_table_stays_when_its_file_is_removed(void)
{
    set_up();
    cyn_table *t = table_of(0, 100), *more = table_of(100, 200), *joined = NULL;
    cyn_segment s = {0};
    CHECK_INT(write_table(t), CYN_OK);
    CHECK_INT(cyn_segment_open(path, CYN_SEGMENT_ALL, arena, &s, NULL), CYN_OK);
    CHECK_INT(cyn_table_join_columns(s.table, more, &joined, NULL), CYN_OK);
    cyn_table_unref(s.table); /* the joined one holds it */
    unlink(path);
    for (size_t i = 0; i < EVERY; i++)
        CHECK(same_cell(cyn_table_column(joined, i), cyn_table_column(t, i), 42));
    cyn_table_unref(joined);
    cyn_table_unref(more);
    cyn_table_unref(t);
    tear_down();
}

/* Every byte of the file, one at a time: either it is noticed, or it is padding. */
static void test_any_changed_byte_is_noticed(void)
{
    set_up();
    cyn_table *t = table_of(0, 90);
    size_t size, unnoticed = 0;
    CHECK_INT(write_table(t), CYN_OK);
    char *data = read_file(&size);
    for (size_t i = 0; i < size; i++) {
        data[i] ^= 0x10;
        write_file(data, size);
        cyn_segment s = {0};
        if (cyn_segment_open(path, CYN_SEGMENT_ALL, arena, &s, NULL) == CYN_OK) {
            unnoticed += !same_table(t, s.table);
            cyn_table_unref(s.table);
            CHECK(data[i] == 0x10); /* zeros between two arrays belong to none */
        }
        data[i] ^= 0x10;
    }
    CHECK_INT(unnoticed, 0);
    free(data);
    cyn_table_unref(t);
    tear_down();
}

static void test_any_missing_end_is_noticed_by_the_frame(void)
{
    set_up();
    cyn_table *t = table_of(0, 90);
    size_t size;
    CHECK_INT(write_table(t), CYN_OK);
    char *data = read_file(&size);
    for (size_t cut = 0; cut < size; cut++) {
        write_file(data, cut);
        CHECK_INT(open_file(CYN_SEGMENT_FRAME), CYN_E_DATA);
    }
    data[size] = 0;
    write_file(data, size + 1);
    CHECK_INT(open_file(CYN_SEGMENT_FRAME), CYN_E_DATA);
    free(data);
    cyn_table_unref(t);
    tear_down();
}

/* A header as damage cannot make it, with a checksum that is right: sizes are checked all the same.
 */
static cyn_code open_forged(const char *data, size_t size, size_t column, int section, uint64_t at,
                            uint64_t length, uint32_t texts)
{
    char *copy = malloc(size);
    cyn_segment_header h;
    if (!copy) abort();
    memcpy(copy, data, size);
    memcpy(&h, copy, sizeof h);
    cyn_segment_entry e;
    char *entry = copy + sizeof h + column * sizeof e;
    memcpy(&e, entry, sizeof e);
    e.sections[section].at = at;
    e.sections[section].size = length;
    e.texts = texts;
    memcpy(entry, &e, sizeof e);
    h.check = 0;
    uint64_t check = cyn_segment_checksum(&h, sizeof h, 0);
    h.check = cyn_segment_checksum(copy + sizeof h, (size_t)h.width * sizeof e, check);
    memcpy(copy, &h, sizeof h);
    write_file(copy, size);
    free(copy);
    return open_file(CYN_SEGMENT_FRAME);
}

/* The first column, of texts, as one of another width. */
static cyn_code open_narrowed(const char *data, size_t size, uint32_t narrow, uint32_t unit)
{
    char *copy = malloc(size);
    if (!copy) abort();
    memcpy(copy, data, size);
    cyn_segment_entry e;
    memcpy(&e, copy + sizeof(cyn_segment_header), sizeof e);
    e.narrow = narrow;
    e.unit = unit;
    memcpy(copy + sizeof(cyn_segment_header), &e, sizeof e);
    const cyn_section *values = &e.sections[CYN_SECTION_VALUES];
    cyn_code rc = open_forged(copy, size, 0, CYN_SECTION_VALUES, values->at, values->size, e.texts);
    free(copy);
    return rc;
}

static void test_widths_that_do_not_exist_are_refused(void)
{
    set_up();
    cyn_table *t = table_of(0, 90);
    size_t size;
    CHECK_INT(write_table(t), CYN_OK);
    char *data = read_file(&size);
    CHECK_INT(cyn_column_size(cyn_table_column(t, 0)), 1);
    CHECK_INT(open_narrowed(data, size, 1, 1), CYN_OK); /* as it is */
    CHECK_INT(open_narrowed(data, size, 0, 1), CYN_E_DATA);
    CHECK_INT(open_narrowed(data, size, 2, 1), CYN_E_DATA); /* there, but not so many bytes */
    CHECK_INT(open_narrowed(data, size, 3, 1), CYN_E_DATA);
    CHECK_INT(open_narrowed(data, size, 257, 1), CYN_E_DATA);
    CHECK_INT(open_narrowed(data, size, 1, 0), CYN_E_DATA);
    CHECK_INT(open_narrowed(data, size, 1, 1000000), CYN_E_DATA);
    free(data);
    cyn_table_unref(t);
    tear_down();
}

static void test_sizes_that_do_not_agree_are_refused(void)
{
    set_up();
    cyn_table *t = table_of(0, 90);
    size_t size;
    CHECK_INT(write_table(t), CYN_OK);
    char *data = read_file(&size);
    cyn_segment_entry e;
    memcpy(&e, data + sizeof(cyn_segment_header), sizeof e);
    const cyn_section *values = &e.sections[CYN_SECTION_VALUES];
    CHECK_INT(open_forged(data, size, 0, CYN_SECTION_VALUES, values->at, values->size, e.texts),
              CYN_OK); /* the forging itself is fine */
    CHECK_INT(open_forged(data, size, 0, CYN_SECTION_VALUES, values->at, 8, e.texts), CYN_E_DATA);
    CHECK_INT(
        open_forged(data, size, 0, CYN_SECTION_VALUES, 0 - UINT64_C(64), values->size, e.texts),
        CYN_E_DATA);
    CHECK_INT(open_forged(data, size, 0, CYN_SECTION_VALUES, size / 64 * 64, values->size, e.texts),
              CYN_E_DATA);
    CHECK_INT(open_forged(data, size, 0, CYN_SECTION_VALUES, values->at + 8, values->size, e.texts),
              CYN_E_DATA);
    CHECK_INT(open_forged(data, size, 0, CYN_SECTION_VALUES, values->at, values->size, UINT32_MAX),
              CYN_E_DATA);
    CHECK_INT(open_forged(data, size, 1, CYN_SECTION_NAME, 0, 0, 0), CYN_E_DATA);
    free(data);
    cyn_table_unref(t);
    tear_down();
}

static void test_another_version_or_byte_order_is_refused(void)
{
    set_up();
    cyn_table *t = table_of(0, 3);
    size_t size;
    CHECK_INT(write_table(t), CYN_OK);
    char *data = read_file(&size);
    cyn_segment_header h;
    cyn_segment s;
    cyn_err err = {0};
    memcpy(&h, data, sizeof h);
    h.version = 99;
    memcpy(data, &h, sizeof h);
    write_file(data, size);
    CHECK_INT(cyn_segment_open(path, CYN_SEGMENT_ALL, arena, &s, &err), CYN_E_DATA);
    CHECK(strstr(err.message, "has version 99, expected 3"));
    h.version = CYN_SEGMENT_VERSION;
    h.order = __builtin_bswap32(h.order);
    memcpy(data, &h, sizeof h);
    write_file(data, size);
    CHECK_INT(cyn_segment_open(path, CYN_SEGMENT_ALL, arena, &s, &err), CYN_E_DATA);
    CHECK(strstr(err.message, "byte order"));
    free(data);
    cyn_table_unref(t);
    tear_down();
}

/* Computed once by an independent program (Python's integers, cut to 64 bits). */
static void test_the_checksum_is_the_same_for_ever(void)
{
    char text[100];
    for (int i = 0; i < 100; i++)
        text[i] = (char)i;
    CHECK(cyn_segment_checksum("", 0, 0) == UINT64_C(0x42f4fee70a2b8443));
    CHECK(cyn_segment_checksum("ads", 3, 0) == UINT64_C(0x695bb7fb53b6ea49));
    CHECK(cyn_segment_checksum(text, 100, 7) == UINT64_C(0x1442bfcb6525a5fd));
}

static void test_a_cancelled_write_leaves_nothing(void)
{
    set_up();
    cyn_table *t = table_of(0, 100);
    atomic_bool cancel = true;
    CHECK_INT(cyn_segment_write(t, "", 0, &cancel, path, NULL), CYN_E_CANCEL);
    CHECK(access(path, F_OK) != 0 && access(temporary, F_OK) != 0);
    cyn_table_unref(t);
    tear_down();
}

/* A limit on the size of files stands in for a full disk. */
static int write_past_the_limit(const cyn_table *t)
{
    struct rlimit limit = {1000, 1000};
    cyn_err err = {0};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    cyn_code rc = cyn_segment_write(t, "", 0, NULL, path, &err);
    return rc != CYN_E_IO || !strstr(err.message, "cannot write");
}

static void test_a_full_disk_is_an_error_and_leaves_the_old_file(void)
{
    set_up();
    cyn_table *t = table_of(0, 10), *larger = table_of(0, 1000);
    CHECK_INT(write_table(t), CYN_OK);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) _exit(write_past_the_limit(larger));
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK_INT(status, 0);
    CHECK_INT(open_file(CYN_SEGMENT_ALL), CYN_OK);
    CHECK(access(temporary, F_OK) != 0);
    cyn_table_unref(t);
    cyn_table_unref(larger);
    tear_down();
}

static void test_every_failing_allocation_is_an_error(void)
{
    set_up();
    cyn_table *t = table_of(0, 10);
    cyn_code rc = CYN_E_NOMEM;
    for (size_t n = 1; rc == CYN_E_NOMEM && n < 100; n++) {
        cyn_test_fail_after(n);
        rc = cyn_segment_write(t, "", 0, NULL, path, NULL);
        if (rc == CYN_OK) rc = open_file(CYN_SEGMENT_ALL);
        cyn_test_fail_after(0);
    }
    CHECK_INT(rc, CYN_OK);
    cyn_table_unref(t);
    tear_down();
}

int main(void)
{
    RUN(test_what_was_written_is_read);
    RUN(test_arrays_lie_at_multiples_of_64_bytes);
    RUN(test_a_table_stays_when_its_file_is_removed);
    RUN(test_any_changed_byte_is_noticed);
    RUN(test_any_missing_end_is_noticed_by_the_frame);
    RUN(test_widths_that_do_not_exist_are_refused);
    RUN(test_sizes_that_do_not_agree_are_refused);
    RUN(test_another_version_or_byte_order_is_refused);
    RUN(test_the_checksum_is_the_same_for_ever);
    RUN(test_a_cancelled_write_leaves_nothing);
    RUN(test_a_full_disk_is_an_error_and_leaves_the_old_file);
    RUN(test_every_failing_allocation_is_an_error);
    return test_end();
}
