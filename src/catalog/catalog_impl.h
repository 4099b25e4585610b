/* Checked reading of the fields of a catalog message; private to this folder.
 *
 * The getters note the first field that is not what it must be and go on with a harmless value, so
 * that the reading code stays a list of fields; whoever reads an item asks `fields_ok` at its end.
 */
#pragma once
#include "catalog/catalog.h"
#include "catalog/wire.h"

typedef struct fields {
    cyn_arena *arena;
    const cyn_value *item; /* the map being read */
    const char *bad;       /* name of the first wrong field */
} fields;

static inline bool fields_ok(const fields *f)
{
    return f->bad == NULL;
}

const cyn_value *field_get(const fields *f, const char *key);
const char *field_text(fields *f, const char *key, bool required);
int64_t field_integer(fields *f, const char *key, int64_t least, int64_t most);
double field_real(fields *f, const char *key); /* finite; integers are fine */
bool field_boolean(fields *f, const char *key);
/* Index of the word in `names`; a missing one is `absent`, or wrong when that is negative. */
int field_word(fields *f, const char *key, const char *const *names, int absent);
/* An array, or an empty map or nil as one without items. */
const cyn_value *field_array(fields *f, const char *key);
cyn_place field_place(fields *f);

void cyn_catalog_sheet(fields *metric, cyn_sheet *out);
