/* Reuse: what an aggregate gave is kept, and not computed again while nothing has changed.
 *
 * Kept are the cells of an aggregate in intervals and all segments, under a hash of everything that
 * they depend on: the source's files (as engine/inputs.h knows them) and how they are read, all
 * scripts, the aggregate, the dimensions, the calendar, and this very build of the program.
 * Intervals that reach beyond the last row are the same, however far they reach. Whatever is in
 * doubt (files on the move, none that could be looked at) has no key, and is computed.
 *
 * Most cells depend on the rows of their own interval only: those of count, sum, percentile, … of
 * columns, of a source or of a `per` over one. They are kept by interval. Another request takes
 * those that it has in common with earlier ones, and where rows have come at the end of the source
 * (engine/cache.h) those that no new row's time is in. Journeys and retention look at rows beyond,
 * and at how much time has passed, as far as their windows go: those that are over are kept by
 * interval as well. Of states now and all intervals are part of the key.
 *
 *     CYN_TRY(cyn_reuse_new(dataset, &reuse, err));
 *     if (cyn_reuse_find(reuse, &use, &found)) …               // compute what is missing, and then
 *     cyn_reuse_add(reuse, &use, &cells, &found);
 *     cyn_reuse_finish(reuse);                                 // writes what was added
 */
#pragma once
#include "engine/cells.h"
#include "engine/rows.h"

typedef struct cyn_reuse cyn_reuse;

/* An aggregate under a chain. */
typedef struct cyn_reuse_use {
    const cyn_rows_set *set;
    const cyn_spans *spans;
    uint32_t agg;
    size_t chain;
} cyn_reuse_use;

#define CYN_NOT_KEPT ((size_t)-1)

/* What earlier runs know of a use; lives in the set's arena. */
typedef struct cyn_reuse_found {
    cyn_kept_cells cells;
    const bool *good; /* [interval of the cells]: they are right, whether or not the chain asks */
    const size_t *of; /* [interval of the chain]: its number among the cells', or CYN_NOT_KEPT */
    size_t nmissing;
    bool fewer_rows; /* also when nothing is missing, the new rows may be what a run fails on */
    bool whole;      /* `covered` is kept, too */
} cyn_reuse_found;

/* Lives in the dataset's arena. */
CYN_NODISCARD cyn_code cyn_reuse_new(cyn_dataset *d, cyn_reuse **out, cyn_err *err);
/* False also for whatever goes wrong: then it is computed. */
bool cyn_reuse_find(cyn_reuse *r, const cyn_reuse_use *use, cyn_reuse_found *out);
/* The cells of all intervals of the chain; `found`: what was known before, or NULL. */
void cyn_reuse_add(cyn_reuse *r, const cyn_reuse_use *use, const cyn_kept_cells *cells,
                   const cyn_reuse_found *found);
/* Writes what was added as a part of the run that is open in `st` (store/cells.h). Nothing is left
 * to be written, also when it fails. */
CYN_NODISCARD cyn_code cyn_reuse_keep(cyn_reuse *r, struct cyn_store *st, cyn_err *err);
/* Writes it where no run did. That nothing can be kept is no failure. NULL is fine. */
void cyn_reuse_finish(cyn_reuse *r);
