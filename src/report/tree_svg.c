/* A tree as an SVG drawing that needs nothing else: boxes from left to right, each with title,
 * value, change, and a bar for its contribution to the root's change.
 *
 * A renderer's fonts are not known here, so that widths are estimated: a cell of the terminal's
 * width is CELL units wide at most, for Latin letters as for Japanese ones, which take two. */
#include "base/text.h"
#include "report/tree_impl.h"
#include <math.h>
#include <string.h>

#define CELL        7.6 /* of the 13-unit text */
#define LINE        18
#define PAD         10
#define TITLE_CELLS 30 /* of a title's line */
#define TITLE_LINES 2
#define BAR         6 /* its height */
#define COLUMN_GAP  44
#define ROW_GAP     12
#define MARGIN      16
#define HEAD        52 /* the headline and the space below it */

typedef struct box {
    const cyn_tree_box *texts;
    const char *lines[TITLE_LINES]; /* NULL: fewer */
    size_t sizes[TITLE_LINES];
    bool cut; /* the last line ends with … */
    double x, middle, height;
} box;

typedef struct drawing {
    const cyn_tree_look *l;
    box *boxes;    /* [item] */
    double *x, *w; /* [depth] */
    size_t depths;
    double width, height;
    double most, bar; /* the largest contribution, and half of a bar: the same in all boxes */
    const char *headline;
    const cyn_tree_in_page *page; /* NULL: a file of its own */
    cyn_buf *out;
} drawing;

/* ---- text ---- */

/* U+FFFE and U+FFFF are valid UTF-8, but no characters of XML. */
static bool is_no_character(const char *s, size_t n)
{
    return n >= 3 && !memcmp(s, "\xef\xbf", 2) && (unsigned char)s[2] >= 0xbe;
}

static void put_text(const char *s, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (is_no_character(s + i, n - i)) {
            cyn_buf_puts(out, "\xef\xbf\xbd"); /* U+FFFD */
            i += 2;
            continue;
        }
        switch (s[i]) {
        case '&': cyn_buf_puts(out, "&amp;"); break;
        case '<': cyn_buf_puts(out, "&lt;"); break;
        case '>': cyn_buf_puts(out, "&gt;"); break;
        case '"': cyn_buf_puts(out, "&quot;"); break;
        default: cyn_buf_putc(out, s[i]);
        }
    }
}

/* Cuts a title into lines: at a blank where one is near enough, Japanese anywhere. */
static void wrap(box *b)
{
    const char *s = b->texts->title;
    size_t left = strlen(s);
    for (int line = 0; line < TITLE_LINES && left; line++) {
        size_t size = cyn_width_prefix(s, left, TITLE_CELLS);
        if (!size) size = left; /* a single cluster wider than all */
        if (size < left && line == TITLE_LINES - 1) {
            size = cyn_width_prefix(s, left, TITLE_CELLS - 1);
            b->cut = true;
        } else if (size < left) {
            size_t blank = size;
            while (blank && s[blank] != ' ')
                blank--;
            if (blank > size / 2) size = blank;
        }
        b->lines[line] = s;
        b->sizes[line] = size;
        s += size;
        left -= size;
        while (left && *s == ' ')
            s++, left--;
    }
}

static size_t cells(const char *s)
{
    return cyn_width(s, strlen(s));
}

/* ---- where things stand ---- */

static bool has_numbers(const cyn_tree_box *b)
{
    return *b->value || *b->change;
}

static double width_of(const box *b)
{
    size_t most = 14;
    for (int i = 0; i < TITLE_LINES && b->lines[i]; i++) {
        size_t n = cyn_width(b->lines[i], b->sizes[i]) + (b->cut && i == TITLE_LINES - 1);
        if (n > most) most = n;
    }
    size_t numbers = cells(b->texts->value) + 2 + cells(b->texts->change);
    if (numbers > most) most = numbers;
    if (cells(b->texts->contribution) > most) most = cells(b->texts->contribution);
    return (double)most * CELL + 2 * PAD;
}

static double height_of(const box *b, bool bar)
{
    double lines = b->lines[1] ? 2 : 1;
    return 2 * PAD + LINE * (lines + has_numbers(b->texts) + (*b->texts->contribution != '\0')) +
           (bar ? BAR : 0);
}

static bool has_bar(const drawing *d, size_t i)
{
    return isfinite(d->l->view->items[i].contribution) && d->most > 0;
}

static void measure(drawing *d, const cyn_tree_box *texts)
{
    const cyn_tree_view *v = d->l->view;
    for (size_t i = 0; i < v->count; i++) {
        double x = fabs(cyn_tree_contribution(v, &v->items[i]));
        if (x > d->most && isfinite(x)) d->most = x;
    }
    for (size_t i = 0; i < v->count; i++) {
        box *b = &d->boxes[i];
        b->texts = &texts[i];
        wrap(b);
        double w = width_of(b);
        size_t depth = v->items[i].depth;
        if (w > d->w[depth]) d->w[depth] = w;
        b->height = height_of(b, has_bar(d, i));
    }
}

/* Leaves stand below each other, in rows as high as the highest box, so that nothing overlaps; what
 * is above leaves, in the middle of its children. */
static void place(drawing *d)
{
    const cyn_tree_view *v = d->l->view;
    double row = 0, below = d->page ? MARGIN : HEAD; /* a page has its own headline */
    for (size_t i = 0; i < v->count; i++)
        row = fmax(row, d->boxes[i].height);
    d->x[0] = MARGIN;
    for (size_t k = 1; k < d->depths; k++)
        d->x[k] = d->x[k - 1] + d->w[k - 1] + COLUMN_GAP;
    for (size_t i = 0; i < v->count; i++) {
        d->boxes[i].x = d->x[v->items[i].depth];
        if (v->items[i].end > i + 1) continue;
        d->boxes[i].middle = below + row / 2;
        below += row + ROW_GAP;
    }
    for (size_t i = v->count; i-- > 0;) {
        size_t last = i + 1;
        if (v->items[i].end == i + 1) continue;
        for (size_t k = last; k < v->items[i].end; k = v->items[k].end)
            last = k;
        d->boxes[i].middle = (d->boxes[i + 1].middle + d->boxes[last].middle) / 2;
    }
    d->bar = d->w[0] / 2 - PAD;
    for (size_t k = 1; k < d->depths; k++)
        d->bar = fmin(d->bar, d->w[k] / 2 - PAD);
    d->height = below - ROW_GAP + MARGIN;
    d->width = d->x[d->depths - 1] + d->w[d->depths - 1] + MARGIN;
    double head = (double)cells(d->headline) * CELL * 1.25 + 2 * MARGIN;
    if (d->width < head && !d->page) d->width = head;
}

/* ---- drawing ---- */

/* Numbers of a drawing need no more than tenths, and no locale's comma. */
static void put_number(double x, cyn_buf *out)
{
    cyn_buf_real(out, round(x * 10) / 10);
}

static void put_attribute(const char *name, double x, cyn_buf *out)
{
    cyn_buf_printf(out, " %s=\"", name);
    put_number(x, out);
    cyn_buf_putc(out, '"');
}

static void put_label(drawing *d, double x, double y, const char *class, const char *s, size_t n,
                      const char *more)
{
    if (!n) return;
    cyn_buf_puts(d->out, "<text");
    put_attribute("x", x, d->out);
    put_attribute("y", y, d->out);
    cyn_buf_printf(d->out, " class=\"%s\">", class);
    put_text(s, n, d->out);
    cyn_buf_printf(d->out, "%s</text>\n", more);
}

static void put_rect(drawing *d, double x, double y, double w, double h, double r,
                     const char *class)
{
    cyn_buf_puts(d->out, "<rect");
    put_attribute("x", x, d->out);
    put_attribute("y", y, d->out);
    put_attribute("width", w, d->out);
    put_attribute("height", h, d->out);
    put_attribute("rx", r, d->out);
    cyn_buf_printf(d->out, " class=\"%s\"/>\n", class);
}

static const char *effect_class(int effect)
{
    return effect > 0 ? "good" : effect < 0 ? "bad" : "quiet";
}

/* To the right what is more, to the left what is less; as long as its part of the largest. */
static void put_bar(drawing *d, size_t i, double y)
{
    double x = cyn_tree_contribution(d->l->view, &d->l->view->items[i]);
    double middle = d->boxes[i].x + PAD + d->bar, size = fabs(x) / d->most * d->bar;
    put_rect(d, middle - d->bar, y, 2 * d->bar, BAR, 2, "track");
    if (size > 0)
        put_rect(d, x > 0 ? middle : middle - size, y, size, BAR, 2,
                 effect_class(cyn_tree_effect(d->l->view, &d->l->view->items[i])));
}

static bool open_link(drawing *d, const cyn_tree_item *it)
{
    size_t before = d->out->len;
    if (!d->page || it->line != CYN_LINE_METRIC) return false;
    cyn_buf_puts(d->out, "<a href=\"");
    size_t start = d->out->len;
    d->page->href(d->page->self, it->node->metric, d->out);
    if (d->out->len == start) {
        d->out->len = before;
        return false;
    }
    cyn_buf_puts(d->out, "\">");
    return true;
}

static void put_box(drawing *d, size_t i)
{
    const cyn_tree_item *it = &d->l->view->items[i];
    const box *b = &d->boxes[i];
    cyn_status s = it->point ? it->point->status : CYN_STATUS_NONE;
    double w = d->w[it->depth], top = b->middle - b->height / 2, y = top + PAD + 13, x = b->x + PAD;
    bool link = open_link(d, it);
    cyn_buf_printf(d->out, "<g class=\"%s%s\">\n", cyn_tree_is_driver(it) ? "driver " : "",
                   s == CYN_STATUS_NONE ? "plain" : cyn_status_names[s]);
    put_rect(d, b->x, top, w, b->height, 6, "box");
    for (int k = 0; k < TITLE_LINES && b->lines[k]; k++, y += LINE)
        put_label(d, x, y, "title", b->lines[k], b->sizes[k],
                  b->cut && k == TITLE_LINES - 1 ? "…" : "");
    put_label(d, x, y, "value", b->texts->value, strlen(b->texts->value), "");
    double change = x + (double)(cells(b->texts->value) + 2) * CELL;
    put_label(d, change, y, effect_class(b->texts->change_effect), b->texts->change,
              strlen(b->texts->change), "");
    if (has_numbers(b->texts)) y += LINE;
    int effect =
        cyn_tree_is_driver(it) ? cyn_tree_moved(d->l->view, it) : cyn_tree_effect(d->l->view, it);
    put_label(d, x, y, effect_class(effect), b->texts->contribution, strlen(b->texts->contribution),
              "");
    if (has_bar(d, i)) put_bar(d, i, top + b->height - PAD - BAR + 2);
    cyn_buf_puts(d->out, link ? "</g></a>\n" : "</g>\n");
}

static void put_edge(drawing *d, size_t i)
{
    const cyn_tree_item *it = &d->l->view->items[i];
    if (it->parent == CYN_NO_NODE) return;
    const box *from = &d->boxes[it->parent], *to = &d->boxes[i];
    double x0 = from->x + d->w[it->depth - 1], y0 = from->middle;
    double x1 = to->x, y1 = to->middle, middle = (x0 + x1) / 2;
    const double path[] = {x0, y0, middle, y0, middle, y1, x1, y1};
    static const char *const before[] = {"M", " ", " C", " ", " ", " ", " ", " "};
    cyn_buf_printf(d->out, "<path class=\"%s\" d=\"", cyn_tree_is_driver(it) ? "loose" : "edge");
    for (size_t k = 0; k < sizeof path / sizeof *path; k++) {
        cyn_buf_puts(d->out, before[k]);
        put_number(path[k], d->out);
    }
    cyn_buf_puts(d->out, "\"/>\n");
}

static const char style[] =
    "<style>\n"
    "svg{--back:#fff;--box:#f6f8fa;--line:#8c959f;--text:#1f2328;--quiet:#59636e;"
    "--good:#1a7f37;--bad:#cf222e;--warn:#9a6700;--track:#e4e8ec}\n"
    "@media(prefers-color-scheme:dark){svg{--back:#0d1117;--box:#161b22;--line:#6e7681;"
    "--text:#e6edf3;--quiet:#9198a1;--good:#3fb950;--bad:#f85149;--warn:#d29922;"
    "--track:#2a313a}}\n"
    "text{font:13px system-ui,-apple-system,\"Segoe UI\",\"Hiragino Sans\",\"Noto Sans JP\","
    "\"Noto Sans CJK JP\",sans-serif;fill:#1f2328;fill:var(--text)}\n"
    ".head{font-size:16px;font-weight:600}.title{font-weight:600}\n"
    ".back{fill:#fff;fill:var(--back)}\n"
    ".box{fill:#f6f8fa;fill:var(--box);stroke:#8c959f;stroke:var(--line)}\n"
    ".green .box{stroke:#1a7f37;stroke:var(--good);stroke-width:2}\n"
    ".yellow .box{stroke:#9a6700;stroke:var(--warn);stroke-width:2}\n"
    ".red .box{stroke:#cf222e;stroke:var(--bad);stroke-width:2}\n"
    ".driver .box{stroke-dasharray:5 4}\n"
    ".good{fill:#1a7f37;fill:var(--good)}.bad{fill:#cf222e;fill:var(--bad)}\n"
    ".quiet{fill:#59636e;fill:var(--quiet)}.track{fill:#e4e8ec;fill:var(--track)}\n"
    ".edge,.loose{fill:none;stroke:#8c959f;stroke:var(--line)}.loose{stroke-dasharray:5 4}\n"
    "</style>\n";

/* What a reader who cannot see the drawing hears: every line of it. */
static void put_description(drawing *d)
{
    const cyn_tree_view *v = d->l->view;
    const char *head = d->headline;
    const char *id = d->page ? d->page->id : "";
    cyn_buf_printf(d->out, "<title id=\"%st\">", id);
    put_text(head, strlen(head), d->out);
    cyn_buf_printf(d->out, "</title>\n<desc id=\"%sd\">", id);
    for (size_t i = 0; i < v->count; i++) {
        const cyn_tree_box *b = d->boxes[i].texts;
        const char *const parts[] = {b->title, b->value, b->change, b->contribution};
        if (i) cyn_buf_puts(d->out, "; ");
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            if (!*parts[k]) continue;
            if (k) cyn_buf_puts(d->out, ", ");
            put_text(parts[k], strlen(parts[k]), d->out);
        }
    }
    cyn_buf_puts(d->out, "</desc>\n");
}

static void draw(drawing *d)
{
    const char *id = d->page ? d->page->id : "";
    /* With links in it, it is more than an image. */
    cyn_buf_printf(d->out,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"%s\" "
                   "aria-labelledby=\"%st %sd\"",
                   d->page ? "group" : "img", id, id);
    put_attribute("width", d->width, d->out);
    put_attribute("height", d->height, d->out);
    cyn_buf_puts(d->out, " viewBox=\"0 0 ");
    put_number(d->width, d->out);
    cyn_buf_putc(d->out, ' ');
    put_number(d->height, d->out);
    cyn_buf_puts(d->out, "\">\n");
    put_description(d);
    if (!d->page) cyn_buf_puts(d->out, style);
    put_rect(d, 0, 0, d->width, d->height, 0, "back");
    if (!d->page) put_label(d, MARGIN, 30, "head", d->headline, strlen(d->headline), "");
    for (size_t i = 0; i < d->l->view->count; i++)
        put_edge(d, i);
    for (size_t i = 0; i < d->l->view->count; i++)
        put_box(d, i);
    cyn_buf_puts(d->out, "</svg>\n");
}

cyn_code cyn_tree_svg(const cyn_tree_drawing *of, const cyn_tree_in_page *page, cyn_buf *out,
                      cyn_err *err)
{
    const cyn_tree_view *v = of->l->view;
    drawing d = {.l = of->l, .headline = of->headline, .page = page, .out = out};
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i].depth >= d.depths) d.depths = v->items[i].depth + 1;
    d.boxes = CYN_NEW_ARRAY(of->arena, v->count, box);
    d.x = CYN_NEW_ARRAY(of->arena, d.depths, double);
    d.w = CYN_NEW_ARRAY(of->arena, d.depths, double);
    if (!d.boxes || !d.x || !d.w) return cyn_nomem(err);
    measure(&d, of->boxes);
    place(&d);
    draw(&d);
    return CYN_OK;
}
