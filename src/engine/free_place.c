/* Questions of functions: where in time and among segments their answers are to be found. */
#include "engine/free_impl.h"
#include <stdio.h>
#include <string.h>

/* ---- circles that only functions make ---- */

typedef struct search {
    const struct free_values *v;
    size_t to;
    bool *seen;
    cyn_buf *names; /* of the metrics on the way, last to first */
    int depth;
    bool too_deep; /* given up, for the stack's sake */
} search;

/* Formulas without functions nest CYN_METRIC_DEPTH deep at most; functions may add to that. */
#define SEARCH_DEPTH (10 * CYN_METRIC_DEPTH)

static bool leads(search *s, size_t from);

static bool formula_leads(search *s, const cyn_formula *f)
{
    if (!f || s->too_deep) return false;
    if (s->depth == SEARCH_DEPTH) {
        s->too_deep = true;
        return false;
    }
    s->depth++;
    bool found = false;
    if (f->kind == CYN_FORMULA_METRIC) {
        size_t m = cyn_project_metric(s->v->job->project, f->metric);
        found = m != CYN_NO_METRIC && leads(s, m);
    } else {
        found = formula_leads(s, f->a) || formula_leads(s, f->b);
    }
    s->depth--;
    return found;
}

/* A metric that a function has asked for. */
static bool read_leads(search *s, size_t metric)
{
    const cyn_formula reference = {.kind = CYN_FORMULA_METRIC,
                                   .metric = s->v->job->project->metrics[metric]->name};
    return formula_leads(s, &reference);
}

/* " → a" before what comes after it. */
static void put_before(cyn_buf *names, const char *name)
{
    cyn_buf after = *names;
    *names = (cyn_buf){0};
    cyn_buf_printf(names, " → %s%s", name, after.data ? after.data : "");
    names->failed = names->failed || after.failed;
    cyn_buf_clear(&after);
}

/* What the metric has by its definition: the references of its formula. */
static bool definition_leads(search *s, const cyn_formula *f)
{
    bool found = false;
    if (f->kind != CYN_FORMULA_SCRIPT) return formula_leads(s, f);
    for (size_t i = 0; !found && i < f->function->nreads; i++)
        found = formula_leads(s, f->function->reads[i]);
    return found;
}

/* Whether the metric `from` stands on s->to. Each metric is entered once. */
static bool leads(search *s, size_t from)
{
    const cyn_metric *m = s->v->job->project->metrics[from];
    if (s->seen[from]) return false;
    s->seen[from] = true;
    bool found = from == s->to || definition_leads(s, m->formula);
    for (size_t i = 0; !found && i < s->v->nfunctions; i++) {
        const function *fn = &s->v->functions[i];
        for (size_t k = 0; !found && fn->metric == from && k < fn->nreads; k++)
            found = read_leads(s, fn->reads[k]);
    }
    if (found) put_before(s->names, m->name);
    return found;
}

/* Notes that the function stands on the metric; *circle says why it must not, or stays NULL. */
static cyn_code note_read(struct free_values *v, function *fn, size_t metric, const char **circle,
                          cyn_err *err)
{
    for (size_t i = 0; i < fn->nreads; i++)
        if (fn->reads[i] == metric) return CYN_OK;
    cyn_buf names = {0};
    search s = {.v = v, .to = fn->metric, .names = &names};
    s.seen = CYN_NEW_ARRAY(v->job->arena, v->job->project->nmetrics, bool);
    if (!s.seen) return cyn_nomem(err);
    bool found = leads(&s, metric);
    cyn_code rc = cyn_buf_check(&names, err);
    if (rc == CYN_OK && found) {
        *circle = cyn_sprintf(v->job->arena, "metric %s%s goes in a circle",
                              v->job->project->metrics[fn->metric]->name, names.data);
        rc = *circle ? CYN_OK : cyn_nomem(err);
    } else if (s.too_deep) {
        *circle = "it stands on too many other metrics in a row";
    }
    cyn_buf_clear(&names);
    if (rc != CYN_OK || *circle) return rc;
    void *more =
        cyn_grown(v->job->arena, fn->reads, fn->nreads, &fn->read_capacity, sizeof *fn->reads);
    if (!more) return cyn_nomem(err);
    fn->reads = more;
    fn->reads[fn->nreads++] = metric;
    return CYN_OK;
}

/* ---- where an answer is computed ---- */

cyn_code free_answer_error(struct free_values *v, answer *a, const cyn_err *why, cyn_err *err)
{
    const char *name =
        a->metric == CYN_NO_METRIC ? NULL : v->job->project->metrics[a->metric]->name;
    char place[300] = "";
    if (why->file[0]) snprintf(place, sizeof place, "%s:%d: ", why->file, why->line);
    a->error = name ? cyn_sprintf(v->job->arena, "metric '%s': %s%s", name, place, why->message)
                    : cyn_sprintf(v->job->arena, "%s%s%s%s", why->message, *why->hint ? " (" : "",
                                  why->hint, *why->hint ? ")" : "");
    a->placed = a->known = true;
    return a->error ? CYN_OK : cyn_nomem(err);
}

static bool same_span(const cyn_span *a, const cyn_span *b)
{
    return a->start == b->start && a->end == b->end && a->period.start == b->period.start &&
           a->is_period == b->is_period;
}

cyn_code free_add_moment(struct free_values *v, cyn_span span, size_t chain, size_t index,
                         cyn_err *err)
{
    void *more =
        cyn_grown(v->job->arena, v->moments, v->nmoments, &v->moment_capacity, sizeof *v->moments);
    if (!more) return cyn_nomem(err);
    v->moments = more;
    v->moments[v->nmoments++] = (moment){span, chain, index};
    return CYN_OK;
}

/* Stretches are few: periods, and those before them. */
static cyn_code find_moment(struct free_values *v, const cyn_span *span, size_t *out, cyn_err *err)
{
    for (size_t i = 0; i < v->nmoments; i++) {
        *out = i;
        if (same_span(&v->moments[i].span, span)) return CYN_OK;
    }
    *out = v->nmoments;
    return free_add_moment(v, *span, CYN_NO_CHAIN, 0, err);
}

cyn_code free_settle_moments(struct free_values *v, cyn_err *err)
{
    size_t n = v->nmoments - v->first_fresh, chain;
    if (n == 0) return CYN_OK;
    moment *fresh = v->moments + v->first_fresh;
    cyn_span *spans = CYN_NEW_ARRAY(v->job->arena, n, cyn_span);
    if (!spans) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        spans[i] = fresh[i].span;
    CYN_TRY(cyn_spans_add(v->job->spans, spans, n, &chain, err));
    for (size_t i = 0; i < n; i++) {
        fresh[i].chain = chain;
        fresh[i].index = i;
    }
    v->first_fresh = v->nmoments;
    return CYN_OK;
}

void free_find_spot(const struct free_values *v, answer *a)
{
    if (a->moment == CYN_NO_SPAN) return;
    a->at.chain = v->moments[a->moment].chain;
    a->at.span = v->moments[a->moment].index;
}

/* Another period: what has not begun is missing, of what runs counts the part up to now. */
static cyn_code place_in_time(struct free_values *v, const value *x, const cyn_question *q,
                              answer *a, cyn_err *err)
{
    const cyn_spans *s = v->job->spans;
    if (q->offset == 0 && !q->last_year) return CYN_OK;
    cyn_span span = q->last_year ? cyn_span_later(s->calendar, x->span, CYN_YEAR, -1)
                                 : cyn_span_later(s->calendar, x->span, CYN_ALL, q->offset);
    if (v->job->grain.unit == CYN_ALL || span.start >= s->now) {
        a->known = true;
        return CYN_OK;
    }
    if (span.end > s->now) span.end = s->now;
    return find_moment(v, &span, &a->moment, err);
}

static bool same_dimensions(const slice *s, const cyn_free_segment *segment)
{
    bool same = s->nby == segment->n;
    for (size_t i = 0; same && i < s->nby; i++)
        same = strcmp(s->by[i], segment->dims[i]) == 0;
    return same;
}

/* A slice of other dimensions. Its first scans are none, so that segments may be numbered. */
static cyn_code add_slice(job *j, const cyn_free_segment *segment, cyn_err *err)
{
    cyn_rows_set *rows;
    CYN_TRY(cyn_rows_set_new(j->data, segment->dims, segment->n, j->request->cancel, j->arena,
                             &rows, err));
    rows->interpret = j->request->interpret;
    slice *s = NULL;
    cyn_code rc = slice_new(j, segment->dims, segment->n, rows, &s, err);
    if (rc == CYN_OK) rc = slice_run(s, err);
    if (rc == CYN_OK) rc = slice_keep(j, s, err);
    if (rc != CYN_OK) cyn_rows_set_free(rows);
    return rc;
}

static cyn_code place_among_segments(struct free_values *v, const cyn_question *q, answer *a,
                                     cyn_err *err)
{
    job *j = v->job;
    if (!q->elsewhere) return CYN_OK;
    size_t k = 0;
    while (k < j->nslices && !same_dimensions(j->slices[k], &q->segment))
        k++;
    if (k == j->nslices) CYN_TRY(add_slice(j, &q->segment, err));
    a->at.slice = k;
    return slice_segment(j, j->slices[k], q->segment.keys, &a->at.segment, err);
}

cyn_code free_place(struct free_values *v, value *x, answer *a, cyn_err *err)
{
    const cyn_project *p = v->job->project;
    function *fn = &v->functions[x->function];
    const cyn_question *q = &fn->questions[a->question];
    const char *circle = NULL;
    cyn_err why = {0};
    a->metric = CYN_NO_METRIC;
    if (cyn_project_need_metric(p, q->metric, &a->metric, &why) != CYN_OK)
        return free_answer_error(v, a, &why, err);
    if (p->metric_errors[a->metric].code != CYN_OK)
        return free_answer_error(v, a, &p->metric_errors[a->metric], err);
    CYN_TRY(note_read(v, fn, a->metric, &circle, err));
    if (circle) {
        cyn_place at = fn->formula->place;
        cyn_fail_at(&why, CYN_E_CONFLICT, at.file, at.line, at.column, "%s", circle);
        return free_fail(v, x, &why, err);
    }
    a->at = x->at;
    a->placed = true;
    CYN_TRY(place_among_segments(v, q, a, err));
    return place_in_time(v, x, q, a, err);
}
