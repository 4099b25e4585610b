/* A tree as a Mermaid flowchart: what a wiki or an issue draws by itself.
 *
 * A label stands in quotes, where Mermaid reads character references and nothing else; the browser
 * that draws it reads HTML. So each sign that means something to either is written by its number,
 * and no title can end its label or begin a tag. */
#include "report/tree_impl.h"
#include <string.h>

static void put_escaped(const char *s, cyn_buf *out)
{
    static const char special[] = "\"&<>#;`\\*_[]{}()|~";
    for (; *s; s++) {
        bool list = strchr(".+-", *s) && s[1] == ' '; /* what Markdown takes for one */
        if (strchr(special, *s) || list)
            cyn_buf_printf(out, "#%d;", *s);
        else
            cyn_buf_putc(out, *s);
    }
}

static void put_part(const char *before, const char *text, cyn_buf *out)
{
    if (!*text) return;
    cyn_buf_puts(out, before);
    put_escaped(text, out);
}

/* Title; value and change; contribution: a line each. */
static void put_node(const char *id, const cyn_tree_box *b, const char *class, cyn_buf *out)
{
    cyn_buf_printf(out, "  %s[\"", id);
    put_escaped(b->title, out);
    put_part("<br/>", b->value, out);
    put_part("   ", b->change, out);
    put_part("<br/>", b->contribution, out);
    cyn_buf_printf(out, "\"]:::%s\n", class);
}

static const char *class_of(const cyn_tree_item *it)
{
    if (it->mark != CYN_MARK_NONE) return it->mark == CYN_MARK_BEST ? "best" : "worst";
    if (it->point && it->point->status != CYN_STATUS_NONE)
        return cyn_status_names[it->point->status];
    return cyn_tree_is_driver(it) ? "driver" : it->point ? "plain" : "effect";
}

/* A driver points at what it moves. */
static void put_edge(const cyn_tree_drawing *d, size_t i, cyn_buf *out)
{
    const cyn_tree_item *it = &d->l->view->items[i];
    if (it->parent == CYN_NO_NODE) return;
    const char *own = d->ids[i], *parent = d->ids[it->parent];
    if (cyn_tree_is_driver(it))
        cyn_buf_printf(out, "  %s -.-> %s\n", own, parent);
    else
        cyn_buf_printf(out, "  %s --- %s\n", parent, own);
}

static void put_classes(cyn_buf *out)
{
    cyn_buf_puts(out, "  classDef plain fill:#f6f8fa,stroke:#8c959f,color:#1f2328\n"
                      "  classDef effect fill:#ffffff,stroke:#8c959f,color:#59636e\n"
                      "  classDef driver fill:#ffffff,stroke:#8c959f,color:#1f2328,"
                      "stroke-dasharray:4 3\n"
                      "  classDef green fill:#dafbe1,stroke:#1a7f37,color:#1f2328\n"
                      "  classDef yellow fill:#fff8c5,stroke:#9a6700,color:#1f2328\n"
                      "  classDef red fill:#ffebe9,stroke:#cf222e,color:#1f2328\n"
                      "  classDef best fill:#dafbe1,stroke:#1a7f37,color:#1f2328,"
                      "stroke-width:3px\n"
                      "  classDef worst fill:#ffebe9,stroke:#cf222e,color:#1f2328,"
                      "stroke-width:3px\n");
}

void cyn_tree_mermaid(const cyn_tree_drawing *d, cyn_buf *out)
{
    const cyn_tree_view *v = d->l->view;
    /* A comment may hold anything but braces, which would be taken for a directive. */
    cyn_buf_puts(out, "flowchart TD\n  %% ");
    for (const char *s = d->headline; *s; s++)
        cyn_buf_putc(out, *s == '{' || *s == '}' ? ' ' : *s);
    cyn_buf_putc(out, '\n');
    for (size_t i = 0; i < v->count; i++)
        put_node(d->ids[i], &d->boxes[i], class_of(&v->items[i]), out);
    for (size_t i = 0; i < v->count; i++)
        put_edge(d, i, out);
    put_classes(out);
}
