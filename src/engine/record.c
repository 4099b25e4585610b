#include "engine/record.h"
#include "store/store.h"
#include <stdio.h>
#include <string.h>

static cyn_code record_definition(cyn_store *st, const cyn_project *p, const cyn_metric *m,
                                  cyn_err *err)
{
    cyn_buf text = {0};
    cyn_code rc = cyn_formula_text(m->formula, p->catalog->aggs, &text, err);
    if (rc == CYN_OK) rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK) rc = cyn_store_add_definition(st, m, text.data, err);
    cyn_buf_clear(&text);
    return rc;
}

static cyn_code record_all(cyn_store *st, const cyn_project *p, const cyn_eval_result *result,
                           const char *command, cyn_err *err)
{
    int64_t run;
    const cyn_metric *last = NULL;
    CYN_TRY(cyn_store_begin_run(st, command, result->as_of, &run, err));
    for (size_t i = 0; i < result->npoints; i++) {
        const cyn_point *point = &result->points[i];
        if (point->failed) continue;
        if (point->metric != last) CYN_TRY(record_definition(st, p, point->metric, err));
        last = point->metric;
        char label[64];
        cyn_period_label(&p->calendar, point->period, label, sizeof label);
        CYN_TRY(cyn_store_add_point(st, run, point, label, err));
    }
    return cyn_store_commit_run(st, run, result->failed, err);
}

/* The type that the last record of a source gave a column, from "amount:decimal\n…". */
static bool old_type(const char *schema, const char *column, char *out, size_t size)
{
    size_t n = strlen(column);
    for (const char *line = schema; line && *line;) {
        const char *end = strchr(line, '\n');
        if (!end) return false;
        if (strncmp(line, column, n) == 0 && line[n] == ':') {
            snprintf(out, size, "%.*s", (int)(end - line - (ptrdiff_t)n - 1), line + n + 1);
            return true;
        }
        line = end + 1;
    }
    return false;
}

/* An inferred type that differs from last time's is said aloud: new data must not change what a
 * column means without anyone noticing. */
static void note_changes(const cyn_load_report *report, const char *schema, cyn_err_list *notes)
{
    for (size_t i = 0; i < report->ncolumns; i++) {
        const cyn_load_column *c = &report->columns[i];
        char was[32];
        if (c->declared || !old_type(schema, c->name, was, sizeof was)) continue;
        if (strcmp(was, cyn_type_name(c->type)) == 0) continue;
        cyn_err note = {0};
        cyn_fail(&note, CYN_E_TYPE, "source '%s': column '%s' was %s, is now %s (%s)",
                 report->source, c->name, was, cyn_type_name(c->type), c->why ? c->why : "");
        cyn_hint(&note, "declare its type in cynosure.yaml to have rows that do not fit reported");
        cyn_err_list_add(notes, &note);
    }
}

static cyn_code record_schema(cyn_store *st, const cyn_dataset *d, const cyn_load_report *report,
                              cyn_err_list *notes, cyn_err *err)
{
    const char *schema = NULL;
    CYN_TRY(cyn_store_schema(st, report->source, d->arena, &schema, err));
    note_changes(report, schema, notes);
    cyn_buf text = {0};
    for (size_t i = 0; i < report->ncolumns; i++)
        cyn_buf_printf(&text, "%s:%s\n", report->columns[i].name,
                       cyn_type_name(report->columns[i].type));
    cyn_code rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK && text.data) rc = cyn_store_set_schema(st, report->source, text.data, err);
    cyn_buf_clear(&text);
    return rc;
}

cyn_code cyn_record_points(const cyn_project *p, const cyn_dataset *d,
                           const cyn_eval_result *result, const char *command, cyn_err_list *notes,
                           cyn_err *err)
{
    char *path = cyn_sprintf(d->arena, "%s/.cynosure/state.db", p->dir);
    if (!path) return cyn_nomem(err);
    cyn_store *st;
    CYN_TRY(cyn_store_open(path, &st, err));
    cyn_code rc = record_all(st, p, result, command, err);
    for (size_t i = 0; rc == CYN_OK && i < p->config->nsources; i++)
        if (d->sources[i].table && d->sources[i].report)
            rc = record_schema(st, d, d->sources[i].report, notes, err);
    cyn_store_close(st);
    return rc;
}
