/* Arenas: memory that is freed all at once.
 *
 * Four lifetimes use them: process, catalog, cycle, scratch. The caller of a function supplies the
 * arena; what the function returns lives as long as it does. An arena has a byte limit (0 = none);
 * reaching it, or running out of memory, makes the allocators return NULL, which is an ordinary
 * error (cyn_nomem). Memory is zeroed and aligned to 16 bytes. One thread at a time per arena.
 *
 *     cyn_arena *a = cyn_arena_new(0);
 *     char *name = cyn_strdup(a, "revenue");
 *     if (!name) { cyn_arena_free(a); return cyn_nomem(err); }
 *     cyn_arena_free(a);
 *
 * cyn_test_fail_after() makes the n-th allocation of the process fail; the oom suite uses it.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>

typedef struct cyn_arena cyn_arena;

cyn_arena *cyn_arena_new(size_t limit); /* NULL when memory is exhausted */
void cyn_arena_free(cyn_arena *a);      /* NULL is fine */
size_t cyn_arena_used(const cyn_arena *a);

void *cyn_alloc(cyn_arena *a, size_t size);
void *cyn_alloc_array(cyn_arena *a, size_t count, size_t size); /* checks the product */
/* A list of `count` items with room for one more: itself, or a copy of twice the room. NULL when
 * memory is exhausted; then the list and its capacity are as they were.
 *
 *     item *more = cyn_grown(a, l->items, l->count, &l->capacity, sizeof *more);
 *     if (!more) return cyn_nomem(err);
 *     l->items = more;
 */
void *cyn_grown(cyn_arena *a, void *items, size_t count, size_t *capacity, size_t size);
char *cyn_strdup(cyn_arena *a, const char *s); /* NULL in, NULL out */
char *cyn_strndup(cyn_arena *a, const char *s, size_t n);
char *cyn_sprintf(cyn_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define CYN_NEW(arena, type)              ((type *)cyn_alloc((arena), sizeof(type)))
#define CYN_NEW_ARRAY(arena, count, type) ((type *)cyn_alloc_array((arena), (count), sizeof(type)))

/* Heap memory that grows or is handed over; these honour cyn_test_fail_after too. */
void *cyn_malloc(size_t size);
void *cyn_calloc(size_t count, size_t size);
void *cyn_realloc(void *p, size_t size);
void cyn_free(void *p);

/* Testing: the n-th allocation from now (1 = the next) and all later ones fail; 0 switches off. */
void cyn_test_fail_after(size_t n);
