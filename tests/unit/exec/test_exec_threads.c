/* docs/numerics.md A-15: neither threads nor the order of rows change a bit of a result. All kinds
 * of aggregates at once, over intervals that overlap, with values of every size. */
#include "exec/exec.h"
#include "test.h"

#define ROWS ((size_t)3 * CYN_SHARE_ROWS / 2 + 17)

static uint64_t seed;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

enum { T, N, X, M, NAME, COLUMNS };
static const cyn_column_spec specs[COLUMNS] = {{"t", CYN_TIMESTAMP, 0},
                                               {"n", CYN_INTEGER, 0},
                                               {"x", CYN_REAL, 0},
                                               {"m", CYN_DECIMAL, 2},
                                               {"name", CYN_TEXT, 0}};

/* Row i of the same rows, whenever it is asked for. Times differ, so that first and last do not
 * depend on the order. */
static bool add_row(cyn_builder *b, size_t i)
{
    char name[16];
    seed = i * 2654435761u + 1;
    below(2);
    double x = ldexp((double)below(1000000) - 500000, (int)below(20) - 10);
    if (below(100) == 0) x = ldexp(x, (int)below(1500) - 750);
    int n = snprintf(name, sizeof name, "name %u", below(50));
    return cyn_builder_i64(b, T, (int64_t)i * CYN_MINUTE) && cyn_builder_i64(b, N, below(5000)) &&
           (below(10) == 0 || cyn_builder_f64(b, X, x)) && cyn_builder_i64(b, M, below(100000)) &&
           cyn_builder_text(b, NAME, name, (size_t)n);
}

/* step is prime to the number of rows: 1 gives them in order. */
static cyn_table *make_table(size_t step)
{
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(specs, COLUMNS, &b, NULL) != CYN_OK) exit(1);
    for (size_t i = 0; i < ROWS; i++)
        if (!add_row(b, i * step % ROWS) || cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    return t;
}

static const cyn_expr integer = {.kind = CYN_EXPR_COLUMN, .name = "n"};
static const cyn_expr real = {.kind = CYN_EXPR_COLUMN, .name = "x"};
static const cyn_expr decimal = {.kind = CYN_EXPR_COLUMN, .name = "m"};
static const cyn_expr name = {.kind = CYN_EXPR_COLUMN, .name = "name"};
static const cyn_expr zero = {.kind = CYN_EXPR_CONST, .value = {.kind = CYN_CONST_INTEGER}};
static const cyn_expr none = {.kind = CYN_EXPR_EQUALS, .a = &integer, .b = &zero};

static const cyn_plan_agg aggs[] = {
    {.func = CYN_COUNT},
    {.func = CYN_SUM, .arg = &real},
    {.func = CYN_MEAN, .arg = &real},
    {.func = CYN_VARIANCE, .arg = &real},
    {.func = CYN_STDDEV, .arg = &decimal},
    {.func = CYN_MEAN, .arg = &decimal, .where = &none},
    {.func = CYN_MIN, .arg = &real},
    {.func = CYN_MAX, .arg = &integer},
    {.func = CYN_FIRST, .arg = &real},
    {.func = CYN_LAST, .arg = &decimal},
    {.func = CYN_SHARE, .arg = &none},
    {.func = CYN_DISTINCT, .arg = &integer},
    {.func = CYN_DISTINCT, .arg = &name},
    {.func = CYN_DISTINCT, .arg = &real, .approx = true},
    {.func = CYN_PERCENTILE, .arg = &real, .p = 50, .qtype = 7},
    {.func = CYN_PERCENTILE, .arg = &real, .p = 95, .qtype = 7},
    {.func = CYN_PERCENTILE, .arg = &real, .p = 5, .qtype = 1},
    {.func = CYN_PERCENTILE, .arg = &decimal, .p = 90, .qtype = 7, .approx = true},
};
#define NAGGS (sizeof aggs / sizeof *aggs)

/* Two halves, all of it, the middle, and all of time. */
static const cyn_interval intervals[] = {
    {0, (int64_t)(ROWS / 2) * CYN_MINUTE},
    {(int64_t)(ROWS / 2) * CYN_MINUTE, (int64_t)ROWS *CYN_MINUTE},
    {0, (int64_t)ROWS *CYN_MINUTE},
    {(int64_t)(ROWS / 4) * CYN_MINUTE, (int64_t)(ROWS / 4 * 3) * CYN_MINUTE},
    {CYN_TIME_MIN, CYN_TIME_MAX},
};
static const char *const by_name[] = {"name"};

/* As many of the intervals: the first two do not overlap. */
static cyn_plan plan_of(size_t nintervals, size_t ngroups)
{
    return (cyn_plan){.source = "s",
                      .time = "t",
                      .intervals = intervals,
                      .nintervals = nintervals,
                      .groups = by_name,
                      .ngroups = ngroups,
                      .aggs = aggs,
                      .naggs = NAGGS};
}

static cyn_plan_result *run(const cyn_plan *plan, const cyn_table *table, int threads,
                            cyn_arena *arena)
{
    cyn_plan_result *r = NULL;
    cyn_err err = {0};
    cyn_exec_threads(threads);
    if (cyn_exec_run(plan, table, NULL, arena, &r, &err) == CYN_OK) return r;
    printf("# %s\n", err.message);
    exit(1);
}

static bool same_number(cyn_num a, cyn_num b)
{
    return a.kind == b.kind && a.scale == b.scale && a.i == b.i &&
           memcmp(&a.r, &b.r, sizeof a.r) == 0;
}

static void check_same(const cyn_plan_result *a, const cyn_plan_result *b)
{
    CHECK_INT(a->nsegments, b->nsegments);
    CHECK_INT(a->covered_from, b->covered_from);
    CHECK_INT(a->covered_to, b->covered_to);
    for (size_t i = 0; i < a->naggs * a->nsegments * a->nintervals; i++) {
        CHECK(same_number(a->cells[i].value, b->cells[i].value));
        CHECK(same_number(a->cells[i].numerator, b->cells[i].numerator));
        CHECK(same_number(a->cells[i].denominator, b->cells[i].denominator));
        CHECK_INT(a->cells[i].rows, b->cells[i].rows);
    }
}

static void check_all(size_t nintervals, size_t ngroups)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_table *in_order = make_table(1), *shuffled = make_table(65537);
    cyn_plan plan = plan_of(nintervals, ngroups);
    const cyn_plan_result *want = run(&plan, in_order, 1, arena);
    check_same(run(&plan, in_order, 2, arena), want);
    check_same(run(&plan, in_order, 7, arena), want);
    check_same(run(&plan, shuffled, 3, arena), want);
    cyn_table_unref(in_order);
    cyn_table_unref(shuffled);
    cyn_arena_free(arena);
}

static void test_threads_and_order_change_nothing(void)
{
    check_all(2, 0);
    check_all(2, 1);
}

static void test_nor_do_they_where_intervals_overlap(void)
{
    check_all(5, 0);
    check_all(5, 1);
}

/* What an interval gives does not depend on the others: alone, it is not cut into spans. */
static void test_an_interval_gives_the_same_alone(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_table *table = make_table(1);
    cyn_plan all = plan_of(5, 0);
    cyn_plan_result *together = run(&all, table, 2, arena);
    for (size_t i = 0; i < 5; i++) {
        cyn_plan one = plan_of(1, 0);
        one.intervals = &intervals[i];
        cyn_plan_result *alone = run(&one, table, 1, arena);
        for (size_t a = 0; a < NAGGS; a++)
            CHECK(same_number(cyn_plan_cell(together, a, 0, i)->value,
                              cyn_plan_cell(alone, a, 0, 0)->value));
    }
    cyn_table_unref(table);
    cyn_arena_free(arena);
}

/* The sketches against what they stand in for (K-1, K-3). */
static void test_sketches_are_near_the_truth(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_table *table = make_table(1);
    cyn_plan_agg pairs[] = {
        {.func = CYN_PERCENTILE, .arg = &decimal, .p = 90, .qtype = 3, .approx = true},
        {.func = CYN_PERCENTILE, .arg = &decimal, .p = 90, .qtype = 3},
        {.func = CYN_DISTINCT, .arg = &decimal, .approx = true},
        {.func = CYN_DISTINCT, .arg = &decimal},
        {.func = CYN_DISTINCT, .arg = &name, .approx = true},
        {.func = CYN_DISTINCT, .arg = &name},
    };
    cyn_plan plan = plan_of(1, 0);
    plan.aggs = pairs;
    plan.naggs = 6;
    const double bound[] = {1.0 / 129, 0.03, 0};
    cyn_plan_result *r = run(&plan, table, 2, arena);
    for (size_t i = 0; i < 3; i++)
        CHECK_NEAR(cyn_num_double(r->cells[2 * i].value), cyn_num_double(r->cells[2 * i + 1].value),
                   bound[i]);
    cyn_table_unref(table);
    cyn_arena_free(arena);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One group that all threads select from: odd ranks, so that each percentile is a value. */
static void test_threads_share_one_huge_group(void)
{
    enum { MANY = 80001, PERCENTS = 3 };
    static const cyn_column_spec one = {"x", CYN_REAL, 0};
    static double sorted[MANY];
    cyn_builder *b = NULL;
    cyn_table *table = NULL;
    cyn_arena *arena = cyn_arena_new(0);
    if (cyn_builder_new(&one, 1, &b, NULL) != CYN_OK) exit(1);
    for (size_t i = 0; i < MANY; i++) {
        sorted[i] = (double)below(30000) / 8 - 1000;
        if (!cyn_builder_f64(b, 0, sorted[i]) || cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
        if (i % 40 > 0) continue; /* a row without a value parts the runs */
        if (cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    }
    if (cyn_builder_finish(b, &table, NULL) != CYN_OK) exit(1);
    qsort(sorted, MANY, sizeof *sorted, by_size);
    cyn_plan_agg percentiles[PERCENTS];
    for (size_t i = 0; i < PERCENTS; i++)
        percentiles[i] = (cyn_plan_agg){
            .func = CYN_PERCENTILE, .arg = &real, .p = 25.0 * (double)(i + 1), .qtype = 7};
    cyn_interval all = {CYN_TIME_MIN, CYN_TIME_MAX};
    const cyn_plan plan = {.source = "many",
                           .intervals = &all,
                           .nintervals = 1,
                           .aggs = percentiles,
                           .naggs = PERCENTS};
    for (int threads = 1; threads <= 7; threads += 3) {
        cyn_plan_result *r = run(&plan, table, threads, arena);
        for (size_t i = 0; i < PERCENTS; i++)
            CHECK(cyn_num_double(r->cells[i].value) == sorted[(MANY - 1) / 4 * (i + 1)]);
    }
    cyn_table_unref(table);
    cyn_arena_free(arena);
}

/* Every allocation that fails, in any thread, is an ordinary error, and nothing leaks. */
static void test_exhausted_memory_is_an_error(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_table *table = make_table(1);
    cyn_plan plan = plan_of(5, 1);
    cyn_plan_result *r = NULL;
    cyn_code rc = CYN_E_NOMEM;
    cyn_exec_threads(2);
    for (size_t n = 1; rc == CYN_E_NOMEM; n += 1 + n / 16) {
        CHECK(r == NULL);
        cyn_test_fail_after(n);
        rc = cyn_exec_run(&plan, table, NULL, arena, &r, NULL);
        cyn_test_fail_after(0);
    }
    CHECK_INT(rc, CYN_OK);
    cyn_table_unref(table);
    cyn_arena_free(arena);
}

int main(void)
{
    RUN(test_threads_and_order_change_nothing);
    RUN(test_nor_do_they_where_intervals_overlap);
    RUN(test_an_interval_gives_the_same_alone);
    RUN(test_sketches_are_near_the_truth);
    RUN(test_threads_share_one_huge_group);
    RUN(test_exhausted_memory_is_an_error);
    return test_end();
}
