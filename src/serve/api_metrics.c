/* Metrics and trees, as the overview has them. */
#include "base/text.h"
#include "report/tree.h"
#include "serve/api_impl.h"
#include "serve/discreet.h"
#include <string.h>

/* ---- sheets ---- */

static void put_date(cyn_buf *b, const char *name, bool given, int64_t days)
{
    char date[16] = "";
    if (given) cyn_format_date(days, date, sizeof date);
    cyn_json_text(b, name, date);
}

/* {"from":0.4,"to":null} */
static void put_bound(cyn_buf *b, const char *name, const cyn_bound *bound)
{
    cyn_json_key(b, name);
    if (!bound->set) {
        cyn_buf_puts(b, "null");
        return;
    }
    cyn_buf_puts(b, "{\"from\":");
    cyn_buf_real(b, bound->lo);
    cyn_json_key(b, "to");
    if (bound->two)
        cyn_buf_real(b, bound->hi);
    else
        cyn_buf_puts(b, "null");
    cyn_buf_putc(b, '}');
}

static void put_figure(cyn_buf *b, const char *name, bool given, double x)
{
    cyn_json_number(b, name, given ? cyn_num_real(x) : CYN_MISSING);
}

static void put_sheet(const api_call *c, const cyn_metric *m, cyn_buf *b)
{
    const cyn_sheet *s = &m->sheet;
    char grain[16];
    cyn_eval_request own = {0};
    cyn_format_grain(cyn_request_grain(c->project, &own, m), grain);
    cyn_buf_puts(b, "{\"metric\":");
    cyn_buf_json_string(b, m->name, strlen(m->name));
    cyn_json_text(b, "title", cyn_label_text(s->title, c->look.language, m->name));
    cyn_json_text(b, "role", cyn_role_names[s->role]);
    cyn_json_text(b, "layer", cyn_layer_names[s->layer]);
    cyn_json_text(b, "lens", cyn_lens_names[s->lens]);
    cyn_json_text(b, "direction", cyn_direction_names[s->direction]);
    cyn_json_text(b, "unit", s->unit);
    cyn_json_text(b, "grain", grain);
    cyn_json_text(b, "owner", s->owner);
    cyn_json_text(b, "why", s->why);
    put_figure(b, "target", s->has_target, s->target);
    put_date(b, "target_by", s->has_target_by, s->target_by);
    put_figure(b, "market", s->has_market, s->market);
    put_bound(b, "green", &s->green);
    put_bound(b, "yellow", &s->yellow);
    put_date(b, "review", s->has_review, s->review);
    cyn_json_text(b, "definition", m->definition);
}

/* ---- points ---- */

/* ,"name":{…}, the next line of what the reports wrote, or null. */
static void put_point(cyn_buf *b, const char *name, bool is, const char **lines)
{
    const char *line = NULL;
    size_t n = 0;
    cyn_json_key(b, name);
    if (is && api_next_line(lines, &line, &n))
        cyn_buf_add(b, line, n);
    else
        cyn_buf_puts(b, "null");
}

static cyn_code put_points(const api_call *c, const cyn_point *points, size_t n, cyn_buf *out,
                           cyn_err *err)
{
    CYN_TRY(cyn_discreet_points(c->request, &points, n, err));
    return cyn_report_points(points, n, &c->look, out, err);
}

/* The ended and the running points of metrics, one after the other, as JSON. */
static cyn_code write_points(api_call *c, const cyn_page_metric *const *metrics, size_t n,
                             cyn_buf *out, cyn_err *err)
{
    cyn_point *points = CYN_NEW_ARRAY(c->arena, 2 * n + 1, cyn_point);
    size_t count = 0;
    if (!points) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (metrics[i]->ended) points[count++] = *metrics[i]->ended;
        if (metrics[i]->running) points[count++] = *metrics[i]->running;
    }
    return put_points(c, points, count, out, err);
}

/* ---- the list ---- */

typedef struct wanted {
    int role, layer; /* -1: any */
    const char *after;
    size_t limit;
} wanted;

static cyn_code read_wanted(const api_call *c, wanted *out, cyn_err *err)
{
    const char *role = cyn_request_query(c->request, "role");
    const char *layer = cyn_request_query(c->request, "layer");
    CYN_TRY(api_word("role", cyn_role_names, role, &out->role, err));
    CYN_TRY(api_word("layer", cyn_layer_names, layer, &out->layer, err));
    CYN_TRY(api_limit(c, 1000, 10000, &out->limit, err));
    out->after = cyn_request_query(c->request, "after");
    size_t metric;
    if (out->after) CYN_TRY(cyn_project_need_metric(c->project, out->after, &metric, err));
    return CYN_OK;
}

static bool fits(const wanted *w, const cyn_metric *m)
{
    return (w->role < 0 || (int)m->sheet.role == w->role) &&
           (w->layer < 0 || (int)m->sheet.layer == w->layer);
}

/* In display order; *more: there are others behind them. */
static cyn_code choose(const api_call *c, const wanted *w, const cyn_page_metric ***out, size_t *n,
                       bool *more, cyn_err *err)
{
    const cyn_page_data *data = &c->view->data;
    const cyn_page_metric **chosen =
        CYN_NEW_ARRAY(c->arena, data->nmetrics + 1, const cyn_page_metric *);
    size_t i = w->after ? cyn_project_metric(c->project, w->after) + 1 : 0;
    if (!chosen) return cyn_nomem(err);
    *n = 0;
    *more = false;
    for (; i < data->nmetrics && !*more; i++) {
        if (!fits(w, data->metrics[i].metric)) continue;
        *more = *n == w->limit;
        if (!*more) chosen[(*n)++] = &data->metrics[i];
    }
    *out = chosen;
    return CYN_OK;
}

static void put_times(const api_call *c, cyn_buf *b)
{
    const cyn_tz *tz = c->project->calendar.tz;
    cyn_json_time(b, "as_of", c->view->as_of, tz);
    cyn_json_time(b, "made", c->view->made, tz);
}

cyn_code api_list_metrics(api_call *c, cyn_err *err)
{
    wanted w;
    const cyn_page_metric **metrics = NULL;
    size_t n = 0;
    bool more = false;
    cyn_buf points = {0};
    CYN_TRY(read_wanted(c, &w, err));
    CYN_TRY(choose(c, &w, &metrics, &n, &more, err));
    cyn_code rc = write_points(c, metrics, n, &points, err);
    const char *lines = points.data;
    cyn_buf_puts(c->out, "{\"metrics\":[");
    for (size_t i = 0; rc == CYN_OK && i < n; i++) {
        if (i) cyn_buf_putc(c->out, ',');
        put_sheet(c, metrics[i]->metric, c->out);
        put_point(c->out, "ended", metrics[i]->ended, &lines);
        put_point(c->out, "running", metrics[i]->running, &lines);
        cyn_buf_putc(c->out, '}');
    }
    cyn_buf_clear(&points);
    cyn_buf_putc(c->out, ']');
    cyn_json_text(c->out, "next", more ? metrics[n - 1]->metric->name : NULL);
    put_times(c, c->out);
    cyn_buf_putc(c->out, '}');
    return rc;
}

/* ---- one ---- */

static void put_drivers(const cyn_metric *m, cyn_buf *b)
{
    cyn_json_key(b, "drivers");
    cyn_buf_putc(b, '[');
    for (size_t i = 0; i < m->ndrivers; i++) {
        cyn_buf_puts(b, i ? ",{\"metric\":" : "{\"metric\":");
        cyn_buf_json_string(b, m->drivers[i].metric, strlen(m->drivers[i].metric));
        cyn_json_text(b, "expected", cyn_direction_names[m->drivers[i].direction]);
        cyn_buf_putc(b, '}');
    }
    cyn_buf_putc(b, ']');
}

static void put_chart(const api_call *c, const cyn_page_metric *m, cyn_buf *b)
{
    const cyn_calendar *cal = &c->project->calendar;
    cyn_json_key(b, "history");
    cyn_buf_putc(b, '[');
    for (size_t i = 0; i < m->nvalues; i++) {
        char label[64];
        cyn_period_label(cal, m->periods[i], label, sizeof label);
        cyn_buf_puts(b, i ? ",{\"period\":" : "{\"period\":");
        cyn_buf_json_string(b, label, strlen(label));
        cyn_json_instant(b, "start", m->periods[i], m->periods[i].start, cal);
        cyn_json_instant(b, "end", m->periods[i], m->periods[i].end, cal);
        cyn_json_number(b, "value", m->values[i]);
        cyn_buf_putc(b, '}');
    }
    cyn_buf_putc(b, ']');
}

static void put_events(const api_call *c, const cyn_page_metric *m, cyn_buf *b)
{
    static const char *const kinds[] = {"definition", "annotation", "fired"};
    char at[64];
    cyn_json_key(b, "events");
    cyn_buf_putc(b, '[');
    for (size_t i = 0; i < m->nevents; i++) {
        cyn_format_instant(m->events[i].at, c->project->calendar.tz, at, sizeof at);
        cyn_buf_puts(b, i ? ",{\"at\":" : "{\"at\":");
        cyn_buf_json_string(b, at, strlen(at));
        cyn_json_text(b, "kind", kinds[m->events[i].kind]);
        bool ja = m->events[i].ja && cyn_is_japanese(c->project->config->language);
        cyn_json_text(b, "text", ja ? m->events[i].ja : m->events[i].text);
        cyn_buf_putc(b, '}');
    }
    cyn_buf_putc(b, ']');
}

static void put_surroundings(const cyn_page_metric *m, cyn_buf *b)
{
    const cyn_metric *metric = m->metric;
    cyn_json_text(b, "formula", m->formula);
    cyn_json_text(b, "identity", metric->identity_text);
    api_put_names(b, "parts", m->parts, m->nparts);
    api_put_names(b, "parents", m->parents, m->nparents);
    put_drivers(metric, b);
    cyn_json_text(b, "file", metric->place.file);
    cyn_json_number(b, "line",
                    metric->place.line > 0 ? cyn_num_integer(metric->place.line) : CYN_MISSING);
}

cyn_code api_show_metric(api_call *c, cyn_err *err)
{
    size_t index;
    CYN_TRY(cyn_project_need_metric(c->project, c->request->params[0], &index, err));
    const cyn_page_metric *m = &c->view->data.metrics[index];
    cyn_buf points = {0}, segments = {0};
    cyn_code rc = write_points(c, &m, 1, &points, err);
    if (rc == CYN_OK) rc = put_points(c, m->segments, m->nsegments, &segments, err);
    const char *lines = points.data;
    put_sheet(c, m->metric, c->out);
    put_surroundings(m, c->out);
    put_point(c->out, "ended", m->ended, &lines);
    put_point(c->out, "running", m->running, &lines);
    put_chart(c, m, c->out);
    api_put_lines(c->out, "segments", &segments);
    put_events(c, m, c->out);
    put_times(c, c->out);
    cyn_buf_putc(c->out, '}');
    cyn_buf_clear(&points);
    cyn_buf_clear(&segments);
    return rc;
}

/* ---- trees ---- */

static const cyn_tree_view *tree_of(const api_call *c, const char *root)
{
    const cyn_page_data *data = &c->view->data;
    for (size_t i = 0; i < data->ntrees; i++)
        if (strcmp(data->trees[i]->items[0].node->metric->name, root) == 0) return data->trees[i];
    return NULL;
}

static cyn_code no_tree(const api_call *c, const char *root, cyn_err *err)
{
    const cyn_page_data *data = &c->view->data;
    size_t index;
    CYN_TRY(cyn_project_need_metric(c->project, root, &index, err));
    cyn_fail(err, CYN_E_NAME, "'%s' is no root: trees begin with the KGIs, else with the NSM",
             root);
    if (data->ntrees > 0)
        cyn_hint(err, "there is one of '%s'", data->trees[0]->items[0].node->metric->name);
    return CYN_E_NAME;
}

/* The header, and then the lines of it. */
static void put_tree(cyn_buf *b, const char *lines)
{
    const char *line = NULL;
    size_t n = 0;
    cyn_buf_puts(b, "{\"tree\":");
    if (api_next_line(&lines, &line, &n)) cyn_buf_add(b, line, n);
    cyn_json_key(b, "lines");
    cyn_buf_putc(b, '[');
    for (size_t i = 0; api_next_line(&lines, &line, &n); i++) {
        if (i) cyn_buf_putc(b, ',');
        cyn_buf_add(b, line, n);
    }
    cyn_buf_putc(b, ']');
}

cyn_code api_show_tree(api_call *c, cyn_err *err)
{
    const char *root = c->request->params[0];
    const cyn_tree_view *tree = tree_of(c, root);
    if (!tree) return no_tree(c, root, err);
    CYN_TRY(cyn_discreet_tree(c->request, &tree, err));
    cyn_buf text = {0};
    cyn_code rc = cyn_report_tree(tree, CYN_TREE_JSON, &c->look, &text, err);
    if (rc == CYN_OK) put_tree(c->out, text.data);
    cyn_buf_clear(&text);
    put_times(c, c->out);
    cyn_buf_putc(c->out, '}');
    return rc;
}
