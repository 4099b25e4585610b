/* Plain text: what standard output and the plain part of an e-mail show. */
#include "base/text.h"
#include "notify/message_impl.h"
#include <string.h>

#define ALERTS_SHOWN    100
#define TEXT_CHARACTERS 10000

/* Lines, each indented. */
static void put_indented(const char *text, cyn_buf *out)
{
    cyn_buf clean = {0};
    cyn_put_lines(text, TEXT_CHARACTERS, &clean);
    for (const char *line = clean.data ? clean.data : ""; *line;) {
        size_t n = strcspn(line, "\n");
        if (n) cyn_buf_puts(out, "  ");
        cyn_buf_add(out, line, n);
        cyn_buf_putc(out, '\n');
        line += n + (line[n] == '\n');
    }
    out->failed = out->failed || clean.failed;
    cyn_buf_clear(&clean);
}

/* "  Value    31.2 %", all values in one column whatever the language. */
static void put_facts(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    size_t widest = 0;
    cyn_buf cell = {0};
    for (int fact = 0; fact < CYN_FACTS; fact++) {
        const char *name = cyn_fact_name(s, (cyn_fact)fact);
        size_t width = cyn_width(name, strlen(name));
        if (width > widest) widest = width;
    }
    for (int fact = 0; fact < CYN_FACTS; fact++) {
        const char *name = cyn_fact_name(s, (cyn_fact)fact);
        cyn_buf_reset(&cell);
        if (!cyn_put_fact(s, n, (cyn_fact)fact, &cell)) continue;
        cyn_buf_printf(out, "  %s", name);
        cyn_buf_repeat(out, " ", widest + 2 - cyn_width(name, strlen(name)));
        cyn_buf_printf(out, "%s\n", cell.data ? cell.data : "");
    }
    out->failed = out->failed || cell.failed;
    cyn_buf_clear(&cell);
}

static void put_alert(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_buf_putc(out, '\n');
    cyn_put_news(s, n, out);
    cyn_buf_putc(out, '\n');
    if (n->summary) put_indented(n->summary, out);
    if (n->description) put_indented(n->description, out);
    put_facts(s, n, out);
}

void cyn_put_text(const cyn_saying *s, cyn_buf *out)
{
    const cyn_message *m = s->m;
    size_t shown = m->nnotices < ALERTS_SHOWN ? m->nnotices : ALERTS_SHOWN;
    cyn_put_line(s->look->project, 60, out);
    cyn_buf_puts(out, cyn_say(s, " · ", "："));
    cyn_put_time(s, m->at, out);
    cyn_buf_putc(out, '\n');
    if (m->nnotices != 1) {
        cyn_put_headline(s, out);
        cyn_buf_putc(out, '\n');
    }
    for (size_t i = 0; i < shown; i++)
        put_alert(s, &m->notices[i], out);
    if (m->nnotices > shown) {
        cyn_buf_putc(out, '\n');
        cyn_put_rest(s, m->nnotices - shown, out);
        cyn_buf_putc(out, '\n');
    }
    cyn_buf_putc(out, '\n');
}
