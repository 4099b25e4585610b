#include "base/text.h"
#include "column/table_impl.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

size_t cyn_type_size(cyn_type t)
{
    switch (t) {
    case CYN_TEXT: return sizeof(uint32_t);
    case CYN_BOOLEAN: return sizeof(uint8_t);
    case CYN_REAL: return sizeof(double);
    case CYN_INTEGER:
    case CYN_DECIMAL:
    case CYN_TIMESTAMP:
    case CYN_DATE: break;
    }
    return sizeof(int64_t);
}

void cyn_storage_clear(cyn_storage *s)
{
    cyn_free(s->name);
    cyn_free(s->values);
    cyn_free(s->valid);
    if (s->mapped.data) munmap(s->mapped.data, s->mapped.size);
    cyn_intern_clear(&s->texts);
    cyn_zones_clear(&s->noted);
    *s = (cyn_storage){0};
}

cyn_table *cyn_table_new(size_t width)
{
    cyn_table *t = cyn_calloc(1, sizeof *t);
    if (!t) return NULL;
    t->columns = cyn_calloc(width, sizeof *t->columns);
    if (!t->columns) {
        cyn_free(t);
        return NULL;
    }
    atomic_init(&t->refs, 1);
    t->width = width;
    return t;
}

size_t cyn_table_rows(const cyn_table *t)
{
    return t->rows;
}

size_t cyn_table_width(const cyn_table *t)
{
    return t->width;
}

const cyn_column *cyn_table_column(const cyn_table *t, size_t i)
{
    return &t->columns[i];
}

int cyn_table_find(const cyn_table *t, const char *name)
{
    for (size_t i = 0; i < t->width; i++)
        if (!strcmp(t->columns[i].name, name)) return (int)i;
    return -1;
}

const char *cyn_table_nearest(const cyn_table *t, const char *word)
{
    const char **names = cyn_calloc(t->width ? t->width : 1, sizeof *names);
    if (!names) return NULL;
    for (size_t i = 0; i < t->width; i++)
        names[i] = t->columns[i].name;
    const char *near = cyn_nearest(word, names, t->width);
    cyn_free(names);
    return near;
}

size_t cyn_table_bytes(const cyn_table *t)
{
    return t->bytes;
}

/* A table is immutable but for its count, so readers hold it const; the count is changed all the
 * same, and no table is ever in read-only memory. */
static cyn_table *counted(const cyn_table *t)
{
    return (cyn_table *)(uintptr_t)t;
}

cyn_table *cyn_table_ref(const cyn_table *t)
{
    cyn_table *shared = counted(t);
    atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
    return shared;
}

void cyn_table_unref(const cyn_table *t)
{
    if (!t) return;
    cyn_table *last = counted(t);
    /* Acquire and release: what other threads did with the table comes before it is freed. */
    if (atomic_fetch_sub_explicit(&last->refs, 1, memory_order_acq_rel) > 1) return;
    for (size_t i = 0; last->storage && i < last->width; i++)
        cyn_storage_clear(&last->storage[i]);
    cyn_free(last->storage);
    cyn_free(last->columns);
    cyn_table_unref(last->parents[0]);
    cyn_table_unref(last->parents[1]);
    if (last->file.data) {
        munmap(last->file.data, last->file.size);
        close(last->fd);
    }
    cyn_free(last);
}

cyn_code cyn_table_join_columns(const cyn_table *t, const cyn_table *more, cyn_table **out,
                                cyn_err *err)
{
    if (t->rows != more->rows)
        return cyn_fail(err, CYN_E_RANGE, "cannot join columns of %zu rows to a table of %zu rows",
                        more->rows, t->rows);
    cyn_table *joined = cyn_table_new(t->width + more->width);
    if (!joined) return cyn_nomem(err);
    memcpy(joined->columns, t->columns, t->width * sizeof *t->columns);
    memcpy(joined->columns + t->width, more->columns, more->width * sizeof *more->columns);
    joined->rows = t->rows;
    joined->bytes = t->bytes + more->bytes;
    joined->parents[0] = cyn_table_ref(t);
    joined->parents[1] = cyn_table_ref(more);
    *out = joined;
    return CYN_OK;
}

cyn_code cyn_table_tail(const cyn_table *t, size_t first, cyn_table **out, cyn_err *err)
{
    if (first > t->rows || first % 64 != 0)
        return cyn_fail(err, CYN_E_RANGE, "no rows begin at %zu of %zu", first, t->rows);
    cyn_table *tail = cyn_table_new(t->width);
    if (!tail) return cyn_nomem(err);
    for (size_t i = 0; i < t->width; i++) {
        cyn_column *c = &tail->columns[i];
        *c = t->columns[i];
        c->v.values = (const char *)c->v.values + first * cyn_column_size(c);
        if (c->valid) c->valid += first / 64;
        if (c->zones) c->zones = first % CYN_ZONE_ROWS ? NULL : c->zones + first / CYN_ZONE_ROWS;
    }
    tail->rows = t->rows - first;
    tail->bytes = t->bytes;
    tail->parents[0] = cyn_table_ref(t);
    *out = tail;
    return CYN_OK;
}
