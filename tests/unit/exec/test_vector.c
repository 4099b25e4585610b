/* Vectors against real Lua: vector_cases.txt holds what lua5.4 gave (vector_cases.lua). Each case
 * is computed as one value, and by every way in which a vector can be computed.
 */
#include "base/time.h"
#include "exec/expr_impl.h"
#include "test.h"

/* ---- the cases ---- */

typedef struct word {
    cyn_datum value;
    bool error, loose; /* "!", "?" */
} word;

typedef struct list {
    char name[16];
    word words[32];
    size_t n;
} list;

typedef struct test_case {
    cyn_step_op op;
    size_t nargs;
    word args[3], result;
} test_case;

static list lists[8];
static size_t nlists;
static test_case cases[32768];
static size_t ncases;
static cyn_arena *texts;

static word parse_word(const char *s)
{
    word w = {.loose = *s == '?'};
    s += w.loose;
    w.error = *s == '!';
    w.value.code = CYN_NO_CODE;
    switch (*s) {
    case 't':
    case 'f': w.value.kind = CYN_DATUM_BOOLEAN, w.value.i = *s == 't'; break;
    case 'i': w.value.kind = CYN_DATUM_INTEGER, w.value.i = strtoll(s + 1, NULL, 10); break;
    case 'r': w.value.kind = CYN_DATUM_REAL, w.value.r = strtod(s + 1, NULL); break;
    case 's': {
        w.value.kind = CYN_DATUM_TEXT;
        w.value.n = strlen(s + 1) / 2;
        char *bytes = cyn_alloc(texts, w.value.n + 1);
        for (size_t i = 0; bytes && i < w.value.n; i++) {
            char hex[3] = {s[1 + 2 * i], s[2 + 2 * i], 0};
            bytes[i] = (char)strtoul(hex, NULL, 16);
        }
        w.value.s = bytes;
        break;
    }
    default: w.value.kind = CYN_DATUM_NIL; break;
    }
    return w;
}

static int find_name(const char *name)
{
    for (int i = 0; cyn_step_op_names[i]; i++)
        if (!strcmp(cyn_step_op_names[i], name)) return i;
    printf("# no operation '%s'\n", name);
    exit(1);
}

static const list *find_list(const char *name)
{
    for (size_t i = 0; i < nlists; i++)
        if (!strcmp(lists[i].name, name)) return &lists[i];
    return NULL;
}

static void parse_cases(cyn_step_op op, char *rest)
{
    test_case c = {.op = op};
    const list *last = NULL;
    size_t n = 0;
    char *state = NULL;
    for (char *w = strtok_r(rest, " \n", &state); w; w = strtok_r(NULL, " \n", &state)) {
        if (!last) {
            last = find_list(w);
            if (!last) c.args[c.nargs++] = parse_word(w);
        } else if (*w != ':') {
            c.args[c.nargs] = last->words[n++];
            c.result = parse_word(w);
            cases[ncases] = c;
            cases[ncases++].nargs++;
        }
    }
}

static void read_cases(void)
{
    char line[4096], *state = NULL;
    FILE *f = fopen(VECTOR_CASES, "r");
    texts = cyn_arena_new(0);
    if (!f || !texts) {
        printf("# cannot read %s\n", VECTOR_CASES);
        exit(1);
    }
    while (fgets(line, sizeof line, f)) {
        char *name = strtok_r(line, " \n", &state), *w;
        if (strcmp(name, "list")) {
            parse_cases((cyn_step_op)find_name(name), state);
            continue;
        }
        list *l = &lists[nlists++];
        snprintf(l->name, sizeof l->name, "%s", strtok_r(NULL, " \n", &state));
        while ((w = strtok_r(NULL, " \n", &state)))
            l->words[l->n++] = parse_word(w);
    }
    fclose(f);
}

/* ---- comparing ---- */

/* To the bit, but that NaN has no sign. */
static bool is_same(const cyn_datum *a, const cyn_datum *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind == CYN_DATUM_NIL || a->kind == CYN_DATUM_ESCAPE) return true;
    if (a->kind == CYN_DATUM_TEXT) return a->n == b->n && (a->n == 0 || !memcmp(a->s, b->s, a->n));
    if (a->kind != CYN_DATUM_REAL) return a->i == b->i;
    return (isnan(a->r) && isnan(b->r)) || !memcmp(&a->r, &b->r, sizeof a->r);
}

static void print_datum(const cyn_datum *v)
{
    static const char *const names[] = {"nil", "boolean", "integer", "real", "text", "escape"};
    printf(" %s", names[v->kind]);
    if (v->kind == CYN_DATUM_BOOLEAN || v->kind == CYN_DATUM_INTEGER)
        printf(" %lld", (long long)v->i);
    if (v->kind == CYN_DATUM_REAL) printf(" %a", v->r);
    if (v->kind == CYN_DATUM_TEXT) printf(" '%.*s'", (int)v->n, v->s);
}

static void check_case(const test_case *c, const cyn_datum *got, const char *how)
{
    bool escapes = got->kind == CYN_DATUM_ESCAPE;
    bool ok =
        c->result.error ? escapes : is_same(got, &c->result.value) || (c->result.loose && escapes);
    if (ok) return;
    test_failed_here = 1;
    printf("# %s (%s):", cyn_step_op_names[c->op], how);
    for (size_t i = 0; i < c->nargs; i++)
        print_datum(&c->args[i].value);
    printf(" gave");
    print_datum(got);
    printf(", Lua");
    print_datum(&c->result.value);
    printf("%s\n", c->result.error ? " an error" : "");
}

static void test_each_value_is_what_lua_gives(void)
{
    cyn_datum_context context = {0};
    for (size_t i = 0; i < ncases; i++) {
        const test_case *c = &cases[i];
        cyn_vector x = {.op = (int)c->op};
        cyn_datum got = cyn_datum_of(&x, &c->args[0].value, c->nargs > 1 ? &c->args[1].value : NULL,
                                     c->nargs > 2 ? &c->args[2].value : NULL, &context);
        check_case(c, &got, "value");
    }
    CHECK(ncases > 15000);
    cyn_buf_clear(&context.room);
}

/* ---- columns out of arguments ---- */

enum { MAX_ROWS = 4096 };

/* The values of one argument in all rows, each kind in a column of its own. */
typedef struct argument {
    int64_t i64[MAX_ROWS];
    double f64[MAX_ROWS];
    uint32_t code[MAX_ROWS];
    uint8_t bit[MAX_ROWS], is[6][MAX_ROWS];
    uint64_t valid[MAX_ROWS / 64 + 1], full[6][MAX_ROWS / 64 + 1];
    uint64_t offset[MAX_ROWS + 1];
    char heap[MAX_ROWS * 16];
    cyn_dict dict;
    cyn_column column[6], flag[6]; /* by kind */
    bool has[6];
} argument;

static argument args[3];

static void put(argument *a, size_t row, const cyn_datum *v)
{
    uint64_t bit = UINT64_C(1) << row % 64;
    a->has[v->kind] = true;
    a->is[v->kind][row] = 1;
    a->full[v->kind][row / 64] |= bit;
    a->i64[row] = v->kind == CYN_DATUM_INTEGER ? v->i : 0;
    a->f64[row] = v->kind == CYN_DATUM_REAL ? v->r : 0;
    a->bit[row] = v->kind == CYN_DATUM_BOOLEAN ? (uint8_t)v->i : 0;
    a->code[row] = 0;
    if (v->kind != CYN_DATUM_TEXT) return;
    cyn_dict *d = &a->dict;
    uint32_t code = 0;
    while (code < d->count && (a->offset[code + 1] - a->offset[code] != v->n ||
                               memcmp(a->heap + a->offset[code], v->s, v->n)))
        code++;
    if (code == d->count) {
        memcpy(a->heap + a->offset[code], v->s, v->n);
        a->offset[++d->count] = a->offset[code] + v->n;
    }
    a->code[row] = code;
}

static void begin_argument(argument *a)
{
    memset(a, 0, sizeof *a);
    a->dict = (cyn_dict){.offset = a->offset, .heap = a->heap};
    for (int k = 0; k < 6; k++) {
        a->column[k] = (cyn_column){.name = "", .valid = a->full[k]};
        a->flag[k] = (cyn_column){.name = "", .type = CYN_BOOLEAN, .v = {.bit = a->is[k]}};
    }
    a->column[CYN_DATUM_BOOLEAN].type = CYN_BOOLEAN;
    a->column[CYN_DATUM_BOOLEAN].v.bit = a->bit;
    a->column[CYN_DATUM_INTEGER].type = CYN_INTEGER;
    a->column[CYN_DATUM_INTEGER].v.i64 = a->i64;
    a->column[CYN_DATUM_REAL].type = CYN_REAL;
    a->column[CYN_DATUM_REAL].v.f64 = a->f64;
    a->column[CYN_DATUM_TEXT].type = CYN_TEXT;
    a->column[CYN_DATUM_TEXT].v.code = a->code;
    a->column[CYN_DATUM_TEXT].dict = &a->dict;
}

static const cyn_vector bare = {.a = CYN_NO_STEP, .b = CYN_NO_STEP, .c = CYN_NO_STEP};
static cyn_err err;

static uint32_t add(cyn_vectors *v, cyn_vector x)
{
    uint32_t out = 0;
    CHECK(cyn_vectors_add(v, &x, &out, &err) == CYN_OK);
    return out;
}

static uint32_t input(cyn_vectors *v, const cyn_column *c)
{
    cyn_vector x = bare;
    x.op = CYN_OP_INPUT;
    x.column = c;
    return add(v, x);
}

static uint32_t constant(cyn_vectors *v, const cyn_datum *value)
{
    cyn_vector x = bare;
    x.op = CYN_OP_CONST;
    x.value = (cyn_const){.i = value->i, .r = value->r, .s = value->s, .n = value->n};
    x.value.kind = (cyn_const_kind)value->kind; /* the same order, up to the escape */
    return add(v, x);
}

/* An argument of all the kinds that it has in any row. */
static uint32_t mixture(cyn_vectors *v, const argument *a)
{
    const cyn_datum nil = {.kind = CYN_DATUM_NIL};
    uint32_t out = constant(v, &nil);
    for (int k = CYN_DATUM_BOOLEAN; k <= CYN_DATUM_TEXT; k++) {
        cyn_vector x = bare;
        if (!a->has[k]) continue;
        x.op = CYN_OP_SELECT;
        x.a = input(v, &a->flag[k]);
        x.b = input(v, &a->column[k]);
        x.c = out;
        out = add(v, x);
    }
    return out;
}

/* How an argument comes: as a column, as a constant, or as a mixture of what there is. */
typedef enum form { COLUMN, CONSTANT, MIXED } form;

static uint32_t argument_vector(cyn_vectors *v, size_t k, form f, const cyn_datum *value)
{
    if (f == CONSTANT) return constant(v, value);
    if (f == MIXED) return mixture(v, &args[k]);
    for (int kind = CYN_DATUM_BOOLEAN; kind <= CYN_DATUM_TEXT; kind++)
        if (args[k].has[kind]) return input(v, &args[k].column[kind]);
    const cyn_datum nil = {.kind = CYN_DATUM_NIL};
    return constant(v, &nil);
}

/* Computes one operation over rows, and compares each with its case. */
static void check_rows(const test_case *const *rows, size_t n, const form *forms, const char *how)
{
    cyn_vectors v = {.arena = cyn_arena_new(0)};
    cyn_vector x = bare;
    uint32_t *const reads[] = {&x.a, &x.b, &x.c};
    for (size_t k = 0; k < rows[0]->nargs; k++) {
        begin_argument(&args[k]);
        for (size_t i = 0; i < n; i++)
            put(&args[k], i, &rows[i]->args[k].value);
        *reads[k] = argument_vector(&v, k, forms[k], &rows[0]->args[k].value);
    }
    x.op = (int)rows[0]->op;
    uint32_t out = add(&v, x);
    CHECK(cyn_vectors_keep(&v, out, &err) == CYN_OK);
    for (size_t first = 0; first < n; first += CYN_BATCH) {
        size_t batch = n - first < CYN_BATCH ? n - first : CYN_BATCH;
        CHECK(cyn_vectors_eval(&v, first, batch, &err) == CYN_OK);
        for (size_t i = 0; i < batch; i++) {
            cyn_datum got = cyn_vector_load(&v, &v.at[out], i);
            check_case(rows[first + i], &got, how);
        }
    }
    cyn_vectors_clear(&v);
    cyn_arena_free(v.arena);
}

static bool same_op(const test_case *a, const test_case *b)
{
    return a->op == b->op && a->nargs == b->nargs;
}

/* The cases of an operation whose k-th argument is `only[k]`, or of kind kinds[k] or nil. */
static size_t choose(const test_case *like, const cyn_datum *const *only, const int *kinds,
                     const test_case **rows)
{
    size_t n = 0;
    for (size_t i = 0; i < ncases && n < MAX_ROWS; i++) {
        bool fits = same_op(&cases[i], like);
        for (size_t k = 0; k < like->nargs && fits; k++) {
            const cyn_datum *value = &cases[i].args[k].value;
            if (only && only[k]) fits = is_same(value, only[k]);
            if (kinds && kinds[k] >= 0)
                fits &= (int)value->kind == kinds[k] || value->kind == CYN_DATUM_NIL;
        }
        if (fits) rows[n++] = &cases[i];
    }
    return n;
}

/* The first case of each operation with so many arguments. */
static bool is_first(size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_op(&cases[k], &cases[i])) return false;
    return true;
}

static const test_case *rows[MAX_ROWS];

static void test_typed_columns_give_the_same(void)
{
    const form forms[] = {COLUMN, COLUMN, COLUMN};
    for (size_t i = 0; i < ncases; i++) {
        if (!is_first(i)) continue;
        int combinations = cases[i].nargs == 1 ? 4 : cases[i].nargs == 2 ? 16 : 64;
        for (int k = 0; k < combinations; k++) {
            const int kinds[] = {1 + k % 4, 1 + k / 4 % 4, 1 + k / 16};
            size_t n = choose(&cases[i], NULL, kinds, rows);
            if (n) check_rows(rows, n, forms, "columns");
        }
    }
}

static void test_mixtures_give_the_same(void)
{
    const form forms[] = {MIXED, MIXED, MIXED};
    for (size_t i = 0; i < ncases; i++) {
        if (!is_first(i)) continue;
        size_t n = choose(&cases[i], NULL, NULL, rows);
        check_rows(rows, n, forms, "mixtures");
    }
}

/* Beside one column all other arguments are constants. */
static void test_constants_give_the_same(void)
{
    for (size_t i = 0; i < ncases; i++) {
        const test_case *c = &cases[i];
        for (size_t k = 0; k < c->nargs && c->nargs > 1; k++) {
            const cyn_datum *only[3] = {&c->args[0].value, &c->args[1].value, &c->args[2].value};
            int kinds[3] = {-1, -1, -1};
            form forms[3] = {CONSTANT, CONSTANT, CONSTANT};
            if (c->args[k].value.kind == CYN_DATUM_NIL) continue;
            if (c->nargs == 3 && i % 7) continue; /* there are many */
            only[k] = NULL;
            kinds[k] = (int)c->args[k].value.kind;
            forms[k] = COLUMN;
            size_t n = choose(c, only, kinds, rows);
            if (rows[0] != c && rows[1] != c) continue; /* once for each kind is enough */
            check_rows(rows, n, forms, "constants");
        }
    }
}

/* ---- decimals, timestamps ---- */

static const int64_t scaled[] = {INT64_MIN,
                                 -4371587 * CYN_DAY,
                                 -CYN_HOUR - 1,
                                 -1250,
                                 -1,
                                 0,
                                 1,
                                 10,
                                 1249,
                                 1250,
                                 1251,
                                 CYN_HOUR,
                                 1541296799999999,
                                 1541296800000000,
                                 (INT64_C(1) << 51) - 1,
                                 (INT64_C(1) << 53) + 1,
                                 INT64_C(2932895) * CYN_DAY,
                                 INT64_C(2932897) * CYN_DAY,
                                 INT64_MAX - 1,
                                 INT64_MAX};
enum { SCALED = sizeof scaled / sizeof *scaled };

/* Computes op over the column (`at` says which argument it is) and a constant; each row must be
 * what the reference makes of the loaded values. */
static void check_scaled(int op, const cyn_column *c, size_t count, const cyn_tz *tz,
                         const cyn_datum *constant_, bool left)
{
    cyn_vectors v = {.arena = cyn_arena_new(0), .tz = tz};
    cyn_vector x = bare;
    uint32_t in = input(&v, c);
    x.op = op;
    x.a = in;
    if (constant_) x.b = constant(&v, constant_);
    if (constant_ && !left) {
        x.a = x.b;
        x.b = in;
    }
    uint32_t out = add(&v, x);
    CHECK(cyn_vectors_keep(&v, out, &err) == CYN_OK);
    CHECK(cyn_vectors_keep(&v, in, &err) == CYN_OK);
    for (size_t first = 0; first < count; first += CYN_BATCH) {
        size_t n = count - first < CYN_BATCH ? count - first : CYN_BATCH;
        CHECK(cyn_vectors_eval(&v, first, n, &err) == CYN_OK);
        for (size_t i = 0; i < n; i++) {
            cyn_datum cell = cyn_vector_load(&v, &v.at[in], i),
                      got = cyn_vector_load(&v, &v.at[out], i);
            cyn_datum want = cyn_datum_of(&x, left ? &cell : constant_, left ? constant_ : &cell,
                                          NULL, &v.context);
            if (is_same(&got, &want)) continue;
            test_failed_here = 1;
            printf("# %s of row %zu:", cyn_step_op_names[op], first + i);
            print_datum(&cell);
            printf(" gave");
            print_datum(&got);
            printf(", expected");
            print_datum(&want);
            printf("\n");
        }
    }
    cyn_vectors_clear(&v);
    cyn_arena_free(v.arena);
}

static const uint64_t scaled_valid[] = {~(UINT64_C(1) << 5)};

static void test_scaled_columns_compare_as_doubles(void) /* E-2 */
{
    const double reals[] = {
        -INFINITY, -1e300, -12.5, -0.01, 0,        1e-300, 0.1,    12.5,
        12.505,    3600,   1e15,  1e300, INFINITY, NAN,    0x1p53, 92233720368547758.07};
    const int ops[] = {CYN_OP_EQUALS, CYN_OP_LESS, CYN_OP_LESS_EQUAL};
    for (size_t k = 0; k < 2 * 3 * 2; k++) {
        cyn_column c = {
            .type = k & 1 ? CYN_DECIMAL : CYN_TIMESTAMP, .scale = 2, .v = {.i64 = scaled}};
        c.valid = k & 2 ? scaled_valid : NULL;
        for (size_t i = 0; i < 2 * sizeof reals / sizeof *reals; i++) {
            cyn_datum r = {.kind = CYN_DATUM_REAL, .r = reals[i / 2]};
            if (i & 1) r = (cyn_datum){.kind = CYN_DATUM_INTEGER};
            if (i & 1 && !cyn_real_integer(reals[i / 2], &r.i)) continue;
            check_scaled(ops[k / 4], &c, SCALED, NULL, &r, true);
            check_scaled(ops[k / 4], &c, SCALED, NULL, &r, false);
        }
    }
}

/* Around the beginning and the end of summer time, forth and back. */
static void test_clocks_give_what_single_times_do(void)
{
    enum { TIMES = 800 };
    static int64_t times[TIMES];
    cyn_tz *tz = NULL;
    CHECK(cyn_tz_load("America/Sao_Paulo", &tz, &err) == CYN_OK);
    for (int64_t i = 0; i < TIMES; i++) {
        int64_t turn = i % 2 ? 1541300400 : 1550368800, step = i < TIMES / 2 ? i : TIMES - i;
        times[i] = turn * CYN_SECOND + (step - TIMES / 4) * 431 * CYN_SECOND - i % 3;
    }
    for (int op = CYN_OP_YEAR; op <= CYN_OP_TIME; op++) {
        cyn_column c = {.type = CYN_TIMESTAMP, .v = {.i64 = scaled}, .valid = scaled_valid};
        check_scaled(op, &c, SCALED, tz, NULL, true);
        c.type = CYN_DATE;
        check_scaled(op, &c, SCALED, tz, NULL, true);
        c = (cyn_column){.type = CYN_TIMESTAMP, .v = {.i64 = times}};
        check_scaled(op, &c, TIMES, tz, NULL, true);
    }
    cyn_tz_free(tz);
}

/* Python's zoneinfo: in America/Sao_Paulo 2018-11-04 begins at 01:00, 03:00 UTC. */
static void test_time_parts_are_of_the_zone(void)
{
    static const struct {
        cyn_step_op op;
        double seconds;
        int64_t part;
    } times[] = {
        {CYN_OP_HOUR, 1541300399, 23},     {CYN_OP_DATE, 1541300399, 17838},
        {CYN_OP_HOUR, 1541300400, 1},      {CYN_OP_DATE, 1541300400, 17839},
        {CYN_OP_YEAR, 1541300400, 2018},   {CYN_OP_MONTH, 1541300399, 11},
        {CYN_OP_DAY, 1541300399.999, 3},   {CYN_OP_MINUTE, 1541300399, 59},
        {CYN_OP_SECOND, 1541300399.5, 59}, {CYN_OP_WEEK, 1541300400, 44},
        {CYN_OP_WEEKDAY, 1541300400, 7},   {CYN_OP_WEEKDAY, 1541386800, 1},
    };
    cyn_tz *tz = NULL;
    CHECK(cyn_tz_load("America/Sao_Paulo", &tz, &err) == CYN_OK);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t micros = (int64_t)(times[i].seconds * 1e6);
        cyn_column c = {.type = CYN_TIMESTAMP, .v = {.i64 = &micros}};
        cyn_vectors v = {.arena = cyn_arena_new(0), .tz = tz};
        cyn_vector x = bare;
        x.op = (int)times[i].op;
        x.a = input(&v, &c);
        uint32_t out = add(&v, x);
        CHECK(cyn_vectors_keep(&v, out, &err) == CYN_OK);
        CHECK(cyn_vectors_eval(&v, 0, 1, &err) == CYN_OK);
        CHECK_INT(cyn_vector_load(&v, &v.at[out], 0).i, times[i].part);
        cyn_vectors_clear(&v);
        cyn_arena_free(v.arena);
    }
    cyn_tz_free(tz);
}

int main(void)
{
    read_cases();
    RUN(test_each_value_is_what_lua_gives);
    RUN(test_typed_columns_give_the_same);
    RUN(test_mixtures_give_the_same);
    RUN(test_constants_give_the_same);
    RUN(test_scaled_columns_compare_as_doubles);
    RUN(test_clocks_give_what_single_times_do);
    RUN(test_time_parts_are_of_the_zone);
    cyn_arena_free(texts);
    return test_end();
}
