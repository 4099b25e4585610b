/* Free functions over points, in the worker (catalog/free.h; lua/cynosure/free.lua does the work).
 */
#pragma once
#include "catalog/free.h"
#include "script/state.h"

#define CYN_FREE "cynosure.free" /* registry: the library's function that runs a request */

/* Appends the reply to the request, a decoded one, to `out`. Fails where a budget was met. */
CYN_NODISCARD cyn_code cyn_free_run(cyn_state *s, const cyn_value *request, int64_t timeout,
                                    cyn_buf *out, cyn_err *err);
