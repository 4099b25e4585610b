/* Balances and movements, by hand. Rules B-… of docs/numerics.md; test_balance_random.c has the
 * rest. */
#include "relation_rows.h"

static cyn_calendar utc = {.week_start = 1, .fiscal_month = 1};
static const cyn_view base = {.source = "subscriptions"};
static const cyn_expr who = {.kind = CYN_EXPR_COLUMN, .name = "who"};
static const cyn_expr mrr = {.kind = CYN_EXPR_COLUMN, .name = "mrr", .text = "mrr"};
static const cyn_expr from = {.kind = CYN_EXPR_COLUMN, .name = "from"};
static const cyn_expr to = {.kind = CYN_EXPR_COLUMN, .name = "to"};

static cyn_relation validity(cyn_relation_kind kind)
{
    return (cyn_relation){
        .kind = kind, .base = &base, .entity = &who, .arg = &mrr, .from = &from, .to = &to};
}

static cyn_relation snapshots(cyn_relation_kind kind)
{
    return (cyn_relation){.kind = kind, .base = &base, .entity = &who, .arg = &mrr};
}

/* The first n months of 2026, in the calendar's zone. */
static cyn_relation_input months(const cyn_table *t, cyn_interval *intervals, size_t n)
{
    cyn_grain month = {CYN_MONTH, 1};
    cyn_period p = cyn_period_at(&utc, month, instant("2026-01-15"));
    for (size_t i = 0; i < n; i++, p = cyn_period_shift(&utc, p, 1))
        intervals[i] = (cyn_interval){p.start, p.end};
    return (cyn_relation_input){.table = t,
                                .calendar = &utc,
                                .intervals = intervals,
                                .nintervals = n,
                                .grain = month,
                                .now = instant("2030-01-01")};
}

static const cyn_column_spec instants[] = {{"who", CYN_TEXT, 0},
                                           {"from", CYN_TIMESTAMP, 0},
                                           {"to", CYN_TIMESTAMP, 0},
                                           {"mrr", CYN_INTEGER, 0},
                                           {"plan", CYN_TEXT, 0}};
static const cyn_column_spec dates[] = {
    {"who", CYN_TEXT, 0}, {"from", CYN_DATE, 0}, {"to", CYN_DATE, 0}, {"mrr", CYN_DECIMAL, 2}};
static const cyn_column_spec states[] = {
    {"who", CYN_TEXT, 0}, {"t", CYN_TIMESTAMP, 0}, {"mrr", CYN_REAL, 0}};

static void test_a_balance_is_the_state_in_the_last_moment_of_the_period(void) /* B-1 */
{
    cyn_interval i[2];
    cyn_table *t = table_of(instants, 5,
                            "at-end,2026-01-01,2026-02-01,1,\n" /* until E: in force before */
                            "early,2026-01-01,2026-01-31T23:59:59.999999Z,2,\n"
                            "late,2026-02-01,,3,\n" /* from E on: not yet */
                            "just,2026-01-31T23:59:59.999999Z,,4,\n"
                            "never,2026-01-05,2026-01-05,5,\n"
                            "turned,2026-03-05,2026-01-05,5,\n"
                            "unknown,,2026-03-01,6,\n" /* no start: no validity */
                            ",2026-01-01,,7,\n"        /* no entity */
                            "nothing,2026-01-01,,0,\n"
                            "missing,2026-01-01,,,\n");
    cyn_relation_input in = months(t, i, 2);
    cyn_relation spec = validity(CYN_BALANCE);
    check_relation(&spec, &in, "0 at-end 1\n0 just 4\n1 just 4\n1 late 3\n");
    cyn_table_unref(t);
}

static void test_rows_of_one_entity_add_up(void) /* B-3 */
{
    cyn_interval i[2];
    cyn_table *t = table_of(dates, 4,
                            "a,2026-01-01,2026-02-10,10.50\na,2026-01-15,,0.25\n"
                            "b,2026-01-01,,5\nb,2026-01-02,2026-02-15,-5\n");
    cyn_relation_input in = months(t, i, 2);
    cyn_relation spec = validity(CYN_BALANCE);
    check_relation(&spec, &in, "0 a 10.75\n1 a 0.25\n1 b 5.00\n");
    spec.arg = NULL; /* how many rows are in force */
    check_relation(&spec, &in, "0 a 2\n0 b 2\n1 a 1\n1 b 1\n");
    cyn_table_unref(t);
}

/* Tokyo's 1 February begins at 2026-01-31T15:00Z. */
static void test_dates_are_midnights_of_the_calendar(void) /* B-1, P-4 */
{
    cyn_interval i[1];
    cyn_tz *tokyo;
    if (cyn_tz_load("Asia/Tokyo", &tokyo, NULL) != CYN_OK) exit(1);
    utc.tz = tokyo;
    cyn_table *t = table_of(dates, 4, "in,2026-01-31,2026-02-01,1\nout,2026-02-01,,1\n");
    cyn_relation_input in = months(t, i, 1);
    cyn_relation spec = validity(CYN_BALANCE);
    CHECK_INT(i[0].end, instant("2026-01-31T15:00:00Z"));
    check_relation(&spec, &in, "0 in 1.00\n");
    utc.tz = NULL;
    cyn_table_unref(t);
    cyn_tz_free(tokyo);
}

static void test_a_period_that_has_not_ended_stands_as_it_is_now(void) /* B-2 */
{
    cyn_interval i[3];
    cyn_table *t = table_of(instants, 5,
                            "stays,2026-01-01,,1,\nleaves,2026-01-01,2026-02-20,2,\n"
                            "comes,2026-02-20,,3,\n");
    cyn_relation_input in = months(t, i, 3);
    cyn_relation spec = validity(CYN_BALANCE);
    in.now = instant("2026-02-10");
    check_relation(&spec, &in, "0 leaves 2\n0 stays 1\n1 leaves 2\n1 stays 1\n");
    i[0] = (cyn_interval){CYN_TIME_MIN, CYN_TIME_MAX};
    in.nintervals = 1;
    check_relation(&spec, &in, "0 leaves 2\n0 stays 1\n");
    cyn_table_unref(t);
}

static void test_the_last_snapshot_of_a_period_stands_for_its_end(void) /* B-4 */
{
    cyn_interval i[4];
    cyn_table *t = table_of(states, 3,
                            "a,2026-01-31,2\na,2026-01-31,0.5\nb,2026-01-31,1\n"
                            "a,2026-01-10,9\nc,2026-01-10,9\n"
                            "b,2026-04-30,3\n");
    cyn_relation_input in = months(t, i, 4);
    cyn_relation spec = snapshots(CYN_BALANCE);
    in.time = "t";
    /* c has left by the 31st; February and March have no snapshot, so no rows. */
    check_relation(&spec, &in, "0 a 2.5\n0 b 1\n3 b 3\n");
    cyn_table_unref(t);
}

static void test_the_filter_hides_rows_and_no_snapshots(void) /* B-4 */
{
    static const cyn_column_spec specs[] = {{"who", CYN_TEXT, 0},
                                            {"t", CYN_TIMESTAMP, 0},
                                            {"mrr", CYN_INTEGER, 0},
                                            {"pro", CYN_BOOLEAN, 0}};
    cyn_interval i[1];
    cyn_expr pro = column("pro");
    cyn_table *t = table_of(specs, 4, "a,2026-01-10,9,1\nb,2026-01-31,1,0\n");
    cyn_relation_input in = months(t, i, 1);
    cyn_relation spec = snapshots(CYN_BALANCE);
    in.time = "t";
    in.where = &pro;
    check_relation(&spec, &in, "");
    cyn_table_unref(t);
}

/* #interval entity opening closing new expansion contraction churn reactivation */
static void test_a_movement_names_what_became_of_each_entity(void) /* B-6 */
{
    cyn_interval i[2];
    cyn_table *t = table_of(instants, 5,
                            "same,2025-01-01,,5,\n"
                            "new,2026-01-10,,3,\n"
                            "more,2025-01-01,2026-01-10,1,\nmore,2026-01-10,,4,\n"
                            "less,2025-01-01,2026-01-10,4,\nless,2026-01-10,,1,\n"
                            "gone,2025-01-01,2026-01-10,2,\n"
                            "back,2025-01-01,2025-06-01,2,\nback,2026-01-10,,7,\n"
                            "short,2026-01-03,2026-01-20,9,\n");
    cyn_relation_input in = months(t, i, 2);
    cyn_relation spec = validity(CYN_MOVEMENT);
    in.nintervals = 1;
    check_relation(&spec, &in,
                   "0 back 0 7 0 0 0 0 7\n0 gone 2 0 0 0 0 2 0\n0 less 4 1 0 0 3 0 0\n"
                   "0 more 1 4 0 3 0 0 0\n0 new 0 3 3 0 0 0 0\n0 same 5 5 0 0 0 0 0\n");
    in.nintervals = 2;
    i[0] = i[1]; /* February, twice: intervals may overlap */
    check_relation(&spec, &in,
                   "0 back 7 7 0 0 0 0 0\n0 less 1 1 0 0 0 0 0\n0 more 4 4 0 0 0 0 0\n"
                   "0 new 3 3 0 0 0 0 0\n0 same 5 5 0 0 0 0 0\n"
                   "1 back 7 7 0 0 0 0 0\n1 less 1 1 0 0 0 0 0\n1 more 4 4 0 0 0 0 0\n"
                   "1 new 3 3 0 0 0 0 0\n1 same 5 5 0 0 0 0 0\n");
    cyn_table_unref(t);
}

static void test_seen_before_is_asked_at_period_ends(void) /* B-7 */
{
    cyn_interval i[1];
    cyn_table *t = table_of(instants, 5,
                            "a,2025-11-03,2025-11-20,9,\na,2026-01-10,,3,\n"
                            "b,2025-11-03,2025-12-01,9,\nb,2026-01-10,,3,\n");
    cyn_relation_input in = months(t, i, 1);
    cyn_relation spec = validity(CYN_MOVEMENT);
    /* a was there within November only, b at its end. */
    check_relation(&spec, &in, "0 a 0 3 3 0 0 0 0\n0 b 0 3 0 0 0 0 3\n");
    in.grain = (cyn_grain){CYN_WEEK, 1}; /* a was there at the end of 9 November */
    check_relation(&spec, &in, "0 a 0 3 0 0 0 0 3\n0 b 0 3 0 0 0 0 3\n");
    in.grain = (cyn_grain){CYN_ALL, 1};
    check_relation(&spec, &in, "0 a 0 3 0 0 0 0 3\n0 b 0 3 0 0 0 0 3\n");
    cyn_table_unref(t);
}

static void test_below_zero_there_is_no_customer_and_the_sum_still_holds(void) /* B-6 */
{
    cyn_interval i[1];
    cyn_table *t = table_of(instants, 5,
                            "up,2025-12-01,2026-01-10,-2,\nup,2026-01-10,,3,\n"
                            "down,2025-12-01,2026-01-10,2,\ndown,2026-01-10,,-3,\n"
                            "deeper,2025-12-01,2026-01-10,-2,\ndeeper,2026-01-10,,-3,\n"
                            "repaid,2025-12-01,2026-01-10,-2,\n");
    cyn_relation_input in = months(t, i, 1);
    cyn_relation spec = validity(CYN_MOVEMENT);
    check_relation(&spec, &in,
                   "0 deeper -2 -3 0 0 1 0 0\n0 down 2 -3 0 0 0 5 0\n"
                   "0 repaid -2 0 0 2 0 0 0\n0 up -2 3 5 0 0 0 0\n");
    cyn_table_unref(t);
}

static void test_a_movement_between_snapshots_opens_with_the_one_before(void) /* B-5 */
{
    cyn_interval i[4];
    cyn_table *t = table_of(states, 3,
                            "a,2026-01-31,2\nb,2026-01-31,1\n"
                            "b,2026-02-28,1.5\nc,2026-02-28,1\n"
                            "a,2026-04-30,4\nc,2026-04-30,1\n");
    cyn_relation_input in = months(t, i, 4);
    cyn_relation spec = snapshots(CYN_MOVEMENT);
    in.time = "t";
    check_relation(&spec, &in,
                   "0 a 0 2 2 0 0 0 0\n0 b 0 1 1 0 0 0 0\n"
                   "1 a 2 0 0 0 0 2 0\n1 b 1 1.5 0 0.5 0 0 0\n1 c 0 1 1 0 0 0 0\n"
                   "3 a 0 4 0 0 0 0 4\n3 b 1.5 0 0 0 0 1.5 0\n3 c 1 1 0 0 0 0 0\n");
    cyn_table_unref(t);
}

static void test_a_segment_has_movements_of_its_own(void) /* B-8 */
{
    const char *plan = "plan";
    cyn_interval i[1];
    cyn_table *t = table_of(instants, 5, "a,2025-01-01,2026-01-10,2,basic\na,2026-01-10,,5,pro\n");
    cyn_relation_input in = months(t, i, 1);
    cyn_relation spec = validity(CYN_MOVEMENT);
    in.groups = in.group_names = &plan;
    in.ngroups = 1;
    check_relation(&spec, &in, "0 a 0 5 5 0 0 0 0 pro\n0 a 2 0 0 0 0 2 0 basic\n");
    cyn_table_unref(t);
}

static void test_what_cannot_be_a_balance_says_why(void)
{
    cyn_interval i[1];
    cyn_table *t = table_of(instants, 5,
                            "a,2025-01-01,,9223372036854775807,basic\n"
                            "a,2025-01-01,,1,basic\n");
    cyn_expr plan = column("plan");
    cyn_relation_input in = months(t, i, 1);
    cyn_relation spec = validity(CYN_BALANCE);
    check_relation_fails(&spec, &in, CYN_E_RANGE,
                         "the balance of an entity of source 'subscriptions' does not fit 64 bits");
    spec.arg = &plan;
    check_relation_fails(
        &spec, &in, CYN_E_TYPE,
        "the value of a balance over source 'subscriptions' is of type text, expected a number");
    spec = validity(CYN_MOVEMENT);
    spec.from = &plan;
    check_relation_fails(&spec, &in, CYN_E_TYPE,
                         "the start ('from') of a movement over source 'subscriptions' is of type "
                         "text, expected timestamp or date");
    spec.from = NULL;
    check_relation_fails(&spec, &in, CYN_E_CONFLICT,
                         "a movement with 'to' needs 'from', the start of each row's validity");
    spec = snapshots(CYN_BALANCE);
    check_relation_fails(
        &spec, &in, CYN_E_NAME,
        "a balance needs the time of its rows, and source 'subscriptions' has no time column");
    in.interval = "mrr";
    check_relation_fails(&spec, &in, CYN_E_UNSUPPORTED,
                         "a balance cannot be made of rows that belong to periods themselves, as "
                         "those of a per, a balance and a movement do");
    cyn_table_unref(t);
}

static void test_exhausted_memory_and_cancelling_are_ordinary_errors(void)
{
    cyn_interval i[2];
    cyn_table *t = table_of(states, 3, "b,2026-02-28,1.5\na,2026-01-31,2\nb,2026-01-31,1\n");
    cyn_relation_input in = months(t, i, 2);
    cyn_relation spec = snapshots(CYN_MOVEMENT);
    in.time = "t";
    check_relation_out_of_memory(&spec, &in);
    check_relation_cancelled(&spec, &in);
    cyn_table_unref(t);
    t = table_of(dates, 4, "a,2026-01-31,2026-02-01,1\na,2026-02-01,,1\n");
    spec = validity(CYN_BALANCE);
    in.table = t;
    check_relation_out_of_memory(&spec, &in);
    check_relation_cancelled(&spec, &in);
    cyn_table_unref(t);
}

int main(void)
{
    RUN(test_a_balance_is_the_state_in_the_last_moment_of_the_period);
    RUN(test_rows_of_one_entity_add_up);
    RUN(test_dates_are_midnights_of_the_calendar);
    RUN(test_a_period_that_has_not_ended_stands_as_it_is_now);
    RUN(test_the_last_snapshot_of_a_period_stands_for_its_end);
    RUN(test_the_filter_hides_rows_and_no_snapshots);
    RUN(test_a_movement_names_what_became_of_each_entity);
    RUN(test_seen_before_is_asked_at_period_ends);
    RUN(test_below_zero_there_is_no_customer_and_the_sum_still_holds);
    RUN(test_a_movement_between_snapshots_opens_with_the_one_before);
    RUN(test_a_segment_has_movements_of_its_own);
    RUN(test_what_cannot_be_a_balance_says_why);
    RUN(test_exhausted_memory_and_cancelling_are_ordinary_errors);
    return test_end();
}
