/* What all relations have in common: threads, entities of any kind, columns that nobody reads. */
#include "exec/exec.h"
#include "relation_rows.h"

enum { T, WHO, NEAR, FAR, WHAT, X, COLUMNS };
static const cyn_column_spec specs[COLUMNS] = {{"t", CYN_TIMESTAMP, 0},  {"who", CYN_TEXT, 0},
                                               {"near", CYN_INTEGER, 0}, {"far", CYN_INTEGER, 0},
                                               {"what", CYN_TEXT, 0},    {"x", CYN_REAL, 0}};
enum { ROWS = 700, ENTITIES = 40 };

static const cyn_view base = {.source = "events"};
static const cyn_calendar utc = {.week_start = 1, .fiscal_month = 1};
static cyn_expr who, what, x, signup, lesson, is_signup, is_lesson;
static const cyn_journey_step steps[] = {{.when = &is_signup}, {.when = &is_lesson}};
static cyn_interval weeks[4];
static const char *const groups[] = {"what"};

static uint32_t below(uint32_t n) /* the same rows on every machine */
{
    static uint32_t state = 20260902;
    state = state * 1664525 + 1013904223;
    return (state >> 8) % n;
}

static cyn_expr text(const char *s)
{
    return (cyn_expr){.kind = CYN_EXPR_CONST,
                      .value = {.kind = CYN_CONST_TEXT, .s = s, .n = strlen(s)}};
}

static cyn_expr equals(const cyn_expr *a, const cyn_expr *b)
{
    return (cyn_expr){.kind = CYN_EXPR_EQUALS, .a = a, .b = b};
}

/* Each entity is known three times: by a text, by a number among neighbours (some below 0), and by
 * one far from all others. Times are in no order, and some are missing, or they are in order; many
 * are equal. Other cells are missing, too. */
static cyn_table *make_rows(bool ordered)
{
    cyn_buf rows = {0};
    cyn_table *t;
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t e = below(ENTITIES), day = 1 + below(28), hour = below(4);
        if (ordered) day = 1 + i * 28 / ROWS;
        if (ordered) hour = i * 28 % ROWS * 4 / ROWS;
        if (ordered || below(20)) cyn_buf_printf(&rows, "2026-02-%02uT%02u:00:00Z", day, hour);
        if (below(20)) {
            cyn_buf_printf(&rows, ",u%u,%d,%lld", e, (int)e - 5,
                           (long long)(e % 2 ? INT64_MAX - e : INT64_MIN + e));
        } else {
            cyn_buf_puts(&rows, ",,,");
        }
        cyn_buf_printf(&rows, ",%s,%u.%u\n", below(3) ? "lesson" : "signup", below(9), below(10));
    }
    cyn_buf_putc(&rows, 0);
    t = table_of(specs, COLUMNS, rows.data);
    cyn_buf_clear(&rows);
    return t;
}

static cyn_relation relation(cyn_relation_kind kind)
{
    cyn_relation spec = {.kind = kind, .base = &base, .entity = &who};
    if (kind == CYN_PER) {
        spec.func = CYN_SUM;
        spec.arg = &x;
    } else if (kind == CYN_JOURNEY) {
        spec.steps = steps;
        spec.nsteps = 2;
        spec.within = 10 * CYN_DAY;
        spec.every = true;
    } else {
        spec.start = &is_signup;
        spec.unit = CYN_DAILY;
        spec.n = 2;
        spec.mode = CYN_UNBOUNDED;
    }
    return spec;
}

static cyn_relation_input over(const cyn_table *t)
{
    return (cyn_relation_input){.table = t,
                                .time = "t",
                                .calendar = &utc,
                                .intervals = weeks,
                                .nintervals = 4,
                                .groups = groups,
                                .group_names = groups,
                                .ngroups = 1,
                                .now = instant("2026-03-01")};
}

/* All cells in their order, but for the entities. */
static void rows_text(const cyn_relation *spec, const cyn_relation_input *in, cyn_buf *out)
{
    cyn_table *t = NULL;
    CHECK_INT(cyn_exec_relation(spec, in, NULL, &t, NULL), CYN_OK);
    if (!t) exit(1);
    for (size_t r = 0; r < cyn_table_rows(t); r++) {
        for (size_t c = 0; c < cyn_table_width(t); c++) {
            if (!strcmp(cyn_table_column(t, c)->name, "entity")) continue;
            add_cell_text(out, cyn_table_column(t, c), r);
            cyn_buf_putc(out, ' ');
        }
        cyn_buf_putc(out, '\n');
    }
    cyn_buf_putc(out, 0);
    cyn_table_unref(t);
}

static const cyn_relation_kind kinds[] = {CYN_PER, CYN_JOURNEY, CYN_RETENTION};

static void check_threads(const cyn_relation *spec, const cyn_relation_input *in)
{
    cyn_buf one = {0}, many = {0};
    cyn_exec_threads(1);
    rows_text(spec, in, &one);
    cyn_exec_threads(7);
    rows_text(spec, in, &many);
    cyn_exec_threads(0);
    CHECK(one.len > 100);
    CHECK_STR(many.data, one.data);
    cyn_buf_clear(&one);
    cyn_buf_clear(&many);
}

static void test_threads_change_nothing(void) /* A-15, and the order of the rows */
{
    for (size_t i = 0; i < 4; i++) {
        cyn_table *t = make_rows(i % 2);
        cyn_relation_input in = over(t);
        if (i >= 2) in.ngroups = 0;
        for (size_t k = 0; k < 3; k++) {
            cyn_relation spec = relation(kinds[k]);
            check_threads(&spec, &in);
            spec.every = false;
            spec.func = CYN_COUNT;
            spec.arg = NULL;
            check_threads(&spec, &in);
        }
        cyn_table_unref(t);
    }
}

static void test_rows_in_the_order_of_time_can_exhaust_memory_and_be_cancelled(void)
{
    cyn_table *t = make_rows(true);
    cyn_relation_input in = over(t);
    in.ngroups = 0;
    for (size_t k = 0; k < 3; k++) {
        cyn_relation spec = relation(kinds[k]);
        spec.every = false;
        check_relation_out_of_memory(&spec, &in);
        check_relation_cancelled(&spec, &in);
    }
    cyn_table_unref(t);
}

/* Texts are numbered by their dictionary, integers by an array or a hash table. */
static void test_any_kind_of_entity_gives_the_same(void)
{
    cyn_table *t = make_rows(false);
    cyn_relation_input in = over(t);
    static const char *const names[] = {"near", "far"};
    for (size_t k = 0; k < 3; k++) {
        cyn_relation spec = relation(kinds[k]);
        cyn_buf want = {0};
        who = column("who");
        rows_text(&spec, &in, &want);
        for (size_t i = 0; i < 2; i++) {
            cyn_buf got = {0};
            who = column(names[i]);
            rows_text(&spec, &in, &got);
            CHECK_STR(got.data, want.data);
            cyn_buf_clear(&got);
        }
        cyn_buf_clear(&want);
    }
    who = column("who");
    cyn_table_unref(t);
}

/* The names of the columns that a relation's table has; and how many rows. */
static size_t column_names(const cyn_relation *spec, const cyn_relation_input *in, cyn_buf *out)
{
    cyn_table *t = NULL;
    CHECK_INT(cyn_exec_relation(spec, in, NULL, &t, NULL), CYN_OK);
    if (!t) exit(1);
    size_t rows = cyn_table_rows(t);
    for (size_t c = 0; c < cyn_table_width(t); c++)
        cyn_buf_printf(out, "%s%s", c ? " " : "", cyn_table_column(t, c)->name);
    cyn_table_unref(t);
    return rows;
}

static void check_wanted(size_t kind, const char *const *wanted, size_t n, const char *want)
{
    cyn_table *t = make_rows(false);
    cyn_relation_input all = over(t), some = all;
    cyn_relation spec = relation(kinds[kind]);
    cyn_buf names = {0}, all_names = {0};
    some.wanted = wanted;
    some.nwanted = n;
    CHECK_INT(column_names(&spec, &some, &names), column_names(&spec, &all, &all_names));
    CHECK_STR(names.data, want);
    cyn_buf_clear(&names);
    cyn_buf_clear(&all_names);
    cyn_table_unref(t);
}

static void test_columns_that_nobody_reads_are_not_made(void)
{
    check_wanted(0, (const char *[]){"value"}, 1, "#interval value");
    check_wanted(0, (const char *[]){"entity"}, 1, "#interval entity");
    check_wanted(1, (const char *[]){"time"}, 1, "time");
    check_wanted(2, (const char *[]){"time", "retained"}, 2, "time retained");
}

/* Whoever reads it says that there is none, and which there are. */
static void test_all_columns_are_made_when_an_unknown_one_is_wanted(void)
{
    check_wanted(0, (const char *[]){"value", "valu"}, 2, "#interval entity value what");
    check_wanted(2, (const char *[]){"time", "valu"}, 2, "entity time retained immature what");
}

/* The relation's texts are the source's codes, and stay when the source is let go. */
static void test_texts_outlive_the_source(void)
{
    cyn_table *t =
        table_of(specs, COLUMNS, "2026-02-02,ann,1,1,signup,1\n2026-02-03,bob,2,2,signup,1\n");
    cyn_relation_input in = over(t);
    cyn_relation spec = relation(CYN_RETENTION);
    cyn_table *r = NULL;
    CHECK_INT(cyn_exec_relation(&spec, &in, NULL, &r, NULL), CYN_OK);
    if (!r) exit(1);
    CHECK(cyn_table_column(r, 0)->dict == cyn_table_column(t, WHO)->dict);
    cyn_table_unref(t);
    cyn_buf got = {0};
    relation_text(r, &got);
    CHECK_STR(got.data, "ann 2026-02-02T00:00:00Z false false signup\n"
                        "bob 2026-02-03T00:00:00Z false false signup\n");
    cyn_buf_clear(&got);
    cyn_table_unref(r);
}

int main(void)
{
    who = column("who");
    what = column("what");
    x = column("x");
    signup = text("signup");
    lesson = text("lesson");
    is_signup = equals(&what, &signup);
    is_lesson = equals(&what, &lesson);
    for (int i = 0; i < 4; i++) {
        weeks[i].start = instant("2026-02-01") + 7 * i * CYN_DAY;
        weeks[i].end = weeks[i].start + 7 * CYN_DAY;
    }
    RUN(test_threads_change_nothing);
    RUN(test_rows_in_the_order_of_time_can_exhaust_memory_and_be_cancelled);
    RUN(test_any_kind_of_entity_gives_the_same);
    RUN(test_columns_that_nobody_reads_are_not_made);
    RUN(test_all_columns_are_made_when_an_unknown_one_is_wanted);
    RUN(test_texts_outlive_the_source);
    return test_end();
}
