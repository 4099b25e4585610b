/* The digest of an overview: whoever has the same has seen it. */
#include "base/hash.h"
#include "live/overview_impl.h"
#include "report/okr.h"
#include "report/tree.h"
#include <string.h>

static void put_integer(cyn_buf *b, int64_t x)
{
    cyn_buf_add(b, &x, sizeof x);
}

static void put_num(cyn_buf *b, cyn_num n)
{
    int64_t bits = n.i;
    if (n.kind == CYN_NUM_REAL) memcpy(&bits, &n.r, sizeof bits);
    put_integer(b, n.kind * 256 + (n.kind == CYN_NUM_DECIMAL ? n.scale : 0));
    put_integer(b, n.kind == CYN_NUM_MISSING ? 0 : bits);
}

static void put_text(cyn_buf *b, const char *s)
{
    cyn_buf_puts(b, s ? s : "");
    cyn_buf_putc(b, '\0');
}

static void put_real(cyn_buf *b, bool given, double x)
{
    put_num(b, given ? cyn_num_real(x) : CYN_MISSING);
}

static void put_bound(cyn_buf *b, const cyn_bound *bound)
{
    put_real(b, bound->set, bound->lo);
    put_real(b, bound->set && bound->two, bound->hi);
}

static void put_goal(cyn_buf *b, const cyn_sheet *s)
{
    put_real(b, s->has_target, s->target_from);
    put_real(b, s->has_target, s->target);
    put_integer(b, s->has_target_since ? s->target_since : CYN_TIME_MIN);
    put_integer(b, s->has_target_by ? s->target_by : CYN_TIME_MIN);
    put_integer(b, (int64_t)s->npath);
    for (size_t i = 0; i < s->npath; i++) {
        put_integer(b, s->path[i].date);
        put_real(b, true, s->path[i].value);
    }
    put_real(b, s->has_market, s->market);
    put_bound(b, &s->green);
    put_bound(b, &s->yellow);
    put_integer(b, s->has_review ? s->review : CYN_TIME_MIN);
}

static void put_sheet(cyn_buf *b, const cyn_sheet *s)
{
    const char *const texts[] = {
        s->title.en,       s->title.ja,         s->unit,       s->why, s->owner, s->formula_text,
        s->numerator_text, s->denominator_text, s->source_text};
    const int words[] = {s->role, s->layer, s->lens, s->direction};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        put_text(b, texts[i]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        put_integer(b, words[i]);
    put_integer(b, s->has_grain ? (int)s->grain.unit * 1000 + s->grain.n : -1);
    put_goal(b, s);
}

static void put_metric(const cyn_page_metric *m, cyn_buf *b)
{
    put_sheet(b, &m->metric->sheet);
    put_text(b, m->metric->name);
    put_text(b, m->metric->definition);
    put_text(b, m->formula);
    put_integer(b, (int64_t)m->nvalues);
    for (size_t i = 0; i < m->nvalues; i++)
        put_num(b, m->values[i]);
    put_integer(b, (int64_t)m->nevents);
    for (size_t i = 0; i < m->nevents; i++) {
        put_integer(b, m->events[i].at);
        put_text(b, m->events[i].text);
        put_text(b, m->events[i].ja ? m->events[i].ja : "");
    }
}

/* What a program is told of the points is all that there is to them. */
static cyn_code put_points(const overview_work *w, cyn_buf *b, cyn_err *err)
{
    const cyn_report_options opts = {.format = CYN_FORMAT_JSON,
                                     .language = w->project->config->language,
                                     .calendar = &w->project->calendar};
    size_t n = 0;
    for (size_t i = 0; i < w->project->nmetrics; i++)
        n += 2 + w->metrics[i].nsegments;
    cyn_point *points = CYN_NEW_ARRAY(w->scratch, n + 1, cyn_point);
    if (!points) return cyn_nomem(err);
    n = 0;
    for (size_t i = 0; i < w->project->nmetrics; i++) {
        const cyn_page_metric *m = &w->metrics[i];
        if (m->ended) points[n++] = *m->ended;
        if (m->running) points[n++] = *m->running;
        for (size_t k = 0; k < m->nsegments; k++)
            points[n++] = m->segments[k];
    }
    return cyn_report_points(points, n, &opts, b, err);
}

static cyn_code put_trees(const overview_work *w, cyn_buf *b, cyn_err *err)
{
    const cyn_report_options opts = {.language = w->project->config->language,
                                     .calendar = &w->project->calendar};
    const cyn_page_data *data = &w->view->data;
    for (size_t i = 0; i < data->ntrees; i++)
        CYN_TRY(cyn_report_tree(data->trees[i], CYN_TREE_JSON, &opts, b, err));
    return CYN_OK;
}

static cyn_code put_okrs(const overview_work *w, cyn_buf *b, cyn_err *err)
{
    const cyn_report_options opts = {.format = CYN_FORMAT_JSON,
                                     .language = w->project->config->language,
                                     .calendar = &w->project->calendar};
    return w->view->okrs ? cyn_report_okrs(w->view->okrs, &opts, b, err) : CYN_OK;
}

static void put_config(cyn_buf *b, const cyn_config *c)
{
    put_text(b, c->name);
    put_text(b, c->description);
    put_text(b, c->timezone);
    put_text(b, c->language);
}

static cyn_code put_all(const overview_work *w, cyn_buf *b, cyn_err *err)
{
    put_text(b, CYN_VERSION);
    put_config(b, w->project->config);
    put_integer(b, w->view->as_of);
    put_integer(b, w->view->made);
    for (size_t i = 0; i < w->project->nmetrics; i++)
        put_metric(&w->metrics[i], b);
    CYN_TRY(put_points(w, b, err));
    CYN_TRY(put_trees(w, b, err));
    CYN_TRY(put_okrs(w, b, err));
    for (size_t i = 0; i < w->findings.count; i++)
        put_text(b, w->findings.items[i].message);
    return cyn_buf_check(b, err);
}

cyn_code overview_digest(const overview_work *w, char out[33], cyn_err *err)
{
    cyn_buf b = {0};
    cyn_code rc = put_all(w, &b, err);
    if (rc == CYN_OK) {
        cyn_sha256 sum = cyn_sha256_of(b.data, b.len);
        cyn_hex(sum.bytes, 16, out);
    }
    cyn_buf_clear(&b);
    return rc;
}
