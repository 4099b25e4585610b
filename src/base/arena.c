#include "base/arena.h"
#include "base/spill.h"
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN       16
#define FIRST_BLOCK ((size_t)4 << 10)
#define LARGE_BLOCK ((size_t)1 << 20)

/* The failing allocator: 0 = off, 1 = fail from now on, n = n - 1 more may succeed. */
static atomic_size_t fail_countdown;

void cyn_test_fail_after(size_t n)
{
    atomic_store(&fail_countdown, n);
}

static bool may_allocate(void)
{
    size_t n = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    while (n > 1)
        if (atomic_compare_exchange_weak(&fail_countdown, &n, n - 1)) return true;
    return n == 0;
}

void *cyn_malloc(size_t size)
{
    return may_allocate() ? cyn_spill_new(size ? size : 1, false) : NULL;
}

void *cyn_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (!may_allocate() || __builtin_mul_overflow(count, size, &bytes)) return NULL;
    return cyn_spill_new(bytes ? bytes : 1, true);
}

void *cyn_realloc(void *p, size_t size)
{
    return may_allocate() ? cyn_spill_resize(p, size ? size : 1) : NULL;
}

void cyn_free(void *p)
{
    cyn_spill_free(p);
}

/* Blocks come zeroed and are never handed out twice, so what they give is zeroed. */
typedef struct block {
    struct block *next;
    size_t used, size; /* of data */
    alignas(ALIGN) unsigned char data[];
} block;

struct cyn_arena {
    block *blocks; /* the first one is being filled */
    size_t next_block;
    size_t used, limit;
};

cyn_arena *cyn_arena_new(size_t limit)
{
    cyn_arena *a = cyn_calloc(1, sizeof *a);
    if (!a) return NULL;
    a->limit = limit;
    a->next_block = FIRST_BLOCK;
    return a;
}

void cyn_arena_free(cyn_arena *a)
{
    if (!a) return;
    for (block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        cyn_spill_free(b);
    }
    cyn_free(a);
}

size_t cyn_arena_used(const cyn_arena *a)
{
    return a->used;
}

static block *block_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(block)) return NULL;
    block *b = cyn_spill_new(sizeof *b + size, true);
    if (b) b->size = size;
    return b;
}

/* A block with room for size bytes; a big request gets one of its own, behind the one in use. */
static block *block_for(cyn_arena *a, size_t size)
{
    block *first = a->blocks;
    if (first && first->size - first->used >= size) return first;
    bool big = size > a->next_block / 4;
    block *b = block_new(big ? size : a->next_block);
    if (!b) return NULL;
    if (big && first) {
        b->next = first->next;
        first->next = b;
    } else {
        b->next = first;
        a->blocks = b;
    }
    if (!big && a->next_block < LARGE_BLOCK) a->next_block *= 2;
    return b;
}

/* Each request counts once for cyn_test_fail_after, whether or not it needs a new block: a test
 * then meets every place that can fail in production. */
void *cyn_alloc(cyn_arena *a, size_t size)
{
    if (size > SIZE_MAX - ALIGN || !may_allocate()) return NULL;
    size = size ? (size + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (a->limit && (size > a->limit || a->used > a->limit - size)) return NULL;
    block *b = block_for(a, size);
    if (!b) return NULL;
    void *p = b->data + b->used;
    b->used += size;
    a->used += size;
    return p;
}

void *cyn_alloc_array(cyn_arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    return cyn_alloc(a, bytes);
}

char *cyn_strndup(cyn_arena *a, const char *s, size_t n)
{
    if (!s || n == SIZE_MAX) return NULL;
    char *copy = cyn_alloc(a, n + 1);
    if (copy) memcpy(copy, s, n);
    return copy;
}

void *cyn_grown(cyn_arena *a, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) return items;
    size_t room = *capacity ? 2 * *capacity : 16;
    void *more = cyn_alloc_array(a, room, size);
    if (!more) return NULL;
    if (count) memcpy(more, items, count * size);
    *capacity = room;
    return more;
}

char *cyn_strdup(cyn_arena *a, const char *s)
{
    return s ? cyn_strndup(a, s, strlen(s)) : NULL;
}

char *cyn_sprintf(cyn_arena *a, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *s = n < 0 ? NULL : cyn_alloc(a, (size_t)n + 1);
    if (s) vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return s;
}
