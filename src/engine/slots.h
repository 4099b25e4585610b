/* Slots: the intervals that an evaluation needs, and which of them each period is compared with.
 *
 * A request names periods of one grain. Each is compared with the one before and with the same one
 * of last year; the latest may want a history for its sparkline. All these are periods of one
 * grain, so they never overlap and one scan serves them all (`full`). A period that has not ended
 * is cut at `now`, and compared with the same elapsed part of the others (docs/numerics.md, P-…):
 * those parts overlap whole periods, so they are a second set (`parts`).
 */
#pragma once
#include "base/period.h"
#include "plan/plan.h"

#define CYN_NO_SLOT ((size_t)-1)

typedef struct cyn_slot_set {
    cyn_interval *intervals; /* ascending, not overlapping */
    size_t count;
} cyn_slot_set;

/* One requested period; indices into full.intervals, or parts.intervals when partial. */
typedef struct cyn_slot {
    cyn_period period;
    bool partial;
    size_t current;   /* full; CYN_NO_SLOT for a period that has not begun */
    size_t previous;  /* full, or parts when partial; CYN_NO_SLOT for grain all */
    size_t last_year; /* the same */
} cyn_slot;

typedef struct cyn_slots {
    cyn_slot_set full, parts;
    const cyn_slot *slots; /* one for each requested period */
    size_t count;
    const size_t *history; /* full: the periods up to the only requested one; may be empty */
    size_t nhistory;
} cyn_slots;

/* `history` is how many periods a sparkline shows (the requested one included); it is used when one
 * period is requested. */
CYN_NODISCARD cyn_code cyn_slots_make(const cyn_calendar *cal, const cyn_period *periods, size_t n,
                                      int64_t now, size_t history, cyn_arena *arena, cyn_slots *out,
                                      cyn_err *err);
