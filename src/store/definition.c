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
