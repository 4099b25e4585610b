#include "app/ask.h"
#include "app/commands.h"
#include "base/text.h"
#include "report/backtest.h"
#include "rules/backtest.h"
#include "rules/backtest_known.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Nothing is said of what is done sooner. */
#define PROGRESS_AFTER CYN_SECOND
#define PROGRESS_EVERY (CYN_SECOND / 5)

/* One call of the command. */
typedef struct backtest {
    cyn_session *session;
    const cyn_args *args;
    const cyn_rule *rule;
    cyn_sweep_axis axes[CYN_BACKTEST_SETTINGS];
    size_t naxes;
    const cyn_sweep_variant *variants;
    size_t nvariants;
    cyn_series_data live;
    cyn_history *history;
    cyn_backtest_request request; /* all but the rule */
    cyn_backtest_view view;
    size_t done; /* variants */
    int64_t began, next_progress;
    bool shown; /* a line of progress stands there */
} backtest;

/* ---- progress ---- */

static void show_progress(void *self, double share)
{
    backtest *b = self;
    int64_t now = cyn_monotonic();
    if (!isatty(STDERR_FILENO) || now - b->began < PROGRESS_AFTER || now < b->next_progress) return;
    b->next_progress = now + PROGRESS_EVERY;
    b->shown = true;
    fprintf(stderr, "\r\033[Kreplaying %s: ", b->rule->name);
    if (b->nvariants > 1) fprintf(stderr, "%zu of %zu, ", b->done + 1, b->nvariants);
    fprintf(stderr, "%d %%", (int)(100 * share));
}

static void end_progress(const backtest *b)
{
    if (b->shown) fputs("\r\033[K", stderr);
}

/* ---- what is asked for ---- */

static cyn_code find_rule(backtest *b, const char *name, cyn_err *err)
{
    const cyn_catalog *c = b->session->project->catalog;
    b->rule = cyn_catalog_rule(c, name);
    if (b->rule) return CYN_OK;
    const char **names = CYN_NEW_ARRAY(b->session->arena, c->nrules + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < c->nrules; i++)
        names[i] = c->rules[i]->name;
    const char *near = cyn_nearest(name, names, c->nrules);
    cyn_fail(err, CYN_E_NAME, "there is no rule '%s'", name);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else if (c->nrules == 0)
        cyn_hint(err, "rules are declared in alerts/*.lua");
    return CYN_E_NAME;
}

/* Columns that rules group by are no metric's, and have to be loaded, too. */
static cyn_code load_dimensions(backtest *b, cyn_err *err)
{
    const cyn_catalog *c = b->session->project->catalog;
    size_t n = 0, total = 0;
    for (size_t i = 0; i < c->nrules; i++)
        total += c->rules[i]->nby;
    const char **dims = CYN_NEW_ARRAY(b->session->arena, total + 1, const char *);
    if (!dims) return cyn_nomem(err);
    for (size_t i = 0; i < c->nrules; i++)
        for (size_t k = 0; k < c->rules[i]->nby; k++)
            dims[n++] = c->rules[i]->by[k];
    cyn_dataset_load_needed(b->session->data, dims, n);
    return CYN_OK;
}

static cyn_code read_settings(backtest *b, cyn_err *err)
{
    size_t at = 0;
    for (const char *text; (text = cyn_arg_next(b->args, "set", &at));) {
        if (b->naxes == CYN_BACKTEST_SETTINGS)
            return cyn_fail(err, CYN_E_USAGE, "--set can be given %d times", CYN_BACKTEST_SETTINGS);
        CYN_TRY(cyn_sweep_parse(text, b->session->arena, &b->axes[b->naxes], err));
        b->naxes++;
    }
    return cyn_sweep_rules(b->rule, b->axes, b->naxes, b->session->arena, &b->variants,
                           &b->nvariants, err);
}

static cyn_code read_known(backtest *b, cyn_err *err)
{
    const char *path = cyn_arg(b->args, "incidents"), *tolerance = cyn_arg(b->args, "tolerance");
    cyn_backtest_request *q = &b->request;
    q->tolerance = -1;
    if (tolerance && !path)
        return cyn_fail(err, CYN_E_USAGE,
                        "--tolerance is about known incidents: it needs "
                        "--incidents FILE.csv");
    if (tolerance && strcmp(tolerance, "0") == 0)
        q->tolerance = 0;
    else if (tolerance && !cyn_parse_duration(tolerance, strlen(tolerance), &q->tolerance))
        return cyn_fail(err, CYN_E_USAGE, "--tolerance %s: expected a duration such as 30m, 2h, 1d",
                        tolerance);
    q->has_known = path != NULL;
    if (!path) return CYN_OK;
    return cyn_known_incidents_read(path, b->rule, &b->session->project->calendar,
                                    b->session->arena, &q->known, &q->nknown, err);
}

static cyn_code prepare(backtest *b, cyn_err *err)
{
    const cyn_project *p = b->session->project;
    cyn_backtest_span span = {.from = cyn_arg(b->args, "from"),
                              .to = cyn_arg(b->args, "to"),
                              .as_of = cyn_arg(b->args, "as-of"),
                              .cancel = &cyn_interrupted};
    cyn_backtest_request *q = &b->request;
    size_t metric;
    CYN_TRY(find_rule(b, b->args->positional[0], err));
    CYN_TRY(read_settings(b, err));
    CYN_TRY(read_known(b, err));
    CYN_TRY(load_dimensions(b, err));
    CYN_TRY(cyn_backtest_stretch(p, b->session->data, b->rule, &span, &q->from, &q->to, err));
    CYN_TRY(cyn_project_need_metric(p, b->rule->metric, &metric, err));
    b->live = (cyn_series_data){p, b->session->data, &cyn_interrupted};
    CYN_TRY(cyn_history_new(p, b->live.data, cyn_series_from_data(&b->live), q->from, q->to,
                            &b->history, err));
    q->source = cyn_history_source(b->history);
    q->cancel = &cyn_interrupted;
    q->progress = show_progress;
    q->self = b;
    b->view.metric = p->metrics[metric];
    b->began = cyn_monotonic();
    return CYN_OK;
}

/* ---- replays ---- */

static cyn_code name_settings(backtest *b, cyn_err *err)
{
    const char **names = CYN_NEW_ARRAY(b->session->arena, b->naxes + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < b->naxes; i++)
        names[i] = b->axes[i].setting;
    b->view.settings = names;
    b->view.nsettings = b->naxes;
    return CYN_OK;
}

static cyn_code run_single(backtest *b, cyn_err *err)
{
    cyn_backtest_result *result = CYN_NEW(b->session->arena, cyn_backtest_result);
    if (!result) return cyn_nomem(err);
    b->request.rule = b->variants[0].rule;
    b->view.values = b->variants[0].values;
    b->view.result = result;
    return cyn_backtest(b->session->project, &b->request, b->session->arena, result, err);
}

/* Of a combination only its figures are kept, and what went wrong. */
static cyn_code run_trial(backtest *b, cyn_backtest_trial *out, cyn_err *err)
{
    const cyn_sweep_variant *v = &b->variants[b->done];
    cyn_arena *scratch = cyn_arena_new(0);
    cyn_backtest_result *r = &out->result;
    if (!scratch) return cyn_nomem(err);
    b->request.rule = v->rule;
    *out = (cyn_backtest_trial){.values = v->values, .own = v->own};
    cyn_code rc = cyn_backtest(b->session->project, &b->request, scratch, r, err);
    if (rc == CYN_OK && r->error) {
        cyn_err *own = CYN_NEW(b->session->arena, cyn_err);
        if (own) *own = *r->error;
        r->error = own;
        if (!own) rc = cyn_nomem(err);
    }
    r->incidents = NULL;
    r->lanes = NULL;
    r->nlanes = 0;
    r->score.matches = NULL;
    cyn_arena_free(scratch);
    return rc;
}

static cyn_code run_sweep(backtest *b, cyn_err *err)
{
    cyn_backtest_trial *trials = CYN_NEW_ARRAY(b->session->arena, b->nvariants, cyn_backtest_trial);
    if (!trials) return cyn_nomem(err);
    for (; b->done < b->nvariants; b->done++)
        CYN_TRY(run_trial(b, &trials[b->done], err));
    b->view.trials = trials;
    b->view.ntrials = b->nvariants;
    return CYN_OK;
}

/* ---- what is shown ---- */

/* Why evaluations failed, once; the exit code. */
static int say_errors(const backtest *b)
{
    const cyn_err *error = b->view.result ? b->view.result->error : NULL;
    for (size_t i = 0; i < b->view.ntrials && !error; i++)
        error = b->view.trials[i].result.error;
    if (error) cyn_print_error(error);
    return error ? CYN_EXIT_FAILED : CYN_EXIT_OK;
}

static int run(backtest *b, cyn_report_options *look)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    cyn_code rc = prepare(b, &err);
    if (rc == CYN_OK) rc = name_settings(b, &err);
    if (rc == CYN_OK) rc = b->nvariants == 1 ? run_single(b, &err) : run_sweep(b, &err);
    end_progress(b);
    if (rc == CYN_OK) {
        cyn_ask_look(b->session, b->args, look);
        rc = cyn_report_backtest(&b->view, look, &out, &err);
    }
    if (rc != CYN_OK) {
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    int printed = cyn_print(&out), failed = say_errors(b);
    cyn_ask_notes(b->session);
    return printed == CYN_EXIT_OK ? failed : printed;
}

int cyn_cmd_backtest(const cyn_args *args)
{
    cyn_session s;
    backtest b = {.session = &s, .args = args};
    cyn_report_options look = {.format = CYN_FORMAT_TABLE};
    cyn_err err = {0};
    if (args->npositional != 1)
        return cyn_usage_error(args, "backtest takes one rule: backtest aha_drop");
    if (cyn_ask_format(args, false, &look.format, &err) != CYN_OK) {
        cyn_print_error(&err);
        return CYN_EXIT_USAGE;
    }
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) exit_code = run(&b, &look);
    cyn_history_free(b.history);
    cyn_session_close(&s);
    return exit_code;
}
