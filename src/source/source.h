/* Sources: files and databases become tables, with a report of what was found on the way.
 *
 * cyn_source_load() reads everything a spec names (CSV, NDJSON, SQLite), decides the types of the
 * columns that are not declared by looking at every value, converts, and counts rows that do not
 * fit as bad rows with position and reason. It fails only when nothing useful can be said: no file,
 * a broken archive, more bad rows than allowed. Any thread; the table may then be shared.
 *
 *     cyn_load_report *report;
 *     cyn_table *table;
 *     rc = cyn_source_load(&spec, NULL, arena, &table, &report, err);  // report also on failure
 */
#pragma once
#include "base/arena.h"
#include "base/time.h"
#include "column/column.h"
#include <stdatomic.h>

typedef enum cyn_source_kind {
    CYN_SOURCE_CSV,
    CYN_SOURCE_NDJSON,
    CYN_SOURCE_SQLITE
} cyn_source_kind;

/* What a project says about a column. Undeclared columns are taken as they come. */
typedef struct cyn_column_decl {
    const char *name;
    const char *from; /* name in the data; NULL: the same */
    bool has_type;
    cyn_type type;
    int scale;          /* DECIMAL: -1 = the largest in the data */
    const char *format; /* TIMESTAMP, DATE: cyn_parse_format; NULL = ISO 8601 */
    cyn_epoch epoch;    /* TIMESTAMP as a number */
} cyn_column_decl;

typedef struct cyn_source_spec {
    const char *name;
    cyn_source_kind kind;
    const char *base;         /* folder that relative paths start from */
    const char *const *paths; /* files or globs; a glob's matches are sorted by name */
    size_t npaths;
    char delimiter;            /* CSV: 0 = found out (comma, tab, semicolon, pipe) */
    const char *encoding;      /* CSV, NDJSON: NULL = UTF-8; else any that iconv knows ("CP932") */
    const char *table, *query; /* SQLITE: one of them */
    const char *time;          /* time column (name after renaming); NULL = a snapshot */
    const cyn_tz *tz;          /* zone of timestamps without offset */
    const cyn_column_decl *columns;
    size_t ncolumns;
    const char *const *missing; /* texts that mean missing beside the empty one ("NA", "NULL") */
    size_t nmissing;
    int64_t bad_limit; /* more bad rows than this fail the load; -1 = no limit */
    double bad_share;  /* the same as a share of all rows; < 0 = no limit */
    /* The columns (names after renaming) that the table has, beside the time column; NULL: all. The
     * others are not looked into, but rows must have them in their places all the same. */
    const char *const *wanted;
    size_t nwanted;
    /* CSV, NDJSON, of one file as plain UTF-8: its rows before byte `from`, where a row begins, are
     * not read (the header is); there the line is `from_line`. 0: all of them. */
    int64_t from, from_line;
    unsigned threads; /* CSV, NDJSON: 0 = one for each processor; the result is always the same */
    size_t
        block_bytes; /* CSV, NDJSON: how much text is parsed at once, 0 = what is fast; for tests */
    bool row_by_row; /* CSV, NDJSON: never in blocks, but in two passes, row by row; for tests */
} cyn_source_spec;

typedef struct cyn_bad_row {
    const char *file;
    int64_t line, column; /* 1-based; line where the field begins; SQLITE: row number, 0 */
    const char *field;    /* column name; NULL when the row as a whole is bad */
    const char *reason;   /* "not a decimal: 'abc'" */
    const char *text;     /* the row as found, cut to 200 bytes of valid UTF-8 */
} cyn_bad_row;

typedef struct cyn_load_file {
    const char *path; /* as matched */
    int64_t bytes;    /* on disk */
    int64_t rows, bad;
} cyn_load_file;

/* What inference saw of a column: enough to join the reports of parts (source/join.h). */
typedef struct cyn_load_facts {
    int64_t values, blobs;
    uint32_t whole, fraction; /* digits: the most of any plain number */
    uint8_t can;              /* types that fit all values, as the bits of cyn_guess */
} cyn_load_facts;

typedef struct cyn_load_column {
    const char *name, *from;
    cyn_type type;
    uint8_t scale;
    bool declared;
    bool unread; /* not wanted: its type is none that was found */
    int64_t missing;
    cyn_load_facts facts;
    const char *why; /* inferred types: "all 69,659 values are plain decimals, at most 2 digits";
                      * columns that are not wanted, which come last: "not read" */
} cyn_load_column;

typedef struct cyn_load_report {
    const char *source;
    int64_t rows, bad, without_time;
    bool has_time;
    int64_t first_time, last_time; /* instants; a date column: its midnights in tz */
    const cyn_load_file *files;
    size_t nfiles;
    const cyn_load_column *columns;
    size_t ncolumns;
    const cyn_bad_row *bad_rows; /* at most CYN_BAD_ROWS_KEPT */
    size_t nbad_rows;
    const char *delimiter; /* CSV: what was used, "," or "\t" */
    int64_t microseconds;
} cyn_load_report;
#define CYN_BAD_ROWS_KEPT 10000

/* Progress: called about ten times a second with bytes read and bytes in all (0 = unknown). */
typedef struct cyn_progress {
    void *self;
    void (*update)(void *self, const char *source, int64_t done, int64_t total);
    const atomic_bool *cancel; /* becomes true when the user asked to stop; may be NULL */
} cyn_progress;

/* `arena` holds the report. *report is set whenever something was read, also on failure. */
CYN_NODISCARD cyn_code cyn_source_load(const cyn_source_spec *spec, const cyn_progress *progress,
                                       cyn_arena *arena, cyn_table **table,
                                       cyn_load_report **report, cyn_err *err);
