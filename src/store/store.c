#include "base/time.h"
#include "store/store_impl.h"
#include <string.h>

/* Runs a bound statement to its end and makes it ready for the next time. */
static cyn_code run_sql(cyn_store *st, cyn_store_sql which, const char *what, cyn_err *err)
{
    sqlite3_stmt *q = st->sql[which];
    cyn_code rc = CYN_OK;
    if (sqlite3_step(q) != SQLITE_DONE) rc = cyn_store_fail(st->db, st->path, what, err);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return rc;
}

cyn_code cyn_store_abandon(cyn_store *st, cyn_code rc)
{
    st->run = 0;
    /* SQLite has rolled back by itself after some errors (disk full); then there is nothing to. */
    if (!sqlite3_get_autocommit(st->db)) {
        sqlite3_step(st->sql[CYN_SQL_ROLLBACK]);
        sqlite3_reset(st->sql[CYN_SQL_ROLLBACK]);
    }
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

cyn_code cyn_store_begin_run(cyn_store *st, const char *command, int64_t as_of, int64_t *run,
                             cyn_err *err)
{
    static const char what[] = "begin a run";
    if (st->run)
        return cyn_fail(err, CYN_E_STATE, "state '%s': cannot %s: run %lld is still open", st->path,
                        what, (long long)st->run);
    cyn_code rc = run_sql(st, CYN_SQL_BEGIN, what, err);
    if (rc != CYN_OK) return cyn_store_abandon(st, rc); /* it may have begun all the same */
    sqlite3_stmt *q = st->sql[CYN_SQL_ADD_RUN];
    bind_text(q, 1, command);
    sqlite3_bind_int64(q, 2, as_of);
    sqlite3_bind_int64(q, 3, cyn_now());
    bind_text(q, 4, CYN_VERSION);
    rc = run_sql(st, CYN_SQL_ADD_RUN, what, err);
    if (rc != CYN_OK) return cyn_store_abandon(st, rc);
    *run = st->run = sqlite3_last_insert_rowid(st->db);
    st->points = 0;
    return CYN_OK;
}

cyn_code cyn_store_add_definition(cyn_store *st, const cyn_metric *m, const char *formula,
                                  cyn_err *err)
{
    sqlite3_stmt *q = st->sql[CYN_SQL_ADD_DEFINITION];
    bind_text(q, 1, m->name);
    bind_text(q, 2, m->definition);
    bind_text(q, 3, formula);
    if (st->run) sqlite3_bind_int64(q, 4, st->run);
    cyn_code rc = run_sql(st, CYN_SQL_ADD_DEFINITION, "record a definition", err);
    if (rc == CYN_OK) return CYN_OK;
    cyn_context(err, "metric '%s'", m->name);
    return cyn_store_abandon(st, rc);
}

/* Appends the digits of an exact number; returns where they end. */
static size_t exact_text(cyn_buf *b, cyn_num n)
{
    if (n.kind == CYN_NUM_INTEGER || n.kind == CYN_NUM_DECIMAL) cyn_buf_num(b, n);
    return b->len;
}

/* As REAL at i and, of the exact kinds, digits at i + 1; both NULL when missing. */
static void bind_num(sqlite3_stmt *q, int i, cyn_num n, const char *text, size_t from, size_t to)
{
    if (cyn_num_is_missing(n)) return;
    sqlite3_bind_double(q, i, cyn_num_double(n));
    if (to > from) sqlite3_bind_text(q, i + 1, text + from, (int)(to - from), SQLITE_STATIC);
}

/* A point as a row of `value`: texts as they are bound. */
typedef struct value_row {
    const cyn_point *point;
    const char *label;
    cyn_num nums[3]; /* value, numerator, denominator */
    size_t ends[4];  /* in the buffer of the store: of the segment, and of the digits of each */
    char grain[16], error[sizeof(cyn_err)];
} value_row;

static cyn_code write_row(cyn_store *st, const cyn_point *p, const char *label, value_row *row,
                          cyn_err *err)
{
    row->point = p;
    row->label = label;
    row->nums[0] = p->failed ? CYN_MISSING : p->value;
    row->nums[1] = p->numerator;
    row->nums[2] = p->denominator;
    cyn_buf_reset(&st->text);
    cyn_store_segment(p, &st->text);
    row->ends[0] = st->text.len;
    for (size_t i = 0; i < 3; i++)
        row->ends[i + 1] = exact_text(&st->text, row->nums[i]);
    cyn_format_grain(p->period.grain, row->grain);
    if (p->failed) cyn_err_format(p->error, row->error, sizeof row->error);
    return cyn_buf_check(&st->text, err);
}

static void bind_row(const cyn_store *st, sqlite3_stmt *q, int64_t run, const value_row *row)
{
    const cyn_point *p = row->point;
    sqlite3_bind_int64(q, 1, run);
    bind_text(q, 2, p->metric->name);
    bind_text(q, 3, row->grain);
    sqlite3_bind_text(q, 4, st->text.data, (int)row->ends[0], SQLITE_STATIC);
    sqlite3_bind_int64(q, 5, p->period.start);
    sqlite3_bind_int64(q, 6, p->period.end);
    bind_text(q, 7, row->label);
    bind_text(q, 8, p->metric->definition);
    for (int i = 0; i < 3; i++)
        bind_num(q, 9 + 2 * i, row->nums[i], st->text.data, row->ends[i], row->ends[i + 1]);
    sqlite3_bind_int64(q, 15, p->rows);
    sqlite3_bind_int(q, 16, p->partial);
    sqlite3_bind_int(q, 17, p->immature);
    if (p->failed) bind_text(q, 18, row->error);
}

/* Looks first whether that is what is known already. */
static cyn_code add_row(cyn_store *st, int64_t run, const value_row *row, cyn_err *err)
{
    static const char what[] = "record a value";
    sqlite3_stmt *q = st->sql[CYN_SQL_SAME_VALUE];
    bool known = false;
    bind_row(st, q, run, row);
    CYN_TRY(cyn_store_next(st, q, what, &known, err));
    bool same = known && sqlite3_column_int(q, 0);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    if (same) return CYN_OK;
    bind_row(st, st->sql[CYN_SQL_ADD_VALUE], run, row);
    return run_sql(st, CYN_SQL_ADD_VALUE, what, err);
}

cyn_code cyn_store_add_point(cyn_store *st, int64_t run, const cyn_point *p,
                             const char *period_label, cyn_err *err)
{
    value_row row;
    CYN_TRY(cyn_store_need_run(st, run, err));
    cyn_code rc = write_row(st, p, period_label, &row, err);
    if (rc == CYN_OK) rc = add_row(st, run, &row, err);
    st->points++;
    if (rc == CYN_OK) return CYN_OK;
    cyn_context(err, "metric '%s', %s", p->metric->name, period_label);
    return cyn_store_abandon(st, rc);
}

cyn_code cyn_store_knows_point(cyn_store *st, const cyn_point *p, bool *out, cyn_err *err)
{
    char grain[16];
    cyn_buf_reset(&st->text);
    cyn_store_segment(p, &st->text);
    CYN_TRY(cyn_buf_check(&st->text, err));
    cyn_format_grain(p->period.grain, grain);
    sqlite3_stmt *q = st->sql[CYN_SQL_KNOWS_VALUE];
    bind_text(q, 1, p->metric->name);
    bind_text(q, 2, grain);
    bind_text(q, 3, st->text.data);
    sqlite3_bind_int64(q, 4, p->period.start);
    bool more = false;
    CYN_TRY(cyn_store_next(st, q, "read", &more, err));
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    *out = more;
    return CYN_OK;
}

static void bind_series(sqlite3_stmt *q, const char *metric, const char *grain, const char *digest)
{
    bind_text(q, 1, metric);
    bind_text(q, 2, grain);
    bind_text(q, 3, digest);
}

cyn_code cyn_store_same_points(cyn_store *st, int64_t run, const char *metric, cyn_grain grain,
                               const char *digest, size_t count, bool *same, cyn_err *err)
{
    char text[16];
    CYN_TRY(cyn_store_need_run(st, run, err));
    cyn_format_grain(grain, text);
    sqlite3_stmt *q = st->sql[CYN_SQL_GET_SERIES];
    bind_series(q, metric, text, digest);
    int step = sqlite3_step(q);
    cyn_code rc = CYN_OK;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        rc = cyn_store_fail(st->db, st->path, "read", err);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    if (rc == CYN_OK && step == SQLITE_DONE) {
        bind_series(st->sql[CYN_SQL_SET_SERIES], metric, text, digest);
        rc = run_sql(st, CYN_SQL_SET_SERIES, "record a series", err);
    }
    if (rc != CYN_OK) return cyn_store_abandon(st, rc);
    *same = step == SQLITE_ROW;
    if (*same) st->points += (int64_t)count;
    return CYN_OK;
}

cyn_code cyn_store_commit_run(cyn_store *st, int64_t run, int failed, cyn_err *err)
{
    static const char what[] = "finish a run";
    CYN_TRY(cyn_store_need_run(st, run, err));
    sqlite3_stmt *q = st->sql[CYN_SQL_END_RUN];
    sqlite3_bind_int64(q, 1, cyn_now());
    sqlite3_bind_int(q, 2, failed);
    sqlite3_bind_int64(q, 3, st->points);
    sqlite3_bind_int64(q, 4, run);
    cyn_code rc = run_sql(st, CYN_SQL_END_RUN, what, err);
    if (rc == CYN_OK) rc = run_sql(st, CYN_SQL_COMMIT, what, err);
    if (rc != CYN_OK) return cyn_store_abandon(st, rc);
    st->run = 0;
    return CYN_OK;
}

cyn_code cyn_store_schema(cyn_store *st, const char *source, cyn_arena *arena, const char **out,
                          cyn_err *err)
{
    sqlite3_stmt *q = st->sql[CYN_SQL_GET_SCHEMA];
    bind_text(q, 1, source);
    cyn_code rc = CYN_OK;
    int step = sqlite3_step(q);
    if (step == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(q, 0);
        const char *copy = text ? cyn_strdup(arena, text) : NULL;
        if (copy)
            *out = copy;
        else
            rc = cyn_nomem(err);
    } else if (step == SQLITE_DONE) {
        *out = NULL;
    } else {
        rc = cyn_store_fail(st->db, st->path, "read", err);
    }
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return rc;
}

cyn_code cyn_store_set_schema(cyn_store *st, const char *source, const char *schema, cyn_err *err)
{
    sqlite3_stmt *q = st->sql[CYN_SQL_SET_SCHEMA];
    bind_text(q, 1, source);
    bind_text(q, 2, schema);
    sqlite3_bind_int64(q, 3, cyn_now());
    cyn_code rc = run_sql(st, CYN_SQL_SET_SCHEMA, "record the types of a source", err);
    return rc == CYN_OK ? CYN_OK : cyn_store_abandon(st, rc);
}
