/* Scans: the aggregates that a set of metrics needs, gathered into as few plans as possible, run,
 * and looked up by aggregate, span and segment.
 *
 * An aggregate is used under a chain (engine/span.h): the same count may be wanted for the periods
 * and over a rolling window. Call order: cyn_scans_new, cyn_scans_add for each use, cyn_scans_run
 * once, then cyn_scans_cell any number of times. Uses that cannot be bound or run keep their error,
 * and cyn_scans_cell repeats it; the others are not touched by it.
 */
#pragma once
#include "engine/bind.h"

typedef struct cyn_scans cyn_scans;
CYN_NODISCARD cyn_code cyn_scans_new(cyn_rows_set *set, cyn_spans *spans, cyn_scans **out,
                                     cyn_err *err);
/* Fails only for what concerns all (memory, cancellation). */
CYN_NODISCARD cyn_code cyn_scans_add(cyn_scans *s, uint32_t agg, size_t chain, cyn_err *err);
CYN_NODISCARD cyn_code cyn_scans_run(cyn_scans *s, cyn_err *err);
/* Before the run: it keeps nothing for later runs but what was put together of an earlier one's;
 * the rest is kept afterwards, when another thread may already look up cells (but add no use).
 * That something cannot be kept is no failure. */
void cyn_scans_keep_later(cyn_scans *s);
void cyn_scans_keep_rest(const cyn_scans *s);
/* The error of a use that could not be bound or run; CYN_OK when it has none. */
CYN_NODISCARD cyn_code cyn_scans_error(const cyn_scans *s, uint32_t agg, size_t chain,
                                       cyn_err *err);

/* Whether the use was added. */
bool cyn_scans_has(const cyn_scans *s, uint32_t agg, size_t chain);

/* A segment that occurs in no scan. */
#define CYN_NO_SEGMENT ((size_t)-1)
/* All segments of all scans, sorted by their values; without dimensions exactly one. */
size_t cyn_scans_segments(const cyn_scans *s);
const cyn_const *cyn_scans_segment(const cyn_scans *s, size_t segment);
/* The segment of these values, one for each dimension, or CYN_NO_SEGMENT. */
size_t cyn_scans_find(const cyn_scans *s, const cyn_const *keys);
/* Whether the segment occurs in the use's scan. */
bool cyn_scans_occurs(const cyn_scans *s, uint32_t agg, size_t chain, size_t segment);
/* The cell of a span (of the chain): missing where the source does not cover it, that of no rows
 * where the segment does not occur (docs/numerics.md, A-… and P-…). *immature becomes true when it
 * stands on a cohort whose window has not passed; else it is left as it is. */
CYN_NODISCARD cyn_code cyn_scans_cell(const cyn_scans *s, uint32_t agg, size_t chain, size_t span,
                                      size_t segment, cyn_cell *out, bool *immature, cyn_err *err);
