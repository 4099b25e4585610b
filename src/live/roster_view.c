/* Rules, alerts and events as the reports show them. */
#include "live/roster.h"
#include "rules/check.h"
#include "store/outbox.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one ---- */

static const char *owner_of(const cyn_roster *r, const cyn_rule *rule)
{
    const cyn_project *p = r->project;
    size_t m = rule ? cyn_project_metric(p, rule->metric) : CYN_NO_METRIC;
    if (rule && rule->owner) return rule->owner;
    return m == CYN_NO_METRIC ? NULL : p->metrics[m]->sheet.owner;
}

cyn_code cyn_roster_notice(const cyn_roster *r, const cyn_alert_row *row, const cyn_rule *rule,
                           cyn_notice *out, cyn_err *err)
{
    size_t own = rule ? rule->nlabels : 0;
    cyn_alert_label *labels = CYN_NEW_ARRAY(r->arena, row->nlabels + own + 1, cyn_alert_label);
    if (!labels) return cyn_nomem(err);
    for (size_t i = 0; i < row->nlabels; i++)
        labels[i] = row->labels[i];
    for (size_t i = 0; i < own; i++)
        labels[row->nlabels + i] =
            (cyn_alert_label){.name = rule->labels[i].name, .value = rule->labels[i].value};
    *out = (cyn_notice){.rule = row->rule,
                        .metric = rule ? rule->metric : "",
                        .identity = row->identity,
                        .labels = labels,
                        .nlabels = row->nlabels + own,
                        .severity = (cyn_severity)row->alert.severity,
                        .owner = owner_of(r, rule)};
    return CYN_OK;
}

static void set_ack(const cyn_roster *r, const cyn_alert_row *row, cyn_alert_item *out)
{
    for (size_t i = 0; i < r->nacks; i++)
        if (r->acks[i].start == row->alert.start && strcmp(r->acks[i].identity, row->identity) == 0)
            out->ack =
                (cyn_ack_item){.who = r->acks[i].who, .why = r->acks[i].why, .at = r->acks[i].at};
}

/* The last events know what the target was, and who was told of the incident. */
static cyn_code set_told(const cyn_roster *r, const cyn_alert_row *row, cyn_alert_item *out,
                         cyn_err *err)
{
    const cyn_event_row *events = NULL;
    size_t n = 0;
    cyn_event_filter filter = {
        .identity = row->identity, .from = CYN_TIME_MIN, .to = CYN_TIME_MAX, .most = 20};
    CYN_TRY(cyn_store_events(r->store, &filter, r->arena, &events, &n, err));
    if (n > 0) out->target = events[0].notice.target;
    for (size_t i = 0; i < n && !out->summary; i++)
        if (events[i].notice.start == row->alert.start && events[i].notice.summary[0])
            out->summary = events[i].notice.summary;
    for (size_t i = 0; i < n && !out->deliveries; i++)
        if (events[i].notice.start == row->alert.start && events[i].deliveries &&
            strcmp(events[i].deliveries, "[]") != 0)
            out->deliveries = events[i].deliveries;
    return CYN_OK;
}

static int compare_rule(const void *name, const void *row)
{
    return strcmp(name, ((const cyn_rule_row *)row)->rule);
}

static const cyn_rule_row *find_row(const cyn_roster *r, const char *rule)
{
    if (r->nrules == 0) return NULL;
    return bsearch(rule, r->rules, r->nrules, sizeof *r->rules, compare_rule);
}

cyn_code cyn_roster_item(const cyn_roster *r, const cyn_alert_row *row, cyn_alert_item *out,
                         cyn_err *err)
{
    const cyn_project *p = r->project;
    const cyn_rule *rule = cyn_roster_rule(r, row->rule);
    size_t m = rule ? cyn_project_metric(p, rule->metric) : CYN_NO_METRIC;
    const cyn_rule_row *known = find_row(r, row->rule);
    *out = (cyn_alert_item){.rule = rule,
                            .unread = !rule && p->catalog->nerrors > 0,
                            .rule_name = row->rule,
                            .identity = row->identity,
                            .labels = row->labels,
                            .nlabels = row->nlabels,
                            .alert = row->alert,
                            .value = row->value,
                            .target = NAN,
                            .unit = m == CYN_NO_METRIC ? NULL : p->metrics[m]->sheet.unit,
                            .period = row->period,
                            .owner = owner_of(r, rule),
                            .frozen_by = known ? known->frozen_by : NULL};
    if (row->alert.state == CYN_ALERT_INACTIVE || row->alert.state == CYN_ALERT_RESOLVED)
        return CYN_OK;
    cyn_notice notice;
    CYN_TRY(cyn_roster_notice(r, row, rule, &notice, err));
    out->muted = cyn_muted(&r->mutes, &notice, r->clock, &out->muting);
    set_ack(r, row, out);
    return set_told(r, row, out, err);
}

/* What time it is for evaluations, as far as that is known without data. */
static int64_t evaluation_time(const cyn_roster *r)
{
    const cyn_project *p = r->project;
    int64_t now = CYN_TIME_MAX;
    if (!p->config->as_of) return r->clock;
    if (strcmp(p->config->as_of, "data") == 0 ||
        cyn_project_as_of(p, NULL, CYN_TIME_MIN, &now, NULL) != CYN_OK)
        return CYN_TIME_MAX;
    return now;
}

static cyn_rule_item remembered(const cyn_rule_row *row)
{
    return (cyn_rule_item){.name = row->rule,
                           .evaluated = true,
                           .health = row->health,
                           .slot = row->slot,
                           .health_since = row->health_since,
                           .missed = row->missed,
                           .error = row->error,
                           .frozen_by = row->frozen_by,
                           .segments = row->segments,
                           .firing = row->firing,
                           .pending = row->pending};
}

void cyn_roster_rule_item(const cyn_roster *r, const cyn_rule *rule, cyn_rule_item *out)
{
    *out = (cyn_rule_item){.name = rule->name, .rule = rule};
    const cyn_rule_row *row = find_row(r, rule->name);
    if (!row) return;
    *out = remembered(row);
    out->rule = rule;
    out->ahead = row->slot > evaluation_time(r);
}

int64_t cyn_roster_now(const cyn_roster *r)
{
    int64_t newest = CYN_TIME_MIN;
    if (!r->project->config->as_of) return r->clock;
    for (size_t i = 0; i < r->nrules; i++)
        if (r->rules[i].slot > newest) newest = r->rules[i].slot;
    return newest == CYN_TIME_MIN ? r->clock : newest;
}

/* ---- all of them ---- */

static bool is_busy(const cyn_alert *a)
{
    return a->state != CYN_ALERT_INACTIVE && a->state != CYN_ALERT_RESOLVED;
}

/* What fires goes first, then what recovers, then what is pending. */
static int rank(const cyn_alert *a)
{
    switch (a->state) {
    case CYN_ALERT_FIRING: return 0;
    case CYN_ALERT_RECOVERING: return 1;
    case CYN_ALERT_PENDING: return 2;
    case CYN_ALERT_RESOLVED: return 3;
    case CYN_ALERT_INACTIVE: break;
    }
    return 4;
}

/* Then the worse, then the older, then by name. */
static int by_urgency(const void *x, const void *y)
{
    const cyn_alert_item *a = x, *b = y;
    int order = rank(&a->alert) - rank(&b->alert);
    if (!order) order = b->alert.severity - a->alert.severity;
    if (!order) order = (a->alert.start > b->alert.start) - (a->alert.start < b->alert.start);
    return order ? order : strcmp(a->identity, b->identity);
}

static cyn_code collect_alerts(const cyn_roster *r, const char *rule, cyn_alerts_view *v,
                               cyn_err *err)
{
    cyn_alert_item *items = CYN_NEW_ARRAY(r->arena, r->nrows + 1, cyn_alert_item);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < r->nrows; i++) {
        const cyn_alert_row *row = &r->rows[i];
        if ((rule && strcmp(row->rule, rule) != 0) || !(v->all || is_busy(&row->alert))) continue;
        CYN_TRY(cyn_roster_item(r, row, &items[v->nalerts++], err));
    }
    if (v->nalerts) qsort(items, v->nalerts, sizeof *items, by_urgency);
    v->alerts = items;
    return CYN_OK;
}

/* Which script a rule was in is not remembered: the first of alerts/ that does not load is named.
 */
static void say_unread(const cyn_catalog *catalog, cyn_err *out)
{
    const cyn_err *first = &catalog->errors[0];
    for (size_t i = catalog->nerrors; i-- > 0;)
        if (strncmp(catalog->errors[i].file, "alerts/", 7) == 0) first = &catalog->errors[i];
    *out = *first;
    if (catalog->nerrors == 1)
        cyn_context(out, "its script does not load");
    else
        cyn_context(out, "its script does not load, one of %zu", catalog->nerrors);
}

/* While some script does not load, rules that are remembered and in no other are in that. */
static cyn_code collect_unread(const cyn_roster *r, const char *rule, cyn_rule_item *items,
                               size_t *n, cyn_err *err)
{
    const cyn_catalog *catalog = r->project->catalog;
    if (catalog->nerrors == 0) return CYN_OK;
    cyn_err *why = CYN_NEW(r->arena, cyn_err);
    if (!why) return cyn_nomem(err);
    say_unread(catalog, why);
    for (size_t i = 0; i < r->nrules; i++)
        if ((!rule || strcmp(r->rules[i].rule, rule) == 0) &&
            !cyn_roster_rule(r, r->rules[i].rule)) {
            items[*n] = remembered(&r->rules[i]);
            items[(*n)++].broken = why;
        }
    return CYN_OK;
}

/* *broken: why it cannot be evaluated; untouched when it can. */
static cyn_code check_rule(const cyn_roster *r, const cyn_rule *rule, const cyn_err **broken,
                           cyn_err *err)
{
    cyn_err why = {0};
    cyn_code rc = cyn_rule_check(r->project, rule, &why);
    if (rc == CYN_OK) return CYN_OK;
    cyn_err *kept = cyn_concerns_all(rc) ? NULL : CYN_NEW(r->arena, cyn_err);
    if (!kept) return cyn_nomem(err);
    *kept = why;
    *broken = kept;
    return CYN_OK;
}

static cyn_code collect_rules(const cyn_roster *r, const char *rule, cyn_alerts_view *v,
                              cyn_err *err)
{
    const cyn_catalog *catalog = r->project->catalog;
    cyn_rule_item *items = CYN_NEW_ARRAY(r->arena, catalog->nrules + r->nrules + 1, cyn_rule_item);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < catalog->nrules; i++) {
        const cyn_rule *one = catalog->rules[i];
        if (rule && strcmp(one->name, rule) != 0) continue;
        cyn_roster_rule_item(r, one, &items[v->nrules]);
        CYN_TRY(check_rule(r, one, &items[v->nrules].broken, err));
        v->nrules++;
    }
    v->rules = items;
    return collect_unread(r, rule, items, &v->nrules, err);
}

cyn_code cyn_roster_alerts(const cyn_roster *r, const char *rule, bool all, cyn_alerts_view *out,
                           cyn_err *err)
{
    *out = (cyn_alerts_view){.all = all, .now = cyn_roster_now(r)};
    CYN_TRY(cyn_store_count_open(r->store, rule, &out->waiting, &out->dead, err));
    return collect_alerts(r, rule, out, err);
}

cyn_code cyn_roster_view(const cyn_roster *r, const char *rule, bool all, cyn_alerts_view *out,
                         cyn_err *err)
{
    CYN_TRY(cyn_roster_alerts(r, rule, all, out, err));
    return collect_rules(r, rule, out, err);
}

/* ---- what happened ---- */

cyn_code cyn_roster_events(const cyn_roster *r, const cyn_event_filter *filter,
                           cyn_history_item **out, size_t *n, cyn_err *err)
{
    const cyn_event_row *events = NULL;
    size_t count = 0;
    CYN_TRY(cyn_store_events(r->store, filter, r->arena, &events, &count, err));
    cyn_history_item *items = CYN_NEW_ARRAY(r->arena, count + 1, cyn_history_item);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const cyn_event_row *e = &events[i];
        const cyn_rule *rule = cyn_roster_rule(r, e->notice.rule);
        size_t own = rule && rule->nlabels <= e->notice.nlabels ? rule->nlabels : 0;
        items[i] = (cyn_history_item){.notice = &e->notice,
                                      .nsegment = e->notice.nlabels - own,
                                      .quiet = e->quiet,
                                      .deliveries = e->deliveries};
    }
    *out = items;
    *n = count;
    return CYN_OK;
}
