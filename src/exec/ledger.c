#include "exec/ledger_impl.h"
#include "stats/exact.h"
#include <math.h>

/* ---- opening ---- */

static cyn_code open_value(cyn_ledger *l, cyn_err *err)
{
    const cyn_relation *spec = l->run->spec;
    l->counts = !spec->arg;
    if (l->counts) {
        l->value = (cyn_column){.name = "", .type = CYN_INTEGER};
        return CYN_OK;
    }
    CYN_TRY(cyn_relation_column(l->run, spec->arg, &l->value, err));
    cyn_type t = l->value.type;
    if (t == CYN_INTEGER || t == CYN_DECIMAL || t == CYN_BOOLEAN || t == CYN_REAL) return CYN_OK;
    cyn_place at = spec->arg->place;
    return cyn_fail_at(err, CYN_E_TYPE, at.file, at.line, at.column,
                       "the value of a %s over source '%s' is of type %s, expected a number",
                       cyn_relation_names[spec->kind], l->run->source, cyn_type_name(t));
}

static bool is_entry(const cyn_ledger *l, size_t row)
{
    const cyn_column *c = &l->value;
    if (l->counts) return true;
    if (!cyn_column_has(c, row)) return false;
    if (c->type == CYN_REAL) return isfinite(c->v.f64[row]) && c->v.f64[row] != 0; /* M-3 */
    return c->type == CYN_BOOLEAN ? c->v.bit[row] : cyn_column_integer(c, row) != 0;
}

/* Ends of validity: an open one lasts for ever. */
static cyn_code open_until(cyn_ledger *l, cyn_err *err)
{
    cyn_column column;
    cyn_instants ends;
    int64_t *until = CYN_NEW_ARRAY(l->run->arena, l->run->rows + 1, int64_t);
    if (!until) return cyn_nomem(err);
    for (size_t row = 0; row < l->run->rows; row++)
        until[row] = CYN_TIME_MAX;
    l->until = until;
    if (!l->run->spec->to) return CYN_OK;
    CYN_TRY(cyn_relation_column(l->run, l->run->spec->to, &column, err));
    CYN_TRY(cyn_relation_instants(l->run, &column, "the end ('to')", &ends, err));
    for (size_t row = 0; row < l->run->rows; row++) {
        if (cyn_column_has(ends.column, row)) until[row] = cyn_instant(&ends, row);
    }
    return CYN_OK;
}

/* The instants at which there is a snapshot: a row with a time, whatever the filter says, so that
 * a snapshot without a single row of an entity says that it has nothing. */
static cyn_code find_snapshots(cyn_ledger *l, cyn_err *err)
{
    cyn_relation_run *run = l->run;
    uint32_t *row = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint32_t);
    int64_t *at = CYN_NEW_ARRAY(run->arena, run->rows + 1, int64_t);
    size_t n = 0, different = 0;
    if (!row || !at) return cyn_nomem(err);
    for (size_t i = 0; i < run->rows; i++) {
        row[n] = (uint32_t)i;
        n += cyn_column_has(l->since.column, i);
    }
    CYN_TRY(cyn_relation_sort(run, &l->since.at, row, NULL, n, err));
    for (size_t i = 0; i < n; i++) {
        int64_t instant = cyn_instant(&l->since, row[i]);
        if (different == 0 || at[different - 1] != instant) at[different++] = instant;
    }
    l->snapshots = at;
    l->nsnapshots = different;
    return CYN_OK;
}

/* Each snapshot stands until the next one. `rows` are in the order of time, as snapshots are. */
static cyn_code open_snapshots(cyn_ledger *l, cyn_err *err)
{
    size_t k = 0;
    int64_t *until = CYN_NEW_ARRAY(l->run->arena, l->run->rows + 1, int64_t);
    if (!until) return cyn_nomem(err);
    for (size_t i = 0; i < l->rows.n; i++) {
        uint32_t row = l->rows.row[i];
        while (l->snapshots[k] < cyn_instant(&l->since, row))
            k++;
        until[row] = k + 1 < l->nsnapshots ? l->snapshots[k + 1] : CYN_TIME_MAX;
    }
    l->until = until;
    return CYN_OK;
}

static cyn_code open_rows(cyn_ledger *l, cyn_err *err)
{
    cyn_row_list *rows = &l->rows;
    size_t kept = 0;
    CYN_TRY(cyn_relation_rows(l->run, &l->entity, &l->since, NULL, rows, err));
    for (size_t i = 0; i < rows->n; i++) {
        rows->row[kept] = rows->row[i];
        kept += is_entry(l, rows->row[kept]);
    }
    rows->n = kept;
    return CYN_OK;
}

static cyn_code open_members(cyn_ledger *l, cyn_err *err)
{
    cyn_numbers who, members;
    size_t most = 0;
    CYN_TRY(cyn_relation_number(l->run, &l->entity, &who, err));
    CYN_TRY(cyn_relation_members(l->run, &who, &l->rows, &members, err));
    CYN_TRY(cyn_relation_by_entity(l->run, &members, &l->rows, &l->start, err));
    l->members = members.count;
    for (uint32_t m = 0; m < l->members; m++) {
        size_t n = l->start[m + 1] - l->start[m];
        most = n > most ? n : most;
    }
    l->terms = CYN_NEW_ARRAY(l->run->arena, most + 1, double);
    return l->terms ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_ledger_open(cyn_ledger *l, cyn_err *err)
{
    const cyn_relation *spec = l->run->spec;
    cyn_column from;
    CYN_TRY(cyn_relation_column(l->run, spec->entity, &l->entity, err));
    CYN_TRY(open_value(l, err));
    if (spec->from) {
        CYN_TRY(cyn_relation_column(l->run, spec->from, &from, err));
        CYN_TRY(cyn_relation_instants(l->run, &from, "the start ('from')", &l->since, err));
        CYN_TRY(open_until(l, err));
    } else {
        CYN_TRY(cyn_relation_time(l->run, &l->since, err));
        CYN_TRY(find_snapshots(l, err));
    }
    CYN_TRY(open_rows(l, err));
    if (l->snapshots) CYN_TRY(open_snapshots(l, err));
    return open_members(l, err);
}

/* ---- amounts ---- */

static int64_t exact_value(const cyn_ledger *l, uint32_t row)
{
    if (l->counts) return 1;
    return l->value.type == CYN_BOOLEAN ? l->value.v.bit[row] : cyn_column_integer(&l->value, row);
}

static cyn_code does_not_fit(const cyn_ledger *l, cyn_err *err)
{
    cyn_place at = l->run->spec->place;
    return cyn_fail_at(err, CYN_E_RANGE, at.file, at.line, at.column,
                       "the %s of an entity of source '%s' does not fit 64 bits",
                       cyn_relation_names[l->run->spec->kind], l->run->source);
}

/* The sum of the entries at positions from … to - 1 that count at the instant; all of them begin
 * before it. Rounded once when real, so that the order of entries does not matter. */
static cyn_code sum_entries(const cyn_ledger *l, size_t from, size_t to, int64_t at,
                            cyn_amount *out, cyn_err *err)
{
    cyn_i128 sum = 0;
    size_t n = 0;
    bool real = cyn_ledger_is_real(l);
    for (size_t i = from; i < to; i++) {
        uint32_t row = l->rows.row[i];
        if (l->until[row] < at) continue;
        if (real) {
            l->terms[n++] = l->value.v.f64[row];
        } else {
            sum += exact_value(l, row);
        }
    }
    if (real) {
        out->real = n > 1 ? cyn_exact_sum(l->terms, n) : n ? l->terms[0] : 0;
        return isfinite(out->real) ? CYN_OK : does_not_fit(l, err);
    }
    out->exact = (int64_t)sum;
    return sum >= INT64_MIN && sum <= INT64_MAX ? CYN_OK : does_not_fit(l, err);
}

cyn_code cyn_ledger_states(const cyn_ledger *l, uint32_t member, const int64_t *at, size_t n,
                           cyn_amount *out, cyn_err *err)
{
    /* Entries before `first` have ended for good; those from `next` on have not begun. */
    size_t first = l->start[member], next = first, end = l->start[member + 1];
    for (size_t k = 0; k < n; k++) {
        while (next < end && cyn_instant(&l->since, l->rows.row[next]) < at[k])
            next++;
        while (first < next && l->until[l->rows.row[first]] < at[k])
            first++;
        CYN_TRY(sum_entries(l, first, next, at[k], &out[k], err));
    }
    return CYN_OK;
}

/* ---- the first time ---- */

static int64_t next_boundary(const cyn_ledger *l, cyn_grain grain, int64_t instant)
{
    if (instant == CYN_TIME_MAX) return instant;
    if (grain.unit == CYN_ALL) return instant + 1;
    return cyn_period_at(l->run->in->calendar, grain, instant).end;
}

/* An amount becomes positive when a positive entry begins or a negative one ends, so the boundary
 * looked for is the next one after such a moment. */
cyn_code cyn_ledger_first_positive(const cyn_ledger *l, uint32_t member, cyn_grain grain,
                                   int64_t *out, cyn_err *err)
{
    const size_t from = l->start[member], to = l->start[member + 1];
    int64_t best = CYN_TIME_MAX;
    for (size_t i = from; i < to; i++) {
        uint32_t row = l->rows.row[i];
        bool grows = cyn_ledger_is_real(l) ? l->value.v.f64[row] > 0 : exact_value(l, row) > 0;
        int64_t at = next_boundary(l, grain, grows ? cyn_instant(&l->since, row) : l->until[row]);
        size_t begun = from;
        cyn_amount amount;
        if (at >= best) continue;
        while (begun < to && cyn_instant(&l->since, l->rows.row[begun]) < at)
            begun++;
        CYN_TRY(sum_entries(l, from, begun, at, &amount, err));
        if (cyn_ledger_sign(l, amount) > 0) best = at;
    }
    *out = best;
    return CYN_OK;
}
