/* What a chart shows beside values, and what surrounds a metric: definitions that came into use,
 * annotations, alerts that fired; formula, parts, parents. */
#include "base/text.h"
#include "live/overview_impl.h"
#include "store/alerts.h"
#include "store/definition.h"
#include <stdlib.h>
#include <string.h>

#define FIRED_MOST 10000 /* events that are read, the newest ones */

/* ---- marks ---- */

typedef struct mark_list {
    cyn_page_event *items;
    size_t count, capacity;
} mark_list;

typedef struct marks {
    overview_work *w;
    mark_list *of; /* [metric] */
} marks;

static cyn_code add_mark(marks *m, size_t metric, cyn_page_event e, cyn_err *err)
{
    mark_list *l = &m->of[metric];
    cyn_page_event *more = cyn_grown(m->w->arena, l->items, l->count, &l->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    l->items = more;
    l->items[l->count++] = e;
    return CYN_OK;
}

/* Among the periods, a definition came into use where now was for the run that first used it: for a
 * project whose as_of lies years back, years back. The first definition of all is no change of any.
 */
static cyn_code mark_seams(marks *m, size_t metric, cyn_err *err)
{
    const cyn_stored_definition *list = NULL;
    size_t n = 0;
    CYN_TRY(cyn_store_definitions(m->w->store, m->w->project->metrics[metric]->name, m->w->scratch,
                                  &list, &n, err));
    for (size_t i = 0; i + 1 < n; i++) {
        const char *is = list[i].formula, *was = list[i + 1].formula;
        bool told = is && was && strcmp(is, was) != 0;
        const char *text = told ? cyn_sprintf(m->w->arena, "%s → %s", was, is) : "";
        if (!text) return cyn_nomem(err);
        CYN_TRY(add_mark(m, metric,
                         (cyn_page_event){.at = list[i].as_of, .text = text, .kind = CYN_PAGE_SEAM},
                         err));
    }
    return CYN_OK;
}

static bool is_about(const cyn_annotation *a, const cyn_metric *metric)
{
    bool named = a->nmetrics == 0;
    for (size_t i = 0; i < a->nmetrics && !named; i++)
        named = strcmp(a->metrics[i], metric->name) == 0;
    return named;
}

static cyn_code mark_notes(marks *m, size_t metric, cyn_err *err)
{
    const cyn_config *config = m->w->project->config;
    for (size_t i = 0; i < config->nannotations; i++) {
        const cyn_annotation *a = &config->annotations[i];
        if (!is_about(a, m->w->project->metrics[metric])) continue;
        cyn_page_event e = {.at = cyn_tz_midnight(m->w->project->calendar.tz, a->at),
                            .text = cyn_label_text(a->text, "en", ""),
                            .ja = cyn_label_text(a->text, "ja", ""),
                            .kind = CYN_PAGE_NOTE};
        CYN_TRY(add_mark(m, metric, e, err));
    }
    return CYN_OK;
}

/* The beginning of the longest chart. */
static int64_t charts_begin(const overview_work *w)
{
    int64_t begin = CYN_TIME_MAX;
    for (size_t i = 0; i < w->project->nmetrics; i++)
        if (w->metrics[i].nvalues && w->metrics[i].periods[0].start < begin)
            begin = w->metrics[i].periods[0].start;
    return begin;
}

static cyn_code mark_fired(marks *m, cyn_err *err)
{
    const cyn_event_row *events = NULL;
    const cyn_event_filter filter = {
        .from = charts_begin(m->w), .to = CYN_TIME_MAX, .most = FIRED_MOST, .terse = true};
    size_t n = 0;
    CYN_TRY(cyn_store_events(m->w->store, &filter, m->w->scratch, &events, &n, err));
    for (size_t i = 0; i < n; i++) {
        const cyn_notice *notice = &events[i].notice;
        size_t metric = cyn_project_metric(m->w->project, notice->metric);
        if (notice->what != CYN_ALERT_FIRED || metric == CYN_NO_METRIC) continue;
        const char *text = notice->summary[0] ? notice->summary : notice->title;
        cyn_page_event e = {.at = notice->at,
                            .text = cyn_strdup(m->w->arena, text[0] ? text : notice->rule),
                            .kind = CYN_PAGE_FIRED};
        if (!e.text) return cyn_nomem(err);
        CYN_TRY(add_mark(m, metric, e, err));
    }
    return CYN_OK;
}

static int by_time(const void *x, const void *y)
{
    const cyn_page_event *a = x, *b = y;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return (int)a->kind - (int)b->kind;
}

cyn_code overview_mark(overview_work *w, cyn_err *err)
{
    marks m = {.w = w, .of = CYN_NEW_ARRAY(w->scratch, w->project->nmetrics + 1, mark_list)};
    if (!m.of) return cyn_nomem(err);
    for (size_t i = 0; i < w->project->nmetrics; i++) {
        if (w->store) CYN_TRY(mark_seams(&m, i, err));
        CYN_TRY(mark_notes(&m, i, err));
    }
    if (w->store) CYN_TRY(mark_fired(&m, err));
    for (size_t i = 0; i < w->project->nmetrics; i++) {
        if (m.of[i].count) qsort(m.of[i].items, m.of[i].count, sizeof *m.of[i].items, by_time);
        w->metrics[i].events = m.of[i].items;
        w->metrics[i].nevents = m.of[i].count;
    }
    return CYN_OK;
}

/* ---- formulas ---- */

static cyn_code formula_of(overview_work *w, const cyn_metric *m, const char **out, cyn_err *err)
{
    cyn_buf text = {0};
    cyn_code rc = cyn_formula_text(m->formula, w->project->catalog->aggs, &text, err);
    if (rc == CYN_OK) rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK && !(*out = cyn_strndup(w->arena, text.data ? text.data : "", text.len)))
        rc = cyn_nomem(err);
    cyn_buf_clear(&text);
    return rc;
}

/* Those that the metric is made of, which there are. */
static cyn_code parts_of(overview_work *w, cyn_page_metric *m, cyn_err *err)
{
    const cyn_formula *made_of = cyn_metric_parts(m->metric);
    const char *const *names = NULL;
    size_t n = 0;
    CYN_TRY(cyn_formula_inputs(made_of ? made_of : m->metric->formula, w->arena, &names, &n, err));
    const char **parts = CYN_NEW_ARRAY(w->arena, n + 1, const char *);
    if (!parts) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (cyn_project_metric(w->project, names[i]) != CYN_NO_METRIC)
            parts[m->nparts++] = names[i];
    m->parts = parts;
    return CYN_OK;
}

static cyn_code set_parents(overview_work *w, cyn_err *err)
{
    size_t all = w->project->nmetrics, *count = CYN_NEW_ARRAY(w->scratch, all + 1, size_t);
    if (!count) return cyn_nomem(err);
    for (size_t i = 0; i < all; i++)
        for (size_t k = 0; k < w->metrics[i].nparts; k++)
            count[cyn_project_metric(w->project, w->metrics[i].parts[k])]++;
    const char ***parents = CYN_NEW_ARRAY(w->scratch, all + 1, const char **);
    if (!parents) return cyn_nomem(err);
    for (size_t i = 0; i < all; i++) {
        parents[i] = CYN_NEW_ARRAY(w->arena, count[i] + 1, const char *);
        if (!parents[i]) return cyn_nomem(err);
        w->metrics[i].parents = parents[i];
    }
    for (size_t i = 0; i < all; i++)
        for (size_t k = 0; k < w->metrics[i].nparts; k++) {
            size_t part = cyn_project_metric(w->project, w->metrics[i].parts[k]);
            parents[part][w->metrics[part].nparents++] = w->metrics[i].metric->name;
        }
    return CYN_OK;
}

cyn_code overview_link(overview_work *w, cyn_err *err)
{
    for (size_t i = 0; i < w->project->nmetrics; i++) {
        cyn_page_metric *m = &w->metrics[i];
        if (m->metric->formula) {
            CYN_TRY(formula_of(w, m->metric, &m->formula, err));
            CYN_TRY(parts_of(w, m, err));
        }
    }
    return set_parents(w, err);
}
