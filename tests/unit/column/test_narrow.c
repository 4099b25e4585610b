/* column: values lie in as few bytes as they need, and nobody notices. */
#include "column/concat.h"
#include "column/narrow_impl.h"
#include "segment_tables.h"

enum { SECOND = 1000000 };

static const cyn_column_spec one_integer[] = {{"n", CYN_INTEGER, 0}};
static const cyn_column_spec one_time[] = {{"at", CYN_TIMESTAMP, 0}};
static const cyn_column_spec one_text[] = {{"who", CYN_TEXT, 0}};

static cyn_builder *start(const cyn_column_spec *specs)
{
    cyn_builder *b = NULL;
    if (cyn_builder_new(specs, 1, &b, NULL) != CYN_OK) abort();
    return b;
}

static cyn_table *finish(cyn_builder *b)
{
    cyn_table *t = NULL;
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) abort();
    return t;
}

/* A column of these values and, where `lacking`, a row without one behind each. */
static cyn_table *integers(const cyn_column_spec *spec, const int64_t *v, size_t n, bool lacking)
{
    cyn_builder *b = start(spec);
    for (size_t i = 0; i < n; i++) {
        CHECK(cyn_builder_i64(b, 0, v[i]));
        CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
        if (lacking) CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
    }
    return finish(b);
}

/* The same, given all at once. */
static cyn_table *integers_at_once(const cyn_column_spec *spec, const int64_t *v, size_t n)
{
    uint64_t all[8] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                       UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    cyn_builder *b = start(spec);
    CHECK_INT(cyn_builder_append(b, &(cyn_builder_values){v, all}, 0, n, NULL), CYN_OK);
    return finish(b);
}

/* Texts "0" … "count - 1". */
static cyn_table *texts(size_t count)
{
    cyn_builder *b = start(one_text);
    for (size_t i = 0; i < count; i++) {
        char text[16];
        size_t n = (size_t)snprintf(text, sizeof text, "%zu", i);
        if (!cyn_builder_text(b, 0, text, n) || cyn_builder_end_row(b, NULL) != CYN_OK) abort();
    }
    return finish(b);
}

static const int64_t edges[] = {
    0,
    1,
    -1,
    INT8_MAX,
    INT8_MIN,
    INT8_MAX + 1,
    INT8_MIN - 1,
    INT16_MAX,
    INT16_MIN,
    INT16_MAX + 1,
    INT16_MIN - 1,
    INT32_MAX,
    INT32_MIN,
    INT32_MAX + INT64_C(1),
    INT32_MIN - INT64_C(1),
    INT64_MAX,
    INT64_MIN,
};
enum { EDGES = sizeof edges / sizeof *edges };

static size_t bytes_needed(int64_t v)
{
    return v >= INT8_MIN && v <= INT8_MAX     ? 1
           : v >= INT16_MIN && v <= INT16_MAX ? 2
           : v >= INT32_MIN && v <= INT32_MAX ? 4
                                              : 8;
}

static void test_integers_take_the_bytes_that_they_need(void)
{
    for (size_t i = 0; i < EDGES; i++) {
        cyn_table *made[] = {integers(one_integer, &edges[i], 1, true),
                             integers_at_once(one_integer, &edges[i], 1)};
        for (size_t k = 0; k < 2; k++) {
            const cyn_column *c = cyn_table_column(made[k], 0);
            CHECK_INT(cyn_column_size(c), bytes_needed(edges[i]));
            CHECK(cyn_column_integer(c, 0) == edges[i]);
            cyn_table_unref(made[k]);
        }
    }
}

/* Growing from any width to any other keeps what is there, and missing cells are 0 at each. */
static void test_a_column_widens_around_its_values(void)
{
    for (size_t i = 0; i < EDGES; i++) {
        for (size_t k = 0; k < EDGES; k++) {
            const int64_t v[] = {edges[i], 5, edges[k], -5, edges[i]};
            cyn_table *t = integers(one_integer, v, 5, true);
            cyn_table *at_once = integers_at_once(one_integer, v, 5);
            const cyn_column *c = cyn_table_column(t, 0), *d = cyn_table_column(at_once, 0);
            size_t x = bytes_needed(edges[i]), y = bytes_needed(edges[k]);
            CHECK_INT(cyn_column_size(c), x > y ? x : y);
            CHECK_INT(cyn_column_size(d), cyn_column_size(c));
            for (size_t row = 0; row < 5; row++) {
                CHECK(cyn_column_integer(c, 2 * row) == v[row]);
                CHECK(!cyn_column_has(c, 2 * row + 1) && cyn_column_integer(c, 2 * row + 1) == 0);
                CHECK(cyn_column_integer(d, row) == v[row]);
            }
            cyn_table_unref(t);
            cyn_table_unref(at_once);
        }
    }
}

static void test_whole_seconds_take_four_bytes(void)
{
    static const struct {
        int64_t at;
        size_t size;
    } cases[] = {
        {0, 4},
        {INT64_C(1700000000) * SECOND, 4},
        {INT64_C(1700000000) * SECOND + 1, 8},
        {INT64_C(-1) * SECOND, 4},
        {-1, 8},
        {INT32_MAX * INT64_C(1000000), 4}, /* 2038-01-19 */
        {(INT32_MAX + INT64_C(1)) * SECOND, 8},
        {INT32_MIN * INT64_C(1000000), 4},
        {(INT32_MIN - INT64_C(1)) * SECOND, 8},
        {INT64_MAX, 8},
        {INT64_MIN, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t v[] = {INT64_C(1600000000) * SECOND, cases[i].at};
        cyn_table *t = integers(one_time, v, 2, true), *at_once = integers_at_once(one_time, v, 2);
        const cyn_column *c = cyn_table_column(t, 0), *d = cyn_table_column(at_once, 0);
        CHECK_INT(cyn_column_size(c), cases[i].size);
        CHECK_INT(cyn_column_size(d), cases[i].size);
        CHECK(cyn_column_integer(c, 0) == v[0] && cyn_column_integer(c, 2) == v[1]);
        CHECK(cyn_column_integer(d, 0) == v[0] && cyn_column_integer(d, 1) == v[1]);
        CHECK(cyn_column_integer(c, 1) == 0);
        cyn_table_unref(t);
        cyn_table_unref(at_once);
    }
}

static void test_codes_grow_with_their_dictionary(void)
{
    static const struct {
        size_t count, size;
    } cases[] = {{0, 1}, {1, 1}, {256, 1}, {257, 2}, {65536, 2}, {65537, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_table *t = texts(cases[i].count);
        const cyn_column *c = cyn_table_column(t, 0);
        size_t wrong = 0;
        CHECK_INT(cyn_column_size(c), cases[i].size);
        CHECK_INT(c->dict->count, cases[i].count);
        for (size_t row = 0; row < cases[i].count; row++)
            wrong += cyn_column_code(c, row) != row;
        CHECK_INT(wrong, 0);
        cyn_table_unref(t);
    }
}

/* A row that is dropped may have widened its column; its value is not there all the same. */
static void test_a_dropped_value_leaves_nothing(void)
{
    cyn_builder *b = start(one_integer);
    CHECK(cyn_builder_i64(b, 0, 7) && cyn_builder_end_row(b, NULL) == CYN_OK);
    CHECK(cyn_builder_i64(b, 0, INT64_MAX));
    cyn_builder_drop_row(b);
    CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
    cyn_table *t = finish(b);
    const cyn_column *c = cyn_table_column(t, 0);
    CHECK(cyn_column_integer(c, 0) == 7);
    CHECK(!cyn_column_has(c, 1) && cyn_column_integer(c, 1) == 0);
    cyn_table_unref(t);
}

/* A window is the column's own array where it is wide, and else what single cells are. */
static void test_windows_show_what_cells_are(void)
{
    int64_t v[300], room[300];
    for (size_t i = 0; i < EDGES; i++) {
        for (size_t row = 0; row < 300; row++)
            v[row] = row % 3 ? edges[i] : (int64_t)(row % 100);
        cyn_table *t = integers_at_once(one_integer, v, 300);
        const cyn_column *c = cyn_table_column(t, 0);
        static const size_t from[] = {0, 1, 64, 299}, count[] = {300, 17, 100, 1};
        for (size_t k = 0; k < 4; k++) {
            const int64_t *got = cyn_column_integers(c, from[k], count[k], room);
            CHECK((got == room) == (cyn_column_size(c) < 8));
            CHECK(memcmp(got, v + from[k], count[k] * sizeof *got) == 0);
        }
        cyn_table_unref(t);
    }
}

static void test_ranges_are_those_of_the_cells(void)
{
    for (size_t i = 0; i < EDGES; i++) {
        for (size_t k = 0; k < EDGES; k++) {
            const int64_t v[] = {INT64_C(1) << 40, edges[k], 3, edges[i], INT64_MIN};
            int64_t least = 9, greatest = 9, lo = edges[i] < edges[k] ? edges[i] : edges[k];
            int64_t hi = edges[i] < edges[k] ? edges[k] : edges[i];
            cyn_table *wide = integers_at_once(one_integer, v, 5);
            cyn_column_range(cyn_table_column(wide, 0), 1, 3, &least, &greatest);
            CHECK(least == (lo < 3 ? lo : 3) && greatest == (hi > 3 ? hi : 3));
            cyn_table *narrow = integers_at_once(one_integer, v + 1, 3);
            cyn_column_range(cyn_table_column(narrow, 0), 0, 3, &least, &greatest);
            CHECK(least == (lo < 3 ? lo : 3) && greatest == (hi > 3 ? hi : 3));
            cyn_table_unref(wide);
            cyn_table_unref(narrow);
        }
    }
    const int64_t times[] = {7 * SECOND, -2 * SECOND, 5 * SECOND};
    int64_t least = 0, greatest = 0;
    cyn_table *t = integers_at_once(one_time, times, 3);
    cyn_column_range(cyn_table_column(t, 0), 0, 3, &least, &greatest);
    CHECK(least == -2 * SECOND && greatest == 7 * SECOND);
    cyn_table_unref(t);
}

static void test_windows_show_codes(void)
{
    static const size_t counts[] = {200, 3000, 70000};
    static uint32_t room[70000];
    for (size_t i = 0; i < 3; i++) {
        cyn_table *t = texts(counts[i]);
        const cyn_column *c = cyn_table_column(t, 0);
        const uint32_t *codes = cyn_column_codes(c, 3, counts[i] - 3, room);
        size_t wrong = 0;
        CHECK((codes == room) == (cyn_column_size(c) < 4));
        for (size_t row = 3; row < counts[i]; row++)
            wrong += codes[row - 3] != row;
        CHECK_INT(wrong, 0);
        cyn_table_unref(t);
    }
}

static cyn_table *concat(const cyn_column_spec *spec, const cyn_table *a, const cyn_table *b)
{
    cyn_table *t = NULL;
    const cyn_table *parts[] = {a, b};
    CHECK_INT(cyn_table_concat(spec, 1, parts, 2, &t, NULL), CYN_OK);
    return t;
}

static void test_parts_of_different_widths_take_the_wider(void)
{
    for (size_t i = 0; i < EDGES; i++) {
        for (size_t k = 0; k < EDGES; k++) {
            cyn_table *a = integers(one_integer, &edges[i], 1, true);
            cyn_table *b = integers(one_integer, &edges[k], 1, false), *t;
            t = concat(one_integer, a, b);
            const cyn_column *c = cyn_table_column(t, 0);
            size_t x = bytes_needed(edges[i]), y = bytes_needed(edges[k]);
            CHECK_INT(cyn_column_size(c), x > y ? x : y);
            CHECK(cyn_column_integer(c, 0) == edges[i] && cyn_column_integer(c, 2) == edges[k]);
            CHECK(!cyn_column_has(c, 1) && cyn_column_integer(c, 1) == 0);
            cyn_table_unref(a);
            cyn_table_unref(b);
            cyn_table_unref(t);
        }
    }
}

static void test_seconds_and_microseconds_join(void)
{
    const int64_t whole = INT64_C(1700000000) * SECOND, part = whole + 250;
    for (int turn = 0; turn < 2; turn++) {
        cyn_table *a = integers(one_time, turn ? &part : &whole, 1, true);
        cyn_table *b = integers(one_time, turn ? &whole : &part, 1, true);
        cyn_table *t = concat(one_time, a, b);
        const cyn_column *c = cyn_table_column(t, 0);
        CHECK_INT(cyn_column_size(c), 8);
        CHECK(cyn_column_integer(c, 0) == (turn ? part : whole));
        CHECK(cyn_column_integer(c, 2) == (turn ? whole : part));
        cyn_table_unref(a);
        cyn_table_unref(b);
        cyn_table_unref(t);
    }
}

/* 200 texts and 200 others need two bytes, though each part's need one; the same ones do not. */
static void test_codes_of_parts_are_as_wide_as_all_texts_need(void)
{
    cyn_builder *b = start(one_text);
    for (int i = 0; i < 200; i++) {
        char text[16];
        size_t n = (size_t)snprintf(text, sizeof text, "other %d", i);
        if (!cyn_builder_text(b, 0, text, n) || cyn_builder_end_row(b, NULL) != CYN_OK) abort();
    }
    cyn_table *some = texts(200), *others = finish(b);
    cyn_table *same = concat(one_text, some, some), *all = concat(one_text, some, others);
    CHECK_INT(cyn_column_size(cyn_table_column(same, 0)), 1);
    CHECK_INT(cyn_column_size(cyn_table_column(all, 0)), 2);
    for (size_t row = 0; row < 400; row++) {
        CHECK_INT(cyn_column_code(cyn_table_column(same, 0), row), row % 200);
        CHECK_INT(cyn_column_code(cyn_table_column(all, 0), row), row);
    }
    cyn_table_unref(some);
    cyn_table_unref(others);
    cyn_table_unref(same);
    cyn_table_unref(all);
}

static void test_only_forms_that_are_made_exist(void)
{
    CHECK(cyn_form_exists(CYN_TEXT, 1, 1) && cyn_form_exists(CYN_TEXT, 2, 1));
    CHECK(cyn_form_exists(CYN_TEXT, 0, 1) && !cyn_form_exists(CYN_TEXT, 4, 1));
    CHECK(cyn_form_exists(CYN_DATE, 4, 1) && !cyn_form_exists(CYN_DATE, 4, SECOND));
    CHECK(!cyn_form_exists(CYN_INTEGER, 3, 1) && !cyn_form_exists(CYN_INTEGER, 8, 1));
    CHECK(cyn_form_exists(CYN_TIMESTAMP, 4, SECOND) && !cyn_form_exists(CYN_TIMESTAMP, 4, 1));
    CHECK(!cyn_form_exists(CYN_TIMESTAMP, 2, SECOND) && !cyn_form_exists(CYN_TIMESTAMP, 0, SECOND));
    CHECK(cyn_form_exists(CYN_REAL, 0, 1) && !cyn_form_exists(CYN_REAL, 4, 1));
    CHECK(cyn_form_exists(CYN_BOOLEAN, 0, 1) && !cyn_form_exists(CYN_BOOLEAN, 1, 1));
}

int main(void)
{
    RUN(test_integers_take_the_bytes_that_they_need);
    RUN(test_a_column_widens_around_its_values);
    RUN(test_whole_seconds_take_four_bytes);
    RUN(test_codes_grow_with_their_dictionary);
    RUN(test_a_dropped_value_leaves_nothing);
    RUN(test_windows_show_what_cells_are);
    RUN(test_ranges_are_those_of_the_cells);
    RUN(test_windows_show_codes);
    RUN(test_parts_of_different_widths_take_the_wider);
    RUN(test_seconds_and_microseconds_join);
    RUN(test_codes_of_parts_are_as_wide_as_all_texts_need);
    RUN(test_only_forms_that_are_made_exist);
    return test_end();
}
