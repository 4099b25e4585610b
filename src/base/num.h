/* Numbers as metrics carry them: missing, exact integers, exact decimals, reals.
 *
 * docs/numerics.md numbers the rules (N-…). In short: missing spreads through arithmetic; integer
 * and decimal results stay exact where they can, overflow is an error; division gives a real (and
 * missing where the divisor is zero); a real that is NaN or infinite becomes missing.
 * Passed by value. Pure functions; any thread.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum cyn_num_kind {
    CYN_NUM_MISSING = 0,
    CYN_NUM_INTEGER, /* i */
    CYN_NUM_DECIMAL, /* i / 10^scale, scale 0…18 */
    CYN_NUM_REAL,    /* r; never NaN or infinite */
} cyn_num_kind;

typedef struct cyn_num {
    uint8_t kind;
    uint8_t scale;
    int64_t i;
    double r;
} cyn_num;

/* 10^0 … 10^18. */
extern const int64_t cyn_power10[19];

#define CYN_MISSING ((cyn_num){.kind = CYN_NUM_MISSING})
cyn_num cyn_num_integer(int64_t i);
cyn_num cyn_num_decimal(int64_t mantissa, int scale);
cyn_num cyn_num_real(double r); /* NaN and infinities give missing */
static inline bool cyn_num_is_missing(cyn_num n)
{
    return n.kind == CYN_NUM_MISSING;
}
/* The nearest double (correctly rounded); NaN when missing. */
double cyn_num_double(cyn_num n);

/* Integers and decimals: sums have the larger scale, products the sum of the scales (trailing zeros
 * go where that makes them fit; more than 18 digits after the point make a real). Division and
 * powers give reals; a remainder has the sign of the divisor, as in Lua, and is exact where both
 * sides are. Any other mix gives a real. */
typedef enum cyn_op { CYN_ADD, CYN_SUB, CYN_MUL, CYN_DIV, CYN_POW, CYN_MOD, CYN_NEG } cyn_op;
/* a op b; b is ignored by CYN_NEG. CYN_E_RANGE when an exact result overflows. */
CYN_NODISCARD cyn_code cyn_num_op(cyn_op op, cyn_num a, cyn_num b, cyn_num *out, cyn_err *err);
/* -1, 0 or 1; missing sorts before everything. Exact between integers, decimals and reals. */
int cyn_num_compare(cyn_num a, cyn_num b);
/* JSON: null, 12, 12.50 (a decimal keeps its digits), or the shortest real. */
void cyn_buf_num(cyn_buf *b, cyn_num n);

/* Mantissa and scale from plain digits "-12.50" (also "+1", ".5", "5."); false when not of that
 * form or longer than 18 digits, leading zeros of the whole part aside. */
bool cyn_parse_decimal(const char *s, size_t n, int64_t *mantissa, int *scale);
/* Whole text must be an integer that fits ("+5", "-7"; no blanks). */
bool cyn_parse_integer(const char *s, size_t n, int64_t *out);
/* Whole text must be a finite decimal real ("1e5", ".5", "5."); correctly rounded, locale-free. */
bool cyn_parse_real(const char *s, size_t n, double *out);
/* Multiplies/divides the mantissa to another scale; false on overflow or when digits other than 0
 * would be lost. */
bool cyn_rescale(int64_t mantissa, int from, int to, int64_t *out);
