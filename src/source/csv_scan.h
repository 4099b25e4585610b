/* The scanner of CSV: where the fields of one row are, and where the row ends.
 *
 * It looks at bytes and nothing else: no types, no names, no memory but the array of fields. The
 * text must end with a 0 byte at s[n].
 *
 *     cyn_csv_scan scan = {0};
 *     cyn_csv_scan_delimiter(&scan, ',');
 *     if (cyn_csv_scan_row(&scan, s, n, true) == CYN_CSV_ROW) …  // scan.fields, count, used
 *     cyn_csv_scan_clear(&scan);
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cyn_csv_field {
    uint32_t at, length; /* without the quotes around it */
    bool quoted;
    bool doubled; /* quotes inside it are doubled */
} cyn_csv_field;

typedef enum cyn_csv_result {
    CYN_CSV_ROW,
    CYN_CSV_MORE,         /* the text ends before the row does */
    CYN_CSV_OPEN_QUOTE,   /* the text ends, and it is the file's end, inside quotes */
    CYN_CSV_BEHIND_QUOTE, /* text between a closing quote and the delimiter */
    CYN_CSV_NOMEM,
} cyn_csv_result;

typedef struct cyn_csv_scan {
    bool stops[256]; /* what ends a field without quotes: delimiter, CR, LF, 0 */
    char delimiter;
    cyn_csv_field *fields;
    size_t count, capacity;
    size_t length;  /* of the row without its line break; with a quote problem: of its lines */
    size_t used;    /* with the line break; with a quote problem: without */
    size_t opened;  /* a quote problem: where the quotes were opened */
    size_t problem; /* and where it is */
    bool quoted;    /* some field is quoted, so that line breaks may be inside */
} cyn_csv_scan;

void cyn_csv_scan_delimiter(cyn_csv_scan *scan, char delimiter);
void cyn_csv_scan_clear(cyn_csv_scan *scan);
/* n is less than 4 GiB; eof: nothing comes behind s[n - 1]. */
cyn_csv_result cyn_csv_scan_row(cyn_csv_scan *scan, const char *s, size_t n, bool eof);
