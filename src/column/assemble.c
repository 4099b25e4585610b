#include "column/assemble.h"
#include "column/table_impl.h"
#include <string.h>

static char *copy_name(const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = cyn_malloc(size);
    return copy ? memcpy(copy, name, size) : NULL;
}

static cyn_column view(const char *name, const cyn_column_spec *spec, const cyn_column_arrays *a)
{
    return (cyn_column){.name = name,
                        .type = spec->type,
                        .scale = spec->scale,
                        .narrow = a->narrow,
                        .unit = a->unit,
                        .valid = a->valid,
                        .v = {.values = a->values},
                        .dict = spec->type == CYN_TEXT ? a->dict : NULL};
}

/* Nothing of the arrays is in the table before nothing can fail any more. */
static bool name_columns(cyn_table *t, const cyn_column_spec *specs)
{
    t->storage = cyn_calloc(t->width, sizeof *t->storage);
    if (!t->storage) return false;
    for (size_t i = 0; i < t->width; i++) {
        t->storage[i].name = copy_name(specs[i].name);
        if (!t->storage[i].name) return false;
    }
    return true;
}

cyn_code cyn_table_assemble(const cyn_column_spec *specs, const cyn_column_arrays *arrays,
                            size_t width, size_t rows, const cyn_table *texts, cyn_table **out,
                            cyn_err *err)
{
    cyn_table *t = cyn_table_new(width);
    if (!t) return cyn_nomem(err);
    if (!name_columns(t, specs)) {
        cyn_table_unref(t);
        return cyn_nomem(err);
    }
    t->rows = rows;
    for (size_t i = 0; i < width; i++) {
        cyn_storage *s = &t->storage[i];
        s->values = arrays[i].values;
        s->valid = arrays[i].valid;
        t->columns[i] = view(s->name, &specs[i], &arrays[i]);
        t->bytes += rows * cyn_column_size(&t->columns[i]);
        if (s->valid) t->bytes += (rows + 63) / 64 * sizeof *s->valid;
        if (specs[i].type == CYN_TEXT && !t->parents[0]) t->parents[0] = cyn_table_ref(texts);
    }
    *out = t;
    return CYN_OK;
}
