#include "app/goals.h"
#include "app/ask.h"

int cyn_run_goals(const cyn_args *args, cyn_show_goals *show)
{
    cyn_session s;
    cyn_err err = {0};
    cyn_report_options report = {.format = CYN_FORMAT_TABLE};
    cyn_goals_request request = {
        .at = cyn_arg(args, "at"), .as_of = cyn_arg(args, "as-of"), .cancel = &cyn_interrupted};
    if (cyn_ask_format(args, false, &report.format, &err) != CYN_OK) {
        cyn_print_error(&err);
        return CYN_EXIT_USAGE;
    }
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) {
        cyn_ask_data(&s, NULL, 0);
        cyn_ask_look(&s, args, &report);
        exit_code = show(&s, args, &request, &report);
        cyn_ask_notes(&s);
    }
    cyn_session_close(&s);
    return exit_code;
}
