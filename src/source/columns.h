/* Columns: how the fields of the data become the columns of the table.
 *
 * cyn_columns_bind() matches declarations with fields, by name, once all fields are known;
 * cyn_columns_decide() gives each column its type, once all values were looked at.
 */
#pragma once
#include "source/convert.h"
#include "source/infer.h"

typedef struct cyn_source_column {
    const char *name, *from;
    const cyn_column_decl *decl; /* NULL: taken as it comes */
    bool read;
    cyn_guess guess;
    cyn_conversion how;
} cyn_source_column;

typedef struct cyn_columns {
    cyn_source_column *items; /* of the table, and behind them those that are not read */
    size_t count, nunread;
    int32_t *of_field; /* field number → column of the table, -1 = none */
    uint32_t nfields;
} cyn_columns;

/* The declaration that takes this field, or NULL. */
const cyn_column_decl *cyn_declared(const cyn_source_spec *spec, const char *field);
/* What has to be found out of the values before the type is known; decl may be NULL. */
cyn_want cyn_wanted(const cyn_column_decl *decl);
/* The same for a field; nothing, where its column is not to be read. */
cyn_want cyn_field_wanted(const cyn_source_spec *spec, const char *field);
/* guesses: by field number. Errors: a declared column or the time column that the data lack, two
 * columns of one name, a time column that is no time. `empty`: the data have no rows that could
 * tell names, so that what is declared stands for itself. */
CYN_NODISCARD cyn_code cyn_columns_bind(const cyn_source_spec *spec, const cyn_schema *schema,
                                        const cyn_guess *guesses, bool empty, cyn_arena *arena,
                                        cyn_columns *out, cyn_err *err);
