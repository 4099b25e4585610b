/* The data of a project while it is evaluated: each source's table, loaded once, when first needed.
 *
 *     cyn_dataset *data;
 *     CYN_TRY(cyn_dataset_new(project, &progress, &data, err));
 *     rc = cyn_dataset_need(data, source, err);      // loads; the report also after a failure
 *     cyn_dataset_free(data);
 */
#pragma once
#include "engine/cache.h"
#include "engine/project.h"

typedef struct cyn_source_data {
    bool tried;
    cyn_table *table;        /* NULL when loading failed */
    cyn_load_report *report; /* may be NULL when it failed early */
    cyn_err error;           /* why it failed */
    char inputs[65];         /* which files it was read from (engine/cache.h); "": not known … */
    cyn_cache_before before; /* … and which earlier */
    int64_t loaded;          /* when, where it is shared by many; 0: not said */
} cyn_source_data;

typedef struct cyn_dataset {
    const cyn_project *project;
    const cyn_progress *progress; /* may be NULL */
    cyn_arena *arena;
    cyn_source_data *sources; /* one for each of the project's sources */
    cyn_cache cache;
    cyn_err_list notes;      /* what the cache could not do */
    bool partial;            /* only columns that can be read are loaded */
    const char *const *more; /* partial: names beside those that the project reads */
    size_t nmore;
    struct cyn_reuse *reuse; /* engine/reuse.h; NULL: everything is computed */
} cyn_dataset;

CYN_NODISCARD cyn_code cyn_dataset_new(const cyn_project *p, const cyn_progress *progress,
                                       cyn_dataset **out, cyn_err *err);
void cyn_dataset_free(cyn_dataset *d);
/* Loads come from column segments under .cynosure where they can, and leave them there: these are
 * written while the caller goes on, until cyn_dataset_finish(). */
void cyn_dataset_use_cache(cyn_dataset *d);
/* For evaluations of nothing but the project's scripts: what is known of the same data is not
 * computed again, where a cache is used. */
void cyn_dataset_reuse(cyn_dataset *d);
/* Waits until all that is to be kept is; then `notes` are complete. */
void cyn_dataset_finish(cyn_dataset *d);
/* For evaluations: loads only the columns that the project's scripts and YAML name, and those of
 * `more` (which must live as long as the dataset). What is computed, and what errors say, is the
 * same. */
void cyn_dataset_load_needed(cyn_dataset *d, const char *const *more, size_t nmore);
/* Loads the source unless it was tried before; repeats the error of a failed load. */
CYN_NODISCARD cyn_code cyn_dataset_need(cyn_dataset *d, size_t source, cyn_err *err);
/* The end of the data: just after the last row of the sources loaded so far (the end of the day for
 * dates); CYN_TIME_MIN when none has a time. */
int64_t cyn_dataset_end(const cyn_dataset *d);
/* The same of one source. */
int64_t cyn_dataset_source_end(const cyn_dataset *d, size_t source);
/* What "now" is for evaluations: as_of, else the project's, else the clock. Where that is "data",
 * all sources with a time are loaded, so that the end is the same whatever is asked for; one that
 * cannot be read has none. */
CYN_NODISCARD cyn_code cyn_dataset_now(cyn_dataset *d, const char *as_of, int64_t *out,
                                       cyn_err *err);
/* What to say of a loaded source's rows that count nowhere: those that could not be read, and those
 * that have no time. Untouched where there are none. */
void cyn_dataset_left_out(const cyn_dataset *d, size_t source, cyn_err *unread, cyn_err *timeless);
/* The same for each loaded source, as notes. */
void cyn_dataset_note_rows(const cyn_dataset *d, cyn_err_list *notes);
