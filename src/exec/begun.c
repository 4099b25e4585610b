#include "exec/begun.h"
#include "column/assemble.h"
#include "exec/pairs_impl.h"
#include "exec/parallel.h"
#include "exec/relation_impl.h"

struct cyn_begun {
    cyn_pairs numbers;       /* of values that are no texts, which have their codes */
    _Atomic uint32_t *first; /* [number]: the first row that begins; CYN_NO_ROW: none does */
    size_t count, room;
    cyn_column entity; /* of the whole table, until that has been looked through */
    bool exhausted;    /* memory */
};

static bool reserve(cyn_begun *b, size_t count)
{
    if (count > b->room) {
        size_t room = count > 2 * b->room ? count : 2 * b->room;
        void *more = cyn_realloc(b->first, room * sizeof *b->first);
        if (!more) return false;
        b->first = more;
        b->room = room;
    }
    for (; b->count < count; b->count++)
        atomic_init(&b->first[b->count], CYN_NO_ROW);
    return true;
}

static void note_texts(void *self, size_t range, const cyn_row_batch *rows)
{
    cyn_begun *b = self;
    (void)range;
    for (size_t i = 0; i < rows->n; i++)
        cyn_keep_earliest(&b->first[cyn_column_code(&b->entity, rows->row[i])], rows->row[i]);
}

static void note_values(void *self, size_t range, const cyn_row_batch *rows)
{
    cyn_begun *b = self;
    (void)range;
    for (size_t i = 0; i < rows->n && !b->exhausted; i++) {
        uint32_t number = cyn_pairs_add(&b->numbers, 0, cyn_cell_bits(&b->entity, rows->row[i]));
        b->exhausted = number == CYN_NO_PAIR || !reserve(b, b->numbers.count);
        if (!b->exhausted) cyn_keep_earliest(&b->first[number], rows->row[i]);
    }
}

static cyn_code look_through(cyn_begun *b, cyn_relation_run *run, cyn_err *err)
{
    const cyn_relation *spec = run->spec;
    cyn_instants time;
    CYN_TRY(cyn_relation_column(run, spec->entity, &b->entity, err));
    CYN_TRY(cyn_relation_time(run, &time, err));
    const bool texts = b->entity.type == CYN_TEXT;
    if (texts && !reserve(b, b->entity.dict->count)) return cyn_nomem(err);
    cyn_row_scan scan = {.entity = &b->entity,
                         .time = time.column,
                         .only = spec->kind == CYN_JOURNEY ? spec->steps[0].when : spec->start,
                         .alone = !texts,
                         .self = b,
                         .take = texts ? note_texts : note_values};
    CYN_TRY(cyn_relation_scan(run, &scan, err));
    return b->exhausted ? cyn_nomem(err) : CYN_OK;
}

cyn_code cyn_exec_begun(const cyn_relation *spec, const cyn_relation_input *in,
                        const atomic_bool *cancel, cyn_begun **out, cyn_err *err)
{
    cyn_relation_run run;
    cyn_begun *b = cyn_calloc(1, sizeof *b);
    cyn_code rc = b ? cyn_relation_begin(&run, spec, in, cancel, err) : cyn_nomem(err);
    if (rc == CYN_OK) {
        rc = look_through(b, &run, err);
        cyn_relation_end(&run);
    }
    if (rc == CYN_OK)
        *out = b;
    else
        cyn_begun_free(b);
    return rc;
}

void cyn_begun_free(cyn_begun *b)
{
    if (!b) return;
    cyn_pairs_clear(&b->numbers);
    cyn_free(b->first);
    cyn_free(b);
}

/* ---- the last rows ---- */

typedef struct asking {
    const cyn_begun *begun;
    const cyn_column *entity;
    size_t rows, first;
    uint8_t *since; /* [row] */
} asking;

static bool began_before(const cyn_begun *b, const cyn_column *entity, size_t row, size_t first)
{
    uint32_t number = entity->type == CYN_TEXT
                          ? cyn_column_code(entity, row)
                          : cyn_pairs_find(&b->numbers, 0, cyn_cell_bits(entity, row));
    return number < b->count &&
           atomic_load_explicit(&b->first[number], memory_order_relaxed) < first;
}

static void ask_range(void *self, size_t worker, size_t range)
{
    const asking *a = self;
    size_t row = range * CYN_SHARE_ROWS;
    size_t end = a->rows - row < CYN_SHARE_ROWS ? a->rows : row + CYN_SHARE_ROWS;
    (void)worker;
    for (; row < end; row++)
        a->since[row] = !began_before(a->begun, a->entity, row, a->first);
}

cyn_code cyn_begun_since(const cyn_begun *b, const cyn_table *last, size_t first,
                         const char *entity, const char *name, cyn_table **out, cyn_err *err)
{
    const cyn_column_spec spec = {.name = name, .type = CYN_BOOLEAN};
    int column = cyn_table_find(last, entity);
    if (column < 0) return cyn_fail(err, CYN_E_NAME, "no column is named '%s'", entity);
    asking a = {.begun = b,
                .entity = cyn_table_column(last, (size_t)column),
                .rows = cyn_table_rows(last),
                .first = first};
    a.since = cyn_calloc(a.rows + 1, sizeof *a.since);
    if (!a.since) return cyn_nomem(err);
    const size_t ranges = (a.rows + CYN_SHARE_ROWS - 1) / CYN_SHARE_ROWS;
    cyn_parallel(cyn_workers_for(ranges), ranges, &(cyn_job){&a, ask_range});
    const cyn_column_arrays arrays = {.values = a.since};
    cyn_code rc = cyn_table_assemble(&spec, &arrays, 1, a.rows, NULL, out, err);
    if (rc != CYN_OK) cyn_free(a.since);
    return rc;
}
