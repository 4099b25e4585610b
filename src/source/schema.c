#include "source/schema.h"
#include "base/hash.h"
#include <string.h>

void cyn_schema_init(cyn_schema *s, cyn_arena *arena)
{
    *s = (cyn_schema){.arena = arena};
}

static uint32_t *find_slot(const cyn_schema *s, const char *name, size_t n, uint64_t hash)
{
    uint32_t mask = s->nslots - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        if (s->slots[i] == 0) return &s->slots[i];
        const cyn_source_field *f = &s->fields[s->slots[i] - 1];
        if (f->hash == hash && f->length == n && memcmp(f->name, name, n) == 0) return &s->slots[i];
    }
}

/* Slots stay at most half full. Old arrays are left to the arena: they add up to no more than the
 * new ones. */
static cyn_code grow(cyn_schema *s, cyn_err *err)
{
    if (s->count < s->capacity) return CYN_OK;
    uint32_t capacity = s->capacity ? s->capacity * 2 : 64;
    cyn_source_field *fields = CYN_NEW_ARRAY(s->arena, capacity, cyn_source_field);
    uint32_t *slots = CYN_NEW_ARRAY(s->arena, (size_t)capacity * 2, uint32_t);
    if (!fields || !slots) return cyn_nomem(err);
    if (s->count > 0) memcpy(fields, s->fields, s->count * sizeof *fields);
    s->fields = fields;
    s->slots = slots;
    s->capacity = capacity;
    s->nslots = capacity * 2;
    for (uint32_t i = 0; i < s->count; i++)
        *find_slot(s, fields[i].name, fields[i].length, fields[i].hash) = i + 1;
    return CYN_OK;
}

cyn_code cyn_schema_field(cyn_schema *s, const char *name, size_t n, uint32_t *number, cyn_err *err)
{
    uint64_t hash = cyn_hash64(name, n, 0);
    uint32_t *slot = s->nslots ? find_slot(s, name, n, hash) : NULL;
    if (slot && *slot) {
        *number = *slot - 1;
        return CYN_OK;
    }
    if (s->count >= CYN_FIELDS_MAX) {
        cyn_fail(err, CYN_E_LIMIT, "more than %d different fields, the next is '%.60s'",
                 CYN_FIELDS_MAX, name);
        cyn_hint(err, "are keys of a JSON object used as values, such as user ids?");
        return CYN_E_LIMIT;
    }
    CYN_TRY(grow(s, err));
    char *copy = cyn_strndup(s->arena, name, n);
    if (!copy) return cyn_nomem(err);
    *find_slot(s, name, n, hash) = s->count + 1;
    s->fields[s->count] = (cyn_source_field){.name = copy, .hash = hash, .length = (uint32_t)n};
    *number = s->count++;
    return CYN_OK;
}
