/* The HTML part of a mail: an alert is a box in the colour of its severity. No style sheet, no
 * picture, no script: mail programs remove them. */
#include "notify/mail_impl.h"
#include <string.h>

#define ALERTS_SHOWN    100
#define TEXT_CHARACTERS 10000

static void put_html(const char *text, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        switch (text[i]) {
        case '&': cyn_buf_puts(out, "&amp;"); break;
        case '<': cyn_buf_puts(out, "&lt;"); break;
        case '>': cyn_buf_puts(out, "&gt;"); break;
        case '"': cyn_buf_puts(out, "&quot;"); break;
        case '\n': cyn_buf_puts(out, "<br>\n"); break;
        default: cyn_buf_putc(out, text[i]);
        }
    }
}

static void put_paragraph(const char *text, cyn_buf *out)
{
    cyn_buf clean = {0};
    if (!text || !*text) return;
    cyn_put_lines(text, TEXT_CHARACTERS, &clean);
    cyn_buf_puts(out, "<p style=\"margin:4px 0\">");
    put_html(clean.data ? clean.data : "", clean.len, out);
    cyn_buf_puts(out, "</p>\n");
    out->failed = out->failed || clean.failed;
    cyn_buf_clear(&clean);
}

/* A runbook that is an address can be clicked. */
static void put_fact_html(cyn_fact fact, const cyn_buf *cell, cyn_buf *out)
{
    const char *text = cell->data ? cell->data : "";
    bool link = fact == CYN_FACT_RUNBOOK &&
                (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0);
    if (link) {
        cyn_buf_puts(out, "<a href=\"");
        put_html(text, cell->len, out);
        cyn_buf_puts(out, "\">");
    }
    put_html(text, cell->len, out);
    if (link) cyn_buf_puts(out, "</a>");
}

static void put_facts_html(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_buf cell = {0};
    cyn_buf_puts(out, "<table style=\"border-collapse:collapse\">\n");
    for (int fact = 0; fact < CYN_FACTS; fact++) {
        cyn_buf_reset(&cell);
        if (!cyn_put_fact(s, n, (cyn_fact)fact, &cell)) continue;
        cyn_buf_printf(out,
                       "<tr><td style=\"color:#616161;padding:0 12px 0 0\">%s</td>"
                       "<td style=\"padding:0\">",
                       cyn_fact_name(s, (cyn_fact)fact));
        put_fact_html((cyn_fact)fact, &cell, out);
        cyn_buf_puts(out, "</td></tr>\n");
    }
    cyn_buf_puts(out, "</table>\n");
    out->failed = out->failed || cell.failed;
    cyn_buf_clear(&cell);
}

static void put_alert_html(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_buf news = {0};
    cyn_put_news(s, n, &news);
    cyn_buf_printf(out,
                   "<div style=\"border-left:4px solid %s;padding:0 0 0 12px;"
                   "margin:0 0 20px\">\n<p style=\"margin:4px 0\"><b>",
                   cyn_colour_of(n));
    put_html(news.data ? news.data : "", news.len, out);
    cyn_buf_puts(out, "</b></p>\n");
    put_paragraph(n->summary, out);
    put_paragraph(n->description, out);
    put_facts_html(s, n, out);
    cyn_buf_puts(out, "</div>\n");
    out->failed = out->failed || news.failed;
    cyn_buf_clear(&news);
}

void cyn_put_page(const cyn_saying *s, cyn_buf *out)
{
    const cyn_message *m = s->m;
    size_t shown = m->nnotices < ALERTS_SHOWN ? m->nnotices : ALERTS_SHOWN;
    cyn_buf_printf(out,
                   "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"></head>\n"
                   "<body style=\"font-family:sans-serif\">\n",
                   s->ja ? "ja" : "en");
    if (m->nnotices != 1) {
        cyn_buf headline = {0};
        cyn_put_headline(s, &headline);
        put_paragraph(headline.data, out);
        cyn_buf_clear(&headline);
    }
    for (size_t i = 0; i < shown; i++)
        put_alert_html(s, &m->notices[i], out);
    if (m->nnotices > shown) {
        cyn_buf_puts(out, "<p>");
        cyn_put_rest(s, m->nnotices - shown, out);
        cyn_buf_puts(out, "</p>\n");
    }
    cyn_buf_puts(out, "</body>\n</html>\n");
}
