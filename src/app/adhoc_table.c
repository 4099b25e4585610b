#include "app/adhoc_impl.h"
#include <string.h>

static bool is_json(const cyn_adhoc_host *h)
{
    return h->report.format == CYN_FORMAT_JSON;
}

cyn_code cyn_adhoc_print(cyn_buf *out, cyn_err *err)
{
    if (cyn_print(out) == CYN_EXIT_OK) return CYN_OK;
    return cyn_fail(err, CYN_E_IO, "the output cannot be written");
}

/* ---- Rows ---- */

/* A cell as Lua would have it (docs/numerics.md, E-2). */
static cyn_const cell_value(const cyn_column *c, size_t row)
{
    if (!cyn_column_has(c, row)) return (cyn_const){.kind = CYN_CONST_NIL};
    switch (c->type) {
    case CYN_TEXT: {
        uint32_t code = cyn_column_code(c, row);
        uint64_t from = c->dict->offset[code], to = c->dict->offset[code + 1];
        return (cyn_const){
            .kind = CYN_CONST_TEXT, .s = c->dict->heap + from, .n = (size_t)(to - from)};
    }
    case CYN_BOOLEAN: return (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = c->v.bit[row]};
    case CYN_INTEGER:
    case CYN_DATE: return (cyn_const){.kind = CYN_CONST_INTEGER, .i = cyn_column_integer(c, row)};
    case CYN_REAL: return (cyn_const){.kind = CYN_CONST_REAL, .r = c->v.f64[row]};
    case CYN_DECIMAL:
        return (cyn_const){
            .kind = CYN_CONST_REAL,
            .r = cyn_num_double(cyn_num_decimal(cyn_column_integer(c, row), c->scale))};
    case CYN_TIMESTAMP:
        return (cyn_const){.kind = CYN_CONST_REAL,
                           .r = (double)cyn_column_integer(c, row) / CYN_SECOND};
    }
    return (cyn_const){.kind = CYN_CONST_NIL};
}

/* The same for people: times and dates in ISO 8601, decimals with all their digits. */
static void put_cell(const cyn_column *c, size_t row, const cyn_tz *tz, bool json, cyn_buf *out)
{
    char text[64];
    cyn_const value = cell_value(c, row);
    if (value.kind == CYN_CONST_NIL) {
        if (json) cyn_buf_puts(out, "null");
    } else if (c->type == CYN_TIMESTAMP || c->type == CYN_DATE) {
        if (c->type == CYN_DATE)
            cyn_format_date(cyn_column_integer(c, row), text, sizeof text);
        else
            cyn_format_instant(cyn_column_integer(c, row), tz, text, sizeof text);
        if (json)
            cyn_buf_json_string(out, text, strlen(text));
        else
            cyn_buf_puts(out, text);
    } else if (c->type == CYN_TEXT) {
        if (json)
            cyn_buf_json_string(out, value.s, value.n);
        else
            cyn_buf_add(out, value.s, value.n);
    } else if (c->type == CYN_DECIMAL) {
        cyn_buf_num(out, cyn_num_decimal(cyn_column_integer(c, row), c->scale));
    } else if (c->type == CYN_BOOLEAN) {
        cyn_buf_puts(out, value.i ? "true" : "false");
    } else {
        cyn_buf_num(out, c->type == CYN_REAL ? cyn_num_real(value.r) : cyn_num_integer(value.i));
    }
}

static bool is_number(cyn_type type)
{
    return type == CYN_INTEGER || type == CYN_DECIMAL || type == CYN_REAL;
}

static void rows_as_json(const cyn_adhoc_rows *r, const cyn_tz *tz, cyn_buf *out)
{
    for (size_t i = 0; i < r->nrows; i++) {
        for (size_t k = 0; k < r->ncolumns; k++) {
            const cyn_column *c = &r->columns[k];
            cyn_buf_putc(out, k ? ',' : '{');
            cyn_buf_json_string(out, c->name, strlen(c->name));
            cyn_buf_putc(out, ':');
            put_cell(c, r->row[i], tz, true, out);
        }
        cyn_buf_puts(out, r->ncolumns ? "}\n" : "{}\n");
    }
}

static cyn_code rows_as_table(const cyn_adhoc_host *h, const cyn_adhoc_rows *r, cyn_arena *arena,
                              cyn_buf *out, cyn_err *err)
{
    const char **cells = CYN_NEW_ARRAY(arena, r->ncolumns + 1, const char *);
    cyn_text_table *t = cyn_text_table_new(r->ncolumns);
    cyn_code rc = cells && t ? CYN_OK : cyn_nomem(err);
    for (size_t k = 0; rc == CYN_OK && k < r->ncolumns; k++)
        cyn_text_table_column(t, k, r->columns[k].name,
                              is_number(r->columns[k].type) ? CYN_RIGHT : CYN_LEFT, (int)k, true);
    for (size_t i = 0; rc == CYN_OK && i < r->nrows; i++) {
        for (size_t k = 0; rc == CYN_OK && k < r->ncolumns; k++) {
            cyn_buf cell = {0};
            put_cell(&r->columns[k], r->row[i], h->report.calendar->tz, false, &cell);
            rc = cyn_buf_check(&cell, err);
            if (rc == CYN_OK) cells[k] = cyn_strndup(arena, cell.data ? cell.data : "", cell.len);
            cyn_buf_clear(&cell);
            if (rc == CYN_OK && !cells[k]) rc = cyn_nomem(err);
        }
        if (rc == CYN_OK) cyn_text_table_row(t, cells);
    }
    if (rc == CYN_OK && h->report.ascii) cyn_text_table_ascii(t);
    if (rc == CYN_OK)
        cyn_text_table_write(t, h->report.width, h->report.colour,
                             h->report.format == CYN_FORMAT_MARKDOWN, out);
    cyn_text_table_free(t);
    return rc;
}

cyn_code cyn_adhoc_show_rows(const cyn_adhoc_host *h, const cyn_adhoc_rows *r, cyn_arena *arena,
                             cyn_err *err)
{
    cyn_buf out = {0};
    if (is_json(h)) {
        rows_as_json(r, h->report.calendar->tz, &out);
        return cyn_adhoc_print(&out, err);
    }
    cyn_code rc = rows_as_table(h, r, arena, &out, err);
    if (rc != CYN_OK) {
        cyn_buf_clear(&out);
        return rc;
    }
    if (r->nrows < r->total) {
        cyn_buf_printf(&out, "%zu of ", r->nrows);
        cyn_format_value(cyn_num_integer((int64_t)r->total), NULL, h->report.language, &out);
        cyn_buf_puts(&out, " rows\n");
    } else {
        cyn_buf_printf(&out, "%zu row%s\n", r->nrows, r->nrows == 1 ? "" : "s");
    }
    return cyn_adhoc_print(&out, err);
}

void cyn_adhoc_reply_rows(const cyn_adhoc_rows *r, cyn_buf *reply)
{
    cyn_wire_array(reply, r->nrows);
    for (size_t i = 0; i < r->nrows; i++) {
        cyn_wire_map(reply, r->ncolumns);
        for (size_t k = 0; k < r->ncolumns; k++) {
            cyn_const value = cell_value(&r->columns[k], r->row[i]);
            cyn_wire_key(reply, r->columns[k].name);
            cyn_wire_const(reply, &value);
        }
    }
}

/* ---- Records that a script made ---- */

/* Reals with twelve digits: what binary fractions leave behind says nothing to people. */
static void value_as_text(const cyn_value *v, cyn_buf *out)
{
    switch (v->kind) {
    case CYN_VALUE_TEXT: cyn_buf_add(out, v->s, v->n); break;
    case CYN_VALUE_BOOLEAN: cyn_buf_puts(out, v->i ? "true" : "false"); break;
    case CYN_VALUE_INTEGER: cyn_buf_num(out, cyn_num_integer(v->i)); break;
    case CYN_VALUE_REAL: cyn_buf_printf(out, "%.12g", v->r); break;
    default: break;
    }
}

static void value_as_json(const cyn_value *v, cyn_buf *out)
{
    if (v->kind == CYN_VALUE_TEXT)
        cyn_buf_json_string(out, v->s, v->n);
    else if (v->kind == CYN_VALUE_NIL)
        cyn_buf_puts(out, "null");
    else if (v->kind == CYN_VALUE_REAL)
        cyn_buf_real(out, v->r);
    else
        value_as_text(v, out);
}

static void records_as_json(const cyn_value *columns, const cyn_value *rows, cyn_buf *out)
{
    for (size_t i = 0; i < rows->n; i++) {
        for (size_t k = 0; k < columns->n; k++) {
            const char *name = columns->items[k].s;
            cyn_buf_putc(out, k ? ',' : '{');
            cyn_buf_json_string(out, name, columns->items[k].n);
            cyn_buf_putc(out, ':');
            value_as_json(cyn_value_get(&rows->items[i], name), out);
        }
        cyn_buf_puts(out, columns->n ? "}\n" : "{}\n");
    }
}

/* A column is set right where all that it holds are numbers. */
static cyn_align alignment(const cyn_value *rows, const char *column)
{
    for (size_t i = 0; i < rows->n; i++) {
        const cyn_value *v = cyn_value_get(&rows->items[i], column);
        if (v->kind == CYN_VALUE_TEXT || v->kind == CYN_VALUE_BOOLEAN) return CYN_LEFT;
    }
    return CYN_RIGHT;
}

static cyn_code records_as_table(const cyn_adhoc_host *h, const cyn_value *columns,
                                 const cyn_value *rows, cyn_arena *arena, cyn_buf *out,
                                 cyn_err *err)
{
    const char **cells = CYN_NEW_ARRAY(arena, columns->n + 1, const char *);
    cyn_text_table *t = cyn_text_table_new(columns->n);
    cyn_code rc = cells && t ? CYN_OK : cyn_nomem(err);
    for (size_t k = 0; rc == CYN_OK && k < columns->n; k++)
        cyn_text_table_column(t, k, columns->items[k].s, alignment(rows, columns->items[k].s),
                              (int)k, true);
    for (size_t i = 0; rc == CYN_OK && i < rows->n; i++) {
        for (size_t k = 0; rc == CYN_OK && k < columns->n; k++) {
            cyn_buf cell = {0};
            value_as_text(cyn_value_get(&rows->items[i], columns->items[k].s), &cell);
            cells[k] = cyn_strndup(arena, cell.data ? cell.data : "", cell.len);
            if (cell.failed || !cells[k]) rc = cyn_nomem(err);
            cyn_buf_clear(&cell);
        }
        if (rc == CYN_OK) cyn_text_table_row(t, cells);
    }
    if (rc == CYN_OK)
        cyn_text_table_write(t, h->report.width, h->report.colour,
                             h->report.format == CYN_FORMAT_MARKDOWN, out);
    cyn_text_table_free(t);
    return rc;
}

cyn_code cyn_adhoc_show_records(const cyn_adhoc_host *h, const cyn_value *columns,
                                const cyn_value *rows, cyn_arena *arena, cyn_err *err)
{
    cyn_buf out = {0};
    cyn_code rc = CYN_OK;
    if (is_json(h))
        records_as_json(columns, rows, &out);
    else
        rc = records_as_table(h, columns, rows, arena, &out, err);
    if (rc == CYN_OK) return cyn_adhoc_print(&out, err);
    cyn_buf_clear(&out);
    return rc;
}
