/* The halves of parsing a block: block.c finds rows of CSV, block_lines.c those of NDJSON, and
 * block_cells.c reads columns. */
#pragma once
#include "source/block.h"

/* Makes room for `count` elements in the array whose pointer is at `array`, keeping those there. */
bool cyn_block_room(void *array, size_t *room, size_t count, size_t size);
#define CYN_ROOM(array, room, count) cyn_block_room(&(array), &(room), (count), sizeof *(array))

static inline bool cyn_block_is_dropped(const cyn_block *b, size_t row)
{
    return b->ndropped > 0 && (b->dropped[row / 64] >> row % 64 & 1);
}
/* Adds a bad row, to be filled; NULL when out of memory. */
cyn_block_bad *cyn_block_add_bad(cyn_block *b, cyn_block_row row);
/* NDJSON: finds the rows; the fields that the job did not know, met since the schema's stamp was
 * `began`. */
CYN_NODISCARD cyn_code cyn_block_lines(cyn_parser *p, cyn_block *b, cyn_err *err);
CYN_NODISCARD cyn_code cyn_block_late(cyn_parser *p, cyn_block *b, uint64_t began, cyn_err *err);
/* Reads all columns; b->rows is there, and b->marks or b->cells. */
CYN_NODISCARD cyn_code cyn_block_cells(cyn_parser *p, cyn_block *b, cyn_err *err);
