/* The due queue: up to a million entries, each with the time at which it is due.
 *
 * An entry is a number below the size that the queue was made with; whoever owns the queue knows
 * what it stands for. Taking gives, of those that are due, the one of the most urgent class, of
 * these the one that is due longest, of these the lowest number: so the order depends on nothing
 * else. What was taken runs, and is not given out again until it is done. Adding takes a constant
 * time, taking and moving O(log n) on average over all that is done; none of them needs memory. A
 * clock that goes back does no harm.
 *
 *     cyn_queue_set(q, id, due, CYN_URGENT_…);
 *     while (cyn_queue_take(q, now, &id, &due)) {
 *         …                                                  // runs
 *         cyn_queue_done(q, id, next);                       // CYN_SLOT_END: never again
 *     }
 *     sleep until cyn_queue_next(q)
 *
 * Knows no clock. One thread at a time.
 */
#pragma once
#include "base/err.h"
#include "sched/slots.h"

typedef struct cyn_queue cyn_queue;

CYN_NODISCARD cyn_code cyn_queue_new(uint32_t entries, cyn_queue **out, cyn_err *err);
void cyn_queue_free(cyn_queue *q);
/* Adds the entry, or moves it; CYN_SLOT_END takes it out. urgency: 0 first, at most 255. While it
 * runs this is what counts when it is done, if it is earlier than what cyn_queue_done() says. */
void cyn_queue_set(cyn_queue *q, uint32_t entry, int64_t due, unsigned urgency);
bool cyn_queue_take(cyn_queue *q, int64_t now, uint32_t *entry, int64_t *due);
void cyn_queue_done(cyn_queue *q, uint32_t entry, int64_t next);
int64_t cyn_queue_next(const cyn_queue *q); /* the earliest that does not run; CYN_SLOT_END */
uint32_t cyn_queue_waiting(const cyn_queue *q,
                           int64_t now); /* due and not taken: the depth; O(n) */

/* Spreading and waiting. Both depend on nothing but what is given, and so survive a restart. */

/* How much later than others an entry of this name runs: 0 ≤ … < spread. */
int64_t cyn_jitter(const char *name, int64_t spread);
/* How long to wait after so many failures in a row (≥ 1): `first`, doubled each time, at most
 * `most`, and up to a tenth less by the name, so that not all come back at once. */
int64_t cyn_backoff(unsigned failures, int64_t first, int64_t most, const char *name);
