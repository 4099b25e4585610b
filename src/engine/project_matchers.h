/* The matchers of cynosure.yaml (maintenance, inhibit, escalate), checked when a project is opened:
 * one that cannot be read should be found by `check`, and not on the night on which it is needed.
 *
 *     CYN_TRY(cyn_project_check_matchers(config, errs));
 */
#pragma once
#include "config/config.h"

/* A finding, with its line, for each entry with a matcher that cannot be read; the first one's
 * code. */
CYN_NODISCARD cyn_code cyn_project_check_matchers(const cyn_config *config, cyn_err_list *errs);
