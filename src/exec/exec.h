/* The embedded executor: runs a plan over a table in memory.
 *
 * Rows are taken in batches of CYN_BATCH; expressions are evaluated over whole batches. The result
 * lives in the caller's arena. Deterministic: sums run in row order. One thread per call; the
 * table is only read.
 *
 *     cyn_plan_result *r;
 *     CYN_TRY(cyn_exec_run(&plan, table, arena, &r, err));
 *     cyn_num weekly = cyn_plan_cell(r, 0, 0, 3)->value;
 */
#pragma once
#include "base/arena.h"
#include "column/column.h"
#include "plan/plan.h"
#include <stdatomic.h>

#ifndef CYN_BATCH
#define CYN_BATCH 4096
#endif

/* CYN_E_NAME: a column that the table lacks. CYN_E_TYPE: sum of text and the like.
 * CYN_E_RANGE: an exact sum overflows. CYN_E_CANCEL: *cancel became true (cancel may be NULL). */
CYN_NODISCARD cyn_code cyn_exec_run(const cyn_plan *plan, const cyn_table *table,
                                    const atomic_bool *cancel, cyn_arena *arena,
                                    cyn_plan_result **out, cyn_err *err);
/* Only binds: the CYN_E_NAME or CYN_E_TYPE that a run would give. With one aggregate in the plan it
 * tells which of many cannot run, so that the others can. */
CYN_NODISCARD cyn_code cyn_exec_check(const cyn_plan *plan, const cyn_table *table, cyn_err *err);
