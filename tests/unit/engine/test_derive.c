/* Derived columns, with an evaluator made of C in place of a script worker. */
#include "engine/derive.h"
#include "test.h"
#include <math.h>

static cyn_arena *arena;
static size_t asked; /* rows that the evaluator was asked about */

/* Answers true where column 0 is "ads" (nil where missing); with column 1, its integer times two.
 */
static cyn_code fake_eval(void *self, uint32_t handle, const cyn_batch *b, cyn_arena *a,
                          cyn_answers **out, cyn_err *err)
{
    (void)self, (void)err;
    cyn_answers *ans = CYN_NEW(a, cyn_answers);
    uint8_t *kind = CYN_NEW_ARRAY(a, b->rows + 1, uint8_t);
    uint64_t *bits = CYN_NEW_ARRAY(a, b->rows + 1, uint64_t);
    uint32_t *length = CYN_NEW_ARRAY(a, b->rows + 1, uint32_t);
    asked += b->rows;
    for (size_t r = 0; r < b->rows; r++) {
        const cyn_batch_column *c = &b->columns[0];
        bool has = !c->valid || (c->valid[r / 64] >> (r % 64) & 1);
        if (handle == 9) { /* mixes kinds */
            kind[r] = r % 2 ? CYN_ANSWER_TRUE : CYN_ANSWER_INTEGER;
        } else if (handle == 3) { /* reals among integers, and none at all */
            kind[r] = r % 2 ? CYN_ANSWER_REAL : CYN_ANSWER_INTEGER;
            double real = r % 3 ? 0.5 : (double)NAN;
            if (r % 2)
                memcpy(&bits[r], &real, sizeof real);
            else
                bits[r] = r;
        } else if (handle ==
                   4) { /* the texts "ab" and "b", and nil, by what stands in two inputs */
            const uint8_t *flag = b->columns[1].values;
            bool known = !b->columns[1].valid || (b->columns[1].valid[r / 64] >> (r % 64) & 1);
            kind[r] = has && known ? CYN_ANSWER_TEXT : CYN_ANSWER_NIL;
            bits[r] = known && flag[r];
            length[r] = 2 - (uint32_t)bits[r];
        } else if (handle == 2) {
            kind[r] = has ? CYN_ANSWER_INTEGER : CYN_ANSWER_NIL;
            bits[r] = (uint64_t)(2 * ((const int64_t *)c->values)[r]);
        } else if (has) {
            uint32_t code = ((const uint32_t *)c->values)[r];
            const char *s = c->dict_heap + c->dict_offset[code];
            size_t n = c->dict_offset[code + 1] - c->dict_offset[code];
            kind[r] = n == 3 && memcmp(s, "ads", 3) == 0 ? CYN_ANSWER_TRUE : CYN_ANSWER_FALSE;
        }
    }
    *ans = (cyn_answers){.rows = b->rows,
                         .kind = kind,
                         .bits = bits,
                         .text_length = length,
                         .heap = "ab",
                         .heap_size = 2};
    *out = ans;
    return CYN_OK;
}

static const cyn_evaluator evaluator = {.eval = fake_eval};

/* rows of channel (ads, web, missing, ads, …) and n (0, 1, 2, …; missing at 5). */
static cyn_table *sample(size_t rows)
{
    cyn_column_spec specs[] = {{"channel", CYN_TEXT, 0}, {"n", CYN_INTEGER, 0}};
    static const char *const words[] = {"ads", "web", NULL};
    cyn_builder *b;
    cyn_table *t = NULL;
    CHECK_INT(cyn_builder_new(specs, 2, &b, NULL), CYN_OK);
    for (size_t r = 0; r < rows; r++) {
        const char *w = words[r % 3];
        if (w) CHECK(cyn_builder_text(b, 0, w, strlen(w)));
        if (r != 5) CHECK(cyn_builder_i64(b, 1, (int64_t)r));
        CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
    }
    CHECK_INT(cyn_builder_finish(b, &t, NULL), CYN_OK);
    return t;
}

static cyn_code derive(const cyn_table *t, uint32_t handle, size_t column, cyn_table **out,
                       cyn_err *err)
{
    cyn_expr e = {.kind = CYN_EXPR_SCRIPT, .handle = handle, .text = "x"};
    cyn_derive_input in = {"x", cyn_table_column(t, column)};
    asked = 0;
    return cyn_derive_column(&evaluator, &e, &in, 1, cyn_table_rows(t), "#1", out, err);
}

static void test_texts_are_asked_about_once_each(void)
{
    cyn_table *t = sample(3000), *d = NULL;
    CHECK_INT(derive(t, 1, 0, &d, NULL), CYN_OK);
    CHECK_INT(asked, 3); /* ads, web, missing */
    const cyn_column *c = cyn_table_column(d, 0);
    CHECK_INT(c->type, CYN_BOOLEAN);
    CHECK(cyn_column_has(c, 0) && c->v.bit[0] == 1);
    CHECK(cyn_column_has(c, 1) && c->v.bit[1] == 0);
    CHECK(!cyn_column_has(c, 2));
    CHECK(cyn_column_has(c, 2997) && c->v.bit[2997] == 1);
    cyn_table_unref(d);
    cyn_table_unref(t);
}

static void test_a_value_that_no_row_has_is_not_asked_about(void)
{
    cyn_table *t = sample(2), *d = NULL; /* no row is missing */
    CHECK_INT(derive(t, 1, 0, &d, NULL), CYN_OK);
    CHECK_INT(asked, 2);
    cyn_table_unref(d);
    cyn_table_unref(t);
}

static void test_numbers_are_asked_row_by_row_across_slices(void)
{
    size_t rows = ((size_t)1 << 18) + 70; /* more than one call */
    cyn_table *t = sample(rows), *d = NULL;
    CHECK_INT(derive(t, 2, 1, &d, NULL), CYN_OK);
    CHECK_INT(asked, rows);
    const cyn_column *c = cyn_table_column(d, 0);
    CHECK_INT(c->type, CYN_INTEGER);
    CHECK_INT(cyn_column_integer(c, rows - 1), 2 * ((int64_t)rows - 1));
    CHECK(!cyn_column_has(c, 5) && cyn_column_has(c, 6));
    cyn_table_unref(d);
    cyn_table_unref(t);
}

static void test_an_integer_among_reals_is_real_and_nan_is_missing(void)
{
    cyn_table *t = sample(10000), *out = NULL;
    CHECK_INT(derive(t, 3, 1, &out, NULL), CYN_OK);
    const cyn_column *c = cyn_table_column(out, 0);
    CHECK_INT(c->type, CYN_REAL);
    for (size_t r = 0; r < 10000; r++) {
        CHECK(cyn_column_has(c, r) == (r % 2 == 0 || r % 3 > 0));
        if (cyn_column_has(c, r)) CHECK(c->v.f64[r] == (r % 2 ? 0.5 : (double)r));
    }
    cyn_table_unref(out);
    cyn_table_unref(t);
}

/* channel is ads, web or missing; flag false, true or missing, in turns of three and of five. */
static void test_combinations_of_two_inputs_reach_every_row(void)
{
    enum { ROWS = 9001 }; /* more than two blocks */
    cyn_column_spec specs[] = {{"channel", CYN_TEXT, 0}, {"flag", CYN_BOOLEAN, 0}};
    cyn_builder *b;
    cyn_table *t = NULL, *out = NULL;
    CHECK_INT(cyn_builder_new(specs, 2, &b, NULL), CYN_OK);
    for (size_t r = 0; r < ROWS; r++) {
        if (r % 3 < 2) CHECK(cyn_builder_text(b, 0, r % 3 ? "web" : "ads", 3));
        if (r % 5 < 4) CHECK(cyn_builder_i64(b, 1, r % 5 > 1));
        CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
    }
    CHECK_INT(cyn_builder_finish(b, &t, NULL), CYN_OK);
    cyn_derive_input in[] = {{"channel", cyn_table_column(t, 0)}, {"flag", cyn_table_column(t, 1)}};
    cyn_expr e = {.kind = CYN_EXPR_SCRIPT, .text = "x", .handle = 4};
    asked = 0;
    CHECK_INT(cyn_derive_column(&evaluator, &e, in, 2, ROWS, "#1", &out, NULL), CYN_OK);
    CHECK_INT(asked, 9);
    const cyn_column *c = cyn_table_column(out, 0);
    CHECK_INT(c->type, CYN_TEXT);
    CHECK_INT(c->dict->count, 2);
    for (size_t r = 0; r < ROWS; r++) {
        CHECK(cyn_column_has(c, r) == (r % 3 < 2 && r % 5 < 4));
        if (!cyn_column_has(c, r)) continue;
        uint32_t code = cyn_column_code(c, r);
        uint64_t from = c->dict->offset[code], to = c->dict->offset[code + 1];
        const char *want = r % 5 > 1 ? "b" : "ab";
        CHECK(to - from == strlen(want) && memcmp(c->dict->heap + from, want, to - from) == 0);
    }
    cyn_table_unref(out);
    cyn_table_unref(t);
}

static void test_mixed_answers_are_an_error(void)
{
    cyn_table *t = sample(10), *d = NULL;
    cyn_err err = {0};
    CHECK_INT(derive(t, 9, 1, &d, &err), CYN_E_TYPE);
    CHECK(d == NULL && strstr(err.message, "expected one type"));
    cyn_table_unref(t);
}

static void test_a_table_without_rows_gives_a_column_without_rows(void)
{
    cyn_table *t = sample(0), *d = NULL;
    CHECK_INT(derive(t, 1, 0, &d, NULL), CYN_OK);
    CHECK_INT(cyn_table_rows(d), 0);
    cyn_table_unref(d);
    cyn_table_unref(t);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_texts_are_asked_about_once_each);
    RUN(test_a_value_that_no_row_has_is_not_asked_about);
    RUN(test_numbers_are_asked_row_by_row_across_slices);
    RUN(test_an_integer_among_reals_is_real_and_nan_is_missing);
    RUN(test_combinations_of_two_inputs_reach_every_row);
    RUN(test_mixed_answers_are_an_error);
    RUN(test_a_table_without_rows_gives_a_column_without_rows);
    cyn_arena_free(arena);
    return test_end();
}
