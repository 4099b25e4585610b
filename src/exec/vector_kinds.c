/* Which kinds of values a step can have, and which comparisons can never hold. */
#include "exec/vector_impl.h"
#include "plan/expr.h"

#define NIL     CYN_KIND_NIL
#define BOOLEAN CYN_KIND_BOOLEAN
#define INTEGER CYN_KIND_INTEGER
#define REAL    CYN_KIND_REAL
#define TEXT    CYN_KIND_TEXT
#define NUMBER  CYN_KIND_NUMBER
#define ESCAPE  CYN_KIND_ESCAPE

/* ---- inference ---- */

static unsigned of_column(const cyn_column *c)
{
    unsigned nil = c->valid ? NIL : 0;
    switch (c->type) {
    case CYN_TEXT: return nil | TEXT;
    case CYN_BOOLEAN: return nil | BOOLEAN;
    case CYN_INTEGER:
    case CYN_DATE: return nil | INTEGER;
    case CYN_REAL:
    case CYN_DECIMAL:
    case CYN_TIMESTAMP: break;
    }
    return nil | REAL;
}

/* Sorts of which nothing is known, so that everything may be compared with them; what is made of
 * them is no better known. */
#define ANYTHING (NIL | BOOLEAN | NUMBER | TEXT | UNKNOWN)
#define UNKNOWN  (CYN_KIND_ESCAPE << 1)

static bool has_no_value(const cyn_column *c, size_t rows)
{
    if (!c->valid) return rows == 0;
    for (size_t word = 0; word < (rows + 63) / 64; word++)
        if (c->valid[word]) return false; /* mostly the first one */
    return true;
}

/* What a column of its type may hold, be something missing in these rows or not: a comparison must
 * not be wrong one day and right the next. But texts without any text, and booleans without any
 * value, are what a column becomes of which nothing is known. */
static unsigned sorts_of_column(const cyn_column *c, size_t rows)
{
    bool empty = (c->type == CYN_TEXT && c->dict->count == 0) ||
                 (c->type == CYN_BOOLEAN && has_no_value(c, rows));
    return empty ? ANYTHING : of_column(c) | NIL;
}

/* What remains of a value's kinds where it is known to be true, or to be false (E-4). */
static unsigned where_true(unsigned kinds)
{
    return kinds & ~NIL & ~ESCAPE;
}

static unsigned where_false(unsigned kinds)
{
    return kinds & (NIL | BOOLEAN);
}

static bool is_itself(const cyn_vectors *v, uint32_t i, uint32_t a)
{
    return i == a || (v->at[i].op == CYN_VECTOR_IMPORT && v->at[i].a == a);
}

/* In `a and b` and `a or b` one side is a itself. */
static unsigned of_select(const cyn_vectors *v, const cyn_vector *x, unsigned a, unsigned b,
                          unsigned c)
{
    unsigned kinds = a & ESCAPE;
    if (where_true(a)) kinds |= is_itself(v, x->b, x->a) ? where_true(b) : b;
    if (where_false(a)) kinds |= is_itself(v, x->c, x->a) ? where_false(c) : c;
    return kinds;
}

/* The kinds of a + b: nil with a nil, an escape with anything that is no number. */
static unsigned of_arithmetic(unsigned a, unsigned b)
{
    unsigned kinds = (a | b) & NIL;
    if ((a | b) & (BOOLEAN | TEXT | ESCAPE)) kinds |= ESCAPE;
    if (a & b & INTEGER) kinds |= INTEGER;
    if ((a & REAL && b & NUMBER) || (b & REAL && a & NUMBER)) kinds |= REAL;
    return kinds;
}

static unsigned of_division(unsigned a, unsigned b)
{
    unsigned kinds = of_arithmetic(a, b);
    return kinds & NUMBER ? (kinds & ~NUMBER) | REAL : kinds;
}

static bool is_zero_free(const cyn_vector *b)
{
    return b->op == CYN_OP_CONST && b->value.kind == CYN_CONST_INTEGER && b->value.i != 0;
}

static unsigned of_quotient(unsigned a, unsigned b, const cyn_vector *divisor)
{
    unsigned kinds = of_arithmetic(a, b);
    return kinds & INTEGER && !is_zero_free(divisor) ? kinds | ESCAPE : kinds;
}

static unsigned of_bits(unsigned a, unsigned b)
{
    unsigned kinds = of_arithmetic(a, b);
    return kinds & REAL ? (kinds & ~REAL) | INTEGER | ESCAPE : kinds;
}

/* Of ordering: two values of these kinds may be neither two numbers nor two texts. */
static bool may_not_compare(unsigned a, unsigned b)
{
    a &= ~NIL;
    b &= ~NIL;
    return (a & BOOLEAN && b) || (b & BOOLEAN && a) || (a & TEXT && b & NUMBER) ||
           (a & NUMBER && b & TEXT);
}

/* A function of some kinds only, whose every other argument is an escape. */
static unsigned of_function(unsigned a, unsigned takes, unsigned gives)
{
    return (a & takes ? gives : 0) | (a & ~takes ? ESCAPE : 0);
}

static unsigned of_texts(const cyn_vector *x, unsigned a, unsigned b, unsigned c)
{
    unsigned joins = TEXT | NUMBER;
    switch (x->op) {
    case CYN_OP_CONCAT:
        return (a & joins && b & joins ? TEXT : 0) | ((a | b) & NIL) |
               ((a | b) & (BOOLEAN | REAL | ESCAPE) ? ESCAPE : 0);
    case CYN_OP_LEN: return of_function(a & ~NIL, TEXT, INTEGER) | (a & NIL);
    case CYN_OP_LOWER:
    case CYN_OP_UPPER: return of_function(a, TEXT, TEXT);
    case CYN_OP_SUBTEXT: return of_function(a, TEXT, TEXT) | of_function(b | c, INTEGER, 0);
    case CYN_OP_FIND: return of_function(a | b, TEXT, INTEGER | NIL) | of_function(c, INTEGER, 0);
    case CYN_OP_STARTS:
    case CYN_OP_ENDS: return of_function(a | b, TEXT, BOOLEAN);
    case CYN_OP_TOSTRING: return (a & ~ESCAPE ? TEXT : 0) | (a & (REAL | ESCAPE) ? ESCAPE : 0);
    case CYN_OP_TONUMBER:
        return (a & NUMBER) | (a & (NIL | BOOLEAN | TEXT) ? NIL : 0) |
               (a & (TEXT | ESCAPE) ? ESCAPE : 0);
    case CYN_OP_TYPE: return (a & ~ESCAPE ? TEXT : 0) | (a & ESCAPE);
    default: break;
    }
    return (a & NUMBER ? TEXT : 0) | (a & (BOOLEAN | TEXT) ? NIL : 0) |
           (a & (NIL | ESCAPE) ? ESCAPE : 0); /* MATH_TYPE */
}

static unsigned of_numbers(const cyn_vector *x, unsigned a, unsigned b, const cyn_vector *second)
{
    switch (x->op) {
    case CYN_OP_FLOOR:
    case CYN_OP_CEIL: return of_function(a, INTEGER, 0) | (a & NUMBER ? INTEGER : 0);
    case CYN_OP_ABS: return of_function(a, NUMBER, a & NUMBER);
    case CYN_OP_MAX:
    case CYN_OP_MIN: return of_function(a | b, NUMBER, (a | b) & NUMBER);
    case CYN_OP_FMOD:
        return of_function((a | b) & ~NUMBER, 0, 0) | of_quotient(a & NUMBER, b & NUMBER, second);
    case CYN_OP_TOINTEGER:
        return (a & NUMBER ? INTEGER : 0) | (a & (REAL | NIL | BOOLEAN) ? NIL : 0) |
               (a & (TEXT | ESCAPE) ? ESCAPE : 0);
    default: break;
    }
    return of_function(a | b, NUMBER, REAL); /* SQRT and its like */
}

static unsigned of_time(int op, unsigned a)
{
    unsigned gives = op == CYN_OP_TIME ? REAL : INTEGER;
    return (a & NUMBER ? gives : 0) | (a & NIL) | (a & ~NIL ? ESCAPE : 0);
}

static unsigned of_const(const cyn_const *c)
{
    return 1U << cyn_datum_const(c).kind;
}

/* The kinds of a step whose arguments have the kinds a, b and c. */
static unsigned of_step(const cyn_vectors *v, const cyn_vector *x, unsigned a, unsigned b,
                        unsigned c)
{
    const cyn_vector *second = x->b != CYN_NO_STEP ? &v->at[x->b] : NULL;
    switch (x->op) {
    case CYN_OP_INPUT: return of_column(x->column);
    case CYN_OP_CONST: return of_const(&x->value);
    case CYN_OP_SELECT: return of_select(v, x, a, b, c);
    case CYN_OP_ADD:
    case CYN_OP_SUB:
    case CYN_OP_MUL: return of_arithmetic(a, b);
    case CYN_OP_DIV:
    case CYN_OP_POW: return of_division(a, b);
    case CYN_OP_MOD:
    case CYN_OP_IDIV: return of_quotient(a, b, second);
    case CYN_OP_UNM: return of_arithmetic(a, a);
    case CYN_OP_BNOT: return of_bits(a, a);
    case CYN_OP_BAND:
    case CYN_OP_BOR:
    case CYN_OP_BXOR:
    case CYN_OP_SHL:
    case CYN_OP_SHR: return of_bits(a, b);
    case CYN_OP_NOT:
    case CYN_OP_EQUALS:
    case CYN_OP_ONE_OF:
    case CYN_VECTOR_AND: return BOOLEAN | ((a | b) & ESCAPE);
    case CYN_OP_LESS:
    case CYN_OP_LESS_EQUAL:
        return BOOLEAN | ((a | b) & ESCAPE) | (may_not_compare(a, b) ? ESCAPE : 0);
    case CYN_VECTOR_TO_REAL: return a & INTEGER ? (a & ~INTEGER) | REAL : a;
    case CYN_VECTOR_SETTLE: return a & REAL ? a | NIL : a;
    case CYN_VECTOR_IMPORT: return a;
    case CYN_VECTOR_RAW: return INTEGER | (x->column->valid ? NIL : 0);
    default: break;
    }
    if (cyn_is_time_part(x->op)) return of_time(x->op, a);
    if (x->op >= CYN_OP_FLOOR && x->op <= CYN_OP_TOINTEGER) return of_numbers(x, a, b, second);
    return of_texts(x, a, b, c);
}

void cyn_vector_infer(const cyn_vectors *v, cyn_vector *x)
{
    static const cyn_vector none;
    const cyn_vector *a = x->a != CYN_NO_STEP ? &v->at[x->a] : &none;
    const cyn_vector *b = x->b != CYN_NO_STEP ? &v->at[x->b] : &none;
    const cyn_vector *c = x->c != CYN_NO_STEP ? &v->at[x->c] : &none;
    x->kinds = of_step(v, x, a->kinds, b->kinds, c->kinds);
    bool unknown = (a->sorts | b->sorts | c->sorts) & UNKNOWN;
    x->sorts = x->op == CYN_OP_INPUT ? sorts_of_column(x->column, v->rows)
               : unknown             ? ANYTHING
                                     : of_step(v, x, a->sorts, b->sorts, c->sorts);
}

/* ---- comparisons that can never hold ---- */

/* What people call one kind, or NULL when there are several. */
static const char *kind_name(const cyn_vector *x)
{
    unsigned kinds = x->sorts & ~CYN_KIND_LACKING;
    if (kinds & UNKNOWN) return NULL;
    bool column = x->op == CYN_OP_INPUT;
    if (column && x->column->type == CYN_TIMESTAMP) return "timestamp";
    if (column && x->column->type == CYN_DATE) return "date";
    if (kinds == TEXT) return "text";
    if (kinds == BOOLEAN) return "boolean";
    return kinds && !(kinds & ~NUMBER) ? "number" : NULL;
}

static bool same_sort(unsigned a, unsigned b)
{
    return (a & NUMBER && b & NUMBER) || (a & b & (TEXT | BOOLEAN));
}

/* "the number 5", "'amount', a number", "a number". */
static void put_other(cyn_buf *out, const cyn_vector *x, const char *name)
{
    if (x->op == CYN_OP_CONST) {
        if (x->value.kind != CYN_CONST_BOOLEAN) cyn_buf_printf(out, "the %s ", kind_name(x));
        cyn_const_text(&x->value, out);
    } else if (name) {
        cyn_buf_printf(out, "'%s', a %s", name, kind_name(x));
    } else {
        cyn_buf_printf(out, "a %s", kind_name(x));
    }
}

static void hint_compare(cyn_err *err, const cyn_vector *x, const cyn_vector *other)
{
    const char *kind = kind_name(x);
    bool written = other->op == CYN_OP_CONST && other->value.kind == CYN_CONST_TEXT;
    if (written && x->column && x->column->type == CYN_DATE) {
        cyn_hint(err, "make a date of the text: date '2026-01-31'");
    } else if (written && x->column && x->column->type == CYN_TIMESTAMP) {
        cyn_hint(err, "make a time of the text: time '2026-01-31T12:00'");
    } else if (written) {
        cyn_hint(err, "compare it with a %s, without quotes", kind);
    } else {
        cyn_hint(err, "compare it with a %s", kind);
    }
}

static cyn_code fail_compare(const cyn_vector *x, const cyn_vector *other, const char *name,
                             const char *other_name, bool order, const cyn_place *place,
                             cyn_err *err)
{
    cyn_buf what = {0};
    put_other(&what, other, other_name);
    const char *with = what.failed || !what.data ? "something else" : what.data;
    const char *end = order ? "they have no order" : "it can never be equal";
    if (name) {
        cyn_fail_at(err, CYN_E_TYPE, place->file, place->line, place->column,
                    "'%s' is a %s, compared with %s: %s", name, kind_name(x), with, end);
    } else {
        cyn_fail_at(err, CYN_E_TYPE, place->file, place->line, place->column,
                    "a %s is compared with %s: %s", kind_name(x), with, end);
    }
    if (err) hint_compare(err, x, other);
    cyn_buf_clear(&what);
    return CYN_E_TYPE;
}

/* `a in list` is a comparison with each; one that can hold is enough. */
static cyn_code check_list(const cyn_vector *x, const cyn_vector *a, const char *name,
                           const cyn_place *place, cyn_err *err)
{
    cyn_vector other = {.op = CYN_OP_CONST};
    if (!kind_name(a) || x->nlist == 0) return CYN_OK;
    for (size_t k = 0; k < x->nlist; k++)
        if (same_sort(a->sorts, of_const(&x->list[k]))) return CYN_OK;
    other.value = x->list[0];
    other.sorts = of_const(&x->list[0]);
    return fail_compare(a, &other, name, NULL, false, place, err);
}

cyn_code cyn_vector_check(const cyn_vectors *v, const cyn_vector *x, const char *const name[2],
                          const cyn_place *place, cyn_err *err)
{
    const cyn_vector *a = &v->at[x->a];
    if (x->op == CYN_OP_ONE_OF) return check_list(x, a, name[0], place, err);
    const cyn_vector *b = &v->at[x->b];
    bool order = x->op != CYN_OP_EQUALS;
    if (!kind_name(a) || !kind_name(b)) return CYN_OK;
    bool booleans = (a->sorts & b->sorts & BOOLEAN) != 0;
    if (same_sort(a->sorts, b->sorts) && !(order && booleans)) return CYN_OK;
    if (name[0] || !name[1]) return fail_compare(a, b, name[0], name[1], order, place, err);
    return fail_compare(b, a, name[1], name[0], order, place, err);
}
