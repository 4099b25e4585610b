/* Concatenation: the rows of several tables, one table's behind the other's.
 *
 * Columns are found by name; a part that lacks one has no values in it. Equal texts get equal codes
 * again, in order of first appearance, so that the result is the table that one builder would have
 * made of all rows.
 *
 * Where the first part is a segment its values are not copied: its file is mapped once more, with
 * room behind it, so that rows added to a long table cost no more than they are.
 *
 *     const cyn_table *parts[] = {january, february};
 *     CYN_TRY(cyn_table_concat(specs, nspecs, parts, 2, &year, err));
 */
#pragma once
#include "column/column.h"

/* At least one part. CYN_E_TYPE when a part has values of another type or scale than the spec; a
 * column of another type without any value is fine. The parts stay as they are. */
CYN_NODISCARD cyn_code cyn_table_concat(const cyn_column_spec *specs, size_t n,
                                        const cyn_table *const *parts, size_t nparts,
                                        cyn_table **out, cyn_err *err);
