/* Text of pages: what comes from data and scripts never becomes markup. */
#include "base/text.h"
#include "page/page_impl.h"
#include <string.h>

void cyn_html_open(cyn_html *h, const cyn_page_site *site, const cyn_page_data *data, cyn_buf *out)
{
    *h = (cyn_html){
        .site = site,
        .data = data,
        .look = {.language = site->language, .calendar = site->calendar},
        .ja = cyn_is_japanese(site->language),
        .out = out,
    };
}

cyn_code cyn_html_close(cyn_html *h, cyn_err *err)
{
    if (h->text.failed) h->out->failed = true;
    cyn_buf_clear(&h->text);
    return cyn_buf_check(h->out, err);
}

/* ---- text ---- */

void cyn_html_raw(cyn_html *h, const char *markup)
{
    cyn_buf_puts(h->out, markup);
}

static const char *entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

/* Bytes at the start of s that stand for themselves: no markup, and, from the first one beyond
 * ASCII on, nothing that has to be looked at. */
static size_t plain(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x7f && !entity(s[i]))
        i++;
    return i;
}

/* Bytes of the character that s, valid UTF-8, begins with. */
static size_t character(const char *s, size_t n)
{
    size_t i = 1;
    while (i < n && ((unsigned char)s[i] & 0xc0) == 0x80)
        i++;
    return i;
}

/* U+FFFE and U+FFFF, and their like in all planes, are no characters of HTML. */
static bool is_no_character(const char *s, size_t n)
{
    return n >= 3 && ((unsigned char)s[n - 1] | 1) == 0xbf && (unsigned char)s[n - 2] == 0xbf &&
           (n == 3 ? (unsigned char)s[0] == 0xef : ((unsigned char)s[1] & 0x0f) == 0x0f);
}

/* One character of valid UTF-8. */
static size_t put_character(cyn_buf *out, const char *s, size_t n)
{
    size_t hidden = cyn_unprintable_size(s, n), size = character(s, n);
    if (*s == '\n') {
        cyn_buf_putc(out, '\n');
    } else if (hidden) {
        cyn_buf_putc(out, ' ');
        return hidden;
    } else if (entity(*s)) {
        cyn_buf_puts(out, entity(*s));
    } else if (is_no_character(s, size)) {
        cyn_buf_puts(out, "\xef\xbf\xbd");
    } else {
        cyn_buf_add(out, s, size);
    }
    return size;
}

void cyn_html_bytes(cyn_html *h, const char *s, size_t n)
{
    size_t valid = cyn_utf8_valid(s, n);
    while (n) {
        size_t size = plain(s, n);
        if (size) {
            cyn_buf_add(h->out, s, size);
        } else if (valid == 0) {
            cyn_buf_puts(h->out, "\xef\xbf\xbd");
            valid = cyn_utf8_valid(s + 1, n - 1) + 1;
            size = 1;
        } else {
            size = put_character(h->out, s, valid);
        }
        s += size;
        n -= size;
        valid -= size;
    }
}

void cyn_html_text(cyn_html *h, const char *s)
{
    if (s) cyn_html_bytes(h, s, strlen(s));
}

bool cyn_html_take(cyn_html *h)
{
    bool any = h->text.len > 0;
    if (any) cyn_html_bytes(h, h->text.data, h->text.len);
    cyn_buf_reset(&h->text);
    return any;
}

const char *cyn_html_words(const cyn_html *h, const char *en, const char *ja)
{
    return h->ja ? ja : en;
}

void cyn_html_say(cyn_html *h, const char *en, const char *ja)
{
    cyn_html_raw(h, cyn_html_words(h, en, ja));
}

void cyn_html_number(cyn_html *h, long long n)
{
    cyn_buf_printf(h->out, "%lld", n);
}

static void put_opening(cyn_html *h, const char *tag, const char *class)
{
    cyn_buf_printf(h->out, "<%s", tag);
    if (class) cyn_buf_printf(h->out, " class=\"%s\"", class);
}

void cyn_html_element(cyn_html *h, const char *tag, const char *class, const char *text)
{
    put_opening(h, tag, class);
    cyn_buf_putc(h->out, '>');
    cyn_html_text(h, text);
    cyn_buf_printf(h->out, "</%s>", tag);
}

void cyn_html_column(cyn_html *h, const char *class, const char *en, const char *ja)
{
    put_opening(h, "th", class);
    cyn_buf_printf(h->out, " scope=\"col\">%s</th>", cyn_html_words(h, en, ja));
    if (h->ncolumns < CYN_HTML_COLUMNS) h->columns[h->ncolumns++] = cyn_html_words(h, en, ja);
}

void cyn_html_no_column(cyn_html *h, const char *class)
{
    cyn_buf_printf(h->out, "<td class=\"%s\"></td>", class);
    if (h->ncolumns < CYN_HTML_COLUMNS) h->columns[h->ncolumns++] = NULL;
}

/* ---- parts of documents ---- */

void cyn_html_open_heading(cyn_html *h, int level, const char *id)
{
    cyn_buf_printf(h->out, "<h%d", level + h->deeper);
    if (id) cyn_buf_printf(h->out, " id=\"%s\"", id);
    cyn_html_raw(h, ">");
}

void cyn_html_close_heading(cyn_html *h, int level)
{
    cyn_buf_printf(h->out, "</h%d>\n", level + h->deeper);
}

void cyn_html_heading(cyn_html *h, int level, const char *id, const char *text)
{
    cyn_html_open_heading(h, level, id);
    cyn_html_text(h, text);
    cyn_html_close_heading(h, level);
}

void cyn_html_section(cyn_html *h, const char *class, const char *id, const char *title)
{
    put_opening(h, "section", class);
    cyn_buf_printf(h->out, " aria-labelledby=\"%s\">\n", id);
    cyn_html_heading(h, 2, id, title);
}

void cyn_html_open_table(cyn_html *h, const char *id, const char *en, const char *ja)
{
    cyn_html_section(h, NULL, id, cyn_html_words(h, en, ja));
    cyn_buf_printf(h->out,
                   "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"%s\">"
                   "<table class=\"plain\" aria-labelledby=\"%s\"><thead><tr>",
                   id, id);
    h->table = h->out->len;
    h->ncolumns = 0;
}

/* Where the next cell of a body begins, of which k are before it in its row; NULL: there is none.
 * What stands in cells is escaped, so that nothing else looks like one. */
static const char *next_cell(const char *s, const char *end, size_t *k)
{
    for (; (s = memchr(s, '<', (size_t)(end - s))); s++) {
        if (end - s < 4) return NULL;
        if (strncmp(s, "<tr", 3) == 0) *k = 0;
        if (strncmp(s, "<th", 3) == 0) ++*k;
        if (strncmp(s, "<td", 3) == 0) return s;
    }
    return NULL;
}

/* Gives each cell the name of its column, for where the table is too wide to have columns. */
static void label_cells(cyn_html *h)
{
    cyn_buf old = {0};
    const char *text = h->out->data + h->table, *end = h->out->data + h->out->len;
    const char *body = strstr(text, "<tbody>");
    if (!body) return;
    cyn_buf_add(&old, body, (size_t)(end - body));
    h->out->len = (size_t)(body - h->out->data);
    if (old.failed) h->out->failed = true;
    const char *from = old.failed ? "" : old.data, *until = from + old.len;
    size_t k = 0;
    for (const char *at; (at = next_cell(from, until, &k)); from = at + 3) {
        cyn_buf_add(h->out, from, (size_t)(at + 3 - from));
        if (k < h->ncolumns && h->columns[k])
            cyn_buf_printf(h->out, " data-label=\"%s\"", h->columns[k]);
        k++;
    }
    cyn_buf_add(h->out, from, (size_t)(until - from));
    cyn_buf_clear(&old);
}

void cyn_html_close_table(cyn_html *h)
{
    if (!h->brief && !h->out->failed) label_cells(h);
    cyn_html_raw(h, "</tbody></table></div>\n</section>\n");
}

void cyn_html_place(cyn_html *h, const cyn_err *e)
{
    if (!e->file[0]) return;
    cyn_html_raw(h, "<code>");
    cyn_html_text(h, e->file);
    if (e->line) cyn_buf_printf(h->out, ":%d", e->line);
    if (e->line && e->column) cyn_buf_printf(h->out, ":%d", e->column);
    cyn_html_raw(h, "</code> ");
}

/* ---- what values look like ---- */

/* What is counted in words of its own ("users") has them behind it, smaller. */
void cyn_html_value(cyn_html *h, cyn_num n, const char *unit)
{
    cyn_format_value(n, unit, h->site->language, &h->text);
    cyn_html_take(h);
    if (cyn_num_is_missing(n) || !unit || !*unit || cyn_unit_shown(unit)) return;
    cyn_html_raw(h, " <small class=\"unit\">");
    cyn_html_text(h, unit);
    cyn_html_raw(h, "</small>");
}

void cyn_html_moment(cyn_html *h, int64_t at)
{
    char iso[64];
    bool known = at != CYN_TIME_MIN && at != CYN_TIME_MAX;
    if (!known) {
        cyn_html_raw(h, "–");
        return;
    }
    cyn_format_instant(at, h->site->calendar->tz, iso, sizeof iso);
    cyn_buf_printf(h->out, "<time datetime=\"%s\">", iso);
    cyn_put_moment(at, &h->look, &h->text);
    cyn_html_take(h);
    cyn_html_raw(h, "</time>");
}

void cyn_html_length(cyn_html *h, int64_t micros)
{
    if (micros < 0)
        cyn_html_raw(h, "–");
    else if (micros > 0 && micros < 1000)
        cyn_html_say(h, "&lt; 1 ms", "1ミリ秒未満");
    else if (micros < CYN_SECOND)
        cyn_buf_printf(h->out, "%lld %s", (long long)(micros / 1000),
                       cyn_html_words(h, "ms", "ミリ秒"));
    else
        cyn_put_length(micros, h->site->language, h->out);
}

void cyn_html_period(cyn_html *h, cyn_period p)
{
    char label[64];
    cyn_period_label(h->site->calendar, p, label, sizeof label);
    cyn_html_text(h, p.grain.unit == CYN_ALL ? cyn_html_words(h, "all", "全期間") : label);
}

void cyn_html_status(cyn_html *h, cyn_status s)
{
    const cyn_status_look *l = &cyn_status_looks[s];
    if (s == CYN_STATUS_NONE) return;
    cyn_buf_printf(h->out,
                   "<span class=\"status %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
                   cyn_status_names[s], l->mark, h->ja ? l->ja : l->en);
}

void cyn_html_look(cyn_html *h, const char *class, const cyn_alert_look *look)
{
    if (!look->en[0]) return;
    cyn_buf_printf(h->out,
                   "<span class=\"status %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
                   class, look->mark, h->ja ? look->ja : look->en);
}

void cyn_html_change(cyn_html *h, const cyn_metric *m, cyn_num from, cyn_num to)
{
    static const char *const classes[] = {"change bad", "change", "change good"};
    const cyn_sheet *s = &m->sheet;
    int sign = cyn_put_change(from, to, s->unit, h->site->language, &h->text);
    int effect = s->direction == CYN_UP ? sign : s->direction == CYN_DOWN ? -sign : 0;
    cyn_buf_printf(h->out, "<span class=\"%s\">", classes[effect + 1]);
    if (h->text.len && sign)
        cyn_buf_printf(h->out, "<span class=\"arrow\" aria-hidden=\"true\">%s</span>",
                       sign > 0 ? "↗" : "↘");
    if (!cyn_html_take(h)) cyn_html_raw(h, "–");
    cyn_html_raw(h, "</span>");
}

const char *cyn_html_title(const cyn_html *h, const cyn_metric *m)
{
    return cyn_label_text(m->sheet.title, h->site->language, m->name);
}
