/* Values that lie in several stretches of memory: the last stretch, and what comes before it.
 *
 * A stretch is a part of a longer array: all of it, or what bits tell, or what two bytes for each
 * value say, where eight would hold it. So values of a column need not be written once more.
 *
 *     for (const cyn_run *r = last; r; r = r->before)
 *         for (size_t i = 0; i < r->n; i++)
 *             if (cyn_run_has(r, i)) … cyn_run_value(r, i) …
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cyn_run {
    const struct cyn_run *before;
    const double *value;
    const uint16_t *at;    /* the i-th is value[at[i]]; NULL: value[i] */
    const uint64_t *known; /* which there are: bit `first` + i of these words; NULL: all */
    size_t first;
    size_t n;
} cyn_run;

static inline bool cyn_run_has(const cyn_run *r, size_t i)
{
    return !r->known || (r->known[(r->first + i) / 64] >> (r->first + i) % 64 & 1);
}

static inline double cyn_run_value(const cyn_run *r, size_t i)
{
    return r->value[r->at ? r->at[i] : i];
}

/* Which of those from number `from` on, 1 ≤ n ≤ 64, there are: bit 0 is the first. */
static inline uint64_t cyn_run_bits(const cyn_run *r, size_t from, size_t n)
{
    uint64_t all = UINT64_MAX >> (64 - n);
    if (!r->known) return all;
    const uint64_t *word = r->known + (r->first + from) / 64;
    unsigned shift = (r->first + from) % 64;
    uint64_t bits = word[0] >> shift;
    if (shift + n > 64) bits |= word[1] << (64 - shift);
    return bits & all;
}

/* How many of those from number `from` on there are. */
static inline size_t cyn_run_count(const cyn_run *r, size_t from, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; r->known && i < n; i += 64)
        count += (size_t)__builtin_popcountll(cyn_run_bits(r, from + i, n - i < 64 ? n - i : 64));
    return r->known ? count : n;
}

/* Those from number `from` on, known or not: where they lie, else in `room`, filled with them. */
static inline const double *cyn_run_read(const cyn_run *r, size_t from, size_t n, double *room)
{
    if (!r->at) return r->value + from;
    const uint16_t *at = r->at + from;
    for (size_t i = 0; i < n; i++)
        room[i] = r->value[at[i]];
    return room;
}

/* Writes the values that there are, one behind the other, and returns how many. */
size_t cyn_run_copy(const cyn_run *r, double *out);
