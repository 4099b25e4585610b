/* How many different values there are, about: HyperLogLog with 2^14 registers (docs/numerics.md,
 * K-…).
 *
 * A register keeps the longest run of zeros among the hashes that chose it. Few registers are kept
 * in a small table, many in 16 KiB. Adding and merging take the maximum, so order cannot matter.
 * Estimated as in Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017).
 *
 *     cyn_hll h = {0};
 *     if (!cyn_hll_add(&h, cyn_hash_mix(value))) …   // memory is exhausted
 *     int64_t about = cyn_hll_count(&h);
 *     cyn_hll_clear(&h);
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define CYN_HLL_BITS 14

typedef struct cyn_hll {
    uint8_t *dense;       /* [register]; NULL: sparse */
    uint32_t *sparse;     /* register · 64 + run; 0 is free */
    uint32_t used, slots; /* of sparse; slots is a power of two or 0 */
} cyn_hll;

void cyn_hll_clear(cyn_hll *h);
bool cyn_hll_add(cyn_hll *h, uint64_t hash);
bool cyn_hll_merge(cyn_hll *h, const cyn_hll *other);
int64_t cyn_hll_count(const cyn_hll *h);
