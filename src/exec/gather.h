/* Gathering: the rows of each cell of a plan, for what no plan can compute of them.
 *
 * Rows are sorted by segment and then by time, those of equal time as they stand in the table,
 * those without time last; so the rows of a cell lie side by side, however intervals overlap.
 * Segments are those of cyn_exec_run() over the same plan, in the same order.
 *
 *     cyn_gathered *g;
 *     CYN_TRY(cyn_exec_gather(&plan, table, cancel, &g, err));
 *     const uint32_t *rows = cyn_gathered_rows(g, segment, interval, &n);
 *     cyn_gathered_free(g);
 */
#pragma once
#include "exec/exec.h"

typedef struct cyn_gathered cyn_gathered;

/* Of the rows that pass the filter of the plan's one aggregate. Errors as cyn_exec_run; CYN_E_LIMIT
 * for a table of more than 2³² rows. */
CYN_NODISCARD cyn_code cyn_exec_gather(const cyn_plan *plan, const cyn_table *table,
                                       const atomic_bool *cancel, cyn_gathered **out, cyn_err *err);
void cyn_gathered_free(cyn_gathered *g); /* NULL is fine */
size_t cyn_gathered_segments(const cyn_gathered *g);
const uint32_t *cyn_gathered_rows(const cyn_gathered *g, size_t segment, size_t interval,
                                  size_t *n);
