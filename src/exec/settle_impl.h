/* Before a plan runs: what must be a column becomes one.
 *
 * A pass takes typed values, batch by batch, on several threads. The type of an expression of
 * several kinds is known only when all its values are (E-6), and texts that are made have a common
 * dictionary only then. So these are computed first, and the plan reads columns.
 *
 *     cyn_settled s;
 *     CYN_TRY(cyn_settle(plan, table, cancel, &s, err));
 *     … run s.plan over s.table …
 *     cyn_settled_clear(&s);
 */
#pragma once
#include "exec/exec.h"

typedef struct cyn_settled {
    cyn_plan plan;
    cyn_table *table; /* with the columns that were computed; a reference */
    cyn_arena *arena;
} cyn_settled;

/* On failure nothing is held. */
CYN_NODISCARD cyn_code cyn_settle(const cyn_plan *plan, const cyn_table *table,
                                  const atomic_bool *cancel, cyn_settled *out, cyn_err *err);
void cyn_settled_clear(cyn_settled *s);
