/* The text of a source's files, cut into blocks where rows seem to end; the first stage of loading
 * in blocks (blocks.h).
 *
 * What is behind a cut begins the next block. A block grows until a row ends in it; one that gets
 * too long is irregular, and so is left to who reads row by row.
 *
 *     CYN_TRY(cyn_feed_init(&f, &job, arena, err));
 *     while (more) CYN_TRY(cyn_feed_next(&f, &block, &more, err));
 *     cyn_feed_clear(&f);
 *
 * One thread at a time; blocks need not be parsed by the thread that reads.
 */
#pragma once
#include "source/blocks.h"

typedef struct cyn_feed {
    const cyn_blocks_job *job;
    cyn_arena *arena;
    cyn_reader *reader; /* of the current file; NULL: none is open */
    size_t file;
    cyn_block_layout *layouts, *layout; /* of all files, of the current one */
    bool first;                         /* the next block is the first of its file */
    int64_t done_before;                /* bytes of the files before */
    char *carry;                        /* the beginning of the next block */
    size_t ncarry, carry_room;
} cyn_feed;

/* All layouts are made here, before there are threads: whoever appends adds fields to the schema,
 * in the same arena. Clear it also when this fails. */
CYN_NODISCARD cyn_code cyn_feed_init(cyn_feed *f, const cyn_blocks_job *job, cyn_arena *arena,
                                     cyn_err *err);
void cyn_feed_clear(cyn_feed *f); /* one that is all zero is fine */
/* *some is false when all files are read. */
CYN_NODISCARD cyn_code cyn_feed_next(cyn_feed *f, cyn_block *b, bool *some, cyn_err *err);
/* Bytes read so far, as they lie in the files. */
int64_t cyn_feed_done(const cyn_feed *f);
