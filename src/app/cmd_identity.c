#include "app/ask.h"
#include "app/commands.h"
#include "engine/identity.h"
#include "report/identity.h"

#define PERIODS 12

static cyn_code read_request(const cyn_args *args, cyn_eval_request *r, cyn_report_options *report,
                             cyn_err *err)
{
    *r = (cyn_eval_request){
        .metrics = args->positional, .nmetrics = args->npositional, .cancel = &cyn_interrupted};
    CYN_TRY(cyn_ask_periods(args, PERIODS, r, err));
    return cyn_ask_format(args, true, &report->format, err);
}

static int show(cyn_session *s, const cyn_args *args, const cyn_eval_request *request,
                cyn_report_options *report)
{
    cyn_err err = {0};
    const cyn_identity *list = NULL;
    size_t n = 0;
    cyn_buf out = {0};
    if (cyn_check_identities(s->project, s->data, request, true, s->arena, &list, &n, &err) !=
        CYN_OK)
        return cyn_fail_exit(&err);
    cyn_ask_look(s, args, report);
    if (cyn_report_identities(list, n, report, &out, &err) != CYN_OK) {
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int exit_code = cyn_print(&out);
    bool failed = s->findings.count > 0;
    cyn_failures failures = {0};
    for (size_t i = 0; i < n; i++) {
        failed |= cyn_identity_fails(&list[i]);
        if (list[i].error) cyn_failures_add(&failures, list[i].metric, list[i].error);
    }
    cyn_ask_failures(&failures, report->format);
    cyn_ask_notes(s);
    return exit_code == CYN_EXIT_OK && failed ? CYN_EXIT_FAILED : exit_code;
}

int cyn_cmd_identity(const cyn_args *args)
{
    cyn_session s;
    cyn_eval_request request;
    cyn_report_options report = {.format = CYN_FORMAT_TABLE};
    cyn_err err = {0};
    if (read_request(args, &request, &report, &err) != CYN_OK) {
        cyn_print_error(&err);
        return CYN_EXIT_USAGE;
    }
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) {
        cyn_ask_data(&s, NULL, 0);
        exit_code = show(&s, args, &request, &report);
    }
    cyn_session_close(&s);
    return exit_code;
}
