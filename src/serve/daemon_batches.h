/* Batches of intervals, as both lanes of metrics evaluate them; private to the daemon.
 *
 *     cyn_batches_take_up(&b, world, opened);           // of the world's generation
 *     CYN_TRY(cyn_batches_tell(l, &b, store, data, now, err));
 *     CYN_TRY(cyn_batches_run(l, &b, data, now, &changed, err));
 *     cyn_batches_drop(l, &b);
 */
#pragma once
#include "serve/daemon_impl.h"

typedef struct cyn_batches {
    bool slow;                /* those that were handed over; else all others, and hands over */
    cyn_world *world;         /* NULL: none yet */
    const cyn_opened *opened; /* of its generation: whose scripts evaluate */
    cyn_intervals *intervals; /* NULL: to be read from the ledger */
    bool told;                /* the intervals: of this world's rows */
    int64_t quarantined;      /* how many of its metrics the gauge counts */
} cyn_batches;

/* False: it has that world already. The intervals stay as long as the project does. */
bool cyn_batches_take_up(cyn_batches *b, cyn_world *w, const cyn_opened *opened);
/* The ledger is read again: somebody else wrote there. */
void cyn_batches_forget(cyn_batches *b);
void cyn_batches_drop(cyn_lane *l, cyn_batches *b);
/* The intervals know what was evaluated of which data: what is new in the world is due at once. */
CYN_NODISCARD cyn_code cyn_batches_tell(cyn_lane *l, cyn_batches *b, cyn_store *st,
                                        const cyn_dataset *data, int64_t now, cyn_err *err);
/* Evaluates what is due, for a while. *changed becomes true when there is something else to be
 * shown. */
CYN_NODISCARD cyn_code cyn_batches_run(cyn_lane *l, cyn_batches *b, const cyn_turn *turn,
                                       bool *changed, cyn_err *err);
/* ", 3 restated (basket 2026-W44, orders 2026-W44 to 2026-W45)": for the log, up to three metrics
 * and how many more; nothing where nothing was restated. */
void cyn_batches_put_restated(cyn_store *st, const cyn_evaluation *e, const cyn_calendar *cal,
                              cyn_arena *arena, cyn_buf *out);
/* To the slow lane with it, for as long as the project is in use; false: it is there. */
bool cyn_batches_hand_over(cyn_lane *l, cyn_batches *b, size_t metric);
