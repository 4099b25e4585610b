/* Bodies of strangers: what is JSON passes, what is not does not, and nothing else happens. */
#include "chance.h"
#include "serve/api_impl.h"
#include "test.h"

static cyn_arena *arena;

static cyn_code parse(const char *text, api_object *out)
{
    cyn_err err = {0};
    return api_parse_object(text, strlen(text), arena, out, &err);
}

static void test_members_of_all_kinds(void)
{
    api_object o;
    CHECK_INT(parse(" { \"a\" : \"x\", \"b\":-1.5e+3 ,\"c\":true,\"d\":false,\"e\":null,"
                    "\"f\":[\"p\" , \"q\"],\"g\":[]}\r\n\t ",
                    &o),
              CYN_OK);
    CHECK_INT(o.count, 7);
    CHECK_STR(api_member_of(&o, "a")->text, "x");
    CHECK_INT(api_member_of(&o, "b")->kind, API_NUMBER);
    CHECK_STR(api_member_of(&o, "b")->text, "-1.5e+3");
    CHECK_STR(api_member_of(&o, "c")->text, "true");
    CHECK_STR(api_member_of(&o, "d")->text, "false");
    CHECK_INT(api_member_of(&o, "e")->kind, API_NULL);
    CHECK_INT(api_member_of(&o, "f")->nitems, 2);
    CHECK_STR(api_member_of(&o, "f")->items[1], "q");
    CHECK_INT(api_member_of(&o, "g")->nitems, 0);
    CHECK(api_member_of(&o, "h") == NULL);
    CHECK_INT(parse("{}", &o), CYN_OK);
    CHECK_INT(o.count, 0);
}

static void test_escapes_become_what_they_mean(void)
{
    api_object o;
    CHECK_INT(
        parse("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u5b66\\ud83d\\ude00\"}", &o),
        CYN_OK);
    CHECK_STR(o.members[0].text, "\"\\/\b\f\n\r\tAé学😀");
    CHECK_INT(parse("{\"学\":\"学\"}", &o), CYN_OK);
    CHECK_STR(o.members[0].name, "学");
}

static void test_what_is_no_json_does_not_pass(void)
{
    static const char *const wrong[] = {
        "",
        " ",
        "[]",
        "1",
        "\"a\"",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1}}",
        "{\"a\":1} x",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":0x1}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":TRUE}",
        "{\"a\":nulll}",
        "{\"a\":\"x}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\ud83d\"}",
        "{\"a\":\"\\ud83dx\"}",
        "{\"a\":\"\\ud83d\\u0041\"}",
        "{\"a\":\"\\ude00\"}",
        "{\"a\":\"line\nend\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc3\"}",
        "{\"a\":[1]}",
        "{\"a\":[\"x\",]}",
        "{\"a\":[\"x\"}",
        "{\"a\":{}}",
        "{\"a\":1,\"a\":2}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        api_object o = {.count = 99};
        cyn_err err = {0};
        cyn_code rc = api_parse_object(wrong[i], strlen(wrong[i]), arena, &o, &err);
        if (rc != CYN_E_SYNTAX) printf("# passed: %s\n", wrong[i]);
        CHECK_INT(rc, CYN_E_SYNTAX);
        CHECK(strstr(err.message, "at byte ") != NULL);
        CHECK_INT(o.count, 99);
    }
}

static void test_a_nul_ends_nothing(void)
{
    static const char text[] = "{\"a\":\"x\0y\"}";
    api_object o;
    CHECK_INT(api_parse_object(text, sizeof text - 1, arena, &o, NULL), CYN_E_SYNTAX);
    static const char behind[] = "{\"a\":1}\0";
    CHECK_INT(api_parse_object(behind, sizeof behind - 1, arena, &o, NULL), CYN_E_SYNTAX);
}

static void test_there_is_an_end_to_everything(void)
{
    cyn_buf b = {0};
    api_object o;
    cyn_buf_puts(&b, "{\"a\":[\"x\"");
    cyn_buf_repeat(&b, ",\"x\"", 300);
    cyn_buf_puts(&b, "]}");
    CHECK_INT(parse(b.data, &o), CYN_E_SYNTAX);
    cyn_buf_reset(&b);
    cyn_buf_puts(&b, "{\"a\":1");
    for (int i = 0; i < 100; i++)
        cyn_buf_printf(&b, ",\"m%d\":1", i);
    cyn_buf_putc(&b, '}');
    CHECK_INT(parse(b.data, &o), CYN_E_SYNTAX);
    cyn_buf_reset(&b);
    cyn_buf_repeat(&b, "[", 60000);
    CHECK_INT(parse(b.data, &o), CYN_E_SYNTAX);
    cyn_buf_clear(&b);
}

/* Every beginning of a text, and texts with a byte that is another one: no reading beyond the end
 * (the copy is exactly as long as the text, for the sanitizer to watch). */
static void test_damaged_texts_are_read_no_further_than_they_go(void)
{
    static const char text[] =
        "{\"match\":[\"a=b\",\"\\u5b66\"],\"for\":\"2h\",\"n\":-12.5e3,\"t\":true}";
    const size_t n = sizeof text - 1;
    uint64_t seed = 5;
    size_t passed = 0;
    for (size_t i = 0; i < 20000; i++) {
        size_t length = i < n ? i : n;
        char *copy = malloc(length ? length : 1);
        if (!copy) exit(1);
        memcpy(copy, text, length);
        if (i >= n) copy[chance(&seed) % n] = (char)chance(&seed);
        cyn_arena *own = cyn_arena_new(0);
        api_object o;
        cyn_code rc = api_parse_object(copy, length, own, &o, NULL);
        CHECK(rc == CYN_OK || rc == CYN_E_SYNTAX);
        CHECK(rc == CYN_E_SYNTAX || i >= n);
        passed += rc == CYN_OK;
        cyn_arena_free(own);
        free(copy);
    }
    CHECK(passed > 1000 && passed < 19000);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_members_of_all_kinds);
    RUN(test_escapes_become_what_they_mean);
    RUN(test_what_is_no_json_does_not_pass);
    RUN(test_a_nul_ends_nothing);
    RUN(test_there_is_an_end_to_everything);
    RUN(test_damaged_texts_are_read_no_further_than_they_go);
    cyn_arena_free(arena);
    return test_end();
}
