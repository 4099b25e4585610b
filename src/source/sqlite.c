/* SQLite: the rows of a table, a view or one SELECT, read-only.
 *
 * The query comes from a project that may be somebody else's, so an authorizer lets it read and
 * nothing else: no ATTACH, no PRAGMA, no writing. A number becomes its shortest text, so that types
 * are decided as for the other formats; a REAL without fraction keeps one ("5.0"), so that a column
 * of reals does not become one of integers by chance.
 */
#include "base/buf.h"
#include "base/text.h"
#include "source/reader.h"
#include <inttypes.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { BUSY_MS = 5000, STEPS_BETWEEN_CANCEL = 10000, REASON_SIZE = 120 };

typedef struct sqlite_reader {
    cyn_reader reader;
    const cyn_source_file *file;
    sqlite3 *db;
    sqlite3_stmt *query;
    uint32_t *numbers; /* of the result's columns in the schema */
    int width;
    cyn_source_cell *cells;
    cyn_buf plain; /* texts of numbers */
    int64_t rows;
    bool ended;
    char reason[REASON_SIZE];
} sqlite_reader;

static sqlite_reader *sqlite_of(cyn_reader *r)
{
    return (sqlite_reader *)r;
}

static cyn_code db_error(const sqlite_reader *q, const char *doing, cyn_err *err)
{
    int rc = sqlite3_errcode(q->db);
    if (rc == SQLITE_NOMEM) return cyn_nomem(err);
    if (rc == SQLITE_INTERRUPT) return cyn_fail(err, CYN_E_CANCEL, "stopped");
    cyn_code code =
        rc == SQLITE_BUSY || rc == SQLITE_LOCKED || rc == SQLITE_CANTOPEN ? CYN_E_IO : CYN_E_DATA;
    cyn_fail_at(err, code, q->file->shown, 0, 0, "%s: %s", doing, sqlite3_errmsg(q->db));
    if (rc == SQLITE_BUSY) cyn_hint(err, "another program is writing to the database; try again");
    if (rc == SQLITE_NOTADB) cyn_hint(err, "is this a SQLite database, and not encrypted?");
    return code;
}

/* "query:2:14: no such column: amonut" */
static cyn_code query_error(const sqlite_reader *q, const char *sql, cyn_err *err)
{
    int rc = sqlite3_errcode(q->db), line = 0, column = 0;
    if (rc != SQLITE_ERROR && rc != SQLITE_AUTH) return db_error(q, "cannot read", err);
#if SQLITE_VERSION_NUMBER >= 3038000
    int at = sqlite3_error_offset(q->db);
    if (at >= 0) {
        int64_t l, c;
        cyn_source_row text = {.text = sql, .length = strlen(sql), .line = 1};
        cyn_row_place(&text, (size_t)at, &l, &c);
        line = (int)l;
        column = (int)c;
    }
#endif
    if (rc == SQLITE_AUTH)
        return cyn_fail_at(err, CYN_E_DATA, "query", line, column,
                           "%s: a source's query may only read, expected one SELECT",
                           sqlite3_errmsg(q->db));
    return cyn_fail_at(err, CYN_E_DATA, "query", line, column, "%s", sqlite3_errmsg(q->db));
}

static int only_reading(void *self, int action, const char *a, const char *b, const char *c,
                        const char *d)
{
    (void)self, (void)a, (void)b, (void)c, (void)d;
    return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
                   action == SQLITE_RECURSIVE
               ? SQLITE_OK
               : SQLITE_DENY;
}

static int is_cancelled(void *self)
{
    const sqlite_reader *q = self;
    return q->file->cancel && atomic_load(q->file->cancel);
}

static cyn_code open_db(sqlite_reader *q, cyn_err *err)
{
    int rc =
        sqlite3_open_v2(q->file->path, &q->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (!q->db) return cyn_nomem(err);
    if (rc != SQLITE_OK) return db_error(q, "cannot open the database", err);
    sqlite3_busy_timeout(q->db, BUSY_MS);
    sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(q->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_progress_handler(q->db, STEPS_BETWEEN_CANCEL, is_cancelled, q);
    return CYN_OK;
}

/* The error for a table that is not there, with the nearest one and some of all. */
static cyn_code unknown_table(sqlite_reader *q, const char *const *names, size_t count,
                              cyn_err *err)
{
    const char *table = q->file->spec->table, *near = cyn_nearest(table, names, count);
    char list[256] = "";
    for (size_t i = 0; i < count && strlen(list) + strlen(names[i]) + 3 < sizeof list; i++) {
        if (i > 0) strcat(list, ", ");
        strcat(list, names[i]);
    }
    cyn_fail_at(err, CYN_E_NAME, q->file->shown, 0, 0, "the database has no table '%s'", table);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else if (count > 0)
        cyn_hint(err, "it has %s", list);
    else
        cyn_hint(err, "it has no tables at all");
    return CYN_E_NAME;
}

/* Finds the table as SQLite does, without regard to case. */
static cyn_code check_table(sqlite_reader *q, cyn_arena *scratch, cyn_err *err)
{
    static const char sql[] = "SELECT name, name = ?1 COLLATE NOCASE FROM sqlite_master "
                              "WHERE type IN ('table', 'view') ORDER BY name";
    enum { NAMES_MAX = 1000 };
    const char **names = CYN_NEW_ARRAY(scratch, NAMES_MAX, const char *);
    sqlite3_stmt *list = NULL;
    size_t count = 0;
    bool found = false;
    cyn_code rc = CYN_OK;
    if (!names) return cyn_nomem(err);
    if (sqlite3_prepare_v2(q->db, sql, -1, &list, NULL) != SQLITE_OK ||
        sqlite3_bind_text(list, 1, q->file->spec->table, -1, SQLITE_STATIC) != SQLITE_OK) {
        rc = db_error(q, "cannot read the database", err);
        goto done;
    }
    int step;
    while ((step = sqlite3_step(list)) == SQLITE_ROW && !found) {
        found = sqlite3_column_int(list, 1) != 0;
        if (count == NAMES_MAX) continue;
        names[count] = cyn_strdup(scratch, (const char *)sqlite3_column_text(list, 0));
        if (!names[count++]) {
            rc = cyn_nomem(err);
            goto done;
        }
    }
    if (!found && step != SQLITE_DONE)
        rc = db_error(q, "cannot read the database", err);
    else if (!found)
        rc = unknown_table(q, names, count, err);
done:
    sqlite3_finalize(list);
    return rc;
}

static cyn_code table_query(sqlite_reader *q, cyn_buf *sql, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_code rc = check_table(q, scratch, err);
    cyn_arena_free(scratch);
    CYN_TRY(rc);
    cyn_buf_puts(sql, "SELECT * FROM \"");
    for (const char *s = q->file->spec->table; *s; s++) {
        if (*s == '"') cyn_buf_putc(sql, '"');
        cyn_buf_putc(sql, *s);
    }
    cyn_buf_putc(sql, '"');
    return cyn_buf_check(sql, err);
}

/* True when the text holds nothing but blanks, comments and semicolons. */
static bool is_end(sqlite3 *db, const char *tail)
{
    while (tail && *tail) {
        sqlite3_stmt *more = NULL;
        const char *at = tail;
        int rc = sqlite3_prepare_v2(db, at, -1, &more, &tail);
        sqlite3_finalize(more);
        if (rc != SQLITE_OK || more) return false;
        if (tail == at) break;
    }
    return true;
}

static cyn_code prepare(sqlite_reader *q, const char *sql, cyn_err *err)
{
    const char *tail = NULL;
    sqlite3_set_authorizer(q->db, only_reading, NULL);
    if (sqlite3_prepare_v2(q->db, sql, -1, &q->query, &tail) != SQLITE_OK)
        return query_error(q, sql, err);
    if (!q->query || sqlite3_column_count(q->query) == 0 || !sqlite3_stmt_readonly(q->query))
        return cyn_fail_at(err, CYN_E_DATA, "query", 1, 1,
                           "the query gives no rows, expected one SELECT");
    if (!is_end(q->db, tail)) {
        int64_t line, column;
        cyn_source_row text = {.text = sql, .length = strlen(sql), .line = 1};
        cyn_row_place(&text, (size_t)(tail - sql), &line, &column);
        return cyn_fail_at(err, CYN_E_DATA, "query", (int)line, (int)column,
                           "a second statement, expected one SELECT only");
    }
    return CYN_OK;
}

static cyn_code add_columns(sqlite_reader *q, cyn_schema *schema, cyn_err *err)
{
    q->width = sqlite3_column_count(q->query);
    q->numbers = cyn_calloc((size_t)q->width, sizeof *q->numbers);
    q->cells = cyn_calloc((size_t)q->width, sizeof *q->cells);
    if (!q->numbers || !q->cells) return cyn_nomem(err);
    schema->stamp++;
    for (int i = 0; i < q->width; i++) {
        const char *name = sqlite3_column_name(q->query, i);
        if (!name) return cyn_nomem(err);
        CYN_TRY(cyn_schema_field(schema, name, strlen(name), &q->numbers[i], err));
        cyn_source_field *f = &schema->fields[q->numbers[i]];
        if (f->stamp == schema->stamp) {
            cyn_fail_at(err, CYN_E_DATA, q->file->shown, 0, 0,
                        "the query gives two columns '%s', expected different names", name);
            cyn_hint(err, "name one of them: … AS another_name");
            return CYN_E_DATA;
        }
        f->stamp = schema->stamp;
        f->seen = CYN_SEEN_VALUE;
    }
    return CYN_OK;
}

static void add_real(cyn_buf *b, double x)
{
    size_t from = b->len;
    cyn_buf_real(b, x);
    if (!b->failed && !strpbrk(b->data + from, ".en")) cyn_buf_puts(b, ".0");
}

static void check_string(sqlite_reader *q, cyn_source_row *row, const cyn_source_cell *cell)
{
    size_t at = cyn_check_text(cell->s, cell->n);
    if (at == cell->n) return;
    snprintf(q->reason, REASON_SIZE, "column '%.60s': %s",
             sqlite3_column_name(q->query, (int)(cell - q->cells)),
             cell->s[at] ? "not UTF-8" : "a NUL byte");
    row->bad = q->reason;
}

/* The cell of column i; its text stays until the next step. NULL and infinities have none. */
static bool take_value(sqlite_reader *q, int i, cyn_source_cell *cell)
{
    size_t from = q->plain.len;
    *cell = (cyn_source_cell){.field = q->numbers[i], .kind = CYN_CELL_NUMBER};
    switch (sqlite3_column_type(q->query, i)) {
    case SQLITE_INTEGER:
        cyn_buf_printf(&q->plain, "%" PRId64, (int64_t)sqlite3_column_int64(q->query, i));
        break;
    case SQLITE_FLOAT: add_real(&q->plain, sqlite3_column_double(q->query, i)); break;
    case SQLITE_TEXT:
        cell->kind = CYN_CELL_STRING;
        cell->s = (const char *)sqlite3_column_text(q->query, i);
        cell->n = (uint32_t)sqlite3_column_bytes(q->query, i);
        return true;
    case SQLITE_BLOB:
        cell->kind = CYN_CELL_BLOB;
        cell->s = "";
        cell->n = (uint32_t)sqlite3_column_bytes(q->query, i);
        return true;
    default: return false;
    }
    cell->s = q->plain.data + from;
    cell->n = (uint32_t)(q->plain.len - from);
    return strcmp(cell->s, "null") != 0;
}

static cyn_code sqlite_next(cyn_reader *r, cyn_source_row *row, bool *more, cyn_err *err)
{
    enum { NUMBER_SIZE = 40 };
    sqlite_reader *q = sqlite_of(r);
    int rc = q->ended ? SQLITE_DONE : sqlite3_step(q->query);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) return db_error(q, "cannot read on", err);
    *more = rc == SQLITE_ROW;
    q->ended = !*more;
    if (!*more) return CYN_OK;
    *row = (cyn_source_row){.line = ++q->rows, .cells = q->cells};
    cyn_buf_reset(&q->plain);
    if (!cyn_buf_reserve(&q->plain, (size_t)q->width * NUMBER_SIZE)) return cyn_nomem(err);
    for (int i = 0; i < q->width; i++) {
        cyn_source_cell *cell = &q->cells[row->ncells];
        if (!take_value(q, i, cell)) continue;
        if (!cell->s) return cyn_nomem(err);
        if (cell->kind == CYN_CELL_STRING) check_string(q, row, cell);
        row->ncells++;
    }
    return CYN_OK;
}

static int64_t sqlite_position(const cyn_reader *r)
{
    const sqlite_reader *q = (const sqlite_reader *)r;
    return q->ended ? q->file->bytes : 0;
}

static void sqlite_close(cyn_reader *r)
{
    sqlite_reader *q = sqlite_of(r);
    sqlite3_finalize(q->query);
    sqlite3_close(q->db);
    cyn_buf_clear(&q->plain);
    cyn_free(q->numbers);
    cyn_free(q->cells);
    cyn_free(q);
}

cyn_code cyn_sqlite_open(const cyn_source_file *file, cyn_schema *schema, cyn_reader **out,
                         cyn_err *err)
{
    cyn_code rc;
    cyn_buf sql = {0};
    sqlite_reader *q = cyn_calloc(1, sizeof *q);
    if (!q) return cyn_nomem(err);
    q->reader =
        (cyn_reader){.next = sqlite_next, .position = sqlite_position, .close = sqlite_close};
    q->file = file;
    CYN_GOTO(open_db(q, err));
    if (file->spec->table) CYN_GOTO(table_query(q, &sql, err));
    CYN_GOTO(prepare(q, file->spec->table ? sql.data : file->spec->query, err));
    CYN_GOTO(add_columns(q, schema, err));
    *out = &q->reader;
    q = NULL;
done:
    if (q) sqlite_close(&q->reader);
    cyn_buf_clear(&sql);
    return rc;
}
