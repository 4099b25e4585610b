/* Interning: texts become dense codes, in order of first appearance.
 *
 *     cyn_intern in = {0};
 *     uint32_t code;
 *     if (!cyn_intern_code(&in, "ads", 3, &code)) …   // out of memory; nothing changed
 *     cyn_intern_clear(&in);
 *
 * The texts lie one behind the other in one heap, as cyn_dict wants them; an open-addressing table
 * of codes finds them again. Whoever has many texts at hand hides the memory's latency:
 *
 *     for (i = 0; i < n; i++) {
 *         key[i] = cyn_intern_key_of(s[i], size[i]);
 *         cyn_intern_prefetch(&in, &key[i]);
 *     }
 *     for (i = 0; i < n; i++) cyn_intern_find(&in, &key[i], &code[i]);
 *
 * One thread at a time.
 */
#pragma once
#include "column/column.h"

/* Where a text may be found: its code + 1 (0 is free), with the hash, so that a search reads only
 * texts that are most likely the one, and growing reads none. */
typedef struct cyn_intern_slot {
    uint32_t hash, code1;
} cyn_intern_slot;

typedef struct cyn_intern {
    uint32_t count;
    uint64_t *offset; /* count + 1 once there is a text */
    char *heap;
    uint64_t heap_capacity;
    size_t capacity; /* of offset, less one */
    cyn_intern_slot *slots;
    size_t nslots; /* a power of two, at most half of them taken */
} cyn_intern;

void cyn_intern_clear(cyn_intern *in);
/* A text with its hash (which differs between machines and versions). head and tail are all of a
 * text of at most CYN_INTERN_SHORT bytes, filled up with zeros. */
enum { CYN_INTERN_SHORT = 16 };
typedef struct cyn_intern_key {
    const char *s;
    size_t n;
    uint64_t head, tail;
    uint32_t hash;
} cyn_intern_key;

cyn_intern_key cyn_intern_key_of(const char *s, size_t n);
/* The same, faster, for a text that is readable for CYN_INTERN_SHORT bytes from s on. */
cyn_intern_key cyn_intern_key_padded(const char *s, size_t n);
static inline void cyn_intern_prefetch(const cyn_intern *in, const cyn_intern_key *key)
{
    if (in->nslots) __builtin_prefetch(&in->slots[key->hash & (in->nslots - 1)]);
}
/* The code of a text, a new one if need be. False when out of memory (or of codes). */
bool cyn_intern_find(cyn_intern *in, const cyn_intern_key *key, uint32_t *code);
static inline bool cyn_intern_code(cyn_intern *in, const char *s, size_t n, uint32_t *code)
{
    cyn_intern_key key = cyn_intern_key_of(s, n);
    return cyn_intern_find(in, &key, code);
}
/* Frees what only finding needs and trims the rest; later only _clear may follow. False when out of
 * memory. */
bool cyn_intern_freeze(cyn_intern *in);
/* The dictionary of a frozen one; valid as long as it is. */
cyn_dict cyn_intern_dict(const cyn_intern *in);
