/* Custom aggregates: what functions of a script make of the rows of each cell (docs/numerics.md,
 * U-…).
 *
 * The executor counts and gathers the rows; the script worker goes through them (catalog/
 * evaluator.h, cyn_fold), in calls of many rows, whatever cells they belong to.
 */
#pragma once
#include "engine/bind.h"

/* What the functions give where there is no row. */
CYN_NODISCARD cyn_code cyn_custom_empty(const cyn_rows_set *set, const cyn_agg *agg, cyn_num *out,
                                        cyn_err *err);
/* Binds the columns that the functions may read, and has them run over no rows. */
CYN_NODISCARD cyn_code cyn_custom_check(cyn_rows_set *set, const cyn_agg *agg, cyn_rows *rows,
                                        cyn_err *err);
/* Sets the values of the cells [segment][interval] that cyn_exec_run() gave for the plan, whose one
 * aggregate counts the rows; `empty` is for those without. */
CYN_NODISCARD cyn_code cyn_custom_cells(cyn_rows_set *set, const cyn_agg *agg, cyn_rows *rows,
                                        const cyn_plan *plan, cyn_num empty, cyn_cell *cells,
                                        cyn_err *err);
