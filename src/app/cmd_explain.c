#include "app/commands.h"
#include "app/explain.h"
#include "app/facts.h"
#include "app/session.h"
#include "base/text.h"
#include <string.h>

static cyn_code explain_metric(cyn_session *s, const cyn_metric *m, bool json, bool values,
                               cyn_buf *out, cyn_err *err)
{
    cyn_facts f = {.project = s->project, .json = json, .out = out};
    cyn_explained_aggs aggs = {0};
    CYN_TRY(cyn_explain_aggs(s->project, m, s->arena, &aggs, err));
    if (json)
        cyn_say(&f, "metric", m->name);
    else
        cyn_buf_printf(out, "%s\n", m->name);
    CYN_TRY(cyn_say_metric(&f, m, &aggs, s->arena, err));
    CYN_TRY(cyn_say_definition(&f, m, s->arena, err));
    cyn_say_links(&f, m);
    if (values) CYN_TRY(cyn_say_values(&f, s, m, &aggs, err));
    cyn_buf_puts(out, json ? "}\n" : "\n");
    return CYN_OK;
}

/* Sources without time have values of grain all only. */
static cyn_grain plan_grain(const cyn_project *p, const cyn_explained_aggs *aggs,
                            const cyn_metric *first)
{
    bool timed = false;
    for (size_t i = 0; i < aggs->count; i++) {
        int source = cyn_project_source(p, p->catalog->aggs[aggs->items[i]]->view->source);
        timed = timed || source < 0 || p->specs[source].time;
    }
    return timed ? cyn_explain_grain(p, first) : (cyn_grain){CYN_ALL, 1};
}

static cyn_code explain_plan(cyn_session *s, const cyn_metric *const *metrics, size_t n, bool json,
                             cyn_buf *out, cyn_err *err)
{
    cyn_explained_aggs aggs = {0};
    cyn_explained_plan plan;
    for (size_t i = 0; i < n; i++)
        CYN_TRY(cyn_explain_aggs(s->project, metrics[i], s->arena, &aggs, err));
    CYN_TRY(cyn_explain_plan(s->project, s->data, &aggs, plan_grain(s->project, &aggs, metrics[0]),
                             &cyn_interrupted, s->arena, &plan, err));
    if (json)
        cyn_write_plan_json(s->project, s->data, &plan, out);
    else
        cyn_write_plan(s->project, s->data, &plan, out);
    return CYN_OK;
}

static cyn_code explain(cyn_session *s, const cyn_args *args, cyn_buf *out, cyn_err *err)
{
    bool json = cyn_arg(args, "json") != NULL;
    const cyn_metric *metrics[CYN_ARGS_MAX];
    for (size_t i = 0; i < args->npositional; i++) {
        size_t m;
        CYN_TRY(cyn_project_need_metric(s->project, args->positional[i], &m, err));
        metrics[i] = s->project->metrics[m];
    }
    for (size_t i = 0; i < args->npositional; i++)
        CYN_TRY(explain_metric(s, metrics[i], json, !cyn_arg(args, "no-data"), out, err));
    if (!cyn_arg(args, "plan")) return CYN_OK;
    return explain_plan(s, metrics, args->npositional, json, out, err);
}

/* Only what the project reaches is loaded, and every dimension: values are told by each. */
static cyn_code prepare_data(cyn_session *s, cyn_err *err)
{
    const cyn_config *config = s->project->config;
    size_t most = 1, n = 0;
    for (size_t i = 0; i < config->nsources; i++)
        most += config->sources[i].ndimensions;
    const char **dimensions = CYN_NEW_ARRAY(s->arena, most, const char *);
    if (!dimensions) return cyn_nomem(err);
    for (size_t i = 0; i < config->nsources; i++)
        for (size_t d = 0; d < config->sources[i].ndimensions; d++)
            dimensions[n++] = config->sources[i].dimensions[d];
    cyn_dataset_load_needed(s->data, dimensions, n);
    return CYN_OK;
}

int cyn_cmd_explain(const cyn_args *args)
{
    cyn_session s;
    if (args->npositional == 0) return cyn_usage_error(args, "explain needs the name of a metric");
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) {
        cyn_err err = {0};
        cyn_buf out = {0};
        if (prepare_data(&s, &err) == CYN_OK && explain(&s, args, &out, &err) == CYN_OK) {
            if (!cyn_arg(args, "json")) cyn_blank_controls(out.data, out.len, true);
            exit_code = cyn_print(&out);
        } else {
            cyn_buf_clear(&out);
            exit_code = cyn_fail_exit(&err);
        }
    }
    cyn_session_close(&s);
    return exit_code;
}
