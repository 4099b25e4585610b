/* alerts: what fires now; alerts history: what happened. */
#include "app/alerts.h"
#include "app/ask.h"
#include "app/commands.h"
#include "rules/check.h"
#include "rules/watch.h"
#include <stdlib.h>
#include <string.h>

/* ---- now ---- */

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

static cyn_code collect_alerts(const cyn_alerts *a, const char *rule, cyn_alerts_view *v,
                               cyn_err *err)
{
    cyn_alert_item *items = CYN_NEW_ARRAY(a->session.arena, a->nrows + 1, cyn_alert_item);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < a->nrows; i++) {
        const cyn_alert_row *row = &a->rows[i];
        if ((rule && strcmp(row->rule, rule) != 0) || !(v->all || is_busy(&row->alert))) continue;
        CYN_TRY(cyn_alerts_item(a, row, &items[v->nalerts++], err));
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
static cyn_code collect_unread(const cyn_alerts *a, const char *rule, cyn_rule_item *items,
                               size_t *n, cyn_err *err)
{
    const cyn_catalog *catalog = a->session.project->catalog;
    if (catalog->nerrors == 0) return CYN_OK;
    cyn_err *why = CYN_NEW(a->session.arena, cyn_err);
    if (!why) return cyn_nomem(err);
    say_unread(catalog, why);
    for (size_t i = 0; i < a->nrules; i++)
        if ((!rule || strcmp(a->rules[i].rule, rule) == 0) && !cyn_alerts_rule(a, a->rules[i].rule))
            cyn_alerts_unread_item(&a->rules[i], why, &items[(*n)++]);
    return CYN_OK;
}

static cyn_code collect_rules(const cyn_alerts *a, const char *rule, cyn_alerts_view *v,
                              cyn_err *err)
{
    const cyn_catalog *catalog = a->session.project->catalog;
    cyn_rule_item *items =
        CYN_NEW_ARRAY(a->session.arena, catalog->nrules + a->nrules + 1, cyn_rule_item);
    cyn_err *broken = CYN_NEW_ARRAY(a->session.arena, catalog->nrules + 1, cyn_err);
    if (!items || !broken) return cyn_nomem(err);
    for (size_t i = 0; i < catalog->nrules; i++) {
        const cyn_rule *r = catalog->rules[i];
        if (rule && strcmp(r->name, rule) != 0) continue;
        cyn_alerts_rule_item(a, r, &items[v->nrules]);
        cyn_code rc = cyn_rule_check(a->session.project, r, &broken[i]);
        if (cyn_concerns_all(rc)) return cyn_nomem(err);
        if (rc != CYN_OK) items[v->nrules].broken = &broken[i];
        v->nrules++;
    }
    v->rules = items;
    return collect_unread(a, rule, items, &v->nrules, err);
}

static cyn_code collect(cyn_alerts *a, const cyn_args *args, cyn_alerts_view *v, cyn_err *err)
{
    const char *name = cyn_arg(args, "rule");
    const cyn_rule *rule;
    CYN_TRY(cyn_alerts_load(a, err));
    if (name) CYN_TRY(cyn_alerts_need_rule(a, name, &rule, err));
    *v = (cyn_alerts_view){.all = cyn_arg(args, "all") != NULL, .now = cyn_alerts_now(a)};
    CYN_TRY(cyn_store_count_open(a->store, name, &v->waiting, &v->dead, err));
    CYN_TRY(collect_alerts(a, name, v, err));
    return collect_rules(a, name, v, err);
}

/* What --exit-code says. */
static int verdict(const cyn_alerts_view *v)
{
    int code = CYN_EXIT_OK;
    for (size_t i = 0; i < v->nrules; i++)
        if (v->rules[i].broken || (v->rules[i].evaluated && v->rules[i].health == CYN_HEALTH_ERROR))
            code = CYN_EXIT_FAILED;
    for (size_t i = 0; i < v->nalerts; i++)
        if (cyn_alert_is_firing(&v->alerts[i].alert)) return CYN_EXIT_FIRING;
    return code;
}

static int show_now(cyn_alerts *a, const cyn_args *args)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    cyn_alerts_view v;
    cyn_code rc = collect(a, args, &v, &err);
    if (rc == CYN_OK) rc = cyn_report_alerts(&v, &a->report, &out, &err);
    if (rc != CYN_OK) {
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int printed = cyn_print(&out);
    if (printed == CYN_EXIT_OK && a->session.findings.count > 0) printed = CYN_EXIT_FAILED;
    int code = cyn_arg(args, "exit-code") ? verdict(&v) : CYN_EXIT_OK;
    return code == CYN_EXIT_OK ? printed : code;
}

int cyn_cmd_alerts(const cyn_args *args)
{
    cyn_alerts a;
    int rc = cyn_alerts_open(&a, args);
    if (rc == CYN_EXIT_OK) rc = show_now(&a, args);
    cyn_alerts_close(&a);
    return rc;
}

/* ---- history ---- */

#define HISTORY 30 /* events, unless said */

static cyn_code ask_events(const cyn_alerts *a, const cyn_args *args, cyn_event_filter *out,
                           cyn_err *err)
{
    const char *from = cyn_arg(args, "from"), *to = cyn_arg(args, "to");
    int last = 0;
    const cyn_rule *rule;
    *out = (cyn_event_filter){.from = CYN_TIME_MIN, .to = CYN_TIME_MAX};
    if (args->npositional > 1)
        return cyn_fail(err, CYN_E_USAGE, "expected one rule, found '%s' too", args->positional[1]);
    if (args->npositional == 1) {
        out->rule = args->positional[0];
        CYN_TRY(cyn_alerts_need_rule(a, out->rule, &rule, err));
    }
    if (from) CYN_TRY(cyn_alerts_time(a, "from", from, &out->from, err));
    if (to) CYN_TRY(cyn_alerts_time(a, "to", to, &out->to, err));
    CYN_TRY(cyn_ask_number(args, "last", from ? 0 : HISTORY, 1, 1000000, &last, err));
    out->most = last;
    return CYN_OK;
}

static bool is_worth_showing(const cyn_args *args, const cyn_event_row *e)
{
    return cyn_arg(args, "all") || e->notice.what != CYN_ALERT_RENEWED;
}

/* Newest last, as logs are; renewals do not count towards --last. */
static cyn_code history_items(const cyn_alerts *a, const cyn_args *args, cyn_history_item **out,
                              size_t *count, cyn_err *err)
{
    cyn_event_filter filter;
    const cyn_event_row *events = NULL;
    size_t n = 0, kept = 0;
    CYN_TRY(ask_events(a, args, &filter, err));
    size_t most = (size_t)filter.most;
    if (!cyn_arg(args, "all")) filter.most = 0;
    CYN_TRY(cyn_store_events(a->store, &filter, a->session.arena, &events, &n, err));
    cyn_history_item *items = CYN_NEW_ARRAY(a->session.arena, n + 1, cyn_history_item);
    if (!items) return cyn_nomem(err);
    size_t first = 0;
    while (first < n && !(most && kept == most))
        kept += is_worth_showing(args, &events[first++]);
    *count = 0;
    for (size_t i = first; i-- > 0;) {
        const cyn_event_row *e = &events[i];
        if (!is_worth_showing(args, e)) continue;
        const cyn_rule *rule = cyn_alerts_rule(a, e->notice.rule);
        size_t own = rule && rule->nlabels <= e->notice.nlabels ? rule->nlabels : 0;
        items[(*count)++] = (cyn_history_item){.notice = &e->notice,
                                               .nsegment = e->notice.nlabels - own,
                                               .quiet = e->quiet,
                                               .deliveries = e->deliveries};
    }
    *out = items;
    return CYN_OK;
}

static int show_history(cyn_alerts *a, const cyn_args *args)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    cyn_history_item *items = NULL;
    size_t n = 0;
    cyn_code rc = cyn_alerts_load(a, &err);
    if (rc == CYN_OK) rc = history_items(a, args, &items, &n, &err);
    if (rc == CYN_OK) rc = cyn_report_history(items, n, &a->report, &out, &err);
    if (rc == CYN_OK) return cyn_print(&out);
    cyn_buf_clear(&out);
    return cyn_fail_exit(&err);
}

int cyn_cmd_alerts_history(const cyn_args *args)
{
    cyn_alerts a;
    int rc = cyn_alerts_open(&a, args);
    if (rc == CYN_EXIT_OK) rc = show_history(&a, args);
    cyn_alerts_close(&a);
    return rc;
}
