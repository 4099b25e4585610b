#include "column/intern.h"
#include "base/hash.h"
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* A text as it is looked for. */
typedef struct key {
    const char *s;
    size_t n;
    cyn_intern_words words;
    uint32_t hash;
} key;

void cyn_intern_clear(cyn_intern *in)
{
    cyn_free(in->offset);
    cyn_free(in->heap);
    cyn_free(in->words);
    cyn_free(in->slots);
    *in = (cyn_intern){0};
}

static uint64_t load8(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
    return word;
}

/* The last byte of the words is the length, or LONG: what the others say is not all of the text. */
enum { LENGTH_SHIFT = 56, LONG = 255 };

static inline cyn_intern_words with_length(uint64_t head, uint64_t tail, uint64_t length)
{
    return (cyn_intern_words){head,
                              (tail & ~(UINT64_MAX << LENGTH_SHIFT)) | length << LENGTH_SHIFT};
}

/* Of n ≤ 15 bytes, where 16 may be read. What lies behind the text is masked: lengths vary from
 * text to text, so that branches on them would be predicted wrong. */
static inline cyn_intern_words short_words(const char *s, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    char bytes[CYN_INTERN_LOAD] = {0};
    for (size_t i = 0; i < n; i++)
        bytes[i / 8 * 8 + 7 - i % 8] = s[i];
    return with_length(load8(bytes), load8(bytes + 8), n);
#else
    static const unsigned char ones[2 * CYN_INTERN_LOAD] = {255, 255, 255, 255, 255, 255, 255, 255,
                                                            255, 255, 255, 255, 255, 255, 255, 255};
    const char *mask = (const char *)ones + (CYN_INTERN_LOAD - n);
    return with_length(load8(s) & load8(mask), load8(s + 8) & load8(mask + 8), n);
#endif
}

static inline uint32_t hash_words(cyn_intern_words w)
{
    /* Odd constants without a pattern: bits of pi and of e. The last multiplication spreads texts
     * whose words happen to cancel. */
    u128 product =
        (u128)(w.head ^ UINT64_C(0x243f6a8885a308d3)) * (w.tail ^ UINT64_C(0xb7e151628aed2a6b));
    uint64_t h = (uint64_t)product ^ (uint64_t)(product >> 64) ^ w.head;
    return (uint32_t)((h * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static key key_of(const char *s, size_t n)
{
    char bytes[CYN_INTERN_LOAD] = {0};
    key k = {.s = s, .n = n};
    if (n > CYN_INTERN_SHORT) {
        k.words = with_length(cyn_hash64(s, n, 0), n, LONG);
    } else {
        if (n) memcpy(bytes, s, n);
        k.words = short_words(bytes, n);
    }
    k.hash = hash_words(k.words);
    return k;
}

uint32_t cyn_intern_hash(const char *s, size_t n)
{
    return key_of(s, n).hash;
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
    cyn_intern_words *words = cyn_realloc(in->words, capacity * sizeof *words);
    if (!words) return false;
    in->words = words;
    offset[in->count] = in->count ? offset[in->count] : 0;
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

static inline bool is_text(const cyn_intern *in, uint32_t code, const key *k)
{
    if (in->words[code].head != k->words.head || in->words[code].tail != k->words.tail)
        return false;
    if (k->n <= CYN_INTERN_SHORT) return true;
    uint64_t from = in->offset[code], n = in->offset[code + 1] - from;
    return k->n == n && memcmp(in->heap + from, k->s, n) == 0;
}

static bool add(cyn_intern *in, const key *k, uint32_t *code)
{
    if (!grow_codes(in) || !grow_heap(in, k->n) || !grow_slots(in)) return false;
    uint64_t from = in->offset[in->count];
    if (k->n) memcpy(in->heap + from, k->s, k->n);
    in->offset[in->count + 1] = from + k->n;
    in->words[in->count] = k->words;
    cyn_intern_slot *slot = &in->slots[free_slot(in->slots, in->nslots, k->hash)];
    *code = in->count++;
    *slot = (cyn_intern_slot){k->hash, in->count};
    return true;
}

static bool seek(const cyn_intern *in, const key *k, uint32_t *code)
{
    if (in->nslots == 0) return false;
    const cyn_intern_slot *slots = in->slots;
    size_t mask = in->nslots - 1;
    for (size_t at = k->hash & mask; slots[at].code1; at = (at + 1) & mask) {
        if (slots[at].hash != k->hash || !is_text(in, slots[at].code1 - 1, k)) continue;
        *code = slots[at].code1 - 1;
        return true;
    }
    return false;
}

static bool find(cyn_intern *in, const key *k, uint32_t *code)
{
    return seek(in, k, code) || add(in, k, code);
}

bool cyn_intern_code(cyn_intern *in, const char *s, size_t n, uint32_t *code)
{
    key k = key_of(s, n);
    return find(in, &k, code);
}

static inline cyn_intern_words words_padded(cyn_intern_text t)
{
    bool is_short = t.n <= CYN_INTERN_SHORT;
    return is_short ? short_words(t.s, t.n) : with_length(cyn_hash64(t.s, t.n, 0), t.n, LONG);
}

/* The code + 1 of the first text of this hash, which nearly always is the one; 0: there is none. */
static inline uint32_t likely(const cyn_intern_slot *slots, size_t mask, uint32_t hash)
{
    size_t at = hash & mask;
    while (slots[at].code1 && slots[at].hash != hash)
        at = (at + 1) & mask;
    return slots[at].code1;
}

/* Takes the likely code, or searches. */
static inline bool settle(cyn_intern *in, cyn_intern_text t, cyn_intern_words w, uint32_t hash,
                          uint32_t code1, uint32_t *code)
{
    if (code1 && t.n <= CYN_INTERN_SHORT) {
        const cyn_intern_words *found = &in->words[code1 - 1];
        *code = code1 - 1;
        if (found->head == w.head && found->tail == w.tail) return true;
    }
    key k = {.s = t.s, .n = t.n, .words = w, .hash = hash};
    return find(in, &k, code);
}

/* The table is in a near cache: texts are found one by one. */
static bool find_near(cyn_intern *in, const cyn_intern_text *texts, size_t count, uint32_t *codes)
{
    for (size_t i = 0; i < count; i++) {
        cyn_intern_words w = words_padded(texts[i]);
        uint32_t hash = hash_words(w), code1 = likely(in->slots, in->nslots - 1, hash);
        if (!settle(in, texts[i], w, hash, code1, &codes[i])) return false;
    }
    return true;
}

/* A few at a time, so that they wait for memory together: for their slots, then for the words. */
static bool find_far(cyn_intern *in, const cyn_intern_text *texts, size_t count, uint32_t *codes)
{
    enum { TOGETHER = 16 };
    cyn_intern_words words[TOGETHER];
    uint32_t hashes[TOGETHER], codes1[TOGETHER];
    for (size_t first = 0; first < count; first += TOGETHER) {
        size_t left = count - first, here = left < TOGETHER ? left : TOGETHER;
        for (size_t i = 0; i < here; i++) {
            words[i] = words_padded(texts[first + i]);
            hashes[i] = hash_words(words[i]);
            __builtin_prefetch(&in->slots[hashes[i] & (in->nslots - 1)]);
        }
        for (size_t i = 0; i < here; i++) {
            codes1[i] = likely(in->slots, in->nslots - 1, hashes[i]);
            __builtin_prefetch(&in->words[codes1[i] - (codes1[i] > 0)]);
        }
        for (size_t i = 0; i < here; i++)
            if (!settle(in, texts[first + i], words[i], hashes[i], codes1[i], &codes[first + i]))
                return false;
    }
    return true;
}

bool cyn_intern_find_all(cyn_intern *in, const cyn_intern_text *texts, size_t count,
                         uint32_t *codes)
{
    enum { NEAR_SLOTS = 512 };
    if (!grow_codes(in) || !grow_slots(in)) return false; /* so that there are some to look at */
    if (in->nslots <= NEAR_SLOTS) return find_near(in, texts, count, codes);
    return find_far(in, texts, count, codes);
}

/* What of the texts the dictionary has gets its code there, all others one behind it. The number of
 * all codes, or 0: there are too many. */
static uint32_t number_behind(const cyn_intern *in, const cyn_dict *first, uint32_t *codes)
{
    uint32_t next = first->count;
    for (uint32_t c = 0; c < in->count; c++)
        codes[c] = UINT32_MAX;
    for (uint32_t i = 0; i < first->count; i++) {
        const key k =
            key_of(first->heap + first->offset[i], first->offset[i + 1] - first->offset[i]);
        uint32_t c;
        if (seek(in, &k, &c)) codes[c] = i;
    }
    for (uint32_t c = 0; c < in->count && next < UINT32_MAX - 1; c++)
        if (codes[c] == UINT32_MAX) codes[c] = next++;
    return next < UINT32_MAX - 1 ? next : 0;
}

bool cyn_intern_put_behind(cyn_intern *in, const cyn_dict *first, uint32_t *codes)
{
    if (first->count == 0 && in->count == 0) return true;
    const uint32_t count = number_behind(in, first, codes);
    const uint64_t from = first->offset[0], size = first->offset[first->count] - from;
    const uint64_t more = in->count ? in->offset[in->count] : 0; /* at most */
    cyn_intern all = {.count = count, .capacity = count, .heap_capacity = size + more};
    all.offset = count ? cyn_malloc(((size_t)count + 1) * sizeof *all.offset) : NULL;
    all.heap = cyn_malloc(size + more);
    if (!all.offset || !all.heap) {
        cyn_intern_clear(&all);
        return false;
    }
    for (uint32_t i = 0; i <= first->count; i++)
        all.offset[i] = first->offset[i] - from;
    if (size > 0) memcpy(all.heap, first->heap + from, size);
    uint64_t end = size;
    for (uint32_t c = 0; c < in->count; c++) {
        if (codes[c] < first->count) continue;
        uint64_t n = in->offset[c + 1] - in->offset[c];
        if (n > 0) memcpy(all.heap + end, in->heap + in->offset[c], n);
        all.offset[codes[c] + 1] = end += n;
    }
    cyn_intern_clear(in);
    *in = all;
    return true;
}

bool cyn_intern_freeze(cyn_intern *in)
{
    /* A dictionary without texts still has offset[0], and a heap to point at. */
    if (in->count == 0 && (!grow_codes(in) || !grow_heap(in, 0))) return false;
    cyn_free(in->slots);
    cyn_free(in->words);
    in->slots = NULL;
    in->words = NULL;
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
