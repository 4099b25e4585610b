/* Retention: each entity that starts becomes a member of a cohort, and is retained when it is
 * active in a window of units of the calendar after its start. One pass over the rows in the order
 * of their time: the first row of an entity that starts it makes a member, the later ones are
 * counted from there.
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

typedef struct member {
    int64_t unit; /* of the calendar, in which it started */
    uint8_t retained;
} member;

/* Days, weeks or months are numbered, so that a later one minus an earlier one is how many lie
 * between their starts. The number of a unit is looked up once and serves all instants in it. */
typedef struct unit_slot {
    int64_t start, end; /* nothing yet: end <= start */
    int64_t number;
} unit_slot;
#define UNIT_SLOTS 1024

typedef struct units {
    const cyn_calendar *calendar;
    cyn_grain grain;
    int64_t shift; /* brings the instants of one local day together, on most days of the year */
    unit_slot slots[UNIT_SLOTS];
} units;

typedef struct retention {
    cyn_relation_run run;
    const cyn_relation *spec;
    const cyn_relation_input *in;
    cyn_column entity, arg;
    cyn_instants time;
    cyn_numbers who;
    uint8_t *starts, *active; /* [row] */
    cyn_row_list rows;
    units *units;
    uint32_t *member_of; /* [entity]: its member + 1; 0: it has not started */
    size_t n;            /* members */
    member *members;
    uint32_t *first; /* [member]: the row that started it */
    amounts value, base;
} retention;

/* ---- units ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Weeks are seven days apart, whatever day they start on. A month is named by the calendar's month
 * that its fifteenth day lies in: months made of whole weeks (4-4-5) begin up to two weeks before
 * or after a first, and no two of them share that day's month. */
static int64_t number_unit(const units *u, const cyn_period *p)
{
    int64_t first = cyn_tz_date(u->calendar->tz, p->start);
    int year, month, day;
    if (u->grain.unit == CYN_DAILY) return first;
    if (u->grain.unit == CYN_WEEK) return floor_div(first, 7);
    cyn_civil_from_days(first + 14, &year, &month, &day);
    return (int64_t)year * 12 + month;
}

static int64_t unit_at(units *u, int64_t instant)
{
    unit_slot *slot = &u->slots[((uint64_t)instant + (uint64_t)u->shift) / CYN_DAY % UNIT_SLOTS];
    if (instant < slot->start || instant >= slot->end) {
        cyn_period p = cyn_period_at(u->calendar, u->grain, instant);
        *slot = (unit_slot){.start = p.start, .end = p.end, .number = number_unit(u, &p)};
    }
    return slot->number;
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

static cyn_code reserve_members(retention *r, cyn_err *err)
{
    cyn_arena *a = r->run.arena;
    size_t room = (size_t)r->who.count + 1;
    r->member_of = CYN_NEW_ARRAY(a, room, uint32_t);
    r->members = CYN_NEW_ARRAY(a, room, member);
    r->first = CYN_NEW_ARRAY(a, room, uint32_t);
    if (!r->member_of || !r->members || !r->first) return cyn_nomem(err);
    if (!r->spec->arg || r->arg.type == CYN_REAL) return CYN_OK;
    r->value.exact = CYN_NEW_ARRAY(a, room, cyn_i128);
    r->base.exact = CYN_NEW_ARRAY(a, room, cyn_i128);
    return r->value.exact && r->base.exact ? CYN_OK : cyn_nomem(err);
}

static cyn_code bind(retention *r, cyn_err *err)
{
    CYN_TRY(cyn_relation_column(&r->run, r->spec->entity, &r->entity, err));
    CYN_TRY(cyn_relation_number(&r->run, &r->entity, &r->who, err));
    CYN_TRY(cyn_relation_time(&r->run, &r->time, err));
    CYN_TRY(cyn_relation_mask(&r->run, r->spec->start, &r->starts, err));
    CYN_TRY(cyn_relation_mask(&r->run, r->spec->active, &r->active, err));
    CYN_TRY(read_arg(r, err));
    CYN_TRY(cyn_relation_rows(&r->run, &r->entity, &r->time, &r->rows, err));
    CYN_TRY(make_units(r, err));
    return reserve_members(r, err);
}

/* ---- rows ---- */

static cyn_code add_term(amounts *a, uint32_t m, double x, cyn_err *err)
{
    if (a->n == a->room) {
        size_t room = a->room ? a->room * 2 : 1024;
        uint32_t *whose = cyn_realloc(a->whose, room * sizeof *whose);
        if (!whose) return cyn_nomem(err);
        a->whose = whose;
        double *term = cyn_realloc(a->term, room * sizeof *term);
        if (!term) return cyn_nomem(err);
        a->term = term;
        a->room = room;
    }
    a->whose[a->n] = m;
    a->term[a->n++] = x;
    return CYN_OK;
}

/* A missing argument, or one that is no number (M-3), adds nothing. */
static cyn_code add_amount(const retention *r, amounts *a, uint32_t m, uint32_t row, cyn_err *err)
{
    const cyn_column *arg = &r->arg;
    if (!cyn_column_has(arg, row)) return CYN_OK;
    if (arg->type == CYN_REAL)
        return isfinite(arg->v.f64[row]) ? add_term(a, m, arg->v.f64[row], err) : CYN_OK;
    a->exact[m] += arg->type == CYN_BOOLEAN ? arg->v.bit[row] : arg->v.i64[row];
    return CYN_OK;
}

static bool in_window(const retention *r, int64_t index)
{
    switch (r->spec->mode) {
    case CYN_BOUNDED: return index == r->spec->n;
    case CYN_UNBOUNDED: return index >= r->spec->n;
    case CYN_WITHIN: break;
    }
    return index >= 1 && index <= r->spec->n;
}

/* The row that starts a member comes here too: it lies in unit 0, as the rules have it. */
static cyn_code count_row(retention *r, uint32_t m, uint32_t row, int64_t unit, cyn_err *err)
{
    int64_t index = unit - r->members[m].unit;
    bool counts = in_window(r, index);
    r->members[m].retained |= counts;
    if (!r->spec->arg) return CYN_OK;
    if (counts) CYN_TRY(add_amount(r, &r->value, m, row, err));
    return index == 0 ? add_amount(r, &r->base, m, row, err) : CYN_OK;
}

static cyn_code take_row(retention *r, uint32_t row, cyn_err *err)
{
    uint32_t *m = &r->member_of[r->who.of[row]];
    if (*m == 0 ? !r->starts[row] : !r->active[row]) return CYN_OK;
    int64_t unit = unit_at(r->units, r->time.at[row]);
    if (*m == 0) {
        r->members[r->n].unit = unit;
        r->first[r->n] = row;
        *m = (uint32_t)++r->n;
    }
    return r->active[row] ? count_row(r, *m - 1, row, unit, err) : CYN_OK;
}

static cyn_code scan(retention *r, cyn_err *err)
{
    for (size_t i = 0; i < r->rows.n; i++) {
        if (i % CYN_BATCH == 0) CYN_TRY(cyn_relation_go_on(&r->run, err));
        CYN_TRY(take_row(r, r->rows.row[i], err));
    }
    return CYN_OK;
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

/* A member is immature as long as its n-th unit has not ended: as now lies in that unit or before
 * it. */
static cyn_code flag_columns(retention *r, cyn_column *retained, cyn_column *immature, cyn_err *err)
{
    int64_t now = unit_at(r->units, r->in->now);
    uint8_t *yes = CYN_NEW_ARRAY(r->run.arena, r->n + 1, uint8_t);
    uint8_t *early = CYN_NEW_ARRAY(r->run.arena, r->n + 1, uint8_t);
    if (!yes || !early) return cyn_nomem(err);
    for (size_t m = 0; m < r->n; m++) {
        yes[m] = r->members[m].retained;
        early[m] = now <= r->members[m].unit + r->spec->n;
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
    return cyn_relation_table(c, n + r->in->ngroups, r->n, out, err);
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
    if (rc == CYN_OK) rc = scan(&r, err);
    if (rc == CYN_OK) rc = table(&r, out, err);
    clear_amounts(&r.value);
    clear_amounts(&r.base);
    cyn_relation_end(&r.run);
    return rc;
}
