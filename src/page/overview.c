/* The overview: what fires, the North Star Metric, and below it one column of metrics from what
 * moves first to what moves last. */
#include "page/page_impl.h"
#include <stdio.h>

typedef struct group {
    cyn_layer layer;
    const char *id;
    const char *en, *ja;
    const char *en_about, *ja_about;
} group;

static const group groups[] = {
    {CYN_LEADING, "layer-leading", "Leading", "先行指標", "what moves first", "先に動くもの"},
    {CYN_COINCIDENT, "layer-coincident", "Coincident", "一致指標", "what moves along",
     "同時に動くもの"},
    {CYN_LAGGING, "layer-lagging", "Lagging", "遅行指標", "what comes of it", "結果として動くもの"},
    {CYN_LAYER_NONE, "layer-others", "Metrics", "指標", "", ""},
};
#define GROUPS (sizeof groups / sizeof *groups)

/* The NSM stands above the column; whatever its sheet says of layers. */
static bool is_in(const cyn_page_metric *m, const group *g)
{
    const cyn_sheet *s = &m->metric->sheet;
    return s->role != CYN_NSM && s->layer == g->layer;
}

/* ---- the North Star Metric ---- */

static void put_hero(cyn_html *h, const cyn_page_metric *m)
{
    char id[16];
    snprintf(id, sizeof id, "nsm-%d", ++h->ids);
    cyn_buf_printf(h->out, "<section class=\"hero\" aria-labelledby=\"%s\">\n", id);
    cyn_html_raw(h, "<div class=\"hero-text\"><p class=\"over\">");
    cyn_html_say(h, "North Star Metric", "北極星指標");
    cyn_html_raw(h, "</p>\n");
    cyn_html_open_heading(h, 2, id);
    cyn_html_link(h, CYN_PAGE_METRIC, m->metric->name, cyn_html_title(h, m->metric));
    cyn_html_close_heading(h, 2);
    cyn_html_standing(h, m);
    cyn_html_raw(h, "</div>\n<div class=\"hero-trend\">");
    cyn_html_sparkline(h, m);
    cyn_html_raw(h, "</div>\n</section>\n");
}

/* ---- the column ---- */

/* A cell, with its heading for where the table is too wide to have columns. */
static void open_cell(cyn_html *h, const char *class, const char *en, const char *ja)
{
    cyn_buf_printf(h->out, "<td class=\"%s\" data-label=\"%s\">", class, cyn_html_words(h, en, ja));
}

static void put_metric(cyn_html *h, const cyn_page_metric *m)
{
    const cyn_point ended = cyn_html_ended(m), *p = &ended;
    cyn_buf_printf(h->out, "<tr data-status=\"%s\"><th scope=\"row\" class=\"name\">",
                   cyn_status_names[p->status]);
    cyn_html_link(h, CYN_PAGE_METRIC, m->metric->name, cyn_html_title(h, m->metric));
    cyn_html_raw(h, "<span class=\"period\">");
    if (m->ended) cyn_html_period(h, p->period);
    cyn_html_raw(h, "</span></th>");
    cyn_buf_printf(h->out, "<td class=\"number value\" data-sort=\"");
    if (!cyn_num_is_missing(p->value)) cyn_buf_real(h->out, cyn_num_double(p->value));
    cyn_html_raw(h, "\">");
    cyn_html_point(h, p);
    cyn_html_running(h, m);
    cyn_html_raw(h, "</td>");
    open_cell(h, "number", "vs previous", "前期比");
    cyn_html_change(h, m->metric, p->previous, p->value);
    cyn_html_raw(h, "</td>");
    open_cell(h, "number", "vs last year", "前年比");
    cyn_html_change(h, m->metric, p->last_year, p->value);
    cyn_html_raw(h, "</td>");
    open_cell(h, "number", "target", "目標");
    cyn_html_target(h, p);
    cyn_html_raw(h, "</td><td class=\"judged\">");
    cyn_html_status(h, p->status);
    cyn_html_raw(h, "</td><td class=\"trend\">");
    cyn_html_sparkline(h, m);
    cyn_html_raw(h, "</td></tr>\n");
}

static void put_columns(cyn_html *h)
{
    cyn_html_raw(h, "<thead><tr>");
    cyn_html_column(h, "name", "Metric", "指標");
    cyn_html_column(h, "number value", "Value", "値");
    cyn_html_column(h, "number", "vs previous", "前期比");
    cyn_html_column(h, "number", "vs last year", "前年比");
    cyn_html_column(h, "number", "Target", "目標");
    cyn_html_column(h, "judged", "Status", "判定");
    cyn_html_column(h, "trend", "Trend", "推移");
    cyn_html_raw(h, "</tr></thead>\n");
}

static void put_group(cyn_html *h, const group *g)
{
    const cyn_page_data *d = h->data;
    size_t n = 0;
    for (size_t i = 0; i < d->nmetrics; i++) {
        if (!is_in(&d->metrics[i], g)) continue;
        if (n++ == 0) {
            cyn_buf_printf(h->out, "<section class=\"layer\" aria-labelledby=\"%s\">\n", g->id);
            cyn_html_open_heading(h, 2, g->id);
            cyn_buf_printf(h->out, "%s <small>%s</small>", cyn_html_words(h, g->en, g->ja),
                           cyn_html_words(h, g->en_about, g->ja_about));
            cyn_html_close_heading(h, 2);
            cyn_buf_printf(h->out, "<table class=\"metrics\" aria-labelledby=\"%s\">", g->id);
            put_columns(h);
            cyn_html_raw(h, "<tbody>\n");
        }
        put_metric(h, &d->metrics[i]);
    }
    if (n) cyn_html_raw(h, "</tbody></table>\n</section>\n");
}

/* ---- the page ---- */

/* Shown by the script alone, which does what it says. */
static void put_filter(cyn_html *h)
{
    cyn_buf_printf(h->out,
                   "<div class=\"filter\" hidden><label for=\"filter\">%s</label> <input "
                   "id=\"filter\" type=\"search\" autocomplete=\"off\"> <span class=\"found\" "
                   "role=\"status\"></span></div>\n",
                   cyn_html_words(h, "Filter", "絞り込み"));
}

void cyn_html_overview(cyn_html *h)
{
    const cyn_page_data *d = h->data;
    cyn_html_raw(h, "<div class=\"title\">\n");
    cyn_html_heading(h, 1, "overview", h->site->name);
    if (h->site->description) cyn_html_element(h, "p", "lead", h->site->description);
    cyn_html_raw(h, "</div>\n");
    cyn_html_firing(h);
    for (size_t i = 0; i < d->nmetrics; i++)
        if (d->metrics[i].metric->sheet.role == CYN_NSM) put_hero(h, &d->metrics[i]);
    if (d->nmetrics > 1) put_filter(h);
    for (size_t i = 0; i < GROUPS; i++)
        put_group(h, &groups[i]);
    if (d->nmetrics == 0)
        cyn_html_element(h, "p", "none",
                         cyn_html_words(h, "The project has no metrics yet.",
                                        "プロジェクトにはまだ指標がありません。"));
}

cyn_code cyn_page_overview(const cyn_page_site *site, const cyn_page_data *data, cyn_buf *out,
                           cyn_err *err)
{
    return cyn_html_page(site, data, CYN_PAGE_OVERVIEW, "Overview", "概要", cyn_html_overview, out,
                         err);
}
