/* What journeys and retention share: members of a cohort keep the dimensions of the row that they
 * began with.
 *
 *     CYN_TRY(cyn_cohort_carry(&run, first_rows, columns + n, err));   // in->ngroups columns
 */
#pragma once
#include "exec/relation_impl.h"

/* Fills one column for each dimension asked for: its values in these rows. */
CYN_NODISCARD cyn_code cyn_cohort_carry(const cyn_relation_run *run, const uint32_t *row,
                                        cyn_made_column *columns, cyn_err *err);
