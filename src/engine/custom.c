#include "engine/custom.h"
#include "exec/gather.h"
#include <math.h>
#include <string.h>

/* Rows of one call. */
#ifndef CYN_CUSTOM_ROWS
#define CYN_CUSTOM_ROWS ((size_t)1 << 18)
#endif

/* A call as it fills up. */
typedef struct calls {
    const cyn_rows_set *set;
    const cyn_expr *functions;
    const cyn_derive_input *inputs; /* of the table */
    size_t ninputs;
    cyn_arena *arena;
    cyn_batch_column *columns; /* [input], and the row's number */
    void **values;             /* [column]: room for the rows of a call */
    uint64_t **valid;
    size_t most; /* rows of a call */
    int64_t *row;
    size_t rows;
    uint32_t *cell_rows; /* [cell of the call] */
    size_t *cell;        /* likewise: which of all cells it is */
    size_t ncells;
    bool resume;
    cyn_cell *cells;
} calls;

/* ---- Answers ---- */

/* The worker is not trusted: a real that is no finite number is missing (U-6). */
static cyn_num value_of(const cyn_answers *a, size_t i)
{
    double real = 0;
    switch (a->kind[i]) {
    case CYN_ANSWER_FALSE: return cyn_num_integer(0);
    case CYN_ANSWER_TRUE: return cyn_num_integer(1);
    case CYN_ANSWER_INTEGER: return cyn_num_integer((int64_t)a->bits[i]);
    case CYN_ANSWER_REAL: memcpy(&real, &a->bits[i], sizeof real); break;
    default: return (cyn_num){0};
    }
    return isfinite(real) ? cyn_num_real(real) : (cyn_num){0};
}

static cyn_code ask(const cyn_rows_set *set, const cyn_fold *fold, cyn_arena *arena,
                    cyn_answers **out, cyn_err *err)
{
    const cyn_evaluator *ev = &set->data->project->evaluator;
    CYN_TRY(ev->fold(ev->self, fold, arena, out, err));
    if ((*out)->rows != fold->ncells - fold->pause)
        return cyn_fail(err, CYN_E_WORKER, "the script worker answered for %zu of %zu cells",
                        (*out)->rows, fold->ncells - fold->pause);
    return CYN_OK;
}

cyn_code cyn_custom_empty(const cyn_rows_set *set, const cyn_agg *agg, cyn_num *out, cyn_err *err)
{
    static const uint32_t none = 0;
    const cyn_batch batch = {.rows = 0};
    const cyn_fold fold = {
        .handle = agg->arg->handle, .batch = &batch, .cell_rows = &none, .ncells = 1};
    cyn_answers *answers = NULL;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = ask(set, &fold, arena, &answers, err);
    if (rc == CYN_OK) *out = value_of(answers, 0);
    cyn_arena_free(arena);
    return rc;
}

cyn_code cyn_custom_check(cyn_rows_set *set, const cyn_agg *agg, cyn_rows *rows, cyn_err *err)
{
    const cyn_derive_input *inputs = NULL;
    size_t n;
    cyn_num empty;
    CYN_TRY(cyn_bind_reads(set, rows, agg, &inputs, &n, err));
    return cyn_custom_empty(set, agg, &empty, err);
}

/* ---- Columns of a call ---- */

static size_t value_size(cyn_type type)
{
    return type == CYN_BOOLEAN ? 1 : type == CYN_TEXT ? sizeof(uint32_t) : sizeof(uint64_t);
}

static void copy_values(const cyn_column *c, const int64_t *row, size_t n, void *out)
{
    switch (c->type) {
    case CYN_BOOLEAN:
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)out)[i] = c->v.bit[row[i]];
        break;
    case CYN_REAL:
        for (size_t i = 0; i < n; i++)
            ((double *)out)[i] = c->v.f64[row[i]];
        break;
    case CYN_TEXT:
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)out)[i] = cyn_column_code(c, row[i]);
        break;
    default:
        for (size_t i = 0; i < n; i++)
            ((int64_t *)out)[i] = cyn_column_integer(c, row[i]);
        break;
    }
}

static void copy_validity(const cyn_column *c, const int64_t *row, size_t n, uint64_t *out)
{
    memset(out, 0, (n / 64 + 1) * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i / 64] |= (uint64_t)cyn_column_has(c, (size_t)row[i]) << (i % 64);
}

static void fill_columns(const calls *c)
{
    for (size_t i = 0; i < c->ninputs; i++) {
        const cyn_column *from = c->inputs[i].column;
        copy_values(from, c->row, c->rows, c->values[i]);
        if (from->valid) copy_validity(from, c->row, c->rows, c->valid[i]);
    }
}

static cyn_code make_column(calls *c, size_t i, cyn_err *err)
{
    const cyn_column *from = c->inputs[i].column;
    c->values[i] = cyn_alloc_array(c->arena, c->most, value_size(from->type));
    if (from->valid) c->valid[i] = CYN_NEW_ARRAY(c->arena, c->most / 64 + 1, uint64_t);
    if (!c->values[i] || (from->valid && !c->valid[i])) return cyn_nomem(err);
    c->columns[i] = (cyn_batch_column){.name = c->inputs[i].name,
                                       .type = from->type,
                                       .scale = from->scale,
                                       .valid = c->valid[i],
                                       .values = c->values[i]};
    if (from->type != CYN_TEXT) return CYN_OK;
    c->columns[i].dict_count = from->dict->count;
    c->columns[i].dict_offset = from->dict->offset;
    c->columns[i].dict_heap = from->dict->heap;
    return CYN_OK;
}

static cyn_code make_room(calls *c, cyn_err *err)
{
    size_t n = c->ninputs;
    c->columns = CYN_NEW_ARRAY(c->arena, n + 1, cyn_batch_column);
    c->values = CYN_NEW_ARRAY(c->arena, n + 1, void *);
    c->valid = CYN_NEW_ARRAY(c->arena, n + 1, uint64_t *);
    c->row = CYN_NEW_ARRAY(c->arena, c->most, int64_t);
    c->cell_rows = CYN_NEW_ARRAY(c->arena, c->most, uint32_t);
    c->cell = CYN_NEW_ARRAY(c->arena, c->most, size_t);
    if (!c->columns || !c->values || !c->valid || !c->row || !c->cell_rows || !c->cell)
        return cyn_nomem(err);
    c->columns[n] =
        (cyn_batch_column){.name = CYN_ROW_NUMBER, .type = CYN_INTEGER, .values = c->row};
    for (size_t i = 0; i < n; i++)
        CYN_TRY(make_column(c, i, err));
    return CYN_OK;
}

/* ---- Calls ---- */

/* Calls the functions for what has been added; with `pause` the last cell has more rows. */
static cyn_code flush(calls *c, bool pause, cyn_err *err)
{
    cyn_answers *answers = NULL;
    if (c->ncells == 0) return CYN_OK;
    fill_columns(c);
    const cyn_batch batch = {.rows = c->rows, .columns = c->columns, .ncolumns = c->ninputs + 1};
    const cyn_fold fold = {.handle = c->functions->handle,
                           .batch = &batch,
                           .cell_rows = c->cell_rows,
                           .ncells = c->ncells,
                           .resume = c->resume,
                           .pause = pause};
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = ask(c->set, &fold, arena, &answers, err);
    for (size_t i = 0; rc == CYN_OK && i < answers->rows; i++)
        c->cells[c->cell[i]].value = value_of(answers, i);
    cyn_arena_free(arena);
    c->rows = c->ncells = 0;
    c->resume = pause;
    return rc;
}

static cyn_code add_cell(calls *c, size_t cell, const uint32_t *rows, size_t n, cyn_err *err)
{
    while (n > 0) {
        size_t part = n < c->most - c->rows ? n : c->most - c->rows;
        for (size_t i = 0; i < part; i++)
            c->row[c->rows++] = rows[i];
        c->cell[c->ncells] = cell;
        c->cell_rows[c->ncells++] = (uint32_t)part;
        rows += part;
        n -= part;
        if (c->rows == c->most) CYN_TRY(flush(c, n > 0, err));
    }
    return CYN_OK;
}

/* A row counts as often as cells hold it. */
static size_t count_rows(const cyn_gathered *g, size_t nintervals)
{
    size_t total = 0, n = 0;
    for (size_t s = 0; s < cyn_gathered_segments(g); s++)
        for (size_t i = 0; i < nintervals; i++, total += n)
            cyn_gathered_rows(g, s, i, &n);
    return total;
}

static cyn_code run(calls *c, const cyn_gathered *g, size_t nintervals, cyn_num empty, cyn_err *err)
{
    size_t total = count_rows(g, nintervals), n = 0;
    c->most = total < CYN_CUSTOM_ROWS ? total + 1 : CYN_CUSTOM_ROWS;
    CYN_TRY(make_room(c, err));
    for (size_t s = 0; s < cyn_gathered_segments(g); s++) {
        for (size_t i = 0; i < nintervals; i++) {
            size_t cell = s * nintervals + i;
            const uint32_t *rows = cyn_gathered_rows(g, s, i, &n);
            c->cells[cell].value = empty;
            CYN_TRY(add_cell(c, cell, rows, n, err));
        }
    }
    return flush(c, false, err);
}

cyn_code cyn_custom_cells(cyn_rows_set *set, const cyn_agg *agg, cyn_rows *rows,
                          const cyn_plan *plan, cyn_num empty, cyn_cell *cells, cyn_err *err)
{
    calls c = {.set = set, .functions = agg->arg, .cells = cells};
    cyn_gathered *g = NULL;
    CYN_TRY(cyn_bind_reads(set, rows, agg, &c.inputs, &c.ninputs, err));
    CYN_TRY(cyn_exec_gather(plan, rows->table, set->cancel, &g, err));
    c.arena = cyn_arena_new(0);
    cyn_code rc = c.arena ? run(&c, g, plan->nintervals, empty, err) : cyn_nomem(err);
    cyn_arena_free(c.arena);
    cyn_gathered_free(g);
    return rc;
}
