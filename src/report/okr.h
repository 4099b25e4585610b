/* Objectives and key results as a tree that hangs on the North Star Metric. */
#pragma once
#include "report/report.h"
#include "tree/goals.h"

/* A table, Markdown, or JSON with one object per line: metrics, objectives and key results, then
 * what hangs on nothing (CYN_E_UNSUPPORTED for CSV). */
CYN_NODISCARD cyn_code cyn_report_okrs(const cyn_okr_view *view, const cyn_report_options *opts,
                                       cyn_buf *out, cyn_err *err);
