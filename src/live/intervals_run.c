/* What is due: chosen, evaluated together, and written down in one transaction. */
#include "base/text.h"
#include "live/intervals_impl.h"
#include <stdlib.h>
#include <string.h>

#define BACKOFF_FIRST CYN_MINUTE
#define BACKOFF_MOST  (6 * CYN_HOUR)
#define SLOW          (CYN_SECOND / 2) /* a failure of a script: others wait for it */
#define SHARE         20               /* of the time, at most one part goes into such */

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
    taken *list; /* what was taken out of the queue */
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
    size_t most = t->item->most[t->work], all = cyn_interval_length(t->item->breadth);
    return most > 0 && most < all ? most : all;
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
        /* Others were left out. The first is taken always: where it was recorded by another
         * calendar, what is known begins or ends within it. */
        if (t->nperiods > 0 && cyn_interval_recorded(i, p.start) != p.start) break;
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

/* Whether the item's periods are those of the first. Of what is due that is seen from the last of
 * them and the one after it. */
static bool has_periods_of(const cyn_intervals *iv, const taken *first, taken *t, int64_t now)
{
    if (t->work != INTERVAL_DUE) {
        find_periods(iv, t, now);
        return t->from == first->from && t->until == first->until;
    }
    const int64_t said = cyn_interval_now(iv, now);
    const size_t most = most_of(t);
    if (t->item->state.until != first->from || first->nperiods > most) return false;
    const cyn_period last = cyn_interval_at(iv, t->item, first->until - 1);
    if (cyn_interval_due(iv, t->item, last) > said) return false;
    const cyn_period next = cyn_interval_at(iv, t->item, first->until);
    if (first->nperiods < most && cyn_interval_due(iv, t->item, next) <= said) return false;
    t->from = first->from;
    t->until = first->until;
    t->nperiods = first->nperiods;
    return true;
}

/* What runs in Lua is alone, so that only it waits when it overruns its budget. */
static bool is_like(const cyn_intervals *iv, const taken *first, taken *t, int64_t now)
{
    const interval *x = first->item, *y = t->item;
    if (first->work != t->work || x->script || y->script || x->breadth != y->breadth) return false;
    if (first->work == INTERVAL_REDO && x->state.why != y->state.why) return false;
    return cyn_grain_equal(x->grain, y->grain) && has_periods_of(iv, first, t, now);
}

static int by_item(const void *a, const void *b)
{
    const taken *x = a, *y = b;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

/* The next that is due and as urgent as the first; false: there is none, or no memory. */
static bool take(making *m, taken *t, cyn_code *rc)
{
    cyn_intervals *iv = m->iv;
    if (!cyn_queue_take(iv->queue, m->turn->now, &t->entry, &t->due)) return false;
    t->item = &iv->items[t->entry / INTERVAL_WORKS];
    t->work = (interval_work)(t->entry % INTERVAL_WORKS);
    const taken *first = m->count > 0 ? &m->list[0] : t;
    void *more = cyn_grown(m->arena, m->list, m->count, &m->capacity, sizeof *m->list);
    bool urgent = t->item->urgency[t->work] == first->item->urgency[first->work];
    if (more && urgent) {
        m->list = more;
        return true;
    }
    if (!more) *rc = CYN_E_NOMEM;
    cyn_queue_done(iv->queue, t->entry, t->due);
    return false;
}

/* Those that are chosen come first in the list; the others wait. */
static void add(making *m, const taken *t, bool chosen)
{
    m->list[m->count++] = *t;
    if (!chosen) return;
    m->list[m->count - 1] = m->list[m->chosen];
    m->list[m->chosen++] = *t;
}

/* The most urgent of what is due and what is like it, as many as go together, in the order of
 * metrics. No more is looked at than that takes: a catch-up has many batches. */
static cyn_code choose(making *m, cyn_err *err)
{
    const int64_t now = m->turn->now;
    cyn_code rc = CYN_OK;
    size_t most = 1;
    taken t;
    while (m->chosen < most && take(m, &t, &rc)) {
        if (m->chosen > 0) {
            add(m, &t, is_like(m->iv, &m->list[0], &t, now));
            continue;
        }
        find_periods(m->iv, &t, now);
        if (t.nperiods == 0) { /* the clock was set back */
            cyn_queue_done(m->iv->queue, t.entry, now + BACKOFF_FIRST);
            continue;
        }
        add(m, &t, true);
        if (!t.item->script) most = cyn_interval_metrics(t.item->breadth, t.nperiods);
    }
    put_back(m, rc == CYN_OK ? m->chosen : 0);
    if (m->count > 0) qsort(m->list, m->count, sizeof *m->list, by_item);
    return rc == CYN_OK ? rc : cyn_nomem(err);
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
    CYN_TRY(cyn_interval_periods(cyn_interval_calendar(m->iv), i->grain, t->from, t->until,
                                 t->nperiods, m->arena, &b->periods, &b->nperiods, err));
    if (b->nperiods > 0) return CYN_OK;
    return cyn_fail(err, CYN_E_RANGE, "metric '%s': its next period lies beyond the calendar",
                    i->metric->name);
}

static cyn_reason reason_of(const making *m)
{
    const taken *t = &m->list[0];
    const interval_state *s = &t->item->state;
    if (s->tries[t->work].failures > 0) return CYN_REASON_RETRY;
    if (t->work == INTERVAL_REDO) return s->why;
    if (t->work == INTERVAL_MATURE) return CYN_REASON_DUE;
    return t->item->urgency[INTERVAL_DUE] / 2 == 0 ? CYN_REASON_DUE : CYN_REASON_CAUGHT_UP;
}

/* ---- what is remembered afterwards ---- */

/* What was wrong and where, in a line. */
static void keep_error(const cyn_err *why, interval_state *s)
{
    cyn_err line = *why;
    line.hint[0] = '\0';
    cyn_err_format(&line, s->error, sizeof s->error);
    s->error[cyn_utf8_valid(s->error, strlen(s->error))] = '\0'; /* no half of a character */
}

/* A failure of one period counts; of several, one of them has to be found first. That costs as much
 * again and again where a script hangs, and so it is not sought there. */
static bool counts(const making *m, size_t k, int64_t took)
{
    return m->batch.nperiods == 1 || (m->list[k].item->script && took >= SLOW);
}

static void fail(const making *m, size_t k, int64_t took, interval_state *s)
{
    const taken *t = &m->list[k];
    const cyn_err *why = m->outcomes[k].error;
    attempts *a = &s->tries[t->work];
    if (!counts(m, k, took)) return;
    a->failures++;
    int64_t wait = cyn_backoff((unsigned)(a->failures > 1000 ? 1000 : a->failures), BACKOFF_FIRST,
                               BACKOFF_MOST, t->item->metric->name);
    a->again = m->turn->now + (wait > SHARE * took ? wait : SHARE * took);
    a->of_data = !t->item->data[0] || why->code == CYN_E_DATA || why->code == CYN_E_IO;
    memcpy(a->data, t->item->data, sizeof a->data);
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
    } else if (t->work == INTERVAL_REDO) {
        s->redone = end;
    } else {
        if (!s->known) {
            memcpy(s->definition, t->item->metric->definition, sizeof s->definition);
            memcpy(s->data, t->item->data, sizeof s->data);
        }
        s->known = true;
        s->until = end;
    }
    s->tries[t->work] = (attempts){0};
    s->owed = first_immature(m, k, s->owed);
    if (cyn_interval_failed(s) == INTERVAL_WORKS) s->error[0] = '\0';
}

/* Behind the time at which it could have been evaluated: what is evaluated first, or caught up, was
 * due before anybody was there. */
static int64_t late_by(const making *m, int64_t due)
{
    const int64_t since = due > m->iv->began ? due : m->iv->began;
    return m->turn->now > since ? m->turn->now - since : 0;
}

/* What is known when all is recorded, for each of the batch. */
static void look_ahead(making *m, const cyn_evaluation *done, int64_t at)
{
    for (size_t k = 0; k < m->chosen; k++) {
        const taken *t = &m->list[k];
        interval_state *s = &m->after[k];
        *s = t->item->state;
        s->noted = true;
        s->at = at;
        s->took = done->took;
        if (t->work != INTERVAL_REDO) s->late = late_by(m, t->due);
        if (m->outcomes[k].error)
            fail(m, k, done->took, s);
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
    else if (m->batch.nperiods < t->nperiods) /* all were too much at once */
        *most = m->batch.nperiods;
    else if (*most > 0)
        *most = *most > 1000 ? 0 : 2 * *most;
}

/* Only now that all is committed. */
static void remember(making *m)
{
    cyn_interval_measure(m->list[0].item->breadth, &m->batch, m->outcomes);
    for (size_t k = 0; k < m->chosen; k++) {
        taken *t = &m->list[k];
        interval_state *was = &t->item->state, *is = &m->after[k];
        bool worse = was->tries[t->work].failures < CYN_QUARANTINE &&
                     is->tries[t->work].failures == CYN_QUARANTINE;
        if (worse) cyn_interval_fails(m->iv, t->item, is->error);
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
    done->late = late_by(m, done->due);
    return CYN_OK;
}

/* Of whom it is known now in which period they fail. */
static cyn_code note_found(const making *m, cyn_evaluation *done, cyn_err *err)
{
    bool *found = CYN_NEW_ARRAY(m->arena, m->chosen + 1, bool);
    if (!found) return cyn_nomem(err);
    for (size_t k = 0; k < m->chosen; k++)
        found[k] = m->outcomes[k].error && counts(m, k, done->took);
    done->found = found;
    return CYN_OK;
}

static cyn_script_work worked(const cyn_turn *turn)
{
    return turn->scripts ? cyn_script_worked(turn->scripts) : (cyn_script_work){0};
}

static cyn_code evaluate(making *m, cyn_evaluation *done, cyn_err *err)
{
    const int64_t began = cyn_monotonic();
    const cyn_script_work before = worked(m->turn);
    int64_t (*clock)(void) = m->turn->clock ? m->turn->clock : cyn_now;
    m->began = clock();
    CYN_TRY(fill_batch(m, err));
    CYN_TRY(cyn_interval_evaluate(&m->batch, m->turn, m->arena, &m->outcomes, err));
    CYN_TRY(describe(m, done, err));
    const cyn_script_work after = worked(m->turn);
    done->took = cyn_monotonic() - began;
    done->in_scripts = after.time - before.time;
    done->left = m->turn->leaves && after.overruns > before.overruns;
    if (done->left) return CYN_OK;
    CYN_TRY(note_found(m, done, err));
    look_ahead(m, done, clock());
    return write(m, done, err);
}

cyn_code cyn_intervals_run(cyn_intervals *iv, const cyn_turn *turn, cyn_arena *arena,
                           cyn_evaluation *done, cyn_err *err)
{
    making m = {.iv = iv, .turn = turn, .arena = arena};
    *done = (cyn_evaluation){0};
    CYN_TRY(choose(&m, err));
    if (m.count == 0) return CYN_OK;
    cyn_code rc = evaluate(&m, done, err);
    if (rc != CYN_OK) {
        put_back(&m, 0); /* the same is due again */
        *done = (cyn_evaluation){0};
        return rc;
    }
    if (done->left)
        put_back(&m, 0);
    else
        remember(&m);
    done->more = cyn_intervals_next(iv) <= turn->now;
    return CYN_OK;
}
