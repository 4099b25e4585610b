#include "catalog/batch.h"
#include <string.h>

/* Blocks stay on one machine; the engine is built for little-endian ones only. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are shared as they are");

#define BATCH_MAGIC   UINT64_C(0x314854414259434e) /* "NCYBATH1" */
#define ANSWERS_MAGIC UINT64_C(0x31534e4159434e41)
#define ABSENT        UINT64_MAX

typedef struct batch_header {
    uint64_t magic, size, rows, ncolumns;
} batch_header;

/* Offsets count from the start of the block; ABSENT where there is no such array. */
typedef struct batch_entry {
    uint64_t name, name_size, type, scale;
    uint64_t valid, values, dict_count, dict_offset, dict_heap;
} batch_entry;

static size_t round8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

static size_t value_size(cyn_type t)
{
    switch (t) {
    case CYN_TEXT: return sizeof(uint32_t);
    case CYN_BOOLEAN: return sizeof(uint8_t);
    default: return sizeof(int64_t);
    }
}

static size_t heap_size(const cyn_batch_column *c)
{
    return c->dict_count ? (size_t)(c->dict_offset[c->dict_count] - c->dict_offset[0]) : 0;
}

/* ---- Writing a batch ---- */

/* Lays arrays one after the other; with out NULL it only counts. */
typedef struct layout {
    uint8_t *out;
    size_t at;
} layout;

static uint64_t place(layout *l, const void *data, size_t n)
{
    size_t at = l->at;
    if (l->out && n) memcpy(l->out + at, data, n);
    if (l->out) memset(l->out + at + n, 0, round8(n) - n);
    l->at += round8(n);
    return at;
}

/* A slice of a larger dictionary need not start at 0, so offsets are made relative. */
static uint64_t place_offsets(layout *l, const cyn_batch_column *c)
{
    size_t at = l->at, n = (size_t)c->dict_count + 1;
    for (size_t i = 0; l->out && i < n; i++) {
        uint64_t offset = c->dict_count ? c->dict_offset[i] - c->dict_offset[0] : 0;
        memcpy(l->out + at + i * sizeof offset, &offset, sizeof offset);
    }
    l->at += n * sizeof(uint64_t);
    return at;
}

static batch_entry place_column(layout *l, const cyn_batch_column *c, size_t rows)
{
    batch_entry e = {.type = (uint64_t)c->type, .scale = c->scale, .name_size = strlen(c->name)};
    e.name = place(l, c->name, e.name_size + 1);
    e.valid = c->valid ? place(l, c->valid, (rows + 63) / 64 * sizeof(uint64_t)) : ABSENT;
    e.values = place(l, c->values, rows * value_size(c->type));
    e.dict_offset = e.dict_heap = ABSENT;
    if (c->type == CYN_TEXT) {
        e.dict_count = c->dict_count;
        e.dict_offset = place_offsets(l, c);
        e.dict_heap =
            place(l, c->dict_count ? c->dict_heap + c->dict_offset[0] : NULL, heap_size(c));
    }
    return e;
}

static size_t lay_out(const cyn_batch *b, uint8_t *out)
{
    layout l = {.out = out, .at = sizeof(batch_header) + b->ncolumns * sizeof(batch_entry)};
    for (size_t i = 0; i < b->ncolumns; i++) {
        batch_entry e = place_column(&l, &b->columns[i], b->rows);
        if (out) memcpy(out + sizeof(batch_header) + i * sizeof e, &e, sizeof e);
    }
    batch_header h = {BATCH_MAGIC, l.at, b->rows, b->ncolumns};
    if (out) memcpy(out, &h, sizeof h);
    return l.at;
}

size_t cyn_batch_size(const cyn_batch *b)
{
    return lay_out(b, NULL);
}

void cyn_batch_write(const cyn_batch *b, void *out)
{
    lay_out(b, out);
}

/* ---- Opening a batch ---- */

typedef struct block {
    const uint8_t *data;
    size_t size;
} block;

/* The array of count × size bytes at an offset, or NULL when it does not lie in the block. */
static const void *array_at(block b, uint64_t offset, uint64_t count, size_t size)
{
    if (offset > b.size || offset % 8 != 0 || count > (b.size - offset) / size) return NULL;
    return b.data + offset;
}

static bool codes_fit(const cyn_batch_column *c, size_t rows)
{
    const uint32_t *codes = c->values;
    for (size_t r = 0; r < rows; r++) {
        bool has = !c->valid || (c->valid[r >> 6] >> (r & 63) & 1);
        if (has && codes[r] >= c->dict_count) return false;
    }
    return true;
}

static bool open_dictionary(block b, const batch_entry *e, cyn_batch_column *c)
{
    if (e->dict_count >= UINT32_MAX) return false;
    c->dict_count = (uint32_t)e->dict_count;
    c->dict_offset = array_at(b, e->dict_offset, e->dict_count + 1, sizeof(uint64_t));
    if (!c->dict_offset || c->dict_offset[0] != 0) return false;
    for (uint32_t i = 0; i < c->dict_count; i++)
        if (c->dict_offset[i] > c->dict_offset[i + 1]) return false;
    c->dict_heap = array_at(b, e->dict_heap, c->dict_offset[c->dict_count], 1);
    return c->dict_heap != NULL;
}

static bool open_column(block b, const batch_entry *e, size_t rows, cyn_batch_column *c)
{
    if (e->type >= CYN_TYPE_COUNT || e->scale > 18 || e->name_size >= b.size) return false;
    *c = (cyn_batch_column){.type = (cyn_type)e->type, .scale = (uint8_t)e->scale};
    c->name = array_at(b, e->name, e->name_size + 1, 1);
    if (!c->name || memchr(c->name, 0, e->name_size + 1) != c->name + e->name_size) return false;
    if (e->valid != ABSENT) {
        c->valid = array_at(b, e->valid, rows / 64 + (rows % 64 != 0), sizeof(uint64_t));
        if (!c->valid) return false;
    }
    c->values = array_at(b, e->values, rows, value_size(c->type));
    if (!c->values) return false;
    return c->type != CYN_TEXT || (open_dictionary(b, e, c) && codes_fit(c, rows));
}

static cyn_code bad_block(cyn_err *err, const char *what)
{
    return cyn_fail(err, CYN_E_WORKER, "a block of %s is malformed", what);
}

cyn_code cyn_batch_open(const void *data, size_t n, cyn_arena *arena, const cyn_batch **out,
                        cyn_err *err)
{
    block b = {data, n};
    const batch_header *h = array_at(b, 0, 1, sizeof *h);
    if (!h || h->magic != BATCH_MAGIC || h->size != n) return bad_block(err, "rows");
    const batch_entry *entries = array_at(b, sizeof *h, h->ncolumns, sizeof *entries);
    if (!entries) return bad_block(err, "rows");
    cyn_batch *batch = CYN_NEW(arena, cyn_batch);
    cyn_batch_column *columns = CYN_NEW_ARRAY(arena, h->ncolumns, cyn_batch_column);
    if (!batch || (h->ncolumns && !columns)) return cyn_nomem(err);
    for (size_t i = 0; i < h->ncolumns; i++)
        if (!open_column(b, &entries[i], h->rows, &columns[i])) return bad_block(err, "rows");
    *batch = (cyn_batch){.rows = h->rows, .columns = columns, .ncolumns = h->ncolumns};
    *out = batch;
    return CYN_OK;
}

/* ---- Answers ---- */

typedef struct answers_header {
    uint64_t magic, rows, kind, bits, text_length, heap, heap_size;
} answers_header;

/* Kinds are always there; bits and lengths only where some answer needs them. */
void cyn_answers_write(const cyn_answers *a, cyn_buf *out)
{
    static const char zeros[8];
    bool bits = a->bits != NULL, text = a->text_length != NULL;
    answers_header h = {.magic = ANSWERS_MAGIC, .rows = a->rows, .kind = sizeof h};
    h.bits = bits ? h.kind + round8(a->rows) : ABSENT;
    h.text_length = text ? h.bits + a->rows * sizeof(uint64_t) : ABSENT;
    h.heap = text ? h.text_length + round8(a->rows * sizeof(uint32_t)) : ABSENT;
    h.heap_size = text ? a->heap_size : 0;
    cyn_buf_add(out, &h, sizeof h);
    cyn_buf_add(out, a->kind, a->rows);
    cyn_buf_add(out, zeros, round8(a->rows) - a->rows);
    if (bits) cyn_buf_add(out, a->bits, a->rows * sizeof(uint64_t));
    if (!text) return;
    size_t lengths = a->rows * sizeof(uint32_t);
    cyn_buf_add(out, a->text_length, lengths);
    cyn_buf_add(out, zeros, round8(lengths) - lengths);
    cyn_buf_add(out, a->heap, a->heap_size);
}

static bool answers_fit(const cyn_answers *a, bool has_bits)
{
    for (size_t r = 0; r < a->rows; r++) {
        if (a->kind[r] > CYN_ANSWER_TEXT) return false;
        if (a->kind[r] >= CYN_ANSWER_INTEGER && !has_bits) return false;
        if (a->kind[r] != CYN_ANSWER_TEXT) continue;
        if (!a->text_length || a->bits[r] > a->heap_size ||
            a->text_length[r] > a->heap_size - a->bits[r])
            return false;
    }
    return true;
}

cyn_code cyn_answers_open(const void *data, size_t n, size_t rows, cyn_arena *arena,
                          cyn_answers **out, cyn_err *err)
{
    block b = {data, n};
    const answers_header *h = array_at(b, 0, 1, sizeof *h);
    if (!h || h->magic != ANSWERS_MAGIC || h->rows != rows) return bad_block(err, "answers");
    bool bits = h->bits != ABSENT, text = h->text_length != ABSENT;
    cyn_answers *a = CYN_NEW(arena, cyn_answers);
    if (!a) return cyn_nomem(err);
    a->rows = rows;
    a->kind = array_at(b, h->kind, rows, 1);
    /* The engine may read bits of any row, so they are there even when all answers are words. */
    a->bits = bits ? array_at(b, h->bits, rows, sizeof(uint64_t))
                   : cyn_alloc_array(arena, rows + 1, sizeof(uint64_t));
    if (!bits && !a->bits) return cyn_nomem(err);
    if (text) {
        a->text_length = array_at(b, h->text_length, rows, sizeof(uint32_t));
        a->heap = array_at(b, h->heap, h->heap_size, 1);
        a->heap_size = (size_t)h->heap_size;
        if (!a->text_length || !a->heap) return bad_block(err, "answers");
    }
    if (!a->kind || !a->bits || !answers_fit(a, bits)) return bad_block(err, "answers");
    *out = a;
    return CYN_OK;
}
