/* Rows of cells: which they are, and in what order (docs/numerics.md, U-1, U-2). */
#include "exec/gather.h"
#include "plan/expr.h"
#include "test.h"

/* Rows as they stand: time, segment, whether the filter keeps them. -1: no time. */
typedef struct item {
    int64_t time;
    const char *segment;
    bool keep;
} item;

static cyn_table *make_table(const item *items, size_t n)
{
    static const cyn_column_spec specs[] = {
        {"ts", CYN_TIMESTAMP, 0}, {"segment", CYN_TEXT, 0}, {"keep", CYN_BOOLEAN, 0}};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    CHECK_INT(cyn_builder_new(specs, 3, &b, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++) {
        if (items[i].time >= 0) CHECK(cyn_builder_i64(b, 0, items[i].time));
        CHECK(cyn_builder_text(b, 1, items[i].segment, strlen(items[i].segment)));
        CHECK(cyn_builder_i64(b, 2, items[i].keep));
        CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
    }
    CHECK_INT(cyn_builder_finish(b, &t, NULL), CYN_OK);
    return t;
}

static const cyn_expr keep = {.kind = CYN_EXPR_COLUMN, .text = "keep", .name = "keep"};
static const cyn_plan_agg count = {.func = CYN_COUNT, .where = &keep};

/* "1 2|3" are the rows of two cells; cells of a segment, then those of the next. */
static void check(const item *items, size_t n, cyn_plan plan, const char *expected)
{
    char out[400] = "";
    size_t at = 0, rows = 0;
    cyn_table *t = make_table(items, n);
    cyn_tz *tz = NULL;
    cyn_gathered *g = NULL;
    CHECK_INT(cyn_tz_load("UTC", &tz, NULL), CYN_OK);
    plan.source = "events";
    plan.tz = tz;
    plan.aggs = &count;
    plan.naggs = 1;
    CHECK_INT(cyn_exec_gather(&plan, t, NULL, &g, NULL), CYN_OK);
    for (size_t s = 0; g && s < cyn_gathered_segments(g); s++) {
        for (size_t i = 0; i < plan.nintervals; i++) {
            const uint32_t *row = cyn_gathered_rows(g, s, i, &rows);
            if (s + i > 0) at += (size_t)snprintf(out + at, sizeof out - at, "|");
            for (size_t k = 0; k < rows; k++)
                at += (size_t)snprintf(out + at, sizeof out - at, "%s%u", k ? " " : "", row[k]);
        }
    }
    CHECK_STR(out, expected);
    cyn_gathered_free(g);
    cyn_tz_free(tz);
    cyn_table_unref(t);
}

static const item mixed[] = {{25, "b", true}, {5, "a", true},  {15, "a", true}, {7, "a", false},
                             {5, "a", true},  {35, "a", true}, {-1, "a", true}, {3, "b", true}};
#define MIXED mixed, sizeof mixed / sizeof *mixed

static const char *const by_segment[] = {"segment"};

static void test_rows_of_an_interval_come_by_time_then_as_they_stand(void) /* U-2 */
{
    static const cyn_interval in[] = {{0, 10}, {10, 20}, {20, 30}};
    check(MIXED, (cyn_plan){.time = "ts", .intervals = in, .nintervals = 3}, "7 1 4|2|0");
}

static void test_segments_are_sorted_by_value_and_rows_filtered(void)
{
    static const cyn_interval in[] = {{0, 10}, {10, 40}};
    cyn_plan plan = {
        .time = "ts", .intervals = in, .nintervals = 2, .groups = by_segment, .ngroups = 1};
    check(MIXED, plan, "1 4|2 5|7|0");
}

static void test_intervals_may_overlap_and_leave_gaps(void)
{
    static const cyn_interval in[] = {{0, 20}, {5, 6}, {5, 30}, {30, 40}};
    check(MIXED, (cyn_plan){.time = "ts", .intervals = in, .nintervals = 4},
          "7 1 4 2|1 4|1 4 2 0|5");
}

static void test_only_the_whole_of_time_has_rows_without_time_and_they_come_last(void)
{
    static const cyn_interval all[] = {{CYN_TIME_MIN, CYN_TIME_MAX}},
                              both[] = {{CYN_TIME_MIN, CYN_TIME_MAX}, {20, 40}};
    check(MIXED, (cyn_plan){.time = "ts", .intervals = all, .nintervals = 1}, "7 1 4 2 0 5 6");
    check(MIXED, (cyn_plan){.time = "ts", .intervals = both, .nintervals = 2}, "7 1 4 2 0 5 6|0 5");
}

static void test_a_snapshot_has_all_rows_in_every_interval_as_they_stand(void)
{
    static const cyn_interval in[] = {{0, 10}, {10, 20}};
    check(MIXED, (cyn_plan){.intervals = in, .nintervals = 2}, "0 1 2 4 5 6 7|0 1 2 4 5 6 7");
}

static void test_a_column_may_say_which_interval_a_row_is_in(void)
{
    static const cyn_column_spec specs[] = {{"#interval", CYN_INTEGER, 0}};
    static const cyn_interval in[] = {{0, 10}, {10, 20}};
    static const int64_t numbers[] = {1, 0, 1};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    cyn_gathered *g = NULL;
    size_t n = 0;
    CHECK_INT(cyn_builder_new(specs, 1, &b, NULL), CYN_OK);
    for (size_t i = 0; i < 3; i++)
        CHECK(cyn_builder_i64(b, 0, numbers[i]) && cyn_builder_end_row(b, NULL) == CYN_OK);
    CHECK_INT(cyn_builder_finish(b, &t, NULL), CYN_OK);
    const cyn_plan_agg all = {.func = CYN_COUNT};
    const cyn_plan plan = {.source = "events",
                           .interval = "#interval",
                           .intervals = in,
                           .nintervals = 2,
                           .aggs = &all,
                           .naggs = 1};
    CHECK_INT(cyn_exec_gather(&plan, t, NULL, &g, NULL), CYN_OK);
    const uint32_t *second = cyn_gathered_rows(g, 0, 1, &n);
    CHECK(n == 2 && second[0] == 0 && second[1] == 2);
    cyn_gathered_rows(g, 0, 0, &n);
    CHECK_INT(n, 1);
    cyn_gathered_free(g);
    cyn_table_unref(t);
}

static void test_no_rows_at_all_are_empty_cells(void)
{
    static const cyn_interval in[] = {{0, 10}, {5, 20}};
    check(mixed, 0, (cyn_plan){.time = "ts", .intervals = in, .nintervals = 2}, "|");
}

int main(void)
{
    RUN(test_rows_of_an_interval_come_by_time_then_as_they_stand);
    RUN(test_segments_are_sorted_by_value_and_rows_filtered);
    RUN(test_intervals_may_overlap_and_leave_gaps);
    RUN(test_only_the_whole_of_time_has_rows_without_time_and_they_come_last);
    RUN(test_a_snapshot_has_all_rows_in_every_interval_as_they_stand);
    RUN(test_a_column_may_say_which_interval_a_row_is_in);
    RUN(test_no_rows_at_all_are_empty_cells);
    return test_end();
}
