/* A point: the value of one metric in one period for one segment, with what it is compared with. */
#pragma once
#include "metric/metric.h"

typedef struct cyn_point {
    const cyn_metric *metric;
    cyn_period period;
    size_t nkeys; /* segment: dimension names and values */
    const char *const *dims;
    const cyn_const *keys;
    cyn_num value, numerator, denominator;
    int64_t rows;
    bool partial;                /* the period had not ended at evaluation time */
    bool immature;               /* a cohort's window has not passed */
    cyn_num previous, last_year; /* of the same elapsed time when partial */
    cyn_status status;
    const cyn_num
        *history; /* values of the last periods, oldest first, this one last; may be NULL */
    size_t nhistory;
    bool failed;          /* no value because of error */
    const cyn_err *error; /* why, when it failed; lives as long as the points */
} cyn_point;

/* Whether the sheet's target and thresholds are about periods of this grain: a month's target says
 * nothing about a week. A sheet that names no grain means any (docs/numerics.md, S-…). */
static inline bool cyn_sheet_is_about(const cyn_sheet *s, cyn_grain grain)
{
    return !s->has_grain || cyn_grain_equal(s->grain, grain);
}

/* The target of a point; missing where the sheet has none for its grain. */
static inline cyn_num cyn_point_target(const cyn_point *p)
{
    const cyn_sheet *s = &p->metric->sheet;
    return s->has_target && cyn_sheet_is_about(s, p->period.grain) ? cyn_num_real(s->target)
                                                                   : CYN_MISSING;
}
