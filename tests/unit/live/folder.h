/* A project in a folder of its own, for tests that open one. */
#pragma once
#include "../test.h"
#include "live/opened.h"
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static inline void must(int ok, const char *what)
{
    if (ok) return;
    printf("Bail out! %s\n", what);
    exit(1);
}

static inline void put_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "we");
    must(f && fputs(text, f) >= 0 && fclose(f) == 0, "cannot write a file of the project");
}

static inline void add_to_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "ae");
    must(f && fputs(text, f) >= 0 && fclose(f) == 0, "cannot append to a file of the project");
}

static inline void make_folder(const char *const *below, size_t n)
{
    strcpy(folder, "/tmp/cyn-live-XXXXXX");
    must(mkdtemp(folder) != NULL, "cannot make a folder");
    for (size_t i = 0; i < n; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, below[i]);
        must(mkdir(path, 0700) == 0, "cannot make a folder");
    }
}

/* The folder's files, and those one or two folders below it. */
static inline void drop_files(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    while (d && (e = readdir(d))) {
        char path[512];
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        if (snprintf(path, sizeof path, "%s/%s", dir, e->d_name) >= (int)sizeof path) continue;
        if (unlink(path) != 0) {
            drop_files(path);
            rmdir(path);
        }
    }
    if (d) closedir(d);
}

static inline void drop_folder(void)
{
    drop_files(folder);
    rmdir(folder);
}

static inline cyn_opened *must_open(void)
{
    cyn_opened *o = NULL;
    cyn_err err = {0};
    const cyn_open_options options = {0};
    if (cyn_open(folder, &options, &o, &err) != CYN_OK) {
        printf("Bail out! %s\n", err.message);
        exit(1);
    }
    return o;
}
