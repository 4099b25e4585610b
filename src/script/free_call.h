/* Free functions over points: the host's side of script/free.h. */
#pragma once
#include "catalog/free.h"
#include "script/pool.h"

/* As cyn_evaluator's run_free, with the handle that the worker knows. One worker does all of it:
 * points are hundreds, not millions. *lost as for cyn_pool_eval. */
CYN_NODISCARD cyn_code cyn_pool_run_free(cyn_pool *p, const cyn_free_request *request,
                                         cyn_arena *arena, cyn_free_reply **out, bool *lost,
                                         cyn_err *err);
