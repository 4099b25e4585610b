#include "store/ledger.h"
#include "base/arena.h"
#include "store/store_impl.h"
#include <string.h>

static const char writing[] = "record an evaluation", reading[] = "read the ledger";

const char *const cyn_reason_names[] = {"due",      "caught up", "data", "definition",
                                        "backfill", "retry",     NULL};

/* ---- statements, prepared when they are first needed ---- */

typedef enum which {
    PUT_LEDGER,
    DROP_LEDGER,
    GET_LEDGER,
    GET_IMMATURE,
    DROP_STRETCHES,
    PUT_STRETCH,
    GET_STRETCHES,
    COUNT_CHANGES,
    GET_RESTATED,
    ADD_EVALUATION,
    GET_EVALUATIONS,
    PUT_JOB,
    GET_JOBS,
    NEWEST_RUN,
    PRUNE_EVALUATIONS,
    PRUNE_RUNS,
    COUNT,
} which;

#define LEDGER_COLUMNS                                                                             \
    "metric, grain, dims, since, until, definition, data, redo, redone, at, took, late, failures," \
    " again, failed, error"
#define STRETCH_COLUMNS "metric, grain, dims, since, until, definition, data"
#define EVALUATION_COLUMNS                                                                         \
    "run, grain, first, last, reason, due, began, took, metrics, points, changed, restated, "      \
    "failed"
#define JOB_COLUMNS "job, due, began, took, runs, missed, failures, error"

/* What a run says, beside what was said last before it; of a running period that was no statement
 * yet. */
#define SAID_BEFORE                                                                                \
    " FROM value AS v LEFT JOIN value AS before"                                                   \
    "  ON before.metric = v.metric AND before.grain = v.grain AND before.segment = v.segment"      \
    "  AND before.period_start = v.period_start AND before.run ="                                  \
    "   (SELECT max(run) FROM value AS w WHERE w.metric = v.metric AND w.grain = v.grain"          \
    "    AND w.segment = v.segment AND w.period_start = v.period_start AND w.run < v.run"          \
    "    AND w.error IS NULL)"                                                                     \
    " WHERE v.run = ?"
#define RESTATED "before.partial = 0 AND before.value IS NOT v.value"

/* A run is old when it began before ?3, or its number is not above ?4. */
static const char *const statements[COUNT] = {
    [PUT_LEDGER] = "INSERT OR REPLACE INTO ledger (" LEDGER_COLUMNS ")"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [DROP_LEDGER] = "DELETE FROM ledger WHERE metric = ? AND grain = ? AND dims = ?",
    [GET_LEDGER] = "SELECT " LEDGER_COLUMNS " FROM ledger ORDER BY metric, grain, dims",
    [GET_IMMATURE] =
        "SELECT DISTINCT metric, grain,"
        "  ifnull((SELECT group_concat(key) FROM json_each(segment)), '') AS dims, period_start"
        " FROM latest WHERE immature = 1 ORDER BY metric, grain, dims",
    [DROP_STRETCHES] = "DELETE FROM stretch WHERE metric = ? AND grain = ? AND dims = ?"
                       " AND since >= ? AND until <= ?",
    [PUT_STRETCH] =
        "INSERT OR REPLACE INTO stretch (" STRETCH_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)",
    [GET_STRETCHES] = "SELECT " STRETCH_COLUMNS " FROM stretch ORDER BY metric, grain, dims, since",
    [COUNT_CHANGES] = "SELECT count(*), count(CASE WHEN " RESTATED " THEN 1 END)" SAID_BEFORE,
    [GET_RESTATED] = "SELECT v.metric, min(v.period_start), max(v.period_start)" SAID_BEFORE
                     " AND " RESTATED " GROUP BY v.metric ORDER BY v.metric",
    [ADD_EVALUATION] = "INSERT INTO evaluation (" EVALUATION_COLUMNS ")"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [GET_EVALUATIONS] = "SELECT " EVALUATION_COLUMNS " FROM evaluation ORDER BY run DESC LIMIT ?",
    [PUT_JOB] = "INSERT OR REPLACE INTO job (" JOB_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [GET_JOBS] = "SELECT " JOB_COLUMNS " FROM job ORDER BY job",
    [NEWEST_RUN] = "SELECT max(id) FROM run",
    [PRUNE_EVALUATIONS] = "DELETE FROM evaluation WHERE run > ?1 AND run <= ?2"
                          " AND (began < ?3 OR run <= ?4)",
    [PRUNE_RUNS] = "DELETE FROM run WHERE id > ?1 AND id <= ?2 AND (started < ?3 OR id <= ?4)"
                   " AND NOT EXISTS (SELECT 1 FROM value WHERE value.run = run.id)"
                   " AND NOT EXISTS (SELECT 1 FROM definition WHERE first_run = run.id)"
                   " AND NOT EXISTS (SELECT 1 FROM evaluation WHERE evaluation.run = run.id)",
};

struct cyn_ledger_sql {
    sqlite3_stmt *of[COUNT];
};

static cyn_code statement(cyn_store *st, which i, sqlite3_stmt **out, cyn_err *err)
{
    if (!st->ledger) st->ledger = cyn_calloc(1, sizeof *st->ledger);
    if (!st->ledger) return cyn_nomem(err);
    sqlite3_stmt **slot = &st->ledger->of[i];
    if (!*slot && sqlite3_prepare_v3(st->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, slot,
                                     NULL) != SQLITE_OK)
        return cyn_store_fail(st->db, st->path, "prepare", err);
    *out = *slot;
    return CYN_OK;
}

void cyn_store_close_ledger(cyn_store *st)
{
    if (!st->ledger) return;
    for (size_t i = 0; i < COUNT; i++)
        sqlite3_finalize(st->ledger->of[i]);
    cyn_free(st->ledger);
    st->ledger = NULL;
}

/* The same within a run, which a failure ends. */
static cyn_code run_statement(cyn_store *st, int64_t run, which i, sqlite3_stmt **out, cyn_err *err)
{
    CYN_TRY(cyn_store_need_run(st, run, err));
    cyn_code rc = statement(st, i, out, err);
    return rc == CYN_OK ? rc : cyn_store_abandon(st, rc);
}

static cyn_code finish_in_run(cyn_store *st, sqlite3_stmt *q, cyn_err *err)
{
    cyn_code rc = cyn_store_finish(st, q, writing, err);
    return rc == CYN_OK ? rc : cyn_store_abandon(st, rc);
}

/* What writes in a transaction of its own must not become part of a run's. */
static cyn_code need_no_run(const cyn_store *st, const char *what, cyn_err *err)
{
    if (sqlite3_get_autocommit(st->db)) return CYN_OK;
    return cyn_fail(err, CYN_E_STATE, "state '%s': cannot %s: something else is being written",
                    st->path, what);
}

/* From parameter `at` on. A missing text is a null only where a column may be one. */
static void bind_texts(sqlite3_stmt *q, int at, const char *const *texts, int n)
{
    for (int i = 0; i < n; i++)
        sqlite3_bind_text(q, at + i, texts[i] ? texts[i] : "", -1, SQLITE_STATIC);
}

static void bind_integers(sqlite3_stmt *q, int at, const int64_t *numbers, int n)
{
    for (int i = 0; i < n; i++)
        sqlite3_bind_int64(q, at + i, numbers[i]);
}

static void bind_error(sqlite3_stmt *q, int at, const char *error)
{
    if (error) sqlite3_bind_text(q, at, error, -1, SQLITE_STATIC);
}

/* A copy of a text; *ok turns false when there is no memory. A null is NULL. */
static const char *copy(sqlite3_stmt *q, int column, cyn_arena *arena, bool *ok)
{
    if (sqlite3_column_type(q, column) == SQLITE_NULL) return NULL;
    const char *text = cyn_store_text(q, column, arena);
    if (!text) *ok = false;
    return text;
}

/* ---- the ledger ---- */

cyn_code cyn_store_put_ledger(cyn_store *st, int64_t run, const cyn_ledger_row *row, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(run_statement(st, run, PUT_LEDGER, &q, err));
    bind_texts(q, 1, (const char *const[]){row->metric, row->grain, row->by}, 3);
    bind_integers(q, 4, (const int64_t[]){row->from, row->until}, 2);
    bind_texts(q, 6, (const char *const[]){row->definition, row->data, row->redo}, 3);
    bind_integers(
        q, 9,
        (const int64_t[]){row->redone, row->at, row->took, row->late, row->failures, row->again},
        6);
    bind_texts(q, 15, &row->failed, 1);
    bind_error(q, 16, row->error);
    return finish_in_run(st, q, err);
}

cyn_code cyn_store_drop_ledger(cyn_store *st, const char *metric, const char *grain, const char *by,
                               cyn_err *err)
{
    static const char what[] = "forget a metric";
    sqlite3_stmt *q = NULL;
    CYN_TRY(need_no_run(st, what, err));
    CYN_TRY(statement(st, DROP_STRETCHES, &q, err));
    bind_texts(q, 1, (const char *const[]){metric, grain, by}, 3);
    bind_integers(q, 4, (const int64_t[]){INT64_MIN, INT64_MAX}, 2);
    CYN_TRY(cyn_store_finish(st, q, what, err));
    CYN_TRY(statement(st, DROP_LEDGER, &q, err));
    bind_texts(q, 1, (const char *const[]){metric, grain, by}, 3);
    return cyn_store_finish(st, q, what, err);
}

static bool read_ledger(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    bool ok = true;
    *(cyn_ledger_row *)item = (cyn_ledger_row){
        .metric = copy(q, 0, arena, &ok),
        .grain = copy(q, 1, arena, &ok),
        .by = copy(q, 2, arena, &ok),
        .from = sqlite3_column_int64(q, 3),
        .until = sqlite3_column_int64(q, 4),
        .definition = copy(q, 5, arena, &ok),
        .data = copy(q, 6, arena, &ok),
        .redo = copy(q, 7, arena, &ok),
        .redone = sqlite3_column_int64(q, 8),
        .at = sqlite3_column_int64(q, 9),
        .took = sqlite3_column_int64(q, 10),
        .late = sqlite3_column_int64(q, 11),
        .failures = sqlite3_column_int64(q, 12),
        .again = sqlite3_column_int64(q, 13),
        .failed = copy(q, 14, arena, &ok),
        .error = copy(q, 15, arena, &ok),
    };
    return ok;
}

cyn_code cyn_store_ledger(cyn_store *st, cyn_arena *arena, const cyn_ledger_row **out, size_t *n,
                          cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(statement(st, GET_LEDGER, &q, err));
    return cyn_store_collect(st, q, reading, read_ledger, sizeof **out, arena, out, n, err);
}

static bool read_immature(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    bool ok = true;
    *(cyn_immature_row *)item = (cyn_immature_row){
        .metric = copy(q, 0, arena, &ok),
        .grain = copy(q, 1, arena, &ok),
        .by = copy(q, 2, arena, &ok),
        .start = sqlite3_column_int64(q, 3),
    };
    return ok;
}

cyn_code cyn_store_immature(cyn_store *st, cyn_arena *arena, const cyn_immature_row **out,
                            size_t *n, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(statement(st, GET_IMMATURE, &q, err));
    return cyn_store_collect(st, q, reading, read_immature, sizeof **out, arena, out, n, err);
}

cyn_code cyn_store_put_stretch(cyn_store *st, int64_t run, const cyn_stretch_row *row, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(run_statement(st, run, DROP_STRETCHES, &q, err));
    bind_texts(q, 1, (const char *const[]){row->metric, row->grain, row->by}, 3);
    bind_integers(q, 4, (const int64_t[]){row->from, row->until}, 2);
    CYN_TRY(finish_in_run(st, q, err));
    CYN_TRY(run_statement(st, run, PUT_STRETCH, &q, err));
    bind_texts(q, 1, (const char *const[]){row->metric, row->grain, row->by}, 3);
    bind_integers(q, 4, (const int64_t[]){row->from, row->until}, 2);
    bind_texts(q, 6, (const char *const[]){row->definition, row->data}, 2);
    return finish_in_run(st, q, err);
}

static bool read_stretch(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    bool ok = true;
    *(cyn_stretch_row *)item = (cyn_stretch_row){
        .metric = copy(q, 0, arena, &ok),
        .grain = copy(q, 1, arena, &ok),
        .by = copy(q, 2, arena, &ok),
        .from = sqlite3_column_int64(q, 3),
        .until = sqlite3_column_int64(q, 4),
        .definition = copy(q, 5, arena, &ok),
        .data = copy(q, 6, arena, &ok),
    };
    return ok;
}

cyn_code cyn_store_stretches(cyn_store *st, cyn_arena *arena, const cyn_stretch_row **out,
                             size_t *n, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(statement(st, GET_STRETCHES, &q, err));
    return cyn_store_collect(st, q, reading, read_stretch, sizeof **out, arena, out, n, err);
}

/* ---- evaluations ---- */

cyn_code cyn_store_run_changes(cyn_store *st, int64_t run, int64_t *changed, int64_t *restated,
                               cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    CYN_TRY(run_statement(st, run, COUNT_CHANGES, &q, err));
    sqlite3_bind_int64(q, 1, run);
    cyn_code rc = cyn_store_next(st, q, writing, &more, err);
    if (rc != CYN_OK) return cyn_store_abandon(st, rc);
    *changed = sqlite3_column_int64(q, 0);
    *restated = sqlite3_column_int64(q, 1);
    sqlite3_reset(q);
    return CYN_OK;
}

static bool read_restated(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    bool ok = true;
    *(cyn_restated_row *)item = (cyn_restated_row){
        .metric = copy(q, 0, arena, &ok),
        .first = sqlite3_column_int64(q, 1),
        .last = sqlite3_column_int64(q, 2),
    };
    return ok;
}

cyn_code cyn_store_restated(cyn_store *st, int64_t run, cyn_arena *arena,
                            const cyn_restated_row **out, size_t *n, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(statement(st, GET_RESTATED, &q, err));
    sqlite3_bind_int64(q, 1, run);
    return cyn_store_collect(st, q, reading, read_restated, sizeof **out, arena, out, n, err);
}

cyn_code cyn_store_add_evaluation(cyn_store *st, int64_t run, const cyn_evaluation_row *row,
                                  cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(run_statement(st, run, ADD_EVALUATION, &q, err));
    sqlite3_bind_int64(q, 1, run);
    bind_texts(
        q, 2,
        (const char *const[]){row->grain, row->first, row->last, cyn_reason_names[row->reason]}, 4);
    bind_integers(q, 6,
                  (const int64_t[]){row->due, row->began, row->took, row->metrics, row->points,
                                    row->changed, row->restated, row->failed},
                  8);
    return finish_in_run(st, q, err);
}

/* A word that nobody knows any more reads as the first. */
static cyn_reason reason_of(const char *word)
{
    for (int i = 0; word && cyn_reason_names[i]; i++)
        if (strcmp(word, cyn_reason_names[i]) == 0) return (cyn_reason)i;
    return CYN_REASON_DUE;
}

static bool read_evaluation(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    bool ok = true;
    *(cyn_evaluation_row *)item = (cyn_evaluation_row){
        .run = sqlite3_column_int64(q, 0),
        .grain = copy(q, 1, arena, &ok),
        .first = copy(q, 2, arena, &ok),
        .last = copy(q, 3, arena, &ok),
        .reason = reason_of((const char *)sqlite3_column_text(q, 4)),
        .due = sqlite3_column_int64(q, 5),
        .began = sqlite3_column_int64(q, 6),
        .took = sqlite3_column_int64(q, 7),
        .metrics = sqlite3_column_int64(q, 8),
        .points = sqlite3_column_int64(q, 9),
        .changed = sqlite3_column_int64(q, 10),
        .restated = sqlite3_column_int64(q, 11),
        .failed = sqlite3_column_int64(q, 12),
    };
    return ok;
}

cyn_code cyn_store_evaluations(cyn_store *st, int64_t most, cyn_arena *arena,
                               const cyn_evaluation_row **out, size_t *n, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(statement(st, GET_EVALUATIONS, &q, err));
    sqlite3_bind_int64(q, 1, most);
    return cyn_store_collect(st, q, reading, read_evaluation, sizeof **out, arena, out, n, err);
}

/* ---- jobs ---- */

cyn_code cyn_store_put_job(cyn_store *st, const cyn_job_row *row, cyn_err *err)
{
    static const char what[] = "record a job";
    sqlite3_stmt *q = NULL;
    CYN_TRY(need_no_run(st, what, err));
    CYN_TRY(statement(st, PUT_JOB, &q, err));
    bind_texts(q, 1, &row->job, 1);
    bind_integers(
        q, 2,
        (const int64_t[]){row->due, row->began, row->took, row->runs, row->missed, row->failures},
        6);
    bind_error(q, 8, row->error);
    return cyn_store_finish(st, q, what, err);
}

static bool read_job(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    bool ok = true;
    *(cyn_job_row *)item = (cyn_job_row){
        .job = copy(q, 0, arena, &ok),
        .due = sqlite3_column_int64(q, 1),
        .began = sqlite3_column_int64(q, 2),
        .took = sqlite3_column_int64(q, 3),
        .runs = sqlite3_column_int64(q, 4),
        .missed = sqlite3_column_int64(q, 5),
        .failures = sqlite3_column_int64(q, 6),
        .error = copy(q, 7, arena, &ok),
    };
    return ok;
}

cyn_code cyn_store_jobs(cyn_store *st, cyn_arena *arena, const cyn_job_row **out, size_t *n,
                        cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(statement(st, GET_JOBS, &q, err));
    return cyn_store_collect(st, q, "read jobs", read_job, sizeof **out, arena, out, n, err);
}

/* ---- forgetting ---- */

static const char pruning[] = "forget old runs";

static cyn_code newest_run(cyn_store *st, int64_t *out, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    CYN_TRY(statement(st, NEWEST_RUN, &q, err));
    CYN_TRY(cyn_store_next(st, q, pruning, &more, err));
    *out = sqlite3_column_int64(q, 0); /* a null is 0 */
    sqlite3_reset(q);
    return CYN_OK;
}

static cyn_code prune_between(cyn_store *st, const int64_t *numbers, cyn_err *err)
{
    for (which i = PRUNE_EVALUATIONS; i <= PRUNE_RUNS; i++) {
        sqlite3_stmt *q = NULL;
        CYN_TRY(statement(st, i, &q, err));
        bind_integers(q, 1, numbers, 4);
        CYN_TRY(cyn_store_finish(st, q, pruning, err));
    }
    return cyn_store_finish(st, st->sql[CYN_SQL_COMMIT], pruning, err);
}

cyn_code cyn_store_prune_runs(cyn_store *st, int64_t before, int64_t keep, int64_t most,
                              int64_t *after, cyn_err *err)
{
    int64_t newest = 0;
    CYN_TRY(need_no_run(st, pruning, err));
    CYN_TRY(newest_run(st, &newest, err));
    int64_t upto = newest - *after > most ? *after + most : newest;
    cyn_code rc = cyn_store_finish(st, st->sql[CYN_SQL_BEGIN], pruning, err);
    if (rc == CYN_OK)
        rc = prune_between(st, (const int64_t[]){*after, upto, before, newest - keep}, err);
    if (rc != CYN_OK) return cyn_store_abandon(st, rc);
    *after = upto < newest ? upto : 0;
    return CYN_OK;
}
