/* Retention over rows in the order of time.
 *
 * Between two moments at which a window opens or closes the open ones are the same: those of a few
 * days that follow each other. So each thread marks the members whose windows are open and who are
 * not yet retained, and of nearly all rows it is enough to see that their entity has no mark. When
 * time comes to such a moment, the members of the days concerned are marked, or unmarked.
 */
#include "exec/parallel.h"
#include "exec/retention_impl.h"
#include <string.h>

/* So many outcomes have a bit in an entity's mark; more take a sweep of their own. */
#define LANES 8

/* The days whose windows are open: from … to - 1. */
typedef struct lane {
    uint32_t from, to;
} lane;

typedef struct sweeper {
    const cyn_retention *r;
    cyn_row_sieve *sieve;
    size_t first, lanes; /* outcomes */
    lane lane[LANES];
    int64_t next;  /* when a window opens or closes */
    uint8_t *mark; /* [entity] */
    cyn_code code;
    cyn_err err;
} sweeper;

typedef struct sweep {
    const cyn_retention *r;
    sweeper *sweepers; /* [worker] */
    atomic_bool failed;
} sweep;

/* ---- windows ---- */

static int64_t opens(const sweeper *w, size_t k, uint32_t day)
{
    return w->r->windows[day * w->r->noutcomes + w->first + k].from;
}

static int64_t closes(const sweeper *w, size_t k, uint32_t day)
{
    const cyn_window *at = &w->r->windows[day * w->r->noutcomes + w->first + k];
    return (int64_t)((uint64_t)at->from + at->length);
}

/* Marks the members of the days from … to - 1, or takes their marks away. */
static void mark_days(sweeper *w, size_t k, uint32_t from, uint32_t to, bool open)
{
    const uint8_t bit = (uint8_t)(1U << k), others = (uint8_t)~bit;
    const uint32_t *entity = w->r->entity_of;
    if (from >= to) return;
    for (size_t m = cyn_first_member(w->r, from), end = cyn_first_member(w->r, to); m < end; m++)
        w->mark[entity[m]] = (uint8_t)((w->mark[entity[m]] & others) | (open ? bit : 0));
}

/* Windows open in the order of their days, and close so. */
static void move_lane(sweeper *w, size_t k, int64_t now)
{
    const uint32_t days = w->r->days;
    const lane before = w->lane[k];
    lane l = before;
    while (l.to < days && opens(w, k, l.to) <= now)
        l.to++;
    while (l.from < l.to && closes(w, k, l.from) <= now)
        l.from++;
    mark_days(w, k, before.from, l.from < before.to ? l.from : before.to, false);
    mark_days(w, k, l.from > before.to ? l.from : before.to, l.to, true);
    w->lane[k] = l;
    if (l.to < days && opens(w, k, l.to) < w->next) w->next = opens(w, k, l.to);
    if (l.from < l.to && closes(w, k, l.from) < w->next) w->next = closes(w, k, l.from);
}

static void move_to(sweeper *w, int64_t now)
{
    w->next = CYN_TIME_MAX;
    for (size_t k = 0; k < w->lanes; k++)
        move_lane(w, k, now);
}

/* ---- rows ---- */

static void keep(sweeper *w, uint32_t entity, uint32_t row)
{
    const cyn_retention *r = w->r;
    for (size_t k = 0; k < w->lanes; k++) {
        const uint8_t bit = (uint8_t)(1U << k);
        if (!(w->mark[entity] & bit)) continue;
        if (cyn_retention_keep(r, &r->outcomes[w->first + k], entity, row))
            w->mark[entity] = (uint8_t)(w->mark[entity] & ~bit);
    }
}

/* Lists the marked ones first: looking up marks without a branch between them overlaps. */
static void take_stretch(sweeper *w, const uint32_t *row, size_t n)
{
    const cyn_numbers who = w->r->who;
    const uint8_t *mark = w->mark;
    uint32_t hit[CYN_BATCH];
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        hit[hits] = row[i];
        hits += mark[cyn_number(&who, row[i])] != 0;
    }
    for (size_t i = 0; i < hits; i++)
        keep(w, cyn_number(&who, hit[i]), hit[i]);
}

/* How many of the rows come before the next moment; the first one does. */
static size_t stretch(const sweeper *w, const uint32_t *row, size_t n)
{
    size_t low = 1, high = n;
    if (cyn_instant(&w->r->time, row[n - 1]) < w->next) return n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (cyn_instant(&w->r->time, row[mid]) < w->next) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static void take(void *self, size_t range, const cyn_row_batch *rows)
{
    sweeper *w = self;
    (void)range;
    for (size_t i = 0; i < rows->n;) {
        int64_t now = cyn_instant(&w->r->time, rows->row[i]);
        if (now >= w->next) move_to(w, now);
        size_t n = stretch(w, rows->row + i, rows->n - i);
        take_stretch(w, rows->row + i, n);
        i += n;
    }
}

/* ---- all of them ---- */

/* Ranges are handed out in their order: no thread goes back in time. */
static void sweep_range(void *self, size_t worker, size_t range)
{
    sweep *s = self;
    sweeper *w = &s->sweepers[worker];
    size_t first = range * CYN_SHARE_ROWS, rows = s->r->run.rows;
    size_t end = rows - first < CYN_SHARE_ROWS ? rows : first + CYN_SHARE_ROWS;
    if (atomic_load_explicit(&s->failed, memory_order_relaxed)) return;
    w->code = cyn_row_sieve_take(w->sieve, range, first, end, &w->err);
    if (w->code != CYN_OK) atomic_store(&s->failed, true);
}

static cyn_code open_sweeper(const cyn_retention *r, sweeper *w, cyn_err *err)
{
    const cyn_row_scan scan = {
        .entity = &r->entity, .only = r->spec->active, .self = w, .take = take};
    w->r = r;
    w->mark = CYN_NEW_ARRAY(r->run.arena, (size_t)r->who.count + 1, uint8_t);
    if (!w->mark) return cyn_nomem(err);
    return cyn_row_sieve_new(&r->run, &scan, &w->sieve, err);
}

/* The outcomes from `first` on, as many as there are lanes. Before the first moment no window is
 * open, not even those of day 0. */
static cyn_code sweep_outcomes(sweep *s, size_t workers, size_t first, cyn_err *err)
{
    size_t left = s->r->noutcomes - first;
    for (size_t i = 0; i < workers; i++) {
        sweeper *w = &s->sweepers[i];
        memset(w->mark, 0, s->r->who.count);
        w->first = first;
        w->lanes = left < LANES ? left : LANES;
        w->next = CYN_TIME_MIN;
        for (size_t k = 0; k < w->lanes; k++)
            w->lane[k] = (lane){1, 1};
    }
    cyn_parallel(workers, cyn_relation_ranges(&s->r->run), &(cyn_job){s, sweep_range});
    for (size_t i = 0; i < workers; i++) {
        if (s->sweepers[i].code == CYN_OK) continue;
        if (err) *err = s->sweepers[i].err;
        return s->sweepers[i].code;
    }
    return CYN_OK;
}

cyn_code cyn_retention_sweep(const cyn_retention *r, cyn_err *err)
{
    size_t workers = cyn_workers_for(cyn_relation_ranges(&r->run));
    sweep s = {.r = r, .sweepers = CYN_NEW_ARRAY(r->run.arena, workers, sweeper)};
    cyn_code rc = CYN_OK;
    if (!s.sweepers) return cyn_nomem(err);
    for (size_t i = 0; i < workers; i++)
        CYN_GOTO(open_sweeper(r, &s.sweepers[i], err));
    for (size_t first = 0; first < r->noutcomes; first += LANES)
        CYN_GOTO(sweep_outcomes(&s, workers, first, err));
done:
    for (size_t i = 0; i < workers; i++)
        cyn_row_sieve_free(s.sweepers[i].sieve);
    return rc;
}
