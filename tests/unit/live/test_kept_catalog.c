/* The file of what the scripts declared: whole or not there, of its key alone, and none that makes
 * a folder. */
#include "folder.h"
#include "live/kept_catalog.h"
#include <fcntl.h>
#include <sys/file.h>

static const char key[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char other[] = "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static const cyn_script_keep *begin(cyn_arena **arena, bool state)
{
    static const char *const below[] = {".cynosure"};
    const cyn_script_keep *k = NULL;
    make_folder(below, state ? 1 : 0);
    *arena = cyn_arena_new(0);
    must(*arena && cyn_kept_catalog_new(folder, *arena, &k, NULL) == CYN_OK, "no memory");
    return k;
}

static void end(cyn_arena *arena)
{
    cyn_arena_free(arena);
    drop_folder();
}

/* What is found under the key; "": nothing. */
static const char *found(const cyn_script_keep *k, const char *under, cyn_arena *arena)
{
    const void *data = NULL;
    size_t size = 0;
    if (!k->find(k->self, under, arena, &data, &size)) return "";
    const char *text = cyn_strndup(arena, data, size);
    return text ? text : "";
}

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/.cynosure/%s", folder, name);
    return path;
}

static bool is_there(const char *name)
{
    struct stat st;
    return lstat(path_of(name), &st) == 0;
}

static void test_the_newest_is_found_under_its_key(void)
{
    cyn_arena *arena;
    const cyn_script_keep *k = begin(&arena, true);
    CHECK_STR(found(k, key, arena), "");
    k->keep(k->self, key, "one", 3);
    CHECK_STR(found(k, key, arena), "one");
    CHECK_STR(found(k, other, arena), "");
    k->keep(k->self, other, "another", 7);
    CHECK_STR(found(k, key, arena), "");
    CHECK_STR(found(k, other, arena), "another");
    k->drop(k->self);
    CHECK_STR(found(k, other, arena), "");
    CHECK(!is_there("catalog") && !is_there("catalog.new"));
    end(arena);
}

/* The whole file. */
static size_t read_file(char *out, size_t size)
{
    FILE *f = fopen(path_of("catalog"), "rbe");
    must(f != NULL, "there is no catalog");
    size_t n = fread(out, 1, size, f);
    fclose(f);
    return n;
}

static void write_file(const char *data, size_t n)
{
    FILE *f = fopen(path_of("catalog"), "wbe");
    must(f && fwrite(data, 1, n, f) == n && fclose(f) == 0, "cannot write a catalog");
}

static void test_a_damaged_one_is_none(void)
{
    cyn_arena *arena;
    char good[512], bad[512];
    const cyn_script_keep *k = begin(&arena, true);
    k->keep(k->self, key, "declared", 8);
    const size_t n = read_file(good, sizeof good);
    for (size_t i = 0; i < n; i++) {
        memcpy(bad, good, n);
        bad[i] ^= 4;
        write_file(bad, n);
        CHECK_STR(found(k, key, arena), "");
        write_file(good, i);
        CHECK_STR(found(k, key, arena), "");
    }
    write_file(good, n);
    CHECK_STR(found(k, key, arena), "declared");
    end(arena);
}

static void test_without_a_state_nothing_is_made(void)
{
    cyn_arena *arena;
    const cyn_script_keep *k = begin(&arena, false);
    k->keep(k->self, key, "one", 3);
    k->drop(k->self);
    CHECK_STR(found(k, key, arena), "");
    CHECK(!is_there(""));
    end(arena);
}

static void test_what_a_killed_process_left_is_written_over(void)
{
    cyn_arena *arena;
    const cyn_script_keep *k = begin(&arena, true);
    put_file(".cynosure/catalog.new", "longer than what is kept then, and not whole");
    k->keep(k->self, key, "one", 3);
    CHECK_STR(found(k, key, arena), "one");
    CHECK(!is_there("catalog.new"));
    end(arena);
}

static void test_while_another_process_is_at_it_nothing_is_kept(void)
{
    cyn_arena *arena;
    const cyn_script_keep *k = begin(&arena, true);
    int lock = open(path_of(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(lock >= 0 && flock(lock, LOCK_EX) == 0, "cannot lock");
    k->keep(k->self, key, "one", 3);
    CHECK(!is_there("catalog") && !is_there("catalog.new"));
    close(lock);
    k->keep(k->self, key, "one", 3);
    CHECK_STR(found(k, key, arena), "one");
    end(arena);
}

/* Neither is followed or waited for, and what stands in the way is left alone. */
static void test_what_is_no_file_is_none(void)
{
    cyn_arena *arena;
    const cyn_script_keep *k = begin(&arena, true);
    must(mkdir(path_of("catalog"), 0700) == 0, "cannot make a folder");
    k->keep(k->self, key, "one", 3);
    CHECK_STR(found(k, key, arena), "");
    CHECK(is_there("catalog") && !is_there("catalog.new"));
    must(rmdir(path_of("catalog")) == 0, "cannot remove a folder");
    must(mkfifo(path_of("catalog"), 0600) == 0, "cannot make a pipe");
    CHECK_STR(found(k, key, arena), "");
    must(unlink(path_of("catalog")) == 0, "cannot remove a pipe");
    put_file("elsewhere", "x");
    must(symlink("../elsewhere", path_of("catalog")) == 0, "cannot make a link");
    CHECK_STR(found(k, key, arena), "");
    k->keep(k->self, key, "one", 3); /* takes the link's place */
    CHECK_STR(found(k, key, arena), "one");
    end(arena);
}

int main(void)
{
    RUN(test_the_newest_is_found_under_its_key);
    RUN(test_a_damaged_one_is_none);
    RUN(test_without_a_state_nothing_is_made);
    RUN(test_what_a_killed_process_left_is_written_over);
    RUN(test_while_another_process_is_at_it_nothing_is_kept);
    RUN(test_what_is_no_file_is_none);
    return test_end();
}
