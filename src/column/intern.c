#include "base/hash.h"
#include "column/intern_impl.h"
#include <string.h>

void cyn_intern_clear(cyn_intern *in)
{
    cyn_free(in->offset);
    cyn_free(in->heap);
    cyn_free(in->hash);
    cyn_free(in->slots);
    *in = (cyn_intern){0};
}

/* Room for one more text; the first call also writes offset[0]. */
static bool grow_codes(cyn_intern *in)
{
    if (in->count < in->capacity) return true;
    if (in->count == UINT32_MAX - 1) return false; /* a slot must hold code + 1 */
    size_t capacity = in->capacity ? 2 * in->capacity : 16;
    uint64_t *offset = cyn_realloc(in->offset, (capacity + 1) * sizeof *offset);
    if (!offset) return false;
    in->offset = offset;
    offset[in->count] = in->count ? offset[in->count] : 0;
    uint32_t *hash = cyn_realloc(in->hash, capacity * sizeof *hash);
    if (!hash) return false;
    in->hash = hash;
    in->capacity = capacity;
    return true;
}

static bool grow_heap(cyn_intern *in, size_t n)
{
    uint64_t used = in->offset[in->count], wanted;
    if (__builtin_add_overflow(used, n, &wanted)) return false;
    if (in->heap && wanted <= in->heap_capacity) return true;
    if (wanted < 2 * in->heap_capacity) wanted = 2 * in->heap_capacity;
    if (wanted < 256) wanted = 256;
    char *heap = cyn_realloc(in->heap, wanted);
    if (!heap) return false;
    in->heap = heap;
    in->heap_capacity = wanted;
    return true;
}

/* Keeps at least half of the slots free, so that searches stay short. */
static bool grow_slots(cyn_intern *in)
{
    if (in->nslots / 2 > in->count) return true;
    size_t nslots = in->nslots ? 2 * in->nslots : 32;
    uint32_t *slots = cyn_calloc(nslots, sizeof *slots);
    if (!slots) return false;
    for (uint32_t code = 0; code < in->count; code++) {
        size_t at = in->hash[code] & (nslots - 1);
        while (slots[at])
            at = (at + 1) & (nslots - 1);
        slots[at] = code + 1;
    }
    cyn_free(in->slots);
    in->slots = slots;
    in->nslots = nslots;
    return true;
}

static bool is_text(const cyn_intern *in, uint32_t code, const char *s, size_t n)
{
    uint64_t from = in->offset[code];
    return in->offset[code + 1] - from == n && (n == 0 || !memcmp(in->heap + from, s, n));
}

static bool add(cyn_intern *in, const char *s, size_t n, uint32_t hash, uint32_t *code)
{
    if (!grow_codes(in) || !grow_heap(in, n) || !grow_slots(in)) return false;
    uint64_t from = in->offset[in->count];
    if (n) memcpy(in->heap + from, s, n);
    in->hash[in->count] = hash;
    in->offset[in->count + 1] = from + n;
    size_t at = hash & (in->nslots - 1);
    while (in->slots[at])
        at = (at + 1) & (in->nslots - 1);
    *code = in->count++;
    in->slots[at] = in->count;
    return true;
}

bool cyn_intern_code(cyn_intern *in, const char *s, size_t n, uint32_t *code)
{
    uint32_t hash = (uint32_t)cyn_hash64(s, n, 0);
    if (in->nslots) {
        size_t at = hash & (in->nslots - 1);
        for (; in->slots[at]; at = (at + 1) & (in->nslots - 1)) {
            uint32_t found = in->slots[at] - 1;
            if (in->hash[found] != hash || !is_text(in, found, s, n)) continue;
            *code = found;
            return true;
        }
    }
    return add(in, s, n, hash, code);
}

bool cyn_intern_freeze(cyn_intern *in)
{
    if (in->count ==
        0) { /* a dictionary without texts still has offset[0], and a heap to point at */
        if (!grow_codes(in) || !grow_heap(in, 0)) return false;
    }
    cyn_free(in->hash);
    cyn_free(in->slots);
    in->hash = NULL;
    in->slots = NULL;
    in->nslots = 0;
    /* Where trimming fails the larger array does as well. */
    uint64_t *offset = cyn_realloc(in->offset, ((size_t)in->count + 1) * sizeof *offset);
    if (offset) in->offset = offset;
    char *heap = cyn_realloc(in->heap, in->offset[in->count]);
    if (heap) in->heap = heap;
    return true;
}

cyn_dict cyn_intern_dict(const cyn_intern *in)
{
    return (cyn_dict){.count = in->count, .offset = in->offset, .heap = in->heap};
}
