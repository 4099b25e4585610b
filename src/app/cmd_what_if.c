#include "app/ask.h"
#include "app/commands.h"
#include "report/what_if.h"
#include <math.h>
#include <string.h>

typedef struct what_if_command {
    cyn_tree_request request;
    cyn_report_options look;
    cyn_assumption *assumptions;
    size_t nassumptions;
    const char *target; /* as given; NULL: none */
} what_if_command;

static cyn_code read_command(const cyn_args *args, what_if_command *c, cyn_err *err)
{
    *c = (what_if_command){.target = cyn_arg(args, "target")};
    CYN_TRY(cyn_ask_format(args, false, &c->look.format, err));
    CYN_TRY(cyn_ask_tree(args, &c->request, err));
    c->request.root = args->positional[0];
    return CYN_OK;
}

/* A text that says nothing is a mistake of the command line. */
static cyn_code read_assumption(const char *text, cyn_arena *arena, cyn_assumption *out,
                                cyn_err *err)
{
    cyn_code rc = cyn_parse_assumption(text, arena, out, err);
    if (rc == CYN_OK || rc == CYN_E_NOMEM) return rc;
    return err->code = CYN_E_USAGE;
}

/* What the texts after the root say; each metric once. */
static cyn_code read_assumptions(cyn_session *s, const cyn_args *args, what_if_command *c,
                                 cyn_err *err)
{
    c->nassumptions = args->npositional - 1;
    c->assumptions = CYN_NEW_ARRAY(s->arena, c->nassumptions + 1, cyn_assumption);
    if (!c->assumptions) return cyn_nomem(err);
    for (size_t i = 0; i < c->nassumptions; i++) {
        cyn_assumption *a = &c->assumptions[i];
        CYN_TRY(read_assumption(args->positional[i + 1], s->arena, a, err));
        CYN_TRY(cyn_project_need_metric(s->project, a->metric, &a->index, err));
        for (size_t k = 0; k < i; k++)
            if (c->assumptions[k].index == a->index)
                return cyn_fail(err, CYN_E_USAGE, "'%s' is assumed twice: %s and %s", a->metric,
                                args->positional[k + 1], args->positional[i + 1]);
    }
    return CYN_OK;
}

/* The target in numbers: read as a value of the root would be ("1,000,000", "45%"). */
static cyn_code read_target(cyn_session *s, const what_if_command *c, const cyn_metric *root,
                            cyn_period period, double *out, cyn_err *err)
{
    const cyn_sheet *sheet = &root->sheet;
    if (strcmp(c->target, "sheet") != 0) {
        cyn_assumption a;
        const char *is =
            *c->target == '-' ? "==" : "="; /* less than nothing, and not so much less */
        const char *text = cyn_sprintf(s->arena, "%s%s%s", root->name, is, c->target);
        if (!text) return cyn_nomem(err);
        cyn_code rc = cyn_parse_assumption(text, s->arena, &a, NULL);
        if (rc == CYN_E_NOMEM) return cyn_nomem(err);
        if (rc != CYN_OK || a.kind != CYN_ASSUME_VALUE)
            return cyn_fail(err, CYN_E_USAGE,
                            "--target %s: expected the value to reach, such as 1000000 or 45%%",
                            c->target);
        *out = a.by;
        return CYN_OK;
    }
    if (!sheet->has_target)
        return cyn_fail(err, CYN_E_USAGE, "--target sheet: '%s' has no target in its sheet",
                        root->name);
    if (!cyn_sheet_is_about(sheet, period.grain)) {
        char about[16];
        cyn_format_grain(sheet->grain, about);
        return cyn_fail(err, CYN_E_USAGE,
                        "--target sheet: the target of '%s' is about a %s; add --grain %s",
                        root->name, about, about);
    }
    *out = sheet->target;
    return CYN_OK;
}

/* [metric of the project]: as measured in the tree's period. */
static cyn_code measure(cyn_session *s, const what_if_command *c, cyn_tree_view *view,
                        const double **out, cyn_err *err)
{
    CYN_TRY(cyn_tree_evaluate(s->project, s->data, &c->request, s->arena, view, err));
    double *values = CYN_NEW_ARRAY(s->arena, s->project->nmetrics + 1, double);
    if (!values) return cyn_nomem(err);
    for (size_t i = 0; i < s->project->nmetrics; i++)
        values[i] = NAN;
    for (size_t i = 0; i < view->count; i++) {
        const cyn_tree_item *it = &view->items[i];
        if (it->line == CYN_LINE_METRIC && it->point && !it->point->failed)
            values[it->node->index] = cyn_num_double(it->point->value);
    }
    *out = values;
    return CYN_OK;
}

static cyn_code compute(cyn_session *s, const cyn_args *args, const what_if_command *c, size_t root,
                        const cyn_tree_view *tree, const double *values, cyn_what_if_view *view,
                        cyn_err *err)
{
    const cyn_project *p = s->project;
    cyn_tree *t = NULL;
    CYN_TRY(cyn_tree_build(p->metrics, p->nmetrics, root, CYN_TREE_ALL, s->arena, &t, err));
    *view = (cyn_what_if_view){.tree = t,
                               .assumptions = c->assumptions,
                               .texts = args->positional + 1,
                               .nassumptions = c->nassumptions,
                               .metrics = p->metrics,
                               .period = tree->period,
                               .partial = tree->partial,
                               .has_target = c->target != NULL};
    CYN_TRY(cyn_what_if(t, values, c->assumptions, c->nassumptions, s->arena, &view->nodes, err));
    if (!c->target) return CYN_OK;
    CYN_TRY(read_target(s, c, p->metrics[root], tree->period, &view->target, err));
    return cyn_goal_seek(t, values, c->assumptions, c->nassumptions, view->target, s->arena,
                         &view->goals, &view->ngoals, err);
}

static int show(cyn_session *s, const cyn_args *args, what_if_command *c)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    cyn_tree_view tree = {0};
    cyn_what_if_view view = {0};
    const double *values = NULL;
    size_t root = 0;
    cyn_ask_data(s, NULL, 0);
    cyn_ask_look(s, args, &c->look);
    if (cyn_project_need_metric(s->project, c->request.root, &root, &err) != CYN_OK ||
        read_assumptions(s, args, c, &err) != CYN_OK ||
        measure(s, c, &tree, &values, &err) != CYN_OK ||
        compute(s, args, c, root, &tree, values, &view, &err) != CYN_OK ||
        cyn_report_what_if(&view, &c->look, &out, &err) != CYN_OK) {
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int exit_code = cyn_print(&out);
    cyn_ask_tree_failures(&tree);
    cyn_ask_notes(s);
    return tree.failed > 0 || s->findings.count > 0 ? CYN_EXIT_FAILED : exit_code;
}

int cyn_cmd_what_if(const cyn_args *args)
{
    cyn_session s;
    what_if_command c;
    cyn_err err = {0};
    if (args->npositional < 1)
        return cyn_usage_error(args, "what-if needs a root: what-if revenue cvr=+0.5pt");
    if (args->npositional < 2 && !cyn_arg(args, "target"))
        return cyn_usage_error(args, "what-if needs a change or a target: what-if %s NAME=+10%%",
                               args->positional[0]);
    if (read_command(args, &c, &err) != CYN_OK) {
        cyn_print_error(&err);
        return CYN_EXIT_USAGE;
    }
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) exit_code = show(&s, args, &c);
    cyn_session_close(&s);
    return exit_code;
}
