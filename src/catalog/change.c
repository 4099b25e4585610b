#include "catalog/change.h"
#include <math.h>

/* ---- The request ---- */

static void write_values(cyn_buf *b, const char *key, const double *values, size_t n)
{
    cyn_wire_key(b, key);
    cyn_wire_array(b, n);
    for (size_t i = 0; i < n; i++)
        cyn_wire_real(b, values[i]);
}

static void write_change(cyn_buf *b, const cyn_change *c)
{
    cyn_wire_map(b, 6);
    cyn_wire_key(b, "metric");
    cyn_wire_string(b, c->metric);
    cyn_wire_key(b, "inputs");
    cyn_wire_array(b, c->ninputs);
    for (size_t i = 0; i < c->ninputs; i++)
        cyn_wire_string(b, c->inputs[i]);
    write_values(b, "before", c->before, c->ninputs);
    write_values(b, "after", c->after, c->ninputs);
    cyn_wire_key(b, "total_before");
    cyn_wire_real(b, c->total_before);
    cyn_wire_key(b, "total_after");
    cyn_wire_real(b, c->total_after);
}

void cyn_changes_write(uint32_t handle, const cyn_change *changes, size_t n, cyn_buf *out)
{
    cyn_wire_map(out, 2);
    cyn_wire_key(out, "handle");
    cyn_wire_integer(out, handle);
    cyn_wire_key(out, "changes");
    cyn_wire_array(out, n);
    for (size_t i = 0; i < n; i++)
        write_change(out, &changes[i]);
}

/* ---- The reply ---- */

static bool read_part(const cyn_value *v, double *out)
{
    *out = v->kind == CYN_VALUE_INTEGER ? (double)v->i : v->r;
    return v->kind == CYN_VALUE_INTEGER || (v->kind == CYN_VALUE_REAL && isfinite(v->r));
}

static cyn_code malformed(size_t i, cyn_err *err)
{
    return cyn_fail(err, CYN_E_WORKER, "the script worker's reply is malformed: change %zu", i);
}

/* One number for each of the n inputs of change i. */
static cyn_code read_parts(const cyn_value *list, size_t n, size_t i, cyn_arena *arena,
                           const double **out, cyn_err *err)
{
    if (!cyn_value_is_list(list) || list->n != n) return malformed(i, err);
    double *parts = CYN_NEW_ARRAY(arena, n + 1, double);
    if (!parts) return cyn_nomem(err);
    for (size_t k = 0; k < n; k++)
        if (!read_part(&list->items[k], &parts[k])) return malformed(i, err);
    *out = parts;
    return CYN_OK;
}

static cyn_code read_result(const cyn_value *v, size_t n, size_t i, cyn_arena *arena,
                            const double **parts, const cyn_err **error, cyn_err *err)
{
    const cyn_value *why = cyn_value_get(v, "error");
    if (v->kind != CYN_VALUE_MAP) return malformed(i, err);
    if (why->kind == CYN_VALUE_NIL)
        return read_parts(cyn_value_get(v, "parts"), n, i, arena, parts, err);
    cyn_err *e = CYN_NEW(arena, cyn_err);
    if (!e) return cyn_nomem(err);
    if (!cyn_value_error(why, e)) return malformed(i, err);
    *error = e;
    return CYN_OK;
}

cyn_code cyn_changes_read(const uint8_t *data, size_t size, const cyn_change *changes, size_t n,
                          cyn_arena *arena, const double *const **parts,
                          const cyn_err *const **errors, cyn_err *err)
{
    const cyn_value *tree;
    const double **all = CYN_NEW_ARRAY(arena, n + 1, const double *);
    const cyn_err **failed = CYN_NEW_ARRAY(arena, n + 1, const cyn_err *);
    if (!all || !failed) return cyn_nomem(err);
    CYN_TRY(cyn_wire_read(data, size, arena, &tree, err));
    const cyn_value *results = cyn_value_get(tree, "results");
    if (results->kind != CYN_VALUE_ARRAY || results->n != n) return malformed(0, err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(read_result(&results->items[i], changes[i].ninputs, i + 1, arena, &all[i],
                            &failed[i], err));
    *parts = all;
    *errors = failed;
    return CYN_OK;
}
