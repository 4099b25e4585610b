/* The overview: what pages, the API and Prometheus are answered from between two evaluations.
 *
 * Evaluated as a whole by one thread, then immutable, counted, and handed from thread to thread: no
 * request ever evaluates anything, or waits for an evaluation.
 *
 *     CYN_TRY(cyn_overview_make(opened, data, store, &options, &view, err));
 *     … view->data …
 *     cyn_overview_unref(view);
 */
#pragma once
#include "engine/eval.h"
#include "live/opened.h"
#include "page/page.h"
#include "store/store.h"
#include "tree/goals.h"

typedef struct cyn_overview_options {
    int64_t now;       /* the wall clock */
    const char *as_of; /* overrides the project's; NULL */
    size_t history;    /* periods of charts; 0: 104 */
    bool quick; /* without functions that were not evaluated as they are now: they may hang */
    const atomic_bool *recorded; /* [metric]: as the state has it, and not evaluated; NULL: none */
    bool trees_alone; /* those that show what is `recorded`, which is evaluated for them; no more */
    const struct cyn_overview *also; /* such a one, to be taken over; NULL */
    const atomic_bool *cancel;       /* NULL */
} cyn_overview_options;

typedef struct cyn_overview {
    atomic_size_t refs;
    cyn_arena *arena;
    const cyn_opened *opened;
    const struct cyn_overview *also; /* whose trees are among its own; NULL */
    int64_t as_of, made;
    cyn_page_data data;       /* alerts, silences, history, agenda: empty; they change faster */
    const cyn_okr_view *okrs; /* NULL: there are none */
    int failed;               /* points without a value because of an error */
    const bool *overran; /* [metric]: a script of it, or of what it asks for, had too little time */
    char etag[33];       /* differs whenever anything in it does */
} cyn_overview;

/* Each metric in its own grain: the last period that has ended, the one that runs, the chart from
 * its first value up to the ended one (immature values are missing), segments by each dimension of
 * schedule.by that it has. A metric that fails has a failed point; a tree that cannot be made is a
 * finding. A function that fails in the ledger is not evaluated, since others wait for it: it has a
 * failed point with that error, and a metric that is `recorded` the values of its ended periods
 * only; trees that show such metrics are those of `also`, and goals are judged by what is shown.
 * `st` may be NULL: there is no state yet; then charts have annotations alone. The dataset may go
 * once this returns, the project is kept. */
CYN_NODISCARD cyn_code cyn_overview_make(const cyn_opened *o, cyn_dataset *d, cyn_store *st,
                                         const cyn_overview_options *options, cyn_overview **out,
                                         cyn_err *err);
const cyn_page_metric *cyn_overview_metric(const cyn_overview *v, const char *name); /* or NULL */
cyn_overview *cyn_overview_ref(const cyn_overview *v);
void cyn_overview_unref(const cyn_overview *v); /* NULL is fine */
/* What changes faster than values, read from the state: the rest of a page's data. Alerts alone are
 * quickly had; a page asks for what it shows. */
typedef enum cyn_overview_part {
    CYN_NOW_ALERTS = 1, /* what fires, and what might */
    CYN_NOW_RULES = 2,  /* with it: rules, silences, the newest events */
    CYN_NOW_AGENDA = 4,
} cyn_overview_part;
/* Lives in the arena. language: of the agenda's words; NULL: the project's. Silences are there to
 * be shown: what their matchers were compiled to is gone.
 */
CYN_NODISCARD cyn_code cyn_overview_now(const cyn_overview *v, cyn_store *st, int64_t now,
                                        unsigned parts, const char *language, cyn_arena *arena,
                                        cyn_page_data *out, cyn_err *err);
