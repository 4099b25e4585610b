#include "store/definition.h"
#include "store/store_impl.h"
#include <string.h>

static bool read_definition(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    cyn_stored_definition *out = item;
    *out = (cyn_stored_definition){.hash = cyn_store_text(q, 0, arena),
                                   .formula = cyn_store_text(q, 1, arena),
                                   .since = sqlite3_column_int64(q, 2),
                                   .as_of = sqlite3_column_int64(q, 3)};
    return out->hash && out->formula;
}

cyn_code cyn_store_definitions(cyn_store *st, const char *metric, cyn_arena *arena,
                               const cyn_stored_definition **out, size_t *count, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_DEFINITIONS, &q, err));
    sqlite3_bind_text(q, 1, metric, -1, SQLITE_STATIC);
    return cyn_store_collect(st, q, "read definitions", read_definition, sizeof **out, arena, out,
                             count, err);
}

/* ---- what values refer to ---- */

static bool is_last(const cyn_buf *b, const char *text, size_t n)
{
    if (b->len < n || memcmp(b->data + b->len - n, text, n) != 0) return false;
    return b->len == n || b->data[b->len - n - 1] == '\0';
}

/* As "hash metric" with the NUL. */
void cyn_store_owe_definition(cyn_store *st, const cyn_metric *m)
{
    cyn_buf text = {0};
    cyn_buf_printf(&text, "%s %s", m->definition, m->name);
    st->owed.failed |= text.failed;
    if (!text.failed && !is_last(&st->owed, text.data, text.len + 1))
        cyn_buf_add(&st->owed, text.data, text.len + 1);
    cyn_buf_clear(&text);
}

static cyn_code is_defined(cyn_store *st, const char *owed, const char *what, bool *out,
                           cyn_err *err)
{
    const char *name = strchr(owed, ' ') + 1;
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_IS_DEFINED, &q, err));
    sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, owed, (int)(name - owed) - 1, SQLITE_STATIC);
    CYN_TRY(cyn_store_next(st, q, what, out, err));
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return CYN_OK;
}

cyn_code cyn_store_need_definitions(cyn_store *st, const char *what, cyn_err *err)
{
    bool is = true;
    CYN_TRY(cyn_buf_check(&st->owed, err));
    for (size_t at = 0; is && at < st->owed.len; at += strlen(st->owed.data + at) + 1)
        CYN_TRY(is_defined(st, st->owed.data + at, what, &is, err));
    if (is) return CYN_OK;
    return cyn_fail(err, CYN_E_CONFLICT, "state '%s': cannot %s: FOREIGN KEY constraint failed",
                    st->path, what);
}
