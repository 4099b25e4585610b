/* A hash table from (group, value) to dense numbers, in order of first appearance.
 *
 * It finds segments (group: the segment so far, value: the next column's) and counts distinct
 * values (a pair is new when the count grows). Memory is proportional to the pairs that occur. The
 * numbers depend on the order of the calls only, never on the hash.
 *
 *     cyn_pairs t = {0};
 *     uint32_t id = cyn_pairs_add(&t, group, value);   // CYN_NO_PAIR: memory is exhausted
 *     cyn_pairs_clear(&t);
 */
#pragma once
#include "base/hash.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CYN_NO_PAIR UINT32_MAX

typedef struct cyn_pair {
    uint64_t value;
    uint32_t group;
    uint32_t mark; /* its number + 1; 0: the slot is free */
} cyn_pair;

typedef struct cyn_pairs {
    cyn_pair *slots;
    size_t size; /* a power of two, or 0 */
    uint32_t count;
} cyn_pairs;

void cyn_pairs_clear(cyn_pairs *t);
/* Makes room for one more pair; false when memory (or the 32-bit numbers) are exhausted. */
bool cyn_pairs_grow(cyn_pairs *t);

static inline size_t cyn_pairs_home(const cyn_pairs *t, uint32_t group, uint64_t value)
{
    return cyn_hash_mix(value + UINT64_C(0x9e3779b97f4a7c15) * group) & (t->size - 1);
}

static inline uint32_t cyn_pairs_add(cyn_pairs *t, uint32_t group, uint64_t value)
{
    if ((size_t)t->count * 2 >= t->size && !cyn_pairs_grow(t)) return CYN_NO_PAIR;
    size_t i = cyn_pairs_home(t, group, value);
    for (; t->slots[i].mark; i = (i + 1) & (t->size - 1)) {
        if (t->slots[i].value == value && t->slots[i].group == group) return t->slots[i].mark - 1;
    }
    t->slots[i] = (cyn_pair){.value = value, .group = group, .mark = t->count + 1};
    return t->count++;
}

/* The number of a pair that was added; CYN_NO_PAIR: it was not. */
static inline uint32_t cyn_pairs_find(const cyn_pairs *t, uint32_t group, uint64_t value)
{
    if (t->size == 0) return CYN_NO_PAIR;
    size_t i = cyn_pairs_home(t, group, value);
    for (; t->slots[i].mark; i = (i + 1) & (t->size - 1)) {
        if (t->slots[i].value == value && t->slots[i].group == group) return t->slots[i].mark - 1;
    }
    return CYN_NO_PAIR;
}
