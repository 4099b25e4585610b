/* Conditions: whether translated expressions hold, many of them over the same rows.
 *
 * A condition is a translation (plan/translation.h) and, for each of its inputs, a column. Few rows
 * are taken one by one, as the steps say; many in batches, by vectors, in which the conditions
 * share whatever they compute alike. Both give the same. A row that escapes is the interpreter's.
 *
 *     cyn_condition low = {.code = e->code, .columns = (const uint32_t[]){0}};
 *     CYN_TRY(cyn_conditions_run(&low, 1, &table, scratch, truths, err));
 *     if (truths[0][row] == CYN_TRUTH_HOLDS) …
 *
 * Any thread; nothing is kept.
 */
#pragma once
#include "exec/exec.h"
#include "plan/translation.h"

typedef struct cyn_condition {
    const cyn_translation *code;
    const uint32_t *columns; /* [input] number of the column that it reads */
} cyn_condition;

typedef struct cyn_condition_rows {
    const cyn_column *columns; /* none of them narrow */
    size_t rows;
    const cyn_tz *tz; /* NULL: UTC */
} cyn_condition_rows;

/* Neither nil nor false holds; it escapes where only the interpreter can say. */
typedef enum cyn_truth { CYN_TRUTH_FAILS, CYN_TRUTH_HOLDS, CYN_TRUTH_ESCAPES } cyn_truth;

/* truths[condition][row] becomes a cyn_truth. */
CYN_NODISCARD cyn_code cyn_conditions_run(const cyn_condition *conditions, size_t n,
                                          const cyn_condition_rows *rows, cyn_arena *scratch,
                                          uint8_t *const *truths, cyn_err *err);
