/* Ad-hoc questions: values and rows for formulas that no script of the project declares.
 *
 * A script of `cynosure run`, or a line of `cynosure repl`, sends a catalog that holds what it asks
 * about beside all that is declared. Metrics whose name begins with '#' are formulas without a
 * name: they are called by their formula in words. The data are the dataset's, loaded once however
 * many questions there are.
 *
 *     CYN_TRY(cyn_catalog_read(data, n, &catalog, err));
 *     CYN_TRY(cyn_adhoc_points(data, catalog, &request, arena, &result, err));
 */
#pragma once
#include "engine/eval.h"
#include "engine/rows.h"

/* What metrics that no script declares are called in the catalog, with a number behind. */
#define CYN_ADHOC_NAME "_adhoc_"

/* The request's metrics are names of the catalog; titles[i] is what the i-th shall be called, NULL
 * where it keeps its name, or is called by its formula in words if it has none of its own. The
 * points' metrics live in the arena. */
CYN_NODISCARD cyn_code cyn_adhoc_points(cyn_dataset *d, const cyn_catalog *catalog,
                                        const char *const *titles, const cyn_eval_request *request,
                                        cyn_arena *arena, cyn_eval_result *out, cyn_err *err);

/* Rows of a view, in the order of the table: derived columns first, then those of the rows below.
 */
typedef struct cyn_adhoc_rows {
    const cyn_column *columns;
    size_t ncolumns;
    const size_t *row; /* [i]: number of the i-th row shown in the columns */
    size_t nrows;
    size_t total;         /* rows that pass the filter */
    cyn_rows_set *set;    /* holds the columns; cyn_adhoc_rows_clear frees it */
    cyn_table **computed; /* of derived columns */
    size_t ncomputed;
} cyn_adhoc_rows;

/* At most `limit` rows of the view under the first aggregate of the metric; of a relation that
 * belongs to periods, those of the last period that has ended. */
CYN_NODISCARD cyn_code cyn_adhoc_rows_read(cyn_dataset *d, const cyn_catalog *catalog,
                                           const char *metric, size_t limit,
                                           const atomic_bool *cancel, cyn_arena *arena,
                                           cyn_adhoc_rows *out, cyn_err *err);
void cyn_adhoc_rows_clear(cyn_adhoc_rows *r);
