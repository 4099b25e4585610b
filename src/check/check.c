#include "check/check.h"
#include "base/text.h"
#include "engine/bind.h"
#include "engine/custom.h"
#include "engine/okr.h"
#include "rules/check.h"
#include "rules/watch.h"
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool holds(const cyn_err_list *list, const cyn_err *e)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].line == e->line && strcmp(list->items[i].file, e->file) == 0 &&
            strcmp(list->items[i].message, e->message) == 0)
            return true;
    return false;
}

/* What the YAML, the scripts, and both together got wrong. */
static const char *kind_of(const cyn_err *e, const cyn_err_list *okr_names)
{
    if (e->code == CYN_E_NOMEM || !e->file[0]) return "project-invalid";
    if (holds(okr_names, e)) return "okr-name-unknown";
    if (ends_with(e->file, ".lua")) return "script-invalid";
    return ends_with(e->file, ".yaml") ? "yaml-invalid" : "project-invalid";
}

void cyn_check_opened(const cyn_project *p, const cyn_err_list *errors, cyn_remarks *found)
{
    cyn_err_list okr_names;
    cyn_err_list_init(&okr_names, found->arena);
    if (p && p->catalog) cyn_okrs_check_names(p, &okr_names);
    for (size_t i = 0; i < errors->count; i++)
        cyn_remarks_add_error(found, kind_of(&errors->items[i], &okr_names), NULL,
                              &errors->items[i]);
}

static void check_metrics(const cyn_project *p, cyn_remarks *found)
{
    for (size_t i = 0; i < p->nmetrics; i++)
        if (p->metric_errors[i].code != CYN_OK)
            cyn_remarks_add_error(found, "metric-invalid", p->metrics[i]->name,
                                  &p->metric_errors[i]);
}

static void check_rules(const cyn_project *p, cyn_remarks *found)
{
    for (size_t i = 0; i < p->catalog->nrules; i++) {
        cyn_err e = {0};
        cyn_code rc = cyn_rule_check(p, p->catalog->rules[i], &e);
        if (rc == CYN_E_NOMEM)
            found->failed = true;
        else if (rc != CYN_OK)
            cyn_remarks_add_error(found, "rule-invalid", NULL, &e);
    }
}

static void check_rows(const cyn_dataset *d, size_t source, cyn_remarks *found)
{
    cyn_err unread = {0}, timeless = {0};
    cyn_dataset_left_out(d, source, &unread, &timeless);
    if (unread.code != CYN_OK) cyn_remarks_add_error(found, "rows-left-out", NULL, &unread);
    if (timeless.code != CYN_OK) cyn_remarks_add_error(found, "rows-without-time", NULL, &timeless);
}

static void say_unknown(const cyn_config_source *s, const cyn_source_data *sd, const char *what,
                        const char *column, cyn_remarks *found)
{
    if (!column || cyn_table_find(sd->table, column) >= 0) return;
    cyn_err e = {0};
    cyn_fail_at(&e, CYN_E_NAME, "cynosure.yaml", s->line, s->column,
                "source '%s': the %s '%s' is not among its columns", s->name, what, column);
    const char *near = cyn_table_nearest(sd->table, column);
    if (near) cyn_hint(&e, "did you mean '%s'?", near);
    cyn_remarks_add_error(found, "column-unknown", NULL, &e);
}

/* The columns that cynosure.yaml names. */
static void check_columns(const cyn_project *p, const cyn_source_data *sd, size_t source,
                          cyn_remarks *found)
{
    const cyn_config_source *s = &p->config->sources[source];
    for (size_t i = 0; i < s->ndimensions; i++)
        say_unknown(s, sd, "dimension", s->dimensions[i], found);
    say_unknown(s, sd, "entity", s->entity, found);
    say_unknown(s, sd, "event", s->event, found);
}

static cyn_code check_sources(const cyn_project *p, cyn_dataset *d, cyn_remarks *found,
                              cyn_err *err)
{
    for (size_t i = 0; i < p->config->nsources; i++) {
        cyn_err e = {0};
        cyn_code rc = cyn_dataset_need(d, i, &e);
        if (cyn_concerns_all(rc)) {
            if (err) *err = e;
            return rc;
        }
        if (rc != CYN_OK) {
            cyn_remarks_add_error(found, "source-invalid", NULL, &e);
            continue;
        }
        check_rows(d, i, found);
        check_columns(p, &d->sources[i], i, found);
    }
    return CYN_OK;
}

/* Every aggregate that a script made, whether a metric uses it or not, over all time. Those that
 * share an expression share its error, which then stays once (cyn_remarks_sort). */
static cyn_code bind_aggs(const cyn_project *p, cyn_rows_set *set, const cyn_spans *spans,
                          cyn_remarks *found, cyn_err *err)
{
    const cyn_dataset *d = set->data;
    cyn_code rc = CYN_OK;
    for (size_t i = 0; i < p->catalog->naggs; i++) {
        const cyn_agg *agg = p->catalog->aggs[i];
        int source = cyn_project_source(p, agg->view->source);
        if (source >= 0 && !d->sources[source].table) continue; /* said already */
        cyn_bound_agg bound;
        cyn_err e = {0};
        rc = cyn_bind_agg(set, agg, spans, 0, CYN_BIND_STEPS, &bound, &e);
        if (rc == CYN_OK && agg->func == CYN_CUSTOM)
            rc = cyn_custom_check(set, agg, bound.rows, &e);
        if (cyn_concerns_all(rc)) {
            if (err) *err = e;
            break;
        }
        if (rc != CYN_OK) cyn_remarks_add_error(found, "expression-invalid", NULL, &e);
        rc = CYN_OK;
    }
    return rc;
}

static cyn_code check_aggs(const cyn_project *p, cyn_dataset *d, cyn_remarks *found, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_rows_set *set = NULL;
    cyn_spans *spans;
    cyn_period all = cyn_period_at(&p->calendar, (cyn_grain){CYN_ALL, 1}, 0);
    cyn_code rc = cyn_rows_set_new(d, NULL, 0, NULL, scratch, &set, err);
    if (rc == CYN_OK) rc = cyn_spans_new(&p->calendar, cyn_now(), scratch, &spans, err);
    if (rc == CYN_OK) rc = cyn_spans_request(spans, &all, 1, 0, err);
    if (rc == CYN_OK) rc = bind_aggs(p, set, spans, found, err);
    cyn_rows_set_free(set);
    cyn_arena_free(scratch);
    return rc;
}

cyn_code cyn_check(const cyn_project *p, cyn_dataset *d, bool with_data, cyn_remarks *found,
                   cyn_err *err)
{
    check_metrics(p, found);
    check_rules(p, found);
    if (with_data) {
        CYN_TRY(check_sources(p, d, found, err));
        CYN_TRY(check_aggs(p, d, found, err));
    }
    CYN_TRY(cyn_lint_project(p, with_data ? d : NULL, found, err));
    cyn_remarks_sort(found);
    return found->failed ? cyn_nomem(err) : CYN_OK;
}
