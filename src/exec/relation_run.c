#include "exec/relation_impl.h"
#include <string.h>

/* ---- a run ---- */

cyn_code cyn_relation_begin(cyn_relation_run *run, const cyn_relation *spec,
                            const cyn_relation_input *in, const atomic_bool *cancel, cyn_err *err)
{
    size_t rows = cyn_table_rows(in->table);
    const char *source = spec->base->source;
    if (rows >= CYN_NO_ROW) {
        return cyn_fail(err, CYN_E_LIMIT, "source '%s' has %zu rows, a %s takes at most %u", source,
                        rows, cyn_relation_names[spec->kind], CYN_NO_ROW - 1);
    }
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    *run = (cyn_relation_run){.spec = spec,
                              .in = in,
                              .cancel = cancel,
                              .arena = arena,
                              .source = source,
                              .table = cyn_table_ref(in->table),
                              .rows = rows};
    return CYN_OK;
}

void cyn_relation_end(cyn_relation_run *run)
{
    cyn_table_unref(run->table);
    cyn_arena_free(run->arena);
    *run = (cyn_relation_run){0};
}

cyn_code cyn_relation_go_on(const cyn_relation_run *run, cyn_err *err)
{
    if (!run->cancel || !atomic_load_explicit(run->cancel, memory_order_relaxed)) return CYN_OK;
    return cyn_fail(err, CYN_E_CANCEL, "cancelled");
}

static cyn_program program_of(const cyn_relation_run *run)
{
    return (cyn_program){.table = run->table, .source = run->source, .arena = run->arena};
}

static size_t batch_at(const cyn_relation_run *run, size_t first)
{
    return run->rows - first < CYN_BATCH ? run->rows - first : CYN_BATCH;
}

/* ---- expressions over all rows ---- */

static bool add_cell(cyn_builder *b, size_t col, const cyn_column *c, size_t row)
{
    if (!cyn_column_has(c, row)) return true;
    if (c->type == CYN_REAL) return cyn_builder_f64(b, col, c->v.f64[row]);
    if (c->type == CYN_BOOLEAN) return cyn_builder_i64(b, col, c->v.bit[row]);
    if (c->type != CYN_TEXT) return cyn_builder_i64(b, col, c->v.i64[row]);
    uint64_t from = c->dict->offset[c->v.code[row]], to = c->dict->offset[c->v.code[row] + 1];
    return cyn_builder_text(b, col, c->dict->heap + from, (size_t)(to - from));
}

/* The batches of an operand one behind the other, as a table of one column. */
static cyn_code unroll(const cyn_relation_run *run, const cyn_program *p, const cyn_operand *o,
                       cyn_table **out, cyn_err *err)
{
    cyn_column_spec spec = {.name = "", .type = o->column.type, .scale = o->column.scale};
    cyn_builder *b;
    cyn_code rc = CYN_OK;
    CYN_TRY(cyn_builder_new(&spec, 1, &b, err));
    for (size_t first = 0; rc == CYN_OK && first < run->rows; first += CYN_BATCH) {
        size_t n = batch_at(run, first);
        cyn_program_eval(p, first, n);
        for (size_t i = 0; rc == CYN_OK && i < n; i++)
            rc = add_cell(b, 0, &o->column, i) ? cyn_builder_end_row(b, err) : cyn_nomem(err);
        if (rc == CYN_OK) rc = cyn_relation_go_on(run, err);
    }
    if (rc == CYN_OK) return cyn_builder_finish(b, out, err);
    cyn_builder_free(b);
    return rc;
}

cyn_code cyn_relation_column(cyn_relation_run *run, const cyn_expr *e, cyn_column *out,
                             cyn_err *err)
{
    cyn_program p = program_of(run);
    cyn_operand operand;
    cyn_table *computed, *joined;
    CYN_TRY(cyn_program_operand(&p, e, &operand, err));
    if (!operand.buffer) {
        *out = operand.column;
        return CYN_OK;
    }
    CYN_TRY(unroll(run, &p, &operand, &computed, err));
    cyn_code rc = cyn_table_join_columns(run->table, computed, &joined, err);
    cyn_table_unref(computed);
    if (rc != CYN_OK) return rc;
    cyn_table_unref(run->table);
    run->table = joined;
    *out = *cyn_table_column(joined, cyn_table_width(joined) - 1);
    return CYN_OK;
}

/* ---- instants ---- */

/* A day is looked up in the zone once, not once per row. */
#define DAY_SLOTS 1024

static void midnights(const cyn_relation_run *run, const cyn_column *c, int64_t *at)
{
    int64_t day[DAY_SLOTS] = {0}, instant[DAY_SLOTS];
    bool used[DAY_SLOTS] = {0};
    for (size_t row = 0; row < run->rows; row++) {
        if (!cyn_column_has(c, row)) continue;
        int64_t d = c->v.i64[row];
        size_t slot = (uint64_t)d % DAY_SLOTS;
        if (!used[slot] || day[slot] != d) {
            used[slot] = true;
            day[slot] = d;
            instant[slot] = cyn_tz_midnight(run->in->calendar->tz, d);
        }
        at[row] = instant[slot];
    }
}

cyn_code cyn_relation_instants(cyn_relation_run *run, const cyn_column *c, const char *what,
                               cyn_instants *out, cyn_err *err)
{
    cyn_column *column = CYN_NEW(run->arena, cyn_column);
    if (!column) return cyn_nomem(err);
    *column = *c;
    *out = (cyn_instants){.at = c->v.i64, .column = column};
    if (c->type == CYN_TIMESTAMP) return CYN_OK;
    if (c->type != CYN_DATE) {
        return cyn_fail(err, CYN_E_TYPE,
                        "%s of a %s over source '%s' is of type %s, expected timestamp or date",
                        what, cyn_relation_names[run->spec->kind], run->source,
                        cyn_type_name(c->type));
    }
    int64_t *at = CYN_NEW_ARRAY(run->arena, run->rows + 1, int64_t);
    if (!at) return cyn_nomem(err);
    midnights(run, c, at);
    out->at = at;
    return CYN_OK;
}

cyn_code cyn_relation_time(cyn_relation_run *run, cyn_instants *out, cyn_err *err)
{
    const cyn_column *column;
    cyn_program p = program_of(run);
    cyn_place at = run->spec->place;
    if (!run->in->time) {
        cyn_fail_at(err, CYN_E_NAME, at.file, at.line, at.column,
                    "a %s needs the time of its rows, and source '%s' has no time column",
                    cyn_relation_names[run->spec->kind], run->source);
        if (err) cyn_hint(err, "Name the source's time column in cynosure.yaml ('time: …').");
        return CYN_E_NAME;
    }
    CYN_TRY(cyn_program_column(&p, run->in->time, &at, &column, err));
    return cyn_relation_instants(run, column, "the time", out, err);
}
