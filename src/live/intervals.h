/* Intervals: each metric × grain × period is evaluated when it is due, and again when its data or
 * its definition changed. docs/reference/schedule.md has the rules (H-1 …).
 *
 * What is due at the same time in the same grain is one *batch*, evaluated by one call of the
 * engine and recorded, with the ledger, in one transaction. Metrics whose functions run in Lua are
 * batches of their own, after the others; one that fails or overruns its budget waits longer and
 * longer (cyn_backoff), alone.
 *
 *     CYN_TRY(cyn_intervals_new(project, store, now, &iv, err));     // reads the ledger
 *     while (cyn_intervals_next(iv) <= now)
 *         CYN_TRY(cyn_intervals_run(iv, &turn, arena, &done, err));  // one batch
 *     cyn_intervals_free(iv);
 *
 * Knows no clock: `now`, that of the wall, is handed over; where the project has an `as_of`, what
 * this is for periods is found from the data, and the clock counts for what is tried again. One
 * thread at a time.
 */
#pragma once
#include "engine/eval.h"
#include "script/script.h"
#include "store/ledger.h"

typedef struct cyn_intervals cyn_intervals;

typedef struct cyn_evaluation {
    cyn_grain grain;
    cyn_period first, last; /* the periods, in order */
    const char *by;         /* dimensions; "": none */
    cyn_reason reason;
    const cyn_metric *const *metrics;
    size_t nmetrics;
    int64_t due;
    const cyn_err *errors; /* [metric]: code CYN_OK, or why it failed */
    const bool *found;     /* [metric]: it failed, and not because of a period still to be found */
    int64_t run;           /* its number in the state; 0: nothing was recorded */
    int64_t points, changed, restated, failed;
    int64_t late; /* behind the time at which it was due, where it was due to be done */
    int64_t took;
    int64_t in_scripts; /* … of it, where the turn names them */
    bool left;          /* a script overran: nothing was recorded, and it is due as it was before */
    bool more;          /* there is more to do at the same `now` */
} cyn_evaluation;

typedef struct cyn_turn {
    cyn_dataset *data;
    cyn_store *store;
    int64_t now;
    int64_t (*clock)(void);    /* the wall clock, for what is noted down; NULL: cyn_now */
    const atomic_bool *cancel; /* may be NULL */
    /* Those of the project. With `leaves`, what overruns the time of a call is nobody's failure: it
     * is left to whoever has more time. NULL. */
    const cyn_script *scripts;
    bool leaves;
} cyn_turn;

CYN_NODISCARD cyn_code cyn_intervals_new(const cyn_project *p, cyn_store *st, int64_t now,
                                         cyn_intervals **out, cyn_err *err);
/* The same for cyn_intervals_states alone: of the state it reads the ledger, and nothing else. */
CYN_NODISCARD cyn_code cyn_intervals_glance(const cyn_project *p, cyn_store *st,
                                            cyn_intervals **out, cyn_err *err);
void cyn_intervals_free(cyn_intervals *iv);
/* Shares the metrics out: from now on nothing is due, and nothing counted, of those that are not
 * `mine`. Asked again it may give away more, and takes none back: what the other one has done since
 * stands in the ledger alone. */
void cyn_intervals_share(cyn_intervals *iv, bool (*mine)(const void *self, size_t metric),
                         const void *self);
/* Names those that run in Lua and took so much longer, when they were evaluated last, than any that
 * does not; as they are defined now. */
void cyn_intervals_long(const cyn_intervals *iv, int64_t limit,
                        void (*name)(void *self, size_t metric), void *self);
/* Drops what the ledger says of metrics, grains and dimensions that are not the project's, once
 * they were not evaluated for a month. One that comes back sooner goes on where it was, and one
 * that is there but cannot be defined waits. */
CYN_NODISCARD cyn_code cyn_intervals_forget(const cyn_intervals *iv, cyn_store *st, int64_t now,
                                            cyn_err *err);
/* The data may be others now: whoever stands on a source whose `inputs` changed is due again. Until
 * it was called nothing is due; then those are evaluated of which a turn has the same data. */
CYN_NODISCARD cyn_code cyn_intervals_data(cyn_intervals *iv, const cyn_dataset *data, int64_t now,
                                          cyn_err *err);
/* When something is due; CYN_TIME_MAX: never. */
int64_t cyn_intervals_next(const cyn_intervals *iv);
/* How many metrics are due at `now`: the depth of the queue. */
size_t cyn_intervals_waiting(const cyn_intervals *iv, int64_t now);
/* Evaluates and records the most urgent batch that is due; done->nmetrics 0: nothing is. A metric
 * that fails is in the batch with its error. After a failure of the whole (cancelled, disk full)
 * nothing was recorded, and the same is due again. */
CYN_NODISCARD cyn_code cyn_intervals_run(cyn_intervals *iv, const cyn_turn *turn, cyn_arena *arena,
                                         cyn_evaluation *done, cyn_err *err);
/* The next thing that somebody should be told, if there is any: periods that were missed and are
 * not caught up; a metric that fails again and again. */
bool cyn_intervals_said(cyn_intervals *iv, cyn_err *out);
/* Which metrics fail so often that they are evaluated rarely: how many. */
size_t cyn_intervals_quarantined(const cyn_intervals *iv);
#define CYN_QUARANTINE 5 /* failures in a row */
/* What stands in the ledger of a metric, and when it is due next: for `cynosure schedule`. */
typedef struct cyn_interval_state {
    const cyn_metric *metric;
    cyn_grain grain;
    const char *by;
    const cyn_ledger_row *row; /* NULL: never evaluated */
    cyn_period period;         /* that is evaluated next */
    int64_t due;
} cyn_interval_state;
CYN_NODISCARD cyn_code cyn_intervals_states(const cyn_intervals *iv, cyn_arena *arena,
                                            const cyn_interval_state **out, size_t *n,
                                            cyn_err *err);

/* Backfill: the periods of a metric (or of several) between two instants, oldest first, in batches;
 * what was recorded stays recorded when it is stopped, and a second call goes on from there. */
typedef struct cyn_backfill {
    const cyn_metric *const *metrics; /* in the project's order, each once */
    size_t nmetrics;
    cyn_grain grain; /* not CYN_ALL */
    const char *const *by;
    size_t nby;
    int64_t from, to; /* the periods from the one that holds `from` on that begin before `to` */
    bool again;       /* also what was backfilled before, of the same data and definition */
    /* After each batch, and before the first (batch: NULL); counts periods of metrics. NULL. */
    void (*progress)(void *self, size_t done, size_t all, const cyn_evaluation *batch);
    void *self;
} cyn_backfill;
CYN_NODISCARD cyn_code cyn_backfill_run(const cyn_project *p, const cyn_backfill *b,
                                        const cyn_turn *turn, cyn_evaluation *sum, cyn_err *err);
