/* JSON of our own: the body of webhooks, a line of a file, what a command reads. Its members are
 * described in docs/reference/channels.md; `version` changes when one of them does. */
#include "notify/message_impl.h"
#include <string.h>

static void put_string(const char *s, cyn_buf *out)
{
    if (s)
        cyn_buf_json_string(out, s, strlen(s));
    else
        cyn_buf_puts(out, "null");
}

/* ,"name":"value" */
static void put_member(const char *name, const char *value, cyn_buf *out)
{
    cyn_buf_printf(out, ",\"%s\":", name);
    put_string(value, out);
}

static void put_time(const cyn_saying *s, const char *name, int64_t instant, cyn_buf *out)
{
    cyn_buf_printf(out, ",\"%s\":", name);
    cyn_put_json_time(s, instant, out);
}

static void put_labels(const char *name, const cyn_alert_label *labels, size_t n, cyn_buf *out)
{
    cyn_buf_printf(out, ",\"%s\":{", name);
    for (size_t i = 0; i < n; i++) {
        if (i) cyn_buf_putc(out, ',');
        put_string(labels[i].name, out);
        cyn_buf_putc(out, ':');
        put_string(labels[i].value, out);
    }
    cyn_buf_putc(out, '}');
}

/* JSON already, and one line; an object or nothing. */
static void put_facts(const char *facts, cyn_buf *out)
{
    size_t n = facts ? strlen(facts) : 0;
    bool object = n >= 2 && facts[0] == '{' && facts[n - 1] == '}' && !strpbrk(facts, "\r\n");
    cyn_buf_printf(out, ",\"facts\":%s", object ? facts : "null");
}

static void put_alert(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_buf_puts(out, "{\"key\":");
    put_string(n->key, out);
    put_member("incident", n->incident, out);
    put_member("fingerprint", n->alert, out);
    put_member("rule", n->rule, out);
    put_member("metric", n->metric, out);
    put_labels("labels", n->labels, n->nlabels, out);
    put_member("event", cyn_alert_what_names[n->what], out);
    put_member("status", n->firing ? "firing" : "resolved", out);
    put_member("severity", cyn_severity_names[n->severity], out);
    put_time(s, "at", n->at, out);
    put_time(s, "started", n->start, out);
    put_time(s, "ended", n->ended, out);
    put_member("reason", n->reason ? cyn_alert_reason_names[n->reason] : NULL, out);
    cyn_buf_puts(out, ",\"value\":");
    cyn_buf_real(out, n->value);
    cyn_buf_puts(out, ",\"target\":");
    cyn_buf_real(out, n->target);
    put_member("unit", n->unit, out);
    put_member("period", n->period, out);
    put_member("title", n->title, out);
    put_member("summary", n->summary, out);
    put_member("description", n->description, out);
    put_member("runbook", n->runbook, out);
    put_member("owner", n->owner, out);
    put_facts(n->facts, out);
    cyn_buf_putc(out, '}');
}

void cyn_put_json(const cyn_saying *s, cyn_buf *out)
{
    const cyn_message *m = s->m;
    cyn_buf headline = {0};
    cyn_put_headline(s, &headline);
    cyn_buf_puts(out, "{\"version\":1,\"key\":");
    put_string(m->key, out);
    put_member("project", s->look->project, out);
    put_time(s, "at", m->at, out);
    put_member("headline", headline.data ? headline.data : "", out);
    put_member("status", s->firing ? "firing" : "resolved", out);
    cyn_buf_printf(out, ",\"firing\":%zu,\"resolved\":%zu,\"reminder\":%s,\"escalated\":%s",
                   s->firing, s->resolved, m->reminder ? "true" : "false",
                   m->escalated ? "true" : "false");
    put_member("group", m->group, out);
    put_labels("group_labels", m->group_labels, m->ngroup_labels, out);
    cyn_buf_puts(out, ",\"alerts\":[");
    for (size_t i = 0; i < m->nnotices; i++) {
        if (i) cyn_buf_putc(out, ',');
        put_alert(s, &m->notices[i], out);
    }
    cyn_buf_puts(out, "]}");
    out->failed = out->failed || headline.failed;
    cyn_buf_clear(&headline);
}
