/* Samples: all values of a place, for what needs them all at once.
 *
 * A value is written once, next to the other values of its place. Values that already lie side by
 * side, in a column or in another sample, are only referred to: a window over 28 days costs as many
 * references, not 28 times the values. The arena holds runs and values; it must outlive all samples
 * that were lent something of it.
 *
 *     cyn_sample s = {0};
 *     if (!cyn_sample_add(&s, arena, 0.5)) …           // memory is exhausted
 *     if (!cyn_sample_lend(&s, arena, values, n)) …
 *     for (const cyn_run *r = &s.last->run; …) …       // or cyn_sample_copy(&s, out)
 */
#pragma once
#include "base/arena.h"
#include "stats/select.h"
#include <stdint.h>

typedef struct cyn_sample_run {
    cyn_run run;
    size_t room; /* of own; what was lent has no room left */
    double own[];
} cyn_sample_run;

typedef struct cyn_sample {
    int64_t count;
    cyn_sample_run *first, *last;
} cyn_sample;

/* Begins a run with room for a value. */
bool cyn_sample_grow(cyn_sample *s, cyn_arena *arena);
/* Refers to n values that stay where they are. */
bool cyn_sample_lend(cyn_sample *s, cyn_arena *arena, const double *value, size_t n);
/* Takes all that `from` has, which must not be used any more. */
void cyn_sample_move(cyn_sample *s, const cyn_sample *from);
/* Lends all that `from` has. */
bool cyn_sample_merge(cyn_sample *s, cyn_arena *arena, const cyn_sample *from);
/* Writes the values, s->count of them, in no particular order. */
void cyn_sample_copy(const cyn_sample *s, double *out);

static inline bool cyn_sample_add(cyn_sample *s, cyn_arena *arena, double value)
{
    if ((!s->last || s->last->run.n == s->last->room) && !cyn_sample_grow(s, arena)) return false;
    s->last->own[s->last->run.n++] = value;
    s->count++;
    return true;
}
