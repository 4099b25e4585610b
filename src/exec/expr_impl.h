/* Expressions bound to a table's columns and evaluated a batch at a time.
 *
 * Binding turns an expression into vectors (vector_impl.h), each step once, however many aggregates
 * share it; so one pass over them evaluates all of the plan. A condition is a test: a byte mask.
 * What an aggregate reads is an operand: a column of the table, or a column-shaped buffer that
 * holds the batch.
 *
 *     cyn_program p = {.table = table, .source = "events", .tz = tz, .arena = scratch};
 *     CYN_GOTO(cyn_program_condition(&p, where, &test, err));
 *     CYN_GOTO(cyn_program_operand(&p, arg, &operand, err));
 *     CYN_GOTO(cyn_program_eval(&p, first, n, err));    // for each batch; then read …
 *     const uint8_t *mask = p.tests[test].mask;         // … 1 where the condition holds
 *     cyn_program_clear(&p);
 */
#pragma once
#include "exec/vector_impl.h"
#include <string.h>

typedef struct cyn_test {
    const cyn_expr *expr;
    uint32_t vector;
    uint8_t *mask; /* CYN_BATCH */
} cyn_test;

/* Row r of the current batch is column.v[first + r], or column.v[r] when it is a buffer. */
typedef struct cyn_operand {
    cyn_column column;
    bool buffer;
} cyn_operand;

/* An expression whose value matters in every row: no row may escape. */
typedef struct cyn_program_root {
    const cyn_expr *expr;
    uint32_t vector;
} cyn_program_root;

typedef struct cyn_program {
    const cyn_table *table;
    const char *source; /* for messages */
    const cyn_tz *tz;   /* NULL: UTC */
    cyn_arena *arena;
    cyn_test *tests;
    size_t ntests, test_room;
    cyn_program_root *roots; /* that may escape */
    size_t nroots, root_room;
    cyn_vectors vectors;
    cyn_dict *texts; /* the vectors' pool, as operands see it; NULL: none does */
} cyn_program;

/* The column of this name; CYN_E_NAME says which there are. The place may be NULL. */
CYN_NODISCARD cyn_code cyn_program_column(const cyn_program *p, const char *name,
                                          const cyn_place *place, const cyn_column **out,
                                          cyn_err *err);
/* Number of the vector that holds the expression's values. CYN_E_TYPE for a comparison that can
 * never hold. */
CYN_NODISCARD cyn_code cyn_program_bind(cyn_program *p, const cyn_expr *e, uint32_t *out,
                                        cyn_err *err);
/* Index of the test that is 1 where the expression holds. */
CYN_NODISCARD cyn_code cyn_program_condition(cyn_program *p, const cyn_expr *e, size_t *out,
                                             cyn_err *err);
/* Texts that were made have codes of this program alone. What is made of several kinds is of no use
 * before it is a column (cyn_exec_expr_column): here it is of the widest type and all missing. */
CYN_NODISCARD cyn_code cyn_program_operand(cyn_program *p, const cyn_expr *e, cyn_operand *out,
                                           cyn_err *err);
/* Whether rows that nobody asks for must be evaluated too, because one might escape. */
bool cyn_program_may_escape(const cyn_program *p);
/* Fills masks and operands for the rows first … first + n - 1. All has been bound before. */
CYN_NODISCARD cyn_code cyn_program_eval(cyn_program *p, size_t first, size_t n, cyn_err *err);
/* Frees what is not the arena's. */
void cyn_program_clear(cyn_program *p);
/* CYN_E_ESCAPE, with the place of the expression. */
cyn_code cyn_program_escape(const cyn_expr *e, cyn_err *err);

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
    if (c->type == CYN_TEXT) return cyn_column_code(c, row);
    if (c->type == CYN_BOOLEAN) return c->v.bit[row];
    if (c->type != CYN_REAL) return (uint64_t)cyn_column_integer(c, row);
    uint64_t bits;
    double real = c->v.f64[row] + 0.0;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}
