/* What the rows of one interval come to: a value for each member that has some. The same memory
 * serves one interval after the other.
 *
 *     rc = cyn_tally_open(&t, arena, &reducer, &members, most, err);   // rows of an interval
 *     cyn_tally_begin(&t);                                             // for each interval
 *     cyn_tally_add(&t, row, n);                                       // in their order, by and by
 *     rc = cyn_tally_close(&t, err);                                   // t.value[k], k < t.n
 *
 * Members come in the order of their first rows. One thread at a time.
 */
#pragma once
#include "exec/reduce_impl.h"

typedef struct cyn_tally {
    cyn_reducer reducer;
    const cyn_numbers *members;
    bool counts;    /* rows: a value is known as they come */
    uint32_t *slot; /* [member]: its rows, or its place + 1; 0 where it has none */
    size_t n;
    uint32_t *member, *row; /* [place]: whose it is, and its first row */
    cyn_reduced *value;     /* [place] */
    /* counting does without these */
    size_t rows;
    uint32_t *list, *place; /* [row]: which it is, and whose */
    size_t *next;           /* [place]: where its rows begin, then end, in `together` */
    uint32_t *together;     /* rows, those of a place side by side */
} cyn_tally;

/* `members` stays where it is. */
CYN_NODISCARD cyn_code cyn_tally_open(cyn_tally *t, cyn_arena *arena, const cyn_reducer *reducer,
                                      const cyn_numbers *members, size_t most, cyn_err *err);
void cyn_tally_begin(cyn_tally *t);
void cyn_tally_add(cyn_tally *t, const uint32_t *row, size_t n);
/* Errors as cyn_reducer_value. */
CYN_NODISCARD cyn_code cyn_tally_close(cyn_tally *t, cyn_err *err);
