/* The page of one metric: how it stands, its chart, its segments, and what it means. */
#include "page/page_impl.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- segments ---- */

static void put_keys(cyn_html *h, const cyn_point *p)
{
    for (size_t i = 0; i < p->nkeys; i++) {
        if (i) cyn_buf_puts(&h->text, ", ");
        if (p->keys[i].kind == CYN_CONST_NIL)
            cyn_buf_puts(&h->text, cyn_html_words(h, "(none)", "（なし）"));
        else
            cyn_put_key(&p->keys[i], &h->text);
    }
    if (!cyn_html_take(h)) cyn_html_say(h, "(empty)", "（空）");
}

/* A bar as long as the segment's share, for the eye; the number stands beside it. */
static void put_share(cyn_html *h, const cyn_point *p, cyn_num whole)
{
    double share = cyn_num_double(p->value) / cyn_num_double(whole);
    cyn_html_raw(h, "<td class=\"number share\">");
    if (p->of_part && isfinite(share) && share >= 0 && share <= 1) {
        cyn_html_raw(h, "<svg class=\"bar\" width=\"100%\" height=\"6\" aria-hidden=\"true\"><rect "
                        "height=\"6\" rx=\"3\" width=\"");
        cyn_buf_real(h->out, round(share * 1000) / 10);
        cyn_html_raw(h, "%\"/></svg>");
        cyn_format_value(cyn_num_real(share), "%", h->site->language, &h->text);
        cyn_html_take(h);
    } else {
        cyn_html_raw(h, "–");
    }
    cyn_html_raw(h, "</td>");
}

static void put_segment(cyn_html *h, const cyn_page_metric *m, const cyn_point *p)
{
    cyn_html_raw(h, "<tr><th scope=\"row\">");
    put_keys(h, p);
    cyn_html_raw(h, "</th><td class=\"number\">");
    cyn_html_point(h, p);
    cyn_html_raw(h, "</td>");
    put_share(h, p, cyn_html_ended(m).value);
    cyn_html_raw(h, "<td class=\"number\">");
    cyn_html_change(h, p->metric, p->previous, p->value);
    cyn_html_raw(h, "</td><td class=\"number\">");
    cyn_html_change(h, p->metric, p->last_year, p->value);
    cyn_html_raw(h, "</td><td>");
    cyn_html_status(h, p->status);
    cyn_html_raw(h, "</td></tr>\n");
}

static const char *dimension_of(const cyn_point *p)
{
    return p->nkeys ? p->dims[0] : "";
}

/* One dimension after the other, each a table of its own. */
static void put_segments(cyn_html *h, const cyn_page_metric *m)
{
    const char *dimension = NULL;
    for (size_t i = 0; i < m->nsegments; i++) {
        const cyn_point *p = &m->segments[i];
        if (!dimension || strcmp(dimension, dimension_of(p)) != 0) {
            char id[24];
            if (dimension) cyn_html_close_table(h);
            dimension = dimension_of(p);
            snprintf(id, sizeof id, "by-%d", ++h->ids);
            cyn_buf title = {0};
            cyn_buf_printf(&title, h->ja ? "%s別" : "By %s", dimension);
            const char *words = title.data ? title.data : "";
            cyn_html_open_table(h, id, words, words);
            if (title.failed) h->out->failed = true;
            cyn_buf_clear(&title);
            cyn_html_column(h, NULL, "Segment", "区分");
            cyn_html_column(h, "number", "Value", "値");
            cyn_html_column(h, "number", "Share", "構成比");
            cyn_html_column(h, "number", "vs previous", "前期比");
            cyn_html_column(h, "number", "vs last year", "前年比");
            cyn_html_column(h, NULL, "Status", "判定");
            cyn_html_raw(h, "</tr></thead><tbody>\n");
        }
        put_segment(h, m, p);
    }
    if (dimension) cyn_html_close_table(h);
}

/* ---- what it is made of, and what stands on it ---- */

static void put_names(cyn_html *h, const char *en, const char *ja, const char *const *names,
                      size_t n)
{
    if (!n) return;
    cyn_buf_printf(h->out, "<dt>%s</dt><dd><ul class=\"inline\">", cyn_html_words(h, en, ja));
    for (size_t i = 0; i < n; i++) {
        cyn_html_raw(h, "<li>");
        cyn_html_link_metric(h, names[i]);
        cyn_html_raw(h, "</li>");
    }
    cyn_html_raw(h, "</ul></dd>\n");
}

static bool has_tree(const cyn_html *h, const char *name)
{
    for (size_t i = 0; h->data && i < h->data->ntrees; i++) {
        const cyn_tree_item *root = &h->data->trees[i]->items[0];
        if (root->node && !strcmp(root->node->metric->name, name)) return true;
    }
    return false;
}

/* ---- the definition sheet ---- */

static void put_entry(cyn_html *h, const char *en, const char *ja, const char *text)
{
    if (!text || !*text) return;
    cyn_buf_printf(h->out, "<dt>%s</dt>", cyn_html_words(h, en, ja));
    cyn_html_element(h, "dd", NULL, text);
    cyn_html_raw(h, "\n");
}

static const char *role_words(const cyn_html *h, cyn_role r)
{
    static const char *const en[] = {"", "North Star Metric", "KGI", "KPI", "guardrail"};
    static const char *const ja[] = {"", "北極星指標（NSM）", "KGI", "KPI", "ガードレール"};
    return cyn_html_words(h, en[r], ja[r]);
}

static const char *layer_words(const cyn_html *h, cyn_layer l)
{
    static const char *const en[] = {"", "leading", "coincident", "lagging"};
    static const char *const ja[] = {"", "先行指標", "一致指標", "遅行指標"};
    return cyn_html_words(h, en[l], ja[l]);
}

static const char *lens_words(const cyn_html *h, cyn_lens l)
{
    static const char *const en[] = {"", "breadth", "depth", "frequency", "efficiency"};
    static const char *const ja[] = {"", "広さ", "深さ", "頻度", "効率"};
    return cyn_html_words(h, en[l], ja[l]);
}

static const char *direction_words(const cyn_html *h, cyn_direction d)
{
    static const char *const en[] = {"", "up is good", "down is good", "within a range is good"};
    static const char *const ja[] = {"", "高いほど良い", "低いほど良い", "範囲内が良い"};
    return cyn_html_words(h, en[d], ja[d]);
}

static void compose_written(cyn_html *h, double x, const char *unit)
{
    cyn_format_value(cyn_written_num(x), unit, h->site->language, &h->text);
}

static void compose_date(cyn_html *h, int64_t days)
{
    char date[32];
    cyn_format_date(days, date, sizeof date);
    cyn_buf_puts(&h->text, date);
}

static void put_composed(cyn_html *h, const char *en, const char *ja)
{
    cyn_buf_printf(h->out, "<dt>%s</dt><dd>", cyn_html_words(h, en, ja));
    cyn_html_take(h);
    cyn_html_raw(h, "</dd>\n");
}

/* "40.0 % by 2026-12-31", "≥ 35.0 %" */
static void put_goal(cyn_html *h, const cyn_sheet *s)
{
    if (!s->has_target) return;
    if (!isnan(s->target_from)) {
        compose_written(h, s->target_from, s->unit);
        cyn_buf_puts(&h->text, " → ");
    }
    compose_written(h, s->target, s->unit);
    if (s->has_target_by) {
        cyn_buf_puts(&h->text, cyn_html_words(h, " by ", "（"));
        compose_date(h, s->target_by);
        cyn_buf_puts(&h->text, cyn_html_words(h, "", "まで）"));
    }
    put_composed(h, "target", "目標");
}

static void put_bound(cyn_html *h, const cyn_sheet *s, const cyn_bound *b, cyn_status status)
{
    if (!b->set) return;
    if (s->direction == CYN_RANGE && b->two) {
        compose_written(h, b->lo, s->unit);
        cyn_buf_puts(&h->text, " … ");
        compose_written(h, b->hi, s->unit);
    } else {
        cyn_buf_puts(&h->text, s->direction == CYN_DOWN ? "≤ " : "≥ ");
        compose_written(h, b->lo, s->unit);
    }
    const cyn_status_look *l = &cyn_status_looks[status];
    put_composed(h, l->en, l->ja);
}

static void put_numbers(cyn_html *h, const cyn_sheet *s)
{
    put_goal(h, s);
    put_bound(h, s, &s->green, CYN_GREEN);
    put_bound(h, s, &s->yellow, CYN_YELLOW);
    if (s->has_market) {
        compose_written(h, s->market, s->unit);
        put_composed(h, "market", "市場");
    }
    if (s->has_grain) {
        char grain[16];
        cyn_grain_words(s->grain, h->site->language, grain);
        put_entry(h, "looked at by", "見る単位", grain);
    }
    if (s->has_review) {
        compose_date(h, s->review);
        put_composed(h, "next review", "次の見直し");
    }
}

static void put_sheet(cyn_html *h, const cyn_page_metric *m)
{
    const cyn_sheet *s = &m->metric->sheet;
    char id[24];
    snprintf(id, sizeof id, "sheet-%d", ++h->ids);
    cyn_html_section(h, "sheet", id, cyn_html_words(h, "Definition", "定義"));
    cyn_html_raw(h, "<dl class=\"sheet\">\n");
    put_entry(h, "why", "目的", s->why);
    put_entry(h, "formula", "計算式", s->formula_text);
    put_entry(h, "numerator", "分子", s->numerator_text);
    put_entry(h, "denominator", "分母", s->denominator_text);
    put_entry(h, "source", "データ元", s->source_text);
    put_entry(h, "role", "役割", role_words(h, s->role));
    put_entry(h, "layer", "層", layer_words(h, s->layer));
    put_entry(h, "lens", "観点", lens_words(h, s->lens));
    put_entry(h, "direction", "向き", direction_words(h, s->direction));
    put_entry(h, "unit", "単位", s->unit);
    put_numbers(h, s);
    put_entry(h, "owner", "担当", s->owner);
    put_names(h, "made of", "構成要素", m->parts, m->nparts);
    put_names(h, "part of", "上位の指標", m->parents, m->nparents);
    if (has_tree(h, m->metric->name)) {
        cyn_buf_printf(h->out, "<dt>%s</dt><dd>", cyn_html_words(h, "tree", "ツリー"));
        cyn_html_link(h, CYN_PAGE_TREE, m->metric->name,
                      cyn_html_words(h, "What moved it", "変化の内訳"));
        cyn_html_raw(h, "</dd>\n");
    }
    put_entry(h, "computed as", "実際の計算", m->formula);
    put_entry(h, "name", "名前", m->metric->name);
    cyn_html_raw(h, "</dl>\n</section>\n");
}

/* ---- restatements ---- */

static void put_restatement(cyn_html *h, const cyn_page_metric *m, const cyn_page_restated *r)
{
    cyn_html_raw(h, "<tr><th scope=\"row\">");
    cyn_html_text(h, r->period);
    if (r->periods > 1) {
        cyn_html_raw(h, " – ");
        cyn_html_text(h, r->until);
        cyn_html_raw(h, "</th><td class=\"number\"></td><td class=\"number\"></td>"
                        "<td class=\"number\"></td><td>");
    } else {
        cyn_html_raw(h, "</th><td class=\"number\">");
        cyn_html_value(h, r->before, m->metric->sheet.unit);
        cyn_html_raw(h, "</td><td class=\"number\">");
        cyn_html_value(h, r->after, m->metric->sheet.unit);
        cyn_html_raw(h, "</td><td class=\"number\">");
        cyn_html_change(h, m->metric, r->before, r->after);
        cyn_html_raw(h, "</td><td>");
    }
    cyn_html_moment(h, r->at);
    cyn_html_raw(h, "</td><td>");
    if (r->redefined)
        cyn_html_say(h, "its definition changed", "定義が変わった");
    else
        cyn_html_say(h, "its data changed", "データが変わった");
    if (r->periods > 1)
        cyn_buf_printf(h->out, h->ja ? "（%zu期間）" : " (%zu periods)", r->periods);
    cyn_html_raw(h, "</td></tr>\n");
}

static void put_rest(cyn_html *h, const cyn_page_metric *m)
{
    cyn_html_raw(h, "<tr><th scope=\"row\" colspan=\"6\">");
    cyn_buf_printf(h->out, h->ja ? "新しい順に%zu件（全%zu件）" : "the newest %zu of %zu",
                   m->nrestated, m->all_restated);
    cyn_html_raw(h, "</th></tr>\n");
}

static void put_restatements(cyn_html *h, const cyn_page_metric *m)
{
    char id[24];
    if (!m->nrestated) return;
    snprintf(id, sizeof id, "restated-%d", ++h->ids);
    cyn_html_open_table(h, id, "Restated", "あとから改まった値");
    cyn_html_column(h, NULL, "Period", "期間");
    cyn_html_column(h, "number", "Was", "前の値");
    cyn_html_column(h, "number", "Is", "今の値");
    cyn_html_column(h, "number", "Change", "変化");
    cyn_html_column(h, NULL, "When", "日時");
    cyn_html_column(h, NULL, "Why", "理由");
    cyn_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < m->nrestated; i++)
        put_restatement(h, m, &m->restated[i]);
    if (m->all_restated > m->nrestated) put_rest(h, m);
    cyn_html_close_table(h);
}

/* ---- the page ---- */

void cyn_html_metric(cyn_html *h, const cyn_page_metric *m)
{
    const cyn_metric *metric = m->metric;
    cyn_buf id = {0};
    cyn_html_raw(h, "<article class=\"metric\">\n<div class=\"title\">\n<p class=\"over\">");
    cyn_html_text(h, role_words(h, metric->sheet.role));
    if (metric->sheet.role && metric->sheet.layer) cyn_html_raw(h, " · ");
    cyn_html_text(h, layer_words(h, metric->sheet.layer));
    cyn_html_raw(h, "</p>\n");
    cyn_buf_printf(&id, "metric-%s", metric->name);
    cyn_html_heading(h, 1, id.data, cyn_html_title(h, metric));
    if (id.failed) h->out->failed = true;
    cyn_buf_clear(&id);
    cyn_html_standing(h, m);
    cyn_html_raw(h, "</div>\n");
    cyn_html_chart(h, m);
    put_segments(h, m);
    put_restatements(h, m);
    put_sheet(h, m);
    cyn_html_raw(h, "</article>\n");
}

cyn_code cyn_page_metric_of(const cyn_page_site *site, const cyn_page_data *data,
                            const cyn_page_metric *metric, cyn_buf *out, cyn_err *err)
{
    cyn_html h;
    cyn_html_open(&h, site, data, out);
    cyn_html_head(&h, CYN_PAGE_METRIC, cyn_html_title(&h, metric->metric));
    cyn_html_metric(&h, metric);
    cyn_html_tail(&h);
    return cyn_html_close(&h, err);
}
