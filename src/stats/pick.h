/* Order statistics of very many values, which stay as they are and where they are.
 *
 * A sample gives bounds between which each of them should lie; one pass counts what lies below, and
 * keeps the few values between. The counts prove the answer: where they do not, there is none.
 *
 *     cyn_pick pick = {.low = n / 2, .high = n / 2};
 *     if (cyn_pick_all(last, n, &pick, 1, NULL)) … pick.at_low …
 *     else                                       … cyn_select …
 */
#pragma once
#include "stats/run.h"
#include <stdbool.h>

/* The values of ranks low and high = low or low + 1, from 0. */
typedef struct cyn_pick {
    size_t low, high;
    double at_low, at_high; /* the answer */
} cyn_pick;

#define CYN_PICKS 4

/* Threads that share a pass out: `share` calls the task once for each number below ntasks, and
 * returns when all are done. */
typedef struct cyn_hands {
    size_t n;
    void (*share)(size_t workers, size_t ntasks, void *self,
                  void (*task)(void *self, size_t worker, size_t task));
} cyn_hands;

/* At most CYN_PICKS of the n known values in these runs, none of them NaN. `hands` share the pass;
 * NULL: the caller alone. false, and nothing is known: n is too small, some bounds were no good, or
 * no memory is left. */
bool cyn_pick_all(const cyn_run *last, size_t n, cyn_pick *picks, size_t npicks,
                  const cyn_hands *hands);
