#include "base/type.h"
#include "base/text.h"
#include <string.h>

static const char *const names[CYN_TYPE_COUNT] = {
    [CYN_TEXT] = "text",       [CYN_INTEGER] = "integer", [CYN_REAL] = "real",
    [CYN_DECIMAL] = "decimal", [CYN_BOOLEAN] = "boolean", [CYN_TIMESTAMP] = "timestamp",
    [CYN_DATE] = "date",
};

const char *cyn_type_name(cyn_type t)
{
    return names[t];
}

cyn_code cyn_parse_type(const char *s, cyn_type *out, cyn_err *err)
{
    for (int i = 0; i < CYN_TYPE_COUNT; i++) {
        if (strcmp(s, names[i]) != 0) continue;
        *out = (cyn_type)i;
        return CYN_OK;
    }
    cyn_code code = cyn_fail(err, CYN_E_NAME,
                             "unknown type '%s', expected text, integer, real, decimal, boolean, "
                             "timestamp or date",
                             s);
    const char *near = cyn_nearest(s, names, CYN_TYPE_COUNT);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return code;
}
