/* The load report while it grows. Everything lives in the arena of the report. */
#pragma once
#include "source/columns.h"
#include "source/reader.h"

typedef struct cyn_reporter {
    cyn_arena *arena;
    cyn_load_report *report;
    cyn_load_file *files;
    cyn_bad_row *bad;
    size_t capacity; /* of bad */
} cyn_reporter;

CYN_NODISCARD cyn_code cyn_report_start(cyn_reporter *r, const cyn_source_spec *spec,
                                        cyn_arena *arena, cyn_err *err);
CYN_NODISCARD cyn_code cyn_report_files(cyn_reporter *r, const cyn_source_file *files, size_t count,
                                        cyn_err *err);
void cyn_report_delimiter(cyn_reporter *r, char delimiter);
static inline void cyn_report_good(cyn_reporter *r, size_t file, int64_t rows)
{
    r->report->rows += rows;
    r->files[file].rows += rows;
}
/* Forgets all rows: they will be read again. */
void cyn_report_again(cyn_reporter *r);
/* `at`: where in the row's text; field: the column, or NULL for the row as a whole. */
CYN_NODISCARD cyn_code cyn_report_bad(cyn_reporter *r, size_t file, const cyn_source_row *row,
                                      size_t at, const char *field, const char *reason,
                                      cyn_err *err);
/* CYN_E_DATA when there are more bad rows than allowed, or nothing but bad rows. */
CYN_NODISCARD cyn_code cyn_report_limits(cyn_reporter *r, const cyn_source_spec *spec,
                                         cyn_err *err);
/* Columns and times; table is NULL when the load failed. NULL when memory is exhausted. */
cyn_load_report *cyn_report_finish(cyn_reporter *r, const cyn_source_spec *spec,
                                   const cyn_columns *columns, const cyn_table *table,
                                   int64_t microseconds);
