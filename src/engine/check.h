/* Checking a project: what would fail when it is evaluated, and what lacks its counterpart.
 *
 * Errors: metrics that cannot be evaluated, sources that cannot be loaded, columns that do not
 * exist. Notes: metrics without a row in kpis.yaml, rows without a metric, bad rows that were left
 * out, dimensions that are no columns. Findings of opening the project are the caller's.
 */
#pragma once
#include "engine/dataset.h"

/* with_data: load every source and bind every aggregate. Fails only on memory and cancellation. */
CYN_NODISCARD cyn_code cyn_check(const cyn_project *p, cyn_dataset *d, bool with_data,
                                 cyn_err_list *errors, cyn_err_list *notes, cyn_err *err);
/* A note for each loaded source with rows that were left out, or that belong to no period. */
void cyn_note_rows(const cyn_dataset *d, cyn_err_list *notes);
