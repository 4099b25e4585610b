/* The parts of the cache: cache.c puts a source together, cache_folder.c keeps the files,
 * cache_keeper.c does so in the background, and cache_state.c has the state. */
#pragma once
#include "engine/cache.h"
#include "engine/cache_columns.h"
#include "engine/inputs.h"

/* Some of a source's inputs, one behind the other, and what is in them. */
typedef struct cyn_piece {
    size_t first, count; /* inputs */
    int64_t from;        /* the first input from this byte on */
    bool goes_on;        /* the last input has more, which the next piece begins with */
    const cyn_stored_segment *stored; /* NULL: not kept yet */
    cyn_table *table;
    cyn_load_report *report;
    cyn_name_set columns; /* that the table has, and may have */
} cyn_piece;

/* The cache of one source, open. */
typedef struct cyn_cache_folder {
    const cyn_cache *cache;
    const char *path;
    cyn_store *store; /* the cache's, or of the keeper that took it; NULL: still being made */
    const cyn_source_spec *load;
    const char *source;
    char spec[CYN_HASH_SIZE];
    char boot[64];
} cyn_cache_folder;

/* Begins to make the state where there is none; false: it can be asked for. */
bool cyn_cache_make_state(cyn_cache *cache);
/* Also one that is still being made. */
void cyn_cache_close_state(cyn_cache *cache);
/* Makes nothing but .cynosure/state.db. */
CYN_NODISCARD cyn_code cyn_cache_open(cyn_cache *cache, const cyn_source_spec *spec,
                                      cyn_arena *arena, cyn_cache_folder *out, cyn_err *err);
/* Maps what is stored; CYN_E_DATA or CYN_E_IO when it cannot be used any more. */
CYN_NODISCARD cyn_code cyn_cache_map(const cyn_cache_folder *f, cyn_arena *arena, cyn_piece *piece,
                                     cyn_err *err);
/* Writes the pieces that are not stored yet, and records all of them as the source's. Nothing is
 * done, and nothing wrong, when another process is at it. */
CYN_NODISCARD cyn_code cyn_cache_keep(const cyn_cache_folder *f, const cyn_inputs *in,
                                      const cyn_piece *pieces, size_t n, const atomic_bool *cancel,
                                      cyn_arena *arena, cyn_err *err);
/* Removes what a killed process left: files in the folder that are nobody's. */
CYN_NODISCARD cyn_code cyn_cache_sweep(const cyn_cache_folder *f, cyn_arena *arena, cyn_err *err);
/* The same as cyn_cache_keep() in the background; takes the cache's state along. `in` and what the
 * pieces point to must live until cyn_cache_finish(). False when it cannot be: do it at once. */
bool cyn_cache_keep_later(cyn_cache *cache, const cyn_cache_folder *f, const cyn_inputs *in,
                          const cyn_piece *pieces, size_t n, const atomic_bool *cancel);
/* What the source was before the pieces that are not stored came behind those that are; untouched
 * where that is not how it became what it is. */
CYN_NODISCARD cyn_code cyn_cache_find_before(const cyn_cache_folder *f, const cyn_piece *pieces,
                                             const cyn_load_report *const *reports, size_t n,
                                             const cyn_load_report *joined, cyn_arena *arena,
                                             cyn_cache_before *out, cyn_err *err);
/* The state that the last of these took along, if it is done with it; else NULL. */
cyn_store *cyn_cache_take_kept(cyn_cache *cache);
/* Tells why something is not kept; nothing when there is no reason to. */
void cyn_cache_note(cyn_cache *cache, const cyn_err *why);
