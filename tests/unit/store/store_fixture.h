/* A store in a folder of its own under $TMPDIR, points to put into it, and a second eye on the
 * file: SQLite without our code. */
#pragma once
#include "store/store_impl.h"
#include "test.h"
#include <ftw.h>
#include <unistd.h>

static char folder[256], path[300];

static void new_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/cyn-store-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        exit(1);
    }
    snprintf(path, sizeof path, "%s/.cynosure/state.db", folder);
}

static int remove_one(const char *name, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info, (void)kind, (void)ftw;
    return remove(name);
}

static inline void remove_folder(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The first column of all rows of a query, by ","; "NULL" for a null; the error if there is one. */
static inline const char *query(const char *sql)
{
    static char out[1024];
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    size_t n = 0;
    out[0] = '\0';
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    while (q && sqlite3_step(q) == SQLITE_ROW && n < sizeof out) {
        const char *text = (const char *)sqlite3_column_text(q, 0);
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", n ? "," : "", text ? text : "NULL");
    }
    if (sqlite3_errcode(db) != SQLITE_OK && sqlite3_errcode(db) != SQLITE_DONE)
        snprintf(out, sizeof out, "error: %s", sqlite3_errmsg(db));
    sqlite3_finalize(q);
    sqlite3_close(db);
    return out;
}

static inline cyn_store *open_store(void)
{
    cyn_store *st = NULL;
    cyn_err err = {0};
    if (cyn_store_open(path, &st, &err) != CYN_OK) {
        printf("Bail out! cannot open %s: %s\n", path, err.message);
        exit(1);
    }
    return st;
}

static const cyn_metric aha = {.name = "aha_rate", .definition = "d1"};
/* 2026-W45 in UTC. */
static const cyn_period week = {{CYN_WEEK, 1}, 1793577600000000, 1794182400000000};

static inline cyn_point point_of(cyn_num value)
{
    return (cyn_point){.metric = &aha, .period = week, .value = value, .rows = 7};
}

/* A whole run of one point; the code of the first thing that failed. */
static inline cyn_code record(cyn_store *st, const cyn_point *p, int64_t *run, cyn_err *err)
{
    CYN_TRY(cyn_store_begin_run(st, "eval", 1794182400000000, run, err));
    CYN_TRY(cyn_store_add_definition(st, p->metric, "count(events)", err));
    CYN_TRY(cyn_store_add_point(st, *run, p, "2026-W45", err));
    return cyn_store_commit_run(st, *run, p->failed, err);
}
