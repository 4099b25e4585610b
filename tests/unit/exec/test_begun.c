/* Cohorts of a table's last rows, without those that began before, are those of all rows that begin
 * there. */
#include "column/column.h"
#include "exec/begun.h"
#include "exec/exec.h"
#include "relation_rows.h"
#include <stdlib.h>

enum { T, WHO, NEAR, FAR, REAL, WHAT, COLUMNS };
static const cyn_column_spec specs[COLUMNS] = {{"t", CYN_TIMESTAMP, 0},  {"who", CYN_TEXT, 0},
                                               {"near", CYN_INTEGER, 0}, {"far", CYN_INTEGER, 0},
                                               {"real", CYN_REAL, 0},    {"what", CYN_TEXT, 0}};
enum { ROWS = 900, ENTITIES = 90, DAYS = 28 };

static const cyn_view base = {.source = "events"};
static const cyn_calendar utc = {.week_start = 1, .fiscal_month = 1};
static cyn_expr what, signup, lesson, is_signup, is_lesson;

static uint32_t below(uint32_t n) /* the same rows on every machine */
{
    static uint32_t state = 20261122;
    state = state * 1664525 + 1013904223;
    return (state >> 8) % n;
}

/* Rows in the order of time but for a few, with times and entities that are missing. */
static cyn_table *make_rows(void)
{
    cyn_buf rows = {0};
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t e = below(ENTITIES), day = i * DAYS / ROWS;
        if (below(40) == 0) day = below(DAYS);
        if (below(20)) cyn_buf_printf(&rows, "2026-02-%02uT%02u:00:00Z", 1 + day, below(4));
        if (below(20)) {
            cyn_buf_printf(&rows, ",u%u,%d,%lld,%u.5", e, (int)e - 5,
                           (long long)(e % 2 ? INT64_MAX - e : INT64_MIN + e), e);
        } else {
            cyn_buf_puts(&rows, ",,,,");
        }
        cyn_buf_printf(&rows, ",%s\n", below(3) ? "lesson" : "signup");
    }
    cyn_buf_putc(&rows, 0);
    cyn_table *t = table_of(specs, COLUMNS, rows.data);
    cyn_buf_clear(&rows);
    return t;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The rows of a relation that begin at an instant or later, as sorted lines; how many they are. */
static size_t lines_since(const cyn_table *t, int64_t since, cyn_buf *out)
{
    const cyn_column *time = cyn_table_column(t, (size_t)cyn_table_find(t, "time"));
    char *lines[ROWS];
    size_t n = 0;
    for (size_t row = 0; row < cyn_table_rows(t); row++) {
        cyn_buf line = {0};
        if (cyn_column_integer(time, row) < since) continue;
        for (size_t c = 0; c < cyn_table_width(t); c++) {
            add_cell_text(&line, cyn_table_column(t, c), row);
            cyn_buf_putc(&line, ' ');
        }
        cyn_buf_putc(&line, 0);
        lines[n++] = line.data;
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++) {
        cyn_buf_puts(out, lines[i]);
        cyn_buf_putc(out, '\n');
        cyn_free(lines[i]);
    }
    cyn_buf_putc(out, 0);
    return n;
}

static cyn_table *make(const cyn_relation *spec, const cyn_relation_input *in)
{
    cyn_table *t = NULL;
    if (cyn_exec_relation(spec, in, NULL, &t, NULL) != CYN_OK) exit(1);
    return t;
}

/* The first of 64 rows among which one may be that is not before the instant. */
static size_t first_since(const cyn_table *t, int64_t since)
{
    const cyn_column *time = cyn_table_column(t, T);
    size_t row = 0;
    while (!cyn_column_has(time, row) || cyn_column_integer(time, row) < since)
        row++;
    return row / 64 * 64;
}

static size_t check_since(const cyn_relation *spec, const cyn_relation_input *all,
                          const char *entity, const char *day)
{
    const cyn_expr is_since = {.kind = CYN_EXPR_COLUMN, .name = "#since"};
    const int64_t since = instant(day);
    cyn_buf expected = {0}, found = {0};
    cyn_begun *begun = NULL;
    cyn_table *last = NULL, *column = NULL, *joined = NULL;
    cyn_table *whole = make(spec, all);
    size_t n = lines_since(whole, since, &expected);
    size_t first = first_since(all->table, since);
    CHECK_INT(cyn_exec_begun(spec, all, NULL, &begun, NULL), CYN_OK);
    CHECK_INT(cyn_table_tail(all->table, first, &last, NULL), CYN_OK);
    CHECK_INT(cyn_begun_since(begun, last, first, entity, "#since", &column, NULL), CYN_OK);
    CHECK_INT(cyn_table_join_columns(last, column, &joined, NULL), CYN_OK);
    cyn_relation_input in = *all;
    in.table = joined;
    in.where = &is_since;
    cyn_table *part = make(spec, &in);
    lines_since(part, since, &found);
    CHECK_STR(found.data, expected.data);
    CHECK(first == 0 || cyn_table_rows(part) < cyn_table_rows(whole));
    const cyn_table *tables[] = {whole, last, column, joined, part};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        cyn_table_unref(tables[i]);
    cyn_begun_free(begun);
    cyn_buf_clear(&expected);
    cyn_buf_clear(&found);
    return n;
}

static void test_whoever_begins_later_begins_among_the_last_rows(void)
{
    static const char *const days[] = {"2026-02-02", "2026-02-14", "2026-02-27"};
    const cyn_journey_step steps[] = {{.when = &is_signup}, {.when = &is_lesson}};
    cyn_table *t = make_rows();
    const cyn_relation_input in = {
        .table = t, .time = "t", .calendar = &utc, .now = instant("2026-02-20")};
    size_t begin = 0;
    for (int c = WHO; c <= REAL; c++) {
        const cyn_expr entity = column(specs[c].name);
        const cyn_relation journey = {.kind = CYN_JOURNEY,
                                      .base = &base,
                                      .entity = &entity,
                                      .steps = steps,
                                      .nsteps = 2,
                                      .within = 3 * CYN_DAY};
        const cyn_relation retention = {.kind = CYN_RETENTION,
                                        .base = &base,
                                        .entity = &entity,
                                        .start = &is_lesson,
                                        .unit = CYN_DAILY,
                                        .n = 2};
        for (size_t d = 0; d < sizeof days / sizeof *days; d++) {
            begin += check_since(&journey, &in, entity.name, days[d]);
            begin += check_since(&retention, &in, entity.name, days[d]);
        }
    }
    CHECK(begin > ENTITIES);
    cyn_table_unref(t);
}

static void test_threads_find_the_same(void)
{
    cyn_exec_threads(3);
    test_whoever_begins_later_begins_among_the_last_rows();
    cyn_exec_threads(0);
}

static void test_what_has_no_time_begins_nothing(void)
{
    const cyn_expr entity = column("who");
    const cyn_relation retention = {
        .kind = CYN_RETENTION, .base = &base, .entity = &entity, .start = &is_lesson};
    cyn_table *t = make_rows();
    const cyn_relation_input in = {.table = t, .calendar = &utc};
    cyn_begun *begun = NULL;
    CHECK_INT(cyn_exec_begun(&retention, &in, NULL, &begun, NULL), CYN_E_NAME);
    CHECK(begun == NULL);
    cyn_table_unref(t);
}

static void test_exhausted_memory_is_an_error(void)
{
    const cyn_expr text = column("who"), far = column("far");
    const cyn_expr *const entities[] = {&text, &far};
    cyn_table *t = make_rows();
    const cyn_relation_input in = {.table = t, .time = "t", .calendar = &utc};
    for (size_t k = 0; k < 2; k++) {
        const cyn_relation retention = {
            .kind = CYN_RETENTION, .base = &base, .entity = entities[k], .start = &is_lesson};
        size_t failures = 0;
        for (size_t n = 1;; n++, failures++) {
            cyn_begun *begun = NULL;
            cyn_test_fail_after(n);
            cyn_code rc = cyn_exec_begun(&retention, &in, NULL, &begun, NULL);
            cyn_test_fail_after(0);
            cyn_begun_free(begun);
            if (rc == CYN_OK) break;
            CHECK_INT(rc, CYN_E_NOMEM);
        }
        CHECK(failures > 3);
    }
    cyn_table_unref(t);
}

int main(void)
{
    what = column("what");
    signup = (cyn_expr){.kind = CYN_EXPR_CONST,
                        .value = {.kind = CYN_CONST_TEXT, .s = "signup", .n = 6}};
    lesson = (cyn_expr){.kind = CYN_EXPR_CONST,
                        .value = {.kind = CYN_CONST_TEXT, .s = "lesson", .n = 6}};
    is_signup = (cyn_expr){.kind = CYN_EXPR_EQUALS, .a = &what, .b = &signup};
    is_lesson = (cyn_expr){.kind = CYN_EXPR_EQUALS, .a = &what, .b = &lesson};
    RUN(test_whoever_begins_later_begins_among_the_last_rows);
    RUN(test_threads_find_the_same);
    RUN(test_what_has_no_time_begins_nothing);
    RUN(test_exhausted_memory_is_an_error);
    return test_end();
}
