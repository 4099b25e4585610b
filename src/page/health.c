/* The daemon's health: facts about itself, and what is wrong with the project. */
#include "page/page_impl.h"
#include <string.h>

#define MOST_REASONS 50 /* that are listed */
#define MOST_NAMED   10 /* of those that fail for one */

/* ---- the verdict ---- */

static size_t count_bad(const cyn_page_fact *facts, size_t n)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad += facts[i].kind == CYN_FACT_BAD;
    return bad;
}

/* Sources are among the facts. */
static bool is_failing(const cyn_agenda_item *i)
{
    return i->error && i->kind != CYN_AGENDA_SOURCE;
}

/* The next one at or after `from` that fails for this reason; NULL: for any. */
static size_t next_failing(const cyn_page_data *d, size_t from, const char *why)
{
    while (from < d->nagenda &&
           !(is_failing(&d->agenda[from]) && (!why || strcmp(d->agenda[from].error, why) == 0)))
        from++;
    return from;
}

/* Whether it is the first that fails for its reason: many of them mostly have one. */
static bool is_first(const cyn_page_data *d, size_t i)
{
    return next_failing(d, 0, d->agenda[i].error) == i;
}

static size_t count_reasons(const cyn_page_data *d)
{
    size_t reasons = 0;
    for (size_t i = next_failing(d, 0, NULL); i < d->nagenda; i = next_failing(d, i + 1, NULL))
        reasons += is_first(d, i);
    return reasons;
}

/* Whether somebody has to do something, before anything else. */
static void put_verdict(cyn_html *h, size_t things)
{
    cyn_buf_printf(h->out, "<p class=\"verdict %s\"><span aria-hidden=\"true\">%s</span> ",
                   things ? "bad" : "good", things ? "✗" : "✓");
    if (!things)
        cyn_html_say(h, "All is well", "すべて正常です");
    else if (h->ja)
        cyn_buf_printf(h->out, "%zu件の対応が必要です", things);
    else
        cyn_buf_printf(h->out, "%zu %s somebody", things,
                       things == 1 ? "thing needs" : "things need");
    cyn_html_raw(h, "</p>\n");
}

/* ---- facts ---- */

static void put_fact(cyn_html *h, const cyn_page_fact *fact)
{
    cyn_html_element(h, "dt", NULL, fact->name);
    cyn_html_raw(h, "<dd>");
    if (fact->kind == CYN_FACT_BAD) {
        cyn_html_look(h, "red", cyn_look_of_health(CYN_HEALTH_ERROR));
        cyn_html_raw(h, " ");
    } else if (fact->kind == CYN_FACT_GOOD) {
        cyn_buf_printf(h->out,
                       "<span class=\"good\"><span aria-hidden=\"true\">✓</span><span "
                       "class=\"unseen\">%s</span></span> ",
                       cyn_html_words(h, "ok:", "正常："));
    }
    cyn_html_text(h, fact->value);
    cyn_html_raw(h, "</dd>\n");
}

/* What is wrong goes first. */
static void put_facts(cyn_html *h, const cyn_page_fact *facts, size_t n)
{
    cyn_html_raw(h, "<dl class=\"sheet card\">\n");
    for (size_t i = 0; i < n; i++)
        if (facts[i].kind == CYN_FACT_BAD) put_fact(h, &facts[i]);
    for (size_t i = 0; i < n; i++)
        if (facts[i].kind != CYN_FACT_BAD) put_fact(h, &facts[i]);
    cyn_html_raw(h, "</dl>\n");
}

/* ---- what fails ---- */

static void put_failing_name(cyn_html *h, const cyn_agenda_item *i)
{
    if (i->kind == CYN_AGENDA_METRIC)
        cyn_html_link_metric(h, i->name);
    else
        cyn_html_text(h, i->title ? i->title : i->name);
}

/* A reason, and what fails for it. */
static void put_reason(cyn_html *h, size_t first)
{
    const cyn_page_data *d = h->data;
    const char *why = d->agenda[first].error;
    size_t all = 0;
    int64_t last = CYN_TIME_MIN;
    cyn_html_raw(h, "<tr><td>");
    cyn_html_text(h, why);
    cyn_html_raw(h, "</td><td><ul class=\"inline\">");
    for (size_t i = first; i < d->nagenda; i = next_failing(d, i + 1, why)) {
        if (d->agenda[i].last > last) last = d->agenda[i].last;
        if (++all > MOST_NAMED) continue;
        cyn_html_raw(h, "<li>");
        put_failing_name(h, &d->agenda[i]);
        cyn_html_raw(h, "</li>");
    }
    if (all > MOST_NAMED)
        cyn_buf_printf(h->out, h->ja ? "<li>ほか%zu件</li>" : "<li>and %zu more</li>",
                       all - MOST_NAMED);
    cyn_html_raw(h, "</ul></td><td>");
    cyn_html_moment(h, last);
    cyn_html_raw(h, "</td></tr>\n");
}

static void put_failing(cyn_html *h, size_t reasons)
{
    const cyn_page_data *d = h->data;
    size_t shown = 0;
    if (!reasons) return;
    cyn_html_open_table(h, "failing", "What fails", "失敗しているもの");
    cyn_html_column(h, NULL, "Why", "理由");
    cyn_html_column(h, NULL, "What", "対象");
    cyn_html_column(h, NULL, "Last", "前回");
    cyn_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = next_failing(d, 0, NULL); i < d->nagenda && shown < MOST_REASONS;
         i = next_failing(d, i + 1, NULL)) {
        if (!is_first(d, i)) continue;
        put_reason(h, i);
        shown++;
    }
    cyn_html_close_table(h);
}

static void put_findings(cyn_html *h)
{
    const cyn_page_data *d = h->data;
    if (!d->nfindings) return;
    cyn_html_section(h, "findings", "findings", cyn_html_words(h, "Findings", "指摘"));
    cyn_html_raw(h, "<ul>\n");
    for (size_t i = 0; i < d->nfindings; i++) {
        cyn_html_raw(h, "<li>");
        cyn_html_place(h, &d->findings[i]);
        cyn_html_text(h, d->findings[i].message);
        if (d->findings[i].hint[0]) cyn_html_element(h, "p", "ago", d->findings[i].hint);
        cyn_html_raw(h, "</li>\n");
    }
    cyn_html_raw(h, "</ul>\n</section>\n");
}

cyn_code cyn_page_health(const cyn_page_site *site, const cyn_page_data *data,
                         const cyn_page_fact *facts, size_t nfacts, cyn_buf *out, cyn_err *err)
{
    cyn_html h;
    cyn_html_open(&h, site, data, out);
    cyn_html_head(&h, CYN_PAGE_HEALTH, cyn_html_words(&h, "Health", "稼働状況"));
    cyn_html_raw(&h, "<div class=\"title\">\n");
    cyn_html_heading(&h, 1, "health", cyn_html_words(&h, "Health", "稼働状況"));
    size_t reasons = count_reasons(data);
    put_verdict(&h, count_bad(facts, nfacts) + reasons + data->nfindings);
    cyn_html_raw(&h, "</div>\n");
    put_failing(&h, reasons);
    cyn_html_section(&h, NULL, "daemon", cyn_html_words(&h, "The daemon", "デーモン"));
    put_facts(&h, facts, nfacts);
    cyn_html_raw(&h, "</section>\n");
    put_findings(&h);
    cyn_html_tail(&h);
    return cyn_html_close(&h, err);
}
