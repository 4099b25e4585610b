/* Metrics that are functions: what free.c and free_place.c share.
 *
 * A value is known by its function, segment and stretch of time, and is computed once, whoever
 * asks. A function says only while it runs what it needs; so all values that are asked for go to
 * the script worker together, come back with questions, whose answers are computed together too
 * (other functions among them), and go again.
 */
#pragma once
#include "engine/eval_impl.h"

typedef struct answer {
    uint32_t question;
    bool placed, known;
    size_t metric;
    spot at;
    size_t moment; /* at.chain and at.span are this one's, or CYN_NO_SPAN: the value's own */
    cyn_cell cell;
    bool immature;
    const char *error;
} answer;

/* A function in one segment and stretch of time. */
typedef struct value {
    size_t function;
    size_t number; /* in the order in which they were asked for */
    spot at;
    cyn_span span;
    bool done, immature;
    cyn_cell cell;
    const cyn_err *error;
    answer *answers;
    size_t nanswers, answer_capacity;
} value;

typedef struct value_list {
    value **items;
    size_t count, capacity;
} value_list;

/* What has been asked on behalf of a function. */
typedef struct function {
    const cyn_formula *formula;
    size_t metric;
    value_list ready; /* values that have all their answers so far */
    size_t nwaiting;  /* values that have not */
    cyn_question *questions;
    size_t nquestions, question_capacity;
    const cyn_err *error; /* no value of it can be had */
    size_t *reads;        /* metrics that it has asked for */
    size_t nreads, read_capacity;
} function;

typedef struct moment {
    cyn_span span;
    size_t chain, index; /* chain CYN_NO_CHAIN: in none yet */
} moment;

struct free_values {
    job *job;
    function *functions;
    size_t nfunctions, function_capacity;
    value **values;
    size_t nvalues, value_capacity;
    size_t *table; /* hash → number of the value + 1 */
    size_t table_size;
    value_list waiting; /* for answers */
    moment *moments;    /* stretches of time, those last that are in no chain yet */
    size_t nmoments, moment_capacity, first_fresh;
};

CYN_NODISCARD cyn_code free_fail(struct free_values *v, value *x, const cyn_err *why, cyn_err *err);

/* ---- free_place.c ---- */

/* A stretch of time that is in the chain. */
CYN_NODISCARD cyn_code free_add_moment(struct free_values *v, cyn_span span, size_t chain,
                                       size_t index, cyn_err *err);
/* Says where the answer is to be computed, or answers at once; a circle fails the value. */
CYN_NODISCARD cyn_code free_place(struct free_values *v, value *x, answer *a, cyn_err *err);
/* Makes a chain of the stretches that are in none, which gives their answers their spots. */
CYN_NODISCARD cyn_code free_settle_moments(struct free_values *v, cyn_err *err);
/* Where free_settle_moments has put it. */
void free_find_spot(const struct free_values *v, answer *a);
/* The answer is that there is none. */
CYN_NODISCARD cyn_code free_answer_error(struct free_values *v, answer *a, const cyn_err *why,
                                         cyn_err *err);
