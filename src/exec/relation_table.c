#include "column/assemble.h"
#include "exec/parallel.h"
#include "exec/relation_impl.h"
#include <string.h>

/* Rows are gathered in pieces, so that no two threads meet in a word of validity bits. They may lie
 * far apart in the input: a piece has fewer than a scan takes at a time. */
#define WORD_ROWS  64
#define PIECE_ROWS ((CYN_SHARE_ROWS / 8 + WORD_ROWS - 1) / WORD_ROWS * WORD_ROWS)

typedef struct gathering {
    const cyn_made_column *made;
    cyn_column_arrays *arrays;
    atomic_bool *missing; /* [column] */
    size_t n, pieces;     /* rows, and in how many pieces of each column */
} gathering;

/* ---- cells ---- */

/* The bits of the cells that are there, of up to a word of rows. */
static uint64_t find_word(const cyn_made_column *m, size_t first, size_t end)
{
    uint64_t there = 0;
    for (size_t i = first; i < end; i++) {
        size_t row = m->row ? m->row[i] : i;
        bool has = !(m->row && row == CYN_NO_ROW) && cyn_column_has(&m->values, row);
        there |= (uint64_t)has << i % WORD_ROWS;
    }
    return there;
}

/* Marks the cells that are there; whether all are. */
static bool find_cells(const cyn_made_column *m, size_t first, size_t end, uint64_t *valid)
{
    size_t found = 0;
    if (!m->row && !m->values.valid) return true;
    for (size_t i = first; i < end; i += WORD_ROWS) {
        valid[i / WORD_ROWS] = find_word(m, i, end - i < WORD_ROWS ? end : i + WORD_ROWS);
        found += (size_t)__builtin_popcountll(valid[i / WORD_ROWS]);
    }
    return found == end - first;
}

#define GATHER(type)                                                                               \
    do {                                                                                           \
        const type *from = m->values.v.values;                                                     \
        type *to = values;                                                                         \
        for (size_t i = first; all && i < end; i++)                                                \
            to[i] = from[m->row ? m->row[i] : i];                                                  \
        for (size_t i = first; !all && i < end; i++) {                                             \
            bool there = valid[i / WORD_ROWS] >> i % WORD_ROWS & 1;                                \
            size_t row = m->row ? m->row[i] : i;                                                   \
            type value = from[there ? row : 0];                                                    \
            to[i] = there ? value : 0;                                                             \
        }                                                                                          \
    } while (0)

/* As they lie there: as narrow as they are. Cells that are missing are 0; where some are, no branch
 * tells them, since none can be foreseen, and the first value is read in their place. */
static void copy_cells(const cyn_made_column *m, size_t first, size_t end, const uint64_t *valid,
                       bool all, void *values)
{
    switch (cyn_column_size(&m->values)) {
    case sizeof(uint8_t): GATHER(uint8_t); break;
    case sizeof(uint16_t): GATHER(uint16_t); break;
    case sizeof(uint32_t): GATHER(uint32_t); break;
    default: GATHER(uint64_t); break;
    }
}

/* What was given has its values already, but for those that are missing: only wide ones are. */
static void clear_missing(void *values, size_t first, size_t end, const uint64_t *valid)
{
    int64_t *to = values;
    for (size_t i = first; i < end; i++)
        if (!(valid[i / WORD_ROWS] >> i % WORD_ROWS & 1)) to[i] = 0;
}

static void gather_piece(void *self, size_t worker, size_t task)
{
    const gathering *g = self;
    size_t column = task / g->pieces, first = task % g->pieces * PIECE_ROWS;
    size_t end = g->n - first < PIECE_ROWS ? g->n : first + PIECE_ROWS;
    const cyn_made_column *m = &g->made[column];
    const cyn_column_arrays *a = &g->arrays[column];
    bool all = find_cells(m, first, end, a->valid);
    if (!all) atomic_store_explicit(&g->missing[column], true, memory_order_relaxed);
    if (!m->given) {
        copy_cells(m, first, end, a->valid, all, a->values);
    } else if (!all) {
        clear_missing(m->given, first, end, a->valid);
    }
    (void)worker;
}

/* ---- the table ---- */

static bool reserve(gathering *g, size_t width)
{
    for (size_t j = 0; j < width; j++) {
        const cyn_made_column *m = &g->made[j];
        cyn_column_arrays *a = &g->arrays[j];
        a->values = m->given ? m->given : cyn_calloc(g->n + 1, cyn_column_size(&m->values));
        a->valid = cyn_calloc(g->n / WORD_ROWS + 1, sizeof *a->valid);
        a->dict = m->values.dict;
        a->narrow = m->values.narrow;
        a->unit = m->values.unit;
        if (!a->values || !a->valid) return false;
    }
    return true;
}

/* Gives back what the table did not take; what was given is still the giver's. */
static void release(gathering *g, size_t width)
{
    for (size_t j = 0; j < width; j++) {
        if (!g->made[j].given) cyn_free(g->arrays[j].values);
        cyn_free(g->arrays[j].valid);
    }
}

static void gather(gathering *g, size_t width)
{
    cyn_parallel(cyn_workers_for(width * g->pieces), width * g->pieces,
                 &(cyn_job){g, gather_piece});
    for (size_t j = 0; j < width; j++) {
        if (atomic_load_explicit(&g->missing[j], memory_order_relaxed)) continue;
        cyn_free(g->arrays[j].valid);
        g->arrays[j].valid = NULL;
    }
}

static bool is_wanted(const cyn_relation_input *in, const char *name)
{
    for (size_t i = 0; i < in->nwanted; i++)
        if (strcmp(in->wanted[i], name) == 0) return true;
    return false;
}

/* Whether a name is wanted that no column has: its reader will say which there are. */
static bool want_unknown(const cyn_relation_input *in, const cyn_made_column *columns, size_t width)
{
    for (size_t i = 0; i < in->nwanted; i++) {
        size_t j = 0;
        while (j < width && strcmp(in->wanted[i], columns[j].name) != 0)
            j++;
        if (j == width) return true;
    }
    return false;
}

/* The columns that somebody reads. "#interval" tells where a row belongs: always read. */
static size_t choose_columns(const cyn_relation_run *run, const cyn_made_column *columns,
                             size_t width, cyn_made_column *made, cyn_column_spec *specs)
{
    size_t n = 0;
    bool all = !run->in->wanted || want_unknown(run->in, columns, width);
    for (size_t j = 0; j < width; j++) {
        const cyn_column *c = &columns[j].values;
        if (!all && columns[j].name[0] != '#' && !is_wanted(run->in, columns[j].name)) continue;
        made[n] = columns[j];
        specs[n++] = (cyn_column_spec){.name = columns[j].name, .type = c->type, .scale = c->scale};
    }
    return n;
}

/* What was given for a column that nobody reads. */
static void drop_given(const cyn_made_column *columns, size_t width, const cyn_table *t)
{
    for (size_t j = 0; j < width; j++)
        if (columns[j].given && cyn_table_find(t, columns[j].name) < 0) cyn_free(columns[j].given);
}

cyn_code cyn_relation_table(cyn_relation_run *run, const cyn_made_column *columns, size_t width,
                            size_t n, cyn_table **out, cyn_err *err)
{
    cyn_arena *arena = run->arena;
    cyn_made_column *made = CYN_NEW_ARRAY(arena, width, cyn_made_column);
    cyn_column_spec *specs = CYN_NEW_ARRAY(arena, width, cyn_column_spec);
    gathering g = {.made = made, .n = n, .pieces = (n + PIECE_ROWS - 1) / PIECE_ROWS};
    g.arrays = CYN_NEW_ARRAY(arena, width, cyn_column_arrays);
    g.missing = CYN_NEW_ARRAY(arena, width, atomic_bool);
    if (!made || !specs || !g.arrays || !g.missing) return cyn_nomem(err);
    size_t chosen = choose_columns(run, columns, width, made, specs);
    cyn_code rc = reserve(&g, chosen) ? CYN_OK : cyn_nomem(err);
    if (rc == CYN_OK) {
        gather(&g, chosen);
        rc = cyn_table_assemble(specs, g.arrays, chosen, n, run->table, out, err);
    }
    if (rc == CYN_OK) {
        drop_given(columns, width, *out);
    } else {
        release(&g, chosen);
    }
    return rc;
}

cyn_code cyn_relation_period_table(cyn_relation_run *run, const cyn_column *entity,
                                   const uint32_t *row, void *interval, size_t bytes,
                                   const cyn_made_column *more, size_t nmore, size_t n,
                                   cyn_table **out, cyn_err *err)
{
    size_t ngroups = run->in->ngroups, width = 0;
    const char *const *names = run->in->group_names ? run->in->group_names : run->in->groups;
    cyn_program p = {.table = run->table, .source = run->source, .arena = run->arena};
    cyn_made_column *columns = CYN_NEW_ARRAY(run->arena, 2 + ngroups + nmore, cyn_made_column);
    if (!columns) return cyn_nomem(err);
    const cyn_column number = {
        .type = CYN_INTEGER, .narrow = (uint8_t)bytes, .unit = 1, .v = {.values = interval}};
    columns[width++] = (cyn_made_column){.name = "#interval", .values = number, .given = interval};
    columns[width++] = (cyn_made_column){.name = "entity", .values = *entity, .row = row};
    for (size_t j = 0; j < nmore; j++)
        columns[width++] = more[j];
    for (size_t j = 0; j < ngroups; j++) {
        const cyn_column *c;
        CYN_TRY(cyn_program_column(&p, run->in->groups[j], NULL, &c, err));
        columns[width++] = (cyn_made_column){.name = names[j], .values = *c, .row = row};
    }
    return cyn_relation_table(run, columns, width, n, out, err);
}
