/* JSON that this program wrote and kept: read member by member, and never beyond its end. */
#include "report/json_read.h"
#include "test.h"
#include <stdlib.h>

/* "key=value key=value": the members of a text, as they stand. */
static const char *members_of(const char *text)
{
    static char out[256];
    cyn_json_at at = cyn_json_open(text);
    cyn_json_span key, value;
    size_t n = 0;
    out[0] = '\0';
    while (cyn_json_next(&at, &key, &value))
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s=%.*s", n ? " " : "", (int)key.n,
                              key.s, (int)value.n, value.s);
    return out;
}

static void test_members_come_in_their_order(void)
{
    CHECK_STR(members_of("{\"a\":1,\"b\":\"x\"}"), "\"a\"=1 \"b\"=\"x\"");
    CHECK_STR(members_of(" { \"a\" : null , \"b\" : { \"c\" : [ 1 , 2 ] } } "),
              "\"a\"=null \"b\"={ \"c\" : [ 1 , 2 ] }");
    CHECK_STR(members_of("[1,\"b\",{}]"), "=1 =\"b\" ={}");
    CHECK_STR(members_of("{}"), "");
    CHECK_STR(members_of("[]"), "");
}

static void test_signs_in_texts_are_no_structure(void)
{
    CHECK_STR(members_of("{\"a}\":\"]},\\\"\",\"b\":2}"), "\"a}\"=\"]},\\\"\" \"b\"=2");
    CHECK_STR(members_of("{\"change(\\\"1w\\\")\":-0.07}"), "\"change(\\\"1w\\\")\"=-0.07");
}

static void test_anything_else_has_no_members(void)
{
    CHECK_STR(members_of(NULL), "");
    CHECK_STR(members_of(""), "");
    CHECK_STR(members_of("12"), "");
    CHECK_STR(members_of("\"a\""), "");
}

/* Whatever a damaged row holds: what is whole is read, and then it ends. */
static void test_damaged_texts_end_the_reading(void)
{
    static const char whole[] = "{\"a\":1,\"b\":{\"c\":\"x\\\"y\"},\"d\":[true]}";
    char all[256];
    snprintf(all, sizeof all, "%s", members_of(whole));
    for (size_t n = 0; n < sizeof whole; n++) {
        char *cut = malloc(n + 1); /* of its very size, for the sanitizer */
        memcpy(cut, whole, n);
        cut[n] = '\0';
        const char *found = members_of(cut);
        bool number = strncmp(found, "\"a\"=", 4) == 0 || !*found;
        CHECK(number && strncmp(all, found, strlen(found)) == 0);
        free(cut);
    }
    CHECK_STR(members_of("{\"a\" 1}"), "");
    CHECK_STR(members_of("{a:1}"), "");
    CHECK_STR(members_of("{\"a\":}"), "");
    CHECK_STR(members_of("{\"a\":1,"), "\"a\"=1");
    CHECK_STR(members_of("{\"a\":\"x\\"), "");
}

static void test_a_member_is_found_by_its_name(void)
{
    cyn_json_span value;
    const char *text = "{\"ab\":1,\"a\":{\"b\":2},\"b\":3}";
    CHECK(cyn_json_find(text, "b", &value) && value.n == 1 && *value.s == '3');
    CHECK(cyn_json_find(text, "a", &value) && value.n == 7);
    CHECK(!cyn_json_find(text, "c", &value));
    CHECK(!cyn_json_find("[1]", "", &value));
}

static const char *text_of(const char *json)
{
    static char out[64];
    cyn_buf b = {0};
    cyn_json_put_text((cyn_json_span){json, strlen(json)}, &b);
    snprintf(out, sizeof out, "%s", b.data ? b.data : "");
    cyn_buf_clear(&b);
    return out;
}

static void test_escapes_are_undone(void)
{
    CHECK_STR(text_of("\"a\\\"b\\\\c\\/d\""), "a\"b\\c/d");
    CHECK_STR(text_of("\"\\n\\t\\u0001\\u3042\""), "\n\t\001あ");
    CHECK_STR(text_of("\"広告\""), "広告");
    CHECK_STR(text_of("\"\""), "");
    CHECK_STR(text_of("12"), "12");
    CHECK_STR(text_of("\"\\u12\""), "u12"); /* cut off */
}

static void test_what_was_written_is_read_back(void)
{
    static const char *const texts[] = {"", "a \"b\" \\ /", "\001\037\n", "広告{channel=\"x\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cyn_buf b = {0};
        cyn_buf_json_string(&b, texts[i], strlen(texts[i]));
        CHECK_STR(text_of(b.data), texts[i]);
        cyn_buf_clear(&b);
    }
}

static bool is_number(const char *json, double *x)
{
    return cyn_json_real_of((cyn_json_span){json, strlen(json)}, x);
}

static void test_only_numbers_are_numbers(void)
{
    double x = 0;
    CHECK(is_number("-0.5e1", &x) && x == -5);
    CHECK(!is_number("null", &x) && !is_number("\"1\"", &x) && !is_number("", &x));
    CHECK(!is_number("nan", &x) && !is_number("inf", &x) && !is_number("1x", &x));
}

int main(void)
{
    RUN(test_members_come_in_their_order);
    RUN(test_signs_in_texts_are_no_structure);
    RUN(test_anything_else_has_no_members);
    RUN(test_damaged_texts_end_the_reading);
    RUN(test_a_member_is_found_by_its_name);
    RUN(test_escapes_are_undone);
    RUN(test_what_was_written_is_read_back);
    RUN(test_only_numbers_are_numbers);
    return test_end();
}
