#include "base/time.h"
#include "store/store_impl.h"
#include <string.h>

/* All that a run writes refers to the run itself, and to definitions that it is asked for at its
 * end (cyn_store_owe_definition): nothing need be looked up for each row. Called between
 * transactions, where alone it has an effect. */
static void look_up_references(cyn_store *st, bool wanted)
{
    (void)sqlite3_db_config(st->db, SQLITE_DBCONFIG_ENABLE_FKEY, (int)wanted, NULL);
}

cyn_code cyn_store_abandon(cyn_store *st, cyn_code rc)
{
    st->run = 0;
    /* SQLite has rolled back by itself after some errors (disk full); then there is nothing to. */
    if (!sqlite3_get_autocommit(st->db)) {
        sqlite3_step(st->sql[CYN_SQL_ROLLBACK]);
        sqlite3_reset(st->sql[CYN_SQL_ROLLBACK]);
    }
    look_up_references(st, true);
    return rc;
}

void cyn_store_undo_run(cyn_store *st)
{
    if (st->run) (void)cyn_store_abandon(st, CYN_OK);
}

cyn_code cyn_store_need_run(const cyn_store *st, int64_t run, cyn_err *err)
{
    if (run > 0 && run == st->run) return CYN_OK;
    return cyn_fail(err, CYN_E_STATE,
                    "state '%s': run %lld is not open (an earlier error ended it)", st->path,
                    (long long)run);
}

const char *cyn_store_text(sqlite3_stmt *q, int column, cyn_arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(q, column);
    return text ? cyn_strdup(arena, text) : NULL;
}

static void bind_text(sqlite3_stmt *q, int i, const char *s)
{
    sqlite3_bind_text(q, i, s ? s : "", -1, SQLITE_STATIC);
}

static cyn_code add_run(cyn_store *st, const char *command, int64_t as_of, const char *what,
                        cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_ADD_RUN, &q, err));
    bind_text(q, 1, command);
    sqlite3_bind_int64(q, 2, as_of);
    sqlite3_bind_int64(q, 3, cyn_now());
    bind_text(q, 4, CYN_VERSION);
    return cyn_store_finish(st, q, what, err);
}

cyn_code cyn_store_begin_run(cyn_store *st, const char *command, int64_t as_of, int64_t *run,
                             cyn_err *err)
{
    static const char what[] = "begin a run";
    if (st->run)
        return cyn_fail(err, CYN_E_STATE, "state '%s': cannot %s: run %lld is still open", st->path,
                        what, (long long)st->run);
    look_up_references(st, false);
    cyn_buf_clear(&st->owed);
    cyn_code rc = cyn_store_finish(st, st->sql[CYN_SQL_BEGIN], what, err);
    if (rc == CYN_OK) rc = add_run(st, command, as_of, what, err);
    if (rc != CYN_OK) return cyn_store_abandon(st, rc); /* it may have begun all the same */
    *run = st->run = sqlite3_last_insert_rowid(st->db);
    st->points = 0;
    return CYN_OK;
}

static cyn_code add_definition(cyn_store *st, const cyn_metric *m, const char *formula,
                               cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_ADD_DEFINITION, &q, err));
    bind_text(q, 1, m->name);
    bind_text(q, 2, m->definition);
    bind_text(q, 3, formula);
    if (st->run) sqlite3_bind_int64(q, 4, st->run);
    return cyn_store_finish(st, q, "record a definition", err);
}

cyn_code cyn_store_add_definition(cyn_store *st, const cyn_metric *m, const char *formula,
                                  cyn_err *err)
{
    cyn_code rc = add_definition(st, m, formula, err);
    if (rc == CYN_OK) return CYN_OK;
    cyn_context(err, "metric '%s'", m->name);
    return cyn_store_abandon(st, rc);
}

static void bind_series(sqlite3_stmt *q, const char *metric, const char *grain, const char *digest)
{
    bind_text(q, 1, metric);
    bind_text(q, 2, grain);
    bind_text(q, 3, digest);
}

static cyn_code is_series(cyn_store *st, const char *metric, const char *grain, const char *digest,
                          bool *out, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_SERIES, &q, err));
    bind_series(q, metric, grain, digest);
    CYN_TRY(cyn_store_next(st, q, "read", out, err));
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return CYN_OK;
}

static cyn_code set_series(cyn_store *st, const char *metric, const char *grain, const char *digest,
                           cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_SET_SERIES, &q, err));
    bind_series(q, metric, grain, digest);
    return cyn_store_finish(st, q, "record a series", err);
}

cyn_code cyn_store_same_points(cyn_store *st, int64_t run, const char *metric, cyn_grain grain,
                               const char *digest, size_t count, bool *same, cyn_err *err)
{
    char text[16];
    bool is = false;
    CYN_TRY(cyn_store_need_run(st, run, err));
    cyn_format_grain(grain, text);
    cyn_code rc = is_series(st, metric, text, digest, &is, err);
    if (rc == CYN_OK && !is) rc = set_series(st, metric, text, digest, err);
    if (rc != CYN_OK) return cyn_store_abandon(st, rc);
    *same = is;
    if (is) st->points += (int64_t)count;
    return CYN_OK;
}

static cyn_code end_run(cyn_store *st, int64_t run, int failed, const char *what, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_END_RUN, &q, err));
    sqlite3_bind_int64(q, 1, cyn_now());
    sqlite3_bind_int(q, 2, failed);
    sqlite3_bind_int64(q, 3, st->points);
    sqlite3_bind_int64(q, 4, run);
    CYN_TRY(cyn_store_finish(st, q, what, err));
    CYN_TRY(cyn_store_need_definitions(st, what, err));
    return cyn_store_finish(st, st->sql[CYN_SQL_COMMIT], what, err);
}

cyn_code cyn_store_commit_run(cyn_store *st, int64_t run, int failed, cyn_err *err)
{
    CYN_TRY(cyn_store_need_run(st, run, err));
    cyn_code rc = end_run(st, run, failed, "finish a run", err);
    if (rc != CYN_OK) return cyn_store_abandon(st, rc);
    st->run = 0;
    look_up_references(st, true);
    return CYN_OK;
}

cyn_code cyn_store_schema(cyn_store *st, const char *source, cyn_arena *arena, const char **out,
                          cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_SCHEMA, &q, err));
    bind_text(q, 1, source);
    CYN_TRY(cyn_store_next(st, q, "read", &more, err));
    const char *copy = more ? cyn_store_text(q, 0, arena) : NULL;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    if (more && !copy) return cyn_nomem(err);
    *out = copy;
    return CYN_OK;
}

static cyn_code set_schema(cyn_store *st, const char *source, const char *schema, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_SET_SCHEMA, &q, err));
    bind_text(q, 1, source);
    bind_text(q, 2, schema);
    sqlite3_bind_int64(q, 3, cyn_now());
    return cyn_store_finish(st, q, "record the types of a source", err);
}

cyn_code cyn_store_set_schema(cyn_store *st, const char *source, const char *schema, cyn_err *err)
{
    cyn_code rc = set_schema(st, source, schema, err);
    return rc == CYN_OK ? CYN_OK : cyn_store_abandon(st, rc);
}
