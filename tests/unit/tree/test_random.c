/* Random formulas over random values (docs/numerics.md, X-…): parts add up, permuting the inputs
 * permutes the parts, an input that does not occur gets nothing, the values are those of all orders
 * of change tried one by one, and contributions chain down two levels of a tree.
 *
 *     test_tree_random [how many formulas]
 */
#include "chance.h"
#include "formulas.h"
#include "tree/decompose.h"

#define MOST 12
#define PAST 16 /* for unions */
static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                    "i", "j", "k", "l", "m", "n", "o", "p"};
static size_t formulas = 4000;

/* ---- chance, the same each time ---- */

static uint64_t seed;

static size_t below(size_t n)
{
    return (size_t)(chance(&seed) % n);
}

/* Small whole numbers, fractions, zeros, both signs, very different sizes. */
static double number(bool positive)
{
    static const double sizes[] = {1, 1, 1, 10, 1000, 1e6, 0.01};
    double x = below(3) ? (double)(1 + below(20)) : (double)(1 + below(1000000)) / 7919;
    x *= sizes[below(sizeof sizes / sizeof *sizes)];
    if (positive) return x;
    return below(12) ? (below(3) ? x : -x) : 0;
}

static const cyn_formula *random_formula(cyn_arena *a, size_t n, int depth)
{
    if (depth == 0 || below(6) == 0)
        return below(6) ? new_reference(a, names[below(n)])
                        : new_number(a, (double)(1 + below(9)) / 2);
    const cyn_formula *x = random_formula(a, n, depth - 1);
    size_t what = below(24);
    if (what == 0) return new_op(a, CYN_NEG, x, NULL);
    if (what == 1) return new_call(a, CYN_CALL_ABS, x, NULL);
    if (what == 2) return new_call(a, CYN_CALL_LOG, new_call(a, CYN_CALL_ABS, x, NULL), NULL);
    if (what == 3) return new_op(a, CYN_POW, x, new_number(a, (double)(1 + below(3))));
    if (what == 4) /* e to a large number would be all that is seen */
        return new_call(a, CYN_CALL_EXP, new_call(a, CYN_CALL_MIN, x, new_number(a, 3)), NULL);
    const cyn_formula *y = random_formula(a, n, depth - 1);
    if (what == 5) return new_call(a, CYN_CALL_MIN, x, y);
    if (what == 6) return new_call(a, CYN_CALL_MAX, x, y);
    static const cyn_op ops[] = {CYN_ADD, CYN_SUB, CYN_MUL, CYN_DIV};
    return new_op(a, ops[what % 4], x, y);
}

/* ---- the formula, evaluated in another way than by a program ---- */

/* The largest number that was added to, or taken from, another: what rounding is relative to. */
static double largest_term;

static double evaluate(const cyn_formula *f, const double *x)
{
    double y = NAN;
    if (f->kind == CYN_FORMULA_CONST) return cyn_num_double(f->value);
    if (f->kind == CYN_FORMULA_METRIC) return x[f->metric[0] - 'a'];
    double a = evaluate(f->a, x), b = f->b ? evaluate(f->b, x) : 0;
    if (isnan(a) || isnan(b)) return NAN;
    if (f->kind == CYN_FORMULA_OP) {
        bool sum = f->op == CYN_ADD || f->op == CYN_SUB;
        if (sum) largest_term = fmax(largest_term, fmax(fabs(a), fabs(b)));
        y = f->op == CYN_ADD   ? a + b
            : f->op == CYN_SUB ? a - b
            : f->op == CYN_MUL ? a * b
            : f->op == CYN_DIV ? a / b
            : f->op == CYN_POW ? pow(a, b)
                               : -a;
    } else {
        y = f->call == CYN_CALL_MIN   ? fmin(a, b)
            : f->call == CYN_CALL_MAX ? fmax(a, b)
            : f->call == CYN_CALL_ABS ? fabs(a)
            : f->call == CYN_CALL_EXP ? exp(a)
                                      : log(a);
    }
    return isfinite(y) ? y : NAN;
}

/* ---- one case ---- */

typedef struct sample {
    cyn_arena *arena;
    const cyn_formula *f;
    size_t n;
    double before[PAST], after[PAST], total_before, total_after;
    double size; /* the largest value, or term of a sum, that a set of changes gives */
} sample;

static void measure(sample *c, size_t sets)
{
    double x[PAST];
    largest_term = 0;
    c->size = fmax(fabs(c->total_before), fabs(c->total_after));
    for (size_t k = 0; k < sets; k++) {
        size_t mask = sets == (size_t)1 << c->n ? k : chance(&seed);
        for (size_t i = 0; i < c->n; i++)
            x[i] = (mask >> i & 1 ? c->after : c->before)[i];
        double y = evaluate(c->f, x);
        if (!isnan(y)) c->size = fmax(c->size, fabs(y));
    }
    c->size = fmax(c->size, largest_term);
}

static void fill(sample *c, cyn_arena *arena, size_t most, bool positive)
{
    *c = (sample){.arena = arena, .n = 1 + below(most)};
    c->f = random_formula(arena, c->n, 1 + (int)below(5));
    for (size_t i = 0; i < c->n; i++) {
        c->before[i] = number(positive);
        c->after[i] = below(5) ? number(positive) : c->before[i];
    }
    double off = below(3) ? 0 : (double)below(100) / 10; /* an identity that does not hold */
    c->total_before = evaluate(c->f, c->before);
    c->total_after = evaluate(c->f, c->after) + off;
}

static cyn_parts decompose(const sample *c, const char *const *inputs, const double *before,
                           const double *after, size_t n, cyn_method method)
{
    cyn_change_of change = {.formula = c->f,
                            .inputs = inputs,
                            .n = n,
                            .before = before,
                            .after = after,
                            .total_before = c->total_before,
                            .total_after = c->total_after};
    cyn_parts p = {0};
    cyn_err err = {0};
    if (cyn_decompose(&change, method, c->arena, &p, &err) == CYN_OK) return p;
    printf("# %s\n", err.message);
    exit(2);
}

static cyn_parts parts_of(const sample *c, cyn_method method)
{
    return decompose(c, names, c->before, c->after, c->n, method);
}

/* A failure says which formula it was. */
static void check(const sample *c, bool good, const char *what)
{
    if (good) return;
    cyn_buf text = {0};
    cyn_code rc = cyn_formula_text(c->f, NULL, &text, NULL);
    printf("# %s: %s\n", what, rc == CYN_OK ? text.data : "?");
    for (size_t i = 0; i < c->n; i++)
        printf("#   %s: %.17g, %.17g\n", names[i], c->before[i], c->after[i]);
    cyn_buf_clear(&text);
    CHECK(good);
}

static bool near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance;
}

/* ---- what has to hold ---- */

static void check_sum(const sample *c, const cyn_parts *p)
{
    double sum = p->residual;
    for (size_t i = 0; i < c->n; i++)
        sum += p->part[i];
    check(c, near(sum, p->change, 1e-9 * c->size), "the parts do not add up");
}

static void check_permuted(const sample *c, const cyn_parts *p, cyn_method method)
{
    const char *inputs[PAST];
    double before[PAST], after[PAST];
    size_t place[PAST];
    for (size_t i = 0; i < c->n; i++)
        place[i] = i;
    for (size_t i = c->n; i-- > 1;) {
        size_t k = below(i + 1), kept = place[i];
        place[i] = place[k];
        place[k] = kept;
    }
    for (size_t i = 0; i < c->n; i++) {
        inputs[i] = names[place[i]];
        before[i] = c->before[place[i]];
        after[i] = c->after[place[i]];
    }
    cyn_parts q = decompose(c, inputs, before, after, c->n, method);
    check(c, q.method == p->method, "another method for another order of the inputs");
    for (size_t i = 0; i < c->n; i++)
        check(c, near(q.part[i], p->part[place[i]], 1e-11 * c->size), "the parts depend on order");
}

static void check_unused(const sample *c, const cyn_parts *p, cyn_method method)
{
    const char *inputs[PAST + 1];
    double before[PAST + 1], after[PAST + 1];
    inputs[0] = "unused";
    before[0] = 3;
    after[0] = 8;
    for (size_t i = 0; i < c->n; i++) {
        inputs[i + 1] = names[i];
        before[i + 1] = c->before[i];
        after[i + 1] = c->after[i];
    }
    cyn_parts q = decompose(c, inputs, before, after, c->n + 1, method);
    check(c, q.method == p->method, "another method for an input that does not occur");
    check(c, q.part[0] == 0, "an input that does not occur gets something");
    check(c, q.gain[0] == 0, "an input that does not occur is worth something");
    for (size_t i = 0; i < c->n; i++)
        check(c, near(q.part[i + 1], p->part[i], 1e-11 * c->size), "and changes the others");
}

/* All orders, one after the other, by Heap's algorithm. */
static void walk_order(const sample *c, const size_t *order, double *sum)
{
    double x[MOST];
    memcpy(x, c->before, sizeof x);
    double y = evaluate(c->f, x);
    for (size_t i = 0; i < c->n; i++) {
        x[order[i]] = c->after[order[i]];
        double next = evaluate(c->f, x);
        sum[order[i]] += next - y;
        y = next;
    }
}

static void try_orders(const sample *c, double *mean)
{
    size_t order[MOST], counter[MOST] = {0}, i = 1;
    double orders = 1;
    for (size_t k = 0; k < c->n; k++)
        order[k] = k;
    walk_order(c, order, mean);
    while (i < c->n) {
        if (counter[i] < i) {
            size_t from = i % 2 ? counter[i] : 0, kept = order[from];
            order[from] = order[i];
            order[i] = kept;
            walk_order(c, order, mean);
            orders++;
            counter[i]++;
            i = 1;
        } else {
            counter[i++] = 0;
        }
    }
    for (size_t k = 0; k < c->n; k++)
        mean[k] /= orders;
}

static void check_all_orders(const sample *c, const cyn_parts *p)
{
    double mean[MOST] = {0};
    try_orders(c, mean);
    for (size_t i = 0; i < c->n; i++)
        check(c, near(p->part[i], mean[i], 1e-9 * c->size), "it is not the mean over all orders");
}

/* ---- the tests ---- */

static size_t decomposed, by_method[CYN_METHOD_NONE + 1];

static void try_case(const sample *c, cyn_method method)
{
    cyn_parts p = parts_of(c, method);
    by_method[p.method]++;
    if (p.method == CYN_METHOD_NONE) return;
    decomposed++;
    check_sum(c, &p);
    check_permuted(c, &p, method);
    check_unused(c, &p, method);
    bool orders = p.method == CYN_METHOD_SHAPLEY || p.method == CYN_METHOD_ADDITIVE;
    if (orders && c->n <= (below(25) ? 4 : 7)) check_all_orders(c, &p);
}

static void test_whatever_the_formula_parts_behave(void)
{
    for (size_t k = 0; k < formulas; k++) {
        sample c;
        seed = k;
        cyn_arena *arena = cyn_arena_new(0);
        fill(&c, arena, MOST, below(2));
        measure(&c, (size_t)1 << c.n);
        try_case(&c, CYN_METHOD_AUTO);
        if (below(4) == 0) try_case(&c, CYN_METHOD_SHAPLEY);
        cyn_arena_free(arena);
    }
    printf("# %zu: additive %zu, lmdi %zu, shapley %zu, none %zu\n", decomposed,
           by_method[CYN_METHOD_ADDITIVE], by_method[CYN_METHOD_LMDI],
           by_method[CYN_METHOD_SHAPLEY], by_method[CYN_METHOD_NONE]);
    CHECK(decomposed > formulas / 2);
    CHECK(by_method[CYN_METHOD_ADDITIVE] > formulas / 50);
    CHECK(by_method[CYN_METHOD_LMDI] > formulas / 50);
    CHECK(by_method[CYN_METHOD_SHAPLEY] > formulas / 4);
}

static const cyn_formula *random_product(cyn_arena *a, size_t n)
{
    const cyn_formula *f = new_number(a, (double)(1 + below(5)) / 4);
    for (size_t i = 0; i < n; i++) {
        const cyn_formula *x = new_reference(a, names[i]);
        if (below(4) == 0) x = new_op(a, CYN_POW, x, new_number(a, (double)(1 + below(6)) / 2));
        f = new_op(a, CYN_MUL, f, x);
    }
    return f;
}

static void test_products_with_zeros_add_up(void)
{
    size_t zeros = 0;
    for (size_t k = 0; k < formulas / 4; k++) {
        sample c;
        seed = ~k;
        cyn_arena *arena = cyn_arena_new(0);
        fill(&c, arena, 5, true);
        c.f = random_product(arena, c.n);
        for (size_t i = 0; i < c.n; i++) {
            if (below(6) == 0) c.before[i] = 0;
            if (below(6) == 0) c.after[i] = 0;
        }
        c.total_before = evaluate(c.f, c.before);
        c.total_after = evaluate(c.f, c.after);
        zeros += c.total_before == 0 || c.total_after == 0;
        measure(&c, (size_t)1 << c.n);
        cyn_parts p = parts_of(&c, CYN_METHOD_LMDI);
        check(&c, p.method == CYN_METHOD_LMDI || c.n == 1, "a product is none");
        if (p.method == CYN_METHOD_LMDI) {
            check_sum(&c, &p);
            check(&c, p.residual == 0, "there is a residual");
            check_permuted(&c, &p, CYN_METHOD_LMDI);
            check_unused(&c, &p, CYN_METHOD_LMDI);
        }
        cyn_arena_free(arena);
    }
    CHECK(zeros > formulas / 20);
}

static void test_with_unions_parts_add_up_as_well(void)
{
    size_t nested = 0;
    for (size_t k = 0; k < formulas / 20; k++) {
        sample c;
        seed = k + UINT64_C(0x100000000);
        cyn_arena *arena = cyn_arena_new(0);
        fill(&c, arena, PAST, true);
        c.f = random_formula(arena, c.n, 6);
        c.total_before = evaluate(c.f, c.before);
        c.total_after = evaluate(c.f, c.after);
        measure(&c, 4096);
        cyn_parts p = parts_of(&c, CYN_METHOD_OWEN);
        nested += p.method == CYN_METHOD_OWEN;
        if (p.method == CYN_METHOD_OWEN) {
            check_sum(&c, &p);
            check_permuted(&c, &p, CYN_METHOD_OWEN);
            check_unused(&c, &p, CYN_METHOD_OWEN);
        }
        cyn_arena_free(arena);
    }
    CHECK(nested > formulas / 60);
}

/* The root is made of four metrics, each of which is made of others. */
static void test_contributions_add_up_down_a_tree(void)
{
    size_t chained = 0;
    for (size_t k = 0; k < formulas / 4; k++) {
        sample root, parts[4];
        cyn_parts below_part[4] = {0};
        seed = k + UINT64_C(0x200000000);
        cyn_arena *arena = cyn_arena_new(0);
        fill(&root, arena, 4, false);
        bool known = true;
        for (size_t i = 0; i < root.n; i++) {
            fill(&parts[i], arena, 4, below(2));
            root.before[i] = parts[i].total_before;
            root.after[i] = parts[i].total_after;
            measure(&parts[i], (size_t)1 << parts[i].n);
            below_part[i] = parts_of(&parts[i], CYN_METHOD_AUTO);
            known = known && below_part[i].method != CYN_METHOD_NONE;
        }
        root.total_before = evaluate(root.f, root.before);
        root.total_after = evaluate(root.f, root.after);
        measure(&root, (size_t)1 << root.n);
        cyn_parts p = parts_of(&root, CYN_METHOD_AUTO);
        double sum = p.residual, size = root.size;
        for (size_t i = 0; known && p.method != CYN_METHOD_NONE && i < root.n; i++) {
            const cyn_parts *q = &below_part[i];
            for (size_t j = 0; j < parts[i].n; j++) {
                sum += p.gain[i] * q->part[j];
                size = fmax(size, fabs(p.gain[i] * q->part[j]));
            }
            sum += p.gain[i] * q->residual;
            size = fmax(size, fabs(p.gain[i] * parts[i].size));
        }
        /* a gain may be none: of sqrt, abs and the like at 0 */
        if (known && p.method != CYN_METHOD_NONE && !isnan(sum)) {
            check(&root, near(sum, p.change, 1e-9 * size), "contributions do not add up");
            chained++;
        }
        cyn_arena_free(arena);
    }
    CHECK(chained > formulas / 16);
}

int main(int argc, char **argv)
{
    if (argc > 1) formulas = strtoul(argv[1], NULL, 10);
    RUN(test_whatever_the_formula_parts_behave);
    RUN(test_products_with_zeros_add_up);
    RUN(test_with_unions_parts_add_up_as_well);
    RUN(test_contributions_add_up_down_a_tree);
    return test_end();
}
