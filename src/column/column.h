/* Columns and tables: immutable typed vectors, the only form in which rows reach the engine.
 *
 * Values and validity are separate arrays. Text is dictionary-coded: equal texts have equal codes,
 * codes are dense, in order of first appearance. A cyn_table is built once by a cyn_builder,
 * frozen, and then shared by reference (cyn_table_ref/unref, atomic count); it needs no lock.
 *
 * Codes and integers lie in as few bytes as all of a column's need. One value is read by
 * cyn_column_code or cyn_column_integer, many side by side as a window of wide ones:
 *
 *     int64_t room[CYN_BATCH];
 *     const int64_t *v = cyn_column_integers(c, first, n, room);   // v[0] is that of row `first`
 *
 *     cyn_builder *b;
 *     CYN_TRY(cyn_builder_new(specs, 2, &b, err));
 *     rc = cyn_builder_text(b, 0, "ads", 3);      // one call per column of the row …
 *     rc = cyn_builder_i64(b, 1, 42);
 *     rc = cyn_builder_end_row(b, err);           // … a column not set is missing
 *     rc = cyn_builder_finish(b, &table, err);    // frees b
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/type.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Distinct texts: bytes of code c are heap[offset[c]] … heap[offset[c + 1]). */
typedef struct cyn_dict {
    uint32_t count;
    const uint64_t *offset; /* count + 1 */
    const char *heap;
} cyn_dict;

/* What the integers of CYN_ZONE_ROWS rows lie between. */
typedef struct cyn_zone {
    int64_t least, greatest;
} cyn_zone;
#define CYN_ZONE_ROWS 4096

typedef struct cyn_column {
    const char *name; /* dotted path for nested fields: "payload.size" */
    cyn_type type;
    uint8_t scale;  /* CYN_DECIMAL */
    uint8_t narrow; /* bytes of a value where they are fewer than the type's: 1, 2, 4; else 0 */
    uint32_t unit;  /* what a narrow integer counts: 1, or the microseconds of a second */
    const uint64_t *valid; /* bit r of word r / 64; NULL: no value is missing */
    union {
        const void *values;
        const int64_t *i64; /* INTEGER, DECIMAL, TIMESTAMP, DATE; when narrow: */
        const int32_t *i32;
        const int16_t *i16;
        const int8_t *i8;
        const double *f64;    /* REAL; never NaN (NaN is stored as missing) */
        const uint32_t *code; /* TEXT; when narrow: */
        const uint16_t *code16;
        const uint8_t *code8;
        const uint8_t *bit; /* BOOLEAN */
    } v;
    const cyn_dict *dict; /* TEXT */
    /* What a segment, and a table that was built, knows of the values: */
    const cyn_zone *zones; /* [row / CYN_ZONE_ROWS] of whole zones, as cyn_column_range; or NULL */
    bool finite;           /* REAL: no value is infinite; else some may be */
    bool ascending;        /* integers: none is missing or below the one before; else some may be */
} cyn_column;

static inline bool cyn_column_has(const cyn_column *c, size_t row)
{
    return !c->valid || (c->valid[row >> 6] >> (row & 63) & 1);
}

/* INTEGER, DECIMAL, TIMESTAMP, DATE */
static inline int64_t cyn_column_integer(const cyn_column *c, size_t row)
{
    switch (c->narrow) {
    case 1: return c->v.i8[row];
    case 2: return c->v.i16[row];
    case 4: return c->v.i32[row] * (int64_t)c->unit;
    default: return c->v.i64[row];
    }
}

/* TEXT */
static inline uint32_t cyn_column_code(const cyn_column *c, size_t row)
{
    switch (c->narrow) {
    case 1: return c->v.code8[row];
    case 2: return c->v.code16[row];
    default: return c->v.code[row];
    }
}

/* The text of a code, of n bytes. */
static inline const char *cyn_dict_text(const cyn_dict *d, uint32_t code, size_t *n)
{
    *n = (size_t)(d->offset[code + 1] - d->offset[code]);
    return d->heap + d->offset[code];
}

/* The values of the rows first … first + n - 1: the column's own array where it is wide, else
 * `room` for n, filled with them. */
const int64_t *cyn_column_integers(const cyn_column *c, size_t first, size_t n, int64_t *room);
const uint32_t *cyn_column_codes(const cyn_column *c, size_t first, size_t n, uint32_t *room);
/* The least and greatest integer that lies in the rows first … first + n - 1, n > 0; what stands in
 * the place of missing values (0) counts as well. */
void cyn_column_range(const cyn_column *c, size_t first, size_t n, int64_t *least,
                      int64_t *greatest);
/* The same of the values that are there, of any n; false when there is none. */
bool cyn_column_known_range(const cyn_column *c, size_t first, size_t n, int64_t *least,
                            int64_t *greatest);
/* Whether no integer of the rows first … first + n - 1, n > 0, is below the one before; what stands
 * in the place of missing values counts as well. */
bool cyn_column_ascends(const cyn_column *c, size_t first, size_t n);
/* Bytes of one value. */
size_t cyn_column_size(const cyn_column *c);

typedef struct cyn_table cyn_table;
size_t cyn_table_rows(const cyn_table *t);
size_t cyn_table_width(const cyn_table *t);
const cyn_column *cyn_table_column(const cyn_table *t, size_t i);
/* Index of the first column of this name, or -1. */
int cyn_table_find(const cyn_table *t, const char *name);
/* The name of a column that was likely meant by a word (cyn_nearest), or NULL: also when out of
 * memory. */
const char *cyn_table_nearest(const cyn_table *t, const char *word);
cyn_table *cyn_table_ref(const cyn_table *t);
void cyn_table_unref(const cyn_table *t);
/* Bytes of all arrays. */
size_t cyn_table_bytes(const cyn_table *t);
/* A table with the columns of t and then those of more (same number of rows, else CYN_E_RANGE); it
 * shares all arrays and holds a reference to both. */
CYN_NODISCARD cyn_code cyn_table_join_columns(const cyn_table *t, const cyn_table *more,
                                              cyn_table **out, cyn_err *err);
/* The rows of t from `first` on, a multiple of 64; it shares all arrays and holds a reference. */
CYN_NODISCARD cyn_code cyn_table_tail(const cyn_table *t, size_t first, cyn_table **out,
                                      cyn_err *err);

typedef struct cyn_column_spec {
    const char *name;
    cyn_type type;
    uint8_t scale;
} cyn_column_spec;

typedef struct cyn_builder cyn_builder;
CYN_NODISCARD cyn_code cyn_builder_new(const cyn_column_spec *specs, size_t n, cyn_builder **out,
                                       cyn_err *err);
void cyn_builder_free(cyn_builder *b); /* NULL is fine */
/* So many rows are likely to come in all; the next growing takes them into account. */
void cyn_builder_expect(cyn_builder *b, size_t rows);
/* Set the current row's cell. The setter must fit the column's type; false = out of memory. */
bool cyn_builder_text(cyn_builder *b, size_t col, const char *s, size_t n);
/* INTEGER, DECIMAL (mantissa), TIMESTAMP, DATE; BOOLEAN (not 0 is true) */
bool cyn_builder_i64(cyn_builder *b, size_t col, int64_t v);
bool cyn_builder_f64(cyn_builder *b, size_t col, double v); /* REAL; NaN is missing */
CYN_NODISCARD cyn_code cyn_builder_end_row(cyn_builder *b, cyn_err *err);
/* Forgets what was set of the current row; the table's dictionaries will hold nothing of it. */
void cyn_builder_drop_row(cyn_builder *b);
size_t cyn_builder_rows(const cyn_builder *b);

/* Many rows at once: the cells of one column, each as wide as the type. Where a bit is not set the
 * value is 0, and no real is NaN. */
typedef struct cyn_builder_values {
    const void *values; /* TEXT: codes that cyn_builder_code gave */
    const uint64_t *valid;
} cyn_builder_values;
/* The code of a text in a column's dictionary, a new one if need be. Every code that was asked for
 * should be in a row, in the order of asking. False = out of memory. */
bool cyn_builder_code(cyn_builder *b, size_t col, const char *s, size_t n, uint32_t *code);
/* The same of many texts in their order, faster; their heap must be readable for CYN_INTERN_LOAD
 * bytes behind its end. */
bool cyn_builder_codes(cyn_builder *b, size_t col, const cyn_dict *texts, uint32_t *codes);
/* Appends the rows from … from + rows of one array for each column; nothing is set of the current
 * row. On failure nothing is appended. */
CYN_NODISCARD cyn_code cyn_builder_append(cyn_builder *b, const cyn_builder_values *columns,
                                          size_t from, size_t rows, cyn_err *err);
/* Freezes the rows ended so far; b is freed in any case. */
CYN_NODISCARD cyn_code cyn_builder_finish(cyn_builder *b, cyn_table **out, cyn_err *err);
