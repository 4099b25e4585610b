/* Targets: how far each is, whether it is on the way, and where it is heading. */
#pragma once
#include "report/report.h"
#include "tree/goals.h"

/* In the order given; a table, Markdown, or JSON with one object per line (CYN_E_UNSUPPORTED for
 * CSV). */
CYN_NODISCARD cyn_code cyn_report_targets(const cyn_goal *goals, size_t n,
                                          const cyn_report_options *opts, cyn_buf *out,
                                          cyn_err *err);
