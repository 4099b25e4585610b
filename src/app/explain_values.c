/* What a metric's numbers say: its last value with what is behind it, the segments that moved it,
 * and since when it is computed as it is. */
#include "app/explain.h"
#include "engine/tree.h"
#include "report/report.h"
#include "store/definition.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS_MOST 3 /* of a dimension */

/* ---- definitions ---- */

static cyn_code read_versions(const cyn_project *p, const char *metric, cyn_arena *arena,
                              const cyn_stored_definition **out, size_t *count, cyn_err *err)
{
    const char *path = cyn_state_path(p->dir, arena);
    if (!path) return cyn_nomem(err);
    *count = 0;
    if (access(path, R_OK) != 0) return CYN_OK; /* nothing was recorded yet */
    cyn_store *st = NULL;
    CYN_TRY(cyn_store_open(path, &st, err));
    cyn_code rc = cyn_store_definitions(st, metric, arena, out, count, err);
    cyn_store_close(st);
    return rc;
}

cyn_code cyn_say_definition(cyn_facts *f, const cyn_metric *m, cyn_arena *arena, cyn_err *err)
{
    const cyn_stored_definition *versions = NULL;
    size_t n = 0;
    cyn_buf text = {0};
    char day[24];
    cyn_err why = {0};
    cyn_say(f, "definition", m->definition);
    if (read_versions(f->project, m->name, arena, &versions, &n, &why) != CYN_OK) {
        if (cyn_concerns_all(why.code)) {
            if (err) *err = why;
            return why.code;
        }
        cyn_say(f, "in use", why.message); /* the rest does not need the state */
        return CYN_OK;
    }
    cyn_begin_list(f, "in use");
    for (size_t i = 0; i < n; i++) {
        cyn_format_date(cyn_tz_date(f->project->calendar.tz, versions[i].since), day, sizeof day);
        cyn_buf_printf(&text, "since %s", day);
        if (strcmp(versions[i].hash, m->definition) != 0)
            cyn_buf_printf(&text, ", now no more: %s", versions[i].formula);
        cyn_say_item(f, &text);
    }
    cyn_end_list(f);
    return CYN_OK;
}

/* ---- the last value ---- */

/* "2026-W46: 59.9 % = 136 / 227, over 227 rows" */
static void write_cell(const cyn_facts *f, const cyn_metric *m, cyn_period period,
                       const cyn_cell *cell, cyn_buf *out)
{
    char label[64];
    cyn_period_label(&f->project->calendar, period, label, sizeof label);
    cyn_buf_printf(out, "%s: ", label);
    cyn_format_value(cell->value, m->sheet.unit, "en", out);
    if (!cyn_num_is_missing(cell->numerator) && !cyn_num_is_missing(cell->denominator)) {
        cyn_buf_puts(out, " = ");
        cyn_format_value(cell->numerator, NULL, "en", out);
        cyn_buf_puts(out, " / ");
        cyn_format_value(cell->denominator, NULL, "en", out);
    }
    cyn_buf_puts(out, ", over ");
    cyn_format_value(cyn_num_integer(cell->rows), NULL, "en", out);
    cyn_buf_puts(out, cell->rows == 1 ? " row" : " rows");
}

static void say_last(cyn_facts *f, const cyn_point *p)
{
    const cyn_metric *m = p->metric;
    const cyn_cell now = {.value = p->value,
                          .numerator = p->numerator,
                          .denominator = p->denominator,
                          .rows = p->rows};
    cyn_buf text = {0};
    cyn_begin_list(f, "last value");
    write_cell(f, m, p->period, &now, &text);
    if (p->status != CYN_STATUS_NONE) cyn_buf_printf(&text, ", %s", cyn_status_names[p->status]);
    if (p->immature) cyn_buf_puts(&text, ", immature");
    cyn_say_item(f, &text);
    if (p->period.grain.unit != CYN_ALL) {
        write_cell(f, m, cyn_period_shift(&f->project->calendar, p->period, -1), &p->against,
                   &text);
        cyn_say_item(f, &text);
    }
    cyn_end_list(f);
}

/* ---- what moved it ---- */

static void write_key(const cyn_point *p, cyn_buf *out)
{
    const cyn_const *k = &p->keys[0];
    switch (k->kind) {
    case CYN_CONST_NIL: cyn_buf_puts(out, "–"); break;
    case CYN_CONST_BOOLEAN: cyn_buf_puts(out, k->i ? "true" : "false"); break;
    case CYN_CONST_INTEGER: cyn_buf_printf(out, "%lld", (long long)k->i); break;
    case CYN_CONST_REAL: cyn_buf_real(out, k->r); break;
    case CYN_CONST_TEXT: cyn_buf_add(out, k->s, k->n); break;
    }
}

/* "channel = ads: +7.2 pt (66 % of the change)" */
static void write_segment(const cyn_tree_view *view, const cyn_tree_item *item, cyn_buf *out)
{
    const char *unit = item->point->metric->sheet.unit;
    cyn_buf_printf(out, "%s = ", view->dimension);
    write_key(item->point, out);
    cyn_buf_puts(out, ": ");
    cyn_format_difference(cyn_num_real(item->contribution), unit, "en", out);
    if (!isnan(item->share)) cyn_buf_printf(out, " (%.0f %% of the change)", 100 * item->share);
    if (item->state == CYN_SEGMENT_NEW) cyn_buf_puts(out, ", new");
    if (item->state == CYN_SEGMENT_VANISHED) cyn_buf_puts(out, ", gone");
}

static void say_segments(cyn_facts *f, const cyn_tree_view *view)
{
    cyn_buf text = {0};
    size_t said = 0;
    for (size_t i = 0; i < view->count && said < SEGMENTS_MOST; i++) {
        const cyn_tree_item *item = &view->items[i];
        if (item->line != CYN_LINE_SEGMENT || isnan(item->contribution) || !item->contribution)
            continue;
        write_segment(view, item, &text);
        cyn_say_item(f, &text);
        said++;
    }
}

/* Whether all sources below the metric have the dimension: only then does it have its segments. */
static bool all_have(const cyn_project *p, const cyn_explained_aggs *aggs, const char *dimension)
{
    for (size_t i = 0; i < aggs->count; i++) {
        int source = cyn_project_source(p, p->catalog->aggs[aggs->items[i]]->view->source);
        if (source < 0) return false;
        const cyn_config_source *s = &p->config->sources[source];
        size_t d = 0;
        while (d < s->ndimensions && strcmp(s->dimensions[d], dimension) != 0)
            d++;
        if (d == s->ndimensions) return false;
    }
    return aggs->count > 0;
}

static cyn_code say_moves(cyn_facts *f, cyn_session *s, const cyn_metric *m,
                          const cyn_explained_aggs *aggs, cyn_err *err)
{
    const cyn_project *p = s->project;
    if (aggs->count == 0) return CYN_OK;
    int first = cyn_project_source(p, p->catalog->aggs[aggs->items[0]]->view->source);
    if (first < 0) return CYN_OK;
    const cyn_config_source *source = &p->config->sources[first];
    cyn_begin_list(f, "moved by");
    for (size_t d = 0; d < source->ndimensions; d++) {
        cyn_tree_view view;
        cyn_tree_request r = {
            .root = m->name, .by = source->dimensions[d], .depth = 0, .cancel = &cyn_interrupted};
        if (!all_have(p, aggs, source->dimensions[d])) continue;
        CYN_TRY(cyn_tree_evaluate(p, s->data, &r, s->arena, &view, err));
        say_segments(f, &view);
    }
    cyn_end_list(f);
    return CYN_OK;
}

cyn_code cyn_say_values(cyn_facts *f, cyn_session *s, const cyn_metric *m,
                        const cyn_explained_aggs *aggs, cyn_err *err)
{
    cyn_eval_result result;
    cyn_eval_request request = {.metrics = &m->name,
                                .nmetrics = 1,
                                .has_against = true,
                                .against = {.kind = CYN_AGAINST_PREVIOUS},
                                .cancel = &cyn_interrupted};
    CYN_TRY(cyn_evaluate(s->project, s->data, &request, s->arena, &result, err));
    if (result.npoints == 0) return CYN_OK;
    if (result.points[0].failed) {
        char why[1024];
        cyn_err_format(result.points[0].error, why, sizeof why);
        cyn_say(f, "no value", why);
        return CYN_OK;
    }
    say_last(f, &result.points[0]);
    return say_moves(f, s, m, aggs, err);
}
