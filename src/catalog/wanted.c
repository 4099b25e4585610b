#include "catalog/wanted.h"
#include "alert/reading.h"
#include "catalog/evaluator.h"
#include <string.h>

static bool is_canonical(const cyn_value *v)
{
    cyn_reading r;
    return v->kind == CYN_VALUE_TEXT && cyn_reading_parse(v->s, v->n, &r, NULL) == CYN_OK &&
           strlen(r.name) == v->n && memcmp(r.name, v->s, v->n) == 0;
}

cyn_code cyn_wanted_read(const uint8_t *data, size_t n, cyn_arena *arena, const cyn_value **out,
                         cyn_err *err)
{
    const cyn_value *list;
    CYN_TRY(cyn_wire_read(data, n, arena, &list, err));
    bool fits = list->kind == CYN_VALUE_ARRAY && list->n <= CYN_CONDITION_READINGS;
    for (size_t i = 0; fits && i < list->n; i++)
        fits = is_canonical(&list->items[i]);
    if (!fits) return cyn_fail(err, CYN_E_WORKER, "the script worker asks for what is no reading");
    *out = list;
    return CYN_OK;
}
