/* The schedule: what runs next, what ran last, how long it took, how late it was. */
#include "page/page_impl.h"

static void put_next(cyn_html *h, const cyn_agenda_item *i)
{
    int64_t now = h->site->now;
    if (i->next == CYN_TIME_MAX) {
        bool runs = i->kind == CYN_AGENDA_METRIC || (i->kind == CYN_AGENDA_RULE && !i->error);
        cyn_html_say(h, runs ? "not by the clock" : "never", runs ? "時刻によらない" : "なし");
        return;
    }
    cyn_html_moment(h, i->next);
    if (i->next <= now) {
        cyn_html_raw(h, " <span class=\"ago\">(");
        cyn_html_say(h, "due", "期限到来");
        cyn_html_raw(h, ")</span>");
    } else {
        cyn_html_raw(h, " <span class=\"ago\">(");
        cyn_html_say(h, "in ", "あと");
        cyn_html_length(h, i->next - now);
        cyn_html_raw(h, ")</span>");
    }
}

static void put_name(cyn_html *h, const cyn_agenda_item *i)
{
    cyn_html_raw(h, "<th scope=\"row\">");
    if (i->kind == CYN_AGENDA_METRIC && cyn_html_find(h, i->name))
        cyn_html_link_metric(h, i->name);
    else
        cyn_html_text(h, i->title ? i->title : i->name);
    if (i->by) {
        cyn_html_raw(h, " <span class=\"period\">");
        cyn_html_say(h, "by ", "");
        cyn_html_text(h, i->by);
        cyn_html_say(h, "", "別");
        cyn_html_raw(h, "</span>");
    }
    cyn_html_raw(h, "</th>");
}

/* Colour, shape and word: how the last run went. */
static void put_outcome(cyn_html *h, const cyn_agenda_item *i)
{
    if (i->last == CYN_TIME_MIN && !i->error) {
        cyn_html_say(h, "not yet", "未実行");
    } else if (i->error) {
        cyn_html_look(h, "red", cyn_look_of_health(CYN_HEALTH_ERROR));
        cyn_html_element(h, "p", "failed", i->error);
    } else {
        cyn_html_look(h, "green", cyn_look_of_health(CYN_HEALTH_OK));
    }
    if (i->failures > 1) {
        cyn_html_raw(h, "<p class=\"ago\">");
        cyn_buf_printf(h->out, h->ja ? "%lld回連続で失敗" : "failed %lld times in a row",
                       (long long)i->failures);
        cyn_html_raw(h, "</p>");
    }
    if (i->missed > 0) {
        cyn_html_raw(h, "<p class=\"ago\">");
        cyn_buf_printf(h->out, h->ja ? "%lld回は実行されない" : "%lld will never run",
                       (long long)i->missed);
        cyn_html_raw(h, "</p>");
    }
}

static void put_item(cyn_html *h, const cyn_agenda_item *i)
{
    cyn_html_raw(h, "<tr>");
    put_name(h, i);
    cyn_html_element(h, "td", NULL, i->when);
    if (i->kind == CYN_AGENDA_METRIC) cyn_html_element(h, "td", NULL, i->period ? i->period : "–");
    cyn_html_raw(h, "<td>");
    put_next(h, i);
    cyn_html_raw(h, "</td><td>");
    cyn_html_moment(h, i->last);
    cyn_html_raw(h, "</td><td class=\"number\">");
    cyn_html_length(h, i->took);
    cyn_html_raw(h, "</td><td class=\"number\">");
    cyn_html_length(h, i->late);
    cyn_html_raw(h, "</td><td>");
    put_outcome(h, i);
    cyn_html_raw(h, "</td></tr>\n");
}

static void put_kind(cyn_html *h, cyn_agenda_kind kind, const char *id, const char *en,
                     const char *ja)
{
    bool any = false;
    for (size_t i = 0; i < h->data->nagenda; i++) {
        const cyn_agenda_item *item = &h->data->agenda[i];
        if (item->kind != kind) continue;
        if (!any) {
            cyn_html_open_table(h, id, en, ja);
            cyn_html_column(h, NULL, "Name", "名前");
            cyn_html_column(h, NULL, "When", "いつ");
            if (kind == CYN_AGENDA_METRIC) cyn_html_column(h, NULL, "Period", "期間");
            cyn_html_column(h, NULL, "Next", "次回");
            cyn_html_column(h, NULL, "Last", "前回");
            cyn_html_column(h, "number", "Took", "所要");
            cyn_html_column(h, "number", "Late", "遅れ");
            cyn_html_column(h, NULL, "Outcome", "結果");
            cyn_html_raw(h, "</tr></thead><tbody>\n");
        }
        any = true;
        put_item(h, item);
    }
    if (any) cyn_html_close_table(h);
}

/* Metrics of a project whose now stands still have no next time, and that is as it should be. */
static bool waits_for_data(const cyn_page_data *d)
{
    for (size_t i = 0; i < d->nagenda; i++)
        if (d->agenda[i].kind == CYN_AGENDA_METRIC && !d->agenda[i].error &&
            d->agenda[i].next == CYN_TIME_MAX)
            return true;
    return false;
}

void cyn_html_schedule(cyn_html *h)
{
    cyn_html_raw(h, "<div class=\"title\">\n");
    cyn_html_heading(h, 1, "schedule", cyn_html_words(h, "Schedule", "予定"));
    if (!h->data->nagenda)
        cyn_html_element(
            h, "p", "lead",
            cyn_html_words(h, "Nothing runs by itself.", "自動で実行されるものはありません。"));
    if (waits_for_data(h->data))
        cyn_html_element(
            h, "p", "lead",
            cyn_html_words(h,
                           "As cynosure.yaml says (as_of), now is not what the clock says: metrics "
                           "and rules wait for newer data, and for no time of day.",
                           "cynosure.yaml の as_of により、現在時刻は時計によりません。"
                           "指標とルールは、新しいデータが届いたときに評価されます。"));
    cyn_html_raw(h, "</div>\n");
    put_kind(h, CYN_AGENDA_SOURCE, "due-sources", "Sources", "データ元");
    put_kind(h, CYN_AGENDA_METRIC, "due-metrics", "Metrics", "指標");
    put_kind(h, CYN_AGENDA_RULE, "due-rules", "Alert rules", "アラートルール");
    put_kind(h, CYN_AGENDA_REPORT, "due-reports", "Reports", "レポート");
}

cyn_code cyn_page_schedule(const cyn_page_site *site, const cyn_page_data *data, cyn_buf *out,
                           cyn_err *err)
{
    return cyn_html_page(site, data, CYN_PAGE_SCHEDULE, "Schedule", "予定", cyn_html_schedule, out,
                         err);
}
