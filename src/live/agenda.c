#include "live/agenda.h"
#include "base/length.h"
#include "base/text.h"
#include "live/intervals_impl.h"
#include "report/words.h"
#include "rules/check.h"
#include "sched/timetable.h"
#include "store/alerts.h"
#include <stdlib.h>
#include <string.h>

#define MOST_TIMES 20000 /* of a list of all that comes */

typedef struct agenda {
    const cyn_project *project;
    cyn_store *store;
    cyn_arena *arena;
    int64_t now;
    const char *language; /* of words and titles; NULL: the project's */
    bool ja;
    bool by_clock; /* what is evaluated waits for the clock, and not for new data */
    int64_t until; /* CYN_TIME_MIN: what is next of each, and that is all */
    int kind;      /* -1: all */
    const char *only;
    const cyn_job_row *jobs;
    size_t njobs;
    cyn_grain grain;  /* of the metric before, and … */
    const char *when; /* … when those of that grain are due, in words; NULL: there was none */
    cyn_agenda_item *items;
    size_t count, capacity;
} agenda;

/* Moves an item on to its next time; CYN_TIME_MAX: there is none. */
typedef cyn_code (*step_fn)(agenda *a, const void *self, cyn_agenda_item *i, cyn_err *err);

static bool is_wanted(const agenda *a, cyn_agenda_kind kind, const char *name)
{
    return (a->kind < 0 || a->kind == (int)kind) && (!a->only || strcmp(a->only, name) == 0);
}

static cyn_code add_one(agenda *a, cyn_agenda_item item, cyn_err *err)
{
    if (a->until != CYN_TIME_MIN && a->count >= MOST_TIMES)
        return cyn_fail(err, CYN_E_LIMIT,
                        "more than %d times; ask for a shorter time, a kind or a name", MOST_TIMES);
    void *more = cyn_grown(a->arena, a->items, a->count, &a->capacity, sizeof item);
    if (!more || !item.name || !item.when) return cyn_nomem(err);
    a->items = more;
    a->items[a->count++] = item;
    return CYN_OK;
}

/* The item, or one for each of its times; step NULL: there are no others. */
static cyn_code add(agenda *a, cyn_agenda_item item, step_fn step, const void *self, cyn_err *err)
{
    if (a->until == CYN_TIME_MIN) return add_one(a, item, err);
    while (item.next != CYN_TIME_MAX && item.next <= a->until) {
        CYN_TRY(add_one(a, item, err));
        if (!step) break;
        CYN_TRY(step(a, self, &item, err));
        item.last = CYN_TIME_MIN;
        item.took = item.late = -1;
        item.missed = item.failures = 0;
        item.error = NULL;
    }
    return CYN_OK;
}

/* What has not run, as far as anybody knows. */
static cyn_agenda_item new_item(cyn_agenda_kind kind, const char *name)
{
    return (cyn_agenda_item){.kind = kind,
                             .name = name,
                             .next = CYN_TIME_MAX,
                             .last = CYN_TIME_MIN,
                             .took = -1,
                             .late = -1};
}

/* ---- words ---- */

/* "1d12h" */
static const char *duration(const agenda *a, int64_t micros)
{
    cyn_buf text = {0};
    cyn_length_put(micros, CYN_LENGTH_WHOLE, a->ja, &text);
    const char *copy = text.failed ? NULL : cyn_strndup(a->arena, text.data, text.len);
    cyn_buf_clear(&text);
    return copy;
}

static const char *every(const agenda *a, int64_t micros)
{
    const char *text = duration(a, micros);
    return text ? cyn_sprintf(a->arena, a->ja ? "%sごと" : "every %s", text) : NULL;
}

/* ---- jobs: sources, reports ---- */

static const cyn_job_row *job_of(const agenda *a, const char *what, const char *name)
{
    size_t n = strlen(what);
    for (size_t i = 0; i < a->njobs; i++) {
        const char *job = a->jobs[i].job;
        if (strncmp(job, what, n) == 0 && job[n] == ' ' && strcmp(job + n + 1, name) == 0)
            return &a->jobs[i];
    }
    return NULL;
}

static void take_job(cyn_agenda_item *i, const cyn_job_row *job)
{
    if (!job) return;
    i->last = job->began;
    i->took = job->took;
    if (!job->error && job->due != CYN_SLOT_NONE && job->began >= job->due)
        i->late = job->began - job->due;
    i->missed = job->missed;
    i->failures = job->failures;
    i->error = job->error;
}

/* Whoever serves looks at the files so often from when it began; so this is the latest. */
static cyn_code add_sources(agenda *a, cyn_err *err)
{
    const cyn_config *c = a->project->config;
    for (size_t i = 0; i < c->nsources; i++) {
        const cyn_config_source *s = &c->sources[i];
        int64_t poll = s->poll ? s->poll : c->schedule.poll;
        if (!is_wanted(a, CYN_AGENDA_SOURCE, s->name)) continue;
        cyn_agenda_item item = new_item(CYN_AGENDA_SOURCE, s->name);
        item.when = every(a, poll);
        if (item.when && s->watch)
            item.when = cyn_sprintf(a->arena, a->ja ? "%s・変更時" : "%s, on change", item.when);
        item.next = a->now + poll;
        take_job(&item, job_of(a, "load", s->name));
        item.late = -1; /* nobody can know since when the files are others */
        CYN_TRY(add(a, item, NULL, NULL, err));
    }
    return CYN_OK;
}

static cyn_code step_report(agenda *a, const void *self, cyn_agenda_item *i, cyn_err *err)
{
    (void)a, (void)err;
    i->next = cyn_timetable_after(self, i->next);
    return CYN_OK;
}

static cyn_code add_reports(agenda *a, cyn_err *err)
{
    const cyn_calendar *cal = &a->project->calendar;
    const cyn_config_schedule *s = &a->project->config->schedule;
    for (size_t i = 0; i < s->nreports; i++) {
        const cyn_config_report *r = &s->reports[i];
        const cyn_job_row *job = job_of(a, "report", r->name);
        cyn_agenda_item item = new_item(CYN_AGENDA_REPORT, r->name);
        cyn_timetable t;
        uint64_t missed;
        if (!is_wanted(a, CYN_AGENDA_REPORT, r->name)) continue;
        CYN_TRY(cyn_timetable_parse(r->when, cal->tz, cal->week_start, &t, err));
        item.when = t.kind == CYN_TIMETABLE_SLOTS ? every(a, t.slots.every) : r->when;
        item.next =
            cyn_overrun_next(r->overrun, &t, job ? job->due : CYN_SLOT_NONE, a->now, &missed);
        take_job(&item, job);
        CYN_TRY(add(a, item, step_report, &t, err));
    }
    return CYN_OK;
}

/* ---- metrics ---- */

static const cyn_config_duty *duty_of(const cyn_config_schedule *s, cyn_grain grain)
{
    for (size_t i = 0; i < s->nmetrics; i++)
        if (cyn_grain_equal(s->metrics[i].grain, grain)) return &s->metrics[i];
    return NULL;
}

/* "week", "week + 6h", "day + 6h, 0 9 * * MON-FRI" */
static const char *say_grain(const agenda *a, cyn_grain grain)
{
    const cyn_config_schedule *s = &a->project->config->schedule;
    const cyn_config_duty *own = duty_of(s, grain);
    int64_t lateness = own && own->lateness >= 0 ? own->lateness : s->lateness;
    char word[16];
    cyn_grain_words(grain, a->language, word);
    const char *text = cyn_strdup(a->arena, word), *wait = duration(a, lateness);
    if (!wait) return NULL;
    if (text && lateness > 0) text = cyn_sprintf(a->arena, "%s + %s", text, wait);
    if (text && own && own->cron) text = cyn_sprintf(a->arena, "%s, %s", text, own->cron);
    return text;
}

static const char *when_of_grain(agenda *a, cyn_grain grain)
{
    if (!a->when || !cyn_grain_equal(a->grain, grain)) a->when = say_grain(a, grain);
    a->grain = grain;
    return a->when;
}

static cyn_code name_period(agenda *a, cyn_period period, cyn_agenda_item *i, cyn_err *err)
{
    char label[64];
    cyn_period_label(&a->project->calendar, period, label, sizeof label);
    i->period = cyn_strdup(a->arena, label);
    return i->period ? CYN_OK : cyn_nomem(err);
}

/* The period after the one that is due. */
typedef struct metric_step {
    const cyn_intervals *intervals;
    const interval *interval;
    cyn_period period;
} metric_step;

static cyn_code step_metric(agenda *a, const void *self, cyn_agenda_item *i, cyn_err *err)
{
    metric_step *s = *(metric_step *const *)self;
    s->period = cyn_interval_at(s->intervals, s->interval, s->period.end);
    i->next = cyn_interval_due(s->intervals, s->interval, s->period);
    return name_period(a, s->period, i, err);
}

static cyn_code add_metric(agenda *a, const cyn_interval_state *s, const cyn_intervals *iv,
                           const interval *of, cyn_err *err)
{
    metric_step step = {iv, of, s->period}, *self = &step;
    cyn_agenda_item item = new_item(CYN_AGENDA_METRIC, s->metric->name);
    item.by = *s->by ? s->by : NULL;
    item.title = cyn_label_text(s->metric->sheet.title, a->language, NULL);
    item.when = when_of_grain(a, s->grain);
    if (a->by_clock) item.next = s->due;
    if (s->period.start < s->period.end) CYN_TRY(name_period(a, s->period, &item, err));
    if (s->row) {
        item.last = s->row->at;
        item.took = s->row->took;
        if (a->by_clock) item.late = s->row->late; /* else nothing is late */
        item.failures = s->row->failures;
        item.error = s->row->failures > 0 ? s->row->error : NULL;
    }
    return add(a, item, step_metric, &self, err);
}

static cyn_code add_metrics(agenda *a, cyn_err *err)
{
    cyn_intervals *iv = NULL;
    const cyn_interval_state *states = NULL;
    size_t n = 0;
    if (a->kind >= 0 && a->kind != CYN_AGENDA_METRIC) return CYN_OK;
    CYN_TRY(cyn_intervals_glance(a->project, a->store, &iv, err));
    cyn_code rc = cyn_intervals_states(iv, a->arena, &states, &n, err);
    for (size_t i = 0; i < n && rc == CYN_OK; i++)
        if (is_wanted(a, CYN_AGENDA_METRIC, states[i].metric->name))
            rc = add_metric(a, &states[i], iv, &iv->items[i], err);
    cyn_intervals_free(iv);
    return rc;
}

/* ---- rules ---- */

static const cyn_rule_row *row_of(const cyn_rule_row *rows, size_t n, const char *rule)
{
    for (size_t low = 0, high = n; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(rows[middle].rule, rule);
        if (order == 0) return &rows[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static const char *when_of_rule(const agenda *a, const cyn_rule *rule, int64_t micros)
{
    const char *text = every(a, micros);
    int minutes = (int)(rule->at / CYN_MINUTE);
    if (text && rule->at > 0)
        text = cyn_sprintf(a->arena, "%s, %02d:%02d", text, minutes / 60, minutes % 60);
    if (text && rule->calendar) text = cyn_sprintf(a->arena, "%s, %s", text, rule->calendar);
    return text;
}

static cyn_code step_rule(agenda *a, const void *self, cyn_agenda_item *i, cyn_err *err)
{
    int64_t micros;
    return cyn_rule_next(a->project, self, i->next, a->now, a->arena, &micros, &i->next, err);
}

/* A rule that is not as it has to be never runs, and says why. */
static cyn_code add_rule(agenda *a, const cyn_rule *rule, const cyn_rule_row *row, cyn_err *err)
{
    cyn_agenda_item item = new_item(CYN_AGENDA_RULE, rule->name);
    cyn_err why = {0};
    int64_t next = CYN_TIME_MAX, micros = 0;
    cyn_code rc = cyn_rule_next(a->project, rule, row ? row->slot : CYN_SLOT_NONE, a->now, a->arena,
                                &micros, &next, &why);
    if (rc == CYN_E_NOMEM) return cyn_nomem(err);
    item.title = cyn_label_text(rule->title, a->language, NULL);
    item.when = rc == CYN_OK ? when_of_rule(a, rule, micros) : a->ja ? "なし" : "never";
    if (a->by_clock) item.next = next;
    if (row) {
        item.last = row->slot;
        item.missed = (int64_t)row->missed;
        item.error = row->health == CYN_HEALTH_ERROR ? row->error : NULL;
        item.failures = item.error != NULL;
    }
    if (rc != CYN_OK) item.error = cyn_strdup(a->arena, why.message);
    if (rc != CYN_OK && !item.error) return cyn_nomem(err);
    return add(a, item, step_rule, rule, err);
}

static cyn_code add_rules(agenda *a, cyn_err *err)
{
    const cyn_catalog *c = a->project->catalog;
    const cyn_rule_row *rows = NULL;
    size_t n = 0;
    if (!c || (a->kind >= 0 && a->kind != CYN_AGENDA_RULE)) return CYN_OK;
    CYN_TRY(cyn_store_rules(a->store, a->arena, &rows, &n, err));
    for (size_t i = 0; i < c->nrules; i++)
        if (is_wanted(a, CYN_AGENDA_RULE, c->rules[i]->name))
            CYN_TRY(add_rule(a, c->rules[i], row_of(rows, n, c->rules[i]->name), err));
    return CYN_OK;
}

/* ---- the whole ---- */

static int by_name(const cyn_agenda_item *a, const cyn_agenda_item *b)
{
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->by ? a->by : "", b->by ? b->by : "");
}

static int by_kind_and_time(const void *a, const void *b)
{
    const cyn_agenda_item *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->next != y->next) return x->next < y->next ? -1 : 1;
    return by_name(x, y);
}

static int by_time(const void *a, const void *b)
{
    const cyn_agenda_item *x = a, *y = b;
    if (x->next != y->next) return x->next < y->next ? -1 : 1;
    return by_kind_and_time(a, b);
}

static cyn_code fill(agenda *a, cyn_err *err)
{
    if (!a->language) a->language = a->project->config->language;
    a->ja = cyn_is_japanese(a->language);
    a->by_clock = !a->project->config->as_of;
    CYN_TRY(cyn_store_jobs(a->store, a->arena, &a->jobs, &a->njobs, err));
    CYN_TRY(add_sources(a, err));
    CYN_TRY(add_metrics(a, err));
    CYN_TRY(add_rules(a, err));
    return add_reports(a, err);
}

/* What is next of each. */
static cyn_code collect(agenda *a, const cyn_agenda_item **out, size_t *n, cyn_err *err)
{
    CYN_TRY(fill(a, err));
    if (a->count > 0) qsort(a->items, a->count, sizeof *a->items, by_kind_and_time);
    *out = a->items;
    *n = a->count;
    return CYN_OK;
}

cyn_code cyn_agenda(const cyn_project *p, cyn_store *st, int64_t now, cyn_arena *arena,
                    const cyn_agenda_item **out, size_t *n, cyn_err *err)
{
    return cyn_agenda_of(p, st, now, -1, arena, out, n, err);
}

cyn_code cyn_agenda_in(const cyn_project *p, cyn_store *st, int64_t now, const char *language,
                       cyn_arena *arena, const cyn_agenda_item **out, size_t *n, cyn_err *err)
{
    agenda a = {.project = p,
                .store = st,
                .arena = arena,
                .now = now,
                .language = language,
                .until = CYN_TIME_MIN,
                .kind = -1};
    return collect(&a, out, n, err);
}

cyn_code cyn_agenda_of(const cyn_project *p, cyn_store *st, int64_t now, int kind, cyn_arena *arena,
                       const cyn_agenda_item **out, size_t *n, cyn_err *err)
{
    agenda a = {
        .project = p, .store = st, .arena = arena, .now = now, .until = CYN_TIME_MIN, .kind = kind};
    return collect(&a, out, n, err);
}

cyn_code cyn_agenda_until(const cyn_project *p, cyn_store *st, int64_t now, int64_t until, int kind,
                          const char *name, cyn_arena *arena, const cyn_agenda_item **out,
                          size_t *n, cyn_err *err)
{
    agenda a = {.project = p,
                .store = st,
                .arena = arena,
                .now = now,
                .until = until,
                .kind = kind,
                .only = name};
    CYN_TRY(fill(&a, err));
    if (a.count > 0) qsort(a.items, a.count, sizeof *a.items, by_time);
    *out = a.items;
    *n = a.count;
    return CYN_OK;
}
