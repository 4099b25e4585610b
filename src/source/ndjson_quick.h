/* A quick reading of the commonest lines of NDJSON: an object of plain values whose keys come in
 * the order of the schema, here and there without one.
 *
 * It says the same as the general reading (ndjson_line.h) or nothing: false means that the general
 * one has to look, not that the line is wrong. Whatever is rare is left to it: nesting, exponents,
 * more than one blank, keys that are unknown, escaped or come twice, what was not seen of a field
 * before. So a quick line tells nothing new of the schema.
 *
 * Text must be good UTF-8, with its stops (ndjson_marks.h). One thread.
 *
 *     CYN_TRY(cyn_ndjson_keys_init(&keys, &schema, nfields, of_field, ncolumns, err));
 *     if (!cyn_ndjson_read_quick(&keys, &text, begin, end, cells)) …   // a line, without its feed
 */
#pragma once
#include "source/ndjson_marks.h"
#include "source/reader.h"

/* Where a value is, if the row has it; a cyn_cell_kind, CYN_CELL_PLAIN: it has not. */
typedef struct cyn_block_cell {
    uint32_t at, n, kind;
} cyn_block_cell;

/* A key as it stands in a line: "name": with its quotes and the colon. One that has to be escaped
 * is never found. */
typedef struct cyn_ndjson_key {
    uint64_t head, tail;       /* its first bytes, 16 at most */
    uint64_t in_head, in_tail; /* which bytes of these are its own */
    uint64_t stamp;            /* of the last line that had it */
    const char *text;
    struct cyn_ndjson_key *next; /* the one that came behind it last */
    uint32_t length;
    uint32_t column; /* the place of its cell */
    uint8_t seen;    /* as in the schema, or less */
} cyn_ndjson_key;

typedef struct cyn_ndjson_keys {
    const cyn_schema *schema;
    cyn_ndjson_key *keys; /* by field, and one for the beginning of the line */
    uint32_t count;
    uint64_t stamp; /* of the line that is being read */
} cyn_ndjson_keys;

/* Text that holds lines. Texts whose escapes are resolved go to s + plain; there is room for as
 * much as there is text. */
typedef struct cyn_ndjson_text {
    char *s;
    const unsigned char *stops;
    size_t plain;
} cyn_ndjson_text;

/* The schema's first `count` fields, in its arena; of_field: as in cyn_columns. */
CYN_NODISCARD cyn_code cyn_ndjson_keys_init(cyn_ndjson_keys *k, const cyn_schema *schema,
                                            uint32_t count, const int32_t *of_field,
                                            uint32_t ncolumns, cyn_err *err);
/* The line from … end. Its values' cells are set by column, of ncolumns and one for what nobody
 * wants, all of which are zero before; so they are afterwards where it has no value. When it
 * returns false they are undefined, and text->plain has not moved. */
bool cyn_ndjson_read_quick(cyn_ndjson_keys *k, cyn_ndjson_text *text, size_t from, size_t end,
                           cyn_block_cell *cells);
