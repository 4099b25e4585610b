/* Reads JSON that this program wrote itself and kept: members of an object, elements of an array,
 * one after the other. Damaged text ends the reading; nothing is allocated.
 *
 *     cyn_json_at at = cyn_json_open(text);
 *     cyn_json_span key, value;
 *     while (cyn_json_next(&at, &key, &value)) …
 *
 * For src/report, src/live and src/serve.
 */
#pragma once
#include "base/buf.h"

typedef struct cyn_json_span {
    const char *s; /* a value as it stands, quotes included */
    size_t n;
} cyn_json_span;

typedef struct cyn_json_at {
    const char *s; /* NULL: the end */
    bool object;
} cyn_json_at;

/* Of an object or array; anything else has no members. NULL is fine. */
cyn_json_at cyn_json_open(const char *text);
/* The next member; key is empty in an array. False at the end. */
bool cyn_json_next(cyn_json_at *at, cyn_json_span *key, cyn_json_span *value);
/* The member of an object; false when it has none of that name. */
bool cyn_json_find(const char *object, const char *name, cyn_json_span *value);
/* A text without its quotes and escapes; any other value as it stands. */
void cyn_json_put_text(cyn_json_span value, cyn_buf *out);
/* False where it is no number. */
bool cyn_json_real_of(cyn_json_span value, double *out);
