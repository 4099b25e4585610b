/* What was computed and may be of use again: bytes under a key that says all that they depend on.
 *
 * They can be made again, so that nothing is lost with them; the oldest go when they are many.
 *
 *     CYN_TRY(cyn_store_cells(st, key, arena, &data, &size, err));     // NULL: there are none
 *     CYN_TRY(cyn_store_keep_cells(st, kept, n, err));
 */
#pragma once
#include "store/store.h"

typedef struct cyn_stored_cells {
    const char *key;
    const void *data;
    size_t size;
} cyn_stored_cells;

/* Those of one key; *data is NULL when nothing is under it. */
CYN_NODISCARD cyn_code cyn_store_cells(cyn_store *st, const char *key, cyn_arena *arena,
                                       const void **data, size_t *size, cyn_err *err);
/* What was under the same keys is replaced. In one transaction: that of the run that is open, which
 * then ends when they cannot be kept, or one of their own. */
CYN_NODISCARD cyn_code cyn_store_keep_cells(cyn_store *st, const cyn_stored_cells *cells, size_t n,
                                            cyn_err *err);
