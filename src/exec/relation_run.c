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

/* ---- expressions over all rows ---- */

cyn_code cyn_relation_column(cyn_relation_run *run, const cyn_expr *e, cyn_column *out,
                             cyn_err *err)
{
    const cyn_column *column;
    cyn_program p = program_of(run);
    cyn_table *computed, *joined;
    if (e->kind == CYN_EXPR_COLUMN) {
        CYN_TRY(cyn_program_column(&p, e->name, &e->place, &column, err));
        *out = *column;
        return CYN_OK;
    }
    const cyn_tz *tz = run->in->calendar ? run->in->calendar->tz : NULL;
    CYN_TRY(cyn_exec_expr_column(e, run->table, tz, "", run->cancel, &computed, err));
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
        int64_t d = cyn_column_integer(c, row);
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
    *out = (cyn_instants){.at = *c, .column = column};
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
    out->at = (cyn_column){.type = CYN_TIMESTAMP, .v = {.i64 = at}};
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
