/* The frame of a document: head, navigation, footer; and where links lead. */
#include "base/embed.h"
#include "page/page_impl.h"
#include <string.h>

extern const cyn_embedded cyn_page_assets[]; /* of assets/, by embed.py */

typedef struct place {
    const char *path, *file, *anchor; /* without the name that follows */
    const char *en, *ja;
} place;

static const place places[] = {
    [CYN_PAGE_OVERVIEW] = {"/", "index.html", "#overview", "Overview", "概要"},
    [CYN_PAGE_METRIC] = {"/metric/", "metric-", "#metric-", "Metric", "指標"},
    [CYN_PAGE_TREE] = {"/tree/", "tree-", "#tree-", "Tree", "ツリー"},
    [CYN_PAGE_ALERTS] = {"/alerts", "alerts.html", "#alerts", "Alerts", "アラート"},
    [CYN_PAGE_SCHEDULE] = {"/schedule", "schedule.html", "#schedule", "Schedule", "予定"},
    [CYN_PAGE_HEALTH] = {"/health", "health.html", "#health", "Health", "稼働状況"},
    [CYN_PAGE_MESSAGE] = {"/", "index.html", "#overview", "", ""},
};

/* ---- links ---- */

void cyn_page_file(cyn_page_kind kind, const char *of, cyn_buf *out)
{
    cyn_buf_puts(out, places[kind].file);
    if (of) cyn_buf_printf(out, "%s.html", of);
}

void cyn_html_query(cyn_html *h)
{
    if (!h->site->served || !h->site->asked) return;
    cyn_html_raw(h, "?lang=");
    cyn_html_text(h, h->site->asked);
}

/* Names of metrics are identifiers, which stand for themselves in addresses and as files. */
void cyn_html_href(cyn_html *h, cyn_page_kind kind, const char *of)
{
    const place *p = &places[kind];
    cyn_html_raw(h, h->site->served ? p->path : h->site->folder ? p->file : p->anchor);
    cyn_html_text(h, of);
    if (of && h->site->folder && !h->site->served) cyn_html_raw(h, ".html");
    cyn_html_query(h);
}

void cyn_html_link(cyn_html *h, cyn_page_kind kind, const char *of, const char *text)
{
    cyn_html_raw(h, "<a href=\"");
    cyn_html_href(h, kind, of);
    cyn_html_raw(h, "\">");
    cyn_html_text(h, text);
    cyn_html_raw(h, "</a>");
}

const cyn_page_metric *cyn_html_find(const cyn_html *h, const char *name)
{
    const cyn_page_data *d = h->data;
    if (!d || !name) return NULL;
    for (size_t low = 0, high = d->by_name ? d->nmetrics : 0; low < high;) {
        size_t middle = low + (high - low) / 2;
        const cyn_page_metric *m = &d->metrics[d->by_name[middle]];
        int order = strcmp(name, m->metric->name);
        if (order == 0) return m;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    for (size_t i = 0; !d->by_name && i < d->nmetrics; i++)
        if (!strcmp(d->metrics[i].metric->name, name)) return &d->metrics[i];
    return NULL;
}

void cyn_html_link_metric(cyn_html *h, const char *name)
{
    const cyn_page_metric *m = cyn_html_find(h, name);
    if (m)
        cyn_html_link(h, CYN_PAGE_METRIC, name, cyn_html_title(h, m->metric));
    else
        cyn_html_text(h, name);
}

/* ---- the frame ---- */

static const char *asset(const char *name)
{
    for (const cyn_embedded *e = cyn_page_assets; e->name; e++)
        if (!strcmp(e->name, name)) return (const char *)e->data;
    return "";
}

/* Style and script stand in the document, so that it needs nothing else; the policy lets in what
 * carries the reply's nonce. */
static void put_asset(cyn_html *h, const char *tag, const char *name)
{
    cyn_buf_printf(h->out, "<%s", tag);
    if (h->site->nonce) {
        cyn_html_raw(h, " nonce=\"");
        cyn_html_text(h, h->site->nonce);
        cyn_html_raw(h, "\"");
    }
    cyn_buf_printf(h->out, ">\n%s</%s>\n", asset(name), tag);
}

static size_t count_firing(const cyn_html *h)
{
    const cyn_alerts_view *v = h->data ? h->data->alerts : NULL;
    size_t n = 0;
    for (size_t i = 0; v && i < v->nalerts; i++)
        n += cyn_alert_is_firing(&v->alerts[i].alert);
    return n;
}

static void put_place(cyn_html *h, cyn_page_kind kind, cyn_page_kind here, const char *of)
{
    cyn_html_raw(h, "<li><a href=\"");
    cyn_html_href(h, kind, of);
    cyn_buf_printf(h->out, "\"%s>", kind == here ? " aria-current=\"page\"" : "");
    cyn_html_say(h, places[kind].en, places[kind].ja);
    size_t firing = kind == CYN_PAGE_ALERTS ? count_firing(h) : 0;
    if (firing)
        cyn_buf_printf(h->out, " <span class=\"count\">%zu<span class=\"unseen\">%s</span></span>",
                       firing, cyn_html_words(h, " firing", "件発火中"));
    if (kind == CYN_PAGE_HEALTH && h->site->unwell)
        cyn_buf_printf(h->out, " <span class=\"count\">!<span class=\"unseen\">%s</span></span>",
                       cyn_html_words(h, " needs somebody", "要対応"));
    cyn_html_raw(h, "</a></li>\n");
}

static const char *first_root(const cyn_html *h)
{
    const cyn_page_data *d = h->data;
    if (!d || !d->ntrees) return NULL;
    const cyn_tree_item *root = &d->trees[0]->items[0];
    return root->node ? root->node->metric->name : NULL;
}

/* One file has no page of the daemon's health; a message knows nothing but where home is. */
static void put_navigation(cyn_html *h, cyn_page_kind here)
{
    const char *root = first_root(h);
    cyn_buf_printf(h->out, "<nav aria-label=\"%s\"><ul>\n", cyn_html_words(h, "Pages", "ページ"));
    put_place(h, CYN_PAGE_OVERVIEW, here, NULL);
    if (root) put_place(h, CYN_PAGE_TREE, here, root);
    if (h->site->served || (h->data && h->data->alerts)) put_place(h, CYN_PAGE_ALERTS, here, NULL);
    if (h->site->served || (h->site->folder && h->data && h->data->nagenda))
        put_place(h, CYN_PAGE_SCHEDULE, here, NULL);
    if (h->site->served) put_place(h, CYN_PAGE_HEALTH, here, NULL);
    cyn_html_raw(h, "</ul></nav>\n");
}

void cyn_html_head(cyn_html *h, cyn_page_kind kind, const char *title)
{
    const cyn_page_site *s = h->site;
    cyn_buf_printf(h->out,
                   "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                   h->ja ? "ja" : "en");
    cyn_html_raw(h, CYN_PAGE_MARK " " CYN_VERSION "\">\n");
    cyn_html_raw(h, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<meta name=\"referrer\" content=\"same-origin\">\n"
                    "<link rel=\"icon\" href=\"data:,\">\n<title>");
    cyn_html_text(h, title);
    if (title && *title) cyn_html_raw(h, " – ");
    cyn_html_text(h, s->name);
    cyn_html_raw(h, "</title>\n");
    put_asset(h, "style", "page.css");
    cyn_html_raw(h, "</head>\n<body>\n<a class=\"skip\" href=\"#main\">");
    cyn_html_say(h, "Skip to content", "本文へ移動");
    cyn_html_raw(h, "</a>\n<header class=\"top\">\n<a class=\"brand\" href=\"");
    cyn_html_href(h, CYN_PAGE_OVERVIEW, NULL);
    cyn_html_raw(h, "\"><span class=\"star\" aria-hidden=\"true\">★</span> ");
    cyn_html_text(h, s->name);
    cyn_html_raw(h, "</a>\n");
    put_navigation(h, kind);
    cyn_buf_printf(h->out, "</header>\n<main id=\"main\" tabindex=\"-1\"%s>\n",
                   s->served && kind != CYN_PAGE_MESSAGE ? " data-live" : "");
    if (!s->notice) return;
    cyn_html_raw(h, "<div class=\"notice\" role=\"note\">");
    cyn_html_text(h, s->notice);
    cyn_html_raw(h, "</div>\n");
}

void cyn_html_tail(cyn_html *h)
{
    const cyn_page_site *s = h->site;
    if (h->data && s->made) {
        cyn_html_raw(h, "<p class=\"made\">");
        cyn_html_say(h, "Values as of ", "値の時点：");
        cyn_html_moment(h, s->as_of);
        cyn_html_say(h, ", computed ", "、計算：");
        cyn_html_moment(h, s->made);
        cyn_html_raw(h, " <span class=\"zone\">");
        cyn_html_text(h, cyn_tz_name(s->calendar->tz));
        cyn_html_raw(h, "</span></p>\n");
    }
    cyn_html_raw(h, "</main>\n<footer class=\"end\"><p>Cynosure " CYN_VERSION);
    if (s->served)
        cyn_html_raw(h, h->ja ? " · <a href=\"?lang=en\" lang=\"en\" hreflang=\"en\">English</a>"
                              : " · <a href=\"?lang=ja\" lang=\"ja\" hreflang=\"ja\">日本語</a>");
    if (s->login) {
        cyn_html_raw(h, " · <a href=\"");
        cyn_html_text(h, s->login);
        cyn_html_raw(h, "\">");
        cyn_html_say(h, "Log in", "ログイン");
        cyn_html_raw(h, "</a>");
    }
    cyn_html_raw(h, "</p></footer>\n");
    put_asset(h, "script", "page.js");
    cyn_html_raw(h, "</body>\n</html>\n");
}

cyn_code cyn_page_message(const cyn_page_site *site, const char *title, const char *text,
                          cyn_buf *out, cyn_err *err)
{
    cyn_html h;
    cyn_html_open(&h, site, NULL, out);
    cyn_html_head(&h, CYN_PAGE_MESSAGE, title);
    cyn_html_raw(&h, "<div class=\"message\">\n");
    cyn_html_element(&h, "h1", NULL, title);
    cyn_html_element(&h, "p", NULL, text);
    cyn_html_raw(&h, "\n<p>");
    cyn_html_link(&h, CYN_PAGE_OVERVIEW, NULL, cyn_html_words(&h, "To the overview", "概要へ戻る"));
    cyn_html_raw(&h, "</p>\n</div>\n");
    cyn_html_tail(&h);
    return cyn_html_close(&h, err);
}

cyn_code cyn_html_page(const cyn_page_site *site, const cyn_page_data *data, cyn_page_kind kind,
                       const char *en, const char *ja, void (*body)(cyn_html *h), cyn_buf *out,
                       cyn_err *err)
{
    cyn_html h;
    cyn_html_open(&h, site, data, out);
    cyn_html_head(&h, kind, cyn_html_words(&h, en, ja));
    body(&h);
    cyn_html_tail(&h);
    return cyn_html_close(&h, err);
}
