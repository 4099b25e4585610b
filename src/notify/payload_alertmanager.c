/* Alertmanager's API, version 2: POST /api/v2/alerts takes a list of alerts.
 *
 * An alert is known there by all of its labels, the severity, by which teams route, among them. So
 * a change of severity is another alert there, and the one of the severity before has to end: when
 * an incident got worse, those of the lesser severities; when it is told again or is over, those of
 * all others that the rule has. Ending what never was does no harm.
 *
 * Whoever does not hear of an alert again before its endsAt takes it for resolved. So one that
 * fires ends, until it is told again, some time after it should have been told again. */
#include "notify/message_impl.h"
#include <stdio.h>
#include <string.h>

#define REPEATS_MISSED 3
#define NEVER_REPEATED (365 * CYN_DAY)

static void put_string(const char *s, cyn_buf *out)
{
    cyn_buf_json_string(out, s, strlen(s));
}

/* Whether a label can be one there: its name is [a-zA-Z_][a-zA-Z0-9_]*, and none that is given
 * here; its value is not empty, for such a label is dropped. */
static bool is_label(const cyn_alert_label *l)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    static const char *const given[] = {"alertname", "severity", "project"};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (strcmp(l->name, given[i]) == 0) return false;
    return *l->name && !(*l->name >= '0' && *l->name <= '9') &&
           l->name[strspn(l->name, letters)] == '\0' && strncmp(l->name, "label_", 6) != 0 &&
           l->value && *l->value;
}

/* A label that cannot: "label_2":"国=日本". Nothing is lost, and no two alerts become one. */
static void put_odd_label(const cyn_alert_label *l, size_t number, cyn_buf *out)
{
    cyn_buf text = {0};
    cyn_buf_printf(&text, "%s=", l->name);
    if (l->value)
        put_string(l->value, &text);
    else
        cyn_buf_puts(&text, "nil");
    cyn_buf_printf(out, ",\"label_%zu\":", number);
    cyn_buf_json_string(out, text.data ? text.data : "", text.len);
    out->failed = out->failed || text.failed;
    cyn_buf_clear(&text);
}

static void put_labels(const cyn_saying *s, const cyn_notice *n, cyn_severity severity,
                       cyn_buf *out)
{
    cyn_buf_puts(out, "\"labels\":{\"alertname\":");
    put_string(n->rule, out);
    cyn_buf_puts(out, ",\"severity\":");
    put_string(cyn_severity_names[severity], out);
    cyn_buf_puts(out, ",\"project\":");
    put_string(s->look->project, out);
    for (size_t i = 0; i < n->nlabels; i++) {
        if (!is_label(&n->labels[i])) {
            put_odd_label(&n->labels[i], i + 1, out);
            continue;
        }
        cyn_buf_putc(out, ',');
        put_string(n->labels[i].name, out);
        cyn_buf_putc(out, ':');
        put_string(n->labels[i].value, out);
    }
    cyn_buf_putc(out, '}');
}

static void put_annotation(const char *name, const char *value, cyn_buf *out)
{
    if (!value || !*value || out->failed) return;
    cyn_buf_printf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", name);
    put_string(value, out);
}

static void put_annotations(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_buf value = {0};
    (void)cyn_put_fact(s, n, CYN_FACT_VALUE, &value);
    cyn_buf_puts(out, ",\"annotations\":{");
    put_annotation("title", n->title, out);
    put_annotation("summary", n->summary, out);
    put_annotation("description", n->description, out);
    put_annotation("value", value.data, out);
    put_annotation("period", n->period, out);
    put_annotation("runbook", n->runbook, out);
    put_annotation("owner", n->owner, out);
    cyn_buf_putc(out, '}');
    out->failed = out->failed || value.failed;
    cyn_buf_clear(&value);
}

static int64_t end_of(const cyn_saying *s, const cyn_notice *n, int64_t repeat)
{
    int64_t end, length = repeat ? repeat * (1 + REPEATS_MISSED) : NEVER_REPEATED;
    if (length < CYN_HOUR) length = CYN_HOUR;
    if (!n->firing) return n->ended != CYN_ALERT_NEVER ? n->ended : n->at;
    return __builtin_add_overflow(s->m->at, length, &end) ? s->m->at : end;
}

static void put_alert(const cyn_saying *s, const cyn_notice *n, cyn_severity severity, int64_t end,
                      cyn_buf *out)
{
    int64_t start = n->start != CYN_ALERT_NEVER ? n->start : n->at;
    cyn_buf_printf(out, "%s{", out->len > 1 ? "," : "");
    put_labels(s, n, severity, out);
    put_annotations(s, n, out);
    cyn_buf_puts(out, ",\"startsAt\":");
    cyn_put_json_time(s, start < end ? start : end, out);
    cyn_buf_puts(out, ",\"endsAt\":");
    cyn_put_json_time(s, end, out);
    cyn_buf_putc(out, '}');
}

/* Whether the rule has a level of this severity, as far as the facts say: "holds":{"warning":true}.
 * In a text of theirs the quotes would be escaped. */
static bool has_level(const cyn_notice *n, cyn_severity severity)
{
    static const char member[] = "\"holds\":{";
    char level[16];
    const char *levels = n->facts ? strstr(n->facts, member) : NULL;
    if (!levels) return true;
    levels += strlen(member);
    snprintf(level, sizeof level, "\"%s\":", cyn_severity_names[severity]);
    const char *found = strstr(levels, level), *end = strchr(levels, '}');
    return found && end && found < end;
}

/* Whether the incident may be known there with another severity than its own. */
static bool was_perhaps(const cyn_notice *n, cyn_severity severity)
{
    if (!has_level(n, severity)) return false;
    if (severity == n->severity || (n->what == CYN_ALERT_FIRED && n->firing)) return false;
    return n->what != CYN_ALERT_ROSE || severity < n->severity;
}

void cyn_put_alertmanager(const cyn_saying *s, const cyn_config_channel *channel, cyn_buf *out)
{
    cyn_buf list = {0};
    cyn_buf_putc(&list, '[');
    for (size_t i = 0; i < s->m->nnotices && !list.failed; i++) {
        const cyn_notice *n = &s->m->notices[i];
        for (cyn_severity other = CYN_INFO; other <= CYN_CRITICAL; other++)
            if (was_perhaps(n, other)) put_alert(s, n, other, n->at, &list);
        put_alert(s, n, n->severity, end_of(s, n, channel->remind), &list);
    }
    cyn_buf_putc(&list, ']');
    cyn_buf_add(out, list.data ? list.data : "", list.len);
    out->failed = out->failed || list.failed;
    cyn_buf_clear(&list);
}
