#include "exec/pairs_impl.h"
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

cyn_code cyn_relation_mask(cyn_relation_run *run, const cyn_expr *e, uint8_t **out, cyn_err *err)
{
    cyn_program p = program_of(run);
    size_t test = 0;
    uint8_t *mask = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint8_t);
    if (!mask) return cyn_nomem(err);
    if (!e) {
        memset(mask, 1, run->rows);
        *out = mask;
        return CYN_OK;
    }
    CYN_TRY(cyn_program_condition(&p, e, &test, err));
    for (size_t first = 0; first < run->rows; first += CYN_BATCH) {
        size_t n = batch_at(run, first);
        cyn_program_eval(&p, first, n);
        memcpy(mask + first, p.tests[test].mask, n);
        CYN_TRY(cyn_relation_go_on(run, err));
    }
    *out = mask;
    return CYN_OK;
}

/* ---- entities ---- */

cyn_code cyn_relation_number(cyn_relation_run *run, const cyn_column *c, cyn_numbers *out,
                             cyn_err *err)
{
    cyn_pairs values = {0};
    if (c->type == CYN_TEXT) { /* a dictionary has numbered them already */
        *out = (cyn_numbers){.of = c->v.code, .count = c->dict->count};
        return CYN_OK;
    }
    uint32_t *of = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint32_t);
    bool ok = of != NULL;
    for (size_t row = 0; ok && row < run->rows; row++) {
        if (!cyn_column_has(c, row)) continue;
        of[row] = cyn_pairs_add(&values, 0, cyn_cell_bits(c, row));
        ok = of[row] != CYN_NO_PAIR;
    }
    *out = (cyn_numbers){.of = of, .count = values.count};
    cyn_pairs_clear(&values);
    return ok ? CYN_OK : cyn_nomem(err);
}

/* Splits each number so far by the values of one more column. */
static cyn_code split_members(const cyn_column *c, const cyn_row_list *rows, uint32_t *of,
                              uint32_t *count, cyn_err *err)
{
    cyn_pairs pairs = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < rows->n; i++) {
        uint32_t row = rows->row[i];
        bool known = cyn_column_has(c, row);
        /* Pairs number fewer than 2^31, so twice a number and one more still fit. */
        of[row] = cyn_pairs_add(&pairs, of[row] * 2 + !known, known ? cyn_cell_bits(c, row) : 0);
        ok = of[row] != CYN_NO_PAIR;
    }
    *count = pairs.count;
    cyn_pairs_clear(&pairs);
    return ok ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_relation_members(cyn_relation_run *run, const cyn_numbers *who,
                              const cyn_row_list *rows, cyn_numbers *out, cyn_err *err)
{
    const cyn_column *column;
    cyn_program p = program_of(run);
    if (run->in->ngroups == 0) {
        *out = *who;
        return CYN_OK;
    }
    uint32_t *of = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint32_t), count = who->count;
    if (!of) return cyn_nomem(err);
    if (run->rows) memcpy(of, who->of, run->rows * sizeof *of);
    for (size_t j = 0; j < run->in->ngroups; j++) {
        CYN_TRY(cyn_program_column(&p, run->in->groups[j], NULL, &column, err));
        CYN_TRY(split_members(column, rows, of, &count, err));
    }
    *out = (cyn_numbers){.of = of, .count = count};
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

/* ---- rows in order ---- */

typedef struct keyed_row {
    uint64_t key;
    uint32_t row;
} keyed_row;

/* One pass of a radix sort, stable: by byte `shift / 8` of the key. False when all have the same.
 */
static bool sort_by_byte(const keyed_row *from, keyed_row *to, size_t n, int shift)
{
    size_t next[256] = {0}, total = 0;
    for (size_t i = 0; i < n; i++)
        next[from[i].key >> shift & 255]++;
    if (next[from[0].key >> shift & 255] == n) return false;
    for (size_t v = 0; v < 256; v++) {
        size_t count = next[v];
        next[v] = total;
        total += count;
    }
    for (size_t i = 0; i < n; i++)
        to[next[from[i].key >> shift & 255]++] = from[i];
    return true;
}

cyn_code cyn_relation_sort(cyn_relation_run *run, const int64_t *key, uint32_t *row, size_t n,
                           cyn_err *err)
{
    size_t i = 1;
    while (i < n && key[row[i - 1]] <= key[row[i]])
        i++;
    if (i >= n) return CYN_OK; /* most sources are in the order of their time */
    keyed_row *from = cyn_malloc(n * sizeof *from), *to = cyn_malloc(n * sizeof *to);
    if (!from || !to) {
        cyn_free(from);
        cyn_free(to);
        return cyn_nomem(err);
    }
    for (i = 0; i < n; i++) /* the sign bit turned: unsigned keys in the order of the signed */
        from[i] = (keyed_row){.key = (uint64_t)key[row[i]] ^ UINT64_C(1) << 63, .row = row[i]};
    for (int shift = 0; shift < 64; shift += 8) {
        if (!sort_by_byte(from, to, n, shift)) continue;
        keyed_row *swap = from;
        from = to;
        to = swap;
    }
    for (i = 0; i < n; i++)
        row[i] = from[i].row;
    cyn_free(from);
    cyn_free(to);
    return cyn_relation_go_on(run, err);
}

static cyn_code choose(cyn_relation_run *run, const cyn_column *entity, const cyn_instants *time,
                       bool keep_untimed, cyn_row_list *out, cyn_err *err)
{
    uint8_t *mask;
    CYN_TRY(cyn_relation_mask(run, run->in->where, &mask, err));
    cyn_row_list list = {.row = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint32_t)};
    if (!list.row) return cyn_nomem(err);
    for (size_t row = 0; row < run->rows; row++) {
        mask[row] &= cyn_column_has(entity, row);
        list.row[list.n] = (uint32_t)row;
        list.n += keep_untimed && mask[row] && !cyn_column_has(time->column, row);
    }
    list.untimed = list.n;
    for (size_t row = 0; row < run->rows; row++) {
        list.row[list.n] = (uint32_t)row;
        list.n += mask[row] && (!time || cyn_column_has(time->column, row));
    }
    if (time) {
        CYN_TRY(
            cyn_relation_sort(run, time->at, list.row + list.untimed, list.n - list.untimed, err));
    }
    *out = list;
    return CYN_OK;
}

cyn_code cyn_relation_rows(cyn_relation_run *run, const cyn_column *entity,
                           const cyn_instants *time, cyn_row_list *out, cyn_err *err)
{
    return choose(run, entity, time, false, out, err);
}

cyn_code cyn_relation_all_rows(cyn_relation_run *run, const cyn_column *entity,
                               const cyn_instants *time, cyn_row_list *out, cyn_err *err)
{
    return choose(run, entity, time, true, out, err);
}

cyn_code cyn_relation_by_entity(cyn_relation_run *run, const cyn_numbers *who, cyn_row_list *rows,
                                const size_t **start, cyn_err *err)
{
    size_t *begin = CYN_NEW_ARRAY(run->arena, (size_t)who->count + 2, size_t);
    uint32_t *together = CYN_NEW_ARRAY(run->arena, rows->n + 1, uint32_t);
    if (!begin || !together) return cyn_nomem(err);
    /* begin[e + 1] counts up from where entity e begins to where it ends: one shift less. */
    for (size_t i = 0; i < rows->n; i++)
        begin[who->of[rows->row[i]] + 2]++;
    for (size_t e = 2; e <= (size_t)who->count + 1; e++)
        begin[e] += begin[e - 1];
    for (size_t i = 0; i < rows->n; i++)
        together[begin[who->of[rows->row[i]] + 1]++] = rows->row[i];
    rows->row = together;
    *start = begin;
    return CYN_OK;
}
