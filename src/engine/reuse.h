/* Reuse: what an aggregate gave is kept, and not computed again while nothing has changed.
 *
 * Kept are the cells of an aggregate in all intervals of a chain and all segments, under a hash of
 * everything that they depend on: the source's files (as engine/inputs.h knows them) and how they
 * are read, all scripts, the aggregate, the dimensions, the calendar, the intervals, and this very
 * build of the program. Where a relation looks at how much time has passed, now is part of it; else
 * intervals that reach beyond the last row are the same, however far they reach. Whatever is in
 * doubt (files on the move, none that could be looked at) has no key, and is computed.
 *
 *     CYN_TRY(cyn_reuse_new(dataset, &reuse, err));
 *     if (cyn_reuse_find(reuse, &use, &cells)) …               // else compute, and then
 *     cyn_reuse_add(reuse, &use, &cells);
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

/* Lives in the dataset's arena. */
CYN_NODISCARD cyn_code cyn_reuse_new(cyn_dataset *d, cyn_reuse **out, cyn_err *err);
/* False also for whatever goes wrong: then it is computed. */
bool cyn_reuse_find(cyn_reuse *r, const cyn_reuse_use *use, cyn_kept_cells *out);
void cyn_reuse_add(cyn_reuse *r, const cyn_reuse_use *use, const cyn_kept_cells *cells);
/* That nothing can be kept is no failure. NULL is fine. */
void cyn_reuse_finish(cyn_reuse *r);
