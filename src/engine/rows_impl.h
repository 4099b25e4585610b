/* The parts of rows: rows.c makes them, rows_last.c says of which rows of a source where a part of
 * what is asked for is known already. Private to engine. */
#pragma once
#include "engine/rows.h"
#include "exec/relation.h"

/* The rows of a source from `first` on; made if they are not there yet. */
CYN_NODISCARD cyn_code cyn_rows_of_source(cyn_rows_set *set, size_t source, size_t first,
                                          cyn_rows **out, cyn_err *err);
/* Whether the last rows of a source give what all of them do, for intervals in which only those
 * are: also the errors. */
bool cyn_rows_last_will_do(const cyn_view *view);
/* With which row of the loaded source those begin that matter to a chain's intervals: 0, or a
 * multiple of 64. */
CYN_NODISCARD cyn_code cyn_rows_first(cyn_rows_set *set, size_t source, const cyn_chain *chain,
                                      size_t *out, cyn_err *err);
/* Rows that begin behind the source's first: has a cohort's input leave out whoever began before.
 * *joined is the table that it is given, to be unreferenced after the run, or NULL. */
CYN_NODISCARD cyn_code cyn_rows_leave_out_begun(cyn_rows_set *set, const cyn_rows *base,
                                                const cyn_relation *r, cyn_relation_input *in,
                                                cyn_table **joined, cyn_err *err);
void cyn_rows_clear_begun(cyn_rows_set *set);
