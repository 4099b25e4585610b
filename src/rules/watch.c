#include "rules/watch.h"
#include "rules/watch_impl.h"
#include <stdlib.h>
#include <string.h>

/* A rule's script may turn out to look further back so many times in one run. */
#define ROUNDS 8

/* ---- making ---- */

static int compare_grains(cyn_grain a, cyn_grain b)
{
    if (a.unit != b.unit) return a.unit < b.unit ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

static int compare_pointers(const void *a, const void *b)
{
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static int compare_dims(const cyn_rule *a, const cyn_rule *b)
{
    if (a->nby != b->nby) return a->nby < b->nby ? -1 : 1;
    for (size_t i = 0; i < a->nby; i++) {
        int c = strcmp(a->by[i], b->by[i]);
        if (c) return c;
    }
    return 0;
}

/* Those that share a series side by side. How far back a rule looks decides which segments it sees,
 * so that only rules that look as far share one: none depends on what stands beside it. */
static int compare_groups(const void *a, const void *b)
{
    const watch_rule *x = *(watch_rule *const *)a, *y = *(watch_rule *const *)b;
    int c = compare_pointers(x->metric, y->metric);
    if (!c) c = compare_grains(x->grain, y->grain);
    if (!c) c = compare_dims(x->rule, y->rule);
    if (!c) c = (int)x->rule->partial - (int)y->rule->partial;
    if (!c) c = (x->lookback > y->lookback) - (x->lookback < y->lookback);
    if (!c) c = (int)x->parts - (int)y->parts;
    if (!c) c = (int)x->rows - (int)y->rows;
    return c;
}

static int compare_schedules(const void *a, const void *b)
{
    const watch_rule *x = *(watch_rule *const *)a, *y = *(watch_rule *const *)b;
    int c = compare_groups(a, b);
    if (!c) c = (x->slots.every > y->slots.every) - (x->slots.every < y->slots.every);
    if (!c) c = (x->slots.at > y->slots.at) - (x->slots.at < y->slots.at);
    return c ? c : (x > y) - (x < y);
}

static void sort_groups(cyn_watch *w)
{
    qsort(w->by_group, w->nrules, sizeof(watch_rule *), compare_schedules);
}

static cyn_code make_rules(cyn_watch *w, const cyn_rule *const *rules, size_t n, cyn_err *err)
{
    w->rules = CYN_NEW_ARRAY(w->arena, n + 1, watch_rule);
    w->by_name = CYN_NEW_ARRAY(w->arena, n + 1, watch_rule *);
    w->by_group = CYN_NEW_ARRAY(w->arena, n + 1, watch_rule *);
    w->in_order = CYN_NEW_ARRAY(w->arena, n + 1, watch_rule *);
    if (!w->rules || !w->by_name || !w->by_group || !w->in_order) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        CYN_TRY(watch_rule_init(w, &w->rules[i], rules[i], err));
        w->by_group[w->nrules++] = &w->rules[i];
    }
    sort_groups(w);
    return watch_order(w, err);
}

cyn_code cyn_watch_new(const cyn_project *p, const cyn_watch_options *options, cyn_watch **out,
                       cyn_err *err)
{
    cyn_watch *w = cyn_calloc(1, sizeof *w);
    if (!w) return cyn_nomem(err);
    w->project = p;
    w->options = *options;
    w->arena = cyn_arena_new(0);
    const cyn_rule *const *rules = options->rules;
    size_t n = options->nrules;
    if (!rules && p->catalog) {
        rules = p->catalog->rules;
        n = p->catalog->nrules;
    }
    cyn_code rc = w->arena ? make_rules(w, rules, n, err) : cyn_nomem(err);
    if (rc == CYN_OK)
        *out = w;
    else
        cyn_watch_free(w);
    return rc;
}

void cyn_watch_free(cyn_watch *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->nrules; i++)
        book_clear(&w->rules[i].book);
    for (size_t i = 0; i < w->norphans; i++)
        watch_instance_free(w->orphans[i].instance);
    cyn_arena_free(w->arena);
    cyn_free(w);
}

/* ---- what is due ---- */

int64_t cyn_watch_next(const cyn_watch *w, int64_t t)
{
    int64_t next = CYN_SLOT_END;
    for (size_t i = 0; i < w->nrules; i++) {
        int64_t slot = watch_next_slot(&w->rules[i], t);
        if (slot < next) next = slot;
    }
    return next;
}

size_t cyn_watch_ahead(const cyn_watch *w, int64_t now, const cyn_rule **rule, int64_t *slot)
{
    const watch_rule *last = NULL;
    size_t n = 0;
    for (size_t i = 0; i < w->nrules; i++) {
        const watch_rule *r = &w->rules[i];
        if (r->slot <= now) continue;
        if (!last || r->slot > last->slot) last = r;
        n++;
    }
    if (!last) return 0;
    *rule = last->rule;
    *slot = last->slot;
    return n;
}

/* What was found wrong with the rule when it was made ready goes with it into each run. */
bool cyn_watch_may_retry(const cyn_watch *w)
{
    for (size_t i = 0; i < w->nrules; i++)
        if (w->rules[i].failed > w->rules[i].slot && !w->rules[i].error) return true;
    return false;
}

static cyn_code find_due(watch_run *run, int64_t now, size_t *due, cyn_err *err)
{
    cyn_watch *w = run->watch;
    *due = 0;
    for (size_t i = 0; i < w->nrules; i++) {
        watch_rule *r = &w->rules[i];
        watch_outcome *o = &run->outcomes[i];
        int64_t slot = cyn_slot_at(&r->slots, now);
        if (slot == CYN_SLOT_NONE || slot <= r->slot || slot <= r->recorded) continue;
        if (r->has_calendar && !cyn_alert_calendar_holds(&r->calendar, slot)) continue;
        *o = (watch_outcome){
            .rule = r, .slot = slot, .missed = watch_missed(r, r->slot, slot), .again = true};
        ++*due;
        if (!r->error) continue;
        cyn_err *own = CYN_NEW(run->arena, cyn_err);
        if (!own) return cyn_nomem(err);
        *own = *r->error;
        o->error = own;
        o->what = CYN_SEEN_ERROR;
        o->again = false;
    }
    return CYN_OK;
}

/* ---- series ---- */

/* Outcomes that look at one series. */
typedef struct group {
    watch_outcome **outcomes;
    size_t n;
} group;

typedef struct groups {
    group *items;
    cyn_series_request *requests;
    size_t n;
} groups;

static cyn_series_request request_of(const watch_outcome *o)
{
    const watch_rule *r = o->rule;
    return (cyn_series_request){.metric = r->metric,
                                .grain = r->grain,
                                .dims = r->rule->by,
                                .ndims = r->rule->nby,
                                .lookback = r->lookback,
                                .partial = r->rule->partial,
                                .parts = r->parts,
                                .rows = r->rows,
                                .from = o->slot,
                                .to = o->slot};
}

/* Those that wait to be judged, by series. */
static cyn_code make_groups(watch_run *run, groups *out, cyn_err *err)
{
    cyn_watch *w = run->watch;
    watch_outcome **waiting = CYN_NEW_ARRAY(run->scratch, w->nrules + 1, watch_outcome *);
    out->items = CYN_NEW_ARRAY(run->scratch, w->nrules + 1, group);
    out->requests = CYN_NEW_ARRAY(run->scratch, w->nrules + 1, cyn_series_request);
    if (!waiting || !out->items || !out->requests) return cyn_nomem(err);
    out->n = 0;
    size_t n = 0;
    for (size_t i = 0; i < w->nrules; i++) {
        watch_outcome *o = &run->outcomes[w->by_group[i] - w->rules];
        if (!o->rule || !o->again) continue;
        o->again = false;
        const watch_outcome *last = n ? waiting[n - 1] : NULL;
        bool same = last && last->slot == o->slot && !compare_groups(&last->rule, &o->rule);
        if (!same) {
            out->requests[out->n] = request_of(o);
            out->items[out->n++] = (group){.outcomes = &waiting[n]};
        }
        waiting[n++] = o;
        out->items[out->n - 1].n++;
    }
    return CYN_OK;
}

/* One round: series for those that wait, and what is seen in them. */
static cyn_code judge_waiting(watch_run *run, cyn_series_source source, bool *more, cyn_err *err)
{
    groups g = {0};
    CYN_TRY(make_groups(run, &g, err));
    *more = false;
    if (g.n == 0) return CYN_OK;
    cyn_series_reply *replies = CYN_NEW_ARRAY(run->scratch, g.n, cyn_series_reply);
    if (!replies) return cyn_nomem(err);
    CYN_TRY(source.get(source.self, g.requests, g.n, run->scratch, replies, err));
    for (size_t i = 0; i < g.n; i++) {
        watch_board *board;
        CYN_TRY(board_new(run->watch, &g.requests[i], &replies[i], run->scratch, &board, err));
        CYN_TRY(watch_judge(run, board, g.items[i].outcomes, g.items[i].n, err));
        for (size_t k = 0; k < g.items[i].n; k++)
            *more |= g.items[i].outcomes[k]->again;
    }
    return CYN_OK;
}

static cyn_code say_restless(watch_run *run, watch_outcome *o, cyn_err *err)
{
    const cyn_rule *rule = o->rule->rule;
    cyn_err *why = CYN_NEW(run->arena, cyn_err);
    if (!why) return cyn_nomem(err);
    cyn_fail_at(why, CYN_E_LIMIT, rule->place.file, rule->place.line, rule->place.column,
                "a condition of alert '%s' looked further back each time it was asked, %d times",
                rule->name, ROUNDS);
    o->what = CYN_SEEN_ERROR;
    o->error = why;
    return CYN_OK;
}

static cyn_code judge_all(watch_run *run, cyn_series_source source, cyn_err *err)
{
    bool more = true;
    for (int round = 0; more && round < ROUNDS; round++) {
        CYN_TRY(judge_waiting(run, source, &more, err));
        if (more) sort_groups(run->watch);
    }
    for (size_t i = 0; more && i < run->watch->nrules; i++) {
        watch_outcome *o = &run->outcomes[i];
        if (o->rule && o->again) CYN_TRY(say_restless(run, o, err));
    }
    return CYN_OK;
}

/* ---- results ---- */

static void count_alerts(const watch_outcome *o, cyn_watch_rule *out)
{
    const watch_book *b = &o->rule->book;
    for (size_t k = 0; k < b->count; k++) {
        out->firing += cyn_alert_is_firing(&b->items[k]->alert);
        out->pending += b->items[k]->alert.state == CYN_ALERT_PENDING;
    }
    for (size_t s = 0; o->what == CYN_SEEN_TRUE && s < o->board->series->nsegments; s++)
        out->segments += o->seen[s] != WATCH_UNREPORTED;
}

static cyn_code gather_events(const watch_run *run, cyn_watch_result *out, cyn_err *err)
{
    size_t n = 0, lists = run->watch->nrules + 1;
    for (size_t i = 0; i < lists; i++)
        n += run->events[i].count;
    cyn_watch_event *all = CYN_NEW_ARRAY(run->arena, n + 1, cyn_watch_event);
    if (!all) return cyn_nomem(err);
    out->events = all;
    for (size_t i = 0; i < lists; i++) {
        size_t count = run->events[i].count;
        if (count) memcpy(all + out->nevents, run->events[i].items, count * sizeof *all);
        out->nevents += count;
    }
    return CYN_OK;
}

static cyn_code gather(const watch_run *run, size_t due, cyn_watch_result *out, cyn_err *err)
{
    cyn_watch_rule *rules = CYN_NEW_ARRAY(run->arena, due + 1, cyn_watch_rule);
    if (!rules) return cyn_nomem(err);
    *out = (cyn_watch_result){
        .rules = rules, .changed = run->changes.items, .nchanged = run->changes.count};
    for (size_t i = 0; i < run->watch->nrules; i++) {
        const watch_outcome *o = &run->outcomes[i];
        if (!o->rule) continue;
        cyn_watch_rule *r = &rules[out->nrules++];
        *r = (cyn_watch_rule){.rule = o->rule->rule,
                              .slot = o->slot,
                              .missed = o->missed,
                              .health = cyn_alert_health_of(o->what),
                              .error = o->what == CYN_SEEN_ERROR ? o->error : NULL,
                              .again = o->put_off,
                              .repeated = o->repeated,
                              .frozen_by = o->frozen_by,
                              .took = o->took};
        count_alerts(o, r);
    }
    return gather_events(run, out, err);
}

static cyn_code run_rules(watch_run *run, int64_t now, cyn_series_source source,
                          cyn_watch_result *out, cyn_err *err)
{
    cyn_watch *w = run->watch;
    size_t due;
    run->outcomes = CYN_NEW_ARRAY(run->scratch, w->nrules + 1, watch_outcome);
    run->events = CYN_NEW_ARRAY(run->scratch, w->nrules + 1, watch_events);
    if (!run->outcomes || !run->events) return cyn_nomem(err);
    CYN_TRY(find_due(run, now, &due, err));
    if (due) CYN_TRY(judge_all(run, source, err));
    for (size_t i = 0; i < w->nordered; i++) {
        watch_outcome *o = &run->outcomes[w->in_order[i] - w->rules];
        if (o->rule) CYN_TRY(watch_step(run, o, err));
    }
    CYN_TRY(watch_withdraw(run, now, err));
    CYN_TRY(gather(run, due, out, err));
    out->gone = w->gone;
    out->ngone = w->ngone;
    w->gone = NULL;
    w->ngone = w->gone_room = 0;
    return CYN_OK;
}

cyn_code cyn_watch_run(cyn_watch *w, int64_t now, cyn_series_source source, cyn_arena *arena,
                       cyn_watch_result *out, cyn_err *err)
{
    watch_run run = {.watch = w, .arena = arena, .number = ++w->runs};
    run.scratch = cyn_arena_new(0);
    if (!run.scratch) return cyn_nomem(err);
    cyn_code rc = run_rules(&run, now, source, out, err);
    cyn_buf_clear(&run.text);
    cyn_arena_free(run.scratch);
    return rc;
}

/* ---- state ---- */

static cyn_code add_gone(cyn_watch *w, const char *rule, cyn_err *err)
{
    const char **more = cyn_grown(w->arena, w->gone, w->ngone, &w->gone_room, sizeof *more);
    const char *name = cyn_strdup(w->arena, rule);
    if (!more || !name) return cyn_nomem(err);
    w->gone = more;
    w->gone[w->ngone++] = name;
    return CYN_OK;
}

cyn_code cyn_watch_restore_rule(cyn_watch *w, const char *rule, int64_t slot, cyn_err *err)
{
    watch_rule *r = watch_find_rule(w, rule);
    if (!r && (w->options.leave_gone || !watch_is_gone(w, rule))) return CYN_OK;
    if (!r) return add_gone(w, rule, err);
    r->slot = slot;
    return CYN_OK;
}

static cyn_code add_orphan(cyn_watch *w, const char *rule, watch_instance *i, cyn_err *err)
{
    watch_orphan *more =
        cyn_grown(w->arena, w->orphans, w->norphans, &w->orphan_room, sizeof *more);
    const char *name = cyn_strdup(w->arena, rule);
    if (!more || !name) return cyn_nomem(err);
    w->orphans = more;
    w->orphans[w->norphans++] = (watch_orphan){.rule = name, .instance = i};
    return CYN_OK;
}

/* Puts the labels in the order of the rule's dimensions; left as they are when it has others by
 * now. */
static cyn_code in_rule_order(const watch_rule *r, const cyn_alert_label **labels, size_t n,
                              cyn_arena *arena, bool *others, cyn_err *err)
{
    *others = n != 0 && n != r->rule->nby;
    if (n == 0 || *others) return CYN_OK;
    cyn_alert_label *own = CYN_NEW_ARRAY(arena, n, cyn_alert_label);
    if (!own) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < n && strcmp((*labels)[k].name, r->rule->by[i]) != 0)
            k++;
        *others |= k == n;
        if (*others) return CYN_OK;
        own[i] = (*labels)[k];
    }
    *labels = own;
    return CYN_OK;
}

static cyn_code restore(cyn_watch *w, watch_rule *r, const char *rule,
                        const cyn_alert_label *labels, size_t n, const cyn_alert *alert,
                        const cyn_told *told, cyn_err *err)
{
    watch_instance *i;
    bool others = false;
    if (r) CYN_TRY(in_rule_order(r, &labels, n, w->arena, &others, err));
    CYN_TRY(watch_instance_new(rule, labels, n, &i, err));
    /* Values that are those of other dimensions are found for no segment. */
    if (others) i->hash = ~i->hash;
    i->alert = *alert;
    i->stored = true;
    i->told = *told;
    cyn_code rc = CYN_OK;
    if (!r)
        rc = add_orphan(w, rule, i, err);
    else if (!others && book_find(&r->book, i->hash, i->labels, n))
        rc = cyn_fail(err, CYN_E_STATE, "alert %s is stored twice", i->identity);
    else
        rc = book_add(&r->book, i, err);
    if (rc != CYN_OK) watch_instance_free(i);
    return rc;
}

cyn_code cyn_watch_restore_alert(cyn_watch *w, const char *rule, const cyn_alert_label *labels,
                                 size_t nlabels, const cyn_alert *alert, const cyn_told *told,
                                 cyn_err *err)
{
    watch_rule *r = watch_find_rule(w, rule);
    if (!r && (w->options.leave_gone || watch_is_declared(w, rule))) return CYN_OK;
    CYN_TRY(cyn_alert_check(alert, err));
    return restore(w, r, rule, labels, nlabels, alert, told, err);
}

cyn_code cyn_watch_alerts(const cyn_watch *w, cyn_arena *arena, const cyn_watch_alert **out,
                          size_t *n, cyn_err *err)
{
    size_t total = w->norphans, k = 0;
    for (size_t i = 0; i < w->nrules; i++)
        total += w->rules[i].book.count;
    cyn_watch_alert *all = CYN_NEW_ARRAY(arena, total + 1, cyn_watch_alert);
    if (!all) return cyn_nomem(err);
    for (size_t i = 0; i < w->nrules; i++) {
        const watch_rule *r = &w->rules[i];
        for (size_t j = 0; j < r->book.count; j++)
            CYN_TRY(
                watch_alert_of(r->book.items[j], r->rule->name, r->rule, arena, &all[k++], err));
    }
    for (size_t i = 0; i < w->norphans; i++)
        CYN_TRY(watch_alert_of(w->orphans[i].instance, w->orphans[i].rule, NULL, arena, &all[k++],
                               err));
    *out = all;
    *n = k;
    return CYN_OK;
}
