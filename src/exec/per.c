/* per(entity): the rows of each interval and segment, one value for each entity in them. Intervals
 * are made by any worker, in any order, and then stand side by side in theirs.
 *
 * Where the table is in the order of time an interval's rows lie together: they are chosen and told
 * apart at once. Else all rows are chosen first, and sorted.
 */
#include "exec/parallel.h"
#include "exec/tally_impl.h"
#include <math.h>
#include <string.h>

/* What comes out of one interval. */
typedef struct made {
    size_t n, first; /* rows; where they are among all */
    uint32_t *row;   /* a row of the entity and segment; NULL: nobody asks */
    void *value;     /* `width` bytes each */
    size_t width;
} made;

typedef struct worker {
    cyn_tally tally;
    cyn_row_sieve *sieve; /* where rows are chosen by interval */
    cyn_code code;
    cyn_err err;
} worker;

typedef struct maker {
    cyn_relation_run run;
    cyn_column entity;
    cyn_reducer reducer;
    cyn_numbers members;
    bool timed;        /* else every row is in every interval */
    cyn_instants key;  /* the time of a row, or its interval's number */
    bool in_line;      /* rows are chosen by interval: the table is in the order of the key */
    cyn_row_list rows; /* else: those chosen, in that order */
    worker *workers;
    size_t nworkers;
    made *made; /* [interval] */
    atomic_bool failed;
    /* all that came out; the table takes them */
    size_t n, width, number; /* bytes of a value, and of an interval's number */
    bool wants_rows;
    uint32_t *row;
    void *interval, *value;
} maker;

/* ---- which rows ---- */

static cyn_code open_key(maker *m, cyn_err *err)
{
    cyn_relation_run *run = &m->run;
    const cyn_expr number = {.kind = CYN_EXPR_COLUMN, .name = run->in->interval};
    m->timed = run->in->interval || run->in->time;
    if (!run->in->interval) return m->timed ? cyn_relation_time(run, &m->key, err) : CYN_OK;
    cyn_column *column = CYN_NEW(run->arena, cyn_column);
    if (!column) return cyn_nomem(err);
    CYN_TRY(cyn_relation_column(run, &number, column, err));
    m->key = (cyn_instants){.at = *column, .column = column};
    return CYN_OK;
}

static cyn_code list_rows(maker *m, cyn_err *err)
{
    cyn_relation_run *run = &m->run;
    return m->timed && !run->in->interval
               ? cyn_relation_all_rows(run, &m->entity, &m->key, &m->rows, err)
               : cyn_relation_rows(run, &m->entity, m->timed ? &m->key : NULL, NULL, &m->rows, err);
}

/* Position of the first row, after those without time, whose key is not below the limit. */
static size_t first_from(const maker *m, int64_t limit)
{
    if (m->in_line) return cyn_relation_first_at(&m->run, &m->key, limit);
    size_t lo = m->rows.untimed, hi = m->rows.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cyn_instant(&m->key, m->rows.row[mid]) < limit) {
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
    *to = m->in_line ? m->run.rows : m->rows.n;
    if (m->run.in->interval) {
        *from = first_from(m, (int64_t)interval);
        *to = first_from(m, (int64_t)interval + 1);
    } else if (m->timed && !(i.start == CYN_TIME_MIN && i.end == CYN_TIME_MAX)) {
        *from = first_from(m, i.start);
        *to = first_from(m, i.end);
    }
    if (*to < *from) *to = *from;
}

/* The rows of all intervals, and of the one with the most. */
static size_t count_rows(const maker *m, size_t *most)
{
    size_t total = 0;
    *most = 0;
    for (size_t i = 0; i < m->run.in->nintervals; i++) {
        size_t from, to;
        find_rows(m, i, &from, &to);
        total += to - from;
        if (to - from > *most) *most = to - from;
    }
    return total;
}

/* An interval is one worker's: a long one would leave the others idle, and rows in many intervals
 * would be chosen many times. Segments are numbered over a list. */
static bool can_be_in_line(maker *m)
{
    size_t most, rows = m->run.rows;
    if (m->run.in->ngroups > 0 || !m->timed) return false;
    if (!cyn_relation_in_order(&m->run, &m->key)) return false;
    m->in_line = true;
    size_t total = count_rows(m, &most), workers = cyn_workers_for(cyn_relation_ranges(&m->run));
    return total <= rows && most <= rows / workers;
}

/* ---- one interval ---- */

/* Bytes that each of the values needs. */
static size_t width_of(const maker *m, const cyn_tally *t)
{
    int64_t least = 0, greatest = 0;
    if (m->reducer.picks) return sizeof t->value->row;
    if (m->reducer.type == CYN_REAL) return sizeof t->value->real;
    for (size_t k = 0; k < t->n; k++) {
        least = t->value[k].exact < least ? t->value[k].exact : least;
        greatest = t->value[k].exact > greatest ? t->value[k].exact : greatest;
    }
    if (least >= INT8_MIN && greatest <= INT8_MAX) return sizeof(int8_t);
    if (least >= INT16_MIN && greatest <= INT16_MAX) return sizeof(int16_t);
    return least >= INT32_MIN && greatest <= INT32_MAX ? sizeof(int32_t) : sizeof(int64_t);
}

#define COPY(to_type, from_type)                                                                   \
    do {                                                                                           \
        to_type *to_ = to;                                                                         \
        const from_type *from_ = from;                                                             \
        for (size_t i = 0; i < n; i++)                                                             \
            to_[i] = (to_type)from_[i];                                                            \
    } while (0)

#define COPY_FROM(type)                                                                            \
    switch (width) {                                                                               \
    case sizeof(int8_t): COPY(int8_t, type); break;                                                \
    case sizeof(int16_t): COPY(int16_t, type); break;                                              \
    case sizeof(int32_t): COPY(int32_t, type); break;                                              \
    default: COPY(int64_t, type); break;                                                           \
    }

/* Values of one width as such of another. */
static void copy_values(void *to, size_t width, const void *from, size_t was, size_t n)
{
    if (n == 0) return;
    if (width == was) {
        memcpy(to, from, n * width);
        return;
    }
    switch (was) {
    case sizeof(int8_t): COPY_FROM(int8_t); break;
    case sizeof(int16_t): COPY_FROM(int16_t); break;
    case sizeof(int32_t): COPY_FROM(int32_t); break;
    default: COPY_FROM(int64_t); break;
    }
}

static cyn_code keep(const maker *m, const cyn_tally *t, made *out, cyn_err *err)
{
    size_t width = width_of(m, t);
    out->value = cyn_malloc((t->n + 1) * width);
    if (m->wants_rows) out->row = cyn_malloc((t->n + 1) * sizeof *out->row);
    if (!out->value || (m->wants_rows && !out->row)) return cyn_nomem(err);
    if (m->reducer.picks) { /* rows, which lie in the values' first halves */
        uint32_t *row = out->value;
        for (size_t k = 0; k < t->n; k++)
            row[k] = t->value[k].row;
    } else {
        copy_values(out->value, width, t->value, sizeof *t->value, t->n);
    }
    if (out->row) memcpy(out->row, t->row, t->n * sizeof *out->row);
    out->n = t->n;
    out->width = width;
    return CYN_OK;
}

static cyn_code make_rows(maker *m, worker *w, size_t interval, cyn_err *err)
{
    size_t from, to;
    CYN_TRY(cyn_relation_go_on(&m->run, err));
    find_rows(m, interval, &from, &to);
    cyn_tally_begin(&w->tally);
    if (m->in_line) {
        CYN_TRY(cyn_row_sieve_take(w->sieve, interval, from, to, err));
    } else {
        cyn_tally_add(&w->tally, m->rows.row + from, to - from);
    }
    CYN_TRY(cyn_tally_close(&w->tally, err));
    return keep(m, &w->tally, &m->made[interval], err);
}

static void make_interval(void *self, size_t number, size_t interval)
{
    maker *m = self;
    worker *w = &m->workers[number];
    if (atomic_load_explicit(&m->failed, memory_order_relaxed)) return;
    w->code = make_rows(m, w, interval, &w->err);
    if (w->code != CYN_OK) atomic_store(&m->failed, true);
}

/* ---- all of them ---- */

static void take_rows(void *self, size_t interval, const cyn_row_batch *rows)
{
    worker *w = self;
    (void)interval;
    cyn_tally_add(&w->tally, rows->row, rows->n);
}

static cyn_code open_worker(maker *m, worker *w, size_t most, cyn_err *err)
{
    const cyn_row_scan scan = {.entity = &m->entity, .self = w, .take = take_rows};
    CYN_TRY(cyn_tally_open(&w->tally, m->run.arena, &m->reducer, &m->members, most, err));
    return m->in_line ? cyn_row_sieve_new(&m->run, &scan, &w->sieve, err) : CYN_OK;
}

/* A row tells the entity and the segment: of the value alone none is needed. */
static bool wants_rows(const cyn_relation_input *in)
{
    bool value_only = in->wanted != NULL;
    for (size_t i = 0; i < in->nwanted; i++)
        value_only = value_only && strcmp(in->wanted[i], "value") == 0;
    return !value_only;
}

static cyn_code open(maker *m, cyn_err *err)
{
    cyn_numbers who;
    size_t most, intervals = m->run.in->nintervals;
    CYN_TRY(cyn_relation_column(&m->run, m->run.spec->entity, &m->entity, err));
    CYN_TRY(cyn_reducer_open(&m->reducer, &m->run, err));
    CYN_TRY(open_key(m, err));
    m->in_line = can_be_in_line(m);
    if (!m->in_line) CYN_TRY(list_rows(m, err));
    CYN_TRY(cyn_relation_number(&m->run, &m->entity, &who, err));
    CYN_TRY(cyn_relation_members(&m->run, &who, &m->rows, &m->members, err));
    size_t total = count_rows(m, &most);
    m->wants_rows = wants_rows(m->run.in);
    m->nworkers = total < CYN_SHARE_ROWS ? 1 : cyn_workers_for(intervals);
    m->workers = CYN_NEW_ARRAY(m->run.arena, m->nworkers, worker);
    m->made = CYN_NEW_ARRAY(m->run.arena, intervals, made);
    if (!m->workers || !m->made) return cyn_nomem(err);
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

static void name_interval(const maker *m, const made *t, size_t interval)
{
    if (m->number == sizeof(int8_t)) {
        memset((int8_t *)m->interval + t->first, (int)interval, t->n);
        return;
    }
    int32_t *at = (int32_t *)m->interval + t->first;
    for (size_t k = 0; k < t->n; k++)
        at[k] = (int32_t)interval;
}

/* An interval's rows to their places among all. */
static void move_rows(void *self, size_t number, size_t interval)
{
    maker *m = self;
    const made *t = &m->made[interval];
    (void)number;
    if (t->n == 0) return;
    if (m->row) memcpy(m->row + t->first, t->row, t->n * sizeof *t->row);
    copy_values((char *)m->value + t->first * m->width, m->width, t->value, t->width, t->n);
    name_interval(m, t, interval);
}

/* The intervals' rows one behind the other, their values as wide as the widest. */
static cyn_code line_up(maker *m, cyn_err *err)
{
    size_t intervals = m->run.in->nintervals;
    m->width = m->reducer.picks              ? sizeof(uint32_t)
               : m->reducer.type == CYN_REAL ? sizeof(double)
                                             : 1;
    for (size_t i = 0; i < intervals; i++) {
        made *t = &m->made[i];
        t->first = m->n;
        m->n += t->n;
        if (t->width > m->width) m->width = t->width;
    }
    if (m->n >= CYN_NO_ROW) return cyn_fail(err, CYN_E_LIMIT, "a per gives %zu rows", m->n);
    m->value = cyn_malloc((m->n + 1) * m->width);
    m->number = intervals <= INT8_MAX ? sizeof(int8_t) : sizeof(int32_t);
    m->interval = cyn_malloc((m->n + 1) * m->number);
    if (m->wants_rows) m->row = cyn_malloc((m->n + 1) * sizeof *m->row);
    if (!m->value || !m->interval || (m->wants_rows && !m->row)) return cyn_nomem(err);
    cyn_parallel(m->nworkers, intervals, &(cyn_job){m, move_rows});
    return CYN_OK;
}

static void close_maker(maker *m)
{
    for (size_t i = 0; m->made && i < m->run.in->nintervals; i++) {
        cyn_free(m->made[i].row);
        cyn_free(m->made[i].value);
    }
    for (size_t i = 0; m->workers && i < m->nworkers; i++)
        cyn_row_sieve_free(m->workers[i].sieve);
    cyn_free(m->row);
    cyn_free(m->interval);
    cyn_free(m->value);
    cyn_relation_end(&m->run);
}

/* The values as a column: cells of the argument, exact numbers, or reals. */
static cyn_code value_column(maker *m, cyn_made_column *out, cyn_err *err)
{
    const cyn_reducer *r = &m->reducer;
    *out = (cyn_made_column){.name = "value", .values = {.type = r->type, .scale = r->scale}};
    if (r->picks) {
        out->values = r->arg;
        out->row = m->value;
        return CYN_OK;
    }
    out->values.v.values = out->given = m->value;
    if (r->type != CYN_REAL) {
        out->values.narrow = m->width < sizeof(int64_t) ? (uint8_t)m->width : 0;
        out->values.unit = 1;
        return CYN_OK;
    }
    uint64_t *valid = CYN_NEW_ARRAY(m->run.arena, m->n / 64 + 1, uint64_t);
    if (!valid) return cyn_nomem(err);
    for (size_t i = 0; i < m->n; i++)
        valid[i / 64] |= (uint64_t)isfinite(out->values.v.f64[i]) << i % 64; /* N-5 */
    out->values.valid = valid;
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
    CYN_GOTO(cyn_relation_period_table(&m.run, &m.entity, m.row, m.interval, m.number, &value, 1,
                                       m.n, out, err));
    m.interval = NULL;
    if (value.given) m.value = NULL;
done:
    close_maker(&m);
    return rc;
}
