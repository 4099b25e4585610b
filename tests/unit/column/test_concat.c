/* column: several tables become one. The truth is the table that one builder makes of all rows. */
#include "column/concat.h"
#include "column/segment.h"
#include "segment_tables.h"
#include <unistd.h>

static void test_parts_make_the_table_that_one_builder_makes(void)
{
    static const size_t cuts[][4] = {{0, 1, 2, 300},   {0, 64, 128, 300}, {0, 63, 65, 300},
                                     {0, 0, 300, 300}, {0, 7, 200, 300},  {0, 299, 300, 300}};
    cyn_table *want = table_of(0, 300);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        cyn_table *parts[3], *got = NULL;
        for (size_t k = 0; k < 3; k++)
            parts[k] = table_of(cuts[i][k], cuts[i][k + 1]);
        const cyn_table *const_parts[] = {parts[0], parts[1], parts[2]};
        CHECK_INT(cyn_table_concat(every_type, EVERY, const_parts, 3, &got, NULL), CYN_OK);
        CHECK(got && same_table(got, want));
        cyn_table_unref(got);
        for (size_t k = 0; k < 3; k++)
            cyn_table_unref(parts[k]);
    }
    cyn_table_unref(want);
}

/* The first part as a segment, large enough for its values to be mapped; what lies behind them in
 * the file must not show where the other parts have no value. */
static void test_a_segment_is_extended_in_place(void)
{
    char folder[] = "/tmp/cyn-concat-XXXXXX", path[64];
    if (!mkdtemp(folder)) abort();
    snprintf(path, sizeof path, "%s/1.seg", folder);
    cyn_arena *arena = cyn_arena_new(0);
    enum { FIRST = 70001, ALL = 75000 };
    cyn_table *want = table_of(0, ALL), *first = table_of(0, FIRST), *rest = table_of(FIRST, ALL);
    cyn_segment segment = {0};
    CHECK_INT(cyn_segment_write(first, "", 0, NULL, path, NULL), CYN_OK);
    CHECK_INT(cyn_segment_open(path, CYN_SEGMENT_ALL, arena, &segment, NULL), CYN_OK);
    unlink(path);
    const cyn_table *parts[] = {segment.table, rest};
    cyn_table *got = NULL;
    CHECK_INT(cyn_table_concat(every_type, EVERY, parts, 2, &got, NULL), CYN_OK);
    cyn_table_unref(segment.table);
    CHECK(same_table(got, want));
    const cyn_column *paid = cyn_table_column(got, 4);
    for (size_t row = FIRST; row < ALL; row++)
        if (!cyn_column_has(paid, row)) CHECK_INT(paid->v.bit[row], 0);
    cyn_table_unref(got);
    cyn_table_unref(want);
    cyn_table_unref(first);
    cyn_table_unref(rest);
    cyn_arena_free(arena);
    CHECK_INT(rmdir(folder), 0);
}

/* One column of this type; `values` rows with a value and one without. */
static cyn_table *one_column(const char *name, cyn_type type, uint8_t scale, int values)
{
    cyn_column_spec spec = {name, type, scale};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(&spec, 1, &b, NULL) != CYN_OK) abort();
    for (int i = 0; i <= values; i++) {
        int ok = i == values        ? 1
                 : type == CYN_TEXT ? cyn_builder_text(b, 0, "x", 1)
                                    : cyn_builder_i64(b, 0, i + 1);
        if (!ok || cyn_builder_end_row(b, NULL) != CYN_OK) abort();
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) abort();
    return t;
}

static void test_a_column_that_a_part_lacks_is_missing_there(void)
{
    cyn_column_spec specs[] = {{"a", CYN_INTEGER, 0}, {"b", CYN_TEXT, 0}};
    cyn_table *a = one_column("a", CYN_INTEGER, 0, 2), *b = one_column("b", CYN_TEXT, 0, 1);
    const cyn_table *parts[] = {a, b};
    cyn_table *t = NULL;
    CHECK_INT(cyn_table_concat(specs, 2, parts, 2, &t, NULL), CYN_OK);
    CHECK_INT(cyn_table_rows(t), 5);
    const cyn_column *x = cyn_table_column(t, 0), *y = cyn_table_column(t, 1);
    CHECK_INT(cyn_column_integer(x, 1), 2);
    CHECK(cyn_column_has(x, 1) && !cyn_column_has(x, 2) && !cyn_column_has(x, 3));
    CHECK(!cyn_column_has(y, 0) && cyn_column_has(y, 3) && !cyn_column_has(y, 4));
    CHECK_INT(y->dict->count, 1);
    cyn_table_unref(t);
    cyn_table_unref(a);
    cyn_table_unref(b);
}

static void test_another_type_is_refused_unless_it_has_no_values(void)
{
    cyn_column_spec spec = {"a", CYN_DECIMAL, 2};
    cyn_table *cents = one_column("a", CYN_DECIMAL, 2, 3),
              *tenths = one_column("a", CYN_DECIMAL, 1, 3);
    cyn_table *none = one_column("a", CYN_TEXT, 0, 0), *texts = one_column("a", CYN_TEXT, 0, 1);
    const cyn_table *fine[] = {cents, none}, *scale[] = {cents, tenths}, *type[] = {cents, texts};
    cyn_table *t = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_table_concat(&spec, 1, scale, 2, &t, &err), CYN_E_TYPE);
    CHECK_STR(err.message, "column 'a' is of type decimal (scale 1), expected decimal (2)");
    CHECK_INT(cyn_table_concat(&spec, 1, type, 2, &t, &err), CYN_E_TYPE);
    CHECK(t == NULL);
    CHECK_INT(cyn_table_concat(&spec, 1, fine, 2, &t, &err), CYN_OK);
    CHECK_INT(cyn_table_rows(t), 5);
    cyn_table_unref(t);
    cyn_table_unref(cents);
    cyn_table_unref(tenths);
    cyn_table_unref(none);
    cyn_table_unref(texts);
}

static void test_every_failing_allocation_is_an_error(void)
{
    cyn_table *a = table_of(0, 20), *b = table_of(20, 40), *t = NULL;
    const cyn_table *parts[] = {a, b};
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 1;
    for (; rc == CYN_E_NOMEM && n < 1000; n++) {
        cyn_test_fail_after(n);
        rc = cyn_table_concat(every_type, EVERY, parts, 2, &t, NULL);
        cyn_test_fail_after(0);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 20);
    cyn_table_unref(t);
    cyn_table_unref(a);
    cyn_table_unref(b);
}

int main(void)
{
    RUN(test_parts_make_the_table_that_one_builder_makes);
    RUN(test_a_segment_is_extended_in_place);
    RUN(test_a_column_that_a_part_lacks_is_missing_there);
    RUN(test_another_type_is_refused_unless_it_has_no_values);
    RUN(test_every_failing_allocation_is_an_error);
    return test_end();
}
