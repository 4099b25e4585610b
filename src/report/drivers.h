/* Drivers and their evidence, written for people and for programs.
 *
 * Two lists: each declared driver beside what it should move, and the candidates for the root's key
 * success factors, those that are none after them with why not. JSON and CSV have one line for each
 * of both.
 *
 *     CYN_TRY(cyn_report_drivers(&drivers, &opts, &out, err));
 */
#pragma once
#include "report/report.h"
#include "tree/evidence.h"

CYN_NODISCARD cyn_code cyn_report_drivers(const cyn_drivers *d, const cyn_report_options *opts,
                                          cyn_buf *out, cyn_err *err);
