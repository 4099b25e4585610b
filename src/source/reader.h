/* Readers: the rows of one file, as cells of text, whatever the format.
 *
 * A reader yields a row at a time; the row and all that it points to live until the next call. A
 * row that does not fit its format has `bad` set and no cells; reading goes on behind it. Failure
 * of the call itself means that the file cannot be read on (broken archive, I/O, memory).
 * Cells are only what is there: a missing or empty value has no cell. One thread per reader.
 *
 *     cyn_reader *r;
 *     CYN_TRY(cyn_reader_open(&file, &schema, &r, err));
 *     while (!(rc = r->next(r, &row, &more, err)) && more) …
 *     cyn_reader_close(r);
 */
#pragma once
#include "source/schema.h"
#include "source/source.h"
#include "source/window.h"

typedef enum cyn_cell_kind {
    CYN_CELL_PLAIN,   /* CSV: may be a value of any type */
    CYN_CELL_STRING,  /* JSON or SQL string: a text, or a date or timestamp */
    CYN_CELL_NUMBER,  /* JSON or SQL number, as text */
    CYN_CELL_BOOLEAN, /* JSON: "true" or "false" */
    CYN_CELL_BLOB,    /* SQL: no text */
} cyn_cell_kind;

typedef struct cyn_source_cell {
    const char *s; /* not terminated */
    uint32_t n;
    uint32_t at;    /* where it begins in the row's text */
    uint32_t field; /* number in the schema */
    cyn_cell_kind kind;
} cyn_source_cell;

typedef struct cyn_source_row {
    const cyn_source_cell *cells;
    size_t ncells;
    const char *text; /* the row as found, without its line break; NULL for SQL */
    size_t length;
    int64_t line;    /* where the row begins; SQL: row number */
    const char *bad; /* reason, or NULL */
    size_t bad_at;   /* where, in text */
} cyn_source_row;

/* One file of a source. */
typedef struct cyn_source_file {
    const cyn_source_spec *spec;
    const char *path;          /* to open */
    const char *shown;         /* in messages */
    int64_t bytes;             /* size when the load began: not read beyond */
    const atomic_bool *cancel; /* for what takes long before the first row; may be NULL */
} cyn_source_file;

typedef struct cyn_reader cyn_reader;
struct cyn_reader {
    cyn_code (*next)(cyn_reader *r, cyn_source_row *row, bool *more, cyn_err *err);
    int64_t (*position)(const cyn_reader *r); /* bytes of the file used so far */
    void (*close)(cyn_reader *r);
    char delimiter;          /* CSV */
    cyn_read_window *window; /* of what is text: the part that is not read yet comes from here */
};

/* Opens by the kind of the spec. CSV and SQLite put their columns into the schema here. */
CYN_NODISCARD cyn_code cyn_reader_open(const cyn_source_file *file, cyn_schema *schema,
                                       cyn_reader **out, cyn_err *err);
static inline void cyn_reader_close(cyn_reader *r)
{
    if (r) r->close(r);
}

/* The formats. Those that read text take over the input, also on failure. */
CYN_NODISCARD cyn_code cyn_csv_open(const cyn_source_file *file, cyn_input *input,
                                    cyn_schema *schema, cyn_reader **out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_ndjson_open(const cyn_source_file *file, cyn_input *input,
                                       cyn_schema *schema, cyn_reader **out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_sqlite_open(const cyn_source_file *file, cyn_schema *schema,
                                       cyn_reader **out, cyn_err *err);

/* Line and column (in characters, 1-based) of an offset in the row's text. */
void cyn_row_place(const cyn_source_row *row, size_t at, int64_t *line, int64_t *column);
/* Line breaks (LF, CRLF, CR) in the text. */
int64_t cyn_count_breaks(const char *s, size_t n);
/* Line feeds only. */
int64_t cyn_count_feeds(const char *s, size_t n);
/* Offset of the first NUL or byte that is not UTF-8, or n. Fast where all is ASCII. */
size_t cyn_check_text(const char *s, size_t n);
/* Without blanks and tabs at both ends. */
void cyn_trim(const char **s, size_t *n);
/* Trims; false when nothing is left, or a text that the source's `missing` lists. */
bool cyn_has_value(const cyn_source_spec *spec, const char **s, size_t *n);
