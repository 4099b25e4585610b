/* A damaged state is found out and moved aside; a whole one never is. */
#include "../test.h"
#include "base/time.h"
#include "store/repair.h"
#include <dirent.h>
#include <unistd.h>

#define NOW INT64_C(1795340269420000) /* 2026-11-22T09:37:49Z */

static char folder[64], path[128];
static cyn_arena *arena;

static void begin(void)
{
    cyn_store *st = NULL;
    strcpy(folder, "/tmp/cyn-repair-XXXXXX");
    if (!mkdtemp(folder)) exit(1);
    snprintf(path, sizeof path, "%s/state.db", folder);
    arena = cyn_arena_new(0);
    CHECK_INT(cyn_store_open(path, &st, NULL), CYN_OK);
    cyn_store_close(st);
}

static void end(void)
{
    DIR *d = opendir(folder);
    const struct dirent *e;
    while (d && (e = readdir(d))) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", folder, e->d_name);
        unlink(name);
    }
    if (d) closedir(d);
    rmdir(folder);
    cyn_arena_free(arena);
}

static void damage(long from)
{
    FILE *f = fopen(path, "r+be");
    if (!f || fseek(f, from, SEEK_SET) != 0) exit(1);
    for (int i = 0; i < 20000; i++)
        fputc(0xa5, f);
    fclose(f);
}

static void test_a_whole_state_stays(void)
{
    const char *found = "?", *kept = "?";
    begin();
    CHECK_INT(cyn_store_examine(path, arena, &found, NULL), CYN_OK);
    CHECK_STR(found, NULL);
    CHECK_INT(cyn_store_set_aside(path, NOW, arena, &kept, NULL), CYN_OK);
    CHECK_STR(kept, NULL);
    CHECK(access(path, F_OK) == 0);
    end();
}

static void test_none_is_not_damaged(void)
{
    const char *found = "?";
    begin();
    unlink(path);
    CHECK_INT(cyn_store_examine(path, arena, &found, NULL), CYN_OK);
    CHECK_STR(found, NULL);
    CHECK(access(path, F_OK) != 0); /* and none was made */
    end();
}

/* In the header of the file, and behind it. */
static void test_a_damaged_one_is_moved_and_keeps_those_before(void)
{
    const long places[] = {0, 100, 100};
    const char *const ends[] = {"", "", "-2"};
    begin();
    for (size_t i = 0; i < 3; i++) {
        const char *found = NULL, *kept = NULL;
        char wanted[256];
        cyn_store *st = NULL;
        damage(places[i]);
        CHECK_INT(cyn_store_examine(path, arena, &found, NULL), CYN_OK);
        CHECK(found != NULL);
        int64_t now = i == 0 ? NOW : NOW + CYN_HOUR;
        CHECK_INT(cyn_store_set_aside(path, now, arena, &kept, NULL), CYN_OK);
        snprintf(wanted, sizeof wanted, "%s.corrupt-20261122T%02d3749Z%s", path, i ? 10 : 9,
                 ends[i]);
        CHECK_STR(kept, wanted);
        CHECK(access(wanted, F_OK) == 0 && access(path, F_OK) != 0);
        CHECK_INT(cyn_store_open(path, &st, NULL), CYN_OK); /* a new one begins */
        cyn_store_close(st);
    }
    end();
}

int main(void)
{
    RUN(test_a_whole_state_stays);
    RUN(test_none_is_not_damaged);
    RUN(test_a_damaged_one_is_moved_and_keeps_those_before);
    return test_end();
}
