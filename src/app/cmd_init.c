/* init: writes one of the embedded example projects (lua/templates) into a folder. */
#include "app/commands.h"
#include "base/arena.h"
#include "base/embed.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const cyn_embedded cyn_templates[]; /* "subscription/cynosure.yaml", … */

static const char *const kinds[] = {"attention", "transaction", "productivity", "subscription"};
#define NKINDS (sizeof kinds / sizeof *kinds)
/* A first what-if for each kind. */
static const char *const questions[NKINDS] = {"minutes views_per_viewer=+10%",
                                              "revenue order_value=-5%",
                                              "tasks_done active_teams=+2", "revenue arpa=+5%"};

static bool is_kind(const char *word)
{
    for (size_t i = 0; i < NKINDS; i++)
        if (strcmp(kinds[i], word) == 0) return true;
    return false;
}

/* The part of a template's name below its kind, or NULL when it is another kind's. */
static const char *name_within(const cyn_embedded *f, const char *kind)
{
    size_t n = strlen(kind);
    return strncmp(f->name, kind, n) == 0 && f->name[n] == '/' ? f->name + n + 1 : NULL;
}

static int complain(const char *what, const char *path)
{
    fprintf(stderr, "error: cannot %s '%s': %s\n", what, path, strerror(errno));
    return CYN_EXIT_FAILED;
}

/* Makes the folders on the way to a path. */
static int make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = mkdir(path, 0777) != 0 && errno != EEXIST;
        if (failed) return complain("make the folder", path);
        *slash = '/';
    }
    return CYN_EXIT_OK;
}

static int write_file(char *path, const cyn_embedded *f)
{
    int rc = make_folders(path);
    if (rc != CYN_EXIT_OK) return rc;
    FILE *out = fopen(path, "wbe");
    if (!out) return complain("write", path);
    bool ok = fwrite(f->data, 1, f->size, out) == f->size;
    if (fclose(out) != 0 || !ok) return complain("write", path);
    return CYN_EXIT_OK;
}

/* Nothing is written when any file is there already: a project is never half replaced. */
static int refuse_existing(const char *kind, const char *dir)
{
    int found = 0;
    for (const cyn_embedded *f = cyn_templates; f->name; f++) {
        const char *name = name_within(f, kind);
        char path[4096];
        if (!name) continue;
        snprintf(path, sizeof path, "%s/%s", dir, name);
        if (access(path, F_OK) != 0) continue;
        if (found++ < 3) fprintf(stderr, "error: '%s' is there already\n", path);
    }
    if (!found) return CYN_EXIT_OK;
    fputs("  hint: name another folder, or use --force to write over them\n", stderr);
    return CYN_EXIT_FAILED;
}

/* What an editor and git want to know; a file that is there already is left alone. */
static int write_helpers(const char *dir)
{
    static const char luarc[] =
        "{\n  \"runtime.version\": \"Lua 5.4\",\n"
        "  \"workspace.library\": [\"" CYN_DATADIR "/lua/cynosure/_meta\"]\n}\n";
    static const char gitignore[] = "# values, alert state and column segments\n/.cynosure/\n";
    const cyn_embedded files[] = {
        {".luarc.json", (const unsigned char *)luarc, sizeof luarc - 1},
        {".gitignore", (const unsigned char *)gitignore, sizeof gitignore - 1},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[4096];
        if (snprintf(path, sizeof path, "%s/%s", dir, files[i].name) >= (int)sizeof path) continue;
        if (access(path, F_OK) == 0) continue;
        int rc = write_file(path, &files[i]);
        if (rc != CYN_EXIT_OK) return rc;
    }
    return CYN_EXIT_OK;
}

/* Commands to begin with, each with what it shows, in line. */
static void say_next(const char *kind, const char *dir)
{
    size_t k = 0;
    while (k + 1 < NKINDS && strcmp(kinds[k], kind) != 0)
        k++;
    char what_if[80];
    snprintf(what_if, sizeof what_if, "what-if %s", questions[k]);
    const char *const steps[][2] = {
        {"eval", "its metrics for the last period"},
        {"tree", "what moved the result"},
        {what_if, "what would come of it"},
        {"targets", "what is on track"},
        {"alerts run", "what fires, and who is told"},
        {"check", "what is still to be agreed on"},
        {"serve", "all of it in a browser, evaluated as it comes due"},
    };
    const char *at = strcmp(dir, ".") == 0 ? "" : " -C ";
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        printf("  cynosure%s%s %-*s  %s\n", at, *at ? dir : "", (int)strlen(what_if), steps[i][0],
               steps[i][1]);
}

static int write_project(const char *kind, const char *dir)
{
    int count = 0;
    for (const cyn_embedded *f = cyn_templates; f->name; f++) {
        const char *name = name_within(f, kind);
        char path[4096];
        if (!name) continue;
        if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
            errno = ENAMETOOLONG;
            return complain("write", dir);
        }
        int rc = write_file(path, f);
        if (rc != CYN_EXIT_OK) return rc;
        count++;
    }
    int rc = write_helpers(dir);
    if (rc != CYN_EXIT_OK) return rc;
    printf("Wrote the %s project to %s (%d files).\n\nNext:\n", kind, dir, count);
    say_next(kind, dir);
    return CYN_EXIT_OK;
}

int cyn_cmd_init(const cyn_args *args)
{
    const char *kind = "subscription", *dir = cyn_arg(args, "project");
    size_t next = 0;
    if (args->npositional > 0 && is_kind(args->positional[0])) kind = args->positional[next++];
    if (next < args->npositional) {
        const char *word = args->positional[next++];
        const char *near =
            next == 1 && !strchr(word, '/') ? cyn_nearest(word, kinds, NKINDS) : NULL;
        if (near)
            return cyn_usage_error(args,
                                   "unknown kind '%s'; did you mean '%s'? (write ./%s for a "
                                   "folder of that name)",
                                   word, near, word);
        dir = word;
    }
    if (next < args->npositional)
        return cyn_usage_error(args, "expected [KIND] [DIR], found '%s' too",
                               args->positional[next]);
    if (!dir) dir = ".";
    if (!cyn_arg(args, "force")) {
        int rc = refuse_existing(kind, dir);
        if (rc != CYN_EXIT_OK) return rc;
    }
    return write_project(kind, dir);
}
