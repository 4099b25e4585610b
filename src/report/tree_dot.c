/* A tree for Graphviz. */
#include "report/tree_impl.h"
#include <string.h>

/* Within quotes a backslash begins an escape of Graphviz's own, and & a reference as in HTML. */
static void put_escaped(const char *s, cyn_buf *out)
{
    for (; *s; s++) {
        if (*s == '&') {
            cyn_buf_puts(out, "&amp;");
            continue;
        }
        if (*s == '"' || *s == '\\') cyn_buf_putc(out, '\\');
        cyn_buf_putc(out, *s);
    }
}

static void put_part(const char *before, const char *text, cyn_buf *out)
{
    if (!*text) return;
    cyn_buf_puts(out, before);
    put_escaped(text, out);
}

static const struct {
    const char *fill, *line;
} status_colours[] = {
    [CYN_STATUS_NONE] = {"#f6f8fa", "#8c959f"},
    [CYN_GREEN] = {"#dafbe1", "#1a7f37"},
    [CYN_YELLOW] = {"#fff8c5", "#9a6700"},
    [CYN_RED] = {"#ffebe9", "#cf222e"},
};

static void put_node(const cyn_tree_item *it, const char *id, const cyn_tree_box *b, cyn_buf *out)
{
    cyn_status s = it->point ? it->point->status : CYN_STATUS_NONE;
    if (it->mark != CYN_MARK_NONE) s = it->mark == CYN_MARK_BEST ? CYN_GREEN : CYN_RED;
    cyn_buf_printf(out, "  %s [label=\"", id);
    put_escaped(b->title, out);
    put_part("\\n", b->value, out);
    put_part("   ", b->change, out);
    put_part("\\n", b->contribution, out);
    cyn_buf_printf(out, "\", fillcolor=\"%s\", color=\"%s\"",
                   it->point ? status_colours[s].fill : "white", status_colours[s].line);
    if (cyn_tree_is_driver(it)) cyn_buf_puts(out, ", style=\"rounded,filled,dashed\"");
    if (it->mark != CYN_MARK_NONE) cyn_buf_puts(out, ", penwidth=3");
    cyn_buf_puts(out, "];\n");
}

static void put_edge(const cyn_tree_drawing *d, size_t i, cyn_buf *out)
{
    const cyn_tree_item *it = &d->l->view->items[i];
    if (it->parent == CYN_NO_NODE) return;
    cyn_buf_printf(out, "  %s -> %s", d->ids[it->parent], d->ids[i]);
    cyn_buf_puts(out, cyn_tree_is_driver(it) ? " [style=dashed, dir=back];\n" : " [dir=none];\n");
}

void cyn_tree_dot(const cyn_tree_drawing *d, cyn_buf *out)
{
    const cyn_tree_view *v = d->l->view;
    cyn_buf_puts(out, "digraph tree {\n"
                      "  graph [rankdir=LR, charset=\"UTF-8\", fontname=\"sans-serif\", "
                      "labelloc=t, label=\"");
    put_escaped(d->headline, out);
    cyn_buf_puts(out, "\"];\n"
                      "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n"
                      "  edge [color=\"#8c959f\"];\n");
    for (size_t i = 0; i < v->count; i++)
        put_node(&v->items[i], d->ids[i], &d->boxes[i], out);
    for (size_t i = 0; i < v->count; i++)
        put_edge(d, i, out);
    cyn_buf_puts(out, "}\n");
}
