#include "exec/group_impl.h"
#include <stdlib.h>
#include <string.h>

/* ---- binding ---- */

static cyn_code bind_time(cyn_grouper *g, const cyn_program *p, cyn_err *err)
{
    const cyn_plan *plan = g->plan;
    g->nintervals = plan->nintervals;
    g->everything = plan->nintervals == 1 && plan->intervals[0].start == CYN_TIME_MIN &&
                    plan->intervals[0].end == CYN_TIME_MAX;
    if (!plan->time) {
        g->everything = true;
        g->nintervals = plan->nintervals > 0;
        return CYN_OK;
    }
    CYN_TRY(cyn_program_column(p, plan->time, NULL, &g->time, err));
    if (g->time->type == CYN_TIMESTAMP) return CYN_OK;
    if (g->time->type != CYN_DATE) {
        return cyn_fail(err, CYN_E_TYPE,
                        "time column '%s' of source '%s' is of type %s, expected timestamp or date",
                        plan->time, plan->source, cyn_type_name(g->time->type));
    }
    g->days = CYN_NEW_ARRAY(p->arena, CYN_DAY_SLOTS, cyn_day_slot);
    return g->days ? CYN_OK : cyn_nomem(err);
}

static cyn_code bind_groups(cyn_grouper *g, const cyn_program *p, cyn_err *err)
{
    size_t n = g->plan->ngroups;
    if (n == 0) {
        g->nsegments = 1;
        return CYN_OK;
    }
    g->groups = CYN_NEW_ARRAY(p->arena, n, const cyn_column *);
    g->levels = CYN_NEW_ARRAY(p->arena, n, cyn_pairs);
    if (!g->groups || !g->levels) return cyn_nomem(err);
    for (size_t j = 0; j < n; j++) {
        CYN_TRY(cyn_program_column(p, g->plan->groups[j], NULL, &g->groups[j], err));
    }
    if (g->groups[0]->type != CYN_TEXT) return CYN_OK;
    g->direct = CYN_NEW_ARRAY(p->arena, (size_t)g->groups[0]->dict->count + 1, uint32_t);
    return g->direct ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_grouper_init(cyn_grouper *g, const cyn_plan *plan, const cyn_program *p, cyn_err *err)
{
    g->plan = plan;
    g->segment = CYN_NEW_ARRAY(p->arena, CYN_BATCH, uint32_t);
    g->rows.row = CYN_NEW_ARRAY(p->arena, CYN_BATCH, uint32_t);
    g->rows.place = CYN_NEW_ARRAY(p->arena, CYN_BATCH, uint32_t);
    if (!g->segment || !g->rows.row || !g->rows.place) return cyn_nomem(err);
    CYN_TRY(bind_time(g, p, err));
    return bind_groups(g, p, err);
}

void cyn_grouper_clear(cyn_grouper *g)
{
    for (size_t j = 0; g->levels && j < g->plan->ngroups; j++)
        cyn_pairs_clear(&g->levels[j]);
    cyn_free(g->first_row);
    *g = (cyn_grouper){0};
}

/* ---- intervals ---- */

/* The interval around an instant, or the gap that it falls into. */
static cyn_span find_span(const cyn_plan *plan, int64_t instant)
{
    size_t lo = 0, hi = plan->nintervals; /* the first interval that ends after the instant */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (plan->intervals[mid].end > instant) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    if (lo < plan->nintervals && plan->intervals[lo].start <= instant) {
        cyn_interval i = plan->intervals[lo];
        return (cyn_span){.start = i.start, .end = i.end, .interval = (int64_t)lo};
    }
    return (cyn_span){.start = lo > 0 ? plan->intervals[lo - 1].end : CYN_TIME_MIN,
                      .end = lo < plan->nintervals ? plan->intervals[lo].start : CYN_TIME_MAX,
                      .interval = -1};
}

static int64_t locate_instant(cyn_grouper *g, int64_t instant)
{
    if (instant < g->span.start || instant >= g->span.end) g->span = find_span(g->plan, instant);
    return g->span.interval;
}

static int64_t locate_day(cyn_grouper *g, int64_t day)
{
    cyn_day_slot *slot = &g->days[(uint64_t)day % CYN_DAY_SLOTS];
    if (!slot->used || slot->day != day) {
        *slot = (cyn_day_slot){.used = true,
                               .day = day,
                               .interval = locate_instant(g, cyn_tz_midnight(g->plan->tz, day))};
    }
    return slot->interval;
}

static void note_covered(cyn_grouper *g, size_t first, size_t n)
{
    const int64_t *v = g->time->v.i64;
    for (size_t i = first; i < first + n; i++) {
        if (!cyn_column_has(g->time, i)) continue;
        if (!g->covered_any) g->least = g->greatest = v[i];
        g->covered_any = true;
        g->least = v[i] < g->least ? v[i] : g->least;
        g->greatest = v[i] > g->greatest ? v[i] : g->greatest;
    }
}

/* Fills rows with the rows that lie in an interval; place holds the interval for now. */
static void locate_rows(cyn_grouper *g, size_t first, size_t n)
{
    cyn_rows *rows = &g->rows;
    rows->n = 0;
    if (g->nintervals == 0) return;
    if (g->everything) {
        for (size_t i = 0; i < n; i++)
            rows->row[i] = (uint32_t)i;
        memset(rows->place, 0, n * sizeof *rows->place);
        rows->n = n;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (!cyn_column_has(g->time, first + i)) continue;
        int64_t v = g->time->v.i64[first + i];
        int64_t interval = g->days ? locate_day(g, v) : locate_instant(g, v);
        if (interval < 0) continue;
        rows->row[rows->n] = (uint32_t)i;
        rows->place[rows->n++] = (uint32_t)interval;
    }
}

void cyn_grouper_covered(const cyn_grouper *g, cyn_plan_result *out)
{
    out->covered_any = g->covered_any;
    if (!g->covered_any) return;
    out->covered_from = g->days ? cyn_tz_midnight(g->plan->tz, g->least) : g->least;
    out->covered_to = g->days ? cyn_tz_midnight(g->plan->tz, g->greatest + 1) - 1 : g->greatest;
}

/* ---- segments ---- */

static cyn_code add_segment(cyn_grouper *g, size_t row, cyn_err *err)
{
    if ((g->nsegments + 1) * g->nintervals > CYN_MAX_PLACES) {
        cyn_fail(err, CYN_E_LIMIT, "source '%s' has over %zu segments in %zu periods",
                 g->plan->source, g->nsegments, g->nintervals);
        if (err) cyn_hint(err, "Ask for fewer periods, or for dimensions with fewer values.");
        return CYN_E_LIMIT;
    }
    if (g->nsegments == g->first_rows) {
        size_t room = g->first_rows ? g->first_rows * 2 : 64;
        size_t *bigger = cyn_realloc(g->first_row, room * sizeof *bigger);
        if (!bigger) return cyn_nomem(err);
        g->first_row = bigger;
        g->first_rows = room;
    }
    g->first_row[g->nsegments++] = row;
    return CYN_OK;
}

/* The first column when it is a text: its codes number the segments without hashing. */
static cyn_code segment_by_code(cyn_grouper *g, size_t first, bool last, uint32_t *count,
                                cyn_err *err)
{
    const cyn_column *c = g->groups[0];
    for (size_t k = 0; k < g->rows.n; k++) {
        size_t row = first + g->rows.row[k];
        uint32_t *number = &g->direct[cyn_column_has(c, row) ? c->v.code[row] + 1 : 0];
        if (*number == 0) {
            *number = ++*count;
            if (last) CYN_TRY(add_segment(g, row, err));
        }
        g->segment[k] = *number - 1;
    }
    return CYN_OK;
}

static cyn_code segment_by_pair(cyn_grouper *g, size_t j, size_t first, bool last, cyn_err *err)
{
    const cyn_column *c = g->groups[j];
    for (size_t k = 0; k < g->rows.n; k++) {
        size_t row = first + g->rows.row[k];
        bool known = cyn_column_has(c, row);
        uint32_t before = j > 0 ? g->segment[k] : 0;
        /* A missing value is a key of its own (M-6): its pairs have odd groups. */
        uint32_t id =
            cyn_pairs_add(&g->levels[j], before * 2 + !known, known ? cyn_cell_bits(c, row) : 0);
        if (id == CYN_NO_PAIR) return cyn_nomem(err);
        if (last && id == g->nsegments) CYN_TRY(add_segment(g, row, err));
        g->segment[k] = id;
    }
    return CYN_OK;
}

cyn_code cyn_grouper_batch(cyn_grouper *g, size_t first, size_t n, cyn_err *err)
{
    size_t ngroups = g->plan->ngroups;
    if (g->time) note_covered(g, first, n);
    locate_rows(g, first, n);
    for (size_t j = 0; j < ngroups; j++) {
        bool last = j + 1 == ngroups;
        if (j == 0 && g->direct) {
            CYN_TRY(segment_by_code(g, first, last, &g->ncodes, err));
        } else {
            CYN_TRY(segment_by_pair(g, j, first, last, err));
        }
    }
    for (size_t k = 0; ngroups > 0 && k < g->rows.n; k++)
        g->rows.place[k] += g->segment[k] * (uint32_t)g->nintervals;
    return CYN_OK;
}

/* ---- keys ---- */

static int compare_texts(const cyn_column *c, uint32_t a, uint32_t b)
{
    const cyn_dict *d = c->dict;
    size_t na = d->offset[a + 1] - d->offset[a], nb = d->offset[b + 1] - d->offset[b];
    size_t shorter = na < nb ? na : nb;
    int order = shorter ? memcmp(d->heap + d->offset[a], d->heap + d->offset[b], shorter) : 0;
    return order ? order : (na > nb) - (na < nb);
}

static int compare_cells(const cyn_column *c, size_t a, size_t b)
{
    bool has_a = cyn_column_has(c, a), has_b = cyn_column_has(c, b);
    if (!has_a || !has_b) return has_a - has_b;
    switch (c->type) {
    case CYN_TEXT: return compare_texts(c, c->v.code[a], c->v.code[b]);
    case CYN_BOOLEAN: return c->v.bit[a] - c->v.bit[b];
    case CYN_REAL: return (c->v.f64[a] > c->v.f64[b]) - (c->v.f64[a] < c->v.f64[b]);
    default: return (c->v.i64[a] > c->v.i64[b]) - (c->v.i64[a] < c->v.i64[b]);
    }
}

static int compare_segments(const void *a, const void *b, void *grouper)
{
    const cyn_grouper *g = grouper;
    size_t row_a = g->first_row[*(const size_t *)a], row_b = g->first_row[*(const size_t *)b];
    int order = 0;
    for (size_t j = 0; order == 0 && j < g->plan->ngroups; j++)
        order = compare_cells(g->groups[j], row_a, row_b);
    return order;
}

void cyn_grouper_order(cyn_grouper *g, size_t *order)
{
    for (size_t s = 0; s < g->nsegments; s++)
        order[s] = s;
    if (g->plan->ngroups > 0) qsort_r(order, g->nsegments, sizeof *order, compare_segments, g);
}

static cyn_code text_key(const char *s, size_t n, cyn_arena *arena, cyn_const *out, cyn_err *err)
{
    char *copy = cyn_strndup(arena, s, n);
    if (!copy) return cyn_nomem(err);
    *out = (cyn_const){.kind = CYN_CONST_TEXT, .s = copy, .n = n};
    return CYN_OK;
}

static cyn_code decimal_key(const cyn_column *c, size_t row, cyn_arena *arena, cyn_const *out,
                            cyn_err *err)
{
    cyn_buf digits = {0};
    cyn_buf_num(&digits, cyn_num_decimal(c->v.i64[row], c->scale));
    cyn_code rc = cyn_buf_check(&digits, err);
    if (rc == CYN_OK) rc = text_key(digits.data, digits.len, arena, out, err);
    cyn_buf_clear(&digits);
    return rc;
}

cyn_code cyn_grouper_key(const cyn_grouper *g, size_t segment, size_t j, cyn_arena *arena,
                         cyn_const *out, cyn_err *err)
{
    const cyn_column *c = g->groups[j];
    size_t row = g->first_row[segment];
    char date[32];
    *out = (cyn_const){.kind = CYN_CONST_NIL};
    if (!cyn_column_has(c, row)) return CYN_OK;
    switch (c->type) {
    case CYN_TEXT: {
        uint64_t from = c->dict->offset[c->v.code[row]], to = c->dict->offset[c->v.code[row] + 1];
        return text_key(c->dict->heap + from, to - from, arena, out, err);
    }
    case CYN_DECIMAL: return decimal_key(c, row, arena, out, err);
    case CYN_DATE:
        cyn_format_date(c->v.i64[row], date, sizeof date);
        return text_key(date, strlen(date), arena, out, err);
    case CYN_BOOLEAN: *out = (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = c->v.bit[row]}; break;
    case CYN_INTEGER: *out = (cyn_const){.kind = CYN_CONST_INTEGER, .i = c->v.i64[row]}; break;
    case CYN_REAL: *out = (cyn_const){.kind = CYN_CONST_REAL, .r = c->v.f64[row] + 0.0}; break;
    case CYN_TIMESTAMP:
        *out = (cyn_const){.kind = CYN_CONST_REAL, .r = cyn_scaled_double(c->v.i64[row], 6)};
        break;
    }
    return CYN_OK;
}
