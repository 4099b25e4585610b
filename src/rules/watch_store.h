/* A watch in the state of the project: what it remembers, and what an evaluation leaves behind.
 *
 *     CYN_TRY(cyn_watch_load(w, store, now, notes, err));
 *     CYN_TRY(cyn_watch_run(w, now, source, arena, &result, err));
 *     CYN_TRY(cyn_watch_keep(w, store, now, &result, err));      // all of it in one transaction
 */
#pragma once
#include "config/config.h"
#include "rules/watch.h"
#include "store/alerts.h"

/* Rows that cannot be understood become notes, the rest goes on. */
CYN_NODISCARD cyn_code cyn_watch_load(cyn_watch *w, cyn_store *st, int64_t now, cyn_err_list *notes,
                                      cyn_err *err);
/* After a failure nothing is stored; the same result can be kept again. */
CYN_NODISCARD cyn_code cyn_watch_keep(cyn_watch *w, cyn_store *st, int64_t now,
                                      const cyn_watch_result *result, cyn_err *err);
