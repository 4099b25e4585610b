/* The cache: what was read out of a source's files is kept as column segments, and not read again.
 *
 * A load looks at the source's files first. Those that are as they were come from their segments,
 * which are mapped and not parsed; only new and changed files are parsed, and become segments in
 * turn. What a load gives never depends on the cache: where the parts would not add up to what a
 * load of everything gives (source/join.h), everything is loaded; so it is when a segment is
 * damaged or missing. That nothing can be kept (a folder without write permission, a full disk) is
 * a note and no failure.
 *
 *     .cynosure/segments/<16 digits>.seg   one or more per source; state.db says which
 * (store/cache.h)
 *
 * Segments appear under their lock (the folder's), are recorded in one transaction, and are removed
 * when no source needs them any more. A process that is killed leaves at most files that nobody
 * knows; the next run removes them.
 *
 *     cyn_cache cache = {.dir = project->dir, .sources = names, .nsources = n, .notes = &notes};
 *     CYN_TRY(cyn_cache_load(&cache, &spec, progress, arena, &table, &report, err));
 *     … evaluate …
 *     cyn_cache_finish(&cache);
 */
#pragma once
#include "config/findings.h"
#include "source/source.h"

/* Smaller sources are parsed before their segments would be found. */
#define CYN_CACHE_LEAST (INT64_C(1) << 20)

typedef struct cyn_cache_task cyn_cache_task;
typedef struct cyn_cache_making cyn_cache_making;

/* The first and last time of some rows; of dates a midnight, in some zone. */
typedef struct cyn_cache_times {
    bool any;
    int64_t first, last;
} cyn_cache_times;

/* A source as it was before rows came at its end: the table is what it was, with the same columns,
 * and more rows behind. */
typedef struct cyn_cache_before {
    char inputs[65]; /* that it had then; "": there is nothing to tell of */
    size_t rows;     /* that it had then */
    cyn_cache_times old, more;
} cyn_cache_before;

typedef struct cyn_cache {
    const char *dir; /* the project's folder; NULL: nothing is kept */
    const char *const *sources;
    size_t nsources;
    int64_t least; /* sources of fewer bytes are not kept */
    cyn_err_list *notes;
    bool noted; /* one note is enough, whatever the number of sources */
    bool later; /* segments are written while the caller goes on, until cyn_cache_finish() */
    cyn_cache_task *tasks;
    struct cyn_store *state;  /* cyn_cache_state()'s; NULL: not open */
    bool fills;               /* the state is made by this cache, and opened to be filled */
    cyn_cache_making *making; /* NULL: a new state is not being made */
    /* Of the last load: a hash of the files, as they were, and of how they are read; "" where that
     * cannot be told, or nothing is kept. */
    char inputs[65];
    cyn_cache_before before; /* where `inputs` is told */
} cyn_cache;

/* As cyn_source_load(); what comes from segments may have more columns than are wanted, those that
 * earlier loads wanted (engine/cache_columns.h). */
CYN_NODISCARD cyn_code cyn_cache_load(cyn_cache *cache, const cyn_source_spec *spec,
                                      const cyn_progress *progress, cyn_arena *arena,
                                      cyn_table **table, cyn_load_report **report, cyn_err *err);
/* The state of the project in `dir`, opened when it is first asked for: to be asked for anew after
 * each load, and not to be closed. Opening it takes longer than most of what is asked of it. */
CYN_NODISCARD cyn_code cyn_cache_state(cyn_cache *cache, struct cyn_store **out, cyn_err *err);
/* Waits until everything is kept, and closes the state. Before that nothing that loads gave may be
 * freed. */
void cyn_cache_finish(cyn_cache *cache);
