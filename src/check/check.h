/* Checking a project: what would fail when it is evaluated, and what its definitions lack.
 *
 * Errors: files and scripts that are wrong, metrics that cannot be evaluated, sources that cannot
 * be loaded, columns that do not exist. The rest is what check/lint.h finds.
 *
 *     cyn_remarks_init(&found, arena);
 *     cyn_check_opened(project, &session_findings, &found);
 *     CYN_TRY(cyn_check(project, data, true, &found, err));
 */
#pragma once
#include "check/lint.h"

/* Findings of opening the project and running its scripts; p is NULL where that failed. */
void cyn_check_opened(const cyn_project *p, const cyn_err_list *errors, cyn_remarks *found);
/* with_data: load every source and bind every aggregate. Adds to `found`, sorted at the end. Fails
 * only on memory and cancellation. */
CYN_NODISCARD cyn_code cyn_check(const cyn_project *p, cyn_dataset *d, bool with_data,
                                 cyn_remarks *found, cyn_err *err);
