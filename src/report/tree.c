#include "report/tree.h"
#include "base/text.h"
#include "report/tree_impl.h"
#include <string.h>

static const char *const format_names[] = {"table", "json", "markdown", "mermaid", "dot", "svg"};

cyn_code cyn_parse_tree_format(const char *s, cyn_tree_format *out, cyn_err *err)
{
    const size_t n = sizeof format_names / sizeof *format_names;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(s, format_names[i])) {
            *out = (cyn_tree_format)i;
            return CYN_OK;
        }
    cyn_fail(err, CYN_E_NAME,
             "unknown output format '%s', expected 'table', 'json', 'markdown', 'mermaid', 'dot' "
             "or 'svg'",
             s);
    const char *near = cyn_nearest(s, format_names, n);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return CYN_E_NAME;
}

static cyn_code draw(const cyn_tree_look *l, cyn_tree_format format, cyn_arena *arena, cyn_buf *out,
                     cyn_err *err)
{
    cyn_tree_drawing d = {0};
    CYN_TRY(cyn_tree_prepare(l, arena, &d, err));
    if (format == CYN_TREE_SVG) return cyn_tree_svg(&d, NULL, out, err);
    if (format == CYN_TREE_DOT)
        cyn_tree_dot(&d, out);
    else
        cyn_tree_mermaid(&d, out);
    return CYN_OK;
}

static cyn_code write_drawing(const cyn_tree_look *l, cyn_tree_format format, cyn_buf *out,
                              cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = draw(l, format, arena, out, err);
    cyn_arena_free(arena);
    return rc;
}

cyn_code cyn_report_tree(const cyn_tree_view *view, cyn_tree_format format,
                         const cyn_report_options *opts, cyn_buf *out, cyn_err *err)
{
    cyn_report_options o = *opts;
    o.format = format == CYN_TREE_MARKDOWN ? CYN_FORMAT_MARKDOWN : CYN_FORMAT_TABLE;
    cyn_tree_look l = {.view = view, .opts = &o};
    l.ja = cyn_is_japanese(o.language);
    l.ascii = o.ascii && format == CYN_TREE_TABLE;
    switch (format) {
    case CYN_TREE_TABLE:
    case CYN_TREE_MARKDOWN: CYN_TRY(cyn_tree_table(&l, out, err)); break;
    case CYN_TREE_JSON: cyn_tree_json(&l, out); break;
    case CYN_TREE_MERMAID:
    case CYN_TREE_DOT:
    case CYN_TREE_SVG: CYN_TRY(write_drawing(&l, format, out, err)); break;
    }
    return cyn_buf_check(out, err);
}
