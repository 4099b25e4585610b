#include "app/commands.h"
#include "app/session.h"
#include "engine/check.h"
#include "engine/eval.h"
#include "engine/record.h"
#include "report/report.h"
#include <stdlib.h>
#include <string.h>

#define HISTORY 12 /* periods of a sparkline */
#define BY_MAX  8

/* "channel,plan" → its parts; they live in the arena. */
static cyn_code split_names(const char *text, cyn_arena *arena, const char **out, size_t *count,
                            cyn_err *err)
{
    *count = 0;
    while (text && *text) {
        size_t n = strcspn(text, ",");
        if (n == 0) return cyn_fail(err, CYN_E_USAGE, "--by: an empty name");
        if (*count == BY_MAX)
            return cyn_fail(err, CYN_E_USAGE, "--by takes at most %d dimensions", BY_MAX);
        out[*count] = cyn_strndup(arena, text, n);
        if (!out[(*count)++]) return cyn_nomem(err);
        text += n;
        if (*text == ',' && !*++text) return cyn_fail(err, CYN_E_USAGE, "--by: an empty name");
    }
    return CYN_OK;
}

static cyn_code read_request(const cyn_args *args, cyn_arena *arena, const char **by,
                             cyn_eval_request *r, cyn_report_options *report, cyn_err *err)
{
    *r = (cyn_eval_request){
        .metrics = args->positional,
        .nmetrics = args->npositional,
        .at = cyn_arg(args, "at"),
        .from = cyn_arg(args, "from"),
        .to = cyn_arg(args, "to"),
        .as_of = cyn_arg(args, "as-of"),
        .by = by,
        .interpret = cyn_arg(args, "interpret") != NULL,
        .cancel = &cyn_interrupted,
    };
    const char *format = cyn_arg(args, "json") ? "json" : cyn_arg(args, "format");
    if (format) CYN_TRY(cyn_parse_output_format(format, &report->format, err));
    const char *grain = cyn_arg(args, "grain");
    r->has_grain = grain != NULL;
    if (grain) CYN_TRY(cyn_parse_grain(grain, &r->grain, err));
    const char *last = cyn_arg(args, "last");
    if (last) {
        char *end;
        long n = strtol(last, &end, 10);
        if (*end || end == last || n < 1 || n > 100000)
            return cyn_fail(err, CYN_E_USAGE, "--last %s: expected a number from 1 to 100000",
                            last);
        r->last = (int)n;
    }
    if ((r->at != NULL) + (r->from || r->to) + (r->last > 0) > 1)
        return cyn_fail(err, CYN_E_USAGE, "--at, --from/--to and --last exclude one another");
    if (report->format == CYN_FORMAT_TABLE) r->history = HISTORY;
    return split_names(cyn_arg(args, "by"), arena, by, &r->nby, err);
}

static int record(cyn_session *s, const cyn_eval_result *result, cyn_err_list *notes)
{
    cyn_err err = {0};
    cyn_code rc = cyn_record_points(s->project, s->data, result, "eval", notes, &err);
    if (rc == CYN_OK) return CYN_EXIT_OK;
    cyn_context(&err, "the values were not recorded");
    return cyn_fail_exit(&err);
}

/* The table lists errors below itself; the other forms are read by programs, and people look here.
 */
static void print_failures(const cyn_eval_result *result)
{
    for (size_t i = 0; i < result->npoints; i++) {
        if (!result->points[i].failed) continue;
        cyn_err err = *result->points[i].error;
        cyn_context(&err, "metric '%s'", result->points[i].metric->name);
        cyn_print_error(&err);
    }
}

static int evaluate(cyn_session *s, const cyn_args *args, const cyn_eval_request *request,
                    cyn_report_options *report)
{
    cyn_err err = {0};
    cyn_eval_result result;
    if (cyn_evaluate(s->project, s->data, request, s->arena, &result, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    report->language = s->project->config->language;
    report->calendar = &s->project->calendar;
    report->width = cyn_terminal_width();
    report->colour = cyn_use_colour(args);
    report->ascii = cyn_terminal_ascii();
    cyn_buf out = {0};
    cyn_code rc = cyn_report_points(result.points, result.npoints, report, &out, &err);
    if (rc != CYN_OK) {
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int exit_code = cyn_print(&out);
    if (report->format != CYN_FORMAT_TABLE) print_failures(&result);
    cyn_err_list notes;
    cyn_err_list_init(&notes, s->arena);
    cyn_note_rows(s->data, &notes);
    if (!cyn_arg(args, "no-record")) {
        int recorded = record(s, &result, &notes);
        if (recorded != CYN_EXIT_OK) exit_code = recorded;
    }
    for (size_t i = 0; i < notes.count; i++)
        cyn_print_note(&notes.items[i]);
    if (result.failed > 0 || s->findings.count > 0) exit_code = CYN_EXIT_FAILED;
    return exit_code;
}

int cyn_cmd_eval(const cyn_args *args)
{
    cyn_session s;
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) {
        cyn_err err = {0};
        cyn_eval_request request;
        cyn_report_options report = {.format = CYN_FORMAT_TABLE};
        const char *by[BY_MAX];
        if (read_request(args, s.arena, by, &request, &report, &err) == CYN_OK) {
            cyn_dataset_load_needed(s.data, request.by, request.nby);
            if (!getenv("CYNOSURE_LUA"))
                cyn_dataset_reuse(s.data); /* the library may have changed */
            exit_code = evaluate(&s, args, &request, &report);
        } else {
            exit_code = cyn_fail_exit(&err);
        }
    }
    cyn_session_close(&s);
    return exit_code;
}
