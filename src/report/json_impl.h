/* What files of the report that write JSON need. Private to src/report. */
#pragma once
#include "report/json.h"
#include "report/report_impl.h"
