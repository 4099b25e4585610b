/* Conditions: row by row and by vectors they say the same, whatever the steps are. */
#include "exec/condition.h"
#include "test.h"

enum { ROWS = 150, COLUMNS = 4, STEPS = 10 };

static cyn_arena *arena;
static unsigned long state = 11;

static unsigned dice(unsigned n)
{
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(state >> 33) % n;
}

/* ---- columns ---- */

static const uint64_t offsets[] = {0, 5, 8, 11, 11};
static const cyn_dict words = {.count = 4, .offset = offsets, .heap = "greenred1.5"};
static double reals[ROWS];
static int64_t integers[ROWS];
static uint32_t codes[ROWS];
static uint8_t bits[ROWS];
static uint64_t valid[COLUMNS][ROWS / 64 + 1];
static cyn_column columns[COLUMNS];

static void make_columns(void)
{
    memset(valid, 0, sizeof valid);
    for (size_t i = 0; i < ROWS; i++) {
        reals[i] = (double)dice(8) / 2 - 1;
        integers[i] = (int64_t)dice(5) - 2;
        codes[i] = dice(4);
        bits[i] = (uint8_t)dice(2);
        for (size_t c = 0; c < COLUMNS; c++)
            valid[c][i / 64] |= (uint64_t)(dice(5) > 0) << i % 64;
    }
    columns[0] = (cyn_column){.name = "r", .type = CYN_REAL, .v = {.f64 = reals}};
    columns[1] = (cyn_column){.name = "i", .type = CYN_INTEGER, .v = {.i64 = integers}};
    columns[2] = (cyn_column){.name = "t", .type = CYN_TEXT, .v = {.code = codes}, .dict = &words};
    columns[3] = (cyn_column){.name = "b", .type = CYN_BOOLEAN, .v = {.bit = bits}};
    for (size_t c = 0; c < COLUMNS; c++)
        columns[c].valid = valid[c];
}

/* The columns of one row alone. */
static void one_row(size_t row, cyn_column *out, uint64_t *known)
{
    for (size_t c = 0; c < COLUMNS; c++) {
        out[c] = columns[c];
        known[c] = valid[c][row / 64] >> row % 64 & 1;
        out[c].valid = &known[c];
    }
    out[0].v.f64 += row;
    out[1].v.i64 += row;
    out[2].v.code += row;
    out[3].v.bit += row;
}

/* ---- steps ---- */

static cyn_const constant(void)
{
    static const char *const texts[] = {"red", "gr", ""};
    const char *s = texts[dice(3)];
    switch (dice(5)) {
    case 0: return (cyn_const){.kind = CYN_CONST_NIL};
    case 1: return (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = dice(2)};
    case 2: return (cyn_const){.kind = CYN_CONST_INTEGER, .i = (int64_t)dice(5) - 2};
    case 3: return (cyn_const){.kind = CYN_CONST_TEXT, .s = s, .n = strlen(s)};
    default: return (cyn_const){.kind = CYN_CONST_REAL, .r = (double)dice(8) / 2 - 1};
    }
}

static cyn_step random_step(uint32_t before)
{
    static const cyn_step_op ops[] = {
        CYN_OP_SELECT, CYN_OP_NOT,    CYN_OP_ADD,     CYN_OP_SUB,   CYN_OP_MUL,        CYN_OP_DIV,
        CYN_OP_MOD,    CYN_OP_IDIV,   CYN_OP_UNM,     CYN_OP_BAND,  CYN_OP_EQUALS,     CYN_OP_LESS,
        CYN_OP_CONCAT, CYN_OP_LEN,    CYN_OP_UPPER,   CYN_OP_FLOOR, CYN_OP_LESS_EQUAL, CYN_OP_ABS,
        CYN_OP_MAX,    CYN_OP_STARTS, CYN_OP_TOSTRING};
    cyn_step s = {.op = ops[dice(sizeof ops / sizeof *ops)],
                  .a = CYN_NO_STEP,
                  .b = CYN_NO_STEP,
                  .c = CYN_NO_STEP};
    uint8_t most = cyn_step_arities[s.op].most;
    s.a = dice(before);
    if (most > 1) s.b = dice(before);
    if (most > 2) s.c = dice(before);
    return s;
}

/* An input for each column, two constants, and steps over them. */
static const cyn_translation *random_code(void)
{
    size_t first = COLUMNS + 2, n = first + 1 + dice(STEPS);
    cyn_step *steps = CYN_NEW_ARRAY(arena, n, cyn_step);
    cyn_translation *code = CYN_NEW(arena, cyn_translation);
    for (uint32_t i = 0; i < n; i++) {
        steps[i] = (cyn_step){.a = CYN_NO_STEP, .b = CYN_NO_STEP, .c = CYN_NO_STEP};
        if (i < COLUMNS) {
            steps[i].op = CYN_OP_INPUT;
            steps[i].input = i;
        } else if (i < first) {
            steps[i].op = CYN_OP_CONST;
            steps[i].value = constant();
        } else {
            steps[i] = random_step(i);
        }
    }
    *code = (cyn_translation){.steps = steps, .nsteps = n, .ninputs = COLUMNS};
    return code;
}

/* ---- tests ---- */

static const uint32_t in_order[COLUMNS] = {0, 1, 2, 3};

static void test_rows_and_vectors_agree(void)
{
    enum { MANY = 40 };
    static uint8_t room[MANY][ROWS], alone[MANY];
    size_t seen[3] = {0};
    for (int round = 0; round < 40; round++) {
        cyn_condition conditions[MANY];
        uint8_t *truths[MANY], *one[MANY];
        arena = cyn_arena_new(0);
        make_columns();
        for (size_t k = 0; k < MANY; k++) {
            conditions[k] = (cyn_condition){.code = random_code(), .columns = in_order};
            truths[k] = room[k];
            one[k] = &alone[k];
        }
        cyn_condition_rows all = {.columns = columns, .rows = ROWS};
        CHECK_INT(cyn_conditions_run(conditions, MANY, &all, arena, truths, NULL), CYN_OK);
        for (size_t row = 0; row < ROWS; row += 1 + dice(7)) {
            cyn_column own[COLUMNS];
            uint64_t known[COLUMNS];
            one_row(row, own, known);
            cyn_condition_rows single = {.columns = own, .rows = 1};
            CHECK_INT(cyn_conditions_run(conditions, MANY, &single, arena, one, NULL), CYN_OK);
            for (size_t k = 0; k < MANY; k++) {
                CHECK_INT(alone[k], room[k][row]);
                seen[alone[k]]++;
            }
        }
        cyn_arena_free(arena);
    }
    CHECK(seen[CYN_TRUTH_FAILS] > 1000);
    CHECK(seen[CYN_TRUTH_HOLDS] > 1000);
    CHECK(seen[CYN_TRUTH_ESCAPES] > 1000);
}

/* r < limit, by hand. */
static void test_many_conditions_over_few_rows(void)
{
    enum { MANY = 3000 };
    static uint8_t room[MANY][2];
    static cyn_condition conditions[MANY];
    static uint8_t *truths[MANY];
    static const double values[] = {1500, -1};
    static const cyn_column real = {.name = "r", .type = CYN_REAL, .v = {.f64 = values}};
    cyn_condition_rows rows = {.columns = &real, .rows = 2};
    arena = cyn_arena_new(0);
    for (size_t k = 0; k < MANY; k++) {
        cyn_step *steps = CYN_NEW_ARRAY(arena, 3, cyn_step);
        cyn_translation *code = CYN_NEW(arena, cyn_translation);
        steps[0] = (cyn_step){.op = CYN_OP_INPUT};
        steps[1] =
            (cyn_step){.op = CYN_OP_CONST, .value = {.kind = CYN_CONST_INTEGER, .i = (int64_t)k}};
        steps[2] = (cyn_step){.op = CYN_OP_LESS, .a = 0, .b = 1, .c = CYN_NO_STEP};
        *code = (cyn_translation){.steps = steps, .nsteps = 3, .ninputs = 1};
        conditions[k] = (cyn_condition){.code = code, .columns = in_order};
        truths[k] = room[k];
    }
    CHECK_INT(cyn_conditions_run(conditions, MANY, &rows, arena, truths, NULL), CYN_OK);
    for (size_t k = 0; k < MANY; k++) {
        CHECK_INT(room[k][0], k > 1500);
        CHECK_INT(room[k][1], 1);
    }
    cyn_arena_free(arena);
}

static void test_no_row_and_no_condition_are_fine(void)
{
    cyn_condition_rows none = {.columns = columns};
    arena = cyn_arena_new(0);
    make_columns();
    cyn_condition c = {.code = random_code(), .columns = in_order};
    uint8_t *truths[1] = {NULL};
    CHECK_INT(cyn_conditions_run(&c, 1, &none, arena, truths, NULL), CYN_OK);
    none.rows = ROWS;
    CHECK_INT(cyn_conditions_run(NULL, 0, &none, arena, truths, NULL), CYN_OK);
    cyn_arena_free(arena);
}

int main(void)
{
    RUN(test_rows_and_vectors_agree);
    RUN(test_many_conditions_over_few_rows);
    RUN(test_no_row_and_no_condition_are_fine);
    return test_end();
}
