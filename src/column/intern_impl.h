/* Interning: texts become dense codes, in order of first appearance. Private to column.
 *
 *     cyn_intern in = {0};
 *     uint32_t code;
 *     if (!cyn_intern_code(&in, "ads", 3, &code)) …   // out of memory; nothing changed
 *     cyn_intern_clear(&in);
 *
 * The texts lie one behind the other in one heap, as cyn_dict wants them; an open-addressing table
 * of codes finds them again. One thread at a time.
 */
#pragma once
#include "column/column.h"

typedef struct cyn_intern {
    uint32_t count;
    uint64_t *offset; /* count + 1 once there is a text */
    char *heap;
    uint64_t heap_capacity;
    uint32_t *hash;  /* by code, so that growing reads no text */
    size_t capacity; /* of offset (less one) and hash */
    uint32_t *slots; /* code + 1; 0 is free */
    size_t nslots;   /* a power of two */
} cyn_intern;

void cyn_intern_clear(cyn_intern *in);
/* The code of a text, a new one if need be. False when out of memory (or of codes). */
bool cyn_intern_code(cyn_intern *in, const char *s, size_t n, uint32_t *code);
/* Frees what only finding needs and trims the rest; later only _clear may follow. False when out of
 * memory. */
bool cyn_intern_freeze(cyn_intern *in);
/* The dictionary of a frozen one; valid as long as it is. */
cyn_dict cyn_intern_dict(const cyn_intern *in);
