#include "store/definition.h"
#include "store/store_impl.h"
#include <string.h>

static cyn_code add(sqlite3_stmt *q, cyn_arena *arena, cyn_stored_definition **items, size_t *count,
                    size_t *capacity, cyn_err *err)
{
    cyn_stored_definition *more = cyn_grown(arena, *items, *count, capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    *items = more;
    cyn_stored_definition d = {.hash = cyn_store_text(q, 0, arena),
                               .formula = cyn_store_text(q, 1, arena),
                               .since = sqlite3_column_int64(q, 2)};
    if (!d.hash || !d.formula) return cyn_nomem(err);
    (*items)[(*count)++] = d;
    return CYN_OK;
}

cyn_code cyn_store_definitions(cyn_store *st, const char *metric, cyn_arena *arena,
                               const cyn_stored_definition **out, size_t *count, cyn_err *err)
{
    sqlite3_stmt *q = st->sql[CYN_SQL_GET_DEFINITIONS];
    cyn_stored_definition *items = NULL;
    size_t n = 0, capacity = 0;
    cyn_code rc = CYN_OK;
    int step;
    sqlite3_bind_text(q, 1, metric, -1, SQLITE_STATIC);
    while (rc == CYN_OK && (step = sqlite3_step(q)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? add(q, arena, &items, &n, &capacity, err)
                                : cyn_store_fail(st->db, st->path, "read definitions", err);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    if (rc != CYN_OK) return rc;
    *out = items;
    *count = n;
    return CYN_OK;
}
