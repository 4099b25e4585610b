/* Recording: an evaluation's points and definitions go into the project's state.db, as one run. */
#pragma once
#include "engine/eval.h"
#include "store/store.h"

/* Also keeps the inferred types of the sources that were loaded; a type that changed since the last
 * time is added to `notes`. CYN_OK when all is committed. */
CYN_NODISCARD cyn_code cyn_record_points(const cyn_project *p, cyn_dataset *d,
                                         const cyn_eval_result *result, const char *command,
                                         cyn_err_list *notes, cyn_err *err);
/* The same points, with their definitions, into the open run of an open store: what else belongs to
 * the run is written beside them, and then committed. Failed points are left out.
 *
 * `sparse`: of a segment only the periods behind which rows stand, and those of which something is
 * known already; so what is recorded of a period does not depend on which periods were evaluated
 * together. */
CYN_NODISCARD cyn_code cyn_record_into(cyn_store *st, int64_t run, const cyn_project *p,
                                       const cyn_point *points, size_t n, bool sparse,
                                       cyn_err *err);
/* Segments that were recorded in these periods, and have none of these points, have no value from
 * this run on. */
CYN_NODISCARD cyn_code cyn_record_lost(cyn_store *st, int64_t run, const cyn_project *p,
                                       const cyn_said *said, cyn_err *err);
