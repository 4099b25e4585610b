#include "exec/listing_impl.h"
#include "exec/parallel.h"
#include "exec/relation_impl.h"
#include <string.h>

/* The conditions bound to columns, and the rows of a batch. */
struct cyn_row_sieve {
    const cyn_relation_run *run;
    cyn_row_scan scan;
    cyn_arena *arena; /* the program's own: it grows while others run */
    cyn_program program;
    size_t where, only, *tests; /* where there is such a condition; [mark] */
    uint8_t keep[CYN_BATCH];
    uint32_t mark[CYN_BATCH]; /* [row of the batch] */
    uint32_t row[CYN_BATCH], marks[CYN_BATCH];
};

static cyn_code bind(cyn_row_sieve *s, cyn_err *err)
{
    const cyn_relation_run *run = s->run;
    const cyn_row_scan *scan = &s->scan;
    s->arena = cyn_arena_new(0);
    s->tests = CYN_NEW_ARRAY(run->arena, scan->nmarks, size_t);
    if (!s->arena || !s->tests) return cyn_nomem(err);
    s->program = (cyn_program){.table = run->table,
                               .source = run->source,
                               .tz = run->in->calendar ? run->in->calendar->tz : NULL,
                               .arena = s->arena};
    if (run->in->where) CYN_TRY(cyn_program_condition(&s->program, run->in->where, &s->where, err));
    if (scan->only) CYN_TRY(cyn_program_condition(&s->program, scan->only, &s->only, err));
    for (size_t k = 0; k < scan->nmarks; k++)
        CYN_TRY(cyn_program_condition(&s->program, scan->marks[k], &s->tests[k], err));
    return CYN_OK;
}

cyn_code cyn_row_sieve_new(const cyn_relation_run *run, const cyn_row_scan *scan,
                           cyn_row_sieve **out, cyn_err *err)
{
    cyn_row_sieve *s = CYN_NEW(run->arena, cyn_row_sieve);
    if (!s) return cyn_nomem(err);
    s->run = run;
    s->scan = *scan;
    cyn_code rc = bind(s, err);
    if (rc == CYN_OK)
        *out = s;
    else
        cyn_row_sieve_free(s);
    return rc;
}

void cyn_row_sieve_free(cyn_row_sieve *s)
{
    if (!s) return;
    cyn_program_clear(&s->program);
    cyn_arena_free(s->arena);
}

/* ---- a batch ---- */

/* Rows that both masks keep; NULL keeps all. */
static const uint8_t *both(cyn_row_sieve *s, const uint8_t *a, const uint8_t *b, size_t n)
{
    if (!a) return b;
    for (size_t i = 0; i < n; i++)
        s->keep[i] = a[i] & b[i];
    return s->keep;
}

static const uint8_t *drop_missing(cyn_row_sieve *s, const uint8_t *keep, const cyn_column *c,
                                   size_t first, size_t n)
{
    if (!c || !c->valid) return keep;
    for (size_t i = 0; i < n; i++)
        s->keep[i] = (!keep || keep[i]) && cyn_column_has(c, first + i);
    return s->keep;
}

static const uint8_t *drop_unmarked(cyn_row_sieve *s, const uint8_t *keep, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->keep[i] = (!keep || keep[i]) && s->mark[i] != 0;
    return s->keep;
}

static void mark_rows(cyn_row_sieve *s, size_t n)
{
    memset(s->mark, 0, n * sizeof *s->mark);
    for (size_t k = 0; k < s->scan.nmarks; k++) {
        const uint8_t *mask = s->program.tests[s->tests[k]].mask;
        for (size_t i = 0; i < n; i++)
            s->mark[i] |= (uint32_t)mask[i] << k;
    }
}

static size_t list_rows(cyn_row_sieve *s, const uint8_t *keep, size_t first, size_t n)
{
    size_t found = n;
    if (keep) {
        found = cyn_list_kept(keep, n, s->row);
        for (size_t i = 0; i < found; i++)
            s->row[i] += (uint32_t)first;
    } else {
        for (size_t i = 0; i < n; i++)
            s->row[i] = (uint32_t)(first + i);
    }
    return found;
}

static cyn_code sift(cyn_row_sieve *s, size_t range, size_t first, size_t n, cyn_err *err)
{
    const cyn_row_scan *scan = &s->scan;
    const uint8_t *keep = NULL;
    cyn_row_batch batch = {.row = s->row, .marks = s->marks};
    CYN_TRY(cyn_program_eval(&s->program, first, n, err));
    if (s->run->in->where) keep = s->program.tests[s->where].mask;
    if (scan->only) keep = both(s, keep, s->program.tests[s->only].mask, n);
    keep = drop_missing(s, keep, scan->entity, first, n);
    keep = drop_missing(s, keep, scan->time, first, n);
    if (scan->nmarks) mark_rows(s, n);
    if (scan->marked) keep = drop_unmarked(s, keep, n);
    batch.n = list_rows(s, keep, first, n);
    for (size_t i = 0; scan->nmarks && i < batch.n; i++)
        s->marks[i] = s->mark[s->row[i] - first];
    if (batch.n) scan->take(scan->self, range, &batch);
    return CYN_OK;
}

cyn_code cyn_row_sieve_take(cyn_row_sieve *s, size_t range, size_t first, size_t end, cyn_err *err)
{
    for (; first < end; first += CYN_BATCH) {
        CYN_TRY(cyn_relation_go_on(s->run, err));
        CYN_TRY(sift(s, range, first, end - first < CYN_BATCH ? end - first : CYN_BATCH, err));
    }
    return CYN_OK;
}

/* ---- all of them ---- */

typedef struct worker {
    cyn_row_sieve *sieve;
    cyn_code code;
    cyn_err err;
} worker;

typedef struct crew {
    const cyn_relation_run *run;
    worker *workers;
    atomic_bool failed; /* the others may stop */
} crew;

static void scan_range(void *self, size_t number, size_t range)
{
    crew *c = self;
    worker *w = &c->workers[number];
    size_t first = range * CYN_SHARE_ROWS, rows = c->run->rows;
    size_t end = rows - first < CYN_SHARE_ROWS ? rows : first + CYN_SHARE_ROWS;
    if (atomic_load_explicit(&c->failed, memory_order_relaxed)) return;
    w->code = cyn_row_sieve_take(w->sieve, range, first, end, &w->err);
    if (w->code != CYN_OK) atomic_store(&c->failed, true);
}

static cyn_code first_failure(const crew *c, size_t workers, cyn_err *err)
{
    for (size_t i = 0; i < workers; i++) {
        if (c->workers[i].code == CYN_OK) continue;
        if (err) *err = c->workers[i].err;
        return c->workers[i].code;
    }
    return CYN_OK;
}

size_t cyn_relation_ranges(const cyn_relation_run *run)
{
    return (run->rows + CYN_SHARE_ROWS - 1) / CYN_SHARE_ROWS;
}

cyn_code cyn_relation_scan(const cyn_relation_run *run, const cyn_row_scan *scan, cyn_err *err)
{
    size_t ranges = cyn_relation_ranges(run), workers = scan->alone ? 1 : cyn_workers_for(ranges);
    crew c = {.run = run};
    c.workers = CYN_NEW_ARRAY(run->arena, workers, worker);
    if (!c.workers) return cyn_nomem(err);
    cyn_code rc = CYN_OK;
    for (size_t i = 0; i < workers; i++)
        CYN_GOTO(cyn_row_sieve_new(run, scan, &c.workers[i].sieve, err));
    cyn_parallel(workers, ranges, &(cyn_job){&c, scan_range});
    CYN_GOTO(first_failure(&c, workers, err));
    rc = cyn_relation_go_on(run, err);
done:
    for (size_t i = 0; i < workers; i++)
        cyn_row_sieve_free(c.workers[i].sieve);
    return rc;
}
