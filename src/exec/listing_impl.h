/* From a mask of bytes to the list of rows that it keeps.
 *
 *     size_t n = cyn_list_kept(mask, rows, list);   // list[0 … n): where mask[i] is 1
 *
 * With AVX-512 or AVX2 where the processor has it; all ways give the same. Pure functions; any
 * thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each byte of the mask is 0 or 1; the list has room for n. */
size_t cyn_list_kept(const uint8_t *mask, size_t n, uint32_t *list);
/* The same in one way, for tests; false when the processor has it not. */
typedef enum cyn_list_way { CYN_LIST_PLAIN, CYN_LIST_AVX2, CYN_LIST_AVX512 } cyn_list_way;
bool cyn_list_kept_by(cyn_list_way way, const uint8_t *mask, size_t n, uint32_t *list,
                      size_t *found);
