/* Which Lua files a project has, and in which order they run. */
#include "engine/scripts.h"
#include "test.h"
#include <sys/stat.h>
#include <unistd.h>

/* Folders and files of a project, as they are made; a folder ends with a slash. */
static const char *const entries[] = {"tests/",
                                      "tests/a.lua",
                                      "alerts/",
                                      "alerts/b.lua",
                                      "alerts/a.lua",
                                      "alerts/notes.txt",
                                      "alerts/.hidden.lua",
                                      "metrics/",
                                      "metrics/z.lua",
                                      "lib/",
                                      "lib/m.lua",
                                      "packs/",
                                      "packs/p/",
                                      "packs/p/alerts/",
                                      "packs/p/alerts/a.lua",
                                      "packs/p/metrics/",
                                      "packs/p/tests/",
                                      "packs/p/metrics/a.lua",
                                      "packs/p/tests/t.lua",
                                      "packs/q/",
                                      "packs/q/alerts/",
                                      "packs/q/alerts/a.lua"};
#define ENTRIES (sizeof entries / sizeof *entries)

static void make(const char *dir)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", dir, entries[i]);
        if (path[strlen(path) - 1] == '/') {
            CHECK_INT(mkdir(path, 0700), 0);
            continue;
        }
        FILE *f = fopen(path, "we");
        CHECK(f && fputs("-- nothing\n", f) >= 0);
        if (f) fclose(f);
    }
}

static void destroy(const char *dir)
{
    for (size_t i = ENTRIES; i-- > 0;) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", dir, entries[i]);
        if (path[strlen(path) - 1] == '/')
            rmdir(path);
        else
            unlink(path);
    }
    CHECK_INT(rmdir(dir), 0);
}

/* "alerts/a.lua", "tests/a.lua (test)", "packs/p/alerts/a.lua (p)", "lib/m.lua = m" */
static void describe(const cyn_project_script *s, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s%s%s%s%s", s->name, s->test ? " (test)" : "", s->pack ? " (" : "",
             s->pack ? s->pack : "", s->pack ? ")" : "", s->module ? " = " : "",
             s->module ? s->module : "");
}

static void test_alerts_run_after_metrics_and_tests_last(void)
{
    static const char *const expected[] = {"metrics/z.lua",
                                           "alerts/a.lua",
                                           "alerts/b.lua",
                                           "tests/a.lua (test)",
                                           "lib/m.lua = m",
                                           "packs/p/metrics/a.lua (p)",
                                           "packs/p/alerts/a.lua (p)",
                                           "packs/p/tests/t.lua (test) (p)",
                                           "packs/q/alerts/a.lua (q)"};
    char dir[] = "/tmp/cynosure-scripts-XXXXXX";
    CHECK(mkdtemp(dir) != NULL);
    make(dir);
    const cyn_project_script *list = NULL;
    size_t n = 0;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_err_list errs;
    cyn_err_list_init(&errs, arena);
    CHECK_INT(cyn_project_scripts(arena, dir, &list, &n, &errs), CYN_OK);
    CHECK_INT(errs.count, 0);
    CHECK_INT(n, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < n && i < sizeof expected / sizeof *expected; i++) {
        char text[100];
        describe(&list[i], text, sizeof text);
        CHECK_STR(text, expected[i]);
    }
    cyn_arena_free(arena);
    destroy(dir);
}

int main(void)
{
    RUN(test_alerts_run_after_metrics_and_tests_last);
    return test_end();
}
