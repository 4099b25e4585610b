/* Sharing out a change (docs/numerics.md, X-1 … X-11). Expected values are computed by Python with
 * exact fractions over all orders, and with decimals of 50 digits for logarithms. */
#include "formulas.h"
#include "tree/decompose.h"
#include "tree/decompose_impl.h"

static cyn_arena *arena;
static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                    "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};
#define MOST 20

static cyn_parts measured(const char *text, size_t n, cyn_method method, const double *before,
                          const double *after, double total_before, double total_after)
{
    cyn_change_of c = {.formula = formula(arena, text),
                       .inputs = names,
                       .n = n,
                       .before = before,
                       .after = after,
                       .total_before = total_before,
                       .total_after = total_after};
    cyn_parts p = {0};
    cyn_err err = {0};
    if (cyn_decompose(&c, method, arena, &p, &err) != CYN_OK) {
        printf("# %s: %s\n", text, err.message);
        exit(2);
    }
    return p;
}

/* Of an identity that holds in both. */
static cyn_parts decompose(const char *text, size_t n, cyn_method method, const double *before,
                           const double *after)
{
    cyn_program *p = NULL;
    if (cyn_program_new(formula(arena, text), names, n, arena, &p, NULL) != CYN_OK) exit(2);
    return measured(text, n, method, before, after, cyn_program_value(p, before),
                    cyn_program_value(p, after));
}

static void check_parts(const cyn_parts *p, size_t n, const double *want)
{
    double sum = p->residual;
    for (size_t i = 0; i < n; i++) {
        CHECK_NEAR(p->part[i], want[i], 1e-12);
        sum += p->part[i];
    }
    CHECK_NEAR(sum, p->change, 1e-12);
}

#define X(...) ((const double[]){__VA_ARGS__})

/* ---- the choice ---- */

static cyn_method chosen(const char *text)
{
    return cyn_decompose_method(formula(arena, text));
}

/* */
static void test_the_formula_chooses(void)
{
    CHECK_INT(chosen("a"), CYN_METHOD_ADDITIVE);
    CHECK_INT(chosen("a - b * 0.5 + -c / 2 + 10"), CYN_METHOD_ADDITIVE);
    CHECK_INT(chosen("a * b * c"), CYN_METHOD_LMDI);
    CHECK_INT(chosen("a ^ 2 * b / 100"), CYN_METHOD_LMDI);
    CHECK_INT(chosen("a * b / c"), CYN_METHOD_SHAPLEY);
    CHECK_INT(chosen("a * b + c"), CYN_METHOD_SHAPLEY);
    CHECK_INT(chosen("min(a, b)"), CYN_METHOD_SHAPLEY);
    CHECK_INT(chosen("a+b+c+d+e+f+g+h+i+j+k+l+m"), CYN_METHOD_ADDITIVE);
    CHECK_INT(chosen("a*b*c*d*e*f*g*h*i*j*k*l*m"), CYN_METHOD_LMDI);
    CHECK_INT(chosen("(a+b+c+d+e+f+g+h+i+j+k+l)*m"), CYN_METHOD_SHAPLEY);
    CHECK_INT(chosen("a*b + c*d + e*f + g*h + i*j - 2*(k*l + m)"), CYN_METHOD_SHAPLEY);
}

static void test_values_choose_too(void)
{
    cyn_parts p = decompose("a * b", 2, CYN_METHOD_AUTO, X(-2, 3), X(4, 5));
    CHECK_INT(p.method, CYN_METHOD_SHAPLEY);
    CHECK_STR(p.why, "a product with negative values: the mean over all orders of change");
    check_parts(&p, 2, X(24, 2));
    p = decompose("a * b", 2, CYN_METHOD_AUTO, X(2, 3), X(4, 5));
    CHECK_INT(p.method, CYN_METHOD_LMDI);
    CHECK_STR(p.why, "a product: by logarithmic means");
}

static void test_reasons_in_japanese(void)
{
    cyn_parts p = decompose("a + b", 2, CYN_METHOD_AUTO, X(1, 2), X(2, 4));
    CHECK_STR(cyn_why_text(p.why, "ja"), "和なので、各要素自身の変化");
    CHECK_STR(cyn_why_text(p.why, "en"), p.why);
    CHECK_STR(cyn_why_text("something else", "ja"), "something else");
}

/* ---- sums: X-3 ---- */

static void test_a_sum_shares_out_its_parts_changes(void)
{
    cyn_parts p =
        decompose("a - b * 0.5 + c / 4 + 7", 3, CYN_METHOD_AUTO, X(1, 10, 8), X(4, 20, 16));
    CHECK_INT(p.method, CYN_METHOD_ADDITIVE);
    check_parts(&p, 3, X(3, -5, 2));
    CHECK_NEAR(p.change, 0, 0); /* nothing is divided by it */
    CHECK_NEAR(p.gain[1], -0.5, 0);
    CHECK_NEAR(p.residual, 0, 0);
}

/* ---- products: X-6, X-7 ---- */

static void test_a_product_by_logarithmic_means(void)
{
    cyn_parts p = decompose("a * b * c", 3, CYN_METHOD_AUTO, X(1000, 2, 50), X(1200, 1.8, 55));
    CHECK_INT(p.method, CYN_METHOD_LMDI);
    check_parts(&p, 3, X(19896.795582073097, -11498.018552105141, 10401.222970032046));
    for (size_t i = 0; i < 3; i++)
        CHECK_NEAR(p.gain[i] * X(200, -0.2, 5)[i], p.part[i], 1e-14);
}

static void test_a_funnel(void)
{
    cyn_parts p =
        decompose("a * b * c", 3, CYN_METHOD_AUTO, X(1000, 0.2, 0.1), X(1200, 0.25, 0.08));
    check_parts(&p, 3, X(4, 4.8956043429661786, -4.8956043429661786));
    p = decompose("a * b * c", 3, CYN_METHOD_SHAPLEY, X(1000, 0.2, 0.1), X(1200, 0.25, 0.08));
    check_parts(&p, 3, X(4.0333333333333332, 4.9333333333333336, -4.9666666666666668));
}

static void test_powers_and_constant_factors(void)
{
    cyn_parts p = decompose("a ^ 2 * b / 2", 2, CYN_METHOD_AUTO, X(3, 10), X(4, 7));
    CHECK_INT(p.method, CYN_METHOD_LMDI);
    check_parts(&p, 2, X(28.940640717586406, -17.940640717586406));
    p = decompose("-(a * a) * b * 0.5", 2, CYN_METHOD_AUTO, X(3, 10), X(4, 7));
    CHECK_INT(p.method, CYN_METHOD_LMDI);
    check_parts(&p, 2, X(-28.940640717586406, 17.940640717586406));
    p = decompose("0 * a * b", 2, CYN_METHOD_AUTO, X(3, 10), X(4, 7));
    check_parts(&p, 2, X(0, 0));
}

static void test_a_quotient_by_logarithmic_means_when_asked(void)
{
    cyn_parts p = decompose("a / b", 2, CYN_METHOD_LMDI, X(6, 2), X(9, 4));
    CHECK_INT(p.method, CYN_METHOD_LMDI);
    CHECK_STR(p.why, "the metric asks for it");
    check_parts(&p, 2, X(1.0570656297399068, -1.8070656297399068));
}

/* The logarithmic mean of two numbers that agree in ten digits. */
static void test_nearly_equal_values_lose_no_digits(void)
{
    cyn_parts p = decompose("a * b", 2, CYN_METHOD_AUTO, X(1000, 5), X(1000.0000001, 5.0000000001));
    CHECK_NEAR(p.part[0], 4.9999982821236481e-07, 1e-14);
    CHECK_NEAR(p.part[1], 1.000000082790371e-07, 1e-14);
    p = decompose("a * b", 2, CYN_METHOD_AUTO, X(1000, 5), X(1000, 5));
    check_parts(&p, 2, X(0, 0));
    CHECK_NEAR(p.gain[0], 5, 1e-15);
    CHECK_NEAR(p.gain[1], 1000, 1e-15);
    p = decompose("a * b", 2, CYN_METHOD_AUTO, X(2, 8), X(4, 4)); /* equal products */
    CHECK_NEAR(p.part[0], 16 * log(2), 1e-15);
    CHECK_NEAR(p.part[1], -16 * log(2), 1e-15);
}

static void test_sizes_at_the_end_of_doubles(void)
{
    cyn_parts p = decompose("a * b", 2, CYN_METHOD_AUTO, X(1e-300, 1e200), X(1e300, 1e-250));
    CHECK_NEAR(p.part[0] + p.part[1], 1e50, 1e-12);
    CHECK(p.part[0] > 0 && p.part[1] < 0);
    p = decompose("a * b", 2, CYN_METHOD_AUTO, X(1e-200, 1e-200), X(2, 3)); /* 0 before */
    CHECK_NEAR(p.part[0] + p.part[1], 6, 1e-12);
}

/* What went to 0, or came from it, made all of the change, in proportion to the exponents. */
static void test_zeros_of_a_product(void)
{
    cyn_parts p = decompose("a * b * c", 3, CYN_METHOD_AUTO, X(10, 2, 3), X(0, 4, 5));
    CHECK_INT(p.method, CYN_METHOD_LMDI);
    check_parts(&p, 3, X(-60, 0, 0));
    CHECK_NEAR(p.gain[0], 6, 1e-15);
    p = decompose("a * b * c", 3, CYN_METHOD_AUTO, X(0, 2, 0), X(7, 4, 5));
    check_parts(&p, 3, X(70, 0, 70));
    p = decompose("a ^ 2 * b", 2, CYN_METHOD_AUTO, X(0, 0), X(3, 4));
    check_parts(&p, 2, X(24, 12));
    p = decompose("a * b", 2, CYN_METHOD_AUTO, X(0, 5), X(4, 0)); /* 0 both times */
    check_parts(&p, 2, X(0, 0));
}

/* Replacing zeros by smaller and smaller numbers leads to the same. */
static void test_zeros_are_limits(void)
{
    cyn_parts limit = decompose("a * b * c", 3, CYN_METHOD_LMDI, X(0, 2, 0), X(7, 4, 5));
    double last = INFINITY;
    for (double tiny = 1e-30; tiny > 1e-300; tiny *= 1e-90) {
        cyn_parts p = decompose("a * b * c", 3, CYN_METHOD_LMDI, X(tiny, 2, tiny), X(7, 4, 5));
        double off = fabs(p.part[0] - limit.part[0]) + fabs(p.part[1] - limit.part[1]);
        CHECK(off < last && off < 4);
        last = off;
    }
}

/* An input that is 0 both times would have been worth the rest of the product. */
static void test_gains_of_zeros(void)
{
    cyn_parts p = decompose("3 * a * b", 2, CYN_METHOD_LMDI, X(0, 2), X(0, 4));
    cyn_parts rest = decompose("3 * b", 1 + 1, CYN_METHOD_LMDI, X(0, 2), X(0, 4));
    CHECK_NEAR(p.gain[0], rest.part[1] / log(2), 1e-14); /* L(12, 6) */
    CHECK_NEAR(p.gain[1], 0, 0);
    p = decompose("a * b", 2, CYN_METHOD_LMDI, X(0, 0), X(0, 0));
    CHECK_NEAR(p.gain[0], 0, 0);
    p = decompose("a * b * c", 3, CYN_METHOD_LMDI, X(0, 2, 3), X(0, 0, 5)); /* b keeps it 0, too */
    CHECK_NEAR(p.gain[0], 0, 0);
    /* 0 of the order 1 both times, though not by the same inputs: half of L(7, 3) */
    p = decompose("(a * b * c) ^ 0.5", 3, CYN_METHOD_LMDI, X(0, 0, 9), X(0, 49, 0));
    CHECK_NEAR(p.gain[0], 2 / log(7.0 / 3), 1e-14);
    p = decompose("a ^ 0.5 * b", 2, CYN_METHOD_LMDI, X(0, 2), X(0, 4));
    CHECK_NEAR(p.gain[0], NAN, 0); /* infinitely much */
}

/* ---- anything else: X-8 ---- */

static void test_any_formula_by_the_mean_over_orders(void)
{
    cyn_parts p = decompose("a * b * c", 3, CYN_METHOD_SHAPLEY, X(1000, 2, 50), X(1200, 1.8, 55));
    CHECK_INT(p.method, CYN_METHOD_SHAPLEY);
    check_parts(&p, 3, X(59800.0 / 3, -34700.0 / 3, 31300.0 / 3));
    p = decompose("min(a, b)", 2, CYN_METHOD_AUTO, X(100, 120), X(140, 110));
    CHECK_INT(p.method, CYN_METHOD_SHAPLEY);
    check_parts(&p, 2, X(15, -5));
}

static void test_value_of_a_customer_by_its_cost(void)
{
    cyn_parts p = decompose("a * b / c / d", 4, CYN_METHOD_AUTO, X(20, 0.8, 0.05, 100),
                            X(22, 0.8, 0.04, 120));
    CHECK_INT(p.method, CYN_METHOD_SHAPLEY);
    check_parts(&p, 4, X(74.0 / 225, 0, 173.0 / 225, -142.0 / 225));
    /* the margin stood still; a unit of it was worth the mean of the others' orders */
    CHECK_NEAR(p.gain[1], 3109.0 / 720, 1e-13);
}

static void test_inputs_that_stand_still_do_not_count(void)
{
    const char *text = "(a+b+c+d+e+f+g+h+i+j) / (k+l+m+n+o+p+q+r+s+t)";
    double before[MOST], after[MOST], want[MOST] = {0};
    for (size_t i = 0; i < MOST; i++)
        before[i] = after[i] = (double)(i + 1);
    for (size_t i = 5; i < 14; i++) /* nine of twenty */
        after[i] = 2.0 * (double)(i + 1);
    cyn_parts p = decompose(text, MOST, CYN_METHOD_AUTO, before, after);
    CHECK_INT(p.method, CYN_METHOD_SHAPLEY);
    cyn_parts few = decompose("(15+f+g+h+i+j) / (k+l+m+n+105)", 14, CYN_METHOD_AUTO, before, after);
    memcpy(want, few.part, 14 * sizeof *want);
    check_parts(&p, MOST, want);
    CHECK_NEAR(p.gain[0], p.gain[5], 1e-12); /* whoever adds to the sum, a unit is worth as much */
}

/* Shapley values of a sum are the sums of its terms' values, so that sums may be long. */
static void test_terms_are_shared_out_by_themselves(void)
{
    const char *text = "a*b + c*d + e*f + g*h + i*j - 2*(k*l + m*n) + min(o, p) / 4";
    double before[16], after[16];
    for (size_t i = 0; i < 16; i++) {
        before[i] = (double)(i + 2);
        after[i] = (double)((i * 7) % 11 + 1);
    }
    cyn_parts p = decompose(text, 16, CYN_METHOD_AUTO, before, after);
    CHECK_INT(p.method, CYN_METHOD_SHAPLEY);
    for (size_t i = 0; i < 14; i++) {
        size_t other = i ^ 1;
        double factor = i >= 10 ? -2 : 1;
        double want = factor * (after[i] - before[i]) * (before[other] + after[other]) / 2;
        CHECK_NEAR(p.part[i], want, 1e-13);
    }
    CHECK_NEAR(p.residual, 0, 0);
}

/* ---- unions: X-9 ---- */

static void test_brackets_change_together(void)
{
    cyn_parts p = decompose("a / (b + c * d)", 4, CYN_METHOD_OWEN, X(10, 2, 3, 4), X(15, 1, 5, 2));
    CHECK_INT(p.method, CYN_METHOD_OWEN);
    check_parts(&p, 4, X(125.0 / 308, 3925.0 / 48048, -12775.0 / 27456, 40175.0 / 64064));
    /* an input in two brackets is in neither */
    p = decompose("(a + b) / (a * c)", 3, CYN_METHOD_OWEN, X(10, 2, 3), X(15, 1, 5));
    check_parts(&p, 3, X(-37.0 / 2700, -61.0 / 2700, -203.0 / 1350));
}

/* Quotient property: a bracket gets what it would get as one input. */
static void test_a_bracket_gets_what_it_would_as_one_input(void)
{
    const char *text = "(a+b+c+d+e+f) * g / (h+i+j+k+l+m)";
    double before[13], after[13];
    for (size_t i = 0; i < 13; i++) {
        before[i] = (double)(i + 1);
        after[i] = (double)((7 * i) % 13 + 15);
    }
    cyn_parts p = decompose(text, 13, CYN_METHOD_AUTO, before, after);
    CHECK_INT(p.method, CYN_METHOD_OWEN);
    CHECK_STR(p.why, cyn_why_labels[CYN_WHY_MANY].en);
    double x0[3] = {0}, x1[3] = {0}, sums[3] = {0}, all = p.residual;
    for (size_t i = 0; i < 13; i++) {
        size_t bracket = i < 6 ? 0 : i > 6 ? 2 : 1;
        x0[bracket] += before[i];
        x1[bracket] += after[i];
        sums[bracket] += p.part[i];
        all += p.part[i];
    }
    cyn_parts three = decompose("a * b / c", 3, CYN_METHOD_AUTO, x0, x1);
    for (size_t i = 0; i < 3; i++)
        CHECK_NEAR(sums[i], three.part[i], 1e-12);
    CHECK_NEAR(all, p.change, 1e-12);
    /* within the first, and the last, a unit of each is worth as much */
    CHECK_NEAR(p.gain[0], p.gain[4], 1e-12);
    CHECK_NEAR(p.gain[0], three.gain[0], 1e-12);
}

/* Fifteen factors, one of them negative: halves of a bracket that is too long. */
static void test_long_brackets_are_halved(void)
{
    double before[15], after[15], sum = 0;
    for (size_t i = 0; i < 15; i++) {
        before[i] = i == 3 ? -1 : 1 + 0.01 * (double)i;
        after[i] = before[i] * 1.1;
    }
    cyn_parts p = decompose("a*b*c*d*e*f*g*h*i*j*k*l*m*n*o", 15, CYN_METHOD_AUTO, before, after);
    CHECK_INT(p.method, CYN_METHOD_OWEN);
    for (size_t i = 0; i < 15; i++)
        sum += p.part[i];
    CHECK_NEAR(sum, p.change, 1e-12);
    CHECK_NEAR(p.part[0], p.part[1], 1e-12);
}

static void test_too_many_nested_inputs_are_said(void)
{
    static char deep[60][8];
    const char *many[60];
    double before[60], after[60];
    cyn_arena *own = cyn_arena_new(0);
    const cyn_formula *f = NULL;
    for (size_t i = 0; i < 60; i++) { /* x0 / (1 + x1 / (1 + x2 / … )) */
        snprintf(deep[i], sizeof deep[i], "x%zu", i);
        many[i] = deep[i];
        before[i] = 1;
        after[i] = 2;
        const cyn_formula *x = new_reference(own, deep[i]);
        f = f ? new_op(own, CYN_DIV, x, new_op(own, CYN_ADD, new_number(own, 1), f)) : x;
    }
    cyn_change_of c = {.formula = f,
                       .inputs = many,
                       .n = 60,
                       .before = before,
                       .after = after,
                       .total_before = 1,
                       .total_after = 2};
    cyn_parts p = {0};
    CHECK_INT(cyn_decompose(&c, CYN_METHOD_AUTO, own, &p, NULL), CYN_OK);
    CHECK_INT(p.method, CYN_METHOD_NONE);
    CHECK_STR(p.why, cyn_why_labels[CYN_WHY_TOO_NESTED].en);
    cyn_arena_free(own);
}

/* ---- gains: X-5 ---- */

/* min has a kink in the small step itself: there the gain is what the step was worth. */
static void test_gains_of_almost_nothing(void)
{
    cyn_parts p = decompose("a / b", 2, CYN_METHOD_AUTO, X(10, 3), X(10 + 1e-9, 7));
    CHECK_NEAR(p.gain[0], (1.0 / 3 + 1.0 / 7) / 2, 1e-12); /* and not rounding, divided by 1e-9 */
    p = decompose("min(a, b)", 2, CYN_METHOD_AUTO, X(100, 100 + 2e-5), X(100 + 8e-5, 100 + 2e-5));
    CHECK_NEAR(p.part[0], 2e-5, 1e-6);
    CHECK_NEAR(p.gain[0] * 8e-5, p.part[0], 1e-6);
}

/* A tree of two levels: what the parts of parts contribute adds up. */
static void test_contributions_chain(void)
{
    double a0[] = {1000, 0.04}, a1[] = {1100, 0.05}, b0[] = {30, 20}, b1[] = {26, 24};
    cyn_parts orders = decompose("a * b", 2, CYN_METHOD_AUTO, a0, a1);
    cyn_parts basket = decompose("a + b", 2, CYN_METHOD_AUTO, b0, b1); /* it did not change */
    cyn_parts root = decompose("a * b", 2, CYN_METHOD_AUTO, X(40, 50), X(55, 50));
    double sum = 0;
    for (size_t i = 0; i < 2; i++)
        sum += root.gain[0] * orders.part[i] + root.gain[1] * basket.part[i];
    CHECK_NEAR(root.gain[1], 15 / log(55.0 / 40), 1e-13); /* L(orders) */
    CHECK_NEAR(root.gain[1] * basket.part[0], -root.gain[1] * basket.part[1], 1e-15);
    CHECK_NEAR(sum, root.change, 1e-12);
}

/* ---- what is left: X-4 ---- */

static void test_an_identity_that_does_not_hold_leaves_a_residual(void)
{
    cyn_parts p = measured("a * b", 2, CYN_METHOD_AUTO, X(10, 2), X(12, 3), 21, 40);
    CHECK_NEAR(p.change, 19, 0);
    CHECK_NEAR(p.formula_before, 20, 0);
    CHECK_NEAR(p.formula_after, 36, 0);
    CHECK_NEAR(p.residual, 3, 0);
    CHECK_NEAR(p.part[0] + p.part[1], 16, 1e-13);
    p = measured("a * b", 2, CYN_METHOD_AUTO, X(0.1, 3), X(0.2, 3), 0.3, 0.6); /* rounding */
    CHECK_NEAR(p.residual, 0, 0);
    p = measured("a + b", 2, CYN_METHOD_AUTO, X(10, 2), X(12, 3), 12 + 1e-9, 15);
    CHECK_NEAR(p.residual, -1e-9, 1e-5);
}

/* ---- movements: X-10 ---- */

static void test_a_movement_shares_out_flows(void)
{
    bool flow[] = {false, true, true};
    cyn_change_of c = {.formula = formula(arena, "a + b - c"),
                       .inputs = names,
                       .n = 3,
                       .before = X(90, 25, 15),
                       .after = X(100, 30, 12),
                       .total_before = 100,
                       .total_after = 118,
                       .flow = flow};
    cyn_parts p = {0};
    CHECK_INT(cyn_decompose(&c, CYN_METHOD_MOVEMENT, arena, &p, NULL), CYN_OK);
    CHECK_INT(p.method, CYN_METHOD_MOVEMENT);
    check_parts(&p, 3, X(0, 30, -12));
    CHECK_NEAR(p.gain[1], NAN, 0);
    c.after = X(103, 30, 12); /* three more than there were, and five less in the end */
    c.total_after = 116;
    CHECK_INT(cyn_decompose(&c, CYN_METHOD_MOVEMENT, arena, &p, NULL), CYN_OK);
    check_parts(&p, 3, X(3, 30, -12));
    CHECK_NEAR(p.residual, -5, 1e-14);
    c.before = X(NAN, NAN, NAN); /* only what was measured before counts */
    CHECK_INT(cyn_decompose(&c, CYN_METHOD_MOVEMENT, arena, &p, NULL), CYN_OK);
    check_parts(&p, 3, X(3, 30, -12));
    flow[2] = false;
    CHECK_INT(cyn_decompose(&c, CYN_METHOD_MOVEMENT, arena, &p, NULL), CYN_OK);
    CHECK_INT(p.method, CYN_METHOD_NONE);
    CHECK_STR(p.why, cyn_why_labels[CYN_WHY_NO_OPENING].en);
}

/* ---- what cannot be: X-2 ---- */

static void check_none(cyn_parts p, cyn_why why)
{
    CHECK_INT(p.method, CYN_METHOD_NONE);
    CHECK_STR(p.why, cyn_why_labels[why].en);
    CHECK_NEAR(p.part[0], NAN, 0);
    CHECK_NEAR(p.gain[0], NAN, 0);
    CHECK_NEAR(p.residual, NAN, 0);
}

static void test_missing_values_have_no_parts(void)
{
    check_none(measured("a * b", 2, CYN_METHOD_AUTO, X(1, 2), X(2, 3), NAN, 6), CYN_WHY_NO_TOTAL);
    check_none(measured("a * b", 2, CYN_METHOD_AUTO, X(1, NAN), X(2, 3), 2, 6), CYN_WHY_NO_INPUT);
    check_none(measured("a / b", 2, CYN_METHOD_AUTO, X(1, 0), X(2, 3), 2, 6), CYN_WHY_NO_RESULT);
    /* log(a − b) has a value in both, and none with only b changed */
    check_none(decompose("log(a - b)", 2, CYN_METHOD_AUTO, X(2, 1), X(9, 5)), CYN_WHY_NO_BETWEEN);
}

static void test_what_is_beyond_doubles_has_no_parts(void)
{
    /* the change of a, of the whole, and the residual are 2e308 */
    check_none(measured("a + b", 2, CYN_METHOD_AUTO, X(-1e308, 1), X(1e308, 2), 0, 1),
               CYN_WHY_TOO_LARGE);
    check_none(measured("a + b", 2, CYN_METHOD_AUTO, X(1, 1), X(2, 2), -1e308, 1e308),
               CYN_WHY_TOO_LARGE);
    check_none(measured("a + b", 2, CYN_METHOD_AUTO, X(0, 0), X(-1e308, 0), 0, 1e308),
               CYN_WHY_TOO_LARGE);
}

static void test_methods_that_do_not_apply_say_so(void)
{
    check_none(decompose("a * b", 2, CYN_METHOD_ADDITIVE, X(1, 2), X(2, 3)), CYN_WHY_NOT_SUM);
    check_none(decompose("a * b", 2, CYN_METHOD_MOVEMENT, X(1, 2), X(2, 3)), CYN_WHY_NOT_SUM);
    check_none(decompose("a + b", 2, CYN_METHOD_LMDI, X(1, 2), X(2, 3)), CYN_WHY_NOT_PRODUCT);
    check_none(decompose("2 * (a + b)", 2, CYN_METHOD_LMDI, X(1, 2), X(2, 3)), CYN_WHY_NOT_PRODUCT);
    check_none(decompose("a * b", 2, CYN_METHOD_LMDI, X(-1, 2), X(2, 3)), CYN_WHY_NOT_POSITIVE);
    check_none(decompose("a * b", 2, CYN_METHOD_RATE_MIX, X(1, 2), X(2, 3)), CYN_WHY_NO_METHOD);
}

static void test_formulas_that_are_no_formulas_of_parts_fail(void)
{
    cyn_change_of c = {.formula = formula(arena, "a + z"),
                       .inputs = names,
                       .n = 2,
                       .before = X(1, 2),
                       .after = X(1, 2),
                       .total_before = 1,
                       .total_after = 1};
    cyn_parts p = {.why = "untouched"};
    cyn_err err = {0};
    CHECK_INT(cyn_decompose(&c, CYN_METHOD_AUTO, arena, &p, &err), CYN_E_NAME);
    CHECK_STR(p.why, "untouched");
}

/* ---- a script's parts: X-11 ---- */

static cyn_parts given(double before, double after, const double *part)
{
    cyn_change_of c = {.formula = formula(arena, "a * b"),
                       .inputs = names,
                       .n = 2,
                       .before = X(10, 2),
                       .after = X(15, 2),
                       .total_before = before,
                       .total_after = after};
    cyn_parts p = {0};
    CHECK_INT(cyn_parts_given(&c, part, arena, &p, NULL), CYN_OK);
    return p;
}

static void test_parts_of_a_script_must_add_up(void)
{
    cyn_parts p = given(20, 30, X(7, 3));
    CHECK_INT(p.method, CYN_METHOD_SCRIPT);
    check_parts(&p, 2, X(7, 3));
    CHECK_NEAR(p.gain[0], 1.4, 0);
    CHECK_NEAR(p.gain[1], NAN, 0); /* it did not change: nothing says what a unit was worth */
    CHECK_NEAR(p.formula_after, 30, 0);
    p = given(20, 30, X(7, 3 + 2e-8));
    CHECK_INT(p.method, CYN_METHOD_SCRIPT);
    check_none(given(20, 30, X(7, 3 + 4e-8)), CYN_WHY_NOT_ALL);
    check_none(given(20, 30, X(7, NAN)), CYN_WHY_NO_NUMBER);
    check_none(given(NAN, 30, X(7, 3)), CYN_WHY_NO_TOTAL);
    p = given(20, 20, X(1e12, -1e12)); /* as exact as they can be */
    CHECK_INT(p.method, CYN_METHOD_SCRIPT);
}

/* Memory may run out at each allocation: an error, and nothing is lost. */
static void test_exhausted_memory_is_an_error(void)
{
    const double *x0 = X(10, 2, 3, 4), *x1 = X(15, 1, 5, 2);
    cyn_change_of c = {.formula = formula(arena, "a / (b + c * d) + a * 2"),
                       .inputs = names,
                       .n = 4,
                       .before = x0,
                       .after = x1,
                       .total_before = 1,
                       .total_after = 2};
    size_t n = 1;
    for (;; n++) {
        cyn_parts p = {0};
        cyn_arena *own = cyn_arena_new(0);
        cyn_test_fail_after(n);
        cyn_code rc = cyn_decompose(&c, CYN_METHOD_OWEN, own, &p, NULL);
        cyn_test_fail_after(0);
        cyn_arena_free(own);
        if (rc == CYN_OK) break;
        CHECK_INT(rc, CYN_E_NOMEM);
    }
    CHECK(n > 2);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_the_formula_chooses);
    RUN(test_values_choose_too);
    RUN(test_reasons_in_japanese);
    RUN(test_a_sum_shares_out_its_parts_changes);
    RUN(test_a_product_by_logarithmic_means);
    RUN(test_a_funnel);
    RUN(test_powers_and_constant_factors);
    RUN(test_a_quotient_by_logarithmic_means_when_asked);
    RUN(test_nearly_equal_values_lose_no_digits);
    RUN(test_sizes_at_the_end_of_doubles);
    RUN(test_zeros_of_a_product);
    RUN(test_zeros_are_limits);
    RUN(test_gains_of_zeros);
    RUN(test_any_formula_by_the_mean_over_orders);
    RUN(test_value_of_a_customer_by_its_cost);
    RUN(test_inputs_that_stand_still_do_not_count);
    RUN(test_terms_are_shared_out_by_themselves);
    RUN(test_brackets_change_together);
    RUN(test_a_bracket_gets_what_it_would_as_one_input);
    RUN(test_long_brackets_are_halved);
    RUN(test_too_many_nested_inputs_are_said);
    RUN(test_gains_of_almost_nothing);
    RUN(test_contributions_chain);
    RUN(test_an_identity_that_does_not_hold_leaves_a_residual);
    RUN(test_a_movement_shares_out_flows);
    RUN(test_missing_values_have_no_parts);
    RUN(test_what_is_beyond_doubles_has_no_parts);
    RUN(test_methods_that_do_not_apply_say_so);
    RUN(test_formulas_that_are_no_formulas_of_parts_fail);
    RUN(test_parts_of_a_script_must_add_up);
    RUN(test_exhausted_memory_is_an_error);
    cyn_arena_free(arena);
    return test_end();
}
