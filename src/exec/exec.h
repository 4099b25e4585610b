/* The embedded executor: runs a plan over a table in memory.
 *
 * Rows are taken in batches of CYN_BATCH; expressions are evaluated over whole batches. Ranges of
 * CYN_SHARE_ROWS rows are shared out among threads. The result lives in the caller's arena, and
 * neither the number of threads nor the order of rows changes a bit of it (docs/numerics.md, A-15).
 * Any thread may call; the table is only read.
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
#ifndef CYN_SHARE_ROWS
#define CYN_SHARE_ROWS ((size_t)1 << 18)
#endif

/* How many threads each run may use; 0, as at first, means one for each core. For the process. */
void cyn_exec_threads(int n);

/* CYN_E_NAME: a column that the table lacks, or first and last without a time. CYN_E_TYPE: sum of
 * text and the like, or a comparison that can never hold. CYN_E_RANGE: an exact sum overflows.
 * CYN_E_ESCAPE: some row of the table is the interpreter's, with the place of the expression.
 * CYN_E_CANCEL: *cancel became true (cancel may be NULL). */
CYN_NODISCARD cyn_code cyn_exec_run(const cyn_plan *plan, const cyn_table *table,
                                    const atomic_bool *cancel, cyn_arena *arena,
                                    cyn_plan_result **out, cyn_err *err);
/* Only binds: the CYN_E_NAME or CYN_E_TYPE that a run would give. With one aggregate in the plan it
 * tells which of many cannot run, so that the others can. */
CYN_NODISCARD cyn_code cyn_exec_check(const cyn_plan *plan, const cyn_table *table, cyn_err *err);

/* Kinds of values that an expression can have over a table's rows, as Lua sees them (E-2). */
#define CYN_KIND_NIL     1U
#define CYN_KIND_BOOLEAN 2U
#define CYN_KIND_INTEGER 4U
#define CYN_KIND_REAL    8U
#define CYN_KIND_TEXT    16U

/* The kinds that may occur, as far as the columns' types tell. Errors as cyn_exec_check. */
CYN_NODISCARD cyn_code cyn_exec_expr_kinds(const cyn_expr *e, const cyn_table *t, unsigned *kinds,
                                           cyn_err *err);
/* The values of an expression in all rows as a table of one column: booleans, texts or numbers,
 * reals when one of them is a float (E-6); missing where a float is NaN or infinite (M-3).
 * CYN_E_TYPE also for a mixture. Uses the cores. */
CYN_NODISCARD cyn_code cyn_exec_expr_column(const cyn_expr *e, const cyn_table *t, const cyn_tz *tz,
                                            const char *name, const atomic_bool *cancel,
                                            cyn_table **out, cyn_err *err);
