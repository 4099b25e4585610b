/* Journeys: rows of an entity become attempts at a sequence of steps.
 *
 * Rows that no attempt can see are dropped first; the others are brought together by entity,
 * without sorting where the table is in the order of time. An attempt sees only rows of one thread:
 * one entity, and equal values of `same`. When every attempt counts, threads do not disturb each
 * other; so lines are then made of threads, not of entities.
 */
#include "exec/attempt_impl.h"
#include "exec/cohort_impl.h"
#include "exec/pairs_impl.h"
#include "exec/parallel_impl.h"
#include <string.h>

/* A worker that takes line after line. */
typedef struct walker {
    cyn_touch *touches; /* of the line at hand */
    cyn_line line;
    bool exhausted; /* memory */
} walker;

/* So many lines are a worker's task. */
#define LINES ((CYN_SHARE_ROWS + 15) / 16)

typedef struct journey {
    cyn_relation_run run;
    const cyn_relation *spec;
    const cyn_relation_input *in;
    cyn_column entity;
    cyn_instants time;
    cyn_numbers who, thread;
    cyn_row_list rows;   /* bit k of the marks: it satisfies step k */
    const size_t *start; /* where each line begins in rows */
    size_t nlines;
    walker **walkers; /* [worker] */
    size_t *found;    /* [range of lines]: its attempts */
    /* attempts; those of a range of lines begin where its rows do, before the gaps are closed */
    size_t n;
    uint32_t **at;     /* [step][attempt]: its row, or CYN_NO_ROW */
    int64_t *reached;  /* [attempt] */
    uint8_t *immature; /* [attempt] */
} journey;

static cyn_code check_spec(const cyn_relation *spec, cyn_err *err)
{
    if (spec->nsteps >= 1 && spec->nsteps <= CYN_MAX_STEPS) return CYN_OK;
    return cyn_fail_at(err, CYN_E_RANGE, spec->place.file, spec->place.line, spec->place.column,
                       "a journey of %zu steps, expected 1 … %d", spec->nsteps, CYN_MAX_STEPS);
}

/* ---- rows ---- */

/* Rows that satisfy no step are only seen by a strict journey: any row ends it. */
static cyn_code read_rows(journey *j, cyn_err *err)
{
    size_t n = j->spec->nsteps;
    const cyn_expr **steps = CYN_NEW_ARRAY(j->run.arena, n, const cyn_expr *);
    if (!steps) return cyn_nomem(err);
    for (size_t k = 0; k < n; k++)
        steps[k] = j->spec->steps[k].when;
    return cyn_relation_marked_rows(&j->run, &j->entity, &j->time, steps, n, !j->spec->strict,
                                    &j->rows, err);
}

/* Drops the rows that no attempt can see: those of an entity before its first row for step 1. */
static cyn_code drop_idle_rows(journey *j, cyn_err *err)
{
    size_t n = 0;
    uint8_t *begun = CYN_NEW_ARRAY(j->run.arena, (size_t)j->who.count + 1, uint8_t); /* [entity] */
    if (!begun) return cyn_nomem(err);
    for (size_t i = 0; i < j->rows.n; i++) {
        uint32_t row = j->rows.row[i], steps = j->rows.marks[i];
        uint8_t *b = &begun[cyn_number(&j->who, row)];
        *b |= steps & 1;
        j->rows.row[n] = row;
        j->rows.marks[n] = steps;
        n += *b;
    }
    j->rows.n = n;
    return CYN_OK;
}

/* Splits the threads by the values of one more expression. A row without value (missing equals
 * nothing) gets a thread of its own. */
static cyn_code split_threads(journey *j, const cyn_expr *same, cyn_pairs *pairs, uint32_t *of,
                              cyn_err *err)
{
    cyn_column value;
    cyn_numbers numbers;
    CYN_TRY(cyn_relation_column(&j->run, same, &value, err));
    CYN_TRY(cyn_relation_number(&j->run, &value, &numbers, err));
    for (size_t i = 0; i < j->rows.n; i++) {
        uint32_t row = j->rows.row[i];
        bool known = cyn_column_has(&value, row);
        /* Values and rows without one are told apart by the sides of 2^32. */
        uint64_t key = known ? cyn_number(&numbers, row) : (UINT64_C(1) << 32) + row;
        of[row] = cyn_pairs_add(pairs, of[row], key);
        if (of[row] == CYN_NO_PAIR) return cyn_nomem(err);
    }
    j->thread.count = pairs->count;
    return CYN_OK;
}

static cyn_code number_threads(journey *j, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    j->thread = j->who;
    if (j->spec->nsame == 0) return CYN_OK;
    uint32_t *of = CYN_NEW_ARRAY(j->run.arena, j->run.rows + 1, uint32_t);
    if (!of) return cyn_nomem(err);
    for (size_t i = 0; i < j->rows.n; i++)
        of[j->rows.row[i]] = cyn_number(&j->who, j->rows.row[i]);
    j->thread = (cyn_numbers){.of = {.type = CYN_TEXT, .v = {.code = of}}};
    for (size_t k = 0; rc == CYN_OK && k < j->spec->nsame; k++) {
        cyn_pairs pairs = {0};
        rc = split_threads(j, j->spec->same[k], &pairs, of, err);
        cyn_pairs_clear(&pairs);
    }
    return rc;
}

static cyn_code gather(journey *j, cyn_err *err)
{
    const cyn_numbers *lines = j->spec->every && !j->spec->strict ? &j->thread : &j->who;
    CYN_TRY(cyn_relation_column(&j->run, j->spec->entity, &j->entity, err));
    CYN_TRY(cyn_relation_number(&j->run, &j->entity, &j->who, err));
    CYN_TRY(cyn_relation_time(&j->run, &j->time, err));
    CYN_TRY(read_rows(j, err));
    CYN_TRY(drop_idle_rows(j, err));
    CYN_TRY(number_threads(j, err));
    CYN_TRY(cyn_relation_by_entity(&j->run, lines, &j->rows, &j->start, err));
    j->nlines = lines->count;
    return CYN_OK;
}

/* ---- attempts ---- */

/* By what windows are measured: of dates, days of 24 hours each, so that 14 days after a date is
 * the date 14 days after, whatever the clocks do. */
static int64_t measure(const journey *j, uint32_t row)
{
    int64_t raw = cyn_column_integer(j->time.column, row), time;
    if (j->time.column->type != CYN_DATE) return raw;
    if (__builtin_mul_overflow(raw, CYN_DAY, &time)) return raw < 0 ? CYN_TIME_MIN : CYN_TIME_MAX;
    return time;
}

/* Whether the time until which an attempt can go on lies beyond now; a date's at the end of its
 * day. */
static bool reaches_beyond_now(const journey *j, int64_t until)
{
    if (until == CYN_TIME_MIN || until == CYN_TIME_MAX) return false;
    if (j->time.column->type != CYN_DATE) return until > j->in->now;
    int64_t day = until / CYN_DAY - (until % CYN_DAY < 0);
    return cyn_tz_midnight(j->in->calendar->tz, day + 1) > j->in->now;
}

/* Rows of an entity lie far apart in the table: their times are asked for some rows ahead. */
#define ROWS_AHEAD 24

/* The touches of a line. When only the first attempt counts, its row is the first of the entity,
 * and rows of other threads are none of its business. */
static size_t fill_line(const journey *j, walker *w, size_t line)
{
    size_t n = 0, first = j->start[line];
    bool one_thread = !j->spec->every && !j->spec->strict, split = j->spec->nsame > 0;
    for (size_t i = first; i < j->start[line + 1]; i++) {
        uint32_t row = j->rows.row[i], thread = split ? cyn_number(&j->thread, row) : 0;
        if (i + ROWS_AHEAD < j->rows.n)
            cyn_column_prefetch(j->time.column, j->rows.row[i + ROWS_AHEAD]);
        if (one_thread && split && thread != cyn_number(&j->thread, j->rows.row[first])) continue;
        w->touches[n++] = (cyn_touch){
            .time = measure(j, row), .row = row, .steps = j->rows.marks[i], .thread = thread};
    }
    return n;
}

/* Walks from a touch; returns the one after which the next attempt may begin. */
static size_t add_attempt(journey *j, const walker *w, size_t first, size_t attempt)
{
    uint32_t at[CYN_MAX_STEPS];
    int64_t until;
    size_t reached = cyn_line_walk(&w->line, first, at, &until);
    for (size_t k = 0; k < j->spec->nsteps; k++)
        j->at[k][attempt] = k < reached ? w->touches[at[k]].row : CYN_NO_ROW;
    j->reached[attempt] = (int64_t)reached;
    j->immature[attempt] = reaches_beyond_now(j, until);
    return reached == j->spec->nsteps ? at[reached - 1] : first;
}

/* Writes the attempts of a line from `n` on; returns where they end. */
static size_t walk_line(journey *j, walker *w, size_t line, size_t n)
{
    if (j->start[line] == j->start[line + 1]) return n;
    w->line.n = fill_line(j, w, line);
    if (cyn_line_prepare(&w->line, NULL) != CYN_OK) {
        w->exhausted = true;
        return n;
    }
    size_t i = cyn_line_start(&w->line, 0);
    while (i < w->line.n) {
        i = add_attempt(j, w, i, n++);
        if (!j->spec->every) break;
        i = cyn_line_start(&w->line, i + 1);
    }
    return n;
}

static void walk_lines(void *self, size_t worker, size_t range)
{
    journey *j = self;
    size_t line = range * LINES, n = j->start[line];
    size_t end = j->nlines - line < LINES ? j->nlines : line + LINES;
    if (cyn_relation_go_on(&j->run, NULL) != CYN_OK) return;
    while (line < end)
        n = walk_line(j, j->walkers[worker], line++, n);
    j->found[range] = n - j->start[range * LINES];
}

/* Room for as many attempts as there are rows. */
static cyn_code reserve_attempts(journey *j, size_t ranges, cyn_err *err)
{
    cyn_arena *a = j->run.arena;
    size_t room = j->rows.n + 1;
    j->found = CYN_NEW_ARRAY(a, ranges, size_t);
    j->reached = CYN_NEW_ARRAY(a, room, int64_t);
    j->immature = CYN_NEW_ARRAY(a, room, uint8_t);
    j->at = CYN_NEW_ARRAY(a, j->spec->nsteps, uint32_t *);
    if (!j->found || !j->reached || !j->immature || !j->at) return cyn_nomem(err);
    for (size_t k = 0; k < j->spec->nsteps; k++) {
        j->at[k] = CYN_NEW_ARRAY(a, room, uint32_t);
        if (!j->at[k]) return cyn_nomem(err);
    }
    return CYN_OK;
}

static cyn_code hire_walkers(journey *j, size_t workers, cyn_err *err)
{
    size_t longest = 1;
    for (size_t i = 0; i < j->nlines; i++) {
        size_t n = j->start[i + 1] - j->start[i];
        longest = n > longest ? n : longest;
    }
    j->walkers = CYN_NEW_ARRAY(j->run.arena, workers, walker *);
    if (!j->walkers) return cyn_nomem(err);
    for (size_t i = 0; i < workers; i++) {
        walker *w = CYN_NEW(j->run.arena, walker);
        if (w) w->touches = CYN_NEW_ARRAY(j->run.arena, longest, cyn_touch);
        if (!w || !w->touches) return cyn_nomem(err);
        w->line = (cyn_line){.spec = j->spec, .touches = w->touches};
        j->walkers[i] = w;
    }
    return CYN_OK;
}

/* Brings the attempts of a range to those before it. */
static void close_up(journey *j, size_t range)
{
    size_t from = j->start[range * LINES], n = j->found[range];
    for (size_t k = 0; k < j->spec->nsteps; k++)
        memmove(j->at[k] + j->n, j->at[k] + from, n * sizeof *j->at[k]);
    memmove(j->reached + j->n, j->reached + from, n * sizeof *j->reached);
    memmove(j->immature + j->n, j->immature + from, n * sizeof *j->immature);
    j->n += n;
}

static cyn_code walk(journey *j, cyn_err *err)
{
    size_t ranges = (j->nlines + LINES - 1) / LINES, workers = cyn_workers_for(ranges);
    bool exhausted = false;
    CYN_TRY(reserve_attempts(j, ranges, err));
    CYN_TRY(hire_walkers(j, workers, err));
    cyn_parallel(workers, ranges, &(cyn_job){j, walk_lines});
    for (size_t i = 0; i < workers; i++) {
        exhausted |= j->walkers[i]->exhausted;
        cyn_line_clear(&j->walkers[i]->line);
    }
    if (exhausted) return cyn_nomem(err);
    for (size_t i = 0; i < ranges; i++)
        close_up(j, i);
    return cyn_relation_go_on(&j->run, err);
}

/* ---- the table ---- */

static cyn_code reached_column(journey *j, size_t step, cyn_column *out, cyn_err *err)
{
    uint8_t *bit = CYN_NEW_ARRAY(j->run.arena, j->n + 1, uint8_t);
    if (!bit) return cyn_nomem(err);
    for (size_t i = 0; i < j->n; i++)
        bit[i] = j->reached[i] > (int64_t)step;
    *out = (cyn_column){.type = CYN_BOOLEAN, .v = {.bit = bit}};
    return CYN_OK;
}

static cyn_code table(journey *j, cyn_table **out, cyn_err *err)
{
    size_t steps = j->spec->nsteps, n = 0;
    cyn_arena *a = j->run.arena;
    const cyn_column time = j->time.at;
    cyn_made_column *c = CYN_NEW_ARRAY(a, 4 + 2 * steps + j->in->ngroups, cyn_made_column);
    if (!c) return cyn_nomem(err);
    c[n++] = (cyn_made_column){.name = "entity", .values = j->entity, .row = j->at[0]};
    c[n++] = (cyn_made_column){.name = "time", .values = time, .row = j->at[0]};
    for (size_t k = 0; k < steps; k++) {
        const char *name = cyn_sprintf(a, "t%zu", k + 1);
        if (!name) return cyn_nomem(err);
        c[n++] = (cyn_made_column){.name = name, .values = time, .row = j->at[k]};
    }
    c[n++] = (cyn_made_column){.name = "reached",
                               .values = {.type = CYN_INTEGER, .v = {.i64 = j->reached}}};
    for (size_t k = 0; k < steps; k++) {
        c[n].name = cyn_sprintf(a, "reached_%zu", k + 1);
        if (!c[n].name) return cyn_nomem(err);
        CYN_TRY(reached_column(j, k, &c[n++].values, err));
    }
    c[n++] = (cyn_made_column){.name = "immature",
                               .values = {.type = CYN_BOOLEAN, .v = {.bit = j->immature}}};
    CYN_TRY(cyn_cohort_carry(&j->run, j->at[0], c + n, err));
    return cyn_relation_table(&j->run, c, n + j->in->ngroups, j->n, out, err);
}

cyn_code cyn_make_journey(const cyn_relation *spec, const cyn_relation_input *in,
                          const atomic_bool *cancel, cyn_table **out, cyn_err *err)
{
    journey j = {.spec = spec, .in = in};
    CYN_TRY(check_spec(spec, err));
    CYN_TRY(cyn_relation_begin(&j.run, spec, in, cancel, err));
    cyn_code rc = gather(&j, err);
    if (rc == CYN_OK) rc = walk(&j, err);
    if (rc == CYN_OK) rc = table(&j, out, err);
    cyn_relation_end(&j.run);
    return rc;
}
