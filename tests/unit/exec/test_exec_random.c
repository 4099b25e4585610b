/* Random plans over random rows against the slow and obvious way: for each cell, every row. */
#include "exec/exec.h"
#include "stats/quantile.h"
#include "test.h"
#include <stdint.h>

#define MAX_ROWS 200
#define ROUNDS   400

static uint64_t seed;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

enum { T, DAY, NAME, N, X, M, OK, COLUMNS };
static const cyn_column_spec specs[COLUMNS] = {
    {"t", CYN_TIMESTAMP, 0}, {"day", CYN_DATE, 0},  {"name", CYN_TEXT, 0},  {"n", CYN_INTEGER, 0},
    {"x", CYN_REAL, 0},      {"m", CYN_DECIMAL, 2}, {"ok", CYN_BOOLEAN, 0},
};
static const char *const words[] = {"", "a", "aa", "b", "Z"};
static const double reals[] = {-0.0, 0.0, 1.5, 3, -2.25, 0.1};

/* ---- the rows, as the reference sees them ---- */

/* A value as Lua sees it; small enough that a double holds all of it. */
typedef struct value {
    enum { V_NIL, V_BOOLEAN, V_NUMBER, V_TEXT } kind;
    double number; /* V_BOOLEAN: 0 or 1 */
    const char *text;
} value;

static value rows[MAX_ROWS][COLUMNS];
static int64_t times[MAX_ROWS]; /* of T, in microseconds */
static int64_t tick;            /* between two of them: seconds, or parts */
static size_t nrows;

static value number(double x)
{
    return (value){.kind = V_NUMBER, .number = x};
}

static bool add_cell(cyn_builder *b, size_t column, value *out)
{
    int64_t i = (int64_t)below(8) - 2;
    const char *word = words[below(5)];
    double real = reals[below(6)];
    *out = number((double)i);
    switch (column) {
    case T: /* mostly in order, as real rows are */
        i = ((int64_t)nrows + below(20)) * tick;
        times[nrows] = i;
        *out = number((double)i / 1e6);
        return cyn_builder_i64(b, column, i);
    case NAME:
        *out = (value){.kind = V_TEXT, .text = word};
        return cyn_builder_text(b, column, word, strlen(word));
    case X: *out = number(real); return cyn_builder_f64(b, column, real);
    case M: *out = number((double)i / 100); return cyn_builder_i64(b, column, i);
    case OK:
        *out = (value){.kind = V_BOOLEAN, .number = (double)(i & 1)};
        return cyn_builder_i64(b, column, i & 1);
    default: return cyn_builder_i64(b, column, i);
    }
}

/* What is dropped again makes a column as wide as it would have needed: so that columns of every
 * width hold small values, too. */
static bool widen_columns(cyn_builder *b)
{
    static const size_t integers[] = {T, DAY, N, M};
    static const int64_t far[] = {0, 1000, 100000, INT64_C(1) << 40};
    bool ok = true;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        ok = ok && cyn_builder_i64(b, integers[i], far[below(4)]);
    for (uint32_t i = 0, more = below(2) * 300; i < more; i++) {
        char text[16];
        size_t n = (size_t)snprintf(text, sizeof text, "other %u", i);
        ok = ok && cyn_builder_text(b, NAME, text, n);
    }
    cyn_builder_drop_row(b);
    return ok;
}

static cyn_table *make_table(void)
{
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    size_t wanted = below(MAX_ROWS);
    uint32_t missing[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++)
        missing[c] = below(3); /* some columns have no missing value */
    tick = below(2) ? CYN_SECOND : CYN_SECOND / 2;
    if (cyn_builder_new(specs, COLUMNS, &b, NULL) != CYN_OK || !widen_columns(b)) exit(1);
    for (nrows = 0; nrows < wanted; nrows++) {
        for (size_t c = 0; c < COLUMNS; c++) {
            rows[nrows][c] = (value){.kind = V_NIL};
            if (missing[c] && below(4) == 0) continue;
            if (!add_cell(b, c, &rows[nrows][c])) exit(1);
        }
        if (cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    return t;
}

/* ---- expressions ---- */

static cyn_expr pool[1024];
static size_t npool;

static const cyn_expr *keep(cyn_expr e)
{
    pool[npool] = e;
    return &pool[npool++];
}

static const cyn_expr *some_column(void)
{
    return keep((cyn_expr){.kind = CYN_EXPR_COLUMN, .name = specs[below(COLUMNS)].name});
}

static const cyn_expr *some_const(void)
{
    cyn_const c = {.kind = CYN_CONST_NIL};
    const char *word = words[below(5)];
    switch (below(6)) {
    case 0: break;
    case 1: c = (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = below(2)}; break;
    case 2: c = (cyn_const){.kind = CYN_CONST_TEXT, .s = word, .n = strlen(word)}; break;
    case 3: c = (cyn_const){.kind = CYN_CONST_REAL, .r = reals[below(6)]}; break;
    case 4: c = (cyn_const){.kind = CYN_CONST_REAL, .r = 0.01 * below(5)}; break;
    default: c = (cyn_const){.kind = CYN_CONST_INTEGER, .i = (int64_t)below(8) - 2}; break;
    }
    return keep((cyn_expr){.kind = CYN_EXPR_CONST, .value = c});
}

static const cyn_expr *some_expr(int depth)
{
    uint32_t pick = below(depth > 0 ? 8 : 3);
    if (pick < 2) return some_column();
    if (pick < 3) return some_const();
    return keep((cyn_expr){.kind = pick < 6 ? CYN_EXPR_EQUALS : CYN_EXPR_AND,
                           .a = some_expr(depth - 1),
                           .b = some_expr(depth - 1)});
}

static size_t column_index(const char *name)
{
    size_t i = 0;
    while (strcmp(specs[i].name, name) != 0)
        i++;
    return i;
}

static bool is_true(value v)
{
    return v.kind != V_NIL && !(v.kind == V_BOOLEAN && v.number == 0);
}

static bool same(value a, value b)
{
    if (a.kind != b.kind) return false;
    if (a.kind == V_NIL) return true;
    return a.kind == V_TEXT ? !strcmp(a.text, b.text) : a.number == b.number;
}

static value eval(const cyn_expr *e, size_t row)
{
    bool truth;
    switch (e->kind) {
    case CYN_EXPR_COLUMN: return rows[row][column_index(e->name)];
    case CYN_EXPR_CONST:
        switch (e->value.kind) {
        case CYN_CONST_NIL: return (value){.kind = V_NIL};
        case CYN_CONST_BOOLEAN: return (value){.kind = V_BOOLEAN, .number = (double)e->value.i};
        case CYN_CONST_INTEGER: return number((double)e->value.i);
        case CYN_CONST_REAL: return number(e->value.r);
        default: return (value){.kind = V_TEXT, .text = e->value.s};
        }
    case CYN_EXPR_EQUALS: truth = same(eval(e->a, row), eval(e->b, row)); break;
    default: truth = is_true(eval(e->a, row)) && is_true(eval(e->b, row)); break;
    }
    return (value){.kind = V_BOOLEAN, .number = truth};
}

/* ---- cells ---- */

static bool in_interval(const cyn_plan *p, size_t i, size_t row)
{
    cyn_interval in = p->intervals[i];
    if (p->interval) return rows[row][N].kind != V_NIL && rows[row][N].number == (double)i;
    if (!p->time || (in.start == CYN_TIME_MIN && in.end == CYN_TIME_MAX)) return true;
    size_t column = column_index(p->time);
    if (rows[row][column].kind == V_NIL) return false;
    int64_t t = column == T ? times[row] : (int64_t)rows[row][DAY].number * CYN_DAY;
    return t >= in.start && t < in.end;
}

static value key_value(const cyn_const *k, size_t column)
{
    int64_t days;
    switch (k->kind) {
    case CYN_CONST_NIL: return (value){.kind = V_NIL};
    case CYN_CONST_BOOLEAN: return (value){.kind = V_BOOLEAN, .number = (double)k->i};
    case CYN_CONST_INTEGER: return number((double)k->i);
    case CYN_CONST_REAL: return number(k->r);
    case CYN_CONST_TEXT: break;
    }
    if (column == DAY && cyn_parse_date(k->s, k->n, &days)) return number((double)days);
    if (column == M) return number(strtod(k->s, NULL));
    return (value){.kind = V_TEXT, .text = k->s};
}

static bool in_segment(const cyn_plan *p, const cyn_const *keys, size_t row)
{
    for (size_t j = 0; j < p->ngroups; j++) {
        size_t c = column_index(p->groups[j]);
        if (!same(key_value(&keys[j], c), rows[row][c])) return false;
    }
    return true;
}

static double variance(const double *x, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - sum / (double)n) * (x[i] - sum / (double)n);
    return squares / (double)(n - 1);
}

/* The value in the row of the earliest time, or the latest; of equal times the first, or last. */
static double at_edge(const cyn_plan *p, const cyn_plan_agg *agg, const size_t *at, size_t n)
{
    bool found = false;
    double edge = NAN, time = 0;
    for (size_t i = 0; i < n; i++) {
        value t = rows[at[i]][column_index(p->time)], v = eval(agg->arg, at[i]);
        if (t.kind == V_NIL || v.kind == V_NIL) continue;
        bool better = agg->func == CYN_FIRST ? t.number < time : t.number >= time;
        if (found && !better) continue;
        found = true;
        edge = v.number;
        time = t.number;
    }
    return edge;
}

static double reference(const cyn_plan *p, const cyn_plan_agg *agg, const size_t *at, size_t n,
                        double *parts)
{
    value seen[MAX_ROWS];
    double x[MAX_ROWS], sum = 0, least = INFINITY, most = -INFINITY;
    size_t known = 0, distinct = 0, truths = 0;
    for (size_t i = 0; i < n && agg->arg; i++) {
        value v = eval(agg->arg, at[i]);
        if (v.kind == V_NIL) continue;
        x[known++] = v.number;
        sum += v.number;
        least = fmin(least, v.number);
        most = fmax(most, v.number);
        truths += is_true(v);
        size_t k = 0;
        while (k < distinct && !same(seen[k], v))
            k++;
        if (k == distinct) seen[distinct++] = v;
    }
    parts[0] = parts[1] = NAN;
    switch (agg->func) {
    case CYN_COUNT: return (double)n;
    case CYN_DISTINCT: return (double)distinct;
    case CYN_SUM: return sum;
    case CYN_MEAN:
        parts[0] = sum;
        parts[1] = (double)known;
        return known ? sum / (double)known : NAN;
    case CYN_MIN: return known ? least : NAN;
    case CYN_MAX: return known ? most : NAN;
    case CYN_PERCENTILE: return known ? cyn_quantile(x, known, agg->p / 100, agg->qtype) : NAN;
    case CYN_VARIANCE: return known > 1 ? variance(x, known) : NAN;
    case CYN_STDDEV: return known > 1 ? sqrt(variance(x, known)) : NAN;
    case CYN_FIRST:
    case CYN_LAST: return at_edge(p, agg, at, n);
    case CYN_SHARE:
    case CYN_CUSTOM: break; /* the latter is in no plan */
    }
    parts[0] = (double)truths;
    parts[1] = (double)known;
    return known ? (double)truths / (double)known : NAN;
}

/* Sums near zero differ in the last bits of their terms, not of themselves. */
static bool near(double got, double want)
{
    return (isnan(got) && isnan(want)) || fabs(got - want) <= 1e-9;
}

static void check_cell(const cyn_plan *p, const cyn_plan_result *r, size_t a, size_t s, size_t i)
{
    const cyn_cell *cell = cyn_plan_cell(r, a, s, i);
    const cyn_plan_agg *agg = &p->aggs[a];
    size_t at[MAX_ROWS], n = 0;
    double parts[2];
    for (size_t row = 0; row < nrows; row++) {
        if (in_interval(p, i, row) && in_segment(p, r->keys + s * p->ngroups, row) &&
            (!agg->where || is_true(eval(agg->where, row))))
            at[n++] = row;
    }
    double want = reference(p, agg, at, n, parts);
    CHECK_INT(cell->rows, n);
    CHECK(near(cyn_num_double(cell->value), want));
    CHECK(near(cyn_num_double(cell->numerator), parts[0]));
    CHECK(near(cyn_num_double(cell->denominator), parts[1]));
}

/* ---- plans ---- */

static cyn_interval intervals[5];
static const char *groups[3];
static cyn_plan_agg aggs[8];

static cyn_plan make_plan(const cyn_table *table)
{
    cyn_plan p = {.source = "s", .intervals = intervals, .groups = groups, .aggs = aggs};
    const char *const timing[] = {"t", "day", NULL};
    p.time = timing[below(3)];
    int64_t at = -2 * CYN_DAY, unit = p.time && p.time[0] == 'd' ? CYN_DAY : 20 * CYN_SECOND;
    if (unit != CYN_DAY) at = 0;
    npool = 0;
    p.nintervals = below(5);
    for (size_t i = 0; i < p.nintervals; i++) {
        at += unit * below(2);
        intervals[i].start = at;
        at += unit * (1 + below(3));
        intervals[i].end = at;
    }
    if (below(3) == 0) { /* some overlap, in any order */
        for (size_t i = 0; i < p.nintervals; i++) {
            intervals[i].start = unit * below(5);
            intervals[i].end = intervals[i].start + unit * below(6);
        }
        if (p.nintervals && below(2))
            intervals[below((uint32_t)p.nintervals)] = (cyn_interval){CYN_TIME_MIN, CYN_TIME_MAX};
    }
    if (below(8) == 0) p.interval = "n";
    if (p.nintervals == 1 && below(2)) intervals[0] = (cyn_interval){CYN_TIME_MIN, CYN_TIME_MAX};
    p.ngroups = below(4);
    for (size_t j = 0; j < p.ngroups; j++)
        groups[j] = specs[below(COLUMNS)].name;
    size_t wanted = 1 + below(8);
    const cyn_expr *shared = some_expr(3), *arg = some_expr(2);
    while (p.naggs < wanted) { /* until the types fit */
        cyn_plan_agg a = {.func = (cyn_agg_func)below(CYN_LAST + 1),
                          .where = below(3) == 0 ? NULL
                                   : below(2)    ? shared
                                                 : some_expr(3),
                          .arg = below(2) ? arg : some_expr(2),
                          .p = below(11) * 10,
                          .qtype = 1 + (int)below(9)};
        cyn_plan one = {.source = "s", .time = p.time, .aggs = &a, .naggs = 1};
        if (npool > sizeof pool / sizeof *pool - 64) break;
        if (cyn_exec_check(&one, table, NULL) == CYN_OK) aggs[p.naggs++] = a;
    }
    return p;
}

/* Every row of an interval is in a segment of the result, and every segment has such a row. */
static void check_segments(const cyn_plan *p, const cyn_plan_result *r)
{
    for (size_t s = 0; s < r->nsegments; s++) {
        size_t members = 0;
        for (size_t i = 0; i < p->nintervals; i++)
            for (size_t row = 0; row < nrows; row++)
                members += in_interval(p, i, row) && in_segment(p, r->keys + s * p->ngroups, row);
        CHECK(members > 0 || p->ngroups == 0);
    }
    for (size_t i = 0; i < p->nintervals; i++) {
        for (size_t row = 0; row < nrows; row++) {
            size_t homes = 0;
            for (size_t s = 0; in_interval(p, i, row) && s < r->nsegments; s++)
                homes += in_segment(p, r->keys + s * p->ngroups, row);
            CHECK_INT(homes, in_interval(p, i, row));
        }
    }
}

static void test_random_plans_equal_the_obvious_way(void)
{
    for (uint64_t round = 1; round <= ROUNDS && !test_failed_here; round++) {
        seed = round;
        cyn_table *table = make_table();
        cyn_plan plan = make_plan(table);
        cyn_arena *arena = cyn_arena_new(0);
        cyn_plan_result *r = NULL;
        cyn_err err = {0};
        cyn_exec_threads(1 + (int)below(3));
        if (cyn_exec_run(&plan, table, NULL, arena, &r, &err) != CYN_OK) {
            printf("# round %llu: %s\n", (unsigned long long)round, err.message);
            CHECK(r != NULL);
        }
        if (r) check_segments(&plan, r);
        for (size_t a = 0; r && a < plan.naggs; a++)
            for (size_t s = 0; s < r->nsegments; s++)
                for (size_t i = 0; i < plan.nintervals; i++)
                    check_cell(&plan, r, a, s, i);
        if (test_failed_here) printf("# in round %llu\n", (unsigned long long)round);
        cyn_arena_free(arena);
        cyn_table_unref(table);
    }
}

/* Every allocation that fails is an ordinary error, and nothing leaks (the sanitizer build sees).
 */
static void test_exhausted_memory_is_an_error(void)
{
    seed = 7;
    cyn_table *table = make_table();
    cyn_plan plan = make_plan(table);
    const char *const by[] = {"name", "n"};
    plan.groups = by;
    plan.ngroups = 2;
    cyn_exec_threads(1);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_plan_result *r = NULL;
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 1;
    for (; rc == CYN_E_NOMEM; n++) {
        CHECK(r == NULL);
        cyn_test_fail_after(n);
        rc = cyn_exec_run(&plan, table, NULL, arena, &r, NULL);
        cyn_test_fail_after(0);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 10);
    cyn_arena_free(arena);
    cyn_table_unref(table);
}

int main(void)
{
    RUN(test_random_plans_equal_the_obvious_way);
    RUN(test_exhausted_memory_is_an_error);
    return test_end();
}
