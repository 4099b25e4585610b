#include "exec/parallel_impl.h"
#include "exec/relation_impl.h"
#include <string.h>

/* What one worker holds: the conditions bound to columns, and the rows of its batch. */
typedef struct sieve {
    cyn_arena *arena; /* the program's own: it grows while others run */
    cyn_program program;
    cyn_code code;
    cyn_err err;
    size_t where, only, *tests; /* where there is such a condition; [mark] */
    uint8_t keep[CYN_BATCH];
    uint32_t mark[CYN_BATCH]; /* [row of the batch] */
    uint32_t row[CYN_BATCH], marks[CYN_BATCH];
} sieve;

typedef struct crew {
    const cyn_relation_run *run;
    const cyn_row_scan *scan;
    sieve **sieves;     /* [worker] */
    atomic_bool failed; /* the others may stop */
} crew;

static cyn_code bind(const cyn_relation_run *run, const cyn_row_scan *scan, sieve **out,
                     cyn_err *err)
{
    sieve *s = CYN_NEW(run->arena, sieve);
    if (!s) return cyn_nomem(err);
    *out = s;
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

static void unbind(sieve *s)
{
    if (!s) return;
    cyn_program_clear(&s->program);
    cyn_arena_free(s->arena);
}

/* ---- a batch ---- */

static void drop_missing(const cyn_column *c, uint8_t *keep, size_t first, size_t n)
{
    if (!c || !c->valid) return;
    for (size_t i = 0; i < n; i++)
        keep[i] &= cyn_column_has(c, first + i);
}

static void drop_others(uint8_t *keep, const uint8_t *mask, size_t n)
{
    for (size_t i = 0; i < n; i++)
        keep[i] &= mask[i];
}

static void mark_rows(sieve *s, const cyn_row_scan *scan, size_t n)
{
    memset(s->mark, 0, n * sizeof *s->mark);
    for (size_t k = 0; k < scan->nmarks; k++) {
        const uint8_t *mask = s->program.tests[s->tests[k]].mask;
        for (size_t i = 0; i < n; i++)
            s->mark[i] |= (uint32_t)mask[i] << k;
    }
    for (size_t i = 0; scan->marked && i < n; i++)
        s->keep[i] &= s->mark[i] != 0;
}

/* Lists the rows that are kept; most runs of eight hold none where few are, and all where many. */
static size_t list_rows(sieve *s, bool marks, size_t first, size_t n)
{
    const uint64_t all = UINT64_C(0x0101010101010101);
    size_t found = 0;
    for (size_t from = 0, to; from < n; from = to) {
        uint64_t eight = 0;
        to = n - from < sizeof eight ? n : from + sizeof eight;
        memcpy(&eight, s->keep + from, to - from);
        if (!eight) continue;
        if (eight == all && !marks) {
            for (size_t i = from; i < to; i++)
                s->row[found++] = (uint32_t)(first + i);
            continue;
        }
        for (size_t i = from; i < to; i++) {
            s->row[found] = (uint32_t)(first + i);
            if (marks) s->marks[found] = s->mark[i];
            found += s->keep[i];
        }
    }
    return found;
}

static cyn_code sift(sieve *s, const crew *c, size_t range, size_t first, size_t n)
{
    const cyn_row_scan *scan = c->scan;
    cyn_row_batch batch = {.row = s->row, .marks = s->marks};
    CYN_TRY(cyn_program_eval(&s->program, first, n, &s->err));
    memset(s->keep, 1, n);
    if (c->run->in->where) drop_others(s->keep, s->program.tests[s->where].mask, n);
    if (scan->only) drop_others(s->keep, s->program.tests[s->only].mask, n);
    drop_missing(scan->entity, s->keep, first, n);
    drop_missing(scan->time, s->keep, first, n);
    if (scan->nmarks) mark_rows(s, scan, n);
    batch.n = list_rows(s, scan->nmarks > 0, first, n);
    if (batch.n) scan->take(scan->self, range, &batch);
    return CYN_OK;
}

static void scan_range(void *self, size_t worker, size_t range)
{
    crew *c = self;
    sieve *s = c->sieves[worker];
    size_t first = range * CYN_SHARE_ROWS, rows = c->run->rows;
    size_t end = rows - first < CYN_SHARE_ROWS ? rows : first + CYN_SHARE_ROWS;
    for (; first < end; first += CYN_BATCH) {
        if (cyn_relation_go_on(c->run, NULL) != CYN_OK) return;
        if (atomic_load_explicit(&c->failed, memory_order_relaxed)) return;
        s->code = sift(s, c, range, first, end - first < CYN_BATCH ? end - first : CYN_BATCH);
        if (s->code == CYN_OK) continue;
        atomic_store(&c->failed, true);
        return;
    }
}

static cyn_code first_failure(const crew *c, size_t workers, cyn_err *err)
{
    for (size_t i = 0; i < workers; i++) {
        if (c->sieves[i]->code == CYN_OK) continue;
        if (err) *err = c->sieves[i]->err;
        return c->sieves[i]->code;
    }
    return CYN_OK;
}

/* ---- all of them ---- */

size_t cyn_relation_ranges(const cyn_relation_run *run)
{
    return (run->rows + CYN_SHARE_ROWS - 1) / CYN_SHARE_ROWS;
}

cyn_code cyn_relation_scan(const cyn_relation_run *run, const cyn_row_scan *scan, cyn_err *err)
{
    size_t ranges = cyn_relation_ranges(run), workers = scan->alone ? 1 : cyn_workers_for(ranges);
    crew c = {.run = run, .scan = scan};
    c.sieves = CYN_NEW_ARRAY(run->arena, workers, sieve *);
    if (!c.sieves) return cyn_nomem(err);
    cyn_code rc = CYN_OK;
    for (size_t i = 0; i < workers; i++)
        CYN_GOTO(bind(run, scan, &c.sieves[i], err));
    cyn_parallel(workers, ranges, &(cyn_job){&c, scan_range});
    CYN_GOTO(first_failure(&c, workers, err));
    rc = cyn_relation_go_on(run, err);
done:
    for (size_t i = 0; i < workers; i++)
        unbind(c.sieves[i]);
    return rc;
}
