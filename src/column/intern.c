#include "column/intern.h"
#include "base/hash.h"
#include "column/numbered.h"
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* A text as it is looked for: head and tail as in its slot. */
typedef struct key {
    const char *s;
    size_t n;
    uint64_t head;
    uint32_t tail, hash;
} key;

void cyn_intern_clear(cyn_intern *in)
{
    cyn_free(in->offset);
    cyn_free(in->heap);
    cyn_free(in->slots);
    cyn_numbered_free(in->numbered);
    *in = (cyn_intern){0};
}

static uint64_t load8(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
    return word;
}

/* The highest byte of a tail is the length, or LONG. */
enum { LENGTH_SHIFT = 24, LOW_BITS = (1 << LENGTH_SHIFT) - 1, WORDS_MAX = 15, LONG = 255 };

/* A text of n ≤ WORDS_MAX bytes as two words, of which the second's last byte is free; 16 bytes may
 * be read. What lies behind the text is masked: lengths vary from text to text, so that branches on
 * them would be predicted wrong. */
static inline void load_words(const char *s, size_t n, uint64_t words[2])
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    char bytes[CYN_INTERN_LOAD] = {0};
    for (size_t i = 0; i < n; i++)
        bytes[i / 8 * 8 + 7 - i % 8] = s[i];
    words[0] = load8(bytes);
    words[1] = load8(bytes + 8);
#else
    static const unsigned char ones[2 * CYN_INTERN_LOAD] = {255, 255, 255, 255, 255, 255, 255, 255,
                                                            255, 255, 255, 255, 255, 255, 255, 255};
    const char *mask = (const char *)ones + (CYN_INTERN_LOAD - n);
    words[0] = load8(s) & load8(mask);
    words[1] = load8(s + 8) & load8(mask + 8);
#endif
}

/* Odd constants without a pattern: bits of pi, of e, and of the golden ratio. */
#define BITS_OF_PI  UINT64_C(0x243f6a8885a308d3)
#define BITS_OF_E   UINT64_C(0xb7e151628aed2a6b)
#define BITS_OF_PHI UINT64_C(0x9e3779b97f4a7c15)

/* The last multiplication spreads texts whose head and tail happen to cancel. */
static inline uint32_t hash_of(uint64_t head, uint32_t tail)
{
    u128 product = (u128)(head ^ BITS_OF_PI) * (tail ^ BITS_OF_E);
    uint64_t h = (uint64_t)product ^ (uint64_t)(product >> 64) ^ head;
    return (uint32_t)((h * BITS_OF_PHI) >> 32);
}

/* What is too long for the tail is stirred into it; of a short text that is nothing. */
static inline key short_key(const char *s, size_t n)
{
    uint64_t words[2];
    load_words(s, n, words);
    uint64_t beyond = (words[1] >> LENGTH_SHIFT) * BITS_OF_PHI >> (64 - LENGTH_SHIFT);
    uint32_t tail = ((uint32_t)(words[1] ^ beyond) & LOW_BITS) | (uint32_t)n << LENGTH_SHIFT;
    return (key){s, n, words[0], tail, hash_of(words[0], tail)};
}

static inline key long_key(const char *s, size_t n)
{
    uint64_t head = cyn_hash64(s, n, 0);
    uint32_t tail = ((uint32_t)n & LOW_BITS) | (uint32_t)LONG << LENGTH_SHIFT;
    return (key){s, n, head, tail, hash_of(head, tail)};
}

/* A short text's bytes are copied to where as many can be read as CYN_INTERN_LOAD. */
static key key_of(const char *s, size_t n, char bytes[CYN_INTERN_LOAD])
{
    if (n > WORDS_MAX) return long_key(s, n);
    memset(bytes, 0, CYN_INTERN_LOAD);
    if (n) memcpy(bytes, s, n);
    return short_key(bytes, n);
}

uint32_t cyn_intern_hash(const char *s, size_t n)
{
    char bytes[CYN_INTERN_LOAD];
    return key_of(s, n, bytes).hash;
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

/* A table of so many slots is in a near cache. */
enum { NEAR_SLOTS = 512 };

static cyn_intern_slot *free_slot(cyn_intern_slot *slots, size_t nslots, uint32_t hash)
{
    size_t at = hash & (nslots - 1);
    while (slots[at].code1)
        at = (at + 1) & (nslots - 1);
    return &slots[at];
}

/* Keeps a quarter of the slots free: searches stay short, mostly in one line of the cache; of few
 * slots most, so that nearly each text is where it is first looked for. The new
 * ones are written before they are looked at: a page that is only read at first has to be had from
 * the system twice, and the second time all threads wait. */
static bool grow_slots(cyn_intern *in)
{
    const size_t most = in->nslots < NEAR_SLOTS ? in->nslots / 8 : in->nslots / 4 * 3;
    if (most > in->taken) return true;
    size_t nslots = in->nslots ? 2 * in->nslots : 64;
    cyn_intern_slot *slots = cyn_malloc(nslots * sizeof *slots);
    if (!slots) return false;
    memset(slots, 0, nslots * sizeof *slots);
    for (size_t i = 0; i < in->nslots; i++) {
        const cyn_intern_slot *s = &in->slots[i];
        if (s->code1) *free_slot(slots, nslots, hash_of(s->head, s->tail)) = *s;
    }
    cyn_free(in->slots);
    in->slots = slots;
    in->nslots = nslots;
    return true;
}

/* The text is not there. */
static bool add(cyn_intern *in, const key *k, uint32_t *code)
{
    if (!grow_codes(in) || !grow_heap(in, k->n)) return false;
    const bool numbered =
        in->numbered && cyn_numbered_note(in->numbered, k->s, k->n, in->count, in->count + 1);
    if (!numbered && !grow_slots(in)) return false;
    uint64_t from = in->offset[in->count];
    if (k->n) memcpy(in->heap + from, k->s, k->n);
    in->offset[in->count + 1] = from + k->n;
    *code = in->count++;
    if (numbered) return true;
    *free_slot(in->slots, in->nslots, k->hash) = (cyn_intern_slot){k->head, k->tail, in->count};
    in->taken++;
    return true;
}

/* Of eight bytes or more: two words that overlap are all of a text that is not much longer than
 * short. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
    if (n > 2 * sizeof(uint64_t)) return memcmp(a, b, n) == 0;
    const size_t last = n - sizeof(uint64_t);
    return load8(a) == load8(b) && load8(a + last) == load8(b + last);
}

/* Of a text that is not short head and tail are as good as sure, and no more. */
static inline bool is_text(const cyn_intern *in, uint32_t code, const key *k)
{
    if (k->n <= CYN_INTERN_SHORT) return true;
    uint64_t from = in->offset[code], n = in->offset[code + 1] - from;
    return k->n == n && same_bytes(in->heap + from, k->s, n);
}

/* There are slots. */
static inline bool seek(const cyn_intern *in, const key *k, uint32_t *code)
{
    const cyn_intern_slot *slots = in->slots;
    size_t mask = in->nslots - 1;
    for (size_t at = k->hash & mask; slots[at].code1; at = (at + 1) & mask) {
        const cyn_intern_slot *s = &slots[at];
        if (s->head != k->head || s->tail != k->tail || !is_text(in, s->code1 - 1, k)) continue;
        *code = s->code1 - 1;
        return true;
    }
    return false;
}

/* What the numbers tell of a text. */
typedef enum told {
    NOTHING,
    FOUND,
    NEW, /* it is nowhere */
} told;

static inline told ask_number(const cyn_intern *in, size_t n, uint32_t number, uint32_t *code)
{
    const cyn_numbered_shape *shape = &in->numbered->shapes[n];
    const uint32_t code1 = number < shape->room ? shape->code1[number] : 0;
    *code = code1 - 1;
    return code1 ? FOUND : shape->whole ? NEW : NOTHING;
}

static told ask_text(const cyn_intern *in, const key *k, uint32_t *code)
{
    if (!in->numbered) return NOTHING;
    const uint32_t number = cyn_numbered_number(in->numbered, k->s, k->n);
    return number == CYN_NUMBERED_NONE ? NOTHING : ask_number(in, k->n, number, code);
}

/* Among all texts. */
static bool look_up(const cyn_intern *in, const key *k, uint32_t *code)
{
    const told answer = ask_text(in, k, code);
    return answer == FOUND || (answer == NOTHING && in->nslots > 0 && seek(in, k, code));
}

bool cyn_intern_code(cyn_intern *in, const char *s, size_t n, uint32_t *code)
{
    char bytes[CYN_INTERN_LOAD];
    const key k = key_of(s, n, bytes);
    return look_up(in, &k, code) || add(in, &k, code);
}

static inline key padded_key(cyn_intern_text t)
{
    return t.n <= WORDS_MAX ? short_key(t.s, t.n) : long_key(t.s, t.n);
}

/* The table is in a near cache: texts are found one by one. */
static bool find_near(cyn_intern *in, const cyn_intern_text *texts, size_t count, uint32_t *codes)
{
    for (size_t i = 0; i < count; i++) {
        const key k = padded_key(texts[i]);
        if (!seek(in, &k, &codes[i]) && !add(in, &k, &codes[i])) return false;
    }
    return true;
}

/* So many wait for memory together. */
enum { TOGETHER = 64 };

/* Texts that have a number, and the keys of those that have none, in their order; what is needed of
 * memory is on its way. */
typedef struct some_texts {
    uint32_t numbers[TOGETHER];
    key keys[TOGETHER];
} some_texts;

static void prepare(const cyn_intern *in, const cyn_intern_text *texts, size_t count,
                    some_texts *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const cyn_intern_text t = texts[i];
        const uint32_t number = cyn_numbered_number(in->numbered, t.s, t.n);
        out->numbers[i] = number;
        if (number != CYN_NUMBERED_NONE) {
            const cyn_numbered_shape *shape = &in->numbered->shapes[t.n];
            __builtin_prefetch(&shape->code1[number < shape->room ? number : 0]);
            continue;
        }
        out->keys[n] = padded_key(t);
        __builtin_prefetch(&in->slots[out->keys[n++].hash & (in->nslots - 1)]);
    }
}

/* Those before it may have taught the numbers something since it was prepared. */
static bool find_key(cyn_intern *in, const key *k, uint32_t *code)
{
    return seek(in, k, code) || ask_text(in, k, code) == FOUND || add(in, k, code);
}

static bool find_number(cyn_intern *in, cyn_intern_text t, uint32_t number, uint32_t *code)
{
    const told answer = ask_number(in, t.n, number, code);
    if (answer == FOUND) return true;
    const key k = padded_key(t);
    if (answer == NEW || !seek(in, &k, code)) return add(in, &k, code);
    (void)cyn_numbered_note(in->numbered, k.s, k.n, *code, in->count);
    return true;
}

/* TOGETHER texts at most. */
static bool find_some(cyn_intern *in, const cyn_intern_text *texts, size_t count, uint32_t *codes)
{
    some_texts some;
    const key *k = some.keys;
    prepare(in, texts, count, &some);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = some.numbers[i];
        const bool ok = number == CYN_NUMBERED_NONE ? find_key(in, k++, &codes[i])
                                                    : find_number(in, texts[i], number, &codes[i]);
        if (!ok) return false;
    }
    return true;
}

/* From now on texts may have numbers: also those that are there, which keep their slots. */
static bool begin_numbers(cyn_intern *in)
{
    in->numbered = cyn_calloc(1, sizeof *in->numbered);
    if (!in->numbered) return false;
    for (uint32_t c = 0; c < in->count; c++) {
        char bytes[CYN_INTERN_LOAD];
        const key k = key_of(in->heap + in->offset[c], in->offset[c + 1] - in->offset[c], bytes);
        (void)cyn_numbered_note(in->numbered, k.s, k.n, c, in->count);
    }
    return true;
}

static bool find_far(cyn_intern *in, const cyn_intern_text *texts, size_t count, uint32_t *codes)
{
    if (!in->numbered && !begin_numbers(in)) return false;
    for (size_t i = 0; i < count; i += TOGETHER)
        if (!find_some(in, texts + i, count - i < TOGETHER ? count - i : TOGETHER, codes + i))
            return false;
    return true;
}

bool cyn_intern_find_all(cyn_intern *in, const cyn_intern_text *texts, size_t count,
                         uint32_t *codes)
{
    if (!grow_slots(in)) return false; /* so that there are some to look at */
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
        size_t n;
        uint32_t c;
        char bytes[CYN_INTERN_LOAD];
        const char *text = cyn_dict_text(first, i, &n);
        const key k = key_of(text, n, bytes);
        if (look_up(in, &k, &c)) codes[c] = i;
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
    cyn_numbered_free(in->numbered);
    in->slots = NULL;
    in->nslots = in->taken = 0;
    in->numbered = NULL;
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
