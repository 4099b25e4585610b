/* Points: the values of a metric, compared and judged. */
#include "engine/eval_impl.h"
#include <math.h>
#include <string.h>

typedef struct occurrence {
    const cyn_scans *scans;
    size_t segment;
    bool found;
} occurrence;

static cyn_code visit_occurs(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)err;
    occurrence *o = self;
    o->found = o->found || cyn_scans_occurs(o->scans, agg, chain, o->segment);
    return CYN_OK;
}

/* Whether the segment occurs in what the metric stands on. */
static cyn_code occurs(const job *j, const cyn_metric *m, size_t segment, bool *out, cyn_err *err)
{
    occurrence o = {.scans = j->slices[0]->scans[0], .segment = segment};
    *out = j->request->nby == 0 || j->request->all_segments;
    if (*out) return CYN_OK;
    CYN_TRY(cyn_each_use(j->project, j->spans, m, visit_occurs, &o, err));
    *out = o.found;
    return CYN_OK;
}

/* Room for one more, which counts from now on; NULL: memory is exhausted. */
static cyn_point *next_point(point_list *l)
{
    cyn_point *more = cyn_grown(l->arena, l->items, l->count, &l->capacity, sizeof *more);
    if (!more) return NULL;
    l->items = more;
    return &l->items[l->count++];
}

static cyn_code fail_point(const job *j, point_list *out, const cyn_metric *m, const cyn_err *why,
                           cyn_err *err)
{
    cyn_err *error = CYN_NEW(out->arena, cyn_err);
    cyn_point *p = error ? next_point(out) : NULL;
    if (!p) return cyn_nomem(err);
    *error = *why;
    *p = (cyn_point){.metric = m, .failed = true, .error = error};
    if (j->spans->nslots)
        p->period = j->spans->slots[0].period;
    else
        p->period.grain = j->grain;
    out->failed++;
    return CYN_OK;
}

static cyn_code history_of(const job *j, const cyn_metric *m, size_t segment, cyn_point *p,
                           cyn_err *err)
{
    const cyn_spans *s = j->spans;
    if (s->nhistory == 0) return CYN_OK;
    cyn_num *history = CYN_NEW_ARRAY(j->arena, s->nhistory, cyn_num);
    if (!history) return cyn_nomem(err);
    for (size_t i = 0; i < s->nhistory; i++) {
        cyn_cell cell;
        bool immature;
        CYN_TRY(eval_cell(j, m, s->history[i], segment, &cell, &immature, err));
        history[i] = j->request->mature && immature ? CYN_MISSING : cell.value;
    }
    p->history = history;
    p->nhistory = s->nhistory;
    return CYN_OK;
}

/* What a point is compared with; an immature cohort is not compared with (I-…). */
static cyn_code compared_with(const job *j, const cyn_metric *m, size_t span, size_t segment,
                              cyn_cell *out, int64_t *rows, cyn_err *err)
{
    bool immature;
    CYN_TRY(eval_cell(j, m, span, segment, out, &immature, err));
    *rows += out->rows;
    if (immature) *out = (cyn_cell){0};
    return CYN_OK;
}

/* What the request compares with. */
static cyn_code compare_point(const job *j, const cyn_slot *slot, size_t segment, cyn_point *p,
                              const cyn_cell *previous, const cyn_cell *last_year, int64_t *rows,
                              cyn_err *err)
{
    if (!j->request->has_against) return CYN_OK;
    switch (j->request->against.kind) {
    case CYN_AGAINST_PREVIOUS: p->against = *previous; break;
    case CYN_AGAINST_LAST_YEAR: p->against = *last_year; break;
    case CYN_AGAINST_TARGET: p->against.value = cyn_point_target(p); break;
    case CYN_AGAINST_MARKET: p->against.value = cyn_point_market(p); break;
    case CYN_AGAINST_PERIOD:
        CYN_TRY(compared_with(j, p->metric, slot->against, segment, &p->against, rows, err));
        break;
    }
    if (p->immature) p->against = (cyn_cell){0};
    return CYN_OK;
}

/* The value of a slot, before the next one's is made. */
typedef struct latest {
    size_t span; /* or CYN_NO_SPAN */
    cyn_cell cell;
    bool immature;
} latest;

static bool same_stretch(const job *j, size_t a, size_t b)
{
    if (a == CYN_NO_SPAN || b == CYN_NO_SPAN) return false;
    const cyn_span *x = &j->spans->chains[0].spans[a], *y = &j->spans->chains[0].spans[b];
    return x->start == y->start && x->end == y->end && x->is_period == y->is_period &&
           cyn_grain_equal(x->period.grain, y->period.grain) &&
           x->period.start == y->period.start && x->period.end == y->period.end;
}

/* What a slot is compared with: mostly the value of the one before it, which is known. */
static cyn_code previous_of(const job *j, const cyn_metric *m, const cyn_slot *slot, size_t segment,
                            const latest *before, cyn_cell *out, int64_t *rows, cyn_err *err)
{
    if (m->weight.free || !same_stretch(j, before->span, slot->previous))
        return compared_with(j, m, slot->previous, segment, out, rows, err);
    *out = before->cell;
    *rows += out->rows;
    if (before->immature) *out = (cyn_cell){0};
    return CYN_OK;
}

/* One point; *rows is the number of rows behind it and what it is compared with. */
static cyn_code make_point(const job *j, const cyn_metric *m, const cyn_slot *slot, size_t segment,
                           bool of_part, latest *value, cyn_point *p, int64_t *rows, cyn_err *err)
{
    cyn_cell now, previous, last_year;
    bool immature;
    CYN_TRY(eval_cell(j, m, slot->current, segment, &now, &immature, err));
    CYN_TRY(previous_of(j, m, slot, segment, value, &previous, rows, err));
    CYN_TRY(compared_with(j, m, slot->last_year, segment, &last_year, rows, err));
    *value = (latest){.span = slot->current, .cell = now, .immature = immature};
    *rows += now.rows;
    *p = (cyn_point){
        .metric = m,
        .period = slot->period,
        .nkeys = j->request->nby,
        .dims = j->request->by,
        .keys = j->slices[0]->segments[segment],
        .value = now.value,
        .numerator = now.numerator,
        .denominator = now.denominator,
        .rows = now.rows,
        .partial = slot->partial,
        .immature = immature,
        .of_part = of_part,
        .previous = immature ? CYN_MISSING : previous.value,
        .last_year = immature ? CYN_MISSING : last_year.value,
    };
    CYN_TRY(compare_point(j, slot, segment, p, &previous, &last_year, rows, err));
    /* Half a week's sum, or half a cohort's conversions, say nothing yet about the threshold. */
    if (!slot->partial && !immature && cyn_point_is_judged(p) && !j->request->bare)
        p->status = cyn_sheet_status(&m->sheet, cyn_num_double(now.value));
    return slot == j->spans->slots ? history_of(j, m, segment, p, err) : CYN_OK;
}

static double judged_value(cyn_num value, bool counts)
{
    return counts ? cyn_num_double(value) : NAN;
}

/* Statuses of a sheet with hysteresis: each follows from the values of the periods before, which
 * are those of the points and, before the first of them, of the spans remembered (S-6). */
static cyn_code judge_by_history(const job *j, const cyn_metric *m, size_t segment,
                                 cyn_point *points, size_t n, cyn_err *err)
{
    const cyn_spans *s = j->spans;
    if (!(m->sheet.hysteresis > 0) || n == 0 || !cyn_point_is_judged(points)) return CYN_OK;
    if (j->request->bare) return CYN_OK;
    double *values = CYN_NEW_ARRAY(j->arena, s->nbefore + n + 1, double);
    if (!values) return cyn_nomem(err);
    size_t count = 0;
    for (size_t i = 0; i < s->nbefore; i++) {
        cyn_cell cell;
        bool immature;
        CYN_TRY(eval_cell(j, m, s->before[i], segment, &cell, &immature, err));
        values[count++] = judged_value(cell.value, !immature);
    }
    for (size_t i = 0; i < n; i++) {
        values[count++] = judged_value(points[i].value, !points[i].partial && !points[i].immature);
        size_t known = count < CYN_STATUS_PERIODS + 1 ? count : CYN_STATUS_PERIODS + 1;
        points[i].status = cyn_sheet_status_after(&m->sheet, values + count - known, known);
    }
    return CYN_OK;
}

/* One point for each slot; *rows is the number of rows behind all of them. */
static cyn_code make_points(const job *j, const cyn_metric *m, size_t segment, bool of_part,
                            point_list *out, int64_t *rows, cyn_err *err)
{
    size_t n = j->spans->nslots;
    latest value = {.span = CYN_NO_SPAN};
    for (size_t i = 0; i < n; i++) {
        cyn_point *p = next_point(out);
        if (!p) return cyn_nomem(err);
        CYN_TRY(make_point(j, m, &j->spans->slots[i], segment, of_part, &value, p, rows, err));
    }
    return judge_by_history(j, m, segment, out->items + out->count - n, n, err);
}

/* The points of one metric and segment; dropped again when no row stands behind any of them. */
static cyn_code segment_points(const job *j, const cyn_metric *m, size_t segment, bool of_part,
                               point_list *out, cyn_err *err)
{
    size_t before = out->count;
    int64_t rows = 0;
    cyn_err why = {0};
    cyn_code rc = make_points(j, m, segment, of_part, out, &rows, &why);
    if (cyn_concerns_all(rc)) {
        if (err) *err = why;
        return rc;
    }
    if (rc != CYN_OK) {
        out->count = before;
        return fail_point(j, out, m, &why, err);
    }
    if (j->request->nby > 0 && rows == 0 && !j->request->all_segments) out->count = before;
    return CYN_OK;
}

static cyn_code visit_error(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    return cyn_scans_error(self, agg, chain, err);
}

/* Why the metric has no points at all: found before any is made, so that it fails once and not once
 * for each segment. */
static cyn_code why_not(const job *j, size_t index, cyn_err *why)
{
    const cyn_metric *m = j->project->metrics[index];
    *why = j->project->metric_errors[index];
    if (why->code != CYN_OK) return why->code;
    CYN_TRY(cyn_each_use(j->project, j->spans, m, visit_error, j->slices[0]->scans[0], why));
    if (m->weight.free && j->request->nby > 0 && !cyn_has_uses(j->project, m)) {
        cyn_fail_at(why, CYN_E_UNSUPPORTED, m->place.file, m->place.line, m->place.column,
                    "its segments are those of the metrics that it names, and it names none");
        cyn_hint(why, "write the name of one where it is asked for: at:get \"revenue\"");
        return CYN_E_UNSUPPORTED;
    }
    if (j->grain.unit == CYN_ALL || cyn_is_timed(j->project, m)) return CYN_OK;
    cyn_fail_at(why, CYN_E_USAGE, m->place.file, m->place.line, m->place.column,
                "its sources have no time column");
    cyn_hint(why, "use --grain all, or name the time column in cynosure.yaml");
    return CYN_E_USAGE;
}

/* Whether there is room for a segment's points beside so many others. */
static cyn_code need_room(const job *j, size_t points, cyn_err *err)
{
    const size_t most = j->request->most_points;
    if (most == 0 || points + j->spans->nslots <= most) return CYN_OK;
    return cyn_fail(err, CYN_E_LIMIT, "these are more than %zu values", most);
}

cyn_code metric_points(const job *j, size_t index, point_list *out, cyn_err *err)
{
    const cyn_project *p = j->project;
    const cyn_metric *m = p->metrics[index];
    cyn_err why;
    if (why_not(j, index, &why) != CYN_OK) return fail_point(j, out, m, &why, err);
    bool of_part = j->request->nby > 0 && cyn_grows_with_rows(p, m);
    for (size_t segment = 0; segment < cyn_scans_segments(j->slices[0]->scans[0]); segment++) {
        bool found;
        CYN_TRY(occurs(j, m, segment, &found, err));
        if (!found) continue;
        CYN_TRY(need_room(j, out->count, err));
        CYN_TRY(segment_points(j, m, segment, of_part, out, err));
    }
    return CYN_OK;
}

cyn_code ask_for_points(const job *j, size_t index, cyn_err *err)
{
    const cyn_metric *m = j->project->metrics[index];
    cyn_err why;
    if (!m->weight.free || why_not(j, index, &why) != CYN_OK) return CYN_OK;
    size_t asked = 0;
    for (size_t segment = 0; segment < cyn_scans_segments(j->slices[0]->scans[0]); segment++) {
        bool found;
        CYN_TRY(occurs(j, m, segment, &found, err));
        if (found) CYN_TRY(need_room(j, asked, err));
        if (found) asked += j->spans->nslots;
        for (size_t span = 0; found && span < j->spans->chains[0].nspans; span++) {
            cyn_cell cell;
            basis on = {0};
            cyn_code rc = eval_at(j, m->formula, (spot){.segment = segment, .span = span}, &cell,
                                  &on, &why); /* an error comes again, with its point */
            if (rc != CYN_E_NOMEM) continue;
            return cyn_nomem(err);
        }
    }
    return CYN_OK;
}
