/* alerts: what fires now; alerts history: what happened. */
#include "app/alerts.h"
#include "app/ask.h"
#include "app/commands.h"

/* ---- now ---- */

static cyn_code collect(cyn_alerts *a, const cyn_args *args, cyn_alerts_view *v, cyn_err *err)
{
    const char *name = cyn_arg(args, "rule");
    const cyn_rule *rule;
    CYN_TRY(cyn_alerts_load(a, err));
    if (name) CYN_TRY(cyn_roster_need_rule(&a->roster, name, &rule, err));
    return cyn_roster_view(&a->roster, name, cyn_arg(args, "all") != NULL, v, err);
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
        CYN_TRY(cyn_roster_need_rule(&a->roster, out->rule, &rule, err));
    }
    if (from) CYN_TRY(cyn_alerts_time(a, "from", from, &out->from, err));
    if (to) CYN_TRY(cyn_alerts_time(a, "to", to, &out->to, err));
    CYN_TRY(cyn_ask_number(args, "last", from ? 0 : HISTORY, 1, 1000000, &last, err));
    out->most = last;
    return CYN_OK;
}

/* Newest last, as logs are; renewals do not count towards --last. */
static cyn_code history_items(const cyn_alerts *a, const cyn_args *args, cyn_history_item **out,
                              size_t *n, cyn_err *err)
{
    cyn_event_filter filter;
    CYN_TRY(ask_events(a, args, &filter, err));
    filter.terse = !cyn_arg(args, "all");
    CYN_TRY(cyn_roster_events(&a->roster, &filter, out, n, err));
    for (size_t i = 0; i < *n / 2; i++) {
        cyn_history_item newer = (*out)[i];
        (*out)[i] = (*out)[*n - 1 - i];
        (*out)[*n - 1 - i] = newer;
    }
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
