#include "plan/expr.h"
#include "base/text.h"
#include "exec/expr_impl.h"
#include <math.h>
#include <string.h>

/* ---- names ---- */

static void hint_columns(const cyn_table *t, const char *name, cyn_err *err)
{
    size_t n = cyn_table_width(t);
    const char **names = cyn_calloc(n ? n : 1, sizeof *names);
    if (!names) return;
    for (size_t i = 0; i < n; i++)
        names[i] = cyn_table_column(t, i)->name;
    const char *near = cyn_nearest(name, names, n);
    cyn_buf list = {0};
    for (size_t i = 0; i < n; i++)
        cyn_buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    if (near) {
        cyn_hint(err, "Did you mean '%s'?", near);
    } else if (list.len > 0) {
        cyn_hint(err, "Its columns are: %s", list.data);
    }
    cyn_buf_clear(&list);
    cyn_free(names);
}

cyn_code cyn_program_column(const cyn_program *p, const char *name, const cyn_place *place,
                            const cyn_column **out, cyn_err *err)
{
    int i = cyn_table_find(p->table, name);
    if (i < 0) {
        cyn_place at = place ? *place : (cyn_place){0};
        cyn_fail_at(err, CYN_E_NAME, at.file, at.line, at.column, "no column '%s' in source '%s'",
                    name, p->source);
        if (err) hint_columns(p->table, name, err);
        return CYN_E_NAME;
    }
    *out = cyn_table_column(p->table, (size_t)i);
    return CYN_OK;
}

/* ---- binding conditions ---- */

static cyn_code add_test(cyn_program *p, cyn_test test, size_t *out, cyn_err *err)
{
    if (p->ntests == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 16;
        cyn_test *tests = CYN_NEW_ARRAY(p->arena, capacity, cyn_test);
        if (!tests) return cyn_nomem(err);
        if (p->ntests) memcpy(tests, p->tests, p->ntests * sizeof *tests);
        p->tests = tests;
        p->capacity = capacity;
    }
    test.mask = CYN_NEW_ARRAY(p->arena, CYN_BATCH, uint8_t);
    if (!test.mask) return cyn_nomem(err);
    if (test.kind == CYN_TEST_CONST) memset(test.mask, test.truth, CYN_BATCH);
    p->tests[p->ntests] = test;
    *out = p->ntests++;
    return CYN_OK;
}

/* Dictionary code of a text; false when no row has it. */
static bool find_code(const cyn_dict *d, const cyn_const *text, uint32_t *out)
{
    for (uint32_t c = 0; c < d->count; c++) {
        uint64_t at = d->offset[c];
        if (d->offset[c + 1] - at != text->n) continue;
        if (text->n == 0 || !memcmp(d->heap + at, text->s, text->n)) {
            *out = c;
            return true;
        }
    }
    return false;
}

/* The integer that equals a numeric constant; false when there is none in 64 bits. */
static bool as_integer(const cyn_const *c, int64_t *out)
{
    cyn_const i = {.kind = CYN_CONST_INTEGER, .i = c->i};
    if (c->kind == CYN_CONST_REAL) {
        if (!(c->r >= -0x1p63 && c->r < 0x1p63)) return false;
        i.i = (int64_t)c->r;
    }
    *out = i.i;
    return cyn_const_equal(&i, c);
}

/* The double that equals a numeric constant; false when it lies between two of them. */
static bool as_real(const cyn_const *c, double *out)
{
    cyn_const r = {.kind = CYN_CONST_REAL, .r = c->r};
    if (c->kind == CYN_CONST_INTEGER) r.r = (double)c->i;
    *out = r.r;
    return cyn_const_equal(&r, c);
}

/* column == constant, each type as Lua sees it (E-2). Where no value can be equal, never. */
static cyn_test equals_const(const cyn_column *column, const cyn_const *c)
{
    const cyn_test never = {.kind = CYN_TEST_CONST};
    bool number = c->kind == CYN_CONST_INTEGER || c->kind == CYN_CONST_REAL;
    cyn_test t = {.a = column};
    if (c->kind == CYN_CONST_NIL) {
        t.kind = CYN_TEST_NIL;
        return t;
    }
    switch (column->type) {
    case CYN_TEXT:
        t.kind = CYN_TEST_CODE;
        return c->kind == CYN_CONST_TEXT && find_code(column->dict, c, &t.code) ? t : never;
    case CYN_BOOLEAN:
        t.kind = CYN_TEST_BIT;
        t.truth = c->i != 0;
        return c->kind == CYN_CONST_BOOLEAN ? t : never;
    case CYN_INTEGER:
    case CYN_DATE:
        t.kind = CYN_TEST_INTEGER;
        return number && as_integer(c, &t.integer) ? t : never;
    case CYN_REAL: t.kind = CYN_TEST_REAL; return number && as_real(c, &t.real) ? t : never;
    case CYN_DECIMAL:
    case CYN_TIMESTAMP: t.kind = CYN_TEST_SCALED; return number && as_real(c, &t.real) ? t : never;
    }
    return never;
}

static bool is_test(const cyn_expr *e)
{
    return e->kind == CYN_EXPR_EQUALS || e->kind == CYN_EXPR_AND;
}

/* mask == something: EQUALS and AND give booleans, so only booleans can be equal to them. */
static cyn_code bind_test_equals(cyn_program *p, const cyn_expr *mask, const cyn_expr *other,
                                 cyn_test *t, cyn_err *err)
{
    CYN_TRY(cyn_program_condition(p, mask, &t->left, err));
    if (is_test(other)) {
        t->kind = CYN_TEST_SAME;
        return cyn_program_condition(p, other, &t->right, err);
    }
    if (other->kind == CYN_EXPR_COLUMN) {
        CYN_TRY(cyn_program_column(p, other->name, &other->place, &t->a, err));
        t->kind = t->a->type == CYN_BOOLEAN ? CYN_TEST_MATCHES_BIT : CYN_TEST_CONST;
        return CYN_OK;
    }
    if (other->value.kind != CYN_CONST_BOOLEAN) return CYN_OK; /* CYN_TEST_CONST: never */
    t->kind = CYN_TEST_SAME;
    return add_test(p, (cyn_test){.kind = CYN_TEST_CONST, .truth = other->value.i != 0}, &t->right,
                    err);
}

static cyn_code bind_equals(cyn_program *p, const cyn_expr *e, cyn_test *t, cyn_err *err)
{
    const cyn_expr *a = e->a, *b = e->b;
    if (is_test(a)) return bind_test_equals(p, a, b, t, err);
    if (is_test(b)) return bind_test_equals(p, b, a, t, err);
    if (a->kind == CYN_EXPR_CONST) {
        const cyn_expr *swap = a;
        a = b;
        b = swap;
    }
    if (a->kind == CYN_EXPR_CONST) {
        t->truth = cyn_const_equal(&a->value, &b->value);
        return CYN_OK;
    }
    CYN_TRY(cyn_program_column(p, a->name, &a->place, &t->a, err));
    if (b->kind == CYN_EXPR_CONST) {
        const cyn_expr *whole = t->expr;
        *t = equals_const(t->a, &b->value);
        t->expr = whole;
        return CYN_OK;
    }
    t->kind = CYN_TEST_COLUMNS;
    return cyn_program_column(p, b->name, &b->place, &t->b, err);
}

/* An executor never meets a script: the engine has put a column in its place. */
static cyn_code refuse_script(const cyn_expr *e, cyn_err *err)
{
    if (e->kind == CYN_EXPR_EQUALS || e->kind == CYN_EXPR_AND) {
        CYN_TRY(refuse_script(e->a, err));
        return refuse_script(e->b, err);
    }
    if (e->kind != CYN_EXPR_SCRIPT) return CYN_OK;
    return cyn_fail_at(err, CYN_E_UNSUPPORTED, e->place.file, e->place.line, e->place.column,
                       "the expression %s was not computed before the plan ran",
                       e->text ? e->text : "of a script");
}

cyn_code cyn_program_condition(cyn_program *p, const cyn_expr *e, size_t *out, cyn_err *err)
{
    cyn_test t = {.kind = CYN_TEST_CONST, .expr = e};
    for (size_t i = 0; i < p->ntests; i++) {
        if (p->tests[i].expr && cyn_expr_equal(p->tests[i].expr, e)) {
            *out = i;
            return CYN_OK;
        }
    }
    CYN_TRY(refuse_script(e, err));
    switch (e->kind) {
    case CYN_EXPR_COLUMN:
        t.kind = CYN_TEST_TRUE;
        CYN_TRY(cyn_program_column(p, e->name, &e->place, &t.a, err));
        break;
    case CYN_EXPR_CONST:
        t.truth =
            e->value.kind != CYN_CONST_NIL && !(e->value.kind == CYN_CONST_BOOLEAN && !e->value.i);
        break;
    case CYN_EXPR_EQUALS: CYN_TRY(bind_equals(p, e, &t, err)); break;
    case CYN_EXPR_AND:
        t.kind = CYN_TEST_AND;
        CYN_TRY(cyn_program_condition(p, e->a, &t.left, err));
        CYN_TRY(cyn_program_condition(p, e->b, &t.right, err));
        break;
    case CYN_EXPR_SCRIPT: break; /* refused above */
    }
    return add_test(p, t, out, err);
}

/* ---- operands ---- */

static cyn_code text_buffer(cyn_program *p, const cyn_const *text, cyn_column *c, cyn_err *err)
{
    cyn_dict *dict = CYN_NEW(p->arena, cyn_dict);
    uint64_t *offset = CYN_NEW_ARRAY(p->arena, 2, uint64_t);
    if (!dict || !offset) return cyn_nomem(err);
    offset[1] = text->n;
    *dict = (cyn_dict){.count = 1, .offset = offset, .heap = text->s};
    c->dict = dict;
    c->v.code = CYN_NEW_ARRAY(p->arena, CYN_BATCH, uint32_t);
    return c->v.code ? CYN_OK : cyn_nomem(err);
}

/* A batch of one constant. nil, and a real that is no number (N-5), is all missing. */
static cyn_code const_buffer(cyn_program *p, const cyn_const *value, cyn_column *c, cyn_err *err)
{
    *c = (cyn_column){.name = "", .type = CYN_INTEGER};
    if (value->kind == CYN_CONST_TEXT) {
        c->type = CYN_TEXT;
        return text_buffer(p, value, c, err);
    }
    if (value->kind == CYN_CONST_REAL && isfinite(value->r)) {
        double *f64 = CYN_NEW_ARRAY(p->arena, CYN_BATCH, double);
        for (size_t i = 0; f64 && i < CYN_BATCH; i++)
            f64[i] = value->r;
        c->type = CYN_REAL;
        c->v.f64 = f64;
        return f64 ? CYN_OK : cyn_nomem(err);
    }
    if (value->kind == CYN_CONST_BOOLEAN) {
        uint8_t *bit = CYN_NEW_ARRAY(p->arena, CYN_BATCH, uint8_t);
        if (bit) memset(bit, value->i != 0, CYN_BATCH);
        c->type = CYN_BOOLEAN;
        c->v.bit = bit;
        return bit ? CYN_OK : cyn_nomem(err);
    }
    int64_t *i64 = CYN_NEW_ARRAY(p->arena, CYN_BATCH, int64_t);
    for (size_t i = 0; i64 && i < CYN_BATCH; i++)
        i64[i] = value->i;
    c->v.i64 = i64;
    if (value->kind != CYN_CONST_INTEGER) {
        c->valid = CYN_NEW_ARRAY(p->arena, CYN_BATCH / 64 + 1, uint64_t);
        if (!c->valid) return cyn_nomem(err);
    }
    return i64 ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_program_operand(cyn_program *p, const cyn_expr *e, cyn_operand *out, cyn_err *err)
{
    cyn_operand o = {.buffer = true};
    const cyn_column *column;
    size_t test;
    CYN_TRY(refuse_script(e, err));
    if (e->kind == CYN_EXPR_COLUMN) {
        CYN_TRY(cyn_program_column(p, e->name, &e->place, &column, err));
        o = (cyn_operand){.column = *column};
    } else if (e->kind == CYN_EXPR_CONST) {
        CYN_TRY(const_buffer(p, &e->value, &o.column, err));
    } else {
        CYN_TRY(cyn_program_condition(p, e, &test, err));
        o.column = (cyn_column){.name = "", .type = CYN_BOOLEAN, .v = {.bit = p->tests[test].mask}};
    }
    *out = o;
    return CYN_OK;
}

/* ---- evaluation ---- */

static cyn_const cell_value(const cyn_column *c, size_t row)
{
    if (!cyn_column_has(c, row)) return (cyn_const){.kind = CYN_CONST_NIL};
    switch (c->type) {
    case CYN_TEXT: {
        uint64_t from = c->dict->offset[c->v.code[row]], to = c->dict->offset[c->v.code[row] + 1];
        return (cyn_const){.kind = CYN_CONST_TEXT, .s = c->dict->heap + from, .n = to - from};
    }
    case CYN_BOOLEAN: return (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = c->v.bit[row]};
    case CYN_INTEGER:
    case CYN_DATE: return (cyn_const){.kind = CYN_CONST_INTEGER, .i = c->v.i64[row]};
    case CYN_REAL: return (cyn_const){.kind = CYN_CONST_REAL, .r = c->v.f64[row]};
    case CYN_DECIMAL:
    case CYN_TIMESTAMP: break;
    }
    return (cyn_const){.kind = CYN_CONST_REAL,
                       .r = cyn_scaled_double(c->v.i64[row], cyn_column_scale(c))};
}

static void eval_columns(const cyn_test *t, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cyn_const a = cell_value(t->a, first + i), b = cell_value(t->b, first + i);
        t->mask[i] = cyn_const_equal(&a, &b);
    }
}

/* Takes away the rows whose cell is missing: what stands in them means nothing. */
static void drop_missing(const cyn_column *c, uint8_t *mask, size_t first, size_t n)
{
    if (!c->valid) return;
    for (size_t i = 0; i < n; i++)
        mask[i] &= cyn_column_has(c, first + i);
}

static void eval_cells(const cyn_test *t, size_t first, size_t n)
{
    const cyn_column *a = t->a;
    uint8_t *mask = t->mask;
    switch (t->kind) {
    case CYN_TEST_TRUE:
        if (a->type == CYN_BOOLEAN) {
            memcpy(mask, a->v.bit + first, n);
        } else {
            memset(mask, 1, n);
        }
        break;
    case CYN_TEST_BIT:
        for (size_t i = 0; i < n; i++)
            mask[i] = a->v.bit[first + i] == t->truth;
        break;
    case CYN_TEST_CODE:
        for (size_t i = 0; i < n; i++)
            mask[i] = a->v.code[first + i] == t->code;
        break;
    case CYN_TEST_INTEGER:
        for (size_t i = 0; i < n; i++)
            mask[i] = a->v.i64[first + i] == t->integer;
        break;
    case CYN_TEST_REAL:
        for (size_t i = 0; i < n; i++)
            mask[i] = a->v.f64[first + i] == t->real;
        break;
    case CYN_TEST_SCALED:
        for (size_t i = 0; i < n; i++)
            mask[i] = cyn_scaled_double(a->v.i64[first + i], cyn_column_scale(a)) == t->real;
        break;
    default: break;
    }
    drop_missing(a, mask, first, n);
}

void cyn_program_eval(const cyn_program *p, size_t first, size_t n)
{
    for (size_t k = 0; k < p->ntests; k++) {
        const cyn_test *t = &p->tests[k];
        const uint8_t *left = p->tests[t->left].mask, *right = p->tests[t->right].mask;
        switch (t->kind) {
        case CYN_TEST_CONST: break; /* filled when it was bound */
        case CYN_TEST_NIL:
            for (size_t i = 0; i < n; i++)
                t->mask[i] = !cyn_column_has(t->a, first + i);
            break;
        case CYN_TEST_COLUMNS: eval_columns(t, first, n); break;
        case CYN_TEST_AND:
            for (size_t i = 0; i < n; i++)
                t->mask[i] = left[i] & right[i];
            break;
        case CYN_TEST_SAME:
            for (size_t i = 0; i < n; i++)
                t->mask[i] = left[i] == right[i];
            break;
        case CYN_TEST_MATCHES_BIT:
            for (size_t i = 0; i < n; i++)
                t->mask[i] = left[i] == t->a->v.bit[first + i];
            drop_missing(t->a, t->mask, first, n);
            break;
        default: eval_cells(t, first, n); break;
        }
    }
}
