/* The definitions of a metric as runs have recorded them: when a formula was first in use.
 *
 *     CYN_TRY(cyn_store_definitions(st, "revenue", arena, &list, &n, err));
 */
#pragma once
#include "store/store.h"

typedef struct cyn_stored_definition {
    const char *hash, *formula; /* metric/metric.h */
    int64_t since;              /* start of the run that first used it, microseconds since 1970 */
    int64_t as_of;              /* what that run took for now */
} cyn_stored_definition;

/* The newest first. */
CYN_NODISCARD cyn_code cyn_store_definitions(cyn_store *st, const char *metric, cyn_arena *arena,
                                             const cyn_stored_definition **out, size_t *count,
                                             cyn_err *err);
