/* Slack's incoming webhooks: a line of text, which is what a notification on a phone shows, and an
 * attachment in the colour of its severity for each alert. Attachments hold blocks, which Slack
 * draws; `fallback` is for those who know attachments without blocks.
 *
 * Slack refuses a message with more than 50 blocks or a text of more than 3000 characters, so that
 * much is cut here, with a word on how much was left out. */
#include "notify/message_impl.h"
#include <string.h>

#define ALERTS_SHOWN    20 /* of two blocks each, and one block for the rest */
#define TEXT_CHARACTERS 3000
#define NEWS_CELLS      200
#define FACT_CHARACTERS 300

/* Slack's own escape of a character that begins a link, a mention or an entity; NULL: none. */
static const char *escape_of(char c)
{
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
}

/* A JSON string with Slack's escapes, cut so that no escape and no character is cut. The text is
 * valid UTF-8. */
static void put_escaped(const cyn_buf *text, cyn_buf *out)
{
    cyn_buf escaped = {0};
    size_t used = 0;
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];
        const char *escape = escape_of((char)c);
        bool continues = (c & 0xC0) == 0x80;
        used += escape ? strlen(escape) : continues ? 0 : c >= 0xF0 ? 2 : 1;
        if (used >= TEXT_CHARACTERS && !continues) {
            cyn_buf_puts(&escaped, "…");
            break;
        }
        if (escape)
            cyn_buf_puts(&escaped, escape);
        else
            cyn_buf_putc(&escaped, (char)c);
    }
    cyn_buf_json_string(out, escaped.data ? escaped.data : "", escaped.len);
    out->failed = out->failed || escaped.failed || text->failed;
    cyn_buf_clear(&escaped);
}

/* A title in bold; what stands in it cannot end the bold. */
static void put_bold(const cyn_buf *title, cyn_buf *out)
{
    cyn_buf_putc(out, '*');
    size_t from = out->len;
    cyn_put_line(title->data ? title->data : "", NEWS_CELLS, out);
    for (size_t i = from; i < out->len; i++)
        if (out->data[i] == '*') out->data[i] = '.';
    cyn_buf_putc(out, '*');
}

static void put_section(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_buf news = {0}, text = {0};
    cyn_put_news(s, n, &news);
    put_bold(&news, &text);
    const char *const more[] = {n->summary, n->description};
    for (size_t i = 0; i < 2; i++) {
        if (!more[i] || !*more[i]) continue;
        cyn_buf_putc(&text, '\n');
        cyn_put_lines(more[i], TEXT_CHARACTERS, &text);
    }
    cyn_buf_puts(out, "{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":");
    put_escaped(&text, out);
    cyn_buf_puts(out, "}}");
    out->failed = out->failed || news.failed;
    cyn_buf_clear(&news);
    cyn_buf_clear(&text);
}

/* Facts side by side, in small print; plain text, in which nothing has a meaning. */
static void put_context(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_buf cell = {0};
    const char *separator = "";
    for (int fact = 0; fact < CYN_FACTS; fact++) {
        cyn_buf_reset(&cell);
        if (!cyn_put_fact(s, n, (cyn_fact)fact, &cell)) continue;
        cyn_buf text = {0};
        cyn_buf_printf(&text, "%s: ", cyn_fact_name(s, (cyn_fact)fact));
        cyn_put_lines(cell.data ? cell.data : "", FACT_CHARACTERS, &text);
        cyn_buf_puts(out, *separator ? separator : ",{\"type\":\"context\",\"elements\":[");
        cyn_buf_puts(out, "{\"type\":\"plain_text\",\"emoji\":false,\"text\":");
        cyn_buf_json_string(out, text.data ? text.data : "", text.len);
        cyn_buf_putc(out, '}');
        separator = ",";
        out->failed = out->failed || text.failed;
        cyn_buf_clear(&text);
    }
    if (*separator) cyn_buf_puts(out, "]}");
    out->failed = out->failed || cell.failed;
    cyn_buf_clear(&cell);
}

static void put_attachment(const cyn_saying *s, const cyn_notice *n, cyn_buf *out)
{
    cyn_buf news = {0};
    cyn_put_news(s, n, &news);
    cyn_buf_printf(out, "{\"color\":\"%s\",\"fallback\":", cyn_colour_of(n));
    put_escaped(&news, out);
    cyn_buf_puts(out, ",\"blocks\":[");
    put_section(s, n, out);
    put_context(s, n, out);
    cyn_buf_puts(out, "]}");
    cyn_buf_clear(&news);
}

static void put_rest(const cyn_saying *s, size_t rest, cyn_buf *out)
{
    cyn_buf text = {0};
    cyn_put_rest(s, rest, &text);
    cyn_buf_puts(out, ",{\"color\":\"#9e9e9e\",\"fallback\":");
    put_escaped(&text, out);
    cyn_buf_puts(out, ",\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"plain_text\","
                      "\"text\":");
    put_escaped(&text, out);
    cyn_buf_puts(out, "}}]}");
    cyn_buf_clear(&text);
}

void cyn_put_slack(const cyn_saying *s, cyn_buf *out)
{
    const cyn_message *m = s->m;
    size_t shown = m->nnotices < ALERTS_SHOWN ? m->nnotices : ALERTS_SHOWN;
    cyn_buf headline = {0};
    cyn_put_line(s->look->project, 60, &headline);
    cyn_buf_puts(&headline, cyn_say(s, " · ", "："));
    cyn_put_headline(s, &headline);
    cyn_buf_puts(out, "{\"text\":");
    put_escaped(&headline, out);
    cyn_buf_puts(out, ",\"attachments\":[");
    for (size_t i = 0; i < shown; i++) {
        if (i) cyn_buf_putc(out, ',');
        put_attachment(s, &m->notices[i], out);
    }
    if (m->nnotices > shown) put_rest(s, m->nnotices - shown, out);
    cyn_buf_puts(out, "]}");
    cyn_buf_clear(&headline);
}
