/* Tables from lines of text, and relations as lines of text, for the tests of relations.
 *
 *     static const cyn_column_spec specs[] = {{"day", CYN_DATE, 0}, {"who", CYN_TEXT, 0}};
 *     cyn_table *t = table_of(specs, 2, "2026-01-05,ann\n2026-01-06,\n");   // empty: missing
 *     check_relation(&spec, &in, "0 ann 2\n1 bob 1\n");                      // '-': missing
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "exec/relation.h"
#include "test.h"

static inline cyn_expr column(const char *name)
{
    return (cyn_expr){.kind = CYN_EXPR_COLUMN,
                      .name = name,
                      .text = name,
                      .place = {.file = "metrics/m.lua", .line = 4, .column = 9}};
}

static inline bool add_field(cyn_builder *b, size_t col, cyn_column_spec s, const char *at,
                             size_t n)
{
    int64_t i = 0;
    double r = 0;
    int scale;
    if (n == 0) return true;
    switch (s.type) {
    case CYN_TEXT: return cyn_builder_text(b, col, at, n);
    case CYN_REAL: return cyn_parse_real(at, n, &r) && cyn_builder_f64(b, col, r);
    case CYN_TIMESTAMP: return cyn_parse_instant(at, n, NULL, &i) && cyn_builder_i64(b, col, i);
    case CYN_DATE: return cyn_parse_date(at, n, &i) && cyn_builder_i64(b, col, i);
    case CYN_DECIMAL:
        return cyn_parse_decimal(at, n, &i, &scale) && cyn_rescale(i, scale, s.scale, &i) &&
               cyn_builder_i64(b, col, i);
    case CYN_INTEGER:
    case CYN_BOOLEAN: return cyn_parse_integer(at, n, &i) && cyn_builder_i64(b, col, i);
    }
    return false;
}

static inline cyn_table *table_of(const cyn_column_spec *specs, size_t n, const char *lines)
{
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(specs, n, &b, NULL) != CYN_OK) exit(1);
    while (*lines) {
        for (size_t c = 0; c < n; c++) {
            size_t length = strcspn(lines, ",\n");
            if (!add_field(b, c, specs[c], lines, length)) {
                printf("# cannot read '%.*s'\n", (int)length, lines);
                exit(1);
            }
            lines += length + (lines[length] != 0);
        }
        if (cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    return t;
}

static inline void add_cell_text(cyn_buf *out, const cyn_column *c, size_t row)
{
    char time[48];
    if (!cyn_column_has(c, row)) {
        cyn_buf_putc(out, '-');
        return;
    }
    switch (c->type) {
    case CYN_TEXT: {
        uint32_t code = cyn_column_code(c, row);
        uint64_t from = c->dict->offset[code], to = c->dict->offset[code + 1];
        cyn_buf_add(out, c->dict->heap + from, (size_t)(to - from));
        break;
    }
    case CYN_REAL: cyn_buf_real(out, c->v.f64[row]); break;
    case CYN_BOOLEAN: cyn_buf_puts(out, c->v.bit[row] ? "true" : "false"); break;
    case CYN_DECIMAL:
        cyn_buf_num(out, cyn_num_decimal(cyn_column_integer(c, row), c->scale));
        break;
    case CYN_TIMESTAMP:
        cyn_format_instant(cyn_column_integer(c, row), NULL, time, sizeof time);
        cyn_buf_puts(out, time);
        break;
    case CYN_DATE:
        cyn_format_date(cyn_column_integer(c, row), time, sizeof time);
        cyn_buf_puts(out, time);
        break;
    case CYN_INTEGER: cyn_buf_printf(out, "%lld", (long long)cyn_column_integer(c, row)); break;
    }
}

static inline int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The rows, sorted as text: the order of a relation's rows is nobody's business. */
static inline void relation_text(const cyn_table *t, cyn_buf *out)
{
    size_t n = cyn_table_rows(t);
    char **lines = calloc(n + 1, sizeof *lines);
    if (!lines) exit(1);
    for (size_t r = 0; r < n; r++) {
        cyn_buf line = {0};
        for (size_t c = 0; c < cyn_table_width(t); c++) {
            if (c) cyn_buf_putc(&line, ' ');
            add_cell_text(&line, cyn_table_column(t, c), r);
        }
        lines[r] = line.data;
    }
    qsort(lines, n, sizeof *lines, compare_lines);
    for (size_t r = 0; r < n; r++) {
        cyn_buf_printf(out, "%s\n", lines[r]);
        cyn_free(lines[r]);
    }
    free(lines);
}

static inline void check_relation(const cyn_relation *spec, const cyn_relation_input *in,
                                  const char *want)
{
    cyn_table *t = NULL;
    cyn_err err = {0};
    cyn_buf got = {0};
    cyn_code rc = cyn_exec_relation(spec, in, NULL, &t, &err);
    if (rc != CYN_OK) printf("# %s\n", err.message);
    CHECK(rc == CYN_OK);
    if (rc == CYN_OK) {
        relation_text(t, &got);
        CHECK_STR(got.data ? got.data : "", want);
    }
    cyn_buf_clear(&got);
    cyn_table_unref(t);
}

/* Fails with this code, leaves *out alone, and says this. */
static inline void check_relation_fails(const cyn_relation *spec, const cyn_relation_input *in,
                                        cyn_code code, const char *message)
{
    cyn_table *t = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_exec_relation(spec, in, NULL, &t, &err), code);
    CHECK(t == NULL);
    CHECK_STR(err.message, message);
}

/* Every allocation fails once, and is an ordinary error. */
static inline void check_relation_out_of_memory(const cyn_relation *spec,
                                                const cyn_relation_input *in)
{
    cyn_table *t = NULL;
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 0;
    while (rc == CYN_E_NOMEM && n < 10000) {
        cyn_err err = {0};
        cyn_test_fail_after(++n);
        rc = cyn_exec_relation(spec, in, NULL, &t, &err);
        cyn_test_fail_after(0);
        CHECK((rc == CYN_OK) == (t != NULL));
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 5);
    cyn_table_unref(t);
}

static inline void check_relation_cancelled(const cyn_relation *spec, const cyn_relation_input *in)
{
    const atomic_bool stop = true;
    cyn_table *t = NULL;
    CHECK_INT(cyn_exec_relation(spec, in, &stop, &t, NULL), CYN_E_CANCEL);
    CHECK(t == NULL);
}

static inline int64_t instant(const char *text)
{
    int64_t t;
    if (!cyn_parse_instant(text, strlen(text), NULL, &t)) exit(1);
    return t;
}
