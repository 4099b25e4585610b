/* A table out of arrays that somebody else has filled, without a copy.
 *
 * Texts may be codes of another table's dictionary: nothing is interned again, and the new table
 * keeps that one alive. Such a dictionary can hold texts that no row has, and its order is that of
 * the other table.
 *
 *     cyn_column_arrays a[] = {{.values = codes, .dict = users->dict}, {.values = counts}};
 *     CYN_TRY(cyn_table_assemble(specs, a, 2, rows, events, &t, err));   // a's arrays are t's now
 */
#pragma once
#include "column/column.h"

/* From cyn_malloc and its like, as long as there are rows. */
typedef struct cyn_column_arrays {
    void *values;         /* as cyn_column has them; 0 where a value is missing */
    uint64_t *valid;      /* NULL: none is missing */
    const cyn_dict *dict; /* TEXT: of a column of `texts` */
    uint8_t narrow;       /* as in cyn_column */
    uint32_t unit;
} cyn_column_arrays;

/* Takes the arrays, but on failure. Without TEXT columns `texts` may be NULL. */
CYN_NODISCARD cyn_code cyn_table_assemble(const cyn_column_spec *specs,
                                          const cyn_column_arrays *arrays, size_t width,
                                          size_t rows, const cyn_table *texts, cyn_table **out,
                                          cyn_err *err);
