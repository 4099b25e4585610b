/* What is said again: reminders of what still fires, and escalations of what nobody acknowledged.
 */
#include "rules/dispatch_impl.h"
#include <stdlib.h>
#include <string.h>

/* ---- escalation ---- */

/* An incident as all channels know it. */
typedef struct incident {
    const cyn_tale *const *tales; /* one for each channel that was told */
    size_t ntales;
    const cyn_notice *notice; /* the newest that was told; loaded when it is needed */
    int64_t first;            /* when the first of them heard of it */
} incident;

typedef struct escalations {
    const cyn_matcher **matchers; /* of each of the project's */
    size_t count;
} escalations;

static int by_identity(const void *a, const void *b)
{
    const cyn_tale *const *x = a, *const *y = b;
    int order = strcmp((*x)->identity, (*y)->identity);
    return order ? order : strcmp((*x)->incident, (*y)->incident);
}

static bool knows(const incident *in, const char *channel)
{
    for (size_t i = 0; i < in->ntales; i++)
        if (!strcmp(in->tales[i]->channel, channel)) return true;
    return false;
}

static bool all_know(const incident *in, const cyn_config_escalation *e)
{
    for (size_t i = 0; i < e->nto; i++)
        if (!knows(in, e->to[i])) return false;
    return true;
}

static int64_t newest_event(const incident *in)
{
    int64_t event = 0;
    for (size_t i = 0; i < in->ntales; i++)
        if (in->tales[i]->event > event) event = in->tales[i]->event;
    return event;
}

static cyn_code escalate_to(cyn_dispatch_round *r, incident *in, const cyn_config_escalation *e,
                            const cyn_matcher *matchers, cyn_err *err)
{
    cyn_muting muting;
    if (all_know(in, e)) return CYN_OK;
    /* Told in the future: the clock was set back. */
    int64_t due = (in->first > r->now ? r->now : in->first) + e->after;
    if (due > r->now) {
        cyn_dispatch_wake(r, due);
        return CYN_OK;
    }
    int64_t event = newest_event(in);
    if (!in->notice) CYN_TRY(cyn_store_notice(r->o->store, event, r->arena, &in->notice, err));
    if (!cyn_matchers_match(matchers, e->nmatch, in->notice)) return CYN_OK;
    if (cyn_muted(&r->mutes, in->notice, r->now, &muting)) {
        if (muting.until != CYN_ALERT_NO_CHANGE) cyn_dispatch_wake(r, muting.until);
        return CYN_OK;
    }
    for (size_t i = 0; i < e->nto; i++)
        if (!knows(in, e->to[i]))
            CYN_TRY(cyn_store_add_row(r->o->store, event, e->to[i], true, r->now, err));
    return CYN_OK;
}

static cyn_code escalate_all(cyn_dispatch_round *r, const cyn_tale **sorted, size_t n,
                             const escalations *list, cyn_err *err)
{
    size_t next = 0;
    for (size_t i = 0; i < n; i = next) {
        incident in = {.tales = &sorted[i], .first = sorted[i]->first};
        for (next = i; next < n && by_identity(&sorted[i], &sorted[next]) == 0; next++)
            if (sorted[next]->first < in.first) in.first = sorted[next]->first;
        in.ntales = next - i;
        for (size_t e = 0; e < list->count; e++)
            CYN_TRY(escalate_to(r, &in, &r->config->escalate[e], list->matchers[e], err));
    }
    return CYN_OK;
}

static cyn_code escalate_with(cyn_dispatch_round *r, const escalations *list, cyn_err *err)
{
    const cyn_tale *tales = NULL;
    size_t n = 0, going = 0;
    CYN_TRY(cyn_store_tales(r->o->store, r->arena, &tales, &n, err));
    const cyn_tale **sorted = CYN_NEW_ARRAY(r->arena, n + 1, const cyn_tale *);
    if (!sorted) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (tales[i].going_on && !tales[i].acked) sorted[going++] = &tales[i];
    qsort(sorted, going, sizeof *sorted, by_identity);
    return escalate_all(r, sorted, going, list, err);
}

cyn_code cyn_dispatch_escalate(cyn_dispatch_round *r, cyn_err *err)
{
    const cyn_config *c = r->config;
    escalations list = {0};
    cyn_code rc = CYN_OK;
    if (c->nescalate == 0) return CYN_OK;
    list.matchers = CYN_NEW_ARRAY(r->arena, c->nescalate, const cyn_matcher *);
    if (!list.matchers) return cyn_nomem(err);
    for (; list.count < c->nescalate; list.count++) {
        const cyn_config_escalation *e = &c->escalate[list.count];
        CYN_GOTO(
            cyn_matchers_parse(e->match, e->nmatch, r->arena, &list.matchers[list.count], err));
    }
    CYN_GOTO(escalate_with(r, &list, err));
done:
    for (size_t i = 0; i < list.count; i++)
        cyn_matchers_free(list.matchers[i], c->escalate[i].nmatch);
    return rc;
}

/* ---- reminders ---- */

/* After how long an alert is told again; 0: never. */
static int64_t interval_of(const cyn_dispatch_round *r, const cyn_config_channel *c,
                           const cyn_tale *t)
{
    if (cyn_dispatch_is_bare(c)) return CYN_DISPATCH_AGAIN;
    const cyn_catalog *catalog = r->o->project->catalog;
    const cyn_rule *rule = catalog ? cyn_catalog_rule(catalog, t->rule) : NULL;
    return rule && rule->remind ? rule->remind : c->remind;
}

/* When this alert is to be told again; CYN_TIME_MAX: not now, and nothing is to be waited for. */
static int64_t due_at(const cyn_dispatch_round *r, const cyn_config_channel *c, const cyn_tale *t)
{
    if (!t->going_on || (t->acked && !cyn_dispatch_is_bare(c))) return CYN_TIME_MAX;
    int64_t interval = interval_of(r, c, t);
    if (interval <= 0) return CYN_TIME_MAX;
    return (t->last > r->now ? r->now : t->last) + interval;
}

/* Those of a group that are told again, once one of them is due: all that can be. */
static cyn_code gather(cyn_dispatch_round *r, const cyn_config_channel *c, const cyn_tale *tales,
                       size_t n, cyn_tale *out, const char **keys, size_t *count, cyn_err *err)
{
    cyn_muting muting;
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        const cyn_notice *notice = NULL;
        if (due_at(r, c, &tales[i]) == CYN_TIME_MAX) continue;
        CYN_TRY(cyn_store_notice(r->o->store, tales[i].event, r->arena, &notice, err));
        if (!cyn_dispatch_is_bare(c) && cyn_muted(&r->mutes, notice, r->now, &muting)) {
            if (muting.until != CYN_ALERT_NO_CHANGE) cyn_dispatch_wake(r, muting.until);
            continue;
        }
        keys[*count] = notice->key;
        out[(*count)++] = tales[i];
    }
    return CYN_OK;
}

static cyn_code make_reminder(cyn_dispatch_round *r, const cyn_config_channel *c, cyn_tale *told,
                              const char *const *keys, size_t n, cyn_err *err)
{
    int64_t *events = CYN_NEW_ARRAY(r->arena, n, int64_t), number = 0, id = 0;
    if (!events) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        events[i] = told[i].event;
        if (told[i].reminders >= number && told[i].reminders < INT64_MAX)
            number = told[i].reminders + 1;
    }
    cyn_dispatch_group group = {told->group, told->labels, told->nlabels};
    CYN_TRY(
        cyn_dispatch_make(r, c, &group, CYN_MESSAGE_REMINDER, number, events, keys, n, &id, err));
    for (size_t i = 0; i < n; i++) {
        told[i].last = r->now;
        told[i].reminders = number;
        CYN_TRY(cyn_store_put_tale(r->o->store, &told[i], err));
    }
    return CYN_OK;
}

/* Nothing is repeated while the group's last message is still on its way. */
static cyn_code remind_group(cyn_dispatch_round *r, const cyn_config_channel *c,
                             const cyn_tale *tales, size_t n, cyn_err *err)
{
    int64_t due = CYN_TIME_MAX, last = 0;
    size_t count = 0;
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        int64_t at = due_at(r, c, &tales[i]);
        if (at < due) due = at;
    }
    if (due == CYN_TIME_MAX) return CYN_OK;
    if (due > r->now) {
        cyn_dispatch_wake(r, due);
        return CYN_OK;
    }
    CYN_TRY(cyn_store_last_message(r->o->store, c->name, tales->group, &last, &open, err));
    if (open) return CYN_OK;
    cyn_tale *told = CYN_NEW_ARRAY(r->arena, n, cyn_tale);
    const char **keys = CYN_NEW_ARRAY(r->arena, n, const char *);
    if (!told || !keys) return cyn_nomem(err);
    CYN_TRY(gather(r, c, tales, n, told, keys, &count, err));
    size_t most = cyn_dispatch_is_bare(c) ? CYN_DISPATCH_BARE : count;
    for (size_t i = 0; i < count; i += most)
        CYN_TRY(make_reminder(r, c, told + i, keys + i, count - i < most ? count - i : most, err));
    return CYN_OK;
}

cyn_code cyn_dispatch_remind(cyn_dispatch_round *r, cyn_err *err)
{
    const cyn_tale *tales = NULL;
    size_t n = 0, next = 0;
    CYN_TRY(cyn_store_tales(r->o->store, r->arena, &tales, &n, err));
    for (size_t i = 0; i < n; i = next) {
        const cyn_config_channel *c = cyn_dispatch_channel(r->config, tales[i].channel);
        next = i + 1;
        while (next < n && !strcmp(tales[next].channel, tales[i].channel) &&
               !strcmp(tales[next].group, tales[i].group))
            next++;
        if (c) CYN_TRY(remind_group(r, c, &tales[i], next - i, err));
    }
    return CYN_OK;
}
