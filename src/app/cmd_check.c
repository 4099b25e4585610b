#include "app/commands.h"
#include "app/session.h"
#include "engine/check.h"
#include <string.h>

static void json_finding(const char *severity, const cyn_err *e, cyn_buf *out)
{
    cyn_buf_printf(out, "{\"severity\":\"%s\",\"code\":\"%s\",\"message\":", severity,
                   cyn_code_name(e->code));
    cyn_buf_json_string(out, e->message, strlen(e->message));
    cyn_buf_puts(out, ",\"file\":");
    if (e->file[0])
        cyn_buf_json_string(out, e->file, strlen(e->file));
    else
        cyn_buf_puts(out, "null");
    cyn_buf_printf(out, ",\"line\":%d,\"column\":%d,\"hint\":", e->line, e->column);
    if (e->hint[0])
        cyn_buf_json_string(out, e->hint, strlen(e->hint));
    else
        cyn_buf_puts(out, "null");
    cyn_buf_puts(out, "}\n");
}

static void list_findings(const char *severity, const char *sgr, const cyn_err_list *l, bool json,
                          cyn_buf *out)
{
    for (size_t i = 0; i < l->count; i++) {
        if (json)
            json_finding(severity, &l->items[i], out);
        else
            cyn_put_finding(severity, sgr, &l->items[i], out);
    }
}

static void summary(const cyn_session *s, size_t errors, size_t notes, cyn_buf *out)
{
    cyn_buf_printf(out, "%s: %zu metrics, %zu sources, %zu events in the dictionary: ",
                   s->project->config->name, s->project->nmetrics, s->project->config->nsources,
                   s->project->dictionary->nevents);
    if (errors == 0 && notes == 0)
        cyn_buf_puts(out, "nothing to mend\n");
    else
        cyn_buf_printf(out, "%zu error%s, %zu note%s\n", errors, errors == 1 ? "" : "s", notes,
                       notes == 1 ? "" : "s");
}

int cyn_cmd_check(const cyn_args *args)
{
    cyn_session s;
    bool json = cyn_arg(args, "json") != NULL, colour = cyn_use_colour(args);
    int exit_code = cyn_session_open(&s, args, true);
    if (!s.arena) return exit_code;
    cyn_err err = {0};
    cyn_err_list notes;
    cyn_err_list_init(&notes, s.arena);
    cyn_code rc = CYN_OK;
    if (exit_code == CYN_EXIT_OK)
        rc = cyn_check(s.project, s.data, !cyn_arg(args, "no-data"), &s.findings, &notes, &err);
    if (rc == CYN_OK) {
        cyn_buf out = {0};
        list_findings("error", colour ? "\033[31m" : "", &s.findings, json, &out);
        list_findings("note", colour ? "\033[33m" : "", &notes, json, &out);
        if (exit_code == CYN_EXIT_OK && !json) summary(&s, s.findings.count, notes.count, &out);
        int printed = cyn_print(&out);
        if (exit_code == CYN_EXIT_OK) exit_code = s.findings.count > 0 ? CYN_EXIT_FAILED : printed;
    } else {
        exit_code = cyn_fail_exit(&err);
    }
    cyn_session_close(&s);
    return exit_code;
}
