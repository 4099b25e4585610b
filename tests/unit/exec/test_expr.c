/* Translated expressions in plans: conditions, arguments, columns made of them, and their errors.
 * What each step computes is in test_vector.c.
 */
#include "exec/exec.h"
#include "plan/translation.h"
#include "test.h"

enum { ROWS = 300 };
static cyn_arena *arena;
static cyn_table *table;
static cyn_err err;

/* Row i: amount i (missing in every tenth), price i / 4, channel "ads", "Mail" or missing. */
static void make_table(void)
{
    static const cyn_column_spec specs[] = {
        {"amount", CYN_INTEGER, 0}, {"price", CYN_REAL, 0}, {"channel", CYN_TEXT, 0}};
    cyn_builder *b = NULL;
    arena = cyn_arena_new(0);
    CHECK(cyn_builder_new(specs, 3, &b, &err) == CYN_OK);
    for (int64_t i = 0; i < ROWS; i++) {
        if (i % 10) CHECK(cyn_builder_i64(b, 0, i));
        CHECK(cyn_builder_f64(b, 1, (double)i / 4));
        if (i % 3) CHECK(cyn_builder_text(b, 2, i % 3 == 1 ? "ads" : "Mail", i % 3 == 1 ? 3 : 4));
        CHECK(cyn_builder_end_row(b, &err) == CYN_OK);
    }
    CHECK(cyn_builder_finish(b, &table, &err) == CYN_OK);
}

/* ---- expressions by hand ---- */

#define NO CYN_NO_STEP
#define IN(k)                                                                                      \
    {                                                                                              \
        .op = CYN_OP_INPUT, .a = NO, .b = NO, .c = NO, .input = (k)                                \
    }
#define INT(n)                                                                                     \
    {                                                                                              \
        .op = CYN_OP_CONST, .a = NO, .b = NO, .c = NO, .value = { CYN_CONST_INTEGER, .i = (n) }    \
    }
#define TEXT(t)                                                                                    \
    {                                                                                              \
        .op = CYN_OP_CONST, .a = NO, .b = NO, .c = NO, .value = {                                  \
            CYN_CONST_TEXT,                                                                        \
            .s = (t),                                                                              \
            .n = sizeof(t) - 1                                                                     \
        }                                                                                          \
    }
#define OP1(o, x)                                                                                  \
    {                                                                                              \
        .op = (o), .a = (x), .b = NO, .c = NO                                                      \
    }
#define OP2(o, x, y)                                                                               \
    {                                                                                              \
        .op = (o), .a = (x), .b = (y), .c = NO                                                     \
    }
#define OP3(o, x, y, z)                                                                            \
    {                                                                                              \
        .op = (o), .a = (x), .b = (y), .c = (z)                                                    \
    }

static const cyn_expr amount = {.kind = CYN_EXPR_COLUMN, .name = "amount"};
static const cyn_expr price = {.kind = CYN_EXPR_COLUMN, .name = "price"};
static const cyn_expr channel = {.kind = CYN_EXPR_COLUMN, .name = "channel"};

/* Steps over amount (0), price (1), channel (2), and, as 3, another expression. */
static const cyn_expr *steps_of(const cyn_step *steps, size_t n, const cyn_expr *other)
{
    static const cyn_translation_input inputs[] = {{"amount", {"m.lua", 3, 7}},
                                                   {"price", {"m.lua", 3, 9}},
                                                   {"channel", {"m.lua", 3, 11}},
                                                   {"other", {"m.lua", 3, 13}}};
    cyn_translation *code = CYN_NEW(arena, cyn_translation);
    cyn_expr *e = CYN_NEW(arena, cyn_expr);
    const cyn_expr **bound = CYN_NEW_ARRAY(arena, 4, const cyn_expr *);
    if (!code || !e || !bound) exit(1);
    *code = (cyn_translation){.steps = steps, .nsteps = n, .inputs = inputs, .ninputs = 4};
    bound[0] = &amount;
    bound[1] = &price;
    bound[2] = &channel;
    bound[3] = other ? other : &amount;
    *e = (cyn_expr){.kind = CYN_EXPR_STEPS, .text = "expression", .code = code, .inputs = bound};
    e->place = (cyn_place){"m.lua", 2, 1};
    return e;
}
#define STEPS(...)                                                                                 \
    steps_of((const cyn_step[]){__VA_ARGS__},                                                      \
             sizeof((const cyn_step[]){__VA_ARGS__}) / sizeof(cyn_step), NULL)

static cyn_code run_one(cyn_agg_func func, const cyn_expr *arg, const cyn_expr *where,
                        cyn_cell *out)
{
    static const cyn_interval all = {INT64_MIN, INT64_MAX};
    cyn_plan_agg agg = {.func = func, .where = where, .arg = arg, .p = 50, .qtype = 7};
    cyn_plan plan = {.source = "s", .intervals = &all, .nintervals = 1, .aggs = &agg, .naggs = 1};
    cyn_plan_result *r;
    err = (cyn_err){0};
    cyn_code rc = cyn_exec_run(&plan, table, NULL, arena, &r, &err);
    if (rc == CYN_OK) *out = *cyn_plan_cell(r, 0, 0, 0);
    return rc;
}

static double value(cyn_agg_func func, const cyn_expr *arg, const cyn_expr *where)
{
    cyn_cell cell = {0};
    cyn_code rc = run_one(func, arg, where, &cell);
    CHECK_STR(err.message, "");
    CHECK_INT(rc, CYN_OK);
    return cyn_num_double(cell.value);
}

/* ---- tests ---- */

static void test_conditions_and_arguments_are_computed(void)
{
    /* amount > 100 and channel == 'ads' */
    const cyn_expr *where = STEPS(IN(0), INT(100), OP2(CYN_OP_LESS, 1, 0), IN(2), TEXT("ads"),
                                  OP2(CYN_OP_EQUALS, 3, 4), OP3(CYN_OP_SELECT, 2, 5, 2));
    const cyn_expr *twice = STEPS(IN(0), IN(1), OP2(CYN_OP_MUL, 0, 1)); /* amount * price */
    double count = 0, sum = 0;
    for (int i = 101; i < ROWS; i++) {
        if (i % 3 != 1 || i % 10 == 0) continue;
        count++;
        sum += i * (i / 4.0);
    }
    CHECK_NEAR(value(CYN_COUNT, NULL, where), count, 0);
    CHECK_NEAR(value(CYN_SUM, twice, where), sum, 0);
}

static void test_texts_that_are_made_count_once(void) /* */
{
    /* distinct(channel:lower() .. (amount % 2)): one dictionary for all threads */
    const cyn_expr *made = STEPS(IN(2), TEXT(""), OP3(CYN_OP_SELECT, 0, 0, 1), OP1(CYN_OP_LOWER, 2),
                                 IN(0), INT(2), OP2(CYN_OP_MOD, 4, 5), OP2(CYN_OP_CONCAT, 3, 6));
    CHECK_NEAR(value(CYN_DISTINCT, made, NULL), 6, 0);
}

static void test_integers_that_meet_a_float_are_reals(void) /* E-6 */
{
    cyn_cell cell;
    /* amount > 1000 and price or 1: never a float here */
    const cyn_expr *whole =
        STEPS(IN(0), INT(1000), OP2(CYN_OP_LESS, 1, 0), IN(1), INT(1), OP3(CYN_OP_SELECT, 2, 3, 4));
    const cyn_expr *mixed =
        STEPS(IN(0), INT(100), OP2(CYN_OP_LESS, 1, 0), IN(1), INT(1), OP3(CYN_OP_SELECT, 2, 3, 4));
    CHECK(run_one(CYN_SUM, whole, NULL, &cell) == CYN_OK && cell.value.kind == CYN_NUM_INTEGER);
    CHECK_NEAR(cyn_num_double(cell.value), ROWS, 0);
    CHECK(run_one(CYN_SUM, mixed, NULL, &cell) == CYN_OK && cell.value.kind == CYN_NUM_REAL);
}

static void test_a_mixture_is_an_error(void) /* E-6 */
{
    cyn_cell cell;
    const cyn_expr *mixed = STEPS(IN(0), INT(100), OP2(CYN_OP_LESS, 1, 0), IN(1), TEXT("none"),
                                  OP3(CYN_OP_SELECT, 2, 3, 4));
    CHECK_INT(run_one(CYN_DISTINCT, mixed, NULL, &cell), CYN_E_TYPE);
    CHECK_STR(err.message,
              "'expression' gives a text for some rows and a number for others; expected one type");
    CHECK_INT(err.line, 2);
    CHECK_INT(run_one(CYN_COUNT, NULL, mixed, &cell), CYN_E_TYPE);
}

static void test_an_escape_in_any_row_ends_the_run(void)
{
    cyn_cell cell;
    cyn_table *column;
    /* 7 // (amount - 7) divides by zero in one row, which the filter leaves out */
    const cyn_expr *divided = STEPS(IN(0), INT(7), OP2(CYN_OP_SUB, 0, 1), OP2(CYN_OP_IDIV, 1, 2));
    const cyn_expr *few = STEPS(IN(0), INT(100), OP2(CYN_OP_LESS, 1, 0));
    CHECK_INT(run_one(CYN_SUM, divided, few, &cell), CYN_E_ESCAPE);
    CHECK_INT(cyn_exec_expr_column(divided, table, NULL, "d", NULL, &column, &err), CYN_E_ESCAPE);
    /* amount > 100 and 7 // (amount - 7): SELECT takes no escape of the side not chosen */
    const cyn_expr *guarded =
        STEPS(IN(0), INT(7), OP2(CYN_OP_SUB, 0, 1), OP2(CYN_OP_IDIV, 1, 2), INT(100),
              OP2(CYN_OP_LESS, 4, 0), INT(0), OP3(CYN_OP_SELECT, 5, 3, 6));
    CHECK_NEAR(value(CYN_SUM, guarded, NULL), 0, 0);
    /* but a derived column is computed in all rows, whoever reads it where */
    const cyn_step reading[] = {IN(0), INT(100), OP2(CYN_OP_LESS, 1, 0),
                                IN(3), INT(0),   OP3(CYN_OP_SELECT, 2, 3, 4)};
    CHECK_INT(run_one(CYN_SUM, steps_of(reading, 6, divided), NULL, &cell), CYN_E_ESCAPE);
}

static void test_infinities_are_missing_between_expressions(void) /* M-3 */
{
    /* other = price / (amount - 7); here amount is 7 it is infinite, and == nil */
    const cyn_expr *ratio =
        STEPS(IN(1), IN(0), INT(7), OP2(CYN_OP_SUB, 1, 2), OP2(CYN_OP_DIV, 0, 3));
    const cyn_step is_nil[] = {
        IN(3), {.op = CYN_OP_CONST, .a = NO, .b = NO, .c = NO}, OP2(CYN_OP_EQUALS, 0, 1)};
    const cyn_expr *over = steps_of(is_nil, 3, ratio);
    CHECK_NEAR(value(CYN_COUNT, NULL, over), ROWS / 10 + 1, 0);
}

static void test_comparisons_that_never_hold_are_errors(void)
{
    static const char *const number =
        "'channel' is a text, compared with the number 5: it can never "
        "be equal";
    unsigned kinds;
    const cyn_expr *equal = STEPS(IN(2), INT(5), OP2(CYN_OP_EQUALS, 0, 1));
    const cyn_expr *less = STEPS(IN(2), IN(0), OP2(CYN_OP_LESS, 0, 1));
    cyn_expr five = {.kind = CYN_EXPR_CONST, .value = {CYN_CONST_INTEGER, .i = 5}};
    cyn_expr table_form = {.kind = CYN_EXPR_EQUALS, .a = &channel, .b = &five};
    CHECK_INT(cyn_exec_expr_kinds(equal, table, &kinds, &err), CYN_E_TYPE);
    CHECK_STR(err.message, number);
    CHECK_STR(err.hint, "compare it with a text");
    CHECK_INT(err.line, 3);
    CHECK_INT(err.column, 11);
    CHECK_INT(cyn_exec_expr_kinds(&table_form, table, &kinds, &err), CYN_E_TYPE);
    CHECK_STR(err.message, number);
    CHECK_INT(cyn_exec_expr_kinds(less, table, &kinds, &err), CYN_E_TYPE);
    CHECK_STR(err.message,
              "'channel' is a text, compared with 'amount', a number: they have no order");
    CHECK_STR(err.file, "m.lua");
}

static void test_kinds_are_those_that_may_occur(void)
{
    unsigned kinds = 0;
    /* amount or 0; channel or 'none'; amount and channel */
    const cyn_expr *filled = STEPS(IN(0), INT(0), OP3(CYN_OP_SELECT, 0, 0, 1));
    const cyn_expr *named = STEPS(IN(2), TEXT("none"), OP3(CYN_OP_SELECT, 0, 0, 1));
    const cyn_expr *both = STEPS(IN(0), IN(2), OP3(CYN_OP_SELECT, 0, 1, 0));
    CHECK_INT(cyn_exec_expr_kinds(filled, table, &kinds, &err), CYN_OK);
    CHECK_INT(kinds, CYN_KIND_INTEGER);
    CHECK_INT(cyn_exec_expr_kinds(named, table, &kinds, &err), CYN_OK);
    CHECK_INT(kinds, CYN_KIND_TEXT);
    CHECK_INT(cyn_exec_expr_kinds(both, table, &kinds, &err), CYN_OK);
    CHECK_INT(kinds, CYN_KIND_TEXT | CYN_KIND_NIL);
}

static void test_a_column_has_the_values_of_all_rows(void)
{
    cyn_table *made = NULL;
    const cyn_expr *joined = STEPS(IN(2), TEXT("!"), OP2(CYN_OP_CONCAT, 0, 1));
    CHECK_INT(cyn_exec_expr_column(joined, table, NULL, "c", NULL, &made, &err), CYN_OK);
    if (!made) return;
    const cyn_column *c = cyn_table_column(made, 0);
    CHECK(c->type == CYN_TEXT && c->dict->count == 2 && cyn_table_rows(made) == ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        CHECK(cyn_column_has(c, i) == (i % 3 != 0));
        if (i % 3) CHECK_INT(cyn_column_code(c, i), i % 3 - 1); /* in the order of appearance */
    }
    CHECK(!memcmp(c->dict->heap, "ads!Mail!", 9));
    cyn_table_unref(made);
    const cyn_expr *same = STEPS(IN(2)); /* shares the dictionary, and its table */
    CHECK_INT(cyn_exec_expr_column(same, table, NULL, "c", NULL, &made, &err), CYN_OK);
    CHECK(cyn_table_column(made, 0)->dict == cyn_table_column(table, 2)->dict);
    cyn_table_unref(made);
    const cyn_expr *nothing = STEPS({.op = CYN_OP_CONST, .a = NO, .b = NO, .c = NO});
    CHECK_INT(cyn_exec_expr_column(nothing, table, NULL, "c", NULL, &made, &err), CYN_OK);
    CHECK(cyn_table_column(made, 0)->type == CYN_BOOLEAN &&
          !cyn_column_has(cyn_table_column(made, 0), 0));
    cyn_table_unref(made);
}

static void test_exhausted_memory_is_an_error(void)
{
    const cyn_expr *made = STEPS(IN(2), IN(0), OP2(CYN_OP_CONCAT, 0, 1), OP2(CYN_OP_CONCAT, 2, 2));
    cyn_cell cell;
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 0;
    cyn_exec_threads(1);
    while (rc == CYN_E_NOMEM && ++n < 10000) {
        cyn_test_fail_after(n);
        rc = run_one(CYN_DISTINCT, made, NULL, &cell);
        cyn_test_fail_after(0);
    }
    cyn_exec_threads(0);
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 20);
}

int main(void)
{
    make_table();
    RUN(test_conditions_and_arguments_are_computed);
    RUN(test_texts_that_are_made_count_once);
    RUN(test_integers_that_meet_a_float_are_reals);
    RUN(test_a_mixture_is_an_error);
    RUN(test_an_escape_in_any_row_ends_the_run);
    RUN(test_infinities_are_missing_between_expressions);
    RUN(test_comparisons_that_never_hold_are_errors);
    RUN(test_kinds_are_those_that_may_occur);
    RUN(test_a_column_has_the_values_of_all_rows);
    RUN(test_exhausted_memory_is_an_error);
    cyn_table_unref(table);
    cyn_arena_free(arena);
    return test_end();
}
