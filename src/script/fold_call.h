/* Custom aggregates over cells: the host's side of script/fold.h. */
#pragma once
#include "script/pool.h"

/* As cyn_evaluator's fold, with the handle that the worker knows. One worker does all of it, for it
 * keeps the accumulator. *lost as for cyn_pool_eval. */
CYN_NODISCARD cyn_code cyn_pool_fold(cyn_pool *p, const cyn_fold *fold, cyn_arena *arena,
                                     cyn_answers **out, bool *lost, cyn_err *err);
