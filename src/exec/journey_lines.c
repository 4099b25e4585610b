/* Journeys, whatever there is to them: rows that no attempt can see are dropped, the others are
 * brought together by entity, without sorting where the table is in the order of time. An attempt
 * sees only rows of one thread: one entity, and equal values of `same`. When every attempt counts,
 * threads do not disturb each other; so lines are then made of threads, not of entities.
 */
#include "exec/attempt_impl.h"
#include "exec/journey_impl.h"
#include "exec/pairs_impl.h"
#include "exec/parallel.h"
#include <string.h>

/* A worker that takes line after line. */
typedef struct walker {
    cyn_touch *touches; /* of the line at hand */
    cyn_line line;
    bool exhausted; /* memory */
} walker;

/* So many lines are a worker's task. */
#define LINES ((CYN_SHARE_ROWS + 15) / 16)

typedef struct walk {
    cyn_journey *j;
    cyn_numbers thread;
    cyn_row_list rows;   /* bit k of the marks: it satisfies step k */
    const size_t *start; /* where each line begins in rows */
    size_t nlines;
    walker **walkers; /* [worker] */
    /* [range of lines]: its attempts, which begin where its rows do before the gaps are closed */
    size_t *found;
} walk;

/* ---- rows ---- */

/* Rows that satisfy no step are only seen by a strict journey: any row ends it. */
static cyn_code read_rows(walk *p, cyn_err *err)
{
    cyn_journey *j = p->j;
    size_t n = j->spec->nsteps;
    const cyn_expr **steps = CYN_NEW_ARRAY(j->run.arena, n, const cyn_expr *);
    if (!steps) return cyn_nomem(err);
    for (size_t k = 0; k < n; k++)
        steps[k] = j->spec->steps[k].when;
    return cyn_relation_marked_rows(&j->run, &j->entity, &j->time, steps, n, !j->spec->strict,
                                    &p->rows, err);
}

/* Drops the rows that no attempt can see: those of an entity before its first row for step 1. */
static cyn_code drop_idle_rows(walk *p, cyn_err *err)
{
    size_t n = 0;
    uint8_t *begun =
        CYN_NEW_ARRAY(p->j->run.arena, (size_t)p->j->who.count + 1, uint8_t); /* [entity] */
    if (!begun) return cyn_nomem(err);
    for (size_t i = 0; i < p->rows.n; i++) {
        uint32_t row = p->rows.row[i], steps = p->rows.marks[i];
        uint8_t *b = &begun[cyn_number(&p->j->who, row)];
        *b |= steps & 1;
        p->rows.row[n] = row;
        p->rows.marks[n] = steps;
        n += *b;
    }
    p->rows.n = n;
    return CYN_OK;
}

/* Splits the threads by the values of one more expression. A row without value (missing equals
 * nothing) gets a thread of its own. */
static cyn_code split_threads(walk *p, const cyn_expr *same, cyn_pairs *pairs, uint32_t *of,
                              cyn_err *err)
{
    cyn_column value;
    cyn_numbers numbers;
    CYN_TRY(cyn_relation_column(&p->j->run, same, &value, err));
    CYN_TRY(cyn_relation_number(&p->j->run, &value, &numbers, err));
    for (size_t i = 0; i < p->rows.n; i++) {
        uint32_t row = p->rows.row[i];
        bool known = cyn_column_has(&value, row);
        /* Values and rows without one are told apart by the sides of 2^32. */
        uint64_t key = known ? cyn_number(&numbers, row) : (UINT64_C(1) << 32) + row;
        of[row] = cyn_pairs_add(pairs, of[row], key);
        if (of[row] == CYN_NO_PAIR) return cyn_nomem(err);
    }
    p->thread.count = pairs->count;
    return CYN_OK;
}

static cyn_code number_threads(walk *p, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    p->thread = p->j->who;
    if (p->j->spec->nsame == 0) return CYN_OK;
    uint32_t *of = CYN_NEW_ARRAY(p->j->run.arena, p->j->run.rows + 1, uint32_t);
    if (!of) return cyn_nomem(err);
    for (size_t i = 0; i < p->rows.n; i++)
        of[p->rows.row[i]] = cyn_number(&p->j->who, p->rows.row[i]);
    p->thread = (cyn_numbers){.of = {.type = CYN_TEXT, .v = {.code = of}}};
    for (size_t k = 0; rc == CYN_OK && k < p->j->spec->nsame; k++) {
        cyn_pairs pairs = {0};
        rc = split_threads(p, p->j->spec->same[k], &pairs, of, err);
        cyn_pairs_clear(&pairs);
    }
    return rc;
}

static cyn_code gather(walk *p, cyn_err *err)
{
    const cyn_journey *j = p->j;
    const cyn_numbers *lines = j->spec->every && !j->spec->strict ? &p->thread : &j->who;
    CYN_TRY(read_rows(p, err));
    CYN_TRY(drop_idle_rows(p, err));
    CYN_TRY(number_threads(p, err));
    CYN_TRY(cyn_relation_by_entity(&p->j->run, lines, &p->rows, &p->start, err));
    p->nlines = lines->count;
    return CYN_OK;
}

/* ---- walking ---- */

/* Rows of an entity lie far apart in the table: their times are asked for some rows ahead. */
#define ROWS_AHEAD 24

/* The touches of a line. When only the first attempt counts, its row is the first of the entity,
 * and rows of other threads are none of its business. */
static size_t fill_line(const walk *p, walker *w, size_t line)
{
    size_t n = 0, first = p->start[line];
    bool one_thread = !p->j->spec->every && !p->j->spec->strict, split = p->j->spec->nsame > 0;
    for (size_t i = first; i < p->start[line + 1]; i++) {
        uint32_t row = p->rows.row[i], thread = split ? cyn_number(&p->thread, row) : 0;
        if (i + ROWS_AHEAD < p->rows.n)
            cyn_column_prefetch(p->j->time.column, p->rows.row[i + ROWS_AHEAD]);
        if (one_thread && split && thread != cyn_number(&p->thread, p->rows.row[first])) continue;
        w->touches[n++] = (cyn_touch){.time = cyn_journey_measure(p->j, row),
                                      .row = row,
                                      .steps = p->rows.marks[i],
                                      .thread = thread};
    }
    return n;
}

/* Walks from a touch; returns the one after which the next attempt may begin. */
static size_t add_attempt(walk *p, const walker *w, size_t first, size_t attempt)
{
    uint32_t at[CYN_MAX_STEPS];
    int64_t until;
    size_t reached = cyn_line_walk(&w->line, first, at, &until);
    for (size_t k = 0; k < p->j->spec->nsteps; k++)
        p->j->at[k][attempt] = k < reached ? w->touches[at[k]].row : CYN_NO_ROW;
    p->j->reached[attempt] = (int8_t)reached;
    p->j->immature[attempt] = cyn_journey_open(p->j, until);
    return reached == p->j->spec->nsteps ? at[reached - 1] : first;
}

/* Writes the attempts of a line from `n` on; returns where they end. */
static size_t walk_line(walk *p, walker *w, size_t line, size_t n)
{
    if (p->start[line] == p->start[line + 1]) return n;
    w->line.n = fill_line(p, w, line);
    if (cyn_line_prepare(&w->line, NULL) != CYN_OK) {
        w->exhausted = true;
        return n;
    }
    size_t i = cyn_line_start(&w->line, 0);
    while (i < w->line.n) {
        i = add_attempt(p, w, i, n++);
        if (!p->j->spec->every) break;
        i = cyn_line_start(&w->line, i + 1);
    }
    return n;
}

static void walk_lines(void *self, size_t worker, size_t range)
{
    walk *p = self;
    size_t line = range * LINES, n = p->start[line];
    size_t end = p->nlines - line < LINES ? p->nlines : line + LINES;
    if (cyn_relation_go_on(&p->j->run, NULL) != CYN_OK) return;
    while (line < end)
        n = walk_line(p, p->walkers[worker], line++, n);
    p->found[range] = n - p->start[range * LINES];
}

static cyn_code hire_walkers(walk *p, size_t workers, cyn_err *err)
{
    size_t longest = 1;
    for (size_t i = 0; i < p->nlines; i++) {
        size_t n = p->start[i + 1] - p->start[i];
        longest = n > longest ? n : longest;
    }
    p->walkers = CYN_NEW_ARRAY(p->j->run.arena, workers, walker *);
    if (!p->walkers) return cyn_nomem(err);
    for (size_t i = 0; i < workers; i++) {
        walker *w = CYN_NEW(p->j->run.arena, walker);
        if (w) w->touches = CYN_NEW_ARRAY(p->j->run.arena, longest, cyn_touch);
        if (!w || !w->touches) return cyn_nomem(err);
        w->line = (cyn_line){.spec = p->j->spec, .touches = w->touches};
        p->walkers[i] = w;
    }
    return CYN_OK;
}

/* Brings the attempts of a range to those before it. */
static void close_up(walk *p, size_t range)
{
    cyn_journey *j = p->j;
    size_t from = p->start[range * LINES], n = p->found[range];
    for (size_t k = 0; k < j->spec->nsteps; k++)
        memmove(j->at[k] + j->n, j->at[k] + from, n * sizeof *j->at[k]);
    memmove(j->reached + j->n, j->reached + from, n * sizeof *j->reached);
    memmove(j->immature + j->n, j->immature + from, n * sizeof *j->immature);
    j->n += n;
}

/* There is room for as many attempts as there are rows. */
static cyn_code walk_all(walk *p, cyn_err *err)
{
    size_t ranges = (p->nlines + LINES - 1) / LINES, workers = cyn_workers_for(ranges);
    bool exhausted = false;
    CYN_TRY(cyn_journey_reserve(p->j, p->rows.n, err));
    p->found = CYN_NEW_ARRAY(p->j->run.arena, ranges, size_t);
    if (!p->found) return cyn_nomem(err);
    CYN_TRY(hire_walkers(p, workers, err));
    cyn_parallel(workers, ranges, &(cyn_job){p, walk_lines});
    for (size_t i = 0; i < workers; i++) {
        exhausted |= p->walkers[i]->exhausted;
        cyn_line_clear(&p->walkers[i]->line);
    }
    if (exhausted) return cyn_nomem(err);
    for (size_t i = 0; i < ranges; i++)
        close_up(p, i);
    return cyn_relation_go_on(&p->j->run, err);
}

cyn_code cyn_journey_walk(cyn_journey *j, cyn_err *err)
{
    walk p = {.j = j};
    CYN_TRY(gather(&p, err));
    return walk_all(&p, err);
}
