/* When: the rules H-1 … of docs/reference/schedule.md, and what follows from them for the queue. */
#include "engine/series.h"
#include "live/intervals_impl.h"
#include <stdio.h>
#include <string.h>

#define MOMENTS 60 /* over which metrics are spread */

/* ---- the rules ---- */

const cyn_calendar *cyn_interval_calendar(const cyn_intervals *iv)
{
    return &iv->project->calendar;
}

int64_t cyn_interval_now(const cyn_intervals *iv, int64_t now)
{
    return iv->fixed ? iv->said_now : now;
}

cyn_period cyn_interval_at(const cyn_intervals *iv, const interval *i, int64_t instant)
{
    return cyn_period_at(cyn_interval_calendar(iv), i->grain, instant);
}

/* How much later than others the metric is due: one of a few moments, so that those that share one
 * are evaluated together all the same. */
static int64_t jitter_of(const cyn_intervals *iv, const interval *i)
{
    int64_t spread = iv->project->config->schedule.spread, step = spread / MOMENTS;
    int64_t jitter = cyn_jitter(i->metric->name, spread);
    return jitter - jitter % (step > CYN_SECOND ? step : CYN_SECOND);
}

/* When something is due that could be evaluated from `t` on. */
static int64_t due_after(const cyn_intervals *iv, const interval *i, int64_t t)
{
    int64_t due = t + i->duty->lateness;
    if (i->duty->has_cron) due = cyn_cron_after(&i->duty->cron, due - 1);
    if (due == CYN_SLOT_END) return due;
    return due + jitter_of(iv, i);
}

int64_t cyn_interval_due(const cyn_intervals *iv, const interval *i, cyn_period period)
{
    return due_after(iv, i, period.end);
}

/* Without memory nobody knows: it is asked again when the next period was evaluated. */
int64_t cyn_interval_mature(const cyn_intervals *iv, const interval *i, cyn_period period)
{
    int64_t ready = CYN_TIME_MAX;
    cyn_arena *scratch = cyn_arena_new(0);
    cyn_code rc = scratch
                      ? cyn_series_ready_at(iv->project, i->metric, period, scratch, &ready, NULL)
                      : CYN_E_NOMEM;
    cyn_arena_free(scratch);
    return rc != CYN_OK || ready == CYN_TIME_MAX ? CYN_SLOT_END : due_after(iv, i, ready);
}

/* ---- what was evaluated ---- */

static int64_t recorded_in(int64_t from, int64_t until, int64_t t)
{
    if (from >= until || t >= until) return CYN_TIME_MAX;
    return t > from ? t : from;
}

int64_t cyn_interval_recorded(const interval *i, int64_t t)
{
    int64_t first = recorded_in(i->state.from, i->state.until, t);
    for (size_t k = 0; k < i->nstretches; k++) {
        int64_t own = recorded_in(i->stretches[k].from, i->stretches[k].until, t);
        if (own < first) first = own;
    }
    return first;
}

bool cyn_interval_add_stretch(cyn_intervals *iv, interval *i, stretch s)
{
    void *more = cyn_grown(iv->arena, i->stretches, i->nstretches, &i->stretch_capacity,
                           sizeof *i->stretches);
    if (!more) return false;
    i->stretches = more;
    i->stretches[i->nstretches++] = s;
    return true;
}

int64_t cyn_interval_restated(const cyn_intervals *iv, const interval *i, int64_t now)
{
    int64_t ended = cyn_interval_now(iv, now) - i->duty->restate;
    return cyn_interval_at(iv, i, ended - 1).start; /* it ends at `ended` or later */
}

int64_t cyn_interval_due_until(const cyn_intervals *iv, const interval *i, int64_t now, size_t most,
                               size_t *n)
{
    cyn_period p = cyn_interval_at(iv, i, i->state.until);
    int64_t end = i->state.until;
    for (*n = 0; *n < most && cyn_interval_due(iv, i, p) <= cyn_interval_now(iv, now); ++*n) {
        end = p.end;
        p = cyn_interval_at(iv, i, end);
    }
    return end;
}

/* ---- what is said ---- */

void cyn_interval_note(cyn_intervals *iv, const cyn_err *note)
{
    if (iv->nnotes < sizeof iv->notes / sizeof *iv->notes) iv->notes[iv->nnotes++] = *note;
}

static void note_failing(cyn_intervals *iv)
{
    const size_t n = iv->failing.metrics;
    char others[48] = "";
    if (n == 0) return;
    if (n > 1) snprintf(others, sizeof others, " and %zu others", n - 1);
    cyn_err note = {0};
    cyn_fail(&note, CYN_E_SCRIPT, "metric '%s'%s failed %d times in a row: %s",
             iv->failing.first->metric->name, others, CYN_QUARANTINE, iv->failing.why);
    cyn_hint(&note, "%s tried again ever more rarely; 'cynosure schedule' shows when",
             n > 1 ? "they are" : "it is");
    iv->failing.first = iv->failing.last = NULL;
    iv->failing.metrics = 0;
    cyn_interval_note(iv, &note);
}

void cyn_interval_fails(cyn_intervals *iv, const interval *i, const char *why)
{
    if (!iv->failing.first) {
        iv->failing.first = i;
        snprintf(iv->failing.why, sizeof iv->failing.why, "%s", why);
    }
    if (!iv->failing.last || iv->failing.last->metric != i->metric) iv->failing.metrics++;
    iv->failing.last = i;
}

static void note_missed(cyn_intervals *iv)
{
    const cyn_calendar *cal = cyn_interval_calendar(iv);
    const interval *i = iv->missed.first;
    char grain[16], from[64], to[64], others[48] = "";
    if (!i) return;
    cyn_format_grain(i->grain, grain);
    cyn_period_label(cal, iv->missed.from, from, sizeof from);
    cyn_period_label(cal, iv->missed.to, to, sizeof to);
    if (iv->missed.metrics > 1)
        snprintf(others, sizeof others, " and %zu others", iv->missed.metrics - 1);
    cyn_err note = {0};
    cyn_fail(&note, CYN_E_LIMIT,
             "metric '%s'%s: %s to %s were missed, and are too long ago to be caught up "
             "(schedule.catch_up is %d)",
             i->metric->name, others, from, to, iv->project->config->schedule.catch_up);
    cyn_hint(&note, "'cynosure backfill %s --grain %s --from %s --to %s' evaluates them",
             i->metric->name, grain, from, to);
    iv->missed.first = NULL;
    iv->missed.metrics = 0;
    cyn_interval_note(iv, &note);
}

static void note_ahead(cyn_intervals *iv)
{
    const interval *i = iv->ahead.first;
    char last[64], others[48] = "";
    if (!i) return;
    cyn_period_label(cyn_interval_calendar(iv), iv->ahead.last, last, sizeof last);
    if (iv->ahead.metrics > 1)
        snprintf(others, sizeof others, " and %zu others", iv->ahead.metrics - 1);
    cyn_err note = {0};
    cyn_fail(&note, CYN_E_RANGE,
             "metric '%s'%s: evaluated up to %s, which has not come yet; what lies ahead is "
             "forgotten, and evaluated again when it is due",
             i->metric->name, others, last);
    cyn_hint(&note, iv->fixed ? "as_of in cynosure.yaml, or the end of the data, was later before"
                              : "the clock was set back");
    iv->ahead.first = NULL;
    iv->ahead.metrics = 0;
    cyn_interval_note(iv, &note);
}

bool cyn_intervals_said(cyn_intervals *iv, cyn_err *out)
{
    if (iv->nnotes == 0) { /* else there may be no room */
        note_missed(iv);
        note_ahead(iv);
        note_failing(iv);
    }
    if (iv->nnotes == 0) return false;
    *out = iv->notes[0];
    iv->nnotes--;
    memmove(iv->notes, iv->notes + 1, iv->nnotes * sizeof *iv->notes);
    return true;
}

/* The first period that could not be evaluated yet at an instant. */
static cyn_period first_after(const cyn_intervals *iv, const interval *i, int64_t instant)
{
    return cyn_interval_at(iv, i, instant - i->duty->lateness);
}

/* The time of the cron expression before its last one. */
static int64_t previous_time(const cyn_intervals *iv, const interval *i, int64_t now)
{
    int64_t last = cyn_cron_at(&i->duty->cron, now - jitter_of(iv, i));
    return last == CYN_SLOT_NONE ? last : cyn_cron_at(&i->duty->cron, last - 1);
}

/* The oldest period that is evaluated now: of those that are due the newest, and `catch_up` before
 * it. Of those that a cron expression held back, and which so became due together, the first stands
 * for the newest: none of them was missed. */
cyn_period cyn_interval_oldest(const cyn_intervals *iv, const interval *i, int64_t now)
{
    const cyn_calendar *cal = cyn_interval_calendar(iv);
    const int64_t said = cyn_interval_now(iv, now);
    cyn_period newest = cyn_period_shift(cal, first_after(iv, i, said), -1);
    int64_t previous = i->duty->has_cron ? previous_time(iv, i, said) : CYN_SLOT_NONE;
    if (previous != CYN_SLOT_NONE) {
        cyn_period held_back = first_after(iv, i, previous);
        if (held_back.start < newest.start) newest = held_back;
    }
    return cyn_period_shift(cal, newest, -iv->project->config->schedule.catch_up);
}

static void say_missed(cyn_intervals *iv, const interval *i, cyn_period from, cyn_period upto)
{
    if (!iv->missed.first) {
        iv->missed.first = i;
        iv->missed.from = from;
        iv->missed.to = cyn_period_shift(cyn_interval_calendar(iv), upto, -1);
    }
    iv->missed.metrics += !i->by[0];
}

/* What is too old is left out, aloud; what was evaluated before it stays known. Where there is no
 * memory for that nothing is left out. */
static void leave_behind(cyn_intervals *iv, interval *i, int64_t now)
{
    interval_state *s = &i->state;
    cyn_period oldest = cyn_interval_oldest(iv, i, now), next = cyn_interval_at(iv, i, s->until);
    if (!s->known || next.start >= oldest.start) return;
    if (cyn_interval_due(iv, i, next) > cyn_interval_now(iv, now)) return;
    const stretch before = {.from = s->from, .until = s->until};
    if (before.from < before.until && !cyn_interval_add_stretch(iv, i, before)) return;
    say_missed(iv, i, next, oldest);
    s->from = s->until = oldest.start;
}

/* The newest of the stretches that begin before `t`. */
static const stretch *stretch_before(const interval *i, int64_t t)
{
    const stretch *newest = NULL;
    for (size_t k = 0; k < i->nstretches; k++)
        if (i->stretches[k].from < t && (!newest || i->stretches[k].until > newest->until))
            newest = &i->stretches[k];
    return newest;
}

void cyn_interval_pull_back(cyn_intervals *iv, interval *i, int64_t now)
{
    interval_state *s = &i->state;
    cyn_period running = cyn_interval_at(iv, i, cyn_interval_now(iv, now));
    if (!s->known || s->until <= running.end) return;
    if (!iv->ahead.first) {
        iv->ahead.first = i;
        iv->ahead.last = cyn_interval_at(iv, i, s->until - 1);
    }
    iv->ahead.metrics += !i->by[0];
    s->until = running.start;
    if (s->from < s->until) return;
    const stretch *before = stretch_before(i, running.start);
    s->known = before != NULL; /* else it begins anew */
    s->redoes = s->redoes && s->known;
    if (!before) return;
    s->from = before->from;
    if (before->until < s->until) s->until = before->until;
}

/* ---- the queue ---- */

static void queue(cyn_intervals *iv, interval *i, interval_work work, int64_t due, cyn_reason why)
{
    static const unsigned order[] = {
        [CYN_REASON_DUE] = 0,        [CYN_REASON_CAUGHT_UP] = 1, [CYN_REASON_DATA] = 2,
        [CYN_REASON_DEFINITION] = 3, [CYN_REASON_RETRY] = 4,
    };
    i->urgency[work] = 2 * order[why] + i->script; /* what runs in Lua after what does not */
    cyn_queue_set(iv->queue, (uint32_t)((size_t)(i - iv->items) * INTERVAL_WORKS + work), due,
                  i->urgency[work]);
}

/* The same on the clock that the caller has. Where now is the data's end, that is when the data
 * came, or some day. */
static int64_t on_clock(const cyn_intervals *iv, int64_t due)
{
    if (!iv->fixed) return due;
    return due <= iv->said_now ? iv->arrived : CYN_SLOT_END;
}

static void plan_due(cyn_intervals *iv, interval *i, int64_t now)
{
    cyn_period next = cyn_interval_at(iv, i, i->state.until);
    cyn_period after = cyn_interval_at(iv, i, next.end);
    i->due = on_clock(iv, cyn_interval_due(iv, i, next));
    const attempts *a = &i->state.tries[INTERVAL_DUE];
    if (a->failures > 0) {
        queue(iv, i, INTERVAL_DUE, a->again > i->due ? a->again : i->due, CYN_REASON_RETRY);
        return;
    }
    queue(iv, i, INTERVAL_DUE, i->due,
          on_clock(iv, cyn_interval_due(iv, i, after)) <= now ? CYN_REASON_CAUGHT_UP
                                                              : CYN_REASON_DUE);
}

/* Once more when it is final: it may be long after the data changed last. */
static void plan_mature(cyn_intervals *iv, interval *i)
{
    interval_state *s = &i->state;
    if (s->owed != CYN_TIME_MAX) s->owed = cyn_interval_recorded(i, s->owed);
    if (s->owed >= s->until) s->owed = CYN_TIME_MAX;
    if (s->owed == CYN_TIME_MAX) {
        s->tries[INTERVAL_MATURE] = (attempts){0};
        queue(iv, i, INTERVAL_MATURE, CYN_SLOT_END, CYN_REASON_DUE);
        return;
    }
    int64_t due = on_clock(iv, cyn_interval_mature(iv, i, cyn_interval_at(iv, i, s->owed)));
    const attempts *a = &s->tries[INTERVAL_MATURE];
    bool failed = a->failures > 0;
    if (failed && a->again > due) due = a->again;
    queue(iv, i, INTERVAL_MATURE, due, failed ? CYN_REASON_RETRY : CYN_REASON_DUE);
}

static bool differs(const char *known, const char *now)
{
    return now[0] && strcmp(known, now) != 0;
}

/* What is recorded is not of today's definition, or not of today's data. */
static void begin_redo(const cyn_intervals *iv, interval *i, int64_t now)
{
    interval_state *s = &i->state;
    bool definition = differs(s->definition, i->metric->definition);
    if (s->redoes || !s->known || !(definition || differs(s->data, i->data))) return;
    int64_t first = definition ? CYN_TIME_MIN : cyn_interval_restated(iv, i, now);
    s->redoes = true;
    s->why = definition ? CYN_REASON_DEFINITION : CYN_REASON_DATA;
    s->redone = cyn_interval_recorded(i, first);
    s->redo_end = s->until;
    memcpy(s->redo_data, i->data[0] ? i->data : s->data, sizeof s->redo_data);
}

/* When nothing is left to evaluate again, what is recorded is of that definition and data. */
void cyn_interval_end_redo(interval *i)
{
    interval_state *s = &i->state;
    if (!s->redoes || cyn_interval_recorded(i, s->redone) < s->redo_end) return;
    s->redoes = false;
    s->tries[INTERVAL_REDO] = (attempts){0};
    memcpy(s->definition, i->metric->definition, sizeof s->definition);
    memcpy(s->data, s->redo_data, sizeof s->data);
}

/* What is running is not recorded, even where more was known: the clock may have been set back, or
 * the calendar is another one. It is of former data or a former definition, and so it is due again.
 */
static void end_with_now(const cyn_intervals *iv, interval *i, int64_t now)
{
    interval_state *s = &i->state;
    int64_t running = cyn_interval_at(iv, i, cyn_interval_now(iv, now)).start;
    if (!s->redoes || s->redo_end <= running) return;
    s->redo_end = running;
    if (s->until > running) s->until = running;
    if (s->from > running) s->from = running;
}

static void plan_redo(cyn_intervals *iv, interval *i, int64_t now)
{
    const interval_state *s = &i->state;
    end_with_now(iv, i, now);
    cyn_interval_end_redo(i);
    begin_redo(iv, i, now);
    end_with_now(iv, i, now);
    cyn_interval_end_redo(i); /* there may be nothing that is recent enough */
    if (!s->redoes)
        queue(iv, i, INTERVAL_REDO, CYN_SLOT_END, CYN_REASON_DATA);
    else if (s->tries[INTERVAL_REDO].failures > 0)
        queue(iv, i, INTERVAL_REDO, s->tries[INTERVAL_REDO].again, CYN_REASON_RETRY);
    else
        queue(iv, i, INTERVAL_REDO, iv->arrived, s->why);
}

void cyn_interval_plan(cyn_intervals *iv, interval *i, int64_t now)
{
    if (i->elsewhere) return;
    if (iv->arrived == CYN_TIME_MIN) return; /* without data nothing can be evaluated */
    leave_behind(iv, i, now);
    plan_redo(iv, i, now);
    plan_due(iv, i, now);
    plan_mature(iv, i);
}
