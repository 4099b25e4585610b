/* Scans: the aggregates that a set of metrics needs, gathered into as few plans as possible, run,
 * and looked up by aggregate, interval and segment.
 *
 * Call order: cyn_scans_new, cyn_scans_add for each aggregate needed, cyn_scans_run once, then
 * cyn_scans_cell any number of times. Aggregates that cannot be bound or run keep their error, and
 * cyn_scans_cell repeats it; the others are not touched by it.
 */
#pragma once
#include "engine/bind.h"
#include "engine/slots.h"

/* Which set of slots an interval's number belongs to. */
typedef enum cyn_slot_kind { CYN_FULL, CYN_PARTS } cyn_slot_kind;

typedef struct cyn_scans cyn_scans;
CYN_NODISCARD cyn_code cyn_scans_new(cyn_dataset *d, const char *const *by, size_t nby,
                                     cyn_arena *arena, cyn_scans **out, cyn_err *err);
/* Fails only for what concerns all (memory, cancellation). */
CYN_NODISCARD cyn_code cyn_scans_add(cyn_scans *s, uint32_t agg, cyn_err *err);
/* The error of an aggregate that could not be bound or run; CYN_OK when it has none. */
CYN_NODISCARD cyn_code cyn_scans_error(const cyn_scans *s, uint32_t agg, cyn_err *err);
CYN_NODISCARD cyn_code cyn_scans_run(cyn_scans *s, const cyn_slots *slots,
                                     const atomic_bool *cancel, cyn_err *err);

/* All segments of all scans, sorted by their values; without dimensions exactly one. */
size_t cyn_scans_segments(const cyn_scans *s);
const cyn_const *cyn_scans_segment(const cyn_scans *s, size_t segment);
/* Whether the segment occurs in the aggregate's scan. */
bool cyn_scans_occurs(const cyn_scans *s, uint32_t agg, size_t segment);
/* The aggregate's cell: missing where its source does not cover the interval, that of no rows where
 * the segment does not occur (docs/numerics.md, A-… and P-…). */
CYN_NODISCARD cyn_code cyn_scans_cell(const cyn_scans *s, uint32_t agg, cyn_slot_kind kind,
                                      size_t interval, size_t segment, cyn_cell *out, cyn_err *err);
