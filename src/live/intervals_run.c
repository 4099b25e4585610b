/* What is due: chosen, evaluated together, and written down in one transaction. */
#include "base/text.h"
#include "live/intervals_impl.h"
#include <stdlib.h>
#include <string.h>

#define BACKOFF_FIRST CYN_MINUTE
#define BACKOFF_MOST  (6 * CYN_HOUR)

/* Work that was taken out of the queue. */
typedef struct taken {
    interval *item;
    interval_work work;
    uint32_t entry;
    int64_t due;
    int64_t from, until; /* its periods */
    size_t nperiods;
} taken;

/* A batch while it is made. */
typedef struct making {
    cyn_intervals *iv;
    const cyn_turn *turn;
    cyn_arena *arena;
    taken *list; /* all that is due of the most urgent class */
    size_t count, capacity;
    size_t chosen; /* the first so many of the list are the batch */
    interval_batch batch;
    const interval_outcome *outcomes;
    interval_state *after; /* [chosen] */
    int64_t began;
} making;

/* ---- what is due ---- */

/* A batch of which a period failed is made smaller, until it is known which. */
static size_t most_of(const taken *t)
{
    size_t most = t->item->most[t->work];
    return most > 0 && most < CYN_INTERVAL_PERIODS ? most : CYN_INTERVAL_PERIODS;
}

static void find_periods(const cyn_intervals *iv, taken *t, int64_t now)
{
    const interval *i = t->item;
    const interval_state *s = &i->state;
    size_t most = most_of(t);
    if (t->work == INTERVAL_DUE) {
        t->from = s->until;
        t->until = cyn_interval_due_until(iv, i, now, most, &t->nperiods);
        return;
    }
    bool redo = t->work == INTERVAL_REDO;
    int64_t end = redo ? s->redo_end : s->until;
    t->from = t->until = cyn_interval_recorded(i, redo ? s->redone : s->owed);
    for (t->nperiods = 0; t->nperiods < most && t->until < end; t->nperiods++) {
        cyn_period p = cyn_interval_at(iv, i, t->until);
        if (cyn_interval_recorded(i, p.start) != p.start) break; /* others were left out */
        if (!redo && t->nperiods > 0 && cyn_interval_mature(iv, i, p) > cyn_interval_now(iv, now))
            break; /* of the first it is known */
        t->until = p.end;
    }
}

static void put_back(making *m, size_t from)
{
    for (size_t k = from; k < m->count; k++)
        cyn_queue_done(m->iv->queue, m->list[k].entry, m->list[k].due);
    m->count = from;
}

/* All that is due and as urgent as the most urgent of it. */
static cyn_code take_due(making *m, cyn_err *err)
{
    cyn_intervals *iv = m->iv;
    taken t;
    while (cyn_queue_take(iv->queue, m->turn->now, &t.entry, &t.due)) {
        t.item = &iv->items[t.entry / INTERVAL_WORKS];
        t.work = (interval_work)(t.entry % INTERVAL_WORKS);
        void *more = cyn_grown(m->arena, m->list, m->count, &m->capacity, sizeof *m->list);
        if (!more || (m->count > 0 &&
                      t.item->urgency[t.work] != m->list[0].item->urgency[m->list[0].work])) {
            cyn_queue_done(iv->queue, t.entry, t.due);
            if (more) break;
            put_back(m, 0);
            return cyn_nomem(err);
        }
        m->list = more;
        find_periods(iv, &t, m->turn->now);
        m->list[m->count++] = t;
    }
    return CYN_OK;
}

/* What runs in Lua is alone, so that only it waits when it overruns its budget. */
static bool is_like(const taken *a, const taken *b)
{
    const interval *x = a->item, *y = b->item;
    bool alike = a->work == b->work && (a->work != INTERVAL_REDO || x->state.why == y->state.why);
    return alike && !x->script && a->from == b->from && a->until == b->until &&
           cyn_grain_equal(x->grain, y->grain) && strcmp(x->by, y->by) == 0;
}

static int by_item(const void *a, const void *b)
{
    const taken *x = a, *y = b;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

/* Those that are like the first come first, in the order of metrics; the others wait. */
static void choose(making *m)
{
    taken first = m->list[0];
    size_t n = 1, most = cyn_interval_metrics(first.nperiods, first.item->by[0] != '\0');
    for (size_t k = 1; k < m->count && n < most; k++) {
        if (!is_like(&first, &m->list[k])) continue;
        taken other = m->list[n];
        m->list[n++] = m->list[k];
        m->list[k] = other;
    }
    put_back(m, n);
    qsort(m->list, n, sizeof *m->list, by_item);
    m->chosen = n;
}

/* ---- the batch ---- */

static cyn_code fill_batch(making *m, cyn_err *err)
{
    const taken *t = &m->list[0];
    const interval *i = t->item;
    interval_batch *b = &m->batch;
    const cyn_metric **metrics = CYN_NEW_ARRAY(m->arena, m->chosen + 1, const cyn_metric *);
    const char **by = CYN_NEW_ARRAY(m->arena, 1, const char *);
    m->after = CYN_NEW_ARRAY(m->arena, m->chosen + 1, interval_state);
    if (!metrics || !by || !m->after) return cyn_nomem(err);
    for (size_t k = 0; k < m->chosen; k++)
        metrics[k] = m->list[k].item->metric;
    *by = i->by;
    *b = (interval_batch){.project = m->iv->project,
                          .grain = i->grain,
                          .by = by,
                          .nby = i->by[0] != '\0',
                          .metrics = metrics,
                          .nmetrics = m->chosen,
                          .now = cyn_interval_now(m->iv, m->turn->now)};
    return cyn_interval_periods(cyn_interval_calendar(m->iv), i->grain, t->from, t->until,
                                t->nperiods, m->arena, &b->periods, &b->nperiods, err);
}

static cyn_reason reason_of(const making *m)
{
    const taken *t = &m->list[0];
    const interval_state *s = &t->item->state;
    if ((t->work == INTERVAL_DUE ? s->due.failures : s->redo.failures) > 0) return CYN_REASON_RETRY;
    if (t->work == INTERVAL_REDO) return s->why;
    if (t->work == INTERVAL_MATURE) return CYN_REASON_DUE;
    return t->item->urgency[INTERVAL_DUE] / 2 == 0 ? CYN_REASON_DUE : CYN_REASON_CAUGHT_UP;
}

/* ---- what is remembered afterwards ---- */

static void note_quarantine(cyn_intervals *iv, const interval *i, const char *why)
{
    cyn_err note = {0};
    cyn_fail(&note, CYN_E_SCRIPT, "metric '%s' failed %d times in a row: %s", i->metric->name,
             CYN_QUARANTINE, why);
    cyn_hint(&note, "it is tried again ever more rarely; 'cynosure schedule' shows when");
    cyn_interval_note(iv, &note);
}

/* What was wrong and where, in a line. */
static void keep_error(const cyn_err *why, interval_state *s)
{
    cyn_err line = *why;
    line.hint[0] = '\0';
    cyn_err_format(&line, s->error, sizeof s->error);
    s->error[cyn_utf8_valid(s->error, strlen(s->error))] = '\0'; /* no half of a character */
}

/* A failure of one period counts; of several, one of them has to be found first. */
static void fail(const making *m, size_t k, interval_state *s)
{
    const taken *t = &m->list[k];
    const cyn_err *why = m->outcomes[k].error;
    int64_t *failures = t->work == INTERVAL_DUE ? &s->due.failures : &s->redo.failures;
    int64_t *again = t->work == INTERVAL_DUE ? &s->due.again : &s->redo.again;
    if (m->batch.nperiods > 1) return;
    ++*failures;
    *again = m->turn->now + cyn_backoff((unsigned)(*failures > 1000 ? 1000 : *failures),
                                        BACKOFF_FIRST, BACKOFF_MOST, t->item->metric->name);
    keep_error(why, s);
}

/* The first period whose value is not final yet, but will be. One that stays immature when its time
 * has come does so for good. */
static int64_t first_immature(const making *m, size_t k, int64_t before)
{
    const cyn_intervals *iv = m->iv;
    const interval *i = m->list[k].item;
    const interval_outcome *o = &m->outcomes[k];
    for (size_t n = 0; n < o->npoints; n++) {
        const cyn_point *p = &o->points[n];
        if (p->immature && p->period.start < before &&
            cyn_interval_mature(iv, i, p->period) > m->batch.now)
            before = p->period.start;
    }
    return before;
}

static void succeed(const making *m, size_t k, int64_t end, interval_state *s)
{
    const taken *t = &m->list[k];
    if (t->work == INTERVAL_MATURE) {
        s->owed = end;
        s->redo.failures = 0;
    } else if (t->work == INTERVAL_REDO) {
        s->redone = end;
        s->redo.failures = 0;
    } else {
        if (!s->known) {
            memcpy(s->definition, t->item->metric->definition, sizeof s->definition);
            memcpy(s->data, t->item->data, sizeof s->data);
        }
        s->known = true;
        s->until = end;
        s->due.failures = 0;
    }
    s->owed = first_immature(m, k, s->owed);
    if (s->due.failures == 0 && s->redo.failures == 0) s->error[0] = '\0';
}

/* What is known when all is recorded, for each of the batch. */
static void look_ahead(making *m, const cyn_evaluation *done, int64_t at)
{
    for (size_t k = 0; k < m->chosen; k++) {
        const taken *t = &m->list[k];
        interval_state *s = &m->after[k];
        *s = t->item->state;
        s->at = at;
        s->took = done->took;
        if (t->work != INTERVAL_REDO) s->late = m->turn->now - t->due;
        if (m->outcomes[k].error)
            fail(m, k, s);
        else
            succeed(m, k, done->last.end, s);
        interval ahead = *t->item; /* a redo that ends with these periods */
        ahead.state = *s;
        cyn_interval_end_redo(&ahead);
        *s = ahead.state;
    }
}

/* How many periods at once from now on: half as many after a failure, twice as many after none. */
static void resize(const making *m, size_t k)
{
    const taken *t = &m->list[k];
    size_t *most = &t->item->most[t->work];
    if (m->outcomes[k].error)
        *most = m->batch.nperiods > 1 ? m->batch.nperiods / 2 : 1;
    else if (*most > 0)
        *most = *most > 1000 ? 0 : 2 * *most;
}

/* Only now that all is committed. */
static void remember(making *m)
{
    for (size_t k = 0; k < m->chosen; k++) {
        taken *t = &m->list[k];
        interval_state *was = &t->item->state, *is = &m->after[k];
        bool worse = (was->due.failures < CYN_QUARANTINE && is->due.failures == CYN_QUARANTINE) ||
                     (was->redo.failures < CYN_QUARANTINE && is->redo.failures == CYN_QUARANTINE);
        if (worse) note_quarantine(m->iv, t->item, is->error);
        *was = *is;
        for (size_t n = 0; n < t->item->nstretches; n++)
            t->item->stretches[n].kept = true;
        resize(m, k);
        cyn_queue_done(m->iv->queue, t->entry, CYN_SLOT_END);
        cyn_interval_plan(m->iv, t->item, m->turn->now);
    }
}

/* ---- writing down ---- */

/* What was evaluated before a stop, where the row of the ledger no longer says so. */
static cyn_code write_stretches(const making *m, int64_t run, const interval *i,
                                const cyn_ledger_row *row, cyn_err *err)
{
    const interval_state *s = &i->state; /* while it is evaluated again it is of several */
    for (size_t k = 0; k < i->nstretches; k++) {
        const cyn_stretch_row old = {.metric = row->metric,
                                     .grain = row->grain,
                                     .by = row->by,
                                     .from = i->stretches[k].from,
                                     .until = i->stretches[k].until,
                                     .definition = s->redoes ? "" : s->definition,
                                     .data = s->redoes ? "" : s->data};
        if (i->stretches[k].kept) continue;
        CYN_TRY(cyn_store_put_stretch(m->turn->store, run, &old, err));
    }
    return CYN_OK;
}

static cyn_code write_run(making *m, int64_t run, cyn_evaluation *done, cyn_err *err)
{
    cyn_store *st = m->turn->store;
    CYN_TRY(cyn_interval_record(&m->batch, m->outcomes, st, run, err));
    for (size_t k = 0; k < m->chosen; k++) {
        cyn_ledger_row row;
        CYN_TRY(cyn_interval_row(m->list[k].item, &m->after[k], m->arena, &row, err));
        CYN_TRY(write_stretches(m, run, m->list[k].item, &row, err));
        CYN_TRY(cyn_store_put_ledger(st, run, &row, err));
    }
    CYN_TRY(cyn_interval_account(&m->batch, st, run, m->began, done, err));
    return cyn_store_commit_run(st, run, (int)done->failed, err);
}

/* Values, ledger and what was done go in one transaction, or not at all. */
static cyn_code write(making *m, cyn_evaluation *done, cyn_err *err)
{
    int64_t run;
    CYN_TRY(cyn_store_begin_run(m->turn->store, "serve", m->batch.now, &run, err));
    cyn_code rc = write_run(m, run, done, err);
    if (rc == CYN_OK)
        done->run = run;
    else
        cyn_store_undo_run(m->turn->store);
    return rc;
}

static cyn_code describe(const making *m, cyn_evaluation *done, cyn_err *err)
{
    const interval_batch *b = &m->batch;
    cyn_err *errors = CYN_NEW_ARRAY(m->arena, m->chosen + 1, cyn_err);
    if (!errors) return cyn_nomem(err);
    *done = (cyn_evaluation){.grain = b->grain,
                             .first = b->periods[0],
                             .last = b->periods[b->nperiods - 1],
                             .by = m->list[0].item->by,
                             .reason = reason_of(m),
                             .metrics = b->metrics,
                             .nmetrics = b->nmetrics,
                             .due = m->list[0].due,
                             .errors = errors};
    for (size_t k = 0; k < m->chosen; k++) {
        const interval_outcome *o = &m->outcomes[k];
        if (m->list[k].due < done->due) done->due = m->list[k].due;
        if (o->error) {
            errors[k] = *o->error;
            done->failed++;
        } else {
            done->points += (int64_t)o->npoints;
        }
    }
    done->late = m->turn->now - done->due;
    return CYN_OK;
}

static cyn_code evaluate(making *m, cyn_evaluation *done, cyn_err *err)
{
    const int64_t began = cyn_monotonic();
    int64_t (*clock)(void) = m->turn->clock ? m->turn->clock : cyn_now;
    m->began = clock();
    CYN_TRY(fill_batch(m, err));
    CYN_TRY(cyn_interval_evaluate(&m->batch, m->turn, m->arena, &m->outcomes, err));
    CYN_TRY(describe(m, done, err));
    done->took = cyn_monotonic() - began;
    look_ahead(m, done, clock());
    return write(m, done, err);
}

cyn_code cyn_intervals_run(cyn_intervals *iv, const cyn_turn *turn, cyn_arena *arena,
                           cyn_evaluation *done, cyn_err *err)
{
    making m = {.iv = iv, .turn = turn, .arena = arena};
    *done = (cyn_evaluation){0};
    CYN_TRY(take_due(&m, err));
    if (m.count == 0) return CYN_OK;
    choose(&m);
    cyn_code rc = evaluate(&m, done, err);
    if (rc != CYN_OK) {
        put_back(&m, 0); /* the same is due again */
        *done = (cyn_evaluation){0};
        return rc;
    }
    remember(&m);
    done->more = cyn_intervals_next(iv) <= turn->now;
    return CYN_OK;
}
