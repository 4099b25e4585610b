/* Loading CSV and NDJSON in blocks: several threads, one pass, the same table and report as row by
 * row.
 *
 * One thread at a time reads text and cuts it into blocks where rows seem to end; all threads parse
 * blocks; one thread at a time appends parsed blocks, in order, to the builder and the report. So
 * rows, codes and bad rows come in the order of the files whatever the number of threads. Where a
 * cut turns out to be none (irregular), everything has to be read again, row by row. Fields of
 * NDJSON that nobody knew before are added to the schema: then everything has to be read again, in
 * blocks.
 *
 *     cyn_blocks_job job = {…};
 *     CYN_TRY(cyn_blocks_load(&job, arena, found, &irregular, err));
 */
#pragma once
#include "source/block.h"
#include "source/load_impl.h"

typedef struct cyn_blocks_job {
    const cyn_source_spec *spec;
    const cyn_source_file *files;
    size_t nfiles;
    cyn_schema *schema; /* holds the headers of all files; NDJSON: what is known of the fields */
    const cyn_columns *columns;
    const cyn_guess *guesses; /* by field: what is to be found out; NULL: types are known */
    size_t nfields;
    cyn_builder *builder;
    cyn_reporter *report;
    /* Called now and then, on the caller's thread only, with the bytes read so far. */
    cyn_code (*check_in)(void *self, int64_t done, cyn_err *err);
    void *self;
} cyn_blocks_job;

/* found: for each field what all its values leave possible, unless guesses is NULL; the arena gets
 * what describes the files. On failure, and when irregular, builder and report hold a part. */
CYN_NODISCARD cyn_code cyn_blocks_load(const cyn_blocks_job *job, cyn_arena *arena,
                                       cyn_guess *found, bool *irregular, cyn_err *err);
