#include "base/arena.h"
#include "store/history.h"
#include "store/store_impl.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A writer holds the lock for the length of one run's writing, well below this. */
#define PATIENCE_MS 5000

#define SELECT_VALUE                                                                               \
    "SELECT period_start, run, period_end, period, definition, value, value_text, numerator,"      \
    " numerator_text, denominator, denominator_text, rows, partial, immature, error FROM value"    \
    " WHERE metric = ? AND grain = ? AND segment = ?"

static const char *const statements[CYN_SQL_COUNT] = {
    [CYN_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [CYN_SQL_COMMIT] = "COMMIT",
    [CYN_SQL_ROLLBACK] = "ROLLBACK",
    [CYN_SQL_ADD_RUN] = "INSERT INTO run (command, as_of, started, version) VALUES (?, ?, ?, ?)",
    [CYN_SQL_END_RUN] = "UPDATE run SET finished = ?, failed = ?, points = ? WHERE id = ?",
    [CYN_SQL_ADD_DEFINITION] =
        "INSERT INTO definition (metric, hash, formula, first_run) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (metric, hash) DO NOTHING",
    /* What the newest run said of a period, and what all runs said of a stretch of periods. */
    [CYN_SQL_GET_VALUE] = SELECT_VALUE " AND period_start = ? ORDER BY run DESC LIMIT 1",
    [CYN_SQL_GET_STRETCH] =
        SELECT_VALUE " AND period_start BETWEEN ? AND ? ORDER BY period_start, run LIMIT ?",
    [CYN_SQL_ADD_VALUES] = cyn_store_add_values,
    [CYN_SQL_ADD_ALL] = cyn_store_add_all,
    [CYN_SQL_NEXT_SEGMENT] =
        "SELECT segment, (SELECT group_concat(key) FROM json_each(segment)) FROM value"
        " WHERE metric = ? AND grain = ? AND segment > ? ORDER BY segment LIMIT 1",
    /* Rows stood behind what was said last, and none do now. */
    [CYN_SQL_LOSE_SEGMENT] =
        "INSERT INTO value (run, metric, grain, segment, period_start, period_end, period,"
        " definition, rows, partial, immature)"
        " SELECT ?1, ?2, ?3, ?4, period_start, period_end, period, ?5, 0, 0, 0 FROM value AS v"
        " WHERE metric = ?2 AND grain = ?3 AND segment = ?4 AND period_start >= ?6"
        " AND period_start < ?7 AND error IS NULL AND rows > 0 AND run ="
        "  (SELECT max(run) FROM value AS w WHERE w.metric = ?2 AND w.grain = ?3"
        "   AND w.segment = ?4 AND w.period_start = v.period_start AND w.error IS NULL)",
    [CYN_SQL_GET_SERIES] = "SELECT 1 FROM series WHERE metric = ? AND grain = ? AND digest = ?",
    [CYN_SQL_SET_SERIES] = "INSERT INTO series (metric, grain, digest) VALUES (?, ?, ?)"
                           " ON CONFLICT (metric, grain) DO UPDATE SET digest = excluded.digest",
    [CYN_SQL_GET_DEFINITIONS] =
        "SELECT hash, formula, started, as_of FROM definition JOIN run ON run.id = first_run"
        " WHERE metric = ? ORDER BY first_run DESC",
    [CYN_SQL_IS_DEFINED] = "SELECT 1 FROM definition WHERE metric = ? AND hash = ?",
    [CYN_SQL_NEXT_SERIES] = "SELECT metric, grain, segment FROM value"
                            " WHERE (metric, grain, segment, period_start) > (?, ?, ?, ?)"
                            " ORDER BY metric, grain, segment, period_start LIMIT 1",
    /* A row that failed says nothing. */
    [CYN_SQL_GET_VALUES] =
        "SELECT period_start, period_end, period, value, value_text, numerator, denominator, rows,"
        " partial, immature, definition, run, started FROM value JOIN run ON run.id = value.run"
        " WHERE metric = ? AND grain = ? AND segment = ? AND period_start >= ?"
        " AND period_start < ? AND error IS NULL"
        " ORDER BY period_start, value.run",
    [CYN_SQL_GET_SCHEMA] = "SELECT schema FROM source_schema WHERE source = ?",
    [CYN_SQL_SET_SCHEMA] =
        "INSERT INTO source_schema (source, schema, seen) VALUES (?, ?, ?)"
        " ON CONFLICT (source) DO UPDATE SET schema = excluded.schema, seen = excluded.seen",
    [CYN_SQL_GET_SEGMENTS] =
        "SELECT id, path, size, modified, changed, device, inode, boot, begins, mark"
        " FROM segment WHERE source = ? AND spec = ? ORDER BY ordinal",
    [CYN_SQL_GET_INPUTS] = "SELECT path, size, modified, changed, device, inode"
                           " FROM segment_input WHERE segment = ? ORDER BY ordinal",
    [CYN_SQL_GET_SEGMENT_FILES] = "SELECT path FROM segment",
    [CYN_SQL_DROP_SEGMENTS] = "DELETE FROM segment WHERE source = ?",
    [CYN_SQL_DROP_SOURCES] =
        "DELETE FROM segment WHERE source NOT IN (SELECT value FROM json_each(?))",
    [CYN_SQL_ADD_SEGMENT] = "INSERT INTO segment (path, size, modified, changed, device, inode,"
                            " boot, source, ordinal, spec, begins, mark)"
                            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [CYN_SQL_ADD_INPUT] = "INSERT INTO segment_input (path, size, modified, changed, device, inode,"
                          " segment, ordinal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [CYN_SQL_GET_CELLS] = "SELECT data FROM cells WHERE key = ?",
    [CYN_SQL_SET_CELLS] = "INSERT OR REPLACE INTO cells (key, data) VALUES (?, ?)",
    /* The newest 64 MiB stay. */
    [CYN_SQL_DROP_CELLS] =
        "DELETE FROM cells WHERE id <= (SELECT max(id) FROM (SELECT id,"
        " sum(length(data)) OVER (ORDER BY id DESC) AS total FROM cells) WHERE total > 67108864)",
};

cyn_code cyn_store_fail(sqlite3 *db, const char *path, const char *what, cyn_err *err)
{
    int code = sqlite3_errcode(db) & 0xff, os = sqlite3_system_errno(db);
    const char *says = sqlite3_errmsg(db);
    switch (code) {
    case SQLITE_NOMEM: return cyn_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        cyn_fail(err, CYN_E_STATE, "state '%s': cannot %s: another process is writing to it", path,
                 what);
        cyn_hint(err, "wait until the other cynosure has finished, and run this again");
        return CYN_E_STATE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        cyn_fail(err, CYN_E_STATE, "state '%s': is damaged (%s)", path, says);
        cyn_hint(err, "move it aside together with its -wal and -shm files; a new one is made at "
                      "the next run. Lost are recorded history and alert state, no source data");
        return CYN_E_STATE;
    case SQLITE_CONSTRAINT:
        return cyn_fail(err, CYN_E_CONFLICT, "state '%s': cannot %s: %s", path, what, says);
    case SQLITE_TOOBIG:
        return cyn_fail(err, CYN_E_LIMIT, "state '%s': cannot %s: %s", path, what, says);
    case SQLITE_READONLY:
        if (sqlite3_db_readonly(db, "main") == 1)
            return cyn_fail(err, CYN_E_STATE,
                            "state '%s': cannot %s: it was opened for reading only", path, what);
        /* fallthrough */
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        cyn_fail(err, CYN_E_IO, "state '%s': cannot %s: %s%s%s%s", path, what, says, os ? " (" : "",
                 os ? strerror(os) : "", os ? ")" : "");
        cyn_hint(err, "the folder must be writable, with room on its disk");
        return CYN_E_IO;
    default: return cyn_fail(err, CYN_E_STATE, "state '%s': cannot %s: %s", path, what, says);
    }
}

static cyn_code write_gitignore(const char *folder, cyn_err *err)
{
    static const char all[] = "*\n";
    char *path = cyn_malloc(strlen(folder) + sizeof "/.gitignore");
    if (!path) return cyn_nomem(err);
    strcpy(stpcpy(path, folder), "/.gitignore");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool written = fd >= 0 && write(fd, all, sizeof all - 1) == (ssize_t)(sizeof all - 1);
    cyn_code rc = CYN_OK;
    if (!written && !(fd < 0 && errno == EEXIST)) rc = cyn_fail_errno(err, "cannot write", path);
    if (fd >= 0) close(fd);
    cyn_free(path);
    return rc;
}

/* Only a folder that we make is ours to hide from version control. */
static cyn_code make_folder(const char *folder, cyn_err *err)
{
    if (mkdir(folder, 0777) == 0) return write_gitignore(folder, err);
    if (errno == EEXIST) return CYN_OK;
    return cyn_fail_errno(err, "cannot create folder", folder);
}

/* Makes the folder of `path` where it is missing, and locks it: processes that open a store go one
 * by one, since SQLite does not wait its patience out while a new file is switched to WAL. On a
 * file system without such locks two that create it at once may hear that it is busy. */
static cyn_code enter_folder(const char *path, int *lock, cyn_err *err)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    char *folder = cyn_malloc(n + 2);
    if (!folder) return cyn_nomem(err);
    memcpy(folder, path, n);
    strcpy(folder + n, n ? "" : slash ? "/" : ".");
    cyn_code rc = make_folder(folder, err);
    int fd = rc == CYN_OK ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (rc == CYN_OK && fd < 0) rc = cyn_fail_errno(err, "cannot open folder", folder);
    if (fd >= 0) flock(fd, LOCK_EX);
    cyn_free(folder);
    if (rc == CYN_OK) *lock = fd;
    return rc;
}

/* How a store is opened. */
typedef enum opening {
    TO_SHARE, /* WAL: readers never wait */
    TO_FILL,  /* a new file keeps its rollback journal */
} opening;

/* EXTRA: one fsync per run (in a rollback journal's mode several), so that a run whose command has
 * returned survives a power loss; with NORMAL it could be gone (the file would be whole all the
 * same), and with FULL a rollback journal that was removed could come back.
 * MEMORY: what is kept to undo a statement needs no folder of temporary files. */
static const char pragmas[] = "PRAGMA foreign_keys = ON;"
                              "PRAGMA trusted_schema = OFF;"
                              "PRAGMA synchronous = EXTRA;"
                              "PRAGMA temp_store = MEMORY";

/* 16 MiB: pages that find no room are written before a transaction ends, and lock everybody out.
 * 8 KiB each: much is written to few. */
static const char roomy[] = "PRAGMA cache_size = -16384; PRAGMA page_size = 8192";

static int run_all(cyn_store *st, const char *sql)
{
    return sqlite3_exec(st->db, sql, NULL, NULL, NULL);
}

/* SQLite does not wait for the process that is filling the file. If that is never at rest, then it
 * is turned when it is opened the next time. */
static int turn_to_wal(cyn_store *st)
{
    for (int tries = 0; tries < 3; tries++) {
        int rc = run_all(st, "PRAGMA journal_mode = WAL");
        if (rc != SQLITE_BUSY) return rc;
        if (run_all(st, "BEGIN IMMEDIATE; ROLLBACK") != SQLITE_OK) break; /* this waits */
    }
    return SQLITE_OK;
}

static cyn_code configure(cyn_store *st, opening how, cyn_err *err)
{
    int rc = run_all(st, pragmas);
    if (rc == SQLITE_OK) rc = how == TO_FILL ? run_all(st, roomy) : turn_to_wal(st);
    return rc == SQLITE_OK ? CYN_OK : cyn_store_fail(st->db, st->path, "open", err);
}

cyn_code cyn_store_statement(cyn_store *st, cyn_store_sql which, sqlite3_stmt **out, cyn_err *err)
{
    sqlite3_stmt **slot = &st->sql[which];
    if (!*slot && sqlite3_prepare_v3(st->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT, slot,
                                     NULL) != SQLITE_OK)
        return cyn_store_fail(st->db, st->path, "prepare", err);
    *out = *slot;
    return CYN_OK;
}

/* Transactions can always be ended; a process needs few of the other statements. */
static cyn_code prepare(cyn_store *st, cyn_err *err)
{
    sqlite3_stmt *q;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_BEGIN, &q, err));
    CYN_TRY(cyn_store_statement(st, CYN_SQL_COMMIT, &q, err));
    CYN_TRY(cyn_store_statement(st, CYN_SQL_ROLLBACK, &q, err));
    return cyn_store_know_given(st, err);
}

static cyn_code open_database(cyn_store *st, opening how, cyn_err *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(st->path, &st->db, flags, NULL) != SQLITE_OK) {
        if (!st->db) return cyn_nomem(err);
        return cyn_store_fail(st->db, st->path, "open", err);
    }
    if (sqlite3_db_readonly(st->db, "main") == 1) {
        cyn_fail(err, CYN_E_IO, "state '%s': cannot be written", st->path);
        cyn_hint(err, "the file and its folder must be writable");
        return CYN_E_IO;
    }
    cyn_store_set_patience(st, PATIENCE_MS);
    /* Before the first change: another program's database stays as it is. */
    int64_t version = 0;
    CYN_TRY(cyn_store_check(st->db, st->path, &version, err));
    CYN_TRY(configure(st, how, err));
    CYN_TRY(cyn_store_migrate(st->db, st->path, err));
    return prepare(st, err);
}

/* Readers share the file, its -wal and its -shm, with whoever writes. */
static cyn_code open_for_reading(cyn_store *st, cyn_err *err)
{
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (access(st->path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        cyn_fail(err, CYN_E_STATE, "state '%s': there is none yet", st->path);
        cyn_hint(err, "the first run that records values makes it: 'cynosure eval'");
        return CYN_E_STATE;
    }
    if (sqlite3_open_v2(st->path, &st->db, flags, NULL) != SQLITE_OK) {
        if (!st->db) return cyn_nomem(err);
        return cyn_store_fail(st->db, st->path, "open", err);
    }
    cyn_store_set_patience(st, PATIENCE_MS);
    int64_t version = 0;
    CYN_TRY(cyn_store_check(st->db, st->path, &version, err));
    if (version != CYN_STORE_VERSION) {
        cyn_fail(err, CYN_E_STATE, "state '%s': has version %lld, expected %d", st->path,
                 (long long)version, CYN_STORE_VERSION);
        cyn_hint(err, "the next run that records values brings it up to date: 'cynosure eval'");
        return CYN_E_STATE;
    }
    if (sqlite3_exec(st->db, "PRAGMA trusted_schema = OFF; PRAGMA query_only = ON", NULL, NULL,
                     NULL) != SQLITE_OK)
        return cyn_store_fail(st->db, st->path, "open", err);
    return prepare(st, err);
}

cyn_code cyn_store_open_reader(const char *path, cyn_store **out, cyn_err *err)
{
    cyn_store *st = cyn_calloc(1, sizeof *st + strlen(path) + 1);
    if (!st) return cyn_nomem(err);
    strcpy(st->path, path);
    cyn_code rc = open_for_reading(st, err);
    if (rc == CYN_OK)
        *out = st;
    else
        cyn_store_close(st);
    return rc;
}

const char *cyn_state_path(const char *dir, cyn_arena *arena)
{
    return cyn_sprintf(arena, "%s/.cynosure/state.db", dir);
}

static cyn_code open_store(const char *path, opening how, cyn_store **out, cyn_err *err)
{
    cyn_store *st = cyn_calloc(1, sizeof *st + strlen(path) + 1);
    if (!st) return cyn_nomem(err);
    strcpy(st->path, path);
    int lock = -1;
    cyn_code rc = enter_folder(path, &lock, err);
    if (rc == CYN_OK) rc = open_database(st, how, err);
    if (rc == CYN_OK)
        *out = st;
    else
        cyn_store_close(st);
    if (lock >= 0) close(lock);
    return rc;
}

cyn_code cyn_store_open(const char *path, cyn_store **out, cyn_err *err)
{
    return open_store(path, TO_SHARE, out, err);
}

cyn_code cyn_store_open_to_fill(const char *path, cyn_store **out, cyn_err *err)
{
    return open_store(path, TO_FILL, out, err);
}

void cyn_store_close(cyn_store *st)
{
    if (!st) return;
    cyn_store_close_alerts(st);
    cyn_store_close_ledger(st);
    for (size_t i = 0; i < CYN_SQL_COUNT; i++)
        sqlite3_finalize(st->sql[i]);
    sqlite3_close(st->db); /* rolls back what is open */
    cyn_buf_clear(&st->text);
    cyn_buf_clear(&st->owed);
    cyn_free(st);
}

void cyn_store_set_patience(cyn_store *st, int milliseconds)
{
    sqlite3_busy_timeout(st->db, milliseconds);
}
