/* The daemon's health: facts about itself, and what is wrong with the project. */
#include "page/page_impl.h"

static void put_facts(cyn_html *h, const cyn_page_fact *facts, size_t n)
{
    static const cyn_alert_health looks[] = {
        [CYN_FACT_GOOD] = CYN_HEALTH_OK, [CYN_FACT_BAD] = CYN_HEALTH_ERROR};
    cyn_html_raw(h, "<dl class=\"sheet\">\n");
    for (size_t i = 0; i < n; i++) {
        cyn_html_element(h, "dt", NULL, facts[i].name);
        cyn_html_raw(h, "<dd>");
        if (facts[i].kind != CYN_FACT_PLAIN) {
            cyn_html_look(h, facts[i].kind == CYN_FACT_GOOD ? "green" : "red",
                          cyn_look_of_health(looks[facts[i].kind]));
            cyn_html_raw(h, " ");
        }
        cyn_html_text(h, facts[i].value);
        cyn_html_raw(h, "</dd>\n");
    }
    cyn_html_raw(h, "</dl>\n");
}

/* "metrics/aha.lua:12:3", as far as it is known. */
static void put_place(cyn_html *h, const cyn_err *e)
{
    if (!e->file[0]) return;
    cyn_html_raw(h, "<code>");
    cyn_html_text(h, e->file);
    if (e->line) cyn_buf_printf(h->out, ":%d", e->line);
    if (e->line && e->column) cyn_buf_printf(h->out, ":%d", e->column);
    cyn_html_raw(h, "</code> ");
}

static void put_findings(cyn_html *h)
{
    const cyn_page_data *d = h->data;
    if (!d->nfindings) return;
    cyn_html_section(h, "findings", "findings", cyn_html_words(h, "Findings", "指摘"));
    cyn_html_raw(h, "<ul>\n");
    for (size_t i = 0; i < d->nfindings; i++) {
        cyn_html_raw(h, "<li>");
        put_place(h, &d->findings[i]);
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
    cyn_html_raw(&h, "</div>\n");
    cyn_html_section(&h, NULL, "daemon", cyn_html_words(&h, "The daemon", "デーモン"));
    put_facts(&h, facts, nfacts);
    cyn_html_raw(&h, "</section>\n");
    put_findings(&h);
    cyn_html_tail(&h);
    return cyn_html_close(&h, err);
}
