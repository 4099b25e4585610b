/* First attempts over rows in the order of time, step by step: the first row of an entity for step
 * 1 begins its attempt, and what comes next is its earliest row for step 2 after that. To find it
 * for all entities takes a scan on all cores, and one row of each in mind; so does every further
 * step.
 */
#include "exec/attempt_impl.h"
#include "exec/journey_impl.h"
#include "exec/parallel.h"
#include <string.h>

/* Where an entity's attempt is; ahead of any row where it has none, or has come to an end. */
typedef struct progress {
    uint32_t last;         /* the row of its last step, or CYN_NO_ROW */
    _Atomic uint32_t next; /* the earliest row for the step in question, or CYN_NO_ROW */
} progress;

typedef struct search {
    cyn_journey *journey;
    progress *of;     /* [entity] */
    uint32_t *entity; /* [attempt] */
    size_t step;      /* in question, from 0 */
} search;

bool cyn_journey_steps_apart(const cyn_relation *spec)
{
    return !spec->every && !spec->strict && !spec->any_order && spec->nsame == 0;
}

/* ---- the first step ---- */

/* Rows lie far apart in the table: their entities are asked for some rows ahead. */
#define ROWS_AHEAD 24

static cyn_code reserve(search *s, size_t starts, cyn_err *err)
{
    cyn_journey *j = s->journey;
    size_t entities = j->who.count, most = starts < entities ? starts : entities;
    CYN_TRY(cyn_journey_reserve(j, most, err));
    s->of = CYN_NEW_ARRAY(j->run.arena, entities + 1, progress);
    s->entity = CYN_NEW_ARRAY(j->run.arena, most + 1, uint32_t);
    if (!s->of || !s->entity) return cyn_nomem(err);
    memset(s->of, 0xff, entities * sizeof *s->of);
    return CYN_OK;
}

static cyn_code begin(search *s, cyn_err *err)
{
    cyn_journey *j = s->journey;
    cyn_row_list starts;
    CYN_TRY(cyn_relation_rows(&j->run, &j->entity, &j->time, j->spec->steps[0].when, &starts, err));
    CYN_TRY(reserve(s, starts.n, err));
    for (size_t i = 0; i < starts.n; i++) {
        if (i + ROWS_AHEAD < starts.n) cyn_column_prefetch(&j->who.of, starts.row[i + ROWS_AHEAD]);
        uint32_t row = starts.row[i], entity = cyn_number(&j->who, row);
        if (s->of[entity].last != CYN_NO_ROW) continue;
        s->of[entity].last = row;
        s->entity[j->n] = entity;
        j->reached[j->n] = 1;
        j->at[0][j->n++] = row;
    }
    return CYN_OK;
}

/* ---- further steps ---- */

/* Looked up without a branch between them, rows overlap. */
static void take(void *self, size_t range, const cyn_row_batch *rows)
{
    search *s = self;
    const cyn_numbers who = s->journey->who;
    uint32_t hit[CYN_BATCH];
    size_t hits = 0;
    (void)range;
    for (size_t i = 0; i < rows->n; i++) {
        uint32_t row = rows->row[i];
        const progress *p = &s->of[cyn_number(&who, row)];
        hit[hits] = row;
        hits += (row > p->last) & (row < atomic_load_explicit(&p->next, memory_order_relaxed));
    }
    for (size_t i = 0; i < hits; i++)
        cyn_keep_earliest(&s->of[cyn_number(&who, hit[i])].next, hit[i]);
}

/* The end of the window for the step, from the last one and from the first. */
static int64_t last_moment(const search *s, size_t attempt)
{
    const cyn_journey *j = s->journey;
    int64_t first = cyn_journey_measure(j, j->at[0][attempt]);
    int64_t last = cyn_journey_measure(j, j->at[s->step - 1][attempt]);
    int64_t whole = cyn_window_end(first, j->spec->within);
    int64_t own = cyn_window_end(last, j->spec->steps[s->step].within);
    return own < whole ? own : whole;
}

/* An attempt goes on with the row that was found, or has come to its end. */
static void go_on(search *s, size_t attempt)
{
    cyn_journey *j = s->journey;
    progress *p = &s->of[s->entity[attempt]];
    uint32_t next = p->next;
    j->at[s->step][attempt] = CYN_NO_ROW;
    if ((size_t)j->reached[attempt] < s->step) return;
    int64_t until = last_moment(s, attempt);
    if (next != CYN_NO_ROW && cyn_journey_measure(j, next) <= until) {
        j->at[s->step][attempt] = next;
        j->reached[attempt]++;
    } else {
        j->immature[attempt] = cyn_journey_open(j, until);
        next = CYN_NO_ROW;
    }
    *p = (progress){.last = next, .next = CYN_NO_ROW};
}

/* The times of the last step and of what was found will be read. */
static void ask_for(const search *s, size_t attempt)
{
    const cyn_journey *j = s->journey;
    uint32_t next = s->of[s->entity[attempt]].next, last = j->at[s->step - 1][attempt];
    if (last != CYN_NO_ROW) cyn_column_prefetch(j->time.column, last);
    if (next != CYN_NO_ROW) cyn_column_prefetch(j->time.column, next);
}

#define ATTEMPTS ((CYN_SHARE_ROWS + 15) / 16) /* a worker's task */

static void go_on_range(void *self, size_t worker, size_t range)
{
    search *s = self;
    const cyn_journey *j = s->journey;
    size_t first = range * ATTEMPTS, end = j->n - first < ATTEMPTS ? j->n : first + ATTEMPTS;
    (void)worker;
    for (size_t i = first; i < end; i++) {
        if (i + ROWS_AHEAD < end) ask_for(s, i + ROWS_AHEAD);
        go_on(s, i);
    }
}

static cyn_code find_step(search *s, size_t step, cyn_err *err)
{
    const cyn_journey *j = s->journey;
    const cyn_row_scan scan = {
        .entity = &j->entity, .only = j->spec->steps[step].when, .self = s, .take = take};
    size_t ranges = (j->n + ATTEMPTS - 1) / ATTEMPTS;
    s->step = step;
    CYN_TRY(cyn_relation_scan(&j->run, &scan, err));
    cyn_parallel(cyn_workers_for(ranges), ranges, &(cyn_job){s, go_on_range});
    return cyn_relation_go_on(&j->run, err);
}

cyn_code cyn_journey_first(cyn_journey *j, cyn_err *err)
{
    search s = {.journey = j};
    CYN_TRY(begin(&s, err));
    for (size_t step = 1; step < j->spec->nsteps; step++)
        CYN_TRY(find_step(&s, step, err));
    return CYN_OK;
}
