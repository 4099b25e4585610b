/* Rules and alerts as they stand, what happened to them, and what is silenced. */
#include "serve/api_impl.h"
#include "serve/discreet.h"

static cyn_code ask_rule(const api_call *c, const char **out, cyn_err *err)
{
    const cyn_rule *rule;
    *out = cyn_request_query(c->request, "rule");
    return *out ? cyn_roster_need_rule(&c->roster, *out, &rule, err) : CYN_OK;
}

/* ---- alerts and rules ---- */

/* One half of what the report writes: alerts, or rules. */
static cyn_code put_half(api_call *c, const char *name, const cyn_alerts_view *half, cyn_err *err)
{
    cyn_buf lines = {0};
    cyn_code rc = cyn_report_alerts(half, &c->look, &lines, err);
    if (rc == CYN_OK) api_put_lines(c->out, name, &lines);
    cyn_buf_clear(&lines);
    return rc;
}

cyn_code api_list_alerts(api_call *c, cyn_err *err)
{
    const char *rule = NULL;
    bool all = false;
    cyn_alerts_view v;
    CYN_TRY(ask_rule(c, &rule, err));
    CYN_TRY(api_flag(c, "all", &all, err));
    CYN_TRY(cyn_roster_alerts(&c->roster, rule, all, &v, err));
    cyn_buf_printf(c->out, "{\"waiting\":%lld,\"dead\":%lld", (long long)v.waiting,
                   (long long)v.dead);
    cyn_json_time(c->out, "now", v.now, c->project->calendar.tz);
    CYN_TRY(put_half(c, "alerts", &v, err));
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}

cyn_code api_list_rules(api_call *c, cyn_err *err)
{
    cyn_alerts_view v;
    CYN_TRY(cyn_roster_view(&c->roster, NULL, false, &v, err));
    cyn_buf_puts(c->out, "{\"count\":");
    cyn_buf_printf(c->out, "%zu", v.nrules);
    v.nalerts = 0;
    CYN_TRY(cyn_discreet_rules(c->request, &v.rules, v.nrules, err));
    CYN_TRY(put_half(c, "rules", &v, err));
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}

/* ---- events ---- */

static cyn_code ask_events(const api_call *c, cyn_event_filter *out, size_t *limit, cyn_err *err)
{
    bool renewals = false;
    *out = (cyn_event_filter){
        .from = CYN_TIME_MIN, .to = CYN_TIME_MAX, .after = cyn_request_query(c->request, "after")};
    CYN_TRY(ask_rule(c, &out->rule, err));
    CYN_TRY(api_time(c, "from", cyn_request_query(c->request, "from"), &out->from, err));
    CYN_TRY(api_time(c, "to", cyn_request_query(c->request, "to"), &out->to, err));
    CYN_TRY(api_limit(c, 100, 10000, limit, err));
    CYN_TRY(api_flag(c, "renewals", &renewals, err));
    out->terse = !renewals;
    out->most = (int64_t)*limit + 1;
    return CYN_OK;
}

/* `next` is the key of the last one, where there are others behind it. */
cyn_code api_list_events(api_call *c, cyn_err *err)
{
    cyn_event_filter filter;
    cyn_history_item *items = NULL;
    size_t n = 0, limit = 0;
    cyn_buf lines = {0};
    CYN_TRY(ask_events(c, &filter, &limit, err));
    CYN_TRY(cyn_roster_events(&c->roster, &filter, &items, &n, err));
    bool more = n > limit;
    if (more) n = limit;
    cyn_code rc = cyn_report_history(items, n, &c->look, &lines, err);
    cyn_buf_printf(c->out, "{\"count\":%zu", n);
    if (rc == CYN_OK) api_put_lines(c->out, "events", &lines);
    cyn_buf_clear(&lines);
    cyn_json_text(c->out, "next", more ? items[n - 1].notice->key : NULL);
    cyn_buf_putc(c->out, '}');
    return rc;
}

/* ---- silences ---- */

cyn_code api_list_silences(api_call *c, cyn_err *err)
{
    const cyn_alert_silence *items = NULL;
    size_t n = 0;
    bool all = false;
    cyn_buf lines = {0};
    CYN_TRY(api_flag(c, "all", &all, err));
    CYN_TRY(cyn_store_silences(c->store, c->now, all, c->arena, &items, &n, err));
    cyn_code rc = cyn_report_silences(items, n, c->now, &c->look, &lines, err);
    cyn_silences_free(items, n);
    cyn_buf_printf(c->out, "{\"count\":%zu", n);
    if (rc == CYN_OK) api_put_lines(c->out, "silences", &lines);
    cyn_buf_clear(&lines);
    cyn_buf_putc(c->out, '}');
    return rc;
}
