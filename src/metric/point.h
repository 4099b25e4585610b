/* A point: the value of one metric in one period for one segment, with what it is compared with. */
#pragma once
#include "metric/metric.h"

/* What a value is compared with beside the previous period and last year's. */
typedef enum cyn_against_kind {
    CYN_AGAINST_PREVIOUS,
    CYN_AGAINST_LAST_YEAR,
    CYN_AGAINST_TARGET, /* of the sheet, at the grain that it is about */
    CYN_AGAINST_MARKET, /* of the sheet */
    CYN_AGAINST_PERIOD, /* any other; as long as what has elapsed of a partial one */
} cyn_against_kind;

typedef struct cyn_against {
    cyn_against_kind kind;
    const char *period; /* PERIOD: its label as given: "2026-W40" */
} cyn_against;
/* "previous", "last_year" (also "last-year"), "target", "market"; else it is a period, which is
 * read when the grain is known. */
cyn_against cyn_parse_against(const char *s);
/* The words of the kinds: "previous", "last_year", "target", "market", "period". */
extern const char *const cyn_against_names[];
/* The period that one is compared with; false when there is none: the sheet's figures, grain all, a
 * label that names no period of this grain. */
bool cyn_against_period(const cyn_against *a, const cyn_calendar *cal, cyn_period of,
                        cyn_period *out);

typedef struct cyn_point {
    const cyn_metric *metric;
    cyn_period period;
    size_t nkeys; /* segment: dimension names and values */
    const char *const *dims;
    const cyn_const *keys;
    cyn_num value, numerator, denominator;
    int64_t rows;
    bool partial;  /* the period had not ended at evaluation time */
    bool immature; /* a cohort's window has not passed */
    bool of_part;  /* a segment of a count or sum: the sheet's target, market figure and
                      thresholds are about the whole (docs/numerics.md, S-7) */
    cyn_num previous, last_year; /* of the same elapsed time when partial */
    cyn_cell against;            /* what the request compares with; missing as those are */
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

/* Whether the sheet's numbers are about this point. */
static inline bool cyn_point_is_judged(const cyn_point *p)
{
    return !p->of_part && cyn_sheet_is_about(&p->metric->sheet, p->period.grain);
}

/* The target of a point; missing where the sheet has none that is about it. */
static inline cyn_num cyn_point_target(const cyn_point *p)
{
    const cyn_sheet *s = &p->metric->sheet;
    return s->has_target && cyn_point_is_judged(p) ? cyn_num_real(s->target) : CYN_MISSING;
}
/* The market's figure, likewise. */
static inline cyn_num cyn_point_market(const cyn_point *p)
{
    const cyn_sheet *s = &p->metric->sheet;
    return s->has_market && cyn_point_is_judged(p) ? cyn_num_real(s->market) : CYN_MISSING;
}
