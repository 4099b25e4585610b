/* Reports: points as a table for people, or JSON, CSV, Markdown for machines and chats.
 *
 * Writes into a cyn_buf; touches no file and no terminal. Tables are aligned by display width, so
 * Japanese titles stay in line; on a narrow terminal columns go in order of importance, and texts
 * are cut with "…".
 */
#pragma once
#include "base/buf.h"
#include "metric/point.h"

typedef enum cyn_format {
    CYN_FORMAT_TABLE,
    CYN_FORMAT_JSON, /* one object per line */
    CYN_FORMAT_CSV,
    CYN_FORMAT_MARKDOWN,
} cyn_format;
/* "table", "json", "csv", "markdown"; CYN_E_NAME with a hint. */
CYN_NODISCARD cyn_code cyn_parse_output_format(const char *s, cyn_format *out, cyn_err *err);

typedef struct cyn_report_options {
    cyn_format format;
    const char *language; /* "en" or "ja": headings, titles, numbers */
    const cyn_calendar *calendar;
    size_t width; /* cells of the terminal; 0 = no limit */
    bool colour;
    bool ascii;                 /* no sparklines or symbols beyond ASCII */
    const cyn_against *against; /* what was asked to be compared with; NULL: nothing */
    /* JSON: takes, now and then, the lines that there are, and empties the buffer: memory that is
     * touched again costs nothing, long outputs would be all new. NULL: they stay. */
    void (*drain)(void *to, cyn_buf *out);
    void *to;
} cyn_report_options;

/* Points in the order given (already sorted). */
CYN_NODISCARD cyn_code cyn_report_points(const cyn_point *points, size_t n,
                                         const cyn_report_options *opts, cyn_buf *out,
                                         cyn_err *err);

/* A value as people read it, by unit: "41.2 %", "¥1,234,567", "$12.50", "3.4 h", "1,234". */
void cyn_format_value(cyn_num n, const char *unit, const char *language, cyn_buf *out);
/* The difference of two values: "+$12.50", "-3.4 h", "+1.2 pt" between shares. */
void cyn_format_difference(cyn_num n, const char *unit, const char *language, cyn_buf *out);
/* A double of a series as those two take it: a count of 21 is shown as 21 and not as 21.00. */
cyn_num cyn_series_num(double x, const char *unit);
/* Eight block heights; missing values are gaps. */
void cyn_sparkline(const cyn_num *values, size_t n, bool ascii, cyn_buf *out);

/* A general table: used by load, check and others. Control characters in cells become blanks, so
 * that data cannot move the cursor. A table that ran out of memory fails the buffer it is written
 * to; cyn_text_table_new gives NULL, which the other functions ignore but for _write, which fails
 * the buffer as well. So one cyn_buf_check at the end is enough.
 *
 *     cyn_text_table *t = cyn_text_table_new(2);
 *     cyn_text_table_column(t, 0, "SOURCE", CYN_LEFT, 0, true);
 *     cyn_text_table_column(t, 1, "ROWS", CYN_RIGHT, 0, false);
 *     cyn_text_table_row(t, (const char *const[]){"events", "12,345"});
 *     cyn_text_table_write(t, 80, false, false, &out);
 *     cyn_text_table_free(t);
 */
typedef struct cyn_text_table cyn_text_table;
typedef enum cyn_align { CYN_LEFT, CYN_RIGHT } cyn_align;
cyn_text_table *cyn_text_table_new(size_t columns);
void cyn_text_table_free(cyn_text_table *t);
/* priority 0 stays (if at all possible); higher numbers are dropped first when the width does not
 * suffice. A shrinkable column is cut to 16 cells before any is dropped, and further after. */
void cyn_text_table_column(cyn_text_table *t, size_t col, const char *heading, cyn_align align,
                           int priority, bool shrinkable);
/* A shrinkable column keeps so many cells (at least 16) before others are dropped. */
void cyn_text_table_least(cyn_text_table *t, size_t col, size_t cells);
/* Marks cuts with ".." instead of "…". */
void cyn_text_table_ascii(cyn_text_table *t);
void cyn_text_table_row(cyn_text_table *t, const char *const *cells); /* copied; NULL is empty */
/* Colour of one cell of the last row (SGR parameters such as "32"); used only with colour on. */
void cyn_text_table_colour(cyn_text_table *t, size_t col, const char *sgr);
void cyn_text_table_write(const cyn_text_table *t, size_t width, bool colour, bool markdown,
                          cyn_buf *out);
