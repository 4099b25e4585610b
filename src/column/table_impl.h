/* How tables own their arrays. Private to column: builder.c fills a table, table.c frees it. */
#pragma once
#include "column/column.h"
#include "column/intern.h"
#include "column/zone_impl.h"
#include <stdatomic.h>

/* Memory that the system mapped; data NULL: none. */
typedef struct cyn_mapping {
    void *data;
    size_t size;
} cyn_mapping;

/* The arrays behind one column, as their owner sees them. */
typedef struct cyn_storage {
    char *name;
    void *values;       /* NULL where they are mapped */
    cyn_mapping mapped; /* holds the values */
    uint64_t *valid;    /* NULL: no value is missing */
    cyn_intern texts;
    cyn_dict dict;
    cyn_zones_noted noted; /* of a table that was built */
} cyn_storage;

/* A table owns storage, or shares what its two parents own, or looks into a mapped file; then its
 * storage holds the dictionaries only. */
struct cyn_table {
    atomic_size_t refs;
    size_t rows, width, bytes;
    cyn_column *columns;
    cyn_storage *storage; /* width; NULL for a joined table */
    cyn_table *parents[2];
    cyn_mapping file;
    int fd; /* of that file */
};

/* A table with room for width columns, one reference, and nothing else; NULL when out of memory. */
cyn_table *cyn_table_new(size_t width);
/* Bytes of one value. */
size_t cyn_type_size(cyn_type t);
void cyn_storage_clear(cyn_storage *s);
