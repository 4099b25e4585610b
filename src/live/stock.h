/* The stock: a project's rows as they were loaded last, shared by whoever evaluates.
 *
 * Immutable, and counted: a load makes a new stock beside the old one, in which sources that did
 * not change have the same tables. So loading never waits for evaluations, nor they for it.
 *
 *     CYN_TRY(cyn_stock_load(project, old, &options, &stock, &news, err));   // the loading thread
 *     CYN_TRY(cyn_stock_dataset(stock, project, &data, err));                // any other
 */
#pragma once
#include "engine/dataset.h"

typedef struct cyn_stock cyn_stock;

typedef struct cyn_stock_options {
    const cyn_progress *progress; /* NULL */
    const bool *look;             /* [source]: look at its inputs; NULL: at all */
    bool cache;                   /* column segments are used and kept (engine/cache.h) */
} cyn_stock_options;

typedef struct cyn_stock_source {
    const char *inputs; /* what is known of the data: changes whenever they do; "": nothing */
    int64_t loaded;     /* when, on the wall clock */
    int64_t took, rows, bytes, bad_rows;
    int64_t end;          /* just after its last row; CYN_TIME_MIN: it has no time, or no row */
    const cyn_err *error; /* why it could not be read; the rows are those of before, if any */
    bool fresh;           /* changed by this load */
} cyn_stock_source;

/* Looks at the inputs and loads what changed. A source that cannot be read keeps the rows that it
 * had, with the error beside them. */
CYN_NODISCARD cyn_code cyn_stock_load(const cyn_project *p, const cyn_stock *before,
                                      const cyn_stock_options *options, cyn_stock **out,
                                      cyn_err_list *notes, cyn_err *err);
cyn_stock *cyn_stock_ref(const cyn_stock *s);
void cyn_stock_unref(const cyn_stock *s); /* NULL is fine */
/* [source], of the project's. */
const cyn_stock_source *cyn_stock_source_of(const cyn_stock *s, size_t source);
/* Data to evaluate: the stock's tables, nothing is read. The stock must outlive it. */
CYN_NODISCARD cyn_code cyn_stock_dataset(const cyn_stock *s, const cyn_project *p,
                                         cyn_dataset **out, cyn_err *err);
