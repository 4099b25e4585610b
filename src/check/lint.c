/* The table of all lints, and how they are run. */
#include "check/lint.h"
#include "base/text.h"
#include "check/lint_events_impl.h"
#include "check/lint_silence_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Found while the project is opened, loaded and bound (check.c). */
static const cyn_lint lints_failures[] = {
    {.id = "yaml-invalid",
     .why = "What a YAML file says wrongly is not guessed at; the project does not load.",
     .how = "Mend the line: the message says what was found and what was expected."},
    {.id = "project-invalid",
     .why = "Without a readable folder there is no project.",
     .how = "See that its files can be read, and that there is memory enough (--memory)."},
    {.id = "script-invalid",
     .why = "A script that fails declares nothing; its metrics are not there.",
     .how = "Mend the line: the message is Lua's own, or that of a declaration."},
    {.id = "metric-invalid",
     .why = "The metric has no value, and neither has any that needs it.",
     .how = "Mend the formula: the names it uses, and circles."},
    {.id = "source-invalid",
     .data = true,
     .why = "Metrics over this source have no values.",
     .how = "See path, type and columns of the source; 'cynosure load' shows what was read."},
    {.id = "column-unknown",
     .data = true,
     .why = "The project's entity, dimensions and events are columns of the data.",
     .how = "Name a column that is there; 'cynosure load' lists them."},
    {.id = "expression-invalid",
     .data = true,
     .why = "The aggregate has no value, and neither has any metric that needs it.",
     .how = "Mend the expression: columns that are there, and comparisons that can hold."},
    {.id = "rows-left-out",
     .severity = CYN_LINT_NOTE,
     .data = true,
     .why = "Rows that could not be read are missing from every number.",
     .how = "'cynosure load' lists them, with file, line and reason."},
    {.id = "rows-without-time",
     .severity = CYN_LINT_NOTE,
     .data = true,
     .why = "Rows without a time belong to no period, and count in none.",
     .how = "Mend the data, or see whether the source's time column is the right one."},
    {0},
};

static const cyn_lint lints_silences[] = {
    {.id = "silence-unknown",
     .severity = CYN_LINT_WARNING,
     .why = "A misspelt silence hides nothing, and its reason is lost.",
     .how = "Name an id that 'cynosure check --list' lists."},
    {.id = "silence-of-error",
     .severity = CYN_LINT_WARNING,
     .why = "What fails gives no value, whatever the reason.",
     .how = "Mend the error, and take the silence away."},
    {.id = "silence-unused",
     .severity = CYN_LINT_NOTE,
     .why = "What it hid has been mended; it would hide the next one unseen.",
     .how = "Take it away."},
    {0},
};

const cyn_lint_topic cyn_lint_topics[] = {
    {"Failures and gaps", lints_failures}, {"Definition sheets", cyn_lints_sheet},
    {"North Star Metric", cyn_lints_nsm},  {"Trees", cyn_lints_tree},
    {"Evidence", cyn_lints_evidence},      {"OKRs", cyn_lints_okr},
    {"Events", cyn_lints_events},          {"Properties", cyn_lints_properties},
    {"Alert rules", cyn_lints_rule},       {"Delivery", cyn_lints_delivery},
    {"Silences", lints_silences},          {0},
};

const cyn_lint *cyn_lint_find(const char *id)
{
    for (const cyn_lint_topic *t = cyn_lint_topics; t->title; t++)
        for (const cyn_lint *l = t->lints; l->id; l++)
            if (strcmp(l->id, id) == 0) return l;
    return NULL;
}

/* ---- what lints ask and say ---- */

void *cyn_lint_alloc(cyn_lint_run *run, size_t count, size_t size)
{
    void *p = cyn_alloc_array(run->arena, count, size);
    if (!p) run->rc = cyn_nomem(run->err);
    return p;
}

bool cyn_lint_applies(const cyn_lint *lint, const cyn_lint_metric *m)
{
    return m->has_sheet && (lint->roles & CYN_OF(m->role));
}

const char *cyn_lint_name(cyn_lint_run *run, const cyn_lint_metric *m)
{
    static const char *const words[] = {
        [CYN_ROLE_NONE] = "the metric",    [CYN_NSM] = "the North Star Metric",
        [CYN_KGI] = "the goal (KGI)",      [CYN_KPI] = "the KPI",
        [CYN_GUARDRAIL] = "the guardrail",
    };
    const char *text = cyn_sprintf(run->arena, "%s '%s'", words[m->role], m->metric->name);
    if (!text) run->rc = cyn_nomem(run->err);
    return text ? text : "";
}

static void CYN_PRINTF(6, 0) say(cyn_lint_run *run, const cyn_lint *lint, cyn_place place,
                                 const char *metric, const char *hint, const char *fmt, va_list ap)
{
    char message[1024];
    vsnprintf(message, sizeof message, fmt, ap);
    /* One that was cut must not end inside a character. */
    size_t n = cyn_utf8_valid(message, strlen(message));
    message[n] = '\0';
    cyn_blank_controls(message, n, false);
    cyn_remarks_add(
        run->found,
        &(cyn_remark){
            .lint = lint, .place = place, .message = message, .hint = hint, .metric = metric});
}

void cyn_lint_say(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *m,
                  const char *hint, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(run, lint, m->place, m->metric->name, hint, fmt, ap);
    va_end(ap);
}

void cyn_lint_say_at(cyn_lint_run *run, const cyn_lint *lint, cyn_place place, const char *hint,
                     const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(run, lint, place, NULL, hint, fmt, ap);
    va_end(ap);
}

void cyn_lint_say_row(cyn_lint_run *run, const cyn_lint *lint, const cyn_sheet *row,
                      const char *hint, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(run, lint, (cyn_place){row->file, row->line, row->column}, row->name, hint, fmt, ap);
    va_end(ap);
}

const char *cyn_lint_did_you_mean(cyn_lint_run *run, const char *near)
{
    if (!near) return NULL;
    const char *hint = cyn_sprintf(run->arena, "did you mean '%s'?", near);
    if (!hint) run->rc = cyn_nomem(run->err);
    return hint;
}

const char *cyn_lint_nearest(cyn_lint_run *run, const char *word, const char *const *names,
                             size_t n)
{
    return cyn_lint_did_you_mean(run, cyn_nearest(word, names, n));
}

/* ---- the run ---- */

cyn_code cyn_lint_project(const cyn_project *p, cyn_dataset *d, cyn_remarks *found, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_lint_run run = {
        .project = p, .data = d, .arena = scratch, .found = found, .err = err, .rc = CYN_OK};
    cyn_code rc;
    CYN_GOTO(cyn_lint_prepare(&run));
    CYN_GOTO(cyn_lint_prepare_events(&run));
    for (const cyn_lint_topic *t = cyn_lint_topics; t->title && run.rc == CYN_OK; t++)
        for (const cyn_lint *l = t->lints; l->id && run.rc == CYN_OK; l++)
            if (l->check && (d || !l->data)) l->check(&run, l);
    if (run.rc == CYN_OK) cyn_lint_silence(&run);
    rc = run.rc == CYN_OK && found->failed ? cyn_nomem(err) : run.rc;
done:
    cyn_arena_free(scratch);
    return rc;
}
