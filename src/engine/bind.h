/* Binding: an aggregate's expressions, as its view sees them, become expressions over the columns
 * of the source's table.
 *
 * Derived columns are replaced by what they compute, script expressions by hidden columns of the
 * dataset. Unknown columns are found here, with place and nearest name.
 */
#pragma once
#include "engine/dataset.h"

typedef struct cyn_bound_agg {
    size_t source;             /* index in the project */
    cyn_plan_agg agg;          /* over the columns of the dataset's table, current and later ones */
    const char *const *groups; /* one column of the table for each dimension asked for */
} cyn_bound_agg;

/* Loads the source if need be. `by` names dimensions: derived columns of the view, or declared
 * dimensions of the source. Results live in `arena`. */
CYN_NODISCARD cyn_code cyn_bind_agg(cyn_dataset *d, const cyn_agg *agg, const char *const *by,
                                    size_t nby, cyn_arena *arena, cyn_bound_agg *out, cyn_err *err);
