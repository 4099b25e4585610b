/* column: finding, sharing and joining tables. */
#include "column/column.h"
#include "test.h"

/* One INTEGER column of this name holding first, first + 1, … */
static cyn_table *numbers(const char *name, int64_t first, size_t rows)
{
    cyn_column_spec spec = {name, CYN_INTEGER, 0};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(&spec, 1, &b, NULL) != CYN_OK) abort();
    for (size_t row = 0; row < rows; row++)
        if (!cyn_builder_i64(b, 0, first + (int64_t)row) || cyn_builder_end_row(b, NULL) != CYN_OK)
            abort();
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) abort();
    return t;
}

static cyn_table *join(const cyn_table *t, const cyn_table *more)
{
    cyn_table *joined = NULL;
    if (cyn_table_join_columns(t, more, &joined, NULL) != CYN_OK) abort();
    return joined;
}

static void test_joining_shares_the_arrays(void)
{
    cyn_table *a = numbers("a", 0, 100), *b = numbers("payload.size", 7, 100);
    cyn_table *t = join(a, b);
    CHECK_INT(cyn_table_rows(t), 100);
    CHECK_INT(cyn_table_width(t), 2);
    CHECK_INT(cyn_table_find(t, "a"), 0);
    CHECK_INT(cyn_table_find(t, "payload.size"), 1);
    CHECK_INT(cyn_table_find(t, "payload"), -1);
    CHECK(cyn_table_column(t, 0)->v.values == cyn_table_column(a, 0)->v.values);
    CHECK(cyn_table_column(t, 1)->v.values == cyn_table_column(b, 0)->v.values);
    CHECK_INT(cyn_table_bytes(a), 100);
    CHECK_INT(cyn_table_bytes(t), 200);
    cyn_table_unref(a);
    cyn_table_unref(b);
    cyn_table_unref(t);
}

static void test_a_joined_table_keeps_its_parents(void)
{
    cyn_table *a = numbers("a", 0, 70), *b = numbers("b", 7, 70), *c = numbers("c", 9, 70);
    cyn_table *ab = join(a, b), *abc = join(ab, c);
    cyn_table_unref(a);
    cyn_table_unref(b);
    cyn_table_unref(c);
    cyn_table_unref(ab);
    CHECK_INT(cyn_column_integer(cyn_table_column(abc, 0), 69), 69);
    CHECK_INT(cyn_column_integer(cyn_table_column(abc, 1), 69), 76);
    CHECK_INT(cyn_column_integer(cyn_table_column(abc, 2), 69), 78);
    CHECK_STR(cyn_table_column(abc, 1)->name, "b");
    cyn_table_unref(abc);
}

static void test_the_first_of_two_equal_names_is_found(void)
{
    cyn_table *a = numbers("x", 1, 1), *b = numbers("x", 2, 1), *t = join(a, b);
    CHECK_INT(cyn_table_find(t, "x"), 0);
    cyn_table_unref(a);
    cyn_table_unref(b);
    cyn_table_unref(t);
}

static void test_a_tail_begins_where_it_is_told_to(void)
{
    const cyn_column_spec columns[] = {{"n", CYN_INTEGER, 0}, {"b", CYN_BOOLEAN, 0}};
    cyn_builder *b = NULL;
    cyn_table *t = NULL, *tail = NULL, *none = NULL;
    CHECK_INT(cyn_builder_new(columns, 2, &b, NULL), CYN_OK);
    for (int64_t row = 0; row < 200; row++) {
        if (row % 3) cyn_builder_i64(b, 0, 1000 * row);
        cyn_builder_i64(b, 1, row % 5 == 0);
        CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
    }
    CHECK_INT(cyn_builder_finish(b, &t, NULL), CYN_OK);
    CHECK_INT(cyn_table_tail(t, 65, &tail, NULL), CYN_E_RANGE);
    CHECK_INT(cyn_table_tail(t, 256, &tail, NULL), CYN_E_RANGE);
    CHECK_INT(cyn_table_tail(t, 128, &tail, NULL), CYN_OK);
    cyn_table_unref(t);
    CHECK_INT(cyn_table_rows(tail), 72);
    CHECK_INT(cyn_table_find(tail, "b"), 1);
    const cyn_column *n = cyn_table_column(tail, 0), *flag = cyn_table_column(tail, 1);
    for (size_t row = 0; row < 72; row++) {
        CHECK_INT(cyn_column_has(n, row), (row + 128) % 3 != 0);
        if (cyn_column_has(n, row)) CHECK_INT(cyn_column_integer(n, row), 1000 * (128 + (int)row));
        CHECK_INT(flag->v.bit[row], (row + 128) % 5 == 0);
    }
    CHECK_INT(cyn_table_tail(tail, 64, &none, NULL), CYN_OK);
    CHECK_INT(cyn_table_rows(none), 8);
    CHECK_INT(cyn_column_integer(cyn_table_column(none, 0), 1), 1000 * 193);
    cyn_table_unref(tail);
    cyn_table_unref(none);
}

static void test_tables_of_other_lengths_are_refused(void)
{
    cyn_table *a = numbers("a", 0, 2), *b = numbers("b", 0, 3), *t = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_table_join_columns(a, b, &t, &err), CYN_E_RANGE);
    CHECK_STR(err.message, "cannot join columns of 3 rows to a table of 2 rows");
    CHECK(t == NULL);
    cyn_table_unref(a);
    cyn_table_unref(b);
}

static void test_a_reference_keeps_a_table(void)
{
    cyn_table *a = numbers("a", 5, 1), *again = cyn_table_ref(a);
    CHECK(a == again);
    cyn_table_unref(a);
    CHECK_INT(cyn_column_integer(cyn_table_column(again, 0), 0), 5);
    cyn_table_unref(again);
    cyn_table_unref(NULL);
}

static void test_exhausted_memory_joins_nothing(void)
{
    cyn_table *a = numbers("a", 0, 2), *b = numbers("b", 0, 2), *t = NULL;
    size_t n = 0;
    cyn_code code = CYN_E_NOMEM;
    while (code == CYN_E_NOMEM && n < 10) {
        cyn_test_fail_after(++n);
        code = cyn_table_join_columns(a, b, &t, NULL);
        cyn_test_fail_after(0);
        CHECK((t != NULL) == (code == CYN_OK));
    }
    CHECK_INT(code, CYN_OK);
    CHECK_INT(n, 3); /* the table and its columns */
    cyn_table_unref(a);
    cyn_table_unref(b);
    cyn_table_unref(t);
}

int main(void)
{
    RUN(test_joining_shares_the_arrays);
    RUN(test_a_joined_table_keeps_its_parents);
    RUN(test_the_first_of_two_equal_names_is_found);
    RUN(test_a_tail_begins_where_it_is_told_to);
    RUN(test_tables_of_other_lengths_are_refused);
    RUN(test_a_reference_keeps_a_table);
    RUN(test_exhausted_memory_joins_nothing);
    return test_end();
}
