/* What a step gives for one row: the reference that the typed loops are tested against. */
#include "exec/vector_impl.h"
#include <math.h>
#include <string.h>

static const cyn_datum nil = {.kind = CYN_DATUM_NIL};
static const cyn_datum escape = {.kind = CYN_DATUM_ESCAPE};

static cyn_datum boolean(bool b)
{
    return (cyn_datum){.kind = CYN_DATUM_BOOLEAN, .i = b};
}

static cyn_datum integer(int64_t i)
{
    return (cyn_datum){.kind = CYN_DATUM_INTEGER, .i = i};
}

static cyn_datum real(double r)
{
    return (cyn_datum){.kind = CYN_DATUM_REAL, .r = r};
}

static bool is_number(const cyn_datum *x)
{
    return x->kind == CYN_DATUM_INTEGER || x->kind == CYN_DATUM_REAL;
}

static double as_real(const cyn_datum *x)
{
    return x->kind == CYN_DATUM_INTEGER ? (double)x->i : x->r;
}

cyn_datum cyn_datum_const(const cyn_const *c)
{
    cyn_datum v = {.code = CYN_NO_CODE, .i = c->i, .r = c->r, .s = c->s, .n = c->n};
    switch (c->kind) {
    case CYN_CONST_NIL: v.kind = CYN_DATUM_NIL; break;
    case CYN_CONST_BOOLEAN: v.kind = CYN_DATUM_BOOLEAN; break;
    case CYN_CONST_INTEGER: v.kind = CYN_DATUM_INTEGER; break;
    case CYN_CONST_REAL: v.kind = CYN_DATUM_REAL; break;
    case CYN_CONST_TEXT: v.kind = CYN_DATUM_TEXT; break;
    }
    if (v.kind == CYN_DATUM_BOOLEAN) v.i = v.i != 0;
    return v;
}

bool cyn_datum_true(const cyn_datum *x)
{
    return x->kind != CYN_DATUM_NIL && !(x->kind == CYN_DATUM_BOOLEAN && !x->i);
}

/* ---- comparing ---- */

bool cyn_real_integer(double r, int64_t *out)
{
    if (!(r >= -0x1p63 && r < 0x1p63) || (double)(int64_t)r != r) return false;
    *out = (int64_t)r;
    return true;
}

/* i < r by their mathematical values; false when r is NaN. Rounding i to a double could make them
 * equal; rounding r to an integer decides the same. */
static bool integer_below_real(int64_t i, double r, bool or_equal)
{
    if (isnan(r)) return false;
    if (r >= 0x1p63) return true;
    if (r < -0x1p63) return false;
    return or_equal ? i <= (int64_t)floor(r) : i < (int64_t)ceil(r);
}

static bool real_below_integer(double r, int64_t i, bool or_equal)
{
    if (isnan(r)) return false;
    return !integer_below_real(i, r, !or_equal);
}

static int compare_texts(const cyn_datum *a, const cyn_datum *b)
{
    size_t n = a->n < b->n ? a->n : b->n;
    int order = n ? memcmp(a->s, b->s, n) : 0;
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

bool cyn_datum_equal(const cyn_datum *a, const cyn_datum *b)
{
    int64_t i;
    if (a->kind == CYN_DATUM_REAL && b->kind == CYN_DATUM_INTEGER)
        return cyn_real_integer(a->r, &i) && i == b->i;
    if (a->kind == CYN_DATUM_INTEGER && b->kind == CYN_DATUM_REAL)
        return cyn_real_integer(b->r, &i) && i == a->i;
    if (a->kind != b->kind) return false;
    if (a->kind == CYN_DATUM_TEXT) return compare_texts(a, b) == 0;
    if (a->kind == CYN_DATUM_REAL) return a->r == b->r;
    return a->kind == CYN_DATUM_NIL || a->i == b->i;
}

/* Of two numbers or two texts. */
bool cyn_datum_less(const cyn_datum *a, const cyn_datum *b, bool or_equal)
{
    if (a->kind == CYN_DATUM_TEXT) {
        int order = compare_texts(a, b);
        return or_equal ? order <= 0 : order < 0;
    }
    if (a->kind == CYN_DATUM_INTEGER && b->kind == CYN_DATUM_INTEGER)
        return or_equal ? a->i <= b->i : a->i < b->i;
    if (a->kind == CYN_DATUM_INTEGER) return integer_below_real(a->i, b->r, or_equal);
    if (b->kind == CYN_DATUM_INTEGER) return real_below_integer(a->r, b->i, or_equal);
    return or_equal ? a->r <= b->r : a->r < b->r;
}

static cyn_datum less(const cyn_datum *a, const cyn_datum *b, bool or_equal)
{
    if (a->kind == CYN_DATUM_NIL || b->kind == CYN_DATUM_NIL) return boolean(false); /* E-5 */
    bool texts = a->kind == CYN_DATUM_TEXT && b->kind == CYN_DATUM_TEXT;
    if (!texts && !(is_number(a) && is_number(b))) return escape;
    return boolean(cyn_datum_less(a, b, or_equal));
}

static cyn_datum one_of(const cyn_vector *x, const cyn_datum *a)
{
    for (size_t k = 0; k < x->nlist; k++) {
        cyn_datum other = cyn_datum_const(&x->list[k]);
        if (cyn_datum_equal(a, &other)) return boolean(true);
    }
    return boolean(false);
}

/* ---- arithmetic ---- */

double cyn_real_mod(double a, double b)
{
    double m = fmod(a, b);
    bool turned = m > 0 ? b < 0 : m < 0 && b > 0; /* fmod has the sign of a, Lua that of b */
    return turned ? m + b : m;
}

int64_t cyn_integer_mod(int64_t a, int64_t b)
{
    if (b == -1) return 0; /* the processor traps at the least integer */
    int64_t m = a % b;
    return m != 0 && (m ^ b) < 0 ? m + b : m;
}

int64_t cyn_integer_idiv(int64_t a, int64_t b)
{
    if (b == -1) return (int64_t)(0 - (uint64_t)a);
    int64_t q = a / b;
    return (a ^ b) < 0 && q * b != a ? q - 1 : q;
}

int64_t cyn_shift_left(int64_t a, int64_t by)
{
    if (by <= -64 || by >= 64) return 0;
    return (int64_t)(by >= 0 ? (uint64_t)a << by : (uint64_t)a >> -by);
}

/* Lua multiplies for a square. */
double cyn_real_pow(double a, double b)
{
    return b == 2 ? a * a : pow(a, b);
}

static cyn_datum integers(int op, int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    bool divides = op == CYN_OP_MOD || op == CYN_OP_IDIV || op == CYN_OP_FMOD;
    if (divides && b == 0) return escape;
    switch (op) {
    case CYN_OP_ADD: return integer((int64_t)(x + y));
    case CYN_OP_SUB: return integer((int64_t)(x - y));
    case CYN_OP_MUL: return integer((int64_t)(x * y));
    case CYN_OP_MOD: return integer(cyn_integer_mod(a, b));
    case CYN_OP_IDIV: return integer(cyn_integer_idiv(a, b));
    case CYN_OP_BAND: return integer(a & b);
    case CYN_OP_BOR: return integer(a | b);
    case CYN_OP_BXOR: return integer(a ^ b);
    case CYN_OP_SHL: return integer(cyn_shift_left(a, b));
    case CYN_OP_SHR: return integer(cyn_shift_left(a, (int64_t)(0 - y)));
    default: break;
    }
    return integer(b == -1 ? 0 : a % b); /* FMOD */
}

static cyn_datum reals(int op, double a, double b)
{
    switch (op) {
    case CYN_OP_ADD: return real(a + b);
    case CYN_OP_SUB: return real(a - b);
    case CYN_OP_MUL: return real(a * b);
    case CYN_OP_DIV: return real(a / b);
    case CYN_OP_MOD: return real(cyn_real_mod(a, b));
    case CYN_OP_IDIV: return real(floor(a / b));
    case CYN_OP_POW: return real(cyn_real_pow(a, b));
    default: break;
    }
    return real(fmod(a, b)); /* FMOD */
}

/* What a nil, text or boolean makes of arithmetic; NIL with anything but numbers is left to Lua. */
static bool no_numbers(const cyn_datum *a, const cyn_datum *b, cyn_datum *out)
{
    bool lacks = a->kind == CYN_DATUM_NIL || b->kind == CYN_DATUM_NIL;
    bool fits =
        (is_number(a) || a->kind == CYN_DATUM_NIL) && (is_number(b) || b->kind == CYN_DATUM_NIL);
    *out = fits ? nil : escape;
    return lacks || !fits;
}

static cyn_datum arithmetic(int op, const cyn_datum *a, const cyn_datum *b)
{
    cyn_datum out;
    if (no_numbers(a, b, &out)) return out;
    bool whole = a->kind == CYN_DATUM_INTEGER && b->kind == CYN_DATUM_INTEGER;
    if (whole && op != CYN_OP_DIV && op != CYN_OP_POW) return integers(op, a->i, b->i);
    return reals(op, as_real(a), as_real(b));
}

static cyn_datum bits(int op, const cyn_datum *a, const cyn_datum *b)
{
    cyn_datum out;
    int64_t x = a->i, y = b->i;
    if (no_numbers(a, b, &out)) return out;
    if (a->kind == CYN_DATUM_REAL && !cyn_real_integer(a->r, &x)) return escape;
    if (b->kind == CYN_DATUM_REAL && !cyn_real_integer(b->r, &y)) return escape;
    return op == CYN_OP_BNOT ? integer(~x) : integers(op, x, y);
}

static cyn_datum negative(const cyn_datum *a)
{
    cyn_datum out;
    if (no_numbers(a, a, &out)) return out;
    return a->kind == CYN_DATUM_REAL ? real(-a->r) : integer((int64_t)(0 - (uint64_t)a->i));
}

/* ---- math.* ---- */

static cyn_datum to_integer(double r)
{
    int64_t i;
    return cyn_real_integer(r, &i) ? integer(i) : escape;
}

static cyn_datum absolute(const cyn_datum *a)
{
    if (a->kind == CYN_DATUM_REAL) return real(fabs(a->r));
    return a->i < 0 ? negative(a) : *a;
}

static double logarithm(double x, const cyn_datum *base)
{
    if (!base) return log(x);
    double b = as_real(base);
    return b == 2 ? log2(x) : b == 10 ? log10(x) : log(x) / log(b);
}

static cyn_datum of_real(int op, double x, const cyn_datum *b)
{
    switch (op) {
    case CYN_OP_SQRT: return real(sqrt(x));
    case CYN_OP_EXP: return real(exp(x));
    case CYN_OP_LOG: return real(logarithm(x, b));
    case CYN_OP_SIN: return real(sin(x));
    case CYN_OP_COS: return real(cos(x));
    case CYN_OP_TAN: return real(tan(x));
    case CYN_OP_ASIN: return real(asin(x));
    case CYN_OP_ACOS: return real(acos(x));
    default: break;
    }
    return real(atan2(x, b ? as_real(b) : 1)); /* ATAN */
}

static cyn_datum math(int op, const cyn_datum *a, const cyn_datum *b)
{
    if (!is_number(a) || (b && !is_number(b))) return escape;
    bool whole = a->kind == CYN_DATUM_INTEGER;
    switch (op) {
    case CYN_OP_FLOOR: return whole ? *a : to_integer(floor(a->r));
    case CYN_OP_CEIL: return whole ? *a : to_integer(ceil(a->r));
    case CYN_OP_ABS: return absolute(a);
    case CYN_OP_MAX: return cyn_datum_less(a, b, false) ? *b : *a;
    case CYN_OP_MIN: return cyn_datum_less(b, a, false) ? *b : *a;
    case CYN_OP_FMOD: return arithmetic(op, a, b);
    default: break;
    }
    return of_real(op, as_real(a), b);
}

static cyn_datum exact_integer(const cyn_datum *a)
{
    int64_t i;
    if (a->kind == CYN_DATUM_TEXT) return escape;
    if (a->kind == CYN_DATUM_INTEGER) return *a;
    return a->kind == CYN_DATUM_REAL && cyn_real_integer(a->r, &i) ? integer(i) : nil;
}

/* ---- all of them ---- */

static cyn_datum settle(const cyn_datum *a)
{
    return a->kind == CYN_DATUM_REAL && !isfinite(a->r) ? nil : *a;
}

static cyn_datum strict(const cyn_vector *x, const cyn_datum *a, const cyn_datum *b,
                        const cyn_datum *c, cyn_datum_context *context)
{
    switch (x->op) {
    case CYN_OP_NOT: return boolean(!cyn_datum_true(a));
    case CYN_OP_EQUALS: return boolean(cyn_datum_equal(a, b));
    case CYN_OP_LESS: return less(a, b, false);
    case CYN_OP_LESS_EQUAL: return less(a, b, true);
    case CYN_OP_ONE_OF: return one_of(x, a);
    case CYN_OP_ADD:
    case CYN_OP_SUB:
    case CYN_OP_MUL:
    case CYN_OP_DIV:
    case CYN_OP_MOD:
    case CYN_OP_POW:
    case CYN_OP_IDIV: return arithmetic(x->op, a, b);
    case CYN_OP_UNM: return negative(a);
    case CYN_OP_BNOT: return bits(x->op, a, a);
    case CYN_OP_BAND:
    case CYN_OP_BOR:
    case CYN_OP_BXOR:
    case CYN_OP_SHL:
    case CYN_OP_SHR: return bits(x->op, a, b);
    case CYN_OP_TOINTEGER: return exact_integer(a);
    case CYN_VECTOR_AND: return boolean(cyn_datum_true(a) && cyn_datum_true(b));
    case CYN_VECTOR_TO_REAL: return a->kind == CYN_DATUM_INTEGER ? real((double)a->i) : *a;
    case CYN_VECTOR_SETTLE: return settle(a);
    case CYN_VECTOR_IMPORT: return *a;
    default: break;
    }
    if (cyn_is_time_part(x->op)) return cyn_time_part(x->op, a, context->tz);
    if (x->op >= CYN_OP_FLOOR && x->op <= CYN_OP_FMOD) return math(x->op, a, b);
    return cyn_text_value_of(x, a, b, c, context);
}

cyn_datum cyn_datum_of(const cyn_vector *x, const cyn_datum *a, const cyn_datum *b,
                       const cyn_datum *c, cyn_datum_context *context)
{
    if (a->kind == CYN_DATUM_ESCAPE) return escape;
    if (x->op == CYN_OP_SELECT) return cyn_datum_true(a) ? *b : *c;
    if ((b && b->kind == CYN_DATUM_ESCAPE) || (c && c->kind == CYN_DATUM_ESCAPE)) return escape;
    return strict(x, a, b, c, context);
}
