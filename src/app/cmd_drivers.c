#include "app/ask.h"
#include "app/commands.h"
#include "engine/drivers.h"
#include "report/drivers.h"

#define HISTORY_MOST 5000
#define LAGS_MOST    104

static cyn_code read_request(const cyn_args *args, cyn_drivers_request *r,
                             cyn_report_options *report, cyn_err *err)
{
    int history, lags;
    CYN_TRY(cyn_ask_number(args, "last", CYN_DRIVERS_HISTORY, 2, HISTORY_MOST, &history, err));
    CYN_TRY(cyn_ask_number(args, "lags", CYN_DRIVERS_LAGS, 0, LAGS_MOST, &lags, err));
    *r = (cyn_drivers_request){.root = args->npositional ? args->positional[0] : NULL,
                               .at = cyn_arg(args, "at"),
                               .history = (size_t)history,
                               .max_lag = lags,
                               .all = cyn_arg(args, "all") != NULL,
                               .as_of = cyn_arg(args, "as-of"),
                               .cancel = &cyn_interrupted};
    CYN_TRY(cyn_ask_grain(args, &r->has_grain, &r->grain, err));
    return cyn_ask_format(args, true, &report->format, err);
}

/* Unless it is named: the North Star Metric, else the first KGI. */
static cyn_code find_root(const cyn_project *p, const char **root, cyn_err *err)
{
    static const cyn_role roles[] = {CYN_NSM, CYN_KGI};
    for (int i = 0; i < 2 && !*root; i++)
        for (size_t m = 0; m < p->nmetrics && !*root; m++)
            if (p->metrics[m]->sheet.role == roles[i]) *root = p->metrics[m]->name;
    if (*root) return CYN_OK;
    cyn_fail(err, CYN_E_USAGE, "the project has neither a North Star Metric nor a KGI");
    cyn_hint(err, "name a metric: cynosure drivers revenue");
    return CYN_E_USAGE;
}

static int show(cyn_session *s, const cyn_args *args, cyn_drivers_request *request,
                cyn_report_options *report)
{
    cyn_err err = {0};
    cyn_drivers drivers = {0};
    cyn_buf out = {0};
    if (find_root(s->project, &request->root, &err) != CYN_OK ||
        cyn_drivers_evaluate(s->project, s->data, request, s->arena, &drivers, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    cyn_ask_look(s, args, report);
    if (cyn_report_drivers(&drivers, report, &out, &err) != CYN_OK) {
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int printed = cyn_print(&out);
    bool failed = s->findings.count > 0;
    cyn_failures failures = {0};
    for (size_t i = 0; i < drivers.ndeclared + drivers.nranking; i++) {
        const cyn_evidence *e = cyn_drivers_item(&drivers, i);
        failed |= e->verdict == CYN_UNKNOWN;
        if (e->error) cyn_failures_add(&failures, e->failed, e->error);
    }
    cyn_ask_failures(&failures, report->format);
    cyn_ask_notes(s);
    return printed == CYN_EXIT_OK && failed ? CYN_EXIT_FAILED : printed;
}

int cyn_cmd_drivers(const cyn_args *args)
{
    cyn_session s;
    cyn_drivers_request request;
    cyn_report_options report = {0};
    cyn_err err = {0};
    if (args->npositional > 1) return cyn_usage_error(args, "drivers takes one root");
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
