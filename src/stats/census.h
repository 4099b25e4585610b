/* How many of a block's values lie below two bounds, and which of them between.
 *
 *     size_t less = cyn_census(x, n, lo, hi, known, marks);
 *
 * With AVX2 where the processor has it; both ways give the same. Pure functions; any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CYN_CENSUS_BLOCK = 1024, CYN_CENSUS_WORDS = CYN_CENSUS_BLOCK / 64 };

/* Of the values whose bit is set in `known`, none of them NaN: returns how many are less than lo,
 * and sets the bits of `marks` to where lo <= x[i] && x[i] <= hi. Both have a word for each 64 of
 * the n values, n <= CYN_CENSUS_BLOCK, and no bit of `known` behind them is set. */
size_t cyn_census(const double *x, size_t n, double lo, double hi, const uint64_t *known,
                  uint64_t *marks);
/* The same in one way, for tests; false when the processor has it not. */
typedef enum cyn_census_way { CYN_CENSUS_PLAIN, CYN_CENSUS_AVX2 } cyn_census_way;
bool cyn_census_by(cyn_census_way way, const double *x, size_t n, double lo, double hi,
                   const uint64_t *known, uint64_t *marks, size_t *less);
