/* What metrics are made of. */
#include "metric/point.h"
#include "test.h"

static cyn_formula metric(const char *name)
{
    return (cyn_formula){.kind = CYN_FORMULA_METRIC, .metric = name};
}

static cyn_formula op(cyn_op o, const cyn_formula *a, const cyn_formula *b)
{
    return (cyn_formula){.kind = CYN_FORMULA_OP, .op = o, .a = a, .b = b};
}

static const cyn_formula two = {.kind = CYN_FORMULA_CONST, .value = {CYN_NUM_INTEGER, 0, 2, 0}};
static const cyn_formula agg = {.kind = CYN_FORMULA_AGG};

static void check_inputs(const cyn_formula *f, const char *want)
{
    cyn_arena *arena = cyn_arena_new(0);
    const char *const *names = NULL;
    size_t n = 99;
    char found[200] = "";
    CHECK_INT(cyn_formula_inputs(f, arena, &names, &n, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++) {
        strcat(found, i ? " " : "");
        strcat(found, names[i]);
    }
    CHECK_STR(found, want);
    cyn_arena_free(arena);
}

static void test_inputs_come_once_each_in_the_order_of_the_formula(void)
{
    cyn_formula c = metric("c"), a = metric("a"), again = metric("c"), b = metric("b");
    cyn_formula ca = op(CYN_MUL, &c, &a), cb = op(CYN_SUB, &again, &b);
    cyn_formula both = op(CYN_ADD, &ca, &cb), negative = op(CYN_NEG, &both, NULL);
    check_inputs(&negative, "c a b");
    check_inputs(&a, "a");
    check_inputs(&two, "");
    check_inputs(&agg, "");
}

static void test_inputs_are_found_in_functions_windows_and_folds(void)
{
    cyn_formula a = metric("a"), b = metric("b"), c = metric("c"), d = metric("d");
    cyn_formula least = {.kind = CYN_FORMULA_CALL, .call = CYN_CALL_MIN, .a = &a, .b = &b};
    cyn_formula before = {.kind = CYN_FORMULA_WINDOW, .a = &c};
    cyn_formula mean = {.kind = CYN_FORMULA_FOLD, .n = 2, .a = &d};
    cyn_formula left = op(CYN_MUL, &least, &before), all = op(CYN_MUL, &left, &mean);
    check_inputs(&all, "a b c d");
    const cyn_formula *reads[] = {&b, &a};
    cyn_function fn = {.reads = reads, .nreads = 2};
    cyn_formula script = {.kind = CYN_FORMULA_SCRIPT, .function = &fn};
    check_inputs(&script, "b a");
}

static const cyn_formula *parts(const cyn_formula *formula, const cyn_formula *identity)
{
    cyn_metric m = {.name = "m", .formula = formula, .identity = identity};
    return cyn_metric_parts(&m);
}

static void test_an_identity_says_what_a_metric_is_made_of(void)
{
    cyn_formula a = metric("a"), b = metric("b"), product = op(CYN_MUL, &a, &b);
    CHECK(parts(&agg, &product) == &product);
    CHECK(parts(&a, &product) == &product);
}

static void test_a_formula_of_metrics_does_so_itself(void)
{
    cyn_formula a = metric("a"), size = {.kind = CYN_FORMULA_CALL, .call = CYN_CALL_ABS, .a = &a};
    cyn_formula twice = op(CYN_MUL, &two, &size), negative = op(CYN_NEG, &twice, NULL);
    CHECK(parts(&a, NULL) == &a);
    CHECK(parts(&negative, NULL) == &negative);
}

static void test_all_else_is_a_leaf(void)
{
    cyn_formula a = metric("a"), sum = op(CYN_ADD, &two, &two), mixed = op(CYN_ADD, &a, &agg);
    cyn_formula before = {.kind = CYN_FORMULA_WINDOW, .a = &a}, less = op(CYN_SUB, &a, &before);
    cyn_formula mean = {.kind = CYN_FORMULA_FOLD, .n = 2, .a = &a};
    cyn_formula size = {.kind = CYN_FORMULA_CALL, .call = CYN_CALL_ABS, .a = &mean};
    const cyn_formula *reads[] = {&a};
    cyn_function fn = {.reads = reads, .nreads = 1};
    cyn_formula script = {.kind = CYN_FORMULA_SCRIPT, .function = &fn};
    const cyn_formula *leaves[] = {&two, &sum, &agg, &mixed, &before, &less, &mean, &size, &script};
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        CHECK(parts(leaves[i], NULL) == NULL);
}

static void test_names_of_functions_and_methods_are_complete(void)
{
    CHECK_STR(cyn_call_names[CYN_CALL_MIN], "min");
    CHECK_STR(cyn_call_names[CYN_CALL_LOG], "log");
    CHECK(cyn_call_names[CYN_CALL_LOG + 1] == NULL);
    CHECK_STR(cyn_method_names[CYN_METHOD_AUTO], "");
    for (int i = CYN_METHOD_AUTO; i <= CYN_METHOD_NONE; i++)
        CHECK(cyn_method_names[i] != NULL);
    CHECK(cyn_method_names[CYN_METHOD_NONE + 1] == NULL);
    CHECK(cyn_call_is_binary(CYN_CALL_MAX) && !cyn_call_is_binary(CYN_CALL_ABS));
}

int main(void)
{
    RUN(test_inputs_come_once_each_in_the_order_of_the_formula);
    RUN(test_inputs_are_found_in_functions_windows_and_folds);
    RUN(test_an_identity_says_what_a_metric_is_made_of);
    RUN(test_a_formula_of_metrics_does_so_itself);
    RUN(test_all_else_is_a_leaf);
    RUN(test_names_of_functions_and_methods_are_complete);
    return test_end();
}
