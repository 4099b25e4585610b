/* The wire encoding: what is written is read back, and nothing else is. */
#include "catalog/wire.h"
#include "test.h"

static cyn_code read(const void *data, size_t n, cyn_arena *a, const cyn_value **v)
{
    return cyn_wire_read(data, n, a, v, NULL);
}

static void write_sample(cyn_buf *b)
{
    cyn_wire_map(b, 4);
    cyn_wire_key(b, "list");
    cyn_wire_array(b, 6);
    cyn_wire_nil(b);
    cyn_wire_boolean(b, true);
    cyn_wire_boolean(b, false);
    cyn_wire_integer(b, INT64_MIN);
    cyn_wire_real(b, -0.1);
    cyn_wire_text(b, "a\0b", 3);
    cyn_wire_key(b, "none");
    cyn_wire_string(b, NULL);
    cyn_wire_key(b, "empty");
    cyn_wire_map(b, 0);
    cyn_wire_key(b, "金額");
    cyn_wire_string(b, "");
}

static void test_every_kind_of_value_is_read_back(void)
{
    cyn_buf b = {0};
    const cyn_value *v;
    cyn_arena *a = cyn_arena_new(0);
    write_sample(&b);
    CHECK_INT(read(b.data, b.len, a, &v), CYN_OK);
    const cyn_value *list = cyn_value_get(v, "list");
    CHECK_INT(list->n, 6);
    CHECK_INT(list->items[0].kind, CYN_VALUE_NIL);
    CHECK(list->items[1].kind == CYN_VALUE_BOOLEAN && list->items[1].i == 1);
    CHECK(list->items[2].kind == CYN_VALUE_BOOLEAN && list->items[2].i == 0);
    CHECK(list->items[3].i == INT64_MIN);
    CHECK(list->items[4].r == -0.1);
    CHECK(list->items[5].n == 3 && !memcmp(list->items[5].s, "a\0b", 4));
    CHECK_INT(cyn_value_get(v, "none")->kind, CYN_VALUE_NIL);
    CHECK_INT(cyn_value_get(v, "absent")->kind, CYN_VALUE_NIL);
    CHECK_INT(cyn_value_get(v, "empty")->kind, CYN_VALUE_MAP);
    CHECK_STR(cyn_value_get(v, "金額")->s, "");
    CHECK_INT(cyn_value_get(list, "list")->kind, CYN_VALUE_NIL);
    cyn_arena_free(a);
    cyn_buf_clear(&b);
}

static void test_a_value_cut_short_or_followed_by_more_is_refused(void)
{
    cyn_buf b = {0};
    const cyn_value *v;
    write_sample(&b);
    for (size_t n = 0; n < b.len; n++) {
        cyn_arena *a = cyn_arena_new(0);
        CHECK_INT(read(b.data, n, a, &v), CYN_E_WORKER);
        cyn_arena_free(a);
    }
    cyn_arena *a = cyn_arena_new(0);
    CHECK_INT(read(b.data, b.len + 1, a, &v), CYN_E_WORKER); /* the buffer ends with a NUL */
    cyn_arena_free(a);
    cyn_buf_clear(&b);
}

static void test_a_count_beyond_the_bytes_costs_no_memory(void)
{
    const uint8_t array[] = {6, 0xff, 0xff, 0xff, 0xff, 0, 0}, text[] = {5, 0xff, 0xff, 0xff, 0x7f};
    const uint8_t map[] = {7, 2, 0, 0, 0, 5, 0, 0, 0, 0, 0};
    const cyn_value *v;
    cyn_arena *a = cyn_arena_new(4096);
    CHECK_INT(read(array, sizeof array, a, &v), CYN_E_WORKER);
    CHECK_INT(read(text, sizeof text, a, &v), CYN_E_WORKER);
    CHECK_INT(read(map, sizeof map, a, &v), CYN_E_WORKER);
    cyn_arena_free(a);
}

static void test_nesting_is_limited(void)
{
    for (int extra = 0; extra < 2; extra++) {
        cyn_buf b = {0};
        const cyn_value *v;
        cyn_arena *a = cyn_arena_new(0);
        for (int i = 0; i < CYN_WIRE_DEPTH + extra; i++)
            cyn_wire_array(&b, 1);
        cyn_wire_nil(&b);
        CHECK_INT(read(b.data, b.len, a, &v), extra ? CYN_E_WORKER : CYN_OK);
        cyn_arena_free(a);
        cyn_buf_clear(&b);
    }
}

static void test_keys_are_unique_texts_without_nul(void)
{
    static const struct {
        const char *first, *second;
        size_t n;
        cyn_code want;
    } cases[] = {{"a", "b", 1, CYN_OK}, {"a", "a", 1, CYN_E_WORKER}, {"a", "b\0", 2, CYN_E_WORKER}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_buf b = {0};
        const cyn_value *v;
        cyn_arena *a = cyn_arena_new(0);
        cyn_wire_map(&b, 2);
        cyn_wire_key(&b, cases[i].first);
        cyn_wire_nil(&b);
        cyn_wire_text(&b, cases[i].second, cases[i].n);
        cyn_wire_nil(&b);
        CHECK_INT(read(b.data, b.len, a, &v), cases[i].want);
        cyn_arena_free(a);
        cyn_buf_clear(&b);
    }
}

static void test_frames_are_read_back_and_checked(void)
{
    uint8_t h[CYN_FRAME_SIZE];
    cyn_frame f = {0};
    cyn_frame_write((cyn_frame){CYN_FRAME_ANSWERS, 0x123456789aULL}, h);
    CHECK_INT(cyn_frame_read(h, UINT64_MAX, &f, NULL), CYN_OK);
    CHECK(f.type == CYN_FRAME_ANSWERS && f.length == 0x123456789aULL);
    CHECK_INT(cyn_frame_read(h, 1000, &f, NULL), CYN_E_WORKER);
    for (size_t i = 0; i < 8; i++) { /* magic, version, type */
        cyn_frame_write((cyn_frame){CYN_FRAME_ANSWERS, 1}, h);
        h[i] ^= 0x40;
        CHECK_INT(cyn_frame_read(h, 1000, &f, NULL), CYN_E_WORKER);
    }
    cyn_frame_write((cyn_frame){(cyn_frame_type)0, 1}, h);
    CHECK_INT(cyn_frame_read(h, 1000, &f, NULL), CYN_E_WORKER);
}

static void test_errors_cross_with_place_and_hint(void)
{
    cyn_buf b = {0};
    cyn_err e = {0}, back = {0};
    const cyn_value *v;
    cyn_arena *a = cyn_arena_new(0);
    cyn_fail_at(&e, CYN_E_NAME, "metrics/a.lua", 3, 4, "unknown");
    cyn_hint(&e, "did you mean?");
    cyn_wire_error(&b, &e);
    CHECK_INT(read(b.data, b.len, a, &v), CYN_OK);
    CHECK(cyn_value_error(v, &back));
    CHECK_INT(back.code, CYN_E_NAME);
    CHECK_STR(back.file, "metrics/a.lua");
    CHECK(back.line == 3 && back.column == 4);
    CHECK_STR(back.message, "unknown");
    CHECK_STR(back.hint, "did you mean?");
    CHECK(!cyn_value_error(cyn_value_get(v, "line"), &back));
    cyn_arena_free(a);
    cyn_buf_clear(&b);
}

int main(void)
{
    RUN(test_every_kind_of_value_is_read_back);
    RUN(test_a_value_cut_short_or_followed_by_more_is_refused);
    RUN(test_a_count_beyond_the_bytes_costs_no_memory);
    RUN(test_nesting_is_limited);
    RUN(test_keys_are_unique_texts_without_nul);
    RUN(test_frames_are_read_back_and_checked);
    RUN(test_errors_cross_with_place_and_hint);
    return test_end();
}
