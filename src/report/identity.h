/* Identities held against the data, written for people and for programs.
 *
 * A metric whose identity holds in all periods is one line; of another each period is shown, and
 * below the table the rows that its parts count twice or not at all. JSON and CSV have every
 * period.
 *
 *     CYN_TRY(cyn_report_identities(list, count, &opts, &out, err));
 */
#pragma once
#include "report/report.h"
#include "tree/identity.h"

/* The periods of one metric stand side by side. */
CYN_NODISCARD cyn_code cyn_report_identities(const cyn_identity *list, size_t n,
                                             const cyn_report_options *opts, cyn_buf *out,
                                             cyn_err *err);
