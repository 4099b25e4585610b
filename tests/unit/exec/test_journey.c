/* Journeys: one rule of docs/numerics.md at a time, then random ones against the obvious way. */
#include "cohort.h"

static cyn_expr what, who, product, signup, aha, buy, is_signup, is_aha, is_buy;
static cyn_journey_step steps[3];

static void name_steps(void)
{
    who = column("who");
    what = column("what");
    product = column("product");
    signup = text("signup");
    aha = text("aha");
    buy = text("buy");
    is_signup = equals(&what, &signup);
    is_aha = equals(&what, &aha);
    is_buy = equals(&what, &buy);
    steps[0] = (cyn_journey_step){.when = &is_signup};
    steps[1] = (cyn_journey_step){.when = &is_aha};
    steps[2] = (cyn_journey_step){.when = &is_buy};
}

static cyn_relation journey(size_t nsteps)
{
    return (cyn_relation){
        .kind = CYN_JOURNEY, .base = &all_events, .entity = &who, .steps = steps, .nsteps = nsteps};
}

static cyn_relation_input over(const cyn_table *t)
{
    return (cyn_relation_input){
        .table = t, .time = "t", .calendar = &utc, .now = at("2026-12-01T00:00:00Z")};
}

/* The time of a step of an entity's n-th attempt. */
static void check_step(const cyn_table *t, const char *entity, size_t n, const char *step,
                       const char *want)
{
    CHECK_INT(cell(t, step, row_of(t, entity, n)), want ? at(want) : MISSING);
}

static void test_the_first_touch_begins_and_the_earliest_row_serves(void) /* J-1 … J-4 */
{
    const event rows[] = {
        {"2026-09-01T08:00:00Z", "ann", "buy", NULL, 0}, /* before step 1: not seen */
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T10:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T10:00:00Z", "bob", "aha", NULL, 0},
        {"2026-09-01T11:00:00Z", "ann", "aha", NULL, 0},
        {"2026-09-01T11:30:00Z", "cy", "signup", NULL, 0},
        {"2026-09-01T12:00:00Z", "ann", "aha", NULL, 0},
        {"2026-09-01T13:00:00Z", "ann", "buy", NULL, 0},
        {"2026-09-01T14:00:00Z", "cy", "buy", NULL, 0}, /* step 3 without step 2 */
        {NULL, "cy", "aha", NULL, 0},                   /* no time: at no place in the order */
        {"2026-09-01T15:00:00Z", NULL, "signup", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(3);
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    CHECK_INT(cyn_table_rows(j), 2);
    size_t ann = row_of(j, "ann", 0), cy = row_of(j, "cy", 0);
    check_step(j, "ann", 0, "time", "2026-09-01T09:00:00Z");
    check_step(j, "ann", 0, "t1", "2026-09-01T09:00:00Z");
    check_step(j, "ann", 0, "t2", "2026-09-01T11:00:00Z");
    check_step(j, "ann", 0, "t3", "2026-09-01T13:00:00Z");
    CHECK_INT(cell(j, "reached", ann), 3);
    CHECK_INT(cell(j, "reached_3", ann), 1);
    check_step(j, "cy", 0, "t2", NULL);
    check_step(j, "cy", 0, "t3", NULL);
    CHECK_INT(cell(j, "reached", cy), 1);
    CHECK_INT(cell(j, "reached_1", cy), 1);
    CHECK_INT(cell(j, "reached_2", cy), 0);
    CHECK_INT(find(j, "time")->type, CYN_TIMESTAMP);
    CHECK_INT(find(j, "reached")->type, CYN_INTEGER);
    CHECK_INT(find(j, "reached_2")->type, CYN_BOOLEAN);
    CHECK_INT(find(j, "immature")->type, CYN_BOOLEAN);
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_rows_of_equal_time_keep_the_order_of_the_table(void) /* J-2 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "aha", NULL, 0},
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T09:00:00Z", "bob", "signup", NULL, 0},
        {"2026-09-01T09:00:00Z", "bob", "aha", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(2);
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    check_step(j, "ann", 0, "t2", NULL);
    check_step(j, "bob", 0, "t2", "2026-09-01T09:00:00Z");
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_one_row_never_serves_two_steps(void) /* J-4 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "buy", NULL, 0},
        {"2026-09-02T09:00:00Z", "ann", "buy", NULL, 0},
        {"2026-09-02T10:00:00Z", "bob", "buy", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    steps[0].when = steps[1].when = &is_buy;
    cyn_relation spec = journey(2);
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    check_step(j, "ann", 0, "t2", "2026-09-02T09:00:00Z");
    check_step(j, "bob", 0, "t2", NULL);
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_windows_include_their_last_moment(void) /* J-5 */
{
    const event rows[] = {
        {"2026-09-01T00:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T00:00:00Z", "bob", "signup", NULL, 0},
        {"2026-09-02T00:00:00Z", "ann", "aha", NULL, 0},
        {"2026-09-02T00:00:00.000001Z", "bob", "aha", NULL, 0},
        {"2026-09-08T00:00:00Z", "ann", "buy", NULL, 0},
        {"2026-09-08T00:00:00Z", "bob", "signup", NULL, 0}, /* too late to begin again */
        {"2026-09-08T00:01:00Z", "bob", "aha", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    steps[1].within = CYN_DAY; /* of its own, from the step before */
    cyn_relation spec = journey(3);
    spec.within = 7 * CYN_DAY; /* from step 1 */
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    CHECK_INT(cyn_table_rows(j), 2);
    CHECK_INT(cell(j, "reached", row_of(j, "ann", 0)), 3);
    CHECK_INT(cell(j, "reached", row_of(j, "bob", 0)), 1);
    cyn_table_unref(j);
    spec.within--;
    j = make(&spec, &in);
    CHECK_INT(cell(j, "reached", row_of(j, "ann", 0)), 2);
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_windows_over_dates_count_days_whatever_the_clocks_do(void) /* J-6 */
{
    /* In New York the clocks went back on 2026-11-01: that day had 25 hours. */
    const event rows[] = {
        {"2026-10-31", "ann", "signup", NULL, 0},
        {"2026-11-02", "ann", "aha", NULL, 0},
        {"2026-10-31", "bob", "signup", NULL, 0},
        {"2026-11-03", "bob", "aha", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    cyn_tz *tz = NULL;
    CHECK(cyn_tz_load("America/New_York", &tz, NULL) == CYN_OK);
    cyn_calendar cal = {.tz = tz, .week_start = 1, .fiscal_month = 1};
    cyn_relation spec = journey(2);
    spec.within = 2 * CYN_DAY;
    cyn_relation_input in = over(t);
    in.time = "day";
    in.calendar = &cal;
    in.now = at("2026-11-03T04:59:59Z"); /* 2 November ends at 05:00 UTC */
    cyn_table *j = make(&spec, &in);
    check_step(j, "ann", 0, "t1", "2026-10-31T04:00:00Z");
    check_step(j, "ann", 0, "t2", "2026-11-02T05:00:00Z");
    check_step(j, "bob", 0, "t2", NULL);
    CHECK_INT(cell(j, "immature", row_of(j, "ann", 0)), 0);
    CHECK_INT(cell(j, "immature", row_of(j, "bob", 0)), 1);
    cyn_table_unref(j);
    in.now = at("2026-11-03T05:00:00Z");
    j = make(&spec, &in);
    CHECK_INT(cell(j, "immature", row_of(j, "bob", 0)), 0);
    cyn_table_unref(j);
    cyn_table_unref(t);
    cyn_tz_free(tz);
}

static void test_any_row_between_ends_a_strict_journey(void) /* J-7 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T09:00:00Z", "bob", "signup", NULL, 0},
        {"2026-09-01T10:00:00Z", "ann", "visit", NULL, 0},
        {"2026-09-01T11:00:00Z", "ann", "aha", NULL, 0},
        {"2026-09-01T11:00:00Z", "bob", "aha", NULL, 0}, /* ann's rows are not bob's */
        {"2026-09-01T12:00:00Z", "bob", "visit", NULL, 0},
        {"2026-09-01T13:00:00Z", "bob", "buy", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(3);
    spec.strict = true;
    spec.within = 365 * CYN_DAY;
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    CHECK_INT(cell(j, "reached", row_of(j, "ann", 0)), 1);
    CHECK_INT(cell(j, "reached", row_of(j, "bob", 0)), 2);
    CHECK_INT(cell(j, "immature", row_of(j, "ann", 0)), 0); /* J-13: ended, not open */
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_steps_after_the_first_may_come_in_any_order(void) /* J-8 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T10:00:00Z", "ann", "buy", NULL, 0},
        {"2026-09-01T10:00:00Z", "bob", "aha", NULL, 0},
        {"2026-09-01T10:30:00Z", "bob", "signup", NULL, 0},
        {"2026-09-01T11:00:00Z", "ann", "buy", NULL, 0},
        {"2026-09-01T12:00:00Z", "ann", "aha", NULL, 0},
        {"2026-09-01T13:00:00Z", "bob", "buy", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(3);
    spec.any_order = true;
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    check_step(j, "ann", 0, "t2", "2026-09-01T10:00:00Z");
    check_step(j, "ann", 0, "t3", "2026-09-01T12:00:00Z");
    check_step(j, "bob", 0, "t2", "2026-09-01T13:00:00Z");
    check_step(j, "bob", 0, "t3", NULL);
    CHECK_INT(cell(j, "reached_2", row_of(j, "bob", 0)), 1);
    CHECK_INT(cell(j, "reached_3", row_of(j, "bob", 0)), 0);
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_what_is_held_the_same_tells_rows_apart(void) /* J-9 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "signup", "tea", 0},
        {"2026-09-01T10:00:00Z", "ann", "aha", "milk", 0},
        {"2026-09-01T10:00:00Z", "bob", "signup", NULL, 0},
        {"2026-09-01T11:00:00Z", "bob", "aha", NULL, 0}, /* missing equals nothing */
        {"2026-09-01T12:00:00Z", "ann", "aha", "tea", 0},
    };
    const cyn_expr *same[] = {&product};
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(2);
    spec.same = same;
    spec.nsame = 1;
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    check_step(j, "ann", 0, "t2", "2026-09-01T12:00:00Z");
    check_step(j, "bob", 0, "t2", NULL);
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_every_attempt_begins_where_the_one_before_ended(void) /* J-10 */
{
    const event rows[] = {
        {"2026-09-01T01:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T02:00:00Z", "ann", "signup", NULL, 0}, /* inside the first */
        {"2026-09-01T03:00:00Z", "ann", "aha", NULL, 0},
        {"2026-09-01T04:00:00Z", "ann", "aha", NULL, 0},
        {"2026-09-01T05:00:00Z", "ann", "signup", NULL, 0}, /* does not complete: … */
        {"2026-09-01T06:30:00Z", "ann", "signup", NULL, 0}, /* … the next one may begin */
        {"2026-09-01T07:30:00Z", "ann", "aha", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(2);
    spec.every = true;
    spec.within = 2 * CYN_HOUR;
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    CHECK_INT(cyn_table_rows(j), 3);
    check_step(j, "ann", 0, "t1", "2026-09-01T01:00:00Z");
    check_step(j, "ann", 0, "t2", "2026-09-01T03:00:00Z");
    check_step(j, "ann", 1, "t1", "2026-09-01T05:00:00Z");
    check_step(j, "ann", 1, "t2", NULL);
    check_step(j, "ann", 2, "t1", "2026-09-01T06:30:00Z");
    check_step(j, "ann", 2, "t2", "2026-09-01T07:30:00Z");
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_attempts_with_different_values_do_not_disturb_each_other(void) /* J-11 */
{
    const event rows[] = {
        {"2026-09-01T01:00:00Z", "ann", "signup", "tea", 0},
        {"2026-09-01T02:00:00Z", "ann", "signup", "milk", 0},
        {"2026-09-01T03:00:00Z", "ann", "aha", "tea", 0},
        {"2026-09-01T04:00:00Z", "ann", "aha", "milk", 0},
        {"2026-09-01T05:00:00Z", "bob", "signup", "tea", 0},
    };
    const cyn_expr *same[] = {&product};
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(2);
    spec.every = true;
    spec.same = same;
    spec.nsame = 1;
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    CHECK_INT(cyn_table_rows(j), 3);
    check_step(j, "ann", 0, "t2", "2026-09-01T03:00:00Z");
    check_step(j, "ann", 1, "t2", "2026-09-01T04:00:00Z");
    check_step(j, "bob", 0, "t2", NULL);
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_an_open_window_makes_an_attempt_immature(void) /* J-13 */
{
    const event rows[] = {
        {"2026-09-01T00:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T00:00:00Z", "bob", "signup", NULL, 0},
        {"2026-09-01T12:00:00Z", "ann", "aha", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(2);
    cyn_relation_input in = over(t);
    in.now = at("2026-09-01T23:59:59Z");
    cyn_table *j = make(&spec, &in);
    CHECK_INT(cell(j, "immature", row_of(j, "bob", 0)), 0); /* without a window: never */
    cyn_table_unref(j);
    spec.within = CYN_DAY;
    j = make(&spec, &in);
    CHECK_INT(cell(j, "immature", row_of(j, "ann", 0)), 0); /* complete */
    CHECK_INT(cell(j, "immature", row_of(j, "bob", 0)), 1);
    cyn_table_unref(j);
    steps[1].within = 6 * CYN_HOUR; /* the smaller window counts */
    j = make(&spec, &in);
    CHECK_INT(cell(j, "immature", row_of(j, "bob", 0)), 0);
    cyn_table_unref(j);
    steps[1].within = 0;
    in.now = at("2026-09-02T00:00:00Z");
    j = make(&spec, &in);
    CHECK_INT(cell(j, "immature", row_of(j, "bob", 0)), 0);
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_filters_and_dimensions_are_those_of_the_rows(void) /* J-1, J-12 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "signup", "milk", 0},
        {"2026-09-01T10:00:00Z", "ann", "signup", "tea", 0},
        {"2026-09-01T11:00:00Z", "ann", "aha", "tea", 0},
        {"2026-09-01T11:00:00Z", "bob", "signup", "tea", 0},
        {"2026-09-01T12:00:00Z", "bob", "aha", "milk", 0},
    };
    cyn_expr tea = text("tea"), is_tea = equals(&product, &tea);
    const char *groups[] = {"product"}, *names[] = {"good"};
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = journey(2);
    cyn_relation_input in = over(t);
    in.where = &is_tea;
    in.groups = groups;
    in.group_names = names;
    in.ngroups = 1;
    cyn_table *j = make(&spec, &in);
    check_step(j, "ann", 0, "t1", "2026-09-01T10:00:00Z");
    check_step(j, "bob", 0, "t2", NULL);
    const cyn_column *good = find(j, "good");
    CHECK_INT(good->type, CYN_TEXT);
    CHECK(good->dict == find(t, "product")->dict); /* nothing is interned again */
    check_texts(good, 2, "tea tea");
    cyn_table_unref(j);
    cyn_table_unref(t);
}

static void test_what_cannot_be_a_journey_is_an_error(void)
{
    cyn_table *t = events(NULL, 0);
    cyn_err err = {0};
    cyn_relation spec = journey(2);
    cyn_relation_input in = over(t);
    cyn_table *j = make(&spec, &in);
    CHECK_INT(cyn_table_rows(j), 0); /* no rows are no error */
    cyn_table_unref(j);
    in.time = NULL;
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_NAME);
    in.time = "cents";
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_TYPE);
    in.time = "t";
    spec.nsteps = 0;
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_RANGE);
    cyn_journey_step many[33];
    for (size_t i = 0; i < 33; i++)
        many[i] = steps[0];
    spec.steps = many;
    spec.nsteps = 33;
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_RANGE);
    CHECK_STR(err.message, "a journey of 33 steps, expected 1 … 32");
    spec.nsteps = 32;
    j = make(&spec, &in);
    cyn_table_unref(j);
    cyn_expr unknown = column("nowhere");
    spec = journey(2);
    spec.entity = &unknown;
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_NAME);
    cyn_table_unref(t);
}

static void test_cancelling_ends_it(void)
{
    const event one[] = {{"2026-09-01T09:00:00Z", "ann", "signup", NULL, 0}};
    atomic_bool stop = true;
    cyn_table *t = EVENTS(one), *none = NULL;
    cyn_relation spec = journey(2);
    cyn_relation_input in = over(t);
    CHECK_INT(cyn_exec_relation(&spec, &in, &stop, &none, NULL), CYN_E_CANCEL);
    CHECK(none == NULL);
    cyn_table_unref(t);
}

/* ---- random ---- */

static uint64_t seed;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

#define MAX_ROWS 40

/* A row as the reference sees it. */
typedef struct seen {
    int64_t time;  /* minutes; MISSING */
    int entity;    /* -1: missing */
    unsigned bits; /* bit k: it satisfies step k */
    int product;   /* -1: missing */
} seen;

static seen rows[MAX_ROWS];
static size_t nrows;

enum { R_T, R_WHO, R_PRODUCT, R_STEP, R_COLUMNS = R_STEP + 4 };
static const char *const step_names[] = {"s0", "s1", "s2", "s3"};

static int compare_seen(const void *a, const void *b)
{
    const seen *x = a, *y = b;
    return (x->time > y->time) - (x->time < y->time);
}

/* Half of the time they lie in the order of time, and all have one. */
static void random_rows(size_t nsteps)
{
    bool ordered = below(2);
    nrows = below(MAX_ROWS);
    for (size_t i = 0; i < nrows; i++) {
        int64_t minute = below(2) ? (int64_t)i : (int64_t)below(40);
        rows[i] = (seen){.time = ordered || below(12) ? minute : MISSING,
                         .entity = below(12) ? (int)below(3) : -1,
                         .product = below(6) ? (int)below(2) : -1};
        for (size_t k = 0; k < nsteps; k++)
            rows[i].bits |= (unsigned)(below(3) == 0) << k;
    }
    if (ordered) qsort(rows, nrows, sizeof *rows, compare_seen);
}

static cyn_table *random_table(size_t nsteps)
{
    cyn_column_spec specs[R_COLUMNS] = {
        {"t", CYN_TIMESTAMP, 0}, {"who", CYN_INTEGER, 0}, {"product", CYN_INTEGER, 0}};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    for (size_t k = 0; k < nsteps; k++)
        specs[R_STEP + k] = (cyn_column_spec){step_names[k], CYN_BOOLEAN, 0};
    if (cyn_builder_new(specs, R_STEP + nsteps, &b, NULL) != CYN_OK) exit(1);
    for (size_t i = 0; i < nrows; i++) {
        if (rows[i].time != MISSING) CHECK(cyn_builder_i64(b, R_T, rows[i].time * CYN_MINUTE));
        if (rows[i].entity >= 0) CHECK(cyn_builder_i64(b, R_WHO, rows[i].entity));
        if (rows[i].product >= 0) CHECK(cyn_builder_i64(b, R_PRODUCT, rows[i].product));
        for (size_t k = 0; k < nsteps; k++)
            CHECK(cyn_builder_i64(b, R_STEP + k, rows[i].bits >> k & 1));
        if (cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    return t;
}

/* The rows of an entity, by time and then as they stand, picked one by one. */
static size_t rows_of(int entity, const seen **out)
{
    bool taken[MAX_ROWS] = {false};
    size_t n = 0;
    for (;;) {
        size_t best = MAX_ROWS;
        for (size_t i = 0; i < nrows; i++) {
            if (taken[i] || rows[i].entity != entity || rows[i].time == MISSING) continue;
            if (best == MAX_ROWS || rows[i].time < rows[best].time) best = i;
        }
        if (best == MAX_ROWS) return n;
        taken[best] = true;
        out[n++] = &rows[best];
    }
}

static bool inside(int64_t from, int64_t to, int64_t window)
{
    return window == 0 || (to - from) * CYN_MINUTE <= window;
}

typedef struct outcome {
    int64_t t[4];
    size_t reached, last; /* last: its place in the entity's rows */
    bool immature;
} outcome;

static bool serves(const cyn_relation *spec, const seen *first, const seen *before, const seen *r,
                   size_t k)
{
    bool same = spec->nsame == 0 || (first->product >= 0 && first->product == r->product);
    return same && r->bits >> k & 1 && inside(first->time, r->time, spec->within) &&
           inside(before->time, r->time, spec->steps[k].within);
}

/* Goes through the rows after the first, one after the other. */
static outcome follow(const cyn_relation *spec, const seen **line, size_t n, size_t start,
                      int64_t now)
{
    outcome o = {.t = {line[start]->time, MISSING, MISSING, MISSING}, .reached = 1, .last = start};
    bool met[4] = {true}, ended = false;
    for (size_t i = start + 1; i < n && o.reached < spec->nsteps && !ended; i++) {
        size_t k = 1;
        while (k < spec->nsteps && (met[k] || (!spec->any_order && k != o.reached) ||
                                    !serves(spec, line[start], line[o.last], line[i], k)))
            k++;
        if (k < spec->nsteps) {
            met[k] = true;
            o.t[o.reached++] = line[i]->time;
            o.last = i;
        } else {
            ended = spec->strict;
        }
    }
    if (o.reached == spec->nsteps || ended) return o;
    bool windows = true; /* every way on has one, and … */
    bool open = false;   /* … one of them is still open */
    for (size_t k = 1; k < spec->nsteps; k++) {
        if (met[k] || (!spec->any_order && k != o.reached)) continue;
        windows &= spec->within || spec->steps[k].within;
        bool journey_open = !spec->within || line[start]->time * CYN_MINUTE + spec->within > now;
        bool step_open =
            !spec->steps[k].within || line[o.last]->time * CYN_MINUTE + spec->steps[k].within > now;
        open |= journey_open && step_open;
    }
    o.immature = windows && open;
    return o;
}

static size_t reference(const cyn_relation *spec, int entity, int64_t now, outcome *out)
{
    const seen *line[MAX_ROWS];
    size_t n = rows_of(entity, line), attempts = 0;
    size_t busy[2] = {0}, alone = 0; /* places up to which an attempt with this value goes */
    for (size_t i = 0; i < n; i++) {
        int value = spec->nsame ? line[i]->product : 0;
        size_t *until = value >= 0 ? &busy[value] : &alone;
        if (!(line[i]->bits & 1) || i < *until) continue;
        outcome o = follow(spec, line, n, i, now);
        if (o.reached == spec->nsteps && value >= 0) *until = o.last + 1;
        out[attempts++] = o;
        if (!spec->every) break;
    }
    return attempts;
}

/* Each attempt of the reference is in the table once; there are as many in both. */
static void check_attempt(const cyn_table *t, int entity, const outcome *o, size_t nsteps,
                          bool *used)
{
    const char *const names[] = {"t1", "t2", "t3", "t4"};
    const char *const reached[] = {"reached_1", "reached_2", "reached_3", "reached_4"};
    for (size_t row = 0; row < cyn_table_rows(t); row++) {
        bool equal = !used[row] && cell(t, "entity", row) == entity &&
                     cell(t, "reached", row) == (int64_t)o->reached &&
                     cell(t, "immature", row) == o->immature &&
                     cell(t, "time", row) == o->t[0] * CYN_MINUTE;
        for (size_t k = 0; equal && k < nsteps; k++) {
            int64_t want = o->t[k] == MISSING ? MISSING : o->t[k] * CYN_MINUTE;
            equal = cell(t, names[k], row) == want && cell(t, reached[k], row) == (o->reached > k);
        }
        if (!equal) continue;
        used[row] = true;
        return;
    }
    printf("# entity %d: no attempt at %lld that reached %zu\n", entity, (long long)o->t[0],
           o->reached);
    CHECK(false);
}

static void test_random_journeys_equal_the_obvious_way(void)
{
    cyn_expr s[4], person = column("who"), good = column("product");
    const cyn_expr *same[] = {&good};
    for (uint64_t round = 1; round <= 4000 && !test_failed_here; round++) {
        seed = round;
        cyn_journey_step some[4];
        cyn_relation spec = {.kind = CYN_JOURNEY,
                             .base = &all_events,
                             .entity = &person,
                             .steps = some,
                             .nsteps = 1 + below(4),
                             .within = below(2) ? below(20) * CYN_MINUTE : 0,
                             .strict = below(4) == 0,
                             .any_order = below(3) == 0,
                             .every = below(2),
                             .same = same,
                             .nsame = below(2)};
        for (size_t k = 0; k < spec.nsteps; k++) {
            s[k] = column(step_names[k]);
            some[k] =
                (cyn_journey_step){.when = &s[k], .within = below(3) ? 0 : below(9) * CYN_MINUTE};
        }
        random_rows(spec.nsteps);
        cyn_table *t = random_table(spec.nsteps);
        cyn_relation_input in = over(t);
        in.now = below(50) * CYN_MINUTE;
        cyn_table *j = make(&spec, &in);
        bool used[MAX_ROWS] = {false};
        size_t total = 0;
        for (int entity = 0; entity < 3; entity++) {
            outcome want[MAX_ROWS];
            size_t n = reference(&spec, entity, in.now, want);
            for (size_t i = 0; i < n; i++)
                check_attempt(j, entity, &want[i], spec.nsteps, used);
            total += n;
        }
        CHECK_INT(cyn_table_rows(j), total);
        if (test_failed_here) printf("# in round %llu\n", (unsigned long long)round);
        cyn_table_unref(j);
        cyn_table_unref(t);
    }
}

static void test_exhausted_memory_is_an_error(void)
{
    seed = 5;
    cyn_expr s[3], person = column("who"), good = column("product");
    const cyn_expr *same[] = {&good};
    for (size_t k = 0; k < 3; k++) {
        s[k] = column(step_names[k]);
        steps[k].when = &s[k];
    }
    random_rows(3);
    cyn_table *t = random_table(3), *j = NULL;
    cyn_relation spec = journey(3);
    spec.entity = &person;
    spec.same = same;
    spec.nsame = 1;
    spec.every = true;
    cyn_relation_input in = over(t);
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 1;
    for (; rc == CYN_E_NOMEM; n++) {
        CHECK(j == NULL);
        cyn_test_fail_after(n);
        rc = cyn_exec_relation(&spec, &in, NULL, &j, NULL);
        cyn_test_fail_after(0);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 10);
    cyn_table_unref(j);
    cyn_table_unref(t);
}

/* Each test has the steps as they are named. */
#define RUN_JOURNEY(fn)                                                                            \
    do {                                                                                           \
        name_steps();                                                                              \
        RUN(fn);                                                                                   \
    } while (0)

int main(void)
{
    RUN_JOURNEY(test_the_first_touch_begins_and_the_earliest_row_serves);
    RUN_JOURNEY(test_rows_of_equal_time_keep_the_order_of_the_table);
    RUN_JOURNEY(test_one_row_never_serves_two_steps);
    RUN_JOURNEY(test_windows_include_their_last_moment);
    RUN_JOURNEY(test_windows_over_dates_count_days_whatever_the_clocks_do);
    RUN_JOURNEY(test_any_row_between_ends_a_strict_journey);
    RUN_JOURNEY(test_steps_after_the_first_may_come_in_any_order);
    RUN_JOURNEY(test_what_is_held_the_same_tells_rows_apart);
    RUN_JOURNEY(test_every_attempt_begins_where_the_one_before_ended);
    RUN_JOURNEY(test_attempts_with_different_values_do_not_disturb_each_other);
    RUN_JOURNEY(test_an_open_window_makes_an_attempt_immature);
    RUN_JOURNEY(test_filters_and_dimensions_are_those_of_the_rows);
    RUN_JOURNEY(test_what_cannot_be_a_journey_is_an_error);
    RUN_JOURNEY(test_cancelling_ends_it);
    RUN_JOURNEY(test_random_journeys_equal_the_obvious_way);
    RUN_JOURNEY(test_exhausted_memory_is_an_error);
    return test_end();
}
