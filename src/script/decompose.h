/* Decompositions by functions: the host's side. */
#pragma once
#include "catalog/change.h"
#include "script/pool.h"

/* As cyn_evaluator's decompose, with the handle that the worker knows. *lost as for cyn_pool_eval.
 */
CYN_NODISCARD cyn_code cyn_pool_decompose(cyn_pool *p, uint32_t handle, const cyn_change *changes,
                                          size_t n, cyn_arena *arena, const double *const **parts,
                                          const cyn_err *const **errors, bool *lost, cyn_err *err);
