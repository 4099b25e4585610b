/* The whole mail: headers (RFC 5322, RFC 2047), a plain and an HTML part (RFC 2046), both in
 * base64, so that no line is too long and none begins with a dot.
 *
 * The Message-ID is made of the message's key, and References of the incidents that it tells of:
 * mail programs show what belongs to an incident as one thread, whatever arrived first. */
#include "base/base64.h"
#include "base/text.h"
#include "notify/mail_impl.h"
#include "notify/message_impl.h"
#include <string.h>

#define SUBJECT_CELLS    180
#define ALERTS_SHOWN     100
#define REFERENCES_SHOWN 20

/* Headers */

/* Printable ASCII that no decoder takes for more, and not too long for a line. */
static bool is_plain(const char *text, size_t n)
{
    if (n > 60) return false;
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~' || (text[i] == '=' && i + 1 < n && text[i + 1] == '?'))
            return false;
    return true;
}

#define LINE 76

/* Bytes of whole characters whose encoded word ends before the line does. */
static size_t word_size(const char *text, size_t n, size_t column)
{
    size_t most = (LINE - column - strlen("=?UTF-8?B?") - strlen("?=")) / 4 * 3;
    if (n <= most) return n;
    n = most;
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return n;
}

void cyn_put_encoded(const char *text, size_t n, size_t column, cyn_buf *out)
{
    if (is_plain(text, n)) {
        cyn_buf_add(out, text, n);
        return;
    }
    for (const char *separator = ""; n > 0; separator = "\r\n ", column = 1) {
        size_t size = word_size(text, n, column);
        cyn_buf_printf(out, "%s=?UTF-8?B?", separator);
        cyn_base64(text, size, out);
        cyn_buf_puts(out, "?=");
        text += size;
        n -= size;
    }
}

cyn_mail_address cyn_mail_address_of(const char *text)
{
    const char *open = strchr(text, '<');
    if (!open) return (cyn_mail_address){.at = text, .nat = strlen(text)};
    cyn_mail_address a = {.name = text, .at = open + 1, .nat = strcspn(open + 1, ">")};
    a.nname = (size_t)(open - text);
    while (a.nname > 0 && a.name[a.nname - 1] == ' ')
        a.nname--;
    if (a.nname >= 2 && a.name[0] == '"' && a.name[a.nname - 1] == '"') {
        a.name++;
        a.nname -= 2;
    }
    return a;
}

static void put_quoted(const char *text, size_t n, cyn_buf *out)
{
    cyn_buf_putc(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"' || text[i] == '\\') cyn_buf_putc(out, '\\');
        cyn_buf_putc(out, text[i]);
    }
    cyn_buf_putc(out, '"');
}

static void put_address(const char *text, cyn_buf *out)
{
    cyn_mail_address a = cyn_mail_address_of(text);
    if (a.nname > 0 && is_plain(a.name, a.nname))
        put_quoted(a.name, a.nname, out);
    else if (a.nname > 0)
        cyn_put_encoded(a.name, a.nname, strlen("From: "), out);
    cyn_buf_puts(out, a.nname ? "\r\n <" : "<");
    cyn_buf_add(out, a.at, a.nat);
    cyn_buf_putc(out, '>');
}

/* "<key@example.com>"; of the key what may stand there. */
static void put_id(const char *key, const cyn_config_channel *channel, cyn_buf *out)
{
    cyn_mail_address from = cyn_mail_address_of(channel->from);
    const char *domain = memchr(from.at, '@', from.nat);
    size_t n = domain ? (size_t)(from.at + from.nat - ++domain) : 0;
    cyn_buf_putc(out, '<');
    for (; *key; key++) {
        bool allowed = (*key >= '0' && *key <= '9') || (*key >= 'a' && *key <= 'z') ||
                       (*key >= 'A' && *key <= 'Z');
        cyn_buf_putc(out, allowed ? *key : '-');
    }
    cyn_buf_putc(out, '@');
    if (domain && is_plain(domain, n))
        cyn_buf_add(out, domain, n);
    else
        cyn_buf_puts(out, "cynosure.invalid");
    cyn_buf_putc(out, '>');
}

static void put_date(const cyn_saying *s, cyn_buf *out)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    cyn_civil c = cyn_tz_civil(s->look->calendar ? s->look->calendar->tz : NULL, s->m->at);
    int weekday = cyn_weekday(cyn_days_from_civil(c.year, c.month, c.day));
    int minutes = c.offset / 60, east = minutes < 0 ? -minutes : minutes;
    cyn_buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d %c%02d%02d\r\n", days[weekday - 1],
                   c.day, months[c.month - 1], c.year, c.hour, c.minute, c.second,
                   minutes < 0 ? '-' : '+', east / 60, east % 60);
}

static bool is_told_before(const cyn_message *m, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(m->notices[j].incident, m->notices[i].incident) == 0) return true;
    return false;
}

static void put_references(const cyn_message *m, const cyn_config_channel *channel, cyn_buf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < m->nnotices && i < ALERTS_SHOWN && count < REFERENCES_SHOWN; i++) {
        if (!m->notices[i].incident[0] || is_told_before(m, i)) continue;
        cyn_buf_puts(out, count++ ? "\r\n " : "References: ");
        put_id(m->notices[i].incident, channel, out);
    }
    if (count) cyn_buf_puts(out, "\r\n");
}

static void put_subject(const cyn_saying *s, cyn_buf *out)
{
    cyn_buf whole = {0}, line = {0};
    cyn_buf_putc(&whole, '[');
    cyn_put_line(s->look->project, 40, &whole);
    cyn_buf_puts(&whole, "] ");
    cyn_put_headline(s, &whole);
    cyn_put_line(whole.data ? whole.data : "", SUBJECT_CELLS, &line);
    cyn_buf_puts(out, "Subject: ");
    cyn_put_encoded(line.data ? line.data : "", line.len, strlen("Subject: "), out);
    cyn_buf_puts(out, "\r\n");
    out->failed = out->failed || whole.failed || line.failed;
    cyn_buf_clear(&whole);
    cyn_buf_clear(&line);
}

static void put_headers(const cyn_saying *s, const cyn_config_channel *channel, cyn_buf *out)
{
    put_date(s, out);
    cyn_buf_puts(out, "From: ");
    put_address(channel->from, out);
    for (size_t i = 0; i < channel->nto; i++) {
        cyn_buf_puts(out, i ? ",\r\n " : "\r\nTo: ");
        put_address(channel->to[i], out);
    }
    cyn_buf_puts(out, "\r\n");
    put_subject(s, out);
    cyn_buf_puts(out, "Message-ID: ");
    put_id(s->m->key, channel, out);
    cyn_buf_puts(out, "\r\n");
    put_references(s->m, channel, out);
    cyn_buf_puts(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
}

/* Parts */

/* Lines as a mail has them, in base64. */
static void put_part(const char *type, const cyn_buf *text, const char *boundary, cyn_buf *out)
{
    cyn_buf lines = {0}, code = {0};
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '\n') cyn_buf_putc(&lines, '\r');
        cyn_buf_putc(&lines, text->data[i]);
    }
    cyn_base64(lines.data ? lines.data : "", lines.len, &code);
    cyn_buf_printf(out,
                   "--%s\r\nContent-Type: %s; charset=utf-8\r\n"
                   "Content-Transfer-Encoding: base64\r\n\r\n",
                   boundary, type);
    for (size_t at = 0; at < code.len; at += 76) {
        cyn_buf_add(out, code.data + at, code.len - at < 76 ? code.len - at : 76);
        cyn_buf_puts(out, "\r\n");
    }
    out->failed = out->failed || text->failed || lines.failed || code.failed;
    cyn_buf_clear(&lines);
    cyn_buf_clear(&code);
}

/* "=_" stands in no base64, so the boundary needs not be looked for in the parts. */
void cyn_put_mail(const cyn_saying *s, const cyn_config_channel *channel, cyn_buf *out)
{
    static const char boundary[] = "=_cynosure_alternatives";
    cyn_buf text = {0}, page = {0};
    cyn_put_text(s, &text);
    cyn_put_page(s, &page);
    put_headers(s, channel, out);
    cyn_buf_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n",
                   boundary);
    put_part("text/plain", &text, boundary, out);
    put_part("text/html", &page, boundary, out);
    cyn_buf_printf(out, "--%s--\r\n", boundary);
    cyn_buf_clear(&text);
    cyn_buf_clear(&page);
}
