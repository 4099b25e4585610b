/* A quick reading of the commonest lines of NDJSON: an object of plain values whose keys come in
 * the order of the schema, here and there without one.
 *
 * It says the same as the general reading (ndjson_line.h) or nothing: false means that the general
 * one has to look, not that the line is wrong. Whatever is rare is left to it: nesting, escapes,
 * keys that are unknown or come twice, what was not seen of a field before. So a quick
 * line tells nothing new of the schema. Values of fields that nobody wants are skipped.
 *
 * Text must be good UTF-8, and readable for 16 bytes behind the line, which ends with a line feed
 * or a 0 byte. One thread.
 *
 *     CYN_TRY(cyn_ndjson_keys_init(&keys, &schema, nfields, of_field, err));
 *     if (!cyn_ndjson_read_quick(&keys, &row)) CYN_TRY(cyn_ndjson_read(&j, &row, true, err));
 */
#pragma once
#include "source/reader.h"

/* A key as it stands in a line: "name": with its quotes and the colon. */
typedef struct cyn_ndjson_key {
    const char *text;
    size_t length;             /* 0: a name that has to be escaped */
    uint64_t head, tail;       /* its first bytes, 16 at most */
    uint64_t in_head, in_tail; /* which bytes of these are its own */
    uint64_t stamp;            /* of the last line that had it */
    uint32_t next;             /* the field that came behind it last */
    bool wanted;
} cyn_ndjson_key;

typedef struct cyn_ndjson_keys {
    const cyn_schema *schema;
    cyn_ndjson_key *keys; /* by field, and one for the beginning of the line */
    cyn_source_cell *cells;
    uint32_t count;
    uint64_t stamp; /* of the line that is being read */
} cyn_ndjson_keys;

/* The schema's first `count` fields, in its arena; of_field: as in cyn_columns. */
CYN_NODISCARD cyn_code cyn_ndjson_keys_init(cyn_ndjson_keys *k, const cyn_schema *schema,
                                            uint32_t count, const int32_t *of_field, cyn_err *err);
/* Sets the row's cells; they live until the next line. */
bool cyn_ndjson_read_quick(cyn_ndjson_keys *k, cyn_source_row *row);
