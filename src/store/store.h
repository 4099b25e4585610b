/* The state of a project: .cynosure/state.db (SQLite, WAL), with numbered forward migrations.
 *
 * A value is recorded where it is new or differs from what was recorded last, so its row says when
 * it was first seen; a run that changes nothing leaves only itself.
 *
 * One writer at a time; readers never wait. A run is written in one transaction, so a kill at any
 * moment leaves the file as it was before or after the run. Values are bound, never concatenated.
 *
 *     cyn_store *st;
 *     CYN_TRY(cyn_store_open(".cynosure/state.db", &st, err));
 *     CYN_TRY(cyn_store_begin_run(st, "eval", now, &run, err));
 *     CYN_TRY(cyn_store_add_points(st, run, points, labels, n, err));  // any number of times
 *     CYN_TRY(cyn_store_commit_run(st, run, now, failed, err));
 *     cyn_store_close(st);
 */
#pragma once
#include "base/err.h"
#include "metric/point.h"

#define CYN_STORE_VERSION 8

typedef struct cyn_store cyn_store;
/* Where the state of a project in `dir` is; NULL when out of memory. */
const char *cyn_state_path(const char *dir, cyn_arena *arena);
/* Creates folder and file as needed, and migrates. CYN_E_STATE: of a newer version, or damaged (the
 * hint says what to do); CYN_E_IO: cannot be written. */
CYN_NODISCARD cyn_code cyn_store_open(const char *path, cyn_store **out, cyn_err *err);
/* The same for the run that makes the state, and all that it opens: a new file is left with a
 * rollback journal, so that pages that are new are written once, and not to a -wal first. Its
 * transactions are as safe; readers wait while one is committed. Whoever opens the file next
 * (cyn_store_open) turns it to WAL. */
CYN_NODISCARD cyn_code cyn_store_open_to_fill(const char *path, cyn_store **out, cyn_err *err);
void cyn_store_close(cyn_store *st); /* rolls back an open run; NULL is fine */
CYN_NODISCARD cyn_code cyn_store_begin_run(cyn_store *st, const char *command, int64_t as_of,
                                           int64_t *run, cyn_err *err);
/* A definition is kept once: hash, metric, canonical formula, first seen. */
CYN_NODISCARD cyn_code cyn_store_add_definition(cyn_store *st, const cyn_metric *m,
                                                const char *formula, cyn_err *err);
/* Points of one metric and grain, with the labels of their periods. Leaves no row where the newest
 * one of the same period and segment says the same. It is quickest for a segment's points one after
 * the other, in the order of time: what was said of them is read in one go, and what is new is
 * added in one. */
CYN_NODISCARD cyn_code cyn_store_add_points(cyn_store *st, int64_t run,
                                            const cyn_point *const *points,
                                            const char *const *labels, size_t n, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_add_point(cyn_store *st, int64_t run, const cyn_point *p,
                                           const char *period_label, cyn_err *err);
/* Of each of such points whether anything was ever said of its period and segment. */
CYN_NODISCARD cyn_code cyn_store_known_points(cyn_store *st, const cyn_point *const *points,
                                              size_t n, bool *known, cyn_err *err);
/* All points of a metric and grain in the periods of [from, until), by some dimensions. */
typedef struct cyn_said {
    const cyn_metric *metric;
    cyn_grain grain;
    const char *const *by;
    size_t nby;
    int64_t from, until;
    const cyn_point *points; /* those of a segment one after the other */
    size_t npoints;
} cyn_said;
/* Segments that are recorded with rows behind them, and have no point now, have no rows and no
 * value from this run on. *lost: how many. */
CYN_NODISCARD cyn_code cyn_store_lose_segments(cyn_store *st, int64_t run, const cyn_said *said,
                                               size_t *lost, cyn_err *err);
/* In place of adding `count` points, which are all that the run gives the metric: *same when a
 * digest of them is that of the last run that gave it any in this grain. Else the digest is
 * remembered, and the points are to be added. */
CYN_NODISCARD cyn_code cyn_store_same_points(cyn_store *st, int64_t run, const char *metric,
                                             cyn_grain grain, const char *digest, size_t count,
                                             bool *same, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_commit_run(cyn_store *st, int64_t run, int failed, cyn_err *err);
void cyn_store_undo_run(cyn_store *st); /* the open run, if there is one: nothing of it is kept */

/* Inferred types of a source as last seen: "name:type" per line. NULL when never seen. */
CYN_NODISCARD cyn_code cyn_store_schema(cyn_store *st, const char *source, cyn_arena *arena,
                                        const char **out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_set_schema(cyn_store *st, const char *source, const char *schema,
                                            cyn_err *err);
