/* alerts why: the values and the condition that decided, with the last values of the series. */
#include "app/alerts.h"
#include "app/ask.h"
#include "app/commands.h"
#include "app/frame.h"
#include "plan/expr.h"
#include "rules/check.h"
#include "rules/watch.h"
#include <string.h>

#define VALUES       12 /* unless said */
#define EVENTS       5
#define MOST_AT_ONCE 20 /* alerts of one rule */

/* ---- the series ---- */

static bool same_key(const cyn_const *key, const char *value)
{
    cyn_buf text = {0};
    if (!value || key->kind == CYN_CONST_NIL) return !value && key->kind == CYN_CONST_NIL;
    if (key->kind == CYN_CONST_TEXT)
        return key->n == strlen(value) && memcmp(key->s, value, key->n) == 0;
    cyn_const_json(key, &text);
    bool same = text.data && strcmp(text.data, value) == 0;
    cyn_buf_clear(&text);
    return same;
}

/* The alert's segment, or nsegments. */
static size_t find_segment(const cyn_series *s, const cyn_alert_row *row)
{
    for (size_t i = 0; i < s->nsegments; i++) {
        size_t d = 0;
        while (d < s->ndims && d < row->nlabels &&
               same_key(&s->keys[i * s->ndims + d], row->labels[d].value))
            d++;
        if (d == s->ndims && d == row->nlabels) return i;
    }
    return s->nsegments;
}

/* The last n values up to the judged one. */
static cyn_code take_values(const cyn_alerts *a, const cyn_series *s, const cyn_alert_row *row,
                            size_t n, cyn_why_view *v, cyn_err *err)
{
    size_t judged, segment = find_segment(s, row);
    if (segment == s->nsegments || !cyn_series_judged(s, row->alert.slot, &judged)) return CYN_OK;
    size_t first = judged + 1 > n ? judged + 1 - n : 0;
    cyn_num *values = CYN_NEW_ARRAY(a->session.arena, judged + 1 - first, cyn_num);
    if (!values) return cyn_nomem(err);
    for (size_t i = first; i <= judged; i++)
        values[v->nvalues++] = cyn_num_real(s->values[i * s->nsegments + segment]);
    v->values = values;
    v->periods = &s->periods[first];
    return CYN_OK;
}

/* What cannot be loaded is a note: what was remembered is shown all the same. */
static cyn_code add_series(const cyn_alerts *a, const cyn_alert_row *row, size_t n, cyn_why_view *v,
                           cyn_err *err)
{
    const cyn_session *s = &a->session;
    const cyn_rule *rule = v->item.rule;
    size_t m = rule ? cyn_project_metric(s->project, rule->metric) : CYN_NO_METRIC;
    if (m == CYN_NO_METRIC || row->alert.slot == CYN_ALERT_NEVER) return CYN_OK;
    cyn_series_data data = {.project = s->project, .data = s->data, .cancel = &cyn_interrupted};
    cyn_series_source source = cyn_series_from_data(&data);
    const cyn_metric *metric = s->project->metrics[m];
    cyn_series_request request = {.metric = metric,
                                  .grain = cyn_rule_grain(s->project, rule, metric),
                                  .dims = rule->by,
                                  .ndims = rule->nby,
                                  .lookback = n - 1,
                                  .partial = rule->partial,
                                  .from = row->alert.slot,
                                  .to = row->alert.slot};
    cyn_series_reply reply = {0};
    CYN_TRY(source.get(source.self, &request, 1, s->arena, &reply, err));
    if (reply.error) cyn_print_note(reply.error);
    return reply.series ? take_values(a, reply.series, row, n, v, err) : CYN_OK;
}

/* ---- conditions ---- */

/* "function (line 7)" is its place; what is written there says more, as far as it is one line. */
static const char *text_of(void *self, const cyn_expr *e)
{
    const cyn_alerts *a = self;
    const char *text = e->text ? e->text : "?", *line = NULL;
    size_t n = 0;
    if (strncmp(text, "function (line", 14) != 0 ||
        !cyn_script_line(a->session.project, e->place.file, e->place.line, &line, &n))
        return text;
    const char *begin = memmem(line, n, "function", 8);
    if (!begin) return text;
    n -= (size_t)(begin - line);
    while (n && strchr(" \t,", begin[n - 1]))
        n--;
    const char *copy = cyn_strndup(a->session.arena, begin, n);
    return copy ? copy : text;
}

/* ---- the view ---- */

/* The last events of the alert, the newest last, renewals left out. */
static cyn_code add_events(const cyn_alerts *a, const cyn_alert_row *row, cyn_why_view *v,
                           cyn_err *err)
{
    cyn_event_filter filter = {
        .identity = row->identity, .from = CYN_TIME_MIN, .to = CYN_TIME_MAX, .most = 500};
    const cyn_event_row *rows = NULL;
    size_t n = 0, kept = 0;
    CYN_TRY(cyn_store_events(a->store, &filter, a->session.arena, &rows, &n, err));
    cyn_history_item *items = CYN_NEW_ARRAY(a->session.arena, EVENTS, cyn_history_item);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < n && kept < EVENTS; i++)
        if (rows[i].notice.what != CYN_ALERT_RENEWED)
            items[EVENTS - ++kept] = (cyn_history_item){.notice = &rows[i].notice,
                                                        .quiet = rows[i].quiet,
                                                        .deliveries = rows[i].deliveries};
    v->events = items + EVENTS - kept;
    v->nevents = kept;
    return CYN_OK;
}

static cyn_code show_alert(cyn_alerts *a, const cyn_args *args, const cyn_alert_row *row,
                           cyn_buf *out, cyn_err *err)
{
    cyn_rule_item rule;
    cyn_why_view v = {
        .text_of = text_of, .self = a, .facts = row->facts, .now = cyn_roster_now(&a->roster)};
    int n;
    CYN_TRY(cyn_ask_number(args, "last", VALUES, 1, 1000, &n, err));
    CYN_TRY(cyn_roster_item(&a->roster, row, &v.item, err));
    if (v.item.rule) {
        cyn_roster_rule_item(&a->roster, v.item.rule, &rule);
        v.rule = &rule;
    }
    CYN_TRY(add_events(a, row, &v, err));
    if (!cyn_arg(args, "no-data")) CYN_TRY(add_series(a, row, (size_t)n, &v, err));
    return cyn_report_why(&v, &a->report, out, err);
}

/* A rule that has no alert: how it fares. */
static cyn_code show_rule(const cyn_alerts *a, const char *name, cyn_buf *out, cyn_err *err)
{
    cyn_rule_item item;
    cyn_err broken = {0};
    const cyn_rule *rule = cyn_roster_rule(&a->roster, name);
    cyn_roster_rule_item(&a->roster, rule, &item);
    cyn_code rc = cyn_rule_check(a->session.project, rule, &broken);
    if (rc == CYN_E_NOMEM) return cyn_nomem(err);
    if (rc != CYN_OK) item.broken = &broken;
    cyn_alerts_view v = {
        .rules = &item, .nrules = 1, .all = true, .now = cyn_roster_now(&a->roster)};
    return cyn_report_alerts(&v, &a->report, out, err);
}

static cyn_code show_word(cyn_alerts *a, const cyn_args *args, const char *word, cyn_buf *out,
                          cyn_err *err)
{
    size_t *found = NULL, n = 0;
    CYN_TRY(cyn_roster_find(&a->roster, word, &found, &n, err));
    if (n == 0) return show_rule(a, word, out, err);
    bool json = a->report.format == CYN_FORMAT_JSON;
    size_t most = json ? n : MOST_AT_ONCE;
    for (size_t i = 0; i < n && i < most; i++) {
        if (i && !json) cyn_buf_putc(out, '\n');
        CYN_TRY(show_alert(a, args, &a->roster.rows[found[i]], out, err));
    }
    if (n > MOST_AT_ONCE) cyn_buf_printf(out, "\n(%d of %zu; name one of them)\n", MOST_AT_ONCE, n);
    return CYN_OK;
}

int cyn_cmd_alerts_why(const cyn_args *args)
{
    cyn_alerts a;
    if (args->npositional == 0)
        return cyn_usage_error(args, "why what? 'cynosure alerts' lists the alerts");
    int rc = cyn_alerts_open(&a, args);
    if (rc == CYN_EXIT_OK) {
        cyn_err err = {0};
        cyn_buf out = {0};
        cyn_ask_data(&a.session, NULL, 0);
        cyn_code code = cyn_alerts_load(&a, &err);
        for (size_t i = 0; code == CYN_OK && i < args->npositional; i++)
            code = show_word(&a, args, args->positional[i], &out, &err);
        rc = cyn_print(&out);
        if (code != CYN_OK) rc = cyn_fail_exit(&err);
    }
    cyn_alerts_close(&a);
    return rc;
}
