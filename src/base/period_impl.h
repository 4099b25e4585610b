/* What the sources behind period.h share. */
#pragma once
#include "base/period.h"

/* The first date of the period of a grain of days or more that holds a date. */
int64_t cyn_grain_first_day(const cyn_calendar *cal, cyn_grain g, int64_t days);
