/* Private to src/report/drivers*.c. */
#pragma once
#include "report/drivers.h"

/* One object, or one row, for each piece of evidence; drivers_data.c. */
void cyn_drivers_json(const cyn_drivers *d, const cyn_report_options *opts, cyn_buf *out);
void cyn_drivers_csv(const cyn_drivers *d, const cyn_report_options *opts, cyn_buf *out);
