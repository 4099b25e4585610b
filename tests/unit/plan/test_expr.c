/* Expressions and aggregates as text and as values. */
#include "plan/expr.h"
#include "test.h"
#include <stdint.h>

static cyn_expr column(const char *name)
{
    return (cyn_expr){.kind = CYN_EXPR_COLUMN, .name = name};
}

static cyn_expr text(const char *s)
{
    return (cyn_expr){.kind = CYN_EXPR_CONST,
                      .value = {.kind = CYN_CONST_TEXT, .s = s, .n = strlen(s)}};
}

static cyn_expr integer(int64_t i)
{
    return (cyn_expr){.kind = CYN_EXPR_CONST, .value = {.kind = CYN_CONST_INTEGER, .i = i}};
}

static cyn_expr real(double r)
{
    return (cyn_expr){.kind = CYN_EXPR_CONST, .value = {.kind = CYN_CONST_REAL, .r = r}};
}

static cyn_expr both(cyn_expr_kind kind, const cyn_expr *a, const cyn_expr *b)
{
    return (cyn_expr){.kind = kind, .a = a, .b = b};
}

static void check_expr(const cyn_expr *e, cyn_style style, const char *want)
{
    cyn_buf b = {0};
    cyn_expr_text(e, style, &b);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

static void check_agg(const cyn_agg *a, cyn_style style, const char *want)
{
    cyn_buf b = {0};
    cyn_agg_text(a, style, &b);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
}

static void test_names_of_aggregates_follow_the_enum(void)
{
    CHECK_STR(cyn_agg_names[CYN_COUNT], "count");
    CHECK_STR(cyn_agg_names[CYN_MEAN], "mean");
    CHECK_STR(cyn_agg_names[CYN_PERCENTILE], "p");
    CHECK_STR(cyn_agg_names[CYN_SHARE], "share");
    CHECK_STR(cyn_agg_names[CYN_LAST], "last");
    CHECK_STR(cyn_agg_names[CYN_CUSTOM], "aggregate");
    CHECK(cyn_agg_names[CYN_CUSTOM + 1] == NULL);
}

/* E-3; 2^53 + 1 is no double. */
static void test_constants_compare_as_in_lua(void)
{
    cyn_const one = integer(1).value, one_real = real(1).value, one_text = text("1").value;
    cyn_const odd = integer(INT64_C(9007199254740993)).value, even = real(0x1p53).value;
    cyn_const top = integer(INT64_MAX).value, above = real(0x1p63).value, nan = real(NAN).value;
    cyn_const nil = {.kind = CYN_CONST_NIL};
    CHECK(cyn_const_equal(&one, &one_real) && cyn_const_equal(&one_real, &one));
    CHECK(!cyn_const_equal(&one, &one_text));
    CHECK(!cyn_const_equal(&odd, &even) && !cyn_const_equal(&top, &above));
    CHECK(!cyn_const_equal(&nan, &nan) && !cyn_const_equal(&nan, &one));
    CHECK(cyn_const_equal(&nil, &nil) && !cyn_const_equal(&nil, &one));
}

/* 2^53 + 1 lies between two doubles: it comes after 2^53, whichever way that is written. */
static void test_constants_have_one_order(void)
{
    static const cyn_const ordered[] = {
        {.kind = CYN_CONST_NIL},
        {.kind = CYN_CONST_BOOLEAN, .i = 0},
        {.kind = CYN_CONST_BOOLEAN, .i = 1},
        {.kind = CYN_CONST_REAL, .r = -0.5},
        {.kind = CYN_CONST_INTEGER, .i = 0},
        {.kind = CYN_CONST_REAL, .r = 0x1p53},
        {.kind = CYN_CONST_INTEGER, .i = (INT64_C(1) << 53) + 1},
        {.kind = CYN_CONST_TEXT, .s = "", .n = 0},
        {.kind = CYN_CONST_TEXT, .s = "a", .n = 1},
        {.kind = CYN_CONST_TEXT, .s = "a\0b", .n = 3},
        {.kind = CYN_CONST_TEXT, .s = "b", .n = 1},
        {.kind = CYN_CONST_TEXT, .s = "é", .n = 2},
    };
    for (int i = 0; i < (int)(sizeof ordered / sizeof *ordered); i++)
        for (int k = 0; k < (int)(sizeof ordered / sizeof *ordered); k++) {
            int order = cyn_const_compare(&ordered[i], &ordered[k]);
            CHECK_INT((order > 0) - (order < 0), (i > k) - (i < k));
        }
    const cyn_const one = {.kind = CYN_CONST_INTEGER, .i = 1};
    const cyn_const one_real = {.kind = CYN_CONST_REAL, .r = 1};
    CHECK_INT(cyn_const_compare(&one, &one_real), 0);
}

static void test_equal_expressions_compute_the_same(void)
{
    cyn_expr a = column("a"), a2 = column("a"), one = integer(1), one_real = real(1);
    cyn_expr x = both(CYN_EXPR_EQUALS, &a, &one), y = both(CYN_EXPR_EQUALS, &a2, &one);
    cyn_expr s = {.kind = CYN_EXPR_SCRIPT, .handle = 1, .digest = "d1"}, t = s, u = s;
    t.handle = 2;
    u.digest = "d2";
    CHECK(cyn_expr_equal(&x, &y) && !cyn_expr_equal(&x, &a) && !cyn_expr_equal(&x, NULL));
    CHECK(cyn_expr_equal(NULL, NULL));
    CHECK(!cyn_expr_equal(&one, &one_real)); /* sum "1" is an integer, sum "1.0" is not */
    CHECK(cyn_expr_equal(&s, &t) && !cyn_expr_equal(&s, &u));
}

static void test_expressions_read_as_lua(void)
{
    cyn_expr event = column("event"), done = text("lesson_done"), odd = text("it's\n\\ \xff é");
    cyn_expr dotted = column("payload.size"), three = real(3), tenth = real(0.1), big = real(1e300);
    cyn_expr infinite = real(-INFINITY), is_done = both(CYN_EXPR_EQUALS, &event, &done);
    cyn_expr script = {.kind = CYN_EXPR_SCRIPT, .text = "a or b", .digest = "0123456789abcdef"};
    cyn_expr x = both(CYN_EXPR_AND, &is_done, &script), y = both(CYN_EXPR_AND, &event, &x);
    cyn_expr z = both(CYN_EXPR_EQUALS, &is_done, &event);
    check_expr(&is_done, CYN_WORDS, "event == 'lesson_done'");
    check_expr(&odd, CYN_WORDS, "'it\\'s\\x0a\\\\ \\xff é'");
    check_expr(&dotted, CYN_WORDS, "['payload.size']");
    check_expr(&three, CYN_WORDS, "3.0");
    check_expr(&tenth, CYN_WORDS, "0.1");
    check_expr(&big, CYN_WORDS, "1e+300");
    check_expr(&infinite, CYN_WORDS, "-1/0");
    check_expr(&y, CYN_WORDS, "event and event == 'lesson_done' and (a or b)");
    check_expr(&y, CYN_CANONICAL, "event and event == 'lesson_done' and (lua:0123456789abcdef)");
    check_expr(&z, CYN_WORDS, "(event == 'lesson_done') == event");
    script.text = "function (line 7)";
    check_expr(&script, CYN_WORDS, "function (line 7)");
    script.text = NULL;
    check_expr(&script, CYN_WORDS, "function 0123456789ab");
}

/* D-4: what is not read does not define; a later derive hides an earlier one of its name. */
static void test_aggregates_name_only_what_they_read(void)
{
    const char *const price[] = {"price"}, *const gross[] = {"gross", "rate"};
    cyn_expr a = {.kind = CYN_EXPR_SCRIPT, .text = "price * 2", .reads = price, .nreads = 1};
    cyn_expr b = {.kind = CYN_EXPR_SCRIPT, .text = "gross / rate", .reads = gross, .nreads = 2};
    cyn_expr c = column("other"), net = column("net"), paid = column("paid"), n = integer(1);
    cyn_derive derives[] = {{"gross", &a}, {"unused", &c}, {"net", &c}, {"net", &b}, {"gross", &n}};
    cyn_view view = {.source = "orders", .derives = derives, .nderives = 5, .where = &paid};
    cyn_agg agg = {.func = CYN_PERCENTILE, .view = &view, .arg = &net, .p = 99.5, .qtype = 6};
    check_agg(&agg, CYN_WORDS,
              "p99.5(orders with gross = price * 2, net = gross / rate where paid, net, type 6)");
    cyn_view plain = {.source = "orders"};
    cyn_agg count = {.func = CYN_COUNT, .view = &plain};
    check_agg(&count, CYN_WORDS, "count(orders)");
    cyn_agg rough = {.func = CYN_DISTINCT, .view = &plain, .arg = &paid, .approx = true};
    check_agg(&rough, CYN_WORDS, "distinct(orders, paid, approx)");
}

int main(void)
{
    RUN(test_names_of_aggregates_follow_the_enum);
    RUN(test_constants_compare_as_in_lua);
    RUN(test_constants_have_one_order);
    RUN(test_equal_expressions_compute_the_same);
    RUN(test_expressions_read_as_lua);
    RUN(test_aggregates_name_only_what_they_read);
    return test_end();
}
