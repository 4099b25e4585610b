/* column: what a builder is given is what the table holds. */
#include "column/column.h"
#include "column/intern.h"
#include "test.h"

static const cyn_column_spec all_types[] = {
    {"channel", CYN_TEXT, 0},  {"n", CYN_INTEGER, 0},   {"x", CYN_REAL, 0},
    {"price", CYN_DECIMAL, 2}, {"new", CYN_BOOLEAN, 0}, {"at", CYN_TIMESTAMP, 0},
    {"day", CYN_DATE, 0},
};
#define WIDTH (sizeof all_types / sizeof *all_types)

static cyn_builder *start(const cyn_column_spec *specs, size_t n)
{
    cyn_builder *b = NULL;
    if (cyn_builder_new(specs, n, &b, NULL) != CYN_OK) abort();
    return b;
}

static void end_row(cyn_builder *b)
{
    CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
}

static cyn_table *finish(cyn_builder *b)
{
    cyn_table *t = NULL;
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) abort();
    return t;
}

/* The text of a cell, "-" when missing. */
static const char *text_at(const cyn_table *t, size_t col, size_t row)
{
    static char out[4][64];
    static int turn;
    const cyn_column *c = cyn_table_column(t, col);
    if (!cyn_column_has(c, row)) return "-";
    const cyn_dict *d = c->dict;
    uint32_t code = cyn_column_code(c, row);
    char *to = out[turn++ % 4];
    snprintf(to, 64, "%.*s", (int)(d->offset[code + 1] - d->offset[code]),
             d->heap + d->offset[code]);
    return to;
}

static void set_all(cyn_builder *b, int64_t v)
{
    char text[32];
    int n = snprintf(text, sizeof text, "t%d", (int)(v % 7));
    CHECK(cyn_builder_text(b, 0, text, (size_t)n));
    CHECK(cyn_builder_i64(b, 1, v));
    CHECK(cyn_builder_f64(b, 2, (double)v / 2));
    CHECK(cyn_builder_i64(b, 3, v * 100));
    CHECK(cyn_builder_i64(b, 4, v % 2 ? 5 : 0));
    CHECK(cyn_builder_i64(b, 5, v * 1000000));
    CHECK(cyn_builder_i64(b, 6, -v));
}

static void test_values_of_every_type_come_back(void)
{
    enum { ROWS = 1000 };
    cyn_builder *b = start(all_types, WIDTH);
    for (int64_t v = 0; v < ROWS; v++) {
        set_all(b, v);
        end_row(b);
    }
    CHECK_INT(cyn_builder_rows(b), ROWS);
    cyn_table *t = finish(b);
    CHECK_INT(cyn_table_rows(t), ROWS);
    CHECK_INT(cyn_table_width(t), WIDTH);
    for (size_t i = 0; i < WIDTH; i++) {
        const cyn_column *c = cyn_table_column(t, i);
        CHECK_STR(c->name, all_types[i].name);
        CHECK(c->type == all_types[i].type && c->scale == all_types[i].scale);
        CHECK(c->valid == NULL); /* nothing is missing */
        CHECK((c->dict != NULL) == (c->type == CYN_TEXT));
    }
    for (size_t row = 0; row < ROWS; row++) {
        int64_t v = (int64_t)row;
        char text[32];
        snprintf(text, sizeof text, "t%d", (int)(v % 7));
        CHECK_STR(text_at(t, 0, row), text);
        CHECK(cyn_column_code(cyn_table_column(t, 0), row) == v % 7);
        CHECK(cyn_column_integer(cyn_table_column(t, 1), row) == v);
        CHECK(cyn_table_column(t, 2)->v.f64[row] == (double)v / 2);
        CHECK(cyn_column_integer(cyn_table_column(t, 3), row) == v * 100);
        CHECK(cyn_table_column(t, 4)->v.bit[row] == v % 2);
        CHECK(cyn_column_integer(cyn_table_column(t, 5), row) == v * 1000000);
        CHECK(cyn_column_integer(cyn_table_column(t, 6), row) == -v);
    }
    cyn_table_unref(t);
}

static void test_a_column_not_set_is_missing_around_every_word_border(void)
{
    static const cyn_column_spec specs[] = {{"some", CYN_INTEGER, 0}, {"none", CYN_TEXT, 0}};
    for (size_t rows = 1; rows < 200; rows += rows % 64 == 62 ? 1 : 21) {
        cyn_builder *b = start(specs, 2);
        for (size_t row = 0; row < rows; row++) {
            if (row % 3) CHECK(cyn_builder_i64(b, 0, (int64_t)row));
            end_row(b);
        }
        cyn_table *t = finish(b);
        for (size_t row = 0; row < rows; row++) {
            CHECK_INT(cyn_column_has(cyn_table_column(t, 0), row), row % 3 != 0);
            CHECK_INT(cyn_column_integer(cyn_table_column(t, 0), row), row % 3 ? row : 0);
            CHECK(!cyn_column_has(cyn_table_column(t, 1), row));
        }
        CHECK_INT(cyn_table_column(t, 1)->dict->count, 0);
        CHECK_INT(cyn_table_column(t, 1)->dict->offset[0], 0);
        cyn_table_unref(t);
    }
}

static void test_nan_is_missing(void)
{
    static const cyn_column_spec specs[] = {{"x", CYN_REAL, 0}};
    cyn_builder *b = start(specs, 1);
    CHECK(cyn_builder_f64(b, 0, NAN));
    end_row(b);
    CHECK(cyn_builder_f64(b, 0, 1.5));
    CHECK(cyn_builder_f64(b, 0, NAN)); /* takes the 1.5 back */
    end_row(b);
    CHECK(cyn_builder_f64(b, 0, 2.5));
    end_row(b);
    cyn_table *t = finish(b);
    const cyn_column *c = cyn_table_column(t, 0);
    CHECK(!cyn_column_has(c, 0) && c->v.f64[0] == 0);
    CHECK(!cyn_column_has(c, 1) && c->v.f64[1] == 0);
    CHECK(cyn_column_has(c, 2) && c->v.f64[2] == 2.5);
    cyn_table_unref(t);
}

static void add_text(cyn_builder *b, const char *s)
{
    CHECK(cyn_builder_text(b, 0, s, strlen(s)));
}

static const cyn_column_spec one_text[] = {{"s", CYN_TEXT, 0}};

static void test_equal_texts_have_one_code_in_order_of_appearance(void)
{
    cyn_builder *b = start(one_text, 1);
    static const char *const words[] = {"b", "", "a", "b", "売上", "", "a"};
    static const uint32_t codes[] = {0, 1, 2, 0, 3, 1, 2};
    for (size_t i = 0; i < 7; i++) {
        add_text(b, words[i]);
        end_row(b);
    }
    CHECK(cyn_builder_text(b, 0, "a\0b", 3)); /* NUL is a byte like others */
    end_row(b);
    cyn_table *t = finish(b);
    const cyn_column *c = cyn_table_column(t, 0);
    CHECK_INT(c->dict->count, 5);
    for (size_t i = 0; i < 7; i++) {
        CHECK_INT(cyn_column_code(c, i), codes[i]);
        CHECK_STR(text_at(t, 0, i), words[i]);
    }
    CHECK_INT(c->dict->offset[5] - c->dict->offset[4], 3);
    CHECK(!memcmp(c->dict->heap + c->dict->offset[4], "a\0b", 3));
    cyn_table_unref(t);
}

static void test_many_distinct_texts_stay_apart(void)
{
    enum { COUNT = 20000 };
    cyn_builder *b = start(one_text, 1);
    for (int i = 0; i < 2 * COUNT; i++) {
        char text[32];
        snprintf(text, sizeof text, "user-%d", i % COUNT);
        add_text(b, text);
        end_row(b);
    }
    cyn_table *t = finish(b);
    CHECK_INT(cyn_table_column(t, 0)->dict->count, COUNT);
    for (uint32_t i = 0; i < 2 * COUNT; i++) {
        char text[32];
        snprintf(text, sizeof text, "user-%u", i % COUNT);
        CHECK(cyn_column_code(cyn_table_column(t, 0), i) == i % COUNT);
        CHECK(!strcmp(text_at(t, 0, i), text));
    }
    cyn_table_unref(t);
}

static void test_a_dropped_row_leaves_nothing_behind(void)
{
    cyn_builder *b = start(all_types, WIDTH);
    set_all(b, 3);
    cyn_builder_drop_row(b);
    CHECK_INT(cyn_builder_rows(b), 0);
    CHECK(cyn_builder_i64(b, 1, 8));
    end_row(b);
    cyn_table *t = finish(b);
    CHECK_INT(cyn_table_rows(t), 1);
    for (size_t i = 0; i < WIDTH; i++)
        CHECK_INT(cyn_column_has(cyn_table_column(t, i), 0), i == 1);
    CHECK_INT(cyn_column_integer(cyn_table_column(t, 1), 0), 8);
    CHECK_INT(cyn_table_column(t, 0)->dict->count, 0);
    cyn_table_unref(t);
}

static void test_texts_of_dropped_rows_leave_the_dictionary(void)
{
    cyn_builder *b = start(one_text, 1);
    add_text(b, "bad");
    cyn_builder_drop_row(b);
    add_text(b, "late");
    cyn_builder_drop_row(b);
    add_text(b, "first");
    end_row(b);
    end_row(b); /* missing */
    add_text(b, "overwritten");
    add_text(b, "late");
    end_row(b);
    add_text(b, "first");
    end_row(b);
    add_text(b, "never ended");
    cyn_table *t = finish(b);
    const cyn_column *c = cyn_table_column(t, 0);
    CHECK_INT(cyn_table_rows(t), 4);
    CHECK_INT(c->dict->count, 2);
    CHECK_INT(cyn_column_code(c, 0), 0);
    CHECK_INT(cyn_column_code(c, 2), 1);
    CHECK_INT(cyn_column_code(c, 3), 0);
    CHECK_STR(text_at(t, 0, 0), "first");
    CHECK_STR(text_at(t, 0, 1), "-");
    CHECK_STR(text_at(t, 0, 2), "late");
    cyn_table_unref(t);
}

static void test_an_empty_table_is_a_table(void)
{
    cyn_table *t = finish(start(all_types, WIDTH));
    CHECK_INT(cyn_table_rows(t), 0);
    CHECK_INT(cyn_table_column(t, 0)->dict->count, 0);
    CHECK_INT(cyn_table_find(t, "price"), 3);
    cyn_table_unref(t);
    t = finish(start(NULL, 0));
    CHECK_INT(cyn_table_width(t), 0);
    cyn_table_unref(t);
}

static void test_a_builder_may_be_given_up(void)
{
    cyn_builder *b = start(all_types, WIDTH);
    set_all(b, 1);
    end_row(b);
    set_all(b, 2);
    cyn_builder_free(b);
    cyn_builder_free(NULL);
}

/* Builds, drops and finishes; every allocation on the way may fail. */
static cyn_code build(cyn_table **out, cyn_err *err)
{
    cyn_builder *b = NULL;
    cyn_code code = cyn_builder_new(all_types, WIDTH, &b, err);
    for (int64_t v = 0; code == CYN_OK && v < 200; v++) {
        char text[300];
        int n = snprintf(text, sizeof text, "%0*d", 20 + (int)v, (int)v);
        if (!cyn_builder_text(b, 0, text, (size_t)n)) code = cyn_nomem(err);
        if (code == CYN_OK && v % 10 == 3)
            cyn_builder_drop_row(b);
        else if (code == CYN_OK && cyn_builder_i64(b, 1, v))
            code = cyn_builder_end_row(b, err);
    }
    if (code == CYN_OK) return cyn_builder_finish(b, out, err);
    cyn_builder_free(b);
    return code;
}

static void test_exhausted_memory_is_an_error_at_every_step(void)
{
    size_t n = 0;
    cyn_table *t = NULL;
    for (cyn_code code = CYN_E_NOMEM; code != CYN_OK && n < 1000;) {
        cyn_err err = {0};
        cyn_test_fail_after(++n);
        code = build(&t, &err);
        cyn_test_fail_after(0);
        CHECK(code == CYN_OK ? t != NULL : code == CYN_E_NOMEM && err.code == CYN_E_NOMEM && !t);
    }
    CHECK(n > 40 && n < 1000);
    if (!t) return;
    CHECK_INT(cyn_table_rows(t), 180);
    CHECK_INT(cyn_table_column(t, 0)->dict->count, 180);
    CHECK_INT(cyn_column_integer(cyn_table_column(t, 1), 179), 199);
    cyn_table_unref(t);
}

/* Of 0 to 200 texts, some of which the column has already. */
static void test_many_codes_at_once_are_those_of_one_by_one(void)
{
    enum { TEXTS = 200, ROOM = 16 };
    static const cyn_column_spec spec = {"t", CYN_TEXT, 0};
    char heap[TEXTS * ROOM + CYN_INTERN_LOAD] = {0};
    uint64_t offset[TEXTS + 1] = {0};
    for (uint32_t i = 0; i < TEXTS; i++) {
        int n = snprintf(heap + offset[i], ROOM, i % 3 ? "%u" : "number %u", i / 2);
        offset[i + 1] = offset[i] + (uint64_t)n;
    }
    for (uint32_t count = 0; count <= TEXTS; count++) {
        const cyn_dict texts = {count, offset, heap};
        uint32_t codes[TEXTS];
        cyn_builder *b;
        CHECK_INT(cyn_builder_new(&spec, 1, &b, NULL), CYN_OK);
        CHECK(cyn_builder_codes(b, 0, &texts, codes));
        for (uint32_t i = 0; i < count; i++) {
            size_t n;
            uint32_t code = 999;
            const char *s = cyn_dict_text(&texts, i, &n);
            CHECK(cyn_builder_code(b, 0, s, n, &code));
            CHECK_INT(codes[i], code);
        }
        cyn_builder_free(b);
    }
}

/* Ranges of every length and shift: what is appended equals what is set cell by cell. */
static void test_rows_appended_at_once_equal_rows_set_one_by_one(void)
{
    enum { ROWS = 300 };
    static const cyn_column_spec specs[] = {
        {"n", CYN_INTEGER, 0}, {"t", CYN_TEXT, 0}, {"b", CYN_BOOLEAN, 0}};
    cyn_builder *one, *many;
    cyn_table *want, *got;
    int64_t n[ROWS] = {0};
    uint32_t t[ROWS] = {0};
    uint8_t bits[ROWS] = {0};
    uint64_t valid[ROWS / 64 + 1] = {0};
    CHECK_INT(cyn_builder_new(specs, 3, &one, NULL), CYN_OK);
    CHECK_INT(cyn_builder_new(specs, 3, &many, NULL), CYN_OK);
    for (size_t i = 0; i < ROWS; i++) {
        char text[8];
        if (i % 7 == 3) continue;
        valid[i / 64] |= UINT64_C(1) << i % 64;
        n[i] = (int64_t)i * 1000;
        bits[i] = i % 2 == 0;
        size_t length = (size_t)snprintf(text, sizeof text, "t%zu", i % 50);
        CHECK(cyn_builder_code(many, 1, text, length, &t[i]));
    }
    const cyn_builder_values values[] = {{n, valid}, {t, valid}, {bits, valid}};
    size_t from = 0, step = 0;
    while (from < ROWS) {
        size_t rows = step++ * 5 % 140 + 1;
        if (rows > ROWS - from) rows = ROWS - from;
        CHECK_INT(cyn_builder_append(many, values, from, rows, NULL), CYN_OK);
        CHECK_INT(cyn_builder_append(many, values, from, 0, NULL), CYN_OK);
        from += rows;
        CHECK_INT(cyn_builder_rows(many), from);
    }
    for (size_t i = 0; i < ROWS; i++) {
        char text[8];
        size_t length = (size_t)snprintf(text, sizeof text, "t%zu", i % 50);
        if (i % 7 != 3) {
            CHECK(cyn_builder_i64(one, 0, n[i]) && cyn_builder_text(one, 1, text, length) &&
                  cyn_builder_i64(one, 2, bits[i]));
        }
        CHECK_INT(cyn_builder_end_row(one, NULL), CYN_OK);
    }
    CHECK(cyn_builder_i64(many, 0, 5)); /* rows can be set again behind those appended */
    CHECK_INT(cyn_builder_end_row(many, NULL), CYN_OK);
    CHECK(cyn_builder_i64(one, 0, 5));
    CHECK_INT(cyn_builder_end_row(one, NULL), CYN_OK);
    CHECK_INT(cyn_builder_finish(one, &want, NULL), CYN_OK);
    CHECK_INT(cyn_builder_finish(many, &got, NULL), CYN_OK);
    for (size_t c = 0; c < 3; c++) {
        const cyn_column *a = cyn_table_column(want, c), *b = cyn_table_column(got, c);
        CHECK_INT(cyn_column_size(a), cyn_column_size(b));
        CHECK(memcmp(a->v.values, b->v.values, (ROWS + 1) * cyn_column_size(a)) == 0);
        CHECK(memcmp(a->valid, b->valid, (ROWS + 64) / 64 * 8) == 0);
    }
    const cyn_dict *a = cyn_table_column(want, 1)->dict, *b = cyn_table_column(got, 1)->dict;
    CHECK_INT(b->count, a->count);
    CHECK(memcmp(a->heap, b->heap, a->offset[a->count]) == 0);
    cyn_table_unref(want);
    cyn_table_unref(got);
}

/* What is expected says how much room there is, and nothing of the rows. */
static void test_any_number_of_rows_may_be_expected(void)
{
    static const cyn_column_spec spec = {"n", CYN_INTEGER, 0};
    static const size_t expected[] = {0, 1, 1000, 20000, 1000000, SIZE_MAX / 2, SIZE_MAX};
    enum { ROWS = 20000, CHUNK = 700 };
    static int64_t n[ROWS];
    static uint64_t valid[ROWS / 64 + 1];
    const cyn_builder_values values = {n, valid};
    memset(valid, 0xff, sizeof valid);
    for (int64_t i = 0; i < ROWS; i++)
        n[i] = i * i;
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        cyn_builder *b = start(&spec, 1);
        for (size_t from = 0; from < ROWS; from += CHUNK) {
            cyn_builder_expect(b, expected[k]);
            size_t rows = ROWS - from < CHUNK ? ROWS - from : CHUNK;
            CHECK_INT(cyn_builder_append(b, &values, from, rows, NULL), CYN_OK);
        }
        cyn_table *t = finish(b);
        size_t wrong = cyn_table_rows(t) != ROWS;
        for (size_t i = 0; i < ROWS; i++)
            wrong += cyn_column_integer(cyn_table_column(t, 0), i) != n[i];
        CHECK_INT(wrong, 0);
        cyn_table_unref(t);
    }
}

int main(void)
{
    RUN(test_values_of_every_type_come_back);
    RUN(test_a_column_not_set_is_missing_around_every_word_border);
    RUN(test_nan_is_missing);
    RUN(test_equal_texts_have_one_code_in_order_of_appearance);
    RUN(test_many_distinct_texts_stay_apart);
    RUN(test_a_dropped_row_leaves_nothing_behind);
    RUN(test_texts_of_dropped_rows_leave_the_dictionary);
    RUN(test_an_empty_table_is_a_table);
    RUN(test_a_builder_may_be_given_up);
    RUN(test_exhausted_memory_is_an_error_at_every_step);
    RUN(test_many_codes_at_once_are_those_of_one_by_one);
    RUN(test_rows_appended_at_once_equal_rows_set_one_by_one);
    RUN(test_any_number_of_rows_may_be_expected);
    return test_end();
}
