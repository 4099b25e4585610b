#include "base/time.h"
#include "column/narrow_impl.h"
#include "column/table_impl.h"
#include <string.h>

size_t cyn_column_size(const cyn_column *c)
{
    return c->narrow ? c->narrow : cyn_type_size(c->type);
}

/* ---- forms ---- */

cyn_form cyn_form_least(cyn_type type)
{
    switch (type) {
    case CYN_TEXT:
    case CYN_INTEGER:
    case CYN_DECIMAL:
    case CYN_DATE: return (cyn_form){.size = 1, .unit = 1};
    case CYN_TIMESTAMP: return (cyn_form){.size = sizeof(int32_t), .unit = CYN_SECOND};
    case CYN_BOOLEAN:
    case CYN_REAL: break;
    }
    return (cyn_form){.size = (uint32_t)cyn_type_size(type), .unit = 1};
}

cyn_form cyn_form_next(cyn_form form)
{
    return (cyn_form){.size = form.size * 2, .unit = 1};
}

cyn_form cyn_form_of_codes(uint32_t count)
{
    return (cyn_form){.size = count <= UINT8_MAX + 1    ? 1
                              : count <= UINT16_MAX + 1 ? 2
                                                        : 4,
                      .unit = 1};
}

cyn_form cyn_form_of(const cyn_column *c)
{
    return (cyn_form){.size = (uint32_t)cyn_column_size(c), .unit = c->narrow ? c->unit : 1};
}

void cyn_form_show(cyn_form form, cyn_column *c)
{
    c->narrow = form.size < cyn_type_size(c->type) ? (uint8_t)form.size : 0;
    c->unit = form.unit;
}

bool cyn_form_exists(cyn_type type, uint32_t narrow, uint32_t unit)
{
    cyn_form form = cyn_form_least(type);
    size_t widest = cyn_type_size(type), size = narrow ? narrow : widest;
    while (form.size < size && form.size < widest)
        form = cyn_form_next(form);
    return form.size == size && (size == widest) == (narrow == 0) && form.unit == unit;
}

/* ---- writing ---- */

/* Values that come back as they were fit. */
#define PUT(narrow_type, wide_type, by)                                                            \
    do {                                                                                           \
        narrow_type *to_ = to;                                                                     \
        wide_type odd = 0;                                                                         \
        for (size_t i = 0; i < n; i++) {                                                           \
            to_[i] = (narrow_type)(from[i] / (by));                                                \
            odd |= (wide_type)to_[i] * (by) ^ from[i];                                             \
        }                                                                                          \
        return odd == 0;                                                                           \
    } while (0)

bool cyn_form_put_integers(cyn_form form, void *to, const int64_t *from, size_t n)
{
    switch (form.size) {
    case 1: PUT(int8_t, int64_t, 1);
    case 2: PUT(int16_t, int64_t, 1);
    case 4:
        if (form.unit == 1) PUT(int32_t, int64_t, 1);
        PUT(int32_t, int64_t, CYN_SECOND);
    default: break;
    }
    if (n) memcpy(to, from, n * sizeof *from);
    return true;
}

bool cyn_form_put_codes(cyn_form form, void *to, const uint32_t *from, size_t n)
{
    switch (form.size) {
    case 1: PUT(uint8_t, uint32_t, 1);
    case 2: PUT(uint16_t, uint32_t, 1);
    default: break;
    }
    if (n) memcpy(to, from, n * sizeof *from);
    return true;
}

/* ---- reading ---- */

#define TAKE(values, by)                                                                           \
    do {                                                                                           \
        for (size_t i = 0; i < n; i++)                                                             \
            room[i] = (values)[first + i] * (by);                                                  \
    } while (0)

const int64_t *cyn_column_integers(const cyn_column *c, size_t first, size_t n, int64_t *room)
{
    switch (c->narrow) {
    case 1: TAKE(c->v.i8, 1); break;
    case 2: TAKE(c->v.i16, 1); break;
    case 4:
        if (c->unit == 1)
            TAKE(c->v.i32, 1);
        else
            TAKE(c->v.i32, CYN_SECOND);
        break;
    default: return c->v.i64 + first;
    }
    return room;
}

const uint32_t *cyn_column_codes(const cyn_column *c, size_t first, size_t n, uint32_t *room)
{
    switch (c->narrow) {
    case 1: TAKE(c->v.code8, 1U); break;
    case 2: TAKE(c->v.code16, 1U); break;
    default: return c->v.code + first;
    }
    return room;
}

/* ---- widening ---- */

/* From the end on: what is written lies behind all that is still to be read. */
void cyn_form_widen(cyn_type type, void *values, size_t n, cyn_form from, cyn_form to)
{
    enum { CHUNK = 512 };
    cyn_column narrow = {.type = type, .v = {.values = values}};
    uint32_t codes[CHUNK];
    int64_t integers[CHUNK];
    cyn_form_show(from, &narrow);
    while (n > 0) {
        size_t count = n % CHUNK ? n % CHUNK : CHUNK;
        n -= count;
        void *at = (char *)values + n * to.size;
        if (type == CYN_TEXT) {
            (void)cyn_form_put_codes(to, at, cyn_column_codes(&narrow, n, count, codes), count);
        } else {
            (void)cyn_form_put_integers(to, at, cyn_column_integers(&narrow, n, count, integers),
                                        count);
        }
    }
}
