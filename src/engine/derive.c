#include "engine/derive.h"
#include <math.h>
#include <string.h>

/* Rows of one call; a multiple of 64, so that validity words of a slice start on a word. */
#define CALL_ROWS ((size_t)1 << 18)
/* Most combinations of input values for which asking once each is worth it. */
#define COMBINATIONS_MAX ((size_t)1 << 16)
/* Rows that are looked at together; a multiple of 64. */
#define BLOCK_ROWS ((size_t)4096)

/* What kinds of answers have been seen, to settle the type of the whole column. */
typedef struct seen_kinds {
    bool boolean, integer, real, text;
} seen_kinds;

static double as_real(uint64_t bits)
{
    double r;
    memcpy(&r, &bits, sizeof r);
    return r;
}

/* A float that is no finite number is missing (M-3). */
static void note_kinds(seen_kinds *seen, const cyn_answers *a)
{
    for (size_t i = 0; i < a->rows; i++) {
        switch (a->kind[i]) {
        case CYN_ANSWER_FALSE:
        case CYN_ANSWER_TRUE: seen->boolean = true; break;
        case CYN_ANSWER_INTEGER: seen->integer = true; break;
        case CYN_ANSWER_REAL: seen->real = seen->real || isfinite(as_real(a->bits[i])); break;
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

static size_t cell_size(cyn_type type)
{
    return type == CYN_BOOLEAN ? 1 : type == CYN_TEXT ? sizeof(uint32_t) : sizeof(uint64_t);
}

/* Answers as the column will hold them: see cyn_builder_values. */
typedef struct cells {
    void *values;
    uint64_t *valid;
} cells;

static bool is_known(const cells *c, size_t i)
{
    return c->valid[i / 64] >> (i % 64) & 1;
}

/* The column's texts are numbered in the order of the answers. */
static cyn_code make_cells(cyn_builder *b, cyn_type type, const cyn_answers *a, cyn_arena *arena,
                           cells *out, cyn_err *err)
{
    cells c = {.values = cyn_alloc_array(arena, a->rows + 1, cell_size(type)),
               .valid = CYN_NEW_ARRAY(arena, a->rows / 64 + 1, uint64_t)};
    if (!c.values || !c.valid) return cyn_nomem(err);
    uint32_t *code = c.values;
    uint8_t *bit = c.values;
    int64_t *integer = c.values;
    double *real = c.values;
    for (size_t i = 0; i < a->rows; i++) {
        bool known = a->kind[i] != CYN_ANSWER_NIL;
        if (known && type == CYN_BOOLEAN) bit[i] = a->kind[i] == CYN_ANSWER_TRUE;
        if (known && type == CYN_INTEGER) integer[i] = (int64_t)a->bits[i];
        if (known && type == CYN_REAL) {
            double r = a->kind[i] == CYN_ANSWER_INTEGER ? (double)(int64_t)a->bits[i]
                                                        : as_real(a->bits[i]);
            known = isfinite(r);
            real[i] = known ? r : 0;
        }
        if (known && type == CYN_TEXT &&
            !cyn_builder_code(b, 0, a->heap + a->bits[i], a->text_length[i], &code[i]))
            return cyn_nomem(err);
        c.valid[i / 64] |= (uint64_t)known << (i % 64);
    }
    *out = c;
    return CYN_OK;
}

/* The worker takes values as wide as their type; false when memory is exhausted. */
static bool batch_column(const cyn_derive_input *in, size_t from, size_t rows, cyn_arena *arena,
                         cyn_batch_column *out)
{
    const cyn_column *c = in->column;
    cyn_batch_column b = {
        .name = in->name,
        .type = c->type,
        .scale = c->scale,
        .valid = c->valid ? c->valid + from / 64 : NULL,
    };
    void *room = c->narrow ? cyn_alloc_array(arena, rows + 1, sizeof(int64_t)) : NULL;
    if (c->narrow && !room) return false;
    switch (c->type) {
    case CYN_TEXT:
        b.values = cyn_column_codes(c, from, rows, room);
        b.dict_count = c->dict->count;
        b.dict_offset = c->dict->offset;
        b.dict_heap = c->dict->heap;
        break;
    case CYN_REAL: b.values = c->v.f64 + from; break;
    case CYN_BOOLEAN: b.values = c->v.bit + from; break;
    default: b.values = cyn_column_integers(c, from, rows, room); break;
    }
    *out = b;
    return true;
}

/* How many values an input can take, the missing one included; 0 when there is no telling. */
static size_t domain(const cyn_column *c)
{
    if (c->type == CYN_BOOLEAN) return 3;
    return c->type == CYN_TEXT ? (size_t)c->dict->count + 1 : 0;
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

/* Adds an input's values in the rows first … first + n - 1 to the combinations of those before it;
 * the missing value is the last of its column's. */
static void combine(const cyn_column *c, size_t first, size_t n, uint32_t *combination)
{
    uint32_t d = (uint32_t)domain(c);
    if (c->type == CYN_TEXT) {
        for (size_t i = 0; i < n; i++)
            combination[i] = combination[i] * d + cyn_column_code(c, first + i);
    } else {
        for (size_t i = 0; i < n; i++)
            combination[i] = combination[i] * d + c->v.bit[first + i];
    }
    for (size_t i = 0; c->valid && i < n; i++) {
        size_t row = first + i;
        if (cyn_column_has(c, row)) continue;
        combination[i] += d - 1 - (c->type == CYN_TEXT ? cyn_column_code(c, row) : c->v.bit[row]);
    }
}

/* Which combinations of its inputs' values occur, numbered in the order of the rows, and a row for
 * each: an expression is never asked about values that no row has, because it might fail on them.
 */
typedef struct occurring {
    const cyn_derive_input *inputs;
    size_t ninputs;
    uint32_t *number; /* [combination]: its number + 1, or 0 */
    size_t *example;  /* [number] */
    size_t count;
    uint32_t block[BLOCK_ROWS];
} occurring;

/* The combinations of a block of rows. */
static const uint32_t *combine_all(occurring *o, size_t first, size_t n)
{
    memset(o->block, 0, n * sizeof *o->block);
    for (size_t i = 0; i < o->ninputs; i++)
        combine(o->inputs[i].column, first, n, o->block);
    return o->block;
}

static size_t block_rows(size_t first, size_t rows)
{
    return rows - first < BLOCK_ROWS ? rows - first : BLOCK_ROWS;
}

static cyn_code find_occurring(occurring *o, size_t total, size_t rows, cyn_arena *arena,
                               cyn_err *err)
{
    o->number = CYN_NEW_ARRAY(arena, total, uint32_t);
    o->example = CYN_NEW_ARRAY(arena, total, size_t);
    if (!o->number || !o->example) return cyn_nomem(err);
    for (size_t first = 0; first < rows; first += BLOCK_ROWS) {
        size_t n = block_rows(first, rows);
        const uint32_t *combination = combine_all(o, first, n);
        for (size_t i = 0; i < n; i++) {
            uint32_t *number = &o->number[combination[i]];
            if (*number) continue;
            o->example[o->count] = first + i;
            *number = (uint32_t)++o->count;
        }
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
            code[k] = cyn_column_code(c, row);
        else
            bit[k] = c->v.bit[row];
    }
    *out = *c;
    out->narrow = 0;
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
    cyn_arena *own = cyn_arena_new(0);
    cyn_batch_column *columns = own ? CYN_NEW_ARRAY(own, n + 1, cyn_batch_column) : NULL;
    bool ok = columns != NULL;
    for (size_t i = 0; ok && i < n; i++)
        ok = batch_column(&inputs[i], from, rows, own, &columns[i]);
    cyn_batch batch = {.rows = rows, .columns = columns, .ncolumns = n};
    cyn_code rc = ok ? ev->eval(ev->self, e->handle, &batch, arena, out, err) : cyn_nomem(err);
    if (own) cyn_arena_free(own);
    if (rc == CYN_OK && (*out)->rows != rows)
        return cyn_fail(err, CYN_E_WORKER, "the script worker answered %zu of %zu rows",
                        (*out)->rows, rows);
    return rc;
}

/* Values of cells `from[i] - 1`, side by side. */
static void spread(const cells *c, size_t size, const uint32_t *from, size_t n, cells *out)
{
    memset(out->valid, 0, (n / 64 + 1) * sizeof *out->valid);
    for (size_t i = 0; i < n; i++)
        out->valid[i / 64] |= (uint64_t)is_known(c, from[i] - 1) << (i % 64);
    if (size == 1) {
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)out->values)[i] = ((uint8_t *)c->values)[from[i] - 1];
    } else if (size == 4) {
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)out->values)[i] = ((uint32_t *)c->values)[from[i] - 1];
    } else {
        for (size_t i = 0; i < n; i++)
            ((uint64_t *)out->values)[i] = ((uint64_t *)c->values)[from[i] - 1];
    }
}

/* Each row gets the cell of its combination. */
static cyn_code spread_cells(cyn_builder *b, cyn_type type, const cells *c, occurring *o,
                             size_t rows, cyn_arena *arena, cyn_err *err)
{
    cells block = {.values = CYN_NEW_ARRAY(arena, BLOCK_ROWS, uint64_t),
                   .valid = CYN_NEW_ARRAY(arena, BLOCK_ROWS / 64 + 1, uint64_t)};
    uint32_t *number = CYN_NEW_ARRAY(arena, BLOCK_ROWS, uint32_t);
    if (!block.values || !block.valid || !number) return cyn_nomem(err);
    for (size_t first = 0; first < rows; first += BLOCK_ROWS) {
        size_t n = block_rows(first, rows);
        const uint32_t *combination = combine_all(o, first, n);
        for (size_t i = 0; i < n; i++)
            number[i] = o->number[combination[i]];
        spread(c, cell_size(type), number, n, &block);
        CYN_TRY(cyn_builder_append(b, &(cyn_builder_values){block.values, block.valid}, 0, n, err));
    }
    return CYN_OK;
}

/* One answer for each combination of values that occurs, spread over the rows. */
static cyn_code by_combination(const cyn_evaluator *ev, const cyn_expr *e, occurring *o,
                               size_t total, size_t rows, const char *name, cyn_arena *arena,
                               cyn_table **out, cyn_err *err)
{
    size_t n = o->ninputs;
    CYN_TRY(find_occurring(o, total, rows, arena, err));
    cyn_column *columns = CYN_NEW_ARRAY(arena, n + 1, cyn_column);
    cyn_derive_input *examples = CYN_NEW_ARRAY(arena, n + 1, cyn_derive_input);
    if (!columns || !examples) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        CYN_TRY(example_column(o->inputs[i].column, o, arena, &columns[i], err));
        examples[i] = (cyn_derive_input){.name = o->inputs[i].name, .column = &columns[i]};
    }
    cyn_answers *a;
    CYN_TRY(ask(ev, e, examples, n, 0, o->count, arena, &a, err));
    seen_kinds seen = {0};
    note_kinds(&seen, a);
    cyn_column_spec spec = {.name = name};
    CYN_TRY(settle_type(&seen, e, &spec.type, err));
    cyn_builder *b;
    CYN_TRY(cyn_builder_new(&spec, 1, &b, err));
    cells c;
    cyn_code rc = make_cells(b, spec.type, a, arena, &c, err);
    if (rc == CYN_OK) rc = spread_cells(b, spec.type, &c, o, rows, arena, err);
    if (rc == CYN_OK) return cyn_builder_finish(b, out, err);
    cyn_builder_free(b);
    return rc;
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
    cyn_code rc = CYN_OK;
    for (size_t k = 0; rc == CYN_OK && k < calls; k++) {
        cells c;
        rc = make_cells(b, spec.type, answers[k], arena, &c, err);
        if (rc == CYN_OK)
            rc = cyn_builder_append(b, &(cyn_builder_values){c.values, c.valid}, 0,
                                    answers[k]->rows, err);
    }
    if (rc == CYN_OK) return cyn_builder_finish(b, out, err);
    cyn_builder_free(b);
    return rc;
}

cyn_code cyn_derive_column(const cyn_evaluator *ev, const cyn_expr *script,
                           const cyn_derive_input *inputs, size_t ninputs, size_t rows,
                           const char *name, cyn_table **out, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    size_t total = combinations(inputs, ninputs, rows);
    occurring *o = CYN_NEW(scratch, occurring);
    cyn_code rc = o ? CYN_OK : cyn_nomem(err);
    if (o) *o = (occurring){.inputs = inputs, .ninputs = ninputs};
    if (o && total > 0) {
        rc = by_combination(ev, script, o, total, rows, name, scratch, out, err);
    } else if (o) {
        rc = by_row(ev, script, inputs, ninputs, rows, name, scratch, out, err);
    }
    cyn_arena_free(scratch);
    return rc;
}
