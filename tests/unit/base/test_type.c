/* base/type: the words of the types. */
#include "base/type.h"
#include "test.h"

static void test_type_words_go_both_ways(void)
{
    for (int i = 0; i < CYN_TYPE_COUNT; i++) {
        cyn_type t = (cyn_type)((i + 1) % CYN_TYPE_COUNT);
        CHECK_INT(cyn_parse_type(cyn_type_name((cyn_type)i), &t, NULL), CYN_OK);
        CHECK_INT(t, i);
    }
}

static void test_an_unknown_word_is_an_error_with_the_nearest_one(void)
{
    cyn_err err = {0};
    cyn_type t = CYN_DATE;
    CHECK_INT(cyn_parse_type("timestmap", &t, &err), CYN_E_NAME);
    CHECK_STR(err.hint, "did you mean 'timestamp'?");
    CHECK_INT(cyn_parse_type("", &t, &err), CYN_E_NAME);
    CHECK_STR(err.hint, "");
    CHECK_INT(t, CYN_DATE);
}

int main(void)
{
    RUN(test_type_words_go_both_ways);
    RUN(test_an_unknown_word_is_an_error_with_the_nearest_one);
    return test_end();
}
