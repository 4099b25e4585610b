/* Small tables of events, for the tests of journeys and retention. A NULL cell is missing. */
#pragma once
#include "base/buf.h"
#include "base/period.h"
#include "exec/relation.h"
#include "test.h"

typedef struct event {
    const char *t, *who, *what, *product;
    int64_t cents;
} event;

enum { T, DAY, WHO, WHAT, PRODUCT, CENTS, AMOUNT, REAL, COLUMNS };
static const cyn_column_spec event_columns[COLUMNS] = {
    {"t", CYN_TIMESTAMP, 0},    {"day", CYN_DATE, 0},     {"who", CYN_TEXT, 0},
    {"what", CYN_TEXT, 0},      {"product", CYN_TEXT, 0}, {"cents", CYN_INTEGER, 0},
    {"amount", CYN_DECIMAL, 2}, {"real", CYN_REAL, 0},
};

static inline int64_t at(const char *s)
{
    int64_t instant = 0;
    CHECK(cyn_parse_instant(s, strlen(s), NULL, &instant));
    return instant;
}

static inline void set_text(cyn_builder *b, size_t column, const char *s)
{
    if (s) CHECK(cyn_builder_text(b, column, s, strlen(s)));
}

static inline cyn_table *events(const event *e, size_t n)
{
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(event_columns, COLUMNS, &b, NULL) != CYN_OK) exit(1);
    for (size_t i = 0; i < n; i++) {
        if (e[i].t) {
            int64_t days = 0;
            CHECK(cyn_builder_i64(b, T, at(e[i].t)));
            CHECK(cyn_parse_date(e[i].t, 10, &days));
            CHECK(cyn_builder_i64(b, DAY, days));
        }
        set_text(b, WHO, e[i].who);
        set_text(b, WHAT, e[i].what);
        set_text(b, PRODUCT, e[i].product);
        CHECK(cyn_builder_i64(b, CENTS, e[i].cents));
        CHECK(cyn_builder_i64(b, AMOUNT, e[i].cents));
        CHECK(cyn_builder_f64(b, REAL, (double)e[i].cents / 100));
        if (cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    return t;
}
#define EVENTS(rows) events(rows, sizeof(rows) / sizeof *(rows))

static inline cyn_expr column(const char *name)
{
    return (cyn_expr){.kind = CYN_EXPR_COLUMN, .name = name, .text = name};
}

static inline cyn_expr text(const char *s)
{
    return (cyn_expr){.kind = CYN_EXPR_CONST,
                      .value = {.kind = CYN_CONST_TEXT, .s = s, .n = strlen(s)}};
}

static inline cyn_expr equals(const cyn_expr *a, const cyn_expr *b)
{
    return (cyn_expr){.kind = CYN_EXPR_EQUALS, .a = a, .b = b};
}

static const cyn_view all_events = {.source = "events"};
static const cyn_calendar utc = {.week_start = 1, .fiscal_month = 1};

/* Runs a relation that is expected to succeed. */
static inline cyn_table *make(const cyn_relation *spec, const cyn_relation_input *in)
{
    cyn_table *out = NULL;
    cyn_err err = {0};
    if (cyn_exec_relation(spec, in, NULL, &out, &err) == CYN_OK) return out;
    printf("# %s\n", err.message);
    exit(1);
}

static inline cyn_code make_fails(const cyn_relation *spec, const cyn_relation_input *in,
                                  cyn_err *err)
{
    cyn_table *out = NULL;
    cyn_code rc = cyn_exec_relation(spec, in, NULL, &out, err);
    CHECK(out == NULL);
    return rc;
}

static inline const cyn_column *find(const cyn_table *t, const char *name)
{
    int i = cyn_table_find(t, name);
    if (i >= 0) return cyn_table_column(t, (size_t)i);
    printf("# no column %s\n", name);
    exit(1);
}

/* The row of an entity; its n-th when it has several. */
static inline size_t row_of(const cyn_table *t, const char *who, size_t n)
{
    const cyn_column *c = find(t, "entity");
    for (size_t row = 0; row < cyn_table_rows(t); row++) {
        const cyn_dict *d = c->dict;
        uint32_t code = cyn_column_code(c, row);
        size_t length = (size_t)(d->offset[code + 1] - d->offset[code]);
        if (length != strlen(who) || memcmp(d->heap + d->offset[code], who, length) != 0) continue;
        if (n-- == 0) return row;
    }
    printf("# no row for %s\n", who);
    exit(1);
}

/* The first n texts of a column, joined by spaces. */
static inline void check_texts(const cyn_column *c, size_t n, const char *want)
{
    cyn_buf got = {0};
    for (size_t row = 0; row < n; row++) {
        uint32_t code = cyn_column_code(c, row);
        uint64_t from = c->dict->offset[code], to = c->dict->offset[code + 1];
        if (row) cyn_buf_putc(&got, ' ');
        cyn_buf_add(&got, c->dict->heap + from, (size_t)(to - from));
    }
    CHECK_STR(got.data ? got.data : "", want);
    cyn_buf_clear(&got);
}

#define MISSING INT64_MIN
/* A cell of a column of integers, decimals, booleans or timestamps. */
static inline int64_t cell(const cyn_table *t, const char *name, size_t row)
{
    const cyn_column *c = find(t, name);
    if (!cyn_column_has(c, row)) return MISSING;
    return c->type == CYN_BOOLEAN ? c->v.bit[row] : cyn_column_integer(c, row);
}
