/* What the sources behind period.h share. */
#pragma once
#include "base/period.h"

/* The first date of the period of a grain of days or more that holds a date. */
int64_t cyn_grain_first_day(const cyn_calendar *cal, cyn_grain g, int64_t days);

/* Months numbered through from the start of the fiscal year 0, twelve to a year: the number of the
 * one that holds a date, and the first date of one. */
int64_t cyn_fiscal_month(const cyn_calendar *cal, int64_t days);
int64_t cyn_fiscal_month_first(const cyn_calendar *cal, int64_t index);
/* The number by which people call the fiscal year of a month. */
int64_t cyn_fiscal_year_shown(const cyn_calendar *cal, int64_t index);
