/* Samples: all values of a place, for what needs them all at once.
 *
 * Memory that is new to a process is slow, so what lies in a column already is not written again.
 * Where a place has most rows of a stretch, that is referred to (lend); where it has some of them,
 * two bytes each say which (note), unless they lie far apart: then reading them from there would
 * cost more. A window over 28 days costs as many references, not 28 times the values. The arena
 * holds what is written; it, and the columns, must outlive all samples that were lent something.
 *
 *     cyn_sample s = {0};
 *     if (!cyn_sample_add(&s, arena, 0.5)) …           // memory is exhausted
 *     if (!cyn_sample_note(&s, arena, &column[row])) …
 *     if (!cyn_sample_lend(&s, arena, &(cyn_run){.value = values, .n = n})) …
 *     for (const cyn_run *r = &s.last->run; …) …       // or cyn_sample_copy(&s, out)
 */
#pragma once
#include "base/arena.h"
#include "stats/run.h"
#include <stdbool.h>

typedef struct cyn_sample_run {
    cyn_run run;
    size_t room;         /* of own; what was lent has no room left */
    const double *began; /* where its first value lies in a column; NULL: in none */
    double own[];        /* values, or what run.at says */
} cyn_sample_run;

typedef struct cyn_sample {
    int64_t count;
    cyn_sample_run *first, *last;
} cyn_sample;

/* Begins a run with room for a value: where that of a column lies, or NULL. */
bool cyn_sample_grow(cyn_sample *s, cyn_arena *arena, const double *value);
/* Refers to values that stay where they are. */
bool cyn_sample_lend(cyn_sample *s, cyn_arena *arena, const cyn_run *run);
/* Notes n values of a column, the k-th in row[k], ascending. */
bool cyn_sample_note_rows(cyn_sample *s, cyn_arena *arena, const double *column,
                          const uint32_t *row, size_t n);
/* Takes all that `from` has, which must not be used any more. */
void cyn_sample_move(cyn_sample *s, const cyn_sample *from);
/* Lends all that `from` has. */
bool cyn_sample_merge(cyn_sample *s, cyn_arena *arena, const cyn_sample *from);
/* Writes the values, s->count of them, in no particular order. */
void cyn_sample_copy(const cyn_sample *s, double *out);

static inline bool cyn_sample_add(cyn_sample *s, cyn_arena *arena, double value)
{
    const cyn_sample_run *last = s->last;
    bool fits = last && !last->run.at && last->run.n < last->room;
    if (!fits && !cyn_sample_grow(s, arena, NULL)) return false;
    s->last->own[s->last->run.n++] = value;
    s->count++;
    return true;
}

/* The room of a run of notes. */
static inline uint16_t *cyn_sample_notes(cyn_sample_run *r)
{
    return (uint16_t *)(void *)r->own;
}

/* Whether a value of a column is within a note's reach. */
static inline bool cyn_sample_reaches(const cyn_sample_run *r, const double *value)
{
    return !r->run.at || (size_t)(value - r->run.value) <= UINT16_MAX;
}

/* A value of a column, behind those that were noted before. */
static inline bool cyn_sample_note(cyn_sample *s, cyn_arena *arena, const double *value)
{
    cyn_sample_run *last = s->last;
    bool fits = last && last->run.n < last->room && cyn_sample_reaches(last, value);
    if (!fits && !cyn_sample_grow(s, arena, value)) return false;
    last = s->last;
    if (last->run.at)
        cyn_sample_notes(last)[last->run.n++] = (uint16_t)(value - last->run.value);
    else
        last->own[last->run.n++] = *value;
    s->count++;
    return true;
}
