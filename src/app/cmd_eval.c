#include "app/ask.h"
#include "app/commands.h"
#include "engine/record.h"
#include "report/report.h"
#include <pthread.h>

#define HISTORY 12 /* periods of a sparkline */
#define BY_MAX  8

static cyn_code read_request(const cyn_args *args, cyn_arena *arena, const char **by,
                             cyn_eval_request *r, cyn_report_options *report, cyn_err *err)
{
    *r = (cyn_eval_request){.metrics = args->positional,
                            .nmetrics = args->npositional,
                            .by = by,
                            .interpret = cyn_arg(args, "interpret") != NULL,
                            .cancel = &cyn_interrupted};
    const char *against = cyn_arg(args, "against");
    r->has_against = against != NULL;
    if (against) r->against = cyn_parse_against(against);
    CYN_TRY(cyn_ask_periods(args, 0, r, err));
    CYN_TRY(cyn_ask_format(args, true, &report->format, err));
    if (report->format == CYN_FORMAT_TABLE) r->history = HISTORY;
    return cyn_ask_names(args, "by", BY_MAX, arena, by, &r->nby, err);
}

/* Recording goes on beside the printing where there is much of both. */
#define POINTS_APART 1000

typedef struct recording {
    cyn_session *session;
    const cyn_eval_result *result;
    cyn_err_list notes; /* in the session's arena: printing needs none */
    cyn_err err;        /* code CYN_OK: nothing went wrong */
    pthread_t thread;
    bool apart;
} recording;

static void *record(void *self)
{
    recording *r = self;
    r->err.code = cyn_record_points(r->session->project, r->session->data, r->result, "eval",
                                    &r->notes, &r->err);
    return NULL;
}

static void begin_recording(recording *r)
{
    if (r->result->npoints < POINTS_APART) return;
    r->apart = pthread_create(&r->thread, NULL, record, r) == 0;
}

static int end_recording(recording *r)
{
    if (r->apart)
        pthread_join(r->thread, NULL);
    else
        (void)record(r);
    if (r->err.code == CYN_OK) return CYN_EXIT_OK;
    cyn_context(&r->err, "the values were not recorded");
    return cyn_fail_exit(&r->err);
}

/* Prints a part of the output; once that failed, nothing more. */
static void drain(void *to, cyn_buf *out)
{
    int *exit_code = to;
    if (*exit_code == CYN_EXIT_OK) *exit_code = cyn_print(out);
    cyn_buf_reset(out);
}

static int print(const cyn_eval_result *result, cyn_report_options *report)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    int exit_code = CYN_EXIT_OK;
    report->drain = drain;
    report->to = &exit_code;
    cyn_code rc = cyn_report_points(result->points, result->npoints, report, &out, &err);
    if (rc == CYN_OK) drain(&exit_code, &out);
    cyn_buf_clear(&out);
    return rc == CYN_OK ? exit_code : cyn_fail_exit(&err);
}

static int evaluate(cyn_session *s, const cyn_args *args, const cyn_eval_request *request,
                    cyn_report_options *report)
{
    cyn_err err = {0};
    cyn_eval_result result;
    if (cyn_evaluate(s->project, s->data, request, s->arena, &result, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    report->against = request->has_against ? &request->against : NULL;
    cyn_ask_look(s, args, report);
    const bool records = !cyn_arg(args, "no-record");
    recording r = {.session = s, .result = &result};
    cyn_err_list_init(&r.notes, s->arena);
    cyn_dataset_note_rows(s->data, &r.notes);
    if (records) begin_recording(&r);
    int exit_code = print(&result, report);
    cyn_failures failures = {0};
    cyn_failures_add_points(&failures, result.points, result.npoints);
    cyn_ask_failures(&failures, report->format);
    int recorded = records ? end_recording(&r) : CYN_EXIT_OK;
    if (recorded != CYN_EXIT_OK) exit_code = recorded;
    for (size_t i = 0; i < r.notes.count; i++)
        cyn_print_note(&r.notes.items[i]);
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
            cyn_ask_data(&s, request.by, request.nby);
            exit_code = evaluate(&s, args, &request, &report);
        } else {
            exit_code = cyn_fail_exit(&err);
        }
    }
    cyn_session_close(&s);
    return exit_code;
}
