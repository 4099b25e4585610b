/* Recording: an evaluation's points and definitions go into the project's state.db, as one run. */
#pragma once
#include "engine/eval.h"

/* Also keeps the inferred types of the sources that were loaded; a type that changed since the last
 * time is added to `notes`. CYN_OK when all is committed. */
CYN_NODISCARD cyn_code cyn_record_points(const cyn_project *p, const cyn_dataset *d,
                                         const cyn_eval_result *result, const char *command,
                                         cyn_err_list *notes, cyn_err *err);
