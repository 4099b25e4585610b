/* Balances and movements of random rows against the obvious way: for each entity and instant, every
 * row. In every movement opening + new + expansion - contraction - churn + reactivation = closing,
 * to the last digit. */
#include "relation_rows.h"

enum { MOST = 60, ENTITIES = 4, INTERVALS = 5, STEP = 20, LAST = 40 };
#define TICK (STEP * CYN_SECOND) /* all times are multiples of it; a period has three */

static uint64_t seed;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

typedef struct row {
    int64_t from, to;  /* to: CYN_TIME_MAX is open */
    int entity, value; /* -1: missing */
    bool known;        /* the value is */
} row;

static row rows[MOST];
static size_t nrows;
static bool of_snapshots, real;
static cyn_calendar utc = {.week_start = 1, .fiscal_month = 1};
static const cyn_view base = {.source = "s"};
static const cyn_expr who = {.kind = CYN_EXPR_COLUMN, .name = "who"};
static const cyn_expr value = {.kind = CYN_EXPR_COLUMN, .name = "value"};
static const cyn_expr from = {.kind = CYN_EXPR_COLUMN, .name = "from"};
static const cyn_expr to = {.kind = CYN_EXPR_COLUMN, .name = "to"};

static cyn_table *make_table(void)
{
    cyn_column_spec specs[] = {{"who", CYN_INTEGER, 0},
                               {"from", CYN_TIMESTAMP, 0},
                               {"to", CYN_TIMESTAMP, 0},
                               {"value", real ? CYN_REAL : CYN_DECIMAL, real ? 0 : 2}};
    cyn_builder *b;
    cyn_table *t;
    bool ok = cyn_builder_new(specs, 4, &b, NULL) == CYN_OK;
    nrows = below(MOST);
    uint32_t snapshots = 1 + below(10), negative = below(2) * 3;
    for (size_t i = 0; ok && i < nrows; i++) {
        int64_t start = (int64_t)below(of_snapshots ? snapshots : LAST) * TICK;
        int64_t end = below(3) ? start + (int64_t)below(12) * TICK : CYN_TIME_MAX;
        rows[i] = (row){start, end, (int)below(ENTITIES + 1) - 1, (int)(below(9) - negative),
                        below(8) > 0};
        if (rows[i].entity >= 0) ok = cyn_builder_i64(b, 0, rows[i].entity);
        ok = ok && cyn_builder_i64(b, 1, start);
        if (end != CYN_TIME_MAX) ok = ok && cyn_builder_i64(b, 2, end);
        if (rows[i].known) {
            ok = ok && (real ? cyn_builder_f64(b, 3, rows[i].value * 0.25)
                             : cyn_builder_i64(b, 3, rows[i].value));
        }
        ok = ok && cyn_builder_end_row(b, NULL) == CYN_OK;
    }
    if (!ok || cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    return t;
}

/* ---- the slow way ---- */

/* The latest snapshot before an instant; -1 when there is none. */
static int64_t snapshot_before(int64_t at)
{
    int64_t latest = -1;
    for (size_t i = 0; i < nrows; i++) {
        if (rows[i].from < at && rows[i].from > latest) latest = rows[i].from;
    }
    return latest;
}

static int state(int entity, int64_t at)
{
    int sum = 0;
    int64_t snapshot = snapshot_before(at);
    for (size_t i = 0; i < nrows; i++) {
        bool counts =
            of_snapshots ? rows[i].from == snapshot : rows[i].from < at && (rows[i].to >= at);
        if (counts && rows[i].known && rows[i].entity == entity) sum += rows[i].value;
    }
    return sum;
}

static bool seen_before(int entity, int64_t start, cyn_grain grain)
{
    for (int64_t at = 0; at <= start; at += grain.unit == CYN_ALL ? TICK : CYN_MINUTE) {
        if (state(entity, at) > 0) return true;
        if (grain.unit == CYN_ALL && at < start && state(entity, at + 1) > 0) return true;
    }
    return false;
}

static void slow_movement(int entity, cyn_interval i, cyn_grain grain, int parts[7])
{
    int opening = state(entity, i.start), closing = state(entity, i.end);
    int change = closing - opening;
    memset(parts, 0, 7 * sizeof *parts);
    parts[0] = opening;
    parts[1] = closing;
    if (opening <= 0 && closing > 0) {
        parts[seen_before(entity, i.start, grain) ? 6 : 2] = change;
    } else if (opening > 0 && closing <= 0) {
        parts[5] = -change;
    } else {
        parts[change > 0 ? 3 : 4] = abs(change);
    }
}

static bool has_state(cyn_interval i)
{
    return i.start < i.end && (!of_snapshots || snapshot_before(i.end) >= i.start);
}

/* ---- comparing ---- */

static double cell(const cyn_table *t, size_t col, size_t r)
{
    const cyn_column *c = cyn_table_column(t, col);
    return real ? c->v.f64[r] * 4 : (double)cyn_column_integer(c, r);
}

static void check_movement(const cyn_table *t, const cyn_interval *intervals, cyn_grain grain)
{
    size_t found = 0;
    for (size_t r = 0; r < cyn_table_rows(t); r++) {
        int64_t i = cyn_column_integer(cyn_table_column(t, 0), r);
        int want[7];
        slow_movement((int)cyn_column_integer(cyn_table_column(t, 1), r), intervals[i], grain,
                      want);
        for (size_t part = 0; part < 7; part++)
            CHECK_NEAR(cell(t, 2 + part, r), want[part], 0);
        CHECK_NEAR(cell(t, 2, r) + cell(t, 4, r) + cell(t, 5, r) - cell(t, 6, r) - cell(t, 7, r) +
                       cell(t, 8, r),
                   cell(t, 3, r), 0);
    }
    for (size_t i = 0; i < INTERVALS; i++) {
        for (int e = 0; has_state(intervals[i]) && e < ENTITIES; e++)
            found += state(e, intervals[i].start) != 0 || state(e, intervals[i].end) != 0;
    }
    CHECK_INT(cyn_table_rows(t), found);
}

static void check_balance(const cyn_table *t, const cyn_interval *intervals)
{
    size_t found = 0;
    for (size_t r = 0; r < cyn_table_rows(t); r++) {
        int64_t end = intervals[cyn_column_integer(cyn_table_column(t, 0), r)].end;
        CHECK_NEAR(cell(t, 2, r), state((int)cyn_column_integer(cyn_table_column(t, 1), r), end),
                   0);
    }
    for (size_t i = 0; i < INTERVALS; i++) {
        for (int e = 0; has_state(intervals[i]) && e < ENTITIES; e++)
            found += state(e, intervals[i].end) != 0;
    }
    CHECK_INT(cyn_table_rows(t), found);
}

static void check_one(void)
{
    cyn_interval intervals[INTERVALS];
    of_snapshots = below(2);
    real = below(2);
    cyn_grain grain = {below(2) ? CYN_ALL : CYN_MINUTES, 1};
    cyn_table *t = make_table(), *made = NULL;
    for (size_t i = 0; i < INTERVALS; i++) {
        int64_t start = (int64_t)below(LAST) * TICK;
        intervals[i] = (cyn_interval){start, start + (int64_t)below(15) * TICK};
    }
    cyn_relation spec = {.kind = CYN_BALANCE,
                         .base = &base,
                         .entity = &who,
                         .arg = &value,
                         .from = of_snapshots ? NULL : &from,
                         .to = of_snapshots ? NULL : &to};
    cyn_relation_input in = {.table = t,
                             .time = "from",
                             .calendar = &utc,
                             .intervals = intervals,
                             .nintervals = INTERVALS,
                             .grain = grain,
                             .now = instant("2000-01-01")};
    CHECK(cyn_exec_relation(&spec, &in, NULL, &made, NULL) == CYN_OK);
    if (made) check_balance(made, intervals);
    cyn_table_unref(made);
    made = NULL;
    spec.kind = CYN_MOVEMENT;
    CHECK(cyn_exec_relation(&spec, &in, NULL, &made, NULL) == CYN_OK);
    if (made) check_movement(made, intervals, grain);
    cyn_table_unref(made);
    cyn_table_unref(t);
}

static void test_random_rows_agree_with_the_slow_way(void)
{
    for (int round = 0; round < 2000; round++) {
        seed = (uint64_t)round;
        check_one();
        if (test_failed_here) {
            printf("# seed %d\n", round);
            return;
        }
    }
}

int main(void)
{
    RUN(test_random_rows_agree_with_the_slow_way);
    return test_end();
}
