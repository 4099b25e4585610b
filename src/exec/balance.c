/* Balances and movements: a ledger read at the ends, and the starts, of intervals. */
#include "exec/ledger_impl.h"
#include <stdlib.h>

typedef struct record {
    uint32_t row; /* holds entity and segment */
    uint32_t interval;
    cyn_amount opening, closing; /* a balance is its closing */
    bool seen;                   /* positive at an earlier period end */
} record;

typedef struct maker {
    cyn_relation_run run;
    cyn_ledger ledger;
    bool movement;
    int64_t *at; /* all instants asked for, ascending */
    size_t n;
    size_t *opens, *closes; /* [interval]: index into at; NOTHING: it has no state */
    cyn_amount *states;     /* of one member, at each instant */
    record *records;
    size_t nrecords, room;
} maker;

#define NOTHING SIZE_MAX

/* ---- instants ---- */

/* Of a period that has not ended the part that has elapsed (P-10). */
static int64_t end_of(const cyn_relation_input *in, size_t interval)
{
    int64_t end = in->intervals[interval].end;
    return end < in->now ? end : in->now;
}

static bool has_state(const maker *m, size_t interval)
{
    const cyn_relation_input *in = m->run.in;
    const cyn_ledger *l = &m->ledger;
    int64_t start = in->intervals[interval].start, end = end_of(in, interval);
    if (start >= end) return false;
    if (!l->snapshots) return true;
    size_t first = cyn_first_not_before(l->snapshots, l->nsnapshots, start);
    return first < l->nsnapshots && l->snapshots[first] < end;
}

static cyn_code gather_instants(maker *m, cyn_err *err)
{
    const cyn_relation_input *in = m->run.in;
    cyn_arena *arena = m->run.arena;
    size_t n = 0, different = 0;
    m->at = CYN_NEW_ARRAY(arena, 2 * in->nintervals + 1, int64_t);
    m->opens = CYN_NEW_ARRAY(arena, in->nintervals + 1, size_t);
    m->closes = CYN_NEW_ARRAY(arena, in->nintervals + 1, size_t);
    m->states = CYN_NEW_ARRAY(arena, 2 * in->nintervals + 1, cyn_amount);
    if (!m->at || !m->opens || !m->closes || !m->states) return cyn_nomem(err);
    for (size_t i = 0; i < in->nintervals; i++) {
        if (!has_state(m, i)) continue;
        m->at[n++] = end_of(in, i);
        if (m->movement) m->at[n++] = in->intervals[i].start;
    }
    qsort(m->at, n, sizeof *m->at, cyn_compare_times);
    for (size_t k = 0; k < n; k++) {
        if (different == 0 || m->at[different - 1] != m->at[k]) m->at[different++] = m->at[k];
    }
    m->n = different;
    for (size_t i = 0; i < in->nintervals; i++) {
        bool has = has_state(m, i);
        m->closes[i] = has ? cyn_first_not_before(m->at, m->n, end_of(in, i)) : NOTHING;
        m->opens[i] = cyn_first_not_before(m->at, m->n, in->intervals[i].start);
    }
    return CYN_OK;
}

/* ---- records ---- */

static cyn_code add_record(maker *m, record r, cyn_err *err)
{
    if (m->nrecords == m->room) {
        size_t room = m->room ? m->room * 2 : 256;
        record *bigger = cyn_realloc(m->records, room * sizeof *bigger);
        if (!bigger) return cyn_nomem(err);
        m->records = bigger;
        m->room = room;
    }
    m->records[m->nrecords++] = r;
    return CYN_OK;
}

static cyn_code add_member(maker *m, uint32_t member, cyn_err *err)
{
    const cyn_ledger *l = &m->ledger;
    const cyn_relation_input *in = m->run.in;
    int64_t first_positive = CYN_TIME_MIN; /* not asked yet */
    CYN_TRY(cyn_ledger_states(l, member, m->at, m->n, m->states, err));
    for (size_t i = 0; i < in->nintervals; i++) {
        if (m->closes[i] == NOTHING) continue;
        record r = {.row = l->rows.row[l->start[member]], .interval = (uint32_t)i};
        r.closing = m->states[m->closes[i]];
        if (m->movement) r.opening = m->states[m->opens[i]];
        int before = cyn_ledger_sign(l, r.opening), after = cyn_ledger_sign(l, r.closing);
        if (before == 0 && after == 0) continue;
        if (m->movement && before <= 0 && after > 0) {
            if (first_positive == CYN_TIME_MIN)
                CYN_TRY(cyn_ledger_first_positive(l, member, in->grain, &first_positive, err));
            r.seen = first_positive <= in->intervals[i].start;
        }
        CYN_TRY(add_record(m, r, err));
    }
    return CYN_OK;
}

static cyn_code add_members(maker *m, cyn_err *err)
{
    for (uint32_t member = 0; member < m->ledger.members; member++) {
        if (m->ledger.start[member] == m->ledger.start[member + 1]) continue;
        if (member % 1024 == 0) CYN_TRY(cyn_relation_go_on(&m->run, err));
        CYN_TRY(add_member(m, member, err));
    }
    return CYN_OK;
}

/* ---- columns ---- */

enum { OPENING, CLOSING, NEW, EXPANSION, CONTRACTION, CHURN, REACTIVATION, PARTS };
static const char *const part_names[PARTS] = {"opening",     "closing", "new",         "expansion",
                                              "contraction", "churn",   "reactivation"};

/* Which part the change of a record is (B-…). */
static int part_of(const cyn_ledger *l, const record *r, bool grows)
{
    bool before = cyn_ledger_sign(l, r->opening) > 0, after = cyn_ledger_sign(l, r->closing) > 0;
    if (!before && after) return r->seen ? REACTIVATION : NEW;
    if (before && !after) return CHURN;
    return grows ? EXPANSION : CONTRACTION;
}

/* Reals that leave the range of a double give an infinity, which is missing wherever it is read. */
static cyn_code split(const maker *m, const record *r, cyn_amount *parts, cyn_err *err)
{
    cyn_amount opening = r->opening, closing = r->closing;
    cyn_place at = m->run.spec->place;
    parts[OPENING] = opening;
    parts[CLOSING] = closing;
    if (cyn_ledger_is_real(&m->ledger)) {
        bool grows = closing.real >= opening.real;
        double change = closing.real - opening.real;
        parts[part_of(&m->ledger, r, grows)].real = grows ? change : -change;
        return CYN_OK;
    }
    bool grows = closing.exact >= opening.exact;
    int64_t *change = &parts[part_of(&m->ledger, r, grows)].exact;
    bool overflow = grows ? __builtin_sub_overflow(closing.exact, opening.exact, change)
                          : __builtin_sub_overflow(opening.exact, closing.exact, change);
    if (!overflow) return CYN_OK;
    return cyn_fail_at(err, CYN_E_RANGE, at.file, at.line, at.column,
                       "the movement of an entity of source '%s' does not fit 64 bits",
                       m->run.source);
}

/* A column of amounts, all zero, that the caller fills through `cells`. */
static cyn_code amounts_column(maker *m, const char *name, cyn_made_column *out, cyn_amount **cells,
                               cyn_err *err)
{
    const cyn_column *value = &m->ledger.value;
    cyn_amount *amounts = CYN_NEW_ARRAY(m->run.arena, m->nrecords + 1, cyn_amount);
    if (!amounts) return cyn_nomem(err);
    *out = (cyn_made_column){.name = name, .values = {.type = value->type, .scale = value->scale}};
    if (cyn_ledger_is_real(&m->ledger)) {
        out->values.v.f64 = &amounts->real;
    } else {
        if (value->type == CYN_BOOLEAN) out->values.type = CYN_INTEGER;
        out->values.v.i64 = &amounts->exact;
    }
    *cells = amounts;
    return CYN_OK;
}

static cyn_code part_columns(maker *m, cyn_made_column *columns, cyn_err *err)
{
    cyn_amount *cells[PARTS];
    for (int part = 0; part < PARTS; part++)
        CYN_TRY(amounts_column(m, part_names[part], &columns[part], &cells[part], err));
    for (size_t i = 0; i < m->nrecords; i++) {
        cyn_amount parts[PARTS] = {0};
        CYN_TRY(split(m, &m->records[i], parts, err));
        for (int part = 0; part < PARTS; part++)
            cells[part][i] = parts[part];
    }
    return CYN_OK;
}

static cyn_code value_column(maker *m, cyn_made_column *column, cyn_err *err)
{
    cyn_amount *cells = NULL;
    CYN_TRY(amounts_column(m, "value", column, &cells, err));
    for (size_t i = 0; i < m->nrecords; i++)
        cells[i] = m->records[i].closing;
    return CYN_OK;
}

static cyn_code make_table(maker *m, cyn_table **out, cyn_err *err)
{
    cyn_made_column columns[PARTS];
    uint32_t *row = CYN_NEW_ARRAY(m->run.arena, m->nrecords + 1, uint32_t);
    if (!row) return cyn_nomem(err);
    for (size_t i = 0; i < m->nrecords; i++)
        row[i] = m->records[i].row;
    if (m->movement) {
        CYN_TRY(part_columns(m, columns, err));
    } else {
        CYN_TRY(value_column(m, columns, err));
    }
    int32_t *interval = cyn_malloc((m->nrecords + 1) * sizeof *interval);
    if (!interval) return cyn_nomem(err);
    for (size_t i = 0; i < m->nrecords; i++)
        interval[i] = (int32_t)m->records[i].interval;
    cyn_code rc =
        cyn_relation_period_table(&m->run, &m->ledger.entity, row, interval, sizeof *interval,
                                  columns, m->movement ? PARTS : 1, m->nrecords, out, err);
    if (rc != CYN_OK) cyn_free(interval);
    return rc;
}

/* ---- the operator ---- */

static cyn_code check_input(const cyn_relation *spec, const cyn_relation_input *in, cyn_err *err)
{
    const char *name = cyn_relation_names[spec->kind];
    cyn_place at = spec->place;
    if (in->interval) {
        return cyn_fail_at(err, CYN_E_UNSUPPORTED, at.file, at.line, at.column,
                           "a %s cannot be made of rows that belong to periods themselves, as "
                           "those of a per, a balance and a movement do",
                           name);
    }
    if (spec->to && !spec->from) {
        cyn_fail_at(err, CYN_E_CONFLICT, at.file, at.line, at.column,
                    "a %s with 'to' needs 'from', the start of each row's validity", name);
        if (err) cyn_hint(err, "Leave out both where the rows are snapshots.");
        return CYN_E_CONFLICT;
    }
    return CYN_OK;
}

cyn_code cyn_make_balance(const cyn_relation *spec, const cyn_relation_input *in,
                          const atomic_bool *cancel, cyn_table **out, cyn_err *err)
{
    maker m = {.movement = spec->kind == CYN_MOVEMENT};
    cyn_code rc = CYN_OK;
    CYN_TRY(check_input(spec, in, err));
    CYN_TRY(cyn_relation_begin(&m.run, spec, in, cancel, err));
    m.ledger.run = &m.run;
    CYN_GOTO(cyn_ledger_open(&m.ledger, err));
    CYN_GOTO(gather_instants(&m, err));
    CYN_GOTO(add_members(&m, err));
    CYN_GOTO(make_table(&m, out, err));
done:
    cyn_free(m.records);
    cyn_relation_end(&m.run);
    return rc;
}
