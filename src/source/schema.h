/* Schema: the fields that the data of a source have, found while reading, across all its files.
 *
 * A field is a header name of a CSV file, a dotted path of a JSON object, a column of a SQL result.
 * Readers ask for the number of a name and get the same one for the same name, in every file and
 * every pass. `stamp` helps them to notice a name that comes twice in one row or header.
 *
 *     cyn_schema s;
 *     cyn_schema_init(&s, arena);
 *     CYN_TRY(cyn_schema_field(&s, "amount", 6, &number, err));
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include <stdint.h>

#define CYN_FIELDS_MAX 10000

/* What was seen of a field. Only objects (the inner nodes of JSON paths): no column. */
typedef enum cyn_seen { CYN_SEEN_VALUE = 1, CYN_SEEN_NULL = 2, CYN_SEEN_OBJECT = 4 } cyn_seen;

typedef struct cyn_source_field {
    const char *name;
    uint64_t hash, stamp;
    uint32_t length;
    uint8_t seen; /* cyn_seen bits */
} cyn_source_field;

typedef struct cyn_schema {
    cyn_arena *arena;
    cyn_source_field *fields;
    uint32_t count, capacity;
    uint32_t *slots; /* open addressing: number + 1, 0 = empty */
    uint32_t nslots;
    uint64_t stamp; /* of the row or header that is being read */
} cyn_schema;

void cyn_schema_init(cyn_schema *s, cyn_arena *arena);
/* Finds or adds. CYN_E_LIMIT when there are CYN_FIELDS_MAX already. */
CYN_NODISCARD cyn_code cyn_schema_field(cyn_schema *s, const char *name, size_t n, uint32_t *number,
                                        cyn_err *err);
/* True for a field that becomes a column: it has values, or nothing but nulls. */
static inline int cyn_field_is_column(const cyn_source_field *f)
{
    return (f->seen & CYN_SEEN_VALUE) || f->seen == CYN_SEEN_NULL;
}
