/* Tables that keep their columns in line, whatever the width of the terminal and of the letters.
 *
 * Fitting goes in this order, and stops as soon as the table fits: shrinkable columns give way down
 * to a readable width; columns leave, the least important first; shrinkable ones give way further;
 * all give way; what still does not fit is left out from the right. */
#include "base/arena.h"
#include "base/text.h"
#include "report/report_impl.h"
#include <string.h>

#define GAP      2  /* cells between columns */
#define READABLE 16 /* cells of a shrunk column while others can still go */

typedef struct cell {
    const char *text; /* clean */
    const char *sgr;
    size_t size, width;
} cell;

typedef struct row {
    struct row *next;
    cell cells[];
} row;

typedef struct column {
    cell heading;
    cyn_align align;
    int priority;
    bool shrinkable;
    size_t least;   /* cells it keeps while others can still go */
    size_t natural; /* width of its widest cell */
    size_t escaped; /* the same with the escapes of Markdown */
} column;

struct cyn_text_table {
    cyn_arena *arena;
    size_t ncolumns;
    column *columns;
    size_t *shown; /* width of each column in the table being written; 0 = left out */
    row *first, *last;
    bool ascii, failed;
};

static const char markdown_special[] = "\\|`*<>[]";

cyn_text_table *cyn_text_table_new(size_t columns)
{
    cyn_arena *a = cyn_arena_new(0);
    if (!a) return NULL;
    cyn_text_table *t = CYN_NEW(a, cyn_text_table);
    column *cols = CYN_NEW_ARRAY(a, columns, column);
    size_t *shown = CYN_NEW_ARRAY(a, columns, size_t);
    if (!t || !cols || !shown) {
        cyn_arena_free(a);
        return NULL;
    }
    *t = (cyn_text_table){.arena = a, .ncolumns = columns, .columns = cols, .shown = shown};
    for (size_t i = 0; i < columns; i++)
        cols[i] = (column){.heading.text = "", .least = READABLE};
    return t;
}

void cyn_text_table_free(cyn_text_table *t)
{
    if (t) cyn_arena_free(t->arena);
}

static size_t escaped_width(const cell *c)
{
    size_t n = c->width;
    for (size_t i = 0; i < c->size; i++)
        n += c->text[i] && strchr(markdown_special, c->text[i]);
    return n;
}

/* A clean copy of the text, and room for it in its column. */
static cell make_cell(cyn_text_table *t, column *col, const char *text)
{
    cyn_buf clean = {0};
    cyn_clean_text(text ? text : "", text ? strlen(text) : 0, &clean);
    char *copy = cyn_strndup(t->arena, clean.data ? clean.data : "", clean.len);
    if (!copy || clean.failed) t->failed = true;
    cell c = {.text = copy ? copy : "", .size = copy ? clean.len : 0};
    c.width = cyn_width(c.text, c.size);
    cyn_buf_clear(&clean);
    size_t escaped = escaped_width(&c);
    if (col->natural < c.width) col->natural = c.width;
    if (col->escaped < escaped) col->escaped = escaped;
    return c;
}

void cyn_text_table_column(cyn_text_table *t, size_t col, const char *heading, cyn_align align,
                           int priority, bool shrinkable)
{
    if (!t) return;
    column *c = &t->columns[col];
    c->heading = make_cell(t, c, heading);
    c->heading.sgr = "1";
    c->align = align;
    c->priority = priority;
    c->shrinkable = shrinkable;
}

void cyn_text_table_least(cyn_text_table *t, size_t col, size_t cells)
{
    if (t && cells > READABLE) t->columns[col].least = cells;
}

void cyn_text_table_ascii(cyn_text_table *t)
{
    if (t) t->ascii = true;
}

void cyn_text_table_row(cyn_text_table *t, const char *const *cells)
{
    if (!t) return;
    row *r = cyn_alloc(t->arena, sizeof *r + t->ncolumns * sizeof(cell));
    if (!r) {
        t->failed = true;
        return;
    }
    for (size_t i = 0; i < t->ncolumns; i++)
        r->cells[i] = make_cell(t, &t->columns[i], cells[i]);
    if (t->last)
        t->last->next = r;
    else
        t->first = r;
    t->last = r;
}

void cyn_text_table_colour(cyn_text_table *t, size_t col, const char *sgr)
{
    if (!t || !t->last) return;
    char *copy = cyn_strdup(t->arena, sgr);
    if (!copy) t->failed = true;
    t->last->cells[col].sgr = copy;
}

static size_t total(const cyn_text_table *t)
{
    size_t sum = 0, n = 0;
    for (size_t i = 0; i < t->ncolumns; i++)
        if (t->shown[i]) {
            sum += t->shown[i];
            n++;
        }
    return n ? sum + (n - 1) * GAP : 0;
}

/* Takes cells from the widest column until the table fits or none can give: readable ones stay so,
 * or else down to one cell. */
static bool narrow(const cyn_text_table *t, size_t width, bool readable, bool all)
{
    for (size_t over = total(t); over > width; over--) {
        size_t widest = t->ncolumns;
        for (size_t i = 0; i < t->ncolumns; i++) {
            size_t least = readable ? t->columns[i].least : 1;
            bool gives = t->shown[i] > least && (all || t->columns[i].shrinkable);
            if (gives && (widest == t->ncolumns || t->shown[i] > t->shown[widest])) widest = i;
        }
        if (widest == t->ncolumns) return false;
        t->shown[widest]--;
    }
    return true;
}

/* The shown column that goes first: the least important, of equals the rightmost. */
static size_t least_important(const cyn_text_table *t, bool any)
{
    size_t best = t->ncolumns;
    for (size_t i = 0; i < t->ncolumns; i++) {
        int priority = any ? 0 : t->columns[i].priority;
        if (!t->shown[i] || (!any && priority <= 0)) continue;
        if (any || best == t->ncolumns || priority >= t->columns[best].priority) best = i;
    }
    return best;
}

static void widen(const cyn_text_table *t)
{
    for (size_t i = 0; i < t->ncolumns; i++)
        if (t->shown[i]) t->shown[i] = t->columns[i].natural;
}

static bool has_text(const cyn_text_table *t, size_t col)
{
    for (const row *r = t->first; r; r = r->next)
        if (r->cells[col].size) return true;
    return false;
}

/* The last that went may have been a wide one: those that went before it come back in its place, in
 * reverse order, until the first that does not fit. Empty ones stay away. */
static void bring_back(const cyn_text_table *t, size_t width)
{
    int most = 0;
    for (size_t i = 0; i < t->ncolumns; i++)
        if (t->columns[i].priority > most) most = t->columns[i].priority;
    for (int priority = 1, refused = 0; priority <= most && refused < 2; priority++) {
        for (size_t i = 0; i < t->ncolumns && refused < 2; i++) {
            if (t->columns[i].priority != priority || t->shown[i] || !has_text(t, i)) continue;
            t->shown[i] = t->columns[i].natural;
            if (total(t) <= width) continue;
            t->shown[i] = 0;
            refused++;
        }
    }
}

static void fit(const cyn_text_table *t, size_t width)
{
    for (size_t i = 0; i < t->ncolumns; i++)
        t->shown[i] = t->columns[i].natural;
    if (!width) return;
    for (size_t goes; !narrow(t, width, true, false); t->shown[goes] = 0) {
        goes = least_important(t, false);
        if (goes == t->ncolumns) break;
        widen(t);
    }
    bring_back(t, width);
    if (narrow(t, width, false, false)) return;
    while (!narrow(t, width, false, true)) {
        size_t goes = least_important(t, true);
        if (goes == t->ncolumns) return;
        t->shown[goes] = 0;
    }
}

static void put_text(const cyn_text_table *t, const cell *c, size_t width, cyn_buf *out)
{
    if (c->width <= width) {
        cyn_buf_add(out, c->text, c->size);
        return;
    }
    const char *mark = t->ascii ? (width > 1 ? ".." : ".") : "…";
    size_t room = width - cyn_width(mark, strlen(mark));
    size_t size = cyn_width_prefix(c->text, c->size, room);
    cyn_buf_add(out, c->text, size);
    cyn_buf_puts(out, mark);
    cyn_buf_repeat(out, " ", room - cyn_width(c->text, size));
}

static void put_cell(const cyn_text_table *t, const cell *c, size_t col, bool colour, cyn_buf *out)
{
    size_t width = t->shown[col], pad = c->width < width ? width - c->width : 0;
    if (t->columns[col].align == CYN_RIGHT) cyn_buf_repeat(out, " ", pad);
    bool paint = colour && c->sgr && c->size;
    if (paint) cyn_buf_printf(out, "\x1b[%sm", c->sgr);
    put_text(t, c, width, out);
    if (paint) cyn_buf_puts(out, "\x1b[0m");
    if (t->columns[col].align == CYN_LEFT) cyn_buf_repeat(out, " ", pad);
}

/* cells of a row; NULL: the headings. */
static void put_line(const cyn_text_table *t, const cell *cells, bool colour, cyn_buf *out)
{
    bool first = true;
    size_t start = out->len;
    for (size_t i = 0; i < t->ncolumns; i++) {
        if (!t->shown[i]) continue;
        if (!first) cyn_buf_repeat(out, " ", GAP);
        first = false;
        put_cell(t, cells ? &cells[i] : &t->columns[i].heading, i, colour, out);
    }
    while (out->len > start && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    cyn_buf_putc(out, '\n');
}

void cyn_put_markdown(const char *s, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (strchr(markdown_special, s[i])) cyn_buf_putc(out, '\\');
        cyn_buf_putc(out, s[i]);
    }
}

static void markdown_line(const cyn_text_table *t, const cell *cells, cyn_buf *out)
{
    for (size_t i = 0; i < t->ncolumns; i++) {
        const column *col = &t->columns[i];
        const cell *c = cells ? &cells[i] : &col->heading;
        size_t pad = t->shown[i] - escaped_width(c);
        cyn_buf_puts(out, i ? " | " : "| ");
        if (col->align == CYN_RIGHT) cyn_buf_repeat(out, " ", pad);
        cyn_put_markdown(c->text, c->size, out);
        if (col->align == CYN_LEFT) cyn_buf_repeat(out, " ", pad);
    }
    cyn_buf_puts(out, " |\n");
}

/* A chat or a page wraps by itself: nothing is cut. */
static void write_markdown(const cyn_text_table *t, cyn_buf *out)
{
    for (size_t i = 0; i < t->ncolumns; i++)
        t->shown[i] = t->columns[i].escaped < 3 ? 3 : t->columns[i].escaped;
    markdown_line(t, NULL, out);
    for (size_t i = 0; i < t->ncolumns; i++) {
        bool right = t->columns[i].align == CYN_RIGHT;
        cyn_buf_puts(out, i ? " | " : "| ");
        cyn_buf_repeat(out, "-", t->shown[i] - right);
        if (right) cyn_buf_putc(out, ':');
    }
    cyn_buf_puts(out, " |\n");
    for (const row *r = t->first; r; r = r->next)
        markdown_line(t, r->cells, out);
}

void cyn_text_table_write(const cyn_text_table *t, size_t width, bool colour, bool markdown,
                          cyn_buf *out)
{
    if (!t || t->failed) {
        out->failed = true;
        return;
    }
    if (markdown) {
        write_markdown(t, out);
        return;
    }
    fit(t, width);
    put_line(t, NULL, colour, out);
    for (const row *r = t->first; r; r = r->next)
        put_line(t, r->cells, colour, out);
}
