/* Segments: a table as one immutable file, which is mapped and not read.
 *
 * The file holds the table's arrays as they lie in memory, each at a multiple of 64 bytes, and a
 * note of its writer: bytes that this folder does not understand. Every array has a checksum;
 * magic, version, byte order and all sizes are checked at each opening, so a file that is cut
 * short, of another version or of another machine is refused (CYN_E_DATA), and never trusted.
 *
 * A segment appears whole or not at all: it is written under a temporary name (".new" behind its
 * own), and gets its name when all of it is written. Nobody waits for the disk, so that a machine
 * that goes down may leave one that is not whole: after that it has to be opened with
 * CYN_SEGMENT_ALL, which finds out. Tables from it are like any other; the mapping goes with the
 * last reference, also when the file has long been removed.
 *
 *     CYN_TRY(cyn_segment_write(table, note.data, note.len, cancel, "7.seg", err));
 *     CYN_TRY(cyn_segment_open("7.seg", CYN_SEGMENT_ALL, arena, &segment, err));
 *     segment.table … cyn_table_unref(segment.table);
 */
#pragma once
#include "column/column.h"
#include <stdatomic.h>

/* How much is looked at before a segment is believed. */
typedef enum cyn_segment_check {
    CYN_SEGMENT_FRAME, /* header, sizes and note: for a file known to be as it was written */
    CYN_SEGMENT_ALL,   /* and every array: its checksum, and that what it holds can be used */
} cyn_segment_check;

typedef struct cyn_segment {
    cyn_table *table;
    const void *note; /* in the arena */
    size_t note_size;
} cyn_segment;

/* What a temporary name ends with; such a file that nobody writes any more can be removed. */
#define CYN_SEGMENT_NEW ".new"

/* `cancel` may be NULL; CYN_E_CANCEL and every other failure leave no file behind. */
CYN_NODISCARD cyn_code cyn_segment_write(const cyn_table *t, const void *note, size_t size,
                                         const atomic_bool *cancel, const char *path, cyn_err *err);
CYN_NODISCARD cyn_code cyn_segment_open(const char *path, cyn_segment_check check, cyn_arena *arena,
                                        cyn_segment *out, cyn_err *err);
