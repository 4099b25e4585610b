/* Points as rows of the table `value`: what values.c compares, and given.c adds.
 *
 * Private to these two.
 */
#pragma once
#include "store/store_impl.h"

/* A point with its texts as they are stored. */
typedef struct cyn_value_row {
    const cyn_point *point;
    const char *label;
    cyn_num nums[3]; /* value, numerator, denominator */
    size_t ends[4];  /* in the buffer of the store: where the digits of each begin and end */
    char error[sizeof(cyn_err)];
} cyn_value_row;

/* Its texts are in st->text until the next one is made. */
CYN_NODISCARD cyn_code cyn_value_row_of(cyn_store *st, const cyn_point *p, const char *label,
                                        cyn_value_row *out, cyn_err *err);

/* Points of one metric, grain and segment as rows of a run, by one statement: all of them or none.
 */
CYN_NODISCARD cyn_code cyn_store_insert_points(cyn_store *st, int64_t run,
                                               const cyn_point *const *points,
                                               const char *const *labels, size_t n, cyn_err *err);
