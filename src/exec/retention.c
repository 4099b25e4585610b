/* Retention: each entity that starts becomes a member of a cohort, and is retained when it is
 * active in a window of units of the calendar after its start.
 *
 * The rows that can start a member are found first. A member's window is known from its start, as
 * instants; so a second pass compares each active row with its entity's window, in any order and on
 * all cores.
 */
#include "exec/cohort_impl.h"
#include "stats/exact.h"
#include <math.h>

/* What is to be summed for each member: exact numbers add up at once, in 128 bits (N-3); reals are
 * kept, so that their sum is rounded once, whatever their order. */
typedef struct amounts {
    cyn_i128 *exact; /* [member] */
    uint32_t *whose; /* [term]: the member */
    double *term;
    size_t n, room;
} amounts;

/* Where the units of the calendar lie for all that start in one of them. A date that was skipped is
 * a unit without any instant. */
typedef struct unit {
    int64_t start, end; /* nothing yet: end <= start */
    int64_t from, to;   /* the window */
    int64_t mature;     /* when the n-th unit has ended */
} unit;
#define UNIT_SLOTS 1024
#define MOST_UNITS 1000000 /* months enough for the years of an instant */

typedef struct units {
    const cyn_calendar *calendar;
    cyn_grain grain;
    int64_t shift; /* brings the instants of one local day together, on most days of the year */
    unit slots[UNIT_SLOTS];
} units;

/* [from, from + length): of an entity that has not started, length 0. */
typedef struct window {
    int64_t from;
    uint64_t length;
} window;

typedef struct member {
    uint32_t first;   /* the row that started it */
    int64_t unit_end; /* of the unit in which it started */
    uint8_t immature;
    _Atomic uint8_t retained;
} member;

typedef struct retention {
    cyn_relation_run run;
    const cyn_relation *spec;
    const cyn_relation_input *in;
    cyn_column entity, arg;
    cyn_instants time;
    cyn_numbers who;
    units *units;
    window *windows;     /* [entity] */
    uint32_t *member_of; /* [entity]: its member + 1; 0: it has not started */
    size_t n;            /* members */
    member *members;
    uint32_t *first; /* [member], for the columns */
    amounts value, base;
    bool exhausted; /* memory, while rows were taken */
} retention;

/* ---- units ---- */

/* When the n-th unit after this one begins. */
static int64_t unit_start(const units *u, cyn_period p, int n)
{
    return cyn_period_shift(u->calendar, p, n).start;
}

static unit make_unit(const units *u, const cyn_relation *spec, int64_t instant)
{
    cyn_period p = cyn_period_at(u->calendar, u->grain, instant);
    unit made = {.start = p.start, .end = p.end};
    made.mature = unit_start(u, p, spec->n + 1);
    made.from = unit_start(u, p, spec->mode == CYN_WITHIN ? 1 : spec->n);
    made.to = spec->mode == CYN_UNBOUNDED ? CYN_TIME_MAX : made.mature;
    return made;
}

static const unit *unit_at(units *u, const cyn_relation *spec, int64_t instant)
{
    unit *slot = &u->slots[((uint64_t)instant + (uint64_t)u->shift) / CYN_DAY % UNIT_SLOTS];
    if (instant < slot->start || instant >= slot->end) *slot = make_unit(u, spec, instant);
    return slot;
}

static cyn_code make_units(retention *r, cyn_err *err)
{
    const cyn_calendar *calendar = r->in->calendar;
    r->units = CYN_NEW(r->run.arena, units);
    if (!r->units) return cyn_nomem(err);
    r->units->calendar = calendar;
    r->units->grain = (cyn_grain){r->spec->unit, 1};
    r->units->shift = cyn_tz_offset(calendar->tz, r->in->now) * CYN_SECOND;
    return CYN_OK;
}

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

static cyn_code read_arg(retention *r, cyn_err *err)
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

static cyn_code reserve_members(retention *r, size_t room, cyn_err *err)
{
    cyn_arena *a = r->run.arena;
    r->windows = CYN_NEW_ARRAY(a, (size_t)r->who.count + 1, window);
    r->member_of = CYN_NEW_ARRAY(a, (size_t)r->who.count + 1, uint32_t);
    r->members = CYN_NEW_ARRAY(a, room + 1, member);
    r->first = CYN_NEW_ARRAY(a, room + 1, uint32_t);
    if (!r->windows || !r->member_of || !r->members || !r->first) return cyn_nomem(err);
    if (!r->spec->arg || r->arg.type == CYN_REAL) return CYN_OK;
    r->value.exact = CYN_NEW_ARRAY(a, room + 1, cyn_i128);
    r->base.exact = CYN_NEW_ARRAY(a, room + 1, cyn_i128);
    return r->value.exact && r->base.exact ? CYN_OK : cyn_nomem(err);
}

static cyn_code bind(retention *r, cyn_err *err)
{
    CYN_TRY(cyn_relation_column(&r->run, r->spec->entity, &r->entity, err));
    CYN_TRY(cyn_relation_number(&r->run, &r->entity, &r->who, err));
    CYN_TRY(cyn_relation_time(&r->run, &r->time, err));
    CYN_TRY(read_arg(r, err));
    return make_units(r, err);
}

/* ---- members ---- */

static void add_member(retention *r, uint32_t row)
{
    uint32_t entity = r->who.of[row];
    if (r->member_of[entity]) return;
    int64_t start = r->time.at[row];
    const unit *u = unit_at(r->units, r->spec, start);
    int64_t from = u->from > start ? u->from : start;
    r->windows[entity].from = from;
    r->windows[entity].length = u->to > from ? (uint64_t)u->to - (uint64_t)from : 0;
    r->members[r->n] =
        (member){.first = row, .unit_end = u->end, .immature = r->in->now < u->mature};
    r->first[r->n] = row;
    r->member_of[entity] = (uint32_t)++r->n;
}

/* In the order of their starts. */
static cyn_code find_members(retention *r, cyn_err *err)
{
    cyn_row_list starts;
    CYN_TRY(cyn_relation_rows(&r->run, &r->entity, &r->time, r->spec->start, &starts, err));
    size_t most = starts.n < r->who.count ? starts.n : r->who.count;
    CYN_TRY(reserve_members(r, most, err));
    for (size_t i = 0; i < starts.n; i++)
        add_member(r, starts.row[i]);
    return CYN_OK;
}

/* ---- rows ---- */

static bool add_term(amounts *a, uint32_t m, double x)
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
static void add_amount(retention *r, amounts *a, uint32_t m, uint32_t row)
{
    const cyn_column *arg = &r->arg;
    if (!cyn_column_has(arg, row)) return;
    if (arg->type != CYN_REAL) {
        a->exact[m] += arg->type == CYN_BOOLEAN ? arg->v.bit[row] : arg->v.i64[row];
    } else if (isfinite(arg->v.f64[row])) {
        r->exhausted |= !add_term(a, m, arg->v.f64[row]);
    }
}

static bool in_window(const window *w, int64_t t)
{
    return (uint64_t)t - (uint64_t)w->from < w->length;
}

/* Of the rows at the very moment of the start, those that stand before its row come before. */
static bool since_start(const retention *r, const member *m, uint32_t row)
{
    int64_t start = r->time.at[m->first], t = r->time.at[row];
    return t > start || (t == start && row >= m->first);
}

static void retain(void *self, size_t range, const cyn_row_batch *rows)
{
    retention *r = self;
    (void)range;
    for (size_t i = 0; i < rows->n; i++) {
        uint32_t row = rows->row[i], entity = r->who.of[row];
        if (!in_window(&r->windows[entity], r->time.at[row])) continue;
        member *m = &r->members[r->member_of[entity] - 1];
        if (!atomic_load_explicit(&m->retained, memory_order_relaxed) && since_start(r, m, row))
            atomic_store_explicit(&m->retained, 1, memory_order_relaxed);
    }
}

static void retain_amounts(void *self, size_t range, const cyn_row_batch *rows)
{
    retention *r = self;
    retain(self, range, rows);
    for (size_t i = 0; i < rows->n; i++) {
        uint32_t row = rows->row[i], entity = r->who.of[row], number = r->member_of[entity];
        if (number == 0 || !since_start(r, &r->members[number - 1], row)) continue;
        if (in_window(&r->windows[entity], r->time.at[row]))
            add_amount(r, &r->value, number - 1, row);
        if (r->time.at[row] < r->members[number - 1].unit_end)
            add_amount(r, &r->base, number - 1, row);
    }
}

static cyn_code scan(retention *r, cyn_err *err)
{
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

static cyn_code exact_sums(const retention *r, const amounts *a, cyn_column *out, cyn_err *err)
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
static cyn_code gather_terms(const retention *r, const amounts *a, double **out, size_t **end,
                             cyn_err *err)
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
static cyn_code real_sums(const retention *r, const amounts *a, cyn_column *out, cyn_err *err)
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
static cyn_code sum_column(const retention *r, const amounts *a, cyn_column *out, cyn_err *err)
{
    *out = (cyn_column){.type = r->arg.type, .scale = r->arg.scale};
    if (r->arg.type == CYN_BOOLEAN) out->type = CYN_INTEGER; /* */
    return r->arg.type == CYN_REAL ? real_sums(r, a, out, err) : exact_sums(r, a, out, err);
}

static cyn_code flag_columns(retention *r, cyn_column *retained, cyn_column *immature, cyn_err *err)
{
    uint8_t *yes = CYN_NEW_ARRAY(r->run.arena, r->n + 1, uint8_t);
    uint8_t *early = CYN_NEW_ARRAY(r->run.arena, r->n + 1, uint8_t);
    if (!yes || !early) return cyn_nomem(err);
    for (size_t m = 0; m < r->n; m++) {
        yes[m] = r->members[m].retained;
        early[m] = r->members[m].immature;
    }
    *retained = (cyn_column){.type = CYN_BOOLEAN, .v = {.bit = yes}};
    *immature = (cyn_column){.type = CYN_BOOLEAN, .v = {.bit = early}};
    return CYN_OK;
}

static cyn_code table(retention *r, cyn_table **out, cyn_err *err)
{
    cyn_column time = {.type = CYN_TIMESTAMP, .v = {.i64 = r->time.at}};
    cyn_column retained, immature, sum;
    size_t n = 0;
    cyn_made_column *c = CYN_NEW_ARRAY(r->run.arena, 6 + r->in->ngroups, cyn_made_column);
    if (!c) return cyn_nomem(err);
    CYN_TRY(flag_columns(r, &retained, &immature, err));
    c[n++] = (cyn_made_column){.name = "entity", .values = r->entity, .row = r->first};
    c[n++] = (cyn_made_column){.name = "time", .values = time, .row = r->first};
    c[n++] = (cyn_made_column){.name = "retained", .values = retained};
    if (r->spec->arg) {
        CYN_TRY(sum_column(r, &r->value, &sum, err));
        c[n++] = (cyn_made_column){.name = "value", .values = sum};
        CYN_TRY(sum_column(r, &r->base, &sum, err));
        c[n++] = (cyn_made_column){.name = "base", .values = sum};
    }
    c[n++] = (cyn_made_column){.name = "immature", .values = immature};
    CYN_TRY(cyn_cohort_carry(&r->run, r->first, c + n, err));
    return cyn_relation_table(&r->run, c, n + r->in->ngroups, r->n, out, err);
}

static void clear_amounts(amounts *a)
{
    cyn_free(a->whose);
    cyn_free(a->term);
}

cyn_code cyn_make_retention(const cyn_relation *spec, const cyn_relation_input *in,
                            const atomic_bool *cancel, cyn_table **out, cyn_err *err)
{
    retention r = {.spec = spec, .in = in};
    CYN_TRY(check_spec(spec, err));
    CYN_TRY(cyn_relation_begin(&r.run, spec, in, cancel, err));
    cyn_code rc = bind(&r, err);
    if (rc == CYN_OK) rc = find_members(&r, err);
    if (rc == CYN_OK) rc = scan(&r, err);
    if (rc == CYN_OK) rc = table(&r, out, err);
    clear_amounts(&r.value);
    clear_amounts(&r.base);
    cyn_relation_end(&r.run);
    return rc;
}
