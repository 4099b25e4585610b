/* The format of a segment. Private to column and its tests.
 *
 *     header        magic, version, byte order, sizes, the note; checked with the entries
 *     entry …       one per column: its type, and where its arrays are
 *     section …     the arrays, each at a multiple of CYN_SEGMENT_ALIGN, zeros in between
 *
 * Numbers are in the byte order of the machine, which the header names: a segment is a cache of
 * this machine, and no way to exchange data.
 */
#pragma once
#include "column/segment.h"

#define CYN_SEGMENT_MAGIC   "CYNSEG\r\n" /* a transfer as text would break it visibly */
#define CYN_SEGMENT_VERSION 3            /* 1: no narrow columns; 2: no zones */
#define CYN_SEGMENT_ORDER   UINT32_C(0x01020304)
#define CYN_SEGMENT_ALIGN   64

typedef struct cyn_section {
    uint64_t at, size, check; /* size 0: there is no such array */
} cyn_section;

typedef struct cyn_segment_header {
    char magic[8];
    uint32_t version, order;
    uint64_t size; /* of the file */
    uint64_t rows, width;
    cyn_section note;
    uint64_t check; /* of header and entries, with this field zero */
} cyn_segment_header;

typedef enum cyn_section_kind {
    CYN_SECTION_NAME, /* with its NUL */
    CYN_SECTION_VALUES,
    CYN_SECTION_VALID,
    CYN_SECTION_OFFSETS, /* of the dictionary */
    CYN_SECTION_HEAP,
    CYN_SECTION_ZONES,
    CYN_SECTIONS,
} cyn_section_kind;

typedef struct cyn_segment_entry {
    uint32_t type, scale, has_dict, texts;    /* texts: in the dictionary */
    uint32_t narrow, unit, finite, ascending; /* as in cyn_column */
    cyn_section sections[CYN_SECTIONS];
} cyn_segment_entry;

/* The checksum of segments: 64 bits, the same on all machines of one byte order, in all versions of
 * the program. Any change of one word changes it; it is no defence against an adversary. */
uint64_t cyn_segment_checksum(const void *data, size_t n, uint64_t seed);
