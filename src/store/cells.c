#include "store/cells.h"
#include "base/arena.h"
#include "store/store_impl.h"
#include <string.h>

static cyn_code run(cyn_store *st, sqlite3_stmt *q, cyn_err *err)
{
    return cyn_store_finish(st, q, "keep cells", err);
}

cyn_code cyn_store_cells(cyn_store *st, const char *key, cyn_arena *arena, const void **data,
                         size_t *size, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_CELLS, &q, err));
    cyn_code rc = CYN_OK;
    char *copy = NULL;
    size_t n = 0;
    sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    int step = sqlite3_step(q);
    if (step == SQLITE_ROW) {
        const void *blob = sqlite3_column_blob(q, 0);
        n = (size_t)sqlite3_column_bytes(q, 0);
        copy = cyn_alloc(arena, n + 1);
        if (!copy)
            rc = cyn_nomem(err);
        else if (n > 0)
            memcpy(copy, blob, n);
    } else if (step != SQLITE_DONE) {
        rc = cyn_store_fail(st->db, st->path, "read cells", err);
    }
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    if (rc != CYN_OK) return rc;
    *data = copy;
    *size = n;
    return CYN_OK;
}

static cyn_code put(cyn_store *st, const cyn_stored_cells *cells, size_t n, cyn_err *err)
{
    sqlite3_stmt *add = NULL, *drop = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_SET_CELLS, &add, err));
    CYN_TRY(cyn_store_statement(st, CYN_SQL_DROP_CELLS, &drop, err));
    for (size_t i = 0; i < n; i++) {
        sqlite3_bind_text(add, 1, cells[i].key, -1, SQLITE_STATIC);
        sqlite3_bind_blob64(add, 2, cells[i].data, cells[i].size, SQLITE_STATIC);
        CYN_TRY(run(st, add, err));
    }
    return run(st, drop, err);
}

cyn_code cyn_store_keep_cells(cyn_store *st, const cyn_stored_cells *cells, size_t n, cyn_err *err)
{
    const bool alone = st->run == 0;
    cyn_code rc = alone ? run(st, st->sql[CYN_SQL_BEGIN], err) : CYN_OK;
    if (rc == CYN_OK) rc = put(st, cells, n, err);
    if (rc == CYN_OK && alone) rc = run(st, st->sql[CYN_SQL_COMMIT], err);
    return rc == CYN_OK ? rc : cyn_store_abandon(st, rc);
}
