#include "engine/derive.h"
#include <string.h>

/* Rows of one call; a multiple of 64, so that validity words of a slice start on a word. */
#define CALL_ROWS ((size_t)1 << 18)
/* Most combinations of input values for which asking once each is worth it. */
#define COMBINATIONS_MAX ((size_t)1 << 16)

/* What kinds of answers have been seen, to settle the type of the whole column. */
typedef struct seen_kinds {
    bool boolean, integer, real, text;
} seen_kinds;

static void note_kinds(seen_kinds *seen, const cyn_answers *a)
{
    for (size_t i = 0; i < a->rows; i++) {
        switch (a->kind[i]) {
        case CYN_ANSWER_FALSE:
        case CYN_ANSWER_TRUE: seen->boolean = true; break;
        case CYN_ANSWER_INTEGER: seen->integer = true; break;
        case CYN_ANSWER_REAL: seen->real = true; break;
        case CYN_ANSWER_TEXT: seen->text = true; break;
        default: break;
        }
    }
}

static cyn_code settle_type(const seen_kinds *seen, const cyn_expr *e, cyn_type *out, cyn_err *err)
{
    bool number = seen->integer || seen->real;
    if (seen->boolean + number + seen->text > 1)
        return cyn_fail_at(err, CYN_E_TYPE, e->place.file, e->place.line, e->place.column,
                           "'%s' gives %s for some rows and %s for others; expected one type",
                           e->text, seen->text ? "a text" : "a number",
                           seen->boolean ? "true or false" : "a number");
    *out = seen->text ? CYN_TEXT : seen->real ? CYN_REAL : number ? CYN_INTEGER : CYN_BOOLEAN;
    return CYN_OK;
}

static double as_real(uint64_t bits)
{
    double r;
    memcpy(&r, &bits, sizeof r);
    return r;
}

/* Appends answer i as one row of the column under construction. */
static cyn_code append_answer(cyn_builder *b, cyn_type type, const cyn_answers *a, size_t i,
                              cyn_err *err)
{
    bool ok = true;
    switch (a->kind[i]) {
    case CYN_ANSWER_FALSE: ok = cyn_builder_i64(b, 0, 0); break;
    case CYN_ANSWER_TRUE: ok = cyn_builder_i64(b, 0, 1); break;
    case CYN_ANSWER_INTEGER:
        ok = type == CYN_REAL ? cyn_builder_f64(b, 0, (double)(int64_t)a->bits[i])
                              : cyn_builder_i64(b, 0, (int64_t)a->bits[i]);
        break;
    case CYN_ANSWER_REAL: ok = cyn_builder_f64(b, 0, as_real(a->bits[i])); break;
    case CYN_ANSWER_TEXT:
        ok = cyn_builder_text(b, 0, a->heap + a->bits[i], a->text_length[i]);
        break;
    default: break;
    }
    return ok ? cyn_builder_end_row(b, err) : cyn_nomem(err);
}

static cyn_batch_column batch_column(const cyn_derive_input *in, size_t from)
{
    const cyn_column *c = in->column;
    cyn_batch_column b = {
        .name = in->name,
        .type = c->type,
        .scale = c->scale,
        .valid = c->valid ? c->valid + from / 64 : NULL,
    };
    switch (c->type) {
    case CYN_TEXT:
        b.values = c->v.code + from;
        b.dict_count = c->dict->count;
        b.dict_offset = c->dict->offset;
        b.dict_heap = c->dict->heap;
        break;
    case CYN_REAL: b.values = c->v.f64 + from; break;
    case CYN_BOOLEAN: b.values = c->v.bit + from; break;
    default: b.values = c->v.i64 + from; break;
    }
    return b;
}

/* How many values an input can take, the missing one included; 0 when there is no telling. */
static size_t domain(const cyn_column *c)
{
    if (c->type == CYN_BOOLEAN) return 3;
    return c->type == CYN_TEXT ? (size_t)c->dict->count + 1 : 0;
}

/* Which of its column's values a row has; the missing one is the last. */
static size_t domain_index(const cyn_column *c, size_t row)
{
    if (!cyn_column_has(c, row)) return domain(c) - 1;
    return c->type == CYN_TEXT ? c->v.code[row] : c->v.bit[row];
}

static size_t combinations(const cyn_derive_input *inputs, size_t n, size_t rows)
{
    size_t product = 1;
    for (size_t i = 0; i < n; i++) {
        size_t d = domain(inputs[i].column);
        if (d == 0 || d > COMBINATIONS_MAX) return 0;
        product *= d;
        if (product > COMBINATIONS_MAX || product > rows) return 0;
    }
    return product;
}

/* Which combination each row has, and a row for each combination that occurs: an expression is
 * never asked about values that no row has, because it might fail on them. */
typedef struct occurring {
    uint32_t *of_row; /* [row] */
    size_t *example;  /* [combination that occurs] */
    size_t count;
} occurring;

static cyn_code find_occurring(const cyn_derive_input *inputs, size_t n, size_t total, size_t rows,
                               cyn_arena *arena, occurring *out, cyn_err *err)
{
    uint32_t *number = CYN_NEW_ARRAY(arena, total, uint32_t); /* 0: not seen yet */
    out->of_row = CYN_NEW_ARRAY(arena, rows, uint32_t);
    out->example = CYN_NEW_ARRAY(arena, total, size_t);
    out->count = 0;
    if (!number || !out->of_row || !out->example) return cyn_nomem(err);
    for (size_t row = 0; row < rows; row++) {
        size_t k = 0;
        for (size_t i = 0; i < n; i++)
            k = k * domain(inputs[i].column) + domain_index(inputs[i].column, row);
        if (number[k] == 0) {
            out->example[out->count] = row;
            number[k] = (uint32_t)++out->count;
        }
        out->of_row[row] = number[k] - 1;
    }
    return CYN_OK;
}

/* The input's values in the example rows. */
static cyn_code example_column(const cyn_column *c, const occurring *o, cyn_arena *arena,
                               cyn_column *out, cyn_err *err)
{
    uint64_t *valid = CYN_NEW_ARRAY(arena, o->count / 64 + 1, uint64_t);
    uint32_t *code = CYN_NEW_ARRAY(arena, o->count, uint32_t);
    uint8_t *bit = CYN_NEW_ARRAY(arena, o->count, uint8_t);
    if (!valid || !code || !bit) return cyn_nomem(err);
    for (size_t k = 0; k < o->count; k++) {
        size_t row = o->example[k];
        if (!cyn_column_has(c, row)) continue;
        valid[k / 64] |= UINT64_C(1) << (k % 64);
        if (c->type == CYN_TEXT)
            code[k] = c->v.code[row];
        else
            bit[k] = c->v.bit[row];
    }
    *out = *c;
    out->valid = valid;
    if (c->type == CYN_TEXT)
        out->v.code = code;
    else
        out->v.bit = bit;
    return CYN_OK;
}

static cyn_code ask(const cyn_evaluator *ev, const cyn_expr *e, const cyn_derive_input *inputs,
                    size_t n, size_t from, size_t rows, cyn_arena *arena, cyn_answers **out,
                    cyn_err *err)
{
    cyn_batch_column *columns = CYN_NEW_ARRAY(arena, n + 1, cyn_batch_column);
    if (!columns) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        columns[i] = batch_column(&inputs[i], from);
    cyn_batch batch = {.rows = rows, .columns = columns, .ncolumns = n};
    CYN_TRY(ev->eval(ev->self, e->handle, &batch, arena, out, err));
    if ((*out)->rows != rows)
        return cyn_fail(err, CYN_E_WORKER, "the script worker answered %zu of %zu rows",
                        (*out)->rows, rows);
    return CYN_OK;
}

/* One answer for each combination of values that occurs, spread over the rows. */
static cyn_code by_combination(const cyn_evaluator *ev, const cyn_expr *e,
                               const cyn_derive_input *inputs, size_t n, size_t total, size_t rows,
                               const char *name, cyn_arena *arena, cyn_table **out, cyn_err *err)
{
    occurring o;
    CYN_TRY(find_occurring(inputs, n, total, rows, arena, &o, err));
    cyn_column *columns = CYN_NEW_ARRAY(arena, n + 1, cyn_column);
    cyn_derive_input *examples = CYN_NEW_ARRAY(arena, n + 1, cyn_derive_input);
    if (!columns || !examples) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        CYN_TRY(example_column(inputs[i].column, &o, arena, &columns[i], err));
        examples[i] = (cyn_derive_input){.name = inputs[i].name, .column = &columns[i]};
    }
    cyn_answers *a;
    CYN_TRY(ask(ev, e, examples, n, 0, o.count, arena, &a, err));
    seen_kinds seen = {0};
    note_kinds(&seen, a);
    cyn_column_spec spec = {.name = name};
    CYN_TRY(settle_type(&seen, e, &spec.type, err));
    cyn_builder *b;
    CYN_TRY(cyn_builder_new(&spec, 1, &b, err));
    for (size_t row = 0; row < rows; row++) {
        cyn_code rc = append_answer(b, spec.type, a, o.of_row[row], err);
        if (rc != CYN_OK) {
            cyn_builder_free(b);
            return rc;
        }
    }
    return cyn_builder_finish(b, out, err);
}

/* Every row is asked for, a slice at a time; the type is settled when all answers are there. */
static cyn_code by_row(const cyn_evaluator *ev, const cyn_expr *e, const cyn_derive_input *inputs,
                       size_t n, size_t rows, const char *name, cyn_arena *arena, cyn_table **out,
                       cyn_err *err)
{
    size_t calls = (rows + CALL_ROWS - 1) / CALL_ROWS;
    cyn_answers **answers = CYN_NEW_ARRAY(arena, calls + 1, cyn_answers *);
    if (!answers) return cyn_nomem(err);
    seen_kinds seen = {0};
    for (size_t k = 0; k < calls; k++) {
        size_t from = k * CALL_ROWS;
        size_t count = rows - from < CALL_ROWS ? rows - from : CALL_ROWS;
        CYN_TRY(ask(ev, e, inputs, n, from, count, arena, &answers[k], err));
        note_kinds(&seen, answers[k]);
    }
    cyn_column_spec spec = {.name = name};
    CYN_TRY(settle_type(&seen, e, &spec.type, err));
    cyn_builder *b;
    CYN_TRY(cyn_builder_new(&spec, 1, &b, err));
    for (size_t k = 0; k < calls; k++) {
        for (size_t i = 0; i < answers[k]->rows; i++) {
            cyn_code rc = append_answer(b, spec.type, answers[k], i, err);
            if (rc != CYN_OK) {
                cyn_builder_free(b);
                return rc;
            }
        }
    }
    return cyn_builder_finish(b, out, err);
}

cyn_code cyn_derive_column(const cyn_evaluator *ev, const cyn_expr *script,
                           const cyn_derive_input *inputs, size_t ninputs, size_t rows,
                           const char *name, cyn_table **out, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    size_t total = combinations(inputs, ninputs, rows);
    cyn_code rc = total > 0 ? by_combination(ev, script, inputs, ninputs, total, rows, name,
                                             scratch, out, err)
                            : by_row(ev, script, inputs, ninputs, rows, name, scratch, out, err);
    cyn_arena_free(scratch);
    return rc;
}
