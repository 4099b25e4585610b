/* Stretches: rows side by side whose values lie in one interval, such as those of a day in a source
 * that is in the order of time. They are a batch of their own where that is worth it.
 *
 *     const cyn_stretches s = {time, first, n, cyn_are_in_order(time, first, n)};
 *     size_t count = cyn_stretch_end(&s, 0, day);
 *     if (count == n || cyn_stretch_is_batch(&s, count, next_day)) …  // rows first … first + count
 */
#pragma once
#include "column/column.h"
#include "plan/plan.h"

/* Integers, or times as they lie in their column, of n rows, each of which is known. */
typedef struct cyn_stretches {
    const cyn_column *column;
    size_t first, n;
    bool in_order;
} cyn_stretches;

/* Whether the values of n > 0 rows are known, and none is below the one before. */
bool cyn_are_in_order(const cyn_column *c, size_t first, size_t n);
/* The first row behind number `from` whose value is not in the interval, or n; that of `from` is,
 * or it is taken for one that is. */
size_t cyn_stretch_end(const cyn_stretches *s, size_t from, cyn_interval in);
/* Whether the first `count` rows, fewer than n, are many or, where the rows are in order, those in
 * the interval of the next one are: then short batches do not follow each other. */
bool cyn_stretch_is_batch(const cyn_stretches *s, size_t count, cyn_interval next);
