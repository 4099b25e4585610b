/* per(entity): the rows of each interval and segment, one value for each entity in them. Intervals
 * are made by any worker, in any order, and then stand side by side in theirs.
 */
#include "exec/parallel_impl.h"
#include "exec/reduce_impl.h"
#include <math.h>
#include <string.h>

/* What comes out of one interval: places, in the order of their first rows. */
typedef struct made {
    size_t n, first; /* rows; where they are among all */
    size_t most;     /* as many as there can be */
    uint32_t *row;   /* a row of the entity and segment */
    cyn_reduced *value;
} made;

typedef struct worker {
    cyn_reducer reducer;
    uint32_t *slot; /* [member]: its place + 1, counted over the worker's intervals */
    size_t before;  /* places of the worker's earlier intervals */
    /* counting does without these */
    uint32_t *place;    /* [row of the interval] */
    size_t *next;       /* [place]: where its rows begin, then end, in `together` */
    uint32_t *together; /* the interval's rows, those of a place side by side */
    cyn_code code;
    cyn_err err;
} worker;

typedef struct maker {
    cyn_relation_run run;
    cyn_column entity;
    cyn_reducer reducer;
    cyn_numbers members;
    cyn_row_list rows; /* by time, or by their interval's number */
    cyn_column *key;   /* that time or number of each row; NULL: every row is in every interval */
    worker *workers;
    size_t nworkers;
    made *made;   /* [interval] */
    bool in_line; /* intervals are made in row and value, with gaps between them */
    atomic_bool failed;
    /* all that came out; the table takes interval, and the values unless they are picked */
    size_t n;
    uint32_t *row;
    int32_t *interval;
    cyn_reduced *value;
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
        order = (cyn_instants){.at = *column, .column = column};
        CYN_TRY(cyn_relation_rows(run, &m->entity, &order, NULL, &m->rows, err));
    } else if (run->in->time) {
        CYN_TRY(cyn_relation_time(run, &order, err));
        CYN_TRY(cyn_relation_all_rows(run, &m->entity, &order, &m->rows, err));
    } else {
        return cyn_relation_rows(run, &m->entity, NULL, NULL, &m->rows, err);
    }
    m->key = CYN_NEW(run->arena, cyn_column);
    if (!m->key) return cyn_nomem(err);
    *m->key = order.at;
    return CYN_OK;
}

/* Position of the first row, after those without time, whose key is not below the limit. */
static size_t first_from(const maker *m, int64_t limit)
{
    size_t lo = m->rows.untimed, hi = m->rows.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cyn_column_integer(m->key, m->rows.row[mid]) < limit) {
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

static bool reserve(uint32_t **row, cyn_reduced **value, size_t n)
{
    *row = cyn_malloc((n + 1) * sizeof **row);
    *value = cyn_malloc((n + 1) * sizeof **value);
    return *row && *value;
}

/* Gives back what was reserved too much; where that fails the larger array does as well. */
static void trim(uint32_t **rows, cyn_reduced **values, size_t n)
{
    uint32_t *row = cyn_realloc(*rows, (n + 1) * sizeof *row);
    if (row) *rows = row;
    cyn_reduced *value = cyn_realloc(*values, (n + 1) * sizeof *value);
    if (value) *values = value;
}

/* Gives each member among the rows a place of its own, and counts its rows in the value. Places of
 * the worker's earlier intervals are smaller, so their marks need no clearing. Without a branch:
 * whether a member has come before is hard to foresee; so the place behind the last one is written
 * again and again. */
static void find_places(const maker *m, worker *w, made *t, const uint32_t *row, size_t n)
{
    const uint32_t before = (uint32_t)w->before;
    uint32_t places = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t *slot = &w->slot[cyn_number(&m->members, row[i])];
        bool new = *slot <= before;
        uint32_t place = new ? places : *slot - 1 - before;
        t->row[places] = row[i];
        t->value[places].exact = 0;
        t->value[place].exact++;
        places += new;
        *slot = before + place + 1;
        if (w->place) w->place[i] = place;
    }
    t->n = places;
}

/* Brings the rows of each place together and computes its value. */
static cyn_code reduce_places(worker *w, made *t, const uint32_t *row, size_t n, cyn_err *err)
{
    size_t at = 0;
    for (size_t k = 0; k < t->n; k++) {
        w->next[k] = at;
        at += (size_t)t->value[k].exact;
    }
    for (size_t i = 0; i < n; i++)
        w->together[w->next[w->place[i]]++] = row[i];
    for (size_t k = 0; k < t->n; k++) {
        size_t count = (size_t)t->value[k].exact;
        CYN_TRY(cyn_reducer_value(&w->reducer, w->together + w->next[k] - count, count,
                                  &t->value[k], err));
    }
    return CYN_OK;
}

static cyn_code make_places(const maker *m, worker *w, size_t interval, cyn_err *err)
{
    size_t from, to;
    made *t = &m->made[interval];
    CYN_TRY(cyn_relation_go_on(&m->run, err));
    find_rows(m, interval, &from, &to);
    if (from >= to) return CYN_OK;
    if (w->before + t->most >= CYN_NO_ROW)
        return cyn_fail(err, CYN_E_LIMIT, "a per gives over %zu rows", w->before);
    if (!m->in_line && !reserve(&t->row, &t->value, t->most)) return cyn_nomem(err);
    find_places(m, w, t, m->rows.row + from, to - from);
    if (!m->in_line) trim(&t->row, &t->value, t->n);
    w->before += t->n;
    if (m->run.spec->func == CYN_COUNT) return CYN_OK; /* counted already */
    return reduce_places(w, t, m->rows.row + from, to - from, err);
}

static void make_interval(void *self, size_t number, size_t interval)
{
    maker *m = self;
    worker *w = &m->workers[number];
    if (atomic_load_explicit(&m->failed, memory_order_relaxed)) return;
    w->code = make_places(m, w, interval, &w->err);
    if (w->code != CYN_OK) atomic_store(&m->failed, true);
}

/* ---- all of them ---- */

static cyn_code open_worker(maker *m, worker *w, size_t most, cyn_err *err)
{
    cyn_arena *a = m->run.arena;
    w->reducer = m->reducer;
    w->slot = CYN_NEW_ARRAY(a, (size_t)m->members.count + 1, uint32_t);
    if (!w->slot) return cyn_nomem(err);
    if (m->run.spec->func == CYN_COUNT) return CYN_OK;
    w->place = CYN_NEW_ARRAY(a, most + 1, uint32_t);
    w->next = CYN_NEW_ARRAY(a, most + 1, size_t);
    w->together = CYN_NEW_ARRAY(a, most + 1, uint32_t);
    if (!w->place || !w->next || !w->together) return cyn_nomem(err);
    return cyn_reducer_reserve(&w->reducer, most, err);
}

/* Memory that is new is slow: unless intervals overlap, and could give far more than there is, each
 * is made where it will be but for gaps before it. Memory behind what was written costs nothing. */
static cyn_code place_intervals(maker *m, size_t *most, cyn_err *err)
{
    size_t intervals = m->run.in->nintervals, total = 0;
    *most = 0;
    for (size_t i = 0; i < intervals; i++) {
        size_t from, to;
        find_rows(m, i, &from, &to);
        size_t n = to > from ? to - from : 0;
        m->made[i].most = n < m->members.count ? n : m->members.count;
        total += m->made[i].most + 1; /* find_places */
        if (n > *most) *most = n;
    }
    m->in_line = total <= m->rows.n + intervals;
    if (!m->in_line) return CYN_OK;
    if (!reserve(&m->row, &m->value, total)) return cyn_nomem(err);
    for (size_t i = 0, at = 0; i < intervals; at += m->made[i++].most + 1) {
        m->made[i].row = m->row + at;
        m->made[i].value = m->value + at;
    }
    return CYN_OK;
}

static cyn_code open(maker *m, cyn_err *err)
{
    cyn_numbers who;
    size_t most, intervals = m->run.in->nintervals;
    CYN_TRY(cyn_relation_column(&m->run, m->run.spec->entity, &m->entity, err));
    CYN_TRY(cyn_reducer_open(&m->reducer, &m->run, err));
    CYN_TRY(open_rows(m, err));
    CYN_TRY(cyn_relation_number(&m->run, &m->entity, &who, err));
    CYN_TRY(cyn_relation_members(&m->run, &who, &m->rows, &m->members, err));
    m->nworkers = m->rows.n < CYN_SHARE_ROWS ? 1 : cyn_workers_for(intervals);
    m->workers = CYN_NEW_ARRAY(m->run.arena, m->nworkers, worker);
    m->made = CYN_NEW_ARRAY(m->run.arena, intervals, made);
    if (!m->workers || !m->made) return cyn_nomem(err);
    CYN_TRY(place_intervals(m, &most, err));
    for (size_t i = 0; i < m->nworkers; i++)
        CYN_TRY(open_worker(m, &m->workers[i], most, err));
    return CYN_OK;
}

static cyn_code make_intervals(maker *m, cyn_err *err)
{
    cyn_parallel(m->nworkers, m->run.in->nintervals, &(cyn_job){m, make_interval});
    for (size_t i = 0; i < m->nworkers; i++) {
        if (m->workers[i].code == CYN_OK) continue;
        if (err) *err = m->workers[i].err;
        return m->workers[i].code;
    }
    return CYN_OK;
}

/* An interval's rows to their places among all. */
static void move_rows(void *self, size_t number, size_t interval)
{
    maker *m = self;
    const made *t = &m->made[interval];
    (void)number;
    if (t->n == 0) return;
    memcpy(m->row + t->first, t->row, t->n * sizeof *t->row);
    memcpy(m->value + t->first, t->value, t->n * sizeof *t->value);
}

/* The same where they lie there already, behind gaps: the earlier intervals first. */
static void close_gaps(maker *m)
{
    for (size_t i = 0; i < m->run.in->nintervals; i++) {
        const made *t = &m->made[i];
        if (t->n == 0 || t->row == m->row + t->first) continue;
        memmove(m->row + t->first, t->row, t->n * sizeof *t->row);
        memmove(m->value + t->first, t->value, t->n * sizeof *t->value);
    }
    trim(&m->row, &m->value, m->n);
}

static void name_interval(void *self, size_t number, size_t interval)
{
    maker *m = self;
    int32_t *at = m->interval + m->made[interval].first;
    (void)number;
    for (size_t k = 0; k < m->made[interval].n; k++)
        at[k] = (int32_t)interval;
}

/* The intervals' rows one behind the other. */
static cyn_code line_up(maker *m, cyn_err *err)
{
    size_t intervals = m->run.in->nintervals;
    for (size_t i = 0; i < intervals; i++) {
        m->made[i].first = m->n;
        m->n += m->made[i].n;
    }
    if (m->n >= CYN_NO_ROW) return cyn_fail(err, CYN_E_LIMIT, "a per gives %zu rows", m->n);
    if (!m->in_line && !reserve(&m->row, &m->value, m->n)) return cyn_nomem(err);
    m->interval = cyn_malloc((m->n + 1) * sizeof *m->interval);
    if (!m->interval) return cyn_nomem(err);
    if (m->in_line)
        close_gaps(m);
    else
        cyn_parallel(m->nworkers, intervals, &(cyn_job){m, move_rows});
    cyn_parallel(m->nworkers, intervals, &(cyn_job){m, name_interval});
    return CYN_OK;
}

static void close_maker(maker *m)
{
    for (size_t i = 0; !m->in_line && m->made && i < m->run.in->nintervals; i++) {
        cyn_free(m->made[i].row);
        cyn_free(m->made[i].value);
    }
    cyn_free(m->row);
    cyn_free(m->interval);
    cyn_free(m->value);
    cyn_relation_end(&m->run);
}

/* The values as a column: cells of the argument, exact numbers, or reals. */
static cyn_code value_column(maker *m, cyn_made_column *out, cyn_err *err)
{
    const cyn_reducer *r = &m->reducer;
    size_t n = m->n;
    *out = (cyn_made_column){.name = "value", .values = {.type = r->type, .scale = r->scale}};
    if (r->picks) {
        uint32_t *row = CYN_NEW_ARRAY(m->run.arena, n + 1, uint32_t);
        if (!row) return cyn_nomem(err);
        for (size_t i = 0; i < n; i++)
            row[i] = m->value[i].row;
        out->values = r->arg;
        out->row = row;
    } else if (r->type != CYN_REAL) {
        out->values.v.i64 = &m->value->exact;
        out->given = m->value;
    } else {
        uint64_t *valid = CYN_NEW_ARRAY(m->run.arena, n / 64 + 1, uint64_t);
        if (!valid) return cyn_nomem(err);
        for (size_t i = 0; i < n; i++)
            valid[i / 64] |= (uint64_t)isfinite(m->value[i].real) << i % 64; /* N-5 */
        out->values.v.f64 = &m->value->real;
        out->given = m->value;
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
    CYN_GOTO(make_intervals(&m, err));
    CYN_GOTO(line_up(&m, err));
    CYN_GOTO(value_column(&m, &value, err));
    CYN_GOTO(
        cyn_relation_period_table(&m.run, &m.entity, m.row, m.interval, &value, 1, m.n, out, err));
    m.interval = NULL;
    if (value.given) m.value = NULL;
done:
    close_maker(&m);
    return rc;
}
