/* What the files of the store share: the open database, its statements, and SQLite's errors.
 *
 * Private to src/store and its tests.
 */
#pragma once
#include "base/buf.h"
#include "store/store.h"
#include <sqlite3.h>

typedef enum cyn_store_sql {
    CYN_SQL_BEGIN,
    CYN_SQL_COMMIT,
    CYN_SQL_ROLLBACK,
    CYN_SQL_ADD_RUN,
    CYN_SQL_END_RUN,
    CYN_SQL_ADD_DEFINITION,
    CYN_SQL_GET_VALUE,
    CYN_SQL_GET_STRETCH,
    CYN_SQL_ADD_VALUES,
    CYN_SQL_ADD_ALL,
    CYN_SQL_NEXT_SEGMENT,
    CYN_SQL_LOSE_SEGMENT,
    CYN_SQL_GET_SERIES,
    CYN_SQL_SET_SERIES,
    CYN_SQL_GET_DEFINITIONS,
    CYN_SQL_IS_DEFINED,
    CYN_SQL_NEXT_SERIES,
    CYN_SQL_GET_VALUES,
    CYN_SQL_GET_SCHEMA,
    CYN_SQL_SET_SCHEMA,
    CYN_SQL_GET_SEGMENTS,
    CYN_SQL_GET_INPUTS,
    CYN_SQL_GET_SEGMENT_FILES,
    CYN_SQL_DROP_SEGMENTS,
    CYN_SQL_DROP_SOURCES,
    CYN_SQL_ADD_SEGMENT,
    CYN_SQL_ADD_INPUT,
    CYN_SQL_GET_CELLS,
    CYN_SQL_SET_CELLS,
    CYN_SQL_DROP_CELLS,
    CYN_SQL_COUNT,
} cyn_store_sql;

struct cyn_store {
    sqlite3 *db;
    sqlite3_stmt *sql[CYN_SQL_COUNT]; /* but for the first three NULL until they are used */
    int64_t run;                      /* the open run; 0 = none */
    int64_t points;                   /* of it, so far */
    cyn_buf text;                     /* scratch for segments and exact numbers */
    cyn_buf owed;                   /* definitions that the open run has to record (definition.c) */
    struct cyn_given *given;        /* what given.c gives SQL to read; NULL: nothing */
    struct cyn_alert_store *alerts; /* what alerts_impl.h needs; NULL until it is used */
    struct cyn_ledger_sql *ledger;  /* statements of ledger.c; NULL until it is used */
    char path[];                    /* for messages */
};

/* What SQLite last said about `db`, as an error of ours; `what` names the attempt: "record a run".
 */
cyn_code cyn_store_fail(sqlite3 *db, const char *path, const char *what, cyn_err *err);

/* A statement, made when it is used for the first time. */
CYN_NODISCARD cyn_code cyn_store_statement(cyn_store *st, cyn_store_sql which, sqlite3_stmt **out,
                                           cyn_err *err);
/* Runs a bound statement that gives no rows, and makes it ready for the next time; `what` names the
 * attempt. */
CYN_NODISCARD cyn_code cyn_store_finish(cyn_store *st, sqlite3_stmt *q, const char *what,
                                        cyn_err *err);
/* The next row: *more is false at the end, and after a failure; then the statement is reset. */
CYN_NODISCARD cyn_code cyn_store_next(cyn_store *st, sqlite3_stmt *q, const char *what, bool *more,
                                      cyn_err *err);
/* Fills in one item of its kind from the row that the statement is at; false: no memory. */
typedef bool (*cyn_row_reader)(sqlite3_stmt *q, cyn_arena *arena, void *item);
/* All rows of a bound statement as an array in the arena: *out (a pointer to a pointer to items of
 * `size` bytes), NULL when there are none. */
CYN_NODISCARD cyn_code cyn_store_collect(cyn_store *st, sqlite3_stmt *q, const char *what,
                                         cyn_row_reader read, size_t size, cyn_arena *arena,
                                         void *out, size_t *n, cyn_err *err);

/* The text of a column as a copy in the arena; NULL when out of memory. */
const char *cyn_store_text(sqlite3_stmt *q, int column, cyn_arena *arena);

/* Reads the version; CYN_E_STATE when the file is another program's or newer than we are. */
CYN_NODISCARD cyn_code cyn_store_check(sqlite3 *db, const char *path, int64_t *version,
                                       cyn_err *err);

/* The same, and then applies the migrations that are missing. */
CYN_NODISCARD cyn_code cyn_store_migrate(sqlite3 *db, const char *path, cyn_err *err);

/* The segment of a point as canonical JSON: {"channel":"ads","paid":true}, keys in byte order. */
void cyn_store_segment(const cyn_point *p, cyn_buf *out);

/* Has a new connection know the table `given` (given.c), and the statements that add its rows: all
 * of a row, or of one that has but a value. */
CYN_NODISCARD cyn_code cyn_store_know_given(cyn_store *st, cyn_err *err);
extern const char cyn_store_add_values[], cyn_store_add_all[];

/* Of store/alerts_impl.h and ledger.c; before the database is closed. */
void cyn_store_close_alerts(cyn_store *st);
void cyn_store_close_ledger(cyn_store *st);

/* Rows of the open run refer to what the metric is now; before the run is committed all that were
 * named so have to be recorded. Told once for many rows: SQLite would look it up for each. */
void cyn_store_owe_definition(cyn_store *st, const cyn_metric *m);
CYN_NODISCARD cyn_code cyn_store_need_definitions(cyn_store *st, const char *what, cyn_err *err);

/* CYN_E_STATE when the run is not the open one. */
CYN_NODISCARD cyn_code cyn_store_need_run(const cyn_store *st, int64_t run, cyn_err *err);
/* A run that could not be written whole is not written at all: rolls it back. Returns rc. */
cyn_code cyn_store_abandon(cyn_store *st, cyn_code rc);

/* How long a writer waits for another one, in milliseconds. */
void cyn_store_set_patience(cyn_store *st, int milliseconds);
