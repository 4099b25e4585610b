#include "column/intern.h"
#include "base/hash.h"
#include <string.h>

__extension__ typedef unsigned __int128 u128;

void cyn_intern_clear(cyn_intern *in)
{
    cyn_free(in->offset);
    cyn_free(in->heap);
    cyn_free(in->slots);
    *in = (cyn_intern){0};
}

static uint64_t load8(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
    return word;
}

/* The first n ≤ 16 bytes at s as two words, where all 16 may be read. What lies behind the text is
 * masked: lengths vary from text to text, so that branches on them would be predicted wrong. */
static void load_padded(const char *s, size_t n, uint64_t *head, uint64_t *tail)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    char bytes[CYN_INTERN_SHORT] = {0};
    memcpy(bytes, s, n);
    *head = load8(bytes);
    *tail = load8(bytes + 8);
#else
    static const unsigned char ones[2 * CYN_INTERN_SHORT] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const char *mask = (const char *)ones + (CYN_INTERN_SHORT - n);
    *head = load8(s) & load8(mask);
    *tail = load8(s + 8) & load8(mask + 8);
#endif
}

static uint32_t hash_short(uint64_t head, uint64_t tail, size_t n)
{
    /* Odd constants without a pattern: bits of pi and of e. The last multiplication spreads texts
     * whose words happen to cancel. */
    u128 product =
        (u128)(head ^ UINT64_C(0x243f6a8885a308d3)) * (tail ^ UINT64_C(0xb7e151628aed2a6b));
    uint64_t h = (uint64_t)product ^ (uint64_t)(product >> 64) ^ (head + n);
    return (uint32_t)((h * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

cyn_intern_key cyn_intern_key_padded(const char *s, size_t n)
{
    cyn_intern_key key = {.s = s, .n = n};
    if (n > CYN_INTERN_SHORT) {
        key.hash = (uint32_t)cyn_hash64(s, n, 0);
    } else {
        load_padded(s, n, &key.head, &key.tail);
        key.hash = hash_short(key.head, key.tail, n);
    }
    return key;
}

cyn_intern_key cyn_intern_key_of(const char *s, size_t n)
{
    char bytes[CYN_INTERN_SHORT] = {0};
    if (n > CYN_INTERN_SHORT) return cyn_intern_key_padded(s, n);
    if (n) memcpy(bytes, s, n);
    cyn_intern_key key = cyn_intern_key_padded(bytes, n);
    key.s = s;
    return key;
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
    in->capacity = capacity;
    return true;
}

static bool grow_heap(cyn_intern *in, size_t n)
{
    uint64_t used = in->offset[in->count], wanted;
    /* Behind the last text as much may be read as behind any other. */
    if (__builtin_add_overflow(used, n + CYN_INTERN_SHORT, &wanted)) return false;
    if (in->heap && wanted <= in->heap_capacity) return true;
    if (wanted < 2 * in->heap_capacity) wanted = 2 * in->heap_capacity;
    if (wanted < 256) wanted = 256;
    char *heap = cyn_realloc(in->heap, wanted);
    if (!heap) return false;
    in->heap = heap;
    in->heap_capacity = wanted;
    return true;
}

static size_t free_slot(const cyn_intern_slot *slots, size_t nslots, uint32_t hash)
{
    size_t at = hash & (nslots - 1);
    while (slots[at].code1)
        at = (at + 1) & (nslots - 1);
    return at;
}

/* Keeps at least half of the slots free, so that searches stay short. */
static bool grow_slots(cyn_intern *in)
{
    if (in->nslots / 2 > in->count) return true;
    size_t nslots = in->nslots ? 2 * in->nslots : 32;
    cyn_intern_slot *slots = cyn_calloc(nslots, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < in->nslots; i++)
        if (in->slots[i].code1) slots[free_slot(slots, nslots, in->slots[i].hash)] = in->slots[i];
    cyn_free(in->slots);
    in->slots = slots;
    in->nslots = nslots;
    return true;
}

static bool is_text(const cyn_intern *in, uint32_t code, const cyn_intern_key *key)
{
    uint64_t from = in->offset[code], head, tail;
    if (in->offset[code + 1] - from != key->n) return false;
    if (key->n > CYN_INTERN_SHORT) return memcmp(in->heap + from, key->s, key->n) == 0;
    load_padded(in->heap + from, key->n, &head, &tail);
    return head == key->head && tail == key->tail;
}

static bool add(cyn_intern *in, const cyn_intern_key *key, uint32_t *code)
{
    if (!grow_codes(in) || !grow_heap(in, key->n) || !grow_slots(in)) return false;
    uint64_t from = in->offset[in->count];
    if (key->n) memcpy(in->heap + from, key->s, key->n);
    in->offset[in->count + 1] = from + key->n;
    cyn_intern_slot *slot = &in->slots[free_slot(in->slots, in->nslots, key->hash)];
    *code = in->count++;
    *slot = (cyn_intern_slot){.hash = key->hash, .code1 = in->count};
    return true;
}

bool cyn_intern_find(cyn_intern *in, const cyn_intern_key *key, uint32_t *code)
{
    if (in->nslots) {
        const cyn_intern_slot *slots = in->slots;
        size_t mask = in->nslots - 1;
        for (size_t at = key->hash & mask; slots[at].code1; at = (at + 1) & mask) {
            if (slots[at].hash != key->hash || !is_text(in, slots[at].code1 - 1, key)) continue;
            *code = slots[at].code1 - 1;
            return true;
        }
    }
    return add(in, key, code);
}

bool cyn_intern_freeze(cyn_intern *in)
{
    /* A dictionary without texts still has offset[0], and a heap to point at. */
    if (in->count == 0 && (!grow_codes(in) || !grow_heap(in, 0))) return false;
    cyn_free(in->slots);
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
