/* The file in which spilled pieces lie: which of its ranges are free. Private to base.
 *
 * It has no name and is gone with the process. Making and removing files takes a disk's journal
 * much longer than handing out a range of one that is there. One thread at a time.
 *
 *     rc = cyn_spill_file_take(folder, size, &from, &fresh);   // an errno; 0: it is taken
 *     at = mmap(NULL, size, …, cyn_spill_file(), from);
 *     cyn_spill_file_give(from, from + size);                  // after munmap
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Ranges begin and end at multiples of this, which is one of the size of a page anywhere. */
#define CYN_SPILL_GRAIN ((size_t)64 << 10)

int cyn_spill_file(void); /* its descriptor, once a range was taken */
/* All of the range has its room on the disk: no write to it can fail for want of that. From *fresh
 * on it is zero, since nothing of that was ever handed out; before, it is not. */
int cyn_spill_file_take(const char *folder, size_t size, size_t *from, size_t *fresh);
/* Takes what lies between, if it is free. */
bool cyn_spill_file_extend(size_t from, size_t to);
void cyn_spill_file_give(size_t from, size_t to);
