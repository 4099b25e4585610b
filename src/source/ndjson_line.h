/* One line of NDJSON: its object, taken apart.
 *
 * A cyn_ndjson remembers its schema and its room from line to line; texts that were escaped, and
 * the cells, live until the next line. Fields that the schema lacks are added to it. One thread.
 *
 *     cyn_ndjson j = {.schema = &schema};
 *     cyn_source_row row = {.text = s, .length = n};
 *     if (cyn_ndjson_trim(&row)) CYN_TRY(cyn_ndjson_read(&j, &row, false, err));
 *     cyn_ndjson_clear(&j);
 */
#pragma once
#include "base/buf.h"
#include "source/reader.h"

enum { CYN_NDJSON_REASON = 160 };

/* A field that a line has, counted only when all of the line is good. */
typedef struct cyn_ndjson_mark {
    uint32_t field;
    cyn_seen seen;
} cyn_ndjson_mark;

typedef struct cyn_ndjson {
    cyn_schema *schema;
    cyn_source_cell *cells;
    size_t ncells, capacity;
    cyn_ndjson_mark *marks;
    size_t nmarks, marks_capacity;
    cyn_buf plain; /* unescaped strings and keys */
    cyn_buf path;  /* of the value that is being read */
    const char *start, *p, *end;
    int depth, arrays; /* open objects and arrays; open arrays */
    cyn_err *err;      /* for failures that end the reading; code in fatal */
    cyn_code fatal;
    const char *bad_at;
    char reason[CYN_NDJSON_REASON];
} cyn_ndjson;

/* Without blanks in front; false when nothing is left: such a line is no row. */
bool cyn_ndjson_trim(cyn_source_row *row);
/* Sets the row's cells, or says what is bad. clean: the text is known to be good UTF-8. */
CYN_NODISCARD cyn_code cyn_ndjson_read(cyn_ndjson *j, cyn_source_row *row, bool clean,
                                       cyn_err *err);
void cyn_ndjson_clear(cyn_ndjson *j);
