/* Who is evaluated, and what is known of each. */
#include "live/intervals.h"
#include "live/intervals_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- duties ---- */

static const cyn_config_duty *find_duty(const cyn_config_schedule *s, cyn_grain grain)
{
    for (size_t i = 0; i < s->nmetrics; i++)
        if (cyn_grain_equal(s->metrics[i].grain, grain)) return &s->metrics[i];
    return NULL;
}

static cyn_code fill_duty(const cyn_project *p, cyn_grain grain, cyn_arena *arena, duty *out,
                          cyn_err *err)
{
    const cyn_config_schedule *s = &p->config->schedule;
    const cyn_config_duty *own = find_duty(s, grain);
    *out = (duty){.grain = grain, .lateness = s->lateness, .restate = s->restate};
    if (own && own->lateness >= 0) out->lateness = own->lateness;
    if (own && own->restate >= 0) out->restate = own->restate;
    out->breadths = CYN_NEW_ARRAY(arena, s->nby + 1, breadth);
    if (!out->breadths) return cyn_nomem(err);
    out->has_cron = own && own->cron;
    if (!out->has_cron) return CYN_OK;
    cyn_code rc = cyn_cron_parse(own->cron, strlen(own->cron), p->calendar.tz, &out->cron, err);
    if (rc != CYN_OK) cyn_context(err, "cynosure.yaml:%d: schedule.metrics", own->line);
    return rc;
}

static cyn_code need_duty(cyn_intervals *iv, cyn_grain grain, const duty **out, cyn_err *err)
{
    for (size_t i = 0; i < iv->nduties; i++) {
        *out = iv->duties[i];
        if (cyn_grain_equal((*out)->grain, grain)) return CYN_OK;
    }
    duty *d = CYN_NEW(iv->arena, duty);
    if (!d) return cyn_nomem(err);
    CYN_TRY(fill_duty(iv->project, grain, iv->arena, d, err));
    void *more =
        cyn_grown(iv->arena, iv->duties, iv->nduties, &iv->duty_capacity, sizeof *iv->duties);
    if (!more) return cyn_nomem(err);
    iv->duties = more;
    iv->duties[iv->nduties++] = d;
    *out = d;
    return CYN_OK;
}

/* ---- who ---- */

static cyn_code add_item(cyn_intervals *iv, const interval *like, const char *by, cyn_err *err)
{
    void *more = cyn_grown(iv->arena, iv->items, iv->count, &iv->capacity, sizeof *iv->items);
    if (!more) return cyn_nomem(err);
    iv->items = more;
    iv->items[iv->count] = *like;
    iv->items[iv->count++].by = by;
    return CYN_OK;
}

/* In its own grain, whole, and by each dimension that all its sources have. One that belongs to no
 * period is never due; one that cannot be defined is a matter of `check`. */
static cyn_code add_metric(cyn_intervals *iv, size_t index, cyn_err *err)
{
    const cyn_project *p = iv->project;
    const cyn_config_schedule *s = &p->config->schedule;
    const cyn_eval_request plain = {0};
    const cyn_metric *m = p->metrics[index];
    if (!m->definition[0]) return CYN_OK;
    interval i = {.metric = m, .index = index, .grain = cyn_request_grain(p, &plain, m)};
    if (i.grain.unit == CYN_ALL) return CYN_OK;
    CYN_TRY(need_duty(iv, i.grain, &i.duty, err));
    if (!iv->glance) {
        CYN_TRY(cyn_interval_sources(p, m, iv->arena, &i.sources, &i.nsources, err));
        i.script = cyn_interval_in_lua(p, m);
    }
    i.due = CYN_SLOT_END;
    i.state.owed = CYN_TIME_MAX;
    CYN_TRY(add_item(iv, &i, "", err));
    for (size_t k = 0; k < s->nby; k++) {
        i.breadth = &i.duty->breadths[k];
        if (cyn_interval_has(p, m, s->by[k])) CYN_TRY(add_item(iv, &i, s->by[k], err));
    }
    return CYN_OK;
}

/* ---- what is known of each ---- */

/* Rows are in the order of metric, grain and dimensions. */
static int compare(const interval *i, const char *metric, const char *grain, const char *by)
{
    char own[16];
    int order = strcmp(i->metric->name, metric);
    if (order != 0) return order;
    cyn_format_grain(i->grain, own);
    order = strcmp(own, grain);
    return order != 0 ? order : strcmp(i->by, by);
}

static int compare_ledger(const void *key, const void *row)
{
    const cyn_ledger_row *r = row;
    return compare(key, r->metric, r->grain, r->by);
}

static int compare_stretch(const void *key, const void *row)
{
    const cyn_stretch_row *r = row;
    return compare(key, r->metric, r->grain, r->by);
}

static int compare_immature(const void *key, const void *row)
{
    const cyn_immature_row *r = row;
    return compare(key, r->metric, r->grain, r->by);
}

/* The first of an interval's rows; NULL: it has none. */
static const void *first_row(const interval *i, const void *rows, size_t n, size_t size,
                             int (*order)(const void *key, const void *row))
{
    const char *row = n > 0 ? bsearch(i, rows, n, size, order) : NULL;
    while (row && row > (const char *)rows && order(i, row - size) == 0)
        row -= size;
    return row;
}

/* "<definition>:<data>": what it was being evaluated again for when the program stopped. Of another
 * definition than today's it begins anew; what is recorded is then of several, whatever was before.
 */
static void resume_redo(interval *i, const cyn_ledger_row *r)
{
    interval_state *s = &i->state;
    const char *colon = strchr(r->redo, ':');
    if (!colon) return;
    if (strncmp(r->redo, i->metric->definition, (size_t)(colon - r->redo)) != 0) {
        s->definition[0] = '\0';
        return;
    }
    s->redoes = true;
    s->why = strcmp(s->definition, i->metric->definition) ? CYN_REASON_DEFINITION : CYN_REASON_DATA;
    s->redone = r->redone;
    s->redo_end = s->until;
    snprintf(s->redo_data, sizeof s->redo_data, "%s", colon + 1);
}

static const char *const works[INTERVAL_WORKS] = {"due", "mature", "redo"};

/* "<work>:<definition>", and ":<data>" where these are to blame. What another definition did is no
 * matter of today's. */
static void take_failures(interval *i, const cyn_ledger_row *r)
{
    interval_state *s = &i->state;
    const char *word = r->failed, *definition = strchr(word, ':');
    if (!definition++) return;
    const char *data = strchr(definition, ':');
    size_t n = data ? (size_t)(data++ - definition) : strlen(definition);
    if (strlen(i->metric->definition) != n || strncmp(definition, i->metric->definition, n) != 0)
        return;
    for (int k = 0; k < INTERVAL_WORKS; k++) {
        if (strncmp(word, works[k], strlen(works[k])) != 0 || r->failures <= 0) continue;
        attempts *a = &s->tries[k];
        *a = (attempts){.failures = r->failures, .again = r->again, .of_data = data != NULL};
        if (data) snprintf(a->data, sizeof a->data, "%s", data);
        snprintf(s->error, sizeof s->error, "%s", r->error ? r->error : "");
        i->most[k] = 1;
    }
}

static void take_row(interval *i, const cyn_ledger_row *r)
{
    interval_state *s = &i->state;
    *s = (interval_state){.noted = true, .from = r->from, .until = r->until, .owed = CYN_TIME_MAX};
    /* Else only failures are known, and it begins with the data. */
    s->known = s->from < s->until || r->definition[0] || r->redo[0];
    s->at = r->at;
    s->took = r->took;
    s->late = r->late;
    snprintf(s->definition, sizeof s->definition, "%s", r->definition);
    snprintf(s->data, sizeof s->data, "%s", r->data);
    resume_redo(i, r);
    take_failures(i, r);
}

/* What the state knows. */
typedef struct known {
    const cyn_ledger_row *rows;
    const cyn_stretch_row *stretches;
    const cyn_immature_row *immature;
    size_t nrows, nstretches, nimmature;
} known;

static cyn_code take_stretches(cyn_intervals *iv, interval *i, const known *k, cyn_err *err)
{
    const cyn_stretch_row *r =
        first_row(i, k->stretches, k->nstretches, sizeof *r, compare_stretch);
    for (; r && r < k->stretches + k->nstretches && compare_stretch(i, r) == 0; r++)
        if (!cyn_interval_add_stretch(iv, i, (stretch){r->from, r->until, true}))
            return cyn_nomem(err);
    return CYN_OK;
}

static void take_immature(interval *i, const known *k)
{
    interval_state *s = &i->state;
    const cyn_immature_row *r =
        first_row(i, k->immature, k->nimmature, sizeof *r, compare_immature);
    for (; r && r < k->immature + k->nimmature && compare_immature(i, r) == 0; r++)
        if (r->start < s->owed && r->start < s->until &&
            cyn_interval_recorded(i, r->start) == r->start)
            s->owed = r->start;
}

static cyn_code read_ledger(cyn_intervals *iv, cyn_store *st, cyn_arena *scratch, cyn_err *err)
{
    known k = {0};
    CYN_TRY(cyn_store_ledger(st, scratch, &k.rows, &k.nrows, err));
    if (!iv->glance) {
        CYN_TRY(cyn_store_stretches(st, scratch, &k.stretches, &k.nstretches, err));
        CYN_TRY(cyn_store_immature(st, scratch, &k.immature, &k.nimmature, err));
    }
    for (size_t n = 0; n < iv->count; n++) {
        interval *i = &iv->items[n];
        const cyn_ledger_row *row = first_row(i, k.rows, k.nrows, sizeof *row, compare_ledger);
        if (row) take_row(i, row);
        CYN_TRY(take_stretches(iv, i, &k, err));
        take_immature(i, &k);
    }
    return CYN_OK;
}

/* ---- the whole ---- */

static cyn_code fill(cyn_intervals *iv, cyn_store *st, cyn_err *err)
{
    for (size_t m = 0; m < iv->project->nmetrics; m++)
        CYN_TRY(add_metric(iv, m, err));
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_code rc = read_ledger(iv, st, scratch, err);
    cyn_arena_free(scratch);
    if (rc != CYN_OK || iv->glance) return rc;
    return cyn_queue_new((uint32_t)(iv->count * INTERVAL_WORKS), &iv->queue, err);
}

static cyn_code make(const cyn_project *p, cyn_store *st, int64_t now, bool glance,
                     cyn_intervals **out, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_intervals *iv = arena ? CYN_NEW(arena, cyn_intervals) : NULL;
    if (!iv) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    iv->project = p;
    iv->arena = arena;
    iv->glance = glance;
    iv->fixed = p->config->as_of != NULL;
    iv->said_now = CYN_TIME_MIN;
    iv->arrived = CYN_TIME_MIN;
    iv->began = now;
    cyn_code rc = fill(iv, st, err);
    if (rc == CYN_OK)
        *out = iv;
    else
        cyn_intervals_free(iv);
    return rc;
}

cyn_code cyn_intervals_new(const cyn_project *p, cyn_store *st, int64_t now, cyn_intervals **out,
                           cyn_err *err)
{
    return make(p, st, now, false, out, err);
}

cyn_code cyn_intervals_glance(const cyn_project *p, cyn_store *st, cyn_intervals **out,
                              cyn_err *err)
{
    return make(p, st, CYN_TIME_MIN, true, out, err);
}

void cyn_intervals_free(cyn_intervals *iv)
{
    if (!iv) return;
    cyn_queue_free(iv->queue);
    cyn_arena_free(iv->arena);
}

/* ---- who does what ---- */

void cyn_intervals_share(cyn_intervals *iv, bool (*mine)(const void *self, size_t metric),
                         const void *self)
{
    for (size_t k = 0; k < iv->count; k++) {
        interval *i = &iv->items[k];
        if (i->elsewhere || mine(self, i->index)) continue;
        i->elsewhere = true;
        for (uint32_t work = 0; work < INTERVAL_WORKS; work++)
            cyn_queue_set(iv->queue, (uint32_t)k * INTERVAL_WORKS + work, CYN_SLOT_END, 0);
    }
}

void cyn_intervals_long(const cyn_intervals *iv, int64_t limit,
                        void (*name)(void *self, size_t metric), void *self)
{
    int64_t usual = 0; /* what it takes to go through the rows */
    for (size_t k = 0; k < iv->count; k++)
        if (!iv->items[k].script && iv->items[k].state.took > usual)
            usual = iv->items[k].state.took;
    for (size_t k = 0; k < iv->count; k++) {
        const interval *i = &iv->items[k];
        const interval_state *s = &i->state;
        const bool same = strcmp(s->definition, i->metric->definition) == 0 ||
                          cyn_interval_failed(s) != INTERVAL_WORKS;
        if (i->script && s->took > usual + limit && same) name(self, i->index);
    }
}

/* ---- what is gone ---- */

#define FORGET (30 * CYN_DAY)

static bool is_broken(const cyn_project *p, const char *metric)
{
    size_t m = cyn_project_metric(p, metric);
    return m != CYN_NO_METRIC && !p->metrics[m]->definition[0];
}

static cyn_code forget(const cyn_intervals *iv, cyn_store *st, int64_t now, cyn_arena *scratch,
                       cyn_err *err)
{
    const cyn_ledger_row *rows = NULL;
    size_t n = 0;
    CYN_TRY(cyn_store_ledger(st, scratch, &rows, &n, err));
    bool *wanted = CYN_NEW_ARRAY(scratch, n + 1, bool);
    if (!wanted) return cyn_nomem(err);
    for (size_t k = 0; k < iv->count; k++) {
        const cyn_ledger_row *row = first_row(&iv->items[k], rows, n, sizeof *row, compare_ledger);
        if (row) wanted[row - rows] = true;
    }
    for (size_t r = 0; r < n; r++) {
        const cyn_ledger_row *row = &rows[r];
        if (wanted[r] || row->at > now - FORGET || is_broken(iv->project, row->metric)) continue;
        CYN_TRY(cyn_store_drop_ledger(st, row->metric, row->grain, row->by, err));
    }
    return CYN_OK;
}

cyn_code cyn_intervals_forget(const cyn_intervals *iv, cyn_store *st, int64_t now, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_code rc = forget(iv, st, now, scratch, err);
    cyn_arena_free(scratch);
    return rc;
}

/* ---- new data ---- */

/* Where a metric begins that was never evaluated: with its data, but not too long ago. */
static void begin(cyn_intervals *iv, interval *i, const cyn_dataset *d, int64_t now)
{
    int64_t first = cyn_interval_beginning(d, i->sources, i->nsources);
    int64_t oldest = cyn_interval_oldest(iv, i, now).start;
    if (first == CYN_TIME_MAX) { /* they have no time; or no row, and then no beginning yet */
        cyn_period running = cyn_interval_at(iv, i, cyn_interval_now(iv, now));
        first = cyn_period_shift(cyn_interval_calendar(iv), running, -1).start;
    }
    int64_t start = cyn_interval_at(iv, i, first).start;
    i->state.from = i->state.until = start > oldest ? start : oldest;
}

/* Rows may come that are older than all there were when the metric was seen first: then it begins
 * with them, as it would have. What was evaluated stays known, and is met again on the way. */
static void begin_earlier(cyn_intervals *iv, interval *i, const cyn_dataset *d, int64_t now)
{
    interval_state *s = &i->state;
    int64_t first = cyn_interval_beginning(d, i->sources, i->nsources);
    if (first == CYN_TIME_MAX) return;
    int64_t start = cyn_interval_at(iv, i, first).start;
    int64_t oldest = cyn_interval_oldest(iv, i, now).start;
    if (start < oldest) start = oldest;
    if (start >= cyn_interval_at(iv, i, s->from).start) return;
    const stretch later = {.from = s->from, .until = s->until};
    if (later.from < later.until && !cyn_interval_add_stretch(iv, i, later)) return;
    s->from = s->until = start;
}

/* What failed because of the data is tried at once when these are others. */
static void forgive(interval *i)
{
    interval_state *s = &i->state;
    for (int k = 0; k < INTERVAL_WORKS; k++)
        if (s->tries[k].of_data && strcmp(s->tries[k].data, i->data) != 0) {
            s->tries[k] = (attempts){0};
            i->most[k] = 0;
        }
    if (cyn_interval_failed(s) == INTERVAL_WORKS) s->error[0] = '\0';
}

/* A date without a time lasts until its day has ended: a little ahead is nothing wrong. */
#define AHEAD (25 * CYN_HOUR)

/* One row with a wrong time makes all wait for that time, where the end of the data is now. */
static void say_end(cyn_intervals *iv, const cyn_dataset *d, int64_t said, int64_t now)
{
    const cyn_project *p = iv->project;
    char end[64];
    cyn_err note = {0};
    if (strcmp(p->config->as_of, "data") != 0 || said <= now + AHEAD || said == iv->said_now)
        return;
    cyn_format_instant(said - said % CYN_SECOND, p->calendar.tz, end, sizeof end);
    for (size_t k = 0; k < p->config->nsources; k++) {
        if (cyn_dataset_source_end(d, k) != said) continue;
        const char *source = p->config->sources[k].name;
        cyn_fail(&note, CYN_E_DATA,
                 "source '%s' ends at %s, which has not come yet: that is taken for now "
                 "(as_of: data)",
                 source, end);
        cyn_hint(&note, "if a row of it has a wrong time, correct that row: until then nothing "
                        "else is due");
        cyn_interval_note(iv, &note);
        return;
    }
}

/* What time it is for periods. While there are no data to say it, it stays what it was. */
static cyn_code say_now(cyn_intervals *iv, const cyn_dataset *d, int64_t now, int64_t *said,
                        cyn_err *err)
{
    int64_t end = cyn_dataset_end(d);
    *said = now;
    if (!iv->fixed) return CYN_OK;
    if (end == CYN_TIME_MIN && iv->said_now != CYN_TIME_MIN) end = iv->said_now;
    CYN_TRY(cyn_project_as_of(iv->project, NULL, end, said, err));
    say_end(iv, d, *said, now);
    return CYN_OK;
}

cyn_code cyn_intervals_data(cyn_intervals *iv, const cyn_dataset *d, int64_t now, cyn_err *err)
{
    int64_t said;
    CYN_TRY(say_now(iv, d, now, &said, err));
    /* Keys first: what fails leaves all as it was. */
    for (size_t k = 0; k < iv->count; k++) {
        interval *i = &iv->items[k];
        if (i->elsewhere) continue;
        if (i->by[0]) /* of the same sources as the whole, which comes before */
            memcpy(i->data, iv->items[k - 1].data, sizeof i->data);
        else
            CYN_TRY(cyn_interval_key(d, i->sources, i->nsources, i->data, err));
    }
    iv->said_now = said;
    iv->arrived = now;
    for (size_t k = 0; k < iv->count; k++) {
        interval *i = &iv->items[k];
        if (i->elsewhere) continue;
        forgive(i);
        cyn_interval_pull_back(iv, i, now);
        if (i->state.known)
            begin_earlier(iv, i, d, now);
        else
            begin(iv, i, d, now);
        cyn_interval_plan(iv, i, now);
    }
    return CYN_OK;
}

int64_t cyn_intervals_next(const cyn_intervals *iv)
{
    int64_t next = cyn_queue_next(iv->queue);
    return next == CYN_SLOT_END ? CYN_TIME_MAX : next;
}

size_t cyn_intervals_waiting(const cyn_intervals *iv, int64_t now)
{
    return cyn_queue_waiting(iv->queue, now);
}

size_t cyn_intervals_quarantined(const cyn_intervals *iv)
{
    size_t n = 0;
    for (size_t k = 0; k < iv->count; k++) {
        const attempts *tries = iv->items[k].state.tries;
        bool is = false;
        for (int work = 0; work < INTERVAL_WORKS; work++)
            is = is || tries[work].failures >= CYN_QUARANTINE;
        n += is && !iv->items[k].elsewhere;
    }
    return n;
}

/* ---- for people ---- */

interval_work cyn_interval_failed(const interval_state *s)
{
    for (int k = 0; k < INTERVAL_WORKS; k++)
        if (s->tries[k].failures > 0) return (interval_work)k;
    return INTERVAL_WORKS;
}

static cyn_code fill_failures(const interval *i, const interval_state *s, cyn_arena *arena,
                              cyn_ledger_row *out, cyn_err *err)
{
    interval_work work = cyn_interval_failed(s);
    if (work == INTERVAL_WORKS) return CYN_OK;
    const attempts *a = &s->tries[work];
    out->failures = a->failures;
    out->again = a->again;
    out->failed = cyn_sprintf(arena, "%s:%s%s%s", works[work], i->metric->definition,
                              a->of_data ? ":" : "", a->of_data ? a->data : "");
    out->error = cyn_strdup(arena, s->error);
    return out->failed && out->error ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_interval_row(const interval *i, const interval_state *s, cyn_arena *arena,
                          cyn_ledger_row *out, cyn_err *err)
{
    char grain[16];
    cyn_format_grain(i->grain, grain);
    *out = (cyn_ledger_row){
        .metric = i->metric->name,
        .grain = cyn_strdup(arena, grain),
        .by = i->by,
        .from = s->from,
        .until = s->until,
        .definition = cyn_strdup(arena, s->definition),
        .data = cyn_strdup(arena, s->data),
        .redo = s->redoes ? cyn_sprintf(arena, "%s:%s", i->metric->definition, s->redo_data) : "",
        .redone = s->redoes ? s->redone : 0,
        .at = s->at,
        .took = s->took,
        .late = s->late,
        .failed = "",
    };
    if (!out->grain || !out->definition || !out->data || !out->redo) return cyn_nomem(err);
    return fill_failures(i, s, arena, out, err);
}

static cyn_code show(const cyn_intervals *iv, const interval *i, cyn_arena *arena,
                     cyn_interval_state *out, cyn_err *err)
{
    cyn_ledger_row *row = CYN_NEW(arena, cyn_ledger_row);
    if (!row) return cyn_nomem(err);
    *out = (cyn_interval_state){.metric = i->metric, .grain = i->grain, .by = i->by};
    out->due = CYN_TIME_MAX;
    if (i->state.noted) {
        CYN_TRY(cyn_interval_row(i, &i->state, arena, row, err));
        out->row = row;
    }
    const attempts *a = &i->state.tries[INTERVAL_DUE];
    if (!i->state.known && iv->arrived == CYN_TIME_MIN) { /* it begins with the data */
        if (a->failures > 0) out->due = a->again;
        return CYN_OK;
    }
    out->period = cyn_interval_at(iv, i, i->state.until);
    out->due = cyn_interval_due(iv, i, out->period);
    if (a->failures > 0 && a->again > out->due) out->due = a->again;
    return CYN_OK;
}

cyn_code cyn_intervals_states(const cyn_intervals *iv, cyn_arena *arena,
                              const cyn_interval_state **out, size_t *n, cyn_err *err)
{
    cyn_interval_state *list = CYN_NEW_ARRAY(arena, iv->count + 1, cyn_interval_state);
    if (!list) return cyn_nomem(err);
    for (size_t k = 0; k < iv->count; k++)
        CYN_TRY(show(iv, &iv->items[k], arena, &list[k], err));
    *out = list;
    *n = iv->count;
    return CYN_OK;
}
