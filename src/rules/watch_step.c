/* Steps: each alert of a rule meets what was seen of its segment. */
#include "base/hash.h"
#include "rules/watch_impl.h"
#include <string.h>

/* ---- slots ---- */

uint64_t watch_missed(const watch_rule *r, int64_t from, int64_t to)
{
    if (!r->has_calendar || from == CYN_SLOT_NONE) return cyn_slots_missed(&r->slots, from, to);
    uint64_t n = 0;
    for (int64_t t = cyn_slot_after(&r->slots, from); t < to; t = cyn_slot_after(&r->slots, t)) {
        if (cyn_alert_calendar_holds(&r->calendar, t)) {
            n++;
            continue;
        }
        /* Off duty nothing is missed: on to its end. */
        int64_t duty = cyn_alert_calendar_change(&r->calendar, t);
        if (duty >= to) break;
        t = duty - 1;
    }
    return n;
}

/* ---- what comes of a step ---- */

static bool is_news(const cyn_alert_event *e)
{
    bool news =
        e->what == CYN_ALERT_FIRED || e->what == CYN_ALERT_ROSE || e->what == CYN_ALERT_ENDED;
    return news && !e->quiet;
}

/* Whether an alert that is quiet no longer is something else than what was told last. */
static bool has_untold(const watch_instance *i)
{
    if (!cyn_alert_is_firing(&i->alert)) return i->told.start != CYN_ALERT_NEVER;
    return i->told.start != i->alert.start || i->told.severity < i->alert.severity;
}

static bool is_told(const watch_instance *i, const cyn_alert_events *events, int which)
{
    const cyn_alert_event *e = &events->at[which];
    if (e->what != CYN_ALERT_UNDAMPED && e->what != CYN_ALERT_THAWED) return is_news(e);
    for (int k = which + 1; k < events->count; k++) {
        cyn_alert_what later = events->at[k].what;
        if (is_news(&events->at[k]) || later == CYN_ALERT_UNDAMPED) return false;
    }
    return !e->quiet && has_untold(i);
}

/* Nothing that anybody would read has changed. */
static bool is_silent(const cyn_alert_event *e, cyn_alert_state before)
{
    return e->what == CYN_ALERT_RENEWED && e->was == e->severity && e->state == before;
}

static cyn_code add_event(watch_run *run, const watch_outcome *o, const char *rule,
                          watch_events *list, watch_instance *i, size_t segment,
                          const cyn_alert_event *e, bool tell, cyn_err *err)
{
    cyn_watch_event *more =
        cyn_grown(run->scratch, list->items, list->count, &list->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    list->items = more;
    cyn_watch_event *out = &list->items[list->count];
    *out = (cyn_watch_event){.rule = o ? o->rule->rule : NULL, .event = *e, .tell = tell};
    CYN_TRY(watch_notice(run, o, rule, i, segment, e, &out->notice, err));
    list->count++;
    if (!tell) return CYN_OK;
    bool firing = cyn_alert_is_firing(&i->alert);
    i->told = (cyn_told){.start = firing ? i->alert.start : CYN_ALERT_NEVER,
                         .severity = i->alert.severity};
    return CYN_OK;
}

static cyn_code copy_labels(const watch_instance *i, cyn_arena *arena, const cyn_alert_label **out,
                            cyn_err *err)
{
    cyn_alert_label *labels = CYN_NEW_ARRAY(arena, i->nlabels + 1, cyn_alert_label);
    if (!labels) return cyn_nomem(err);
    for (size_t k = 0; k < i->nlabels; k++) {
        labels[k].name = cyn_strdup(arena, i->labels[k].name);
        labels[k].value = cyn_strdup(arena, i->labels[k].value);
        if (!labels[k].name || (i->labels[k].value && !labels[k].value)) return cyn_nomem(err);
    }
    *out = labels;
    return CYN_OK;
}

/* The alert as others see it, in the arena. */
cyn_code watch_alert_of(const watch_instance *i, const char *rule, const cyn_rule *declared,
                        cyn_arena *arena, cyn_watch_alert *out, cyn_err *err)
{
    cyn_watch_alert a = {.rule = declared,
                         .rule_name = cyn_strdup(arena, rule),
                         .identity = cyn_strdup(arena, i->identity),
                         .nlabels = i->nlabels,
                         .alert = i->alert,
                         .told = i->told,
                         .value = i->value,
                         .period = i->period[0] ? cyn_strdup(arena, i->period) : NULL,
                         .facts = i->facts.len ? cyn_strdup(arena, i->facts.data) : NULL};
    CYN_TRY(copy_labels(i, arena, &a.labels, err));
    if (!a.rule_name || !a.identity || (i->period[0] && !a.period) || (i->facts.len && !a.facts))
        return cyn_nomem(err);
    *out = a;
    return CYN_OK;
}

static cyn_code add_change(watch_run *run, watch_instance *i, const char *rule,
                           const cyn_rule *declared, bool forgotten, cyn_err *err)
{
    i->drop = forgotten;
    if (forgotten && !i->stored) return CYN_OK; /* nobody ever knew of it */
    watch_changes *c = &run->changes;
    cyn_watch_alert *more = cyn_grown(run->arena, c->items, c->count, &c->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    c->items = more;
    CYN_TRY(watch_alert_of(i, rule, declared, run->arena, &c->items[c->count], err));
    c->items[c->count].changed = true;
    c->items[c->count++].forgotten = forgotten;
    i->stored = true;
    return CYN_OK;
}

/* ---- a step ---- */

static cyn_code step(watch_run *run, const watch_outcome *o, watch_instance *i, size_t segment,
                     cyn_alert_sight what, int severity, bool frozen, cyn_err *err)
{
    const watch_rule *r = o->rule;
    cyn_alert_events events;
    cyn_alert_state before = i->alert.state;
    cyn_alert_seen seen = {
        .what = what,
        .severity = severity,
        .frozen = frozen,
        .slot = o->slot,
        .before = cyn_slot_before(&r->slots, o->slot),
        .missed = i->alert.slot == r->slot ? o->missed : watch_missed(r, i->alert.slot, o->slot),
        .definition = r->definition};
    if (!cyn_alert_step(&i->alert, &r->rule->policy, &seen, &events)) return CYN_OK;
    CYN_TRY(watch_note(run, o, i, segment, err));
    watch_events *list = &run->events[r - run->watch->rules];
    for (int k = 0; k < events.count; k++) {
        if (is_silent(&events.at[k], before)) continue;
        bool tell = is_told(i, &events, k);
        CYN_TRY(add_event(run, o, r->rule->name, list, i, segment, &events.at[k], tell, err));
    }
    bool forgotten = cyn_alert_is_forgettable(&i->alert, r->retain, o->slot);
    return add_change(run, i, r->rule->name, r->rule, forgotten, err);
}

/* ---- segments ---- */

/* A segment that has an alert, or gets one. */
typedef struct meeting {
    uint32_t segment;
    watch_instance *instance;
} meeting;

typedef struct meetings {
    meeting *items;
    size_t count, capacity;
} meetings;

/* Labels of a segment; the room holds the texts of values that are none. */
static void label_segment(const watch_outcome *o, size_t segment, cyn_alert_label *labels,
                          char (*room)[32])
{
    const cyn_rule *rule = o->rule->rule;
    for (size_t k = 0; k < rule->nby; k++) {
        size_t n;
        const cyn_const *key = &o->board->series->keys[segment * rule->nby + k];
        labels[k] = (cyn_alert_label){rule->by[k], watch_label_text(key, room[k], &n)};
    }
}

static cyn_code two_alike(const watch_outcome *o, const watch_instance *i, cyn_err *err)
{
    cyn_fail_at(err, CYN_E_CONFLICT, o->rule->rule->place.file, o->rule->rule->place.line,
                o->rule->rule->place.column, "two segments are both %s", i->identity);
    cyn_hint(err, "an alert is its rule and the labels of its segment: have the data spell the two "
                  "apart, or add what tells them apart to 'by'");
    return CYN_E_CONFLICT;
}

/* Finds the alerts of the segments reported; only what is true makes one, unless it would be frozen
 * (A27). Nothing is stepped yet, since two of one identity (A32) would be an error of the whole
 * rule. */
static cyn_code meet_segments(watch_run *run, watch_outcome *o, bool frozen, meetings *out,
                              cyn_err *err)
{
    watch_rule *r = o->rule;
    size_t nby = r->rule->nby;
    cyn_alert_label *labels = CYN_NEW_ARRAY(run->scratch, nby + 1, cyn_alert_label);
    char(*room)[32] = cyn_alloc_array(run->scratch, nby + 1, sizeof *room);
    if (!labels || !room) return cyn_nomem(err);
    for (size_t s = 0; s < o->board->series->nsegments; s++) {
        uint8_t seen = o->seen[s];
        bool raises = !frozen && seen != WATCH_FALSE && seen < WATCH_BETWEEN;
        if (seen == WATCH_UNREPORTED || (!raises && r->book.count == 0)) continue;
        label_segment(o, s, labels, room);
        watch_instance *i = book_find(&r->book, watch_hash_labels(labels, nby), labels, nby);
        if (!i && !raises) continue;
        if (!i) {
            CYN_TRY(watch_instance_new(r->rule->name, labels, nby, &i, err));
            cyn_code rc = book_add(&r->book, i, err);
            if (rc != CYN_OK) watch_instance_free(i);
            if (rc != CYN_OK) return rc;
        }
        if (i->run == run->number) return two_alike(o, i, err);
        i->run = run->number;
        meeting *more =
            cyn_grown(run->scratch, out->items, out->count, &out->capacity, sizeof *more);
        if (!more) return cyn_nomem(err);
        out->items = more;
        out->items[out->count++] = (meeting){(uint32_t)s, i};
    }
    return CYN_OK;
}

static cyn_alert_sight sight_of(uint8_t seen)
{
    if (seen == WATCH_FALSE) return CYN_SEEN_FALSE;
    return seen == WATCH_BETWEEN ? CYN_SEEN_BETWEEN : CYN_SEEN_TRUE;
}

static int severity_of(uint8_t seen)
{
    return sight_of(seen) == CYN_SEEN_TRUE ? seen : 0;
}

/* What a rule with segments sees of the alert that it has because there were no data, or an error:
 * that is over. Any other is gone. */
static cyn_alert_sight absent_as(const watch_rule *r, const watch_instance *i)
{
    return r->rule->nby > 0 && i->nlabels == 0 ? CYN_SEEN_FALSE : CYN_SEEN_GONE;
}

static cyn_code step_segments(watch_run *run, watch_outcome *o, const meetings *met, bool frozen,
                              cyn_err *err)
{
    watch_book *b = &o->rule->book;
    for (size_t k = 0; k < met->count; k++) {
        uint8_t seen = o->seen[met->items[k].segment];
        CYN_TRY(step(run, o, met->items[k].instance, met->items[k].segment, sight_of(seen),
                     severity_of(seen), frozen, err));
    }
    for (size_t k = 0; met->count < b->count && k < b->count; k++)
        if (b->items[k]->run != run->number)
            CYN_TRY(step(run, o, b->items[k], WATCH_NO_SEGMENT, absent_as(o->rule, b->items[k]), 0,
                         frozen, err));
    return CYN_OK;
}

/* ---- all of a rule alike ---- */

static bool fires_instead(const watch_outcome *o)
{
    const cyn_alert_policy *p = &o->rule->rule->policy;
    return (o->what == CYN_SEEN_NO_DATA && p->no_data == CYN_INSTEAD_FIRE) ||
           (o->what == CYN_SEEN_ERROR && p->on_error == CYN_INSTEAD_FIRE);
}

/* The worst level: nobody knows how bad it is. */
static int worst(const cyn_rule *rule)
{
    return rule->nlevels ? (int)rule->levels[rule->nlevels - 1].severity : 0;
}

static cyn_code step_alike(watch_run *run, watch_outcome *o, bool frozen, cyn_err *err)
{
    watch_book *b = &o->rule->book;
    watch_instance *i;
    if (b->count == 0 && fires_instead(o) && !frozen) {
        CYN_TRY(watch_instance_new(o->rule->rule->name, NULL, 0, &i, err));
        cyn_code rc = book_add(b, i, err);
        if (rc != CYN_OK) watch_instance_free(i);
        if (rc != CYN_OK) return rc;
    }
    for (size_t k = 0; k < b->count; k++) {
        i = b->items[k];
        bool anew = fires_instead(o) && !cyn_alert_is_firing(&i->alert);
        CYN_TRY(step(run, o, i, WATCH_NO_SEGMENT, o->what, anew ? worst(o->rule->rule) : 0, frozen,
                     err));
    }
    return CYN_OK;
}

static bool fires(const watch_rule *r)
{
    for (size_t k = 0; k < r->book.count; k++)
        if (cyn_alert_is_firing(&r->book.items[k]->alert)) return true;
    return false;
}

/* The first rule that it depends on, and that fires. */
static const char *frozen_by(const watch_rule *r)
{
    for (size_t i = 0; i < r->nparents; i++)
        if (fires(r->parents[i])) return r->parents[i]->rule->name;
    return NULL;
}

/* A21 with `keep`: an evaluation that failed is none. It is tried again as long as its slot is the
 * newest. */
static void put_off(watch_outcome *o)
{
    watch_rule *r = o->rule;
    char text[sizeof *o->error];
    cyn_err_format(o->error, text, sizeof text);
    uint64_t failure = cyn_hash64(text, strlen(text), 0);
    o->put_off = true;
    o->repeated = r->failed == o->slot && r->failure == failure;
    r->failed = o->slot;
    r->failure = failure;
}

/* A32: the evaluation is an error; alerts that it had only just made are let go. */
static cyn_code conflict_of(watch_run *run, watch_outcome *o, const cyn_err *why, cyn_err *err)
{
    watch_book *b = &o->rule->book;
    cyn_err *own = CYN_NEW(run->arena, cyn_err);
    if (!own) return cyn_nomem(err);
    *own = *why;
    o->error = own;
    o->what = CYN_SEEN_ERROR;
    for (size_t k = 0; k < b->count; k++)
        b->items[k]->drop = b->items[k]->alert.slot == CYN_ALERT_NEVER;
    book_sweep(b);
    return CYN_OK;
}

cyn_code watch_step(watch_run *run, watch_outcome *o, cyn_err *err)
{
    o->frozen_by = frozen_by(o->rule);
    bool frozen = o->frozen_by;
    meetings met = {0};
    cyn_err why = {0};
    if (o->what == CYN_SEEN_TRUE) {
        cyn_code rc = meet_segments(run, o, frozen, &met, &why);
        if (rc != CYN_OK && rc != CYN_E_CONFLICT) {
            if (err) *err = why;
            return rc;
        }
        if (rc == CYN_E_CONFLICT) CYN_TRY(conflict_of(run, o, &why, err));
    }
    if (o->what == CYN_SEEN_ERROR && o->rule->rule->policy.on_error == CYN_INSTEAD_KEEP) {
        put_off(o);
        return CYN_OK;
    }
    if (o->what == CYN_SEEN_TRUE)
        CYN_TRY(step_segments(run, o, &met, frozen, err));
    else
        CYN_TRY(step_alike(run, o, frozen, err));
    book_sweep(&o->rule->book);
    o->rule->slot = o->slot;
    return CYN_OK;
}

/* ---- rules that are gone ---- */

bool watch_is_gone(const cyn_watch *w, const char *rule)
{
    const cyn_catalog *c = w->project->catalog;
    return !c || (c->nerrors == 0 && !watch_is_declared(w, rule));
}

static cyn_code withdraw(watch_run *run, watch_orphan *orphan, int64_t now, cyn_err *err)
{
    watch_instance *i = orphan->instance;
    cyn_alert_policy policy = CYN_ALERT_POLICY;
    cyn_alert_events events;
    cyn_alert_seen seen = {.what = CYN_SEEN_WITHDRAWN,
                           .slot = now,
                           .before = i->alert.slot,
                           .definition = i->alert.definition};
    if (!cyn_alert_step(&i->alert, &policy, &seen, &events)) return CYN_OK;
    watch_events *list = &run->events[run->watch->nrules];
    for (int k = 0; k < events.count; k++)
        CYN_TRY(add_event(run, NULL, orphan->rule, list, i, WATCH_NO_SEGMENT, &events.at[k],
                          is_told(i, &events, k), err));
    return add_change(run, i, orphan->rule, NULL, true, err);
}

cyn_code watch_withdraw(watch_run *run, int64_t now, cyn_err *err)
{
    cyn_watch *w = run->watch;
    size_t kept = 0;
    for (size_t k = 0; k < w->norphans; k++)
        if (watch_is_gone(w, w->orphans[k].rule)) CYN_TRY(withdraw(run, &w->orphans[k], now, err));
    for (size_t k = 0; k < w->norphans; k++) {
        if (w->orphans[k].instance->drop)
            watch_instance_free(w->orphans[k].instance);
        else
            w->orphans[kept++] = w->orphans[k];
    }
    w->norphans = kept;
    return CYN_OK;
}
