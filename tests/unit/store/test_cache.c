/* store: what is remembered of column segments. */
#include "store/cache.h"
#include "store/cells.h"
#include "store_fixture.h"

static const cyn_file_stamp inputs[] = {
    {"data/2026-01.csv", 1000, 1767225600000000001, 1767225600000000002, 7, 11},
    {"data/2026-02.csv", 2000, 1769904000000000003, 1769904000000000004, 7, 12},
    {"data/'; DROP TABLE segment; --.csv", INT64_MAX, -1, 0, -7, -12},
};
static const cyn_stored_segment two[] = {
    {{"a.seg", 64, 1, 2, 3, 4}, "boot-1", inputs, 2},
    {{"b.seg", 128, 5, 6, 7, 8}, "boot-2", inputs + 2, 1},
};

static int same_stamp(const cyn_file_stamp *a, const cyn_file_stamp *b)
{
    return !strcmp(a->path, b->path) && a->size == b->size && a->modified == b->modified &&
           a->changed == b->changed && a->device == b->device && a->inode == b->inode;
}

static void test_segments_come_back_as_they_were_in_their_order(void)
{
    new_folder();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_store *st = open_store();
    cyn_stored_segment *got = NULL;
    size_t n = 9;
    CHECK_INT(cyn_store_segments(st, "events", "s1", arena, &got, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    CHECK_INT(cyn_store_set_segments(st, "events", "s1", two, 2, NULL), CYN_OK);
    cyn_store_close(st);
    st = open_store();
    CHECK_INT(cyn_store_segments(st, "events", "s1", arena, &got, &n, NULL), CYN_OK);
    CHECK_INT(n, 2);
    for (size_t i = 0; i < n; i++) {
        CHECK(same_stamp(&got[i].file, &two[i].file));
        CHECK_STR(got[i].boot, two[i].boot);
        CHECK_INT(got[i].ninputs, two[i].ninputs);
        for (size_t k = 0; k < got[i].ninputs; k++)
            CHECK(same_stamp(&got[i].inputs[k], &two[i].inputs[k]));
    }
    cyn_store_close(st);
    cyn_arena_free(arena);
    remove_folder();
}

static void test_another_spec_or_source_sees_nothing(void)
{
    new_folder();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_store *st = open_store();
    cyn_stored_segment *got = NULL;
    size_t n = 9;
    CHECK_INT(cyn_store_set_segments(st, "events", "s1", two, 2, NULL), CYN_OK);
    CHECK_INT(cyn_store_segments(st, "events", "s2", arena, &got, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    CHECK_INT(cyn_store_segments(st, "orders", "s1", arena, &got, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    cyn_store_close(st);
    cyn_arena_free(arena);
    remove_folder();
}

static void test_new_segments_replace_all_old_ones_of_their_source(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_stored_segment other = two[0];
    other.file.path = "c.seg";
    CHECK_INT(cyn_store_set_segments(st, "events", "s1", two, 2, NULL), CYN_OK);
    CHECK_INT(cyn_store_set_segments(st, "orders", "s1", &other, 1, NULL), CYN_OK);
    CHECK_INT(cyn_store_set_segments(st, "events", "s2", two + 1, 1, NULL), CYN_OK);
    CHECK_STR(query("SELECT path FROM segment ORDER BY path"), "b.seg,c.seg");
    CHECK_STR(query("SELECT count(*) FROM segment_input"), "3");
    CHECK_INT(cyn_store_set_segments(st, "events", "s2", NULL, 0, NULL), CYN_OK);
    CHECK_STR(query("SELECT path FROM segment"), "c.seg");
    cyn_store_close(st);
    remove_folder();
}

static void test_a_failure_leaves_what_was_there(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_stored_segment twice[] = {two[0], two[0]}; /* one path for two segments */
    cyn_err err = {0};
    CHECK_INT(cyn_store_set_segments(st, "events", "s1", two + 1, 1, NULL), CYN_OK);
    CHECK_INT(cyn_store_set_segments(st, "events", "s2", twice, 2, &err), CYN_E_CONFLICT);
    CHECK(strstr(err.message, "cannot record segments"));
    CHECK_STR(query("SELECT path || spec FROM segment"), "b.segs1");
    CHECK_INT(cyn_store_set_segments(st, "events", "s2", two, 2, NULL), CYN_OK); /* still works */
    cyn_store_close(st);
    remove_folder();
}

static void test_sources_that_are_gone_are_forgotten(void)
{
    static const char *const keep[] = {"orders", "a \"quoted\" one"};
    new_folder();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_store *st = open_store();
    const char **files = NULL;
    size_t n = 0;
    CHECK_INT(cyn_store_set_segments(st, "events", "s1", two, 1, NULL), CYN_OK);
    CHECK_INT(cyn_store_set_segments(st, "a \"quoted\" one", "s1", two + 1, 1, NULL), CYN_OK);
    CHECK_INT(cyn_store_keep_sources(st, keep, 2, NULL), CYN_OK);
    CHECK_INT(cyn_store_segment_files(st, arena, &files, &n, NULL), CYN_OK);
    CHECK_INT(n, 1);
    CHECK_STR(files[0], "b.seg");
    CHECK_INT(cyn_store_keep_sources(st, NULL, 0, NULL), CYN_OK);
    CHECK_STR(query("SELECT count(*) FROM segment"), "0");
    cyn_store_close(st);
    cyn_arena_free(arena);
    remove_folder();
}

static size_t size_under(cyn_store *st, const char *key)
{
    const void *data = NULL;
    size_t size = 0;
    cyn_arena *arena = cyn_arena_new(0);
    CHECK_INT(cyn_store_cells(st, key, arena, &data, &size, NULL), CYN_OK);
    size = data ? size : SIZE_MAX;
    cyn_arena_free(arena);
    return size;
}

static void test_cells_are_found_by_their_key_and_the_oldest_go(void)
{
    new_folder();
    cyn_store *st = open_store();
    static char much[30 << 20];
    cyn_stored_cells cells[] = {{"a", "one", 3}, {"b", "", 0}};
    CHECK(size_under(st, "a") == SIZE_MAX);
    CHECK_INT(cyn_store_keep_cells(st, cells, 2, NULL), CYN_OK);
    CHECK_INT(size_under(st, "a"), 3);
    CHECK_INT(size_under(st, "b"), 0);
    cells[0] = (cyn_stored_cells){"a", "other", 5};
    CHECK_INT(cyn_store_keep_cells(st, cells, 1, NULL), CYN_OK);
    CHECK_INT(size_under(st, "a"), 5);
    const cyn_stored_cells large[] = {
        {"c", much, sizeof much}, {"d", much, sizeof much}, {"e", much, sizeof much}};
    for (int i = 0; i < 3; i++)
        CHECK_INT(cyn_store_keep_cells(st, &large[i], 1, NULL), CYN_OK);
    CHECK_STR(query("SELECT key FROM cells ORDER BY id"), "d,e");
    cyn_store_close(st);
    remove_folder();
}

static void test_cells_of_a_run_are_kept_with_it(void)
{
    new_folder();
    cyn_store *st = open_store();
    const cyn_stored_cells cells[] = {{"a", "one", 3}, {"b", "", 0}};
    const cyn_stored_cells bad = {NULL, "one", 3};
    int64_t run = 0;
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_keep_cells(st, &cells[0], 1, NULL), CYN_OK);
    cyn_store_undo_run(st);
    CHECK(size_under(st, "a") == SIZE_MAX);
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_keep_cells(st, &cells[1], 1, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_OK);
    CHECK_INT(size_under(st, "b"), 0);
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_keep_cells(st, &bad, 1, NULL), CYN_E_CONFLICT);
    CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_E_STATE); /* it has ended */
    cyn_store_close(st);
    CHECK_STR(query("SELECT count(*) FROM run"), "1");
    remove_folder();
}

int main(void)
{
    RUN(test_segments_come_back_as_they_were_in_their_order);
    RUN(test_another_spec_or_source_sees_nothing);
    RUN(test_new_segments_replace_all_old_ones_of_their_source);
    RUN(test_a_failure_leaves_what_was_there);
    RUN(test_sources_that_are_gone_are_forgotten);
    RUN(test_cells_are_found_by_their_key_and_the_oldest_go);
    RUN(test_cells_of_a_run_are_kept_with_it);
    return test_end();
}
