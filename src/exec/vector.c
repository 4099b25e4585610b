#include "exec/expr_impl.h"
#include "exec/vector_impl.h"
#include <assert.h>
#include <string.h>

/* ---- values in vectors ---- */

static bool is_lacking(const cyn_datum *x)
{
    return x->kind == CYN_DATUM_NIL || x->kind == CYN_DATUM_ESCAPE;
}

static cyn_datum pool_text(const cyn_vectors *v, uint32_t code)
{
    uint64_t from = v->pool.offset[code], to = v->pool.offset[code + 1];
    return (cyn_datum){.kind = CYN_DATUM_TEXT,
                       .code = code,
                       .s = v->pool.heap ? v->pool.heap + from : "",
                       .n = (size_t)(to - from)};
}

static cyn_datum dict_text(const cyn_dict *d, uint32_t code)
{
    uint64_t from = d->offset[code], to = d->offset[code + 1];
    return (cyn_datum){.kind = CYN_DATUM_TEXT,
                       .code = CYN_NO_CODE,
                       .s = d->heap ? d->heap + from : "",
                       .n = (size_t)(to - from)};
}

static cyn_datum value_of_bits(const cyn_vectors *v, cyn_datum_kind kind, uint64_t bits)
{
    cyn_datum out = {.kind = kind, .i = (int64_t)bits};
    if (kind == CYN_DATUM_TEXT) return pool_text(v, (uint32_t)bits);
    if (kind == CYN_DATUM_REAL) memcpy(&out.r, &bits, sizeof out.r);
    return out;
}

cyn_datum cyn_vector_load(const cyn_vectors *v, const cyn_vector *x, size_t row)
{
    cyn_datum out = {.kind = (cyn_datum_kind)x->shape};
    if (x->shape == CYN_SHAPE_MIXED)
        return value_of_bits(v, (cyn_datum_kind)x->kind[row], x->v.bits[row]);
    if (x->lack && x->lack[row]) {
        out.kind = x->lack[row] == CYN_LACK_NIL ? CYN_DATUM_NIL : CYN_DATUM_ESCAPE;
        return out;
    }
    switch (x->shape) {
    case CYN_SHAPE_BOOLEAN: out.i = x->v.bit[row]; break;
    case CYN_SHAPE_REAL: out.r = x->v.f64[row]; break;
    case CYN_SHAPE_TEXT:
        return x->dict ? dict_text(x->dict, x->v.code[row]) : pool_text(v, x->v.code[row]);
    case CYN_SHAPE_INTEGER:
    case CYN_SHAPE_MIXED: out.i = x->v.i64[row]; break;
    }
    return out;
}

/* A text may lie in the pool, which moves when it grows: it is copied first. */
static bool pool_code(cyn_vectors *v, const cyn_datum *text, uint32_t *code)
{
    cyn_buf *room = &v->context.room;
    *code = text->code;
    if (text->code != CYN_NO_CODE) return true;
    if (!room->data || text->s != room->data) {
        cyn_buf_reset(room);
        cyn_buf_add(room, text->s, text->n);
    }
    if (room->failed) return false;
    return cyn_intern_code(&v->pool, room->data ? room->data : "", text->n, code);
}

bool cyn_datum_bits(cyn_vectors *v, const cyn_datum *value, uint64_t *out)
{
    uint32_t code;
    *out = 0;
    if (is_lacking(value)) return true;
    if (value->kind == CYN_DATUM_TEXT) {
        if (!pool_code(v, value, &code)) return false;
        *out = code;
    } else if (value->kind == CYN_DATUM_REAL) {
        memcpy(out, &value->r, sizeof *out);
    } else {
        *out = (uint64_t)value->i;
    }
    return true;
}

static void put_bits(cyn_vector *x, size_t row, uint64_t bits)
{
    if (x->shape == CYN_SHAPE_BOOLEAN) {
        ((uint8_t *)x->own)[row] = (uint8_t)bits;
    } else if (x->shape == CYN_SHAPE_TEXT) {
        ((uint32_t *)x->own)[row] = (uint32_t)bits;
    } else {
        memcpy((char *)x->own + row * sizeof bits, &bits, sizeof bits);
    }
}

bool cyn_vector_store(cyn_vectors *v, cyn_vector *x, size_t row, const cyn_datum *value)
{
    uint64_t bits;
    if (!cyn_datum_bits(v, value, &bits)) return false;
    assert(x->kinds & 1U << value->kind);
    put_bits(x, row, bits);
    if (x->shape == CYN_SHAPE_MIXED) {
        x->kind[row] = (uint8_t)value->kind;
    } else if (x->lack) {
        x->lack[row] = value->kind == CYN_DATUM_NIL      ? CYN_LACK_NIL
                       : value->kind == CYN_DATUM_ESCAPE ? CYN_LACK_ESCAPE
                                                         : CYN_LACK_NOTHING;
    }
    return true;
}

bool cyn_vector_escapes(const cyn_vector *x, size_t n)
{
    bool found = false;
    if (!(x->kinds & CYN_KIND_ESCAPE)) return false;
    bool mixed = x->shape == CYN_SHAPE_MIXED;
    const uint8_t *at = mixed ? x->kind : x->lack;
    uint8_t escape = mixed ? (uint8_t)CYN_DATUM_ESCAPE : (uint8_t)CYN_LACK_ESCAPE;
    for (size_t i = 0; i < n; i++)
        found |= at[i] == escape;
    return found;
}

/* ---- memory ---- */

static size_t cell_size(const cyn_vector *x)
{
    return x->shape == CYN_SHAPE_BOOLEAN ? sizeof(uint8_t) : sizeof(uint64_t);
}

bool cyn_vector_is_column(const cyn_vector *x)
{
    if (x->op == CYN_VECTOR_RAW) return true;
    return x->op == CYN_OP_INPUT && x->column->type != CYN_DECIMAL &&
           x->column->type != CYN_TIMESTAMP;
}

/* Values that lie in a column as loops want them are not copied. */
static bool lies_in_column(const cyn_vector *x)
{
    return cyn_vector_is_column(x) && !x->column->narrow;
}

static bool needs_lack(const cyn_vector *x)
{
    return x->shape != CYN_SHAPE_MIXED && x->kinds & CYN_KIND_LACKING;
}

/* Memory that vectors had and need no longer, to be had again. */
typedef struct spare {
    void **wide, **narrow; /* CYN_BATCH values of 8 bytes, of 1 byte */
    size_t nwide, nnarrow;
} spare;

static void *take(cyn_vectors *v, spare *s, size_t size)
{
    if (s && size == sizeof(uint64_t) && s->nwide) return s->wide[--s->nwide];
    if (s && size == sizeof(uint8_t) && s->nnarrow) return s->narrow[--s->nnarrow];
    return cyn_alloc_array(v->arena, CYN_BATCH, size);
}

static bool allocate(cyn_vectors *v, cyn_vector *x, spare *s)
{
    if (!lies_in_column(x)) {
        if (!x->own) x->own = take(v, s, cell_size(x));
        x->v.values = x->own;
        if (!x->own) return false;
    }
    if (needs_lack(x) && !x->lack) x->lack = take(v, s, 1);
    if (x->shape == CYN_SHAPE_MIXED && !x->kind) x->kind = take(v, s, 1);
    return (!needs_lack(x) || x->lack) && (x->shape != CYN_SHAPE_MIXED || x->kind);
}

static void give_back(const cyn_vector *x, spare *s)
{
    if (x->kept || x->idle || x->way == CYN_WAY_FIXED) return;
    if (x->own && cell_size(x) == sizeof(uint64_t)) s->wide[s->nwide++] = x->own;
    if (x->own && cell_size(x) == sizeof(uint8_t)) s->narrow[s->nnarrow++] = x->own;
    if (x->lack) s->narrow[s->nnarrow++] = x->lack;
    if (x->kind) s->narrow[s->nnarrow++] = x->kind;
}

/* Constants stand in all rows, from the start on. */
bool cyn_vector_fill(cyn_vectors *v, cyn_vector *x)
{
    cyn_datum value = cyn_datum_const(&x->value);
    uint64_t bits;
    if (!allocate(v, x, NULL) || !cyn_datum_bits(v, &value, &bits)) return false;
    for (size_t i = 0; i < CYN_BATCH; i++)
        put_bits(x, i, bits);
    if (x->shape != CYN_SHAPE_MIXED) return true;
    x->lack = cyn_alloc(v->arena, CYN_BATCH);
    if (!x->lack) return false;
    memset(x->kind, CYN_DATUM_NIL, CYN_BATCH);
    memset(x->lack, CYN_LACK_NIL, CYN_BATCH); /* loops may take nil for any type */
    return true;
}

/* Whether a step reads the column of an input, as it lies there. */
static bool reads_column(const cyn_vectors *v, const cyn_vector *x)
{
    return x->way == CYN_WAY_CLOCK || (x->way == CYN_WAY_CODE && v->at[x->a].op == CYN_OP_INPUT);
}

/* Nobody may read a step: another one has taken its place, or its column is read. */
static void find_idle(cyn_vectors *v)
{
    for (uint32_t i = 0; i < v->count; i++)
        v->at[i].idle = !v->at[i].kept;
    for (uint32_t i = v->count; i-- > 0;) {
        const cyn_vector *x = &v->at[i];
        const uint32_t reads[] = {x->a, x->b, x->c};
        for (size_t k = 0; k < 3 && !x->idle && !reads_column(v, x); k++)
            if (reads[k] != CYN_NO_STEP) v->at[reads[k]].idle = false;
    }
}

/* When each vector is read last: its memory is free from then on. */
static void find_last_uses(const cyn_vectors *v, uint32_t *last)
{
    for (uint32_t i = 0; i < v->count; i++) {
        const cyn_vector *x = &v->at[i];
        const uint32_t reads[] = {x->a, x->b, x->c};
        last[i] = i;
        for (size_t k = 0; k < 3 && !x->idle; k++)
            if (reads[k] != CYN_NO_STEP) last[reads[k]] = i;
    }
}

static void give_back_after(const cyn_vectors *v, uint32_t i, const uint32_t *last, spare *s)
{
    const cyn_vector *x = &v->at[i];
    if (last[i] == i) give_back(x, s);
    if (x->a != CYN_NO_STEP && last[x->a] == i) give_back(&v->at[x->a], s);
    if (x->b != CYN_NO_STEP && x->b != x->a && last[x->b] == i) give_back(&v->at[x->b], s);
    if (x->c != CYN_NO_STEP && x->c != x->a && x->c != x->b && last[x->c] == i)
        give_back(&v->at[x->c], s);
}

static cyn_code lay_out(cyn_vectors *v, cyn_err *err)
{
    uint32_t *last = CYN_NEW_ARRAY(v->arena, v->count + 1, uint32_t);
    size_t most = 3 * (size_t)v->count + 1;
    spare s = {.wide = CYN_NEW_ARRAY(v->arena, most, void *),
               .narrow = CYN_NEW_ARRAY(v->arena, most, void *)};
    if (!last || !s.wide || !s.narrow) return cyn_nomem(err);
    find_idle(v);
    find_last_uses(v, last);
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->at[i].idle || v->at[i].way == CYN_WAY_FIXED) continue;
        if (!allocate(v, &v->at[i], &s)) return cyn_nomem(err);
        give_back_after(v, i, last, &s);
    }
    v->laid_out = true;
    return CYN_OK;
}

cyn_code cyn_vectors_keep(cyn_vectors *v, uint32_t i, cyn_err *err)
{
    if (v->at[i].kept) return CYN_OK; /* whoever keeps it already has seen where it lies */
    v->at[i].kept = true;
    return allocate(v, &v->at[i], NULL) ? CYN_OK : cyn_nomem(err);
}

/* ---- evaluation ---- */

cyn_datum cyn_vector_compute(cyn_vectors *v, const cyn_vector *x, size_t row)
{
    cyn_datum a, b = {0}, c = {0};
    bool has_b = x->b != CYN_NO_STEP, has_c = x->c != CYN_NO_STEP;
    a = cyn_vector_load(v, &v->at[x->a], row);
    if (has_b) b = cyn_vector_load(v, &v->at[x->b], row);
    if (has_c) c = cyn_vector_load(v, &v->at[x->c], row);
    return cyn_datum_of(x, &a, has_b ? &b : NULL, has_c ? &c : NULL, &v->context);
}

static bool run_rows(cyn_vectors *v, cyn_vector *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cyn_datum value = cyn_vector_compute(v, x, i);
        if (!cyn_vector_store(v, x, i, &value)) return false;
    }
    return !v->context.room.failed;
}

static void run_input(cyn_vector *x, size_t first, size_t n)
{
    const cyn_column *c = x->column;
    switch (x->op == CYN_VECTOR_RAW ? CYN_INTEGER : c->type) {
    case CYN_TEXT: x->v.code = cyn_column_codes(c, first, n, x->own); break;
    case CYN_BOOLEAN: x->v.bit = c->v.bit + first; break;
    case CYN_REAL: x->v.f64 = c->v.f64 + first; break;
    case CYN_INTEGER:
    case CYN_DATE: x->v.i64 = cyn_column_integers(c, first, n, x->own); break;
    case CYN_DECIMAL:
    case CYN_TIMESTAMP: {
        int64_t room[CYN_BATCH];
        const int64_t *in = cyn_column_integers(c, first, n, room);
        double *out = x->own;
        int scale = cyn_column_scale(c);
        for (size_t i = 0; i < n; i++)
            out[i] = cyn_scaled_double(in[i], scale);
        break;
    }
    }
    for (size_t i = 0; c->valid && i < n; i++)
        x->lack[i] = cyn_column_has(c, first + i) ? CYN_LACK_NOTHING : CYN_LACK_NIL;
}

#define COMPARE(type, codes)                                                                       \
    do {                                                                                           \
        const type *in = (codes) + first, like = (type)x->code;                                    \
        for (size_t i = 0; i < n; i++)                                                             \
            out[i] = in[i] == like;                                                                \
    } while (0)

/* Of a column of texts and one of its texts, whose code is as narrow as the others: a look at as
 * few bytes as there are. */
static void run_column_code(const cyn_column *c, cyn_vector *x, size_t first, size_t n)
{
    uint8_t *restrict out = x->own;
    if (x->lack) memset(x->lack, CYN_LACK_NOTHING, n);
    if (x->code == CYN_NO_CODE) {
        memset(out, 0, n);
        return;
    }
    switch (c->narrow) {
    case 1: COMPARE(uint8_t, c->v.code8); break;
    case 2: COMPARE(uint16_t, c->v.code16); break;
    default: COMPARE(uint32_t, c->v.code); break;
    }
    for (size_t i = 0; c->valid && i < n; i++)
        out[i] &= cyn_column_has(c, first + i);
}

/* Of a text and a constant: a comparison of codes. */
static void run_code(const cyn_vectors *v, cyn_vector *x, size_t first, size_t n)
{
    const cyn_vector *a = &v->at[x->a];
    if (reads_column(v, x)) {
        run_column_code(a->column, x, first, n);
        return;
    }
    const uint32_t *restrict in = a->v.code, code = x->code;
    uint8_t *restrict out = x->own;
    if (code == CYN_NO_CODE) {
        memset(out, 0, n);
    } else {
        for (size_t i = 0; i < n; i++)
            out[i] = in[i] == code;
    }
    for (size_t i = 0; a->lack && i < n; i++) {
        out[i] &= a->lack[i] == CYN_LACK_NOTHING;
        if (x->lack) x->lack[i] = a->lack[i] == CYN_LACK_ESCAPE ? CYN_LACK_ESCAPE : 0;
    }
}

static void run_nil(const cyn_vectors *v, cyn_vector *x, size_t n)
{
    const cyn_vector *a = &v->at[x->a];
    bool mixed = a->shape == CYN_SHAPE_MIXED;
    const uint8_t *in = mixed ? a->kind : a->lack;
    uint8_t *out = x->own, nil = mixed ? (uint8_t)CYN_DATUM_NIL : (uint8_t)CYN_LACK_NIL;
    uint8_t escape = mixed ? (uint8_t)CYN_DATUM_ESCAPE : (uint8_t)CYN_LACK_ESCAPE;
    for (size_t i = 0; i < n; i++)
        out[i] = in && in[i] == nil;
    for (size_t i = 0; x->lack && i < n; i++)
        x->lack[i] = in && in[i] == escape ? CYN_LACK_ESCAPE : CYN_LACK_NOTHING;
}

static void note_known(cyn_vector *x, size_t n)
{
    memset(x->known, 0, (n / 64 + 1) * sizeof *x->known);
    for (size_t i = 0; i < n; i++) {
        bool there = x->shape == CYN_SHAPE_MIXED
                         ? x->kind[i] != CYN_DATUM_NIL && x->kind[i] != CYN_DATUM_ESCAPE
                         : !x->lack || x->lack[i] == CYN_LACK_NOTHING;
        x->known[i / 64] |= (uint64_t)there << i % 64;
    }
}

static bool run(cyn_vectors *v, cyn_vector *x, size_t first, size_t n)
{
    switch (x->way) {
    case CYN_WAY_ROWS: return run_rows(v, x, n);
    case CYN_WAY_FIXED: break;
    case CYN_WAY_INPUT: run_input(x, first, n); break;
    case CYN_WAY_LOOP: cyn_vector_loop(v, x, n); break;
    case CYN_WAY_CODE: run_code(v, x, first, n); break;
    case CYN_WAY_NIL: run_nil(v, x, n); break;
    case CYN_WAY_MEMO: return cyn_vector_memo_run(v, x, n);
    case CYN_WAY_CLOCK: cyn_vector_clock_run(v, x, first, n); break;
    }
    return true;
}

cyn_code cyn_vectors_eval(cyn_vectors *v, size_t first, size_t n, cyn_err *err)
{
    if (v->count == 0) return CYN_OK;
    if (!v->laid_out) CYN_TRY(lay_out(v, err));
    v->context.tz = v->tz;
    for (uint32_t i = 0; i < v->count; i++) {
        cyn_vector *x = &v->at[i];
        if (x->idle) continue;
        if (!run(v, x, first, n)) return cyn_nomem(err);
        if (x->known) note_known(x, n);
    }
    return CYN_OK;
}

void cyn_vectors_clear(cyn_vectors *v)
{
    cyn_intern_clear(&v->pool);
    cyn_buf_clear(&v->context.room);
}
