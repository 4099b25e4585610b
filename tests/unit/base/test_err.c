/* base/err: composing, cutting, adding context, printing. */
#include "base/err.h"
#include "test.h"
#include <errno.h>

static void test_message_place_and_hint_are_printed_as_documented(void)
{
    cyn_err err = {0};
    char out[1400];
    CHECK_INT(cyn_fail_at(&err, CYN_E_NAME, "kpis.yaml", 3, 5, "unknown key '%s'", "unti"),
              CYN_E_NAME);
    cyn_hint(&err, "did you mean '%s'?", "unit");
    cyn_err_format(&err, out, sizeof out);
    CHECK_STR(out, "kpis.yaml:3:5: unknown key 'unti'\nhint: did you mean 'unit'?");
    CHECK_INT(err.code, CYN_E_NAME);
}

static void test_absent_parts_of_the_place_are_left_out(void)
{
    cyn_err err;
    char out[200];
    CHECK_INT(cyn_fail_at(&err, CYN_E_DATA, "a.csv", 7, 0, "x"), CYN_E_DATA);
    cyn_err_format(&err, out, sizeof out);
    CHECK_STR(out, "a.csv:7: x");
    CHECK_INT(cyn_fail_at(&err, CYN_E_DATA, "a.csv", 0, 0, "x"), CYN_E_DATA);
    cyn_err_format(&err, out, sizeof out);
    CHECK_STR(out, "a.csv: x");
    CHECK_INT(cyn_fail(&err, CYN_E_DATA, "x"), CYN_E_DATA);
    cyn_err_format(&err, out, sizeof out);
    CHECK_STR(out, "x");
}

static void test_context_goes_in_front_and_keeps_the_rest(void)
{
    cyn_err err;
    CHECK_INT(cyn_fail_at(&err, CYN_E_RANGE, "f", 1, 2, "too large"), CYN_E_RANGE);
    cyn_hint(&err, "smaller");
    cyn_context(&err, "column '%s'", "amount");
    cyn_context(&err, "source '%s'", "events");
    CHECK_STR(err.message, "source 'events': column 'amount': too large");
    CHECK_STR(err.hint, "smaller");
    CHECK_INT(err.line, 1);
    CHECK_INT(err.code, CYN_E_RANGE);
}

static void test_arguments_may_come_from_the_error_itself(void)
{
    cyn_err err;
    CHECK_INT(cyn_fail(&err, CYN_E_IO, "inner"), CYN_E_IO);
    CHECK_INT(cyn_fail(&err, CYN_E_DATA, "outer (%s)", err.message), CYN_E_DATA);
    CHECK_STR(err.message, "outer (inner)");
}

static void test_a_long_message_is_cut_between_characters(void)
{
    /* 1 + 3k bytes before the end of the buffer, for each way the cut can fall */
    for (int lead = 0; lead < 3; lead++) {
        cyn_err err;
        char text[3000] = "";
        for (int i = 0; i < lead; i++)
            strcat(text, "x");
        for (int i = 0; i < 500; i++)
            strcat(text, "星");
        CHECK_INT(cyn_fail(&err, CYN_E_DATA, "%s", text), CYN_E_DATA);
        size_t n = strlen(err.message);
        CHECK(n < sizeof err.message && n + 4 > sizeof err.message - 3);
        CHECK_STR(err.message + n - 3, "…");
        CHECK_INT((n - 3 - (size_t)lead) % 3, 0);
        CHECK(!memcmp(err.message, text, n - 3));
    }
}

static void test_errno_becomes_words(void)
{
    cyn_err err;
    errno = ENOENT;
    CHECK_INT(cyn_fail_errno(&err, "cannot open", "a.csv"), CYN_E_IO);
    CHECK_STR(err.message, "cannot open 'a.csv': No such file or directory");
    errno = EPIPE;
    CHECK_INT(cyn_fail_errno(&err, "cannot write", NULL), CYN_E_IO);
    CHECK_STR(err.message, "cannot write: Broken pipe");
}

static void test_nobody_has_to_listen(void)
{
    CHECK_INT(cyn_fail(NULL, CYN_E_DATA, "x"), CYN_E_DATA);
    CHECK_INT(cyn_nomem(NULL), CYN_E_NOMEM);
    cyn_context(NULL, "x");
    cyn_hint(NULL, "x");
}

static cyn_code twice(int fail, int *out, cyn_err *err)
{
    CYN_TRY(fail ? cyn_fail(err, CYN_E_RANGE, "no") : CYN_OK);
    *out = 2;
    return CYN_OK;
}

static void test_try_returns_the_first_failure(void)
{
    cyn_err err;
    int out = 1;
    CHECK_INT(twice(1, &out, &err), CYN_E_RANGE);
    CHECK_INT(out, 1);
    CHECK_INT(twice(0, &out, &err), CYN_OK);
    CHECK_INT(out, 2);
}

static void test_every_code_has_a_name_of_its_own(void)
{
    for (int a = CYN_OK; a <= CYN_E_UNSUPPORTED; a++) {
        CHECK(strcmp(cyn_code_name((cyn_code)a), "unknown") != 0);
        for (int b = CYN_OK; b < a; b++)
            CHECK(strcmp(cyn_code_name((cyn_code)a), cyn_code_name((cyn_code)b)) != 0);
    }
}

int main(void)
{
    RUN(test_message_place_and_hint_are_printed_as_documented);
    RUN(test_absent_parts_of_the_place_are_left_out);
    RUN(test_context_goes_in_front_and_keeps_the_rest);
    RUN(test_arguments_may_come_from_the_error_itself);
    RUN(test_a_long_message_is_cut_between_characters);
    RUN(test_errno_becomes_words);
    RUN(test_nobody_has_to_listen);
    RUN(test_try_returns_the_first_failure);
    RUN(test_every_code_has_a_name_of_its_own);
    return test_end();
}
