/* Functions over points and over changes, in the worker (catalog/free.h, catalog/change.h;
 * lua/cynosure/free.lua and decompose.lua do the work). */
#pragma once
#include "catalog/wire.h"
#include "script/state.h"

/* Registry: the library's functions that run a request. */
#define CYN_FREE      "cynosure.free"
#define CYN_DECOMPOSE "cynosure.decompose"

/* Has the function of that key run the request, a decoded one, and appends its reply to `out`.
 * Fails where a budget was met. */
CYN_NODISCARD cyn_code cyn_free_run(cyn_state *s, const char *key, const cyn_value *request,
                                    int64_t timeout, cyn_buf *out, cyn_err *err);
