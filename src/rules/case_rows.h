/* The rows that a test gives, in place of a source's own: the same loader reads them, as CSV files
 * in a private folder under $TMPDIR, which is gone with them.
 *
 *     CYN_TRY(cyn_test_rows_open(project, test, cancel, arena, &rows, err));
 *     … &rows->project, rows->data …
 *     cyn_test_rows_close(rows);
 *
 * A row that cannot be read is an error of the test: its place is the row's in the script.
 */
#pragma once
#include "catalog/case.h"
#include "engine/dataset.h"

typedef struct cyn_test_rows {
    cyn_project project; /* the project with the test's rows; must not be moved */
    cyn_dataset *data;
    cyn_progress progress;
    int64_t first; /* the first time in the rows; CYN_TIME_MAX: there is none */
} cyn_test_rows;

CYN_NODISCARD cyn_code cyn_test_rows_open(const cyn_project *p, const cyn_case *c,
                                          const atomic_bool *cancel, cyn_arena *arena,
                                          cyn_test_rows **out, cyn_err *err);
void cyn_test_rows_close(cyn_test_rows *rows); /* NULL is fine */
