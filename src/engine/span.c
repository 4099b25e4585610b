#include "engine/span.h"
#include <stdlib.h>
#include <string.h>

/* ---- shifting ---- */

/* The same time of day on another date; the beginning of a day is that of the other day, even where
 * clocks skip midnight. */
static int64_t move_to_date(const cyn_calendar *cal, int64_t t, int64_t from, int64_t to)
{
    if (t == cyn_tz_midnight(cal->tz, from)) return cyn_tz_midnight(cal->tz, to);
    cyn_civil c = cyn_tz_civil(cal->tz, t);
    cyn_civil_from_days(to, &c.year, &c.month, &c.day);
    return cyn_tz_instant(cal->tz, &c);
}

static int64_t shift_days(const cyn_calendar *cal, int64_t t, int64_t days)
{
    int64_t date = cyn_tz_date(cal->tz, t);
    return move_to_date(cal, t, date, date + days);
}

/* The same day of another month, or its last one. */
static int64_t shift_months(const cyn_calendar *cal, int64_t t, int64_t months)
{
    int64_t date = cyn_tz_date(cal->tz, t);
    int year, month, day;
    cyn_civil_from_days(date, &year, &month, &day);
    int64_t m = (int64_t)year * 12 + month - 1 + months;
    year = (int)(m >= 0 ? m / 12 : (m - 11) / 12);
    month = (int)(m - (int64_t)year * 12) + 1;
    int last = cyn_days_in_month(year, month);
    return move_to_date(cal, t, date, cyn_days_from_civil(year, month, day > last ? last : day));
}

/* Months of whole weeks have no days to keep: as far into the other one, at most to its end. */
static int64_t shift_fiscal(const cyn_calendar *cal, int64_t t, cyn_grain_unit unit, int64_t n)
{
    cyn_period from = cyn_period_at(cal, (cyn_grain){unit, 1}, t);
    cyn_period to = cyn_period_shift(cal, from, (int)n);
    int64_t elapsed = t - from.start;
    return to.end - to.start < elapsed ? to.end : to.start + elapsed;
}

/* An instant n units later, in the calendar's zone: days keep the time of day over DST. */
static int64_t shift_instant(const cyn_calendar *cal, int64_t t, cyn_grain_unit unit, int64_t n)
{
    if (t == CYN_TIME_MIN || t == CYN_TIME_MAX) return t;
    if (cal->pattern && (unit == CYN_MONTH || unit == CYN_QUARTER || unit == CYN_YEAR))
        return shift_fiscal(cal, t, unit, n);
    switch (unit) {
    case CYN_MINUTES: return t + n * CYN_MINUTE;
    case CYN_HOURLY: return t + n * CYN_HOUR;
    case CYN_DAILY: return shift_days(cal, t, n);
    case CYN_WEEK: return shift_days(cal, t, 7 * n);
    case CYN_MONTH: return shift_months(cal, t, n);
    case CYN_QUARTER: return shift_months(cal, t, 3 * n);
    case CYN_YEAR: return shift_months(cal, t, 12 * n);
    default: return t;
    }
}

static cyn_period years_later(const cyn_calendar *cal, cyn_period p, int n)
{
    if (n > 0) return cyn_period_at(cal, p.grain, shift_instant(cal, p.start, CYN_YEAR, n));
    for (; n < 0; n++)
        p = cyn_period_last_year(cal, p);
    return p;
}

/* The period that an offset leads to: by name for years (P-8), else the one that holds the start.
 */
static cyn_period shift_period(const cyn_calendar *cal, cyn_period p, cyn_grain_unit unit, int n)
{
    if (unit == CYN_ALL || unit == p.grain.unit) return cyn_period_shift(cal, p, n);
    if (unit == CYN_YEAR) return years_later(cal, p, n);
    return cyn_period_at(cal, p.grain, shift_instant(cal, p.start, unit, n));
}

/* ---- spans ---- */

/* The part of a period as long as `elapsed`, at most all of it. */
static cyn_span part_of(cyn_period p, int64_t elapsed)
{
    int64_t end = p.end - p.start > elapsed ? p.start + elapsed : p.end;
    return (cyn_span){.start = p.start, .end = end, .period = p, .is_period = true};
}

static cyn_span whole(cyn_period p)
{
    return (cyn_span){.start = p.start, .end = p.end, .period = p, .is_period = true};
}

static cyn_span offset_span(const cyn_calendar *cal, cyn_span s, const cyn_window *w)
{
    if (s.period.grain.unit == CYN_ALL && w->unit == CYN_ALL) return s;
    cyn_period p = shift_period(cal, s.period, w->unit, w->n);
    if (s.is_period) return s.end == s.period.end ? whole(p) : part_of(p, s.end - s.start);
    cyn_grain_unit unit = w->unit == CYN_ALL ? s.period.grain.unit : w->unit;
    int n = w->unit == CYN_ALL && unit == CYN_MINUTES ? w->n * s.period.grain.n : w->n;
    return (cyn_span){.start = shift_instant(cal, s.start, unit, n),
                      .end = shift_instant(cal, s.end, unit, n),
                      .period = p};
}

static cyn_span window_span(const cyn_calendar *cal, cyn_span s, const cyn_window *w)
{
    cyn_span out = s;
    out.is_period = false;
    switch (w->kind) {
    case CYN_ROLLING: out.start = shift_instant(cal, s.end, w->unit, -w->n); break;
    case CYN_TO_DATE:
        if (s.end != CYN_TIME_MAX)
            out.start = cyn_period_at(cal, (cyn_grain){w->unit, 1}, s.end - 1).start;
        break;
    case CYN_CUMULATIVE: out.start = CYN_TIME_MIN; break;
    case CYN_OFFSET: return offset_span(cal, s, w);
    }
    return out;
}

/* The k-th value that a fold looks at: the same stretch, k periods earlier. */
static cyn_span earlier(const cyn_calendar *cal, cyn_span s, size_t k)
{
    cyn_window w = {.kind = CYN_OFFSET, .unit = CYN_ALL, .n = -(int)k};
    return k == 0 ? s : offset_span(cal, s, &w);
}

/* ---- intervals ---- */

static int by_bounds(const void *a, const void *b)
{
    const cyn_interval *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* The different intervals of a chain's spans, and which one each span is. */
static cyn_code settle_intervals(cyn_spans *s, cyn_chain *c, cyn_err *err)
{
    cyn_interval *list = CYN_NEW_ARRAY(s->arena, c->nspans + 1, cyn_interval);
    size_t *of = CYN_NEW_ARRAY(s->arena, c->nspans + 1, size_t);
    if (!list || !of) return cyn_nomem(err);
    for (size_t i = 0; i < c->nspans; i++)
        list[i] = (cyn_interval){c->spans[i].start, c->spans[i].end};
    qsort(list, c->nspans, sizeof *list, by_bounds);
    size_t kept = 0;
    for (size_t i = 0; i < c->nspans; i++)
        if (i == 0 || by_bounds(&list[i], &list[kept - 1]) != 0) list[kept++] = list[i];
    for (size_t i = 0; i < c->nspans; i++) {
        cyn_interval key = {c->spans[i].start, c->spans[i].end};
        const cyn_interval *at = bsearch(&key, list, kept, sizeof *list, by_bounds);
        of[i] = at ? (size_t)(at - list) : 0;
    }
    c->intervals = list;
    c->nintervals = kept;
    c->interval_of = of;
    return CYN_OK;
}

/* ---- the request ---- */

cyn_code cyn_spans_new(const cyn_calendar *cal, int64_t now, cyn_arena *arena, cyn_spans **out,
                       cyn_err *err)
{
    cyn_spans *s = CYN_NEW(arena, cyn_spans);
    if (!s) return cyn_nomem(err);
    *s = (cyn_spans){.calendar = cal, .now = now, .arena = arena, .capacity = 8};
    s->chains = CYN_NEW_ARRAY(arena, s->capacity, cyn_chain);
    if (!s->chains) return cyn_nomem(err);
    *out = s;
    return CYN_OK;
}

/* Adds a base span; its number. One that occurs twice costs nothing: intervals are kept once. */
static size_t base_span(cyn_span *spans, size_t *count, cyn_span span)
{
    spans[*count] = span;
    return (*count)++;
}

static cyn_slot make_slot(const cyn_spans *s, cyn_period p, cyn_span *spans, size_t *count)
{
    cyn_slot slot = {.period = p,
                     .current = CYN_NO_SPAN,
                     .previous = CYN_NO_SPAN,
                     .last_year = CYN_NO_SPAN,
                     .against = CYN_NO_SPAN};
    if (p.grain.unit == CYN_ALL) {
        slot.current = base_span(spans, count, whole(p));
        return slot;
    }
    slot.partial = p.end > s->now;
    if (p.start >= s->now) return slot;
    int64_t elapsed = slot.partial ? s->now - p.start : INT64_MAX;
    slot.current = base_span(spans, count, part_of(p, elapsed));
    if (s->alone) return slot;
    slot.previous = base_span(spans, count, part_of(cyn_period_shift(s->calendar, p, -1), elapsed));
    slot.last_year =
        base_span(spans, count, part_of(cyn_period_last_year(s->calendar, p), elapsed));
    if (!s->compares) return slot;
    cyn_span other = part_of(s->against, elapsed);
    if (other.end <= s->now) slot.against = base_span(spans, count, other);
    return slot;
}

void cyn_spans_compare(cyn_spans *s, cyn_period against)
{
    s->compares = true;
    s->against = against;
}

void cyn_spans_remember(cyn_spans *s, size_t periods)
{
    s->remembers = periods;
}

void cyn_spans_run(cyn_spans *s)
{
    s->runs = true;
}

void cyn_spans_alone(cyn_spans *s)
{
    s->alone = true;
}

/* Base spans of the periods before the first one; all that is there has ended before it begins. */
static cyn_code add_before(cyn_spans *s, cyn_period first, cyn_span *spans, size_t *count,
                           cyn_err *err)
{
    size_t *before = CYN_NEW_ARRAY(s->arena, s->remembers + 1, size_t);
    if (!before) return cyn_nomem(err);
    for (size_t k = s->remembers; k > 0; k--) {
        cyn_period p = cyn_period_shift(s->calendar, first, -(int)k);
        if (p.end <= s->now) before[s->nbefore++] = base_span(spans, count, whole(p));
    }
    s->before = before;
    return CYN_OK;
}

cyn_code cyn_spans_request(cyn_spans *s, const cyn_period *periods, size_t n, size_t history,
                           cyn_err *err)
{
    cyn_slot *slots = CYN_NEW_ARRAY(s->arena, n + 1, cyn_slot);
    size_t *past = CYN_NEW_ARRAY(s->arena, history + 1, size_t);
    cyn_span *spans = CYN_NEW_ARRAY(s->arena, 4 * n + history + s->remembers + 1, cyn_span);
    if (!slots || !past || !spans) return cyn_nomem(err);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        slots[i] = make_slot(s, periods[i], spans, &count);
    bool alone = n == 1 + (size_t)s->runs && history > 1 && slots[0].current != CYN_NO_SPAN &&
                 periods[0].grain.unit != CYN_ALL;
    for (size_t k = history; alone && k-- > 1;) {
        cyn_period p = cyn_period_shift(s->calendar, periods[0], -(int)k);
        past[s->nhistory++] = base_span(spans, &count, whole(p));
    }
    if (alone) past[s->nhistory++] = slots[0].current;
    if (n > 0 && periods[0].grain.unit != CYN_ALL)
        CYN_TRY(add_before(s, periods[0], spans, &count, err));
    s->chains[0] = (cyn_chain){.width = 1, .spans = spans, .nspans = count};
    s->nchains = 1;
    s->slots = slots;
    s->nslots = n;
    s->history = past;
    return settle_intervals(s, &s->chains[0], err);
}

cyn_code cyn_spans_choose(cyn_spans *s, const cyn_span *spans, size_t n, cyn_err *err)
{
    cyn_span *own = CYN_NEW_ARRAY(s->arena, n + 1, cyn_span);
    if (!own) return cyn_nomem(err);
    if (n) memcpy(own, spans, n * sizeof *own);
    s->chains[0] = (cyn_chain){.width = 1, .spans = own, .nspans = n};
    s->nchains = 1;
    return settle_intervals(s, &s->chains[0], err);
}

/* ---- chains ---- */

static bool same_window(const cyn_formula *a, const cyn_formula *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind == CYN_FORMULA_FOLD) return a->n == b->n;
    return a->window.kind == b->window.kind && a->window.unit == b->window.unit &&
           a->window.n == b->window.n;
}

static cyn_code make_chain(cyn_spans *s, size_t parent, const cyn_formula *f, cyn_chain *out,
                           cyn_err *err)
{
    const cyn_chain *from = &s->chains[parent];
    size_t width = f->kind == CYN_FORMULA_FOLD ? (size_t)f->n : 1;
    cyn_span *spans = CYN_NEW_ARRAY(s->arena, from->nspans * width + 1, cyn_span);
    if (!spans) return cyn_nomem(err);
    for (size_t i = 0; i < from->nspans; i++)
        for (size_t k = 0; k < width; k++)
            spans[i * width + k] = f->kind == CYN_FORMULA_FOLD
                                       ? earlier(s->calendar, from->spans[i], k)
                                       : window_span(s->calendar, from->spans[i], &f->window);
    *out = (cyn_chain){.parent = parent,
                       .through = f,
                       .width = width,
                       .spans = spans,
                       .nspans = from->nspans * width};
    return settle_intervals(s, out, err);
}

static cyn_code reserve_chain(cyn_spans *s, cyn_err *err)
{
    if (s->nchains < s->capacity) return CYN_OK;
    cyn_chain *more = CYN_NEW_ARRAY(s->arena, 2 * s->capacity, cyn_chain);
    if (!more) return cyn_nomem(err);
    memcpy(more, s->chains, s->nchains * sizeof *more);
    s->chains = more;
    s->capacity *= 2;
    return CYN_OK;
}

cyn_code cyn_spans_chain(cyn_spans *s, size_t parent, const cyn_formula *through, size_t *out,
                         cyn_err *err)
{
    for (size_t i = 1; i < s->nchains; i++) {
        if (s->chains[i].parent != parent || !same_window(s->chains[i].through, through)) continue;
        *out = i;
        return CYN_OK;
    }
    CYN_TRY(reserve_chain(s, err));
    CYN_TRY(make_chain(s, parent, through, &s->chains[s->nchains], err));
    *out = s->nchains++;
    return CYN_OK;
}

/* ---- spans chosen one by one ---- */

cyn_span cyn_span_later(const cyn_calendar *cal, cyn_span span, cyn_grain_unit unit, int n)
{
    cyn_window w = {.kind = CYN_OFFSET, .unit = unit, .n = n};
    return offset_span(cal, span, &w);
}

cyn_code cyn_spans_add(cyn_spans *s, const cyn_span *spans, size_t n, size_t *out, cyn_err *err)
{
    CYN_TRY(reserve_chain(s, err));
    cyn_span *copy = CYN_NEW_ARRAY(s->arena, n + 1, cyn_span);
    if (!copy) return cyn_nomem(err);
    memcpy(copy, spans, n * sizeof *copy);
    cyn_chain *c = &s->chains[s->nchains];
    *c = (cyn_chain){.parent = CYN_NO_CHAIN, .width = 1, .spans = copy, .nspans = n};
    CYN_TRY(settle_intervals(s, c, err));
    *out = s->nchains++;
    return CYN_OK;
}
