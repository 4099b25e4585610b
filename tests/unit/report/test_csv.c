/* Fields of CSV: quoted where they must be, and told apart from what is missing. */
#include "report/csv.h"
#include "test.h"
#include <string.h>

static const char *shown(cyn_buf *b)
{
    static char text[64];
    snprintf(text, sizeof text, "%.*s", (int)b->len, b->data ? b->data : "");
    cyn_buf_clear(b);
    return text;
}

static const char *field(const char *s, size_t n)
{
    cyn_buf b = {0};
    cyn_csv_field(&b, s, n);
    return shown(&b);
}

static void test_only_what_must_be_is_quoted(void)
{
    CHECK_STR(field("ads", 3), "ads");
    CHECK_STR(field("of two words", 12), "of two words");
    CHECK_STR(field("a,b", 3), "\"a,b\"");
    CHECK_STR(field("a\nb", 3), "\"a\nb\"");
    CHECK_STR(field("a\tb", 3), "\"a\tb\"");
    CHECK_STR(field(" a", 2), "\" a\"");
    CHECK_STR(field("a ", 2), "\"a \"");
    CHECK_STR(field("12\" disc", 8), "\"12\"\" disc\"");
    CHECK_STR(field("広告", 6), "広告");
}

static void test_an_empty_text_is_not_missing(void)
{
    cyn_buf b = {0};
    CHECK_STR(field("", 0), "\"\"");
    cyn_csv_text(&b, NULL);
    cyn_csv_text(&b, "");
    cyn_csv_number(&b, CYN_MISSING);
    CHECK_STR(shown(&b), ",,,");
}

static void test_fields_after_the_first_begin_with_a_comma(void)
{
    cyn_buf b = {0};
    cyn_csv_text(&b, "a,b");
    cyn_csv_number(&b, cyn_num_real(1.5));
    cyn_csv_number(&b, cyn_num_integer(3));
    cyn_csv_boolean(&b, true);
    CHECK_STR(shown(&b), ",\"a,b\",1.5,3,true");
}

int main(void)
{
    RUN(test_only_what_must_be_is_quoted);
    RUN(test_an_empty_text_is_not_missing);
    RUN(test_fields_after_the_first_begin_with_a_comma);
    return test_end();
}
