#include "base/length.h"
#include "base/text.h"
#include "notify/message_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE_CELLS 120
#define LABEL_CELLS 60

/* Which alerts fire */

/* Orders notices by alert, then as they happened. */
static int compare_notices(const void *a, const void *b)
{
    const cyn_notice *const *x = a, *const *y = b;
    int order = strcmp((*x)->alert, (*y)->alert);
    return order ? order : (*x > *y) - (*x < *y);
}

/* An alert counts as what its last notice says. */
static void count_alerts(cyn_saying *s, const cyn_notice **sorted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i + 1 < n && strcmp(sorted[i]->alert, sorted[i + 1]->alert) == 0) continue;
        if (!sorted[i]->firing) {
            s->resolved++;
            continue;
        }
        s->firing++;
        if (sorted[i]->severity > s->worst) s->worst = sorted[i]->severity;
    }
}

cyn_code cyn_saying_init(const cyn_message *m, const cyn_notify_look *look, cyn_saying *out,
                         cyn_err *err)
{
    *out = (cyn_saying){.m = m, .look = look, .ja = cyn_is_japanese(look->language)};
    const cyn_notice **sorted = cyn_calloc(m->nnotices + 1, sizeof *sorted);
    if (!sorted) return cyn_nomem(err);
    for (size_t i = 0; i < m->nnotices; i++)
        sorted[i] = &m->notices[i];
    qsort(sorted, m->nnotices, sizeof *sorted, compare_notices);
    count_alerts(out, sorted, m->nnotices);
    cyn_free(sorted);
    return CYN_OK;
}

/* Texts from outside */

/* Bytes of the first character that is whole UTF-8; 0: it is none. */
static size_t character_size(const char *s, size_t n)
{
    size_t longest = n < 4 ? n : 4;
    for (size_t size = 1; size <= longest; size++)
        if (cyn_utf8_valid(s, size) == size) return size;
    return 0;
}

void cyn_put_lines(const char *text, size_t characters, cyn_buf *out)
{
    size_t n = strlen(text), used = 0;
    while (n > 0) {
        size_t size = character_size(text, n), control = cyn_unprintable_size(text, n);
        used += size == 4 ? 2 : 1; /* a surrogate pair */
        if (used > characters || (used == characters && n > size)) {
            cyn_buf_puts(out, "…");
            return;
        }
        if (*text == '\n')
            cyn_buf_putc(out, '\n');
        else if (control)
            cyn_buf_putc(out, ' ');
        else if (size)
            cyn_buf_add(out, text, size);
        else
            cyn_buf_puts(out, "\xEF\xBF\xBD");
        size = control ? control : size ? size : 1;
        text += size;
        n -= size;
    }
}

void cyn_put_line(const char *text, size_t cells, cyn_buf *out)
{
    cyn_buf clean = {0};
    cyn_put_lines(text, 8 * cells, &clean); /* enough for marks that combine */
    for (size_t i = 0; i < clean.len; i++)
        if (clean.data[i] == '\n') clean.data[i] = ' ';
    if (clean.len > 0 && cyn_width(clean.data, clean.len) > cells) {
        cyn_buf_add(out, clean.data, cyn_width_prefix(clean.data, clean.len, cells - 1));
        cyn_buf_puts(out, "…");
    } else if (clean.len > 0) {
        cyn_buf_add(out, clean.data, clean.len);
    }
    out->failed = out->failed || clean.failed;
    cyn_buf_clear(&clean);
}

/* Words */

const char *cyn_say_severity(const cyn_saying *s, cyn_severity severity)
{
    switch (severity) {
    case CYN_CRITICAL: return cyn_say(s, "Critical", "重大");
    case CYN_WARNING: return cyn_say(s, "Warning", "警告");
    default: return cyn_say(s, "Info", "情報");
    }
}

const char *cyn_colour_of(const cyn_notice *n)
{
    if (!n->firing) return "#2e7d32";
    switch (n->severity) {
    case CYN_CRITICAL: return "#c62828";
    case CYN_WARNING: return "#ef6c00";
    default: return "#1565c0";
    }
}

void cyn_put_rest(const cyn_saying *s, size_t rest, cyn_buf *out)
{
    cyn_buf_printf(out, s->ja ? "… ほか %zu 件" : "… and %zu more", rest);
}

/* Alerts and messages in one line */

static void put_label(const cyn_saying *s, const cyn_alert_label *label, cyn_buf *out)
{
    cyn_put_line(label->name, LABEL_CELLS, out);
    cyn_buf_puts(out, " = ");
    cyn_put_line(label->value ? label->value : cyn_say(s, "(none)", "(なし)"), LABEL_CELLS, out);
}

#define LABELS_SHOWN 6

void cyn_put_alert(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_put_line(n->title && *n->title ? n->title : n->rule, TITLE_CELLS, out);
    for (size_t i = 0; i < n->nlabels && i < LABELS_SHOWN; i++) {
        cyn_buf_puts(out, i ? ", " : " (");
        put_label(s, &n->labels[i], out);
    }
    if (n->nlabels > LABELS_SHOWN) cyn_buf_puts(out, ", …");
    if (n->nlabels) cyn_buf_putc(out, ')');
}

/* "Still critical: ", "【重大・継続中】" */
static void put_state(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    static const char *const forms[4][2] = {{"Resolved: ", "【解消】"},
                                            {"Now %s: ", "【%sに悪化】"},
                                            {"Still %s: ", "【%s・継続中】"},
                                            {"%s: ", "【%s】"}};
    int form = !n->firing                                      ? 0
               : n->what == CYN_ALERT_ROSE && !s->m->reminder  ? 1
               : n->what == CYN_ALERT_FIRED && !s->m->reminder ? 3
                                                               : 2;
    char severity[32];
    snprintf(severity, sizeof severity, "%s", cyn_say_severity(s, n->severity));
    if (form == 1 || form == 2) /* in the middle of a sentence; Japanese has no case */
        severity[0] = (char)(severity[0] + (severity[0] >= 'A' && severity[0] <= 'Z' ? 32 : 0));
    const char *text = forms[form][s->ja], *place = strstr(text, "%s");
    if (!place) {
        cyn_buf_puts(out, text);
        return;
    }
    cyn_buf_add(out, text, (size_t)(place - text));
    cyn_buf_puts(out, severity);
    cyn_buf_puts(out, place + 2);
}

static void put_escalation(const cyn_saying *s, cyn_buf *out)
{
    if (s->m->escalated) cyn_buf_puts(out, cyn_say(s, "Nobody acknowledged: ", "【未対応】"));
}

void cyn_put_news(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    if (s->m->nnotices == 1) put_escalation(s, out);
    put_state(s, n, out);
    cyn_put_alert(s, n, out);
}

/* "Critical: aha_drop: 3 firing, 1 resolved" */
static void put_counts(const cyn_saying *s, cyn_buf *out)
{
    if (s->firing)
        cyn_buf_printf(out, s->ja ? "【%s】" : "%s: ", cyn_say_severity(s, s->worst));
    else
        cyn_buf_puts(out, cyn_say(s, "Resolved: ", "【解消】"));
    cyn_put_line(s->m->group, TITLE_CELLS, out);
    const char *separator = cyn_say(s, ": ", "：");
    if (s->firing)
        cyn_buf_printf(out, s->ja ? "%s発火中 %zu 件" : "%s%zu firing", separator, s->firing);
    if (s->firing) separator = cyn_say(s, ", ", "、");
    if (s->resolved)
        cyn_buf_printf(out, s->ja ? "%s解消 %zu 件" : "%s%zu resolved", separator, s->resolved);
}

void cyn_put_headline(const cyn_saying *s, cyn_buf *out)
{
    if (s->m->nnotices == 1) {
        cyn_put_news(s, &s->m->notices[0], out);
        return;
    }
    put_escalation(s, out);
    put_counts(s, out);
}

/* Times */

void cyn_put_time(const cyn_saying *s, int64_t instant, cyn_buf *out)
{
    cyn_civil c = cyn_tz_civil(s->look->calendar ? s->look->calendar->tz : NULL, instant);
    cyn_buf_printf(out, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

void cyn_put_json_time(const cyn_saying *s, int64_t instant, cyn_buf *out)
{
    char text[64];
    if (instant == CYN_ALERT_NEVER) {
        cyn_buf_puts(out, "null");
        return;
    }
    cyn_format_instant(instant, s->look->calendar ? s->look->calendar->tz : NULL, text,
                       sizeof text);
    cyn_buf_printf(out, "\"%s\"", text);
}

/* Facts */

const char *cyn_fact_name(const cyn_saying *s, cyn_fact fact)
{
    static const char *const names[CYN_FACTS][2] = {
        [CYN_FACT_VALUE] = {"Value", "値"},     [CYN_FACT_TARGET] = {"Target", "目標"},
        [CYN_FACT_PERIOD] = {"Period", "期間"}, [CYN_FACT_SINCE] = {"Since", "開始"},
        [CYN_FACT_LASTED] = {"Lasted", "継続"}, [CYN_FACT_REASON] = {"Because", "理由"},
        [CYN_FACT_OWNER] = {"Owner", "担当"},   [CYN_FACT_RUNBOOK] = {"Runbook", "手順書"},
    };
    return names[fact][s->ja];
}

#define FACT_CELLS 300

static bool put_given(const char *text, cyn_buf *out)
{
    if (!text || !*text) return false;
    cyn_put_line(text, FACT_CELLS, out);
    return true;
}

static bool put_value(const cyn_saying *s, const cyn_notice *n, double value, cyn_buf *out)
{
    cyn_num number = cyn_series_num(value, n->unit);
    if (cyn_num_is_missing(number)) return false;
    cyn_format_value(number, n->unit, s->look->language, out);
    return true;
}

static bool put_since(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    if (n->start == CYN_ALERT_NEVER) return false;
    cyn_put_time(s, n->start, out);
    return true;
}

static bool put_lasted(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    int64_t end = n->firing ? n->at : n->ended, lasted;
    if (n->start == CYN_ALERT_NEVER || end == CYN_ALERT_NEVER || end <= n->start ||
        __builtin_sub_overflow(end, n->start, &lasted))
        return false;
    cyn_length_put(lasted, CYN_LENGTH_SHORT, s->ja, out);
    return true;
}

/* An end that everybody expects needs no reason. */
static bool put_reason(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    static const char *const ja[CYN_ALERT_REASONS] = {
        [CYN_REASON_GONE] = "報告されなくなったため",
        [CYN_REASON_NO_DATA] = "データがないため",
        [CYN_REASON_ERROR] = "スクリプトのエラーのため",
        [CYN_REASON_WITHDRAWN] = "ルールがなくなったため",
    };
    if (n->firing || n->reason <= CYN_REASON_RECOVERED || n->reason >= CYN_ALERT_REASONS)
        return false;
    cyn_buf_puts(out, s->ja ? ja[n->reason] : cyn_alert_reason_names[n->reason]);
    return true;
}

bool cyn_put_fact(const cyn_saying *s, const cyn_notice *n, cyn_fact fact, cyn_buf *out)
{
    switch (fact) {
    case CYN_FACT_VALUE: return put_value(s, n, n->value, out);
    case CYN_FACT_TARGET: return put_value(s, n, n->target, out);
    case CYN_FACT_PERIOD: return put_given(n->period, out);
    case CYN_FACT_SINCE: return put_since(s, n, out);
    case CYN_FACT_LASTED: return put_lasted(s, n, out);
    case CYN_FACT_REASON: return put_reason(s, n, out);
    case CYN_FACT_OWNER: return put_given(n->owner, out);
    case CYN_FACT_RUNBOOK: return put_given(n->runbook, out);
    default: return false;
    }
}
