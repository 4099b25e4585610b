/* The readings of a series as columns. */
#include "column/intern.h"
#include "rules/watch_impl.h"
#include <math.h>
#include <string.h>

#define WORD 64
/* Columns that most boards have: there may be very many boards of few rows. */
#define USUAL 2

static bool same_name(const watch_name *a, const watch_name *b)
{
    if (a->kind != b->kind) return false;
    return a->kind == WATCH_READING ? !strcmp(a->reading.name, b->reading.name)
                                    : a->index == b->index;
}

cyn_code board_new(const cyn_watch *w, const cyn_series_request *request,
                   const cyn_series_reply *reply, cyn_arena *arena, watch_board **out, cyn_err *err)
{
    watch_board *b = CYN_NEW(arena, watch_board);
    if (!b) return cyn_nomem(err);
    *b = (watch_board){.project = w->project,
                       .series = reply->series,
                       .error = reply->series ? NULL : reply->error,
                       .slot = request->to,
                       .arena = arena,
                       .capacity = USUAL,
                       .table_capacity = USUAL};
    b->columns = CYN_NEW_ARRAY(arena, USUAL, board_column);
    b->columns_of_table = CYN_NEW_ARRAY(arena, USUAL, cyn_column);
    if (!b->columns || !b->columns_of_table) return cyn_nomem(err);
    if (b->series) b->ready = cyn_series_judged(b->series, b->slot, &b->judged);
    if (b->ready) b->value = b->series->values + b->judged * b->series->nsegments;
    *out = b;
    return CYN_OK;
}

/* ---- columns ---- */

/* Bits of the rows that have a value; NULL when all have, or (then *failed) out of memory. */
static uint64_t *known_bits(watch_board *b, const double *values, bool *failed)
{
    size_t n = b->series->nsegments, missing = 0;
    for (size_t i = 0; i < n; i++)
        missing += isnan(values[i]) != 0;
    if (missing == 0) return NULL;
    uint64_t *bits = CYN_NEW_ARRAY(b->arena, n / WORD + 1, uint64_t);
    *failed = !bits;
    for (size_t i = 0; bits && i < n; i++)
        bits[i / WORD] |= (uint64_t)!isnan(values[i]) << i % WORD;
    return bits;
}

static const cyn_dict *status_words(void)
{
    static const uint64_t offsets[] = {0, 0, 5, 11, 14};
    static const cyn_dict words = {.count = 4, .offset = offsets, .heap = "greenyellowred"};
    return &words;
}

/* A status, whose code is that of its word, or a boolean. */
static cyn_code narrow_column(watch_board *b, const double *values, cyn_column *c, cyn_err *err)
{
    size_t n = b->series->nsegments;
    if (c->type == CYN_BOOLEAN) {
        uint8_t *bit = CYN_NEW_ARRAY(b->arena, n + 1, uint8_t);
        if (!bit) return cyn_nomem(err);
        for (size_t i = 0; i < n; i++)
            bit[i] = values[i] > 0;
        c->v.bit = bit;
        return CYN_OK;
    }
    uint32_t *code = CYN_NEW_ARRAY(b->arena, n + 1, uint32_t);
    if (!code) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        code[i] = values[i] >= CYN_GREEN && values[i] <= CYN_RED ? (uint32_t)values[i] : 0;
    c->v.code = code;
    c->dict = status_words();
    return CYN_OK;
}

/* No status is missing, whether or not it is said with a number. */
static void drop_no_status(double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(values[i] >= CYN_GREEN)) values[i] = NAN;
}

static cyn_code add_reading(watch_board *b, const cyn_reading *r, board_column *out, cyn_column *c,
                            cyn_err *err)
{
    size_t n = b->series->nsegments;
    bool failed = false;
    double *values = CYN_NEW_ARRAY(b->arena, n + 1, double);
    if (!values) return cyn_nomem(err);
    CYN_TRY(cyn_reading_compute(r, b->series, b->judged, b->slot, b->arena, values, err));
    *c = (cyn_column){.name = r->name, .type = cyn_reading_type(r)};
    if (c->type == CYN_TEXT) drop_no_status(values, n);
    c->valid = known_bits(b, values, &failed);
    if (failed) return cyn_nomem(err);
    c->v.f64 = values;
    out->values = values;
    return c->type == CYN_REAL ? CYN_OK : narrow_column(b, values, c, err);
}

/* Texts are numbered in the order of their first appearance. */
static cyn_code add_texts(watch_board *b, const cyn_const *keys, uint32_t *codes, cyn_column *c,
                          cyn_err *err)
{
    size_t ndims = b->series->ndims;
    cyn_intern in = {0};
    bool fine = true;
    for (size_t i = 0; fine && i < b->series->nsegments; i++) {
        char room[32];
        size_t n;
        const char *text = watch_label_text(&keys[i * ndims], room, &n);
        if (text) fine = cyn_intern_code(&in, text, n, &codes[i]);
    }
    uint64_t bytes = in.count ? in.offset[in.count] : 0;
    cyn_dict *dict = fine ? CYN_NEW(b->arena, cyn_dict) : NULL;
    uint64_t *offset = dict ? CYN_NEW_ARRAY(b->arena, in.count + 1, uint64_t) : NULL;
    char *heap = offset ? cyn_alloc(b->arena, bytes + 1) : NULL;
    if (heap && in.count) {
        memcpy(offset, in.offset, (in.count + 1) * sizeof *offset);
        memcpy(heap, in.heap, bytes);
    }
    if (heap) *dict = (cyn_dict){.count = in.count, .offset = offset, .heap = heap};
    cyn_intern_clear(&in);
    if (!heap) return cyn_nomem(err);
    c->v.code = codes;
    c->dict = dict;
    return CYN_OK;
}

/* A dimension's values are of one type, or texts. */
static cyn_type type_of(const cyn_const *keys, size_t n, size_t step)
{
    unsigned seen = 0;
    for (size_t i = 0; i < n; i++)
        seen |= 1U << keys[i * step].kind;
    seen &= ~(1U << CYN_CONST_NIL);
    if (seen == 1U << CYN_CONST_BOOLEAN) return CYN_BOOLEAN;
    if (seen == 1U << CYN_CONST_INTEGER) return CYN_INTEGER;
    bool numbers = seen && !(seen & ~(1U << CYN_CONST_INTEGER | 1U << CYN_CONST_REAL));
    return numbers ? CYN_REAL : CYN_TEXT;
}

static void put_number(const cyn_const *key, cyn_type type, void *values, size_t i)
{
    if (key->kind == CYN_CONST_NIL) return;
    if (type == CYN_BOOLEAN)
        ((uint8_t *)values)[i] = key->i != 0;
    else if (type == CYN_INTEGER)
        ((int64_t *)values)[i] = key->i;
    else
        ((double *)values)[i] = key->kind == CYN_CONST_REAL ? key->r : (double)key->i;
}

static cyn_code add_dimension(watch_board *b, size_t dim, cyn_column *c, cyn_err *err)
{
    size_t n = b->series->nsegments, ndims = b->series->ndims;
    const cyn_const *keys = b->series->keys + dim;
    uint64_t *valid = CYN_NEW_ARRAY(b->arena, n / WORD + 1, uint64_t);
    void *values = CYN_NEW_ARRAY(b->arena, n + 1, uint64_t);
    if (!valid || !values) return cyn_nomem(err);
    *c = (cyn_column){.name = b->series->dims[dim],
                      .type = type_of(keys, n, ndims),
                      .valid = valid,
                      .v = {.values = values}};
    for (size_t i = 0; i < n; i++)
        valid[i / WORD] |= (uint64_t)(keys[i * ndims].kind != CYN_CONST_NIL) << i % WORD;
    if (c->type == CYN_TEXT) return add_texts(b, keys, values, c, err);
    for (size_t i = 0; i < n; i++)
        put_number(&keys[i * ndims], c->type, values, i);
    return CYN_OK;
}

cyn_code board_column_of(watch_board *b, const watch_name *name, size_t *out, cyn_err *err)
{
    for (size_t i = 0; i < b->ncolumns; i++) {
        if (!same_name(b->columns[i].name, name)) continue;
        *out = i;
        return CYN_OK;
    }
    board_column *columns =
        cyn_grown(b->arena, b->columns, b->ncolumns, &b->capacity, sizeof *columns);
    if (!columns) return cyn_nomem(err);
    b->columns = columns;
    cyn_column *table =
        cyn_grown(b->arena, b->columns_of_table, b->ncolumns, &b->table_capacity, sizeof *table);
    if (!table) return cyn_nomem(err);
    b->columns_of_table = table;
    board_column *c = &b->columns[b->ncolumns];
    *c = (board_column){.name = name};
    if (name->kind == WATCH_READING)
        CYN_TRY(add_reading(b, &name->reading, c, &table[b->ncolumns], err));
    else
        CYN_TRY(add_dimension(b, name->index, &table[b->ncolumns], err));
    *out = b->ncolumns++;
    return CYN_OK;
}
