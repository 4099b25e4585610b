#include "exec/relation_impl.h"
#include <string.h>

/* A batch of one column on its way into the builder. */
typedef struct shuttle {
    const cyn_made_column *made;
    size_t col;
    union {
        int64_t i64[CYN_BATCH];
        double f64[CYN_BATCH];
        uint32_t code[CYN_BATCH];
        uint8_t bit[CYN_BATCH];
    } v;
    uint64_t valid[CYN_BATCH / 64 + 1];
    uint32_t *renamed; /* TEXT: by code, the builder's code + 1 */
} shuttle;

static bool rename_code(shuttle *s, cyn_builder *b, uint32_t code, uint32_t *out)
{
    uint32_t *known = &s->renamed[code];
    if (*known == 0) {
        const cyn_dict *d = s->made->values.dict;
        uint64_t from = d->offset[code], to = d->offset[code + 1];
        if (!cyn_builder_code(b, s->col, d->heap + from, (size_t)(to - from), known)) return false;
        ++*known;
    }
    *out = *known - 1;
    return true;
}

/* Copies the cells of the rows first … first + n - 1; those that are missing stay 0. */
static bool fill_shuttle(shuttle *s, cyn_builder *b, size_t first, size_t n)
{
    const cyn_column *c = &s->made->values;
    memset(&s->v, 0, sizeof s->v);
    memset(s->valid, 0, sizeof s->valid);
    for (size_t i = 0; i < n; i++) {
        size_t row = s->made->row ? s->made->row[first + i] : first + i;
        if ((s->made->row && row == CYN_NO_ROW) || !cyn_column_has(c, row)) continue;
        s->valid[i / 64] |= UINT64_C(1) << i % 64;
        switch (c->type) {
        case CYN_TEXT:
            if (!rename_code(s, b, c->v.code[row], &s->v.code[i])) return false;
            break;
        case CYN_REAL: s->v.f64[i] = c->v.f64[row]; break;
        case CYN_BOOLEAN: s->v.bit[i] = c->v.bit[row]; break;
        default: s->v.i64[i] = c->v.i64[row]; break;
        }
    }
    return true;
}

static cyn_code fill_table(shuttle *s, size_t width, cyn_builder *b, size_t n, cyn_err *err)
{
    cyn_builder_values *values = cyn_calloc(width, sizeof *values);
    cyn_code rc = values ? CYN_OK : cyn_nomem(err);
    for (size_t first = 0; rc == CYN_OK && first < n; first += CYN_BATCH) {
        size_t batch = n - first < CYN_BATCH ? n - first : CYN_BATCH;
        for (size_t j = 0; rc == CYN_OK && j < width; j++) {
            if (!fill_shuttle(&s[j], b, first, batch)) rc = cyn_nomem(err);
            values[j] = (cyn_builder_values){.values = &s[j].v, .valid = s[j].valid};
        }
        if (rc == CYN_OK) rc = cyn_builder_append(b, values, 0, batch, err);
    }
    cyn_free(values);
    return rc;
}

static bool open_shuttle(shuttle *s, const cyn_made_column *made, size_t col)
{
    s->made = made;
    s->col = col;
    if (made->values.type != CYN_TEXT) return true;
    s->renamed = cyn_calloc((size_t)made->values.dict->count + 1, sizeof *s->renamed);
    return s->renamed != NULL;
}

cyn_code cyn_relation_table(const cyn_made_column *columns, size_t width, size_t n, cyn_table **out,
                            cyn_err *err)
{
    cyn_column_spec *specs = cyn_calloc(width, sizeof *specs);
    shuttle *shuttles = cyn_calloc(width, sizeof *shuttles);
    cyn_builder *b = NULL;
    bool ok = specs && shuttles;
    for (size_t j = 0; ok && j < width; j++) {
        const cyn_column *c = &columns[j].values;
        specs[j] = (cyn_column_spec){.name = columns[j].name, .type = c->type, .scale = c->scale};
        ok = open_shuttle(&shuttles[j], &columns[j], j);
    }
    cyn_code rc = ok ? cyn_builder_new(specs, width, &b, err) : cyn_nomem(err);
    if (rc == CYN_OK) rc = fill_table(shuttles, width, b, n, err);
    if (rc == CYN_OK) {
        rc = cyn_builder_finish(b, out, err);
    } else {
        cyn_builder_free(b);
    }
    for (size_t j = 0; shuttles && j < width; j++)
        cyn_free(shuttles[j].renamed);
    cyn_free(shuttles);
    cyn_free(specs);
    return rc;
}

cyn_code cyn_relation_period_table(cyn_relation_run *run, const cyn_column *entity,
                                   const uint32_t *row, const int64_t *interval,
                                   const cyn_made_column *more, size_t nmore, size_t n,
                                   cyn_table **out, cyn_err *err)
{
    size_t ngroups = run->in->ngroups, width = 0;
    const char *const *names = run->in->group_names ? run->in->group_names : run->in->groups;
    cyn_program p = {.table = run->table, .source = run->source, .arena = run->arena};
    cyn_made_column *columns = CYN_NEW_ARRAY(run->arena, 2 + ngroups + nmore, cyn_made_column);
    if (!columns) return cyn_nomem(err);
    columns[width++] = (cyn_made_column){.name = "#interval",
                                         .values = {.type = CYN_INTEGER, .v = {.i64 = interval}}};
    columns[width++] = (cyn_made_column){.name = "entity", .values = *entity, .row = row};
    for (size_t j = 0; j < nmore; j++)
        columns[width++] = more[j];
    for (size_t j = 0; j < ngroups; j++) {
        const cyn_column *c;
        CYN_TRY(cyn_program_column(&p, run->in->groups[j], NULL, &c, err));
        columns[width++] = (cyn_made_column){.name = names[j], .values = *c, .row = row};
    }
    return cyn_relation_table(columns, width, n, out, err);
}
