/* Statements that are run: to their end, row by row, or into an array. */
#include "base/arena.h"
#include "store/store_impl.h"
#include <string.h>

static void reset(sqlite3_stmt *q)
{
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

cyn_code cyn_store_finish(cyn_store *st, sqlite3_stmt *q, const char *what, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    if (sqlite3_step(q) != SQLITE_DONE) rc = cyn_store_fail(st->db, st->path, what, err);
    reset(q);
    return rc;
}

cyn_code cyn_store_next(cyn_store *st, sqlite3_stmt *q, const char *what, bool *more, cyn_err *err)
{
    int step = sqlite3_step(q);
    *more = step == SQLITE_ROW;
    if (*more) return CYN_OK;
    cyn_code rc = step == SQLITE_DONE ? CYN_OK : cyn_store_fail(st->db, st->path, what, err);
    reset(q);
    return rc;
}

cyn_code cyn_store_collect(cyn_store *st, sqlite3_stmt *q, const char *what, cyn_row_reader read,
                           size_t size, cyn_arena *arena, void *out, size_t *n, cyn_err *err)
{
    char *items = NULL;
    size_t count = 0, capacity = 0;
    bool more = true;
    for (;;) {
        CYN_TRY(cyn_store_next(st, q, what, &more, err));
        if (!more) break;
        items = cyn_grown(arena, items, count, &capacity, size);
        if (!items || !read(q, arena, items + count * size)) {
            reset(q);
            return cyn_nomem(err);
        }
        count++;
    }
    memcpy(out, &items, sizeof items);
    *n = count;
    return CYN_OK;
}
