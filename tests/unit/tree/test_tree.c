/* The tree below a metric. */
#include "formulas.h"
#include "tree/tree.h"

#define MOST 64
static cyn_arena *arena;
static cyn_metric pool[MOST];
static const cyn_metric *list[MOST];
static size_t count;

static void start(void)
{
    count = 0;
    memset(pool, 0, sizeof pool);
}

/* A metric of events, with an identity or without. */
static cyn_metric *add(const char *name, const char *identity)
{
    cyn_metric *m = &pool[count];
    m->name = name;
    m->formula = new_formula(arena, CYN_FORMULA_AGG);
    m->identity = identity ? formula(arena, identity) : NULL;
    list[count++] = m;
    return m;
}

static void drive(cyn_metric *m, const cyn_driver *drivers, size_t n)
{
    m->drivers = drivers;
    m->ndrivers = n;
}

static cyn_tree *build(size_t root, int depth)
{
    cyn_tree *t = NULL;
    cyn_err err = {0};
    if (cyn_tree_build(list, count, root, depth, arena, &t, &err) != CYN_OK) {
        printf("# %s\n", err.message);
        exit(2);
    }
    return t;
}

/* "revenue(orders(+a ~b!) price…)": + a part, ~ a driver, ! again, … cut. */
static const char *text_of(const cyn_tree *t)
{
    static char text[4096];
    size_t n = 0, open[MOST], depth = 0;
    for (size_t i = 0; i < t->count; i++) {
        const cyn_tree_node *node = &t->nodes[i];
        while (depth > 0 && open[depth - 1] <= i) {
            n += (size_t)snprintf(text + n, sizeof text - n, ")");
            depth--;
        }
        CHECK_INT(node->depth, depth);
        CHECK(i == 0 ? node->parent == CYN_NO_NODE : node->parent < i);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%s", i ? " " : "",
                              node->link == CYN_LINK_DRIVER ? "~" : "", node->metric->name,
                              node->again ? "!"
                              : node->cut ? "..."
                                          : "");
        CHECK(list[node->index] == node->metric);
        if (node->end > i + 1) {
            n += (size_t)snprintf(text + n, sizeof text - n, "(");
            open[depth++] = node->end;
        }
    }
    while (depth-- > 0)
        n += (size_t)snprintf(text + n, sizeof text - n, ")");
    return text;
}

static void test_parts_stand_before_drivers(void)
{
    static const cyn_driver drivers[] = {{"speed", CYN_DOWN}, {"nobody", CYN_UP}};
    start();
    add("price", NULL);
    add("orders", "visits * rate");
    drive(add("revenue", "orders * price"), drivers, 2);
    add("rate", NULL);
    add("visits", NULL);
    add("speed", NULL);
    cyn_tree *t = build(2, CYN_TREE_ALL);
    CHECK_STR(text_of(t), "revenue( orders( visits rate) price ~speed)");
    CHECK_INT(t->nodes[5].expected, CYN_DOWN);
    CHECK_INT(t->nodes[2].parent, 1);
    CHECK_INT(t->nodes[1].end, 4);
}

/* A value that is a formula over metrics is made of them, too; each stands once in a formula. */
static void test_own_formulas_are_parts(void)
{
    start();
    cyn_metric *m = add("score", NULL);
    m->formula = formula(arena, "(a + b) / (a + 2)");
    add("a", NULL);
    add("b", NULL);
    CHECK_STR(text_of(build(0, CYN_TREE_ALL)), "score( a b)");
}

static void test_a_depth_cuts(void)
{
    start();
    add("a", "b + c");
    add("b", "d + e");
    add("c", NULL);
    add("d", "e + e");
    add("e", NULL);
    CHECK_STR(text_of(build(0, CYN_TREE_ALL)), "a( b( d( e) e) c)");
    CHECK_STR(text_of(build(0, 2)), "a( b( d... e) c)");
    CHECK_STR(text_of(build(0, 1)), "a( b... c)");
    CHECK_STR(text_of(build(0, 0)), "a...");
    CHECK_STR(text_of(build(4, 0)), "e");
}

static void test_circles_are_shown_and_not_followed(void)
{
    static const cyn_driver drivers[] = {{"revenue", CYN_UP}};
    start();
    add("revenue", "orders * price");
    add("orders", "revenue / price");
    drive(add("price", NULL), drivers, 1);
    add("self", "self + price");
    CHECK_STR(text_of(build(0, CYN_TREE_ALL)),
              "revenue( orders( revenue! price( ~revenue!)) price( ~revenue!))");
    CHECK_STR(text_of(build(3, 1)), "self( self! price...)");
}

/* Each metric is made of the next one twice: without a limit the tree would have 2^60 nodes. */
static void test_a_tree_has_a_limit(void)
{
    static char names[MOST][8];
    static cyn_driver drivers[MOST];
    start();
    for (size_t i = 0; i < 60; i++) {
        snprintf(names[i], sizeof names[i], "m%zu", i);
        const cyn_formula *f = i ? new_reference(arena, names[i - 1]) : NULL;
        cyn_metric *m = add(names[i], NULL);
        m->identity = f;
        drivers[i] = (cyn_driver){i ? names[i - 1] : "", CYN_UP};
        if (i) drive(m, &drivers[i], 1);
    }
    cyn_tree *t = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_tree_build(list, count, 59, CYN_TREE_ALL, arena, &t, &err), CYN_E_LIMIT);
    CHECK_STR(err.message, "the tree below 'm59' has more than 20000 nodes");
    CHECK(t == NULL);
    CHECK_INT(build(59, 13)->count, (1 << 14) - 1);
    CHECK_INT(cyn_tree_build(list, count, 59, 14, arena, &t, &err), CYN_E_LIMIT);
}

static void test_exhausted_memory_is_an_error(void)
{
    size_t n = 1;
    start();
    add("a", "b + c");
    add("b", "c * c");
    add("c", NULL);
    for (;; n++) {
        cyn_tree *t = NULL;
        cyn_arena *own = cyn_arena_new(0);
        cyn_test_fail_after(n);
        cyn_code rc = cyn_tree_build(list, count, 0, CYN_TREE_ALL, own, &t, NULL);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK ? t->count == 4 : t == NULL);
        cyn_arena_free(own);
        if (rc == CYN_OK) break;
        CHECK_INT(rc, CYN_E_NOMEM);
    }
    CHECK(n > 2);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_parts_stand_before_drivers);
    RUN(test_own_formulas_are_parts);
    RUN(test_a_depth_cuts);
    RUN(test_circles_are_shown_and_not_followed);
    RUN(test_a_tree_has_a_limit);
    RUN(test_exhausted_memory_is_an_error);
    cyn_arena_free(arena);
    return test_end();
}
