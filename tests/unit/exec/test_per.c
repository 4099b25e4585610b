/* per(entity): one value for each entity of an interval and a segment. Rules R-… of
 * docs/numerics.md. */
#include "relation_rows.h"
#include <limits.h>

enum { T, WHO, N, X, M, OK, CHANNEL, COLUMNS };
static const cyn_column_spec specs[COLUMNS] = {
    {"t", CYN_TIMESTAMP, 0}, {"who", CYN_TEXT, 0},   {"n", CYN_INTEGER, 0},   {"x", CYN_REAL, 0},
    {"m", CYN_DECIMAL, 2},   {"ok", CYN_BOOLEAN, 0}, {"channel", CYN_TEXT, 0}};

/* Not in the order of their times; the row of nobody, and one without time. */
static const char *const lines = "2026-01-03,ann,4,0.5,1.25,1,ads\n"
                                 "2026-01-01,ann,2,0.25,,0,web\n"
                                 "2026-01-02,bob,7,,3.50,1,ads\n"
                                 "2026-01-02,,9,9,9,1,ads\n"
                                 "2026-01-04,ann,,0.5,2.00,,ads\n"
                                 ",bob,1,1,1,1,ads\n"
                                 "2026-01-02,ann,4,1e300,0.01,1,\n";

static const cyn_view base = {.source = "events"};
static cyn_expr who, arg;
static cyn_calendar utc = {.week_start = 1, .fiscal_month = 1};
static const cyn_interval all_time = {CYN_TIME_MIN, CYN_TIME_MAX};

static cyn_relation per(cyn_agg_func func, const char *column_name)
{
    who = column("who");
    if (column_name) arg = column(column_name);
    return (cyn_relation){.kind = CYN_PER,
                          .base = &base,
                          .entity = &who,
                          .func = func,
                          .arg = column_name ? &arg : NULL,
                          .p = 50,
                          .qtype = 7};
}

static cyn_relation_input over(const cyn_table *t, const cyn_interval *intervals, size_t n)
{
    return (cyn_relation_input){.table = t,
                                .time = "t",
                                .calendar = &utc,
                                .intervals = intervals,
                                .nintervals = n,
                                .now = CYN_TIME_MAX};
}

static void check_value(cyn_agg_func func, const char *column_name, const char *want)
{
    cyn_table *t = table_of(specs, COLUMNS, lines);
    cyn_interval days = {instant("2026-01-01"), instant("2026-01-05")};
    cyn_relation_input in = over(t, &days, 1);
    cyn_relation spec = per(func, column_name);
    check_relation(&spec, &in, want);
    cyn_table_unref(t);
}

static void test_every_function_follows_the_rules_of_aggregates(void) /* */
{
    check_value(CYN_COUNT, NULL, "0 ann 4\n0 bob 1\n");
    check_value(CYN_DISTINCT, "n", "0 ann 2\n0 bob 1\n");
    check_value(CYN_DISTINCT, "channel", "0 ann 2\n0 bob 1\n");
    check_value(CYN_SUM, "n", "0 ann 10\n0 bob 7\n");
    check_value(CYN_SUM, "m", "0 ann 3.26\n0 bob 3.50\n");
    check_value(CYN_SUM, "x", "0 ann 1e+300\n0 bob 0\n");
    check_value(CYN_SUM, "ok", "0 ann 2\n0 bob 1\n");
    check_value(CYN_MEAN, "n", "0 ann 3.3333333333333335\n0 bob 7\n");
    check_value(CYN_MEAN, "x", "0 ann 2.5e+299\n0 bob -\n");
    check_value(CYN_SHARE, "ok", "0 ann 0.6666666666666666\n0 bob 1\n");
    check_value(CYN_PERCENTILE, "m", "0 ann 1.25\n0 bob 3.5\n");
    check_value(CYN_PERCENTILE, "x", "0 ann 0.5\n0 bob -\n");
    /* python3: statistics.variance([4, 2, 4]); of one value there is none */
    check_value(CYN_VARIANCE, "n", "0 ann 1.3333333333333333\n0 bob -\n");
    check_value(CYN_STDDEV, "n", "0 ann 1.1547005383792515\n0 bob -\n");
}

static void test_the_least_the_greatest_the_first_and_the_last_keep_their_type(void) /* */
{
    check_value(CYN_MIN, "m", "0 ann 0.01\n0 bob 3.50\n");
    check_value(CYN_MAX, "x", "0 ann 1e+300\n0 bob -\n");
    check_value(CYN_MIN, "t", "0 ann 2026-01-01T00:00:00Z\n0 bob 2026-01-02T00:00:00Z\n");
    check_value(CYN_FIRST, "channel", "0 ann web\n0 bob ads\n");
    check_value(CYN_FIRST, "n", "0 ann 2\n0 bob 7\n");
    check_value(CYN_LAST, "n", "0 ann 4\n0 bob 7\n"); /* the very last is missing (M-2) */
    check_value(CYN_LAST, "x", "0 ann 0.5\n0 bob -\n");
    check_value(CYN_LAST, "ok", "0 ann true\n0 bob true\n");
}

static void test_a_row_counts_in_each_interval_that_holds_it(void) /* */
{
    cyn_table *t = table_of(specs, COLUMNS, lines);
    cyn_interval days[] = {{instant("2026-01-02"), instant("2026-01-04")},
                           {instant("2026-01-01"), instant("2026-01-03")},
                           {instant("2026-02-01"), instant("2026-02-02")},
                           {CYN_TIME_MIN, instant("2026-01-02")},
                           all_time};
    cyn_relation spec = per(CYN_COUNT, NULL);
    cyn_relation_input in = over(t, days, 5);
    /* The row without time is in the last one only (P-2). */
    check_relation(&spec, &in, "0 ann 2\n0 bob 1\n1 ann 2\n1 bob 1\n3 ann 1\n4 ann 4\n4 bob 2\n");
    spec = per(CYN_SUM, "n");
    check_relation(&spec, &in, "0 ann 8\n0 bob 7\n1 ann 6\n1 bob 7\n3 ann 2\n4 ann 10\n4 bob 8\n");
    cyn_table_unref(t);
}

static void test_a_row_without_time_is_neither_first_nor_last(void) /* */
{
    cyn_table *t = table_of(specs, COLUMNS, ",ann,1,,,,\n2026-01-01,ann,2,,,,\n,bob,3,,,,\n");
    cyn_relation spec = per(CYN_FIRST, "n");
    cyn_relation_input in = over(t, &all_time, 1);
    check_relation(&spec, &in, "0 ann 2\n0 bob -\n");
    in.time = NULL;
    check_relation_fails(&spec, &in, CYN_E_NAME,
                         "a per needs the time of its rows, and source 'events' has no time "
                         "column");
    cyn_table_unref(t);
}

static void test_a_source_without_time_is_in_every_interval(void) /* P-2 */
{
    cyn_table *t = table_of(specs, COLUMNS, lines);
    cyn_interval days[] = {{0, 1}, {5, 6}};
    cyn_relation spec = per(CYN_COUNT, NULL);
    cyn_relation_input in = over(t, days, 2);
    in.time = NULL;
    check_relation(&spec, &in, "0 ann 4\n0 bob 2\n1 ann 4\n1 bob 2\n");
    cyn_table_unref(t);
}

static void test_each_segment_has_entities_of_its_own(void) /* R-3, M-6 */
{
    cyn_table *t = table_of(specs, COLUMNS, lines);
    const char *groups[] = {"channel", "ok"}, *names[] = {"via", "fine"};
    cyn_relation spec = per(CYN_COUNT, NULL);
    cyn_relation_input in = over(t, &all_time, 1);
    in.groups = groups;
    in.group_names = names;
    in.ngroups = 2;
    check_relation(&spec, &in,
                   "0 ann 1 - true\n0 ann 1 ads -\n0 ann 1 ads true\n0 ann 1 web false\n"
                   "0 bob 2 ads true\n");
    cyn_table_unref(t);
}

static void test_the_filter_comes_first(void)
{
    cyn_table *t = table_of(specs, COLUMNS, lines);
    cyn_expr ok = column("ok");
    cyn_relation spec = per(CYN_COUNT, NULL);
    cyn_relation_input in = over(t, &all_time, 1);
    in.where = &ok;
    check_relation(&spec, &in, "0 ann 2\n0 bob 2\n");
    cyn_table_unref(t);
}

static void test_an_entity_may_be_of_any_type_or_a_condition(void)
{
    cyn_table *t = table_of(specs, COLUMNS, lines);
    cyn_expr n = column("n"), x = column("x"), ok = column("ok"), nil = {.kind = CYN_EXPR_CONST};
    cyn_expr known = {.kind = CYN_EXPR_EQUALS, .a = &ok, .b = &nil};
    cyn_expr word = {.kind = CYN_EXPR_CONST,
                     .value = {.kind = CYN_CONST_TEXT, .s = "everyone", .n = 8}};
    cyn_relation spec = per(CYN_COUNT, NULL);
    cyn_relation_input in = over(t, &all_time, 1);
    spec.entity = &n;
    check_relation(&spec, &in, "0 1 1\n0 2 1\n0 4 2\n0 7 1\n0 9 1\n");
    spec.entity = &x;
    check_relation(&spec, &in, "0 0.25 1\n0 0.5 2\n0 1 1\n0 1e+300 1\n0 9 1\n");
    spec.entity = &known;
    check_relation(&spec, &in, "0 false 6\n0 true 1\n");
    spec.entity = &word;
    check_relation(&spec, &in, "0 everyone 7\n");
    spec.entity = &nil;
    check_relation(&spec, &in, "");
    cyn_table_unref(t);
}

static void test_a_per_of_a_per_stays_in_its_intervals(void) /* */
{
    static const cyn_column_spec made[] = {
        {"#interval", CYN_INTEGER, 0}, {"who", CYN_TEXT, 0}, {"value", CYN_INTEGER, 0}};
    cyn_table *t = table_of(made, 3, "1,a,5\n0,a,2\n0,b,2\n2,b,7\n0,a,4\n");
    cyn_interval days[] = {{100, 200}, {0, 300}, {7, 8}, {8, 9}};
    cyn_relation_input in = over(t, days, 4);
    cyn_relation spec = per(CYN_SUM, "value");
    in.time = NULL;
    in.interval = "#interval";
    check_relation(&spec, &in, "0 a 6\n0 b 2\n1 a 5\n2 b 7\n");
    cyn_table_unref(t);
}

static void test_no_rows_give_no_rows(void)
{
    cyn_table *t = table_of(specs, COLUMNS, "");
    cyn_relation spec = per(CYN_FIRST, "channel");
    cyn_relation_input in = over(t, &all_time, 1);
    check_relation(&spec, &in, "");
    const char *channel = "channel";
    in.groups = in.group_names = &channel;
    in.ngroups = 1;
    check_relation(&spec, &in, "");
    in.nintervals = 0;
    check_relation(&spec, &in, "");
    cyn_table_unref(t);
}

static void test_what_cannot_be_computed_says_why(void)
{
    cyn_table *t = table_of(specs, COLUMNS,
                            "2026-01-01,a,9223372036854775807,,,,\n"
                            "2026-01-01,a,1,,,,\n");
    cyn_relation_input in = over(t, &all_time, 1);
    cyn_relation spec = per(CYN_SUM, "n");
    check_relation_fails(&spec, &in, CYN_E_RANGE, "sum of 'n' per entity does not fit 64 bits");
    spec = per(CYN_MEAN, "channel");
    check_relation_fails(
        &spec, &in, CYN_E_TYPE,
        "mean of 'channel' per entity: it is of type text, expected a number or a boolean");
    spec = per(CYN_SUM, NULL);
    check_relation_fails(&spec, &in, CYN_E_TYPE,
                         "sum per entity of source 'events' needs an argument");
    spec = per(CYN_SUM, "nn");
    check_relation_fails(&spec, &in, CYN_E_NAME, "no column 'nn' in source 'events'");
    spec = per(CYN_PERCENTILE, "n");
    spec.p = 101;
    check_relation_fails(&spec, &in, CYN_E_RANGE,
                         "percentile 101 of type 7, expected 0 … 100 and 1 … 9");
    spec = per(CYN_COUNT, NULL);
    in.time = "n";
    check_relation_fails(&spec, &in, CYN_E_TYPE,
                         "the time of a per over source 'events' is of type integer, expected "
                         "timestamp or date");
    cyn_table_unref(t);
}

static void test_exhausted_memory_and_cancelling_are_ordinary_errors(void)
{
    const char *channel = "channel";
    cyn_table *t = table_of(specs, COLUMNS, lines);
    cyn_relation spec = per(CYN_FIRST, "channel");
    cyn_relation_input in = over(t, &all_time, 1);
    cyn_expr nil = {.kind = CYN_EXPR_CONST}, ok = column("ok");
    cyn_expr known = {.kind = CYN_EXPR_EQUALS, .a = &ok, .b = &nil};
    in.groups = in.group_names = &channel;
    in.ngroups = 1;
    in.where = &ok;
    check_relation_out_of_memory(&spec, &in);
    check_relation_cancelled(&spec, &in);
    spec = per(CYN_DISTINCT, "x");
    spec.entity = &known;
    check_relation_out_of_memory(&spec, &in);
    cyn_table_unref(t);
}

/* ---- random rows against the obvious way ---- */

static uint64_t seed;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

enum { MOST = 150, ENTITIES = 7, INTERVALS = 6 };
typedef struct random_row {
    int time, entity, value; /* of an entity -1: missing */
} random_row;
#define NO_VALUE INT_MAX
#define NOTHING  INT64_MIN

static int compare_random_rows(const void *a, const void *b)
{
    const random_row *x = a, *y = b;
    return (x->time > y->time) - (x->time < y->time);
}

/* The sum of the entity's values in the interval, or the number of its rows; -1 when there are
 * none.
 */
static int64_t slow_value(cyn_agg_func func, const random_row *rows, size_t n, cyn_interval i,
                          int entity)
{
    int64_t sum = 0;
    bool any = false;
    for (size_t r = 0; r < n; r++) {
        if (rows[r].entity != entity || rows[r].time < i.start || rows[r].time >= i.end) continue;
        any = true;
        if (func == CYN_COUNT) sum++;
        if (func == CYN_SUM && rows[r].value != NO_VALUE) sum += rows[r].value;
    }
    return any ? sum : NOTHING;
}

/* In the order of time, an interval after the other; or neither. */
static void check_random_rows(cyn_agg_func func, bool ordered)
{
    static const cyn_column_spec columns[] = {
        {"t", CYN_TIMESTAMP, 0}, {"who", CYN_INTEGER, 0}, {"n", CYN_INTEGER, 0}};
    random_row rows[MOST];
    cyn_interval intervals[INTERVALS];
    size_t n = below(MOST), found = 0;
    cyn_builder *b;
    cyn_table *t, *made = NULL;
    if (cyn_builder_new(columns, 3, &b, NULL) != CYN_OK) exit(1);
    for (size_t r = 0; r < n; r++) {
        int value = below(40) ? (int)below(4) : (int)below(1U << below(20)) - 1000;
        rows[r] =
            (random_row){(int)below(60), (int)below(ENTITIES + 1) - 1, below(5) ? value : NO_VALUE};
    }
    if (ordered) qsort(rows, n, sizeof *rows, compare_random_rows);
    for (size_t r = 0; r < n; r++) {
        (void)cyn_builder_i64(b, 0, rows[r].time);
        if (rows[r].entity >= 0) (void)cyn_builder_i64(b, 1, rows[r].entity);
        if (rows[r].value != NO_VALUE) (void)cyn_builder_i64(b, 2, rows[r].value);
        if (cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    for (size_t i = 0; i < INTERVALS; i++) {
        int start = ordered ? 10 * (int)i - 2 : (int)below(70) - 5;
        intervals[i] = (cyn_interval){start, start + (ordered ? 10 : (int)below(40))};
    }
    cyn_relation spec = per(func, func == CYN_SUM ? "n" : NULL);
    cyn_relation_input in = over(t, intervals, INTERVALS);
    CHECK(cyn_exec_relation(&spec, &in, NULL, &made, NULL) == CYN_OK);
    for (size_t r = 0; made && r < cyn_table_rows(made); r++) {
        int64_t interval = cyn_column_integer(cyn_table_column(made, 0), r);
        int64_t entity = cyn_column_integer(cyn_table_column(made, 1), r);
        CHECK_INT(cyn_column_integer(cyn_table_column(made, 2), r),
                  slow_value(func, rows, n, intervals[interval], (int)entity));
    }
    for (size_t i = 0; i < INTERVALS; i++) {
        for (int e = 0; e < ENTITIES; e++)
            found += slow_value(func, rows, n, intervals[i], e) != NOTHING;
    }
    CHECK_INT(made ? cyn_table_rows(made) : 0, found);
    cyn_table_unref(made);
    cyn_table_unref(t);
}

static void test_random_rows_agree_with_the_slow_way(void)
{
    for (int round = 0; round < 300; round++) {
        seed = (uint64_t)round;
        check_random_rows(CYN_SUM, false);
        check_random_rows(CYN_COUNT, false);
        check_random_rows(CYN_SUM, true);
        check_random_rows(CYN_COUNT, true);
        if (test_failed_here) {
            printf("# seed %d\n", round);
            return;
        }
    }
}

int main(void)
{
    RUN(test_every_function_follows_the_rules_of_aggregates);
    RUN(test_the_least_the_greatest_the_first_and_the_last_keep_their_type);
    RUN(test_a_row_counts_in_each_interval_that_holds_it);
    RUN(test_a_row_without_time_is_neither_first_nor_last);
    RUN(test_a_source_without_time_is_in_every_interval);
    RUN(test_each_segment_has_entities_of_its_own);
    RUN(test_the_filter_comes_first);
    RUN(test_an_entity_may_be_of_any_type_or_a_condition);
    RUN(test_a_per_of_a_per_stays_in_its_intervals);
    RUN(test_no_rows_give_no_rows);
    RUN(test_what_cannot_be_computed_says_why);
    RUN(test_exhausted_memory_and_cancelling_are_ordinary_errors);
    RUN(test_random_rows_agree_with_the_slow_way);
    return test_end();
}
