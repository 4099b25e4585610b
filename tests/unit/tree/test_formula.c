/* Formulas of parts over plain numbers: values by N-5 … N-10, derivatives. */
#include "formulas.h"
#include "tree/formula.h"
#include "tree/formula_impl.h"

static cyn_arena *arena;
static const char *const names[] = {"a", "b", "c"};

static cyn_program *program(const char *text)
{
    cyn_program *p = NULL;
    cyn_err err = {0};
    if (cyn_program_new(formula(arena, text), names, 3, arena, &p, &err) != CYN_OK) {
        printf("# %s\n", err.message);
        exit(2);
    }
    return p;
}

static double value(const char *text, double a, double b, double c)
{
    return cyn_program_value(program(text), (double[]){a, b, c});
}

static void test_operators_and_functions(void)
{
    CHECK_NEAR(value("a + b * c", 1, 2, 3), 7, 0);
    CHECK_NEAR(value("(a + b) * c", 1, 2, 3), 9, 0);
    CHECK_NEAR(value("a - b - c", 1, 2, 3), -4, 0);
    CHECK_NEAR(value("a / (b / c)", 1, 2, 4), 2, 0);
    CHECK_NEAR(value("-a ^ 2", 3, 0, 0), -9, 0);
    CHECK_NEAR(value("a ^ b ^ c", 2, 3, 2), 512, 0);
    CHECK_NEAR(value("min(a, b) + max(a, b) * 10", 1, 2, 0), 21, 0);
    CHECK_NEAR(value("abs(a) + sqrt(b) + exp(c)", -3, 16, 0), 8, 0);
    CHECK_NEAR(value("log(exp(a))", 0.5, 0, 0), 0.5, 1e-15);
}

/* N-9: the sign of the divisor. */
static void test_remainders_are_those_of_lua(void)
{
    CHECK_NEAR(value("a % b", 7, 3, 0), 1, 0);
    CHECK_NEAR(value("a % b", -7, 3, 0), 2, 0);
    CHECK_NEAR(value("a % b", 7, -3, 0), -2, 0);
    CHECK_NEAR(value("a % b", 7, 0, 0), NAN, 0);
}

/* M-4, N-5, N-10. */
static void test_what_has_no_value_is_missing(void)
{
    CHECK_NEAR(value("a / b", 1, 0, 0), NAN, 0);
    CHECK_NEAR(value("a * b", NAN, 0, 0), NAN, 0);
    CHECK_NEAR(value("a ^ 0", NAN, 0, 0), NAN, 0);
    CHECK_NEAR(value("1 ^ a", NAN, 0, 0), NAN, 0);
    CHECK_NEAR(value("min(a, b)", 1, NAN, 0), NAN, 0);
    CHECK_NEAR(value("max(a, b)", NAN, 1, 0), NAN, 0);
    CHECK_NEAR(value("sqrt(a)", -1, 0, 0), NAN, 0);
    CHECK_NEAR(value("log(a)", 0, 0, 0), NAN, 0);
    CHECK_NEAR(value("exp(a)", 1000, 0, 0), NAN, 0);
    CHECK_NEAR(value("1 / exp(a)", 1000, 0, 0), NAN, 0); /* missing spreads: it is not 0 */
    CHECK_NEAR(value("a * a / a", 1e200, 0, 0), NAN, 0);
}

/* The side that needs more of the stack is computed first: 1,500 brackets take no more than two
 * places. */
static void test_deep_formulas_take_little_room(void)
{
    const cyn_formula *right = new_reference(arena, "a"), *left = right;
    for (int i = 0; i < 1500; i++) {
        right = new_op(arena, CYN_SUB, new_reference(arena, "b"), right);
        left = new_op(arena, CYN_SUB, left, new_reference(arena, "b"));
    }
    cyn_program *p = NULL, *q = NULL;
    CHECK_INT(cyn_program_new(right, names, 3, arena, &p, NULL), CYN_OK);
    CHECK_INT(cyn_program_new(left, names, 3, arena, &q, NULL), CYN_OK);
    CHECK_NEAR(cyn_program_value(p, (double[]){5, 2, 0}), 5, 0);
    CHECK_NEAR(cyn_program_value(q, (double[]){5, 2, 0}), 5 - 3000, 0);
    CHECK_NEAR(cyn_program_slope(p, (double[]){5, 2, 0}, 0), 1, 0);
    CHECK_NEAR(cyn_program_slope(q, (double[]){5, 2, 0}, 1), -1500, 0);
}

static void check_gradient(const char *text, double a, double b, double c, double da, double db,
                           double dc)
{
    double g[3], want[] = {da, db, dc}, x[] = {a, b, c};
    const cyn_program *p = program(text);
    double y = cyn_program_gradient(p, x, g);
    CHECK_NEAR(y, cyn_program_value(p, x), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_NEAR(g[i], want[i], 1e-14);
        if (isnan(g[i]) != isnan(want[i]) || fabs(g[i] - want[i]) > 1e-9)
            printf("# of %s by %s\n", text, names[i]);
    }
}

static void test_derivatives(void)
{
    check_gradient("a + 2 * b - c / 4", 1, 2, 3, 1, 2, -0.25);
    check_gradient("a * b * c", 2, 3, 5, 15, 10, 6);
    check_gradient("a / b", 6, 2, 0, 0.5, -1.5, 0);
    check_gradient("a ^ 3 + b ^ -1", 2, 4, 0, 12, -0.0625, 0);
    check_gradient("2 ^ a", 3, 0, 0, 8 * log(2), 0, 0);
    check_gradient("exp(a) + log(b) + sqrt(c)", 1, 4, 4, exp(1), 0.25, 0.25);
    check_gradient("abs(a) + min(b, c) + max(b, c) * 2", -5, 1, 2, -1, 1, 2);
    check_gradient("a % b", 7, 3, 0, 1, -2, 0);
    check_gradient("a * a + a", 3, 0, 0, 7, 0, 0);
}

static void test_a_kink_has_the_mean_of_both_sides(void)
{
    check_gradient("min(a, b)", 3, 3, 0, 0.5, 0.5, 0);
    check_gradient("max(a, 0)", 0, 0, 0, 0.5, 0, 0);
    check_gradient("abs(a)", 0, 0, 0, 0, 0, 0);
    check_gradient("min(min(a, b), c)", 3, 3, 3, 0.5, 0.5, 0.5);
    check_gradient("min(a, a)", 3, 0, 0, 1, 0, 0);
}

static void test_where_there_is_no_derivative_it_is_missing(void)
{
    check_gradient("sqrt(a) + b", 0, 0, 0, NAN, 1, 0);
    check_gradient("sqrt(a * b)", 0, 2, 0, NAN, 0, 0);
    check_gradient("a % b", 6, 3, 0, NAN, NAN, 0);
    check_gradient("a / b", 1, 0, 0, NAN, NAN, NAN);
    check_gradient("a ^ b", -2, 2, 0, -4, NAN, 0);
}

static void test_powers_at_zero(void)
{
    check_gradient("a ^ 2", 0, 0, 0, 0, 0, 0);
    check_gradient("a ^ 1", 0, 0, 0, 1, 0, 0);
    check_gradient("a ^ 0", 0, 0, 0, 0, 0, 0);
    check_gradient("a ^ b", 0, 2, 0, 0, 0, 0);
}

static void test_other_formulas_are_refused(void)
{
    cyn_program *p = NULL;
    cyn_err err = {0};
    const cyn_formula *unknown = formula(arena, "a + revenue");
    CHECK_INT(cyn_program_new(unknown, names, 3, arena, &p, &err), CYN_E_NAME);
    CHECK(strstr(err.message, "'revenue'") != NULL);
    cyn_formula *count = new_formula(arena, CYN_FORMULA_AGG);
    const cyn_formula *mixed = new_op(arena, CYN_ADD, formula(arena, "a"), count);
    CHECK_INT(cyn_program_new(mixed, names, 3, arena, &p, &err), CYN_E_UNSUPPORTED);
    CHECK(p == NULL);
}

static cyn_shape shape(const char *text)
{
    return cyn_formula_shape(formula(arena, text));
}

static void test_shapes(void)
{
    CHECK_INT(shape("2 ^ 3 + min(1, 2)"), CYN_SHAPE_CONSTANT);
    CHECK_INT(shape("a"), CYN_SHAPE_LINEAR);
    CHECK_INT(shape("a * 0.5 - b / 2 + -c + 7"), CYN_SHAPE_LINEAR);
    CHECK_INT(shape("2 * (a + 3 * (b - c))"), CYN_SHAPE_LINEAR);
    CHECK_INT(shape("a * b"), CYN_SHAPE_PRODUCT);
    CHECK_INT(shape("-a * (2 * b) * c ^ 0.5 / 100"), CYN_SHAPE_PRODUCT);
    CHECK_INT(shape("(a * b) ^ 2"), CYN_SHAPE_PRODUCT);
    CHECK_INT(shape("a * b / c"), CYN_SHAPE_QUOTIENT);
    CHECK_INT(shape("a ^ -1"), CYN_SHAPE_QUOTIENT);
    CHECK_INT(shape("a ^ 0 * b"), CYN_SHAPE_QUOTIENT);
    CHECK_INT(shape("a * (b + c)"), CYN_SHAPE_OTHER);
    CHECK_INT(shape("a * b + c"), CYN_SHAPE_OTHER);
    CHECK_INT(shape("a / (b + 1)"), CYN_SHAPE_OTHER);
    CHECK_INT(shape("2 ^ a"), CYN_SHAPE_OTHER);
    CHECK_INT(shape("min(a, b)"), CYN_SHAPE_OTHER);
    CHECK_INT(shape("a % 2"), CYN_SHAPE_OTHER);
    cyn_formula *count = new_formula(arena, CYN_FORMULA_AGG);
    CHECK_INT(cyn_formula_shape(new_op(arena, CYN_MUL, formula(arena, "a"), count)),
              CYN_SHAPE_NONE);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_operators_and_functions);
    RUN(test_remainders_are_those_of_lua);
    RUN(test_what_has_no_value_is_missing);
    RUN(test_deep_formulas_take_little_room);
    RUN(test_derivatives);
    RUN(test_a_kink_has_the_mean_of_both_sides);
    RUN(test_where_there_is_no_derivative_it_is_missing);
    RUN(test_powers_at_zero);
    RUN(test_other_formulas_are_refused);
    RUN(test_shapes);
    cyn_arena_free(arena);
    return test_end();
}
