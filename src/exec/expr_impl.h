/* Expressions bound to a table's columns and evaluated a batch at a time.
 *
 * Binding turns every condition into a test: a typed loop that fills a byte mask. Tests stand in
 * the order in which they can be computed, each once, however many aggregates share it; so one pass
 * over the list evaluates all conditions of the plan. What an aggregate reads is an operand: a
 * column of the table, or a column-shaped buffer that holds a constant or a mask.
 *
 *     cyn_program p = {.table = table, .source = "events", .arena = scratch};
 *     CYN_TRY(cyn_program_condition(&p, where, &test, err));
 *     CYN_TRY(cyn_program_operand(&p, arg, &operand, err));
 *     cyn_program_eval(&p, first, n);              // for each batch; then read …
 *     const uint8_t *mask = p.tests[test].mask;    // … 1 where the condition holds
 */
#pragma once
#include "base/arena.h"
#include "column/column.h"
#include "exec/exec.h"
#include <string.h>

typedef enum cyn_test_kind {
    CYN_TEST_CONST,      /* truth */
    CYN_TEST_TRUE,       /* a is neither nil nor false */
    CYN_TEST_NIL,        /* a == nil */
    CYN_TEST_BIT,        /* boolean a == truth */
    CYN_TEST_CODE,       /* text a has this code */
    CYN_TEST_INTEGER,    /* integer or date a == integer */
    CYN_TEST_REAL,       /* real a == real */
    CYN_TEST_SCALED,     /* decimal or timestamp a, as a real, == real */
    CYN_TEST_COLUMNS,    /* a == b, cell by cell */
    CYN_TEST_AND,        /* left and right */
    CYN_TEST_SAME,       /* left == right, both tests */
    CYN_TEST_MATCHES_BIT /* left == boolean a */
} cyn_test_kind;

typedef struct cyn_test {
    cyn_test_kind kind;
    const cyn_expr *expr; /* what it tests; NULL when it is only a part */
    const cyn_column *a, *b;
    size_t left, right; /* earlier tests */
    bool truth;
    uint32_t code;
    int64_t integer;
    double real;
    uint8_t *mask; /* CYN_BATCH */
} cyn_test;

/* Row r of the current batch is column.v[first + r], or column.v[r] when it is a buffer. */
typedef struct cyn_operand {
    cyn_column column;
    bool buffer;
} cyn_operand;

typedef struct cyn_program {
    const cyn_table *table;
    const char *source; /* for messages */
    cyn_arena *arena;
    cyn_test *tests;
    size_t ntests, capacity;
} cyn_program;

/* The column of this name; CYN_E_NAME says which there are. The place may be NULL. */
CYN_NODISCARD cyn_code cyn_program_column(const cyn_program *p, const char *name,
                                          const cyn_place *place, const cyn_column **out,
                                          cyn_err *err);
/* Index of the test that is 1 where the expression holds. */
CYN_NODISCARD cyn_code cyn_program_condition(cyn_program *p, const cyn_expr *e, size_t *out,
                                             cyn_err *err);
CYN_NODISCARD cyn_code cyn_program_operand(cyn_program *p, const cyn_expr *e, cyn_operand *out,
                                           cyn_err *err);
/* Fills the masks for the rows first … first + n - 1. */
void cyn_program_eval(const cyn_program *p, size_t first, size_t n);

/* m / 10^scale as the nearest double. Below 2^53 both sides are exact, so dividing rounds once. */
static inline double cyn_scaled_double(int64_t m, int scale)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    const int64_t limit = INT64_C(1) << 53;
    if (m >= -limit && m <= limit) return (double)m / power[scale];
    return cyn_num_double(cyn_num_decimal(m, scale));
}

/* Digits after the point of a column's integers, read as a number: timestamps count microseconds.
 */
static inline int cyn_column_scale(const cyn_column *c)
{
    return c->type == CYN_DECIMAL ? c->scale : c->type == CYN_TIMESTAMP ? 6 : 0;
}

/* A known cell as 64 bits, equal where the values are; -0.0 equals 0.0 (N-6). */
static inline uint64_t cyn_cell_bits(const cyn_column *c, size_t row)
{
    if (c->type == CYN_TEXT) return c->v.code[row];
    if (c->type == CYN_BOOLEAN) return c->v.bit[row];
    if (c->type != CYN_REAL) return (uint64_t)c->v.i64[row];
    uint64_t bits;
    double real = c->v.f64[row] + 0.0;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}
