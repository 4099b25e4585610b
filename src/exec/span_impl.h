/* Spans: a plan's intervals cut where any of them begins or ends.
 *
 * Rows are counted in spans, each row in one; what a span holds is then merged into every interval
 * that covers it. So a 28-day window over each day costs a row one look, not 28. Intervals that do
 * not overlap are their own spans.
 */
#pragma once
#include "base/arena.h"
#include "plan/plan.h"

/* Intervals from … to - 1. */
typedef struct cyn_stretch {
    uint32_t from, to;
} cyn_stretch;

typedef struct cyn_spans {
    const cyn_interval *span; /* ascending, not overlapping */
    size_t n;
    bool timeless;        /* one more, number n: rows without time, in [MIN, MAX) only */
    bool cut;             /* some interval is not one span: `first` and `covered` are set */
    size_t *first;        /* [n + timeless + 1]: which of `covered` a span has */
    cyn_stretch *covered; /* the intervals that hold a span */
} cyn_spans;

/* Lives in the arena. */
CYN_NODISCARD cyn_code cyn_spans_init(cyn_spans *s, const cyn_interval *intervals, size_t n,
                                      cyn_arena *arena, cyn_err *err);
/* The span that holds an instant, or -1; *around is what gives the same answer. */
int64_t cyn_spans_find(const cyn_spans *s, int64_t instant, cyn_interval *around);
