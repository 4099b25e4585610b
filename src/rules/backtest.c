#include "rules/backtest.h"
#include "column/intern.h"
#include "rules/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEEK (7 * CYN_DAY)
/* As a channel with default settings sends the messages of one group. */
#define PAGES_APART (5 * CYN_MINUTE)
/* Slots between two looks at the clock by whoever shows progress. */
#define PROGRESS_SLOTS 64
#define NO_INCIDENT    SIZE_MAX

/* ---- what is gathered on the way ---- */

typedef struct change_list {
    cyn_backtest_change *items;
    size_t count, capacity;
} change_list;

typedef struct lane {
    const char *identity;
    const cyn_alert_label *labels;
    size_t nlabels;
    change_list changes;
    size_t open; /* the incident that goes on; NO_INCIDENT */
    size_t incidents;
    int64_t firing; /* in those that ended */
} lane;

typedef struct replay {
    const cyn_backtest_request *request;
    cyn_arena *arena; /* of the result */
    cyn_intern names; /* identities; their codes number the lanes */
    lane *lanes;
    size_t nlanes, lane_room;
    change_list health; /* of the rule */
    cyn_backtest_incident *incidents;
    size_t nincidents, incident_room;
    int64_t *pages; /* slots with something worth a message */
    size_t npages, page_room;
    cyn_backtest_result result;
} replay;

static cyn_code add_look(replay *r, change_list *list, int64_t at, cyn_backtest_look look,
                         cyn_err *err)
{
    cyn_backtest_look before = list->count ? list->items[list->count - 1].look : CYN_LOOKS_QUIET;
    if (look == before) return CYN_OK;
    cyn_backtest_change *more =
        cyn_grown(r->arena, list->items, list->count, &list->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    list->items = more;
    list->items[list->count++] = (cyn_backtest_change){at, look};
    return CYN_OK;
}

/* ---- lanes ---- */

static cyn_code copy_labels(replay *r, const cyn_alert_label *from, size_t n,
                            const cyn_alert_label **out, cyn_err *err)
{
    cyn_alert_label *to = CYN_NEW_ARRAY(r->arena, n + 1, cyn_alert_label);
    if (!to) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        to[i] = (cyn_alert_label){cyn_strdup(r->arena, from[i].name),
                                  cyn_strdup(r->arena, from[i].value)};
        if (!to[i].name || (from[i].value && !to[i].value)) return cyn_nomem(err);
    }
    *out = to;
    return CYN_OK;
}

static cyn_code add_lane(replay *r, const cyn_watch_alert *a, cyn_err *err)
{
    lane *more = cyn_grown(r->arena, r->lanes, r->nlanes, &r->lane_room, sizeof *more);
    if (!more) return cyn_nomem(err);
    r->lanes = more;
    lane *l = &r->lanes[r->nlanes];
    *l = (lane){
        .identity = cyn_strdup(r->arena, a->identity), .nlabels = a->nlabels, .open = NO_INCIDENT};
    if (!l->identity) return cyn_nomem(err);
    CYN_TRY(copy_labels(r, a->labels, a->nlabels, &l->labels, err));
    r->nlanes++;
    return CYN_OK;
}

/* The number of an alert's lane, which is made where there is none yet. */
static cyn_code find_lane(replay *r, const cyn_watch_alert *a, uint32_t *out, cyn_err *err)
{
    if (!cyn_intern_code(&r->names, a->identity, strlen(a->identity), out)) return cyn_nomem(err);
    return *out < r->nlanes ? CYN_OK : add_lane(r, a, err);
}

static cyn_backtest_look look_of(const cyn_alert *a)
{
    if (cyn_alert_is_firing(a)) return CYN_LOOKS_FIRING;
    return a->state == CYN_ALERT_PENDING ? CYN_LOOKS_PENDING : CYN_LOOKS_QUIET;
}

static cyn_code take_alert(replay *r, const cyn_watch_alert *a, cyn_err *err)
{
    uint32_t at;
    CYN_TRY(find_lane(r, a, &at, err));
    return add_look(r, &r->lanes[at].changes, a->alert.slot, look_of(&a->alert), err);
}

/* ---- events ---- */

static cyn_code open_incident(replay *r, lane *l, const cyn_watch_event *e, cyn_err *err)
{
    cyn_backtest_incident *more =
        cyn_grown(r->arena, r->incidents, r->nincidents, &r->incident_room, sizeof *more);
    if (!more) return cyn_nomem(err);
    r->incidents = more;
    r->incidents[r->nincidents] = (cyn_backtest_incident){.identity = l->identity,
                                                          .labels = l->labels,
                                                          .nlabels = l->nlabels,
                                                          .began = e->event.began,
                                                          .start = e->event.start,
                                                          .end = CYN_ALERT_NEVER,
                                                          .value = e->notice.value,
                                                          .seen = e->event.seen};
    l->open = r->nincidents++;
    l->incidents++;
    return CYN_OK;
}

static cyn_code add_page(replay *r, int64_t slot, cyn_err *err)
{
    int64_t *more = cyn_grown(r->arena, r->pages, r->npages, &r->page_room, sizeof *more);
    if (!more) return cyn_nomem(err);
    r->pages = more;
    r->pages[r->npages++] = slot;
    return CYN_OK;
}

static cyn_code take_event(replay *r, const cyn_watch_event *e, cyn_err *err)
{
    uint32_t at;
    const char *identity = e->notice.identity;
    if (!cyn_intern_code(&r->names, identity, strlen(identity), &at)) return cyn_nomem(err);
    lane *l = &r->lanes[at]; /* its alert was among the changed ones */
    if (e->event.what == CYN_ALERT_FIRED) CYN_TRY(open_incident(r, l, e, err));
    if (l->open == NO_INCIDENT) return CYN_OK;
    cyn_backtest_incident *it = &r->incidents[l->open];
    if (e->event.what == CYN_ALERT_ENDED) {
        it->end = e->event.slot;
        it->reason = e->event.reason;
        l->firing += it->end - it->start;
        l->open = NO_INCIDENT;
        return CYN_OK;
    }
    if (e->event.severity > (int)it->severity) it->severity = (cyn_severity)e->event.severity;
    if (!e->tell) return CYN_OK;
    it->told = true;
    return add_page(r, e->event.slot, err);
}

static cyn_code take_health(replay *r, const cyn_watch_rule *rule, cyn_err *err)
{
    static const cyn_backtest_look looks[] = {[CYN_HEALTH_OK] = CYN_LOOKS_QUIET,
                                              [CYN_HEALTH_NO_DATA] = CYN_LOOKS_NO_DATA,
                                              [CYN_HEALTH_ERROR] = CYN_LOOKS_ERROR};
    r->result.slots++;
    r->result.errors += rule->health == CYN_HEALTH_ERROR;
    r->result.no_data += rule->health == CYN_HEALTH_NO_DATA;
    r->result.frozen += rule->frozen_by != NULL;
    if (rule->segments > r->result.segments) r->result.segments = rule->segments;
    if (rule->error && !r->result.error) {
        cyn_err *own = CYN_NEW(r->arena, cyn_err);
        if (!own) return cyn_nomem(err);
        *own = *rule->error;
        r->result.error = own;
    }
    return add_look(r, &r->health, rule->slot, looks[rule->health], err);
}

static cyn_code take(replay *r, const cyn_watch_result *w, cyn_err *err)
{
    const cyn_rule *rule = r->request->rule;
    for (size_t i = 0; i < w->nrules; i++)
        if (w->rules[i].rule == rule) CYN_TRY(take_health(r, &w->rules[i], err));
    for (size_t i = 0; i < w->nchanged; i++)
        if (w->changed[i].rule == rule) CYN_TRY(take_alert(r, &w->changed[i], err));
    for (size_t i = 0; i < w->nevents; i++)
        if (w->events[i].rule == rule) CYN_TRY(take_event(r, &w->events[i], err));
    return CYN_OK;
}

/* ---- slot by slot ---- */

static bool is_among(const cyn_rule *const *rules, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rules[i]->name, name) == 0) return true;
    return false;
}

/* The rule, and all that it depends on. */
static cyn_code with_parents(const cyn_project *p, const cyn_rule *rule, cyn_arena *arena,
                             const cyn_rule *const **out, size_t *n, cyn_err *err)
{
    const cyn_rule **rules = CYN_NEW_ARRAY(arena, p->catalog->nrules + 1, const cyn_rule *);
    if (!rules) return cyn_nomem(err);
    *n = 0;
    rules[(*n)++] = rule;
    for (size_t i = 0; i < *n; i++)
        for (size_t k = 0; k < rules[i]->ndepends; k++) {
            const cyn_rule *parent = cyn_catalog_rule(p->catalog, rules[i]->depends[k]);
            if (parent && !is_among(rules, *n, parent->name)) rules[(*n)++] = parent;
        }
    *out = rules;
    return CYN_OK;
}

static void show_progress(const cyn_backtest_request *q, int64_t slot)
{
    if (q->progress)
        q->progress(q->self, (double)(slot - q->from) / ((double)q->to - (double)q->from));
}

static cyn_code run_slot(replay *r, cyn_watch *w, int64_t slot, cyn_err *err)
{
    cyn_watch_result result;
    cyn_arena *cycle = cyn_arena_new(0);
    if (!cycle) return cyn_nomem(err);
    cyn_code rc = cyn_watch_run(w, slot, r->request->source, cycle, &result, err);
    if (rc == CYN_OK) rc = take(r, &result, err);
    cyn_arena_free(cycle);
    return rc;
}

static cyn_code run_slots(replay *r, cyn_watch *w, cyn_err *err)
{
    const cyn_backtest_request *q = r->request;
    size_t done = 0;
    for (int64_t slot = cyn_watch_next(w, q->from - 1); slot < q->to;
         slot = cyn_watch_next(w, slot)) {
        if (q->cancel && atomic_load(q->cancel)) return cyn_fail(err, CYN_E_CANCEL, "stopped");
        if (done++ % PROGRESS_SLOTS == 0) show_progress(q, slot);
        CYN_TRY(run_slot(r, w, slot, err));
    }
    return CYN_OK;
}

/* ---- the result ---- */

/* The alert's looks and the rule's as one list. What fires goes on firing without data. */
static cyn_code merge_looks(replay *r, const change_list *own, change_list *out, cyn_err *err)
{
    const change_list *both[] = {own, &r->health};
    size_t at[2] = {0};
    cyn_backtest_look now[2] = {CYN_LOOKS_QUIET, CYN_LOOKS_QUIET};
    while (at[0] < own->count || at[1] < r->health.count) {
        int64_t next = INT64_MAX;
        for (int k = 0; k < 2; k++)
            if (at[k] < both[k]->count && both[k]->items[at[k]].at < next)
                next = both[k]->items[at[k]].at;
        for (int k = 0; k < 2; k++)
            while (at[k] < both[k]->count && both[k]->items[at[k]].at == next)
                now[k] = both[k]->items[at[k]++].look;
        bool own_counts = now[0] == CYN_LOOKS_FIRING || now[1] == CYN_LOOKS_QUIET;
        CYN_TRY(add_look(r, out, next, now[own_counts ? 0 : 1], err));
    }
    return CYN_OK;
}

static int by_identity(const void *a, const void *b)
{
    return strcmp(((const cyn_backtest_lane *)a)->identity,
                  ((const cyn_backtest_lane *)b)->identity);
}

static int by_start(const void *a, const void *b)
{
    const cyn_backtest_incident *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return strcmp(x->identity, y->identity);
}

static cyn_code finish_lane(replay *r, const lane *l, cyn_backtest_lane *out, cyn_err *err)
{
    change_list looks = {0};
    CYN_TRY(merge_looks(r, &l->changes, &looks, err));
    *out = (cyn_backtest_lane){.identity = l->identity,
                               .labels = l->labels,
                               .nlabels = l->nlabels,
                               .changes = looks.items,
                               .nchanges = looks.count,
                               .incidents = l->incidents,
                               .firing = l->firing};
    if (l->open != NO_INCIDENT) out->firing += r->request->to - r->incidents[l->open].start;
    return CYN_OK;
}

/* Where no alert ever was anything, the rule itself has a lane. */
static cyn_code finish_lanes(replay *r, cyn_err *err)
{
    const lane own = {.identity = r->request->rule->name, .open = NO_INCIDENT};
    size_t n = r->nlanes ? r->nlanes : 1;
    cyn_backtest_lane *lanes = CYN_NEW_ARRAY(r->arena, n, cyn_backtest_lane);
    if (!lanes) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(finish_lane(r, r->nlanes ? &r->lanes[i] : &own, &lanes[i], err));
    qsort(lanes, n, sizeof *lanes, by_identity);
    r->result.lanes = lanes;
    r->result.nlanes = n;
    return CYN_OK;
}

static cyn_code judge(const cyn_project *p, replay *r, cyn_err *err)
{
    const cyn_backtest_request *q = r->request;
    cyn_backtest_bounds bounds = {q->from, q->to, q->tolerance};
    if (q->tolerance < 0) {
        size_t m;
        CYN_TRY(cyn_project_need_metric(p, q->rule->metric, &m, err));
        cyn_grain grain = cyn_rule_grain(p, q->rule, p->metrics[m]);
        cyn_period period = cyn_period_at(&p->calendar, grain, q->from);
        bounds.tolerance = grain.unit == CYN_ALL ? 0 : period.end - period.start;
    }
    return cyn_backtest_judge(r->incidents, r->nincidents, q->known, q->nknown, &bounds, r->arena,
                              &r->result.score, err);
}

static cyn_code finish(const cyn_project *p, replay *r, cyn_err *err)
{
    const cyn_backtest_request *q = r->request;
    cyn_backtest_result *out = &r->result;
    CYN_TRY(finish_lanes(r, err));
    if (r->nincidents) qsort(r->incidents, r->nincidents, sizeof *r->incidents, by_start);
    out->rule = q->rule;
    out->from = q->from;
    out->to = q->to;
    out->incidents = r->incidents;
    out->nincidents = r->nincidents;
    out->pages = cyn_backtest_pages(r->pages, r->npages, PAGES_APART);
    out->pages_per_week =
        q->to > q->from ? (double)out->pages * WEEK / (double)(q->to - q->from) : NAN;
    out->firing = cyn_backtest_firing(r->incidents, r->nincidents, q->to);
    return q->has_known ? judge(p, r, err) : CYN_OK;
}

cyn_code cyn_backtest(const cyn_project *p, const cyn_backtest_request *request, cyn_arena *arena,
                      cyn_backtest_result *out, cyn_err *err)
{
    replay r = {.request = request, .arena = arena};
    cyn_watch_options options = {.quiet = true};
    cyn_watch *w = NULL;
    CYN_TRY(with_parents(p, request->rule, arena, &options.rules, &options.nrules, err));
    CYN_TRY(cyn_watch_new(p, &options, &w, err));
    cyn_code rc = CYN_OK;
    for (size_t i = 0; i < options.nrules && rc == CYN_OK; i++) /* nothing before is caught up on */
        rc = cyn_watch_restore_rule(w, options.rules[i]->name, request->from - 1, err);
    if (rc == CYN_OK) rc = run_slots(&r, w, err);
    if (rc == CYN_OK) rc = finish(p, &r, err);
    if (rc == CYN_OK) *out = r.result;
    cyn_watch_free(w);
    cyn_intern_clear(&r.names);
    return rc;
}
