/* A project in a folder of its own under $TMPDIR, opened with its scripts, its state, and a clock
 * that the test sets: what the daemon has, without the daemon. */
#pragma once
#include "base/arena.h"
#include "live/intervals.h"
#include "live/opened.h"
#include "live/stock.h"
#include "script/script.h"
#include "store/store.h"
#include "test.h"
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char world_folder[256];
static int64_t world_now; /* the false clock */

typedef struct world {
    cyn_opened *opened;
    cyn_stock *stock;
    cyn_dataset *data;
    cyn_store *store;
    cyn_intervals *intervals;
    cyn_arena *arena; /* of the last turn */
} world;

static void world_fail(const char *what, const cyn_err *err)
{
    printf("Bail out! %s: %s%s%s\n", what, err->message, *err->hint ? "; " : "", err->hint);
    exit(1);
}

static inline void world_write(const char *name, const char *text)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", world_folder, name);
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static inline void world_remove_file(const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", world_folder, name);
    if (remove(path) != 0) {
        perror(path);
        exit(1);
    }
}

static inline void world_make(void)
{
    const char *tmp = getenv("TMPDIR");
    char path[400];
    snprintf(world_folder, sizeof world_folder, "%s/cyn-live-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(world_folder)) {
        perror(world_folder);
        exit(1);
    }
    snprintf(path, sizeof path, "%s/metrics", world_folder);
    if (mkdir(path, 0777) != 0) exit(1);
}

static int world_remove_one(const char *name, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info, (void)kind, (void)ftw;
    return remove(name);
}

static inline void world_remove(void)
{
    nftw(world_folder, world_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int64_t world_clock(void)
{
    return world_now;
}

/* A project of a test has nothing wrong with it. */
static inline void world_open_project(world *w)
{
    cyn_err err = {0};
    const cyn_open_options options = {0};
    cyn_code rc = cyn_open(world_folder, &options, &w->opened, &err);
    if (w->opened && w->opened->findings.count > 0)
        world_fail("the project", &w->opened->findings.items[0]);
    if (rc != CYN_OK) world_fail("cannot open the project", &err);
}

/* Looks at the files, and reads those that changed. */
static inline void world_load(world *w)
{
    cyn_err err = {0};
    cyn_err_list notes;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_stock *stock = NULL;
    const cyn_stock_options options = {0};
    const cyn_project *p = w->opened->project;
    cyn_err_list_init(&notes, arena);
    cyn_dataset_free(w->data);
    w->data = NULL;
    if (cyn_stock_load(p, w->stock, &options, &stock, &notes, &err) != CYN_OK)
        world_fail("cannot load", &err);
    cyn_stock_unref(w->stock);
    w->stock = stock;
    cyn_arena_free(arena);
    if (cyn_stock_dataset(stock, p, &w->data, &err) != CYN_OK) world_fail("no dataset", &err);
    if (cyn_intervals_data(w->intervals, w->data, world_now, &err) != CYN_OK)
        world_fail("cannot look at the data", &err);
}

static inline void world_open(world *w)
{
    char path[400];
    cyn_err err = {0};
    *w = (world){.arena = cyn_arena_new(0)};
    snprintf(path, sizeof path, "%s/.cynosure/state.db", world_folder);
    world_open_project(w);
    if (cyn_store_open(path, &w->store, &err) != CYN_OK) world_fail("no state", &err);
    if (cyn_intervals_new(w->opened->project, w->store, world_now, &w->intervals, &err) != CYN_OK)
        world_fail("no intervals", &err);
    world_load(w);
}

static inline void world_close(world *w)
{
    cyn_intervals_free(w->intervals);
    cyn_store_close(w->store);
    cyn_dataset_free(w->data);
    cyn_stock_unref(w->stock);
    cyn_opened_unref(w->opened);
    cyn_arena_free(w->arena);
    *w = (world){0};
}

static inline cyn_code world_turn(world *w, cyn_evaluation *done, cyn_err *err)
{
    const cyn_turn turn = {
        .data = w->data, .store = w->store, .now = world_now, .clock = world_clock};
    cyn_arena_free(w->arena);
    w->arena = cyn_arena_new(0);
    return cyn_intervals_run(w->intervals, &turn, w->arena, done, err);
}

/* The instant that a text names. */
static inline int64_t at(const char *text)
{
    int64_t out = 0;
    if (!cyn_parse_instant(text, strlen(text), NULL, &out)) {
        printf("Bail out! no instant: %s\n", text);
        exit(1);
    }
    return out;
}
