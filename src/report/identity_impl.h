/* Private to src/report/identity*.c. */
#pragma once
#include "report/identity.h"

/* One object, or one row, for each metric and period; identity_data.c. */
void cyn_identities_json(const cyn_identity *list, size_t n, const cyn_report_options *opts,
                         cyn_buf *out);
void cyn_identities_csv(const cyn_identity *list, size_t n, const cyn_report_options *opts,
                        cyn_buf *out);
