/* per(entity): the rows of each interval and segment, one value for each entity in them. */
#include "exec/reduce_impl.h"
#include <math.h>

/* The rows that come out, growing interval by interval. */
typedef struct made {
    size_t n, room;
    uint32_t *row; /* a row of the entity and segment */
    int64_t *interval;
    cyn_reduced *value;
} made;

typedef struct maker {
    cyn_relation_run run;
    cyn_column entity;
    cyn_reducer reducer;
    cyn_numbers members;
    cyn_row_list rows;  /* by time, or by their interval's number */
    const int64_t *key; /* [row]: that time or number; NULL: every row is in every interval */
    uint32_t *slot;     /* [member]: its place in the interval + 1, counted over all intervals */
    uint32_t *place;    /* [position in the interval] */
    size_t *next;       /* [place]: where its rows begin, then end, in `together` */
    uint32_t *together; /* the interval's rows, those of a place side by side */
    made made;
} maker;

/* ---- which rows ---- */

static cyn_code open_rows(maker *m, cyn_err *err)
{
    cyn_relation_run *run = &m->run;
    const cyn_expr number = {.kind = CYN_EXPR_COLUMN, .name = run->in->interval};
    cyn_instants order;
    if (run->in->interval) {
        cyn_column *column = CYN_NEW(run->arena, cyn_column);
        if (!column) return cyn_nomem(err);
        CYN_TRY(cyn_relation_column(run, &number, column, err));
        order = (cyn_instants){.at = column->v.i64, .column = column};
        CYN_TRY(cyn_relation_rows(run, &m->entity, &order, &m->rows, err));
    } else if (run->in->time) {
        CYN_TRY(cyn_relation_time(run, &order, err));
        CYN_TRY(cyn_relation_all_rows(run, &m->entity, &order, &m->rows, err));
    } else {
        return cyn_relation_rows(run, &m->entity, NULL, &m->rows, err);
    }
    m->key = order.at;
    return CYN_OK;
}

/* Position of the first row, after those without time, whose key is not below the limit. */
static size_t first_from(const maker *m, int64_t limit)
{
    size_t lo = m->rows.untimed, hi = m->rows.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (m->key[m->rows.row[mid]] < limit) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* The rows of an interval are neighbours, also where intervals overlap. */
static void find_rows(const maker *m, size_t interval, size_t *from, size_t *to)
{
    cyn_interval i = m->run.in->intervals[interval];
    *from = 0;
    *to = m->rows.n;
    if (m->run.in->interval) {
        *from = first_from(m, (int64_t)interval);
        *to = first_from(m, (int64_t)interval + 1);
    } else if (m->key && !(i.start == CYN_TIME_MIN && i.end == CYN_TIME_MAX)) {
        *from = first_from(m, i.start);
        *to = first_from(m, i.end);
    }
}

/* ---- one interval ---- */

static bool grow(made *t)
{
    size_t room = t->room ? t->room * 2 : 1024;
    uint32_t *row = cyn_realloc(t->row, room * sizeof *row);
    if (row) t->row = row;
    int64_t *interval = cyn_realloc(t->interval, room * sizeof *interval);
    if (interval) t->interval = interval;
    cyn_reduced *value = cyn_realloc(t->value, room * sizeof *value);
    if (value) t->value = value;
    if (!row || !interval || !value) return false;
    t->room = room;
    return true;
}

static cyn_code add_place(made *t, uint32_t row, size_t interval, cyn_err *err)
{
    if (t->n == UINT32_MAX - 1)
        return cyn_fail(err, CYN_E_LIMIT, "a per gives over %zu rows", t->n);
    if (t->n == t->room && !grow(t)) return cyn_nomem(err);
    t->row[t->n] = row;
    t->interval[t->n] = (int64_t)interval;
    t->value[t->n++].exact = 0;
    return CYN_OK;
}

/* Gives each member among the rows a place of its own, and counts its rows in the value. Places of
 * earlier intervals are smaller, so their marks need no clearing. */
static cyn_code find_places(maker *m, size_t interval, const uint32_t *row, size_t n, cyn_err *err)
{
    size_t before = m->made.n;
    for (size_t i = 0; i < n; i++) {
        uint32_t *slot = &m->slot[m->members.of[row[i]]];
        if (*slot <= before) {
            CYN_TRY(add_place(&m->made, row[i], interval, err));
            *slot = (uint32_t)m->made.n;
        }
        m->place[i] = *slot - 1;
        m->made.value[*slot - 1].exact++;
    }
    return CYN_OK;
}

/* Brings the rows of each place together and computes its value. */
static cyn_code reduce_places(maker *m, size_t before, const uint32_t *row, size_t n, cyn_err *err)
{
    size_t places = m->made.n - before, at = 0;
    for (size_t k = 0; k < places; k++) {
        m->next[k] = at;
        at += (size_t)m->made.value[before + k].exact;
    }
    for (size_t i = 0; i < n; i++)
        m->together[m->next[m->place[i] - before]++] = row[i];
    for (size_t k = 0; k < places; k++) {
        cyn_reduced *value = &m->made.value[before + k];
        size_t count = (size_t)value->exact;
        CYN_TRY(
            cyn_reducer_value(&m->reducer, m->together + m->next[k] - count, count, value, err));
    }
    return CYN_OK;
}

static cyn_code make_interval(maker *m, size_t interval, cyn_err *err)
{
    size_t from, to, before = m->made.n;
    find_rows(m, interval, &from, &to);
    if (from >= to) return CYN_OK;
    CYN_TRY(find_places(m, interval, m->rows.row + from, to - from, err));
    if (m->run.spec->func == CYN_COUNT) return CYN_OK; /* counted already */
    return reduce_places(m, before, m->rows.row + from, to - from, err);
}

/* ---- all of them ---- */

static cyn_code open(maker *m, cyn_err *err)
{
    cyn_numbers who;
    size_t most = 0;
    CYN_TRY(cyn_relation_column(&m->run, m->run.spec->entity, &m->entity, err));
    CYN_TRY(cyn_reducer_open(&m->reducer, &m->run, err));
    CYN_TRY(open_rows(m, err));
    CYN_TRY(cyn_relation_number(&m->run, &m->entity, &who, err));
    CYN_TRY(cyn_relation_members(&m->run, &who, &m->rows, &m->members, err));
    for (size_t i = 0; i < m->run.in->nintervals; i++) {
        size_t from, to;
        find_rows(m, i, &from, &to);
        most = to > from && to - from > most ? to - from : most;
    }
    m->slot = CYN_NEW_ARRAY(m->run.arena, (size_t)m->members.count + 1, uint32_t);
    m->place = CYN_NEW_ARRAY(m->run.arena, most + 1, uint32_t);
    if (!m->slot || !m->place) return cyn_nomem(err);
    if (m->run.spec->func == CYN_COUNT) return CYN_OK;
    m->next = CYN_NEW_ARRAY(m->run.arena, most + 1, size_t);
    m->together = CYN_NEW_ARRAY(m->run.arena, most + 1, uint32_t);
    if (!m->next || !m->together) return cyn_nomem(err);
    return cyn_reducer_reserve(&m->reducer, most, err);
}

/* The values as a column: cells of the argument, exact numbers, or reals. */
static cyn_code value_column(maker *m, cyn_made_column *out, cyn_err *err)
{
    const cyn_reducer *r = &m->reducer;
    size_t n = m->made.n;
    *out = (cyn_made_column){.name = "value", .values = {.type = r->type, .scale = r->scale}};
    if (r->picks) {
        uint32_t *row = CYN_NEW_ARRAY(m->run.arena, n + 1, uint32_t);
        if (!row) return cyn_nomem(err);
        for (size_t i = 0; i < n; i++)
            row[i] = m->made.value[i].row;
        out->values = r->arg;
        out->row = row;
    } else if (r->type != CYN_REAL) {
        out->values.v.i64 = n ? &m->made.value->exact : NULL;
    } else {
        uint64_t *valid = CYN_NEW_ARRAY(m->run.arena, n / 64 + 1, uint64_t);
        if (!valid) return cyn_nomem(err);
        for (size_t i = 0; i < n; i++)
            valid[i / 64] |= (uint64_t)isfinite(m->made.value[i].real) << i % 64; /* N-5 */
        out->values.v.f64 = n ? &m->made.value->real : NULL;
        out->values.valid = valid;
    }
    return CYN_OK;
}

cyn_code cyn_make_per(const cyn_relation *spec, const cyn_relation_input *in,
                      const atomic_bool *cancel, cyn_table **out, cyn_err *err)
{
    maker m = {0};
    cyn_made_column value;
    cyn_code rc = CYN_OK;
    CYN_TRY(cyn_relation_begin(&m.run, spec, in, cancel, err));
    CYN_GOTO(open(&m, err));
    for (size_t i = 0; i < in->nintervals; i++) {
        CYN_GOTO(cyn_relation_go_on(&m.run, err));
        CYN_GOTO(make_interval(&m, i, err));
    }
    CYN_GOTO(value_column(&m, &value, err));
    CYN_GOTO(cyn_relation_period_table(&m.run, &m.entity, m.made.row, m.made.interval, &value, 1,
                                       m.made.n, out, err));
done:
    cyn_free(m.made.row);
    cyn_free(m.made.interval);
    cyn_free(m.made.value);
    cyn_relation_end(&m.run);
    return rc;
}
