/* Intervals, in parts; private to this folder.
 *
 * intervals.c holds who is evaluated and what is known of each; intervals_due.c says when; its pure
 * rules are those of docs/reference/schedule.md. intervals_batch.c evaluates and takes the points
 * apart; intervals_run.c forms batches of what is due, and writes values and ledger down;
 * backfill.c does the same for somebody who asks.
 */
#pragma once
#include "base/arena.h"
#include "live/intervals.h"
#include "sched/cron.h"
#include "sched/queue.h"

/* What is known of data, or "" where nothing is: a prefix of a SHA-256. */
#define CYN_DATA_KEY 33

/* ---- what is remembered of a metric in a grain by some dimension ---- */

typedef enum interval_work {
    INTERVAL_DUE,    /* periods that have ended */
    INTERVAL_MATURE, /* … whose value was not final then, and is now */
    INTERVAL_REDO,   /* … of other data, or of another definition */
    INTERVAL_WORKS
} interval_work;

/* Of a kind of work: what failed in a row, of today's definition. It waits for no other kind. */
typedef struct attempts {
    int64_t failures, again;
    bool of_data;            /* the data are to blame: with others it is tried at once */
    char data[CYN_DATA_KEY]; /* with which it failed last */
} attempts;

typedef struct interval_state {
    bool noted;          /* the ledger has a row */
    bool known;          /* a period was evaluated; else from == until, where it begins */
    int64_t from, until; /* all periods in [from, until) were evaluated */
    char definition[65];
    char data[CYN_DATA_KEY];
    /* Periods in [redone, redo_end) are to be evaluated again, so that all are of this data. */
    bool redoes;
    cyn_reason why; /* CYN_REASON_DATA, CYN_REASON_DEFINITION */
    int64_t redone, redo_end;
    char redo_data[CYN_DATA_KEY];
    /* Periods from this one on are evaluated again when they are mature; CYN_TIME_MAX: none is
     * immature. */
    int64_t owed;
    int64_t at, took, late;
    attempts tries[INTERVAL_WORKS];
    char error[256]; /* of the last failure */
} interval_state;

/* Periods that were evaluated apart from those of the ledger's row: by a backfill, or before a stop
 * of which not all was caught up. */
typedef struct stretch {
    int64_t from, until;
    bool kept; /* the state has it */
} stretch;

/* How many segments a dimension has, as far as the last batch has shown. */
typedef struct breadth {
    size_t segments; /* points of a metric in a period, at most */
    size_t periods;  /* of that batch; 0: there was none */
} breadth;

typedef struct interval {
    const cyn_metric *metric;
    size_t index; /* of the metric, in the project */
    cyn_grain grain;
    const char *by;          /* a dimension; "": the whole */
    const struct duty *duty; /* of its grain */
    breadth *breadth;        /* of its dimension in its grain; NULL: the whole */
    const size_t *sources;   /* that it stands on */
    size_t nsources;
    bool script;    /* some of it runs in Lua */
    bool elsewhere; /* it is evaluated by somebody else */
    interval_state state;
    stretch *stretches;
    size_t nstretches, stretch_capacity;
    char data[CYN_DATA_KEY];     /* what is known of the data now */
    int64_t due;                 /* of the period at state.until; CYN_SLOT_END: nobody knows yet */
    size_t most[INTERVAL_WORKS]; /* periods at once, after some failed; 0: any number */
    unsigned urgency[INTERVAL_WORKS]; /* as in the queue */
} interval;

/* When the metrics of a grain are evaluated. */
typedef struct duty {
    cyn_grain grain;
    int64_t lateness, restate;
    bool has_cron;
    cyn_cron cron;
    breadth *breadths; /* [dimension of the schedule] */
} duty;

struct cyn_intervals {
    const cyn_project *project;
    cyn_arena *arena;
    duty **duties;
    size_t nduties, duty_capacity;
    interval *items; /* of one metric side by side, the whole first */
    size_t count, capacity;
    cyn_queue *queue; /* entry: item * INTERVAL_WORKS + work */
    bool glance;      /* for its states alone: no queue, no sources, no stretches */
    bool fixed;       /* now is not the clock's, but the data's end or a date */
    int64_t said_now; /* fixed: now */
    int64_t arrived;  /* when the data were handed over last; CYN_TIME_MIN: never */
    int64_t began;    /* when they were begun: what was due before is late from then on */
    cyn_err notes[16];
    size_t nnotes;
    struct { /* periods that are not caught up, for one note */
        size_t metrics;
        const interval *first;
        cyn_period from, to;
    } missed;
    struct { /* metrics that have failed too often, for one note */
        size_t metrics;
        const interval *first, *last;
        char why[256]; /* the first of them */
    } failing;
    struct { /* metrics that were evaluated beyond now, for one note */
        size_t metrics;
        const interval *first;
        cyn_period last;
    } ahead;
};

/* ---- intervals_due.c: pure ---- */

const cyn_calendar *cyn_interval_calendar(const cyn_intervals *iv);
/* What now is for periods. */
int64_t cyn_interval_now(const cyn_intervals *iv, int64_t now);
/* When a period is due; CYN_SLOT_END: its cron expression never comes again. */
int64_t cyn_interval_due(const cyn_intervals *iv, const interval *i, cyn_period period);
cyn_period cyn_interval_at(const cyn_intervals *iv, const interval *i, int64_t instant);
/* The beginning of the oldest period that changed data restate. */
int64_t cyn_interval_restated(const cyn_intervals *iv, const interval *i, int64_t now);
/* When the value of a period is final, and so due again; CYN_SLOT_END: never, or nobody knows. */
int64_t cyn_interval_mature(const cyn_intervals *iv, const interval *i, cyn_period period);
/* Where the first period at or after `t` begins that was evaluated; CYN_TIME_MAX: none was. */
int64_t cyn_interval_recorded(const interval *i, int64_t t);
/* False: no memory. */
bool cyn_interval_add_stretch(cyn_intervals *iv, interval *i, stretch s);
/* The end of the periods that are due, at most so many of them; *n: how many. */
int64_t cyn_interval_due_until(const cyn_intervals *iv, const interval *i, int64_t now, size_t most,
                               size_t *n);

/* The oldest period that may be evaluated because it is due. */
cyn_period cyn_interval_oldest(const cyn_intervals *iv, const interval *i, int64_t now);
/* The row of the ledger that says so. */
CYN_NODISCARD cyn_code cyn_interval_row(const interval *i, const interval_state *s,
                                        cyn_arena *arena, cyn_ledger_row *out, cyn_err *err);
/* What was evaluated lies ahead of now by more than a period: forgets what does. */
void cyn_interval_pull_back(cyn_intervals *iv, interval *i, int64_t now);
/* The first kind of work that failed last; INTERVAL_WORKS: none did. */
interval_work cyn_interval_failed(const interval_state *s);
/* Notes that all was evaluated again, once it was. */
void cyn_interval_end_redo(interval *i);
/* Puts its next work into the queue, and says what is no longer caught up. */
void cyn_interval_plan(cyn_intervals *iv, interval *i, int64_t now);
/* Says something to whoever runs the intervals, where there is room. */
void cyn_interval_note(cyn_intervals *iv, const cyn_err *note);
/* Says of all of these together that they fail again and again. */
void cyn_interval_fails(cyn_intervals *iv, const interval *i, const char *why);

/* ---- intervals_data.c ---- */

/* What a metric stands on: sources, each once. */
CYN_NODISCARD cyn_code cyn_interval_sources(const cyn_project *p, const cyn_metric *m,
                                            cyn_arena *arena, const size_t **out, size_t *n,
                                            cyn_err *err);
/* Whether some of it runs in Lua: a function, or an expression without a translation. */
bool cyn_interval_in_lua(const cyn_project *p, const cyn_metric *m);
/* Whether all that it stands on has the dimension. */
bool cyn_interval_has(const cyn_project *p, const cyn_metric *m, const char *dimension);
/* What is known of the data of these sources. */
CYN_NODISCARD cyn_code cyn_interval_key(const cyn_dataset *d, const size_t *sources, size_t n,
                                        char out[CYN_DATA_KEY], cyn_err *err);
/* Where the data of these sources begin; CYN_TIME_MAX: nowhere. */
int64_t cyn_interval_beginning(const cyn_dataset *d, const size_t *sources, size_t n);

/* ---- intervals_batch.c ---- */

/* Metrics that are evaluated together: in the same periods, by the same dimensions. */
typedef struct interval_batch {
    const cyn_project *project;
    cyn_grain grain;
    const cyn_period *periods;
    size_t nperiods;
    const char *const *by;
    size_t nby;
    const cyn_metric *const *metrics; /* in the project's order */
    size_t nmetrics;
    int64_t now;
} interval_batch;

/* What came of a metric of the batch: its points, or why it failed. */
typedef struct interval_outcome {
    const cyn_point *points;
    size_t npoints;
    const cyn_err *error; /* NULL: it went well */
} interval_outcome;

/* The periods of a grain from the one that begins at `from` up to `until`, at most so many. */
CYN_NODISCARD cyn_code cyn_interval_periods(const cyn_calendar *cal, cyn_grain grain, int64_t from,
                                            int64_t until, size_t most, cyn_arena *arena,
                                            const cyn_period **out, size_t *n, cyn_err *err);
/* How many periods are evaluated at once, at most; breadth NULL: of the whole. */
size_t cyn_interval_length(const breadth *b);
/* How many metrics are evaluated at once in so many periods: each is evaluated in all of them by
 * one scan, and a transaction stays short. */
size_t cyn_interval_metrics(const breadth *b, size_t periods);
/* Leaves out the batch's last periods where all of them are too much at once. Fails as a whole for
 * what concerns all; any other failure of the engine is that of each metric. */
CYN_NODISCARD cyn_code cyn_interval_evaluate(interval_batch *b, const cyn_turn *turn,
                                             cyn_arena *arena, const interval_outcome **out,
                                             cyn_err *err);
/* Notes how many segments there were. */
void cyn_interval_measure(breadth *b, const interval_batch *batch,
                          const interval_outcome *outcomes);
/* Records those that went well into the open run. */
CYN_NODISCARD cyn_code cyn_interval_record(const interval_batch *b,
                                           const interval_outcome *outcomes, cyn_store *st,
                                           int64_t run, cyn_err *err);
/* Writes the row of the evaluation, with what the run changed, which it adds to *done. */
CYN_NODISCARD cyn_code cyn_interval_account(const interval_batch *b, cyn_store *st, int64_t run,
                                            int64_t began, cyn_evaluation *done, cyn_err *err);
