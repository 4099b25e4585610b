/* Identities held against the data: does the formula give what was measured, and if it is a sum of
 * counts, which rows are counted twice or not at all? docs/numerics.md, X-40 ….
 *
 *     cyn_eval_request r = {.last = 12};
 *     CYN_TRY(cyn_check_identities(project, data, &r, true, arena, &list, &count, err));
 *     for (size_t i = 0; i < count; i++)
 *         if (cyn_identity_fails(&list[i])) …
 */
#pragma once
#include "engine/eval.h"
#include "tree/identity.h"

/* Of the metrics named (none: all that have an identity), in the request's periods: in display
 * order, the periods of one metric side by side. `rows`: also which rows sums count (rows). */
CYN_NODISCARD cyn_code cyn_check_identities(const cyn_project *p, cyn_dataset *d,
                                            const cyn_eval_request *request, bool rows,
                                            cyn_arena *arena, const cyn_identity **out,
                                            size_t *count, cyn_err *err);
