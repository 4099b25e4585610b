/* Parting values by a pivot, the step that selecting repeats.
 *
 *     size_t less = cyn_part(x, n, pivot);   // x[0 … less) < pivot <= x[less … n)
 *
 * With AVX-512 or AVX2 where the processor has it. All ways part alike, but order what is on either
 * side differently. Pure functions; any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Moves what is less than the pivot to the front, and returns how much that is. No value is NaN. */
size_t cyn_part(double *x, size_t n, double pivot);
/* The same in one way, for tests; false when the processor has it not. */
typedef enum cyn_part_way { CYN_PART_PLAIN, CYN_PART_AVX2, CYN_PART_AVX512 } cyn_part_way;
bool cyn_part_by(cyn_part_way way, double *x, size_t n, double pivot, size_t *less);
