/* What the state knows of column segments: which files hold the rows of which input files.
 *
 * A source's segments are replaced together, in one transaction: whoever reads sees the old ones or
 * the new ones. Nothing here looks at a file; that is the engine's part (engine/cache.h).
 *
 *     CYN_TRY(cyn_store_segments(st, "events", spec, arena, &segments, &n, err));
 *     CYN_TRY(cyn_store_set_segments(st, "events", spec, segments, n, err));
 */
#pragma once
#include "base/stamp.h"
#include "store/store.h"

typedef struct cyn_stored_segment {
    cyn_file_stamp file;
    const char *boot;             /* the machine's start under which the file was written */
    const cyn_file_stamp *inputs; /* whose rows it holds, in this order */
    size_t ninputs;
    int64_t from;     /* bytes of the first input that the segment before holds */
    const char *mark; /* how to know the last input when it has grown; "": not at all */
} cyn_stored_segment;

/* The segments of a source in the order of its rows, if they were made under the same spec. */
CYN_NODISCARD cyn_code cyn_store_segments(cyn_store *st, const char *source, const char *spec,
                                          cyn_arena *arena, cyn_stored_segment **out, size_t *count,
                                          cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_set_segments(cyn_store *st, const char *source, const char *spec,
                                              const cyn_stored_segment *segments, size_t count,
                                              cyn_err *err);
/* Forgets the segments of sources that the project no longer has. */
CYN_NODISCARD cyn_code cyn_store_keep_sources(cyn_store *st, const char *const *names, size_t count,
                                              cyn_err *err);
/* The paths of all segments of all sources. */
CYN_NODISCARD cyn_code cyn_store_segment_files(cyn_store *st, cyn_arena *arena, const char ***out,
                                               size_t *count, cyn_err *err);
