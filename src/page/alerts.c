/* Alerts: what fires, what might, who is silent, and what happened; with forms for whoever may
 * write. */
#include "page/page_impl.h"
#include <math.h>
#include <string.h>

static const char *const severity_classes[] = {"", "info", "yellow", "red"};

static const char *class_of_state(const cyn_alert *a)
{
    switch (a->state) {
    case CYN_ALERT_FIRING: return "red";
    case CYN_ALERT_PENDING:
    case CYN_ALERT_RECOVERING: return "yellow";
    case CYN_ALERT_RESOLVED: return "green";
    default: return "quiet";
    }
}

static const char *title_of(const cyn_html *h, const cyn_alert_item *i)
{
    if (!i->rule) return i->rule_name;
    return cyn_label_text(i->rule->title, h->site->language, i->rule_name);
}

static void put_severity(cyn_html *h, int severity)
{
    int known = severity < 0 ? 0 : severity > CYN_CRITICAL ? CYN_CRITICAL : severity;
    cyn_html_look(h, severity_classes[known], cyn_look_of_severity((cyn_severity)known));
}

/* "Aha rate drops channel=ads" */
static void put_name(cyn_html *h, const cyn_alert_item *i)
{
    cyn_html_element(h, "strong", NULL, title_of(h, i));
    if (!i->nlabels) return;
    cyn_html_raw(h, " <span class=\"labels\">");
    cyn_put_labels(i->labels, i->nlabels, &h->text);
    cyn_html_take(h);
    cyn_html_raw(h, "</span>");
}

static void put_since(cyn_html *h, const cyn_alert_item *i)
{
    int64_t since = cyn_alert_since(&i->alert);
    int64_t now = h->data->alerts->now; /* of a project whose as_of is another time, that */
    cyn_html_moment(h, since);
    if (since == CYN_ALERT_NEVER || since > now - CYN_SECOND) return;
    cyn_html_raw(h, " <span class=\"ago\">(");
    cyn_html_length(h, now - since);
    cyn_html_raw(h, ")</span>");
}

/* ---- on the overview ---- */

static void put_firing(cyn_html *h, const cyn_alert_item *i)
{
    cyn_html_raw(h, "<li>");
    put_severity(h, i->alert.severity);
    cyn_html_raw(h, " ");
    put_name(h, i);
    cyn_html_raw(h, " <span class=\"reading\">");
    if (i->rule) cyn_html_link_metric(h, i->rule->metric);
    cyn_html_raw(h, " ");
    cyn_put_reading(i->value, i->unit, &h->look, &h->text);
    cyn_html_take(h);
    cyn_html_raw(h, "</span> <span class=\"since\">");
    cyn_html_say(h, "since ", "");
    put_since(h, i);
    cyn_html_say(h, "", "から");
    cyn_html_raw(h, "</span>");
    cyn_put_care(i, &h->look, &h->text);
    if (h->text.len) {
        cyn_html_raw(h, " <span class=\"care\">");
        cyn_html_take(h);
        cyn_html_raw(h, "</span>");
    }
    cyn_html_raw(h, "</li>\n");
}

void cyn_html_firing(cyn_html *h)
{
    const cyn_alerts_view *v = h->data->alerts;
    bool any = false;
    for (size_t i = 0; v && i < v->nalerts; i++) {
        if (!cyn_alert_is_firing(&v->alerts[i].alert)) continue;
        if (!any) {
            cyn_html_raw(h, "<section class=\"firing\" aria-labelledby=\"firing-now\">\n");
            cyn_html_open_heading(h, 2, "firing-now");
            cyn_html_link(h, CYN_PAGE_ALERTS, NULL, cyn_html_words(h, "Firing now", "発火中"));
            cyn_html_close_heading(h, 2);
            cyn_html_raw(h, "<ul>\n");
        }
        any = true;
        put_firing(h, &v->alerts[i]);
    }
    if (any) cyn_html_raw(h, "</ul>\n</section>\n");
}

/* ---- forms ---- */

static bool has_forms(const cyn_html *h)
{
    return h->site->served && h->site->may_write && h->site->csrf;
}

static void put_hidden(cyn_html *h, const char *name, const char *value)
{
    cyn_buf_printf(h->out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    cyn_html_text(h, value);
    cyn_html_raw(h, "\">");
}

static void open_form(cyn_html *h, const char *action)
{
    cyn_buf_printf(h->out, "<form method=\"post\" action=\"/alerts/%s", action);
    cyn_html_query(h);
    cyn_html_raw(h, "\">");
    put_hidden(h, "csrf", h->site->csrf);
}

/* A field with its label; ids are numbered, for there are many of each. */
static void put_field(cyn_html *h, const char *name, const char *en, const char *ja, bool needed,
                      const char *value)
{
    int id = ++h->ids;
    cyn_buf_printf(h->out, "<label for=\"f%d\">%s</label> <input id=\"f%d\" name=\"%s\"%s value=\"",
                   id, cyn_html_words(h, en, ja), id, name, needed ? " required" : "");
    cyn_html_text(h, value);
    cyn_html_raw(h, "\" maxlength=\"200\" autocomplete=\"off\"> ");
}

/* Several people have one token between them; the script remembers who sits here. */
static void put_name_field(cyn_html *h)
{
    int id = ++h->ids;
    cyn_buf_printf(h->out,
                   "<label for=\"f%d\">%s</label> <input id=\"f%d\" name=\"who\" required "
                   "maxlength=\"100\" autocomplete=\"name\"> ",
                   id, cyn_html_words(h, "your name", "名前"), id);
}

static void put_length_choice(cyn_html *h)
{
    static const struct {
        const char *value, *en, *ja;
    } lengths[] = {{"1h", "1 hour", "1時間"},
                   {"4h", "4 hours", "4時間"},
                   {"1d", "1 day", "1日"},
                   {"3d", "3 days", "3日"},
                   {"1w", "1 week", "1週間"}};
    int id = ++h->ids;
    cyn_buf_printf(h->out, "<label for=\"f%d\">%s</label> <select id=\"f%d\" name=\"for\">", id,
                   cyn_html_words(h, "for", "期間"), id);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        cyn_buf_printf(h->out, "<option value=\"%s\">%s</option>", lengths[i].value,
                       cyn_html_words(h, lengths[i].en, lengths[i].ja));
    cyn_html_raw(h, "</select> ");
}

static void put_button(cyn_html *h, const char *en, const char *ja)
{
    cyn_buf_printf(h->out, "<button>%s</button></form>\n", cyn_html_words(h, en, ja));
}

/* The matcher of exactly this alert; \ and " are escaped in it. */
static void put_matcher_value(cyn_html *h, const char *s)
{
    for (; s && *s; s++) {
        if (*s == '\\' || *s == '"') cyn_buf_putc(&h->text, '\\');
        if (*s == '\n')
            cyn_buf_puts(&h->text, "\\n");
        else
            cyn_buf_putc(&h->text, *s);
    }
}

static void put_matchers(cyn_html *h, const cyn_alert_item *i)
{
    put_hidden(h, "match", i->rule_name);
    for (size_t k = 0; k < i->nlabels; k++) {
        cyn_buf_printf(&h->text, "%s=\"", i->labels[k].name);
        put_matcher_value(h, i->labels[k].value);
        cyn_buf_putc(&h->text, '"');
        cyn_html_raw(h, "<input type=\"hidden\" name=\"match\" value=\"");
        cyn_html_take(h);
        cyn_html_raw(h, "\">");
    }
}

static void put_forms(cyn_html *h, const cyn_alert_item *i)
{
    bool firing = cyn_alert_is_firing(&i->alert);
    if (!has_forms(h) || (i->alert.state != CYN_ALERT_PENDING && !firing)) return;
    cyn_html_raw(h, "<details class=\"act\"><summary>");
    cyn_html_say(h, "Take care", "対応する");
    cyn_html_raw(h, "</summary>\n");
    if (firing && !i->ack.who) {
        open_form(h, "ack");
        put_hidden(h, "alert", i->identity);
        put_name_field(h);
        put_field(h, "why", "note", "メモ", false, "");
        put_button(h, "Acknowledge", "対応中にする");
    } else if (firing) {
        open_form(h, "ack");
        put_hidden(h, "alert", i->identity);
        put_hidden(h, "undo", "1");
        put_button(h, "Take back the acknowledgement", "対応中を取り消す");
    }
    open_form(h, "silence");
    put_matchers(h, i);
    put_length_choice(h);
    put_name_field(h);
    put_field(h, "why", "why", "理由", true, "");
    put_button(h, "Silence", "通知を止める");
    cyn_html_raw(h, "</details>");
}

/* ---- the alerts ---- */

/* Somebody's text becomes a link only where that leads to a page. */
static void put_runbook(cyn_html *h, const char *url)
{
    if (!url || !*url) return;
    cyn_buf_printf(h->out, "<dt>%s</dt><dd>", cyn_html_words(h, "runbook", "手順書"));
    if (!strncmp(url, "https://", 8) || !strncmp(url, "http://", 7)) {
        cyn_html_raw(h, "<a rel=\"noreferrer\" href=\"");
        cyn_html_text(h, url);
        cyn_html_raw(h, "\">");
        cyn_html_text(h, url);
        cyn_html_raw(h, "</a>");
    } else {
        cyn_html_text(h, url);
    }
    cyn_html_raw(h, "</dd>");
}

static void put_detail(cyn_html *h, const char *en, const char *ja)
{
    cyn_buf_printf(h->out, "<dt>%s</dt><dd>", cyn_html_words(h, en, ja));
}

static void put_details(cyn_html *h, const cyn_alert_item *i)
{
    cyn_html_raw(h, "<dl>");
    if (i->rule) {
        put_detail(h, "metric", "指標");
        cyn_html_link_metric(h, i->rule->metric);
        cyn_html_raw(h, "</dd>");
    }
    put_detail(h, "value", "値");
    cyn_put_reading(i->value, i->unit, &h->look, &h->text);
    cyn_html_take(h);
    if (i->period) {
        cyn_html_raw(h, " <span class=\"period\">");
        cyn_html_text(h, i->period);
        cyn_html_raw(h, "</span>");
    }
    cyn_html_raw(h, "</dd>");
    if (!isnan(i->target)) {
        put_detail(h, "target", "目標");
        cyn_put_reading(i->target, i->unit, &h->look, &h->text);
        cyn_html_take(h);
        cyn_html_raw(h, "</dd>");
    }
    put_detail(h, "since", "開始");
    put_since(h, i);
    cyn_html_raw(h, "</dd>");
    if (i->owner) {
        put_detail(h, "owner", "担当");
        cyn_html_text(h, i->owner);
        cyn_html_raw(h, "</dd>");
    }
    if (i->rule) put_runbook(h, i->rule->runbook);
    cyn_put_deliveries(i->deliveries, &h->look, &h->text);
    if (h->text.len) {
        put_detail(h, "told", "通知");
        cyn_html_take(h);
        cyn_html_raw(h, "</dd>");
    }
    cyn_html_raw(h, "</dl>");
}

static void put_alert(cyn_html *h, const cyn_alert_item *i)
{
    cyn_html_raw(h, "<li class=\"alert\">");
    cyn_html_open_heading(h, 3, NULL);
    cyn_html_look(h, class_of_state(&i->alert), cyn_look_of_state(&i->alert));
    cyn_html_raw(h, " ");
    put_name(h, i);
    cyn_html_close_heading(h, 3);
    cyn_html_raw(h, "<p class=\"tags\">");
    put_severity(h, i->alert.severity);
    cyn_put_care(i, &h->look, &h->text);
    if (h->text.len) {
        cyn_html_raw(h, " <span class=\"care\">");
        cyn_html_take(h);
        cyn_html_raw(h, "</span>");
    }
    cyn_html_raw(h, "</p>\n");
    if (i->summary) cyn_html_element(h, "p", "summary", i->summary);
    put_details(h, i);
    put_forms(h, i);
    cyn_html_raw(h, "</li>\n");
}

static void put_group(cyn_html *h, bool firing, const char *id, const char *en, const char *ja)
{
    const cyn_alerts_view *v = h->data->alerts;
    bool any = false;
    for (size_t i = 0; v && i < v->nalerts; i++) {
        const cyn_alert_item *item = &v->alerts[i];
        if (cyn_alert_is_firing(&item->alert) != firing) continue;
        if (!any) {
            cyn_html_section(h, NULL, id, cyn_html_words(h, en, ja));
            cyn_html_raw(h, "<ul class=\"alerts\">\n");
        }
        any = true;
        put_alert(h, item);
    }
    if (any) cyn_html_raw(h, "</ul>\n</section>\n");
}

/* ---- silences, rules, history ---- */

static void put_silence(cyn_html *h, const cyn_alert_silence *s, bool refused)
{
    cyn_html_raw(h, "<tr><th scope=\"row\">");
    for (size_t i = 0; i < s->nmatchers; i++) {
        if (i) cyn_buf_putc(&h->text, ' ');
        cyn_matcher_text(&s->matchers[i], &h->text);
    }
    cyn_html_take(h);
    if (refused) {
        cyn_html_raw(h, "<p class=\"failed\">");
        cyn_html_say(h, "no regular expression any more: matches nothing",
                     "現在は正規表現として無効なため、何にも一致しません");
        cyn_html_raw(h, "</p>");
    }
    cyn_html_raw(h, "</th><td>");
    cyn_html_moment(h, s->from);
    cyn_html_raw(h, "</td><td>");
    cyn_html_moment(h, s->until);
    cyn_html_raw(h, "</td>");
    cyn_html_element(h, "td", NULL, s->who);
    cyn_html_element(h, "td", NULL, s->why);
    if (has_forms(h)) {
        cyn_html_raw(h, "<td>");
        open_form(h, "unsilence");
        cyn_buf_printf(h->out, "<input type=\"hidden\" name=\"id\" value=\"%lld\">",
                       (long long)s->id);
        put_button(h, "End", "終了する");
        cyn_html_raw(h, "</td>");
    }
    cyn_html_raw(h, "</tr>\n");
}

static void put_silences(cyn_html *h)
{
    if (!h->data->nsilences) return;
    cyn_html_open_table(h, "silences", "Silences", "通知停止");
    cyn_html_column(h, NULL, "Matches", "対象");
    cyn_html_column(h, NULL, "From", "開始");
    cyn_html_column(h, NULL, "Until", "終了");
    cyn_html_column(h, NULL, "Who", "設定者");
    cyn_html_column(h, NULL, "Why", "理由");
    if (has_forms(h)) cyn_html_column(h, NULL, "Action", "操作");
    cyn_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < h->data->nsilences; i++)
        put_silence(h, &h->data->silences[i], h->data->refused && h->data->refused[i]);
    cyn_html_close_table(h);
}

static void put_rule(cyn_html *h, const cyn_rule_item *r)
{
    static const char *const classes[] = {"green", "yellow", "red"};
    cyn_html_raw(h, "<tr><th scope=\"row\">");
    cyn_html_text(h,
                  r->rule ? cyn_label_text(r->rule->title, h->site->language, r->name) : r->name);
    cyn_html_raw(h, "</th><td>");
    if (r->evaluated || r->broken) {
        cyn_alert_health health = r->broken ? CYN_HEALTH_ERROR : r->health;
        cyn_html_look(h, classes[health], cyn_look_of_health(health));
    }
    const char *error = r->broken ? r->broken->message : r->error;
    if (error) cyn_html_element(h, "p", "failed", error);
    cyn_html_raw(h, "</td><td>");
    cyn_html_moment(h, r->evaluated ? r->slot : CYN_ALERT_NEVER);
    cyn_buf_printf(h->out,
                   "</td><td class=\"number\">%lld</td><td class=\"number\">%lld</td></tr>\n",
                   (long long)r->firing, (long long)r->segments);
}

static void put_rules(cyn_html *h)
{
    const cyn_alerts_view *v = h->data->alerts;
    if (!v || !v->nrules) return;
    cyn_html_open_table(h, "rules", "Rules", "ルール");
    cyn_html_column(h, NULL, "Rule", "ルール");
    cyn_html_column(h, NULL, "Health", "状態");
    cyn_html_column(h, NULL, "Last evaluation", "最後の評価");
    cyn_html_column(h, "number", "Firing", "発火中");
    cyn_html_column(h, "number", "Alerts", "アラート数");
    cyn_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < v->nrules; i++)
        put_rule(h, &v->rules[i]);
    cyn_html_close_table(h);
}

static void put_event(cyn_html *h, const cyn_history_item *i)
{
    const cyn_notice *n = i->notice;
    const char *class = n->what == CYN_ALERT_FIRED || n->what == CYN_ALERT_ROSE ? "red"
                        : n->what == CYN_ALERT_ENDED                            ? "green"
                                                                                : "quiet";
    cyn_html_raw(h, "<tr><td>");
    cyn_html_moment(h, n->at);
    cyn_html_raw(h, "</td><td>");
    cyn_html_look(h, class, cyn_look_of_event(n->what));
    cyn_html_raw(h, "</td><th scope=\"row\">");
    cyn_html_text(h, n->title && *n->title ? n->title : n->rule);
    cyn_html_raw(h, " <span class=\"labels\">");
    cyn_put_labels(n->labels, i->nsegment, &h->text);
    cyn_html_take(h);
    cyn_html_raw(h, "</span></th><td>");
    put_severity(h, n->severity);
    cyn_html_raw(h, "</td><td class=\"number\">");
    cyn_put_reading(n->value, n->unit, &h->look, &h->text);
    cyn_html_take(h);
    cyn_html_raw(h, "</td><td>");
    cyn_put_deliveries(i->deliveries, &h->look, &h->text);
    cyn_html_take(h);
    cyn_html_raw(h, "</td></tr>\n");
}

/* What somebody said is told where an event tells who heard of it. */
static void put_word(cyn_html *h, const cyn_page_word *w)
{
    cyn_html_raw(h, "<tr><td>");
    cyn_html_moment(h, w->at);
    cyn_html_raw(h, "</td><td><span class=\"status quiet\">");
    if (w->silenced)
        cyn_html_say(h, "silenced", "通知停止");
    else
        cyn_html_say(h, "acknowledged", "対応中");
    cyn_html_raw(h, "</span></td>");
    cyn_html_raw(h, "<th scope=\"row\">");
    cyn_html_text(h, w->about);
    cyn_html_raw(h, "</th><td></td><td></td><td>");
    cyn_html_text(h, w->who);
    if (w->why && *w->why) {
        cyn_html_say(h, ": ", "：");
        cyn_html_text(h, w->why);
    }
    cyn_html_raw(h, "</td></tr>\n");
}

static void put_history(cyn_html *h)
{
    const cyn_page_data *d = h->data;
    size_t word = 0;
    if (!d->nhistory && !d->nwords) return;
    cyn_html_open_table(h, "history", "What happened", "履歴");
    cyn_html_column(h, NULL, "When", "日時");
    cyn_html_column(h, NULL, "Event", "出来事");
    cyn_html_column(h, NULL, "Alert", "アラート");
    cyn_html_column(h, NULL, "Severity", "重大度");
    cyn_html_column(h, "number", "Value", "値");
    cyn_html_column(h, NULL, "Told, or who said so", "通知・発言者");
    cyn_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < d->nhistory; i++) {
        while (word < d->nwords && d->words[word].at >= d->history[i].notice->at)
            put_word(h, &d->words[word++]);
        put_event(h, &d->history[i]);
    }
    while (word < d->nwords)
        put_word(h, &d->words[word++]);
    cyn_html_close_table(h);
}

static void put_waiting(cyn_html *h, const cyn_alerts_view *v)
{
    if (!v || (!v->waiting && !v->dead)) return;
    cyn_html_raw(h, "<p class=\"lead\">");
    cyn_buf_printf(h->out,
                   h->ja ? "配信待ちの通知：%lld件、断念した通知：%lld件"
                         : "Messages that wait to be delivered: %lld; given up: %lld.",
                   (long long)v->waiting, (long long)v->dead);
    cyn_html_raw(h, "</p>\n");
}

void cyn_html_alerts(cyn_html *h)
{
    const cyn_alerts_view *v = h->data->alerts;
    cyn_html_raw(h, "<div class=\"title\">\n");
    cyn_html_heading(h, 1, "alerts", cyn_html_words(h, "Alerts", "アラート"));
    if (!v || !v->nalerts)
        cyn_html_element(h, "p", "lead",
                         cyn_html_words(h, "Nothing fires, and nothing is pending.",
                                        "発火中・保留中のアラートはありません。"));
    put_waiting(h, v);
    cyn_html_raw(h, "</div>\n");
    put_group(h, true, "alerts-firing", "Firing", "発火中");
    put_group(h, false, "alerts-others", "Not firing", "発火していないもの");
    put_silences(h);
    put_rules(h);
    put_history(h);
}

cyn_code cyn_page_alerts(const cyn_page_site *site, const cyn_page_data *data, cyn_buf *out,
                         cyn_err *err)
{
    return cyn_html_page(site, data, CYN_PAGE_ALERTS, "Alerts", "アラート", cyn_html_alerts, out,
                         err);
}
