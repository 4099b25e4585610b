#include "store/cache.h"
#include "store/store_impl.h"
#include <string.h>

static const char reading[] = "read the segments", writing[] = "record segments";

static void reset(sqlite3_stmt *q)
{
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

static cyn_code fail(cyn_store *st, const char *what, cyn_err *err)
{
    return cyn_store_fail(st->db, st->path, what, err);
}

/* A bound statement that gives no rows. */
static cyn_code run(cyn_store *st, sqlite3_stmt *q, cyn_err *err)
{
    return cyn_store_finish(st, q, writing, err);
}

/* path, size, modified, changed, device, inode: in all statements in this order. */
enum { STAMP_FIELDS = 6 };

static bool read_stamp(sqlite3_stmt *q, int at, cyn_arena *arena, cyn_file_stamp *out)
{
    *out = (cyn_file_stamp){
        .path = cyn_store_text(q, at, arena),
        .size = sqlite3_column_int64(q, at + 1),
        .modified = sqlite3_column_int64(q, at + 2),
        .changed = sqlite3_column_int64(q, at + 3),
        .device = sqlite3_column_int64(q, at + 4),
        .inode = sqlite3_column_int64(q, at + 5),
    };
    return out->path != NULL;
}

static void bind_stamp(sqlite3_stmt *q, const cyn_file_stamp *s)
{
    sqlite3_bind_text(q, 1, s->path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, s->size);
    sqlite3_bind_int64(q, 3, s->modified);
    sqlite3_bind_int64(q, 4, s->changed);
    sqlite3_bind_int64(q, 5, s->device);
    sqlite3_bind_int64(q, 6, s->inode);
}

static bool read_input(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    return read_stamp(q, 0, arena, item);
}

static cyn_code read_inputs(cyn_store *st, int64_t id, cyn_arena *arena, cyn_stored_segment *s,
                            cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_INPUTS, &q, err));
    sqlite3_bind_int64(q, 1, id);
    return cyn_store_collect(st, q, reading, read_input, sizeof *s->inputs, arena, &s->inputs,
                             &s->ninputs, err);
}

static cyn_code read_segments(cyn_store *st, sqlite3_stmt *q, cyn_arena *arena,
                              cyn_stored_segment **out, size_t *count, cyn_err *err)
{
    void *items = NULL;
    size_t n = 0, capacity = 0;
    int step;
    while ((step = sqlite3_step(q)) == SQLITE_ROW) {
        items = cyn_grown(arena, items, n, &capacity, sizeof **out);
        if (!items) return cyn_nomem(err);
        cyn_stored_segment *s = (cyn_stored_segment *)items + n++;
        *s = (cyn_stored_segment){.boot = cyn_store_text(q, 1 + STAMP_FIELDS, arena),
                                  .from = sqlite3_column_int64(q, 2 + STAMP_FIELDS),
                                  .mark = cyn_store_text(q, 3 + STAMP_FIELDS, arena)};
        if (!s->boot || !s->mark || !read_stamp(q, 1, arena, &s->file)) return cyn_nomem(err);
        CYN_TRY(read_inputs(st, sqlite3_column_int64(q, 0), arena, s, err));
    }
    if (step != SQLITE_DONE) return fail(st, reading, err);
    *out = items;
    *count = n;
    return CYN_OK;
}

cyn_code cyn_store_segments(cyn_store *st, const char *source, const char *spec, cyn_arena *arena,
                            cyn_stored_segment **out, size_t *count, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_SEGMENTS, &q, err));
    /* The transaction holds segments and inputs to one moment. */
    if (sqlite3_exec(st->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) return fail(st, reading, err);
    sqlite3_bind_text(q, 1, source, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, spec, -1, SQLITE_STATIC);
    cyn_code rc = read_segments(st, q, arena, out, count, err);
    reset(q);
    sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL); /* nothing was written */
    return rc;
}

static cyn_code add_segment(cyn_store *st, const char *source, const char *spec, size_t ordinal,
                            const cyn_stored_segment *s, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_ADD_SEGMENT, &q, err));
    bind_stamp(q, &s->file);
    sqlite3_bind_text(q, STAMP_FIELDS + 1, s->boot, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, STAMP_FIELDS + 2, source, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, STAMP_FIELDS + 3, (int64_t)ordinal);
    sqlite3_bind_text(q, STAMP_FIELDS + 4, spec, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, STAMP_FIELDS + 5, s->from);
    sqlite3_bind_text(q, STAMP_FIELDS + 6, s->mark ? s->mark : "", -1, SQLITE_STATIC);
    CYN_TRY(run(st, q, err));
    int64_t id = sqlite3_last_insert_rowid(st->db);
    for (size_t i = 0; i < s->ninputs; i++) {
        CYN_TRY(cyn_store_statement(st, CYN_SQL_ADD_INPUT, &q, err));
        bind_stamp(q, &s->inputs[i]);
        sqlite3_bind_int64(q, STAMP_FIELDS + 1, id);
        sqlite3_bind_int64(q, STAMP_FIELDS + 2, (int64_t)i);
        CYN_TRY(run(st, q, err));
    }
    return CYN_OK;
}

static cyn_code replace(cyn_store *st, const char *source, const char *spec,
                        const cyn_stored_segment *segments, size_t count, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(run(st, st->sql[CYN_SQL_BEGIN], err));
    CYN_TRY(cyn_store_statement(st, CYN_SQL_DROP_SEGMENTS, &q, err));
    sqlite3_bind_text(q, 1, source, -1, SQLITE_STATIC);
    CYN_TRY(run(st, q, err));
    for (size_t i = 0; i < count; i++)
        CYN_TRY(add_segment(st, source, spec, i, &segments[i], err));
    return run(st, st->sql[CYN_SQL_COMMIT], err);
}

cyn_code cyn_store_set_segments(cyn_store *st, const char *source, const char *spec,
                                const cyn_stored_segment *segments, size_t count, cyn_err *err)
{
    cyn_code rc = replace(st, source, spec, segments, count, err);
    /* SQLite has rolled back by itself after some errors (disk full); then there is nothing to. */
    if (rc != CYN_OK && !sqlite3_get_autocommit(st->db))
        (void)run(st, st->sql[CYN_SQL_ROLLBACK], NULL);
    return rc;
}

cyn_code cyn_store_keep_sources(cyn_store *st, const char *const *names, size_t count, cyn_err *err)
{
    cyn_buf json = {0};
    cyn_buf_putc(&json, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) cyn_buf_putc(&json, ',');
        cyn_buf_json_string(&json, names[i], strlen(names[i]));
    }
    cyn_buf_putc(&json, ']');
    sqlite3_stmt *q = NULL;
    cyn_code rc = cyn_buf_check(&json, err);
    if (rc == CYN_OK) rc = cyn_store_statement(st, CYN_SQL_DROP_SOURCES, &q, err);
    if (rc == CYN_OK) {
        sqlite3_bind_text(q, 1, json.data, (int)json.len, SQLITE_STATIC);
        rc = run(st, q, err);
    }
    cyn_buf_clear(&json);
    return rc;
}

static bool read_path(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    const char **out = item;
    *out = cyn_store_text(q, 0, arena);
    return *out != NULL;
}

cyn_code cyn_store_segment_files(cyn_store *st, cyn_arena *arena, const char ***out, size_t *count,
                                 cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_SEGMENT_FILES, &q, err));
    return cyn_store_collect(st, q, reading, read_path, sizeof **out, arena, out, count, err);
}
