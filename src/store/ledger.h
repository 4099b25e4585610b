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
    const char *redo;   /* definition and data that they are evaluated again for; "": none */
    int64_t redone;     /* redo: periods that begin before this were */
    int64_t at;         /* when, on the wall clock */
    int64_t took, late; /* microseconds; late: behind the time at which it was due */
    int64_t failures;   /* in a row; 0: the last one went well */
    int64_t again;      /* failures: when it is tried again */
    const char *failed; /* failures: of what work, definition and data (live/intervals.c); "" */
    const char *error;  /* failures: why; NULL */
} cyn_ledger_row;

CYN_NODISCARD cyn_code cyn_store_put_ledger(cyn_store *st, int64_t run, const cyn_ledger_row *row,
                                            cyn_err *err);
/* One that is no longer evaluated is forgotten, with its stretches, outside of a run; its values
 * stay. */
CYN_NODISCARD cyn_code cyn_store_drop_ledger(cyn_store *st, const char *metric, const char *grain,
                                             const char *by, cyn_err *err);
/* All of them, in the order of metric, grain and dimensions. */
CYN_NODISCARD cyn_code cyn_store_ledger(cyn_store *st, cyn_arena *arena, const cyn_ledger_row **out,
                                        size_t *n, cyn_err *err);

/* Periods of which the value that is known is immature, each once, in the order of metric, grain
 * and dimensions. */
typedef struct cyn_immature_row {
    const char *metric, *grain, *by;
    int64_t start;
} cyn_immature_row;
CYN_NODISCARD cyn_code cyn_store_immature(cyn_store *st, cyn_arena *arena,
                                          const cyn_immature_row **out, size_t *n, cyn_err *err);

/* A stretch of periods that were evaluated, apart from those of the ledger's row: because somebody
 * asked for them, or before too long a stop. All in [from, until) were, of this definition and data
 * ("": of several). So what was interrupted goes on. One that is put takes the place of those that
 * begin where it does, or lie within it. */
typedef struct cyn_stretch_row {
    const char *metric, *grain, *by;
    int64_t from, until;
    const char *definition, *data;
} cyn_stretch_row;
CYN_NODISCARD cyn_code cyn_store_put_stretch(cyn_store *st, int64_t run, const cyn_stretch_row *row,
                                             cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_stretches(cyn_store *st, cyn_arena *arena,
                                           const cyn_stretch_row **out, size_t *n, cyn_err *err);

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
/* Of values that the open run added: how many are new or differ from what was known (changed), and
 * how many of these say something else than an ended period's value before (restated). */
CYN_NODISCARD cyn_code cyn_store_run_changes(cyn_store *st, int64_t run, int64_t *changed,
                                             int64_t *restated, cyn_err *err);
/* Which metrics a run restated, by name: where the first and the last of these periods begin. */
typedef struct cyn_restated_row {
    const char *metric;
    int64_t first, last;
} cyn_restated_row;
CYN_NODISCARD cyn_code cyn_store_restated(cyn_store *st, int64_t run, cyn_arena *arena,
                                          const cyn_restated_row **out, size_t *n, cyn_err *err);
/* One for a run, at most. */
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

/* Forgets evaluations and runs that began before `before`, or have `keep` newer ones after them;
 * runs that brought values or definitions stay, since these name them. Looks at no more than `most`
 * runs, from *after on (at first 0), in a transaction of its own; *after is 0 again at the end:
 *
 *     int64_t after = 0;
 *     do
 *         CYN_TRY(cyn_store_prune_runs(st, now - 30 * CYN_DAY, 100000, 1000, &after, err));
 *     while (after);                                  // or one step at a time, at leisure
 */
CYN_NODISCARD cyn_code cyn_store_prune_runs(cyn_store *st, int64_t before, int64_t keep,
                                            int64_t most, int64_t *after, cyn_err *err);
