/* The k-th smallest of many doubles, without sorting them.
 *
 *     cyn_select(x, n, n / 2);   // x[n / 2] is what it would be in order
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Puts the k-th smallest value at x[k], no greater one before it and no smaller one after it. O(n),
 * whatever the order. */
void cyn_select(double *x, size_t n, size_t k);

/* Values that lie in several stretches of memory: the last one, and what comes before it. */
typedef struct cyn_run {
    const struct cyn_run *before;
    const double *value;
    size_t n;
} cyn_run;

/* What is wanted of many values: those of ranks low and high = low or low + 1. */
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

/* At most CYN_PICKS of the n values in these runs, from one pass that moves nothing: a sample gives
 * bounds, the pass keeps what lies between and counts what lies below, which proves the answer.
 * `hands` share the pass; NULL: the caller alone. false, and nothing is known: n is too small, or
 * some bounds were no good. */
bool cyn_select_picks(const cyn_run *last, size_t n, cyn_pick *picks, size_t npicks,
                      const cyn_hands *hands);

/* The least of n ≥ 1 values. */
static inline double cyn_least(const double *x, size_t n)
{
    double least = x[0];
    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}
