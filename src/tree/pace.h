/* Pace: where a value should be today on the way to its target, and where it is heading.
 * docs/numerics.md, G-….
 */
#pragma once
#include "base/period.h"
#include "base/sheet.h"
#include "stats/forecast.h"

/* What shall be reached; from a sheet or a key result. */
typedef struct cyn_goal_line {
    cyn_direction direction; /* NONE counts as UP, or DOWN where to < from */
    bool has_from, has_since, has_by;
    double from, to;
    int64_t since, by; /* dates, days */
    const cyn_waypoint *path;
    size_t npath;
    cyn_bound range; /* RANGE: what the value shall stay inside */
} cyn_goal_line;

typedef enum cyn_pace_state {
    CYN_PACE_NONE,    /* no value, or neither a line nor a forecast to hold it against */
    CYN_PACE_REACHED, /* the value is at the target, or better */
    CYN_PACE_AHEAD,   /* at least where it should be today, and heading there */
    CYN_PACE_BEHIND,  /* it should be further today */
    CYN_PACE_RISK,    /* where it should be today, but not heading there */
    CYN_PACE_MISSED,  /* the day has passed */
} cyn_pace_state;
extern const char
    *const cyn_pace_names[]; /* "", "reached", "ahead", "behind", "at risk", "missed" */

typedef struct cyn_pace {
    cyn_pace_state state;
    double value;
    double expected; /* on the line at the value's date; NaN: there is no line */
    double progress; /* (value − from) / (to − from); NaN: there is no from, or it is the target */
    cyn_forecast at_deadline; /* method NONE: no deadline, or not enough history */
} cyn_pace;

/* The goal of a sheet; false when it has no target. */
bool cyn_goal_of_sheet(const cyn_sheet *s, cyn_goal_line *out);
/* Where a period's value stands, and where it will be in the period in which the deadline's day
 * ends. history: the values of the periods up to this one, oldest first, NaN: missing; it may be
 * short or empty. A period that has not ended does not count: give the last one that has. */
CYN_NODISCARD cyn_code cyn_pace_of(const cyn_goal_line *g, const cyn_calendar *cal,
                                   cyn_period period, double value, const double *history, size_t n,
                                   cyn_arena *arena, cyn_pace *out, cyn_err *err);
