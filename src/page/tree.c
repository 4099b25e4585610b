/* The page of a tree: its drawing, with boxes that are links, and the same as a table. */
#include "page/page_impl.h"
#include <math.h>
#include <stdio.h>

#define DRAWN 200 /* lines of a tree; of one with more a brief report has the table alone */

static void put_address(void *self, const cyn_metric *m, cyn_buf *out)
{
    cyn_html *h = self;
    (void)out; /* it is the page's own */
    if (cyn_html_find(h, m->name)) cyn_html_href(h, CYN_PAGE_METRIC, m->name);
}

static void put_effect(cyn_html *h, int effect, const char *text)
{
    cyn_html_element(h, "span", effect > 0 ? "good" : effect < 0 ? "bad" : "plain-change", text);
}

/* To the right what is more, to the left what is less. */
static void put_bar(cyn_html *h, const cyn_tree_texts *t)
{
    if (isnan(t->bar)) return;
    double size = fabs(t->bar) * 50;
    cyn_html_raw(h, "<svg class=\"both\" width=\"100%\" height=\"8\" aria-hidden=\"true\"><rect "
                    "class=\"track\" width=\"100%\" height=\"8\" rx=\"2\"/><rect class=\"");
    cyn_html_raw(h, t->effect > 0 ? "good" : t->effect < 0 ? "bad" : "quiet");
    cyn_html_raw(h, "\" height=\"8\" x=\"");
    cyn_buf_real(h->out, round((t->bar > 0 ? 50 : 50 - size) * 100) / 100);
    cyn_html_raw(h, "%\" width=\"");
    cyn_buf_real(h->out, round(size * 100) / 100);
    cyn_html_raw(h, "%\"/></svg>");
}

static void put_line(cyn_html *h, const cyn_tree_item *it, const cyn_tree_texts *t)
{
    static const char *const deep[] = {"d0", "d1", "d2", "d3", "d4", "d5", "d6"};
    size_t depth = it->depth < 6 ? it->depth : 6;
    cyn_buf_printf(h->out, "<tr><th scope=\"row\" class=\"%s\">", deep[depth]);
    cyn_html_text(h, t->signs);
    if (it->line == CYN_LINE_METRIC && it->node && cyn_html_find(h, it->node->metric->name))
        cyn_html_link(h, CYN_PAGE_METRIC, it->node->metric->name, t->name);
    else
        cyn_html_text(h, t->name);
    cyn_html_raw(h, "</th>");
    cyn_html_element(h, "td", "number", t->value);
    cyn_html_element(h, "td", "number", t->against);
    cyn_html_raw(h, "<td class=\"number\">");
    put_effect(h, t->change_effect, t->change);
    cyn_html_raw(h, "</td><td class=\"number\">");
    put_effect(h, t->effect, t->contribution);
    cyn_html_raw(h, "</td>");
    cyn_html_element(h, "td", "number", t->share);
    cyn_html_raw(h, "<td class=\"bars\">");
    put_bar(h, t);
    cyn_html_raw(h, "</td><td>");
    if (it->point) cyn_html_status(h, it->point->status);
    cyn_html_raw(h, "</td></tr>\n");
}

static void put_table(cyn_html *h, const cyn_tree_view *v, const cyn_tree_texts *texts)
{
    char id[24];
    snprintf(id, sizeof id, "lines-%d", ++h->ids);
    cyn_html_open_table(h, id, "What moved it", "変化の内訳");
    cyn_html_column(h, NULL, "Metric", "指標");
    cyn_html_column(h, "number", "Value", "値");
    cyn_html_column(h, "number", "Against", "比較");
    cyn_html_column(h, "number", "Change", "変化");
    cyn_html_column(h, "number", "Contribution", "寄与");
    cyn_html_column(h, "number", "Share", "寄与率");
    cyn_html_no_column(h, "bars");
    cyn_html_column(h, NULL, "Status", "判定");
    cyn_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < v->count; i++)
        put_line(h, &v->items[i], &texts[i]);
    cyn_html_close_table(h);
}

static cyn_code put_drawing(cyn_html *h, const cyn_tree_view *v, cyn_err *err)
{
    char id[24];
    snprintf(id, sizeof id, "tree%d", ++h->ids);
    cyn_tree_in_page page = {.href = put_address, .self = h, .id = id};
    cyn_buf_printf(h->out,
                   "<div class=\"scroll drawing\" tabindex=\"0\" role=\"region\" "
                   "aria-labelledby=\"%st\">\n",
                   id);
    CYN_TRY(cyn_report_tree_in_page(v, &h->look, &page, h->out, err));
    cyn_html_raw(h, "</div>\n");
    return CYN_OK;
}

/* What moved it most, how it was shared out, what the signs mean: a line each. */
static cyn_code put_notes(cyn_html *h, const cyn_tree_view *v, cyn_err *err)
{
    CYN_TRY(cyn_report_tree_notes(v, &h->look, &h->text, err));
    if (h->text.len == 0) return CYN_OK;
    cyn_html_raw(h, "<p class=\"notes\">");
    cyn_html_take(h);
    cyn_html_raw(h, "</p>\n");
    return CYN_OK;
}

static cyn_code put_tree(cyn_html *h, const cyn_tree_view *v, cyn_arena *arena, cyn_err *err)
{
    const cyn_tree_texts *texts = NULL;
    const char *headline = NULL;
    const cyn_metric *root = v->items[0].node ? v->items[0].node->metric : NULL;
    cyn_buf id = {0};
    CYN_TRY(cyn_report_tree_texts(v, &h->look, arena, &headline, &texts, err));
    cyn_buf_printf(&id, "tree-%s", root ? root->name : "");
    cyn_html_raw(h, "<div class=\"title\">\n");
    cyn_html_heading(h, 1, id.data, texts[0].name);
    if (id.failed) h->out->failed = true;
    cyn_buf_clear(&id);
    cyn_html_element(h, "p", "lead", headline);
    cyn_html_raw(h, "</div>\n");
    if (!h->brief || v->count <= DRAWN) CYN_TRY(put_drawing(h, v, err));
    put_table(h, v, texts);
    return put_notes(h, v, err);
}

cyn_code cyn_html_tree(cyn_html *h, const cyn_tree_view *v, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = put_tree(h, v, arena, err);
    cyn_arena_free(arena);
    return rc;
}

/* The other trees there are. */
static void put_roots(cyn_html *h, size_t here)
{
    const cyn_page_data *d = h->data;
    if (d->ntrees < 2) return;
    cyn_buf_printf(h->out, "<nav class=\"roots\" aria-label=\"%s\"><ul>\n",
                   cyn_html_words(h, "Trees", "ツリー"));
    for (size_t i = 0; i < d->ntrees; i++) {
        const cyn_tree_item *root = &d->trees[i]->items[0];
        if (!root->node) continue;
        cyn_html_raw(h, "<li><a href=\"");
        cyn_html_href(h, CYN_PAGE_TREE, root->node->metric->name);
        cyn_buf_printf(h->out, "\"%s>", i == here ? " aria-current=\"page\"" : "");
        cyn_html_text(h, cyn_html_title(h, root->node->metric));
        cyn_html_raw(h, "</a></li>\n");
    }
    cyn_html_raw(h, "</ul></nav>\n");
}

cyn_code cyn_page_tree(const cyn_page_site *site, const cyn_page_data *data, size_t tree,
                       cyn_buf *out, cyn_err *err)
{
    cyn_html h;
    cyn_html_open(&h, site, data, out);
    const cyn_tree_item *root = &data->trees[tree]->items[0];
    cyn_html_head(&h, CYN_PAGE_TREE, root->node ? cyn_html_title(&h, root->node->metric) : "");
    put_roots(&h, tree);
    cyn_code rc = cyn_html_tree(&h, data->trees[tree], err);
    cyn_html_tail(&h);
    cyn_code closed = cyn_html_close(&h, rc == CYN_OK ? err : NULL);
    return rc != CYN_OK ? rc : closed;
}
