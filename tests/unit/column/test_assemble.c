/* column: a table made of arrays that are there already. */
#include "column/assemble.h"
#include "test.h"

static cyn_table *people(void)
{
    static const cyn_column_spec spec = {"who", CYN_TEXT, 0};
    static const char *const names[] = {"ann", "bob", "cy"};
    cyn_builder *b;
    cyn_table *t;
    if (cyn_builder_new(&spec, 1, &b, NULL) != CYN_OK) exit(1);
    for (size_t i = 0; i < 3; i++) {
        CHECK(cyn_builder_text(b, 0, names[i], strlen(names[i])));
        if (cyn_builder_end_row(b, NULL) != CYN_OK) exit(1);
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) exit(1);
    return t;
}

static const cyn_column_spec specs[] = {{"friend", CYN_TEXT, 0}, {"cents", CYN_DECIMAL, 2}};

static void fill(cyn_column_arrays a[2], const cyn_table *t)
{
    static const uint32_t codes[] = {2, 2, 0};
    static const int64_t cents[] = {150, 0, 7};
    a[0] = (cyn_column_arrays){.values = cyn_malloc(sizeof codes),
                               .dict = cyn_table_column(t, 0)->dict};
    a[1] = (cyn_column_arrays){.values = cyn_malloc(sizeof cents),
                               .valid = cyn_malloc(sizeof *a[1].valid)};
    if (!a[0].values || !a[1].values || !a[1].valid) exit(1);
    memcpy(a[0].values, codes, sizeof codes);
    memcpy(a[1].values, cents, sizeof cents);
    *a[1].valid = 5; /* the second is missing */
}

static void test_texts_are_those_of_the_other_table(void)
{
    cyn_table *t = people(), *made = NULL;
    cyn_column_arrays a[2];
    fill(a, t);
    CHECK_INT(cyn_table_assemble(specs, a, 2, 3, t, &made, NULL), CYN_OK);
    cyn_table_unref(t); /* the new table keeps what it needs */
    CHECK_INT(cyn_table_rows(made), 3);
    CHECK_INT(cyn_table_width(made), 2);
    CHECK_INT(cyn_table_find(made, "cents"), 1);
    CHECK_INT(cyn_table_bytes(made), 3 * 4 + 3 * 8 + 8);
    const cyn_column *who = cyn_table_column(made, 0), *cents = cyn_table_column(made, 1);
    CHECK(who->v.code == a[0].values); /* nothing was copied */
    CHECK(memcmp(who->dict->heap + who->dict->offset[cyn_column_code(who, 1)], "cy", 2) == 0);
    CHECK(cyn_column_has(cents, 0) && !cyn_column_has(cents, 1) && cyn_column_has(cents, 2));
    CHECK_INT(cyn_column_integer(cents, 2), 7);
    CHECK_INT(cents->scale, 2);
    cyn_table_unref(made);
}

static void test_on_failure_the_arrays_stay_the_callers(void)
{
    cyn_table *t = people(), *made = NULL;
    cyn_column_arrays a[2];
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 0;
    fill(a, t);
    while (rc == CYN_E_NOMEM && n < 100) {
        cyn_test_fail_after(++n);
        rc = cyn_table_assemble(specs, a, 2, 3, t, &made, NULL);
        cyn_test_fail_after(0);
        CHECK((rc == CYN_OK) == (made != NULL));
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 4);
    cyn_table_unref(made);
    cyn_table_unref(t);
}

int main(void)
{
    RUN(test_texts_are_those_of_the_other_table);
    RUN(test_on_failure_the_arrays_stay_the_callers);
    return test_end();
}
