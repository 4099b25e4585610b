#include "engine/check.h"
#include "base/text.h"
#include "engine/bind.h"
#include "engine/custom.h"
#include <string.h>

static const cyn_sheet *find_sheet(const cyn_project *p, const char *name)
{
    for (size_t i = 0; i < p->sheets->count; i++)
        if (strcmp(p->sheets->items[i].name, name) == 0) return &p->sheets->items[i];
    return NULL;
}

static void check_metrics(const cyn_project *p, cyn_err_list *errors, cyn_err_list *notes)
{
    for (size_t i = 0; i < p->nmetrics; i++) {
        const cyn_metric *m = p->metrics[i];
        if (p->metric_errors[i].code != CYN_OK) cyn_err_list_add(errors, &p->metric_errors[i]);
        if (find_sheet(p, m->name)) continue;
        cyn_err note = {0};
        cyn_fail_at(&note, CYN_E_NAME, m->place.file, m->place.line, m->place.column,
                    "metric '%s' has no row in kpis.yaml", m->name);
        cyn_hint(&note, "add it there: why, owner, unit, direction, target, thresholds");
        cyn_err_list_add(notes, &note);
    }
}

static void check_sheets(const cyn_project *p, cyn_err_list *notes)
{
    const char *names[1024];
    size_t n = 0;
    while (n < p->nmetrics && n < 1024) {
        names[n] = p->metrics[n]->name;
        n++;
    }
    for (size_t i = 0; i < p->sheets->count; i++) {
        const cyn_sheet *s = &p->sheets->items[i];
        if (cyn_project_metric(p, s->name) != CYN_NO_METRIC) continue;
        cyn_err note = {0};
        cyn_fail_at(&note, CYN_E_NAME, s->file, s->line, s->column,
                    "no script declares the metric '%s'", s->name);
        const char *near = cyn_nearest(s->name, names, n);
        if (near)
            cyn_hint(&note, "did you mean '%s'?", near);
        else
            cyn_hint(&note, "declare it in metrics/: metric \"%s\" { value = … }", s->name);
        cyn_err_list_add(notes, &note);
    }
}

static void note_rows(const cyn_project *p, const cyn_source_data *sd, size_t source,
                      cyn_err_list *notes)
{
    const cyn_config_source *s = &p->config->sources[source];
    cyn_err note = {0};
    if (sd->report->bad > 0) {
        const cyn_bad_row *first = sd->report->nbad_rows ? &sd->report->bad_rows[0] : NULL;
        cyn_fail_at(&note, CYN_E_DATA, first ? first->file : NULL, first ? (int)first->line : 0, 0,
                    "source '%s': %lld of %lld rows could not be used; the first: %s", s->name,
                    (long long)sd->report->bad, (long long)(sd->report->bad + sd->report->rows),
                    first ? first->reason : "");
        cyn_hint(&note, "'cynosure load %s' lists them", s->name);
        cyn_err_list_add(notes, &note);
    }
    if (sd->report->without_time > 0) {
        memset(&note, 0, sizeof note);
        cyn_fail_at(&note, CYN_E_DATA, "cynosure.yaml", s->line, s->column,
                    "source '%s': %lld rows have no %s and belong to no period", s->name,
                    (long long)sd->report->without_time, s->time);
        cyn_err_list_add(notes, &note);
    }
}

void cyn_note_rows(const cyn_dataset *d, cyn_err_list *notes)
{
    for (size_t i = 0; i < d->project->config->nsources; i++)
        if (d->sources[i].table && d->sources[i].report)
            note_rows(d->project, &d->sources[i], i, notes);
}

static void check_dimensions(const cyn_project *p, const cyn_source_data *sd, size_t source,
                             cyn_err_list *errors)
{
    const cyn_config_source *s = &p->config->sources[source];
    const char *names[512];
    size_t n = 0;
    while (n < cyn_table_width(sd->table) && n < 512) {
        names[n] = cyn_table_column(sd->table, n)->name;
        n++;
    }
    for (size_t i = 0; i < s->ndimensions + 1; i++) {
        const char *column = i < s->ndimensions ? s->dimensions[i] : s->entity;
        if (!column || cyn_table_find(sd->table, column) >= 0) continue;
        cyn_err e = {0};
        cyn_fail_at(&e, CYN_E_NAME, "cynosure.yaml", s->line, s->column,
                    "source '%s': the %s '%s' is not among its columns", s->name,
                    i < s->ndimensions ? "dimension" : "entity", column);
        const char *near = cyn_nearest(column, names, n);
        if (near) cyn_hint(&e, "did you mean '%s'?", near);
        cyn_err_list_add(errors, &e);
    }
}

static cyn_code check_sources(const cyn_project *p, cyn_dataset *d, cyn_err_list *errors,
                              cyn_err_list *notes, cyn_err *err)
{
    for (size_t i = 0; i < p->config->nsources; i++) {
        cyn_err e = {0};
        cyn_code rc = cyn_dataset_need(d, i, &e);
        if (cyn_concerns_all(rc)) {
            if (err) *err = e;
            return rc;
        }
        if (rc != CYN_OK) {
            cyn_err_list_add(errors, &e);
            continue;
        }
        note_rows(p, &d->sources[i], i, notes);
        check_dimensions(p, &d->sources[i], i, errors);
    }
    return CYN_OK;
}

/* Aggregates that share an expression share its error. */
static void add_once(cyn_err_list *errors, const cyn_err *e)
{
    for (size_t i = 0; i < errors->count; i++) {
        const cyn_err *other = &errors->items[i];
        if (other->line == e->line && other->column == e->column &&
            strcmp(other->file, e->file) == 0 && strcmp(other->message, e->message) == 0)
            return;
    }
    cyn_err_list_add(errors, e);
}

/* Every aggregate that a script made, whether a metric uses it or not, over all time. */
static cyn_code bind_aggs(const cyn_project *p, cyn_rows_set *set, const cyn_spans *spans,
                          cyn_err_list *errors, cyn_err *err)
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
        if (rc != CYN_OK) add_once(errors, &e);
        rc = CYN_OK;
    }
    return rc;
}

static cyn_code check_aggs(const cyn_project *p, cyn_dataset *d, cyn_err_list *errors, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_rows_set *set = NULL;
    cyn_spans *spans;
    cyn_period all = cyn_period_at(&p->calendar, (cyn_grain){CYN_ALL, 1}, 0);
    cyn_code rc = cyn_rows_set_new(d, NULL, 0, NULL, scratch, &set, err);
    if (rc == CYN_OK) rc = cyn_spans_new(&p->calendar, cyn_now(), scratch, &spans, err);
    if (rc == CYN_OK) rc = cyn_spans_request(spans, &all, 1, 0, err);
    if (rc == CYN_OK) rc = bind_aggs(p, set, spans, errors, err);
    cyn_rows_set_free(set);
    cyn_arena_free(scratch);
    return rc;
}

cyn_code cyn_check(const cyn_project *p, cyn_dataset *d, bool with_data, cyn_err_list *errors,
                   cyn_err_list *notes, cyn_err *err)
{
    check_metrics(p, errors, notes);
    check_sheets(p, notes);
    if (!with_data) return CYN_OK;
    CYN_TRY(check_sources(p, d, errors, notes, err));
    return check_aggs(p, d, errors, err);
}
