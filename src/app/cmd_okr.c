#include "app/ask.h"
#include "app/commands.h"
#include "app/goals.h"
#include "base/text.h"
#include "engine/okr.h"
#include "report/okr.h"
#include <stdio.h>
#include <string.h>

static int say_none(const cyn_report_options *report)
{
    bool ja = cyn_is_japanese(report->language);
    fprintf(stderr,
            "%s\n\n"
            "objectives:\n"
            "  learners_stay:\n"
            "    title: %s\n"
            "    supports: METRIC\n"
            "    by: 2026-12-31\n"
            "    key_results: [{metric: METRIC, from: 30%%, to: 45%%}]\n",
            ja ? "okrs.yaml がないか、目標がありません。例："
               : "There is no okrs.yaml, or it has no objectives. One looks like this:",
            ja ? "新しい学習者が続けてくれる" : "New learners stay");
    return CYN_EXIT_OK;
}

/* A broken okrs.yaml counts as none, and what is wrong with it has been said. */
static bool is_broken(const cyn_err_list *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->items[i].file, "okrs.yaml") == 0) return true;
    return false;
}

static int show(cyn_session *s, const cyn_args *args, const cyn_goals_request *request,
                const cyn_report_options *report)
{
    cyn_err err = {0};
    cyn_okr_view view;
    cyn_buf out = {0};
    if (s->project->okrs->count == 0 && args->npositional == 0)
        return is_broken(&s->findings) ? CYN_EXIT_FAILED : say_none(report);
    if (cyn_okrs_evaluate(s->project, s->data, request, args->positional, args->npositional,
                          s->arena, &view, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    if (cyn_report_okrs(&view, report, &out, &err) != CYN_OK) {
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int exit_code = cyn_print(&out);
    cyn_failures failures = {0};
    for (size_t i = 0; i < view.count; i++) {
        const cyn_goal *g = view.items[i].goal;
        if (g && g->error) cyn_failures_add(&failures, g->metric, g->error);
    }
    cyn_ask_failures(&failures, report->format);
    bool failed = view.failed > 0 || s->findings.count > 0;
    return exit_code == CYN_EXIT_OK && failed ? CYN_EXIT_FAILED : exit_code;
}

int cyn_cmd_okr(const cyn_args *args)
{
    return cyn_run_goals(args, show);
}
