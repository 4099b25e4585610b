/* Decompositions of one's own: what a metric's function makes of changes, asked of the script
 * worker (catalog/evaluator.h, cyn_change).
 *
 * The request and the reply as bytes (catalog/wire.h). What comes back is checked as if it were
 * hostile: for each change as many finite numbers as it has inputs, or an error.
 */
#pragma once
#include "catalog/evaluator.h"
#include "catalog/wire.h"

/* All for the function that the worker knows by the handle. */
void cyn_changes_write(uint32_t handle, const cyn_change *changes, size_t n, cyn_buf *out);
/* The reply about these changes; CYN_E_WORKER when it is not well-formed. parts and errors are as
 * cyn_evaluator's decompose gives them. */
CYN_NODISCARD cyn_code cyn_changes_read(const uint8_t *data, size_t size, const cyn_change *changes,
                                        size_t n, cyn_arena *arena, const double *const **parts,
                                        const cyn_err *const **errors, cyn_err *err);
