#include "load.h"

static void test_objects_become_dotted_columns(void)
{
    CHECK_NDJSON("{\"a\":1,\"b\":{\"c\":{\"d\":\"x\"}}}\n{\"b\":{\"c\":{}},\"a\":2}\n",
                 "a:integer=1|2 b.c.d:text=x|nil");
}

static void test_null_and_absent_are_missing_and_an_empty_string_is_a_text(void)
{
    CHECK_NDJSON("{\"a\":null,\"b\":1}\n{\"a\":\"x\"}\n{\"a\":\"\"}\n",
                 "a:text=nil|x| b:integer=1|nil|nil");
}

static void test_a_key_that_is_only_ever_null_is_a_column_but_not_beside_an_object(void)
{
    CHECK_NDJSON("{\"a\":null}\n", "a:text=nil");
    CHECK_NDJSON("{\"a\":null}\n{\"a\":{\"b\":1}}\n", "a.b:integer=nil|1");
}

static void test_arrays_are_kept_as_their_length(void)
{
    CHECK_NDJSON("{\"c\":[{\"s\":1,\"s\":2},[3]]}\n{\"c\":[]}\n{}\n", "c.length:integer=2|0|nil");
    CHECK_NDJSON("{\"a\":{\"b\":[null,\"x\",true]}}", "a.b.length:integer=3");
}

static void test_types_come_from_json_and_strings_are_no_numbers(void)
{
    CHECK_NDJSON("{\"i\":1,\"d\":1.25,\"r\":1e3,\"s\":\"12\",\"t\":true,\"m\":1}\n"
                 "{\"i\":-2,\"d\":3,\"r\":2,\"s\":\"13\",\"t\":false,\"m\":\"1\"}\n",
                 "i:integer=1|-2 d:decimal=125/2|300/2 r:real=1000|2 s:text=12|13 "
                 "t:boolean=true|false m:text=1|1");
    CHECK_NDJSON("{\"d\":\"2018-08-08\",\"t\":\"2018-08-08T10:00:35Z\"}",
                 "d:date=2018-08-08 t:timestamp=2018-08-08T10:00:35Z");
}

static void test_escapes_are_resolved_in_strings_and_keys(void)
{
    CHECK_NDJSON("{\"a\":\"\\u00e9\\\"\\\\\\/\\n\\t\\ud83d\\ude00\",\"\\u0062\":\"plain\"}",
                 "a:text=é\"\\/\n\t😀 b:text=plain");
    CHECK_BAD(load_ndjson, "{\"a\":\"\\ud83d\"}\n", "t.ndjson:1:7 -: half of a surrogate pair");
    CHECK_BAD(load_ndjson, "{\"a\":\"\\ude00\"}\n", "t.ndjson:1:7 -: half of a surrogate pair");
    CHECK_BAD(load_ndjson, "{\"a\":\"\\ud83d\\u0041\"}\n",
              "t.ndjson:1:7 -: half of a surrogate pair");
    CHECK_BAD(load_ndjson, "{\"a\":\"\\u0000\"}\n", "t.ndjson:1:7 -: a NUL character");
    CHECK_BAD(load_ndjson, "{\"a\":\"\\x\"}\n",
              "t.ndjson:1:7 -: an escape that JSON does not know: a backslash is written twice");
    CHECK_BAD(load_ndjson, "{\"a\":\"\\u12g4\"}\n",
              "t.ndjson:1:7 -: expected four hexadecimal digits after \\u");
}

static void test_a_key_that_comes_twice_makes_the_line_bad(void)
{
    CHECK_BAD(load_ndjson, "{\"a\":1,\"a\":2}\n", "t.ndjson:1:12 -: the key 'a' comes twice");
    CHECK_BAD(load_ndjson, "{\"a\":{\"x\":1},\"a\":{\"y\":2}}\n",
              "t.ndjson:1:18 -: the key 'a' comes twice");
    CHECK_BAD(load_ndjson, "{\"a.b\":1,\"a\":{\"b\":2}}\n",
              "t.ndjson:1:19 -: the key 'a.b' comes twice");
}

static void test_malformed_lines_are_bad_with_place_and_expectation(void)
{
    static const char *const cases[][2] = {
        {"[1]", "1:1 -: expected an object ('{'), one on each line, found '['"},
        {"x", "1:1 -: expected an object ('{'), one on each line, found 'x'"},
        {"{\"a\":1", "1:7 -: expected ',' or '}', found the end of the line"},
        {"{\"a\":[1}", "1:8 -: expected ',' or ']', found '}'"},
        {"{\"a\" 1}", "1:6 -: expected ':', found '1'"},
        {"{\"a\":1,}", "1:8 -: expected a key in quotes, found '}'"},
        {"{a:1}", "1:2 -: expected a key in quotes, found 'a'"},
        {"{\"a\":}", "1:6 -: expected a value, found '}'"},
        {"{\"a\":nul}", "1:6 -: expected a value, found 'n'"},
        {"{\"a\":NaN}", "1:6 -: expected a value, found 'N'"},
        {"{\"a\":01}", "1:6 -: a number with a leading zero"},
        {"{\"a\":-}", "1:7 -: expected a digit, found '}'"},
        {"{\"a\":1.}", "1:8 -: expected a digit, found '}'"},
        {"{\"a\":1e+}", "1:9 -: expected a digit, found '}'"},
        {"{\"a\":\"x}", "1:6 -: a string without closing quote"},
        {"{\"a\":\"x\ty\"}", "1:8 -: a control character in a string: write \\u00XX"},
        {"{\"a\":1} {\"b\":2}", "1:9 -: expected the end of the line, found '{'"},
        {"{\"\":1}", "1:2 -: an empty key"},
        {"{\"a\":\"\xC3\xA9\xFF\"}", "1:8 -: not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[100], want[200];
        snprintf(text, sizeof text, "%s\n{\"a\":1}\n", cases[i][0]);
        snprintf(want, sizeof want, "t.ndjson:%s", cases[i][1]);
        loaded l;
        load_ndjson(&l, text);
        CHECK_STR(bad_row(&l, 0), want);
        CHECK_STR(shown(&l), "a:integer=1");
        unload(&l);
    }
}

static void test_a_bad_line_adds_no_column(void)
{
    CHECK_NDJSON("{\"a\":1}\n{\"zzz\":1,\"a\":}\n", "a:integer=1");
}

static void test_nesting_is_limited_to_64_levels(void)
{
    for (int depth = 63; depth <= 64; depth++) { /* and one for the object around them */
        char text[300];
        size_t n = (size_t)sprintf(text, "{\"b\":1,\"a\":");
        for (int i = 0; i < depth; i++)
            text[n++] = '[';
        for (int i = 0; i < depth; i++)
            text[n++] = ']';
        strcpy(text + n, "}\n{\"b\":2}\n");
        loaded l;
        load_ndjson(&l, text);
        CHECK_INT(l.report->bad, depth == 64);
        if (depth == 64)
            CHECK_STR(bad_row(&l, 0), "t.ndjson:1:75 -: more than 64 levels of nesting");
        unload(&l);
    }
}

static void test_blank_lines_crlf_and_no_last_line_break_are_fine(void)
{
    CHECK_NDJSON("\r\n  {\"a\":1}\r\n\n{ \"a\" : 2 }  \n{\"a\":3}", "a:integer=1|2|3");
    CHECK_NDJSON("\xEF\xBB\xBF{\"a\":1}\n", "a:integer=1");
    CHECK_BAD(load_ndjson, "\n\n{\"a\":1}\n  {]\n",
              "t.ndjson:4:2 -: expected a key in quotes, found ']'");
}

static void test_an_empty_file_has_the_declared_columns(void)
{
    static const cyn_column_decl columns[] = {
        {.name = "amount", .from = "a", .has_type = true, .type = CYN_DECIMAL, .scale = 2}};
    cyn_source_spec spec = spec_of(CYN_SOURCE_NDJSON);
    spec.columns = columns;
    spec.ncolumns = 1;
    spec.time = "at";
    put_text("t.ndjson", "");
    loaded l;
    load_path(&l, spec, "t.ndjson");
    CHECK_STR(shown(&l), "amount:decimal at:timestamp");
    unload(&l);
}

static void test_too_many_fields_are_an_error_that_names_the_likely_cause(void)
{
    char *text = malloc(400000);
    size_t n = (size_t)sprintf(text, "{\"k\":0");
    for (int i = 0; i < 10001; i++)
        n += (size_t)sprintf(text + n, ",\"user%d\":1", i);
    sprintf(text + n, "}\n");
    loaded l;
    load_ndjson(&l, text);
    CHECK_INT(l.rc, CYN_E_LIMIT);
    CHECK(strstr(failure(&l), "user ids") != NULL);
    unload(&l);
    free(text);
}

int main(void)
{
    begin();
    RUN(test_objects_become_dotted_columns);
    RUN(test_null_and_absent_are_missing_and_an_empty_string_is_a_text);
    RUN(test_a_key_that_is_only_ever_null_is_a_column_but_not_beside_an_object);
    RUN(test_arrays_are_kept_as_their_length);
    RUN(test_types_come_from_json_and_strings_are_no_numbers);
    RUN(test_escapes_are_resolved_in_strings_and_keys);
    RUN(test_a_key_that_comes_twice_makes_the_line_bad);
    RUN(test_malformed_lines_are_bad_with_place_and_expectation);
    RUN(test_a_bad_line_adds_no_column);
    RUN(test_nesting_is_limited_to_64_levels);
    RUN(test_blank_lines_crlf_and_no_last_line_break_are_fine);
    RUN(test_an_empty_file_has_the_declared_columns);
    RUN(test_too_many_fields_are_an_error_that_names_the_likely_cause);
    return end();
}
