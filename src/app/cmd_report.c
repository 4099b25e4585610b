/* cynosure report: the dashboard as one file, or as a folder of pages. */
#include "app/ask.h"
#include "app/commands.h"
#include "live/report_file.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct report_command {
    const char *out, *as_of, *language;
    bool folder;
} report_command;

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n > k && strcmp(s + n - k, end) == 0;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* "r.pdf" is no folder that anybody means. */
static cyn_code check_folder(const report_command *c, cyn_err *err)
{
    const char *slash = strrchr(c->out, '/'), *name = slash ? slash + 1 : c->out;
    const char *dot = strrchr(name, '.');
    if (!c->folder || !dot || dot == name || !dot[1] || is_folder(c->out)) return CYN_OK;
    cyn_fail(err, CYN_E_USAGE, "--out %s: '%s' is nothing that a report is written as", c->out,
             dot);
    cyn_hint(err, "--out report.html writes one file, --out %s/ a folder of that name", c->out);
    return CYN_E_USAGE;
}

static cyn_code read_command(const cyn_args *args, report_command *c, cyn_err *err)
{
    *c = (report_command){.out = cyn_arg(args, "out"),
                          .as_of = cyn_arg(args, "as-of"),
                          .language = cyn_arg(args, "lang")};
    if (!c->out || !*c->out) {
        cyn_fail(err, CYN_E_USAGE, "where to? --out is missing");
        cyn_hint(err, "--out report.html writes one file, --out FOLDER a page for each metric");
        return CYN_E_USAGE;
    }
    if (c->language && strcmp(c->language, "en") != 0 && strcmp(c->language, "ja") != 0)
        return cyn_fail(err, CYN_E_USAGE, "--lang %s: expected en or ja", c->language);
    c->folder = is_folder(c->out) || (!ends_with(c->out, ".html") && !ends_with(c->out, ".htm"));
    return check_folder(c, err);
}

/* A line that is overwritten, where somebody watches. */
static void show_progress(void *self, size_t done, size_t all)
{
    (void)self;
    if (!isatty(STDERR_FILENO)) return;
    fprintf(stderr, "\r%zu / %zu%s", done, all, done == all ? "\r\033[K" : "");
    fflush(stderr);
}

/* NULL where there is no state yet: then there are no alerts either. */
static cyn_code open_state(const cyn_session *s, cyn_store **out, cyn_err *err)
{
    const char *path = cyn_state_path(s->project->dir, s->arena);
    *out = NULL;
    if (!path) return cyn_nomem(err);
    return access(path, F_OK) == 0 ? cyn_store_open(path, out, err) : CYN_OK;
}

/* What a person wants to know when it is done: how many metrics, and which have no value. */
static int say_done(cyn_session *s, const report_command *c, const cyn_overview *v)
{
    cyn_buf out = {0};
    bool ja = strcmp(s->project->config->language, "ja") == 0;
    cyn_buf_printf(&out, ja ? "%s：指標%zu件\n" : "%s: %zu metrics\n", c->out, v->data.nmetrics);
    int rc = cyn_print(&out);
    cyn_failures failures = {0};
    for (size_t i = 0; i < v->data.nmetrics; i++)
        if (v->data.metrics[i].ended)
            cyn_failures_add_points(&failures, v->data.metrics[i].ended, 1);
    cyn_ask_failures(&failures, CYN_FORMAT_JSON);
    cyn_ask_notes(s);
    return v->failed > 0 || s->findings.count > 0 ? CYN_EXIT_FAILED : rc;
}

/* Of another time only the values are known: alerts and schedule are those of now. */
static cyn_code write_report(const report_command *c, cyn_store *st, const cyn_overview *v,
                             cyn_err *err)
{
    const cyn_report_file_options options = {.language = c->language,
                                             .now = cyn_now(),
                                             .cancel = &cyn_interrupted,
                                             .progress = show_progress};
    return (c->folder ? cyn_report_folder : cyn_report_file)(v, c->as_of ? NULL : st, &options,
                                                             c->out, err);
}

static int report(cyn_session *s, const report_command *c)
{
    cyn_err err = {0};
    cyn_store *st = NULL;
    cyn_overview *view = NULL;
    const cyn_config_schedule *schedule = &s->project->config->schedule;
    const cyn_overview_options options = {
        .now = cyn_now(), .as_of = c->as_of, .cancel = &cyn_interrupted};
    cyn_ask_data(s, schedule->by, schedule->nby);
    cyn_code rc = open_state(s, &st, &err);
    if (rc == CYN_OK) rc = cyn_overview_make(s->opened, s->data, st, &options, &view, &err);
    if (rc == CYN_OK) rc = write_report(c, st, view, &err);
    int exit_code = rc == CYN_OK ? say_done(s, c, view) : cyn_fail_exit(&err);
    cyn_overview_unref(view);
    cyn_store_close(st);
    return exit_code;
}

int cyn_cmd_report(const cyn_args *args)
{
    cyn_session s;
    report_command c;
    cyn_err err = {0};
    if (args->npositional)
        return cyn_usage_error(args, "expected no argument, found '%s'", args->positional[0]);
    if (read_command(args, &c, &err) != CYN_OK) {
        cyn_print_error(&err);
        return CYN_EXIT_USAGE;
    }
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) exit_code = report(&s, &c);
    cyn_session_close(&s);
    return exit_code;
}
