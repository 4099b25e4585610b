/* Binding, with translations and an interpreter made by hand.
 *
 * Rows: channel ads, web, missing, ads; amount 100, 20, missing, 0 (integers); size 1.5 four times;
 * payload.size 7 four times. */
#include "engine/bind.h"
#include "exec/exec.h"
#include "plan/translation.h"
#include "test.h"

enum { ROWS = 4 };

static cyn_arena *arena;
static size_t asked;             /* calls of the interpreter */
static cyn_code refused;         /* what it says, but where CYN_OK */
static const char *first_column; /* that it was given last */

/* The interpreter: every row is 7. */
static cyn_code fake_eval(void *self, uint32_t handle, const cyn_batch *b, cyn_arena *a,
                          cyn_answers **out, cyn_err *err)
{
    (void)self, (void)handle;
    asked++;
    first_column = b->ncolumns ? b->columns[0].name : "";
    if (refused != CYN_OK)
        return cyn_fail_at(err, refused, "metrics/a.lua", 3, 0, "row 4 is no good");
    cyn_answers *answers = CYN_NEW(a, cyn_answers);
    uint8_t *kind = CYN_NEW_ARRAY(a, b->rows + 1, uint8_t);
    uint64_t *bits = CYN_NEW_ARRAY(a, b->rows + 1, uint64_t);
    memset(kind, CYN_ANSWER_INTEGER, b->rows);
    for (size_t i = 0; i < b->rows; i++)
        bits[i] = 7;
    *answers = (cyn_answers){.rows = b->rows, .kind = kind, .bits = bits};
    *out = answers;
    return CYN_OK;
}

/* ---- a project of one source ---- */

static const char *const dimensions[] = {"channel"};
static const cyn_config_source config_source = {
    .name = "events", .line = 4, .dimensions = dimensions, .ndimensions = 1};
static const cyn_config config = {.name = "test", .sources = &config_source, .nsources = 1};
static const cyn_source_spec spec = {.name = "events"};
static const cyn_project project = {
    .config = &config, .specs = &spec, .evaluator = {.eval = fake_eval}};

static cyn_table *make_table(void)
{
    static const cyn_column_spec specs[] = {{"channel", CYN_TEXT, 0},
                                            {"amount", CYN_INTEGER, 0},
                                            {"size", CYN_REAL, 0},
                                            {"payload.size", CYN_INTEGER, 0}};
    static const char *const channels[ROWS] = {"ads", "web", NULL, "ads"};
    static const int64_t amounts[ROWS] = {100, 20, 0, 0};
    cyn_builder *b;
    cyn_table *t = NULL;
    CHECK_INT(cyn_builder_new(specs, 4, &b, NULL), CYN_OK);
    for (size_t i = 0; i < ROWS; i++) {
        if (channels[i]) CHECK(cyn_builder_text(b, 0, channels[i], 3));
        if (i != 2) CHECK(cyn_builder_i64(b, 1, amounts[i]));
        CHECK(cyn_builder_f64(b, 2, 1.5));
        CHECK(cyn_builder_i64(b, 3, 7));
        CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
    }
    CHECK_INT(cyn_builder_finish(b, &t, NULL), CYN_OK);
    return t;
}

static cyn_source_data source_data;
static cyn_dataset dataset = {.project = &project, .sources = &source_data};

/* Begins a test: new rows, and an interpreter that was never asked. */
static cyn_rows_set *begin(const char *const *by, size_t nby)
{
    cyn_rows_set *set = NULL;
    asked = 0;
    refused = CYN_OK;
    source_data = (cyn_source_data){.tried = true, .table = make_table()};
    CHECK_INT(cyn_rows_set_new(&dataset, by, nby, NULL, arena, &set, NULL), CYN_OK);
    return set;
}

static void end(cyn_rows_set *set)
{
    cyn_rows_set_free(set);
    cyn_table_unref(source_data.table);
}

/* ---- expressions ---- */

/* `first op second`, of two columns; or of one column and a constant, where `second` is NULL. */
static cyn_expr *operation(cyn_step_op op, const char *first, const char *second,
                           const cyn_const *value)
{
    cyn_expr *e = CYN_NEW(arena, cyn_expr);
    cyn_step *steps = CYN_NEW_ARRAY(arena, 3, cyn_step);
    cyn_translation_input *inputs = CYN_NEW_ARRAY(arena, 2, cyn_translation_input);
    cyn_translation *code = CYN_NEW(arena, cyn_translation);
    inputs[0] = (cyn_translation_input){first, {"metrics/a.lua", 3, 17}};
    steps[0] = (cyn_step){
        .op = CYN_OP_INPUT, .a = CYN_NO_STEP, .b = CYN_NO_STEP, .c = CYN_NO_STEP, .input = 0};
    steps[1] = steps[0];
    steps[1].input = 1;
    if (second) inputs[1] = (cyn_translation_input){second, {"metrics/a.lua", 3, 26}};
    if (value) {
        steps[1].op = CYN_OP_CONST;
        steps[1].value = *value;
    }
    steps[2] = (cyn_step){.op = op, .a = 0, .b = 1, .c = CYN_NO_STEP};
    *code = (cyn_translation){steps, 3, inputs, second ? 2 : 1};
    static uint32_t handles;
    *e = (cyn_expr){.kind = CYN_EXPR_SCRIPT,
                    .place = {"metrics/a.lua", 3, 10},
                    .text = "function (line 3)",
                    .handle = ++handles,
                    .digest = "",
                    .reads_all = true,
                    .code = code};
    return e;
}

static const cyn_const fifty = {.kind = CYN_CONST_INTEGER, .i = 50};

static cyn_code bind(cyn_rows_set *set, const cyn_view *view, const cyn_expr *arg, cyn_binding how,
                     cyn_bound_agg *out, cyn_err *err)
{
    static cyn_agg agg;
    agg = (cyn_agg){.func = CYN_SUM, .view = view, .arg = arg};
    return cyn_bind_agg(set, &agg, NULL, 0, how, out, err);
}

static const cyn_view plain = {.source = "events", .place = {"metrics/a.lua", 1, 0}};

/* The sum of what was bound. */
static cyn_code sum(const cyn_bound_agg *bound, cyn_num *out)
{
    static const cyn_interval all = {CYN_TIME_MIN, CYN_TIME_MAX};
    cyn_plan plan = {
        .source = "events", .intervals = &all, .nintervals = 1, .aggs = &bound->agg, .naggs = 1};
    cyn_plan_result *r;
    CYN_TRY(cyn_exec_run(&plan, bound->rows->table, NULL, arena, &r, NULL));
    *out = cyn_plan_cell(r, 0, 0, 0)->value;
    return CYN_OK;
}

static void test_a_translation_becomes_steps_and_nobody_is_asked(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    cyn_bound_agg bound;
    cyn_num value = {0};
    const cyn_expr *e = operation(CYN_OP_ADD, "amount", "size", NULL);
    CHECK_INT(bind(set, &plain, e, CYN_BIND_STEPS, &bound, NULL), CYN_OK);
    CHECK_INT(bound.agg.arg->kind, CYN_EXPR_STEPS);
    CHECK_STR(bound.agg.arg->inputs[0]->name, "amount");
    CHECK_STR(bound.agg.arg->inputs[1]->name, "size");
    CHECK_INT(sum(&bound, &value), CYN_OK);
    CHECK_NEAR(cyn_num_double(value), 124.5, 0); /* 101.5 + 21.5 + 1.5 */
    CHECK_INT(asked, 0);
    end(set);
}

static void test_the_same_steps_of_the_same_rows_are_there_once(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    cyn_bound_agg a, b, c;
    cyn_expr *e = operation(CYN_OP_ADD, "amount", "size", NULL);
    cyn_expr *same = operation(CYN_OP_ADD, "amount", "size", NULL);
    cyn_expr *other = operation(CYN_OP_SUB, "amount", "size", NULL);
    e->digest = same->digest = "aa11";
    other->digest = "bb22";
    CHECK_INT(bind(set, &plain, e, CYN_BIND_STEPS, &a, NULL), CYN_OK);
    CHECK_INT(bind(set, &plain, same, CYN_BIND_STEPS, &b, NULL), CYN_OK);
    CHECK_INT(bind(set, &plain, other, CYN_BIND_STEPS, &c, NULL), CYN_OK);
    CHECK(a.agg.arg == b.agg.arg && a.agg.arg != c.agg.arg);
    end(set);
}

static void test_an_unknown_column_of_a_function_is_an_error_at_its_place(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    cyn_bound_agg bound;
    cyn_err err = {0};
    const cyn_expr *e = operation(CYN_OP_ADD, "size", "amuont", NULL);
    CHECK_INT(bind(set, &plain, e, CYN_BIND_STEPS, &bound, &err), CYN_E_NAME);
    CHECK_STR(err.file, "metrics/a.lua");
    CHECK_INT(err.line, 3);
    CHECK_INT(err.column, 26);
    CHECK_STR(err.message, "source 'events' has no column 'amuont' (in 'function (line 3)')");
    CHECK_STR(err.hint, "did you mean 'amount'?");
    CHECK_INT(asked, 0);
    end(set);
}

static void test_a_comparison_that_can_never_hold_is_an_error(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    cyn_bound_agg bound;
    cyn_err err = {0};
    const cyn_expr *e = operation(CYN_OP_EQUALS, "channel", NULL, &fifty);
    CHECK_INT(bind(set, &plain, e, CYN_BIND_STEPS, &bound, &err), CYN_E_TYPE);
    CHECK_INT(err.line, 3);
    set->interpret = true; /* no matter who computes */
    CHECK_INT(bind(set, &plain, e, CYN_BIND_STEPS, &bound, &err), CYN_E_TYPE);
    CHECK_INT(asked, 0);
    end(set);
}

static void test_steps_read_the_steps_of_a_derived_column(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    const cyn_derive gross = {"gross", operation(CYN_OP_MUL, "amount", "size", NULL)};
    cyn_view view = plain;
    cyn_bound_agg bound;
    cyn_num value = {0};
    view.derives = &gross;
    view.nderives = 1;
    const cyn_expr *e = operation(CYN_OP_ADD, "gross", "amount", NULL);
    CHECK_INT(bind(set, &view, e, CYN_BIND_STEPS, &bound, NULL), CYN_OK);
    CHECK_INT(bound.agg.arg->inputs[0]->kind, CYN_EXPR_STEPS);
    CHECK_INT(sum(&bound, &value), CYN_OK);
    CHECK_NEAR(cyn_num_double(value), 300, 0); /* 2.5 * (100 + 20 + 0) */
    CHECK_INT(bound.rows->nhidden, 0);
    end(set);
}

/* size or amount, where size were missing: a float or an integer (E-6). */
static void test_a_mixture_of_kinds_becomes_a_column_of_one(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    const cyn_derive larger = {"larger", operation(CYN_OP_MAX, "payload.size", "size", NULL)};
    cyn_view view = plain;
    cyn_bound_agg bound;
    view.derives = &larger;
    view.nderives = 1;
    const cyn_expr *e = operation(CYN_OP_ADD, "larger", "amount", NULL);
    CHECK_INT(bind(set, &view, e, CYN_BIND_STEPS, &bound, NULL), CYN_OK);
    CHECK_INT(bound.agg.arg->inputs[0]->kind, CYN_EXPR_COLUMN);
    CHECK_STR(bound.agg.arg->inputs[0]->name, "#1");
    int column = cyn_table_find(bound.rows->table, "#1");
    CHECK_INT(cyn_table_column(bound.rows->table, (size_t)column)->type, CYN_INTEGER);
    CHECK_INT(asked, 0);
    end(set);
}

static void test_a_derived_dimension_is_a_hidden_column(void)
{
    static const char *const by[] = {"big"};
    cyn_rows_set *set = begin(by, 1);
    const cyn_derive big = {"big", operation(CYN_OP_LESS, "amount", NULL, &fifty)};
    cyn_view view = plain;
    cyn_bound_agg bound;
    view.derives = &big;
    view.nderives = 1;
    CHECK_INT(bind(set, &view, NULL, CYN_BIND_STEPS, &bound, NULL), CYN_OK);
    CHECK_STR(bound.groups[0], "#1");
    const cyn_column *c =
        cyn_table_column(bound.rows->table, (size_t)cyn_table_find(bound.rows->table, "#1"));
    CHECK_INT(c->type, CYN_BOOLEAN);
    CHECK(c->v.bit[0] == 0 && c->v.bit[1] == 1 && c->v.bit[2] == 0 && c->v.bit[3] == 1);
    CHECK_INT(asked, 0);
    end(set);
}

static void test_a_name_on_the_way_to_columns_is_left_to_the_interpreter(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    cyn_bound_agg bound;
    const cyn_expr *e = operation(CYN_OP_EQUALS, "payload", NULL, &fifty);
    CHECK_INT(bind(set, &plain, e, CYN_BIND_STEPS, &bound, NULL), CYN_OK);
    CHECK_INT(bound.agg.arg->kind, CYN_EXPR_COLUMN);
    CHECK_INT(asked, 1);
    end(set);
}

static void test_whoever_asks_for_the_interpreter_gets_it(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    cyn_bound_agg bound;
    cyn_num value = {0};
    set->interpret = true;
    const cyn_expr *e = operation(CYN_OP_ADD, "amount", "size", NULL);
    CHECK_INT(bind(set, &plain, e, CYN_BIND_STEPS, &bound, NULL), CYN_OK);
    CHECK_INT(asked, 1);
    CHECK_STR(first_column, "amount");
    CHECK_INT(sum(&bound, &value), CYN_OK);
    CHECK_NEAR(cyn_num_double(value), 28, 0);
    end(set);
}

/* 100 // 0 in the last row is an escape: once found, the executor is not tried again. */
static void test_an_escape_is_asked_of_the_interpreter_once(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    cyn_bound_agg bound;
    cyn_num value = {0};
    const cyn_expr *e = operation(CYN_OP_IDIV, "payload.size", "amount", NULL);
    CHECK_INT(bind(set, &plain, e, CYN_BIND_STEPS, &bound, NULL), CYN_OK);
    CHECK_INT(sum(&bound, &value), CYN_E_ESCAPE);
    CHECK_INT(asked, 0);
    CHECK_INT(bind(set, &plain, e, CYN_BIND_COLUMNS, &bound, NULL), CYN_OK);
    CHECK_INT(bind(set, &plain, e, CYN_BIND_COLUMNS, &bound, NULL), CYN_OK);
    CHECK_INT(asked, 1);
    CHECK_INT(sum(&bound, &value), CYN_OK);
    CHECK_NEAR(cyn_num_double(value), 28, 0);
    end(set);
}

static void test_the_interpreter_s_error_is_the_answer(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    cyn_bound_agg bound;
    cyn_err err = {0};
    const cyn_expr *e = operation(CYN_OP_IDIV, "payload.size", "amount", NULL);
    refused = CYN_E_SCRIPT;
    CHECK_INT(bind(set, &plain, e, CYN_BIND_COLUMNS, &bound, &err), CYN_E_SCRIPT);
    CHECK_STR(err.message, "row 4 is no good");
    end(set);
}

/* The derived column escapes; what reads it is computed over the interpreter's answers. */
static void test_only_what_escapes_is_asked_for(void)
{
    cyn_rows_set *set = begin(NULL, 0);
    const cyn_derive ratio = {"ratio", operation(CYN_OP_IDIV, "payload.size", "amount", NULL)};
    cyn_view view = plain;
    cyn_bound_agg bound;
    cyn_num value = {0};
    view.derives = &ratio;
    view.nderives = 1;
    const cyn_expr *e = operation(CYN_OP_MUL, "ratio", "size", NULL);
    CHECK_INT(bind(set, &view, e, CYN_BIND_STEPS, &bound, NULL), CYN_OK);
    CHECK_INT(sum(&bound, &value), CYN_E_ESCAPE);
    CHECK_INT(bind(set, &view, e, CYN_BIND_COLUMNS, &bound, NULL), CYN_OK);
    CHECK_INT(asked, 1);
    CHECK_INT(sum(&bound, &value), CYN_OK);
    CHECK_NEAR(cyn_num_double(value), 42, 0); /* 4 * 7 * 1.5 */
    end(set);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_a_translation_becomes_steps_and_nobody_is_asked);
    RUN(test_the_same_steps_of_the_same_rows_are_there_once);
    RUN(test_an_unknown_column_of_a_function_is_an_error_at_its_place);
    RUN(test_a_comparison_that_can_never_hold_is_an_error);
    RUN(test_steps_read_the_steps_of_a_derived_column);
    RUN(test_a_mixture_of_kinds_becomes_a_column_of_one);
    RUN(test_a_derived_dimension_is_a_hidden_column);
    RUN(test_a_name_on_the_way_to_columns_is_left_to_the_interpreter);
    RUN(test_whoever_asks_for_the_interpreter_gets_it);
    RUN(test_an_escape_is_asked_of_the_interpreter_once);
    RUN(test_the_interpreter_s_error_is_the_answer);
    RUN(test_only_what_escapes_is_asked_for);
    cyn_arena_free(arena);
    return test_end();
}
