/* How the tests ask for reports. The calendar has the zone that main() gives it. */
#pragma once
#include "report/report.h"
#include "times.h"

static cyn_calendar calendar = {.week_start = 1, .fiscal_month = 1};

static inline cyn_report_options options(cyn_format format, const char *language, size_t width)
{
    return (cyn_report_options){
        .format = format, .language = language, .calendar = &calendar, .width = width};
}
