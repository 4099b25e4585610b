#include "exec/group_impl.h"
#include "exec/stretch_impl.h"
#include <stdlib.h>
#include <string.h>

/* ---- binding ---- */

static cyn_code wrong_type(const cyn_grouper *g, const char *role, const cyn_column *c,
                           const char *expected, cyn_err *err)
{
    return cyn_fail(err, CYN_E_TYPE, "%s column '%s' of source '%s' is of type %s, expected %s",
                    role, c->name, g->plan->source, cyn_type_name(c->type), expected);
}

static cyn_code bind_time(cyn_grouper *g, const cyn_program *p, cyn_err *err)
{
    if (!g->plan->time) return CYN_OK;
    CYN_TRY(cyn_program_column(p, g->plan->time, NULL, &g->time, err));
    if (g->time->type == CYN_TIMESTAMP) return CYN_OK;
    if (g->time->type != CYN_DATE) return wrong_type(g, "time", g->time, "timestamp or date", err);
    g->days = CYN_NEW_ARRAY(p->arena, CYN_DAY_SLOTS, cyn_day_slot);
    return g->days ? CYN_OK : cyn_nomem(err);
}

static cyn_code bind_intervals(cyn_grouper *g, const cyn_program *p, cyn_err *err)
{
    const cyn_plan *plan = g->plan;
    if (plan->interval) {
        CYN_TRY(cyn_program_column(p, plan->interval, NULL, &g->interval, err));
        if (g->interval->type != CYN_INTEGER)
            return wrong_type(g, "interval", g->interval, "integer", err);
        g->width = plan->nintervals;
        return CYN_OK;
    }
    bool all = plan->nintervals == 1 && plan->intervals[0].start == CYN_TIME_MIN &&
               plan->intervals[0].end == CYN_TIME_MAX;
    g->everything = all || !plan->time;
    g->width = plan->nintervals > 0;
    if (g->everything) return CYN_OK;
    CYN_TRY(cyn_spans_init(&g->spans, plan->intervals, plan->nintervals, p->arena, err));
    g->width = g->spans.n + g->spans.timeless;
    return CYN_OK;
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
    /* One for missing values, and where there is no text at all one for what stands in their place.
     */
    g->direct = CYN_NEW_ARRAY(p->arena, (size_t)g->groups[0]->dict->count + 2, uint32_t);
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
    if (g->time && g->time->narrow) {
        g->times_room = CYN_NEW_ARRAY(p->arena, CYN_BATCH, int64_t);
        if (!g->times_room) return cyn_nomem(err);
    }
    CYN_TRY(bind_intervals(g, p, err));
    return bind_groups(g, p, err);
}

void cyn_grouper_clear(cyn_grouper *g)
{
    for (size_t j = 0; g->levels && j < g->plan->ngroups; j++)
        cyn_pairs_clear(&g->levels[j]);
    cyn_free(g->first_row);
    *g = (cyn_grouper){0};
}

/* ---- spans ---- */

static int64_t locate_instant(cyn_grouper *g, int64_t instant)
{
    if (instant < g->around.start || instant >= g->around.end)
        g->last = cyn_spans_find(&g->spans, instant, &g->around);
    return g->last;
}

static int64_t locate_day(cyn_grouper *g, int64_t day)
{
    cyn_day_slot *slot = &g->days[(uint64_t)day % CYN_DAY_SLOTS];
    if (!slot->used || slot->day != day) {
        *slot = (cyn_day_slot){
            .used = true, .day = day, .span = locate_instant(g, cyn_tz_midnight(g->plan->tz, day))};
    }
    return slot->span;
}

/* The place of the i-th row of a batch in its segment; -1: it is in no interval. */
static int64_t locate_row(cyn_grouper *g, size_t first, size_t i)
{
    size_t row = first + i;
    if (g->interval) {
        if (!cyn_column_has(g->interval, row)) return -1;
        int64_t number = cyn_column_integer(g->interval, row);
        return number >= 0 && (uint64_t)number < g->width ? number : -1;
    }
    if (!cyn_column_has(g->time, row)) return g->spans.timeless ? (int64_t)g->spans.n : -1;
    return g->days ? locate_day(g, g->times[i]) : locate_instant(g, g->times[i]);
}

/* The span of a time, as the column has it, and which times have the same. */
static int64_t locate_time(cyn_grouper *g, int64_t time, cyn_interval *same)
{
    int64_t span = g->days ? locate_day(g, time) : locate_instant(g, time);
    *same = g->days ? (cyn_interval){time, time + 1} : g->around;
    return span;
}

static void note_covered(cyn_grouper *g, int64_t least, int64_t greatest)
{
    if (!g->covered_any || least < g->least) g->least = least;
    if (!g->covered_any || greatest > g->greatest) g->greatest = greatest;
    g->covered_any = true;
}

/* Batch after batch is taken whole, at one place: then the arrays are as they were. Where segments
 * come to it the first place is enough (move_to_segments). */
static void take_all(cyn_grouper *g, size_t n, uint32_t place)
{
    cyn_rows *rows = &g->rows;
    for (; g->listed < n; g->listed++)
        rows->row[g->listed] = (uint32_t)g->listed;
    if (g->filled > 0 && rows->place[0] != place) g->filled = 0;
    rows->place[0] = place;
    for (; g->plan->ngroups == 0 && g->filled < n; g->filled++)
        rows->place[g->filled] = place;
    rows->n = n;
    rows->together = rows->whole = true;
}

/* Rows in the order of time are mostly in one span: then only the batch is looked up, or where it
 * crosses a border, what comes before that. Returns how many rows were taken; 0: look at each. */
static size_t locate_together(cyn_grouper *g, size_t first, size_t n, cyn_interval times,
                              bool in_order)
{
    cyn_interval same, next;
    size_t count = n;
    if (g->time->valid) return 0;
    int64_t span = locate_time(g, times.start, &same);
    if (times.end >= same.end) {
        const cyn_stretches x = {g->time, first, n, in_order};
        span = locate_time(g, cyn_column_integer(g->time, first), &same);
        count = cyn_stretch_end(&x, 0, same);
        if (count < n) (void)locate_time(g, cyn_column_integer(g->time, first + count), &next);
        if (count < n && !cyn_stretch_is_batch(&x, count, next)) return 0;
    }
    if (span >= 0) take_all(g, count, (uint32_t)span);
    return count;
}

/* All of one value. The greatest one is no interval's number. */
static cyn_interval only(int64_t number)
{
    return (cyn_interval){number, number < INT64_MAX ? number + 1 : number};
}

/* The same of rows that belong to intervals: those of a relation come one interval after the other.
 */
static size_t locate_interval(cyn_grouper *g, size_t first, size_t n)
{
    const cyn_column *c = g->interval;
    const int64_t number = cyn_column_integer(c, first);
    if (c->valid) return 0;
    const cyn_stretches x = {c, first, n, cyn_are_in_order(c, first, n)};
    const size_t count = cyn_stretch_end(&x, 0, only(number));
    if (count < n) {
        const int64_t next = cyn_column_integer(c, first + count);
        if (!cyn_stretch_is_batch(&x, count, only(next))) return 0;
    }
    if (number >= 0 && (uint64_t)number < g->width) take_all(g, count, (uint32_t)number);
    return count;
}

/* The times of the rows lie between, if any is known. */
static bool bound_times(const cyn_column *c, size_t first, size_t n, bool in_order,
                        cyn_interval *out)
{
    if (!in_order) return cyn_column_known_range(c, first, n, &out->start, &out->end);
    *out = (cyn_interval){cyn_column_integer(c, first), cyn_column_integer(c, first + n - 1)};
    return true;
}

/* Of what is left of a batch it is known. */
static bool times_are_in_order(cyn_grouper *g, size_t first, size_t n)
{
    if (first >= g->ordered_from && first + n <= g->ordered_to) return true;
    if (!cyn_are_in_order(g->time, first, n)) return false;
    g->ordered_from = first;
    g->ordered_to = first + n;
    return true;
}

/* Fills rows with those of n that lie in an interval; place holds the span for now. Returns how
 * many of the n it went through. */
static size_t locate_rows(cyn_grouper *g, size_t first, size_t n)
{
    cyn_rows *rows = &g->rows;
    cyn_interval times = {0};
    const bool in_order = g->time && n > 0 && times_are_in_order(g, first, n);
    const bool timed = g->time && bound_times(g->time, first, n, in_order, &times);
    if (timed) note_covered(g, times.start, times.end);
    rows->n = 0;
    rows->together = rows->whole = false;
    if (g->width == 0) return n;
    if (g->everything) {
        take_all(g, n, 0);
        return n;
    }
    size_t together = g->interval ? locate_interval(g, first, n)
                      : timed     ? locate_together(g, first, n, times, in_order)
                                  : 0;
    if (together > 0) return together;
    g->listed = g->filled = 0;
    if (g->time) g->times = cyn_column_integers(g->time, first, n, g->times_room);
    for (size_t i = 0; i < n; i++) {
        int64_t span = locate_row(g, first, i);
        rows->row[rows->n] = (uint32_t)i;
        rows->place[rows->n] = (uint32_t)span;
        rows->n += span >= 0;
    }
    return n;
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
    if ((g->nsegments + 1) * g->width > CYN_MAX_PLACES) {
        cyn_fail(err, CYN_E_LIMIT, "source '%s' has over %zu segments in %zu periods",
                 g->plan->source, g->nsegments, g->width);
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

/* Segments of codes that have been met; false: some have not, and what is filled in is worth
 * nothing. Plain loops, since nearly all batches go this way. */
static bool known_segments(cyn_grouper *g, size_t first)
{
    const cyn_column *c = g->groups[0];
    const size_t n = g->rows.n;
    const uint32_t *row = g->rows.row, *direct = g->direct;
    uint32_t room[CYN_BATCH], *segment = g->segment, least = UINT32_MAX;
    if (n == 0) return true;
    const uint32_t *codes = cyn_column_codes(c, first, row[n - 1] + (size_t)1, room);
    for (size_t k = 0; k < n; k++) {
        uint32_t number = direct[codes[row[k]] + 1];
        if (c->valid && !cyn_column_has(c, first + row[k])) number = direct[0];
        least = number < least ? number : least;
        segment[k] = number - 1;
    }
    return least > 0;
}

/* The first column when it is a text: its codes number the segments without hashing. */
static cyn_code segment_by_code(cyn_grouper *g, size_t first, bool last, uint32_t *count,
                                cyn_err *err)
{
    const cyn_column *c = g->groups[0];
    if (known_segments(g, first)) return CYN_OK;
    for (size_t k = 0; k < g->rows.n; k++) {
        size_t row = first + g->rows.row[k];
        uint32_t *number = &g->direct[cyn_column_has(c, row) ? cyn_column_code(c, row) + 1 : 0];
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

/* Fills segment for the rows. */
static cyn_code find_segments(cyn_grouper *g, size_t first, cyn_err *err)
{
    size_t ngroups = g->plan->ngroups;
    for (size_t j = 0; j < ngroups; j++) {
        bool last = j + 1 == ngroups;
        if (j == 0 && g->direct) {
            CYN_TRY(segment_by_code(g, first, last, &g->ncodes, err));
        } else {
            CYN_TRY(segment_by_pair(g, j, first, last, err));
        }
    }
    return CYN_OK;
}

/* From the span in a segment to the place. */
static void move_to_segments(cyn_rows *rows, const uint32_t *segment, uint32_t width)
{
    uint32_t *place = rows->place;
    const size_t n = rows->n;
    const uint32_t span = place[0];
    if (rows->together)
        for (size_t k = 0; k < n; k++)
            place[k] = span + segment[k] * width;
    else
        for (size_t k = 0; k < n; k++)
            place[k] += segment[k] * width;
    rows->together = false;
}

/* Whether every text, and missing ones if there are any, has met its segment: then looking for
 * those of further rows finds no new one. */
static bool met_all(const cyn_grouper *g)
{
    const cyn_column *c = g->groups[0];
    return g->plan->ngroups == 1 && g->direct && g->ncodes == c->dict->count + (c->valid != NULL);
}

void cyn_grouper_move(const cyn_grouper *g, size_t first, cyn_rows *rows)
{
    const cyn_column *c = g->groups[0];
    const uint32_t span = g->rows.place[0], width = (uint32_t)g->width, *direct = g->direct;
    for (size_t k = 0; k < rows->n; k++) {
        size_t row = first + rows->row[k];
        uint32_t number = direct[cyn_column_has(c, row) ? cyn_column_code(c, row) + 1 : 0];
        rows->place[k] = span + (number - 1) * width;
    }
    rows->together = false;
}

cyn_code cyn_grouper_batch(cyn_grouper *g, size_t first, size_t *n, cyn_err *err)
{
    *n = locate_rows(g, first, *n);
    if (g->plan->ngroups == 0) return CYN_OK;
    g->deferred = g->defers && g->rows.together && met_all(g);
    if (g->deferred) return CYN_OK;
    CYN_TRY(find_segments(g, first, err));
    move_to_segments(&g->rows, g->segment, (uint32_t)g->width);
    return CYN_OK;
}

/* ---- what other groupers found ---- */

void cyn_grouper_collect(cyn_grouper *g)
{
    if (g->spans.cut) g->width = g->plan->nintervals;
}

/* A segment of the other is known by a row that it has. */
cyn_code cyn_grouper_adopt(cyn_grouper *g, const cyn_grouper *other, cyn_arena *arena,
                           cyn_places *map, cyn_err *err)
{
    uint32_t *segment = CYN_NEW_ARRAY(arena, other->nsegments + 1, uint32_t);
    if (!segment) return cyn_nomem(err);
    bool same = !other->spans.cut;
    g->rows.n = 1;
    g->rows.row[0] = 0;
    g->listed = g->filled = 0;
    for (size_t s = 0; s < other->nsegments && g->plan->ngroups > 0; s++) {
        CYN_TRY(find_segments(g, other->first_row[s], err));
        segment[s] = g->segment[0];
        same = same && segment[s] == s;
    }
    if (other->covered_any) note_covered(g, other->least, other->greatest);
    *map = (cyn_places){.segment = segment,
                        .segments = other->nsegments,
                        .width = other->width,
                        .to_width = g->width,
                        .spans = &other->spans,
                        .same = same};
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
    case CYN_TEXT: return compare_texts(c, cyn_column_code(c, a), cyn_column_code(c, b));
    case CYN_BOOLEAN: return c->v.bit[a] - c->v.bit[b];
    case CYN_REAL: return (c->v.f64[a] > c->v.f64[b]) - (c->v.f64[a] < c->v.f64[b]);
    default: break;
    }
    int64_t x = cyn_column_integer(c, a), y = cyn_column_integer(c, b);
    return (x > y) - (x < y);
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
    cyn_buf_num(&digits, cyn_num_decimal(cyn_column_integer(c, row), c->scale));
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
        uint32_t code = cyn_column_code(c, row);
        size_t n;
        const char *text = cyn_dict_text(c->dict, code, &n);
        return text_key(text, n, arena, out, err);
    }
    case CYN_DECIMAL: return decimal_key(c, row, arena, out, err);
    case CYN_DATE:
        cyn_format_date(cyn_column_integer(c, row), date, sizeof date);
        return text_key(date, strlen(date), arena, out, err);
    case CYN_BOOLEAN: *out = (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = c->v.bit[row]}; break;
    case CYN_INTEGER:
        *out = (cyn_const){.kind = CYN_CONST_INTEGER, .i = cyn_column_integer(c, row)};
        break;
    case CYN_REAL: *out = (cyn_const){.kind = CYN_CONST_REAL, .r = c->v.f64[row] + 0.0}; break;
    case CYN_TIMESTAMP:
        *out = (cyn_const){.kind = CYN_CONST_REAL,
                           .r = cyn_scaled_double(cyn_column_integer(c, row), 6)};
        break;
    }
    return CYN_OK;
}
