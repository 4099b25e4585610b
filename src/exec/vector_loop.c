/* Typed loops: plain arrays in, a plain array out, for the compiler to vectorize.
 *
 * What stands in a row without a value is computed with as well and means nothing; `lack` tells.
 */
#include "exec/vector_impl.h"
#include <math.h>
#include <string.h>

/* ---- which there are ---- */

static bool is_nil_const(const cyn_vector *x)
{
    return x->op == CYN_OP_CONST && x->value.kind == CYN_CONST_NIL;
}

/* A constant nil is an array of any type, without values. */
static bool has_shape(const cyn_vector *x, const cyn_vector *like)
{
    return is_nil_const(x) ||
           (x->shape == like->shape && (x->shape != CYN_SHAPE_TEXT || x->dict == like->dict));
}

static bool is_divisor(const cyn_vector *b)
{
    return b->op == CYN_OP_CONST && b->value.kind == CYN_CONST_INTEGER && b->value.i != 0;
}

static bool loops_over_two(int op, const cyn_vector *a, const cyn_vector *b)
{
    if (a->shape != b->shape) return false;
    bool whole = a->shape == CYN_SHAPE_INTEGER, real = a->shape == CYN_SHAPE_REAL;
    switch (op) {
    case CYN_OP_ADD:
    case CYN_OP_SUB:
    case CYN_OP_MUL:
    case CYN_OP_MAX:
    case CYN_OP_MIN:
    case CYN_OP_LESS:
    case CYN_OP_LESS_EQUAL: return whole || real;
    case CYN_OP_MOD:
    case CYN_OP_IDIV: return real || (whole && is_divisor(b));
    case CYN_OP_DIV:
    case CYN_OP_POW: return real;
    case CYN_OP_BAND:
    case CYN_OP_BOR:
    case CYN_OP_BXOR:
    case CYN_OP_SHL:
    case CYN_OP_SHR: return whole;
    case CYN_OP_EQUALS: return a->shape != CYN_SHAPE_MIXED && has_shape(a, b);
    default: break;
    }
    return false;
}

static bool loops_over_one(int op, cyn_shape shape)
{
    switch (op) {
    case CYN_OP_UNM:
    case CYN_OP_ABS: return shape == CYN_SHAPE_INTEGER || shape == CYN_SHAPE_REAL;
    case CYN_OP_BNOT:
    case CYN_VECTOR_TO_REAL: return shape == CYN_SHAPE_INTEGER;
    case CYN_OP_FLOOR:
    case CYN_OP_CEIL:
    case CYN_OP_SQRT:
    case CYN_VECTOR_SETTLE: return shape == CYN_SHAPE_REAL;
    case CYN_OP_NOT: return shape != CYN_SHAPE_MIXED;
    default: break;
    }
    return false;
}

bool cyn_vector_has_loop(const cyn_vectors *v, const cyn_vector *x)
{
    const cyn_vector *a = &v->at[x->a];
    if (x->op == CYN_OP_SELECT) {
        return x->shape != CYN_SHAPE_MIXED && a->shape != CYN_SHAPE_MIXED &&
               has_shape(&v->at[x->b], x) && has_shape(&v->at[x->c], x);
    }
    if (x->op == CYN_VECTOR_AND)
        return a->shape != CYN_SHAPE_MIXED && v->at[x->b].shape != CYN_SHAPE_MIXED;
    if (loops_over_one(x->op, a->shape)) return true;
    return x->b != CYN_NO_STEP && x->c == CYN_NO_STEP && loops_over_two(x->op, a, &v->at[x->b]);
}

/* ---- rows without a value ---- */

static uint8_t lack_of(const cyn_vector *x, size_t i)
{
    return x->lack ? x->lack[i] : CYN_LACK_NOTHING;
}

/* Where an argument lacks something, the result does. */
static void spread_lack(cyn_vector *x, const cyn_vector *a, const cyn_vector *b, size_t n)
{
    if (!x->lack) return;
    const uint8_t *restrict l = a->lack, *restrict r = b ? b->lack : NULL;
    uint8_t *restrict out = x->lack;
    if (l && r) {
        for (size_t i = 0; i < n; i++)
            out[i] = l[i] | r[i];
    } else if (l || r) {
        memcpy(out, l ? l : r, n);
    } else {
        memset(out, CYN_LACK_NOTHING, n);
    }
}

/* A test is a boolean or an escape: its nils have become false. */
static void keep_escapes(cyn_vector *x, size_t n)
{
    for (size_t i = 0; x->lack && i < n; i++)
        x->lack[i] = x->lack[i] == CYN_LACK_ESCAPE ? CYN_LACK_ESCAPE : CYN_LACK_NOTHING;
}

/* math.* takes no nil. */
static void refuse_nils(cyn_vector *x, size_t n)
{
    bool strict = x->op >= CYN_OP_FLOOR && x->op <= CYN_OP_FMOD;
    for (size_t i = 0; strict && x->lack && i < n; i++)
        x->lack[i] = x->lack[i] ? CYN_LACK_ESCAPE : CYN_LACK_NOTHING;
}

/* ---- loops ---- */

/* out[i] = value, made of a and b. Constants stay in a register. */
#define OVER_TWO(type, result, value)                                                              \
    do {                                                                                           \
        const type *restrict a_ = x_a->v.values, *restrict b_ = x_b->v.values;                     \
        result *restrict out_ = x->own;                                                            \
        if (x_b->op == CYN_OP_CONST) {                                                             \
            const type b = b_[0];                                                                  \
            for (size_t i = 0; i < n; i++) {                                                       \
                type a = a_[i];                                                                    \
                out_[i] = (result)(value);                                                         \
            }                                                                                      \
        } else if (x_a->op == CYN_OP_CONST) {                                                      \
            const type a = a_[0];                                                                  \
            for (size_t i = 0; i < n; i++) {                                                       \
                type b = b_[i];                                                                    \
                out_[i] = (result)(value);                                                         \
            }                                                                                      \
        } else {                                                                                   \
            for (size_t i = 0; i < n; i++) {                                                       \
                type a = a_[i], b = b_[i];                                                         \
                out_[i] = (result)(value);                                                         \
            }                                                                                      \
        }                                                                                          \
    } while (0)

#define OVER_ONE(type, result, value)                                                              \
    do {                                                                                           \
        const type *restrict a_ = x_a->v.values;                                                   \
        result *restrict out_ = x->own;                                                            \
        for (size_t i = 0; i < n; i++) {                                                           \
            type a = a_[i];                                                                        \
            out_[i] = (result)(value);                                                             \
        }                                                                                          \
    } while (0)

/* Integers are computed with as unsigned ones: they wrap around. */
static void integer_arithmetic(cyn_vector *x, const cyn_vector *x_a, const cyn_vector *x_b,
                               size_t n)
{
    switch (x->op) {
    case CYN_OP_ADD: OVER_TWO(uint64_t, uint64_t, a + b); break;
    case CYN_OP_SUB: OVER_TWO(uint64_t, uint64_t, a - b); break;
    case CYN_OP_MUL: OVER_TWO(uint64_t, uint64_t, a * b); break;
    case CYN_OP_MOD: OVER_TWO(int64_t, int64_t, cyn_integer_mod(a, b)); break;
    case CYN_OP_IDIV: OVER_TWO(int64_t, int64_t, cyn_integer_idiv(a, b)); break;
    case CYN_OP_BAND: OVER_TWO(uint64_t, uint64_t, a & b); break;
    case CYN_OP_BOR: OVER_TWO(uint64_t, uint64_t, a | b); break;
    case CYN_OP_BXOR: OVER_TWO(uint64_t, uint64_t, a ^ b); break;
    case CYN_OP_SHL: OVER_TWO(int64_t, int64_t, cyn_shift_left(a, b)); break;
    case CYN_OP_SHR:
        OVER_TWO(int64_t, int64_t, cyn_shift_left(a, (int64_t)(0 - (uint64_t)b)));
        break;
    case CYN_OP_MAX: OVER_TWO(int64_t, int64_t, a < b ? b : a); break;
    case CYN_OP_MIN: OVER_TWO(int64_t, int64_t, b < a ? b : a); break;
    default: break;
    }
}

static void real_arithmetic(cyn_vector *x, const cyn_vector *x_a, const cyn_vector *x_b, size_t n)
{
    switch (x->op) {
    case CYN_OP_ADD: OVER_TWO(double, double, a + b); break;
    case CYN_OP_SUB: OVER_TWO(double, double, a - b); break;
    case CYN_OP_MUL: OVER_TWO(double, double, a *b); break;
    case CYN_OP_DIV: OVER_TWO(double, double, a / b); break;
    case CYN_OP_MOD: OVER_TWO(double, double, cyn_real_mod(a, b)); break;
    case CYN_OP_IDIV: OVER_TWO(double, double, floor(a / b)); break;
    case CYN_OP_POW: OVER_TWO(double, double, cyn_real_pow(a, b)); break;
    case CYN_OP_MAX: OVER_TWO(double, double, a < b ? b : a); break;
    case CYN_OP_MIN: OVER_TWO(double, double, b < a ? b : a); break;
    default: break;
    }
}

static void order(cyn_vector *x, const cyn_vector *x_a, const cyn_vector *x_b, size_t n)
{
    bool whole = x_a->shape == CYN_SHAPE_INTEGER;
    uint8_t *out = x->own;
    if (x->op == CYN_OP_LESS && whole) OVER_TWO(int64_t, uint8_t, a < b);
    if (x->op == CYN_OP_LESS && !whole) OVER_TWO(double, uint8_t, a < b);
    if (x->op == CYN_OP_LESS_EQUAL && whole) OVER_TWO(int64_t, uint8_t, a <= b);
    if (x->op == CYN_OP_LESS_EQUAL && !whole) OVER_TWO(double, uint8_t, a <= b);
    for (size_t i = 0; x_a->lack && i < n; i++) /* E-5 */
        out[i] &= x_a->lack[i] == CYN_LACK_NOTHING;
    for (size_t i = 0; x_b->lack && i < n; i++)
        out[i] &= x_b->lack[i] == CYN_LACK_NOTHING;
    spread_lack(x, x_a, x_b, n);
    keep_escapes(x, n);
}

static void equality(cyn_vector *x, const cyn_vector *x_a, const cyn_vector *x_b, size_t n)
{
    uint8_t *out = x->own;
    switch (x_a->shape) {
    case CYN_SHAPE_BOOLEAN: OVER_TWO(uint8_t, uint8_t, a == b); break;
    case CYN_SHAPE_TEXT: OVER_TWO(uint32_t, uint8_t, a == b); break;
    case CYN_SHAPE_REAL: OVER_TWO(double, uint8_t, a == b); break;
    case CYN_SHAPE_INTEGER:
    case CYN_SHAPE_MIXED: OVER_TWO(int64_t, uint8_t, a == b); break;
    }
    for (size_t i = 0; (x_a->lack || x_b->lack) && i < n; i++) {
        uint8_t a = lack_of(x_a, i), b = lack_of(x_b, i);
        out[i] = (out[i] & !(a | b)) | (a == CYN_LACK_NIL && b == CYN_LACK_NIL);
    }
    spread_lack(x, x_a, x_b, n);
    keep_escapes(x, n);
}

static void two(cyn_vector *x, const cyn_vector *a, const cyn_vector *b, size_t n)
{
    if (x->op == CYN_OP_EQUALS) {
        equality(x, a, b, n);
    } else if (x->op == CYN_OP_LESS || x->op == CYN_OP_LESS_EQUAL) {
        order(x, a, b, n);
    } else {
        spread_lack(x, a, b, n);
        refuse_nils(x, n);
        if (a->shape == CYN_SHAPE_INTEGER) {
            integer_arithmetic(x, a, b, n);
        } else {
            real_arithmetic(x, a, b, n);
        }
    }
}

/* ---- of one ---- */

/* A float that fits no integer is an escape. */
static void round_reals(cyn_vector *x, const cyn_vector *a, size_t n)
{
    const double *restrict in = a->v.f64;
    int64_t *restrict out = x->own;
    bool up = x->op == CYN_OP_CEIL;
    for (size_t i = 0; i < n; i++) {
        double r = up ? ceil(in[i]) : floor(in[i]);
        bool fits = r >= -0x1p63 && r < 0x1p63;
        out[i] = fits ? (int64_t)r : 0;
        x->lack[i] |= fits || x->lack[i] ? CYN_LACK_NOTHING : CYN_LACK_ESCAPE;
    }
}

static void settle(cyn_vector *x, const cyn_vector *x_a, size_t n)
{
    const double *in = x_a->v.f64;
    OVER_ONE(double, double, a);
    for (size_t i = 0; i < n; i++)
        x->lack[i] |= isfinite(in[i]) ? CYN_LACK_NOTHING : CYN_LACK_NIL;
}

static void one(cyn_vector *x, const cyn_vector *x_a, size_t n)
{
    bool whole = x_a->shape == CYN_SHAPE_INTEGER;
    spread_lack(x, x_a, NULL, n);
    refuse_nils(x, n);
    switch (x->op) {
    case CYN_OP_UNM:
        if (whole) OVER_ONE(uint64_t, uint64_t, 0 - a);
        if (!whole) OVER_ONE(double, double, -a);
        break;
    case CYN_OP_ABS:
        if (whole) OVER_ONE(int64_t, uint64_t, a < 0 ? 0 - (uint64_t)a : (uint64_t)a);
        if (!whole) OVER_ONE(double, double, fabs(a));
        break;
    case CYN_OP_BNOT: OVER_ONE(uint64_t, uint64_t, ~a); break;
    case CYN_OP_SQRT: OVER_ONE(double, double, sqrt(a)); break;
    case CYN_VECTOR_TO_REAL: OVER_ONE(int64_t, double, a); break;
    case CYN_VECTOR_SETTLE: settle(x, x_a, n); break;
    default: round_reals(x, x_a, n); break; /* FLOOR, CEIL */
    }
}

/* ---- truth ---- */

void cyn_vector_truth(const cyn_vector *x, size_t n, uint8_t *mask)
{
    if (x->shape == CYN_SHAPE_MIXED) {
        for (size_t i = 0; i < n; i++) {
            uint8_t kind = x->kind[i];
            bool none = kind == CYN_DATUM_NIL || kind == CYN_DATUM_ESCAPE;
            mask[i] = !none && (kind != CYN_DATUM_BOOLEAN || x->v.bits[i]);
        }
        return;
    }
    if (x->shape == CYN_SHAPE_BOOLEAN) {
        memcpy(mask, x->v.bit, n);
    } else {
        memset(mask, 1, n);
    }
    for (size_t i = 0; x->lack && i < n; i++)
        mask[i] &= x->lack[i] == CYN_LACK_NOTHING;
}

static void negate(cyn_vector *x, const cyn_vector *a, size_t n)
{
    uint8_t *out = x->own;
    cyn_vector_truth(a, n, out);
    for (size_t i = 0; i < n; i++)
        out[i] = !out[i];
    spread_lack(x, a, NULL, n);
    keep_escapes(x, n);
}

static void both(cyn_vector *x, const cyn_vector *a, const cyn_vector *b, size_t n)
{
    uint8_t *out = x->own, right[CYN_BATCH];
    cyn_vector_truth(a, n, out);
    cyn_vector_truth(b, n, right);
    for (size_t i = 0; i < n; i++)
        out[i] &= right[i];
    spread_lack(x, a, b, n);
    keep_escapes(x, n);
}

/* ---- choosing ---- */

#define CHOOSE(type)                                                                               \
    do {                                                                                           \
        const type *restrict b_ = b->v.values, *restrict c_ = c->v.values;                         \
        type *restrict out_ = x->own;                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            out_[i] = chosen[i] ? b_[i] : c_[i];                                                   \
    } while (0)

/* Without a branch: which side it is, is hard to foresee. */
static void choose_bits(uint8_t *restrict out, const uint8_t *restrict b, const uint8_t *restrict c,
                        const uint8_t *restrict chosen, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((b[i] & chosen[i]) | (c[i] & (chosen[i] ^ 1)));
}

static void choose(const cyn_vectors *v, cyn_vector *x, size_t n)
{
    const cyn_vector *a = &v->at[x->a], *b = &v->at[x->b], *c = &v->at[x->c];
    uint8_t chosen[CYN_BATCH];
    cyn_vector_truth(a, n, chosen);
    switch (x->shape) {
    case CYN_SHAPE_BOOLEAN: choose_bits(x->own, b->v.bit, c->v.bit, chosen, n); break;
    case CYN_SHAPE_TEXT: CHOOSE(uint32_t); break;
    case CYN_SHAPE_REAL: CHOOSE(double); break;
    case CYN_SHAPE_INTEGER:
    case CYN_SHAPE_MIXED: CHOOSE(int64_t); break;
    }
    for (size_t i = 0; x->lack && i < n; i++) {
        bool escapes = lack_of(a, i) == CYN_LACK_ESCAPE;
        uint8_t lack = chosen[i] ? lack_of(b, i) : lack_of(c, i);
        x->lack[i] = escapes ? CYN_LACK_ESCAPE : lack;
    }
}

void cyn_vector_loop(const cyn_vectors *v, cyn_vector *x, size_t n)
{
    const cyn_vector *a = &v->at[x->a], *b = x->b != CYN_NO_STEP ? &v->at[x->b] : NULL;
    if (x->op == CYN_OP_SELECT) {
        choose(v, x, n);
    } else if (x->op == CYN_VECTOR_AND) {
        both(x, a, b, n);
    } else if (x->op == CYN_OP_NOT) {
        negate(x, a, n);
    } else if (b) {
        two(x, a, b, n);
    } else {
        one(x, a, n);
    }
}
