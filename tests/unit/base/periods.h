/* What the tests of grains, periods and fiscal calendars share. */
#pragma once
#include "base/period.h"
#include "times.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const cyn_grain hour = {CYN_HOURLY, 1}, day = {CYN_DAILY, 1}, week = {CYN_WEEK, 1},
                       month = {CYN_MONTH, 1}, quarter = {CYN_QUARTER, 1}, year = {CYN_YEAR, 1},
                       all = {CYN_ALL, 1};

static inline int64_t at(const char *text)
{
    int64_t instant = 0;
    if (!cyn_parse_instant(text, strlen(text), NULL, &instant)) {
        printf("Bail out! not an instant: %s\n", text);
        exit(1);
    }
    return instant;
}

static inline const char *label(const cyn_calendar *cal, cyn_period p)
{
    static char text[4][64];
    static int next;
    next = (next + 1) % 4;
    cyn_period_label(cal, p, text[next], sizeof text[next]);
    return text[next];
}

static inline cyn_period named(const cyn_calendar *cal, cyn_grain g, const char *text)
{
    cyn_period p = {0};
    cyn_err err = {0};
    if (cyn_parse_period(cal, g, text, &p, &err) != CYN_OK) CHECK_STR(err.message, text);
    return p;
}

/* The retail calendar of the (United States') National Retail Federation, as published. */
static const cyn_calendar retail = {.week_start = 7,
                                    .fiscal_month = 2,
                                    .named_by_start = true,
                                    .pattern = 454,
                                    .year_end = 6,
                                    .nearest_end = true};
