/* The ledger: which periods of which metrics were evaluated, of what data; and what jobs ran.
 *
 * A row of the ledger is one metric in one grain, over certain dimensions. It is written in the
 * transaction of the run that recorded the values (store/store.h), so that a kill at any moment
 * leaves both or neither: no period is evaluated twice, none is left out.
 *
 *     CYN_TRY(cyn_store_begin_run(st, "serve", as_of, &run, err));
 *     … cyn_store_add_point …
 *     CYN_TRY(cyn_store_put_ledger(st, run, &row, err));
 *     CYN_TRY(cyn_store_add_evaluation(st, run, &evaluation, err));
 *     CYN_TRY(cyn_store_commit_run(st, run, failed, err));
 */
#pragma once
#include "store/store.h"

typedef struct cyn_ledger_row {
    const char *metric, *grain; /* grain: its word */
    const char *by;             /* dimensions, joined by ","; "": none */
    int64_t from, until;        /* all periods in [from, until) were evaluated */
    const char *definition;     /* hash of what was in use last (metric/metric.h) */
    const char *data;           /* what is known of the data that were evaluated last */
    int64_t at;                 /* when, on the wall clock */
    int64_t took, late;         /* microseconds; late: behind the time at which it was due */
    int64_t failures;           /* in a row; 0: the last one went well */
    int64_t again;              /* failures: when it is tried again */
    const char *error;          /* failures: why; NULL */
} cyn_ledger_row;

CYN_NODISCARD cyn_code cyn_store_put_ledger(cyn_store *st, int64_t run, const cyn_ledger_row *row,
                                            cyn_err *err);
/* All of them, in the order of metric, grain and dimensions. */
CYN_NODISCARD cyn_code cyn_store_ledger(cyn_store *st, cyn_arena *arena, const cyn_ledger_row **out,
                                        size_t *n, cyn_err *err);

/* Why periods were evaluated. */
typedef enum cyn_reason {
    CYN_REASON_DUE,        /* they have ended, and time was allowed for late data */
    CYN_REASON_CAUGHT_UP,  /* the same, after a stop */
    CYN_REASON_DATA,       /* rows came, went or changed since */
    CYN_REASON_DEFINITION, /* the formula, or one below it, was changed */
    CYN_REASON_BACKFILL,   /* somebody asked for it */
    CYN_REASON_RETRY,      /* it failed before */
} cyn_reason;
extern const char *const cyn_reason_names[]; /* "due", "caught up", "data", …; NULL */

/* One evaluation of several metrics alike; kept for a while, for people. */
typedef struct cyn_evaluation_row {
    int64_t run;
    const char *grain, *first, *last; /* labels of periods */
    cyn_reason reason;
    int64_t due, began, took;
    int64_t metrics, points, changed, restated, failed; /* restated: said something else before */
} cyn_evaluation_row;
CYN_NODISCARD cyn_code cyn_store_add_evaluation(cyn_store *st, int64_t run,
                                                const cyn_evaluation_row *row, cyn_err *err);
/* The newest so many, newest first. */
CYN_NODISCARD cyn_code cyn_store_evaluations(cyn_store *st, int64_t most, cyn_arena *arena,
                                             const cyn_evaluation_row **out, size_t *n,
                                             cyn_err *err);

/* A job that is no evaluation of metrics or rules: "load events", "report weekly". Its last run. */
typedef struct cyn_job_row {
    const char *job;
    int64_t due, began, took;       /* due: the time of the timetable that it ran for */
    int64_t runs, missed, failures; /* in all, in all, in a row */
    const char *error;              /* of the last run; NULL: it went well */
} cyn_job_row;
/* In a transaction of its own. */
CYN_NODISCARD cyn_code cyn_store_put_job(cyn_store *st, const cyn_job_row *row, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_jobs(cyn_store *st, cyn_arena *arena, const cyn_job_row **out,
                                      size_t *n, cyn_err *err);
