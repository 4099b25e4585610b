/* Who has begun: the first row of each entity that begins a journey or a cohort.
 *
 * Cohorts are made of a table's last rows alone where only those that begin there matter. Whether
 * a row there is of an entity that began before is asked of the whole table, once, whichever its
 * last rows are.
 *
 *     cyn_begun *b;
 *     CYN_TRY(cyn_exec_begun(&spec, &in, cancel, &b, err));     // `in`: the whole table
 *     rc = cyn_begun_since(b, last, first, "user_id", "#since", &column, err);
 *     cyn_begun_free(b);
 */
#pragma once
#include "exec/relation.h"

typedef struct cyn_begun cyn_begun;

/* Of a bound journey or retention, whose entity is a column: rows that begin it are those that
 * pass its filter, satisfy step 1 or the start, and have a time. Errors as cyn_exec_relation. */
CYN_NODISCARD cyn_code cyn_exec_begun(const cyn_relation *spec, const cyn_relation_input *in,
                                      const atomic_bool *cancel, cyn_begun **out, cyn_err *err);
void cyn_begun_free(cyn_begun *b); /* NULL is fine */
/* A table of one boolean column: whether the entity of a row has not begun before the table's row
 * `first`, with which `last` begins. */
CYN_NODISCARD cyn_code cyn_begun_since(const cyn_begun *b, const cyn_table *last, size_t first,
                                       const char *entity, const char *name, cyn_table **out,
                                       cyn_err *err);
