/* Memory under a limit: what does not fit goes to a file.
 *
 * Once there is a limit, cyn_malloc() and its like (base/arena.h) hand out large pieces of private
 * memory up to a share of it. Pieces beyond that lie in a file without a name, mapped: the system
 * writes their pages out and drops them when it needs the room, so they do not count for the limit.
 * Whoever works with such a piece notices nothing, and what is computed is the same to the last
 * bit; it takes longer where pages have to be read again. Room on the disk is reserved first: where
 * there is none, memory is exhausted.
 *
 *     cyn_spill_limit(bytes);                 // at the start of the process, before any thread
 *     cyn_spill_into(".../.cynosure");        // where the file may lie
 *     cyn_free(cyn_malloc(size));             // as ever
 *
 * Without cyn_spill_limit() this costs one comparison for each piece. Any thread may allocate.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pieces from this size on are large. */
#ifndef CYN_SPILL_LEAST
#define CYN_SPILL_LEAST ((size_t)256 << 10)
#endif

/* Large pieces get a share of it; the rest is for small ones, threads and libraries. */
void cyn_spill_limit(size_t bytes);
/* Where the folder cannot take a file it lies in TMPDIR, or in /var/tmp. */
void cyn_spill_into(const char *folder);

typedef struct cyn_spill_use {
    bool limited;
    int64_t bytes, most; /* in the file, now and at the most */
    int error;           /* errno of the last piece that found no room there; 0: all did */
} cyn_spill_use;
cyn_spill_use cyn_spill_used(void);

/* What malloc, calloc (of bytes), realloc and free do, under the limit. */
void *cyn_spill_new(size_t size, bool zeroed);
void *cyn_spill_resize(void *p, size_t size);
void cyn_spill_free(void *p);
