#include "app/ask.h"
#include "app/commands.h"
#include "app/goals.h"
#include "report/pace.h"

/* The metrics named, with a target or without one; unless any is named, all that have one. */
static cyn_code choose_goals(cyn_session *s, const cyn_args *args, cyn_goal **out, size_t *count,
                             cyn_err *err)
{
    const cyn_project *p = s->project;
    bool *wanted = CYN_NEW_ARRAY(s->arena, p->nmetrics + 1, bool);
    *out = CYN_NEW_ARRAY(s->arena, p->nmetrics + 1, cyn_goal);
    if (!wanted || !*out) return cyn_nomem(err);
    for (size_t i = 0; i < args->npositional; i++) {
        size_t m;
        CYN_TRY(cyn_project_need_metric(p, args->positional[i], &m, err));
        wanted[m] = true;
    }
    *count = 0;
    for (size_t m = 0; m < p->nmetrics; m++) {
        cyn_goal goal = {.metric = p->metrics[m]};
        goal.has_line = cyn_goal_of_sheet(&goal.metric->sheet, &goal.line);
        if (args->npositional ? wanted[m] : goal.has_line) (*out)[(*count)++] = goal;
    }
    return CYN_OK;
}

static int show(cyn_session *s, const cyn_args *args, const cyn_goals_request *request,
                const cyn_report_options *report)
{
    cyn_err err = {0};
    cyn_goal *goals = NULL;
    size_t n = 0;
    cyn_buf out = {0};
    if (choose_goals(s, args, &goals, &n, &err) != CYN_OK ||
        cyn_goals_evaluate(s->project, s->data, request, goals, n, s->arena, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    if (cyn_report_targets(goals, n, report, &out, &err) != CYN_OK) {
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int exit_code = cyn_print(&out);
    bool failed = s->findings.count > 0;
    cyn_failures failures = {0};
    for (size_t i = 0; i < n; i++) {
        if (!goals[i].error) continue;
        cyn_failures_add(&failures, goals[i].metric, goals[i].error);
        failed = true;
    }
    cyn_ask_failures(&failures, report->format);
    return exit_code == CYN_EXIT_OK && failed ? CYN_EXIT_FAILED : exit_code;
}

int cyn_cmd_targets(const cyn_args *args)
{
    return cyn_run_goals(args, show);
}
