/* Vanity: metrics that rise without anybody being better off. */
#pragma once
#include "check/lint_impl.h"

/* Why a metric is one ("it counts rows of 'page_view'"), or NULL. By its formula: a cumulative
 * value, a count of looks or registrations; a ratio is none. By its name and titles otherwise. */
const char *cyn_lint_vanity(cyn_lint_run *run, const cyn_metric *m);
