/* Blocks: whole rows of one CSV or NDJSON file, parsed at once, column by column.
 *
 * A block is text that begins with a row and ends with one. cyn_block_parse() finds its rows and
 * turns columns into arrays. Rows of CSV are found with the index (csv_index.h), and where that
 * will not do, with the scanner (csv_scan.h); a line of NDJSON is read quickly (ndjson_quick.h), or
 * taken apart (ndjson_line.h). It gives what reading row by row gives, or says `irregular`: a quote
 * is open at the end, so that the text may not be whole rows at all, or a row is spoiled over
 * several lines. Whoever gets an irregular block has to read the file row by row. Fields of NDJSON
 * that the job did not know when it began are noted (`late`), and their values left out.
 *
 * A parser belongs to one thread; its dictionaries grow from block to block, and each block holds
 * the texts that were new in it. Blocks go from thread to thread.
 *
 *     CYN_TRY(cyn_parser_init(&p, &spec, &columns, &schema, guesses, nfields, err));
 *     CYN_TRY(cyn_block_reserve(&b, 256 << 10, err));      // then fill b.text, b.size, b.layout
 *     CYN_TRY(cyn_block_parse(&p, &b, err));
 *     cyn_parser_clear(&p);
 */
#pragma once
#include "column/intern.h"
#include "source/columns.h"
#include "source/csv_row.h"
#include "source/ndjson_line.h"
#include "source/ndjson_quick.h"
#include "source/quick.h"

/* What is the same for all blocks of a file. */
typedef struct cyn_block_layout {
    size_t file;
    char delimiter;
    size_t width;
    const uint32_t *numbers; /* of the header's fields in the schema */
    int64_t line;            /* on which the rows begin */
} cyn_block_layout;

typedef struct cyn_block_row {
    uint32_t at, length; /* in the block's text */
} cyn_block_row;

typedef struct cyn_block_bad {
    cyn_block_row row;
    uint32_t line;     /* in the block, from 0 */
    size_t problem;    /* where in the row */
    const char *field; /* NULL: the row as a whole */
    bool quote;        /* text behind a closing quote; the reason tells lines, so it comes later */
    size_t opened;     /* where that quote was opened */
    char reason[200];
} cyn_block_bad;

/* The cells of one column of the table. */
typedef struct cyn_block_values {
    void *values; /* as wide as the type, with room for 8 bytes each; TEXT: the parser's codes */
    uint64_t *valid;
    size_t room, valid_room; /* rows, words */
    uint32_t
        known; /* TEXT: codes from here on are new in this block: their texts, as in cyn_dict */
    uint32_t fresh; /* how many */
    uint64_t *offset;
    char *heap;
    size_t offset_room, heap_room;
} cyn_block_values;

typedef struct cyn_block {
    const cyn_block_layout *layout;
    char
        *text; /* with room for as much again, where quoted texts go without their doubled quotes */
    size_t size, capacity;
    bool first; /* of its file */
    bool irregular;
    uint32_t lines;
    cyn_block_row *rows;
    size_t nrows, rows_room;
    uint32_t *marks; /* CSV: where the fields of the rows end, layout->width for each row */
    uint32_t *ends;  /* NDJSON: where the lines end */
    size_t marks_room, ends_room;
    cyn_block_cell *cells; /* NDJSON: for each row one for each column of the table */
    size_t cells_room;
    size_t plain;           /* where texts go that are not in the text as they are */
    cyn_source_field *late; /* NDJSON: texts belong to the parser */
    size_t nlate, late_room;
    cyn_block_bad *bad; /* in order of their rows */
    size_t nbad, bad_room;
    uint64_t *dropped; /* bits: rows that turned out bad */
    size_t ndropped, dropped_room;
    cyn_block_values *values; /* by column */
    size_t nvalues, values_room;
    struct cyn_filling *fillings; /* columns that are being read */
    size_t fillings_room;
} cyn_block;

typedef struct cyn_parser {
    const cyn_source_spec *spec;
    const cyn_columns *columns;
    cyn_guess *guesses; /* by field; NULL: types are known */
    cyn_intern *texts;  /* by column */
    cyn_csv_scan scan;
    cyn_quick_clock clock;
    cyn_arena *arena; /* NDJSON: the job's fields, and behind them what else was met */
    cyn_schema schema;
    size_t nfields;
    cyn_ndjson line;
    cyn_ndjson_keys keys;
    unsigned char *stops; /* NDJSON: of the block that is being read */
    size_t stops_room;
} cyn_parser;

/* The schema's first `nfields` are copied, and so are guesses: what is possible so far, from which
 * values only take away. */
CYN_NODISCARD cyn_code cyn_parser_init(cyn_parser *p, const cyn_source_spec *spec,
                                       const cyn_columns *columns, const cyn_schema *schema,
                                       const cyn_guess *guesses, size_t nfields, cyn_err *err);
void cyn_parser_clear(cyn_parser *p);

/* Room for `size` bytes of text, keeping what is there. */
CYN_NODISCARD cyn_code cyn_block_reserve(cyn_block *b, size_t size, cyn_err *err);
void cyn_block_clear(cyn_block *b);
CYN_NODISCARD cyn_code cyn_block_parse(cyn_parser *p, cyn_block *b, cyn_err *err);
