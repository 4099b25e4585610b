/* Retention: one rule of docs/numerics.md at a time, then random rows against the obvious way. */
#include "cohort.h"

static cyn_expr who, what, signup, lesson, is_signup, is_lesson, cents, amount, real;

static void name_columns(void)
{
    who = column("who");
    what = column("what");
    cents = column("cents");
    amount = column("amount");
    real = column("real");
    signup = text("signup");
    lesson = text("lesson");
    is_signup = equals(&what, &signup);
    is_lesson = equals(&what, &lesson);
}

static cyn_relation retention(cyn_grain_unit unit, cyn_retention_mode mode, int n)
{
    return (cyn_relation){.kind = CYN_RETENTION,
                          .base = &all_events,
                          .entity = &who,
                          .start = &is_signup,
                          .active = &is_lesson,
                          .mode = mode,
                          .unit = unit,
                          .n = n};
}

static cyn_relation_input over(const cyn_table *t)
{
    return (cyn_relation_input){
        .table = t, .time = "t", .calendar = &utc, .now = at("2026-12-31T00:00:00Z")};
}

static int64_t retained(const cyn_relation *spec, const cyn_relation_input *in, const char *entity)
{
    cyn_table *t = make(spec, in);
    int64_t yes = cell(t, "retained", row_of(t, entity, 0));
    cyn_table_unref(t);
    return yes;
}

static void test_the_first_start_makes_a_member(void) /* T-1, T-2 */
{
    const event rows[] = {
        {"2026-09-01T08:00:00Z", "ann", "lesson", "tea", 0}, /* before: not active since */
        {"2026-09-01T09:00:00Z", "ann", "signup", "milk", 0},
        {"2026-09-02T08:00:00Z", "bob", "lesson", "tea", 0},
        {"2026-09-02T09:00:00Z", "ann", "lesson", "tea", 0},
        {"2026-09-05T09:00:00Z", "ann", "signup", "tea", 0}, /* once a member, always */
        {"2026-09-06T09:00:00Z", "ann", "lesson", "tea", 0},
        {NULL, "cy", "signup", "tea", 0},
        {"2026-09-06T09:00:00Z", NULL, "signup", "tea", 0},
    };
    const char *groups[] = {"product"}, *names[] = {"good"};
    cyn_table *t = EVENTS(rows);
    cyn_relation spec = retention(CYN_DAILY, CYN_BOUNDED, 1);
    cyn_relation_input in = over(t);
    in.groups = groups;
    in.group_names = names;
    in.ngroups = 1;
    cyn_table *r = make(&spec, &in);
    CHECK_INT(cyn_table_rows(r), 1);
    CHECK_INT(cell(r, "time", 0), at("2026-09-01T09:00:00Z"));
    CHECK_INT(cell(r, "retained", 0), 1);
    CHECK_INT(cyn_table_find(r, "value"), -1); /* nothing was to be summed */
    check_texts(find(r, "good"), 1, "milk");
    cyn_table_unref(r);
    spec.n = 5;
    CHECK_INT(retained(&spec, &in, "ann"), 1);
    spec.n = 3;
    CHECK_INT(retained(&spec, &in, "ann"), 0);
    cyn_table_unref(t);
}

static void test_modes_say_which_units_count(void) /* T-4 … T-6 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, 0},
        {"2026-09-01T09:00:00Z", "bob", "signup", NULL, 0},
        {"2026-09-01T10:00:00Z", "ann", "lesson", NULL, 0}, /* day 0 */
        {"2026-09-04T10:00:00Z", "ann", "lesson", NULL, 0}, /* day 3 */
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation_input in = over(t);
    const struct {
        cyn_retention_mode mode;
        int n;
        int64_t yes;
    } cases[] = {
        {CYN_BOUNDED, 0, 1},   {CYN_BOUNDED, 1, 0},   {CYN_BOUNDED, 3, 1},   {CYN_BOUNDED, 4, 0},
        {CYN_UNBOUNDED, 0, 1}, {CYN_UNBOUNDED, 2, 1}, {CYN_UNBOUNDED, 3, 1}, {CYN_UNBOUNDED, 4, 0},
        {CYN_WITHIN, 1, 0},    {CYN_WITHIN, 2, 0},    {CYN_WITHIN, 3, 1},    {CYN_WITHIN, 9, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_relation spec = retention(CYN_DAILY, cases[i].mode, cases[i].n);
        CHECK_INT(retained(&spec, &in, "ann"), cases[i].yes);
        CHECK_INT(retained(&spec, &in, "bob"), 0);
    }
    cyn_table_unref(t);
}

static void test_the_starting_row_counts_for_unit_0_only(void) /* T-3 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "lesson", NULL,
         0}, /* equal time, but before in the table */
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, 0},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation_input in = over(t);
    cyn_relation spec = retention(CYN_DAILY, CYN_BOUNDED, 0);
    CHECK_INT(retained(&spec, &in, "ann"), 0);
    spec.active = NULL; /* any row */
    CHECK_INT(retained(&spec, &in, "ann"), 1);
    spec.mode = CYN_UNBOUNDED;
    CHECK_INT(retained(&spec, &in, "ann"), 1);
    spec.n = 1;
    CHECK_INT(retained(&spec, &in, "ann"), 0);
    cyn_table_unref(t);
}

/* The unit in which an entity was active that signed up at one time and had a lesson at another. */
static int active_unit(cyn_grain_unit unit, const cyn_calendar *cal, const char *from,
                       const char *to, const char *time)
{
    const event rows[] = {{from, "ann", "signup", NULL, 0}, {to, "ann", "lesson", NULL, 0}};
    cyn_table *t = EVENTS(rows);
    cyn_relation_input in = over(t);
    int n = 0;
    in.calendar = cal;
    in.time = time;
    for (; n < 400; n++) {
        cyn_relation spec = retention(unit, CYN_BOUNDED, n);
        if (retained(&spec, &in, "ann")) break;
    }
    cyn_table_unref(t);
    return n;
}

static void test_units_are_those_of_the_calendar(void) /* T-7 … T-9 */
{
    cyn_calendar sunday = utc, tokyo = utc;
    cyn_tz *tz = NULL;
    CHECK(cyn_tz_load("Asia/Tokyo", &tz, NULL) == CYN_OK);
    sunday.week_start = 7;
    tokyo.tz = tz;
    const struct {
        cyn_grain_unit unit;
        const cyn_calendar *cal;
        const char *from, *to;
        int units;
    } cases[] = {
        /* dates, not 24 hours */
        {CYN_DAILY, &utc, "2026-09-01T23:59:59Z", "2026-09-02T00:00:00Z", 1},
        {CYN_DAILY, &utc, "2026-09-01T00:00:00Z", "2026-09-01T23:59:59Z", 0},
        {CYN_DAILY, &tokyo, "2026-09-01T14:59:59Z", "2026-09-01T15:00:00Z", 1},
        {CYN_DAILY, &tokyo, "2026-09-01T15:00:00Z", "2026-09-02T14:59:59Z", 0},
        {CYN_DAILY, &utc, "1969-12-31T12:00:00Z", "1970-01-01T12:00:00Z", 1},
        /* date -d 2026-09-06 +%a: Sun */
        {CYN_WEEK, &utc, "2026-09-06T12:00:00Z", "2026-09-07T12:00:00Z", 1},
        {CYN_WEEK, &sunday, "2026-09-06T12:00:00Z", "2026-09-07T12:00:00Z", 0},
        {CYN_WEEK, &sunday, "2026-09-05T12:00:00Z", "2026-09-06T12:00:00Z", 1},
        /* DuckDB's date_trunc('week', …), as in the CDNOW answers: from week 1996-12-30 */
        {CYN_WEEK, &utc, "1997-01-01T00:00:00Z", "1997-02-28T00:00:00Z", 8},
        {CYN_MONTH, &utc, "2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z", 1},
        {CYN_MONTH, &utc, "2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z", 0},
        {CYN_MONTH, &utc, "1997-01-15T00:00:00Z", "1998-06-30T00:00:00Z", 17},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(active_unit(cases[i].unit, cases[i].cal, cases[i].from, cases[i].to, "t"),
                  cases[i].units);
    }
    /* A column of dates has no zone. */
    CHECK_INT(active_unit(CYN_DAILY, &tokyo, "2026-09-01T23:00:00Z", "2026-09-02T01:00:00Z", "day"),
              1);
    cyn_tz_free(tz);
}

/* Months made of weeks are counted as they follow each other. */
static void test_months_of_weeks_count_too(void) /* T-9 */
{
    const int patterns[] = {445, 454, 544};
    for (int i = 0; i < 3; i++) {
        for (int fiscal = 1; fiscal <= 12; fiscal++) {
            cyn_calendar cal = {.week_start = 1,
                                .fiscal_month = fiscal,
                                .pattern = patterns[i],
                                .year_end = 7,
                                .nearest_end = fiscal % 2};
            cyn_period p =
                cyn_period_at(&cal, (cyn_grain){CYN_MONTH, 1}, at("2020-02-05T00:00:00Z"));
            char from[40], to[40];
            cyn_format_instant(p.start, NULL, from, sizeof from);
            for (int n = 0; n < 100; n += 9) {
                cyn_period then = cyn_period_shift(&cal, p, n);
                cyn_format_instant(then.end - 1, NULL, to, sizeof to);
                CHECK_INT(active_unit(CYN_MONTH, &cal, from, to, "t"), n);
            }
        }
    }
}

static void test_a_member_is_immature_until_its_unit_has_ended(void) /* T-11 */
{
    const event rows[] = {{"2026-09-01T09:00:00Z", "ann", "signup", NULL, 0}};
    const struct {
        cyn_grain_unit unit;
        int n;
        const char *end; /* of the n-th unit */
    } cases[] = {
        {CYN_DAILY, 0, "2026-09-02T00:00:00Z"}, {CYN_DAILY, 1, "2026-09-03T00:00:00Z"},
        {CYN_WEEK, 1, "2026-09-14T00:00:00Z"},  {CYN_MONTH, 0, "2026-10-01T00:00:00Z"},
        {CYN_MONTH, 4, "2027-02-01T00:00:00Z"},
    };
    const cyn_retention_mode modes[] = {CYN_BOUNDED, CYN_UNBOUNDED, CYN_WITHIN};
    cyn_table *t = EVENTS(rows);
    cyn_relation_input in = over(t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < (cases[i].n > 0 ? 3 : 2); k++) {
            cyn_relation spec = retention(cases[i].unit, modes[k], cases[i].n);
            in.now = at(cases[i].end) - 1;
            cyn_table *r = make(&spec, &in);
            CHECK_INT(cell(r, "immature", 0), 1);
            cyn_table_unref(r);
            in.now++;
            r = make(&spec, &in);
            CHECK_INT(cell(r, "immature", 0), 0);
            cyn_table_unref(r);
        }
    }
    cyn_table_unref(t);
}

static void test_sums_keep_their_kind(void) /* T-10 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, 1000},
        {"2026-09-01T10:00:00Z", "ann", "lesson", NULL, 250},
        {"2026-09-02T10:00:00Z", "ann", "lesson", NULL, 199},
        {"2026-09-02T11:00:00Z", "ann", "lesson", NULL, 1},
        {"2026-09-02T11:00:00Z", "bob", "signup", NULL, 7},
        {"2026-09-03T11:00:00Z", "ann", "lesson", NULL, 40},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation_input in = over(t);
    cyn_relation spec = retention(CYN_DAILY, CYN_BOUNDED, 1);
    spec.arg = &cents;
    cyn_table *r = make(&spec, &in);
    size_t ann = row_of(r, "ann", 0), bob = row_of(r, "bob", 0);
    CHECK_INT(find(r, "value")->type, CYN_INTEGER);
    CHECK_INT(cell(r, "value", ann), 200);
    CHECK_INT(cell(r, "base", ann), 250); /* the start itself was no lesson */
    CHECK_INT(cell(r, "value", bob), 0);
    CHECK_INT(cell(r, "base", bob), 0);
    cyn_table_unref(r);
    spec.active = NULL;
    spec.mode = CYN_WITHIN;
    spec.n = 2;
    spec.arg = &amount;
    r = make(&spec, &in);
    CHECK_INT(find(r, "value")->type, CYN_DECIMAL);
    CHECK_INT(find(r, "value")->scale, 2);
    CHECK_INT(cell(r, "value", row_of(r, "ann", 0)), 240);
    CHECK_INT(cell(r, "base", row_of(r, "ann", 0)), 1250);
    CHECK_INT(cell(r, "base", row_of(r, "bob", 0)), 7);
    cyn_table_unref(r);
    spec.arg = &real;
    r = make(&spec, &in);
    CHECK_INT(find(r, "value")->type, CYN_REAL);
    CHECK_NEAR(find(r, "value")->v.f64[row_of(r, "ann", 0)], 2.4, 0); /* python: fsum */
    CHECK_NEAR(find(r, "base")->v.f64[row_of(r, "ann", 0)], 12.5, 0);
    CHECK_NEAR(find(r, "value")->v.f64[row_of(r, "bob", 0)], 0, 0);
    cyn_table_unref(r);
    spec.arg = &is_lesson;
    r = make(&spec, &in);
    CHECK_INT(find(r, "value")->type, CYN_INTEGER);
    CHECK_INT(cell(r, "value", row_of(r, "ann", 0)), 3);
    cyn_table_unref(r);
    spec.arg = &what;
    cyn_err err = {0};
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_TYPE);
    cyn_table_unref(t);
}

static void test_a_sum_that_overflows_is_an_error(void) /* T-10, N-3 */
{
    const event rows[] = {
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, INT64_MAX},
        {"2026-09-01T10:00:00Z", "ann", "lesson", NULL, INT64_MAX},
        {"2026-09-01T11:00:00Z", "ann", "lesson", NULL, -5},
    };
    cyn_table *t = EVENTS(rows);
    cyn_relation_input in = over(t);
    cyn_relation spec = retention(CYN_DAILY, CYN_BOUNDED, 0);
    cyn_err err = {0};
    spec.arg = &cents;
    cyn_table *r = make(&spec, &in);
    CHECK_INT(cell(r, "value", 0), INT64_MAX - 5);
    cyn_table_unref(r);
    spec.active = NULL;
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_RANGE);
    CHECK_STR(err.message, "the sum of 'cents' over the rows of one entity overflows");
    cyn_table_unref(t);
}

static void test_a_real_sum_beyond_a_double_is_missing(void) /* T-10, N-5 */
{
    const cyn_column_spec specs[] = {
        {"t", CYN_TIMESTAMP, 0}, {"who", CYN_TEXT, 0}, {"x", CYN_REAL, 0}};
    const double values[] = {1e308, 1e308, 1e308, -1e308, 0.1};
    const char *const names[] = {"ann", "ann", "bob", "bob", "bob"};
    cyn_expr x = column("x"), yes = {.kind = CYN_EXPR_CONST, .value = {CYN_CONST_BOOLEAN, .i = 1}};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    CHECK(cyn_builder_new(specs, 3, &b, NULL) == CYN_OK);
    for (size_t i = 0; i < 5; i++) {
        CHECK(cyn_builder_i64(b, 0, (int64_t)i));
        set_text(b, 1, names[i]);
        CHECK(cyn_builder_f64(b, 2, values[i]));
        CHECK(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    CHECK(cyn_builder_finish(b, &t, NULL) == CYN_OK);
    cyn_relation spec = retention(CYN_DAILY, CYN_BOUNDED, 0);
    spec.start = &yes;
    spec.active = NULL;
    spec.arg = &x;
    cyn_relation_input in = over(t);
    cyn_table *r = make(&spec, &in);
    const cyn_column *value = find(r, "value");
    CHECK(!cyn_column_has(value, row_of(r, "ann", 0)));
    CHECK(cyn_column_has(value, row_of(r, "bob", 0)));
    CHECK_NEAR(value->v.f64[row_of(r, "bob", 0)], 0.1, 0); /* python: fsum */
    cyn_table_unref(r);
    cyn_table_unref(t);
}

static void test_what_cannot_be_a_retention_is_an_error(void)
{
    cyn_table *t = events(NULL, 0);
    cyn_err err = {0};
    cyn_relation spec = retention(CYN_DAILY, CYN_BOUNDED, 1);
    cyn_relation_input in = over(t);
    cyn_table *r = make(&spec, &in);
    CHECK_INT(cyn_table_rows(r), 0); /* no rows are no error */
    cyn_table_unref(r);
    spec.n = -1;
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_RANGE);
    spec = retention(CYN_DAILY, CYN_WITHIN, 0);
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_RANGE);
    CHECK_STR(err.message, "retention after 0 units, expected 1 or more");
    spec = retention(CYN_MONTH, CYN_BOUNDED, 1000001);
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_RANGE);
    CHECK_STR(err.message, "retention after 1000001 units, expected 1000000 or fewer");
    spec = retention(CYN_HOURLY, CYN_BOUNDED, 1);
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_UNSUPPORTED);
    spec = retention(CYN_DAILY, CYN_BOUNDED, 1);
    in.time = NULL;
    CHECK_INT(make_fails(&spec, &in, &err), CYN_E_NAME);
    cyn_table_unref(t);
}

/* ---- random ---- */

static uint64_t seed;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

#define MAX_ROWS 30

typedef struct seen {
    int64_t time; /* MISSING */
    int entity;   /* -1: missing */
    bool starts, active;
    int64_t amount; /* MISSING */
} seen;

static seen rows[MAX_ROWS];
static size_t nrows;

enum { R_T, R_WHO, R_START, R_ACTIVE, R_AMOUNT, R_COLUMNS };
static const cyn_column_spec random_columns[R_COLUMNS] = {
    {"t", CYN_TIMESTAMP, 0},    {"who", CYN_INTEGER, 0},    {"start", CYN_BOOLEAN, 0},
    {"active", CYN_BOOLEAN, 0}, {"amount", CYN_INTEGER, 0},
};

static int compare_seen(const void *a, const void *b)
{
    const seen *x = a, *y = b;
    return (x->time > y->time) - (x->time < y->time);
}

/* Half of the time they lie in the order of time, and all have one. */
static void random_rows(int64_t from)
{
    bool ordered = below(2);
    nrows = below(MAX_ROWS);
    for (size_t i = 0; i < nrows; i++) {
        int64_t hours = below(3) ? (int64_t)i * 40 + below(60) : (int64_t)below(40 * MAX_ROWS);
        rows[i] = (seen){.time = ordered || below(12) ? from + hours * CYN_HOUR : MISSING,
                         .entity = below(12) ? (int)below(3) : -1,
                         .starts = below(3) == 0,
                         .active = below(2),
                         .amount = below(5) ? (int64_t)below(100) - 20 : MISSING};
    }
    if (ordered) qsort(rows, nrows, sizeof *rows, compare_seen);
}

static cyn_table *random_table(void)
{
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(random_columns, R_COLUMNS, &b, NULL) != CYN_OK) exit(1);
    for (size_t i = 0; i < nrows; i++) {
        if (rows[i].time != MISSING) CHECK(cyn_builder_i64(b, R_T, rows[i].time));
        if (rows[i].entity >= 0) CHECK(cyn_builder_i64(b, R_WHO, rows[i].entity));
        CHECK(cyn_builder_i64(b, R_START, rows[i].starts));
        CHECK(cyn_builder_i64(b, R_ACTIVE, rows[i].active));
        if (rows[i].amount != MISSING) CHECK(cyn_builder_i64(b, R_AMOUNT, rows[i].amount));
        if (cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    return t;
}

typedef struct outcome {
    const seen *start; /* NULL: no member */
    bool retained, immature;
    int64_t value, base;
} outcome;

/* Steps from the start's period to the row's, one at a time; a date that was skipped is a step too.
 */
static int index_of(const cyn_calendar *cal, cyn_grain_unit unit, int64_t start, int64_t time)
{
    cyn_period p = cyn_period_at(cal, (cyn_grain){unit, 1}, start);
    int n = 0;
    for (; time >= p.end; n++) {
        cyn_period next = cyn_period_shift(cal, p, 1);
        bool skipped = unit == CYN_DAILY &&
                       cyn_tz_date(cal->tz, next.start) > cyn_tz_date(cal->tz, p.start) + 1;
        n += skipped;
        p = next;
    }
    return n;
}

static bool before(const seen *a, const seen *b)
{
    return a->time < b->time || (a->time == b->time && a < b);
}

static outcome reference(const cyn_relation *spec, const cyn_relation_input *in, int entity)
{
    outcome o = {0};
    for (const seen *r = rows; r < rows + nrows; r++) {
        bool candidate = r->entity == entity && r->time != MISSING && r->starts;
        if (candidate && (!o.start || before(r, o.start))) o.start = r;
    }
    if (!o.start) return o;
    for (const seen *r = rows; r < rows + nrows; r++) {
        if (r->entity != entity || r->time == MISSING || !r->active || before(r, o.start)) continue;
        int i = index_of(in->calendar, spec->unit, o.start->time, r->time), n = spec->n;
        bool counts = spec->mode == CYN_BOUNDED     ? i == n
                      : spec->mode == CYN_UNBOUNDED ? i >= n
                                                    : i >= 1 && i <= n;
        int64_t added = r->amount == MISSING ? 0 : r->amount;
        o.retained |= counts;
        o.value += counts ? added : 0;
        o.base += i == 0 ? added : 0;
    }
    o.immature = index_of(in->calendar, spec->unit, o.start->time, in->now) <= spec->n;
    return o;
}

static void check_member(const cyn_table *t, int entity, const outcome *want, bool sums)
{
    size_t row = 0;
    while (row < cyn_table_rows(t) && cell(t, "entity", row) != entity)
        row++;
    CHECK_INT(row < cyn_table_rows(t), want->start != NULL);
    if (row == cyn_table_rows(t) || !want->start) return;
    CHECK_INT(cell(t, "time", row), want->start->time);
    CHECK_INT(cell(t, "retained", row), want->retained);
    CHECK_INT(cell(t, "immature", row), want->immature);
    if (!sums) return;
    CHECK_INT(cell(t, "value", row), want->value);
    CHECK_INT(cell(t, "base", row), want->base);
}

/* So many retentions are made together: more than one sweep over rows takes. */
#define TOGETHER 11

static void check_together(const cyn_relation *specs, const cyn_relation_input *in)
{
    const cyn_relation *list[TOGETHER];
    cyn_table *made[TOGETHER] = {NULL};
    for (size_t k = 0; k < TOGETHER; k++) {
        list[k] = &specs[k];
        CHECK(cyn_exec_retentions_meet(&specs[0], &specs[k]));
    }
    CHECK_INT(cyn_exec_retentions(list, TOGETHER, in, NULL, made, NULL), CYN_OK);
    for (size_t k = 0; k < TOGETHER; k++) {
        for (int entity = 0; entity < 3; entity++) {
            outcome want = reference(&specs[k], in, entity);
            check_member(made[k], entity, &want, specs[k].arg != NULL);
        }
        cyn_table_unref(made[k]);
    }
}

/* In zones with clock changes at midnight (Santiago), a date that was skipped (Apia), none. */
static void test_random_rows_equal_the_obvious_way(void)
{
    const char *const zones[] = {"UTC", "America/Santiago", "Pacific/Apia", "Asia/Kolkata"};
    const char *const begins[] = {"2026-08-01T00:00:00Z", "2026-03-25T00:00:00Z",
                                  "2011-12-20T00:00:00Z", "1969-12-01T00:00:00Z"};
    cyn_expr person = column("who"), start = column("start"), active = column("active"),
             arg = column("amount");
    cyn_tz *tz[4] = {NULL};
    for (size_t i = 0; i < 4; i++)
        CHECK(cyn_tz_load(zones[i], &tz[i], NULL) == CYN_OK);
    const cyn_grain_unit units[] = {CYN_DAILY, CYN_WEEK, CYN_MONTH};
    for (uint64_t round = 1; round <= 2000 && !test_failed_here; round++) {
        seed = round;
        size_t zone = below(4);
        cyn_calendar cal = {.tz = tz[zone], .week_start = 1 + (int)below(7), .fiscal_month = 1};
        cyn_relation specs[TOGETHER];
        bool sums = below(2);
        for (size_t k = 0; k < TOGETHER; k++) {
            cyn_relation *spec = &specs[k];
            *spec = retention(units[below(3)], (cyn_retention_mode)below(3), 0);
            spec->n = (int)below(6) + (spec->mode == CYN_WITHIN);
            spec->entity = &person;
            spec->start = &start;
            spec->active = &active;
            spec->arg = sums ? &arg : NULL;
        }
        random_rows(at(begins[zone]));
        cyn_table *t = random_table();
        cyn_relation_input in = over(t);
        in.calendar = &cal;
        in.now = at(begins[zone]) + (int64_t)below(60 * 24) * CYN_HOUR;
        check_together(specs, &in);
        if (test_failed_here) printf("# in round %llu\n", (unsigned long long)round);
        cyn_table_unref(t);
    }
    for (size_t i = 0; i < 4; i++)
        cyn_tz_free(tz[i]);
}

static void test_retentions_meet_unless_their_rows_differ(void)
{
    cyn_relation day = retention(CYN_DAILY, CYN_BOUNDED, 1), other = day;
    other.unit = CYN_MONTH;
    other.mode = CYN_WITHIN;
    other.n = 3;
    CHECK(cyn_exec_retentions_meet(&day, &other));
    other.active = NULL;
    CHECK(!cyn_exec_retentions_meet(&day, &other));
    other = day;
    other.start = &is_lesson;
    CHECK(!cyn_exec_retentions_meet(&day, &other));
    other = day;
    other.arg = &cents;
    CHECK(!cyn_exec_retentions_meet(&day, &other));
    other = day;
    other.entity = &what;
    CHECK(!cyn_exec_retentions_meet(&day, &other));
    other = day;
    other.kind = CYN_JOURNEY;
    CHECK(!cyn_exec_retentions_meet(&day, &other));
}

static void test_exhausted_memory_is_an_error(void)
{
    const event few[] = {
        {"2026-09-01T09:00:00Z", "ann", "signup", NULL, 1},
        {"2026-09-02T10:00:00Z", "ann", "lesson", NULL, 2},
        {"2026-09-01T10:00:00Z", "bob", "signup", NULL, 3},
    };
    cyn_table *t = EVENTS(few), *r[2] = {NULL};
    cyn_relation day = retention(CYN_DAILY, CYN_BOUNDED, 1), week = day;
    week.unit = CYN_WEEK;
    day.arg = week.arg = &real;
    const cyn_relation *const specs[] = {&day, &week};
    cyn_relation_input in = over(t);
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 1;
    for (; rc == CYN_E_NOMEM; n++) {
        CHECK(r[0] == NULL && r[1] == NULL);
        cyn_test_fail_after(n);
        rc = cyn_exec_retentions(specs, 2, &in, NULL, r, NULL);
        cyn_test_fail_after(0);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 10);
    cyn_table_unref(r[0]);
    cyn_table_unref(r[1]);
    cyn_table_unref(t);
}

int main(void)
{
    name_columns();
    RUN(test_the_first_start_makes_a_member);
    RUN(test_modes_say_which_units_count);
    RUN(test_the_starting_row_counts_for_unit_0_only);
    RUN(test_units_are_those_of_the_calendar);
    RUN(test_months_of_weeks_count_too);
    RUN(test_a_member_is_immature_until_its_unit_has_ended);
    RUN(test_sums_keep_their_kind);
    RUN(test_a_sum_that_overflows_is_an_error);
    RUN(test_a_real_sum_beyond_a_double_is_missing);
    RUN(test_what_cannot_be_a_retention_is_an_error);
    RUN(test_random_rows_equal_the_obvious_way);
    RUN(test_retentions_meet_unless_their_rows_differ);
    RUN(test_exhausted_memory_is_an_error);
    return test_end();
}
