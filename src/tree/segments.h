/* A change over segments: what each channel, country or plan contributed to it.
 *
 * Sums (and differences of sums) share themselves out: each segment its own change. A ratio has two
 * parts for each segment: *rate*, its ratio changed, and *mix*, its share of the denominator did,
 * against the average ratio; both symmetric, so that they add up exactly. A segment that is new or
 * has vanished has no change of rate; all of it is mix. What segments cannot explain (a user
 * counted in two of them, a percentile) is the residual. docs/numerics.md, X-12 ….
 */
#pragma once
#include "base/arena.h"
#include "metric/metric.h"

/* One segment in both periods, or the total. NaN: missing; a segment that does not occur has no
 * value, numerator and denominator 0 or missing, and no rows. */
typedef struct cyn_segment_change {
    double before, after;
    double numerator_before, numerator_after, denominator_before, denominator_after;
    int64_t rows_before, rows_after; /* that the values stand on */
} cyn_segment_change;

typedef enum cyn_segment_state {
    CYN_SEGMENT_STAYS,
    CYN_SEGMENT_NEW,      /* nothing of it before */
    CYN_SEGMENT_VANISHED, /* nothing of it after */
} cyn_segment_state;

typedef struct cyn_segment_part {
    cyn_segment_state state;
    double part;      /* rate + mix of a ratio */
    double rate, mix; /* NaN where the total is no ratio */
    double gain;      /* what one unit of the segment's own change was worth (decompose.h) */
    double weight_before, weight_after; /* its share of the denominator; NaN where none */
} cyn_segment_part;

typedef struct cyn_segment_parts {
    cyn_method method; /* ADDITIVE, RATE_MIX or NONE */
    const char *why;
    const cyn_segment_part *items; /* [segment] */
    double rate, mix;              /* sums; NaN where the total is no ratio */
    double residual, change;
} cyn_segment_parts;

/* A total is a ratio when it has a denominator in both periods. Additive when the segments' values
 * add up to the total in both periods, or may by their formula (`additive`): then what is missing
 * is the residual. */
CYN_NODISCARD cyn_code cyn_decompose_segments(const cyn_segment_change *total,
                                              const cyn_segment_change *segments, size_t n,
                                              bool additive, cyn_arena *arena,
                                              cyn_segment_parts *out, cyn_err *err);
