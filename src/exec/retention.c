/* Retention: each entity that starts becomes a member of a cohort, and is retained when it is
 * active in a window of units of the calendar after its start.
 *
 * The rows that can start a member are found first. All members that start on one day have the same
 * windows, whatever the units. Retentions that differ only in unit, n and mode (D1, W1, M1) have
 * the members in common, and are made by one pass over the rows. Where these lie in the order of
 * time it is a sweep (retention_sweep.c); else it finds the day of a row's entity, and compares the
 * row's instant with the few windows of that day: in any order and on all cores.
 */
#include "exec/cohort_impl.h"
#include "exec/retention_impl.h"
#include "stats/exact.h"
#include <math.h>
#include <string.h>

#define MOST_UNITS 1000000 /* months enough for the years of an instant */

/* ---- binding ---- */

static cyn_code check_spec(const cyn_relation *spec, cyn_err *err)
{
    cyn_place at = spec->place;
    bool counted = spec->unit == CYN_DAILY || spec->unit == CYN_WEEK || spec->unit == CYN_MONTH;
    if (!counted) {
        return cyn_fail_at(err, CYN_E_UNSUPPORTED, at.file, at.line, at.column,
                           "retention counts days, weeks or months");
    }
    int least = spec->mode == CYN_WITHIN ? 1 : 0;
    if (spec->n > MOST_UNITS) {
        return cyn_fail_at(err, CYN_E_RANGE, at.file, at.line, at.column,
                           "retention after %d units, expected %d or fewer", spec->n, MOST_UNITS);
    }
    if (spec->n >= least) return CYN_OK;
    return cyn_fail_at(err, CYN_E_RANGE, at.file, at.line, at.column,
                       "retention after %d units, expected %d or more", spec->n, least);
}

static cyn_code read_arg(cyn_retention *r, cyn_err *err)
{
    const cyn_expr *e = r->spec->arg;
    if (!e) return CYN_OK;
    CYN_TRY(cyn_relation_column(&r->run, e, &r->arg, err));
    switch (r->arg.type) {
    case CYN_INTEGER:
    case CYN_DECIMAL:
    case CYN_BOOLEAN:
    case CYN_REAL: return CYN_OK;
    case CYN_TEXT:
    case CYN_TIMESTAMP:
    case CYN_DATE: break;
    }
    return cyn_fail_at(err, CYN_E_TYPE, e->place.file, e->place.line, e->place.column,
                       "retention sums '%s' of source '%s', which is of type %s, expected a number",
                       e->text ? e->text : "its value", r->run.source, cyn_type_name(r->arg.type));
}

static cyn_code bind(cyn_retention *r, cyn_err *err)
{
    CYN_TRY(cyn_relation_column(&r->run, r->spec->entity, &r->entity, err));
    CYN_TRY(cyn_relation_number(&r->run, &r->entity, &r->who, err));
    CYN_TRY(cyn_relation_time(&r->run, &r->time, err));
    cyn_relation_in_order(&r->run, &r->time);
    return read_arg(r, err);
}

/* ---- days ---- */

/* Room for one more day. */
static cyn_code reserve_day(cyn_retention *r, cyn_err *err)
{
    if (r->days < r->day_room) return CYN_OK;
    uint32_t room = r->day_room ? r->day_room * 2 : 512;
    size_t used = r->days * r->noutcomes;
    cyn_window *windows = CYN_NEW_ARRAY(r->run.arena, room * r->noutcomes, cyn_window);
    cyn_window_ends *moments = CYN_NEW_ARRAY(r->run.arena, room * r->noutcomes, cyn_window_ends);
    uint32_t *begin = CYN_NEW_ARRAY(r->run.arena, room, uint32_t);
    if (!windows || !moments || !begin) return cyn_nomem(err);
    if (used) {
        memcpy(windows, r->windows, used * sizeof *windows);
        memcpy(moments, r->ends, used * sizeof *moments);
        memcpy(begin, r->begin, r->days * sizeof *begin);
    }
    r->windows = windows;
    r->ends = moments;
    r->begin = begin;
    r->day_room = room;
    return CYN_OK;
}

/* Where an outcome's units lie for all that start on a day. A date that was skipped is a unit
 * without any instant. */
static void find_window(const cyn_calendar *calendar, cyn_outcome *o, int64_t day, cyn_window *w,
                        cyn_window_ends *e)
{
    const cyn_relation *spec = o->spec;
    cyn_period p = cyn_period_at(calendar, o->grain, day);
    int64_t from = cyn_period_shift(calendar, p, spec->mode == CYN_WITHIN ? 1 : spec->n).start;
    int64_t mature = cyn_period_shift(calendar, p, spec->n + 1).start;
    int64_t to = spec->mode == CYN_UNBOUNDED ? CYN_TIME_MAX : mature;
    *w = (cyn_window){.from = from, .length = to > from ? (uint64_t)to - (uint64_t)from : 0};
    *e = (cyn_window_ends){.unit = p.end, .mature = mature};
    o->early |= from < p.end;
}

/* Starts come in the order of time, and so each day comes once. */
static cyn_code begin_day(cyn_retention *r, int64_t start, cyn_err *err)
{
    const cyn_grain day = {CYN_DAILY, 1};
    CYN_TRY(reserve_day(r, err));
    r->today = cyn_period_at(r->in->calendar, day, start);
    if (r->run.in_order) r->tomorrow = cyn_relation_first_at(&r->run, &r->time, r->today.end);
    for (size_t k = 0; k < r->noutcomes; k++) {
        size_t at = r->days * r->noutcomes + k;
        find_window(r->in->calendar, &r->outcomes[k], start, &r->windows[at], &r->ends[at]);
    }
    r->begin[r->days++] = (uint32_t)r->n;
    return CYN_OK;
}

/* ---- members ---- */

static cyn_code reserve_members(cyn_retention *r, size_t room, cyn_err *err)
{
    cyn_arena *a = r->run.arena;
    r->day_of = CYN_NEW_ARRAY(a, (size_t)r->who.count + 1, uint32_t);
    r->member_of = CYN_NEW_ARRAY(a, (size_t)r->who.count + 1, uint32_t);
    r->first = CYN_NEW_ARRAY(a, room + 1, uint32_t);
    r->entity_of = CYN_NEW_ARRAY(a, room + 1, uint32_t);
    if (!r->day_of || !r->member_of || !r->first || !r->entity_of) return cyn_nomem(err);
    /* New memory that is read before it is written costs each page twice. */
    memset(r->day_of, 0, r->who.count * sizeof *r->day_of);
    for (size_t k = 0; k < r->noutcomes; k++) {
        cyn_outcome *o = &r->outcomes[k];
        o->retained = CYN_NEW_ARRAY(a, (size_t)r->who.count + 1, _Atomic uint8_t);
        if (!o->retained) return cyn_nomem(err);
        for (uint32_t entity = 0; entity < r->who.count; entity++)
            atomic_init(&o->retained[entity], 0);
        if (!r->spec->arg || r->arg.type == CYN_REAL) continue;
        o->value.exact = CYN_NEW_ARRAY(a, room + 1, cyn_i128);
        o->base.exact = CYN_NEW_ARRAY(a, room + 1, cyn_i128);
        if (!o->value.exact || !o->base.exact) return cyn_nomem(err);
    }
    CYN_TRY(reserve_day(r, err));
    r->days = 1; /* the one of those that have not started */
    return CYN_OK;
}

/* Where rows lie in the order of time, a look at their times is spared. */
static bool is_of_today(const cyn_retention *r, uint32_t row)
{
    if (r->n == 0) return false;
    if (r->run.in_order) return row < r->tomorrow;
    int64_t start = cyn_instant(&r->time, row);
    return start >= r->today.start && start < r->today.end;
}

static cyn_code add_member(cyn_retention *r, uint32_t row, cyn_err *err)
{
    uint32_t entity = cyn_number(&r->who, row);
    if (r->day_of[entity]) return CYN_OK;
    if (!is_of_today(r, row)) CYN_TRY(begin_day(r, cyn_instant(&r->time, row), err));
    r->day_of[entity] = r->days - 1;
    r->member_of[entity] = (uint32_t)r->n;
    r->entity_of[r->n] = entity;
    r->first[r->n++] = row;
    return CYN_OK;
}

/* Starts lie far apart in the table: what is read of them is asked for some rows ahead. */
#define STARTS_AHEAD 24

/* In the order of their starts. */
static cyn_code find_members(cyn_retention *r, cyn_err *err)
{
    cyn_row_list starts;
    CYN_TRY(cyn_relation_rows(&r->run, &r->entity, &r->time, r->spec->start, &starts, err));
    size_t most = starts.n < r->who.count ? starts.n : r->who.count;
    CYN_TRY(reserve_members(r, most, err));
    for (size_t i = 0; i < starts.n; i++) {
        if (i + STARTS_AHEAD < starts.n) {
            cyn_column_prefetch(&r->who.of, starts.row[i + STARTS_AHEAD]);
            if (!r->run.in_order) cyn_column_prefetch(&r->time.at, starts.row[i + STARTS_AHEAD]);
        }
        CYN_TRY(add_member(r, starts.row[i], err));
    }
    return CYN_OK;
}

/* ---- rows ---- */

static bool add_term(cyn_amounts *a, uint32_t m, double x)
{
    if (a->n == a->room) {
        size_t room = a->room ? a->room * 2 : 1024;
        uint32_t *whose = cyn_realloc(a->whose, room * sizeof *whose);
        if (!whose) return false;
        a->whose = whose;
        double *term = cyn_realloc(a->term, room * sizeof *term);
        if (!term) return false;
        a->term = term;
        a->room = room;
    }
    a->whose[a->n] = m;
    a->term[a->n++] = x;
    return true;
}

/* A missing argument, or one that is no number (M-3), adds nothing. */
static void add_amount(cyn_retention *r, cyn_amounts *a, uint32_t m, uint32_t row)
{
    const cyn_column *arg = &r->arg;
    if (!cyn_column_has(arg, row)) return;
    if (arg->type != CYN_REAL) {
        a->exact[m] += arg->type == CYN_BOOLEAN ? arg->v.bit[row] : cyn_column_integer(arg, row);
    } else if (isfinite(arg->v.f64[row])) {
        r->exhausted |= !add_term(a, m, arg->v.f64[row]);
    }
}

static bool in_window(const cyn_window *w, int64_t t)
{
    return (uint64_t)t - (uint64_t)w->from < w->length;
}

/* Of the rows at the very moment of the start, those that stand before its row come before. */
static bool since_start(const cyn_retention *r, uint32_t entity, uint32_t row)
{
    uint32_t first = r->first[r->member_of[entity]];
    int64_t start = cyn_instant(&r->time, first), t = cyn_instant(&r->time, row);
    return t > start || (t == start && row >= first);
}

/* Most rows of an entity that is retained find it to be so. */
bool cyn_retention_keep(const cyn_retention *r, cyn_outcome *o, uint32_t entity, uint32_t row)
{
    if (atomic_load_explicit(&o->retained[entity], memory_order_relaxed)) return true;
    if (o->early && !since_start(r, entity, row)) return false;
    atomic_store_explicit(&o->retained[entity], 1, memory_order_relaxed);
    return true;
}

/* Loads without a branch between them overlap: so the days of all rows are looked up first, then
 * the rows in their windows are listed, and only for those is anything decided. */
static void retain(void *self, size_t range, const cyn_row_batch *rows)
{
    const cyn_retention *r = self;
    const cyn_numbers who = r->who;
    const cyn_instants time = r->time;
    const uint32_t *day_of = r->day_of;
    const size_t n = r->noutcomes, count = rows->n;
    uint32_t day[CYN_BATCH], hit[CYN_BATCH];
    int64_t at[CYN_BATCH];
    (void)range;
    for (size_t i = 0; i < count; i++)
        day[i] = day_of[cyn_number(&who, rows->row[i])];
    for (size_t i = 0; i < count; i++)
        at[i] = cyn_instant(&time, rows->row[i]);
    for (size_t k = 0; k < n; k++) {
        const cyn_window *windows = r->windows + k;
        size_t hits = 0;
        for (size_t i = 0; i < count; i++) {
            hit[hits] = rows->row[i];
            hits += in_window(&windows[day[i] * n], at[i]);
        }
        for (size_t i = 0; i < hits; i++)
            (void)cyn_retention_keep(r, &r->outcomes[k], cyn_number(&who, hit[i]), hit[i]);
    }
}

static void retain_amounts(void *self, size_t range, const cyn_row_batch *rows)
{
    cyn_retention *r = self;
    size_t n = r->noutcomes;
    retain(self, range, rows);
    for (size_t i = 0; i < rows->n; i++) {
        uint32_t row = rows->row[i], entity = cyn_number(&r->who, row), day = r->day_of[entity];
        int64_t t = cyn_instant(&r->time, row);
        if (day == 0 || !since_start(r, entity, row)) continue;
        for (size_t k = 0; k < n; k++) {
            cyn_outcome *o = &r->outcomes[k];
            if (in_window(&r->windows[day * n + k], t))
                add_amount(r, &o->value, r->member_of[entity], row);
            if (t < r->ends[day * n + k].unit) add_amount(r, &o->base, r->member_of[entity], row);
        }
    }
}

static cyn_code scan(cyn_retention *r, cyn_err *err)
{
    if (!r->spec->arg && r->run.in_order) return cyn_retention_sweep(r, err);
    cyn_row_scan scan = {.entity = &r->entity,
                         .time = r->time.column,
                         .only = r->spec->active,
                         .alone = r->spec->arg != NULL,
                         .self = r,
                         .take = r->spec->arg ? retain_amounts : retain};
    CYN_TRY(cyn_relation_scan(&r->run, &scan, err));
    return r->exhausted ? cyn_nomem(err) : CYN_OK;
}

/* ---- the table ---- */

static cyn_code exact_sums(const cyn_retention *r, const cyn_amounts *a, cyn_column *out,
                           cyn_err *err)
{
    const cyn_expr *e = r->spec->arg;
    int64_t *sums = CYN_NEW_ARRAY(r->run.arena, r->n + 1, int64_t);
    if (!sums) return cyn_nomem(err);
    for (size_t m = 0; m < r->n; m++) {
        if (a->exact[m] < INT64_MIN || a->exact[m] > INT64_MAX) {
            return cyn_fail_at(err, CYN_E_RANGE, e->place.file, e->place.line, e->place.column,
                               "the sum of '%s' over the rows of one entity overflows",
                               e->text ? e->text : "its value");
        }
        sums[m] = (int64_t)a->exact[m];
    }
    out->v.i64 = sums;
    return CYN_OK;
}

/* Brings the terms of each member together. */
static cyn_code gather_terms(const cyn_retention *r, const cyn_amounts *a, double **out,
                             size_t **end, cyn_err *err)
{
    double *terms = CYN_NEW_ARRAY(r->run.arena, a->n + 1, double);
    size_t *next = CYN_NEW_ARRAY(r->run.arena, r->n + 1, size_t);
    if (!terms || !next) return cyn_nomem(err);
    for (size_t i = 0; i < a->n; i++)
        next[a->whose[i] + 1]++;
    for (size_t m = 0; m < r->n; m++)
        next[m + 1] += next[m];
    for (size_t i = 0; i < a->n; i++)
        terms[next[a->whose[i]]++] = a->term[i];
    *out = terms;
    *end = next; /* each member's terms go from the end of those before to its own */
    return CYN_OK;
}

/* An infinite sum is missing (N-5). */
static cyn_code real_sums(const cyn_retention *r, const cyn_amounts *a, cyn_column *out,
                          cyn_err *err)
{
    double *terms = NULL, *sums = CYN_NEW_ARRAY(r->run.arena, r->n + 1, double);
    uint64_t *valid = CYN_NEW_ARRAY(r->run.arena, r->n / 64 + 1, uint64_t);
    size_t *end = NULL, from = 0;
    if (!sums || !valid) return cyn_nomem(err);
    CYN_TRY(gather_terms(r, a, &terms, &end, err));
    for (size_t m = 0; m < r->n; from = end[m++]) {
        sums[m] = cyn_exact_sum(terms + from, end[m] - from);
        valid[m / 64] |= (uint64_t)(isfinite(sums[m]) != 0) << m % 64;
    }
    out->v.f64 = sums;
    out->valid = valid;
    return CYN_OK;
}

/* A sum of the argument's kind for each member. */
static cyn_code sum_column(const cyn_retention *r, const cyn_amounts *a, cyn_column *out,
                           cyn_err *err)
{
    *out = (cyn_column){.type = r->arg.type, .scale = r->arg.scale};
    if (r->arg.type == CYN_BOOLEAN) out->type = CYN_INTEGER; /* */
    return r->arg.type == CYN_REAL ? real_sums(r, a, out, err) : exact_sums(r, a, out, err);
}

static cyn_code flag_columns(const cyn_retention *r, size_t k, cyn_column *retained,
                             cyn_column *immature, cyn_err *err)
{
    uint8_t *yes = CYN_NEW_ARRAY(r->run.arena, r->n + 1, uint8_t);
    uint8_t *soon = CYN_NEW_ARRAY(r->run.arena, r->n + 1, uint8_t);
    if (!yes || !soon) return cyn_nomem(err);
    for (size_t m = 0; m < r->n; m++)
        yes[m] = r->outcomes[k].retained[r->entity_of[m]];
    for (uint32_t day = 1; day < r->days; day++) {
        size_t first = cyn_first_member(r, day), end = cyn_first_member(r, day + 1);
        bool open = r->in->now < r->ends[day * r->noutcomes + k].mature;
        memset(soon + first, open, end - first);
    }
    *retained = (cyn_column){.type = CYN_BOOLEAN, .v = {.bit = yes}};
    *immature = (cyn_column){.type = CYN_BOOLEAN, .v = {.bit = soon}};
    return CYN_OK;
}

static cyn_code table(cyn_retention *r, size_t k, cyn_table **out, cyn_err *err)
{
    const cyn_column time = r->time.at;
    cyn_column retained, immature, sum;
    size_t n = 0;
    cyn_made_column *c = CYN_NEW_ARRAY(r->run.arena, 6 + r->in->ngroups, cyn_made_column);
    if (!c) return cyn_nomem(err);
    CYN_TRY(flag_columns(r, k, &retained, &immature, err));
    c[n++] = (cyn_made_column){.name = "entity", .values = r->entity, .row = r->first};
    c[n++] = (cyn_made_column){.name = "time", .values = time, .row = r->first};
    c[n++] = (cyn_made_column){.name = "retained", .values = retained};
    if (r->spec->arg) {
        CYN_TRY(sum_column(r, &r->outcomes[k].value, &sum, err));
        c[n++] = (cyn_made_column){.name = "value", .values = sum};
        CYN_TRY(sum_column(r, &r->outcomes[k].base, &sum, err));
        c[n++] = (cyn_made_column){.name = "base", .values = sum};
    }
    c[n++] = (cyn_made_column){.name = "immature", .values = immature};
    CYN_TRY(cyn_cohort_carry(&r->run, r->first, c + n, err));
    return cyn_relation_table(&r->run, c, n + r->in->ngroups, r->n, out, err);
}

/* ---- all of it ---- */

static cyn_code open(cyn_retention *r, const cyn_relation *const *specs, size_t n, cyn_err *err)
{
    r->outcomes = CYN_NEW_ARRAY(r->run.arena, n, cyn_outcome);
    if (!r->outcomes) return cyn_nomem(err);
    for (size_t k = 0; k < n; k++)
        r->outcomes[k] = (cyn_outcome){.spec = specs[k], .grain = {specs[k]->unit, 1}};
    r->noutcomes = n;
    return bind(r, err);
}

static void close(cyn_retention *r)
{
    for (size_t k = 0; k < r->noutcomes; k++) {
        cyn_free(r->outcomes[k].value.whose);
        cyn_free(r->outcomes[k].value.term);
        cyn_free(r->outcomes[k].base.whose);
        cyn_free(r->outcomes[k].base.term);
    }
    cyn_relation_end(&r->run);
}

cyn_code cyn_exec_retentions(const cyn_relation *const *specs, size_t n,
                             const cyn_relation_input *in, const atomic_bool *cancel,
                             cyn_table **out, cyn_err *err)
{
    cyn_retention r = {.spec = specs[0], .in = in};
    cyn_code rc = CYN_OK;
    size_t made = 0;
    for (size_t k = 0; k < n; k++)
        CYN_TRY(check_spec(specs[k], err));
    CYN_TRY(cyn_relation_begin(&r.run, specs[0], in, cancel, err));
    CYN_GOTO(open(&r, specs, n, err));
    CYN_GOTO(find_members(&r, err));
    CYN_GOTO(scan(&r, err));
    for (; made < n; made++)
        CYN_GOTO(table(&r, made, &out[made], err));
done:
    for (size_t k = 0; rc != CYN_OK && k < made; k++) {
        cyn_table_unref(out[k]);
        out[k] = NULL;
    }
    close(&r);
    return rc;
}
