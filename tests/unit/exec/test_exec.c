/* The executor, by hand: one rule of docs/numerics.md at a time. test_exec_random.c has the rest.
 */
#include "exec/exec.h"
#include "test.h"

/* ---- making plans ---- */

static cyn_expr column(const char *name)
{
    return (cyn_expr){.kind = CYN_EXPR_COLUMN,
                      .name = name,
                      .text = name,
                      .place = {.file = "metrics/m.lua", .line = 4, .column = 9}};
}

static cyn_expr text(const char *s)
{
    return (cyn_expr){.kind = CYN_EXPR_CONST,
                      .value = {.kind = CYN_CONST_TEXT, .s = s, .n = strlen(s)}};
}

static cyn_expr integer(int64_t i)
{
    return (cyn_expr){.kind = CYN_EXPR_CONST, .value = {.kind = CYN_CONST_INTEGER, .i = i}};
}

static cyn_expr real(double r)
{
    return (cyn_expr){.kind = CYN_EXPR_CONST, .value = {.kind = CYN_CONST_REAL, .r = r}};
}

static const cyn_expr nil = {.kind = CYN_EXPR_CONST};

static cyn_expr equals(const cyn_expr *a, const cyn_expr *b)
{
    return (cyn_expr){.kind = CYN_EXPR_EQUALS, .a = a, .b = b};
}

static const cyn_interval all_time = {CYN_TIME_MIN, CYN_TIME_MAX};

typedef struct fixture {
    cyn_arena *arena;
    cyn_table *table;
    cyn_err err;
} fixture;

enum { T, DAY, NAME, N, X, M, OK, COLUMNS };
static const cyn_column_spec specs[COLUMNS] = {
    {"t", CYN_TIMESTAMP, 0}, {"day", CYN_DATE, 0},  {"name", CYN_TEXT, 0},  {"n", CYN_INTEGER, 0},
    {"x", CYN_REAL, 0},      {"m", CYN_DECIMAL, 2}, {"ok", CYN_BOOLEAN, 0},
};

static fixture begin(cyn_builder **b)
{
    fixture f = {.arena = cyn_arena_new(0)};
    CHECK(cyn_builder_new(specs, COLUMNS, b, &f.err) == CYN_OK);
    return f;
}

static void finish(fixture *f, cyn_builder *b)
{
    CHECK(cyn_builder_finish(b, &f->table, &f->err) == CYN_OK);
}

static void end(fixture *f)
{
    cyn_table_unref(f->table);
    cyn_arena_free(f->arena);
}

static cyn_plan_result *run_plan(fixture *f, const cyn_plan *plan)
{
    cyn_plan_result *r = NULL;
    f->err = (cyn_err){0};
    cyn_code rc = cyn_exec_run(plan, f->table, NULL, f->arena, &r, &f->err);
    if (rc != CYN_OK) printf("# %s\n", f->err.message);
    CHECK(rc == CYN_OK);
    if (!r) exit(1);
    return r;
}

/* One aggregate over all rows. */
static cyn_cell one(fixture *f, cyn_agg_func func, const cyn_expr *arg, const cyn_expr *where)
{
    cyn_plan_agg agg = {.func = func, .where = where, .arg = arg, .p = 50, .qtype = 7};
    cyn_plan plan = {.source = "s",
                     .time = "t",
                     .intervals = &all_time,
                     .nintervals = 1,
                     .aggs = &agg,
                     .naggs = 1};
    return *cyn_plan_cell(run_plan(f, &plan), 0, 0, 0);
}

static cyn_code one_fails(fixture *f, cyn_agg_func func, const cyn_expr *arg)
{
    cyn_plan_agg agg = {.func = func, .arg = arg, .p = 50, .qtype = 7};
    cyn_plan plan = {.source = "s",
                     .time = "t",
                     .intervals = &all_time,
                     .nintervals = 1,
                     .aggs = &agg,
                     .naggs = 1};
    cyn_plan_result *r = NULL;
    f->err = (cyn_err){0};
    cyn_code rc = cyn_exec_run(&plan, f->table, NULL, f->arena, &r, &f->err);
    CHECK(r == NULL);
    return rc;
}

static void check_number(cyn_num n, int kind, double value)
{
    CHECK_INT(n.kind, kind);
    if (kind != CYN_NUM_MISSING) CHECK_NEAR(cyn_num_double(n), value, 0);
}

/* ---- rules ---- */

static void test_no_rows_give_zero_or_missing(void) /* */
{
    cyn_builder *b;
    fixture f = begin(&b);
    finish(&f, b);
    cyn_expr n = column("n"), x = column("x"), m = column("m"), ok = column("ok");
    check_number(one(&f, CYN_COUNT, NULL, NULL).value, CYN_NUM_INTEGER, 0);
    check_number(one(&f, CYN_SUM, &n, NULL).value, CYN_NUM_INTEGER, 0);
    check_number(one(&f, CYN_SUM, &x, NULL).value, CYN_NUM_REAL, 0);
    cyn_num zero = one(&f, CYN_SUM, &m, NULL).value;
    check_number(zero, CYN_NUM_DECIMAL, 0);
    CHECK_INT(zero.scale, 2);
    check_number(one(&f, CYN_DISTINCT, &n, NULL).value, CYN_NUM_INTEGER, 0);
    const cyn_agg_func none[] = {CYN_MEAN, CYN_MIN, CYN_MAX, CYN_PERCENTILE, CYN_SHARE};
    for (size_t i = 0; i < 5; i++)
        check_number(one(&f, none[i], &n, NULL).value, CYN_NUM_MISSING, 0);
    check_number(one(&f, CYN_SHARE, &ok, NULL).denominator, CYN_NUM_INTEGER, 0);
    end(&f);
}

static void test_missing_values_are_left_out(void) /* M-2, A-4 … A-11 */
{
    cyn_builder *b;
    fixture f = begin(&b);
    const int64_t values[] = {3, 1, 8};
    for (size_t i = 0; i < 3; i++) {
        CHECK(cyn_builder_i64(b, N, values[i]) && cyn_builder_i64(b, OK, i != 1));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK); /* a row of nothing */
    }
    finish(&f, b);
    cyn_expr n = column("n"), ok = column("ok"), is_nil = equals(&n, &nil);
    check_number(one(&f, CYN_COUNT, NULL, NULL).value, CYN_NUM_INTEGER, 6);
    cyn_cell mean = one(&f, CYN_MEAN, &n, NULL);
    check_number(mean.value, CYN_NUM_REAL, 4);
    check_number(mean.numerator, CYN_NUM_INTEGER, 12);
    check_number(mean.denominator, CYN_NUM_INTEGER, 3);
    CHECK_INT(mean.rows, 6);
    check_number(one(&f, CYN_MIN, &n, NULL).value, CYN_NUM_INTEGER, 1);
    check_number(one(&f, CYN_MAX, &n, NULL).value, CYN_NUM_INTEGER, 8);
    check_number(one(&f, CYN_PERCENTILE, &n, NULL).value, CYN_NUM_REAL, 3);
    check_number(one(&f, CYN_SUM, &ok, NULL).value, CYN_NUM_INTEGER, 2);
    cyn_cell share = one(&f, CYN_SHARE, &ok, NULL);
    check_number(share.value, CYN_NUM_REAL, 2.0 / 3);
    check_number(share.numerator, CYN_NUM_INTEGER, 2);
    check_number(one(&f, CYN_COUNT, NULL, &is_nil).value, CYN_NUM_INTEGER, 3);
    check_number(one(&f, CYN_SHARE, &is_nil, NULL).value, CYN_NUM_REAL, 0.5);
    check_number(one(&f, CYN_SUM, &nil, NULL).value, CYN_NUM_INTEGER, 0);
    end(&f);
}

static void test_exact_sums_stay_exact_or_fail(void) /* N-2, N-3 */
{
    cyn_builder *b;
    fixture f = begin(&b);
    const int64_t values[] = {INT64_MAX, INT64_MAX, -INT64_MAX, -3};
    for (size_t i = 0; i < 4; i++) {
        CHECK(cyn_builder_i64(b, N, values[i]) && cyn_builder_i64(b, M, values[i]));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    cyn_expr n = column("n"), m = column("m"), low = integer(-3), is_low = equals(&n, &low);
    cyn_num sum = one(&f, CYN_SUM, &n, NULL).value; /* though it overflows on the way */
    CHECK_INT(sum.i, INT64_MAX - 3);
    CHECK_INT(one(&f, CYN_SUM, &m, NULL).value.i, INT64_MAX - 3);
    check_number(one(&f, CYN_SUM, &n, &is_low).value, CYN_NUM_INTEGER, -3);
    end(&f);

    f = begin(&b);
    for (size_t i = 0; i < 2; i++) {
        CHECK(cyn_builder_i64(b, N, INT64_MAX) && cyn_builder_i64(b, M, INT64_MAX));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    CHECK_INT(one_fails(&f, CYN_SUM, &n), CYN_E_RANGE);
    CHECK_STR(f.err.file, "metrics/m.lua");
    /* The mean fits; Python: (2**63 - 1) * 2 / 2 / 100 */
    check_number(one(&f, CYN_MEAN, &m, NULL).value, CYN_NUM_REAL, 9.223372036854776e+16);
    end(&f);
}

/* Python: float(Fraction(a + b + c, 3) / 100), which rounds once. */
static void test_means_round_once(void) /* */
{
    cyn_builder *b;
    fixture f = begin(&b);
    const int64_t values[] = {9007199254740993, 9007199254740995, 1};
    for (size_t i = 0; i < 3; i++) {
        CHECK(cyn_builder_i64(b, M, values[i]));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    cyn_expr m = column("m");
    check_number(one(&f, CYN_MEAN, &m, NULL).value, CYN_NUM_REAL, 60047995031606.63);
    end(&f);
}

static void test_zero_has_no_sign(void) /* N-6 */
{
    cyn_builder *b;
    fixture f = begin(&b);
    for (size_t i = 0; i < 2; i++) {
        CHECK(cyn_builder_f64(b, X, i ? 0.0 : -0.0));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    cyn_expr x = column("x"), zero = integer(0), is_zero = equals(&x, &zero);
    check_number(one(&f, CYN_DISTINCT, &x, NULL).value, CYN_NUM_INTEGER, 1);
    CHECK(!signbit(one(&f, CYN_MIN, &x, NULL).value.r));
    check_number(one(&f, CYN_COUNT, NULL, &is_zero).value, CYN_NUM_INTEGER, 2);
    end(&f);
}

/* Enough rows that the column's own values are selected from, with no copy in between. */
static void test_percentiles_leave_the_column_as_it_is(void) /* N-6, Q-9 */
{
    enum { ROWS = 70000 };
    cyn_builder *b;
    fixture f = begin(&b);
    for (size_t i = 0; i < ROWS; i++) {
        CHECK(cyn_builder_f64(b, X, i % 7 ? -0.0 : (double)(ROWS - i)));
        CHECK(cyn_builder_i64(b, OK, i >= 100 && i < 300));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    cyn_expr x = column("x"), few = column("ok");
    for (size_t repeat = 0; repeat < 2; repeat++) {
        cyn_num all = one(&f, CYN_PERCENTILE, &x, NULL).value;
        cyn_num some = one(&f, CYN_PERCENTILE, &x, &few).value;
        check_number(all, CYN_NUM_REAL, 0);
        check_number(some, CYN_NUM_REAL, 0);
        CHECK(!signbit(all.r) && !signbit(some.r));
    }
    const cyn_column *c = cyn_table_column(f.table, X);
    for (size_t i = 0; i < ROWS; i++)
        CHECK(c->v.f64[i] == (i % 7 ? 0 : (double)(ROWS - i)));
    end(&f);
}

static void test_infinite_arguments_are_missing(void) /* M-3 */
{
    cyn_builder *b;
    fixture f = begin(&b);
    const double values[] = {1, INFINITY, 5, -INFINITY};
    for (size_t i = 0; i < 4; i++) {
        CHECK(cyn_builder_f64(b, X, values[i]));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    cyn_expr x = column("x"), one_by_zero = real(INFINITY);
    check_number(one(&f, CYN_SUM, &x, NULL).value, CYN_NUM_REAL, 6);
    check_number(one(&f, CYN_MEAN, &x, NULL).value, CYN_NUM_REAL, 3);
    check_number(one(&f, CYN_MAX, &x, NULL).value, CYN_NUM_REAL, 5);
    check_number(one(&f, CYN_PERCENTILE, &x, NULL).value, CYN_NUM_REAL, 3);
    check_number(one(&f, CYN_DISTINCT, &x, NULL).value, CYN_NUM_INTEGER, 2);
    check_number(one(&f, CYN_MAX, &one_by_zero, NULL).value, CYN_NUM_MISSING, 0);
    end(&f);
}

static void test_equality_is_luas(void) /* E-3 */
{
    cyn_builder *b;
    fixture f = begin(&b);
    CHECK(cyn_builder_i64(b, N, INT64_C(9007199254740993)) && cyn_builder_i64(b, M, 1250) &&
          cyn_builder_i64(b, T, 1500000) && cyn_builder_i64(b, DAY, 3) &&
          cyn_builder_text(b, NAME, "7", 1) && cyn_builder_i64(b, OK, 1));
    CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    finish(&f, b);
    cyn_expr n = column("n"), m = column("m"), t = column("t"), day = column("day");
    cyn_expr name = column("name"), ok = column("ok");
    cyn_expr rounded = real(9007199254740992.0), half = real(12.5), seconds = real(1.5);
    cyn_expr three = real(3), seven_text = text("7");
    cyn_expr yes = {.kind = CYN_EXPR_CONST, .value = {.kind = CYN_CONST_BOOLEAN, .i = 1}};
    struct {
        const cyn_expr *a, *b;
        int holds;
    } cases[] = {
        {&n, &rounded, 0},       {&m, &half, 1},    {&half, &m, 1},
        {&t, &seconds, 1},       {&day, &three, 1}, {&ok, &yes, 1},
        {&name, &seven_text, 1}, {&nil, &nil, 1},   {&name, &nil, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_expr where = equals(cases[i].a, cases[i].b);
        cyn_expr inner = equals(&where, &ok); /* boolean == boolean, and the row's ok is true */
        check_number(one(&f, CYN_COUNT, NULL, &where).value, CYN_NUM_INTEGER, cases[i].holds);
        check_number(one(&f, CYN_COUNT, NULL, &inner).value, CYN_NUM_INTEGER, cases[i].holds);
    }
    end(&f);
}

/* The day of Sao Paulo's spring forward begins at 01:00, 03:00 UTC (P-4). Python's zoneinfo:
 * 2018-11-04T01:00-02:00 is 1541300400. */
static void test_dates_begin_in_the_zone(void)
{
    cyn_builder *b;
    fixture f = begin(&b);
    cyn_tz *tz = NULL;
    CHECK(cyn_tz_load("America/Sao_Paulo", &tz, &f.err) == CYN_OK);
    for (int64_t day = 17838; day <= 17840; day++) { /* 2018-11-03 … 05 */
        CHECK(cyn_builder_i64(b, DAY, day));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    const int64_t start = 1541300400 * CYN_SECOND;
    cyn_interval intervals[] = {{start - 1, start}, {start, start + 23 * CYN_HOUR}};
    cyn_plan_agg agg = {.func = CYN_COUNT};
    cyn_plan plan = {.source = "s",
                     .time = "day",
                     .tz = tz,
                     .intervals = intervals,
                     .nintervals = 2,
                     .aggs = &agg,
                     .naggs = 1};
    cyn_plan_result *r = run_plan(&f, &plan);
    check_number(cyn_plan_cell(r, 0, 0, 0)->value, CYN_NUM_INTEGER, 0);
    check_number(cyn_plan_cell(r, 0, 0, 1)->value, CYN_NUM_INTEGER, 1);
    CHECK(r->covered_any);
    CHECK_INT(r->covered_from, start - 24 * CYN_HOUR);
    CHECK_INT(r->covered_to, start + 47 * CYN_HOUR - 1); /* the last instant of the last day */
    cyn_tz_free(tz);
    end(&f);
}

static void test_rows_without_time_count_only_over_all_time(void) /* P-2 */
{
    cyn_builder *b;
    fixture f = begin(&b);
    for (int64_t t = 0; t < 3; t++) {
        if (t != 1) CHECK(cyn_builder_i64(b, T, t * 10));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    check_number(one(&f, CYN_COUNT, NULL, NULL).value, CYN_NUM_INTEGER, 3);
    cyn_interval intervals[] = {{CYN_TIME_MIN, 10}, {10, 20}, {20, CYN_TIME_MAX}};
    cyn_plan_agg agg = {.func = CYN_COUNT};
    cyn_plan plan = {.source = "s",
                     .time = "t",
                     .intervals = intervals,
                     .nintervals = 3,
                     .aggs = &agg,
                     .naggs = 1};
    cyn_plan_result *r = run_plan(&f, &plan);
    for (size_t i = 0; i < 3; i++) /* half-open: 20 is in the last */
        check_number(cyn_plan_cell(r, 0, 0, i)->value, CYN_NUM_INTEGER, i != 1);
    plan.time = NULL; /* a snapshot: every row in every interval */
    r = run_plan(&f, &plan);
    for (size_t i = 0; i < 3; i++)
        check_number(cyn_plan_cell(r, 0, 0, i)->value, CYN_NUM_INTEGER, 3);
    CHECK(!r->covered_any);
    end(&f);
}

static void test_segments_are_sorted_and_missing_is_one(void) /* */
{
    cyn_builder *b;
    fixture f = begin(&b);
    const char *names[] = {"b", NULL, "B", "", "aa", "a", "b"};
    for (size_t i = 0; i < 7; i++) {
        if (names[i]) CHECK(cyn_builder_text(b, NAME, names[i], strlen(names[i])));
        CHECK(cyn_builder_i64(b, T, (int64_t)i) && cyn_builder_i64(b, M, 900 + 5 * (int64_t)i));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    const char *groups[] = {"name", "m"};
    cyn_plan_agg agg = {.func = CYN_COUNT};
    cyn_plan plan = {.source = "s",
                     .time = "t",
                     .intervals = &all_time,
                     .nintervals = 1,
                     .groups = groups,
                     .ngroups = 1,
                     .aggs = &agg,
                     .naggs = 1};
    cyn_plan_result *r = run_plan(&f, &plan);
    const char *want[] = {NULL, "", "B", "a", "aa", "b"};
    CHECK_INT(r->nsegments, 6);
    for (size_t s = 0; s < r->nsegments; s++) {
        CHECK_STR(r->keys[s].s, want[s]);
        CHECK_INT(r->keys[s].kind, want[s] ? CYN_CONST_TEXT : CYN_CONST_NIL);
        CHECK_INT(cyn_plan_cell(r, 0, s, 0)->rows, s == 5 ? 2 : 1);
    }
    plan.ngroups = 2;
    r = run_plan(&f, &plan);
    CHECK_INT(r->nsegments, 7);
    CHECK_STR(r->keys[5 * 2 + 1].s, "9.00"); /* decimals by value, with their digits */
    CHECK_STR(r->keys[6 * 2 + 1].s, "9.30");
    cyn_interval first = {0, 1};
    plan.intervals = &first;
    CHECK_INT(run_plan(&f, &plan)->nsegments, 1); /* only what occurs in an interval */
    end(&f);
}

static void test_errors_name_the_place(void)
{
    cyn_builder *b;
    fixture f = begin(&b);
    finish(&f, b);
    cyn_expr nn = column("nn"), name = column("name"), t = column("t");
    cyn_expr script = {.kind = CYN_EXPR_SCRIPT, .text = "n > 1"};
    CHECK_INT(one_fails(&f, CYN_SUM, &nn), CYN_E_NAME);
    CHECK_STR(f.err.message, "no column 'nn' in source 's'");
    CHECK_STR(f.err.hint, "did you mean 'n'?");
    CHECK_INT(f.err.line, 4);
    CHECK_INT(one_fails(&f, CYN_MIN, &name), CYN_E_TYPE);
    CHECK_STR(f.err.message, "min of 'name': it is of type text, expected a number, a time or a "
                             "boolean");
    CHECK_INT(one_fails(&f, CYN_MEAN, &t), CYN_E_TYPE);
    CHECK_INT(one_fails(&f, CYN_SUM, NULL), CYN_E_TYPE);
    CHECK_INT(one_fails(&f, CYN_SUM, &script), CYN_E_UNSUPPORTED);
    end(&f);
}

static void test_cancel_and_check(void)
{
    cyn_builder *b;
    fixture f = begin(&b);
    CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    finish(&f, b);
    atomic_bool cancel = true;
    cyn_plan plan = {.source = "s", .time = "t", .intervals = &all_time, .nintervals = 1};
    cyn_plan_result *r = NULL;
    CHECK_INT(cyn_exec_run(&plan, f.table, &cancel, f.arena, &r, NULL), CYN_E_CANCEL);
    cyn_expr x = column("x");
    cyn_plan_agg median = {.func = CYN_PERCENTILE, .arg = &x, .p = 50, .qtype = 7};
    plan.aggs = &median;
    plan.naggs = 1;
    cyn_table *none = NULL; /* without rows only the selection can be stopped */
    CHECK_INT(cyn_builder_new(specs, COLUMNS, &b, NULL), CYN_OK);
    CHECK_INT(cyn_builder_finish(b, &none, NULL), CYN_OK);
    CHECK_INT(cyn_exec_run(&plan, none, &cancel, f.arena, &r, NULL), CYN_E_CANCEL);
    cyn_table_unref(none);
    plan.naggs = 0;
    CHECK_INT(cyn_exec_check(&plan, f.table, NULL), CYN_OK);
    plan.time = "name";
    CHECK_INT(cyn_exec_check(&plan, f.table, NULL), CYN_E_TYPE);
    end(&f);
}

/* First and last are by time, then by row; missing values and rows without time are left out. */
static void test_first_and_last_are_by_time(void) /* */
{
    cyn_builder *b;
    fixture f = begin(&b);
    const int64_t times[] = {30, 10, 10, 40, 40, -1, 5, 50};
    for (size_t i = 0; i < 8; i++) {
        if (times[i] >= 0) CHECK(cyn_builder_i64(b, T, times[i]));
        if (i < 6) CHECK(cyn_builder_i64(b, M, 100 + (int64_t)i));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    cyn_expr m = column("m"), name = column("name"), x = column("x"), t = column("t");
    cyn_num first = one(&f, CYN_FIRST, &m, NULL).value;
    check_number(first, CYN_NUM_DECIMAL, 1.01);
    check_number(one(&f, CYN_LAST, &m, NULL).value, CYN_NUM_DECIMAL, 1.04);
    check_number(one(&f, CYN_LAST, &x, NULL).value, CYN_NUM_MISSING, 0);
    check_number(one(&f, CYN_LAST, &t, NULL).value, CYN_NUM_REAL, 50e-6);
    CHECK_INT(one_fails(&f, CYN_LAST, &name), CYN_E_TYPE);
    cyn_plan_agg agg = {.func = CYN_FIRST, .arg = &m};
    cyn_plan plan = {
        .source = "s", .intervals = &all_time, .nintervals = 1, .aggs = &agg, .naggs = 1};
    CHECK_INT(cyn_exec_check(&plan, f.table, &f.err), CYN_E_NAME);
    end(&f);
}

/* Python: statistics.variance([Decimal('0.03'), Decimal('0.01'), Decimal('0.08')]) is 0.0013. */
static void test_a_variance_needs_two_values(void) /* */
{
    cyn_builder *b;
    fixture f = begin(&b);
    const int64_t values[] = {3, 1, 8};
    for (size_t i = 0; i < 3; i++) {
        CHECK(cyn_builder_i64(b, M, values[i]) && cyn_builder_f64(b, X, (double)values[i]) &&
              cyn_builder_i64(b, OK, i == 0));
        if (i == 0) CHECK(cyn_builder_i64(b, N, 7));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    cyn_expr n = column("n"), x = column("x"), m = column("m"), ok = column("ok"), t = column("t");
    check_number(one(&f, CYN_VARIANCE, &n, NULL).value, CYN_NUM_MISSING, 0);
    check_number(one(&f, CYN_STDDEV, &n, NULL).value, CYN_NUM_MISSING, 0);
    check_number(one(&f, CYN_VARIANCE, &m, NULL).value, CYN_NUM_REAL, 0.0013);
    check_number(one(&f, CYN_VARIANCE, &x, NULL).value, CYN_NUM_REAL, 13);
    check_number(one(&f, CYN_STDDEV, &x, NULL).value, CYN_NUM_REAL, sqrt(13));
    CHECK_NEAR(one(&f, CYN_VARIANCE, &ok, NULL).value.r, 1.0 / 3, 1e-15);
    CHECK_INT(one_fails(&f, CYN_VARIANCE, &t), CYN_E_TYPE);
    end(&f);
}

static void test_rows_may_know_their_interval(void)
{
    cyn_builder *b;
    fixture f = begin(&b);
    const int64_t numbers[] = {1, 0, 1, 2, -1};
    for (size_t i = 0; i < 6; i++) {
        if (i < 5) CHECK(cyn_builder_i64(b, N, numbers[i]));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    finish(&f, b);
    cyn_interval intervals[] = {{0, 10}, {5, 20}};
    cyn_plan_agg agg = {.func = CYN_COUNT};
    cyn_plan plan = {.source = "s",
                     .interval = "n",
                     .intervals = intervals,
                     .nintervals = 2,
                     .aggs = &agg,
                     .naggs = 1};
    cyn_plan_result *r = run_plan(&f, &plan);
    check_number(cyn_plan_cell(r, 0, 0, 0)->value, CYN_NUM_INTEGER, 1);
    check_number(cyn_plan_cell(r, 0, 0, 1)->value, CYN_NUM_INTEGER, 2);
    plan.interval = "x";
    CHECK_INT(cyn_exec_check(&plan, f.table, &f.err), CYN_E_TYPE);
    end(&f);
}

/* Of relations they come one interval after the other: long ones, short ones, one that is none. */
static void test_rows_of_an_interval_may_lie_together(void)
{
    static const struct {
        int64_t number, rows;
    } runs[] = {{0, 5000}, {1, 300}, {3, 10}, {9, 4096}, {4, 9000}, {-1, 700}, {0, 1}};
    static const int64_t want[] = {5001, 300, 0, 10, 9000};
    cyn_builder *b;
    fixture f = begin(&b);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        for (int64_t k = 0; k < runs[i].rows; k++) {
            CHECK(cyn_builder_i64(b, N, runs[i].number) && cyn_builder_i64(b, OK, k % 2 == 0));
            CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
        }
    }
    finish(&f, b);
    const char *const groups[] = {"ok"};
    const cyn_interval intervals[5] = {{0, 1}};
    cyn_plan_agg agg = {.func = CYN_COUNT};
    cyn_plan plan = {.source = "s",
                     .interval = "n",
                     .intervals = intervals,
                     .nintervals = 5,
                     .aggs = &agg,
                     .naggs = 1};
    cyn_plan_result *r = run_plan(&f, &plan);
    for (size_t i = 0; i < 5; i++)
        check_number(cyn_plan_cell(r, 0, 0, i)->value, CYN_NUM_INTEGER, (double)want[i]);
    plan.groups = groups;
    plan.ngroups = 1;
    r = run_plan(&f, &plan);
    for (size_t i = 0; i < 5; i++) {
        int64_t even = i == 0 ? 2501 : want[i] / 2; /* the one of the last run is its first */
        check_number(cyn_plan_cell(r, 0, 1, i)->value, CYN_NUM_INTEGER, (double)even);
        check_number(cyn_plan_cell(r, 0, 0, i)->value, CYN_NUM_INTEGER, (double)(want[i] - even));
    }
    end(&f);
}

int main(void)
{
    RUN(test_no_rows_give_zero_or_missing);
    RUN(test_missing_values_are_left_out);
    RUN(test_exact_sums_stay_exact_or_fail);
    RUN(test_means_round_once);
    RUN(test_zero_has_no_sign);
    RUN(test_percentiles_leave_the_column_as_it_is);
    RUN(test_infinite_arguments_are_missing);
    RUN(test_equality_is_luas);
    RUN(test_dates_begin_in_the_zone);
    RUN(test_rows_without_time_count_only_over_all_time);
    RUN(test_segments_are_sorted_and_missing_is_one);
    RUN(test_errors_name_the_place);
    RUN(test_cancel_and_check);
    RUN(test_first_and_last_are_by_time);
    RUN(test_a_variance_needs_two_values);
    RUN(test_rows_may_know_their_interval);
    RUN(test_rows_of_an_interval_may_lie_together);
    return test_end();
}
