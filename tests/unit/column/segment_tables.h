/* Tables of every type for the tests of segments and concatenation, and how to compare them. */
#pragma once
#include "column/column.h"
#include "test.h"

static const cyn_column_spec every_type[] = {
    {"user", CYN_TEXT, 0}, {"n", CYN_INTEGER, 0},    {"amount", CYN_DECIMAL, 2},
    {"rate", CYN_REAL, 0}, {"paid", CYN_BOOLEAN, 0}, {"at", CYN_TIMESTAMP, 0},
    {"day", CYN_DATE, 0},  {"note", CYN_TEXT, 0}, /* never has a value */
};
enum { EVERY = sizeof every_type / sizeof *every_type };

/* One row of every_type; what it holds depends on the number only. Every 7th lacks most. */
static inline void add_row(cyn_builder *b, size_t row)
{
    char text[32];
    snprintf(text, sizeof text, "user %zu é", row * 7919 % 1000);
    int ok = cyn_builder_i64(b, 1, (int64_t)row - 3);
    if (row % 7 != 6) {
        ok &= cyn_builder_text(b, 0, text, row % 50 ? strlen(text) : 0);
        ok &= cyn_builder_i64(b, 2, (int64_t)row * 12345) && cyn_builder_f64(b, 3, (double)row / 7);
        ok &= cyn_builder_i64(b, 4, row % 3 == 0);
        ok &= cyn_builder_i64(b, 5, 1700000000000000 + (int64_t)row);
        ok &= cyn_builder_i64(b, 6, 20000 + (int64_t)row);
    }
    if (!ok || cyn_builder_end_row(b, NULL) != CYN_OK) abort();
}

static inline cyn_table *table_of(size_t from, size_t to)
{
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(every_type, EVERY, &b, NULL) != CYN_OK) abort();
    for (size_t row = from; row < to; row++)
        add_row(b, row);
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) abort();
    return t;
}

static inline int same_dict(const cyn_dict *a, const cyn_dict *b)
{
    if (!a || !b) return a == b;
    return a->count == b->count &&
           !memcmp(a->offset, b->offset, ((size_t)a->count + 1) * sizeof *a->offset) &&
           !memcmp(a->heap, b->heap, (size_t)a->offset[a->count]);
}

static inline int same_cell(const cyn_column *a, const cyn_column *b, size_t row)
{
    if (cyn_column_has(a, row) != cyn_column_has(b, row)) return 0;
    switch (a->type) {
    case CYN_TEXT: return cyn_column_code(a, row) == cyn_column_code(b, row);
    case CYN_BOOLEAN: return a->v.bit[row] == b->v.bit[row];
    default: return cyn_column_integer(a, row) == cyn_column_integer(b, row);
    }
}

/* The same columns, cells, codes, dictionaries and size. */
static inline int same_table(const cyn_table *a, const cyn_table *b)
{
    size_t rows = cyn_table_rows(a), width = cyn_table_width(a);
    int same = cyn_table_rows(b) == rows && cyn_table_width(b) == width &&
               cyn_table_bytes(a) == cyn_table_bytes(b);
    for (size_t i = 0; same && i < width; i++) {
        const cyn_column *x = cyn_table_column(a, i), *y = cyn_table_column(b, i);
        same = !strcmp(x->name, y->name) && x->type == y->type && x->scale == y->scale &&
               !x->valid == !y->valid && same_dict(x->dict, y->dict);
        for (size_t row = 0; same && row < rows; row++)
            same = same_cell(x, y, row);
    }
    return same;
}
