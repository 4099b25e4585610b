/* Interning: texts become dense codes, in order of first appearance.
 *
 *     cyn_intern in = {0};
 *     uint32_t code;
 *     if (!cyn_intern_code(&in, "ads", 3, &code)) …   // out of memory; nothing changed
 *     cyn_intern_clear(&in);
 *
 * The texts lie one behind the other in one heap, as cyn_dict wants them; an open-addressing table
 * of codes finds them again. Whoever has many texts at hand gives them together, which hides the
 * memory's latency; each must be readable for CYN_INTERN_LOAD bytes:
 *
 *     cyn_intern_text texts[] = {{a, 3}, {b, 6}};
 *     if (!cyn_intern_find_all(&in, texts, 2, codes)) …
 *
 * One thread at a time.
 */
#pragma once
#include "column/column.h"

/* Where a text may be found: its code + 1 (0: nothing is here) beside what tells it from others, so
 * that a text which is there takes one look at memory. Of a short text head and tail are all bytes
 * and the length; of a longer one they are a hash. */
typedef struct cyn_intern_slot {
    uint64_t head;
    uint32_t tail, code1;
} cyn_intern_slot;

typedef struct cyn_intern {
    uint32_t count;
    uint64_t *offset; /* count + 1 once there is a text */
    char *heap;
    uint64_t heap_capacity;
    size_t capacity; /* of offset less one */
    cyn_intern_slot *slots;
    size_t nslots;                 /* a power of two, at most three quarters of them taken */
    size_t taken;                  /* slots; what is numbered needs none */
    struct cyn_numbered *numbered; /* beside a large table; may be NULL */
} cyn_intern;

void cyn_intern_clear(cyn_intern *in);
/* Texts of at most so many bytes are found again without a look at the heap. */
enum { CYN_INTERN_SHORT = 11 };
/* The code of a text, a new one if need be. False when out of memory (or of codes). */
bool cyn_intern_code(cyn_intern *in, const char *s, size_t n, uint32_t *code);
typedef struct cyn_intern_text {
    const char *s;
    size_t n;
} cyn_intern_text;
/* The codes of many texts, in their order; each must be readable for CYN_INTERN_LOAD bytes from s
 * on. On failure some of them may be in the dictionary. */
enum { CYN_INTERN_LOAD = 16 };
bool cyn_intern_find_all(cyn_intern *in, const cyn_intern_text *texts, size_t count,
                         uint32_t *codes);
/* The hash, which differs between machines and versions; for tests. */
uint32_t cyn_intern_hash(const char *s, size_t n);
/* Puts the texts behind a dictionary's, which all differ and keep their codes; those that it has
 * are dropped. codes[c] is the code of what had code c. A long dictionary is only walked through:
 * the table stays as small as what is put behind it. Later only _freeze and _clear may follow; on
 * failure (out of memory or of codes) nothing has changed. */
bool cyn_intern_put_behind(cyn_intern *in, const cyn_dict *first, uint32_t *codes);
/* Frees what only finding needs and trims the rest; later only _clear may follow. False when out of
 * memory. */
bool cyn_intern_freeze(cyn_intern *in);
/* The dictionary of a frozen one; valid as long as it is. */
cyn_dict cyn_intern_dict(const cyn_intern *in);
