/* Row evaluation by whoever holds the scripts: the boundary through which the engine asks.
 *
 * The engine describes columns as plain arrays (cyn_batch); the evaluator (script) runs one
 * expression over all rows and fills cyn_answers. Neither side knows how the other works. How a
 * value of each type looks to Lua is in docs/numerics.md (E-…): a timestamp is seconds since 1970
 * as a float, a date is a day number, a decimal is a float, missing is nil.
 */
#pragma once
#include "base/arena.h"
#include "base/type.h"
#include "catalog/free.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cyn_batch_column {
    const char *name;
    cyn_type type;
    uint8_t scale;
    const uint64_t *valid; /* as in cyn_column; NULL: none missing */
    const void *values;    /* int64_t, double, uint32_t codes or uint8_t, by type */
    uint32_t dict_count;   /* TEXT */
    const uint64_t *dict_offset;
    const char *dict_heap;
} cyn_batch_column;

typedef struct cyn_batch {
    size_t rows;
    const cyn_batch_column *columns;
    size_t ncolumns;
} cyn_batch;

typedef enum cyn_answer_kind {
    CYN_ANSWER_NIL,
    CYN_ANSWER_FALSE,
    CYN_ANSWER_TRUE,
    CYN_ANSWER_INTEGER, /* bits: int64_t */
    CYN_ANSWER_REAL,    /* bits: double */
    CYN_ANSWER_TEXT,    /* bits: offset into heap; text_length */
} cyn_answer_kind;

typedef struct cyn_answers {
    size_t rows;
    const uint8_t *kind;         /* cyn_answer_kind per row */
    const uint64_t *bits;        /* per row */
    const uint32_t *text_length; /* per row; NULL when no answer is text */
    const char *heap;
    size_t heap_size;
} cyn_answers;

/* Rows for the functions of a custom aggregate: those of one cell after those of another. A cell
 * may take several calls, between which the worker keeps its accumulator. */
typedef struct cyn_fold {
    uint32_t handle;
    const cyn_batch *batch;    /* with CYN_ROW_NUMBER, for messages */
    const uint32_t *cell_rows; /* [cell]: how many of the rows are its; may be 0 */
    size_t ncells;
    bool resume; /* the first cell goes on where the call before paused */
    bool
        pause; /* the last one has more rows, which come with the next call: it has no answer yet */
} cyn_fold;
#define CYN_ROW_NUMBER "#row" /* column: each row's number in its table, from 0 */

/* A change for a metric's own decomposition (decompose = function(before, after) … end): the values
 * of all inputs, and of the metric, in both periods; none is missing. */
typedef struct cyn_change {
    uint32_t handle;
    const char *metric;        /* whose */
    const char *const *inputs; /* names of metrics */
    size_t ninputs;
    const double *before, *after; /* [input] */
    double total_before, total_after;
} cyn_change;

#define CYN_CONDITION_READINGS 64 /* that a condition may ask for, at most */

typedef struct cyn_evaluator {
    void *self;
    /* Runs handle over the batch. CYN_E_SCRIPT with file:line and the row's number when the script
     * raises; CYN_E_WORKER when the worker died or ran out of time (it has been replaced). */
    cyn_code (*eval)(void *self, uint32_t handle, const cyn_batch *batch, cyn_arena *arena,
                     cyn_answers **out, cyn_err *err);
    /* Runs a function over points (catalog/free.h). Fails as eval does, for all points at once,
     * where a limit was met; what a function raises is the error of its point. */
    cyn_code (*run_free)(void *self, const cyn_free_request *request, cyn_arena *arena,
                         cyn_free_reply **out, cyn_err *err);
    /* Runs the functions of an aggregate: an answer for each cell that is complete, no texts among
     * them. Fails as eval does; then nothing is kept. */
    cyn_code (*fold)(void *self, const cyn_fold *fold, cyn_arena *arena, cyn_answers **out,
                     cyn_err *err);
    /* Runs a decomposition for each of the changes, all of one handle: parts[i] has one finite
     * number for each input of changes[i] (0 for those that it did not name), or is NULL with
     * errors[i] saying why. That they add up is the caller's to check. Fails as run_free does. */
    cyn_code (*decompose)(void *self, const cyn_change *changes, size_t n, cyn_arena *arena,
                          const double *const **parts, const cyn_err *const **errors, cyn_err *err);
    /* Runs a rule's condition over the batch: a row for each segment, columns of readings
     * (alert/reading.h) by their canonical names, dimensions and parameters. A row that asks for a
     * reading that the batch lacks gets no answer (nil), and *wanted lists what was asked for: add
     * the columns, and call again until there is nothing wanted. Fails as eval does. */
    cyn_code (*judge)(void *self, uint32_t handle, const cyn_batch *batch, cyn_arena *arena,
                      cyn_answers **out, const char *const **wanted, size_t *nwanted, cyn_err *err);
} cyn_evaluator;
