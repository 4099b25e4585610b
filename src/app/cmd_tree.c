#include "app/ask.h"
#include "app/commands.h"
#include "report/tree.h"

typedef struct tree_command {
    cyn_tree_request request;
    cyn_tree_format format;
    cyn_report_options look;
} tree_command;

static cyn_code read_command(const cyn_args *args, tree_command *c, cyn_err *err)
{
    const char *format = cyn_arg(args, "json") ? "json" : cyn_arg(args, "format");
    *c = (tree_command){.format = CYN_TREE_TABLE};
    if (format) CYN_TRY(cyn_parse_tree_format(format, &c->format, err));
    return cyn_ask_tree(args, &c->request, err);
}

/* One tree into `out`; *failed grows by the metrics without a value. */
static cyn_code add_tree(cyn_session *s, tree_command *c, const char *root, cyn_buf *out,
                         int *failed, cyn_err *err)
{
    cyn_tree_view view = {0};
    c->request.root = root;
    CYN_TRY(cyn_tree_evaluate(s->project, s->data, &c->request, s->arena, &view, err));
    CYN_TRY(cyn_report_tree(&view, c->format, &c->look, out, err));
    *failed += view.failed;
    /* The table and Markdown list failures below themselves; programs read the rest. */
    if (c->format != CYN_TREE_TABLE && c->format != CYN_TREE_MARKDOWN) cyn_ask_tree_failures(&view);
    return CYN_OK;
}

/* Tables and JSON lines may follow each other; a drawing is one. */
static bool is_drawing(cyn_tree_format f)
{
    return f == CYN_TREE_MERMAID || f == CYN_TREE_DOT || f == CYN_TREE_SVG;
}

static cyn_code choose_roots(cyn_session *s, const cyn_args *args, const tree_command *c,
                             const char *const **roots, size_t *n, cyn_err *err)
{
    size_t metric;
    if (args->npositional) {
        *roots = args->positional;
        *n = args->npositional;
        return cyn_project_need_metric(s->project, args->positional[0], &metric, err);
    }
    CYN_TRY(cyn_ask_roots(s, "tree", roots, n, err));
    if (*n == 1 || !is_drawing(c->format)) return CYN_OK;
    cyn_fail(err, CYN_E_USAGE, "the project has %zu KGIs, and a drawing shows one tree", *n);
    cyn_hint(err, "name one: cynosure tree %s", (*roots)[0]);
    return CYN_E_USAGE;
}

static int show(cyn_session *s, const cyn_args *args, tree_command *c)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    const char *const *roots = NULL;
    size_t n = 0;
    int failed = 0;
    if (choose_roots(s, args, c, &roots, &n, &err) != CYN_OK) return cyn_fail_exit(&err);
    cyn_ask_data(s, &c->request.by, c->request.by ? 1 : 0);
    cyn_ask_look(s, args, &c->look);
    for (size_t i = 0; i < n; i++) {
        if (i && c->format != CYN_TREE_JSON) cyn_buf_putc(&out, '\n');
        if (add_tree(s, c, roots[i], &out, &failed, &err) == CYN_OK) continue;
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int exit_code = cyn_print(&out);
    cyn_ask_notes(s);
    return failed > 0 || s->findings.count > 0 ? CYN_EXIT_FAILED : exit_code;
}

int cyn_cmd_tree(const cyn_args *args)
{
    cyn_session s;
    tree_command c;
    cyn_err err = {0};
    if (args->npositional > 1) return cyn_usage_error(args, "tree takes one root");
    if (read_command(args, &c, &err) != CYN_OK) {
        cyn_print_error(&err);
        return CYN_EXIT_USAGE;
    }
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) exit_code = show(&s, args, &c);
    cyn_session_close(&s);
    return exit_code;
}
